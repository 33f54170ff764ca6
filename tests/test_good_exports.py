"""Good exports pass without a false alarm: whatever the tool and its legal quirks, the answers are the same."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from bad_inputs import fieldings
from bad_inputs.fieldings import COLUMNS, CONTROL, LEADERSHIP, PEOPLE, WORDINGS, WRITERS, Fielding, Outcome, through
from pandas.testing import assert_frame_equal
from stemcareers import readers
from written_xlsx import Formatted, Raw

IDS = ["0101", "0102", "1E10", "9007199254740993", "R5", "R6"]
IN_WORDS = [[fieldings.CODED.get(n, {}).get(t, t) for n, t in zip(COLUMNS, p, strict=True)] for p in PEOPLE]


def text(change: Callable[[str], str], reader: str = "csv", saved: str = "utf-8", **export: object) -> Fielding:
    """The export of a reader as text, changed and saved in an encoding."""
    good = WRITERS[reader]()
    return good.but(change(good.content.decode()).encode(saved), export={**good.export, **export})


def in_sheets(sheets: dict[str, list[list[object]]], **more: object) -> Fielding:
    named = more.pop("export", {})
    return fieldings.workbook(sheets, **more).but(export=named)


SHEET = [list(COLUMNS), *(list(person) for person in PEOPLE)]
NUMBERS = [[*p[:3], *(float(t) if t else None for t in p[3:8]), p[8] or None] for p in PEOPLE]
ASKED = str.maketrans({",": ";", ".": ","})
GOOD: dict[str, Callable[[], Fielding]] = {
    **WRITERS,
    "csv with a byte order mark": lambda: text(str, saved="utf-8-sig"),
    "csv with two byte order marks": lambda: text(lambda t: f"\ufeff{t}", saved="utf-8-sig"),
    "csv with empty lines at its end": lambda: text(lambda t: f"{t}\n\n"),
    "csv with a line break and a no-break space in its names": lambda: text(
        lambda t: t.replace("vision,time", '"vision\nof\u00a0all",time', 1)
    ).but(columns={**fieldings.csv_export().columns, "vision": "vision of all"}),
    "csv with line ends of Windows": lambda: text(lambda t: t.replace("\n", "\r\n")),
    "csv with line ends of old Macs": lambda: text(lambda t: t.replace("\n", "\r")),
    "csv in UTF-16": lambda: _utf16("csv"),
    "csv with semicolons and a decimal comma": lambda: text(
        lambda t: t.translate(ASKED), separator="semicolon", decimal=","
    ),
    "csv with tabs": lambda: text(lambda t: t.replace(",", "\t"), separator="tab"),
    "csv with every cell in quotation marks": lambda: text(
        lambda t: "".join(f'"{line}"\n'.replace(",", '","') for line in t.splitlines())
    ),
    "csv with blanks around cells": lambda: text(lambda t: t.replace(",", " , ")),
    "csv with blanks behind some ids": lambda: text(lambda t: t.replace("0100,", "0100 ,", 1).replace("R5,", "R5 ,")),
    "csv with a character that does not show in a name": lambda: text(lambda t: t.replace("vision", "vis\u200bion", 1)),
    "csv with lines above its header": lambda: text(lambda t: f"Made on Monday\n\n{t}", header_row=3),
    "csv of labels": lambda: fieldings.csv_export(IN_WORDS),
    "csv of labels with blanks between words": lambda: fieldings.csv_export(
        [[*p[:3], *(c.replace(" ", "\u00a0 ") for c in p[3:7]), *p[7:]] for p in IN_WORDS]
    ),
    "csv of whole numbers with decimals": lambda: fieldings.csv_export(
        [[*p[:3], *(f"{c}.0" for c in p[3:7]), *p[7:]] for p in PEOPLE]
    ),
    "csv in another order of columns": lambda: fieldings.csv_export(
        [[p[0], *p[:0:-1]] for p in PEOPLE], [COLUMNS[0], *COLUMNS[:0:-1]]
    ),
    "csv with letters of several scripts": lambda: _with_comment("Ünïcode, 中文 and ελληνικά"),
    "csv with an answer on two lines": lambda: _with_comment('"Said ""no"",\nthen yes"'),
    "csv with an answer that is a formula": lambda: _with_comment("=1+1"),
    "qualtrics with two headers": lambda: fieldings.qualtrics(headers=2),
    "qualtrics as tsv": lambda: _tabs("qualtrics"),
    "jisc with a byte order mark": lambda: text(str, "jisc", saved="utf-8-sig"),
    "surveymonkey of labels": lambda: fieldings.surveymonkey(IN_WORDS),
    "limesurvey of full answers": lambda: fieldings.limesurvey(labels=True),
    "redcap in UTF-16 with its dictionary in UTF-8": lambda: _utf16("redcap"),
    "fixed width in UTF-16 with its control file in UTF-8": lambda: _utf16("fixed_width"),
    "xlsform of labels": lambda: fieldings.xlsform(IN_WORDS).but(export={"answers": "labels"}),
    "fixed width with line ends of Windows": lambda: text(lambda t: t.replace("\n", "\r\n"), "fixed_width"),
    "fixed width with a lower case control file": lambda: fieldings.fixed_width().but(
        tool_file=CONTROL.replace("VALUE LABELS", "value labels").replace("DATA LIST", "Data list").encode()
    ),
    "spss without labels": lambda: _spss_without_labels(),
    "stata of release 114": lambda: fieldings.stata(version=114),
    "stata of release 117": lambda: fieldings.stata(version=117),
    "excel of text": lambda: in_sheets({"Answers": SHEET}),
    "excel with a sheet that is named": lambda: in_sheets(
        {"Notes": [["x"]], "Answers": SHEET}, export={"sheet": "Answers"}
    ),
    "excel with lines above its header": lambda: in_sheets(
        {"Answers": [["Made on Monday"], [], *SHEET]}, export={"header_row": 3}
    ),
    "excel with a filter": lambda: in_sheets({"Answers": SHEET}, extra='<autoFilter ref="A1:I7"/>'),
    "excel with whole numbers in formats": lambda: in_sheets(
        {"Answers": [list(COLUMNS), *([*r[:3], Formatted(r[3], "0.00"), *r[4:]] for r in NUMBERS)]}
    ),
    "excel with cells of rich text": lambda: in_sheets(
        {
            "Answers": [
                *SHEET[:6],
                [Raw('<c r="{ref}" t="inlineStr"><is><r><t>R</t></r><r><t>6</t></r></is></c>'), *SHEET[6][1:]],
            ]
        }
    ),
    "excel that lies about its size": lambda: in_sheets({"Answers": SHEET}, dimension="A1:A1"),
}


def _utf16(reader: str) -> Fielding:
    return text(str, reader, "utf-16", encoding="utf-16")


def _tabs(reader: str) -> Fielding:
    good = WRITERS[reader]()
    rows = list(csv.reader(io.StringIO(good.content.decode(), newline="")))
    return good.but(fieldings.text_of(rows, "\t"), export={"separator": "tab"})


def _with_comment(words: str) -> Fielding:
    good = fieldings.csv_export()
    quoted = words if words.startswith('"') else f'"{words}"'
    return good.with_words("None", quoted)


def _spss_without_labels() -> Fielding:
    variables = [fieldings.Variable(v.name, v.width, missing=v.missing) for v in fieldings.spss_variables()]
    content = fieldings.sav(variables, [fieldings.spss_row(p) for p in PEOPLE])
    return fieldings.spss().but(content)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return through(fieldings.csv_export(), tmp_path_factory.mktemp("first"), {"leadership": LEADERSHIP})


def test_thirty_good_exports_and_more() -> None:
    assert len(GOOD) >= 40
    assert {name.split()[0] for name in GOOD} >= {*readers.READ} - {"fixed_width"}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_export_passes_without_alarm(name: str, first: Outcome, tmp_path: Path) -> None:
    outcome = through(GOOD[name](), tmp_path, {"leadership": LEADERSHIP})
    assert outcome.refused == {}
    assert outcome.ingested.remarks == (
        ("the file has two header rows and no ImportId",) if "two headers" in name else ()
    )
    assert outcome.flow == {"received": 6, "no response id": 0, "no consent": 1, "exported twice": 0, "kept": 5}
    assert outcome.ingested.responses["response"].tolist() == IDS
    assert_frame_equal(outcome.harmonised.wide, first.harmonised.wide)
    assert_frame_equal(outcome.harmonised.long, first.harmonised.long)
    assert_frame_equal(outcome.scores, first.scores)
    if not name.startswith("csv with a") and "scripts" not in name:
        said = [None if pd.isna(c) else c for c in outcome.ingested.responses["comment"]]
        assert said == ["None", "NA", "n/a", "TRUE", None, "null"]


def test_free_text_is_kept_to_the_letter(tmp_path: Path) -> None:
    words = {
        "csv with letters of several scripts": "Ünïcode, 中文 and ελληνικά",
        "csv with an answer on two lines": 'Said "no",\nthen yes',
        "csv with an answer that is a formula": "=1+1",
    }
    for name, said in words.items():
        assert through(GOOD[name](), tmp_path).ingested.responses["comment"][0] == said


def test_every_question_is_in_every_format() -> None:
    for name, made in WRITERS.items():
        assert set(made().columns) == set(COLUMNS), name
    assert set(WORDINGS) < set(COLUMNS)
