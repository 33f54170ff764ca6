"""How much of what item response scores tell is no error: person separation reliability, by the design."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stemcareers.errors import Problem

from .design import Survey
from .frames import numbers
from .item_answers import check_level
from .psychometrics import log_interval


@dataclass(frozen=True)
class Separation:
    """The reliability of scores that each have a standard error of their own.

    reliability    the share of the variance of scores that is not error; below 0 where error is larger than that.
    std_error, ci_low, ci_high, level, df   by the design; the interval on the scale of log(1 - reliability).
    n, n_clusters  rows and clusters with a score.
    """

    reliability: float
    std_error: float
    ci_low: float
    ci_high: float
    level: float
    df: float
    n: int
    n_clusters: int


def separation(
    survey: Survey, score: str = "score", std_error: str = "std_error", *, level: float = 0.95, where: str = "scores"
) -> Separation:
    """1 minus the mean squared standard error over the variance of the scores, with an interval by the design.

    score, std_error   columns of the survey's frame; rows without a score do not count.

    The same number as TAM's `WLErel` gives for weighted likelihood scores. Linearised: a row moves the mean squared
    error A by (e^2 - A) / W and the variance V by ((x - mean)^2 n / (n - 1) - V) / W; reliability is 1 - A / V.

    Raises a Problem for fewer than three scores, and where all are alike.

    Source: Adams (2005), doi 10.1016/j.stueduc.2005.05.008; errors under a design: Binder (1983), doi 10.2307/1402588.
    """
    check_level(level, where)
    x, error = numbers(survey.column(score)), numbers(survey.column(std_error))
    there = np.flatnonzero(np.isfinite(x) & np.isfinite(error))
    if len(there) < 3:
        raise Problem(where, f"only {len(there)} scores; at least 3 are needed")
    x, squared = x[there], error[there] ** 2
    if np.ptp(x) == 0:
        raise Problem(where, f"all {len(x):,} scores are {x[0]:.4g}, so nobody is told from anybody")
    used = survey.at(there)
    w, n = used.weights, len(x)

    def parts(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Mean, mean squared error and variance under each of r sets of weights (n x r): r floats each."""
        total = weights.sum(axis=0)
        mean = x @ weights / total
        variance = ((x[:, None] - mean) ** 2 * weights).sum(axis=0) / total * n / (n - 1)
        return mean, squared @ weights / total, variance

    def point(weights: np.ndarray) -> np.ndarray:
        _, noise, variance = parts(weights)
        return (1 - noise / variance)[None, :]

    mean, noise, variance = (float(part[0]) for part in parts(w[:, None]))
    moved = ((x - mean) ** 2 * n / (n - 1) - variance) * noise / variance**2 - (squared - noise) / variance
    influence = moved * w / w.sum()
    spread = float(np.sqrt(used.covariance(influence[:, None], point)[0, 0]))
    found = 1 - noise / variance
    low, high = log_interval(found, spread, float(used.df), level)
    return Separation(found, spread, low, high, level, float(used.df), n, used.n_clusters)
