"""Fractional logistic regression of a share between 0 and 1, weighted, with errors of the design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference import generalised, separation
from stemcareers.inference.design import Survey
from stemcareers.inference.frames import numbers
from stemcareers.inference.guards import FEWEST_DF
from stemcareers.inference.logistic_regression import LOGISTIC
from stemcareers.inference.models import prepare
from stemcareers.inference.results import Result
from stemcareers.inference.terms import Term


def _log_likelihood(y: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return y * np.log(mean) + (1 - y) * np.log(1 - mean)


def _deviance(y: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Twice how far the log-likelihood stays below that of a share met exactly."""
    inside = (y > 0) & (y < 1)
    own = np.where(inside, y, 0.5)
    best = np.where(inside, _log_likelihood(own, own), 0.0)
    return 2 * (best - _log_likelihood(y, mean))


FRACTIONAL = replace(LOGISTIC, name="fractional_logit", deviance=_deviance, log_likelihood=_log_likelihood)


def fractional_logit(
    survey: Survey,
    outcome: str,
    terms: Sequence[Term | str],
    intercept: bool = True,
    fewest_df: float = FEWEST_DF,
    tolerance: float = generalised.TOLERANCE,
) -> Result:
    """Coefficients, on the log-odds scale, of the weighted logistic regression of a share on terms.

    The outcome is any number from 0 to 1, both ends included: the share of pupils, of lessons, of items. Only its
    mean is modelled; errors are the design's, so how shares vary around it does not matter. Degrees of freedom and
    rows left out as in `linear`. Source: Papke & Wooldridge (1996), Econometric methods for fractional response
    variables, Journal of Applied Econometrics 11; R's survey, `svyglm` with family quasibinomial.
    """
    where = f"fractional logit model of {outcome}"

    def read(used: Survey) -> np.ndarray:
        y = numbers(used.column(outcome))
        if bad := int(((y < 0) | (y > 1)).sum()):
            raise Problem(
                where, f"the outcome lies outside 0 to 1 in {bad} of {len(y)} rows. Give shares, not percentages"
            )
        return y

    ready = prepare(survey, where, outcome, terms, intercept, fewest_df, read)

    def runaway() -> None:
        x, y = ready.matrix.values, ready.y
        rising = np.vstack([x[y == 1], -x[y == 0]])
        separation.refuse(where, ready.matrix.names, rising, x[(y > 0) & (y < 1)])

    return generalised.fit(where, ready, FRACTIONAL, runaway, tolerance)
