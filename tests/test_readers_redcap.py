"""REDCap exports, raw and labelled, with their data dictionary."""

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
from stemcareers.readers.redcap_dictionary import HEADINGS

SHA = "0" * 64
# name, form, section, type, label, choices, validation, identifier, branching logic, matrix
FIELDS = [
    ("record_id", "school", "", "text", "Record ID", "", "", "", "", ""),
    ("mail", "school", "", "text", "Your e-mail", "", "email", "y", "", ""),
    ("consent", "school", "", "yesno", "Do you agree?", "", "", "", "", ""),
    ("intro", "school", "", "descriptive", "<h1>Welcome</h1>", "", "", "", "", ""),
    (
        "lead",
        "school",
        "",
        "radio",
        "<b>Who</b> leads?",
        "1, Head, or deputy | 2, Nobody | -9, Don't know",
        "",
        "",
        "",
        "",
    ),
    ("why", "school", "", "checkbox", "Why?", "1, Time|2, Money |99,None of these", "", "", "[lead] = '2'", ""),
    ("hours", "work", "", "text", "Hours", "", "number", "", "", ""),
    ("day", "work", "", "text", "Day", "", "date_dmy", "", "", ""),
    ("m_1", "work", "How far do you agree?", "radio", "The head", "1, No | 2, Yes", "", "", "", "agree"),
    ("m_2", "work", "", "radio", "The staff", "1, No | 2, Yes", "", "", "", "agree"),
    ("total", "work", "", "calc", "Total", "[hours] * 2", "", "", "", ""),
    ("mood", "work", "", "slider", "Mood", "bad | so | good", "number", "", "", ""),
]
RAW = [
    *("record_id", "redcap_survey_identifier", "school_timestamp", "mail", "consent", "lead"),
    *(
        "why___1",
        "why___2",
        "why___99",
        "school_complete",
        "hours",
        "day",
        "m_1",
        "m_2",
        "total",
        "mood",
        "work_complete",
    ),
]
LABELS = [
    *("Record ID", "Survey Identifier", "Survey Timestamp", "Your e-mail", "Do you agree?", "Who leads?"),
    *("Why? (choice=Time)", "Why? (choice=Money)", "Why? (choice=None of these)", "Complete?", "Hours", "Day"),
    *("The head", "The staff", "Total", "Mood", "Complete?"),
]
ROWS = [
    ["1", "", "2025-03-03 10:00", "a@b", "1", "2", "1", "0", "0", "2", "7", "2025-03-03", "1", "2", "14", "50", "2"],
    ["2", "", "2025-03-04 10:00", "", "0", "-9", "0", "0", "0", "0", "", "", "", "", "", "", "0"],
]
IN_WORDS = [
    [
        *("1", "", "2025-03-03 10:00", "a@b", "Yes", "Nobody", "Checked", "Unchecked", "Unchecked", "Complete"),
        *("7", "2025-03-03", "No", "Yes", "14", "50", "Complete"),
    ],
    [
        *("2", "", "2025-03-04 10:00", "", "No", "Don't know", "Unchecked", "Unchecked", "Unchecked", "Incomplete"),
        *("", "", "", "", "", "", "Incomplete"),
    ],
]


def table_of(rows: list) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def dictionary(fields: list = FIELDS, api: bool = False) -> str:
    return table_of([[names[api] for names in HEADINGS.values()], *fields])


def read(folder: Path, rows: list | None = None, form: str | None = None, **more: Any) -> readers.Table:
    for name, content in (("x.csv", table_of(rows or [RAW, *ROWS])), ("form.csv", form or dictionary())):
        (folder / name).write_text(content, encoding="utf-8")
    content = {"file": "x.csv", "reader": "redcap", "sha256": SHA, "questionnaire": {"file": "form.csv", "sha256": SHA}}
    return readers.read(parse(Export, {**content, **more}, "export"), folder / "x.csv")


def refusal(folder: Path, rows: list | None = None, form: str | None = None) -> list[str]:
    with pytest.raises(Problem) as caught:
        read(folder, rows, form)
    return [Path(caught.value.where).name, *caught.value.wrong]


def cells(table: readers.Table, column: str) -> list[str | None]:
    return [None if pd.isna(v) else v for v in table.text(column)]


