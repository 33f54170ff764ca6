"""A table before it is written in any format: headers, groups of rows, cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from stemcareers import wording

BOLD = 1.1  # how wide a letter of a head is, beside one of a number
Link = Callable[[Mapping[str, Any]], str]  # where the estimates row of a cell is explained
IDS = ("specification", "sample", "outcome", "quantity", "term", "level")
NUMBERS = ("estimate", "ci_low", "ci_high")
TYPES = {
    **dict.fromkeys(("row", "column", "shown", *IDS), "string"),
    **dict.fromkeys(NUMBERS, "float64"),
    "n": "Int64",
    **dict.fromkeys(("unit", "withheld"), "string"),
}


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: a number, what is written under or behind it, and the estimates row it comes from."""

    text: str = ""
    second: str = ""
    withheld: str = ""
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The cell as one line of text."""
        return wording.mark(self.withheld) if self.withheld else f"{self.text} {self.second}".strip()

    @property
    def lines(self) -> tuple[str, ...]:
        """The cell as the lines it is set in: the number, and under it what is written second."""
        return (wording.mark(self.withheld),) if self.withheld else tuple(filter(None, (self.text, self.second)))


@dataclass(frozen=True)
class Column:
    """A column: what it is about (a line for each header row, left empty where the one before spans it), its cells.

    apart  the last heads of the two columns that it is set as, where what cells hold second has one of its own.
    """

    heads: tuple[str, ...]
    n: bool = False  # a count beside the numbers of the column before
    apart: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        return ": ".join(head for head in self.heads if head)


@dataclass(frozen=True)
class Row:
    """A row: its label, a smaller line under it, its cells."""

    label: str
    cells: list[Cell]
    under: str = ""


@dataclass(frozen=True)
class Group:
    """Rows that belong together; the label may be empty. `part` is the heading over several groups, if any."""

    label: str
    rows: list[Row]
    part: str = ""


@dataclass(frozen=True)
class Head:
    """A header cell: its words, over how many columns, and whether these are counts."""

    text: str
    span: int = 1
    n: bool = False


@dataclass(frozen=True)
class Grid:
    """The whole table."""

    columns: list[Column]
    groups: list[Group]
    foot: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def marks(self) -> list[str]:
        """What the letters mean that stand for numbers not shown, and why; none where all are shown."""
        return wording.marks(c.withheld for row in self._all() for c in row.cells)

    def _all(self) -> Iterable[Row]:
        yield from (row for group in self.groups for row in group.rows)
        yield from self.foot

    def rows(self) -> pd.DataFrame:
        """One row per filled cell, in the order of the table; counts beside a number stand in its row."""
        found = []
        for group in self.groups:
            for row in group.rows:
                name = f"{group.label}: {row.label}" if group.label else row.label
                found += [_flat(name, c, cell) for c, cell in zip(self.columns, row.cells, strict=True) if not c.n]
        for row in self.foot:
            found += [_flat(row.label, c, cell) for c, cell in zip(self.columns, row.cells, strict=True)]
        return pd.DataFrame([f for f in found if f["shown"]], columns=list(TYPES)).astype(TYPES)

    def laid_out(self) -> Grid:
        """The table as it is set: intervals that have a column of their own stand in it."""
        if not any(column.apart for column in self.columns):
            return self
        return replace(
            self,
            columns=[part for column in self.columns for part in _parted(column)],
            groups=[replace(group, rows=[self._laid_out(row) for row in group.rows]) for group in self.groups],
            foot=[self._laid_out(row) for row in self.foot],
        )

    def _laid_out(self, row: Row) -> Row:
        pairs = zip(row.cells, self.columns, strict=True)
        return replace(row, cells=[part for cell, column in pairs for part in _cells_of(cell, column)])

    def heads(self) -> Iterator[list[Head]]:
        """The header rows, the upper ones first; neighbours with the same heads down to a row share one cell."""
        for level in range(max(len(column.heads) for column in self.columns)):
            spans: list[Head] = []
            last: tuple[str, ...] | None = None
            for column in self.columns:
                heads = column.heads[: level + 1]
                bottom = level == len(column.heads) - 1
                if spans and heads == last and not bottom:
                    spans[-1] = Head(spans[-1].text, spans[-1].span + 1)
                else:
                    spans.append(Head(column.heads[level], 1, column.n and bottom))
                last = heads
            yield spans

    def widths(self, under: float = 1.0) -> list[float]:
        """How many letters wide each column is: as its longest number or interval, and the longest word of its heads.

        under  how wide a letter is that stands under a number, beside one of the number.
        """
        return [self._letters(column, place, under) for place, column in enumerate(self.columns)]

    def _letters(self, column: Column, place: int, under: float) -> float:
        lines = [row.cells[place].lines for row in self._all()]
        numbers = [len(line) * (under if second else 1) for cell in lines for second, line in enumerate(cell)]
        words = [len(word) * BOLD for head in column.heads for word in head.split()]
        return round(max([*numbers, *words], default=0) + 0.5, 1)

    def parted(self) -> Iterator[tuple[str, Group]]:
        """Each group, with the heading that stands before it; empty where the heading before goes on."""
        last = ""
        for group in self.groups:
            yield (group.part if group.part != last else ""), group
            last = group.part


def _parted(column: Column) -> list[Column]:
    if column.apart is None:
        return [column]
    return [Column((*column.heads[:-1], head)) for head in column.apart]


def _cells_of(cell: Cell, column: Column) -> list[Cell]:
    if column.apart is None:
        return [cell]
    inner = cell.second.removeprefix("(").removesuffix(")")
    return [replace(cell, second=""), Cell("" if cell.withheld else inner)]


def _flat(row: str, column: Column, cell: Cell) -> dict[str, Any]:
    record = cell.record
    hidden = bool(cell.withheld)
    numbers = {name: float("nan") if hidden else record.get(name, float("nan")) for name in NUMBERS}
    return {
        "row": row,
        "column": column.name,
        "shown": cell.shown,
        **{name: record.get(name, "") for name in IDS},
        **numbers,
        "n": pd.NA if hidden else record.get("n", pd.NA),
        "unit": record.get("unit", ""),
        "withheld": cell.withheld,
    }
