"""Designs: what they refuse, how domains keep them, what their degrees of freedom are."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.r_survey import agrees, api, data, other
from stemcareers.errors import Problem
from stemcareers.inference import Design, linear, mean, total


def schools(**columns) -> pd.DataFrame:
    """Eight schools in two strata of two districts each, unless a column says otherwise."""
    frame = {
        "weight": [2.0, 2, 2, 2, 3, 3, 3, 3],
        "stratum": ["a"] * 4 + ["b"] * 4,
        "district": [1, 1, 2, 2, 3, 3, 4, 4],
        "districts": [10] * 4 + [20] * 4,
        "y": [1.0, 2, 3, 5, 8, 13, 21, 34],
    }
    return pd.DataFrame(frame | columns)


FULL = Design(weight="weight", strata="stratum", clusters="district", fpc="districts")


def refused(call) -> str:
    with pytest.raises(Problem) as problem:
        call()
    return str(problem.value)


# --- descriptions --------------------------------------------------------------------------------------------


def test_one_name_is_as_good_as_a_list_of_one():
    assert Design(strata="stratum") == Design(strata=["stratum"]) == Design(strata=("stratum",))
    assert FULL.columns == ("weight", "stratum", "district", "districts")


def test_contradictions_are_told_at_once():
    assert refused(lambda: Design(clusters=("a", "b", "c"), fpc="n", nest=True, lonely="avrage")) == (
        "design: 4 problems\n"
        "  lonely: 'avrage' is not known; did you mean 'average'? (fail, adjust, average, certainty, remove)\n"
        "  clusters: 3 stages are named; give one or two\n"
        "  fpc: 1 named for 3 stages of clusters. Give one column for each stage, or name fewer stages\n"
        "  nest: says that cluster ids repeat across strata, so it needs strata and clusters"
    )
    assert refused(lambda: Design(strata_within="x")) == (
        "design: 1 problem\n  strata_within: needs a second stage of clusters"
    )


# --- frames that do not fit ----------------------------------------------------------------------------------


def test_columns_that_are_not_there():
    assert refused(lambda: Design(weight="wieght", strata="region").on(schools())) == (
        "frame: 2 problems\n  'wieght' is not a column; did you mean 'weight'?\n  'region' is not a column"
    )


def test_weights_that_are_no_weights():
    frame = schools(weight=[np.nan, np.inf, -1.0, 0, 0, 3, 3, 3])
    assert refused(lambda: FULL.on(frame)) == (
        "design: 4 problems\n"
        "  weight 'weight': missing in 1 of 8 rows. Leave out rows that were never in the sample\n"
        "  weight 'weight': not finite in 1 of 8 rows\n"
        "  weight 'weight': negative in 1 of 8 rows. Calibrate with a lower bound\n"
        "  weight 'weight': zero in 2 of 8 rows. Leave out rows that stand for nobody; "
        "put rows that are in the sample but not studied outside the domain"
    )
    assert refused(lambda: Design(weight="stratum").on(schools())).startswith("column 'stratum': 1 problem")


def test_strata_and_clusters_that_are_missing():
    frame = schools(stratum=["a", None, "a", "a", "b", "b", "b", None], district=[1, 1, 2, 2, 3, 3, 4, np.nan])
    assert refused(lambda: FULL.on(frame)) == (
        "design: 2 problems\n"
        "  strata 'stratum': missing in 2 of 8 rows. "
        "Every row was drawn from somewhere: fill it in, or leave out rows never in the sample\n"
        "  clusters 'district': missing in 1 of 8 rows. "
        "Every row was drawn from somewhere: fill it in, or leave out rows never in the sample"
    )


def test_a_cluster_in_two_strata_unless_ids_start_again():
    frame = schools(district=[1, 1, 2, 2, 1, 1, 2, 2])
    assert refused(lambda: FULL.on(frame)) == (
        "design: 1 problem\n"
        "  clusters 'district': 2 of 2 lie in two or more strata (stratum). If ids start again in every stratum "
        "say nest=True; otherwise the strata or the clusters are wrong"
    )
    nested = Design(weight="weight", strata="stratum", clusters="district", fpc="districts", nest=True).on(frame)
    agrees(mean(nested, "y").std_error, mean(FULL.on(schools()), "y").std_error)


def test_population_sizes_that_cannot_be():
    assert refused(lambda: FULL.on(schools(districts=[1.5] * 4 + [20] * 4))) == (
        "design: 1 problem\n"
        "  fpc 'districts': smaller than the sample in 1 of 2 strata (first: a, 2 drawn of 1.5). "
        "It counts what the stage drew from: schools at a stage of schools, not pupils"
    )
    assert refused(lambda: FULL.on(schools(districts=[10] * 4 + [20, 20, 20, 30]))) == (
        "design: 1 problem\n"
        "  fpc 'districts': differs between the rows of 1 of 2 strata (first: b). It is one number for each stratum"
    )
    assert refused(lambda: FULL.on(schools(districts=[0.1] * 4 + [20] * 4))) == (
        "design: 1 problem\n"
        "  fpc 'districts': 4 values below 1 and 4 above. "
        "Give population sizes at every stage, or shares drawn at every stage"
    )
    assert refused(lambda: FULL.on(schools(districts=[np.nan] * 4 + [-1] * 4))) == (
        "design: 2 problems\n"
        "  fpc 'districts': missing in 4 of 8 rows. Give inf where no correction is wanted\n"
        "  fpc 'districts': negative in 4 of 8 rows"
    )


def test_an_empty_frame():
    assert refused(lambda: FULL.on(schools().iloc[:0])) == "design: 1 problem\n  the frame has no rows"


def test_one_cluster_in_all():
    design = Design(clusters="district", lonely="certainty")
    assert refused(lambda: design.on(schools(district=1))) == (
        "design: 1 problem\n  there is one cluster in all, so nothing shows how clusters vary"
    )


def test_one_cluster_tells_nothing_of_its_stratum():
    frame = schools(district=[1, 1, 1, 1, 2, 2, 3, 3])
    survey = FULL.on(frame)
    assert refused(lambda: mean(survey, "y")) == (
        "design: 1 problem\n"
        "  1 stratum has only one cluster: a. One cluster shows no variance within its stratum. "
        "Merge strata, or say what such a stratum brings: lonely = adjust, average, certainty, remove."
    )
    # It does no harm where no row of it is in use: the strata that are have two clusters.
    assert mean(survey.domain(frame["stratum"] == "b"), "y").std_error[0] > 0


def test_no_variance_to_average_over():
    frame = schools(district=[1, 1, 1, 1, 2, 2, 2, 2])
    design = Design(weight="weight", strata="stratum", clusters="district", lonely="average")
    assert refused(lambda: mean(design.on(frame), "y")).startswith(
        "design: 1 problem\n  every stratum has one cluster, so there is no variance to average over"
    )


# --- what is the same design ---------------------------------------------------------------------------------


def test_population_sizes_and_shares_drawn_say_the_same():
    by_size = FULL.on(schools())
    by_share = FULL.on(schools(districts=[0.2] * 4 + [0.1] * 4))
    agrees(total(by_share, "y").covariance, total(by_size, "y").covariance)


def test_infinite_population_is_no_correction():
    without = Design(weight="weight", strata="stratum", clusters="district").on(schools())
    infinite = FULL.on(schools(districts=[np.inf] * 8))
    agrees(total(infinite, "y").covariance, total(without, "y").covariance)


def test_a_census_of_a_stratum_brings_no_variance_and_may_be_of_one_cluster():
    frame = schools(district=[1, 1, 1, 1, 2, 2, 3, 3], districts=[1] * 4 + [20] * 4)
    only_b = total(FULL.on(frame).domain(frame["stratum"] == "b"), "y")
    agrees(total(FULL.on(frame), "y").covariance, only_b.covariance)


def test_by_hand():
    """Two strata of two districts: (1 - f) 2 / (2 - 1) sum of squared deviations of weighted district totals."""
    weighted = np.array([2 * 3, 2 * 8, 3 * 21, 3 * 55.0])
    expected = 0.8 * 2 * ((weighted[:2] - 11) ** 2).sum() + 0.9 * 2 * ((weighted[2:] - 114) ** 2).sum()
    ours = total(FULL.on(schools()), "y")
    assert ours.values[0] == weighted.sum()
    agrees(ours.covariance, [[expected]])
    assert (ours.df[0], ours.n_clusters[0], ours.n[0]) == (2, 4, 8)


def test_no_weight_and_no_fpc_weigh_all_alike():
    assert Design().on(schools()).weights.tolist() == [1.0] * 8


def test_weights_follow_from_population_sizes():
    agrees(Design(strata="stratum", clusters="district", fpc="districts").on(schools()).weights, [5.0] * 4 + [10.0] * 4)
    text = refused(lambda: Design(strata="stratum", fpc="districts").on(schools(districts=np.inf)))
    assert "an infinite fpc implies none" in text


def test_several_strata_are_crossed():
    survey = other("crossed")
    assert survey.n_strata == 6
    assert survey.df == 194


# --- domains -------------------------------------------------------------------------------------------------


def test_a_domain_keeps_the_design_and_dropping_rows_does_not():
    whole, h = api("dclus1"), lambda frame: frame["stype"] == "H"
    domain = mean(whole.domain(h), "api00")
    dropped = mean(whole.design.on(whole.frame[h(whole.frame)]), "api00")
    agrees(domain.values, dropped.values)
    assert domain.std_error[0] != pytest.approx(dropped.std_error[0], rel=1e-3)


def test_rows_of_the_frame_are_used_or_left_out_for_a_reason():
    survey = api("dstrat").domain(lambda frame: frame["stype"] != "E").domain("yes", reason="not school-wide")
    model = linear(survey, "score", ["acs.core", "meals"])
    assert list(model.left_out) == ["outside the domain", "not school-wide", "missing score", "missing acs.core"]
    assert model.n_used + sum(model.left_out.values()) == model.n_rows == 200


def test_degrees_of_freedom_count_clusters_and_strata_in_use():
    frame = schools()
    survey = FULL.on(frame)
    assert (survey.n_clusters, survey.n_strata, survey.df) == (4, 2, 2)
    part = survey.domain(frame["district"] <= 3)
    assert (part.n_clusters, part.n_strata, part.df) == (3, 2, 1)


def test_masks_of_every_kind():
    frame = schools().assign(big=lambda f: f["y"] > 4)
    survey = FULL.on(frame)
    for mask in (frame["big"], frame["big"].to_numpy(), "big", lambda f: f["big"], frame["big"].astype("boolean")):
        assert survey.domain(mask).n == 5


def test_masks_that_would_take_a_guess():
    frame = schools()
    survey = FULL.on(frame)
    shuffled = (frame["y"] > 4).sample(frac=1, random_state=1)
    assert refused(lambda: survey.domain(shuffled)) == (
        "domain: 1 problem\n  the mask's index is not the frame's, so rows would be picked by position"
    )
    assert refused(lambda: survey.domain(np.ones(3, dtype=bool))) == (
        "domain: 1 problem\n  the mask has shape (3,), the frame 8 rows"
    )
    assert refused(lambda: survey.domain(frame["y"])) == (
        "domain: 1 problem\n  the mask holds something other than true and false"
    )
    gaps = (frame["y"] > 4).astype("boolean").where(frame["y"] != 8)
    assert refused(lambda: survey.domain(gaps)) == "domain: 1 problem\n  the mask is missing in 1 of 8 rows"


def test_a_domain_of_a_domain_is_the_domain_of_both():
    survey = api("dstrat_psu")
    one = survey.domain(lambda f: f["meals"] > 30).domain(lambda f: f["ell"] < 60)
    both = survey.domain(lambda f: (f["meals"] > 30) & (f["ell"] < 60))
    assert (one.rows == both.rows).all()


def test_the_frame_is_not_changed():
    frame = data("apiclus2")
    before = frame.copy()
    survey = Design(weight="pw", clusters=("dnum", "snum"), fpc=("fpc1", "fpc2")).on(frame)
    linear(survey, "api00", ["ell", "stype"])
    pd.testing.assert_frame_equal(frame, before)
