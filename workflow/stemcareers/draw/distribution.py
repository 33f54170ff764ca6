"""Distribution: the share in each bin with its interval, one panel per sample on the same scales."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from stemcareers import wording
from stemcareers.config import Figure
from stemcareers.config.labels import bin_edges
from stemcareers.draw import axis, key, marks, rowchart, style
from stemcareers.draw.key import Sample
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.sheet import Sheet, Words, text
from stemcareers.errors import Problem
from stemcareers.selection import Selection, records_of

PANEL_WIDTH, PANEL_HEIGHT = 150.0, 92.0
ONE_PANEL_HEIGHT = 150.0
BAR = "#6F93B8"  # light enough for the black interval on it to be seen
GAP = 24.0
AXIS_GAP = 5.0
STEPS = 12  # points of the curve in each bin
APART = ("sample", "outcome")
NORMAL = "Curve: a normal distribution with the same mean and standard deviation"


@dataclass(frozen=True)
class Bins:
    """One panel: its name, its bins from low to high, and the mean where there is one."""

    name: str
    bins: list[dict[str, Any]]
    mean: dict[str, Any] | None

    @property
    def shown(self) -> list[dict[str, Any]]:
        return [b for b in self.bins if not b["withheld"]]


def picture(figure: Figure, selection: Selection, confidence: str) -> Picture:
    """Histograms of the selected distributions, with the mean where a specification among them gives it."""
    shares = selection.only(selection.rows["quantity"].eq("share"))
    outside = sorted({level for level in shares.rows["level"] if bin_edges(level) is None})
    if shares.rows.empty or outside:
        found = f"'{outside[0]}'" if outside else "no share"
        raise Problem(selection.where, f"a distribution needs shares of bins like '[0, 10)', found {found}")
    means = selection.only(selection.rows["quantity"].eq("mean"))
    panels = _panels(shares, means)
    records = [{**b, "row": p.name, "series": "share"} for p in panels for b in p.bins]
    records += [{**p.mean, "row": p.name, "series": "mean"} for p in panels if p.mean]
    hidden = [str(b["withheld"]) for p in panels for b in p.bins if p.shown]
    return Picture(
        lay=partial(_lay, panels, figure.x_title, selection.labels.units, figure.normal),
        rows=pd.DataFrame(records),
        message=_message(panels),
        values=_told(panels, selection),
        lines=f"{confidence} confidence intervals",
        notes=[
            *(["The broken line marks the mean."] if any(_mean_shown(p) for p in panels) else []),
            *([f"{NORMAL}; both are taken from the bars"] if figure.normal else []),
            *wording.marks(hidden, because=False),
        ],
    )


def _panels(shares: Selection, means: Selection) -> list[Bins]:
    by = [d for d in APART if len(shares.known(d)) > 1]
    if len(by) > 1:
        counts = " and ".join(f"{len(shares.known(d))} {d}s" for d in by)
        raise Problem(shares.where, f"a distribution sets samples or outcomes apart, not {counts}; name fewer")
    if len(shares.known("specification")) > 1:
        raise Problem(shares.where, "a distribution shows one specification with bins; name one")
    dimension = by[0] if by else "sample"
    panels = []
    for _, rows in shares.rows.groupby(dimension, sort=False):
        records = records_of(rows)
        first = records[0]
        like = means.rows[means.rows["sample"].eq(first["sample"]) & means.rows["outcome"].eq(first["outcome"])]
        mean = records_of(like)[0] if len(like) else None
        ranked = sorted(records, key=lambda r: _edges(r))
        panels.append(Bins(shares.label(dimension, first), ranked, mean))
    return panels


@dataclass(frozen=True)
class Frame:
    """What all panels have in common: their scales and sizes."""

    across: axis.Axis
    upright: axis.Axis
    columns: int
    left: float
    names: bool
    means: bool
    normal: bool


def _lay(panels: list[Bins], x_title: str, units: str, normal: bool, sheet: Sheet, narrow: bool) -> None:
    frame = _frame(panels, sheet.width, normal)
    if normal:
        samples = [Sample(f"Share of {units}", _bar_sample), Sample("Normal distribution", _curve_sample)]
        sheet.y += key.above(samples, sheet, sheet.width) + 4
    else:
        sheet.paragraph(f"Share of {units}", colour=style.GREY)
    for begin in range(0, len(panels), frame.columns):
        row = panels[begin : begin + frame.columns]
        sheet.y += GAP / 2 if begin else 2
        _names(row, frame, sheet)
        for place, panel in enumerate(row):
            _panel(panel, frame, frame.left + place * (frame.across.width + GAP), sheet, labelled=place == 0)
        sheet.y += (style.LEADING if frame.means else 0) + frame.upright.width
        below = sheet.y
        for place in range(len(row)):
            sheet.y = below
            rowchart.scale(frame.across, frame.left + place * (frame.across.width + GAP), sheet)
    rowchart.title(x_title, frame.left, sheet)


def _frame(panels: list[Bins], width: float, normal: bool) -> Frame:
    numbers = axis.Numbers("share", wording.PROBABILITY)
    tops = [max(float(b["estimate"]), _bound(b)) for p in panels for b in p.shown]
    tops += [share for p in panels for _, share in _normal(p)] if normal else []
    height = ONE_PANEL_HEIGHT if len(panels) == 1 else PANEL_HEIGHT
    upright = axis.linear(0.0, max(tops, default=1.0) * 1.03, height, numbers, (0.0, 1.0), upright=True)
    left = max(style.width(t.label) for t in upright.ticks) + AXIS_GAP
    columns = min(len(panels), max(1, int((width - left + GAP) // (PANEL_WIDTH * 0.9 + GAP))))
    low = min(_edges(b)[0] for p in panels for b in p.bins)
    high = max(_edges(b)[1] for p in panels for b in p.bins)
    # The last label of a scale may stick out by half its width: leave that much on the right.
    room = width - left - GAP * (columns - 1)
    across = axis.linear(low, high, room / columns - GAP / 2, axis.Numbers("mean", ""))
    return Frame(across, upright, columns, left, len(panels) > 1, any(_mean_shown(p) for p in panels), normal)


def _names(row: list[Bins], frame: Frame, sheet: Sheet) -> None:
    """The panels' names, each over its panel, their last lines at the same height."""
    if not frame.names:
        return
    names = [style.wrap(_name(panel), frame.across.width, bold=True) for panel in row]
    most = max(len(lines) for lines in names)
    for place, lines in enumerate(names):
        for i, line in enumerate(lines):
            middle = sheet.y + (most - len(lines) + i + 0.5) * style.LEADING
            sheet.write(frame.left + place * (frame.across.width + GAP), middle, line, bold=True)
    sheet.y += most * style.LEADING


