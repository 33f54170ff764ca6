"""California's schools through the stages of the pipeline: from a csv export to estimates, by what a wave file says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from stemcareers import clean, contracts, describe, estimate, files, harmonise, ingest, pool, score, weight
from stemcareers.config import AnswerSet, Item, Links, Specification, Vocabulary
from stemcareers.config.entry import parse
from stemcareers.config.instrument import Instrument
from stemcareers.config.population import Population
from stemcareers.config.wave import Wave

SEED = 20120112
CODES = {"stype": {"E": 1, "H": 2, "M": 3}, "sch.wide": {"No": 0, "Yes": 1}, "half": {0: 0, 1: 1}}
CODES["band"] = {"low": 1, "middling": 2, "good": 3, "high": 4}
ITEMS = {"api00": "api00", "api99": "api99", "meals": "meals", "ell": "ell", "stype": "stype"}
ITEMS |= {"sch.wide": "wide", "half": "half", "band": "band"}
ANSWERS = {
    "number": AnswerSet(kind="number", low=0, high=100_000, unit="points"),
    "stype": AnswerSet(kind="nominal", codes={1: "Elementary", 2: "High", 3: "Middle"}),
    "wide": AnswerSet(kind="nominal", codes={0: "No", 1: "Yes"}),
    "half": AnswerSet(kind="nominal", codes={0: "Even", 1: "Odd"}),
    "band": AnswerSet(kind="ordered", codes={1: "Low", 2: "Middling", 3: "Good", 4: "High"}),
}
PANEL = Links(panel=True)  # a school has one id in all waves
VOCABULARY = Vocabulary(
    items={
        name: Item(
            item=name, label=name, wording=name, answers=name if name in ANSWERS else "number", status="official"
        )
        for name in ITEMS.values()
    },
    answers=ANSWERS,
    scales={},
)
QUESTIONS = {
    column: {"item": item, **({"codes": CODES[column]} if column in CODES else {})} for column, item in ITEMS.items()
}


def exported(frame: pd.DataFrame, design: Mapping[str, Any], path: Path) -> tuple[Wave, Instrument]:
    """A wave and its questionnaire whose export, written to `path`, is this frame."""
    frame.assign(place=np.arange(len(frame))).to_csv(path, index=False)
    content = {
        "instrument": "api",
        "title": path.stem,
        "fielded": ["2000-01-01", "2000-12-31"],
        "export": {"file": path.name, "reader": "csv", "sha256": files.sha256(path)},
        "source": {"how": "take it from R's survey"},
        "response": "place",
        "school": "cds",
        "design": dict(design),
    }
    asked = {column: question for column, question in QUESTIONS.items() if column in frame}
    form = {"title": "API", "mode": "tests", "questions": asked, "other_columns": "ignore"}
    return parse(Wave, content, "waves/a.yaml"), parse(Instrument, form, "instruments/api.yaml")


def part(
    frame: pd.DataFrame,
    design: Mapping[str, Any],
    folder: Path,
    name: str = "a",
    population: Population | None = None,
) -> pool.Part:
    """The stages of one wave, each table by its contract."""
    return stages(frame, design, folder, name, population)[0]


def stages(
    frame: pd.DataFrame, design: Mapping[str, Any], folder: Path, name: str, population: Population | None
) -> tuple[pool.Part, pd.DataFrame]:
    """The tables of one wave, and what is said of it (ESTIMATES rows with the helper columns of `withhold`)."""
    path = folder / f"{name}.csv"
    wave, form = exported(frame, design, path)
    items, answers = VOCABULARY.items, VOCABULARY.answers
    read = ingest.responses(path, wave, form, items, answers, name)
    kept = clean.responses(
        contracts.INGESTED.conform(read.responses), read.quarantine, wave, items, answers, f"waves/{name}.yaml", None
    )
    cleaned = contracts.CLEANED.conform(kept.responses)
    same = harmonise.answers(cleaned, read.quarantine, kept.flow, wave, form, items, answers, ["stype", "half"])
    wide = contracts.WIDE.conform(same.wide)
    weights = contracts.WEIGHTED.conform(weight.responses(cleaned, wave, f"waves/{name}.yaml", wide, population))
    scores = contracts.SCORED.conform(score.scales(wide, {}, items, answers))
    facts = describe.wave(
        same.long,
        same.flow,
        contracts.ESTIMATES.empty(),
        weights,
        items,
        answers,
        study="api",
        wave=name,
        synthetic=False,
        calibration=wave.design.calibrate,
        population=population,
        trim=wave.design.trim,
    )
    return pool.Part(wide=wide, scores=scores, weights=weights, wave=wave), facts


def estimated(parts: Mapping[str, pool.Part], **entry: Any) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Estimates and fits of a specification of these waves."""
    rows, fits = estimate.specification(
        pool.waves(parts, PANEL),
        Specification(title="t", short="s", **entry),
        VOCABULARY,
        study="api",
        name="main",
        confidence_level=0.95,
        limit=0,
        seed=SEED,
    )
    return rows, contracts.FITS.conform(fits)
