"""Logistic regression of a yes-no outcome, weighted, with errors of the design."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from stemcareers.errors import Problem
from stemcareers.inference import generalised, guards
from stemcareers.inference.design import Survey
from stemcareers.inference.frames import categories, numbers, text
from stemcareers.inference.guards import FEWEST_DF
from stemcareers.inference.models import prepare
from stemcareers.inference.results import Result
from stemcareers.inference.terms import Term


def _probability(eta: np.ndarray) -> np.ndarray:
    # Beyond 30 a probability is as good as certain, and must still not be: its variance is divided by.
    return 1 / (1 + np.exp(-np.clip(eta, -30, 30)))


def _slope(eta: np.ndarray) -> np.ndarray:
    return _probability(eta) * _probability(-eta)


def _log_likelihood(y: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return np.log(np.where(y > 0.5, mean, 1 - mean))


LOGISTIC = generalised.Family(
    name="logit",
    start=lambda y, weights: np.log((weights * y + 0.5) / (weights * (1 - y) + 0.5)),
    mean=_probability,
    slope=_slope,
    bend=lambda eta: _slope(eta) * (1 - 2 * _probability(eta)),
    variance=lambda mean: mean * (1 - mean),
    deviance=lambda y, mean: -2 * _log_likelihood(y, mean),
    log_likelihood=_log_likelihood,
    edge=15.0,  # a fitted probability within 3e-7 of certain
)


def logit(
    survey: Survey,
    outcome: str,
    terms: Sequence[Term | str],
    event: object = None,
    intercept: bool = True,
    fewest_df: float = FEWEST_DF,
    tolerance: float = generalised.TOLERANCE,
) -> Result:
    """Coefficients, on the log-odds scale, of the weighted logistic regression of a yes-no outcome on terms.

    event      the answer that counts as yes. None: the outcome is true-false, or zeros and ones.
    tolerance  relative change of the deviance at which iteration stops; the default is R's.

    `exponentiated()` of the result gives odds ratios. Errors, degrees of freedom and rows left out as in
    `linear`. Refused where terms separate the yes from the no. Source: Binder (1983); R's survey, `svyglm`
    with family quasibinomial.
    """
    where = f"logit model of {outcome}"
    ready = prepare(
        survey,
        where,
        outcome,
        terms,
        intercept,
        fewest_df,
        read=lambda used: _zero_one(where, used.column(outcome), event),
    )

    def runaway() -> None:
        guards.refuse(where, guards.separation(ready.matrix.values, ready.y, ready.matrix.names))

    return generalised.fit(where, ready, LOGISTIC, runaway, tolerance)


def _zero_one(where: str, column: pd.Series, event: object) -> np.ndarray:
    if event is not None:
        coded, levels = categories(column)
        if text(event) not in levels:
            raise Problem(where, f"no row has the answer {text(event)!r} (there are: {', '.join(levels)})")
        return (coded == levels.index(text(event))).astype(float)
    y = numbers(column)
    if not np.isin(y, (0.0, 1.0)).all():
        found = ", ".join(f"{value:g}" for value in np.unique(y)[:5])
        raise Problem(where, f"the outcome holds {found}; give zeros and ones, or say which answer is the event")
    return y
