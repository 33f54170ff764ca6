"""Models fitted by maximum pseudo-likelihood: Newton's method with exact derivatives, and errors of the design.

A family says what its log-likelihood is, with its first two derivatives; all else is here. Every response counts
by its weight, so the estimates are those of a census of the population, as nearly as the sample tells.
Source: Binder (1983), On the variances of asymptotically normal estimators from complex surveys, International
Statistical Review 51, doi:10.2307/1402588.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference.design import Survey

_MOST_STEPS = 60
# Squared length of the last step but one, in standard errors of independent rows. Newton's steps shrink as their
# squares, so that what is left after the last one is nothing.
_TOLERANCE = 1e-12
# How far from zero a linear predictor on a log scale may lie before its coefficients are suspected to have no
# finite value.
EDGE = 15.0

Curve = tuple[float, np.ndarray, np.ndarray]


class Likelihood(Protocol):
    """A log-likelihood of m parameters, concave or made so."""

    def at(self, parameters: np.ndarray, weights: np.ndarray) -> Curve:
        """The weighted sum, its gradient (m,), and minus its second derivatives (m, m); -inf where not allowed."""

    def scores(self, parameters: np.ndarray) -> np.ndarray:
        """(n, m) the gradient of each row, without weights."""

    def reach(self, parameters: np.ndarray) -> float:
        """How far from zero these parameters bring a linear predictor."""

    def step(self, gradient: np.ndarray, information: np.ndarray) -> np.ndarray:
        """(m,) the way up."""


class Concave:
    """The step of a log-likelihood that is concave everywhere."""

    def step(self, gradient: np.ndarray, information: np.ndarray) -> np.ndarray:
        return np.linalg.solve(information, gradient)


@dataclass(frozen=True)
class Peak:
    """The maximum: where it is, how high, how sharp, and how many steps led there."""

    parameters: np.ndarray
    log_likelihood: float
    information: np.ndarray
    steps: int


def maximise(
    where: str,
    likelihood: Likelihood,
    start: np.ndarray,
    weights: np.ndarray,
    runaway: Callable[[], None] = lambda: None,
) -> Peak:
    """The maximum of a weighted log-likelihood.

    runaway  is called when parameters seem to grow without end; it may raise a Problem.
    """
    with np.errstate(all="ignore"):  # a step much too far gives infinities, and is halved
        peak = _climb(likelihood, start, weights, runaway)
    if peak is None:
        runaway()
        raise Problem(
            where,
            f"did not converge in {_MOST_STEPS} steps, so its coefficients mean nothing. "
            "Look for a term that nearly determines the outcome, and leave it out or merge its levels",
        )
    return peak


def _climb(
    likelihood: Likelihood, parameters: np.ndarray, weights: np.ndarray, runaway: Callable[[], None]
) -> Peak | None:
    asked = False
    height, gradient, information = likelihood.at(parameters, weights)
    for steps in range(1, _MOST_STEPS + 1):
        step = _step(likelihood, gradient, information)
        settled = 0 <= gradient @ step < _TOLERANCE
        here, size = height, 1.0
        while not (height := (curve := likelihood.at(parameters + size * step, weights))[0]) >= _not_below(here):
            size /= 2
            if size < 1e-12:
                return None
        parameters, (_, gradient, information) = parameters + size * step, curve
        # Rows that weigh little may still be on the move when the likelihood no longer shows it.
        if not asked and (likelihood.reach(parameters) > EDGE or (settled and likelihood.reach(step) > 0.1)):
            runaway()
            asked = True
        if settled:
            return Peak(parameters, height, information, steps) if _is_sharp(information) else None
    return None


def _is_sharp(information: np.ndarray) -> bool:
    """Whether the likelihood falls in every direction, so that the maximum is one point and not a ridge."""
    errors = np.sqrt(np.diag(information))
    scaled = information / np.outer(errors, errors)
    return bool(np.isfinite(scaled).all() and np.linalg.eigvalsh(scaled)[0] > 1e-12)


def _not_below(height: float) -> float:
    """A height, less what rounding may take from it."""
    return height - 1e-9 * (1 + abs(height))


@dataclass(frozen=True)
class Estimated:
    """A maximum with what its errors come from, in the parameters in which it was found.

    scores      (n, m) how much each row moves the parameters, its weight included.
    point       weights (n, r) -> parameters (m, r).
    covariance  (m, m) of the design.
    """

    peak: Peak
    scores: np.ndarray
    point: Callable[[np.ndarray], np.ndarray]
    covariance: np.ndarray


def estimate(where: str, likelihood: Likelihood, peak: Peak, survey: Survey, weights: np.ndarray) -> Estimated:
    """The errors that the survey's design gives to a maximum."""
    bread = np.linalg.inv(peak.information)
    scores = (likelihood.scores(peak.parameters) * weights[:, None]) @ bread

    def point(replicates: np.ndarray) -> np.ndarray:
        fits = np.full((len(peak.parameters), replicates.shape[1]), np.nan)
        for place, column in enumerate(replicates.T):
            try:
                fits[:, place] = maximise(where, likelihood, peak.parameters, column / column.mean()).parameters
            except Problem:  # no maximum with these weights, which the caller reports for all of them together
                continue
        return fits

    return Estimated(peak, scores, point, survey.covariance(scores, point))


def _step(likelihood: Likelihood, gradient: np.ndarray, information: np.ndarray) -> np.ndarray:
    try:
        return likelihood.step(gradient, information)
    except np.linalg.LinAlgError:
        return np.linalg.lstsq(information, gradient, rcond=None)[0]
