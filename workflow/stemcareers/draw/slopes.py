"""Lines between posts, one post a wave: where they, their labels and their changes stand, and how they are painted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from matplotlib.axes import Axes

from stemcareers import wording
from stemcareers.config.labels import small
from stemcareers.draw import axis, key, marks, style
from stemcareers.draw.arrange import Record
from stemcareers.draw.key import Sample
from stemcareers.draw.sheet import Sheet

PANEL_HEIGHT = 76.0
INTERVALS_AT_MOST = 4  # lines whose levels have intervals drawn; of more they would be a thicket
BESIDE = 3.0  # points between the intervals of two lines in the same wave
POSTS_WIDE, POSTS_NARROW = 96.0, 72.0  # the least width between the first wave and the last
LABEL_WIDE = 190.0
POINT_GAP, VALUE_GAP, LEADER, COLUMN_GAP, PANEL_GAP, BLOCK_GAP = 7.0, 11.0, 12.0, 10.0, 12.0, 4.0
CLEAR, UNCLEAR = "Clear change", "No clear change: its interval contains zero"
NOT_COMPARABLE = "not comparable"


@dataclass(frozen=True)
class Point:
    """A level in one wave; `place` is the wave's among those drawn."""

    place: int
    record: Record

    @property
    def shown(self) -> bool:
        return not self.record["withheld"]


@dataclass(frozen=True)
class Line:
    """One item in one group of respondents over the waves.

    change  the estimate of its change; None where its waves cannot be compared.
    gaps    places of the points after which no line may be drawn, and why.
    """

    name: str
    whole: str
    points: list[Point]
    change: Record | None
    gaps: dict[int, str]

    @property
    def clear(self) -> bool:
        """Whether the interval of the change leaves no difference out."""
        r = self.change
        return r is not None and not r["withheld"] and bool(float(r["ci_low"]) > 0 or float(r["ci_high"]) < 0)

    @property
    def ends(self) -> list[Point]:
        return [point for point in self.points if point.shown]

    def value(self, point: Point) -> str:
        r = point.record
        return wording.amount(r["quantity"], r["unit"], float(r["estimate"]))

    def changed(self) -> str:
        """The change in words."""
        if self.change is None:
            return NOT_COMPARABLE
        if self.change["withheld"]:
            return wording.withheld(str(self.change["withheld"]))
        r = self.change
        told = wording.estimate(r["quantity"], r["unit"], *(float(r[k]) for k in ("estimate", "ci_low", "ci_high")))
        number, _, interval = told.partition(" (")
        sign = "+" if float(r["estimate"]) > 0 and not number.startswith("0 ") else ""
        return " ".join(
            filter(None, [sign + style.unbroken(number), style.unbroken(f"({interval}") if interval else ""])
        )


@dataclass(frozen=True)
class Chart:
    """All panels, each with its heading, and the waves they have in common."""

    panels: list[tuple[str, list[Line]]]
    waves: list[str]
    titles: list[str]
    days: list[float]
    between: str

    @property
    def lines(self) -> list[Line]:
        return [line for _, lines in self.panels for line in lines]


@dataclass(frozen=True)
class Frame:
    """How the width is shared out: values or ticks, the posts of the waves, labels, changes."""

    left: float
    across: axis.Axis
    a_point: float
    label_left: float
    label_width: float
    change_left: float  # where changes stand under their labels; else the right edge of their column
    apart: bool


@dataclass(frozen=True)
class Block:
    """The label of a line: its words, the height they take, and where its middle would best be."""

    line: Line
    words: list[str]
    under: list[str]
    at: float

    @property
    def height(self) -> float:
        return style.LEADING * (len(self.words) + len(self.under)) + (BLOCK_GAP if self.under else 0.0)


def lay(chart: Chart, x_title: str, confidence: str, sheet: Sheet, narrow: bool) -> None:
    """Put the panels on the sheet, one below the other on one scale, and move below them."""
    sheet.paragraph(x_title)
    if samples := _key(chart):
        sheet.y += key.above(samples, sheet, sheet.width) + 2
    frame = _frame(chart, sheet.width, narrow)
    _column_headings(chart, frame, confidence, sheet)
    for place, (heading, lines) in enumerate(chart.panels):
        sheet.y += PANEL_GAP if place else 0
        if heading:
            sheet.paragraph(heading, bold=True)
        sheet.y += 2
        _panel(chart, lines, frame, sheet)


