"""The survey of a sample as `impute:` asks: several completed copies, with what was observed beside.

Who was sampled and did not answer at all is never imputed: that is what weights are for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from stemcareers.config import Specification, Vocabulary
from stemcareers.config.imputation import DESCRIBES, kinds, variables
from stemcareers.config.samples import WAVE
from stemcareers.errors import Problem
from stemcareers.inference import Imputed, Pooled, Result, Survey, impute, pool_results

SILENT = "did not answer"
WHERE = "imputation"
Answers = Survey | Imputed  # of a sample, as observed, or completed several times
T = TypeVar("T")


@dataclass(frozen=True)
class Repeated:
    """A result of completed copies, with that of the complete cases beside.

    pooled    by Rubin's rules; `complete_case` is None where there is no such result.
    why       why there is none.
    gaps      respondents behind it any of whose variables was imputed.
    fewest    the fewest complete cases in a level it rests on; None where that is told by each number.
    """

    pooled: Pooled
    why: str
    gaps: int
    fewest: int | None = None


def completed(survey: Survey, outcome: str, entry: Specification, vocabulary: Vocabulary, seed: int) -> Imputed:
    """Completed copies of a sample's survey, for one outcome of a specification that says `impute`.

    survey  of the sample, from `samples`.

    `inference.pool` takes what comes back: its estimator is called with every copy, and with the survey as observed
    for the complete cases. Raises Problem where a variable cannot be imputed.
    """
    asked = entry.impute
    assert asked is not None, "the specification says impute"
    answered = survey.domain("answered", SILENT)
    if entry.group is not None:
        # ASSUME: a response that does not tell its group stays out; nobody is assigned to one.
        answered = answered.complete([entry.group])
    drawn = _kinds(answered, outcome, entry, vocabulary)
    _asked_in_every_wave(answered, drawn)
    made = impute(answered, drawn, using=_design(answered, entry), m=asked.m, iterations=asked.iterations, seed=seed)
    if entry.family in DESCRIBES or asked.keep_outcome:
        return made
    # ASSUME: responses without the outcome help to complete the others, and are then left out of models: an imputed
    # outcome knows nothing that the model does not, and only adds the noise of drawing it. `keep_outcome` keeps them,
    # which is right where `using` holds what tells more of the outcome than the model does.
    # Source: von Hippel (2007), Sociological Methodology 37, doi:10.1111/j.1467-9531.2007.00180.x
    known = answered.frame[outcome].notna().to_numpy()
    kept = tuple(copy.domain(known, f"missing {outcome}") for copy in made.surveys)
    return Imputed(made.observed, kept, made.kinds, made.missing, made.trace)


def repeated(answers: Answers, columns: Sequence[str], estimator: Callable[[Survey], Result]) -> Result | Repeated:
    """The estimator's result: of a survey as it is, of completed copies pooled.

    columns  what the estimator uses.
    """
    if isinstance(answers, Survey):
        return estimator(answers)
    beside, why = attempted(estimator, answers.observed)
    return Repeated(
        pool_results([estimator(copy) for copy in answers.surveys], beside), why, with_gaps(answers, columns)
    )


def attempted(estimator: Callable[[Survey], T], observed: Survey) -> tuple[T | None, str]:
    """What the complete cases say; None, and why, where they cannot be estimated, which stops no imputed model."""
    try:
        return estimator(observed), ""
    except Problem as problem:
        return None, problem.wrong[0]


def observed(answers: Answers) -> Survey:
    """The survey as it was observed."""
    return answers if isinstance(answers, Survey) else answers.observed


def with_gaps(imputed: Imputed, columns: Sequence[str]) -> int:
    """Respondents in the completed copies for whom any of these columns was imputed."""
    given = imputed.observed.frame[list(columns)].iloc[imputed.surveys[0].rows]
    return int(given.isna().any(axis=1).sum())


def _kinds(survey: Survey, outcome: str, entry: Specification, vocabulary: Vocabulary) -> dict[str, str]:
    """How each variable of the equations is drawn; one that is the same for all tells nothing, and is not in them."""
    assert entry.impute is not None
    own = [outcome, *(name for name in variables(entry) if name not in entry.outcome)]
    found = {}
    for name in dict.fromkeys([*own, *entry.impute.using]):
        values = survey.column(name)
        if values.nunique() == 1 and values.notna().all():
            continue
        found[name] = entry.impute.kinds.get(name) or _kind(name, outcome, entry, vocabulary)
    return found


def _kind(name: str, outcome: str, entry: Specification, vocabulary: Vocabulary) -> str:
    if name == WAVE:
        return "nominal"
    if name == outcome and entry.family == "distribution":
        return "ordered"  # its bins
    if name in vocabulary.items:
        return kinds(vocabulary.answer_set(name), None)[0]
    return kinds(None, vocabulary.scales[name])[0]


def _design(survey: Survey, entry: Specification) -> list[str]:
    """What of the design predicts: the weight, where there is one.

    Source: Seaman, White, Copas & Li (2012), Biometrics 68, doi:10.1111/j.1541-0420.2011.01666.x
    """
    # ASSUME: of the design the weight alone predicts what was not answered, not its strata, of which there may be more
    # than the answers can tell apart; a specification names under `using` what the strata were made of.
    varies = np.ptp(survey.column("weight").to_numpy(dtype=float)) > 0
    return ["weight"] if entry.weighted and varies else []


def _asked_in_every_wave(survey: Survey, drawn: dict[str, str]) -> None:
    """A Problem where a wave has no answer at all to a variable: it was not asked, which nothing can make up for."""
    waves = survey.column(WAVE)
    wrong = []
    for name in drawn:
        nobody = survey.column(name).notna().groupby(waves, observed=True).sum().eq(0)
        for wave in nobody[nobody].index:
            wrong.append(f"{name}: nobody answered it in wave {wave}; name the waves in which it was asked under waves")
    if wrong:
        raise Problem(WHERE, *wrong)
