"""What leaves as csv opens in a spreadsheet as text and numbers, never as a formula."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from stemcareers import export

HOSTILE = [
    "=1+1",
    '=HYPERLINK("http://example.org","x")',
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\0=1",
    "＝1+1",
    "＠x",
    "-2",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    frame = pd.DataFrame({"label": pd.array([text], dtype="string"), "n": [1]})
    (_, (cell, n)) = csv.reader(io.StringIO(export.csv(frame).decode(), newline=""))
    assert cell == "'" + text.replace("\r", "\n") and n == "1"


@pytest.mark.parametrize("text", ["", "a=b", "Yes", "−0.21 (−0.30 to −0.12)", "0.21", 'He said "no", twice\nover'])
def test_other_text_comes_back_as_it_was(text: str) -> None:
    frame = pd.DataFrame({"label": pd.array([text], dtype="string"), "n": [1]})
    (_, (cell, _)) = csv.reader(io.StringIO(export.csv(frame).decode(), newline=""))
    assert cell == text


def test_no_row_can_be_slipped_in_by_a_carriage_return() -> None:
    frame = pd.DataFrame({"label": pd.array(["Yes\r=1\r\n=2"], dtype="string")})
    assert export.csv(frame) == b'label\n"Yes\n=1\n=2"\n'


def test_numbers_stay_numbers_and_nothing_stays_nothing() -> None:
    frame = pd.DataFrame(
        {
            "estimate": [-0.123456789123, float("nan")],
            "n": pd.array([188, None], dtype="Int64"),
            "synthetic": [True, False],
            "=label": pd.array([None, "x"], dtype="string"),
        }
    )
    assert export.csv(frame).decode() == "estimate,n,synthetic,'=label\n-0.123456789,188,true,\n,,false,x\n"


def test_categories_and_objects_are_text_too() -> None:
    frame = pd.DataFrame({"a": pd.Categorical(["=1"]), "b": pd.Series(["=2"], dtype="object")})
    assert export.csv(frame).decode() == "a,b\n'=1,'=2\n"
