"""What every regression does before and after its own arithmetic: rows, guards, and the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference import guards
from stemcareers.inference.decomposition import Decomposed, decompose
from stemcareers.inference.design import Survey
from stemcareers.inference.fitted import FittedModel, Response
from stemcareers.inference.likelihood import Estimated
from stemcareers.inference.results import Facts, Group, Name, Result
from stemcareers.inference.terms import ModelMatrix, Term, as_terms, model_matrix


@dataclass(frozen=True)
class Prepared:
    """The rows, outcome and model matrix of a model that has passed the guards that need no fit.

    weights  (n,) those of the rows in use, over their mean in all rows that were given: as R's svyglm scales them,
             since the first step of an iteration depends on it.
    offset   what is added to the linear predictor with no coefficient: (n,), or 0.
    """

    survey: Survey
    outcome: str
    weights: np.ndarray
    y: np.ndarray
    matrix: ModelMatrix
    decomposed: Decomposed
    offset: np.ndarray | float = 0.0

    def fitted(
        self,
        family: str,
        values: np.ndarray,
        covariance: np.ndarray,
        loadings: np.ndarray,
        response: Response,
        scores: np.ndarray,
        point: Callable[[np.ndarray], np.ndarray],
        named: Callable[[np.ndarray], np.ndarray],
        origin: np.ndarray | float = 0.0,
        categories: tuple[str, ...] = ("",),
    ) -> FittedModel:
        """What is kept of a fit to these rows; see FittedModel."""
        return FittedModel(
            family=family,
            survey=self.survey,
            outcome=self.outcome,
            categories=categories,
            columns=self.matrix.names,
            x=self.matrix.values,
            y=self.y,
            weights=self.weights,
            values=values,
            covariance=covariance,
            loadings=loadings,
            response=response,
            scores=scores,
            point=point,
            named=named,
            origin=np.broadcast_to(origin, values.shape),
            offset=np.broadcast_to(self.offset, self.y.shape),
        )


def prepare(
    survey: Survey,
    where: str,
    outcome: str,
    terms: Sequence[Term | str],
    intercept: bool,
    fewest_df: float,
    read: Callable[[Survey], np.ndarray],
) -> Prepared:
    """Leave out incomplete rows, build the matrix, and refuse what cannot be estimated, everything at once.

    where  what messages call the model.
    read   the outcome's numbers from the rows in use.
    """
    terms = as_terms(terms)
    columns = [term.column for term in terms]
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice or outcome in columns:
        raise Problem(
            where,
            *(f"{c} stands on the right-hand side twice" for c in twice),
            *([f"the outcome {outcome} also stands on the right-hand side"] if outcome in columns else []),
        )
    used = survey.complete([outcome, *columns])
    if not used.n:
        lost = ", ".join(f"{rows} {reason}" for reason, rows in used.left_out.items())
        raise Problem(where, f"no rows are left ({lost})")
    if not terms and not intercept:
        raise Problem(where, "has neither terms nor an intercept, so there is nothing to estimate")
    y = read(used)
    matrix = model_matrix(used, terms, intercept)
    wrong = [*guards.constant_outcome(outcome, y), *guards.extreme(outcome, y), *matrix.wrong]
    for (column, _), values in zip(matrix.names, matrix.values.T, strict=True):
        wrong += guards.extreme(column, values)
    wrong += guards.too_few_df(used.df, matrix.names, fewest_df)
    guards.refuse(where, wrong)
    weights = used.weights / survey.weights.mean()
    decomposed = decompose(matrix.values * np.sqrt(weights)[:, None])
    guards.refuse(where, guards.ill_conditioned(decomposed, matrix.names))
    return Prepared(used, outcome, weights, y, matrix, decomposed)


def at_maximum(
    ready: Prepared,
    family: str,
    end: Estimated,
    back: np.ndarray,
    names: Sequence[Name],
    loadings: np.ndarray,
    response: Response,
    *,
    columns: int,
    groups: Sequence[Group] | None = None,
    categories: tuple[str, ...] = ("",),
) -> Result:
    """The result of a model of maximum likelihood, from the coordinates it was fitted in.

    back  (m, m) turns coordinates into parameters.
    The other words are those of `FittedModel` and `coefficients`.
    """
    values, covariance = back @ end.peak.parameters, back @ end.covariance @ back.T
    facts = Facts(
        family=family,
        variance_method=ready.survey.variance_method,
        weighted=ready.survey.design.weight is not None,
        log_likelihood=end.peak.log_likelihood,
        converged=True,
        iterations=end.peak.steps,
        condition_number=ready.decomposed.condition,
    )
    kept = ready.fitted(
        family,
        values,
        covariance,
        loadings,
        response,
        end.scores,
        end.point,
        lambda coordinates: back @ coordinates,
        categories=categories,
    )
    return coefficients(ready.survey, names, values, covariance, facts, kept, columns=columns, groups=groups)


def coefficients(
    survey: Survey,
    names: Sequence[Name],
    values: np.ndarray,
    covariance: np.ndarray,
    facts: Facts,
    model: FittedModel | None = None,
    columns: int | None = None,
    groups: Sequence[Group] | None = None,
) -> Result:
    """The result of a model: t with the design's degrees of freedom plus one minus the columns of its matrix.

    columns  None: as many as coefficients. Thresholds and dispersions are not counted, nor further equations.
    groups   what each coefficient is about, where the model has several equations.
    """
    if not np.isfinite(covariance).all():
        raise Problem(
            f"{facts.family} model",
            "has no coefficients with some of the replicate weights, which leave out all rows of a level, or let the "
            "terms separate the outcome. Merge levels, or use linearised errors",
        )
    size = len(names)
    df = float(survey.df + 1 - (size if columns is None else columns))
    groups = ((),) * size if groups is None else tuple(groups)
    return Result(
        quantity="coefficient",
        names=tuple(names),
        groups=groups,
        values=values,
        covariance=covariance,
        df=np.full(size, df),
        n=np.full(size, survey.n),
        n_clusters=np.full(size, survey.n_clusters),
        left_out=dict(survey.left_out),
        n_used=survey.n,
        n_clusters_used=survey.n_clusters,
        design_df=df,
        facts=facts,
        model=None if model is None else replace(model, names=tuple(zip(names, groups, strict=True))),
    )
