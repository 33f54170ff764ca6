"""The look of every figure: colours, marks, one family of fonts, and how wide a text is in it.

Colours are the UK government's accessible set for charts (Government Analysis Function, 2022). Whatever a colour
says is also said by order, shape or pattern, so that a figure reads in grey.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import matplotlib
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.font_manager import FontProperties, get_font
from matplotlib.ft2font import LoadFlags

DARK_BLUE, TURQUOISE, DARK_PINK, ORANGE = "#12436D", "#28A197", "#801650", "#F46A25"
INK = "#0B0C0C"
GREY = "#3D3D3D"
CONTEXT = "#767676"
GRID = "#DCDCDC"
WHITE = "#FFFFFF"
BLACK = "#000000"

SERIES = (DARK_BLUE, TURQUOISE, DARK_PINK, ORANGE)
MARKERS = ("o", "o", "D", "s")
HOLLOW = (False, True, False, True)
HATCHES = ("", "", "///", "\\\\\\")
SERIES_AT_MOST = len(SERIES)

# From little to much; and from one pole over grey to the other. No two neighbours have the same lightness.
SEQUENTIAL = ("#CFDDEA", "#8FB2D1", "#4A82B0", "#12436D")
NEGATIVE = ("#F46A25", "#FBC5A8")
MIDDLE = "#DEDEDE"
POSITIVE = ("#8FB2D1", "#12436D")

# Points; 72 to the inch.
WIDE = 6.5 * 72
NARROW = 3.6 * 72
MARGIN = 9.0
SIZE = 9.0
TITLE_SIZE = 11.0
LEADING = 12.0
MARK = 13.0  # the height of a line that carries a mark
BASELINE = 3.3  # from the middle of a capital letter down to the line it stands on
DOTS_PER_INCH = 200

_OWN = {
    "svg.fonttype": "path",
    "svg.hashsalt": "stemcareers",
    "text.hinting": "none",
    "hatch.linewidth": 0.6,
    "lines.solid_capstyle": "butt",
    "path.simplify": False,
}


@contextmanager
def house() -> Iterator[None]:
    """Matplotlib's own defaults and ours for the length of a block, whatever a reader's matplotlibrc says."""
    # What is about windows stays; the last one is on its way out of matplotlib and warns when it is touched.
    keep = {"backend", "interactive", "toolbar", "backend_fallback", "text.kerning_factor"}
    with matplotlib.rc_context():
        known = {k: v for k, v in matplotlib.rcParamsDefault.items() if k not in keep and k in matplotlib.rcParams}
        matplotlib.rcParams.update(known)
        matplotlib.rcParams.update({k: v for k, v in _OWN.items() if k in matplotlib.rcParams})
        yield


@cache
def font(bold: bool = False, size: float = SIZE) -> FontProperties:
    """The face, from the very file matplotlib ships: an installed font of the same name may be another version."""
    return FontProperties(fname=_file(bold), size=size)


def width(text: str, bold: bool = False, size: float = SIZE) -> float:
    """The width of a text on one line, in points."""
    return sum(_advance(letter, bold) for letter in text) * size / SIZE


def wrap(text: str, limit: float, bold: bool = False, size: float = SIZE) -> list[str]:
    """The text in lines no wider than `limit` points, broken between words; a longer word is broken where it must."""
    lines: list[str] = []
    line = ""
    for word in re.split(r"[ \t\r\n]+", text.strip()):
        joined = f"{line} {word}" if line else word
        if width(joined, bold, size) <= limit:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, limit, bold, size)
        lines += full
    return [*lines, line] if line else lines or [""]


def unbroken(text: str) -> str:
    """The text with its spaces made such that no line breaks there."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def ramp(n: int) -> list[str]:
    """n blues from light to dark, for ordered answers."""
    return _between(SEQUENTIAL, n)


def poles(below: int, middle: bool, above: int) -> list[str]:
    """Orange to grey to blue: `below` oranges, the grey if there is a middle, `above` blues."""
    return [*_between(NEGATIVE, below), *([MIDDLE] if middle else []), *_between(POSITIVE[::-1], above)[::-1]]


def readable_on(colour: str) -> str:
    """Black or white, whichever stands out more on a colour: at least 4.5 to 1. Source: WCAG 2.2, contrast ratio."""
    light = luminance(colour)
    return WHITE if 1.05 / (light + 0.05) > (light + 0.05) / 0.05 else BLACK


def luminance(colour: str) -> float:
    """How light a colour is, from 0 (black) to 1 (white): what is left of it in grey. Source: WCAG 2.2."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _between(stops: tuple[str, ...], n: int) -> list[str]:
    if n <= 1:
        return [stops[0]] * n if len(stops) == 2 else [stops[-1]] * n
    scale = LinearSegmentedColormap.from_list("ours", stops)
    return [matplotlib.colors.to_hex(scale(i / (n - 1))) for i in range(n)]


def _pieces(word: str, limit: float, bold: bool, size: float) -> list[str]:
    pieces = [""]
    for letter in word:
        if pieces[-1] and width(pieces[-1] + letter, bold, size) > limit:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _file(bold: bool) -> str:
    return str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"))


@cache
def _advance(letter: str, bold: bool) -> float:
    face = get_font(_file(bold))
    face.set_size(SIZE, 72)
    glyph = face.load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    return glyph.linearHoriAdvance / 65536