# --- good files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("api", [False, True])
def test_what_the_dictionary_says(tmp_path: Path, api: bool) -> None:
    table = read(tmp_path, form=dictionary(api=api))
    assert table.columns == tuple(RAW)
    assert table.wordings["lead"] == "Who leads?"
    assert table.wordings["why___99"] == "Why? - None of these"
    assert table.wordings["m_2"] == "How far do you agree? - The staff"
    assert table.labels["lead"] == {"1": "Head, or deputy", "2": "Nobody", "-9": "Don't know"}
    assert table.labels["consent"] == {"1": "Yes", "0": "No"}
    assert table.labels["work_complete"]["2"] == "Complete"
    assert table.choices == {"why": {"why___1": "Time", "why___2": "Money", "why___99": "None of these"}}
    assert table.asked_if == {f"why___{code}": "[lead] = '2'" for code in (1, 2, 99)}
    assert {kind: {n for n, k in table.kinds.items() if k == kind} for kind in set(table.kinds.values())} == {
        "calculated": {"total"},
        "date": {"day", "school_timestamp"},
        "id": {"record_id", "mail", "redcap_survey_identifier"},
        "multiple": {"why___1", "why___2", "why___99"},
        "number": {"hours", "mood"},
        "single": {"consent", "lead", "m_1", "m_2", "school_complete", "work_complete"},
    }
    assert table.remarks == ()


def test_boxes_left_open_are_blank(tmp_path: Path) -> None:
    for rows in ([RAW, *ROWS], [RAW, *IN_WORDS]):
        table = read(tmp_path, rows)
        assert [cells(table, f"why___{code}") for code in (1, 2, 99)] == [["1", None], [None, None], [None, None]]


@pytest.mark.parametrize("left_out", [(), ("mail", "Your e-mail"), ("redcap_survey_identifier", "Survey Identifier")])
def test_headings_that_are_labels_read_the_same(tmp_path: Path, left_out: tuple) -> None:
    keep = [n for n, name in enumerate(RAW) if name not in left_out]
    raw = read(tmp_path, [[row[n] for n in keep] for row in (RAW, *ROWS)])
    labelled = read(tmp_path, [[row[n] for n in keep] for row in (LABELS, *ROWS)])
    assert labelled.columns == raw.columns
    assert all(cells(labelled, c) == cells(raw, c) for c in raw.columns)


def test_codes_with_minus_and_letters_and_missing_data_codes(tmp_path: Path) -> None:
    fields = [FIELDS[0], ("why", "school", "", "checkbox", "Why?", "A, Time | -1, None", "", "", "", "")]
    rows = [["record_id", "why___a", "why____1", "why___unk", "school_complete"], ["1", "1", "0", "0", "2"]]
    table = read(tmp_path, rows, dictionary(fields))
    assert table.choices == {"why": {"why___a": "Time", "why____1": "None"}}
    assert table.remarks == ("'why___unk' is no choice of 'why'; a missing data code of the project?",)
    assert cells(table, "why___unk") == [None]


def test_fields_that_are_not_in_the_export_are_told(tmp_path: Path) -> None:
    rows = [row[:3] + row[4:] for row in (RAW, *ROWS)]
    assert read(tmp_path, rows).remarks == ("fields of the dictionary that are not in the export: mail",)


def test_events_are_rows_with_names(tmp_path: Path) -> None:
    rows = [["record_id", "redcap_event_name", *RAW[1:]], ["1", "y1", *ROWS[0][1:]], ["1", "y2", *ROWS[1][1:]]]
    table = read(tmp_path, rows)
    assert table.remarks == ("a record has several rows; name a response by [record_id, redcap_event_name]",)


def test_the_answers_of_an_export_go_all_the_way(tmp_path: Path) -> None:
    """Raw and labelled exports of the same answers give the same responses."""
    agree = " | ".join(f"{c}, {label}" for c, label in small_wave.ANSWERS["agree5"].codes.items())
    fields = [
        ("id", "f", "", "text", "Id", "", "", "", "", ""),
        ("urn", "f", "", "text", "URN", "", "", "", "", ""),
        ("consent", "f", "", "text", "Consent", "", "", "", "", ""),
        *((name, "f", "", "radio", name, agree, "", "", "", "") for name in ("q1", "q2")),
        ("q3", "f", "", "radio", "q3", "1, Yes | 2, No", "", "", "", ""),
        ("q5", "f", "", "checkbox", "Why?", "1, Time | 2, Money | 3, None", "", "", "", ""),
    ]
    header = ["id", "urn", "consent", "q1", "q2", "q3", "q5___1", "q5___2", "q5___3", "f_complete"]
    raw = [["A", "01", "Yes", "4", "5", "1", "1", "0", "0", "2"], ["B", "02", "Yes", "1", "", "2", "0", "0", "0", "0"]]
    boxes = [["Checked", *["Unchecked"] * 2], ["Unchecked"] * 3]
    words = [
        ["A", "01", "Yes", "Agree", "Strongly agree", "Yes", *boxes[0], "Complete"],
        ["B", "02", "Yes", "Strongly disagree", "", "No", *boxes[1], "Incomplete"],
    ]
    form = small_wave.instrument(
        questions={"q1": "lead_time", "q2": "lead_vision", "q3": "club"},
        ticks={"why": {"items": {"q5___1": "barrier_time", "q5___2": "barrier_money"}, "none": "q5___3"}},
        ignore=["f_complete"],
    )
    found = []
    for rows in (raw, words):
        path = tmp_path / "export.csv"
        checksum = small_wave.write(path, table_of([header, *rows]))
        sha256 = small_wave.write(tmp_path / "form.csv", dictionary(fields))
        beside = {"questionnaire": {"file": "form.csv", "sha256": sha256}}
        wave = small_wave.wave(checksum, reader="redcap", export=beside)
        read_in = ingest.responses(path, wave, form, small_wave.ITEMS, small_wave.ANSWERS, "2025")
        assert len(read_in.quarantine) == 0
        found.append(read_in.responses)
    pd.testing.assert_frame_equal(*found)
    assert [list(found[0][item].fillna(-1)) for item in ("barrier_time", "barrier_money")] == [[1, -1], [0, -1]]


