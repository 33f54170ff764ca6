"""What is refused, in the words a reader sees: every guard for every model, and bad designs, weights and calls.

Numbers that go wrong in silence are worse than none; so each of these is a Problem, and its whole text is held here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stemcareers.errors import Problem
from stemcareers.inference import (
    Design,
    Replicates,
    Term,
    agreement,
    average_predictions,
    bias_reduced,
    calibrate,
    difference,
    fractional_logit,
    impute,
    linear,
    logit,
    mean,
    mixed,
    multinomial,
    negative_binomial,
    one_factor,
    ordered_logit,
    poisson,
    post_stratify,
    psychometrics,
    quantile,
    rake,
    rao_scott,
    ratio,
    share,
    total,
    variance,
    wald,
    wald_bias_reduced,
    weight_summary,
)
from test_inference_guards import STRATIFIED, responses

ROWS = 480
# Each family's name in messages, its outcome, and the fit.
FAMILIES = {
    "linear": ("y", linear),
    "logit": ("yes", logit),
    "ordered logit": ("answer", ordered_logit),
    "multinomial": ("choice", multinomial),
    "poisson": ("count", poisson),
    "negative binomial": ("count", negative_binomial),
    "fractional logit": ("part", fractional_logit),
}
every_family = pytest.mark.parametrize("family", FAMILIES)


def told(call) -> str:
    with pytest.raises(Problem) as problem:
        call()
    return str(problem.value)


def refusal(family: str, frame: pd.DataFrame, terms=("x", "kind"), design: Design = STRATIFIED) -> str:
    """What a family says of a frame, without the line that names the model."""
    outcome, fit = FAMILIES[family]
    where, _, text = told(lambda: fit(design.on(frame), outcome, list(terms))).partition("\n")
    assert where == f"{family} model of {outcome}: 1 problem"
    return text.strip()


# --- statistics.md, section 3: every guard, for every family -----------------------------------------------------


@every_family
@pytest.mark.parametrize("noise", [0.0, 1e-12])
def test_collinear_terms(family, noise):
    frame = responses()
    frame["twice"] = 2 * frame["x"] + noise * np.random.default_rng(1).normal(size=ROWS)
    text = refusal(family, frame, ["x", "twice"])
    assert text.startswith(
        "x and twice cannot be told apart in the rows in use: together they are collinear (condition number "
    )
    assert text.endswith(", at most 1e+10). Leave one out")


@every_family
def test_a_level_that_nobody_has(family):
    frame = responses().assign(kind=lambda f: pd.Categorical(f["kind"], ["a", "b", "c", "d"]))
    assert refusal(family, frame) == (
        "kind: no row in use has the level d. Merge levels, or study a sample that has them"
    )


@every_family
def test_a_term_with_one_level(family):
    assert refusal(family, responses().assign(kind="a")) == (
        "kind is a in every row in use, so it explains nothing: leave it out"
    )


@every_family
def test_a_constant_outcome(family):
    outcome = FAMILIES[family][0]
    frame = responses()
    value = frame[outcome].iloc[0]
    said = f"{value:g}" if family not in ("ordered logit", "multinomial") else str(value)
    assert refusal(family, frame.assign(**{outcome: value})) == (
        f"the outcome {outcome} is {said} in every row in use, so there is nothing to explain"
    )


@every_family
def test_fewer_than_ten_residual_degrees_of_freedom(family):
    assert refusal(family, responses(schools=16)) == (
        "9 residual degrees of freedom are left: 12 in the design (clusters minus strata), 4 coefficients; "
        "at least 10 are needed. Use fewer terms, or a larger sample"
    )


@every_family
def test_text_with_as_many_values_as_rows_is_named(family):
    assert refusal(family, responses().assign(x=lambda f: f["x"].astype(str)), ["x"]) == (
        "-435 residual degrees of freedom are left: 44 in the design (clusters minus strata), 480 coefficients, "
        "479 of them levels of x; at least 10 are needed. Use fewer terms, or a larger sample"
    )


SEPARATED = {
    "logit": lambda f: f.assign(yes=f["yes"].where(f["kind"] != "c", 1.0)),
    "ordered logit": lambda f: f.assign(answer=f["answer"].where(f["kind"] != "c", f["answer"].max())),
    "multinomial": lambda f: f.assign(choice=f["choice"].where(f["kind"] != "c", "p")),
    "poisson": lambda f: f.assign(count=f["count"].where(f["kind"] != "c", 0)),
    "negative binomial": lambda f: f.assign(count=f["count"].where(f["kind"] != "c", 0)),
    "fractional logit": lambda f: f.assign(part=f["part"].where(f["kind"] != "c", 1.0)),
}


@pytest.mark.parametrize("family", SEPARATED)
def test_separation(family):
    text = refusal(family, SEPARATED[family](responses()), ["kind"])
    rows = int((responses()["kind"] == "c").sum())
    which = f"kind c (all {rows} rows answered yes)" if family == "logit" else "kind c"
    assert text == (
        f"{which} separates the outcome: some rows have a certain answer, and the coefficient has no finite value. "
        "Merge levels, or leave the term out"
    )


@pytest.mark.parametrize(
    "family, value", [("fractional logit", 1.0), ("fractional logit", 0.0), ("poisson", 0), ("negative binomial", 0)]
)
def test_separation_of_the_reference_by_terms_whose_own_rows_do_not_move(family, value):
    """The reference's rows are certain and no other is: what must not move are the rows of all other levels."""
    outcome = FAMILIES[family][0]
    frame = responses()
    frame[outcome] = frame[outcome].clip(lower=0.01 if family == "fractional logit" else 1)
    frame[outcome] = frame[outcome].where(frame["kind"] != "a", value)
    assert refusal(family, frame, ["kind"]) == (
        "kind b and kind c separate the outcome: some rows have a certain answer, and the coefficient has no finite "
        "value. Merge levels, or leave the term out"
    )


