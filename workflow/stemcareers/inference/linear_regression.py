"""Linear regression, weighted, with errors of the design."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stemcareers.inference.design import Survey
from stemcareers.inference.frames import numbers
from stemcareers.inference.guards import FEWEST_DF
from stemcareers.inference.models import coefficients, prepare
from stemcareers.inference.results import Facts, Result
from stemcareers.inference.terms import Term


def linear(
    survey: Survey,
    outcome: str,
    terms: Sequence[Term | str],
    intercept: bool = True,
    fewest_df: float = FEWEST_DF,
) -> Result:
    """Coefficients of the weighted least squares regression of a numeric outcome on terms.

    terms      columns, or Terms where a reference level or its kind is to be said.
    fewest_df  residual degrees of freedom below which the model is refused.

    Errors are linearised; t has the design's degrees of freedom plus one minus the number of coefficients.
    Rows with a missing value in any column of the model are left out and counted.
    Source: Fuller (1975), Regression analysis for sample survey, Sankhya C 37; R's survey, `svyglm`.
    """
    ready = prepare(
        survey,
        f"linear model of {outcome}",
        outcome,
        terms,
        intercept,
        fewest_df,
        read=lambda used: numbers(used.column(outcome)),
    )
    used, y, x, qr = ready.survey, ready.y, ready.matrix.values, ready.decomposed
    weights = ready.weights
    root = np.sqrt(weights)

    values = qr.solve(qr.q.T @ (root * y))
    values = values + qr.solve(qr.q.T @ (root * (y - x @ values)))  # one step of refinement
    residual = y - x @ values
    scores = qr.q * (root * residual)[:, None]
    basis = qr.q / root[:, None]

    def point(replicates: np.ndarray) -> np.ndarray:
        return weighted_fits(basis, np.broadcast_to(y[:, None], replicates.shape), replicates)

    covariance = qr.sandwich(used.covariance(scores, point))
    centre = weights @ y / weights.sum() if intercept else 0.0
    facts = Facts(
        family="linear",
        variance_method=used.variance_method,
        weighted=used.design.weight is not None,
        r_squared=float(1 - weights @ residual**2 / (weights @ (y - centre) ** 2)),
        condition_number=qr.condition,
    )
    return coefficients(used, ready.matrix.names, values, covariance, facts)


def weighted_fits(basis: np.ndarray, y: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(p, r) least squares coefficients of one column of `y` (n, r) with one column of `weights` (n, r) each.

    basis    (n, p), orthogonal or nearly so under any of the weights: the normal equations are solved.
    Returns  NaN for weights under which the coefficients are not determined.
    """
    gram = np.stack([(basis * column[:, None]).T @ weights for column in basis.T]).transpose(2, 0, 1)
    right = (basis.T @ (weights * y)).T
    spectrum = np.linalg.eigvalsh(gram)
    determined = spectrum[:, 0] > 1e-12 * spectrum[:, -1]
    fits = np.full(right.shape, np.nan)
    fits[determined] = np.linalg.solve(gram[determined], right[determined][:, :, None])[:, :, 0]
    return fits.T
