"""Descriptive tables: weighted shares and means with intervals, each beside its unweighted n."""

from __future__ import annotations

from typing import Any

import pandas as pd

from stemcareers import wording
from stemcareers.config.labels import capital, small
from stemcareers.config.shown import THEN
from stemcareers.selection import Selection, records_of, reference_of
from stemcareers.tabulate.grid import Cell, Column, Grid, Group, Row

COLUMNS_AT_MOST = 4
COLUMNS_WITH_PRECISION = 2
COLUMNS_WITH_INTERVALS_APART = 2  # with more, intervals stand under their numbers
ABOUT = {"ratio": "per", "contrast": "by", "average": "average over", "association_f": "by"}  # before a term
WHO = ("sample", "specification")
WHAT = ("outcome", "term", "level")
Key = tuple[str, ...]
Cells = dict[tuple[Key, Key], dict[str, Any]]
Beside = dict[Key, dict[str, dict[str, Any]]]  # of a record, by quantity, what is said of its precision


def grid(selection: Selection, fits: pd.DataFrame, level: str) -> Grid:
    """The table of the selected descriptions: questions down and samples across, unless there are many samples."""
    whole, selection = selection, selection.only(~selection.rows["quantity"].isin(wording.PRECISION))
    records = records_of(selection.rows)
    beside = _precision(whole)
    across = _quantities_across(records)
    cells: Cells = {(_what(r), _who(r, across)): r for r in records}
    what = list(dict.fromkeys(_what(r) for r in selection.by(*WHAT).rows.to_dict("records")))
    who = list(dict.fromkeys(_who(r, across) for r in selection.by(*WHO).rows.to_dict("records")))
    if len(who) <= (COLUMNS_WITH_PRECISION if beside else COLUMNS_AT_MOST):
        columns = [(name, [cells.get((w, key)) for w in what]) for key, name in _who_names(selection, who).items()]
        labelled = _what_groups(selection, what)
    else:
        columns, labelled = _many(selection, cells, what, who)
    units = {str(r["unit"]) for r in records if r["quantity"] not in {"share", "count"}}
    with_interval = any(pd.notna(r["ci_low"]) for r in records)
    variance, intervals = wording.variance(fits), f"{level} confidence intervals"
    apart = len(columns) <= COLUMNS_WITH_INTERVALS_APART
    return Grid(
        columns=[
            c
            for name, found in columns
            for c in [*_pair(name, found, level if with_interval else "", units, apart), *_extra(name, beside)]
        ],
        groups=_filled(labelled, [found for _, found in columns], units, beside),
        notes=[
            *([f"{'' if apart else 'In brackets: '}{intervals}{variance}"] if with_interval else []),
            _counted(records, selection),
            *_weighed(selection),
        ],
    )


def _counted(records: list[dict[str, Any]], selection: Selection) -> str:
    """What n counts: respondents, or the schools that are followed from wave to wave."""
    if all(record["quantity"] in wording.OF_PANELS for record in records):
        return f"n: {wording.IN_BOTH}"
    return f"n: {selection.labels.units} behind the number, each counted once"


def _precision(whole: Selection) -> Beside:
    """For each record what is said of its precision; empty where the table shows none."""
    found: Beside = {}
    for record in records_of(whole.rows[whole.rows["quantity"].isin(wording.PRECISION)]):
        found.setdefault(_place(record), {})[str(record["quantity"])] = record
    return found


def _place(record: dict[str, Any]) -> Key:
    return (*_what(record), *(str(record[d]) for d in WHO))


def _extra(name: str, beside: Beside) -> list[Column]:
    heads = [wording.QUANTITIES[quantity] for quantity in wording.PRECISION] if beside else []
    return [Column((name, head) if name else (head,)) for head in heads]


def _weighed(selection: Selection) -> list[str]:
    """How a contrast weighs its categories: `School level: Primary times −0.5, Secondary times 1`."""
    notes = []
    for name in selection.known("specification"):
        entry = selection.labels.config.specifications.get(name)
        if entry is not None and entry.coefficients:
            term = entry.between[0]
            weights = [
                f"{selection.labels.level(term, str(code))} times {wording.decimal(weight, 2)}"
                for code, weight in entry.coefficients.items()
            ]
            notes.append(f"{selection.labels.term(term)}: {', '.join(weights)}")
    return notes


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
        return [
            (capital(_inner(selection, keys[0], keys)), [selection.labels.outcome(outcome) for outcome, _, _ in keys])
        ]
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
    # The one answer of an indicator needs no words; the quantile of a scale does, and so do two answers in turn.
    told = THEN in level or "." in level
    words = selection.labels.level(term, level) if level and (told or not _is_scale(term, selection)) else ""
    if told:
        return words
    if term == outcome:
        return words or level if len(inside) > 1 else words
    reference = reference_of(term, [k[2] for k in inside if k[1] == term], selection)
    against = f" (vs {selection.labels.level(term, reference)})" if reference else ""
    if words:
        return selection.category(term, level, against)
    name = selection.labels.term(term)
    about = next((before for quantity, before in ABOUT.items() if quantity in set(selection.rows["quantity"])), "")
    return f"{about} {small(name)}" if about else name


def _is_scale(term: str, selection: Selection) -> bool:
    return term in selection.labels.config.scales


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


def _pair(name: str, found: list[dict[str, Any] | None], level: str, units: set[str], apart: bool) -> list[Column]:
    """A column of numbers with intervals of a level, if any, and the column of their n."""
    quantities = {str(r["quantity"]) for r in found if r}
    quantity = wording.QUANTITIES.get(next(iter(quantities)), "Estimate") if len(quantities) == 1 else "Estimate"
    unit = f", {next(iter(units))}" if len(units) == 1 and not quantities & {"share", "count"} else ""
    unit = "" if unit == f", {wording.PROBABILITY}" else unit
    interval = f"{level} interval"
    number = f"{quantity}{unit} ({interval})" if level else f"{quantity}{unit}"
    parts = (f"{quantity}{unit}", interval) if level and apart else None
    over = (name,) if name else ()
    return [Column((*over, number), apart=parts), Column((*over, "n"), n=True)]


def _filled(
    labelled: list[tuple[str, list[str]]], columns: list[list[dict[str, Any] | None]], units: set[str], beside: Beside
) -> list[Group]:
    groups = []
    place = 0
    for label, names in labelled:
        rows = []
        for name in names:
            records = [column[place] for column in columns]
            cells = [cell for record in records for cell in [*_cells(record), *_precision_cells(record, beside)]]
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
    if record["quantity"] in wording.TESTS:
        shown, second = f"F {wording.decimal(number[2])} ({wording.p_value(float(record['p_value']))})", ""
    else:
        between = wording.interval(*number[:2], float(record["ci_low"]), float(record["ci_high"]))
        shown, second = wording.amount(*number), f"({between})" if between else ""
    return [Cell(shown, second, record=record), Cell(wording.count(record["n"]) if pd.notna(record["n"]) else "")]


def _precision_cells(record: dict[str, Any] | None, beside: Beside) -> list[Cell]:
    """The design effect and the effective n of a number, where the table shows them."""
    if not beside:
        return []
    told = beside.get(_place(record), {}) if record is not None else {}
    return [_single(told.get(quantity)) for quantity in wording.PRECISION]


def _single(record: dict[str, Any] | None) -> Cell:
    if record is None:
        return Cell()
    if record["withheld"]:
        return Cell(withheld=wording.withheld(str(record["withheld"])), record=record)
    return Cell(wording.amount(str(record["quantity"]), "", float(record["estimate"])), record=record)
