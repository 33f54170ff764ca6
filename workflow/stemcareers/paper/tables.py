"""A table of estimates as values a typesetter lays out."""

from __future__ import annotations

from typing import Any

from stemcareers.paper.parts import Table
from stemcareers.tabulate.grid import Cell, Column, Grid, Row


SMALLER, BOLD = 0.88, 1.1  # how wide letters of intervals and of heads are beside those of numbers


def table(grid: Grid, heading: str, note: str) -> Table:
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
    widths = [_letters(column, place, grid) for place, column in enumerate(grid.columns)]
    return Table(heading, note, widths, heads, rows)


def _across(style: str, words: str) -> dict[str, Any]:
    return {"style": style, "label": words, "under": "", "cells": []}


def _row(style: str, row: Row) -> dict[str, Any]:
    return {"style": style, "label": row.label, "under": row.under, "cells": [list(cell.lines) for cell in row.cells]}


def _letters(column: Column, place: int, grid: Grid) -> float:
    """As wide as the longest number, the longest interval in its smaller letters, and the longest word of a head."""
    cells: list[Cell] = [row.cells[place] for group in grid.groups for row in group.rows]
    cells += [row.cells[place] for row in grid.foot]
    lines = [len(line) * (SMALLER if under else 1) for cell in cells for under, line in enumerate(cell.lines)]
    words = [len(word) * BOLD for word in column.heads[-1].split()]
    return round(max([*lines, *words], default=0) + 0.5, 1)
