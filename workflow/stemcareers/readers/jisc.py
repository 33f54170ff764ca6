"""A csv export of Jisc Online Surveys (once Bristol Online Surveys): questions by number, one row a response.

A header holds the number of a question and may hold its words: `3.a. How often? - Never`, `Q3_a`, `3.1.a`. The number
names the column, in the form `3.a`; the words are its wording. Where one number stands above several columns, as
above the boxes of a question, the end of the words comes to it: `3 - Time`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from stemcareers.config.export import Export
from stemcareers.errors import Problem
from stemcareers.readers.records import by_column, grid, plain_words
from stemcareers.readers.table import Kind, Table

IDS = {"uniqueresponsenumber", "uniqueresponseno", "responseid", "responsenumber", "respondentid"}
OWN: dict[str, Kind] = {
    **dict.fromkeys(IDS, "id"),
    **dict.fromkeys(("username", "email", "emailaddress", "respondent", "ipaddress", "token"), "id"),
    **dict.fromkeys(("started", "startdate", "starteddate", "datestarted", "completed", "completeddate"), "date"),
    **dict.fromkeys(("completiondate", "datecompleted", "enddate", "datesubmitted", "submitted"), "date"),
}
# A number, then parts that are numbers, a letter or small Roman numbers: 3, 3.a, 3_1_a, 3.a.ii.
_PART = r"(?:[._](?:\d{1,3}|[a-z]|[ivx]{1,4})(?![a-z0-9]))"
_PARTS = rf"\d{{1,3}}{_PART}*"
# Words follow a stop, a 'Q' or at least one part: "3 hours a week" is no question 3.
NUMBER = re.compile(
    rf"(?:Q\s*)?(?P<bare>{_PARTS})[.:)]?|(?P<part>\d{{1,3}}{_PART}+)\s+(?P<rest>.+)|Q\s*(?P<q>{_PARTS})\s+(?P<text>.+)"
    rf"|(?:Q\s*)?(?P<stop>{_PARTS})[.:)]\s*(?P<after>\D.*)",
    re.IGNORECASE,
)
NUMBERS, WORDS = ("bare", "stop", "q", "part"), ("after", "text", "rest")
OTHER = re.compile(r"if you selected other|other \(please|please specify", re.IGNORECASE)
NOT_JISC = (
    "is not a csv export of Jisc Online Surveys: no column holds the response id ('Unique response number' or "
    "'Response ID'), and no column begins with the number of a question; export it again, or put 'csv' under "
    "export.reader in the wave file"
)


def read(export: Export, path: Path) -> Table:
    """The table of a Jisc export. Raises a Problem for everything that is broken in it."""
    where = path.as_posix()
    header, *rows = grid(export, path)
    read_as = [_column(text) for text in header]
    if not any(_bare(name) in IDS for name, _ in read_as) or not any(_is_number(name) for name, _ in read_as):
        raise Problem(where, NOT_JISC)
    names = _told_apart(read_as)
    wrong = [f"column {n} has no name" for n, name in enumerate(names, start=1) if not name]
    wrong += [
        f"{times} columns are question '{name}'; a number must stand once, or with words that differ"
        for name, times in Counter(names).items()
        if times > 1 and name
    ]
    if wrong:
        raise Problem(where, *wrong)
    cells = by_column(names, rows)
    wordings = {name: words for name, (_, words) in zip(names, read_as, strict=True) if words}
    choices = _choices(cells, wordings, read_as, names)
    return Table(
        where,
        cells,
        header_rows=export.header_row,
        encoding=export.encoding,
        wordings=wordings,
        kinds=_kinds(names, wordings, choices),
        choices=choices,
    )


def _bare(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.casefold())


def _is_number(name: str) -> bool:
    return re.fullmatch(_PARTS, name) is not None


def _column(text: str) -> tuple[str, str]:
    """The name of a column and the words of its question."""
    words = plain_words(text)
    match = NUMBER.fullmatch(words)
    if match is None:
        return words, ""
    number, said = (next((match[g] for g in groups if match[g]), "") for groups in (NUMBERS, WORDS))
    return number.replace("_", ".").lower(), said


def _told_apart(read_as: list[tuple[str, str]]) -> list[str]:
    """The names; with the end of their words where a number stands above several columns."""
    times = Counter(name for name, _ in read_as)
    return [f"{name} - {_tail(words)}" if times[name] > 1 and words else name for name, words in read_as]


def _tail(words: str) -> str:
    return words.rpartition(" - ")[2]


def _choices(
    cells: Mapping[str, np.ndarray], wordings: Mapping[str, str], read_as: list[tuple[str, str]], names: list[str]
) -> dict[str, dict[str, str]]:
    """Questions of which every column is one box: its cells are blank, or the one text that ends its words."""
    blocks: dict[str, list[str]] = {}
    for name, (number, words) in zip(names, read_as, strict=True):
        if _is_number(number) and words and not OTHER.search(words):
            blocks.setdefault(number if name != number else number.rpartition(".")[0], []).append(name)
    found = {}
    for question, block in blocks.items():
        tails = {name: _tail(wordings[name]) for name in block}
        own = all({plain_words(c) for c in set(cells[n])} <= {"", tails[n]} for n in block)
        if question and len(block) > 1 and own:
            found[question] = tails
    return found


def _kinds(names: list[str], wordings: Mapping[str, str], choices: Mapping[str, Mapping[str, str]]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {name: OWN[_bare(name)] for name in names if _bare(name) in OWN}
    kinds |= {name: "text" for name, words in wordings.items() if OTHER.search(words)}
    return kinds | {name: "multiple" for block in choices.values() for name in block}
