"""The verdict on a published number: reproduced at its printed rounding, within sampling error, or different."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from statistics import NormalDist

from stemcareers.contracts import SIGNIFICANT_DIGITS

Interval = tuple[float, float]


def verdict(printed: str, rebuilt: float, interval: Interval | None, base: Interval | None) -> tuple[str, str]:
    """The verdict, and on what it rests.

    printed   the number as printed; its decimals say how far it was rounded.
    rebuilt   the number as estimated here, in the same unit.
    interval  the confidence interval of `rebuilt`; None for a count of those who answered, which has no error.
    base      the interval that the published base gives the published number; None where there is none.
    """
    value = float(printed)
    if rounded(rebuilt, decimals(printed)) == Decimal(printed):
        return "reproduced", "equal at the printed rounding"
    if interval is not None and interval[0] <= value <= interval[1]:
        return "within sampling error", "the published number lies inside the interval of the rebuilt one"
    if base is not None and base[0] <= rebuilt <= base[1]:
        return "within sampling error", "the rebuilt number lies inside the interval that the published base gives"
    return "differs", "more than rounding and sampling error explain"


def of_scores(largest: float, within: float) -> tuple[str, str]:
    """The verdict on scores that were worked out again, by the largest difference, and on what it rests.

    within  how far apart they may lie, in the score's unit; what was printed of them was rounded on the way.
    """
    if largest <= within:
        return "reproduced", f"no score lies further from the published one than {within:g}"
    return "differs", f"a score lies further from the published one than {within:g}"


def decimals(printed: str) -> int:
    """How many decimals a number was printed with: 1 for `2.0`."""
    return len(printed.partition(".")[2])


def rounded(value: float, places: int) -> Decimal:
    """The value with so many decimals, halves away from zero, as numbers of the report are written.

    Estimates are known to nine significant digits, so 14.499999999999998 is 14.5.
    """
    known = Decimal(f"{value:.{SIGNIFICANT_DIGITS}g}")
    return known.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def of_share(share: float, n: int, confidence_level: float) -> Interval:
    """The confidence interval of a share of a simple random sample of n, as shares.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference, p. 212,
    doi:10.1080/01621459.1927.10502953
    """
    z = NormalDist().inv_cdf((1 + confidence_level) / 2)
    centre = share + z**2 / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)
