"""Imputation against the vocabulary: what predicts exists, and is drawn as its answers allow."""

from __future__ import annotations

from collections.abc import Iterable

from stemcareers.config.checks.ids import answers_of, unknown, variables
from stemcareers.config.imputation import kinds
from stemcareers.config.load import StudyConfig
from stemcareers.config.specification import Specification
from stemcareers.config.vocabulary import AnswerSet, Scale


def imputation_faults(config: StudyConfig, its: Specification) -> Iterable[str]:
    """What is wrong with the variables that `impute` names."""
    if its.impute is None:
        return
    known = variables(config)
    for variable in its.impute.using:
        yield from unknown("impute.using", variable, "item or scale", known, "items.csv, scales.yaml")
        answers = answers_of(config, variable)
        if answers is not None and answers.kind == "text":
            yield f"impute.using: '{variable}' is free text and tells nothing that can be counted on"
    for variable, kind in its.impute.kinds.items():
        answers, scale = answers_of(config, variable), config.scales.get(variable)
        if variable in config.items and answers is None:
            continue
        if variable not in known or (scale is not None and scale.method is None):
            continue
        if its.family == "distribution" and variable in its.outcome:
            yield f"impute.kinds.{variable}: the bins of a distribution are always drawn as ordered; take it out"
        elif kind not in (suits := kinds(answers, scale if answers is None else None)):
            yield f"impute.kinds.{variable}: '{kind}' does not suit {_is(answers, scale)}; use {' or '.join(suits)}"


def _is(answers: AnswerSet | None, scale: Scale | None) -> str:
    if answers is not None and answers.kind == "number":
        return "a number"
    if answers is not None:
        return f"{len(answers.codes)} {answers.kind} answers"
    return "a scale" if scale is None else f"a scale of method '{scale.method}'"
