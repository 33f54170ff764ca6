"""What is done to an export: damage that every tool, mail program and spreadsheet does."""

from __future__ import annotations

import csv
import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
from stemcareers import files, readers
from written_sav import Variable, sav
from written_xlsx import Formatted, Raw

from bad_inputs import fieldings
from bad_inputs.cases import Case, came_of, exported
from bad_inputs.fieldings import COLUMNS, PEOPLE, WRITERS, Fielding, packed, spss_row, spss_variables, text_of

SEPARATED = ("csv", "jisc", "limesurvey", "qualtrics", "redcap", "surveymonkey", "xlsform")
TEXT = (*SEPARATED, "fixed_width")
WITH_TOOL_FILE = ("fixed_width", "limesurvey", "redcap", "xlsform")
SHEET = [list(COLUMNS), *(list(person) for person in PEOPLE)]
Change = Callable[[Fielding], Fielding]


def cases() -> Iterator[Case]:
    """Every case of a bad export."""
    for reader in WRITERS:
        for row, done, change in _of_any():
            yield exported(row, done, lambda r=reader, c=change: c(WRITERS[r]()), reader)
    for reader in TEXT:
        for row, done, change in (*_of_text(), *_more_text()):
            yield exported(row, done, lambda r=reader, c=change: c(WRITERS[r]()), reader)
    for reader in SEPARATED:
        for row, done, change in _of_cells():
            yield exported(row, done, lambda r=reader, c=change: c(WRITERS[r]()), reader)
    for reader in WITH_TOOL_FILE:
        yield exported(
            "I6", "its questionnaire file is empty", lambda r=reader: WRITERS[r]().but(tool_file=b""), reader
        )
        yield exported(
            "I18",
            "its questionnaire file is another",
            lambda r=reader: WRITERS[r]().but(tool_file=b"a,b\n1,2\n"),
            reader,
        )
    yield Case("S10", "csv", "the export is a link out of its folder", _linked)
    yield Case("S10", "csv", "the export is a folder", lambda folder: _in_its_place(folder, Path.mkdir))
    yield Case("S10", "csv", "the export is a pipe", lambda folder: _in_its_place(folder, os.mkfifo))
    yield Case("S10", "csv", "the export is a link to itself", lambda folder: _in_its_place(folder, _to_itself))
    yield Case("S10", "csv", "the export is a link to nothing", lambda folder: _in_its_place(folder, _to_nothing))
    for reader, row, done, given in [*_of_tools(), *_of_workbooks(), *_of_statistics_programs()]:
        yield exported(row, done, given, reader)


def _linked(folder: Path) -> str:
    good, secret, path = fieldings.csv_export(), folder / "secret.csv", folder / "raw" / "x.csv"
    secret.write_bytes(good.content)
    path.parent.mkdir()
    path.symlink_to(secret)
    return came_of(lambda: readers.verify(path, files.sha256(secret)), folder)


def _in_its_place(folder: Path, make: Callable[[Path], object]) -> str:
    make(folder / "x.csv")
    return came_of(lambda: readers.verify(folder / "x.csv", "0" * 64), folder)


def _to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def _to_nothing(path: Path) -> None:
    path.symlink_to("lost.csv")


# --- what may happen to any file --------------------------------------------------------------------------


def _of_any() -> Iterator[tuple[str, str, Change]]:
    yield "I40", "0 bytes", lambda f: f.but(b"")
    yield (
        "F5",
        "one byte differs from the file the wave describes",
        lambda f: f.but(export={**f.export, "sha256": "0" * 64}),
    )
    yield "S16", "a pickle under its name", lambda f: f.but(b"\x80\x04cos\nsystem\n(S'touch broken-into'\ntR.")
    yield "I18", "a page that asks to log in", lambda f: f.but(b"<!doctype html>\n<html><title>Log in</title></html>\n")
    yield "I6", "fewer rows than the wave says", lambda f: f.but(export={**f.export, "at_least": 7})
    yield "I18", "the school's column has another name", lambda f: f.but(columns={**f.columns, "urn": "school_urn"})
    yield "I18", "a question is not in the file", lambda f: f.but(columns={**f.columns, "vision": "Vision"})


# --- text -------------------------------------------------------------------------------------------------


