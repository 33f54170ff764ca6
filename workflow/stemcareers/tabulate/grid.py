"""A table before it is html: headers, groups of rows, cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

WITHHELD = "w"
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
        return WITHHELD if self.withheld else f"{self.text} {self.second}".strip()


@dataclass(frozen=True)
class Column:
    """A column: what it is about (a line for each header row, left empty where the one before spans it), its cells."""

    heads: tuple[str, ...]
    n: bool = False  # a count beside the numbers of the column before

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
    """Rows that belong together; the label may be empty."""

    label: str
    rows: list[Row]


@dataclass(frozen=True)
class Grid:
    """The whole table."""

    columns: list[Column]
    groups: list[Group]
    foot: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def withheld(self) -> str:
        """Why cells are withheld, each reason once; empty where none is."""
        return "; ".join(dict.fromkeys(c.withheld for row in self._all() for c in row.cells if c.withheld))

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

    def html(self, caption: str, link: Link | None = None) -> str:
        """The table as html, each number a link where `link` gives one. Nothing is let through unescaped."""
        body = "".join(self._group(group, link) for group in self.groups)
        foot = "".join(_row(row, self.columns, link) for row in self.foot)
        foot = f"<tfoot>\n{foot}</tfoot>\n" if foot else ""
        return (
            f'<table class="estimates">\n<caption>{escape(caption)}</caption>\n'
            f"<thead>\n{self._head()}</thead>\n{body}{foot}</table>\n"
        )

    def _head(self) -> str:
        lines = []
        depth = max(len(column.heads) for column in self.columns)
        for level in range(depth):
            cells = ["<td></td>"]
            for text, span, n in _spans(self.columns, level):
                scope = "colgroup" if span > 1 else "col"
                wide = f' colspan="{span}"' if span > 1 else ""
                kind = ' class="number n"' if n else ' class="number"'
                cells.append(f'<th scope="{scope}"{wide}{kind}>{escape(text)}</th>' if text else f"<td{wide}></td>")
            lines.append(f"<tr>{''.join(cells)}</tr>\n")
        return "".join(lines)

    def _group(self, group: Group, link: Link | None) -> str:
        rows = "".join(_row(row, self.columns, link) for row in group.rows)
        if not group.label:
            return f"<tbody>\n{rows}</tbody>\n"
        wide = len(self.columns) + 1
        head = f'<tr class="group"><th scope="rowgroup" colspan="{wide}">{escape(group.label)}</th></tr>\n'
        return f'<tbody class="group">\n{head}{rows}</tbody>\n'


def _spans(columns: list[Column], level: int) -> list[tuple[str, int, bool]]:
    """Neighbours with the same heads down to this level share one header cell."""
    spans: list[tuple[str, int, bool]] = []
    last: tuple[str, ...] | None = None
    for column in columns:
        heads = column.heads[: level + 1]
        bottom = level == len(column.heads) - 1
        if spans and heads == last and not bottom:
            spans[-1] = (spans[-1][0], spans[-1][1] + 1, False)
        else:
            spans.append((column.heads[level], 1, column.n and bottom))
        last = heads
    return spans


def _row(row: Row, columns: list[Column], link: Link | None) -> str:
    under = f'<br><span class="unit">{escape(row.under)}</span>' if row.under else ""
    cells = "".join(_cell(cell, column, link) for cell, column in zip(row.cells, columns, strict=True))
    return f'<tr><th scope="row">{escape(row.label)}{under}</th>{cells}</tr>\n'


def _cell(cell: Cell, column: Column, link: Link | None) -> str:
    kind = "number n" if column.n else "number"
    leads = link(cell.record) if link is not None and cell.record and not column.n else ""
    if cell.withheld:
        return f'<td class="{kind} withheld" title="{escape(cell.withheld)}">{_linked(WITHHELD, leads)}</td>'
    second = f'<br><span class="interval">{escape(cell.second)}</span>' if cell.second else ""
    return f'<td class="{kind}">{_linked(escape(cell.text), leads)}{second}</td>'


def _linked(html: str, leads: str) -> str:
    return f'<a href="{escape(leads)}">{html}</a>' if leads and html else html


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
