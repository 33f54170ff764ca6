"""Which specifications something shown rests on: what its rule must wait for, all it may show, and of which waves."""

from __future__ import annotations

from stemcareers.config.compared import Gate
from stemcareers.config.families import MODELS
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


def models_of(wave: str, study: StudyConfig) -> list[str]:
    """The models that rest on one wave alone: those about it, and those of which no other wave asked every outcome.

    Not those of factors one by one, which use the responses of each, nor grids of variants.
    """
    gate = Gate(study)
    return [name for name in study.specifications if _is_model(name, study) and _rests_on(name, study, gate) == [wave]]


def _is_model(name: str, study: StudyConfig) -> bool:
    its = study.specifications[name]
    return its.family in MODELS and not its.each_alone


def _rests_on(name: str, study: StudyConfig, gate: Gate) -> list[str]:
    if named := waves_of(name, study):
        return list(named)
    asked = [set(gate.waves_of(outcome)) for outcome in study.specifications[name].outcome]
    return [wave for wave in study.waves if all(wave in waves for waves in asked)]
