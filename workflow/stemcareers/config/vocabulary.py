"""The vocabulary of a study: `items.csv`, `answers.yaml`, `scales.yaml`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from stemcareers.config import yaml_file
from stemcareers.config.entry import COLUMN_ID, ColumnId, Entry, Words, parse
from stemcareers.errors import Problem

Missing = Literal["not_asked", "skipped", "dont_know", "prefer_not"]
ITEM_COLUMNS = ("item", "label", "wording", "answers", "status")
Status = Literal["published", "derived", "reconstructed", "official", "administrative"]


class AnswerSet(Entry):
    """The codes and labels an item accepts, or the bounds of a number."""

    kind: Literal["nominal", "ordered", "number", "text"] = Field(
        description="nominal: categories; ordered: categories low to high; number: a quantity; text: free text"
    )
    codes: dict[int, Words] = Field(default_factory=dict, description="nominal, ordered: code and label, in order")
    missing: dict[int, Missing] = Field(
        default_factory=dict, description="codes that are no answer, and why: not_asked, skipped, dont_know, prefer_not"
    )
    low: float | None = Field(None, description="number: the smallest value accepted")
    high: float | None = Field(None, description="number: the largest value accepted")
    unit: Words | None = Field(None, description="number: the unit, in words")

    @model_validator(mode="after")
    def _fits_its_kind(self) -> AnswerSet:
        categories = self.kind in {"nominal", "ordered"}
        if categories and len(self.codes) < 2:
            raise ValueError(f"{self.kind} answers need 'codes' with two labels or more")
        if not categories and self.codes:
            raise ValueError(f"{self.kind} answers have no 'codes'; use 'nominal' or 'ordered'")
        if self.kind == "number" and (self.low is None or self.high is None or self.unit is None):
            raise ValueError("number answers need 'low', 'high' and 'unit'")
        if self.kind != "number" and (self.low is not None or self.high is not None or self.unit is not None):
            raise ValueError(f"'low', 'high' and 'unit' belong to number answers, not to {self.kind}")
        both = sorted(set(self.codes) & set(self.missing))
        if both:
            raise ValueError(f"code {both[0]} stands under 'codes' and under 'missing'; keep one")
        if len(set(self.codes.values())) < len(self.codes):
            raise ValueError("two codes have the same label; labels must differ")
        return self

    @property
    def is_categorical(self) -> bool:
        return self.kind in {"nominal", "ordered"}


class Item(Entry):
    """What a question means, for ever."""

    item: ColumnId = Field(description="the item's id; new meaning, new id")
    label: Words = Field(description="a few words, for figures and tables")
    wording: Words = Field(description="the question as asked")
    answers: ColumnId = Field(description="the id of its answer set in answers.yaml")
    status: Status = Field(
        description="how the wording is known: published, derived, reconstructed, official, administrative"
    )


class Scale(Entry):
    """The rule turning a construct's items into one number; more always means more."""

    title: Words = Field(description="the scale's name, for figures and tables")
    measures: Words = Field(description="the construct it measures, in words")
    role: Literal["leadership_factor", "provision_outcome", "context"] = Field(
        description="leadership_factor, provision_outcome or context"
    )
    method: Literal["mean", "sum", "percent", "as_given", "log", "indicator", "count"] = Field(
        description=(
            "mean or sum of the items' codes; percent: their mean on a range of 0 to 100; count: how many items are "
            "answered with one of 'codes'; as_given: one item as it stands; log: its natural logarithm; "
            "indicator: 1 where one item is answered with one of 'codes', else 0"
        )
    )
    items: list[ColumnId] = Field(min_length=1, description="the items it is made of")
    reversed: list[ColumnId] = Field(
        default_factory=list, description="items whose high codes mean less; mirrored before scoring"
    )
    codes: list[int] = Field(default_factory=list, description="count, indicator: the codes that count as yes")
    answered_at_least: float = Field(
        1.0, gt=0, le=1, description="the share of items that must be answered; fewer, and the score is missing"
    )
    unit: Words = Field(description="the unit of the score, in words, as axes show it")

    @model_validator(mode="after")
    def _fits_its_method(self) -> Scale:
        single = self.method in {"as_given", "log", "indicator"}
        if single and len(self.items) != 1:
            raise ValueError(f"method '{self.method}' takes exactly one item, found {len(self.items)}")
        if (self.method in {"indicator", "count"}) != bool(self.codes):
            raise ValueError("'codes' is needed for methods 'indicator' and 'count', and only there")
        if len(set(self.items)) < len(self.items):
            raise ValueError("an item stands twice under 'items'; keep one")
        stray = [i for i in self.reversed if i not in self.items]
        if stray:
            raise ValueError(f"'{stray[0]}' is under 'reversed' but not under 'items'")
        if self.reversed and self.method not in {"mean", "sum", "percent"}:
            raise ValueError("'reversed' belongs to methods mean, sum and percent")
        return self


def answers(path: Path) -> dict[str, AnswerSet]:
    """The answer sets of a study by id. Problems name every faulty set."""
    return _entries(AnswerSet, path, "answer set")


def scales(path: Path) -> dict[str, Scale]:
    """The scales of a study by id, in the file's order."""
    return _entries(Scale, path, "scale")


def _entries(kind: type[Any], path: Path, noun: str) -> dict[str, Any]:
    import re

    found: dict[str, Any] = {}
    wrong: list[str] = []
    for name, content in yaml_file.load(path).items():
        if not re.match(COLUMN_ID, str(name)):
            wrong.append(f"{name}: is not an id; use small letters, digits and '_', for example 'agree5'")
        elif not isinstance(content, dict):
            wrong.append(f"{name}: must be a mapping that describes the {noun}")
        else:
            try:
                found[name] = parse(kind, content, name)
            except Problem as problem:
                wrong += [f"{name}.{line}" for line in problem.wrong]
    if wrong:
        raise Problem(path.as_posix(), *(line.replace(".the file:", ":") for line in wrong))
    return found


def items(path: Path) -> dict[str, Item]:
    """The items of a study by id, in the file's order."""
    where = path.as_posix()
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Problem(where, "the file is missing; config/README.md says what it holds") from None
    except UnicodeDecodeError as error:
        raise Problem(where, f"is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    rows = list(csv.DictReader(text.splitlines(keepends=True), strict=True))
    header = tuple(rows[0]) if rows else ()
    if header != ITEM_COLUMNS:
        raise Problem(
            where, f"the columns must be {', '.join(ITEM_COLUMNS)}; found {', '.join(map(str, header)) or 'none'}"
        )
    found: dict[str, Item] = {}
    problems: list[str] = []
    for line, row in enumerate(rows, start=2):
        try:
            item = parse(Item, row, where)
        except Problem as problem:
            problems += [f"line {line}, {wrong}" for wrong in problem.wrong]
            continue
        if item.item in found:
            problems.append(f"line {line}, item: '{item.item}' stands twice; an item has one row")
        found[item.item] = item
    if problems:
        raise Problem(where, *problems)
    return found
