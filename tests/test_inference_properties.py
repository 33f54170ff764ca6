"""Relations that must hold whatever the data: drawn by hypothesis, to a relative 1e-9."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stemcareers.inference import Design, linear, logit, mean, quantile, ratio, share, total, variance

CLUSTERED = Design(weight="weight", strata="stratum", clusters="school")
# Derandomised: the same examples in every run, so that a failure is somebody's doing.
quickly = settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def responses(draw) -> pd.DataFrame:
    """Answers of a stratified sample of schools: 4 strata, 3 to 6 schools each, 2 to 7 responses a school."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    school = np.repeat(np.arange(4 * draw(st.integers(3, 6))), rng.integers(2, 8))
    n = len(school)
    x, effect = rng.normal(size=n), rng.normal(size=school.max() + 1)[school]
    y = 10 + 2 * x + effect + rng.normal(size=n)
    return pd.DataFrame(
        {
            "weight": rng.uniform(0.5, 20, n),
            "stratum": school % 4,
            "school": school,
            "x": x,
            "y": y,
            "size": rng.uniform(1, 5, n),
            "kind": rng.choice(["a", "b", "c"], n),
            "yes": (rng.uniform(size=n) < 1 / (1 + np.exp(-0.5 * x))).astype(float),
            "part": rng.uniform(size=n) < 0.7,
        }
    )


ESTIMATORS = {
    "mean": lambda survey: mean(survey, ["y", "x"]),
    "mean by kind": lambda survey: mean(survey, "y", by="kind"),
    "share": lambda survey: share(survey, "kind"),
    "ratio": lambda survey: ratio(survey, "y", "size"),
    "quantile": lambda survey: quantile(survey, "y"),
    "linear": lambda survey: linear(survey, "y", ["x", "kind"], fewest_df=1),
    # Far below R's tolerance, at which errors depend on how the weights of all rows given are scaled.
    "logit": lambda survey: logit(survey, "yes", ["x"], fewest_df=1, tolerance=1e-15),
}
every_estimator = pytest.mark.parametrize("estimate", ESTIMATORS.values(), ids=ESTIMATORS)


def same(one, two, scale: float = 1.0, relative: float = 1e-9) -> None:
    """Values, errors and intervals of the first are those of the second times a scale."""
    close = {"rtol": relative, "atol": relative}
    np.testing.assert_allclose(one.values, two.values * scale, **close)
    np.testing.assert_allclose(one.std_error, two.std_error * scale, **close)
    np.testing.assert_allclose(one.interval(), np.array(two.interval()) * scale, **close)
    assert one.names == two.names
    assert one.df.tolist() == two.df.tolist()


@every_estimator
@quickly
@given(responses(), st.integers(0, 1000))
def test_the_order_of_rows_does_not_matter(estimate, frame, seed):
    shuffled = frame.sample(frac=1, random_state=seed)
    same(estimate(CLUSTERED.on(shuffled)), estimate(CLUSTERED.on(frame)))


@every_estimator
@quickly
@given(responses(), st.floats(1e-3, 1e3))
def test_the_unit_of_the_weights_does_not_matter(estimate, frame, unit):
    scaled = frame.assign(weight=frame["weight"] * unit)
    same(estimate(CLUSTERED.on(scaled)), estimate(CLUSTERED.on(frame)))


@quickly
@given(responses(), st.floats(1e-3, 1e3))
def test_totals_scale_with_the_weights_and_variances_do_not(frame, unit):
    scaled = frame.assign(weight=frame["weight"] * unit)
    same(total(CLUSTERED.on(scaled), ["y", "x"]), total(CLUSTERED.on(frame), ["y", "x"]), unit)
    same(variance(CLUSTERED.on(scaled), "y"), variance(CLUSTERED.on(frame), "y"))


@every_estimator
@quickly
@given(responses())
def test_every_row_twice_with_half_its_weight_is_the_same_survey(estimate, frame):
    """As long as both copies stay in their cluster: the design, not the rows, says how much is known."""
    twice = pd.concat([frame, frame], ignore_index=True)
    twice["weight"] /= 2
    same(estimate(CLUSTERED.on(twice)), estimate(CLUSTERED.on(frame)))


