"""How alike two short texts are, such as the labels that files give their columns: by letters, and by rarer words."""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Set
from functools import lru_cache

# What tells nothing of a question: small words, and its number in the questionnaire, as in 'Shortage lab techs Q14e'.
_SMALL = frozenset(["a", "an", "and", "at", "by", "for", "in", "is", "of", "on", "or", "the", "to"])
_NUMBER = re.compile(r"q\d+[a-z]?\d*")
REMEMBERED = 8192  # texts whose words are kept: each is held against many
ABBREVIATED = 3  # the letters from which the beginning of a word stands for it: sci, science


class Likeness:
    """Likeness from 0 to 1: the mean of the share of letters in common and of the share of words, rare ones first.

    A word counts by log(n / texts that hold it) over all texts given, so that "Shortage" tells little in a list of
    twenty shortages. Source: Salton and Buckley (1988), Term-weighting approaches in automatic text retrieval,
    doi:10.1016/0306-4573(88)90021-0
    """

    def __init__(self, texts: Iterable[str]) -> None:
        held = [words(text) for text in texts]
        times = Counter(word for each in held for word in each)
        self._n = max(2, len(held))
        self._weights = {word: math.log(self._n / n) for word, n in times.items()}

    def of(self, one: str, other: str) -> float:
        """How alike two texts are; 0 where they have no word in common."""
        shared = self._shared(words(one), words(other))
        if not shared:
            return 0.0
        return (difflib.SequenceMatcher(None, " ".join(tokens(one)), " ".join(tokens(other))).ratio() + shared) / 2

    def held(self, one: str, other: str) -> float:
        """The share of the words of the first text that the second has, where it has two or more; else 0."""
        mine, theirs = words(one), words(other)
        whole = sum(map(self._weight, mine))
        found = [word for word in mine if any(_same(word, its) for its in theirs)]
        return sum(map(self._weight, found)) / whole if len(found) > 1 and whole else 0.0

    def _shared(self, one: Set[str], other: Set[str]) -> float:
        both = [(word, any(_same(word, its) for its in other)) for word in one]
        both += [(word, any(_same(word, its) for its in one)) for word in other]
        whole = sum(self._weight(word) for word, _ in both)
        return sum(self._weight(word) for word, shared in both if shared) / whole if whole else 0.0

    def _weight(self, word: str) -> float:
        return self._weights.get(word, math.log(self._n))


@lru_cache(maxsize=REMEMBERED)
def plain(text: str) -> str:
    """The letters and digits of a text in small letters, whatever its blanks and signs; its signs if it has no more."""
    return " ".join(re.findall(r"[^\W_]+", text.casefold())) or text.strip().casefold()


@lru_cache(maxsize=REMEMBERED)
def tokens(text: str) -> tuple[str, ...]:
    """The words of a text in their order, in small letters, without numbers of questions."""
    return tuple(word for word in re.findall(r"[^\W_]+", text.lower()) if not _NUMBER.fullmatch(word))


@lru_cache(maxsize=REMEMBERED)
def words(text: str) -> frozenset[str]:
    """The words of a text that tell something."""
    return frozenset(word for word in tokens(text) if word not in _SMALL)


def _same(one: str, other: str) -> bool:
    return one == other or (
        min(len(one), len(other)) >= ABBREVIATED and (one.startswith(other) or other.startswith(one))
    )
