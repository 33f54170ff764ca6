"""`published.csv` and `corrections/<wave>.csv`: numbers to be reproduced, and answers mended by hand."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from pydantic import Field

from stemcareers.config import csv_file
from stemcareers.config.entry import Entry
from stemcareers.config.plain import ColumnId, Count, FileId, Level, Name, Printed, WebAddress, Words
from stemcareers.config.samples import Sample

MAY_LACK = ("specification", "sample", "wave", "quantity", "term", "because")  # columns that a file need not have
SINGLE_SCORE = "single_score"  # a score that one school published: held against the rule that makes such scores
PLACE = "place"  # where a share stands among those of the same specification, the largest first
DEVIATION = "standard_deviation"  # the square root of a `variance`
ESTIMATED_AS = {PLACE: "share", DEVIATION: "variance"}  # what stands in the estimates for what is worked out of it
Quantity = Literal[
    "mean",
    "share",
    "count",
    "place",
    "difference",
    "coefficient",
    "largest_difference",
    "standard_deviation",
    "single_score",
]


class Published(Entry):
    """A number that the study's own report printed."""

    id: FileId = Field(description="the number's own id")
    question: Words = Field(description="what was asked, in the words of the source")
    answer: Words | None = Field(None, description="the answer it counts; empty for a mean or a number")
    value: Printed = Field(description="the number as printed, with its decimals")
    unit: Words = Field(description="its unit: %, n, points")
    base_n: Count | None = Field(None, description="how many answered; empty where the source does not say")
    item: ColumnId | None = Field(None, description="the item or scale of this study it is held against")
    level: Level | None = Field(None, description="the code of the answer, or 1 for a scale of method 'indicator'")
    where: Words = Field(description="the source and the place in it")
    address: WebAddress | None = Field(None, description="a web address where it can be read")
    note: Words | None = Field(None, description="what a reader must know to compare")
    specification: FileId | None = Field(None, description="the specification it is held against; any if empty")
    sample: Sample | None = Field(None, description="the sample it is of, where it is not of all")
    wave: FileId | None = Field(None, description="the wave it is of, where several asked")
    quantity: Quantity | None = Field(None, description="what kind of number it is, where unit and level do not say")
    term: ColumnId | None = Field(None, description="of a difference or coefficient, what it is of")
    because: Words | None = Field(None, description="why nothing here can be set beside it, where that is so")

    def faults(self) -> Iterable[str]:
        if self.because is not None and self.item is not None:
            yield "because: says that nothing here can be set beside the number, and item says what can; take one out"
        if self.level is not None and self.item is None:
            yield "level: is an answer to an item; name it under item"
        if self.specification is not None and self.item is None:
            yield "specification: has numbers on items; name one under item"
        for key in ("quantity", "term"):
            if getattr(self, key) is not None and self.item is None:
                yield f"{key}: is about an item; name one under item"
        if self.quantity in ("difference", "coefficient") and self.term is None:
            yield f"term: is missing; a {self.quantity} is of an item or scale"
        if self.quantity == PLACE and self.specification is None:
            yield "specification: is missing; a place is one among the outcomes of a specification"
        if self.quantity == SINGLE_SCORE:
            for key in ("level", "specification", "sample", "wave"):
                if getattr(self, key) is not None:
                    yield f"{key}: belongs to numbers of many; a score of one school is held against the scoring rule"
        if self.sample is not None and self.wave is not None:
            yield "wave: the sample says already of whom the number is; take one out"
        if self.sample is not None and self.sample.startswith("by "):
            yield f"sample: '{self.sample}' is several samples; a number is of one: all, or column=code"


class Correction(Entry):
    """One answer mended by hand."""

    response: Name = Field(description="the id of the response")
    item: ColumnId = Field(description="the item whose answer is wrong")
    was: str = Field("", description="the answer as the export has it; the wave stops where it has another")
    becomes: str = Field("", description="the answer it should be: a code, label or number; empty for no answer")
    because: Words = Field(description="how that is known")


def read_published(path: Path) -> tuple[dict[str, Published], list[str]]:
    """The published numbers by id, and every fault of the file."""
    rows, wrong = csv_file.rows(Published, path, MAY_LACK)
    found: dict[str, Published] = {}
    for row in rows:
        if row.entry is not None and row.entry.id in found:
            wrong.append(f"line {row.line}, id: '{row.entry.id}' stands twice; a number has one row")
        elif row.entry is not None and row.entry.id is not None:
            found[row.entry.id] = row.entry
    return found, wrong
