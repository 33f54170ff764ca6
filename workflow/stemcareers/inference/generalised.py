"""Generalised linear models by iterated weighted least squares, weighted, with errors of the design.

The working step is the same for every family; a family says how the mean follows from the linear predictor.
Source: McCullagh & Nelder (1989), Generalized Linear Models, section 2.5; Binder (1983) for the errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference.decomposition import Decomposed, decompose
from stemcareers.inference.fitted import one_predictor, single
from stemcareers.inference.linear_regression import weighted_fits
from stemcareers.inference.models import Prepared, coefficients
from stemcareers.inference.results import Facts, Result

_MOST_STEPS = 50
# Iteration stops when the deviance changes by less than this part, and errors come from the last step's working
# weights. This is the rule of R's glm, kept so that all of R's digits are met; errors then lie within some 1e-5 of
# those at the very maximum, which a smaller tolerance gives.
TOLERANCE = 1e-8


@dataclass(frozen=True)
class Family:
    """How an outcome follows from its linear predictor eta.

    start           outcome, weight -> a first guess of eta.
    mean, slope, bend  eta -> expected outcome, and its first and second derivative.
    variance        expected outcome -> variance, up to a constant.
    deviance, log_likelihood  outcome, expected outcome -> one value per row.
    edge            how far from zero a linear predictor may lie before coefficients are suspected to have no
                    finite value.
    """

    name: str
    start: Callable[[np.ndarray, np.ndarray], np.ndarray]
    mean: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    bend: Callable[[np.ndarray], np.ndarray]
    variance: Callable[[np.ndarray], np.ndarray]
    deviance: Callable[[np.ndarray, np.ndarray], np.ndarray]
    log_likelihood: Callable[[np.ndarray, np.ndarray], np.ndarray]
    edge: float = np.inf


@dataclass(frozen=True)
class _Fit:
    """Where the iteration ended; `root` and `qr` are the working weights' square roots and the matrix with them."""

    values: np.ndarray
    eta: np.ndarray
    qr: Decomposed
    root: np.ndarray
    steps: int


def fit(
    where: str,
    ready: Prepared,
    family: Family,
    runaway: Callable[[], None] = lambda: None,
    tolerance: float = TOLERANCE,
) -> Result:
    """The result of a generalised linear model.

    runaway    is called, once at most, when coefficients seem to grow without end; it may raise a Problem.
    tolerance  relative change of the deviance at which iteration stops.
    """
    used, weights, y = ready.survey, ready.weights, ready.y
    end = _iterate(where, ready, family, runaway, tolerance)
    mean = family.mean(end.eta)
    scores = end.qr.q * (end.root * (y - mean) / family.slope(end.eta))[:, None]

    def point(replicates: np.ndarray) -> np.ndarray:
        return _replicate_fits(where, end.qr.q / end.root[:, None], ready, end.eta, replicates, family, tolerance)

    covariance = end.qr.sandwich(used.covariance(scores, point))
    facts = Facts(
        family=family.name,
        variance_method=used.variance_method,
        weighted=used.design.weight is not None,
        log_likelihood=float(weights @ family.log_likelihood(y, mean)),
        converged=True,
        iterations=end.steps,
        condition_number=ready.decomposed.condition,
    )
    model = ready.fitted(
        family.name,
        end.values,
        covariance,
        one_predictor(len(end.values)),
        single(family.mean, family.slope, family.bend),
        scores,
        point,
        end.qr.solve,
    )
    return coefficients(used, ready.matrix.names, end.values, covariance, facts, model)


def _iterate(where: str, ready: Prepared, family: Family, runaway: Callable[[], None], tolerance: float) -> _Fit:
    x, y, weights, offset = ready.matrix.values, ready.y, ready.weights, ready.offset
    eta = family.start(y, weights)
    deviance = weights @ family.deviance(y, family.mean(eta))
    asked = False
    for steps in range(1, _MOST_STEPS + 1):
        root, working = _working(family, y, eta, weights)
        qr = decompose(x * root[:, None])
        values = qr.solve(qr.q.T @ (root * (working - offset)))
        eta, last = offset + x @ values, eta
        moved = np.abs(eta - last).max()
        before, deviance = deviance, weights @ family.deviance(y, family.mean(eta))
        settled = abs(deviance - before) < tolerance * (abs(deviance) + 0.1)
        # Rows that weigh little may still be on the move when the deviance no longer shows it.
        if not asked and (np.abs(eta).max() > family.edge or (settled and moved > 0.1)):
            runaway()
            asked = True
        if settled:
            return _Fit(values, eta, qr, root, steps)
    raise Problem(
        where,
        f"did not converge in {_MOST_STEPS} steps, so its coefficients mean nothing. "
        "Look for a term that nearly determines the outcome, and leave it out or merge its levels",
    )


def _working(family: Family, y: np.ndarray, eta: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Square roots of the working weights, and the working outcome."""
    mean, slope = family.mean(eta), family.slope(eta)
    return np.sqrt(weights / family.variance(mean)) * slope, eta + (y - mean) / slope


def _replicate_fits(
    where: str,
    basis: np.ndarray,
    ready: Prepared,
    eta: np.ndarray,
    replicates: np.ndarray,
    family: Family,
    tolerance: float,
) -> np.ndarray:
    """(p, r) coefficients in the basis for each column of weights, all in one batch, starting from the full fit.

    A replicate is done when its own deviance has settled; the others go on.
    """
    weights = replicates / replicates.sum(axis=0)
    y, eta = ready.y[:, None], np.repeat(eta[:, None], weights.shape[1], axis=1)
    offset = np.broadcast_to(ready.offset, ready.y.shape)[:, None]
    deviance = (weights * family.deviance(y, family.mean(eta))).sum(axis=0)
    done = np.full((basis.shape[1], weights.shape[1]), np.nan)
    going = np.arange(weights.shape[1])
    for _ in range(_MOST_STEPS):
        mean, slope = family.mean(eta), family.slope(eta)
        part = weights[:, going]
        done[:, going] = weighted_fits(
            basis, eta - offset + (y - mean) / slope, part * slope**2 / family.variance(mean)
        )
        eta = offset + basis @ done[:, going]
        before, deviance = deviance, (part * family.deviance(y, family.mean(eta))).sum(axis=0)
        on = ~(np.abs(deviance - before) < tolerance * (np.abs(deviance) + 0.1)) & np.isfinite(deviance)
        going, eta, deviance = going[on], eta[:, on], deviance[on]
        if not len(going):
            return done
    raise Problem(where, f"did not converge in {_MOST_STEPS} steps with {len(going)} of the replicate weights")
