"""A Stata file (.dta): numbers and text with labels and the extended missing values .a to .z.

An extended missing value comes out as Stata writes it ('.a') and as declared missing: which reason it stands for
is said in the wave or in the instrument, `codes: {.a: ...}`. A blank is the plain missing value '.', or no text.
"""

from __future__ import annotations

import codecs
import datetime
from pathlib import Path
from typing import Any

import numpy as np

from stemcareers.config.export import Export
from stemcareers.config.spelling import tidy
from stemcareers.errors import Problem
from stemcareers.readers.dta_end import ends_whole
from stemcareers.readers.letters import iconv_name, is_plain, refuse_spoilt_text
from stemcareers.readers.table import Kind, Table, canonical

EPOCH = datetime.datetime(1960, 1, 1)  # noqa: DTZ001 - Stata counts from here, in no time zone
EXACT_IN_FLOAT = 2**24  # beyond, a number of type float no longer tells neighbouring whole numbers apart
UNICODE = 118  # from this release on text is UTF-8; before, it is in whatever encoding the machine had
_TEXT = b"<stata_dta>"
_END = b"</stata_dta>"


def read(export: Export, path: Path) -> Table:
    """The table of a Stata file. Raises a Problem where it is broken or its text was spoilt."""
    release = _release(path)
    given = export.encoding if "encoding" in export.model_fields_set else None
    frame, known = _file(path, given, release)
    where = path.as_posix()
    table = Table(
        where,
        {name: _cells(where, frame[name].to_numpy(), known, name) for name in frame.columns},
        header_rows=0,
        encoding=given or _encoding(release),
        wordings={k: tidy(v) for k, v in known.column_names_to_labels.items() if v},
        labels={
            column: {_code(code): " ".join(str(label).split()) for code, label in labels.items()}
            for column, labels in known.variable_value_labels.items()
        },
        missing={
            column: tuple((f".{letter}", f".{letter}") for letter in sorted(letters))
            for column, letters in known.missing_user_values.items()
            if letters
        },
        kinds={name: kind for name in frame.columns if (kind := _kind(known, name))},
    )
    if given is not None and release >= UNICODE and codecs.lookup(given).name != "utf-8":
        raise Problem(
            where,
            f"is of Stata release {release}, whose text is UTF-8 and not {given}; take 'encoding' out of export in the "
            "wave file",
        )
    refuse_spoilt_text(table)
    if given is None and release < UNICODE and not is_plain(table):
        raise Problem(
            where,
            f"is of Stata release {release}, which does not say in which encoding its text is, and has letters beyond "
            "a to z; find out how it was saved and put it under export.encoding in the wave file (Windows: often "
            "cp1252)",
        )
    return table


def _release(path: Path) -> int:
    """The number of the format. Raises a Problem where the file is not one of Stata's, or has no end."""
    where, size = path.as_posix(), path.stat().st_size
    with path.open("rb") as file:
        start = file.read(67)
        file.seek(max(0, size - len(_END)))
        end = file.read()
    if not start:
        raise Problem(where, "the file is empty (0 bytes); export it again")
    if start.startswith(_TEXT):
        release = start[28:31]
        if not start[11:].startswith(b"<header><release>") or not release.isdigit():
            raise Problem(where, "is not a whole Stata file (its header is broken); fetch or export it again")
        if end != _END:
            raise Problem(where, "is not a whole Stata file (it has no end); fetch or export it again")
        return int(release)
    # Before release 117: the release in a byte, then the byte order.
    if not 104 <= start[0] <= 115 or start[1:2] not in (b"\x01", b"\x02"):
        raise Problem(where, "is not a Stata file (.dta), whatever its name says; look into it with a text editor")
    if not ends_whole(path.read_bytes()):
        raise Problem(where, "is not a whole Stata file (its labels have no end); fetch or export it again")
    return start[0]


