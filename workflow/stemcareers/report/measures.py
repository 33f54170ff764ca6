"""What a page says of the measures: the wording of every item, what was answered, how reliable scales are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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


NONE = "none"
OF_STEPS = {"ordinal_alpha": "ordinal alpha", "omega": "omega"}


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
    ordinal = any(table["quantity"].isin(OF_STEPS).any() for table in tables.values())
    html = filled("reliability.html", scales=scales, level=level, ordinal=ordinal)
    text = "\n".join(_as_text(scale.title, wave) for _, scale, by_wave in scales for wave in by_wave)
    return Fragment(html, text)


def _as_text(scale: str, wave: dict[str, Any]) -> str:
    of_steps = [f"{one['name']} {one['value']}" for one in wave["ordinal"] if one["value"]]
    return f"{scale}, {wave['title']}: " + ", ".join([f"alpha {wave['alpha']}", *of_steps])


def _reliability(title: str, rows: pd.DataFrame, items: list[tuple[str, str, bool]]) -> dict[str, Any]:
    whole = _row(rows, "reliability")
    n = "" if whole is None or whole["withheld"] or pd.isna(whole["n"]) else wording.count(whole["n"])
    return {
        "title": title,
        "alpha": _number(rows, "reliability"),
        "why": "" if whole is None or _is_small(whole) else _sentence(str(whole["withheld"])),
        "interval": _interval(whole),
        "n": n,
        "items": [
            {
                "id": i,
                "label": label,
                "reversed": mirrored,
                "rest": _number(rows, "item_rest", i),
                "without": _number(rows, "alpha_if_deleted", i),
                "loading": _number(rows, "loading", i),
            }
            for i, label, mirrored in items
        ],
        "loadings": rows["quantity"].eq("loading").any(),
        "ordinal": [_of_steps(rows, quantity, name) for quantity, name in OF_STEPS.items()],
        "pairs": _pairs(rows, [i for i, _, _ in items]),
    }


def _of_steps(rows: pd.DataFrame, quantity: str, name: str) -> dict[str, str]:
    """One reliability of ordered answers: its name, number and interval, or why there is none; empty if not asked."""
    row = _row(rows, quantity)
    why = "" if row is None or _is_small(row) else _sentence(str(row["withheld"]))
    return {"name": name, "value": _number(rows, quantity), "interval": _interval(row), "why": why}


def _pairs(rows: pd.DataFrame, items: list[str]) -> list[list[str]]:
    """The polychoric correlations below the diagonal: for each item but the first, those with the items above it."""
    found = rows[rows["quantity"].eq("polychoric")]
    if found.empty:
        return []
    by = {frozenset((row["term"], row["level"])): _shown(row) for _, row in found.iterrows()}
    return [[by.get(frozenset((item, other)), "") for other in items[:place]] for place, item in enumerate(items)][1:]


def _number(rows: pd.DataFrame, quantity: str, term: str | None = None) -> str:
    row = _row(rows, quantity, term)
    return "" if row is None else _shown(row)


def _shown(row: pd.Series) -> str:
    if row["withheld"]:
        return WITHHELD if _is_small(row) else NONE
    return wording.decimal(float(row["estimate"]))


def _row(rows: pd.DataFrame, quantity: str, term: str | None = None) -> pd.Series | None:
    found = rows[rows["quantity"].eq(quantity) & (rows["term"].eq(term) if term else True)]
    return None if found.empty else found.iloc[0]


def _interval(row: pd.Series | None) -> str:
    if row is None or row["withheld"] or pd.isna(row["ci_low"]):
        return ""
    return f"{wording.decimal(row['ci_low'])} to {wording.decimal(row['ci_high'])}"


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]


def _is_small(row: pd.Series) -> bool:
    """Whether a row has no numbers because its group is too small, and not because there are none."""
    return str(row["withheld"]).startswith(wording.TOO_SMALL)
