"""A table as LaTeX, to be taken in with `\\input`: a longtable with the rules of booktabs."""

from __future__ import annotations

import re

from stemcareers.tabulate.grid import Grid, Row
from stemcareers.tabulate.plain import line

PACKAGES = ("array", "booktabs", "longtable")
LETTERS = {
    "\0": "{}",
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "\N{MINUS SIGN}": "$-$",
    "\N{SUPERSCRIPT TWO}": r"\textsuperscript{2}",
    "\N{MULTIPLICATION SIGN}": r"$\times$",
    "\N{ALMOST EQUAL TO}": r"$\approx$",
    "\N{LESS-THAN OR EQUAL TO}": r"$\leq$",
    "\N{GREATER-THAN OR EQUAL TO}": r"$\geq$",
    "\N{RIGHTWARDS ARROW}": r"$\rightarrow$",
}
LETTER = 0.5  # em: the width of a digit, and about that of a small letter
BETWEEN = 1.3  # letters: the space beside a column
LABEL = 26  # letters that a label should have room for, before it is broken
# Sizes of numbers and of intervals, and how many letters a line of a plain article has room for.
SIZES = (
    (r"\small", r"\footnotesize", 76),
    (r"\footnotesize", r"\scriptsize", 86),
    (r"\scriptsize", r"\scriptsize", 98),
)


def text(grid: Grid, heading: str, note: str) -> str:
    """The table with its caption and note, for a document that loads `PACKAGES`.

    It runs on over pages with its header repeated. Numbers stand to the right in columns with the same number of
    decimals, so their points stand below one another; intervals stand below their numbers, in small letters. Letters
    outside Latin-1 need XeLaTeX or LuaLaTeX.
    """
    grid = grid.laid_out()
    widths = grid.widths()
    numbers = sum(widths) + BETWEEN * len(widths)
    size, small, room = next((s for s in SIZES if LABEL + numbers <= s[-1]), SIZES[-1])
    fits = LABEL + numbers <= room
    label = rf"p{{\dimexpr\linewidth-{LETTER * numbers:.2f}em\relax}}" if fits else f"p{{{LETTER * LABEL:.2f}em}}"
    columns = [rf">{{\raggedright\arraybackslash}}{label}"]
    columns += [rf">{{\raggedleft\arraybackslash}}p{{{LETTER * width:.2f}em}}" for width in widths]
    every = len(columns)
    return "\n".join(
        [
            "% Needs " + ", ".join(rf"\usepackage{{{name}}}" for name in PACKAGES) + " and UTF-8.",
            *([] if fits else ["% Wider than a page that stands: for a landscape of pdflscape, or a wider text."]),
            rf"\begingroup{size}\setlength{{\tabcolsep}}{{{BETWEEN * LETTER / 2:.3f}em}}"
            r"\setlength{\LTcapwidth}{\linewidth}",
            rf"\begin{{longtable}}{{@{{}}{''.join(columns)}@{{}}}}",
            rf"\caption{{{escaped(heading)}}}\\",
            *_head(grid),
            r"\endfirsthead",
            *_head(grid),
            r"\endhead",
            *_body(grid, every, small),
            r"\bottomrule\addlinespace",
            rf"\multicolumn{{{every}}}{{@{{}}p{{\linewidth}}@{{}}}}{{\footnotesize {escaped(note)}}}\\",
            r"\end{longtable}",
            r"\endgroup",
            "",
        ]
    )


def escaped(words: str) -> str:
    """The words as LaTeX that prints them as they are."""
    # Two of these in a row would become a dash or a quotation mark.
    apart = re.sub(r"([-,'])(?=\1)", "\\1\0", line(words))
    return "".join(LETTERS.get(letter, letter) for letter in apart)


def _head(grid: Grid) -> list[str]:
    lines = [r"\toprule"]
    rows = list(grid.heads())
    for heads in rows:
        cells, rules, place = [""], [], 2
        for head in heads:
            words = escaped(head.text)
            if head.span > 1:
                cells.append(rf"\multicolumn{{{head.span}}}{{c}}{{{words}}}")
                rules.append(rf"\cmidrule(lr){{{place}-{place + head.span - 1}}}" if words else "")
            else:
                cells.append(words)
            place += head.span
        lines.append(" & ".join(cells) + r" \\")
        lines += ["".join(rules)] if any(rules) else []
    return [*lines, r"\midrule"]


def _body(grid: Grid, every: int, small: str) -> list[str]:
    lines: list[str] = []
    for part, group in grid.parted():
        if lines:
            lines.append(r"\addlinespace")
        for words, style in ((part, r"\bfseries"), (group.label, r"\itshape")):
            if words:
                lines.append(rf"\multicolumn{{{every}}}{{@{{}}p{{\linewidth}}@{{}}}}{{{style} {escaped(words)}}}\\*")
        lines += [written for row in group.rows for written in _row(row, small)]
    if grid.foot:
        lines += [r"\midrule", *(written for row in grid.foot for written in _row(row, small))]
    return lines


def _row(row: Row, small: str) -> list[str]:
    """A row; a second line for what is written under numbers and labels."""
    cells = [escaped(cell.lines[0]) if cell.lines else "" for cell in row.cells]
    under = [escaped(cell.lines[1]) if len(cell.lines) > 1 else "" for cell in row.cells]
    lines = [" & ".join([escaped(row.label), *cells])]
    if row.under or any(under):
        lines[0] += r" \\*"
        lines.append(" & ".join(f"{small} {words}" if words else "" for words in (escaped(row.under), *under)))
    return [*lines[:-1], lines[-1] + r" \\"]
