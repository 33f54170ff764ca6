"""Estimates without each cluster, against models fitted without it."""

from __future__ import annotations

import numpy as np
import pytest
from reference.r_families import MODELS, schools, survey
from reference.r_survey import agrees
from stemcareers.errors import Problem
from stemcareers.inference import Design, influence_of_clusters, linear, logit, mean, ordered_logit

DISTRICTS = Design(weight="pw", clusters="dnum").on(schools("apiclus1"))
FITS = {
    **{name: MODELS[name] for name in ("poisson", "poisson_rate", "fractional", "negative_binomial", "multinomial")},
    "linear": lambda s: linear(s, "api00", ["ell", "meals"]),
    "no intercept": lambda s: linear(s, "api00", ["ell", "meals"], intercept=False),
    "logit": lambda s: logit(s, "yes", ["ell", "meals"], tolerance=1e-14),
    "ordered": lambda s: ordered_logit(s, "band", ["meals", "stype"], fewest_df=1),
}


@pytest.mark.parametrize("family", FITS)
def test_is_the_model_fitted_without_the_cluster(family):
    whole = FITS[family](DISTRICTS)
    ours = influence_of_clusters(whole)
    clusters = DISTRICTS.frame["dnum"].unique()
    assert ours["cluster"].unique().tolist() == clusters.tolist() and len(ours) == len(clusters) * len(whole)
    for cluster in clusters[[0, 4, 9]]:
        part = DISTRICTS.domain(DISTRICTS.frame["dnum"] != cluster)
        without, rows = FITS[family](part), ours[ours["cluster"] == cluster]
        agrees(rows["estimate"], without.values, 1e-5 if family in ("poisson", "poisson_rate", "fractional") else 1e-8)
        agrees(rows["change"], rows["estimate"] - whole.values)
        agrees(rows["change_in_errors"], rows["change"] / whole.std_error)
        assert rows["term"].tolist() == [term for term, _ in whole.names]
        assert rows["n"].iloc[0] == whole.n_used - without.n_used


def test_equations_of_a_multinomial_model_have_a_column():
    ours = influence_of_clusters(MODELS["multinomial"](DISTRICTS))
    assert ours.columns.tolist()[:5] == ["cluster", "n", "kind", "term", "level"]
    assert set(ours["kind"]) == {"b", "c"}


def test_only_what_is_asked_for():
    picked = linear(DISTRICTS, "api00", ["ell", "meals"]).pick(["meals"])
    ours = influence_of_clusters(picked)
    assert set(ours["term"]) == {"meals"} and len(ours) == 15


@pytest.mark.parametrize("fit", [FITS["linear"], FITS["logit"]])
def test_what_cannot_be_fitted_without_a_cluster_is_missing(fit):
    frame = schools("apiclus1")
    largest = frame["dnum"].mode()[0]
    frame["ell"] = frame["ell"].where(frame["dnum"] == largest, 0.0)
    ours = influence_of_clusters(fit(Design(clusters="dnum").on(frame)))
    gone = ours["cluster"] == largest
    assert ours.loc[gone, "estimate"].isna().all() and ours.loc[~gone, "estimate"].notna().all()


def test_a_planted_cluster_is_found():
    frame = schools("apiclus1")
    planted = frame["dnum"].mode()[0]
    frame.loc[frame["dnum"] == planted, "api00"] += 20 * frame["meals"]
    ours = influence_of_clusters(linear(Design(clusters="dnum").on(frame), "api00", ["meals"]))
    slopes = ours[ours["term"] == "meals"]
    assert slopes.loc[slopes["change_in_errors"].abs().idxmax(), "cluster"] == planted


def test_rows_without_clusters_go_by_their_index():
    frame = schools("apistrat").set_index("cds")
    ours = influence_of_clusters(linear(Design(weight="pw", strata="stype").on(frame), "api00", ["meals"]))
    assert ours["cluster"].tolist()[::2] == frame.index.tolist() and set(ours["n"]) == {1}


def test_batches_do_not_matter(monkeypatch):
    from stemcareers.inference import cluster_influence

    model = FITS["logit"](DISTRICTS)
    whole = influence_of_clusters(model)
    monkeypatch.setattr(cluster_influence, "_AT_ONCE", 400)
    np.testing.assert_allclose(influence_of_clusters(model)["estimate"], whole["estimate"], rtol=1e-9)


def test_refusals():
    with pytest.raises(Problem, match="starts from the coefficients of a model, not from means"):
        influence_of_clusters(mean(survey("nested"), "api00"))
    few = Design(clusters="half").on(schools("apistrat"))
    with pytest.raises(Problem, match="there are 2 clusters, and leaving one out needs three"):
        influence_of_clusters(linear(few, "api00", ["meals"], fewest_df=0))
