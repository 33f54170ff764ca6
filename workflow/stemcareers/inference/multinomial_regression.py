"""Multinomial logistic regression of an answer without order, weighted, with errors of the design."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stemcareers.errors import Problem, did_you_mean
from stemcareers.inference import guards, likelihood, separation
from stemcareers.inference.design import Survey
from stemcareers.inference.fitted import Response
from stemcareers.inference.frames import categories, text
from stemcareers.inference.guards import FEWEST_DF
from stemcareers.inference.models import Prepared, at_maximum, prepare
from stemcareers.inference.results import Result
from stemcareers.inference.terms import Term


def multinomial(
    survey: Survey,
    outcome: str,
    terms: Sequence[Term | str],
    baseline: object = None,
    intercept: bool = True,
    fewest_df: float = FEWEST_DF,
) -> Result:
    """Coefficients of the weighted multinomial logistic regression: log-odds of each answer against the baseline.

    The estimates of one answer are a group of the result, as in `result.where(kind="B")` for the outcome "kind";
    `exponentiated()` gives relative risk ratios.

    baseline  the answer the others are compared with; None: the first one.

    Degrees of freedom are those of a logit model of one answer against the baseline. Rows left out as in `linear`.
    Refused: fewer than three answers, a declared answer nobody gave, terms that separate the answers.
    Source: McCullagh & Nelder (1989), Generalized Linear Models, section 6.4; Binder (1983) for the errors.
    """
    where = f"multinomial model of {outcome}"
    levels: list[str] = []

    def read(used: Survey) -> np.ndarray:
        answer, found = _answers(where, used, outcome, baseline)
        levels[:] = found
        return answer.astype(float)

    ready = prepare(survey, where, outcome, terms, intercept, fewest_df, read)
    return _fit(where, ready, tuple(levels))


def _answers(where: str, used: Survey, outcome: str, baseline: object) -> tuple[np.ndarray, list[str]]:
    """(n,) the place of each row's answer, the baseline's being 0, and the answers in that order."""
    code, own = categories(used.column(outcome))
    first = own[0] if baseline is None else text(baseline)
    wrong = guards.constant_answer(outcome, own)
    if first not in own:
        wrong.append(
            f"the baseline {first!r} is not an answer to {outcome}{did_you_mean(first, own)} ({', '.join(own)})"
        )
    if empty := [level for place, level in enumerate(own) if not (code == place).any()]:
        wrong.append(
            f"no row in use has the answer{'s' * (len(empty) > 1)} {', '.join(empty)} of {outcome}. "
            "Merge answers, or study a sample that has them"
        )
    if len(own) == 2:
        wrong.append(f"{outcome} has {len(own)} answers; a multinomial model needs three or more. Use a logit model")
    if wrong:
        raise Problem(where, *wrong)
    names = [first, *(level for level in own if level != first)]
    return np.array([names.index(level) for level in own])[code], names


class _Multinomial(likelihood.Concave):
    """The log-likelihood of p coefficients for each answer but the first, one answer after the other."""

    def __init__(self, z: np.ndarray, answer: np.ndarray, size: int) -> None:
        self.z, self.size = z, size
        self.given = (answer[:, None] == np.arange(1, size)).astype(float)

    def at(self, parameters: np.ndarray, weights: np.ndarray) -> likelihood.Curve:
        eta = self._predictors(parameters)
        top = np.maximum(eta.max(axis=1), 0.0)
        log_sum = top + np.log(np.exp(-top) + np.exp(eta - top[:, None]).sum(axis=1))
        height = weights @ ((self.given * eta).sum(axis=1) - log_sum)
        shares = np.exp(eta - log_sum[:, None])
        gradient = ((self.given - shares) * weights[:, None]).T @ self.z
        others, p = self.size - 1, self.z.shape[1]
        information = np.empty((others, p, others, p))
        for one in range(others):
            for two in range(one + 1):
                bend = weights * shares[:, one] * ((one == two) - shares[:, two])
                block = (self.z * bend[:, None]).T @ self.z
                information[one, :, two], information[two, :, one] = block, block.T
        return float(height), gradient.ravel(), information.reshape(others * p, -1)

    def scores(self, parameters: np.ndarray) -> np.ndarray:
        rest = self.given - _mean(self._predictors(parameters))[:, 1:]
        return (rest[:, :, None] * self.z[:, None, :]).reshape(len(rest), -1)

    def reach(self, parameters: np.ndarray) -> float:
        return float(np.abs(self._predictors(parameters)).max())

    def _predictors(self, parameters: np.ndarray) -> np.ndarray:
        return self.z @ parameters.reshape(self.size - 1, -1).T


def _fit(where: str, ready: Prepared, levels: tuple[str, ...]) -> Result:
    used, weights, qr = ready.survey, ready.weights, ready.decomposed
    answer, others, p = ready.y.astype(np.intp), len(levels) - 1, qr.r.shape[0]
    model = _Multinomial(qr.q / np.sqrt(weights)[:, None], answer, others + 1)
    names = ready.matrix.names * others

    def runaway() -> None:
        separation.refuse(where, names, _must_not_fall(ready.matrix.values, answer, others))

    peak = likelihood.maximise(where, model, np.zeros(others * p), weights, runaway)
    end = likelihood.estimate(where, model, peak, used, weights)
    back = np.kron(np.eye(others), qr.solve(np.eye(p)))
    loadings = np.eye(others * p).reshape(others, p, others * p)
    groups = tuple(((ready.outcome, level),) for level in levels[1:] for _ in range(p))
    return at_maximum(
        ready, "multinomial", end, back, names, loadings, _RESPONSE, columns=p, groups=groups, categories=levels
    )


def _must_not_fall(x: np.ndarray, answer: np.ndarray, others: int) -> np.ndarray:
    """Rows of what keeps every answer's likelihood up: its predictor above that of each other answer."""
    rows = []
    against = np.vstack([np.zeros(others), np.eye(others)])
    for other in range(others + 1):
        here = answer != other
        sign = against[answer[here]] - against[other]
        rows.append((sign[:, :, None] * x[here][:, None, :]).reshape(here.sum(), -1))
    return np.vstack(rows)


def _mean(eta: np.ndarray) -> np.ndarray:
    eta = np.hstack([np.zeros((len(eta), 1)), eta])
    shares = np.exp(eta - eta.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def _first(eta: np.ndarray) -> np.ndarray:
    shares = _mean(eta)
    same = np.eye(shares.shape[1])[:, 1:]
    return shares[:, :, None] * (same - shares[:, None, 1:])


def _second(eta: np.ndarray) -> np.ndarray:
    shares = _mean(eta)
    same, inner = np.eye(shares.shape[1])[:, 1:], shares[:, 1:]
    away = same - inner[:, None, :]
    bend = inner[:, :, None] * (np.eye(inner.shape[1]) - inner[:, None, :])
    return shares[:, :, None, None] * (away[:, :, :, None] * away[:, :, None, :] - bend[:, None])


_RESPONSE = Response(_mean, _first, _second)
