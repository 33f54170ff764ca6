"""What the first stages will say of an export, told before any job: nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from stemcareers import clean, harmonise, ingest, suspect, weight
from stemcareers.config import StudyConfig
from stemcareers.config.vocabulary import AnswerSet
from stemcareers.errors import Problem
from stemcareers.readers.wordings import is_few

SHOWN = 10  # kinds of refused answers that are named
BY_CHANCE = 0.1  # pairs of all alike to be expected, above which pairs tell nothing
TIMES, FEWEST = 8, 10  # how far apart the middle answers of two waves are in another unit; of how many answers each


class Rehearsed(NamedTuple):
    """Everything that would stop a wave up to its weights; sentences on what does not stop it and is to be looked at;
    the names under `ignore` of its questionnaire that are no columns of its export; the middle answer to each question
    for a number, the schools, of which items the file has the words of the questionnaire, the shares of the
    answers to its ordered items, and a number for each response, to hold waves against each other."""

    problems: list[Problem]
    remarks: list[str]
    idle: frozenset[str]
    middle: Mapping[str, float] = MappingProxyType({})
    schools: frozenset[str] = frozenset()
    same_words: Mapping[str, bool] = MappingProxyType({})
    shares: Mapping[str, pd.Series] = MappingProxyType({})
    fingerprints: frozenset[int] = frozenset()


def wave(path: Path, study: StudyConfig, name: str, corrections: Path | None) -> Rehearsed:
    """What the first stages will say of a wave.

    path         its export.
    study        without a fault of its own.
    corrections  the wave's hand corrections, where there are some.

    Columns, previews and labels are told together; what is told of answers rests on them, and comes once they are
    right.
    """
    its = study.waves[name]
    faults = ingest.faults(path, its, study.instruments[its.instrument], study.items, study.answers, name)
    if faults:
        return Rehearsed(faults, [], frozenset())
    try:
        return _up_to_weights(path, study, name, corrections)
    except Problem as problem:
        return Rehearsed([problem], [], frozenset())


def _refused(read: ingest.Ingested, rows: str) -> list[str]:
    """How many answers to which items are set aside, though few enough for the wave to go on."""
    kinds = read.quarantine[read.quarantine["item"] != ""].groupby(["item", "reason"]).size()
    kinds = kinds.sort_values(ascending=False, kind="stable")
    named = [f"{n:,} x {item} {reason}" for (item, reason), n in kinds.head(SHOWN).items()]
    named += [f"{len(kinds) - SHOWN:,} more"] if len(kinds) > SHOWN else []
    means = f"if one means something, say so under codes (their rows come into {rows})"
    return [f"set aside: {', '.join(named)}; {means}"] if named else []


def alike(kept: pd.DataFrame, items: Iterable[str]) -> list[str]:
    """Whether responses of a school have the same answers to so many items that they may be one, sent twice.

    Where nearly all answer alike, two honest people do too: answers are told whose chance to be given twice is small.
    """
    answers = kept[[item for item in items if item in kept.columns]]
    of_school = answers.assign(school=kept["school"])
    sizes = kept["school"].fillna("").value_counts()
    pairs = float((sizes * (sizes - 1)).sum()) / 2
    telling = (answers.notna().sum(axis=1) >= suspect.MANY) & (pairs * _chance(answers) < BY_CHANCE)
    again = int(of_school[telling].duplicated().sum())
    if not again:
        return []
    what = "1 response has" if again == 1 else f"{again:,} responses have"
    whose, within = (" of the same school", ", within: school") if kept["school"].notna().any() else ("", "")
    return [
        f"{what} the answers of another{whose}, to {suspect.MANY} questions or more, and no rule under quality says "
        f"what becomes of it; {{rule: duplicate{within}, then: exclude, reason: <why>}} leaves it out"
    ]


def _chance(answers: pd.DataFrame) -> pd.Series:
    """The chance that another response has all the answers of a row.

    Answers of one questionnaire go together, so that the chance is about the root of what it would be if they
    did not: the product of the shares of the row's answers.
    """
    log_chance = pd.Series(0.0, index=answers.index)
    for _, its in answers.items():
        share = its.map(its.value_counts(normalize=True)).astype(float)
        log_chance += np.log(share.fillna(1.0))
    return np.exp(log_chance / 2)


def idle(study: str, instrument: str, names: frozenset[str]) -> list[str]:
    """A sentence for each name under `ignore` of a questionnaire that none of its exports has."""
    where = f"config/studies/{study}/instruments/{instrument}.yaml"
    return [f"{where}: ignore: '{name}' is a column of none of its exports; take it out" for name in sorted(names)]


def _up_to_weights(path: Path, study: StudyConfig, name: str, corrections: Path | None) -> Rehearsed:
    its, where = study.waves[name], f"config/studies/{study.id}/waves/{name}.yaml"
    instrument, vocabulary = study.instruments[its.instrument], (study.items, study.answers)
    read = ingest.responses(path, its, instrument, *vocabulary, name)
    strange = ingest.labels.strange(read.table, its, instrument, *vocabulary) if len(read.quarantine) else []
    rows = f"data/quarantine/{study.id}/{name}.parquet"
    try:
        clean.within_limit(read.quarantine, read.responses, its, path, rows, written=False)
    except Problem as problem:
        raise Problem(problem.where, *problem.wrong, *strange) from None
    corrected = clean.corrections([corrections] if corrections is not None else [])
    kept = clean.responses(read.responses, read.quarantine, its, *vocabulary, where, corrected)
    wide, population, calibrate = None, None, its.design.calibrate
    if calibrate is not None:
        tables = (kept.responses, read.quarantine, kept.flow)
        wide = harmonise.answers(*tables, its, instrument, *vocabulary, study.study.context).wide
        population = study.populations[calibrate.population]
    weighted = weight.responses(kept.responses, its, where, wide, population)
    remarks = [*read.remarks, *_refused(read, rows), *(f"set aside: {sentence}" for sentence in strange)]
    if not any(rule.rule == "duplicate" for rule in its.quality):
        remarks += alike(kept.responses, instrument.columns().values())
    remarks += suspect.left_out(read.responses, its.keep_if, *vocabulary)
    remarks += suspect.design(weighted, its.design)
    lost = {c.school for c in study.crosswalk if c.wave == name} - set(read.responses["school"].dropna())
    if lost:
        # No school is named: the message may be read by others than those who hold the data.
        what = "1 school of this wave is" if len(lost) == 1 else f"{len(lost)} schools of this wave are"
        remarks.append(f"crosswalk.csv: {what} not in the export; write ids as the export does, or take the rows out")
    numbers = {
        item: median
        for item, entry in study.items.items()
        if item in kept.responses.columns
        and (median := _middle(kept.responses[item], study.answers[entry.answers])) is not None
    }
    schools = frozenset(map(str, read.responses["school"].dropna()))
    unused = frozenset(instrument.ignore) - set(read.table.columns)
    shares = suspect.shares(kept.responses, *vocabulary)
    prints = suspect.fingerprints(kept.responses, instrument.columns().values())
    return Rehearsed([], remarks, unused, numbers, schools, read.same_words, shares, prints)


def _middle(column: pd.Series, answers: AnswerSet) -> float | None:
    """The median of a number that enough people gave, above 0; None for anything else."""
    if answers.kind != "number" or answers.standardised_within is not None:
        return None
    given = column[~column.isin(list(answers.missing))].dropna()
    return float(given.median()) if len(given) >= FEWEST and given.median() > 0 else None


def between_waves(study: StudyConfig, rehearsed: Mapping[str, Rehearsed]) -> list[str]:
    """What is to be looked at between the waves of a study that were rehearsed without a fault.

    No number is quoted and no school named: the sentences may be read by others than those who hold the data.
    """
    waves = sorted((name for name in rehearsed if not rehearsed[name].problems), key=lambda n: study.waves[n].fielded)
    found = []
    for earlier, later in pairwise(waves):
        one, other = rehearsed[earlier].middle, rehearsed[later].middle
        for item in (item for item in one if item in other):
            times = max(one[item] / other[item], other[item] / one[item])
            if times > TIMES:
                less = "smaller" if one[item] > other[item] else "larger"
                found.append(
                    f"{later}: the middle answer to '{item}' is about {times:.0f} times {less} than in {earlier}; "
                    "if it is in another unit, put the export right, or make it an item of its own"
                )
    found += suspect.again({name: rehearsed[name].fingerprints for name in waves})
    if study.study is not None and study.study.panel:
        becomes = {(entry.wave, entry.school): entry.becomes for entry in study.crosswalk}
        found += suspect.other_spellings(
            {name: frozenset(becomes.get((name, s), s) for s in rehearsed[name].schools) for name in waves}
        )
    found += suspect.turned({name: rehearsed[name].shares for name in waves})
    for name in waves:
        kept = {item for other in waves for item, same in rehearsed[other].same_words.items() if same}
        worded = [item for item, same in rehearsed[name].same_words.items() if not same and item in kept]
        if worded and not is_few(rehearsed[name].same_words):  # of few, ingest tells
            more = f" and {len(worded) - SHOWN:,} more" if len(worded) > SHOWN else ""
            found.append(
                f"{name}: the file has other words for {', '.join(worded[:SHOWN])}{more} than items.csv and another "
                "wave; if it was asked otherwise, say so under differs (wording), and no trend takes it for the same"
            )
    for place, earlier in enumerate(waves[:-1]):
        there = frozenset[str]().union(*(rehearsed[later].schools for later in waves[place + 1 :]))
        lost = len({entry.becomes for entry in study.crosswalk if entry.wave == earlier} - there)
        if lost:
            what = "1 school has an id" if lost == 1 else f"{lost} schools have ids"
            found.append(
                f"crosswalk.csv: {what} after {earlier} that no later export has; they did not answer, or write ids as "
                "the exports do"
            )
    return found
