"""The vocabulary of a study: `items.csv`, `answers.yaml`, `scales.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from stemcareers.config import csv_file, item_response, yaml_file
from stemcareers.config.entry import Entry, read
from stemcareers.config.item_response import ItemParameters, Reproduces
from stemcareers.config.plain import Cell, ColumnId, Day, Name, Words, is_column_id, shown
from stemcareers.config.shelf import Shelf
from stemcareers.config.spelling import spelling
from stemcareers.errors import Problem, did_you_mean

Missing = Literal["not_asked", "skipped", "dont_know", "prefer_not"]
Method = Literal["mean", "sum", "percent", "as_given", "log", "indicator", "count", "partial_credit", "rasch"]
DATE_MARKS = ("%d", "%m", "%Y", "%H", "%M", "%S")
Status = Literal["published", "derived", "reconstructed", "official", "administrative"]


class AnswerSet(Entry):
    """The codes and labels an item accepts, or the bounds of a number."""

    kind: Literal["nominal", "ordered", "number", "date", "text"] = Field(
        description=(
            "nominal: categories; ordered: categories low to high; number: a quantity; date: a day, never shown; "
            "text: free text, never shown"
        )
    )
    codes: dict[int, Words] = Field(default_factory=dict, description="nominal, ordered: code and label, in order")
    missing: dict[int, Missing] = Field(
        default_factory=dict, description="codes that are no answer, and why: not_asked, skipped, dont_know, prefer_not"
    )
    low: float | None = Field(None, description="number: the smallest value accepted")
    high: float | None = Field(None, description="number: the largest value accepted")
    unit: Cell | None = Field(None, description="number: the unit, in words")
    units: dict[Name, float] = Field(
        default_factory=dict,
        description="number: words for units that an answer may end with, and how much of 'unit' one of each is",
    )
    ranges: Literal["refuse", "middle"] = Field(
        "refuse", description="number: an answer such as 5-10: refuse it, or take the middle"
    )
    format: Words | None = Field(
        None, description="date: how it is written, with %d day, %m month, %Y year, and %H, %M, %S, which are dropped"
    )
    earliest: Day | None = Field(None, description="date: the first day accepted")
    latest: Day | None = Field(None, description="date: the last day accepted")
    standardised_within: Literal["wave"] | None = Field(
        None,
        description="number: `wave` where the numbers were standardised anew in every wave, as indices often are; "
        "then no two waves are compared by them",
    )

    def faults(self) -> Iterable[str]:
        if self.is_categorical and len(self.codes) < 2:
            yield f"codes: {self.kind} answers need two codes with labels, or more"
        if not self.is_categorical and self.codes:
            yield f"codes: {self.kind} answers have none; use kind nominal or ordered"
        for key in ("low", "high", "unit"):
            if self.kind == "number" and getattr(self, key) is None:
                yield f"{key}: is missing; number answers need low, high and unit"
            if self.kind != "number" and getattr(self, key) is not None:
                yield f"{key}: belongs to number answers, not to kind '{self.kind}'"
        if self.kind != "number" and self.standardised_within is not None:
            yield f"standardised_within: belongs to number answers, not to kind '{self.kind}'"
        if self.low is not None and self.high is not None and self.low >= self.high:
            yield f"high: {self.high:g} is not above low ({self.low:g})"
        yield from self._unit_faults()
        yield from self._date_faults()
        for code in sorted(set(self.codes) & set(self.missing)):
            yield f"missing.{code}: the code stands under 'codes' too; keep one"
        labels: dict[str, int] = {}
        for code, label in self.codes.items():
            if (same := spelling(label)) in labels:
                yield f"codes.{code}: '{label}' is the label of {labels[same]} too; labels must differ"
            labels.setdefault(same, code)
        if self.kind == "ordered" and list(self.codes) != sorted(self.codes):
            yield "codes: ordered answers stand from low to high, by their codes; put them into that order"
        for code in self.missing if self.low is not None and self.high is not None else ():
            if self.low <= code <= self.high:
                yield (
                    f"missing.{code}: lies between low ({self.low:g}) and high ({self.high:g}), so who answered {code} "
                    "would be lost; lower 'high', or leave it out"
                )

    def _unit_faults(self) -> Iterable[str]:
        if self.kind != "number":
            given = {"units": bool(self.units), "ranges": self.ranges != "refuse"}
            yield from (f"{key}: belongs to number answers, not to kind '{self.kind}'" for key in given if given[key])
        for word, factor in self.units.items():
            if not factor > 0:
                yield f"units.{word}: {factor:g} is not above 0"
            if not word.replace(" ", "").isalpha():
                yield f"units.{word}: is not a word; a unit is made of letters"

    def _date_faults(self) -> Iterable[str]:
        for key in ("format", "earliest", "latest"):
            if self.kind == "date" and getattr(self, key) is None:
                yield f"{key}: is missing; date answers need format, earliest and latest"
            if self.kind != "date" and getattr(self, key) is not None:
                yield f"{key}: belongs to date answers, not to kind '{self.kind}'"
        if self.kind == "date" and self.missing:
            yield "missing: belongs to categories and numbers, not to kind 'date'"
        if self.kind == "date" and self.format is not None:
            marks = re.findall("%.?", self.format)
            odd = [mark for mark in marks if mark not in DATE_MARKS]
            yield from (f"format: {mark} is not known here; use {', '.join(DATE_MARKS)}" for mark in dict.fromkeys(odd))
            if not odd and sorted(m for m in marks if m in DATE_MARKS[:3]) != sorted(DATE_MARKS[:3]):
                yield "format: needs %d, %m and %Y, each once, for example %d/%m/%Y"
        if self.earliest is not None and self.latest is not None and self.earliest > self.latest:
            yield f"latest: {self.latest} is before earliest ({self.earliest})"

    @property
    def is_categorical(self) -> bool:
        return self.kind in {"nominal", "ordered"}

    @property
    def is_measured(self) -> bool:
        """True for categories and numbers; false for what stays in data/ and is never analysed: texts and days."""
        return self.is_categorical or self.kind == "number"


class Item(Entry):
    """What a question means, for ever."""

    item: ColumnId = Field(description="the item's id; new meaning, new id")
    label: Words = Field(description="a few words, for figures and tables")
    wording: Words = Field(description="the question as asked")
    answers: ColumnId = Field(description="the id of its answer set in answers.yaml")
    status: Status = Field(
        description="how the wording is known: published, derived, reconstructed, official, administrative"
    )


class Anchor(Entry):
    """An item whose relation to a scale is beyond doubt."""

    item: ColumnId = Field(description="an item outside the scale that surely goes with it, or against it")
    sign: Literal["+", "-"] = Field(
        description="+ where high codes of the item go with high scores, - where they go with low ones"
    )


class Scale(Entry):
    """The rule turning a construct's items into one number; more always means more."""

    title: Words = Field(description="the scale's name, for figures and tables")
    measures: Words = Field(description="the construct it measures, in words")
    role: Literal["leadership_factor", "provision_outcome", "context"] = Field(
        description="leadership_factor, provision_outcome or context"
    )
    method: Method = Field(
        description=(
            "mean or sum of the items' codes; percent: their mean, each on its own range of 0 to 100; count: how "
            "many items are answered with one of 'codes'; as_given: one item as it stands; log: its natural logarithm; "
            "indicator: 1 where one item is answered with one of 'codes', else 0; partial_credit, rasch: a score of "
            "item response, with 'parameters'"
        )
    )
    items: list[ColumnId] = Field(min_length=1, description="the items it is made of")
    reversed: list[ColumnId] = Field(
        default_factory=list, description="items whose high codes mean less; mirrored before scoring"
    )
    codes: list[int] = Field(default_factory=list, description="count, indicator: the codes that count as yes")
    at_least: float | None = Field(
        None,
        description="count, indicator: in place of codes, the smallest ordered code or number that counts as yes",
    )
    answered_at_least: float = Field(
        1.0, gt=0, le=1, description="the share of items that must be answered; fewer, and the score is missing"
    )
    parameters: ItemParameters | None = Field(
        None, description="partial_credit, rasch: the steps of the items, or 'estimate'"
    )
    anchor: Anchor | None = Field(
        None,
        description=(
            "an item that tells which way round the scale is: reversing all its items leaves its reliability as it "
            "was; the wave stops where the correlation has the other sign"
        ),
    )
    reproduces: Reproduces | None = Field(
        None, description="the scale whose values this one works out again; the measures page tells how near it comes"
    )
    of: Literal["response", "school"] = Field(
        "response",
        description="whose score it is; school: the mean of the scores of all who answered in a school, which each of "
        "them then has, also who was not asked",
    )
    unit: Cell = Field(description="the unit of the score, in words, as axes show it")

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        return item_response.opened(content)

    def faults(self) -> Iterable[str]:
        if self.of == "school" and self.method == "indicator":
            yield "of: the mean of a school's yes and no is no indicator; use method mean or percent"
        if self.method in {"as_given", "log", "indicator"} and len(self.items) != 1:
            yield f"items: method '{self.method}' takes exactly one item, found {len(self.items)}"
        if self.method in {"indicator", "count"} and not self.codes and self.at_least is None:
            yield f"codes: is missing; method '{self.method}' needs the codes that count as yes"
        if self.codes and self.at_least is not None:
            yield "at_least: stands beside 'codes'; keep one"
        if self.method not in {"indicator", "count"} and self.at_least is not None:
            yield f"at_least: belongs to methods indicator and count, not to '{self.method}'"
        if self.method not in {"indicator", "count"} and self.codes:
            yield f"codes: belongs to methods indicator and count, not to '{self.method}'"
        for key in ("items", "reversed", "codes"):
            given = getattr(self, key)
            for word in dict.fromkeys(given):
                if given.count(word) > 1:
                    yield f"{key}: '{word}' stands twice; keep one"
        for item in self.reversed:
            if item not in self.items:
                yield f"reversed: '{item}' is not among the items of the scale{did_you_mean(item, self.items)}"
        if self.reversed and self.method not in {"mean", "sum", "percent", *item_response.METHODS}:
            yield f"reversed: belongs to methods mean, sum, percent, partial_credit and rasch, not to '{self.method}'"
        if self.anchor is not None and self.anchor.item in self.items:
            yield f"anchor.item: '{self.anchor.item}' is an item of the scale, which turns round with it; name another"
        yield from item_response.faults(self.method, self.items, self.parameters)


