"""Which differences between the drawn estimates become headings, rows and series."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from stemcareers.config import Figure
from stemcareers.config.samples import WAVE, column_of
from stemcareers.draw import style
from stemcareers.errors import Problem
from stemcareers.selection import Selection, records_of

Record = dict[str, Any]
TAIL = ("sample", "level")  # told behind a row's label where it depends on the row


@dataclass(frozen=True)
class Entry:
    """One row: its label, the same with its heading, and its estimates, one for each series (or part) it has."""

    label: str
    name: str
    records: list[Record]


@dataclass(frozen=True)
class Group:
    """Rows under a heading, which may be empty."""

    heading: str
    entries: list[Entry]


@dataclass(frozen=True)
class Arrangement:
    """Groups of rows, and what the series in each row are called (one name where there is one series)."""

    groups: list[Group]
    series: list[str]
    by_row: str  # the dimension that tells rows apart; empty where there is one row
    by_series: str

    def entries(self) -> list[Entry]:
        """All rows."""
        return [entry for group in self.groups for entry in group.entries]


def arrange(selection: Selection, dimensions: tuple[str, ...], series: bool = True) -> Arrangement:
    """Headings, rows and series by what differs between the estimates.

    dimensions  what may differ, the outermost first; what else differs stays together in one row (segments).
    series      whether up to four may stand side by side in one row.

    One difference makes rows; two make rows and series (or headings, where there are more than four of the inner
    kind); three make headings, rows and series. Raises Problem where there are more.
    """
    differing, told = _differing(selection.rows, dimensions)
    by_heading, by_row, by_series = _roles(selection.rows, differing, series, selection)
    series_of = {
        _series_key(selection, by_series, r): selection.label(by_series, r) if by_series else ""
        for r in records_of(selection.by(*filter(None, [by_series])).rows)
    }
    records = records_of(selection.by(*filter(None, [by_heading, by_row, by_series])).rows)
    for record in records:
        record["place"] = list(series_of).index(_series_key(selection, by_series, record))
    groups = []
    for part in _split(records, by_heading):
        heading = selection.label(by_heading, part[0]) if by_heading else ""
        entries = [_entry(selection, heading, by_row, told, inside) for inside in _split(part, by_row)]
        groups.append(Group(heading, entries))
    return Arrangement(groups, list(series_of.values()), by_row, by_series)


def by_value(arrangement: Arrangement, figure: Figure, selection: Selection, value: Any) -> Arrangement:
    """The rows of each group from the highest value to the lowest, those without a value last.

    Rows stay as given where the figure says so, and where their order means something: answers from low to high,
    waves in time.
    """
    if keeps_order(arrangement, figure, selection):
        return arrangement
    groups = []
    for group in arrangement.groups:
        keyed = [(value(entry), entry) for entry in group.entries]
        known = sorted((k for k in keyed if k[0] is not None), key=lambda k: -k[0])
        groups.append(Group(group.heading, [e for _, e in known] + [e for v, e in keyed if v is None]))
    return Arrangement(groups, arrangement.series, arrangement.by_row, arrangement.by_series)


def keeps_order(arrangement: Arrangement, figure: Figure, selection: Selection) -> bool:
    """Whether rows stand as given, and not by value."""
    first = arrangement.entries()[0].records[0]
    return figure.order == "given" or is_ordered(arrangement.by_row, first, selection)


def first_estimate(entry: Entry) -> float | None:
    """The estimate of the first series that has one."""
    return next((float(r["estimate"]) for r in entry.records if not r["withheld"]), None)


def _series_key(selection: Selection, dimension: str, record: Record) -> str:
    # The same answer may have another code in another question; two specifications may share a short name.
    if not dimension:
        return ""
    return selection.label(dimension, record) if dimension == "level" else str(record[dimension])


def focus_is_drawn(figure: Figure, selection: Selection) -> None:
    """Raise a Problem that names every sample in focus that no row is about."""
    known = selection.known("sample")
    absent = [f"focus: no estimate with sample '{s}' is drawn" for s in figure.focus if s not in known]
    if absent:
        raise Problem(selection.where, *absent)


def _split(records: list[Record], dimension: str) -> list[list[Record]]:
    """The records that share an id, each id once, in order."""
    parts: dict[str, list[Record]] = {}
    for record in records:
        parts.setdefault(str(record[dimension]) if dimension else "", []).append(record)
    return list(parts.values())


def _entry(selection: Selection, heading: str, by_row: str, told: list[str], records: list[Record]) -> Entry:
    label = _label(selection, by_row, told, records[0])
    return Entry(label, f"{heading}: {label}" if heading else label, records)


def _differing(rows: pd.DataFrame, dimensions: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """The dimensions that tell rows apart, and those that only follow from them but are worth telling."""
    differing: list[str] = []
    told: list[str] = []
    for dimension in dimensions:
        if rows[dimension].nunique() < 2:
            continue
        if differing and rows.groupby(differing, sort=False)[dimension].nunique().max() == 1:
            told += [dimension] if dimension in TAIL else []
        else:
            differing.append(dimension)
    return differing, told


def _roles(rows: pd.DataFrame, differing: list[str], series: bool, selection: Selection) -> tuple[str, str, str]:
    """Which dimension makes headings, rows and series; empty for none."""
    few = {d: rows[d].nunique() <= style.SERIES_AT_MOST for d in differing}
    if not differing:
        return "", "", ""
    if len(differing) == 1:
        return "", differing[0], ""
    if len(differing) == 2:
        outer, inner = differing
        if series and few[inner] and _same_meaning(selection, outer, inner):
            return "", outer, inner
        return outer, inner, ""
    if len(differing) == 3 and series and few[differing[2]]:
        return differing[0], differing[1], differing[2]
    counts = ", ".join(f"{rows[d].nunique()} {d}s" for d in differing)
    most = "three of these, the last of at most 4" if series else "two of these"
    raise Problem(selection.where, f"shows {counts} at once, and a figure has room for {most}; name fewer")


def _same_meaning(selection: Selection, outer: str, inner: str) -> bool:
    """Whether the inner dimension has the same names in every row: answers of different questions often do not."""
    if inner != "level":
        return True
    parts = selection.rows.groupby(outer, sort=False)
    names = {tuple(dict.fromkeys(selection.label("level", r) for r in records_of(part))) for _, part in parts}
    return len(names) == 1


def _label(selection: Selection, by_row: str, told: list[str], record: Record) -> str:
    if not by_row:
        outcome = selection.label("outcome", record)
        return outcome if record["sample"] == "all" else f"{outcome}, {selection.label('sample', record)}"
    return ": ".join(selection.label(d, record) for d in [by_row, *told])


def is_ordered(dimension: str, first: Record, selection: Selection) -> bool:
    """Whether the order of what tells rows apart means something: answers from low to high, waves in time."""
    if dimension == "sample":
        return column_of(str(first["sample"])) == WAVE
    if dimension != "level":
        return False
    term = str(first["term"])
    return term == WAVE or selection.labels.kind(term) in ("", "ordered")