@every_estimator
@quickly
@given(responses())
def test_a_domain_of_whole_strata_is_a_survey_of_its_own(estimate, frame):
    chosen = frame["stratum"] < 2
    same(estimate(CLUSTERED.on(frame).domain(chosen)), estimate(CLUSTERED.on(frame[chosen])))


@every_estimator
@quickly
@given(responses())
def test_missing_values_are_a_domain(estimate, frame):
    gaps = frame.copy()
    gaps.loc[~frame["part"], ["y", "x", "kind", "yes"]] = None
    ours = estimate(CLUSTERED.on(gaps))
    iterated = ours.facts.converged is not None
    same(ours, estimate(CLUSTERED.on(frame).domain("part")), relative=1e-7 if iterated else 1e-9)
    assert ours.n_used + sum(ours.left_out.values()) == len(frame)


@every_estimator
@quickly
@given(responses())
def test_the_names_of_strata_and_schools_do_not_matter(estimate, frame):
    renamed = frame.assign(
        stratum=frame["stratum"].map({0: "west", 1: "east", 2: "north", 3: "south"}),
        school=[f"URN {101 - school}" for school in frame["school"]],
    )
    same(estimate(CLUSTERED.on(renamed)), estimate(CLUSTERED.on(frame)))


@quickly
@given(responses(), st.floats(1e-4, 1e4))
def test_the_unit_of_a_predictor_changes_its_coefficient_only(frame, unit):
    scaled = frame.assign(x=frame["x"] * unit)
    for model, outcome in ((linear, "y"), (logit, "yes")):
        one = model(CLUSTERED.on(scaled), outcome, ["x", "size"], fewest_df=1)
        two = model(CLUSTERED.on(frame), outcome, ["x", "size"], fewest_df=1)
        np.testing.assert_allclose(one.values * [1, unit, 1], two.values, rtol=1e-9, atol=1e-11)
        np.testing.assert_allclose(one.std_error * [1, unit, 1], two.std_error, rtol=1e-9)
        np.testing.assert_allclose(one.p_values, two.p_values, rtol=1e-7, atol=1e-12)


@quickly
@given(responses(), st.floats(-100, 100))
def test_what_is_added_to_the_outcome_is_added_to_the_intercept(frame, more):
    one = linear(CLUSTERED.on(frame.assign(y=frame["y"] + more)), "y", ["x"], fewest_df=1)
    two = linear(CLUSTERED.on(frame), "y", ["x"], fewest_df=1)
    np.testing.assert_allclose(one.values, two.values + [more, 0], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(one.covariance, two.covariance, rtol=1e-7, atol=1e-10)


@quickly
@given(responses())
def test_a_model_with_groups_only_gives_their_means(frame):
    survey = CLUSTERED.on(frame)
    model, means = linear(survey, "y", ["kind"], fewest_df=1), mean(survey, "y", by="kind")
    differences = means.contrasts(np.array([[1, 0, 0], [-1, 1, 0], [-1, 0, 1]]), model.names)
    np.testing.assert_allclose(model.values, differences.values, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(model.covariance, differences.covariance, rtol=1e-8, atol=1e-10)


@quickly
@given(responses())
def test_shares_add_up_to_one_without_error(frame):
    ours = share(CLUSTERED.on(frame), "kind")
    whole = ours.contrast(dict.fromkeys(ours.names, 1.0))
    np.testing.assert_allclose([whole.values[0], whole.std_error[0]], [1.0, 0.0], atol=1e-8)


@quickly
@given(responses())
def test_more_of_the_population_drawn_is_less_error(frame):
    """With all schools drawn nothing is left to chance."""
    sizes = frame.groupby("stratum")["school"].transform("nunique")
    design = Design(weight="weight", strata="stratum", clusters="school", fpc="schools")
    errors = [mean(design.on(frame.assign(schools=sizes * times)), "y").std_error[0] for times in (1, 2, 10, np.inf)]
    assert errors[0] == 0
    assert errors == sorted(errors)
    np.testing.assert_allclose(errors[-1], mean(CLUSTERED.on(frame), "y").std_error[0], rtol=1e-12)
