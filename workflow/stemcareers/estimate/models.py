"""Models: linear and logit regressions of a provision outcome on leadership factors and context."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stemcareers.config import Specification, Vocabulary
from stemcareers.config.samples import WAVE
from stemcareers.estimate.outcomes import is_indicator
from stemcareers.estimate.rows import Case, Named, Row, estimates, fit, unit_of
from stemcareers.inference import Result, Survey, Term, linear, logit
from stemcareers.inference.multiplicity import benjamini_hochberg, holm
from stemcareers.inference.results import LOG

Rows = tuple[list[Row], list[Row]]
ODDS_RATIO = "odds ratio"


@dataclass(frozen=True)
class Model:
    """One fit: its terms, and which of them are kept (an unadjusted model keeps its one factor)."""

    terms: list[str]
    name: str = ""


def regression(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The coefficients of a specification's model, or of one model for each factor (`each_alone`).

    Linear: coefficients, standardised where asked. Logit: log odds as `coefficient`, and `odds_ratio`.
    p_adjusted is Holm's within the factors of this outcome and sample, where the specification declares a family.
    """
    rows: list[Row] = []
    facts: list[Row] = []
    for model in _models(survey, specification):
        fitted = _fit(survey, case.outcome, model, specification, vocabulary)
        used = survey.complete([case.outcome, *model.terms])
        cells = _cells(used, case.outcome, specification.family, model.terms)
        for quantity, result in _quantities(fitted, used, case.outcome, specification, vocabulary):
            named = _named(result, quantity, case.outcome, specification, vocabulary, cells)
            found = estimates(case, result, named, level)
            rows += [row for row in found if row["term"] in model.terms] if model.name else found
        facts.append(fit(case, fitted, model.name))
    return _adjusted(rows, specification), facts


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
    estimator = {"linear": linear, "logit": logit}[specification.family]
    return estimator(survey, outcome, terms)


def _term(survey: Survey, name: str, specification: Specification, vocabulary: Vocabulary) -> Term:
    if name == WAVE:
        present = set(survey.column(WAVE).dropna())
        return Term(name, levels=[w for w in survey.frame[WAVE].cat.categories if w in present])
    if not vocabulary.is_categorical(name):
        return Term(name)
    codes = list(vocabulary.answer_set(name).codes)
    if name in specification.present_only:
        present = set(survey.column(name).dropna())
        codes = [code for code in codes if code in present] or codes
    return Term(name, reference=specification.reference.get(name, codes[0]), levels=codes)


def _quantities(
    fitted: Result,
    used: Survey,
    outcome: str,
    specification: Specification,
    vocabulary: Vocabulary,
) -> Iterator[tuple[str, Result]]:
    if specification.family == "logit":
        yield "coefficient", fitted
        yield "odds_ratio", _exponentiated(fitted)
    else:
        yield "coefficient", _standardised(fitted, used, outcome, specification, vocabulary)


def _exponentiated(fitted: Result) -> Result:
    """exp of each coefficient; errors by the delta method, intervals on the log scale."""
    ratios = np.exp(fitted.values)
    covariance = fitted.covariance * np.outer(ratios, ratios)
    return replace(fitted, values=ratios, covariance=covariance, scale=LOG)


def _standardised(
    fitted: Result, used: Survey, outcome: str, specification: Specification, vocabulary: Vocabulary
) -> Result:
    """Coefficients per standard deviation of numeric factors and of the outcome, as the specification asks.

    Standard deviations are the weighted ones of the rows in the model, and are taken as known.
    """
    asked = specification.standardise
    scale = np.ones(len(fitted.values))
    if "factors" in asked:
        for place, (term, _) in enumerate(fitted.names):
            if term in specification.factors and not vocabulary.is_categorical(term):
                # The step from no to yes says more than one standard deviation of a yes-no variable.
                scale[place] *= 1.0 if is_indicator(term, vocabulary) else _deviation(used, term)
    if "outcome" in asked:
        scale /= _deviation(used, outcome)
    return replace(fitted, values=fitted.values * scale, covariance=fitted.covariance * np.outer(scale, scale))


def _deviation(used: Survey, column: str) -> float:
    weights, values = used.weights, used.column(column).to_numpy(dtype=float)
    centred = values - weights @ values / weights.sum()
    return float(np.sqrt(weights @ centred**2 / weights.sum() * used.n / (used.n - 1)))


def _named(
    result: Result,
    quantity: str,
    outcome: str,
    specification: Specification,
    vocabulary: Vocabulary,
    cell_n: int,
) -> list[Named]:
    return [
        Named(
            quantity,
            term,
            level,
            _role(term, specification),
            _unit(quantity, outcome, term, specification, vocabulary),
            cell_n,
        )
        for term, level in result.names
    ]


def _role(term: str, specification: Specification) -> str:
    if term == "intercept":
        return "intercept"
    if term == WAVE:
        return "wave"
    return "leadership_factor" if term in specification.factors else "context"


def _unit(quantity: str, outcome: str, term: str, specification: Specification, vocabulary: Vocabulary) -> str:
    """What one step of a coefficient is, in words."""
    if quantity == "odds_ratio":
        return ODDS_RATIO
    if specification.family == "logit":
        return "log odds"
    top = "SD of outcome" if "outcome" in specification.standardise else unit_of(outcome, vocabulary)
    whole = term in {"intercept", WAVE} or vocabulary.is_categorical(term) or is_indicator(term, vocabulary)
    if whole:
        return top
    standard = "factors" in specification.standardise and term in specification.factors
    return f"{top} per {'SD' if standard else 'unit (' + unit_of(term, vocabulary) + ')'}"


def _cells(used: Survey, outcome: str, family: str, terms: list[str]) -> int:
    """The fewest respondents in a level the model rests on: of a categorical or yes-no term, of a yes-no outcome."""
    smallest = used.n
    for name in [*terms, *([outcome] if family == "logit" else [])]:
        column = used.column(name)
        if isinstance(column.dtype, pd.CategoricalDtype) or set(column.unique()) <= {0.0, 1.0}:
            counts = column.value_counts()
            smallest = min(smallest, int(counts[counts > 0].min()))
    return smallest


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
