"""Nothing given is ignored: every family is refitted with other weights, strata and clusters, and must move.

And relations that must hold for every family beyond those of `test_inference_properties`.
"""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest
from stemcareers import inference
from stemcareers.inference import (
    Design,
    Replicates,
    average_effects,
    average_predictions,
    bias_reduced,
    difference,
    fractional_logit,
    influence_of_clusters,
    linear,
    logit,
    mean,
    multinomial,
    negative_binomial,
    ordered_logit,
    paired_change,
    poisson,
    quantile,
    ratio,
    share,
    total,
    transitions,
    variance,
)

TIGHT = 1e-15
MODELS = {
    "linear": lambda s: linear(s, "y", ["x", "kind"]),
    "logit": lambda s: logit(s, "yes", ["x", "kind"], tolerance=TIGHT),
    "ordered_logit": lambda s: ordered_logit(s, "answer", ["x", "kind"]),
    "multinomial": lambda s: multinomial(s, "choice", ["x", "kind"]),
    "poisson": lambda s: poisson(s, "count", ["x", "kind"], tolerance=TIGHT),
    "negative_binomial": lambda s: negative_binomial(s, "count", ["x", "kind"]),
    "fractional_logit": lambda s: fractional_logit(s, "part", ["x", "kind"], tolerance=TIGHT),
}
DESCRIPTIONS = {
    "mean": lambda s: mean(s, "y"),
    "share": lambda s: share(s, "kind"),
    "total": lambda s: total(s, "y"),
    "ratio": lambda s: ratio(s, "y", "part"),
    "quantile": lambda s: quantile(s, "y", [0.5]),
    "difference": lambda s: difference(s, "y", between="wave"),
    "variance": lambda s: variance(s, "y"),
    "paired_change": lambda s: paired_change(s, "y", "school", "wave"),
    "transitions": lambda s: transitions(s, "choice_of_school", "school", "wave", of="all"),
}
MARGINS = {
    f"{kind} of {family}": lambda s, of=of, fit=fit: of(fit(s))
    for family, fit in MODELS.items()
    for kind, of in (
        ("effects", average_effects),
        ("predictions", average_predictions),
        ("sampled predictions", lambda m: average_predictions(m, covariates="sampled")),
    )
}
ESTIMATORS = {**MODELS, **DESCRIPTIONS, **MARGINS}
every_estimator = pytest.mark.parametrize("estimate", ESTIMATORS.values(), ids=ESTIMATORS)
every_model = pytest.mark.parametrize("estimate", MODELS.values(), ids=MODELS)

STRATIFIED = Design(weight="weight", strata="stratum", clusters="school")


def responses(seed: int = 0, schools: int = 48) -> pd.DataFrame:
    """Schools in 4 strata, 5 responses each in two waves; the last choice of a school is the same for all of it."""
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(schools), 10)
    n = len(school)
    effect = rng.normal(0, 0.5, schools)[school]
    x = rng.normal(size=n)
    kind = rng.choice(["a", "b", "c"], n)
    eta = 0.4 * x + 0.3 * (kind == "b") + effect
    return pd.DataFrame(
        {
            "school": school,
            "stratum": school % 4,
            "wave": np.tile(np.repeat(["2024", "2025"], 5), schools),
            "weight": rng.uniform(0.5, 5, n),
            "x": x,
            "kind": kind,
            "y": 3 + eta + rng.normal(size=n),
            "yes": (eta + rng.logistic(size=n) > 0).astype(float),
            "answer": np.digitize(eta + rng.logistic(size=n), [-1, 0.2, 1.5]) + 1,
            "choice": rng.choice(["p", "q", "r"], n),
            "count": rng.poisson(np.exp(0.8 + eta) * rng.gamma(2, 0.5, n)),
            "part": 1 / (1 + np.exp(-eta - rng.normal(size=n))),
        }
    )


