"""Polychoric and tetrachoric correlations: what ordered answers would correlate if they had not been cut into steps.

Two steps: thresholds from each item's own answers, then one maximum-likelihood correlation per pair of items, all
pairs at once. With standard errors, so that reliabilities computed from the matrix have intervals too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from stemcareers.errors import Problem

from . import bivariate_normal
from .item_answers import ItemAnswers, check_level, read
from .item_design import Units
from .psychometrics import alpha_of, log_interval

#: The largest correlation looked for: beyond it the likelihood is flat in double precision.
BOUND = 0.9999
#: More different answers than this are no longer ordered categories.
MOST_CATEGORIES = 20
#: Newton's method needs about six steps; halving the bracket alone needs 45.
MOST_STEPS = 100


@dataclass(frozen=True)
class Polychoric:
    """Polychoric correlations of k items.

    correlations  k x k, positive definite: `estimated`, smoothed where that was needed.
    estimated     k x k, as each pair was estimated.
    std_error     k x k, of `estimated`: linearised, thresholds counted as estimated, by the design given; missing
                  for pairs in `at_bound`.
    thresholds    k rows, one column per cut: the normal quantiles that part an item's categories (NaN beyond).
    categories    the codes each item was answered with, in order.
    smoothed      whether `estimated` was not positive definite (and was made so).
    smallest_eigenvalue   of `estimated`.
    at_bound      pairs whose correlation ran to +-0.9999: the answers order the same way without exception.
    corrected     how many empty cells were filled with `correct`.
    df            clusters minus strata.
    n, n_clusters, pairs_min, left_out, missing   rows and clusters used, the fewest rows behind one pair, rows
                  left out by reason.
    """

    correlations: pd.DataFrame
    estimated: pd.DataFrame
    std_error: pd.DataFrame
    thresholds: pd.DataFrame
    categories: dict[str, tuple[float, ...]]
    smoothed: bool
    smallest_eigenvalue: float
    at_bound: tuple[tuple[str, str], ...]
    corrected: int
    df: float
    n: int
    n_clusters: int
    pairs_min: int
    missing: str
    left_out: dict[str, int]
    _influences: _Influences = field(repr=False)
    _units: Units = field(repr=False)

    def std_error_of(self, gradient: np.ndarray) -> float:
        """The standard error of a function of the correlations, by its derivatives (k x k; the diagonal is ignored).

        A symmetric matrix: the derivative by r_ij stands half in [i, j] and half in [j, i]. Smoothing, where it was
        needed, is taken as given. Missing where a pair that matters is in `at_bound`.
        """
        return self._units.std_error(self.influence_of(gradient))

    def influence_of(self, gradient: np.ndarray) -> np.ndarray:
        """How much each row of the frame moves that function, its weight included (n floats): for other designs."""
        return self._influences.of(gradient)


@dataclass(frozen=True)
class OrdinalAlpha:
    """Alpha from polychoric correlations: of the answers before they were cut into steps, not of the sum score."""

    alpha: float
    std_error: float
    ci_low: float
    ci_high: float
    level: float
    df: float


def correlations(
    frame: pd.DataFrame,
    items: Sequence[str],
    *,
    weight: str | None = None,
    stratum: str | None = None,
    cluster: str | None = None,
    missing: str = "complete",
    categories: Sequence[float] | Mapping[str, Sequence[float]] | None = None,
    correct: float = 0.0,
    where: str = "items",
) -> Polychoric:
    """Polychoric correlations between `items` by two-step maximum likelihood, with standard errors.

    frame       one row per response; items as codes whose order has a meaning, NaN or <NA> where unanswered.
    weight, stratum, cluster   columns; the weight enters thresholds and correlations, all enter the errors.
    missing     "complete" rows only, or "pairwise": thresholds from all answers of an item, correlations from the
                rows that answered both.
    categories  the declared codes (one list, or one per item): an answer outside them is refused.
    correct     what an empty cell of a pair's table counts as; 0 leaves it empty.

    Raises a Problem for a constant item, an undeclared answer, and an item with more than 20 different answers.

    Source: Olsson (1979), section 3, doi 10.1007/BF02296207; the error of two-step estimates: Joereskog (1994),
    doi 10.1007/BF02296131.
    """
    answers = read(frame, items, weight=weight, missing=missing, where=where)
    _refuse_undeclared(answers, categories, where)
    coded = _Coded.of(answers, where)
    units = Units.of(frame, answers.used, stratum, cluster, where)
    tables, corrected = coded.tables(correct)
    fit = _fit(tables, coded, answers.items, where)
    influences = _Influences.of_fit(fit, tables, coded)

    estimated = coded.square(fit.r, 1.0)
    smooth, smallest = _positive_definite(estimated)
    pairs = answers.answered.T.astype(float) @ answers.answered
    names = pd.Index(answers.items, name="item")
    first, second = coded.pairs
    stuck = np.flatnonzero(np.abs(fit.r) >= BOUND)
    return Polychoric(
        correlations=pd.DataFrame(smooth, names, names),
        estimated=pd.DataFrame(estimated, names, names),
        std_error=pd.DataFrame(coded.square(influences.pair_errors(units), 0.0), names, names),
        thresholds=pd.DataFrame(
            np.where(np.isfinite(coded.cuts), coded.cuts, np.nan), names, range(1, coded.cuts.shape[1] + 1)
        ),
        categories=dict(zip(answers.items, coded.codes, strict=True)),
        smoothed=smooth is not estimated,
        smallest_eigenvalue=smallest,
        at_bound=tuple((answers.items[first[p]], answers.items[second[p]]) for p in stuck),
        corrected=corrected,
        df=units.df,
        n=answers.n,
        n_clusters=units.n_used,
        pairs_min=int(pairs.min()),
        missing=missing,
        left_out=answers.left_out,
        _influences=influences,
        _units=units,
    )


def tetrachoric(
    frame: pd.DataFrame, items: Sequence[str], *, correct: float = 0.5, where: str = "items", **options: object
) -> Polychoric:
    """Tetrachoric correlations: `correlations` of items with exactly two answers, empty cells counting as half a row.

    options   weight, stratum, cluster, missing, categories, as for `correlations`.

    Source: Olsson (1979); for the half in an empty cell, without which the estimate is -1 or 1: Brown and
    Benedetti (1977), Psychometrika 42, 347-355.
    """
    found = correlations(frame, items, correct=correct, where=where, **options)
    many = [f"'{item}' ({len(codes)})" for item, codes in found.categories.items() if len(codes) > 2]
    if many:
        raise Problem(where, f"more than two different answers: {', '.join(many)}; use polychoric correlations")
    return found


def ordinal_alpha(found: Polychoric, *, level: float = 0.95, where: str = "items") -> OrdinalAlpha:
    """Alpha of the polychoric correlations ("ordinal alpha"), with a linearised interval by the design.

    Raises a Problem where the average correlation is not positive.

    Source: Zumbo, Gadermann and Zeisser (2007), doi 10.22237/jmasm/1177992180. It tells how reliable answers
    without steps would be, not the score people got: Chalmers (2018), doi 10.1177/0013164417727036.
    """
    check_level(level, where)
    matrix = found.correlations.to_numpy()
    k, total = len(matrix), matrix.sum()
    if total <= k:
        raise Problem(
            where,
            f"the average polychoric correlation is {(total - k) / (k * (k - 1)):.3g}: not positive, so the items "
            "measure nothing in common and alpha has no meaning",
        )
    estimate = alpha_of(matrix)
    std_error = found.std_error_of(np.full((k, k), k / (k - 1) * k / total**2))
    return OrdinalAlpha(estimate, std_error, *log_interval(estimate, std_error, found.df, level), level, found.df)


def _refuse_undeclared(
    answers: ItemAnswers, categories: Sequence[float] | Mapping[str, Sequence[float]] | None, where: str
) -> None:
    """A Problem counting the answers outside the declared codes, for all items at once."""
    if categories is None:
        return
    wrong = []
    for j, item in enumerate(answers.items):
        known = categories.get(item) if isinstance(categories, Mapping) else categories
        if known is None:
            wrong.append(f"item '{item}' has no declared categories")
            continue
        values = answers.values[answers.answered[:, j], j]
        outside = values[~np.isin(values, np.asarray(list(known), dtype=float))]
        if outside.size:
            codes = ", ".join(f"{code:g}" for code in np.unique(outside)[:10])
            wrong.append(
                f"item '{item}' has {outside.size:,} of {values.size:,} answers outside its categories "
                f"({', '.join(f'{code:g}' for code in known)}): {codes}"
            )
    if wrong:
        raise Problem(where, *wrong)


@dataclass(frozen=True)
class _Coded:
    """Answers as category numbers, with everything that all pairs of items need.

    codes    the codes of each item.        c  the most categories of any item.
    index    n x k integers, 0.. by category; c where the answer does not count.
    weights  n floats with mean 1 over the rows that count.
    cuts     k x (c - 1) thresholds, inf beyond an item's own.
    shares   k x c shares below and up to each category (the last ones 1).
    totals   k sums of the weights of an item's answers.
    pairs    two arrays of P item numbers: the upper triangle.
    """

    codes: list[tuple[float, ...]]
    c: int
    index: np.ndarray
    weights: np.ndarray
    cuts: np.ndarray
    shares: np.ndarray
    totals: np.ndarray
    pairs: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, answers: ItemAnswers, where: str) -> _Coded:
        k = len(answers.items)
        codes = [tuple(np.unique(answers.values[answers.answered[:, j], j]).tolist()) for j in range(k)]
        if wrong := [
            f"item '{item}' has {len(found)} different answers: too many to be ordered categories (at most "
            f"{MOST_CATEGORIES})"
            for item, found in zip(answers.items, codes, strict=True)
            if len(found) > MOST_CATEGORIES
        ]:
            raise Problem(where, *wrong)
        c = max(map(len, codes))
        index = np.full(answers.values.shape, c)
        for j, found in enumerate(codes):
            there = answers.answered[:, j]
            index[there, j] = np.searchsorted(found, answers.values[there, j])
        weights = answers.weights / answers.weights[answers.used].mean()
        counts = np.stack([np.bincount(index[:, j], weights, minlength=c + 1)[:c] for j in range(k)])
        totals = counts.sum(axis=1)
        shares = counts.cumsum(axis=1) / totals[:, None]
        for j, found in enumerate(codes):
            shares[j, len(found) - 1 :] = 1.0  # exactly, whatever the rounding of the sum
        return cls(codes, c, index, weights, ndtri(shares[:, :-1]), shares, totals, np.triu_indices(k, 1))

    def tables(self, correct: float) -> tuple[np.ndarray, int]:
        """Weighted counts for every pair (P x c x c), and how many empty cells were filled with `correct`."""
        k, c = self.index.shape[1], self.c
        ones = (self.index[:, :, None] == np.arange(c)).reshape(len(self.index), k * c).astype(float)
        blocks = (ones.T @ (self.weights[:, None] * ones)).reshape(k, c, k, c).transpose(0, 2, 1, 3)
        tables = blocks[self.pairs]
        if not correct:
            return tables, 0
        real = np.arange(c) < np.array([len(codes) for codes in self.codes])[:, None]
        empty = (tables == 0) & real[self.pairs[0]][:, :, None] & real[self.pairs[1]][:, None, :]
        return np.where(empty, correct, tables), int(empty.sum())

    def cut_effects(self) -> np.ndarray:
        """How much one unit of weight on an answer in category a moves threshold t of its item: k x (c - 1) x c."""
        steps = np.arange(self.c)
        below = (steps[None, :] <= steps[:-1, None]).astype(float)
        real = np.isfinite(self.cuts)
        slope = np.where(real, _density(self.cuts), 1.0) * self.totals[:, None]
        effect = (below[None] - self.shares[:, :-1, None]) / slope[:, :, None]
        return np.where(real[:, :, None], effect, 0.0)

    def square(self, values: np.ndarray, diagonal: float) -> np.ndarray:
        """P values as a symmetric k x k matrix."""
        k = self.index.shape[1]
        matrix = np.full((k, k), diagonal)
        matrix[self.pairs] = matrix[self.pairs[::-1]] = values
        return matrix


@dataclass(frozen=True)
class _Cells:
    """For P pairs at their correlations: each cell's probability and its derivatives by the correlation."""

    p: np.ndarray
    by_r: np.ndarray
    by_r_twice: np.ndarray

    @classmethod
    def at(cls, r: np.ndarray, h: np.ndarray, k: np.ndarray) -> _Cells:
        """r: P correlations; h, k: P x (c - 1) thresholds of the first and the second items."""
        corner = np.broadcast_arrays(h[:, :, None], k[:, None, :], r[:, None, None])
        below = np.pad(bivariate_normal.cdf(*corner), ((0, 0), (1, 1), (1, 1)))
        below[:, 1:-1, -1], below[:, -1, 1:-1], below[:, -1, -1] = ndtr(h), ndtr(k), 1.0
        p = np.diff(np.diff(below, axis=1), axis=2)
        # Differences of probabilities lose their digits far out; a cell that was answered is never impossible.
        return cls(
            np.maximum(p, 1e-16),
            _differences(bivariate_normal.density(*corner)),
            _differences(bivariate_normal.density_by_r(*corner)),
        )


