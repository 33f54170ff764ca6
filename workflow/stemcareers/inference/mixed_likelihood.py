"""The likelihood of a linear mixed model with one grouping, and where it is largest.

It is profiled over coefficients and residual variance, so that only the groups' relative covariance is searched for;
every group enters by a few sums. Source: Bates, Machler, Bolker & Walker (2015), Fitting linear mixed-effects models
using lme4, Journal of Statistical Software 67, doi:10.18637/jss.v067.i01, eqs. 34 to 42.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stemcareers.errors import Problem

# Below this part of the residual's, a standard deviation between groups is nil, if nil fits as well.
_NIL = 1e-3
_MOST_STEPS = 30


@dataclass(frozen=True)
class Sums:
    """Everything the likelihood needs of the data: products of z (k columns), x (p) and y, by group and overall.

    unit   (k,) lengths by which the columns of z were divided, so that relative covariances are of order one.
    about  what was taken out of y (coefficients of x over its lengths), those lengths, and the spread left.
    """

    zz: np.ndarray
    zx: np.ndarray
    zy: np.ndarray
    xx: np.ndarray
    xy: np.ndarray
    yy: float
    n: int
    unit: np.ndarray
    about: tuple[np.ndarray, np.ndarray, float]

    @staticmethod
    def of(x: np.ndarray, z: np.ndarray, y: np.ndarray, group: np.ndarray, groups: int) -> Sums:
        """The sums of (n, p) x, (n, k) z and (n,) y over rows whose groups have codes 0 to groups - 1."""
        unit = np.sqrt((z**2).mean(axis=0))
        lengths = np.sqrt((x**2).mean(axis=0))
        # About their first fit and in units of their spread: differences of large sums would cost digits.
        first = np.linalg.lstsq(x / lengths, y, rcond=None)[0]
        rest = y - x / lengths @ first
        spread = float(np.sqrt((rest**2).mean()))
        x, z, y = x / lengths, z / unit, rest / spread

        def by_group(one: np.ndarray, two: np.ndarray) -> np.ndarray:
            products = (one[:, :, None] * two[:, None, :]).reshape(len(one), -1)
            sums = np.stack([np.bincount(group, weights=column, minlength=groups) for column in products.T], axis=1)
            return sums.reshape(groups, one.shape[1], two.shape[1])

        return Sums(
            zz=by_group(z, z),
            zx=by_group(z, x),
            zy=by_group(z, y[:, None]),
            xx=x.T @ x,
            xy=x.T @ y,
            yy=float(y @ y),
            n=len(y),
            unit=unit,
            about=(first, lengths, spread),
        )


@dataclass(frozen=True)
class _Solved:
    """What is best for one relative covariance: deviance, coefficients, their precision, residual variance."""

    deviance: float
    values: np.ndarray
    precision: np.ndarray
    residual: float


def _solve(sums: Sums, factor: np.ndarray, reml: bool) -> _Solved:
    """The profiled deviance (-2 log likelihood) where groups have covariance sigma^2 F F', F = `factor` (k, k)."""
    k = len(factor)
    inner = factor.T @ sums.zz @ factor + np.eye(k)
    root = np.linalg.cholesky(inner)
    half_x = np.linalg.solve(root, factor.T @ sums.zx)
    half_y = np.linalg.solve(root, factor.T @ sums.zy)
    precision = sums.xx - np.einsum("gkp,gkq->pq", half_x, half_x)
    right = sums.xy - np.einsum("gkp,gk->p", half_x, half_y[:, :, 0])
    values = np.linalg.solve(precision, right)
    squares = sums.yy - float((half_y**2).sum()) - float(right @ values)
    free = sums.n - (len(values) if reml else 0)
    deviance = 2 * np.log(np.diagonal(root, axis1=1, axis2=2)).sum() + free * (1 + np.log(2 * np.pi * squares / free))
    if reml:
        deviance += np.linalg.slogdet(precision)[1]
    return _Solved(float(deviance), values, precision, squares / free)


@dataclass(frozen=True)
class MixedFit:
    """The fit in the units of the data; `between` is the (k, k) covariance between groups."""

    values: np.ndarray
    covariance: np.ndarray
    between: np.ndarray
    residual: float
    log_likelihood: float
    steps: int


