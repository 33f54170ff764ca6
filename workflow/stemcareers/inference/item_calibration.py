"""Estimates the parameters of the Rasch and partial credit model, or finds the ones behind published scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean

from .item_answers import read_weights
from .item_design import Units
from .item_response import Curves, PartialCredit, as_frame, categories_of, theta_of_patterns

METHODS = ("marginal", "conditional")
#: Points of the latent normal distribution: every tenth of a standard deviation, which is exact to 1e-10 and better
#: for any number of items a questionnaire has.
NODES = np.linspace(-8, 8, 161)
NODE_WEIGHTS = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()


@dataclass(frozen=True)
class Calibration:
    """Estimated item parameters.

    parameters      steps with standard errors, in logits. Marginal: from a latent normal distribution with mean 0;
                    conditional: with mean step 0.
    latent_sd       of the latent distribution (marginal; else missing).
    log_likelihood  of the model, weights scaled to mean 1.
    method, n, n_clusters, left_out   rows and clusters used, rows left out by reason.
    """

    parameters: PartialCredit
    latent_sd: float
    log_likelihood: float
    method: str
    n: int
    n_clusters: int
    left_out: dict[str, int]


@dataclass(frozen=True)
class Matched:
    """Parameters found behind published scores: the largest and the root mean square distance that they leave."""

    parameters: PartialCredit
    largest_distance: float
    rms_distance: float
    n: int


def partial_credit(
    frame: pd.DataFrame,
    items: Sequence[str],
    *,
    codes: Mapping[str, Sequence[float]] | Sequence[float] | None = None,
    weight: str | None = None,
    stratum: str | None = None,
    cluster: str | None = None,
    method: str = "marginal",
    where: str = "items",
) -> Calibration:
    """The steps of each item, by maximum likelihood from every answer given.

    codes   answer codes from the least to the most of what is measured, for all items or per item; without them,
            the codes found, in order of size.
    weight, stratum, cluster   columns: the weight enters the likelihood; standard errors are then linearised by
            strata and clusters. Without all three they come from the information.
    method  "marginal": people are a sample from a normal distribution, whose spread is estimated too.
            "conditional": nothing is supposed of people; given the sum of their answers only the items matter.

    Rows that answered one item only, or nothing, tell a conditional likelihood nothing, nor do those with the lowest
    or highest sum; they stay counted in n.

    Raises a Problem for fewer than two items, a category that nobody chose, and items that no row links.

    Source: Masters (1982), doi 10.1007/BF02296272; marginal: Bock and Aitkin (1981), doi 10.1007/BF02293801;
    conditional: Andersen (1972), doi 10.1111/j.2517-6161.1972.tb00887.x; errors under a design: Binder (1983),
    doi 10.2307/1402588.
    """
    if method not in METHODS:
        known = ", ".join(METHODS) + did_you_mean(method, METHODS)
        raise Problem(where, f"method is '{method}', but must be one of: {known}")
    if len(set(items)) < 2:
        raise Problem(where, f"{len(set(items))} item(s) given; at least 2 are needed")
    by_item = _codes(frame, items, codes)
    category = categories_of(frame, by_item, where)
    weights = np.ones(len(frame)) if weight is None else read_weights(frame, weight, where)
    used = (category >= 0).any(axis=1) & (weights > 0)
    left_out = {"weight 0": int((weights == 0).sum()), "no item answered": int(((weights > 0) & ~used).sum())}
    data = _Sums.of(category, weights, used, [len(known) for known in by_item.values()])
    _refuse_empty(data, by_item, where)
    units = Units.of(frame, used, stratum, cluster, where)

    loss = _marginal if method == "marginal" else _conditional
    point, value = _minimum(lambda x: loss(x, data), data.start(method), method, where)
    inverse = _inverse(_curvature(lambda x: loss(x, data)[1], point), method, where)
    if weight is None and stratum is None and cluster is None:
        errors = np.sqrt(np.diag(inverse))
    else:
        rows = data.row_slopes(point, loss) @ inverse * data.weights[:, None]
        errors = np.array([units.std_error(column) for column in rows.T])
    k, p = len(by_item), data.real.sum()
    if method == "conditional":
        point = point - point.mean()
    parameters = PartialCredit(
        by_item,
        as_frame(dict(zip(by_item, data.by_item(point), strict=True))),
        as_frame(dict(zip(by_item, data.by_item(errors), strict=True))),
        origin=f"estimated by {method} maximum likelihood from {data.n:,} responses to {k} items",
    )
    sd = float(np.exp(point[p])) if method == "marginal" else np.nan
    return Calibration(parameters, sd, -value, method, data.n, units.n_used, left_out)


def rasch(frame: pd.DataFrame, items: Sequence[str], *, where: str = "items", **options: object) -> Calibration:
    """The difficulty of items with two answers: `partial_credit`, refusing items with more.

    options   codes, weight, stratum, cluster, method, as for `partial_credit`.

    Source: Rasch (1960), Probabilistic Models for Some Intelligence and Attainment Tests.
    """
    by_item = _codes(frame, [item for item in items if item in frame.columns], options.get("codes"))
    many = [f"'{item}' ({len(known)})" for item, known in by_item.items() if len(known) > 2]
    if many:
        raise Problem(where, f"more than two answers: {', '.join(many)}; use the partial credit model")
    return partial_credit(frame, items, where=where, **options)


def from_published(
    table: pd.DataFrame,
    codes: Mapping[str, Sequence[float]],
    *,
    start: PartialCredit,
    hold: float = 0.0,
    origin: str,
    where: str = "items",
) -> Matched:
    """Parameters, centre and spread whose weighted likelihood scores come nearest to published ones.

    table   columns answered (one character per item, 1 or x), raw_score, value: the published score.
    codes   per item in the order of `answered`, from the least to the most.
    start   parameters to start from, e.g. estimated ones.
    hold    how strongly steps are held to `start`: squared distance of one logit counts as much as a squared
            distance of this size in a score. Above 0 where the table alone cannot tell every step.

    Least squares, and mean step 0. What the table does not determine stays near `start`; the largest distance left
    says how far published and computed scores lie apart.
    """
    from scipy.optimize import least_squares

    items = tuple(codes)
    patterns = np.array([[mark == "1" for mark in text] for text in table["answered"]])
    if patterns.ndim != 2 or patterns.shape[1] != len(items):
        raise Problem(where, f"'answered' does not have one character for each of the {len(items)} items")
    raw = table["raw_score"].to_numpy(dtype=float)
    value = table["value"].to_numpy(dtype=float)
    real = start.steps.loc[list(items)].notna().to_numpy()
    anchor = start.steps.loc[list(items)].to_numpy()[real]
    anchor = anchor - anchor.mean()

    def made(x: np.ndarray) -> PartialCredit:
        steps = np.full(real.shape, np.nan)
        steps[real] = x[:-2]
        frame = pd.DataFrame(steps, start.steps.loc[list(items)].index, start.steps.columns)
        return PartialCredit({item: tuple(codes[item]) for item in items}, frame, frame * np.nan, x[-2], x[-1], origin)

    def distances(x: np.ndarray) -> np.ndarray:
        theta, _ = theta_of_patterns(made(x), patterns, raw)
        return np.concatenate([(theta - x[-2]) / x[-1] - value, hold * (x[:-2] - anchor), [x[:-2].mean()]])

    first = np.concatenate([anchor, [start.centre, max(start.spread, 0.1)]])
    fit = least_squares(distances, first, xtol=1e-14, ftol=1e-14, gtol=1e-14, max_nfev=200)
    left = distances(fit.x)[: len(value)]
    return Matched(made(fit.x), float(np.abs(left).max()), float(np.sqrt((left**2).mean())), len(value))


def _codes(
    frame: pd.DataFrame, items: Sequence[str], codes: Mapping[str, Sequence[float]] | Sequence[float] | None
) -> dict[str, tuple[float, ...]]:
    """The codes of each item from the least to the most: those given, or those found in order of size."""
    if isinstance(codes, Mapping):
        return {item: tuple(map(float, codes.get(item, ()))) for item in items}
    if codes is not None:
        return {item: tuple(map(float, codes)) for item in items}
    found = {}
    for item in items:
        column = frame[item] if item in frame.columns else pd.Series(dtype=float)
        numeric = pd.api.types.is_numeric_dtype(column)
        found[item] = tuple(np.unique(column.dropna().to_numpy(dtype=float)).tolist()) if numeric else ()
    return found


@dataclass(frozen=True)
class _Sums:
    """What a likelihood needs of the answers: a partial credit model knows rows only by answered items and sum.

    category     n x k, -1 where unanswered or the row does not count.    weights  n floats with mean 1 over rows used.
    real         k x m booleans: the steps there are.
    chosen       k x m weighted counts of answers in a category or a higher one.
    answered     u x k booleans, raw u sums, counts u weights: the distinct patterns.   place  n, the pattern of a row.
    """

    category: np.ndarray
    weights: np.ndarray
    real: np.ndarray
    chosen: np.ndarray
    answered: np.ndarray
    raw: np.ndarray
    counts: np.ndarray
    place: np.ndarray
    n: int

    @classmethod
    def of(cls, category: np.ndarray, weights: np.ndarray, used: np.ndarray, sizes: list[int]) -> _Sums:
        category = np.where(used[:, None], category, -1)
        weights = np.where(used, weights, 0.0)
        weights = weights / weights[used].mean() if used.any() else weights
        heights = np.arange(1, max(sizes))
        chosen = np.einsum("n,nkm->km", weights, (category[:, :, None] >= heights).astype(float))
        raw = np.where(category > 0, category, 0).sum(axis=1)
        patterns, place = np.unique(np.column_stack([category >= 0, raw]), axis=0, return_inverse=True)
        place = place.ravel()
        return cls(
            category,
            weights,
            heights[None, :] < np.array(sizes)[:, None],
            chosen,
            patterns[:, :-1].astype(bool),
            patterns[:, -1],
            np.bincount(place, weights, minlength=len(patterns)),
            place,
            int(used.sum()),
        )

    def start(self, method: str) -> np.ndarray:
        """Steps from the log odds of neighbouring categories; and log spread 0."""
        at_least = np.concatenate([self._answers()[:, None], self.chosen], axis=1)
        each = np.maximum(at_least - np.pad(at_least[:, 1:], ((0, 0), (0, 1))), 0.5)
        steps = np.clip(np.log(each[:, :-1] / each[:, 1:]), -4, 4)[self.real]
        return np.append(steps, 0.0) if method == "marginal" else steps

    def _answers(self) -> np.ndarray:
        return self.weights @ (self.category >= 0)

    def steps(self, x: np.ndarray) -> np.ndarray:
        """The first values of x as a k x m matrix, NaN where an item has no such step."""
        steps = np.full(self.real.shape, np.nan)
        steps[self.real] = x[: self.real.sum()]
        return steps

    def by_item(self, x: np.ndarray) -> list[np.ndarray]:
        return [row[~np.isnan(row)] for row in self.steps(x)]

    def row_slopes(self, x: np.ndarray, loss: Callable) -> np.ndarray:
        """The derivative of each row's own loss (n x parameters): own answers, and what its pattern expects."""
        expected = loss(x, self, each=True)
        heights = np.arange(1, self.real.shape[1] + 1)
        own = (self.category[:, :, None] >= heights)[:, self.real].astype(float)
        slopes = -expected[self.place]
        slopes[:, : own.shape[1]] += own
        return np.where(self.weights[:, None] > 0, slopes, 0.0)


