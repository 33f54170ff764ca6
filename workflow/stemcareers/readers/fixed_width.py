"""Fixed-width text with the SPSS control file that describes it, as the OECD publishes PISA 2000 to 2012.

The questionnaire file is the control file or, where its name ends with `.csv`, a layout with the columns variable,
first_column, last_column, type (number or text) and, if known, decimals, label and value_labels (as json).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from stemcareers.config.export import Export
from stemcareers.errors import Problem
from stemcareers.readers import spss_layout, spss_syntax
from stemcareers.readers.records import by_column, decoded, line_numbers, own_encoding, records
from stemcareers.readers.spss_layout import Variable
from stemcareers.readers.spss_syntax import Control, number
from stemcareers.readers.table import Kind, Table

LAYOUT = ("variable", "first_column", "last_column", "type")
END_OF_FILE = "\x1a"  # how old programs end a text


def read(export: Export, path: Path) -> Table:
    """The table of a fixed-width file: numbers in their shortest form, text as it stands.

    Raises a Problem where the layout cannot be followed, or where a line is shorter or longer than the layout. A file
    whose lines lack the blanks at their ends is read, where the layout ends with words.
    """
    assert export.questionnaire is not None, "the wave file names the control file"
    control = _control(export, path.parent / export.questionnaire.file)
    cases = _cases(export, path, control)
    cells = {v.name: _cells(v, cases, control.decimal) for v in control.variables}
    return Table(
        path.as_posix(),
        cells,
        header_rows=0,
        encoding=export.encoding,
        wordings=control.wordings,
        labels=control.labels,
        missing=control.missing,
        kinds=_kinds(control),
        remarks=(*control.remarks, *_between(cases, control)),
    )


def _control(export: Export, path: Path) -> Control:
    encoding = own_encoding(path, export.encoding)
    if path.suffix.lower() == ".csv":
        return _layout(export.model_copy(update={"encoding": encoding}), path)
    text = decoded(path, encoding).replace("\r\n", "\n").replace("\r", "\n")
    return spss_syntax.read(text, path.as_posix())


def _cases(export: Export, path: Path, control: Control) -> list[list[str]]:
    """The lines of each case, one a record; each as long as its record's last column, or as far as it is not blank."""
    where = path.as_posix()
    text = decoded(path, export.encoding).removesuffix(END_OF_FILE).replace("\r\n", "\n").replace("\r", "\n")
    if not text.endswith("\n"):
        raise Problem(where, "the last row does not end with a line break, so it may be cut off; export the file again")
    lines = text[:-1].split("\n")
    widths = {record: max(v.last for v in control.variables if v.record == record) for record in _used(control)}
    needed = (
        {record: _needed(control, record, width) for record, width in widths.items()} if _cropped(lines) else widths
    )
    short: dict[int, list[int]] = {}
    long: dict[int, list[int]] = {}
    for position, line in enumerate(lines):
        record = position % control.records + 1
        width = widths.get(record)
        if width is not None and len(line) < needed[record]:
            short.setdefault(width, []).append(position + 1)
        elif width is not None and line[width:].strip(" "):
            long.setdefault(width, []).append(position + 1)
    wrong = [
        f"{line_numbers(found)} {word} than the layout ({width:,} columns); the file is damaged, or the control file "
        "is that of another"
        for word, odd in (("shorter", short), ("longer", long))
        for width, found in odd.items()
    ]
    if len(lines) % control.records:
        wrong.append(
            f"holds {len(lines):,} lines, and a case has {control.records}; the file is cut off, or the control file "
            "is that of another"
        )
    if wrong:
        raise Problem(where, *wrong)
    return [lines[start : start + control.records] for start in range(0, len(lines), control.records)]


def _cropped(lines: list[str]) -> bool:
    """Whether a program left out the blanks at the ends of lines: none ends with one, and most are not the longest."""
    longest = max(map(len, lines), default=0)
    return not any(line.endswith(" ") for line in lines) and sum(len(line) < longest for line in lines) > len(lines) / 2


