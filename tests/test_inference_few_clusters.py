"""CR2 errors with their degrees of freedom, against R's clubSandwich."""

from __future__ import annotations

import numpy as np
import pytest
from reference.r_families import r, same, schools, survey
from reference.r_survey import agrees
from stemcareers.errors import Problem
from stemcareers.inference import (
    Design,
    bias_reduced,
    linear,
    logit,
    mean,
    poisson,
    post_stratify,
    wald,
    wald_bias_reduced,
)

ONE = Design(clusters="dnum")
WEIGHTED = Design(weight="pw", clusters="dnum")
TERMS = ["ell", "meals", "stype"]


def uneven():
    """Weights that differ within clusters, so that weighting matters."""
    frame = schools("apiclus2")
    return frame.assign(pw=frame["pw"] * (1 + frame["snum"] % 3))


def test_linear():
    same(bias_reduced(linear(ONE.on(schools("apiclus1")), "api00", TERMS)), r("cr2", "clus1"), 1e-10)


def test_linear_weighted():
    same(bias_reduced(linear(WEIGHTED.on(uneven()), "api00", TERMS)), r("cr2", "clus2_weighted"), 1e-10)


def test_a_term_that_lives_in_one_cluster():
    frame = schools("apiclus1")
    frame["own"] = (frame["dnum"] == frame["dnum"].iloc[0]).astype(float)
    same(bias_reduced(linear(ONE.on(frame), "api00", ["meals", "own"])), r("cr2", "clus1_dummy"), 1e-10)


@pytest.mark.parametrize("key, weighted", [("logit", False), ("logit_weighted", True)])
def test_logit(key, weighted):
    used = WEIGHTED.on(uneven()) if weighted else ONE.on(schools("apiclus1"))
    same(bias_reduced(logit(used, "yes", ["ell", "meals"], tolerance=1e-14)), r("cr2", key), 1e-6)


@pytest.mark.parametrize("key, weighted", [("clus1_htz", False), ("clus2_htz", True)])
def test_whole_terms(key, weighted):
    model = linear(WEIGHTED.on(uneven()) if weighted else ONE.on(schools("apiclus1")), "api00", TERMS)
    ours, theirs = wald_bias_reduced(model, "stype"), r("cr2", key)
    agrees([ours.statistic, ours.ddf, ours.p_value], [theirs["statistic"], theirs["ddf"], theirs["p_value"]], 1e-9)
    assert ours.df == 2
    again = wald_bias_reduced(bias_reduced(model), "stype")
    assert again == ours


def test_one_coefficient_is_its_own_t_test():
    model = linear(ONE.on(schools("apiclus1")), "api00", TERMS)
    test, coefficient = wald_bias_reduced(model, "ell"), bias_reduced(model).pick(["ell"])
    agrees([test.ddf, test.p_value], [coefficient.df[0], coefficient.p_values[0]], 1e-9)
    agrees(test.statistic, coefficient.t_values[0] ** 2, 1e-9)


def test_single_rows_as_clusters_are_hc2():
    """Without clusters, CR2 is the textbook's HC2: squared residuals over one minus their leverage."""
    frame = schools("apistrat")
    ours = bias_reduced(linear(Design().on(frame), "api00", ["ell", "meals"]))
    x = np.column_stack([np.ones(len(frame)), frame["ell"], frame["meals"]])
    inverse = np.linalg.inv(x.T @ x)
    residual = frame["api00"] - x @ (inverse @ x.T @ frame["api00"])
    leverage = np.einsum("ij,jk,ik->i", x, inverse, x)
    meat = (x * (residual**2 / (1 - leverage)).to_numpy()[:, None]).T @ x
    agrees(ours.covariance, inverse @ meat @ inverse, 1e-8)


def test_units_do_not_matter():
    frame = schools("apiclus1")
    one = bias_reduced(linear(ONE.on(frame), "api00", TERMS))
    two = bias_reduced(linear(ONE.on(frame.assign(meals=frame["meals"] * 1e6)), "api00", TERMS))
    agrees(two.df, one.df, 1e-9)
    agrees(two.p_values, one.p_values, 1e-8)


def test_facts_say_so():
    model = linear(survey("nested").design.on(schools("apistrat")), "api00", ["meals"])
    assert model.facts.variance_method == "linearised"
    clustered = bias_reduced(linear(ONE.on(schools("apiclus1")), "api00", ["meals"]))
    assert clustered.facts.variance_method == "CR2"
    assert clustered.n_clusters[0] == 15 and clustered.design_df == 13
    assert (clustered.df < 13).all()


def refused(fit) -> str:
    with pytest.raises(Problem) as caught:
        fit()
    return str(caught.value)


def test_refusals():
    frame = schools("apiclus1")
    fit = lambda used: linear(used, "api00", ["meals"])  # noqa: E731
    assert "cannot honour strata:" in refused(lambda: bias_reduced(fit(survey("nested"))))
    assert "cannot honour fpc, strata:" in refused(lambda: bias_reduced(fit(survey("dstrat"))))
    assert "cannot honour fpc:" in refused(lambda: bias_reduced(fit(survey("dclus1"))))
    jackknifed = WEIGHTED.on(frame).replicated("JK1")
    assert "cannot honour replicate weights:" in refused(lambda: bias_reduced(fit(jackknifed)))
    posted = post_stratify(WEIGHTED.on(frame), "stype", {"E": 4421, "H": 755, "M": 1018})
    assert "cannot honour calibrated weights:" in refused(lambda: bias_reduced(fit(posted)))
    used = ONE.on(frame)
    assert "all the coefficients of a linear or logit model" in refused(lambda: bias_reduced(mean(used, "api00")))
    assert "linear or logit" in refused(lambda: bias_reduced(poisson(used, "count", ["meals"])))
    assert "all the coefficients" in refused(lambda: bias_reduced(fit(used).pick(["meals"])))
    assert "'meal' is not in the model" in refused(lambda: wald_bias_reduced(fit(used), "meal"))
    assert "use wald_bias_reduced" in refused(lambda: wald(bias_reduced(fit(used)), "meals"))
