"""The records of a text file with separators, read so that nothing broken passes: what the text readers share."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from stemcareers.config.export import SEPARATORS, Export
from stemcareers.config.spelling import tidy
from stemcareers.errors import Problem

BOM = "\ufeff"
SHOWN = 10  # of many alike: lines, columns, headings that a message names

# What a survey tool's editor writes; `<grade>` is no tag but a word of the questionnaire.
TAG = re.compile(
    r"</?(?:a|b|br|div|em|font|h[1-6]|hr|i|img|label|li|ol|p|small|span|strong|style|sub|sup|table|tbody|td|th|tr|u|ul)"
    r"(?:\s[^<>]*)?/?>",
    re.IGNORECASE,
)

# How files of other programs begin, and what to do with one that lies in the place of a text file.
OTHER_FILES = {
    b"PK\x03\x04": "an Excel workbook or another zip archive; export it again as csv, or name the reader 'excel'",
    b"\xd0\xcf\x11\xe0": "an Excel file of before 2007 or another Office document; save it as csv",
    b"$FL2": "an SPSS file; put 'spss' under export.reader in the wave file",
    b"$FL3": "an SPSS file; put 'spss' under export.reader in the wave file",
    b"<stata_dta>": "a Stata file; put 'stata' under export.reader in the wave file",
    b"%PDF": "a pdf; export the answers as csv",
    b"\x1f\x8b": "compressed (gzip); unpack it first",
}
# The same for text that is none of cells.
OTHER_TEXTS = {
    r"\s*(?:<!doctype html|<html|<head|<table)": (
        "is a web page (HTML) and no export; does its address ask to log in? Export it again, as csv"
    ),
    r"\s*<\?xml": "is XML and no export of cells (a questionnaire file?); export the answers as csv",
    r'\s*(?:\{|\[\s*\{)\s*"': "is JSON and no export of cells; export the answers as csv",
    r"version https://git-lfs": "is a pointer of Git LFS and not the file itself; 'git lfs pull' brings it",
}

TELLS_EXCEL = (
    "line 1 tells Excel the separator (sep=) and names no columns; put header_row: 2 under export in the wave file "
    "(reader csv), or export without it"
)

# A letter of two UTF-8 bytes, each read as a character of its own: 'Ã©' for 'é', 'â€™' for an apostrophe.
MOJIBAKE = re.compile("[ÂÃ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|â\x80|ï»¿")  # noqa: RUF001


def own_encoding(path: Path, declared: str) -> str:
    """The encoding of a questionnaire file: UTF-8 where it is that, whatever its export was saved in."""
    return "utf-8" if _decodes(path.read_bytes(), "utf-8") else declared


def decoded(path: Path, encoding: str) -> str:
    """The text of a file, without byte order mark.

    Raises a Problem where the file is empty, is not in the declared encoding, or was spoilt by an earlier
    conversion.
    """
    where, content = path.as_posix(), path.read_bytes()
    if not content:
        raise Problem(where, "the file is empty (0 bytes); export it again")
    for begins, sentence in OTHER_FILES.items():
        if content.startswith(begins):
            raise Problem(where, f"is no text file but {sentence}")
    try:
        text = content.decode(encoding)
    except LookupError:
        raise Problem(where, f"export.encoding: '{encoding}' is not an encoding; use 'utf-8' or 'cp1252'") from None
    except UnicodeDecodeError as error:
        if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise Problem(
                where, f"is UTF-16 and not {encoding}; put 'utf-16' under export.encoding in the wave file"
            ) from None
        raise Problem(
            where,
            f"is not {encoding}: byte {error.start + 1:,} cannot be read; find out how the file was saved "
            "and put it under export.encoding in the wave file (Excel: often cp1252)",
        ) from None
    if not content.isascii() and not _is_utf8(encoding) and _decodes(content, "utf-8"):
        raise Problem(where, f"is UTF-8 and not {encoding}; put 'utf-8' under export.encoding in the wave file")
    text = text.lstrip(BOM)  # a program that adds a mark of its own leaves two
    if not text.strip():
        raise Problem(where, "the file holds nothing but blanks; export it again")
    for pattern, sentence in OTHER_TEXTS.items():
        if re.match(pattern, text, re.IGNORECASE):
            raise Problem(where, sentence)
    if (position := text.find("\0")) >= 0:
        raise Problem(
            where,
            f"line {_line(text, position)} holds a zero byte, which no text does; is the encoding utf-16? "
            "Then put it under export.encoding in the wave file",
        )
    if not text.isascii() and (spoilt := MOJIBAKE.search(text)):
        raise Problem(
            where,
            f"line {_line(text, spoilt.start())} holds letters that were spoilt when UTF-8 was read as another "
            "encoding; the fault is in the file, so export it again as UTF-8",
        )
    return text


def records(export: Export, path: Path) -> tuple[list[str], list[list[str]]]:
    """The names of the columns, and the rows below them, each with one cell a column.

    Raises a Problem where the file is cut off, a quoted cell is not closed, a column has no name or that of
    another, or a row is shorter or longer than the header; every such row is named by its line.
    """
    header, *rows = grid(export, path, _bad_names)
    return header, rows


def grid(
    export: Export, path: Path, header_faults: Callable[[list[str]], list[str]] = lambda header: []
) -> list[list[str]]:
    """All rows from the header row on, each with as many cells as the first. Raises a Problem as `records` does.

    Columns at the end that have neither a name nor a cell, as spreadsheets write them, are none, nor are empty lines at
    the end rows. A name has single blanks (a line break within it is one) and no characters that
    do not show.

    header_faults   what is wrong with the first row, told together with the rest.
    """
    (_, header), *rows = _without_blank_end(parsed(export, path)) or [(1, [])]
    while rows and not rows[-1][1] and len(header) > 1:
        rows.pop()
    wrong = [
        *header_faults(list(map(tidy, header))),
        *_bad_widths(rows, len(header)),
        *_header_again(header, rows),
    ]
    if header and re.fullmatch("sep=.?", header[0].strip(), re.IGNORECASE):
        wrong = [TELLS_EXCEL]
    elif len(header) == 1 and (fault := _other_separator(header[0], export.separator)):
        wrong = [fault]
    if wrong:
        raise Problem(path.as_posix(), *wrong)
    return [list(map(tidy, header)), *(row for _, row in rows)]


def _without_blank_end(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    width = len(rows[0][1]) if rows else 0
    if any(len(cells) != width for _, cells in rows if cells):
        return rows
    filled = max((at for _, cells in rows for at, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    return rows if filled == width else [(line, cells[:filled]) for line, cells in rows]


def parsed(export: Export, path: Path) -> list[tuple[int, list[str]]]:
    """Every record of the file with the line it begins on, from the header row on.

    Raises a Problem where the file is cut off, has no such line, or a quoted cell is not closed.
    """
    where, text = path.as_posix(), decoded(path, export.encoding)
    by_returns = _line_end(text) == "\r"
    if by_returns and "\r\r\n" in text:
        raise Problem(
            where,
            "its line ends are doubled (CR CR LF), as a program on Windows writes them that ends lines twice; export "
            "it again",
        )
    if not text.endswith("\r" if by_returns else "\n"):
        raise Problem(where, "the last row does not end with a line break, so it may be cut off; export the file again")
    above = export.header_row - 1
    lines = io.StringIO(text, newline="\r" if by_returns else "")
    skipped = sum(1 for _ in zip(range(above), lines, strict=False))
    rest = text[lines.tell() :]
    if skipped < above or not rest:
        raise Problem(
            where,
            f"has {skipped:,} line{'s' if skipped != 1 else ''}, so none is line {export.header_row:,}, which "
            "export.header_row in the wave file says names the columns",
        )
    try:
        return _parsed(rest, where, SEPARATORS[export.separator], above)
    except Problem:
        # Quotation marks seem to stand wrong where they are read with the wrong separator.
        if fault := _other_separator(re.split(r"[\r\n]", rest, maxsplit=1)[0], export.separator):
            raise Problem(where, fault) from None
        raise


def by_column(columns: list[str], rows: list[list[str]]) -> dict[str, np.ndarray]:
    """Rows turned into one array of text a column."""
    turned = zip(*rows, strict=True) if rows else ((),) * len(columns)
    return {name: np.array(cells, dtype=object) for name, cells in zip(columns, turned, strict=True)}


def line_numbers(odd: list[int]) -> str:
    """How many rows, and on which lines the first of them stand, as the beginning of a sentence about them."""
    count = "1 row" if len(odd) == 1 else f"{len(odd):,} rows"
    verb = "is" if len(odd) == 1 else "are"
    return f"{count} (line {first_of(f'{line:,}' for line in odd)}) {verb}"


def first_of(words: Iterable[str]) -> str:
    """Words with commas between them; of many the first, and dots."""
    every = list(words)
    return ", ".join(every[:SHOWN]) + (", ..." if len(every) > SHOWN else "")


def short(text: str) -> str:
    """A heading as a message names it: the beginning of one that is long."""
    return text if len(text) <= 60 else text[:57] + "..."


def _line_end(text: str) -> str:
    """What ends the first line; a break within quotation marks ends none, and a return alone is that of old Macs."""
    found = re.search(r'(?:"[^"]*"|[^"\r\n])*(\r\n|\r|\n)', text)
    return found[1] if found else "\n"


def _other_separator(header: str, declared: str) -> str:
    """What is wrong where a header lacks the declared separator and holds another; empty otherwise."""
    other = next((word for word, sign in SEPARATORS.items() if sign in header), None)
    if other is None or SEPARATORS[declared] in header:
        return ""
    return (
        f"the columns are separated by {SEPARATORS[other]!r}, not by {SEPARATORS[declared]!r}; put '{other}' under "
        "export.separator in the wave file"
    )


def plain_words(text: str) -> str:
    """A question's text without html and line breaks: survey tools keep the layout of the page in it."""
    return tidy(html.unescape(TAG.sub(" ", text)))


