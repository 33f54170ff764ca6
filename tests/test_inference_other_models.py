"""Models, few clusters, mixed models and calibration on data not used elsewhere (`reference/survey/other_models.R`)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from reference.r_survey import FOLDER, agrees, numbers
from stemcareers.inference import (
    Design,
    Term,
    bias_reduced,
    calibrate,
    linear,
    logit,
    mean,
    mixed,
    multinomial,
    negative_binomial,
    ordered_logit,
    post_stratify,
    quantile,
    rake,
    total,
    trim,
    wald_bias_reduced,
)

R = numbers("other_models")
SATISFIED = ["Low", "Medium", "High"]
TYPE = Term("Type", levels=["Tower", "Apartment", "Atrium", "Terrace"])
INFLUENCE = Term("Infl", levels=SATISFIED)


def rows(*without: str) -> pd.DataFrame:
    frame = pd.read_csv(FOLDER / "other_designs.csv")
    return frame[~frame["stratum"].isin(without)].assign(one=lambda f: (f["school"] == "A3").astype(float))


def near(ours, expected, relative: float) -> None:
    """To a relative tolerance of each, or of the largest."""
    expected = np.array(expected, dtype=float)
    agrees(ours, expected, relative, absolute=relative * 1e-1 * np.abs(expected).max())


def test_days_absent_from_school():
    ours = negative_binomial(Design().on(pd.DataFrame(R["data"]["quine"])), "Days", ["Eth", "Sex", "Age"])
    agrees(ours.values[:-1], R["quine"]["values"], 1e-5)
    agrees(np.exp(-ours.values[-1]), R["quine"]["theta"], 1e-5)
    agrees(ours.facts.log_likelihood, R["quine"]["log_likelihood"])


def test_satisfaction_with_housing_by_frequencies():
    survey = Design(weight="Freq").on(pd.DataFrame(R["data"]["housing"]))
    terms = [INFLUENCE, TYPE, Term("Cont", levels=["Low", "High"])]
    agrees(ordered_logit(survey, "Sat", terms, levels=SATISFIED).values, R["polr"], 1e-5)
    ours = multinomial(survey, "Sat", [INFLUENCE, TYPE], baseline="Low")
    values = [ours.where(Sat=level).values for level in ("Medium", "High")]
    near(values, R["multinom"]["values"], 1e-4)  # nnet stops early, below the maximum
    likelihood = ours.facts.log_likelihood * survey.weights.mean()
    agrees(likelihood, R["multinom"]["log_likelihood"])
    assert likelihood >= R["multinom"]["log_likelihood"] - 1e-9


FEW = {
    "linear": (lambda s: linear(s, "y", ["x", "k", "girl"]), "k"),
    "logit": (lambda s: logit(s, "b", ["x", "k"], tolerance=1e-15), "k"),
    "one_cluster": (lambda s: linear(s, "y", ["one", "x", "girl"]), ["one", "x"]),
}


@pytest.mark.parametrize("name", R["few"])
def test_few_clusters_of_unequal_size(name):
    family, _, weighted = name.partition("_weighted")
    fit, terms = FEW[family]
    weight = "w" if name.endswith("_weighted") else None
    model = fit(Design(weight=weight, clusters="school").on(rows("E")))
    ours, r = bias_reduced(model), R["few"][name]
    near(ours.values, r["values"], 1e-7)
    near(ours.covariance, r["covariance"], 1e-6)
    agrees(ours.df, r["df"], 1e-6)
    agrees(ours.p_values, r["p_values"], 1e-5)
    test = wald_bias_reduced(model, terms)
    agrees([test.statistic, test.df, test.ddf, test.p_value], r["wald"], 1e-5)


GROWTH = ["age", Term("Sex", levels=["Male", "Female"])]


def mixed_model(name: str, method: str):
    if name == "unequal":
        return mixed(Design(clusters="school").on(rows()), "y", ["x", "k", "girl"], "school", method=method)
    survey = Design().on(pd.DataFrame(R["data"]["orthodont"]))
    slopes = [] if name == "intercept" else ["age"]
    return mixed(survey, "distance", GROWTH, "Subject", slopes, correlated=name == "slope", method=method)


@pytest.mark.parametrize("method", R["mixed"])
@pytest.mark.parametrize("name", R["mixed"]["ML"])
def test_mixed_models(name, method):
    ours, r = mixed_model(name, method), R["mixed"][method][name]
    # lme4 searches without derivatives and ends short of the maximum, below which ours must not lie.
    near(ours.values, r["values"], 1e-5)
    near(ours.covariance, r["covariance"], 1e-4)
    near(sorted(part.value for part in ours.components), sorted(r["components"]), 1e-3)
    agrees(ours.facts.log_likelihood, r["log_likelihood"])
    assert ours.facts.log_likelihood >= r["log_likelihood"] - 1e-9


KINDS, GIRLS = {"north": 650, "south": 380, "east": 300}, {0: 700, 1: 630}
TOTALS = {"intercept": 1780, "x": -137, "hours": 7968}
CALIBRATIONS = {
    "post": lambda s: post_stratify(s, "k", KINDS),
    "rake": lambda s: rake(s, {"k": KINDS, "girl": GIRLS}),
    "linear": lambda s: calibrate(s, TOTALS),
    "bounded": lambda s: calibrate(s, TOTALS, bounds=(0.75, 1.3)),
    "raking": lambda s: calibrate(s, TOTALS, method="raking"),
    "logit": lambda s: calibrate(s, TOTALS, method="logit", bounds=(0.5, 2)),
    "post_jkn": lambda s: post_stratify(s.replicated("JKn"), "k", KINDS),
    "trim": lambda s: trim(s, 2, 15),
    "trim_once": lambda s: trim(s, 2, 15, strict=False),
}


@pytest.mark.parametrize("name", R["calibrated"])
def test_calibrated_weights_of_an_unequal_sample(name):
    r = R["calibrated"][name]
    d = CALIBRATIONS[name](Design("w", "stratum", "psu", nest=True).on(rows("E", "F")))
    agrees(d.all_weights, r["weights"])
    for key, ours in {
        "mean": mean(d, "y"),
        "total": total(d, "y"),
        "domain": mean(d.domain("dom"), "y"),
        "quantile": quantile(d, "y", [0.5]),
    }.items():
        agrees([ours.values[0], ours.std_error[0]], r[key], 1e-7)
    near(linear(d, "y", ["x", "k"]).covariance, r["linear"], 1e-7)
