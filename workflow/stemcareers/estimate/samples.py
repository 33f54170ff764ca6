"""The survey of a study's pooled responses, and its samples: domains that keep the whole design."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stemcareers import contracts
from stemcareers.config import Specification, Vocabulary
from stemcareers.config.described import OF_PANELS
from stemcareers.config.grouping import SCHOOL
from stemcareers.config.samples import WAVE, code_of, column_of, opened
from stemcareers.errors import Problem
from stemcareers.estimate import calibration, replicates
from stemcareers.estimate.outcomes import prepared
from stemcareers.inference import Design, Survey

OUTSIDE = "outside the sample"


@dataclass(frozen=True)
class Sample:
    """One sample: its name, its survey, and whether it came from `by column` (one of many)."""

    name: str
    survey: Survey
    one_of_many: bool
    synthetic: bool


def survey(
    pooled: pd.DataFrame,
    specification: Specification,
    vocabulary: Vocabulary,
    seed: int | None = None,
    study_wide: pd.DataFrame | None = None,
) -> Survey:
    """The survey of all responses, with the specification's variables ready: categories as categories.

    seed        what bootstrap weights that are made here are drawn with.
    study_wide  the responses of all waves: a category that only other waves have is none of these.
    """
    policies = sorted(pooled["lonely"].unique())
    if len(policies) != 1:
        raise Problem(
            "design.lonely",
            f"the waves of the study name different policies ({', '.join(policies)}); waves that are pooled need one",
        )
    frame = _ready(pooled, specification, vocabulary, study_wide)
    # Who was sampled and did not answer has no value of any variable: left out of every estimate as missing, and
    # still part of the design, as in R's survey.
    if replicates.are_given(pooled):
        whole = Design(weight="weight", clusters="cluster", replicates=replicates.given(pooled)).on(frame)
        return calibration.calibrated(whole, pooled, specification.weighted)
    corrected = bool(pooled["population"].notna().any())
    two_stages = "cluster_within" in pooled
    design = Design(
        weight="weight",
        strata="stratum",
        clusters=("cluster", "cluster_within") if two_stages else "cluster",
        fpc=() if not corrected else ("population", "population_within") if two_stages else "population",
        strata_within="stratum_within" if two_stages else (),
        lonely=policies[0],
    )
    whole = replicates.made(design.on(frame), pooled, seed)
    return calibration.calibrated(whole, pooled, specification.weighted)


def each(
    whole: Survey,
    pooled: pd.DataFrame,
    specification: Specification,
    vocabulary: Vocabulary,
    study_wide: pd.DataFrame | None = None,
) -> Iterator[Sample]:
    """The samples a specification names, `by column` opened, in order.

    study_wide  the responses of all waves: a category that only other waves drew from, such as a country that took
                part once, is no sample of these.
    """
    columns = {column for s in specification.samples if (column := column_of(s))}
    given = {column: pooled[column].astype("string").fillna("").to_numpy(dtype=object) for column in columns}
    elsewhere = {column: _elsewhere(pooled, study_wide, column) for column in columns}
    codes = {
        column: sorted(set(given[column]))
        if column == WAVE
        else [code for code in map(str, vocabulary.answer_set(column).codes) if code not in elsewhere[column]]
        for column in columns
    }
    synthetic = pooled["synthetic"].to_numpy(dtype=bool)
    counted = [specification.weight_times] if specification.weight_times is not None else []
    for name in opened(specification.samples, codes):
        column, code = column_of(name), code_of(name)
        if column is None:
            everybody = whole.complete(counted) if counted else whole
            yield Sample(name, everybody, False, bool(synthetic.any()))
            continue
        inside = given[column] == code
        made_up = bool(synthetic[inside].any()) if inside.any() else bool(synthetic.any())
        domain = whole.domain(inside, OUTSIDE)
        yield Sample(name, domain.complete(counted) if counted else domain, name not in specification.samples, made_up)


def _elsewhere(pooled: pd.DataFrame, study_wide: pd.DataFrame | None, column: str) -> set[str]:
    """The categories that have responses in other waves alone."""
    if study_wide is None or len(study_wide) == len(pooled):
        return set()
    here, everywhere = (set(map(str, frame[column].dropna().unique())) for frame in (pooled, study_wide))
    return everywhere - here


def _ready(
    pooled: pd.DataFrame, specification: Specification, vocabulary: Vocabulary, study_wide: pd.DataFrame | None
) -> pd.DataFrame:
    """The design columns and every variable the specification uses, each as its family needs it."""
    columns = {name: pooled[name] for name in ("stratum", "cluster")}
    columns["weight"] = before = calibration.weights_before(pooled)
    columns |= calibration.cells(pooled)
    if not specification.weighted:
        columns["weight"] = pd.Series(1.0, index=pooled.index)
    counted = pooled["answered"]
    if specification.weight_times is not None:
        times = columns[specification.weight_times] = pooled[specification.weight_times].astype("float64")
        counted = counted & times.notna()
        columns["weight"] = columns["weight"] * times.fillna(1.0)
    if specification.equal_weight is not None:
        columns["weight"] = _counting_the_same(
            columns["weight"].where(counted, 0.0), columns["weight"], pooled, specification.equal_weight
        )
    # A wave that names no population is as if drawn with replacement.
    for name in [name for name in ("population", "population_within") if name in pooled]:
        columns[name] = pooled[name].fillna(np.inf)
    columns |= {name: pooled[name] for name in ("stratum_within", "cluster_within") if name in pooled}
    # Factors, so that replicates also hold where a specification leaves the weight aside.
    columns |= {name: pooled[name] / before for name in pooled if name.startswith(contracts.REPLICATE)}
    columns[WAVE] = pd.Categorical(pooled[WAVE], categories=sorted(pooled[WAVE].unique()))
    if specification.family in OF_PANELS:
        columns[SCHOOL] = pooled[SCHOOL]
    for name in [name for name in specification.variables() if name not in specification.outcome]:
        if name == WAVE:
            continue
        if name == SCHOOL and name not in vocabulary.items:
            columns[name] = pooled[name].astype("string")
            continue
        if vocabulary.is_categorical(name):
            elsewhere = _elsewhere(pooled, study_wide, name)
            codes = [code for code in vocabulary.answer_set(name).codes if str(code) not in elsewhere]
            columns[name] = pd.Categorical(pooled[name], categories=codes)
        else:
            columns[name] = pooled[name].astype("float64")
    # The context of who did not answer is known, and still no answer: it defines samples, and is never an outcome.
    columns["answered"] = answered = pooled["answered"]
    for name in specification.outcome:
        columns[name] = prepared(pooled[name].where(answered), name, specification, vocabulary)
    return pd.DataFrame(columns, index=pooled.index)


def _counting_the_same(counted: pd.Series, weights: pd.Series, pooled: pd.DataFrame, item: str) -> pd.Series:
    """The weights, multiplied so that every category of an item has the same sum of them in a wave.

    counted  the weights of those who answered, 0 for all others: what the sums are of.

    They add up in each wave to what they did. A response without a category keeps its weight. In international
    studies these are senate weights: each country counts the same.
    """
    of_group = counted.groupby([pooled[WAVE], pooled[item]]).transform("sum")
    known = of_group.gt(0)
    of_wave = counted.where(known, 0.0).groupby(pooled[WAVE]).transform("sum")
    categories = pooled[item].where(known).groupby(pooled[WAVE]).transform("nunique")
    return weights.where(~known, weights * of_wave / (categories * of_group.where(known, 1.0)))
