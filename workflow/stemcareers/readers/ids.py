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
# What programs and people write where there is no id. Two responses with it would be of one school.
_NONE = {"na", "n/a", "<na>", "nan", "nat", "null", "none", "unknown", ".", "-", "--", "?"}


def refuse_spoilt(table: Table, columns: Iterable[str], names: Collection[str], groups: Iterable[str] = ()) -> None:
    """A Problem naming the rows whose ids a program changed or left out, or that differ in a way that nobody means.

    columns  those whose texts name a response, school or person.
    names    those among them that name schools and persons: there capitals make no other id.
    groups   those that name strata, of which only the spelling is looked at.

    A person or school would count twice, or two as one. No id is quoted. Source: Unicode Standard Annex 15 (form KC);
    beside it, characters that do not show are left out.
    """
    wrong = []
    for column in columns:
        codes, texts = table.distinct(column)
        wrong += [f"'{column}': {sentence}" for sentence in _sentences(codes, texts, column in names)]
    for column in groups:
        wrong += [f"'{column}': {sentence}" for sentence in _alike(*table.distinct(column), named=True)]
    if wrong:
        raise Problem(table.path, *wrong)


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


def _sentences(codes: np.ndarray, texts: list[str], named: bool) -> Iterable[str]:
    def where(test: Callable[[str], object]) -> list[int]:
        return [i for i, text in enumerate(texts) if text and test(text)]

    def told(places: list[int], one: str, several: str, then: str) -> Iterable[str]:
        if places:
            rows = np.flatnonzero(np.isin(codes, places)) + 1
            yield f"{'row' if len(rows) == 1 else 'rows'} {_listed(rows)} {one if len(rows) == 1 else several} {then}"

    yield from told(
        where(_SHORTENED.fullmatch),
        "has an id",
        "have ids",
        "as a spreadsheet shortens long numbers (1.2E+11), so its last digits are lost; export the column as text",
    )
    yield from told(
        where(_ERROR.fullmatch),
        "holds",
        "hold",
        "an error of a spreadsheet (#N/A, #####) in place of an id; export the column as text",
    )
    yield from told(
        where(lambda text: text.casefold() in _NONE),
        "holds",
        "hold",
        "a word for 'no id' (NA, unknown, '-'), which would name one and the same for all who have it; leave these "
        "cells blank, and export again",
    )
    yield from told(
        where(lambda text: LOST in text),
        "has an id",
        "have ids",
        "with letters that were lost before the export (the sign U+FFFD stands for them); export again as UTF-8",
    )
    yield from told(
        where(_WRAPPED.fullmatch),
        "has an id",
        "have ids",
        'written as a formula (="0101"), which they are not in other files; export the column as text',
    )
    dates, filled = where(_DATE.fullmatch), where(bool)
    if len(dates) < len(filled):  # where all are dates, they may be meant
        yield from told(
            dates,
            "has a date",
            "have dates",
            "where others have ids; a spreadsheet makes such of ids like 1-3, so export the column as text",
        )
    decimals = where(_DECIMAL.fullmatch)
    if decimals and len(decimals) == len(where(_QUANTITY.fullmatch)):
        yield (
            "every id that is a number ends with '.0', because a program took them for quantities; they would not be "
            "those of other waves, so export the column as text"
        )
    yield from _alike(codes, texts, named)


def _alike(codes: np.ndarray, texts: list[str], named: bool) -> Iterable[str]:
    """A sentence for each group of ids that are one in another spelling; a group is told once."""
    ways: list[tuple[Callable[[str], str], str]] = [
        (
            _as_seen,
            "look the same and are not (blanks, full-width letters, accents apart from their letters, or characters "
            "that do not show); give them one spelling, and export again",
        ),
        (
            lambda text: text.partition(".")[0] if _DECIMAL.fullmatch(text) else text,
            "are the same number with and without '.0', which programs add to quantities; export the column as text",
        ),
    ]
    if named:
        ways.append(
            (
                spelling,
                "differ only in capitals, blanks, dashes or the form of apostrophes, so one would count as several; "
                "give them one spelling, and export again",
            )
        )
    told: set[int] = set()
    for way, words in ways:
        alike: dict[str, list[int]] = {}
        for position, text in enumerate(texts):
            if text.casefold() not in _NONE:
                alike.setdefault(way(text), []).append(position)
        # Blanks around a cell are no part of it, so one text may stand in several places.
        differ = (same for same in alike.values() if len({texts[i] for i in same}) > 1)
        groups = [same for same in differ if not told >= set(same)]
        told |= {position for same in groups for position in same}
        for same in groups[:SHOWN]:
            yield f"rows {_listed(np.flatnonzero(np.isin(codes, same)) + 1)} have ids that {words}"
        if len(groups) > SHOWN:
            yield f"{len(groups) - SHOWN:,} more such ids"


def _as_seen(text: str) -> str:
    if text.isascii():
        return squeezed(text)
    shown = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return squeezed(shown)


def _listed(rows: np.ndarray) -> str:
    named = [f"{row:,}" for row in rows[:SHOWN].tolist()]
    return ", ".join([*named, "..."]) if len(rows) > SHOWN else listed(named)
