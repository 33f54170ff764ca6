"""A table as html. Nothing is let through unescaped."""

from __future__ import annotations

from html import escape

from stemcareers.tabulate.grid import Cell, Column, Grid, Group, Link, Row


def text(grid: Grid, caption: str, link: Link | None = None) -> str:
    """A `<table>` with caption, and headers with their scope; each number is a link where `link` gives one."""
    grid = grid.laid_out()
    body = "".join(_part(part, grid) + _group(group, grid, link) for part, group in grid.parted())
    foot = "".join(_row(row, grid.columns, link) for row in grid.foot)
    foot = f"<tfoot>\n{foot}</tfoot>\n" if foot else ""
    return (
        f'<table class="estimates">\n<caption>{escape(caption)}</caption>\n'
        f"<thead>\n{_head(grid)}</thead>\n{body}{foot}</table>\n"
    )


def _head(grid: Grid) -> str:
    lines = []
    for heads in grid.heads():
        cells = ["<td></td>"]
        for head in heads:
            scope = "colgroup" if head.span > 1 else "col"
            wide = f' colspan="{head.span}"' if head.span > 1 else ""
            kind = ' class="number n"' if head.n else ' class="number"'
            cells.append(
                f'<th scope="{scope}"{wide}{kind}>{escape(head.text)}</th>' if head.text else f"<td{wide}></td>"
            )
        lines.append(f"<tr>{''.join(cells)}</tr>\n")
    return "".join(lines)


def _part(part: str, grid: Grid) -> str:
    """The heading over several groups, in a body of its own."""
    return f'<tbody class="part">\n{_across("part", part, grid)}</tbody>\n' if part else ""


def _group(group: Group, grid: Grid, link: Link | None) -> str:
    rows = "".join(_row(row, grid.columns, link) for row in group.rows)
    if not group.label:
        return f"<tbody>\n{rows}</tbody>\n"
    return f'<tbody class="group">\n{_across("group", group.label, grid)}{rows}</tbody>\n'


def _across(kind: str, words: str, grid: Grid) -> str:
    wide = len(grid.columns) + 1
    return f'<tr class="{kind}"><th scope="rowgroup" colspan="{wide}">{escape(words)}</th></tr>\n'


def _row(row: Row, columns: list[Column], link: Link | None) -> str:
    under = f'<br><span class="unit">{escape(row.under)}</span>' if row.under else ""
    cells = "".join(_cell(cell, column, link) for cell, column in zip(row.cells, columns, strict=True))
    return f'<tr><th scope="row">{escape(row.label)}{under}</th>{cells}</tr>\n'


def _cell(cell: Cell, column: Column, link: Link | None) -> str:
    kind = "number n" if column.n else "number"
    leads = link(cell.record) if link is not None and cell.record and not column.n else ""
    if cell.withheld:
        return f'<td class="{kind} withheld" title="{escape(cell.withheld)}">{_linked(cell.shown, leads)}</td>'
    second = f'<br><span class="interval">{escape(cell.second)}</span>' if cell.second else ""
    return f'<td class="{kind}">{_linked(escape(cell.text), leads)}{second}</td>'


def _linked(html: str, leads: str) -> str:
    return f'<a href="{escape(leads)}">{html}</a>' if leads and html else html
