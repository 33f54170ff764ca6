"""What every estimator returns: estimates, their covariance, and what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean
from stemcareers.inference.distributions import t_quantile, t_two_sided

if TYPE_CHECKING:
    from stemcareers.inference.fitted import FittedModel

Name = tuple[str, str]
Group = tuple[tuple[str, str], ...]
Interval = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Facts:
    """What is worth knowing about a fit beside its coefficients; None where it does not apply."""

    family: str
    variance_method: str = "linearised"
    weighted: bool = True
    r_squared: float | None = None
    log_likelihood: float | None = None
    converged: bool | None = None
    iterations: int | None = None
    condition_number: float | None = None


@dataclass(frozen=True)
class Scale:
    """The scale on which an interval is symmetric, as a function with its derivative and inverse."""

    name: str
    to: Callable[[np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray], np.ndarray]
    back: Callable[[np.ndarray], np.ndarray]


IDENTITY = Scale("identity", lambda x: x, np.ones_like, lambda x: x)
LOG = Scale("log", np.log, lambda x: 1 / x, np.exp)
LOGIT = Scale("logit", lambda x: np.log(x / (1 - x)), lambda x: 1 / (x * (1 - x)), lambda x: 1 / (1 + np.exp(-x)))


@dataclass(frozen=True, eq=False)
class Result:
    """Estimates of one kind from one survey, in a fixed order.

    quantity    what they are: mean, share, total, ratio, quantile, variance, difference, coefficient, ...
    names       (term, level) of each; level is "" where the term has no levels.
    groups      ((column, value), ...) of the group each is about; () where it is about all rows in use.
    values      (p,) the estimates.
    covariance  (p, p) their design covariance.
    df          (p,) degrees of freedom of each one's t.
    n           (p,) responses behind each.
    n_clusters  (p,) first-stage clusters behind each.
    left_out    rows of the frame that are behind none of them, by reason; with `n_used` they add up to all rows.
    n_used, n_clusters_used, design_df  rows of the frame behind any of them, the clusters these lie in, and
                their degrees of freedom: what contrasts between groups rest on.
    facts       what is worth knowing of the fit.
    """

    quantity: str
    names: tuple[Name, ...]
    groups: tuple[Group, ...]
    values: np.ndarray
    covariance: np.ndarray
    df: np.ndarray
    n: np.ndarray
    n_clusters: np.ndarray
    left_out: Mapping[str, int]
    n_used: int
    n_clusters_used: int
    design_df: float
    facts: Facts
    scale: Scale = IDENTITY
    # Standard errors on that scale, where replicates give them; None: by the delta method.
    scale_error: np.ndarray | None = field(default=None, repr=False)
    # Variance of each estimate under simple random sampling with replacement, and the share of the
    # population that the sample is: what design effects compare with.
    srs_variance: np.ndarray | None = field(default=None, repr=False)
    share_sampled: np.ndarray | None = field(default=None, repr=False)
    # Estimators whose interval is not estimate plus-minus t std errors (quantiles) bring their own.
    own_interval: Callable[[float, np.ndarray], Interval] | None = field(default=None, repr=False)
    # The model behind coefficients, whole even where only some of them are picked: what margins start from.
    model: FittedModel | None = field(default=None, repr=False)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def std_error(self) -> np.ndarray:
        """(p,) design-based standard errors."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))  # no variance may come out as -1e-33

    @property
    def n_rows(self) -> int:
        """Rows of the frame: those used and those left out."""
        return self.n_used + sum(self.left_out.values())

    @property
    def t_values(self) -> np.ndarray:
        """(p,) distance from no effect in standard errors: from 0, or from 1 for odds and rate ratios."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.scale.name == "log":
                return np.log(self.values) * self.values / self.std_error
            return self.values / self.std_error

    @property
    def p_values(self) -> np.ndarray:
        """(p,) two-sided p values of `t_values` with `df`; missing for shares, of which none is a null."""
        if self.scale is LOGIT:
            return np.full(len(self), np.nan)
        return t_two_sided(self.t_values, self.df)

    def interval(self, level: float = 0.95, df: float | np.ndarray | None = None) -> Interval:
        """Lower and upper ends of each estimate's own interval, (p,) each.

        level  share of samples whose interval holds the truth.
        df     degrees of freedom to use instead of the result's own; np.inf for the normal.

        Symmetric on the result's scale: the logit for shares, the log for odds ratios. Missing where the
        estimate lies on the edge of its scale (a share of exactly 0 or 1), because no variance is seen there.
        """
        if not 0 < level < 1:
            raise Problem("interval", f"level: is a share between 0 and 1, such as 0.95, not {level:g}")
        df = self.df if df is None else np.broadcast_to(np.asarray(df, dtype=float), self.values.shape)
        if self.own_interval is not None:
            return self.own_interval(level, df)
        reach = t_quantile(0.5 + level / 2, df)
        with np.errstate(divide="ignore", invalid="ignore"):
            middle = self.scale.to(self.values)
            error = self.std_error * self.scale.slope(self.values)
            reach = reach * (error if self.scale_error is None else self.scale_error)
            low, high = self.scale.back(middle - reach), self.scale.back(middle + reach)
        edge = ~np.isfinite(middle)
        return np.where(edge, np.nan, low), np.where(edge, np.nan, high)

    def design_effect(self, replacement: bool = False) -> np.ndarray:
        """(p,) variance over that of a simple random sample of as many responses.

        replacement  compare with sampling with replacement, the right choice where weights do not add up to
                     the population. Without it, missing where the weights add up to less than the sample.
        """
        if self.srs_variance is None:
            raise Problem(
                f"design effect of a {self.quantity}", "is not defined: means, shares, totals and ratios have one"
            )
        srs = self.srs_variance
        if not replacement:
            srs = np.where(self.share_sampled <= 1, srs * (1 - self.share_sampled), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.diag(self.covariance) / srs

    def effective_n(self, replacement: bool = False) -> np.ndarray:
        """(p,) size of the simple random sample that would be as precise: n over the design effect."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.n / self.design_effect(replacement)

    def position(self, key: object) -> int:
        """The place of one estimate, found by term, by (term, level), or by (term, level, group value, ...)."""
        term, level, *values = (key, "") if isinstance(key, str) else key
        found = [
            place
            for place, (name, group) in enumerate(zip(self.names, self.groups, strict=True))
            if name == (term, level) and (not values or tuple(v for _, v in group) == tuple(map(str, values)))
        ]
        if len(found) == 1:
            return found[0]
        terms = [" ".join(filter(None, name)) for name in self.names]
        wanted = " ".join(filter(None, (term, level, *map(str, values))))
        if found:
            raise Problem(f"{self.quantity} {wanted!r}", f"is {len(found)} estimates; name the group as well")
        raise Problem(f"{self.quantity} {wanted!r}", f"is not among the estimates{did_you_mean(wanted, terms)}")

    def pick(self, keys: Sequence[object]) -> Result:
        """The result of some of the estimates, in this order."""
        return self._at([self.position(key) for key in keys])

    def where(self, **group: object) -> Result:
        """The result of the estimates of one group, as in `where(stype="E")`."""
        wanted = {(column, str(value)) for column, value in group.items()}
        places = [place for place, pairs in enumerate(self.groups) if wanted <= set(pairs)]
        if not places:
            raise Problem(self.quantity, f"no group has {', '.join(f'{c} = {v}' for c, v in sorted(wanted))}")
        return self._at(places)

    def contrast(self, weights: Mapping[object, float], name: str = "contrast") -> Result:
        """One weighted sum of estimates, such as `contrast({"api00": 1, "api99": -1})`; keys as in `position`."""
        row = np.zeros(len(self))
        for key, weight in weights.items():
            row[self.position(key)] += weight
        return self.contrasts(row[None, :], ((name, ""),))

    def contrasts(self, matrix: np.ndarray, names: Sequence[Name]) -> Result:
        """Weighted sums of the estimates with their covariance.

        matrix  (q, p), one sum a row.
        df, n   those of the group where all sums are within one, else those of all rows in use.
        """
        matrix = np.asarray(matrix, dtype=float)
        sums = len(matrix)
        involved = np.flatnonzero((matrix != 0).any(axis=0))
        one_group = len({self.groups[place] for place in involved}) == 1
        first = involved[0] if len(involved) else 0
        return replace(
            self,
            quantity="difference",
            names=tuple(names),
            groups=((),) * sums,
            values=matrix @ self.values,
            covariance=matrix @ self.covariance @ matrix.T,
            df=np.full(sums, self.df[first] if one_group else self.design_df),
            n=np.full(sums, self.n[first] if one_group else self.n_used),
            n_clusters=np.full(sums, self.n_clusters[first] if one_group else self.n_clusters_used),
            scale=IDENTITY,
            scale_error=None,
            srs_variance=None,
            share_sampled=None,
            own_interval=None,
        )

    def nonlinear(self, function: Callable[[np.ndarray], object], names: Sequence[Name]) -> Result:
        """Smooth functions of the estimates with their covariance, by the delta method.

        function  (p,) estimates -> (q,) values, as in `lambda b: [b[0] / b[1]]`.
        names     of the q values.
        df, n     as in `contrasts`.

        Derivatives are differences of fourth order over a thousandth of a standard error.
        Source: R's survey, `svycontrast` with an expression.
        """

        def at(values: np.ndarray) -> np.ndarray:
            return np.atleast_1d(np.asarray(function(values), dtype=float))

        middle = at(self.values)
        if middle.shape != (len(names),):
            raise Problem("function of estimates", f"gives {middle.size} values, and {len(names)} names are given")
        steps = np.where(self.std_error > 0, 1e-3 * self.std_error, 1e-6 * (1 + np.abs(self.values)))
        turn = np.empty((len(middle), len(self)))
        for place, step in enumerate(steps):
            one = step * (np.arange(len(self)) == place)
            near = at(self.values + one) - at(self.values - one)
            turn[:, place] = (8 * near - (at(self.values + 2 * one) - at(self.values - 2 * one))) / (12 * step)
        return replace(self.contrasts(turn, names), quantity="function", values=middle)

    def exponentiated(self, quantity: str = "odds_ratio") -> Result:
        """The estimates as ratios: exp of each, errors by the delta method, intervals symmetric on the log scale."""
        values = np.exp(self.values)
        return replace(
            self, quantity=quantity, values=values, covariance=self.covariance * np.outer(values, values), scale=LOG
        )

    def to_frame(self, level: float = 0.95) -> pd.DataFrame:
        """One row per estimate: quantity, term, level, one column per group, then numbers."""
        low, high = self.interval(level)
        terms, levels = zip(*self.names, strict=True)
        columns = {"quantity": self.quantity, "term": terms, "level": levels}
        for group in dict.fromkeys(column for pairs in self.groups for column, _ in pairs):
            columns[group] = [dict(pairs).get(group, "") for pairs in self.groups]
        columns |= {"estimate": self.values, "std_error": self.std_error, "ci_low": low, "ci_high": high}
        columns |= {"df": self.df, "p_value": self.p_values, "n": self.n, "n_clusters": self.n_clusters}
        return pd.DataFrame(columns)

    def _at(self, places: list[int]) -> Result:
        own = self.own_interval
        if own is not None:

            def own(level: float, df: np.ndarray, whole=self.own_interval) -> Interval:
                everywhere = np.full(len(self), np.nan)
                everywhere[places] = df
                low, high = whole(level, everywhere)
                return low[places], high[places]

        return replace(
            self,
            names=tuple(self.names[i] for i in places),
            groups=tuple(self.groups[i] for i in places),
            values=self.values[places],
            covariance=self.covariance[np.ix_(places, places)],
            df=self.df[places],
            n=self.n[places],
            n_clusters=self.n_clusters[places],
            scale_error=None if self.scale_error is None else self.scale_error[places],
            srs_variance=None if self.srs_variance is None else self.srs_variance[places],
            share_sampled=None if self.share_sampled is None else self.share_sampled[places],
            own_interval=own,
        )
