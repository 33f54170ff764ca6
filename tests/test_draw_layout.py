"""No text of a figure leaves the picture or runs into another, whatever is drawn and however wide."""

from __future__ import annotations

import random
from collections.abc import Callable

import helpers_config as tiny
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from stemcareers import config, draw
from stemcareers.config import Labels
from stemcareers.draw.style import house

LONG = (
    "How often the school's leaders and its governors talk with employers and with providers of training about what "
    "young people with an interest in science, technology, engineering and mathematics could do after they leave it"
)
WORD = "Leistungsdifferenzierungsmassnahmenverordnungsdurchfuehrungsbestimmungen" * 3
NATIONS = {i: f"Nation {i} of the fifty-seven" if i % 9 == 0 else f"Nation {i}" for i in range(1, 58)}
Case = tuple[config.Figure, pd.DataFrame, Labels]


def entry(kind: str, *specifications: str, **more: object) -> config.Figure:
    known = {"title": "Something of some schools", "x_title": "share, mean or difference"}
    return config.Figure(**{**known, "kind": kind, "specifications": list(specifications), **more})


def numbers(seed: int, count: int) -> list[float]:
    source = random.Random(seed)
    return [source.gauss(0.1, 0.3) for _ in range(count)]


def forest(series: int = 2, change: Callable[[dict], dict] = dict, **more: object) -> tuple[config.Figure, list[dict]]:
    values = iter(numbers(series, 100))
    rows = []
    for name in ["adjusted", "unadjusted"][:series]:
        for term in ("priority", "autonomy", "training"):
            rows.append(tiny.row(name, "provision", "coefficient", next(values), term=term))
        for term, level in (("sector", "2"), ("location", "2"), ("location", "3")):
            rows.append(tiny.row(name, "provision", "coefficient", next(values), term=term, level=level))
    headings = {"Leadership": ["priority", "autonomy", "training"], "Context": ["sector", "location"]}
    figure = entry("forest", *["adjusted", "unadjusted"][:series], headings=headings, **more)
    return figure, [change(r) for r in rows]


def bars(samples: int = 4, change: Callable[[dict], dict] = dict, **more: object) -> tuple[config.Figure, list[dict]]:
    shares = iter(np.linspace(0.01, 0.99, 3 * samples))
    rows = [
        tiny.row("shares", o, "share", float(next(shares)), 0.01, level="1", sample=f"nation={s + 1}", n=14365)
        for o in ("careers_fair", "employer_talk", "site_visit")
        for s in range(samples)
    ]
    return entry("bars", "shares", **more), [change(r) for r in rows]


def stacked(
    samples: int = 2, change: Callable[[dict], dict] = dict, **more: object
) -> tuple[config.Figure, list[dict]]:
    rows = []
    for place, outcome in enumerate(("vision", "time")):
        for s in range(samples):
            parts = np.roll([0.05, 0.15, 0.1, 0.45, 0.25], place + s)
            for level, share in enumerate(parts, 1):
                sample = f"nation={s + 1}"
                rows.append(tiny.row("agreement", outcome, "share", share, level=str(level), sample=sample))
    return entry("stacked", "agreement", **more), [change(r) for r in rows]


def distribution(
    samples: int = 1, change: Callable[[dict], dict] = dict, **more: object
) -> tuple[config.Figure, list[dict]]:
    rows = []
    for s in range(samples):
        sample = f"nation={s + 1}"
        for place, share in enumerate((0.05, 0.2, 0.4, 0.3, 0.05)):
            level = f"[{place * 20}, {place * 20 + 20}{')' if place < 4 else ']'}"
            rows.append(tiny.row("bins", "provision", "share", share, 0.03, level=level, sample=sample))
        rows.append(tiny.row("means", "provision", "mean", 5.0 + 90 * s / max(samples - 1, 1), 2.0, sample=sample))
    return entry("distribution", "bins", "means", **more), [change(r) for r in rows]


def dots(samples: int = 57, change: Callable[[dict], dict] = dict, **more: object) -> tuple[config.Figure, list[dict]]:
    values = numbers(3, samples)
    rows = [tiny.row("means", "provision", "mean", v, sample=f"nation={s + 1}") for s, v in enumerate(values)]
    rows.append(tiny.row("means", "provision", "mean", 0.12, 0.01, n=14365))
    chosen = {"samples": ["by nation"], "average": "all", "focus": ["nation=1"], **more}
    return entry("dots", "means", **chosen), [change(r) for r in rows]


