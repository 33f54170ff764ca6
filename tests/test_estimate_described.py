"""Totals, ratios, quantiles, variances, contrasts and associations that specifications name, against R's survey."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import surveyed
from reference.r_survey import agrees, data, numbers
from test_wave_designs import DESIGNS as WAVES

R = numbers("specifications")
DESIGNS: dict[str, tuple[str, dict[str, Any]]] = {
    "clus1": ("apiclus1", {"weight": "pw", "cluster": "dnum", "population": "fpc"}),
    "two_stage": (
        "apiclus2",
        {
            "weight": "pw",
            "cluster": "dnum",
            "cluster_within": "snum",
            "population": "fpc1",
            "population_within": "fpc2",
        },
    ),
    "nested": ("apistrat", {"weight": "pw", "strata": "stype", "cluster": "dnum", "nest": True}),
}


@pytest.fixture(scope="module", params=DESIGNS)
def wave(request, tmp_path_factory) -> tuple[dict, dict]:
    """One wave of a design, and R's numbers for it."""
    file, design = DESIGNS[request.param]
    part = surveyed.part(data(file), design, tmp_path_factory.mktemp(request.param))
    return {"a": part}, R[request.param]


def run(parts: dict, **entry: Any) -> pd.DataFrame:
    return surveyed.estimated(parts, **entry)[0]


def is_r(rows: pd.DataFrame, r: dict) -> None:
    agrees(rows["estimate"], np.ravel(r["value"]))
    # What has no variance in R (the size of a stratum) may have the rounding error of a double here.
    rounding = 1e-15 * rows["estimate"].abs().max()
    agrees(rows["std_error"], np.ravel(r["std_error"]), absolute=rounding)
    agrees(rows[["ci_low", "ci_high"]], r["interval"])


def test_totals(wave):
    parts, r = wave
    is_r(run(parts, family="total", outcome=["meals"]), r["total_meals"])
    kinds = run(parts, family="total", outcome=["stype"])
    assert kinds["level"].tolist() == ["1", "2", "3"]
    assert set(kinds["unit"]) == {"units of the population"}
    is_r(kinds, r["total_stype"])
    yes = run(parts, family="total", outcome=["wide"])
    is_r(yes[yes["level"].eq("1")], r["total_yes"])


def test_ratios(wave):
    parts, r = wave
    ratio = run(parts, family="ratio", outcome=["api00"], denominator="api99")
    is_r(ratio, r["ratio"])
    assert ratio[["term", "level", "unit"]].to_numpy().tolist() == [["api99", "", "points per unit (points)"]]
    # Of two answers, those who gave the first, here "No", are counted.
    no = run(parts, family="ratio", outcome=["wide"], denominator="api99")
    counted = run(parts, family="total", outcome=["wide", "api99"]).set_index(["outcome", "level"])["estimate"]
    agrees(no["estimate"], [counted["wide", "0"] / counted["api99", ""]])


@pytest.mark.parametrize("name", ["two_stage", "two_stage_no_fpc", "crossed", "jkn_nested"])
def test_quantiles_and_their_intervals(name, tmp_path):
    file, design, _ = WAVES[name]
    r = numbers("designs")[name]["quantile"]
    parts = {"a": surveyed.part(data(file), design, tmp_path)}
    rows = run(parts, family="quantile", outcome=["api00"], quantiles=r["probabilities"])
    assert rows["level"].tolist() == ["0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95"]
    agrees(rows["estimate"], r["values"])
    agrees(rows[["ci_low", "ci_high"]], r["interval"])
    agrees(rows["std_error"], r["std_error"])


def test_variances(wave):
    parts, r = wave
    rows = run(parts, family="variance", outcome=["meals"])
    is_r(rows, r["variance"])
    assert rows["unit"].tolist() == ["points, squared"]


def test_contrasts(wave):
    parts, r = wave
    comparison = {"family": "contrast", "between": ["stype"], "coefficients": {1: -0.5, 2: 1, 3: -0.5}}
    average = {**comparison, "coefficients": {1: 0.5, 2: 0.25, 3: 0.25}, "adds_up_to": 1}
    rows = run(parts, **comparison, outcome=["api00"])
    is_r(rows, r["contrast"]["comparison"])
    assert rows[["quantity", "term", "level"]].to_numpy().tolist() == [["contrast", "stype", ""]]
    assert rows["p_value"].between(0, 1).all()
    mean = run(parts, **average, outcome=["api00"])
    is_r(mean, r["contrast"]["average"])
    assert mean["p_value"].isna().all()


def test_associations(wave):
    parts, r = wave
    for between, name in (("stype", "association"), ("half", "association_half")):
        (row,) = run(parts, family="association", outcome=["wide"], between=[between]).to_dict("records")
        agrees(row["estimate"], r[name]["statistic"])
        agrees([float(row["unit"].split()[2]), row["df"]], r[name]["parameter"], relative=1e-3)
        agrees(row["df"], r[name]["parameter"][1])
        agrees(row["p_value"], r[name]["p_value"])
    (row,) = run(parts, family="association", outcome=["api00"], between=["stype"]).to_dict("records")
    means = r["association_of_means"]
    agrees([row["estimate"], row["df"], row["p_value"]], [means[key] for key in ("statistic", "ddf", "p_value")])
    assert row["unit"] == "Wald F, 2 degrees of freedom"


def test_precision(wave):
    parts, r = wave
    rows = run(parts, family="share", outcome=["stype"], precision=True).set_index(["quantity", "level"])
    agrees(rows.loc["design_effect", "estimate"], r["design_effect_share"])
    agrees(rows.loc["effective_n", "estimate"], rows.loc["share", "n"] / np.array(r["design_effect_share"]))
    ratio = run(parts, family="ratio", outcome=["api00"], denominator="api99", precision=True)
    agrees(ratio.set_index("quantity")["estimate"]["design_effect"], r["design_effect_ratio"])
    yes = run(parts, family="total", outcome=["wide"], precision=True).set_index(["quantity", "level"])["estimate"]
    agrees(yes["design_effect", "1"], r["design_effect_yes"])
