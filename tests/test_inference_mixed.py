"""Mixed models, against R's lme4, and what they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.r_survey import agrees, data, numbers
from stemcareers.errors import Problem
from stemcareers.inference import Design, Result, Term, impute, linear, mixed, pool

ITERATIVE = 2e-6  # lme4 stops its own search some 1e-7 from the maximum


def schools() -> pd.DataFrame:
    return data("mixed_schools")


MODELS = {
    "intercept": lambda: mixed(Design().on(schools()), "score", ["hours", "large", "phase"], "school"),
    "intercept_ml": lambda: mixed(Design().on(schools()), "score", ["hours", "large", "phase"], "school", method="ML"),
    "null": lambda: mixed(Design().on(schools()), "score", [], "school"),
    "slope": lambda: mixed(Design().on(schools()), "score", ["hours", "large"], "school", ["hours"]),
    "slope_ml": lambda: mixed(Design().on(schools()), "score", ["hours", "large"], "school", ["hours"], method="ML"),
    "missing": lambda: mixed(Design().on(schools()), "score", ["late"], "school"),
    "api": lambda: mixed(Design().on(data("apiclus2")), "api00", ["ell", "meals"], "dnum"),
    "api_ml": lambda: mixed(Design().on(data("apiclus2")), "api00", ["ell", "meals"], "dnum", method="ML"),
    "sleep": lambda: mixed(Design().on(data("mixed_sleep")), "Reaction", ["Days"], "Subject", ["Days"]),
    "uncorrelated": lambda: mixed(
        Design().on(schools()), "score", ["hours", "large"], "school", ["hours"], correlated=False
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_as_lme4(name):
    ours, r = MODELS[name](), numbers("mixed")[name]
    agrees(ours.values, np.atleast_1d(r["values"]), ITERATIVE)
    agrees(ours.covariance, r["covariance"], ITERATIVE)
    agrees([part.value for part in ours.components], r["components"], ITERATIVE)
    agrees(ours.facts.log_likelihood, r["log_likelihood"])
    assert (ours.n_used, ours.n_clusters_used) == (r["n"], r["groups"])
    assert ours.n_rows == ours.n_used + sum(ours.left_out.values())
    assert ours.remarks == ()


def test_statsmodels_has_the_same_maximum():
    lm = pytest.importorskip("statsmodels.regression.mixed_linear_model")
    frame = schools()
    x = np.column_stack([np.ones(len(frame)), frame["hours"], frame["large"]])
    theirs = lm.MixedLM(frame["score"].to_numpy(), x, frame["school"], exog_re=x[:, :2]).fit(gtol=1e-9)
    ours = MODELS["slope"]()
    agrees(ours.values, theirs.fe_params, 1e-5)
    agrees([part.value for part in ours.components[:3]], np.asarray(theirs.cov_re)[[0, 1, 0], [0, 1, 1]], 1e-5)
    agrees(ours.facts.log_likelihood, theirs.llf, 1e-9)


def test_degrees_of_freedom_tell_groups_from_rows():
    """nlme's, but for the intercept, which it counts among what varies within groups."""
    ours = MODELS["intercept"]()
    assert ours.df.tolist() == [56, 356, 56, 56, 56]
    assert ours.df[1:].tolist() == numbers("mixed")["df"][1:]
    assert MODELS["slope"]().df.tolist() == [58, 58, 58]


def test_intraclass_correlation():
    ours = MODELS["null"]()
    between, within = (part.value for part in ours.components)
    assert ours.icc == pytest.approx(between / (between + within))
    slope = MODELS["slope"]()
    table = slope.components_frame()
    assert table["kind"].tolist() == ["variance", "variance", "covariance", "residual"]
    v0, v1, c, rest = table["value"]
    hours = schools()["hours"]
    each = v0 + 2 * hours * c + hours**2 * v1
    assert slope.icc == pytest.approx(each.mean() / (each.mean() + rest))
    assert table["sd_or_correlation"].tolist() == pytest.approx([v0**0.5, v1**0.5, c / (v0 * v1) ** 0.5, rest**0.5])


def test_units_row_order_and_names_do_not_matter():
    frame = schools()
    other = frame.sample(frac=1, random_state=2)
    other["school"] = "s" + other["school"].astype(str)
    other["hours"] *= 1e-3
    other["score"] = other["score"] * 1e4 + 1e6
    ours = mixed(Design().on(other), "score", ["hours", "large"], "school", ["hours"])
    plain = MODELS["slope"]()
    agrees(ours.values[1:] / [1e7, 1e4], plain.values[1:], 1e-6)
    agrees(ours.t_values[1:], plain.t_values[1:], 1e-6)
    agrees(ours.icc, plain.icc, 1e-6)


def test_it_is_a_result_like_any_other():
    ours = MODELS["intercept"]()
    assert isinstance(ours, Result)
    assert ours.facts.weighted is False
    assert ours.facts.variance_method == "model, REML"
    change = ours.contrast({("phase", "b"): 1, ("phase", "c"): -1})
    assert change.values[0] == pytest.approx(ours.values[3] - ours.values[4])
    assert ours.to_frame()["n_clusters"].tolist() == [60] * 5


def test_pooled_over_imputations():
    survey = Design().on(schools())
    imputed = impute(survey, {"late": "numeric"}, ["score", "large", Term("phase")], m=3, seed=1)
    pooled = pool(imputed, lambda s: mixed(s, "score", ["late"], "school"))
    assert type(pooled.result) is Result
    assert pooled.result.n_used == 417
    assert pooled.complete_case.n_used == 380


