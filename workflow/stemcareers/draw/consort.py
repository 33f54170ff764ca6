"""Flow: a wave from the responses that came in over those left out, by reason, to those kept and used in models.

Source: the flow diagram of the CONSORT statement, Schulz, Altman & Moher (2010), doi:10.1136/bmj.c332.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from stemcareers import wording
from stemcareers.config import Labels
from stemcareers.config.labels import capital
from stemcareers.config.samples import WAVE
from stemcareers.draw import style
from stemcareers.draw.arrange import Record
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.sheet import Sheet
from stemcareers.errors import Problem
from stemcareers.selection import records_of

SPECIFICATION = "flow"
RECEIVED, LEFT_OUT, KEPT, FLAGGED, USED = "received", "left_out", "kept", "flagged", "used"
STAGES = (RECEIVED, LEFT_OUT, KEPT, FLAGGED, USED)
PAD, STEP, ARROW = 7.0, 22.0, 4.5
STEM = 0.44  # how much of the width the boxes of the stem take
ASIDE = 22.0  # from the stem to what leaves it
MODELS_AT_MOST = 6


@dataclass(frozen=True)
class Box:
    """A stage: a heading, and what it consists of, each with its count."""

    heading: str
    parts: list[tuple[str, str]]
    strong: bool


def rows(wave: str, facts: pd.DataFrame, fits: pd.DataFrame) -> pd.DataFrame:
    """The rows a flow is drawn from: the flow of a wave's facts, and for every model of this wave what it used.

    facts  ESTIMATES rows of the wave.
    fits   FITS rows of the models that rest on this wave alone.
    """
    about = facts["sample"].eq(f"{WAVE}={wave}") & facts["specification"].eq(SPECIFICATION)
    flow = facts[about & facts["term"].isin(STAGES)]
    if not flow["term"].eq(RECEIVED).any() or not flow["term"].eq(KEPT).any():
        raise Problem(f"wave {wave}", "its facts do not say how many responses were received and kept")
    if fits.empty:
        return flow.reset_index(drop=True)
    blank = dict.fromkeys(("std_error", "ci_low", "ci_high", "df", "p_value", "p_adjusted"))
    key = ["specification", "sample", "outcome"]
    used = fits[["study", *key, "n", "n_schools", "withheld"]].drop_duplicates(key)
    used = used.sort_values(key)  # as estimates are: drawn again from its rows, the flow is the same
    told = {"quantity": "count", "term": USED, "level": "", "role": "flow", "unit": "responses", **blank}
    made = used.assign(estimate=used["n"].astype("Float64"), synthetic=bool(flow["synthetic"].any()), **told)
    return pd.concat([flow, made[flow.columns].astype(flow.dtypes)], ignore_index=True)


def picture(wave: str, table: pd.DataFrame, labels: Labels) -> Picture:
    """The flow of one wave; `table` has the rows of `rows`."""
    stages = {stage: records_of(table[table["term"].eq(stage)]) for stage in STAGES}
    left_out, flagged = (_counted(stages[stage]) for stage in (LEFT_OUT, FLAGGED))
    models = _models(stages[USED], labels)
    stem = [
        Box(f"{_told(stages[RECEIVED][0])} responses received", [], True),
        Box(f"{_told(stages[KEPT][0])} kept for analysis", [], True),
    ]
    asides = [
        Box(_left_out(stages), left_out, False),
        Box("Flagged, and kept", flagged, False) if flagged else None,
    ]
    last = Box("Used in models", models, True) if models else None
    drawn = [
        {**record, "row": _row(record, labels), "series": STAGE_NAMES[stage]}
        for stage in STAGES
        for record in (stages[stage] if stage in (RECEIVED, KEPT, USED) else sorted(stages[stage], key=_by_size))
    ]
    told = [(reason, "withheld" if count == wording.WITHHELD else count) for reason, count in left_out]
    reasons = "; ".join(f"{reason}: {count}" for reason, count in told) or "none"
    return Picture(
        lay=partial(_lay, stem, asides, last),
        rows=pd.DataFrame(drawn),
        message=f"{_told(stages[RECEIVED][0])} responses received, {_told(stages[KEPT][0])} kept; left out: {reasons}",
        values=[Told(label, value) for label, value in models],
        notes=[
            *(["A model uses the responses that answered all its questions"] if models else []),
            *wording.marks((str(r["withheld"]) for r in drawn), because=False),
        ],
        counted=table.iloc[:0],
    )


STAGE_NAMES = {RECEIVED: "received", LEFT_OUT: "left out", KEPT: "kept", FLAGGED: "flagged", USED: "used in models"}


def _left_out(stages: dict[str, list[Record]]) -> str:
    """How many were left out in all, where both ends are shown."""
    ends = [stages[stage][0] for stage in (RECEIVED, KEPT)]
    if any(end["withheld"] for end in ends):
        return "Left out"
    out = float(ends[0]["estimate"]) - float(ends[1]["estimate"])
    return f"{wording.count(out)} left out" if out else "None left out"


def _row(record: Record, labels: Labels) -> str:
    if record["term"] != USED:
        return str(record["level"]) or "all"
    model = labels.specification(str(record["specification"]))
    return f"{model}: {labels.outcome(str(record['outcome']))}, {labels.sample(str(record['sample']))}"


def _models(records: list[Record], labels: Labels) -> list[tuple[str, str]]:
    """Each model with the fewest and the most responses it used; of many models only how many, and these.

    A model goes by its short name, or by its title where another has the same one.
    """
    by_model: dict[str, list[int]] = {}
    for record in records:
        if not record["withheld"] and pd.notna(record["n"]):
            by_model.setdefault(str(record["specification"]), []).append(int(record["n"]))
    if len(by_model) > MODELS_AT_MOST:
        every = [n for counts in by_model.values() for n in counts]
        return [(f"{len(by_model)} models", wording.several(every))]
    short = {name: _model(name, labels.specification(name), records, labels) for name in by_model}
    shared = {words for words, times in Counter(short.values()).items() if times > 1}
    told = {
        name: _model(name, labels.title(name), records, labels) if words in shared else words
        for name, words in short.items()
    }
    return [(told[name], wording.several(n)) for name, n in by_model.items()]


def _model(name: str, words: str, records: list[Record], labels: Labels) -> str:
    """A model's name, with the sample where it is about one part of the study."""
    samples = {str(record["sample"]) for record in records if record["specification"] == name}
    only = next(iter(samples)) if len(samples) == 1 else "all"
    return words if only == "all" else f"{words}, {labels.sample(only)}"


