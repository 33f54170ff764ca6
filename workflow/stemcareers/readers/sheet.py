"""The cells of one sheet of a workbook: the text of each, and of which kind it was.

Source: ECMA-376 part 1 (2016), sections 18.3 (sheets), 18.4 (shared texts), 18.8 (styles).
"""

from __future__ import annotations

import datetime
import math
import re
import zipfile
from dataclasses import dataclass, field
from decimal import Decimal

from stemcareers.readers.package import tag_of, tree, walk
from stemcareers.readers.table import canonical

EXACT_DIGITS = 10**15  # Excel keeps fifteen digits of a number
TRUE = {"1", "true"}
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LITERAL = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
# Formats that Excel knows by number alone (ECMA-376, 18.8.30); those of dates and percentages matter here.
_KNOWN_FORMATS = {
    9: "0%",
    10: "0.00%",
    **dict.fromkeys((14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)), "yyyy-mm-dd"),
    **dict.fromkeys((18, 19, 20, 21, 32, 33, 34, 35, 45, 47), "h:mm:ss"),
    22: "yyyy-mm-dd h:mm",
    46: "[h]:mm:ss",
}


@dataclass
class Sheet:
    """One sheet: text of the cells that hold something, by row and column (both from 1), and what is odd in it.

    rows    row: {column: text}; rows and cells without content are absent.
    kinds   (row, column): "date", "time", "percent", "boolean", "formula", "error" or "inexact" (a
            number of more digits than Excel keeps); other cells are text or numbers.
    """

    name: str
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    kinds: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)
    merged: list[str] = field(default_factory=list)
    filtered: bool = False

    def of_kind(self, kind: str, below: int = 0) -> list[tuple[int, int]]:
        """The places of the cells of a kind in rows after `below`."""
        return [place for place, found in self.kinds.items() if found == kind and place[0] > below]


def reference(row: int, column: int) -> str:
    """A cell's name as Excel shows it: row 3, column 28 is 'AB3'."""
    return f"{letters(column)}{row}"


def letters(column: int) -> str:
    """A column's name as Excel shows it: 28 is 'AB'."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


class _Texts:
    """Gathers the text of what is open: its runs joined, without the readings of Japanese words beside them."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.rich = False
        self._keeps = False
        self._aside = False

    def clear(self) -> None:
        self.runs, self.rich = [], False

    def start(self, tag: str) -> None:
        if tag == "rPh":
            self._aside = True
        elif tag in {"v", "t"}:
            self._keeps = not self._aside
            self.rich |= tag == "t"

    def end(self, tag: str) -> None:
        if tag == "rPh":
            self._aside = False
        elif tag in {"v", "t"}:
            self._keeps = False

    def text(self, text: str) -> None:
        if self._keeps:
            self.runs.append(text)

    def joined(self) -> str:
        text = "".join(self.runs)
        # Control characters stand in text as _x000D_.
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if self.rich and "_x" in text else text


def _shared_texts(archive: zipfile.ZipFile) -> list[str]:
    found: list[str] = []
    texts = _Texts()

    def start(tag: str, attributes: dict[str, str]) -> None:
        texts.clear() if tag == "si" else texts.start(tag)

    def end(tag: str) -> None:
        found.append(texts.joined()) if tag == "si" else texts.end(tag)

    if "xl/sharedStrings.xml" in archive.namelist():
        walk(archive, "xl/sharedStrings.xml", start, end, texts.text)
    return found