def _parsed(text: str, where: str, separator: str, above: int) -> list[tuple[int, list[str]]]:
    """Every record with the line it begins on; `above` lines stood before the text."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    found, line = [], above + 1
    try:
        for row in reader:
            found.append((line, row))
            line = above + reader.line_num + 1
    except csv.Error as error:
        if "field limit" in str(error):
            wrong = "a cell is longer than 131,072 letters; is a quotation mark missing?"
        elif "unexpected end" in str(error):
            wrong = "a quoted cell has no end, so the file may be cut off; export it again"
        else:
            wrong = "a quotation mark stands where none may; export the file again"
        raise Problem(where, f"line {line}: {wrong}") from None
    return found


def _bad_names(columns: list[str]) -> list[str]:
    wrong = [f"column {position} has no name" for position, name in enumerate(columns, start=1) if not name]
    wrong += [
        f"{times} columns are called '{name}'; a name must stand once"
        for name, times in Counter(columns).items()
        if times > 1 and name
    ]
    return wrong


def _header_again(header: list[str], rows: list[tuple[int, list[str]]]) -> list[str]:
    # The row below the header may be one of question texts, which repeats names where nobody wrote any.
    again = [line for line, row in rows[1:] if row == header]
    if not again or not any(header):
        return []
    return [f"{line_numbers(again)} the header again, so several exports were put together; keep them as files apart"]


def _bad_widths(rows: list[tuple[int, list[str]]], width: int) -> list[str]:
    wrong = []
    for word, odd in (
        ("shorter", [line for line, row in rows if len(row) < width]),
        ("longer", [line for line, row in rows if len(row) > width]),
    ):
        if odd:
            wrong.append(
                f"{line_numbers(odd)} {word} than the header ({width} cells); the file is damaged or a separator is "
                "not quoted: export it again"
            )
    return wrong


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("_", "-") in {"utf-8", "utf8", "utf-8-sig"}


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
