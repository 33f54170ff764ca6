"""Where each row of the estimates is shown: read back from the finished pages, by the links their numbers carry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from stemcareers.config.published import ESTIMATED_AS
from stemcareers.report import lineage
from stemcareers.report.synthesis import Synthesis
from stemcareers.site import layout
from stemcareers.site.shown import Shown

ROW = r'href="(?:lineage|waves)/[^"#]+#(?P<row>row-[0-9a-f]+)"'
PLACE = r'id="(?P<kind>figure|table)-(?P<id>[a-z0-9-]+)"|<section class="question" id="(?P<asks>[a-z0-9_]+)"'
PART = r'id="(?P<part>(?:item|scale|flow|exclusions|weighting|refused)-[^"]+)"'
SEEN = re.compile(rf"{ROW}|{PLACE}|(?P<end></figure>)|{PART}")


class Place(NamedTuple):
    """Where a number is shown: as what, in words, and the link as seen from the study's folder."""

    kind: str
    words: str
    link: str


def places(shown: Shown, front: str = "", across: Synthesis | None = None) -> dict[str, list[Place]]:
    """By row id, where it stands: figures, tables and sentences of pages, and the list of published numbers.

    front   the front page, which tells what was found.
    across  the page across all studies, whose evidence are rows, each or averaged.
    """
    found: dict[str, dict[Place, None]] = {}
    for name in shown.config.reports:
        path = shown.root / "results" / "site" / shown.config.id / f"{name}.html"
        if path.is_file():
            for row, place in _on_page(shown, name, path):
                found.setdefault(row, {})[place] = None
    for row, place in (*_published(shown), *_in_front(shown, front), *_across(shown, across)):
        found.setdefault(row, {})[place] = None
    return {row: list(at) for row, at in found.items()}


def row_of_published(row: pd.Series) -> dict[str, str]:
    """The key of the estimates row that a published number is held against."""
    quantity = ESTIMATED_AS.get(row["quantity"], row["quantity"])
    key = {"outcome": row["item"] or "responses", "quantity": quantity}
    return {**key, **{name: row[name] for name in ("specification", "sample", "term", "level")}}


def _on_page(shown: Shown, name: str, path: Path) -> Iterator[tuple[str, Place]]:
    title = shown.config.reports[name].title
    section, within = ("", "Text", f"{title}: what was found"), None
    for match in SEEN.finditer(path.read_text(encoding="utf-8")):
        if match["row"]:
            anchor, kind, words = within or section
            yield match["row"], Place(kind, words, f"{name}.html" + (f"#{anchor}" if anchor else ""))
        elif match["kind"]:
            kind, entry = match["kind"].capitalize(), _entry(shown, match["kind"], match["id"])
            within = (f"{match['kind']}-{match['id']}", kind, f"{title}: {entry}")
        elif match["asks"]:
            question = shown.config.study.asks.get(match["asks"], match["asks"])
            section, within = (match["asks"], "Text", f"{title}: {unescape(question)}"), None
        elif match["part"]:
            section, within = (match["part"], "Page", title), None
        else:
            within = None


def _entry(shown: Shown, kind: str, name: str) -> str:
    entries = shown.config.figures if kind == "figure" else shown.config.tables
    return f"{kind} '{entries[name].title}'" if name in entries else kind


def _published(shown: Shown) -> Iterator[tuple[str, Place]]:
    if shown.config.published:
        for row in shown.compared.to_dict("records"):
            if row["specification"]:
                place = Place("Published", "Published against rebuilt", f"published.html#number-{row['id']}")
                yield lineage.row_id(row_of_published(row)), place


def _in_front(shown: Shown, front: str) -> Iterator[tuple[str, Place]]:
    place = Place("Front page", "Front page: what was found", f"../index.html#{shown.config.id}")
    for match in re.finditer(rf'href="{re.escape(shown.config.id)}/(?:lineage|waves)/[^"#]+#(row-[0-9a-f]+)"', front):
        yield match[1], place


def _across(shown: Shown, across: Synthesis | None) -> Iterator[tuple[str, Place]]:
    """Every row of the study's that is evidence on a feature: told, drawn, or one of those averaged."""
    if across is not None:
        its = across.evidence[across.evidence["study"].eq(shown.config.id) & across.evidence["kind"].eq("estimate")]
        for row in its.to_dict("records"):
            words = f"{across.entry.title}: {across.entry.features[row['feature']].title}"
            yield lineage.row_id(row), Place("Synthesis", words, f"../{layout.SYNTHESIS}#{row['feature']}")