def curve(
    left_out: int = 20, change: Callable[[dict], dict] = dict, focal: tuple[str, ...] = ("priority",), **more: object
) -> tuple[config.Figure, list[dict]]:
    ways = [
        f"weighted={weighted}, outcome={outcome}, context={context}, leave_out=none"
        for weighted in ("yes", "no")
        for outcome in ("provision", "training")
        for context in ("as in the main analysis", "nothing")
    ]
    ways += [ways[0].replace("leave_out=none", f"leave_out={nation}") for nation in range(1, left_out + 1)]
    rows = []
    for place, term in enumerate(focal):
        for value, way in zip(numbers(place, len(ways)), ways, strict=True):
            rows.append(tiny.row("grid", "provision", "coefficient", value, 0.2, term=term, level=way))
    return entry("curve", "grid", terms=list(focal), **more), [change(r) for r in rows]


def trend(
    waves: int = 2, change: Callable[[dict], dict] = dict, clear: bool = True, **more: object
) -> tuple[config.Figure, list[dict]]:
    rows = []
    for place, outcome in enumerate(("provision", "priority")):
        for year, value in (("2023", 40.0 + 3 * place), ("2025", 52.0)):
            sample = f"wave={year}-spring"
            rows.append(tiny.row("by-wave", outcome, "mean", value, 2.0, sample=sample, role="provision_outcome"))
        grown = 12.0 - 3 * place if clear or not place else 0.3
        rows.append(tiny.row("later", outcome, "difference", grown, 3.0, term="wave", level="2025-spring"))
    return entry("trend", "by-wave", "later", **more), [change(r) for r in rows]


def crowded(lines: int = 11) -> tuple[config.Figure, list[dict]]:
    """A trend of many groups that end close to each other."""
    rows = []
    for place, value in enumerate(numbers(5, lines), 1):
        for name, level in (("early", value), ("late", value + 0.3)):
            rows.append(tiny.row(name, "provision", "mean", level, 0.1, sample=f"nation={place}"))
        rows.append(
            tiny.row(
                "later", "provision", "difference", 0.3, 0.2, term="wave", level="2025-spring", sample=f"nation={place}"
            )
        )
    return entry("trend", "early", "late", "later"), rows


def heat(samples: int = 2, change: Callable[[dict], dict] = dict, **more: object) -> tuple[config.Figure, list[dict]]:
    figure, rows = stacked(samples, change)
    return figure.model_copy(update={"kind": "heat", **more}), rows


def agreeing(change: Callable[[dict], dict] = dict, **more: object) -> tuple[config.Figure, list[dict]]:
    """Answers around their middle, with the share of agreement and its interval."""
    figure, rows = stacked(2, change, middle=["3"], agreeing=list(tiny.INDICATORS), **more)
    for scale, item in tiny.INDICATORS.items():
        for sample in ("nation=1", "nation=2"):
            parts = [r for r in rows if (r["outcome"], r["sample"]) == (item, sample) and r["level"] in {"4", "5"}]
            share = sum(r["estimate"] or 0.0 for r in parts)
            rows.append(change(tiny.row("agreement", scale, "share", share, 0.04, level="1", sample=sample)))
    return figure, rows


def hidden(every: int) -> Callable[[dict], dict]:
    """A change that withholds every so-manieth row, for long or short reasons."""
    counter = iter(range(10_000))

    def change(row: dict) -> dict:
        place = next(counter)
        if place % every:
            return row
        return tiny.withheld(row, "fewer than 10" if place % 2 else "would show a group of fewer than 10")

    return change


def exact(row: dict) -> dict:
    return {**row, "ci_low": row["estimate"], "ci_high": row["estimate"], "std_error": 0.0}


def negative(row: dict) -> dict:
    return {**row, "quantity": "mean", **{k: -abs(row[k]) for k in ("estimate", "ci_low", "ci_high")}}


def units(row: dict) -> dict:
    return {**row, "unit": "points" if "weighted=yes" in row["level"] else "log odds"}


def huge(row: dict) -> dict:
    return {**row, "quantity": "mean", **{k: row[k] * 1e7 for k in ("estimate", "ci_low", "ci_high")}}


