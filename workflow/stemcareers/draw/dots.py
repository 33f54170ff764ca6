"""Dots: countries or groups ordered by value, those in focus in bold and dark, the average as a line."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd

from stemcareers import wording
from stemcareers.config import Figure
from stemcareers.config.samples import column_of
from stemcareers.draw import axis, marks, style
from stemcareers.draw.arrange import (
    Arrangement,
    Entry,
    Group,
    arrange,
    by_value,
    first_estimate,
    focus_is_drawn,
    keeps_order,
)
from stemcareers.draw.layout import Line, Row, RowChart, lines_of
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.rowchart import lay
from stemcareers.errors import Problem
from stemcareers.selection import NO_TERMS, Selection, records_of

QUANTITIES = (
    "share",
    "mean",
    "total",
    "ratio",
    "quantile",
    "variance",
    "transition",
    "average",
    "difference",
    "contrast",
    "change",
    "odds_ratio",
    "rate_ratio",
    "coefficient",
    "marginal_effect",
    "prediction",
)
DIMENSIONS = ("specification", "outcome", "term", "level", "sample")
FROM_NO_DIFFERENCE = {
    "difference": 0.0,
    "contrast": 0.0,
    "change": 0.0,
    "coefficient": 0.0,
    "marginal_effect": 0.0,
    "odds_ratio": 1.0,
    "rate_ratio": 1.0,
}
MANY = 4  # rows without an estimate that stand in the note, not in the figure
KEEP_LEFT = 12  # from so many rows on, labels above their marks would make the figure twice as long


def picture(figure: Figure, selection: Selection, confidence: str) -> Picture:
    """Dots of the selected estimates."""
    chosen = selection.of(*QUANTITIES)
    chosen = chosen.only(~chosen.rows["term"].isin(NO_TERMS))
    others = chosen.only(chosen.rows["sample"].ne(figure.average or ""))
    if others.rows.empty:
        raise Problem(selection.where, f"nothing is left beside the average '{figure.average}'; name other samples")
    focus_is_drawn(figure, others)
    others, without = _apart(others)
    arranged = by_value(arrange(others, DIMENSIONS, series=False), figure, others, first_estimate)
    order = "in the order given" if keeps_order(arranged, figure, others) else "from the highest to the lowest"
    by_column = _by_column(arranged, others)
    rows = _rows(by_column, figure, chosen, one_average=by_column is not arranged)
    lines = lines_of(rows)
    averages = [row.lines[0] for row in rows if row.kind == "average"]
    quantity = wording.QUANTITIES[chosen.quantity]
    zero = FROM_NO_DIFFERENCE.get(chosen.quantity)
    chart = RowChart(
        rows=rows,
        columns={"value": f"{quantity}\n({confidence} interval)", "estimate": quantity, "n": "n"},
        choices=[("value", "n"), ("value",), ("estimate",)],
        scale=partial(_scale, [line.record for line in [*lines, *averages]], chosen.quantity, zero),
        paint=marks.points,
        extent=marks.point_extent,
        x_title=figure.x_title,
        zero=zero,
        keep_left=len(lines) > KEEP_LEFT,
    )
    return Picture(
        lay=lambda sheet, narrow: lay(chart, sheet, narrow),
        rows=pd.DataFrame([*(line.record for line in [*lines, *averages]), *without]),
        message=f"{len(lines)} rows, {order}",
        values=_told(lines, averages),
        lines=f"{confidence} confidence intervals",
        notes=[
            *([] if zero is None else [f"The upright line at {zero:g} marks no difference."]),
            *([f"Without an estimate: {', '.join(r['row'] for r in without)}"] if without else []),
        ],
    )


def _by_column(arranged: Arrangement, selection: Selection) -> Arrangement:
    """Samples of several columns under the name of each: schools in a hub beside those in none."""
    entries = arranged.entries()
    columns = [column_of(str(entry.records[0]["sample"])) or "" for entry in entries]
    apart = len(set(columns)) > 1 and all(columns.count(column) > 1 for column in columns) and all(columns)
    if arranged.by_row != "sample" or len(arranged.groups) > 1 or not apart:
        return arranged
    in_order = dict.fromkeys(column_of(sample) or "" for sample in selection.known("sample"))
    groups = [
        Group(selection.labels.term(name), [e for e, c in zip(entries, columns, strict=True) if c == name])
        for name in in_order
    ]
    return Arrangement(groups, arranged.series, arranged.by_row, arranged.by_series)


def _rows(arranged: Arrangement, figure: Figure, selection: Selection, one_average: bool) -> list[Row]:
    rows = []
    for group in arranged.groups:
        average = _average(group, figure, selection) if not (rows and one_average) else []
        heading = [Row(group.heading, kind="heading")] if group.heading else []
        rows += [*average, *heading] if one_average else [*heading, *average]
        for entry in group.entries:
            named = [_line(record, entry, figure) for record in entry.records]
            rows.append(Row(entry.label, named, bold=named[0].bold))
    return rows


def _apart(selection: Selection) -> tuple[Selection, list[dict[str, Any]]]:
    """What is drawn, and apart from it what was not estimated, where it is much: the note names it.

    What is withheld as its group is too small keeps its row.
    """
    told = selection.rows["withheld"].map(lambda reason: wording.withheld(reason) if reason else "")
    without = told.str.startswith("not estimated")
    if not MANY <= without.sum() < len(without):
        return selection, []
    labels = [selection.label("sample", row) for row in records_of(selection.rows[without])]
    named = [{**r, "row": name} for r, name in zip(records_of(selection.rows[without]), labels, strict=True)]
    return selection.only(~without), [{**r, "series": ""} for r in named]


def _line(record: dict[str, Any], entry: Entry, figure: Figure) -> Line:
    told = {**record, "row": entry.name, "series": ""}
    in_focus = record["sample"] in figure.focus
    if record["withheld"]:
        return Line(told, bold=in_focus, withheld=wording.withheld(record["withheld"]))
    colour = style.DARK_BLUE if in_focus or not figure.focus else style.CONTEXT
    return Line(told, _cells(record), colour=colour, bold=in_focus)


def _cells(record: dict[str, Any]) -> dict[str, str]:
    number = (record["quantity"], record["unit"], float(record["estimate"]))
    return {
        "value": wording.estimate(*number, float(record["ci_low"]), float(record["ci_high"])),
        "estimate": wording.amount(*number),
        "n": wording.count(record["n"]) if pd.notna(record["n"]) else "",
    }


def _average(group: Group, figure: Figure, selection: Selection) -> list[Row]:
    """The average of a group: the estimate of the average's sample that is otherwise like the group's rows."""
    if figure.average is None:
        return []
    rows = selection.rows[selection.rows["sample"].eq(figure.average)]
    like = group.entries[0].records[0]
    for dimension in DIMENSIONS[:-1]:
        rows = rows[rows[dimension].eq(like[dimension])]
    if rows.empty:
        raise Problem(selection.where, f"average: no estimate with sample '{figure.average}' is like the rows drawn")
    record = records_of(rows)[0]
    label = selection.label("sample", record)
    told = {**record, "row": label, "series": "average"}
    if record["withheld"]:
        return [Row(f"{label}: {wording.withheld(record['withheld'])}", [Line(told, withheld="withheld")], "average")]
    value = wording.amount(record["quantity"], record["unit"], float(record["estimate"]))
    return [Row(f"{label}: {value}", [Line(told, _cells(record))], "average")]


def _scale(records: list[dict[str, Any]], quantity: str, zero: float | None, width: float) -> axis.Axis:
    shown = marks.bounds(records)
    if not shown:
        return axis.blank(width)
    values = [*shown, *([] if zero is None else [zero])]
    numbers = axis.Numbers(quantity, records[0]["unit"])
    if quantity in {"odds_ratio", "rate_ratio"}:
        low, high = axis.around_ratios(values)
        return axis.logarithmic(low, high, width, numbers)
    low, high = axis.around(values, 0.03)
    if quantity in wording.SHARES:
        return axis.linear(max(low, -0.02), min(high, 1.02), width, numbers, (0.0, 1.0))
    return axis.linear(low, high, width, numbers)


def _told(lines: list[Line], averages: list[Line]) -> list[Told]:
    """Focus, highest, lowest, average, the rest; each with its place."""
    shown = [line for line in lines if not line.withheld]
    ranked = sorted(shown, key=lambda line: -float(line.record["estimate"]))
    places = {id(line): place for place, line in enumerate(ranked, 1)}
    first = [line for line in ranked if line.bold]
    order = [*first, *ranked[:1], *ranked[:0:-1]]
    unique = list({id(line): line for line in order}.values())
    told = [
        Told(f"{line.record['row']} (place {places[id(line)]} of {len(ranked)})", line.cells["value"])
        for line in unique
    ]
    average = [Told(str(a.record["row"]), a.cells["value"]) for a in averages if not a.withheld]
    return [*told[:2], *average, *told[2:]]