def _differences(corners: np.ndarray) -> np.ndarray:
    """From values at the inner corners (P x (c-1) x (c-1), 0 on the rim) to cells (P x c x c)."""
    return np.diff(np.diff(np.pad(corners, ((0, 0), (1, 1), (1, 1))), axis=1), axis=2)


@dataclass(frozen=True)
class _Fit:
    r: np.ndarray
    cells: _Cells


def _fit(tables: np.ndarray, coded: _Coded, names: tuple[str, ...], where: str) -> _Fit:
    """The maximum-likelihood correlation of every pair: Newton's steps, kept inside a bracket by the score's sign."""
    h, k = coded.cuts[coded.pairs[0]], coded.cuts[coded.pairs[1]]
    r = _start(tables)
    low, high = np.full(r.size, -BOUND), np.full(r.size, BOUND)
    moving = np.arange(r.size)
    for _ in range(MOST_STEPS):
        if not moving.size:
            break
        n, at = tables[moving], r[moving]
        cells = _Cells.at(at, h[moving], k[moving])
        ratio = n / cells.p
        score = (ratio * cells.by_r).sum(axis=(1, 2))
        expected = (n.sum(axis=(1, 2))[:, None, None] * cells.by_r**2 / cells.p).sum(axis=(1, 2))
        observed = (ratio * (cells.by_r**2 / cells.p - cells.by_r_twice)).sum(axis=(1, 2))
        low[moving] = np.where(score > 0, at, low[moving])
        high[moving] = np.where(score > 0, high[moving], at)
        step = score / np.where(observed > 0.1 * expected, observed, expected)
        to = at + step
        done = np.abs(step) < 1e-10
        outside = ~done & ~((to > low[moving]) & (to < high[moving]))
        r[moving] = np.where(outside, (low[moving] + high[moving]) / 2, to)
        moving = moving[~done & (high[moving] - low[moving] > 1e-12)]
    if moving.size:
        first, second = (names[pair[moving[0]]] for pair in coded.pairs)
        raise Problem(where, f"the polychoric correlation of '{first}' and '{second}' did not converge")
    # A bracket that closed on the bound: the likelihood still rises there.
    r = np.where(np.abs(r) > BOUND - 1e-9, np.sign(r) * BOUND, r)
    return _Fit(r, _Cells.at(r, h, k))


