"""Calibration: weights moved as little as possible so that totals of auxiliary variables come out right.

    survey = calibrate(survey, {"intercept": 6194, "stype": {"E": 4421, "H": 755, "M": 1018}, "api99": 3_914_069})

With the linear method totals are those of the generalised regression estimator. Sources: Deville & Sarndal (1992),
Calibration estimators in survey sampling, Journal of the American Statistical Association 87,
doi:10.2307/2290268; Sarndal, Swensson & Wretman (1992), section 6.4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from numbers import Real

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean
from stemcareers.inference.design import Survey
from stemcareers.inference.frames import numbers, require_columns
from stemcareers.inference.population_margins import Columns, Totals, margin, name_of, require_whole

INTERCEPT = "intercept"
TOLERANCE = 1e-10
MOST_STEPS = 50
# Directions in which the scaled auxiliary variables vary by less than this part are redundant.
_REDUNDANT = 1e-9
_HALVINGS = 20

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Method:
    """How the factor of a weight follows from its row's linear predictor u, within bounds; 1 where u is 0.

    factor, slope  u, lowest, highest -> the factor and its derivative.
    """

    factor: Callable[[np.ndarray, float, float], np.ndarray]
    slope: Callable[[np.ndarray, float, float], np.ndarray]


def _within(value: np.ndarray, low: float, high: float) -> np.ndarray:
    return ((value > low) & (value < high)).astype(float)


def _logit_scale(low: float, high: float) -> float:
    return (high - low) / ((1 - low) * (high - 1))


def _logit_factor(u: np.ndarray, low: float, high: float) -> np.ndarray:
    e = np.exp(np.clip(_logit_scale(low, high) * u, -500, 500))
    return (low * (high - 1) + high * (1 - low) * e) / (high - 1 + (1 - low) * e)


def _logit_slope(u: np.ndarray, low: float, high: float) -> np.ndarray:
    g = _logit_factor(u, low, high)
    return (g - low) * (high - g) / ((1 - low) * (high - 1))


METHODS = {
    "linear": Method(lambda u, low, high: np.clip(1 + u, low, high), lambda u, low, high: _within(1 + u, low, high)),
    "raking": Method(
        lambda u, low, high: np.clip(np.exp(np.clip(u, -500, 500)), low, high),
        lambda u, low, high: np.exp(np.clip(u, -500, 500)) * _within(np.exp(np.clip(u, -500, 500)), low, high),
    ),
    "logit": Method(_logit_factor, _logit_slope),
}


@dataclass(frozen=True)
class Calibrated:
    """What linearisation needs to know of a calibration.

    basis   (rows, k) orthonormal columns that span the auxiliary variables times `root`.
    root    (rows,) square roots of the weights before.
    after   (rows,) weights after.
    """

    basis: np.ndarray
    root: np.ndarray
    after: np.ndarray

    def residuals(self, influence: np.ndarray) -> np.ndarray:
        """The influence of every row of the frame, less its regression on the auxiliary variables."""
        y = influence / self.after[:, None] * self.root[:, None]
        y = y - self.basis @ (self.basis.T @ y)
        return y * (self.after / self.root)[:, None]


def calibrate(
    survey: Survey,
    totals: Mapping[Columns, float | Totals],
    bounds: Bounds | None = None,
    method: str = "linear",
    tolerance: float = TOLERANCE,
    most_steps: int = MOST_STEPS,
) -> Survey:
    """The survey whose weights give known totals of auxiliary variables.

    totals   for a numeric column its total in the population; for a categorical one (or a tuple of columns that are
             crossed) the population of each level; under "intercept" the size of the population. Totals that repeat
             each other are fine; totals that contradict each other are refused.
    bounds   lowest and highest factor by which a weight may change, around 1; None: any.
    method   "linear": factors are linear in the auxiliary variables, cut at the bounds; "raking": exponential, so
             always positive; "logit": between the bounds, which it needs. The words are those of R's survey.
    tolerance  largest distance of a total from its aim, relative to its size, at which iteration stops.

    Replicate weights are calibrated one by one; those that come out negative count as they are in every estimate,
    where R's `svyglm` leaves their rows out. Variances are those of an influence less its regression on the
    auxiliary variables, weighted by the weights before. Raises Problem where the totals cannot be met, and where
    factors come out negative or zero.
    """
    where = f"{method} calibration to {', '.join(name_of(columns) for columns in totals)}"
    require_whole(where, survey.rows, survey.frame)
    low, high = _bounds(where, method, bounds)
    names, matrix, aims = _auxiliary(survey.frame, where, totals)
    problem = _Calibration(where, names, matrix, aims, METHODS[method], low, high, tolerance, most_steps)
    before = survey.all_weights
    factor = problem.factors(before)
    if (factor <= 0).any():
        raise Problem(
            where,
            f"{int((factor <= 0).sum())} of {len(factor)} weights become zero or negative "
            f"(lowest factor {factor.min():.3g}): give bounds, such as (0.3, 3), or method='raking'",
        )
    after = before * factor

    replicates = survey.replicates
    if replicates is not None:
        every = replicates.weights(before).T
        each = np.column_stack([one * problem.factors(one, f"replicate {i + 1}") for i, one in enumerate(every)])
        replicates = replicates.met(each, after)
    root = np.sqrt(before)
    done = Calibrated(_span(matrix * root[:, None]), root, after)
    return replace(survey, all_weights=after, replicates=replicates, calibrations=(*survey.calibrations, done))


@dataclass(frozen=True)
class _Calibration:
    """One calibration problem, to be solved for several columns of weights."""

    where: str
    names: list[str]
    matrix: np.ndarray
    aims: np.ndarray
    method: Method
    low: float
    high: float
    tolerance: float
    most_steps: int

    def factors(self, weights: np.ndarray, which: str = "") -> np.ndarray:
        """(n,) what each weight is multiplied by: Newton's method on the multipliers, halving steps that overshoot."""
        # Sizes against which a miss is small; also the units that make the equations well scaled.
        sizes = np.maximum(np.abs(self.aims), np.abs(self.matrix).T @ weights)
        x, aims = self.matrix / sizes, self.aims / sizes
        multipliers = np.zeros(len(aims))
        miss = aims - x.T @ weights
        for _ in range(self.most_steps):
            if np.abs(miss).max() < self.tolerance:
                return self._factor(x @ multipliers)
            slope = self.method.slope(x @ multipliers, self.low, self.high)
            curvature = (x * (weights * slope)[:, None]).T @ x
            step = _shortest(curvature, miss)
            before = np.abs(miss).max()
            for _ in range(_HALVINGS):
                miss = aims - x.T @ (weights * self._factor(x @ (multipliers + step)))
                if np.abs(miss).max() < before or not np.any(step):
                    break
                step = step / 2
            multipliers = multipliers + step
            if np.abs(miss).max() >= before:
                break
        if np.abs(miss).max() < self.tolerance:
            return self._factor(x @ multipliers)
        raise self._not_met(miss, aims, which)

    def _factor(self, u: np.ndarray) -> np.ndarray:
        return self.method.factor(u, self.low, self.high)

    def _not_met(self, miss: np.ndarray, aims: np.ndarray, which: str) -> Problem:
        worst = int(np.abs(miss).argmax())
        size = self.aims[worst] / aims[worst] if aims[worst] else 1.0
        bounded = "" if (self.low, self.high) == (-np.inf, np.inf) else "widen the bounds, or "
        return Problem(
            self.where,
            f"the totals cannot be met{' with ' + which if which else ''}: {self.names[worst]} comes to "
            f"{self.aims[worst] - miss[worst] * size:,.6g} where {self.aims[worst]:,.6g} is asked. They contradict "
            f"each other or the rows there are; {bounded}leave a total out",
        )


