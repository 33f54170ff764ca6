"""Are the columns there, are all of them known, and is every row a response?"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from stemcareers import readers
from stemcareers.config.instrument import Instrument
from stemcareers.config.spelling import spelling
from stemcareers.config.wave import Condition, Wave
from stemcareers.errors import Problem, did_you_mean

SHOWN = 10  # columns, of many alike, that a message names


def refuse_missing(
    table: readers.Table, wave: Wave, instrument: Instrument, questionnaire: Instrument, wave_id: str
) -> None:
    """A Problem naming all columns that are missing and all that stand nowhere."""
    asked = questionnaire.columns()
    boxes = [ticks.none for ticks in questionnaire.ticks.values() if ticks.none]
    needed = {
        **{column: f" (asks '{item}')" for column, item in asked.items()},
        **dict.fromkeys(boxes, " (a box 'none of these')"),
        **{column: f" (the words beside '{name}')" for column, name in questionnaire.other_texts().items()},
    }
    for column in wave.administrative_columns(table.columns):
        needed.setdefault(column, f" (named in waves/{wave_id}.yaml)")
    there = table.columns
    unclaimed = [column for column in there if column not in needed]
    missing = [column for column in needed if column not in there]
    wrong = [
        f"'{column}'{needed[column]} is not a column of the export{_near(column, unclaimed)}" for column in missing
    ]
    if wave.design.replicates is not None:
        wrong += wave.design.replicates.column_faults(there)
    if any(column in asked for column in missing):
        wrong.append(
            f"a question that moved to another column is named in waves/{wave_id}.yaml: "
            "differs: {<column>: {item: <item>, because: <why>}}"
        )
    unknown = [column for column in unclaimed if column not in instrument.ignore]
    if unknown and instrument.other_columns == "stop":
        wrong += [
            f"'{column}' is a column of the export, but stands nowhere in instruments/{wave.instrument}.yaml; "
            "name it under questions, or under ignore"
            for column in unknown[:SHOWN]
        ]
        if len(unknown) > SHOWN:
            wrong.append(f"{len(unknown) - SHOWN:,} more columns stand nowhere: other_columns: ignore leaves all out")
    if wrong:
        raise Problem(table.path, *wrong)


def refuse_previews(table: readers.Table, wave: Wave) -> None:
    """A Problem where rows are previews or tests of the survey, and the wave does not say whether they count.

    It says so with a condition that leaves them out, or that names the mark they have among the texts it keeps.
    """
    marked, settled, words = np.zeros(table.n, dtype=bool), np.zeros(table.n, dtype=bool), []
    for column, marks in table.previews.items():
        codes, texts = table.distinct(column)
        found = {text for text in texts if text in marks}
        said = {text for text in found if any(_settles(one, text) for one in wave.keep_if if one.column == column)}
        if found:
            named = ", ".join(sorted(found))
            words.append(f"{{column: {column}, not_one_of: [{named}], otherwise: preview or test}}")
        marked |= np.isin(codes, [texts.index(text) for text in found])
        settled |= np.isin(codes, [texts.index(text) for text in said])
    if n := int((marked & ~settled).sum()):
        raise Problem(
            table.path,
            f"{n:,} {'row is a preview or test' if n == 1 else 'rows are previews or tests'} of the survey and no "
            f"response; leave them out with keep_if: [{', '.join(words)}]",
        )


def _settles(condition: Condition, text: str) -> bool:
    """Whether a condition says what becomes of the responses with a text: it names it, or keeps others only."""
    wanted = [*([] if condition.equals is None else [condition.equals]), *condition.one_of]
    return bool(wanted) or text in map(str, condition.not_one_of)


def _near(column: str, known: Iterable[str]) -> str:
    same = next((k for k in known if spelling(k) == spelling(column)), None)
    if same is None:
        return did_you_mean(column, known)
    if same.casefold() == column.casefold():
        return f"; did you mean '{same}'?"
    return (
        f"; did you mean '{same}'? It differs in blanks, dashes, the form of apostrophes or accents, or in characters "
        "that do not show: copy the name from the export"
    )
