"""Average effects and predictions, against numerical derivatives in R, and relations that must hold."""

from __future__ import annotations

import numpy as np
import pytest
from reference.r_families import MARGIN_MODELS, MODELS, r, survey
from reference.r_survey import agrees
from stemcareers.errors import Problem
from stemcareers.inference import (
    Term,
    average_effects,
    average_predictions,
    bias_reduced,
    linear,
    logit,
    mean,
    ordered_logit,
    poisson,
)

# Terms in R's order: numbers, then categories, then zeros and ones.
EFFECTS = {
    "linear": ["ell", "stype", "yes"],
    "logit": ["ell", "meals", "stype"],
    "poisson": ["meals", "stype", "yes"],
    "fractional": ["ell", "stype"],
    "ordered": ["ell", "meals", "stype"],
    "multinomial": ["ell", "meals"],
    "negative_binomial": ["meals", "stype"],
}
AT = {
    "linear": {"stype": ["E", "H", "M"]},
    "logit": {"meals": [10, 50, 90]},
    "poisson": {"stype": ["E", "H", "M"]},
    "fractional": {"ell": [0, 30]},
    "ordered": {"stype": ["E", "H", "M"]},
    "multinomial": {"meals": [10, 60]},
}
DESIGNS = ["dstrat", "nested", "dclus1"]


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("family", EFFECTS)
def test_effects(design, family):
    model, theirs = MARGIN_MODELS[family](survey(design)), r("margins", design, family, "effects")
    ours = average_effects(model, EFFECTS[family])
    agrees(ours.values, theirs["values"], 1e-7)
    agrees(ours.std_error, theirs["std_error"], 1e-6)  # as far as numerical derivatives of derivatives go
    assert set(ours.df) == {model.design_df} and set(ours.n) == {model.n_used}
    if "sampled" in theirs:
        agrees(average_effects(model, EFFECTS[family], covariates="sampled").std_error, theirs["sampled"], 1e-6)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("family", AT)
def test_predictions(design, family):
    model, theirs = MARGIN_MODELS[family](survey(design)), r("margins", design, family, "predictions")
    ours = average_predictions(model, AT[family])
    agrees(ours.values, theirs["values"], 1e-8)
    agrees(ours.std_error, theirs["std_error"], 1e-7)
    if "sampled" in theirs:
        agrees(average_predictions(model, AT[family], covariates="sampled").std_error, theirs["sampled"], 1e-9)


def test_effects_of_a_linear_model_are_its_coefficients():
    model = linear(survey("nested"), "api00", ["ell", "stype", "yes"])
    ours, slopes = average_effects(model), model.pick([("ell", ""), ("stype", "H"), ("stype", "M"), ("yes", "")])
    assert ours.names == slopes.names
    agrees(ours.values, slopes.values, 1e-12)
    agrees(ours.covariance, slopes.covariance, 1e-9)
    agrees(ours.p_values, slopes.p_values, 1e-9)


def test_predictions_of_groups_are_their_means():
    """With the covariates sampled, the average over a sample is known as well as its mean is."""
    used = survey("nested")
    model = logit(used, "yes", ["stype"], tolerance=1e-14)
    groups = mean(used, "yes", by="stype")
    ours = average_predictions(model, {"stype": ["E", "H", "M"]})
    assert ours.names == (("stype", "E"), ("stype", "H"), ("stype", "M"))
    agrees(ours.values, groups.values, 1e-10)
    agrees(ours.covariance, groups.covariance, 1e-8, absolute=1e-12)
    overall = average_predictions(model, covariates="sampled")
    agrees(
        [overall.values[0], overall.std_error[0]], [mean(used, "yes").values[0], mean(used, "yes").std_error[0]], 1e-9
    )


