"""Columns that a questionnaire of the study has already asked under the same name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from stemcareers.config.instrument import Instrument, Question
from stemcareers.config.vocabulary import Item
from stemcareers.draft.columns import QUOTED_FROM, Column
from stemcareers.draft.labels import no_answer
from stemcareers.draft.words import is_whole
from stemcareers.readers.table import Table

SHORT = 3  # letters that are a code and no name
FITS = 0.5  # the share of a column's codes that the earlier question must know


class Before(NamedTuple):
    """A question as it was asked before, in which questionnaire, the codes of the export with their labels, and those
    among them that it did not know."""

    question: Question
    instrument: str
    answers: Mapping[str, str]
    strange: tuple[str, ...]


def asked_before(
    table: Table,
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
            questions = instruments[name].questions if instruments[name].whole else {}
            spelt = {its.casefold(): question for its, question in questions.items()}
            question = spelt.get(column.name.casefold())
            if question is None or question.item in taken or question.item not in items:
                continue
            known = {str(code) for code in question.codes}
            answers = _answers(table, column) if known else {}
            words = {code for code in answers if not is_whole(code)}
            by_codes = bool(words) and len(words & known) >= FITS * len(words)
            if by_codes:
                strange = tuple(code for code in sorted(words - known) if not no_answer(answers[code]))
                found[column.name] = Before(question, name, answers, strange)
                taken.add(question.item)
                break
    return found


def _answers(table: Table, column: Column) -> Mapping[str, str]:
    """The codes of a column that are in the file, with the labels that it has for them.

    A column that names schools, such as their country, has its codes where several schools share each.
    """
    if column.answers or column.holds != "school":
        return column.answers
    codes, texts = table.distinct(column.name)
    times = Counter(codes.tolist())
    labels = table.labels.get(column.name) or _named_beside(table, column.name)
    return {text: labels.get(text, "") for at, text in enumerate(texts) if text and times[at] >= QUOTED_FROM}


def _named_beside(table: Table, column: str) -> Mapping[str, str]:
    """The names of a column's codes, where another column has one name for each: AUT in CNT, Austria in COUNTRYNAME."""
    codes, texts = table.distinct(column)
    for other in table.columns:
        places, names = table.distinct(other) if other != column else (codes, [])
        if len(names) != len(texts) or any(not name or name.isdigit() or len(name) <= SHORT for name in names):
            continue
        pairs = set(zip(codes.tolist(), places.tolist(), strict=True))
        if len(pairs) == len(texts):
            return {texts[code]: names[place] for code, place in pairs}
    return {}
