"""An Excel workbook (.xlsx): one sheet, one row a response, every cell as text.

What Excel did to answers is told and never undone: a date comes as a date, so that an answer '1-5' that it turned
into one is set aside; a percentage keeps its sign. Formulas, errors and merged cells are refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from stemcareers.config.export import Export
from stemcareers.config.spelling import tidy
from stemcareers.errors import Problem, did_you_mean
from stemcareers.readers.letters import refuse_spoilt_text
from stemcareers.readers.records import first_of
from stemcareers.readers.sheet import Sheet, letters, reference
from stemcareers.readers.table import Table
from stemcareers.readers.workbook import Workbook, workbook

TITLES = 10  # rows, at most, that may stand above the one that names the columns


def read(export: Export, path: Path) -> Table:
    """The table of a sheet. Raises a Problem for everything that is broken in the file or was lost in Excel."""
    book = workbook(path)
    # Numbers are written as the wave file says that text among them is: one sign means one thing in a column.
    sheet = book.sheet(_chosen(book, export.sheet), export.decimal)
    return _table(book, sheet, export.header_row)


def _table(book: Workbook, sheet: Sheet, header_row: int) -> Table:
    where, name = book.path.as_posix(), sheet.name
    place = f"sheet '{name}'"
    header = sheet.rows.get(header_row, {})
    below = ((number, cells) for number, cells in sorted(sheet.rows.items()) if number > header_row)
    rows = {number: cells for number, cells in below if any(text.strip() for text in cells.values())}
    if not header:
        given = f"header_row: {header_row}" if header_row > 1 else "the first row"
        raise Problem(where, f"{place}: {given} names no columns; put the row that does under export.header_row")
    if later := row_of_names(sheet, header_row):
        raise Problem(
            where,
            f"{place}: row {header_row} names {_filled(header)} of {_filled(sheet.rows[later])} columns, and row "
            f"{later} seems to name them all; put header_row: {later} under export in the wave file",
        )
    wrong = [
        *_bad_header(header, rows, header_row),
        *_merged(sheet, header_row),
        *_unusable(sheet, header_row),
        *_gaps(rows, header_row),
        *_header_again(header, rows),
    ]
    if wrong:
        raise Problem(where, *(f"{place}: {sentence}" for sentence in wrong))
    columns = {column: _title(text) for column, text in sorted(header.items()) if text.strip()}
    cells = {
        title: np.array([row.get(column, "") for row in rows.values()], dtype=object)
        for column, title in columns.items()
    }
    remarks = (*_hidden(book, sheet, columns, header_row), *_changed(book, sheet, columns, header_row))
    table = Table(where, cells, header_rows=header_row, encoding="utf-8", remarks=remarks)
    refuse_spoilt_text(table)
    return table


def _title(text: str) -> str:
    return tidy(text)


def _chosen(book: Workbook, named: str | None) -> str:
    """The sheet the wave file names, or the only one that shows."""
    where, shown = book.path.as_posix(), [name for name, state in book.states.items() if state == "visible"]
    if named is not None:
        if named not in book.parts:
            near = did_you_mean(named, book.parts) or f"; it has {first_of(book.parts)}"
            raise Problem(where, f"has no sheet '{named}' (export.sheet in the wave file){near}")
        return named
    if len(shown) != 1:
        raise Problem(
            where,
            f"has {len(shown)} sheets that show ({first_of(shown or book.parts)}); "
            "put the one with the answers under export.sheet in the wave file",
        )
    return shown[0]


def fullest_sheet(path: Path) -> str | None:
    """Of several sheets that show, the one with most cells; None where one alone shows, or none."""
    book = workbook(path)
    shown = [name for name, state in book.states.items() if state == "visible"]
    if len(shown) < 2:
        return None
    return max(shown, key=lambda name: sum(map(len, book.sheet(name).rows.values())))


def header_row(path: Path, name: str | None) -> int | None:
    """The row of a sheet that names the columns, where titles stand above it; None where it is the first."""
    book = workbook(path)
    return row_of_names(book.sheet(_chosen(book, name)))


def row_of_names(sheet: Sheet, header_row: int = 1) -> int | None:
    """A row further down that seems to name the columns, as titles stand above it; None where none does.

    The row has at least as many cells as any, and all rows above it have fewer than half as many.
    """
    cells = {number: _filled(row) for number, row in sorted(sheet.rows.items()) if number >= header_row}
    widest = max(cells.values(), default=0)
    first = next((number for number, filled in cells.items() if 2 * filled >= widest), header_row)
    named = header_row < first <= header_row + TITLES and cells[first] == widest > 2
    return first if named else None


def _filled(row: dict[int, str]) -> int:
    return sum(bool(text.strip()) for text in row.values())


# --- what stops the reading -------------------------------------------------------------------------------


def _bad_header(header: dict[int, str], rows: dict[int, dict[int, str]], header_row: int) -> Iterable[str]:
    filled = Counter(column for cells in rows.values() for column, text in cells.items() if text.strip())
    for column in sorted(filled):
        if not header.get(column, "").strip():
            count = filled[column]
            yield (
                f"column {letters(column)} has no name in row {header_row}, but holds {count:,} "
                f"{'cell' if count == 1 else 'cells'}"
            )
    names = Counter(_title(text) for text in header.values())
    for name, times in names.items():
        if times > 1 and name:
            yield f"{times} columns are called '{name}'; a name must stand once"


def _merged(sheet: Sheet, header_row: int) -> Iterable[str]:
    below = [area for area in sheet.merged if _last_row(area) >= header_row]
    if below:
        yield (
            f"cells are merged ({first_of(below)}), which leaves all but one of them blank; "
            "take the cells apart in Excel, or export again"
        )


def _last_row(area: str) -> int:
    return int("".join(filter(str.isdigit, area.rpartition(":")[2])) or 0)


def _unusable(sheet: Sheet, header_row: int) -> Iterable[str]:
    formulas = sheet.of_kind("formula", header_row - 1)
    if formulas:
        yield (
            f"{_cells(formulas)} a formula, and what it comes to is not an answer anyone gave; "
            "put values in their place (in Excel: copy, paste special, values), or export again"
        )
    inexact = sheet.of_kind("inexact", header_row - 1)
    if inexact:
        yield (
            f"{_cells(inexact)} a number of more than 15 digits, the last of which Excel has lost; export the column "
            "as text"
        )
    errors = sheet.of_kind("error", header_row - 1)
    if errors:
        kinds = sorted({sheet.rows[row][column] for row, column in errors})
        yield f"{_cells(errors)} an error of Excel ({', '.join(kinds)}); the answer is lost, so export again"


def _header_again(header: dict[int, str], rows: dict[int, dict[int, str]]) -> Iterable[str]:
    again = [number for number, cells in rows.items() if cells == header]
    if again:
        yield (
            f"{'row' if len(again) == 1 else 'rows'} {first_of(map(str, again))} {'is' if len(again) == 1 else 'are'} "
            "the header again, so several exports were put together; keep them as files apart"
        )


def _gaps(rows: dict[int, dict[int, str]], header_row: int) -> Iterable[str]:
    """A blank row with others below it: something was deleted, or what is below are notes."""
    last = header_row
    for number in rows:
        if number > last + 1:
            yield (
                f"row {last + 1} is blank and row {number} is not; delete blank rows, and what stands below the answers"
            )
            return
        last = number


# --- what is told -----------------------------------------------------------------------------------------


def _hidden(book: Workbook, sheet: Sheet, columns: dict[int, str], header_row: int) -> Iterable[str]:
    hidden = [name for name, state in book.states.items() if state != "visible" and name != sheet.name]
    if hidden:
        yield f"sheets that are hidden were not read: {first_of(hidden)}"
    if book.states[sheet.name] != "visible":
        yield f"sheet '{sheet.name}' is hidden in the workbook; it was read because the wave file names it"
    rows = [row for row in sheet.hidden_rows if row > header_row and row in sheet.rows]
    if rows:
        why = " by a filter" if sheet.filtered else ""
        yield f"{len(rows):,} rows are hidden{why} and were read like any other: {first_of(map(str, rows))}"
    concealed = [name for column, name in columns.items() if column in set(sheet.hidden_columns)]
    if concealed:
        yield f"columns that are hidden were read like any other: {first_of(concealed)}"
    if book.links:
        yield "the workbook refers to other files, which were not opened"


def _changed(book: Workbook, sheet: Sheet, columns: dict[int, str], header_row: int) -> Iterable[str]:
    """What Excel may have made of answers. A column of nothing but dates, or times, was meant to hold them."""
    filled = Counter(
        columns[column]
        for row, cells in sheet.rows.items()
        for column, text in cells.items()
        if row > header_row and column in columns and text.strip()
    )
    for kind, noun in (("date", "a date"), ("time", "a time of day"), ("duration", "a time")):
        for name, count in _by_column(sheet.of_kind(kind, header_row), columns).items():
            system = ", counted from 1904" if book.epoch_1904 and kind == "date" else ""
            if count == filled[name] and not system:
                continue
            yield (
                f"'{name}' holds {noun} in {count:,} {_cell(count)}{system}; Excel makes such of answers like 1-5 or "
                "3/4, so in a question with fixed answers they are set aside"
            )
    for name, count in _by_column(sheet.of_kind("percent", header_row), columns).items():
        yield (
            f"'{name}' holds a percentage in {count:,} {_cell(count)}, read with its sign (50%); "
            "say number_signs: [percent] under export where the unit is per cent"
        )
    for column, name in columns.items():
        yield from _lost_zeros(sheet, column, name, header_row)


def _lost_zeros(sheet: Sheet, column: int, name: str, header_row: int) -> Iterable[str]:
    """Told where some codes of a column begin with 0 and others are a digit short: Excel took their zeros."""
    texts = [cells[column] for row, cells in sheet.rows.items() if row > header_row and column in cells]
    digits = [text for text in texts if text.isdecimal()]
    padded = {len(text) for text in digits if text.startswith("0") and len(text) > 1}
    short = sum(1 for text in digits if len(padded) == 1 and len(text) < min(padded))
    if short:
        yield (
            f"'{name}' has codes that begin with 0 beside {short:,} that are shorter; Excel takes leading zeros from "
            "numbers, so compare with the tool"
        )


def _by_column(places: list[tuple[int, int]], columns: dict[int, str]) -> dict[str, int]:
    found = Counter(column for _, column in places)
    return {columns[column]: count for column, count in sorted(found.items()) if column in columns}


def _cell(count: int) -> str:
    return "cell" if count == 1 else "cells"


def _cells(places: list[tuple[int, int]]) -> str:
    names = first_of(reference(row, column) for row, column in sorted(places))
    return f"{len(places):,} cell ({names}) holds" if len(places) == 1 else f"{len(places):,} cells ({names}) hold"
