"""Exports are read to the letter, and nothing broken passes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest
import small_wave
from stemcareers import readers
from stemcareers.config.entry import parse
from stemcareers.config.wave import Export
from stemcareers.errors import Problem

SHA = "0" * 64


def export(reader: str = "csv", **more: object) -> Export:
    return parse(Export, {"file": "x.csv", "reader": reader, "sha256": SHA, **more}, "export")


def read(folder: Path, content: str | bytes, reader: str = "csv", **more: object) -> readers.Table:
    path = folder / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return readers.read(export(reader, **more), path)


def refusal(folder: Path, content: str | bytes, reader: str = "csv", **more: object) -> str:
    """The text of the Problem, without the place."""
    with pytest.raises(Problem) as caught:
        read(folder, content, reader, **more)
    assert caught.value.where == (folder / "x.csv").as_posix()
    return "\n".join(caught.value.wrong)


def cells(table: readers.Table, column: str) -> list[str | None]:
    return [None if pd.isna(v) else v for v in table.text(column)]


# --- checksums --------------------------------------------------------------------------------------------


def test_a_wrong_checksum_says_what_was_expected_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a\n1\n")
    found = hashlib.sha256(b"a\n1\n").hexdigest()
    readers.verify(path, found)
    with pytest.raises(Problem) as caught:
        readers.verify(path, SHA)
    assert str(caught.value) == (
        f"{path.as_posix()}: 1 problem\n"
        "  is not the file that the wave file describes, so nothing was read:\n"
        f"    expected sha256 {SHA}\n"
        f"    found    sha256 {found}\n"
        "  bring the right file back ('make fetch' does where it can); if this one is right, put its checksum under "
        "export.sha256"
    )


@pytest.mark.parametrize("call", [lambda path: readers.verify(path, SHA), lambda path: readers.read(export(), path)])
def test_a_missing_export_is_a_problem(tmp_path: Path, call) -> None:
    with pytest.raises(Problem, match="the export is missing; put it there, or run 'make fetch'"):
        call(tmp_path / "x.csv")


# --- text stays text --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["None", "NA", "null", "n/a", "NaN", "-", "0012", "1E10", "9007199254740993", "TRUE", "1.50", "1-5", "MAR1", "3/4"],
)
def test_what_looks_like_something_else_stays_text(tmp_path: Path, text: str) -> None:
    assert cells(read(tmp_path, f"id,a\n1,{text}\n"), "a") == [text]


def test_a_blank_cell_is_missing_and_blanks_around_a_text_go(tmp_path: Path) -> None:
    assert cells(read(tmp_path, 'a,b\n1,\n2,"  "\n3, Head \n'), "b") == [None, None, "Head"]


def test_quoted_commas_quotation_marks_and_line_breaks(tmp_path: Path) -> None:
    table = read(tmp_path, 'a,b\r\n1,"x, ""y""\nz"\r\n2,c\r\n')
    assert (table.n, cells(table, "b")) == (2, ['x, "y"\nz', "c"])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_break(tmp_path: Path, end: str) -> None:
    assert cells(read(tmp_path, f"a,b{end}1,2{end}3,4{end}"), "b") == ["2", "4"]


# --- encodings --------------------------------------------------------------------------------------------


def test_a_byte_order_mark_is_not_part_of_the_first_name(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeffa,b\n1,é\n".encode()).columns == ("a", "b")


def test_a_declared_encoding_is_used(tmp_path: Path) -> None:
    assert cells(read(tmp_path, "a,b\n1,é – €\n".encode("cp1252"), encoding="cp1252"), "b") == ["é – €"]
    assert cells(read(tmp_path, "a,b\n1,é\n".encode("utf-16"), encoding="utf-16"), "b") == ["é"]


def test_cp1252_read_as_utf8_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a,b\n1,é\n".encode("cp1252")) == (
        "is not utf-8: byte 7 cannot be read; find out how the file was saved and put it under export.encoding in "
        "the wave file (Excel: often cp1252)"
    )


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_utf8_read_as_something_else_is_refused(tmp_path: Path, encoding: str) -> None:
    assert refusal(tmp_path, "a,b\n1,élan\n".encode(), encoding=encoding) == (
        f"is UTF-8 and not {encoding}; put 'utf-8' under export.encoding in the wave file"
    )


@pytest.mark.parametrize("word", ["élan", "don’t", "“quoted”", "£5", "naïve", "über"])
@pytest.mark.parametrize("wrong", ["cp1252", "latin-1"])
def test_text_spoilt_before_the_export_is_refused(tmp_path: Path, word: str, wrong: str) -> None:
    # Five bytes are nothing in cp1252; programs let them through as control characters.
    spoilt = "".join(bytes([b]).decode(wrong, errors="ignore") or chr(b) for b in word.encode())
    assert refusal(tmp_path, f"a,b\n1,x\n2,{spoilt}\n") == (
        "line 3 holds letters that were spoilt when UTF-8 was read as another encoding; the fault is in the file, so "
        "export it again as UTF-8"
    )


@pytest.mark.parametrize("word", ["São João", "MAÇÃ", "Âge", "â", "€5", "Ångström", "IRMÃO", "naïve – “so”"])
def test_whole_words_with_those_letters_pass(tmp_path: Path, word: str) -> None:
    assert cells(read(tmp_path, f"a,b\n1,{word}\n"), "b") == [word]


def test_utf16_declared_as_utf8_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a,b\n1,2\n".encode("utf-16-le")) == (
        "line 1 holds a zero byte, which no text does; is the encoding utf-16? Then put it under export.encoding in "
        "the wave file"
    )


# --- broken files -----------------------------------------------------------------------------------------


def test_empty_files(tmp_path: Path) -> None:
    assert refusal(tmp_path, b"") == "the file is empty (0 bytes); export it again"
    assert refusal(tmp_path, b"", "spss") == "the file is empty (0 bytes); export it again"
    assert refusal(tmp_path, "a,b\n") == "holds a header but no responses; export it again"


def test_fewer_rows_than_stated(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a,b\n1,2\n", at_least=1500) == (
        "holds 1 rows, fewer than export.at_least (1,500) in the wave file; is the export complete?"
    )


def test_column_names_must_be_there_and_differ(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a,b,a,, b\n1,2,3,4,5\n") == (
        "column 4 has no name\n"
        "2 columns are called 'a'; a name must stand once\n"
        "2 columns are called 'b'; a name must stand once"
    )


def test_short_and_long_rows_are_named_by_line(tmp_path: Path) -> None:
    assert refusal(tmp_path, 'a,b\n1,"x\ny"\n2\n3,4,5\n4,5\n5,6,7\n') == (
        "1 row (line 4) is shorter than the header (2 cells); the file is damaged or a separator is not quoted: "
        "export it again\n"
        "2 rows (line 5, 7) are longer than the header (2 cells); the file is damaged or a separator is not quoted: "
        "export it again"
    )


def test_of_many_broken_rows_ten_are_named(tmp_path: Path) -> None:
    wrong = refusal(tmp_path, "a,b\n" + "1\n" * 30)
    assert wrong.startswith(
        "30 rows (line 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ...) are shorter than the header (2 cells); the file"
    )


def test_an_empty_line_is_a_short_row(tmp_path: Path) -> None:
    assert "1 row (line 3) is shorter than the header (2 cells)" in refusal(tmp_path, "a,b\n1,2\n\n3,4\n")


def test_a_last_row_without_line_break_may_be_cut(tmp_path: Path) -> None:
    wrong = "the last row does not end with a line break, so it may be cut off; export the file again"
    assert refusal(tmp_path, "a,b\n1,2") == wrong
    assert refusal(tmp_path, "a,b\r\n1,2\r") == wrong


def test_quotation_marks_must_close(tmp_path: Path) -> None:
    assert refusal(tmp_path, 'a,b\n1,2\n3,"x\n') == (
        "line 3: a quoted cell has no end, so the file may be cut off; export it again"
    )
    assert refusal(tmp_path, 'a,b\n1,"x"y\n') == (
        "line 2: a quotation mark stands where none may; export the file again"
    )
    assert refusal(tmp_path, 'a,b\n1,"' + "x" * 140_000 + '"\n') == (
        "line 2: a cell is longer than 131,072 letters; is a quotation mark missing?"
    )


@pytest.mark.parametrize(("separator", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "pipe")])
def test_other_separators_are_named_and_declared(tmp_path: Path, separator: str, word: str) -> None:
    content = f'a{separator}b\n1{separator}"x{separator}, y"\n'
    assert refusal(tmp_path, content) == (
        f"the columns are separated by {separator!r}, not by ','; put '{word}' under export.separator in the wave file"
    )
    for declared in (separator, word):
        assert cells(read(tmp_path, content, separator=declared), "b") == [f"x{separator}, y"]


def test_commas_where_something_else_is_declared(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a,b\n1,2\n", separator="tab") == (
        "the columns are separated by ',', not by '\\t'; put 'comma' under export.separator in the wave file"
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_above_the_header_are_left_out(tmp_path: Path, end: str) -> None:
    content = end.join(["Survey of schools", 'printed "2025', "a,b", "1,2", "3", ""])
    assert refusal(tmp_path, content, header_row=3) == (
        "1 row (line 5) is shorter than the header (2 cells); the file is damaged or a separator is not quoted: export "
        "it again"
    )
    table = read(tmp_path, content.replace(f"3{end}", f"3,4{end}"), header_row=3)
    assert (table.columns, table.n, table.header_rows) == (("a", "b"), 2, 3)


def test_a_header_beyond_the_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a,b\n1,2\n", header_row=3) == (
        "has 2 lines, so none is line 3, which export.header_row in the wave file says names the columns"
    )


def test_a_csv_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = small_wave.csv_text(
        small_wave.rows({}, {"Q6": 'Said "no",\nthen é'}, {"Q4": "7"}, {"Q6": ""}, {"Q1": "None"})
    ).encode()
    checksum = hashlib.sha256(whole).hexdigest()
    path, accepted, ends_a_record = tmp_path / "x.csv", [], []
    assert read(tmp_path, whole, at_least=5).n == 5
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        with pytest.raises(Problem, match="is not the file that the wave file describes"):
            readers.verify(path, checksum)
        with pytest.raises(Problem):
            readers.read(export(at_least=5), path)
        try:
            readers.read(export(), path)
        except Problem:
            continue
        accepted.append(size)
        ends_a_record.append(whole[size - 1 : size] == b"\n" and whole[size : size + 1] == b"R")
    # Without checksum and number of rows, a file cut right after a record is a shorter file and nothing else.
    assert len(accepted) == 4
    assert all(ends_a_record)


# --- row limits -------------------------------------------------------------------------------------------


def numbered(n: int) -> str:
    return "a\n" + "1\n" * n


@pytest.mark.parametrize("limit", [256, 16_384, 65_536])
def test_a_file_that_ends_at_a_row_limit_is_refused(tmp_path: Path, limit: int) -> None:
    holder = readers.ROW_LIMITS[limit]
    assert refusal(tmp_path, numbered(limit)) == (
        f"holds exactly {limit:,} rows, the most that {holder} can hold: rows after them may be lost; if none are, "
        f"say so in the wave file with export.at_least: {limit}"
    )
    assert refusal(tmp_path, numbered(limit - 1)) == (
        f"holds exactly {limit:,} rows (headers counted), the most that {holder} can hold: rows after them may be "
        f"lost; if none are, say so in the wave file with export.at_least: {limit - 1}"
    )
    assert read(tmp_path, numbered(limit - 2)).n == limit - 2
    assert read(tmp_path, numbered(limit + 1)).n == limit + 1
    assert read(tmp_path, numbered(limit), at_least=limit).n == limit
    assert read(tmp_path, numbered(limit - 1), at_least=limit - 1).n == limit - 1


@pytest.mark.slow
def test_a_full_sheet_of_excel_is_refused(tmp_path: Path) -> None:
    assert "exactly 1,048,576 rows, the most that an Excel sheet (.xlsx)" in refusal(tmp_path, numbered(1_048_576))


# --- Qualtrics --------------------------------------------------------------------------------------------

ID = '"{""ImportId"":""QID1""}","{""ImportId"":""QID2_TEXT"",""timeZone"":""UTC""}"'


def test_qualtrics_headers_are_set_aside_and_the_wording_is_known(tmp_path: Path) -> None:
    table = read(tmp_path, f'Q1,Q2\n"Which barriers? -\n Time",Why?\n{ID}\n1,a\n2,b\n', "qualtrics")
    assert (table.n, table.header_rows, cells(table, "Q1")) == (2, 3, ["1", "2"])
    assert table.wordings == {"Q1": "Which barriers? - Time", "Q2": "Why?"}


def test_previews_stay_rows_of_the_export(tmp_path: Path) -> None:
    table = read(tmp_path, f"Status,Q2\nStatus,Why?\n{ID}\nSurvey Preview,a\nIP Address,b\n", "qualtrics")
    assert cells(table, "Status") == ["Survey Preview", "IP Address"]


@pytest.mark.parametrize(
    "content",
    [
        "Q1,Q2\nOne,Two\n1,a\n2,b\n",
        "Q1,Q2\nOne,Two\n",
        'Q1,Q2\nOne,Two\n"{""ImportId"":""QID1""}",b\n1,2\n',
        'Q1,Q2\nOne,Two\n"{""ImportId"":""QID1""","{""ImportId"":1}"\n1,2\n',
    ],
)
def test_a_file_without_import_ids_is_no_qualtrics_export(tmp_path: Path, content: str) -> None:
    assert refusal(tmp_path, content, "qualtrics") == (
        "is not a Qualtrics csv export: the third row must hold an ImportId for every column; export it again from "
        "Qualtrics as csv, or put 'csv' under export.reader in the wave file"
    )


