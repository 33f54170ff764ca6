"""Put a chart of rows on a sheet: labels, columns, grid, marks, averages, scale."""

from __future__ import annotations

from dataclasses import dataclass

from matplotlib.axes import Axes

from stemcareers.draw import key, style
from stemcareers.draw.axis import Axis
from stemcareers.draw.layout import COLUMN_GAP, END_GAP, ROW_GAP, Band, Placed, Plan, RowChart, bands, plan
from stemcareers.draw.sheet import Sheet

TICK_GAP = 3.0
TOP_GAP = 4.0


@dataclass(frozen=True)
class Average:
    """Where the line of an average lies, and from where to where it runs."""

    at: float
    top: float
    bottom: float

    def within(self, zones: list[tuple[float, float]]) -> list[tuple[float, float]]:
        """The parts of it that cross no words: from its own label down, where grid lines may run."""
        inside = [(max(top, self.top), min(bottom, self.bottom)) for top, bottom in zones]
        return [(top, bottom) for top, bottom in inside if bottom > top]


def lay(chart: RowChart, sheet: Sheet, narrow: bool) -> None:
    """Put the chart on the sheet, and move below it."""
    way = plan(chart, sheet.width, narrow)
    rows = bands(chart, way)
    reaches = [[_reach(chart, p, way.axis) for p in _marks(band)] for band in rows] if chart.direct else []
    crossing = [] if chart.zero is None else [way.axis.points(chart.zero)]
    names = key.at_marks(chart.series, reaches, way.axis.width, crossing)
    _top(chart, way, sheet, with_key=len(chart.series) > 1 and not names)
    top, height = sheet.y, rows[-1].bottom
    for band in rows:
        _label(band, way, sheet, top)
        _texts(chart, band, way, sheet, top)
    for name in names:
        sheet.write(way.plot_left + name.x, top + name.y, name.label, colour=style.GREY, clear=True)
    averages = _averages(rows)
    marks = [p for band in rows for p in _marks(band)]

    def paint(axes: Axes) -> None:
        if way.axis.log:
            axes.set_xscale("log")
        axes.set_xlim(way.axis.low, way.axis.high)
        _grid(axes, way.axis, chart.zero, [zone for band in rows for zone in band.zones])
        for average in averages:
            for top, bottom in _merged(average.within([zone for band in rows for zone in band.zones])):
                axes.vlines(average.at, top, bottom, color=style.GREY, linewidth=1, linestyles=(0, (4, 2)))
        chart.paint(axes, way.axis, marks)

    sheet.panel(way.plot_left, top, way.axis.width, height, paint)
    sheet.y = top + height
    scale(way.axis, way.plot_left, sheet)
    title(chart.x_title, way.plot_left, sheet)


def scale(axis: Axis, left: float, sheet: Sheet) -> None:
    """The labels of a scale's ticks."""
    for tick in axis.ticks:
        middle = sheet.y + TICK_GAP + style.LEADING / 2
        sheet.write(left + axis.points(tick.at), middle, tick.label, colour=style.GREY, align="center")
    sheet.y += TICK_GAP + style.LEADING


def title(words: str, left: float, sheet: Sheet) -> None:
    """What a scale measures, under it; from the left edge of the picture where the room under the plot is short."""
    fits = style.width(words) <= sheet.width - left
    sheet.y += 2
    sheet.paragraph(words, left if fits or left < 0.45 * sheet.width else 0.0)


def _marks(band: Band) -> list[Placed]:
    if band.row.kind != "row":
        return []
    both = zip(band.row.lines, band.middles, strict=True)
    return [Placed(line, y) for line, y in both if not line.withheld]


def _reach(chart: RowChart, placed: Placed, axis: Axis) -> key.Reach:
    left, right = chart.extent(placed.line, axis)
    if placed.line.end:
        wide = END_GAP + style.width(placed.line.end, placed.line.bold)
        left, right = (left - wide, right) if placed.line.end_left else (left, right + wide)
    return key.Reach(placed.line.series, left, right, placed.y)


