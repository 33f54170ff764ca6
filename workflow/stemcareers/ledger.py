"""The cleaning ledger: every cell and response that was changed or left out, so that the cleaned table can be replayed.

Private. The plain mapping of answers to codes is config, not a change; everything beyond it is a row (contract LEDGER).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from stemcareers import contracts
from stemcareers.contracts import ContractBroken

LEFT_OUT, NOT_ANSWERED, FLAGGED = "left_out", "not_answered", "flagged"
REFUSED, FILLED, CORRECTED, SET_ASIDE, KEPT_OFF_ROUTE = "refused", "filled", "corrected", "set_aside", "kept_off_route"
OF_RESPONSES = (LEFT_OUT, NOT_ANSWERED, FLAGGED)
TO_CLEANED = ("ingest", "clean")  # the stages between the plain reading of an export and the cleaned table


def rows(
    stage: str,
    table: pd.DataFrame,
    where: np.ndarray,
    *,
    column: str = "",
    item: str = "",
    before: object = "",
    after: object = "",
    change: str,
    rule: str,
    reason: object,
) -> pd.DataFrame:
    """LEDGER rows of one kind of change.

    table    the responses, with columns `row` and `response`.
    where    positions in the table of those that changed.
    before, after, reason   one text for all, or one each.
    """
    at = table.iloc[where]
    texts = {"column": column, "item": item, "before": before, "after": after, "change": change, "rule": rule}
    found = pd.DataFrame({"stage": stage, "row": at["row"].to_numpy(), "response": at["response"].to_numpy()})
    return found.assign(**texts, reason=reason).astype(contracts.LEDGER.empty().dtypes.to_dict())


def joined(parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all parts in the contract's order; an empty ledger where there are none."""
    return contracts.LEDGER.conform(contracts.stacked(contracts.LEDGER.empty(), *parts))


def texts(values: pd.Series) -> np.ndarray:
    """Values of an item as the ledger holds them: exact, '' where blank."""
    if pd.api.types.is_float_dtype(values.dtype):
        return np.array(["" if np.isnan(x) else repr(x) for x in values.to_numpy(dtype=float).tolist()], dtype=object)
    return values.astype("string").fillna("").to_numpy(dtype=object)


def replay(plain: pd.DataFrame, ledger: pd.DataFrame) -> pd.DataFrame:
    """The cleaned table (CLEANED), made of nothing but the plain reading of the export and the ledger.

    plain    INGESTED columns as the config's mapping reads the export (`ingest.plain`); unreadable texts are blank.
    ledger   LEDGER: the later row of a cell holds; responses left out are dropped, those that were only sampled
             stay with `answered` false.
    """
    cells = ledger[ledger["stage"].isin(TO_CLEANED) & ~ledger["change"].isin(OF_RESPONSES)]
    frame = replayed_cells(plain, cells)
    of_responses = ledger[ledger["change"].isin((LEFT_OUT, NOT_ANSWERED))]
    reasons = of_responses.set_index("row")["change"]
    if not reasons.index.is_unique:
        raise ContractBroken("ledger: a response is left out twice")
    fate = frame["row"].map(reasons)
    stays = frame[fate.ne(LEFT_OUT).fillna(True).to_numpy(dtype=bool)]
    answered = fate[stays.index].isna().to_numpy(dtype=bool)
    return contracts.CLEANED.conform(stays.assign(answered=answered))


def replayed_cells(table: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """The table with the changed cells of a ledger, stage by stage in the order of the pipeline."""
    frame = table.reset_index(drop=True)
    places = pd.Series(np.arange(len(frame)), index=frame["row"].to_numpy())
    for stage in TO_CLEANED:
        for item, its in changes[changes["stage"].eq(stage)].groupby("item", sort=False):
            if item not in frame.columns:
                continue  # a box "none of these", which is no item
            at = places.reindex(its["row"].to_numpy())
            if at.isna().any():
                raise ContractBroken(f"ledger: rows of '{item}' that the export does not have")
            frame[item] = _changed(frame[item], at.to_numpy(dtype=int), its["after"].to_numpy(dtype=object))
    return frame


def _changed(column: pd.Series, at: np.ndarray, after: np.ndarray) -> pd.Series:
    """A column with the texts of a ledger as its values, in its own type."""
    blank = after == ""
    changed = column.copy()
    if pd.api.types.is_float_dtype(column.dtype):
        changed.iloc[at] = np.array([np.nan if b else float(a) for a, b in zip(after, blank, strict=True)])
    elif pd.api.types.is_integer_dtype(column.dtype):
        changed.iloc[at] = pd.array([None if b else int(a) for a, b in zip(after, blank, strict=True)], dtype="Int64")
    else:
        changed.iloc[at] = pd.array([None if b else a for a, b in zip(after, blank, strict=True)], dtype="string")
    return changed


def verify(replayed: pd.DataFrame, table: pd.DataFrame, name: str) -> None:
    """Raise ContractBroken unless two tables are the same in every cell, row and type; it quotes no answer."""
    if list(replayed.columns) != list(table.columns) or len(replayed) != len(table):
        raise ContractBroken(
            f"{name}: the ledger replays to {len(replayed):,} rows and {len(replayed.columns):,} columns, "
            f"the table has {len(table):,} and {len(table.columns):,}"
        )
    different = [c for c in table.columns if not replayed[c].equals(table[c])]
    if different:
        raise ContractBroken(f"{name}: differs from its replay in {', '.join(map(str, different[:10]))}")