@every_family
def test_no_rows_are_left(family):
    assert refusal(family, responses().assign(x=np.nan)) == "no rows are left (480 missing x)"


@every_family
def test_nothing_to_estimate(family):
    if family == "ordered logit":
        return  # its thresholds are its intercepts
    outcome, fit = FAMILIES[family]
    text = told(lambda: fit(STRATIFIED.on(responses()), outcome, [], intercept=False))
    assert text.endswith("has neither terms nor an intercept, so there is nothing to estimate")


@every_family
def test_an_infinite_value(family):
    outcome, fit = FAMILIES[family]
    frame = responses()
    frame.loc[3, "x"] = np.inf
    assert told(lambda: fit(STRATIFIED.on(frame), outcome, ["x"])) == (
        "column 'x': 1 problem\n  is infinite in 1 of 480 rows. Give the number that is meant, or a missing value"
    )
    # In a row that is not in use it is of no matter.
    assert fit(STRATIFIED.on(frame).domain(frame["x"] < 9), outcome, ["x"]).n_used == ROWS - 1


@every_family
@pytest.mark.parametrize("unit, said", [(1e200, "4e+200"), (1e-200, "4e-200")])
def test_a_unit_out_of_all_bounds(family, unit, said):
    frame = responses().assign(x=lambda f: f["x"].clip(-4, 4) * unit)
    frame.loc[0, "x"] = 4 * unit
    assert refusal(family, frame) == f"x runs to {said}, whose square no computer holds: give it in another unit"


@every_family
@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_a_strange_unit_is_no_matter(family, unit):
    outcome, fit = FAMILIES[family]
    one, two = (
        fit(STRATIFIED.on(responses().assign(x=lambda f, u=u: f["x"] * u)), outcome, ["x", "kind"]) for u in (1.0, unit)
    )
    place = one.names.index(("x", ""))
    np.testing.assert_allclose(two.values[place] * unit, one.values[place], rtol=1e-7)
    np.testing.assert_allclose(two.std_error[place] * unit, one.std_error[place], rtol=1e-7)


@pytest.mark.parametrize("estimate", [mean, total, variance, quantile, lambda s, y: ratio(s, y, "x")])
def test_an_infinite_value_described(estimate):
    frame = responses()
    frame.loc[3, "y"] = -np.inf
    assert told(lambda: estimate(STRATIFIED.on(frame), "y")).startswith("column 'y': 1 problem\n  is infinite in 1")


# --- what cannot be honoured is refused --------------------------------------------------------------------------

CLUSTERED = Design(clusters="school")


def given_replicates(frame: pd.DataFrame, **more):
    factors = np.random.default_rng(2).uniform(0.5, 1.5, (len(frame), 12))
    names = [f"r{i}" for i in range(12)]
    frame = pd.concat([frame, pd.DataFrame(factors * frame[["weight"]].to_numpy(), frame.index, names)], axis=1)
    return Design(weight="weight", replicates=Replicates(names, "bootstrap", **more)).on(frame)


