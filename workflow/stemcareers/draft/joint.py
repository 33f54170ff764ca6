"""Columns in which several choices stand in one cell: seen by what their cells have in common."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from stemcareers.draft.columns import ASKS_WORDS, QUOTED_FROM, Column
from stemcareers.readers.table import Table

BETWEEN = (";", ",", "|")
MOST_CHOICES, LONGEST = 15, 80
MADE_OF_THEM, SEVERAL = 0.8, 0.1  # the shares of cells made of choices that several ticked, and of two choices or more
_CODE, _BELOW = re.compile(r"\d{1,2}"), re.compile(r"-\d+")


def joined(table: Table, columns: list[Column]) -> dict[str, dict[str, Any]]:
    """`export.joined` as drafted: column: its choices, and the sign between them where it is no comma.

    Choices that fewer than three ticked are not written down.
    """
    found = {}
    for column in columns:
        name = column.name
        if column.holds not in {"text", "categories"} or ASKS_WORDS.fullmatch(column.wording) or name in table.choices:
            continue
        codes, texts = table.distinct(name)
        counts = dict.fromkeys(texts, 0)
        for code in codes.tolist():
            counts[texts[code]] += 1
        counts.pop("", None)
        if its := _joined(counts):
            found[name] = its
    return found


def _joined(counts: dict[str, int]) -> dict[str, Any] | None:
    for sign in BETWEEN:
        cells = {text: _parts(text, sign) for text in counts}
        cells = _put_together(cells, counts) if sign == "," else cells
        if choices := _choices(cells, counts):
            between = {} if sign == "," else {"between": sign}
            return {"choices": choices, **between}
    return None


def _parts(text: str, sign: str) -> list[str]:
    return [part for part in (" ".join(part.split()) for part in text.strip(sign + " ").split(sign)) if part]


def _choices(cells: dict[str, list[str]], counts: dict[str, int]) -> dict[int, str]:
    """Code: words of the choices that the cells are made of; empty where they are not made of any."""
    n = sum(counts.values())
    times: Counter[str] = Counter()
    for text, parts in cells.items():
        times.update(dict.fromkeys(parts, counts[text]))
    told = [part for part, often in times.items() if often >= QUOTED_FROM]
    answers = [part for part in told if not _BELOW.fullmatch(part)]
    whole = sum(counts[text] for text, parts in cells.items() if set(parts) <= set(told))
    several = sum(counts[text] for text, parts in cells.items() if len(parts) > 1)
    if not (
        2 <= len(answers) <= MOST_CHOICES
        and whole >= MADE_OF_THEM * n
        and several >= max(QUOTED_FROM, SEVERAL * n)
        and max(map(len, answers)) <= LONGEST
        and all(len(set(parts)) == len(parts) for parts in cells.values())
        and len(cells) > len(answers)  # choices are ticked together in many ways, and words of one sentence in one
    ):
        return {}
    coded = all(_CODE.fullmatch(part) for part in answers)
    if coded and not _are_codes(list(cells.values())):
        return {}
    numbers = {part: int(part) for part in told} if coded else {}
    below = {part: int(part) for part in told if _BELOW.fullmatch(part)}
    words = {part: place for place, part in enumerate(sorted(answers), start=1)}
    return dict(sorted((code, part) for part, code in {**(numbers or words), **below}.items()))


def _are_codes(cells: list[list[str]]) -> bool:
    """Whether parts that are numbers are codes of choices, each larger than the one before: '2,5' alone is a number."""
    longest = max(map(len, cells))
    given = [[int(part) for part in parts] for parts in cells]
    return longest > 2 and all(parts == sorted(parts) for parts in given)


def _put_together(cells: dict[str, list[str]], counts: dict[str, int]) -> dict[str, list[str]]:
    """The parts with those joined again that never stand apart: 'Money, or staff' is one choice."""
    while True:
        single: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for text, parts in cells.items():
            single.update(dict.fromkeys(parts, counts[text]))
            pairs.update(dict.fromkeys(zip(parts, parts[1:], strict=False), counts[text]))
        always = next(((a, b) for (a, b), n in pairs.items() if n == single[a] == single[b] and b[:1].islower()), None)
        if always is None:
            return cells
        cells = {text: _joined_again(parts, *always) for text, parts in cells.items()}


def _joined_again(parts: list[str], first: str, second: str) -> list[str]:
    found: list[str] = []
    for part in parts:
        if found and found[-1] == first and part == second:
            found[-1] = f"{first}, {second}"
        else:
            found.append(part)
    return found
