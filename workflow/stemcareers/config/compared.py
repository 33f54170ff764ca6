"""The comparability gate: what was asked differently in two waves, and whether it may be compared all the same.

A changed wording, answer set, routing or group of respondents makes an item not comparable, a changed number of items
a scale, until the study says otherwise with a reason (comparability.yaml).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING

from stemcareers.config.comparability import EVERYTHING, Statement
from stemcareers.config.fielded import fielded
from stemcareers.config.instrument import Question
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Wave
from stemcareers.errors import Problem

if TYPE_CHECKING:
    from stemcareers.config.load import StudyConfig

ADMINISTRATIVE = "administrative"  # a fact of the sample, whoever answers
OFFERED = {"dont_know": "don't know", "prefer_not": "prefer not to say"}  # answers that a questionnaire may offer
STANDARDISED = "standardised"


@dataclass(frozen=True)
class Change:
    """What is not the same in two waves: its kind (as `changed` in comparability.yaml names it), and in words."""

    kind: str
    told: str

    @property
    def brief(self) -> str:
        """In words that fit a message: wordings are read on the page."""
        return "its wording changed" if self.kind == "wording" else self.told


@dataclass(frozen=True)
class Verdict:
    """Whether a variable can be compared between two waves: what changed, and what the study says of it.

    open      the changes that nobody has accepted.
    because   the reasons of the statements about it, each once.
    """

    waves: tuple[str, str]
    changes: tuple[Change, ...]
    open: tuple[Change, ...]
    denied: bool
    because: tuple[str, ...]

    @property
    def comparable(self) -> bool:
        """Nothing changed that matters, and nobody says that it cannot be compared."""
        return not self.open and not self.denied


@dataclass(frozen=True)
class Asked:
    """How a wave asked an item."""

    wording: str
    printed: AnswerSet
    codes: tuple[int, ...]
    taken_together: tuple[int, ...]
    route: str
    respondents: str


@dataclass(frozen=True)
class Gate:
    """The items and scales of a study, wave against wave.

    Needs waves, questionnaires and statements without faults; `whole` says whether they are.
    """

    config: StudyConfig

    @cached_property
    def whole(self) -> bool:
        """Whether what the waves asked is known."""
        config = self.config
        entries = [config.study, config.comparability, *config.answers.values(), *config.items.values()]
        entries += [*config.waves.values(), *(config.instruments.get(w.instrument) for w in config.waves.values())]
        shelves = (config.waves, config.items, config.answers, config.scales)
        if any(entry is None or not entry.whole for entry in entries):
            return False
        if any(shelf.unreadable or not shelf.closed for shelf in shelves):
            return False
        if any(item.answers not in config.answers for item in config.items.values()):
            return False
        if config.items.keys() & config.scales.keys():
            return False
        try:
            return all(self._is_known(question) for wave in config.waves.values() for question in self._questions(wave))
        except (Problem, KeyError):
            return False

    @cached_property
    def asked(self) -> dict[str, dict[str, Asked]]:
        """How each wave asked each of its items."""
        study = self.config.study
        return {
            name: {q.item: self._asked(q, wave.respondents or study.respondents) for q in self._questions(wave)}
            for name, wave in self.config.waves.items()
        }

    def waves_of(self, variable: str) -> list[str]:
        """The waves that asked an item, or any item of a scale, in the study's order."""
        items = self._items(variable)
        return [wave for wave, asked in self.asked.items() if any(item in asked for item in items)]

    def variables(self) -> list[str]:
        """The items and scales that more than one wave asked, in the order of their files."""
        return [name for name in (*self.config.items, *self.config.scales) if len(self.waves_of(name)) > 1]

    def verdicts(self, variable: str, waves: Iterable[str] | None = None) -> list[Verdict]:
        """A verdict for each pair of waves (of all that asked it, or of these)."""
        wanted = self.waves_of(variable) if waves is None else list(waves)
        return [self.verdict(variable, a, b) for a, b in combinations(wanted, 2)]

    def verdict(self, variable: str, a: str, b: str) -> Verdict:
        """Whether an item or scale can be compared between two waves that asked it."""
        changes = self._scale(variable, a, b) if variable in self.config.scales else self._item(variable, a, b)
        said = [s for s in self.config.comparability.statements if _is_about(s, variable, {a, b})]
        accepted = {kind for statement in said for kind in statement.changed}
        kinds = {change.kind for change in changes}
        telling = [s for s in said if not s.comparable or kinds.intersection(s.changed)]
        return Verdict(
            (a, b),
            tuple(changes),
            tuple(change for change in changes if change.kind not in accepted),
            any(not statement.comparable for statement in said),
            tuple(dict.fromkeys(statement.because for statement in telling)),
        )

    def _items(self, variable: str) -> list[str]:
        scale = self.config.scales.get(variable)
        return [variable] if scale is None else scale.items

    def _questions(self, wave: Wave) -> Iterable[Question]:
        """What the wave asked, boxes to tick as questions of their own."""
        questionnaire = fielded(self.config.instruments[wave.instrument], wave)
        yield from questionnaire.questions.values()
        for ticks in questionnaire.ticks.values():
            for column, item in ticks.items.items():
                own = wave.differs[column].wording if column in wave.differs else None
                yield Question(item=item, asked_if=ticks.asked_if, asked_if_any=ticks.asked_if_any, wording=own)

    def _is_known(self, question: Question) -> bool:
        """Whether the item is known, what its codes stand for, and the answers as they were printed."""
        if question.answers is not None and question.answers not in self.config.answers:
            return False
        accepted = self.config.answer_set(question.item)
        codes = {*accepted.codes, *accepted.missing}
        return not accepted.is_categorical or codes >= set(question.codes.values())

    def _asked(self, question: Question, respondents: str) -> Asked:
        item: Item = self.config.items[question.item]
        accepted = self.config.answers[item.answers]
        return Asked(
            wording=" ".join((question.wording or item.wording).split()),
            printed=self.config.answers[question.answers or item.answers],
            codes=_reached(question, accepted),
            taken_together=() if item.status == ADMINISTRATIVE else _taken_together(question, accepted),
            route=_route(question),
            respondents="" if item.status == ADMINISTRATIVE else respondents,
        )

    def _item(self, item: str, a: str, b: str) -> list[Change]:
        one, other = self.asked[a][item], self.asked[b][item]
        accepted = self.config.answer_set(item)
        changes = []
        if one.wording != other.wording:
            changes.append(Change("wording", f"wording: '{one.wording}' in {a}, '{other.wording}' in {b}"))
        if told := "; ".join(_answers(one, other, a, b, accepted)):
            changes.append(Change("answers", f"answers: {told}"))
        if one.route != other.route:
            routes = f"asked {one.route} in {a}, {other.route} in {b}"
            changes.append(Change("routing", f"routing: {routes}"))
        if one.respondents != other.respondents:
            who = f"respondents: {one.respondents} in {a}, {other.respondents} in {b}"
            changes.append(Change("respondents", who))
        if accepted.standardised_within is not None:
            changes.append(Change(STANDARDISED, "standardised anew in every wave"))
        return changes

    def _scale(self, name: str, a: str, b: str) -> list[Change]:
        items = self.config.scales[name].items
        ones, others = ([item for item in items if item in self.asked[wave]] for wave in (a, b))
        changes = []
        if only := [item for item in ones if item not in others]:
            changes.append(Change("length", f"length: {', '.join(only)} only in {a}"))
        if only := [item for item in others if item not in ones]:
            changes.append(Change("length", f"length: {', '.join(only)} only in {b}"))
        both = {item: self.verdict(item, a, b) for item in ones if item in others}
        if any(change.kind == STANDARDISED for verdict in both.values() for change in verdict.changes):
            changes.append(Change(STANDARDISED, "standardised anew in every wave"))
        open_kinds = {
            item: "denied" if v.denied else ", ".join(dict.fromkeys(c.kind for c in v.open if c.kind != STANDARDISED))
            for item, v in both.items()
        }
        if told := [f"{item} ({kinds})" for item, kinds in open_kinds.items() if kinds]:
            changes.append(Change("items", f"items: {', '.join(told)}"))
        return changes


