"""A small questionnaire and its wave, for tests of what happens to an export: seven items, one of each kind."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from stemcareers import clean, files, harmonise, ingest
from stemcareers.config.entry import parse
from stemcareers.config.instrument import Instrument
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Wave

ANSWERS: dict[str, AnswerSet] = {
    "agree5": AnswerSet(
        kind="ordered",
        codes={1: "Strongly disagree", 2: "Disagree", 3: "Neither", 4: "Agree", 5: "Strongly agree"},
        missing={8: "dont_know", 9: "prefer_not"},
    ),
    "yes_no": AnswerSet(kind="nominal", codes={1: "Yes", 2: "No"}, missing={8: "dont_know"}),
    "hours": AnswerSet(kind="number", low=0, high=60, unit="hours a week", missing={99: "dont_know"}),
    "ticked": AnswerSet(kind="nominal", codes={1: "Named", 0: "Not named"}),
    "words": AnswerSet(kind="text"),
}
ITEMS: dict[str, Item] = {
    name: Item(item=name, label=label, wording=wording, answers=answers, status="official")
    for name, label, wording, answers in [
        ("lead_time", "Time to lead", "I have time to lead", "agree5"),
        ("lead_vision", "A vision", "The school has a vision", "agree5"),
        ("club", "STEM club", "Is there a STEM club?", "yes_no"),
        ("hours", "Hours", "How many hours a week?", "hours"),
        ("barrier_time", "Time", "Which barriers? - Not enough time", "ticked"),
        ("barrier_money", "Money", "Which barriers? - Not enough money", "ticked"),
        ("comment", "Comment", "Anything else?", "words"),
    ]
}
QUESTIONS: dict[str, Any] = {
    "Q1": "lead_time",
    "Q2": "lead_vision",
    "Q3": "club",
    "Q4": {"item": "hours", "asked_if": {"club": [1]}},
    "Q6": "comment",
}
TICKS: dict[str, Any] = {
    "barriers": {"items": {"Q5_1": "barrier_time", "Q5_2": "barrier_money"}, "none": "Q5_3"},
}
COLUMNS = ["id", "urn", "consent", "Q1", "Q2", "Q3", "Q4", "Q5_1", "Q5_2", "Q5_3", "Q6"]
ONE = dict(zip(COLUMNS, ["R1", "0100", "Yes", "4", "5", "1", "12", "1", "", "", "Fine"], strict=True))


def instrument(**more: Any) -> Instrument:
    content = {"title": "Leaders", "mode": "online", "questions": QUESTIONS, "ticks": TICKS, **more}
    return parse(Instrument, content, "instruments/leaders.yaml")


def wave(sha256: str = "0" * 64, reader: str = "csv", export: Mapping[str, Any] | None = None, **more: Any) -> Wave:
    content: dict[str, Any] = {
        "instrument": "leaders",
        "title": "2025",
        "fielded": ["2025-03-03", "2025-04-11"],
        "export": {"file": "export.csv", "reader": reader, "sha256": sha256, **(export or {})},
        "source": {"how": "ask"},
        "response": "id",
        "school": "urn",
        "keep_if": [{"column": "consent", "equals": "Yes", "otherwise": "no consent"}],
        "design": {"weight": "none"},
        **more,
    }
    return parse(Wave, content, "waves/2025.yaml")


def rows(*changed: Mapping[str, str]) -> list[dict[str, str]]:
    """Responses like ONE, each with an id of its own and these cells changed."""
    return [{**ONE, "id": f"R{number}", **cells} for number, cells in enumerate(changed, start=1)]


def csv_text(table: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue()


def qualtrics_text(table: Sequence[Mapping[str, str]], wordings: Mapping[str, str], columns: Sequence[str]) -> str:
    lines = csv_text(table, columns).split("\n", 1)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([wordings.get(c, c) for c in columns])
    writer.writerow([json.dumps({"ImportId": c}) for c in columns])
    return f"{lines[0]}\n{out.getvalue()}{lines[1]}"


def write(path: Path, content: str | bytes) -> str:
    """Write a file; its checksum."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return files.sha256(path)


def ingested(
    folder: Path, table: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS, **more: Any
) -> ingest.Ingested:
    """The table as a csv export, ingested."""
    path = folder / "export.csv"
    checksum = write(path, csv_text(table, columns))
    form = more.pop("form", None) or instrument()
    return ingest.responses(path, wave(checksum, **more), form, ITEMS, ANSWERS, "2025")


def cleaned(read: ingest.Ingested, corrections: pd.DataFrame | None = None, **more: Any) -> clean.Cleaned:
    listed = None if corrections is None else clean.Corrections("corrections/2025.csv", corrections)
    return clean.responses(read.responses, read.quarantine, wave(**more), ITEMS, ANSWERS, "waves/2025.yaml", listed)


def harmonised(read: ingest.Ingested, form: Instrument | None = None, **more: Any) -> harmonise.Harmonised:
    kept = cleaned(read, **more)
    return harmonise.answers(
        kept.responses, read.quarantine, kept.flow, wave(**more), form or instrument(), ITEMS, ANSWERS
    )
