"""Regression of counts on the log scale: Poisson and negative binomial, weighted, with errors of the design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference import generalised, likelihood, separation
from stemcareers.inference.design import Survey
from stemcareers.inference.fitted import LOG_RESPONSE, one_predictor
from stemcareers.inference.frames import numbers
from stemcareers.inference.guards import FEWEST_DF
from stemcareers.inference.models import Prepared, at_maximum, prepare
from stemcareers.inference.results import Result
from stemcareers.inference.terms import Term

DISPERSION = ("dispersion", "")
# Below this no count is told from a Poisson one: the variance is within a millionth of the mean's own.
_LEAST_DISPERSION = 1e-6


def _rate(eta: np.ndarray) -> np.ndarray:
    # Below this an expected count is as good as none, and must still not be: it is divided by.
    return np.exp(np.clip(eta, -30, 700))


def _deviance(y: np.ndarray, mean: np.ndarray) -> np.ndarray:
    return 2 * (y * np.log(np.where(y > 0, y, 1.0) / mean) - (y - mean))


def _log_likelihood(y: np.ndarray, mean: np.ndarray) -> np.ndarray:
    from scipy.special import gammaln

    return y * np.log(mean) - mean - gammaln(y + 1)


POISSON = generalised.Family(
    name="poisson",
    start=lambda y, weights: np.log(y + 0.1),
    mean=_rate,
    slope=_rate,
    bend=_rate,
    variance=lambda mean: mean,
    deviance=_deviance,
    log_likelihood=_log_likelihood,
    edge=likelihood.EDGE,
)


def poisson(
    survey: Survey,
    outcome: str,
    terms: Sequence[Term | str],
    exposure: str | None = None,
    intercept: bool = True,
    fewest_df: float = FEWEST_DF,
    tolerance: float = generalised.TOLERANCE,
) -> Result:
    """Coefficients, on the log scale, of the weighted Poisson regression of a count on terms.

    exposure  a column of what the count is out of (pupils, lessons): the model is then of the rate.

    Errors are the design's, so the counts need not vary as Poisson's do; only the mean has to be right.
    `exponentiated("rate_ratio")` of the result gives rate ratios. Degrees of freedom and rows left out as in
    `linear`. Source: Binder (1983); R's survey, `svyglm` with family quasipoisson.
    """
    where = f"poisson model of {outcome}"
    ready = _counts(where, survey, outcome, terms, exposure, intercept, fewest_df, whole=False)

    def runaway() -> None:
        _refuse_separation(where, ready)

    return generalised.fit(where, ready, POISSON, runaway, tolerance)


def negative_binomial(
    survey: Survey,
    outcome: str,
    terms: Sequence[Term | str],
    exposure: str | None = None,
    intercept: bool = True,
    fewest_df: float = FEWEST_DF,
) -> Result:
    """Coefficients, on the log scale, of the weighted negative binomial regression of a count on terms.

    The last estimate, ("dispersion", ""), is the logarithm of alpha, where a count with mean m has variance
    m + alpha m^2; `exponentiated("rate_ratio")` gives rate ratios and alpha itself. Its p value, of alpha = 1, is of
    no interest. Errors allow for its having been estimated.

    Degrees of freedom as in `poisson`: the dispersion is not counted. Refused where counts vary no more than
    Poisson's. Source: Lawless (1987), Negative binomial and mixed Poisson regression, Canadian Journal of Statistics
    15, doi:10.2307/3314912; Binder (1983) for the errors; theta of R's MASS, `glm.nb`, is 1 / alpha.
    """
    where = f"negative binomial model of {outcome}"
    ready = _counts(where, survey, outcome, terms, exposure, intercept, fewest_df, whole=True)
    return _fit(where, ready)


def _counts(
    where: str,
    survey: Survey,
    outcome: str,
    terms: Sequence[Term | str],
    exposure: str | None,
    intercept: bool,
    fewest_df: float,
    whole: bool,
) -> Prepared:
    """What `prepare` gives, for counts, with the logarithm of the exposure."""
    if exposure is not None:
        survey = survey.complete([exposure])

    def read(used: Survey) -> np.ndarray:
        y = numbers(used.column(outcome))
        if bad := int((y < 0).sum()):
            raise Problem(where, f"the outcome is negative in {bad} of {len(y)} rows, and counts are not")
        if whole and (bad := int((y != np.round(y)).sum())):
            raise Problem(where, f"the outcome is no whole number in {bad} of {len(y)} rows; use a poisson model")
        return y

    ready = prepare(survey, where, outcome, terms, intercept, fewest_df, read)
    if exposure is None:
        return ready
    size = numbers(ready.survey.column(exposure), infinite=True)
    if bad := int((~(size > 0) | np.isinf(size)).sum()):
        raise Problem(where, f"the exposure {exposure} is not positive in {bad} of {len(size)} rows")
    return replace(ready, offset=np.log(size))


def _refuse_separation(where: str, ready: Prepared) -> None:
    """Refuse terms whose coefficient can fall for ever because all rows it touches count nothing."""
    x, none = ready.matrix.values, ready.y == 0
    separation.refuse(where, ready.matrix.names, -x[none], x[~none])


class _NegativeBinomial:
    """The log-likelihood of p coefficients and the logarithm of the dispersion."""

    def __init__(self, z: np.ndarray, y: np.ndarray, offset: np.ndarray | float) -> None:
        self.z, self.offset = z, offset
        # Counts repeat, and what is dear to compute depends on the count alone.
        self.y, self.values, self.place = y, *np.unique(y, return_inverse=True)

    def at(self, parameters: np.ndarray, weights: np.ndarray) -> likelihood.Curve:
        from scipy.special import digamma, gammaln, polygamma

        mean, size = self._mean(parameters), np.exp(-parameters[-1])
        if not (np.isfinite(mean).all() and 0 < size < np.inf):
            return -np.inf, parameters, np.eye(len(parameters))
        sums = np.bincount(self.place, weights=weights)
        total, y = mean + size, self.y
        height = sums @ (gammaln(self.values + size) - gammaln(size) - gammaln(self.values + 1))
        height += weights @ (y * np.log(mean / total) - size * np.log1p(mean / size))

        slope = sums @ (digamma(self.values + size) - digamma(size))
        slope += weights @ (-np.log1p(mean / size) + (mean - y) / total)
        bend = sums @ (polygamma(1, self.values + size) - polygamma(1, size))
        bend += weights @ (mean / (size * total) + (y - mean) / total**2)
        gradient = np.append(self.z.T @ (weights * size * (y - mean) / total), -size * slope)

        information = np.empty((len(parameters),) * 2)
        pull = weights * size * mean * (y + size) / total**2
        information[:-1, :-1] = (self.z * pull[:, None]).T @ self.z
        across = self.z.T @ (weights * size * mean * (y - mean) / total**2)
        information[:-1, -1] = information[-1, :-1] = across
        information[-1, -1] = -size * (slope + size * bend)
        return float(height), gradient, information

    def scores(self, parameters: np.ndarray) -> np.ndarray:
        from scipy.special import digamma

        mean, size = self._mean(parameters), np.exp(-parameters[-1])
        total = mean + size
        own = (digamma(self.values + size) - digamma(size))[self.place]
        slope = own - np.log1p(mean / size) + (mean - self.y) / total
        return np.column_stack([self.z * (size * (self.y - mean) / total)[:, None], -size * slope])

    def reach(self, parameters: np.ndarray) -> float:
        return float(np.abs(self.z @ parameters[:-1]).max())

    def step(self, gradient: np.ndarray, information: np.ndarray) -> np.ndarray:
        # Concave in the coefficients, but not everywhere in the dispersion: there, each for itself, uphill.
        if np.linalg.eigvalsh(information)[0] > 0:
            step = np.linalg.solve(information, gradient)
        else:
            curve = np.abs(information[-1, -1]) + np.abs(gradient[-1])
            step = np.append(np.linalg.solve(information[:-1, :-1], gradient[:-1]), gradient[-1] / curve)
        step[-1] = np.clip(step[-1], -2.0, 2.0)
        return step

    def _mean(self, parameters: np.ndarray) -> np.ndarray:
        return _rate(self.z @ parameters[:-1] + self.offset)


def _fit(where: str, ready: Prepared) -> Result:
    used, weights, qr, y = ready.survey, ready.weights, ready.decomposed, ready.y
    z, p = qr.q / np.sqrt(weights)[:, None], qr.r.shape[0]
    model = _NegativeBinomial(z, y, ready.offset)

    def runaway() -> None:
        _refuse_separation(where, ready)

    try:
        peak = likelihood.maximise(where, model, _start(ready, z), weights, runaway)
    except Problem:
        _refuse_poisson(where, ready, z)
        raise
    if np.exp(peak.parameters[-1]) < _LEAST_DISPERSION:
        _refuse_poisson(where, ready, z, certain=True)
    end = likelihood.estimate(where, model, peak, used, weights)
    back = np.eye(p + 1)
    back[:p, :p] = qr.solve(np.eye(p))
    names = (*ready.matrix.names, DISPERSION)
    return at_maximum(ready, "negative_binomial", end, back, names, one_predictor(p, p + 1), LOG_RESPONSE, columns=p)


def _start(ready: Prepared, z: np.ndarray) -> np.ndarray:
    """The least squares fit of log counts, and the dispersion around it by moments."""
    coordinates = ready.decomposed.q.T @ (np.sqrt(ready.weights) * (np.log(ready.y + 0.5) - ready.offset))
    mean = _rate(z @ coordinates + ready.offset)
    dispersion = ready.weights @ ((ready.y - mean) ** 2 - mean) / (ready.weights @ mean**2)
    return np.append(coordinates, np.log(np.clip(dispersion, 0.05, 20.0)))


def _refuse_poisson(where: str, ready: Prepared, z: np.ndarray, certain: bool = False) -> None:
    """Refuse counts that vary no more than Poisson's: the likelihood then rises as the dispersion falls to 0.

    Its slope at dispersion 0 has the sign of the sum of squared residuals less counts (Lawless 1987, section 3).
    """
    fit = generalised.fit(where, ready, POISSON)
    mean = _rate(ready.matrix.values @ fit.values + ready.offset)
    if certain or ready.weights @ ((ready.y - mean) ** 2 - ready.y) <= 0:
        raise Problem(
            where,
            "the counts vary no more than Poisson's around their means, so there is no dispersion to estimate. "
            "Use a poisson model",
        )
