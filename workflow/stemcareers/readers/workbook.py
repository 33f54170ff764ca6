"""The sheets of an Excel workbook (.xlsx) as they are stored: every cell as text, and of which kind it was.

The parts of the file are read one by one, and nothing in them is calculated, converted by a program's own rules
or fetched: a library that turns cells into values has thrown away what must be told (dates that were answers,
formulas, hidden rows). Source: ECMA-376 part 1 (2016), sections 18.2 (workbook), 18.3 (sheets), 18.8 (styles).
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from pathlib import Path

from stemcareers.errors import Problem
from stemcareers.readers.package import package, tag_of, tree
from stemcareers.readers.sheet import Sheet, read_sheet


@dataclass(frozen=True)
class Workbook:
    """A workbook that is sound enough to be read.

    parts    sheet: its part of the file, in the workbook's order.
    states   sheet: "visible", "hidden" or "veryHidden".
    links    whether it refers to other files.
    """

    path: Path
    parts: dict[str, str]
    states: dict[str, str]
    epoch_1904: bool
    links: bool

    def sheet(self, name: str, decimal: str = ".") -> Sheet:
        """A sheet, read whole. Raises a Problem where it is broken or holds what no sheet may.

        decimal   the decimal sign of its numbers as text; Excel stores none.
        """
        with package(self.path) as archive:
            return read_sheet(archive, self.parts[name], Sheet(name), self.epoch_1904, decimal)


def workbook(path: Path) -> Workbook:
    """What a workbook holds. Raises a Problem for everything that is not a whole, plain .xlsx file."""
    where = path.as_posix()
    with package(path) as archive:
        names = set(archive.namelist())
        book = tree(archive, "xl/workbook.xml")
        related = {
            link.get("Id"): posixpath.normpath(posixpath.join("/xl", link.get("Target", ""))).lstrip("/")
            for link in tree(archive, "xl/_rels/workbook.xml.rels")
            if tag_of(link) == "Relationship" and link.get("TargetMode") != "External"
        }
        parts, states, epoch_1904 = {}, {}, False
        for element in book.iter():
            if tag_of(element) == "workbookPr":
                epoch_1904 = element.get("date1904", "0").lower() in {"1", "true", "on"}
            elif tag_of(element) == "sheet":
                target = next((related.get(v) for k, v in element.items() if k.endswith("}id")), None)
                if target and "/worksheets/" in f"/{target}":  # a sheet may be a chart only
                    parts[element.get("name", "")] = target
                    states[element.get("name", "")] = element.get("state", "visible")
    missing = [name for name, part in parts.items() if part not in names]
    if missing or not parts:
        raise Problem(where, "holds no sheet with cells" if not parts else f"has lost its sheet '{missing[0]}'")
    return Workbook(path, parts, states, epoch_1904, any(name.startswith("xl/externalLinks/") for name in names))
