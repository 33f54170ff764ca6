"""Weights that meet known totals, from the export to the estimates, against R's survey."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import small_wave
import surveyed
from reference.r_survey import agrees, data, numbers
from stemcareers import contracts, pool, withhold
from stemcareers.errors import Problem

R = numbers("calibration")
TYPES = {"1": 4421.0, "2": 755.0, "3": 1018.0}
WIDE = {"0": 1072.0, "1": 5122.0}
HALF = {"0": 3100.0, "1": 3094.0}
POPULATION = {"stype": TYPES, "wide": WIDE, "half": HALF}
CLUS1 = {"weight": "pw", "cluster": "dnum", "population": "fpc"}
STRAT = {"weight": "pw", "strata": "stype", "population": "fpc"}
MEANS = {"family": "mean", "outcome": ["api00", "api99"]}
CASES: dict[str, tuple[str, dict[str, Any], str, list[str]]] = {
    "rake": ("apiclus1", CLUS1, "rake", ["stype", "wide"]),
    "rake_strat": ("apistrat", STRAT, "rake", ["half", "wide"]),
    "rake_jk1": ("apiclus1", {**CLUS1, "replicates": {"make": "jk1"}}, "rake", ["stype", "wide"]),
    "linear_types": ("apiclus1", CLUS1, "linear", ["stype"]),
}


def part(name: str, folder: Path) -> pool.Part:
    file, design, method, margins = CASES[name]
    calibrate = {"method": method, "population": "api", "margins": margins}
    return surveyed.part(data(file), {**design, "calibrate": calibrate}, folder, "a", POPULATION)


@pytest.mark.parametrize("name", CASES)
def test_weights_means_and_models_are_those_of_r(name: str, tmp_path: Path) -> None:
    its = part(name, tmp_path)
    weights = its.weights.set_index("response")["weight"].loc[[str(i) for i in range(len(its.weights))]]
    agrees(weights, R[name]["weights"])
    rows, fits = surveyed.estimated({"a": its}, **MEANS)
    agrees(rows["estimate"], R[name]["mean"]["values"])
    agrees(rows["std_error"] ** 2, np.diag(R[name]["mean"]["covariance"]))
    rows, _ = surveyed.estimated({"a": its}, family="linear", outcome=["api00"], factors=["ell"], context=["meals"])
    agrees(rows["estimate"], R[name]["linear"]["values"])
    agrees(rows["std_error"] ** 2, np.diag(R[name]["linear"]["covariance"]))
    assert fits["weighted"].all()


def test_post_stratification_is_that_of_r(tmp_path: Path) -> None:
    design = {**CLUS1, "calibrate": {"method": "post_stratify", "population": "api", "margins": "stype"}}
    rows, _ = surveyed.estimated({"a": surveyed.part(data("apiclus1"), design, tmp_path, "a", POPULATION)}, **MEANS)
    r = numbers("designs")["post_stratified"]["mean"]
    agrees(rows["estimate"], r["values"])
    agrees(rows["std_error"] ** 2, np.diag(r["covariance"]))


def test_the_margins_come_back(tmp_path: Path) -> None:
    its = part("rake", tmp_path)
    joined = its.weights.merge(its.wide, on="response")
    for margin, totals in (("stype", TYPES), ("wide", WIDE)):
        found = joined.groupby(joined[margin].astype(str))["weight"].sum()
        agrees(found.loc[list(totals)], list(totals.values()), relative=1e-11)


def test_two_waves_meet_totals_of_their_own(tmp_path: Path) -> None:
    """Waves drawn apart: each wave's mean and error are as alone."""
    calibrate = {"method": "rake", "population": "api", "margins": ["stype", "wide"]}
    design = {**CLUS1, "calibrate": calibrate}
    larger = {margin: {level: 2 * total for level, total in its.items()} for margin, its in POPULATION.items()}
    other = data("apiclus1").assign(pw=lambda f: f["pw"] * (1 + f["snum"] % 2))
    parts = {"a": part("rake", tmp_path), "b": surveyed.part(other, design, tmp_path, "b", larger)}
    rows, _ = surveyed.estimated(parts, **{**MEANS, "samples": ["by wave"]})
    for name, one in parts.items():
        alone, _ = surveyed.estimated({name: one}, **MEANS)
        ours = rows[rows["sample"] == f"wave={name}"]
        agrees(ours["estimate"].to_numpy(), alone["estimate"].to_numpy(), relative=1e-9)
        agrees(ours["std_error"].to_numpy(), alone["std_error"].to_numpy(), relative=1e-9)