def test_a_qualtrics_export_is_not_read_as_plain_csv(tmp_path: Path) -> None:
    assert refusal(tmp_path, f"Q1,Q2\nOne,Two\n{ID}\n1,a\n") == (
        "has the three header rows of a Qualtrics export; put 'qualtrics' under export.reader in the wave file"
    )


def test_qualtrics_headers_without_responses(tmp_path: Path) -> None:
    wrong = "holds a header but no responses; export it again"
    assert refusal(tmp_path, f"Q1,Q2\nOne,Two\n{ID}\n", "qualtrics") == wrong


# --- SPSS -------------------------------------------------------------------------------------------------


def sav(path: Path, frame: pd.DataFrame, **more: object) -> Path:
    import pyreadstat

    pyreadstat.write_sav(frame, path, **more)
    return path


def test_spss_numbers_become_plain_text_and_declared_missing_codes_stay(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": [1.0, 20.0, 300.0, 4.0],
            "lead": [1.0, 9.0, 2.0, None],
            "share": [0.1, 1e-7, -2.5, 1e6],
            "town": ["Aÿ", " York ", "", "-9"],
        }
    )
    path = sav(
        tmp_path / "x.sav",
        frame,
        missing_ranges={"lead": [{"lo": 7, "hi": 9}], "town": ["-9"]},
        variable_value_labels={"lead": {1: "Yes", 2: "No", 9: "Refused"}},
        column_labels={"lead": "Who leads?"},
    )
    table = readers.read(export("spss"), path)
    assert cells(table, "id") == ["1", "20", "300", "4"]
    assert cells(table, "lead") == ["1", "9", "2", None]
    assert cells(table, "share") == ["0.1", "0.0000001", "-2.5", "1000000"]
    assert cells(table, "town") == ["Aÿ", "York", None, "-9"]
    assert table.labels["lead"] == {"1": "Yes", "2": "No", "9": "Refused"}
    assert table.wordings["lead"] == "Who leads?"
    assert [table.is_declared_missing("lead", code) for code in ("9", "7.5", "2", "")] == [True, True, False, False]
    assert table.is_declared_missing("town", "-9")
    assert not table.is_declared_missing("town", "York")