def _frame(chart: Chart, width: float, narrow: bool) -> Frame:
    two = len(chart.waves) == 2
    titles = chart.titles
    values = [line.value(point) for line in chart.lines for point in line.ends]
    numbers = max((style.width(v) for v in values), default=0.0)
    changes = max(style.width(line.changed()) for line in chart.lines)
    a_point = _a_point(chart)
    panels = [_upright(lines, a_point, PANEL_HEIGHT / 2) for _, lines in chart.panels]
    ticks = max((style.width(t.label) for panel in panels for t in panel.ticks), default=0.0) + 4
    left = max((numbers if two else ticks) + VALUE_GAP, style.width(titles[0]) / 2 + 1)
    names = max(style.width(_label(line)) for line in chart.lines) + 0.5
    posts = POSTS_NARROW if narrow else POSTS_WIDE
    posts = max(posts, _room_for_titles(chart))
    after = POINT_GAP + LEADER
    room = width - left - posts - after
    apart = not narrow and room - changes - COLUMN_GAP >= min(names, 0.5 * LABEL_WIDE)
    label = min(names, LABEL_WIDE, room - changes - COLUMN_GAP) if apart else max(room, 40.0)
    label = label if apart else min(label, max(names, changes))
    across_width = width - left - after - label - (changes + COLUMN_GAP if apart else 0.0)
    across = axis.Axis(chart.days[0], chart.days[-1], across_width, ())
    label_left = left + across_width + after
    return Frame(left, across, a_point, label_left, label, width if apart else label_left, apart)


def _room_for_titles(chart: Chart) -> float:
    """How far apart the first wave and the last must stand, so that no title runs into the next."""
    whole = chart.days[-1] - chart.days[0]
    steps = zip(chart.titles, chart.titles[1:], chart.days, chart.days[1:], strict=False)
    return max(((style.width(a) + style.width(b)) / 2 + 9) * whole / (then - first) for a, b, first, then in steps)


def _label(line: Line) -> str:
    """The last value and the name: what stands at the end of the line."""
    if not line.ends:
        return f"{line.name} ({wording.withheld(str(line.points[-1].record['withheld']))})"
    last = line.ends[-1]
    hidden = "" if last is line.points[-1] else " (last withheld)"
    return f"{style.unbroken(f'{line.value(last)}  ')}{line.name}{hidden}"


def _upright(lines: list[Line], a_point: float, least: float) -> axis.Axis:
    """The scale of a panel: only as far as its lines reach, and as steep as in every other panel.

    a_point  how much a point of height is worth.
    least    the height its labels need.
    """
    low, high = reach = _reach(lines)
    height = max((high - low) / a_point, least)
    middle = (low + high) / 2
    low, high = middle - height * a_point / 2, middle + height * a_point / 2
    records = [p.record for line in lines for p in line.ends]
    if not records:
        return axis.Axis(low, high, height, (), upright=True)
    numbers = axis.Numbers(records[0]["quantity"], records[0]["unit"])
    return axis.linear(low, high, height, numbers, reach, upright=True)


def _reach(lines: list[Line]) -> tuple[float, float]:
    """From where to where lines and their intervals reach, as far as these are drawn."""
    records = [p.record for line in lines for p in line.ends]
    if len(lines) > INTERVALS_AT_MOST:
        return axis.around([float(r["estimate"]) for r in records], 0.04)
    return axis.around(marks.bounds(records), 0.02)


def _a_point(chart: Chart) -> float:
    """How much a point of height is worth: the panel that reaches furthest is as high as a panel is."""
    return max(high - low for low, high in (_reach(lines) for _, lines in chart.panels)) / PANEL_HEIGHT


def _column_headings(chart: Chart, frame: Frame, confidence: str, sheet: Sheet) -> None:
    """What stands in the column of changes."""
    words = [f"Change, {chart.between}" if chart.between else "Change", f"({confidence} interval)"]
    if frame.apart:
        room = sheet.width - frame.label_left
        lines = [line for part in words for line in style.wrap(part, room)]
        for line in lines:
            sheet.write(sheet.width, sheet.y + style.LEADING / 2, line, colour=style.GREY, align="right")
            sheet.y += style.LEADING
    else:
        sheet.paragraph(f"Under each label: {small(words[0])} {words[1]}", colour=style.GREY)
    sheet.y += 2


