"""What a text means as an answer: known, or refused with a reason; never guessed."""

from __future__ import annotations

import pytest
from stemcareers.config.meaning import (
    AMBIGUOUS,
    DATE,
    DECLARED_MISSING,
    NOT_A_DATE,
    NOT_A_NUMBER,
    OUT_OF_BOUNDS,
    OUTSIDE,
    SPELT,
    understand,
)
from stemcareers.config.vocabulary import AnswerSet

AGREE = AnswerSet(
    kind="ordered", codes={1: "Disagree", 2: "Neither nor", 3: "Agree"}, missing={8: "dont_know", 9: "not_asked"}
)
CLASS = AnswerSet(kind="ordered", codes={1: "1-5", 2: "6-10", 3: "More"})
HOURS = AnswerSet(kind="number", low=0, high=60, unit="hours", missing={99: "dont_know"})
SHARE = AnswerSet(kind="number", low=-1, high=1, unit="share")
WORDS = AnswerSet(kind="text")
CODES_AND_LABELS = AnswerSet(kind="ordered", codes={1: "0", 2: "1", 3: "Two or more"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        (" 3 ", 3),
        ("3.0", 3),
        ("Agree", 3),
        ("Neither  nor ", 2),
        ("Neither\u00a0nor", 2),
        ("8", 8),
        ("", None),
        ("  ", None),
    ],
)
def test_codes_labels_and_blanks(text: str, value: int | None) -> None:
    assert understand(AGREE)(text) == (value, "")


@pytest.mark.parametrize(
    "text",
    ["Agree.", "Agre", "4", "99", "-99", "01", "1.5", "+1", "1e0", "TRUE", "None", "NA", "#N/A"],
)
def test_anything_else_is_outside(text: str) -> None:
    assert understand(AGREE)(text) == (None, OUTSIDE)


@pytest.mark.parametrize("text", ["agree", "AGREE", "\uff11", "Agree\u200b", "Ag\u00adree"])
def test_another_spelling_is_refused_and_called_so(text: str) -> None:
    assert understand(AGREE)(text) == (None, SPELT)


@pytest.mark.parametrize(
    ("label", "text"), [("Don't know", "Don\u2019t know"), ("A - B", "A \u2013 B"), ("caf\u00e9", "cafe\u0301")]
)
def test_apostrophes_dashes_and_accents_are_spelling(label: str, text: str) -> None:
    answers = AnswerSet(kind="nominal", codes={1: label, 2: "No"})
    assert understand(answers)(text) == (None, SPELT)
    respelt = understand(answers, {text: 1})
    assert [respelt(given) for given in (text, label, "1")] == [(1, ""), (1, ""), (None, OUTSIDE)]
    assert understand(answers, {text: 1, "yes": 1})(label) == (None, SPELT)


@pytest.mark.parametrize(
    "text",
    ["1-5", "MAR1", "3/4", "05-Jan", "1-May", "01.05.2025", "2025-03-04", "2025-03-04 00:00:00", "Mar-25", "4/3/2025"],
)
def test_what_a_spreadsheet_made_a_date_is_called_so(text: str) -> None:
    assert understand(AGREE)(text) == (None, DATE)


def test_a_label_that_looks_like_a_date_is_a_label() -> None:
    assert [understand(CLASS)(t) for t in ("1-5", "6-10", "05-Jan")] == [(1, ""), (2, ""), (None, DATE)]


def test_a_text_that_is_one_answers_code_and_anothers_label_is_refused() -> None:
    one = understand(CODES_AND_LABELS)
    assert [one(t) for t in ("0", "1", "2", "Two or more")] == [(1, ""), (None, AMBIGUOUS), (2, ""), (3, "")]
    said = understand(CODES_AND_LABELS, {"0": 1, "1": 2, "Two or more": 3})
    assert [said(t)[0] for t in ("0", "1", "Two or more")] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0.0), ("60", 60.0), ("7.25", 7.25), (".5", 0.5), ("007", 7.0), ("99", 99.0), ("", None)]
)
def test_numbers(text: str, value: float | None) -> None:
    assert understand(HOURS)(text) == (value, "")


@pytest.mark.parametrize(
    "text",
    [
        "1,5",
        "1,000",
        "1 000",
        "1\u00a0000",
        "50%",
        "\u22125",
        "5.",
        "1e1",
        "\uff15",
        "about 5",
        "5 hours",
        "1-5",
        "nan",
        "inf",
        "0x10",
        "1_0",
        "TRUE",
        "#REF!",
        "None",
    ],
)
def test_no_number_is_guessed(text: str) -> None:
    assert understand(HOURS)(text) == (None, NOT_A_NUMBER)


@pytest.mark.parametrize("text", ["-1", "60.01", "100", "-99", "1" * 400])
def test_bounds(text: str) -> None:
    assert understand(HOURS)(text) == (None, OUT_OF_BOUNDS)


def test_negative_numbers() -> None:
    assert understand(SHARE)("-0.5") == (-0.5, "")


def test_text_is_kept_as_it_stands() -> None:
    assert [understand(WORDS)(t)[0] for t in ("None", " a  b ", " ")] == ["None", "a  b", None]


# --- codes of a wave --------------------------------------------------------------------------------------


def test_codes_that_renumber_leave_no_other_code_valid() -> None:
    turned = understand(AGREE, {1: 3, 2: 2, 3: 1})
    assert [turned(t) for t in ("1", "2", "3", "8", "4")] == [(3, ""), (2, ""), (1, ""), (8, ""), (None, OUTSIDE)]
    assert turned("Agree") == (None, OUTSIDE)  # 'Agree' is said by 1 in this wave


