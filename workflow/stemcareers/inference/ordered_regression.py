"""Ordered logistic regression (proportional odds), weighted, with errors of the design.

The log-likelihood of an answer between two thresholds splits into three terms of one threshold or gap each, which
gives derivatives without differences of nearly equal numbers. With u and l the distances of the linear predictor
from the upper and the lower threshold, and F the logistic distribution function,

    log(F(u) - F(l)) = log F(u) + log(1 - F(l)) + log(1 - exp(l - u)).

Sources: McCullagh (1980), Regression models for ordinal data, Journal of the Royal Statistical Society B 42; Binder
(1983) for the errors.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference import guards, likelihood, separation
from stemcareers.inference.decomposition import decompose
from stemcareers.inference.design import Survey
from stemcareers.inference.fitted import Response
from stemcareers.inference.frames import categories, is_numeric, text
from stemcareers.inference.guards import FEWEST_DF
from stemcareers.inference.linearisation import group_totals
from stemcareers.inference.models import Prepared, at_maximum, prepare
from stemcareers.inference.results import Name, Result
from stemcareers.inference.terms import Term


def ordered_logit(
    survey: Survey,
    outcome: str,
    terms: Sequence[Term | str],
    levels: Sequence[object] | None = None,
    fewest_df: float = FEWEST_DF,
) -> Result:
    """Coefficients, on the log-odds scale, of the weighted proportional odds regression of an ordered answer on terms.

    A positive coefficient means higher answers. After the coefficients come the thresholds, named
    ("threshold", "1|2"): the log-odds of an answer at or below the first of the two, where all terms are zero.

    levels  the answers from lowest to highest; None: the column's categories, or its numbers in their order.

    Degrees of freedom are the design's minus the number of coefficients; thresholds are not counted. Rows left out
    as in `linear`. Refused: fewer than three answers, an answer nobody gave, text whose order is not said, terms that
    separate the answers. Source: R's survey, `svyolr`.
    """
    where = f"ordered logit model of {outcome}"
    known: list[str] = []

    def read(used: Survey) -> np.ndarray:
        code, found = answers(where, used, outcome, levels)
        known[:] = found
        return code.astype(float)

    ready = prepare(survey, where, outcome, terms, True, fewest_df, read)
    return _fit(where, ready, tuple(known))


def answers(where: str, used: Survey, outcome: str, levels: Sequence[object] | None) -> tuple[np.ndarray, list[str]]:
    """(n,) the place of each row's answer among the ordered answers, and these."""
    column = used.column(outcome)
    code, own = categories(column)
    if levels is None and not hasattr(column, "cat") and not is_numeric(column):
        raise Problem(where, f"the answers {', '.join(own)} are text, whose order nobody has said: give their levels")
    names = own if levels is None else [text(level) for level in levels]
    here = [level for place, level in enumerate(own) if (code == place).any()]
    wrong = guards.constant_answer(outcome, here)
    if twice := [level for level in dict.fromkeys(names) if names.count(level) > 1]:
        wrong.append(f"levels of {outcome} that stand twice: {', '.join(twice)}")
    if unknown := [level for level in here if level not in names]:
        wrong.append(f"{outcome} has answers that are not among its levels: {', '.join(unknown)}")
    if empty := [level for level in names if level not in here]:
        wrong.append(
            f"no row in use has the answer{'s' * (len(empty) > 1)} {', '.join(empty)} of {outcome}, so no threshold "
            "can be found for it. Merge answers, or study a sample that has them"
        )
    if len(names) < 3 and len(here) != 1:
        wrong.append(f"{outcome} has {len(names)} answers; an ordered model needs three or more. Use a logit model")
    if wrong:
        raise Problem(where, *wrong)
    place = np.array([names.index(level) if level in names else -1 for level in own])
    return place[code], names


