"""What a page says of the measures: the wording of every item, what was answered, how reliable scales are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from stemcareers import wording
from stemcareers.config import Labels
from stemcareers.report.fragment import Fragment, filled
from stemcareers.report.results import Results
from stemcareers.report.rows import WITHHELD

MISSING = "missing:"
ANSWERED = "answered"
REASONS = {
    "not_asked": "not asked",
    "skipped": "no answer",
    "dont_know": "don't know",
    "prefer_not": "prefer not to say",
    "refused_value": "refused (outside its answers)",
}


@dataclass(frozen=True)
class Count:
    """One answer of one item in one wave: how many, which share of the valid answers, and the length of its bar."""

    n: str
    share: str
    bar: float


@dataclass(frozen=True)
class Line:
    """One answer of an item, in each wave."""

    label: str
    missing: bool
    counts: tuple[Count, ...]


@dataclass(frozen=True)
class Asked:
    """One item as a page shows it."""

    id: str
    label: str
    wording: str
    status: str
    unit: str
    lines: tuple[Line, ...]


def asked(results: Results, waves: list[str], labels: Labels) -> Fragment:
    """Every item the waves asked: as asked, what was answered, and what is missing for which reason."""
    config = labels.config
    answered = {wave: results.about(wave, "answers") for wave in waves}
    asked = {item for table in answered.values() for item in table["outcome"]}
    groups: dict[str, list[Asked]] = {}
    for item in (i for i in config.items if i in asked):
        group = next(
            (s.title for s in config.scales.values() if item in s.items and len(s.items) > 1), "Single questions"
        )
        groups.setdefault(group, []).append(_asked(item, answered, waves, labels))
    titles = [config.waves[wave].title for wave in waves]
    html = filled("wording.html", groups=groups, waves=titles, many=len(waves) > 1)
    text = "\n".join(f"{a.label}: {a.wording}" for items in groups.values() for a in items)
    return Fragment(html, text)


def _asked(item: str, answered: dict[str, pd.DataFrame], waves: list[str], labels: Labels) -> Asked:
    entry, answers = labels.config.items[item], labels.config.answer_set(item)
    rows = {wave: table[table["outcome"].eq(item) & table["quantity"].eq("count")] for wave, table in answered.items()}
    present = {level for table in rows.values() for level in table["level"]}
    given = [str(code) for code in answers.codes] if answers.is_categorical else [ANSWERED]
    gaps = [MISSING + reason for reason in REASONS if MISSING + reason in present]
    counted = {wave: _counts(rows[wave], given) for wave in waves}
    lines = tuple(
        Line(
            label=_label(level, item, labels),
            missing=level in gaps,
            counts=tuple(counted[wave].get(level, Count("", "", 0.0)) for wave in waves),
        )
        for level in [*given, *gaps]
    )
    return Asked(item, entry.label, entry.wording, entry.status, answers.unit or "", lines)


def _counts(rows: pd.DataFrame, given: list[str]) -> dict[str, Count]:
    """Counts by level. Shares are of the valid answers, and only where all of these are shown.

    A withheld count has no bar. Bars are drawn against the largest count shown, so that they hold no total.
    """
    shown = rows[rows["withheld"].eq("")].set_index("level")["estimate"]
    valid = [level for level in given if level in set(rows["level"])]
    complete = bool(valid) and all(level in shown.index for level in valid)
    total = float(shown[valid].sum()) if complete else 0.0
    largest = float(shown.max()) if len(shown) else 0.0
    counts = {}
    for level in rows["level"]:
        if level not in shown.index:
            counts[level] = Count(WITHHELD, "", 0.0)
            continue
        n = float(shown[level])
        share = wording.percent(n / total) if level in valid and total > 0 and len(valid) > 1 else ""
        counts[level] = Count(wording.count(n), share, round(100 * n / largest, 1) if largest else 0.0)
    return counts


def _label(level: str, item: str, labels: Labels) -> str:
    if level.startswith(MISSING):
        return REASONS[level.removeprefix(MISSING)]
    return "a number was given" if level == ANSWERED else labels.level(item, level)


def reliability(results: Results, waves: list[str], labels: Labels, confidence_level: float) -> Fragment:
    """How reliable each scale of several items is in each wave, and what each item adds."""
    tables = {wave: results.about(wave, "reliability") for wave in waves}
    scales = []
    for name, scale in labels.config.scales.items():
        found = {wave: table[table["outcome"].eq(name)] for wave, table in tables.items()}
        if any(len(table) for table in found.values()):
            items = [(i, labels.term(i), i in scale.reversed) for i in scale.items]
            by_wave = [
                _reliability(labels.config.waves[wave].title, table, items)
                for wave, table in found.items()
                if len(table)
            ]
            scales.append((name, scale, by_wave))
    level = wording.percent(confidence_level)
    html = filled("reliability.html", scales=scales, level=level)
    text = "\n".join(f"{scale.title}, {wave['title']}: alpha {wave['alpha']}" for _, scale, by in scales for wave in by)
    return Fragment(html, text)


def _reliability(title: str, rows: pd.DataFrame, items: Iterable[tuple[str, str, bool]]) -> dict[str, object]:
    def number(quantity: str, term: str | None = None) -> str:
        found = rows[rows["quantity"].eq(quantity) & (rows["term"].eq(term) if term else True)]
        if found.empty:
            return ""
        row = found.iloc[0]
        return WITHHELD if row["withheld"] else wording.decimal(float(row["estimate"]))

    whole = rows[rows["quantity"].eq("reliability")]
    interval, n = "", ""
    if len(whole) and not whole["withheld"].iloc[0]:
        row = whole.iloc[0]
        n = wording.count(row["n"]) if pd.notna(row["n"]) else ""
        if pd.notna(row["ci_low"]):
            interval = f"{wording.decimal(row['ci_low'])} to {wording.decimal(row['ci_high'])}"
    return {
        "title": title,
        "alpha": number("reliability"),
        "interval": interval,
        "n": n,
        "items": [
            {
                "id": i,
                "label": label,
                "reversed": mirrored,
                "rest": number("item_rest", i),
                "without": number("alpha_if_deleted", i),
            }
            for i, label, mirrored in items
        ],
    }
