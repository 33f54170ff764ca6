"""Chained equations: what they promise, and whether they bring back what was planted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stemcareers.errors import Problem
from stemcareers.inference import Design, Term, impute, linear, logit, mean, pool, share
from stemcareers.inference.imputation_models import Known, nominal, numeric, ordered


def answers(n: int = 400, seed: int = 5) -> pd.DataFrame:
    """Answers of every kind and of every dtype, complete."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    frame = pd.DataFrame({"money": np.round(z * 3 + rng.normal(size=n), 2)})
    frame["lead"] = pd.array((z + rng.logistic(size=n) > 0).astype(int), dtype="Int64")
    frame["agree"] = np.digitize(z + rng.logistic(size=n), [-2, -0.5, 0.7, 2]) + 1.0
    frame["phase"] = np.array(["primary", "secondary", "special"])[np.digitize(z + rng.normal(size=n), [-0.5, 1])]
    frame["size"] = pd.Categorical(
        np.array(["small", "middle", "large"])[np.digitize(z + rng.normal(size=n), [-1, 1])],
        ["small", "middle", "large", "huge"],
        ordered=True,
    )
    frame["weight"] = 1 + rng.random(n)
    return frame


KINDS = {"money": "numeric", "lead": "binary", "agree": "ordered", "phase": "nominal", "size": "ordered"}