def _marginal(x: np.ndarray, data: _Sums, each: bool = False) -> tuple[float, np.ndarray] | np.ndarray:
    """Minus the marginal log-likelihood and its derivatives by steps and log spread; `each`: expected by pattern."""
    spread = np.exp(x[-1])
    theta = NODES * spread
    curves = Curves.at(theta, data.steps(x))
    known = data.answered.astype(float)
    height = data.raw[:, None] * theta - known @ curves.log_sum.T
    top = height.max(axis=1, keepdims=True)
    mass = np.exp(height - top) * NODE_WEIGHTS
    total = mass.sum(axis=1, keepdims=True)
    posterior = mass / total
    by_spread = (posterior * (data.raw[:, None] - known @ curves.mean.T) * theta).sum(axis=1)
    if each:
        expected = np.einsum("ut,tkm->ukm", posterior, curves.at_least) * data.answered[:, :, None]
        return np.column_stack([expected[:, data.real], by_spread])
    value = data.counts @ (np.log(total[:, 0]) + top[:, 0]) - (data.chosen * np.nan_to_num(data.steps(x))).sum()
    weights = data.counts[:, None] * posterior
    expected = np.einsum("tk,tkm->km", weights.T @ known, curves.at_least)
    slope = np.append((expected - data.chosen)[data.real], data.counts @ by_spread)
    return -value, -slope


