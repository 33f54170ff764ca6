"""Stacked: the answers to a question as parts of one bar, from little to much, or around their middle.

Around a middle, disagreement grows to the left and agreement to the right; who is neutral stands half on each side, or
apart on the right, so that both poles begin at zero. The share above the middle has an interval where an indicator of
these answers is among the estimates. Shares are of those who answered: "don't know" is no answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from stemcareers import wording
from stemcareers.config import Figure
from stemcareers.config.labels import small
from stemcareers.draw import axis, marks, style
from stemcareers.draw.arrange import Arrangement, Entry, arrange, by_value
from stemcareers.draw.key import Sample
from stemcareers.draw.layout import END_GAP, Line, Placed, Row, RowChart, lines_of
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.rowchart import lay
from stemcareers.errors import Problem
from stemcareers.selection import Selection

DIMENSIONS = ("outcome", "sample", "specification")
SIDE_GAP = 0.05  # between agreement and the neutral answers apart from it
UNDER = 2.2  # points between a bar and the interval under it
HEADING_WIDTH = 92.0
BAR_AT_LEAST = 160.0  # points: narrower bars have no room for the shares inside


@dataclass(frozen=True)
class Answers:
    """The answers in drawn order, their colours, and how many lie below, in and above the middle."""

    levels: list[str]
    names: list[str]
    colours: list[str]
    middle: list[str]

    side: bool

    def lefts(self, shares: dict[str, float], apart: float) -> dict[str, float]:
        """Where the part of each answer begins, so that the middle lies at zero.

        Of an odd number of middle answers the central one is split in half; of an even number, zero lies between
        the two central ones.

        apart  where the middle answers begin, if they stand apart.
        """
        aside = self.middle if self.side else []
        places = {}
        at = self._start(shares)
        for level in [level for level in self.levels if level not in aside]:
            places[level] = at
            at += shares.get(level, 0.0)
        for level in aside:
            places[level] = apart
            apart += shares.get(level, 0.0)
        return places

    def _start(self, shares: dict[str, float]) -> float:
        if not self.middle:
            return 0.0
        half, odd = divmod(len(self.middle), 2)
        split = shares.get(self.middle[half], 0.0) / 2 if odd and not self.side else 0.0
        return -(sum(shares.get(level, 0.0) for level in self.below()) + split)

    def below(self) -> list[str]:
        """The answers below zero; without a middle, none."""
        if not self.middle:
            return []
        first = self.middle[0] if self.side else self.middle[len(self.middle) // 2]
        return self.levels[: self.levels.index(first)]

    def top(self) -> list[str]:
        """The answers above zero; without a middle, the last one."""
        if not self.middle:
            return self.levels[-1:]
        if self.side:
            return self.levels[self.levels.index(self.middle[-1]) + 1 :]
        return self.levels[len(self.below()) + len(self.middle) % 2 :]


def picture(figure: Figure, selection: Selection, confidence: str) -> Picture:
    """Stacked bars of the selected shares, with the interval of what lies above the middle where it is estimated."""
    shares = selection.of("share")
    is_indicator = shares.rows["outcome"].isin(figure.agreeing)
    chosen = shares.only(~is_indicator)
    if chosen.rows.empty:
        raise Problem(selection.where, "only indicators are left; name the answers they are of")
    answers = _answers(figure, chosen)
    counted = _indicators(figure, shares.only(is_indicator), answers)
    arranged = arrange(chosen, DIMENSIONS, series=False)
    arranged = by_value(arranged, figure, chosen, partial(_top_share, answers))
    rows = _rows(arranged, answers, counted)
    lines = lines_of(rows)
    if figure.agreeing and not all(line.withheld or line.record["agreeing"] for line in lines):
        bare = next(line.record["row"] for line in lines if not line.withheld and not line.record["agreeing"])
        raise Problem(selection.where, f"agreeing: no indicator is of '{bare}' in the same sample; name it, or none")
    heading = _agreeing_heading(answers, counted, confidence, selection)
    told = any(not line.withheld and line.record["agreeing"] for line in lines)
    chart = RowChart(
        rows=rows,
        columns={"n": "n", "agreeing": heading},
        choices=[("agreeing", "n"), ("n",)] if told else [("n",)],
        scale=partial(_scale, lines, answers),
        paint=partial(_paint, answers),
        extent=_extent,
        x_title=figure.x_title,
        series=[Sample(name, partial(_sample, c)) for name, c in zip(answers.names, answers.colours, strict=True)],
        direct=False,
        zero=0.0 if answers.middle else None,
        least=BAR_AT_LEAST,
    )
    parts = [part for line in lines for part in _drawn(line, answers)]
    some = any(line.end for line in lines)
    return Picture(
        lay=lambda sheet, narrow: lay(chart, sheet, narrow),
        rows=pd.DataFrame(parts),
        message=f"Share answering {' or '.join(_top_names(answers))}, {len(lines)} rows",
        values=_told(lines, answers),
        lines=f"{confidence} confidence intervals of the share of {' or '.join(_counted_names(answers, counted))}"
        if told
        else "",
        notes=[
            "Shares of those who answered; don't know is no answer",
            *([] if told else ["Intervals stand in the table under the figure"]),
            *(["Neutral answers stand apart on the right"] if answers.side else []),
            *([f"{wording.WITHHELD}: some answers withheld, the group is too small."] if some else []),
        ],
    )


Indicators = dict[tuple[str, str, str], dict[str, Any]]  # by item, sample and specification


def _indicators(figure: Figure, selection: Selection, answers: Answers) -> Indicators:
    """The indicators' shares; each is of the answers above the middle, or without one of answers from the top down."""
    found: Indicators = {}
    wrong = []
    for record in selection.rows.to_dict("records"):
        scale = str(record["outcome"])
        item, *codes = selection.labels.indicated(scale) or [""]
        due = answers.top() if answers.middle else answers.levels[len(answers.levels) - len(codes) :]
        if not item or set(codes) != set(due) or not codes:
            wrong.append(
                f"agreeing: '{scale}' is no indicator of answers {', '.join(due or answers.top())} to a question drawn"
            )
        kept = {str(k): v for k, v in record.items()}
        found[item, str(record["sample"]), str(record["specification"])] = {**kept, "of": codes}
    if wrong:
        raise Problem(selection.where, *dict.fromkeys(wrong))
    if len({tuple(sorted(r["of"])) for r in found.values()}) > 1:
        raise Problem(
            selection.where, "agreeing: the indicators are of different answers, and share no column; name others"
        )
    return found


