"""Specification curve: one estimate under every variant of a grid, sorted, and below what each variant is.

Source: Simonsohn, Simmons & Nelson (2020), Specification curve analysis, Nature Human Behaviour 4,
doi:10.1038/s41562-020-0912-z.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from stemcareers import wording
from stemcareers.config import Figure, Labels
from stemcareers.config.labels import capital
from stemcareers.config.robustness import LEAVE_OUT, NONE, options_of
from stemcareers.draw import axis, key, style
from stemcareers.draw.arrange import records_of
from stemcareers.draw.key import Sample
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.sheet import Sheet
from stemcareers.errors import Problem
from stemcareers.selection import Selection

HEIGHT, NARROW_HEIGHT = 150.0, 120.0
AXIS_GAP = 6.0
LABELS_GAP = 10.0
SHARE_OF_LABELS = 0.36
MARKS = 9.0  # the height of a line of marks that stands under its label
CURVES_GAP = 16.0
MAIN, OTHER = "Main analysis", "Another way"
CLEAR, UNCLEAR = "Clear of no difference", "Not clear of it"
ONE_LEFT_OUT = "One of them"
STANDARD_ERRORS = "Distance from no difference in standard errors"


@dataclass(frozen=True)
class Way:
    """One variant: its row, its options, and where it stands on the scale; nothing where it has no number."""

    record: dict[str, Any]
    options: dict[str, str]
    main: bool
    at: tuple[float, float, float] | None

    @property
    def clear(self) -> bool:
        """Whether the interval leaves no difference out."""
        return self.at is not None and (self.at[1] > 0 or self.at[2] < 0)


@dataclass(frozen=True)
class Line:
    """A line of the lower panel: an option and which of the ways take it, or the name of a decision."""

    label: str
    taken: tuple[bool, ...] = ()


@dataclass(frozen=True)
class Curve:
    """The variants of one estimate, from the lowest to the highest, those without a number last."""

    name: str
    ways: list[Way]
    lines: list[Line]
    in_errors: bool

    @property
    def shown(self) -> list[Way]:
        return [way for way in self.ways if way.at is not None]

    @property
    def main(self) -> Way | None:
        return next((way for way in self.shown if way.main), None)

    def same_side(self) -> list[Way]:
        """The ways on the main analysis's side of no difference; on that of most where it has no number."""
        sides = {way.record["level"]: _sign(way.at[0]) for way in self.shown if way.at is not None}
        main = self.main
        side = sides[main.record["level"]] if main is not None else _sign(sum(sides.values()))
        return [way for way in self.shown if sides[way.record["level"]] == side]


def picture(figure: Figure, selection: Selection, confidence: str) -> Picture:
    """A curve for each focal factor (outcome, sample) that is selected, one below the other."""
    chosen = selection.of("coefficient")
    strangers = [name for name in chosen.known("specification") if not chosen.labels.is_grid(name)]
    if strangers:
        raise Problem(selection.where, *(f"'{name}' is no grid of variants, which a curve shows" for name in strangers))
    keys = ["specification", "sample", "outcome", "term"]
    varying = [dimension for dimension in keys if len(chosen.known(dimension)) > 1]
    curves = [_curve(part, varying, chosen) for _, part in chosen.by(*keys).rows.groupby(keys, sort=False)]
    drawn = [_drawn(way, chosen.labels) for curve in curves for way in curve.ways]
    return Picture(
        lay=partial(_lay, curves, figure.x_title),
        rows=pd.DataFrame(drawn),
        message="; ".join(_message(curve, len(curves) > 1) for curve in curves),
        values=[told for curve in curves for told in _told(curve, len(curves) > 1)],
        lines=f"{confidence} confidence intervals",
        notes=[note for curve in curves for note in _notes(curve, len(curves) > 1)],
    )


