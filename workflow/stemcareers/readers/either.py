"""The export of a tool that writes csv files and workbooks alike: names of columns, and rows below them."""

from __future__ import annotations

from pathlib import Path

from stemcareers.config.export import WORKBOOK, Export
from stemcareers.readers import excel
from stemcareers.readers.records import by_column, records
from stemcareers.readers.table import Table


def either(export: Export, path: Path) -> Table:
    """The table of a csv file, or of a sheet where the file is an .xlsx."""
    if export.file.lower().endswith(WORKBOOK):
        return excel.read(export, path)
    columns, rows = records(export, path)
    return Table(path.as_posix(), by_column(columns, rows), header_rows=export.header_row, encoding=export.encoding)
