"""What a page says of the measures: the wording of every item, what was answered, how reliable scales are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from stemcareers import wording
from stemcareers.config import Labels, Scale, WaveDesign
from stemcareers.config.labels import capital
from stemcareers.report.fragment import Fragment, filled
from stemcareers.report.results import Results
from stemcareers.report.rows import Cell, of_fact

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
OF_SCORES = {"separation_reliability": "reliability of the scores"}
OF_SCHOOLS = {"icc1": "ICC(1)", "icc2": "ICC(2)", "rwg": "median rwg"}


@dataclass(frozen=True)
class Count:
    """One answer of one item in one wave: how many, which share of the valid answers, and the length of its bar."""

    n: Cell
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
            counts=tuple(counted[wave].get(level, Count(Cell(""), "", 0.0)) for wave in waves),
        )
        for level in [*given, *gaps]
    )
    return Asked(item, entry.label, entry.wording, entry.status, answers.unit or "", lines)


def _counts(rows: pd.DataFrame, given: list[str]) -> dict[str, Count]:
    """Counts by level. Shares are of the valid answers, and only where all of these are shown.

    A withheld count has no bar. Bars are drawn against the largest count shown, so that they hold no total.
    """
    facts = {row["level"]: row for row in rows.to_dict("records")}
    shown = rows[rows["withheld"].eq("")].set_index("level")["estimate"]
    valid = [level for level in given if level in set(rows["level"])]
    complete = bool(valid) and all(level in shown.index for level in valid)
    total = float(shown[valid].sum()) if complete else 0.0
    largest = float(shown.max()) if len(shown) else 0.0
    counts = {}
    for level in rows["level"]:
        if level not in shown.index:
            counts[level] = Count(of_fact(facts[level], wording.mark(str(facts[level]["withheld"]))), "", 0.0)
            continue
        n = float(shown[level])
        share = wording.percent(n / total) if level in valid and total > 0 and len(valid) > 1 else ""
        bar = round(100 * n / largest, 1) if largest else 0.0
        counts[level] = Count(of_fact(facts[level], wording.count(n)), share, bar)
    return counts


def _label(level: str, item: str, labels: Labels) -> str:
    if level.startswith(MISSING):
        return REASONS[level.removeprefix(MISSING)]
    return "a number was given" if level == ANSWERED else labels.level(item, level)


def reliability(results: Results, waves: list[str], labels: Labels, confidence_level: float) -> Fragment:
    """How reliable each scale of several items is in each wave, what each item adds, how alike schools are."""
    tables = {wave: pd.concat([results.about(wave, "reliability"), results.about(wave, "agreement")]) for wave in waves}
    scales = []
    for name, scale in labels.config.scales.items():
        by_wave = [
            _reliability(wave, table[table["outcome"].eq(name)], scale, labels)
            for wave, table in tables.items()
            if _told(table[table["outcome"].eq(name)])
        ]
        if by_wave:
            scales.append((name, scale, by_wave))
    quantities = {quantity for table in tables.values() for quantity in table["quantity"]}
    notes = {
        "ordinal": bool(quantities & set(OF_STEPS)),
        "latent": "separation_reliability" in quantities,
        "schools": "icc1" in quantities,
        "intervals": _intervals(waves, labels),
        "level": wording.percent(confidence_level),
    }
    html = filled("reliability.html", scales=scales, **notes)
    text = "\n".join(_as_text(scale.title, wave) for _, scale, by_wave in scales for wave in by_wave)
    return Fragment(html, text)


def _told(rows: pd.DataFrame) -> bool:
    """Whether there is something to tell of a scale: gaps in a single item alone are not."""
    return bool(rows["quantity"].ne("count").any())


def _intervals(waves: list[str], labels: Labels) -> str:
    """By what the intervals of alpha are told, in words."""
    by: dict[str, list[str]] = {}
    for wave in waves:
        entry = labels.config.waves[wave]
        by.setdefault(_interval_of(entry.design), []).append(entry.title)
    if len(by) == 1:
        return next(iter(by))
    return "; ".join(f"in {', '.join(titles)} {words}" for words, titles in by.items())


def _interval_of(design: WaveDesign) -> str:
    if design.is_simple:
        return "that of a simple random sample (Feldt, 1965)"
    if design.replicates is not None and design.replicates.make is None:
        return "by the replicate weights of the sample, each response counting once"
    named = {"strata": design.strata, "clusters": design.cluster, "finite populations": design.population}
    return f"by the {' and '.join(key for key in named if named[key])} of the sample, each response counting once"


def _as_text(scale: str, wave: dict[str, Any]) -> str:
    of_steps = [f"{one['name']} {one['value']}" for one in wave["others"] if one["value"]]
    alpha = [f"alpha {wave['alpha']}"] if wave["alpha"] else []
    return f"{scale}, {wave['title']}: " + ", ".join([*alpha, *of_steps, *wave["sentences"]])


def _reliability(wave: str, rows: pd.DataFrame, scale: Scale, labels: Labels) -> dict[str, Any]:
    whole = _row(rows, "reliability")
    n = "" if whole is None or whole["withheld"] or pd.isna(whole["n"]) else wording.count(whole["n"])
    items = scale.items if rows["specification"].eq("reliability").any() and len(scale.items) > 1 else []
    return {
        "title": labels.config.waves[wave].title,
        "alpha": _number(rows, "reliability"),
        "why": "" if whole is None or _is_small(whole) else capital(str(whole["withheld"])),
        "interval": _interval(whole),
        "n": n,
        "items": [
            {
                "id": i,
                "label": labels.term(i),
                "reversed": i in scale.reversed,
                "rest": _number(rows, "item_rest", i),
                "without": _number(rows, "alpha_if_deleted", i),
                "loading": _number(rows, "loading", i),
                "difficulty": _number(rows, "difficulty", i),
                "steps": _steps(rows, i),
            }
            for i in items
        ],
        "loadings": rows["quantity"].eq("loading").any(),
        "difficulties": rows["quantity"].eq("difficulty").any(),
        "steps": rows["quantity"].eq("step").any(),
        "others": [_of_steps(rows, quantity, name) for quantity, name in {**OF_STEPS, **OF_SCORES}.items()],
        "pairs": _pairs(rows, items),
        "sentences": [*_parameters(scale, rows, wave, labels), *_reproduced(rows, scale, labels), *_of_schools(rows)],
    }


def _of_steps(rows: pd.DataFrame, quantity: str, name: str) -> dict[str, Any]:
    """One reliability beside alpha: its name, number and interval, or why there is none; empty if not asked."""
    row = _row(rows, quantity)
    why = "" if row is None or _is_small(row) else capital(str(row["withheld"]))
    return {"name": name, "value": _number(rows, quantity), "interval": _interval(row), "why": why}


def _steps(rows: pd.DataFrame, item: str) -> str:
    """`−1.06, 0.61, 1.71`; empty for an item with one step, which is its difficulty."""
    found = rows[rows["quantity"].eq("step") & rows["term"].eq(item)].sort_values("level")
    return ", ".join(str(_shown(row)) for _, row in found.iterrows())


def _parameters(scale: Scale, rows: pd.DataFrame, wave: str, labels: Labels) -> list[str]:
    """Under which model a scale was scored, and where its parameters come from."""
    its = scale.parameters
    if its is None or not rows["quantity"].eq("difficulty").any():
        return []
    model = "Rasch model" if scale.method == "rasch" else "partial credit model"
    said = f"Scored by weighted likelihood under the {model}, with "
    if its.estimate:
        own = its.wave is None or its.wave == wave
        answers = "these answers" if own else f"the answers of {labels.config.waves[str(its.wave)].title}"
        return [f"{said}parameters estimated from {answers}."]
    return [f"{said}given parameters. {capital(str(its.source)).rstrip('.')}."]


def _reproduced(rows: pd.DataFrame, scale: Scale, labels: Labels) -> list[str]:
    """How near the score comes to the one that it works out again."""
    largest, mean = _row(rows, "largest_difference"), _row(rows, "mean_difference")
    if largest is None or mean is None or scale.reproduces is None:
        return []
    if largest["withheld"] or mean["withheld"]:
        return [f"How near it comes to {labels.term(largest['term'])} is withheld ({largest['withheld']})."]
    only = [
        f"{labels.term(item)}: {', '.join(labels.level(item, str(code)) for code in codes)}"
        for item, codes in scale.reproduces.only.items()
    ]
    among = f" ({'; '.join(only)})" if only else ""
    return [
        f"Worked out from the answers, it differs from {labels.term(largest['term'])} as it came with the data by at "
        f"most {wording.decimal(largest['estimate'], 4)} {scale.unit}, on average by "
        f"{wording.decimal(mean['estimate'], 4)}, in {wording.count(largest['n'])} responses{among}."
    ]


def _of_schools(rows: pd.DataFrame) -> list[str]:
    """How alike the responses of one school are, where several schools sent more than one."""
    rows = rows[rows["specification"].eq("agreement")]
    count = _row(rows, "count")
    if count is None:
        return []
    if count["withheld"]:
        return [f"How alike the responses of one school are is withheld ({count['withheld']} schools)."]
    found = {name: _of_steps(rows, quantity, name) for quantity, name in OF_SCHOOLS.items()}
    told = [
        f"{name} {one['value']}" + (f" ({one['interval']})" if one["interval"] else "")
        for name, one in found.items()
        if one["value"] and not one["why"]
    ]
    why = [one["why"] for name, one in found.items() if one["why"] and name != "ICC(2)"]  # that of ICC(1) says it
    several = wording.count(count["estimate"])
    return [wording.sentences([f"Schools with two or more responses: {several}", "; ".join(told), *why])]


def _pairs(rows: pd.DataFrame, items: list[str]) -> list[list[Cell]]:
    """The polychoric correlations below the diagonal: for each item but the first, those with the items above it."""
    found = rows[rows["quantity"].eq("polychoric")]
    if found.empty:
        return []
    by = {frozenset((row["term"], row["level"])): _shown(row) for _, row in found.iterrows()}
    none = Cell("")
    return [[by.get(frozenset((item, other)), none) for other in items[:place]] for place, item in enumerate(items)][1:]


def _number(rows: pd.DataFrame, quantity: str, term: str | None = None) -> Cell:
    row = _row(rows, quantity, term)
    return Cell("") if row is None else _shown(row)


def _shown(row: pd.Series) -> Cell:
    if row["withheld"]:
        return of_fact(row, wording.WITHHELD if _is_small(row) else NONE)
    return of_fact(row, wording.decimal(float(row["estimate"])))


def _row(rows: pd.DataFrame, quantity: str, term: str | None = None) -> pd.Series | None:
    found = rows[rows["quantity"].eq(quantity) & (rows["term"].eq(term) if term else True)]
    return None if found.empty else found.iloc[0]


def _interval(row: pd.Series | None) -> str:
    if row is None or row["withheld"] or pd.isna(row["ci_low"]):
        return ""
    return f"{wording.decimal(row['ci_low'])} to {wording.decimal(row['ci_high'])}"


def _is_small(row: pd.Series) -> bool:
    """Whether a row has no numbers because its group is too small, and not because there are none."""
    return wording.mark(str(row["withheld"])) == wording.WITHHELD
