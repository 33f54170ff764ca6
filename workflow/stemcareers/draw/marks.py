"""The marks several kinds share: intervals, points, bars."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from stemcareers import wording
from stemcareers.draw import style
from stemcareers.draw.axis import Axis
from stemcareers.draw.layout import Line, Placed
from stemcareers.draw.sheet import Words, text

POINT = 6.0  # the diameter of a point
BAR = 9.0  # the height of a bar
PART = 13.5  # the height of a bar with words in it
EDGE = 1.2


@dataclass(frozen=True)
class Part:
    """A part of a bar: from where on, how much, at which height."""

    left: float
    share: float
    y: float


def intervals(axes: Axes, axis: Axis, placed: Iterable[Placed], colour: str = "", halo: bool = False) -> None:
    """Thin lines from the lower to the upper bounds as given, to the edge of the scale where they go beyond.

    colour  of all lines; each mark's own unless given.
    halo    with a white rim, for lines over solid marks.
    """
    for own, group in _by(placed, lambda p: colour or p.line.colour):
        shown = [p for p in group if _known(p.line.record["ci_low"]) and _known(p.line.record["ci_high"])]
        y = [p.y for p in shown]
        low = [axis.clipped(float(p.line.record["ci_low"])) for p in shown]
        high = [axis.clipped(float(p.line.record["ci_high"])) for p in shown]
        if halo:
            axes.hlines(y, low, high, colors=style.WHITE, linewidth=3.0, zorder=3)
        axes.hlines(y, low, high, colors=own, linewidth=1.2, zorder=3.1)


def points(axes: Axes, axis: Axis, placed: Iterable[Placed]) -> None:
    """Points with their intervals; by series filled or hollow, round or square."""
    placed = list(placed)
    intervals(axes, axis, placed)
    for (look, colour), group in _by(placed, lambda p: (p.line.look, p.line.colour)):
        at = [axis.clipped(float(p.line.record["estimate"])) for p in group]
        _points(axes, at, [p.y for p in group], look, colour)


def _points(axes: Axes, x: list[float], y: list[float], look: int, colour: str) -> None:
    axes.plot(
        x,
        y,
        marker=style.MARKERS[look],
        markersize=POINT - (1 if style.MARKERS[look] != "o" else 0),
        markerfacecolor=style.WHITE if style.HOLLOW[look] else colour,
        markeredgecolor=colour,
        markeredgewidth=EDGE,
        linestyle="none",
        zorder=4,
        clip_on=False,
    )


def _by(placed: Iterable[Placed], key: Callable[[Placed], Any]) -> list[tuple[Any, list[Placed]]]:
    """The marks that look alike, in order of appearance: drawn together, which is faster."""
    groups: dict[Any, list[Placed]] = {}
    for p in placed:
        groups.setdefault(key(p), []).append(p)
    return list(groups.items())


def point_sample(axes: Axes, x: float, y: float, look: int) -> None:
    """A point with its interval, for a key measured in points."""
    colour = style.SERIES[look]
    axes.hlines(y, x - 7, x + 7, colors=colour, linewidth=1.2)
    _points(axes, [x], [y], look, colour)


def bars(axes: Axes, placed: Iterable[Placed]) -> None:
    """Bars from zero to the estimates, hatched in white where the series is told by a pattern."""
    for (look, colour), group in _by(placed, lambda p: (p.line.look, p.line.colour)):
        hatch = style.HATCHES[look]
        axes.barh(
            [p.y for p in group],
            [float(p.line.record["estimate"]) for p in group],
            height=BAR,
            color=colour,
            edgecolor=style.WHITE if hatch else "none",
            hatch=hatch or None,
            linewidth=0,
            zorder=2,
        )


def parts(axes: Axes, axis: Axis, found: list[Part], colour: str) -> None:
    """Parts of bars in one colour, set off by white edges, each with its share printed inside where it fits."""
    axes.barh(
        [part.y for part in found],
        [part.share for part in found],
        left=[part.left for part in found],
        height=PART,
        color=colour,
        edgecolor=style.WHITE,
        linewidth=0.8,
        zorder=2,
    )
    for part in found:
        label = wording.percent(part.share)
        if style.width(label) + 4 <= axis.points(part.left + part.share) - axis.points(part.left):
            middle, ink = part.left + part.share / 2, style.readable_on(colour)
            words = Words(middle, part.y + style.BASELINE, label, colour=ink, align="center")
            axes.add_artist(text(words, words.x, words.y)).set_zorder(5)


def swatch(axes: Axes, x: float, y: float, colour: str, hatch: str = "") -> None:
    """A filled rectangle, for a key measured in points."""
    rectangle = Rectangle(
        (x - 7, y - BAR / 2),
        14,
        BAR,
        facecolor=colour,
        edgecolor=style.WHITE if hatch else "none",
        hatch=hatch or None,
        linewidth=0,
    )
    axes.add_patch(rectangle)


def point_extent(line: Line, axis: Axis) -> tuple[float, float]:
    """From where to where a point and its interval reach."""
    record = line.record
    places = [
        axis.points(axis.clipped(float(record[k]))) for k in ("estimate", "ci_low", "ci_high") if _known(record[k])
    ]
    return min([*places, places[0] - POINT / 2]), max([*places, places[0] + POINT / 2])


def bounds(records: Iterable[dict[str, Any]]) -> list[float]:
    """All estimates and bounds that are shown."""
    return [
        float(r[k]) for r in records if not r["withheld"] for k in ("estimate", "ci_low", "ci_high") if _known(r[k])
    ]


def _known(value: Any) -> bool:
    return not math.isnan(float(value))
