"""The questionnaire as drafted: which column asks which item, known or new, and what is set apart."""

from __future__ import annotations

import csv
import io
import re
import textwrap
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from stemcareers.config.instrument import Asked as Asking
from stemcareers.config.instrument import Instrument
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.draft.before import Before, asked_before
from stemcareers.draft.blocks import blocks, words_beside
from stemcareers.draft.codes import none_here, otherwise_called, parted, said_otherwise, translated, unknown
from stemcareers.draft.columns import Column
from stemcareers.draft.known import Known
from stemcareers.draft.labels import from_low_to_high
from stemcareers.draft.match import SURE, matches, nearest
from stemcareers.draft.words import REVIEW, code, comment, flow, is_whole, item_id, text
from stemcareers.readers.table import Table

APART = {
    "person": "tells who somebody is",
    "response": "names the response",
    "school": "names the school",
    "survey": "of the survey tool",
    "worked_out": "shown or worked out by the survey tool",
    "weight": "a weight",
    "replicate": "a replicate weight",
    "stratum": "names the stratum",
    "consent": "consent",
    "text": "free text, never shown",
    "blank": "blank in every response",
}
TICKED = "ticked"
WORTH_TELLING = 0.65  # the score from which a doubtful match is told where columns that ask nothing known are left out
ROUTES = ("asked_if", "asked_if_any")
_NONE = re.compile(r"none (of|apply)|no barriers", re.IGNORECASE)


class Asked(NamedTuple):
    """A new item as it was asked: the id of its answer set, and the words of the block that it stands in, if any."""

    item: str
    label: str
    answers: str
    block: str


