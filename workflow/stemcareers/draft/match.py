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
from stemcareers.draft.codes import meant, parted
from stemcareers.draft.columns import Column, stems
from stemcareers.draft.known import Known
from stemcareers.draft.likeness import Likeness, plain

SURE, LIKELY = 0.85, 0.6  # a score from which a match is proposed without, and with, a mark for review
NEAR, NAMED = 0.3, 2  # the likeness from which an item that no score proposes is named, and how many are
ALIKE = 6  # the first letters by which two words are the same: publish, published, publicly are not far apart
OF_OWN_WORDS = 0.8  # how much of the wording's score is that of the words it does not share
OF_WORDING = 0.7  # how much of a score the wording makes, the rest the answers
UNSURE = SURE - 0.01  # the most where nothing tells what codes mean
OF_HELD = 0.7  # how much of a wording it makes that every word of an earlier one is held
SAME_WORDS = 0.95  # the likeness from which words tell more than other labels of the same codes
OTHER_ANSWERS = 0.5  # the most that words can make where the answers have nothing in common

_BESIDE = re.compile(r"\([^()]*\)")  # what stands in brackets behind a question: where its words are from


def matches(
    columns: Iterable[Column],
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    known: Mapping[str, Known] | None = None,
) -> dict[str, tuple[str, float]]:
    """Column: the item it asks, and the score from 0 to 1. An item is proposed once, to the column that fits best.

    known   how the items were asked before, where that is known.
    """
    columns, known = list(columns), known or {}
    shared = dict(zip(items, stems([item.wording for item in items.values()]), strict=True))
    likeness = likeness_of(columns, known)
    times = Counter(item.answers for item in items.values())

    def best(column: Column, name: str) -> float:
        item = items[name]
        its = score(column, item, answers[item.answers], shared[name])
        own = times[item.answers] == 1
        return asked_alike(column, known[name], answers[item.answers], likeness, its, own) if name in known else its

    pairs = [
        (best(column, name), column.name, name)
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
    given = {plain(label) for label in column.answers.values() if label}
    if not given or not answers.is_categorical:
        return wording
    known = {plain(label) for label in answers.codes.values()}
    shared = len(given & known) / len(given | known)
    return OF_WORDING * wording + (1 - OF_WORDING) * shared


def likeness_of(columns: Iterable[Column], known: Mapping[str, Known]) -> Likeness:
    """The likeness of words among those of an export and those in which the items were asked before."""
    return Likeness([*(c.wording for c in columns), *(" ".join(sorted(k.wordings)) for k in known.values())])


def asked_alike(
    column: Column,
    known: Known,
    answers: AnswerSet,
    likeness: Likeness,
    otherwise: float = 0.0,
    own_answers: bool = False,
) -> float:
    """How well a column fits an item as it was asked before, 0 to 1, or `otherwise` where that is more.

    own_answers   whether no other item has these answers.

    A column whose name is a word, such as a country's, and in which the item stood before, is half way to it; one
    that is called by its place, such as Q5, tells nothing. Where the answers have nothing in common, it is another
    question, unless words and codes are the same; where nothing tells what codes mean, nothing is sure.
    """
    wording = max((likeness.of(column.wording, its) for its in known.wordings), default=0.0)
    held = max((likeness.held(its, column.wording) for its in known.wordings), default=0.0)
    own = max((likeness.of(column.own_words, its) for its in known.wordings), default=0.0) if column.stem else 0.0
    wording = max(wording, OF_HELD * held, OF_OWN_WORDS * own + (1 - OF_OWN_WORDS) * wording)
    if column.name.casefold() in known.columns and not re.search(r"\d", column.name):
        wording += (1 - wording) / 2
    valid = {code: label for code, label in parted(column)[0].items() if label}
    before = {**known.labels, **{plain(label): code for code, label in answers.codes.items()}}
    if valid and (before or not answers.is_categorical):
        shared = len(meant(valid, before)) / len(valid)
        wording += (1 - wording) / 2 if own_answers and shared == 1 and wording else 0
        its = max(otherwise, OF_WORDING * wording + (1 - OF_WORDING) * shared)
        same_codes = wording >= SAME_WORDS and set(valid) <= set(map(str, answers.codes))
        return its if shared or same_codes else min(its, OTHER_ANSWERS)
    if known.labels and answers.is_categorical and column.holds == "number":
        return min(max(otherwise, wording), OTHER_ANSWERS)
    its = max(otherwise, wording)
    return min(its, UNSURE) if answers.is_categorical else its


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, plain(one), plain(other)).ratio()


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
    return {word[:ALIKE].rstrip("s") for word in plain(text).split() if len(word) > 2}


def _cosine(one: set[str], other: set[str], weights: Mapping[str, float]) -> float:
    shared, lengths = sum(weights[w] ** 2 for w in one & other), 1.0
    for words in (one, other):
        lengths *= math.sqrt(sum(weights[w] ** 2 for w in words))
    return shared / lengths if lengths else 0.0
