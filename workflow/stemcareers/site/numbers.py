"""Rows of the estimates as the lineage shows them: every column in words, each row under its own id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from stemcareers import wording
from stemcareers.config import Labels
from stemcareers.config.exclusions import exclusion_of
from stemcareers.contracts import OF_EXCLUSIONS
from stemcareers.report import lineage
from stemcareers.report.measures import ANSWERED, MISSING, REASONS
from stemcareers.site.shown_at import Place

COLUMNS = {"sample": "Sample", "outcome": "Outcome", "term": "Question or scale", "level": "Answer or category"}


Row = Mapping[str, Any]


def columns(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """The columns of words that tell the rows apart: the term's, and others that vary."""
    same = all(row["outcome"] == row["term"] for row in rows)
    varying = {key for key in COLUMNS if len({row[key] for row in rows}) > 1} - ({"outcome"} if same else set())
    return [(key, words) for key, words in COLUMNS.items() if key == "term" or key in varying]


def told(rows: Sequence[Row], labels: Labels, shown_at: Mapping[str, list[Place]]) -> list[dict[str, Any]]:
    """One mapping a row: id, words, number, interval, df, p, n, schools, unit, and where it is shown."""
    return [_told(row, labels, shown_at) for row in rows]


def _told(row: Row, labels: Labels, shown_at: Mapping[str, list[Place]]) -> dict[str, Any]:
    name = lineage.row_id(row)
    kind = (str(row["quantity"]), str(row["unit"]))
    hidden = bool(row["withheld"])
    mark = wording.mark(str(row["withheld"])) if hidden else ""
    known = not hidden and pd.notna(row["estimate"])
    return {
        "id": name,
        "sample": labels.sample(row["sample"]) if row["sample"] != "all" else "All",
        "outcome": labels.term(row["outcome"]),
        "term": labels.term(row["term"]),
        "level": level(row, labels),
        "quantity": wording.QUANTITIES.get(kind[0], kind[0].replace("_", " ").capitalize()),
        "estimate": wording.amount(*kind, float(row["estimate"])) if known else mark,
        "value": f"{float(row['estimate']):.9g}" if known else "",
        "interval": "" if hidden else wording.interval(*kind, float(row["ci_low"]), float(row["ci_high"])),
        "df": _whole(row["df"]),
        "p": _p(row),
        "n": "" if pd.isna(row["n"]) else wording.count(int(row["n"])),
        "schools": "" if pd.isna(row["n_schools"]) else wording.count(int(row["n_schools"])),
        "unit": row["unit"],
        "withheld": wording.withheld(str(row["withheld"])) if hidden else "",
        "places": shown_at.get(name, []),
    }


def level(row: Row, labels: Labels) -> str:
    """The category of a row in words."""
    given = str(row["level"])
    if given.startswith(MISSING):
        return REASONS[given.removeprefix(MISSING)]
    if given == ANSWERED:
        return "a number was given"
    if row["quantity"] in OF_EXCLUSIONS:
        exclusion, category = exclusion_of(given)
        wave = labels.config.waves[exclusion.wave].title
        named = f"{labels.level(str(row['term']), category)}; " if category else ""
        return f"{named}{exclusion.reason} ({wave})"
    if labels.is_grid(str(row["specification"])):
        return labels.variant(str(row["specification"]), given) if "=" in given else given.replace("_", " ")
    return labels.level(str(row["term"]), given)


def _whole(df: float) -> str:
    if pd.isna(df):
        return ""
    return wording.count(df) if float(df).is_integer() else wording.decimal(float(df), 1)


def _p(row: Row) -> str:
    if pd.isna(row["p_value"]):
        return ""
    told = [_number(float(row["p_value"]))]
    if pd.notna(row["p_adjusted"]):
        told.append(f"adjusted {_number(float(row['p_adjusted']))}")
    return ", ".join(told)


def _number(p: float) -> str:
    return wording.p_value(p).removeprefix("p ").removeprefix("= ")
