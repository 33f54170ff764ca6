"""Tables of estimates: one description of a table, `grid`, and one small module for each format it is written in.

No table package stands between them. great_tables, the best known, writes no markdown and no Word, its html carries a
style sheet of its own and an id drawn by chance, and it would need our cells, spans and groups spelt out all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from html import escape

import pandas as pd

from stemcareers import selection, wording
from stemcareers.config import Labels, Table
from stemcareers.errors import Problem
from stemcareers.tabulate import descriptive, html, imputation, regression
from stemcareers.tabulate.grid import Grid

__all__ = ["Tabulated", "fragment", "table"]


@dataclass(frozen=True, eq=False)
class Tabulated:
    """A table and the words around it.

    grid     the table itself: `markdown`, `latex` and `docx` write it in other formats.
    heading  what is shown and of whom.
    note     interval, weighting, what else is in a model, what is withheld, source.
    """

    grid: Grid
    heading: str
    note: str

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row per cell, as it stands in the table (`shown`) and as numbers; withheld ones have none."""
        return self.grid.rows()

    @cached_property
    def html(self) -> str:
        """A <table> with caption, headers with scope, everything escaped."""
        return html.text(self.grid, self.heading)


def table(
    table: Table, estimates: pd.DataFrame, fits: pd.DataFrame, labels: Labels, confidence_level: float
) -> Tabulated:
    """The table an entry of `tables/` describes: regressions side by side, or shares and means beside their n.

    estimates, fits   of the study; rows the table does not name are ignored.
    confidence_level  of the intervals in the estimates, for words only.

    Raises Problem where the estimates do not have what the table names, or models stand beside descriptions.
    """
    chosen = selection.estimates(table, estimates, labels)
    if table.imputation:
        sentences = [f"n: {labels.units} that answered, and for which an answer was imputed", "Unweighted"]
        return _with_note(table, imputation.grid(chosen), chosen, sentences, labels)
    models = chosen.rows["quantity"].isin(regression.QUANTITIES)
    if models.any() and not models.all():
        with_models = ", ".join(chosen.only(models).known("specification"))
        without = ", ".join(chosen.only(~models).known("specification"))
        raise Problem(
            chosen.where, f"models ({with_models}) and descriptions ({without}) do not fit into one table; make two"
        )
    behind = selection.fits(chosen, fits)
    kind = regression if models.all() else descriptive
    grid = kind.grid(chosen, behind, wording.percent(confidence_level))
    sentences = [*grid.notes, wording.weighting(behind), wording.few_clusters(behind), wording.remarks(behind)]
    return _with_note(table, grid, chosen, sentences, labels)


def _with_note(
    table: Table, grid: Grid, chosen: selection.Selection, sentences: list[str], labels: Labels
) -> Tabulated:
    synthetic = labels.synthetic or bool(chosen.rows["synthetic"].any())
    said = [
        *sentences,
        *grid.marks,
        table.note or "",
        f"Source: {labels.source}",
        wording.SYNTHETIC if synthetic else "",
    ]
    return Tabulated(grid, table.title, wording.sentences(said))


def fragment(table: Tabulated) -> str:
    """The table with its note, as the file in `results/` holds it: it says of itself whether answers are made up."""
    return f'{table.html}<p class="note">{escape(table.note)}</p>\n'
