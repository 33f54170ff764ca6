"""A questionnaire as one wave fielded it: the instrument, with what the wave says under `differs`."""

from __future__ import annotations

from collections import Counter

from stemcareers.config.instrument import Instrument, Question, Ticks
from stemcareers.config.wave import Difference, Wave
from stemcareers.errors import Problem


def fielded(instrument: Instrument, wave: Wave) -> Instrument:
    """The questionnaire that this wave's export answers: the same items, under the wave's own columns and codes.

    An item that `differs` puts into another column leaves its old one; codes, wording and answers of a
    difference replace those of the question; routing goes with the item. Raises a Problem where two columns ask the
    same item.
    """
    moved = {d.item: column for column, d in wave.differs.items() if d.item is not None}
    named = Counter(d.item for d in wave.differs.values() if d.item is not None)
    twice = [item for item, times in named.items() if times > 1]
    if twice:
        raise Problem("differs", *(f"'{item}' is asked by {named[item]} columns; an item has one" for item in twice))
    in_boxes = {item for ticks in instrument.ticks.values() for item in ticks.items.values()}
    usual = {q.item: q for q in instrument.questions.values()}

    questions: dict[str, Question] = {}
    for column, question in instrument.questions.items():
        difference = wave.differs.get(column)
        if difference is not None and difference.item is not None:
            question = usual.get(difference.item, Question(item=difference.item))
        elif question.item in moved:
            continue
        question = _as_this_wave(question, difference)
        if question.item not in in_boxes:
            questions[column] = question
    for item, column in moved.items():
        if column not in questions and item not in in_boxes:
            questions[column] = _as_this_wave(usual.get(item, Question(item=item)), wave.differs[column])
    ticks = {name: _block(ticks, wave, moved) for name, ticks in instrument.ticks.items()}
    return instrument.model_copy(update={"questions": questions, "ticks": ticks})


def _as_this_wave(question: Question, difference: Difference | None) -> Question:
    """The question with the codes, the wording and the printed answers of this wave, where it has its own."""
    own = {} if difference is None else {key: getattr(difference, key) for key in ("codes", "wording", "answers")}
    return question.model_copy(update={key: value for key, value in own.items() if value})


def _block(ticks: Ticks, wave: Wave, moved: dict[str, str]) -> Ticks:
    boxes: dict[str, str] = {}
    for column, item in ticks.items.items():
        difference = wave.differs.get(column)
        if item in moved:
            boxes[moved[item]] = item
        elif difference is None or difference.item is None:
            boxes[column] = item
    return ticks.model_copy(update={"items": boxes})
