"""A study's page of published numbers: what its own reports printed, beside what is estimated here."""

from __future__ import annotations

from typing import Any

import pandas as pd

from stemcareers import wording
from stemcareers.compare.verdict import decimals
from stemcareers.config.published import PLACE, SINGLE_SCORE
from stemcareers.report import lineage
from stemcareers.report.rows import dictionary
from stemcareers.site import agreement, layout
from stemcareers.site.shown import Shown
from stemcareers.site.shown_at import row_of_published


def page(shown: Shown) -> str:
    """`<study>/published.html`"""
    config = shown.config
    title = "Published against rebuilt"
    about = f"Numbers that reports of {config.study.title} printed, beside those computed here"
    reviewed = {"face": layout.REVIEW, "scripts": (layout.SORT,)}
    frame = layout.within(shown.project, config, "published.html", title, about, **reviewed)
    compared = shown.compared.set_index("id")
    single = compared["quantity"].eq(SINGLE_SCORE)
    return layout.page(
        "published.html",
        frame,
        computed=bool(compared["rebuilt"].notna().any()),
        total=len(compared) - int(single.sum()),
        counts=agreement.counted(compared[~single]),
        single=int(single.sum()),
        single_counts=agreement.counted(compared[single]),
        confidence=wording.percent(shown.project.confidence_level),
        rows=[_row(shown, str(name), compared.loc[name]) for name in config.published],
    )


def _row(shown: Shown, name: str, row: pd.Series) -> dict[str, Any]:
    item = row["item"]
    told = {
        "id": name,
        **{key: row[key] for key in ("question", "answer", "source", "address", "verdict", "because", "note")},
        "about": (shown.labels.term(item), dictionary(item, shown.labels)) if item else None,
        "printed": agreement.with_unit(row["published"], row["unit"]),
        "base": None if pd.isna(row["base_n"]) else wording.count(int(row["base_n"])),
    }
    if pd.isna(row["rebuilt"]):
        return {**told, "rebuilt": "", "interval": "", "n": "", "difference": "", "from": None}
    exact = row["quantity"] in ("count", PLACE, SINGLE_SCORE)
    places = decimals(row["published"]) + (not exact)
    low, high = row["ci_low"], row["ci_high"]
    return {
        **told,
        "rebuilt": agreement.with_unit(wording.decimal(row["rebuilt"], places), row["unit"]),
        "interval": "" if pd.isna(low) else f"{wording.decimal(low, places)} to {wording.decimal(high, places)}",
        "n": "" if pd.isna(row["n"]) else wording.count(int(row["n"])),
        "difference": wording.decimal(row["difference"], places),
        "from": None if row["quantity"] == SINGLE_SCORE else _from(shown, row),
    }


def _from(shown: Shown, row: pd.Series) -> tuple[str, str, str]:
    """Where a rebuilt number comes from: words, its row, and of whom it is."""
    of, key = shown.labels.sample(row["sample"]), row_of_published(row)
    if row["specification"] in shown.config.specifications:
        return shown.labels.specification(row["specification"]), lineage.of_estimate(key), of
    return "Facts of the wave", lineage.of_fact(key), of