def test_no_variance_between_groups_is_told():
    frame = schools()
    rng = np.random.default_rng(3)
    frame["noise"] = rng.normal(size=len(frame))
    frame["noise"] -= frame.groupby("school")["noise"].transform("mean")
    ours = mixed(Design().on(frame), "noise", ["hours"], "school")
    assert ours.components[0].value == 0
    assert ours.icc == 0
    assert ours.remarks == (
        "intercept: varies no more between groups (school) than chance would have it; its variance is 0",
    )
    flat = linear(Design().on(frame), "noise", ["hours"], errors="classical")
    agrees(ours.values, flat.values, 1e-7)
    agrees(ours.std_error, flat.std_error, 1e-7)


def test_few_groups_are_told():
    frame = schools().query("school <= 8 and school > 2")
    ours = mixed(Design().on(frame), "score", ["hours"], "school", fewest_df=3)
    assert ours.remarks == (
        "6 groups say little of how much groups vary: a variance from so few is hardly an estimate",
    )


def test_thousands_of_groups():
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(3000), 4)
    frame = pd.DataFrame({"group": group, "x": rng.normal(size=12_000)})
    frame["y"] = 2 + 0.5 * frame["x"] + rng.normal(size=3000)[group] * 0.7 + rng.normal(size=12_000)
    ours = mixed(Design().on(frame), "y", ["x"], "group")
    np.testing.assert_allclose(ours.values, [2, 0.5], atol=0.06)
    assert ours.components[0].value == pytest.approx(0.49, abs=0.06)


# --- refused -------------------------------------------------------------------------------------------------


def refused(call) -> str:
    with pytest.raises(Problem) as problem:
        call()
    return str(problem.value)


END = "Say no_design=True to describe these rows as they are, or use an estimator that honours the design"


def test_a_design_is_not_ignored():
    design = Design(weight="pw", strata="stype", clusters="dnum", fpc="fpc", nest=True)
    frame = data("apistrat").assign(pw=lambda f: f["pw"] + f["half"])
    assert refused(lambda: mixed(design.on(frame), "api00", ["ell"], "cnum")) == (
        "mixed model of api00: 4 problems\n"
        "  weights differ between rows, and a mixed model has no place for one weight a row: it would need the group's "
        f"and the row's within it, apart and rescaled (Rabe-Hesketh & Skrondal, 2006). {END}\n"
        f"  strata (stype) are not part of the model. {END}\n"
        f"  fpc (fpc) is not part of the model, which describes an endless population. {END}\n"
        f"  clusters (dnum) are not the groups (cnum). {END}"
    )
    ours = mixed(design.on(frame), "api00", ["ell"], "cnum", no_design=True)
    agrees(ours.values, mixed(Design().on(frame), "api00", ["ell"], "cnum").values)
    replicated = Design(clusters="dnum").on(data("apiclus1")).replicated("JK1")
    assert "replicate weights give no errors here" in refused(lambda: mixed(replicated, "api00", ["ell"], "dnum"))


def test_equal_weights_and_clusters_that_are_the_groups_are_honoured():
    frame = data("apiclus2").assign(one=1.0)
    ours = mixed(Design(weight="one", clusters="dnum").on(frame), "api00", ["ell", "meals"], "dnum")
    agrees(ours.values, numbers("mixed")["api"]["values"], ITERATIVE)


def test_what_cannot_be_fitted():
    survey = Design().on(schools())
    assert refused(lambda: mixed(survey, "score", ["large", "school"], "school", ["hours"], method="reml")) == (
        "mixed model of score: 3 problems\n"
        "  method is REML or ML, not 'reml'\n"
        "  school names the groups and is a term as well\n"
        "  the slope of hours varies around a fixed one: add hours to the terms"
    )
    alone = schools().assign(one=lambda f: np.arange(len(f)))
    assert refused(lambda: mixed(Design().on(alone), "score", ["hours"], "one")) == (
        "mixed model of score: 1 problem\n"
        "  one has 417 groups of 1 rows at most: what varies between groups cannot be told from what varies within. "
        "It takes three groups, and rows that share one"
    )
    assert refused(lambda: mixed(survey, "score", ["large", "phase"], "phase")) == (
        "mixed model of score: 1 problem\n  phase names the groups and is a term as well"
    )
    few = schools().query("school < 9")
    assert refused(lambda: mixed(Design().on(few), "score", ["large"], "school")) == (
        "mixed model of score: 1 problem\n"
        "  6 residual degrees of freedom are left among 8 groups; at least 10 are needed. "
        "Use fewer terms that are constant within groups, or compare the groups by indicators"
    )
    exact = schools().assign(twice=lambda f: 2 * f["hours"] + 1)
    assert "the terms give every outcome exactly" in refused(
        lambda: mixed(Design().on(exact), "twice", ["hours"], "school")
    )
    same = schools().assign(same=1.0)
    assert "the outcome same is 1 in every row in use" in refused(
        lambda: mixed(Design().on(same), "same", ["hours"], "school")
    )


def test_rows_without_a_group_are_counted():
    frame = schools().assign(school=lambda f: f["school"].astype(float).mask(f.index < 5))
    ours = mixed(Design().on(frame), "score", ["late"], "school")
    assert ours.left_out == {"missing late": 37, "missing school": 5}
    assert ours.n_used == 375
