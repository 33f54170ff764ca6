"""Means, totals, shares, ratios, quantiles and variances, against R's survey."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.r_survey import API, agrees, api, data, numbers, other
from stemcareers.errors import Problem
from stemcareers.inference import Design, difference, mean, quantile, ratio, share, total, variance

# Names in designs.json that hold every quantity.
OTHERS = [
    "two_stage",
    "two_stage_no_fpc",
    "share_drawn",
    "crossed",
    "domain_strat",
    "domain_nested",
    "domain_two_stage",
]
POLICIES = [
    f"lonely_{kind}{policy}"
    for policy in ("adjust", "average", "certainty", "remove")
    for kind in ("", "fpc_", "domain_")
]


@pytest.fixture(params=API)
def ours_and_r(request):
    return api(request.param), numbers("api_r_survey")[request.param]


@pytest.fixture(params=OTHERS)
def other_and_r(request):
    return other(request.param), numbers("designs")[request.param]


def same(ours, r: dict) -> None:
    agrees(ours.values, r["values"])
    # What has no variance in R (the size of a stratum) may have the rounding error of a double here.
    rounding = 1e-15 * np.abs(ours.values).max()
    np.testing.assert_allclose(ours.covariance, r["covariance"], rtol=1e-8, atol=rounding**2)
    np.testing.assert_allclose(ours.std_error, r["std_error"], rtol=1e-8, atol=rounding)
    if "interval" in r:
        agrees(np.transpose(ours.interval()), r["interval"])


# --- the api designs -----------------------------------------------------------------------------------------


def test_design_facts(ours_and_r):
    ours, r = ours_and_r
    assert (ours.n, ours.df) == (r["n"], r["degf"])
    agrees(ours.weights.sum(), r["sum_weights"])


@pytest.mark.parametrize(
    "key, column, estimate",
    [("mean_api00", "api00", mean), ("mean_enroll_narm", "enroll", mean), ("total_enroll_narm", "enroll", total)],
)
def test_means_and_totals(ours_and_r, key, column, estimate):
    ours, r = estimate(ours_and_r[0], column), ours_and_r[1][key]
    agrees(ours.values[0], r["est"])
    agrees(ours.std_error[0], r["se"])
    agrees(ours.covariance, r["vcov"])
    agrees(np.transpose(ours.interval()), r["ci_t"])
    agrees(np.transpose(ours.interval(df=np.inf)), r["ci_normal"])
    assert ours.df.tolist() == [r["df"]]


def test_covariance_of_two_means_and_their_difference(ours_and_r):
    both, r = mean(ours_and_r[0], ["api00", "api99"]), ours_and_r[1]
    agrees(both.values, r["mean_api00_api99_vcov"]["est"])
    agrees(both.covariance, r["mean_api00_api99_vcov"]["vcov"])
    change = both.contrast({"api00": 1, "api99": -1})
    agrees(change.values[0], r["diff_api00_api99"]["est"])
    agrees(change.std_error[0], r["diff_api00_api99"]["se"])
    assert change.names == (("contrast", ""),)
    assert change.df[0] == ours_and_r[0].df


def test_design_effect(ours_and_r):
    agrees(mean(ours_and_r[0], "api00").design_effect()[0], ours_and_r[1]["mean_api00_deff"])


@pytest.mark.parametrize(
    "key, column, estimate",
    [("mean_stype", "stype", share), ("total_stype", "stype", total), ("mean_schwide", "sch.wide", share)],
)
def test_shares_and_counts_of_levels(ours_and_r, key, column, estimate):
    ours, r = estimate(ours_and_r[0], column), ours_and_r[1][key]
    assert [term + level for term, level in ours.names] == r["names"]
    same(ours, {"values": r["est"], "covariance": r["vcov"], "std_error": r["se"]})


def test_interval_of_a_share_is_symmetric_on_the_logit_scale(ours_and_r):
    ours, r = share(ours_and_r[0], "sch.wide").pick([("sch.wide", "Yes")]), ours_and_r[1]["prop_schwide_logit"]
    agrees(ours.values[0], r["est"])
    agrees(np.ravel(ours.interval()), r["ci"])


def test_ratio(ours_and_r):
    ours, r = ratio(ours_and_r[0], "api.stu", "enroll"), ours_and_r[1]["ratio_apistu_enroll"]
    agrees(ours.values[0], r["ratio"])
    agrees(ours.std_error[0], r["se"])
    assert ours.names == (("api.stu", "enroll"),)


@pytest.mark.parametrize(
    "key, column, by, estimate",
    [
        ("by_stype_api00", "api00", "stype", mean),
        ("by_schwide_api00", "api00", "sch.wide", mean),
        ("by_stype_total_enroll", "enroll", "stype", total),
    ],
)
def test_groups(ours_and_r, key, column, by, estimate):
    ours, r = estimate(ours_and_r[0], column, by=by), ours_and_r[1][key]
    assert [value for ((_, value),) in ours.groups] == r["group"]
    agrees(ours.values, r["est"])
    agrees(ours.std_error, r["se"])


def test_domain(ours_and_r):
    secondary = ours_and_r[0].domain(lambda schools: schools["stype"] == "H")
    ours, r = mean(secondary, "api00"), ours_and_r[1]["subset_H_mean_api00"]
    agrees(ours.values, [r["est"]])
    agrees(ours.covariance, r["vcov"])
    assert ours.n_used + ours.left_out["outside the domain"] == ours.n_rows == len(ours_and_r[0].frame)


def test_quantiles(ours_and_r):
    ours, r = quantile(ours_and_r[0], "api00"), ours_and_r[1]["quantiles_api00"]
    agrees(ours.values, r["est"])
    agrees(np.transpose(ours.interval()), r["ci"])
    agrees(ours.std_error, r["se"])
    assert ours.names == (("api00", "0.25"), ("api00", "0.5"), ("api00", "0.75"))


def test_variance(ours_and_r):
    ours, r = variance(ours_and_r[0], "api00"), ours_and_r[1]["svyvar_api00"]
    agrees(ours.values[0], r["est"])
    agrees(ours.std_error[0], r["se"])


# --- other designs -------------------------------------------------------------------------------------------


def test_other_designs(other_and_r):
    survey, r = other_and_r
    assert (survey.n, survey.df) == (r["n"], r["df"])
    agrees(survey.weights.sum(), r["sum_weights"])
    same(mean(survey, ["api00", "api99"]), r["mean"])
    same(total(survey, ["api00", "yes"]), r["total"])
    same(total(survey, "stype"), r["total_stype"])
    same(mean(survey, ["api00", "api99"]).contrast({"api00": 1, "api99": -0.5}), r["contrast"])
    yes = share(survey, "yes").pick([("yes", "1")])
    agrees(yes.values[0], r["share_yes"]["values"])
    agrees(yes.std_error[0], r["share_yes"]["std_error"], absolute=1e-16)  # nothing where strata fix the share
    agrees(np.transpose(yes.interval()), r["share_yes"]["interval"])


def test_other_designs_shares_of_levels(other_and_r):
    survey, r = other_and_r
    ours = share(survey, "stype")
    same(ours, r["share_stype"])


def test_other_designs_ratios_and_variances(other_and_r):
    survey, r = other_and_r
    ratios = ratio(survey, ["api.stu", "api00"], "api99")
    agrees(ratios.values, r["ratio"]["values"])
    agrees(ratios.covariance, r["ratio"]["covariance"])
    same(variance(survey.complete(["score"]), "api00"), r["variance"])


def test_other_designs_missing_values_are_a_domain(other_and_r):
    survey, r = other_and_r
    ours = mean(survey, "score")
    same(ours, r["mean_missing"])
    assert ours.df.tolist() == [r["df_missing"]]
    assert ours.n_used + ours.left_out["missing score"] == survey.n
    agrees(ours.design_effect()[0], r["design_effect_missing"])


def test_other_designs_design_effects(other_and_r):
    survey, r = other_and_r
    ours = mean(survey, ["api00", "api99"])
    agrees(ours.design_effect(), r["design_effect"])
    agrees(ours.design_effect(replacement=True), r["design_effect_replacement"])
    agrees(total(survey, "api00").design_effect()[0], r["design_effect_total"])
    agrees(ours.effective_n(), ours.n / np.array(r["design_effect"]))


def test_other_designs_quantiles(other_and_r):
    survey, r = other_and_r
    for key, column, level in (("quantile", "api00", 0.95), ("quantile_missing", "score", 0.95)):
        ours = quantile(survey, column, r[key]["probabilities"])
        agrees(ours.values, r[key]["values"])
        agrees(np.transpose(ours.interval(level)), r[key]["interval"])
        agrees(ours.std_error, r[key]["std_error"])
    ninety = quantile(survey, "api99", r["quantile_90"]["probabilities"])
    agrees(np.transpose(ninety.interval(0.9)), r["quantile_90"]["interval"])


def test_other_designs_groups_with_covariances(other_and_r):
    survey, r = other_and_r
    ours = mean(survey, ["api00", "api99"], by="half")
    # R lists all groups of the first variable, then of the second.
    place = [ours.position((column, "", half)) for column in ("api00", "api99") for half in (0, 1)]
    agrees(ours.values[place], r["by_half"]["values"])
    agrees(ours.std_error[place], np.ravel(r["by_half"]["std_error"]))
    agrees(total(survey, "api00", by="half").covariance, r["total_by_half"]["covariance"])

    crossed = mean(survey, "api00", by=["yes", "half"])
    agrees(crossed.values, r["by_two"]["values"])
    agrees(crossed.covariance, r["by_two"]["covariance"])


@pytest.mark.parametrize("name", [*POLICIES, "strata_within", "strata_within_certainty"])
def test_strata_with_one_cluster(name):
    survey, r = other(name), numbers("designs")[name]
    assert survey.df == r["df"]
    same(mean(survey, ["api00", "api99"]), r["mean"])
    same(total(survey, "api00"), r["total"])
    groups = mean(survey, "api00", by="half")
    agrees(groups.values, r["by_half"]["values"])
    # The average policy averages over the strata of the rows in use: those of a group when it stands alone,
    # those of all groups where a covariance between groups is wanted. R's covariance is the second.
    agrees(groups.covariance, r["by_half"]["covariance"])


def test_weights_implied_by_two_stages_of_population_sizes():
    survey, r = other("two_stage_implied"), numbers("designs")["two_stage_implied"]
    agrees(survey.weights.sum(), r["sum_weights"])
    same(mean(survey, "api00"), r["mean"])


# --- textbooks -----------------------------------------------------------------------------------------------


def test_mu284_two_stages():
    survey, r = Design(clusters=("id1", "id2"), fpc=("n1", "n2")).on(data("mu284")), numbers("designs")["mu284"]
    same(total(survey, "y1"), r["total"])
    same(mean(survey, "y1"), r["mean"])


def test_hospitals_stratified():
    design = Design(weight="weighta", strata="oblevel", clusters="hospno", fpc="tothosp")
    survey, r = design.on(data("hospital")), numbers("designs")["hospital"]
    assert survey.df == r["df"]
    same(total(survey, "births"), r["total"])
    same(mean(survey, "births"), r["mean"])
    # Levy & Lemeshow (1999) print 183,983 births with a standard error of 34,014.
    assert np.round([total(survey, "births").values[0], total(survey, "births").std_error[0]]).tolist() == [
        183983,
        34014,
    ]


@pytest.mark.parametrize(
    "name, design",
    [
        ("lehtonen_clus1", Design(weight="wt", clusters="clu")),
        ("lehtonen_strat", Design(weight="wt", strata="str", fpc="fpc")),
        ("lehtonen_certainty", Design(weight="wt", strata="str", clusters="clu", nest=True, lonely="certainty")),
    ],
)
def test_lehtonen_and_pahkinen(name, design):
    survey, r = design.on(data(name)), numbers("designs")[name]
    same(total(survey, "ue91"), r["total"])
    if "ratio" in r:
        ours = ratio(survey, "ue91", "lab91")
        agrees(ours.values[0], r["ratio"]["values"])
        agrees(ours.std_error[0], r["ratio"]["std_error"])


# --- what R leaves to the reader -----------------------------------------------------------------------------


def test_difference_between_two_groups_is_a_contrast_of_their_means():
    survey = api("dclus1")
    ours = difference(survey, ["api00", "api99"], "sch.wide", ["Yes", "No"])
    means = mean(survey, "api00", by="sch.wide")
    by_hand = means.contrast({("api00", "", "Yes"): 1, ("api00", "", "No"): -1})
    agrees(ours.values[0], by_hand.values[0])
    agrees(ours.std_error[0], by_hand.std_error[0])
    assert ours.names == (("api00", ""), ("api99", ""))
    assert ours.quantity == "difference"


def test_difference_between_two_of_three_groups_has_the_degrees_of_freedom_of_the_two():
    survey = api("dstrat")
    ours = difference(survey, "api00", "stype", ["H", "M"])
    assert ours.df.tolist() == [100 - 2]
    assert ours.left_out == {"other stype": 100}
    assert (ours.n_used, ours.n_rows) == (100, 200)


def test_difference_needs_two_groups_that_are_there():
    with pytest.raises(Problem) as problem:
        difference(api("dstrat"), "api00", "stype")
    assert str(problem.value) == (
        "difference between groups of 'stype': 1 problem\n"
        "  needs two groups that are there, not E, H, M (there are: E, H, M)"
    )


def test_the_share_of_all_or_none_has_no_interval_and_says_how_many_it_rests_on():
    schools = data("apistrat").assign(everyone=1)
    ours = share(Design(weight="pw").on(schools), "everyone")
    assert ours.values.tolist() == [1.0]
    assert np.isnan(ours.interval()).all()
    assert ours.n.tolist() == [200]


def test_levels_come_in_the_order_of_the_categories_and_empty_ones_are_zero():
    schools = data("apistrat")
    schools["stype"] = pd.Categorical(schools["stype"], ["M", "H", "E", "none"])
    ours = share(Design(weight="pw").on(schools), "stype")
    assert [level for _, level in ours.names] == ["M", "H", "E", "none"]
    assert ours.values[3] == 0


def test_every_group_has_the_same_levels():
    ours = share(api("dclus1"), "stype", by="half")
    assert [name[1] for name in ours.names] == ["E", "H", "M", "E", "H", "M"]


def test_nullable_and_boolean_columns_are_numbers():
    schools = data("apistrat")
    survey = Design(weight="pw").on(schools.assign(score=schools["score"].astype("Int64"), flag=schools["yes"] > 0))
    agrees(mean(survey, "score").values, mean(Design(weight="pw").on(schools), "score").values)
    agrees(mean(survey, "flag").values, mean(survey, "yes").values)
    assert share(survey, "flag").names == (("flag", "False"), ("flag", "True"))


def test_design_effect_without_replacement_is_missing_where_weights_do_not_reach_the_sample():
    survey = Design(weight="small").on(data("apistrat").assign(small=0.5))
    assert np.isnan(mean(survey, "api00").design_effect()[0])
    agrees(mean(survey, "api00").design_effect(replacement=True)[0], 1.0)


def test_nothing_left_to_estimate_from():
    schools = data("apistrat").assign(nothing=np.nan)
    with pytest.raises(Problem) as problem:
        mean(Design(weight="pw").on(schools), "nothing")
    assert str(problem.value) == "mean of nothing: 1 problem\n  no rows are left: 200 missing nothing"


def test_a_mean_of_text_is_refused():
    with pytest.raises(Problem, match="where numbers are due"):
        mean(api("dstrat"), "stype")


def test_totals_of_numbers_and_categories_come_in_the_order_asked_for():
    ours = total(api("dclus1"), ["enroll", "stype", "api00"])
    assert ours.names == (("enroll", ""), ("stype", "E"), ("stype", "H"), ("stype", "M"), ("api00", ""))
