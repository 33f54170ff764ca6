"""What a wave's exclusions do to the main results: each that was made, its count, and the results without it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from stemcareers import wording
from stemcareers.config import Labels, Specification, StudyConfig, waves_of
from stemcareers.config.exclusions import NEVER, exclusion_of
from stemcareers.contracts import UNDOING, WITH_EXCLUSION, WITHOUT_EXCLUSION
from stemcareers.report import lineage, waves
from stemcareers.report.fragment import Fragment, filled
from stemcareers.report.results import Results
from stemcareers.report.rows import Cell

Row = Mapping[str, Any]
QUANTITY = "coefficient"


def table(results: Results, wave: str, labels: Labels, redone: Mapping[str, Specification]) -> Fragment:
    """Every exclusion of a wave with its count, whether it may be undone, and what the results are without it.

    redone  the specifications of the study that are estimated anew without each exclusion.
    """
    rows = [row for row in results.exclusions.to_dict("records") if exclusion_of(row["level"])[0].wave == wave]
    counts = dict(waves.left_out(results, wave))
    never = {
        exclusion_of(row["level"])[0].reason: str(row["withheld"]).removeprefix(f"{NEVER}: ")
        for row in rows
        if row["term"] == "left_out"
    }
    made = [(reason, count, never.get(reason, "")) for reason, count in counts.items()]
    parts = [
        _part(name, entry, reason, count, [row for row in rows if _is_about(row, name, reason)], labels)
        for reason, count, why in made
        if not why
        for name, entry in redone.items()
        if any(_is_about(row, name, reason) for row in rows)
    ]
    title = labels.config.waves[wave].title
    html = filled("exclusions.html", wave=wave, title=title, made=made, parts=parts)
    told = [f"{reason}: {count}{f' (never undone: {why})' if why else ''}" for reason, count, why in made]
    lines = [f"{title}: {'; '.join(told) or 'no response was left out'}"]
    lines += [line for part in parts for line in part["told"]]
    return Fragment(html, "\n".join(lines))


def pages(study: StudyConfig, specifications: Iterable[str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """For each specification that is redone: its name, and where that is shown: title of the wave and address."""
    found = []
    for name in specifications:
        entry = study.specifications[name]
        if entry.without_each_exclusion:
            shown = [
                (study.waves[wave].title, f"{page}.html#exclusions-{wave}")
                for wave in waves_of(name, study) or study.waves
                for page, report in study.reports.items()
                if report.parameters.get("wave") == wave and not report.sections
            ]
            found.append((entry.short, shown))
    return found


def _is_about(row: Row, name: str, reason: str) -> bool:
    its = row["specification"] == name and row["term"] != "left_out"
    return its and exclusion_of(row["level"])[0].reason == reason


def _part(name: str, entry: Specification, reason: str, count: Cell, rows: list[Row], labels: Labels) -> dict[str, Any]:
    """One specification without one exclusion: the outcomes whose estimates change, and those that do not or may not
    be told."""
    places = {outcome: place for place, outcome in enumerate(entry.outcome)}
    outcomes = sorted({(row["sample"], row["outcome"]) for row in rows}, key=lambda of: (of[0], places[of[1]]))
    moved, same, hidden = [], [], {}
    for of in outcomes:
        title = labels.outcome(of[1]) + (f" ({labels.sample(of[0])})" if entry.samples != ["all"] else "")
        numbers = _numbers([row for row in rows if (row["sample"], row["outcome"]) == of], entry)
        shown = [its for its in numbers if not its[WITHOUT_EXCLUSION]["withheld"]]
        for why in dict.fromkeys(str(its[WITHOUT_EXCLUSION]["withheld"]) for its in numbers if its not in shown):
            hidden.setdefault(wording.withheld(why), []).append(title)
        if any(its[UNDOING]["estimate"] != 0 for its in shown):
            n = {quantity: _n(shown, quantity) for quantity in (WITH_EXCLUSION, WITHOUT_EXCLUSION)}
            lines = [_line(its, labels) for its in shown]
            moved.append({"title": title, "with": n[WITH_EXCLUSION], "without": n[WITHOUT_EXCLUSION], "lines": lines})
        elif shown:
            same.append(f"{title} (n {_n(shown, WITHOUT_EXCLUSION)})")
    what = f"{entry.short}, without '{reason}'"
    told = [
        f"{what}, {one['title']}, {factor}: {made} with it, {undone} without it, difference {change}"
        for one in moved
        for factor, made, undone, change in one["lines"]
    ]
    told += [f"{what}: nothing changes in {', '.join(same)}"] if same else []
    told += [f"{what}: {', '.join(which)}: {why}" for why, which in hidden.items()]
    known = {"id": name, "title": entry.title, "reason": reason, "count": count}
    return {**known, "moved": moved, "same": same, "hidden": hidden, "told": told}


def _numbers(rows: list[Row], entry: Specification) -> list[dict[str, Row]]:
    """The rows of each coefficient by quantity, in the order of the factors."""
    found: dict[tuple[int, str], dict[str, Row]] = {}
    for row in rows:
        found.setdefault((entry.factors.index(row["term"]), row["level"]), {})[row["quantity"]] = row
    return [found[key] for key in sorted(found)]


def _n(shown: list[dict[str, Row]], quantity: str) -> str:
    return wording.several([int(its[quantity]["n"]) for its in shown])


def _line(its: Mapping[str, Row], labels: Labels) -> tuple[str, Cell, Cell, Cell]:
    """Factor, estimate with the exclusion, without it, and the difference, in words; each number leads to its row."""
    made, undone, change = (its[name] for name in (WITH_EXCLUSION, WITHOUT_EXCLUSION, UNDOING))
    factor, category = labels.term(made["term"]), exclusion_of(made["level"])[1]
    return (
        f"{factor}: {labels.level(made['term'], category)}" if category else factor,
        _told(made),
        _told(undone),
        _told(change),
    )


def _told(row: Row) -> Cell:
    text = wording.estimate(QUANTITY, str(row["unit"]), row["estimate"], row["ci_low"], row["ci_high"])
    return Cell(text, lineage.of_estimate(row))