def answers(path: Path) -> Shelf[AnswerSet]:
    """The answer sets of a study by id. A Problem names every faulty set."""
    return _sound(path, *read_answers(path))


def scales(path: Path) -> Shelf[Scale]:
    """The scales of a study by id, in the file's order. A Problem names every faulty one."""
    return _sound(path, *read_scales(path))


def items(path: Path) -> Shelf[Item]:
    """The items of a study by id, in the file's order. A Problem names every faulty line."""
    return _sound(path, *read_items(path))


def _sound(path: Path, found: Shelf[Any], wrong: list[str]) -> Shelf[Any]:
    if wrong:
        raise Problem(path.as_posix(), *wrong)
    return found


def read_answers(path: Path) -> tuple[Shelf[AnswerSet], list[str]]:
    """The answer sets that can be read, and every fault of the file. Raises Problem where it is no mapping."""
    return _read(AnswerSet, path, "answer set", "agree5")


def read_scales(path: Path) -> tuple[Shelf[Scale], list[str]]:
    """The scales that can be read, and every fault of the file. Raises Problem where it is no mapping."""
    return _read(Scale, path, "scale", "careers_activities")


def _read(kind: type[Entry], path: Path, noun: str, example: str) -> tuple[Shelf[Any], list[str]]:
    found: dict[str, Any] = {}
    wrong: list[str] = []
    unreadable: list[str] = []
    for name, content in yaml_file.load(path).items():
        if not isinstance(name, str) or not is_column_id(name):
            wrong.append(f"{shown(name)} is not an id; use small letters, digits and '_', for example '{example}'")
            unreadable.append(str(name))
        elif not isinstance(content, dict):
            wrong.append(f"{name}: must be a mapping that describes the {noun}; found {shown(content)}")
            unreadable.append(name)
        else:
            found[name], faults = read(kind, content)
            wrong += [f"{name}.{line}" for line in faults]
    return Shelf(found, unreadable), wrong


def read_items(path: Path) -> tuple[Shelf[Item], list[str]]:
    """The items that can be read, and every fault of the file. Raises Problem where it is no table of items."""
    rows, wrong = csv_file.rows(Item, path)
    if not rows:
        raise Problem(path.as_posix(), "holds no item; give each question of the study a row")
    found: dict[str, Item] = {}
    unreadable: list[str] = []
    for row in rows:
        if row.entry is None or row.entry.item is None:
            unreadable.append(row.first)
        elif row.entry.item in found:
            wrong.append(f"line {row.line}, item: '{row.entry.item}' stands twice; an item has one row")
        else:
            found[row.entry.item] = row.entry
    return Shelf(found, unreadable), wrong
