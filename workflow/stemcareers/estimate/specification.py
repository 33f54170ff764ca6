"""One specification in every sample it names: who is in, which estimator, what to do where it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from stemcareers.config import MODELS, Specification, Vocabulary
from stemcareers.config.described import OF_PANELS
from stemcareers.config.samples import WAVE
from stemcareers.config.shown import THEN
from stemcareers.errors import Problem
from stemcareers.estimate import (
    accounted,
    comparisons,
    descriptions,
    diagnostics,
    imputation,
    models,
    panels,
    robustness,
    samples,
)
from stemcareers.estimate.imputation import Answers
from stemcareers.estimate.outcomes import is_indicator
from stemcareers.estimate.rows import ESTIMATE_COLUMNS, FIT_COLUMNS, Case, Named, Row, Rows, no_fit, not_estimated
from stemcareers.inference import Survey

Family = Callable[[Answers, Case, Specification, Vocabulary, float], Rows]
FAMILIES: dict[str, Family] = {
    "mean": descriptions.mean,
    "share": descriptions.share,
    "total": descriptions.total,
    "ratio": descriptions.ratio,
    "quantile": descriptions.quantile,
    "variance": descriptions.variance,
    "distribution": descriptions.share,
    "difference": comparisons.difference,
    "contrast": comparisons.contrast,
    "association": comparisons.association,
    "change": panels.change,
    "transitions": panels.transitions,
    **dict.fromkeys(MODELS, models.regression),
}


def specification(
    pooled: pd.DataFrame,
    entry: Specification,
    vocabulary: Vocabulary,
    *,
    study: str,
    name: str,
    confidence_level: float,
    limit: int,
    seed: int | None = None,
    of: Specification | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ESTIMATES rows of a specification, with the helper columns of `withhold`, and its FITS rows.

    pooled  POOLED: the responses of all waves.
    limit   the smallest group that may be shown; a sample below it is not fitted at all.
    seed    what everything random is drawn with.
    of      for a grid of variants, the specification that is its main analysis.

    A sample the specification names must be estimable: where an estimator refuses it, a Problem says why. In a
    sample that comes from `by column` the refusal becomes a row without numbers, with the reason.
    """
    where = f"config/studies/{study}/specifications/{name}.yaml"
    study_wide = pooled
    if waves := (of or entry).waves:
        # Waves are drawn apart, so what is left is a design of its own.
        pooled = pooled[pooled["wave"].isin(waves)].reset_index(drop=True)
        if empty := [wave for wave in waves if not (pooled["wave"] == wave).any()]:
            raise Problem(where, *(f"waves: '{wave}' holds no response" for wave in empty))
    grid = None if of is None else robustness.Grid(pooled, entry, of, vocabulary, limit, seed, study_wide)
    variables = grid.variables() if grid is not None else entry.variables()
    family = grid.variants if grid is not None else FAMILIES[entry.family]
    absent = [v for v in variables if v not in pooled.columns]
    if absent:
        raise Problem(
            where, *(f"'{v}' was asked in no wave of the study, so there is nothing to analyse" for v in absent)
        )
    rows: list[Row] = []
    facts: list[Row] = []
    whole = samples.survey(pooled, entry, vocabulary, seed, study_wide)
    # A wave without weights has all ones: its estimates are not weighted, and nothing should say so.
    weighted = entry.weighted and bool((pooled["weight"] != 1).any())
    for sample in samples.each(whole, pooled, entry, vocabulary, study_wide):
        for outcome in entry.outcome:
            rest = _rest(whole, sample, outcome, entry) if limit else None
            silent = accounted.not_asked_in(pooled, outcome)
            case = Case(study, name, sample.name, outcome, sample.synthetic, weighted, rest, silent)
            try:
                found, fitted = _fitted(family, sample.survey, case, entry, vocabulary, confidence_level, limit, seed)
            except Problem as problem:
                if not sample.one_of_many:
                    raise Problem(
                        where, *(f"sample {sample.name}, {problem.where}: {wrong}" for wrong in problem.wrong)
                    ) from None
                found, fitted = _refused(case, entry, vocabulary, problem.wrong[0])
            rows += found
            facts += fitted
    categories = {name: list(map(str, whole.frame[name].cat.categories)) for name in entry.between}
    accounted.verify(pooled, entry, categories, facts, of)
    counts = {"n": "Int64", "n_schools": "Int64"}
    table = pd.DataFrame(rows, columns=ESTIMATE_COLUMNS).astype({**counts, "cell_n": "Int64", "rest_n": "Int64"})
    return table, pd.DataFrame(facts, columns=FIT_COLUMNS).astype(counts)


def _rest(whole: Survey, sample: samples.Sample, outcome: str, entry: Specification) -> int | None:
    """Respondents outside the sample who answered the outcome: `all` minus the sample is about them."""
    if sample.survey is whole:
        return None
    return _counted(whole, outcome, entry) - _counted(sample.survey, outcome, entry)


def _counted(survey: Survey, outcome: str, entry: Specification) -> int:
    """Who has the outcome; of panels the schools that have it twice."""
    if entry.family in OF_PANELS:
        return len(panels.schools(survey, outcome, entry.waves))
    return survey.complete([outcome, *([entry.denominator] if entry.denominator else [])]).n


def _fitted(
    family: Family,
    survey: Survey,
    case: Case,
    entry: Specification,
    vocabulary: Vocabulary,
    confidence_level: float,
    limit: int,
    seed: int | None,
) -> Rows:
    if not survey.complete([case.outcome]).n:
        raise Problem(case.outcome, "no responses")
    if survey.n < limit:
        return _refused(case, entry, vocabulary, f"fewer than {limit}")
    if entry.impute is None:
        return family(survey, case, entry, vocabulary, confidence_level)
    assert seed is not None, "what is imputed is drawn with the project's seed"
    imputed = imputation.completed(survey, case.outcome, entry, vocabulary, seed)
    rows, facts = family(imputed, case, entry, vocabulary, confidence_level)
    return [*rows, *diagnostics.rows(case, imputed, entry, vocabulary)], facts


def _refused(case: Case, entry: Specification, vocabulary: Vocabulary, reason: str) -> Rows:
    rows = not_estimated(case, _placeholders(entry, case.outcome, vocabulary), reason)
    return rows, [no_fit(case, entry.family, reason)]


def _placeholders(entry: Specification, outcome: str, vocabulary: Vocabulary) -> list[Named]:
    """Names for the rows of a sample without estimates: one for each factor, comparison, or the outcome itself."""
    if entry.focal:
        return robustness.placeholders(entry)
    if entry.factors:
        return [Named("coefficient", term, "", "leadership_factor", "", 0) for term in entry.factors]
    (quantity,) = entry.quantities()
    if entry.between:
        return [Named(quantity, term, "", "measure", "", 0) for term in entry.between]
    if entry.family == "change":
        return [Named(quantity, WAVE, THEN.join(entry.waves), "measure", "", 0)]
    levels = [f"{probability:g}" for probability in entry.quantiles] or [""]
    if entry.family in {"share", "total"} and is_indicator(outcome, vocabulary):
        # The share of an indicator is that of its ones, with or without a number.
        levels = ["1"]
    return [Named(quantity, entry.denominator or outcome, level, "measure", "", 0) for level in levels]
