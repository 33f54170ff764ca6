"""One common factor behind a set of items: loadings by maximum likelihood or least squares, and omega."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean

METHODS = ("ml", "minres")
#: The smallest share of an item's variance that may stay unexplained, as in R's `factanal` and `psych::fa`.
LEAST_UNIQUE = 0.005


@dataclass(frozen=True)
class OneFactor:
    """A one-factor model of a correlation matrix.

    items         one row per item: loading, uniqueness (1 - loading^2).
    omega         the share of the sum score's variance that the factor explains, by the model.
    omega_observed   the same with the observed variance of the sum: 1 - sum of uniquenesses over sum of
                  correlations. Both are of standardised items.
    heywood       items whose uniqueness ran to the bound of 0.005: a sign of too few items or a wrong model.
    residual_rms  root mean square of the correlations that the factor leaves unexplained.
    chi_square, df, p_value   test of exact fit (`ml`, only where n was given; else missing).
    omega_gradient   k x k derivatives of omega by the correlations, half on either side of the diagonal, for
                  standard errors (`Polychoric.std_error_of`); all NaN with a Heywood case.
    """

    method: str
    items: pd.DataFrame
    omega: float
    omega_observed: float
    heywood: tuple[str, ...]
    residual_rms: float
    chi_square: float
    df: int
    p_value: float
    omega_gradient: np.ndarray


def one_factor(
    correlations: pd.DataFrame, *, method: str = "ml", n: int | None = None, where: str = "items"
) -> OneFactor:
    """Loadings and omega of one common factor of a k x k correlation matrix (product-moment or polychoric).

    method  "ml": maximum likelihood, as R's `factanal`; "minres": least squares of the correlations off the
            diagonal, which needs no positive definite matrix.
    n       rows behind the matrix, for the test of fit; not for polychoric correlations, where it does not hold.

    Loadings are signed so that their sum is positive.

    Raises a Problem for fewer than 3 items (a factor is not identified), for a matrix that is not one of
    correlations, and with "ml" for one that is not positive definite.

    Source: Joereskog (1967), doi 10.1007/BF02289658; Harman and Jones (1966), doi 10.1007/BF02289468; omega:
    McDonald (1999), Test Theory, chapter 6, doi 10.4324/9781410601087.
    """
    matrix = _checked(correlations, method, where)
    k = len(matrix)
    estimate = _maximum_likelihood if method == "ml" else _least_squares
    loadings, unique = estimate(matrix)
    sign = 1.0 if loadings.sum() >= 0 else -1.0
    loadings = sign * loadings
    stuck = unique <= LEAST_UNIQUE * (1 + 1e-6)
    common = loadings.sum() ** 2
    fitted = np.outer(loadings, loadings)
    off = ~np.eye(k, dtype=bool)
    chi_square, df, p_value = np.nan, k * (k - 3) // 2, np.nan
    if n is not None and method == "ml":
        chi_square, p_value = _test_of_fit(matrix, fitted + np.diag(unique), n, df)
    gradient = np.full((k, k), np.nan) if stuck.any() else _omega_gradient(matrix, loadings, unique, method)
    return OneFactor(
        method=method,
        items=pd.DataFrame(
            {"loading": loadings, "uniqueness": unique}, pd.Index(correlations.index, name="item")
        ),
        omega=float(common / (common + unique.sum())),
        omega_observed=float(1 - unique.sum() / matrix.sum()),
        heywood=tuple(str(name) for name in correlations.index[stuck]),
        residual_rms=float(np.sqrt(np.mean((matrix - fitted)[off] ** 2))),
        chi_square=chi_square,
        df=df,
        p_value=p_value,
        omega_gradient=gradient,
    )


def eigenvalues(correlations: pd.DataFrame) -> pd.Series:
    """The eigenvalues of a correlation matrix, the largest first: the variances of its principal components."""
    values = np.linalg.eigvalsh(correlations.to_numpy(dtype=float))[::-1]
    return pd.Series(values, pd.RangeIndex(1, len(values) + 1, name="component"), name="eigenvalue")


def _checked(correlations: pd.DataFrame, method: str, where: str) -> np.ndarray:
    """The matrix as floats, or a Problem why no factor can be fitted to it."""
    if method not in METHODS:
        known = ", ".join(METHODS) + did_you_mean(method, METHODS)
        raise Problem(where, f"method is '{method}', but must be one of: {known}")
    matrix = correlations.to_numpy(dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise Problem(where, f"the correlations form a {' x '.join(map(str, matrix.shape))} table, not a square")
    if len(matrix) < 3:
        raise Problem(
            where, f"{len(matrix)} items only: a factor needs at least 3, or its loadings are not determined"
        )
    if (gone := np.isnan(matrix).sum()) > 0:
        raise Problem(where, f"{gone} of {matrix.size} correlations are missing")
    wrong = []
    if not np.allclose(matrix, matrix.T, atol=1e-10):
        wrong.append("the correlations are not symmetric")
    if not np.allclose(np.diag(matrix), 1, atol=1e-10):
        wrong.append("the diagonal is not 1: give correlations, not covariances")
    if not wrong and not np.triu(matrix, 1).any():
        wrong.append("no item correlates with any other, so they have nothing in common")
    if not wrong and method == "ml" and (smallest := np.linalg.eigvalsh(matrix)[0]) < 1e-9:
        wrong.append(
            f"the correlations are not positive definite (smallest eigenvalue {smallest:.2g}), so maximum "
            "likelihood does not exist; use minres"
        )
    if wrong:
        raise Problem(where, *wrong)
    return matrix


def _maximum_likelihood(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loadings and uniquenesses that maximise the normal likelihood, uniquenesses between 0.005 and 1.

    For given uniquenesses the best loadings are known from the first eigenvector of the scaled matrix, so only the
    uniquenesses are searched; then Newton's steps on both bring the last digits.
    """
    from scipy.optimize import minimize

    def scaled(unique: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        root = np.sqrt(unique)
        return np.linalg.eigh(matrix / np.outer(root, root))

    def loadings_of(unique: np.ndarray) -> np.ndarray:
        values, vectors = scaled(unique)
        return np.sqrt(unique) * vectors[:, -1] * np.sqrt(max(values[-1] - 1, 0))

    def misfit(unique: np.ndarray) -> tuple[float, np.ndarray]:
        values, _ = scaled(unique)
        rest = values[:-1]
        loadings = loadings_of(unique)
        slope = (loadings**2 + unique - np.diag(matrix)) / unique**2
        return float((rest - np.log(rest) - 1).sum()), slope

    start = np.clip(0.5 / np.diag(np.linalg.inv(matrix)), LEAST_UNIQUE, 1)
    bounds = [(LEAST_UNIQUE, 1.0)] * len(matrix)
    options = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000}
    unique = minimize(misfit, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    return _polished(matrix, loadings_of(unique), unique, "ml")


def _least_squares(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Loadings that leave the smallest squares off the diagonal, and uniquenesses 1 - loading^2, at least 0.005."""
    from scipy.optimize import minimize

    off = matrix - np.diag(np.diag(matrix))

    def misfit(loadings: np.ndarray) -> tuple[float, np.ndarray]:
        left = off - np.outer(loadings, loadings)
        np.fill_diagonal(left, 0)
        return float((left**2).sum()), -4 * left @ loadings

    values, vectors = np.linalg.eigh(matrix)
    most = np.sqrt(1 - LEAST_UNIQUE)
    start = np.clip(vectors[:, -1] * np.sqrt(values[-1]) * 0.9, -most, most)
    options = {"ftol": 1e-15, "gtol": 1e-10, "maxiter": 1000}
    bounds = [(-most, most)] * len(matrix)
    loadings = minimize(misfit, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    return _polished(matrix, loadings, 1 - loadings**2, "minres")


def _polished(
    matrix: np.ndarray, loadings: np.ndarray, unique: np.ndarray, method: str
) -> tuple[np.ndarray, np.ndarray]:
    """Newton's steps to the last digits, where the solution lies inside its bounds; else the solution as it is."""
    k = len(matrix)
    point = np.concatenate([loadings, unique]) if method == "ml" else loadings
    size = np.inf
    for _ in range(8):
        step = np.linalg.lstsq(_slope_change(matrix, point, method), _slope(matrix, point, method), rcond=None)[0]
        if np.abs(step).max() >= min(size, 0.01):
            break
        size = np.abs(step).max()
        point = point - step
    near, far = (point[:k], point[k:]) if method == "ml" else (point, 1 - point**2)
    if far.min() <= LEAST_UNIQUE or far.max() > 1 + 1e-9:
        return loadings, unique
    return near, far


def _slope(matrix: np.ndarray, point: np.ndarray, method: str) -> np.ndarray:
    """The derivatives that are 0 at the solution; linear in the matrix. `ml`: k loadings, then k uniquenesses."""
    k = len(matrix)
    loadings = point[:k]
    if method == "minres":
        left = np.outer(loadings, loadings) - matrix
        return left @ loadings - np.diag(left) * loadings
    model = np.outer(loadings, loadings) + np.diag(point[k:])
    inverse = np.linalg.inv(model)
    left = inverse @ (model - matrix) @ inverse
    return np.concatenate([2 * left @ loadings, np.diag(left)])


def _slope_change(matrix: np.ndarray, point: np.ndarray, method: str) -> np.ndarray:
    """The derivatives of `_slope` by each parameter, exact to rounding: steps along the imaginary axis."""
    step = 1e-30
    columns = [
        _slope(matrix, point + 1j * step * np.eye(len(point))[j], method).imag / step for j in range(len(point))
    ]
    return np.column_stack(columns)


def _omega_gradient(matrix: np.ndarray, loadings: np.ndarray, unique: np.ndarray, method: str) -> np.ndarray:
    """The derivatives of omega by the correlations, through the solution they imply (implicit function theorem)."""
    k = len(matrix)
    total, rest = loadings.sum(), unique.sum()
    by_total = 2 * total * rest / (total**2 + rest) ** 2
    by_rest = -(total**2) / (total**2 + rest) ** 2
    if method == "ml":
        point = np.concatenate([loadings, unique])
        by_point = np.concatenate([np.full(k, by_total), np.full(k, by_rest)])
    else:
        point = loadings
        by_point = by_total - 2 * loadings * by_rest
    first, second = np.triu_indices(k, 1)
    zero = _slope(np.zeros((k, k)), point, method)
    by_r = np.empty((len(point), first.size))
    for p, (i, j) in enumerate(zip(first, second, strict=True)):
        one = np.zeros((k, k))
        one[i, j] = one[j, i] = 1.0
        by_r[:, p] = _slope(one, point, method) - zero
    slope = -np.linalg.solve(_slope_change(matrix, point, method), by_r)
    gradient = np.zeros((k, k))
    gradient[first, second] = gradient[second, first] = by_point @ slope / 2
    return gradient


def _test_of_fit(matrix: np.ndarray, model: np.ndarray, n: int, df: int) -> tuple[float, float]:
    """The likelihood-ratio chi-square against a free matrix with Bartlett's correction, and its p-value.

    Source: Bartlett (1951), doi 10.1093/biomet/38.3-4.337, as R's `factanal`.
    """
    from scipy.special import chdtrc

    k = len(matrix)
    inverse = np.linalg.inv(model) @ matrix
    misfit = np.trace(inverse) - np.linalg.slogdet(inverse)[1] - k
    chi_square = float((n - 1 - (2 * k + 5) / 6 - 2 / 3) * misfit)
    return chi_square, float(chdtrc(df, chi_square)) if df > 0 else np.nan
