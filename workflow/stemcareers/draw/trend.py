"""Trend: levels wave by wave as lines with direct labels, and beside each the change with its interval.

What is told is the change: a line is dark where the interval of its change leaves no difference out, else grey. No
line joins waves between which the item cannot be compared.
"""

from __future__ import annotations

import math
from functools import partial

import pandas as pd

from stemcareers import wording
from stemcareers.config import Figure
from stemcareers.config.labels import capital
from stemcareers.config.samples import WAVE, code_of, column_of
from stemcareers.config.shown import THEN
from stemcareers.draw.arrange import Record
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.slopes import INTERVALS_AT_MOST, Chart, Line, Point, lay
from stemcareers.errors import Problem
from stemcareers.selection import Selection, records_of

LEVELS = ("share", "mean", "total", "ratio", "quantile")
CHANGES = ("change", "difference", "contrast")
APART = ("outcome", "sample", "answer")


def picture(figure: Figure, selection: Selection, confidence: str) -> Picture:
    """Lines of the selected levels with the changes beside them."""
    levels = selection.only(selection.rows["quantity"].isin(LEVELS))
    changes = selection.only(selection.rows["quantity"].isin(CHANGES) & selection.rows["term"].eq(WAVE))
    if levels.rows.empty or changes.rows.empty:
        absent = "levels (shares or means by wave)" if levels.rows.empty else "changes (a difference between waves)"
        raise Problem(
            selection.where,
            f"a trend shows levels and the error of their change, and has no {absent}; name their specification too",
        )
    levels = levels.of(*LEVELS)
    chart = _chart(figure, levels, records_of(changes.rows))
    reasons = list(dict.fromkeys(f"{line.whole}: {why}" for line in chart.lines for why in line.gaps.values()))
    thicket = max(len(lines) for _, lines in chart.panels) > INTERVALS_AT_MOST
    return Picture(
        lay=partial(lay, chart, figure.x_title, confidence),
        rows=pd.DataFrame(_records(chart)),
        message=_message(chart),
        values=[told for line in chart.lines if (told := _told(line, chart))],
        counted=levels.rows,
        lines="" if thicket else f"{confidence} confidence intervals of the levels",
        notes=[
            f"{capital(chart.between)}: change{_within(changes.rows)} with its {confidence} confidence interval",
            *(["Intervals of the levels stand in the table under the figure"] if thicket else []),
            *([f"No line joins waves that cannot be compared ({'; '.join(reasons)})"] if reasons else []),
        ],
    )


def _within(changes: pd.DataFrame) -> str:
    """Of whom the change is, where it is not the difference of the levels: the levels are of all who answered."""
    followed = changes[changes["quantity"].isin(wording.OF_PANELS) & changes["withheld"].eq("") & changes["n"].notna()]
    if followed.empty:
        return ""
    return f" within the {wording.several(followed['n'].astype(int).tolist())} {wording.IN_BOTH}"


def _chart(figure: Figure, levels: Selection, changes: list[Record]) -> Chart:
    records = [_placed(record, levels) for record in records_of(levels.rows)]
    waves = sorted(dict.fromkeys(r["wave"] for r in records), key=levels.labels.fielded)
    if len(waves) < 2:
        raise Problem(levels.where, f"a trend needs two waves or more, and has {waves[0]}; name the others' levels")
    days = [levels.labels.fielded(wave) for wave in waves]
    if together := [wave for wave, day in zip(waves, days, strict=True) if days.count(day) > 1]:
        told = " and ".join(together)
        raise Problem(levels.where, f"{told} were fielded at once, and a trend goes through time; use dots instead")
    differing = [d for d in APART if len({r[d] for r in records}) > 1]
    if len(differing) > 2:
        counts = ", ".join(f"{len({r[d] for r in records})} {d}s" for d in differing)
        raise Problem(levels.where, f"shows {counts} at once, and a trend has room for two of these; name fewer")
    *outer, inner = differing or ["outcome"]
    panels: dict[str, dict[str, list[Record]]] = {}
    for record in records:
        panels.setdefault(record[outer[0]] if outer else "", {}).setdefault(record[inner], []).append(record)
    drawn = []
    for lines in panels.values():
        first = next(iter(lines.values()))[0]
        heading = _name(outer[0], first, levels) if outer else ""
        made = [_line(parts, inner, heading, waves, changes, levels) for parts in lines.values()]
        if figure.order == "value":
            made.sort(key=lambda line: -float(line.ends[-1].record["estimate"]) if line.ends else math.inf)
        drawn.append((heading, made))
    compared = {line.change["level"] for _, lines in drawn for line in lines if line.change is not None}
    between = sorted({_between(str(level), waves, levels) for level in compared})
    if len(between) > 1:
        raise Problem(levels.where, f"changes between different waves share no column: {'; '.join(between)}; name one")
    titles = [levels.labels.level(WAVE, wave) for wave in waves]
    return Chart(drawn, waves, titles, days, between[0] if between else "")


