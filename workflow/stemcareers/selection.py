"""Which estimates a figure or table shows, in the order its config gives: one set of rules for both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from stemcareers import contracts, wording
from stemcareers.config import Figure, Labels, Table
from stemcareers.config.labels import bin_edges
from stemcareers.config.samples import WAVE, column_of, opened
from stemcareers.errors import Problem, did_you_mean, listed

DIMENSIONS = ("specification", "sample", "outcome", "term", "level")
INTERCEPT = "intercept"
CASES = "cases"  # of imputed estimates, whether a row is of complete cases
NO_TERMS = (INTERCEPT, "threshold", "dispersion")  # what a model estimates beside the differences terms make
SHOWN_AT_MOST = 8  # how many known ids a message lists


@dataclass(frozen=True)
class Selection:
    """Rows of the estimates in given order, and where the wish for them is written.

    ranks  beside each row the places of its ids in the given order of their dimensions.
    """

    rows: pd.DataFrame
    ranks: pd.DataFrame
    labels: Labels
    where: str

    def of(self, *quantities: str) -> Selection:
        """The rows of the first of these quantities that each specification has, which must be the same for all.

        Raises Problem where a specification has none of them, or two would share an axis.
        """
        found: dict[str, str] = {}
        without = []
        for name, rows in self.rows.groupby("specification", sort=False):
            has = set(rows["quantity"])
            quantity = next((q for q in quantities if q in has), None)
            if quantity is None:
                without.append(f"'{name}' has {listed(sorted(has))}, where {listed(quantities, 'or')} is due")
            else:
                found[str(name)] = quantity
        if without:
            raise Problem(self.where, *without)
        if len(set(found.values())) > 1:
            each = ", ".join(f"'{name}' has {quantity}" for name, quantity in found.items())
            raise Problem(self.where, f"specifications with different quantities cannot share a scale: {each}")
        return self.only(self.rows["quantity"].eq(next(iter(found.values()))))

    def only(self, rows: pd.Series) -> Selection:
        """The selection without the rows that are false here."""
        return replace(self, rows=self.rows[rows].reset_index(drop=True), ranks=self.ranks[rows].reset_index(drop=True))

    def by(self, *dimensions: str) -> Selection:
        """The same rows in the given order of these dimensions, the first one first."""
        if not dimensions:
            return self
        order = self.ranks.sort_values(list(dimensions), kind="stable").index
        return replace(
            self, rows=self.rows.loc[order].reset_index(drop=True), ranks=self.ranks.loc[order].reset_index(drop=True)
        )

    @property
    def quantity(self) -> str:
        """The quantity of all rows."""
        return str(self.rows["quantity"].iloc[0])

    def known(self, dimension: str) -> list[str]:
        """The ids of a dimension, in given order."""
        return [str(value) for value in self.by(dimension).rows[dimension].unique()]

    def category(self, term: str, level: str, against: str = "") -> str:
        """A term's category in words, `Sector: Private (vs Public)`, with the term only where the category needs it."""
        name, words = self.labels.term(term), self.labels.level(term, level)
        return (words if words.lower().startswith(name.lower()) else f"{name}: {words}") + against

    def label(self, dimension: str, row: dict[str, object] | pd.Series) -> str:
        """A dimension of a row in words."""
        value = str(row[dimension])
        if dimension == CASES:
            return wording.ONLY_COMPLETE if value else wording.IMPUTED
        if dimension == "level":
            return self.labels.level(str(row["term"]), value)
        return str(getattr(self.labels, dimension)(value))


def estimates(entry: Figure | Table, table: pd.DataFrame, labels: Labels, also: Iterable[str] = ()) -> Selection:
    """The estimates an entry names, sorted as given: first by specification, then sample, outcome, term, level.

    table  ESTIMATES rows of one study.
    also   further samples to keep (the average of a figure).

    What the entry leaves out is everything there is, in the order of the study's own files. Raises Problem with
    every id the entry names that no estimate has.
    """
    where = place(entry, labels)
    rows = table[table["study"].eq(labels.study)] if len(table) else table
    wanted = _wanted(entry, labels, also)
    rows = _matching(rows, {"specification": wanted["specification"]}, where)
    rows = rows[_told(rows["quantity"], entry)]
    if entry.quantity is not None:
        beside = [f"{entry.quantity}{contracts.COMPLETE_CASES}"] if entry.complete_cases else []
        rows = _matching(rows, {"quantity": [entry.quantity, *beside]}, where)
    named = {d: wanted[d] for d in DIMENSIONS[1:] if wanted.get(d)}
    changes = isinstance(entry, Figure) and entry.kind == "trend"
    rows = _matching(rows, named, where, by_column(entry, labels), changes)
    ranks = _ranks(rows, entry, wanted, labels).reset_index(drop=True)
    return Selection(_blanked(rows).reset_index(drop=True), ranks, labels, where).by(*DIMENSIONS)


