"""Which reader an export is for: proposed by its ending and its first lines, and tried before it is said."""

from __future__ import annotations

import csv as csv_format
import io
import re
from pathlib import Path
from typing import Any

from stemcareers import readers
from stemcareers.config.entry import parse
from stemcareers.config.export import NEEDED, OPTIONS, READERS, SEPARATORS, WORKBOOK, Export
from stemcareers.config.plain import is_file_name
from stemcareers.draft import joint
from stemcareers.draft.columns import columns
from stemcareers.errors import Problem, did_you_mean
from stemcareers.files import sha256
from stemcareers.readers.excel import fullest_sheet, header_row
from stemcareers.readers.records import BOM
from stemcareers.readers.table import Table

ENDINGS = {".sav": ["spss"], ".zsav": ["spss"], ".dta": ["stata"]}
OF_FORMS = {".lss": "limesurvey", ".sps": "fixed_width", ".xlsx": "xlsform"}  # by the ending of the questionnaire file
DATA_LIST = re.compile(r"^\s*data\s+list\b", re.IGNORECASE | re.MULTILINE)  # SPSS, whatever the file is called
OF_OTHERS = {  # programs that read the same columns in another language
    "SAS": re.compile(r"^\s*(proc\s+format|infile|libname)\b", re.IGNORECASE | re.MULTILINE),
    "Stata": re.compile(r"^\s*infix\b|\binfix\s+(\w+\s+)?\w+\s+\d", re.IGNORECASE | re.MULTILINE),
}
BOTH = ("fixed_width", "redcap")  # readers that take the questionnaire file in the export's encoding
ENCODINGS = ("utf-8", "cp1252")
_WITH_COMMA, _FRACTION = re.compile(r"-?\d+(,\d+)?"), re.compile(r",(\d{1,2}|\d{4,})$")
OF_LIMESURVEY = re.compile(
    r"((submitdate|lastpage|startlanguage)\. )?(date submitted|last page|start language)|submitdate|lastpage"
)
OF_FIXED_WIDTH = (".txt", ".dat")  # may be text in fixed columns, which nothing in the file tells
WIDE = 40  # characters of a line from which lines of one length are no list of words
LARGEST_CONTROL = 5_000_000  # bytes; a file that says where columns are is smaller
FIRST = 65_536  # characters that are looked at


def reading(export: Path, form: Path | None, reader: str | None) -> tuple[dict[str, Any], Table]:
    """What a wave file says under `export`, and the table that is read with it.

    reader  the person's word; else every reader that the ending and the first lines allow is tried, the most
            particular first.

    Raises a Problem with what each reader found wrong, where none can read it.
    """
    if not export.is_file():
        raise Problem(export.as_posix(), "is not there; name the file that the survey tool gave")
    for file in filter(None, (export, form)):
        if not is_file_name(file.name):
            other = f"; for example '{name}'" if is_file_name(name := _as_file_name(file)) else ""
            raise Problem(
                file.as_posix(), f"rename the file: a wave names it by letters, digits, '.', '_' and '-' alone{other}"
            )
    if form is not None and not form.is_file():
        raise Problem(form.as_posix(), "is not there; name the survey tool's own file of questions")
    if form is not None and form.parent != export.parent:
        raise Problem(form.as_posix(), f"lies in another folder than the export; put both into {export.parent}")
    if reader is not None and reader not in READERS:
        raise Problem(
            "--reader", f"'{reader}' is not a reader{did_you_mean(reader, READERS)}; use {', '.join(READERS)}"
        )
    if form is None and reader in {None, "fixed_width"} and (width := _in_fixed_columns(export)):
        form = _control_beside(export, width)
    wrong = []
    for name in [reader] if reader else candidates(export, form):
        entry = _entry(export, form, name)
        if name in NEEDED and form is None:
            wrong.append(f"{name}: needs {NEEDED[name]}; name it with --questionnaire")
            continue
        try:
            found = _read(export, entry)
            if reader is not None or len(found[1].columns) > 1:
                return found
            wrong.append(f"{name}: finds one column alone")
        except Problem as problem:
            wrong += [f"{name}: {sentence}" for sentence in problem.wrong]
    raise Problem(export.as_posix(), *wrong, "if none of these is its format, name it with --reader")


def _as_file_name(file: Path) -> str:
    return re.sub(r"[^A-Za-z0-9._]+", "-", file.stem).strip("-._") + file.suffix


def _in_fixed_columns(export: Path) -> int:
    """How long the lines of a text in fixed columns are; 0 where it is none: lines that differ, or cells with signs."""
    if export.suffix.lower() in {WORKBOOK, *ENDINGS}:
        return 0
    lines = _text(export)[1].replace("\r\n", "\n").removesuffix("\n").split("\n")
    width = len(lines[0])
    alike = len(lines) > 1 and width >= WIDE and all(len(line) == width for line in lines)
    return width if alike and not any(sign in lines[0] for sign in SEPARATORS.values()) else 0


def _control_beside(export: Path, width: int) -> Path:
    """The control file beside an export that names it. Raises a Problem where there is none, or several."""
    others = [path for path in sorted(export.parent.iterdir()) if path.suffix.lower() in {".sps", ".txt"}]
    texts = {path: _text(path)[1] for path in others if path != export and path.stat().st_size <= LARGEST_CONTROL}
    found = [path for path, text in texts.items() if DATA_LIST.search(text)]
    named = [path for path in found if export.name.lower() in texts[path].lower()]
    if len(named) == 1:
        return named[0]
    listed = f"; beside it lie {', '.join(path.name for path in found)}" if found else ""
    raise Problem(
        export.as_posix(),
        f"all its lines have {width:,} characters and no sign between cells: it is text in fixed columns; name the "
        f"control file for SPSS that says which columns hold what (its DATA LIST) with --questionnaire{listed}",
    )