def _name(panel: Bins) -> str:
    n = [int(b["n"]) for b in panel.shown if pd.notna(b["n"])]
    return f"{panel.name} ({style.unbroken(f'n = {wording.several(n)}')})" if n else panel.name


def _panel(panel: Bins, frame: Frame, left: float, sheet: Sheet, labelled: bool) -> None:
    """One histogram from `sheet.y` down: the mean's label, the bars, the labels of the upright scale."""
    top = sheet.y + (style.LEADING if frame.means else 0)
    height, width = frame.upright.width, frame.across.width
    if _mean_shown(panel):
        label = _mean_label(panel, width)
        half = style.width(label) / 2
        at = frame.across.points(frame.across.clipped(float(panel.mean["estimate"])))  # type: ignore[index]
        middle = sheet.y + style.LEADING / 2
        sheet.write(left + min(max(at, half), width - half), middle, label, colour=style.GREY, align="center")
    if labelled:
        for tick in frame.upright.ticks:
            middle = top + height - frame.upright.points(tick.at)
            sheet.write(left - AXIS_GAP, middle, tick.label, colour=style.GREY, align="right")
    if not panel.shown:
        reason = wording.withheld(str(panel.bins[0]["withheld"]))
        for i, line in enumerate(style.wrap(reason, width)):
            sheet.write(left, top + height / 2 + i * style.LEADING, line, colour=style.GREY)
    sheet.panel(left, top, width, height, partial(_paint, panel, frame))