def _of_text() -> Iterator[tuple[str, str, Change]]:
    yield "I6", "cut in the middle of the last row", lambda f: f.but(f.content[:-12])
    yield "I6", "the last line break is lost", lambda f: f.but(f.content.rstrip(b"\r\n"))
    yield (
        "I8",
        "saved as cp1252, declared as utf-8",
        lambda f: f.with_words("null", "caf\u00e9").but(f.content.replace(b"null", b"caf\xe9")),
    )
    yield (
        "I8",
        "utf-8, declared as cp1252",
        lambda f: f.but(
            f.content.replace(b"null", "d\u00e9j\u00e0".encode()[:4]), export={**f.export, "encoding": "cp1252"}
        ),
    )
    yield "I9", "letters spoilt before the export", lambda f: f.but(f.content.replace(b"null", "Ã©x".encode()))
    yield "I8", "utf-16, declared as utf-8", lambda f: f.but(f.content.decode().encode("utf-16"))
    yield "I6", "a zero byte in an answer", lambda f: f.but(f.content.replace(b"null", b"nu\0l"))
    yield "I7", "the last row goes on", lambda f: f.but(f.content.rstrip(b"\r\n") + b",x,y,z\n")
    yield (
        "I6",
        "an empty line between rows",
        lambda f: f.but(b"\n".join([*f.content.split(b"\n")[:-3], b"", *f.content.split(b"\n")[-3:]])),
    )