def _conditional(x: np.ndarray, data: _Sums, each: bool = False) -> tuple[float, np.ndarray] | np.ndarray:
    """Minus the log-likelihood given the sums and its derivatives by steps; `each`: expected by pattern.

    The chance of a sum is an elementary symmetric function of the items answered: the product of their polynomials.
    """
    steps = data.steps(x)
    terms = [np.concatenate([[1.0], np.exp(-np.cumsum(row[~np.isnan(row)] - np.nanmean(steps)))]) for row in steps]
    value, expected = 0.0, np.zeros((len(data.raw), *data.real.shape))
    for there in np.unique(data.answered, axis=0):
        rows = np.flatnonzero((data.answered == there).all(axis=1))
        members = np.flatnonzero(there)
        if not members.size:
            continue
        chance, at_least = _symmetric([terms[j] for j in members], data.raw[rows])
        value -= data.counts[rows] @ (np.log(chance) - data.raw[rows] * np.nanmean(steps))
        for place, j in enumerate(members):
            expected[rows, j, : at_least[place].shape[1]] = at_least[place]
    if each:
        return expected[:, data.real]
    value -= (data.chosen * np.nan_to_num(steps)).sum()
    slope = (np.einsum("u,ukm->km", data.counts, expected) - data.chosen)[data.real]
    return -value, -slope