def test_spss_days_are_written_year_month_day(tmp_path: Path) -> None:
    frame = pd.DataFrame({"day": pd.to_datetime(["2025-03-04 10:20:00", None])})
    table = readers.read(export("spss"), sav(tmp_path / "x.sav", frame))
    assert cells(table, "day") == ["2025-03-04T10:20:00", None]


def test_spss_numbers_too_large_to_tell_apart_are_refused(tmp_path: Path) -> None:
    table = readers.read(export("spss"), sav(tmp_path / "x.sav", pd.DataFrame({"id": [2.0**53 + 2]})))
    with pytest.raises(Problem, match="'id' holds numbers over 9,007,199,254,740,992, which SPSS cannot keep apart"):
        table.text("id")


def test_a_cut_spss_file_is_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [1.0, 2.0, 9.0] * 20, "b": ["x", "yy", "zzz"] * 20})
    for compressed in (False, True):
        path = sav(tmp_path / "whole.sav", frame, row_compress=compressed)
        whole = path.read_bytes()
        cut = tmp_path / "x.sav"
        for size in [*range(0, len(whole), 17), *range(len(whole) - 40, len(whole))]:
            cut.write_bytes(whole[:size])
            with pytest.raises(Problem, match="is not a whole SPSS file|is empty"):
                readers.read(export("spss"), cut)