def _counted(records: Iterable[Record]) -> list[tuple[str, str]]:
    """Reason and count of what cost anything, the largest first, what is withheld last."""
    return [
        (str(r["level"]), _told(r)) for r in sorted(records, key=_by_size) if r["withheld"] or float(r["estimate"]) > 0
    ]


def _told(record: Record) -> str:
    if record["withheld"]:
        return wording.WITHHELD
    return "?" if pd.isna(record["estimate"]) else wording.count(float(record["estimate"]))


def _by_size(record: Record) -> tuple[bool, float, str]:
    hidden = bool(record["withheld"])
    return (hidden, 0.0 if hidden else -float(record["estimate"]), str(record["level"]))


# --- boxes and arrows -----------------------------------------------------------------------------------------------


def _lay(stem: list[Box], asides: list[Box | None], last: Box | None, sheet: Sheet, narrow: bool) -> None:
    width = sheet.width * STEM
    beside = width + ASIDE
    for place, (box, aside) in enumerate(zip(stem, asides, strict=True)):
        height = _box(box, 0.0, width, sheet)
        below = sheet.y + height
        if aside is not None:
            at = below + STEP / 2
            its = _height(aside, sheet.width - beside - 1)
            whole = at + its + STEP / 2
            middle = at - below + min(its, 2 * PAD + style.LEADING) / 2
            sheet.panel(0.0, below, beside, whole - below, partial(_branch, width / 2, beside, middle))
            sheet.y = at
            _box(aside, beside, sheet.width - beside - 1, sheet)
            sheet.y = whole
        elif place < len(stem) - 1 or last is not None:
            sheet.y = below + STEP
        else:
            sheet.y = below
        ends = place == len(stem) - 1 and last is None
        if not ends:
            sheet.panel(0.0, below, width, sheet.y - below, partial(_arrow, width / 2))
    if last is not None:
        sheet.y += _box(last, 0.0, sheet.width - 1, sheet)
    sheet.y += 2


def _lines(box: Box, width: float) -> list[tuple[list[str], str]]:
    """The heading and the parts in lines; a part's count stands on its last line."""
    room = width - 2 * PAD
    found = [(style.wrap(box.heading, room, box.strong), "")]
    for label, count in box.parts:
        found.append((style.wrap(capital(label), room - style.width(count) - 8), count))
    return found


def _height(box: Box, width: float) -> float:
    return style.LEADING * sum(len(lines) for lines, _ in _lines(box, width)) + 2 * PAD


def _box(box: Box, left: float, width: float, sheet: Sheet) -> float:
    """A box with its words, from `sheet.y` down; its height."""
    height = _height(box, width)
    sheet.panel(left, sheet.y, width, height, partial(_frame, width, height, box.strong))
    y = sheet.y + PAD + style.LEADING / 2
    for number, (lines, count) in enumerate(_lines(box, width)):
        for i, line in enumerate(lines):
            sheet.write(left + PAD, y, line, bold=box.strong and number == 0)
            if count and i == len(lines) - 1:
                sheet.write(left + width - PAD, y, count, align="right")
            y += style.LEADING
    return height


def _frame(width: float, height: float, strong: bool, axes: Axes) -> None:
    axes.set_xlim(0, width)
    axes.add_patch(
        Rectangle(
            (0.5, 0.5),
            width - 1,
            height - 1,
            facecolor="#EEF3F8" if strong else style.WHITE,
            edgecolor=style.DARK_BLUE if strong else style.CONTEXT,
            linewidth=1.2 if strong else 0.8,
        )
    )


def _arrow(x: float, axes: Axes) -> None:
    """From the stage above to the one below."""
    low, _ = axes.get_ylim()
    axes.set_xlim(0, 2 * x)
    axes.plot([x, x], [0, low - 2], color=style.GREY, linewidth=1.0)
    axes.plot([x], [low - ARROW / 2 - 0.5], marker="v", markersize=ARROW + 1, color=style.GREY, clip_on=False)


def _branch(x: float, right: float, y: float, axes: Axes) -> None:
    """From the stem to what leaves it."""
    axes.set_xlim(0, right)
    axes.plot([x, x, right - 2], [0, y, y], color=style.GREY, linewidth=1.0)
    axes.plot([right - ARROW / 2 - 0.5], [y], marker=">", markersize=ARROW + 1, color=style.GREY, clip_on=False)


def alt(title: str, pictured: Picture, synthetic: bool) -> str:
    """What the figure says, for those who do not see it."""
    values = "; ".join(f"{told.label} used {told.value}" for told in pictured.values[:3])
    return wording.sentences([title, pictured.message, values, wording.SYNTHETIC if synthetic else ""])
