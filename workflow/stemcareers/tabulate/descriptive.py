"""Descriptive tables: weighted shares and means with intervals, each beside its unweighted n."""

from __future__ import annotations

from typing import Any

import pandas as pd

from stemcareers import wording
from stemcareers.selection import Selection, reference_of
from stemcareers.tabulate.grid import Cell, Column, Grid, Group, Row

COLUMNS_AT_MOST = 4
WHO = ("sample", "specification")
WHAT = ("outcome", "term", "level")
Key = tuple[str, ...]
Cells = dict[tuple[Key, Key], dict[str, Any]]


def grid(selection: Selection, fits: pd.DataFrame, level: str) -> Grid:
    """The table of the selected descriptions: questions down and samples across, unless there are many samples."""
    records = [{str(k): v for k, v in r.items()} for r in selection.rows.to_dict("records")]
    across = _quantities_across(records)
    cells: Cells = {(_what(r), _who(r, across)): r for r in records}
    what = list(dict.fromkeys(_what(r) for r in selection.by(*WHAT).rows.to_dict("records")))
    who = list(dict.fromkeys(_who(r, across) for r in selection.by(*WHO).rows.to_dict("records")))
    if len(who) <= COLUMNS_AT_MOST:
        columns = [(name, [cells.get((w, key)) for w in what]) for key, name in _who_names(selection, who).items()]
        labelled = _what_groups(selection, what)
    else:
        columns, labelled = _many(selection, cells, what, who)
    units = {str(r["unit"]) for r in records if r["quantity"] not in {"share", "count"}}
    with_interval = any(pd.notna(r["ci_low"]) for r in records)
    return Grid(
        columns=[c for name, found in columns for c in _pair(name, found, level, units, with_interval)],
        groups=_filled(labelled, [found for _, found in columns], units),
        notes=[f"In brackets: {level} confidence intervals{wording.variance(fits)}"] if with_interval else [],
    )


def _quantities_across(records: list[dict[str, Any]]) -> bool:
    """True where one thing has several quantities, which then stand side by side."""
    seen: dict[Key, str] = {}
    return any(seen.setdefault((*_what(r), *_who(r, False)), r["quantity"]) != r["quantity"] for r in records)


def _what(record: dict[str, Any]) -> Key:
    return tuple(str(record[d]) for d in WHAT)


def _who(record: dict[str, Any], with_quantity: bool) -> Key:
    return (*(str(record[d]) for d in WHO), str(record["quantity"]) if with_quantity else "")


def _who_names(selection: Selection, keys: list[Key]) -> dict[Key, str]:
    """What a column is about: the sample and the specification, where they differ."""
    many = [len({key[place] for key in keys}) > 1 for place in range(len(WHO))]
    names = {}
    for key in keys:
        parts = [selection.labels.sample(key[0]) if many[0] else ""]
        parts += [selection.labels.specification(key[1]) if many[1] else ""]
        names[key] = ", ".join(filter(None, parts)) or selection.labels.sample(key[0])
    return names


def _what_groups(selection: Selection, keys: list[Key]) -> list[tuple[str, list[str]]]:
    """Labels of the rows; a question with several answers is a group, and so are outcomes compared in one way."""
    groups: list[tuple[str, list[str]]] = []
    compared = {(term, level) for outcome, term, level in keys if term != outcome}
    if len(keys) > 1 and len(compared) == 1 and all(term != outcome for outcome, term, _ in keys):
        return [(_inner(selection, keys[0], keys), [selection.labels.outcome(outcome) for outcome, _, _ in keys])]
    for outcome in dict.fromkeys(key[0] for key in keys):
        inside = [key for key in keys if key[0] == outcome]
        label = selection.labels.outcome(outcome)
        if len(inside) > 1:
            groups.append((label, [_inner(selection, key, inside) for key in inside]))
        else:
            inner = _inner(selection, inside[0], inside)
            name = f"{label}: {inner}" if inner and inner != label else label
            if groups and not groups[-1][0]:
                groups[-1][1].append(name)
            else:
                groups.append(("", [name]))
    return groups


def _inner(selection: Selection, key: Key, inside: list[Key]) -> str:
    """A row within its outcome: the answer, or the category compared and with which."""
    outcome, term, level = key
    words = selection.labels.level(term, level) if level and term not in selection.labels.config.scales else ""
    if term == outcome:
        return words or level if len(inside) > 1 else words
    reference = reference_of(term, [k[2] for k in inside if k[1] == term], selection)
    against = f" (vs {selection.labels.level(term, reference)})" if reference else ""
    return selection.category(term, level, against) if words else selection.labels.term(term)


def _many(
    selection: Selection, cells: Cells, what: list[Key], who: list[Key]
) -> tuple[list[tuple[str, list[dict[str, Any] | None]]], list[tuple[str, list[str]]]]:
    """Many samples: they go down, the few questions across; or, with many questions too, under one another."""
    names = _who_names(selection, who)
    flat = [f"{group}: {row}" if group else row for group, rows in _what_groups(selection, what) for row in rows]
    if len(what) <= COLUMNS_AT_MOST:
        columns = [(name, [cells.get((w, key)) for key in who]) for w, name in zip(what, flat, strict=True)]
        return columns, [("", [names[key] for key in who])]
    found = [cells.get((w, key)) for w in what for key in who]
    return [("", found)], [(name, [names[key] for key in who]) for name in flat]


def _pair(
    name: str, found: list[dict[str, Any] | None], level: str, units: set[str], with_interval: bool
) -> list[Column]:
    """A column of numbers and the one of their n."""
    quantities = {str(r["quantity"]) for r in found if r}
    quantity = wording.QUANTITIES.get(next(iter(quantities)), "Estimate") if len(quantities) == 1 else "Estimate"
    unit = f", {next(iter(units))}" if len(units) == 1 and not quantities & {"share", "count"} else ""
    unit = "" if unit == f", {wording.PROBABILITY}" else unit
    interval = f" ({level} interval)" if with_interval else ""
    heads = [(name, f"{quantity}{unit}{interval}"), (name, "n")]
    return [Column(heads[0]), Column(heads[1], n=True)] if name else [Column(heads[0][1:]), Column(("n",), n=True)]


def _filled(
    labelled: list[tuple[str, list[str]]], columns: list[list[dict[str, Any] | None]], units: set[str]
) -> list[Group]:
    groups = []
    place = 0
    for label, names in labelled:
        rows = []
        for name in names:
            records = [column[place] for column in columns]
            cells = [cell for record in records for cell in _cells(record)]
            rows.append(Row(name, cells, under=_unit(records, units)))
            place += 1
        groups.append(Group(label, rows))
    return groups


def _unit(records: list[dict[str, Any] | None], units: set[str]) -> str:
    """The unit under a row's label, where the header cannot say it for all rows."""
    first = next((r for r in records if r), None)
    if first is None or len(units) == 1 or first["quantity"] in {"share", "count"}:
        return ""
    return "" if first["unit"] == wording.PROBABILITY else str(first["unit"])


def _cells(record: dict[str, Any] | None) -> list[Cell]:
    if record is None:
        return [Cell(), Cell()]
    if record["withheld"]:
        reason = wording.withheld(str(record["withheld"]))
        return [Cell(withheld=reason, record=record), Cell(withheld=reason)]
    number = (str(record["quantity"]), str(record["unit"]), float(record["estimate"]))
    shown = wording.estimate(*number, float(record["ci_low"]), float(record["ci_high"]))
    return [Cell(shown, record=record), Cell(wording.count(record["n"]) if pd.notna(record["n"]) else "")]