def _needed(control: Control, record: int, width: int) -> int:
    """How long a line without the blanks at its end must be: up to its last number, or whole where it has none."""
    return max((v.last for v in control.variables if v.record == record and not v.is_text), default=width)


def _used(control: Control) -> set[int]:
    return {v.record for v in control.variables}


def _between(cases: list[list[str]], control: Control) -> Iterable[str]:
    """What stands in lines and columns that belong to no variable: told, because nobody reads it."""
    for record in sorted({*range(1, control.records + 1)} - _used(control)):
        if n := sum(bool(lines[record - 1].strip()) for lines in cases):
            yield (
                f"line {record} of each case is not blank in {n:,} of {len(cases):,}, and no variable stands on it; "
                f"has a case {control.records} lines (RECORDS)?"
            )
    tabs = [name for name in _used(control) if any("\t" in lines[name - 1] for lines in cases)]
    if tabs:
        yield "there are tabs among the answers; a program that made them of blanks has moved what stands after them"
    for record in sorted(_used(control)):
        end = 0
        for v in sorted((v for v in control.variables if v.record == record), key=lambda v: v.first):
            if end < v.first - 1 and any(lines[record - 1][end : v.first - 1].strip() for lines in cases):
                yield f"columns {end + 1}-{v.first - 1} are not blank, and no variable has them"
            end = max(end, v.last)


def _cells(variable: Variable, cases: list[list[str]], decimal: str) -> np.ndarray:
    start, end, record = variable.first - 1, variable.last, variable.record - 1
    texts = [lines[record][start:end].strip() for lines in cases]
    if not variable.is_text:
        # A lone point is how SPSS writes a number that is not there.
        short = {text: "" if text == "." else number(text, decimal, variable.decimals) for text in set(texts)}
        texts = [short[text] for text in texts]
    return np.array(texts, dtype=object)


def _kinds(control: Control) -> dict[str, Kind]:
    """What is sure: text, a number where no code has a label but those declared missing, one choice otherwise."""
    found: dict[str, Kind] = {}
    for v in control.variables:
        labelled = v.name in control.labels
        if v.is_text:
            found[v.name] = "single" if labelled else "text"
        elif not labelled:
            found[v.name] = "number"
    return found


# --- a layout as csv --------------------------------------------------------------------------------------


def _layout(export: Export, path: Path) -> Control:
    columns, rows = records(export, path)
    where = path.as_posix()
    if absent := [name for name in LAYOUT if name not in columns]:
        raise Problem(where, f"is no layout: has no column {' and no column '.join(map(repr, absent))}")
    table = by_column(columns, rows)
    control, wrong = Control(), []
    for position in range(len(rows)):
        row = {name: cells[position].strip() for name, cells in table.items()}
        fault = _row(control, row)
        wrong += [f"line {position + 2}: {fault}"] if fault else []
    wrong += spss_layout.faults(control.variables)
    if wrong or not control.variables:
        raise Problem(where, *(wrong or ["names no variable"]))
    return control


def _row(control: Control, row: Mapping[str, str]) -> str:
    """Take in one variable; empty, or what is wrong with it."""
    name, decimals = row["variable"], row.get("decimals", "") or "0"
    if not name:
        return "the variable has no name"
    if not all(cell.isdecimal() for cell in (row["first_column"], row["last_column"], decimals)):
        return f"'{name}': first_column, last_column and decimals must be whole numbers"
    if row["type"] not in {"number", "text"}:
        return f"'{name}': the type must be number or text"
    variable = Variable(
        name, 1, int(row["first_column"]), int(row["last_column"]), row["type"] == "text", int(decimals)
    )
    try:
        labels = json.loads(row.get("value_labels") or "{}")
        sound = isinstance(labels, dict) and all(isinstance(label, str) for label in labels.values())
    except json.JSONDecodeError:
        sound = False
    if not sound:
        return f"'{name}': value_labels must be a json object of codes and labels"
    control.variables.append(variable)
    if row.get("label"):
        control.wordings[name] = row["label"]
    if labels:
        control.labels[name] = {code if variable.is_text else number(code): label for code, label in labels.items()}
    return ""
