"""Is this column still that question? The wordings in a file, held against those of items.csv."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from stemcareers.config.instrument import Instrument
from stemcareers.config.vocabulary import Item
from stemcareers.errors import Problem, listed
from stemcareers.readers.records import SHOWN
from stemcareers.readers.table import Table

OF_TOOLS = re.compile(r" - Selected Choice(?= - |$)| - Date / Time$")  # Qualtrics, SurveyMonkey
# What a tool puts a word in for, such as the school's name: ${e://Field/school}, {TOKEN:FIRSTNAME}, {{ Q1 }}.
PIPED = re.compile(r"\$?\{{1,2}[^{}]*\}{1,2}")
CUT = 60  # statistics programs cut long wordings, Stata after 80 letters


def refuse_moved(table: Table, questionnaire: Instrument, items: Mapping[str, Item]) -> None:
    """A Problem naming the columns above which the file has the very words of another item that is asked here.

    So it is where questions changed places, or one was put in or taken out and those after it have new numbers. A
    question that was only reworded has nobody's words. Words that stand above several columns, or begin several
    questions, as those of a grid do where a program cut them, tell nothing.
    """
    known = as_known(table, questionnaire, items)
    asked = {item: _letters(items[item].wording) for item in questionnaire.columns().values() if item in items}
    times = Counter(_letters(table.wordings.get(column, "")) for column in questionnaire.columns())
    wrong = []
    for column, item in questionnaire.columns().items():
        if known.get(item, True):
            continue
        given = _letters(table.wordings[column])
        others = [one for one, words in asked.items() if _same(given, words)]
        if len(others) == 1 and times[given] == 1:
            other = others[0]
            wrong.append(
                f"'{column}' is read as '{item}', but the file has the words of '{other}' there; if the questions "
                f"changed places, say so under differs: {{{column}: {{item: {other}, because: <why>}}}}; else put "
                "the words right in the survey tool and export again, or name them under differs (wording)"
            )
    if wrong:
        more = [f"{len(wrong) - SHOWN:,} more columns have the words of others"] if len(wrong) > SHOWN else []
        raise Problem(table.path, *wrong[:SHOWN], *more)


def changed(table: Table, questionnaire: Instrument, items: Mapping[str, Item]) -> Iterator[str]:
    """A sentence on the columns whose wording in the file is not ours, where that of most others is."""
    known = as_known(table, questionnaire, items)
    other = [column for column, item in questionnaire.columns().items() if not known.get(item, True)]
    if other and is_few(known):
        named = listed([f"'{column}'" for column in other[:SHOWN]])
        more = f" and {len(other) - SHOWN:,} more" if len(other) > SHOWN else ""
        yield (
            f"{named}{more}: the file's wording is not that of items.csv, as it is elsewhere; if the question changed, "
            "say so under differs (wording)"
        )


def is_few(known: Mapping[str, bool]) -> bool:
    """Whether those with other words than ours are fewer than those with ours."""
    return 2 * sum(not same for same in known.values()) < len(known)


def as_known(table: Table, questionnaire: Instrument, items: Mapping[str, Item]) -> dict[str, bool]:
    """Of each item whose words stand in the file, whether they are those of items.csv or of this questionnaire.

    A column's own name is no question.
    """
    own = {column: question.wording for column, question in questionnaire.questions.items()}
    found = {}
    for column, item in questionnaire.columns().items():
        given = _letters(table.wordings.get(column, ""))
        if item in items and given and given != _letters(column):
            found[item] = any(_same(given, _letters(words or "")) for words in (items[item].wording, own.get(column)))
    return found


def same_words(given: str, wording: str) -> bool:
    """Whether a file's words of a question are those of a wording, or their beginning where a program cut them."""
    return _same(_letters(given), _letters(wording))


def _same(given: str, wording: str) -> bool:
    return given == wording or (len(given) > CUT and wording.startswith(given))


def _letters(text: str) -> str:
    """The words of a question without capitals, blanks, signs, what tools add and the gaps that they fill."""
    return " ".join(re.findall(r"\w+", PIPED.sub(" ", OF_TOOLS.sub("", text)).casefold()))
