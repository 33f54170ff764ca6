"""Which specifications something shown rests on: what its rule must wait for, all it may show, and of which waves."""

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


def waves_of(specification: str, study: StudyConfig) -> list[str]:
    """The waves a specification is about, a grid those of its main analysis; empty for all waves of the study."""
    its = study.specifications[specification]
    return (study.specifications[its.of] if its.of is not None else its).waves
