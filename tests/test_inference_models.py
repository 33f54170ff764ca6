"""Linear and logistic regression, against R's survey, and everything they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.r_survey import API, agrees, api, data, numbers, other
from stemcareers.errors import Problem
from stemcareers.inference import Design, Term, linear, logit

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


def same(ours, r: dict, relative: float = 1e-8) -> None:
    """Coefficients, covariance, errors, p values, intervals, degrees of freedom, rows."""
    agrees(ours.values, r["values"], relative)
    agrees(ours.covariance, r["covariance"], relative)
    agrees(ours.std_error, r["std_error"], relative)
    agrees(ours.p_values, r["p_values"], relative)
    agrees(np.transpose(ours.interval()), r["interval"], relative)
    assert set(ours.df) == {r["df"]}
    assert set(ours.n) == {ours.n_used} == {r["n"]}
    assert ours.n_used + sum(ours.left_out.values()) == ours.n_rows


@pytest.mark.parametrize("design", API)
@pytest.mark.parametrize(
    "key, terms",
    [
        ("glm_api00_ell_meals_mobility", ["ell", "meals", "mobility"]),
        ("glm_api00_ell_meals", ["ell", "meals"]),
        ("glm_api00_stype_factor", ["stype", "ell", "meals"]),
        ("logit_schwide_ell_meals", ["ell", "meals"]),
    ],
)
def test_api_designs(design, key, terms):
    survey, r = api(design), numbers("api_r_survey")[design]
    if key not in r:
        pytest.skip("R has no such model for this design")
    r = r[key]
    is_logit = key.startswith("logit")
    ours = logit(survey, "sch.wide", terms, event="Yes") if is_logit else linear(survey, "api00", terms)
    assert ["(Intercept)" if term == "intercept" else term + level for term, level in ours.names] == r["terms"]
    same(
        ours,
        {
            "values": r["coef"],
            "covariance": r["vcov"],
            "std_error": r["se"],
            "p_values": r["p"],
            "interval": r["confint"],
            "df": r["df_residual"],
            "n": survey.n,
        },
    )
    agrees(ours.t_values, r["t"])


@pytest.mark.parametrize("name", OTHERS)
def test_other_designs(name):
    survey, r = other(name), numbers("designs")[name]
    same(linear(survey, "api00", ["ell", "meals", "stype"]), r["linear"])
    same(linear(survey, "score", ["ell", "meals"]), r["linear_missing"])
    same(linear(survey, "api00", ["ell", "meals"], intercept=False), r["linear_no_intercept"])
    same(logit(survey, "yes", ["ell", "meals", "api99"]), r["logit"])
    same(logit(survey, "aware", ["ell", Term("half", kind="categorical")]), r["logit_missing"])


@pytest.mark.parametrize("name", [*POLICIES, "strata_within", "strata_within_certainty"])
def test_strata_with_one_cluster(name):
    same(linear(other(name), "api00", ["ell", "meals"]), numbers("designs")[name]["linear"])


def test_known_values_of_the_stratified_sample():
    ours = linear(api("dstrat"), "api00", ["ell", "meals", "mobility"])
    assert ours.values.round(4).tolist() == [820.8873, -0.4806, -3.1415, 0.2257]
    assert ours.std_error.round(4).tolist() == [10.0777, 0.3920, 0.2839, 0.3932]


def test_a_reference_level_changes_the_comparison_and_nothing_else():
    survey = api("dstrat")
    from_e = linear(survey, "api00", ["stype", "meals"])
    from_h = linear(survey, "api00", [Term("stype", reference="H"), "meals"])
    assert from_h.names == (("intercept", ""), ("stype", "E"), ("stype", "M"), ("meals", ""))
    change = from_e.contrast({("stype", "M"): 1, ("stype", "H"): -1})
    agrees(from_h.pick([("stype", "M")]).values, change.values)
    agrees(from_h.pick([("stype", "M")]).std_error, change.std_error)
    agrees(from_h.facts.r_squared, from_e.facts.r_squared)


def test_statsmodels_agrees_where_it_computes_the_same():
    """A cluster error without strata and fpc is statsmodels' times sqrt(G / (G - 1))."""
    sm = pytest.importorskip("statsmodels.api")
    schools = data("apiclus1")
    ours = linear(Design(weight="pw", clusters="dnum").on(schools), "api00", ["ell", "meals"])
    x = sm.add_constant(schools[["ell", "meals"]])
    theirs = sm.WLS(schools["api00"], x, weights=schools["pw"]).fit(
        cov_type="cluster", cov_kwds={"groups": schools["dnum"], "use_correction": False}
    )
    agrees(ours.values, theirs.params)
    agrees(ours.std_error, theirs.bse * np.sqrt(15 / 14))
    agrees(ours.facts.r_squared, theirs.rsquared)


def test_fit_facts():
    facts = logit(api("dstrat"), "yes", ["ell", "meals"]).facts
    assert (facts.family, facts.variance_method, facts.weighted, facts.converged) == ("logit", "linearised", True, True)
    assert 1 < facts.condition_number < 10
    assert facts.r_squared is None
    assert not linear(api("dsrs"), "api00", ["ell", "meals"]).facts.weighted