def _more_text() -> Iterator[tuple[str, str, Change]]:
    yield "I40", "nothing but a byte order mark", lambda f: f.but(b"\xef\xbb\xbf")
    yield "I40", "nothing but line breaks", lambda f: f.but(b"\n\n")
    yield "S16", "an Excel workbook under its name", lambda f: f.but(fieldings.excel().content)
    yield "S16", "an SPSS file under its name", lambda f: f.but(fieldings.spss().content)
    yield "S16", "a compressed file under its name", lambda f: f.but(b"\x1f\x8b\x08\0\0")
    yield (
        "S16",
        "a table of HTML under its name",
        lambda f: f.but(b"<html><table><tr><td>id</td></tr></table></html>\n"),
    )
    yield "S16", "XML under its name", lambda f: f.but(b'<?xml version="1.0"?>\n<document/>\n')
    yield "S16", "JSON under its name", lambda f: f.but(b'[{"id": "R1"}]\n')
    yield "S16", "a pointer of Git LFS", lambda f: f.but(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
    yield "I9", "a letter that was lost before the export", lambda f: f.with_words("null", "nul\ufffd")


# --- cells apart by a separator ---------------------------------------------------------------------------


def _of_cells() -> Iterator[tuple[str, str, Change]]:
    yield "I6", "a quotation mark does not close", lambda f: f.with_words("null", '"null')
    yield "I6", "a quotation mark stands inside a cell", lambda f: f.with_words("TRUE", '"TR"UE')
    yield "I36", "semicolons between cells, commas declared", lambda f: f.with_words(",", ";")
    yield "I6", "a row lost its last cell", lambda f: f.but(_without_last_cell(f.content))
    yield "I7", "a comma in a cell without quotation marks", lambda f: f.with_words("TRUE", "yes, true")
    yield (
        "I4",
        "two columns of one name",
        lambda f: f.but(
            _by_column(
                f.content,
                lambda c: [
                    c[0],
                    *c,
                ],
            )
        ),
    )
    yield "I4", "a column without a name", lambda f: f.but(_by_column(f.content, lambda c: [*c, ["", *c[-1][1:]]]))
    yield "I18", "a column was added", lambda f: f.but(_by_column(f.content, lambda c: [*c, _renamed(c[-2], "zz")]))
    yield (
        "I18",
        "the column of a question is gone",
        lambda f: f.but(_by_column(f.content, lambda c: [one for one in c if one[-1] != "null"])),
    )
    yield "I6", "two exports put together", lambda f: f.but(f.content + f.content)
    yield "I36", "a first line of Excel that names the separator", lambda f: f.but(b"sep=;\n" + f.content)
    yield "I6", "line ends that are doubled", lambda f: f.but(f.content.replace(b"\r", b"").replace(b"\n", b"\r\r\n"))
    yield "I40", "headers and no response", lambda f: f.but(_headers(f))
    yield "S16", "a cell of 140,000 letters", lambda f: f.with_words("null", "x" * 140_000)


def _without_last_cell(content: bytes) -> bytes:
    first, _, rest = content.decode().rpartition(",TRUE")
    return f"{first}{rest}".encode()


def _by_column(content: bytes, change: Callable[[list[list[str]]], list[list[str]]]) -> bytes:
    rows = list(csv.reader(io.StringIO(content.decode(), newline="")))
    columns = [list(column) for column in zip(*rows, strict=True)]
    return text_of([list(row) for row in zip(*change(columns), strict=True)])


def _renamed(column: list[str], name: str) -> list[str]:
    """A copy of a column with another name in each of its header rows."""
    renamed = [cell.replace("4.", "").replace(column[0], name) if i == 0 else cell for i, cell in enumerate(column)]
    return [f"99. {name}" if column[0][:1].isdigit() else name, *renamed[1:]]


def _headers(f: Fielding) -> bytes:
    head, _, _ = f.content.partition(PEOPLE[0][0].encode())
    return head


# --- what belongs to one tool -----------------------------------------------------------------------------


def _of_tools() -> Iterator[tuple[str, str, str, Callable[[], Fielding]]]:
    yield (
        "csv",
        "I12",
        "a Qualtrics export read as plain csv",
        lambda: Fielding("csv", fieldings.qualtrics().files, fieldings.csv_export().columns),
    )
    yield (
        "qualtrics",
        "I12",
        "a plain csv read as Qualtrics",
        lambda: Fielding("qualtrics", fieldings.csv_export().files, fieldings.qualtrics().columns),
    )
    yield (
        "qualtrics",
        "I12",
        "the row of import ids is gone, and with it one response",
        lambda: fieldings.qualtrics().but(
            b"".join(line for line in fieldings.qualtrics().content.splitlines(True) if b"ImportId" not in line)
            .replace(b"Response ID", b"x")
            .replace(b"Response Type", b"y")
            .replace(b"Distribution Channel", b"z")
        ),
    )
    yield (
        "qualtrics",
        "I13",
        "a preview among the responses",
        lambda: fieldings.qualtrics().with_words("IP Address,anonymous", "Survey Preview,preview", 1),
    )
    yield (
        "qualtrics",
        "I13",
        "a test among the responses, as codes",
        lambda: fieldings.qualtrics().with_words("IP Address,anonymous", "2,anonymous", 1),
    )
    yield (
        "qualtrics",
        "I13",
        "a preview as a code, left out by its words",
        lambda: _previewed("1", "Survey Preview"),
    )
    yield (
        "qualtrics",
        "I13",
        "a preview in words, left out by its code",
        lambda: _previewed("Survey Preview", 1),
    )
    yield "qualtrics", "I13", "a preview in another language", lambda: _previewed("Umfragevorschau", "Survey Preview")
    yield (
        "qualtrics",
        "I13",
        "a response taken for spam",
        lambda: fieldings.qualtrics().with_words("IP Address,anonymous", "Spam,anonymous", 1),
    )
    yield (
        "qualtrics",
        "I13",
        "a preview that the wave leaves out",
        lambda: (
            fieldings.qualtrics()
            .with_words("IP Address,anonymous", "Survey Preview,preview", 1)
            .but(
                wave={
                    "keep_if": [
                        {"column": "Status", "not_one_of": ["Survey Preview"], "otherwise": "preview or test"},
                        {"column": "consent", "equals": "Yes", "otherwise": "no consent"},
                    ]
                }
            )
        ),
    )
    yield (
        "surveymonkey",
        "I12",
        "a plain csv read as SurveyMonkey",
        lambda: Fielding("surveymonkey", fieldings.csv_export().files, fieldings.surveymonkey().columns),
    )
    yield (
        "surveymonkey",
        "I12",
        "the row of options is gone",
        lambda: fieldings.surveymonkey().but(
            b"".join(
                fieldings.surveymonkey().content.splitlines(True)[:1]
                + fieldings.surveymonkey().content.splitlines(True)[2:]
            )
        ),
    )
    yield (
        "surveymonkey",
        "I4",
        "two questions of the same words",
        lambda: fieldings.surveymonkey().with_words("Staff have a say", "There is time to lead"),
    )
    yield (
        "jisc",
        "I12",
        "a plain csv read as Jisc",
        lambda: Fielding("jisc", fieldings.csv_export().files, fieldings.jisc().columns),
    )
    yield "jisc", "I4", "two questions of one number", lambda: fieldings.jisc().with_words("4. There", "3. There")
    yield (
        "redcap",
        "I18",
        "a column that is in no dictionary",
        lambda: fieldings.redcap().with_words("comment", "remark"),
    )
    yield (
        "redcap",
        "I18",
        "a dictionary without its column of choices",
        lambda: fieldings.redcap().but(
            tool_file=fieldings.redcap()
            .files["form.csv"]
            .replace(b"Choices, Calculations, OR Slider Labels", b"Options")
        ),
    )
    yield (
        "redcap",
        "I12",
        "rows of a repeated form among the others",
        lambda: fieldings.redcap().but(
            _by_column(
                fieldings.redcap().content, lambda c: [c[0], ["redcap_repeat_instrument", "visits", *[""] * 5], *c[1:]]
            )
        ),
    )
    yield (
        "limesurvey",
        "I14",
        "full answers announced as codes",
        lambda: fieldings.limesurvey(labels=True).but(export={"answers": "codes"}),
    )
    yield (
        "limesurvey",
        "I14",
        "codes announced as full answers",
        lambda: fieldings.limesurvey().but(export={"answers": "labels"}),
    )
    yield (
        "limesurvey",
        "I14",
        "an answer that is no code of the structure",
        lambda: fieldings.limesurvey().with_words("Yes,4,5,4", "Yes,A4,5,4"),
    )
    yield (
        "limesurvey",
        "S8",
        "entities in the structure",
        lambda: _lss_with(b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'),
    )
    yield (
        "limesurvey",
        "S8",
        "an outside entity in the structure",
        lambda: _lss_with(b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
    )
    yield (
        "limesurvey",
        "I6",
        "the structure is cut off",
        lambda: fieldings.limesurvey().but(tool_file=fieldings.limesurvey().files["form.lss"][:-200]),
    )
    yield (
        "xlsform",
        "I14",
        "labels announced as names",
        lambda: fieldings.xlsform(_in_words()).but(export={"answers": "codes"}),
    )
    yield "xlsform", "S8", "entities in the form", lambda: fieldings.xlsform().but(tool_file=_with_entities())
    yield (
        "xlsform",
        "S8",
        "a form that unpacks to a thousand times its size",
        lambda: fieldings.xlsform().but(tool_file=_bomb()),
    )
    yield (
        "xlsform",
        "I31",
        "a formula in the form",
        lambda: fieldings.xlsform().but(
            tool_file=packed({"survey": [["type", "name"], ["text", Raw('<c r="{ref}"><f>1+1</f></c>')]]})
        ),
    )
    first_day = "2025-03-04 10:20:00"
    yield (
        "limesurvey",
        "I13",
        "an answer of the year before",
        lambda: fieldings.limesurvey().with_words(first_day, "2024-03-04 10:20:00", 1),
    )
    yield (
        "limesurvey",
        "I13",
        "an answer of the year after",
        lambda: fieldings.limesurvey().with_words(first_day, "2026-03-04 10:20:00", 1),
    )
    yield (
        "limesurvey",
        "I13",
        "a response that is over before it began",
        lambda: fieldings.limesurvey().but(
            _by_column(
                fieldings.limesurvey().content,
                lambda c: [c[0], ["startdate", "2025-03-04 10:30:00", *[first_day] * 5], *c[1:]],
            ),
            ignored=(*fieldings.limesurvey().ignored, "startdate"),
        ),
    )
    yield "qualtrics", "I18", "questions moved", lambda: _with_questions_exchanged(fieldings.qualtrics())
    yield "jisc", "I18", "questions moved", lambda: _with_questions_exchanged(fieldings.jisc())
    yield "limesurvey", "I18", "questions moved", lambda: _with_form_exchanged(fieldings.limesurvey())
    yield "redcap", "I18", "questions moved", lambda: _with_form_exchanged(fieldings.redcap())
    yield (
        "jisc",
        "I18",
        "a question has other words",
        lambda: fieldings.jisc().with_words("Leaders share a vision", "Leaders share a plan"),
    )
    yield (
        "fixed_width",
        "I6",
        "two lines a case are declared, and there is one",
        lambda: fieldings.fixed_width().but(
            tool_file=fieldings.CONTROL.replace("'x.txt' /", "'x.txt' RECORDS=2 /").encode()
        ),
    )
    yield "fixed_width", "I6", "a tab among the answers", lambda: fieldings.fixed_width().with_words("null", "nu\tl")
    yield (
        "fixed_width",
        "I6",
        "a line is shorter",
        lambda: fieldings.fixed_width().with_words("12  None    ", "12  None  "),
    )
    yield (
        "fixed_width",
        "I6",
        "the control file ends within a command",
        lambda: fieldings.fixed_width().but(tool_file=fieldings.CONTROL[:150].encode()),
    )
    yield (
        "fixed_width",
        "I18",
        "columns of the control file lie over each other",
        lambda: fieldings.fixed_width().but(tool_file=fieldings.CONTROL.replace("time 25", "time 24").encode()),
    )
    yield (
        "fixed_width",
        "I4",
        "a variable twice in the control file",
        lambda: fieldings.fixed_width().but(tool_file=fieldings.CONTROL.replace("time 25", "vision 25").encode()),
    )
    yield (
        "fixed_width",
        "I39",
        "labels swapped in the control file",
        lambda: fieldings.fixed_width().but(
            tool_file=fieldings.CONTROL.replace("club 1 'Yes' 2 'No'", "club 1 'No' 2 'Yes'").encode()
        ),
    )


def _previewed(status: str, left_out: str | int) -> Fielding:
    return (
        fieldings.qualtrics()
        .with_words("IP Address,anonymous", f"{status},anonymous", 1)
        .but(
            wave={
                "keep_if": [
                    {"column": "Status", "not_one_of": [left_out], "otherwise": "preview or test"},
                    {"column": "consent", "equals": "Yes", "otherwise": "no consent"},
                ]
            }
        )
    )


def _exchanged(text: str) -> str:
    """Two questions have changed places, with their words."""
    first, second = "Leaders share a vision", "There is time to lead"
    return text.replace(first, "\0").replace(second, first).replace("\0", second)


def _with_questions_exchanged(f: Fielding) -> Fielding:
    return f.but(_exchanged(f.content.decode()).encode())


def _with_form_exchanged(f: Fielding) -> Fielding:
    _, form = f.files.values()
    return f.but(tool_file=_exchanged(form.decode()).encode())


def _in_words() -> list[list[str]]:
    coded = fieldings.CODED
    return [[coded.get(n, {}).get(text, text) for n, text in zip(COLUMNS, person, strict=True)] for person in PEOPLE]


def _lss_with(declared: bytes) -> Fielding:
    good = fieldings.limesurvey()
    head, _, rest = good.files["form.lss"].partition(b"?>")
    return good.but(tool_file=head + b"?>" + declared + rest if rest else declared + head)


def _with_entities() -> bytes:
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    return packed({"survey": [["type"]]}, parts={"xl/worksheets/sheet1.xml": bomb})


def _bomb() -> bytes:
    return packed({"survey": [["type"]]}, parts={"xl/worksheets/sheet1.xml": b" " * 3_000_000})


# --- workbooks --------------------------------------------------------------------------------------------


def _of_workbooks() -> Iterator[tuple[str, str, str, Callable[[], Fielding]]]:
    def book(row: str, done: str, **more: object) -> tuple[str, str, str, Callable[[], Fielding]]:
        sheets = more.pop("sheets", {"Answers": SHEET})
        return "excel", row, done, lambda: fieldings.workbook(sheets, **more)

    def cell(row: str, done: str, value: object) -> tuple[str, str, str, Callable[[], Fielding]]:
        changed = [list(line) for line in SHEET]
        changed[2][3] = value
        return (
            "excel",
            row,
            done,
            lambda: fieldings.workbook(
                {"Answers": changed},
            ).but(wave={"quarantine_at_most": 1}),
        )

    yield cell("I31", "a formula without its value", Raw('<c r="{ref}"><f>1+1</f></c>'))
    yield cell("I31", "a formula with its value", Raw('<c r="{ref}"><f>1+1</f><v>2</v></c>'))
    yield cell("I31", "an error #REF!", Raw('<c r="{ref}" t="e"><v>#REF!</v></c>'))
    yield cell("I31", "an error #N/A", Raw('<c r="{ref}" t="e"><v>#N/A</v></c>'))
    yield cell("I30", "a date where 1-5 was answered", Formatted(45_778.0, "d-mmm"))
    yield book(
        "I30",
        "a date where a school's id was",
        sheets={"Answers": [*SHEET[:2], [SHEET[2][0], Formatted(45_778.0, "d-mmm"), *SHEET[2][2:]], *SHEET[3:]]},
    )
    yield cell("I30", "a date as text", "MAR1")
    yield cell("I38", "TRUE as an answer", True)
    yield cell("I36", "50 % as an answer", Formatted(0.5, "0%"))
    yield cell("I3", "a number of 17 digits", Raw('<c r="{ref}"><v>90071992547409931</v></c>'))
    yield cell("I16", "-99, which no answer set knows", -99)
    yield book("I32", "cells are merged", extra='<mergeCells><mergeCell ref="D2:D4"/></mergeCells>')
    yield book("I32", "two sheets that show", sheets={"Answers": SHEET, "More": SHEET})
    yield book("I32", "the sheet is hidden", sheets={"Answers": SHEET}, states={"Answers": "hidden"})
    yield book("I32", "a hidden sheet beside it", sheets={"Answers": SHEET, "Old": SHEET}, states={"Old": "veryHidden"})
    yield book("I32", "rows that are hidden", hidden_rows=(3, 4))
    yield book("I6", "two exports put together", sheets={"Answers": [*SHEET, *SHEET]})
    yield book("I40", "no row below the header", sheets={"Answers": SHEET[:1]})
    yield book("I40", "an empty sheet", sheets={"Answers": []})
    yield book(
        "I4",
        "two columns of one name",
        sheets={"Answers": [[*SHEET[0], "vision"], *([*line, "1"] for line in SHEET[1:])]},
    )
    yield book("I4", "a column without a name", sheets={"Answers": [SHEET[0], *([*line, "1"] for line in SHEET[1:])]})
    yield book("I6", "a blank row and notes below it", sheets={"Answers": [*SHEET, [], ["Made by the office"]]})
    yield book("I9", "letters spoilt before the export", sheets={"Answers": [*SHEET[:-1], [*SHEET[-1][:-1], "cafÃ©"]]})
    yield book(
        "S8",
        "entities in the sheet",
        parts={
            "xl/worksheets/sheet1.xml": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aa">]><worksheet>&a;</worksheet>'
        },
    )
    yield book(
        "S8", "a sheet that unpacks to a thousand times its size", parts={"xl/worksheets/sheet1.xml": b" " * 3_000_000}
    )
    yield book("S16", "macros", parts={"xl/vbaProject.bin": b"x"})
    yield book(
        "S10", "a sheet said to lie at /etc/passwd", parts={"xl/_rels/workbook.xml.rels": _relation("/etc/passwd")}
    )
    yield book(
        "S10", "a sheet said to lie at ../../x", parts={"xl/_rels/workbook.xml.rels": _relation("../../../../x")}
    )
    yield "excel", "I6", "cut in the middle", lambda: fieldings.excel().but(fieldings.excel().content[:900])
    yield (
        "excel",
        "I29",
        "an old workbook (.xls)",
        lambda: fieldings.excel().but(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    )
    yield "excel", "S16", "an archive of something else", lambda: fieldings.excel().but(_archive())
    yield "excel", "I32", "a sheet that is not there", lambda: fieldings.excel().but(export={"sheet": "Anwsers"})


def _relation(target: str) -> str:
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{package}"><Relationship Id="rId1" Type="{kind}" Target="{target}"/></Relationships>'


def _archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("../../broken-into", "x")
    return out.getvalue()


# --- files of statistics programs -------------------------------------------------------------------------


def _of_statistics_programs() -> Iterator[tuple[str, str, str, Callable[[], Fielding]]]:
    rows = [spss_row(person) for person in PEOPLE]
    columns = {name: name.upper() for name in COLUMNS}

    def spss(row: str, done: str, **more: object) -> tuple[str, str, str, Callable[[], Fielding]]:
        return (
            "spss",
            row,
            done,
            lambda: Fielding(
                "spss",
                {"x.sav": sav(**{"variables": spss_variables(), "rows": rows, **more})},
                columns,
                wave={"quarantine_at_most": 1},
            ),
        )

    def changed(name: str, value: float) -> list[list[object]]:
        place = COLUMNS.index(name)
        return [[*r[:place], value if i == 0 else r[place], *r[place + 1 :]] for i, r in enumerate(rows)]

    def variables(**by: Variable) -> list[Variable]:
        return [by.get(v.name.lower(), v) for v in spss_variables()]

    yield spss("I16", "-99, neither declared nor known", rows=changed("vision", -99.0))
    yield spss("I16", "99 in a question of five answers", rows=changed("time", 99.0))
    yield spss(
        "I15",
        "7 is declared missing, and no answer set knows it",
        rows=changed("club", 7.0),
        variables=variables(club=Variable("CLUB", missing=(7, 8))),
    )
    yield spss(
        "I39",
        "labels swapped",
        variables=variables(club=Variable("CLUB", missing=(8,), labels={1.0: "No", 2.0: "Yes"})),
    )
    yield spss(
        "I19",
        "the labels of another question",
        variables=variables(
            staff=Variable("STAFF", labels={1.0: "Never", 2.0: "Rarely", 3.0: "At times", 5.0: "Always"})
        ),
    )
    yield spss(
        "I18",
        "questions moved",
        variables=variables(
            vision=Variable("VISION", label="There is time to lead"),
            time=Variable("TIME", label="Leaders share a vision"),
        ),
    )
    yield spss("I4", "a column without a name", variables=variables(time=Variable("")))
    yield spss("I19", "a scale of seven", rows=changed("staff", 7.0))
    yield spss(
        "I3",
        "an id as a number beyond 2^53",
        variables=[Variable("ID"), *spss_variables()[1:]],
        rows=[[2.0**53 + 2, *r[1:]] for r in rows],
    )
    yield spss("I6", "the header counts more cases", cases=9)
    yield spss("I6", "the header counts fewer cases", cases=3)
    yield spss("I8", "cp1252 that says it is utf-8", encoding="cp1252", rows=[[*r[:-1], "K\u00f6ln"] for r in rows])
    yield spss(
        "I8",
        "cp1252 that says it is utf-8, in the last letter",
        encoding="cp1252",
        rows=[[*r[:-1], "caf\u00e9"] for r in rows],
    )
    yield spss(
        "I4",
        "two columns of one name",
        variables=variables(time=Variable("TIME_2"), vision=Variable("TIME_1")),
        long_names={"TIME_1": "TIME", "TIME_2": "TIME"},
    )
    yield "spss", "I6", "cut in the middle", lambda: fieldings.spss().but(fieldings.spss().content[:-100])
    yield "spss", "I40", "no case", lambda: Fielding("spss", {"x.sav": sav(spss_variables(), [])}, columns)
    yield "stata", "I6", "cut in the middle", lambda: fieldings.stata().but(fieldings.stata().content[:-300])
    yield "stata", "I6", "cut within the answers", lambda: fieldings.stata().but(fieldings.stata().content[:-1500])
    yield (
        "stata",
        "I16",
        "-99, neither declared nor known",
        lambda: fieldings.stata([(*PEOPLE[0][:3], "-99", *PEOPLE[0][4:]), *PEOPLE[1:]]).but(
            wave={"quarantine_at_most": 1}
        ),
    )
    yield (
        "stata",
        "I9",
        "letters spoilt before the export",
        lambda: fieldings.stata([*PEOPLE[:-1], (*PEOPLE[-1][:-1], "cafÃ©")]),
    )
    yield "stata", "I40", "no case", lambda: fieldings.stata([])
    yield "stata", "I3", "an id as a number beyond 2^53", lambda: fieldings.stata().but(_stata_of_large_numbers())


def _stata_of_large_numbers() -> bytes:
    frame = pd.DataFrame(list(PEOPLE), columns=list(COLUMNS)).assign(id=2.0**53 + 2)
    with tempfile.TemporaryDirectory() as folder:
        frame.to_stata(Path(folder) / "x.dta", version=118, write_index=False)
        return (Path(folder) / "x.dta").read_bytes()