def _start(tables: np.ndarray) -> np.ndarray:
    """Product-moment correlations of the category numbers, a little shrunk: P floats inside (-0.9, 0.9)."""
    steps = np.arange(tables.shape[1])
    n = tables.sum(axis=(1, 2))
    rows, columns = tables.sum(axis=2), tables.sum(axis=1)
    x, y = rows @ steps / n, columns @ steps / n
    xy = np.einsum("pij,i,j->p", tables, steps, steps) / n - x * y
    xx, yy = rows @ steps**2 / n - x**2, columns @ steps**2 / n - y**2
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.nan_to_num(xy / np.sqrt(xx * yy)).clip(-0.9, 0.9)


def _positive_definite(matrix: np.ndarray) -> tuple[np.ndarray, float]:
    """The matrix itself where it is positive definite, else the one with its negative eigenvalues lifted to 1e-10;
    and its smallest eigenvalue.

    Source: Knol and ten Berge (1989), Psychometrika 54, 53-61; the limits as R's `psych::cor.smooth`.
    """
    values, vectors = np.linalg.eigh(matrix)
    if values[0] >= np.finfo(float).eps:
        return matrix, float(values[0])
    lifted = np.where(values < 1e-12, 1e-10, values)
    smooth = (vectors * (lifted * len(matrix) / lifted.sum())) @ vectors.T
    sd = np.sqrt(np.diag(smooth))
    smooth = smooth / np.outer(sd, sd)
    np.fill_diagonal(smooth, 1.0)
    return smooth, float(values[0])


