"""A made-up export as a workbook that interviewers keep in Excel: codes in one sheet, what they mean in another.

Lines above the header where the wave says so, days as Excel keeps them, boxes 1 or blank, and an answer that looks
like a day turned into one, as Excel does. Parts are stored, not packed, so that the bytes are the same everywhere.
Source: ECMA-376 part 1 (2016), sections 12.3 (parts), 18.2 (workbook), 18.3 (sheets), 18.8 (styles).
"""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Sequence
from random import Random
from xml.sax.saxutils import escape, quoteattr

from stemcareers.config import StudyConfig
from stemcareers.synthetic.form import Form
from stemcareers.synthetic.people import Answer, Drawing
from stemcareers.synthetic.responses import Response, responses, school_code, school_name

DATE, INTERVIEWER, NAME = "Interviewed", "Interviewer", "School name"
INTERVIEWERS = ("AB", "CD", "EF")
CODES = "Codes"
Cell = int | float | str | datetime.date | None

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
EPOCH = datetime.date(1899, 12, 30)  # day 0, as Excel takes 1900 for a leap year
DAY_STYLE = 1
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf xfId="0"/><xf numFmtId="14" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


def columns(study: StudyConfig, wave_id: str) -> list[str]:
    """The names of all columns, as the wave file calls them."""
    wave = study.waves[wave_id]
    about = [*wave.response, DATE, INTERVIEWER, *wave.person, *wave.school, NAME]
    form = Form(study, wave_id)
    return [*dict.fromkeys(about), *form.questions, *form.other_texts]


def export_bytes(study: StudyConfig, wave_id: str, drawing: Drawing) -> bytes:
    """The bytes of the workbook: the recipe's people, and the flaws it asks for."""
    wave, form, header = study.waves[wave_id], Form(study, wave_id), columns(study, wave_id)
    rows: list[list[Cell]] = [[] for _ in range(wave.export.header_row - 1)]
    if rows:
        rows[0] = [f"{study.instruments[wave.instrument].title}: {wave.title}"]
    rows.append(list(header))
    random = drawing.random("rows")
    for number, response in enumerate(responses(wave, drawing), start=1):
        row: dict[str, Cell] = {DATE: response.start.date(), INTERVIEWER: random.choice(INTERVIEWERS)}
        row |= dict.fromkeys(wave.response, f"I{number:04d}") | dict.fromkeys(wave.person, response.reference)
        row |= dict.fromkeys(wave.school, school_code(response)) | {NAME: school_name(response)}
        row |= {column: _cell(form, column, response, random) for column in form.seen(response)}
        rows.append([row.get(column) for column in header])
    return _workbook({wave.export.sheet or "Answers": rows, CODES: _codes(form)})


def _cell(form: Form, column: str, response: Response, random: Random) -> Cell:
    answer = form.answer(column, response)
    if column in form.boxes or column in form.none:
        return 1 if answer == 1 else None
    return _as_excel_takes_it(form.exported(column, answer, random))


def _as_excel_takes_it(answer: Answer) -> Cell:
    """Text that looks like a day is one from then on; digits are a number."""
    if not isinstance(answer, str):
        return answer
    try:
        return datetime.date.fromisoformat(answer)
    except ValueError:
        return int(answer) if answer.isdecimal() else answer


def _codes(form: Form) -> list[list[Cell]]:
    """The sheet that says what the codes mean."""
    rows: list[list[Cell]] = [["Column", "Question", "Code", "Answer"]]
    for column in form.questions:
        item = form.items.get(column)
        codes = form.study.answer_set(item).codes if item and column not in form.boxes else {}
        rows.append([column, form.wordings[column]])
        rows += [[column, None, code, label] for code, label in codes.items()]
    return rows


# --- the parts of the file ----------------------------------------------------------------------------------


def _workbook(sheets: dict[str, list[list[Cell]]]) -> bytes:
    parts = {
        "[Content_Types].xml": _content_types(len(sheets)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(list(sheets)),
        "xl/_rels/workbook.xml.rels": _relations(
            [*(("worksheet", f"worksheets/sheet{i + 1}.xml") for i in range(len(sheets))), ("styles", "styles.xml")]
        ),
        "xl/styles.xml": STYLES,
    }
    parts |= {f"xl/worksheets/sheet{i}.xml": _sheet(rows) for i, rows in enumerate(sheets.values(), start=1)}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, text in parts.items():
            # A fixed time and no trace of the system, so that the same answers are the same bytes.
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 0
            archive.writestr(entry, text)
    return content.getvalue()


def _content_types(sheets: int) -> str:
    kinds = {f"/xl/worksheets/sheet{i}.xml": f"{SHEETS}.worksheet+xml" for i in range(1, sheets + 1)}
    kinds |= {"/xl/workbook.xml": f"{SHEETS}.sheet.main+xml", "/xl/styles.xml": f"{SHEETS}.styles+xml"}
    named = "".join(f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in kinds.items())
    usual = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    return f'{HEAD}<Types xmlns="{PACKAGE}/content-types">{usual}{named}</Types>'


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{RELATION}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(targets, start=1)
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>'


def _book(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{i}" r:id="rId{i}"/>' for i, name in enumerate(names, start=1)
    )
    return f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATION}"><sheets>{sheets}</sheets></workbook>'


def _sheet(rows: list[list[Cell]]) -> str:
    body = "".join(
        f'<row r="{number}">'
        + "".join(_xml(f"{_letters(i)}{number}", cell) for i, cell in enumerate(row, start=1))
        + "</row>"
        for number, row in enumerate(rows, start=1)
        if row
    )
    return f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _xml(place: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime.date):
        return f'<c r="{place}" s="{DAY_STYLE}"><v>{(cell - EPOCH).days}</v></c>'
    if isinstance(cell, int | float):
        return f'<c r="{place}"><v>{cell}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'


def _letters(column: int) -> str:
    return chr(64 + column) if column <= 26 else _letters((column - 1) // 26) + _letters((column - 1) % 26 + 1)
