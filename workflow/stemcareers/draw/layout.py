"""Rows with labels, marks and texts, and how the width and the height are shared out among them.

Everything is measured before it is placed, so that no label is cut off or runs into another. Where the width does
not do, labels move above their marks, or the less important texts on the right fall away (the csv holds them all).
Lengths are in points; heights run down from the top of the plot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from matplotlib.axes import Axes

from stemcareers.draw import style
from stemcareers.draw.axis import Axis
from stemcareers.draw.key import Sample

GUTTER_GAP = 8.0
COLUMN_GAP = 10.0
ROW_GAP = 6.0
HEADING_GAP = 7.0
INDENT = 10.0
DENSE = 24  # from so many rows of one line on, they stand as close as lines of text
PLOT_WIDE, PLOT_NARROW = 140.0, 100.0
SHARE_OF_PLOT = 0.36
LINES_LEFT_NARROW = 2
END_GAP = 5.0


@dataclass
class Line:
    """A mark with the texts to its right, or the reason why there is none.

    record  what is drawn: an estimates row, or what the kind needs.
    cells   texts in the columns on the right, by the column's name.
    series  which of the marks side by side in a row it is.
    look    which shape or pattern it has.
    end     text behind the end of the mark, or before its left end.
    """

    record: dict[str, Any]
    cells: dict[str, str] = field(default_factory=dict)
    end: str = ""
    series: int = 0
    look: int = 0
    colour: str = style.DARK_BLUE
    bold: bool = False
    withheld: str = ""
    end_left: bool = False


@dataclass
class Row:
    """A label and its lines. Headings have none; the line of an average runs through all rows of its group."""

    label: str
    lines: list[Line] = field(default_factory=list)
    kind: Literal["row", "heading", "average"] = "row"
    bold: bool = False
    indent: float = 0.0


@dataclass(frozen=True)
class Placed:
    """A line and the height of its middle."""

    line: Line
    y: float


@dataclass
class RowChart:
    """Rows, the columns of text beside them, and how to scale and paint the marks.

    columns     heading of each column, by name; a line break where it may be broken.
    choices     which columns to show, best first.
    scale       the scale for a plot of this width.
    extent      from where to where a mark reaches on a scale.
    direct      name the series at their marks where there is room, not in a key.
    zero        where no difference lies: a dark line.
    keep_left   rather drop columns than move labels above their marks.
    least       the width the plot must have, beside what any plot must.
    """

    rows: list[Row]
    columns: dict[str, str]
    choices: list[tuple[str, ...]]
    scale: Callable[[float], Axis]
    paint: Callable[[Axes, Axis, list[Placed]], None]
    extent: Callable[[Line, Axis], tuple[float, float]]
    x_title: str
    series: list[Sample] = field(default_factory=list)
    direct: bool = True
    zero: float | None = None
    keep_left: bool = False
    least: float = 0.0


@dataclass(frozen=True)
class Plan:
    """One way to share out the width."""

    width: float
    left: bool
    columns: tuple[str, ...]
    column_widths: tuple[float, ...]
    gutter: float
    plot_left: float
    axis: Axis

    def rights(self) -> list[float]:
        """The right edges of the columns."""
        found = [self.width]
        for column in self.column_widths[:0:-1]:
            found.append(found[-1] - column - COLUMN_GAP)
        return found[::-1] if self.column_widths else []


@dataclass(frozen=True)
class Band:
    """A row with its place: its label, the middles of its lines, and where the grid may show."""

    row: Row
    top: float
    height: float
    label: tuple[str, ...]
    label_top: float
    middles: tuple[float, ...]
    reasons: tuple[tuple[str, ...], ...]
    zones: tuple[tuple[float, float], ...]

    @property
    def bottom(self) -> float:
        return self.top + self.height


def plan(chart: RowChart, width: float, narrow: bool) -> Plan:
    """The best way to share out the width that leaves the plot enough of it."""
    least = max(PLOT_NARROW if narrow else PLOT_WIDE, chart.least)
    if chart.keep_left:
        ways = [(left, columns) for left in (True, False) for columns in chart.choices]
    else:
        ways = [(left, columns) for columns in chart.choices for left in (True, False)]
    for left, columns in ways:
        found = _shared(chart, width, left, columns, least, LINES_LEFT_NARROW if narrow else None)
        if found is not None:
            return found
    last = _shared(chart, width, False, chart.choices[-1], 0.0, None)
    if last is None:
        raise AssertionError("labels above their marks need no width of their own")
    return last


def bands(chart: RowChart, way: Plan) -> list[Band]:
    """All rows, one below the other."""
    lines = sum(len(row.lines) for row in chart.rows)
    dense = way.left and lines > DENSE and all(len(row.lines) <= 1 for row in chart.rows)
    found: list[Band] = []
    for row in chart.rows:
        found.append(_band(row, way, found[-1].bottom if found else 0.0, dense))
    return found


def _shared(
    chart: RowChart, width: float, left: bool, columns: tuple[str, ...], least: float, most_lines: int | None
) -> Plan | None:
    widths = tuple(_column_width(chart, name) for name in columns)
    right = max(sum(widths) + COLUMN_GAP * len(widths), 2.0)
    rows = [row for row in chart.rows if row.kind == "row" and row.label]
    gutter = 0.0
    if left and rows:
        needed = max(style.width(row.label, row.bold) + row.indent for row in rows) + 0.5
        gutter = min(needed, width - right - GUTTER_GAP - max(least, SHARE_OF_PLOT * width))
        if gutter < min(needed, 0.2 * width):
            return None
        if most_lines and max(len(style.wrap(r.label, gutter - r.indent, r.bold)) for r in rows) > most_lines:
            return None
    start = gutter + GUTTER_GAP if gutter else 2.0
    if width - start - right < least:
        return None
    axis = chart.scale(width - start - right)
    # Half of the first and the last tick label may stick out of the plot, but not out of the picture.
    before = max((style.width(t.label) / 2 - axis.points(t.at) for t in axis.ticks), default=0.0) + 1
    after = max((style.width(t.label) / 2 + axis.points(t.at) - axis.width for t in axis.ticks), default=0.0) + 1
    if before > start or after > right:
        start, right = max(start, before), max(right, after)
        axis = chart.scale(width - start - right)
    return Plan(width, left, columns, widths, gutter, start, axis)


def _column_width(chart: RowChart, name: str) -> float:
    cells = [style.width(line.cells.get(name, ""), line.bold) for row in chart.rows for line in row.lines]
    return max([*cells, *(style.width(part) for part in chart.columns[name].split("\n"))])


def _band(row: Row, way: Plan, top: float, dense: bool) -> Band:
    beside = way.left and row.kind == "row"
    room = (way.gutter if beside else way.axis.width if row.kind == "average" else way.width) - row.indent
    label = tuple(style.wrap(row.label, room, row.bold or row.kind == "heading")) if row.label else ()
    reasons = tuple(
        tuple(style.wrap(line.withheld, way.width - way.plot_left)) if line.withheld else () for line in row.lines
    )
    mark = 0.0 if row.kind != "row" else style.LEADING if dense else style.MARK
    heights = [max(mark, style.LEADING * len(reason)) for reason in reasons]
    gap = 0.0 if dense and row.kind == "row" else ROW_GAP
    above = gap / 2 + (HEADING_GAP if row.kind == "heading" and top else 0.0)
    words, marks = style.LEADING * len(label), sum(heights)
    inner = max(words, marks) if beside else words + marks
    marks_top = top + above + ((inner - marks) / 2 if beside else words)
    label_top = top + above + ((inner - words) / 2 if beside else 0.0)
    height = above + inner + gap / 2
    middles = tuple(marks_top + sum(heights[:i]) + h / 2 for i, h in enumerate(heights))
    zones = _zones(row, top, height, marks_top, heights, beside)
    return Band(row, top, height, label, label_top, middles, reasons, zones)


def _zones(
    row: Row, top: float, height: float, marks_top: float, heights: list[float], beside: bool
) -> tuple[tuple[float, float], ...]:
    """Where grid lines may run without crossing words."""
    if row.kind != "row" or not row.lines:
        return ()
    if beside and not any(line.withheld for line in row.lines):
        return ((top, top + height),)
    edges = [marks_top + sum(heights[:i]) for i in range(len(heights) + 1)]
    shown = [(a, b) for a, b, line in zip(edges, edges[1:], row.lines, strict=False) if not line.withheld]
    return tuple(shown)


def lines_of(rows: Iterable[Row]) -> list[Line]:
    """All lines of marks, without averages."""
    return [line for row in rows if row.kind == "row" for line in row.lines]
