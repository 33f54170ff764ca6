"""Draw figures from estimates: one function, for the pictures in results/ and for the notebooks.

One file per kind; the kind's name is the word used in config.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from stemcareers import contracts, export, selection, wording
from stemcareers.config import Figure, Labels

if TYPE_CHECKING:
    import matplotlib.figure

    from stemcareers.draw.picture import Picture

__all__ = ["Drawn", "again", "figure", "flow", "in_files", "kept", "png", "svg"]


@dataclass(frozen=True, eq=False)
class Drawn:
    """A figure and the words around it.

    rows     the drawn estimates in drawn order: ESTIMATES columns after `row` and `series` in words. Withheld ones
             have no numbers. With `kept` the figure can be drawn again from them alone.
    alt      heading, message and the three most important values.
    caption  n, weighting, interval, what is withheld, source; on made-up answers, that they are.
    heading  what is shown and of whom.
    kept     how it is drawn, and all words in it: what lies beside the rows as json.
    """

    rows: pd.DataFrame
    alt: str
    caption: str
    heading: str
    synthetic: bool
    narrow: bool
    picture: Picture
    kept: dict[str, Any] = field(default_factory=dict)

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
    from stemcareers.draw import caption, redraw

    noting, answers = redraw.noted(labels)
    chosen, picture = _pictured(figure, estimates, noting, confidence_level)
    # What was imputed is told unweighted, and of no fit.
    behind = selection.fits(chosen, fits.iloc[:0] if figure.kind == "trace" else fits)
    around = {
        "alt": caption.alt(figure, picture, labels),
        "caption": caption.caption(figure, picture, behind, labels),
        "heading": figure.title,
        "synthetic": caption.is_synthetic(picture.rows, labels),
    }
    how = {"drawn": figure.model_dump(mode="json", exclude_unset=True), "confidence_level": confidence_level}
    return Drawn(
        _typed(picture.rows), **around, narrow=narrow, picture=picture, kept={**how, **around, "labels": answers}
    )


def flow(wave: str, facts: pd.DataFrame, fits: pd.DataFrame, labels: Labels, *, narrow: bool = False) -> Drawn:
    """The flow of one wave: what came in, what was left out and why, what was kept, and what models used.

    facts  ESTIMATES rows of the wave.
    fits   of the models that rest on this wave alone.
    """
    from stemcareers.draw import redraw
    from stemcareers.draw.consort import rows

    noting, answers = redraw.noted(labels)
    table = rows(wave, facts, fits)
    return _flow(wave, table, noting, {"drawn": {"kind": "flow", "wave": wave}}, answers, narrow)


def _flow(
    wave: str, table: pd.DataFrame, labels: Labels, how: dict[str, Any], answers: dict[str, Any], narrow: bool
) -> Drawn:
    from stemcareers.draw import caption
    from stemcareers.draw.consort import alt, picture

    pictured = picture(wave, table, labels)
    title = f"From responses received to responses used: {labels.level('wave', wave)}"
    synthetic = caption.is_synthetic(pictured.rows, labels)
    notes = [*pictured.notes, caption.withheld(pictured.rows), f"Source: {labels.source}"]
    around = {
        "alt": alt(title, pictured, synthetic),
        "caption": wording.sentences([*notes, wording.SYNTHETIC if synthetic else ""]),
        "heading": title,
        "synthetic": synthetic,
    }
    kept = {**how, "confidence_level": None, **around, "labels": answers}
    return Drawn(_typed(pictured.rows), **around, narrow=narrow, picture=pictured, kept=kept)


def again(rows: str | Path, *, narrow: bool = False) -> Drawn:
    """The figure whose rows lie in this csv file, drawn from them and from the json beside them: the same bytes.

    Numbers have nine significant digits there, as in the estimates in results/ that figures are drawn from.
    Raises Problem where a file is missing or not what was written.
    """
    from stemcareers.draw import redraw

    path = Path(rows)
    kept = redraw.beside(path)
    how, kind = {"drawn": kept["drawn"]}, kept["drawn"].get("kind")
    if kind == "synthesis":
        from stemcareers.draw import synthesis

        return synthesis.again(path, kept, narrow)
    estimates = redraw.rows(path.read_bytes(), path.as_posix())
    labels = redraw.remembered(kept["labels"], path.with_suffix(".json").as_posix())
    if kind == "flow":
        return _flow(kept["drawn"]["wave"], estimates, labels, how, kept["labels"], narrow)
    _, picture = _pictured(Figure(**kept["drawn"]), estimates, labels, kept["confidence_level"])
    around = {name: kept[name] for name in ("alt", "caption", "heading", "synthetic")}
    return Drawn(_typed(picture.rows), **around, narrow=narrow, picture=picture, kept=kept)


def in_files(wide: Drawn, narrow: Drawn) -> dict[str, bytes]:
    """The files of a picture, by what their names end in: its words, rows, how it is drawn, and the pictures."""
    return {
        ".txt": f"{wide.alt}\n".encode(),
        ".csv": export.csv(wide.rows),
        ".json": kept(wide).encode(),
        ".png": png(wide),
        ".narrow.svg": svg(narrow),
        ".svg": svg(wide),
    }


def kept(drawn: Drawn) -> str:
    """What lies beside the rows, as the text of a json file."""
    from stemcareers.draw import redraw

    return redraw.text(drawn.kept)


def _pictured(
    figure: Figure, estimates: pd.DataFrame, labels: Labels, confidence_level: float
) -> tuple[selection.Selection, Picture]:
    """What a figure shows, and its picture."""
    from stemcareers.draw import bars, curve, distribution, dots, forest, heat, stacked, trace, trend

    kinds = {
        "bars": bars,
        "curve": curve,
        "distribution": distribution,
        "dots": dots,
        "forest": forest,
        "stacked": stacked,
        "heat": heat,
        "trace": trace,
        "trend": trend,
    }
    average = [figure.average] if figure.average and figure.kind == "dots" else []
    chosen = selection.estimates(figure, estimates, labels, also=average)
    return chosen, kinds[figure.kind].picture(figure, chosen, wording.percent(confidence_level))


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
