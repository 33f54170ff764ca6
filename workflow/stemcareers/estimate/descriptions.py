"""Descriptions of one outcome: shares, means, totals, ratios, quantiles, variances, distributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stemcareers.config import Specification, Vocabulary
from stemcareers.estimate import cells
from stemcareers.estimate.outcomes import is_indicator, is_yes_no
from stemcareers.estimate.precision import precision
from stemcareers.estimate.rows import Case, Named, Row, estimates, fit, role_of, unit_of
from stemcareers.inference import Result, Survey, descriptives

PROBABILITY = "probability"
POPULATION, RESPONSES = "units of the population", "responses"
Rows = tuple[list[Row], list[Row]]


def share(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The share of each answer to an item, or of each bin of a distribution; for an indicator, that of its ones."""
    outcome = case.outcome
    result = descriptives.share(survey, outcome)
    if is_indicator(outcome, vocabulary) and specification.family == "share":
        # The one cell shown tells the other; withhold sees to that, as it knows n.
        result = result.pick([(outcome, "1")])
    named = _answers("share", PROBABILITY, survey, result, outcome, vocabulary)
    return _described(case, result, named, specification, level)


def mean(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The mean of a number, a scale, or the codes of an ordered item."""
    result = descriptives.mean(survey, case.outcome)
    unit = unit_of(case.outcome, vocabulary)
    named = _number("mean", case.outcome, unit, _told(survey, [case.outcome], vocabulary), case, vocabulary)
    return _described(case, result, named, specification, level)


def total(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The population total of a number or scale; of categories, how many of the population have each.

    Of an indicator, how many are ones. Where responses are not weighted, totals are those of who answered.
    """
    outcome = case.outcome
    result = descriptives.total(survey, outcome)
    if vocabulary.is_categorical(outcome) or is_indicator(outcome, vocabulary):
        unit = POPULATION if case.weighted else RESPONSES
        if is_indicator(outcome, vocabulary):
            result = replace(result, names=((outcome, "1"),))
        named = _answers("total", unit, survey, result, outcome, vocabulary)
        rows, facts = _described(case, result, named, specification, level)
        # As with shares: where nobody gave an answer, no variance is seen, and a point has no interval.
        return [{**row, "ci_low": np.nan, "ci_high": np.nan} if row["estimate"] == 0 else row for row in rows], facts
    named = _number("total", outcome, unit_of(outcome, vocabulary), result.n_used, case, vocabulary)
    return _described(case, result, named, specification, level)


def ratio(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The outcome's total over the denominator's, which is the term; of two answers, how many gave the first."""
    below = str(specification.denominator)
    result = descriptives.ratio(survey, case.outcome, below)
    above = RESPONSES if vocabulary.is_categorical(case.outcome) else unit_of(case.outcome, vocabulary)
    unit = f"{above} per unit ({unit_of(below, vocabulary)})"
    named = _number("ratio", below, unit, _told(survey, [case.outcome, below], vocabulary), case, vocabulary)
    return _described(case, result, named, specification, level)


def quantile(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """Quantiles of a number, a scale, or the codes of an ordered item, with Woodruff's intervals; the level says which.

    Quantiles and the ends of their intervals are answers that somebody gave, so the cell of a row is who gave these
    or one beyond.
    """
    outcome = case.outcome
    result = descriptives.quantile(survey, outcome, specification.quantiles)
    answers = survey.complete([outcome]).column(outcome).to_numpy(dtype=float)
    role, unit = role_of(outcome, vocabulary), unit_of(outcome, vocabulary)
    told = zip(result.names, result.values, *result.interval(level), strict=True)
    named = [
        Named("quantile", outcome, probability, role, unit, cells.at_or_beyond(answers, ends))
        for (_, probability), *ends in told
    ]
    return _described(case, result, named, specification, level)


def variance(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The population variance of a number, a scale, or the codes of an ordered item, in its unit squared.

    Beside n and the mean, the variance of a few codes tells how many gave each, so its cell is the smallest of them.
    """
    outcome = case.outcome
    result = descriptives.variance(survey, outcome)
    codes = vocabulary.is_categorical(outcome) or is_indicator(outcome, vocabulary)
    cell = cells.smallest(survey, [outcome]) if codes else result.n_used
    named = _number("variance", outcome, f"{unit_of(outcome, vocabulary)}, squared", cell, case, vocabulary)
    return _described(case, result, named, specification, level)


def _described(case: Case, result: Result, named: Sequence[Named], specification: Specification, level: float) -> Rows:
    rows = estimates(case, result, named, level)
    if specification.precision:
        rows += precision(case, rows, result)
    return rows, [fit(case, result)]


def _answers(
    quantity: str, unit: str, survey: Survey, result: Result, outcome: str, vocabulary: Vocabulary
) -> list[Named]:
    """A name for each answer or bin of a result, with how many gave it."""
    column = survey.complete([outcome]).column(outcome)
    counts = cells.by_answer(column.astype("Int64") if column.dtype == "float64" else column)
    role = role_of(outcome, vocabulary)
    return [Named(quantity, outcome, code, role, unit, counts.get(code, 0)) for _, code in result.names]


def _number(quantity: str, term: str, unit: str, cell: int, case: Case, vocabulary: Vocabulary) -> list[Named]:
    return [Named(quantity, term, "", role_of(case.outcome, vocabulary), unit, cell)]


def _told(survey: Survey, variables: list[str], vocabulary: Vocabulary) -> int:
    """The fewest respondents the number tells of: a mean of two values is the share of one of them."""
    used = survey.complete(variables)
    two = [name for name in variables if is_yes_no(name, vocabulary)]
    return cells.smallest(used, two) if two else used.n