def _read(export: Path, entry: dict[str, Any]) -> tuple[dict[str, Any], Table]:
    """The entry, with the options that the file itself shows to be needed, and the table that is read with them."""
    if export.suffix.lower() == WORKBOOK and (sheet := fullest_sheet(export)):
        entry = {**entry, "sheet": sheet}
    if entry["reader"] == "excel" and (row := header_row(export, entry.get("sheet"))):
        entry = {**entry, "header_row": row}
    try:
        table = _table(export, entry)
    except Problem:
        if entry["reader"] not in OPTIONS["answers"]:
            raise
        entry = {**entry, "answers": "labels"}
        table = _table(export, entry)
    shown: dict[str, Any] = {}
    if entry["reader"] in OPTIONS["decimal"] and _has_decimal_comma(table):
        shown["decimal"] = ","
    if entry["reader"] in OPTIONS["joined"] and (joined := joint.joined(table, columns(table))):
        shown["joined"] = joined
    return ({**entry, **shown}, _table(export, {**entry, **shown})) if shown else (entry, table)


def _table(export: Path, entry: dict[str, Any]) -> Table:
    return readers.read(parse(Export, entry, "export"), export)


def _has_decimal_comma(table: Table) -> bool:
    """Whether some column holds numbers alone, and one of them a comma that stands before no thousands."""
    for column in table.columns:
        texts = [text for text in table.distinct(column)[1] if text]
        if all(_WITH_COMMA.fullmatch(text) for text in texts) and any(_FRACTION.search(text) for text in texts):
            return True
    return False


def candidates(export: Path, form: Path | None) -> list[str]:
    """The readers that a file may be for, the most particular first."""
    ending = export.suffix.lower()
    if ending in ENDINGS:
        return ENDINGS[ending]
    if form is not None and (of_form := _of_form(form)) is not None:
        return [of_form]
    if ending == WORKBOOK:
        return ["excel"]
    _, text = _text(export)
    head = text[:FIRST].lower()
    rows = _rows(text)
    second = [cell.lower() for cell in rows[1]] if len(rows) > 1 else []
    first = [cell.lower() for cell in rows[0]] if rows else []
    found = []
    if "importid" in head or {"responseid", "startdate"} <= set(first):
        found.append("qualtrics")
    if "respondent id" in first and any(cell in {"response", "open-ended response"} for cell in second):
        found.append("surveymonkey")
    if any(OF_LIMESURVEY.fullmatch(cell) for cell in first):
        found.append("limesurvey")
    if any("unique response number" in cell for cell in first):
        found.append("jisc")
    return [*found, "csv", *(["fixed_width"] if ending in OF_FIXED_WIDTH and form is None else [])]


def _of_form(form: Path) -> str | None:
    """The reader that a questionnaire file is for: by its ending, else by what it holds; None where neither tells.

    Raises a Problem for a program of SAS or Stata.
    """
    ending = form.suffix.lower()
    if ending in OF_FORMS:
        return OF_FORMS[ending]
    text = _text(form)[1]
    if ending == ".csv":
        return "redcap" if "field name" in text[:2000].lower() else "fixed_width"
    if DATA_LIST.search(text):
        return "fixed_width"
    other = next((name for name, its in OF_OTHERS.items() if its.search(text)), None)
    if other is not None:
        raise Problem(
            form.as_posix(),
            f"is a program of {other}, which is not read here; name the control file for SPSS that was published "
            "with it (its DATA LIST says which columns hold what)",
        )
    return None


def _entry(export: Path, form: Path | None, reader: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"file": export.name, "reader": reader, "sha256": sha256(export)}
    if form is not None:
        entry["questionnaire"] = {"file": form.name, "sha256": sha256(form)}
    if export.suffix.lower() in {".xlsx", ".sav", ".zsav", ".dta"}:
        return entry
    encoding, text = _text(export)
    if encoding == "utf-8" and form is not None and reader in BOTH:
        encoding = _text(form)[0]
    separator = _separator(text)
    if encoding != "utf-8" and reader in OPTIONS["encoding"]:
        entry["encoding"] = encoding
    if separator != "comma" and reader in OPTIONS["separator"]:
        entry["separator"] = separator
    return entry


def _text(path: Path) -> tuple[str, str]:
    """The first encoding in which a file can be read, and its text. Latin letters are read by cp1252, if by nothing."""
    content = path.read_bytes()
    known = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else None
    for encoding in [known] if known else ENCODINGS:
        try:
            return encoding, content.decode(encoding).removeprefix(BOM)
        except UnicodeDecodeError:
            continue
    return "utf-8", content.decode("utf-8", errors="replace")


def _separator(text: str) -> str:
    """The sign that cuts the first line into most cells."""
    first = text.partition("\n")[0]
    return max(SEPARATORS, key=lambda word: (first.count(SEPARATORS[word]), word == "comma"))


def _rows(text: str) -> list[list[str]]:
    sign = SEPARATORS[_separator(text)]
    return [row for _, row in zip(range(3), csv_format.reader(io.StringIO(text[:FIRST]), delimiter=sign), strict=False)]
