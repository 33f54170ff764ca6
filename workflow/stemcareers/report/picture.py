"""A picture on a page: its address and its size, so that the page keeps its place free while it loads."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from pathlib import Path

PIXELS_A_POINT = 96 / 72
SIZE = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)pt" height="([\d.]+)pt"')


@dataclass(frozen=True)
class Picture:
    """Where a picture is loaded from, and how large it is in pixels."""

    source: str
    width: int
    height: int


def embedded(svg: bytes) -> Picture:
    """A picture that the page holds in itself."""
    return Picture("data:image/svg+xml;base64," + base64.b64encode(svg).decode("ascii"), *_size(svg))


def beside(path: Path, source: str) -> Picture:
    """A picture in a file, as the page names it."""
    return Picture(source, *_size(path.read_bytes()))


def _size(svg: bytes) -> tuple[int, int]:
    """Width and height in pixels, of a picture whose size is given in points, as `draw` writes it."""
    found = SIZE.search(svg[:2000].decode("utf-8", errors="replace"))
    if found is None:
        raise ValueError("the svg does not say its width and height in points")
    width, height = (round(float(part) * PIXELS_A_POINT) for part in found.groups())
    return width, height