def test_categories_share_out_what_they_gain():
    for family in ("ordered", "multinomial"):
        model = MODELS[family](survey("nested"))
        effects = average_effects(model, "meals")
        predicted = average_predictions(model, {"meals": [20]})
        whole = effects.contrast(
            {(*name, group[0][1]): 1.0 for name, group in zip(effects.names, effects.groups, strict=True)}
        )
        assert abs(whole.values[0]) < 1e-12 and whole.std_error[0] < 1e-9
        agrees(predicted.values.sum(), 1.0, 1e-12)
    assert [group[0] for group in effects.groups] == [("kind", kind) for kind in "abc"]
    ordered = average_effects(MODELS["ordered"](survey("nested")), "stype")
    assert ordered.where(band="low").names == (("stype", "H"), ("stype", "M"))
    assert ordered.pick([("stype", "H", "high")]).values[0] < 0 < ordered.pick([("stype", "H", "low")]).values[0]


def test_several_terms_are_crossed():
    model = linear(survey("nested"), "api00", ["ell", "stype", "yes"])
    ours = average_predictions(model, {"stype": ["E", "H"], "yes": [0, 1]})
    assert ours.names == tuple(("stype x yes", f"{s} x {y}") for s in "EH" for y in (0, 1))
    agrees(ours.values[1] - ours.values[0], model.values[model.position("yes")], 1e-9)


def test_a_reference_level_changes_the_comparison():
    one = average_effects(logit(survey("nested"), "yes", ["meals", "stype"]), "stype")
    two = average_effects(logit(survey("nested"), "yes", ["meals", Term("stype", reference="H")]), "stype")
    agrees(two.pick([("stype", "E")]).values, -one.pick([("stype", "H")]).values, 1e-6)
    agrees(two.pick([("stype", "E")]).std_error, one.pick([("stype", "H")]).std_error, 1e-6)


def test_the_exposure_stays_as_it_is():
    used = survey("dstrat")
    model = poisson(used, "count", ["meals"], exposure="api.stu", tolerance=1e-14)
    # A Poisson model's expected counts add up to the counts.
    agrees(average_predictions(model).values, mean(used, "count").values, 1e-9)


@pytest.mark.parametrize("covariates", ["fixed", "sampled"])
@pytest.mark.parametrize("family", EFFECTS)
def test_replicates_give_nearly_the_linearised_errors(family, covariates):
    linearised = average_effects(MARGIN_MODELS[family](survey("nested")), covariates=covariates)
    replicated = average_effects(MARGIN_MODELS[family](survey("jkn")), covariates=covariates)
    agrees(replicated.values, linearised.values, 1e-6)
    assert (np.abs(replicated.std_error / linearised.std_error - 1) < 0.15).all()
    assert (replicated.std_error != linearised.std_error).all()


def test_rows_are_predicted_in_blocks(monkeypatch):
    from stemcareers.inference import margins

    model = MODELS["ordered"](survey("nested"))
    whole = average_effects(model)
    monkeypatch.setattr(margins, "_BLOCK", 7)
    parts = average_effects(model)
    agrees(parts.values, whole.values, 1e-10)
    agrees(parts.covariance, whole.covariance, 1e-8, absolute=1e-14)


def refused(fit) -> str:
    with pytest.raises(Problem) as caught:
        fit()
    return str(caught.value)


def test_refusals():
    used = survey("nested")
    model = logit(used, "yes", ["meals", "stype"])
    assert "start from the coefficients of a model" in refused(lambda: average_effects(mean(used, "api00")))
    assert "'meal' is not a term of the model" in refused(lambda: average_effects(model, "meal"))
    assert "'X' is not a level of stype" in refused(lambda: average_predictions(model, {"stype": ["X"]}))
    assert "meals is numeric, and 'many' is no number" in refused(
        lambda: average_predictions(model, {"meals": ["many"]})
    )
    assert "covariates are fixed or sampled, not 'random'" in refused(
        lambda: average_effects(model, covariates="random")
    )
    clusters = type(used.design)(clusters="dnum").on(used.frame)
    reduced = bias_reduced(linear(clusters, "api00", ["meals"]))
    assert "CR2 errors" in refused(lambda: average_effects(reduced))
    nothing = ordered_logit(used, "band", [])
    assert "the model has no terms" in refused(lambda: average_effects(nothing))