def test_unweighted_specifications_leave_the_calibration_aside(tmp_path: Path) -> None:
    its = part("rake", tmp_path)
    plain = surveyed.part(data("apiclus1"), CLUS1, tmp_path)
    ours = surveyed.estimated({"a": its}, **MEANS, weighted=False)[0]
    theirs = surveyed.estimated({"a": plain}, **MEANS, weighted=False)[0]
    agrees(ours["std_error"], theirs["std_error"])


def test_waves_calibrated_otherwise_do_not_mix(tmp_path: Path) -> None:
    parts = {"a": part("rake", tmp_path), "b": surveyed.part(data("apiclus1"), CLUS1, tmp_path, "b")}
    with pytest.raises(Problem) as caught:
        pool.waves(parts)
    assert str(caught.value) == (
        "design.calibrate: 1 problem\n"
        "  the waves of the study have different methods or margins; pooled waves need the same"
    )


def test_what_cannot_be_met(tmp_path: Path) -> None:
    design = {**CLUS1, "calibrate": {"method": "rake", "population": "api", "margins": ["stype"]}}
    with pytest.raises(Problem) as caught:
        surveyed.part(data("apiclus1"), design, tmp_path, "a", {"stype": {"1": 10.0, "2": 5.0, "4": 1.0}})
    assert str(caught.value) == (
        "waves/a.yaml: 2 problems\n"
        "  design.calibrate: raking by stype: stype: no total is given for 3\n"
        "  design.calibrate: raking by stype: stype: 4 has a total and no rows: merge cells"
    )


def weighting_facts(folder: Path, limit: int, margins: list[str]) -> pd.DataFrame:
    calibrate = {"method": "rake", "population": "api", "margins": margins}
    _, facts = surveyed.stages(data("apistrat"), {**STRAT, "calibrate": calibrate}, folder, "a", POPULATION)
    told = contracts.ESTIMATES.conform(withhold.small_groups(facts, limit))
    return told[told["specification"] == "weighting"]


def test_margins_before_and_after_are_facts_of_the_wave(tmp_path: Path) -> None:
    facts = weighting_facts(tmp_path, 10, ["half", "wide"]).set_index(["outcome", "term", "level"])["estimate"]
    schools = data("apistrat")
    before = schools.loc[schools["half"] == 1, "pw"].sum() / schools["pw"].sum()
    agrees(facts["before", "half", "1"], before)
    agrees(facts["population", "half", "1"], 3094 / 6194)
    agrees(facts["after", "half", "1"], 3094 / 6194)
    agrees(facts["after", "wide", "0"], 1072 / 6194)
    weights = np.array(R["rake_strat"]["weights"])
    agrees(
        facts["responses", "weights", ""], [len(weights) * (weights**2).sum() / weights.sum() ** 2, weights.sum()][::-1]
    )


def test_margins_of_few_and_extremes_of_few_are_withheld(tmp_path: Path) -> None:
    """48 schools missed the target: with a limit of 50 they are withheld, and with them who would tell them."""
    facts = weighting_facts(tmp_path, 50, ["half", "wide"])
    shares = facts[facts["quantity"] == "share"]
    assert set(shares.loc[shares["term"] == "wide", "withheld"]) == {"would show a group of fewer than 50"}
    assert shares.loc[shares["term"] == "wide", "estimate"].isna().all()
    assert shares.loc[shares["term"] == "half", "withheld"].eq("").all()
    assert facts.loc[facts["quantity"] == "ratio", "withheld"].ne("").all()


def test_who_did_not_answer_stands_for_nobody_in_the_population() -> None:
    calibrate = {"method": "rake", "population": "api", "margins": ["stype"]}
    silent = {"column": "consent", "equals": "Yes", "otherwise": "no consent", "still_sampled": True}
    with pytest.raises(Problem) as caught:
        small_wave.wave(design={"weight": "none", "calibrate": calibrate}, keep_if=[silent])
    assert caught.value.wrong == (
        "design.calibrate: meets totals of the population by those who answered; take out 'still_sampled', or name the "
        "weights under 'weight' and calibrate nothing",
    )


def test_margins_that_were_not_asked(tmp_path: Path) -> None:
    design = {**CLUS1, "calibrate": {"method": "rake", "population": "api", "margins": ["sector"]}}
    with pytest.raises(Problem) as caught:
        surveyed.part(data("apiclus1"), design, tmp_path, "a", {"sector": {"1": 1.0}})
    assert caught.value.wrong == ("design.calibrate.margins: 'sector' was not asked in this wave",)


# --- numbers, bounds, trimming ---------------------------------------------------------------------------------------