# --- bad files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        (
            [["id", *RAW[1:]], *ROWS],
            ["is not an export of the project that form.csv describes: its first column must be 'record_id'"],
        ),
        (
            [[*RAW[:-2], "moood", RAW[-1]], *ROWS],
            ["'moood' is not in the data dictionary form.csv; did you mean 'mood'?"],
        ),
        ([[*RAW[:-2], "", RAW[-1]], *ROWS], ["a column has no name"]),
        ([[*RAW[:-2], "total", RAW[-1]], *ROWS], ["2 columns are called 'total'; a name must stand once"]),
        (
            [["record_id", "redcap_repeat_instrument", *RAW[2:]], ROWS[0], ["1", "work", *ROWS[1][2:]]],
            [
                "1 of 2 rows are repetitions of a form (work), so a row is not a response; export the repeated forms "
                "apart from the others"
            ],
        ),
        (
            [RAW, ROWS[0][:-1]],
            [
                "1 row (line 2) is shorter than the header (17 cells); the file is damaged or a separator is not "
                "quoted: export it again"
            ],
        ),
        ([RAW], ["holds a header but no responses; export it again"]),
        (
            [["record_id", *(f"new_{n}" for n in range(12))], ["1"] * 13],
            [
                *(f"'new_{n}' is not in the data dictionary form.csv" for n in range(10)),
                "2 more columns are not in it; is it the dictionary of this export?",
            ],
        ),
    ],
)
def test_exports_that_do_not_go_with_their_dictionary(tmp_path: Path, rows: list, wrong: list[str]) -> None:
    assert refusal(tmp_path, rows) == ["x.csv", *wrong]


def test_two_fields_with_one_label_need_raw_headings(tmp_path: Path) -> None:
    fields = [*FIELDS[:7], (*FIELDS[7][:4], "Hours", *FIELDS[7][5:]), *FIELDS[8:]]
    header = [label for label in LABELS if label != "Day"]
    rows = [header, *([*row[:11], *row[12:]] for row in ROWS)]
    assert refusal(tmp_path, rows, dictionary(fields)) == [
        "x.csv",
        "'Hours' is the label of 2 fields; export it again with raw headers",
    ]


@pytest.mark.parametrize(
    ("position", "change", "wrong"),
    [
        (4, {5: "1, Head | Nobody"}, "field 5, 'lead': has a choice that is not written 'code, label'"),
        (4, {5: "1, Head | 1, Nobody"}, "field 5, 'lead': has two choices with the code 1"),
        (4, {5: ""}, "field 5, 'lead': has no choices"),
        (4, {3: "radoi"}, "field 5, 'lead': has the type 'radoi', which is not known; did you mean 'radio'?"),
        (
            4,
            {0: "Lead"},
            "field 5, 'Lead': is not a name of REDCap: small letters, digits and '_', a letter first",
        ),
        (4, {0: "mail"}, "field 5, 'mail': stands twice; a field has one line"),
    ],
)
def test_dictionaries_that_cannot_be_followed(tmp_path: Path, position: int, change: dict, wrong: str) -> None:
    field = [change.get(n, cell) for n, cell in enumerate(FIELDS[position])]
    fields = [*FIELDS[:position], field, *FIELDS[position + 1 :]]
    assert refusal(tmp_path, form=dictionary(fields)) == ["form.csv", wrong]


def test_another_csv_is_no_dictionary(tmp_path: Path) -> None:
    assert refusal(tmp_path, form=table_of([["field_name", "form_name"], ["a", "b"]])) == [
        "form.csv",
        "is not a data dictionary of REDCap: has no column 'Field Type', 'Field Label', 'Choices, Calculations, OR "
        "Slider Labels'",
    ]
    with pytest.raises(Problem) as caught:
        parse(Export, {"file": "x.csv", "reader": "redcap", "sha256": SHA}, "export")
    assert caught.value.wrong == (
        "questionnaire: is missing; reader 'redcap' needs the data dictionary of its project (csv)",
    )