class _ProportionalOdds(likelihood.Concave):
    """The log-likelihood of p coefficients and K - 1 thresholds, from z (n, p) and answers 0..K-1."""

    def __init__(self, z: np.ndarray, answer: np.ndarray, size: int) -> None:
        self.z, self.answer, self.size = z, answer, size

    def at(self, parameters: np.ndarray, weights: np.ndarray) -> likelihood.Curve:
        gap, up, low = self._pieces(parameters)
        p, inner = self.z.shape[1], slice(1, self.size)
        if not (gap > 0).all():
            return -np.inf, parameters, np.eye(len(parameters))
        sums = np.bincount(self.answer, weights=weights, minlength=self.size)
        with np.errstate(divide="ignore"):  # a step much too far, which is then halved
            height = weights @ np.log(up * (1 - low)) + sums @ np.log(-np.expm1(-gap))
        opening = 1 / np.expm1(gap)  # how fast the third term grows with the gap

        gradient = np.empty(len(parameters))
        gradient[:p] = self.z.T @ (weights * (low - (1 - up)))
        from_upper = self._by_answer(weights * (1 - up)) + sums * opening
        from_lower = self._by_answer(weights * low) + sums * opening
        gradient[p:] = from_upper[:-1] - from_lower[inner]

        at_upper, at_lower = weights * up * (1 - up), weights * low * (1 - low)
        information = np.empty((len(parameters),) * 2)
        information[:p, :p] = (self.z * (at_upper + at_lower)[:, None]).T @ self.z
        across = group_totals(self.z * at_upper[:, None], self.answer, self.size)[:-1]
        across = across + group_totals(self.z * at_lower[:, None], self.answer, self.size)[inner]
        information[p:, :p], information[:p, p:] = -across, -across.T
        bend = sums * opening * (1 + opening)
        diagonal = self._by_answer(at_upper) + bend
        below = self._by_answer(at_lower) + bend
        thresholds = np.diag(diagonal[:-1] + below[inner])
        beside = np.arange(self.size - 2)
        thresholds[beside, beside + 1] = thresholds[beside + 1, beside] = -bend[1:-1]
        information[p:, p:] = thresholds
        return float(height), gradient, information

    def scores(self, parameters: np.ndarray) -> np.ndarray:
        gap, up, low = self._pieces(parameters)
        p, rows = self.z.shape[1], np.arange(len(self.z))
        opening = (1 / np.expm1(gap))[self.answer]
        scores = np.zeros((len(rows), p + self.size + 1))
        scores[:, :p] = self.z * (low - (1 - up))[:, None]
        scores[rows, p + 1 + self.answer] = 1 - up + opening
        scores[rows, p + self.answer] = -(low + opening)
        # The outermost thresholds lie at infinity and are no parameters.
        return np.delete(scores, [p, p + self.size], axis=1)

    def reach(self, parameters: np.ndarray) -> float:
        p = self.z.shape[1]
        return float(np.abs(self.z @ parameters[:p]).max(initial=0.0) + np.abs(parameters[p:]).max())

    def _pieces(self, parameters: np.ndarray) -> tuple[np.ndarray, ...]:
        """The gaps between thresholds, and F of each row's distance from the upper and the lower one."""
        from scipy.special import expit

        p = self.z.shape[1]
        eta = self.z @ parameters[:p]
        bounds = np.concatenate([[-np.inf], parameters[p:], [np.inf]])
        return np.diff(bounds), expit(bounds[self.answer + 1] - eta), expit(bounds[self.answer] - eta)

    def _by_answer(self, values: np.ndarray) -> np.ndarray:
        return np.bincount(self.answer, weights=values, minlength=self.size)


def _fit(where: str, ready: Prepared, levels: tuple[str, ...]) -> Result:
    used, weights, x = ready.survey, ready.weights, ready.matrix.values[:, 1:]
    answer, p, q = ready.y.astype(np.intp), x.shape[1], len(levels) - 1
    # Found in centred, orthogonal columns, where neither units nor collinearity cost digits.
    middle = weights @ x / weights.sum()
    root = np.sqrt(weights)[:, None]
    qr = decompose((x - middle) * root) if p else None
    model = _ProportionalOdds(qr.q / root if p else x, answer, q + 1)
    below = np.cumsum(np.bincount(answer, weights=weights))[:-1] / weights.sum()
    start = np.concatenate([np.zeros(p), np.log(below / (1 - below))])

    names: list[Name] = [*ready.matrix.names[1:]]
    names += [("threshold", f"{low}|{high}") for low, high in zip(levels, levels[1:], strict=False)]

    def runaway() -> None:
        separation.refuse(where, names, _must_not_fall(x - middle, answer, q))

    peak = likelihood.maximise(where, model, start, weights, runaway)
    end = likelihood.estimate(where, model, peak, used, weights)
    back = np.eye(p + q)
    if p:
        back[:p, :p] = qr.solve(np.eye(p))
        back[p:, :p] = middle @ back[:p, :p]
    return at_maximum(
        ready, "ordered_logit", end, back, names, _loadings(p, q), _RESPONSE, columns=p + 1, categories=levels
    )


def _must_not_fall(x: np.ndarray, answer: np.ndarray, q: int) -> np.ndarray:
    """Rows of what keeps every answer's likelihood up: its upper threshold above, its lower below the predictor."""
    upper, lower = answer < q, answer > 0
    above = np.hstack([-x[upper], np.eye(q)[answer[upper]]])
    below = np.hstack([x[lower], -np.eye(q)[answer[lower] - 1]])
    return np.vstack([above, below])


def _loadings(p: int, q: int) -> np.ndarray:
    """(q, p + 1, p + q) each threshold's linear predictor: the threshold, minus what the terms say."""
    loadings = np.zeros((q, p + 1, p + q))
    for threshold in range(q):
        loadings[threshold, 0, p + threshold] = 1.0
        loadings[threshold, 1:, :p] = -np.eye(p)
    return loadings


def _shares(below: np.ndarray) -> np.ndarray:
    """(n, q + 1) shares of the answers from those at or below each threshold (n, q)."""
    n = len(below)
    return np.diff(np.hstack([np.zeros((n, 1)), below, np.ones((n, 1))]), axis=1)


def _mean(eta: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    return _shares(expit(eta))


def _spread(values: np.ndarray) -> np.ndarray:
    """(n, q + 1, q) what each predictor's (n, q) derivative adds to the answer below it and takes from that above."""
    n, q = values.shape
    out = np.zeros((n, q + 1, q))
    place = np.arange(q)
    out[:, place, place] = values
    out[:, place + 1, place] = -values
    return out


def _first(eta: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    f = expit(eta)
    return _spread(f * (1 - f))


def _second(eta: np.ndarray) -> np.ndarray:
    from scipy.special import expit

    f = expit(eta)
    bend = _spread(f * (1 - f) * (1 - 2 * f))
    n, outcomes, q = bend.shape
    out = np.zeros((n, outcomes, q, q))
    place = np.arange(q)
    out[:, :, place, place] = bend
    return out


_RESPONSE = Response(_mean, _first, _second)
