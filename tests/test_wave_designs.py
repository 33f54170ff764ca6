"""Designs that wave files name, from the export to the estimates: two stages and replicate weights, against R."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import surveyed
from reference.r_survey import agrees, data, numbers
from stemcareers import contracts, pool
from stemcareers.errors import Problem

R = numbers("designs")
MEANS = {"family": "mean", "outcome": ["api00", "api99"]}
MODEL = {"family": "linear", "outcome": ["api00"], "factors": ["ell"], "context": ["meals", "stype"]}
HALVES = [f"r{i}" for i in range(1, 57)]
# What each of R's designs is in a wave file.
TWO_STAGES = {"weight": "pw", "cluster": "dnum", "cluster_within": "snum"}
DESIGNS: dict[str, tuple[str, dict[str, Any], str]] = {
    "two_stage": ("apiclus2", {**TWO_STAGES, "population": "fpc1", "population_within": "fpc2"}, "linearised"),
    "two_stage_no_fpc": ("apiclus2", TWO_STAGES, "linearised"),
    "crossed": ("apistrat", {"weight": "pw", "strata": ["stype", "yes"]}, "linearised"),
    "brr": ("halves", {"weight": "pw", "replicates": {"columns": "r*", "kind": "brr"}}, "BRR"),
    "fay_estimate": (
        "halves_fay",
        {"weight": "pw", "replicates": {"columns": HALVES, "kind": "fay", "rho": 0.5, "centre": "estimate"}},
        "Fay",
    ),
    "bootstrap_factors": (
        "halves_factors",
        {"weight": "pw", "replicates": {"columns": "r*", "kind": "bootstrap", "combined": False}},
        "bootstrap",
    ),
    "jkn_nested": (
        "apistrat",
        {
            "weight": "pw",
            "strata": "stype",
            "cluster": "dnum",
            "nest": True,
            "replicates": {"make": "jkn", "centre": "estimate"},
        },
        "JKn",
    ),
}


def schools(name: str) -> pd.DataFrame:
    """A data set; the fifty pairs of schools with 56 half samples, as weights, Fay's weights or factors."""
    if not name.startswith("halves"):
        return data(name)
    found, halves = data("apisrs").iloc[:100].copy(), data("half_samples")
    found["pw"] *= 1 + found["snum"] % 3
    if name == "halves_fay":
        halves = 1 + (halves - 1) * 0.5
    if name != "halves_factors":
        halves = halves.mul(found["pw"], axis=0)
    found[HALVES] = halves.to_numpy()
    return found.drop(columns="region")


@pytest.mark.parametrize("name", DESIGNS)
def test_means_errors_and_models_are_those_of_r(name: str, tmp_path: Path) -> None:
    file, design, method = DESIGNS[name]
    parts = {"a": surveyed.part(schools(file), design, tmp_path)}
    rows, fits = surveyed.estimated(parts, **MEANS)
    agrees(rows["estimate"], R[name]["mean"]["values"])
    agrees(rows["std_error"] ** 2, np.diag(R[name]["mean"]["covariance"]))
    agrees(rows[["ci_low", "ci_high"]], R[name]["mean"]["interval"])
    assert set(fits["design_df"]) == {R[name]["df"]}
    assert set(fits["variance"]) == {method}


def test_second_stage_strata_are_honoured(tmp_path: Path) -> None:
    frame = data("apiclus2").assign(size1=400, size2=40)
    frame["first"] = frame["dnum"] % 3
    design = {**TWO_STAGES, "strata": "first", "population": "size1", "population_within": "size2"}
    parts = {"a": surveyed.part(frame, {**design, "strata_within": "stype", "lonely": "certainty"}, tmp_path)}
    rows, fits = surveyed.estimated(parts, **MEANS)
    r = R["strata_within_certainty"]
    agrees(rows["std_error"] ** 2, np.diag(r["mean"]["covariance"]))
    assert set(fits["design_df"]) == {r["df"]}


