"""The questionnaire as drafted: which column asks which item, known or new, and what is set apart."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.draft.columns import Column
from stemcareers.draft.match import SURE, matches
from stemcareers.draft.words import REVIEW, code, comment, flow, item_id, own_words, text
from stemcareers.readers.table import Table

APART = {
    "person": "tells who somebody is",
    "response": "names the response",
    "school": "names the school",
    "survey": "of the survey tool",
    "consent": "consent",
    "text": "free text, never shown",
    "blank": "blank in every response",
}
TICKED = "ticked"
NO_ANSWER = {
    "not_asked": re.compile(r"n/?a|not applicable|not administered|not asked", re.IGNORECASE),
    "skipped": re.compile(r"missing|invalid|no (response|answer)|not (answered|reached)|skipped", re.IGNORECASE),
    "dont_know": re.compile(r"(i )?(do not|don.?t) know|not sure|unsure", re.IGNORECASE),
    "prefer_not": re.compile(r"prefer not (to (say|answer))?|refused", re.IGNORECASE),
}
_NONE = re.compile(r"none (of|apply)|no barriers", re.IGNORECASE)


@dataclass
class Questions:
    """What was found out of the columns of an export.

    items    the new items: id: (label, wording, answer set).
    answers  the new answer sets as yaml, by id.
    lines    the questionnaire's questions as yaml.
    ticks    its boxes as yaml, by question.
    ignored  the columns that are no question, with the reason.
    written  the codes of each new answer set, those that are no answer, and the grid it was drafted for.
    """

    known: Mapping[str, Item]
    known_answers: Mapping[str, AnswerSet]
    items: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    ticks: list[str] = field(default_factory=list)
    ignored: list[tuple[str, str]] = field(default_factory=list)
    written: dict[str, tuple[dict[str, str], dict[str, str], str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, table: Table, columns: list[Column], items: Mapping[str, Item], answers: Mapping[str, AnswerSet]
    ) -> Questions:
        """The questions of an export, held against the items of the study."""
        found = cls(items, answers)
        matched = matches(columns, items, answers)
        taken = set(items)
        boxes = found._boxes(table, _blocks(table, columns), taken, matched)
        for column in columns:
            if column.name in boxes:
                continue
            if column.holds in APART:
                found.ignored.append((column.name, APART[column.holds]))
            elif column.name in matched:
                found._known(column, *matched[column.name], table.asked_if.get(column.name))
            else:
                found._new(column, taken, table.asked_if.get(column.name))
        return found

    def _boxes(
        self,
        table: Table,
        blocks: Mapping[str, Mapping[str, str]],
        taken: set[str],
        matched: Mapping[str, tuple[str, float]],
    ) -> set[str]:
        done: set[str] = set()
        for question, choices in blocks.items():
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
                wording = table.wordings.get(column, "") or choice
                self.items[item] = (_label(choice), wording, TICKED)
                self.ticks.append(f"      {text(column)}: {item}\n")
            if none is not None:
                self.ticks.append(f"    none: {text(none)}\n")
            if (condition := table.asked_if.get(question)) is not None:
                self.ticks.append(
                    f"    # review: asked only where {' '.join(condition.split())}; put it under asked_if\n"
                )
            self.answers.setdefault(TICKED, f"{TICKED}: {{kind: nominal, codes: {{1: Ticked, 0: Not ticked}}}}\n")
        return done

    def _known(self, column: Column, item: str, score: float, condition: str | None) -> None:
        self.lines.append(f"  {text(column.name)}: {item}{_doubt(score)}\n{_routing(condition)}")

    def _new(self, column: Column, taken: set[str], condition: str | None) -> None:
        item = item_id(own_words(column.wording) or column.name, column.name, taken)
        answers, codes = self._answers(item, column)
        self.items[item] = (_label(own_words(column.wording) or column.name), column.wording, answers)
        asks = flow({"item": item, "codes": flow(codes)}) if codes else item
        rare = f"{REVIEW}answers that fewer than three gave are not written down" if column.rare else ""
        self.lines.append(f"  {text(column.name)}: {asks}{rare}\n{_routing(condition)}")

    def _answers(self, item: str, column: Column) -> tuple[str, dict[str, int]]:
        """The id of the answer set of a new item, and what the export's codes stand for where they are no numbers."""
        if column.holds == "number":
            self.answers[item] = f"{item}: {{kind: number, low: , high: , unit: }}{REVIEW}what can be answered\n"
            return item, {}
        if column.holds == "date":
            self.answers[item] = f"{item}: {{kind: date, format: , earliest: , latest: }}{REVIEW}how days are written\n"
            return item, {}
        whole = all(given.lstrip("-").isdigit() for given in column.answers)
        numbered = (
            column.answers if whole else dict(zip(map(str, range(1, 1000)), column.answers.values(), strict=False))
        )
        codes = {} if whole else {code(given): place for place, given in enumerate(column.answers, start=1)}
        grid = column.wording.rpartition(" - ")[0]
        missing = {given: reason for given, label in numbered.items() if (reason := _no_answer(label))}
        valid = {given: label for given, label in numbered.items() if given not in missing}
        if same := self._same_answers(valid, missing, grid):
            return same, codes
        name = "yes_no" if [label.lower() for label in valid.values()] == ["yes", "no"] else f"answers_{item}"
        name = name if name not in {**self.answers, **self.known_answers} else f"answers_{item}"
        labels = "".join(
            f"    {given}: {text(label) if label else ''}".rstrip() + "\n" for given, label in valid.items()
        )
        drafted = (
            f"{name}:{REVIEW}ordered or nominal, and codes that are no answer\n  kind: nominal\n  codes:\n{labels}"
        )
        self.answers[name] = drafted + (f"  missing: {flow(missing)}\n" if missing else "")
        self.written[name] = (valid, missing, grid)
        return name, codes

    def _same_answers(self, valid: Mapping[str, str], missing: Mapping[str, str], grid: str) -> str | None:
        """A set with the same codes and labels, known or drafted; where labels are not known, one of the same grid."""
        if not valid:
            return None
        labelled = all(valid.values())
        for name, its in self.known_answers.items() if labelled else ():
            same = its.is_categorical and {str(c): label for c, label in its.codes.items()} == dict(valid)
            if same and set(missing) <= {str(c) for c in its.missing}:
                return name
        for name, (codes, reasons, of_grid) in self.written.items():
            if codes == dict(valid) and reasons == dict(missing) and (labelled or (grid and grid == of_grid)):
                return name
        return None

    def instrument(self, title: str) -> str:
        """The questionnaire file."""
        found = comment(["Drafted from an export; read it through, and take the words 'review' out as you go."])
        found += f"title: {text(title)}\nmode: online{REVIEW}how it was answered\nquestions:\n"
        found += "".join(self.lines) if self.lines else "  {}\n"
        if self.ticks:
            found += "ticks:\n" + "".join(self.ticks)
        if self.ignored:
            found += "ignore:\n" + "".join(f"  - {text(name)}   # {why}\n" for name, why in self.ignored)
        return found

    def item_rows(self, header: bool) -> str:
        """The new items as rows of items.csv. A wording that the export does not hold is left empty."""
        rows = io.StringIO()
        writer = csv.writer(rows, lineterminator="\n")
        writer.writerows([["item", "label", "wording", "answers", "status"]] if header else [])
        for item, (label, wording, answers) in self.items.items():
            writer.writerow([item, label, wording, answers, "official" if wording else "reconstructed"])
        return rows.getvalue()


