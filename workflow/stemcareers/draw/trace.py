"""Trace: the mean and spread of what each chain of imputation drew, round by round; one row of panels per variable."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from stemcareers import wording
from stemcareers.config import Figure
from stemcareers.draw import axis, rowchart, style
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.sheet import Sheet
from stemcareers.errors import Problem
from stemcareers.selection import Selection, records_of

HEIGHT = 54.0
GAP, AXIS_GAP, ROW_GAP = 18.0, 5.0, 8.0
# As many looks as chains are told: by colour, and by pattern for those who see none.
COLOURS = (style.DARK_BLUE, style.TURQUOISE, style.DARK_PINK, style.ORANGE, style.CONTEXT)
DASHES = ("solid", (0, (5, 1.5)), (0, (1.5, 1.5)), (0, (5, 1.5, 1.5, 1.5)), (0, (8, 3)))
PANELS = {"trace_mean": "Mean", "trace_sd": "Standard deviation"}
ONE = ("specification", "sample", "outcome")


@dataclass(frozen=True)
class Variable:
    """One row: the variable's name, and by quantity and chain what was drawn in each round.

    withheld  why there is nothing; empty where there is.
    """

    name: str
    lines: dict[str, list[list[float]]]
    n: int
    withheld: str = ""


def picture(figure: Figure, selection: Selection, confidence: str) -> Picture:
    """The trace of one imputation: lines that mingle without a trend have settled."""
    for dimension in ONE:
        if len(found := selection.known(dimension)) > 1:
            raise Problem(
                selection.where,
                f"a trace is of one specification, sample and outcome, not of {len(found)} {dimension}s; name one",
            )
    if selection.rows.empty:
        raise Problem(selection.where, "nothing was imputed, so there is no trace")
    records = [_placed(record, selection) for record in records_of(selection.by("term").rows)]
    variables = [_variable([r for r in records if r["term"] == term]) for term in selection.known("term")]
    rounds = max(record["round"] for record in records)
    return Picture(
        lay=lambda sheet, narrow: _lay(variables, rounds, figure.x_title, selection.labels.units, sheet),
        rows=pd.DataFrame(sorted(records, key=lambda r: (r["row"], r["quantity"], r["chain"], r["round"]))),
        message=_message(variables, rounds),
        values=[told for variable in variables if (told := _told(variable))],
        notes=[
            "Each line is one of the first completed copies; lines that mingle without a trend have settled",
            f"n counts the {selection.labels.units} for which an answer was imputed",
        ],
    )


def _placed(record: dict[str, Any], selection: Selection) -> dict[str, Any]:
    chain, _, drawn = str(record["level"]).partition(":")
    words = {"row": selection.label("term", record), "series": f"copy {chain}, round {drawn}"}
    return {**record, **words, "chain": int(chain), "round": int(drawn)}


def _variable(records: list[dict[str, Any]]) -> Variable:
    first = records[0]
    if first["withheld"]:
        return Variable(first["row"], {}, 0, wording.withheld(str(first["withheld"])))
    lines: dict[str, list[list[float]]] = {}
    for quantity in PANELS:
        its = sorted((r for r in records if r["quantity"] == quantity), key=lambda r: (r["chain"], r["round"]))
        chains = dict.fromkeys(r["chain"] for r in its)
        lines[quantity] = [[float(r["estimate"]) for r in its if r["chain"] == chain] for chain in chains]
    return Variable(first["row"], lines, int(first["n"]))


def _lay(variables: list[Variable], rounds: int, x_title: str, units: str, sheet: Sheet) -> None:
    scales = {(v.name, quantity): _upright(lines) for v in variables for quantity, lines in v.lines.items()}
    left = max((style.width(t.label) for scale in scales.values() for t in scale.ticks), default=0.0) + AXIS_GAP
    width = (sheet.width - 2 * left - GAP) / 2
    across = axis.linear(1, max(rounds, 2), width - GAP / 2, axis.Numbers("count", ""))
    places = dict(zip(PANELS, (left, 2 * left + width + GAP), strict=True))
    for quantity, place in places.items():
        wide = style.width(PANELS[quantity]) > width
        at, align = (place + width, "right") if wide else (place, "left")
        sheet.write(at, sheet.y + style.LEADING / 2, PANELS[quantity], colour=style.GREY, align=align)
    sheet.y += style.LEADING
    for variable in variables:
        _row(variable, scales, across, places, sheet)
    below = sheet.y - ROW_GAP
    for place in places.values():
        sheet.y = below
        rowchart.scale(across, place, sheet)
    rowchart.title(x_title, left, sheet)


def _row(
    variable: Variable,
    scales: dict[tuple[str, str], axis.Axis],
    across: axis.Axis,
    places: dict[str, float],
    sheet: Sheet,
) -> None:
    n = f" ({style.unbroken(f'n = {wording.count(variable.n)}')})" if variable.n else ""
    sheet.paragraph(f"{variable.name}{n}", bold=True)
    if variable.withheld:
        sheet.paragraph(variable.withheld, left=places["trace_mean"], colour=style.GREY)
    else:
        sheet.y += 3
        for quantity, lines in variable.lines.items():
            upright = scales[variable.name, quantity]
            for tick in upright.ticks:
                middle = sheet.y + HEIGHT - upright.points(tick.at)
                sheet.write(places[quantity] - AXIS_GAP, middle, tick.label, colour=style.GREY, align="right")
            sheet.panel(places[quantity], sheet.y, across.width, HEIGHT, partial(_paint, lines, across, upright))
        sheet.y += HEIGHT
    sheet.y += ROW_GAP


def _upright(lines: list[list[float]]) -> axis.Axis:
    values = [value for line in lines for value in line]
    low, high = axis.around(values, 0.08)
    scale = axis.linear(low, high, HEIGHT, axis.Numbers("mean", ""), upright=True)
    if len(scale.ticks) > 1 or min(values) == max(values):
        return scale
    # One round number says nothing of how far lines lie apart; their ends do.
    ends = tuple(axis.Tick(value, wording.decimal(value)) for value in (min(values), max(values)))
    return axis.Axis(low, high, HEIGHT, ends, upright=True)


def _paint(lines: list[list[float]], across: axis.Axis, upright: axis.Axis, axes: Axes) -> None:
    axes.set_xlim(across.low, across.high)
    axes.set_ylim(upright.low, upright.high)
    for tick in upright.ticks:
        axes.axhline(tick.at, color=style.GRID, linewidth=0.6, zorder=0)
    for place, line in enumerate(lines):
        colour, dashes = COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)]
        axes.plot(range(1, len(line) + 1), line, color=colour, linestyle=dashes, linewidth=1.1, clip_on=False)


def _message(variables: list[Variable], rounds: int) -> str:
    chains = max((len(v.lines["trace_mean"]) for v in variables if v.lines), default=0)
    if not chains:
        return "Nothing is shown"
    return f"Lines of {chains} copies over {rounds} rounds, for each of {len(variables)} variables"


def _told(variable: Variable) -> Told | None:
    """Between which bounds the means of the last round lie."""
    if not variable.lines:
        return None
    last = [line[-1] for line in variable.lines["trace_mean"]]
    between = f"{wording.decimal(min(last))} to {wording.decimal(max(last))}"
    return Told(f"{variable.name}, mean drawn in the last round", between)
