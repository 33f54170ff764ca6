"""Which specifications something shown rests on: what its rule must wait for, and all it may show."""

from __future__ import annotations

from stemcareers.config.load import StudyConfig
from stemcareers.config.shown import Figure, Report, Table


def specifications_of(shown: Figure | Table | Report, study: StudyConfig) -> list[str]:
    """The ids of the specifications behind a figure, a table or a page, sorted, each once."""
    if not isinstance(shown, Report):
        return sorted(set(shown.specifications))
    found = {finding.specification for finding in shown.findings()}
    for figure in shown.figures():
        found.update(study.figures[figure].specifications)
    for table in shown.tables():
        found.update(study.tables[table].specifications)
    return sorted(found)