def survey_of(frame: pd.DataFrame, design: Design = STRATIFIED, estimate: object = None):
    if estimate is DESCRIPTIONS["transitions"]:
        frame = frame.assign(choice_of_school=frame["choice"]).groupby(["school", "wave"], as_index=False).first()
    return design.on(frame)


def test_no_estimator_is_forgotten_here():
    """Whatever takes a survey and gives a Result is refitted below: name a new one in MODELS or DESCRIPTIONS."""
    estimators = set()
    for name in inference.__all__:
        thing = getattr(inference, name)
        if inspect.isfunction(thing):
            signature = inspect.signature(thing)
            if next(iter(signature.parameters), "") == "survey" and signature.return_annotation == "Result":
                estimators.add(name)
    assert estimators == {*MODELS, *DESCRIPTIONS}


@every_estimator
def test_other_weights_move_estimates_and_errors(estimate):
    frame = responses()
    # Weights that go with the answers, so that no estimate may stay.
    other = frame.assign(weight=frame["weight"] * np.exp(0.5 * frame["y"] + frame["x"] * frame["part"]))
    one, two = estimate(survey_of(frame, estimate=estimate)), estimate(survey_of(other, estimate=estimate))
    moved = np.abs(two.values - one.values)
    # Shares that nobody has stay at nothing.
    there = one.std_error > 0
    assert there.any() and (moved[there] > 1e-4 * one.std_error[there]).all()
    assert (np.abs(two.std_error / one.std_error - 1)[there] > 1e-6).all()


@every_estimator
def test_no_weight_is_not_the_same_as_weights(estimate):
    frame = responses()
    bare = Design(strata="stratum", clusters="school")
    one, two = estimate(survey_of(frame, estimate=estimate)), estimate(survey_of(frame, bare, estimate))
    assert (one.values != two.values)[one.std_error > 0].all()
    assert one.facts.weighted and not two.facts.weighted


@pytest.mark.parametrize("given", ["strata", "clusters", "fpc"])
@every_estimator
def test_strata_clusters_and_populations_move_errors_and_nothing_else(estimate, given):
    frame = responses().assign(population=14)
    full = Design(weight="weight", strata="stratum", clusters="school", fpc="population")
    changed = {"strata": (), "clusters": "half", "fpc": ()}
    # Schools joined by twos, within their strata: a coarser cluster, in which a school still lies whole.
    frame["half"] = frame["school"] % 4 + 4 * (frame["school"] // 8)
    frame["population"] = 14 if given != "strata" else 50
    other = Design(**{**{w: getattr(full, w) for w in ("weight", "strata", "clusters", "fpc")}, given: changed[given]})
    one, two = estimate(survey_of(frame, full, estimate)), estimate(survey_of(frame, other, estimate))
    np.testing.assert_allclose(two.values, one.values, rtol=1e-10)
    there = one.std_error > 0
    if estimate is DESCRIPTIONS["quantile"] and given == "strata":
        return  # its errors are read off the data, between which they may stay
    assert (np.abs(two.std_error / one.std_error - 1)[there] > 1e-9).all()


@every_estimator
def test_replicate_weights_bring_the_errors(estimate):
    frame = responses()
    rng = np.random.default_rng(5)
    names = [f"r{number}" for number in range(30)]
    factors = rng.uniform(0.2, 1.8, (frame["school"].nunique(), 30))[frame["school"]]
    frame = pd.concat([frame, pd.DataFrame(factors * frame[["weight"]].to_numpy(), columns=names)], axis=1)

    def fit(columns):
        given = Design(weight="weight", clusters="school", replicates=Replicates(columns, "bootstrap"))
        return estimate(survey_of(frame, given, estimate))

    one, two = fit(names), fit(names[:20])
    linearised = estimate(survey_of(frame, estimate=estimate))
    np.testing.assert_allclose(one.values, linearised.values, rtol=1e-10)
    there = linearised.std_error > 0
    assert (np.abs(two.std_error / one.std_error - 1)[there] > 1e-6).all()
    assert (np.abs(one.std_error / linearised.std_error - 1)[there] > 1e-6).all()
    assert one.facts.variance_method == "bootstrap"


@pytest.mark.parametrize("family", ["linear", "logit"])
def test_few_clusters_and_left_out_clusters_honour_weights(family):
    frame = responses()
    clustered = Design(weight="weight", clusters="school")
    other = frame.assign(weight=frame["weight"] ** 2)
    one, two = (bias_reduced(MODELS[family](clustered.on(f))) for f in (frame, other))
    assert (np.abs(two.std_error / one.std_error - 1) > 1e-4).all() and (np.abs(two.df - one.df) > 1e-3).all()
    one, two = (influence_of_clusters(MODELS[family](clustered.on(f))) for f in (frame, other))
    assert (np.abs(two["estimate"] - one["estimate"]) > 1e-8).all()


@pytest.mark.parametrize("name", [*MODELS, *DESCRIPTIONS])
def test_no_estimator_swallows_a_keyword(name):
    """`OrderedModel(weights=...)` of another library ignores what it does not know; nothing here does."""
    function = getattr(inference, name)
    kinds = {parameter.kind for parameter in inspect.signature(function).parameters.values()}
    assert inspect.Parameter.VAR_KEYWORD not in kinds and inspect.Parameter.VAR_POSITIONAL not in kinds
    with pytest.raises(TypeError):
        function(STRATIFIED.on(responses()), "y", ["x"], weights=np.ones(480))


# --- relations ---------------------------------------------------------------------------------------------------


def close(one, two, relative: float = 1e-8) -> None:
    np.testing.assert_allclose(one.values, two.values, rtol=relative, atol=relative * 1e-2)
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=relative * 10, atol=relative * 1e-2)
    assert one.names == two.names and one.df.tolist() == two.df.tolist()


