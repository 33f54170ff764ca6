"""An SPSS file (.sav, .zsav): numbers and text with labels and declared missing codes.

A code that the file declares missing comes out as that code, never as a blank: which reason it stands for is
said in answers.yaml. A blank is a system-missing value, or text of blanks.
"""

from __future__ import annotations

import codecs
import datetime
import math
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from stemcareers.config.export import Export
from stemcareers.config.spelling import tidy
from stemcareers.errors import Problem
from stemcareers.readers.letters import half_letters, iconv_name, is_plain, refuse_spoilt_text
from stemcareers.readers.sav_header import UNKNOWN, SavHeader, sav_header
from stemcareers.readers.table import Kind, Table, canonical

BROKEN = "is not a whole SPSS file (its dictionary is broken); fetch or export it again"
WRONG_ENCODING = "cannot be read as {}; put the file's encoding under export.encoding in the wave file"
EPOCH = datetime.datetime(1582, 10, 14)  # noqa: DTZ001 - SPSS counts seconds from here, in no time zone
DAYS = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "QYR", "MOYR", "WKYR")
MOMENTS = ("DATETIME", "YMDHMS")
_RENAMED = re.compile("column '(.*)' is duplicated, renamed", re.DOTALL)
TIMES = ("TIME", "DTIME", "MTIME")


def read(export: Export, path: Path) -> Table:
    """The table of an SPSS file. Raises a Problem where it is broken or its text was spoilt."""
    given = export.encoding if "encoding" in export.model_fields_set else None
    header = _header(path)
    frame, known = _file(path, given)
    missing = {column: tuple((r["lo"], r["hi"]) for r in ranges) for column, ranges in known.missing_ranges.items()}
    table = Table(
        path.as_posix(),
        {name: _cells(frame[name].to_numpy(), _format(known, name), missing.get(name, ())) for name in frame.columns},
        header_rows=0,
        encoding=known.file_encoding or given or "utf-8",
        wordings={k: tidy(v) for k, v in known.column_names_to_labels.items() if v},
        labels={
            column: {canonical(code): " ".join(str(label).split()) for code, label in labels.items()}
            for column, labels in known.variable_value_labels.items()
        },
        missing=missing,
        kinds={name: kind for name in frame.columns if (kind := _kind(known, name))},
        choices=_choices(known),
        remarks=tuple(half_letters(_bytes(path, frame, known)) if given is None else ()),
    )
    _refuse_wrong_text(table, header, given)
    _refuse_wrong_count(table, header, export.at_least)
    return table


def _header(path: Path) -> SavHeader:
    """The header. Raises a Problem where the records before the data are broken, on which the C library may stumble."""
    if path.stat().st_size == 0:
        raise Problem(path.as_posix(), "the file is empty (0 bytes); export it again")
    header = sav_header(path)
    if header is None:
        raise Problem(path.as_posix(), BROKEN)
    return header


def _file(path: Path, encoding: str | None) -> tuple[Any, Any]:
    import pyreadstat

    where = path.as_posix()
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            read = pyreadstat.read_sav(
                path,
                user_missing=True,
                encoding=iconv_name(encoding) if encoding else None,
                disable_datetime_conversion=True,
            )
    except UnicodeDecodeError:
        raise Problem(where, WRONG_ENCODING.format(encoding or "utf-8")) from None
    except pyreadstat.ReadstatError as error:
        fault = str(error).strip().rstrip(".")
        if "convert" in fault.lower() or "encoding" in fault.lower():
            raise Problem(where, WRONG_ENCODING.format(encoding or "the encoding it declares")) from None
        raise Problem(
            where, f"is not a whole SPSS file ({fault[:1].lower()}{fault[1:]}); fetch or export it again"
        ) from None
    _refuse_renamed(path, [str(warning.message) for warning in said])
    if not all(isinstance(name, str) and name for name in read[0].columns):
        raise Problem(where, BROKEN)
    return read


def _bytes(path: Path, frame: Any, known: Any) -> dict[str, np.ndarray]:
    """The columns of text of a file in UTF-8, a letter a byte: the C library drops half a letter without a word."""
    import pyreadstat

    texts = [name for name in frame if known.readstat_variable_types.get(name) == "string"]
    if (known.file_encoding or "").upper() != "UTF-8" or not texts:
        return {}
    # Names beyond a to z are read as other letters here, so then all columns are read, and known by their place.
    only = texts if all(name.isascii() for name in texts) else None
    read, _ = pyreadstat.read_sav(path, usecols=only, encoding="ISO-8859-1", disable_datetime_conversion=True)
    if len(read.columns) != len(texts if only else frame.columns):
        raise Problem(path.as_posix(), BROKEN)
    places = {name: i for i, name in enumerate(texts if only else frame)}
    return {name: read.iloc[:, places[name]].to_numpy() for name in texts}


