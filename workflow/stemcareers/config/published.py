"""`published.csv` and `corrections/<wave>.csv`: numbers to be reproduced, and answers mended by hand."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from stemcareers.config import csv_file
from stemcareers.config.entry import Entry
from stemcareers.config.plain import ColumnId, Count, FileId, Level, Name, Number, WebAddress, Words


class Published(Entry):
    """A number that the study's own report printed."""

    id: FileId = Field(description="the number's own id")
    question: Words = Field(description="what was asked, in the words of the source")
    answer: Words | None = Field(None, description="the answer it counts; empty for a mean or a number")
    value: Number = Field(description="the number as printed")
    unit: Words = Field(description="its unit: %, n, points")
    base_n: Count | None = Field(None, description="how many answered; empty where the source does not say")
    item: ColumnId | None = Field(None, description="the item or scale of this study it is held against")
    level: Level | None = Field(None, description="the code of the answer, or 1 for a scale of method 'indicator'")
    where: Words = Field(description="the source and the place in it")
    address: WebAddress | None = Field(None, description="a web address where it can be read")
    note: Words | None = Field(None, description="what a reader must know to compare")


class Correction(Entry):
    """One answer mended by hand."""

    response: Name = Field(description="the id of the response")
    item: ColumnId = Field(description="the item whose answer is wrong")
    was: str = Field("", description="the answer as the export has it; the wave stops where it has another")
    becomes: str = Field("", description="the answer it should be: a code, label or number; empty for no answer")
    because: Words = Field(description="how that is known")


def read_published(path: Path) -> tuple[dict[str, Published], list[str]]:
    """The published numbers by id, and every fault of the file."""
    rows, wrong = csv_file.rows(Published, path)
    found: dict[str, Published] = {}
    for row in rows:
        if row.entry is not None and row.entry.id in found:
            wrong.append(f"line {row.line}, id: '{row.entry.id}' stands twice; a number has one row")
        elif row.entry is not None and row.entry.id is not None:
            found[row.entry.id] = row.entry
    return found, wrong
