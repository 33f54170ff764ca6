"""A made-up sample with everything that makes designs hard, against R's survey (`reference/survey/other_designs.R`)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.r_survey import FOLDER, agrees, numbers
from stemcareers.inference import (
    Design,
    Replicates,
    fractional_logit,
    linear,
    logit,
    mean,
    ordered_logit,
    poisson,
    quantile,
    rao_scott,
    ratio,
    share,
    t_test,
    total,
    variance,
    wald,
)

EXACT = 1e-15
FACTORS = pd.read_csv(FOLDER / "other_bootstrap.csv")
COLUMNS = tuple(FACTORS)
RSCALES = np.round(np.linspace(0.2, 1.4, 40), 3)
NESTED = Design(weight="w", strata="stratum", clusters="psu", nest=True)
POLICIES = ("adjust", "average", "certainty", "remove")


def whole() -> pd.DataFrame:
    rows = pd.read_csv(FOLDER / "other_designs.csv")
    return rows.assign(level=pd.cut(rows["likes"], [0, 2, 3, 4, 5], labels=["low", "mid", "high", "top"]))


def core() -> pd.DataFrame:
    rows = whole()
    return rows[~rows["stratum"].isin(["E", "F"])]


def given(kind: str, combined: bool = True, **more):
    """The rows with nothing known but replicate weights."""
    rows = core()
    weights = FACTORS.to_numpy() * (rows[["w"]].to_numpy() if combined else 1)
    rows = pd.concat([rows, pd.DataFrame(weights, rows.index, COLUMNS)], axis=1)
    return Design(weight="w", replicates=Replicates(COLUMNS, kind, combined=combined, **more)).on(rows)


def survey(name: str):
    """A survey of other_designs.json, under the same name."""
    rows = core()
    fpc = Design(weight="w", strata="stratum", clusters="psu", nest=True, fpc="schools")
    stages = {"strata": "stratum", "clusters": ("school", "row")}
    shares = {
        "share1": rows.groupby("stratum")["psu"].transform("nunique") / rows["schools"],
        "share2": rows.groupby("school")["w"].transform("size") / rows["pupils"],
    }
    policy, _, kind = name.partition("_")
    if policy in POLICIES:
        design = Design(
            weight="w",
            strata="stratum",
            clusters="psu",
            nest=True,
            lonely=policy,
            fpc="schools" if kind == "fpc" else (),
        )
        found = design.on(whole())
        return found if kind == "fpc" else found.domain(kind)
    return {
        "fpc_dom": lambda: fpc.on(rows).domain("dom"),
        "two": lambda: Design(weight="w", fpc=("schools", "pupils"), **stages).on(rows),
        "two_dom": lambda: Design(weight="w", fpc=("schools", "pupils"), **stages).on(rows).domain("dom"),
        "shares": lambda: Design(weight="w", fpc=("share1", "share2"), **stages).on(rows.assign(**shares)),
        "implied": lambda: Design(fpc=("schools", "pupils"), **stages).on(rows),
        "jkn_fpc": lambda: fpc.on(rows).replicated("JKn"),
        "jkn_dom": lambda: NESTED.on(rows).replicated("JKn", centre="estimate").domain("dom"),
        "factors": lambda: given("bootstrap", combined=False),
        "weights_mse": lambda: given("bootstrap", centre="estimate").domain(lambda f: f["x"] > -1),
        "other": lambda: given("bootstrap", scale=0.03, rscales=RSCALES),
        "jk2": lambda: given("JKn", rscales=np.ones(40), centre="estimate"),
        "acs": lambda: given("bootstrap", scale=4 / 40, centre="estimate"),
        "fay": lambda: given("Fay", rho=0.3),
    }[name]()


@pytest.fixture(scope="module", params=numbers("other_designs"))
def both(request):
    return survey(request.param), numbers("other_designs")[request.param]


def covariances(ours, r) -> None:
    r = np.array(r, dtype=float).reshape(ours.covariance.shape)
    # Covariances near zero carry the rounding of the variances.
    agrees(ours.covariance, r, 1e-7, absolute=1e-10 * np.abs(r).max())


def same(ours, r: dict) -> None:
    agrees(ours.values, np.atleast_1d(r["values"]))
    covariances(ours, r["covariance"])
    if "interval" in r:
        agrees(np.transpose(ours.interval()), r["interval"], 1e-7)


def test_means_totals_and_degrees_of_freedom(both):
    d, r = both
    assert (d.df, d.n) == (r["df"], r["n"])
    same(mean(d, ["y", "x"]), r["mean"])
    same(mean(d, "z"), r["mean_missing"])
    same(total(d, ["y", "hours"]), r["total"])
    covariances(share(d, "k"), r["share"])
    ours = total(d, "k")
    agrees(ours.covariance, r["total_k"], 1e-7, absolute=1e-9 * ours.values.max() ** 2 * 1e-6)


def test_ratios_variances_quantiles_and_design_effects(both):
    d, r = both
    same(ratio(d, ["y", "cnt"], "hours"), r["ratio"])
    ours = variance(d, "y")
    agrees([ours.values[0], ours.std_error[0]], r["variance"])
    for column, key in (("y", "quantile"), ("likes", "ties")):
        ours = quantile(d, column, [0.25, 0.5, 0.8])
        agrees(ours.values, r[key]["values"])
        agrees(np.transpose(ours.interval()), r[key]["interval"])
        agrees(ours.std_error, r[key]["std_error"])
    ours = share(d, "b").pick([("b", "1")])
    agrees([ours.values[0], *np.ravel(ours.interval())], r["prop"], 1e-7)
    ours = mean(d, ["y", "x"])
    agrees(ours.design_effect(), r["effect"])
    agrees(ours.design_effect(replacement=True), r["effect_replacement"])


def test_groups_of_two_columns_with_their_covariances(both):
    d, r = both
    ours = mean(d, "y", by=["k", "girl"])
    labels = [".".join(value for _, value in group) for group in ours.groups]
    order = [labels.index(name) for name in r["by"]["names"]]
    agrees(ours.values[order], r["by"]["values"])
    if np.isnan(ours.covariance).any():
        # A replicate leaves one group empty. R then leaves the replicate out for all groups; here that group, and
        # it alone, has no error.
        assert d.variance_method == "bootstrap" and np.isnan(ours.std_error).sum() == 1
        return
    expected = np.array(r["by"]["covariance"], dtype=float)
    agrees(ours.covariance[np.ix_(order, order)], expected, 1e-7, absolute=1e-10 * np.abs(expected).max())


def test_linear_and_other_functions_of_means(both):
    d, r = both
    means = mean(d, ["y", "x", "hours"])
    line = means.contrast({"y": 1, "x": -3, "hours": 0.5})
    agrees([line.values[0], line.std_error[0]], r["contrast"])
    curve = means.nonlinear(lambda b: b[0] / b[2] - np.log(b[2]), [("curve", "")])
    agrees([curve.values[0], curve.std_error[0]], r["curve"])


def test_tests_of_two_means_and_of_tables(both):
    d, r = both
    ours = t_test(d, "y", "girl")
    agrees([ours.statistic, ours.df, ours.p_value, *ours.interval], r["ttest"], 1e-7)
    for statistic, expected in r["chi"].items():
        ours = rao_scott(d, "k", "b", statistic)
        agrees(ours.p_value, np.ravel(expected["p_value"])[0], 1e-6)
        if statistic != "chi-square":  # of which R gives Pearson's, not the corrected one that its p value is of
            agrees([ours.statistic, ours.df, ours.ddf], [np.ravel(expected["statistic"])[0], *expected["df"]], 1e-7)


MODELS = {
    "linear": ("k", lambda s: linear(s, "y", ["x", "k", "girl"], fewest_df=1)),
    "logit": ("k", lambda s: logit(s, "b", ["x", "k"], fewest_df=1, tolerance=EXACT)),
    "poisson": ("k", lambda s: poisson(s, "cnt", ["x", "k"], exposure="hours", fewest_df=1, tolerance=EXACT)),
    "fractional": ("x", lambda s: fractional_logit(s, "part", ["x", "girl"], fewest_df=1, tolerance=EXACT)),
}


@pytest.mark.parametrize("name", MODELS)
def test_models_and_their_terms(both, name):
    d, r = both[0], both[1][name]
    term, fit = MODELS[name]
    ours = fit(d)
    # R stops where the deviance changes by less than 1e-14 of itself: its coefficients have some eight digits.
    agrees(ours.values, r["values"], 1e-6, absolute=1e-8)
    expected = np.array(r["covariance"])
    agrees(ours.covariance, expected, 1e-6, absolute=1e-7 * np.abs(expected).max())
    agrees(ours.df[0], r["df"])
    agrees(ours.p_values, r["p_values"], 1e-5, absolute=1e-12)
    agrees(np.transpose(ours.interval()), r["interval"], 1e-5, absolute=1e-7)
    one, two = wald(ours, term), wald(ours, term, df=np.inf)
    agrees([one.statistic, one.df, one.ddf, one.p_value], r["wald"], 1e-5)
    agrees(two.p_value, r["wald_p_infinite"], 1e-5, absolute=1e-12)


# Not with replicates: those of svyolr do not move from where they start.
ORDERED = [name for name, found in numbers("other_designs").items() if "ordered" in found]


@pytest.mark.parametrize("name", ORDERED)
def test_ordered_logit(name):
    d, r = survey(name), numbers("other_designs")[name]
    ours = ordered_logit(d, "level", ["x", "k"], fewest_df=1)
    agrees(ours.values, r["ordered"]["values"], 1e-5)
    expected = np.array(r["ordered"]["covariance"])
    agrees(ours.covariance, expected, 1e-4, absolute=1e-5 * np.abs(expected).max())
    agrees(ours.df[0], r["ordered"]["df"])


def test_a_stratum_in_which_a_domain_leaves_one_cluster_is_not_lonely():
    """Its other clusters count with nothing in them: no policy changes what it brings."""
    rows = core()
    found = [
        mean(Design("w", "stratum", "psu", nest=True, lonely=policy).on(rows).domain("lone"), "y").std_error[0]
        for policy in ("fail", *POLICIES)
    ]
    assert len(set(found)) == 1


def test_a_quantile_below_the_smallest_share_is_the_smallest_value():
    """As the rule says; R's survey 4.1 gives the second smallest."""
    rows = pd.DataFrame({"y": [1.0, 2.0, 3.0, 4.0]})
    assert quantile(Design().on(rows), "y", [0.1, 0.25, 0.26]).values.tolist() == [1.0, 1.0, 2.0]
