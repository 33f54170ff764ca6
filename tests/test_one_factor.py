"""Loadings and omega of one factor, held against factanal, psych and least squares in R."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stemcareers.errors import Problem
from stemcareers.inference import polychoric
from stemcareers.inference.one_factor import eigenvalues, one_factor

REFERENCE = Path(__file__).parent / "reference"
ITEMS = [f"item{i}" for i in range(1, 7)]


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return pd.read_csv(REFERENCE / "psych_answers.csv")


@pytest.fixture(scope="module")
def pearson(answers: pd.DataFrame) -> pd.DataFrame:
    return answers[ITEMS].dropna().corr()


@pytest.fixture(scope="module")
def in_r() -> dict:
    return json.loads((REFERENCE / "psych_polychoric.json").read_text())


def square(matrix: list[list[float]]) -> pd.DataFrame:
    names = list("abcdef"[: len(matrix)])
    return pd.DataFrame(matrix, names, names)


def test_maximum_likelihood_agrees_with_factanal(pearson: pd.DataFrame, in_r: dict) -> None:
    found = one_factor(pearson, n=240)
    np.testing.assert_allclose(found.items["loading"], in_r["factanal"]["loadings"], rtol=1e-7)
    np.testing.assert_allclose(found.items["uniqueness"], in_r["factanal"]["uniquenesses"], rtol=1e-7)
    assert found.chi_square == pytest.approx(in_r["factanal_test"]["statistic"], rel=1e-6)
    assert (found.df, found.p_value) == (9, pytest.approx(in_r["factanal_test"]["p"], rel=1e-6))
    assert found.heywood == ()


def test_least_squares_agree_with_r_and_with_psych(pearson: pd.DataFrame, in_r: dict) -> None:
    found = one_factor(pearson, method="minres")
    np.testing.assert_allclose(found.items["loading"], in_r["minres"]["loadings"], rtol=1e-6)
    np.testing.assert_allclose(found.items["loading"], in_r["minres"]["psych"], rtol=1e-5)
    assert np.isnan(found.chi_square)


def test_a_factor_of_polychoric_correlations_agrees_with_factanal(answers: pd.DataFrame, in_r: dict) -> None:
    found = one_factor(polychoric.correlations(answers, ITEMS).correlations)
    np.testing.assert_allclose(found.items["loading"], in_r["factanal_polychoric"]["loadings"], rtol=1e-7)


def test_eigenvalues_agree_with_r(pearson: pd.DataFrame, in_r: dict) -> None:
    found = eigenvalues(pearson)
    np.testing.assert_allclose(found, in_r["eigenvalues"], rtol=1e-10)
    assert found.sum() == pytest.approx(6)


@pytest.mark.parametrize("method", ["ml", "minres"])
def test_a_matrix_made_of_one_factor_gives_it_back(method: str) -> None:
    loadings = np.array([0.9, 0.8, 0.7, 0.6, -0.5])
    matrix = np.outer(loadings, loadings)
    np.fill_diagonal(matrix, 1)
    found = one_factor(square(matrix.tolist()), method=method)
    np.testing.assert_allclose(found.items["loading"], loadings, rtol=1e-9)
    assert found.residual_rms == pytest.approx(0, abs=1e-9)
    common = loadings.sum() ** 2
    assert found.omega == pytest.approx(common / (common + (1 - loadings**2).sum()), rel=1e-9)
    assert found.omega_observed == pytest.approx(found.omega, rel=1e-9)


def test_three_items_by_hand() -> None:
    # With three items, loading_a^2 = r_ab r_ac / r_bc.
    found = one_factor(square([[1, 0.48, 0.4], [0.48, 1, 0.3], [0.4, 0.3, 1]]))
    np.testing.assert_allclose(found.items["loading"], [0.8, 0.6, 0.5], rtol=1e-9)
    assert found.df == 0


def test_omega_equals_alpha_where_all_items_load_alike() -> None:
    matrix = np.full((5, 5), 0.4)
    np.fill_diagonal(matrix, 1)
    assert one_factor(square(matrix.tolist())).omega == pytest.approx(5 * 0.4 / (1 + 4 * 0.4), rel=1e-9)


@pytest.mark.parametrize("method", ["ml", "minres"])
def test_the_gradient_of_omega_is_its_derivative(pearson: pd.DataFrame, method: str) -> None:
    step = np.zeros((6, 6))
    step[1, 3] = step[3, 1] = 1e-6
    slope = (one_factor(pearson + step, method=method).omega - one_factor(pearson - step, method=method).omega) / 2e-6
    found = one_factor(pearson, method=method)
    assert 2 * found.omega_gradient[1, 3] == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("method", ["ml", "minres"])
def test_the_error_of_omega_comes_from_the_derivative_by_each_clusters_weight(
    answers: pd.DataFrame, method: str
) -> None:
    def at(weights: pd.Series) -> float:
        found = polychoric.correlations(answers.assign(weight=weights), ITEMS, weight="weight")
        return one_factor(found.correlations, method=method).omega

    step = 1e-4
    schools = answers["school"].unique()
    effects = [
        at(answers["weight"] * (1 + step * (answers["school"] == school)))
        - at(answers["weight"] * (1 - step * (answers["school"] == school)))
        for school in schools
    ]
    expected = np.sqrt(len(schools) / (len(schools) - 1) * (np.square(effects) / (2 * step) ** 2).sum())
    found = polychoric.correlations(answers, ITEMS, weight="weight", cluster="school")
    error = found.std_error_of(one_factor(found.correlations, method=method).omega_gradient)
    assert error == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("method", ["ml", "minres"])
def test_a_heywood_case_is_named(method: str) -> None:
    # r_ab r_ac / r_bc = 1.2: the loading of a would be over 1.
    found = one_factor(square([[1, 0.6, 0.6], [0.6, 1, 0.3], [0.6, 0.3, 1]]), method=method)
    assert found.heywood == ("a",)
    assert found.items.loc["a", "uniqueness"] == pytest.approx(0.005)
    assert np.isnan(found.omega_gradient).all()


def refused(matrix: list[list[float]], **options: object) -> str:
    with pytest.raises(Problem) as caught:
        one_factor(square(matrix), where="scale lead", **options)
    return str(caught.value)


def test_refusals() -> None:
    assert refused([[1, 0.5], [0.5, 1]]) == (
        "scale lead: 1 problem\n  2 items only: a factor needs at least 3, or its loadings are not determined"
    )
    assert refused([[2, 0.5, 0.4], [0.5, 1, 0.3], [0.1, 0.3, 1]]) == (
        "scale lead: 2 problems\n"
        "  the correlations are not symmetric\n"
        "  the diagonal is not 1: give correlations, not covariances"
    )
    assert refused([[1, 0.9, 0.1], [0.9, 1, 0.8], [0.1, 0.8, 1]]) == (
        "scale lead: 1 problem\n"
        "  the correlations are not positive definite (smallest eigenvalue -0.16), so maximum likelihood does not "
        "exist; use minres"
    )
    assert refused([[1, 0.5, np.nan], [0.5, 1, 0.3], [np.nan, 0.3, 1]]) == (
        "scale lead: 1 problem\n  2 of 9 correlations are missing"
    )
    assert refused([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]], method="minress") == (
        "scale lead: 1 problem\n  method is 'minress', but must be one of: ml, minres; did you mean 'minres'?"
    )


def test_resources_of_schools_in_the_united_kingdom(pisa_school_file: Path) -> None:
    # factanal and eigen in R 4.2.2 on the 460 schools that answered SC14Q07 to SC14Q13 (PISA 2006).
    import pyreadstat

    columns = [f"SC14Q{i:02d}" for i in range(7, 14)]
    frame, _ = pyreadstat.read_sav(pisa_school_file, usecols=["CNT", *columns])
    matrix = frame.loc[frame["CNT"] == "GBR", columns].dropna().corr()
    expected = [0.584508330571095, 0.695323917718871, 0.775348395517396, 0.663184232256369, 0.804513911567293,
                0.790575383628855, 0.819764018893220]  # fmt: skip
    np.testing.assert_allclose(one_factor(matrix).items["loading"], expected, rtol=1e-5)
    np.testing.assert_allclose(eigenvalues(matrix).iloc[:2], [4.24872973443191, 0.922568553931231], rtol=1e-8)
