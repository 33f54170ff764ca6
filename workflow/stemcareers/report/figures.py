"""A figure or table on a page: drawn live from the estimates, with its words, its numbers and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from stemcareers.config import Figure, Labels, Table
from stemcareers.report import lineage, picture
from stemcareers.report.fragment import Fragment, filled
from stemcareers.report.results import Results
from stemcareers.report.rows import readable

if TYPE_CHECKING:
    from stemcareers.draw import Drawn
    from stemcareers.tabulate import Tabulated


def figure(name: str, entry: Figure, results: Results, labels: Labels, confidence_level: float) -> Fragment:
    """The picture in two widths, its caption, and the drawn numbers as a table that opens."""
    wide = drawn(entry, results, labels, confidence_level)
    narrow = drawn(entry, results, labels, confidence_level, narrow=True)
    numbers = readable(wide.rows, labels, confidence_level)
    return pictured(
        "figure.html", name, wide, narrow, numbers=numbers, specifications=_named(entry.specifications, labels)
    )


def pictured(template: str, name: str, wide: Drawn, narrow: Drawn, **more: object) -> Fragment:
    """A template filled in with a picture in two widths and the words around it."""
    from stemcareers import draw

    pictures = {"wide": picture.embedded(draw.svg(wide)), "narrow": picture.embedded(draw.svg(narrow))}
    words = {"heading": wide.heading, "caption": wide.caption, "alt": wide.alt}
    return Fragment(filled(template, name=name, **pictures, **words, **more), f"Figure: {wide.heading}\n{wide.alt}")


def drawn(entry: Figure, results: Results, labels: Labels, confidence_level: float, *, narrow: bool = False) -> Drawn:
    """What is drawn, and the words around it; nothing is rendered before a picture is asked for."""
    from stemcareers import draw

    estimates, fits = results.of(entry.specifications)
    return draw.figure(entry, estimates, fits, labels, confidence_level, narrow=narrow)


def flow(wave: str, facts: pd.DataFrame, fits: pd.DataFrame, labels: Labels) -> Fragment:
    """The flow of a wave in two widths, with links to its files."""
    from stemcareers import draw

    wide, narrow = (draw.flow(wave, facts, fits, labels, narrow=narrow) for narrow in (False, True))
    return pictured("pictured.html", wave, wide, narrow)


def table(name: str, entry: Table, results: Results, labels: Labels, confidence_level: float) -> Fragment:
    """The table, its note, and links to what it rests on."""
    from stemcareers.tabulate import html as as_html

    made = tabulated(entry, results, labels, confidence_level)
    html = filled(
        "table.html",
        name=name,
        title=entry.title,
        table=Fragment(as_html.text(made.grid, made.heading, lineage.of_estimate), ""),
        note=made.note,
        specifications=_named(entry.specifications, labels),
    )
    return Fragment(html, f"Table: {entry.title}\n{made.note}")


def tabulated(entry: Table, results: Results, labels: Labels, confidence_level: float) -> Tabulated:
    """The cells of a table, and the words around it."""
    from stemcareers import tabulate

    estimates, fits = results.of(entry.specifications)
    return tabulate.table(entry, estimates, fits, labels, confidence_level)


def _named(specifications: list[str], labels: Labels) -> list[tuple[str, str]]:
    return [(name, labels.specification(name)) for name in specifications]
