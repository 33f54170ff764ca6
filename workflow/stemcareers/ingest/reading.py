"""The items of an export as they are understood: values kept, refusals collected, each change a row of the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from stemcareers import contracts, ledger, readers
from stemcareers.config.instrument import Question
from stemcareers.config.meaning import Understand, Value, understand
from stemcareers.config.numbers import Written
from stemcareers.config.vocabulary import AnswerSet, Item

LEFT_OPEN = "left open, while another box of the question was ticked"
TICKED, NOT_TICKED = 1, 0


def accepted(question: Question, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]) -> AnswerSet:
    """The answers an item accepts; a day as this questionnaire writes it, a number with the units it has words for."""
    own = answers[items[question.item].answers]
    printed = answers[question.answers] if question.answers else own
    if own.kind == "date":
        return printed
    if own.kind == "number" and printed.unit == own.unit:
        return own.model_copy(update={"units": printed.units, "ranges": printed.ranges})
    return own


def understood(
    table: readers.Table, column: str, question: Question, answers: AnswerSet, written: Written
) -> Understand:
    """How a text of a column is understood: its value, or why it is refused."""
    not_asked = None
    if question.others == "not_asked":
        named = (code for code, reason in answers.missing.items() if reason == "not_asked")
        not_asked = next(named, contracts.NOT_ASKED_CODE)
    return understand(answers, question.codes, not_asked, lambda text: table.is_declared_missing(column, text), written)


class Reading:
    """The items of an export as they are understood, column by column: values kept, refusals collected."""

    def __init__(self, table: readers.Table) -> None:
        self.table = table
        self.columns: dict[str, pd.Series] = {}
        self.administrative: dict[str, pd.Series] = {}
        self.fills: list[tuple[str, str, str, np.ndarray]] = []
        self._refused: list[pd.DataFrame] = []

    def add(self, column: str, item: str, one: Understand, kind: str) -> None:
        """Understand a column: each different text once, however many cells hold it."""
        codes, texts = self.table.distinct(column)
        meant = [one(text) for text in texts]
        if any(value is None and not reason and text for (value, reason), text in zip(meant, texts, strict=True)):
            raise contracts.ContractBroken(f"ingested: an answer to '{item}' is neither understood nor refused")
        self.columns[item] = _column([value for value, _ in meant], codes, kind)
        for position, (_, reason) in enumerate(meant):
            if reason:
                self.refuse(np.flatnonzero(codes == position), column, item, reason, texts[position])

    def fill(self, name: str, column: str, item: str, where: np.ndarray) -> None:
        """Read the blank boxes `where` of the question `name` as not ticked."""
        self.fills.append((name, column, item, np.flatnonzero(where)))

    def filled_columns(self) -> dict[str, pd.Series]:
        """The columns with the boxes that were left open filled in."""
        columns = dict(self.columns)
        for _, _, item, rows in self.fills:
            columns[item] = columns[item].mask(np.isin(np.arange(self.table.n), rows), NOT_TICKED)
        return columns

    def refuse(self, rows: np.ndarray, column: str, item: str, reason: str, answer: str) -> None:
        self._refused.append(refused_rows(rows, column, item, reason, answer))

    def quarantine(self, ids: pd.Series, others: list[pd.DataFrame]) -> pd.DataFrame:
        """All refusals with the ids of their responses, by row."""
        refused = pd.concat([contracts.QUARANTINE.empty().drop(columns="response"), *self._refused, *others])
        refused = refused.sort_values(["row", "column"], kind="stable", ignore_index=True)
        refused.insert(0, "response", ids.to_numpy()[refused["row"].to_numpy(dtype=int) - 1])
        return refused.astype({"response": "string"})


def refusals(quarantine: pd.DataFrame, table: pd.DataFrame, items: Mapping[str, Item]) -> Iterator[pd.DataFrame]:
    """LEDGER rows of the answers refused, column by column."""
    of_cells = quarantine[quarantine["item"] != ""]
    for (column, item), its in of_cells.groupby(["column", "item"], sort=False):
        yield ledger.rows(
            "ingest",
            table,
            its["row"].to_numpy(dtype=int) - 1,
            column=column,
            item=item,
            before=its["answer"].to_numpy(),
            change=ledger.REFUSED,
            rule=f"answers.yaml: {items[item].answers}" if item in items else f"ticks.{item.removesuffix(': none')}",
            reason=its["reason"].to_numpy(),
        )


def filled(table: pd.DataFrame, name: str, column: str, item: str, where: np.ndarray) -> pd.DataFrame:
    """LEDGER rows of the boxes of a question that were left open, where another was ticked."""
    change = {"after": str(NOT_TICKED), "change": ledger.FILLED, "reason": LEFT_OPEN}
    return ledger.rows("ingest", table, where, column=column, item=item, rule=f"ticks.{name}", **change)


def refused_rows(rows: np.ndarray, column: str, item: str, reason: str, answer: str = "") -> pd.DataFrame:
    """QUARANTINE rows without the responses' ids; `rows` count from 0."""
    frame = pd.DataFrame({"row": pd.array(rows + 1, dtype="Int64")})
    return frame.assign(column=column, item=item, answer=answer, reason=reason).astype(
        {"column": "string", "item": "string", "answer": "string", "reason": "string"}
    )


def _column(values: list[Value], codes: np.ndarray, kind: str) -> pd.Series:
    """The values at `codes`, in the type of the item's kind of answers."""
    if kind in {"text", "date"}:
        return pd.Series(pd.array(values, dtype="string").take(codes))
    if kind == "number":
        return pd.Series(np.array([np.nan if v is None else v for v in values], dtype=float)[codes])
    whole = np.array([0 if v is None else v for v in values], dtype=np.int64)
    blank = np.array([v is None for v in values], dtype=bool)
    return pd.Series(pd.arrays.IntegerArray(whole[codes], blank[codes]))
