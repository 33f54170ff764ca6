"""Tests of whole terms: one F where a term has several coefficients, never a row of stars."""

from __future__ import annotations

from stemcareers.errors import Problem
from stemcareers.estimate.quantities import BESIDE, Naming
from stemcareers.estimate.rows import Case, Named, Row, not_estimated, point
from stemcareers.inference import Pooled, Result, wald, wald_bias_reduced
from stemcareers.inference.few_clusters import METHOD as CR2
from stemcareers.inference.hypotheses import Test


def whole_terms(case: Case, fitted: Result | Pooled, naming: Naming) -> list[Row]:
    """A row of quantity `wald_f` for each term with more than one coefficient.

    `estimate` is F, `df` its denominator's degrees of freedom; those of the numerator are in the unit. Where the design
    has too few, the row says so instead.
    """
    names = fitted.result if isinstance(fitted, Pooled) else fitted
    return [_row(case, fitted, names, naming, term) for term in _several(names)]


def _several(fitted: Result) -> list[str]:
    terms = [term for term, _ in fitted.names if term not in ("intercept", *BESIDE)]
    return [term for term in dict.fromkeys(terms) if terms.count(term) > 1]


def _test(fitted: Result | Pooled, term: str) -> Test:
    if isinstance(fitted, Pooled):
        return fitted.wald(term)
    return (wald_bias_reduced if fitted.facts.variance_method == CR2 else wald)(fitted, term)


def _row(case: Case, fitted: Result | Pooled, its: Result, naming: Naming, term: str) -> Row:
    size = sum(name[0] == term for name in its.names)
    named = Named("wald_f", term, "", naming.role(term), f"F of {size} coefficients", naming.cell_n)
    try:
        test = _test(fitted, term)
    except Problem as problem:
        return not_estimated(case, [named], problem.wrong[0])[0]
    found = point(case, named, test.statistic, its.n_used, its.n_clusters_used)
    return {**found, "df": test.ddf, "p_value": test.p_value}
