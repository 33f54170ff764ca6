"""A table as markdown: a pipe table as GitHub, pandoc and Jupyter read it."""

from __future__ import annotations

import re

from stemcareers.tabulate.grid import Grid, Row
from stemcareers.tabulate.plain import line

# What could begin markup, html, mathematics or a link of its own: behind a backslash each is itself.
SPECIAL = re.compile(r"([\\`*_\[\]|~$^@]|:(?=/)|(?<=www)\.|-(?=-)|(?<=-)-)", re.IGNORECASE)


def text(grid: Grid, heading: str, note: str) -> str:
    """The heading in bold, the table, the note.

    A pipe table has one row of headers and cells of one line: heads are joined, `Nation 1: Share`, and an interval
    stands behind its number, in brackets. Headings of groups are rows in bold without numbers.
    """
    wide = len(grid.columns)
    lines = [_row(["", *(escaped(column.name) for column in grid.columns)]), _row([":---", *(["---:"] * wide)])]
    for part, group in grid.parted():
        for words in filter(None, (part, group.label)):
            lines.append(_row([f"**{escaped(words)}**", *([""] * wide)]))
        lines += map(_cells, group.rows)
    lines += map(_cells, grid.foot)
    return "\n".join([f"**{escaped(heading)}**", "", *lines, "", escaped(note), ""])


def escaped(words: str) -> str:
    """The words as markdown that shows them as they are."""
    safe = line(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    safe = SPECIAL.sub(r"\\\1", safe)
    # At the start of a line these would begin a list or a heading.
    return re.sub(r"^(?:([-+#])(?=[ #])|(\d+)(?=[.)] ))", lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\", safe)


def _cells(row: Row) -> str:
    label = f"{row.label} ({row.under})" if row.under else row.label
    return _row([escaped(label), *(escaped(cell.shown) for cell in row.cells)])


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