@pytest.mark.parametrize("seed", range(3))
@every_model
def test_rows_twice_names_order_and_unit_of_weights_do_not_matter(estimate, seed):
    frame = responses(seed)
    one = estimate(STRATIFIED.on(frame))
    changed = pd.concat([frame, frame]).sample(frac=1, random_state=seed)
    changed["school"] = [f"URN {101 - school}" for school in changed["school"]]
    changed["weight"] *= 123.4 / 2
    close(estimate(STRATIFIED.on(changed)), one)


@pytest.mark.parametrize("seed", range(3))
@every_model
def test_a_domain_of_whole_strata_is_a_survey_of_its_own(estimate, seed):
    frame = responses(seed)
    chosen = frame["stratum"] < 2
    close(estimate(STRATIFIED.on(frame).domain(chosen)), estimate(STRATIFIED.on(frame[chosen])))


@pytest.mark.parametrize("unit", [1e-4, 1e5])
@every_model
def test_the_unit_of_a_term_changes_its_coefficient_only(estimate, unit):
    frame = responses()
    one, two = (estimate(STRATIFIED.on(f)) for f in (frame, frame.assign(x=frame["x"] * unit + 3 * unit)))
    for place, (term, _) in enumerate(one.names):
        if term not in ("intercept", "threshold"):
            scale = unit if term == "x" else 1.0
            np.testing.assert_allclose(two.values[place] * scale, one.values[place], rtol=1e-7)
            np.testing.assert_allclose(two.std_error[place] * scale, one.std_error[place], rtol=1e-7)
    effects = [average_effects(model, "kind") for model in (one, two)]
    close(effects[1], effects[0], 1e-6)


@every_model
def test_missing_values_are_a_domain(estimate):
    frame = responses()
    gone = frame["school"] % 7 == 3
    gaps = frame.assign(x=frame["x"].mask(gone))
    ours, theirs = estimate(STRATIFIED.on(gaps)), estimate(STRATIFIED.on(frame).domain(~gone))
    close(ours, theirs, 1e-7)
    assert ours.left_out == {"missing x": int(gone.sum())} and ours.n_rows == len(frame)
