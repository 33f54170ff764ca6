"""Grids of variants, and estimates without each cluster."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.r_survey import agrees, data
from stemcareers.errors import Problem
from stemcareers.inference import (
    Design,
    impute,
    leave_one_cluster_out,
    linear,
    logit,
    pool,
    robustness,
)

SCHOOLS = data("apistrat").assign(high=lambda f: (f["api00"] > 650).astype(float))
WEIGHTED = Design(weight="pw", strata="stype", fpc="fpc").on(SCHOOLS)
PLAIN = Design().on(SCHOOLS)


def grid():
    return robustness(
        {
            "weights": {"weighted": WEIGHTED, "unweighted": PLAIN},
            "outcome": {"2000": "api00", "1999": "api99"},
            "controls": {"none": [], "meals": ["meals"], "all": ["meals", "stype"]},
        },
        estimate=lambda weights, outcome, controls: linear(weights, outcome, ["mobility", *controls]),
        focal="mobility",
    )


def test_every_combination_is_a_row():
    found = grid()
    table = found.table
    assert list(table.columns[:5]) == ["variant", "weights", "outcome", "controls", "main"]
    assert len(table) == found.n_variants == found.n_estimated == 12
    assert table.loc[table["main"], ["weights", "outcome", "controls"]].to_numpy().tolist() == [
        ["weighted", "2000", "none"]
    ]
    row = table.query("weights == 'unweighted' and outcome == '1999' and controls == 'all'").iloc[0]
    alone = linear(PLAIN, "api99", ["mobility", "meals", "stype"]).pick(["mobility"])
    agrees(row[["estimate", "std_error", "ci_low", "ci_high", "p_value"]].astype(float),
           alone.to_frame()[["estimate", "std_error", "ci_low", "ci_high", "p_value"]].iloc[0])  # fmt: skip
    assert set(table["problem"]) == {""}


def test_shares():
    found = grid()
    estimates = found.table["estimate"]
    assert found.main == estimates[0]
    assert found.median == estimates.median()
    assert found.share_same_sign == (np.sign(estimates) == np.sign(estimates[0])).mean()
    excluded = (found.table["ci_low"] > 0) | (found.table["ci_high"] < 0)
    assert found.share_excluding_zero == excluded.mean()
    assert 0 < found.share_excluding_zero < 1
    by = found.by_decision().set_index(["decision", "option"])
    assert by["n"].tolist() == [6, 6, 6, 6, 4, 4, 4]
    assert by.loc[("controls", "none"), "median"] == estimates[found.table["controls"] == "none"].median()


def test_links_and_imputation_stand_side_by_side():
    gaps = SCHOOLS.assign(meals=SCHOOLS["meals"].where(SCHOOLS["snum"] % 5 > 0).astype(float))
    survey = Design(weight="pw", strata="stype").on(gaps)
    imputed = impute(survey, {"meals": "numeric"}, ["api00", "ell", "stype"], m=3, seed=2)

    def estimate(link, missing):
        fit = {"linear": linear, "logit": logit}[link]
        if missing == "imputed":
            return pool(imputed, lambda one: fit(one, "high", ["meals"]))
        return fit(survey, "high", ["meals"])

    found = robustness(
        {
            "link": {"linear": "linear", "logit": "logit"},
            "missing": {"complete cases": "complete", "imputed": "imputed"},
        },
        estimate,
        focal="meals",
    )
    assert found.table["n"].tolist() == [gaps["meals"].notna().sum(), 200] * 2
    assert found.share_same_sign == found.share_excluding_zero == 1


def test_a_variant_that_fails_stays_with_its_reason():
    frame = SCHOOLS.assign(same=1.0)
    survey = Design().on(frame)
    found = robustness(
        {"controls": {"none": [], "broken": ["same"], "meals": ["meals"]}},
        lambda controls: linear(survey, "api00", ["ell", *controls]),
        focal="ell",
    )
    assert found.table["problem"].tolist() == [
        "",
        "same is 1 in every row in use, so it explains nothing: leave it out",
        "",
    ]
    assert (found.n_variants, found.n_estimated) == (3, 2)
    assert found.share_same_sign == 1
    assert found.table["estimate"].isna().tolist() == [False, True, False]


def test_without_a_main_estimate_the_majority_counts():
    frame = SCHOOLS.assign(same=1.0)
    survey = Design().on(frame)
    found = robustness(
        {"term": {"broken": ["same"], "down": [], "up": ["meals"]}},
        lambda term: linear(survey, "api00", ["ell", *term]),
        focal="ell",
    )
    assert np.isnan(found.main)
    assert found.share_same_sign == 1


def test_odds_ratios_are_held_against_one():
    found = robustness(
        {"controls": {"none": [], "ell": ["ell"]}},
        lambda controls: logit(WEIGHTED, "high", ["meals", *controls]).exponentiated(),
        focal="meals",
    )
    assert found.null == 1
    assert (found.table["estimate"] < 1).all()
    assert found.share_same_sign == found.share_excluding_null == 1


def test_combinations_that_make_no_sense_are_left_out():
    found = robustness(
        {"weights": {"weighted": WEIGHTED, "unweighted": PLAIN}, "controls": {"none": [], "stype": ["stype"]}},
        lambda weights, controls: linear(weights, "api00", ["ell", *controls]),
        focal="ell",
        unless=lambda weights, controls: weights == "unweighted" and controls == "stype",
    )
    assert found.table["variant"].tolist() == [1, 2, 3]


def test_leave_one_cluster_out():
    survey = Design(weight="pw", clusters="dnum", fpc="fpc").on(data("apiclus1"))
    found = leave_one_cluster_out(survey, lambda s: linear(s, "api00", ["ell", "meals"]), "ell")
    assert found.n_variants == 16
    assert found.table["left_out"][0] == ""
    row = found.table.query("left_out == '637'").iloc[0]
    alone = linear(survey.domain(lambda schools: schools["dnum"] != 637), "api00", ["ell", "meals"])
    assert row["estimate"] == pytest.approx(alone.values[1], rel=1e-12)
    assert row["n"] == alone.n_used
    assert found.table["n_clusters"].tolist() == [15] + [14] * 15
    assert "the design names no clusters" in refused(lambda: leave_one_cluster_out(PLAIN, lambda s: s, "ell"))


def refused(call) -> str:
    with pytest.raises(Problem) as problem:
        call()
    return str(problem.value)


def test_grids_that_are_wrong():
    def estimate(weights):
        return linear(weights, "api00", ["ell"])

    assert refused(lambda: robustness({"weigths": {"a": PLAIN}, "n": {}}, estimate, "ell")) == (
        "robustness: 4 problems\n"
        "  the decision n has no options\n"
        "  'n' is a column of the table; call the decision otherwise\n"
        "  the decision 'weigths' is not a parameter of the estimate; did you mean 'weights'?\n"
        "  the decision 'n' is not a parameter of the estimate"
    )
    assert (
        refused(lambda: robustness({"weights": {"a": PLAIN}}, estimate, "meals"))
        == "coefficient 'meals': 1 problem\n  is not among the estimates"
    )
    broken = Design().on(SCHOOLS.assign(api00=1.0))
    assert refused(lambda: robustness({"weights": {"a": broken}}, estimate, "ell")) == (
        "robustness of ell: 1 problem\n"
        "  no variant gives an estimate: the outcome api00 is 1 in every row in use, so there is nothing to explain"
    )
    assert "no combination is left" in refused(
        lambda: robustness({"weights": {"a": PLAIN}}, estimate, "ell", unless=lambda weights: True)
    )

    def two(kind):
        fitted = logit(PLAIN, "high", ["ell"])
        return fitted if kind else fitted.exponentiated()

    assert "some variants give ratios and others do not" in refused(
        lambda: robustness({"kind": {"log": True, "ratio": False}}, two, "ell")
    )


def test_the_table_is_tidy():
    table = grid().table
    assert isinstance(table, pd.DataFrame)
    assert table["variant"].tolist() == list(range(1, 13))
    assert not table.duplicated(["weights", "outcome", "controls"]).any()


def test_no_exported_name_is_a_modules():
    """Importing a module would put it in the place of the function of its name."""
    from pathlib import Path

    import stemcareers.inference as package

    modules = {path.stem for path in Path(package.__file__).parent.glob("*.py")}
    assert not modules & set(package.__all__)
    assert all(getattr(package, name) is not None for name in package.__all__)