def _curve(rows: pd.DataFrame, varying: list[str], selection: Selection) -> Curve:
    first = records_of(rows)[0]
    name = ", ".join(selection.label(dimension, first) for dimension in reversed(varying))
    main = selection.labels.main_variant(str(first["specification"]))
    shown = rows[rows["withheld"].eq("")]
    in_errors = shown["unit"].nunique() > 1
    ways = [
        Way(record, options_of(record["level"]), record["level"] == main, _place(record, in_errors))
        for record in records_of(rows)
    ]
    ways.sort(key=lambda way: (way.at is None, way.at[0] if way.at else 0.0, str(way.record["level"])))
    return Curve(name, ways, _lines(ways, str(first["specification"]), selection.labels), in_errors)


def _place(record: dict[str, Any], in_errors: bool) -> tuple[float, float, float] | None:
    """Estimate and interval; in standard errors, where the variants have different units."""
    if record["withheld"]:
        return None
    by = float(record["std_error"]) if in_errors else 1.0
    if by == 0:
        return None
    estimate, low, high = (float(record[name]) / by for name in ("estimate", "ci_low", "ci_high"))
    return estimate, estimate if math.isnan(low) else low, estimate if math.isnan(high) else high


def _lines(ways: list[Way], specification: str, labels: Labels) -> list[Line]:
    """The decisions, each with its options in the order of the specification."""
    lines = []
    for decision in ways[0].options:
        lines.append(Line(labels.decision(specification, decision)))
        taken = [way.options.get(decision, "") for way in ways]
        if decision == LEAVE_OUT:
            lines.append(Line("None", tuple(one == NONE for one in taken)))
            lines.append(Line(ONE_LEFT_OUT, tuple(one != NONE for one in taken)))
            continue
        for option in dict.fromkeys([*(o for o in labels.options(specification, decision) if o in taken), *taken]):
            label = labels.option(specification, decision, option)
            lines.append(Line(label, tuple(one == option for one in taken)))
    return lines


@dataclass(frozen=True)
class Frame:
    """Where the ways stand from left to right: a step for each, a gap before those without a number."""

    left: float
    width: float
    count: int
    shown: int
    beside: bool

    @property
    def step(self) -> float:
        gaps = 1 if 0 < self.shown < self.count else 0
        return self.width / (self.count + gaps)

    def x(self, place: int) -> float:
        """The middle of a way, in points from the left edge of the panel."""
        return (place + 0.5 + (1 if self.shown and place >= self.shown else 0)) * self.step


def _lay(curves: list[Curve], x_title: str, sheet: Sheet, narrow: bool) -> None:
    for place, curve in enumerate(curves):
        sheet.y += CURVES_GAP if place else 0
        if curve.name:
            sheet.paragraph(curve.name, bold=True)
            sheet.y += 2
        _one(curve, STANDARD_ERRORS if curve.in_errors else x_title, sheet, narrow)


def _one(curve: Curve, title: str, sheet: Sheet, narrow: bool) -> None:
    sheet.paragraph(title)
    sheet.y += 4
    if curve.shown:
        sheet.y += key.above(_key(curve), sheet, sheet.width) + 4
    for reason in [] if curve.shown else _reasons(curve):
        sheet.paragraph(reason, colour=style.GREY)
    upright = _upright(curve, NARROW_HEIGHT if narrow else HEIGHT)
    ticks = max((style.width(tick.label) for tick in upright.ticks), default=0.0) + AXIS_GAP
    labels = max(style.width(line.label, bold=not line.taken) for line in curve.lines) + LABELS_GAP
    beside = not narrow
    left = max(ticks, min(labels, SHARE_OF_LABELS * sheet.width)) if beside else ticks
    frame = Frame(left, sheet.width - left, len(curve.ways), len(curve.shown), beside)
    if curve.shown:
        _estimates(curve, upright, frame, sheet)
    _decisions(curve, frame, sheet)
    sheet.y += 4
    sheet.paragraph(_columns(curve), colour=style.GREY)


def _columns(curve: Curve) -> str:
    count = len(curve.ways)
    without = count - len(curve.shown)
    first = f"Each column is one of {count} ways to do the analysis, from the lowest estimate to the highest"
    return f"{first}; {without} without an estimate at the right end" if without else first


