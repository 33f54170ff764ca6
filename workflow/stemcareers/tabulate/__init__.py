"""Tables of estimates, as html for a page and as rows for a csv file."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import pandas as pd

from stemcareers import selection, wording
from stemcareers.config import Labels, Table
from stemcareers.errors import Problem
from stemcareers.tabulate import descriptive, imputation, regression
from stemcareers.tabulate.grid import Link

__all__ = ["Tabulated", "fragment", "table"]


@dataclass(frozen=True, eq=False)
class Tabulated:
    """A table and the words under it.

    rows     one row per cell, as it stands in the table (`shown`) and as numbers; withheld ones have none.
    html     a <table> with caption, headers with scope, everything escaped.
    note     interval, weighting, what else is in a model, what is withheld, source.
    heading  what is shown and of whom.
    """

    rows: pd.DataFrame
    html: str
    note: str
    heading: str


def table(
    table: Table,
    estimates: pd.DataFrame,
    fits: pd.DataFrame,
    labels: Labels,
    confidence_level: float,
    link: Link | None = None,
) -> Tabulated:
    """The table an entry of `tables/` describes: regressions side by side, or shares and means beside their n.

    estimates, fits   of the study; rows the table does not name are ignored.
    confidence_level  of the intervals in the estimates, for words only.
    link              where the row of the estimates behind a number is explained; without it numbers are no links.

    Raises Problem where the estimates do not have what the table names, or models stand beside descriptions.
    """
    chosen = selection.estimates(table, estimates, labels)
    if table.imputation:
        return _of_imputation(table, chosen, labels, link)
    models = chosen.rows["quantity"].isin(regression.QUANTITIES)
    if models.any() and not models.all():
        with_models = ", ".join(chosen.only(models).known("specification"))
        without = ", ".join(chosen.only(~models).known("specification"))
        raise Problem(
            chosen.where, f"models ({with_models}) and descriptions ({without}) do not fit into one table; make two"
        )
    level = wording.percent(confidence_level)
    behind = selection.fits(chosen, fits)
    kind = regression if models.all() else descriptive
    grid = kind.grid(chosen, behind, level)
    synthetic = labels.synthetic or bool(chosen.rows["synthetic"].any())
    sentences = [
        *grid.notes,
        wording.weighting(behind),
        wording.few_clusters(behind),
        wording.remarks(behind),
        f"w = {grid.withheld}" if grid.withheld else "",
        table.note or "",
        f"Source: {labels.source}",
        wording.SYNTHETIC if synthetic else "",
    ]
    return Tabulated(grid.rows(), grid.html(table.title, link), wording.sentences(sentences), table.title)


def _of_imputation(table: Table, chosen: selection.Selection, labels: Labels, link: Link | None) -> Tabulated:
    grid = imputation.grid(chosen)
    synthetic = labels.synthetic or bool(chosen.rows["synthetic"].any())
    sentences = [
        f"n: {labels.units} that answered, and for which an answer was imputed",
        "Unweighted",
        f"w = {grid.withheld}" if grid.withheld else "",
        table.note or "",
        f"Source: {labels.source}",
        wording.SYNTHETIC if synthetic else "",
    ]
    return Tabulated(grid.rows(), grid.html(table.title, link), wording.sentences(sentences), table.title)


def fragment(table: Tabulated) -> str:
    """The table with its note, as the file in `results/` holds it: it says of itself whether answers are made up."""
    return f'{table.html}<p class="note">{escape(table.note)}</p>\n'