def test_log_likelihood_is_that_of_the_weighted_sample():
    schools = data("apistrat")
    ours = logit(Design(weight="pw", strata="stype").on(schools), "yes", ["ell"])
    p = 1 / (1 + np.exp(-(ours.values[0] + ours.values[1] * schools["ell"])))
    weights = schools["pw"] / schools["pw"].mean()
    agrees(ours.facts.log_likelihood, (weights * np.log(np.where(schools["yes"] == 1, p, 1 - p))).sum())


def test_odds_ratios():
    ours = logit(api("dstrat"), "yes", ["ell", "meals"])
    ratios = ours.exponentiated()
    agrees(ratios.values, np.exp(ours.values))
    agrees(ratios.interval(), np.exp(ours.interval()))
    agrees(ratios.p_values, ours.p_values)
    agrees(ratios.std_error, np.exp(ours.values) * ours.std_error)
    assert ratios.quantity == "odds_ratio"


# --- ill-conditioned and certified ---------------------------------------------------------------------------


def test_wampler_polynomials():
    """NIST's Wampler 1 and 2: a polynomial of degree 5 without error has coefficients 1, and 0.1 to a power."""
    x = np.arange(21.0)
    frame = pd.DataFrame({f"x{power}": x**power for power in range(1, 6)})
    frame["wampler1"] = (x[:, None] ** np.arange(6)).sum(axis=1)
    frame["wampler2"] = ((x[:, None] / 10) ** np.arange(6)).sum(axis=1)
    survey = Design().on(frame)
    terms = [f"x{power}" for power in range(1, 6)]
    np.testing.assert_allclose(linear(survey, "wampler1", terms).values, np.ones(6), rtol=1e-9)
    np.testing.assert_allclose(linear(survey, "wampler2", terms).values, 0.1 ** np.arange(6), rtol=1e-9)


def test_longley():
    """Longley's employment data, as certified by NIST (coefficients)."""
    datasets = pytest.importorskip("statsmodels.datasets")
    frame = datasets.longley.load_pandas().data
    ours = linear(Design().on(frame), "TOTEMP", ["GNPDEFL", "GNP", "UNEMP", "ARMED", "POP", "YEAR"], fewest_df=1)
    certified = [
        -3482258.63459582,
        15.0618722713733,
        -0.358191792925910e-01,
        -2.02022980381683,
        -1.03322686717359,
        -0.511041056535807e-01,
        1829.15146461355,
    ]
    np.testing.assert_allclose(ours.values, certified, rtol=1e-9)


# --- refused -------------------------------------------------------------------------------------------------


def refused(call) -> str:
    with pytest.raises(Problem) as problem:
        call()
    return str(problem.value)


def test_collinear_terms_are_named():
    schools = data("apistrat")
    schools["twice"] = 2 * schools["ell"] + 1
    text = refused(lambda: linear(Design(weight="pw").on(schools), "api00", ["meals", "ell", "twice"]))
    assert text.startswith(
        "linear model of api00: 1 problem\n"
        "  intercept, ell and twice cannot be told apart in the rows in use: "
        "together they are collinear (condition number "
    )
    assert text.endswith("at most 1e+10). Leave one out")


def test_nearly_collinear_terms_are_refused_too():
    schools = data("apistrat")
    schools["nearly"] = schools["ell"] + 1e-11 * schools["meals"]
    assert "ell and nearly cannot be told apart" in refused(
        lambda: linear(Design(weight="pw").on(schools), "api00", ["ell", "nearly"])
    )


def test_indicators_that_repeat_a_category_are_named_by_level():
    schools = data("apistrat")
    schools["secondary"] = (schools["stype"] == "H").astype(int)
    text = refused(lambda: linear(Design(weight="pw").on(schools), "api00", ["stype", "secondary"]))
    assert "stype H and secondary cannot be told apart" in text


def test_an_empty_level_is_named():
    schools = data("apistrat")
    schools["stype"] = pd.Categorical(schools["stype"], ["E", "M", "H", "special", "adult"])
    assert refused(lambda: linear(Design(weight="pw").on(schools), "api00", ["stype"])) == (
        "linear model of api00: 1 problem\n"
        "  stype: no row in use has the levels special, adult. Merge levels, or study a sample that has them"
    )


def test_a_level_lost_to_missing_values_is_named():
    schools = data("apistrat")
    schools["stype"] = pd.Categorical(schools["stype"])
    schools.loc[schools["stype"] == "H", "ell"] = np.nan
    assert "stype: no row in use has the level H." in refused(
        lambda: linear(Design(weight="pw").on(schools), "api00", ["stype", "ell"])
    )


def test_everything_wrong_is_told_at_once():
    schools = data("apistrat").assign(same=1.0, alike="x", still=3)
    assert refused(lambda: linear(Design(weight="pw").on(schools), "same", ["alike", "still"])) == (
        "linear model of same: 3 problems\n"
        "  the outcome same is 1 in every row in use, so there is nothing to explain\n"
        "  alike is x in every row in use, so it explains nothing: leave it out\n"
        "  still is 3 in every row in use, so it explains nothing: leave it out"
    )