def _counted_names(answers: Answers, counted: Indicators) -> list[str]:
    """The answers that the indicators are of."""
    names = dict(zip(answers.levels, answers.names, strict=True))
    of = next((r["of"] for r in counted.values()), answers.top())
    return [f"'{names[level]}'" for level in answers.levels if level in of]


def _agreeing_heading(answers: Answers, counted: Indicators, confidence: str, selection: Selection) -> str:
    """What the column of indicators is called: as the one there is, or by the answers all are of."""
    scales = dict.fromkeys(str(record["outcome"]) for record in counted.values())
    names = [name.strip("'") for name in _counted_names(answers, counted)]
    words = " or ".join([names[0], *map(small, names[1:])])
    if len(scales) == 1:
        words = selection.labels.outcome(next(iter(scales)))
    return "\n".join([*style.wrap(words, HEADING_WIDTH), f"({confidence} interval)"])


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
    colours = _colours(levels, middle, selection)
    return Answers(levels, [names[level] for level in levels], colours, middle, figure.neutral == "side")


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


def _rows(arranged: Arrangement, answers: Answers, counted: Indicators) -> list[Row]:
    reaches = [sum(_shares(e.records).get(level, 0.0) for level in answers.top()) for e in arranged.entries()]
    apart = max(reaches, default=0.0) + SIDE_GAP
    rows = []
    for group in arranged.groups:
        rows += [Row(group.heading, kind="heading")] if group.heading else []
        rows += [Row(entry.label, [_line(entry, answers, counted, apart)]) for entry in group.entries]
    return rows


