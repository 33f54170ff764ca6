"""Linear mixed models: coefficients that vary between groups, such as schools in countries.

    mixed(survey, "score", ["hours", "phase"], group="country", slopes=["hours"])

Numbers are those of R's lme4. statsmodels' MixedLM has the same maximum; but its errors of coefficients come from a
joint Hessian with the variances, and it takes groups one by one, which is slow where there are thousands.
Source: Pinheiro & Bates (2000), Mixed-Effects Models in S and S-PLUS, chapter 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stemcareers.errors import Problem
from stemcareers.inference.design import Design, Survey
from stemcareers.inference.frames import first_rows, numbers
from stemcareers.inference.guards import FEWEST_DF
from stemcareers.inference.mixed_likelihood import MixedFit, Sums, fit
from stemcareers.inference.models import Prepared, prepare
from stemcareers.inference.results import Facts, Result
from stemcareers.inference.terms import INTERCEPT, Term, as_terms

METHODS = ("REML", "ML")
FEW_GROUPS = 10


@dataclass(frozen=True)
class Component:
    """A part of the variance that the terms leave.

    kind   "variance" or "covariance" between groups, or "residual".
    term, other  the coefficients that vary: "intercept" or a slope's column; other is "" but for covariances.
    """

    kind: str
    term: str
    other: str
    value: float


@dataclass(frozen=True, eq=False)
class MixedResult(Result):
    """The fixed coefficients of a mixed model, with what varies between groups.

    group       the column that names the groups.
    components  variances and covariances between groups, and the residual variance.
    icc         share of the variance left by the terms that lies between groups, over the rows in use; with slopes it
                differs between rows, and this is their mean. Source: Johnson (2014), doi:10.1111/2041-210X.12225.
    remarks     what a reader of the fit should know: variances of nil, few groups.
    """

    group: str = ""
    components: tuple[Component, ...] = ()
    icc: float = float("nan")
    remarks: tuple[str, ...] = ()

    def components_frame(self) -> pd.DataFrame:
        """One row per component: kind, term, other, value, and sd (correlation for a covariance)."""
        spread = {part.term: np.sqrt(part.value) for part in self.components if part.kind == "variance"}
        rows = []
        for part in self.components:
            with np.errstate(divide="ignore", invalid="ignore"):
                product = spread.get(part.term, np.nan) * spread.get(part.other, np.nan)
                size = np.divide(part.value, product) if part.kind == "covariance" else np.sqrt(part.value)
            rows.append((part.kind, part.term, part.other, part.value, float(size)))
        return pd.DataFrame(rows, columns=["kind", "term", "other", "value", "sd_or_correlation"])


def mixed(
    survey: Survey,
    outcome: str,
    terms: Sequence[Term | str],
    group: str,
    slopes: Sequence[str] = (),
    correlated: bool = True,
    method: str = "REML",
    no_design: bool = False,
    fewest_df: float = FEWEST_DF,
) -> MixedResult:
    """Fixed coefficients of a numeric outcome on terms, with an intercept (and slopes) of its own for each group.

    group       the column that names the groups.
    slopes      numeric terms whose coefficient varies between groups.
    correlated  false: intercepts and slopes vary independently.
    method      "REML", or "ML", which is needed to compare models with different terms by their likelihood.
    no_design   true: the design does not matter here; its weights, strata, fpc and replicates are set aside.
    fewest_df   residual degrees of freedom, of groups and of rows, below which the model is refused.

    Errors are the model's, not the design's: rows within a group are alike by its intercept and slopes, and otherwise
    independent. Clusters are honoured where they are the groups. Weights that vary, strata, fpc and replicate weights
    cannot be, and are refused unless `no_design`. Columns that are constant within groups, the intercept, and those
    with a random slope have groups minus constant columns degrees of freedom; the others rows minus groups minus
    their number (Pinheiro & Bates, 2000, section 2.4.2, who count the intercept and slopes among the others).
    Rows with a missing value in any column of the model, the group's included, are left out and counted.
    """
    where = f"mixed model of {outcome}"
    slopes = (slopes,) if isinstance(slopes, str) else tuple(slopes)
    if wrong := list(_refused(survey, terms, group, slopes, method, no_design)):
        raise Problem(where, *wrong)
    plain = _without_design(survey.complete([outcome, *(term.column for term in as_terms(terms)), group]))
    ready = prepare(plain, where, outcome, terms, True, fewest_df, read=lambda used: numbers(used.column(outcome)))
    used = ready.survey
    coded, names = pd.factorize(used.column(group))
    counts = np.bincount(coded)
    if len(names) < 3 or counts.max() < 2:
        raise Problem(
            where,
            f"{group} has {len(names)} groups of {counts.max()} rows at most: what varies between groups cannot be "
            "told from what varies within. It takes three groups, and rows that share one",
        )
    x, z = ready.matrix.values, np.column_stack([np.ones(used.n), *(numbers(used.column(c)) for c in slopes)])
    sums = Sums.of(x, z, ready.y, coded, len(names))
    if sums.about[2] < 1e-10 * np.abs(ready.y).max():
        raise Problem(
            where, "the terms give every outcome exactly, so nothing is left to vary between groups or within"
        )
    found = fit(where, sums, method == "REML", correlated)
    df = _degrees_of_freedom(ready, coded, counts, slopes)
    if df.min() < fewest_df:
        raise Problem(
            where,
            f"{df.min():g} residual degrees of freedom are left among {len(names)} groups; at least {fewest_df:g} "
            "are needed. Use fewer terms that are constant within groups, or compare the groups by indicators",
        )
    size = len(ready.matrix.names)
    return MixedResult(
        quantity="coefficient",
        names=ready.matrix.names,
        groups=((),) * size,
        values=found.values,
        covariance=found.covariance,
        df=df,
        n=np.full(size, used.n),
        n_clusters=np.full(size, len(names)),
        left_out=dict(used.left_out),
        n_used=used.n,
        n_clusters_used=len(names),
        design_df=float(df.min()),
        facts=Facts(
            family="mixed linear",
            variance_method=f"model, {method}",
            weighted=False,
            log_likelihood=found.log_likelihood,
            converged=True,
            iterations=found.steps,
            condition_number=ready.decomposed.condition,
        ),
        group=group,
        components=tuple(_components(found, slopes, correlated)),
        icc=_icc(found, z),
        remarks=tuple(_remarks(found, group, len(names), slopes)),
    )


# --- what is refused, and what is told -----------------------------------------------------------------------


def _refused(
    survey: Survey, terms: Sequence[Term | str], group: str, slopes: tuple[str, ...], method: str, no_design: bool
) -> Iterator[str]:
    if method not in METHODS:
        yield f"method is {' or '.join(METHODS)}, not {method!r}"
    columns = [term.column for term in as_terms(terms)]
    if group in columns:
        yield f"{group} names the groups and is a term as well"
    for slope in slopes:
        if slope not in columns:
            yield f"the slope of {slope} varies around a fixed one: add {slope} to the terms"
    if no_design:
        return
    end = "Say no_design=True to describe these rows as they are, or use an estimator that honours the design"
    design = survey.design
    if np.ptp(survey.all_weights) > 1e-12 * np.abs(survey.all_weights).max():
        yield (
            "weights differ between rows, and a mixed model has no place for one weight a row: it would need the "
            f"group's and the row's within it, apart and rescaled (Rabe-Hesketh & Skrondal, 2006). {end}"
        )
    if design.strata or design.strata_within:
        yield f"strata ({', '.join((*design.strata, *design.strata_within))}) are not part of the model. {end}"
    if design.fpc:
        yield f"fpc ({', '.join(design.fpc)}) is not part of the model, which describes an endless population. {end}"
    if survey.replicates is not None:
        yield f"replicate weights give no errors here, which are the model's. {end}"
    if others := [column for column in design.clusters if column != group]:
        yield f"clusters ({', '.join(others)}) are not the groups ({group}). {end}"


def _without_design(survey: Survey) -> Survey:
    """The rows in use, and how many were left out, as if drawn one by one."""
    return replace(Design().on(survey.frame), rows=survey.rows, left_out=survey.left_out)


def _degrees_of_freedom(ready: Prepared, group: np.ndarray, counts: np.ndarray, slopes: tuple[str, ...]) -> np.ndarray:
    """(p,) degrees of freedom of each coefficient: of the groups, or of the rows within them."""
    x = ready.matrix.values
    constant = (x == x[first_rows(group)][group]).all(axis=0)
    between = len(counts) - int(constant.sum())
    within = len(x) - len(counts) - int((~constant).sum())
    varies = np.array([name == INTERCEPT or name[0] in slopes for name in ready.matrix.names])
    return np.where(constant | varies, between, within).astype(float)


def _components(found: MixedFit, slopes: tuple[str, ...], correlated: bool) -> Iterator[Component]:
    names = ["intercept", *slopes]
    for place, name in enumerate(names):
        yield Component("variance", name, "", float(found.between[place, place]))
    for two in range(len(names)) if correlated else ():
        for one in range(two):
            yield Component("covariance", names[one], names[two], float(found.between[one, two]))
    yield Component("residual", "", "", float(found.residual))


def _icc(found: MixedFit, z: np.ndarray) -> float:
    between = float(np.einsum("ij,jk,ik->i", z, found.between, z).mean())
    return between / (between + found.residual)


def _remarks(found: MixedFit, group: str, groups: int, slopes: tuple[str, ...]) -> Iterator[str]:
    for place, name in enumerate(["intercept", *slopes]):
        if found.between[place, place] == 0:
            yield f"{name}: varies no more between groups ({group}) than chance would have it; its variance is 0"
    spread = np.sqrt(np.diag(found.between))
    if slopes and (spread > 0).all():
        correlation = found.between / np.outer(spread, spread)
        if np.linalg.eigvalsh(correlation)[0] < 1e-8:
            yield "intercepts and slopes are perfectly correlated: the rows do not tell their covariance"
    if groups < FEW_GROUPS:
        yield f"{groups} groups say little of how much groups vary: a variance from so few is hardly an estimate"
