"""The questions of an XLSForm (.xlsx), by which KoboToolbox and ODK field a questionnaire.

Source: XLSForm reference (xlsform.org): sheets survey, choices and settings; types, groups, repeats, languages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stemcareers.config.spelling import tidy
from stemcareers.errors import Problem, did_you_mean
from stemcareers.readers.sheet import Sheet, reference
from stemcareers.readers.table import Kind
from stemcareers.readers.workbook import workbook

OTHER = "other"  # what or_other adds to a list
PLAIN = ""  # the language of a column that names none
_BLOCK = re.compile(r"(begin|end)[ _](group|repeat)")
_CHOOSE = re.compile(r"(select[ _]one|select[ _]multiple|select[ _]all[ _]that[ _]apply|rank)(_from_file)?\s+(\S+)(.*)")
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("integer", "int", "decimal", "range"), "number"),
    **dict.fromkeys(("date", "datetime", "date_time", "time", "start", "end", "today"), "date"),
    **dict.fromkeys(("deviceid", "username", "phonenumber", "email", "subscriberid", "simserial", "barcode"), "id"),
    **dict.fromkeys(("calculate", "note", "hidden", "acknowledge", "trigger", "audit"), "calculated"),
    "select_one": "single",
    "select_multiple": "multiple",
}


@dataclass(frozen=True)
class Choice:
    """A choice of a list: its name and labels by language."""

    name: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Asked:
    """A question: its name, type, labels by language, the groups around it and when it is asked.

    groups   names of the groups and repeats around it, outermost first; titles: their labels, by language.
    repeat   the name of the repeat it stands in, or ''.
    """

    name: str
    type: str
    labels: Mapping[str, str]
    groups: tuple[str, ...]
    titles: tuple[Mapping[str, str], ...]
    repeat: str
    asked_if: str
    choices: tuple[Choice, ...] = ()

    @property
    def kind(self) -> Kind:
        """What its column holds, in the words of every reader."""
        return _KINDS.get(self.type, "text")


@dataclass(frozen=True)
class Form:
    """A form: its languages, the one it is read in first, and its questions in their order."""

    languages: tuple[str, ...]
    questions: tuple[Asked, ...]

    def text(self, labels: Mapping[str, str]) -> str:
        """The label in the form's first language, or in whichever there is."""
        every = [labels[language] for language in self.languages if labels.get(language)]
        return next(iter([*every, *labels.values()]), "")


@dataclass
class _Block:
    kind: str
    name: str
    titles: Mapping[str, str]
    relevant: str
    row: int


@dataclass
class _Rows:
    """A sheet with named columns: its rows as {column: text}, with their numbers."""

    rows: list[tuple[int, dict[str, str]]] = field(default_factory=list)

    def languages(self, column: str) -> list[str]:
        """The languages in which a column stands, in the sheet's order."""
        names = dict.fromkeys(name for _, row in self.rows for name in row)
        return [name.partition("::")[2] for name in names if name.partition("::")[0] == column]


def form(path: Path) -> Form:
    """The form in a workbook. Raises a Problem for everything that is wrong in it."""
    where = path.as_posix()
    book = workbook(path)
    names = {name.strip().lower(): name for name in book.parts}
    if "survey" not in names:
        raise Problem(where, f"is not an XLSForm: it has no sheet 'survey'{did_you_mean('survey', names)}")
    sheets = {key: book.sheet(names[key]) for key in ("survey", "choices", "settings") if key in names}
    wrong = [sentence for sheet in sheets.values() for sentence in _formulas(sheet)]
    if wrong:
        raise Problem(where, *wrong)
    tables = {key: _table(sheet) for key, sheet in sheets.items()}
    survey, choices = tables["survey"], tables.get("choices", _Rows())
    if not any("type" in row for _, row in survey.rows):
        raise Problem(where, "is not an XLSForm: the sheet 'survey' has no column 'type'")
    reading = _Survey(_lists(choices))
    reading.read(survey)
    if reading.wrong:
        raise Problem(where, *reading.wrong)
    default = next((row.get("default_language", "") for _, row in tables.get("settings", _Rows()).rows), "")
    languages = list(dict.fromkeys([*survey.languages("label"), *choices.languages("label")])) or [PLAIN]
    return Form(tuple(sorted(languages, key=lambda one: not _is(one, default))), tuple(reading.questions))


