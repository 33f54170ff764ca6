"""Exports of Jisc Online Surveys: questions by number, with or without their words, coded or in words."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import small_wave
from stemcareers import ingest, readers
from stemcareers.config.entry import parse
from stemcareers.config.export import Export
from stemcareers.errors import Problem
from stemcareers.readers.jisc import NOT_JISC

HEADER = [
    *("Unique response number", "Started", "Completed", "Email address"),
    *("1. Who leads it?", "1.a. If you selected Other, please specify:", "2.1.a. Do you agree? - The head"),
    *("3. Which barriers? - Time", "3. Which barriers? - Money, or staff", "4_a", "Q5 Anything else?"),
]
NAMES = (
    *("Unique response number", "Started", "Completed", "Email address"),
    *("1", "1.a", "2.1.a", "3 - Time", "3 - Money, or staff", "4.a", "5"),
)
ROWS = [
    ["118-1", "2025-03-04 10:00", "2025-03-04 10:09", "a@b", "Head", "", "Agree", "Time", "Money, or staff", "7", "ok"],
    ["119-2", "2025-03-05 10:00", "", "", "Other", "the cook", "", "", "", "", ""],
]


def text(header: list[str] = HEADER, rows: list[list[str]] = ROWS) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows([header, *rows])
    return out.getvalue()


def read(folder: Path, content: str, **more: Any) -> readers.Table:
    path = folder / "x.csv"
    path.write_bytes(content.encode())
    export = parse(Export, {"file": "x.csv", "reader": "jisc", "sha256": "0" * 64, **more}, "export")
    return readers.read(export, path)


def cells(table: readers.Table, column: str) -> list[str | None]:
    return [None if pd.isna(v) else v for v in table.text(column)]


def test_numbers_name_the_columns_and_words_are_their_wording(tmp_path: Path) -> None:
    table = read(tmp_path, "\ufeff" + text())
    assert (table.n, table.header_rows, table.columns) == (2, 1, NAMES)
    assert table.wordings == {
        "1": "Who leads it?",
        "1.a": "If you selected Other, please specify:",
        "2.1.a": "Do you agree? - The head",
        "3 - Time": "Which barriers? - Time",
        "3 - Money, or staff": "Which barriers? - Money, or staff",
        "5": "Anything else?",
    }
    assert cells(table, "1") == ["Head", "Other"]


@pytest.mark.parametrize(
    ("header", "name", "words"),
    [
        ("7", "7", None),
        ("7.", "7", None),
        ("Q7", "7", None),
        ("q7_2_a", "7.2.a", None),
        ("7.a.ii", "7.a.ii", None),
        ("7) Why?", "7", "Why?"),
        ("7: <b>Why?</b>", "7", "Why?"),
        ("7.a Why?", "7.a", "Why?"),
        ("7.1.b. A row\n of a grid", "7.1.b", "A row of a grid"),
        ("7.What now?", "7", "What now?"),
        ("7 hours a week", "7 hours a week", None),
        ("2021 budget", "2021 budget", None),
        ("Quarter 3", "Quarter 3", None),
    ],
)
def test_every_way_to_write_a_number(tmp_path: Path, header: str, name: str, words: str | None) -> None:
    table = read(tmp_path, text(["Response ID", "99. Last", header], [["1", "x", "y"]]))
    assert table.columns[2] == name
    assert table.wordings.get(name) == words


@pytest.mark.parametrize("name", ["UniqueResponseNo", "Unique Response Number", "Response ID", "response_id"])
def test_its_own_columns_are_known(tmp_path: Path, name: str) -> None:
    table = read(tmp_path, text([name, *HEADER[1:]]))
    assert table.kinds == {
        name: "id",
        "Started": "date",
        "Completed": "date",
        "Email address": "id",
        "1.a": "text",
        "3 - Time": "multiple",
        "3 - Money, or staff": "multiple",
    }
    assert table.choices == {"3": {"3 - Time": "Time", "3 - Money, or staff": "Money, or staff"}}


def test_coded_and_in_words_give_the_same_answers(tmp_path: Path) -> None:
    header = [
        "Response ID",
        "consent",
        "urn",
        *(f"{n}. Question" for n in range(1, 5)),
        "5.a. Time",
        "5.b. Money",
        "6. Else",
    ]
    words = [["R1", "Yes", "0100", "Agree", "Strongly agree", "Yes", "12", "Time", "", "Fine"]]
    codes = [["R1", "Yes", "0100", "4", "5", "1", "12", "1", "", "Fine"]]
    items = ("lead_time", "lead_vision", "club", "hours")
    form = small_wave.instrument(
        questions={**{str(n): item for n, item in enumerate(items, start=1)}, "6": "comment"},
        ticks={"barriers": {"items": {"5.a": "barrier_time", "5.b": "barrier_money"}}},
    )
    found = []
    for rows in (words, codes):
        path = tmp_path / "export.csv"
        wave = small_wave.wave(small_wave.write(path, text(header, rows)), reader="jisc", response="Response ID")
        read = ingest.responses(path, wave, form, small_wave.ITEMS, small_wave.ANSWERS, "2025")
        assert len(read.quarantine) == 0
        found.append(read.responses)
    pd.testing.assert_frame_equal(*found)


def test_several_choices_in_one_cell(tmp_path: Path) -> None:
    joined = {"3": {"choices": {"a": "Time", "b": "Money, or staff"}}}
    table = read(
        tmp_path, text(["Response ID", "3. Which?"], [["1", "Time, Money, or staff"], ["2", ""]]), joined=joined
    )
    assert table.columns == ("Response ID", "3_a", "3_b")
    assert cells(table, "3_b") == ["1", None]


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (text(HEADER[1:], [row[1:] for row in ROWS]), NOT_JISC),
        (text(["Response ID", "a"], [["1", "2"]]), NOT_JISC),
        (
            text([*HEADER[:-1], "1. Who leads it?"]),
            "2 columns are question '1 - Who leads it?'; a number must stand once, or with words that differ",
        ),
        (
            text([*HEADER[:-1], "4.a"]),
            "2 columns are question '4.a'; a number must stand once, or with words that differ",
        ),
        (text([*HEADER[:-1], ""]), "column 11 has no name"),
        (text(rows=[]), "holds a header but no responses; export it again"),
        (
            text(rows=[ROWS[0], [*ROWS[1], "x"]]),
            "1 row (line 3) is longer than the header (11 cells); the file is damaged or a separator is not quoted: "
            "export it again",
        ),
        (
            text().replace(",", ";"),
            "the columns are separated by ';', not by ','; put 'semicolon' under export.separator in the wave file",
        ),
        (text()[:-5], "the last row does not end with a line break, so it may be cut off; export the file again"),
    ],
)
def test_broken_exports_are_refused(tmp_path: Path, content: str, wrong: str) -> None:
    with pytest.raises(Problem) as caught:
        read(tmp_path, content)
    assert caught.value.wrong == (wrong,)
