"""Cronbach's alpha, its intervals and its refusals, held against psych, survey and numbers worked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f as f_distribution
from stemcareers.errors import Problem
from stemcareers.inference import psychometrics
from stemcareers.inference.design import Design
from stemcareers.inference.item_answers import read

REFERENCE = Path(__file__).parent / "reference"
ITEMS = [f"item{i}" for i in range(1, 7)]
EXACT = 1e-8


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "psych_answers.csv")


@pytest.fixture(scope="module")
def in_r() -> dict:
    return json.loads((REFERENCE / "psych_alpha.json").read_text())


def small(**columns: list) -> pd.DataFrame:
    return pd.DataFrame(columns)


# --- numbers ----------------------------------------------------------------------------------------------


def test_alpha_of_three_items_by_hand() -> None:
    # Item variances 1, 1, 1 and total variance 7: 3/2 (1 - 3/7).
    frame = small(a=[1, 2, 3], b=[1, 2, 3], c=[2, 1, 3])
    total = np.var([4, 5, 9], ddof=1)
    found = psychometrics.alpha(frame, ["a", "b", "c"])
    assert found.alpha == pytest.approx(1.5 * (1 - 3 / total), rel=1e-14)
    assert found.items.loc["c", "alpha_if_deleted"] == pytest.approx(1.0)
    assert found.items.loc["c", "item_rest"] == pytest.approx(0.5)


def test_complete_rows_agree_with_psych(answers: pd.DataFrame, in_r: dict) -> None:
    found, expected = psychometrics.alpha(answers, ITEMS), in_r["complete"]
    assert found.alpha == pytest.approx(expected["raw"], rel=EXACT)
    assert found.standardised == pytest.approx(expected["standardised"], rel=EXACT)
    assert found.average_r == pytest.approx(expected["average_r"], rel=EXACT)
    np.testing.assert_allclose(found.items["alpha_if_deleted"], expected["alpha_if_deleted"], rtol=EXACT)
    np.testing.assert_allclose(found.items["item_rest"], expected["item_rest"], rtol=EXACT)
    assert found.n == expected["n"]
    assert found.left_out == {"weight 0": 0, "no item answered": 0, "some items unanswered": 18}


def test_pairs_agree_with_psych(answers: pd.DataFrame, in_r: dict) -> None:
    found, expected = psychometrics.alpha(answers, ITEMS, missing="pairwise"), in_r["pairwise"]
    assert found.alpha == pytest.approx(expected["raw"], rel=EXACT)
    assert found.standardised == pytest.approx(expected["standardised"], rel=EXACT)
    np.testing.assert_allclose(found.items["alpha_if_deleted"], expected["alpha_if_deleted"], rtol=EXACT)
    assert (found.n, found.interval) == (258, "linearised")
    assert found.pairs_min < 258


def test_feldt_interval_agrees_with_psych(answers: pd.DataFrame, in_r: dict) -> None:
    found = psychometrics.alpha(answers, ITEMS)
    assert found.interval == "feldt"
    assert (found.ci_low, found.ci_high) == pytest.approx(tuple(in_r["feldt"].values()), rel=EXACT)


def test_feldt_interval_by_its_formula() -> None:
    low, high = psychometrics.feldt_interval(0.8, n=40, k=5, level=0.9)
    assert 1 - low == pytest.approx(0.2 * f_distribution.ppf(0.95, 39, 156), rel=1e-10)
    assert 1 - high == pytest.approx(0.2 * f_distribution.ppf(0.05, 39, 156), rel=1e-10)


DESIGNS = {
    "simple": {"interval": "linearised"},
    "weighted": {"weight": "weight"},
    "clustered": {"weight": "weight", "stratum": "stratum", "cluster": "school"},
}


@pytest.mark.parametrize("design", DESIGNS)
def test_linearised_errors_agree_with_survey(answers: pd.DataFrame, in_r: dict, design: str) -> None:
    found = psychometrics.alpha(answers, ITEMS, **DESIGNS[design])
    expected = in_r["linearised"][design]
    assert found.alpha == pytest.approx(expected["alpha"], rel=EXACT)
    assert found.std_error == pytest.approx(expected["se"], rel=EXACT)
    assert found.df == expected["df"]


@pytest.mark.parametrize("design", DESIGNS)
def test_jackknife_errors_agree_with_survey(answers: pd.DataFrame, in_r: dict, design: str) -> None:
    found = psychometrics.alpha(answers, ITEMS, **DESIGNS[design] | {"interval": "jackknife"})
    assert found.std_error == pytest.approx(in_r["jackknife"][design]["se"], rel=EXACT)


def test_a_survey_brings_its_own_variance(answers: pd.DataFrame, in_r: dict) -> None:
    design = Design(weight="weight", strata=("stratum",), clusters=("school",), nest=True)
    survey = design.on(answers)
    found = psychometrics.alpha_under(survey, ITEMS)
    assert found.std_error == pytest.approx(in_r["linearised"]["clustered"]["se"], rel=EXACT)
    assert (found.df, found.n, found.n_clusters, found.interval) == (22, 240, 26, "linearised")
    assert found.left_out["some items unanswered"] == 18
    replicated = psychometrics.alpha_under(survey.replicated("JKn", centre="estimate"), ITEMS)
    assert replicated.std_error == pytest.approx(in_r["jackknife"]["clustered"]["se"], rel=EXACT)
    assert replicated.alpha == found.alpha
    pairwise = psychometrics.alpha_under(survey, ITEMS, missing="pairwise")
    same = psychometrics.alpha(answers, ITEMS, **DESIGNS["clustered"], missing="pairwise")
    assert (pairwise.alpha, pairwise.std_error) == pytest.approx((same.alpha, same.std_error), rel=1e-12)


def test_a_domain_of_a_survey_keeps_its_design(answers: pd.DataFrame) -> None:
    design = Design(weight="weight", strata=("stratum",), clusters=("school",), nest=True)
    part = design.on(answers).domain(lambda frame: frame["school"] <= 14, reason="other schools")
    found = psychometrics.alpha_under(part, ITEMS)
    inside = answers.assign(weight=answers["weight"].where(answers["school"] <= 14, 0.0))
    same = psychometrics.alpha(inside, ITEMS, **DESIGNS["clustered"])
    assert (found.alpha, found.std_error, found.df) == pytest.approx((same.alpha, same.std_error, same.df), rel=1e-12)
    assert found.left_out["other schools"] == (answers["school"] > 14).sum()


def test_influence_is_the_derivative_by_the_weight(answers: pd.DataFrame) -> None:
    frame = answers.assign(weight=answers["weight"] * 0.5)
    found = psychometrics.alpha(frame, ITEMS, weight="weight", missing="pairwise")
    for row in (0, 17, 200):
        step = 1e-5
        moved = [
            psychometrics.alpha(
                frame.assign(weight=frame["weight"] + sign * step * (np.arange(len(frame)) == row)),
                ITEMS,
                weight="weight",
                missing="pairwise",
            ).alpha
            for sign in (1, -1)
        ]
        assert found.influence[row] == pytest.approx((moved[0] - moved[1]) / (2 * step), rel=1e-5)
    assert (found.influence * frame["weight"]).sum() == pytest.approx(0, abs=1e-12)


def test_interval_covers_as_often_as_it_says() -> None:
    # Parallel normal items, alpha = 5 rho / (1 + 4 rho): both intervals near their level, over 400 samples.
    rng = np.random.default_rng(5)
    truth = 5 * 0.3 / (1 + 4 * 0.3)
    hits = {"feldt": 0, "linearised": 0}
    for _ in range(400):
        common = rng.normal(size=(80, 1)) * np.sqrt(0.3)
        frame = pd.DataFrame(common + rng.normal(size=(80, 5)) * np.sqrt(0.7), columns=list("abcde"))
        for interval in hits:
            found = psychometrics.alpha(frame, list("abcde"), interval=interval)
            hits[interval] += found.ci_low < truth < found.ci_high
    assert 0.92 < hits["feldt"] / 400 < 0.98
    assert 0.91 < hits["linearised"] / 400 < 0.98


# --- relations that must hold -----------------------------------------------------------------------------


def test_row_order_and_scale_of_weights_do_not_matter(answers: pd.DataFrame) -> None:
    given = {"weight": "weight", "stratum": "stratum", "cluster": "school"}
    one = psychometrics.alpha(answers, ITEMS, **given)
    shuffled = answers.sample(frac=1, random_state=3)
    other = psychometrics.alpha(shuffled.assign(weight=shuffled["weight"] * 1000), ITEMS, **given)
    assert (one.alpha, one.std_error) == pytest.approx((other.alpha, other.std_error), rel=1e-9)
    assert one.df == other.df
    pd.testing.assert_frame_equal(one.items, other.items)


def test_duplicated_rows_with_half_the_weight_change_no_design_error(answers: pd.DataFrame) -> None:
    given = {"weight": "weight", "stratum": "stratum", "cluster": "school"}
    twice = pd.concat([answers, answers]).assign(weight=lambda frame: frame["weight"] / 2)
    one, other = (psychometrics.alpha(frame, ITEMS, **given) for frame in (answers, twice))
    assert (one.alpha, one.std_error) == pytest.approx((other.alpha, other.std_error), rel=1e-9)


def test_weights_move_the_estimate_and_weight_zero_leaves_out(answers: pd.DataFrame) -> None:
    plain = psychometrics.alpha(answers, ITEMS)
    moved = psychometrics.alpha(answers.assign(weight=np.arange(1, len(answers) + 1)), ITEMS, weight="weight")
    assert abs(plain.alpha - moved.alpha) > 1e-3
    half = answers.assign(weight=(np.arange(len(answers)) < 100).astype(float))
    found = psychometrics.alpha(half, ITEMS, weight="weight")
    assert found.alpha == pytest.approx(psychometrics.alpha(answers.iloc[:100], ITEMS).alpha, rel=1e-12)
    assert found.left_out["weight 0"] == len(answers) - 100
    assert found.n + sum(found.left_out.values()) == len(answers)


def test_nullable_integers_and_a_large_constant_change_nothing(answers: pd.DataFrame) -> None:
    one = psychometrics.alpha(answers, ITEMS)
    other = psychometrics.alpha(answers.astype(dict.fromkeys(ITEMS, "Int64")), ITEMS)
    shifted = psychometrics.alpha(answers[ITEMS] + 1e7, ITEMS)
    assert one.alpha == other.alpha
    assert shifted.alpha == pytest.approx(one.alpha, rel=1e-9)


# --- reversed items ---------------------------------------------------------------------------------------


def test_a_reversed_item_is_found(answers: pd.DataFrame) -> None:
    assert psychometrics.reversed_items(answers, ITEMS).empty
    found = psychometrics.reversed_items(answers.assign(item3=6 - answers["item3"]), ITEMS)
    assert list(found.index) == ["item3"]
    before = psychometrics.alpha(answers, ITEMS).items
    assert found["item3"] == pytest.approx(-before.loc["item3", "item_rest"])


def test_two_opposite_items_are_both_named() -> None:
    frame = small(a=[1, 2, 3, 4], b=[4, 3, 2, 2])
    assert set(psychometrics.reversed_items(frame, ["a", "b"]).index) == {"a", "b"}


# --- refusals ---------------------------------------------------------------------------------------------


def refused(frame: pd.DataFrame, items: list[str], **options: object) -> str:
    with pytest.raises(Problem) as caught:
        psychometrics.alpha(frame, items, where="scale lead", **options)
    return str(caught.value)


def test_everything_wrong_with_the_items_is_told_at_once() -> None:
    frame = small(lead_time=[1, 2, 3], lead_role=["x", "y", "z"], lead_vision=[1.0, np.inf, 2.0])
    assert refused(frame, ["lead_tme", "lead_role", "lead_vision", "lead_time", "lead_time"]) == (
        "scale lead: 4 problems\n"
        "  item 'lead_tme' is not a column; did you mean 'lead_time'?\n"
        f"  item 'lead_role' holds {frame['lead_role'].dtype}, not numbers\n"
        "  item 'lead_vision' holds infinite values\n"
        "  item 'lead_time' is given 2 times"
    )


def test_constant_and_unanswered_items_are_refused() -> None:
    frame = small(a=[1, 2, 3, 4], b=[2, 2, 2, 2], c=[1, 2, 4, 4])
    assert refused(frame, ["a", "b", "c"]) == (
        "scale lead: 1 problem\n"
        "  item 'b' is constant: all 4 answers used are 2, so it cannot vary with the others; leave it out"
    )
    assert refused(frame.assign(b=np.nan), ["a", "b", "c"], missing="pairwise") == (
        "scale lead: 1 problem\n  item 'b' was answered by nobody"
    )
    assert refused(frame.assign(b=np.nan), ["a", "b"]) == (
        "scale lead: 1 problem\n"
        "  only 0 of 4 rows can be used (4 left out: some items unanswered); at least 3 are needed"
    )


def test_a_negative_average_covariance_is_refused() -> None:
    frame = small(a=[1, 2, 3, 4], b=[4, 3, 2, 2])
    assert refused(frame, ["a", "b"]) == (
        "scale lead: 2 problems\n"
        "  the average covariance between the 2 items is -1.17: not positive, so they measure nothing in "
        "common and alpha has no meaning\n"
        "  negative item-rest correlations: a (-0.94), b (-0.94); is an item worded the other way round? "
        "Then mirror it first"
    )


def test_bad_weights_are_refused() -> None:
    frame = small(a=[1, 2, 3], b=[1, 3, 2], w=[1.0, -1.0, np.nan])
    assert refused(frame, ["a", "b"], weight="w") == (
        "scale lead: 2 problems\n"
        "  weight 'w' is missing or infinite in 1 of 3 rows\n"
        "  weight 'w' is negative in 1 of 3 rows"
    )
    assert refused(frame.assign(w=0), ["a", "b"], weight="w") == (
        "scale lead: 1 problem\n  weight 'w' is 0 in every row"
    )


def test_an_interval_that_cannot_honour_the_design_is_refused(answers: pd.DataFrame) -> None:
    assert refused(answers, ITEMS, weight="weight", cluster="school", interval="feldt") == (
        "scale lead: 1 problem\n"
        "  the feldt interval cannot honour weights and clusters; use the linearised interval"
    )
    assert refused(answers, ITEMS, missing="pairwise", interval="jackknife") == (
        "scale lead: 1 problem\n"
        "  the jackknife interval needs rows that answered every item; "
        "use missing='complete' or the linearised interval"
    )
    assert refused(answers, ITEMS, interval="linearized") == (
        "scale lead: 1 problem\n"
        "  interval is 'linearized', but must be one of: feldt, linearised, jackknife; "
        "did you mean 'linearised'?"
    )


def test_a_level_in_percent_is_refused(answers: pd.DataFrame) -> None:
    assert refused(answers, ITEMS, level=95) == (
        "scale lead: 1 problem\n  level is 95, but a confidence level lies between 0 and 1, such as 0.95"
    )


def test_lonely_strata_and_missing_clusters_are_refused(answers: pd.DataFrame) -> None:
    lonely = answers.assign(stratum=answers["stratum"].where(answers["school"] != 5, "e"))
    assert refused(lonely, ITEMS, stratum="stratum", cluster="school") == (
        "scale lead: 1 problem\n"
        "  1 of 5 strata have one cluster only, so no variance can be computed: e; "
        "join them with others first"
    )
    gap = answers.assign(school=answers["school"].where(answers.index > 1))
    assert refused(gap, ITEMS, cluster="school") == (
        "scale lead: 1 problem\n  'school' is missing in 2 of 258 rows; every row needs one"
    )


def test_pairs_without_common_rows_are_refused() -> None:
    frame = small(a=[1, 2, 3, None, None, None], b=[None, None, None, 1, 2, 3], c=[1, 2, 3, 1, 2, 3])
    with pytest.raises(Problem) as caught:
        psychometrics.alpha(frame, ["a", "b", "c"], missing="pairwise")
    assert str(caught.value) == (
        "items: 1 problem\n  fewer than 3 rows answered both of these items: 'a' and 'b' (0)"
    )


# --- real answers -----------------------------------------------------------------------------------------


def test_resources_of_schools_in_the_united_kingdom(pisa_school_file: Path) -> None:
    # psych 2.2.9 on the 460 schools that answered SC14Q07 to SC14Q13 (PISA 2006, United Kingdom).
    columns = [f"SC14Q{i:02d}" for i in range(7, 14)]
    import pyreadstat

    frame, _ = pyreadstat.read_sav(pisa_school_file, usecols=["CNT", *columns])
    found = psychometrics.alpha(frame[frame["CNT"] == "GBR"], columns)
    assert found.alpha == pytest.approx(0.889757007206035, rel=EXACT)
    assert found.standardised == pytest.approx(0.890609342898, rel=EXACT)
    expected = [0.889084944563163, 0.874716692293624, 0.868052001004780, 0.882280230300729, 0.866367062481856,
                0.868674972785590, 0.865318673718387]  # fmt: skip
    np.testing.assert_allclose(found.items["alpha_if_deleted"], expected, rtol=EXACT)
    assert found.n == 460
    assert found.left_out == {"weight 0": 0, "no item answered": 39, "some items unanswered": 3}


def test_answers_that_count_are_told() -> None:
    frame = small(a=[1, 2, None, 4, 5], b=[1, 2, 3, None, 5], w=[1.0, 1, 1, 1, 0])
    assert read(frame, ["a", "b"], weight="w", missing="pairwise").n == 4
    with pytest.raises(Problem, match="missing is 'listwise', but must be one of: complete, pairwise"):
        read(frame, ["a", "b"], missing="listwise")