def fits(selection: Selection, table: pd.DataFrame) -> pd.DataFrame:
    """The fits behind the selected rows, in their order."""
    keys = ["study", "specification", "sample", "outcome"]
    behind = selection.rows[keys].drop_duplicates()
    if not selection.rows["quantity"].str.endswith(contracts.COMPLETE_CASES).any():
        table = table[~of_complete_cases(table)]
    return behind.merge(table, on=keys, how="inner", validate="1:m").reset_index(drop=True)


def records_of(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as dictionaries."""
    return [{str(k): v for k, v in record.items()} for record in rows.to_dict("records")]


def bare(quantity: str) -> str:
    """A quantity without saying that it is of complete cases."""
    return quantity.removesuffix(contracts.COMPLETE_CASES)


def cases_apart(selection: Selection) -> Selection:
    """The selection with a dimension that tells rows of complete cases from those beside which they stand."""
    complete = selection.rows["quantity"].str.endswith(contracts.COMPLETE_CASES)
    rows = selection.rows.assign(**{CASES: complete.map({True: "complete", False: ""})})
    return replace(selection, rows=rows, ranks=selection.ranks.assign(**{CASES: complete.astype(int)}))


def of_complete_cases(fits: pd.DataFrame) -> pd.Series:
    """Which fits are those of complete cases, beside an imputed one."""
    return fits["term"].str.contains(rf"(?:^|, ){contracts.COMPLETE_FIT}$")


def _told(quantity: pd.Series, entry: Figure | Table) -> pd.Series:
    """Which rows an entry is about: the estimates; of an imputed one complete cases beside, or how it was imputed."""
    trace = quantity.str.startswith("trace_")
    if isinstance(entry, Figure) and entry.kind == "trace":
        return trace
    compared = quantity.isin(contracts.DIAGNOSTICS) & ~trace
    if isinstance(entry, Table) and entry.imputation:
        return compared
    # Of what varies between groups a table tells, where it does not name terms.
    apart = quantity.isin(contracts.BETWEEN_GROUPS) & (isinstance(entry, Figure) or bool(entry.terms))
    complete = quantity.str.endswith(contracts.COMPLETE_CASES) & (not entry.complete_cases)
    return ~(trace | compared | apart | complete | quantity.eq("fraction_missing"))


def place(entry: Figure | Table, labels: Labels) -> str:
    """The file an entry was read from, for messages; its title where it was made by hand."""
    folder = "figures" if isinstance(entry, Figure) else "tables"
    return labels.place(folder, entry.model_dump(mode="json")) or f"{folder[:-1]} '{entry.title}'"


def by_column(entry: Figure | Table, labels: Labels) -> set[str]:
    """The samples that stand in an entry only through `by column`: one of them may be empty."""
    return set(opened(entry.samples, _codes(entry.samples, labels))) - set(entry.samples)


def reference_of(term: str, levels: list[str], selection: Selection) -> str:
    """The category the others are compared with: as specified, else the first that has no estimate of its own.

    Waves are compared with the first of those that the specification is about.
    """
    if levels == [""]:
        return ""
    for name in selection.known("specification"):
        if reference := selection.labels.reference(name, term):
            return reference
        if term == WAVE and (waves := selection.labels.waves_of(name)):
            return waves[0]
    return next((level for level in selection.labels.levels(term) if level not in levels), "")


def _blanked(rows: pd.DataFrame) -> pd.DataFrame:
    # Withheld rows come without numbers; should one ever not, it still must not be shown.
    hidden = rows["withheld"].ne("")
    numbers = [name for name in rows.columns if pd.api.types.is_numeric_dtype(rows[name]) and rows[name].dtype != bool]
    return rows.assign(**{name: rows[name].mask(hidden) for name in numbers}) if hidden.any() else rows


def _codes(samples: Iterable[str], labels: Labels) -> dict[str, list[str]]:
    columns = [column_of(s) for s in samples if s.startswith("by ")]
    return {column: labels.levels(column) for column in columns if column}


def _wanted(entry: Figure | Table, labels: Labels, also: Iterable[str]) -> dict[str, list[str]]:
    samples = opened(entry.samples, _codes(entry.samples, labels))
    return {
        "specification": list(entry.specifications),
        "sample": list(dict.fromkeys([*samples, *also])) if samples else [],
        "outcome": _outcomes(entry),
        "term": list(entry.terms),
        "level": list(getattr(entry, "levels", [])),
    }


def _outcomes(entry: Figure | Table) -> list[str]:
    """The outcomes an entry names: those of a grid, and the indicators beside the answers they are of."""
    if not isinstance(entry, Figure):
        return list(entry.outcomes)
    named = [*entry.outcomes, *(outcome for outcomes in entry.grid.values() for outcome in outcomes)]
    return [*named, *entry.agreeing] if named else []


def _matching(
    rows: pd.DataFrame,
    wanted: dict[str, list[str]],
    where: str,
    may_be_empty: set[str] | None = None,
    changes: bool = False,
) -> pd.DataFrame:
    """The rows with one of the wanted ids in every dimension; `changes` between waves have a wave for their level."""
    absent = []
    for dimension, ids in wanted.items():
        known = [str(k) for k in rows[dimension].unique()]
        named = [i for i in ids if i not in (may_be_empty or set())]
        absent += [_none_with(dimension, i, known) for i in named if i not in known]
        if not named and not set(ids) & set(known):
            absent.append(f"no estimate with any {dimension} of {_few(ids)}; known: {_few(known)}")
    if absent:
        raise Problem(where, *absent)
    kept = rows
    for dimension, ids in wanted.items():
        left = kept[dimension].isin(ids)
        if dimension == "level":
            left |= kept["level"].eq("")  # what has no level (a mean) is not one of several
            left |= kept["term"].eq(WAVE) & changes
        if not left.any():
            raise Problem(where, f"no estimate is left with {dimension} {_few(ids)} beside the other ids it names")
        kept = kept[left]
    for dimension, ids in wanted.items():
        here = set(kept[dimension])
        absent += [
            f"no estimate with {dimension} '{i}' beside the other ids it names"
            for i in ids
            if i not in here and i not in (may_be_empty or set())
        ]
    if absent:
        raise Problem(where, *absent)
    return kept


def _none_with(dimension: str, name: str, known: list[str]) -> str:
    hint = did_you_mean(name, known) or (f"; known: {_few(known)}" if known else "; there are no estimates")
    return f"no estimate with {dimension} '{name}'{hint}"


def _few(ids: Iterable[str]) -> str:
    ids = list(ids)
    more = f" and {len(ids) - SHOWN_AT_MOST} more" if len(ids) > SHOWN_AT_MOST else ""
    return ", ".join(ids[:SHOWN_AT_MOST]) + more


def _ranks(rows: pd.DataFrame, entry: Figure | Table, wanted: dict[str, list[str]], labels: Labels) -> pd.DataFrame:
    ranks = pd.DataFrame(index=rows.index)
    for dimension in DIMENSIONS[:-1]:
        known = [str(k) for k in rows[dimension].unique()]
        order = dict.fromkeys([*(wanted[dimension] or _own_order(dimension, known, entry, labels)), *known])
        ranks[dimension] = rows[dimension].map({name: rank for rank, name in enumerate(order)})
    ranks["level"] = _level_ranks(rows, wanted["level"], labels)
    return ranks


def _own_order(dimension: str, known: list[str], entry: Figure | Table, labels: Labels) -> list[str]:
    """The order of the study's own files where the entry gives none."""
    if dimension == "sample":
        columns = [WAVE, *labels.context]
        return ["all", *(f"{c}={code}" for c in columns for code in labels.levels(c))]
    terms = [t for s in entry.specifications for t in labels.named(s, dimension)]
    if dimension == "outcome":
        return terms
    rest = [k for k in known if k not in terms]
    return [*terms, *(k for k in rest if k not in NO_TERMS), *NO_TERMS]


def _level_ranks(rows: pd.DataFrame, given: list[str], labels: Labels) -> list[float]:
    orders: dict[str, list[str]] = {}
    ranks: list[float] = []
    for term, level in zip(rows["term"], rows["level"], strict=True):
        order = given or orders.setdefault(term, labels.levels(term))
        edges = bin_edges(level)
        # Of answers of an outcome, `3, guide=2`: by category, then as the estimates have them.
        category = level if level in order else level.rpartition(", ")[0]
        if category in order:
            ranks.append(order.index(category))
        else:
            ranks.append(edges[0] if edges else float("inf"))
    return ranks
