"""The scale of a figure: its limits, its ticks and their labels, thinned until they fit."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from stemcareers import wording
from stemcareers.draw import style

MOST_TICKS = 6
GAP = 9.0  # points between two tick labels
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
LOG_STEPS = (1.0, 2.0, 5.0)


@dataclass(frozen=True)
class Tick:
    """A place on the scale and its label."""

    at: float
    label: str


@dataclass(frozen=True)
class Axis:
    """A scale from `low` to `high`, `width` points long, whether it lies or stands."""

    low: float
    high: float
    width: float
    ticks: tuple[Tick, ...]
    log: bool = False
    upright: bool = False

    def points(self, value: float) -> float:
        """Where a value lies, in points from the left end; beyond it where it is off the scale."""
        if self.log:
            value = max(value, self.low / 10)
            return self.width * math.log(value / self.low) / math.log(self.high / self.low)
        return self.width * (value - self.low) / (self.high - self.low)

    def clipped(self, value: float) -> float:
        """The value, or the end of the scale beyond which it lies."""
        return min(max(value, self.low), self.high)


@dataclass(frozen=True)
class Numbers:
    """How the ticks of a scale are written: by the quantity and unit of what is drawn."""

    quantity: str
    unit: str
    size: bool = False  # the amount without its sign: two halves of a diverging scale

    def text(self, value: float, step: float) -> str:
        value = abs(value) if self.size else value
        share = self.quantity in wording.SHARES
        scale = 100.0 if share or wording.in_points(self.quantity, self.unit) else 1.0
        places = _places(step * scale)
        return wording.decimal(value * scale, places) + ("%" if share else "")


def linear(
    low: float,
    high: float,
    width: float,
    numbers: Numbers,
    within: tuple[float, float] | None = None,
    upright: bool = False,
) -> Axis:
    """A plain scale; ticks only `within` these bounds where given (no share is over 100%)."""
    first, last = within or (low, high)
    for most in range(MOST_TICKS, 0, -1):
        step = _step(max(first, low), min(last, high), most)
        begin = math.ceil(max(first, low) / step - 1e-9)
        end = math.floor(min(last, high) / step + 1e-9)
        ticks = tuple(Tick(i * step, numbers.text(i * step, step)) for i in range(begin, end + 1))
        axis = Axis(low, high, width, ticks, upright=upright)
        if _fit(axis):
            return axis
    return Axis(low, high, width, ticks[:1], upright=upright)


def blank(width: float) -> Axis:
    """A scale without ticks, for a figure all of whose numbers are withheld."""
    return Axis(0.5, 2.0, width, ())


def logarithmic(low: float, high: float, width: float, numbers: Numbers) -> Axis:
    """A scale of ratios, always with 1 on it: ticks at 1, 2, 5, 10, their tenths and so on, or finer ones."""
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    places = [step * 10.0**decade for decade in decades for step in LOG_STEPS]
    candidates = [
        [p for p in places if low <= p <= high],
        [10.0**d for d in range(decades.start, decades.stop + 1) if low <= 10.0**d <= high],
        [1.0],
    ]
    if len(candidates[0]) < 3:
        fine = linear(low, high, width, numbers)
        return Axis(low, high, width, tuple(t for t in fine.ticks if t.at > 0), log=True)
    for chosen in candidates:
        ticks = tuple(Tick(p, wording.decimal(p, max(0, -math.floor(math.log10(p) + 1e-9)))) for p in chosen)
        axis = Axis(low, high, width, ticks, log=True)
        if _fit(axis):
            break
    return axis


def around(values: Iterable[float], pad: float = 0.05) -> tuple[float, float]:
    """Limits that hold all finite values with some room on both sides; 0 to 1 where there is none."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return 0.0, 1.0
    low, high = min(finite), max(finite)
    room = (high - low) * pad or max(abs(high) * 0.1, 0.05)
    return low - room, high + room


def around_ratios(values: Iterable[float]) -> tuple[float, float]:
    """The same on a scale of ratios; what is not positive has no place there."""
    low, high = around([math.log(v) for v in values if math.isfinite(v) and v > 0])
    return math.exp(low), math.exp(high)


def _step(low: float, high: float, most: int) -> float:
    """The smallest round step with no more than `most` ticks and one."""
    rough = max(high - low, 1e-12) / most
    power = 10.0 ** math.floor(math.log10(rough))
    return next(s * power for s in STEPS if s * power >= rough * (1 - 1e-9))


def _places(step: float) -> int:
    """How many decimals tell ticks apart that are a step from each other."""
    places = 0
    while places < 9 and abs(round(step, places) - step) > step * 1e-6:
        places += 1
    return places


def _fit(axis: Axis) -> bool:
    ends = [(axis.points(t.at), (style.LEADING if axis.upright else style.width(t.label)) / 2) for t in axis.ticks]
    return bool(ends) and all(b - a >= wa + wb + GAP for (a, wa), (b, wb) in zip(ends, ends[1:], strict=False))
