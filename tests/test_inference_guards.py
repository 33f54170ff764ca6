"""Nothing given is ignored: every family is refitted with other weights, strata and clusters, and must move.

And relations that must hold for every family beyond those of `test_inference_properties`.
"""

from __future__ import annotations

import inspect

import numpy as np
import pandas as pd
import pytest
from stemcareers import inference
from stemcareers.errors import Problem
from stemcareers.inference import (
    Design,
    Replicates,
    average_effects,
    average_predictions,
    bias_reduced,
    calibrate,
    difference,
    fractional_logit,
    impute,
    influence_of_clusters,
    leave_one_cluster_out,
    linear,
    logit,
    mean,
    mixed,
    multinomial,
    negative_binomial,
    ordered_logit,
    paired_change,
    poisson,
    polychoric,
    pool,
    pool_results,
    post_stratify,
    psychometrics,
    quantile,
    rake,
    rao_scott,
    ratio,
    robustness,
    share,
    t_test,
    total,
    transitions,
    trim,
    variance,
    wald,
    wald_bias_reduced,
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
    """Whatever takes a survey and gives a Result is refitted below: name a new one in MODELS or DESCRIPTIONS.

    Every other function that the package exports is refitted as one of OTHERS, or is named here with the reason why
    it has no weights to honour.
    """
    functions = {name for name in inference.__all__ if inspect.isfunction(getattr(inference, name))}
    estimators = set()
    for name in functions:
        signature = inspect.signature(getattr(inference, name))
        if next(iter(signature.parameters), "") == "survey" and signature.return_annotation == "Result":
            estimators.add(name)
    assert estimators == {*MODELS, *DESCRIPTIONS}
    elsewhere = {
        "mixed": "refuses weights: test_a_mixed_model_refuses_weights",
        "impute": "draws by unweighted equations, which its docstring says; weights may be among them",
        "average_effects": "in MARGINS",
        "average_predictions": "in MARGINS",
        "population_weights": "a frame and its start weights: tests of weighting",
        "margin_table": "describes weights that it is handed",
        "weight_summary": "describes weights that it is handed",
    }
    spoken_for = {name.partition(" of ")[0] for name in OTHERS}
    assert functions - estimators - set(elsewhere) == spoken_for & functions


def two_tests(found) -> list[float]:
    return [found.statistic, found.p_value]


def weighted(survey) -> Design:
    """The survey's rows as clusters drawn with replacement, which few-cluster errors ask for."""
    return Design(weight="weight", clusters="school").on(survey.frame)


def completed(survey):
    gaps = survey.frame.assign(x=survey.frame["x"].mask(survey.frame.index % 9 == 0))
    return impute(STRATIFIED.on(gaps), {"x": "numeric"}, using=["part"], m=2, iterations=2, seed=1)


KINDS = {"a": 300.0, "b": 320.0, "c": 280.0}
SCALE = ["answer", "count", "yes"]
# What is no Result, as the numbers that weights must move.
OTHERS = {
    "wald": lambda s: two_tests(wald(linear(s, "y", ["x", "kind"]), "kind")),
    **{
        f"rao_scott of {statistic}": lambda s, statistic=statistic: two_tests(rao_scott(s, "kind", "yes", statistic))
        for statistic in ("F", "chi-square", "Wald", "adjusted Wald")
    },
    "t_test": lambda s: [*two_tests(t_test(s, "y", "yes")), *t_test(s, "y", "yes").interval],
    "bias_reduced": lambda s: bias_reduced(linear(weighted(s), "y", ["x"])).std_error,
    "wald_bias_reduced": lambda s: two_tests(wald_bias_reduced(linear(weighted(s), "y", ["x", "kind"]), "kind")),
    "influence_of_clusters": lambda s: influence_of_clusters(linear(s, "y", ["x"]))["estimate"],
    "leave_one_cluster_out": lambda s: leave_one_cluster_out(s, lambda u: mean(u, "y"), "y").table["estimate"],
    "robustness": lambda s: (
        robustness({"of": {"x": "x", "part": "part"}}, lambda of: linear(s, "y", [of]), "intercept")
        .table[["estimate", "std_error"]]
        .to_numpy()
    ),
    "pool": lambda s: pool(completed(s), lambda u: linear(u, "y", ["x"])).result.std_error,
    "pool_results": lambda s: pool_results([linear(s, "y", ["x"]), linear(s, "y", ["x"])]).result.std_error,
    "post_stratify": lambda s: mean(post_stratify(s, "kind", KINDS), "y").values,
    "rake": lambda s: mean(rake(s, {"kind": KINDS, "yes": {0: 450, 1: 450}}), "y").values,
    "calibrate": lambda s: mean(calibrate(s, {"intercept": 900, "kind": KINDS}), "y").values,
    "trim": lambda s: mean(trim(s, upper=4 * s.all_weights.mean()), "y").values,
    "alpha": lambda s: psychometrics.alpha_under(s, SCALE).std_error,
    "polychoric": lambda s: polychoric.correlations(s.frame, ["answer", "yes"], weight="weight").correlations.iloc[
        0, 1
    ],
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_weights_move_what_is_no_result(name):
    frame = responses()
    other = frame.assign(weight=frame["weight"] * np.exp(0.2 * frame["y"] + 0.5 * frame["x"] * frame["part"]))
    one, two = (np.ravel(OTHERS[name](STRATIFIED.on(f))) for f in (frame, other))
    assert (np.abs(two - one) > 1e-7 * np.abs(one)).all()


def test_a_mixed_model_refuses_weights():
    with pytest.raises(Problem, match="weights differ between rows, and a mixed model has no place"):
        mixed(Design(weight="weight", clusters="school").on(responses()), "y", ["x"], "school")


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


# `variance` knows how many rows there are, as R's svyvar does; `transitions` asks for one answer of each school a wave.
ONCE = {"variance", "transitions"}


def answered_once(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop_duplicates(["school", "wave"])


@pytest.mark.parametrize("name", [*DESCRIPTIONS, *MARGINS])
def test_order_names_and_rows_twice_do_not_matter_to_descriptions_and_margins(name):
    estimate, frame = ESTIMATORS[name], responses()
    frame = answered_once(frame) if name == "transitions" else frame
    one = estimate(survey_of(frame, estimate=estimate))
    changed = frame if name in ONCE else pd.concat([frame, frame]).assign(weight=lambda f: f["weight"] / 2)
    changed = changed.assign(school=[f"URN {101 - school}" for school in changed["school"]])
    close(estimate(survey_of(changed.sample(frac=1, random_state=3), estimate=estimate)), one)


@pytest.mark.parametrize("name", [*DESCRIPTIONS, *MARGINS])
def test_the_unit_of_weights_and_whole_strata_do_not_matter_to_descriptions_and_margins(name):
    estimate, frame = ESTIMATORS[name], responses()
    one = estimate(survey_of(frame, estimate=estimate))
    heavy = estimate(survey_of(frame.assign(weight=frame["weight"] * 250), estimate=estimate))
    unit = 250 if name == "total" else 1
    np.testing.assert_allclose(heavy.values, one.values * unit, rtol=1e-9)
    np.testing.assert_allclose(heavy.std_error, one.std_error * unit, rtol=1e-8)
    chosen = frame["stratum"] < 2
    if name == "transitions":
        return  # its survey is made of the rows of each school
    close(estimate(STRATIFIED.on(frame).domain(chosen)), estimate(STRATIFIED.on(frame[chosen])))


@every_estimator
def test_order_and_names_do_not_matter_to_replicate_weights(estimate):
    frame = answered_once(responses()) if estimate is DESCRIPTIONS["transitions"] else responses()

    def found(rows):
        return estimate(survey_of(rows, estimate=estimate).replicated("JKn", centre="estimate"))

    one = found(frame)
    changed = frame.assign(school=[f"URN {101 - school}" for school in frame["school"]])
    close(found(changed.sample(frac=1, random_state=3)), one, 1e-7)
