"""KoboToolbox and ODK: the export and the form it was asked by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest
from reading import SHA, cells, export, refusal
from stemcareers import readers
from written_xlsx import Raw, xlsx

SURVEY = [
    ["type", "name", "label::English (en)", "label::Français (fr)", "relevant", "constraint", "calculation"],
    ["start", "start", None, None, None, None, None],
    ["note", "hello", "Welcome", "Bonjour", None, None, None],
    ["begin_group", "work", "Your work", "Votre travail", None, None, None],
    ["select_one role", "role", "What is your role?", "Quel est votre rôle ?", None, None, None],
    ["integer", "years", "For how many years?", "Depuis combien d'années ?", None, ". < 60", None],
    ["begin group", "more", "More", "Plus", "${years} > 1", None, None],
    ["select_multiple visit or_other", "visits", "Which visits?", "Quelles visites ?", "${role} = 'head'", None, None],
    ["end group", None, None, None, None, None, None],
    ["end_group", None, None, None, None, None, None],
    ["begin repeat", "pupil", "Pupil", "Élève", None, None, None],
    ["integer", "age", "Age", "Âge", None, None, None],
    ["end repeat", None, None, None, None, None, None],
    ["calculate", "score", None, None, None, None, "${years} * 2"],
    ["text", "why", "Why?", "Pourquoi ?", None, None, None],
]
CHOICES = [
    ["list_name", "name", "label::English (en)", "label::Français (fr)"],
    ["role", "head", "Head", "Direction"],
    ["role", 2, "Deputy head", "Adjoint"],
    ["visit", "firm", "A firm", "Une entreprise"],
    ["visit", "uni", "A university", "Une université"],
]
SETTINGS = [["form_title", "default_language"], ["Leaders", "English (en)"]]
FORM = {"questionnaire": {"file": "form.xlsx", "sha256": SHA}}
JOINED = ["firm uni", "other", None, "uni"]
BOXES = {"firm": ["1", "0", None, "0"], "uni": ["1", "0", None, "1"], "other": ["0", "1", None, "0"]}


def form(folder: Path, **sheets: Sequence[Sequence[object]]) -> Path:
    given = {"survey": SURVEY, "choices": CHOICES, "settings": SETTINGS} | sheets
    return xlsx(folder / "form.xlsx", {name: rows for name, rows in given.items() if rows})


def put(folder: Path, columns: Mapping[str, Sequence[str | None]], separator: str = ",") -> Path:
    if not (folder / "form.xlsx").exists():
        form(folder)
    rows = [list(columns), *([cell or "" for cell in row] for row in zip(*columns.values(), strict=True))]
    text = "".join(separator.join('"' + cell.replace('"', '""') + '"' for cell in row) + "\r\n" for row in rows)
    path = folder / "x.csv"
    path.write_bytes(("\ufeff" + text).encode())
    return path


def read(folder: Path, columns: Mapping[str, Sequence[str | None]], **more: object) -> readers.Table:
    return readers.read(export("xlsform", **FORM, **more), put(folder, columns))


def refused(folder: Path, columns: Mapping[str, Sequence[str | None]], **more: object) -> str:
    return refusal(put(folder, columns), export("xlsform", **FORM, **more))


def refused_form(folder: Path, **sheets: Sequence[Sequence[object]]) -> str:
    form(folder, **sheets)
    path = put(folder, {"work/role": ["head"]})
    with pytest.raises(readers.Problem) as caught:
        readers.read(export("xlsform", **FORM), path)
    assert caught.value.where == (folder / "form.xlsx").as_posix()
    return "\n".join(caught.value.wrong)


def kobo(**changed: Sequence[str | None]) -> dict[str, Sequence[str | None]]:
    """An export of KoboToolbox with groups in the headings and boxes beside the joined column."""
    return {
        "start": ["2025-03-04T10:20:00.000+00:00"] * 4,
        "work/role": ["head", "2", "head", None],
        "work/years": ["3", "1", None, "12"],
        "work/more/visits": JOINED,
        **{f"work/more/visits/{name}": cells for name, cells in BOXES.items()},
        "work/more/visits_other": [None, "A farm", None, None],
        "why": ["None", "=1+1", "n/a", None],
        "_id": ["7", "8", "9", "10"],
        "_uuid": ["a", "b", "c", "d"],
        "_submission_time": ["2025-03-04T10:30:00"] * 4,
        "_validation_status": ["Approved", "", "Not Approved", ""],
        "__version__": ["v1", "v1", "v2", "v2"],
        "_index": ["1", "2", "3", "4"],
        **changed,
    }


# --- good exports -----------------------------------------------------------------------------------------


def test_an_export_of_kobotoolbox(tmp_path: Path) -> None:
    table = read(tmp_path, kobo())
    assert table.columns == tuple(kobo())
    assert cells(table, "work/role") == ["head", "2", "head", None]
    assert cells(table, "why") == ["None", "=1+1", "n/a", None]
    assert {name: cells(table, f"work/more/visits/{name}") for name in BOXES} == BOXES
    assert table.wordings["work/role"] == "What is your role?"
    assert table.wordings["work/more/visits/firm"] == "Which visits? - A firm"
    assert table.labels == {"work/role": {"head": "Head", "2": "Deputy head"}}
    assert table.asked_if == dict.fromkeys(
        ["work/more/visits", *(f"work/more/visits/{name}" for name in BOXES)], "(${years} > 1) and (${role} = 'head')"
    )
    assert table.choices == {
        "work/more/visits": {
            "work/more/visits/firm": "A firm",
            "work/more/visits/uni": "A university",
            "work/more/visits/other": "Other",
        }
    }
    kinds = {
        "start": "date",
        "work/role": "single",
        "work/years": "number",
        "work/more/visits": "multiple",
        "why": "text",
    }
    assert {name: table.kinds[name] for name in kinds} == kinds
    assert (table.kinds["_id"], table.kinds["_submission_time"]) == ("id", "date")
    assert table.remarks == (
        "the repeat 'pupil' stands in a table of its own, not read here",
        "responses were given to 2 versions of the form (__version__)",
    )
    told = "1 response is marked as not approved (_validation_status); keep_if can leave such out"
    assert table.undecided == {("_validation_status",): told}


@pytest.mark.parametrize("groups", ["work/more/", "work-more-", "work.more.", ""])
def test_boxes_are_made_where_only_the_joined_column_is_there(tmp_path: Path, groups: str) -> None:
    table = read(tmp_path, {"KEY": list("abcd"), f"{groups}visits": JOINED})
    assert table.columns == ("KEY", f"{groups}visits", *(f"{groups}visits/{name}" for name in BOXES))
    assert {name: cells(table, f"{groups}visits/{name}") for name in BOXES} == BOXES
    assert cells(table, f"{groups}visits") == JOINED


def test_an_export_of_odk_central(tmp_path: Path) -> None:
    columns = {
        "SubmissionDate": ["2025-03-04T10:20:00Z"] * 4,
        "work-role": ["head", "2", "head", ""],
        "work-more-visits": JOINED,
        **{f"work-more-visits/{name}": cells for name, cells in BOXES.items()},
        "meta-instanceID": list("abcd"),
        "KEY": list("abcd"),
        "ReviewState": ["rejected", "approved", "", "rejected"],
    }
    table = read(tmp_path, columns)
    assert {name: cells(table, f"work-more-visits/{name}") for name in BOXES} == BOXES
    assert table.choices["work-more-visits"]["work-more-visits/firm"] == "A firm"
    told = "2 responses are marked as not approved (ReviewState); keep_if can leave such out"
    assert table.undecided == {("ReviewState",): told}


@pytest.mark.parametrize("language", [0, 1])
@pytest.mark.parametrize("groups", [True, False])
def test_labels_become_names(tmp_path: Path, language: int, groups: bool) -> None:
    words = (
        ("Your work/", "More/", "What is your role?", "Which visits?", "Head", "Deputy head", "A firm", "A university"),
        ("Votre travail/", "Plus/", "Quel est votre rôle ?", "Quelles visites ?", "Direction", "Adjoint")
        + ("Une entreprise", "Une université"),
    )[language]
    outer, inner = (words[0], words[1]) if groups else ("", "")
    columns = {
        f"{outer}{words[2]}": [words[4], words[5], words[4], None],
        f"{outer}{inner}{words[3]}": [f"{words[6]} {words[7]}", "Other", None, words[7]],
        "_id": list("1234"),
    }
    table = read(tmp_path, columns, answers="labels")
    prefix, inside = ("work/", "work/more/") if groups else ("", "")
    assert cells(table, f"{prefix}role") == ["head", "2", "head", None]
    assert {name: cells(table, f"{inside}visits/{name}") for name in BOXES} == BOXES


def test_a_choice_that_left_the_form_has_a_column_of_its_own(tmp_path: Path) -> None:
    table = read(tmp_path, {"visits": ["firm gone", "uni"]})
    assert table.columns == ("visits", "visits/firm", "visits/uni", "visits/other", "visits/gone")
    assert cells(table, "visits/gone") == ["1", "0"]


def test_boxes_written_as_words(tmp_path: Path) -> None:
    table = read(tmp_path, {"visits/firm": ["True", "FALSE", "", "n/a"]})
    assert cells(table, "visits/firm") == ["1", "0", None, "n/a"]


def test_a_workbook_with_a_sheet_for_the_repeat(tmp_path: Path) -> None:
    form(tmp_path)
    book = openpyxl.Workbook()
    book.active.title = "Leaders"
    for row in (["work/role", "work/years", "_id"], ["head", 3, 7], ["2", None, 8]):
        book.active.append(row)
    pupils = book.create_sheet("pupil")
    for row in (["age", "_parent_index"], [12, 1]):
        pupils.append(row)
    path = tmp_path / "x.xlsx"
    book.save(path)
    assert refusal(path, export("xlsform", "x.xlsx", **FORM)) == (
        "has 2 sheets that show (Leaders, pupil); put the one with the answers under export.sheet in the wave file"
    )
    table = readers.read(export("xlsform", "x.xlsx", sheet="Leaders", **FORM), path)
    assert (cells(table, "work/role"), cells(table, "work/years")) == (["head", "2"], ["3", None])
    assert refusal(path, export("xlsform", "x.xlsx", sheet="pupil", **FORM)) == (
        "is the table of a repeat: a row is a repetition, not a response; read the form's own file or sheet"
    )


def test_a_repeat_spread_over_columns_and_unknown_columns_are_told(tmp_path: Path) -> None:
    table = read(tmp_path, {"years": ["1"], "pupil[1]/age": ["12"], "pupil[2]/age": [""], "added": ["x"]})
    assert table.columns == ("years", "pupil[1]/age", "pupil[2]/age", "added")
    assert table.remarks == (
        "the repeat 'pupil' is spread over columns (pupil[1]/age, ...)",
        "columns that the form does not know: added",
    )


def test_older_ways_of_writing_a_form(tmp_path: Path) -> None:
    survey = [
        ["Type", "Name", "Label", "Relevance"],
        ["select one yes_no", "club", "A club?", None],
        ["select all that apply yes_no", "both", "Both?", "selected(${club}, 'yes')"],
    ]
    form(tmp_path, survey=survey, choices=[["list name", "name", "label"], ["yes_no", "yes", "Yes"]], settings=[])
    table = read(tmp_path, {"club": ["yes"], "both": ["yes"]})
    assert table.labels == {"club": {"yes": "Yes"}}
    assert table.asked_if["both"] == "selected(${club}, 'yes')"
    assert cells(table, "both/yes") == ["1"]


def test_a_choice_given_as_a_number(tmp_path: Path) -> None:
    assert read(tmp_path, {"role": ["2"]}).labels["role"]["2"] == "Deputy head"


# --- exports that are refused -----------------------------------------------------------------------------


def test_labels_announced_as_names_are_refused_and_the_other_way_round(tmp_path: Path) -> None:
    assert refused(tmp_path, {"role": ["Head", "Deputy head"]}) == (
        "the answers are labels of choices in role; put 'answers: labels' under export in the wave file"
    )
    assert refused(tmp_path, {"role": ["2", "2"]}, answers="labels") == (
        "the answers are names of choices in role; put 'answers: codes' under export in the wave file"
    )


def test_the_form_of_another_export_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, {"Q1": ["1"], "Q2": ["2"]}) == (
        "none of its columns is a question of the form; is that the form of this export?"
    )


def test_a_joined_column_that_contradicts_its_boxes_is_refused(tmp_path: Path) -> None:
    changed = {"work/more/visits/firm": ["0", "1", None, "0"]}
    assert refused(tmp_path, kobo(**changed)) == (
        "'work/more/visits' and the columns of its choices do not agree in 2 responses (number 1, 2); export again"
    )


def test_joined_labels_that_can_be_read_in_two_ways_are_refused(tmp_path: Path) -> None:
    choices = [*CHOICES[:3], ["visit", "a", "A", "A"], ["visit", "b", "B", "B"], ["visit", "ab", "A B", "A B"]]
    form(tmp_path, choices=choices)
    assert refused(tmp_path, {"Which visits?": ["A B", "A", "C"]}, answers="labels") == (
        "'visits': 2 cells are not made of the labels of its choices in one way only; export again with XML values"
    )


def test_choices_of_one_label_are_refused_where_labels_are_exported(tmp_path: Path) -> None:
    form(tmp_path, choices=[*CHOICES, ["role", "third", "Head", "Direction"]])
    assert refused(tmp_path, {"What is your role?": ["Head"]}, answers="labels") == (
        "'role': the choices head and third have the same label; export again with XML values"
    )


def test_headings_that_fit_two_questions_are_refused(tmp_path: Path) -> None:
    form(tmp_path, survey=[*SURVEY, ["text", "because", "Why?", "Pourquoi ?", None, None, None]])
    assert refused(tmp_path, {"Why?": ["x"]}, answers="labels") == (
        "'Why?' is the label of 2 questions; export again with XML values and headers"
    )


# --- forms that are refused -------------------------------------------------------------------------------


def test_what_is_no_form_is_refused(tmp_path: Path) -> None:
    assert refused_form(tmp_path, survey=[]) == "is not an XLSForm: it has no sheet 'survey'"
    assert (
        refused_form(tmp_path, survey=[["name"], ["x"]]) == "is not an XLSForm: the sheet 'survey' has no column 'type'"
    )


def test_groups_that_do_not_close_and_lists_that_are_not_there_are_named(tmp_path: Path) -> None:
    survey = [
        ["type", "name", "label"],
        ["end group", None, None],
        ["begin group", "work", "Work"],
        ["select_one rolle", "role", "Role"],
    ]
    assert refused_form(tmp_path, survey=survey) == (
        "survey, row 2: end group closes nothing that is open\n"
        "survey, row 4: the list 'rolle' is not in the sheet 'choices'; did you mean 'role'?\n"
        "survey, row 3: begin group 'work' has no end"
    )


def test_a_formula_in_a_form_is_refused(tmp_path: Path) -> None:
    formula = Raw('<c r="{ref}"><f>A1</f><v>x</v></c>')
    assert refused_form(tmp_path, survey=[*SURVEY, ["text", "z", formula]]) == (
        "sheet 'survey': C16 holds a formula or an error; put its value there"
    )


def test_a_form_must_be_named() -> None:
    with pytest.raises(readers.Problem) as caught:
        export("xlsform")
    assert caught.value.wrong == (
        "questionnaire: is missing; reader 'xlsform' needs the XLSForm (.xlsx) by which it was asked",
    )