def _bounds(where: str, method: str, bounds: Bounds | None) -> Bounds:
    if method not in METHODS:
        raise Problem(where, f"method {method!r} is not known{did_you_mean(method, METHODS)} ({', '.join(METHODS)})")
    low, high = (-np.inf, np.inf) if bounds is None else bounds
    if not low < 1 < high:
        raise Problem(where, f"bounds are factors below and above 1, not {low:g} and {high:g}")
    if method == "logit" and not np.isfinite([low, high]).all():
        raise Problem(where, "the logit method needs two bounds, such as (0.3, 3)")
    return low, high


def _auxiliary(
    frame: pd.DataFrame, where: str, totals: Mapping[Columns, float | Totals]
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names, (n, p) values and (p,) aims of the auxiliary variables."""
    if not totals:
        raise Problem(where, "no total is given")
    names: list[str] = []
    columns: list[np.ndarray] = []
    aims: list[float] = []
    wrong: list[str] = []
    for key, total in totals.items():
        if isinstance(total, Mapping):
            cells, faults = margin(frame, key, total)
            wrong += [f"{name_of(key)}: {fault}" for fault in faults]
            if cells is not None:
                names += [cells.called(cell) for cell in range(len(cells.levels))]
                columns += list((cells.cell == np.arange(len(cells.levels))[:, None]).astype(float))
                aims += list(cells.totals)
            continue
        if not isinstance(total, Real):
            wrong.append(f"the total of {name_of(key)} is {total!r}, where a number is due")
            continue
        values = np.ones(len(frame)) if key == INTERCEPT else _values(frame, key)
        if missing := int(np.isnan(values).sum()):
            wrong.append(f"{key} is missing in {missing} rows")
        elif not values.any() and total:
            wrong.append(f"{key} is 0 in every row, and its total {total:g}")
        names.append(str(key))
        columns.append(values)
        aims.append(float(total))
    wrong += [f"the total of {name} is {aim:g}" for name, aim in zip(names, aims, strict=True) if not np.isfinite(aim)]
    if wrong:
        raise Problem(where, *wrong)
    matrix, aimed = np.array(columns).T, np.array(aims)
    used = matrix.any(axis=0)  # a variable that is 0 throughout, and is to add up to 0, asks for nothing
    return [name for name, use in zip(names, used, strict=True) if use], matrix[:, used], aimed[used]


def _values(frame: pd.DataFrame, key: Columns) -> np.ndarray:
    require_columns(frame, (key,) if isinstance(key, str) else key)
    if not isinstance(key, str):
        raise Problem(f"total of {name_of(key)}", "crossed columns have a population for each of their levels")
    return numbers(frame[key])


def _shortest(curvature: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The shortest solution of a symmetric system whose redundant directions are left alone."""
    lengths = np.sqrt(np.maximum(np.diag(curvature), 0.0))
    lengths[lengths == 0] = 1.0
    scaled = curvature / np.outer(lengths, lengths)
    return np.linalg.lstsq(scaled, right / lengths, rcond=_REDUNDANT**2)[0] / lengths


def _span(matrix: np.ndarray) -> np.ndarray:
    """(n, k) orthonormal columns that span those of the matrix."""
    lengths = np.sqrt((matrix**2).sum(axis=0))
    left, singular, _ = np.linalg.svd(matrix / lengths, full_matrices=False)
    return left[:, singular > _REDUNDANT * singular[0]]
