"""Columns that belong to one question: boxes to tick, and the words beside 'other, please specify'."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from stemcareers.draft.columns import Column
from stemcareers.readers.table import Table

_OTHER = re.compile(
    r"(?P<by_code>.+)_\d+_TEXT|(?P<in_brackets>.+)\[other\]|(?P<by_name>.+?)_(other|oth|specify)(_text)?|"
    r"(?P<by_words>.+) - other \(.*specify.*\)|(?P<by_number>\d[\w.]*)\.[a-z]",
    re.IGNORECASE,
)
_IF_OTHER = re.compile(r"if (you selected )?other|please specify", re.IGNORECASE)


def blocks(table: Table, columns: list[Column]) -> dict[str, dict[str, str]]:
    """Questions with boxes to tick, each with its columns and the words beside them: those the file names, and columns
    of one question that hold one code or nothing."""
    named = {question: dict(choices) for question, choices in table.choices.items() if len(choices) > 1}
    taken = {column for choices in named.values() for column in choices}
    found: dict[str, dict[str, str]] = {}
    for column in columns:
        question = column.name.rpartition(" - ")[0] or column.name.rpartition("_")[0]
        _, dash, choice = column.wording.rpartition(" - ")
        single = column.holds == "categories" and len(column.answers) == 1 and not column.rare
        if single and question and dash and column.name not in taken:
            found.setdefault(question, {})[column.name] = choice
    return named | {name: choices for name, choices in found.items() if len(choices) > 1 and name not in named}


def words_beside(columns: Iterable[Column], boxes: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Question, or block of boxes: the column with the words that somebody wrote beside 'other'."""
    by_name = {column.name: column for column in columns}
    of_boxes = {box for choices in boxes.values() for box in choices}
    found: dict[str, str] = {}
    for name, column in by_name.items():
        way = _OTHER.fullmatch(name)
        if way is None or column.holds not in {"text", "categories", "blank"} or name in of_boxes:
            continue
        question = next(part for part in way.group(*_WAYS) if part)
        if way["by_number"] and not _IF_OTHER.search(column.wording):
            continue
        if question in boxes or (question in by_name and by_name[question].holds == "categories"):
            found.setdefault(question, name)
    return found


_WAYS = ("by_code", "in_brackets", "by_name", "by_words", "by_number")
