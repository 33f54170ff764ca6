"""What the first stages will say of an export, told before any job: nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from stemcareers import clean, harmonise, ingest, weight
from stemcareers.config import StudyConfig
from stemcareers.errors import Problem


class Rehearsed(NamedTuple):
    """Everything that would stop a wave up to its weights; sentences on what does not stop it and is to be looked at;
    and the names under `ignore` of its questionnaire that are no columns of its export."""

    problems: list[Problem]
    remarks: list[str]
    idle: frozenset[str]


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


def idle(study: str, instrument: str, names: frozenset[str]) -> list[str]:
    """A sentence for each name under `ignore` of a questionnaire that none of its exports has."""
    where = f"config/studies/{study}/instruments/{instrument}.yaml"
    return [f"{where}: ignore: '{name}' is a column of none of its exports; take it out" for name in sorted(names)]


def _up_to_weights(path: Path, study: StudyConfig, name: str, corrections: Path | None) -> Rehearsed:
    its, where = study.waves[name], f"config/studies/{study.id}/waves/{name}.yaml"
    instrument, vocabulary = study.instruments[its.instrument], (study.items, study.answers)
    read = ingest.responses(path, its, instrument, *vocabulary, name)
    strange = ingest.strange_labels(path, its, instrument, *vocabulary) if len(read.quarantine) else []
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
    weight.responses(kept.responses, its, where, wide, population)
    remarks = [*read.remarks, *(f"set aside: {sentence}" for sentence in strange)]
    lost = {c.school for c in study.crosswalk if c.wave == name} - set(read.responses["school"].dropna())
    if lost:
        # No school is named: the message may be read by others than those who hold the data.
        what = "1 school of this wave is" if len(lost) == 1 else f"{len(lost)} schools of this wave are"
        remarks.append(f"crosswalk.csv: {what} not in the export; write ids as the export does, or take the rows out")
    return Rehearsed([], remarks, frozenset(instrument.ignore) - set(read.columns))