def _upright(curve: Curve, height: float) -> axis.Axis:
    values = [v for way in curve.shown if way.at is not None for v in way.at]
    if not values:
        return axis.blank(height)
    low, high = axis.around([*values, 0.0])
    first = curve.shown[0].record
    quantity, unit = ("coefficient", "") if curve.in_errors else (first["quantity"], first["unit"])
    return axis.linear(low, high, height, axis.Numbers(quantity, unit), upright=True)


def _key(curve: Curve) -> list[Sample]:
    samples = []
    if curve.main is not None:
        samples.append(Sample(MAIN, partial(_sample, True, curve.main.clear)))
    others = [way for way in curve.shown if not way.main]
    if any(way.clear for way in others):
        samples.append(Sample(CLEAR, partial(_sample, False, True)))
    if any(not way.clear for way in others):
        samples.append(Sample(UNCLEAR, partial(_sample, False, False)))
    return samples


def _estimates(curve: Curve, upright: axis.Axis, frame: Frame, sheet: Sheet) -> None:
    top, height = sheet.y, upright.width
    for tick in upright.ticks:
        middle = top + height - upright.points(tick.at)
        sheet.write(frame.left - AXIS_GAP, middle, tick.label, colour=style.GREY, align="right")
    sheet.panel(frame.left, top, frame.width, height, partial(_paint, curve, upright, frame))
    sheet.y += height + 6


def _paint(curve: Curve, upright: axis.Axis, frame: Frame, axes: Axes) -> None:
    axes.set_xlim(0, frame.width)
    axes.set_ylim(upright.low, upright.high)
    for tick in upright.ticks:
        axes.axhline(tick.at, color=style.GRID, linewidth=0.6, zorder=0)
    axes.axhline(0.0, color=style.GREY, linewidth=1.0, zorder=0.5)
    size = min(5.0, max(1.8, 0.8 * frame.step))
    for clear in (True, False):
        of_kind = [(frame.x(i), w.at) for i, w in enumerate(curve.ways) if w.at and not w.main and w.clear == clear]
        if of_kind:
            x, at = zip(*of_kind, strict=True)
            axes.vlines(x, [a[1] for a in at], [a[2] for a in at], color=style.CONTEXT, linewidth=0.8, zorder=2)
            _dots(axes, x, [a[0] for a in at], False, clear, size)
    for i, way in enumerate(curve.ways):
        if way.main and way.at is not None:
            axes.vlines(frame.x(i), way.at[1], way.at[2], color=style.DARK_BLUE, linewidth=1.8, zorder=4)
            _dots(axes, [frame.x(i)], [way.at[0]], True, way.clear, size)


def _dots(axes: Axes, x: Any, y: Any, main: bool, clear: bool, size: float) -> None:
    """Estimates: filled where the interval leaves no difference out, else hollow; the main one a blue diamond."""
    colour = style.DARK_BLUE if main else style.CONTEXT
    axes.plot(
        x,
        y,
        marker="D" if main else "o",
        markersize=6.0 if main else size,
        markerfacecolor=colour if clear else style.WHITE,
        markeredgecolor=colour,
        markeredgewidth=1.2 if main else 0.8,
        linestyle="none",
        zorder=5 if main else 3,
        clip_on=False,
    )


def _sample(main: bool, clear: bool, axes: Axes, x: float, y: float) -> None:
    axes.vlines(x, y - 5, y + 5, color=style.DARK_BLUE if main else style.CONTEXT, linewidth=1.8 if main else 0.8)
    _dots(axes, [x], [y], main, clear, 5.0)