def _paint(panel: Bins, frame: Frame, axes: Axes) -> None:
    height = frame.upright.width
    axes.set_xlim(frame.across.low, frame.across.high)
    axes.set_ylim(frame.upright.low, frame.upright.high)
    for tick in frame.upright.ticks:
        axes.axhline(tick.at, color=style.GRID if tick.at else style.GREY, linewidth=0.6 if tick.at else 1.0, zorder=0)
    edges = [_edges(b) for b in panel.shown]
    axes.bar(
        [low for low, _ in edges],
        [float(b["estimate"]) for b in panel.shown],
        [high - low for low, high in edges],
        align="edge",
        color=BAR,
        edgecolor=style.WHITE,
        linewidth=0.8,
    )
    if frame.normal and (curve := _normal(panel)):
        axes.plot(*zip(*curve, strict=True), color=style.WHITE, linewidth=3.2, zorder=2.4)
        axes.plot(*zip(*curve, strict=True), color=style.ORANGE, linewidth=1.6, zorder=2.5)
    known = [b for b in panel.shown if not math.isnan(float(b["ci_low"]))]
    bounds = [[float(b[name]) for b in known] for name in ("ci_low", "ci_high")]
    axes.vlines([_middle(b) for b in known], *bounds, color=style.INK, linewidth=1.0, zorder=3)
    for b in panel.bins if panel.shown else []:
        if b["withheld"]:
            letter = wording.mark(str(b["withheld"]))
            words = Words(_middle(b), frame.upright.high * 3 / height, letter, colour=style.GREY, align="center")
            axes.add_artist(text(words, words.x, words.y))
    if _mean_shown(panel):
        at = float(panel.mean["estimate"])  # type: ignore[index]
        axes.axvline(at, color=style.INK, linewidth=1.2, linestyle=(0, (4, 2)), zorder=4)


def _normal(panel: Bins) -> list[tuple[float, float]]:
    """Points of a curve: the share that a normal distribution has in a bin as wide as the one there, around each place.

    Its mean and variance are those of the bins, answers taken to stand in the middles, less a twelfth of the squared
    width that this adds (Sheppard's correction). Nothing where a bin is withheld, or all answers stand in one.
    """
    if len(panel.shown) < len(panel.bins):
        return []
    shares = [float(b["estimate"]) for b in panel.bins]
    middles, widths = [_middle(b) for b in panel.bins], [high - low for low, high in map(_edges, panel.bins)]
    mean = sum(p * m for p, m in zip(shares, middles, strict=True))
    spread = sum(p * ((m - mean) ** 2 - w**2 / 12) for p, m, w in zip(shares, middles, widths, strict=True))
    if spread <= 0:
        return []
    scale = math.sqrt(2 * spread)
    points = []
    for (low, high), width in zip(map(_edges, panel.bins), widths, strict=True):
        for step in range(STEPS + 1):
            at = low + (high - low) * step / STEPS
            ends = [math.erf((end - mean) / scale) for end in (at - width / 2, at + width / 2)]
            points.append((at, (ends[1] - ends[0]) / 2))
    return points


def _bar_sample(axes: Axes, x: float, y: float) -> None:
    marks.swatch(axes, x, y, BAR)


def _curve_sample(axes: Axes, x: float, y: float) -> None:
    axes.hlines(y, x - 7, x + 7, colors=style.ORANGE, linewidth=1.6)


def _mean_shown(panel: Bins) -> bool:
    return panel.mean is not None and not panel.mean["withheld"]


def _mean_label(panel: Bins, width: float) -> str:
    m: dict[str, Any] = panel.mean or {}
    whole = wording.estimate("mean", m["unit"], float(m["estimate"]), float(m["ci_low"]), float(m["ci_high"]))
    label = f"mean {whole}"
    return label if style.width(label) <= width else f"mean {wording.decimal(float(m['estimate']))}"


def _edges(record: dict[str, Any]) -> tuple[float, float]:
    edges = bin_edges(str(record["level"]))
    if edges is None:
        raise AssertionError("only bins come here")
    return edges


def _middle(record: dict[str, Any]) -> float:
    return sum(_edges(record)) / 2


def _bound(record: dict[str, Any]) -> float:
    bound = float(record["ci_high"])
    return 0.0 if math.isnan(bound) else bound


def _message(panels: list[Bins]) -> str:
    if len(panels) > 1:
        return f"{len(panels)} histograms on the same scales"
    return f"Histogram of {len(panels[0].bins)} bins"


def _told(panels: list[Bins], selection: Selection) -> list[Told]:
    """Of one panel the mean and the fullest bins; of several the mean of each, or its fullest bin."""
    told: list[Told] = []
    for panel in panels:
        name = f"{panel.name}, " if len(panels) > 1 else ""
        if _mean_shown(panel):
            told.append(Told(f"{name}mean", _mean_label(panel, math.inf).removeprefix("mean ")))
        ranked = sorted(panel.shown, key=lambda b: -float(b["estimate"]))
        for b in ranked[: 1 if len(panels) > 1 else 3]:
            value = wording.estimate("share", b["unit"], float(b["estimate"]), float(b["ci_low"]), float(b["ci_high"]))
            between = selection.labels.level(str(b["outcome"]), str(b["level"]))
            told.append(Told(f"{name}most often {between}" if b is ranked[0] else f"{name}{between}", value))
    return told
