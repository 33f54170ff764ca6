"""The same schools in two waves: how much each changed, and from which answer to which."""

from __future__ import annotations

import pandas as pd

from stemcareers import inference
from stemcareers.config import Specification, Vocabulary
from stemcareers.config.grouping import SCHOOL
from stemcareers.config.samples import WAVE
from stemcareers.config.shown import THEN
from stemcareers.contracts import PROBABILITY
from stemcareers.estimate.outcomes import is_yes_no
from stemcareers.estimate.rows import Case, Named, Rows, estimates, fit, role_of, unit_of
from stemcareers.inference import Survey
from stemcareers.inference.frames import text


def change(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The mean change of an outcome within the schools that answered in both waves.

    n are schools, however many people answered in each. Of two answers, the change of the share that gave the first.
    """
    outcome = case.outcome
    result = inference.paired_change(survey, outcome, SCHOOL, WAVE, specification.waves)
    shares = is_yes_no(outcome, vocabulary)
    unit = PROBABILITY if shares else unit_of(outcome, vocabulary)
    n = len(schools(survey, outcome, specification.waves))
    cell = _fewest_of_an_answer(survey, outcome, specification.waves) if shares else n
    named = Named("change", WAVE, THEN.join(specification.waves), role_of(outcome, vocabulary), unit, cell)
    return [{**row, "n": n} for row in estimates(case, result, [named], level)], [fit(case, result)]


def transitions(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """Of the schools with each answer in the earlier wave, the share with each answer in the later one.

    The level names both, as in `1 -> 2`; n are the schools with that earlier answer.
    """
    outcome = case.outcome
    result = inference.transitions(survey, outcome, SCHOOL, WAVE, specification.waves)
    counts = schools(survey, outcome, specification.waves).map(text).value_counts()
    role = role_of(outcome, vocabulary)
    named = [
        Named("transition", outcome, f"{before}{THEN}{after}", role, PROBABILITY, int(counts.get((before, after), 0)))
        for (_, after), ((_, before),) in zip(result.names, result.groups, strict=True)
    ]
    return estimates(case, result, named, level), [fit(case, result)]


def schools(survey: Survey, outcome: str, waves: list[str]) -> pd.DataFrame:
    """One row for each school with an answer in both waves, one column for each wave; its first answer of several."""
    used = survey.complete([SCHOOL, WAVE, outcome])
    wave, answers = used.column(WAVE).astype("string"), used.column(outcome)
    answers = pd.Series(answers.to_numpy(), index=pd.Index(used.column(SCHOOL), name=SCHOOL))
    found = {}
    for name in waves:
        of_wave = answers[wave.eq(name).to_numpy(dtype=bool)]
        found[name] = of_wave[~of_wave.index.duplicated()]
    return pd.concat(found, axis=1, join="inner")


def _fewest_of_an_answer(survey: Survey, outcome: str, waves: list[str]) -> int:
    """The fewest schools, not 0, with one of the two answers in one of the waves."""
    return int(min(column.value_counts().min() for _, column in schools(survey, outcome, waves).items()))
