"""What descriptions and comparisons tell of few respondents is withheld, and what is told of nobody is said so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stemcareers import contracts
from stemcareers.config import DESCRIPTIONS
from test_estimate import one, pooled, run

FEW, WOULD = "fewer than 10", "would show a group of fewer than 10"


def told(rows: pd.DataFrame) -> dict[str, str]:
    return dict(zip(rows["level"], rows["withheld"], strict=True))


def with_few(column: str, few: int) -> pd.DataFrame:
    """Responses of which so few are ones (in a column of zeros and ones) or first answers."""
    frame = pooled()
    ones = np.arange(len(frame)) < few
    values = np.where(ones, 1, 0 if column == "led" else 2)
    return frame.assign(**{column: pd.array(values, dtype=frame[column].dtype)})


def test_a_quantile_is_the_answer_of_somebody():
    """Of 60 schools three lie at or below the first quantile; the lower end of the next interval is no better."""
    frame = pooled(60).assign(weight=1.0)
    rows, _ = run(frame, family="quantile", outcome=["hours"], quantiles=[0.05, 0.25, 0.5], limit=10)
    assert told(rows) == {"0.05": FEW, "0.25": FEW, "0.5": ""}
    assert rows["estimate"].isna().tolist() == [True, True, False]
    values = np.sort(frame["hours"])
    row = one(rows, level="0.5")
    assert row["estimate"] == values[29]
    assert {row["ci_low"], row["ci_high"]} <= set(values)
    assert min((values <= row["ci_low"]).sum(), (values >= row["ci_high"]).sum()) >= 10


def test_a_quantile_that_many_share_is_nobody_s():
    frame = pooled(60).assign(hours=lambda rows: np.where(np.arange(len(rows)) < 20, 0.0, 5.0))
    rows, _ = run(frame, family="quantile", outcome=["hours"], quantiles=[0.05], limit=10, weighted=False)
    assert told(rows) == {"0.05": ""}
    assert rows["estimate"].tolist() == [0.0]


@pytest.mark.parametrize("family", ["mean", "variance", "ratio", "total"])
@pytest.mark.parametrize("few", [4, 40])
def test_a_number_of_two_answers_tells_how_many_gave_each(family, few):
    more = {"denominator": "hours"} if family == "ratio" else {}
    rows, _ = run(with_few("led", few), family=family, outcome=["led"], limit=10, **more)
    assert rows["withheld"].ne("").tolist() == [few < 10]
    whole, _ = run(with_few("led", few), family=family, outcome=["quality"], limit=10, **more)
    assert whole["withheld"].tolist() == [""]


def test_totals_of_answers_shield_each_other_and_their_precision_goes_with_them():
    frame = pooled()
    frame["phase"] = pd.array([3] * 4 + [1] * 36 + [2] * 200, dtype="Int64")
    rows, _ = run(frame, family="total", outcome=["phase"], precision=True, limit=10)
    assert sorted(rows["quantity"].unique()) == ["design_effect", "effective_n", "total"]
    for _, of_one in rows.groupby("quantity"):
        assert told(of_one) == {"1": WOULD, "2": "", "3": WOULD}
    hidden = rows[rows["withheld"].ne("")]
    assert hidden[["estimate", "n", "n_schools", "ci_low"]].isna().all(axis=None)


def test_an_association_of_few_is_withheld():
    rows, _ = run(with_few("club", 12), family="association", outcome=["club"], between=["phase"], limit=10)
    assert rows["withheld"].tolist() == [FEW]  # twelve in three phases
    rows, _ = run(with_few("club", 60), family="association", outcome=["club"], between=["phase"], limit=10)
    assert rows["withheld"].tolist() == [""]


def test_a_contrast_rests_on_its_smallest_group():
    frame = pooled()
    frame["phase"] = pd.array([3] * 4 + [1] * 36 + [2] * 200, dtype="Int64")
    contrast = {"family": "contrast", "outcome": ["quality"], "between": ["phase"], "limit": 10}
    rows, _ = run(frame, **contrast, coefficients={3: 1, 2: -1})
    assert rows["withheld"].tolist() == [FEW]
    rows, _ = run(frame, **contrast, coefficients={1: 1, 2: -1, 3: 0})
    assert rows["withheld"].tolist() == [""]


@pytest.mark.parametrize("family", ["contrast", "association", "difference"])
def test_missing_categories_are_left_out_and_counted(family):
    """A column with missing codes is compared as the same column without these rows."""
    frame = pooled()
    frame.loc[frame.index % 10 == 0, "phase"] = pd.NA
    entry = {"family": family, "outcome": ["quality"], "between": ["phase"]}
    entry |= {"coefficients": {1: 1, 2: -1}} if family == "contrast" else {}
    for outcome in ("quality", "led"):
        rows, fits = run(frame, **{**entry, "outcome": [outcome]})
        whole, _ = run(frame.dropna(subset="phase").reset_index(drop=True), **{**entry, "outcome": [outcome]})
        # A test also rests on errors, which know the strata of the rows left out.
        tolerance = 1e-2 if family == "association" else 1e-9
        np.testing.assert_allclose(rows["estimate"], whole["estimate"], rtol=tolerance)
        assert "missing phase: 24" in fits["left_out"].iloc[0]


@pytest.mark.parametrize("family", sorted(set(DESCRIPTIONS) - {"change", "transitions"}))
def test_no_description_leaves_weights_aside_by_itself(family):
    more = {
        "ratio": {"denominator": "hours"},
        "quantile": {"quantiles": [0.1, 0.3, 0.5]},
        "contrast": {"between": ["phase"], "coefficients": {1: 1, 2: -1}},
        "distribution": {"edges": [0, 60, 100]},
        "difference": {"between": ["phase"]},
        "association": {"between": ["phase"]},
    }.get(family, {})
    entry = {"family": family, "outcome": ["club" if family == "share" else "quality"], **more}
    weighted, _ = run(pooled(), **entry)
    plain, _ = run(pooled(), **entry, weighted=False)
    doubled, _ = run(pooled().assign(weight=lambda rows: 2 * rows["weight"]), **entry)
    assert (weighted["estimate"] != plain["estimate"]).any()
    factor = 2 if family == "total" else 1
    np.testing.assert_allclose(doubled["estimate"], factor * weighted["estimate"], rtol=1e-9)
    assert (weighted["std_error"].fillna(0) >= 0).all()


def panel(n: int = 120) -> pd.DataFrame:
    """The same schools in two waves: six went from no club to one, twenty the other way."""
    early = pooled(n)
    early["club"] = pd.array([1] * 60 + [2] * 60, dtype="Int64")
    late = early.assign(wave="2025", club=pd.array([1] * 40 + [2] * 74 + [1] * 6, dtype="Int64"))
    both = pd.concat([early, late], ignore_index=True)
    return contracts.POOLED.conform(
        both.assign(
            school=pd.array([f"s{i}" for i in range(n)] * 2, dtype="string"),
            cluster=[f"s{i}" for i in range(n)] * 2,
            stratum=np.resize(["a", "b"], 2 * n),
        )
    )


def test_transitions_of_few_schools_are_withheld():
    moves = {"family": "transitions", "outcome": ["club"], "waves": ["2024", "2025"]}
    open_rows, _ = run(panel(), **moves, weighted=False)
    assert dict(zip(open_rows["level"], open_rows["estimate"], strict=True)) == pytest.approx(
        {"1 -> 1": 2 / 3, "1 -> 2": 1 / 3, "2 -> 1": 0.1, "2 -> 2": 0.9}
    )
    assert open_rows["n"].tolist() == [60, 60, 60, 60]
    rows, _ = run(panel(), **moves, limit=10)
    assert told(rows) == {"1 -> 1": "", "1 -> 2": "", "2 -> 1": WOULD, "2 -> 2": WOULD}


def test_an_earlier_answer_of_few_schools_takes_the_next_one_with_it():
    frame = panel()
    early = frame["wave"].eq("2024")
    frame.loc[early, "phase"] = pd.array([1] * 5 + [2] * 55 + [3] * 60, dtype="Int64")
    frame.loc[~early, "phase"] = pd.array([1] * 5 + [2] * 55 + [3] * 60, dtype="Int64")
    rows, _ = run(frame, family="transitions", outcome=["phase"], waves=["2024", "2025"], limit=10)
    shown = rows[rows["withheld"].eq("")]
    assert set(shown["level"].str[0]) == {"3"}


def test_the_change_of_two_answers_rests_on_the_fewest_of_each():
    change = {"family": "change", "outcome": ["club", "quality"], "waves": ["2024", "2025"]}
    rows, _ = run(panel(), **change, limit=10)
    assert rows["withheld"].tolist() == ["", ""]
    assert one(rows, outcome="club")["unit"] == "probability"
    frame = panel()
    frame.loc[frame["wave"].eq("2025"), "club"] = pd.array([1] * 4 + [2] * 116, dtype="Int64")
    rows, _ = run(frame, **change, limit=10)
    assert dict(zip(rows["outcome"], rows["withheld"], strict=True)) == {"club": FEW, "quality": ""}


def test_the_change_of_all_but_a_few_schools_is_not_told_beside_that_of_all():
    frame = panel()
    frame["phase"] = pd.array(([1] * 5 + [2] * 115) * 2, dtype="Int64")
    rows, _ = run(
        frame, family="change", outcome=["quality"], waves=["2024", "2025"], samples=["all", "phase=2"], limit=10
    )
    assert one(rows, sample="phase=2")["withheld"] == WOULD


def test_what_cannot_be_estimated_keeps_its_name():
    frame = pooled()
    frame.loc[frame["phase"].eq(3), ["quality", "led"]] = np.nan
    names = {
        "quantile": ({"quantiles": [0.25, 0.5]}, [("quantile", "quality", "0.25"), ("quantile", "quality", "0.5")]),
        "total": ({"outcome": ["led"]}, [("total", "led", "1")]),
        "ratio": ({"denominator": "hours"}, [("ratio", "hours", "")]),
        "variance": ({}, [("variance", "quality", "")]),
        "contrast": ({"between": ["club"], "coefficients": {1: 1, 2: -1}}, [("contrast", "club", "")]),
        "association": ({"between": ["club"]}, [("association_f", "club", "")]),
    }
    for family, (more, expected) in names.items():
        rows, _ = run(frame, **{"family": family, "outcome": ["quality"], "samples": ["by phase"], **more})
        empty = rows[rows["sample"].eq("phase=3")]
        assert list(empty[["quantity", "term", "level"]].itertuples(index=False, name=None)) == expected
        assert set(empty["withheld"]) == {"no responses"}


def test_no_precision_is_seen_where_all_agree():
    frame = pooled().assign(led=1.0)
    rows, _ = run(frame, family="share", outcome=["led"], precision=True)
    assert one(rows, quantity="share")["estimate"] == 1
    assert set(rows[rows["quantity"].ne("share")]["withheld"]) == {"no variance is seen where all have the same answer"}


def test_of_equal_weights_without_clusters_a_response_counts_for_one():
    frame = pooled().assign(weight=1.0, stratum="all")
    rows, _ = run(frame, family="mean", outcome=["quality"], precision=True)
    assert one(rows, quantity="design_effect")["estimate"] == pytest.approx(1, rel=1e-9)
    assert one(rows, quantity="effective_n")["estimate"] == pytest.approx(240, rel=1e-9)


def test_nobody_has_no_interval_and_contrasts_of_nobody_are_refused():
    frame = pooled()
    frame["phase"] = pd.array(np.resize([1, 2], len(frame)), dtype="Int64")
    rows, _ = run(frame, family="total", outcome=["phase"])
    assert one(rows, level="3")[["ci_low", "ci_high"]].isna().all()
    assert one(rows, level="3")["estimate"] == 0
    with pytest.raises(Exception, match="contrast of quality between phase: nobody in use has phase 3"):
        run(frame, family="contrast", outcome=["quality"], between=["phase"], coefficients={1: -1, 3: 1})


def test_a_difference_from_nobody_says_who_is_missing():
    frame = pooled()
    frame["phase"] = pd.array(np.resize([1, 2], len(frame)), dtype="Int64")
    with pytest.raises(Exception, match="difference of quality between phase: nobody in use has phase 3$"):
        run(frame, family="difference", outcome=["quality"], between=["phase"])
