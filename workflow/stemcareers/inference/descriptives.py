"""Means, totals, shares, ratios, quantiles, variances and differences, by groups and with covariances.

Every function takes a survey and names of columns, and returns a Result. Rows with a missing value in any of
the named columns are a domain of the survey: left out, counted, and still part of how the sample was drawn.
Degrees of freedom are those of the rows in use: clusters minus strata. (R's `svyciprop(na.rm = TRUE)` keeps those of
all rows given: `interval(df=survey.df)` is its interval.) A group within a single cluster has none, and so no
interval; its standard error of 0 says that nothing shows how clusters vary, not that nothing is left to chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference.design import Survey
from stemcareers.inference.distributions import t_quantile
from stemcareers.inference.frames import as_names, categories, codes, is_numeric, numbers, text
from stemcareers.inference.results import IDENTITY, LOGIT, Facts, Group, Interval, Name, Result, Scale

Columns = str | Sequence[str]


@dataclass(frozen=True)
class _Piece:
    """Estimates of one group, and what their covariance with those of other groups needs.

    influence     (n, p) for the group's rows.
    point         weights (n, r) of the group's rows -> estimates (p, r).
    srs_variance  (p,) under simple random sampling with replacement, or None.
    """

    names: list[Name]
    values: np.ndarray
    influence: np.ndarray
    point: Callable[[np.ndarray], np.ndarray]
    srs_variance: np.ndarray | None = None


def mean(survey: Survey, columns: Columns, by: Columns = ()) -> Result:
    """The mean of each numeric column."""

    def piece(domain: Survey) -> _Piece:
        x = _numeric(domain, columns)
        return _mean_piece([(column, "") for column in as_names(columns)], x, domain.weights)

    return _estimate(survey, "mean", as_names(columns), as_names(by), piece)


def share(survey: Survey, columns: Columns, by: Columns = ()) -> Result:
    """The share of each level of each column, among rows that have one; intervals on the logit scale.

    A column's levels are its categories where it is categorical, else the values in use: "0" and "1" of a
    column of zeros and ones, "False" and "True" of a true-false column.
    """
    levels = _levels(survey, as_names(columns))

    def piece(domain: Survey) -> _Piece:
        names, x = _indicators(domain, levels)
        return _mean_piece(names, x, domain.weights)

    return _estimate(survey, "share", as_names(columns), as_names(by), piece, scale=LOGIT)


def total(survey: Survey, columns: Columns, by: Columns = ()) -> Result:
    """The population total of each numeric column; of other columns, how many of the population have each level."""
    levels = _levels(survey, [c for c in as_names(columns) if not is_numeric(survey.column(c))])

    def piece(domain: Survey) -> _Piece:
        names, parts = [], []
        for column in as_names(columns):
            if column in levels:
                own, part = _indicators(domain, {column: levels[column]})
            else:
                own, part = [(column, "")], _numeric(domain, column)
            names += own
            parts.append(part)
        x = np.column_stack(parts)
        weights = domain.weights
        srs = _sample_variance(x, weights) * weights.sum() ** 2 / domain.n
        return _Piece(names, x.T @ weights, x * weights[:, None], lambda w: x.T @ w, srs)

    return _estimate(survey, "total", as_names(columns), as_names(by), piece)


def ratio(survey: Survey, numerator: Columns, denominator: str, by: Columns = ()) -> Result:
    """The total of each numerator over the total of the denominator; the level names the denominator."""
    tops = as_names(numerator)

    def piece(domain: Survey) -> _Piece:
        weights, x = domain.weights, _numeric(domain, tops)
        below = _numeric(domain, denominator)
        size = float(below[:, 0] @ weights)
        if size == 0:
            raise Problem(f"ratio to {denominator!r}", "its total is zero, so there is nothing to divide by")
        values = x.T @ weights / size
        rest = (x - below * values) / size
        srs = _sample_variance(rest, weights) * weights.sum() ** 2 / domain.n
        names = [(column, denominator) for column in tops]
        return _Piece(names, values, rest * weights[:, None], lambda w: (x.T @ w) / (below.T @ w), srs)

    return _estimate(survey, "ratio", (*tops, denominator), as_names(by), piece)


def variance(survey: Survey, columns: Columns, by: Columns = ()) -> Result:
    """The population variance of each numeric column, n / (n - 1) times the weighted mean square.

    n counts the rows in use, where R's `svyvar(na.rm = TRUE)` also counts rows with missing values.
    """

    def piece(domain: Survey) -> _Piece:
        if domain.n < 2:
            raise Problem(f"variance of {', '.join(as_names(columns))}", "needs two rows or more, in every group")
        x, weights = _numeric(domain, columns), domain.weights
        names = [(column, "") for column in as_names(columns)]
        # About their mean, or the squares of large numbers would drown what replicate weights tell apart.
        x = x - weights @ x / weights.sum()
        squares = x**2 * domain.n / (domain.n - 1)

        def point(w: np.ndarray) -> np.ndarray:
            means = (x.T @ w) / w.sum(axis=0)
            return ((x**2).T @ w / w.sum(axis=0) - means**2) * domain.n / (domain.n - 1)

        whole = _mean_piece(names, squares, weights)
        return _Piece(names, whole.values, whole.influence, point)

    return _estimate(survey, "variance", as_names(columns), as_names(by), piece)


def difference(survey: Survey, columns: Columns, between: str, levels: Sequence[object] | None = None) -> Result:
    """The mean of each column in the first of two groups minus that in the second.

    between  the column that tells the groups apart.
    levels   the two values to compare, first minus second; needed where the column has more than two.

    The covariance between the groups is the design's: clusters with rows in both bring one.
    Degrees of freedom are those of the two groups together.
    """
    found = _levels(survey.complete((*as_names(columns), between)), (between,))[between]
    chosen = [text(level) for level in levels] if levels is not None else found
    if len(chosen) != 2 or chosen[0] == chosen[1] or not set(chosen) <= set(found):
        raise Problem(
            f"difference between groups of {between!r}",
            f"needs two groups that are there, not {', '.join(chosen) or 'none'} "
            f"(there are: {', '.join(found) or 'none'})",
        )
    both = survey.domain(_is_among(survey, between, chosen), reason=f"other {between}")
    means = mean(both, columns, by=between)
    names = [(column, "") for column in as_names(columns)]
    matrix = np.zeros((len(names), len(means)))
    for row, (column, _) in enumerate(names):
        matrix[row, means.position((column, "", chosen[0]))] = 1
        matrix[row, means.position((column, "", chosen[1]))] = -1
    return means.contrasts(matrix, names)


def quantile(
    survey: Survey, columns: Columns, probabilities: Sequence[float] = (0.25, 0.5, 0.75), by: Columns = ()
) -> Result:
    """Quantiles of each numeric column; the level is the probability, as in ("api00", "0.5").

    The quantile is the smallest value at or below which at least that weighted share lies (R survey's rule
    "math"). Where a share equals the probability R's answer hangs on rounding; here it is always that value. Below the
    share of the smallest value R (survey 4.1) gives the second smallest, against its own rule; here the smallest.
    Intervals are Woodruff's: the ends of a t interval for the share below the estimate, read off the same
    distribution, so they need not be symmetric and lie within the data; missing where such an end leaves [0, 1].
    Standard errors are those of the 95 % interval, its length over 2 t; correlations are those of the shares.
    Source: Woodruff (1952), Journal of the American Statistical Association 47, doi:10.2307/2280781;
    R's survey 4.1, `svyquantile`.
    """
    probabilities = [float(p) for p in probabilities]
    if not probabilities:
        raise Problem("quantile", "no probability is given")
    if not all(0 <= p <= 1 for p in probabilities):
        raise Problem("quantile", f"probabilities lie between 0 and 1, not {probabilities}")
    curves: list[_Curve] = []

    def piece(domain: Survey) -> _Piece:
        x, weights = _numeric(domain, columns), domain.weights
        names, values, below = [], [], []
        for column, answers in zip(as_names(columns), x.T, strict=True):
            curve = _Curve(answers, weights)
            for p in probabilities:
                names.append((column, f"{p:g}"))
                values.append(curve.quantile(p))
                below.append(answers <= values[-1])
                curves.append(curve)
        shares = _mean_piece(names, np.column_stack(below).astype(float), weights)
        return _Piece(names, np.array(values), shares.influence, shares.point)

    return _woodruff(_estimate(survey, "quantile", as_names(columns), as_names(by), piece), curves)


# --- quantiles -----------------------------------------------------------------------------------------------


class _Curve:
    """The weighted distribution of one variable: the share at or below each value, and back."""

    def __init__(self, x: np.ndarray, weights: np.ndarray) -> None:
        order = np.argsort(x, kind="stable")
        self.values = x[order]
        self.shares = np.cumsum(weights[order]) / weights.sum()

    def quantile(self, p: float) -> float:
        # A share that equals p but for rounding counts as reaching it: the answer must not hang on the order
        # of the rows or the unit of the weights.
        place = np.searchsorted(self.shares, p - 1e-12)
        return float(self.values[min(place, len(self.values) - 1)])

    def share(self, value: float) -> float:
        return float(self.shares[np.searchsorted(self.values, value, side="right") - 1])


def _woodruff(result: Result, curves: list[_Curve]) -> Result:
    """Turn a result that holds the covariance of shares below quantiles into one that holds that of quantiles."""
    shares = np.array([curve.share(value) for curve, value in zip(curves, result.values, strict=True)])
    errors = np.sqrt(np.diag(result.covariance))

    def own_interval(level: float, df: np.ndarray) -> Interval:
        reach = t_quantile(0.5 + level / 2, df) * errors
        ends = shares - reach, shares + reach
        return tuple(
            np.array([c.quantile(p) if 0 <= p <= 1 else np.nan for c, p in zip(curves, end, strict=True)])
            for end in ends
        )

    low, high = own_interval(0.95, result.df)
    std_error = (high - low) / (2 * t_quantile(0.975, result.df))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlation = result.covariance / np.outer(errors, errors)
    np.fill_diagonal(correlation, 1.0)
    return replace(result, covariance=correlation * np.outer(std_error, std_error), own_interval=own_interval)


# --- what all of them share ----------------------------------------------------------------------------------


def _mean_piece(names: list[Name], x: np.ndarray, weights: np.ndarray) -> _Piece:
    size = weights.sum()
    # The mean of equal values is that value, not that value but for rounding: a share of 1 has to be known as one.
    values = np.where((x == x[:1]).all(axis=0), x[0], x.T @ weights / size)
    influence = (x - values) * (weights / size)[:, None]
    srs = _sample_variance(x, weights) / len(weights)
    return _Piece(names, values, influence, lambda w: (x.T @ w) / w.sum(axis=0), srs)


def _sample_variance(x: np.ndarray, weights: np.ndarray) -> np.ndarray:
    n = len(weights)
    if n < 2:
        return np.full(x.shape[1], np.nan)
    size = weights.sum()
    return weights @ (x - weights @ x / size) ** 2 / size * n / (n - 1)


def _estimate(
    survey: Survey,
    quantity: str,
    columns: Sequence[str],
    by: Sequence[str],
    piece: Callable[[Survey], _Piece],
    scale: Scale = IDENTITY,
) -> Result:
    """Estimate in every group, and put the groups together with the covariances between them."""
    if not columns:
        raise Problem(quantity, "no column is named")
    used = survey.complete((*columns, *by))
    if not used.n:
        raise Problem(f"{quantity} of {', '.join(columns)}", f"no rows are left: {_left_out(used)}")
    groups = _groups(used, by)
    pieces = [piece(domain) for _, domain, _ in groups]
    sizes = [len(p.names) for p in pieces]

    influence = np.zeros((used.n, sum(sizes)))
    starts = np.cumsum([0, *sizes])
    for (_, _, places), part, start in zip(groups, pieces, starts, strict=False):
        influence[places, start : start + len(part.names)] = part.influence

    def point(weights: np.ndarray) -> np.ndarray:
        return np.vstack([p.point(weights[places]) for p, (_, _, places) in zip(pieces, groups, strict=True)])

    def spread(facts: Sequence[float]) -> np.ndarray:
        return np.repeat(np.asarray(facts), sizes)

    scale_error = None
    if scale is not IDENTITY and used.replicates is not None:
        on_scale = used.covariance(influence, lambda weights: scale.to(point(weights)))
        scale_error = np.sqrt(np.diag(on_scale))

    domains = [domain for _, domain, _ in groups]
    return Result(
        quantity=quantity,
        names=tuple(name for p in pieces for name in p.names),
        groups=tuple(label for (label, _, _), size in zip(groups, sizes, strict=True) for _ in range(size)),
        values=np.concatenate([p.values for p in pieces]),
        covariance=used.covariance(influence, point),
        df=spread([float(domain.df) for domain in domains]),
        n=spread([domain.n for domain in domains]),
        n_clusters=spread([domain.n_clusters for domain in domains]),
        left_out=dict(used.left_out),
        n_used=used.n,
        n_clusters_used=used.n_clusters,
        design_df=float(used.df),
        facts=Facts(family=quantity, variance_method=used.variance_method, weighted=used.design.weight is not None),
        scale=scale,
        scale_error=scale_error,
        srs_variance=None if pieces[0].srs_variance is None else np.concatenate([p.srs_variance for p in pieces]),
        share_sampled=spread([domain.n / domain.weights.sum() for domain in domains]),
    )


def _groups(survey: Survey, by: Sequence[str]) -> list[tuple[Group, Survey, np.ndarray]]:
    """Every group that has rows, in the order of its values: its label, its domain, its places among the rows."""
    if not by:
        return [((), survey, np.arange(survey.n))]
    columns = [survey.column(column) for column in by]
    group = codes(columns, survey.n)
    places = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    coded = [categories(column) for column in columns]
    places.sort(key=lambda rows: [code[rows[0]] for code, _ in coded])
    labels = [tuple((c, names[code[rows[0]]]) for c, (code, names) in zip(by, coded, strict=True)) for rows in places]
    return [(label, survey.at(rows), rows) for label, rows in zip(labels, places, strict=True)]


def _levels(survey: Survey, columns: Sequence[str]) -> dict[str, list[str]]:
    """The levels of each column: its declared categories, else the values among the rows in use."""
    return {column: categories(survey.column(column).dropna())[1] for column in columns}


def _indicators(survey: Survey, levels: dict[str, list[str]]) -> tuple[list[Name], np.ndarray]:
    """(n, levels) zeros and ones, one column for each level of each column."""
    names, parts = [], [np.empty((survey.n, 0))]
    for column, known in levels.items():
        coded, own = categories(survey.column(column))
        place = np.array([known.index(level) for level in own], dtype=int)
        parts.append((place[coded][:, None] == np.arange(len(known))).astype(float))
        names += [(column, level) for level in known]
    return names, np.column_stack(parts)


def _is_among(survey: Survey, column: str, levels: Sequence[str]) -> np.ndarray:
    """For every row of the frame: does it have one of these levels, or no answer (counted apart)?"""
    coded, names = categories(survey.frame[column])
    wanted = np.array([name in levels for name in names] + [True])
    return wanted[coded]


def _numeric(survey: Survey, columns: Columns) -> np.ndarray:
    """(n, columns) floats of the rows in use."""
    parts = [numbers(survey.column(column)) for column in as_names(columns)]
    return np.column_stack(parts) if parts else np.empty((survey.n, 0))


def _left_out(survey: Survey) -> str:
    return ", ".join(f"{rows} {reason}" for reason, rows in survey.left_out.items()) or "the survey has none"