HONOURED = {
    "CR2 strata": (
        lambda f: bias_reduced(linear(STRATIFIED.on(f), "y", ["x"])),
        "CR2 errors: 1 problem\n  cannot honour strata: they are for clusters drawn with replacement. Use the design's "
        "errors, or a design of clusters alone, whose errors are as a rule too large rather than too small",
    ),
    "classical": (
        lambda f: linear(STRATIFIED.on(f), "y", ["x"], errors="classical"),
        "linear model: 1 problem\n  classical errors take rows for independent and equally likely, and the design has "
        "weight, strata, clusters; use the design's errors",
    ),
    "mixed strata": (
        lambda f: mixed(Design(strata="stratum", clusters="school").on(f), "y", ["x"], "school"),
        "mixed model of y: 1 problem\n  strata (stratum) are not part of the model. Say no_design=True to describe "
        "these rows as they are, or use an estimator that honours the design",
    ),
    "mixed clusters": (
        lambda f: mixed(Design(clusters="stratum").on(f), "y", ["x"], "school"),
        "mixed model of y: 1 problem\n  clusters (stratum) are not the groups (school). Say no_design=True to describe "
        "these rows as they are, or use an estimator that honours the design",
    ),
    "mixed weights": (
        lambda f: mixed(Design(weight="weight").on(f), "y", ["x"], "school"),
        "mixed model of y: 1 problem\n  weights differ between rows, and a mixed model has no place for one weight a "
        "row: it would need the group's and the row's within it, apart and rescaled (Rabe-Hesketh & Skrondal, 2006). "
        "Say no_design=True to describe these rows as they are, or use an estimator that honours the design",
    ),
    "mixed replicates": (
        lambda f: mixed(given_replicates(f.assign(weight=1.0)), "y", ["x"], "school"),
        "mixed model of y: 1 problem\n  replicate weights give no errors here, which are the model's. Say "
        "no_design=True to describe these rows as they are, or use an estimator that honours the design",
    ),
}


@pytest.mark.parametrize("case", HONOURED)
def test_what_an_estimator_cannot_honour(case):
    call, text = HONOURED[case]
    assert told(lambda: call(responses())) == text


# --- designs and weights that are none -----------------------------------------------------------------------------


def test_names_of_columns():
    frame = responses()
    assert (
        told(lambda: Design(weight=["weight"]))
        == "design: 1 problem\n  weight: is the name of one column, not ['weight']"
    )
    assert told(lambda: Design(clusters=4).on(frame)) == "frame: 1 problem\n  4 is no name of a column: names are text"
    numbered = frame.rename(columns={"y": 1})
    for call in (lambda s: mean(s, 1), lambda s: linear(s, 1, ["x"]), lambda s: linear(s, "x", [1])):
        assert told(lambda call=call: call(Design().on(numbered))) == (
            "frame: 1 problem\n  1 is no name of a column: names are text"
        )
    twice = pd.concat([frame, frame[["y"]]], axis=1)
    assert told(lambda: mean(STRATIFIED.on(twice), "y")) == (
        "frame: 1 problem\n  'y' is the name of 2 columns: rename them, or keep one"
    )
    assert told(lambda: mean(STRATIFIED.on(frame), [])) == "mean: 1 problem\n  no column is named"


REPLICATES = {
    "infinite": (lambda f: f.assign(r3=np.inf), {}, "infinite weights in 480 of 480 rows (first: 'r3')"),
    "empty": (lambda f: f.assign(r3=0, r5=0), {}, "r3, r5: no row has any weight"),
    "constant": (
        lambda f: f.assign(**{f"r{i}": f["weight"] for i in range(12)}),
        {},
        "all columns hold the same, so no variance can be seen in them",
    ),
    "factors": (
        lambda f: f.assign(**{f"r{i}": 1.0 + (i % 2) * f["stratum"] for i in range(12)}, weight=100.0),
        {},
        "they come to 0.0175 times the weight on average, and replicate weights come to about once. They are read as "
        "weights: see `combined`",
    ),
    "weights": (
        lambda f: f.assign(**{f"r{i}": 100.0 + i for i in range(12)}),
        {"combined": False},
        "they come to 106 times the weight on average, and replicate weights come to about once. They are read as "
        "factors of the weight: see `combined`",
    ),
    "scale": (lambda f: f, {"scale": -1.0}, "scale: is -1, where a positive number is due"),
    "no scale": (lambda f: f, {"scale": np.nan}, "scale: is nan, where a positive number is due"),
    "rscales": (lambda f: f, {"rscales": [-1.0] * 12}, "rscales: are numbers from 0 up, and not all 0"),
    "no rscales": (lambda f: f, {"rscales": [0.0] * 12}, "rscales: are numbers from 0 up, and not all 0"),
    "too few": (lambda f: f, {"rscales": [1.0] * 11}, "rscales: 11 given for 12 replicates"),
}