@dataclass(frozen=True)
class _Influences:
    """How much a row moves each correlation, by its two answers.

    tables     P x (c + 1) x (c + 1): by the categories of the first and second item, last place "unanswered".
    coded      where each row's answers are found.
    """

    tables: np.ndarray
    coded: _Coded

    @classmethod
    def of_fit(cls, fit: _Fit, tables: np.ndarray, coded: _Coded) -> _Influences:
        """From the score of a pair, (d log p / d r), plus what its two items' estimated thresholds add.

        r solves sum(n s(r, thresholds)) = 0, so a row moves r by (s + sum over thresholds of S_t dt) / -S_r, where
        S_t and S_r are derivatives of the summed score and dt the row's effect on a threshold.
        """
        cells, r = fit.cells, fit.r[:, None, None]
        score = cells.by_r / cells.p
        ratio = tables / cells.p
        information = (ratio * (cells.by_r**2 / cells.p - cells.by_r_twice)).sum(axis=(1, 2))
        first, second = coded.pairs
        cuts = np.clip(coded.cuts, -bivariate_normal.FAR, bivariate_normal.FAR)
        h, k = cuts[first][:, :, None], cuts[second][:, None, :]
        joint = bivariate_normal.density(h, k, r)
        root = np.sqrt(1 - r * r)
        moved = np.zeros((len(tables), coded.c + 1, coded.c + 1))
        moved[:, :-1, :-1] = score
        for axis, item in ((1, first), (2, second)):
            own, other = (h, k) if axis == 1 else (k, h)
            # Derivatives of the distribution at the corners, by this item's threshold: of the probability, and of
            # its derivative by r. On the rim of the other item the first is the normal density, the second is 0.
            wide = np.broadcast_to(own, joint.shape)
            line = _density(wide)
            by_cut = line * ndtr((np.broadcast_to(other, joint.shape) - r * wide) / root)
            both = joint * (r * other - own) / (1 - r * r)
            other_axis = 3 - axis
            rim = np.zeros_like(np.take(line, [0], other_axis))
            full = np.take(line, [0], other_axis)
            p_by_cut = np.diff(np.concatenate([rim, by_cut, full], axis=other_axis), axis=other_axis)
            s_by_cut = np.diff(np.concatenate([rim, both, rim], axis=other_axis), axis=other_axis)
            # Raising a cut gives to the category below it what it takes from the one above.
            lower = (slice(None),) * axis + (slice(None, -1),)
            upper = (slice(None),) * axis + (slice(1, None),)
            change = np.zeros(line.shape[:1] + (coded.c - 1,))
            for side, sign in ((lower, 1.0), (upper, -1.0)):
                change += sign * (
                    ratio[side] * (s_by_cut - p_by_cut * cells.by_r[side] / cells.p[side])
                ).sum(axis=other_axis)
            effect = np.einsum("pt,pta->pa", change, coded.cut_effects()[item])
            moved += np.expand_dims(np.pad(effect, ((0, 0), (0, 1))), other_axis)
        moved /= information[:, None, None]
        moved[np.abs(fit.r) >= BOUND] = np.nan  # no derivative there: the error is missing, not small
        return cls(moved, coded)

    def of(self, gradient: np.ndarray) -> np.ndarray:
        """n floats: each row's weighted effect on the function of the correlations with this gradient (k x k)."""
        first, second = self.coded.pairs
        by_pair = gradient[first, second] + gradient[second, first]
        effect = np.zeros(len(self.coded.index))
        for p in np.flatnonzero(by_pair):
            effect += by_pair[p] * self._rows(p)
        return effect * self.coded.weights

    def pair_errors(self, units: Units) -> np.ndarray:
        """The standard error of each of the P correlations."""
        weights = self.coded.weights
        return np.array([units.std_error(self._rows(p) * weights) for p in range(len(self.tables))])

    def _rows(self, p: int) -> np.ndarray:
        index, (first, second) = self.coded.index, self.coded.pairs
        return self.tables[p, index[:, first[p]], index[:, second[p]]]


def _density(x: np.ndarray) -> np.ndarray:
    """The standard normal density (0 at infinity)."""
    return np.exp(-0.5 * np.clip(x, -bivariate_normal.FAR, bivariate_normal.FAR) ** 2) / np.sqrt(2 * np.pi)
