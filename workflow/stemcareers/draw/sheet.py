"""A picture laid out in points from its top left corner: texts and panels first, its height known last."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from stemcareers.draw import style


class HouseFigure(Figure):
    """A figure that looks the same wherever it is rendered: in our files, and live in somebody's notebook."""

    def draw(self, renderer: RendererBase) -> None:
        with style.house():
            super().draw(renderer)

    def savefig(self, *places: Any, **how: Any) -> None:
        with style.house():
            super().savefig(*places, **how)


@dataclass(frozen=True)
class Words:
    """One line of text: where it stands (x by its alignment, y of its baseline) and how it looks."""

    x: float
    y: float
    text: str
    bold: bool = False
    colour: str = style.INK
    align: str = "left"
    size: float = style.SIZE
    clear: bool = False  # on a white ground, where lines run behind it


@dataclass(frozen=True)
class Panel:
    """A rectangle to draw in: y runs down in points, x as the painter sets it."""

    left: float
    top: float
    width: float
    height: float
    paint: Callable[[Axes], None]


@dataclass
class Sheet:
    """What has been laid out so far; `y` is where the next thing goes."""

    width: float
    y: float = 0.0
    words: list[Words] = field(default_factory=list)
    panels: list[Panel] = field(default_factory=list)

    def write(self, x: float, middle: float, text: str, **look: object) -> None:
        """A line of text whose capital letters are centred on the height `middle`."""
        self.words.append(Words(x, middle + style.BASELINE, text, **look))  # type: ignore[arg-type]

    def paragraph(self, text: str, left: float = 0.0, **look: object) -> None:
        """A text wrapped from `left` to the right edge; moves down by its lines."""
        size = float(look.get("size", style.SIZE))  # type: ignore[arg-type]
        leading = style.LEADING * size / style.SIZE
        for line in style.wrap(text, self.width - left, bool(look.get("bold")), size):
            self.write(left, self.y + leading / 2, line, **look)
            self.y += leading

    def panel(self, left: float, top: float, width: float, height: float, paint: Callable[[Axes], None]) -> None:
        """A rectangle to draw in."""
        self.panels.append(Panel(left, top, width, height, paint))

    def figure(self, margin: float = 0.0) -> Figure:
        """The picture: as wide as the sheet, as high as what stands on it, and a margin around."""
        width, height = self.width + 2 * margin, self.y + 2 * margin
        figure = HouseFigure(figsize=(width / 72, height / 72), dpi=100)
        FigureCanvasAgg(figure)
        for panel in self.panels:
            left, bottom = panel.left + margin, height - panel.top - panel.height - margin
            axes = figure.add_axes(
                (left / width, bottom / height, panel.width / width, panel.height / height), facecolor="none"
            )
            axes.set_axis_off()
            axes.set_ylim(panel.height, 0)
            panel.paint(axes)
        for w in self.words:
            figure.add_artist(text(w, (w.x + margin) / width, 1 - (w.y + margin) / height))
        return figure


def text(words: Words, x: float, y: float) -> Text:
    """A line of text as an artist. No mathematics is read into it: a label may hold a dollar sign."""
    artist = Text(
        x,
        y,
        words.text,
        color=words.colour,
        fontproperties=style.font(words.bold, words.size),
        horizontalalignment=words.align,
        verticalalignment="baseline",
        parse_math=False,
    )
    if words.clear:
        artist.set_bbox({"facecolor": style.WHITE, "edgecolor": "none", "pad": 1.0})
    return artist
