"""Rasch and partial credit parameters, held against brute force in R, simulations, and published scores."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stemcareers.errors import Problem
from stemcareers.inference import item_calibration, item_response

REFERENCE = Path(__file__).parent / "reference"
YES = [f"yes{i}" for i in range(1, 6)]
ORDERED = ["item1", "item4", "item6"]


@pytest.fixture(scope="module")
def binary() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "psych_binary.csv")


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "psych_answers.csv")


@pytest.fixture(scope="module")
def in_r() -> dict:
    return json.loads((REFERENCE / "psych_item_response.json").read_text())


def flat(frame: pd.DataFrame) -> np.ndarray:
    values = frame.to_numpy().ravel()
    return values[~np.isnan(values)]


# --- numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["marginal", "conditional"])
def test_rasch_agrees_with_brute_force_in_r(binary: pd.DataFrame, in_r: dict, method: str) -> None:
    found, expected = item_calibration.rasch(binary, YES, method=method), in_r[f"rasch_{method}"]
    np.testing.assert_allclose(flat(found.parameters.steps), expected["steps"], rtol=1e-5, atol=3e-6)
    np.testing.assert_allclose(flat(found.parameters.std_error), expected["se"], rtol=1e-5)
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-9)
    assert found.n == 180
    if method == "marginal":
        assert found.latent_sd == pytest.approx(expected["sd"], rel=1e-5)


@pytest.mark.parametrize("method", ["marginal", "conditional"])
def test_partial_credit_agrees_with_brute_force_in_r(answers: pd.DataFrame, in_r: dict, method: str) -> None:
    found, expected = item_calibration.partial_credit(answers, ORDERED, method=method), in_r[f"partial_{method}"]
    np.testing.assert_allclose(flat(found.parameters.steps), expected["steps"], rtol=1e-5, atol=3e-6)
    np.testing.assert_allclose(flat(found.parameters.std_error), expected["se"], rtol=2e-5)
    assert found.log_likelihood == pytest.approx(expected["log_likelihood"], rel=1e-9)


def test_weights_enter_the_likelihood_as_in_r(answers: pd.DataFrame, in_r: dict) -> None:
    found = item_calibration.partial_credit(answers, ORDERED, weight="weight")
    expected = in_r["partial_marginal_weighted"]
    np.testing.assert_allclose(flat(found.parameters.steps), expected["steps"], rtol=1e-5, atol=3e-6)
    assert found.latent_sd == pytest.approx(expected["sd"], rel=1e-5)


def test_two_items_by_hand() -> None:
    # Given that one of two items was said yes to, the odds of which are exp(difference of the difficulties).
    rows = [(1, 0)] * 30 + [(0, 1)] * 10 + [(1, 1)] * 5 + [(0, 0)] * 5
    found = item_calibration.rasch(pd.DataFrame(rows, columns=["a", "b"]), ["a", "b"], method="conditional")
    steps = found.parameters.steps[1]
    assert steps["b"] - steps["a"] == pytest.approx(np.log(3), rel=1e-9)
    assert 2 * found.parameters.std_error.loc["a", 1] == pytest.approx(np.sqrt(1 / 30 + 1 / 10), rel=1e-6)
    assert found.parameters.difficulty.sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("method", ["marginal", "conditional"])
def test_errors_under_a_design_come_from_the_derivative_by_each_clusters_weight(
    answers: pd.DataFrame, method: str
) -> None:
    # The effect of a cluster is how fast the estimates move as its weights grow together.
    some = answers[answers["school"] <= 12]

    def at(weights: pd.Series) -> np.ndarray:
        return flat(fit(some.assign(weight=weights)).parameters.steps)

    def fit(frame: pd.DataFrame) -> item_calibration.Calibration:
        return item_calibration.partial_credit(
            frame, ["item4", "item6"], weight="weight", cluster="school", method=method
        )

    step = 1e-3
    schools = some["school"].unique()
    effects = np.array(
        [
            at(some["weight"] * (1 + step * (some["school"] == school)))
            - at(some["weight"] * (1 - step * (some["school"] == school)))
            for school in schools
        ]
    ) / (2 * step)
    expected = np.sqrt(len(schools) / (len(schools) - 1) * (effects**2).sum(axis=0))
    np.testing.assert_allclose(flat(fit(some).parameters.std_error), expected, rtol=1e-4)


def test_clusters_reach_the_errors(answers: pd.DataFrame) -> None:
    plain = item_calibration.partial_credit(answers, ORDERED, weight="weight")
    clustered = item_calibration.partial_credit(
        answers, ORDERED, weight="weight", stratum="stratum", cluster="school"
    )
    pd.testing.assert_frame_equal(plain.parameters.steps, clustered.parameters.steps)
    assert (np.abs(flat(plain.parameters.std_error - clustered.parameters.std_error)) > 1e-4).all()
    assert clustered.n_clusters == 26


@pytest.mark.parametrize("method", ["marginal", "conditional"])
def test_known_parameters_are_recovered(method: str) -> None:
    rng = np.random.default_rng(11)
    steps = np.array([[-1.0, 0.5], [-0.5, 1.0], [0.0, 0.3], [-1.2, 0.9]])
    theta = rng.normal(size=4000) * 1.2
    terms = np.exp(np.stack([0 * theta[:, None] + 0 * steps[:, 0], theta[:, None] - steps[:, 0],
                             2 * theta[:, None] - steps.sum(axis=1)], axis=2))  # fmt: skip
    chance = terms.cumsum(axis=2) / terms.sum(axis=2, keepdims=True)
    frame = pd.DataFrame((rng.random((4000, 4))[:, :, None] > chance).sum(axis=2).astype(float), columns=list("abcd"))
    frame = frame.mask(rng.random((4000, 4)) < 0.1)
    found = item_calibration.partial_credit(frame, list("abcd"), method=method)
    level = steps.mean() if method == "conditional" else 0.0
    distance = (flat(found.parameters.steps) + level - steps.ravel()) / flat(found.parameters.std_error)
    assert np.abs(distance).max() < 3.5
    if method == "marginal":
        assert found.latent_sd == pytest.approx(1.2, abs=0.1)


def test_rows_in_are_rows_used_and_rows_left_out(binary: pd.DataFrame) -> None:
    frame = binary.assign(weight=1.0)
    frame.loc[:2, YES] = np.nan
    frame.loc[5:8, "weight"] = 0
    found = item_calibration.rasch(frame, YES, weight="weight")
    assert found.left_out == {"weight 0": 4, "no item answered": 3}
    assert found.n + 7 == len(frame)
    same = item_calibration.rasch(frame.drop([0, 1, 2, 5, 6, 7, 8]), YES)
    np.testing.assert_allclose(found.parameters.steps, same.parameters.steps, rtol=1e-8)


def test_codes_in_the_other_order_mirror_the_scale(binary: pd.DataFrame) -> None:
    one = item_calibration.rasch(binary, YES)
    other = item_calibration.rasch(binary, YES, codes=[1, 0])
    np.testing.assert_allclose(one.parameters.steps, -other.parameters.steps, rtol=1e-7)


# --- published scores ----------------------------------------------------------------------------------------


def test_parameters_behind_published_scores_are_found() -> None:
    truth = item_response.given({"a": [-0.8], "b": [0.1], "c": [0.9]}, [0, 1], centre=0.3, spread=1.4, origin="true")
    table = item_response.score_table(truth, [["a", "b", "c"], ["a", "b"], ["b", "c"], ["a", "c"]])
    start = item_response.given({"a": [0.0], "b": [0.1], "c": [0.2]}, [0, 1], origin="start")
    found = item_calibration.from_published(
        table.rename(columns={"score": "value"}), truth.codes, start=start, origin="the table"
    )
    assert found.largest_distance < 1e-9
    steps = found.parameters.steps[1]
    np.testing.assert_allclose(steps - steps.mean(), truth.steps[1] - truth.steps[1].mean(), atol=1e-7)
    assert found.parameters.spread == pytest.approx(1.4, rel=1e-7)
    assert (found.n, found.parameters.origin) == (len(table), "the table")


@pytest.mark.slow
def test_parameters_of_an_oecd_index_are_those_kept(pisa_school_file: Path) -> None:
    del pisa_school_file  # the two indices need no data: the table determines them
    table = pd.read_csv(REFERENCE / "psych_pisa2006_lookup.csv")
    kept = json.loads((REFERENCE / "psych_pisa2006_parameters.json").read_text())
    for index in ("SCIPROM", "ENVLEARN"):
        items = list(kept[index]["steps"])
        start = item_response.given({item: [0.0] for item in items}, [2, 1], origin="nothing known")
        found = item_calibration.from_published(
            table[table["index"] == index], dict.fromkeys(items, (2, 1)), start=start, origin="the table"
        )
        assert found.largest_distance < 0.008
        np.testing.assert_allclose(flat(found.parameters.steps), [kept[index]["steps"][i][0] for i in items], atol=2e-3)


def test_own_calibration_comes_near_the_published_index(pisa_school_file: Path) -> None:
    # The OECD's calibration sample is not in the file, so parameters estimated from it differ a little: the scores
    # correlate over 0.99 with the published ones but lie up to a third of a standard deviation away.
    import pyreadstat

    items = [f"SC20Q{i:02d}" for i in range(1, 6)]
    frame, _ = pyreadstat.read_sav(pisa_school_file, usecols=["CNT", "OECD", "W_FSCHWT", *items, "SCIPROM"])
    oecd = frame[frame["OECD"] == 1]
    oecd = oecd.assign(share=oecd["W_FSCHWT"] / oecd.groupby("CNT")["W_FSCHWT"].transform("sum"))
    calibrated = item_calibration.partial_credit(oecd, items, codes=[2, 1], weight="share")
    scaled = item_response.standardise(oecd, calibrated.parameters, weights=oecd["share"].to_numpy())
    score = item_response.weighted_likelihood(oecd, scaled)["score"]
    assert score.corr(oecd["SCIPROM"]) > 0.99
    assert 0.1 < (score - oecd["SCIPROM"]).abs().max() < 0.4


# --- refusals ------------------------------------------------------------------------------------------------


def refused(function: object, *given: object, **options: object) -> str:
    with pytest.raises(Problem) as caught:
        function(*given, where="scale lead", **options)
    return str(caught.value)


def test_categories_that_nobody_chose_are_refused(binary: pd.DataFrame) -> None:
    frame = binary.assign(always=1, never=np.nan)
    assert refused(item_calibration.partial_credit, frame, [*YES, "always", "never"], codes=[0, 1]) == (
        "scale lead: 2 problems\n"
        "  item 'always': nobody chose 0, so its steps cannot be estimated; merge it with its neighbour\n"
        "  item 'never': nobody chose 0, 1, so its steps cannot be estimated; merge it with its neighbour"
    )
    assert refused(item_calibration.partial_credit, frame, [*YES, "always"]) == (
        "scale lead: 1 problem\n  item 'always' has 1 answer(s) to choose from; at least 2 are needed"
    )


def test_too_few_items_too_many_answers_and_unknown_methods_are_refused(answers: pd.DataFrame) -> None:
    assert refused(item_calibration.partial_credit, answers, ["item1"]) == (
        "scale lead: 1 problem\n  1 item(s) given; at least 2 are needed"
    )
    assert refused(item_calibration.rasch, answers, ["item1", "item6"]) == (
        "scale lead: 1 problem\n  more than two answers: 'item1' (5), 'item6' (4); use the partial credit model"
    )
    assert refused(item_calibration.partial_credit, answers, ["item1", "item6"], method="conditonal") == (
        "scale lead: 1 problem\n  method is 'conditonal', but must be one of: marginal, conditional; "
        "did you mean 'conditional'?"
    )
    assert refused(item_calibration.partial_credit, answers, ["item1", "itm6"], codes=[1, 2, 3, 4, 5]) == (
        "scale lead: 1 problem\n  item 'itm6' is not a column; did you mean 'item6'?"
    )


def test_items_that_share_no_rows_are_refused() -> None:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.integers(0, 2, (200, 4)).astype(float), columns=list("abcd"))
    frame.loc[:99, ["a", "b"]] = np.nan
    frame.loc[100:, ["c", "d"]] = np.nan
    assert refused(item_calibration.rasch, frame, list("abcd"), method="conditional") == (
        "scale lead: 1 problem\n  the answers do not determine every item: some items share no rows, or rows that "
        "differ on them; calibrate them apart"
    )


def test_published_patterns_must_fit_the_items() -> None:
    table = pd.DataFrame({"answered": ["11"], "raw_score": [1], "value": [0.0]})
    start = item_response.given({"a": [0.0], "b": [0.0], "c": [0.0]}, [0, 1], origin="start")
    assert refused(item_calibration.from_published, table, start.codes, start=start, origin="x") == (
        "scale lead: 1 problem\n  'answered' does not have one character for each of the 3 items"
    )
