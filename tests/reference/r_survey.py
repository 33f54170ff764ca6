"""Data and numbers of R's survey package (folder `survey`), and how to compare with them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from stemcareers.inference import Design, Survey

FOLDER = Path(__file__).parent / "survey"


@cache
def numbers(name: str) -> dict:
    """The reference numbers in a json file of the folder."""
    return json.loads((FOLDER / f"{name}.json").read_text())


@cache
def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(FOLDER / f"{name}.csv", dtype={"cds": str})


def data(name: str) -> pd.DataFrame:
    """A fresh copy of a data set; the api samples with the variables that `designs.R` adds."""
    frame = _read(name).copy()
    if name.startswith("api"):
        frame["yes"] = (frame["sch.wide"] == "Yes").astype(float)
        frame["region"] = frame["cnum"] % 4
        frame["half"] = frame["snum"] % 2
        frame["score"] = frame["api00"].astype(float).where(frame["snum"] % 7 != 0)
        frame["aware"] = frame["yes"].where(frame["snum"] % 5 != 0)
    return frame


# The designs of `api_r_survey.json` that are linearised, under R's names for them.
API = {
    "dsrs": ("apisrs", Design(fpc="fpc")),
    "dstrat": ("apistrat", Design(weight="pw", strata="stype", fpc="fpc")),
    "dstrat_psu": ("apistrat", Design(weight="pw", strata="stype", clusters="dnum", nest=True)),
    "dclus1": ("apiclus1", Design(weight="pw", clusters="dnum", fpc="fpc")),
}


def api(name: str) -> Survey:
    """One of the surveys in API."""
    file, design = API[name]
    return design.on(data(file))


def other(name: str) -> Survey:
    """One of the surveys of `designs.R`."""
    two_stages = Design(weight="pw", clusters=("dnum", "snum"), fpc=("fpc1", "fpc2"))
    if name == "two_stage":
        return two_stages.on(data("apiclus2"))
    if name == "two_stage_implied":
        return Design(clusters=("dnum", "snum"), fpc=("fpc1", "fpc2")).on(data("apiclus2"))
    if name == "two_stage_no_fpc":
        return Design(weight="pw", clusters=("dnum", "snum")).on(data("apiclus2"))
    if name == "share_drawn":
        return Design(weight="pw", clusters="dnum", fpc="drawn").on(data("apiclus1").assign(drawn=15 / 757))
    if name == "crossed":
        return Design(weight="pw", strata=("stype", "yes")).on(data("apistrat"))
    if name == "domain_strat":
        return api("dstrat").domain(lambda schools: (schools["meals"] > 30) & (schools["ell"] < 60))
    if name == "domain_nested":
        return api("dstrat_psu").domain(lambda schools: schools["api99"] > 500)
    if name == "domain_two_stage":
        return two_stages.on(data("apiclus2")).domain(lambda schools: schools["meals"] > 25)
    if name.startswith("lonely_"):
        return _lonely(name.removeprefix("lonely_"))
    if name.startswith("strata_within"):
        return _strata_within("certainty" if name.endswith("certainty") else "adjust")
    raise KeyError(name)


def _lonely(name: str) -> Survey:
    """The simple random sample as if stratified by county, in many of which one school was drawn."""
    kind, _, policy = name.rpartition("_")
    schools = data("apisrs").assign(drawn=0.1)
    survey = Design(weight="pw", strata="cnum", fpc="drawn" if kind == "fpc" else (), lonely=policy).on(schools)
    return survey.domain(schools["region"] < 2) if kind == "domain" else survey


def _strata_within(policy: str) -> Survey:
    schools = data("apiclus2")
    schools = schools.assign(size1=400, size2=40, first=schools["dnum"] % 3)
    return Design(
        weight="pw",
        strata="first",
        clusters=("dnum", "snum"),
        strata_within="stype",
        fpc=("size1", "size2"),
        lonely=policy,
    ).on(schools)


def agrees(actual: object, expected: object, relative: float = 1e-8, absolute: float = 0.0) -> None:
    """Assert that numbers agree to a relative tolerance, each for itself; a NaN of R's must be a NaN here."""
    actual, expected = np.asarray(actual, dtype=float), np.array(expected, dtype=float)
    np.testing.assert_allclose(actual, expected, rtol=relative, atol=absolute)
