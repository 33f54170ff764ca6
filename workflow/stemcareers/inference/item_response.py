"""Scores under the Rasch and the partial credit model: parameters as a typed object, weighted likelihood estimates.

The partial credit model gives a person at theta the odds exp(theta - step) of answering in a category rather than in
the one below it; with two categories it is the Rasch model. The sum of the answered items is sufficient, so all work
is done once per distinct combination of answered items and sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean


@dataclass(frozen=True)
class PartialCredit:
    """The parameters of a partial credit model, and the scale its scores are told on.

    codes      per item, its answer codes from the least to the most of what is measured: [2, 1] where 1 is yes.
    steps      k x m, in logits: entry h of an item is where categories h - 1 and h are equally likely; NaN beyond
               an item's last category. (Difficulty of an item: the mean of its steps.)
    std_error  of the steps, all NaN where they were given.
    centre, spread   scores are (theta - centre) / spread.
    origin     where the parameters come from, in words.
    """

    codes: dict[str, tuple[float, ...]]
    steps: pd.DataFrame
    std_error: pd.DataFrame
    centre: float = 0.0
    spread: float = 1.0
    origin: str = ""

    @property
    def items(self) -> tuple[str, ...]:
        return tuple(self.codes)

    @property
    def difficulty(self) -> pd.Series:
        """The mean of each item's steps, in logits."""
        return self.steps.mean(axis=1).rename("difficulty")


def given(
    steps: Mapping[str, Sequence[float]],
    codes: Mapping[str, Sequence[float]] | Sequence[float],
    *,
    origin: str,
    centre: float = 0.0,
    spread: float = 1.0,
    where: str = "items",
) -> PartialCredit:
    """Parameters that were published or set by hand: per item its steps (one for a Rasch item), in logits.

    codes   per item or for all, the answer codes from the least to the most: one more than there are steps.
    origin  where the numbers come from; printed with the scores.

    Raises a Problem for every item whose codes and steps do not fit each other.
    """
    wrong = []
    by_item = {item: tuple(codes.get(item, ()) if isinstance(codes, Mapping) else codes) for item in steps}
    for item, values in steps.items():
        if len(by_item[item]) != len(values) + 1:
            wrong.append(
                f"item '{item}' has {len(values)} step(s) but {len(by_item[item])} codes; "
                "there is one more code than steps"
            )
        if len(set(by_item[item])) != len(by_item[item]):
            wrong.append(f"item '{item}' lists a code twice: {', '.join(f'{c:g}' for c in by_item[item])}")
        if not np.isfinite(np.asarray(values, dtype=float)).all():
            wrong.append(f"item '{item}' has a step that is not a number")
    if not origin.strip():
        wrong.append("parameters that are given need an origin: say where they come from")
    if not spread > 0:
        wrong.append(f"spread is {spread:g}, but must be above 0")
    if wrong:
        raise Problem(where, *wrong)
    frame = as_frame({item: np.asarray(values, dtype=float) for item, values in steps.items()})
    return PartialCredit(by_item, frame, frame * np.nan, centre, spread, origin)


