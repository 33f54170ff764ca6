"""Replicate weights: given or made, against R's survey."""

from __future__ import annotations

import numpy as np
import pytest
from reference.r_survey import agrees, api, data, numbers, other
from stemcareers.errors import Problem
from stemcareers.inference import (
    Design,
    Replicates,
    linear,
    logit,
    mean,
    quantile,
    rao_scott,
    ratio,
    share,
    t_test,
    total,
    variance,
    wald,
)

MADE = {"rstrat_JKn": ("dstrat", "JKn"), "rclus1_JK1": ("dclus1", "JK1")}
HALF = [f"r{i}" for i in range(1, 57)]


def half_samples(kind: str, **more) -> Design:
    """The design of a hundred schools in fifty pairs, and nothing known but 56 columns of weights."""
    return Design(weight="pw", replicates=Replicates(columns=HALF, kind=kind, **more))


def pairs(kind: str):
    """Those schools; BRR and Fay columns are weights, bootstrap columns factors."""
    schools, halves = data("apisrs").iloc[:100].copy(), data("half_samples")
    schools["pw"] *= 1 + schools["snum"] % 3
    if kind == "Fay":
        halves = 1 + (halves - 1) * 0.5
    if kind != "bootstrap":
        halves = halves.mul(schools["pw"], axis=0)
    schools[HALF] = halves.to_numpy()
    return schools


def given(name: str):
    """Surveys of designs.R: four whose replicate weights are given, and one whose are made of strata and clusters."""
    if name == "brr":
        return half_samples("BRR").on(pairs("BRR"))
    if name == "fay_estimate":
        return half_samples("Fay", rho=0.5, centre="estimate").on(pairs("Fay"))
    if name == "fay_domain":
        return given("fay_estimate").domain(lambda schools: schools["meals"] > 20)
    if name == "bootstrap_factors":
        return half_samples("bootstrap", combined=False).on(pairs("bootstrap"))
    return api("dstrat_psu").replicated("JKn", centre="estimate")


@pytest.fixture(params=MADE)
def made_and_r(request):
    design, kind = MADE[request.param]
    return api(design).replicated(kind), numbers("api_r_survey")[request.param]


@pytest.fixture(params=["brr", "fay_estimate", "fay_domain", "bootstrap_factors", "jkn_nested"])
def given_and_r(request):
    return given(request.param), numbers("designs")[request.param]


def model_is(ours, r: dict, relative: float = 1e-8) -> None:
    agrees(ours.values, r["coef"] if "coef" in r else r["values"], relative)
    agrees(ours.covariance, r["vcov"] if "vcov" in r else r["covariance"], relative)
    agrees(ours.p_values, r["p"] if "p" in r else r["p_values"], relative)
    agrees(np.transpose(ours.interval()), r["confint"] if "confint" in r else r["interval"], relative)
    assert ours.df[0] == (r["df_residual"] if "df_residual" in r else r["df"])


def test_made_descriptives(made_and_r):
    ours, r = made_and_r
    assert ours.df == r["degf"]
    both = mean(ours, ["api00", "api99"])
    agrees(both.covariance, r["mean_api00_api99_vcov"]["vcov"])
    agrees(both.contrast({"api00": 1, "api99": -1}).std_error[0], r["diff_api00_api99"]["se"])
    agrees(np.transpose(mean(ours, "api00").interval()), r["mean_api00"]["ci_t"])
    agrees(mean(ours, "api00").design_effect()[0], r["mean_api00_deff"])
    agrees(share(ours, "sch.wide").covariance, r["mean_schwide"]["vcov"])
    agrees(total(ours, "enroll").std_error[0], r["total_enroll_narm"]["se"])
    agrees(ratio(ours, "api.stu", "enroll").std_error[0], r["ratio_apistu_enroll"]["se"])
    agrees(variance(ours, "api00").std_error[0], r["svyvar_api00"]["se"])
    for by in ("stype", "sch.wide"):
        agrees(mean(ours, "api00", by=by).std_error, r[f"by_{by.replace('.', '')}_api00"]["se"])
    agrees(total(ours, "enroll", by="stype").std_error, r["by_stype_total_enroll"]["se"])


def test_made_interval_of_a_share_comes_from_replicates_of_its_logit(made_and_r):
    ours, r = made_and_r
    yes = share(ours, "sch.wide").pick([("sch.wide", "Yes")])
    agrees(np.ravel(yes.interval()), r["prop_schwide_logit"]["ci"])


def test_made_quantiles(made_and_r):
    ours, r = made_and_r
    quarters = quantile(ours, "api00")
    agrees(quarters.values, r["quantiles_api00"]["est"])
    agrees(np.transpose(quarters.interval()), r["quantiles_api00"]["ci"])
    agrees(quarters.std_error, r["quantiles_api00"]["se"])


