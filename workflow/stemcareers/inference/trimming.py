"""Trimming: weights held within bounds, what is cut off given to the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference.design import Survey

REDISTRIBUTE = ("equally", "in proportion")
_MOST_ROUNDS = 10_000


def trim(
    survey: Survey,
    lower: float = 0.0,
    upper: float = np.inf,
    strict: bool = True,
    redistribute: str = "equally",
) -> Survey:
    """The survey whose weights lie within bounds and add up to what they did.

    lower, upper  smallest and largest weight, in the unit of the weights.
    strict        trim again what redistribution lifts over a bound, until none is; false: once, as R's default.
    redistribute  the weight cut off goes to the weights within bounds "equally", as in R's survey,
                  `trimWeights`, or "in proportion" to them.

    Trimming trades bias for variance. Errors afterwards take the trimmed weights as they are: replicate weights
    keep their factors, and calibrations before go on to explain what they did. Margins met before are met no
    longer; see `margin_table`. Source: Potter (1990), A study of procedures to identify and trim extreme sampling
    weights, Proceedings of the Section on Survey Research Methods, American Statistical Association, 225-230.
    """
    where = f"trimming of weights to {lower:g} to {upper:g}"
    if survey.n != len(survey.frame):
        raise Problem(where, "comes before choosing a domain: weights are those of the whole sample")
    return replace(survey, all_weights=trimmed(where, survey.all_weights, lower, upper, strict, redistribute))


def trimmed(
    where: str,
    weights: np.ndarray,
    lower: float,
    upper: float,
    strict: bool = True,
    redistribute: str = "equally",
) -> np.ndarray:
    """(n,) weights within bounds with the sum of those given."""
    mean = weights.mean()
    wrong = []
    if redistribute not in REDISTRIBUTE:
        wrong.append(f"redistribute is {' or '.join(REDISTRIBUTE)}, not {redistribute!r}")
    if not 0 <= lower <= mean <= upper:
        wrong.append(f"the mean weight is {mean:g}, so weights within these bounds cannot add up to what they did")
    if wrong:
        raise Problem(where, *wrong)
    for _ in range(_MOST_ROUNDS):
        outside = (weights < lower) | (weights > upper)
        if not outside.any():
            return weights
        within = np.clip(weights, lower, upper)
        inside = ~outside
        if not inside.any():
            raise Problem(where, "all weights lie outside, so none is left to take what is cut off")
        cut = (weights - within).sum()
        part = weights[inside] / weights[inside].sum() if redistribute == "in proportion" else 1 / inside.sum()
        within[inside] += cut * part
        weights = within
        if not strict:
            return weights
    raise Problem(where, f"bounds still do not hold after {_MOST_ROUNDS:,} rounds; widen them")