@pytest.mark.parametrize("case", REPLICATES)
def test_replicate_weights_that_are_none(case):
    change, more, text = REPLICATES[case]

    def call():
        frame = given_replicates(responses()).frame
        names = [f"r{i}" for i in range(12)]
        Design(weight="weight", replicates=Replicates(names, "bootstrap", **more)).on(change(frame))

    assert told(call) == f"replicates: 1 problem\n  {text}"


def test_replicate_weights_that_cannot_be_made():
    survey = STRATIFIED.on(responses())
    assert told(lambda: Replicates(["a", "b", "a"], "bootstrap")) == "replicates: 1 problem\n  columns: a named twice"
    assert told(lambda: survey.replicated("bootstrap", replicates=1, seed=1)) == (
        "replicates: 1 problem\n  bootstrap: 1 replicates are asked for; give two or more"
    )
    assert told(lambda: survey.replicated("JKn", centre="median")) == (
        "replicates: 1 problem\n  centre: 'median' is not known (mean, estimate)"
    )


KNOWN = {"a": 100.0, "b": 100.0, "c": 100.0}
TOTALS = {
    "text": (lambda s: post_stratify(s, "kind", KNOWN | {"b": "100"}), "the total of b is 100"),
    "missing": (lambda s: post_stratify(s, "kind", KNOWN | {"b": None}), "the total of b is None"),
    "list": (
        lambda s: post_stratify(s, "kind", [1, 2]),
        "totals are given level by level, as in {'primary': 16_764}, not as [1, 2]",
    ),
    "negative size": (
        lambda s: rake(s, {"kind": KNOWN}, population=-5),
        "the size of the population is -5, where a positive number is due",
    ),
    "no size": (
        lambda s: rake(s, {"kind": KNOWN}, population=np.nan),
        "the size of the population is nan, where a positive number is due",
    ),
    "text total": (lambda s: calibrate(s, {"x": "10"}), "the total of x is '10', where a number is due"),
}


@pytest.mark.parametrize("case", TOTALS)
def test_totals_that_are_none(case):
    call, text = TOTALS[case]
    assert told(lambda: call(STRATIFIED.on(responses()))).endswith(f": 1 problem\n  {text}")


@pytest.mark.parametrize("weights", [[], [1.0, np.nan], [1.0, 0.0]])
def test_weights_that_are_none(weights):
    text = "weights: 1 problem\n  are all positive numbers, and there is one at least"
    assert told(lambda: weight_summary(weights)) == text


# --- calls that ask for nothing, or for what is not there ----------------------------------------------------------

CALLS = {
    "difference of a group with itself": (
        lambda s: difference(s, "y", "kind", levels=["a", "a"]),
        "difference between groups of 'kind': 1 problem\n"
        "  needs two groups that are there, not a, a (there are: a, b, c)",
    ),
    "difference of nothing": (
        lambda s: difference(s.domain(lambda f: f["y"] > 1e9), "y", "wave"),
        "difference between groups of 'wave': 1 problem\n  needs two groups that are there, not none (there are: none)",
    ),
    "no quantile": (lambda s: quantile(s, "y", []), "quantile: 1 problem\n  no probability is given"),
    "level in per cent": (
        lambda s: mean(s, "y").interval(95),
        "interval: 1 problem\n  level: is a share between 0 and 1, such as 0.95, not 95",
    ),
    "no term": (lambda s: wald(linear(s, "y", ["x"]), []), "Wald test: 1 problem\n  no term is named"),
    "shares together": (
        lambda s: wald(share(s, "kind"), "kind"),
        "Wald test: 1 problem\n  the 3 estimates say the same in several ways, as shares do that add up to one: leave "
        "one out",
    ),
    "a column with itself": (
        lambda s: rao_scott(s, "kind", "kind"),
        "table of kind by kind: 1 problem\n"
        "  too many cells are empty: one column says nearly all of the other. Merge levels",
    ),
    "statistic": (
        lambda s: rao_scott(s, "kind", "wave", "chi-squared"),
        "table of kind by wave: 1 problem\n  statistic 'chi-squared' is not known; did you mean 'chi-square'? (F, "
        "chi-square, Wald, adjusted Wald)",
    ),
    "level twice": (
        lambda s: ordered_logit(s, "kind", ["x"], levels=["a", "b", "c", "c"]),
        "ordered logit model of kind: 1 problem\n  levels of kind that stand twice: c",
    ),
    "no value": (
        lambda s: average_predictions(linear(s, "y", ["x"]), {"x": []}),
        "prediction: 1 problem\n  no value is given",
    ),
    "no names": (
        lambda s: mean(s, ["y", "x"]).nonlinear(lambda b: b[0] / b[1], []),
        "function of estimates: 1 problem\n  gives 1 values, and 0 names are given",
    ),
    "no seed": (
        lambda s: impute(s, {"y": "numeric"}, seed=None),
        "imputation: 1 problem\n  seed is None; give a whole number from 0 up, so that the copies can be made again",
    ),
    "complex": (
        lambda s: mean(Design().on(s.frame.assign(y=1j)), "y"),
        "column 'y': 1 problem\n  holds complex128 values, where numbers are due",
    ),
}


