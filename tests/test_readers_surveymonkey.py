"""SurveyMonkey exports: two header rows, questions above several columns, and names that do not move."""

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
from stemcareers.readers.surveymonkey import NOT_SURVEYMONKEY

SHA = "0" * 64
FIRST = [
    *("Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Custom Data 1"),
    *("Who leads it?", "", "Which of these,<br>if any?", "", "", "Do you agree?", "", "Anything else?"),
]
SECOND = [
    *("", "", "", "", "", ""),
    *("Response", "Other (please specify)", "Time", "Money, or staff", "None of these", "The head", "The staff"),
    "Open-Ended Response",
]
ANSWERS = [
    [
        "118",
        "4",
        "03/04/2025",
        "03/04/2025",
        "10.0.0.1",
        "x7",
        "Head",
        "",
        "Time",
        "Money, or staff",
        "",
        "Agree",
        "Agree",
        "ok",
    ],
    [
        "119",
        "4",
        "03/05/2025",
        "03/05/2025",
        "10.0.0.2",
        "x8",
        "",
        "the cook",
        "",
        "",
        "None of these",
        "Agree",
        "",
        "",
    ],
]


def text(first: list[str] = FIRST, second: list[str] = SECOND, answers: list[list[str]] = ANSWERS) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([first, second, *answers])
    return out.getvalue()


def read(folder: Path, content: str | bytes, **more: Any) -> readers.Table:
    path = folder / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    content_of_export = {"file": "x.csv", "reader": "surveymonkey", "sha256": SHA, **more}
    return readers.read(parse(Export, content_of_export, "export"), path)


def refusal(folder: Path, content: str | bytes, **more: Any) -> list[str]:
    with pytest.raises(Problem) as caught:
        read(folder, content, **more)
    return list(caught.value.wrong)


def cells(table: readers.Table, column: str) -> list[str | None]:
    return [None if pd.isna(v) else v for v in table.text(column)]


NAMES = (
    *FIRST[:6],
    "Who leads it?",
    "Who leads it? - Other (please specify)",
    "Which of these, if any? - Time",
    "Which of these, if any? - Money, or staff",
    "Which of these, if any? - None of these",
    "Do you agree? - The head",
    "Do you agree? - The staff",
    "Anything else?",
)


def test_columns_are_named_by_question_and_option(tmp_path: Path) -> None:
    table = read(tmp_path, "\ufeff" + text())
    assert (table.n, table.header_rows, table.columns) == (2, 2, NAMES)
    assert cells(table, "Who leads it?") == ["Head", "Other (please specify)"]
    assert cells(table, "Which of these, if any? - Money, or staff") == ["Money, or staff", None]
    assert table.wordings == {name: name for name in NAMES[6:]}
    assert table.remarks == (
        "'Who leads it?': where only words beside it stand, it is read as 'Other (please specify)' (1)",
    )


def test_a_question_above_each_of_its_columns_reads_the_same(tmp_path: Path) -> None:
    repeated = [name or FIRST[position - 1] or FIRST[position - 2] for position, name in enumerate(FIRST)]
    assert read(tmp_path, text(repeated)).columns == NAMES


@pytest.mark.parametrize("first", ["RespondentID", "respondent_id", "Respondent ID "])
def test_its_own_columns_are_known_however_they_are_written(tmp_path: Path, first: str) -> None:
    table = read(tmp_path, text([first, *FIRST[1:]]))
    assert table.kinds[first.strip()] == "id"


def test_kinds_and_blocks(tmp_path: Path) -> None:
    table = read(tmp_path, text())
    block = "Which of these, if any?"
    assert table.choices == {block: {f"{block} - {w}": w for w in ("Time", "Money, or staff", "None of these")}}
    assert {name: kind for name, kind in table.kinds.items() if kind != "multiple"} == {
        "Respondent ID": "id",
        "Start Date": "date",
        "End Date": "date",
        "IP Address": "id",
        "Custom Data 1": "id",
        "Who leads it? - Other (please specify)": "text",
        "Anything else?": "text",
    }


