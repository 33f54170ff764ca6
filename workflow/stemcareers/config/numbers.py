"""How an export writes its numbers: decimal sign, thousands, and signs that only look like digits or a minus.

Nothing is guessed: what is not written as the wave file declares is no number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

PER_CENT = {"%", "per cent", "percent", "percentage"}  # the units whose numbers may be written with a % sign
_THOUSANDS = {".": r"\.", ",": ",", "space": "[ \u00a0\u202f\u2009]", "apostrophe": "['\u2019]"}
_MINUS = "\u2212"
_FULL_WIDTH = str.maketrans({chr(0xFF10 + digit): str(digit) for digit in range(10)})


@dataclass(frozen=True)
class Written:
    """How numbers are written.

    decimal    the decimal sign, '.' or ','.
    thousands  what stands between thousands ('.', ',', 'space', 'apostrophe'), or None.
    signs      what else is read: 'percent' (where the unit is per cent), 'minus' (U+2212), 'full_width' digits.
    """

    decimal: str = "."
    thousands: str | None = None
    signs: frozenset[str] = frozenset()

    def number(self, text: str, unit: str | None = None) -> float | None:
        """The number that a text is; None where it is none, or not written as declared."""
        plain = self.plain(text, unit)
        return None if plain is None else float(plain)

    def plain(self, text: str, unit: str | None = None) -> str | None:
        """The number as digits with a decimal point; None as for `number`."""
        text = text.strip()
        if "full_width" in self.signs:
            text = text.translate(_FULL_WIDTH)
        if "minus" in self.signs and text.startswith(_MINUS):
            text = f"-{text[1:]}"
        if "percent" in self.signs and text.endswith("%") and (unit or "").strip().casefold() in PER_CENT:
            text = text[:-1].rstrip()
        match = self._pattern.fullmatch(text)
        if match is None:
            return None
        whole = re.sub("[^0-9]", "", match["whole"]) if match["whole"] else "0"
        part = match["part"] or match["only_part"]
        return f"{match['minus']}{whole}.{part}" if part else f"{match['minus']}{whole}"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        decimal = re.escape(self.decimal)
        grouped = f"|[0-9]{{1,3}}(?:{_THOUSANDS[self.thousands]}[0-9]{{3}})+" if self.thousands else ""
        return re.compile(
            rf"(?P<minus>-?)(?:(?P<whole>[0-9]+{grouped})(?:{decimal}(?P<part>[0-9]+))?|{decimal}(?P<only_part>[0-9]+))"
        )


PLAIN = Written()
