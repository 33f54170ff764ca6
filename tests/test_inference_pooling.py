"""Rubin's rules, against mice and mitools on given completed data sets."""

from __future__ import annotations

import numpy as np
import pytest
from reference.r_survey import agrees, data, numbers
from stemcareers.errors import Problem
from stemcareers.inference import Design, Survey, Term, difference, impute, linear, logit, mean, pool, share
from stemcareers.inference.pooling import barnard_rubin_df

CALIFORNIA = Design(weight="pw", strata="stype", fpc="fpc")


def completed(design: Design = CALIFORNIA, m: int = 5) -> list[Survey]:
    schools = data("pooling_completed")
    return [design.on(part.reset_index(drop=True)) for i, part in schools.groupby("imputation") if i <= m]


def same(pooled, r: dict) -> None:
    result = pooled.result
    low, high = result.interval()
    ours = {
        "values": result.values,
        "std_error": result.std_error,
        "df": result.df,
        "p_value": result.p_values,
        "low": low,
        "high": high,
        "within": np.diag(pooled.within),
        "between": np.diag(pooled.between),
        "increase": pooled.increase,
        "share_between": pooled.share_between,
        "fraction_missing": pooled.fraction_missing,
    }
    for name, value in ours.items():
        if name in r:
            agrees(value, r[name])


def test_as_mice():
    def textbook(survey):
        return linear(survey, "api00", ["ell", "meals", "stype"], errors="classical")

    r = numbers("pooling")
    same(pool(completed(Design()), textbook), r["linear"])
    two = pool(completed(Design(), 2), lambda survey: linear(survey, "api00", ["ell", "meals"], errors="classical"))
    same(two, r["two"])


def test_as_mice_with_infinite_degrees_of_freedom():
    r = numbers("pooling")["infinite"]
    agrees(barnard_rubin_df(5, np.array(r["share_between"]), np.inf), r["df"])


def test_models_of_a_design_as_mitools_and_mice():
    r = numbers("pooling")
    pooled = pool(completed(), lambda survey: linear(survey, "api00", ["ell", "meals", "stype"]))
    same(pooled, r["survey_linear"])
    agrees(pooled.result.covariance, r["survey_linear"]["covariance"])
    same(pool(completed(), lambda survey: logit(survey, "yes", ["ell", "meals"])), r["survey_logit"])


def test_means_of_a_design_as_mitools():
    r = numbers("pooling")["survey_mean"]
    pooled = pool(completed(), lambda survey: mean(survey, ["ell", "yes"])).result
    agrees(pooled.values, r["values"])
    agrees(pooled.covariance, r["covariance"])


def test_relative_efficiency():
    pooled = pool(completed(), lambda survey: mean(survey, ["ell", "api00"]))
    agrees(pooled.relative_efficiency, 1 / (1 + pooled.fraction_missing / 5))
    # Nothing of api00 was missing: as precise as one complete survey.
    assert pooled.share_between[1] == 0
    agrees(pooled.result.std_error[1], mean(completed()[0], "api00").std_error[0])


def test_the_complete_cases_stand_beside():
    schools = data("pooling_observed")
    survey = CALIFORNIA.on(schools)
    imputed = impute(survey, {"ell": "numeric", "meals": "numeric", "yes": "binary"}, ["api00", "stype"], seed=1)
    pooled = pool(imputed, lambda s: linear(s, "api00", ["ell", "meals", "stype"]))
    r = numbers("pooling")["complete_case"]
    agrees(pooled.complete_case.values, r["values"])
    agrees(pooled.complete_case.std_error, r["std_error"])
    table = pooled.to_frame()
    assert table["n"].tolist() == [200] * 5
    assert table["complete_case_n"].tolist() == [pooled.complete_case.n_used] * 5
    assert table["complete_case_n"][0] < 140
    agrees(table["complete_case_estimate"], r["values"])
    assert {"fraction_missing", "relative_efficiency", "complete_case_p_value"} <= set(table)
    assert pool(imputed, lambda s: mean(s, "ell"), complete_case=False).complete_case is None
    assert pooled.result.facts.variance_method == "linearised, 5 imputations"
    assert pooled.result.left_out == {}


