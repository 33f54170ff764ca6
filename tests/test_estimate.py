"""A specification becomes rows: right numbers, right names, and nothing silent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stemcareers import contracts, estimate, withhold
from stemcareers.config import AnswerSet, Item, Scale, Specification, Vocabulary
from stemcareers.errors import Problem
from stemcareers.inference import Design, average_predictions, linear, mean
from stemcareers.inference.multiplicity import benjamini_hochberg, holm

YES_NO = AnswerSet(kind="nominal", codes={1: "Yes", 2: "No"})
PHASE = AnswerSet(kind="nominal", codes={1: "Primary", 2: "Secondary", 3: "Special"})
NUMBER = AnswerSet(kind="number", low=0, high=100, unit="hours a week")


def vocabulary() -> Vocabulary:
    def item(name: str, answers: str) -> Item:
        return Item(item=name, label=name, wording=name, answers=answers, status="official")

    def scale(name: str, method: str, **more: object) -> Scale:
        return Scale(
            title=name, measures=name, role="provision_outcome", method=method, unit="points, 0 to 100", **more
        )

    return Vocabulary(
        items={"club": item("club", "yes_no"), "phase": item("phase", "phase"), "hours": item("hours", "number")},
        answers={"yes_no": YES_NO, "phase": PHASE, "number": NUMBER},
        scales={
            "quality": scale("quality", "as_given", items=["hours"]),
            "led": scale("led", "indicator", items=["club"], codes=[1]),
        },
    )


def pooled(n: int = 240, waves: tuple[str, ...] = ("2024",), seed: int = 5) -> pd.DataFrame:
    """Responses with a planted difference: quality is 10 points higher where `led` is 1."""
    rng = np.random.default_rng(seed)
    parts = []
    for wave in waves:
        club = rng.integers(1, 3, n)
        hours = rng.uniform(0, 40, n)
        phase = np.resize([1, 2, 3], n)
        quality = 40 + 10.0 * (club == 1) + 0.5 * hours + rng.normal(0, 8, n)
        part = pd.DataFrame(
            {
                "wave": wave,
                "response": [f"r{i:04d}" for i in range(n)],
                "school": pd.Series([None] * n, dtype="string"),
                "answered": True,
                "synthetic": False,
                "weight": rng.uniform(0.5, 3, n),
                "stratum": wave + "-" + pd.Series(np.resize(["a", "b"], n)),
                "cluster": [f"{wave}-{i:04d}" for i in range(n)],
                "population": np.nan,
                "lonely": "fail",
                "club": pd.array(club, dtype="Int64"),
                "phase": pd.array(phase, dtype="Int64"),
                "hours": hours,
                "quality": quality,
                "led": (club == 1).astype(float),
            }
        )
        parts.append(part)
    return contracts.POOLED.conform(pd.concat(parts, ignore_index=True))


def run(frame: pd.DataFrame, *, limit: int = 0, **entry: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    specification = Specification(title="t", short="s", **entry)
    rows, fits = estimate.specification(
        frame, specification, vocabulary(), study="demo", name="main", confidence_level=0.95, limit=limit
    )
    return (
        contracts.ESTIMATES.conform(withhold.small_groups(rows, limit)),
        contracts.FITS.conform(withhold.fits(fits, limit)),
    )


def one(rows: pd.DataFrame, **where: str) -> pd.Series:
    picked = rows
    for column, value in where.items():
        picked = picked[picked[column].eq(value)]
    assert len(picked) == 1, picked
    return picked.iloc[0]


def test_a_mean_is_that_of_the_survey_with_its_design():
    frame = pooled()
    rows, fits = run(frame, family="mean", outcome=["quality"])
    expected = mean(Design(weight="weight", strata="stratum").on(frame), "quality")
    row = one(rows)
    assert row["estimate"] == expected.values[0]
    assert row["std_error"] == expected.std_error[0]
    assert (row["ci_low"], row["ci_high"]) == tuple(end[0] for end in expected.interval(0.95))
    assert (row["n"], row["df"], row["unit"], row["role"]) == (240, 238, "points, 0 to 100", "provision_outcome")
    assert fits.iloc[0]["weighted"] and fits.iloc[0]["variance"] == "linearised"


def test_weights_are_left_aside_only_where_the_specification_says_so():
    frame = pooled()
    weighted, _ = run(frame, family="mean", outcome=["quality"])
    plain, fits = run(frame, family="mean", outcome=["quality"], weighted=False)
    assert one(plain)["estimate"] == pytest.approx(frame["quality"].mean(), rel=1e-12)
    assert one(plain)["estimate"] != one(weighted)["estimate"]
    assert not fits.iloc[0]["weighted"]


def test_weights_that_are_all_one_are_not_called_weights():
    frame = pooled().assign(weight=1.0)
    _, fits = run(frame, family="mean", outcome=["quality"])
    assert not fits.iloc[0]["weighted"]


def test_shares_of_an_item_are_its_codes_and_add_up_to_one():
    rows, _ = run(pooled(), family="share", outcome=["phase"])
    assert list(rows["level"]) == ["1", "2", "3"]
    assert rows["estimate"].sum() == pytest.approx(1, rel=1e-12)
    assert set(rows["term"]) == {"phase"}
    assert set(rows["unit"]) == {"probability"}


def test_the_share_of_an_indicator_is_that_of_its_ones():
    frame = pooled()
    rows, _ = run(frame, family="share", outcome=["led", "club"])
    led = one(rows, outcome="led")
    assert led["level"] == "1"
    assert led["estimate"] == one(rows, outcome="club", level="1")["estimate"]


def test_a_distribution_counts_each_edge_once():
    frame = pooled()
    frame["quality"] = np.resize([0.0, 50.0, 99.0, 100.0], len(frame))
    rows, _ = run(frame, family="distribution", outcome=["quality"], edges=[0, 50, 100], weighted=False)
    assert dict(zip(rows["level"], rows["estimate"], strict=True)) == {"[0, 50)": 0.25, "[50, 100]": 0.75}


def test_values_beyond_the_edges_stop_the_distribution():
    with pytest.raises(Problem) as caught:
        run(pooled(), family="distribution", outcome=["quality"], edges=[0, 10, 20])
    assert "values lie outside the edges 0 to 20; widen 'edges'" in str(caught.value)


def test_a_difference_names_the_category_compared():
    frame = pooled()
    rows, _ = run(frame, family="difference", outcome=["quality", "led"], between=["phase"], reference={"phase": 2})
    assert set(zip(rows["term"], rows["level"], strict=True)) == {("phase", "1"), ("phase", "3")}
    means, _ = run(frame, family="mean", outcome=["quality"], samples=["by phase"])
    by = means.set_index("sample")["estimate"]
    assert one(rows, outcome="quality", level="3")["estimate"] == pytest.approx(
        by["phase=3"] - by["phase=2"], rel=1e-12
    )
    assert set(rows[rows["outcome"].eq("led")]["unit"]) == {"probability"}


def test_a_wave_that_did_not_ask_is_in_no_difference():
    frame = pooled(waves=("2024", "2025", "2026"))
    asked = frame.assign(quality=frame["quality"].where(frame["wave"] != "2024"))
    rows, fits = run(asked, family="difference", outcome=["quality", "led"], between=["wave"])
    assert list(zip(rows["outcome"], rows["level"], strict=True)) == [
        ("led", "2025"),
        ("led", "2026"),
        ("quality", "2026"),
    ]
    means, _ = run(asked, family="mean", outcome=["quality"], samples=["wave=2025", "wave=2026"])
    by = means.set_index("sample")["estimate"]
    found = one(rows, outcome="quality")["estimate"]
    assert found == pytest.approx(by["wave=2026"] - by["wave=2025"], rel=1e-12)
    assert fits[fits["outcome"].eq("quality")]["left_out"].tolist() == ["other wave: 240"]
    with pytest.raises(Problem) as caught:
        run(asked[asked["wave"].isin(["2024", "2025"])], family="difference", outcome=["quality"], between=["wave"])
    assert str(caught.value).endswith("was asked in one wave only; compare two")


def test_a_linear_model_finds_the_planted_difference():
    rows, fits = run(pooled(1200), family="linear", outcome=["quality"], factors=["led"], context=["hours", "phase"])
    led = one(rows, term="led")
    assert led["ci_low"] < 10 < led["ci_high"]
    assert (led["role"], led["unit"]) == ("leadership_factor", "points, 0 to 100")
    assert one(rows, term="phase", level="2")["role"] == "context"
    assert one(rows, term="hours")["unit"] == "points, 0 to 100 per unit (hours a week)"
    assert 0.3 < fits.iloc[0]["r_squared"] < 0.7


def test_standardising_scales_estimate_and_error_alike():
    frame = pooled()
    plain, _ = run(frame, family="linear", outcome=["quality"], factors=["hours", "led"])
    scaled, _ = run(
        frame, family="linear", outcome=["quality"], factors=["hours", "led"], standardise=["outcome", "factors"]
    )
    frame["hours_sd"] = frame["hours"]
    w = frame["weight"]

    def deviation(column: str) -> float:
        centred = frame[column] - np.average(frame[column], weights=w)
        return float(np.sqrt(np.average(centred**2, weights=w) * len(frame) / (len(frame) - 1)))

    for column in ("estimate", "std_error", "ci_low", "ci_high"):
        expected = one(plain, term="hours")[column] * deviation("hours") / deviation("quality")
        assert one(scaled, term="hours")[column] == pytest.approx(expected, rel=1e-12)
        # An indicator keeps its step from no to yes; only the outcome is scaled.
        assert one(scaled, term="led")[column] == pytest.approx(one(plain, term="led")[column] / deviation("quality"))
    assert one(scaled, term="hours")["p_value"] == pytest.approx(one(plain, term="hours")["p_value"], rel=1e-9)
    assert one(scaled, term="hours")["unit"] == "SD of outcome per SD"


def test_each_alone_fits_one_model_a_factor():
    frame = pooled()
    rows, fits = run(frame, family="linear", outcome=["quality"], factors=["led", "hours"], each_alone=True)
    assert list(rows["term"]) == ["hours", "led"]
    alone = linear(Design(weight="weight", strata="stratum").on(frame), "quality", ["hours"])
    assert one(rows, term="hours")["estimate"] == alone.values[1]
    assert sorted(fits["term"]) == ["hours", "led"]


def test_a_logit_gives_log_odds_and_odds_ratios_with_matching_intervals():
    rows, _ = run(pooled(600), family="logit", outcome=["led"], factors=["quality"])
    logs = one(rows, term="quality", quantity="coefficient")
    odds = one(rows, term="quality", quantity="odds_ratio")
    for column in ("estimate", "ci_low", "ci_high"):
        assert odds[column] == pytest.approx(np.exp(logs[column]), rel=1e-9)
    assert odds["p_value"] == pytest.approx(logs["p_value"], rel=1e-9)


@pytest.mark.parametrize(
    ("more", "adjust"),
    [({}, holm), ({"adjust_by": "holm"}, holm), ({"adjust_by": "benjamini_hochberg"}, benjamini_hochberg)],
)
def test_p_values_of_a_declared_family_are_adjusted_within_it(more, adjust):
    model = {"family": "linear", "outcome": ["quality"], "factors": ["led", "hours"], "context": ["phase"]}
    rng = np.random.default_rng(4)
    frame = pooled().assign(quality=lambda rows: rng.normal(size=len(rows)))
    rows, _ = run(frame, **model, tests="leadership", **more)
    factors = rows[rows["role"].eq("leadership_factor")]
    np.testing.assert_allclose(factors["p_adjusted"].astype(float), adjust(factors["p_value"]), rtol=1e-9)
    # The two differ here, or this would not tell which of them it was.
    assert not np.allclose(holm(factors["p_value"]), benjamini_hochberg(factors["p_value"]))
    assert rows[rows["role"].eq("context")]["p_adjusted"].isna().all()


def test_holm_and_benjamini_hochberg_agree_with_r():
    # p.adjust(c(0.01, 0.04, 0.03, 0.005, NA), "holm"), then "BH", in R 4.2.2.
    p = [0.01, 0.04, 0.03, 0.005, np.nan]
    np.testing.assert_allclose(holm(p), [0.03, 0.06, 0.06, 0.02, np.nan])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.02, 0.04, 0.04, 0.02, np.nan])


def test_by_wave_brings_a_sample_for_each_wave_and_drops_the_wave_within_it():
    frame = pooled(waves=("2021", "2024"))
    rows, _ = run(
        frame, family="linear", outcome=["quality"], factors=["led"], context=["wave"], samples=["all", "by wave"]
    )
    assert set(rows["sample"]) == {"all", "wave=2021", "wave=2024"}
    assert set(rows[rows["term"].eq("wave")]["sample"]) == {"all"}
    assert one(rows, sample="all", term="wave")["level"] == "2024"


def test_waves_named_are_a_survey_of_their_own():
    both, alone = pooled(waves=("2021", "2024")), pooled(waves=("2021", "2024"))
    alone = alone[alone["wave"] == "2024"].reset_index(drop=True)
    keys = {"family": "linear", "outcome": "quality", "factors": ["led"], "context": ["phase"]}
    named, _ = run(both, waves="2024", **keys)
    expected, _ = run(alone, **keys)
    pd.testing.assert_frame_equal(named, expected)
    with pytest.raises(Problem, match=r"waves: '2019' holds no response"):
        run(both, waves=["2019", "2024"], **keys)


def test_a_category_that_only_other_waves_drew_from_is_no_sample():
    frame = pooled(waves=("2021", "2024"))
    frame.loc[(frame["wave"] == "2024") & (frame["phase"] == 3), "phase"] = 1
    keys = {"family": "mean", "outcome": "quality", "samples": "by phase"}
    assert run(frame, waves="2024", **keys)[0]["sample"].tolist() == ["phase=1", "phase=2"]
    assert run(frame, waves="2021", **keys)[0]["sample"].tolist() == ["phase=1", "phase=2", "phase=3"]
    model, _ = run(frame, waves="2024", family="linear", outcome="quality", factors=["led"], context=["phase"])
    assert model.loc[model["term"] == "phase", "level"].tolist() == ["2"]


def test_a_sample_keeps_the_whole_design():
    frame = pooled()
    rows, fits = run(frame, family="mean", outcome=["quality"], samples=["phase=2"])
    survey = Design(weight="weight", strata="stratum").on(frame)
    expected = mean(survey.domain((frame["phase"] == 2).to_numpy(dtype=bool)), "quality")
    assert one(rows)["std_error"] == expected.std_error[0]
    assert fits.iloc[0]["left_out"] == "outside the sample: 160"


def test_who_did_not_answer_counts_in_the_design_alone():
    """As R counts the clusters of a stratum that were drawn, also those without an answer."""
    frame = pooled()
    frame["answered"] = np.resize([True, True, True, False], len(frame))
    frame.loc[~frame["answered"], ["quality", "hours", "led", "club", "phase"]] = np.nan
    rows, fits = run(frame, family="mean", outcome=["quality"])
    survey = Design(weight="weight", strata="stratum").on(frame)
    expected = mean(survey.domain(frame["answered"].to_numpy()), "quality")
    assert one(rows)["std_error"] == expected.std_error[0]
    assert (one(rows)["n"], fits.iloc[0]["left_out"]) == (180, "missing quality: 60")
    dropped, _ = run(frame[frame["answered"]].reset_index(drop=True), family="mean", outcome=["quality"])
    assert one(dropped)["std_error"] != one(rows)["std_error"]


def test_the_context_of_who_did_not_answer_is_no_answer():
    frame = pooled()
    frame["answered"] = np.resize([True, True, True, False], len(frame))
    rows, _ = run(frame, family="share", outcome=["phase"], weighted=False)
    assert set(rows["n"]) == {180}


def test_rows_with_missing_values_are_left_out_and_counted():
    frame = pooled()
    frame.loc[:4, "hours"] = np.nan
    _, fits = run(frame, family="linear", outcome=["quality"], factors=["hours"])
    assert (fits.iloc[0]["n"], fits.iloc[0]["left_out"]) == (235, "missing hours: 5")


def test_one_of_many_samples_that_cannot_be_fitted_becomes_a_row_with_the_reason():
    frame = pooled()
    frame.loc[frame["phase"].eq(3), "quality"] = 50.0
    rows, fits = run(frame, family="linear", outcome=["quality"], factors=["led"], samples=["by phase"])
    row = one(rows, sample="phase=3")
    assert row["withheld"] == "the outcome quality is 50 in every row in use, so there is nothing to explain"
    assert np.isnan(row["estimate"])
    assert one(fits, sample="phase=3")["withheld"] == row["withheld"]
    assert rows[rows["sample"].eq("phase=1")]["withheld"].eq("").all()


def test_one_of_many_samples_that_was_not_asked_becomes_a_row_with_the_reason():
    frame = pooled()
    frame.loc[frame["phase"].eq(3), "led"] = pd.NA
    rows, _ = run(frame, family="linear", outcome=["quality"], factors=["led"], samples=["by phase"])
    assert one(rows, sample="phase=3")["withheld"].startswith("no rows are left (")
    assert rows[rows["sample"].eq("phase=1")]["withheld"].eq("").all()


def test_a_sample_named_by_the_specification_must_be_estimable():
    frame = pooled()
    frame.loc[frame["phase"].eq(3), "quality"] = 50.0
    with pytest.raises(Problem) as caught:
        run(frame, family="linear", outcome=["quality"], factors=["led"], samples=["phase=3"])
    assert str(caught.value) == (
        "config/studies/demo/specifications/main.yaml: 1 problem\n"
        "  sample phase=3, linear model of quality: the outcome quality is 50 in every row in use, "
        "so there is nothing to explain"
    )


def test_a_variable_no_wave_asked_is_named():
    with pytest.raises(Problem) as caught:
        run(pooled().drop(columns="hours"), family="mean", outcome=["hours"])
    assert "'hours' was asked in no wave of the study, so there is nothing to analyse" in str(caught.value)


def test_waves_with_different_policies_for_lonely_strata_do_not_mix():
    frame = pooled(waves=("2021", "2024"))
    frame.loc[frame["wave"].eq("2024"), "lonely"] = "adjust"
    with pytest.raises(Problem) as caught:
        run(frame, family="mean", outcome=["quality"])
    assert "the waves of the study name different policies (adjust, fail); waves that are pooled need one" in str(
        caught.value
    )


def test_small_groups_leave_without_numbers():
    frame = pooled()
    few = frame["phase"].eq(3) & (frame.groupby("phase").cumcount() >= 9)
    frame = frame[~few].reset_index(drop=True)  # nine special schools are left
    rows, fits = run(frame, family="mean", outcome=["quality"], samples=["all", "by phase"], limit=10)
    row = one(rows, sample="phase=3")
    assert row["withheld"] == "fewer than 10"
    assert row[["estimate", "std_error", "ci_low", "ci_high", "n"]].isna().all()
    assert one(fits, sample="phase=3")["withheld"] == "fewer than 10"
    assert one(rows, sample="phase=1")["withheld"] == "would show a group of fewer than 10"  # all - 1 - 2 would
    assert one(rows, sample="phase=2")["withheld"] == ""


def test_an_answer_of_few_and_what_would_tell_it_are_withheld():
    frame = pooled()
    frame["phase"] = pd.array([3] * 4 + [1] * 36 + [2] * 200, dtype="Int64")
    rows, _ = run(frame, family="share", outcome=["phase"], limit=10)
    assert one(rows, level="3")["withheld"] == "would show a group of fewer than 10"
    assert one(rows, level="1")["withheld"] == "would show a group of fewer than 10"
    assert one(rows, level="2")["withheld"] == ""


def test_a_model_on_a_level_of_few_is_withheld():
    frame = pooled()
    frame["phase"] = pd.array([3] * 4 + [1] * 36 + [2] * 200, dtype="Int64")
    rows, _ = run(frame, family="linear", outcome=["quality"], factors=["led"], context=["phase"], limit=10)
    assert set(rows["withheld"]) == {"fewer than 10"}
    assert rows["estimate"].isna().all()


def test_synthetic_responses_make_synthetic_estimates():
    frame = pooled(waves=("2021", "2024"))
    frame["synthetic"] = frame["wave"].eq("2024")
    rows, _ = run(frame, family="mean", outcome=["quality"], samples=["all", "by wave"])
    assert dict(zip(rows["sample"], rows["synthetic"], strict=True)) == {
        "all": True,
        "wave=2021": False,
        "wave=2024": True,
    }


def test_predictions_are_what_the_model_expects_with_a_term_at_each_value():
    frame = pooled()
    keys = {"outcome": "quality", "factors": ["led"], "context": ["hours", "phase"]}
    rows, _ = run(frame, family="linear", predict={"led": [0, 1], "phase": [3]}, **keys)
    expected = rows[rows["quantity"] == "prediction"].set_index(["term", "level"])
    assert list(expected.index) == [("led", "at 0"), ("led", "at 1"), ("phase", "3")]
    effect = rows[(rows["quantity"] == "coefficient") & (rows["term"] == "led")]["estimate"].item()
    assert expected.loc[("led", "at 1"), "estimate"] - expected.loc[("led", "at 0"), "estimate"] == pytest.approx(
        effect
    )
    assert set(expected["unit"]) == {"points, 0 to 100"}
    assert expected["p_value"].isna().all()
    survey = Design(weight="weight", strata="stratum", clusters="cluster").on(frame.astype({"phase": "category"}))
    by_hand = average_predictions(linear(survey, "quality", ["led", "hours", "phase"]), {"led": [0, 1]})
    assert expected["estimate"].to_numpy()[:2] == pytest.approx(by_hand.values, rel=1e-12)
    assert expected["std_error"].to_numpy()[:2] == pytest.approx(by_hand.std_error, rel=1e-12)


def test_predictions_of_a_logit_are_probabilities():
    rows, _ = run(pooled(), family="logit", outcome="led", factors=["hours"], predict={"hours": [0.5, 40]})
    expected = rows[rows["quantity"] == "prediction"]
    assert expected["level"].tolist() == ["at 0.5", "at 40"]
    assert set(expected["unit"]) == {"probability"}
    assert expected["estimate"].between(0, 1).all()
