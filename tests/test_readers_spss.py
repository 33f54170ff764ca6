"""SPSS files: missing codes, labels, days, encodings, and files that are not whole."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from reading import cells, export, refusal
from stemcareers import readers
from written_sav import Variable, sav

AWAY = "find out how it was saved and put it under export.encoding in the wave file (SPSS on Windows: often cp1252)"
TOWN = [Variable("ID"), Variable("TOWN", 16, label="Größe")]
TOWNS = [(1, "Köln"), (2, "Gießen"), (3, "")]


def written(folder: Path, content: bytes) -> Path:
    path = folder / "x.sav"
    path.write_bytes(content)
    return path


def by_pyreadstat(folder: Path, frame: pd.DataFrame, name: str = "x.sav", **more: object) -> Path:
    path = folder / name
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyreadstat against pandas 3
        pyreadstat.write_sav(frame, str(path), **more)
    return path


# --- good files -------------------------------------------------------------------------------------------


def test_codes_declared_missing_stay_apart_from_blanks(tmp_path: Path) -> None:
    lead = Variable("LEAD", missing=(7, 9), labels={1: "Yes", 9: "Refused"})
    table = readers.read(export("spss"), written(tmp_path, sav([lead], [(1,), (None,), (9,), (4,)])))
    assert cells(table, "LEAD") == ["1", None, "9", "4"]
    assert [table.is_declared_missing("LEAD", code) for code in "1479"] == [False, False, True, True]
    # Labels may be given to some codes only; the others stand without.
    assert table.labels == {"LEAD": {"1": "Yes", "9": "Refused"}}
    assert table.kinds == {"LEAD": "single"}


def test_ranges_of_missing_codes_may_be_open_and_may_be_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, 96.0, 1e6], "s": ["x", "-9", ""]})
    path = by_pyreadstat(tmp_path, frame, missing_ranges={"a": [{"lo": 90, "hi": np.inf}], "s": ["-9", "-8"]})
    table = readers.read(export("spss"), path)
    assert [table.is_declared_missing("a", text) for text in ("89", "96", "1000000")] == [False, True, True]
    assert [table.is_declared_missing("s", text) for text in ("x", "-9", "-8", "-7")] == [False, True, True, False]


@pytest.mark.parametrize("name", ["x.sav", "x.zsav"])
def test_long_text_long_names_and_names_in_any_letters(tmp_path: Path, name: str) -> None:
    long, answer = "n" * 64, "é" * 900
    frame = pd.DataFrame({long: [1.0, 2.0], "größe_名": [answer, "y"], "a": ["", "NA"]})
    table = readers.read(export("spss"), by_pyreadstat(tmp_path, frame, name, compress=name.endswith("zsav")))
    assert table.columns == (long, "größe_名", "a")
    assert cells(table, "größe_名") == [answer, "y"]
    assert cells(table, "a") == [None, "NA"]
    assert (table.encoding, table.kinds["a"]) == ("UTF-8", "text")


def test_days_moments_and_times_come_year_first(tmp_path: Path) -> None:
    day, second = 86_400, 161_579  # days from 14 October 1582 to 4 March 2025
    columns = [
        Variable("D", form="DATE", missing=(0,)),
        Variable("M", form="DATETIME"),
        Variable("T", form="TIME"),
        Variable("L", form="MOYR"),
    ]
    rows = [(day * second, day * second + 37_200, 26.5 * 3600, day * second), (0, None, -90, None)]
    table = readers.read(export("spss"), written(tmp_path, sav(columns, rows)))
    assert cells(table, "D") == ["2025-03-04", "0"]
    assert cells(table, "M") == ["2025-03-04T10:20:00", None]
    assert cells(table, "T") == ["26:30:00", "-00:01:30"]
    assert cells(table, "L") == ["2025-03-04", None]
    assert table.is_declared_missing("D", "0")
    assert table.kinds == {"D": "date", "M": "date", "L": "date"}


def test_days_agree_with_those_of_another_program(tmp_path: Path) -> None:
    days = pd.to_datetime(["1582-10-15", "1900-02-28", "2000-02-29", "2024-12-31", "9999-12-31"])
    path = by_pyreadstat(tmp_path, pd.DataFrame({"d": days.astype("datetime64[s]").date}))
    assert cells(readers.read(export("spss"), path), "d") == [day.date().isoformat() for day in days]


@pytest.mark.parametrize("code", [1252, 65001])
def test_a_declared_encoding_is_used(tmp_path: Path, code: int) -> None:
    encoding = "cp1252" if code == 1252 else "utf-8"
    content = sav(TOWN, TOWNS, encoding=encoding, declared=None, character_code=code)
    table = readers.read(export("spss"), written(tmp_path, content))
    assert cells(table, "TOWN") == ["Köln", "Gießen", None]
    assert table.wordings == {"TOWN": "Größe"}


@pytest.mark.parametrize(("code", "encoding"), [(2, "cp850"), (3, "cp1252"), (None, "iso-8859-2")])
def test_an_old_file_is_read_as_the_wave_says(tmp_path: Path, code: int | None, encoding: str) -> None:
    content = sav(TOWN, TOWNS, encoding=encoding, declared=None, character_code=code)
    table = readers.read(export("spss", encoding=encoding), written(tmp_path, content))
    assert cells(table, "TOWN") == ["Köln", "Gießen", None]


def test_an_old_file_of_plain_letters_needs_no_encoding(tmp_path: Path) -> None:
    content = sav([Variable("TOWN", 8)], [("York",)], declared=None, character_code=2)
    assert cells(readers.read(export("spss"), written(tmp_path, content)), "TOWN") == ["York"]


def test_boxes_of_a_multiple_response_set_are_told(tmp_path: Path) -> None:
    boxes = [Variable("A", label="Talks"), Variable("B")]
    content = sav(boxes, [(1, 0)], sets="$met=D1 1 16 What did you do? a b\n")
    assert readers.read(export("spss"), written(tmp_path, content)).choices == {"met": {"A": "Talks", "B": "B"}}


# --- bad files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [2, 3])
def test_an_old_file_that_hides_its_encoding_is_refused(tmp_path: Path, code: int) -> None:
    content = sav(TOWN, TOWNS, encoding="cp850", declared=None, character_code=code)
    assert refusal(written(tmp_path, content), export("spss")) == (
        "does not say in which encoding its text is, and has letters beyond a to z; " + AWAY
    )


def test_text_that_is_not_in_the_declared_encoding_is_refused(tmp_path: Path) -> None:
    content = sav(TOWN, TOWNS, encoding="cp1252", declared="UTF-8", character_code=65001)
    assert refusal(written(tmp_path, content), export("spss")) == (
        "cannot be read as the encoding it declares; put the file's encoding under export.encoding in the wave file"
    )
    assert refusal(written(tmp_path, content), export("spss", encoding="ascii")) == (
        "cannot be read as ascii; put the file's encoding under export.encoding in the wave file"
    )


@pytest.mark.parametrize("name", ["TOWN", "GRÖSSE"])
def test_half_a_letter_at_the_end_of_a_text_is_told(tmp_path: Path, name: str) -> None:
    cut = sav([Variable("ID"), Variable(name, 8)], [(1, "Köln"), (2, "abcdefö"), (3, "ö")])
    assert readers.read(export("spss"), written(tmp_path, cut)).remarks == ()
    cut = cut.replace("abcdefö".encode(), b"abcdefg\xc3")
    table = readers.read(export("spss"), written(tmp_path, cut))
    assert table.remarks == (
        f"'{name}' has 1 text that ends within a letter, which is lost; was the column too narrow, or is the text not "
        "UTF-8?",
    )


def test_an_encoding_that_spoils_the_text_is_refused(tmp_path: Path) -> None:
    assert refusal(written(tmp_path, sav(TOWN, TOWNS)), export("spss", encoding="cp1252")) == (
        "its text is UTF-8 and not cp1252; take 'encoding' out of export in the wave file (the file says its own)"
    )


def test_a_header_that_counts_too_few_or_too_many_is_refused(tmp_path: Path) -> None:
    numbers = [Variable("A"), Variable("B")]
    assert refusal(written(tmp_path, sav(numbers, [(1, 2), (3, 4), (5, 6)], cases=2)), export("spss")) == (
        "counts 2 in its header, but has 16 bytes more; fetch or export it again"
    )
    assert refusal(written(tmp_path, sav(numbers, [(1, 2)], cases=2)), export("spss")) == (
        "is not a whole SPSS file (file did not contain the expected number of rows); fetch or export it again"
    )


def test_a_broken_dictionary_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    content = bytearray(sav([Variable("A", label="What?", labels={1: "Yes"})], [(1,)]))
    content[176 + 4] = 0xFF  # the width of the first variable
    content[176 + 5] = 0x7F
    assert refusal(written(tmp_path, bytes(content)), export("spss")) == (
        "is not a whole SPSS file (its dictionary is broken); fetch or export it again"
    )


def test_the_count_is_held_in_files_with_labels_too(tmp_path: Path) -> None:
    variables = [Variable("A", label="What?", missing=(9,), labels={1: "Yes", 2: "Not at all"}), Variable("T", 20)]
    rows = [(1, "x"), (2, "y")]
    assert readers.read(export("spss"), written(tmp_path, sav(variables, rows))).n == 2
    assert refusal(written(tmp_path, sav(variables, rows, cases=1)), export("spss")) == (
        "counts 1 in its header, but has 32 bytes more; fetch or export it again"
    )


def test_a_header_without_a_count_needs_one_from_the_wave(tmp_path: Path) -> None:
    path = written(tmp_path, sav([Variable("A")], [(1,), (2,)], cases=-1))
    assert refusal(path, export("spss")) == (
        "does not say how many cases it holds (2 were found), so it would not show if it were cut off; count them "
        "where it comes from, and put the number under export.at_least in the wave file"
    )
    assert readers.read(export("spss", at_least=2), path).n == 2


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    content = sav([Variable("A"), Variable("B")], [(1, 2)], long_names={"A": "lead", "B": "lead"})
    assert refusal(written(tmp_path, content), export("spss")) == (
        "several columns are called 'lead'; a name must stand once, so export it again"
    )


@pytest.mark.parametrize("compressed", ["no", "row", "zsav"])
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, compressed: str) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 9.5] * 30, "town": ["Köln", "y" * 300, ""] * 30})
    more = {"row_compress": compressed == "row", "compress": compressed == "zsav"}
    whole = by_pyreadstat(tmp_path, frame, **more).read_bytes()
    assert readers.read(export("spss"), written(tmp_path, whole)).n == 90
    sizes = [*range(0, len(whole), max(1, len(whole) // 25)), *range(len(whole) - 12, len(whole))]
    for size in sizes:
        words = refusal(written(tmp_path, whole[:size]), export("spss"))
        assert words.startswith(("is not a whole SPSS file (", "the file is empty", "counts 90 in its header"))


def test_whole_numbers_that_the_file_cannot_hold_are_refused(tmp_path: Path) -> None:
    table = readers.read(export("spss"), written(tmp_path, sav([Variable("ID")], [(2.0**53 + 2,)])))
    with pytest.raises(readers.Problem, match="'ID' holds numbers over 9,007,199,254,740,992"):
        table.text("ID")


# The C library ends the whole program at these: no message could be given any more.
@pytest.mark.parametrize(
    ("what", "old", "new"),
    [
        ("labels of variable 0", struct.pack("<iii", 4, 1, 2), struct.pack("<iii", 4, 1, 0)),
        ("labels of a variable beyond the last", struct.pack("<iii", 4, 1, 2), struct.pack("<iii", 4, 1, 9)),
        ("a number that is a text of 32 letters", struct.pack("<iii", 2, 0, 1), struct.pack("<iii", 2, 32, 1)),
        ("a number in a format of text", bytes([2, 8, 5, 0]), bytes([2, 8, 1, 0])),
        ("more cases than bytes", struct.pack("<ii", 0, 3), struct.pack("<ii", 0, 16_000_000)),
    ],
)
def test_a_dictionary_that_would_end_the_program_is_refused(tmp_path: Path, what: str, old: bytes, new: bytes) -> None:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "lead": [1.0, 2.0, 1.0]})
    labels = {"lead": {1.0: "Head", 2.0: "Deputy"}}
    path = by_pyreadstat(tmp_path, frame, column_labels=["", "Who?"], variable_value_labels=labels)
    content = path.read_bytes()
    assert old in content, what
    path.write_bytes(content.replace(old, new, 1))
    assert refusal(path, export("spss")) == (
        "is not a whole SPSS file (its dictionary is broken); fetch or export it again"
    )
