"""Which mark is which: named at the marks themselves where there is room, else in a key above them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes

from stemcareers.draw import style
from stemcareers.draw.sheet import Sheet

SWATCH = 14.0
GAP = 14.0
LABEL_GAP = 6.0


@dataclass(frozen=True)
class Sample:
    """A series: its name, and how its mark is painted at a place of a panel measured in points."""

    label: str
    paint: Callable[[Axes, float, float], None]


@dataclass(frozen=True)
class Reach:
    """How much of a line of the plot is taken: from `left` to `right`, at height `y`, by a series."""

    series: int
    left: float
    right: float
    y: float


@dataclass(frozen=True)
class Name:
    """A series' name at its mark."""

    x: float
    y: float
    label: str


def at_marks(
    series: Sequence[Sample], rows: Sequence[Sequence[Reach]], width: float, lines: Sequence[float] = ()
) -> list[Name]:
    """The names of all series beside their marks in the first row that has them all; empty where they do not fit there.

    rows   the marks of each row.
    width  of the plot.
    lines  places of upright lines that no name may cross.
    """
    if len(series) < 2:
        return []
    everything = list(range(len(series)))
    first = next((row for row in rows if [reach.series for reach in row] == everything), [])
    names = [_beside(series[reach.series].label, reach, width, lines) for reach in first]
    return [name for name in names if name is not None] if all(names) else []


def above(series: Sequence[Sample], sheet: Sheet, width: float) -> float:
    """A key in lines down from `sheet.y`, in the order of the marks; returns its height.

    width  how much of the sheet it may take.
    """
    places: list[tuple[float, float, Sample]] = []
    x, y = 0.0, 0.0
    for sample in series:
        label = style.wrap(sample.label, width - SWATCH - LABEL_GAP)
        wide = SWATCH + LABEL_GAP + max(style.width(line) for line in label)
        if x and x + wide > width:
            x, y = 0.0, y + style.MARK
        places.append((x + SWATCH / 2, y + style.MARK / 2, sample))
        for i, line in enumerate(label):
            sheet.write(x + SWATCH + LABEL_GAP, sheet.y + y + style.MARK / 2 + i * style.LEADING, line)
        y += (len(label) - 1) * style.LEADING
        x += wide + GAP
    height = y + style.MARK

    def paint(axes: Axes) -> None:
        axes.set_xlim(0, width)
        for left, middle, sample in places:
            sample.paint(axes, left, middle)

    sheet.panel(0.0, sheet.y, width, height, paint)
    return height


def _beside(label: str, reach: Reach, width: float, lines: Sequence[float]) -> Name | None:
    wide = style.width(label)
    for left in (reach.right + LABEL_GAP, reach.left - LABEL_GAP - wide):
        right = left + wide
        if left >= 0 and right <= width and not any(left - 2 <= line <= right + 2 for line in lines):
            return Name(left, reach.y, label)
    return None
