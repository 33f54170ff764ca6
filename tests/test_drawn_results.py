"""Every figure among the results, drawn again at both widths: no words cut off, over each other or crossed."""

from __future__ import annotations

from pathlib import Path

import pytest
from stemcareers import draw
from test_draw_layout import crossings, overlaps

RESULTS = Path(__file__).resolve().parents[1] / "results"
DRAWN = sorted([*RESULTS.glob("*/figures/*.csv"), *RESULTS.glob("*/flows/*.csv")])

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not DRAWN, reason="results/ is not built here"),
]


@pytest.mark.parametrize("path", DRAWN, ids=lambda p: p.relative_to(RESULTS).with_suffix("").as_posix())
def test_words_keep_clear_and_the_csv_makes_the_picture(path: Path) -> None:
    for narrow in (False, True):
        again = draw.again(path, narrow=narrow)
        wrong = [*overlaps(again.framed), *([] if "flows" in path.parts else crossings(again.framed))]
        assert wrong == [], f"narrow={narrow}"
        assert draw.svg(again) == path.with_suffix(".narrow.svg" if narrow else ".svg").read_bytes()
