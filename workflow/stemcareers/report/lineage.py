"""Where a printed number comes from: the page of its specification or wave, and its row there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

KEY = ("specification", "sample", "outcome", "quantity", "term", "level")
DIGITS = 10  # of sha256: a page would need a million rows before two of them are likely to share an id


def row_id(row: Mapping[str, Any]) -> str:
    """The id of an estimates row on its page: `row-` and the first digits of the sha256 of its key.

    The same in every run and on every machine, and as long as the row means the same.
    """
    key = "\x1f".join(str(row[name]) for name in KEY)
    return f"row-{hashlib.sha256(key.encode('utf-8')).hexdigest()[:DIGITS]}"


def page_of(specification: str) -> str:
    """The page of a specification, below its study's folder."""
    return f"lineage/{specification}.html"


def page_of_wave(wave: str) -> str:
    """The page of a wave's own numbers: flow, answers, reliability, weighting."""
    return f"waves/{wave}.html"


def of_estimate(row: Mapping[str, Any]) -> str:
    """Where the row of a specification stands, below its study's folder."""
    return f"{page_of(row['specification'])}#{row_id(row)}"


def of_fact(row: Mapping[str, Any]) -> str:
    """Where a fact of a wave stands, below its study's folder."""
    return f"{page_of_wave(str(row['sample']).removeprefix('wave='))}#{row_id(row)}"