def test_spoilt_letters_in_an_spss_file_are_refused(tmp_path: Path) -> None:
    path = sav(
        tmp_path / "x.sav",
        pd.DataFrame({"a": [1.0], "town": ["ZÃ¼rich"]}),
        variable_value_labels={"a": {1: "donâ€™t know"}},
    )
    with pytest.raises(Problem) as caught:
        readers.read(export("spss"), path)
    tail = (
        "letters that were spoilt when UTF-8 was read as another encoding; the fault is in the file, so export it "
        "again as UTF-8"
    )
    assert caught.value.wrong == (f"the labels hold {tail}", f"'town' holds {tail}")


def test_a_text_file_is_not_an_spss_file(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a,b\n1,2\n", "spss").startswith("is not a whole SPSS file (")


def test_the_real_school_file_of_pisa(pisa_school_file: Path) -> None:
    table = readers.read(export("spss", at_least=14_000), pisa_school_file)
    assert (table.n, len(table.columns)) == (14_365, 198)
    assert cells(table, "SCHOOLID")[:3] == ["1", "2", "3"]
    assert set(table.distinct("SC02Q01")[1]) == {"1", "2", "7", "8", "9"}
    assert table.is_declared_missing("SC02Q01", "9")
    # 996 is "not applicable" in one question and an enrolment in another.
    assert table.is_declared_missing("SC05Q01", "996")
    assert not table.is_declared_missing("SC01Q01", "996")
    assert "996" in table.distinct("SC01Q01")[1]
    assert table.labels["SC02Q01"]["1"] == "Public"
