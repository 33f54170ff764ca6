"""Forest: one row per term, estimates with intervals beside a line at no difference."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from stemcareers import contracts, wording
from stemcareers.config import Figure
from stemcareers.draw import axis, marks, style
from stemcareers.draw.key import Sample
from stemcareers.draw.layout import INDENT, Line, Row, RowChart
from stemcareers.draw.picture import Picture, Told
from stemcareers.draw.rowchart import lay
from stemcareers.errors import Problem
from stemcareers.selection import CASES, NO_TERMS, Selection, bare, cases_apart, records_of, reference_of

QUANTITIES = ("odds_ratio", "rate_ratio", "coefficient", "difference", "marginal_effect")
RATIOS = ("odds_ratio", "rate_ratio")
SIDE_BY_SIDE = ("specification", "sample", "outcome", CASES)
Record = dict[str, Any]


@dataclass(frozen=True)
class Term:
    """A term with its levels; a number has the one level ''."""

    id: str
    levels: dict[str, list[Record]]

    def value(self) -> float | None:
        """The first estimate shown: of the first level, in the first series."""
        shown = (float(r["estimate"]) for records in self.levels.values() for r in records if not r["withheld"])
        return next(shown, None)


def picture(figure: Figure, selection: Selection, confidence: str) -> Picture:
    """The forest of the selected terms; never of an intercept, whose distance from no difference means nothing."""
    chosen = _of_one_quantity(selection)
    chosen = chosen.only(~chosen.rows["term"].isin(NO_TERMS))
    if chosen.rows.empty:
        raise Problem(selection.where, "only the intercept is left, and a forest does not show it; name other terms")
    by = _side_by_side(chosen)
    series = chosen.known(by) if by else [""]
    groups = _groups(figure, chosen, by, series)
    looks = _looks(by, series, chosen)
    rows = [row for heading, terms in groups for row in _rows(heading, terms, chosen, looks)]
    records = [line.record for row in rows for line in row.lines]
    zero = 1.0 if chosen.quantity in RATIOS else 0.0
    names = [chosen.label(by, chosen.rows[chosen.rows[by].eq(s)].iloc[0]) for s in series] if by else [""]
    chart = RowChart(
        rows=rows,
        columns={
            "value": f"{wording.QUANTITIES[chosen.quantity]}\n({confidence} interval)",
            "estimate": wording.QUANTITIES[chosen.quantity],
        },
        choices=[("value",), ("estimate",)],
        scale=partial(_scale, records, chosen.quantity, zero),
        paint=marks.points,
        extent=marks.point_extent,
        x_title=figure.x_title,
        series=[Sample(name, partial(_sample, look)) for name, look in zip(names, looks, strict=True)],
        zero=zero,
    )
    drawn = pd.DataFrame(records).assign(series=[names[line.series] for row in rows for line in row.lines])
    drawn["quantity"] = drawn["quantity"].where(drawn[CASES].eq(""), drawn["quantity"] + contracts.COMPLETE_CASES)
    told = _told(rows, names, zero)
    return Picture(
        lay=lambda sheet, narrow: lay(chart, sheet, narrow),
        rows=drawn,
        message=_message(records, zero),
        values=told,
        lines=f"{confidence} confidence intervals",
        notes=[f"The upright line at {zero:g} marks no difference."],
    )


def _of_one_quantity(selection: Selection) -> Selection:
    """The estimates of the quantity drawn; those of complete cases are of the same, and told by their series."""
    apart = cases_apart(selection)
    return replace(apart, rows=apart.rows.assign(quantity=apart.rows["quantity"].map(bare))).of(*QUANTITIES)


def _side_by_side(selection: Selection) -> str:
    differing = [d for d in SIDE_BY_SIDE if len(selection.known(d)) > 1]
    if len(differing) > 1:
        counts = " and ".join(f"{len(selection.known(d))} {d}s" for d in differing)
        raise Problem(selection.where, f"a forest puts one thing side by side, not {counts}; name fewer")
    if not differing:
        return ""
    found = len(selection.known(differing[0]))
    if found > style.SERIES_AT_MOST:
        raise Problem(
            selection.where,
            f"a forest puts at most {style.SERIES_AT_MOST} {differing[0]}s side by side, not {found}; "
            "name fewer, or draw one term of them as dots",
        )
    return differing[0]


def _groups(figure: Figure, selection: Selection, by: str, series: list[str]) -> list[tuple[str, list[Term]]]:
    """Headings and the terms under each; first, without a heading, the terms that stand under none."""
    terms = {}
    ordered = selection.by("term", "level").rows
    for term in selection.known("term"):
        parts = ordered[ordered["term"].eq(term)].groupby("level", sort=False)
        terms[term] = Term(term, {str(level): _records(part, by, series) for level, part in parts})
    headed = [t for under in figure.headings.values() for t in under]
    absent = [t for t in headed if t not in terms]
    if absent:
        raise Problem(selection.where, *(f"headings: no estimate of term '{t}' is drawn" for t in absent))
    groups = [("", [t for t in terms.values() if t.id not in headed])]
    groups += [(heading, [terms[t] for t in under]) for heading, under in figure.headings.items()]
    # `terms` are listed "in this order"; to list them and sort by value, the figure says `order: value`.
    listed = bool(figure.terms) and "order" not in figure.model_fields_set
    if figure.order == "value" and not listed:
        groups = [(heading, _by_value(under)) for heading, under in groups]
    elif listed:
        groups = [(h, sorted(under, key=lambda t: figure.terms.index(t.id))) for h, under in groups]
    return [(heading, under) for heading, under in groups if under]


def _by_value(terms: list[Term]) -> list[Term]:
    return sorted(terms, key=lambda t: (t.value() is None, -(t.value() or 0.0)))


def _records(rows: pd.DataFrame, by: str, series: list[str]) -> list[Record]:
    records = records_of(rows)
    for record in records:
        record["place"] = series.index(str(record[by])) if by else 0
    return sorted(records, key=lambda r: r["place"])


def _rows(heading: str, terms: list[Term], selection: Selection, looks: list[int]) -> list[Row]:
    rows = [Row(heading, kind="heading")] if heading else []
    for term in terms:
        label = selection.labels.term(term.id)
        reference = reference_of(term.id, list(term.levels), selection)
        against = f" (vs {selection.labels.level(term.id, reference)})" if reference else ""
        if len(term.levels) > 1:
            rows.append(Row(label + against))
        for level, records in term.levels.items():
            name = selection.category(term.id, level, against) if level else label
            if len(term.levels) > 1:
                words = selection.labels.level(term.id, level)
                rows.append(Row(words, _lines(records, name, looks), indent=INDENT))
            else:
                rows.append(Row(name, _lines(records, name, looks)))
    return rows


def _looks(by: str, series: list[str], selection: Selection) -> list[int]:
    """The look of each series: by order, but of two the unadjusted one is hollow wherever it stands."""
    if by == "specification" and len(series) == 2:
        first, second = (selection.labels.each_alone(s) for s in series)
        if first and second is False:
            return [1, 0]
    return list(range(len(series)))


def _lines(records: list[Record], row: str, looks: list[int]) -> list[Line]:
    return [_line({**record, "row": row}, looks[record["place"]]) for record in records]


def _line(record: Record, look: int) -> Line:
    if record["withheld"]:
        return Line(record, series=record["place"], withheld=wording.withheld(record["withheld"]))
    number = (record["quantity"], record["unit"], float(record["estimate"]))
    cells = {
        "value": wording.estimate(*number, float(record["ci_low"]), float(record["ci_high"])),
        "estimate": wording.amount(*number),
    }
    return Line(record, cells, series=record["place"], look=look, colour=style.SERIES[look])


def _scale(records: list[Record], quantity: str, zero: float, width: float) -> axis.Axis:
    shown = marks.bounds(records)
    if not shown:
        return axis.blank(width)
    values, numbers = [*shown, zero], axis.Numbers(quantity, records[0]["unit"])
    if quantity in RATIOS:
        low, high = axis.around_ratios(values)
        return axis.logarithmic(low, high, width, numbers)
    low, high = axis.around(values)
    return axis.linear(low, high, width, numbers)


def _sample(look: int, axes: Any, x: float, y: float) -> None:
    marks.point_sample(axes, x, y, look)


def _told(rows: list[Row], names: list[str], zero: float) -> list[Told]:
    """The estimates, those whose intervals stay furthest from no difference first."""
    lines = [line for row in rows for line in row.lines if not line.withheld]
    ranked = sorted(lines, key=lambda line: -_distance(line.record, zero))
    told = []
    for line in ranked:
        series = f" ({names[line.series]})" if len(names) > 1 else ""
        told.append(Told(f"{line.record['row']}{series}", line.cells["value"]))
    return told


def _distance(record: Record, zero: float) -> float:
    """How far the interval stays from no difference; where it does not, how wide it is, as a negative number."""
    low, high = float(record["ci_low"]), float(record["ci_high"])
    if math.isnan(low) or math.isnan(high):
        return -math.inf
    return min(abs(low - zero), abs(high - zero)) if _clear(record, zero) else low - high


def _clear(record: Record, zero: float) -> bool:
    return bool(float(record["ci_low"]) > zero or float(record["ci_high"]) < zero)


def _message(records: list[Record], zero: float) -> str:
    shown = [r for r in records if not r["withheld"]]
    clear = sum(_clear(r, zero) for r in shown)
    if not shown:
        return "No estimate is shown"
    if not clear:
        return f"None of the {len(shown)} intervals is clear of no difference"
    return f"{clear} of {len(shown)} intervals {'is' if clear == 1 else 'are'} clear of no difference"