def with_gaps(frame: pd.DataFrame, share_missing: float = 0.2, seed: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = frame.copy()
    for name in KINDS:
        frame[name] = frame[name].mask(rng.random(len(frame)) < share_missing)
    return frame


def completed(frame: pd.DataFrame, seed: int = 1, **options) -> list[pd.DataFrame]:
    survey = Design(weight="weight").on(frame)
    return [one.frame for one in impute(survey, KINDS, ["weight"], seed=seed, **options).surveys]


def test_gaps_are_filled_and_nothing_else_changes():
    frame = with_gaps(answers())
    before = frame.copy()
    for one in completed(frame, m=3):
        assert not one[list(KINDS)].isna().any().any()
        pd.testing.assert_series_equal(one.dtypes, frame.dtypes)
        for name in frame:
            seen = frame[name].notna()
            pd.testing.assert_series_equal(one[name][seen], frame[name][seen])
            assert set(one[name].unique()) <= set(frame[name].dropna().unique())
    pd.testing.assert_frame_equal(frame, before)


def test_rows_out_of_use_are_left_alone():
    frame = with_gaps(answers())
    survey = Design(weight="weight").on(frame).domain(lambda rows: rows["weight"] > 1.5)
    one = impute(survey, KINDS, m=2, seed=1).surveys[0]
    outside = frame["weight"] <= 1.5
    pd.testing.assert_frame_equal(one.frame[outside], frame[outside])
    assert not one.frame.loc[~outside, list(KINDS)].isna().any().any()
    assert one.left_out == survey.left_out


def test_the_same_seed_gives_the_same_and_another_another():
    frame = with_gaps(answers())
    first, again, other = completed(frame, m=2), completed(frame, m=2), completed(frame, m=2, seed=2)
    pd.testing.assert_frame_equal(first[1], again[1])
    assert not first[1].equals(other[1])
    assert not first[0].equals(first[1])


def test_more_copies_leave_the_first_ones_alone():
    frame = with_gaps(answers())
    few, more = completed(frame, m=2), completed(frame, m=4)
    pd.testing.assert_frame_equal(few[1], more[1])


def test_neither_the_order_of_rows_nor_of_columns_matters():
    frame = with_gaps(answers())
    straight = completed(frame, m=2)[1]
    shuffled = frame.sample(frac=1, random_state=8)
    pd.testing.assert_frame_equal(completed(shuffled, m=2)[1].loc[frame.index], straight)
    survey = Design(weight="weight").on(frame[frame.columns[::-1]])
    turned = impute(survey, dict(reversed(KINDS.items())), ["weight"], m=2, seed=1).surveys[1].frame
    pd.testing.assert_frame_equal(turned[frame.columns], straight)


def test_the_design_travels_with_the_copies():
    frame = with_gaps(answers())
    survey = Design(weight="weight").on(frame)
    for one in impute(survey, KINDS, m=2, seed=1).surveys:
        np.testing.assert_array_equal(one.weights, survey.weights)
        assert one.design == survey.design


def test_diagnostics():
    survey = Design(weight="weight").on(with_gaps(answers()))
    imputed = impute(survey, KINDS, ["weight"], m=3, iterations=4, seed=1)
    assert len(imputed) == 3
    assert list(imputed.trace) == ["column", "imputation", "iteration", "mean", "sd"]
    assert len(imputed.trace) == 5 * 3 * 4
    last = imputed.trace.query("column == 'money' and imputation == 2 and iteration == 4").iloc[0]
    drawn = imputed.surveys[1].frame["money"][survey.frame["money"].isna()]
    assert (last["mean"], last["sd"]) == pytest.approx((drawn.mean(), drawn.std(ddof=0)))
    table = imputed.comparison().set_index(["column", "quantity", "level"]).sort_index()
    assert table.loc[("money", "mean", ""), "observed"] == pytest.approx(survey.frame["money"].mean())
    phase = table.loc[("phase", "share")]
    assert phase.index.tolist() == ["primary", "secondary", "special"]
    assert phase["observed"].sum() == pytest.approx(1)
    assert phase["imputed"].sum() == pytest.approx(1)
    assert phase["n_missing"].unique() == survey.frame["phase"].isna().sum()
    assert table.loc[("agree", "share")].index.tolist() == ["1", "2", "3", "4", "5"]
    assert imputed.missing["agree"] == survey.frame["agree"].isna().sum()


def test_a_column_without_gaps_predicts_and_keeps_still():
    frame = with_gaps(answers()).assign(money=answers()["money"])
    imputed = impute(Design(weight="weight").on(frame), KINDS, m=2, seed=1)
    assert "money" not in set(imputed.trace["column"])
    assert "money" not in set(imputed.comparison()["column"])
    pd.testing.assert_series_equal(imputed.surveys[0].frame["money"], frame["money"])


def test_separated_answers_stay_finite():
    frame = answers()
    frame["sure"] = (frame["money"] > 0).astype(float)
    frame.loc[::5, "sure"] = np.nan
    imputed = impute(Design().on(frame), {"sure": "binary"}, ["money", Term("phase")], m=2, seed=1)
    drawn = imputed.surveys[0].frame.loc[::5]
    assert (drawn["sure"] == (drawn["money"] > 0)).mean() > 0.85


# --- the draws, each for itself ------------------------------------------------------------------------------


def drawn_from(draw, x, codes, levels, times=300):
    """Chances of every level that many draws give two rows, and the coefficients the draws go around."""
    data = Known(x, np.array([[-1.0, 1.0]]), codes, levels)
    rng = np.random.default_rng(3)
    draws, theta = [], None
    for _ in range(times):
        codes_drawn, theta = draw(data, rng, theta)
        draws.append(codes_drawn)
    chances = np.array([(np.array(draws) == level).mean(axis=0) for level in range(levels)])
    return chances, theta


def test_nominal_coefficients_are_the_likelihoods():
    statsmodels = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(1)
    x = rng.normal(size=3000)
    eta = np.vstack([np.zeros(3000), 0.3 + 0.8 * x, -0.5 - 0.4 * x])
    codes = (eta + rng.gumbel(size=eta.shape)).argmax(axis=0)
    chances, theta = drawn_from(nominal, x[None, :], codes, 3)
    fit = statsmodels.MNLogit(codes, statsmodels.add_constant(x)).fit(disp=0)
    np.testing.assert_allclose(theta.reshape(2, 2), fit.params.T, atol=2e-3)  # the prior's pull
    np.testing.assert_allclose(chances.T, fit.predict(np.array([[1, -1.0], [1, 1.0]])), atol=0.08)


def test_ordered_coefficients_are_the_likelihoods():
    ordered_model = pytest.importorskip("statsmodels.miscmodels.ordinal_model")
    rng = np.random.default_rng(2)
    x = rng.normal(size=3000)
    codes = np.digitize(0.9 * x + rng.logistic(size=3000), [-1.5, 0.2, 1.8])
    chances, theta = drawn_from(ordered, x[None, :], codes, 4)
    model = ordered_model.OrderedModel(codes, x[:, None], distr="logit")
    fit = model.fit(method="bfgs", disp=0)
    np.testing.assert_allclose(theta[0], fit.params[0], atol=2e-3)
    np.testing.assert_allclose(theta[1:], model.transform_threshold_params(fit.params)[1:-1], atol=2e-3)
    np.testing.assert_allclose(chances.T, model.predict(fit.params, exog=np.array([[-1.0], [1.0]])), atol=0.08)


def test_the_posterior_is_as_wide_as_the_standard_error():
    """Draws of a rare answer vary between copies as much as its coefficient does."""
    codes = np.repeat([0, 1], [90, 10])
    data = Known(np.empty((0, 100)), np.empty((0, 4000)), codes, 2)
    rng = np.random.default_rng(4)
    logits = []
    for _ in range(500):
        drawn, _ = nominal(data, rng)
        logits.append(np.log(drawn.mean() / (1 - drawn.mean())))
    assert np.std(logits) == pytest.approx(1 / np.sqrt(100 * 0.1 * 0.9), rel=0.12)
    assert np.mean(logits) == pytest.approx(np.log(1 / 9), abs=0.05)


def test_matching_takes_a_neighbours_answer():
    x = np.arange(100.0)[None, :]
    data = Known((x - 49.5) / 29, np.array([[0.0, 1.5]]), np.arange(100.0) ** 2, 0)
    rng = np.random.default_rng(5)
    drawn = np.array([numeric(data, rng)[0] for _ in range(200)])
    assert set(np.sqrt(drawn.ravel()) % 1) == {0.0}
    assert abs(np.sqrt(drawn[:, 0]).mean() - 49.5) < 4
    few = Known(np.array([[-1.0, 0.0, 1.0]]), np.array([[0.0]]), np.array([1.0, 2.0, 3.0]), 0)
    assert {float(numeric(few, rng)[0][0]) for _ in range(100)} == {1.0, 2.0, 3.0}


def test_rows_that_match_equally_well_give_equally_often():
    x = np.repeat([[-1.0, 1.0]], 50, axis=0).T.reshape(1, -1)
    values = np.arange(100.0) * 1e-9 + np.repeat([0.0, 5.0], 50)
    data = Known(x, np.full((1, 400), -1.0), values, 0)
    drawn = numeric(data, np.random.default_rng(6))[0]
    assert len(np.unique(drawn)) > 4  # five a draw
    many = {value for seed in range(40) for value in numeric(data, np.random.default_rng(seed))[0]}
    assert len(many) == 50


# --- planted truths ------------------------------------------------------------------------------------------


def planted(n: int, seed: int) -> pd.DataFrame:
    """Everything depends on z and on each other; answers are lost by what is always seen: u."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"u": rng.normal(size=n)})
    frame["x"] = 0.6 * frame["u"] + rng.normal(size=n)
    frame["group"] = np.array(["a", "b", "c"])[
        (np.vstack([np.zeros(n), 0.8 * frame["u"], -0.5 + 0.4 * frame["u"]]) + rng.gumbel(size=(3, n))).argmax(axis=0)
    ]
    frame["agree"] = np.digitize(0.8 * frame["u"] + rng.logistic(size=n), [-1, 0.5, 1.5]) + 1.0
    frame["yes"] = (0.4 + 0.7 * frame["x"] + rng.logistic(size=n) > 0).astype(float)
    frame["y"] = 1 + 0.5 * frame["x"] + 1.0 * (frame["group"] == "b") + 0.3 * frame["u"] + rng.normal(size=n)
    return frame


def lose(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    gone = frame.copy()
    for name in ("x", "group", "agree", "yes", "y"):
        chance = 1 / (1 + np.exp(1.1 - 1.2 * frame["u"]))
        gone[name] = gone[name].mask(rng.random(len(frame)) < chance)
    return gone


PLANTED = {"x": "numeric", "group": "nominal", "agree": "ordered", "yes": "binary", "y": "numeric"}


def estimates(survey):
    return {
        "means": mean(survey, ["x", "y", "yes", "agree"]),
        "shares": share(survey, ["group", "agree"]),
        "linear": linear(survey, "y", ["x", "group", "u"]),
        "logit": logit(survey, "yes", ["x"]),
    }


def test_planted_truths_come_back_where_complete_cases_miss_them():
    whole = planted(4000, 11)
    imputed = impute(Design().on(lose(whole, 12)), PLANTED, ["u"], m=10, seed=13)
    truth = estimates(Design().on(whole))
    off = {}
    for name in truth:
        pooled = pool(imputed, lambda survey, name=name: estimates(survey)[name])
        error = (pooled.result.values - truth[name].values) / pooled.result.std_error
        assert np.abs(error).max() < 3, (name, error)
        alone = (pooled.complete_case.values - truth[name].values) / pooled.complete_case.std_error
        off[name] = np.abs(alone).max()
    # Means and shares of those who answered are far off: answers were lost by what they depend on.
    assert off["means"] > 8
    assert off["shares"] > 5


@pytest.mark.slow
def test_intervals_cover():
    """Of 200 samples some 95 % of the pooled intervals hold the truth, for means and for coefficients."""
    big = estimates(Design().on(planted(400_000, 0)))
    truth = np.concatenate([big["means"].values, big["linear"].values])
    held = []
    for rep in range(200):
        imputed = impute(Design().on(lose(planted(400, 1000 + rep), rep)), PLANTED, ["u"], m=8, iterations=5, seed=rep)
        parts = [
            pool(imputed, lambda survey: mean(survey, ["x", "y", "yes", "agree"]), complete_case=False),
            pool(imputed, lambda survey: linear(survey, "y", ["x", "group", "u"]), complete_case=False),
        ]
        low, high = np.concatenate([part.result.interval() for part in parts], axis=1)
        held.append((low <= truth) & (truth <= high))
    coverage = np.mean(held, axis=0)
    assert coverage.mean() == pytest.approx(0.95, abs=0.02)
    assert coverage.min() > 0.89  # four Monte Carlo errors


# --- refused -------------------------------------------------------------------------------------------------


def refused(call) -> str:
    with pytest.raises(Problem) as problem:
        call()
    return str(problem.value)


def test_everything_wrong_is_told_at_once():
    frame = with_gaps(answers()).assign(empty=np.nan, still=1.0)
    survey = Design(weight="weight").on(frame)
    kinds = {
        "phase": "numeric",
        "agree": "binary",
        "lead": "binery",
        "empty": "numeric",
        "still": "nominal",
        "weight": "numeric",
    }
    assert refused(lambda: impute(survey, kinds, ["money"], m=1, seed=1)) == (
        "imputation: 8 problems\n"
        "  m is 1: it takes two imputations or more to see how far they differ\n"
        "  weight belongs to the design\n"
        f"  phase: holds {frame['phase'].dtype} values, where numbers are due\n"
        "  agree: is binary and has 5 levels; say nominal or ordered\n"
        "  lead: kind 'binery' is not known; did you mean 'binary'? (binary, nominal, ordered, numeric)\n"
        "  empty: has 0 different values in 0 answers: nothing to learn from\n"
        "  still: has 1 different values in 400 answers: nothing to learn from\n"
        f"  money predicts and is missing in {frame['money'].isna().sum()} rows: "
        "say its kind, so that it is drawn as well"
    )
    assert refused(lambda: impute(survey, {"money": "numeric"}, ["money"], seed=1)).splitlines()[1] == (
        "  money is both drawn and in `using`"
    )
    assert "'mony' is not a column; did you mean 'money'?" in refused(
        lambda: impute(survey, {"mony": "numeric"}, seed=1)
    )