def test_models_use_replicates_too(tmp_path: Path) -> None:
    file, design, _ = DESIGNS["fay_estimate"]
    rows, fits = surveyed.estimated({"a": surveyed.part(schools(file), design, tmp_path)}, **MODEL)
    rows = rows[rows["quantity"].eq("coefficient")]
    r = R["fay_estimate"]["linear"]
    assert rows["term"].tolist() == ["intercept", "ell", "meals", "stype", "stype"]
    agrees(rows["estimate"], r["values"])
    agrees(rows["std_error"], r["std_error"])
    agrees(rows["p_value"], r["p_values"])
    assert fits["variance"].tolist() == ["Fay"]


def test_columns_of_a_pattern_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    file, design, _ = DESIGNS["brr"]
    frame = schools(file)
    found = surveyed.part(frame, design, tmp_path).weights.set_index("response")
    rows = frame.reset_index(drop=True)
    for number in (2, 10, 56):
        ours = found[f"replicate_{number:03d}"].loc[[str(i) for i in range(len(rows))]]
        agrees(ours, rows[f"r{number}"])


def test_what_is_made_is_made_of_all_waves_and_with_the_seed(tmp_path: Path) -> None:
    boot = {"weight": "pw", "strata": "stype", "replicates": {"make": "bootstrap", "times": 50}}
    parts = {"a": surveyed.part(data("apistrat"), boot, tmp_path)}
    first, fits = surveyed.estimated(parts, **MEANS)
    again, _ = surveyed.estimated(parts, **MEANS)
    pd.testing.assert_frame_equal(first, again)
    assert fits["variance"].tolist() == ["bootstrap", "bootstrap"]
    linearised, _ = surveyed.estimated(
        {"a": surveyed.part(data("apistrat"), {"weight": "pw", "strata": "stype"}, tmp_path)}, **MEANS
    )
    assert (first["std_error"] / linearised["std_error"]).between(0.7, 1.4).all()
    assert not np.allclose(first["std_error"], linearised["std_error"])


def fay_wave(folder: Path, name: str, keep: int = 100, schools_of: str = "") -> pool.Part:
    file, design, _ = DESIGNS["fay_estimate"]
    frame = schools(file).iloc[:keep]
    frame["cds"] = schools_of + frame["cds"]
    return surveyed.part(frame, {**design, "cluster": "school"}, folder, name)


def test_waves_drawn_apart_keep_their_own_replicates(tmp_path: Path) -> None:
    """The difference of two independent waves has the sum of their variances; each wave's own error is as alone."""
    one, two = fay_wave(tmp_path, "a"), fay_wave(tmp_path, "b", 90, "x")
    pooled = pool.waves({"a": one, "b": two}, surveyed.PANEL)
    assert sum(c.startswith(contracts.REPLICATE) for c in pooled) == 112
    both, fits = surveyed.estimated({"a": one, "b": two}, **{**MEANS, "samples": ["by wave"]})
    alone = [surveyed.estimated({"a": part}, **MEANS)[0] for part in (one, two)]
    agrees(both["std_error"].to_numpy(), np.concatenate([rows["std_error"] for rows in alone]), relative=1e-9)
    assert set(fits["variance"]) == {"Fay"}
    apart, _ = surveyed.estimated({"a": one, "b": two}, family="difference", outcome=["api00"], between=["wave"])
    squares = sum(rows.set_index("outcome")["std_error"]["api00"] ** 2 for rows in alone)
    agrees(apart["std_error"] ** 2, [squares], relative=1e-9)


def test_a_panel_keeps_its_replicates_together(tmp_path: Path) -> None:
    """The same schools with the same answers: the difference is nothing, without any error."""
    one, two = fay_wave(tmp_path, "a"), fay_wave(tmp_path, "b")
    assert sum(c.startswith(contracts.REPLICATE) for c in pool.waves({"a": one, "b": two}, surveyed.PANEL)) == 56
    rows, _ = surveyed.estimated({"a": one, "b": two}, family="difference", outcome=["api00"], between=["wave"])
    np.testing.assert_allclose(rows[["estimate", "std_error"]], 0.0, atol=1e-9)


