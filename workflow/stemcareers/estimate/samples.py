"""The survey of a study's pooled responses, and its samples: domains that keep the whole design."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stemcareers.config import Specification, Vocabulary
from stemcareers.config.samples import WAVE, code_of, column_of, opened
from stemcareers.errors import Problem
from stemcareers.inference import Design, Survey

OUTSIDE = "outside the sample"


@dataclass(frozen=True)
class Sample:
    """One sample: its name, its survey, and whether it came from `by column` (one of many)."""

    name: str
    survey: Survey
    one_of_many: bool
    synthetic: bool
    rest_n: int | None


def survey(pooled: pd.DataFrame, specification: Specification, vocabulary: Vocabulary) -> Survey:
    """The survey of all responses, with the specification's variables ready: categories as categories."""
    policies = sorted(pooled["lonely"].unique())
    if len(policies) != 1:
        raise Problem(
            "design.lonely",
            f"the waves of the study name different policies ({', '.join(policies)}); waves that are pooled need one",
        )
    frame = _ready(pooled, specification, vocabulary)
    design = Design(
        weight="weight" if specification.weighted else None,
        strata="stratum",
        clusters="cluster",
        fpc="population" if pooled["population"].notna().any() else (),
        lonely=policies[0],
    )
    return design.on(frame)


def each(whole: Survey, specification: Specification, vocabulary: Vocabulary) -> Iterator[Sample]:
    """The samples a specification names, `by column` opened, in order."""
    frame = whole.frame
    columns = {column for s in specification.samples if (column := column_of(s))}
    codes = {
        column: sorted(frame[WAVE].unique())
        if column == WAVE
        else [str(code) for code in vocabulary.answer_set(column).codes]
        for column in columns
    }
    named = {s for s in specification.samples if not s.startswith("by ")}
    for name in opened(specification.samples, codes):
        column, code = column_of(name), code_of(name)
        if column is None:
            yield Sample(name, whole, False, bool(frame["synthetic"].any()), None)
            continue
        inside = frame[column].astype("string").eq(str(code)).fillna(False).to_numpy(dtype=bool)
        synthetic = bool(frame.loc[inside, "synthetic"].any()) if inside.any() else bool(frame["synthetic"].any())
        known = frame[column].notna().to_numpy(dtype=bool)
        yield Sample(name, whole.domain(inside, OUTSIDE), name not in named, synthetic, int((known & ~inside).sum()))


def _ready(pooled: pd.DataFrame, specification: Specification, vocabulary: Vocabulary) -> pd.DataFrame:
    """The design columns, the samples' columns, and every variable the specification uses."""
    used = [*specification.outcome, *specification.factors, *specification.context, *specification.between]
    sampled = [column for s in specification.samples if (column := column_of(s))]
    frame = pooled[["synthetic", "weight", "stratum", "cluster", "population", WAVE]].copy()
    # A wave that names no population is as if drawn with replacement.
    frame["population"] = frame["population"].fillna(np.inf)
    for column in dict.fromkeys([*sampled, *used]):
        if column == WAVE:
            frame[column] = pd.Categorical(pooled[column], categories=sorted(pooled[column].unique()))
        elif vocabulary.is_categorical(column):
            codes = list(vocabulary.answer_set(column).codes)
            frame[column] = pd.Categorical(pooled[column], categories=codes)
        else:
            frame[column] = pooled[column].astype("float64")
    return frame
