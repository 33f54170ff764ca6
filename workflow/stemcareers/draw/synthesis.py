"""Figures across studies: real answers first, made-up ones in panels of their own, one unit to an axis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from stemcareers import contracts, wording
from stemcareers.config import Labels, Synthesis
from stemcareers.config.labels import small
from stemcareers.config.synthesis import OVERVIEW
from stemcareers.draw import Drawn, axis, marks, redraw, rowchart, style
from stemcareers.draw.caption import IN_ALT
from stemcareers.draw.key import Sample
from stemcareers.draw.layout import INDENT, Line, Placed, Row, RowChart
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.sheet import Sheet
from stemcareers.selection import records_of

PER_SD, YES_NO = wording.PER_SD, wording.SD
UNITS = {
    PER_SD: "One standard deviation more of the feature",
    YES_NO: "With the feature compared with without it",
}
AXES = {
    PER_SD: "Difference in standard deviations of the outcome, for one standard deviation more",
    YES_NO: "Difference in standard deviations of the outcome",
}
KIND = "synthesis"  # what its json says, so that it is drawn again by this module
AROUND = ("alt", "caption", "heading", "synthetic")
PANEL_GAP = 14.0
BAND = 7.0
Record = dict[str, Any]


@dataclass(frozen=True)
class Panel:
    """Rows in one unit, all on real answers or all on made-up ones."""

    unit: str
    synthetic: bool
    rows: list[Row]


def figure(
    name: str,
    synthesis: Synthesis,
    evidence: pd.DataFrame,
    labels: Mapping[str, Labels],
    confidence_level: float,
    *,
    narrow: bool = False,
) -> Drawn:
    """A figure of the synthesis by its id: `overview`, a feature, or `<feature>-<evidence>` for its samples.

    evidence  EVIDENCE rows.
    labels    of every study in them.
    """
    notes = {study: redraw.noted(its) for study, its in labels.items()}
    heading, picture = _pictured(
        name, synthesis, evidence, {study: its for study, (its, _) in notes.items()}, confidence_level
    )
    drawn = _drawn(heading, picture, labels, narrow)
    return replace(
        drawn,
        kept={
            "drawn": {"kind": KIND, "figure": name, "of": _of(name, synthesis).model_dump(mode="json")},
            "confidence_level": confidence_level,
            **{word: getattr(drawn, word) for word in AROUND},
            "labels": {study: answers for study, (_, answers) in notes.items()},
        },
    )


def again(path: Path, kept: dict[str, Any], narrow: bool) -> Drawn:
    """The figure whose rows lie in this csv file, drawn from them and from what was kept of it."""
    drawn, where = kept["drawn"], path.with_suffix(".json").as_posix()
    evidence = redraw.rows(path.read_bytes(), path.as_posix(), contracts.EVIDENCE)
    labels = {study: redraw.remembered(answers, where) for study, answers in kept["labels"].items()}
    _, picture = _pictured(drawn["figure"], Synthesis(**drawn["of"]), evidence, labels, kept["confidence_level"])
    around = {word: kept[word] for word in AROUND}
    return Drawn(rows=picture.rows, **around, narrow=narrow, picture=picture, kept=kept)


def _of(name: str, synthesis: Synthesis) -> Synthesis:
    """The part of the synthesis that a figure shows."""
    shown = {
        feature: its
        for feature, its in synthesis.features.items()
        if name in {OVERVIEW, feature, *(f"{feature}-{piece}" for piece in its.evidence)}
    }
    return synthesis.model_copy(update={"features": shown, "summary": [], "left_out": {}, "limits": []})


def _pictured(
    name: str, synthesis: Synthesis, evidence: pd.DataFrame, labels: Mapping[str, Labels], confidence_level: float
) -> tuple[str, Picture]:
    level = wording.percent(confidence_level)
    if name == OVERVIEW:
        return f"{synthesis.title}: every feature", _overview(synthesis, evidence, level)
    if name in synthesis.features:
        its = evidence[evidence["feature"].eq(name)]
        return synthesis.features[name].title, _feature(name, synthesis, its, labels, level)
    feature, piece = next((f, e) for f, e, _ in synthesis.pieces() if f"{f}-{e}" == name)
    its = evidence[evidence["feature"].eq(feature) & evidence["evidence"].eq(piece)]
    return _each(feature, piece, synthesis, its, labels, level)


def _drawn(heading: str, picture: Picture, labels: Mapping[str, Labels], narrow: bool) -> Drawn:
    sources = dict.fromkeys(labels[study].source for study in picture.rows["study"].unique())
    made_up = f"Grey marks: {small(wording.SYNTHETIC)}" if picture.rows["synthetic"].any() else ""
    values = "; ".join(map(str, picture.values[:IN_ALT]))
    source = f"Source: {'; '.join(sources)}"
    return Drawn(
        rows=picture.rows,
        alt=wording.sentences([heading, picture.message, values, made_up]),
        caption=wording.sentences([f"Thin lines: {picture.lines}", *picture.notes, source, made_up]),
        heading=heading,
        synthetic=False,  # its panels say it of themselves
        narrow=narrow,
        picture=picture,
    )


def _overview(synthesis: Synthesis, evidence: pd.DataFrame, level: str) -> Picture:
    """Every feature: the first number of each piece of evidence, averages for those over several samples.

    Of real answers; of made-up ones only where there are no others.
    """
    real = evidence[~evidence["synthetic"]]
    evidence = real if len(real) else evidence
    panels = []
    for synthetic, unit in _kinds(evidence):
        rows: list[Row] = []
        for name, feature in synthesis.features.items():
            told = [
                Row(one.label, [_line(main, f"{feature.title}: {one.label}", synthetic)])
                for piece, one in feature.evidence.items()
                if (main := _main(evidence, name, piece)) is not None
                and (main["synthetic"], main["unit"]) == (synthetic, unit)
            ]
            rows += [Row(feature.title, kind="heading"), *told] if told else []
        panels += [Panel(unit, synthetic, rows)] if rows else []
    return _picture(panels, level, key=False)


def _feature(
    name: str, synthesis: Synthesis, evidence: pd.DataFrame, labels: Mapping[str, Labels], level: str
) -> Picture:
    """One feature: each piece of evidence with and without other things held constant, then its samples in focus."""
    panels = []
    for synthetic, unit in _kinds(evidence):
        rows = []
        for piece, one in synthesis.features[name].evidence.items():
            if one.study not in labels:
                continue
            its = evidence[evidence["evidence"].eq(piece) & evidence["synthetic"].eq(synthetic)]
            its = its[its["unit"].eq(unit)]
            whole = its[its["sample"].eq(one.sample)]
            average = int(whole["samples"].iloc[0]) if len(whole) and one.averaged else 0
            label = f"{one.label}: average of {average} {one.samples_are}" if average else one.label
            rows += [Row(label, _both(whole, label, synthetic))] if len(whole) else []
            for sample in one.focus:
                part = its[its["sample"].eq(sample)]
                words = labels[one.study].sample(sample)
                rows += (
                    [Row(words, _both(part, f"{one.label}: {words}", synthetic), indent=INDENT)] if len(part) else []
                )
        panels += [Panel(unit, synthetic, rows)] if rows else []
    return _picture(panels, level, key=True)


def _each(
    feature: str, piece: str, synthesis: Synthesis, its: pd.DataFrame, labels: Mapping[str, Labels], level: str
) -> tuple[str, Picture]:
    """The heading, and every sample of a piece of evidence from the highest to the lowest, the average as a line."""
    one = synthesis.features[feature].evidence[piece]
    first = next(iter(one.models()))
    its = its[its["held"].eq(first)]
    shown = its[its["kind"].eq("estimate") & its["withheld"].eq("")].sort_values(
        ["estimate", "sample"], ascending=False
    )
    average = records_of(its[its["kind"].eq("average") & its["withheld"].eq("")])
    rows = [
        Row(f"Average: {wording.decimal(r['estimate'])}", [_line(r, "Average", False)], kind="average") for r in average
    ]
    for record in records_of(shown):
        label, focus = labels[one.study].sample(record["sample"]), record["sample"] in one.focus
        line = _line(record, label, bool(record["synthetic"]))
        line.bold, line.colour = focus, style.DARK_BLUE if focus else style.CONTEXT
        rows.append(Row(label, [line], bold=focus))
    lost = int((its["kind"].eq("estimate") & its["withheld"].ne("")).sum())
    rows = rows or [Row(f"None of {lost} {one.samples_are} has an estimate")]
    records = [line.record for row in rows for line in row.lines]
    heading = f"{synthesis.features[feature].title}: {one.label}, {one.samples_are} one by one"
    zones = [(float(r["further_low"]), float(r["further_high"])) for r in average]
    unit = str(records[0]["unit"]) if records else ""
    chart = partial(_chart, rows, unit, records, level, paint=partial(_paint_each, zones), numbers=True)
    notes = [
        f"{wording.HELD[first]}",
        "The shaded zone is where a further one would lie, the broken line the average" if zones else "",
        f"{lost} of {lost + len(shown)} {one.samples_are} have no estimate" if lost else "",
    ]
    return heading, Picture(
        lay=lambda sheet, narrow: rowchart.lay(chart(), sheet, narrow),
        rows=_table(records),
        message=f"{len(shown)} {one.samples_are}, from the highest to the lowest",
        values=[_told(r) for r in records if r["kind"] == "average" or r["sample"] in one.focus],
        lines=f"{level} confidence intervals",
        notes=[note for note in notes if note],
    )


def _picture(panels: list[Panel], level: str, key: bool) -> Picture:
    records = [line.record for panel in panels for row in panel.rows for line in row.lines]
    real = [r for r in records if not r["synthetic"] and not r["withheld"]]
    further = any(pd.notna(r["further_low"]) for r in records)
    return Picture(
        lay=lambda sheet, narrow: _lay(panels, level, key, sheet, narrow),
        rows=_table(records),
        message=f"{len(real)} numbers rest on real answers, {len(records) - len(real)} on made-up ones"
        if len(real) < len(records)
        else f"{len(real)} numbers rest on real answers",
        values=[_told(r) for r in sorted(real, key=lambda r: -abs(r["estimate"]))],
        lines=f"{level} confidence intervals",
        notes=[
            *(["Pale bands: where a further one of those averaged would lie"] if further else []),
            "The upright line at 0 marks no difference",
        ],
    )


def _lay(panels: list[Panel], level: str, key: bool, sheet: Sheet, narrow: bool) -> None:
    """Panels one below the other; those in one unit share a scale, so that they can be compared by eye."""
    spread: dict[str, list[Record]] = {}
    for panel in panels:
        spread.setdefault(panel.unit, []).extend(line.record for row in panel.rows for line in row.lines)
    for place, panel in enumerate(panels):
        sheet.y += PANEL_GAP if place else 0.0
        first = place == 0 or panels[place - 1].synthetic != panel.synthetic
        if first and panel.synthetic:
            sheet.paragraph(wording.SYNTHETIC, bold=True, colour=style.DARK_PINK)
        elif first:
            sheet.paragraph("Real answers", bold=True)
        sheet.paragraph(UNITS.get(panel.unit, f"In {panel.unit}"), colour=style.GREY)
        sheet.y += 3
        rowchart.lay(_chart(panel.rows, panel.unit, spread[panel.unit], level, key=key), sheet, narrow)


def _chart(
    rows: list[Row],
    unit: str,
    spread: list[Record],
    level: str,
    *,
    paint: Callable[[Axes, axis.Axis, list[Placed]], None] | None = None,
    key: bool = False,
    numbers: bool = False,
) -> RowChart:
    lines = [line for row in rows for line in row.lines]
    looks = {line.series: line for line in lines}
    series = [
        Sample(name, partial(_sample, looks[place]))
        for place, name in enumerate(wording.HELD.values())
        if place in looks
    ]
    value = f"Difference\n({level} interval)"
    return RowChart(
        rows=rows,
        columns={"value": value, "estimate": "Difference", "n": "n"},
        choices=[("value", "n"), ("value",), ("estimate",)] if numbers else [("value",), ("estimate",)],
        scale=partial(_scale, spread, unit),
        paint=paint or _paint,
        extent=_extent,
        x_title=AXES.get(unit, f"Difference in {unit}"),
        series=series if key and len(series) > 1 else [],
        direct=False,
        zero=0.0,
        keep_left=numbers,
    )


def _kinds(evidence: pd.DataFrame) -> list[tuple[bool, str]]:
    """Real before made-up, and the units of each: standard deviations first, others as they come."""
    known = evidence[evidence["unit"].ne("")]
    pairs = list(dict.fromkeys(zip(known["synthetic"].astype(bool), known["unit"], strict=True)))
    order = [*UNITS, *(unit for _, unit in pairs if unit not in UNITS)]
    return sorted(pairs, key=lambda pair: (pair[0], order.index(pair[1])))


def _main(evidence: pd.DataFrame, feature: str, piece: str) -> Record | None:
    """The number to go by: the average or the only sample, others held constant where that is known."""
    its = evidence[evidence["feature"].eq(feature) & evidence["evidence"].eq(piece)]
    if its["kind"].eq("average").any():
        its = its[its["kind"].eq("average")]
    records = sorted(records_of(its), key=lambda r: contracts.HELD.index(r["held"]))
    return records[0] if records else None


def _both(rows: pd.DataFrame, label: str, synthetic: bool) -> list[Line]:
    records = sorted(records_of(rows), key=lambda r: contracts.HELD.index(r["held"]))
    return [_line(record, label, synthetic) for record in records]


def _line(record: Record, label: str, synthetic: bool) -> Line:
    place = contracts.HELD.index(record["held"])
    told = {**record, "row": label, "series": wording.HELD[record["held"]]}
    if record["withheld"]:
        return Line(told, series=place, withheld=wording.withheld(record["withheld"]))
    number = ("coefficient", record["unit"], float(record["estimate"]))
    cells = {
        "value": wording.estimate(*number, float(record["ci_low"]), float(record["ci_high"])),
        "estimate": wording.amount(*number),
        "n": wording.count(record["n"]) if pd.notna(record["n"]) else "",
    }
    look = place + 2 * synthetic
    return Line(told, cells, series=place, look=look, colour=style.CONTEXT if synthetic else style.SERIES[look])


def _scale(records: list[Record], unit: str, width: float) -> axis.Axis:
    values = [*marks.bounds(records), 0.0]
    values += [float(r[k]) for r in records for k in ("further_low", "further_high") if pd.notna(r[k])]
    low, high = axis.around(values, 0.04)
    return axis.linear(low, high, width, axis.Numbers("coefficient", unit))


def _paint(axes: Axes, scale: axis.Axis, placed: list[Placed]) -> None:
    for one in placed:
        low, high = one.line.record["further_low"], one.line.record["further_high"]
        if pd.notna(low) and pd.notna(high):
            ends = scale.clipped(float(low)), scale.clipped(float(high))
            axes.hlines(one.y, *ends, colors=style.SEQUENTIAL[0], linewidth=BAND, zorder=1)
    marks.points(axes, scale, placed)


def _paint_each(zones: list[tuple[float, float]], axes: Axes, scale: axis.Axis, placed: list[Placed]) -> None:
    for low, high in zones:
        axes.axvspan(scale.clipped(low), scale.clipped(high), color=style.SEQUENTIAL[0], alpha=0.5, lw=0, zorder=-1)
    marks.points(axes, scale, placed)


def _extent(line: Line, scale: axis.Axis) -> tuple[float, float]:
    low, high = marks.point_extent(line, scale)
    ends = [scale.points(float(line.record[k])) for k in ("further_low", "further_high") if pd.notna(line.record[k])]
    return min([low, *ends]), max([high, *ends])


def _sample(line: Line, axes: Axes, x: float, y: float) -> None:
    axes.hlines(y, x - 7, x + 7, colors=line.colour, linewidth=1.2)
    axes.plot(
        [x],
        [y],
        marker=style.MARKERS[line.look],
        markersize=marks.POINT - (1 if style.MARKERS[line.look] != "o" else 0),
        markerfacecolor=style.WHITE if style.HOLLOW[line.look] else line.colour,
        markeredgecolor=line.colour,
        markeredgewidth=marks.EDGE,
        linestyle="none",
    )


def _told(record: Record) -> Told:
    number = ("coefficient", record["unit"], float(record["estimate"]))
    value = wording.estimate(*number, float(record["ci_low"]), float(record["ci_high"]))
    return Told(record["row"], value)


def _table(records: Iterable[Record]) -> pd.DataFrame:
    """The drawn rows with their words in front, in the columns and types of the evidence."""
    types = {
        "row": "string",
        "series": "string",
        **{c.name: contracts.TYPES[c.kind] for c in contracts.EVIDENCE.columns},
    }
    return pd.DataFrame(list(records), columns=list(types)).astype(types).reset_index(drop=True)
