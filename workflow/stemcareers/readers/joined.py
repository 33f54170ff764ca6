"""Columns in which several choices stand in one cell, turned into one column a choice.

Choices may hold the sign that stands between them ("Maths, physics"), so a cell is not cut at every sign: it must be
made of whole choices, and in one way only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from stemcareers.config.export import Joined
from stemcareers.errors import Problem, did_you_mean
from stemcareers.readers.table import Table

TICKED = "1"


def spread(table: Table, joined: Mapping[str, Joined]) -> Table:
    """The table with a column `<column>_<code>` for every choice of a joined column: 1 where it was ticked, else blank.

    A cell that is not made of the choices, or in more than one way, stands unchanged in each of the columns, so that
    it is refused and counted as an answer to each. Raises a Problem where a column is missing or taken.
    """
    absent = [column for column in joined if column not in table.cells]
    made = [f"{column}_{code}" for column, its in joined.items() for code in its.choices]
    wrong = [
        f"'{column}' (export.joined) is not a column of the export{did_you_mean(column, table.columns)}"
        for column in absent
    ]
    wrong += [
        f"'{name}' is a column already; export.joined would make another" for name in table.columns if name in made
    ]
    if wrong:
        raise Problem(table.path, *wrong)
    cells: dict[str, np.ndarray] = {}
    for column, array in table.cells.items():
        cells.update(_boxes(column, array, joined[column]) if column in joined else {column: array})
    choices = {c: {f"{c}_{code}": words for code, words in its.choices.items()} for c, its in joined.items()}
    return replace(
        table,
        cells=cells,
        choices={**table.choices, **choices},
        kinds={**table.kinds, **dict.fromkeys(made, "multiple")},
        wordings={**table.wordings, **_wordings(table, joined)},
    )


def _wordings(table: Table, joined: Mapping[str, Joined]) -> dict[str, str]:
    return {
        f"{column}_{code}": f"{table.wordings[column]} - {words}"
        for column, its in joined.items()
        if column in table.wordings
        for code, words in its.choices.items()
    }


def _boxes(column: str, array: np.ndarray, its: Joined) -> dict[str, np.ndarray]:
    texts = [str(text) for text in array]
    meant = {text: _ticked(text, its) for text in dict.fromkeys(texts)}
    found: dict[str, np.ndarray] = {}
    for code in its.choices:
        boxes = [text if meant[text] is None else TICKED if code in (meant[text] or ()) else "" for text in texts]
        found[f"{column}_{code}"] = np.array(boxes, dtype=object)
    return found


def _ticked(text: str, its: Joined) -> frozenset[str | int] | None:
    """The codes of the choices a cell is made of; None where it is not, or where that can be read in two ways."""
    text = " ".join(text.split()).strip(its.between + " ")
    if not text:
        return frozenset()
    by_words = {" ".join(words.split()).casefold(): code for code, words in its.choices.items()}
    by_code = {str(code).casefold(): code for code in its.choices}
    ways: set[frozenset[str | int]] = set()
    for known in (by_words, by_code):
        for way in _ways(text.casefold(), its.between, known):
            ways.add(frozenset(way))
            if len(ways) > 1:
                return None
    return next(iter(ways), None)


def _ways(text: str, between: str, known: Mapping[str, str | int]) -> Iterator[tuple[str | int, ...]]:
    """Every way to read a text as known choices with a sign between them, each choice once."""
    pending: list[tuple[int, tuple[str | int, ...]]] = [(0, ())]
    while pending:
        start, before = pending.pop()
        for words, code in known.items():
            if code in before or not text.startswith(words, start):
                continue
            rest = text[start + len(words) :].lstrip(" ")
            if not rest:
                yield (*before, code)
            elif rest.startswith(between):
                after = rest[len(between) :].lstrip(" ")
                pending.append((len(text) - len(after), (*before, code)))
