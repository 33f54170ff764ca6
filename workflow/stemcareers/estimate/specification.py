"""One specification in every sample it names: who is in, which estimator, what to do where it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from stemcareers.config import MODELS, Specification, Vocabulary
from stemcareers.errors import Problem
from stemcareers.estimate import accounted, descriptions, models, samples
from stemcareers.estimate.outcomes import is_indicator
from stemcareers.estimate.rows import ESTIMATE_COLUMNS, FIT_COLUMNS, Case, Named, Row, no_fit, not_estimated
from stemcareers.inference import Survey

Rows = tuple[list[Row], list[Row]]
FAMILIES: dict[str, Callable[[Survey, Case, Specification, Vocabulary, float], Rows]] = {
    "mean": descriptions.mean,
    "share": descriptions.share,
    "distribution": descriptions.share,
    "difference": descriptions.difference,
    **dict.fromkeys(MODELS, models.regression),
}
QUANTITY = {"mean": "mean", "share": "share", "distribution": "share", "difference": "difference"}


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
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The ESTIMATES rows of a specification, with the helper columns of `withhold`, and its FITS rows.

    pooled  POOLED: the responses of all waves.
    limit   the smallest group that may be shown; a sample below it is not fitted at all.
    seed    what everything random is drawn with.

    A sample the specification names must be estimable: where an estimator refuses it, a Problem says why. In a
    sample that comes from `by column` the refusal becomes a row without numbers, with the reason.
    """
    where = f"config/studies/{study}/specifications/{name}.yaml"
    study_wide = pooled
    if entry.waves:
        # Waves are drawn apart, so what is left is a design of its own.
        pooled = pooled[pooled["wave"].isin(entry.waves)].reset_index(drop=True)
        if empty := [wave for wave in entry.waves if not (pooled["wave"] == wave).any()]:
            raise Problem(where, *(f"waves: '{wave}' holds no response" for wave in empty))
    absent = [v for v in _variables(entry) if v not in pooled.columns]
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
            rest = _rest(whole, sample, outcome) if limit else None
            case = Case(study, name, sample.name, outcome, sample.synthetic, weighted, rest)
            try:
                found, fitted = _fitted(sample.survey, case, entry, vocabulary, confidence_level, limit)
            except Problem as problem:
                if not sample.one_of_many:
                    raise Problem(
                        where, *(f"sample {sample.name}, {problem.where}: {wrong}" for wrong in problem.wrong)
                    ) from None
                found, fitted = _refused(case, entry, vocabulary, problem.wrong[0])
            rows += found
            facts += fitted
    accounted.verify(pooled, entry, vocabulary, facts)
    counts = {"n": "Int64", "n_schools": "Int64"}
    table = pd.DataFrame(rows, columns=ESTIMATE_COLUMNS).astype({**counts, "cell_n": "Int64", "rest_n": "Int64"})
    return table, pd.DataFrame(facts, columns=FIT_COLUMNS).astype(counts)


def _rest(whole: Survey, sample: samples.Sample, outcome: str) -> int | None:
    """Respondents outside the sample who answered the outcome: `all` minus the sample is about them."""
    if sample.survey is whole:
        return None
    return whole.complete([outcome]).n - sample.survey.complete([outcome]).n


def _fitted(
    survey: Survey, case: Case, entry: Specification, vocabulary: Vocabulary, confidence_level: float, limit: int
) -> Rows:
    if not survey.complete([case.outcome]).n:
        raise Problem(case.outcome, "no responses")
    if survey.n < limit:
        return _refused(case, entry, vocabulary, f"fewer than {limit}")
    return FAMILIES[entry.family](survey, case, entry, vocabulary, confidence_level)


def _refused(case: Case, entry: Specification, vocabulary: Vocabulary, reason: str) -> Rows:
    rows = not_estimated(case, _placeholders(entry, case.outcome, vocabulary), reason)
    return rows, [no_fit(case, entry.family, reason)]


def _variables(entry: Specification) -> list[str]:
    return list(dict.fromkeys([*entry.outcome, *entry.factors, *entry.context, *entry.between]))


def _placeholders(entry: Specification, outcome: str, vocabulary: Vocabulary) -> list[Named]:
    """Names for the rows of a sample without estimates: one for each factor, comparison, or the outcome itself."""
    if entry.factors:
        return [Named("coefficient", term, "", "leadership_factor", "", 0) for term in entry.factors]
    if entry.between:
        return [Named("difference", term, "", "measure", "", 0) for term in entry.between]
    # The share of an indicator is that of its ones, with or without a number.
    level = "1" if entry.family == "share" and is_indicator(outcome, vocabulary) else ""
    return [Named(QUANTITY[entry.family], outcome, level, "measure", "", 0)]
