"""What the dictionary of an SPSS file says before its data: how many cases, in which encoding.

Source: the PSPP developers' guide, "System File Format".
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

UNCOMPRESSED, PACKED, UNKNOWN = 0, 2, -1
OF_TEXT = (1, 2)  # the formats A and AHEX
NAMED_PAGES = 437  # character codes from here on are code pages; 2 and 3 only say "ASCII" and "more than ASCII"


@dataclass(frozen=True)
class SavHeader:
    """cases: as counted in the header, -1 where it is silent. surplus: bytes after them (uncompressed files only)."""

    cases: int
    surplus: int
    says_encoding: bool


def sav_header(path: Path) -> SavHeader | None:
    """The header of a .sav or .zsav file, or None where its records do not follow each other as they must."""
    content = path.read_bytes()
    try:
        return _Walk(content).header()
    except (struct.error, ValueError, IndexError):
        return None


class _Walk:
    """Goes from record to record; none is understood further than the answer needs."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.at = 64
        self.order = "<"
        if self._numbers(1)[0] not in (2, 3):
            self.at, self.order = 64, ">"
            if self._numbers(1)[0] not in (2, 3):
                raise ValueError("neither byte order")

    def header(self) -> SavHeader:
        _, compression, _, cases = self._numbers(4)
        if compression not in (0, 1, 2) or cases < UNKNOWN:
            raise ValueError("no such compression or count")
        self.at = 176
        widths: list[int] = []
        says_encoding = False
        while (record := self._numbers(1)[0]) != 999:
            if record == 2:
                widths.append(self._variable())
            elif record == 3:
                self._labels()
            elif record == 4:
                self._labelled(widths)
            elif record == 6:
                self._skip(80)
            elif record == 7:
                says_encoding |= self._extension()
            else:
                raise ValueError("an unknown record")
        self.at += 4
        _refuse_gaps(widths)
        if compression != PACKED and cases * len(widths) > len(self.content):
            raise ValueError("more cases than could be there in a byte a cell")
        left = len(self.content) - self.at - max(cases, 0) * len(widths) * 8
        known = compression == UNCOMPRESSED and cases >= 0
        return SavHeader(cases, max(left, 0) if known else 0, says_encoding)

    def _skip(self, size: int) -> None:
        (count,) = self._numbers(1)
        if count < 0:
            raise ValueError("no such count")
        self.at += size * count

    def _labelled(self, widths: list[int]) -> None:
        # ReadStat takes these numbers on trust, and ends the whole program where they name no variable.
        (count,) = self._numbers(1)
        if not 0 < count <= len(widths):
            raise ValueError("no such count")
        if any(not 0 < place <= len(widths) or widths[place - 1] < 0 for place in self._numbers(count)):
            raise ValueError("labels of no variable")

    def _variable(self) -> int:
        width, has_label, n_missing, *formats = self._numbers(5)
        if not -1 <= width <= 255 or has_label not in (0, 1) or not -3 <= n_missing <= 3:
            raise ValueError("no such variable")
        if width >= 0 and any((form >> 16 & 255 in OF_TEXT) != (width > 0) for form in formats):
            raise ValueError("a number shown as text, or a text as a number")
        self.at += 8
        if has_label:
            length = self._numbers(1)[0]
            if not 0 <= length <= 65_535:
                raise ValueError("no such label")
            self.at += length + -length % 4
        self.at += 8 * abs(n_missing)
        return width

    def _labels(self) -> None:
        for _ in range(self._numbers(1)[0]):
            self.at += 8
            length = self.content[self.at]
            self.at += 1 + length + -(length + 1) % 8

    def _extension(self) -> bool:
        kind, size, count = self._numbers(3)
        if size < 0 or count < 0:
            raise ValueError("no such extension")
        names = kind == 20
        if kind == 3 and count >= 8:
            names = struct.unpack_from(f"{self.order}8i", self.content, self.at)[7] >= NAMED_PAGES
        self.at += size * count
        if self.at > len(self.content):
            raise ValueError("an extension beyond the end")
        return names

    def _numbers(self, count: int) -> tuple[int, ...]:
        found = struct.unpack_from(f"{self.order}{count}i", self.content, self.at)
        self.at += 4 * count
        return found


def _refuse_gaps(widths: list[int]) -> None:
    """A ValueError where a text has not the records of 8 bytes that its width needs, or more."""
    at = 0
    while at < len(widths):
        needed = max(1, -(-widths[at] // 8))
        if widths[at] < 0 or any(width != -1 for width in widths[at + 1 : at + needed]) or at + needed > len(widths):
            raise ValueError("a text that is not as wide as it says")
        at += needed
