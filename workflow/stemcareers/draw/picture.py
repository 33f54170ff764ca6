"""What a kind of figure hands over: how to lay it out, and what to say about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from stemcareers.draw.sheet import Sheet


@dataclass(frozen=True)
class Told:
    """One value of a picture in words: whose it is, and the number with its interval."""

    label: str
    value: str

    def __str__(self) -> str:
        return f"{self.label}: {self.value}"


@dataclass(frozen=True)
class Picture:
    """A figure before it has a width.

    lay      puts it on a sheet; narrow or not.
    rows     the drawn estimates in drawn order, with the words `row` and `series` in front.
    message  a sentence for those who do not see the picture.
    values   the most important values, the first ones most.
    lines    what the thin lines are; empty where there are none.
    notes    further sentences for the note.
    counted  the rows whose n the note tells, where not all.
    """

    lay: Callable[[Sheet, bool], None]
    rows: pd.DataFrame
    message: str
    values: list[Told]
    lines: str = ""
    notes: list[str] = field(default_factory=list)
    counted: pd.DataFrame | None = None
