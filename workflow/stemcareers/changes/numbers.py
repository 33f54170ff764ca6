"""Estimates of two runs, row by row: which are added, removed, or changed beyond rounding."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from stemcareers.contracts import ESTIMATES, NUMBERS

WORDS = ("unit", "role", "synthetic", "withheld")
ROUNDING = 1e-8  # nine significant digits are written: one step of the last is no change
ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True)
class Change:
    """A row of estimates that is not what it was.

    key   its columns that say which number it is.
    file  the result it stands in.
    old, new  its other columns as they were written; empty where the row is not there.
    differs   the columns that changed.
    """

    key: dict[str, str]
    file: str
    kind: str
    old: dict[str, str]
    new: dict[str, str]
    differs: tuple[str, ...] = ()

    @property
    def difference(self) -> float | None:
        """New estimate less old; None where either is missing."""
        old, new = number(self.old.get("estimate", "")), number(self.new.get("estimate", ""))
        return None if old is None or new is None else new - old

    @property
    def in_errors(self) -> float | None:
        """The difference in standard errors of the old estimate; None without one."""
        error = number(self.old.get("std_error", ""))
        return None if self.difference is None or not error else self.difference / error


def changes(old: pd.DataFrame, new: pd.DataFrame) -> tuple[list[Change], int]:
    """Every row that is not what it was, in the order of files and keys; and how many are the same."""
    before, after = _by_key(old), _by_key(new)
    found, same = [], 0
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key, {}), after.get(key, {})
        differs = tuple(c for c in (*NUMBERS, *WORDS) if _differs(c, was, now)) if was and now else ()
        if was and now and not differs:
            same += 1
            continue
        kind = CHANGED if was and now else ADDED if now else REMOVED
        named = dict(zip(ESTIMATES.key, key[1:], strict=True))
        found.append(Change(named, key[0], kind, _without(was), _without(now), differs))
    return found, same


def number(text: str) -> float | None:
    """A number as it was written; None for what is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _by_key(table: pd.DataFrame) -> dict[tuple[str, ...], dict[str, str]]:
    names = ["file", *ESTIMATES.key]
    return {tuple(row[name] for name in names): row for row in table.to_dict("records")}


def _without(row: dict[str, str]) -> dict[str, str]:
    return {name: row.get(name, "") for name in (*NUMBERS, *WORDS)} if row else {}


def _differs(column: str, was: dict[str, str], now: dict[str, str]) -> bool:
    one, other = was.get(column, ""), now.get(column, "")
    first, second = number(one), number(other)
    if one == other or column in WORDS or first is None or second is None:
        return one != other
    # An estimate that is zero but for noise is held to its error.
    error = number(was.get("std_error", "")) if column in {"estimate", "ci_low", "ci_high"} else None
    return abs(first - second) > ROUNDING * max(abs(first), abs(second), error or 0.0)