def test_made_models(made_and_r):
    ours, r = made_and_r
    model_is(linear(ours, "api00", ["ell", "meals", "mobility"]), r["glm_api00_ell_meals_mobility"])
    model_is(linear(ours, "api00", ["stype", "ell", "meals"]), r["glm_api00_stype_factor"])
    model_is(logit(ours, "yes", ["ell", "meals"]), r["logit_schwide_ell_meals"])


def test_made_tests(made_and_r):
    ours, r = made_and_r
    joint = wald(linear(ours, "api00", ["ell", "meals", "mobility"]), ["ell", "meals"])
    agrees([joint.statistic, joint.df, joint.ddf, joint.p_value], list(r["waldtest_ell_meals"].values()))
    table = rao_scott(ours, "stype", "sch.wide")
    agrees([table.statistic, table.df, table.ddf, table.p_value], list(r["chisq_stype_schwide_F"].values()))
    means = t_test(ours, "api00", "sch.wide")
    agrees([means.statistic, means.df, means.p_value, means.difference], list(r["ttest_api00_by_schwide"].values()))


def test_given(given_and_r):
    ours, r = given_and_r
    assert (ours.n, ours.df) == (r["n"], r["df"])
    for result, expected in (
        (mean(ours, ["api00", "api99"]), r["mean"]),
        (mean(ours, "score"), r["mean_missing"]),
        (total(ours, ["api00", "yes"]), r["total"]),
    ):
        agrees(result.values, expected["values"])
        agrees(result.covariance, expected["covariance"])
        agrees(np.transpose(result.interval()), expected["interval"])
    agrees(mean(ours, ["api00", "api99"]).design_effect(), r["design_effect"])
    agrees(ratio(ours, ["api.stu", "api00"], "api99").std_error, np.ravel(r["ratio"]["std_error"]))
    agrees(total(ours, "api00", by="half").covariance, r["total_by_half"]["covariance"])
    yes = share(ours, "yes").pick([("yes", "1")])
    agrees(np.transpose(yes.interval()), r["share_yes"]["interval"])


def test_given_quantiles(given_and_r):
    ours, r = given_and_r
    some = quantile(ours, "api00", r["quantile"]["probabilities"])
    agrees(some.values, r["quantile"]["values"])
    agrees(np.transpose(some.interval()), r["quantile"]["interval"])
    agrees(some.std_error, r["quantile"]["std_error"])


def test_given_models(given_and_r):
    ours, r = given_and_r
    model_is(linear(ours, "api00", ["ell", "meals", "stype"]), r["linear"])
    model_is(linear(ours, "api00", ["ell", "meals"], intercept=False), r["linear_no_intercept"])
    missing = linear(ours, "score", ["ell", "meals"])
    agrees(missing.values, r["linear_missing"]["values"])
    # R counts the degrees of freedom before rows with missing values are left out; here they are those in use.
    agrees(missing.covariance, r["linear_missing"]["covariance"])
    agrees(np.transpose(missing.interval(df=r["linear_missing"]["df"])), r["linear_missing"]["interval"])
    model_is(logit(ours, "yes", ["ell", "meals", "api99"]), r["logit"])
    joint = wald(linear(ours, "api00", ["ell", "meals", "stype"]), "stype")
    agrees([joint.statistic, joint.p_value], [r["wald"]["statistic"], r["wald"]["p_value"]])
    table = rao_scott(ours, "stype", "yes")
    agrees([table.statistic, table.p_value], [r["independence"]["statistic"], r["independence"]["p_value"]])


@pytest.mark.parametrize("policy", ["average", "certainty", "remove"])
def test_jackknife_with_lonely_strata(policy):
    ours, r = other(f"lonely_{policy}").replicated("JKn"), numbers("designs")[f"jkn_{policy}"]
    agrees(mean(ours, ["api00", "api99"]).covariance, r["mean"]["covariance"])
    model_is(linear(ours, "api00", ["ell", "meals"]), r["linear"])


# --- what must hold ------------------------------------------------------------------------------------------


