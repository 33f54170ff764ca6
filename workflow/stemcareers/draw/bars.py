"""Bars: shares or means with intervals and n, ordered by value, at most four side by side in a row."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from stemcareers import wording
from stemcareers.config import Figure
from stemcareers.draw import axis, marks, style
from stemcareers.draw.arrange import Arrangement, Entry, arrange, by_value, first_estimate
from stemcareers.draw.key import Sample
from stemcareers.draw.layout import END_GAP, Line, Placed, Row, RowChart, lines_of
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.rowchart import lay
from stemcareers.selection import Selection

QUANTITIES = ("share", "mean", "count")
DIMENSIONS = ("outcome", "level", "sample", "specification")


def picture(figure: Figure, selection: Selection, confidence: str) -> Picture:
    """Bars of the selected shares or means."""
    chosen = selection.of(*QUANTITIES)
    arranged = by_value(arrange(chosen, DIMENSIONS), figure, chosen, first_estimate)
    rows = _rows(arranged, figure.focus)
    lines = lines_of(rows)
    chart = RowChart(
        rows=rows,
        columns={"n": "n"},
        choices=[("n",)],
        scale=partial(_scale, lines, chosen.quantity),
        paint=_paint,
        extent=_extent,
        x_title=figure.x_title,
        series=[Sample(name, partial(_sample, place)) for place, name in enumerate(arranged.series)],
        zero=0.0,
    )
    shown = [line for line in lines if not line.withheld]
    has_interval = any(pd.notna(line.record["ci_low"]) for line in shown)
    return Picture(
        lay=lambda sheet, narrow: lay(chart, sheet, narrow),
        rows=pd.DataFrame([line.record for line in lines]),
        message=f"{len(arranged.entries())} rows, {_order(arranged, figure)}",
        values=_told(shown, arranged.series),
        lines=f"{confidence} confidence intervals" if has_interval else "",
    )


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
    return Line(told, cells, end, place, colour, bold=in_focus, end_left=float(record["estimate"]) < 0)


def _scale(lines: list[Line], quantity: str, width: float) -> axis.Axis:
    """From zero to where the longest bar, its interval and the number behind it have room."""
    shown = [line for line in lines if not line.withheld]
    values = [*marks.bounds(line.record for line in shown), 0.0]
    low, high = min(values), max(values)
    if high == low:
        high = low + 1.0
    numbers = axis.Numbers(quantity, shown[0].record["unit"] if shown else "")
    for _ in range(8):  # the room a number takes depends on the scale, and the scale on that room; this settles fast
        scale = axis.Axis(low, high, width, ())
        short_right = max((_ends(line, scale)[1] - width for line in shown), default=0.0)
        short_left = max((-_ends(line, scale)[0] for line in shown), default=0.0)
        if short_right <= 0 and short_left <= 0:
            break
        span = (high - low) / width
        high += max(short_right + 1, 0) * span * 1.2 if short_right > 0 else 0
        low -= max(short_left + 1, 0) * span * 1.2 if short_left > 0 else 0
    return axis.linear(low, high, width, numbers, (max(low, min(values)), min(high, _last(values, quantity))))


def _last(values: list[float], quantity: str) -> float:
    """Up to where ticks stand: a little beyond the longest interval, but no share is over 100%."""
    return min(max(values) * 1.1, 1.0) if quantity == "share" else max(values) * 1.1


def _ends(line: Line, scale: axis.Axis) -> tuple[float, float]:
    left, right = _extent(line, scale)
    wide = END_GAP + style.width(line.end, line.bold)
    return (left - wide, right) if line.end_left else (left, right + wide)


def _extent(line: Line, scale: axis.Axis) -> tuple[float, float]:
    reach = [scale.points(v) for v in [*marks.bounds([line.record]), 0.0]]
    return min(reach), max(reach)


def _paint(axes: Axes, scale: axis.Axis, placed: list[Placed]) -> None:
    axes.set_autoscale_on(False)
    for p in placed:
        hatch = style.HATCHES[p.line.series]
        marks.bar(axes, 0.0, float(p.line.record["estimate"]), p.y, marks.BAR, p.line.colour, hatch)
    marks.intervals(axes, scale, placed, style.INK, halo=True)


def _sample(place: int, axes: Axes, x: float, y: float) -> None:
    marks.swatch(axes, x, y, style.SERIES[place], style.HATCHES[place])


def _order(arranged: Arrangement, figure: Figure) -> str:
    return "in the order given" if figure.order == "given" else "from the highest value to the lowest"


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
