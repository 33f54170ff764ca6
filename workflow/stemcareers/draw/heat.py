"""Heat map: a number in each cell, on a blue the darker the more; rows and columns by what differs, n beside rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.patches import Rectangle

from stemcareers import wording
from stemcareers.config import Figure
from stemcareers.draw import style
from stemcareers.draw.arrange import Record, is_ordered
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.sheet import Sheet, Words, text
from stemcareers.errors import Problem
from stemcareers.selection import Selection, records_of

QUANTITIES = ("share", "mean", "total", "ratio", "average", "transition", "count")
DIMENSIONS = ("specification", "outcome", "sample")
ANSWERS = ("specification", "sample", "outcome", "level")
ROW, ROW_GAP, HEADING_GAP = 22.0, 1.5, 8.0
CELL_LEAST, CELL_MOST, CELL_PAD = 34.0, 92.0, 8.0
LABEL_GAP, N_GAP = 8.0, 10.0
SHARE_OF_LABELS = 0.42
HATCH = "///"


@dataclass(frozen=True)
class HeatRow:
    """A row of cells, one for each column; None where there is no such estimate."""

    label: str
    name: str
    cells: list[Record | None]

    @property
    def shown(self) -> list[Record]:
        return [cell for cell in self.cells if cell is not None and not cell["withheld"]]

    def n(self) -> str:
        n = [int(cell["n"]) for cell in self.shown if pd.notna(cell["n"])]
        return wording.several(n) if n else ""


@dataclass(frozen=True)
class Grid:
    """The columns, and under each heading its rows."""

    columns: list[str]
    groups: list[tuple[str, list[HeatRow]]]

    @property
    def rows(self) -> list[HeatRow]:
        return [row for _, rows in self.groups for row in rows]

    def values(self) -> list[float]:
        return [float(cell["estimate"]) for row in self.rows for cell in row.shown]


def picture(figure: Figure, selection: Selection, confidence: str) -> Picture:
    """The grid of the selected estimates."""
    chosen = selection.of(*QUANTITIES)
    grid = _of_config(figure, chosen) if figure.grid else _of_differences(figure, chosen)
    records = [
        {**cell, "row": row.name, "series": column}
        for row in grid.rows
        for column, cell in zip(grid.columns, row.cells, strict=True)
        if cell is not None
    ]
    return Picture(
        lay=partial(_lay, grid, figure.x_title),
        rows=pd.DataFrame(records),
        message=f"{len(grid.rows)} rows by {len(grid.columns)} columns",
        values=_told(records),
        notes=[
            f"The darker, the more. {confidence} confidence intervals stand in the table under the figure",
            *wording.marks((str(r["withheld"]) for r in records), because=False),
        ],
    )


def _of_config(figure: Figure, selection: Selection) -> Grid:
    """The grid that config lays out: rows and columns made of outcomes."""
    records: dict[str, Record] = {}
    for record in records_of(selection.rows):
        if str(record["outcome"]) in records:
            raise Problem(
                selection.where,
                f"a grid has one number for each outcome, and '{record['outcome']}' has several; "
                "name one sample and level",
            )
        records[str(record["outcome"])] = record
    rows = [HeatRow(label, label, [records.get(o) for o in outcomes]) for label, outcomes in figure.grid.items()]
    return Grid(list(figure.columns), [("", _ranked(rows, figure, False))])


def _of_differences(figure: Figure, selection: Selection) -> Grid:
    """Rows, columns and perhaps headings by what differs between the estimates, the last for the columns."""
    differing: list[str] = []
    answers = selection.rows["level"].nunique() > 1
    for dimension in ANSWERS if answers else DIMENSIONS:
        if selection.rows[dimension].nunique() < 2:
            continue
        if differing and selection.rows.groupby(differing, sort=False)[dimension].nunique().max() == 1:
            continue  # follows from the others
        differing.append(dimension)
    if len(differing) not in (2, 3):
        counts = ", ".join(f"{selection.rows[d].nunique()} {d}s" for d in differing) or "one estimate"
        raise Problem(selection.where, f"a heat map has rows and columns, perhaps under headings; found {counts}")
    by_heading, by_row, by_column = ["", *differing][-3:]
    ordered = selection.by(*filter(None, [by_heading, by_row, by_column]))
    names = {
        _id(by_column, r, selection): selection.label(by_column, r) for r in records_of(selection.by(by_column).rows)
    }
    groups: dict[str, dict[str, dict[str, Record]]] = {}
    headings: dict[str, str] = {}
    for record in records_of(ordered.rows):
        heading = str(record[by_heading]) if by_heading else ""
        headings[heading] = selection.label(by_heading, record) if by_heading else ""
        row = groups.setdefault(heading, {}).setdefault(str(record[by_row]), {})
        row[_id(by_column, record, selection)] = record
    made = []
    for heading, rows in groups.items():
        found = [_row(parts, list(names), by_row, headings[heading], selection) for parts in rows.values()]
        first = next(iter(next(iter(rows.values())).values()))
        made.append((headings[heading], _ranked(found, figure, is_ordered(by_row, first, selection))))
    return Grid(list(names.values()), made)


def _id(dimension: str, record: Record, selection: Selection) -> str:
    """What makes a column: of answers their words, as another question may have another code for the same."""
    return selection.label(dimension, record) if dimension == "level" else str(record[dimension])


def _row(parts: dict[str, Record], columns: list[str], by_row: str, heading: str, selection: Selection) -> HeatRow:
    label = selection.label(by_row, next(iter(parts.values())))
    return HeatRow(label, f"{heading}: {label}" if heading else label, [parts.get(column) for column in columns])


def _ranked(rows: list[HeatRow], figure: Figure, ordered: bool) -> list[HeatRow]:
    """Rows from the highest mean to the lowest; as given where the figure says so or their order means something."""
    if figure.order == "given" or ordered:
        return rows

    def mean(row: HeatRow) -> float:
        values = [float(cell["estimate"]) for cell in row.shown]
        return sum(values) / len(values) if values else -math.inf

    return sorted(rows, key=lambda row: -mean(row))


@dataclass(frozen=True)
class Frame:
    """How the width is shared out; `beside` where labels stand left of their cells, not above them."""

    left: float
    cell: float
    beside: bool
    n_right: float
    names: list[list[str]]


def _lay(grid: Grid, x_title: str, sheet: Sheet, narrow: bool) -> None:
    frame = _frame(grid, sheet.width, narrow)
    sheet.paragraph(x_title)
    sheet.y += 4
    lines = max(len(name) for name in frame.names)
    for place, name in enumerate(frame.names):
        for i, line in enumerate(name):
            middle = sheet.y + (lines - len(name) + i + 0.5) * style.LEADING
            sheet.write(_middle(place, frame), middle, line, colour=style.GREY, align="center")
    if frame.beside:
        sheet.write(frame.n_right, sheet.y + (lines - 0.5) * style.LEADING, "n", colour=style.GREY, align="right")
    sheet.y += lines * style.LEADING + 3
    colour = _colours(grid)
    for number, (heading, rows) in enumerate(grid.groups):
        sheet.y += HEADING_GAP if number else 0
        if heading:
            sheet.paragraph(heading, bold=True)
            sheet.y += 2
        for row in rows:
            _one(row, frame, colour, sheet)
    sheet.y += 2


def _frame(grid: Grid, width: float, narrow: bool) -> Frame:
    count = len(grid.columns)
    numbers = [_cell_text(cell) for row in grid.rows for cell in row.cells if cell is not None]
    widest = max((style.width(n) for n in numbers), default=0.0) + CELL_PAD
    words = [max(style.width(word) for word in name.split()) for name in grid.columns]
    least = max(CELL_LEAST, widest, max(words) + 4)
    n_width = max([style.width(row.n()) for row in grid.rows] + [style.width("n")])
    labels = max(style.width(row.label) for row in grid.rows) + LABEL_GAP + 0.5
    room = width - n_width - N_GAP
    left = min(labels, max(room - count * least, 0.0), SHARE_OF_LABELS * width if not narrow else 0.34 * width)
    longest = max(style.width(word) for row in grid.rows for word in row.label.split()) + LABEL_GAP
    beside = left >= min(longest, labels)
    if not beside:  # n stands behind the label then
        cell = width / count
        return Frame(0.0, cell, False, width, [style.wrap(name, cell) for name in grid.columns])
    cell = min((room - left) / count, CELL_MOST)
    return Frame(left, cell, True, left + count * cell + N_GAP + n_width, [style.wrap(n, cell) for n in grid.columns])


def _middle(place: int, frame: Frame) -> float:
    return frame.left + (place + 0.5) * frame.cell


def _one(row: HeatRow, frame: Frame, colour: Any, sheet: Sheet) -> None:
    n = f" ({style.unbroken(f'n = {row.n()}')})" if row.n() and not frame.beside else ""
    lines = style.wrap(row.label + n, frame.left - LABEL_GAP if frame.beside else frame.n_right)
    if not frame.beside:
        for line in lines:
            sheet.write(0.0, sheet.y + style.LEADING / 2 + 1, line)
            sheet.y += style.LEADING
        sheet.y += 2
    height = max(ROW, style.LEADING * len(lines) + 2) if frame.beside else ROW
    middle = sheet.y + height / 2
    if frame.beside:
        for i, line in enumerate(lines):
            sheet.write(0.0, middle + (i - (len(lines) - 1) / 2) * style.LEADING, line)
        sheet.write(frame.n_right, middle, row.n(), align="right")
    sheet.panel(
        frame.left, sheet.y, frame.cell * len(row.cells), height, partial(_paint, row, frame.cell, height, colour)
    )
    sheet.y += height + (ROW_GAP if frame.beside else 5.0)


def _colours(grid: Grid) -> Any:
    """A blue for a value: from nothing (of means: from the least) to the most there is."""
    values = grid.values()
    shares = any(cell["quantity"] in wording.SHARES for row in grid.rows for cell in row.shown)
    low = 0.0 if shares else min(values, default=0.0)
    high = max(values, default=1.0)
    ramp = LinearSegmentedColormap.from_list("heat", ("#EEF3F8", *style.SEQUENTIAL))
    return lambda value: to_hex(ramp((value - low) / (high - low) if high > low else 0.5))


def _paint(row: HeatRow, cell: float, height: float, colour: Any, axes: Axes) -> None:
    axes.set_xlim(0, cell * len(row.cells))
    for place, record in enumerate(row.cells):
        if record is None:
            continue
        shown = not record["withheld"]
        fill = colour(float(record["estimate"])) if shown else style.WHITE
        axes.add_patch(
            Rectangle(
                (place * cell + 0.75, 0),
                cell - 1.5,
                height,
                facecolor=fill,
                edgecolor="none" if shown else style.GRID,
                hatch=None if shown else HATCH,
                linewidth=0,
            )
        )
        ink = style.readable_on(fill)
        at = ((place + 0.5) * cell, height / 2 + style.BASELINE)
        words = Words(*at, _cell_text(record), colour=ink, align="center", clear=not shown)
        axes.add_artist(text(words, words.x, words.y)).set_zorder(5)


def _cell_text(record: Record) -> str:
    if record["withheld"]:
        return wording.mark(str(record["withheld"]))
    return wording.amount(record["quantity"], record["unit"], float(record["estimate"]))


def _told(records: list[Record]) -> list[Told]:
    """Highest, second, lowest; then the rest."""
    shown = [r for r in records if not r["withheld"]]
    ranked = sorted(shown, key=lambda r: -float(r["estimate"]))
    told = []
    for r in [*ranked[:2], *ranked[:1:-1]]:
        numbers = (float(r[k]) for k in ("estimate", "ci_low", "ci_high"))
        told.append(Told(f"{r['row']}, {r['series']}", wording.estimate(r["quantity"], r["unit"], *numbers)))
    return told