def _symmetric(terms: list[np.ndarray], raw: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """The coefficient of each sum in the product of polynomials, and per item the chance, given the sum, of each
    category or a higher one."""
    before, after = [np.ones(1)], [np.ones(1)]
    for term in terms:
        before.append(np.convolve(before[-1], term))
    for term in terms[::-1]:
        after.append(np.convolve(after[-1], term))
    chance = before[-1][raw]
    at_least = []
    for j, term in enumerate(terms):
        others = np.convolve(before[j], after[len(terms) - 1 - j])
        heights = np.arange(len(term))
        left = raw[:, None] - heights
        inside = (left >= 0) & (left < len(others))
        p = np.where(inside, term * others[np.where(inside, left, 0)], 0.0) / chance[:, None]
        at_least.append(p[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:])
    return chance, at_least


def _minimum(loss: Callable, start: np.ndarray, method: str, where: str) -> tuple[np.ndarray, float]:
    """Where the loss is least: a search by its slope, then Newton's steps to the last digits."""
    from scipy.optimize import minimize

    options = {"maxiter": 2000, "maxfun": 5000, "ftol": 1e-14, "gtol": 1e-8}
    point = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    for _ in range(5):
        step = _inverse(_curvature(lambda x: loss(x)[1], point), method, where) @ loss(point)[1]
        if np.abs(step).max() > 0.5:
            break
        point = point - step
        if np.abs(step).max() < 1e-10:
            break
    return point, loss(point)[0]


def _curvature(slope: Callable, point: np.ndarray) -> np.ndarray:
    """Second derivatives from central differences of the first (p x p, symmetric)."""
    step = 1e-5
    columns = [
        (slope(point + step * unit) - slope(point - step * unit)) / (2 * step) for unit in np.eye(len(point))
    ]
    matrix = np.column_stack(columns)
    return (matrix + matrix.T) / 2


def _refuse_empty(data: _Sums, codes: Mapping[str, tuple[float, ...]], where: str) -> None:
    """A Problem for items with fewer than two codes and for every category that nobody chose."""
    wrong = []
    if data.n < 3:
        wrong.append(f"only {data.n} rows answered any of the items; at least 3 are needed")
    else:
        for j, (item, known) in enumerate(codes.items()):
            if len(known) < 2:
                wrong.append(f"item '{item}' has {len(known)} answer(s) to choose from; at least 2 are needed")
                continue
            counts = np.bincount(data.category[data.category[:, j] >= 0, j], minlength=len(known))
            if (empty := [f"{code:g}" for code, count in zip(known, counts, strict=True) if count == 0]) != []:
                wrong.append(
                    f"item '{item}': nobody chose {', '.join(empty)}, so its steps cannot be estimated; "
                    "merge it with its neighbour"
                )
    if wrong:
        raise Problem(where, *wrong)


def _inverse(curvature: np.ndarray, method: str, where: str) -> np.ndarray:
    """The inverse of the curvature; conditional: within steps of mean 0, as their common level does not matter.

    Raises a Problem where the answers leave a parameter undetermined.
    """
    p = len(curvature)
    level = np.full((p, p), 1 / p) if method == "conditional" else np.zeros((p, p))
    size = np.trace(curvature) / p
    filled = (np.eye(p) - level) @ curvature @ (np.eye(p) - level) + size * level
    values = np.linalg.eigvalsh(filled)
    if values[0] < 1e-7 * size:
        raise Problem(
            where,
            "the answers do not determine every item: some items share no rows, or rows that differ on them; "
            "calibrate them apart",
        )
    return np.linalg.inv(filled) - level / size
