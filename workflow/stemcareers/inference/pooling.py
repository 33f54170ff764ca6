"""Rubin's rules: one result from the results of several completed surveys.

    pooled = pool(imputed, lambda survey: linear(survey, "quality", ["leadership", "phase"]))
    pooled.result.to_frame()
    pooled.to_frame()            # beside the complete cases, with the fraction of missing information

Sources: Rubin (1987), Multiple Imputation for Nonresponse in Surveys, chapter 3; Barnard & Rubin (1999), Small-sample
degrees of freedom with multiple imputation, Biometrika 86, doi:10.1093/biomet/86.4.948.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from stemcareers.errors import Problem
from stemcareers.inference.design import Survey
from stemcareers.inference.distributions import f_upper
from stemcareers.inference.hypotheses import Test, places_of
from stemcareers.inference.imputation import Imputed
from stemcareers.inference.results import LOG, Facts, Name, Result

Estimator = Callable[[Survey], Result]
# Where imputations do not differ their share of variance counts as this much, as in mice: degrees of freedom are then
# as good as those of complete data.
_LEAST_SHARE = 1e-4


@dataclass(frozen=True, eq=False)
class Pooled:
    """The results of completed surveys, put together.

    result         the pooled estimates; covariance within plus between, df by Barnard and Rubin.
    complete_case  the same estimator on the survey as it was observed; None where that was not asked for, or not given.
    m              imputations.
    within, between  (p, p) mean covariance of the completed results, and covariance among their estimates. For ratios
                   (odds, rates) these and what follows are about their logarithms.
    increase       (p,) relative increase in variance due to what is missing.
    share_between  (p,) share of the variance that is due to it (lambda).
    fraction_missing  (p,) fraction of missing information, with finitely many imputations allowed for.
    complete_df    degrees of freedom that tests of several estimates would have with nothing missing.
    """

    result: Result
    complete_case: Result | None
    m: int
    within: np.ndarray
    between: np.ndarray
    increase: np.ndarray
    share_between: np.ndarray
    fraction_missing: np.ndarray
    complete_df: float

    @property
    def relative_efficiency(self) -> np.ndarray:
        """(p,) precision with m imputations as a share of that with infinitely many; Rubin (1987), eq. 4.2.2."""
        return 1 / (1 + self.fraction_missing / self.m)

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """The pooled result's frame, with fraction_missing, relative_efficiency and the complete cases beside it."""
        table = self.result.to_frame(level)
        table["fraction_missing"] = self.fraction_missing
        table["relative_efficiency"] = self.relative_efficiency
        if self.complete_case is None:
            return table
        keys = [column for column in table if column not in _NUMBERS]
        other = self.complete_case.to_frame(level)[[*keys, *_BESIDE]]
        return table.merge(
            other.rename(columns={name: f"complete_case_{name}" for name in _BESIDE}), on=keys, how="left"
        )

    def wald(self, terms: Sequence[str | Name]) -> Test:
        """The pooled Wald F (D1) that all coefficients of these terms are zero.

        terms  a term stands for all of its levels; a (term, level) for one.
        Source: Li, Raghunathan & Rubin (1991), J. Am. Stat. Assoc. 86, doi:10.1080/01621459.1991.10475152; with
        Reiter (2007), Biometrika 94, doi:10.1093/biomet/asm028, for its degrees of freedom in small samples.
        """
        places = places_of(self.result, terms, "pooled Wald test")
        k, m = len(places), self.m
        block = np.ix_(places, places)
        values = self.result.values[places]
        if self.result.scale is LOG:
            values = np.log(values)
        inverse = np.linalg.inv(self.within[block])
        r = (1 + 1 / m) * float(np.trace(self.between[block] @ inverse)) / k
        statistic = float(values @ inverse @ values) / (k * (1 + r))
        ddf = float(self.result.df[places[0]]) if k == 1 else _reiter_df(k, m, max(r, 1e-8), self.complete_df)
        p = f_upper(statistic, k, ddf)
        return Test("pooled Wald F", statistic, k, ddf, p, self.result.n_used, dict(self.result.left_out))


