"""Tests of several coefficients at once, of independence in a table, and of two means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference.design import Survey
from stemcareers.inference.distributions import f_upper
from stemcareers.inference.frames import categories
from stemcareers.inference.linear_regression import linear
from stemcareers.inference.results import Name, Result
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


def wald(result: Result, terms: Sequence[str | Name]) -> Test:
    """The design-based Wald F that all coefficients of these terms are zero.

    terms  a term stands for all of its levels; a (term, level) for one.

    F has as many degrees of freedom as coefficients, and the model's residual ones below.
    Source: R's survey, `regTermTest(method = "Wald")`.
    """
    terms = [terms] if isinstance(terms, str) else list(terms)
    if result.facts.variance_method == "CR2":
        raise Problem("Wald test", "CR2 errors have their own degrees of freedom; use wald_bias_reduced")
    places = [place for place, name in enumerate(result.names) if name in terms or name[0] in terms]
    known = {name[0] for name in result.names} | set(result.names)
    if unknown := [term for term in terms if term not in known]:
        raise Problem("Wald test", *(f"{term!r} is not in the model" for term in unknown))
    values, covariance = result.values[places], result.covariance[np.ix_(places, places)]
    # In units of standard errors, so that the unit of a predictor does not matter to the solution.
    errors = np.sqrt(np.diag(covariance))
    # All coefficients have the same but in a mixed model, where some are of the groups and some of the rows.
    ddf = float(result.df[places].min())
    if len(places) > ddf or not (errors > 0).all():
        raise Problem("Wald test", f"{len(places)} coefficients cannot be tested with {ddf:g} degrees of freedom")
    z, correlation = values / errors, covariance / np.outer(errors, errors)
    statistic = float(z @ np.linalg.solve(correlation, z)) / len(places)
    p_value = f_upper(statistic, len(places), ddf)
    return Test("Wald F", statistic, len(places), ddf, p_value, result.n_used, dict(result.left_out))


def rao_scott(survey: Survey, rows: str, columns: str) -> Test:
    """The Rao-Scott F that two categorical columns are independent: Pearson's chi-square, corrected for the design.

    The second-order correction; its lower degrees of freedom are those of the design before rows with a missing
    value are left out, as in R's survey, `svychisq(statistic = "F")`, so that numbers agree.
    Source: Rao & Scott (1984), On chi-squared tests for multiway contingency tables with cell proportions
    estimated from survey data, Annals of Statistics 12, doi:10.1214/aos/1176346391.
    """
    used = survey.complete([rows, columns])
    cell, shape = _cells(used, rows, columns)
    where = f"table of {rows} by {columns}"
    if min(shape) < 2:
        raise Problem(where, f"has {shape[0]} rows and {shape[1]} columns in use; a test needs two of each or more")
    shares, covariance = _cell_shares(used, cell, shape[0] * shape[1])
    table = shares.reshape(shape)
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    pearson = float(((table - expected) ** 2 / expected).sum())

    interaction = _interaction(shape)
    per_share = np.where(shares > 0, 1 / np.where(shares > 0, shares, 1), 0.0)[:, None] * interaction
    effects = np.linalg.solve(interaction.T @ per_share, per_share.T @ covariance @ per_share)
    trace = float(np.trace(effects))
    if trace < 1e-12:  # a mean design effect: of order one for any sample that could have come out otherwise
        raise Problem(where, "its shares are fixed by the strata, so no sample could have shown anything else")
    df = trace**2 / float(np.trace(effects @ effects))
    ddf = df * survey.df
    statistic = pearson / trace
    p_value = f_upper(statistic, df, ddf)
    return Test("Rao-Scott F", statistic, df, ddf, p_value, used.n, dict(used.left_out))


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
