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
