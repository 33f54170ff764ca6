"""ICC(1), ICC(2) and rwg(j), held against lme4, the analysis of variance in R, and numbers worked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stemcareers.errors import Problem
from stemcareers.inference.agreement import intraclass, within_group

REFERENCE = Path(__file__).parent / "reference"
ITEMS = [f"item{i}" for i in range(1, 7)]


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE / "psych_answers.csv")
    return frame.assign(score=frame[ITEMS].mean(axis=1, skipna=False))


@pytest.fixture(scope="module")
def in_r() -> dict:
    return json.loads((REFERENCE / "psych_agreement.json").read_text())


def test_groups_of_one_size_agree_with_lme4(answers: pd.DataFrame, in_r: dict) -> None:
    answered = answers.dropna(subset="score")
    even = answered[answered.groupby("school").cumcount() < 5]
    even = even[even.groupby("school")["score"].transform("size") == 5]
    found = intraclass(even, "weight", "school")
    assert found.icc1 == pytest.approx(in_r["even"]["icc"], rel=1e-5)
    assert (found.n_groups, found.n0) == (in_r["even"]["schools"], pytest.approx(5))


def test_groups_of_unequal_size_agree_with_r(answers: pd.DataFrame, in_r: dict) -> None:
    found, expected = intraclass(answers, "score", "school"), in_r["uneven"]
    for ours, theirs in {"icc1": "icc1", "icc2": "icc2", "f": "f", "p_value": "p", "n0": "n0"}.items():
        assert getattr(found, ours) == pytest.approx(expected[theirs], rel=1e-8)
    assert (found.df1, found.df2) == (expected["df1"], expected["df2"])
    assert found.left_out == {"no value": 18, "no group": 0}
    assert found.ci_low < found.icc1 < found.ci_high


def test_icc2_is_icc1_stepped_up_to_the_average_group(answers: pd.DataFrame) -> None:
    found = intraclass(answers, "score", "school")
    stepped = found.n0 * found.icc1 / (1 + (found.n0 - 1) * found.icc1)
    assert found.icc2 == pytest.approx(stepped, rel=1e-12)


def test_a_table_by_hand() -> None:
    # Group means 2 and 5, grand mean 3.5: between 13.5, within 1, so ICC(1) = 12.5 / (13.5 + 2).
    frame = pd.DataFrame({"y": [1, 2, 3, 4, 5, 6], "g": list("aaabbb")})
    found = intraclass(frame, "y", "g")
    assert (found.between, found.within, found.n0) == pytest.approx((13.5, 1, 3))
    assert found.icc1 == pytest.approx(12.5 / 15.5)
    assert found.icc2 == pytest.approx(12.5 / 13.5)


def test_groups_less_alike_than_chance_give_a_negative_icc() -> None:
    frame = pd.DataFrame({"y": [1, 5, 1, 5, 1.1, 5.1], "g": list("aabbcc")})
    assert intraclass(frame, "y", "g").icc1 < -0.9


def test_the_interval_of_icc1_covers() -> None:
    rng, hits = np.random.default_rng(2), 0
    groups = np.repeat(np.arange(25), 6)
    for _ in range(300):
        y = rng.normal(size=25)[groups] * np.sqrt(0.2) + rng.normal(size=150) * np.sqrt(0.8)
        found = intraclass(pd.DataFrame({"y": y, "g": groups}), "y", "g")
        hits += found.ci_low < 0.2 < found.ci_high
    assert 0.92 < hits / 300 < 0.98


def test_rwg_agrees_with_its_formula_in_r(answers: pd.DataFrame, in_r: dict) -> None:
    found = within_group(answers, ITEMS, "school", categories=5)
    expected = np.array([in_r["rwg"][str(school)] for school in found.groups.index], dtype=float)
    chance = found.groups["beyond_chance"].to_numpy()
    np.testing.assert_allclose(found.groups["rwg"][~chance], expected[~chance], rtol=1e-10)
    assert chance.any()
    assert (found.groups.loc[chance, "rwg"] == 0).all()
    assert ((expected[chance] > 1) | (expected[chance] < 0)).all()
    assert found.n == 240
    one = within_group(answers.dropna(), ["item1"], "school", categories=5)
    expected = np.array([in_r["rwg_one_item"][str(school)] for school in one.groups.index])
    np.testing.assert_allclose(one.groups["rwg"], np.maximum(expected, 0), rtol=1e-10, atol=1e-15)


def test_perfect_agreement_and_people_alone() -> None:
    frame = pd.DataFrame({"a": [4, 4, 1, 5, 2], "b": [3, 3, 1, 5, 2], "school": ["x", "x", "y", "y", "z"]})
    found = within_group(frame, ["a", "b"], "school", categories=5)
    assert found.groups["rwg"].to_dict() == {"x": 1.0, "y": 0.0}
    assert found.groups["beyond_chance"].to_dict() == {"x": False, "y": True}
    assert found.left_out["alone in the group"] == 1
    assert (found.median, found.mean, found.n) == (0.5, 0.5, 4)
    skewed = within_group(frame, ["a"], "school", categories=5, expected="slight_skew")
    assert skewed.expected_variance == 1.34


def refused(function: object, *given: object, **options: object) -> str:
    with pytest.raises(Problem) as caught:
        function(*given, **options)
    return str(caught.value)


def test_refusals() -> None:
    frame = pd.DataFrame({"y": [1, 2, 3], "c": [4, 4, 4], "g": ["a", "b", "c"], "h": ["a", "a", "a"],
                          "t": ["a", "a", "b"]})  # fmt: skip
    assert refused(intraclass, frame, "y", "h") == (
        "icc: 1 problem\n  'h' has 1 group(s) with a 'y'; at least 2 are needed"
    )
    assert refused(intraclass, frame, "y", "g") == (
        "icc: 1 problem\n  no 'g' has two or more answers to 'y', so none can be alike"
    )
    assert refused(intraclass, frame, "c", "t") == "icc: 1 problem\n  'c' is constant: all 3 values are 4"
    assert refused(intraclass, frame, "yy", "t") == "icc: 1 problem\n  'yy' is not a column; did you mean 'y'?"
    assert refused(intraclass, frame, "g", "t") == (
        f"icc: 1 problem\n  'g' holds {frame['g'].dtype}, not numbers"
    )
    assert refused(intraclass, frame.assign(y=[1, 1, 2]), "y", "t") == (
        "icc: 1 problem\n  'y' never varies within 't': it belongs to the group, not to its members"
    )
    assert refused(within_group, frame, ["y"], "g", categories=5) == (
        "rwg: 1 problem\n  no 'g' has two or more answers, so nobody can agree with anybody"
    )
    assert refused(within_group, frame, ["y"], "t", categories=1) == (
        "rwg: 1 problem\n  categories is 1, but an item offers at least 2 answers"
    )
    assert refused(within_group, frame, ["y"], "t", categories=4, expected="slight_skew") == (
        "rwg: 1 problem\n  'slight_skew' is known for 5 categories only, not for 4; give a number"
    )
    assert refused(within_group, frame, ["y"], "t", categories=5, expected="uniforme") == (
        "rwg: 1 problem\n  expected is 'uniforme', but must be a number or one of: uniform, slight_skew, "
        "moderate_skew, heavy_skew; did you mean 'uniform'?"
    )
