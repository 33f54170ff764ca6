"""The page on published numbers of all studies together: how many come out, real answers apart from made-up ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from stemcareers import wording
from stemcareers.compare.verdict import decimals
from stemcareers.config import Project
from stemcareers.config.published import PLACE, SINGLE_SCORE
from stemcareers.contracts import COMPARED, VERDICTS
from stemcareers.site import layout
from stemcareers.site.shown import Shown

FILE = "published.csv"
PLAIN = {  # what a reader is told of each verdict
    "reproduced": "the same at the rounding of the published number",
    "within sampling error": "no further apart than the chance of who answered explains",
    "differs": "further apart than rounding and chance explain",
    "cannot be computed": "nothing here to set beside the published number; the table says why",
}


def collected(root: Path) -> pd.DataFrame | None:
    """The published numbers of all studies, as COMPARED; None where no study has any."""
    path = root / "results" / FILE
    return COMPARED.read(path) if path.is_file() else None


def counted(compared: pd.DataFrame) -> list[tuple[str, str, int]]:
    """Each verdict with its plain words and how many numbers have it."""
    counts = Counter(compared["verdict"])
    return [(verdict, PLAIN[verdict], counts[verdict]) for verdict in VERDICTS]


def page(project: Project, studies: Sequence[Shown], compared: pd.DataFrame) -> str:
    """`published.html`: a row for each study and kind of answers, and every number that differs."""
    frame = layout.Frame(
        project=project,
        path="published.html",
        title="Published against rebuilt",
        description="Numbers that others printed, beside those computed here, over all studies",
        crumbs=(("All studies", "index.html"),),
        face=layout.REVIEW,
    )
    titles = {shown.config.id: shown.config.study.title for shown in studies}
    known = compared[compared["study"].isin(titles)]
    real, made_up = known[~known["synthetic"]], known[known["synthetic"]]
    return layout.page(
        "agreement.html",
        frame,
        verdicts=VERDICTS,
        plain=list(PLAIN.items()),
        parts=[
            _part("Real answers: agreement is evidence", real, titles),
            _part("Synthetic answers: agreement is by construction", made_up, titles),
        ],
        differs=[_named(row, titles) for row in known[known["verdict"].eq("differs")].to_dict("records")],
        total=len(known),
    )


def _part(heading: str, rows: pd.DataFrame, titles: dict[str, str]) -> dict[str, Any]:
    by_study = {study: Counter(rows.loc[rows["study"].eq(study), "verdict"]) for study in titles}
    lines = [
        {"id": study, "title": titles[study], "counts": [counts[v] for v in VERDICTS], "total": counts.total()}
        for study, counts in by_study.items()
        if counts
    ]
    return {
        "heading": heading,
        "lines": lines,
        "counts": [int(rows["verdict"].eq(v).sum()) for v in VERDICTS],
        "total": len(rows),
    }


def with_unit(number: str, unit: str) -> str:
    """A number as it was printed, with its unit: `39%`, `place 2`, `−1.5 hours`; counts and means alone."""
    number = number.replace("-", wording.MINUS)
    if unit == PLACE:
        return f"place {number}"
    return f"{number}%" if unit == "%" else number if unit in ("n", "mean") else f"{number} {unit}"


def _named(row: dict[str, Any], titles: dict[str, str]) -> dict[str, Any]:
    return {
        "study": titles[row["study"]],
        "address": f"{row['study']}/published.html#number-{row['id']}",
        "words": " ".join(part for part in (row["question"], row["answer"]) if part),
        "printed": with_unit(row["published"], row["unit"]),
        "rebuilt": with_unit(wording.decimal(row["rebuilt"], decimals(row["published"])), row["unit"]),
        "single": row["quantity"] == SINGLE_SCORE,
        "because": row["because"],
    }
