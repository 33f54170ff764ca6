"""Entries by id, with a memory of those that could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


class Shelf(dict[str, T]):
    """The entries of one kind by id, in the files' order.

    In a draft (config with faults) it also knows what may stand there without being readable, so that nobody is told
    an id is unknown when its file merely has a fault of its own.

    unreadable  ids that stand there but could not be read.
    closed      False where the file that lists the ids could not be read: any id may be meant.
    """

    def __init__(self, entries: Mapping[str, T] | None = None, unreadable: Iterable[str] = (), closed: bool = True):
        super().__init__(entries or {})
        self.unreadable = frozenset(unreadable)
        self.closed = closed

    def may_hold(self, name: str) -> bool:
        """True unless the id surely stands nowhere."""
        return name in self or name in self.unreadable or not self.closed

    def known(self) -> list[str]:
        """Every id that stands there, readable or not."""
        return [*self, *sorted(self.unreadable - set(self))]