def _decisions(curve: Curve, frame: Frame, sheet: Sheet) -> None:
    """The lower panel: under the name of each decision a line for each option, a mark under every way that takes it."""
    places: list[tuple[float, Line]] = []
    top = sheet.y
    for line in curve.lines:
        if not line.taken:
            sheet.y += 4
            for words in style.wrap(line.label, sheet.width, bold=True):
                sheet.write(0.0, sheet.y + style.LEADING / 2, words, bold=True)
                sheet.y += style.LEADING
            continue
        room = frame.left - LABELS_GAP if frame.beside else sheet.width
        words = style.wrap(line.label, room)
        for i, one in enumerate(words):
            sheet.write(0.0, sheet.y + (i + 0.5) * style.LEADING, one)
        tall = len(words) * style.LEADING
        places.append((sheet.y + (tall / 2 if frame.beside else tall + MARKS / 2) - top, line))
        sheet.y += tall if frame.beside else tall + MARKS
    sheet.panel(frame.left, top, frame.width, sheet.y - top, partial(_paint_decisions, curve, frame, places))


def _paint_decisions(curve: Curve, frame: Frame, places: list[tuple[float, Line]], axes: Axes) -> None:
    axes.set_xlim(0, frame.width)
    wide = min(6.0, max(1.0, 0.7 * frame.step))
    for y, line in places:
        axes.hlines(y, 0, frame.width, color=style.GRID, linewidth=0.6, zorder=0)
        for main in (False, True):
            x = [frame.x(i) for i, way in enumerate(curve.ways) if line.taken[i] and way.main == main]
            colour = style.DARK_BLUE if main else style.CONTEXT
            half = 4.0 if main else 2.5
            axes.vlines(x, y - half, y + half, color=colour, linewidth=max(wide, 2.4) if main else wide, zorder=2)


def _drawn(way: Way, labels: Labels) -> dict[str, Any]:
    words = labels.variant(str(way.record["specification"]), str(way.record["level"]))
    return {**way.record, "row": words, "series": MAIN if way.main else OTHER}


def _message(curve: Curve, several: bool) -> str:
    name, shown = f"{curve.name}: " if several else "", len(curve.shown)
    if not shown:
        return f"{name}no estimate is shown"
    return f"{name}{_agreement(curve)}" if several else capital(_agreement(curve))


def _agreement(curve: Curve) -> str:
    same, shown = curve.same_side(), len(curve.shown)
    clear = sum(way.clear for way in same)
    side = "the main analysis's side" if curve.main is not None else "one side"
    first = f"all {shown} estimates" if len(same) == shown else f"{len(same)} of {shown} estimates"
    rest = "none" if not clear else "all" if clear == len(same) else f"{clear}"
    return f"{first} lie on {side} of no difference, {rest} of them clear of it"


def _told(curve: Curve, several: bool) -> list[Told]:
    """The main analysis, then the lowest and the highest estimate."""
    if not curve.shown:
        return []
    # Of different units none is the lowest.
    ends = [] if curve.in_errors else [("lowest estimate", curve.shown[0]), ("highest estimate", curve.shown[-1])]
    found = [*([("main analysis", curve.main)] if curve.main is not None else []), *ends]
    name = f"{curve.name}, " if several else ""
    return [Told(f"{name}{label}", _value(way)) for label, way in found]


def _value(way: Way) -> str:
    r = way.record
    return wording.estimate(r["quantity"], r["unit"], float(r["estimate"]), float(r["ci_low"]), float(r["ci_high"]))


def _notes(curve: Curve, several: bool) -> list[str]:
    name = f"{curve.name}: " if several else ""
    left_out = sum(way.options.get(LEAVE_OUT, NONE) != NONE for way in curve.ways)
    notes = [f"{name}{_agreement(curve)}" if several else capital(_agreement(curve))] if curve.shown else []
    if left_out:
        are = "is" if left_out == 1 else "are"
        notes.append(f"{name}{left_out} of the {len(curve.ways)} ways {are} the main analysis with a part left out")
    if curve.in_errors:
        notes.append("The ways measure in different units, so estimates are drawn in standard errors")
    counted = _reasons(curve).items()
    return notes + [f"{name}{count} {'way' if count == 1 else 'ways'} {reason}" for reason, count in counted]


def _reasons(curve: Curve) -> Counter[str]:
    """Why ways have no number, and how many for each reason."""
    return Counter(wording.withheld(way.record["withheld"]) for way in curve.ways if way.record["withheld"])


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