def test_any_estimator_is_pooled():
    surveys = completed()
    shares = pool(surveys, lambda survey: share(survey, "yes", by="stype"))
    assert shares.result.groups[0] == (("stype", "E"),)
    low, high = shares.result.interval()
    assert (low > 0).all()
    assert (high < 1).all()
    gap = pool(surveys, lambda survey: difference(survey, "ell", "stype", levels=["E", "H"]))
    apart = [difference(survey, "ell", "stype", levels=["E", "H"]).values[0] for survey in surveys]
    agrees(gap.result.values, [np.mean(apart)])
    replicated = pool([s.replicated("JKn") for s in surveys], lambda survey: mean(survey, "ell"))
    agrees(replicated.result.values, pool(surveys, lambda survey: mean(survey, "ell")).result.values)


def test_odds_ratios_are_pooled_as_logarithms():
    surveys = completed()
    logs = pool(surveys, lambda survey: logit(survey, "yes", ["ell", "meals"]))
    odds = pool(surveys, lambda survey: logit(survey, "yes", ["ell", "meals"]).exponentiated())
    agrees(odds.result.values, np.exp(logs.result.values))
    agrees(odds.result.interval(), np.exp(logs.result.interval()))
    agrees(odds.result.p_values, logs.result.p_values)
    agrees(odds.result.df, logs.result.df)


def test_wald_of_one_coefficient_is_its_t_squared():
    pooled = pool(completed(), lambda survey: linear(survey, "api00", ["ell", "meals", "stype"]))
    test = pooled.wald("meals")
    agrees(test.statistic, pooled.result.pick(["meals"]).t_values[0] ** 2)
    agrees(test.p_value, pooled.result.pick(["meals"]).p_values[0])


def test_wald_of_several_coefficients():
    """D1 by hand: mean coefficients against the mean covariance, raised by what is missing."""
    surveys = completed()
    pooled = pool(surveys, lambda survey: linear(survey, "api00", ["ell", "meals", "stype"]))
    test = pooled.wald(["stype", "ell"])
    places = [1, 3, 4]
    parts = [linear(survey, "api00", ["ell", "meals", "stype"]) for survey in surveys]
    estimates = np.array([part.values[places] for part in parts])
    within = np.mean([part.covariance[np.ix_(places, places)] for part in parts], axis=0)
    between = np.cov(estimates.T)
    r = 1.2 * np.trace(np.linalg.solve(within, between)) / 3
    q = estimates.mean(axis=0)
    agrees(test.statistic, q @ np.linalg.solve(within, q) / (3 * (1 + r)))
    assert test.df == 3
    # Reiter's degrees of freedom tend to Li, Raghunathan and Rubin's as the sample grows.
    from stemcareers.inference.pooling import _reiter_df

    assert _reiter_df(3, 5, r, 1e9) == pytest.approx(_reiter_df(3, 5, r, np.inf), rel=0.02)
    assert test.ddf < min(_reiter_df(3, 5, r, np.inf), 195)
    assert test.p_value < 1e-6


def refused(call) -> str:
    with pytest.raises(Problem) as problem:
        call()
    return str(problem.value)


def test_refused():
    surveys = completed()
    assert refused(lambda: pool(surveys[:1], lambda survey: mean(survey, "ell"))) == (
        "pooling: 1 problem\n  takes two completed results or more, and there are 1"
    )

    def torn(survey):
        return mean(survey, "ell" if survey is not surveys[2] else "meals")

    assert refused(lambda: pool(surveys, torn)) == (
        "pooling: 1 problem\n"
        "  imputation 3: other estimates than in the first. "
        "Declare the levels of imputed categories, so that each imputation has all of them"
    )
    pooled = pool(surveys[:2], lambda survey: linear(survey, "api00", [Term("stype", reference="H"), "ell"]))
    assert refused(lambda: pooled.wald("stype")) == (
        "pooled Wald test: 1 problem\n  2 imputations are too few to test 2 coefficients together; make more"
    )
    assert refused(lambda: pooled.wald("meals")) == "pooled Wald test: 1 problem\n  'meals' is not in the model"
