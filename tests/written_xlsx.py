"""Excel workbooks written part by part, for what must be told or refused: formulas, dates, merged and hidden cells.

A cell is text, a number, True or False, None (absent), or the xml that it is: Raw('<c r="{ref}"><f>1+1</f></c>').
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class Raw(str):
    """The xml of a cell; {ref} stands for its name."""


class Formatted:
    """A number in a number format: a date, a percentage, a code with leading zeros."""

    def __init__(self, value: float, form: str) -> None:
        self.value, self.form = value, form


def xlsx(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[object]]],
    *,
    states: Mapping[str, str] | None = None,
    extra: str = "",
    before: str = "",
    hidden_rows: Sequence[int] = (),
    epoch_1904: bool = False,
    parts: Mapping[str, str | bytes] | None = None,
    dimension: str = "",
) -> Path:
    """A workbook of these sheets, rows of cells each.

    states   sheet: "hidden" or "veryHidden".
    extra    xml after the cells of every sheet (mergeCells, autoFilter); before: xml before them (cols).
    parts    further parts of the archive, or others in place of those written here.
    """
    forms: list[str] = []
    content: dict[str, str | bytes] = {}
    for number, rows in enumerate(sheets.values(), start=1):
        body = "".join(_row(i, row, forms, i in hidden_rows) for i, row in enumerate(rows, start=1))
        size = f'<dimension ref="{dimension}"/>' if dimension else ""
        content[f"xl/worksheets/sheet{number}.xml"] = (
            f'{HEAD}<worksheet xmlns="{MAIN}">{size}{before}<sheetData>{body}</sheetData>{extra}</worksheet>'
        )
    content = {"xl/workbook.xml": _book(list(sheets), states or {}, epoch_1904), **content}
    content["xl/_rels/workbook.xml.rels"] = _relations(len(sheets))
    content["xl/styles.xml"] = _styles(forms)
    content["[Content_Types].xml"] = f"{HEAD}<Types/>"
    content |= parts or {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return path


def letters(column: int) -> str:
    return chr(64 + column) if column <= 26 else letters((column - 1) // 26) + letters((column - 1) % 26 + 1)


def _row(number: int, row: Sequence[object], forms: list[str], hidden: bool) -> str:
    written = "".join(_cell(f"{letters(i)}{number}", cell, forms) for i, cell in enumerate(row, start=1))
    return f'<row r="{number}"{" hidden=" + chr(34) + "1" + chr(34) if hidden else ""}>{written}</row>'


def _cell(ref: str, value: object, forms: list[str]) -> str:
    if value is None:
        return ""
    if isinstance(value, Raw):
        return value.replace("{ref}", ref)
    if isinstance(value, Formatted):
        if value.form not in forms:
            forms.append(value.form)
        return f'<c r="{ref}" s="{forms.index(value.form) + 1}"><v>{value.value!r}</v></c>'
    if isinstance(value, bool):
        return f'<c r="{ref}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{ref}"><v>{value!r}</v></c>'
    return f'<c r="{ref}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'


def _book(names: Sequence[str], states: Mapping[str, str], epoch_1904: bool) -> str:
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}"'
        + (f' state="{states[name]}"' if name in states else "")
        + "/>"
        for i, name in enumerate(names, start=1)
    )
    epoch = '<workbookPr date1904="1"/>' if epoch_1904 else "<workbookPr/>"
    return f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATION}">{epoch}<sheets>{sheets}</sheets></workbook>'


def _relations(count: int) -> str:
    kind = f"{RELATION}/worksheet"
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{kind}" Target="worksheets/sheet{i}.xml"/>' for i in range(1, count + 1)
    )
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{HEAD}<Relationships xmlns="{package}">{links}</Relationships>'


def _styles(forms: Sequence[str]) -> str:
    own = "".join(
        f'<numFmt numFmtId="{164 + i}" formatCode="{escape(f, {chr(34): "&quot;"})}"/>' for i, f in enumerate(forms)
    )
    styles = "".join(f'<xf numFmtId="{164 + i}"/>' for i in range(len(forms)))
    every = f'<numFmts>{own}</numFmts><cellXfs><xf numFmtId="0"/>{styles}</cellXfs>'
    return f'{HEAD}<styleSheet xmlns="{MAIN}">{every}</styleSheet>'