def _panel(chart: Chart, lines: list[Line], frame: Frame, sheet: Sheet) -> None:
    """The lines of one panel between the posts of the waves, their labels on the right."""
    blocks = _blocks(lines, frame)
    upright = _upright(lines, frame.a_point, sum(block.height for block in blocks) - style.LEADING)
    height = upright.width
    top = sheet.y + style.LEADING / 2
    ideal = [height - upright.points(block.at) for block in blocks]
    wished = [middle + (block.height - style.LEADING) / 2 for middle, block in zip(ideal, blocks, strict=True)]
    places = spread(wished, [block.height for block in blocks], height)
    for block, at, middle in zip(blocks, ideal, places, strict=True):
        first = middle - block.height / 2 + style.LEADING / 2
        _write(block, frame, top + first, sheet)
        if block.line.ends:
            _leader(frame, top, at, first, sheet)
    if len(chart.waves) == 2:
        _first_values(lines, frame, upright, top, sheet)
    else:
        for tick in upright.ticks:
            middle = top + height - upright.points(tick.at)
            sheet.write(frame.left - VALUE_GAP, middle, tick.label, colour=style.GREY, align="right")
    sheet.panel(frame.left, top, frame.across.width, height, partial(_paint, lines, chart, frame.across, upright))
    sheet.y = top + height + style.LEADING / 2
    for day, title in zip(chart.days, chart.titles, strict=True):
        at = frame.left + frame.across.points(day)
        sheet.write(at, sheet.y + style.LEADING / 2, title, colour=style.GREY, align="center")
    sheet.y += style.LEADING


def _blocks(lines: list[Line], frame: Frame) -> list[Block]:
    """The labels from top to bottom, as their lines end."""
    blocks = []
    for line in lines:
        words = style.wrap(_label(line), frame.label_width)
        under = [] if frame.apart else style.wrap(line.changed(), frame.label_width)
        at = float(line.ends[-1].record["estimate"]) if line.ends else _reach(lines)[0]
        blocks.append(Block(line, words, under, at))
    return sorted(blocks, key=lambda block: -block.at)


def _write(block: Block, frame: Frame, y: float, sheet: Sheet) -> None:
    """A label, its first line at height `y`, and the change beside or under it."""
    colour = style.INK if block.line.clear or not block.line.ends else style.GREY
    if frame.apart:
        sheet.write(frame.change_left, y, block.line.changed(), colour=colour, align="right")
    looks = [colour] * len(block.words) + [style.GREY] * len(block.under)
    for i, (words, look) in enumerate(zip([*block.words, *block.under], looks, strict=True)):
        sheet.write(frame.label_left, y + i * style.LEADING, words, colour=look)


def _leader(frame: Frame, top: float, at: float, middle: float, sheet: Sheet) -> None:
    """A thin line from the last point to its label, where the label had to give way."""
    if abs(at - middle) < 1.0:
        return
    low, high = min(at, middle), max(at, middle)

    def paint(axes: Axes) -> None:
        axes.set_xlim(0, LEADER)
        axes.plot([0, LEADER - 3], [at - low, middle - low], color=style.CONTEXT, linewidth=0.6, clip_on=False)

    sheet.panel(frame.left + frame.across.width + POINT_GAP, top + low, LEADER, max(high - low, 0.1), paint)


def _first_values(lines: list[Line], frame: Frame, upright: axis.Axis, top: float, sheet: Sheet) -> None:
    """The values of the first wave, left of their points; each once where two lines begin in the same."""
    first: dict[str, float] = {}
    for line in lines:
        if line.ends and line.ends[0].place == 0:
            first.setdefault(line.value(line.ends[0]), float(line.ends[0].record["estimate"]))
    ranked = sorted(first.items(), key=lambda pair: -pair[1])
    ideal = [upright.width - upright.points(value) for _, value in ranked]
    for (words, _), middle in zip(ranked, spread(ideal, [style.LEADING] * len(ideal), upright.width), strict=True):
        sheet.write(frame.left - VALUE_GAP, top + middle, words, colour=style.GREY, align="right")