def _top(chart: RowChart, way: Plan, sheet: Sheet, with_key: bool) -> None:
    """The key on the left and the headings of the columns on the right, which share their lines."""
    parts = [chart.columns[name].split("\n") for name in way.columns]
    lines = max((len(part) for part in parts), default=0)
    taken = sum(way.column_widths) + COLUMN_GAP * len(way.column_widths)
    height = lines * style.LEADING
    if with_key:
        height = max(height, key.above(chart.series, sheet, way.width - taken))
    for part, right in zip(parts, way.rights(), strict=True):
        for i, line in enumerate(part):
            middle = sheet.y + height - (len(part) - i - 0.5) * style.LEADING
            sheet.write(right, middle, line, colour=style.GREY, align="right")
    sheet.y += height + (TOP_GAP if height else 0.0)


def _label(band: Band, way: Plan, sheet: Sheet, top: float) -> None:
    bold = band.row.bold or band.row.kind == "heading"
    for i, line in enumerate(band.label):
        middle = top + band.label_top + (i + 0.5) * style.LEADING
        if band.row.kind == "average":
            half = style.width(line) / 2
            at = way.axis.width / 2
            if not band.row.lines[0].withheld:
                at = way.axis.points(band.row.lines[0].record["estimate"])
            x = way.plot_left + min(max(at, half), way.axis.width - half)
            sheet.write(x, middle, line, colour=style.GREY, align="center")
        else:
            sheet.write(band.row.indent, middle, line, bold=bold)


def _texts(chart: RowChart, band: Band, way: Plan, sheet: Sheet, top: float) -> None:
    """What stands in the columns and behind the marks; or why nothing does."""
    if band.row.kind != "row":
        return
    for reason, middle in zip(band.reasons, band.middles, strict=True):
        for i, words in enumerate(reason):
            y = top + middle + (i - (len(reason) - 1) / 2) * style.LEADING
            sheet.write(way.plot_left, y, words, colour=style.GREY, clear=True)
    for placed in _marks(band):
        line, middle = placed.line, top + placed.y
        for name, right in zip(way.columns, way.rights(), strict=True):
            if line.cells.get(name):
                sheet.write(right, middle, line.cells[name], bold=line.bold, align="right")
        if line.end:
            left, right = chart.extent(line, way.axis)
            if line.end_left:
                sheet.write(way.plot_left + left - END_GAP, middle, line.end, bold=line.bold, align="right", clear=True)
            else:
                sheet.write(way.plot_left + right + END_GAP, middle, line.end, bold=line.bold, clear=True)


def _averages(rows: list[Band]) -> list[Average]:
    """The averages' lines, each to the end of its group."""
    found = []
    for place, band in enumerate(rows):
        if band.row.kind == "average" and not band.row.lines[0].withheld:
            ends = _ends(rows[place + 1 :])
            at = float(band.row.lines[0].record["estimate"])
            found.append(Average(at, band.bottom - ROW_GAP / 2, ends[0] if ends else rows[-1].bottom))
    return found


def _ends(rows: list[Band]) -> list[float]:
    """Where the groups of other averages begin: at their headings."""
    others = [place for place, band in enumerate(rows) if band.row.kind == "average"]
    return [rows[p - 1].top if p and rows[p - 1].row.kind == "heading" else rows[p].top for p in others]


def _grid(axes: Axes, axis: Axis, zero: float | None, zones: list[tuple[float, float]]) -> None:
    """Light lines at the ticks, a dark one at no difference, and only where they cross no words."""
    for top, bottom in _merged(zones):
        axes.vlines([t.at for t in axis.ticks], top, bottom, color=style.GRID, linewidth=0.6, zorder=0)
        if zero is not None:
            axes.vlines(zero, top, bottom, color=style.GREY, linewidth=1.0, zorder=0.5)


def _merged(zones: list[tuple[float, float]]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for top, bottom in zones:
        if merged and abs(merged[-1][1] - top) < 1e-6:
            merged[-1] = (merged[-1][0], bottom)
        else:
            merged.append((top, bottom))
    return merged
