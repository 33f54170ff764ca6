"""The only door between people and numbers: a group that is too small leaves as `withheld`, without its numbers.

Counts are respondents, unweighted. Two helper columns that `estimate` and `describe` add, and that end here:

    cell_n   respondents behind the cell of a row: who gave this answer, or the smallest group a model rests on.
    rest_n   respondents with the same outcome outside the row's sample; missing for `all`.

Hiding a small cell is not enough: what a reader can work out from a total and the cells that are shown must not be a
small group either, nor a single hidden cell. So rows are arranged in lines, each a set of cells that add up to a
total, and on every line more is hidden until neither can be had. Then every table of answers by sample is attacked
with all that it shows, and where a small cell lies within narrow bounds, more is hidden. What can be combined from
several tables, or from an earlier release, is not looked for here.
Source: Hundepool et al. (2012), Statistical Disclosure Control, chapter 4, doi:10.1002/9781118348239
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from stemcareers import contracts
from stemcareers.config import Project, Study
from stemcareers.config.project import SMALLEST_GROUP_FLOOR
from stemcareers.withhold.attack import crossings
from stemcareers.withhold.counts import BASE, COUNTS, bases, floats, small
from stemcareers.withhold.followers import leaders
from stemcareers.withhold.lines import CELLS, Line, lines

FIT_NUMBERS = ("n", "n_schools", "design_df", "r_squared", "log_likelihood", "condition_number")
HELPERS = ("cell_n", "rest_n")


def limit(study: Study, project: Project) -> int:
    """The smallest group shown: 0 for a study whose answers are public, else the project's, and never under 10."""
    return 0 if study.public_answers else max(project.smallest_group, SMALLEST_GROUP_FLOOR)


def small_groups(estimates: pd.DataFrame, limit: int) -> pd.DataFrame:
    """The estimates as they may leave: rows of small groups without numbers and with the reason under `withheld`.

    estimates  ESTIMATES rows with the helper columns `cell_n` and `rest_n`, which are dropped.
    limit      the smallest group shown; 0 shows everything.

    First, rows whose cell, base or complement has fewer than `limit` respondents. Then, on every line (the answers
    of a sample, the samples of a column, the reasons of a flow), the smallest of the cells still shown, until what
    is hidden there holds `limit` respondents or more and is more than one cell, or everything is hidden. Last, what
    shields a small cell that can be worked out to within half the limit from its whole table. What is said of a
    number's precision goes with the number.
    """
    if limit == 0 or estimates.empty:
        return estimates.drop(columns=list(HELPERS))
    table = estimates.reset_index(drop=True).assign(**{BASE: bases(estimates)})
    counts = {name: floats(table[name]) for name in COUNTS}
    few = small(counts["n"], limit) | small(counts["cell_n"], limit)
    hidden = few | small(counts["rest_n"], limit) | (table["withheld"].to_numpy(dtype=object) != "")
    guarded = few & (counts["cell_n"] > 0)
    every_line = lines(table, counts)
    more = True
    while more:
        while sum(line.hide_more(hidden, guarded, limit) for line in every_line):
            pass
        more = any(crossing.hide_more(hidden, guarded, limit) for crossing in crossings(table, counts, hidden))
    # The reason does not tell the small cell of a line from the one that shields it.
    additive = table["quantity"].isin(CELLS).to_numpy()
    small_base = small(counts["n"], limit) & table["quantity"].ne("count").to_numpy()
    reason = np.where((few & ~additive) | small_base, _few(limit), _would(limit))
    lead = leaders(table)
    follows = hidden[lead] & (lead != np.arange(len(table)))
    told = table["withheld"].to_numpy(dtype=object)
    table["withheld"] = pd.Series(np.where(follows, told[lead], told), dtype="object")
    return _blank(table, hidden | follows, reason[lead], contracts.NUMBERS).drop(columns=[*HELPERS, BASE])


def fits(table: pd.DataFrame, limit: int, estimates: pd.DataFrame | None = None) -> pd.DataFrame:
    """The fits as they may leave: one on fewer than `limit` responses keeps only its name and the reason.

    estimates  what `small_groups` gave of these fits; a fit none of whose estimates is shown is not shown either.
    """
    if limit == 0:
        return table
    table = table.reset_index(drop=True)
    told = table["withheld"].to_numpy(dtype=object) != ""
    few = small(floats(table["n"]), limit)
    reason = np.where(few, _few(limit), _would(limit))
    hidden = few | (_without_estimates(table, estimates) if estimates is not None else False)
    blanked = _blank(table, hidden | told, reason, FIT_NUMBERS)
    blanked["left_out"] = [
        "" if gone else _left_out(text, limit) for text, gone in zip(blanked["left_out"], hidden, strict=True)
    ]
    return blanked


def _without_estimates(table: pd.DataFrame, estimates: pd.DataFrame) -> np.ndarray:
    """Which fits have estimates, none of them shown."""
    key = ["study", "specification", "sample", "outcome"]
    shown: dict[tuple[str, ...], bool] = {}
    # A fit is named after its factor, after its comparison, or, of a grid, after its variant.
    of_row = [*key, "quantity", "term", "level", "withheld"]
    for *names, quantity, term, level, withheld in estimates[of_row].itertuples(index=False, name=None):
        complete = quantity.endswith(contracts.COMPLETE_CASES)
        for its in {"", term, level, f"{term}={level}"}:
            name = (*names, ", ".join(filter(None, (its, contracts.COMPLETE_FIT))) if complete else its)
            shown[name] = shown.get(name, False) or withheld == ""
    names = table[[*key, "term"]].itertuples(index=False, name=None)
    return np.array([not shown.get(name, True) for name in names], dtype=bool)


def _few(limit: int) -> str:
    return f"fewer than {limit}"


def _would(limit: int) -> str:
    return f"would show a group of fewer than {limit}"


def _blank(table: pd.DataFrame, rows: np.ndarray, reason: np.ndarray, numbers: tuple[str, ...]) -> pd.DataFrame:
    """The table without the numbers of these rows; a row that has a reason already keeps it."""
    blanked = table.copy()
    for name in numbers:
        blanked[name] = blanked[name].mask(rows)
    new = rows & table["withheld"].eq("").to_numpy(dtype=bool)
    blanked["withheld"] = blanked["withheld"].mask(new, pd.Series(reason, index=table.index, dtype="object"))
    return blanked


def _left_out(text: str, limit: int) -> str:
    """`missing lead_time: 4; outside the sample: 90` with small counts, and what would tell them, in words."""
    parts = [part.rpartition(": ") for part in filter(None, text.split("; "))]
    counts = [int(count) for _, _, count in parts]
    hidden = np.array([0 < count < limit for count in counts], dtype=bool)
    Line([[place] for place in range(len(parts))], [float(c) for c in counts]).hide_more(hidden, hidden.copy(), limit)
    words = [
        (_few(limit) if 0 < count < limit else "withheld") if gone else str(count)
        for count, gone in zip(counts, hidden, strict=True)
    ]
    return "; ".join(f"{reason}: {word}" for (reason, _, _), word in zip(parts, words, strict=True))