@dataclass
class Questions:
    """What was found out of the columns of an export.

    before      how the known items were asked in the waves before.
    only_known  whether what asks no known item is left out, and what is not sure stands in comments.
    elsewhere   why a code is no answer, as labels of other columns say.
    routes   the known items that a questionnaire did not ask of all: item: (questionnaire, of whom).
    items    the new items: id: (label, wording, answer set).
    answers  the new answer sets as yaml, by id.
    lines    the questionnaire's questions as yaml.
    ticks    its boxes as yaml, by question.
    ignored  the columns that are no question, with the reason.
    written  the codes of each new answer set, those that are no answer, and the grid it was drafted for.
    lacking  the codes that are no answer here, by the known answer set that does not know them.
    strange  the codes of answers that a known answer set does not have, with their labels.
    left     the columns left out, as the study's questionnaires leave out what they do not use.
    found    the known items that it asks.
    asked    the new items that are categories or numbers, in the order of the export's columns, boxes first.
    """

    known: Mapping[str, Item]
    known_answers: Mapping[str, AnswerSet]
    before: Mapping[str, Known] = field(default_factory=dict)
    only_known: bool = False
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    routes: Mapping[str, tuple[str, Asking]] = field(default_factory=dict)
    items: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    ticks: list[str] = field(default_factory=list)
    ignored: list[tuple[str, str]] = field(default_factory=list)
    written: dict[str, tuple[dict[str, str], dict[str, str], str]] = field(default_factory=dict)
    lacking: dict[str, dict[str, str]] = field(default_factory=dict)
    strange: dict[str, dict[str, str]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        table: Table,
        columns: list[Column],
        items: Mapping[str, Item],
        answers: Mapping[str, AnswerSet],
        instruments: Mapping[str, Instrument],
        named: Collection[str] = (),
        known: Mapping[str, Known] | None = None,
        only_known: bool = False,
    ) -> Questions:
        """The questions of an export, held against the items and the questionnaires of the study.

        named       the columns that the wave file names: ids and conditions.
        known       how the items were asked in the waves before.
        only_known  leave out what asks no known item, and have what is not sure in comments.
        """
        found = cls(items, answers, known or {}, only_known, _reasons(columns), _routes(instruments))
        before = asked_before(table, columns, instruments, items)
        boxed = blocks(table, columns)
        columns = _worded_boxes(table, columns, boxed)
        others = [column for column in columns if column.name not in before]
        free = {name: its for name, its in items.items() if name not in {b.question.item for b in before.values()}}
        matched = matches(others, free, answers, {name: its for name, its in found.before.items() if name in free})
        near = nearest([c for c in others if c.name not in matched], free)
        taken = set(items)
        beside = words_beside(columns, boxed)
        done = found._boxes(table, columns, boxed, taken, matched, beside)
        for column in columns:
            if column.name in done or column.name in beside.values():
                continue
            if column.name in before:
                found._before(column, before[column.name], beside.get(column.name))
            elif column.name in boxed:
                found._apart(column, "its choices stand in columns of their own")
            elif column.holds in APART:
                found._apart(column, APART[column.holds])
            elif column.name in named:
                found._apart(column, "named in the wave file")
            elif column.name in matched and matched[column.name][1] >= (WORTH_TELLING if only_known else 0):
                found._known(table, column, *matched[column.name], beside.get(column.name))
            elif only_known:
                found.left.append(column.name)
            else:
                found._new(table, column, taken, beside.get(column.name), near.get(column.name, []))
        return found

    def _apart(self, column: Column, why: str) -> None:
        """A column that is no question: to be ignored by name, where others are not left out anyway."""
        if not self.only_known:
            self.ignored.append((column.name, why))

    def _boxes(
        self,
        table: Table,
        columns: list[Column],
        boxed: Mapping[str, Mapping[str, str]],
        taken: set[str],
        matched: Mapping[str, tuple[str, float]],
        beside: Mapping[str, str],
    ) -> set[str]:
        done: set[str] = set()
        words = {column.name: column.wording for column in columns}
        for question, choices in boxed.items():
            if self.only_known and not any(column in matched for column in choices):
                self.left += choices
                done.update(choices)
                continue
            self.ticks.append(f"  {text(question)}:\n    items:\n")
            none = next((column for column, choice in choices.items() if _NONE.match(choice)), None)
            done.update(choices)
            for column, choice in choices.items():
                if column == none:
                    continue
                if column in matched:
                    item, score = matched[column]
                    self.ticks.append(f"      {text(column)}: {item}{_doubt(score)}\n")
                    continue
                item = item_id(choice, column, taken)
                wording = words[column] or choice
                self.items[item] = (_label(choice), wording, TICKED)
                block = table.wordings.get(question) or wording.rpartition(" - ")[0] or question
                self.asked.append(Asked(item, _label(choice), TICKED, _label(block)))
                self.ticks.append(f"      {text(column)}: {item}\n")
            if none is not None:
                self.ticks.append(f"    none: {text(none)}\n")
            if question in beside:
                self.ticks.append(f"    other_text: {text(beside[question])}\n")
            told = table.asked_if.get(question)
            routed = next((matched[c][0] for c in choices if c in matched and matched[c][0] in self.routes), "")
            asks, doubt = self._route(routed, told)
            self.ticks += [f"    {key}: {its}{REVIEW}{doubt}\n" for key, its in asks.items()]
            self.ticks.append(_routing(told))
            if TICKED not in self.known_answers:
                self.answers.setdefault(TICKED, f"{TICKED}: {{kind: nominal, codes: {{1: Ticked, 0: Not ticked}}}}\n")
        return done

    def _before(self, column: Column, was: Before, beside: str | None) -> None:
        """A column that a questionnaire of the study has already asked under this name, with its codes."""
        codes = was.question.codes
        its = self.known_answers.get(self.known[was.question.item].answers)
        column = replace(column, answers=dict(was.answers))
        given = {its: codes[its] for its in map(_as_given, column.answers) if its in codes}
        by_label = translated(column, its, True) if its is not None else {}
        given |= {code: by_label[code] for code in was.strange if code in by_label}
        strange = [code for code in was.strange if code not in given]
        if its is not None and its.is_categorical:
            given |= self._numbered(self.known[was.question.item].answers, its, column, strange)
        asks: dict[str, object] = {"item": was.question.item}
        asks |= {"codes": flow({text(its): ours for its, ours in given.items()})} if given else {}
        asks |= {"others": was.question.others} if was.question.others != "quarantine" else {}
        asks |= {"other_text": text(beside)} if beside else {}
        asks |= {key: _codes_by_item(its) for key in ROUTES if (its := getattr(was.question, key))}
        told = f"; it did not know {', '.join(was.strange)}" if was.strange else ""
        written = flow(asks) if len(asks) > 1 else was.question.item
        self.found.append(was.question.item)
        self.lines.append(f"  {text(column.name)}: {written}{REVIEW}as in instruments/{was.instrument}.yaml{told}\n")

    def _known(self, table: Table, column: Column, item: str, score: float, beside: str | None) -> None:
        name = self.known[item].answers
        its, before = self.known_answers[name], self.before.get(item, Known()).labels
        codes = translated(column, its, column.name in table.labels, before)
        unlike: list[str] = []
        if column.name not in table.labels and its.is_categorical:
            stand_for, unlike = said_otherwise(column, its)
            codes |= stand_for
        _, missing = parted(column)
        missing |= {given: self.elsewhere.get(given, "skipped") for given in _declared_only(table, column)}
        codes |= (same := none_here(missing, its))
        lacking = {code: why for code, why in unknown(missing, its).items() if code not in same}
        labelled = its.is_categorical and column.name in table.labels
        other = otherwise_called(column, its, codes, before) if labelled else {}
        told = [
            f"    # review: the file calls {given} '{label}', and answers.yaml '{its.codes[int(given)]}'\n"
            for given, label in other.items()
            if _is_code(given, its)
        ]
        condition = table.asked_if.get(column.name)
        route, doubt = self._route(item, condition)
        said = [doubt] if doubt else []
        if its.kind == "date" and column.written not in {"", its.format}:
            said.append(f"days are written {column.written} here; name answers of that format under answers")
        said += [f"{text(words)} is none of its answers; say under codes what it is" for words in unlike]
        told += [f"    # review: {sentence}\n" for sentence in said]
        asks = _asks(item, {code(given): ours for given, ours in codes.items()}, beside, route)
        aside = "# " if self.only_known and score < SURE else ""
        if not aside:
            self.found.append(item)
            self.strange.setdefault(name, {}).update({g: label for g, label in other.items() if not _is_code(g, its)})
            self.lacking.setdefault(name, {}).update(lacking)
        words = f" '{column.wording}'" if self.only_known else ""
        self.lines.append(
            f"  {aside}{text(column.name)}: {asks}{_doubt(score, words)}\n" + "".join(told) + _routing(condition)
        )

    def _route(self, item: str, told: str | None) -> tuple[dict[str, object], str]:
        """The routing of the study's last questionnaire, and the doubt; none where the survey tool tells its own."""
        if told or item not in self.routes:
            return {}, ""
        instrument, asking = self.routes[item]
        asks: dict[str, object] = {key: _codes_by_item(its) for key in ROUTES if (its := getattr(asking, key))}
        return asks, f"{' and '.join(asks)} as in instruments/{instrument}.yaml"

    def _numbered(self, name: str, its: AnswerSet, column: Column, strange: list[str]) -> dict[str, int]:
        """Free codes for answers that a known answer set does not have; they are to be added to it."""
        first = max([*its.codes, *its.missing, 0]) + 1 + len(self.strange.get(name, {}))
        numbers = {code: first + place for place, code in enumerate(strange)}
        labels = {str(number): column.answers.get(code) or code for code, number in numbers.items()}
        if labels:
            self.strange.setdefault(name, {}).update(labels)
        return numbers

    def _new(
        self, table: Table, column: Column, taken: set[str], beside: str | None, near: list[tuple[str, float]]
    ) -> None:
        item = item_id(column.own_words or column.name, column.name, taken)
        answers, codes = self._answers(item, column)
        label = _label(column.own_words or column.name)
        self.items[item] = (label, column.wording, answers)
        if column.holds != "date":
            self.asked.append(Asked(item, label, answers, _label(column.stem.rstrip(" -:."))))
        rare = f"{REVIEW}answers that fewer than three gave are not written down" if column.rare else ""
        self.lines.append(
            f"  {text(column.name)}: {_asks(item, codes, beside)}{rare}\n"
            + (f"    # review: new, or is it {_listed(near)}?\n" if near else "")
            + _routing(table.asked_if.get(column.name))
        )

    def _answers(self, item: str, column: Column) -> tuple[str, dict[str, int]]:
        """The id of the answer set of a new item, and what the export's codes stand for where they are no numbers."""
        valid, missing = parted(column)
        if column.holds == "number":
            none = f", missing: {flow(missing)}" if missing else ""
            ends = f"; some end with {', '.join(column.units)}: name them under units" if column.units else ""
            if "%" in column.units:
                ends = "; some end with %: say number_signs: [percent] under export"
            self.answers[item] = (
                f"{item}: {{kind: number, low: , high: , unit: {none}}}{REVIEW}what can be answered{ends}\n"
            )
            return item, {}
        if column.holds == "date":
            form = f'"{column.written}"' if column.written else ""
            doubt = "between which days" if form else "how days are written"
            self.answers[item] = f"{item}: {{kind: date, format: {form}, earliest: , latest: }}{REVIEW}{doubt}\n"
            return item, {}
        codes: dict[str, int] = {}
        if not all(map(is_whole, column.answers)):
            codes = {code(given): place for place, given in enumerate(column.answers, start=1)}
            numbered = dict(zip(column.answers, map(str, codes.values()), strict=True))
            valid = {numbered[given]: label for given, label in valid.items()}
            missing = {numbered[given]: reason for given, reason in missing.items()}
        if same := self._same_answers(valid, missing, column.stem):
            return same, codes
        name = "yes_no" if [label.lower() for label in valid.values()] == ["yes", "no"] else f"answers_{item}"
        name = name if name not in {**self.answers, **self.known_answers} else f"answers_{item}"
        labels = "".join(
            f"    {given}: {text(label) if label else ''}".rstrip() + "\n" for given, label in valid.items()
        )
        order = from_low_to_high(valid.values())
        has_order = order is not None and list(valid.values()) in (order, order[::-1])
        doubt = "from low to high" if has_order else "ordered, then from low to high, or nominal"
        drafted = (
            f"{name}:{REVIEW}{doubt}, and codes that are no answer\n"
            f"  kind: {'ordered' if has_order else 'nominal'}\n  codes:\n{labels}"
        )
        self.answers[name] = drafted + (f"  missing: {flow(missing)}\n" if missing else "")
        self.written[name] = (valid, missing, column.stem)
        return name, codes

    def _same_answers(self, valid: Mapping[str, str], missing: Mapping[str, str], grid: str) -> str | None:
        """A set with the same codes and labels, known or drafted; where labels are not known, one of the same grid.

        What a known set does not know to be no answer is noted, to be added to it.
        """
        if not valid:
            return None
        labelled = all(valid.values())
        folded = {given: label.casefold() for given, label in valid.items()}
        for name, its in self.known_answers.items() if labelled else ():
            if its.is_categorical and {str(c): label.casefold() for c, label in its.codes.items()} == folded:
                if lacking := unknown(missing, its):
                    self.lacking.setdefault(name, {}).update(lacking)
                return name
        for name, (codes, reasons, of_grid) in self.written.items():
            if codes == dict(valid) and reasons == dict(missing) and (labelled or (grid and grid == of_grid)):
                return name
        return None

    def instrument(self, title: str, mode: str = "online") -> str:
        """The questionnaire file."""
        found = comment(["Drafted from an export; read it through, and take the words 'review' out as you go."])
        found += f"title: {text(title)}\nmode: {text(mode)}{REVIEW}how it was answered\nquestions:\n"
        found += "".join(self.lines) if self.lines else "  {}\n"
        if self.ticks:
            found += "ticks:\n" + "".join(self.ticks)
        if self.ignored:
            found += "ignore:\n" + "".join(f"  - {text(name)}   # {why}\n" for name, why in self.ignored)
        if self.only_known:
            found += "other_columns: ignore   # as in the study's other questionnaires\n"
            listed = textwrap.wrap(", ".join(self.left), 116)
            told = "Left out, because they ask no item of the study (draft --new has them as new items):"
            found += comment([told, *listed] if listed else [])
        return found

    def additions(self) -> str:
        """What answers.yaml needs for this questionnaire, as comments."""
        sets = {
            name: {code(given): text(label) for given, label in its.items()}
            for name, its in self.strange.items()
            if its
        }
        lines = [f"{name}: codes: {flow(its)}" for name, its in sets.items()]
        told = "review: answers that answers.yaml does not have; add them there, with other numbers if you like:"
        found = comment([told, *lines] if lines else [])
        told = "review: these codes are no answers here, and answers.yaml does not know them; add them there:"
        lines = [f"{known}: missing: {flow(codes)}" for known, codes in self.lacking.items() if codes]
        return found + comment([told, *lines] if lines else [])

    def item_rows(self, header: bool) -> str:
        """The new items as rows of items.csv. A wording that the export does not hold is left empty."""
        rows = io.StringIO()
        writer = csv.writer(rows, lineterminator="\n")
        writer.writerows([["item", "label", "wording", "answers", "status"]] if header else [])
        for item, (label, wording, answers) in self.items.items():
            writer.writerow([item, label, wording, answers, "official" if wording else "reconstructed"])
        return rows.getvalue()