def _placed(record: Record, selection: Selection) -> Record:
    """The record with its wave, its group without the wave, and its answer."""
    sample, term, level = str(record["sample"]), str(record["term"]), str(record["level"])
    by_wave = column_of(sample) == WAVE
    waves = [str(code_of(sample))] if by_wave else selection.labels.waves_of(str(record["specification"]))
    if len(waves) != 1:
        raise Problem(
            selection.where,
            f"of which wave '{record['specification']}' tells in sample '{sample}' is not known; a trend takes levels "
            "from specifications of one wave, or samples by wave",
        )
    answer = level if selection.labels.kind(term) else ""
    group = {"sample": "all" if by_wave else sample, "own_sample": sample}
    return {**record, **group, "wave": waves[0], "answer": answer}


def _name(dimension: str, record: Record, selection: Selection) -> str:
    if dimension == "answer":
        return selection.labels.level(str(record["term"]), str(record["level"]))
    return selection.label(dimension, record)


def _line(
    parts: list[Record], inner: str, heading: str, waves: list[str], changes: list[Record], selection: Selection
) -> Line:
    first = parts[0]
    name = _name(inner, first, selection)
    points = sorted((Point(waves.index(r["wave"]), r) for r in parts), key=lambda p: p.place)
    outcome = str(first["outcome"])
    gaps = {}
    for a, b in zip(points, points[1:], strict=False):
        if changed := selection.labels.changed(outcome, waves[a.place], waves[b.place]):
            gaps[a.place] = "; ".join(changed)
    change = max((r for r in changes if _is_of(r, first)), key=partial(_later, waves), default=None)
    if change is None and not gaps:
        told = f"'{outcome}' in sample '{first['sample']}'"
        raise Problem(
            selection.where, f"no change of {told} is among the estimates; name the specification that has it"
        )
    return Line(name, f"{heading}: {name}" if heading else name, points, change, gaps)


def _is_of(change: Record, level: Record) -> bool:
    """Whether a change is of this level: of the same item, group and answer."""
    if (change["outcome"], change["sample"]) != (level["outcome"], level["sample"]):
        return False
    _, _, answer = str(change["level"]).partition(f"{level['outcome']}=")
    return answer == level["answer"] if answer else True


def _later(waves: list[str], change: Record) -> int:
    """The place of the wave up to which a change is: beside a line belongs the change up to its end."""
    wave = str(change["level"]).partition(", ")[0].rpartition(THEN)[2]
    return waves.index(wave) if wave in waves else -1


def _between(level: str, waves: list[str], selection: Selection) -> str:
    """`2012 to 2013`: from one wave to the other."""
    label = selection.labels.level
    if THEN in level:
        return label(WAVE, level)
    later = level.partition(", ")[0]
    earlier = next((w for w in waves if w != later), waves[0])
    return f"{label(WAVE, earlier)} to {label(WAVE, later)}"


def _records(chart: Chart) -> list[Record]:
    """The drawn rows: of each line its levels, then its change."""
    found = []
    for line in chart.lines:
        for point in line.points:
            r = point.record
            found.append({**r, "sample": r["own_sample"], "row": line.whole, "series": chart.titles[point.place]})
        if line.change is not None:
            found.append({**line.change, "row": line.whole, "series": f"change, {chart.between}"})
    return found


def _message(chart: Chart) -> str:
    known = [line for line in chart.lines if line.change is not None and not line.change["withheld"]]
    clear = sum(line.clear for line in known)
    if not known:
        return "No change is shown"
    if len(known) == 1:
        return "The change is clear" if clear else "The change is not clear: its interval contains zero"
    return f"{clear} of {len(known)} changes {'is' if clear == 1 else 'are'} clear of zero"


def _told(line: Line, chart: Chart) -> Told | None:
    if not line.ends:
        return None
    values = ", ".join(f"{line.value(p)} in {chart.titles[p.place]}" for p in (line.ends[0], line.ends[-1]))
    return Told(line.whole, f"{values}, change {line.changed()}")
