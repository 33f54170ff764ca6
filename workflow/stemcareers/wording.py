"""How numbers are written wherever they are shown: in figures, tables, captions and sentences."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal

import pandas as pd

from stemcareers import contracts
from stemcareers.config.families import MODELS

COMPLETE_CASES = contracts.COMPLETE_CASES
MINUS = "\N{MINUS SIGN}"
SYNTHETIC = "Synthetic answers: shows the method, not a finding"
PROBABILITY, POINTS = contracts.PROBABILITY, contracts.POINTS
SD = "SD of outcome"
PER_SD = f"{SD} per SD"
HELD = {"constant": "Others held constant", "alone": "By itself"}  # of the evidence of the synthesis
TOO_SMALL = ("fewer than", "would show")
NOT_ESTIMATED = "not estimated"
WITHHELD, ABSENT = "w", "x"  # where a number would stand: withheld, as a group is too small; not estimated
FEW_CLUSTERS = 40
# Models whose errors add up clusters. Mixed models have degrees of freedom of their own.
CLUSTERED_MODELS = tuple(model for model in MODELS if model != "mixed")
QUANTITIES = {
    "coefficient": "Estimate",
    "odds_ratio": "Odds ratio",
    "rate_ratio": "Rate ratio",
    "marginal_effect": "Average difference",
    "prediction": "Expected",
    "wald_f": "Wald F",
    "r_squared_without": "R\N{SUPERSCRIPT TWO} without it",
    "share": "Share",
    "mean": "Mean",
    "total": "Total",
    "ratio": "Ratio",
    "quantile": "Quantile",
    "variance": "Variance",
    "difference": "Difference",
    "contrast": "Contrast",
    "average": "Average",
    "association_f": "Test",
    "change": "Change",
    "transition": "Share",
    "count": "Number",
    "reliability": "Reliability (alpha)",
    "item_rest": "Item-rest correlation",
    "alpha_if_deleted": "Alpha if left out",
    "ordinal_alpha": "Ordinal alpha",
    "omega": "Omega",
    "loading": "Loading",
    "polychoric": "Polychoric correlation",
    "separation_reliability": "Reliability of the scores (person separation)",
    "difficulty": "Difficulty",
    "step": "Step",
    "icc1": "ICC(1)",
    "icc2": "ICC(2)",
    "rwg": "rwg, median of schools",
    "largest_difference": "Largest difference",
    "mean_difference": "Mean difference",
    "design_effect": "Design effect",
    "effective_n": "Effective n",
    "group_variance": "Variance between groups",
    "group_covariance": "Covariance between groups",
    "residual_variance": "Variance within groups",
    "icc": "Share of the variance between groups",
    "fraction_missing": "Missing information",
    **{f"{who}_{what}": f"{what.capitalize()} {who}" for who in ("observed", "imputed") for what in ("share", "mean")},
    **{f"{who}_sd": f"Standard deviation {who}" for who in ("observed", "imputed")},
    "trace_mean": "Mean drawn",
    "trace_sd": "Standard deviation drawn",
    "with_exclusion": "Estimate with the exclusion",
    "without_exclusion": "Estimate without the exclusion",
    "change_without_exclusion": "Difference without the exclusion",
    "variants": "Ways to do the analysis",
    "variant_share": "Share of the ways",
    "variant_median": "Median of the ways",
}
SHARES = ("share", f"share{COMPLETE_CASES}", "transition", "observed_share", "imputed_share", "icc", "fraction_missing")
COUNTS = ("count", "total", f"total{COMPLETE_CASES}", "effective_n")
PRECISION = ("design_effect", "effective_n")  # rows beside the number whose precision they tell
OF_PANELS = ("change", "transition")  # n are schools, however many people answered in each
IN_BOTH = "schools in both waves"
TESTS = ("association_f",)
IMPUTED = "Missing answers imputed"
ONLY_COMPLETE = "Complete cases only"


def decimal(value: float, places: int = 2) -> str:
    """`0.21`, `−1,250.40`: rounded half up, with a true minus sign; nothing that rounds to zero has a sign."""
    # Through the shortest decimal text of the float: 0.145 is meant as 0.145, whatever its binary digits.
    rounded = Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    return (MINUS if rounded < 0 else "") + f"{abs(rounded):,}"


def count(n: float) -> str:
    """`14,365`"""
    return decimal(n, 0)


def percent(share: float) -> str:
    """`38%` for 0.38; what would round to nothing or to all, but is neither, says so."""
    if 0 < share < 0.005:
        return "under 1%"
    if 0.995 < share < 1:
        return "over 99%"
    return f"{decimal(100 * share, 0)}%"


def p_value(p: float) -> str:
    """`p = 0.022`, `p < 0.001`"""
    return "p < 0.001" if p < 0.0005 else f"p = {decimal(p, 3)}"


def in_points(quantity: str, unit: str) -> bool:
    """True for a difference of shares, which is written in percentage points."""
    return quantity not in SHARES and unit == PROBABILITY


def amount(quantity: str, unit: str, value: float) -> str:
    """One number by its kind: shares `38%`, counts `1,204`, differences of shares `−3 points`, all else `0.21`."""
    if quantity in SHARES:
        return percent(value)
    if quantity in COUNTS:
        return count(value)
    if quantity == "quantile":  # an answer somebody gave: whole where answers are
        return decimal(value, 0 if float(value).is_integer() else 2)
    if in_points(quantity, unit):
        return _points(decimal(100 * value, 0))
    if unit.startswith(POINTS):
        return _points(decimal(value, 1))
    return decimal(value)


def _points(number: str) -> str:
    return f"{number} {'point' if number.removeprefix(MINUS) == '1' else 'points'}"


def interval(quantity: str, unit: str, low: float, high: float) -> str:
    """`0.12 to 0.30`; empty where there is no interval."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return ""
    if in_points(quantity, unit):
        return f"{decimal(100 * low, 0)} to {decimal(100 * high, 0)}"
    if unit.startswith(POINTS):
        return f"{decimal(low, 1)} to {decimal(high, 1)}"
    return f"{amount(quantity, unit, low)} to {amount(quantity, unit, high)}"