KINDS = {"forest": forest, "bars": bars, "stacked": stacked, "distribution": distribution, "dots": dots}
KINDS |= {"curve": curve, "trend": trend, "heat": heat}
CASES: dict[str, Callable[[], tuple[config.Figure, list[dict]]]] = {
    **KINDS,
    **{f"{name}, nothing shown": lambda k=kind: k(change=tiny.withheld) for name, kind in KINDS.items()},
    **{f"{name}, some withheld": lambda k=kind: k(change=hidden(3)) for name, kind in KINDS.items()},
    **{f"{name}, no width": lambda k=kind: k(change=exact) for name, kind in KINDS.items()},
    **{f"{name}, long title": lambda k=kind: k(x_title=LONG) for name, kind in KINDS.items()},
    "forest, one specification": lambda: forest(1),
    "forest, by value": lambda: forest(order="value", terms=["priority", "autonomy", "training", "sector", "location"]),
    "bars, one row": lambda: (f := bars(1)) and (f[0], f[1][:1]),
    "bars, negative": lambda: bars(change=negative),
    "bars, huge": lambda: bars(change=huge),
    "bars, 57 rows": lambda: bars(57),
    "bars, in focus": lambda: bars(57, outcomes=["careers_fair"], focus=["nation=9", "nation=57"]),
    "stacked, around the middle": lambda: stacked(middle=["3"]),
    "stacked, between two": lambda: stacked(middle=["2", "3"]),
    "stacked, middle and withheld": lambda: stacked(middle=["3"], change=hidden(4)),
    "stacked, 57 rows": lambda: stacked(57, outcomes=["vision"], middle=["3"]),
    "distribution, 4 samples": lambda: distribution(4),
    "distribution, 57 samples": lambda: distribution(57),
    "distribution, normal": lambda: distribution(2, normal=True),
    "stacked, neutral apart": lambda: agreeing(neutral="side"),
    "stacked, agreement": agreeing,
    "stacked, agreement withheld": lambda: agreeing(hidden(3), neutral="side"),
    "trend, one clear": lambda: trend(clear=False),
    "trend, many lines": crowded,
    "heat, four samples": lambda: heat(4),
    "heat, one sample": lambda: heat(1),
    "curve, two factors": lambda: curve(focal=("priority", "autonomy")),
    "curve, many ways": lambda: curve(57),
    "curve, few ways": lambda: curve(0),
    "curve, different units": lambda: curve(change=units),
    "dots, one": lambda: dots(1),
    "dots, huge": lambda: dots(change=huge),
}


def overlaps(figure: Figure) -> list[str]:
    """What is wrong with the texts of a picture: outside of it, or one over another."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    artists = [*figure.get_children(), *(child for axes in figure.axes for child in axes.get_children())]
    texts = [a for a in artists if isinstance(a, Text) and a.get_visible() and a.get_text().strip()]
    with house():
        boxes = np.array([t.get_window_extent(renderer).extents for t in texts]) * 72 / figure.dpi
    width, height = figure.get_size_inches() * 72
    outside = (boxes[:, 0] < -0.5) | (boxes[:, 1] < -0.5) | (boxes[:, 2] > width + 0.5) | (boxes[:, 3] > height + 0.5)
    wrong = [f"outside: {t.get_text()!r}" for t, out in zip(texts, outside, strict=True) if out]
    left, low, right, high = (boxes[:, i] for i in range(4))
    across = np.minimum(right[:, None], right) - np.maximum(left[:, None], left) > 0.5
    along = np.minimum(high[:, None], high) - np.maximum(low[:, None], low) > 0.5
    for a, b in zip(*np.nonzero(np.triu(across & along, 1)), strict=True):
        wrong.append(f"overlap: {texts[a].get_text()!r} and {texts[b].get_text()!r}")
    return wrong


def crossings(figure: Figure) -> list[str]:
    """The words that a mark runs through: words beside the marks, which no bar, point or interval may touch."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    words = [
        a for a in figure.get_children() if isinstance(a, Text) and a.get_text().strip() and not a.get_bbox_patch()
    ]
    with house():
        boxes = [(t.get_text(), t.get_window_extent(renderer).extents) for t in words]
        marks = [box for axes in figure.axes for box in _marks(axes, renderer)]
    inner = 1.5 * figure.dpi / 72  # what a letter's box has above and below its ink
    wrong = []
    for text, (left, low, right, high) in boxes:
        for a, b, c, d in marks:
            if min(right, c) - max(left, a) > inner and min(high - inner, d) - max(low + inner, b) > 0:
                wrong.append(f"crossed: {text!r}")
                break
    return wrong


