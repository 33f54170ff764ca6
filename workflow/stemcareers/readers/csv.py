"""A plain csv file: one header row, cells apart by a declared separator, one row a response."""

from __future__ import annotations

from pathlib import Path

from stemcareers.config.wave import Export
from stemcareers.errors import Problem
from stemcareers.readers import qualtrics
from stemcareers.readers.records import by_column, records
from stemcareers.readers.table import Table


def read(export: Export, path: Path) -> Table:
    """The table of a csv file. Raises a Problem for everything that is broken in it."""
    columns, rows = records(export, path)
    if len(rows) > 1 and qualtrics.is_import_row(rows[1]):
        raise Problem(
            path.as_posix(),
            "has the three header rows of a Qualtrics export; put 'qualtrics' under export.reader in the wave file",
        )
    return Table(path.as_posix(), by_column(columns, rows), header_rows=export.header_row, encoding=export.encoding)
