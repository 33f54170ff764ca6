"""Errors for few clusters: bias-reduced covariances (CR2), t with Satterthwaite's degrees of freedom, and a Wald F.

With few clusters the usual cluster errors are too small, and vary more than clusters minus strata says. CR2 corrects
each cluster's residuals for what the fit took from them, so that the covariance is unbiased where responses are
independent and vary alike; degrees of freedom come from how much it then varies. Source: Pustejovsky & Tipton
(2018), Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed effects models,
Journal of Business & Economic Statistics 36, doi:10.1080/07350015.2016.1247004; the R package clubSandwich.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference.design import Survey
from stemcareers.inference.distributions import f_upper
from stemcareers.inference.fitted import FittedModel
from stemcareers.inference.hypotheses import Test, places_of
from stemcareers.inference.results import Name, Result

METHOD = "CR2"


def bias_reduced(result: Result) -> Result:
    """The coefficients of a linear or logit model with CR2 errors, and Satterthwaite's df for each of them.

    result  of `linear` or `logit`, for a design of clusters (or rows) drawn with replacement.

    Rows count by their weight, which says whom they stand for, not how precise they are: responses are taken to vary
    alike in a linear model, and as the model says over their weight in a logit. `facts.variance_method` is "CR2".
    Whole terms: `wald_bias_reduced`; the degrees of freedom of a contrast are not found here.
    Refused: strata, fpc, replicate or calibrated weights, which CR2 cannot honour.
    """
    reduced = _Reduced(_model(result))
    return replace(
        result,
        covariance=reduced.covariance,
        df=np.array([reduced.df(np.eye(len(result))[[place]]) for place in range(len(result))]),
        facts=replace(result.facts, variance_method=METHOD),
    )


def wald_bias_reduced(result: Result, terms: str | Sequence[str | Name]) -> Test:
    """The approximate Hotelling F that all coefficients of these terms are zero, from CR2 errors.

    result  as in `bias_reduced`, or what that returned.
    terms   a term stands for all of its levels; a (term, level) for one.

    Source: Pustejovsky & Tipton (2018), section 3.2; clubSandwich's `Wald_test(test = "HTZ")`.
    """
    places = places_of(result, terms, "Wald test")
    reduced = _Reduced(_model(result))
    size = len(places)
    eta = reduced.df(np.eye(len(result))[places])
    ddf = eta - size + 1
    if ddf <= 0:
        raise Problem(
            "Wald test", f"{size} coefficients cannot be tested with {eta:.1f} degrees of freedom; test fewer at once"
        )
    values, covariance = result.values[places], reduced.covariance[np.ix_(places, places)]
    errors = np.sqrt(np.diag(covariance))
    z = values / errors
    q = float(z @ np.linalg.solve(covariance / np.outer(errors, errors), z))
    statistic = q / size * ddf / eta
    return Test("Wald F", statistic, size, ddf, f_upper(statistic, size, ddf), result.n_used, dict(result.left_out))


@dataclass(frozen=True)
class _Working:
    """A model as weighted least squares of a residual, as CR2 sees it; arrays over rows.

    x         (n, p) the right-hand side, times how fast the mean grows with the predictor.
    weights   (n,) its weights, and `spread` (n,) the variance of each response under the working model.
    residual  (n,) responses less their expectation.
    """

    x: np.ndarray
    weights: np.ndarray
    spread: np.ndarray
    residual: np.ndarray

    @classmethod
    def of(cls, model: FittedModel) -> _Working:
        eta = model.x @ model.values + model.offset
        mean = model.response.mean(eta[:, None])[:, 0]
        residual = model.y - mean
        if model.family == "linear":
            return cls(model.x, model.weights, np.ones(len(eta)), residual)
        slope = model.response.first(eta[:, None])[:, 0, 0]  # of a logit, also the variance
        return cls(model.x * slope[:, None], model.weights / slope, slope / model.weights, residual)


class _Reduced:
    """CR2's sums over clusters.

    Each column of `directions` is a combination of responses whose sum over a cluster, of residuals, is what the
    cluster brings to a coefficient; the covariance of those sums under the working model gives degrees of freedom.
    """

    def __init__(self, model: FittedModel) -> None:
        work = _Working.of(model)
        # Orthogonal coordinates: no unit of a term can cost digits.
        scaled = work.x * np.sqrt(work.weights)[:, None]
        lengths = np.sqrt((scaled**2).sum(axis=0))
        q, r = np.linalg.qr(scaled / lengths)
        z = q / np.sqrt(work.weights)[:, None]
        back = np.linalg.inv(r) / lengths[:, None]
        self._sums(model, work, z, back)

    def _sums(self, model: FittedModel, work: _Working, z: np.ndarray, back: np.ndarray) -> None:
        bend = work.weights**2 * work.spread
        whole = (z * bend[:, None]).T @ z
        brought, own, plain, weighted = [], [], [], []
        for rows in _clusters(model.survey):
            part, w, spread = z[rows], work.weights[rows], work.spread[rows]
            s = _adjusted(part, w, spread, whole) @ back.T  # (rows, p) directions of each coefficient
            brought.append(work.residual[rows] @ s)
            own.append((s * spread[:, None]).T @ s)
            plain.append(part.T @ s)
            weighted.append((part * (w * spread)[:, None]).T @ s)
        totals = np.array(brought)
        self.covariance = totals.T @ totals
        self._own, self._plain, self._weighted, self._whole = map(np.array, (own, plain, weighted, whole))

    def df(self, contrasts: np.ndarray) -> float:
        """Degrees of freedom of the covariance of contrasts (q, p): for one, Satterthwaite's."""
        expected = np.einsum("qa,gab,rb->gqr", contrasts, self._joint_diagonal(), contrasts).sum(axis=0)
        size, unit = len(contrasts), np.sqrt(np.diag(expected))
        values, vectors = np.linalg.eigh(expected / np.outer(unit, unit))
        to = (vectors / np.sqrt(values)).T / unit @ contrasts  # contrasts with the identity as their expectation
        joint = self._joint(to)
        same = np.einsum("gqhq->ghq", joint)
        total = np.einsum("ghq,ghr->", same, same) + np.einsum("gqhr,grhq->", joint, joint)
        return float(size * (size + 1) / total)

    def _joint(self, contrasts: np.ndarray) -> np.ndarray:
        """(G, q, G, q) covariances, under the working model, of what clusters bring to contrasts."""
        plain, weighted = self._plain @ contrasts.T, self._weighted @ contrasts.T
        clusters, p, q = plain.shape
        a = plain.transpose(0, 2, 1).reshape(-1, p)
        b = weighted.transpose(0, 2, 1).reshape(-1, p)
        joint = (a @ self._whole @ a.T - a @ b.T - b @ a.T).reshape(clusters, q, clusters, q)
        own = np.arange(clusters)
        joint[own, :, own, :] += contrasts @ self._own @ contrasts.T
        return joint

    def _joint_diagonal(self) -> np.ndarray:
        """(G, p, p) the variance of what each cluster brings to the coefficients."""
        a, b = self._plain, self._weighted
        across = np.einsum("gia,gib->gab", a, b)
        bent = np.einsum("gia,ij,gjb->gab", a, self._whole, a, optimize=True)
        return self._own + bent - across - across.transpose(0, 2, 1)


