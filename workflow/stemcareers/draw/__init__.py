"""Draw figures from estimates: one function, for the pictures in results/ and for the notebooks.

One file per kind; the kind's name is the word used in config.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from stemcareers import contracts, selection, wording
from stemcareers.config import Figure, Labels

if TYPE_CHECKING:
    import matplotlib.figure

    from stemcareers.draw.picture import Picture

__all__ = ["Drawn", "figure", "png", "svg"]


@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure and the words around it.

    rows     the drawn estimates in drawn order: ESTIMATES columns after `row` and `series` in words. Withheld ones
             have no numbers. The figure can be drawn again from them alone.
    alt      heading, message and the three most important values.
    caption  n, weighting, interval, what is withheld, source; on made-up answers, that they are.
    heading  what is shown and of whom.
    """

    rows: pd.DataFrame
    alt: str
    caption: str
    heading: str
    synthetic: bool
    narrow: bool
    picture: Picture

    @cached_property
    def figure(self) -> matplotlib.figure.Figure:
        """The picture as a page shows it, which prints heading and caption as text beside it."""
        return self._laid_out(framed=False)

    @cached_property
    def framed(self) -> matplotlib.figure.Figure:
        """The picture with its heading and caption inside: it can be copied out of the page without losing them."""
        return self._laid_out(framed=True)

    def _laid_out(self, framed: bool) -> matplotlib.figure.Figure:
        from stemcareers.draw import style
        from stemcareers.draw.sheet import Sheet

        with style.house():
            margin = style.MARGIN if framed else 0.0
            sheet = Sheet((style.NARROW if self.narrow else style.WIDE) - 2 * margin)
            if framed:
                sheet.paragraph(self.heading, bold=True, size=style.TITLE_SIZE)
                sheet.y += 4
            if self.synthetic:
                sheet.paragraph(wording.SYNTHETIC, bold=True, colour=style.DARK_PINK)
                sheet.y += 4
            self.picture.lay(sheet, self.narrow)
            if framed:
                sheet.y += 8
                sheet.paragraph(self.caption, colour=style.GREY)
            sheet.y += 2  # letters reach below the line they stand on
            return sheet.figure(margin)


def figure(
    figure: Figure,
    estimates: pd.DataFrame,
    fits: pd.DataFrame,
    labels: Labels,
    confidence_level: float,
    *,
    narrow: bool = False,
) -> Drawn:
    """The figure an entry of `figures/` describes, for reading (6.5 inches wide) or, narrow, for phones (3.6).

    estimates, fits   of the study; rows the figure does not name are ignored.
    confidence_level  of the intervals in the estimates, for words only: they are drawn as given.

    Raises Problem where the estimates do not have what the figure names, or a figure of its kind cannot show it.
    """
    from stemcareers.draw import bars, caption, curve, distribution, dots, forest, stacked, trace

    kinds = {
        "bars": bars,
        "curve": curve,
        "distribution": distribution,
        "dots": dots,
        "forest": forest,
        "stacked": stacked,
        "trace": trace,
    }
    average = [figure.average] if figure.average and figure.kind == "dots" else []
    chosen = selection.estimates(figure, estimates, labels, also=average)
    picture = kinds[figure.kind].picture(figure, chosen, wording.percent(confidence_level))
    # What was imputed is told unweighted, and of no fit.
    behind = selection.fits(chosen, fits.iloc[:0] if figure.kind == "trace" else fits)
    return Drawn(
        rows=_typed(picture.rows),
        alt=caption.alt(figure, picture, labels),
        caption=caption.caption(figure, picture, behind, labels),
        heading=figure.title,
        synthetic=caption.is_synthetic(picture.rows, labels),
        narrow=narrow,
        picture=picture,
    )


def svg(drawn: Drawn) -> bytes:
    """The picture as SVG, letters as outlines; the same bytes on every run."""
    content = io.BytesIO()
    drawn.figure.savefig(content, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return content.getvalue()


def png(drawn: Drawn) -> bytes:
    """The picture with heading and caption as PNG, 200 dots to the inch; the same bytes on every run."""
    from stemcareers.draw import style

    content = io.BytesIO()
    # Flat colours gain nothing from a harder compression, which takes half the time of drawing.
    how = {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 3}}
    drawn.framed.savefig(content, format="png", dpi=style.DOTS_PER_INCH, **how)
    return content.getvalue()


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    """The drawn rows with their words in front, in the columns and types of the estimates contract."""
    types = {c.name: contracts.TYPES[c.kind] for c in contracts.ESTIMATES.columns}
    words = {"row": "string", "series": "string"}
    return rows[[*words, *types]].astype({**words, **types}).reset_index(drop=True)
