"""Linear regression, weighted, with errors of the design."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference.decomposition import Decomposed, least_squares
from stemcareers.inference.design import Survey
from stemcareers.inference.fitted import IDENTITY_RESPONSE, one_predictor
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
    errors: str = "design",
) -> Result:
    """Coefficients of the weighted least squares regression of a numeric outcome on terms.

    terms      columns, or Terms where a reference level or its kind is to be said.
    fewest_df  residual degrees of freedom below which the model is refused.
    errors     "design": of the survey's design, linearised or from replicates. "classical": the textbook's, which
               assume independent rows with equal variances; refused where the design says otherwise.

    t has the design's degrees of freedom plus one minus the number of coefficients.
    Rows with a missing value in any column of the model are left out and counted.
    Source: Fuller (1975), Regression analysis for sample survey, Sankhya C 37; R's survey, `svyglm`.
    """
    if errors not in ("design", "classical"):
        raise Problem(f"linear model of {outcome}", f"errors are design or classical, not {errors!r}")
    ready = prepare(
        survey,
        f"linear model of {outcome}",
        outcome,
        terms,
        intercept,
        fewest_df,
        read=lambda used: numbers(used.column(outcome)),
    )
    used, weights, x, qr = ready.survey, ready.weights, ready.matrix.values, ready.decomposed
    root = np.sqrt(weights)
    # Outcomes are told apart by their distance from the mean, which must not drown in the digits of the mean.
    middle = weights @ ready.y / weights.sum() if intercept else 0.0
    y = ready.y - middle

    values = least_squares(x, y, root, qr)
    residual = y - x @ values
    scores, basis = qr.q * (root * residual)[:, None], qr.q / root[:, None]

    def point(replicates: np.ndarray) -> np.ndarray:
        return weighted_fits(basis, np.broadcast_to(y[:, None], replicates.shape), replicates)

    classical = errors == "classical"
    covariance = _classical(used, qr, residual) if classical else qr.sandwich(used.covariance(scores, point))
    origin = np.zeros(len(values))
    origin[0] = middle
    values += origin
    facts = Facts(
        family="linear",
        variance_method="classical" if classical else used.variance_method,
        weighted=used.design.weight is not None,
        r_squared=float(1 - weights @ residual**2 / (weights @ y**2)),
        condition_number=qr.condition,
    )
    model = ready.fitted(
        "linear",
        values,
        covariance,
        one_predictor(len(values)),
        IDENTITY_RESPONSE,
        scores,
        point,
        qr.solve,
        origin,
    )
    return coefficients(used, ready.matrix.names, values, covariance, facts, model)


def _classical(survey: Survey, qr: Decomposed, residual: np.ndarray) -> np.ndarray:
    """The covariance of coefficients where rows are independent and vary alike."""
    design = survey.design
    if given := [word for word in ("weight", "strata", "clusters", "fpc", "replicates") if getattr(design, word)]:
        raise Problem(
            "linear model",
            f"classical errors take rows for independent and equally likely, and the design has {', '.join(given)}; "
            "use the design's errors",
        )
    spread = residual @ residual / (len(residual) - qr.r.shape[0])
    return qr.sandwich(spread * np.eye(qr.r.shape[0]))


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