def test_a_wave_without_a_second_stage_beside_one_that_has_it(tmp_path: Path) -> None:
    file, design, _ = DESIGNS["two_stage"]
    plain = {"weight": "pw", "cluster": "dnum", "population": "fpc"}
    parts = {
        "a": surveyed.part(schools(file), design, tmp_path, "a"),
        "b": surveyed.part(data("apiclus1"), plain, tmp_path, "b"),
    }
    rows, _ = surveyed.estimated(parts, **{**MEANS, "samples": ["by wave"]})
    alone = pd.concat([surveyed.estimated({name: part}, **MEANS)[0] for name, part in parts.items()])
    agrees(rows["std_error"].to_numpy(), alone["std_error"].to_numpy(), relative=1e-9)


def told(call: Any) -> str:
    with pytest.raises(Problem) as caught:
        call()
    return "\n".join(caught.value.wrong)


def test_what_is_wrong_between_the_wave_and_its_export(tmp_path: Path) -> None:
    def with_replicates(**keys: Any) -> str:
        design = {"weight": "pw", "replicates": {"kind": "brr", **keys}}
        return told(lambda: surveyed.part(schools("halves"), design, tmp_path))

    assert with_replicates(columns="W_FSTR*") == (
        "design.replicates.columns: 'W_FSTR*' is the name of no column of the export"
    )
    assert with_replicates(columns="r56") == (
        "design.replicates.columns: names 1 column of the export; replicates are two or more"
    )
    assert with_replicates(columns=["r1", "unlike"]) == "'unlike' (named in waves/a.yaml) is not a column of the export"
    assert with_replicates(columns="r*", rscales=[1.0, 1.0]) == (
        "design.replicates.rscales: holds 2 for 56 columns; give one for each"
    )


def test_replicate_weights_that_cannot_be_used(tmp_path: Path) -> None:
    frame = schools("halves").reset_index(drop=True).astype({"r3": object})
    frame.loc[4, "r3"] = None
    frame.loc[5, "r4"] = -1.0
    design = {"weight": "pw", "replicates": {"columns": "r*", "kind": "brr"}}
    assert told(lambda: surveyed.part(frame, design, tmp_path)) == (
        "design.replicates.columns: 'r3' is blank or no number in 1 of 100 responses; leave these responses out under "
        "keep_if, with the reason\n"
        "design.replicates.columns: 'r4' is negative in 1 of 100 responses"
    )


def test_replicate_weights_of_another_scale_than_the_weight(tmp_path: Path) -> None:
    frame = schools("halves")
    design = {"weight": "pw", "replicates": {"columns": "r*", "kind": "brr"}}
    assert told(lambda: surveyed.part(frame.assign(pw=frame["pw"] / 10), design, tmp_path)) == (
        "design.replicates.columns: come to 10 times the weight on average, and replicate weights come to about once; "
        "one or the other was scaled, or is that of another wave. Where they are factors of the weight, say combined: "
        "false"
    )


def test_a_second_stage_that_cannot_be(tmp_path: Path) -> None:
    frame = data("apiclus2").astype({"snum": object})
    frame.loc[0, "snum"] = None
    frame["fpc2"] = 1
    design = DESIGNS["two_stage"][1]
    found = told(lambda: surveyed.part(frame, design, tmp_path))
    assert found.splitlines()[0] == (
        "design.cluster_within: 'snum' is blank in 1 of 126 responses; leave them out under keep_if (not_blank: "
        "true), with the reason, or change design.cluster_within"
    )
    assert found.splitlines()[1].startswith(
        "design.population_within: 'fpc2' is smaller than the number of clusters in "
    )
