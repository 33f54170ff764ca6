"""Columns that a questionnaire of the study has already asked under the same name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from stemcareers.config.instrument import Instrument, Question
from stemcareers.config.vocabulary import Item
from stemcareers.draft.columns import Column
from stemcareers.draft.words import is_whole

FITS = 0.5  # the share of a column's codes that the earlier question must know


class Before(NamedTuple):
    """A question as it was asked before, in which questionnaire, and the codes of the export that it did not know."""

    question: Question
    instrument: str
    strange: tuple[str, ...]


def asked_before(
    columns: Iterable[Column],
    instruments: Mapping[str, Instrument],
    items: Mapping[str, Item],
) -> dict[str, Before]:
    """Column: the question that the last questionnaire with such a column asked there; an item once.

    A name alone says little, Q5 being another question every year: codes that are words must fit.
    """
    found: dict[str, Before] = {}
    taken: set[str] = set()
    for column in columns:
        for name in sorted(instruments, reverse=True):
            question = instruments[name].questions.get(column.name) if instruments[name].whole else None
            if question is None or question.item in taken or question.item not in items:
                continue
            known = {str(code) for code in question.codes}
            words = {code for code in column.answers if not is_whole(code)}
            by_codes = bool(words) and len(words & known) >= FITS * len(words)
            if by_codes:
                found[column.name] = Before(question, name, tuple(sorted(words - known)))
                taken.add(question.item)
                break
    return found
