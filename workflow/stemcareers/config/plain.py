"""The plain values of config files: ids, words, codes, days, addresses, each refused in words of its own."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from typing import Annotated, Any

from pydantic import PlainValidator

FILE_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
COLUMN_ID = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_PRINTED = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LONGEST_ID = 60
_LONGEST_FILE_NAME = 120
# Windows opens a device where a file has one of these names, whatever its ending.
_DEVICES = frozenset(("con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(10))))
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - the full-width forms
EMPTY = "is empty; give a value"
DEVICE = "is the name of a device on Windows, so no file can have it; choose another"


def shown(given: Any) -> str:
    """A value as a message shows it: on one line, in quotes where it is text, cut where it is long."""
    if isinstance(given, list | tuple):
        return "a list"
    if isinstance(given, dict):
        return "a mapping"
    if given is None:
        return "nothing"
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, str):
        return repr(given if len(given) <= 60 else given[:57] + "...")
    text = str(given)
    return text if len(text) <= 60 else text[:57] + "..."


def is_file_name(name: str) -> bool:
    """True for letters, digits, '.', '_' and '-': what a raw file may be called."""
    return bool(_FILE_NAME.fullmatch(name)) and len(name) <= _LONGEST_FILE_NAME and not is_device(name)


def is_file_id(name: str) -> bool:
    """True for small letters and digits joined by '-': what a file, folder, wave or study may be called."""
    return bool(FILE_ID.fullmatch(name)) and len(name) <= _LONGEST_ID and not is_device(name)


def is_device(name: str) -> bool:
    """True for what Windows takes for a device: no file or folder can have such a name there."""
    return name.split(".")[0].lower() in _DEVICES


def is_column_id(name: str) -> bool:
    """True for small letters and digits joined by '_', a letter first: what an item, scale or answer set may be."""
    return bool(COLUMN_ID.fullmatch(name)) and len(name) <= _LONGEST_ID


def text_given(given: Any) -> str:
    """The value, where it is text. Raises ValueError where it is not."""
    if given is None:
        raise ValueError(EMPTY)
    if isinstance(given, list | dict):
        raise ValueError(f"must be text, not {shown(given)}")
    if not isinstance(given, str):
        raise ValueError(f"{shown(given)} is not text; put it in quotes if it is meant as a name")
    return given


def _words(given: Any) -> str:
    text = text_given(given).strip()
    if not text:
        raise ValueError(EMPTY)
    if odd := next((c for c in text if not c.isprintable() and c != "\n"), ""):
        raise ValueError(
            f"{shown(given)} holds a {unicodedata.name(odd, 'control character').lower()}; {_instead(odd)}"
        )
    return text


def _instead(odd: str) -> str:
    return "write a plain space" if unicodedata.category(odd) == "Zs" else "take it out"


def _cell(given: Any) -> str:
    text = _words(given)
    if text.startswith(FORMULA_STARTS):
        raise ValueError(
            f"{shown(given)} begins like a formula, and stands in tables that spreadsheets open; put a word first"
        )
    return text


def _name(given: Any) -> str:
    text = _words(given)
    if "\n" in text:
        raise ValueError(f"{shown(given)} holds a line break; a name stands on one line")
    return text


def _id(given: Any, pattern: re.Pattern[str], joint: str) -> str:
    if not pattern.fullmatch(text_given(given)):
        raise ValueError(
            f"{shown(given)} is not an id{_stranger(given)}; use small letters and digits, joined by '{joint}', "
            f"for example 'careers{joint}leader'"
        )
    if len(given) > _LONGEST_ID:
        raise ValueError(f"{shown(given)} is too long for an id; {_LONGEST_ID} characters are the most")
    return given


def _stranger(text: str) -> str:
    """The name of the first letter that only looks like one of a to z, or like any other."""
    odd = next((c for c in text if not c.isascii()), "")
    return f" ({shown(odd)} is {unicodedata.name(odd, 'no letter').lower()})" if odd else ""


def _file_id(given: Any) -> str:
    return _no_device(_id(given, FILE_ID, "-"))


def _no_device(name: str) -> str:
    if is_device(name):
        raise ValueError(f"{shown(name)} {DEVICE}")
    return name


def _column_id(given: Any) -> str:
    return _id(given, COLUMN_ID, "_")


def _code(given: Any) -> str | int:
    if isinstance(given, str) and given and given.isprintable():
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    raise ValueError(f"{shown(given)} is not a code; use a whole number, or text in quotes")


def _level(given: Any) -> str:
    return str(_code(given))


def _parameter(given: Any) -> str | int | float | bool:
    if not isinstance(given, str | int | float | bool):
        raise ValueError(f"{shown(given)} is not a parameter; use text, a number, true or false")
    return given


def _number(given: Any) -> float:
    try:
        number = float(text_given(given))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(f"{shown(given)} is not a number; write digits with a decimal point, no unit")
    return number


def _printed(given: Any) -> str:
    if not _PRINTED.fullmatch(text_given(given)):
        raise ValueError(f"{shown(given)} is not a number; write digits with a decimal point, no unit")
    return given


def _count(given: Any) -> int:
    if not re.fullmatch(r"[0-9]{1,12}", text_given(given)):
        raise ValueError(f"{shown(given)} is not a count; write a whole number in digits")
    return int(given)


FIRST_YEAR, LAST_YEAR = 1900, 2100  # a slip of the keyboard beyond: 0204, 2204


def _day(given: Any) -> datetime.date:
    try:
        day = datetime.datetime.strptime(given, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, not a moment
    except (TypeError, ValueError):
        raise ValueError(f"{shown(given)} is not a day; write year-month-day, for example 2025-03-31") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"{shown(given)} is in no year of a survey ({FIRST_YEAR} to {LAST_YEAR}); look at its digits")
    return day


def _file_name(given: Any) -> str:
    if not _FILE_NAME.fullmatch(text_given(given)):
        raise ValueError(
            f"{shown(given)} is not a plain file name{_stranger(given)}; use letters, digits, '.', '_' and '-', "
            "no folder (the file lies in data/raw/<study>/)"
        )
    if len(given) > _LONGEST_FILE_NAME:
        raise ValueError(f"{shown(given)} is too long for a file name; {_LONGEST_FILE_NAME} characters are the most")
    return _no_device(given)


def _sha256(given: Any) -> str:
    if not _SHA256.fullmatch(text_given(given)):
        raise ValueError(
            f"{shown(given)} is not a sha256 (64 digits and small letters a to f); `sha256sum <file>` prints it"
        )
    return given


def _address(given: Any) -> str:
    if not re.fullmatch(r"https?://[^\s]+", text_given(given)):
        raise ValueError(f"{shown(given)} is not a web address; it begins with https:// or http://")
    return given


def _encoding(given: Any) -> str:
    try:
        "".encode(text_given(given))
    except (LookupError, ValueError):
        raise ValueError(f"{shown(given)} is not an encoding; use utf-8 or, for older exports, cp1252") from None
    return given


FileId = Annotated[str, PlainValidator(_file_id)]
ColumnId = Annotated[str, PlainValidator(_column_id)]
Words = Annotated[str, PlainValidator(_words)]
Cell = Annotated[str, PlainValidator(_cell)]  # what comes into csv files as it stands
Name = Annotated[str, PlainValidator(_name)]
Code = Annotated[str | int, PlainValidator(_code)]
Level = Annotated[str, PlainValidator(_level)]
Parameter = Annotated[str | int | float | bool, PlainValidator(_parameter)]
Number = Annotated[float, PlainValidator(_number)]  # in a csv file, where every cell is text
Printed = Annotated[str, PlainValidator(_printed)]  # a number with the decimals it was printed with
Count = Annotated[int, PlainValidator(_count)]
Day = Annotated[datetime.date, PlainValidator(_day)]
FileName = Annotated[str, PlainValidator(_file_name)]
Sha256 = Annotated[str, PlainValidator(_sha256)]
WebAddress = Annotated[str, PlainValidator(_address)]
Encoding = Annotated[str, PlainValidator(_encoding)]