def _formats(archive: zipfile.ZipFile) -> list[str]:
    """The number format of every style a cell may have."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    own, found = dict(_KNOWN_FORMATS), []
    for element in tree(archive, "xl/styles.xml"):
        if tag_of(element) == "numFmts":
            own |= {int(f.get("numFmtId", "0")): f.get("formatCode", "") for f in element}
        elif tag_of(element) == "cellXfs":
            found = [int(style.get("numFmtId", "0")) for style in element]
    return [own.get(number, "") for number in found]


def read_sheet(archive: zipfile.ZipFile, part: str, sheet: Sheet, epoch_1904: bool, decimal: str) -> Sheet:
    """The sheet, filled from its part of the file; what its `dimension` says of its size is not believed.

    epoch_1904   whether days are counted from 1904, as old Macintosh programs did.
    decimal      the decimal sign of its numbers as text; Excel stores none.
    """
    return _Reading(sheet, _formats(archive), _shared_texts(archive), epoch_1904, decimal).read(archive, part)


class _Reading:
    """Reads the cells of one sheet."""

    def __init__(self, sheet: Sheet, formats: list[str], shared: list[str], epoch_1904: bool, decimal: str) -> None:
        self.sheet = sheet
        self.shared = shared
        self.epoch_1904 = epoch_1904
        self.decimal = decimal
        self.texts = _Texts()
        self.row = self.column = 0
        self.cells: dict[int, str] = {}
        self.form, self.style, self.is_formula = "n", "0", False
        self.kind_of = [_kind(code) for code in formats]
        self.zeros = [len(code) if re.fullmatch("0{2,}", code) else 0 for code in formats]

    def read(self, archive: zipfile.ZipFile, part: str) -> Sheet:
        walk(archive, part, self._start, self._end, self.texts.text)
        return self.sheet

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self.column = _column(attributes.get("r")) or self.column + 1
            self.form, self.style = attributes.get("t", "n"), attributes.get("s", "0")
            self.is_formula = False
            self.texts.clear()
        elif tag == "f":
            self.is_formula = True
        elif tag == "row":
            self.row, self.column, self.cells = int(attributes.get("r", self.row + 1)), 0, {}
            if attributes.get("hidden") in TRUE:
                self.sheet.hidden_rows.append(self.row)
        elif tag == "col" and attributes.get("hidden") in TRUE:
            first, last = int(attributes.get("min", "1")), int(attributes.get("max", "1"))
            self.sheet.hidden_columns += range(first, min(last, first + 16_384) + 1)
        elif tag == "mergeCell":
            self.sheet.merged.append(attributes.get("ref", ""))
        elif tag == "filterColumn":
            self.sheet.filtered = True
        else:
            self.texts.start(tag)

    def _end(self, tag: str) -> None:
        if tag == "c":
            text, kind = ("", "formula") if self.is_formula else self._cell(self.texts.joined(), self.form)
            if text or kind:
                self.cells[self.column] = text
            if kind:
                self.sheet.kinds[self.row, self.column] = kind
        elif tag == "row" and self.cells:
            self.sheet.rows[self.row] = self.cells
        else:
            self.texts.end(tag)

    def _cell(self, stored: str, form: str) -> tuple[str, str]:
        if not stored:
            return "", ""
        if form == "s":
            return self.shared[int(stored)], ""
        if form in {"str", "inlineStr"}:
            return stored, ""
        if form == "b":
            return "TRUE" if stored in {"1", "true"} else "FALSE", "boolean"
        if form == "e":
            return stored, "error"
        if form == "d":
            return stored.removesuffix("T00:00:00"), "date"
        style = int(self.style)
        return self._number(float(stored), style if style < len(self.kind_of) else -1)

    def _number(self, value: float, style: int) -> tuple[str, str]:
        if not math.isfinite(value):
            raise ValueError("not a number")
        kind = self.kind_of[style] if style >= 0 else ""
        if kind in {"date", "time", "duration"}:
            return moment(value, kind, self.epoch_1904), kind
        if abs(value) >= EXACT_DIGITS:
            return self._written(value), "inexact"
        if kind == "percent":
            return self._written(float(Decimal(canonical(value)) * 100)) + "%", kind
        # A number shown as 00123 was typed as 00123.
        padded = kind == "zeros" and value.is_integer() and value >= 0
        return self._written(value).zfill(self.zeros[style] if padded else 0), ""

    def _written(self, value: float) -> str:
        return canonical(value).replace(".", self.decimal)


def moment(value: float, kind: str, epoch_1904: bool) -> str:
    """A day, a moment or a time of day as text, year first, from Excel's count of days."""
    if value < 0:
        return canonical(value)  # Excel knows no day before its first, and shows ####
    days, seconds = divmod(round(value * 86_400), 86_400)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if kind == "duration":
        return f"{days * 24 + seconds // 3600:02}{clock[2:]}"
    if kind == "time" and days == 0:
        return clock
    if not epoch_1904 and days == 60:
        return "1900-02-29"  # a day that never was, but that Excel counts, and shows
    start = datetime.date(1904, 1, 1) if epoch_1904 else datetime.date(1899, 12, 30 if days > 60 else 31)
    try:
        day = (start + datetime.timedelta(days=days)).isoformat()
    except OverflowError:
        return canonical(value)
    return f"{day}T{clock}" if seconds else day


def _kind(code: str) -> str:
    """What a number format makes of a number: "date", "time", "duration", "percent", "zeros", or "" for a number."""
    if re.fullmatch("0{2,}", code):
        return "zeros"
    bare = _LITERAL.sub("", code.split(";")[0]).lower()
    if bare in {"general", ""}:
        return ""
    if "%" in bare:
        return "percent"
    if re.search(r"\[[hms]+\]", bare):
        return "duration"
    if re.search("[yd]", bare) or ("m" in bare and not re.search("[hs]", bare)):
        return "date"
    return "time" if re.search("[hs]", bare) else ""


def _column(name: str | None) -> int:
    found = _REFERENCE.fullmatch(name or "")
    number = 0
    for letter in found[1] if found else "":
        number = number * 26 + ord(letter) - 64
    return number
