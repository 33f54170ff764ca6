"""What was answered beside what was imputed: of each variable with gaps its mean and spread, or shares of answers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from stemcareers import wording
from stemcareers.selection import DIMENSIONS, Selection, records_of
from stemcareers.tabulate.grid import Cell, Column, Grid, Group, Row

WHO = ("observed", "imputed")
SET = ("specification", "sample", "outcome")  # each has equations of its own


def grid(selection: Selection) -> Grid:
    """Two columns, each beside its n; a variable with categories is a group of rows."""
    rows = selection.by(*DIMENSIONS).rows
    several = [name for name in SET if rows[name].nunique() > 1]
    groups: list[Group] = []
    for _, part in rows.groupby(list(SET), sort=False):
        label = ", ".join(selection.label(name, part.iloc[0]) for name in several)
        groups += _groups(selection, part, label)
    heads = {"observed": "Answered", "imputed": "Imputed"}
    columns = [Column((heads[who], "Share, or mean (standard deviation)")) for who in WHO]
    counts = [Column((heads[who], "n"), n=True) for who in WHO]
    return Grid([column for pair in zip(columns, counts, strict=True) for column in pair], groups)


def _groups(selection: Selection, part: pd.DataFrame, label: str) -> list[Group]:
    numbers: list[Row] = []
    groups = []
    for term in part["term"].unique():
        its = part[part["term"].eq(term)]
        name = selection.labels.term(str(term))
        found = {(str(r["quantity"]), str(r["level"])): r for r in records_of(its)}
        levels = [str(level) for level in its["level"].unique()]
        scale = selection.labels.config.scales.get(str(term))
        if scale is not None and scale.method == "indicator":
            numbers.append(Row(name, [c for who in WHO for c in _share(who, "1", found)]))
        elif levels == [""]:
            unit = str(its["unit"].iloc[0])
            numbers.append(Row(name, [c for who in WHO for c in _number(who, found)], unit))
        else:
            rows = [
                Row(selection.labels.level(str(term), level), [c for who in WHO for c in _share(who, level, found)])
                for level in levels
            ]
            groups.append(Group(f"{label}: {name}" if label else name, rows))
    return [*([Group(label, numbers)] if numbers else []), *groups]


def _number(who: str, found: dict[tuple[str, str], dict[str, Any]]) -> list[Cell]:
    record, spread = found[f"{who}_mean", ""], found[f"{who}_sd", ""]
    if record["withheld"]:
        return _withheld(record)
    text = wording.decimal(float(record["estimate"]))
    return [Cell(text, f"({wording.decimal(float(spread['estimate']))})", record=record), _count(record)]


def _share(who: str, level: str, found: dict[tuple[str, str], dict[str, Any]]) -> list[Cell]:
    record = found[f"{who}_share", level]
    if record["withheld"]:
        return _withheld(record)
    return [Cell(wording.percent(float(record["estimate"])), record=record), _count(record)]


def _withheld(record: dict[str, Any]) -> list[Cell]:
    reason = wording.withheld(str(record["withheld"]))
    return [Cell(withheld=reason, record=record), Cell(withheld=reason)]


def _count(record: dict[str, Any]) -> Cell:
    return Cell(wording.count(record["n"]))
