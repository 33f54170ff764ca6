"""Descriptions and comparisons against the vocabulary and the waves: denominators, coefficients, panels."""

from __future__ import annotations

from collections.abc import Iterable

from stemcareers.config.checks.ids import answers_of, code_faults, unknown
from stemcareers.config.described import OF_PANELS
from stemcareers.config.load import StudyConfig
from stemcareers.config.samples import WAVE
from stemcareers.config.specification import Specification

TWO_ANSWERS = ("difference", "ratio", "contrast", "change")  # of two answers these take the share of the first


def specification_faults(config: StudyConfig, its: Specification) -> Iterable[str]:
    """What is wrong with the keys that only some descriptions have."""
    yield from _coefficients(config, its)
    yield from _waves(config, its)


def outcome_faults(config: StudyConfig, family: str | None, outcome: str) -> Iterable[str]:
    """What is wrong with an item or scale that is followed from answer to answer."""
    if family != "transitions":
        return
    answers = answers_of(config, outcome)
    scale = config.scales.get(outcome) if outcome not in config.items else None
    if answers is not None and answers.kind == "number":
        yield f"outcome: '{outcome}' is a number; transitions are from answer to answer, use change"
    elif scale is not None and scale.method not in (None, "indicator"):
        yield (
            f"outcome: '{outcome}' is a scale of method '{scale.method}'; transitions are from answer to answer, "
            "use change"
        )


def denominator_faults(config: StudyConfig, name: str) -> Iterable[str]:
    """A denominator is a number: an item of that kind, or a scale."""
    answers = answers_of(config, name)
    if answers is not None and answers.is_categorical:
        yield f"denominator: '{name}' has categories; a ratio divides by a number or a scale"


def _coefficients(config: StudyConfig, its: Specification) -> Iterable[str]:
    if its.family != "contrast" or len(its.between) != 1:
        return
    (item,) = its.between
    for code in its.coefficients:
        if item == WAVE:
            yield from unknown("coefficients", str(code), "wave", config.waves, "waves/")
        else:
            yield from code_faults(config, "coefficients", item, [code])


def _waves(config: StudyConfig, its: Specification) -> Iterable[str]:
    study = config.study
    if its.family in OF_PANELS and study is not None and study.whole and not study.panel and not config.crosswalk:
        yield (
            f"family: '{its.family}' follows schools from wave to wave, and nothing says which are the same; say "
            "'panel: true' in study.yaml where equal ids are the same school, or link them in crosswalk.csv"
        )
    for name in its.waves if its.family in OF_PANELS else ():
        wave = config.waves.get(name)
        if wave is not None and wave.whole and not wave.school:
            yield f"waves: '{name}' names no school to be found again; name it under school in waves/{name}.yaml"