def _is(language: str, default: str) -> bool:
    """Whether 'English (en)' is the default language 'English (en)', 'English' or 'en'."""
    return bool(default) and default.lower() in {
        language.lower(),
        language.partition("(")[0].strip().lower(),
        language.partition("(")[2].strip(" )").lower(),
    }


def _formulas(sheet: Sheet) -> Iterable[str]:
    places = [*sheet.of_kind("formula"), *sheet.of_kind("error")]
    if places:
        yield f"sheet '{sheet.name}': {reference(*min(places))} holds a formula or an error; put its value there"


def _table(sheet: Sheet) -> _Rows:
    first = min(sheet.rows, default=0)
    header = {column: _column(text) for column, text in sheet.rows.get(first, {}).items() if text.strip()}
    rows = _Rows()
    for number, cells in sorted(sheet.rows.items()):
        named = {header[column]: text.strip() for column, text in cells.items() if column in header}
        if number > first and any(named.values()):
            rows.rows.append((number, named))
    return rows


def _column(text: str) -> str:
    """A column's name: 'Label::English (en)' and 'label : English (en)' are 'label::English (en)'."""
    name, _, language = text.strip().partition(":")
    name = re.sub(r"\s+", "_", name.strip().lower())
    language = language.lstrip(":").strip()
    return f"{name}::{language}" if language else {"relevance": "relevant", "caption": "label"}.get(name, name)


def _labels(row: Mapping[str, str]) -> dict[str, str]:
    found = {name.partition("::")[2]: text for name, text in row.items() if name.partition("::")[0] == "label"}
    return {language: tidy(text) for language, text in found.items() if text}


def _lists(choices: _Rows) -> dict[str, list[Choice]]:
    found: dict[str, list[Choice]] = {}
    for _, row in choices.rows:
        name = row.get("name") or row.get("value", "")
        listed = found.setdefault(row.get("list_name", ""), [])
        if name and name not in {choice.name for choice in listed}:
            listed.append(Choice(name, _labels(row)))
    return found


class _Survey:
    """Goes through the rows of the sheet 'survey', with the groups that are open."""

    def __init__(self, lists: Mapping[str, list[Choice]]) -> None:
        self.lists = lists
        self.questions: list[Asked] = []
        self.wrong: list[str] = []
        self.open: list[_Block] = []

    def read(self, survey: _Rows) -> None:
        for number, row in survey.rows:
            kind = " ".join(row.get("type", "").split())
            if not kind:
                continue
            block = _BLOCK.fullmatch(kind.lower())
            if block and block[1] == "begin":
                titles = _labels(row)
                self.open.append(_Block(block[2], row.get("name", ""), titles, row.get("relevant", ""), number))
            elif block:
                self._close(block[2], number)
            elif row.get("name"):
                self._question(number, kind, row)
        self.wrong += [f"survey, row {b.row}: begin {b.kind} '{b.name}' has no end" for b in self.open]

    def _close(self, kind: str, number: int) -> None:
        if not self.open or self.open[-1].kind != kind:
            self.wrong.append(f"survey, row {number}: end {kind} closes nothing that is open")
        else:
            self.open.pop()

    def _question(self, number: int, kind: str, row: Mapping[str, str]) -> None:
        choose = _CHOOSE.fullmatch(kind)
        base, choices = kind.lower(), ()
        if choose:
            base = re.sub(r"[ _]", "_", choose[1]).replace("select_all_that_apply", "select_multiple")
            choices = self._choices(number, choose) if not choose[2] else ()
        conditions = [*(b.relevant for b in self.open), row.get("relevant", "")]
        given = [condition for condition in conditions if condition]
        self.questions.append(
            Asked(
                name=row["name"],
                type=base,
                labels=_labels(row),
                groups=tuple(b.name for b in self.open),
                titles=tuple(b.titles for b in self.open),
                repeat=next((b.name for b in reversed(self.open) if b.kind == "repeat"), ""),
                asked_if=given[0] if len(given) == 1 else " and ".join(f"({condition})" for condition in given),
                choices=choices,
            )
        )

    def _choices(self, number: int, choose: re.Match[str]) -> tuple[Choice, ...]:
        listed = self.lists.get(choose[3])
        if listed is None:
            self.wrong.append(
                f"survey, row {number}: the list '{choose[3]}' is not in the sheet 'choices'"
                f"{did_you_mean(choose[3], self.lists)}"
            )
            return ()
        other = "or_other" in choose[4].replace(" other", " or_other")
        return (*listed, Choice(OTHER, {PLAIN: "Other"})) if other else tuple(listed)
