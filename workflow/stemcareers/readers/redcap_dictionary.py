"""The data dictionary of a REDCap project: its fields, choices, branching logic and the columns they give.

See REDCap Help & FAQ, "Data Dictionary" and "Data Exports": choices are `code, label | code, label`; a checkbox
field gives a column `field___code` for each choice, its code in small letters and a minus as an underscore.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from stemcareers.config.export import Export
from stemcareers.errors import Problem, did_you_mean
from stemcareers.readers.records import own_encoding, plain_words, records
from stemcareers.readers.table import Kind

# What is read of it: the heading in a downloaded file, and in one that the API gave.
HEADINGS = {
    "name": ("Variable / Field Name", "field_name"),
    "form": ("Form Name", "form_name"),
    "section": ("Section Header", "section_header"),
    "type": ("Field Type", "field_type"),
    "label": ("Field Label", "field_label"),
    "choices": ("Choices, Calculations, OR Slider Labels", "select_choices_or_calculations"),
    "validation": ("Text Validation Type OR Show Slider Number", "text_validation_type_or_show_slider_number"),
    "identifier": ("Identifier?", "identifier"),
    "asked_if": ("Branching Logic (Show field only if...)", "branching_logic"),
    "matrix": ("Matrix Group Name", "matrix_group_name"),
}
NEEDED = ("name", "form", "type", "label", "choices")
WITH_CHOICES = ("radio", "dropdown", "checkbox")
FIXED = {"yesno": {"1": "Yes", "0": "No"}, "truefalse": {"1": "True", "0": "False"}}
TYPES = (*WITH_CHOICES, *FIXED, "text", "notes", "calc", "slider", "file", "descriptive", "sql")
NAME = re.compile(r"[a-z][a-z0-9_]*")
NUMBERS = re.compile(r"integer|number")
DATES = re.compile(r"date_|datetime|time")


@dataclass(frozen=True)
class Field:
    """A field of the dictionary; `choices` are codes and labels in order."""

    name: str
    form: str
    type: str
    wording: str
    label: str
    choices: dict[str, str]
    asked_if: str
    is_identifier: bool
    validation: str

    def columns(self) -> dict[str, str]:
        """The columns it gives in an export, and the heading of each where the headings are labels."""
        if self.type == "descriptive":
            return {}
        if self.type == "checkbox":
            return {box(self.name, code): f"{self.label} (choice={label})" for code, label in self.choices.items()}
        return {self.name: self.label}

    @property
    def kind(self) -> Kind:
        if self.is_identifier or self.validation in {"email", "phone"} or self.type == "file":
            return "id"
        if self.type == "calc":
            return "calculated"
        if self.type in FIXED or self.type in {"radio", "dropdown", "sql"}:
            return "single"
        if self.type == "checkbox":
            return "multiple"
        if self.type == "slider" or NUMBERS.match(self.validation):
            return "number"
        return "date" if DATES.match(self.validation) else "text"


def box(name: str, code: str) -> str:
    """The column of a choice of a checkbox field."""
    return f"{name}___{code.lower().replace('-', '_')}"


def read(export: Export, path: Path) -> list[Field]:
    """The fields of a dictionary, in order. Raises a Problem naming every line that cannot be followed."""
    written = {"separator": "comma", "header_row": 1, "encoding": own_encoding(path, export.encoding)}
    columns, rows = records(export.model_copy(update=written), path)
    place = {key: next((columns.index(h) for h in names if h in columns), None) for key, names in HEADINGS.items()}
    if absent := [HEADINGS[key][0] for key in NEEDED if place[key] is None]:
        raise Problem(
            path.as_posix(), f"is not a data dictionary of REDCap: has no column {', '.join(map(repr, absent))}"
        )
    fields: list[Field] = []
    wrong: list[str] = []
    stems: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        cell = {key: "" if p is None else row[p].strip() for key, p in place.items()}
        faults = _faults(cell, {f.name for f in fields})
        choices, bad = _choices(cell)
        faults += [bad] if bad else []
        wrong += [f"field {number}, '{cell['name']}': {fault}" for fault in faults]
        if cell["matrix"]:
            stems.setdefault(cell["matrix"], plain_words(cell["section"]))
        stem, label = stems.get(cell["matrix"], ""), plain_words(cell["label"])
        fields.append(
            Field(
                name=cell["name"],
                form=cell["form"],
                type=cell["type"],
                wording=f"{stem} - {label}" if stem else label,
                label=label,
                choices=choices,
                asked_if=" ".join(cell["asked_if"].split()),
                is_identifier=cell["identifier"].casefold() == "y",
                validation=cell["validation"].casefold() if cell["type"] == "text" else "",
            )
        )
    if wrong or not fields:
        raise Problem(path.as_posix(), *(wrong or ["names no field"]))
    return fields


def _faults(cell: dict[str, str], known: set[str]) -> list[str]:
    wrong = []
    if not NAME.fullmatch(cell["name"]):
        wrong.append("is not a name of REDCap: small letters, digits and '_', a letter first")
    if cell["name"] in known:
        wrong.append("stands twice; a field has one line")
    if cell["type"] not in TYPES:
        hint = did_you_mean(cell["type"], TYPES) or f"; known are {', '.join(TYPES)}"
        wrong.append(f"has the type '{cell['type']}', which is not known{hint}")
    return wrong


def _choices(cell: dict[str, str]) -> tuple[dict[str, str], str]:
    """Codes and labels, and what is wrong with them."""
    if cell["type"] in FIXED:
        return FIXED[cell["type"]], ""
    if cell["type"] not in WITH_CHOICES:
        return {}, ""
    found: dict[str, str] = {}
    for part in filter(None, (one.strip() for one in cell["choices"].split("|"))):
        code, comma, label = (text.strip() for text in part.partition(","))
        if not comma or not code:
            return found, "has a choice that is not written 'code, label'"
        if code in found:
            return found, f"has two choices with the code {code}"
        found[code] = plain_words(label)
    return found, "" if found else "has no choices"
