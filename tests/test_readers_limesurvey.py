"""LimeSurvey: whatever the export was told to write, the answers are the same."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
import written_lss as written
from reading import SHA, cells, export, refusal
from stemcareers import readers

FORM = {"questionnaire": {"file": "form.lss", "sha256": SHA}}


def put(folder: Path, content: str, form: str | None = None, name: str = "x.csv") -> Path:
    (folder / "form.lss").write_text(written.lss() if form is None else form, encoding="utf-8")
    path = folder / name
    path.write_bytes(content.encode())
    return path


def read(folder: Path, content: str, form: str | None = None, **more: object) -> readers.Table:
    return readers.read(export("limesurvey", **{**FORM, **more}), put(folder, content, form))


def refused(folder: Path, content: str, form: str | None = None, **more: object) -> str:
    return refusal(put(folder, content, form), export("limesurvey", **{**FORM, **more}))


def table_of(table: readers.Table) -> dict[str, list[str | None]]:
    return {column: cells(table, column) for column in table.columns}


@pytest.fixture
def expected(tmp_path: Path) -> dict[str, list[str | None]]:
    return table_of(read(tmp_path, written.short()))


# --- good exports -----------------------------------------------------------------------------------------


def test_an_export_of_codes(expected: dict[str, list[str | None]]) -> None:
    assert list(expected) == list(written.COLUMNS)
    assert expected["role"] == ["A1", "-oth-", "A2", "A1", "A1"]
    assert expected["role[other]"] == [None, "Porter", None, None, None]
    assert expected["visits[SQ001]"] == ["1", None, None, None, None]
    assert expected["visits[SQ002]"] == [None, None, None, None, "1"]
    assert expected["agree[SQ001]"] == ["3", None, "2", "1", "1"]
    assert expected["years"] == ["3.5", "0.5", "12", None, "3"]
    assert expected["lab"] == ["Y", None, "N", None, "Y"]
    assert expected["sure[SQ001]"] == ["U", None, "Y", "N", "N"]
    assert expected["order[1]"] == ["T", None, "M", "T", "T"]
    assert expected["twice[SQ001][2]"] == ["2", None, "1", "2", "2"]
    assert expected["why"] == ['Said "no";\nthen é', "None", None, "N/A", "=1+1"]


@pytest.mark.parametrize("old", [False, True])
@pytest.mark.parametrize("language", ["en", "de"])
def test_codes_and_full_answers_give_the_same_table(
    tmp_path: Path, expected: dict[str, list[str | None]], old: bool, language: str
) -> None:
    form = written.lss(old)
    assert table_of(read(tmp_path, written.short(), form)) == expected
    assert table_of(read(tmp_path, written.short(), form, answers="codes")) == expected
    assert table_of(read(tmp_path, written.long(language=language), form, answers="labels")) == expected


def test_other_is_chosen_where_its_text_is_there(tmp_path: Path, expected: dict[str, list[str | None]]) -> None:
    assert table_of(read(tmp_path, written.short(keeps_other=False))) == expected


@pytest.mark.parametrize(("word", "sign"), [("comma", ","), ("semicolon", ";"), ("tab", "\t")])
def test_every_separator(tmp_path: Path, expected: dict[str, list[str | None]], word: str, sign: str) -> None:
    assert table_of(read(tmp_path, written.short(sign), separator=word)) == expected


HEADINGS = {
    "texts": written.TEXTS,
    "codes and texts": [f"{code}. {text}" for code, text in zip(written.COLUMNS, written.TEXTS, strict=True)],
    "expression codes": [
        "id",
        "submitdate",
        "startlanguage",
        "role",
        "role_other",
        "visits_SQ001",
        "visits_SQ002",
        "visits_other",
        "agree_SQ001",
        "agree_SQ002",
        "years",
        "lab",
        "sure_SQ001",
        "order_1",
        "order_2",
        "twice_SQ001_1",
        "twice_SQ001_2",
        "why",
    ],
}


@pytest.mark.parametrize("way", HEADINGS)
def test_every_kind_of_heading(tmp_path: Path, expected: dict[str, list[str | None]], way: str) -> None:
    assert table_of(read(tmp_path, written.short(headings=HEADINGS[way]))) == expected
    assert table_of(read(tmp_path, written.long(headings=HEADINGS[way]), answers="labels")) == expected


def test_boxes_written_as_numbers(tmp_path: Path, expected: dict[str, list[str | None]]) -> None:
    content = "id,visits[SQ001],visits[SQ002]\r\n1,1,2\r\n2,2,2\r\n3,,\r\n"
    table = read(tmp_path, content)
    assert [cells(table, c) for c in table.columns[1:]] == [["1", None, None], [None, None, None]]


def test_what_the_structure_says_is_told(tmp_path: Path) -> None:
    table = read(tmp_path, written.short())
    assert table.wordings["role"] == "What is your role?"
    assert table.wordings["visits[SQ001]"] == "Which visits were there? - To a firm, or two"
    assert table.labels["role"] == {"A1": "Head & owner", "A2": "Deputy", "-oth-": "Other"}
    assert table.labels["lab"] == {"Y": "Yes", "N": "No"}
    assert table.labels["twice[SQ001][2]"] == {"1": "Less", "2": "More"}
    assert "visits[SQ001]" not in table.labels
    assert table.asked_if == {
        **dict.fromkeys(("visits[SQ001]", "visits[SQ002]", "visits[other]"), 'role.NAOK == "A1"'),
        "lab": "years.NAOK > 2",
    }
    assert table.choices == {"visits": {"visits[SQ001]": "To a firm, or two", "visits[SQ002]": "To a university"}}
    assert table.kinds["visits[SQ001]"] == "multiple"
    assert [table.kinds[c] for c in ("id", "submitdate", "role", "role[other]", "years", "order[1]", "why")] == [
        "id",
        "date",
        "single",
        "text",
        "number",
        "single",
        "text",
    ]
    assert table.remarks == ("responses were given in 2 languages (startlanguage)",)
    assert list(table.undecided.values()) == [
        "1 of 5 responses have no submitdate: they were not completed; 'lastpage' says how far they came, for keep_if"
    ]


def test_columns_the_structure_does_not_know_stay_and_are_told(tmp_path: Path) -> None:
    table = read(tmp_path, "id,seed,years,added,groupTime12\r\n1,77,2,x,3.4\r\n")
    assert table.columns == ("id", "seed", "years", "added", "groupTime12")
    assert table.remarks == ("columns that the structure file does not know: added",)


def test_without_a_structure_cells_stay_as_they_are(tmp_path: Path) -> None:
    path = put(tmp_path, written.long(headings=HEADINGS["codes and texts"]))
    table = readers.read(export("limesurvey", answers="labels"), path)
    assert table.columns == tuple(written.COLUMNS)
    assert cells(table, "visits[SQ001]") == ["Yes", "N/A", "N/A", "No", "No"]
    assert table.wordings["role"] == "What is your role?"


def test_a_workbook_is_read_alike(tmp_path: Path, expected: dict[str, list[str | None]]) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(written.COLUMNS))
    for row in written.STORED:
        book.active.append([written._short(value, True) or None for value in row])
    book.active["R6"].data_type = "s"
    put(tmp_path, "")
    book.save(tmp_path / "x.xlsx")
    table = readers.read(export("limesurvey", "x.xlsx", **FORM), tmp_path / "x.xlsx")
    assert table_of(table) == expected


def test_labels_may_stand_with_their_codes_in_one_table(tmp_path: Path) -> None:
    form = written.lss().replace("<question_l10ns>", "<x>").replace("</question_l10ns>", "</x>")
    start, end = form.index("<answers>"), form.index("</answer_l10ns>") + len("</answer_l10ns>")
    row = "<row><qid>30</qid><code>1</code><answer>Disagree</answer><language>en</language></row>"
    form = f"{form[:start]}<answer_l10ns><rows>{row}</rows></answer_l10ns>{form[end:]}"
    table = read(tmp_path, "id,agree[SQ001]\r\n1,1\r\n", form)
    assert table.labels["agree[SQ001]"] == {"1": "Disagree"}


# --- exports that are refused -----------------------------------------------------------------------------


def test_full_answers_announced_as_codes_are_refused_and_the_other_way_round(tmp_path: Path) -> None:
    assert refused(tmp_path, written.long()) == (
        "the answers are full answers in role, visits[SQ001], visits[SQ002], agree[SQ001], agree[SQ002], lab, "
        "sure[SQ001], order[1], order[2], twice[SQ001][1], ...; put 'answers: labels' under export in the wave file"
    )
    assert refused(tmp_path, written.short(), answers="labels").startswith(
        "the answers are codes in role, visits[SQ001], visits[SQ002], agree[SQ001], agree[SQ002], lab, sure[SQ001], "
        "order[1], order[2], twice[SQ001][1], ...; put 'answers: codes' under export in the wave file"
    )


def test_the_structure_of_another_survey_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "Q1,Q2\r\n1,2\r\n") == (
        "none of its columns is a question of the structure file; is that the file of this survey?"
    )


def test_headings_that_fit_two_questions_or_none_are_refused(tmp_path: Path) -> None:
    twice = [*written.QUESTIONS, {"code": "because", "kind": "S", "text": "Why?"}]
    headings = [*written.TEXTS[:-2], "Who knows?", "Why?"]
    assert refused(tmp_path, written.short(headings=headings), written.lss(questions=twice)) == (
        "'Why?' is the heading of 2 questions; export again with question codes as headings\n"
        "'Who knows?' is the heading of no question of the structure file; export again with question codes as headings"
    )


def test_answers_of_the_same_words_are_refused_where_words_are_exported(tmp_path: Path) -> None:
    alike = [
        {**q, "answers": {"1": "Agree", "2": "Agree", "3": "No"}} if q["code"] == "agree" else q
        for q in written.QUESTIONS
    ]
    content = "id,agree[SQ001]\r\n1,Agree\r\n"
    assert refused(tmp_path, content, written.lss(questions=alike), answers="labels") == (
        "'agree[SQ001]': the answers 1 and 2 have the same words; export again with answer codes"
    )
    assert read(tmp_path, "id,agree[SQ001]\r\n1,2\r\n", written.lss(questions=alike)).n == 1


def test_an_empty_line_is_refused_but_at_the_end(tmp_path: Path) -> None:
    assert read(tmp_path, "id,years\r\n1,2\r\n\r\n").n == 1
    assert refused(tmp_path, "id,years\r\n1,2\r\n\r\n2,3\r\n") == (
        "1 row (line 3) is shorter than the header (2 cells); the file is damaged or a separator is not quoted: export "
        "it again"
    )


def test_an_export_cut_anywhere_is_refused_or_ends_with_a_response(tmp_path: Path) -> None:
    whole = written.short()
    passed = []
    for size in range(len(whole)):
        try:
            passed.append((size, read(tmp_path, whole[:size]).n))
        except readers.Problem:
            continue
    ends = [whole.index(f'\r\n"{number}","') + 2 for number in range(2, 6)] + [len(whole) - 2]
    assert passed == [(size, n) for n, size in enumerate(ends, start=1)]


# --- structure files that are refused ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("<document><LimeSurveyDocType>Survey", "is not a whole LimeSurvey structure file (.lss); export it again"),
        (
            '<?xml version="1.0" encoding="x"?><document/>',
            "is not a whole LimeSurvey structure file (.lss); export it again",
        ),
        (
            "<document><LimeSurveyDocType>Question</LimeSurveyDocType></document>",
            "is not the structure of a whole survey but of a LimeSurvey question; export the structure as .lss",
        ),
        ("<survey/>", "is not the structure of a whole survey but something else; export the structure as .lss"),
        (
            "<document><LimeSurveyDocType>Survey</LimeSurveyDocType></document>",
            "holds no survey with questions; export the structure (.lss) again",
        ),
        (
            "<document><LimeSurveyDocType>Survey</LimeSurveyDocType><surveys><rows><row/></rows></surveys><questions>"
            "<rows><row><qid>1</qid></row></rows></questions></document>",
            "has a question or answer without its 'title'; export the structure (.lss) again",
        ),
        ("PK\x03\x04", "is an archive (.lsa); unpack it, and name the .lss in it under export.questionnaire"),
        (
            '<!DOCTYPE x [<!ENTITY a "aaaa">]><document>&a;</document>',
            "holds a document type or entities, which LimeSurvey never writes; it was not read: ask where the file "
            "comes from",
        ),
    ],
)
def test_what_is_no_structure_is_refused(tmp_path: Path, form: str, words: str) -> None:
    path = put(tmp_path, written.short(), form)
    with pytest.raises(readers.Problem) as caught:
        readers.read(export("limesurvey", **FORM), path)
    assert caught.value.where == (tmp_path / "form.lss").as_posix()
    assert caught.value.wrong == (words,)


def test_a_missing_structure_is_named(tmp_path: Path) -> None:
    path = put(tmp_path, written.short())
    (tmp_path / "form.lss").unlink()
    with pytest.raises(readers.Problem, match="form.lss: 1 problem\n  the questionnaire file is missing"):
        readers.read(export("limesurvey", **FORM), path)


def test_options_of_the_other_kind_of_file_are_refused() -> None:
    with pytest.raises(readers.Problem) as caught:
        export("limesurvey", "x.xlsx", separator="tab", encoding="cp1252")
    assert caught.value.wrong == (
        "encoding: is no option of a workbook (x.xlsx)",
        "separator: is no option of a workbook (x.xlsx)",
    )
    with pytest.raises(readers.Problem, match="sheet: is no option of a text file \\(x.csv\\)"):
        export("limesurvey", sheet="Data")
