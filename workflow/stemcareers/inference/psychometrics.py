"""How reliable a scale is: Cronbach's alpha with its interval, item-rest correlations, reversed items.

Alpha is a function of the covariances between items, so everything here starts from one covariance matrix,
weighted or not, from complete rows or from pairs. The interval follows the design: an exact F interval for
a simple random sample, a linearised or a jackknife one for weights, strata and clusters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import expm1, log1p
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean

from .item_answers import ItemAnswers, check_level, read
from .item_design import Units

if TYPE_CHECKING:
    from .design import Survey

#: The name under which a survey's weights join the items while alpha is computed.
SURVEY_WEIGHT = "weight of the survey"
INTERVALS = ("feldt", "linearised", "jackknife")


@dataclass(frozen=True)
class Alpha:
    """Cronbach's alpha of a set of items, with its uncertainty and what each item does to it.

    alpha          from covariances ("raw").
    standardised   from correlations: the alpha of the items each scaled to one standard deviation.
    average_r      the mean correlation between different items.
    std_error      linearised or jackknife; with `interval` "feldt", the linearised one, for reading beside
                   others.
    ci_low, ci_high, level, interval   the interval, its confidence and its method.
    df             degrees of freedom of the interval: clusters minus strata; with "feldt", rows minus 1 (the
                   second, (rows - 1)(items - 1), follows).
    n, n_clusters, n_items, left_out, pairs_min
                   rows and clusters used; rows left out by reason; the fewest rows behind any one covariance.
    items          one row per item: n, mean, sd, item_rest, alpha_if_deleted (missing with two items).
    influence      one float per row of the frame, 0 where it was not used: the standard error of the weighted
                   total of these under any design is that of alpha (linearisation).
    """

    alpha: float
    standardised: float
    average_r: float
    std_error: float
    ci_low: float
    ci_high: float
    level: float
    interval: str
    df: float
    n: int
    n_clusters: int
    n_items: int
    missing: str
    pairs_min: int
    left_out: dict[str, int]
    items: pd.DataFrame
    influence: np.ndarray = field(repr=False)


def alpha(
    frame: pd.DataFrame,
    items: Sequence[str],
    *,
    weight: str | None = None,
    stratum: str | None = None,
    cluster: str | None = None,
    missing: str = "complete",
    interval: str | None = None,
    level: float = 0.95,
    where: str = "items",
) -> Alpha:
    """Cronbach's alpha of `items`, its interval, and what each item does to it.

    frame     one row per response; items as numbers, NaN or <NA> where unanswered.
    weight, stratum, cluster   columns of the frame; each changes the interval, the weight also the estimate.
    missing   "complete" (rows that answered every item) or "pairwise" (every answer); both are counted.
    interval  "feldt": F interval of a simple random sample with complete rows.
              "linearised": large-sample, free of the normal distribution, by strata and clusters, on the
              scale of log(1 - alpha) with a t quantile.
              "jackknife": leaves out one cluster at a time within strata; the same scale and quantile.
              None: "feldt" where it holds, "linearised" elsewhere.
    where     how a Problem names the place, e.g. the id of the scale.

    Raises a Problem for constant items, for a negative average covariance (alpha means nothing then), for a
    stratum with one cluster, and for an interval that cannot honour what was given.

    Source: Cronbach (1951), doi 10.1007/BF02310555; intervals: as `feldt_interval`, `log_interval`,
    `jackknife` and `_influence` tell.
    """
    check_level(level, where)
    answers = read(frame, items, weight=weight, missing=missing, where=where)
    interval = _which_interval(answers, interval, stratum, cluster, where)
    covariances, pairs = covariance(answers, where)
    _refuse_negative(covariances, answers, where)
    units = Units.of(frame, answers.used, stratum, cluster, where)
    influence = _influence(answers, covariances, pairs)
    linearised = units.std_error(influence * answers.weights)
    std_error = jackknife(answers, units) if interval == "jackknife" else linearised
    if interval == "feldt":
        df = float(answers.n - 1)
        limits = feldt_interval(alpha_of(covariances), answers.n, len(answers.items), level)
    else:
        df = units.df
        limits = log_interval(alpha_of(covariances), std_error, df, level)
    return _told(answers, covariances, pairs, influence, std_error, limits, level, interval, df, units.n_used)


def alpha_under(
    survey: Survey, items: Sequence[str], *, missing: str = "complete", level: float = 0.95, where: str = "items"
) -> Alpha:
    """Cronbach's alpha as `alpha`, with the variance of a survey: several stages, finite populations, replicate
    weights, calibration, and its policy for a stratum with one cluster. `influence` is of the rows in use.

    Only rows in use count; `left_out` adds what the survey left out before.
    """
    check_level(level, where)
    frame = survey.frame.iloc[survey.rows].assign(**{SURVEY_WEIGHT: survey.weights})
    answers = read(frame, items, weight=SURVEY_WEIGHT, missing=missing, where=where)
    covariances, pairs = covariance(answers, where)
    _refuse_negative(covariances, answers, where)
    influence = _influence(answers, covariances, pairs)
    used = np.flatnonzero(answers.used)
    domain = survey.at(used)

    def point(weights: np.ndarray) -> np.ndarray:
        return _alphas(answers, used, weights, where)[None, :]

    variance = domain.covariance((influence * answers.weights)[used, None], point)
    std_error, df = float(np.sqrt(variance[0, 0])), float(domain.df)
    limits = log_interval(alpha_of(covariances), std_error, df, level)
    found = _told(
        answers, covariances, pairs, influence, std_error, limits, level, survey.variance_method, df, domain.n_clusters
    )
    return replace(found, left_out={**survey.left_out, **found.left_out})


def reversed_items(
    frame: pd.DataFrame,
    items: Sequence[str],
    *,
    weight: str | None = None,
    missing: str = "complete",
    where: str = "items",
) -> pd.Series:
    """The items that look reversed: negative item-rest correlations, the most negative first; empty if none.

    An item-rest correlation is that of an item with the sum of the others. One reversed item pulls down the
    others, so where several are negative, mirror the first and look again. With two items both are negative
    together: the answers cannot tell which of them is the reversed one.
    """
    answers = read(frame, items, weight=weight, missing=missing, where=where)
    rest = item_rest(covariance(answers, where)[0])
    found = pd.Series(rest, index=pd.Index(answers.items, name="item"), name="item_rest")
    return found[found < 0].sort_values(kind="stable")


def covariance(answers: ItemAnswers, where: str = "items") -> tuple[np.ndarray, np.ndarray]:
    """Weighted covariances between the items (k x k), and the number of rows behind each (k x k).

    Each pair uses the rows that answered both, with its own means (as R's `cov(use = "pairwise")`) and the
    factor n/(n - 1) of that pair's rows. Weights count relatively: times a constant, nothing changes.
    """
    observed = answers.answered.astype(float)
    x = np.where(answers.answered, answers.values - _centre(answers), 0.0)
    w = answers.weights[:, None]
    pairs = observed.T @ observed
    if (few := np.argwhere(np.triu(pairs < 3))).size:
        names = [f"'{answers.items[i]}' and '{answers.items[j]}' ({pairs[i, j]:.0f})" for i, j in few]
        raise Problem(where, f"fewer than 3 rows answered both of these items: {'; '.join(names)}")
    total = observed.T @ (w * observed)
    mean = x.T @ (w * observed) / total  # mean[i, j]: of item i over the rows that answered i and j
    covariances = x.T @ (w * x) / total - mean * mean.T
    return covariances * pairs / (pairs - 1), pairs


def alpha_of(covariances: np.ndarray) -> float:
    """Alpha from a covariance or correlation matrix: k/(k - 1) times 1 minus trace over sum.

    Given a matrix of correlations, standardised alpha; of polychoric correlations, ordinal alpha.
    Source: Cronbach (1951), doi 10.1007/BF02310555.
    """
    k = len(covariances)
    return float(k / (k - 1) * (1 - np.trace(covariances) / covariances.sum()))


def item_rest(covariances: np.ndarray) -> np.ndarray:
    """The correlation of each item with the sum of the other items (k floats), from their covariances."""
    variance = np.diag(covariances)
    with_rest = covariances.sum(axis=1) - variance
    rest = covariances.sum() - 2 * with_rest - variance
    # From pairs, the variance of a rest may come out negative: then there is no correlation to tell.
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(rest > 0, with_rest / np.sqrt(variance * rest), np.nan)


def alpha_if_deleted(covariances: np.ndarray) -> np.ndarray:
    """Alpha of the other items, for each item left out in turn (k floats; NaN where one is left)."""
    k = len(covariances)
    if k < 3:
        return np.full(k, np.nan)
    variance = np.diag(covariances)
    trace = variance.sum() - variance
    total = covariances.sum() - 2 * covariances.sum(axis=1) + variance
    return (k - 1) / (k - 2) * (1 - trace / total)


def feldt_interval(estimate: float, n: int, k: int, level: float = 0.95) -> tuple[float, float]:
    """The F interval of alpha from a simple random sample of n rows and k items.

    Exact where items are essentially tau-equivalent and normal.
    Source: Feldt (1965), doi 10.1007/BF02289499; Feldt, Woodruff and Salih (1987), doi
    10.1177/014662168701100107.
    """
    from scipy.special import fdtri

    first, second = n - 1, (n - 1) * (k - 1)
    tail = (1 - level) / 2
    return (
        float(1 - (1 - estimate) * fdtri(first, second, 1 - tail)),
        float(1 - (1 - estimate) * fdtri(first, second, tail)),
    )


def log_interval(estimate: float, std_error: float, df: float, level: float = 0.95) -> tuple[float, float]:
    """An interval of alpha from any standard error, symmetric on the scale of log(1 - alpha): never over 1.

    Source: Bonett (2002), doi 10.3102/10769986027004335, with a t quantile for the design's degrees of
    freedom.
    """
    from scipy.special import stdtrit

    half = stdtrit(df, (1 + level) / 2) * std_error / (1 - estimate)
    centre = log1p(-estimate)
    return -expm1(centre + half), -expm1(centre - half)


def jackknife(answers: ItemAnswers, units: Units) -> float:
    """The standard error of alpha, leaving out one cluster at a time (JKn); complete rows only.

    Within a stratum of m clusters the weights of the others grow by m/(m - 1), and the squared distances to
    the full estimate count (m - 1)/m times.
    Source: Wolter (2007), Introduction to Variance Estimation, section 4.5, doi 10.1007/978-0-387-35099-8.
    """
    k = len(answers.items)
    used = answers.used[:, None]
    x = np.where(used, answers.values - _centre(answers), 0.0)
    y = x.sum(axis=1, keepdims=True)
    # The weighted sums that alpha is made of: 1, items, squared items, squared total.
    sums = units.totals(answers.weights[:, None] * np.hstack([used, x, x**2, y**2]))
    by_stratum = np.zeros((units.m.size, sums.shape[1]))
    np.add.at(by_stratum, units.stratum_of_cluster, sums)
    m = units.m[units.stratum_of_cluster][:, None]
    own = by_stratum[units.stratum_of_cluster]
    left = by_stratum.sum(axis=0) - own + (own - sums) * m / (m - 1)
    left = np.vstack([left, by_stratum.sum(axis=0)])
    mean = left[:, 1 : k + 1] / left[:, :1]
    trace = (left[:, k + 1 : 2 * k + 1] / left[:, :1] - mean**2).sum(axis=1)
    total = left[:, -1] / left[:, 0] - mean.sum(axis=1) ** 2
    replicates = k / (k - 1) * (1 - trace / total)
    m = m[:, 0]
    return float(np.sqrt(((m - 1) / m * (replicates[:-1] - replicates[-1]) ** 2).sum()))


def _told(
    answers: ItemAnswers,
    covariances: np.ndarray,
    pairs: np.ndarray,
    influence: np.ndarray,
    std_error: float,
    limits: tuple[float, float],
    level: float,
    interval: str,
    df: float,
    n_clusters: int,
) -> Alpha:
    """Everything known of an alpha, put together."""
    k = len(answers.items)
    correlations = _correlations(covariances)
    return Alpha(
        alpha=alpha_of(covariances),
        standardised=alpha_of(correlations),
        average_r=float((correlations.sum() - k) / (k * (k - 1))),
        std_error=std_error,
        ci_low=limits[0],
        ci_high=limits[1],
        level=level,
        interval=interval,
        df=df,
        n=answers.n,
        n_clusters=n_clusters,
        n_items=k,
        missing=answers.missing,
        pairs_min=int(pairs.min()),
        left_out=answers.left_out,
        items=_item_table(answers, covariances),
        influence=influence,
    )


def _alphas(answers: ItemAnswers, used: np.ndarray, weights: np.ndarray, where: str) -> np.ndarray:
    """Alpha under each of r sets of weights for the rows used (rows x r): r floats."""
    columns = []
    for column in weights.T:
        everyone = np.zeros(len(answers.values))
        everyone[used] = column
        there = answers.answered & (everyone > 0)[:, None]
        columns.append(alpha_of(covariance(replace(answers, weights=everyone, answered=there), where)[0]))
    return np.array(columns)


def _centre(answers: ItemAnswers) -> np.ndarray:
    """A mean per item, taken off first: covariances of large numbers lose digits otherwise."""
    with np.errstate(invalid="ignore"):
        return np.nanmean(np.where(answers.answered, answers.values, np.nan), axis=0)


def _correlations(covariances: np.ndarray) -> np.ndarray:
    """Correlations from covariances (from pairs, these need not be those of `corr(use = "pairwise")`)."""
    sd = np.sqrt(np.diag(covariances))
    correlations = covariances / np.outer(sd, sd)
    np.fill_diagonal(correlations, 1.0)
    return correlations


def _item_table(answers: ItemAnswers, covariances: np.ndarray) -> pd.DataFrame:
    """One row per item: answers used, mean, standard deviation, item-rest correlation, alpha if deleted."""
    weights = answers.weights[:, None] * answers.answered
    values = np.where(answers.answered, answers.values, 0.0)
    return pd.DataFrame(
        {
            "n": answers.answered.sum(axis=0),
            "mean": (weights * values).sum(axis=0) / weights.sum(axis=0),
            "sd": np.sqrt(np.diag(covariances)),
            "item_rest": item_rest(covariances),
            "alpha_if_deleted": alpha_if_deleted(covariances),
        },
        index=pd.Index(answers.items, name="item"),
    )


def _influence(answers: ItemAnswers, covariances: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """How much one unit of weight on a row moves alpha (n floats), by the derivative of each covariance.

    A row's effect on the covariance of items i and j is ((x_i - m_i)(x_j - m_j) c - s_ij) / W, with c =
    n/(n - 1) and W the weights of the pair's rows; alpha's derivative by s_ij chains them.
    Source: Maydeu-Olivares, Coffman and Hartmann (2007), appendix, doi 10.1037/1082-989X.12.2.157; for
    designs, Binder (1983), doi 10.2307/1402588.
    """
    k = len(answers.items)
    trace, total = np.trace(covariances), covariances.sum()
    gradient = k / (k - 1) * (trace / total**2 - np.eye(k) / total)
    observed = answers.answered.astype(float)
    x = np.where(answers.answered, answers.values - _centre(answers), 0.0)
    w = answers.weights[:, None]
    sums = observed.T @ (w * observed)
    mean = x.T @ (w * observed) / sums
    scale = gradient * pairs / (pairs - 1) / sums
    # Over pairs both answered: scale (x_i x_j - m_ij x_j - m_ji x_i + m_ij m_ji) - gradient s_ij / W.
    constant = scale * mean * mean.T - gradient * covariances / sums
    quadratic = ((x @ scale) * x).sum(axis=1)
    linear = 2 * ((observed @ (scale * mean)) * x).sum(axis=1)
    return quadratic - linear + ((observed @ constant) * observed).sum(axis=1)


def _which_interval(
    answers: ItemAnswers, interval: str | None, stratum: str | None, cluster: str | None, where: str
) -> str:
    """The interval asked for, or the one that fits; a Problem where it cannot honour what was given."""
    gaps = answers.missing == "pairwise" and not answers.answered[answers.used].all()
    given = [
        name
        for name, there in (
            ("weights", answers.weighted),
            ("strata", stratum is not None),
            ("clusters", cluster is not None),
            ("rows with unanswered items", gaps),
        )
        if there
    ]
    if interval is None:
        return "linearised" if given else "feldt"
    if interval not in INTERVALS:
        known = ", ".join(INTERVALS) + did_you_mean(interval, INTERVALS)
        raise Problem(where, f"interval is '{interval}', but must be one of: {known}")
    if interval == "feldt" and given:
        raise Problem(
            where, f"the feldt interval cannot honour {' and '.join(given)}; use the linearised interval"
        )
    if interval == "jackknife" and gaps:
        raise Problem(
            where,
            "the jackknife interval needs rows that answered every item; "
            "use missing='complete' or the linearised interval",
        )
    return interval


def _refuse_negative(covariances: np.ndarray, answers: ItemAnswers, where: str) -> None:
    """A Problem where the items do not go together on average: alpha would be negative or without meaning."""
    off = covariances.sum() - np.trace(covariances)
    if off > 0:
        return
    rest = item_rest(covariances)
    names = [f"{name} ({r:.2f})" for name, r in zip(answers.items, rest, strict=True) if r < 0]
    k = len(rest)
    raise Problem(
        where,
        f"the average covariance between the {k} items is {off / k / (k - 1):.3g}: not positive, so they "
        "measure nothing in common and alpha has no meaning",
        f"negative item-rest correlations: {', '.join(names) or 'none'}; is an item worded the other way "
        "round? Then mirror it first",
    )