def _worded_boxes(table: Table, columns: list[Column], boxed: Mapping[str, Mapping[str, str]]) -> list[Column]:
    """The columns, boxes with the words of their question and choice where the file gives them none of their own."""
    words = {
        box: (f"{table.wordings.get(question) or question} - ", choice)
        for question, choices in boxed.items()
        for box, choice in choices.items()
    }
    return [
        replace(c, wording="".join(words[c.name]), stem=words[c.name][0])
        if c.name in words and c.name not in table.wordings
        else c
        for c in columns
    ]


def _doubt(score: float, words: str = "") -> str:
    sure = "" if score >= SURE else "; review: is it the same?"
    return f"   # by wording and answers, score {score:.2f}{sure}{words}"


def _is_code(given: str, its: AnswerSet) -> bool:
    return given.lstrip("-").isdigit() and int(given) in its.codes


def _reasons(columns: list[Column]) -> dict[str, str]:
    """Why a code is no answer, as the labels of the file say where it has one: all columns alike."""
    found: dict[str, set[str]] = {}
    for column in columns:
        for given, why in parted(column)[1].items():
            found.setdefault(given, set()).add(why)
    return {given: next(iter(why)) for given, why in found.items() if len(why) == 1}


def _declared_only(table: Table, column: Column) -> list[str]:
    """The codes in a column that the file declares missing without a label that says why."""
    given = table.distinct(column.name)[1] if column.name in table.missing else []
    return [its for its in given if its and its not in column.answers and table.is_declared_missing(column.name, its)]