def test_answers_go_all_the_way_as_words_and_as_codes(tmp_path: Path) -> None:
    """The same answers as words and as codes give the same responses."""
    first = ["Respondent ID", "consent", "urn", *[f"Question {n}" for n in range(1, 5)], "Barriers", "", "", "Else"]
    second = ["", "Response", "Response", *["Response"] * 4, "Time", "Money", "None", "Open-Ended Response"]
    words = [
        ["R1", "Yes", "0100", "Agree", "Strongly agree", "Yes", "12", "Time", "", "", "Fine"],
        ["R2", "Yes", "0100", "Agree", "Strongly agree", "Yes", "12", "", "Money", "", "Fine"],
        ["R3", "Yes", "0100", "Agree", "Strongly agree", "Yes", "12", "", "", "None", "Fine"],
    ]
    codes = [
        ["R1", "Yes", "0100", "4", "5", "1", "12", "1", "", "", "Fine"],
        ["R2", "Yes", "0100", "4", "5", "1", "12", "", "2", "", "Fine"],
        ["R3", "Yes", "0100", "4", "5", "1", "12", "", "", "3", "Fine"],
    ]
    items = ("lead_time", "lead_vision", "club", "hours")
    form = small_wave.instrument(
        questions={**{f"Question {n}": item for n, item in enumerate(items, start=1)}, "Else": "comment"},
        ticks={
            "barriers": {
                "items": {"Barriers - Time": "barrier_time", "Barriers - Money": "barrier_money"},
                "none": "Barriers - None",
            }
        },
    )
    found = []
    for answers in (words, codes):
        path = tmp_path / "export.csv"
        checksum = small_wave.write(path, text(first, second, answers))
        wave = small_wave.wave(checksum, reader="surveymonkey", response="Respondent ID")
        read = ingest.responses(path, wave, form, small_wave.ITEMS, small_wave.ANSWERS, "2025")
        assert len(read.quarantine) == 0
        found.append(read.responses)
    pd.testing.assert_frame_equal(*found)


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("a,b\n1,2\n", [NOT_SURVEYMONKEY]),
        (text(second=[""] * len(FIRST)), [NOT_SURVEYMONKEY]),
        (text(FIRST[1:] + FIRST[:1]), [NOT_SURVEYMONKEY]),
        ("\n".join([",".join(f'"{c}"' for c in FIRST), ""]), [NOT_SURVEYMONKEY]),
        ("\n".join([text().split("\n")[0], *text().split("\n")[2:]]), [NOT_SURVEYMONKEY]),
        (text([*FIRST[:6], "", *FIRST[7:]]), ["column 7 has no question above it, and none goes on there"]),
        (
            text(second=[*SECOND[:7], "", *SECOND[8:]]),
            ["column 8 has no question above it, and none goes on there"],
        ),
        (
            text([*FIRST[:-1], "Who leads it?"]),
            ["2 columns are 'Who leads it?'; give the questions different words in SurveyMonkey, and export again"],
        ),
        (
            text(answers=[ANSWERS[0][:-1]]),
            [
                "1 row (line 3) is shorter than the header (14 cells); the file is damaged or a separator is not "
                "quoted: export it again"
            ],
        ),
        (text()[:-3], ["the last row does not end with a line break, so it may be cut off; export the file again"]),
        (text(answers=[]), ["holds a header but no responses; export it again"]),
    ],
)
def test_broken_exports_are_refused(tmp_path: Path, content: str, wrong: list[str]) -> None:
    assert refusal(tmp_path, content) == wrong


def test_a_question_that_was_added_stops_the_wave_and_moves_nothing(tmp_path: Path) -> None:
    first, second = [*FIRST[:6], "New?", *FIRST[6:]], [*SECOND[:6], "Response", *SECOND[6:]]
    table = read(tmp_path, text(first, second, [[*row[:6], "x", *row[6:]] for row in ANSWERS]))
    assert table.columns == (*NAMES[:6], "New?", *NAMES[6:])
    assert cells(table, "Who leads it?") == ["Head", "Other (please specify)"]
