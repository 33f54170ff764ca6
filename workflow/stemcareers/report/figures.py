"""A figure or table on a page: drawn live from the estimates, with its words, its numbers and its files."""

from __future__ import annotations

import base64

from stemcareers.config import Figure, Labels, Table
from stemcareers.report import lineage
from stemcareers.report.fragment import Fragment, filled
from stemcareers.report.results import Results
from stemcareers.report.rows import readable

NARROW_BELOW = 600  # pixels: phones get the narrow picture


def figure(name: str, entry: Figure, results: Results, labels: Labels, confidence_level: float) -> Fragment:
    """The picture in two widths, its caption, and the drawn numbers as a table that opens."""
    from stemcareers import draw

    estimates, fits = results.of(entry.specifications)
    drawn = draw.figure(entry, estimates, fits, labels, confidence_level)
    narrow = draw.figure(entry, estimates, fits, labels, confidence_level, narrow=True)
    html = filled(
        "figure.html",
        name=name,
        heading=drawn.heading,
        caption=drawn.caption,
        alt=drawn.alt,
        wide=_data_uri(draw.svg(drawn)),
        narrow=_data_uri(draw.svg(narrow)),
        narrow_below=NARROW_BELOW,
        numbers=readable(drawn.rows, labels, confidence_level),
        specifications=_named(entry.specifications, labels),
    )
    return Fragment(html, f"Figure: {drawn.heading}\n{drawn.alt}")


def table(name: str, entry: Table, results: Results, labels: Labels, confidence_level: float) -> Fragment:
    """The table, its note, and links to what it rests on."""
    from stemcareers import tabulate

    estimates, fits = results.of(entry.specifications)
    made = tabulate.table(entry, estimates, fits, labels, confidence_level, link=lineage.of_estimate)
    html = filled(
        "table.html",
        name=name,
        table=Fragment(made.html, ""),
        note=made.note,
        specifications=_named(entry.specifications, labels),
    )
    return Fragment(html, f"Table: {entry.title}\n{made.note}")


def _named(specifications: list[str], labels: Labels) -> list[tuple[str, str]]:
    return [(name, labels.specification(name)) for name in specifications]


def _data_uri(svg: bytes | str) -> str:
    content = svg.encode("utf-8") if isinstance(svg, str) else svg
    return "data:image/svg+xml;base64," + base64.b64encode(content).decode("ascii")
