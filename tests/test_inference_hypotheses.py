"""Wald, Rao-Scott and t tests, against R's survey."""

from __future__ import annotations

import pytest
from reference.r_survey import API, agrees, api, data, numbers, other
from stemcareers.errors import Problem
from stemcareers.inference import Design, Term, difference, linear, logit, rao_scott, t_test, wald

OTHERS = [
    "two_stage",
    "two_stage_no_fpc",
    "share_drawn",
    "crossed",
    "domain_strat",
    "domain_nested",
    "domain_two_stage",
]


@pytest.mark.parametrize("name", API)
def test_api_designs(name):
    survey, r = api(name), numbers("api_r_survey")[name]

    joint = wald(linear(survey, "api00", ["ell", "meals", "mobility"]), ["ell", "meals"])
    agrees(
        [joint.statistic, joint.df, joint.ddf, joint.p_value],
        [r["waldtest_ell_meals"][k] for k in ("F", "df", "ddf", "p")],
    )

    table, expected = rao_scott(survey, "stype", "sch.wide"), r["chisq_stype_schwide_F"]
    agrees([table.statistic, table.df, table.ddf, table.p_value], [expected[k] for k in ("F", "ndf", "ddf", "p")])

    means, expected = t_test(survey, "api00", "sch.wide"), r["ttest_api00_by_schwide"]
    agrees([means.statistic, means.df, means.p_value, means.difference], [expected[k] for k in ("t", "df", "p", "est")])


@pytest.mark.parametrize("name", OTHERS)
def test_other_designs(name):
    survey, r = other(name), numbers("designs")[name]

    joint = wald(linear(survey, "api00", ["ell", "meals", "stype"]), "stype")
    agrees([joint.statistic, joint.df, joint.ddf, joint.p_value], list(r["wald"].values()))

    tables = {"independence": ("stype", "yes"), "independence_missing": ("half", "aware")}
    if name == "crossed":
        with pytest.raises(Problem, match="fixed by the strata"):
            rao_scott(survey, *tables.pop("independence"))
    for key, columns in tables.items():
        ours, expected = rao_scott(survey, *columns), r[key]
        agrees([ours.statistic, ours.df, ours.ddf], [expected["statistic"], *expected["parameter"]])
        agrees(ours.p_value, expected["p_value"])

    for key, columns in (("t_test", ("api00", "yes")), ("t_test_missing", ("score", "half"))):
        ours, expected = t_test(survey, *columns), r[key]
        agrees([ours.statistic, ours.df, ours.p_value], [expected[k] for k in ("statistic", "parameter", "p_value")])


def test_wald_of_one_coefficient_is_the_square_of_its_t():
    model = logit(api("dstrat"), "yes", ["ell", "meals"])
    ours = wald(model, ["meals"])
    agrees(ours.statistic, model.t_values[2] ** 2)
    agrees(ours.p_value, model.p_values[2])


def test_wald_of_one_level():
    model = linear(api("dstrat"), "api00", ["stype", "meals"])
    agrees(wald(model, [("stype", "M")]).statistic, model.t_values[2] ** 2)
    assert wald(model, "stype").df == 2


def test_wald_does_not_depend_on_the_reference_level():
    survey = api("dclus1")
    one = wald(linear(survey, "api00", ["stype", "ell"]), "stype")
    two = wald(linear(survey, "api00", [Term("stype", reference="M"), "ell"]), "stype")
    agrees(one.statistic, two.statistic)


def test_wald_of_a_term_that_is_not_in_the_model():
    with pytest.raises(Problem) as problem:
        wald(linear(api("dstrat"), "api00", ["ell", "meals"]), ["ell", "stype"])
    assert str(problem.value) == "Wald test: 1 problem\n  'stype' is not in the model"


def test_t_test_and_difference_differ_in_degrees_of_freedom_only():
    survey = api("dclus1")
    ours, means = t_test(survey, "api00", "sch.wide"), difference(survey, "api00", "sch.wide", ["Yes", "No"])
    agrees(ours.difference, means.values[0])
    agrees(ours.std_error, means.std_error[0])
    assert ours.df == means.df[0] - 1


def test_t_test_needs_two_groups():
    with pytest.raises(Problem) as problem:
        t_test(api("dstrat"), "api00", "stype")
    assert str(problem.value) == "t test of api00: 1 problem\n  stype has 3 groups in use; a t test compares two"


def test_a_table_with_one_row_has_no_test():
    schools = data("apistrat").assign(same="x")
    with pytest.raises(Problem) as problem:
        rao_scott(Design(weight="pw").on(schools), "same", "stype")
    assert str(problem.value) == (
        "table of same by stype: 1 problem\n  has 1 rows and 3 columns in use; a test needs two of each or more"
    )


def test_rows_and_columns_may_change_places():
    one, two = rao_scott(api("dclus1"), "stype", "sch.wide"), rao_scott(api("dclus1"), "sch.wide", "stype")
    agrees([one.statistic, one.df, one.p_value], [two.statistic, two.df, two.p_value])
