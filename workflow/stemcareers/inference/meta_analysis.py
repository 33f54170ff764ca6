"""A random-effects average of estimates that stand on their own: countries, or studies.

Each estimate is taken as a draw around a value of its own country, and these values as draws around the average. How
far they lie apart (tau squared) is found by restricted maximum likelihood; the average's error is Knapp and Hartung's,
with t on one degree of freedom less than there are estimates; the prediction interval is where the value of a further
country would lie. Source: Viechtbauer (2005), Bias and efficiency of meta-analytic variance estimators in the
random-effects model, Journal of Educational and Behavioral Statistics 30, doi:10.3102/10769986030003261; Knapp &
Hartung (2003), Improved tests for a random effects meta-regression with a single covariate, Statistics in Medicine 22,
doi:10.1002/sim.1482; Higgins, Thompson & Spiegelhalter (2009), A re-evaluation of random-effects meta-analysis,
Journal of the Royal Statistical Society A 172, doi:10.1111/j.1467-985X.2008.00552.x; the R package metafor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference.distributions import f_upper, t_quantile, t_two_sided

FEWEST = 3  # with two, neither the error of the average nor the distance between countries is known to any use
ENOUGH = 1e-12


@dataclass(frozen=True)
class Averaged:
    """An average over k estimates, in their unit.

    tau2             the variance of the values around their average, beyond what sampling explains.
    i2               the share of the estimates' variance that is no sampling error, from 0 to 1.
    q, q_p_value     Cochran's test of whether all have the same value.
    prediction_low   with prediction_high, where the value of a further one would lie.
    """

    k: int
    estimate: float
    std_error: float
    df: int
    ci_low: float
    ci_high: float
    p_value: float
    prediction_low: float
    prediction_high: float
    tau2: float
    i2: float
    q: float
    q_p_value: float


def random_effects(estimates: Sequence[float], std_errors: Sequence[float], level: float = 0.95) -> Averaged:
    """The average of estimates whose values differ, with its interval and that of a further value.

    estimates, std_errors  one each of every country, all in one unit; countries must be independent of each other.
    level                  of both intervals.

    Raises Problem for fewer than three estimates, and for errors that are not above zero.
    """
    values, variances = np.asarray(estimates, dtype=float), np.asarray(std_errors, dtype=float) ** 2
    wrong = []
    if len(values) < FEWEST:
        wrong.append(f"there are {len(values)}; an average over values that differ needs {FEWEST} or more")
    if not (np.isfinite(values).all() and np.isfinite(variances).all() and (variances > 0).all()):
        wrong.append("an estimate or its error is missing, or an error is not above zero")
    if wrong:
        raise Problem("estimates to average", *wrong)
    k, df = len(values), len(values) - 1
    tau2 = _restricted_likelihood(values, variances)
    weights = 1 / (variances + tau2)
    average = float(weights @ values / weights.sum())
    # Knapp & Hartung (2003), eq. 5: the spread that is seen, not the one that the weights promise.
    variance = float(weights @ (values - average) ** 2 / df / weights.sum())
    reach = float(t_quantile((1 + level) / 2, df))
    std_error, further = np.sqrt(variance), np.sqrt(variance + tau2)
    q = _cochran(values, variances)
    return Averaged(
        k=k,
        estimate=average,
        std_error=float(std_error),
        df=df,
        ci_low=float(average - reach * std_error),
        ci_high=float(average + reach * std_error),
        p_value=float(t_two_sided(np.array(average / std_error), df)) if std_error > 0 else 0.0,
        prediction_low=float(average - reach * further),
        prediction_high=float(average + reach * further),
        tau2=tau2,
        i2=_share_between(tau2, variances),
        q=q,
        q_p_value=f_upper(q / df, df, np.inf),
    )


def _restricted_likelihood(values: np.ndarray, variances: np.ndarray) -> float:
    """Tau squared where the slope of the restricted likelihood is zero; zero where it falls from there on.

    Found by halving, as the usual Fisher scoring can swing for ever between two values on both sides of it.
    """
    if _slope(values, variances, 0.0) <= 0:
        return 0.0
    low, high = 0.0, float(values.var(ddof=1)) or 1.0
    while _slope(values, variances, high) > 0:
        low, high = high, 2 * high
    while high - low > ENOUGH * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _slope(values, variances, middle) > 0 else (low, middle)
    return (low + high) / 2


def _slope(values: np.ndarray, variances: np.ndarray, tau2: float) -> float:
    """The derivative of twice the restricted likelihood. Source: Viechtbauer (2005), eq. 13."""
    weights = 1 / (variances + tau2)
    average = weights @ values / weights.sum()
    return float((weights**2) @ (values - average) ** 2 - weights.sum() + (weights**2).sum() / weights.sum())


def _cochran(values: np.ndarray, variances: np.ndarray) -> float:
    weights = 1 / variances
    average = weights @ values / weights.sum()
    return float(weights @ (values - average) ** 2)


def _share_between(tau2: float, variances: np.ndarray) -> float:
    """I squared. Source: Higgins & Thompson (2002), doi:10.1002/sim.1186, eq. 9 and 10: a typical sampling variance."""
    weights = 1 / variances
    typical = (len(weights) - 1) * weights.sum() / (weights.sum() ** 2 - (weights**2).sum())
    return float(tau2 / (tau2 + typical))