NUMBERS = {**POPULATION, "api99": {"": 3_914_069.0}}
BOTH = ["stype", "api99"]
WITH_NUMBERS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "linear": ("apiclus1", CLUS1, {"method": "linear"}),
    "linear_strat": ("apistrat", STRAT, {"method": "linear"}),
    "linear_jk1": ("apiclus1", {**CLUS1, "replicates": {"make": "jk1"}}, {"method": "linear"}),
    "bounded": ("apiclus1", CLUS1, {"method": "linear", "bounds": [0.55, 1.8]}),
    "bounded_jk1": ("apiclus1", {**CLUS1, "replicates": {"make": "jk1"}}, {"method": "linear", "bounds": [0.3, 6]}),
    "raking": ("apistrat", STRAT, {"method": "rake"}),
    "raking_bounded": ("apiclus1", CLUS1, {"method": "rake", "bounds": [0.55, 1.8]}),
}


def numeric(name: str, folder: Path, wave: str = "a", population: dict[str, Any] = NUMBERS) -> pool.Part:
    file, design, how = WITH_NUMBERS[name]
    calibrate = {**how, "population": "api", "margins": BOTH}
    return surveyed.part(data(file), {**design, "calibrate": calibrate}, folder, wave, population)


@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_sums_of_numbers_and_bounds_are_those_of_r(name: str, tmp_path: Path) -> None:
    its = numeric(name, tmp_path)
    weights = its.weights.set_index("response")["weight"].loc[[str(i) for i in range(len(its.weights))]]
    agrees(weights, R[name]["weights"], relative=1e-6)
    rows, fits = surveyed.estimated({"a": its}, **MEANS)
    agrees(rows["estimate"], R[name]["mean"]["values"], relative=1e-7)
    variance = rows["std_error"].to_numpy() ** 2
    agrees(variance[:1], np.diag(R[name]["mean"]["covariance"])[:1], relative=1e-5)
    assert variance[1] < 1e-20, "a mean that the totals give is no estimate"
    rows, _ = surveyed.estimated({"a": its}, family="linear", outcome=["api00"], factors=["ell"], context=["meals"])
    agrees(rows["estimate"], R[name]["linear"]["values"], relative=1e-6)
    agrees(rows["std_error"] ** 2, np.diag(R[name]["linear"]["covariance"]), relative=1e-5)
    assert fits["weighted"].all()


@pytest.mark.parametrize("name", WITH_NUMBERS)
def test_totals_come_back_within_the_bounds(name: str, tmp_path: Path) -> None:
    its = numeric(name, tmp_path)
    joined = its.weights.merge(its.wide, on="response")
    assert float(joined["weight"] @ joined["api99"]) == pytest.approx(3_914_069, rel=1e-8)
    found = joined.groupby(joined["stype"].astype(str))["weight"].sum()
    agrees(found.loc[list(TYPES)], list(TYPES.values()), relative=1e-8)
    low, high = WITH_NUMBERS[name][2].get("bounds", (0, np.inf))
    factor = joined["weight"] / joined["weight_before"]
    assert factor.min() >= low * (1 - 1e-12)
    assert factor.max() <= high * (1 + 1e-12)


def test_two_waves_meet_sums_of_their_own(tmp_path: Path) -> None:
    twice = {margin: {level: 2 * total for level, total in its.items()} for margin, its in NUMBERS.items()}
    parts = {"a": numeric("linear", tmp_path), "b": numeric("linear", tmp_path, "b", twice)}
    entry = {"family": "linear", "outcome": ["api00"], "factors": ["ell"], "context": ["meals"]}
    rows, _ = surveyed.estimated(parts, **entry, samples=["by wave"])
    for name, one in parts.items():
        alone, _ = surveyed.estimated({name: one}, **entry)
        ours = rows[rows["sample"] == f"wave={name}"]
        agrees(ours["estimate"].to_numpy(), alone["estimate"].to_numpy(), relative=1e-9)
        agrees(ours["std_error"].to_numpy(), alone["std_error"].to_numpy(), relative=1e-9)


def test_bounds_that_totals_do_not_allow(tmp_path: Path) -> None:
    twice = {margin: {level: 2 * total for level, total in its.items()} for margin, its in NUMBERS.items()}
    with pytest.raises(Problem) as caught:
        numeric("bounded", tmp_path, population=twice)
    assert str(caught.value) == (
        "waves/a.yaml: 1 problem\n"
        "  design.calibrate: linear calibration to stype, api99: the totals cannot be met: stype 2 comes to 852.944 "
        "where 1,510 is asked. They contradict each other or the rows there are; widen the bounds, or leave a total out"
    )


