"""Stata files: extended missing values, labels, days, encodings, and files that are not whole."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from reading import cells, export, refusal
from stemcareers import readers

RELEASES = (114, 117, 118, 119)
BY_PYREADSTAT = {
    113: 8,
    114: 10,
    115: 12,
    117: 13,
    118: 14,
    119: 15,
}  # release: the version of Stata to name


def by_pandas(folder: Path, frame: pd.DataFrame, release: int = 118, **more: object) -> Path:
    path = folder / "x.dta"
    frame.to_stata(path, version=release, write_index=False, **more)
    return path


def by_pyreadstat(folder: Path, frame: pd.DataFrame, **more: object) -> Path:
    path = folder / "x.dta"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pyreadstat against pandas 3
        pyreadstat.write_dta(frame, str(path), **more)
    return path


# --- good files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", RELEASES)
def test_every_release_gives_the_same_table(tmp_path: Path, release: int) -> None:
    frame = pd.DataFrame(
        {"id": pd.Series([1, 2, 3], dtype="int32"), "lead": [1.0, np.nan, 2.0], "why": ["NA", "", "x"]}
    )
    path = by_pandas(
        tmp_path, frame, release, value_labels={"lead": {1: "Yes"}}, variable_labels={"lead": "Who  leads?"}
    )
    table = readers.read(export("stata"), path)
    assert [cells(table, column) for column in table.columns] == [
        ["1", "2", "3"],
        ["1", None, "2"],
        ["NA", None, "x"],
    ]
    assert table.labels == {"lead": {"1": "Yes"}}
    assert table.wordings == {"lead": "Who leads?"}
    assert table.kinds == {"lead": "single", "why": "text"}
    assert table.header_rows == 0


@pytest.mark.parametrize("release", BY_PYREADSTAT)
def test_every_release_that_another_program_writes(tmp_path: Path, release: int) -> None:
    frame = pd.DataFrame({"id": [1.0, 2.0], "why": ["x", "NA"]})
    path = by_pyreadstat(tmp_path, frame, version=BY_PYREADSTAT[release], variable_value_labels={"id": {1: "One"}})
    start = path.read_bytes()[:31]
    assert start[0] == release or start.endswith(str(release).encode())
    table = readers.read(export("stata"), path)
    assert (cells(table, "id"), cells(table, "why")) == (["1", "2"], ["x", "NA"])
    assert table.labels == {"id": {"1": "One"}}


def test_extended_missing_values_keep_their_letter_and_are_declared_missing(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, "a", None, "z"], "b": ["a", "", "z", "b"]})
    labels = {"a": {1: "One", "a": "Refused"}}
    path = by_pyreadstat(tmp_path, frame, missing_user_values={"a": ["a", "z"]}, variable_value_labels=labels)
    table = readers.read(export("stata"), path)
    assert cells(table, "a") == ["1", ".a", None, ".z"]
    assert cells(table, "b") == ["a", None, "z", "b"]
    assert [table.is_declared_missing("a", text) for text in ("1", ".a", ".z", ".b")] == [False, True, True, False]
    assert not table.is_declared_missing("b", "a")
    assert table.labels == {"a": {"1": "One", ".a": "Refused"}}


def test_numbers_have_the_digits_of_their_type(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "lesser": np.array([0.1, 2.5, 16_777_216], dtype="float32"),
            "greater": [0.1, 1e-7, 9_007_199_254_740_992],
            "small": np.array([1, 2, 100], dtype="int8"),
        }
    )
    table = readers.read(export("stata"), by_pandas(tmp_path, frame))
    assert cells(table, "lesser") == ["0.1", "2.5", "16777216"]
    assert cells(table, "greater") == ["0.1", "0.0000001", "9007199254740992"]
    assert cells(table, "small") == ["1", "2", "100"]


def test_long_text_and_names_in_any_letters(tmp_path: Path) -> None:
    frame = pd.DataFrame({"größe": ["é" * 3000, "y"], "b": ["x" * 2000, ""]})
    table = readers.read(export("stata"), by_pandas(tmp_path, frame, 118, convert_strl=["größe"]))
    assert cells(table, "größe") == ["é" * 3000, "y"]
    assert cells(table, "b") == ["x" * 2000, None]


def test_days_and_moments_come_year_first(tmp_path: Path) -> None:
    days = pd.to_datetime(["2025-03-04 10:20:30", None, "1959-12-01 00:00:00"])
    frame = pd.DataFrame(dict.fromkeys(("tc", "td", "tw", "tm", "tq", "th"), days))
    table = readers.read(export("stata"), by_pandas(tmp_path, frame, convert_dates={c: c for c in frame.columns}))
    assert cells(table, "tc") == ["2025-03-04T10:20:30", None, "1959-12-01T00:00:00"]
    assert cells(table, "td") == ["2025-03-04", None, "1959-12-01"]
    assert cells(table, "tw") == ["2025w9", None, "1959w48"]
    assert cells(table, "tm") == ["2025-03", None, "1959-12"]
    assert cells(table, "tq") == ["2025q1", None, "1959q4"]
    assert cells(table, "th") == ["2025h1", None, "1959h2"]
    assert set(table.kinds.values()) == {"date"}


@pytest.mark.parametrize("release", [114, 117])
def test_old_text_is_read_as_the_wave_says(tmp_path: Path, release: int) -> None:
    path = by_pandas(tmp_path, pd.DataFrame({"town": ["Köln", "York"]}), release)
    table = readers.read(export("stata", encoding="latin-1"), path)
    assert (cells(table, "town"), table.encoding) == (["Köln", "York"], "latin-1")


# --- bad files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", [114, 117])
def test_old_text_whose_encoding_nobody_says_is_refused(tmp_path: Path, release: int) -> None:
    path = by_pandas(tmp_path, pd.DataFrame({"town": ["Köln", "York"]}), release)
    assert refusal(path, export("stata")) == (
        f"is of Stata release {release}, which does not say in which encoding its text is, and has letters beyond a to "
        "z; find out how it was saved and put it under export.encoding in the wave file (Windows: often cp1252)"
    )


def test_old_text_that_is_none_in_the_usual_encoding_is_refused_by_its_name(tmp_path: Path) -> None:
    path = by_pandas(tmp_path, pd.DataFrame({"town": ["K\x81ln", "York"]}), 117)
    assert refusal(path, export("stata")) == (
        "cannot be read as cp1252; put the file's encoding under export.encoding in the wave file"
    )


def test_new_text_is_utf8_whatever_the_wave_says(tmp_path: Path) -> None:
    path = by_pandas(tmp_path, pd.DataFrame({"town": ["Köln", "York"]}), 118)
    assert refusal(path, export("stata", encoding="cp1252")) == (
        "is of Stata release 118, whose text is UTF-8 and not cp1252; take 'encoding' out of export in the wave file"
    )


def test_letters_spoilt_before_are_refused(tmp_path: Path) -> None:
    path = by_pandas(tmp_path, pd.DataFrame({"town": ["ZÃ¼rich", "York"]}), 118)
    assert refusal(path, export("stata")) == (
        "'town' holds letters that were spoilt when UTF-8 was read as another encoding; the fault is in the file, so "
        "export it again as UTF-8"
    )


@pytest.mark.parametrize(("kind", "limit"), [("float", "16,777,216"), ("double", "9,007,199,254,740,992")])
def test_numbers_too_large_for_their_type_are_refused(tmp_path: Path, kind: str, limit: str) -> None:
    frame = pd.DataFrame({"id": np.array([2.0**60], dtype="float32" if kind == "float" else "float64")})
    assert refusal(by_pandas(tmp_path, frame), export("stata")) == (
        f"'id' holds numbers over {limit}, which its type ({kind}) cannot keep apart; export the column as text"
    )


def test_moments_with_leap_seconds_are_refused(tmp_path: Path) -> None:
    path = by_pandas(tmp_path, pd.DataFrame({"at": pd.to_datetime(["2025-03-04"])}))
    path.write_bytes(path.read_bytes().replace(b"%tc", b"%tC"))
    assert refusal(path, export("stata")) == (
        "'at' counts leap seconds (%tC); make it a %tc moment in Stata and export it again"
    )


def test_what_is_no_stata_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.dta"
    path.write_bytes(b"")
    assert refusal(path, export("stata")) == "the file is empty (0 bytes); export it again"
    path.write_bytes(b"id,lead\n1,2\n")
    assert refusal(path, export("stata")) == (
        "is not a Stata file (.dta), whatever its name says; look into it with a text editor"
    )
    path.write_bytes(b"<stata_dta><footer>" + b" " * 80)
    assert refusal(path, export("stata")) == (
        "is not a whole Stata file (its header is broken); fetch or export it again"
    )


@pytest.mark.parametrize("release", RELEASES)
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, release: int) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 9.5] * 30, "b": ["x", "yy", ""] * 30, "i": [1, 2, 1] * 30})
    path = by_pandas(tmp_path, frame, release, value_labels={"i": {1: "Yes", 2: "No"}})
    whole = path.read_bytes()
    assert readers.read(export("stata"), path).n == 90
    for size in [*range(0, len(whole), max(1, len(whole) // 100)), *range(len(whole) - 60, len(whole))]:
        path.write_bytes(whole[:size])
        assert refusal(path, export("stata")).startswith(
            ("is not a whole Stata file (", "the file is empty", "is not a Stata file")
        )
