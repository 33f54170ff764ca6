"""An export of KoboToolbox or ODK (csv or xlsx), read with the XLSForm by which it was asked.

Columns keep the names they have, with their groups or without. A question where several may be chosen has one column
a choice beside the joined one (`visits`, `visits/firm`): where the export holds the joined one only, they are made,
where it holds both, they must agree. Labels become names of choices.
Source: XLSForm reference; ODK Briefcase, "Export format"; KoboToolbox, "Exporting data".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from stemcareers.config.export import Export
from stemcareers.errors import Problem
from stemcareers.readers.either import either
from stemcareers.readers.records import first_of
from stemcareers.readers.table import Kind, Table
from stemcareers.readers.xlsform_columns import Place, key_of, placed
from stemcareers.readers.xlsform_form import OTHER, Asked, Choice, Form, form

TICKED, LEFT = ("1", "true"), ("0", "false")
OF_REPEATS = ("_parent_index", "_parent_table_name", "_submission__id", "PARENT_KEY")
# What the servers add to every response.
_ADDED: Mapping[str, Kind] = {
    **dict.fromkeys(
        ("_id", "_uuid", "_index", "KEY", "instanceID", "SubmitterID", "SubmitterName", "DeviceID", "_submitted_by"),
        "id",
    ),
    **dict.fromkeys(("_submission_time", "SubmissionDate"), "date"),
}
_SERVER = re.compile(
    r"_.*|meta[-/].*|formhub/uuid|KEY|SubmissionDate|Submitter(ID|Name)|Attachments(Present|Expected)|Status"
    r"|ReviewState|DeviceID|Edits|FormVersion|instanceID|isValidated|start|end|today|SET-OF-.*"
)
_NUMBERED = re.compile(r"([^/\[\]]+)\[\d+\]")


def read(export: Export, path: Path) -> Table:
    """The table of an export. Raises a Problem for what is broken or does not fit the form."""
    assert export.questionnaire is not None, "config asks for it"
    asked = form(path.parent / export.questionnaire.file)
    table = either(export, path)
    if any(name in OF_REPEATS for name in table.columns):
        raise Problem(
            table.path,
            "is the table of a repeat: a row is a repetition, not a response; read the form's own file or sheet",
        )
    table, places = placed(table, asked)
    return _Reading(table, asked, places, export.answers == "labels").table()


# --- answers ----------------------------------------------------------------------------------------------


class _Reading:
    """Brings the cells of an export to names of choices, column by column, and collects what is wrong."""

    def __init__(self, table: Table, asked: Form, places: Mapping[str, Place], labels: bool) -> None:
        self.source = table
        self.form = asked
        self.places = dict(places)
        self.labels = labels
        self.cells: dict[str, np.ndarray] = {}
        self.choices: dict[str, dict[str, str]] = {}
        self.wrong: list[str] = []

    def table(self) -> Table:
        """The finished table. Raises a Problem naming everything that does not fit the form."""
        self._refuse_mistaken()
        for name in self.source.columns:
            place = self.places.get(name)
            if place is None or not place.question.choices:
                self.cells[name] = self.source.cells[name]
            elif place.choice is not None:
                self.cells[name] = self._mapped(name, _tick)
            elif place.question.type == "select_multiple":
                self._several(name, place.question)
            elif self.labels and place.question.type != "rank":
                codes = self._codes(place.question)
                self._refuse_unclear(name, codes)
                self.cells[name] = self._mapped(name, lambda text, codes=codes: codes.get(key_of(text), [text])[0])
            else:
                self.cells[name] = self.source.cells[name]
        if self.wrong:
            raise Problem(self.source.path, *self.wrong)
        return self._told()

    def _refuse_mistaken(self) -> None:
        """A Problem where all answers are labels though names were announced, or the other way round."""
        mistaken = []
        for name, place in self.places.items():
            if place.question.type != "select_one" or not place.question.choices:
                continue
            texts = [text for text in self.source.distinct(name)[1] if text]
            names, codes = {choice.name for choice in place.question.choices}, self._codes(place.question)
            are_names, are_labels = ([t in names for t in texts], [key_of(t) in codes for t in texts])
            right, other = (are_labels, are_names) if self.labels else (are_names, are_labels)
            if texts and all(other) and not any(right):
                mistaken.append(name)
        if mistaken:
            found, say = ("names of choices", "codes") if self.labels else ("labels of choices", "labels")
            raise Problem(
                self.source.path,
                f"the answers are {found} in {first_of(mistaken)}; put 'answers: {say}' under export in the wave file",
            )

    def _codes(self, question: Asked) -> dict[str, list[str]]:
        """Label, without blanks: the names of the choices that have it in any language."""
        found: dict[str, list[str]] = {}
        for choice in question.choices:
            for key in dict.fromkeys(key_of(label) for label in choice.labels.values()) or [key_of(choice.name)]:
                found.setdefault(key, []).append(choice.name)
        return found

    def _refuse_unclear(self, name: str, codes: Mapping[str, list[str]]) -> None:
        unclear = [found for text in self.source.distinct(name)[1] if len(found := codes.get(key_of(text), [])) > 1]
        if unclear:
            self.wrong.append(
                f"'{name}': the choices {' and '.join(unclear[0])} have the same label; export again with XML values"
            )

    def _several(self, name: str, question: Asked) -> None:
        """A joined column, and the boxes of its choices: made where they are not there, compared where they are."""
        there = {p.choice.name: column for column, p in self.places.items() if p.choice and self._is_box_of(name, p)}
        codes, texts = self.source.distinct(name)
        self.cells[name] = self.source.cells[name]
        if self.labels and there:
            return
        taken = [self._taken(text, question) for text in texts]
        unread = sum(int((codes == i).sum()) for i, chosen in enumerate(taken) if chosen is None)
        if unread:
            count = "1 cell is" if unread == 1 else f"{unread:,} cells are"
            self.wrong.append(
                f"'{name}': {count} not made of the labels of its choices in one way only; export again with XML values"
            )
            return
        known = [choice.name for choice in question.choices]
        gone = dict.fromkeys(one for chosen in taken for one in chosen or () if one not in known)
        odd = np.zeros(self.source.n, dtype=bool)
        for choice in (*known, *gone):
            made = np.array([_box(choice, chosen or []) for chosen in taken], dtype=object)[codes]
            if choice in there:
                odd |= self._mapped(there[choice], _tick) != made
            elif not there or choice in gone:
                self.cells[f"{name}/{choice}"] = made
                given = next((c for c in question.choices if c.name == choice), Choice(choice, {}))
                self.places[f"{name}/{choice}"] = Place(question, f"{name}/{choice}", given)
        blank = np.array([not text for text in texts], dtype=bool)[codes]
        if (odd & ~blank).any():
            rows = np.flatnonzero(odd & ~blank) + 1
            self.wrong.append(
                f"'{name}' and the columns of its choices do not agree in {len(rows):,} "
                f"{'response' if len(rows) == 1 else 'responses'} (number {first_of(map(str, rows))}); "
                "export again"
            )

    @staticmethod
    def _is_box_of(name: str, place: Place) -> bool:
        return place.choice is not None and place.name == f"{name}/{place.choice.name}"

    def _taken(self, text: str, question: Asked) -> list[str] | None:
        """The choices of a joined cell; None where its labels cannot be told apart."""
        if not self.labels:
            return text.split()
        ways = _split(text.split(), self._codes(question))
        return ways[0] if len(ways) == 1 else None

    def _mapped(self, name: str, one: Callable[[str], str]) -> np.ndarray:
        codes, texts = self.source.distinct(name)
        return np.array([one(text) for text in texts], dtype=object)[codes]

    # --- what is told

    def _told(self) -> Table:
        places = {name: self.places[name] for name in self.cells if name in self.places}
        for name, place in places.items():
            if place.choice is not None:
                joined = place.name.rpartition("/")[0]
                words = self.form.text(place.choice.labels) or place.choice.name
                self.choices.setdefault(joined, {})[name] = words
        wordings = {name: self._wording(place) for name, place in places.items()}
        kinds = {name: kind for name, kind in _ADDED.items() if name in self.cells}
        return replace(
            self.source,
            cells=self.cells,
            wordings={name: words for name, words in wordings.items() if words},
            labels={
                name: {c.name: self.form.text(c.labels) or c.name for c in place.question.choices}
                for name, place in places.items()
                if place.question.type == "select_one" and place.question.choices
            },
            kinds={**kinds, **{name: place.question.kind for name, place in places.items()}},
            asked_if={name: place.question.asked_if for name, place in places.items() if place.question.asked_if},
            choices=self.choices,
            undecided=dict(self._undecided()),
            remarks=(*self.source.remarks, *self._remarks()),
        )

    def _wording(self, place: Place) -> str:
        words = [self.form.text(place.question.labels)]
        if place.choice is not None:
            words.append(self.form.text(place.choice.labels) or place.choice.name)
        return " - ".join(filter(None, words))

    def _undecided(self) -> Iterator[tuple[tuple[str, ...], str]]:
        for name, bad in (
            ("_validation_status", ("notapproved", "validationstatusnotapproved")),
            ("ReviewState", ("rejected",)),
        ):
            if name in self.cells:
                states = self.source.text(name).fillna("").str.replace(r"[\s_]", "", regex=True).str.casefold()
                if count := int(states.isin(bad).sum()):
                    marked = "1 response is" if count == 1 else f"{count:,} responses are"
                    yield (name,), f"{marked} marked as not approved ({name}); keep_if can leave such out"

    def _remarks(self) -> list[str]:
        said = []
        repeats = dict.fromkeys(question.repeat for question in self.form.questions if question.repeat)
        for repeat in repeats:
            spread = [name for name in self.source.columns if (m := _NUMBERED.search(name)) and m[1] == repeat]
            where = (
                f"is spread over columns ({spread[0]}, ...)"
                if spread
                else "stands in a table of its own, not read here"
            )
            said.append(f"the repeat '{repeat}' {where}")
        for name in ("__version__", "_version_", "FormVersion"):
            if name in self.cells and (count := self.source.text(name).dropna().nunique()) > 1:
                said.append(f"responses were given to {count} versions of the form ({name})")
        unknown = [
            name
            for name in self.source.columns
            if name not in self.places and not _SERVER.fullmatch(name) and not self._belongs(name)
        ]
        if unknown:
            said.append(f"columns that the form does not know: {first_of(unknown)}")
        return said

    def _belongs(self, name: str) -> bool:
        """Whether a column is what a tool adds to a question: the text of 'other', an address of a picture."""
        return any(name in (f"{known}_{OTHER}", f"{known}_URL") for known in self.places) or bool(
            _NUMBERED.search(name)
        )


def _tick(text: str) -> str:
    word = text.casefold()
    return "1" if word in TICKED else "0" if word in LEFT else text


def _box(choice: str, chosen: list[str]) -> str:
    return "" if not chosen else "1" if choice in chosen else "0"


def _split(words: list[str], codes: Mapping[str, list[str]]) -> list[list[str]]:
    """The ways, two at most, in which words are labels one after another, each choice once."""
    ways: list[list[list[str]]] = [[[]]] + [[] for _ in words]
    for end in range(1, len(words) + 1):
        for start in range(end):
            for name in codes.get(key_of("".join(words[start:end])), []):
                for before in ways[start]:
                    if name not in before and len(ways[end]) < 2:
                        ways[end].append([*before, name])
    return ways[-1]
