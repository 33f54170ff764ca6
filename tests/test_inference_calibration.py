"""Post-stratification, against R's survey."""

from __future__ import annotations

import numpy as np
import pytest
from reference.r_survey import agrees, api, numbers
from stemcareers.errors import Problem
from stemcareers.inference import linear, logit, mean, post_stratify, total

KNOWN = {"E": 4421, "H": 755, "M": 1018}


def test_api_numbers():
    survey, r = post_stratify(api("dclus1"), "stype", KNOWN), numbers("api_r_survey")["postStratify_dclus1_stype"]
    for ours, expected in (
        (mean(survey, "api00"), r["mean_api00"]),
        (total(survey, "enroll"), r["total_enroll"]),
    ):
        agrees(ours.values, [expected["est"]])
        agrees(ours.std_error, [expected["se"]])
        agrees(ours.covariance, expected["vcov"])
    model = linear(survey, "api00", ["ell", "meals", "mobility"])
    agrees(model.values, r["glm"]["coef"])
    agrees(model.covariance, r["glm"]["vcov"])
    agrees(model.p_values, r["glm"]["p"])
    agrees(np.transpose(model.interval()), r["glm"]["confint"])


def test_the_totals_come_back_without_error():
    ours = total(post_stratify(api("dclus1"), "stype", KNOWN), "stype")
    agrees(ours.values, list(KNOWN.values()))
    np.testing.assert_allclose(ours.std_error, 0.0, atol=1e-10)


@pytest.mark.parametrize("domain", [False, True])
def test_other_quantities_and_domains(domain):
    survey = post_stratify(api("dclus1"), "stype", KNOWN)
    r = numbers("designs")["post_stratified_domain" if domain else "post_stratified"]
    if domain:
        survey = survey.domain(lambda schools: schools["meals"] > 20)
    agrees(survey.weights.sum(), r["sum_weights"])
    agrees(mean(survey, ["api00", "api99"]).covariance, r["mean"]["covariance"])
    agrees(total(survey, "enroll").covariance, r["total"]["covariance"])
    agrees(linear(survey, "api00", ["ell", "meals"]).covariance, r["linear"]["covariance"])
    # R scales the weights of a domain by the mean over all rows here, which moves where its iteration stops.
    agrees(logit(survey, "yes", ["ell"]).p_values, r["logit"]["p_values"], relative=1e-6 if domain else 1e-8)


def test_two_crossed_columns():
    totals = {("E", 0): 2200, ("H", 0): 400, ("M", 0): 500, ("E", 1): 2221, ("H", 1): 355, ("M", 1): 518}
    ours = mean(post_stratify(api("dstrat_psu"), ["stype", "half"], totals), "api00")
    r = numbers("designs")["post_stratified_crossed"]["mean"]
    agrees(ours.values, r["values"])
    agrees(ours.covariance, r["covariance"])


def test_replicate_weights_are_post_stratified_one_by_one():
    ours = mean(post_stratify(api("dclus1").replicated("JK1"), "stype", KNOWN), "api00")
    r = numbers("designs")["post_stratified_jk1"]["mean"]
    agrees(ours.values, r["values"])
    agrees(ours.covariance, r["covariance"])


def refused(call) -> str:
    with pytest.raises(Problem) as problem:
        call()
    return str(problem.value)


def test_cells_and_totals_that_do_not_match():
    assert refused(lambda: post_stratify(api("dclus1"), "stype", {"E": 4421, "H": -1, "X": 10})) == (
        "post-stratification by stype: 3 problems\n"
        "  no total is given for M\n"
        "  X has a total and no rows: merge cells\n"
        "  the total of H is -1"
    )
    missing = api("dclus1").frame["aware"].isna().sum()
    assert refused(lambda: post_stratify(api("dclus1"), "aware", {0: 1, 1: 1})) == (
        f"post-stratification by aware: 1 problem\n  aware is missing in {missing} rows"
    )


def test_a_domain_comes_afterwards():
    part = api("dclus1").domain(lambda schools: schools["stype"] == "E")
    assert refused(lambda: post_stratify(part, "stype", KNOWN)) == (
        "post-stratification by stype: 1 problem\n"
        "  comes before choosing a domain: the totals are those of the whole population"
    )
