"""What the first stages will say of an export, told before any job: nothing is written."""

from __future__ import annotations

from pathlib import Path

from stemcareers import clean, harmonise, ingest, weight
from stemcareers.config import StudyConfig
from stemcareers.errors import Problem


def wave(path: Path, study: StudyConfig, name: str, corrections: Path | None) -> tuple[list[Problem], list[str]]:
    """Everything that would stop a wave up to its weights, each a Problem; and sentences on what is set aside without
    stopping it although the file itself says what it is.

    path         its export.
    study        without a fault of its own.
    corrections  the wave's hand corrections, where there are some.

    Columns, previews and labels are told together; what is told of answers rests on them, and comes once they are
    right.
    """
    its = study.waves[name]
    faults = ingest.faults(path, its, study.instruments[its.instrument], study.items, study.answers, name)
    if faults:
        return faults, []
    try:
        return [], _up_to_weights(path, study, name, corrections)
    except Problem as problem:
        return [problem], []


def _up_to_weights(path: Path, study: StudyConfig, name: str, corrections: Path | None) -> list[str]:
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
    return strange
