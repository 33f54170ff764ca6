"""Words on one line, before a format escapes them."""

from __future__ import annotations

import unicodedata

CONTROL = ("Cc", "Cs", "Co", "Cn")  # no letter of any of these can be set; XML forbids most of them


def line(words: str) -> str:
    """The words without line breaks, control characters and doubled spaces."""
    kept = "".join(" " if unicodedata.category(letter) in CONTROL else letter for letter in words)
    return " ".join(kept.split())