def _blocks(table: Table, columns: list[Column]) -> dict[str, dict[str, str]]:
    """Questions with boxes to tick: those the file names, and columns of one question that hold one code or nothing."""
    blocks = {question: dict(choices) for question, choices in table.choices.items() if len(choices) > 1}
    named = {column for choices in blocks.values() for column in choices}
    found: dict[str, dict[str, str]] = {}
    for column in columns:
        question, joint, _ = column.name.rpartition("_")
        stem, dash, choice = column.wording.rpartition(" - ")
        single = column.holds == "categories" and len(column.answers) == 1 and not column.rare
        if single and joint and dash and column.name not in named:
            found.setdefault(question, {})[column.name] = choice
    return blocks | {name: choices for name, choices in found.items() if len(choices) > 1 and name not in blocks}


def _no_answer(label: str) -> str:
    """The reason why a labelled code is no answer; blank where it is one."""
    return next((reason for reason, words in NO_ANSWER.items() if words.fullmatch(label.strip())), "")


def _doubt(score: float) -> str:
    return f"   # by wording and answers, score {score:.2f}" + ("" if score >= SURE else "; review: is it the same?")


def _routing(condition: str | None) -> str:
    return f"    # review: asked only where {' '.join(condition.split())}; put it under asked_if\n" if condition else ""


def _label(wording: str) -> str:
    words = " ".join(wording.split())
    return words if len(words) <= 60 else words[:57].rsplit(" ", 1)[0] + "..."
