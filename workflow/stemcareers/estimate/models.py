"""Models: regressions of a provision outcome on leadership factors and context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stemcareers import contracts, inference
from stemcareers.config import Specification, Vocabulary
from stemcareers.config.samples import WAVE
from stemcareers.config.specification import LINEAR
from stemcareers.errors import Problem
from stemcareers.estimate import mixed, quantities
from stemcareers.estimate.imputation import Answers, Repeated, attempted, observed, with_gaps
from stemcareers.estimate.rows import Case, Named, Row, Rows, estimates, point
from stemcareers.estimate.rows import fits as fits_of
from stemcareers.estimate.whole_terms import whole_terms
from stemcareers.inference import MixedResult, Result, Survey, Term, pool_results
from stemcareers.inference.multiplicity import benjamini_hochberg, holm


@dataclass(frozen=True)
class Model:
    """One fit: its terms, and which of them are kept (an unadjusted model keeps its one factor)."""

    terms: list[str]
    name: str = ""


@dataclass(frozen=True)
class Fitted:
    """A model fitted to one survey: the fit, what it says quantity by quantity, and what standardised it."""

    fit: Result
    said: dict[str, Result]
    scales: np.ndarray


def regression(
    answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float
) -> Rows:
    """The numbers of a specification's model, or of one model for each factor (`each_alone`).

    Coefficients, standardised where asked; on the log scale also the ratios they stand for; marginal effects where
    asked; what varies between the groups of a mixed model. Of completed copies, pooled, with the complete cases beside.
    p_adjusted is within the factors of this outcome and sample, where the specification declares a family.
    """
    rows: list[Row] = []
    facts: list[Row] = []
    for model in _models(observed(answers), specification):
        naming = quantities.Naming(
            case.outcome, specification, vocabulary, _cells(answers, case.outcome, specification, model.terms)
        )
        fits, results, whole = _fits(answers, case.outcome, model, naming)
        for quantity, result in results.items():
            names = result.pooled.result if isinstance(result, Repeated) else result
            found = estimates(case, result, naming.of(names, quantity), level)
            rows += [row for row in found if row["term"] in model.terms] if model.name else found
        if specification.leave_out_each:
            rows += _without_each(answers, case, model, naming)
        rows += whole_terms(case, whole.pooled if isinstance(whole, Repeated) else whole, naming)
        several = [one.fit for one in fits if isinstance(one.fit, MixedResult)]
        if several:
            rows += mixed.components(case, several, [one.scales for one in fits], naming)
        facts += fits_of(case, whole, model.name, mixed.remarks(several))
    return _adjusted([_untested(row) for row in rows], specification), facts


def _fits(
    answers: Answers, outcome: str, model: Model, naming: quantities.Naming
) -> tuple[list[Fitted], dict[str, Result | Repeated], Result | Repeated]:
    """The fit of every survey, the result of each quantity, and that of the coefficients as they were fitted."""

    def once(survey: Survey) -> Fitted:
        fitted = _fit(survey, outcome, model, naming.specification, naming.vocabulary)
        used = survey.complete([outcome, *model.terms])
        scales = quantities.standards(fitted, used, naming)
        return Fitted(fitted, dict(quantities.each(fitted, used, naming)), scales)

    if isinstance(answers, Survey):
        one = once(answers)
        return [one], dict(one.said), one.fit
    fits = [once(copy) for copy in answers.surveys]
    beside, why = attempted(once, answers.observed)
    fewest = _cells(answers.observed, outcome, naming.specification, model.terms) if beside else None
    gaps = with_gaps(answers, [outcome, *model.terms])

    def pooled(results: list[Result], complete: Result | None) -> Repeated:
        return Repeated(pool_results(results, complete), why, gaps, fewest)

    said = {
        quantity: pooled([one.said[quantity] for one in fits], None if beside is None else beside.said[quantity])
        for quantity in fits[0].said
    }
    return fits, said, pooled([one.fit for one in fits], None if beside is None else beside.fit)


def _without_each(answers: Answers, case: Case, model: Model, naming: quantities.Naming) -> list[Row]:
    """Rows of quantity `r_squared_without`: what the model explains without each factor, on the same responses.

    The responses are those of the whole model, so that the loss is the factor's and not that of other respondents.
    """
    used = observed(answers).complete([case.outcome, *model.terms])
    rows = []
    for factor in naming.specification.factors:
        others = [term for term in model.terms if term != factor]
        without = _fit(used, case.outcome, replace(model, terms=others), naming.specification, naming.vocabulary)
        named = Named("r_squared_without", factor, "", naming.role(factor), "share of the variance", naming.cell_n)
        rows.append(point(case, named, float(without.facts.r_squared or 0.0), used.n, without.n_clusters_used))
    return rows


def coefficients(
    answers: Answers, outcome: str, specification: Specification, vocabulary: Vocabulary
) -> tuple[Result | Repeated, quantities.Naming]:
    """The coefficients of a specification's one model, standardised where asked, and what they are called."""
    (model,) = _models(observed(answers), specification)
    cells = _cells(answers, outcome, specification, model.terms)
    naming = quantities.Naming(outcome, specification, vocabulary, cells)
    _, results, _ = _fits(answers, outcome, model, naming)
    return results["coefficient"], naming


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
    if specification.family == "mixed":
        return mixed.fitted(survey, outcome, terms, specification)
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


def _cells(answers: Answers, outcome: str, specification: Specification, terms: list[str]) -> int:
    """The fewest respondents in a level the model rests on: who gave that answer, not for whom it was imputed."""
    if isinstance(answers, Survey):
        return _fewest(answers.complete([outcome, *terms]), outcome, specification, terms)
    return _fewest(replace(answers.observed, rows=answers.surveys[0].rows), outcome, specification, terms)


def _fewest(used: Survey, outcome: str, specification: Specification, terms: list[str]) -> int:
    """The fewest respondents in a level of a categorical or yes-no term, or of such an outcome."""
    smallest = used.n
    for name in [*terms, *([] if specification.family in LINEAR else [outcome])]:
        column = used.column(name).dropna()
        if isinstance(column.dtype, pd.CategoricalDtype) or set(column.unique()) <= {0.0, 1.0}:
            counts = column.value_counts()
            smallest = min([smallest, *map(int, counts[counts > 0])])  # none where nobody was asked
    return smallest


def _untested(row: Row) -> Row:
    """The row without a p value where zero is no hypothesis: thresholds, dispersions."""
    return {**row, "p_value": float("nan")} if row["term"] in contracts.BESIDE else row


def _adjusted(rows: list[Row], specification: Specification) -> list[Row]:
    if specification.tests is None:
        return rows
    adjust = holm if specification.adjust_by == "holm" else benjamini_hochberg
    adjusted = list(rows)
    for quantity in {row["quantity"] for row in rows} & set(contracts.BESIDE_POOLED):
        family = [i for i, row in enumerate(rows) if row["quantity"] == quantity and row["role"] == "leadership_factor"]
        for place, p in zip(family, adjust([rows[i]["p_value"] for i in family]), strict=True):
            adjusted[place] = {**rows[place], "p_adjusted": float(p)}
    return adjusted
