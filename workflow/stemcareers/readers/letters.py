"""The letters in files that hold more than text: spoilt ones, plain ones, and the names of encodings."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping

import numpy as np

from stemcareers.errors import Problem
from stemcareers.readers.records import MOJIBAKE
from stemcareers.readers.table import Table

LOST = "\N{REPLACEMENT CHARACTER}"


def refuse_spoilt_text(table: Table) -> None:
    """Raise a Problem naming every column whose text was read as another encoding before it was exported."""
    known = {*table.wordings.values(), *(label for labels in table.labels.values() for label in labels.values())}
    wrong = ["the labels hold"] if any(MOJIBAKE.search(text) for text in known if not text.isascii()) else []
    for column, cells in table.cells.items():
        if cells.dtype == np.dtype(object) and any(
            MOJIBAKE.search(text) for text in set(cells.tolist()) if isinstance(text, str) and not text.isascii()
        ):
            wrong.append(f"'{column}' holds")
    if wrong:
        raise Problem(
            table.path,
            *(
                f"{holder} letters that were spoilt when UTF-8 was read as another encoding; "
                "the fault is in the file, so export it again as UTF-8"
                for holder in wrong
            ),
        )


def lost_letters(table: Table) -> list[str]:
    """A sentence for each column with the sign that programs put where they could not read a letter."""
    said = []
    for column, cells in table.cells.items():
        if cells.dtype != np.dtype(object):
            continue
        odd = sum(isinstance(text, str) and LOST in text for text in cells.tolist())
        if odd:
            said.append(
                f"'{column}' has letters in {odd:,} {'cell' if odd == 1 else 'cells'} that were lost before the export "
                "(the sign U+FFFD stands for them); where they matter, export again as UTF-8"
            )
    return said


def half_letters(raw: Mapping[str, np.ndarray]) -> list[str]:
    """A sentence for each column whose texts end within a letter: cut off by a column too narrow, or no UTF-8 at all.

    raw   the texts as read in Latin-1, so that each letter is a byte of the file; a text that is UTF-8 elsewhere
          was read without its last letter.
    """
    said = []
    for column, texts in raw.items():
        odd = sum(1 for text in texts.tolist() if isinstance(text, str) and not text.isascii() and _ends_within(text))
        if odd:
            said.append(
                f"'{column}' has {odd:,} {'text that ends' if odd == 1 else 'texts that end'} within a letter, which "
                "is lost; was the column too narrow, or is the text not UTF-8?"
            )
    return said


def _ends_within(text: str) -> bool:
    try:
        text.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    except UnicodeEncodeError:
        return False
    return False


def is_plain(table: Table) -> bool:
    """Whether all text in a table, with names and labels, is ASCII, so that its encoding does not matter."""
    labels = (label for labels in table.labels.values() for label in labels.values())
    if not all(text.isascii() for text in [*table.columns, *table.wordings.values(), *labels]):
        return False
    columns = (set(cells.tolist()) for cells in table.cells.values() if cells.dtype == np.dtype(object))
    return all(text.isascii() for texts in columns for text in texts if isinstance(text, str))


def iconv_name(encoding: str) -> str:
    """The name under which iconv, that pyreadstat asks, knows an encoding of Python: 'latin-1' is ISO-8859-1."""
    name = codecs.lookup(encoding).name
    found = re.fullmatch(r"iso8859-(\d+)", name)
    return f"ISO-8859-{found[1]}" if found else {"mac-roman": "MACINTOSH"}.get(name, name.upper())