def _adjusted(z: np.ndarray, weights: np.ndarray, spread: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """(rows, p) A W z of one cluster, where A gives its residuals back the variance that the fit took.

    The variance of a cluster's residuals is that of its responses, changed in as many directions as there are
    coefficients; where responses vary alike, only these need a decomposition.
    """
    weighted = z * weights[:, None]
    if (spread == spread[0]).all():
        both, _ = np.linalg.qr(np.hstack([z, weighted]))
        inside = both.T @ z
        taken = inside @ (weighted.T @ both)
        variance = np.eye(both.shape[1]) - taken - taken.T + inside @ (whole / spread[0]) @ inside.T
        change = _inverse_root(variance) - np.eye(both.shape[1])
        return weighted + both @ (change @ (both.T @ weighted))
    root = np.sqrt(spread)
    taken = z @ (weighted * spread[:, None]).T
    variance = np.diag(spread) - taken - taken.T + z @ whole @ z.T
    return root[:, None] * (_inverse_root(variance * np.outer(root, root)) @ (root[:, None] * weighted))


def _inverse_root(matrix: np.ndarray) -> np.ndarray:
    """The symmetric square root of the inverse, on the directions in which there is variance."""
    values, vectors = np.linalg.eigh((matrix + matrix.T) / 2)
    there = values > 1e-12
    roots = np.where(there, 1 / np.sqrt(np.where(there, values, 1.0)), 0.0)
    return (vectors * roots) @ vectors.T


def _clusters(survey: Survey) -> Iterator[np.ndarray]:
    """The places, among the rows in use, of each first-stage cluster's rows."""
    cluster = survey.stages[0].cluster[survey.rows]
    order = np.argsort(cluster, kind="stable")
    yield from np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1)


def _model(result: Result) -> FittedModel:
    model = result.model
    if model is None or model.family not in ("linear", "logit") or len(result) != len(model.values):
        raise Problem("CR2 errors", "are for all the coefficients of a linear or logit model")
    design, survey = model.survey.design, model.survey
    given = [word for word in ("fpc", "replicates") if getattr(design, word)]
    given += ["strata"] if survey.n_strata > 1 else []
    given += ["replicate weights"] if survey.replicates is not None and "replicates" not in given else []
    given += ["calibrated weights"] if survey.calibrations else []
    if given:
        raise Problem(
            "CR2 errors",
            f"cannot honour {', '.join(given)}: they are for clusters drawn with replacement. Use the design's errors, "
            "or a design of clusters alone, whose errors are as a rule too large rather than too small",
        )
    return model
