"""Numbers in sentences: how pages say a share, a mean, a difference, an odds ratio, each with its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass

from stemcareers.wording import amount, count, decimal, interval, percent

CLOSE = 2  # percentage points as printed: a share this near to a plain fraction is said as the fraction
FRACTIONS = {
    1 / 10: "1 in 10",
    1 / 5: "1 in 5",
    1 / 4: "a quarter",
    3 / 10: "3 in 10",
    1 / 3: "a third",
    2 / 5: "4 in 10",
    1 / 2: "half",
    3 / 5: "6 in 10",
    2 / 3: "two thirds",
    7 / 10: "7 in 10",
    3 / 4: "three quarters",
    4 / 5: "8 in 10",
    9 / 10: "9 in 10",
}


@dataclass(frozen=True)
class Said:
    """A number in words and the words for its interval, which stand in brackets behind it."""

    number: str
    interval: str = ""

    def __str__(self) -> str:
        return f"{self.number} ({self.interval})" if self.interval else self.number


def share(estimate: float, low: float, high: float, of: str = "") -> Said:
    """`about 4 in 10 schools (36% to 44%)`, or `37% of schools (33% to 41%)` where no plain fraction is near.

    estimate, low, high  from 0 to 1; low and high missing where there is no interval.
    of                   what it is a share of, in the plural; may be empty.

    A fraction is only said where it lies within the interval as printed.
    """
    interval = "" if _absent(low, high) else f"{percent(low)} to {percent(high)}"
    near = min(FRACTIONS, key=lambda fraction: abs(fraction - estimate))
    within = _absent(low, high) or _whole(low) <= 100 * near <= _whole(high)
    if abs(100 * near - _whole(estimate)) > CLOSE or not within:
        return Said(f"{percent(estimate)} of {of}" if of else percent(estimate), interval)
    words = FRACTIONS[near]
    counted = " in " in words
    return Said("about " + words + (f" {of}" if of and counted else f" of {of}" if of else ""), interval)


def mean(estimate: float, low: float, high: float) -> Said:
    """`0.21 (0.12 to 0.30)`"""
    return Said(decimal(estimate), "" if _absent(low, high) else f"{decimal(low)} to {decimal(high)}")


def written(quantity: str, estimate: float, low: float, high: float, of: str = "") -> Said:
    """`1,204 schools (1,100 to 1,308)`: a total, ratio, quantile or effective n as tables write it, and of what."""
    number = f"{amount(quantity, '', estimate)} {of}".rstrip()
    return Said(number, "" if _absent(low, high) else interval(quantity, "", low, high))


def difference(estimate: float, low: float, high: float, *, points: bool = False) -> Said:
    """`0.38 higher (0.02 to 0.74 higher)`, or `no clear difference (between 0.03 lower and 0.60 higher)`.

    points  the numbers are differences of shares, from -1 to 1: said in percentage points.
    """
    if _absent(low, high):
        return Said(_size(estimate, points, unit=True) + _direction(estimate))
    if low <= 0 <= high:
        lower, higher = _size(low, points, unit=True), _size(high, points)
        return Said("no clear difference", f"between {lower} lower and {higher} higher")
    near, far = sorted((low, high), key=abs)
    interval = f"{_size(near, points)} to {_size(far, points)}{' points' if points else ''}{_direction(estimate)}"
    return Said(_size(estimate, points, unit=True) + _direction(estimate), interval)


def odds_ratio(estimate: float, low: float, high: float) -> Said:
    """`2.10 times the odds (1.31 to 3.36 times)`, or `no clear difference in the odds (0.80 to 1.60 times)`."""
    if _absent(low, high):
        return Said(f"{decimal(estimate)} times the odds")
    interval = f"{decimal(low)} to {decimal(high)} times"
    if low <= 1 <= high:
        return Said("no clear difference in the odds", interval)
    return Said(f"{decimal(estimate)} times the odds", interval)


def rate_ratio(estimate: float, low: float, high: float) -> Said:
    """`1.30 times as many (1.10 to 1.54 times)`, or `no clear difference in number (0.80 to 1.60 times)`."""
    if _absent(low, high):
        return Said(f"{decimal(estimate)} times as many")
    interval = f"{decimal(low)} to {decimal(high)} times"
    return Said("no clear difference in number" if low <= 1 <= high else f"{decimal(estimate)} times as many", interval)


def effect(estimate: float, low: float, high: float, *, points: bool = False, of: str = "") -> Said:
    """`12 more in every 100 schools (3 to 21 more)`, `no clear difference (between 3 fewer and 8 more in every 100)`.

    points  the numbers are percentage points, told as schools (or what it is `of`) in a hundred; else they are in the
            outcome's own unit: `0.38 more (0.02 to 0.74 more)`.
    """
    whole = f" in every 100{' ' + of if of else ''}" if points else ""

    def size(value: float) -> str:
        return _size(value / 100, True) if points else _size(value, False)

    less = "fewer" if points else "less"

    def way(value: float) -> str:
        return "more" if value > 0 else less

    number = f"{size(estimate)} {way(estimate)}{whole}"
    if _absent(low, high):
        return Said(number)
    if low <= 0 <= high:
        return Said("no clear difference", f"between {size(low)} {less} and {size(high)} more{whole}")
    near, far = sorted((low, high), key=abs)
    return Said(number, f"{size(near)} to {size(far)} {way(estimate)}")


def agreement(same_side: int, clear: int, ways: int, of: str = "") -> Said:
    """`46 of 48 ways to do the analysis (clearly so in 40)`, `all 48 ways to do the analysis (clearly so in all)`.

    same_side, clear  ways on the main analysis's side of no difference, and of these the ones whose interval leaves it
                      out.
    of                what is counted, in the plural: ways to do the analysis.
    """
    number = f"all {count(ways)}" if same_side == ways else f"{count(same_side)} of {count(ways)}"
    clearly = "none" if not clear else "all" if clear == ways else count(clear)
    return Said(f"{number} {of}".rstrip(), f"clearly so in {clearly}")


def _size(value: float, points: bool, *, unit: bool = False) -> str:
    """The amount without its sign; `under 0.01` where a true difference would print as nothing."""
    amount, places = (abs(value) * 100, 0) if points else (abs(value), 2)
    smallest = 10.0**-places
    words = f"under {decimal(smallest, places)}" if 0 < amount < smallest / 2 else decimal(amount, places)
    if not (points and unit):
        return words
    return words + (" percentage point" if words in {"1", "under 1"} else " percentage points")


def _direction(value: float) -> str:
    return " higher" if value > 0 else " lower" if value < 0 else " apart"


def _whole(share: float) -> float:
    """A share as it is printed, in per cent."""
    return math.floor(100 * share + 0.5)


def _absent(low: float, high: float) -> bool:
    return math.isnan(low) or math.isnan(high)