def as_frame(steps: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Steps as a frame: one row per item, columns 1..m, NaN beyond an item's own steps."""
    width = max(map(len, steps.values()))
    rows = [np.pad(values, (0, width - len(values)), constant_values=np.nan) for values in steps.values()]
    return pd.DataFrame(rows, pd.Index(steps, name="item"), pd.RangeIndex(1, width + 1, name="step"))


def weighted_likelihood(frame: pd.DataFrame, parameters: PartialCredit, *, where: str = "items") -> pd.DataFrame:
    """One score per row by Warm's weighted likelihood: columns score, std_error, raw_score, n_answered.

    frame  one row per response, a column per item of `parameters`, NaN or <NA> where unanswered.

    The index is the frame's. Rows that answered nothing have no score. The likelihood is weighted by the root of the
    information, which takes off the first-order bias and gives finite scores to the lowest and highest sums too.

    Raises a Problem that counts answers outside the codes.

    Source: Warm (1989), doi 10.1007/BF02294627; for more than two categories: Penfield and Bergeron (2005),
    doi 10.1177/0146621604270412. std_error: 1 / root of the information at the estimate.
    """
    category = categories_of(frame, parameters.codes, where)
    answered = category >= 0
    raw = np.where(answered, category, 0).sum(axis=1)
    patterns, place = np.unique(np.column_stack([answered, raw]), axis=0, return_inverse=True)
    theta, information = theta_of_patterns(parameters, patterns[:, :-1].astype(bool), patterns[:, -1])
    place = place.ravel()
    return pd.DataFrame(
        {
            "score": ((theta - parameters.centre) / parameters.spread)[place],
            "std_error": (1 / np.sqrt(information) / parameters.spread)[place],
            "raw_score": np.where(answered.any(axis=1), raw, np.nan),
            "n_answered": answered.sum(axis=1),
        },
        index=frame.index,
    )


def score_table(parameters: PartialCredit, answered: Sequence[Sequence[str]] | None = None) -> pd.DataFrame:
    """The score of every sum, for each set of answered items (all items, if none is named).

    Columns answered (one character per item: 1 answered, x not), raw_score, score, std_error.
    """
    items = parameters.items
    sets = [items] if answered is None else answered
    rows = []
    for names in sets:
        there = np.isin(items, names)
        top = sum(len(parameters.codes[item]) - 1 for item in np.asarray(items)[there])
        sums = np.arange(top + 1)
        theta, information = theta_of_patterns(parameters, np.tile(there, (len(sums), 1)), sums)
        rows.append(
            pd.DataFrame(
                {
                    "answered": "".join("1" if yes else "x" for yes in there),
                    "raw_score": sums,
                    "score": (theta - parameters.centre) / parameters.spread,
                    "std_error": 1 / np.sqrt(information) / parameters.spread,
                }
            )
        )
    return pd.concat(rows, ignore_index=True)


def standardise(
    frame: pd.DataFrame, parameters: PartialCredit, *, weights: np.ndarray | None = None, where: str = "items"
) -> PartialCredit:
    """The same parameters, with centre and spread set so that the scores of `frame` have mean 0 and SD 1.

    weights  n floats, in the frame's order; rows without a score do not count.
    """
    theta = weighted_likelihood(frame, replace(parameters, centre=0.0, spread=1.0), where=where)["score"].to_numpy()
    w = np.ones(len(theta)) if weights is None else np.asarray(weights, dtype=float)
    there = ~np.isnan(theta) & (w > 0)
    if there.sum() < 2 or np.ptp(theta[there]) == 0:
        raise Problem(where, f"{there.sum():,} rows with a score, none unlike the others: no spread to go by")
    centre = np.average(theta[there], weights=w[there])
    spread = np.sqrt(np.average((theta[there] - centre) ** 2, weights=w[there]))
    return replace(parameters, centre=float(centre), spread=float(spread))


def reliability(scores: pd.DataFrame) -> float:
    """The share of the variance of weighted likelihood scores that is not error: 1 - mean squared error / variance.

    Source: Adams (2005), doi 10.1016/j.stueduc.2005.05.008.
    """
    return float(1 - (scores["std_error"] ** 2).mean() / scores["score"].var())


def categories_of(frame: pd.DataFrame, codes: Mapping[str, Sequence[float]], where: str = "items") -> np.ndarray:
    """Category numbers (n x k, 0.. from the least to the most), -1 where unanswered.

    Raises a Problem for columns that are not there and for answers outside the codes, all at once.
    """
    numbers = np.full((len(frame), len(codes)), -1)
    wrong = []
    for j, (item, known) in enumerate(codes.items()):
        if item not in frame.columns:
            wrong.append(f"item '{item}' is not a column{did_you_mean(item, frame.columns)}")
            continue
        if not pd.api.types.is_numeric_dtype(frame[item]):
            wrong.append(f"item '{item}' holds {frame[item].dtype}, not numbers")
            continue
        values = frame[item].to_numpy(dtype=float, na_value=np.nan)
        for number, code in enumerate(known):
            numbers[values == code, j] = number
        outside = ~np.isnan(values) & (numbers[:, j] < 0)
        if outside.any():
            found = ", ".join(f"{code:g}" for code in np.unique(values[outside])[:10])
            wrong.append(
                f"item '{item}' has {outside.sum():,} of {(~np.isnan(values)).sum():,} answers outside its "
                f"codes ({', '.join(f'{code:g}' for code in known)}): {found}"
            )
    if wrong:
        raise Problem(where, *wrong)
    return numbers


@dataclass(frozen=True)
class Curves:
    """Each item at each theta (t x k arrays): log of the sum of its terms, and the mean, variance and third central
    moment of its category; and the probability of each category or a higher one (t x k x m)."""

    log_sum: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    third: np.ndarray
    at_least: np.ndarray

    @classmethod
    def at(cls, theta: np.ndarray, steps: np.ndarray) -> Curves:
        """theta: t floats; steps: k x m, NaN beyond an item's own."""
        up = np.cumsum(np.nan_to_num(steps, nan=np.inf), axis=1)
        heights = np.arange(steps.shape[1] + 1)
        terms = heights * theta[:, None, None] - np.pad(up, ((0, 0), (1, 0)))[None]
        top = terms.max(axis=2, keepdims=True)
        p = np.exp(terms - top)
        total = p.sum(axis=2, keepdims=True)
        p /= total
        mean = p @ heights
        off = heights - mean[:, :, None]
        return cls(
            (np.log(total) + top)[:, :, 0],
            mean,
            (p * off**2).sum(axis=2),
            (p * off**3).sum(axis=2),
            p[:, :, ::-1].cumsum(axis=2)[:, :, ::-1][:, :, 1:],
        )


def theta_of_patterns(
    parameters: PartialCredit, answered: np.ndarray, raw: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted likelihood theta and information of u patterns (u x k booleans, u sums); NaN where none answered.

    The weighted likelihood may have several peaks where steps lie far apart, so the highest is looked for on a grid;
    its neighbours bracket the root of the derivative, sum - expected sum + third moment / (2 information).
    """
    steps = parameters.steps.to_numpy(dtype=float)
    some = answered.any(axis=1)
    theta, information = np.full(len(raw), np.nan), np.full(len(raw), np.nan)
    if not some.any():
        return theta, information
    known, sums = answered[some].astype(float), raw[some].astype(float)
    # The outermost scores lie about log(4 m n) beyond the steps; 12 is far enough for any sum that can be entered.
    edge = np.nanmax(np.abs(steps)) + 12.0
    grid = np.linspace(-edge, edge, 241)
    curves = Curves.at(grid, steps)
    height = sums[:, None] * grid - known @ curves.log_sum.T + 0.5 * np.log(known @ curves.variance.T)
    best = height.argmax(axis=1)
    low, high = grid[np.maximum(best - 1, 0)], grid[np.minimum(best + 1, len(grid) - 1)]
    at = grid[best]
    for _ in range(60):
        curves = Curves.at(at, steps)
        variance = (known * curves.variance).sum(axis=1)
        third = (known * curves.third).sum(axis=1)
        slope = sums - (known * curves.mean).sum(axis=1) + third / (2 * variance)
        low, high = np.where(slope > 0, at, low), np.where(slope > 0, high, at)
        step = slope / variance
        to = np.where((at + step > low) & (at + step < high), at + step, (low + high) / 2)
        done = np.abs(step) < 1e-12
        at = np.where(done, at, to)
        if done.all():
            break
    theta[some] = at
    information[some] = (known * Curves.at(at, steps).variance).sum(axis=1)
    return theta, information
