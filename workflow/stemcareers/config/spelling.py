"""Words as they are meant: without what does not show, and what two spellings of them have in common."""

from __future__ import annotations

import unicodedata

_FORMS = str.maketrans({**dict.fromkeys("\u2018\u2019\u02bc\u00b4`", "'"), **dict.fromkeys("\u201c\u201d", '"')})
_FORMS |= dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212"), "-")


def tidy(text: str) -> str:
    """The text on one line, with single blanks and none around it, without characters that do not show."""
    flat = " ".join(text.split())
    return flat if flat.isprintable() else "".join(c for c in flat if c.isprintable() or c == " ").strip()


def spelling(text: str) -> str:
    """The text without what programs and people change and nobody means: capitals, the form of apostrophes and dashes,
    full-width letters, accents apart from their letters, characters that do not show, blanks."""
    bare = text.translate(_FORMS)
    bare = bare if bare.isascii() else unicodedata.normalize("NFKC", bare)
    shown = (c for c in bare if c.isascii() or unicodedata.category(c) != "Cf")
    return " ".join("".join(shown).split()).casefold()
