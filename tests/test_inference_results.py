"""Results: looking up, contrasts, tables, and what the package costs to import."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import stemcareers.inference
from reference.r_survey import agrees, api
from stemcareers.errors import Problem
from stemcareers.inference import linear, mean, quantile, share
from stemcareers.inference.distributions import f_upper, t_quantile, t_two_sided


def refused(call) -> str:
    with pytest.raises(Problem) as problem:
        call()
    return str(problem.value)


def test_a_table_of_everything():
    table = mean(api("dstrat"), ["api00", "api99"], by=["stype", "sch.wide"]).to_frame(level=0.9)
    assert list(table.columns) == [
        "quantity", "term", "level", "stype", "sch.wide", "estimate", "std_error", "ci_low", "ci_high", "df", "p_value",
        "n", "n_clusters",
    ]  # fmt: skip
    assert len(table) == 2 * 6
    assert table.loc[2, ["term", "stype", "sch.wide"]].tolist() == ["api00", "E", "Yes"]
    reach = t_quantile(0.95, table["df"]) * table["std_error"]
    agrees(table["ci_high"] - table["estimate"], reach)


def test_looking_up():
    ours = mean(api("dstrat"), ["api00", "api99"], by="stype")
    assert ours.position(("api99", "", "H")) == 3
    assert ours.where(stype="H").values.tolist() == ours.values[2:4].tolist()
    assert ours.pick([("api00", "", "M")]).groups == ((("stype", "M"),),)
    assert refused(lambda: ours.position("api00")) == (
        "mean 'api00': 1 problem\n  is 3 estimates; name the group as well"
    )
    assert refused(lambda: ours.position(("api0", "", "E"))) == (
        "mean 'api0 E': 1 problem\n  is not among the estimates; did you mean 'api00'?"
    )
    assert refused(lambda: ours.where(stype="X")) == "mean: 1 problem\n  no group has stype = X"


def test_contrasts_within_a_group_keep_its_degrees_of_freedom():
    survey = api("dstrat")
    ours = mean(survey, ["api00", "api99"], by="stype")
    within = ours.contrast({("api00", "", "H"): 1, ("api99", "", "H"): -1})
    between = ours.contrast({("api00", "", "E"): 1, ("api00", "", "H"): -1})
    assert (within.df[0], within.n[0]) == (49, 50)
    assert (between.df[0], between.n[0]) == (197, 200)
    # Groups that are strata are independent.
    agrees(between.std_error[0] ** 2, ours.where(stype="E").std_error[0] ** 2 + ours.where(stype="H").std_error[0] ** 2)


def test_several_contrasts_bring_their_covariance():
    ours = mean(api("dclus1"), ["api00", "api99"])
    matrix = np.array([[1, -1], [0.5, 0.5]])
    both = ours.contrasts(matrix, [("change", ""), ("average", "")])
    agrees(both.covariance, matrix @ ours.covariance @ matrix.T)
    assert both.names == (("change", ""), ("average", ""))


def test_a_part_of_a_quantile_result_keeps_its_intervals():
    whole = quantile(api("dclus1"), ["api00", "api99"], by="sch.wide")
    part = whole.where(**{"sch.wide": "Yes"}).pick([("api99", "0.5")])
    place = whole.position(("api99", "0.5", "Yes"))
    agrees(np.ravel(part.interval(0.9)), np.array(whole.interval(0.9))[:, place])


def test_an_interval_is_wider_at_a_higher_level_and_contains_the_estimate():
    for ours in (mean(api("dclus1"), "api00"), share(api("dclus1"), "stype"), quantile(api("dclus1"), "api00")):
        low, high = ours.interval(0.8)
        lower, higher = ours.interval(0.99)
        assert (lower <= low).all() and (low <= ours.values).all() and (ours.values <= high).all()
        assert (high <= higher).all()


def test_design_effects_of_a_model_are_not_defined():
    assert refused(lambda: linear(api("dstrat"), "api00", ["ell"]).design_effect()) == (
        "design effect of a coefficient: 1 problem\n  is not defined: means, shares, totals and ratios have one"
    )


def test_student_and_f_far_in_the_tails():
    # R 4.2.2: qt(0.975, 14), qt(0.995, 3.7), qnorm(0.975), 2 * pt(-40, 14)
    agrees(t_quantile(0.975, 14), 2.1447866879178039, relative=1e-12)
    agrees(t_quantile(0.995, 3.7), 4.8692522532278284, relative=1e-12)
    agrees(t_quantile(0.975, np.inf), 1.959963984540054, relative=1e-12)
    agrees(t_two_sided(40.0, 14.0), 7.7687908002285042e-16, relative=1e-12)
    agrees(t_two_sided(np.array([0.0, 1.0]), np.inf), [1.0, 0.317310507862914])
    assert np.isnan(t_quantile(0.975, 0)) and np.isnan(t_two_sided(1.0, 0)) and np.isnan(f_upper(1.0, 2, 0))
    assert f_upper(0.0, 2, 10) == 1.0


def test_importing_the_package_imports_nothing_heavy():
    code = (
        "import sys, stemcareers.inference; print([m for m in ('numpy', 'pandas', 'statsmodels') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_using_it_imports_neither_statsmodels_nor_scipy_stats():
    code = (
        "import sys, pandas as pd; from stemcareers.inference import *;"
        "f = pd.DataFrame({'x': range(40), 'y': [0, 1] * 20}); s = Design().on(f); mean(s, 'x').to_frame();"
        "logit(s, 'y', ['x']).p_values; linear(s, 'x', ['y']).to_frame();"
        "print([m for m in ('statsmodels', 'scipy.stats', 'scipy.optimize') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_every_public_name_is_there():
    for name in stemcareers.inference.__all__:
        assert callable(getattr(stemcareers.inference, name)), name
    assert not hasattr(stemcareers.inference, "median")
