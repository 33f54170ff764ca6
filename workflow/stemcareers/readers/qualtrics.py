"""A Qualtrics csv or tsv export: names, question texts, import ids, then one row a response.

See Qualtrics, "Understanding Your Data Set" and "Data Export Formats": three header rows, the third with the
`ImportId` of each column as json; older exports have two. Previews and test answers are rows like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from stemcareers.config.export import Export
from stemcareers.errors import Problem
from stemcareers.readers.records import by_column, plain_words, records
from stemcareers.readers.table import Kind, Table

# What Qualtrics writes in the second row above its own columns.
OWN = {
    "StartDate": "Start Date",
    "EndDate": "End Date",
    "Status": "Response Type",
    "IPAddress": "IP Address",
    "RecordedDate": "Recorded Date",
    "ResponseId": "Response ID",
    "RecipientLastName": "Recipient Last Name",
    "RecipientFirstName": "Recipient First Name",
    "RecipientEmail": "Recipient Email",
    "ExternalReference": "External Data Reference",
    "LocationLatitude": "Location Latitude",
    "LocationLongitude": "Location Longitude",
    "DistributionChannel": "Distribution Channel",
    "UserLanguage": "User Language",
}
OLD = {"ResponseID", "ResponseSet", "ExternalDataReference", "EmailAddress", "IPAddress", "StartDate", "EndDate"}
KINDS: dict[str, Kind] = {
    "StartDate": "date",
    "EndDate": "date",
    "RecordedDate": "date",
    "Progress": "number",
    "Duration (in seconds)": "number",
    **dict.fromkeys(("ResponseId", "IPAddress", "ExternalReference", "LocationLatitude", "LocationLongitude"), "id"),
    **dict.fromkeys(("RecipientLastName", "RecipientFirstName", "RecipientEmail"), "id"),
}
# Codes 1 and 2 as values; 8 more where the answer looked like spam, 16 more where it was given offline.
PREVIEWS = {
    "Status": {"1", "2", "9", "10", "17", "Survey Preview", "Survey Test", "Survey Preview Spam", "Survey Test Spam"},
    "DistributionChannel": {"preview", "test"},
}
# Code 8 as a value; 4 more where the answer was imported, 16 where it was given offline.
SPAM = {"8", "12", "24", "40", "Spam", "Imported Spam", "Offline Spam", "Possible Spam"}
KNOWN = {*PREVIEWS["Status"], *SPAM, "IP Address", "Imported", "Offline", "EX", "EX Spam", "EX Offline"}
UNFINISHED = {"0", "False", "FALSE", "false"}
NOT_WRITTEN = re.compile(r"click to write", re.IGNORECASE)
SELECTED = " - Selected Choice - "


def read(export: Export, path: Path) -> Table:
    """The table of a Qualtrics export. Raises a Problem for everything that is broken in it."""
    columns, rows = records(export, path)
    three = len(rows) > 1 and is_import_row(rows[1])
    if not three and not (rows and _has_two_headers(columns, rows)):
        raise Problem(
            path.as_posix(),
            "is not a Qualtrics csv export: the third row must hold an ImportId for every column; export it again "
            "from Qualtrics as csv, or put 'csv' under export.reader in the wave file",
        )
    cells = by_column(columns, rows[2 if three else 1 :])
    wordings = {name: plain_words(text) for name, text in zip(columns, rows[0], strict=True)}
    unwritten = [name for name, words in wordings.items() if NOT_WRITTEN.search(words)]
    questions = _questions(columns, rows[1]) if three else {}
    choices = _choices(cells, wordings, questions)
    boxes = dict.fromkeys((name for block in choices.values() for name in block), "multiple")
    return Table(
        path.as_posix(),
        cells,
        header_rows=3 if three else 2,
        encoding=export.encoding,
        wordings={name: words for name, words in wordings.items() if words and name not in unwritten},
        kinds=_kinds(columns, questions) | boxes,
        choices=choices,
        previews={name: marks for name, marks in PREVIEWS.items() if name in cells},
        undecided=dict(_undecided(cells)),
        remarks=tuple(_remarks(cells, unwritten, three)),
    )


def is_import_row(row: list[str]) -> bool:
    """Whether every cell of a row is a json object with an ImportId."""
    return bool(row) and all('"ImportId"' in cell and _import_id(cell) is not None for cell in row)


def _import_id(cell: str) -> str | None:
    try:
        content = json.loads(cell)
    except json.JSONDecodeError:
        return None
    return str(content["ImportId"]) if isinstance(content, dict) and "ImportId" in content else None


def _has_two_headers(columns: list[str], rows: list[list[str]]) -> bool:
    """Whether the second row says of Qualtrics' own columns what it always says, and the third is not one of ids."""
    texts = rows[0]
    if any("ImportId" in cell for row in rows[1:2] for cell in row):
        return False
    said = sum(OWN.get(name) == text.strip() for name, text in zip(columns, texts, strict=True))
    old = sum(re.fullmatch(r"V\d+", name) is not None and t in OLD for name, t in zip(columns, texts, strict=True))
    return said > 1 or old > 1


