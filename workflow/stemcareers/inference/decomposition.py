"""The scaled QR decomposition that every regression solves with, and knows its condition from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Rows decomposed at a time: few enough to stay in a processor's cache.
_BLOCK = 1000
# Below this condition number twelve digits or more are right without refinement.
_REFINED_FROM = 1e3


@dataclass(frozen=True)
class Decomposed:
    """A matrix X as Q R diag(lengths), where Q'Q is the identity and X / lengths has columns of length one.

    condition  the condition number of X / lengths; infinite where columns are exactly dependent.
    """

    q: np.ndarray
    r: np.ndarray
    lengths: np.ndarray
    condition: float

    def solve(self, coordinates: np.ndarray) -> np.ndarray:
        """The b for which X b = Q `coordinates`."""
        return (np.linalg.solve(self.r, coordinates).T / self.lengths).T

    def sandwich(self, meat: np.ndarray) -> np.ndarray:
        """The covariance of b from the covariance of its coordinates."""
        covariance = self.solve(self.solve(meat).T)
        return (covariance + covariance.T) / 2


def decompose(matrix: np.ndarray) -> Decomposed:
    """Q, R, the columns' lengths and the condition number of an (n, p) matrix with n >= p."""
    lengths = np.sqrt(np.einsum("ij,ij->j", matrix, matrix))
    lengths[lengths == 0] = 1.0
    q, r = _tall_qr(matrix, lengths)
    singular = np.linalg.svd(r, compute_uv=False)
    condition = float(singular[0] / singular[-1]) if singular[-1] > 0 else float("inf")
    return Decomposed(q, r, lengths, condition)


def least_squares(matrix: np.ndarray, right: np.ndarray, root: np.ndarray, qr: Decomposed) -> np.ndarray:
    """(p,) the b that minimises the length of root * (right - matrix b), where `qr` is of root * matrix.

    Where columns are hard to tell apart, the solution and its residual are refined together with residuals in
    extended precision, which brings back most of the digits that a condition number takes.
    Source: Bjorck (1967), Iterative refinement of linear least squares solutions, BIT 7, doi:10.1007/BF01939321.
    """
    solution = qr.solve(qr.q.T @ (root * right))
    if qr.condition < _REFINED_FROM:
        return solution
    wide = root.astype(np.longdouble)
    matrix, right = wide[:, None] * matrix, wide * right
    solution = solution.astype(np.longdouble)
    residual = right - matrix @ solution
    for _ in range(3):
        short = qr.q.T @ (right - residual - matrix @ solution).astype(float)
        skew = np.linalg.solve(qr.r.T, -(matrix.T @ residual).astype(float) / qr.lengths)
        residual = residual + (right - residual - matrix @ solution) - qr.q @ (short - skew)
        solution = solution + qr.solve(short - skew)
    return solution.astype(float)


def _tall_qr(matrix: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """QR of matrix / lengths in blocks of rows, then QR of the blocks' R: as stable as one QR, and much faster.

    Source: Demmel, Grigori, Hoemmen & Langou (2012), SIAM Journal on Scientific Computing 34, doi:10.1137/080731992.
    """
    n, p = matrix.shape
    if n < 4 * _BLOCK or p > _BLOCK // 4:
        return np.linalg.qr(matrix / lengths)
    blocks = -(-n // _BLOCK)
    padded = np.empty((blocks * _BLOCK, p))
    np.divide(matrix, lengths, out=padded[:n])
    padded[n:] = 0.0
    inner_q, inner_r = np.linalg.qr(padded.reshape(blocks, _BLOCK, p))
    outer_q, r = np.linalg.qr(inner_r.reshape(blocks * p, p))
    return (inner_q @ outer_q.reshape(blocks, p, p)).reshape(-1, p)[:n], r
