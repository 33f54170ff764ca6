"""Qualtrics exports: what its headers say, previews, questions with several choices, and the ways it writes them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import small_wave
from stemcareers import ingest, readers
from stemcareers.config.entry import parse
from stemcareers.config.export import Export
from stemcareers.errors import Problem

SHA = "0" * 64
NOT_QUALTRICS = (
    "is not a Qualtrics csv export: the third row must hold an ImportId for every column; export it again from "
    "Qualtrics as csv, or put 'csv' under export.reader in the wave file"
)
# name, question text, import id, answers
BLOCK = "<p>Which of these?</p>\n - Selected Choice - "
SHEET = [
    ("StartDate", "Start Date", "startDate", ["2025-03-03 10:00:00", "2025-03-04 10:00:00", "2025-03-05 10:00:00"]),
    ("Status", "Response Type", "status", ["IP Address", "Survey Preview", "IP Address"]),
    ("IPAddress", "IP Address", "ipAddress", ["*******", "*******", "*******"]),
    ("Finished", "Finished", "finished", ["True", "True", "False"]),
    ("ResponseId", "Response ID", "_recordId", ["R_1", "R_2", "R_3"]),
    ("Q1", "Who leads&nbsp;it?<br>\nName the <grade>.", "QID1", ["Head, or deputy", "Nobody", ""]),
    ("Q1_3_TEXT", "Who leads it? - Other - Text", "QID1_3_TEXT", ["", "the cook", ""]),
    ("Q5_1", BLOCK + "Time", "QID5_1", ["Time", "", ""]),
    ("Q5_2", BLOCK + "Money, or staff", "QID5_2", ["Money, or staff", "", ""]),
    ("Q6", "Click to write the question text", "QID6", ["x", "", ""]),
    ("Q7_1", "Agree? - The head", "QID7_1", ["Agree", "Disagree", ""]),
    ("Q7_2", "Agree? - The staff", "QID7_2", ["Agree", "", ""]),
]


def text(sheet: list = SHEET, headers: int = 3, separator: str = ",", end: str = "\n") -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator=end)
    writer.writerow([name for name, *_ in sheet])
    writer.writerow([wording for _, wording, *_ in sheet])
    if headers == 3:
        writer.writerow([json.dumps({"ImportId": found, "timeZone": "Europe/London"}) for _, _, found, _ in sheet])
    writer.writerows(zip(*(answers for *_, answers in sheet), strict=True))
    return out.getvalue()


def read(folder: Path, content: str | bytes, **more: Any) -> readers.Table:
    path = folder / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return readers.read(parse(Export, {"file": "x.csv", "reader": "qualtrics", "sha256": SHA, **more}, "export"), path)


def refusal(folder: Path, content: str | bytes, **more: Any) -> str:
    with pytest.raises(Problem) as caught:
        read(folder, content, **more)
    return "\n".join(caught.value.wrong)


def cells(table: readers.Table, column: str) -> list[str | None]:
    return [None if pd.isna(v) else v for v in table.text(column)]


# --- what the headers say ---------------------------------------------------------------------------------


def test_wordings_have_no_html_and_what_was_never_written_is_told(tmp_path: Path) -> None:
    table = read(tmp_path, text())
    assert table.wordings["Q1"] == "Who leads it? Name the <grade>."
    assert table.wordings["Q5_1"] == "Which of these? - Selected Choice - Time"
    assert "Q6" not in table.wordings
    assert table.remarks == ("the wording was never written: Q6",)
    assert list(table.undecided.values()) == [
        "previews or tests of the survey among the rows: 1; keep_if leaves them out",
        "responses that are not finished (Finished): 1; say under keep_if if they count",
    ]


def test_kinds_are_those_of_qualtrics_own_columns_and_of_other_specify(tmp_path: Path) -> None:
    kinds = read(tmp_path, text()).kinds
    assert kinds == {
        "StartDate": "date",
        "IPAddress": "id",
        "ResponseId": "id",
        "Q1_3_TEXT": "text",
        "Q5_1": "multiple",
        "Q5_2": "multiple",
    }


def test_boxes_are_known_by_their_own_choice_and_grids_are_none(tmp_path: Path) -> None:
    table = read(tmp_path, text())
    assert table.choices == {"Q5": {"Q5_1": "Time", "Q5_2": "Money, or staff"}}
    values = [
        (n, w, i, ["1" if a else "" for a in answers] if n[:2] == "Q5" else answers) for n, w, i, answers in SHEET
    ]
    assert read(tmp_path, text(values)).choices == table.choices
    plain = [(n, w.replace(" - Selected Choice", ""), i, answers) for n, w, i, answers in SHEET]
    assert read(tmp_path, text(plain)).choices == table.choices


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_tsv_in_utf16_reads_the_same(tmp_path: Path, end: str) -> None:
    due = read(tmp_path, text())
    table = read(tmp_path, text(separator="\t", end=end).encode("utf-16"), encoding="utf-16", separator="tab")
    assert table.columns == due.columns
    assert all(cells(table, c) == cells(due, c) for c in table.columns)
    assert table.wordings == due.wordings


def test_older_exports_have_two_header_rows(tmp_path: Path) -> None:
    table = read(tmp_path, text(headers=2))
    assert (table.n, table.header_rows, cells(table, "Q1")) == (3, 2, ["Head, or deputy", "Nobody", None])
    assert table.remarks[0] == "the file has two header rows and no ImportId"
    old = [("V1", "ResponseID", "", ["R_1"]), ("V8", "StartDate", "", ["2012-03-03"]), ("Q1", "Who?", "", ["1"])]
    assert read(tmp_path, text(old, headers=2)).wordings["Q1"] == "Who?"


# --- previews ---------------------------------------------------------------------------------------------

COLUMNS = ["Status", *small_wave.COLUMNS]


def ingested(folder: Path, statuses: list[str], **more: Any) -> ingest.Ingested:
    rows = [{**row, "Status": status} for row, status in zip(small_wave.rows(*[{}] * 3), statuses, strict=True)]
    path = folder / "export.csv"
    checksum = small_wave.write(path, small_wave.qualtrics_text(rows, {}, COLUMNS))
    form = small_wave.instrument(ignore=["Status", "consent"])
    wave = small_wave.wave(checksum, reader="qualtrics", **more)
    return ingest.responses(path, wave, form, small_wave.ITEMS, small_wave.ANSWERS, "2025")


def test_previews_stop_the_wave_until_it_says_what_becomes_of_them(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        ingested(tmp_path, ["0", "1", "Survey Test"])
    assert caught.value.wrong == (
        "2 rows are previews or tests of the survey and no response; leave them out with keep_if: [{column: Status, "
        "not_one_of: [1, Survey Test], otherwise: preview or test}]",
    )
    left_out = {"column": "Status", "not_one_of": [1, "Survey Test"], "otherwise": "preview or test"}
    assert len(ingested(tmp_path, ["0", "1", "Survey Test"], keep_if=[left_out]).responses) == 3
    assert len(ingested(tmp_path, ["0", "IP Address", "0"]).responses) == 3


# --- several choices in one cell --------------------------------------------------------------------------

JOINED = {"Q5": {"choices": {1: "Time", 2: "Money, or staff", 3: "None of these"}}}


def several(folder: Path, *answers: str, joined: dict = JOINED) -> list[list[str | None]]:
    sheet = [("Q5", "Which?", "QID5", list(answers)), ("Q8", "Why?", "QID8", ["x"] * len(answers))]
    table = read(folder, text(sheet), joined=joined)
    return [cells(table, column) for column in table.columns if column != "Q8"]


@pytest.mark.parametrize(
    ("answer", "boxes"),
    [
        ("Time", ["1", None, None]),
        ("Money, or staff", [None, "1", None]),
        ("Time,Money, or staff", ["1", "1", None]),
        ("Money, or staff, Time", ["1", "1", None]),
        ("money,  or staff,\nTIME,", ["1", "1", None]),
        ("1,2", ["1", "1", None]),
        ("3", [None, None, "1"]),
        ("", [None, None, None]),
        ("Time,Money", ["Time,Money"] * 3),
        ("Time,Time", ["Time,Time"] * 3),
        ("Time;Money, or staff", ["Time;Money, or staff"] * 3),
        ("4", ["4"] * 3),
    ],
)
def test_a_cell_is_whole_choices_or_refused(tmp_path: Path, answer: str, boxes: list[str | None]) -> None:
    assert several(tmp_path, answer) == [[box] for box in boxes]


def test_a_cell_that_can_be_read_in_two_ways_is_refused(tmp_path: Path) -> None:
    joined = {"Q5": {"choices": {1: "Maths", 2: "physics", 3: "Maths, physics"}}}
    assert several(tmp_path, "Maths, physics", "Maths", joined=joined) == [
        ["Maths, physics", "1"],
        ["Maths, physics", None],
        ["Maths, physics", None],
    ]
    swapped = {"Q5": {"choices": {1: "2", 2: "1"}}}
    assert several(tmp_path, "1", "1,2", joined=swapped) == [["1", "1"], ["1", "1"]]


def test_another_sign_and_the_wordings_of_the_boxes(tmp_path: Path) -> None:
    sheet = [("Q5", "Which?", "QID5", ["Time; Money;"]), ("Q8", "Why?", "QID8", ["x"])]
    joined = {"Q5": {"choices": {"a": "Time", "b": "Money"}, "between": ";"}}
    table = read(tmp_path, text(sheet), joined=joined)
    assert table.columns == ("Q5_a", "Q5_b", "Q8")
    assert table.wordings["Q5_b"] == "Which? - Money"
    assert table.choices == {"Q5": {"Q5_a": "Time", "Q5_b": "Money"}}
    assert table.kinds["Q5_a"] == "multiple"


def test_joined_columns_that_are_not_there_or_taken(tmp_path: Path) -> None:
    assert refusal(tmp_path, text(), joined={"Statuss": JOINED["Q5"], "Q5": JOINED["Q5"]}) == (
        "'Statuss' (export.joined) is not a column of the export; did you mean 'Status'?\n"
        "'Q5' (export.joined) is not a column of the export; did you mean 'Q5_2'?\n"
        "'Q5_1' is a column already; export.joined would make another\n"
        "'Q5_2' is a column already; export.joined would make another"
    )


def test_boxes_in_one_cell_and_in_columns_give_the_same_answers(tmp_path: Path) -> None:
    columns = [c for c in small_wave.COLUMNS if c not in {"Q5_1", "Q5_2", "Q5_3"}]
    split = small_wave.rows({"Q5_1": "1", "Q5_2": "1"}, {"Q5_1": "", "Q5_3": "1"}, {"Q5_1": ""})
    one = [{**row, "Q5": cell} for row, cell in zip(split, ["Time, Money, or staff", "None of these", ""], strict=True)]
    choices = JOINED["Q5"]["choices"]

    def read_as(rows: list, columns: list, **more: Any) -> pd.DataFrame:
        path = tmp_path / "export.csv"
        checksum = small_wave.write(path, small_wave.qualtrics_text(rows, {}, columns))
        wave = small_wave.wave(checksum, reader="qualtrics", **more)
        form = small_wave.instrument()
        return ingest.responses(path, wave, form, small_wave.ITEMS, small_wave.ANSWERS, "2025").responses

    due = read_as(split, small_wave.COLUMNS)
    pd.testing.assert_frame_equal(read_as(one, [*columns, "Q5"], export={"joined": {"Q5": {"choices": choices}}}), due)


def test_values_and_choice_texts_give_the_same_answers(tmp_path: Path) -> None:
    values = small_wave.rows({"Q5_2": "1"}, {"Q1": "1", "Q3": "2", "Q5_1": "", "Q5_3": "1"}, {"Q1": "8", "Q5_1": ""})
    agree, club = small_wave.ANSWERS["agree5"].codes, small_wave.ANSWERS["yes_no"].codes
    boxes = {"Q5_1": "Not enough time", "Q5_2": "Not enough money", "Q5_3": "None of these"}
    wordings = {column: f"Which barriers? - Selected Choice - {words}" for column, words in boxes.items()}
    texts = [
        {
            **row,
            **{c: agree.get(int(row[c]), row[c]) for c in ("Q1", "Q2")},
            "Q3": club[int(row["Q3"])],
            **{c: words if row[c] else "" for c, words in boxes.items()},
        }
        for row in values
    ]
    found = []
    for rows in (values, texts):
        path = tmp_path / "export.csv"
        checksum = small_wave.write(path, small_wave.qualtrics_text(rows, wordings, small_wave.COLUMNS))
        wave = small_wave.wave(checksum, reader="qualtrics")
        read_in = ingest.responses(path, wave, small_wave.instrument(), small_wave.ITEMS, small_wave.ANSWERS, "2025")
        assert len(read_in.quarantine) == 0
        found.append(read_in.responses)
    pd.testing.assert_frame_equal(*found)


# --- files that are not what they should be ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "more", "wrong"),
    [
        (text().encode("utf-16"), {}, "is UTF-16 and not utf-8; put 'utf-16' under export.encoding in the wave file"),
        (
            text(separator="\t"),
            {},
            "the columns are separated by '\\t', not by ','; put 'tab' under export.separator in the wave file",
        ),
        (text([c for c in SHEET if c[0][0] == "Q"], headers=2), {}, NOT_QUALTRICS),
        (text().replace('""ImportId"": ""QID1""', '""Import"": ""QID1""'), {}, NOT_QUALTRICS),
        (text([*SHEET, SHEET[5]]), {}, "2 columns are called 'Q1'; a name must stand once"),
        (text()[:-1], {}, "the last row does not end with a line break, so it may be cut off; export the file again"),
        ("\n".join(text(headers=2).split("\n")[1:]), {}, NOT_QUALTRICS),
    ],
)
def test_broken_exports_are_refused(tmp_path: Path, content: str | bytes, more: dict, wrong: str) -> None:
    assert refusal(tmp_path, content, **more) == wrong
