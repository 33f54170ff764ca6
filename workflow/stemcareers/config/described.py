"""The families that describe and compare, and the keys of a specification that belong to some of them alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stemcareers.errors import listed

OF_PANELS = ("change", "transitions")  # the same schools in two waves
PRECISE = ("mean", "share", "total", "ratio")  # what has a design effect
NEEDED = {
    "between": ("difference", "contrast", "association"),
    "edges": ("distribution",),
    "denominator": ("ratio",),
    "quantiles": ("quantile",),
    "coefficients": ("contrast",),
}
ALLOWED = {"precision": PRECISE, "adds_up_to": ("contrast",)}
SAME = 1e-9  # sums of coefficients that differ by less are equal: 1/3 is not written to the last digit


def quantity_of(family: str, adds_up_to: float) -> str:
    """What the numbers of a description are."""
    if family == "contrast" and adds_up_to:
        return "average"
    return {"distribution": "share", "association": "association_f", "transitions": "transition"}.get(family, family)


def key_faults(family: str, given: Mapping[str, object]) -> Iterable[str]:
    """Keys that are missing, and those that the family does not take.

    given  the keys that say something, with their values.
    """
    for key, families in {**NEEDED, **ALLOWED}.items():
        if family in families and key in NEEDED and key not in given:
            yield f"{key}: is missing; family '{family}' needs it"
        if family not in families and key in given:
            known = listed(map(repr, families), "or")
            yield f"{key}: belongs to family {known}, not to '{family}'"


def quantile_faults(quantiles: list[float]) -> Iterable[str]:
    """Quantiles are shares of the population, each once, low to high."""
    inside = all(0 < quantile < 1 for quantile in quantiles)
    if not inside or sorted(set(quantiles)) != quantiles:
        yield "quantiles: must rise and lie between 0 and 1, for example [0.25, 0.5, 0.75]"


def contrast_faults(between: list[str], coefficients: Mapping[str | int, float], adds_up_to: float) -> Iterable[str]:
    """A contrast weighs the categories of one item, and adds up to what it says."""
    if len(between) > 1:
        yield f"between: names {len(between)} items; a contrast weighs the categories of one"
    if not coefficients:
        return
    if not any(coefficients.values()):
        yield "coefficients: are all 0; give the weight of each category that is compared"
    elif abs((total := sum(coefficients.values())) - adds_up_to) > SAME:
        told = "" if adds_up_to else "; where they are meant to, say what they add up to under adds_up_to"
        yield f"coefficients: add up to {total:g}, not to {adds_up_to:g}{told}"


def panel_faults(family: str, waves: list[str], samples: list[str]) -> Iterable[str]:
    """Two waves, and samples that are in both."""
    if not waves:
        yield f"waves: is missing; family '{family}' needs it"
    elif len(waves) != 2:
        yield f"waves: names {len(waves)}, where two are due, the earlier one first"
    for sample in samples:
        if sample == "by wave" or sample.startswith("wave="):
            yield f"samples: '{sample}' holds one wave, and family '{family}' compares two"