def _is_about(statement: Statement, variable: str, waves: set[str]) -> bool:
    named = variable in statement.about or statement.about == [EVERYTHING]
    return named and waves <= set(statement.waves)


def _reached(question: Question, accepted: AnswerSet) -> tuple[int, ...]:
    """The item's codes that an export of this question can hold."""
    given = set(question.codes.values())
    meant_otherwise = {str(text) for text in question.codes}
    strict = bool(question.codes) and question.others == "not_asked"
    free = () if strict else [code for code in accepted.codes if str(code) not in meant_otherwise]
    return tuple(code for code in accepted.codes if code in given or code in free)


def _taken_together(question: Question, accepted: AnswerSet) -> tuple[int, ...]:
    """The item's codes that several codes of the export stand for; several spellings of a label are one answer, and
    several reasons for a gap are none."""
    given = [(str(text), code) for text, code in question.codes.items() if code not in accepted.missing]
    numbers = [code for text, code in given if text.lstrip("-").isdigit()]
    return tuple(sorted({code for code in numbers if numbers.count(code) > 1}))


def _answers(one: Asked, other: Asked, a: str, b: str, accepted: AnswerSet) -> Iterable[str]:
    """How the answers of two waves differ, in words."""
    first, second = one.printed, other.printed
    if first.kind != second.kind:
        yield f"{first.kind} in {a}, {second.kind} in {b}"
        return
    for code in sorted(first.codes.keys() | second.codes.keys()):
        mine, theirs = first.codes.get(code), second.codes.get(code)
        if mine is None or theirs is None:
            yield f"{code} ({mine or theirs}) only in {b if mine is None else a}"
        elif mine != theirs:
            yield f"{code} is '{mine}' in {a}, '{theirs}' in {b}"
    for mine, theirs, where in ((one, other, a), (other, one, b)):
        if lone := [code for code in mine.codes if code not in theirs.codes]:
            yield f"{_listed(lone, accepted)} only in {where}"
        if joined := [code for code in mine.taken_together if code not in theirs.taken_together]:
            yield f"{_listed(joined, accepted)} made of several answers in {where}"
    if (first.low, first.high, first.unit) != (second.low, second.high, second.unit):
        yield f"{_bounds(first)} in {a}, {_bounds(second)} in {b}"
    for reason, words in OFFERED.items():
        here, there = (reason in printed.missing.values() for printed in (first, second))
        if here != there:
            yield f"'{words}' offered only in {a if here else b}"


def _listed(codes: list[int], accepted: AnswerSet) -> str:
    return ", ".join(f"{code} ({accepted.codes[code]})" if code in accepted.codes else str(code) for code in codes)


def _bounds(printed: AnswerSet) -> str:
    return f"{printed.low:g} to {printed.high:g} {printed.unit}"


def _route(question: Question) -> str:
    """Of whom a question is asked, in words."""
    every, some = (
        [f"{item} is {' or '.join(map(str, sorted(codes)))}" for item, codes in sorted(gates.items())]
        for gates in (question.asked_if, question.asked_if_any)
    )
    conditions = [*every, *([" or ".join(some)] if some else [])]
    return "where " + " and ".join(conditions) if conditions else "of all"
