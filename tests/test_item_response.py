"""Weighted likelihood scores, held against R, the OECD's published indices, and properties that must hold."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stemcareers.errors import Problem
from stemcareers.inference import item_response
from stemcareers.inference.item_response import PartialCredit

REFERENCE = Path(__file__).parent / "reference"
INDICES = ["SCIPROM", "ENVLEARN", "SCMATEDU"]


@pytest.fixture(scope="module")
def in_r() -> dict:
    return json.loads((REFERENCE / "psych_item_response.json").read_text())


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "psych_pisa2006_lookup.csv")


def oecd(index: str) -> PartialCredit:
    """The parameters found behind an index of PISA 2006 (psych_pisa2006_parameters.py)."""
    known = json.loads((REFERENCE / "psych_pisa2006_parameters.json").read_text())[index]
    return item_response.given(
        known["steps"],
        known["codes"],
        centre=known["centre"],
        spread=known["spread"],
        origin="fitted to the OECD's published scores, PISA 2006",
    )


def small() -> PartialCredit:
    steps = {"a": [-1.2, 0.1, 0.9], "b": [-0.5, 0.4], "c": [0.8, -0.3, 1.5], "d": [0.2]}
    codes = {item: list(range(len(values) + 1)) for item, values in steps.items()}
    return item_response.given(steps, codes, origin="made up")


def test_scores_agree_with_a_weighted_likelihood_maximised_in_r(in_r: dict) -> None:
    frame = pd.DataFrame(in_r["warm"]["rows"], columns=list("abcd"), dtype=float)
    found = item_response.weighted_likelihood(frame, small())
    np.testing.assert_allclose(found["score"], in_r["warm"]["score"], rtol=1e-8)
    np.testing.assert_allclose(found["std_error"], in_r["warm"]["se"], rtol=1e-8)


def test_one_rasch_item_by_hand() -> None:
    # One item of difficulty 0: slope 1 - p + (1 - 2 p) / 2 = 0 at p = 3/4, so theta = log 3.
    one = item_response.given({"a": [0.0]}, [0, 1], origin="by hand")
    found = item_response.weighted_likelihood(pd.DataFrame({"a": [1.0, 0.0, np.nan]}, index=[7, 8, 9]), one)
    np.testing.assert_allclose(found["score"].iloc[:2], [np.log(3), -np.log(3)], rtol=1e-12)
    np.testing.assert_allclose(found["std_error"].iloc[:2], 1 / np.sqrt(3 / 16), rtol=1e-12)
    assert found.loc[9, ["score", "std_error", "raw_score"]].isna().all()
    assert list(found["n_answered"]) == [1, 1, 0]


@pytest.mark.parametrize("index", INDICES)
def test_every_published_pattern_of_the_oecd_within_a_hundredth(published: pd.DataFrame, index: str) -> None:
    table = published[published["index"] == index]
    parameters = oecd(index)
    sets = [
        [item for item, mark in zip(parameters.items, text, strict=True) if mark == "1"]
        for text in table["answered"].unique()
    ]
    scores = item_response.score_table(parameters, sets).set_index(["answered", "raw_score"])["score"]
    found = scores.loc[list(zip(table["answered"], table["raw_score"], strict=True))].to_numpy()
    assert np.abs(found - table["value"].to_numpy()).max() < 0.01
    assert len(table) == {"SCIPROM": 20, "ENVLEARN": 16, "SCMATEDU": 30}[index]


@pytest.mark.parametrize("index", INDICES)
def test_every_school_of_pisa_2006_within_a_hundredth(pisa_school_file: Path, index: str) -> None:
    import pyreadstat

    parameters = oecd(index)
    frame, _ = pyreadstat.read_sav(pisa_school_file, usecols=[*parameters.items, index, f"{index}_SRC"])
    exact = frame[frame[f"{index}_SRC"] == 1]
    found = item_response.weighted_likelihood(exact, parameters)["score"]
    assert len(exact) > 13_000
    assert (found - exact[index]).abs().max() < 0.01


# --- relations that must hold --------------------------------------------------------------------------------


def test_scores_rise_with_the_sum_and_mirror_with_the_codes() -> None:
    table = item_response.score_table(small())
    assert (table["score"].diff().iloc[1:] > 0).all()
    assert list(table["raw_score"]) == list(range(10))
    parameters = oecd("SCIPROM")
    frame = pd.DataFrame([[1, 1, 2, 1, 1], [2, 2, 1, 2, 2]], columns=parameters.items)
    found = item_response.weighted_likelihood(frame, parameters)
    assert list(found["raw_score"]) == [4, 1]


def test_shifted_steps_shift_scores_and_centre_and_spread_scale_them() -> None:
    base = item_response.score_table(small())
    moved = item_response.given(
        {item: list(row.dropna() + 0.7) for item, row in small().steps.iterrows()},
        small().codes,
        centre=0.7,
        spread=2.0,
        origin="moved",
    )
    np.testing.assert_allclose(item_response.score_table(moved)["score"], base["score"] / 2, atol=1e-11)
    np.testing.assert_allclose(item_response.score_table(moved)["std_error"], base["std_error"] / 2, rtol=1e-9)


def test_scores_are_nearly_unbiased_over_all_answers() -> None:
    # Warm's weighting takes off the bias of order 1/n: at a true theta the mean score is close to it.
    import itertools

    parameters = item_response.given({f"i{j}": [b] for j, b in enumerate(np.linspace(-1.5, 1.5, 10))}, [0, 1],
                                     origin="made up")  # fmt: skip
    rows = np.array(list(itertools.product([0, 1], repeat=10)))
    score = item_response.weighted_likelihood(pd.DataFrame(rows, columns=parameters.items), parameters)["score"]
    for theta in (-1.0, 0.0, 1.0):
        p = 1 / (1 + np.exp(parameters.steps[1].to_numpy() - theta))
        chance = np.prod(np.where(rows == 1, p, 1 - p), axis=1)
        assert chance @ score == pytest.approx(theta, abs=0.03)


def test_the_highest_of_two_peaks_is_found() -> None:
    # Steps 16 logits apart: for a middling sum the weighted likelihood has a peak at either step.
    apart = item_response.given({"a": [-8.0, 8.2]}, [0, 1, 2], origin="made up")
    found = item_response.weighted_likelihood(pd.DataFrame({"a": [1.0]}), apart)["score"].iloc[0]
    theta = np.linspace(-15, 15, 30_001)
    terms = np.exp(np.stack([0 * theta, theta + 8, 2 * theta - 0.2]))
    p = terms / terms.sum(axis=0)
    information = p[1] + 4 * p[2] - (p[1] + 2 * p[2]) ** 2
    assert found == pytest.approx(theta[np.argmax(np.log(p[1]) + 0.5 * np.log(information))], abs=1e-3)


def test_standardised_scores_have_mean_0_and_spread_1() -> None:
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({item: rng.integers(0, len(codes), 200) for item, codes in small().codes.items()})
    weights = rng.uniform(0.5, 2, 200)
    scaled = item_response.standardise(frame, small(), weights=weights)
    score = item_response.weighted_likelihood(frame, scaled)["score"]
    assert np.average(score, weights=weights) == pytest.approx(0, abs=1e-12)
    assert np.average(score**2, weights=weights) == pytest.approx(1, rel=1e-12)


def test_reliability_by_hand() -> None:
    scores = pd.DataFrame({"score": [-1.0, 0.0, 1.0], "std_error": [0.5, 0.5, 0.5]})
    assert item_response.reliability(scores) == pytest.approx(0.75)


def test_many_rows_are_fast() -> None:
    import time

    rng = np.random.default_rng(1)
    parameters = oecd("SCMATEDU")
    frame = pd.DataFrame(rng.integers(1, 5, (50_000, 7)).astype(float), columns=parameters.items)
    frame = frame.mask(rng.random((50_000, 7)) < 0.05)
    start = time.perf_counter()
    item_response.weighted_likelihood(frame, parameters)
    assert time.perf_counter() - start < 2


# --- refusals ------------------------------------------------------------------------------------------------


def refused(function: object, *given: object, **options: object) -> str:
    with pytest.raises(Problem) as caught:
        function(*given, where="scale lead", **options)
    return str(caught.value)


def test_answers_outside_the_codes_are_refused() -> None:
    frame = pd.DataFrame({"a": [0, 1, 9], "b": [0, 2, 1], "c": ["x", "y", "z"]})
    assert refused(item_response.weighted_likelihood, frame, small()) == (
        "scale lead: 3 problems\n"
        "  item 'a' has 1 of 3 answers outside its codes (0, 1, 2, 3): 9\n"
        f"  item 'c' holds {frame['c'].dtype}, not numbers\n"
        "  item 'd' is not a column"
    )


def test_parameters_that_do_not_fit_are_refused() -> None:
    steps = {"a": [0.1, 0.2], "b": [np.nan], "c": [0.0]}
    codes = {"a": [0, 1], "b": [0, 1], "c": [1, 1]}
    assert refused(item_response.given, steps, codes, origin=" ", spread=0.0) == (
        "scale lead: 5 problems\n"
        "  item 'a' has 2 step(s) but 2 codes; there is one more code than steps\n"
        "  item 'b' has a step that is not a number\n"
        "  item 'c' lists a code twice: 1, 1\n"
        "  parameters that are given need an origin: say where they come from\n"
        "  spread is 0, but must be above 0"
    )


def test_no_spread_to_standardise_by_is_refused() -> None:
    frame = pd.DataFrame({"a": [1, 1], "b": [1, 1], "c": [1, 1], "d": [1, 1]})
    assert refused(item_response.standardise, frame, small()) == (
        "scale lead: 1 problem\n  2 rows with a score, none unlike the others: no spread to go by"
    )