def _encoding(release: int) -> str:
    """How text is read where nobody says it."""
    return "utf-8" if release >= UNICODE else "cp1252"


def _file(path: Path, encoding: str | None, release: int) -> tuple[Any, Any]:
    import pyreadstat

    where, tried = path.as_posix(), encoding or _encoding(release)
    try:
        return pyreadstat.read_dta(
            path,
            user_missing=True,
            disable_datetime_conversion=True,
            encoding=iconv_name(tried),
        )
    except UnicodeDecodeError:
        fault = "encoding"
    except pyreadstat.ReadstatError as error:
        fault = str(error).strip().rstrip(".")
    if "convert" in fault.lower() or "encoding" in fault.lower():
        raise Problem(
            where,
            f"cannot be read as {tried}; put the file's encoding under export.encoding in the wave file",
        )
    raise Problem(
        where, f"is not a whole Stata file ({fault[:1].lower()}{fault[1:]}); fetch or export it again"
    ) from None


# --- what the file says of its columns --------------------------------------------------------------------


def _code(code: object) -> str:
    """A labelled code as text; pyreadstat gives '.a' as 'a'."""
    return f".{code}" if isinstance(code, str) else canonical(code)


def _kind(known: Any, name: str) -> Kind | None:
    if _format(known, name):
        return "date"
    if known.variable_value_labels.get(name):
        return "single"
    return "text" if known.readstat_variable_types.get(name, "").startswith("string") else None


def _format(known: Any, name: str) -> str:
    """'d', 'c', 'C', 'w', 'm', 'q', 'h' where a column counts days, milliseconds, weeks ...; '' for a number."""
    form = (known.original_variable_types.get(name) or "").lstrip("%-")
    if form.startswith("t") and form[1:2] in set("dcCwmqh"):
        return form[1]
    return "d" if form.startswith("d") else ""


def _cells(where: str, cells: np.ndarray, known: Any, name: str) -> np.ndarray:
    """Text as it stands, numbers as text in the digits of their type, days and moments year first."""
    kind = known.readstat_variable_types.get(name, "")
    if kind.startswith("string"):
        return cells
    unit, lesser = _format(known, name), kind == "float"
    if unit == "C":
        raise Problem(where, f"'{name}' counts leap seconds (%tC); make it a %tc moment in Stata and export it again")
    texts: dict[object, str] = {}
    for value in set(cells.tolist()):
        if isinstance(value, str):
            texts[value] = f".{value}"
        elif value is not None and value == value:
            texts[value] = _moment(value, unit) if unit else _number(where, name, float(value), lesser)
    return np.array([texts.get(value, "") for value in cells.tolist()], dtype=object)


def _number(where: str, name: str, value: float, lesser: bool) -> str:
    limit = EXACT_IN_FLOAT if lesser else 2**53
    if abs(value) > limit and value.is_integer():
        raise Problem(
            where,
            f"'{name}' holds numbers over {limit:,}, which its type ({'float' if lesser else 'double'}) cannot keep "
            "apart; export the column as text",
        )
    if value.is_integer() or not lesser:
        return canonical(value)
    # The shortest digits that are this number in its own type: 0.1, not 0.10000000149011612.
    return np.format_float_positional(np.float32(value), trim="-")


def _moment(value: float, unit: str) -> str:
    """The text of a count since 1960: a day, a moment, or a week, month, quarter or half year as Stata writes it."""
    try:
        if unit == "c":
            return (EPOCH + datetime.timedelta(milliseconds=round(value))).isoformat(timespec="seconds")
        if unit == "d":
            return (EPOCH + datetime.timedelta(days=int(value))).date().isoformat()
    except OverflowError:
        return canonical(float(value))
    parts = {"w": 52, "m": 12, "q": 4, "h": 2}[unit]
    year, part = divmod(int(value), parts)
    return f"{1960 + year}-{part + 1:02}" if unit == "m" else f"{1960 + year}{unit}{part + 1}"
