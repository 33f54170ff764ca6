"""Descriptions of one outcome: shares, means, totals, ratios, quantiles, variances, distributions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stemcareers.config import Specification, Vocabulary
from stemcareers.contracts import PROBABILITY
from stemcareers.estimate import cells
from stemcareers.estimate.imputation import Answers, Repeated, observed, repeated
from stemcareers.estimate.outcomes import is_indicator, is_yes_no
from stemcareers.estimate.precision import precision
from stemcareers.estimate.rows import Case, Named, Rows, estimates, fits, role_of, unit_of
from stemcareers.inference import Result, Survey, descriptives
from stemcareers.inference.results import Name

POPULATION, RESPONSES = "units of the population", "responses"


def share(answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The share of each answer to an item, or of each bin of a distribution; for an indicator, that of its ones."""
    outcome = case.outcome
    ones = is_indicator(outcome, vocabulary) and specification.family == "share"

    def once(survey: Survey) -> Result:
        result = descriptives.share(survey, outcome)
        # The one cell shown tells the other; withhold sees to that, as it knows n.
        return result.pick([(outcome, "1")]) if ones else result

    result = repeated(answers, [outcome], once)
    named = _answers("share", PROBABILITY, observed(answers), result, outcome, vocabulary)
    return _described(case, result, named, specification, level)


def mean(answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The mean of a number, a scale, or the codes of an ordered item."""
    outcome = case.outcome
    result = repeated(answers, [outcome], lambda survey: descriptives.mean(survey, outcome))
    cell = _told(observed(answers), [outcome], vocabulary)
    named = _number("mean", outcome, unit_of(outcome, vocabulary), cell, case, vocabulary)
    return _described(case, result, named, specification, level)


def total(answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The population total of a number or scale; of categories, how many of the population have each.

    Of an indicator, how many are ones. Where responses are not weighted, totals are those of who answered.
    """
    outcome, survey = case.outcome, observed(answers)
    indicator = is_indicator(outcome, vocabulary)

    def once(one: Survey) -> Result:
        result = descriptives.total(one, outcome)
        return replace(result, names=((outcome, "1"),)) if indicator else result

    result = repeated(answers, [outcome], once)
    if vocabulary.is_categorical(outcome) or indicator:
        unit = POPULATION if case.weighted else RESPONSES
        named = _answers("total", unit, survey, result, outcome, vocabulary)
        rows, facts = _described(case, result, named, specification, level)
        # As with shares: where nobody gave an answer, no variance is seen, and a point has no interval.
        return [{**row, "ci_low": np.nan, "ci_high": np.nan} if row["estimate"] == 0 else row for row in rows], facts
    n = survey.complete([outcome]).n
    named = _number("total", outcome, unit_of(outcome, vocabulary), n, case, vocabulary)
    return _described(case, result, named, specification, level)


def ratio(answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The outcome's total over the denominator's, which is the term; of two answers, how many gave the first."""
    outcome, below = case.outcome, str(specification.denominator)
    result = repeated(answers, [outcome, below], lambda survey: descriptives.ratio(survey, outcome, below))
    above = RESPONSES if vocabulary.is_categorical(outcome) else unit_of(outcome, vocabulary)
    unit = f"{above} per unit ({unit_of(below, vocabulary)})"
    named = _number("ratio", below, unit, _told(observed(answers), [outcome, below], vocabulary), case, vocabulary)
    return _described(case, result, named, specification, level)


def quantile(answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """Quantiles of a number, a scale, or the codes of an ordered item, with Woodruff's intervals; the level says which.

    Quantiles and the ends of their intervals are answers that somebody gave, so the cell of a row is who gave these
    or one beyond. Of completed copies they are means of such answers with symmetric intervals; the cell is then the
    fewest of these and of the complete cases.
    """
    outcome = case.outcome
    result = repeated(answers, [outcome], lambda one: descriptives.quantile(one, outcome, specification.quantiles))
    given = observed(answers).complete([outcome]).column(outcome).to_numpy(dtype=float)
    role, unit = role_of(outcome, vocabulary), unit_of(outcome, vocabulary)
    results = _results(result)
    ends = np.column_stack([column for one in results for column in (one.values, *one.interval(level))])
    if len(results) > 1:
        # An interval that reaches beyond all answers is as telling as one that ends at the last.
        ends = np.clip(ends, given.min(), given.max())
    named = [
        Named("quantile", outcome, probability, role, unit, cells.at_or_beyond(given, its))
        for (_, probability), its in zip(results[0].names, ends, strict=True)
    ]
    return _described(case, result, named, specification, level)


def variance(answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The population variance of a number, a scale, or the codes of an ordered item, in its unit squared.

    Beside n and the mean, the variance of a few codes tells how many gave each, so its cell is the smallest of them.
    """
    outcome, survey = case.outcome, observed(answers)
    result = repeated(answers, [outcome], lambda one: descriptives.variance(one, outcome))
    codes = vocabulary.is_categorical(outcome) or is_indicator(outcome, vocabulary)
    cell = cells.smallest(survey, [outcome]) if codes else survey.complete([outcome]).n
    named = _number("variance", outcome, f"{unit_of(outcome, vocabulary)}, squared", cell, case, vocabulary)
    return _described(case, result, named, specification, level)


def _described(
    case: Case, result: Result | Repeated, named: Sequence[Named], specification: Specification, level: float
) -> Rows:
    rows = estimates(case, result, named, level)
    if specification.precision and isinstance(result, Result):  # config refuses it of imputed answers
        rows += precision(case, rows, result)
    return rows, fits(case, result)


def _results(result: Result | Repeated) -> list[Result]:
    """What is told of it: the result, or the pooled one and that of the complete cases."""
    if isinstance(result, Result):
        return [result]
    return [one for one in (result.pooled.result, result.pooled.complete_case) if one is not None]


def _names(result: Result | Repeated) -> tuple[Name, ...]:
    return _results(result)[0].names


def _answers(
    quantity: str, unit: str, survey: Survey, result: Result | Repeated, outcome: str, vocabulary: Vocabulary
) -> list[Named]:
    """A name for each answer or bin of a result, with how many gave it."""
    column = survey.complete([outcome]).column(outcome)
    counts = cells.by_answer(column.astype("Int64") if column.dtype == "float64" else column)
    role = role_of(outcome, vocabulary)
    return [Named(quantity, outcome, code, role, unit, counts.get(code, 0)) for _, code in _names(result)]


def _number(quantity: str, term: str, unit: str, cell: int, case: Case, vocabulary: Vocabulary) -> list[Named]:
    return [Named(quantity, term, "", role_of(case.outcome, vocabulary), unit, cell)]


def _told(survey: Survey, variables: list[str], vocabulary: Vocabulary) -> int:
    """The fewest respondents the number tells of: a mean of two values is the share of one of them."""
    used = survey.complete(variables)
    two = [name for name in variables if is_yes_no(name, vocabulary)]
    return cells.smallest(used, two) if two else used.n