def paired():
    return Design(weight="pw", strata="pair").on(data("apisrs").iloc[:100].assign(pair=np.arange(100) // 2))


@pytest.mark.parametrize("kind, rho", [("BRR", 0.0), ("Fay", 0.5), ("JKn", 0.0)])
def test_a_total_has_the_linearised_variance_exactly(kind, rho):
    ours = total(paired().replicated(kind, rho=rho, centre="estimate"), ["api00", "ell"])
    agrees(ours.covariance, total(paired(), ["api00", "ell"]).covariance, relative=1e-10)


def test_half_samples_of_larger_even_strata():
    schools = data("apistrat").groupby("stype").head(14)
    survey = Design(weight="pw", strata="stype").on(schools)
    ours = mean(survey.replicated("BRR"), "api00")
    assert ours.df[0] == 21  # as many as pairs
    assert ours.std_error[0] == pytest.approx(mean(survey, "api00").std_error[0], rel=0.5)


def test_bootstrap_is_close_to_linearised_and_repeats_with_its_seed():
    survey = api("dstrat_psu").domain(lambda schools: schools["meals"] > 10)
    design = Design(weight="pw", clusters="dnum").on(data("apiclus1"))
    linearised = mean(design, "api00").std_error[0]
    ours = mean(design.replicated("bootstrap", replicates=2000, seed=1), "api00").std_error[0]
    assert ours == pytest.approx(linearised, rel=0.1)  # Monte Carlo error of 2,000 replicates: 1.6 %
    assert ours == mean(design.replicated("bootstrap", replicates=2000, seed=1), "api00").std_error[0]
    assert survey.design == api("dstrat_psu").design


def test_an_estimate_that_some_replicates_do_not_have_has_no_error():
    schools = data("apiclus1")
    schools["one"] = np.where(schools["dnum"] == schools["dnum"].iloc[0], "here", "elsewhere")
    survey = Design(weight="pw", clusters="dnum").on(schools).replicated("JK1")
    ours = mean(survey, "api00", by="one")
    assert np.isfinite(ours.where(one="elsewhere").std_error[0])
    assert np.isnan(ours.where(one="here").std_error[0])
    with pytest.raises(Problem) as problem:
        linear(survey, "api00", ["one"])
    assert str(problem.value) == (
        "linear model: 1 problem\n"
        "  has no coefficients with some of the replicate weights, which leave out all rows of a level, or let the "
        "terms separate the outcome. Merge levels, or use linearised errors"
    )


def test_replicates_in_blocks_are_the_same(monkeypatch):
    whole = linear(api("dclus1").replicated("JK1"), "api00", ["ell", "meals"]).covariance
    monkeypatch.setattr("stemcareers.inference.replicates._AT_ONCE", 400)
    agrees(linear(api("dclus1").replicated("JK1"), "api00", ["ell", "meals"]).covariance, whole, relative=1e-12)


def refused(call) -> str:
    with pytest.raises(Problem) as problem:
        call()
    return str(problem.value)


def test_descriptions_that_cannot_be():
    assert refused(lambda: Replicates(["a"], "Brr", rho=0.5, centre="middle")) == (
        "replicates: 4 problems\n"
        "  kind: 'Brr' is not known (BRR, Fay, JK1, JKn, bootstrap)\n"
        "  centre: 'middle' is not known (mean, estimate)\n"
        "  columns: 1 named; give two or more\n"
        "  rho: is 0.5 for Brr; it lies between 0 and 1 for Fay, and is for Fay only"
    )
    assert "rscales: JKn needs one for each replicate" in refused(lambda: Replicates(["a", "b"], "JKn"))
    assert "rscales: 1 given for 2 replicates" in refused(lambda: Replicates(["a", "b"], "JKn", rscales=[0.5]))
    assert refused(lambda: Design(weight="w", strata="s", replicates=Replicates(["a", "b"], "BRR"))) == (
        "design: 1 problem\n  replicates: already hold strata, stages and fpc; name them or the replicates, not both"
    )


def test_columns_that_hold_no_weights():
    schools = pairs("BRR")
    schools.loc[schools.index[:3], "r2"] = np.nan
    schools.loc[schools.index[5], "r4"] = -1
    assert refused(lambda: half_samples("BRR").on(schools)) == (
        "replicates: 2 problems\n"
        "  missing weights in 3 of 100 rows (first: 'r2')\n"
        "  negative weights in 1 of 100 rows (first: 'r4')"
    )


@pytest.mark.parametrize(
    "design, kind, more, text",
    [
        ("dstrat", "JK1", {}, "JK1 is for designs without strata, and there are 3; use JKn"),
        ("dstrat", "BRR", {}, "BRR cannot honour a finite population; use JK1 or JKn, or a design without fpc"),
        ("dstrat_psu", "BRR", {}, "half samples need pairs of clusters, and 2 strata have an odd number"),
        ("dstrat_psu", "bootstrap", {}, "bootstrap draws at random: give a seed"),
        ("dstrat_psu", "JKN", {}, "'JKN' is not a kind; did you mean 'JKn'? (BRR, Fay, JK1, JKn, bootstrap)"),
        ("dstrat_psu", "Fay", {}, "rho is 0 for Fay; it lies between 0 and 1 for Fay, and is for Fay only"),
    ],
)
def test_designs_that_cannot_be_replicated(design, kind, more, text):
    assert refused(lambda: api(design).replicated(kind, **more)) == f"replicates: 1 problem\n  {text}"


def test_a_second_stage_fpc_cannot_be_replicated():
    assert refused(lambda: other("two_stage").replicated("JK1")) == (
        "replicates: 1 problem\n  cannot honour an fpc of the second stage; name one stage of clusters"
    )


def test_lonely_strata_cannot_be_jackknifed_unless_said_how():
    assert "have only one cluster, which a jackknife cannot leave out (lonely='adjust')" in refused(
        lambda: other("lonely_adjust").replicated("JKn")
    )
