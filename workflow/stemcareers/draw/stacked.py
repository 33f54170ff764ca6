"""Stacked: the answers to a question as parts of one bar, from little to much, or around their middle."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from stemcareers import wording
from stemcareers.config import Figure
from stemcareers.draw import axis, marks, style
from stemcareers.draw.arrange import Arrangement, Entry, arrange, by_value
from stemcareers.draw.key import Sample
from stemcareers.draw.layout import END_GAP, Line, Placed, Row, RowChart, lines_of
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.rowchart import lay
from stemcareers.errors import Problem
from stemcareers.selection import Selection

DIMENSIONS = ("outcome", "sample", "specification")
SOME_WITHHELD = "w"
BAR_AT_LEAST = 160.0  # points: narrower bars have no room for the shares inside


@dataclass(frozen=True)
class Answers:
    """The answers in drawn order, their colours, and how many lie below, in and above the middle."""

    levels: list[str]
    names: list[str]
    colours: list[str]
    middle: list[str]

    def start(self, shares: dict[str, float]) -> float:
        """Where the first part of a bar begins, so that the middle lies at zero.

        Of an odd number of middle answers the central one is split in half; of an even number, zero lies between
        the two central ones.
        """
        if not self.middle:
            return 0.0
        half, odd = divmod(len(self.middle), 2)
        split = shares.get(self.middle[half], 0.0) / 2 if odd else 0.0
        return -(sum(shares.get(level, 0.0) for level in self.below()) + split)

    def below(self) -> list[str]:
        """The answers below zero; without a middle, none."""
        return self.levels[: self.levels.index(self.middle[len(self.middle) // 2])] if self.middle else []

    def top(self) -> list[str]:
        """The answers above zero; without a middle, the last one."""
        if not self.middle:
            return self.levels[-1:]
        return self.levels[len(self.below()) + len(self.middle) % 2 :]


def picture(figure: Figure, selection: Selection, confidence: str) -> Picture:
    """Stacked bars of the selected shares; intervals stand in the table under the figure."""
    chosen = selection.of("share")
    answers = _answers(figure, chosen)
    arranged = arrange(chosen, DIMENSIONS, series=False)
    arranged = by_value(arranged, figure, chosen, partial(_top_share, answers))
    rows = _rows(arranged, answers)
    lines = lines_of(rows)
    chart = RowChart(
        rows=rows,
        columns={"n": "n"},
        choices=[("n",)],
        scale=partial(_scale, lines, bool(answers.middle)),
        paint=partial(_paint, answers),
        extent=_extent,
        x_title=figure.x_title,
        series=[Sample(name, partial(_sample, c)) for name, c in zip(answers.names, answers.colours, strict=True)],
        direct=False,
        zero=0.0 if answers.middle else None,
        least=BAR_AT_LEAST,
    )
    drawn = [
        {**part, "row": line.record["row"], "series": answers.names[answers.levels.index(part["level"])]}
        for line in lines
        for part in line.record["parts"]
    ]
    some = any(part["withheld"] for line in lines if not line.withheld for part in line.record["parts"])
    return Picture(
        lay=lambda sheet, narrow: lay(chart, sheet, narrow),
        rows=pd.DataFrame(drawn),
        message=f"Share answering {' or '.join(_top_names(answers))}, {len(lines)} rows",
        values=_told(lines, answers),
        notes=[
            "Shares of those who answered; intervals stand in the table under the figure.",
            *([f"{SOME_WITHHELD}: some answers withheld, the group is too small."] if some else []),
        ],
    )


def _answers(figure: Figure, selection: Selection) -> Answers:
    names: dict[str, str] = {}
    for record in selection.rows.to_dict("records"):
        level = str(record["level"])
        name = selection.label("level", record)
        if names.setdefault(level, name) != name:
            raise Problem(
                selection.where,
                f"answer {level} is '{names[level]}' in one question and '{name}' in another; "
                "questions in one figure need the same answers",
            )
    # In the order of the answer set: the first question need not have been answered in every way.
    order = figure.levels or selection.labels.levels(str(selection.rows["term"].iloc[0]))
    levels = sorted(names, key=lambda level: order.index(level) if level in order else len(order))
    middle = _middle(figure, levels, selection.where)
    return Answers(levels, [names[level] for level in levels], _colours(levels, middle, selection), middle)


def _middle(figure: Figure, levels: list[str], where: str) -> list[str]:
    known = ", ".join(levels)
    unknown = [m for m in figure.middle if m not in levels]
    if unknown:
        raise Problem(where, *(f"middle: '{m}' is not among the answers shown: {known}" for m in unknown))
    places = [place for place, level in enumerate(levels) if level in figure.middle]
    if places and places[-1] - places[0] >= len(places):
        raise Problem(where, f"middle: the answers {', '.join(figure.middle)} do not stand side by side in {known}")
    return [levels[place] for place in places]


def _colours(levels: list[str], middle: list[str], selection: Selection) -> list[str]:
    if middle:
        below, odd = levels.index(middle[len(middle) // 2]), len(middle) % 2
        return style.poles(below, bool(odd), len(levels) - below - odd)
    nominal = selection.labels.kind(str(selection.rows["term"].iloc[0])) == "nominal"
    if nominal and len(levels) <= style.SERIES_AT_MOST:
        return list(style.SERIES[: len(levels)])
    return style.ramp(len(levels))


def _shares(parts: list[dict[str, Any]]) -> dict[str, float]:
    return {str(r["level"]): float(r["estimate"]) for r in parts if not r["withheld"]}


def _top_share(answers: Answers, entry: Entry) -> float | None:
    shares = _shares(entry.records)
    return sum(shares.get(level, 0.0) for level in answers.top()) if shares else None


def _rows(arranged: Arrangement, answers: Answers) -> list[Row]:
    rows = []
    for group in arranged.groups:
        rows += [Row(group.heading, kind="heading")] if group.heading else []
        rows += [Row(entry.label, [_line(entry, answers)]) for entry in group.entries]
    return rows


def _line(entry: Entry, answers: Answers) -> Line:
    parts = sorted(entry.records, key=lambda r: answers.levels.index(str(r["level"])))
    shares = _shares(parts)
    start = answers.start(shares)
    record = {"row": entry.name, "parts": parts, "start": start, "end": start + sum(shares.values())}
    if not shares:
        return Line(record, withheld=wording.withheld(str(parts[0]["withheld"])))
    n = [int(r["n"]) for r in parts if not r["withheld"] and pd.notna(r["n"])]
    hidden = [str(r["level"]) for r in parts if r["withheld"]]
    # What is not shown is missing at the bar's end: at the left one where only answers below the middle are.
    left = bool(hidden) and set(hidden) <= set(answers.below())
    return Line(record, {"n": wording.several(n) if n else ""}, SOME_WITHHELD if hidden else "", end_left=left)


def _scale(lines: list[Line], around_middle: bool, width: float) -> axis.Axis:
    """From the bar that reaches furthest left to the one furthest right, with room for a letter where one is due."""
    shown = [line for line in lines if not line.withheld]
    low = min((line.record["start"] for line in shown), default=0.0) if around_middle else 0.0
    high = max((line.record["end"] for line in shown), default=1.0) if around_middle else 1.0
    letter = (style.width(SOME_WITHHELD) + END_GAP + 2) * max(high - low, 0.01) / width
    numbers = axis.Numbers("share", wording.PROBABILITY, size=True)
    wide_low = low - (letter if any(line.end and line.end_left for line in shown) else 0.0)
    wide_high = high + (letter if any(line.end and not line.end_left for line in shown) else 0.0)
    return axis.linear(wide_low, max(wide_high, wide_low + 0.01), width, numbers, (low, high))


def _paint(answers: Answers, axes: Axes, scale: axis.Axis, placed: list[Placed]) -> None:
    axes.set_autoscale_on(False)
    ends = [p.line.record["start"] for p in placed]
    shares = [_shares(p.line.record["parts"]) for p in placed]
    for level, colour in zip(answers.levels, answers.colours, strict=True):
        found = []
        for row, p in enumerate(placed):
            share = shares[row].get(level, 0.0)
            if share > 0:
                found.append(marks.Part(ends[row], share, p.y))
                ends[row] += share
        marks.parts(axes, scale, found, colour)


def _extent(line: Line, scale: axis.Axis) -> tuple[float, float]:
    return scale.points(line.record["start"]), scale.points(line.record["end"])


def _sample(colour: str, axes: Axes, x: float, y: float) -> None:
    marks.swatch(axes, x, y, colour)


def _top_names(answers: Answers) -> list[str]:
    names = dict(zip(answers.levels, answers.names, strict=True))
    return [f"'{names[level]}'" for level in answers.top()]


def _told(lines: list[Line], answers: Answers) -> list[Told]:
    told = []
    for line in lines:
        shares = _shares(line.record["parts"])
        if not line.withheld and all(level in shares for level in answers.top()):
            total = sum(shares[level] for level in answers.top())
            told.append(Told(line.record["row"], wording.percent(total)))
    return told
