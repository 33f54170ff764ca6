"""Numbers are read as the wave file says they are written, and in no other way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import small_wave
from hypothesis import given
from hypothesis import strategies as st
from stemcareers import ingest
from stemcareers.config.meaning import NOT_A_NUMBER, understand
from stemcareers.config.numbers import PLAIN, Written
from stemcareers.config.vocabulary import AnswerSet

GERMAN, FRENCH, SWISS = Written(",", "."), Written(",", "space"), Written(".", "apostrophe")
SIGNS = Written(".", None, frozenset({"percent", "minus", "full_width"}))


@pytest.mark.parametrize(
    ("written", "text", "number"),
    [
        (PLAIN, "12.5", 12.5),
        (PLAIN, "-.5", -0.5),
        (PLAIN, "007", 7.0),
        *(
            (PLAIN, text, None)
            for text in ("12,5", "1,234", "1 234", "50%", "−5", "１２", "1E3", "5.", "", "+5", "½", "٣")
        ),
        (GERMAN, "12,5", 12.5),
        (GERMAN, "1.234", 1234.0),
        (GERMAN, "1.234.567,89", 1234567.89),
        (GERMAN, ",5", 0.5),
        *((GERMAN, text, None) for text in ("12.5", "1.23", "1234.567", "1,234.5", "1.2345", ".123", "1,2,3")),
        (FRENCH, "1 234,5", 1234.5),
        (FRENCH, "1\u00a0234", 1234.0),
        (FRENCH, "12\u202f345", 12345.0),
        *((FRENCH, text, None) for text in ("1.234", "12 34", "1  234", "1 234 56")),
        (SWISS, "1'234.5", 1234.5),
        (SWISS, "1’234", 1234.0),
        (SIGNS, "−5", -5.0),
        (SIGNS, "１２.5", 12.5),
        *((SIGNS, text, None) for text in ("50%", "5−", "−−5", "٣")),
    ],
)
def test_a_number_is_what_is_declared(written: Written, text: str, number: float | None) -> None:
    assert written.number(text) == number


@pytest.mark.parametrize(("unit", "number"), [("%", 50.0), ("per cent", 50.0), ("pupils", None), (None, None)])
def test_a_percent_sign_needs_its_unit(unit: str | None, number: float | None) -> None:
    assert SIGNS.number("50%", unit) == SIGNS.number("50 %", unit) == number
    assert PLAIN.number("50%", unit) is None


@given(st.integers(-(10**12), 10**12), st.sampled_from([",", "."]))
def test_grouped_numbers_come_back(value: int, thousands: str) -> None:
    text = f"{value:,}".replace(",", thousands)
    decimal = "." if thousands == "," else ","
    assert Written(decimal, thousands).number(text) == value


def test_an_answer_not_written_as_declared_is_refused() -> None:
    hours = AnswerSet(kind="number", low=0, high=60, unit="hours a week")
    assert understand(hours, written=GERMAN)("7,5") == (7.5, "")
    assert understand(hours, written=GERMAN)("7.5") == (None, NOT_A_NUMBER)
    assert understand(hours)("7,5") == (None, NOT_A_NUMBER)


def test_codes_of_categories_may_have_decimals_too() -> None:
    agree = small_wave.ANSWERS["agree5"]
    assert understand(agree, written=GERMAN)("4,00") == (4, "")
    assert understand(agree, written=GERMAN)("Agree") == (4, "")


def ingested(folder: Path, cells: dict[str, str], **export: Any) -> ingest.Ingested:
    columns = [*small_wave.COLUMNS, "w"]
    rows = [{**row, "w": "1.234,5"} for row in small_wave.rows({}, cells)]
    return small_wave.ingested(folder, rows, columns, export=export, design={"weight": "w"})


def test_a_csv_with_decimal_commas_from_answers_to_weights(tmp_path: Path) -> None:
    read = ingested(tmp_path, {"Q4": "7,5", "Q6": "7,5"}, decimal=",", thousands=".")
    assert list(read.responses["hours"]) == [12.0, 7.5]
    assert list(read.responses["comment"]) == ["Fine", "7,5"]
    assert list(read.responses["export_w"]) == ["1234.5", "1234.5"]
    assert len(read.quarantine) == 0


def test_without_a_declaration_they_are_quarantined(tmp_path: Path) -> None:
    read = ingested(tmp_path, {"Q4": "7,5"})
    assert read.quarantine[["column", "answer", "reason"]].values.tolist() == [["Q4", "7,5", NOT_A_NUMBER]]
    assert list(read.responses["export_w"]) == ["1.234,5", "1.234,5"]
