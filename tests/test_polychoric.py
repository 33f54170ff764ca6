"""Polychoric correlations, ordinal alpha and the normal distribution under them, held against R and by properties."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import ndtr
from stemcareers.errors import Problem
from stemcareers.inference import bivariate_normal, polychoric

REFERENCE = Path(__file__).parent / "reference"
ITEMS = [f"item{i}" for i in range(1, 7)]


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "psych_answers.csv")


@pytest.fixture(scope="module")
def binary() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "psych_binary.csv")


@pytest.fixture(scope="module")
def in_r() -> dict:
    return json.loads((REFERENCE / "psych_polychoric.json").read_text())


def made_up(n: int, rho: float, k: int = 3, seed: int = 1) -> pd.DataFrame:
    """n rows of k items cut from normal answers that all correlate rho."""
    rng = np.random.default_rng(seed)
    latent = np.sqrt(rho) * rng.normal(size=(n, 1)) + np.sqrt(1 - rho) * rng.normal(size=(n, k))
    return pd.DataFrame(np.digitize(latent, [-1.0, -0.2, 0.5, 1.3]) + 1, columns=[f"item{j}" for j in range(k)])


# --- the bivariate normal distribution -----------------------------------------------------------------------


def by_quadrature(h: float, k: float, r: float) -> float:
    spread, bend = np.sqrt((1 - r) * (1 + r)), k / r
    places = sorted({bend - 8 * spread, bend - 2 * spread, bend, bend + 2 * spread, bend + 8 * spread, 0.0})
    ends = [-38.0, *(place for place in places if -38 < place < h), h]
    return sum(
        quad(lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi) * ndtr((k - r * x) / spread), a, b, epsabs=1e-16)[0]
        for a, b in zip(ends, ends[1:], strict=False)
    )


@pytest.mark.parametrize("r", [-0.9999, -0.95, -0.924, -0.3, 0.1, 0.6, 0.924, 0.926, 0.99, 0.9999])
def test_normal_probabilities_agree_with_quadrature(r: float) -> None:
    points = np.array([(-2.1, 0.3), (0.0, 0.0), (1.2, 1.2001), (0.4, -1.7), (3.5, 0.2), (-0.5, -0.5)])
    expected = [by_quadrature(h, k, r) for h, k in points]
    np.testing.assert_allclose(bivariate_normal.cdf(points[:, 0], points[:, 1], r), expected, atol=2e-15)


def test_normal_probabilities_at_the_limits() -> None:
    infinite = np.inf
    assert bivariate_normal.cdf(infinite, 0.3, 0.97) == pytest.approx(ndtr(0.3), abs=1e-15)
    assert bivariate_normal.cdf(-infinite, infinite, -0.99) == pytest.approx(0, abs=1e-290)
    assert bivariate_normal.cdf(0.5, 0.2, 1.0) == pytest.approx(ndtr(0.2), abs=1e-15)
    assert bivariate_normal.cdf(0.5, 0.7, -1.0) == pytest.approx(ndtr(0.5) - ndtr(-0.7), abs=1e-15)


def test_densities_are_derivatives_by_the_correlation() -> None:
    h, k, r, step = np.array([0.3, -1.2]), np.array([-0.4, -0.8]), np.array([0.5, 0.96]), 1e-5
    slope = (bivariate_normal.cdf(h, k, r + step) - bivariate_normal.cdf(h, k, r - step)) / (2 * step)
    np.testing.assert_allclose(bivariate_normal.density(h, k, r), slope, rtol=1e-6)
    slope = (bivariate_normal.density(h, k, r + step) - bivariate_normal.density(h, k, r - step)) / (2 * step)
    np.testing.assert_allclose(bivariate_normal.density_by_r(h, k, r), slope, rtol=1e-6)


# --- correlations --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("complete", {}),
        ("pairwise", {"missing": "pairwise"}),
        ("weighted", {"weight": "weight"}),
        ("corrected", {"correct": 0.5}),
    ],
)
def test_correlations_agree_with_a_likelihood_maximised_in_r(
    answers: pd.DataFrame, in_r: dict, name: str, options: dict
) -> None:
    found = polychoric.correlations(answers, ITEMS, **options)
    np.testing.assert_allclose(found.correlations, in_r[name], rtol=1e-9)
    assert not found.smoothed
    assert found.at_bound == ()
    assert (found.corrected > 0) == (name == "corrected")


def test_thresholds_and_categories(answers: pd.DataFrame, in_r: dict) -> None:
    found = polychoric.correlations(answers, ITEMS)
    for item in ITEMS:
        expected = in_r["thresholds"][item]
        np.testing.assert_allclose(found.thresholds.loc[item].dropna(), expected, rtol=1e-12)
    assert found.categories["item6"] == (1, 2, 3, 4)
    assert np.isnan(found.thresholds.loc["item6", 4])


def test_correlations_agree_with_psych_to_the_precision_of_its_optimiser(answers: pd.DataFrame, in_r: dict) -> None:
    # Without item6: where items differ in their number of categories, psych alters tables and thresholds.
    found = polychoric.correlations(answers.dropna(), ITEMS[:5])
    np.testing.assert_allclose(found.correlations, in_r["psych_complete"], atol=1e-4)


def test_tetrachoric_correlations(binary: pd.DataFrame, in_r: dict) -> None:
    found = polychoric.tetrachoric(binary, list(binary))
    np.testing.assert_allclose(found.correlations, in_r["tetrachoric"], rtol=1e-9)
    np.testing.assert_allclose(found.correlations, in_r["psych_tetrachoric"], atol=1e-4)


def test_medians_cut_in_halves_give_the_sine() -> None:
    # With both cuts at the median, P(both below) = 1/4 + asin(r) / (2 pi).
    counts = {(0, 0): 40, (0, 1): 10, (1, 0): 10, (1, 1): 40}
    frame = pd.DataFrame([row for row, n in counts.items() for _ in range(n)], columns=["a", "b"])
    found = polychoric.tetrachoric(frame, ["a", "b"])
    assert found.correlations.loc["a", "b"] == pytest.approx(np.sin(2 * np.pi * (0.4 - 0.25)), rel=1e-12)


def test_known_correlations_are_recovered_and_errors_are_honest() -> None:
    draws = [
        polychoric.correlations(made_up(400, 0.5, k=2, seed=seed), ["item0", "item1"]) for seed in range(120)
    ]
    values = np.array([found.correlations.iloc[0, 1] for found in draws])
    errors = np.array([found.std_error.iloc[0, 1] for found in draws])
    assert values.mean() == pytest.approx(0.5, abs=3 * values.std() / np.sqrt(120))
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.2)


@pytest.mark.parametrize("missing", ["complete", "pairwise"])
def test_errors_come_from_the_derivative_by_each_clusters_weight(answers: pd.DataFrame, missing: str) -> None:
    # The effect of a cluster is how fast an estimate moves as its weights grow together.
    def at(weights: pd.Series) -> np.ndarray:
        found = polychoric.correlations(answers.assign(weight=weights), ITEMS, weight="weight", missing=missing)
        return np.append(found.estimated.to_numpy()[np.triu_indices(6, 1)], polychoric.ordinal_alpha(found).alpha)

    step = 1e-4
    schools = answers["school"].unique()
    effects = np.array(
        [
            at(answers["weight"] * (1 + step * (answers["school"] == school)))
            - at(answers["weight"] * (1 - step * (answers["school"] == school)))
            for school in schools
        ]
    ) / (2 * step)
    expected = np.sqrt(len(schools) / (len(schools) - 1) * (effects**2).sum(axis=0))
    found = polychoric.correlations(answers, ITEMS, weight="weight", cluster="school", missing=missing)
    np.testing.assert_allclose(found.std_error.to_numpy()[np.triu_indices(6, 1)], expected[:-1], rtol=1e-5)
    assert polychoric.ordinal_alpha(found).std_error == pytest.approx(expected[-1], rel=1e-5)


def test_clusters_and_strata_reach_the_errors(answers: pd.DataFrame) -> None:
    plain = polychoric.correlations(answers, ITEMS, weight="weight")
    clustered = polychoric.correlations(answers, ITEMS, weight="weight", stratum="stratum", cluster="school")
    pd.testing.assert_frame_equal(plain.correlations, clustered.correlations)
    assert (np.abs(plain.std_error - clustered.std_error).to_numpy()[np.triu_indices(6, 1)] > 1e-5).all()
    assert (clustered.df, clustered.n_clusters, clustered.n) == (22, 26, 240)


def test_relations_that_must_hold(answers: pd.DataFrame) -> None:
    base = polychoric.correlations(answers, ITEMS, weight="weight")
    twice = pd.concat([answers, answers.sample(frac=1, random_state=1)]).assign(weight=lambda f: f["weight"] / 2)
    other = polychoric.correlations(twice, ITEMS, weight="weight")
    np.testing.assert_allclose(base.correlations, other.correlations, rtol=1e-9)
    mirrored = polychoric.correlations(answers.assign(item2=6 - answers["item2"]), ITEMS, weight="weight")
    np.testing.assert_allclose(mirrored.correlations.loc["item2"].drop("item2"),
                               -base.correlations.loc["item2"].drop("item2"), rtol=1e-9)  # fmt: skip
    recoded = answers.assign(item2=answers["item2"].map({1: 10, 2: 11, 3: 20, 4: 21, 5: 70}))
    other = polychoric.correlations(recoded, ITEMS, weight="weight")
    pd.testing.assert_frame_equal(base.correlations, other.correlations)


def test_items_that_always_agree_stop_at_the_bound_and_say_so() -> None:
    frame = made_up(60, 0.4).assign(same=lambda f: f["item0"])
    found = polychoric.correlations(frame, ["item0", "item1", "same"])
    assert found.at_bound == (("item0", "same"),)
    assert found.correlations.loc["item0", "same"] == pytest.approx(polychoric.BOUND)
    assert np.isnan(found.std_error.loc["item0", "same"])
    assert np.isnan(polychoric.ordinal_alpha(found).std_error)


def test_a_matrix_that_is_not_positive_definite_is_smoothed_and_said(in_r: dict) -> None:
    bad = np.array([[1, 0.9, 0.1], [0.9, 1, 0.8], [0.1, 0.8, 1]])
    smooth, smallest = polychoric._positive_definite(bad)
    np.testing.assert_allclose(smooth, in_r["smoothed"], rtol=1e-8)
    assert smallest == pytest.approx(np.linalg.eigvalsh(bad)[0])
    # Pairs answered by different people may contradict each other.
    rng = np.random.default_rng(8)
    x = rng.normal(size=300)
    frame = pd.DataFrame({"a": x, "b": x, "c": x})
    frame.loc[:99, "c"], frame.loc[100:199, "a"], frame.loc[200:, "b"] = np.nan, np.nan, np.nan
    frame.loc[200:, "a"] *= -1
    frame = frame + rng.normal(size=(300, 3)) * 0.2
    ordered = frame.apply(lambda column: pd.qcut(column, 4, labels=False))
    found = polychoric.correlations(ordered, ["a", "b", "c"], missing="pairwise")
    assert found.smoothed
    assert found.smallest_eigenvalue < 0
    assert np.linalg.eigvalsh(found.correlations)[0] > 0
    assert np.linalg.eigvalsh(found.estimated)[0] == pytest.approx(found.smallest_eigenvalue)


def test_twenty_items_are_fast() -> None:
    frame = made_up(500, 0.4, k=20)
    start = time.perf_counter()
    polychoric.correlations(frame, list(frame))
    assert time.perf_counter() - start < 0.5


def test_resources_of_schools_in_the_united_kingdom(pisa_school_file: Path) -> None:
    # psych 2.2.9 (to the precision of its optimiser) on the 460 schools that answered SC14Q07 to SC14Q13.
    import pyreadstat

    columns = [f"SC14Q{i:02d}" for i in range(7, 14)]
    frame, _ = pyreadstat.read_sav(pisa_school_file, usecols=["CNT", *columns])
    found = polychoric.correlations(frame[frame["CNT"] == "GBR"], columns, categories=[1, 2, 3, 4])
    expected = [0.740291559896417, 0.499029594667436, 0.375104372066853, 0.475173086881319, 0.555384202429112,
                0.561471653379367]  # fmt: skip
    np.testing.assert_allclose(found.correlations.iloc[0, 1:], expected, atol=5e-5)
    assert found.n == 460


# --- ordinal alpha -------------------------------------------------------------------------------------------


def test_ordinal_alpha_is_the_alpha_of_the_polychoric_correlations(answers: pd.DataFrame, in_r: dict) -> None:
    found = polychoric.correlations(answers, ITEMS)
    ordinal = polychoric.ordinal_alpha(found)
    r = np.array(in_r["complete"])
    assert ordinal.alpha == pytest.approx(6 / 5 * (1 - 6 / r.sum()), rel=1e-9)
    assert ordinal.ci_low < ordinal.alpha < ordinal.ci_high < 1


# --- refusals ------------------------------------------------------------------------------------------------


def refused(function: object, *given: object, **options: object) -> str:
    with pytest.raises(Problem) as caught:
        function(*given, where="scale lead", **options)
    return str(caught.value)


def test_undeclared_answers_are_refused() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3, 9, 8], "b": [1, 2, 3, 2, 1]})
    assert refused(polychoric.correlations, frame, ["a", "b"], categories=[1, 2, 3]) == (
        "scale lead: 1 problem\n  item 'a' has 2 of 5 answers outside its categories (1, 2, 3): 8, 9"
    )
    assert refused(polychoric.correlations, frame, ["a", "b"], categories={"a": [1, 2, 3, 8, 9]}) == (
        "scale lead: 1 problem\n  item 'b' has no declared categories"
    )


def test_one_category_many_categories_and_three_in_tetrachoric_are_refused() -> None:
    frame = pd.DataFrame({"a": [1, 2, 3, 2], "b": [2, 2, 2, 2]})
    assert refused(polychoric.correlations, frame, ["a", "b"]) == (
        "scale lead: 1 problem\n"
        "  item 'b' is constant: all 4 answers used are 2, so it cannot vary with the others; leave it out"
    )
    wide = pd.DataFrame({"a": range(21), "b": [1, 2, 3] * 7})
    assert refused(polychoric.correlations, wide, ["a", "b"]) == (
        "scale lead: 1 problem\n  item 'a' has 21 different answers: too many to be ordered categories (at most 20)"
    )
    assert refused(polychoric.tetrachoric, wide.iloc[:3], ["a", "b"]) == (
        "scale lead: 1 problem\n"
        "  more than two different answers: 'a' (3), 'b' (3); use polychoric correlations"
    )


def test_ordinal_alpha_of_items_that_contradict_each_other_is_refused() -> None:
    frame = made_up(300, 0.6, k=2)
    found = polychoric.correlations(frame.assign(item1=6 - frame["item1"]), ["item0", "item1"])
    r = found.correlations.iloc[0, 1]
    assert refused(polychoric.ordinal_alpha, found) == (
        f"scale lead: 1 problem\n  the average polychoric correlation is {r:.3g}: not positive, so the items "
        "measure nothing in common and alpha has no meaning"
    )


def test_a_search_that_does_not_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polychoric, "MOST_STEPS", 1)
    assert refused(polychoric.correlations, made_up(100, 0.5), ["item0", "item1"]) == (
        "scale lead: 1 problem\n  the polychoric correlation of 'item0' and 'item1' did not converge"
    )
