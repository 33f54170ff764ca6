"""A table as a Word document: a real table whose header repeats on every page."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

import docx
from docx.document import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt, RGBColor
from docx.table import Table, _Cell, _Row

from stemcareers.tabulate.grid import Cell, Grid, Row
from stemcareers.tabulate.plain import line

NO_TIME = datetime(1980, 1, 1)  # the first that a zip archive can tell
FONT, LANGUAGE = "Arial", "en-GB"
SIZE, SMALL = 9, 8  # points
INK = RGBColor(0x0B, 0x0C, 0x0C)
PORTRAIT_AT_MOST = 5  # columns of numbers
PAGE = (Mm(210), Mm(297))
MARGIN = Mm(20)
LETTER, BETWEEN = 1.65, 4.0  # mm: a letter's width, and the space beside a column
LABEL_AT_LEAST = 40.0  # mm


def content(grid: Grid, heading: str, note: str) -> bytes:
    """The bytes of a .docx with caption, table and note, on A4, lying where there are many columns.

    The same bytes on every run: nothing in it tells when or by whom it was written.
    """
    grid = grid.laid_out()
    document = _document(heading, wide=len(grid.columns) > PORTRAIT_AT_MOST)
    caption = document.add_paragraph(line(heading), style="Caption")
    caption.paragraph_format.keep_with_next = True
    _table(document, grid, heading)
    under = document.add_paragraph(line(note), style="Normal")
    under.paragraph_format.space_before = Pt(4)
    under.runs[0].font.size = Pt(SMALL)
    written = io.BytesIO()
    document.save(written)
    return _timeless(written.getvalue())


def _document(heading: str, wide: bool) -> Document:
    document = docx.Document()
    about = document.core_properties
    about.title, about.author, about.language = line(heading)[:255], "", LANGUAGE
    about.comments = about.last_modified_by = ""
    about.created = about.modified = NO_TIME
    about.revision = 1
    section = document.sections[0]
    section.page_width, section.page_height = PAGE[::-1] if wide else PAGE
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = MARGIN
    for name, size in (("Normal", SIZE), ("Caption", SIZE + 1)):
        style = document.styles[name]
        style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), INK
        style.paragraph_format.space_after = Pt(0 if name == "Normal" else 4)
        _child(style.element.get_or_add_rPr(), "w:lang", val=LANGUAGE)
    return document


def _table(document: Document, grid: Grid, heading: str) -> None:
    heads = list(grid.heads())
    body = [row for part, group in grid.parted() for row in (part, group.label, *group.rows) if row]
    table = document.add_table(rows=len(heads) + len(body) + len(grid.foot), cols=len(grid.columns) + 1)
    _described(table, heading)
    _sized(table, grid, document)
    for row, level in zip(table.rows, heads, strict=False):
        _set_head(row, level)
    for row, words in zip(table.rows[len(heads) :], [*body, *grid.foot], strict=True):
        if isinstance(words, Row):
            _set_row(row, words)
        else:
            _set_across(row, words)
    _rule(table.rows[0], "top", 8)
    _rule(table.rows[len(heads) - 1], "bottom", 4)
    if grid.foot:
        _rule(table.rows[len(heads) + len(body)], "top", 4)
    _rule(table.rows[-1], "bottom", 8)


def _described(table: Table, heading: str) -> None:
    """A title for those who do not see the table; that its first row and column are headers, the template says."""
    _child(table._tbl.tblPr, "w:tblCaption", val=line(heading))


def _sized(table: Table, grid: Grid, document: Document) -> None:
    """Numbers have the room they need, labels what is left of the page."""
    section = document.sections[0]
    page = Length(section.page_width - section.left_margin - section.right_margin).mm
    numbers = [width * LETTER + BETWEEN for width in grid.widths(under=SMALL / SIZE)]
    label = max(page - sum(numbers), LABEL_AT_LEAST)
    scale = min(1.0, (page - label) / sum(numbers))
    table.autofit = False
    for column, width in zip(table.columns, [label, *(number * scale for number in numbers)], strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _set_head(row: _Row, heads: list) -> None:
    _child(row._tr.get_or_add_trPr(), "w:cantSplit")
    _child(row._tr.get_or_add_trPr(), "w:tblHeader")
    place = 1
    cells = row.cells
    for head in heads:
        cell = cells[place] if head.span == 1 else cells[place].merge(cells[place + head.span - 1])
        align = WD_ALIGN_PARAGRAPH.CENTER if head.span > 1 else WD_ALIGN_PARAGRAPH.RIGHT
        _write(cell, [head.text], align, bold=True)
        if head.span > 1 and head.text:
            _border(cell, "bottom", 4)
        place += head.span


def _set_across(row: _Row, words: str) -> None:
    _child(row._tr.get_or_add_trPr(), "w:cantSplit")
    cells = row.cells
    cell = cells[0].merge(cells[-1])
    _write(cell, [words], WD_ALIGN_PARAGRAPH.LEFT, bold=True)
    cell.paragraphs[0].paragraph_format.space_before = Pt(5)
    cell.paragraphs[0].paragraph_format.keep_with_next = True


def _set_row(row: _Row, words: Row) -> None:
    _child(row._tr.get_or_add_trPr(), "w:cantSplit")
    cells = row.cells
    _write(cells[0], [words.label, *filter(None, [words.under])], WD_ALIGN_PARAGRAPH.LEFT)
    for place, cell in enumerate(words.cells, start=1):
        _write(cells[place], _lines(cell), WD_ALIGN_PARAGRAPH.RIGHT)


def _lines(cell: Cell) -> list[str]:
    return list(cell.lines) or [""]


def _write(cell: _Cell, lines: list[str], align: WD_ALIGN_PARAGRAPH, bold: bool = False) -> None:
    """The first line in the cell's paragraph, the second below it in small letters."""
    paragraph = cell.paragraphs[0]
    paragraph.alignment = align
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(1.5)
    for place, words in enumerate(lines):
        run = paragraph.add_run(line(words))
        run.bold = bold or None
        if place:
            run.font.size = Pt(SMALL)
        elif len(lines) > 1:
            run.add_break()


def _rule(row: _Row, side: str, eighths: int) -> None:
    for cell in dict.fromkeys(row.cells):
        _border(cell, side, eighths)


def _border(cell: _Cell, side: str, eighths: int) -> None:
    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = _child(properties, "w:tcBorders")
    found = _child(borders, f"w:{side}", val="single", sz=str(eighths), space="0", color="0B0C0C")
    if side == "top":  # Word reads borders in the order of the standard only
        borders.insert(0, found)


def _child(parent: object, tag: str, **attributes: str) -> object:
    found = OxmlElement(tag)
    for name, value in attributes.items():
        found.set(qn(f"w:{name}"), value)
    parent.append(found)
    return found


def _timeless(archive: bytes) -> bytes:
    """The archive with every file in it dated alike."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as written:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, NO_TIME.timetuple()[:6])
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            entry.create_system = 3  # whatever system writes it
            written.writestr(entry, source.read(name))
    return target.getvalue()
