"""The same estimates give the same bytes, whoever draws them, and drawing leaves nothing behind."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import helpers_config as tiny
import pytest
from stemcareers import draw
from test_draw_layout import KINDS, NATIONS

TESTS = Path(__file__).parent
HASHES = """
import hashlib, sys
sys.path.insert(0, {tests!r})
import helpers_config as tiny
from test_draw_layout import KINDS, NATIONS
from stemcareers import draw
for kind in sorted(KINDS):
    figure, rows = KINDS[kind]()
    estimates = tiny.estimates(rows)
    for narrow in (False, True):
        got = draw.figure(figure, estimates, tiny.fits(estimates), tiny.labels(nations=NATIONS), 0.95, narrow=narrow)
        files = (draw.svg(got), draw.png(got), draw.kept(got).encode())
        print(kind, narrow, *(hashlib.sha256(b).hexdigest() for b in files))
"""


def drawn(kind: str, narrow: bool = False) -> draw.Drawn:
    figure, rows = KINDS[kind]()
    estimates = tiny.estimates(rows)
    return draw.figure(figure, estimates, tiny.fits(estimates), tiny.labels(nations=NATIONS), 0.95, narrow=narrow)


def elsewhere(folder: Path, seed: str, **settings: str) -> str:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "MPLCONFIGDIR": str(folder), **settings}
    done = subprocess.run(
        [sys.executable, "-c", HASHES.format(tests=str(TESTS))],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.mark.slow
def test_bytes_depend_on_no_process_hash_seed_time_zone_or_matplotlibrc(tmp_path: Path) -> None:
    plain, odd = tmp_path / "plain", tmp_path / "odd"
    plain.mkdir()
    odd.mkdir()
    (odd / "matplotlibrc").write_text(
        "font.family: serif\nfont.size: 20\ntext.hinting: default\nfigure.dpi: 50\nsavefig.bbox: tight\n"
        "savefig.facecolor: red\naxes.grid: True\nsvg.fonttype: none\nlines.markersize: 30\ntext.color: blue\n"
    )
    here = elsewhere(plain, "0", TZ="UTC")
    assert elsewhere(odd, "4321", TZ="Asia/Tokyo", SOURCE_DATE_EPOCH="12345", LC_ALL="C") == here
    assert len(here.splitlines()) == 2 * len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_drawing_twice_gives_the_same_bytes(kind: str) -> None:
    first, second = drawn(kind), drawn(kind)
    assert draw.svg(first) == draw.svg(second) == draw.svg(first)
    assert draw.png(first) == draw.png(second) == draw.png(first)


def test_a_picture_carries_no_date_no_version_and_no_address() -> None:
    got = drawn("forest")
    svg = draw.svg(got).decode()
    assert not re.search(r"dc:date|Matplotlib|\d{4}-\d{2}-\d{2}T", svg)
    assert set(re.findall(r"https?://[^\"'<> ]+", svg)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd",
        "http://purl.org/dc/elements/1.1/",
        "http://creativecommons.org/ns#",
        "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "http://purl.org/dc/dcmitype/StillImage",
    }
    png = draw.png(got)
    assert [png[i + 4 : i + 8] for i in chunks(png)] == [b"IHDR", b"pHYs", *[b"IDAT"] * idats(png), b"IEND"]


def chunks(png: bytes) -> list[int]:
    """Where each chunk of a PNG begins."""
    found, place = [], 8
    while place < len(png):
        found.append(place)
        place += 12 + int.from_bytes(png[place : place + 4], "big")
    return found


def idats(png: bytes) -> int:
    return sum(png[i + 4 : i + 8] == b"IDAT" for i in chunks(png))


def test_the_svg_is_as_wide_as_the_page_and_the_png_has_heading_and_note() -> None:
    got = drawn("bars")
    assert re.search(r'width="468pt" height="[\d.]+pt"', draw.svg(got).decode())
    narrow = drawn("bars", narrow=True)
    assert re.search(r'width="259.2pt"', draw.svg(narrow).decode())
    words = [t.get_text() for t in got.framed.texts + [a for a in got.framed.get_children() if hasattr(a, "get_text")]]
    assert "Something of some schools" in words and any(w.startswith("n = 14,365 schools.") for w in words)
    inside = [t.get_text() for t in got.figure.get_children() if hasattr(t, "get_text")]
    assert "Something of some schools" not in inside


def test_a_live_figure_looks_as_the_file_does() -> None:
    """A notebook renders `.figure` itself, under settings of its own."""
    import io

    import matplotlib

    got = drawn("dots")
    with matplotlib.rc_context({"font.size": 30, "text.hinting": "default", "text.color": "red"}):
        loud = io.BytesIO()
        got.figure.savefig(loud, format="png", dpi=100)
    calm = io.BytesIO()
    drawn("dots").figure.savefig(calm, format="png", dpi=100)
    assert hashlib.sha256(loud.getvalue()).digest() == hashlib.sha256(calm.getvalue()).digest()


def test_drawing_changes_no_setting_and_opens_no_window() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(TESTS)!r})\n"
        "import stemcareers.draw\n"
        "assert 'matplotlib' not in sys.modules, 'imported before it is needed'\n"
        "import matplotlib\n"
        "before = matplotlib.rcParams.copy()\n"
        "import test_draw_bytes\n"
        "got = test_draw_bytes.drawn('stacked')\n"
        "test_draw_bytes.draw.svg(got), test_draw_bytes.draw.png(got)\n"
        "assert matplotlib.rcParams.copy() == before\n"
        "heavy = {'matplotlib.pyplot', 'seaborn', 'scipy.stats', 'statsmodels'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-W", "error::DeprecationWarning", "-c", code], check=True)
