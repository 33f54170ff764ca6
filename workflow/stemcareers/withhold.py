"""The only door between people and numbers: a group that is too small leaves as `withheld`, without its numbers.

Counts are respondents, unweighted. Two helper columns that `estimate` and `describe` add, and that end here:

    cell_n   respondents behind the cell of a row: who gave this answer, or the smallest group a model rests on.
    rest_n   respondents of the study outside the row's sample, who could be told by subtraction; missing for `all`.

A partition is the set of rows whose cells add up to a printed total: the answers to one item in one sample.
"""

from __future__ import annotations

import pandas as pd

from stemcareers.config import Project, Study
from stemcareers.config.project import SMALLEST_GROUP_FLOOR

NUMBERS = ("estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "p_adjusted", "n", "n_schools")
FIT_NUMBERS = ("n", "n_schools", "design_df", "r_squared", "log_likelihood", "condition_number")
HELPERS = ("cell_n", "rest_n")
PARTITION = ["study", "specification", "sample", "outcome", "quantity", "term"]


def limit(study: Study, project: Project) -> int:
    """The smallest group shown: 0 for a study whose answers are public, else the project's, and never under 10."""
    return 0 if study.public_answers else max(project.smallest_group, SMALLEST_GROUP_FLOOR)


def small_groups(estimates: pd.DataFrame, limit: int) -> pd.DataFrame:
    """The estimates as they may leave: rows of small groups without numbers and with the reason under `withheld`.

    estimates  ESTIMATES rows with the helper columns `cell_n` and `rest_n`, which are dropped.
    limit      the smallest group shown; 0 shows everything.

    First, rows whose cell, base or complement has fewer than `limit` respondents. Then, as long as what is hidden
    in a partition holds fewer than `limit` respondents, or is a single cell, the smallest cell still shown is
    hidden too: otherwise the hidden one is the total minus the shown ones.
    """
    table = estimates.copy()
    if limit > 0:
        small = _small(table["n"], limit) | _small(table["cell_n"], limit) | _small(table["rest_n"], limit)
        small &= table["withheld"].eq("")
        cells = table["quantity"].isin(["share", "count"]) & table["role"].ne("flow")
        secondary = pd.Series(False, index=table.index)
        for _, rows in table[cells & table["withheld"].eq("")].groupby(PARTITION, sort=False):
            hidden = _completed(rows["cell_n"], small[rows.index], limit)
            secondary[hidden] = True
        flow = table["role"].eq("flow")
        for _, rows in table[flow].groupby(["study", "sample", "outcome"], sort=False):
            secondary[_flow(rows, limit)] = True
        secondary &= ~small
        table = _blank(table, small & ~flow, f"fewer than {limit}", NUMBERS)
        table = _blank(table, small & flow, f"fewer than {limit}", NUMBERS)
        table = _blank(table, secondary, f"would show a group of fewer than {limit}", NUMBERS)
    return table.drop(columns=list(HELPERS))


def fits(table: pd.DataFrame, limit: int) -> pd.DataFrame:
    """The fits as they may leave: a fit on fewer than `limit` responses keeps only its name and the reason."""
    if limit == 0:
        return table
    small = _small(table["n"], limit) & table["withheld"].eq("")
    blanked = _blank(table, small, f"fewer than {limit}", FIT_NUMBERS)
    # How many rows were left out for a reason is a count of respondents like any other.
    blanked["left_out"] = blanked["left_out"].map(lambda text: _left_out(text, limit))
    return blanked


def _small(counts: pd.Series, limit: int) -> pd.Series:
    return counts.notna() & counts.gt(0).fillna(False) & counts.lt(limit).fillna(False)


def _completed(counts: pd.Series, small: pd.Series, limit: int) -> list[object]:
    """Which cells of a partition to hide: the small ones, and as many of the smallest others as keep them hidden."""
    hidden = list(counts.index[small])
    if not hidden:
        return []
    shown = counts[~small & counts.gt(0)].sort_values(kind="stable")
    for cell in shown.index:
        if len(hidden) > 1 and counts[hidden].sum() >= limit:
            break
        hidden.append(cell)
    return hidden


def _flow(rows: pd.DataFrame, limit: int) -> list[object]:
    """Which rows of a flow to hide besides small ones: what would tell a small reason by subtraction."""
    reasons = rows[rows["term"].eq("left_out")]
    small = _small(reasons["cell_n"], limit)
    hidden = _completed(reasons["cell_n"], small, limit)
    if hidden and reasons.loc[hidden, "cell_n"].sum() < limit:
        hidden += list(rows.index[rows["term"].eq("received")])
    return hidden


def _blank(table: pd.DataFrame, rows: pd.Series, reason: str, numbers: tuple[str, ...]) -> pd.DataFrame:
    blanked = table.copy()
    for name in numbers:
        blanked[name] = blanked[name].mask(rows)
    blanked.loc[rows, "withheld"] = reason
    return blanked


def _left_out(text: str, limit: int) -> str:
    """`missing lead_time: 4; outside the sample: 90` with counts under the limit in words."""
    parts = []
    for part in filter(None, text.split("; ")):
        reason, _, count = part.rpartition(": ")
        few = count.isdigit() and 0 < int(count) < limit
        parts.append(f"{reason}: fewer than {limit}" if few else part)
    return "; ".join(parts)
