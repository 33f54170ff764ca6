"""Regression tables: specifications side by side, estimates over intervals, what the fits rest on below.

No stars: an interval says how large a difference may be, and a star only that it is not nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from stemcareers import contracts, wording
from stemcareers.config import Labels
from stemcareers.config.labels import small
from stemcareers.selection import (
    CASES,
    INTERCEPT,
    Selection,
    bare,
    cases_apart,
    of_complete_cases,
    records_of,
    reference_of,
)
from stemcareers.tabulate import variation
from stemcareers.tabulate.grid import Cell, Column, Grid, Group, Row

_ORDER = ("odds_ratio", "rate_ratio", "coefficient", "marginal_effect", "prediction")
WITHOUT = "r_squared_without"
QUANTITIES = (
    *_ORDER,
    *(f"{q}{contracts.COMPLETE_CASES}" for q in _ORDER),
    "wald_f",
    WITHOUT,
    *contracts.BETWEEN_GROUPS,
)
RATIOS = ("odds_ratio", "rate_ratio")
SIDE_BY_SIDE = ("specification", "sample", "outcome", CASES)
Key = tuple[str, ...]
FOOT: dict[str, tuple[str, Callable[[float], str]]] = {
    "n": ("{Units} (n)", wording.count),
    "n_schools": ("Schools (clusters)", wording.count),
    "design_df": ("Design degrees of freedom", wording.count),
    "r_squared": ("R\N{SUPERSCRIPT TWO}", wording.decimal),
    "log_likelihood": ("Log-likelihood", wording.decimal),
}
# Headings over groups of terms, where a table has several of them.
PARTS = {
    "leadership_factor": "Leadership and organisation",
    "provision_outcome": "Provision",
    "context": "Context",
    "wave": "Context",
}
GROUPED = "Clusters, or groups of a mixed model"


def grid(selection: Selection, fits: pd.DataFrame, level: str) -> Grid:
    """The table of the selected models: ratios, not logarithms; marginal effects where nothing else is wished for."""
    selection = cases_apart(selection)
    chosen = _preferred(selection)
    rows = chosen.rows
    keys = [tuple(key) for key in rows[list(SIDE_BY_SIDE)].drop_duplicates().itertuples(index=False)]
    units = list(dict.fromkeys(rows["unit"]))
    cells = {(*k, t, lv): r for *k, t, lv, r in _cells(rows)}
    tests = {(*k, t): r for *k, t, _, r in _cells(_tests(selection))}
    return Grid(
        columns=[_column(chosen, key, units) for key in keys],
        groups=[*_in_parts(_groups(chosen, keys, cells, tests, units)), *variation.groups(selection, keys)],
        foot=[*_foot(fits, keys, chosen.labels.units), *_without_each(selection, keys)],
        notes=_notes(chosen, level, fits),
    )


def _preferred(selection: Selection) -> Selection:
    """Of each specification the first quantity of the order that it has, and its tests of whole terms."""
    rank = selection.rows["quantity"].map(bare).map({q: place for place, q in enumerate(_ORDER)})
    first = rank.groupby(selection.rows["specification"]).transform("min")
    return selection.only(rank.eq(first))


def _cells(rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    return [(*(str(r[d]) for d in (*SIDE_BY_SIDE, "term", "level")), r) for r in records_of(rows)]


def _column(selection: Selection, key: Key, units: list[str]) -> Column:
    """The heads of a column: what tells it from the others, and the quantity with its unit where all have one."""
    differing = [d for d in SIDE_BY_SIDE if len(selection.known(d)) > 1] or ["specification"]
    first = _of(selection.rows, key).iloc[0]
    quantity = wording.QUANTITIES[bare(str(first["quantity"]))]
    unit = f", {units[0]}" if len(units) == 1 and units[0] not in {"odds ratio", "rate ratio"} else ""
    return Column((*(selection.label(d, first) for d in differing), quantity + unit))


def _tests(selection: Selection) -> pd.DataFrame:
    return selection.rows[selection.rows["quantity"].eq("wald_f")]


def _groups(
    selection: Selection,
    keys: list[Key],
    cells: dict[Key, dict[str, Any]],
    tests: dict[Key, dict[str, Any]],
    units: list[str],
) -> list[Group]:
    """Numbers and yes-no categories one below the other; a category of several levels is a group of its own."""
    groups: list[Group] = []
    ordered = selection.by("term", "level").rows
    for term in selection.known("term"):
        rows = ordered[ordered["term"].eq(term)]
        levels = [str(level) for level in rows["level"].unique()]
        reference = reference_of(term, levels, selection)
        label = selection.labels.term(term)
        against = f" (reference: {selection.labels.level(term, reference)})" if reference else ""
        unit = "" if len(units) == 1 else str(rows["unit"].iloc[0])
        part = PARTS.get(str(rows["role"].iloc[0]), "")
        found = [[cells.get((*key, term, level)) for key in keys] for level in levels]
        if len(levels) > 1:
            named = [selection.labels.level(term, level) for level in levels]
            body = [Row(name, [_cell(r) for r in records]) for name, records in zip(named, found, strict=True)]
            whole = [tests.get((*key, term)) for key in keys]
            if any(whole):
                body.append(Row("All of these together", [_test(r) for r in whole]))
            groups.append(Group(f"{label}{against}{', ' + unit if unit else ''}", body, part))
        else:
            if not groups or groups[-1].label or groups[-1].part != part:
                groups.append(Group("", [], part))
            name = selection.category(term, levels[0], against) if levels[0] else label
            groups[-1].rows.append(Row(name, [_cell(r) for r in found[0]], under=unit))
    return groups


def _in_parts(groups: list[Group]) -> list[Group]:
    """The groups under the headings of their parts; without them where there is one part, or parts are mixed."""
    named = [group.part for group in groups if group.part]
    runs = [part for place, part in enumerate(named) if place == 0 or named[place - 1] != part]
    if len(runs) > 1 and len(runs) == len(set(runs)):
        return groups
    return [replace(group, part="") for group in groups]


def _cell(record: dict[str, Any] | None) -> Cell:
    if record is None:
        return Cell()
    if record["withheld"]:
        return Cell(withheld=wording.withheld(str(record["withheld"])), record=record)
    number = (str(record["quantity"]), str(record["unit"]))
    between = wording.interval(*number, float(record["ci_low"]), float(record["ci_high"]))
    return Cell(wording.amount(*number, float(record["estimate"])), f"({between})" if between else "", record=record)


def _test(record: dict[str, Any] | None) -> Cell:
    """`F 3.21 (p = 0.022)`"""
    if record is None:
        return Cell()
    if record["withheld"]:
        return Cell(withheld=wording.withheld(str(record["withheld"])), record=record)
    return Cell(
        f"F {wording.decimal(float(record['estimate']))}", f"({wording.p_value(record['p_value'])})", record=record
    )


def _foot(fits: pd.DataFrame, keys: list[Key], units: str) -> list[Row]:
    """What the fits rest on and how well they describe; of models with one factor each, from the least to the most."""
    foot = []
    behind = [_of(fits, key) for key in keys]
    for name, (label, write) in FOOT.items():
        # The fewest degrees of freedom of a mixed model are no design's.
        known = [part[part["family"].ne("mixed linear")] if name == "design_df" else part for part in behind]
        cells = [_span(part, name, write) for part in known]
        if any(cell.text or cell.withheld for cell in cells):
            grouped = name == "n_schools" and fits["family"].eq("mixed linear").any()
            foot.append(Row(GROUPED if grouped else label.format(Units=units.capitalize()), cells))
    # Where all columns are alike in these, the note says so once.
    return [*foot, *_differing("Weighted", behind, "weighted"), *_differing("Errors", behind, "variance")]


def _differing(label: str, behind: list[pd.DataFrame], name: str) -> list[Row]:
    """A row that tells columns apart by what their fits say of themselves; none where all say the same."""
    said = []
    for fits in behind:
        known = fits.loc[fits["withheld"].eq(""), name].map(
            {True: "yes", False: "no"}.get if name == "weighted" else str
        )
        said.append(", ".join(dict.fromkeys(text for text in known if text)))
    told = {text for text in said if text}
    return [Row(label, [Cell(text) for text in said])] if len(told) > 1 else []


def _without_each(selection: Selection, keys: list[Key]) -> list[Row]:
    """What the models would explain without each factor, on the same responses: the lower, the more hangs on it."""
    its = selection.rows[selection.rows["quantity"].eq(WITHOUT)]
    cells = {(*k, t): r for *k, t, _, r in _cells(its)}
    foot = []
    for term in its["term"].unique():
        found = [cells.get((*key, str(term))) for key in keys]
        foot.append(
            Row(f"R\N{SUPERSCRIPT TWO} without {small(selection.labels.term(str(term)))}", list(map(_fit, found)))
        )
    return foot


def _fit(record: dict[str, Any] | None) -> Cell:
    if record is None:
        return Cell()
    if record["withheld"]:
        return Cell(withheld=wording.withheld(str(record["withheld"])), record=record)
    return Cell(wording.decimal(float(record["estimate"])), record=record)


def _of(rows: pd.DataFrame, key: Key) -> pd.DataFrame:
    """The rows of one column."""
    specification, sample, outcome, cases = key
    its = rows[CASES].eq(cases) if CASES in rows else of_complete_cases(rows).eq(bool(cases))
    is_of = rows["specification"].eq(specification) & rows["sample"].eq(sample) & rows["outcome"].eq(outcome)
    return rows[is_of & its]


def _span(fits: pd.DataFrame, name: str, write: Callable[[float], str]) -> Cell:
    hidden = [str(reason) for reason in fits["withheld"] if reason]
    if hidden and len(hidden) == len(fits):
        return Cell(withheld=wording.withheld(hidden[0]))
    values = [float(v) for v in fits[name].dropna() if math.isfinite(float(v))]
    if not values:
        return Cell()
    low, high = write(min(values)), write(max(values))
    return Cell(low if low == high else f"{low} to {high}")


def _notes(selection: Selection, level: str, fits: pd.DataFrame) -> list[str]:
    notes = [f"In brackets: {level} confidence intervals{wording.variance(fits)}"]
    for name in selection.known("specification"):
        specification = selection.labels.config.specifications.get(name)
        if specification is None:
            continue
        short = selection.labels.specification(name)
        if specification.impute is not None:
            notes.append(f"{short}: missing answers imputed {specification.impute.m} times")
        if specification.each_alone:
            notes.append(f"{short}: each factor alone")
        shown = selection.only(selection.rows["specification"].eq(name)).known("term")
        left_out = [t for t in [*specification.factors, *specification.context] if t not in [*shown, INTERCEPT]]
        if left_out and not specification.each_alone:
            notes.append(f"{short}: also holds {_list(left_out, selection.labels)}")
    return notes


def _list(terms: list[str], labels: Labels) -> str:
    return ", ".join(labels.term(term) for term in terms)