def test_sums_before_and_after_are_facts_of_the_wave(tmp_path: Path) -> None:
    calibrate = {"method": "linear", "population": "api", "margins": BOTH}
    _, facts = surveyed.stages(data("apistrat"), {**STRAT, "calibrate": calibrate}, tmp_path, "a", NUMBERS)
    facts = contracts.ESTIMATES.conform(withhold.small_groups(facts, 10))
    sums = facts[facts["quantity"] == "total"].set_index("outcome")
    schools = data("apistrat")
    before = (schools["pw"] * schools["api99"]).sum() * 6194 / schools["pw"].sum()
    agrees(sums.loc[["population", "before", "after"], "estimate"], [3_914_069, before, 3_914_069], relative=1e-8)
    assert sums["term"].eq("api99").all()
    assert sums["level"].eq("").all()


def test_a_number_that_somebody_did_not_give(tmp_path: Path) -> None:
    calibrate = {"method": "linear", "population": "api", "margins": BOTH}
    schools = data("apiclus1")
    schools["api99"] = schools["api99"].astype("float64")
    schools.loc[:3, "api99"] = np.nan
    with pytest.raises(Problem) as caught:
        surveyed.part(schools, {**CLUS1, "calibrate": calibrate}, tmp_path, "a", NUMBERS)
    assert str(caught.value) == (
        "waves/a.yaml: 1 problem\n  design.calibrate: linear calibration to stype, api99: api99 is missing in 4 rows"
    )


def test_waves_with_other_bounds_do_not_mix(tmp_path: Path) -> None:
    parts = {"a": numeric("bounded", tmp_path), "b": numeric("linear", tmp_path, "b")}
    with pytest.raises(Problem) as caught:
        pool.waves(parts)
    assert caught.value.wrong == ("the waves of the study have different bounds; pooled waves need the same",)


def trimmed(file: pd.DataFrame, design: dict[str, Any], trim: dict[str, Any], folder: Path) -> pool.Part:
    return surveyed.part(file, {**design, "trim": trim}, folder)


def in_order(its: pool.Part, column: str = "weight") -> pd.Series:
    return (
        its.weights.set_index("response")[column].loc[[str(i) for i in range(len(its.weights))]].reset_index(drop=True)
    )


def test_trimmed_weights_are_those_of_r(tmp_path: Path) -> None:
    schools = data("apistrat")
    middle = schools["pw"].median()
    its = trimmed(schools, STRAT, {"lower": 16 / middle, "upper": 40 / middle}, tmp_path)
    agrees(in_order(its), R["trim_strat"]["weights"])
    rows, _ = surveyed.estimated({"a": its}, **MEANS)
    agrees(rows["estimate"], R["trim_strat"]["mean"]["values"])
    agrees(rows["std_error"] ** 2, np.diag(R["trim_strat"]["mean"]["covariance"]))
    # What redistribution lifts over a bound is trimmed again (R: strict = TRUE).
    wild = data("apiclus1").assign(pw=R["rake"]["weights"])
    mean = wild["pw"].mean()
    assert 30 / mean < 1 < 42 / mean
    its = trimmed(
        wild, {"weight": "pw", "cluster": "dnum"}, {"lower": 30 / mean, "upper": 42 / mean, "of": "mean"}, tmp_path
    )
    agrees(in_order(its), R["trim_strict"]["weights"], relative=1e-7)


