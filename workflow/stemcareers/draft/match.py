"""Which known item a column asks: by the words of the question and the answers it accepts, each pair with a score."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.draft.columns import Column

SURE, LIKELY = 0.85, 0.6  # a score from which a match is proposed without, and with, a mark for review
OF_WORDING = 0.7  # how much of a score the wording makes, the rest the answers


def matches(
    columns: Iterable[Column], items: Mapping[str, Item], answers: Mapping[str, AnswerSet]
) -> dict[str, tuple[str, float]]:
    """Column: the item it asks, and the score from 0 to 1. An item is proposed once, to the column that fits best."""
    pairs = [
        (score(column, item, answers[item.answers]), column.name, name)
        for column in columns
        for name, item in items.items()
        if item.answers in answers and column.wording
    ]
    found: dict[str, tuple[str, float]] = {}
    taken: set[str] = set()
    for its, column, name in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        if its >= LIKELY and column not in found and name not in taken:
            found[column] = (name, its)
            taken.add(name)
    return found


def score(column: Column, item: Item, answers: AnswerSet) -> float:
    """How well the words and the answers of a column fit an item, 0 to 1; the words alone where it has no answers."""
    wording = difflib.SequenceMatcher(None, _plain(column.wording), _plain(item.wording)).ratio()
    given = {_plain(label) for label in column.answers.values() if label}
    if not given or not answers.is_categorical:
        return wording
    known = {_plain(label) for label in answers.codes.values()}
    shared = len(given & known) / len(given | known)
    return OF_WORDING * wording + (1 - OF_WORDING) * shared


def same_words(one: str, other: str) -> bool:
    """Whether two questions have the same words, whatever their capitals, blanks and signs."""
    return _plain(one) == _plain(other)


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