def _marks(axes: Axes, renderer: RendererBase) -> list[tuple[float, float, float, float]]:
    """The boxes of bars (but not of frames or pale ground, which words stand in), points and level intervals."""
    boxes = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_zorder() >= 0]
    bars = [p for p in boxes if p.get_edgecolor()[3] * p.get_linewidth() in (0, 0.8)]
    found = [tuple(p.get_window_extent(renderer).extents) for p in bars if p.get_facecolor()[:3] != (1, 1, 1)]
    for line in axes.lines:
        if line.get_marker() not in ("None", None):
            half = line.get_markersize() * axes.figure.dpi / 72 / 2
            for x, y in axes.transData.transform(np.column_stack(line.get_data())):
                found.append((x - half, y - half, x + half, y + half))
    for lines in axes.collections:
        if lines.get_linewidth()[0] >= 1.0 and not np.allclose(lines.get_colors()[0][:3], 0.2392, atol=0.01):
            for segment in lines.get_segments():
                (x1, y1), (x2, y2) = axes.transData.transform(segment)
                found.append((min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)))
    return found


def check(figure: config.Figure, rows: list[dict], labels: Labels) -> None:
    estimates = tiny.estimates(rows)
    for narrow in (False, True):
        drawn = draw.figure(figure, estimates, tiny.fits(estimates), labels, 0.95, narrow=narrow)
        picture = drawn.framed if narrow else drawn.figure
        assert overlaps(picture) == [], f"narrow={narrow}"
        assert crossings(picture) == [], f"narrow={narrow}"
        assert picture.get_size_inches()[0] == pytest.approx(3.6 if narrow else 6.5)


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if "57 samples" in n else n for n in CASES])
def test_texts_keep_clear_of_each_other(name: str) -> None:
    check(*CASES[name](), tiny.labels(nations=NATIONS, synthetic=True))


@pytest.mark.parametrize("label", [LONG, WORD], ids=["200 letters", "a word without end"])
@pytest.mark.parametrize("kind", KINDS)
def test_long_labels_are_wrapped(kind: str, label: str) -> None:
    words = dict.fromkeys([*tiny.ITEMS, *tiny.SCALES, "adjusted", "unadjusted", "shares"], label)
    nations = {i: f"{i} {label}" for i in range(1, 58)}
    figure, rows = KINDS[kind]()
    headings = {f"{place} {label}": terms for place, terms in enumerate(figure.headings.values())}
    longer = figure.model_copy(update={"title": label, "headings": headings, "note": label})
    check(longer, rows, tiny.labels(nations=nations, words=words))


def test_the_test_finds_an_overlap_and_a_cut_label() -> None:
    figure = Figure(figsize=(2, 1))
    figure.text(0.1, 0.5, "one")
    figure.text(0.12, 0.5, "two")
    figure.text(0.9, 0.9, "cut off here")
    assert overlaps(figure) == ["outside: 'cut off here'", "overlap: 'one' and 'two'"]


def test_the_test_finds_words_that_a_mark_crosses() -> None:
    figure = Figure(figsize=(2, 1), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, 2)
    axes.set_ylim(0, 1)
    axes.barh([0.5], [1.0], height=0.2, color="#12436D")
    figure.text(0.3, 0.47, "on the bar")
    figure.text(0.6, 0.8, "beside it")
    assert crossings(figure) == ["crossed: 'on the bar'"]
    axes.plot([1.5], [0.83], marker="o", markersize=6, linestyle="none")
    assert crossings(figure) == ["crossed: 'on the bar'", "crossed: 'beside it'"]


def test_57_rows_stand_as_close_as_lines_of_text() -> None:
    figure, rows = dots(57)
    estimates = tiny.estimates(rows)
    drawn = draw.figure(figure, estimates, tiny.fits(estimates), tiny.labels(nations=NATIONS), 0.95)
    assert 9 < drawn.figure.get_size_inches()[1] < 11
