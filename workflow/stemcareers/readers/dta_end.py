"""Whether a Stata file of the releases before 117 is whole: later ones close with a mark, these just stop.

What follows the data is labels, and readers take an early end for fewer labels. Source: Stata, "help dta_113",
"help dta_114", "help dta_115".
"""

from __future__ import annotations

import struct

KNOWN = (113, 114, 115)  # Stata 8 to 12
_SIZES = {251: 1, 252: 2, 253: 4, 254: 4, 255: 8}  # bytes of a number by its type; a smaller type is text that long


def ends_whole(content: bytes) -> bool:
    """Whether the last table of labels ends where the file does; True for releases that are not known here."""
    if content[0] not in KNOWN:
        return True
    try:
        at, order = _labels_begin(content)
        while at < len(content):
            at += 4 + 33 + 3 + struct.unpack_from(f"{order}i", content, at)[0]
    except (struct.error, IndexError):
        return False
    return at == len(content)


def _labels_begin(content: bytes) -> tuple[int, str]:
    order = ">" if content[1] == 1 else "<"
    columns, rows = struct.unpack_from(f"{order}hi", content, 4)
    types = content[109 : 109 + columns]
    form = 12 if content[0] == 113 else 49
    at = 109 + columns * (1 + 33 + form + 33 + 81) + 2 * (columns + 1)
    while True:  # notes and the like: kind, length, content; a kind of 0 ends them
        kind, length = struct.unpack_from(f"{order}bi", content, at)
        at += 5 + length
        if kind == 0:
            return at + rows * sum(_SIZES.get(kind, kind) for kind in types), order