# --- what stops the reading -------------------------------------------------------------------------------


def _refuse_renamed(path: Path, said: list[str]) -> None:
    """A Problem where pyreadstat had to rename a column because another has its name; it says so in a warning."""
    twice = dict.fromkeys(found[1] for words in said if (found := _RENAMED.match(words)))
    if twice:
        raise Problem(
            path.as_posix(),
            *(f"several columns are called '{name}'; a name must stand once, so export it again" for name in twice),
        )


def _refuse_wrong_text(table: Table, header: SavHeader, given: str | None) -> None:
    """A Problem for text that was spoilt before, that the wave file misreads, or whose encoding nobody says."""
    try:
        refuse_spoilt_text(table)
    except Problem:
        if given is None or codecs.lookup(given).name == "utf-8":
            raise
        raise Problem(
            table.path,
            f"its text is UTF-8 and not {given}; take 'encoding' out of export in the wave "
            "file (the file says its own)",
        ) from None
    if given is None and not header.says_encoding and not is_plain(table):
        raise Problem(
            table.path,
            "does not say in which encoding its text is, and has letters beyond a to z; find out how it was saved and "
            "put it under export.encoding in the wave file (SPSS on Windows: often cp1252)",
        )


def _refuse_wrong_count(table: Table, header: SavHeader, at_least: int) -> None:
    """A Problem where the number of cases is not the one that the header gives, or nothing gives one."""
    if header.cases == UNKNOWN and at_least <= 1:
        raise Problem(
            table.path,
            f"does not say how many cases it holds ({table.n:,} were found), so it would not show if it were cut off; "
            "count them where it comes from, and put the number under export.at_least in the wave file",
        )
    if header.cases >= 0 and (header.cases != table.n or header.surplus):
        more = f", but has {header.surplus:,} bytes more" if header.surplus else f", but has {table.n:,} cases"
        raise Problem(table.path, f"counts {header.cases:,} in its header{more}; fetch or export it again")


# --- what the file says of its columns --------------------------------------------------------------------


def _format(known: Any, name: str) -> str:
    """The display format of a column without width: 'DATE' of 'DATE11'."""
    return (known.original_variable_types.get(name) or "").rstrip("0123456789.").upper()


def _kind(known: Any, name: str) -> Kind | None:
    form = _format(known, name)
    if form in DAYS or form in MOMENTS:
        return "date"
    if known.variable_value_labels.get(name):
        return "single"
    if known.readstat_variable_types.get(name) == "string":
        return "text"
    return "number" if known.variable_measure.get(name) == "scale" else None


def _choices(known: Any) -> dict[str, dict[str, str]]:
    """The multiple response sets: set: {column: label of the column}."""
    labels = known.column_names_to_labels
    return {
        name: {column: labels.get(column) or column for column in one["variable_list"]}
        for name, one in (getattr(known, "mr_sets", None) or {}).items()
    }


def _cells(cells: np.ndarray, form: str, missing: tuple[tuple[Any, Any], ...]) -> np.ndarray:
    """The cells as they are, but dates, moments and times as text (year first)."""
    if form not in (*DAYS, *MOMENTS, *TIMES) or cells.dtype == np.dtype(object):
        return cells
    known = {value: _moment(value, form, missing) for value in set(cells[~np.isnan(cells)].tolist())}
    return np.array([known.get(value, "") for value in cells.tolist()], dtype=object)


def _moment(seconds: float, form: str, missing: tuple[tuple[Any, Any], ...]) -> str:
    """The text of a count of seconds; a code that is declared missing stays a code, and so does what is no day."""
    if any(low <= seconds <= high for low, high in missing):
        return canonical(seconds)
    if form in TIMES:
        whole = math.floor(abs(seconds))
        sign = "-" if seconds < 0 else ""
        return f"{sign}{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    try:
        at = EPOCH + datetime.timedelta(seconds=round(seconds))
    except OverflowError:
        return canonical(seconds)
    return at.date().isoformat() if form in DAYS else at.isoformat()
