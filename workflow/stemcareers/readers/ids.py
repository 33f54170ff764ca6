"""Ids that a program spoilt, that stand for none, or that name one school in two spellings: found before any counts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable

import numpy as np

from stemcareers.config.meaning import squeezed
from stemcareers.config.spelling import spelling
from stemcareers.errors import Problem, listed
from stemcareers.readers.letters import LOST
from stemcareers.readers.records import SHOWN
from stemcareers.readers.table import Table

_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}", re.IGNORECASE)
_QUANTITY = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DECIMAL = re.compile(r"[0-9]+\.0+")
_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|NUM!|DIV/0!|NULL!|#+)")
_WRAPPED = re.compile(r'="?[^"]*"?')
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec)"
_DATE = re.compile(
    rf"[0-9]{{1,2}}-{_MONTH}(?:-[0-9]{{2,4}})?|{_MONTH}-[0-9]{{2}}"  # 1-Mar, Mar-25: what Excel shows for 1/3
    r"|(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?:[ T][0-9:.]+)?|[0-9]{1,2}[/.][0-9]{1,2}[/.](?:19|20)[0-9]{2}"
)
MEANT = "where ids are meant as they stand, name their column under as_written in the wave file"
# What programs and people write where there is no id. Two responses with it would be of one school.
_NONE = {"na", "n/a", "<na>", "nan", "nat", "null", "none", "unknown", ".", "-", "--", "?"}


def refuse_spoilt(
    table: Table,
    columns: Collection[str],
    names: Collection[str],
    groups: Collection[str] = (),
    meant: Collection[str] = (),
) -> None:
    """A Problem naming the rows whose ids a program changed or left out, or that differ in a way that nobody means.

    columns  those whose texts name a response, school or person.
    names    those among them that name schools and persons: there capitals make no other id.
    groups   those that name strata, of which only the spelling is looked at.
    meant    those whose ids are said to be meant as they stand: a school called NA, ids in which capitals count. What
             nobody can mean, such as a spreadsheet's error, is refused there too.

    A person or school would count twice, or two as one. No id is quoted. Source: Unicode Standard Annex 15 (form KC);
    beside it, characters that do not show are left out.
    """
    sure, doubtful = [], []
    for column in columns:
        codes, texts = table.distinct(column)
        sure += [f"'{column}': {sentence}" for sentence in _spoilt(codes, texts)]
        doubtful += [f"'{column}': {sentence}" for sentence in _doubtful(codes, texts) if column not in meant]
    for column in groups:
        sure += [f"'{column}': {sentence}" for sentence in _alike(*table.distinct(column), _SURE_WAYS)]
    for column in (*(name for name in columns if name in names), *groups):
        if column not in meant:
            doubtful += [f"'{column}': {sentence}" for sentence in _spelt(*table.distinct(column))]
    if sure or doubtful:
        raise Problem(table.path, *sure, *doubtful, *([MEANT] if doubtful else []))


def without_zeros(table: Table, columns: Iterable[str]) -> list[str]:
    """A sentence for each column of ids as long as each other, of which some stand there without their zeros as well.

    Told and no more: 0012 and 12 may be two. Where a spreadsheet took the zeros, they are one.
    """
    said = []
    for column in columns:
        codes, texts = table.distinct(column)
        padded = {len(text) for text in texts if text.isdecimal() and text.startswith("0")}
        whole = set(texts)
        short = [i for i, t in enumerate(texts) if t.isdecimal() and {t.zfill(n) for n in padded} & (whole - {t})]
        if len(padded) == 1 and short:
            rows = np.flatnonzero(np.isin(codes, short)) + 1
            said.append(
                f"'{column}': {'row' if len(rows) == 1 else 'rows'} {_listed(rows)} may have lost zeros in a "
                "spreadsheet: with zeros before it, the id is another one's; compare with the tool"
            )
    return said


def _spoilt(codes: np.ndarray, texts: list[str]) -> Iterable[str]:
    """A sentence for each way in which a program spoilt ids, that nobody can mean."""
    yield from _told(
        codes,
        _where(texts, _SHORTENED.fullmatch),
        "has an id",
        "have ids",
        "as a spreadsheet shortens long numbers (1.2E+11), so its last digits are lost; export the column as text",
    )
    yield from _told(
        codes,
        _where(texts, _ERROR.fullmatch),
        "holds",
        "hold",
        "an error of a spreadsheet (#N/A, #####) in place of an id; export the column as text",
    )
    yield from _told(
        codes,
        _where(texts, lambda text: LOST in text),
        "has an id",
        "have ids",
        "with letters that were lost before the export (the sign U+FFFD stands for them); export again as UTF-8",
    )
    yield from _told(
        codes,
        _where(texts, _WRAPPED.fullmatch),
        "has an id",
        "have ids",
        'written as a formula (="0101"), which they are not in other files; export the column as text',
    )
    yield from _alike(codes, texts, _SURE_WAYS)


def _doubtful(codes: np.ndarray, texts: list[str]) -> Iterable[str]:
    """A sentence for each kind of texts that are hardly ids, though somebody may have such."""
    yield from _told(
        codes,
        _where(texts, lambda text: text.casefold() in _NONE),
        "holds",
        "hold",
        "a word for 'no id' (NA, unknown, '-'), which would name one and the same for all who have it; leave these "
        "cells blank, and export again",
    )
    dates = _where(texts, _DATE.fullmatch)
    if len(dates) < len(_where(texts, bool)):  # where all are dates, they may be meant
        yield from _told(
            codes,
            dates,
            "has a date",
            "have dates",
            "where others have ids; a spreadsheet makes such of ids like 1-3, so export the column as text",
        )
    decimals = _where(texts, _DECIMAL.fullmatch)
    if decimals and len(decimals) == len(_where(texts, _QUANTITY.fullmatch)):
        yield (
            "every id that is a number ends with '.0', because a program took them for quantities; they would not be "
            "those of other waves, so export the column as text"
        )


def _where(texts: list[str], test: Callable[[str], object]) -> list[int]:
    return [i for i, text in enumerate(texts) if text and test(text)]


def _told(codes: np.ndarray, places: list[int], one: str, several: str, then: str) -> Iterable[str]:
    if places:
        rows = np.flatnonzero(np.isin(codes, places)) + 1
        yield f"{'row' if len(rows) == 1 else 'rows'} {_listed(rows)} {one if len(rows) == 1 else several} {then}"


def _spelt(codes: np.ndarray, texts: list[str]) -> Iterable[str]:
    """A sentence for each group of names that are one in another spelling, beside those that look the same."""
    words = (
        "differ only in capitals, blanks, dashes or the form of apostrophes, so one would count as several; give them "
        "one spelling, and export again"
    )
    return _alike(codes, texts, [(spelling, words)], _as_seen)


def _alike(
    codes: np.ndarray,
    texts: list[str],
    ways: Iterable[tuple[Callable[[str], str], str]],
    apart: Callable[[str], str] = str,
) -> Iterable[str]:
    """A sentence for each group of ids that are one by one of the ways, and differ when they are taken `apart`."""
    for way, words in ways:
        alike: dict[str, list[int]] = {}
        for position, text in enumerate(texts):
            if text and text.casefold() not in _NONE:
                alike.setdefault(way(text), []).append(position)
        # Blanks around a cell are no part of it, so one text may stand in several places.
        groups = [same for same in alike.values() if len({apart(texts[i]) for i in same}) > 1]
        for same in groups[:SHOWN]:
            yield f"rows {_listed(np.flatnonzero(np.isin(codes, same)) + 1)} have ids that {words}"
        if len(groups) > SHOWN:
            yield f"{len(groups) - SHOWN:,} more such ids"


def _as_seen(text: str) -> str:
    if text.isascii():
        return squeezed(text)
    shown = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return squeezed(shown)


def _without_decimals(text: str) -> str:
    return text.partition(".")[0] if _DECIMAL.fullmatch(text) else text


_SURE_WAYS = (
    (
        _as_seen,
        "look the same and are not (blanks, full-width letters, accents apart from their letters, or characters that "
        "do not show); give them one spelling, and export again",
    ),
    (
        _without_decimals,
        "are the same number with and without '.0', which programs add to quantities; export the column as text",
    ),
)


def _listed(rows: np.ndarray) -> str:
    named = [f"{row:,}" for row in rows[:SHOWN].tolist()]
    return ", ".join([*named, "..."]) if len(rows) > SHOWN else listed(named)
