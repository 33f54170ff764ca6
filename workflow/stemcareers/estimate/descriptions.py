"""Descriptions: shares, means, distributions, and differences between groups."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from stemcareers.config import Specification, Vocabulary
from stemcareers.config.samples import WAVE
from stemcareers.estimate.imputation import Answers, Repeated, observed, repeated
from stemcareers.estimate.outcomes import is_indicator, is_yes_no
from stemcareers.estimate.rows import Case, Named, Row, estimates, fits, role_of, unit_of
from stemcareers.inference import Result, Survey, descriptives
from stemcareers.inference.results import Name

PROBABILITY = "probability"
Rows = tuple[list[Row], list[Row]]


def share(answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The share of each answer to an item, or of each bin of a distribution; for an indicator, that of its ones."""
    outcome = case.outcome
    counts = _counts(observed(answers).complete([outcome]).column(outcome))
    role = role_of(outcome, vocabulary)
    if is_indicator(outcome, vocabulary) and specification.family == "share":
        # The one cell shown tells the other; withhold sees to that, as it knows n.
        result = repeated(answers, [outcome], lambda survey: descriptives.share(survey, outcome).pick([(outcome, "1")]))
    else:
        result = repeated(answers, [outcome], lambda survey: descriptives.share(survey, outcome))
    codes = [code for _, code in _names(result)]
    named = [Named("share", outcome, code, role, PROBABILITY, counts.get(code, 0)) for code in codes]
    return estimates(case, result, named, level), fits(case, result)


def mean(answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The mean of a number, a scale, or the codes of an ordered item."""
    outcome = case.outcome
    result = repeated(answers, [outcome], lambda survey: descriptives.mean(survey, outcome))
    role, unit = role_of(outcome, vocabulary), unit_of(outcome, vocabulary)
    named = [Named("mean", outcome, "", role, unit, observed(answers).complete([outcome]).n)]
    return estimates(case, result, named, level), fits(case, result)


def difference(
    answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float
) -> Rows:
    """The outcome in each category of the `between` items minus that in the reference category."""
    outcome, survey = case.outcome, observed(answers)
    shares = is_yes_no(outcome, vocabulary)
    role = role_of(outcome, vocabulary)
    unit = PROBABILITY if shares else unit_of(outcome, vocabulary)
    rows: list[Row] = []
    facts: list[Row] = []
    for between in specification.between:
        categories = survey.frame[between].cat.categories if between == WAVE else vocabulary.answer_set(between).codes
        codes = [str(code) for code in categories]
        reference = str(specification.reference.get(between, codes[0]))
        for code in codes:
            if code == reference:
                continue
            result = repeated(answers, [outcome, between], _minus(outcome, between, code, reference))
            cell = _smallest_cell(survey, outcome, between, [code, reference], shares)
            rows += estimates(case, result, [Named("difference", between, code, role, unit, cell)], level)
            facts += fits(case, result, f"{between}={code}")
    return rows, facts


def _minus(outcome: str, between: str, code: str, reference: str) -> Callable[[Survey], Result]:
    return lambda survey: descriptives.difference(survey, outcome, between, [code, reference])


def _names(result: Result | Repeated) -> tuple[Name, ...]:
    return (result.pooled.result if isinstance(result, Repeated) else result).names


def _smallest_cell(survey: Survey, outcome: str, between: str, levels: list[str], shares: bool) -> int:
    """The fewest respondents, not 0, in a cell it rests on: groups, and for shares yes and no in each."""
    used = survey.complete([outcome, between])
    group = used.column(between).astype("string")
    table = pd.crosstab(group, used.column(outcome)) if shares else group.value_counts().to_frame()
    counts = table.reindex(levels).fillna(0).to_numpy()
    return int(counts[counts > 0].min(initial=used.n))


def _counts(answers: pd.Series) -> dict[str, int]:
    """How many respondents gave each answer, unweighted."""
    return {str(code): int(n) for code, n in answers.value_counts(sort=False).items()}