def _codes_by_item(gates: Mapping[str, list[int]]) -> str:
    return flow({item: f"[{', '.join(map(str, codes))}]" for item, codes in gates.items()})


def _routes(instruments: Mapping[str, Instrument]) -> dict[str, tuple[str, Asking]]:
    """Item: the last questionnaire that did not ask it of all, and of whom it asked it."""
    found: dict[str, tuple[str, Asking]] = {}
    for name in sorted(instruments):
        its = instruments[name]
        found |= {item: (name, asked) for item, asked in its.routes().items() if asked.gates()} if its.whole else {}
    return found


def _routing(condition: str | None) -> str:
    return f"    # review: asked only where {' '.join(condition.split())}; put it under asked_if\n" if condition else ""


def _asks(item: str, codes: Mapping[str, int], beside: str | None, route: Mapping[str, object] | None = None) -> str:
    """What a column asks: the item alone, or with what its codes stand for, the words beside, and its routing."""
    asks: dict[str, object] = {"item": item}
    asks |= {"codes": flow(codes)} if codes else {}
    asks |= {"other_text": text(beside)} if beside else {}
    asks |= route or {}
    return flow(asks) if len(asks) > 1 else item


def _as_given(code: str) -> str | int:
    return int(code) if is_whole(code) else code


def _listed(near: list[tuple[str, float]]) -> str:
    return " or ".join(f"{item} (likeness {its:.2f})" for item, its in near)


def _label(wording: str) -> str:
    words = " ".join(wording.split())
    return words if len(words) <= 60 else words[:57].rsplit(" ", 1)[0] + "..."