def test_too_few_residual_degrees_of_freedom():
    survey = api("dclus1").domain(lambda schools: schools["dnum"] > 200)
    assert refused(lambda: linear(survey, "api00", ["ell", "meals", "mobility"])) == (
        "linear model of api00: 1 problem\n"
        f"  {survey.df - 3} residual degrees of freedom are left: {survey.df} in the design (clusters minus strata), "
        "4 coefficients; at least 10 are needed. Use fewer terms, or a larger sample"
    )
    assert linear(survey, "api00", ["ell", "meals", "mobility"], fewest_df=1).df[0] == survey.df - 3


def test_complete_separation_by_a_number():
    schools = data("apistrat")
    schools["high"] = (schools["api00"] > 650).astype(float)
    text = refused(lambda: logit(Design(weight="pw").on(schools), "high", ["api00"]))
    assert text == (
        "logit model of high: 1 problem\n"
        "  api00 separates the outcome: some rows have a certain answer, and the coefficient has no finite value. "
        "Merge levels, or leave the term out"
    )


@pytest.mark.parametrize("answer, word", [(1.0, "yes"), (0.0, "no")])
def test_quasi_separation_by_a_level(answer, word):
    schools = data("apistrat")
    schools.loc[schools["stype"] == "H", "yes"] = answer
    text = refused(lambda: logit(Design(weight="pw", strata="stype").on(schools), "yes", ["stype", "meals"]))
    assert f"stype H (all 50 rows answered {word}) separates the outcome" in text


def test_separation_by_the_reference_level():
    schools = data("apistrat")
    schools.loc[schools["stype"] == "E", "yes"] = 1.0
    assert "separate" in refused(lambda: logit(Design(weight="pw").on(schools), "yes", ["stype"]))


def test_separation_in_rows_that_weigh_next_to_nothing():
    schools = data("apistrat")
    few = schools["stype"] == "H"
    schools.loc[few, "yes"] = 1.0
    schools.loc[few, "pw"] *= 1e-9
    assert "stype H" in refused(lambda: logit(Design(weight="pw").on(schools), "yes", ["stype", "meals"]))


def test_a_very_strong_term_is_not_separation():
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.normal(-20, 5, 300), rng.normal(20, 5, 300), [-3.0, 3.0]])
    y = np.concatenate([np.zeros(300), np.ones(300), [1.0, 0.0]])
    ours = logit(Design().on(pd.DataFrame({"x": x, "y": y})), "y", ["x"])
    assert np.isfinite(ours.values).all()
    assert np.abs(ours.values[0] + ours.values[1] * x).max() > 15


@pytest.mark.parametrize("model", [linear, logit])
def test_a_constant_outcome(model):
    schools = data("apistrat").assign(always=1)
    assert refused(lambda: model(Design(weight="pw").on(schools), "always", ["ell"])) == (
        f"{model.__name__} model of always: 1 problem\n"
        "  the outcome always is 1 in every row in use, so there is nothing to explain"
    )


def test_an_outcome_that_is_not_yes_or_no():
    assert refused(lambda: logit(api("dstrat"), "api99", ["ell"])).startswith(
        "logit model of api99: 1 problem\n  the outcome holds "
    )
    assert refused(lambda: logit(api("dstrat"), "sch.wide", ["ell"], event="yes")) == (
        "logit model of sch.wide: 1 problem\n  no row has the answer 'yes' (there are: No, Yes)"
    )


def test_terms_that_are_not_there_or_stand_twice():
    assert refused(lambda: linear(api("dstrat"), "api00", ["mels"])) == (
        "frame: 1 problem\n  'mels' is not a column; did you mean 'meals'?"
    )
    assert refused(lambda: linear(api("dstrat"), "api00", ["ell", "ell", "api00"])) == (
        "linear model of api00: 2 problems\n"
        "  ell stands on the right-hand side twice\n"
        "  the outcome api00 also stands on the right-hand side"
    )


def test_reference_and_levels_that_are_not_there():
    assert refused(lambda: linear(api("dstrat"), "api00", [Term("stype", reference="e")])).startswith(
        "term 'stype': 1 problem\n  the reference 'e' is not one of its levels"
    )
    assert refused(lambda: linear(api("dstrat"), "api00", [Term("stype", levels=("E", "M"))])) == (
        "term 'stype': 1 problem\n  has levels that are not declared: H"
    )


@pytest.mark.parametrize("model, outcome", [(linear, "api00"), (logit, "yes")])
def test_perturbed_weights_move_the_estimates(model, outcome):
    """A family that swallowed its weights would give the same numbers twice."""
    schools = data("apistrat")
    rng = np.random.default_rng(7)
    schools["other"] = schools["pw"] * rng.uniform(0.5, 2, len(schools))
    one = model(Design(weight="pw").on(schools), outcome, ["ell", "meals"])
    two = model(Design(weight="other").on(schools), outcome, ["ell", "meals"])
    assert (np.abs(one.values - two.values) > 1e-4 * one.std_error).all()
    assert (np.abs(one.std_error / two.std_error - 1) > 1e-4).all()
