"""Evidence of several studies in words: differences, averages over countries, how far they agree."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from stemcareers import wording
from stemcareers.config import Evidence, Feature, Labels, StudyConfig, Synthesis
from stemcareers.config.synthesis import TOLD
from stemcareers.report import findings, in_words, lineage
from stemcareers.report.fragment import Fragment
from stemcareers.report.in_words import Said
from stemcareers.selection import records_of

Row = dict[str, Any]
SD, PER_SD = wording.SD, wording.PER_SD
FOR = {PER_SD: "for one standard deviation more of it", SD: "where it is so, compared with where it is not"}


@dataclass(frozen=True)
class Told:
    """A piece of evidence in words: what it is, and its sentence with and without links."""

    label: str
    html: Markup
    text: str
    synthetic: bool
    note: str


def difference(row: Row) -> Said:
    """`0.23 standard deviations more (0.19 to 0.27 more)`, `no clear difference (between 0.04 less and 0.04 more)`."""
    if row["withheld"]:
        return Said(wording.withheld(str(row["withheld"])))
    said = in_words.effect(float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"]))
    size, _, way = said.number.rpartition(" ")
    return said if said.number.startswith("no ") else Said(f"{size} {_unit(row)} {way}", said.interval)


def further(row: Row) -> str:
    """`between 0.09 less and 0.37 more`: where the value of a further country would lie."""
    ends = [float(row["further_low"]), float(row["further_high"])]
    return "between " + " and ".join(f"{wording.decimal(abs(end))} {'more' if end > 0 else 'less'}" for end in ends)


def rank(difference_in_sd: float) -> float:
    """How many of 100 schools lie below one that is this many standard deviations above their average."""
    # ASSUME: schools are spread around their average as in a normal distribution.
    return 50 * (1 + math.erf(difference_in_sd / math.sqrt(2)))


def agreement(row: Row, one: Evidence) -> Said:
    """`39 of 41 countries (clearly so in 25)`"""
    return in_words.agreement(row["same_side"], row["clear"], row["samples"], of=str(one.samples_are))


def sentence(says: str, row: Row, one: Evidence, page: str = "") -> Fragment:
    """A sentence of what was found, each of its numbers a link to where the evidence is listed.

    page  the way to the page across studies, where the sentence stands on another.
    """
    html, text = Markup(), ""
    for piece in findings.parts(says, TOLD, one.label):
        said = in_words.Said(piece) if isinstance(piece, str) else _filled(piece.name, row, one)
        html += escape(piece) if isinstance(piece, str) else _linked(said, row, page)
        text += str(said)
    return Fragment(str(html), text)


def told(one: Evidence, main: Row, beside: Iterable[Row], labels: Mapping[str, Labels]) -> Told:
    """A piece of evidence: its number, over how many samples, and what stands beside it."""
    html, text = Markup(), ""

    def add(*parts: str | Said) -> None:
        nonlocal html, text
        for part in parts:
            html += escape(part) if isinstance(part, str) else _linked(part, main, "")
            text += str(part)

    add(difference(main), f" {FOR.get(main['unit'], '')}".rstrip())
    if main["kind"] == "average" and not main["withheld"]:
        add(f", on average over {main['samples']} {one.samples_are}. On this side: ", agreement(main, one))
        against = main["clear_against"]
        add(f", clearly on the other side in {against or 'none'}. A further one would lie {further(main)}")
    for row in beside:
        if row["sample"] == main["sample"]:
            add(f". {wording.HELD[row['held']]}: ", difference(row))
        elif row["held"] == main["held"]:
            add(f". {labels[one.study].sample(row['sample'])}: ", difference(row))
    return Told(one.label, html + ".", f"{one.label}: {text}.", bool(main["synthetic"]), one.note or "")


def verdict(mains: Iterable[Row]) -> str:
    """What real answers say on a feature, in a sentence: on how many outcomes they clearly tell more, or less."""
    total, more, less = _counted(mains)
    of = "outcome with real answers" if total == 1 else "outcomes with real answers"
    every = {1: "the one", 2: "both"}.get(total, f"all {total}")
    if not total:
        return "No real answers bear on this yet. What follows shows the method."
    if more and less:
        return f"It depends on the outcome: of {total} {of}, clearly more on {more} and clearly less on {less}."
    if total in (more, less):
        return f"{'Yes' if more else 'No, the other way'}, on {every} {of}."
    if more or less:
        way, rest = "In part" if more else "In part, the other way", total - (more or less)
        return (
            f"{way}: on {more or less} of {total} {of}, with no clear difference on the other{'s' if rest > 1 else ''}."
        )
    if total == 1:
        return f"Not clearly: no clear difference on the one {of}."
    return f"Not clearly: no clear difference on any of {total} {of}."


def sure(mains: Iterable[Row], synthesis: Synthesis) -> str:
    """How sure one can be, from how far what is averaged agrees; empty where nothing is."""
    averages = [row for row in mains if not row["synthetic"] and row["kind"] == "average" and not row["withheld"]]
    if not averages:
        return ""
    pieces = [synthesis.features[row["feature"]].evidence[row["evidence"]] for row in averages]
    named = " and ".join(dict.fromkeys(str(one.samples_are) for one in pieces))
    same, total = (wording.count(sum(int(row[key]) for row in averages)) for key in ("same_side", "samples"))
    firm = [row for row in averages if not float(row["further_low"]) <= 0 <= float(row["further_high"])]
    words = "A further one might lie on either side of no difference"
    if len(firm) == len(averages):
        words = "A further one would lie on the same side"
    elif firm:
        words = f"In {len(firm)} of {len(averages)} averages a further one would lie on the same side, else on either"
    return f"{same} of {total} estimates of {named} lie on the side of their average. {words}."


def glance(name: str, feature: Feature, mains: list[Row]) -> dict[str, Any]:
    """A feature in a line: its title, what real answers say, how many numbers are made up."""
    made_up = sum(bool(row["synthetic"]) for row in mains)
    return {
        "name": name,
        "title": feature.title,
        "verdict": verdict(mains).split(". What follows")[0].replace(" with real answers", "").rstrip("."),
        "made_up": made_up,
    }


def listed(synthesis: Synthesis, rows: list[Row], labels: Mapping[str, Labels]) -> dict[str, Any]:
    """A line of the table of all evidence: one sample, with other things held constant and without.

    rows  those of the sample, the one to go by first.
    """
    main = rows[0]
    one = synthesis.features[main["feature"]].evidence[main["evidence"]]
    label = one.label
    if main["kind"] == "average":
        label += f": average of {main['samples']} {one.samples_are}"
    elif main["sample"] in one.focus:
        label += f": {labels[one.study].sample(main['sample'])}"
    return {
        "id": place(main) if main["sample"] == one.sample else "",
        "label": label,
        "numbers": {row["held"]: (_number(row), _source(row)) for row in rows},
        "unit": main["unit"],
        "n": _count(main["n"]),
        "schools": _count(main["n_schools"]),
        "synthetic": bool(main["synthetic"]),
    }


def spread(synthesis: Synthesis, row: Row) -> dict[str, str]:
    """How far the samples of an average lie apart."""
    feature = synthesis.features[row["feature"]]
    one = feature.evidence[row["evidence"]]
    return {
        "feature": feature.title,
        "label": one.label,
        "samples": f"{row['samples']} {one.samples_are}",
        "apart": wording.decimal(math.sqrt(float(row["tau2"]))),
        "share": wording.percent(float(row["i2"])),
        "further": f"{wording.decimal(row['further_low'])} to {wording.decimal(row['further_high'])}",
        "same_side": str(row["same_side"]),
        "clearly": str(row["clear"]),
        "against": str(row["clear_against"]),
    }


def lost(synthesis: Synthesis, evidence: pd.DataFrame, labels: Mapping[str, Labels]) -> list[tuple[str, list[str]]]:
    """Of each specification the samples without an estimate, by why."""
    missing = evidence[evidence["kind"].eq("estimate") & evidence["withheld"].ne("")]
    found: dict[str, dict[str, None]] = {}
    for row in records_of(missing):
        one = synthesis.features[row["feature"]].evidence[row["evidence"]]
        if one.averaged:
            words = f"{labels[one.study].sample(row['sample'])} ({_brief(row['withheld'])})"
            title = labels[one.study].config.specifications[row["specification"]].title
            found.setdefault(title, {})[words] = None
    return [(title, sorted(samples)) for title, samples in sorted(found.items())]


def units(evidence: pd.DataFrame) -> list[str]:
    """The units that numbers come in, none of which shares an axis with another."""
    return list(dict.fromkeys(u for u in evidence["unit"] if u))


def notes(synthesis: Synthesis, studies: Mapping[str, StudyConfig]) -> list[str]:
    """What must be known of single pieces of evidence, each note once with what it is about."""
    about: dict[str, list[str]] = {}
    for _, _, one in synthesis.pieces():
        if one.note and one.study in studies:
            about.setdefault(one.note, []).append(one.label)
    return [f"{'; '.join(dict.fromkeys(labels))}: {note}" for note, labels in about.items()]


def place(row: Row) -> str:
    """The id of a piece of evidence in the table that lists all."""
    return f"evidence-{row['feature']}-{row['evidence']}"


def _filled(name: str, row: Row, one: Evidence) -> Said:
    if row["withheld"]:
        return Said(wording.withheld(str(row["withheld"])))
    return {
        "estimate": lambda: difference(row),
        "agree": lambda: agreement(row, one),
        "clear": lambda: Said(wording.count(row["clear"])),
        "further": lambda: Said(further(row)),
        "rank": lambda: Said(f"{wording.count(rank(float(row['estimate'])))} of every 100"),
        "k": lambda: Said(wording.count(row["samples"])),
        "n": lambda: Said(wording.count(row["n"])),
        "schools": lambda: Said(wording.count(row["n_schools"])),
    }[name]()


def _linked(said: Said, row: Row, page: str) -> Markup:
    link = Markup('<a class="number" href="{}#{}">{}</a>').format(page, place(row), said.number)
    return link + (Markup(' <span class="interval">({})</span>').format(said.interval) if said.interval else "")


def _unit(row: Row) -> str:
    return "standard deviations" if str(row["unit"]).startswith(SD) else str(row["unit"]).split(",")[0]


def _counted(mains: Iterable[Row]) -> tuple[int, int, int]:
    """How many numbers on real answers there are, and how many of them are clearly above and below zero."""
    real = [row for row in mains if not row["synthetic"] and not row["withheld"]]
    return len(real), sum(row["ci_low"] > 0 for row in real), sum(row["ci_high"] < 0 for row in real)


def _number(row: Row) -> str:
    if row["withheld"]:
        return wording.withheld(str(row["withheld"]))
    bounds = (float(row[key]) for key in ("estimate", "ci_low", "ci_high"))
    return wording.estimate("coefficient", str(row["unit"]), *bounds)


def _source(row: Row) -> str:
    """Where the row stands among its specification's; of an average the specification's page."""
    page = lineage.page_of(row["specification"]) if row["kind"] == "average" else lineage.of_estimate(row)
    return f"{row['study']}/{page}"


def _count(number: Any) -> str:
    return "" if pd.isna(number) else wording.count(number)


def _brief(reason: str) -> str:
    return reason.partition(" (")[0].partition(":")[0]
