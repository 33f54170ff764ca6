"""A table of estimates as values a typesetter lays out."""

from __future__ import annotations

from typing import Any

from stemcareers.tabulate.grid import Grid, Row
from stemcareers.typeset.parts import Table

SMALLER = 0.88  # how wide letters of intervals are beside those of numbers


def table(id: str, grid: Grid, heading: str, note: str) -> Table:
    """The cells of a grid with their spans, and how wide its numbers are."""
    grid = grid.laid_out()
    heads = [[{"text": head.text, "span": head.span} for head in level] for level in grid.heads()]
    rows: list[dict[str, Any]] = []
    for part, group in grid.parted():
        rows += [_across("part", part)] if part else []
        rows += [_across("group", group.label)] if group.label else []
        rows += [_row("row", row) for row in group.rows]
        if not group.label and len(grid.groups) > 1:
            rows[-len(group.rows)]["style"] = "first"
    rows += [_row("foot", row) for row in grid.foot]
    return Table(id, heading, note, grid.widths(under=SMALLER), heads, rows)


def _across(style: str, words: str) -> dict[str, Any]:
    return {"style": style, "label": words, "under": "", "cells": []}


def _row(style: str, row: Row) -> dict[str, Any]:
    return {"style": style, "label": row.label, "under": row.under, "cells": [list(cell.lines) for cell in row.cells]}
