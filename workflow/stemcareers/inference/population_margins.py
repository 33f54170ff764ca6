"""Known totals of a population, matched with the rows of a sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd

from stemcareers.errors import Problem
from stemcareers.inference.frames import as_names, codes, first_rows, require_columns, text

Columns = str | tuple[str, ...]
Totals = Mapping[object, float]


@dataclass(frozen=True)
class Margin:
    """One way to part the population into cells of known size.

    name    the column, or several joined by " x ".
    cell    (rows,) the cell of every row.
    levels  what each cell is called, in order of its first row.
    totals  (cells,) the population of each.
    """

    name: str
    cell: np.ndarray
    levels: tuple[str, ...]
    totals: np.ndarray

    def called(self, cell: int) -> str:
        """What messages call a cell."""
        return f"{self.name} {self.levels[cell]}"


def name_of(columns: Columns) -> str:
    """What a margin is called."""
    return columns if isinstance(columns, str) else " x ".join(columns)


def margin(frame: pd.DataFrame, columns: Columns, totals: Totals) -> tuple[Margin | None, list[str]]:
    """The margin of a frame's rows, or None and what is wrong with it, one sentence each.

    columns  one column, or several that are crossed.
    totals   population of each cell; a key is a value, or a tuple of values where there are several columns.
    """
    names = as_names(columns)
    require_columns(frame, names)
    parts = [frame[name] for name in names]
    missing = {name: int(part.isna().sum()) for name, part in zip(names, parts, strict=True)}
    if wrong := [f"{name} is missing in {rows} rows" for name, rows in missing.items() if rows]:
        return None, wrong
    if not hasattr(totals, "items"):
        return None, [f"totals are given level by level, as in {{'primary': 16_764}}, not as {totals!r}"]
    cell = codes(parts, len(frame))
    found = [tuple(text(part.iloc[row]) for part in parts) for row in first_rows(cell)]
    given = {tuple(map(text, key if isinstance(key, tuple) else (key,))): size for key, size in totals.items()}
    wrong = [f"no total is given for {' x '.join(level)}" for level in found if level not in given]
    wrong += [f"{' x '.join(level)} has a total and no rows: merge cells" for level in given if level not in found]
    wrong += [f"the total of {' x '.join(level)} is {size}" for level, size in given.items() if not _is_size(size)]
    if wrong:
        return None, wrong
    levels = tuple(" x ".join(level) for level in found)
    return Margin(name_of(columns), cell, levels, np.array([given[level] for level in found], dtype=float)), []


def _is_size(total: object) -> bool:
    return isinstance(total, Real) and 0 < total < np.inf


def margins(
    frame: pd.DataFrame, where: str, known: Mapping[Columns, Totals], population: float | None = None
) -> tuple[Margin, ...]:
    """Several margins that agree on the size of the population; a Problem with everything that is wrong.

    population  the size that every margin is scaled to, so that shares will do; None: margins must agree.
    """
    if not known:
        raise Problem(where, "no margin is given")
    if population is not None and not _is_size(population):
        raise Problem(where, f"the size of the population is {population}, where a positive number is due")
    found: list[Margin] = []
    wrong: list[str] = []
    for columns, totals in known.items():
        one, faults = margin(frame, columns, totals)
        wrong += [f"{name_of(columns)}: {fault}" for fault in faults]
        found += [one] if one is not None else []
    if wrong:
        raise Problem(where, *wrong)
    if population is not None:
        return tuple(
            Margin(one.name, one.cell, one.levels, one.totals * (population / one.totals.sum())) for one in found
        )
    sizes = [float(one.totals.sum()) for one in found]
    if max(sizes) - min(sizes) > 1e-9 * max(sizes):
        listed = ", ".join(f"{one.name} to {size:,.10g}" for one, size in zip(found, sizes, strict=True))
        raise Problem(where, f"margins must add up to one population: {listed}. Mend them, or give the population")
    return tuple(found)


def require_whole(where: str, rows: Sequence[int] | np.ndarray, frame: pd.DataFrame) -> None:
    """A Problem where a domain has been chosen already."""
    if len(rows) != len(frame):
        raise Problem(where, "comes before choosing a domain: the totals are those of the whole population")
