"""Weights that count pupils, or countries the same: against plain averages, and nothing lost in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stemcareers.config import Specification
from test_estimate import one, pooled, run

SCHOOLS = pooled().assign(
    phase=pd.array(np.repeat([1, 2, 3], [20, 60, 160]), dtype="Int64"),
    pupils=np.where(np.arange(240) % 8 == 0, np.nan, 10.0 + np.arange(240)),
)


def averaged(frame: pd.DataFrame, weights: pd.Series) -> float:
    return float(np.average(frame["quality"], weights=weights))


def test_categories_that_count_the_same_give_the_mean_of_their_means():
    rows, _ = run(SCHOOLS, family="mean", outcome=["quality"], equal_weight="phase")
    means = [averaged(part, part["weight"]) for _, part in SCHOOLS.groupby("phase")]
    assert one(rows)["estimate"] == pytest.approx(np.mean(means), rel=1e-12)
    plain, _ = run(SCHOOLS, family="mean", outcome=["quality"])
    assert one(plain)["estimate"] != one(rows)["estimate"]


def test_the_sum_is_made_the_same_in_each_wave_by_itself():
    frame = pd.concat([SCHOOLS, SCHOOLS.assign(wave="2025", weight=9 * SCHOOLS["weight"])], ignore_index=True)
    frame["stratum"], frame["cluster"] = frame["wave"] + frame["stratum"], frame["wave"] + frame["cluster"]
    rows, _ = run(frame, family="mean", outcome=["quality"], equal_weight="phase", samples=["by wave"])
    first, second = (one(rows, sample=f"wave={wave}")["estimate"] for wave in ("2024", "2025"))
    assert first == pytest.approx(second, rel=1e-12)


def test_weights_that_count_pupils_leave_out_who_gave_none_and_say_so():
    rows, fits = run(SCHOOLS, family="mean", outcome=["quality"], weight_times="pupils")
    known = SCHOOLS[SCHOOLS["pupils"].notna()]
    row = one(rows)
    assert row["estimate"] == pytest.approx(averaged(known, known["weight"] * known["pupils"]), rel=1e-12)
    assert row["n"] == 210 and fits.iloc[0]["left_out"] == "missing pupils: 30"


def test_both_together_count_the_pupils_of_each_category_the_same():
    rows, _ = run(SCHOOLS, family="mean", outcome=["quality"], weight_times="pupils", equal_weight="phase")
    known = SCHOOLS[SCHOOLS["pupils"].notna()]
    means = [averaged(part, part["weight"] * part["pupils"]) for _, part in known.groupby("phase")]
    assert one(rows)["estimate"] == pytest.approx(np.mean(means), rel=1e-12)


def test_a_multiple_of_a_category_s_weights_changes_nothing():
    more = SCHOOLS.assign(weight=SCHOOLS["weight"] * np.where(SCHOOLS["phase"].eq(1), 50.0, 1.0))
    given = {"family": "variance", "outcome": ["quality"], "equal_weight": "phase"}
    first, second = (one(run(frame, **given)[0]) for frame in (SCHOOLS, more))
    for name in ("estimate", "std_error"):
        assert first[name] == pytest.approx(second[name], rel=1e-9)


def test_r_squared_without_a_factor_is_that_of_the_smaller_model_on_the_same_responses():
    frame = SCHOOLS.assign(hours=SCHOOLS["hours"].where(np.arange(240) % 5 > 0))
    given = {"family": "linear", "outcome": ["quality"], "weighted": False}
    rows, fits = run(frame, **given, factors=["led", "hours"], leave_out_each=True)
    without = rows[rows["quantity"].eq("r_squared_without")].set_index("term")
    known = frame[frame["hours"].notna()]
    correlation = np.corrcoef(known["hours"], known["quality"])[0, 1]
    assert without.loc["led", "estimate"] == pytest.approx(correlation**2, rel=1e-9)
    _, alone = run(known, **given, factors=["led"])
    assert without.loc["hours", "estimate"] == pytest.approx(alone.iloc[0]["r_squared"], rel=1e-9)
    assert (without["estimate"] < fits.iloc[0]["r_squared"]).all() and set(without["n"]) == {192}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"family": "logit", "factors": ["led", "hours"]}, "belongs to linear models, not to family 'logit'"),
        (
            {"family": "linear", "factors": ["led"]},
            "needs one model with two factors or more and without imputation; take out this, or each_alone, or impute",
        ),
    ],
)
def test_leaving_out_each_needs_a_model_that_can_be_told_apart(given, told):
    made = Specification.model_construct(**{**BLANK, **given})
    assert f"leave_out_each: {told}" in list(made.faults())


BLANK = {name: field.get_default(call_default_factory=True) for name, field in Specification.model_fields.items()} | {
    "title": "t",
    "short": "s",
    "outcome": ["quality"],
    "leave_out_each": True,
}
