"""Two waves of the same schools through a specification: differences, changes and transitions, against R's survey."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import surveyed
from reference.r_survey import agrees, data, numbers
from stemcareers import pool
from stemcareers.errors import Problem

R = numbers("specifications")["panel"]
FAMILIES = numbers("families")["panel"]
HALVES = [f"r{i}" for i in range(1, 57)]
SCHOOLS = {"weight": "pw", "strata": "stype", "cluster": "school"}
DISTRICTS = {"weight": "pw", "cluster": "dnum"}
DESIGNS: dict[str, tuple[str, dict[str, Any]]] = {
    "schools": ("apistrat", SCHOOLS),
    "districts": ("apiclus1", DISTRICTS),
    "jkn": ("apistrat", {**SCHOOLS, "replicates": {"make": "jkn", "centre": "estimate"}}),
    "jk1": ("apiclus1", {**DISTRICTS, "replicates": {"make": "jk1", "centre": "estimate"}}),
    "brr_given": (
        "pairs",
        {
            "weight": "pw",
            "cluster": "school",
            "replicates": {"columns": "r*", "kind": "brr", "centre": "estimate", "combined": False},
        },
    ),
    "fay_given": (
        "pairs_fay",
        {
            "weight": "pw",
            "cluster": "school",
            "replicates": {"columns": "r*", "kind": "fay", "rho": 0.5, "centre": "estimate", "combined": False},
        },
    ),
}
BETWEEN_WAVES = {"family": "difference", "outcome": ["api00"], "between": ["wave"]}
CHANGE = {"family": "change", "outcome": ["api00"], "waves": ["1999", "2000"]}


def schools(name: str) -> pd.DataFrame:
    """The schools of a design; pairs with the half samples that came with them, as factors."""
    if not name.startswith("pairs"):
        return data(name)
    found, halves = data("apisrs").iloc[:100].copy(), data("half_samples")
    found["pw"] *= 1 + found["snum"] % 3
    found["pair"] = np.repeat(np.arange(50), 2)
    found[HALVES] = (1 + (halves - 1) * (0.5 if name == "pairs_fay" else 1.0)).to_numpy()
    return found.drop(columns="region")


def two_waves(frame: pd.DataFrame, design: dict[str, Any], folder: Path) -> dict[str, pool.Part]:
    """The waves 1999 and 2000 of the same schools, some of which are in one wave only; the score is called api00."""
    early = frame.assign(api00=frame["api99"])[frame["snum"] % 5 != 0]
    late = frame[frame["snum"] % 6 != 1]
    return {name: surveyed.part(answered, design, folder, name) for name, answered in (("1999", early), ("2000", late))}


def planted(name: str, folder: Path) -> dict[str, pool.Part]:
    file, design = DESIGNS[name]
    return two_waves(schools(file), design, folder)


@pytest.mark.parametrize("name", DESIGNS)
def test_a_difference_between_waves_knows_the_schools_in_both(name, tmp_path):
    parts, r = planted(name, tmp_path), R[name]["overlap"]
    rows, fits = surveyed.estimated(parts, **BETWEEN_WAVES)
    agrees(rows["estimate"], [r["value"]])
    agrees(rows["std_error"], [r["std_error"]])
    if not name.endswith("given"):  # R counts the degrees of freedom of given replicates in another way
        agrees(rows["df"], [r["df"]])
        agrees(rows[["ci_low", "ci_high"]], r["interval"])
    assert rows[["term", "level"]].to_numpy().tolist() == [["wave", "2000"]]
    # Two samples drawn apart would be less certain of it.
    means, _ = surveyed.estimated(parts, family="mean", outcome=["api00"], samples=["by wave"])
    assert rows["std_error"].item() < np.hypot(*means["std_error"])


@pytest.mark.parametrize("name", ["schools", "districts"])
def test_change_within_schools(name, tmp_path):
    r = FAMILIES[f"paired_{name}"]
    rows, fits = surveyed.estimated(planted(name, tmp_path), **CHANGE)
    agrees(rows["estimate"], [r["change"]])
    agrees(rows["std_error"], [r["std_error"]])
    agrees(rows["df"], [r["df"]])
    frame = schools(DESIGNS[name][0])
    both = int(((frame["snum"] % 5 != 0) & (frame["snum"] % 6 != 1)).sum())
    assert rows["n"].tolist() == fits["n"].tolist() == [both]
    assert rows[["quantity", "term", "level"]].to_numpy().tolist() == [["change", "wave", "1999 -> 2000"]]
    assert rows["p_value"].between(0, 1).all()


@pytest.mark.parametrize("name", ["brr_given", "fay_given"])
def test_change_within_schools_by_given_replicates(name, tmp_path):
    rows, _ = surveyed.estimated(planted(name, tmp_path), **CHANGE)
    agrees(rows["estimate"], [R[name]["paired"]["value"]])
    agrees(rows["std_error"], [R[name]["paired"]["std_error"]])


def test_made_half_samples_know_the_schools_in_both_waves(tmp_path):
    """Of pairs of equal weights, all in both waves, half samples give exactly the linearised variance."""
    frame = schools("pairs").drop(columns=HALVES).assign(pw=lambda rows: 1.0 + rows["pair"] % 3)
    design = {"weight": "pw", "strata": "pair", "cluster": "school"}
    errors = {}
    for kind, keys in (("none", None), ("brr", {"make": "brr"}), ("fay", {"make": "fay", "rho": 0.3})):
        replicated = {} if keys is None else {"replicates": keys}
        parts = {
            name: surveyed.part(frame.assign(api00=frame[column]), {**design, **replicated}, tmp_path, name)
            for name, column in (("1999", "api99"), ("2000", "api00"))
        }
        rows, fits = surveyed.estimated(parts, **BETWEEN_WAVES)
        paired, _ = surveyed.estimated(parts, **CHANGE)
        agrees(paired[["estimate", "std_error"]], rows[["estimate", "std_error"]])
        errors[kind] = rows["std_error"].item()
    # By hand: the difference of each pair's changes, weighted.
    change = (frame["api00"] - frame["api99"]).to_numpy().reshape(50, 2)
    weights = frame["pw"].to_numpy()[::2] / frame["pw"].sum()
    by_hand = np.sqrt((weights**2 * (change[:, 0] - change[:, 1]) ** 2).sum())
    agrees([errors["none"], errors["brr"], errors["fay"]], [by_hand] * 3)


def test_moves_between_answers(tmp_path):
    r = FAMILIES["paired_schools"]
    frame = data("apistrat")
    bands = {"bins": [0, 560, 650, 740, 1000], "labels": ["low", "middling", "good", "high"]}
    parts = {
        "1999": frame.assign(band=pd.cut(frame["api99"], **bands))[frame["snum"] % 5 != 0],
        "2000": frame.assign(band=pd.cut(frame["api00"], **bands))[frame["snum"] % 6 != 1],
    }
    parts = {name: surveyed.part(answered, SCHOOLS, tmp_path, name) for name, answered in parts.items()}
    rows, fits = surveyed.estimated(parts, family="transitions", outcome=["band"], waves=["1999", "2000"])
    assert rows["level"].tolist() == [f"{before} -> {after}" for before in range(1, 5) for after in range(1, 5)]
    agrees(rows["estimate"].to_numpy().reshape(4, 4).T.ravel(), r["rows"], 1e-8)
    errors = np.array(r["row_errors"]).reshape(4, 4)
    agrees(rows["std_error"].to_numpy().reshape(4, 4).T, errors, 1e-8, absolute=1e-12)
    # How many schools made each move adds up to those with the earlier answer, and these to all in both waves.
    for _, of_one in rows.groupby(rows["level"].str[0]):
        assert of_one["cell_n"].sum() == of_one["n"].iloc[0]
    assert rows.groupby(rows["level"].str[0])["n"].first().sum() == fits["n"].item()


def test_districts_are_the_same_where_their_schools_are(tmp_path):
    """Clusters that hold schools which answered again under another name are not taken for the same."""
    frame = data("apiclus1")
    renamed = frame.assign(dnum=frame["dnum"].max() - frame["dnum"] + 1)
    same = two_waves(frame, DISTRICTS, tmp_path)
    other = {"1999": same["1999"], "2000": surveyed.part(renamed, DISTRICTS, tmp_path, "2000")}
    assert pool.waves(same, surveyed.PANEL)["cluster"].nunique() == frame["dnum"].nunique()
    assert set(pool.waves(other, surveyed.PANEL)["cluster"].str.partition(":")[0]) == {"1999", "2000"}


def test_schools_that_nobody_asked_twice_have_no_change(tmp_path):
    frame = data("apistrat")
    parts = {
        "1999": surveyed.part(frame[:100], SCHOOLS, tmp_path, "1999"),
        "2000": surveyed.part(frame[100:], SCHOOLS, tmp_path, "2000"),
    }
    with pytest.raises(Problem) as told:
        surveyed.estimated(parts, **CHANGE)
    assert told.value.wrong == ("sample all, paired change of api00: no value of 'school' has an answer in both waves",)
    with pytest.raises(Problem) as told:
        surveyed.estimated(two_waves(frame, {"weight": "pw", "strata": "stype"}, tmp_path), **CHANGE)
    assert told.value.wrong[0].endswith("Name 'school', or what it lies in, as the design's clusters")


def test_a_contrast_of_two_waves_is_their_difference(tmp_path):
    parts = planted("districts", tmp_path)
    (contrast,) = surveyed.estimated(
        parts, family="contrast", outcome=["api00"], between=["wave"], coefficients={"1999": -1, "2000": 1}
    )[0].to_dict("records")
    (difference,) = surveyed.estimated(parts, **BETWEEN_WAVES)[0].to_dict("records")
    same = ["estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "n"]
    agrees([contrast[name] for name in same], [difference[name] for name in same])