def _questions(columns: list[str], ids: list[str]) -> dict[str, str]:
    """column: its import id, where it belongs to a question."""
    found = {name: _import_id(cell) or "" for name, cell in zip(columns, ids, strict=True)}
    return {name: text for name, text in found.items() if re.match(r"(?:\d+_)?QID\d+", text)}


def _kinds(columns: list[str], questions: Mapping[str, str]) -> dict[str, Kind]:
    kinds: dict[str, Kind] = {name: KINDS[name] for name in columns if name in KINDS}
    return kinds | {
        name: "text" for name in columns if name.endswith("_TEXT") or questions.get(name, "")[-5:] == "_TEXT"
    }


def _choices(
    cells: Mapping[str, np.ndarray], wordings: Mapping[str, str], questions: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """The questions of which every column holds nothing but its own choice, or is named a selected choice."""
    blocks: dict[str, dict[str, str]] = {}
    for name, text in questions.items():
        if (match := re.fullmatch(r"((?:\d+_)?QID\d+)_\d+", text)) and " - " in wordings[name]:
            blocks.setdefault(match[1], {})[name] = wordings[name]
    found = {}
    for block in blocks.values():
        tails = {name: words.rpartition(SELECTED if SELECTED in words else " - ")[2] for name, words in block.items()}
        named = all(SELECTED in words for words in block.values())
        own = all(set(cells[name]) <= {"", tails[name]} for name in block)
        if len(block) > 1 and (named or own):
            found[_stem(list(block))] = tails
    return found


def _stem(names: list[str]) -> str:
    return names[0].rpartition("_")[0] or names[0]


def _remarks(cells: Mapping[str, np.ndarray], unwritten: list[str], three: bool) -> list[str]:
    said = [] if three else ["the file has two header rows and no ImportId"]
    if "Status" in cells:
        words = [str(cell).strip() for cell in cells["Status"]]
        if n_spam := sum(word in SPAM for word in words):
            said.append(f"responses taken for spam by Qualtrics (Status): {n_spam:,}; say in keep_if if they count")
        if n_odd := sum(bool(word) and word not in KNOWN and not word.isdecimal() for word in words):
            said.append(f"rows with a Status not known here: {n_odd:,}; are they previews, in another language?")
    if unwritten:
        said.append(f"the wording was never written: {', '.join(unwritten)}")
    return said


def _undecided(cells: Mapping[str, np.ndarray]) -> Iterator[tuple[tuple[str, ...], str]]:
    if n := int(_previews(cells).sum()):
        yield tuple(PREVIEWS), f"previews or tests of the survey among the rows: {n:,}; keep_if leaves them out"
    if n := sum(str(cell).strip() in UNFINISHED for cell in cells.get("Finished", ())):
        yield (
            ("Finished", "Progress"),
            f"responses that are not finished (Finished): {n:,}; say under keep_if if they count",
        )


def _previews(cells: Mapping[str, np.ndarray]) -> np.ndarray:
    marked = [np.isin(cells[name].astype(str), list(marks)) for name, marks in PREVIEWS.items() if name in cells]
    return np.logical_or.reduce(marked) if marked else np.zeros(0, dtype=bool)
