"""The part of a regression table that tells what varies between the groups of a mixed model, and within."""

from __future__ import annotations

import math
from typing import Any

from stemcareers import contracts, wording
from stemcareers.selection import CASES, Selection, records_of
from stemcareers.tabulate.grid import Cell, Group, Row

Key = tuple[str, ...]
Name = tuple[str, str, str]


def groups(selection: Selection, keys: list[Key]) -> list[Group]:
    """A group of rows with variances, covariances and the share between groups; none without a mixed model.

    keys  of the table's columns.
    """
    rows = selection.rows[selection.rows["quantity"].isin(contracts.BETWEEN_GROUPS)]
    if rows.empty:
        return []
    every = records_of(rows)
    records = {(*(str(r[d]) for d in ("specification", "sample", "outcome", CASES)), _name(r)): r for r in every}
    names = sorted(dict.fromkeys(map(_name, every)), key=_place)
    body = []
    for name in names:
        found = [records.get((*key, name)) for key in keys]
        first = next(r for r in found if r is not None)
        under = "" if name[0] == "icc" else str(first["unit"])
        body.append(
            Row(_label(name, selection), [_cell(r, records, key) for r, key in zip(found, keys, strict=True)], under)
        )
    within = dict.fromkeys(selection.labels.term(str(r["term"])) for r in every if r["quantity"] == "icc")
    return [Group(f"Variation between groups ({', '.join(within)})", body)]


def _name(record: dict[str, Any]) -> Name:
    """Which number it is; the share has one row, whatever the groups are called."""
    quantity = str(record["quantity"])
    return (quantity, "", "") if quantity == "icc" else (quantity, str(record["term"]), str(record["level"]))


def _place(name: Name) -> tuple[int, bool, Name]:
    """Variances first, and among them that of the level."""
    return contracts.BETWEEN_GROUPS.index(name[0]), name[1] != "intercept", name


def _label(name: Name, selection: Selection) -> str:
    quantity, term, level = name
    what = "level" if term == "intercept" else f"effect of {selection.labels.term(term)}"
    if quantity == "group_variance":
        return f"Variance of the {what}"
    if quantity == "group_covariance":
        other = "level" if level == "intercept" else f"effect of {selection.labels.term(level)}"
        return f"Covariance of the {other} and the {what}"
    return wording.QUANTITIES[quantity]


def _cell(record: dict[str, Any] | None, records: dict[tuple[Any, ...], dict[str, Any]], key: Key) -> Cell:
    """The number; with a variance its root, with a covariance the correlation."""
    if record is None:
        return Cell()
    if record["withheld"]:
        return Cell(withheld=wording.withheld(str(record["withheld"])), record=record)
    quantity, value = str(record["quantity"]), float(record["estimate"])
    second = ""
    if quantity.endswith("_variance"):
        second = f"(standard deviation {wording.decimal(math.sqrt(value))})"
    elif quantity == "group_covariance":
        spread = [float(records[(*key, ("group_variance", str(record[d]), ""))]["estimate"]) for d in ("term", "level")]
        if min(spread) > 0:
            second = f"(correlation {wording.decimal(value / math.sqrt(math.prod(spread)))})"
    return Cell(wording.amount(quantity, str(record["unit"]), value), second, record=record)
