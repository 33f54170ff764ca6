"""How many respondents stand behind each row, and which rows are samples of the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

ALL = "all"
COUNTS = ("n", "cell_n", "rest_n")
BASE = "base"  # helper column: the part of a sample that the cells of a row add up to; empty for all of it
Counts = dict[str, np.ndarray]  # each of COUNTS as floats, NaN where unknown


@dataclass(frozen=True)
class Samples:
    """The rows of one outcome and term in the samples of one column.

    inside  rows of its samples.
    whole   rows of `all`.
    """

    quantity: str
    inside: list[int]
    whole: list[int]


def samples(table: pd.DataFrame, outcome: list[str], quantities: Sequence[str]) -> Iterator[Samples]:
    """For every outcome and term of these quantities, and every column that defines samples of it, the rows."""
    parts = table["sample"].str.partition("=")
    column = parts[0].where(parts[1].eq("="), "")
    alike = np.flatnonzero(table["quantity"].isin(quantities))
    for _, rows in table.iloc[alike].groupby(outcome, sort=False).indices.items():
        places = alike[rows]
        whole = [int(p) for p in places if table["sample"].iat[p] == ALL]
        for name in dict.fromkeys(column.iloc[places]):
            if name:
                inside = [int(p) for p in places if column.iat[p] == name]
                yield Samples(table["quantity"].iat[inside[0]], inside, whole)


def bases(table: pd.DataFrame) -> pd.Series:
    """For each transition `1 -> 2` the earlier answer, whose schools it is a share of; else empty."""
    before = table["level"].astype("string").str.partition(" -> ")[0]
    return before.where(table["quantity"].eq("transition"), "").reset_index(drop=True)


def floats(counts: pd.Series) -> np.ndarray:
    """Counts as floats, NaN where missing."""
    return pd.to_numeric(counts).to_numpy(dtype=float, na_value=np.nan)


def first(counts: np.ndarray) -> float:
    """The first count that is known, or NaN."""
    known = counts[~np.isnan(counts)]
    return float(known[0]) if len(known) else float("nan")


def small(counts: np.ndarray, limit: int) -> np.ndarray:
    """Which counts are of somebody, but of fewer than the limit."""
    return (counts > 0) & (counts < limit)
