"""The first pages of a wave as drafted: who answered, and for a new study its questions and what was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stemcareers.config.plain import is_file_id
from stemcareers.draft.questions import TICKED, Asked, Questions
from stemcareers.draft.words import REVIEW, comment, text

ASKS = "answered"  # the id of the question that the drafted page answers, in study.yaml
MOST_ANSWERS, MOST_IN_STACK, MOST_FOUND = 12, 7, 3
_DRAFTED = ["Drafted: a first look at every closed question; make it yours, and take the words 'review' out as you go."]


@dataclass(frozen=True)
class Shown:
    """Questions with the same answers that stand in one figure; codes are None where they are numbers."""

    name: str
    title: str
    items: list[str]
    labels: list[str]
    codes: Mapping[str, str] | None

    @property
    def level(self) -> str | None:
        """The one answer that tells everything, where there is one: ticked, or yes."""
        only = [given for given, label in (self.codes or {}).items() if label.lower() in ("ticked", "yes")]
        return only[0] if only and len(self.codes or {}) == 2 else None


def of_wave(wave: str, study: str = "") -> dict[str, str]:
    """The page of a wave: how many answered, and what was left out."""
    name = study.partition(":")[0]  # a title in two parts has the study's name before the colon
    of = f"{name} {wave}".strip()
    told = text(f"{of}: who answered, and how answers were counted")
    page = f'title: {told}\nnotebook: wave\nparameters:\n  wave: "{wave}"\n'
    return {f"reports/wave-{wave}.yaml": page}


def of_study(wave: str, asked: Questions) -> dict[str, str]:
    """The page of the questions, and a page that describes every closed question, with its figures and tables.

    A question with more than twelve answers, such as a country, is named in a comment and is not shown.
    """
    drafted = {"reports/measures.yaml": "title: Questions, answers and scales\nnotebook: measures\n"}
    groups = list(_groups(asked))
    shown = [group for group in groups if group.codes is None or len(group.codes) <= MOST_ANSWERS]
    if not any(group.codes for group in shown):
        return drafted
    for group in shown:
        drafted[f"specifications/{group.name}.yaml"] = _specification(group, wave)
        kind = "figures" if group.codes else "tables"
        drafted[f"{kind}/{group.name}.yaml"] = _figure(group) if group.codes else _table(group)
    left = [f"not shown, for its many answers: {group.title}" for group in groups if group not in shown]
    return drafted | {f"reports/answers-{wave}.yaml": comment([*_DRAFTED, *left]) + _page(wave, shown)}


def _groups(asked: Questions) -> Iterator[Shown]:
    """Questions of one block, else of the same answers, and all numbers; in the order in which they stand."""
    together: dict[tuple[str, str], list[Asked]] = {}
    for one in asked.asked:
        codes = _codes(asked, one)
        if codes is None or codes:  # where no answer may be written down, there is nothing to show yet
            key = (one.block, one.answers) if codes else ("Numbers given", "")
            together.setdefault(key, []).append(one)
    taken: set[str] = set()
    for (block, _), its in together.items():
        name = its[0].item.replace("_", "-")
        name = name if is_file_id(name) and name not in taken else f"{name}-answers"
        taken.add(name)
        codes = _codes(asked, its[0])
        title = block or (its[0].label if len(its) == 1 else _same_answers(codes or {}))
        yield Shown(name, title, [one.item for one in its], [one.label for one in its], codes)


def _same_answers(codes: Mapping[str, str]) -> str:
    """A title for questions that have nothing in common but what can be answered."""
    words = [label or given for given, label in codes.items()]
    first, last = words[0], words[-1]
    return f"Questions answered from '{first}' to '{last}'" if len(codes) > 2 else f"Answered '{first}' or '{last}'"


def _codes(asked: Questions, one: Asked) -> Mapping[str, str] | None:
    if one.answers == TICKED:
        return {"1": "Ticked", "0": "Not ticked"}
    return asked.written[one.answers][0] if one.answers in asked.written else None


def _specification(group: Shown, wave: str) -> str:
    what = "family: share\n" if group.codes else "family: quantile\nquantiles: [0.25, 0.5, 0.75]\n"
    listed = ", ".join(group.items)
    return f'title: {text(group.title)}\nshort: "{wave}"\n{what}outcome: [{listed}]\nwaves: ["{wave}"]\n'


def _figure(group: Shown) -> str:
    whole = group.level is None
    stacked = whole and len(group.items) > 1 and len(group.codes or {}) <= MOST_IN_STACK
    lines = [f"title: {text(group.title)}", f"kind: {'stacked' if stacked else 'bars'}"]
    lines += [f"specifications: [{group.name}]"]
    lines += [f'levels: ["{group.level}"]'] if group.level is not None else []
    lines += ["order: given"] if whole and not stacked else []
    return "\n".join([*lines, f"x_title: Per cent of responses{REVIEW}of whom"]) + "\n"


def _table(group: Shown) -> str:
    note = "A quarter gave less than the lower quartile, half less than the median, a quarter more than the upper one."
    return f"title: {text(group.title)}\nspecifications: [{group.name}]\nnote: {note}\n"


def _page(wave: str, shown: list[Shown]) -> str:
    lines = [f'title: "Draft: what was answered, {wave}"{REVIEW}take the word draft out once the page is yours']
    lines += ["notebook: provision", f"summary:{REVIEW}two to five sentences; these show how they are written"]
    for group in [group for group in shown if group.codes][:MOST_FOUND]:
        codes = group.codes or {}
        given = group.level or list(codes)[-1 if len(group.items) > 1 else 0]
        did = "ticked" if codes[given] == "Ticked" else f"answered '{codes[given] or given}' to"
        says = f"{{share:responses}} {_plain(did)} '{_plain(group.labels[0])}'."
        lines += [f"  - says: {text(says)}", f"    specification: {group.name}", f"    outcome: {group.items[0]}"]
        lines += [f'    level: "{given}"']
    figures = [group.name for group in shown if group.codes]
    tables = [group.name for group in shown if not group.codes]
    lines += ["sections:", f"  - asks: {ASKS}{REVIEW}one of your research questions, as in study.yaml"]
    lines += [f"    figures: [{', '.join(figures)}]", *([f"    tables: [{', '.join(tables)}]"] if tables else [])]
    return "\n".join(lines) + "\n"


def _plain(words: str) -> str:
    """Words that a sentence can quote: braces would be gaps to fill."""
    return words.replace("{", "(").replace("}", ")")
