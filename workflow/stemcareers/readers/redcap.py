"""A REDCap csv export, raw or labelled, with the data dictionary of its project.

A box of a checkbox field that was not ticked is exported as 0 also where nobody saw the question; here it is blank,
so that it counts as not ticked only where a box of the question was ticked, or routing says that it was asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from stemcareers.config.export import Export
from stemcareers.errors import Problem, did_you_mean
from stemcareers.readers import redcap_dictionary as dictionary
from stemcareers.readers.records import SHOWN, by_column, grid, plain_words
from stemcareers.readers.redcap_dictionary import Field
from stemcareers.readers.table import Kind, Table

# REDCap's own columns, and their headings where the headings are labels.
OWN = {
    "redcap_event_name": "Event Name",
    "redcap_repeat_instrument": "Repeat Instrument",
    "redcap_repeat_instance": "Repeat Instance",
    "redcap_data_access_group": "Data Access Group",
    "redcap_survey_identifier": "Survey Identifier",
}
COMPLETE = {"0": "Incomplete", "1": "Unverified", "2": "Complete"}
BOXES = {"1": "1", "checked": "1", "0": "", "unchecked": "", "": ""}


def read(export: Export, path: Path) -> Table:
    """The table of a REDCap export. Raises a Problem where it, its dictionary, or the two together are broken."""
    assert export.questionnaire is not None, "the wave file names the data dictionary"
    fields = dictionary.read(export, path.parent / export.questionnaire.file)
    header, *rows = grid(export, path)
    names = _names([plain_words(name) for name in header], fields, path)
    _refuse_columns(names, fields, path, export.questionnaire.file)
    cells = by_column(names, rows)
    _refuse_repeats(cells, fields, path)
    boxes = {column for field in fields if field.type == "checkbox" for column in field.columns()}
    boxes |= {name for name in names if _is_box(name, fields)}
    for name in boxes & cells.keys():
        cells[name] = np.array([BOXES.get(str(c).strip().casefold(), str(c)) for c in cells[name]], dtype=object)
    given = [(field, column) for field in fields for column in field.columns() if column in cells]
    return Table(
        path.as_posix(),
        cells,
        header_rows=export.header_row,
        encoding=export.encoding,
        wordings={column: _wording(field, column) for field, column in given if field.wording},
        labels={f.name: f.choices for f, _ in given if f.choices and f.type != "checkbox"} | _complete(names, fields),
        kinds=_kinds(given, fields, names),
        asked_if={column: field.asked_if for field, column in given if field.asked_if},
        choices={
            f.name: {dictionary.box(f.name, code): label for code, label in f.choices.items()}
            for f in fields
            if f.type == "checkbox" and f.columns().keys() <= cells.keys()
        },
        remarks=tuple(_remarks(cells, fields, names)),
    )


# --- columns ----------------------------------------------------------------------------------------------


def _expected(fields: list[Field]) -> list[tuple[str, str]]:
    """Every column that may stand in an export, in order, with its heading where the headings are labels."""
    found: list[tuple[str, str]] = []
    forms = list(dict.fromkeys(field.form for field in fields))
    for form in forms:
        of_form = [pair for f in fields if f.form == form for pair in f.columns().items()]
        stamped = [(f"{form}_timestamp", "Survey Timestamp"), *of_form, (f"{form}_complete", "Complete?")]
        if form == forms[0]:  # the record's id comes before all else
            stamped = [*of_form[:1], *OWN.items(), stamped[0], *of_form[1:], stamped[-1]]
        found += stamped
    return found


def _names(header: list[str], fields: list[Field], path: Path) -> list[str]:
    """The names of the columns; where the headings are labels, the names of the fields they are labels of."""
    expected = _expected(fields)
    known = {name for name, _ in expected}
    by_label = [label for _, label in expected]
    if sum(name in known for name in header) >= sum(name in by_label for name in header):
        return header
    wrong, found, start = [], [], 0
    here, there = Counter(header), Counter(by_label)
    for label in header:
        # Identifiers may be left out of an export, never one of two fields with the same label.
        if label in there and 1 < there[label] != here[label] and label not in {"Complete?", "Survey Timestamp"}:
            wrong.append(f"'{label}' is the label of {there[label]} fields; export it again with raw headers")
        position = next((n for n in range(start, len(expected)) if by_label[n] == label), None)
        found.append(label if position is None else expected[position][0])
        start = start if position is None else position + 1
    if wrong:
        raise Problem(path.as_posix(), *dict.fromkeys(wrong))
    return found


def _refuse_columns(names: list[str], fields: list[Field], path: Path, form: str) -> None:
    record, known = fields[0].name, {name for name, _ in _expected(fields)}
    if names[:1] != [record]:
        raise Problem(
            path.as_posix(),
            f"is not an export of the project that {form} describes: its first column must be '{record}'",
        )
    unknown = [name for name in names if name not in known and not _is_box(name, fields)]
    wrong = [
        f"'{name}' is not in the data dictionary {form}{did_you_mean(name, known)}" if name else "a column has no name"
        for name in unknown[:SHOWN]
    ]
    if len(unknown) > SHOWN:
        wrong.append(f"{len(unknown) - SHOWN:,} more columns are not in it; is it the dictionary of this export?")
    wrong += [f"{n} columns are called '{name}'; a name must stand once" for name, n in Counter(names).items() if n > 1]
    if wrong:
        raise Problem(path.as_posix(), *wrong)


def _is_box(name: str, fields: Iterable[Field]) -> bool:
    """Whether a column is a box of a checkbox field, if only of a code that is no choice: a missing data code."""
    stem, bars, code = name.partition("___")
    return bool(bars and code) and any(f.type == "checkbox" and f.name == stem for f in fields)


# --- rows -------------------------------------------------------------------------------------------------


def _refuse_repeats(cells: Mapping[str, np.ndarray], fields: list[Field], path: Path) -> None:
    """A Problem where rows are repetitions of different forms: then a row is no response."""
    repeated = cells.get("redcap_repeat_instrument")
    if repeated is None:
        return
    forms = sorted({str(form).strip() for form in repeated} - {""})
    n = sum(bool(str(form).strip()) for form in repeated)
    if forms and (len(forms) > 1 or n < len(repeated)):
        raise Problem(
            path.as_posix(),
            f"{n:,} of {len(repeated):,} rows are repetitions of a form ({', '.join(forms)}), so a row is not a "
            "response; export the repeated forms apart from the others",
        )


def _remarks(cells: Mapping[str, np.ndarray], fields: list[Field], names: list[str]) -> Iterable[str]:
    record = fields[0].name
    parts = [record, *(c for c in ("redcap_event_name", "redcap_repeat_instance") if c in cells)]
    if len(parts) > 1 and len(set(cells[record])) < len(cells[record]):
        yield f"a record has several rows; name a response by [{', '.join(parts)}]"
    choices = {name for field in fields for name in field.columns()}
    for name in names:
        if _is_box(name, fields) and name not in choices:
            yield f"'{name}' is no choice of '{name.partition('___')[0]}'; a missing data code of the project?"
    absent = [c for field in fields if field.type != "file" for c in field.columns() if c not in cells]
    if absent:
        more = f" and {len(absent) - SHOWN:,} more" if len(absent) > SHOWN else ""
        yield f"fields of the dictionary that are not in the export: {', '.join(absent[:SHOWN])}{more}"


# --- what the dictionary says -----------------------------------------------------------------------------


def _wording(field: Field, column: str) -> str:
    if field.type != "checkbox":
        return field.wording
    label = next(label for code, label in field.choices.items() if dictionary.box(field.name, code) == column)
    return f"{field.wording} - {label}"


def _complete(names: list[str], fields: list[Field]) -> dict[str, Mapping[str, str]]:
    every = dict.fromkeys(f"{field.form}_complete" for field in fields)
    return {name: COMPLETE for name in every if name in names}


def _kinds(given: list[tuple[Field, str]], fields: list[Field], names: list[str]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {column: field.kind for field, column in given}
    kinds |= {f"{f.form}_timestamp": "date" for f in fields if f"{f.form}_timestamp" in names}
    kinds |= {f"{f.form}_complete": "single" for f in fields if f"{f.form}_complete" in names}
    own: dict[str, Kind] = {name: "id" for name in (fields[0].name, "redcap_survey_identifier") if name in names}
    return kinds | own
