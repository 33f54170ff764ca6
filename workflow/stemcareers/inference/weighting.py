"""Weights for a whole sample from a table of its population, and what to look at before using them.

weights = population_weights(responses, population)        # population: margin, level, total
margin_table(responses, known, before, weights)
weight_summary(weights)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean
from stemcareers.inference.calibration import post_stratify
from stemcareers.inference.design import Survey
from stemcareers.inference.frames import numbers, require_columns
from stemcareers.inference.linear_calibration import Bounds, calibrate
from stemcareers.inference.population_margins import Columns, Margin, Totals, margin, margins, name_of
from stemcareers.inference.raking import MOST_PASSES, rake, raked
from stemcareers.inference.trimming import trimmed

CROSSED = " x "
# Margins may miss their totals by this part where weights are trimmed as well.
_CLOSE = 1e-6
_MOST_ROUNDS = 200
# A weight this many times the median is counted as extreme.
EXTREME = 5


def population_weights(
    frame: pd.DataFrame,
    population: pd.DataFrame,
    weight: str | None = None,
    smallest: float = 0.0,
    largest: float = np.inf,
    size: float | None = None,
) -> pd.Series:
    """One weight for every row of the frame, named "weight", under the frame's index.

    population  one row for each level of each margin: `margin` (a column of the frame, or several joined by " x "),
                `level` (a value as text, joined the same way), `total` (how many of the population). One margin is
                post-stratification; several are raked.
    weight      the column with the weights to start from; None: all rows count the same.
    smallest, largest  bounds, as multiples of the mean weight; raking and trimming then take turns until both hold.
    size        the size of the population to which margins are scaled, so that totals may be shares.

    Raises Problem with everything that is wrong: in the table, between table and frame, or when it cannot be met.
    """
    table = population_table(population)
    if sums := [name_of(columns) for columns, total in table.items() if not isinstance(total, Mapping)]:
        raise Problem("weighting", *(f"{name}: a sum is no margin; use `calibrate`" for name in sums))
    known = margins(frame, "weighting", table, size)
    start = np.ones(len(frame)) if weight is None else numbers(frame[weight], infinite=True)
    if not ((start > 0) & np.isfinite(start)).all():
        raise Problem("weighting", f"the weight to start from, {weight!r}, is missing, zero or negative in some rows")
    weights = raked("weighting", start[:, None], known)[:, 0]
    if smallest > 0 or largest < np.inf:
        weights = _bounded(weights, known, smallest, largest)
    return pd.Series(weights, index=frame.index, name="weight")


def population_table(population: pd.DataFrame) -> dict[Columns, Totals | float]:
    """Known totals as `rake` and `calibrate` take them, from a table with the columns margin, level and total.

    An empty level means that the total is the sum of a number.
    """
    require_columns(population, ("margin", "level", "total"))
    where = "population table"
    wrong = [
        f"{column} is blank in {n} rows"
        for column, n in population[["margin", "level", "total"]].isna().sum().items()
        if n
    ]
    twice = population.duplicated(["margin", "level"])
    wrong += [f"{row.margin} {row.level} stands twice" for row in population[twice].itertuples()]
    if wrong:
        raise Problem(where, *wrong)
    totals = numbers(population["total"])
    known: dict[Columns, dict[object, float] | float] = {}
    for name, level, total in zip(population["margin"], population["level"], totals, strict=True):
        columns = tuple(str(name).split(CROSSED))
        values = tuple(str(level).split(CROSSED))
        if level == "" and len(columns) == 1:
            known[columns[0]] = float(total)
            continue
        if len(values) != len(columns):
            raise Problem(where, f"{name}: the level {level!r} should name {len(columns)} values joined by {CROSSED!r}")
        known.setdefault(columns if len(columns) > 1 else columns[0], {})[values] = float(total)
    return known


def margin_table(
    frame: pd.DataFrame, known: Mapping[Columns, Totals], before: np.ndarray, after: np.ndarray
) -> pd.DataFrame:
    """One row for each level of each margin: what was known, and what weights before and after make of it.

    Columns: margin, level, n (rows), population, before, after (weighted counts), and the three as shares of their
    margin: share_population, share_before, share_after.
    """
    tables = []
    for columns, totals in known.items():
        cells, wrong = margin(frame, columns, totals)
        if cells is None:
            raise Problem(f"margin {name_of(columns)}", *wrong)
        count = len(cells.levels)
        table = pd.DataFrame({"margin": cells.name, "level": cells.levels, "n": np.bincount(cells.cell)})
        table["population"] = cells.totals
        for name, weights in (("before", before), ("after", after)):
            table[name] = np.bincount(cells.cell, weights=np.asarray(weights, dtype=float), minlength=count)
        for name in ("population", "before", "after"):
            table[f"share_{name}"] = table[name] / table[name].sum()
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


METHODS = ("post_stratify", "rake", "linear")


def meet(survey: Survey, method: str, known: Mapping[Columns, Totals | float], bounds: Bounds | None = None) -> Survey:
    """The survey whose weights meet known totals, of categories or of numbers, by one of METHODS.

    bounds  lowest and highest factor by which a weight may change; None: any.

    `linear` moves weights least, `rake` multiplies them by a factor for each margin; variances are then those of
    what the totals do not explain (`post_stratify`, `rake`, `calibrate`). Raking to the sum of a number, or within
    bounds, is calibration with exponential factors. Post-stratification takes one margin of categories, unbounded.
    """
    plain = bounds is None and all(isinstance(total, Mapping) for total in known.values())
    if method == "post_stratify":
        if len(known) != 1:
            raise Problem("post-stratification", f"takes one margin, crossed if need be, not {len(known)}; or rake")
        if not plain:
            raise Problem("post-stratification", "takes categories, and no bounds; use rake or linear")
        ((columns, totals),) = known.items()
        return post_stratify(survey, columns, totals)
    if method == "rake":
        return rake(survey, known) if plain else calibrate(survey, known, bounds, method="raking")
    if method == "linear":
        return calibrate(survey, known, bounds)
    raise Problem("weighting", f"method {method!r} is not known{did_you_mean(method, METHODS)} ({', '.join(METHODS)})")


@dataclass(frozen=True)
class WeightSummary:
    """What a set of weights costs, and how extreme it is.

    total          their sum.
    variation      their coefficient of variation.
    design_effect  how much unequal weights raise the variance of a mean that has nothing to do with them; effective_n
                   is n over it. Source: Kish (1992), Weighting for unequal Pi, Journal of Official Statistics 8.
    largest_over_median, n_extreme  the largest weight over the median; how many exceed it EXTREME times.
    smallest_factor, largest_factor  how much calibration changed weights, where those before are given.
    """

    n: int
    total: float
    mean: float
    variation: float
    design_effect: float
    effective_n: float
    smallest: float
    median: float
    largest: float
    largest_over_median: float
    n_extreme: int
    smallest_factor: float
    largest_factor: float

    def to_frame(self) -> pd.DataFrame:
        """One row per quantity: quantity, value."""
        return pd.DataFrame(asdict(self).items(), columns=["quantity", "value"]).astype({"value": float})


def weight_summary(weights: object, before: object = None) -> WeightSummary:
    """The summary of weights (n,); `before` those they were made from, if any."""
    weights = np.asarray(weights, dtype=float)
    if not len(weights) or not (np.isfinite(weights) & (weights > 0)).all():
        raise Problem("weights", "are all positive numbers, and there is one at least")
    factor = np.full(1, np.nan) if before is None else weights / np.asarray(before, dtype=float)
    n, mean, median = len(weights), weights.mean(), float(np.median(weights))
    effect = float((weights**2).mean() / mean**2)
    return WeightSummary(
        n=n,
        total=float(weights.sum()),
        mean=float(mean),
        variation=float(weights.std() / mean),
        design_effect=effect,
        effective_n=n / effect,
        smallest=float(weights.min()),
        median=median,
        largest=float(weights.max()),
        largest_over_median=float(weights.max() / median),
        n_extreme=int((weights > EXTREME * median).sum()),
        smallest_factor=float(factor.min()),
        largest_factor=float(factor.max()),
    )


def _bounded(weights: np.ndarray, known: tuple[Margin, ...], smallest: float, largest: float) -> np.ndarray:
    """Weights that meet the margins (to a millionth) within bounds: trimmed and raked in turn."""
    where = f"weighting with weights between {smallest:g} and {largest:g} times their mean"
    for _ in range(_MOST_ROUNDS):
        mean = weights.mean()
        weights = trimmed(where, weights, smallest * mean, largest * mean, redistribute="in proportion")
        reached = [np.bincount(one.cell, weights=weights) / one.totals - 1 for one in known]
        if max(float(np.abs(gap).max()) for gap in reached) < _CLOSE:
            return weights
        weights = raked(where, weights[:, None], known, most_passes=MOST_PASSES)[:, 0]
    raise Problem(where, f"margins and bounds do not hold together after {_MOST_ROUNDS} rounds: widen the bounds")