_NUMBERS = ("estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "n", "n_clusters")
_NUMBERS += ("fraction_missing", "relative_efficiency")
_BESIDE = ["estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "n"]


def pool(imputed: Imputed | Sequence[Survey], estimator: Estimator, complete_case: bool = True) -> Pooled:
    """The estimator on every completed survey, pooled by Rubin's rules, and on the survey as it was observed.

    imputed        from `impute`, or completed surveys from elsewhere, which bring no complete cases.
    estimator      survey -> Result; the same names in the same order every time.
    complete_case  false: leave that out.

    What is not linear in the estimates (a contrast, a margin) is pooled by doing it inside the estimator.
    """
    given = isinstance(imputed, Imputed)
    surveys = imputed.surveys if given else tuple(imputed)
    results = [estimator(survey) for survey in surveys]
    beside = estimator(imputed.observed) if given and complete_case else None
    return pool_results(results, beside)


def pool_results(results: Sequence[Result], complete_case: Result | None = None) -> Pooled:
    """Results of completed surveys, pooled by Rubin's rules.

    The complete data's degrees of freedom are the results' own, averaged. Shares keep their intervals on the logit
    scale, ratios are pooled as logarithms; quantiles lose Woodruff's interval for a symmetric one.
    """
    if len(results) < 2:
        raise Problem("pooling", f"takes two completed results or more, and there are {len(results)}")
    first = results[0]
    if torn := [i + 1 for i, one in enumerate(results) if (one.names, one.groups) != (first.names, first.groups)]:
        raise Problem(
            "pooling",
            f"imputation{'s' * (len(torn) > 1)} {', '.join(map(str, torn))}: other estimates than in the first. "
            "Declare the levels of imputed categories, so that each imputation has all of them",
        )
    m = len(results)
    values, covariances = zip(*(_natural(result) for result in results), strict=True)
    estimate = np.mean(values, axis=0)
    within = np.mean(covariances, axis=0)
    distances = np.array(values) - estimate
    between = distances.T @ distances / (m - 1)
    total = within + (1 + 1 / m) * between

    complete_df = np.mean([result.df for result in results], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        increase = (1 + 1 / m) * np.diag(between) / np.diag(within)
        share = (1 + 1 / m) * np.diag(between) / np.diag(total)
    df = barnard_rubin_df(m, share, complete_df)
    fraction = (increase + 2 / (df + 3)) / (increase + 1)
    # A plain Result: what else a kind of result holds is that of one imputation.
    plain = Result(**{one.name: getattr(first, one.name) for one in fields(Result)})
    pooled = replace(
        plain,
        values=estimate,
        covariance=total,
        df=df,
        n=np.rint(np.mean([result.n for result in results], axis=0)).astype(int),
        n_clusters=np.rint(np.mean([result.n_clusters for result in results], axis=0)).astype(int),
        design_df=float(df.min()),
        scale_error=None,
        srs_variance=None,
        share_sampled=None,
        own_interval=None,
        model=None,
        facts=_facts(results),
    )
    if first.scale is LOG:
        ratios = np.exp(estimate)
        pooled = replace(pooled, values=ratios, covariance=total * np.outer(ratios, ratios))
    complete = float(np.mean([result.design_df for result in results]))
    return Pooled(pooled, complete_case, m, within, between, increase, share, fraction, complete)


def barnard_rubin_df(m: int, share_between: np.ndarray, complete_df: np.ndarray | float) -> np.ndarray:
    """(p,) degrees of freedom of a pooled t. Source: Barnard & Rubin (1999), eqs. 1 to 3.

    share_between  (p,) share of the variance that lies between imputations (lambda).
    complete_df    degrees of freedom there would be with nothing missing; may be infinite.
    """
    share = np.maximum(np.asarray(share_between, dtype=float), _LEAST_SHARE)
    old = (m - 1) / share**2
    complete = np.broadcast_to(np.asarray(complete_df, dtype=float), share.shape)
    with np.errstate(invalid="ignore"):
        observed = (complete + 1) / (complete + 3) * complete * (1 - share)
        return np.where(np.isinf(complete), old, old * observed / (old + observed))


def _natural(result: Result) -> tuple[np.ndarray, np.ndarray]:
    """Values and covariance on the scale on which they are averaged: the log for ratios, else their own."""
    if result.scale is not LOG:
        return result.values, result.covariance
    return np.log(result.values), result.covariance / np.outer(result.values, result.values)


def _facts(results: Sequence[Result]) -> Facts:
    first = results[0].facts
    numbers = {}
    for name in ("r_squared", "log_likelihood", "condition_number"):
        parts = [getattr(result.facts, name) for result in results]
        numbers[name] = None if any(part is None for part in parts) else float(np.mean(parts))
    converged = None if first.converged is None else all(result.facts.converged for result in results)
    return replace(
        first,
        variance_method=f"{first.variance_method}, {len(results)} imputations",
        converged=converged,
        iterations=None,
        **numbers,
    )


def _reiter_df(k: int, m: int, r: float, complete_df: float) -> float:
    """Denominator degrees of freedom of D1 for k coefficients. Source: Reiter (2007), eqs. 1 and 2."""
    t = k * (m - 1)
    if t <= 4:
        raise Problem("pooled Wald test", f"{m} imputations are too few to test {k} coefficients together; make more")
    if not np.isfinite(complete_df):
        return 4 + (t - 4) * (1 + (1 - 2 / t) / r) ** 2
    a = r * t / (t - 2)
    v = complete_df * (complete_df + 1) / (complete_df + 3)
    c0, c1, c2 = 1 / (t - 4), v - 2 * (1 + a), v - 4 * (1 + a)
    z = 1 / c2 + c0 * (a**2 * c1 / ((1 + a) ** 2 * c2) + 8 * a**2 * c1 / ((1 + a) * c2**2))
    z += c0 * (4 * a**2 / ((1 + a) * c2) + 4 * a**2 / (c2 * c1) + 16 * a**2 * c1 / c2**3 + 8 * a**2 / c2**2)
    return 4 + 1 / z
