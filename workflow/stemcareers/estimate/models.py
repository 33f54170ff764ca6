"""Models: regressions of a provision outcome on leadership factors and context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from stemcareers import inference
from stemcareers.config import Specification, Vocabulary
from stemcareers.config.samples import WAVE
from stemcareers.errors import Problem
from stemcareers.estimate import quantities
from stemcareers.estimate.rows import Case, Row, estimates, fit
from stemcareers.estimate.whole_terms import whole_terms
from stemcareers.inference import Result, Survey, Term
from stemcareers.inference.multiplicity import benjamini_hochberg, holm

Rows = tuple[list[Row], list[Row]]


@dataclass(frozen=True)
class Model:
    """One fit: its terms, and which of them are kept (an unadjusted model keeps its one factor)."""

    terms: list[str]
    name: str = ""


def regression(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The numbers of a specification's model, or of one model for each factor (`each_alone`).

    Coefficients, standardised where asked; on the log scale also the ratios they stand for; marginal effects where
    asked. p_adjusted is Holm's within the factors of this outcome and sample, where the specification declares a
    family.
    """
    rows: list[Row] = []
    facts: list[Row] = []
    for model in _models(survey, specification):
        fitted = _fit(survey, case.outcome, model, specification, vocabulary)
        used = survey.complete([case.outcome, *model.terms])
        cells = _cells(used, case.outcome, specification.family, model.terms)
        naming = quantities.Naming(case.outcome, specification, vocabulary, cells)
        for quantity, result in quantities.each(fitted, used, naming):
            found = estimates(case, result, naming.of(result, quantity), level)
            rows += [row for row in found if row["term"] in model.terms] if model.name else found
        rows += whole_terms(case, fitted, naming)
        facts.append(fit(case, fitted, model.name))
    return _adjusted([_untested(row) for row in rows], specification), facts


def coefficients(
    survey: Survey, outcome: str, specification: Specification, vocabulary: Vocabulary
) -> tuple[Result, quantities.Naming]:
    """The coefficients of a specification's one model, standardised where asked, and what they are called."""
    (model,) = _models(survey, specification)
    fitted = _fit(survey, outcome, model, specification, vocabulary)
    used = survey.complete([outcome, *model.terms])
    cells = _cells(used, outcome, specification.family, model.terms)
    naming = quantities.Naming(outcome, specification, vocabulary, cells)
    return next(result for _, result in quantities.each(fitted, used, naming)), naming


def _models(survey: Survey, specification: Specification) -> Iterator[Model]:
    if specification.each_alone:
        yield from (Model([factor], factor) for factor in specification.factors)
        return
    # ASSUME: within a single wave the wave explains nothing, so `wave` in a specification's context is dropped
    # there; that is what lets one specification serve `all` and `by wave`.
    one_wave = survey.column(WAVE).nunique() < 2
    yield Model([t for t in [*specification.factors, *specification.context] if not (t == WAVE and one_wave)])


def _fit(survey: Survey, outcome: str, model: Model, specification: Specification, vocabulary: Vocabulary) -> Result:
    used = survey.complete([outcome, *model.terms])
    present_only = specification.present_only
    terms = [_term(used if n in present_only else survey, n, specification, vocabulary) for n in model.terms]
    estimator = getattr(inference, specification.family)
    # Only a multinomial model has a reference among its answers; no other family lets config name one.
    baseline = specification.reference.get(outcome)
    fitted = estimator(survey, outcome, terms, **({} if baseline is None else {"baseline": baseline}))
    return _of_few_clusters(fitted, specification.few_clusters_under)


def _of_few_clusters(fitted: Result, under: int | None) -> Result:
    """The same coefficients with CR2 errors where there are fewer clusters; where CR2 cannot be had, it says why."""
    if under is None or fitted.n_clusters_used >= under:
        return fitted
    try:
        return inference.bias_reduced(fitted)
    except Problem as problem:
        why = problem.wrong[0].partition(":")[0]
        method = f"{fitted.facts.variance_method}, as CR2 {why}"
        return replace(fitted, facts=replace(fitted.facts, variance_method=method))


def _term(survey: Survey, name: str, specification: Specification, vocabulary: Vocabulary) -> Term:
    if name == WAVE:
        present = set(survey.column(WAVE).dropna())
        return Term(name, levels=[w for w in survey.frame[WAVE].cat.categories if w in present])
    if not vocabulary.is_categorical(name):
        return Term(name)
    codes = list(survey.frame[name].cat.categories)  # without those that only other waves have
    if name in specification.present_only:
        present = set(survey.column(name).dropna())
        codes = [code for code in codes if code in present] or codes
    return Term(name, reference=specification.reference.get(name, codes[0]), levels=codes)


def _cells(used: Survey, outcome: str, family: str, terms: list[str]) -> int:
    """The fewest respondents in a level the model rests on: of a categorical or yes-no term, of such an outcome."""
    smallest = used.n
    for name in [*terms, *([] if family == "linear" else [outcome])]:
        column = used.column(name)
        if isinstance(column.dtype, pd.CategoricalDtype) or set(column.unique()) <= {0.0, 1.0}:
            counts = column.value_counts()
            smallest = min(smallest, int(counts[counts > 0].min()))
    return smallest


def _untested(row: Row) -> Row:
    """The row without a p value where zero is no hypothesis: thresholds, dispersions."""
    return {**row, "p_value": float("nan")} if row["term"] in quantities.BESIDE else row


def _adjusted(rows: list[Row], specification: Specification) -> list[Row]:
    if specification.tests is None:
        return rows
    adjust = holm if specification.adjust_by == "holm" else benjamini_hochberg
    adjusted = list(rows)
    for quantity in {row["quantity"] for row in rows}:
        family = [i for i, row in enumerate(rows) if row["quantity"] == quantity and row["role"] == "leadership_factor"]
        for place, p in zip(family, adjust([rows[i]["p_value"] for i in family]), strict=True):
            adjusted[place] = {**rows[place], "p_adjusted": float(p)}
    return adjusted
