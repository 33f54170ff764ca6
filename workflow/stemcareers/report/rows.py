"""Estimates as a table a person reads: labels for ids, numbers with their intervals, links to wordings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stemcareers import wording
from stemcareers.config import Labels
from stemcareers.config.samples import WAVE
from stemcareers.report import lineage

VARYING = ("specification", "sample", "outcome", "term", "level")
HEADINGS = {
    "specification": "Specification",
    "sample": "Sample",
    "outcome": "Outcome",
    "term": "Question or scale",
    "level": "Answer or category",
}


@dataclass(frozen=True)
class Cell:
    """A text, and where it leads. False where there is no text."""

    text: str
    link: str = ""

    def __bool__(self) -> bool:
        return bool(self.text)

    def __str__(self) -> str:
        return self.text


def of_fact(row: Mapping[str, Any], text: str) -> Cell:
    """A number of a wave's facts, which leads to its row on the wave's page."""
    return Cell(text, lineage.of_fact(row))


@dataclass(frozen=True)
class ReadableTable:
    """A table of cells: words first, then `estimate`, `interval`, `n`."""

    columns: tuple[str, ...]
    words: int
    rows: tuple[tuple[Cell, ...], ...]
    marks: tuple[str, ...]


def readable(rows: pd.DataFrame, labels: Labels, confidence_level: float) -> ReadableTable:
    """Rows of the estimates contract with a column for the term and for each other key that varies among them.

    Each estimate leads to its row on the page of its specification. A letter stands for a number that is not
    shown; `marks` says what the letters mean, and why.
    """
    keys = [key for key in VARYING if key == "term" or rows[key].nunique() > 1]
    if "outcome" in keys and rows["term"].eq(rows["outcome"]).all():
        keys.remove("outcome")
    interval = f"{wording.percent(confidence_level)} interval"
    body = tuple((*(_word(row, key, labels) for key in keys), *_numbers(row)) for row in rows.to_dict("records"))
    marks = tuple(wording.marks(rows["withheld"]))
    return ReadableTable((*(HEADINGS[k] for k in keys), "Estimate", interval, "n"), len(keys), body, marks)


def dictionary(variable: str, labels: Labels) -> str:
    """Where the data dictionary explains an item or scale; empty for what is neither."""
    known = variable in labels.config.items or variable in labels.config.scales
    return f"dictionary.html#{variable}" if known else ""


def _word(row: Mapping[str, Any], key: str, labels: Labels) -> Cell:
    value = str(row[key])
    if key == "specification":
        return Cell(labels.specification(value), lineage.page_of(value))
    if key == "sample":
        return Cell(labels.sample(value))
    if key == "level":
        if labels.is_grid(str(row["specification"])):
            return Cell(labels.variant(str(row["specification"]), value))
        return Cell(labels.level(str(row["term"]), value))
    return Cell(labels.term(value), dictionary(value, labels) if value != WAVE else "")


def _numbers(row: Mapping[str, Any]) -> tuple[Cell, Cell, Cell]:
    link = lineage.of_estimate(row)
    if row["withheld"]:
        return (Cell(wording.mark(str(row["withheld"])), link), Cell(""), Cell(""))
    kind = (str(row["quantity"]), str(row["unit"]))
    estimate = "" if pd.isna(row["estimate"]) else wording.amount(*kind, float(row["estimate"]))
    interval = wording.interval(*kind, float(row["ci_low"]), float(row["ci_high"]))
    return (Cell(estimate, link), Cell(interval), Cell("" if pd.isna(row["n"]) else wording.count(int(row["n"]))))
