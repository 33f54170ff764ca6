"""One draw of missing answers from what other answers say of them: the steps that chained equations are made of.

Every draw is made twice: first the coefficients, from their posterior given the observed answers, then the answers
given those coefficients. Leaving out the first would pretend that the coefficients are known, and standard errors
after pooling would be too small. Source: Rubin (1987), Multiple Imputation for Nonresponse in Surveys, section 5.2.

Coefficients of standardised predictors have a normal prior with mean 0 and standard deviation 2.5: weak enough not to
matter where the answers say anything, and enough to keep them finite where a predictor separates the answers.
Source: Gelman, Jakulin, Pittau & Su (2008), Annals of Applied Statistics 2, doi:10.1214/08-AOAS191.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

# Precision of the prior of one coefficient.
_PRIOR = 1 / 2.5**2
# Coefficients are found when another step would move them by less than this part of their standard errors, squared.
_SETTLED = 1e-4
_MOST_STEPS = 50
# mice's: keeps near-collinear predictors of a numeric answer from exploding.
_RIDGE = 1e-5
DONORS = 5


@dataclass(frozen=True)
class Known:
    """Where an answer is known and where it is not, and what predicts it.

    known    (p, n) predictors of the rows with an answer, standardised, without intercept.
    unknown  (p, u) predictors of the rows without.
    answers  (n,) codes 0..k-1, or values for numeric answers.
    levels   k; 0 for numeric answers.
    """

    known: np.ndarray
    unknown: np.ndarray
    answers: np.ndarray
    levels: int


Draw = tuple[np.ndarray, np.ndarray]
Derivatives = Callable[[np.ndarray], np.ndarray]


def nominal(data: Known, rng: np.random.Generator, start: np.ndarray | None = None) -> Draw:
    """(u,) drawn codes by multinomial logit, and where its coefficients ended; binary answers are the case k = 2."""
    compared, (p, n) = data.levels - 1, data.known.shape
    x = np.vstack([np.ones(n), data.known])
    is_level = (data.answers == np.arange(1, data.levels)[:, None]).astype(float)
    prior = np.full((compared, p + 1), _PRIOR)
    prior[:, 0] = 0.0

    def gradient(theta: np.ndarray) -> np.ndarray:
        rest = is_level - _shares(theta.reshape(compared, p + 1) @ x)[1:]
        return (rest @ x.T - prior * theta.reshape(compared, p + 1)).ravel()

    def information(theta: np.ndarray) -> np.ndarray:
        share = _shares(theta.reshape(compared, p + 1) @ x)[1:]
        blocks = np.empty((compared, p + 1, compared, p + 1))
        for one in range(compared):
            for two in range(one + 1):
                weight = share[one] * ((one == two) - share[two])
                blocks[one, :, two] = blocks[two, :, one] = (x * weight) @ x.T
        return blocks.reshape(prior.size, prior.size) + np.diag(prior.ravel())

    if start is None:
        start = np.zeros((compared, p + 1))
        counts = np.bincount(data.answers, minlength=data.levels)
        start[:, 0] = np.log(counts[1:] / counts[0])
        start = start.ravel()
    theta, half = _mode(gradient, information, start)
    drawn = (theta + half.T @ rng.standard_normal(len(theta))).reshape(compared, p + 1)
    shares = _shares(drawn[:, :1] + drawn[:, 1:] @ data.unknown)
    return _codes(np.cumsum(shares, axis=0), rng), theta


def ordered(data: Known, rng: np.random.Generator, start: np.ndarray | None = None) -> Draw:
    """(u,) drawn codes by ordered logit (proportional odds), and where its coefficients ended."""
    cuts, (p, n) = data.levels - 1, data.known.shape
    x, y = data.known, data.answers
    rows = np.arange(n)
    prior = np.concatenate([np.full(p, _PRIOR), np.zeros(cuts)])

    def ends(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The chance of an answer at most its own, of one below, and of its own."""
        eta = theta[:p] @ x
        bounds = np.concatenate([[-np.inf], theta[p:], [np.inf]])
        upper, lower = _expit(bounds[y + 1] - eta), _expit(bounds[y] - eta)
        return upper, lower, np.maximum(upper - lower, 1e-12)

    def gradient(theta: np.ndarray) -> np.ndarray:
        upper, lower, own = ends(theta)
        above = np.bincount(y, weights=upper * (1 - upper) / own, minlength=cuts + 1)[:cuts]
        below = np.bincount(y, weights=lower * (1 - lower) / own, minlength=cuts + 1)[1:]
        return np.concatenate([x @ (upper + lower - 1), above - below]) - prior * theta

    def information(theta: np.ndarray) -> np.ndarray:
        upper, lower, own = ends(theta)
        f, g = upper * (1 - upper), lower * (1 - lower)
        sums = np.zeros((cuts + 2, n))
        sums[y + 1, rows], sums[y, rows] = f, g
        whole = np.zeros((p + cuts, p + cuts))
        whole[:p, :p] = (x * (f + g)) @ x.T
        whole[:p, p:] = -(x @ sums[1:-1].T)
        whole[p:, :p] = whole[:p, p:].T
        above = np.bincount(y, weights=(f / own) ** 2 - f * (1 - 2 * upper) / own, minlength=cuts + 1)[:cuts]
        below = np.bincount(y, weights=(g / own) ** 2 + g * (1 - 2 * lower) / own, minlength=cuts + 1)[1:]
        beside = -np.bincount(y, weights=f * g / own**2, minlength=cuts + 1)[1:cuts]
        cut = np.arange(p, p + cuts)
        whole[cut, cut] = above + below
        whole[cut[:-1], cut[1:]] = whole[cut[1:], cut[:-1]] = beside
        return whole + np.diag(prior)

    if start is None:
        below = np.cumsum(np.bincount(y, minlength=data.levels))[:-1] / n
        start = np.concatenate([np.zeros(p), np.log(below / (1 - below))])
    theta, half = _mode(gradient, information, start)
    drawn = theta + half.T @ rng.standard_normal(len(theta))
    # A drawn cut below the one before leaves no room for the level between.
    bounds = np.maximum.accumulate(drawn[p:])
    chances = _expit(bounds[:, None] - drawn[:p] @ data.unknown)
    return _codes(np.vstack([chances, np.ones(chances.shape[1])]), rng), theta