@pytest.mark.parametrize("redistribute", ["equally", "in_proportion"])
def test_trimmed_weights_lie_within_bounds_and_add_up_to_the_same(redistribute: str, tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    schools = data("apiclus1").assign(pw=np.exp(random.normal(3, 1, size=183)))
    trim = {"lower": 0.4, "upper": 2.5, "redistribute": redistribute}
    its = trimmed(schools, {"weight": "pw", "cluster": "dnum"}, trim, tmp_path)
    weights, before = in_order(its), in_order(its, "weight_untrimmed")
    middle = schools["pw"].median()
    np.testing.assert_allclose(before, schools["pw"], rtol=1e-12)
    assert weights.min() >= 0.4 * middle * (1 - 1e-12)
    assert weights.max() <= 2.5 * middle * (1 + 1e-12)
    assert weights.sum() == pytest.approx(before.sum(), rel=1e-10)
    within = before.between(0.4 * middle, 2.5 * middle) & weights.lt(2.5 * middle * (1 - 1e-9))
    gained = weights[within] - before[within] if redistribute == "equally" else weights[within] / before[within]
    assert gained.std() < 1e-9
    assert "weight_untrimmed" not in pool.waves({"a": its})


def test_trimming_comes_before_known_totals(tmp_path: Path) -> None:
    calibrate = {"method": "linear", "population": "api", "margins": ["stype"]}
    schools = data("apiclus1").assign(pw=lambda f: f["pw"] * (1 + 9 * (f["snum"] % 7 == 0)))
    design = {"weight": "pw", "cluster": "dnum", "calibrate": calibrate, "trim": {"upper": 3}}
    its = surveyed.part(schools, design, tmp_path, "a", POPULATION)
    joined = its.weights.merge(its.wide, on="response")
    found = joined.groupby(joined["stype"].astype(str))["weight"].sum()
    agrees(found.loc[list(TYPES)], list(TYPES.values()), relative=1e-8)
    assert joined["weight_before"].max() == pytest.approx(3 * schools["pw"].median())
    assert joined["weight_untrimmed"].max() == pytest.approx(schools["pw"].max())
    rows, _ = surveyed.estimated({"a": its}, **MEANS)
    assert rows["std_error"].gt(0).all()


def test_given_replicate_weights_keep_their_ratio_when_weights_are_trimmed(tmp_path: Path) -> None:
    schools = data("apiclus1").assign(pw=lambda f: f["pw"] * (1 + 9 * (f["snum"] % 7 == 0)))
    first = schools["dnum"] == schools["dnum"].iloc[0]
    schools["rep_1"] = np.where(first, 0.0, 1.1) * schools["pw"]
    schools["rep_2"] = np.where(first, 1.2, 0.9) * schools["pw"]
    replicates = {"columns": "rep_*", "kind": "bootstrap"}
    its = trimmed(schools, {"weight": "pw", "replicates": replicates}, {"upper": 3}, tmp_path)
    assert in_order(its).max() < schools["pw"].max()
    for column, name in (("rep_1", "replicate_001"), ("rep_2", "replicate_002")):
        agrees(in_order(its, name) / in_order(its), schools[column] / schools["pw"], relative=1e-12)


def test_what_trimming_did_is_told(tmp_path: Path) -> None:
    schools = data("apistrat")
    middle = schools["pw"].median()
    design = {**STRAT, "trim": {"lower": 16 / middle, "upper": 40 / middle}}
    _, facts = surveyed.stages(schools, design, tmp_path, "a", None)
    facts = contracts.ESTIMATES.conform(withhold.small_groups(facts, 10))
    told = facts[facts["specification"] == "weighting"].set_index(["outcome", "quantity", "term"])["estimate"]
    weights = np.array(R["trim_strat"]["weights"])
    # All 100 elementary schools were over, all 50 high schools under.
    assert told["responses", "count", "trimmed"] == 150
    agrees(told["untrimmed", "ratio", "largest_weight"], schools["pw"].max() / middle)
    agrees(told["trimmed", "ratio", "largest_weight"], 40 / middle)
    agrees(told["trimmed", "ratio", "smallest_weight"], 16 / middle)
    agrees(told["trimmed", "design_effect", "weights"], 200 * (weights**2).sum() / weights.sum() ** 2)
    agrees(told["responses", "design_effect", "weights"], told["trimmed", "design_effect", "weights"])


def test_the_weight_of_one_school_is_withheld(tmp_path: Path) -> None:
    schools = data("apistrat").assign(pw=lambda f: f["pw"].where(f.index > 0, 900.0))
    _, facts = surveyed.stages(schools, {"weight": "pw", "trim": {"upper": 5}}, tmp_path, "a", None)
    facts = contracts.ESTIMATES.conform(withhold.small_groups(facts, 10))
    told = facts[facts["specification"] == "weighting"].set_index(["outcome", "quantity", "term"])["withheld"]
    assert told["untrimmed", "ratio", "largest_weight"] == "fewer than 10"
    assert told["trimmed", "ratio", "largest_weight"] == "fewer than 10"
    assert told["responses", "count", "trimmed"] != ""


def test_bounds_that_no_weights_meet(tmp_path: Path) -> None:
    schools = data("apistrat").assign(pw=lambda f: f["pw"].where(f.index > 30, 900.0))
    with pytest.raises(Problem) as caught:
        trimmed(schools, {"weight": "pw"}, {"upper": 2}, tmp_path)
    mean = schools["pw"].mean()
    assert str(caught.value) == (
        "waves/a.yaml: 1 problem\n"
        f"  design.trim: trimming of weights to 0 to {2 * schools['pw'].median():g}: the mean weight is {mean:g}, so "
        "weights within these bounds cannot add up to what they did"
    )
