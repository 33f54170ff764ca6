"""What a printed report is made of, as plain values: chapters, sections, figures, tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Picture:
    """A figure: its file as seen from the project's folder, and the words around it."""

    id: str
    heading: str
    file: str
    alt: str
    note: str
    kind: str = "figure"


@dataclass(frozen=True)
class Table:
    """A table: header rows of words and spans; body rows with a style (part, group, row, foot), label and cells.

    widths  how many letters wide each column of numbers is.
    """

    id: str
    heading: str
    note: str
    widths: list[float]
    heads: list[list[dict[str, Any]]]
    rows: list[dict[str, Any]]
    kind: str = "table"


@dataclass(frozen=True)
class Again:
    """A figure or table that stands in the report already: it is pointed to."""

    id: str
    heading: str
    kind: str = "again"


Piece = Picture | Table | Again


@dataclass(frozen=True)
class Section:
    """A question or subject: sentences that answer it, what shows it, what to make of it, how it is known.

    listed     sentences that stand one by one below the others.
    set_apart  sentences on made-up answers, the first of which says so.
    """

    heading: str
    sentences: list[str] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    set_apart: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    meaning: str = ""
    method: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Chapter:
    """A page of the site in print.

    synthetic  whether any answer behind it is made up: it says so at the top.
    facts      one line under the title.
    found      what was found, in sentences.
    closing    how sure we are, what was withheld, what would change the result: sentences.
    page       where the site has it.
    """

    title: str
    synthetic: bool
    facts: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)
    page: str = ""


@dataclass(frozen=True)
class Study:
    """A study: what it is, its chapters, and its waves and measures as appendices."""

    id: str
    title: str
    synthetic: bool
    summary: str
    source: str
    licence: str
    chapters: list[Chapter]
    appendices: list[Section]


@dataclass(frozen=True)
class Whole:
    """The whole report.

    opening      chapters before the studies: what was found across them.
    assumptions  where, and what is assumed there.
    inputs       of each wave: study, wave, file, sha256.
    """

    title: str
    subtitle: str
    opening: list[Chapter]
    studies: list[Study]
    assumptions: list[tuple[str, list[str]]]
    inputs: list[tuple[str, str, str, str]]
    commit: str
    versions: Mapping[str, str]
    synthetic_words: str
