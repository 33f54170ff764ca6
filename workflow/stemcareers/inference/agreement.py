"""Whether answers of people in the same school agree enough to speak of the school: ICC(1), ICC(2) and rwg(j)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean

from .item_answers import check_level, read

#: Variances of "no agreement" on a five-point answer where people lean to one side, by how much.
#: Source: LeBreton and Senter (2008), table 2, doi 10.1177/1094428106296642.
LEANING = {"slight_skew": 1.34, "moderate_skew": 0.90, "heavy_skew": 0.44}


@dataclass(frozen=True)
class IntraclassCorrelation:
    """How much of a variable lies between groups.

    icc1       the share of the variance between groups: how alike two members of a group are. May be negative.
    icc2       the reliability of a group's mean, for a group of the average size n0.
    ci_low, ci_high, level   of icc1; exact for groups of one size, close for others.
    f, df1, df2, p_value     the analysis of variance between groups.
    between, within          its mean squares.
    n0         the average group size that unequal sizes amount to.
    n, n_groups, left_out    rows and groups used, rows left out by reason.
    """

    icc1: float
    icc2: float
    ci_low: float
    ci_high: float
    level: float
    f: float
    df1: int
    df2: int
    p_value: float
    between: float
    within: float
    n0: float
    n: int
    n_groups: int
    left_out: dict[str, int]


@dataclass(frozen=True)
class WithinGroupAgreement:
    """rwg(j) by group.

    groups    one row per group: n, rwg (0..1; 0 where the answers vary more than chance would have them, marked
              in `beyond_chance`).
    median, mean   over groups, each counting once.
    expected_variance   of an answer if there were no agreement.
    n, left_out    rows used, rows left out by reason.
    """

    groups: pd.DataFrame
    median: float
    mean: float
    expected_variance: float
    n: int
    left_out: dict[str, int]


def intraclass(
    frame: pd.DataFrame, value: str, group: str, *, level: float = 0.95, where: str = "icc"
) -> IntraclassCorrelation:
    """ICC(1) and ICC(2) of a numeric column by groups, from the one-way analysis of variance.

    Groups of unequal size are allowed (n0 takes the place of the group size); groups of one tell nothing about
    agreement within, but count between. Unweighted: the design's weights have no place in an analysis of variance.

    Raises a Problem for fewer than two groups, for no group of two or more, and for a constant column.

    Source: Bliese (2000), Within-group agreement, non-independence, and reliability; n0: Searle, Casella and
    McCulloch (1992), Variance Components, section 3.6, doi 10.1002/9780470316856, and the interval there.
    """
    from scipy.special import fdtrc, fdtri

    check_level(level, where)
    x, code, left_out = _grouped(frame, value, group, where)
    size = np.bincount(code)
    groups, n = size.size, x.size
    _refuse_groups(size, x, value, group, where)
    means = np.bincount(code, x) / size
    df1, df2 = groups - 1, n - groups
    between = float((size * (means - x.mean()) ** 2).sum() / df1)
    within = float(((x - means[code]) ** 2).sum() / df2)
    n0 = float((n - (size**2).sum() / n) / df1)
    if within == 0:
        raise Problem(where, f"'{value}' never varies within '{group}': it belongs to the group, not to its members")
    f = between / within
    tail = (1 - level) / 2
    low, high = (f / fdtri(df1, df2, 1 - tail), f / fdtri(df1, df2, tail))
    return IntraclassCorrelation(
        icc1=(between - within) / (between + (n0 - 1) * within),
        icc2=(between - within) / between,
        ci_low=float((low - 1) / (low + n0 - 1)),
        ci_high=float((high - 1) / (high + n0 - 1)),
        level=level,
        f=f,
        df1=df1,
        df2=df2,
        p_value=float(fdtrc(df1, df2, f)),
        between=between,
        within=within,
        n0=n0,
        n=n,
        n_groups=groups,
        left_out=left_out,
    )


def within_group(
    frame: pd.DataFrame,
    items: Sequence[str],
    group: str,
    *,
    categories: int,
    expected: str | float = "uniform",
    where: str = "rwg",
) -> WithinGroupAgreement:
    """rwg(j) of every group of two or more: 1 minus the variance of its answers over that of no agreement.

    items       one item, or j items of one scale (rows that answered all of them count).
    categories  how many answers an item offers.
    expected    the variance of an answer without agreement: "uniform" over the categories, "slight_skew",
                "moderate_skew" or "heavy_skew" (five categories only), or a number.

    Source: James, Demaree and Wolf (1984), eq. 1 and 4, doi 10.1037/0021-9010.69.1.85; negative values set to 0:
    James, Demaree and Wolf (1993), doi 10.1037/0021-9010.78.2.306.
    """
    chance = _expected_variance(expected, categories, where)
    answers = read(frame, items, missing="complete", at_least=1, where=where)
    codes, names = _group_codes(frame, group, where)
    kept = answers.used & (codes >= 0)
    left_out = {**answers.left_out, "no group": int((answers.used & (codes < 0)).sum())}
    code, values = codes[kept], answers.values[kept]
    size = np.bincount(code, minlength=len(names))
    if not (size > 1).any():
        raise Problem(where, f"no '{group}' has two or more answers, so nobody can agree with anybody")
    means = _sums(code, values, len(names)) / np.maximum(size, 1)[:, None]
    squares = _sums(code, (values - means[code]) ** 2, len(names))
    many = size > 1
    left_out["alone in the group"] = int(size[~many].sum())
    share = (squares[many] / (size[many] - 1)[:, None]).mean(axis=1) / chance
    j = len(answers.items)
    beyond = share > 1
    with np.errstate(divide="ignore", invalid="ignore"):  # only where answers vary more than chance
        agreement = np.where(beyond, 0.0, j * (1 - share) / (j * (1 - share) + share))
    groups = pd.DataFrame(
        {"n": size[many], "rwg": agreement, "beyond_chance": beyond}, pd.Index(names[many], name=group)
    ).sort_index()
    return WithinGroupAgreement(
        groups=groups,
        median=float(np.median(agreement)),
        mean=float(agreement.mean()),
        expected_variance=chance,
        n=int(size[many].sum()),
        left_out=left_out,
    )


def _grouped(frame: pd.DataFrame, value: str, group: str, where: str) -> tuple[np.ndarray, np.ndarray, dict]:
    """Values and group numbers of the rows that have both, and how many have not."""
    if value not in frame.columns:
        raise Problem(where, f"'{value}' is not a column{did_you_mean(value, frame.columns)}")
    if not pd.api.types.is_numeric_dtype(frame[value]):
        raise Problem(where, f"'{value}' holds {frame[value].dtype}, not numbers")
    if np.isinf(frame[value].to_numpy(dtype=float, na_value=np.nan)).any():
        raise Problem(where, f"'{value}' holds infinite values")
    codes, _ = _group_codes(frame, group, where)
    x = frame[value].to_numpy(dtype=float, na_value=np.nan)
    gone = np.isnan(x)
    left_out = {"no value": int(gone.sum()), "no group": int((~gone & (codes < 0)).sum())}
    kept = ~gone & (codes >= 0)
    return x[kept], np.unique(codes[kept], return_inverse=True)[1], left_out


def _group_codes(frame: pd.DataFrame, group: str, where: str) -> tuple[np.ndarray, pd.Index]:
    if group not in frame.columns:
        raise Problem(where, f"'{group}' is not a column{did_you_mean(group, frame.columns)}")
    return pd.factorize(frame[group])


def _refuse_groups(size: np.ndarray, x: np.ndarray, value: str, group: str, where: str) -> None:
    if size.size < 2:
        raise Problem(where, f"'{group}' has {size.size} group(s) with a '{value}'; at least 2 are needed")
    if size.max() < 2:
        raise Problem(where, f"no '{group}' has two or more answers to '{value}', so none can be alike")
    if x.min() == x.max():
        raise Problem(where, f"'{value}' is constant: all {x.size:,} values are {x[0]:g}")


def _expected_variance(expected: str | float, categories: int, where: str) -> float:
    """The variance of an answer among `categories` if people did not agree at all."""
    if categories < 2:
        raise Problem(where, f"categories is {categories}, but an item offers at least 2 answers")
    if expected == "uniform":
        return (categories**2 - 1) / 12
    if isinstance(expected, str):
        if expected not in LEANING:
            known = ", ".join(["uniform", *LEANING]) + did_you_mean(expected, ["uniform", *LEANING])
            raise Problem(where, f"expected is '{expected}', but must be a number or one of: {known}")
        if categories != 5:
            raise Problem(where, f"'{expected}' is known for 5 categories only, not for {categories}; give a number")
        return LEANING[expected]
    if not expected > 0:
        raise Problem(where, f"expected is {expected:g}, but a variance without agreement is above 0")
    return float(expected)


def _sums(code: np.ndarray, values: np.ndarray, groups: int) -> np.ndarray:
    sums = np.zeros((groups, values.shape[1]))
    np.add.at(sums, code, values)
    return sums
