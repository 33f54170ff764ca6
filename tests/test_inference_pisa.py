"""The United Kingdom's schools of PISA 2006, against R's survey; skipped where the file is missing.

The numbers were computed with R 4.2.2, survey 4.1, from the OECD's school file:
svydesign(ids = ~1, strata = ~STRATUM, weights = ~W_FSCHWT) with survey.lonely.psu = "adjust".
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.r_survey import agrees
from stemcareers.inference import Design, linear, logit, mean, share, wald

STRATIFIED = Design(weight="W_FSCHWT", strata="STRATUM", lonely="adjust")
TERMS = ["lsize", "private", "RESPCURR", "RESPRES", "TCSHORT", "SCMATEDU"]
LINEAR = [
    -1.7611607115694, 0.301292979060708, 0.382873052159948, 0.0245823245522441, 0.0622922055160441,
    -0.0251957325049345, 0.0541968324136139,
]  # fmt: skip


@pytest.fixture(scope="module")
def schools(pisa_school_file) -> pd.DataFrame:
    """The United Kingdom's schools, with the variables of the reference models."""
    pyreadstat = pytest.importorskip("pyreadstat")
    items = [f"SC20Q0{i}" for i in range(1, 6)]
    columns = ["CNT", "STRATUM", "W_FSCHWT", "SCHSIZE", "SC02Q01", "SC29Q01", *items]
    columns += ["SCIPROM", "RESPCURR", "RESPRES", "TCSHORT", "SCMATEDU"]
    frame, _ = pyreadstat.read_sav(pisa_school_file, usecols=columns)
    frame = frame[frame["CNT"] == "GBR"]
    yes_no = {2: 1.0, 1: 0.0}
    frame["lsize"] = np.log(frame["SCHSIZE"].where(frame["SCHSIZE"] < 99997))
    frame["private"] = frame["SC02Q01"].map(yes_no)
    frame["guid_sched"] = frame["SC29Q01"].map(yes_no)
    for item in items:
        frame[item] = frame[item].map({1: 1.0, 2: 0.0})
    return frame


def test_design(schools):
    survey = STRATIFIED.on(schools)
    assert (survey.n, survey.n_strata, survey.df) == (502, 9, 493)
    agrees(survey.weights.sum(), 5022.3273)


def test_linear_stratified(schools):
    ours = linear(STRATIFIED.on(schools), "SCIPROM", TERMS)
    agrees(ours.values, LINEAR)
    agrees(
        ours.std_error,
        [1.01869551016332, 0.149386076452861, 0.276723844530262, 0.103378722325549, 0.0880455635454033,
         0.0768231565554647, 0.0778049888092801],
    )  # fmt: skip
    agrees(
        ours.p_values,
        [0.0845506768381657, 0.0443253331046093, 0.167196103003403, 0.812157215665835, 0.479636642891548,
         0.743092460346631, 0.486443997211329],
    )  # fmt: skip
    assert (ours.df[0], ours.n_used) == (433, 448)
    assert ours.left_out == {"missing SCIPROM": 39, "missing lsize": 13, "missing private": 2}


def test_linear_weights_only(schools):
    ours = linear(Design(weight="W_FSCHWT").on(schools), "SCIPROM", TERMS)
    agrees(ours.values, LINEAR)
    agrees(
        ours.std_error,
        [1.01800555783233, 0.149272574567206, 0.276386882139056, 0.103166120453328, 0.0878850838549875,
         0.0766816465737847, 0.0776887483713206],
    )  # fmt: skip
    agrees(
        ours.p_values,
        [0.0843279616643506, 0.0441536320239968, 0.166667322993245, 0.81177534968062, 0.478828345284582,
         0.742632314484402, 0.485785654652405],
    )  # fmt: skip
    assert ours.df[0] == 441


def test_wald(schools):
    ours = wald(linear(STRATIFIED.on(schools), "SCIPROM", TERMS), ["RESPCURR", "RESPRES"])
    agrees([ours.statistic, ours.p_value], [0.646111232347671, 0.524584354323309])
    assert (ours.df, ours.ddf) == (2, 433)


def test_logit(schools):
    ours = logit(STRATIFIED.on(schools), "guid_sched", ["lsize", "private", "RESPCURR", "TCSHORT"])
    agrees(ours.values, [-1.80797362861795, 0.775827682118461, 3.56175408199743, -0.960388659816782, 0.451008464174919])
    agrees(
        ours.std_error, [3.93221177925126, 0.627047438473518, 1.11820569034406, 0.517534250075711, 0.310530782922789]
    )
    agrees(
        ours.p_values, [0.645902632306173, 0.21666167942732, 0.0015516230030818, 0.0641802453227238, 0.147125462182072]
    )
    assert (ours.df[0], ours.n_used) == (430, 443)


@pytest.mark.parametrize(
    "item, values, errors",
    [
        ("SC20Q01", [0.704522268826301, 0.586673637674245], [0.0315176698304733, 0.160679388776893]),
        ("SC20Q02", [0.355833984825335, 0.356059389231121], [0.0355177032276367, 0.14285795251021]),
        ("SC20Q03", [0.686061704806257, 0.584926619425578], [0.0343319805704586, 0.160546949901131]),
        ("SC20Q04", [0.582831287105389, 0.665963399413781], [0.035552511760463, 0.148888441133937]),
        ("SC20Q05", [0.866283533289516, 1], [0.0252763495584938, 0]),
    ],
)
def test_shares_by_sector(schools, item, values, errors):
    survey = Design(weight="W_FSCHWT").on(schools)
    means = mean(survey, item, by="private")
    agrees(means.values, values)
    agrees(means.std_error, errors)
    yes = [(item, "1", "0"), (item, "1", "1")]
    shares = share(survey, item, by="private").pick(yes)
    agrees(shares.values, values)
    agrees(shares.std_error, errors)
