"""Excel workbooks: what stands in the cells comes as text, and what Excel did to answers is told or refused."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path

import openpyxl
import pytest
from reading import cells, export, refusal
from stemcareers import readers
from stemcareers.readers import excel
from written_xlsx import HEAD, MAIN, Formatted, Raw, xlsx

HEADER = ["id", "lead"]
DAY = "yyyy\\-mm\\-dd"
WHOLE = "is not a whole Excel file; fetch or export it again"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.xlsx"


def read(path: Path, *rows: list[object], **more: object) -> readers.Table:
    return readers.read(export("excel"), xlsx(path, {"Answers": [HEADER, *rows]}, **more))


def refused(path: Path, *rows: list[object], **more: object) -> str:
    return refusal(xlsx(path, {"Answers": [HEADER, *rows]}, **more), export("excel"))


# --- good workbooks ---------------------------------------------------------------------------------------


def test_a_workbook_of_another_program_is_read_alike(path: Path) -> None:
    book = openpyxl.Workbook()
    rows = [
        ["id", "lead", "share", "day", "at", "yes", "why", "code"],
        [1, 2.0, 0.1, datetime.date(2025, 3, 4), datetime.datetime(2025, 3, 4, 10, 20), True, "None", "0012"],
        [2, None, 1e-7, None, datetime.time(9, 30), False, " Zoë – “so” \n", "1.50"],
        [3, -5, 123456789012345, datetime.date(1900, 3, 1), None, None, "=1+1", "NA"],
    ]
    for row in rows:
        book.active.append(row)
    book.active["G4"].data_type = "s"  # text that begins with =
    book.save(path)
    table = readers.read(export("excel"), path)
    assert table.columns == tuple(rows[0])
    assert cells(table, "id") == ["1", "2", "3"]
    assert cells(table, "lead") == ["2", None, "-5"]
    assert cells(table, "share") == ["0.1", "0.0000001", "123456789012345"]
    assert cells(table, "day") == ["2025-03-04", None, "1900-03-01"]
    assert cells(table, "at") == ["2025-03-04T10:20:00", "09:30:00", None]
    assert cells(table, "yes") == ["TRUE", "FALSE", None]
    assert cells(table, "why") == ["None", "Zoë – “so”", "=1+1"]
    assert cells(table, "code") == ["0012", "1.50", "NA"]
    assert (table.header_rows, table.encoding) == (1, "utf-8")


def test_a_sheet_is_read_as_far_as_it_goes_whatever_it_says_of_its_size(path: Path) -> None:
    table = read(path, [1, "a"], [2, "b"], [3, "c"], dimension="A1:A2")
    assert (table.n, cells(table, "lead")) == (3, ["a", "b", "c"])


def test_blank_rows_and_columns_at_the_end_are_nothing(path: Path) -> None:
    table = read(path, [1, "a", None, " "], [2, None, None, ""], [None, "  "], [])
    assert (table.columns, table.n) == (("id", "lead"), 2)


def test_cells_without_names_follow_each_other(path: Path) -> None:
    row = [Raw('<c t="inlineStr"><is><t>7</t></is></c>'), Raw("<c><v>3</v></c>")]
    assert cells(read(path, row), "lead") == ["3"]


def test_rich_text_escaped_letters_and_readings_beside_words(path: Path) -> None:
    rich = Raw(
        '<c r="{ref}" t="inlineStr"><is><r><t>Head</t></r><r><t xml:space="preserve"> of year</t></r>'
        "<rPh><t>x</t></rPh></is></c>"
    )
    assert cells(read(path, [1, rich], [2, "a_x000A_b"]), "lead") == ["Head of year", "a\nb"]


def test_shared_text_and_text_of_strict_files(path: Path) -> None:
    shared = f'{HEAD}<sst xmlns="{MAIN}"><si><t>Yes</t></si><si><r><t>N</t></r><r><t>o</t></r></si></sst>'
    rows = [[1, Raw('<c r="{ref}" t="s"><v>1</v></c>')], [2, Raw('<c r="{ref}" t="d"><v>2025-03-04T00:00:00</v></c>')]]
    table = read(path, *rows, parts={"xl/sharedStrings.xml": shared})
    assert cells(table, "lead") == ["No", "2025-03-04"]


def test_titles_above_the_names_of_columns_are_told(path: Path) -> None:
    xlsx(path, {"Answers": [["Survey of 2025"], [], [*HEADER, "why"], [1, 2, "x"], [3, None, "y"]]})
    assert refusal(path, export("excel")) == (
        "sheet 'Answers': row 1 names 1 of 3 columns, and row 3 seems to name them all; put header_row: 3 under "
        "export in the wave file"
    )
    assert excel.header_row(path, None) == 3
    assert readers.read(export("excel", header_row=3), path).columns == ("id", "lead", "why")


def test_names_may_stand_below_other_lines(path: Path) -> None:
    rows = [["A title over the table"], [], HEADER, [1, 2]]
    xlsx(path, {"Answers": rows}, extra='<mergeCells><mergeCell ref="A1:B2"/></mergeCells>')
    table = readers.read(export("excel", header_row=3), path)
    assert (table.columns, table.n, table.header_rows) == (("id", "lead"), 1, 3)


def test_a_name_on_two_lines_is_one_name(path: Path) -> None:
    xlsx(path, {"Answers": [["id", "Who\n leads?"], [1, 2]]})
    assert readers.read(export("excel"), path).columns == ("id", "Who leads?")


def test_the_sheet_that_shows_is_read_and_hidden_ones_are_told(path: Path) -> None:
    sheets = {"Notes": [["x"]], "Answers": [HEADER, [1, 2]]}
    xlsx(path, sheets, states={"Notes": "veryHidden"})
    table = readers.read(export("excel"), path)
    assert table.columns == ("id", "lead")
    assert table.remarks == ("sheets that are hidden were not read: Notes",)
    table = readers.read(export("excel", sheet="Notes"), xlsx(path, {"Answers": [["a"]], "Notes": [["x"], [1]]}))
    assert table.columns == ("x",)


def test_hidden_rows_and_columns_are_read_and_told(path: Path) -> None:
    shown = '<autoFilter ref="A1:B4"><filterColumn colId="0"/></autoFilter>'
    hide = '<cols><col min="2" max="2" hidden="1"/></cols>'
    table = read(path, [1, 2], [2, 3], [3, 4], hidden_rows=[3, 4], extra=shown, before=hide)
    assert table.n == 3
    assert table.remarks == (
        "2 rows are hidden by a filter and were read like any other: 3, 4",
        "columns that are hidden were read like any other: lead",
    )


def test_dates_that_were_answers_come_as_dates_and_are_told(path: Path) -> None:
    table = read(path, [1, Formatted(45781, "d\\-mmm")], [2, Formatted(45720, DAY)], [3, "2-4"])
    assert cells(table, "lead") == ["2025-05-04", "2025-03-04", "2-4"]
    assert table.remarks == (
        "'lead' holds a date in 2 cells; Excel makes such of answers like 1-5 or 3/4, so in a question with fixed "
        "answers they are set aside",
    )


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (45720.5, "d/m/yy h:mm", "2025-03-04T12:00:00"),
        (0.75, "h:mm AM/PM", "18:00:00"),
        (1.25, "[h]:mm", "30:00:00"),
        (45720, "[$-809]dd mmmm yyyy;@", "2025-03-04"),
        (1, DAY, "1900-01-01"),
        (60, DAY, "1900-02-29"),
        (61, DAY, "1900-03-01"),
        (-1, DAY, "-1"),
        (1e9, DAY, "1000000000"),
        (7, "0000", "0007"),
        (0.5, "0%", "50%"),
        (0.07, "0.0%", "7%"),
        (0.125, "#,##0.00", "0.125"),
        (12, '0 "days"', "12"),
        (12, "[Red]General", "12"),
        (3, "[$£-809]#,##0.00;[Red]-[$£-809]#,##0.00", "3"),
        (1234.5, "0.00E+00", "1234.5"),
    ],
)
def test_number_formats(path: Path, value: float, form: str, text: str) -> None:
    assert cells(read(path, [1, Formatted(value, form)]), "lead") == [text]


def test_numbers_have_the_decimal_sign_of_text_beside_them(path: Path) -> None:
    xlsx(path, {"Answers": [HEADER, [1, 3.5], [2, "3,5"], [3, Formatted(0.125, "0.0%")]]})
    assert cells(readers.read(export("excel", decimal=","), path), "lead") == ["3,5", "3,5", "12,5%"]


def test_days_counted_from_1904_are_those_days_and_it_is_told(path: Path) -> None:
    table = read(path, [1, Formatted(44258, DAY)], [2, Formatted(0, DAY)], epoch_1904=True)
    assert cells(table, "lead") == ["2025-03-04", "1904-01-01"]
    assert table.remarks[0].startswith("'lead' holds a date in 2 cells, counted from 1904; Excel makes")


def test_lost_zeros_and_percentages_are_told(path: Path) -> None:
    table = read(path, ["0123", Formatted(0.5, "0%")], [123, 1], ["4567", 2])
    assert cells(table, "id") == ["0123", "123", "4567"]
    assert table.remarks == (
        "'lead' holds a percentage in 1 cell, read with its sign (50%); say number_signs: [percent] under export "
        "where the unit is per cent",
        "'id' has codes that begin with 0 beside 1 that are shorter; Excel takes leading zeros from numbers, so "
        "compare with the tool",
    )


def test_links_to_other_files_are_not_followed(path: Path) -> None:
    table = read(path, [1, 2], parts={"xl/externalLinks/externalLink1.xml": "<x/>"})
    assert table.remarks == ("the workbook refers to other files, which were not opened",)


# --- sheets that are refused ------------------------------------------------------------------------------


def test_of_several_sheets_one_is_named(path: Path) -> None:
    xlsx(path, {"Spring 2025": [HEADER, [1, 2]], "Key": [["a"], [1]]})
    assert refusal(path, export("excel")) == (
        "has 2 sheets that show (Spring 2025, Key); put the one with the answers under export.sheet in the wave file"
    )
    assert refusal(path, export("excel", sheet="Sprng 2025")) == (
        "has no sheet 'Sprng 2025' (export.sheet in the wave file); did you mean 'Spring 2025'?"
    )
    assert refusal(path, export("excel", sheet="2024")) == (
        "has no sheet '2024' (export.sheet in the wave file); it has Spring 2025, Key"
    )
    assert readers.read(export("excel", sheet="Spring 2025"), path).n == 1


def test_formulas_and_errors_are_named_by_cell(path: Path) -> None:
    formula = Raw('<c r="{ref}"><f>A1+1</f><v>2</v></c>')
    bare = Raw('<c r="{ref}"><f>A1+1</f></c>')
    reference = Raw('<c r="{ref}" t="e"><v>#REF!</v></c>')
    missing = Raw('<c r="{ref}" t="e"><v>#N/A</v></c>')
    assert refused(path, [1, formula], [2, bare], [3, reference], [missing, 1]) == (
        "sheet 'Answers': 2 cells (B2, B3) hold a formula, and what it comes to is not an answer anyone gave; put "
        "values in their place (in Excel: copy, paste special, values), or export again\n"
        "sheet 'Answers': 2 cells (B4, A5) hold an error of Excel (#N/A, #REF!); the answer is lost, so export again"
    )
    assert refused(path, [1, formula]).startswith("sheet 'Answers': 1 cell (B2) holds a formula")


def test_merged_cells_are_refused(path: Path) -> None:
    assert refused(path, [1, 2], [2, None], extra='<mergeCells><mergeCell ref="B2:B3"/></mergeCells>') == (
        "sheet 'Answers': cells are merged (B2:B3), which leaves all but one of them blank; take the cells apart in "
        "Excel, or export again"
    )


def test_columns_need_names_that_differ(path: Path) -> None:
    xlsx(path, {"Answers": [["id", None, "lead", " lead"], [1, "x", 2, 3], [2, "y", 2, 3]]})
    assert refusal(path, export("excel")) == (
        "sheet 'Answers': column B has no name in row 1, but holds 2 cells\n"
        "sheet 'Answers': 2 columns are called 'lead'; a name must stand once"
    )


def test_a_row_of_names_must_be_there(path: Path) -> None:
    xlsx(path, {"Answers": [[], HEADER, [1, 2]]})
    assert refusal(path, export("excel")) == (
        "sheet 'Answers': the first row names no columns; put the row that does under export.header_row"
    )
    assert refusal(path, export("excel", header_row=9)) == (
        "sheet 'Answers': header_row: 9 names no columns; put the row that does under export.header_row"
    )
    assert refusal(xlsx(path, {"Answers": [HEADER]}), export("excel")) == (
        "holds a header but no responses; export it again"
    )


def test_a_blank_row_between_others_is_refused(path: Path) -> None:
    assert refused(path, [1, 2], [], [None, " "], ["Source: the survey team"]) == (
        "sheet 'Answers': row 3 is blank and row 5 is not; delete blank rows, and what stands below the answers"
    )


def test_numbers_that_excel_cannot_keep_are_refused(path: Path) -> None:
    assert refused(path, [1234567890123456789, 2]) == (
        "sheet 'Answers': 1 cell (A2) holds a number of more than 15 digits, the last of which Excel has lost; export "
        "the column as text"
    )


def test_spoilt_letters_are_refused(path: Path) -> None:
    assert refused(path, [1, "donâ€™t know"]) == (
        "'lead' holds letters that were spoilt when UTF-8 was read as another encoding; the fault is in the file, so "
        "export it again as UTF-8"
    )


@pytest.mark.slow
def test_a_full_sheet_is_refused(path: Path) -> None:
    rows = [["a"], *([1] for _ in range(65_535))]
    assert refusal(xlsx(path, {"Answers": rows}), export("excel")).startswith(
        "holds exactly 65,536 rows (headers counted), the most that an old Excel sheet (.xls) can hold"
    )


# --- files that are refused -------------------------------------------------------------------------------


def test_what_is_no_workbook_is_refused(path: Path) -> None:
    for content, words in (
        (b"", "the file is empty (0 bytes); export it again"),
        (b"id,lead\n1,2\n", "is not an Excel file (.xlsx), whatever its name says; look into it with a text editor"),
        (b"PK\x03\x04 and no more", WHOLE),
    ):
        path.write_bytes(content)
        assert refusal(path, export("excel")) == words


def test_old_and_locked_files_are_refused(path: Path) -> None:
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    path.write_bytes(ole)
    assert refusal(path, export("excel")) == (
        "is an Excel file of before 2007 (.xls), which holds 65,536 rows at most; open it in Excel and save it as "
        "'Excel Workbook (.xlsx)', or export it again"
    )
    path.write_bytes(ole + "EncryptedPackage".encode("utf-16-le"))
    assert refusal(path, export("excel")) == (
        "is locked with a password; open it in Excel and save it as 'Excel Workbook (.xlsx)' without one"
    )


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (
            "xl/vbaProject.bin",
            "holds macros (.xlsm), and programs have no place among answers; open it in Excel and save it as 'Excel "
            "Workbook (.xlsx)'",
        ),
        (
            "xl/workbook.bin",
            "is a binary Excel file (.xlsb); open it in Excel and save it as 'Excel Workbook (.xlsx)'",
        ),
    ],
)
def test_other_kinds_of_workbook_are_refused(path: Path, part: str, words: str) -> None:
    assert refused(path, [1, 2], parts={part: b"x"}) == words


def test_a_part_that_stands_twice_is_refused(path: Path) -> None:
    xlsx(path, {"Answers": [HEADER, [1, 2]]})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    assert refusal(path, export("excel")) == "holds a part twice, which no program writes; export it again"


def test_a_part_locked_with_a_password_is_refused(path: Path) -> None:
    content = bytearray(xlsx(path, {"Answers": [HEADER, [1, 2]]}).read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    assert refusal(path, export("excel")) == (
        "is locked with a password; open it in Excel and save it as 'Excel Workbook (.xlsx)' without one"
    )


def test_another_archive_is_refused(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    assert refusal(path, export("excel")) == (
        "is a zip archive, but not an Excel file (.xlsx); unpack it, or open it in Excel and save it as 'Excel "
        "Workbook (.xlsx)'"
    )


def test_entities_and_document_types_are_refused(path: Path) -> None:
    words = (
        "holds a document type or entities in its XML, which no program writes into a workbook; it was not read: ask "
        "where the file comes from"
    )
    bomb = f'{HEAD}<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet xmlns="{MAIN}">&b;</worksheet>'
    outside = f'{HEAD}<!DOCTYPE x SYSTEM "file:///etc/passwd"><sst/>'
    assert refused(path, [1, 2], parts={"xl/worksheets/sheet1.xml": bomb}) == words
    assert refused(path, [1, 2], parts={"xl/sharedStrings.xml": outside}) == words
    assert refused(path, [1, 2], parts={"xl/workbook.xml": bomb}) == words


def test_a_bomb_is_not_unpacked(path: Path) -> None:
    bomb = b" " * 30_000_000
    assert refused(path, [1, 2], parts={"xl/media/image1.png": bomb}).endswith(
        "far more than answers do; it was not read: export it again as csv"
    )


def test_lost_parts_are_refused(path: Path) -> None:
    assert refused(path, [1, Raw('<c r="{ref}" t="s"><v>5</v></c>')]) == WHOLE
    assert refused(path, [1, Raw('<c r="{ref}"><v>five</v></c>')]) == WHOLE
    assert refused(path, [1, Raw('<c r="{ref}"><v>INF</v></c>')]) == WHOLE
    assert refused(path, [1, 2], parts={"xl/worksheets/sheet1.xml": "<worksheet><sheetData>"}) == WHOLE
    assert refused(path, [1, 2], parts={"xl/styles.xml": '<?xml version="1.0" encoding="x"?><styleSheet/>'}) == WHOLE
    xlsx(path, {"Answers": [HEADER]})
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(path.with_name("y.xlsx"), "w") as new:
        for name in old.namelist():
            if "sheet1" not in name:
                new.writestr(name, old.read(name))
    assert refusal(path.with_name("y.xlsx"), export("excel")) == "has lost its sheet 'Answers'"


def test_a_workbook_cut_anywhere_is_refused(path: Path) -> None:
    whole = xlsx(path, {"Answers": [HEADER, *([i, f"answer {i}"] for i in range(200))]}).read_bytes()
    for size in [*range(0, len(whole), 37), *range(len(whole) - 40, len(whole))]:
        path.write_bytes(whole[:size])
        assert refusal(path, export("excel")) in {
            WHOLE,
            "the file is empty (0 bytes); export it again",
            "is not an Excel file (.xlsx), whatever its name says; look into it with a text editor",
        }


def test_a_flipped_bit_is_refused(path: Path) -> None:
    whole = bytearray(xlsx(path, {"Answers": [HEADER, *([i, f"answer {i}"] for i in range(200))]}).read_bytes())
    start = whole.index(b"xl/worksheets/sheet1.xml") + 200
    whole[start] ^= 4
    path.write_bytes(whole)
    assert refusal(path, export("excel")) == WHOLE