@pytest.mark.parametrize("case", CALLS)
def test_calls_that_mean_nothing(case):
    call, text = CALLS[case]
    assert told(lambda: call(STRATIFIED.on(responses()))) == text


SCALES = {
    "a name twice": (
        lambda f: psychometrics.alpha(pd.concat([f, f[["answer"]]], axis=1), ["answer", "count"]),
        "items: 1 problem\n  item 'answer' is the name of 2 columns",
    ),
    "infinite": (
        lambda f: agreement.intraclass(f.assign(y=f["y"].where(f.index > 0, np.inf)), "y", "school"),
        "icc: 1 problem\n  'y' holds infinite values",
    ),
    "nothing in common": (
        lambda f: one_factor.one_factor(pd.DataFrame(np.eye(4))),
        "items: 1 problem\n  no item correlates with any other, so they have nothing in common",
    ),
}


@pytest.mark.parametrize("case", SCALES)
def test_scales_of_what_is_no_scale(case):
    call, text = SCALES[case]
    assert told(lambda: call(responses())) == text


def test_no_term_of_a_wald_test_by_cr2():
    fit = linear(CLUSTERED.on(responses()), "y", ["x"])
    assert told(lambda: wald_bias_reduced(fit, [])) == "Wald test: 1 problem\n  no term is named"


# --- what looks bad and is not: right numbers ----------------------------------------------------------------------


@every_family
def test_types_and_labels_of_columns_do_not_matter(family):
    """Nullable types, categories, booleans, and an index that names all rows alike."""
    outcome, fit = FAMILIES[family]
    frame = responses().assign(agrees=lambda f: (f["x"] > 0).astype(float))
    terms = ["x", "agrees", Term("kind", reference="b")]
    other = frame.convert_dtypes().assign(
        agrees=lambda f: f["agrees"].astype("boolean"),
        kind=lambda f: f["kind"].astype("category"),
        school=lambda f: f["school"].astype(str),
    )
    if outcome == "yes":
        other["yes"] = other["yes"].astype("boolean")
    other.index = pd.Index(np.zeros(ROWS, dtype=int))
    one, two = fit(STRATIFIED.on(frame), outcome, terms), fit(STRATIFIED.on(other), outcome, terms)
    np.testing.assert_allclose(two.values, one.values, rtol=1e-12)
    np.testing.assert_allclose(two.covariance, one.covariance, rtol=1e-10, atol=1e-14)
    assert one.names == two.names
    gaps = other.copy()
    gaps.iloc[5, gaps.columns.get_loc("agrees")] = pd.NA
    assert fit(STRATIFIED.on(gaps), outcome, terms).left_out == {"missing agrees": 1}


def test_far_from_zero_a_variance_keeps_its_digits_under_replicate_weights():
    frame = responses()
    near = given_replicates(frame)
    far = given_replicates(frame.assign(y=frame["y"] + 2.0**30))
    np.testing.assert_allclose(variance(far, "y").std_error, variance(near, "y").std_error, rtol=1e-5)


def test_a_wald_test_of_ratios_is_that_of_their_logarithms():
    model = logit(STRATIFIED.on(responses()), "yes", ["x", "kind"])
    one, two = wald(model, "kind"), wald(model.exponentiated(), "kind")
    np.testing.assert_allclose([one.statistic, one.p_value], [two.statistic, two.p_value], rtol=1e-12)
