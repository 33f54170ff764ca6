"""`instruments/<id>.yaml`: a questionnaire version, which column is which item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from stemcareers.config.entry import Entry
from stemcareers.config.plain import Code, ColumnId, Name, Words


class Question(Entry):
    """A column of an export and the item it asks."""

    item: ColumnId = Field(description="the item this column asks")
    codes: dict[Code, int] = Field(
        default_factory=dict, description="the export's code or text, and the item's code it stands for"
    )
    others: Literal["quarantine", "not_asked"] = Field(
        "quarantine", description="what to do with a value outside 'codes': quarantine, or not_asked"
    )
    asked_if: dict[ColumnId, list[int]] = Field(
        default_factory=dict, description="routing: asked only where this item has one of these codes"
    )


class Ticks(Entry):
    """A 'tick all that apply' question spread over columns: blank means not ticked where any box was ticked.

    A ticked box is code 1 of its item, one left open code 0.
    """

    items: dict[Name, ColumnId] = Field(
        min_length=2, description="the column of each box and its item, whose codes are 1 (ticked) and 0 (not)"
    )
    none: Name | None = Field(None, description="the column of the box 'none of these', if there is one")
    asked_if: dict[ColumnId, list[int]] = Field(default_factory=dict, description="routing, as for a question")


class Instrument(Entry):
    """One version of a questionnaire."""

    title: Words = Field(description="the questionnaire's name")
    mode: Words = Field(description="how it was answered: online, paper, telephone")
    questions: dict[Name, Question] = Field(description="column: item, or column: {item: ..., codes: ...}")
    ticks: dict[Name, Ticks] = Field(
        default_factory=dict, description="questions where several boxes may be ticked, one column a box"
    )
    ignore: list[Name] = Field(default_factory=list, description="columns of the export that are not used")
    other_columns: Literal["stop", "ignore"] = Field(
        "stop", description="a column that stands nowhere in this file: stop (a renamed question shows up), or ignore"
    )

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        questions = content.get("questions")
        if not isinstance(questions, dict):
            return content
        return {**content, "questions": {k: {"item": v} if isinstance(v, str) else v for k, v in questions.items()}}

    def faults(self) -> Iterable[str]:
        boxes = [box for ticks in self.ticks.values() for box in [*ticks.items, *([ticks.none] if ticks.none else [])]]
        for column, times in Counter([*self.questions, *boxes, *dict.fromkeys(self.ignore)]).items():
            if times > 1:
                yield f"questions.{column}: the column stands twice in this file (questions, ticks, ignore); keep one"
        asked: dict[str, str] = {}
        for column, item in self.columns().items():
            if item in asked:
                yield f"questions.{column}: '{item}' is asked by {asked[item]} already; an item has one column"
            asked.setdefault(item, column)

    def columns(self) -> dict[str, str]:
        """Every column this questionnaire asks, and its item."""
        boxes = {c: i for ticks in self.ticks.values() for c, i in ticks.items.items()}
        return {**{c: q.item for c, q in self.questions.items()}, **boxes}
