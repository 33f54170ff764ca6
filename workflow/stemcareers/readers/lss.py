"""The structure of a LimeSurvey questionnaire (.lss): questions, boxes and rows of grids, answers, routing.

Two generations of the file are read: texts beside their question (LimeSurvey 2, 3), and texts in tables of their own
by language (from LimeSurvey 4 on). Source: LimeSurvey manual, "Question types" and "Exporting a survey structure".
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stemcareers.config.spelling import tidy
from stemcareers.errors import Problem

ALWAYS = {"", "1"}  # a relevance that asks everybody
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h\d)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)


@dataclass(frozen=True)
class Part:
    """A row or column of a grid, or a box: its code, its text by language, and when it is asked."""

    code: str
    texts: Mapping[str, str]
    relevance: str


@dataclass(frozen=True)
class Question:
    """A question: its code and type letter, texts by language, and what it is made of.

    parts     scale 0: rows or boxes; scale 1: columns of a grid of numbers or texts.
    answers   scale: {code: {language: label}}.
    """

    code: str
    kind: str
    texts: Mapping[str, str]
    relevance: str
    has_other: bool
    other_label: str
    parts: Mapping[int, tuple[Part, ...]] = field(default_factory=dict)
    answers: Mapping[int, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Structure:
    """A questionnaire: its base language, all its languages, and its questions by code in their order."""

    language: str
    languages: tuple[str, ...]
    questions: Mapping[str, Question]


def structure(path: Path) -> Structure:
    """The structure in a file. Raises a Problem where it is none, is cut off, or holds entities."""
    where = path.as_posix()
    tables = _tables(path)
    surveys = tables["surveys"]
    if not surveys or not tables["questions"]:
        raise Problem(where, "holds no survey with questions; export the structure (.lss) again")
    base = surveys[0].get("language") or "en"
    languages = tuple(dict.fromkeys([base, *surveys[0].get("additional_languages", "").split()]))
    try:
        questions = _Assembled(tables, base).questions()
    except KeyError as error:
        raise Problem(
            where, f"has a question or answer without its {error}; export the structure (.lss) again"
        ) from None
    return Structure(base, languages, questions)


def flat(text: str) -> str:
    """A text without its markup, on one line, as exports show it."""
    return tidy(html.unescape(_TAG.sub("", _BREAK.sub(" ", _HIDDEN.sub("", text)))))


def _tables(path: Path) -> defaultdict[str, list[dict[str, str]]]:
    """Every table of the file: name: rows, each {column: text}."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    where, content = path.as_posix(), path.read_bytes()
    if content.startswith(b"PK"):
        raise Problem(where, "is an archive (.lsa); unpack it, and name the .lss in it under export.questionnaire")
    try:
        document = fromstring(content, forbid_dtd=True)
    except DefusedXmlException:
        raise Problem(
            where,
            "holds a document type or entities, which LimeSurvey never writes; it was not read: ask where the "
            "file comes from",
        ) from None
    except (ParseError, LookupError, ValueError):  # ValueError: an encoding that it is not in
        raise Problem(where, "is not a whole LimeSurvey structure file (.lss); export it again") from None
    kind = document.findtext("LimeSurveyDocType")
    if kind != "Survey":
        what = f"of a LimeSurvey {kind.lower()}" if kind else "something else"
        raise Problem(where, f"is not the structure of a whole survey but {what}; export the structure as .lss")
    found: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for table in document:
        found[table.tag] = [{cell.tag: cell.text or "" for cell in row} for row in table.iterfind("rows/row")]
    return found


class _Assembled:
    """Puts the tables of a file together: texts to their question, answers to theirs."""

    def __init__(self, tables: Mapping[str, list[dict[str, str]]], base: str) -> None:
        self.tables = tables
        self.base = base
        self.texts = self._by_language("question_l10ns", "qid", "question")
        self.labels = self._by_language("answer_l10ns", "aid", "answer")
        self.attributes = {
            (row.get("qid"), row.get("attribute")): row.get("value", "") for row in tables["question_attributes"]
        }
        self.group_relevance = {row.get("gid"): row.get("grelevance", "") for row in tables["groups"]}

    def questions(self) -> dict[str, Question]:
        rows = self._merged(self.tables["questions"])
        order = {row.get("gid"): _place(row, "group_order") for row in self.tables["groups"]}
        rows.sort(key=lambda row: (order.get(row.get("gid"), 0), _place(row, "question_order")))
        parts, answers = self._parts(), self._answers()
        return {row["title"]: self._question(row, parts, answers) for row in rows if not _parent(row)}

    def _question(self, row: dict[str, Any], parts: Mapping[str, Any], answers: Mapping[str, Any]) -> Question:
        number = row["qid"]
        conditions = [self.group_relevance.get(row.get("gid"), ""), row.get("relevance", "")]
        return Question(
            code=row["title"],
            kind=row.get("type", ""),
            texts=row["texts"],
            relevance=joined(conditions),
            has_other=row.get("other") == "Y",
            other_label=flat(self.attributes.get((number, "other_replace_text"), "")),
            parts={scale: tuple(some) for scale, some in parts.get(number, {}).items()},
            answers=answers.get(number, {}),
        )

    def _parts(self) -> dict[str, dict[int, list[Part]]]:
        found: dict[str, dict[int, list[Part]]] = defaultdict(lambda: defaultdict(list))
        rows = self.tables["subquestions"] or [row for row in self.tables["questions"] if _parent(row)]
        for row in sorted(self._merged(rows), key=lambda row: _place(row, "question_order")):
            part = Part(row["title"], row["texts"], joined([row.get("relevance", "")]))
            found[_parent(row)][_place(row, "scale_id")].append(part)
        return found

    def _answers(self) -> dict[str, dict[int, dict[str, dict[str, str]]]]:
        found: dict[str, Any] = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
        for row in sorted(self.tables["answers"], key=lambda row: _place(row, "sortorder")):
            own = {row["language"]: flat(row.get("answer", ""))} if row.get("language") else {}
            labels = own or self.labels.get(row.get("aid", ""), {})
            found[row["qid"]][_place(row, "scale_id")][row["code"]] |= labels
        for row in self.tables["answer_l10ns"]:  # some files have the code beside the label, and no other table
            if "code" in row and "qid" in row and not self.tables["answers"]:
                language = row.get("language", self.base)
                found[row["qid"]][_place(row, "scale_id")][row["code"]][language] = flat(row.get("answer", ""))
        return found

    def _merged(self, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
        """One row a question: older files have one for each language."""
        found: dict[str, dict[str, Any]] = {}
        for row in rows:
            one = found.setdefault(row["qid"], {**row, "texts": dict(self.texts.get(row["qid"], {}))})
            if row.get("question"):
                one["texts"][row.get("language") or self.base] = flat(row["question"])
        return list(found.values())

    def _by_language(self, table: str, key: str, column: str) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for row in self.tables[table]:
            found[row.get(key, "")][row.get("language", self.base)] = flat(row.get(column, ""))
        return found


def joined(conditions: list[str]) -> str:
    """Conditions that must all hold, as one; '' where everybody is asked."""
    given = [condition for text in conditions if (condition := text.strip()) not in ALWAYS]
    return given[0] if len(given) == 1 else " and ".join(f"({condition})" for condition in given)


def _place(row: Mapping[str, Any], key: str) -> int:
    text = (row.get(key) or "").strip()
    return int(text) if text.isdecimal() else 0


def _parent(row: Mapping[str, Any]) -> str:
    parent = row.get("parent_qid") or "0"
    return "" if parent == "0" else parent
