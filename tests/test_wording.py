"""Numbers are written in one way, whoever writes them."""

from __future__ import annotations

import helpers_config as tiny
import pytest
from stemcareers import wording

NONE = float("nan")


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (0.21, 2, "0.21"),
        (-1.5, 2, "−1.50"),
        (-0.004, 2, "0.00"),
        (0.145, 2, "0.15"),  # half up, as it is read, though the float lies below
        (14365.0, 0, "14,365"),
        (-1234567.891, 1, "−1,234,567.9"),
    ],
)
def test_decimals(value: float, places: int, text: str) -> None:
    assert wording.decimal(value, places) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.384, "38%"), (0.0, "0%"), (1.0, "100%"), (0.004, "under 1%"), (0.996, "over 99%"), (0.005, "1%")],
)
def test_shares_have_no_decimals(share: float, text: str) -> None:
    assert wording.percent(share) == text


@pytest.mark.parametrize(
    ("quantity", "unit", "numbers", "text"),
    [
        ("coefficient", "SD", (0.21, 0.12, 0.3), "0.21 (0.12 to 0.30)"),
        ("share", "probability", (0.384, 0.34, 0.421), "38% (34% to 42%)"),
        ("difference", "probability", (-0.03, -0.081, 0.02), "−3 points (−8 to 2)"),
        ("difference", "points, 1 to 5", (-0.03, -0.081, 0.02), "−0.03 (−0.08 to 0.02)"),
        ("count", "responses", (1204.0, NONE, NONE), "1,204"),
        ("mean", "points", (3.5, NONE, NONE), "3.50"),
        ("odds_ratio", "odds ratio", (2.1, 1.31, float("inf")), "2.10"),
    ],
)
def test_estimates_with_their_intervals(quantity: str, unit: str, numbers: tuple[float, ...], text: str) -> None:
    assert wording.estimate(quantity, unit, *numbers) == text


def test_why_a_number_is_not_there() -> None:
    assert wording.withheld("fewer than 10") == "withheld: fewer than 10"
    assert wording.withheld("would show a group of fewer than 10") == "withheld: would show a group of fewer than 10"
    assert wording.withheld("the model did not converge") == "not estimated: the model did not converge"
    assert wording.withheld("not estimated: no responses") == "not estimated: no responses"


def test_letters_stand_for_what_is_not_shown() -> None:
    few, other = "fewer than 10", "no responses"
    assert (wording.mark(few), wording.mark(other), wording.mark(f"not estimated: {other}")) == ("w", "x", "x")
    told = wording.marks(["", other, few, f"withheld: {few}", "would show a group of fewer than 10"])
    assert told == [
        "w: withheld (fewer than 10; would show a group of fewer than 10)",
        "x: not estimated (no responses)",
    ]
    assert wording.marks([few], because=False) == ["w: withheld, the group is too small"]
    assert wording.marks([other, few], because=False)[1:] == ["x: not estimated"]
    assert wording.marks([""]) == []


def test_one_point_is_no_points() -> None:
    told = [wording.amount("difference", "probability", v) for v in (-0.01, 0.013, 0.02, 0.004)]
    assert told == ["\N{MINUS SIGN}1 point", "1 point", "2 points", "0 points"]


def test_weighting_is_said_for_all_fits_or_not_at_all() -> None:
    fits = tiny.fits(tiny.estimates([tiny.row("shares", o, "share", 0.5) for o in ("careers_fair", "site_visit")]))
    assert wording.weighting(fits) == "Weighted"
    assert wording.weighting(fits.assign(weighted=False)) == "Unweighted: every response counts once"
    assert wording.weighting(fits.assign(weighted=[True, False])) == "Some estimates are weighted, some are not"
    assert wording.weighting(fits.assign(weighted=[True, False], withheld=["", "fewer than 10"])) == "Weighted"
    assert wording.weighting(fits[:0]) == ""
    assert wording.variance(fits) == " (linearised)"
    assert wording.variance(fits.assign(variance=["linearised", "jackknife"])) == ""


def test_numbers_and_sentences() -> None:
    assert wording.several([188]) == "188" and wording.several([1200, 30, 188]) == "30 to 1,200"
    assert wording.sentences(["One", "", "Two!", "Three."]) == "One. Two! Three."
