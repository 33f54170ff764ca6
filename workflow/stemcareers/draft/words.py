"""How drafted files are written: plain yaml and csv, every text quoted that needs it, every doubt a comment."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from stemcareers.config.checks.vocabulary import TAKEN
from stemcareers.config.plain import is_column_id

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_. -]*[A-Za-z0-9_]|[A-Za-z_]")
_NO_WORDS = ("true", "false", "null")  # what plain yaml takes them for
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
REVIEW = "  # review: "
LONGEST = 40


def text(value: object) -> str:
    """A value as yaml: a whole number or a plain word as it stands, anything else in double quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    words = " ".join(str(value).split())
    plain = _PLAIN.fullmatch(words) and ": " not in words and words not in _NO_WORDS
    return words if plain else json.dumps(words, ensure_ascii=False)


def is_whole(value: str) -> bool:
    """Whether a code is a whole number, in plain digits and without leading zeros."""
    return bool(_WHOLE.fullmatch(value))


def code(value: str) -> str:
    """A code as yaml: a whole number as it stands."""
    return value if is_whole(value) else text(value)


def flow(entries: Mapping[str, object]) -> str:
    """A mapping on one line; its keys and values are yaml already. Values that are None are left empty."""
    return "{" + ", ".join(f"{key}: {'' if value is None else value}" for key, value in entries.items()) + "}"


def comment(lines: Iterable[str]) -> str:
    """Lines of a file that say something to the person alone."""
    return "".join(f"# {' '.join(line.split())}\n" for line in lines)


def item_id(words: str, column: str, taken: set[str]) -> str:
    """An id that is free, from the first words of a question, or from the column's name."""
    for source in (words, column, "q " + column):
        parts = re.findall(r"[a-z0-9]+", source.lower())
        name = ""
        for part in parts:
            if len(name) + len(part) >= LONGEST:
                break
            name = f"{name}_{part}" if name else part
        if is_column_id(name) and name not in (*TAKEN, *_NO_WORDS) and not name.startswith(("export_", "replicate_")):
            break
    else:
        name = "question"
    free, times = name, 1
    while free in taken:
        times += 1
        free = f"{name}_{times}"
    taken.add(free)
    return free
