"""The words around a figure: the note under it, and the text for those who do not see it."""

from __future__ import annotations

import pandas as pd

from stemcareers import wording
from stemcareers.config import Figure, Labels
from stemcareers.draw.picture import Picture

IN_ALT = 3


def caption(figure: Figure, picture: Picture, fits: pd.DataFrame, labels: Labels) -> str:
    """The note: n, weighting, interval, what is withheld, the figure's own note, source; synthetic or not."""
    rows = picture.rows
    parts = [
        _n(rows if picture.counted is None else picture.counted, labels),
        wording.weighting(fits),
        f"Thin lines: {picture.lines}{wording.variance(fits)}" if picture.lines else "",
        wording.few_clusters(fits),
        wording.remarks(fits),
        *picture.notes,
        withheld(rows),
        figure.note or "",
        f"Source: {labels.source}",
        wording.SYNTHETIC if is_synthetic(rows, labels) else "",
    ]
    return wording.sentences(parts)


def alt(figure: Figure, picture: Picture, labels: Labels) -> str:
    """What the figure shows: its heading, its message, its three most important values."""
    values = "; ".join(map(str, picture.values[:IN_ALT]))
    parts = [
        figure.title,
        picture.message,
        values,
        wording.SYNTHETIC if is_synthetic(picture.rows, labels) else "",
    ]
    return wording.sentences(parts)


def is_synthetic(rows: pd.DataFrame, labels: Labels) -> bool:
    """True where any answer behind the rows, or in the study, is made up."""
    return labels.synthetic or bool(rows["synthetic"].any())


def withheld(rows: pd.DataFrame) -> str:
    """How many of the drawn numbers are withheld; empty for none."""
    hidden = int(rows["withheld"].ne("").sum())
    return f"{hidden} of {len(rows)} numbers {'is' if hidden == 1 else 'are'} not shown" if hidden else ""


def _n(rows: pd.DataFrame, labels: Labels) -> str:
    """How many stand behind the drawn numbers: respondents and, of what is followed from wave to wave, schools."""
    shown = rows[rows["withheld"].eq("") & rows["n"].notna()]
    followed = shown["quantity"].isin(wording.OF_PANELS)
    parts = ((shown[~followed], labels.units), (shown[followed], wording.IN_BOTH))
    told = [f"{wording.several(part['n'].astype(int).tolist())} {units}" for part, units in parts if len(part)]
    return f"n = {'; '.join(told)}" if told else ""
