"""Turn an export into responses: every answer is understood, or set aside with the reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from stemcareers import contracts, ledger, readers
from stemcareers.config.fielded import fielded
from stemcareers.config.instrument import Instrument
from stemcareers.config.numbers import PLAIN
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Wave
from stemcareers.errors import Problem
from stemcareers.ingest import columns, labels
from stemcareers.ingest.reading import Reading, accepted, filled, refusals, refused_rows, understood
from stemcareers.ingest.ticks import understand_boxes
from stemcareers.readers import ids, times, wordings

NO_ID = "is blank, but names the response"


class Ingested(NamedTuple):
    """The responses (contract INGESTED), the answers that were refused (QUARANTINE), every cell that was changed
    (LEDGER), the export as it was read, with what is remarked of it, and of each item whose words stand in the file,
    whether they are those of the questionnaire."""

    responses: pd.DataFrame
    quarantine: pd.DataFrame
    ledger: pd.DataFrame
    table: readers.Table
    same_words: Mapping[str, bool]

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences on what stops nothing and is worth a look."""
        return self.table.remarks


def responses(
    path: str | Path,
    wave: Wave,
    instrument: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    wave_id: str,
) -> Ingested:
    """The responses of one export, one column an item, and every answer that could not be understood.

    A category is its code (also one under `missing`: harmonise gives the reason), a number a float, free text
    text. A refused answer is blank in the responses and a row of the quarantine. Columns that the wave names
    for ids, conditions and design come as text, `export_<column>`. A response without an id keeps its row,
    with id "", and has a row in the quarantine.

    The ledger tells every cell that is not what the plain mapping of the config makes of the export's text: refused
    answers, and boxes left open that are read as not ticked.

    Raises a Problem for a wrong checksum, a broken file, and every column that is missing or unknown.
    """
    reading, base = _read(path, wave, instrument, items, answers, wave_id)
    as_read = pd.DataFrame({**base, **reading.columns, **reading.administrative})
    changed = pd.DataFrame({**base, **reading.filled_columns(), **reading.administrative})
    nameless = np.flatnonzero(base["response"] == "")
    quarantine = reading.quarantine(base["response"], [refused_rows(nameless, wave.response[0], "", NO_ID)])
    changes = ledger.joined(
        [*refusals(quarantine, as_read, items), *(filled(as_read, *fill) for fill in reading.fills)]
    )
    ledger.verify(ledger.replayed_cells(as_read, changes), changed, "ingested")
    same = wordings.as_known(reading.table, fielded(instrument, wave), items)
    return Ingested(changed, quarantine, changes, reading.table, same)


def plain(
    path: str | Path,
    wave: Wave,
    instrument: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    wave_id: str,
) -> pd.DataFrame:
    """The export as the config's mapping alone reads it (INGESTED): what it cannot read is blank, nothing is filled.

    With the ledger it gives the cleaned table: `ledger.replay`.
    """
    reading, base = _read(path, wave, instrument, items, answers, wave_id)
    return pd.DataFrame({**base, **reading.columns, **reading.administrative})


def _read(
    path: str | Path,
    wave: Wave,
    instrument: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    wave_id: str,
) -> tuple[Reading, dict[str, pd.Series]]:
    """The answers of an export as they are understood, and the columns that say whose they are."""
    readers.verify_all(wave.export, path)
    table = readers.read(wave.export, path)
    questionnaire = fielded(instrument, wave)
    columns.refuse_missing(table, wave, instrument, questionnaire, wave_id)
    columns.refuse_previews(table, wave)
    wordings.refuse_moved(table, questionnaire, items)
    labels.refuse_swapped(table, questionnaire, items, answers)
    reading, written = Reading(table), wave.export.written
    for column, question in questionnaire.questions.items():
        answer_set = accepted(question, items, answers)
        reading.add(column, question.item, understood(table, column, question, answer_set, written), answer_set.kind)
    for name, ticks in questionnaire.ticks.items():
        understand_boxes(reading, name, ticks, wave, items, answers)
    of_ids = dict.fromkeys([*wave.response, *wave.school, *wave.person])
    strata = [c for c in (*wave.design.strata, *wave.design.strata_within) if c not in of_ids]
    ids.refuse_spoilt(table, of_ids, {*wave.school, *wave.person}, strata, wave.as_written)
    settled = {condition.column for condition in wave.keep_if}
    remarks = [
        *(sentence for named, sentence in table.undecided.items() if settled.isdisjoint(named)),
        *ids.without_zeros(table, of_ids),
        *labels.other(table, questionnaire, items, answers),
        *wordings.changed(table, questionnaire, items),
        *times.outside(table, *wave.fielded, questionnaire.columns()),
    ]
    reading.table = replace(table, remarks=(*table.remarks, *remarks))
    reading.administrative = _administrative(table, wave)
    reading.administrative |= {
        contracts.EXPORTED + column: table.text(column) for column in questionnaire.other_texts()
    }
    base = {
        "response": _joined(table, wave.response).fillna(""),
        "school": _joined(table, wave.school),
        "person": _joined(table, wave.person),
        "row": pd.Series(np.arange(1, table.n + 1), dtype="Int64"),
    }
    return reading, base


def faults(
    path: str | Path,
    wave: Wave,
    instrument: Instrument,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    wave_id: str,
) -> list[Problem]:
    """Everything that would stop `responses` before an answer is looked at, each a Problem; none where it is fine.

    A wrong checksum or a broken file is told alone; else columns, previews and labels together.
    """
    try:
        readers.verify_all(wave.export, path)
        table = readers.read(wave.export, path)
        questionnaire = fielded(instrument, wave)
    except Problem as problem:
        return [problem]
    wrong: list[str] = []
    checks = [
        lambda: columns.refuse_missing(table, wave, instrument, questionnaire, wave_id),
        lambda: columns.refuse_previews(table, wave),
        lambda: wordings.refuse_moved(table, questionnaire, items),
        lambda: labels.refuse_swapped(table, questionnaire, items, answers),
    ]
    for refuse in checks:
        try:
            refuse()
        except Problem as problem:
            wrong += problem.wrong
    return [Problem(table.path, *wrong)] if wrong else []


def _joined(table: readers.Table, columns: list[str]) -> pd.Series:
    """Columns joined to ids with '-'; <NA> where any part is blank, or where no column is named.

    Raises a Problem where joining would give two different ids the same text.
    """
    if not columns:
        return pd.Series(pd.array([None] * table.n, dtype="string"))
    parts = [table.text(column) for column in columns]
    joined = parts[0].str.cat(parts[1:], sep="-") if len(parts) > 1 else parts[0]
    if len(parts) > 1:
        apart = pd.concat(parts, axis=1).dropna().drop_duplicates()
        if len(apart) != joined.nunique():
            raise Problem(
                table.path,
                f"{' and '.join(columns)} do not name anything together: joined by '-', different ones become the same",
            )
    return joined


def _administrative(table: readers.Table, wave: Wave) -> dict[str, pd.Series]:
    """The columns for ids, conditions and design as text; numbers among them with a decimal point."""
    found = {column: table.text(column) for column in wave.administrative_columns(table.columns)}
    written = wave.export.written
    if written != PLAIN:
        for column in wave.numeric_columns(table.columns):
            texts = [None if pd.isna(text) else written.plain(text) or text for text in found[column]]
            found[column] = pd.Series(pd.array(texts, dtype="string"), name=column)
    return {contracts.EXPORTED + column: cells for column, cells in found.items()}
