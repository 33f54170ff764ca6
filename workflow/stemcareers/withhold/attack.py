"""Work out hidden cells as an attacker would: between which bounds must each lie, given all that is shown?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stemcareers.withhold.counts import Counts, first, samples
from stemcareers.withhold.lines import CELLS, OUTCOME

OTHER = "other"  # the groups that were not fitted and those who are in none; the answers that have no row
ROUNDING = 1e-6


@dataclass
class Crossing:
    """The answers to one outcome by the samples of one column, with `all` beside them.

    rows     the row of each group and answer; the group "" is `all`.
    n        of every group, and of `all`.
    cells    respondents behind every row of the table.
    """

    rows: dict[tuple[str, str], int]
    n: dict[str, float]
    cells: np.ndarray

    def hide_more(self, hidden: np.ndarray, guarded: np.ndarray, limit: int) -> bool:
        """Whether one more row had to be hidden, because an attacker knows some small cell too well.

        Too well: to within less than half the limit.
        """
        unknown, equations, sums = self._what_is_told(hidden)
        for place, cell in enumerate(unknown):
            if self._is_open(cell, limit):
                low, high = _bounds(place, len(unknown), self.n[""], equations, sums)
                if round(high) > 0 and round(low) < limit and high - low < limit / 2 - ROUNDING:
                    row = self._shield(cell, hidden)
                    if row is not None:
                        hidden[row] = guarded[row] = True
                        return True
        return False

    def _groups(self) -> list[str]:
        return [*(name for name in self.n if name), OTHER]

    def _levels(self) -> list[str]:
        levels = list(dict.fromkeys(level for _, level in self.rows))
        named = sum(self.cells[self.rows["", level]] for level in levels if ("", level) in self.rows)
        return [*levels, OTHER] if named < self.n[""] else levels

    def _is_open(self, cell: tuple[str, str], limit: int) -> bool:
        """True for a cell that is small, or of unknown size."""
        return cell not in self.rows or 0 < self.cells[self.rows[cell]] < limit

    def _what_is_told(self, hidden: np.ndarray) -> tuple[list[tuple[str, str]], np.ndarray, np.ndarray]:
        """The cells that are not shown, and the sums of some of them that are."""
        groups, levels = self._groups(), self._levels()
        shown = {cell: self.cells[row] for cell, row in self.rows.items() if not hidden[row]}
        unknown = [(g, level) for g in groups for level in levels if (g, level) not in shown]
        sums_of: list[tuple[list[tuple[str, str]], float]] = []
        for group in groups:
            if any((group, level) in shown for level in levels):
                sums_of.append(([(group, level) for level in levels], self.n[group]))
        if any(group == "" for group, _ in shown):
            sums_of.append(([(g, level) for g in groups for level in levels], self.n[""]))
        for level in levels:
            if ("", level) in shown:
                sums_of.append(([(g, level) for g in groups], shown["", level]))
        place = {cell: at for at, cell in enumerate(unknown)}
        matrix = np.zeros((len(sums_of), len(unknown)))
        totals = np.zeros(len(sums_of))
        for line, (cells, total) in enumerate(sums_of):
            totals[line] = total - sum(shown.get(cell, 0.0) for cell in cells)
            matrix[line, [place[cell] for cell in cells if cell in place]] = 1
        return unknown, matrix, totals

    def _shield(self, cell: tuple[str, str], hidden: np.ndarray) -> int | None:
        """The row to hide so that a cell is known less well: one of its group, of its answer, or any, the smallest."""
        group, level = cell
        shown = {its: row for its, row in self.rows.items() if not hidden[row]}
        near = [row for its, row in shown.items() if its[0] == group] or [
            row for its, row in shown.items() if its[1] == level and its[0]
        ]
        rows = near or list(shown.values())
        return min(rows, key=lambda row: (self.cells[row] == 0, self.cells[row])) if rows else None


def crossings(table: pd.DataFrame, counts: Counts, hidden: np.ndarray) -> Iterator[Crossing]:
    """The tables of shares by sample in which something is hidden although `all` is shown."""
    for its in samples(table, OUTCOME, [quantity for quantity in CELLS if quantity != "count"]):
        if its.whole and hidden[[*its.inside, *its.whole]].any():
            rows, n = {}, {}
            for place in [*its.inside, *its.whole]:
                group = "" if place in its.whole else str(table["sample"].iat[place])
                if not np.isnan(counts["cell_n"][place]) and not np.isnan(counts["n"][place]):
                    rows[group, str(table["level"].iat[place])] = place
                    n[group] = first(counts["n"][[place]])
            if "" in n and len(n) > 1:
                yield Crossing(rows, n, counts["cell_n"])


def _bounds(place: int, unknown: int, n: float, equations: np.ndarray, sums: np.ndarray) -> tuple[float, float]:
    """The smallest and the largest number that an unknown cell can be."""
    from scipy.optimize import linprog

    goal = np.zeros(unknown)
    goal[place] = 1.0
    low, high = (sign * linprog(sign * goal, A_eq=equations, b_eq=sums, bounds=(0, n)).fun for sign in (1, -1))
    return float(low), float(high)
