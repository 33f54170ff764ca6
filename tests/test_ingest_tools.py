"""From the export of a tool to clean answers: what a tool was told to write makes no difference to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyreadstat
import pytest
import small_wave
import written_lss
from stemcareers import ingest
from stemcareers.config.entry import parse
from stemcareers.config.instrument import Instrument
from stemcareers.config.vocabulary import AnswerSet, Item
from written_xlsx import Formatted, xlsx

ANSWERS: dict[str, AnswerSet] = {
    "role": AnswerSet(kind="nominal", codes={1: "Head & owner", 2: "Deputy", 3: "Other"}),
    "agree3": AnswerSet(
        kind="ordered", codes={1: "Disagree", 2: "Agree", 3: "Strongly agree"}, missing={9: "prefer_not"}
    ),
    "ticked": AnswerSet(kind="nominal", codes={1: "Named", 0: "Not named"}),
    "yes_no": AnswerSet(kind="nominal", codes={1: "Yes", 2: "No"}),
    "years": AnswerSet(kind="number", low=0, high=60, unit="years"),
    "share": AnswerSet(kind="number", low=0, high=100, unit="per cent"),
    "words": AnswerSet(kind="text"),
}
ITEMS = {
    name: Item(item=name, label=name, wording=name, answers=answers, status="official")
    for name, answers in {
        "role": "role",
        "vision": "agree3",
        "time": "agree3",
        "firm": "ticked",
        "university": "ticked",
        "years": "years",
        "lab": "yes_no",
        "share": "share",
        "why": "words",
    }.items()
}


def ingested(
    folder: Path,
    name: str,
    reader: str,
    questions: Mapping[str, Any],
    ticks: Mapping[str, Any] | None = None,
    **more: Any,
) -> ingest.Ingested:
    """The answers of the file `name` in a folder, read with a small instrument."""

    def checksum(file: str) -> str:
        return hashlib.sha256((folder / file).read_bytes()).hexdigest()

    if "questionnaire" in more:
        more["questionnaire"] = {"file": more["questionnaire"], "sha256": checksum(more["questionnaire"])}
    wave = small_wave.wave(checksum(name), reader, {"file": name, **more}, keep_if=[], school=[])
    instrument = parse(
        Instrument,
        {"title": "T", "mode": "online", "questions": questions, "ticks": ticks or {}, "other_columns": "ignore"},
        "instruments/leaders.yaml",
    )
    return ingest.responses(folder / name, wave, instrument, ITEMS, ANSWERS, "2025")


LIME = {
    "role": {"item": "role", "codes": {"A1": 1, "A2": 2, "-oth-": 3}},
    "agree[SQ001]": "vision",
    "agree[SQ002]": "time",
    "years": "years",
    "lab": {"item": "lab", "codes": {"Y": 1, "N": 2}},
    "why": "why",
}
LIME_TICKS = {"visits": {"items": {"visits[SQ001]": "firm", "visits[SQ002]": "university"}}}


def test_codes_and_full_answers_of_limesurvey_are_the_same_responses(tmp_path: Path) -> None:
    (tmp_path / "form.lss").write_text(written_lss.lss(), encoding="utf-8")
    (tmp_path / "short.csv").write_bytes(written_lss.short().encode())
    (tmp_path / "long.csv").write_bytes(written_lss.long(";", written_lss.TEXTS, "de").encode())
    short = ingested(tmp_path, "short.csv", "limesurvey", LIME, LIME_TICKS, questionnaire="form.lss")
    long = ingested(
        tmp_path,
        "long.csv",
        "limesurvey",
        LIME,
        LIME_TICKS,
        questionnaire="form.lss",
        answers="labels",
        separator="semicolon",
    )
    pd.testing.assert_frame_equal(short.responses, long.responses)
    assert short.quarantine.empty and long.quarantine.empty
    assert short.responses["role"].tolist() == [1, 3, 2, 1, 1]
    assert short.responses["firm"].tolist() == [1, pd.NA, pd.NA, pd.NA, 0]
    assert short.responses["years"].tolist()[:3] == [3.5, 0.5, 12.0]


def test_boxes_of_limesurvey_are_understood_without_its_structure(tmp_path: Path) -> None:
    (tmp_path / "short.csv").write_bytes(written_lss.short().encode())
    read = ingested(tmp_path, "short.csv", "limesurvey", LIME, LIME_TICKS)
    assert read.quarantine.empty
    assert read.responses["firm"].tolist() == [1, pd.NA, pd.NA, pd.NA, 0]


@pytest.mark.parametrize("boxes", [True, False])
def test_joined_choices_and_boxes_of_kobotoolbox_are_the_same_responses(tmp_path: Path, boxes: bool) -> None:
    book = openpyxl.Workbook()
    book.active.title = "survey"
    for row in (
        ["type", "name", "label"],
        ["select_one role", "role", "Role"],
        ["select_multiple visit", "visits", "Visits"],
    ):
        book.active.append(row)
    choices = book.create_sheet("choices")
    for row in (
        ["list_name", "name", "label"],
        ["role", "head", "Head & owner"],
        ["role", "deputy", "Deputy"],
        ["visit", "firm", "A firm"],
        ["visit", "uni", "A university"],
    ):
        choices.append(row)
    book.save(tmp_path / "form.xlsx")
    head = "id,role,visits" + (",visits/firm,visits/uni" if boxes else "")
    rows = [("1", "head", "uni firm", "1", "1"), ("2", "deputy", "uni", "0", "1"), ("3", "", "", "", "")]
    lines = [",".join(row if boxes else row[:3]) for row in rows]
    (tmp_path / "x.csv").write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    ticks = {"visits": {"items": {"visits/firm": "firm", "visits/uni": "university"}}}
    questions = {"role": {"item": "role", "codes": {"head": 1, "deputy": 2}}}
    read = ingested(tmp_path, "x.csv", "xlsform", questions, ticks, questionnaire="form.xlsx")
    assert read.quarantine.empty
    assert read.responses["role"].tolist() == [1, 2, pd.NA]
    assert read.responses["firm"].tolist() == [1, 0, pd.NA]
    assert read.responses["university"].tolist() == [1, 1, pd.NA]


def test_a_date_that_excel_made_of_an_answer_is_set_aside(tmp_path: Path) -> None:
    rows = [
        ["id", "q", "share"],
        [1, 2.0, Formatted(0.5, "0%")],
        [2, Formatted(45781, "d-mmm"), 12.5],
        [3, "Agree", "7%"],
    ]
    xlsx(tmp_path / "x.xlsx", {"Answers": rows})
    questions = {"q": "vision", "share": "share"}
    read = ingested(tmp_path, "x.xlsx", "excel", questions, number_signs=["percent"])
    assert read.responses["response"].tolist() == ["1", "2", "3"]
    assert read.responses["vision"].tolist() == [2, pd.NA, 2]
    assert read.responses["share"].tolist() == [50.0, 12.5, 7.0]
    assert read.quarantine[["response", "column", "reason"]].to_numpy().tolist() == [["2", "q", "looks like a date"]]
    assert [remark[:28] for remark in read.remarks] == ["'q' holds a date in 1 cell; ", "'share' holds a percentage i"]


def test_extended_missing_values_of_stata_need_a_meaning(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "q": [1.0, "r", "z"]})
    pyreadstat.write_dta(frame, str(tmp_path / "x.dta"), missing_user_values={"q": ["r", "z"]})
    read = ingested(tmp_path, "x.dta", "stata", {"q": {"item": "vision", "codes": {".r": 9}}})
    assert read.responses["vision"].tolist() == [1, 9, pd.NA]
    assert read.quarantine[["response", "answer", "reason"]].to_numpy().tolist() == [
        ["c", ".z", "is declared missing in the file, but not in answers.yaml"]
    ]