def fit(where: str, sums: Sums, reml: bool, correlated: bool) -> MixedFit:
    """The maximum of the (restricted) likelihood; a Problem where the search does not settle.

    correlated  false: the covariance between groups is diagonal.
    """
    from scipy.optimize import minimize

    k = len(sums.unit)
    places = np.tril_indices(k) if correlated else np.diag_indices(k)

    def factor(theta: np.ndarray) -> np.ndarray:
        whole = np.zeros((k, k))
        whole[places] = theta
        return whole

    def deviance(theta: np.ndarray) -> float:
        return _solve(sums, factor(theta), reml).deviance

    # The sign of a column of the factor does not matter, so the search needs no bounds at nil.
    starts = [np.where(places[0] == places[1], size, 0.0) for size in (1.0, 0.1)]
    tries = [minimize(deviance, start, method="BFGS", options={"gtol": 1e-4}) for start in starts]
    best = min(tries, key=lambda one: one.fun)
    theta, steps = _polished(where, deviance, best.x)
    solved = _solve(sums, factor(theta), reml)
    first, lengths, spread = sums.about
    relative = factor(theta) / sums.unit[:, None]
    residual = solved.residual * spread**2
    moved = sums.n - (len(first) if reml else 0)
    log_likelihood = -solved.deviance / 2 - moved * np.log(spread)
    if reml:
        log_likelihood -= np.log(lengths).sum()
    return MixedFit(
        values=(first + solved.values * spread) / lengths,
        covariance=residual * np.linalg.inv(solved.precision) / np.outer(lengths, lengths),
        between=residual * relative @ relative.T,
        residual=residual,
        log_likelihood=float(log_likelihood),
        steps=int(best.nit) + steps,
    )


def _polished(where: str, deviance: Callable[[np.ndarray], float], theta: np.ndarray) -> tuple[np.ndarray, int]:
    """The minimum near `theta` to all digits that differences of the deviance give; nil where nil fits as well."""
    theta = theta.copy()
    for place in np.flatnonzero(np.abs(theta) < _NIL):
        without = np.where(np.arange(len(theta)) == place, 0.0, theta)
        if deviance(without) <= deviance(theta) + 1e-9:
            theta = without
    free = np.flatnonzero(theta)
    for step in range(_MOST_STEPS):
        if not len(free):
            return theta, step
        slope, curvature = _differences(deviance, theta, free)
        spectrum, vectors = np.linalg.eigh(curvature)
        # Directions in which nothing is known about the minimum are not followed.
        follow = spectrum > 1e-6 * max(spectrum.max(), 1e-300)
        move = vectors[:, follow] @ ((vectors[:, follow].T @ slope) / spectrum[follow])
        left = float(slope @ move)
        if left < 1e-12:
            return theta, step
        smaller = theta.copy()
        smaller[free] -= move
        while deviance(smaller) > deviance(theta) + 1e-10 and np.abs(move).max() > 1e-9:
            move = move / 2
            smaller[free] = theta[free] - move
        theta = smaller
        if left < 1e-8 and np.abs(move).max() <= 1e-8:
            return theta, step + 1
    raise Problem(
        where,
        f"did not converge in {_MOST_STEPS} steps: the rows do not tell the variances between groups apart. "
        "Let fewer slopes vary, or give correlated=False",
    )


def _differences(
    deviance: Callable[[np.ndarray], float], theta: np.ndarray, free: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """First and second derivatives by central differences."""
    step = 1e-4
    shifts = step * np.eye(len(theta))[free]
    middle = deviance(theta)
    up = np.array([deviance(theta + shift) for shift in shifts])
    down = np.array([deviance(theta - shift) for shift in shifts])
    # Of fourth order, so that the minimum is found to more digits than the step has.
    far = np.array([deviance(theta + 2 * shift) - deviance(theta - 2 * shift) for shift in shifts])
    slope = (8 * (up - down) - far) / (12 * step)
    curvature = np.diag((up - 2 * middle + down) / step**2)
    for one in range(len(free)):
        for two in range(one):
            both = deviance(theta + shifts[one] + shifts[two]) + deviance(theta - shifts[one] - shifts[two])
            cross = (both - up[one] - down[one] - up[two] - down[two] + 2 * middle) / (2 * step**2)
            curvature[one, two] = curvature[two, one] = cross
    return slope, curvature