def _line(entry: Entry, answers: Answers, counted: Indicators, apart: float) -> Line:
    parts = sorted(entry.records, key=lambda r: answers.levels.index(str(r["level"])))
    shares = _shares(parts)
    lefts = answers.lefts(shares, apart)
    ends = [lefts[level] + share for level, share in shares.items()]
    agreeing = _of_parts(parts[0], counted)
    reach = (min([lefts[level] for level in shares], default=0.0), max(ends, default=0.0))
    record = {
        "row": entry.name,
        "parts": parts,
        "lefts": lefts,
        "start": reach[0],
        "end": reach[1],
        "agreeing": agreeing,
    }
    if not shares:
        return Line(record, withheld=wording.withheld(str(parts[0]["withheld"])))
    n = [int(r["n"]) for r in parts if not r["withheld"] and pd.notna(r["n"])]
    cells = {"n": wording.several(n) if n else ""}
    if agreeing:
        numbers = (float(agreeing[k]) for k in ("estimate", "ci_low", "ci_high"))
        why = str(agreeing["withheld"])
        told = wording.mark(why) if why else wording.estimate("share", str(agreeing["unit"]), *numbers)
        cells["agreeing"] = told
    hidden = [str(r["level"]) for r in parts if r["withheld"]]
    # What is not shown is missing at the bar's end: at the left one where only answers below the middle are.
    left = bool(hidden) and set(hidden) <= set(answers.below())
    return Line(record, cells, wording.WITHHELD if hidden else "", end_left=left)


def _of_parts(part: dict[str, Any], counted: Indicators) -> dict[str, Any] | None:
    """The indicator of a row: of the same question and sample, from its own specification where it has it."""
    same = {key[2]: r for key, r in counted.items() if key[:2] == (str(part["outcome"]), str(part["sample"]))}
    own = same.get(str(part["specification"]))
    return own if own is not None or len(same) != 1 else next(iter(same.values()))


def _drawn(line: Line, answers: Answers) -> list[dict[str, Any]]:
    """The estimates behind a bar: its parts, then the indicator."""
    names = dict(zip(answers.levels, answers.names, strict=True))
    found = [{**r, "row": line.record["row"], "series": names[str(r["level"])]} for r in line.record["parts"]]
    agreeing = line.record["agreeing"]
    if agreeing:
        found.append({**agreeing, "row": line.record["row"], "series": " or ".join(names[o] for o in agreeing["of"])})
    return found


def _scale(lines: list[Line], answers: Answers, width: float) -> axis.Axis:
    """From the bar that reaches furthest left to the one furthest right, with room for a letter where one is due."""
    shown = [line for line in lines if not line.withheld]
    around = bool(answers.middle)
    low = min((line.record["start"] for line in shown), default=0.0) if around else 0.0
    high = max((line.record["end"] for line in shown), default=1.0) if around else 1.0
    letter = (style.width(wording.WITHHELD) + END_GAP + 2) * max(high - low, 0.01) / width
    numbers = axis.Numbers("share", wording.PROBABILITY, size=True)
    wide_low = low - (letter if any(line.end and line.end_left for line in shown) else 0.0)
    wide_high = high + (letter if any(line.end and not line.end_left for line in shown) else 0.0)
    tops = [sum(_shares(line.record["parts"]).get(level, 0.0) for level in answers.top()) for line in shown]
    last = max(tops, default=high) if answers.side else high
    return axis.linear(wide_low, max(wide_high, wide_low + 0.01), width, numbers, (low, last))


def _paint(answers: Answers, axes: Axes, scale: axis.Axis, placed: list[Placed]) -> None:
    axes.set_autoscale_on(False)
    shares = [_shares(p.line.record["parts"]) for p in placed]
    for level, colour in zip(answers.levels, answers.colours, strict=True):
        found = [
            marks.Part(p.line.record["lefts"][level], its[level], p.y)
            for p, its in zip(placed, shares, strict=True)
            if its.get(level, 0.0) > 0
        ]
        marks.parts(axes, scale, found, colour)
    for p in placed:
        _interval(axes, answers, p)


def _interval(axes: Axes, answers: Answers, placed: Placed) -> None:
    """The interval of the share the indicator is of: a thin line under the edge that the share moves."""
    agreeing = placed.line.record["agreeing"]
    if not agreeing or agreeing["withheld"]:
        return
    shares = _shares(placed.line.record["parts"])
    lefts = placed.line.record["lefts"]
    counted = [level for level in answers.levels if level in agreeing["of"] and level in shares]
    if not counted:
        return
    sign = 1.0 if answers.middle else -1.0
    edge = lefts[counted[-1]] + shares[counted[-1]] if answers.middle else lefts[counted[0]]
    low, high = (edge + sign * (float(agreeing[k]) - float(agreeing["estimate"])) for k in ("ci_low", "ci_high"))
    y = placed.y + marks.PART / 2 + UNDER
    axes.hlines(y, min(low, high), max(low, high), colors=style.INK, linewidth=1.2, zorder=6, clip_on=False)
    axes.vlines(edge, y - 1.5, y + 1.5, colors=style.INK, linewidth=1.2, zorder=6, clip_on=False)


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
