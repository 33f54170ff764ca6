"""Read a csv file of config strictly: its header is the model's fields, and every row has as many cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from stemcareers.config import yaml_file
from stemcareers.config.entry import Entry, read
from stemcareers.config.plain import shown
from stemcareers.errors import Problem

T = TypeVar("T", bound=Entry)


@dataclass(frozen=True)
class Row(Generic[T]):
    """One row: the line it begins on, its first cell, and what could be read; None where the width is wrong."""

    line: int
    first: str
    entry: T | None


def rows(kind: type[T], path: Path, may_lack: Sequence[str] = ()) -> tuple[list[Row[T]], list[str]]:
    """The rows of a file and every fault in it, by line. Raises Problem where it is no csv file of this kind.

    may_lack  columns, the last ones, that need not be there.

    An empty cell is a key left out.
    """
    where, columns = path.as_posix(), list(kind.model_fields)
    reader = csv.reader(io.StringIO(yaml_file.text_of(path), newline=""), strict=True)
    header = next(_numbered(reader, where), (1, []))[1]
    due = [column for column in columns if column not in may_lack]
    if header != due + [column for column in may_lack if column in header]:
        found = ",".join(_cell(cell) for cell in header) or "none"
        further = f", and if needed {','.join(may_lack)}" if may_lack else ""
        other = next((sign for sign in ";\t|" if len(header) == 1 and header[0].split(sign)[: len(due)] == due), None)
        hint = f"; they are separated by {other!r}: save the file with commas" if other else ""
        raise Problem(where, f"line 1: the columns must be {','.join(due)}{further}; found {found}{hint}")
    columns = header
    found_rows: list[Row[T]] = []
    wrong: list[str] = []
    for line, cells in _numbered(reader, where):
        if len(cells) != len(columns):
            wrong.append(
                f"line {line}: has {len(cells)} columns, {len(columns)} are due; "
                "put text that holds a comma in double quotes"
            )
            found_rows.append(Row(line, cells[0].strip(), None))
            continue
        filled = {name: cell for name, cell in zip(columns, cells, strict=True) if cell.strip()}
        entry, faults = read(kind, filled)
        wrong += [f"line {line}, {fault}" for fault in faults]
        found_rows.append(Row(line, cells[0].strip(), entry))
    return found_rows, wrong


def _numbered(reader: Any, where: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line it begins on."""
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Problem(where, f"line {line}: is not csv ({error}); look at its double quotes") from None
        if row:
            yield line, row


def _cell(text: str) -> str:
    return text if text.isprintable() and 0 < len(text) <= 40 else shown(text)
