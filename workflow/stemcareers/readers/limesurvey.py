"""A LimeSurvey export (csv or xlsx), with codes or full answers, and its structure file (.lss) where there is one.

With the structure, both kinds of export give the same table: headings as question codes, answers as codes, a ticked
box as 1. What only an export of full answers tells, "No" and "N/A" of a box, is blank in both, because an export of
codes writes nothing there. Without the structure, headings and cells stay as they are.
Source: LimeSurvey manual, "Exporting results".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from stemcareers.config.export import Export
from stemcareers.errors import Problem
from stemcareers.readers.either import either
from stemcareers.readers.limesurvey_columns import OTHER, TELLS_NOT_SHOWN, Column, columns
from stemcareers.readers.lss import flat, structure
from stemcareers.readers.records import SHOWN, first_of, short
from stemcareers.readers.table import Kind, Table

TICKED, NOT_SHOWN = "1", "N/A"
TICKS, BLANKS = ("Y", "1"), ("", "N", "0", "2")  # a box; the export may be told to write 1 for Y and 2 for N
# What LimeSurvey itself keeps of a response: its name under question codes, and as a full heading.
KEPT: Mapping[str, tuple[str, ...]] = {
    "id": ("Response ID",),
    "submitdate": ("Date submitted",),
    "lastpage": ("Last page",),
    "startlanguage": ("Start language",),
    "seed": ("Seed",),
    "token": ("Access code", "Token"),
    "startdate": ("Date started",),
    "datestamp": ("Date last action",),
    "ipaddr": ("IP address",),
    "refurl": ("Referrer URL",),
    "interviewtime": ("Total time",),
}
_KINDS: Mapping[str, Kind] = {
    **dict.fromkeys(("id", "token", "ipaddr", "seed"), "id"),
    **dict.fromkeys(("submitdate", "startdate", "datestamp"), "date"),
}
_TIMES = re.compile(r"(?:groupTime\d+|\w+Time|(?:Group|Question) time: .*)")
_CODE_AND_TEXT = re.compile(r"([A-Za-z][A-Za-z0-9_]*(?:\[[^\]\s]+\])*)(?:\.|:| -) ")
_DECIMALS = re.compile(r"(-?)(\d*)\.(\d+)")


def read(export: Export, path: Path) -> Table:
    """The table of a LimeSurvey export. Raises a Problem for what is broken or does not fit its structure file."""
    table = either(export, path)
    if export.questionnaire is None:
        return _remarked(_named_by_code(table), [])
    known = columns(structure(path.parent / export.questionnaire.file))
    table, unknown = _headings(table, known)
    labels = export.answers == "labels"
    _refuse_mistaken(table, known, labels)
    return _remarked(_told(replace(table, cells=_coded(table, known, labels)), known), unknown)


# --- headings ---------------------------------------------------------------------------------------------


def _named_by_code(table: Table) -> Table:
    """The table with "Q1. What ...?" as Q1, where every heading is written so."""
    found = {name: _CODE_AND_TEXT.match(name) for name in table.columns}
    if not all(found.values()):
        return table
    names = {name: match[1] for name, match in found.items() if match}
    wordings = {names[name]: name[match.end() :] for name, match in found.items() if match}
    return replace(_renamed(table, names), wordings=wordings)


def _headings(table: Table, known: Mapping[str, Column]) -> tuple[Table, list[str]]:
    """The table with headings as question codes, and the headings that stand for nothing known."""
    # With "expression manager codes" as headings, Q1[SQ001] is Q1_SQ001.
    exact = {name.replace("][", "_").replace("[", "_").rstrip("]"): name for name in known}
    exact |= {name: name for name in (*known, *KEPT)}
    texts = _texts(known)
    ways = {
        "codes": {name: exact[name] for name in table.columns if name in exact},
        "codes and texts": {
            name: exact[match[1]]
            for name in table.columns
            if (match := _CODE_AND_TEXT.match(name)) and match[1] in exact
        },
        "texts": {name: texts[_key(name)][0] for name in table.columns if _key(name) in texts},
    }
    way = max(ways, key=lambda one: len(ways[one]))
    names = ways[way]
    if not any(name in known for name in names.values()):
        raise Problem(
            table.path, "none of its columns is a question of the structure file; is that the file of this survey?"
        )
    twice = [name for name, times in Counter(names.values()).items() if times > 1]
    several = [name for name in names if way == "texts" and len(texts[_key(name)]) > 1]
    unknown = [name for name in table.columns if name not in names and not _TIMES.fullmatch(name)]
    wrong = [
        f"'{short(name)}' is the heading of {len(texts[_key(name)])} questions; export again with question codes as "
        "headings"
        for name in several[:SHOWN]
    ]
    if way != "codes":
        wrong += [
            f"'{short(name)}' is the heading of no question of the structure file; export again with question codes "
            "as headings"
            for name in unknown[:SHOWN]
        ]
    wrong += [f"'{name}' is the column of several headings; export again with question codes" for name in twice]
    if wrong:
        raise Problem(table.path, *wrong)
    return _renamed(table, names), unknown


def _texts(known: Mapping[str, Column]) -> dict[str, list[str]]:
    """Every heading as text, without blanks: the columns it may stand for."""
    found: dict[str, list[str]] = {}
    for name, column in known.items():
        for heading in dict.fromkeys(map(_key, column.headings)):
            found.setdefault(heading, []).append(name)
    for name, headings in KEPT.items():
        found |= {_key(heading): [name] for heading in headings}
    return found


def _renamed(table: Table, names: Mapping[str, str]) -> Table:
    return replace(table, cells={names.get(name, name): cells for name, cells in table.cells.items()})


def _key(text: str) -> str:
    return "".join(flat(text).split()).casefold()


# --- answers ----------------------------------------------------------------------------------------------


def _refuse_mistaken(table: Table, known: Mapping[str, Column], labels: bool) -> None:
    """A Problem where all cells of columns are full answers though codes were announced, or the other way round."""
    mistaken = []
    for name in table.columns:
        column = known.get(name)
        texts = [text for text in table.distinct(name)[1] if text] if column and column.answers else []
        if column and texts and not any(_fits(column, text, labels) for text in texts):
            mistaken += [name] * all(_fits(column, text, not labels) for text in texts)
    if mistaken:
        found, say = ("codes", "codes") if labels else ("full answers", "labels")
        raise Problem(
            table.path,
            f"the answers are {found} in {first_of(mistaken)}; put 'answers: {say}' under export in the wave file",
        )


def _fits(column: Column, text: str, labels: bool) -> bool:
    if labels:
        return _key(text) in _codes(column) or text == NOT_SHOWN
    return text in column.answers or (column.role == "box" and text in (*TICKS, *BLANKS))


def _codes(column: Column) -> dict[str, list[str]]:
    """Label, without blanks: the codes that have it."""
    found: dict[str, list[str]] = {}
    for code, labels in column.answers.items():
        for key in dict.fromkeys(map(_key, labels)):
            found.setdefault(key, []).append(code)
    return found


def _coded(table: Table, known: Mapping[str, Column], labels: bool) -> dict[str, np.ndarray]:
    """The cells as codes; what is no known answer stays, and is set aside when it is understood."""
    cells, wrong = {}, []
    for name in table.columns:
        column = known.get(name)
        if column is None:
            cells[name] = table.cells[name]
            continue
        places, texts = table.distinct(name)
        codes = _codes(column) if labels else {}
        unclear = [text for text in texts if len(codes.get(_key(text), [])) > 1]
        if unclear:
            alike = " and ".join(codes[_key(unclear[0])])
            wrong.append(f"'{name}': the answers {alike} have the same words; export again with answer codes")
        meant = [_code(column, text, codes, labels) for text in texts]
        cells[name] = np.array(meant, dtype=object)[places]
    if wrong:
        raise Problem(table.path, *wrong)
    for name, column in known.items():
        other = f"{column.question.code}[other]"
        if column.role == "answer" and OTHER in column.answers and name in cells and other in cells:
            # Newer versions leave the list blank where "other" was chosen.
            chosen = (cells[name] == "") & np.array([bool(str(text).strip()) for text in cells[other]], dtype=bool)
            cells[name] = np.where(chosen, OTHER, cells[name])
    return cells


def _code(column: Column, text: str, codes: Mapping[str, list[str]], labels: bool) -> str:
    if column.role == "number":
        found = _DECIMALS.fullmatch(text)
        return f"{found[1]}{found[2] or 0}.{found[3]}".rstrip("0").rstrip(".") if found else text
    if labels and text == NOT_SHOWN and column.question.kind in TELLS_NOT_SHOWN and column.answers:
        return ""
    code = codes.get(_key(text), [text])[0] if labels and text else text
    if column.role == "box":
        return TICKED if code in TICKS else "" if code in BLANKS else text
    return code


# --- what is told -----------------------------------------------------------------------------------------


def _told(table: Table, known: Mapping[str, Column]) -> Table:
    """The table with what the structure says of its columns."""
    there = {name: known[name] for name in table.columns if name in known}
    choices: dict[str, dict[str, str]] = {}
    for name, column in there.items():
        if column.role == "box":
            choices.setdefault(column.question.code, {})[name] = column.choice
    return replace(
        table,
        wordings={name: column.wording for name, column in there.items() if column.wording},
        labels={
            name: {code: labels[0] for code, labels in column.answers.items() if labels}
            for name, column in there.items()
            if column.answers and column.role != "box"
        },
        kinds={name: column.kind for name, column in there.items()},
        asked_if={name: column.asked_if for name, column in there.items() if column.asked_if},
        choices=choices,
    )


def _remarked(table: Table, unknown: list[str]) -> Table:
    """The table with what LimeSurvey's own columns tell."""
    remarks, undecided = list(table.remarks), dict(table.undecided)
    if "submitdate" in table.cells:
        blank = int(table.text("submitdate").isna().sum())
        if blank:
            undecided["submitdate", "lastpage"] = (
                f"{blank:,} of {table.n:,} responses have no submitdate: they were not completed; 'lastpage' says how "
                "far they came, for keep_if"
            )
    if "startlanguage" in table.cells and (languages := table.text("startlanguage").dropna().nunique()) > 1:
        remarks.append(f"responses were given in {languages} languages (startlanguage)")
    if unknown:
        remarks.append(f"columns that the structure file does not know: {first_of(unknown)}")
    kinds = {name: kind for name, kind in _KINDS.items() if name in table.cells}
    return replace(table, undecided=undecided, remarks=tuple(remarks), kinds={**table.kinds, **kinds})
