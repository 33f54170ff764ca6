"""A SurveyMonkey csv export ("all responses data"): questions, answer options below them, then one row a response.

A column is named by its question and, where it has several columns, its option: `Which barriers? - Time`. Names by
position would move silently when a question is added.
See SurveyMonkey Help Center, "Exporting Survey Data": the question stands above its first column only, or above
each of them; single answers stand below "Response", free text below "Open-Ended Response".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from stemcareers.config.export import Export
from stemcareers.errors import Problem
from stemcareers.readers.records import by_column, grid, plain_words
from stemcareers.readers.table import Kind, Table

OWN: dict[str, Kind | None] = {
    "respondentid": "id",
    "collectorid": None,
    "collector": None,
    "startdate": "date",
    "enddate": "date",
    "datecreated": "date",
    "datemodified": "date",
    "ipaddress": "id",
    "emailaddress": "id",
    "firstname": "id",
    "lastname": "id",
}
CUSTOM = re.compile(r"custom(?:data|value)?\d*")
ONE_ANSWER = {"response", "open-ended response", "open ended response"}
FREE_TEXT = ("open-ended response", "open ended response")
OTHER = re.compile(r"other \(please|please specify", re.IGNORECASE)
NOT_SURVEYMONKEY = (
    "is not a SurveyMonkey csv export: the first row must begin with 'Respondent ID', and the second must hold "
    "'Response' or the answer options below each question; export all responses data again, with the original layout"
)


def read(export: Export, path: Path) -> Table:
    """The table of a SurveyMonkey export. Raises a Problem for everything that is broken in it."""
    first, *rows = grid(export, path)
    if not rows or _own(first[0]) != "respondentid" or not any(rows[0]) or rows[0][0].strip():
        raise Problem(path.as_posix(), NOT_SURVEYMONKEY)
    questions, options = _questions(first, rows[0], path), [plain_words(text) for text in rows[0]]
    names = _names(questions, options)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise Problem(
            path.as_posix(),
            *(
                f"{names.count(name)} columns are '{name}'; give the questions different words in SurveyMonkey, and "
                "export again"
                for name in twice
            ),
        )
    cells = by_column(names, rows[1:])
    asked = {name: q for name, q, own in zip(names, questions, map(_own, first), strict=True) if own is None}
    option = dict(zip(names, options, strict=True))
    remarks = _with_other(cells, asked, option)
    choices = _choices(cells, asked, option)
    return Table(
        path.as_posix(),
        cells,
        header_rows=2,
        encoding=export.encoding,
        wordings={name: name for name in asked},
        kinds=_kinds(first, names, option, choices),
        choices=choices,
        ticked=_ticked(asked, option),
        remarks=remarks,
    )


def _with_other(cells: dict[str, np.ndarray], asked: Mapping[str, str], option: Mapping[str, str]) -> tuple[str, ...]:
    """Puts "Other (please specify)" where one answer was asked for and words were written in its place; what was done.

    SurveyMonkey leaves "Response" blank there, so that who chose "other" would seem to have answered nothing.
    """
    told = []
    for name, question in asked.items():
        if not OTHER.search(option[name]) or name == question or option.get(question, "").casefold() != "response":
            continue
        chosen = np.array(
            [not a.strip() and bool(b.strip()) for a, b in zip(cells[question], cells[name], strict=True)]
        )
        if chosen.any():
            cells[question] = np.where(chosen, option[name], cells[question])
            told.append(
                f"'{question}': where only words beside it stand, it is read as '{option[name]}' ({chosen.sum():,})"
            )
    return tuple(told)


def _own(name: str) -> str | None:
    """SurveyMonkey's own name of a column, in small letters; None for a question."""
    bare = re.sub(r"[\s_]", "", name.strip()).casefold()
    return bare if bare in OWN or CUSTOM.fullmatch(bare) else None


def _questions(first: Sequence[str], second: Sequence[str], path: Path) -> list[str]:
    """The question of every column; a blank one goes on with the question before it."""
    found: list[str] = []
    wrong: list[str] = []
    for position, (text, option) in enumerate(zip(first, second, strict=True), start=1):
        question = plain_words(text)
        goes_on = not question and bool(found) and _own(first[len(found) - 1]) is None
        if not question and not (goes_on and option.strip()):
            wrong.append(f"column {position} has no question above it, and none goes on there")
        found.append(found[-1] if goes_on else question)
    if wrong:
        raise Problem(path.as_posix(), *wrong)
    return found


def _names(questions: Sequence[str], options: Sequence[str]) -> list[str]:
    return [
        question if not option or option.casefold() in ONE_ANSWER else f"{question} - {option}"
        for question, option in zip(questions, options, strict=True)
    ]


def _choices(
    cells: Mapping[str, np.ndarray], asked: Mapping[str, str], option: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The questions of which every column, but for the words of 'other', holds nothing but its own option."""
    blocks: dict[str, dict[str, str]] = {}
    for name, question in asked.items():
        if name != question and not OTHER.search(option[name]):
            blocks.setdefault(question, {})[name] = option[name]
    return {
        question: block
        for question, block in blocks.items()
        if len(block) > 1 and all({plain_words(c) for c in set(cells[n])} <= {"", words} for n, words in block.items())
    }


def _ticked(asked: Mapping[str, str], option: Mapping[str, str]) -> dict[str, str]:
    """Exports of codes: the number of the option, counted within its question, stands where its box was ticked."""
    n: Counter[str] = Counter()
    found = {}
    for name, question in asked.items():
        if name != question and not OTHER.search(option[name]):
            n[question] += 1
            found[name] = str(n[question])
    return found


def _kinds(
    first: Sequence[str], names: Sequence[str], option: Mapping[str, str], choices: Mapping[str, Mapping[str, str]]
) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for name, given in zip(names, first, strict=True):
        own = _own(given)
        if own is not None:
            kind = OWN.get(own, "id")
            kinds |= {name: kind} if kind else {}
        elif option[name].casefold() in FREE_TEXT or OTHER.search(option[name]):
            kinds[name] = "text"
    return kinds | {name: "multiple" for block in choices.values() for name in block}
