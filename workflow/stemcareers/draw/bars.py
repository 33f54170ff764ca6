"""Bars: shares or means with intervals and n, ordered by value, at most four side by side in a row."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from stemcareers import wording
from stemcareers.config import Figure
from stemcareers.draw import axis, marks, style
from stemcareers.draw.arrange import Arrangement, Entry, arrange, by_value, first_estimate, focus_is_drawn, keeps_order
from stemcareers.draw.key import Sample
from stemcareers.draw.layout import END_GAP, Line, Placed, Row, RowChart, lines_of
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.rowchart import lay
from stemcareers.selection import Selection

QUANTITIES = ("share", "mean", "total", "ratio", "quantile", "variance", "transition", "average", "count")
BAR_AT_LEAST = 60.0  # points for the longest bar beside the number behind it
DIMENSIONS = ("outcome", "level", "sample", "specification")


def picture(figure: Figure, selection: Selection, confidence: str) -> Picture:
    """Bars of the selected shares or means."""
    chosen = selection.of(*QUANTITIES)
    focus_is_drawn(figure, chosen)
    arranged = by_value(arrange(chosen, DIMENSIONS), figure, chosen, first_estimate)
    order = "in the order given" if keeps_order(arranged, figure, chosen) else "from the highest value to the lowest"
    hidden = _hidden(arranged)
    every = _rows(arranged, figure.focus)
    rows = [replace(row, lines=[line for line in row.lines if line.series not in hidden]) for row in every]
    lines = lines_of(rows)
    chart = RowChart(
        rows=rows,
        columns={"n": "n"},
        choices=[("n",)],
        scale=partial(_scale, lines, chosen.quantity),
        paint=_paint,
        extent=_extent,
        x_title=figure.x_title,
        series=[
            Sample(f"{name} (withheld)" if place in hidden else name, partial(_sample, place))
            for place, name in enumerate(arranged.series)
        ],
        zero=0.0,
        least=max((style.width(line.end, line.bold) for line in lines), default=0.0) + BAR_AT_LEAST,
    )
    shown = [line for line in lines if not line.withheld]
    has_interval = any(pd.notna(line.record["ci_low"]) for line in shown)
    return Picture(
        lay=lambda sheet, narrow: lay(chart, sheet, narrow),
        rows=pd.DataFrame([line.record for line in lines_of(every)]),
        message=f"{len(arranged.entries())} rows, {order}",
        values=_told(shown, arranged.series),
        lines=f"{confidence} confidence intervals" if has_interval else "",
        notes=[f"{arranged.series[place]}: {reason}" for place, reason in hidden.items()],
    )


def _hidden(arranged: Arrangement) -> dict[int, str]:
    """The series that are withheld in every row, and why: the key says so once. None where all are."""
    reasons: dict[int, set[str]] = {}
    for entry in arranged.entries():
        for record in entry.records:
            reasons.setdefault(record["place"], set()).add(str(record["withheld"]))
    found = {place: min(told) for place, told in reasons.items() if "" not in told}
    return {p: wording.withheld(told) for p, told in found.items()} if len(found) < len(reasons) else {}


def _rows(arranged: Arrangement, focus: list[str]) -> list[Row]:
    rows = []
    for group in arranged.groups:
        rows += [Row(group.heading, kind="heading")] if group.heading else []
        for entry in group.entries:
            named = [_line(r, entry, arranged.series, focus) for r in entry.records]
            rows.append(Row(entry.label, named, bold=arranged.by_row == "sample" and named[0].bold))
    return rows


def _line(record: dict[str, Any], entry: Entry, names: list[str], focus: list[str]) -> Line:
    place = record["place"]
    told = {**record, "row": entry.name, "series": names[place]}
    if record["withheld"]:
        return Line(told, series=place, withheld=wording.withheld(record["withheld"]))
    end = wording.amount(record["quantity"], record["unit"], float(record["estimate"]))
    cells = {"n": wording.count(record["n"]) if pd.notna(record["n"]) else ""}
    in_focus = record["sample"] in focus
    colour = style.SERIES[place]
    if len(names) == 1 and focus:
        colour = style.DARK_BLUE if in_focus else style.CONTEXT
    return Line(told, cells, end, place, place, colour, bold=in_focus, end_left=float(record["estimate"]) < 0)


def _scale(lines: list[Line], quantity: str, width: float) -> axis.Axis:
    """From zero to where the longest bar, its interval and the number behind it have room."""
    shown = [line for line in lines if not line.withheld]
    if not shown:
        return axis.blank(width)
    reaches = [(min(v), max(v), line) for line in shown for v in [[*marks.bounds([line.record]), 0.0]]]
    first, last = min(r[0] for r in reaches), max(r[1] for r in reaches)
    low, high = first, last if last > first else first + 1.0
    for _ in range(4):  # one end depends on the other only where bars point both ways
        for left, right, line in reaches:
            room = max(width - END_GAP - style.width(line.end, line.bold) - 1, 1.0)
            if line.end_left:
                low = min(low, high - (high - left) * width / room)
            else:
                high = max(high, low + (right - low) * width / room)
    # Ticks end a little beyond the longest interval, and no share is over 100%.
    beyond = min(last * 1.1, 1.0) if quantity in wording.SHARES else last * 1.1
    numbers = axis.Numbers(quantity, shown[0].record["unit"])
    return axis.linear(low, high, width, numbers, (max(low, first * 1.1), min(high, beyond)))


def _extent(line: Line, scale: axis.Axis) -> tuple[float, float]:
    reach = [scale.points(v) for v in [*marks.bounds([line.record]), 0.0]]
    return min(reach), max(reach)


def _paint(axes: Axes, scale: axis.Axis, placed: list[Placed]) -> None:
    axes.set_autoscale_on(False)
    marks.bars(axes, placed)
    marks.intervals(axes, scale, placed, style.INK, halo=True)


def _sample(place: int, axes: Axes, x: float, y: float) -> None:
    marks.swatch(axes, x, y, style.SERIES[place], style.HATCHES[place])


def _told(shown: list[Line], names: list[str]) -> list[Told]:
    """Highest, second, lowest; then the rest."""
    ranked = sorted(shown, key=lambda line: -float(line.record["estimate"]))
    ordered = [*ranked[:2], *ranked[:1:-1]]
    return [_value(line, names) for line in ordered]


def _value(line: Line, names: list[str]) -> Told:
    r = line.record
    series = f" ({names[r['place']]})" if len(names) > 1 else ""
    number = (float(r["estimate"]), float(r["ci_low"]), float(r["ci_high"]))
    return Told(f"{r['row']}{series}", wording.estimate(r["quantity"], r["unit"], *number))