def test_codes_of_a_five_point_scale_on_three() -> None:
    narrowed = understand(AGREE, {1: 1, 3: 2, 5: 3})
    assert [narrowed(t)[0] for t in ("1", "2", "3", "4", "5")] == [1, None, 2, None, 3]


def test_codes_that_add_leave_the_others_as_they_are() -> None:
    added = understand(AGREE, {"Don't know": 8, 99: 8})
    assert [added(t)[0] for t in ("Don't  know", "99", "1", "Agree", "8")] == [8, 8, 1, 3, 8]
    assert added("98") == (None, OUTSIDE)


def test_codes_of_numbers() -> None:
    one = understand(HOURS, {"None": 0, "-99": 99})
    assert [one(t) for t in ("None", "-99", "12", "-98")] == [(0.0, ""), (99.0, ""), (12.0, ""), (None, OUT_OF_BOUNDS)]


def test_others_not_asked() -> None:
    one = understand(AGREE, {"826": 1, "827": 2}, not_asked=9)
    assert [one(t) for t in ("826", "827", "8", "", "040", "1")] == [
        (1, ""),
        (2, ""),
        (8, ""),
        (None, ""),
        (9, ""),
        (9, ""),
    ]
    without_codes = understand(AGREE, not_asked=9)
    assert [without_codes(t)[0] for t in ("1", "Agree", "77")] == [1, 3, 9]
    assert [understand(HOURS, not_asked=-5)(t)[0] for t in ("12", "x", "")] == [12.0, -5.0, None]


# --- what a file declares missing -------------------------------------------------------------------------


def test_a_code_the_file_declares_missing_must_be_known_as_missing() -> None:
    declared = {"3", "7", "8", "50", "99"}.__contains__
    one = understand(AGREE, is_declared_missing=declared)
    assert [one(t) for t in ("1", "3", "7", "8")] == [
        (1, ""),
        (None, DECLARED_MISSING),
        (None, DECLARED_MISSING),
        (8, ""),
    ]
    hours = understand(HOURS, is_declared_missing=declared)
    assert [hours(t) for t in ("12", "50", "99")] == [(12.0, ""), (None, DECLARED_MISSING), (99.0, "")]
    assert understand(AGREE, {7: 8}, is_declared_missing=declared)("7") == (8, "")
    assert understand(AGREE, {1: 1}, not_asked=9, is_declared_missing=declared)("7") == (None, DECLARED_MISSING)


DAY = AnswerSet(kind="date", format="%d/%m/%Y", earliest="2024-09-01", latest="2025-07-31")


@pytest.mark.parametrize(
    ("text", "value"),
    [("01/09/2024", "2024-09-01"), (" 3/4/2025 ", "2025-04-03"), ("29/02/2025", None), ("", None)],
)
def test_a_day_is_read_as_its_format_says(text: str, value: str | None) -> None:
    found, reason = understand(DAY)(text)
    assert found == value
    assert reason == ("" if value or not text else NOT_A_DATE)


@pytest.mark.parametrize("text", ["2025-04-03", "04/13/2025", "3/4/25", "April 2025", "45000", "03/04/2025 10:00"])
def test_a_day_written_otherwise_is_refused(text: str) -> None:
    assert understand(DAY)(text) == (None, NOT_A_DATE)


@pytest.mark.parametrize("text", ["31/08/2024", "01/08/2025", "01/01/1900"])
def test_a_day_outside_the_bounds_is_refused(text: str) -> None:
    assert understand(DAY)(text) == (None, OUT_OF_BOUNDS)


def test_the_time_of_day_is_dropped_and_declared_missing_days_are_refused() -> None:
    moment = AnswerSet(kind="date", format="%Y-%m-%d %H:%M:%S", earliest="2024-09-01", latest="2025-07-31")
    assert understand(moment)("2025-03-04 23:59:59") == ("2025-03-04", "")
    declared = understand(DAY, is_declared_missing=lambda text: text == "01/01/2025")
    assert declared("01/01/2025") == (None, DECLARED_MISSING)


MINUTES = AnswerSet(kind="number", low=0, high=600, unit="minutes", units={"min": 1, "minutes a week": 1, "Hours": 60})


@pytest.mark.parametrize(
    ("text", "value"),
    [("90", 90), ("90 min", 90), ("90min", 90), ("2 hours", 120), ("1.5 HOURS", 90), ("30 minutes  a week", 30)],
)
def test_a_number_with_a_declared_unit(text: str, value: float) -> None:
    assert understand(MINUTES)(text) == (value, "")


@pytest.mark.parametrize(
    "text", ["2 h", "2 days", "about 2 hours", "2 hours 30", "2-3", "-2 hours", "1,5 hours", "hours"]
)
def test_any_other_unit_or_word_is_refused(text: str) -> None:
    assert understand(MINUTES)(text) == (None, NOT_A_NUMBER)


def test_bounds_are_in_the_unit_of_the_answers() -> None:
    assert understand(MINUTES)("11 hours") == (None, OUT_OF_BOUNDS)


RANGES = AnswerSet(kind="number", low=0, high=600, unit="minutes", units={"hours": 60}, ranges="middle")


@pytest.mark.parametrize(
    ("text", "value"),
    [("5-10", 7.5), ("5 - 10", 7.5), ("5 to 10", 7.5), ("5\u201310", 7.5), ("1-2 hours", 90), ("7", 7)],
)
def test_the_middle_of_a_range_where_it_is_declared(text: str, value: float) -> None:
    assert understand(RANGES)(text) == (value, "")


@pytest.mark.parametrize("text", ["10-5", "5-5", "5-", "-5-10", "5-10-15", "5 or 10"])
def test_what_is_no_range_is_refused(text: str) -> None:
    assert understand(RANGES)(text) == (None, NOT_A_NUMBER)
