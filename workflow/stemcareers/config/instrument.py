"""`instruments/<id>.yaml`: a questionnaire version, which column is which item."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from stemcareers.config.entry import ColumnId, Entry, Words


class Question(Entry):
    """A column of an export and the item it asks."""

    item: ColumnId = Field(description="the item this column asks")
    codes: dict[str | int, int] = Field(
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

    items: dict[Words, ColumnId] = Field(
        min_length=2, description="the column of each box and its item, whose codes are 1 (ticked) and 0 (not)"
    )
    none: Words | None = Field(None, description="the column of the box 'none of these', if there is one")
    asked_if: dict[ColumnId, list[int]] = Field(default_factory=dict, description="routing, as for a question")


class Instrument(Entry):
    """One version of a questionnaire."""

    title: Words = Field(description="the questionnaire's name")
    mode: Words = Field(description="how it was answered: online, paper, telephone")
    questions: dict[Words, Question] = Field(description="column: item, or column: {item: ..., codes: ...}")
    ticks: dict[Words, Ticks] = Field(
        default_factory=dict, description="questions where several boxes may be ticked, one column a box"
    )
    ignore: list[Words] = Field(default_factory=list, description="columns of the export that are not used")
    other_columns: Literal["stop", "ignore"] = Field(
        "stop", description="a column that stands nowhere in this file: stop (a renamed question shows up), or ignore"
    )

    @model_validator(mode="before")
    @classmethod
    def _open_short_form(cls, content: Any) -> Any:
        questions = content.get("questions") if isinstance(content, dict) else None
        if isinstance(questions, dict):
            opened = {str(k): {"item": v} if isinstance(v, str) else v for k, v in questions.items()}
            return {**content, "questions": opened}
        return content

    @model_validator(mode="after")
    def _each_item_once(self) -> Instrument:
        asked: dict[str, str] = {}
        for column, item in self.columns().items():
            if item in asked:
                raise ValueError(f"'{item}' is asked by {asked[item]} and by {column}; an item has one column")
            asked[item] = column
        return self

    def columns(self) -> dict[str, str]:
        """Every column this questionnaire asks, and its item."""
        boxes = {c: i for ticks in self.ticks.values() for c, i in ticks.items.items()}
        return {**{c: q.item for c, q in self.questions.items()}, **boxes}