def numeric(data: Known, rng: np.random.Generator, start: np.ndarray | None = None) -> Draw:
    """(u,) values by predictive mean matching: the answer of one of the five rows whose expected answer is nearest.

    Expected answers of rows with an answer come from the estimated coefficients, those of rows without from drawn
    ones. Source: Little (1988), Journal of Business & Economic Statistics 6, doi:10.1080/07350015.1988.10509663;
    van Buuren (2018), Flexible Imputation of Missing Data, section 3.4.
    """
    p, n = data.known.shape
    x = np.vstack([np.ones(n), data.known])
    gram = x @ x.T
    gram[np.diag_indices(p + 1)] *= 1 + _RIDGE
    half = _half(gram)
    estimate = half.T @ (half @ (x @ data.answers))
    expected = estimate @ x
    spread = np.sqrt(((data.answers - expected) ** 2).sum() / rng.chisquare(max(n - p - 1, 1)))
    drawn = estimate + spread * (half.T @ rng.standard_normal(p + 1))
    wanted = drawn[0] + drawn[1:] @ data.unknown
    return data.answers[_nearest(expected, wanted, rng)], estimate


DRAW = {"binary": nominal, "nominal": nominal, "ordered": ordered, "numeric": numeric}


def _nearest(expected: np.ndarray, wanted: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(u,) for each wanted value, the place of one of its nearest expected values, drawn at random."""
    donors = min(DONORS, len(expected))
    # Equal expectations stand in random order, or the same rows would always give; those that differ by rounding
    # alone are equal.
    unit = 10.0 ** (np.ceil(np.log10(np.abs(expected).max(initial=0.0) + 1e-300)) - 10)
    expected = np.round(expected / unit) * unit
    shuffled = rng.permutation(len(expected))
    order = shuffled[np.argsort(expected[shuffled], kind="stable")]
    ranked = expected[order]
    place = np.searchsorted(ranked, wanted)
    first = np.clip(place - donors, 0, max(len(ranked) - 2 * donors, 0))
    window = np.minimum(first[:, None] + np.arange(2 * donors), len(ranked) - 1)
    distance = np.abs(ranked[window] - wanted[:, None])
    distance[:, 1:][window[:, 1:] == window[:, :-1]] = np.inf  # fewer rows than the window is wide
    chosen = np.argpartition(distance, donors - 1, axis=1)[:, :donors]
    pick = chosen[np.arange(len(wanted)), rng.integers(donors, size=len(wanted))]
    return order[window[np.arange(len(wanted)), pick]]


def _mode(gradient: Derivatives, information: Derivatives, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The maximum of a concave log posterior, and a half H of the covariance H'H there.

    Newton's method that keeps the information of a step as long as steps shrink tenfold: near the maximum the
    gradient is all that changes, and it costs a fraction.
    """
    half, fresh, before = _half(information(theta)), True, np.inf
    for _ in range(_MOST_STEPS):
        slope = gradient(theta)
        step = half.T @ (half @ slope)
        left = float(slope @ step)
        if left < _SETTLED:
            return theta + step, half
        if left > before / 10 and not fresh:
            half, fresh, before = _half(information(theta)), True, np.inf
            continue
        # Far from the maximum a full step may overshoot: the longer it is, the smaller the part that is taken.
        theta = theta + (step if left < len(theta) else step / (1 + np.sqrt(left) / 20))
        fresh, before = False, left
    return theta, half


def _half(information: np.ndarray) -> np.ndarray:
    """The inverse of the Cholesky root."""
    return np.linalg.inv(np.linalg.cholesky(information))


def _codes(cumulative: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(u,) codes drawn with (k, u) cumulative chances, whose last row is 1."""
    return (cumulative[:-1] < rng.random(cumulative.shape[1])).sum(axis=0)


def _shares(eta: np.ndarray) -> np.ndarray:
    """(k, n) chances of all levels from (k-1, n) log odds against the first."""
    top = np.maximum(eta.max(axis=0), 0.0)
    parts = np.exp(np.vstack([np.zeros(eta.shape[1]), eta]) - top)
    return parts / parts.sum(axis=0)


def _expit(eta: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(eta, -500, 500)))
