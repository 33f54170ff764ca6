"""Questions that say "tick all that apply": one column a box, where a blank may mean no or nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from stemcareers import readers
from stemcareers.config.instrument import Ticks
from stemcareers.config.meaning import OUTSIDE, squeezed, understand
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Wave
from stemcareers.errors import Problem
from stemcareers.ingest.reading import NOT_TICKED, TICKED, Reading


def understand_boxes(
    reading: Reading,
    name: str,
    ticks: Ticks,
    wave: Wave,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
) -> None:
    """Understand the boxes of a question; a blank is 'not ticked' only where some box of it was ticked, or words were
    written beside 'other'."""
    table = reading.table
    sets = {item: answers[items[item].answers] for item in ticks.items.values()}
    unfit = [item for item, s in sets.items() if not {TICKED, NOT_TICKED} <= set(s.codes)]
    if unfit:
        raise Problem(
            f"ticks.{name}",
            *(f"'{item}' needs answers with the codes {TICKED} (ticked) and {NOT_TICKED} (not)" for item in unfit),
        )
    any_ticked = np.zeros(table.n, dtype=bool)
    blank: dict[str, np.ndarray] = {}
    for column, item in ticks.items.items():
        words = dict.fromkeys((*_box_words(table, column), items[item].label, items[item].wording), TICKED)
        words |= {"1": TICKED, "Y": TICKED, sets[item].codes[TICKED]: TICKED}
        difference = wave.differs.get(column)
        given = {**words, **(difference.codes if difference else {})}
        one = understand(
            sets[item], given, is_declared_missing=lambda text, column=column: table.is_declared_missing(column, text)
        )
        reading.add(column, item, one, "nominal")
        any_ticked |= (reading.columns[item] == TICKED).fillna(False).to_numpy(dtype=bool)
        codes, texts = table.distinct(column)
        blank[item] = np.array([text == "" for text in texts], dtype=bool)[codes]
    if ticks.none:
        any_ticked |= _none_ticked(reading, name, ticks.none, list(sets.values()))
    if ticks.other_text:  # words beside "other" are an answer, also where the file has no box for it
        any_ticked |= table.text(ticks.other_text).notna().to_numpy(dtype=bool)
    columns = {item: column for column, item in ticks.items.items()}
    for item, empty in blank.items():
        reading.fill(name, columns[item], item, empty & any_ticked)


def _box_words(table: readers.Table, column: str) -> list[str]:
    """What a ticked box may hold besides 1: the column's name, the choice at the end of the question's text, or what
    the survey tool says."""
    parts = table.wordings.get(column, "").split(" - ")
    told = [table.ticked[column]] if column in table.ticked else []
    return [column, *told, *(" - ".join(parts[start:]) for start in range(len(parts)) if parts[start])]


def _none_ticked(reading: Reading, name: str, column: str, sets: list[AnswerSet]) -> np.ndarray:
    """Where the box 'none of these' was ticked."""
    codes, texts = reading.table.distinct(column)
    unticked = {"", "0", *(squeezed(s.codes[NOT_TICKED]) for s in sets)}
    ticked = {"1", *_box_words(reading.table, column), *(squeezed(s.codes[TICKED]) for s in sets)}
    unknown = [text for text in texts if squeezed(text) not in ticked | unticked]
    if len(set(unknown)) == 1 and not any(squeezed(text) in ticked for text in texts):
        # ASSUME: where the box "none of these" holds one and the same text in every response that filled it,
        # that text is the box's own label and means that it was ticked.
        ticked, unknown = {*ticked, squeezed(unknown[0])}, []
    for text in unknown:
        reading.refuse(np.flatnonzero(codes == texts.index(text)), column, f"{name}: none", OUTSIDE, text)
    return np.array([squeezed(text) in ticked for text in texts], dtype=bool)[codes]