def spread(ideal: list[float], heights: list[float], room: float) -> list[float]:
    """Middles as close to the ideal ones as they may be without one block running into the next or out of the room.

    ideal    from top to bottom. Blocks that touch are moved as one, to the mean of where each would be.
    """
    groups: list[list[int]] = [[i] for i in range(len(ideal))]

    def top_of(group: list[int]) -> float:
        whole = sum(heights[i] for i in group)
        before = [sum(heights[j] for j in group[:k]) + heights[i] / 2 for k, i in enumerate(group)]
        wished = sum(ideal[i] - b for i, b in zip(group, before, strict=True)) / len(group)
        slack = style.LEADING / 2 - 1
        return min(max(wished, -slack), max(room + slack - whole, -slack))

    merged = True
    while merged:
        merged = False
        for k in range(len(groups) - 1):
            if top_of(groups[k]) + sum(heights[i] for i in groups[k]) > top_of(groups[k + 1]) + 1e-9:
                groups[k : k + 2] = [groups[k] + groups[k + 1]]
                merged = True
                break
    places = [0.0] * len(ideal)
    for group in groups:
        y = top_of(group)
        for i in group:
            places[i] = y + heights[i] / 2
            y += heights[i]
    return places


def _paint(lines: list[Line], chart: Chart, across: axis.Axis, upright: axis.Axis, axes: Axes) -> None:
    axes.set_xlim(across.low, across.high)
    axes.set_ylim(upright.low, upright.high)
    axes.vlines(chart.days, upright.low, upright.high, color=style.GRID, linewidth=0.6, zorder=0, clip_on=False)
    a_point = (across.high - across.low) / across.width
    for place, line in enumerate(sorted(lines, key=lambda one: one.clear)):
        colour = style.DARK_BLUE if line.clear else style.CONTEXT
        shift = (place - (len(lines) - 1) / 2) * BESIDE * a_point if len(lines) <= INTERVALS_AT_MOST else 0.0
        at = {p.place: (chart.days[p.place] + shift, float(p.record["estimate"])) for p in line.ends}
        for a, b in zip(line.ends, line.ends[1:], strict=False):
            if any(a.place <= gap < b.place for gap in line.gaps):
                _break(axes, at[a.place], at[b.place], colour)
            else:
                x, y = zip(at[a.place], at[b.place], strict=True)
                axes.plot(x, y, color=colour, linewidth=1.6, zorder=3, clip_on=False)
        if len(lines) <= INTERVALS_AT_MOST:
            _intervals(axes, line, at, colour)
        _points(axes, list(at.values()), colour, line.clear)


def _intervals(axes: Axes, line: Line, at: dict[int, tuple[float, float]], colour: str) -> None:
    known = [p for p in line.ends if not math.isnan(float(p.record["ci_low"]))]
    bounds = [[float(p.record[name]) for p in known] for name in ("ci_low", "ci_high")]
    x = [at[p.place][0] for p in known]
    axes.vlines(x, *bounds, color=colour, linewidth=1.0, zorder=2, clip_on=False)


def _break(axes: Axes, a: tuple[float, float], b: tuple[float, float], colour: str) -> None:
    """Stumps of the line, cut off by a stroke at each end: what is between cannot be compared."""
    for near, far in ((a, b), (b, a)):
        end = (near[0] + 0.35 * (far[0] - near[0]), near[1] + 0.35 * (far[1] - near[1]))
        axes.plot(*zip(near, end, strict=True), color=colour, linewidth=1.2, linestyle=(0, (1.5, 1.5)), zorder=3)
        axes.plot(*end, marker=(2, 0, -20), markersize=9, color=style.INK, linestyle="none", zorder=4)


def _points(axes: Axes, at: list[tuple[float, float]], colour: str, clear: bool) -> None:
    axes.plot(
        [x for x, _ in at],
        [y for _, y in at],
        marker="o",
        markersize=marks.POINT - 0.5,
        markerfacecolor=colour if clear else style.WHITE,
        markeredgecolor=colour,
        markeredgewidth=marks.EDGE,
        linestyle="none",
        zorder=4,
        clip_on=False,
    )


def _key(chart: Chart) -> list[Sample]:
    """What dark and grey say, where any line is grey."""
    found = {line.clear for line in chart.lines}
    samples = [Sample(CLEAR, partial(_sample, True)), Sample(UNCLEAR, partial(_sample, False))]
    return [sample for clear, sample in zip((True, False), samples, strict=True) if clear in found and False in found]


def _sample(clear: bool, axes: Axes, x: float, y: float) -> None:
    colour = style.DARK_BLUE if clear else style.CONTEXT
    axes.hlines(y, x - 7, x + 7, colors=colour, linewidth=1.6)
    _points(axes, [(x, y)], colour, clear)
