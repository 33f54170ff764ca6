"""An export as it stands: cells as text, and what the file itself says about its columns."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from stemcareers.errors import Problem

Kind = Literal["single", "multiple", "number", "date", "text", "id", "calculated"]
EXACT_INTEGERS = 2**53  # beyond, a float no longer tells neighbouring whole numbers apart


@dataclass(frozen=True)
class Table:
    """The cells of an export and what the reader learned; no cell is interpreted yet.

    path         the file, as messages name it.
    cells        one array per column, in the file's order: text, or the floats and dates of an SPSS file.
    header_rows  rows that were headers and not responses (0 for SPSS, 1, or 3 for Qualtrics).
    encoding     how the text was decoded.
    wordings     column: the question's text, where the file carries it.
    labels       column: code as text: label, where the file carries them.
    missing      column: what the file declares missing, as ranges (low, high) of numbers or of text.
    kinds        column: what the survey tool says it holds (single, multiple: a box, number, date, text, id,
                 calculated), where it says so.
    asked_if     column: the condition under which it is asked, as the tool writes it.
    choices      question where several boxes may be ticked: {column of the box: wording of the choice}.
    ticked       column: the text that means 'ticked' there, should it be a box.
    previews     column: its texts that mark a row as a preview or test of the survey, and no response.
    undecided    columns: a sentence on rows that may not count, for as long as no keep_if names one of the columns.
    remarks      sentences for the person who drafts or checks the wave; none quotes an answer.
    """

    path: str
    cells: Mapping[str, np.ndarray] = field(repr=False)
    header_rows: int
    encoding: str
    wordings: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing: Mapping[str, tuple[tuple[float | str, float | str], ...]] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    asked_if: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    ticked: Mapping[str, str] = field(default_factory=dict)
    previews: Mapping[str, Collection[str]] = field(default_factory=dict)
    undecided: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in the file's order."""
        return tuple(self.cells)

    @property
    def n(self) -> int:
        """How many rows the file holds, headers not counted."""
        return len(next(iter(self.cells.values()))) if self.cells else 0

    def distinct(self, column: str) -> tuple[np.ndarray, list[str]]:
        """(n,) positions in a list of the column's different texts, and that list; a blank cell is ''.

        Every cell is text, without blanks around it; a whole number of an SPSS file has no decimal point.
        Raises a Problem for whole numbers that the file cannot hold exactly.
        """
        codes, values = pd.factorize(self.cells[column])
        texts = [self._text(value, column) for value in values.tolist()]
        if (codes < 0).any():
            codes = np.where(codes < 0, len(texts), codes)
            texts.append("")
        return codes, texts

    def text(self, column: str) -> pd.Series:
        """A column as text; <NA> where the cell is blank."""
        codes, texts = self.distinct(column)
        return pd.Series(pd.array([t or None for t in texts], dtype="string").take(codes), name=column)

    def is_declared_missing(self, column: str, text: str) -> bool:
        """Whether the file itself says that this text of the column is no answer."""
        for low, high in self.missing.get(column, ()):
            if isinstance(low, str) or isinstance(high, str):
                if str(low).strip() <= text <= str(high).strip():
                    return True
            elif _is_number(text) and low <= float(text) <= high:
                return True
        return False

    def _text(self, value: object, column: str) -> str:
        if isinstance(value, str):
            return value.strip()
        if isinstance(value, float | int) and abs(value) > EXACT_INTEGERS:
            raise Problem(
                self.path,
                f"'{column}' holds numbers over {EXACT_INTEGERS:,}, which SPSS cannot keep apart; "
                "export the column as text",
            )
        return canonical(value)


def canonical(value: object) -> str:
    """A number, day or text as the one text it has here: 1.0 is '1', 0.1 is '0.1', a day is '2006-04-01'."""
    if isinstance(value, bool | int):
        return str(int(value))
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else np.format_float_positional(value, trim="-")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value).strip()


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
