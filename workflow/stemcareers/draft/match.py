"""Which known item a column asks: by the words of the question and the answers it accepts, each pair with a score.

Words that many questions share tell little; where no match is sure, the nearest items are named by the rarer ones.
"""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.draft.columns import Column, stems

SURE, LIKELY = 0.85, 0.6  # a score from which a match is proposed without, and with, a mark for review
NEAR, NAMED = 0.3, 2  # the likeness from which an item that no score proposes is named, and how many are
ALIKE = 6  # the first letters by which two words are the same: publish, published, publicly are not far apart
OF_OWN_WORDS = 0.8  # how much of the wording's score is that of the words it does not share
OF_WORDING = 0.7  # how much of a score the wording makes, the rest the answers


OF_TOOLS = re.compile(r" - Selected Choice(?= - |$)| - Date / Time$")  # Qualtrics, SurveyMonkey
_BESIDE = re.compile(r"\([^()]*\)")  # what stands in brackets behind a question: where its words are from


def matches(
    columns: Iterable[Column], items: Mapping[str, Item], answers: Mapping[str, AnswerSet]
) -> dict[str, tuple[str, float]]:
    """Column: the item it asks, and the score from 0 to 1. An item is proposed once, to the column that fits best."""
    shared = dict(zip(items, stems([item.wording for item in items.values()]), strict=True))
    pairs = [
        (score(column, item, answers[item.answers], shared[name]), column.name, name)
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


def score(column: Column, item: Item, answers: AnswerSet, stem: str = "") -> float:
    """How well the words and the answers of a column fit an item, 0 to 1; the words alone where it has no answers.

    stem   what the item's words share with others. Where either has such a stem, what each asks by itself counts
           more: two statements of one grid are alike in most of their words, and are not the same.
    """
    wording = max(_alike(column.wording, its) for its in (item.wording, _BESIDE.sub(" ", item.wording)))
    if column.stem or stem:
        words = item.wording[len(stem) :]
        own = max(_alike(column.own_words, its) for its in (words, _BESIDE.sub(" ", words)))
        wording = OF_OWN_WORDS * own + (1 - OF_OWN_WORDS) * wording
    given = {_plain(label) for label in column.answers.values() if label}
    if not given or not answers.is_categorical:
        return wording
    known = {_plain(label) for label in answers.codes.values()}
    shared = len(given & known) / len(given | known)
    return OF_WORDING * wording + (1 - OF_WORDING) * shared


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, _plain(one), _plain(other)).ratio()


def nearest(columns: Iterable[Column], items: Mapping[str, Item]) -> dict[str, list[tuple[str, float]]]:
    """Column: the items most like it in their rarer words, with a likeness from 0 to 1; none where none is near.

    Cosine of the words' weights, log(n / questions that hold the word) over all questions.
    Source: Salton and Buckley (1988), Term-weighting approaches in automatic text retrieval,
    doi:10.1016/0306-4573(88)90021-0
    """
    asked = {column.name: _stems(column.wording) for column in columns if column.wording}
    known = {name: _stems(f"{item.wording} {item.label}") for name, item in items.items()}
    held = Counter(word for words in [*asked.values(), *known.values()] for word in words)
    n = len(asked) + len(known)
    weights = {word: math.log(n / times) for word, times in held.items()}
    found = {}
    for column, words in asked.items():
        likeness = sorted(((_cosine(words, its, weights), name) for name, its in known.items()), reverse=True)
        near = [(name, its) for its, name in likeness[:NAMED] if its >= NEAR]
        found |= {column: near} if near else {}
    return found


def _stems(text: str) -> set[str]:
    return {word[:ALIKE].rstrip("s") for word in _plain(text).split() if len(word) > 2}


def _cosine(one: set[str], other: set[str], weights: Mapping[str, float]) -> float:
    shared, lengths = sum(weights[w] ** 2 for w in one & other), 1.0
    for words in (one, other):
        lengths *= math.sqrt(sum(weights[w] ** 2 for w in words))
    return shared / lengths if lengths else 0.0


def same_words(one: str, other: str) -> bool:
    """Whether two questions have the same words, whatever their capitals, blanks and signs, without a tool's own."""
    return _plain(OF_TOOLS.sub("", one)) == _plain(OF_TOOLS.sub("", other))


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
