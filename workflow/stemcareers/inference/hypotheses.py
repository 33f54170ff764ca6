"""Tests of several coefficients at once, of independence in a table, and of two means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stemcareers.errors import Problem, did_you_mean
from stemcareers.inference.design import Survey
from stemcareers.inference.distributions import f_upper
from stemcareers.inference.frames import categories
from stemcareers.inference.guards import LARGEST_CONDITION
from stemcareers.inference.linear_regression import linear
from stemcareers.inference.results import LOG, Name, Result
from stemcareers.inference.terms import Term


@dataclass(frozen=True)
class Test:
    """A test statistic F with its degrees of freedom and p value, and what it rests on."""

    name: str
    statistic: float
    df: float
    ddf: float
    p_value: float
    n: int
    left_out: dict[str, int]


def wald(result: Result, terms: str | Sequence[str | Name], df: float | None = None) -> Test:
    """The design-based Wald F that all coefficients of these terms are zero; that all ratios are one, of ratios.

    terms  a term stands for all of its levels; a (term, level) for one.
    df     degrees of freedom below; None: the result's residual ones (the fewest of them, where they differ);
           np.inf for the chi-square, over its degrees of freedom.

    F has as many degrees of freedom above as there are coefficients.
    Source: R's survey, `regTermTest(method = "Wald")`.
    """
    if result.facts.variance_method == "CR2":
        raise Problem("Wald test", "CR2 errors have their own degrees of freedom; use wald_bias_reduced")
    places = places_of(result, terms, "Wald test")
    values, covariance = result.values[places], result.covariance[np.ix_(places, places)]
    if result.scale is LOG:
        values, covariance = np.log(values), covariance / np.outer(values, values)
    ddf = float(result.df[places].min() if df is None else df)
    # In units of standard errors, so that the unit of a predictor does not matter to the solution.
    errors = np.sqrt(np.diag(covariance))
    if len(places) > ddf or not (errors > 0).all():
        raise Problem("Wald test", f"{len(places)} coefficients cannot be tested with {ddf:g} degrees of freedom")
    z, correlation = values / errors, covariance / np.outer(errors, errors)
    if np.linalg.cond(correlation) > LARGEST_CONDITION:
        raise Problem(
            "Wald test",
            f"the {len(places)} estimates say the same in several ways, as shares do that add up to one: leave one out",
        )
    statistic = float(z @ np.linalg.solve(correlation, z)) / len(places)
    p_value = f_upper(statistic, len(places), ddf)
    return Test("Wald F", statistic, len(places), ddf, p_value, result.n_used, dict(result.left_out))


def places_of(result: Result, terms: str | Sequence[str | Name], where: str) -> list[int]:
    """The places of all coefficients of some terms; a Problem where a term is not in the model, or none is named."""
    terms = [terms] if isinstance(terms, str) else list(terms)
    known = {name[0] for name in result.names} | set(result.names)
    if unknown := [term for term in terms if term not in known]:
        raise Problem(where, *(f"{term!r} is not in the model" for term in unknown))
    if not terms:
        raise Problem(where, "no term is named")
    return [place for place, name in enumerate(result.names) if name in terms or name[0] in terms]


STATISTICS = ("F", "chi-square", "Wald", "adjusted Wald")


def rao_scott(survey: Survey, rows: str, columns: str, statistic: str = "F") -> Test:
    """The Rao-Scott F that two categorical columns are independent: Pearson's chi-square, corrected for the design.

    statistic  "F": the second-order correction, the one to use; "chi-square": the first-order one, over its degrees
               of freedom, with infinitely many below; "Wald": of the interior cells' distances from independence;
               "adjusted Wald": the same with k - 1 of the design's degrees of freedom taken off, for k cells.

    Lower degrees of freedom are those of the design before rows with a missing value are left out, as in R's survey,
    `svychisq`, so that numbers agree.
    Source: Rao & Scott (1984), On chi-squared tests for multiway contingency tables with cell proportions
    estimated from survey data, Annals of Statistics 12, doi:10.1214/aos/1176346391; Wald: Koch, Freeman & Freeman
    (1975), International Statistical Review 43, doi:10.2307/1402660.
    """
    where = f"table of {rows} by {columns}"
    if statistic not in STATISTICS:
        known = did_you_mean(statistic, STATISTICS)
        raise Problem(where, f"statistic {statistic!r} is not known{known} ({', '.join(STATISTICS)})")
    used = survey.complete([rows, columns])
    cell, shape = _cells(used, rows, columns)
    if min(shape) < 2:
        raise Problem(where, f"has {shape[0]} rows and {shape[1]} columns in use; a test needs two of each or more")
    if statistic.endswith("Wald"):
        return _wald_of_table(where, used, cell, shape, survey.df, adjusted=statistic == "adjusted Wald")
    shares, covariance = _cell_shares(used, cell, shape[0] * shape[1])
    table = shares.reshape(shape)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    pearson = float(((table - expected) ** 2 / expected).sum())

    interaction = _interaction(shape)
    per_share = np.where(shares > 0, 1 / np.where(shares > 0, shares, 1), 0.0)[:, None] * interaction
    bread = interaction.T @ per_share
    if np.linalg.cond(bread) > LARGEST_CONDITION:
        raise Problem(where, "too many cells are empty: one column says nearly all of the other. Merge levels")
    effects = np.linalg.solve(bread, per_share.T @ covariance @ per_share)
    trace = float(np.trace(effects))
    if trace < 1e-12:  # a mean design effect: of order one for any sample that could have come out otherwise
        raise Problem(where, "its shares are fixed by the strata, so no sample could have shown anything else")
    df, ddf = float(len(effects)), np.inf
    if statistic == "F":
        df = trace**2 / float(np.trace(effects @ effects))
        ddf = df * survey.df
    f = pearson / trace
    return Test(f"Rao-Scott {statistic}", f, df, ddf, f_upper(f, df, ddf), used.n, dict(used.left_out))


def _wald_of_table(where: str, used: Survey, cell: np.ndarray, shape: tuple[int, int], df: int, adjusted: bool) -> Test:
    """The Wald F that the interior cells of a table are what its margins say."""
    rows, columns = shape
    inside = (cell[:, None] == np.arange(rows * columns)).astype(float)
    weights = used.weights / used.weights.sum()
    covariance = used.covariance(inside * weights[:, None], lambda w: inside.T @ w / used.weights.sum())
    row, column = np.kron(np.eye(rows), np.ones(columns)), np.kron(np.ones(rows), np.eye(columns))
    sizes = weights @ inside
    of_row, of_column = row.T @ (row @ sizes), column.T @ (column @ sizes)
    # Derivatives of a cell less the product of its margins over the total, by every cell; the total is 1.
    by_row, by_column = (margin.T @ margin for margin in (row, column))
    turn = np.eye(len(sizes)) - of_column[:, None] * by_row - of_row[:, None] * by_column
    turn += (of_row * of_column)[:, None]
    interior = np.arange(rows * columns).reshape(shape)[1:, 1:].ravel()
    away = (sizes - of_row * of_column)[interior]
    spread = (turn @ covariance @ turn.T)[np.ix_(interior, interior)]
    if np.linalg.cond(spread) > LARGEST_CONDITION:
        raise Problem(where, f"{len(interior)} cells cannot be tested with {df} degrees of freedom; merge levels")
    statistic, ddf = float(away @ np.linalg.solve(spread, away)) / len(interior), float(df)
    if adjusted:
        ddf = df - len(interior) + 1.0
        statistic *= ddf / df
    p_value = f_upper(statistic, len(interior), ddf)
    name = "adjusted Wald F" if adjusted else "Wald F"
    return Test(name, statistic, float(len(interior)), ddf, p_value, used.n, dict(used.left_out))


@dataclass(frozen=True)
class TTest:
    """A difference of two means with its t test."""

    difference: float
    std_error: float
    statistic: float
    df: float
    p_value: float
    interval: tuple[float, float]
    n: int
    left_out: dict[str, int]


def t_test(survey: Survey, outcome: str, between: str, level: float = 0.95) -> TTest:
    """The design-based t test that two groups have the same mean: the second minus the first in their order.

    The regression of the outcome on the group, so one degree of freedom less than the design has; as R's
    survey, `svyttest`. `difference` gives the same difference with the design's own degrees of freedom.
    """
    used = survey.complete([outcome, between])
    _, levels = categories(used.column(between).dropna())
    if len(levels) != 2:
        raise Problem(f"t test of {outcome}", f"{between} has {len(levels)} groups in use; a t test compares two")
    result = linear(survey, outcome, [Term(between, kind="categorical")], fewest_df=1)
    slope = result.pick([(between, levels[1])])
    low, high = slope.interval(level)
    return TTest(
        difference=float(slope.values[0]),
        std_error=float(slope.std_error[0]),
        statistic=float(slope.t_values[0]),
        df=float(slope.df[0]),
        p_value=float(slope.p_values[0]),
        interval=(float(low[0]), float(high[0])),
        n=result.n_used,
        left_out=dict(result.left_out),
    )


def _cells(survey: Survey, rows: str, columns: str) -> tuple[np.ndarray, tuple[int, int]]:
    """The cell of each row in use, among levels that occur, and the shape of the table."""
    places, shape = [], []
    for column in (rows, columns):
        coded, _ = categories(survey.column(column))
        levels, place = np.unique(coded, return_inverse=True)
        places.append(place)
        shape.append(len(levels))
    return places[0] * shape[1] + places[1], (shape[0], shape[1])


def _cell_shares(survey: Survey, cell: np.ndarray, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """The share of each cell, and the covariance of the shares."""
    inside = (cell[:, None] == np.arange(cells)).astype(float)
    weights = survey.weights / survey.weights.sum()
    shares = weights @ inside
    influence = (inside - shares) * weights[:, None]
    return shares, survey.covariance(influence, lambda w: inside.T @ w / w.sum(axis=0))


def _interaction(shape: tuple[int, int]) -> np.ndarray:
    """(cells, (rows - 1)(columns - 1)) contrasts of a table that its margins do not explain."""
    rows, columns = (np.eye(levels)[:, 1:] - 1 / levels for levels in shape)
    return np.kron(rows, columns)
