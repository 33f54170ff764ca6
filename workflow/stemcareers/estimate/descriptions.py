"""Descriptions: shares, means, distributions, and differences between groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from stemcareers.config import Specification, Vocabulary
from stemcareers.config.samples import WAVE
from stemcareers.errors import Problem
from stemcareers.estimate.rows import Case, Named, estimates, fit, role_of, unit_of
from stemcareers.inference import Survey, descriptives

PROBABILITY = "probability"
Rows = tuple[pd.DataFrame, list[dict[str, object]]]


def share(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The share of each answer to an item; for an indicator, of those it is 1 for."""
    outcome = case.outcome
    result = descriptives.share(_indicators_as_categories(survey, outcome, vocabulary), outcome)
    if outcome in vocabulary.scales:
        result = result.pick([(outcome, "1")])
    used = survey.complete([outcome])
    named = [
        Named("share", outcome, code, role_of(outcome, vocabulary), PROBABILITY, _count(used, outcome, code))
        for _, code in result.names
    ]
    if outcome in vocabulary.scales:
        # The one cell shown tells the other: the smaller of the two is what counts.
        named = [Named(**{**vars(named[0]), "cell_n": min(named[0].cell_n, used.n - named[0].cell_n)})]
    return estimates(case, result, named, level), [fit(case, result)]


def mean(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The mean of a number, a scale, or the codes of an ordered item."""
    outcome = case.outcome
    result = descriptives.mean(_codes_as_numbers(survey, outcome), outcome)
    named = [
        Named("mean", outcome, "", role_of(outcome, vocabulary), unit_of(outcome, vocabulary), int(n)) for n in result.n
    ]
    return estimates(case, result, named, level), [fit(case, result)]


def distribution(
    survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float
) -> Rows:
    """The share of responses in each bin of a number or scale; the last bin holds its upper edge."""
    outcome, edges = case.outcome, specification.edges
    bins = bin_names(edges)
    values = survey.frame[outcome].to_numpy(dtype=float)
    place = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(bins) - 1)
    beyond = (values < edges[0]) | (values > edges[-1]) | np.isnan(values)
    binned = pd.Categorical.from_codes(np.where(beyond, -1, place), categories=bins)
    inside = survey.complete([outcome])
    lost = int(beyond[inside.rows].sum())
    if lost:
        raise Problem(
            f"distribution of {outcome}",
            f"{lost} values lie outside the edges {edges[0]:g} to {edges[-1]:g}; widen 'edges'",
        )
    binned_survey = _with(survey, outcome, binned)
    result = descriptives.share(binned_survey, outcome)
    used = binned_survey.complete([outcome])
    role = role_of(outcome, vocabulary)
    named = [Named("share", outcome, b, role, PROBABILITY, _count(used, outcome, b)) for _, b in result.names]
    return estimates(case, result, named, level), [fit(case, result)]


def difference(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The outcome in each category of the `between` items minus that in the reference category."""
    outcome = case.outcome
    parts: list[pd.DataFrame] = []
    facts: list[dict[str, object]] = []
    for between in specification.between:
        codes = [str(code) for code in specification_levels(survey, between, vocabulary)]
        reference = str(specification.reference.get(between, codes[0]))
        answers = _answers(outcome, vocabulary)
        for code in codes:
            if code == reference:
                continue
            numeric, unit = _compared(survey, outcome, answers, vocabulary)
            result = descriptives.difference(numeric, outcome, between, [code, reference])
            cell = _smallest_cell(numeric, outcome, between, [code, reference], unit == PROBABILITY)
            named = [Named("difference", between, code, role_of(outcome, vocabulary), unit, cell)]
            parts.append(estimates(case, result, named, level))
            facts.append(fit(case, result, f"{between}={code}"))
    return pd.concat(parts, ignore_index=True), facts


def bin_names(edges: list[float]) -> list[str]:
    """`[0, 10)`, ..., `[90, 100]`."""
    last = len(edges) - 2
    return [f"[{a:g}, {b:g}{']' if i == last else ')'}" for i, (a, b) in enumerate(zip(edges, edges[1:], strict=False))]


def specification_levels(survey: Survey, column: str, vocabulary: Vocabulary) -> list[object]:
    """The categories of an item, or the waves, in order."""
    if column == WAVE:
        return list(survey.frame[WAVE].cat.categories)
    return list(vocabulary.answer_set(column).codes)


def _answers(outcome: str, vocabulary: Vocabulary) -> list[int]:
    return list(vocabulary.answer_set(outcome).codes) if vocabulary.is_categorical(outcome) else []


def _compared(survey: Survey, outcome: str, answers: list[int], vocabulary: Vocabulary) -> tuple[Survey, str]:
    """The outcome as a number: for a yes-no item and an indicator the share of its first code, else codes or values."""
    if outcome in vocabulary.scales and vocabulary.scales[outcome].method == "indicator":
        return survey, PROBABILITY
    if len(answers) == 2:
        codes = survey.frame[outcome]
        yes = pd.Series(np.where(codes.isna(), np.nan, codes.eq(answers[0])), index=survey.frame.index, dtype=float)
        return _with(survey, outcome, yes), PROBABILITY
    return _codes_as_numbers(survey, outcome), unit_of(outcome, vocabulary)


def _smallest_cell(survey: Survey, outcome: str, between: str, levels: list[str], binary: bool) -> int:
    """The fewest respondents in a cell the difference rests on: groups, and for shares yes and no in each."""
    used = survey.complete([outcome, between])
    group = used.column(between).astype("string")
    table = pd.crosstab(group, used.column(outcome)) if binary else group.value_counts().to_frame()
    return int(table.reindex(levels).fillna(0).to_numpy().min())


def _count(survey: Survey, column: str, level: str) -> int:
    values = survey.column(column)
    if isinstance(values.dtype, pd.CategoricalDtype):
        return int(values.astype("string").eq(level).sum())
    return int(values.eq(float(level)).sum())


def _indicators_as_categories(survey: Survey, column: str, vocabulary: Vocabulary) -> Survey:
    if column not in vocabulary.scales:
        return survey
    values = survey.frame[column]
    return _with(survey, column, pd.Categorical(values.astype("Int64"), categories=[0, 1]))


def _codes_as_numbers(survey: Survey, column: str) -> Survey:
    if not isinstance(survey.frame[column].dtype, pd.CategoricalDtype):
        return survey
    return _with(survey, column, survey.frame[column].astype("float64"))


def _with(survey: Survey, column: str, values: object) -> Survey:
    """The survey with one column's values replaced, row by row."""
    return replace(survey, frame=survey.frame.assign(**{column: values}))
