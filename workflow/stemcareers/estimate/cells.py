"""How few respondents a described number rests on: what `withhold` asks of a row beside its n."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from stemcareers.inference import Survey


def by_answer(answers: pd.Series) -> dict[str, int]:
    """How many respondents gave each answer, unweighted."""
    return {str(code): int(n) for code, n in answers.value_counts(sort=False).items()}


def smallest(survey: Survey, columns: Iterable[str]) -> int:
    """The fewest respondents, not 0, who have the same values in all of these columns."""
    names = list(dict.fromkeys(columns))
    used = survey.complete(names)
    counts = pd.DataFrame({name: used.column(name) for name in names}).value_counts()
    return int(counts[counts > 0].min())


def smallest_of_groups(survey: Survey, outcome: str, between: str, levels: Sequence[str], answers: bool) -> int:
    """The fewest respondents, not 0, in a cell it rests on: groups, and where `answers` count, each answer in each."""
    used = survey.complete([outcome, between])
    group = used.column(between).astype("string")
    table = pd.crosstab(group, used.column(outcome)) if answers else group.value_counts().to_frame()
    counts = table.reindex(levels).fillna(0).to_numpy()
    return int(counts[counts > 0].min(initial=used.n))


def at_or_beyond(values: np.ndarray, ends: Iterable[float]) -> int:
    """The fewest respondents whose value is one of these numbers or lies beyond it, on either side.

    A quantile, and each end of its interval, is the answer of somebody: with few beyond it, it tells an extreme one.
    """
    counts = [min((values <= end).sum(), (values >= end).sum()) for end in ends if np.isfinite(end)]
    return int(min(counts, default=len(values)))
