"""Cells that add up to a total: what is shown of them must not tell a small one that is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stemcareers import contracts
from stemcareers.config.robustness import LEAVE_OUT, NONE
from stemcareers.withhold.counts import BASE, Counts, Samples, first, samples


def _and_beside(*quantities: str) -> tuple[str, ...]:
    """These, and what stands beside them where answers were imputed: the same of the complete cases."""
    return tuple(f"{quantity}{beside}" for quantity in quantities for beside in ("", contracts.COMPLETE_CASES))


OUTCOME = ["study", "specification", "outcome", "quantity", "term", BASE]
# The answers to an outcome: who gave them add up to all who answered.
CELLS = (*_and_beside("share", "total"), "count", "transition")
# Whose n is everybody of the sample who answered the outcome.
DESCRIBES = (*_and_beside("share", "mean", "total", "ratio", "quantile", "variance"), "change")
COMPARES = ("transition", *_and_beside("contrast", "average"), "association_f")
MODELLED = (
    *_and_beside("coefficient", *contracts.MADE_OF_COEFFICIENTS),
    "wald_f",
    "r_squared_without",
    *contracts.BETWEEN_GROUPS,
    "fraction_missing",
    *contracts.DIAGNOSTICS,
)
ADDS_UP = (*DESCRIBES, *COMPARES, *MODELLED)  # whose samples have an n each, which make that of `all`
LEFT_OUT = rf"(?:^|, ){LEAVE_OUT}=([^,=]+)$"


@dataclass
class Line:
    """Cells that add up to a total.

    cells   the rows of each cell: one, or all rows of a sample that rest on the same n.
    counts  respondents in each.
    rest    respondents of the total who are in none of these cells.
    total   the rows of the total; empty where it is printed elsewhere, and so always known.
    groups  True where the cells are whole groups, whose n may be worked out if it is large enough.
    """

    cells: list[list[int]]
    counts: list[float]
    rest: float = 0.0
    total: tuple[int, ...] = ()
    groups: bool = False

    def hide_more(self, hidden: np.ndarray, guarded: np.ndarray, limit: int) -> bool:
        """Whether more had to be hidden so that nothing too small can be worked out here.

        hidden   the rows without numbers; gains those that must follow.
        guarded  of these, the rows that must not be worked out exactly, however large: they hide a small one.
        """
        before = int(hidden.sum())
        while not self._is_safe(hidden, guarded, limit):
            shown = [place for place, rows in enumerate(self.cells) if not hidden[rows].all()]
            enough = sum(self.counts) + self.rest >= limit
            if self.total and not hidden[list(self.total)].all() and not (shown and enough):
                rows = list(self.total)
            elif shown:
                rows = self.cells[min(shown, key=lambda c: (self.counts[c] == 0, self.counts[c]))]
            else:
                break
            hidden[rows] = True
            guarded[rows] |= not self.groups
        return int(hidden.sum()) > before

    def _is_safe(self, hidden: np.ndarray, guarded: np.ndarray, limit: int) -> bool:
        unseen = [place for place, rows in enumerate(self.cells) if hidden[rows].all()]
        total = list(self.total)
        exact = not self.groups and any(guarded[self.cells[place]].any() for place in unseen)
        # ASSUME: a rest of half the limit blurs a hidden cell enough; who adds it up is off by that much.
        sources = len(unseen) + (2 * self.rest >= limit)
        if total and hidden[total].all():
            return self.groups or sources > 0 or not guarded[total].any()  # else the shown cells add up to it
        left = sum(self.counts[place] for place in unseen) + self.rest
        return (left == 0 and not exact) or (left >= limit and (sources > 1 or not exact))


def lines(table: pd.DataFrame, counts: Counts) -> list[Line]:
    """Every line of a table of estimates."""
    return [
        *_answers(table, counts),
        *_earlier_answers(table, counts),
        *_samples(table, counts),
        *_flows(table, counts),
        *_left_out(table, counts),
    ]


def _answers(table: pd.DataFrame, counts: Counts) -> Iterator[Line]:
    """The answers to one outcome in one sample: they make everybody who answered."""
    cells = table["quantity"].isin(CELLS) & table["role"].ne("flow") & ~np.isnan(counts["cell_n"])
    for _, rows in table[cells].groupby([*OUTCOME, "sample"], sort=False).indices.items():
        places = np.flatnonzero(cells)[rows]
        inside = counts["cell_n"][places]
        base = first(counts["n"][places]) if table["quantity"].iat[places[0]] != "count" else float("nan")
        rest = 0.0 if np.isnan(base) else max(0.0, base - inside.sum())
        yield Line([[int(p)] for p in places], inside.tolist(), rest)


def _earlier_answers(table: pd.DataFrame, counts: Counts) -> Iterator[Line]:
    """The schools with each earlier answer: they make all that are in both waves, as the fits tell."""
    moves = table["quantity"].eq("transition").to_numpy() & ~np.isnan(counts["n"])
    of_outcome = [name for name in OUTCOME if name != BASE]
    for _, rows in table[moves].groupby([*of_outcome, "sample"], sort=False).indices.items():
        places = np.flatnonzero(moves)[rows]
        groups = [
            places[inside] for inside in table[BASE].iloc[places].groupby(table[BASE].iloc[places]).indices.values()
        ]
        yield Line([[int(p) for p in g] for g in groups], [first(counts["n"][g]) for g in groups], groups=True)


def _samples(table: pd.DataFrame, counts: Counts) -> Iterator[Line]:
    """The samples of a column, by their n and, for shares, by who gave each answer: they make those of `all`."""
    for its in samples(table, OUTCOME, ADDS_UP):
        yield from _by_n(table, counts, its)
        if its.quantity in CELLS:
            yield from _by_level(table, counts, its)


def _by_n(table: pd.DataFrame, counts: Counts, its: Samples) -> Iterator[Line]:
    groups: dict[str, list[int]] = {}
    for place in its.inside:
        if not np.isnan(counts["n"][place]):
            groups.setdefault(str(table["sample"].iat[place]), []).append(place)
    if not groups:
        return
    sizes = [first(counts["n"][rows]) for rows in groups.values()]
    total = first(counts["n"][its.whole])
    if np.isnan(total) and its.quantity in DESCRIBES:
        total = sizes[0] + first(counts["rest_n"][next(iter(groups.values()))])
    rest = 0.0 if np.isnan(total) else max(0.0, total - sum(sizes))
    yield Line(list(groups.values()), sizes, rest, tuple(its.whole), groups=True)


def _by_level(table: pd.DataFrame, counts: Counts, its: Samples) -> Iterator[Line]:
    for level in dict.fromkeys(table["level"].iloc[its.inside]):
        cells = [p for p in its.inside if table["level"].iat[p] == level and not np.isnan(counts["cell_n"][p])]
        total = [p for p in its.whole if table["level"].iat[p] == level]
        if cells:
            sizes = counts["cell_n"][cells].tolist()
            known = first(counts["cell_n"][total])
            rest = 0.0 if np.isnan(known) else max(0.0, known - sum(sizes))
            yield Line([[p] for p in cells], sizes, rest, tuple(total))


def _flows(table: pd.DataFrame, counts: Counts) -> Iterator[Line]:
    """The reasons for leaving responses out: with those kept, which every page tells, they make those received."""
    flow = table["role"].eq("flow").to_numpy()
    for _, rows in table[flow].groupby(["study", "sample", "outcome"], sort=False).indices.items():
        places = np.flatnonzero(flow)[rows]
        reasons = [int(p) for p in places if table["term"].iat[p] == "left_out"]
        received = tuple(int(p) for p in places if table["term"].iat[p] == "received")
        if reasons:
            yield Line([[p] for p in reasons], counts["cell_n"][reasons].tolist(), total=received)


def _left_out(table: pd.DataFrame, counts: Counts) -> Iterator[Line]:
    """The variants of a grid that each leave out one category: beside the main analysis they tell of that category.

    What a model without a category does not show, the models without each of the others do: with the one of them
    all, the sums of squares of the categories add up.
    """
    left_out = table["level"].str.extract(LEFT_OUT)[0]
    main, one = left_out.eq(NONE), left_out.notna() & left_out.ne(NONE)
    rest_of = table["level"].str.replace(LEFT_OUT, "", regex=True)
    for _, rows in table[main | one].groupby([*OUTCOME, "sample", rest_of[main | one]], sort=False).indices.items():
        places = np.flatnonzero(main | one)[rows]
        total = [int(p) for p in places if main.iat[p]]
        cells = [int(p) for p in places if one.iat[p] and not np.isnan(counts["n"][p])]
        everyone = first(counts["n"][total])
        if total and cells and not np.isnan(everyone):
            sizes = [everyone - counts["n"][p] for p in cells]
            yield Line([[p] for p in cells], sizes, max(0.0, everyone - sum(sizes)), tuple(total), groups=True)
