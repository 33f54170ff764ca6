"""A Qualtrics csv export: names, question texts, import ids, then one row a response.

Previews and test answers are rows like any other; a wave leaves them out under `keep_if`, where they are counted.
Source: Qualtrics, "Data Export Formats", section on csv files: three header rows, the third with the
`ImportId` of each column as json.
"""

from __future__ import annotations

import json
from pathlib import Path

from stemcareers.config.wave import Export
from stemcareers.errors import Problem
from stemcareers.readers.records import by_column, records
from stemcareers.readers.table import Table


def read(export: Export, path: Path) -> Table:
    """The table of a Qualtrics export. Raises a Problem for everything that is broken in it."""
    columns, rows = records(export, path)
    if len(rows) < 2 or not is_import_row(rows[1]):
        raise Problem(
            path.as_posix(),
            "is not a Qualtrics csv export: the third row must hold an ImportId for every column; export it again "
            "from Qualtrics as csv, or put 'csv' under export.reader in the wave file",
        )
    wordings = {name: " ".join(text.split()) for name, text in zip(columns, rows[0], strict=True)}
    return Table(
        path.as_posix(), by_column(columns, rows[2:]), header_rows=3, encoding=export.encoding, wordings=wordings
    )


def is_import_row(row: list[str]) -> bool:
    """Whether every cell of a row is a json object with an ImportId."""
    return bool(row) and all('"ImportId"' in cell and _is_import_id(cell) for cell in row)


def _is_import_id(cell: str) -> bool:
    try:
        content = json.loads(cell)
    except json.JSONDecodeError:
        return False
    return isinstance(content, dict) and "ImportId" in content