def estimate(quantity: str, unit: str, value: float, low: float, high: float) -> str:
    """`0.21 (0.12 to 0.30)`, `38% (34% to 42%)`, `−3 points (−8 to 2)`."""
    between = interval(quantity, unit, low, high)
    return amount(quantity, unit, value) + (f" ({between})" if between else "")


def withheld(reason: str) -> str:
    """`withheld: fewer than 10`; `not estimated: ...` where it is not the size of the group that forbids it."""
    if reason.startswith(("withheld", NOT_ESTIMATED)):
        return reason
    return f"{'withheld' if reason.startswith(TOO_SMALL) else NOT_ESTIMATED}: {reason}"


def mark(reason: str) -> str:
    """The letter that stands for a number which is not shown for this reason: `w` or `x`."""
    return ABSENT if withheld(reason).startswith(NOT_ESTIMATED) else WITHHELD


def marks(reasons: Iterable[str], because: bool = True) -> list[str]:
    """What the letters among the numbers mean: `w: withheld (fewer than 10)`, `x: not estimated (no responses)`.

    because  False leaves the reasons out, where they stand elsewhere or would be too many
    """
    told = {"w": "withheld, the group is too small", "x": NOT_ESTIMATED}
    found: dict[str, dict[str, None]] = {}
    for reason in filter(None, reasons):
        found.setdefault(mark(reason), {})[reason.removeprefix("withheld: ").removeprefix(f"{NOT_ESTIMATED}: ")] = None
    if not because:
        return [f"{letter}: {words}" for letter, words in told.items() if letter in found]
    return [
        f"{letter}: {words.partition(',')[0]} ({'; '.join(found[letter])})"
        for letter, words in told.items()
        if letter in found
    ]


def several(n: list[int]) -> str:
    """`188`, or `120 to 188` where the numbers differ."""
    low, high = min(n), max(n)
    return count(low) if low == high else f"{count(low)} to {count(high)}"


def weighting(fits: pd.DataFrame) -> str:
    """Whether the responses behind some fits were weighted; empty where the fits do not say."""
    known = fits[fits["withheld"].eq("")]
    if known.empty:
        return ""
    if known["weighted"].all():
        return "Weighted"
    if not known["weighted"].any():
        return "Unweighted: every response counts once"
    return "Some estimates are weighted, some are not"


def variance(fits: pd.DataFrame) -> str:
    """` (linearised)`: how errors were computed, where it is one way for all fits; else empty."""
    methods = list(dict.fromkeys(fits.loc[fits["withheld"].eq(""), "variance"]))
    return f" ({methods[0]})" if len(methods) == 1 and methods[0] else ""


def remarks(fits: pd.DataFrame) -> str:
    """What the fits themselves say a reader should know, each remark once."""
    known = fits.loc[fits["withheld"].eq(""), "remarks"]
    return "; ".join(dict.fromkeys(remark for text in known for remark in text.split("; ") if remark))


def few_clusters(fits: pd.DataFrame) -> str:
    """A caution where models rest on few clusters with errors that need many; empty where none does."""
    plain = fits["withheld"].eq("") & fits["family"].isin(CLUSTERED_MODELS) & ~fits["variance"].str.startswith("CR2")
    if not fits.loc[plain, "n_schools"].lt(FEW_CLUSTERS).any():
        return ""
    return f"Models on fewer than {FEW_CLUSTERS} clusters are among these: their intervals are as a rule too narrow"


def sentences(parts: Iterable[str]) -> str:
    """The parts that are not empty as sentences, each with a full stop."""
    return " ".join(part if part.endswith((".", "!", "?")) else f"{part}." for part in parts if part)
