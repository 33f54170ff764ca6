"""`instruments/<id>.yaml`: a questionnaire version, which column is which item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from pydantic import Field

from stemcareers.config.entry import Entry
from stemcareers.config.plain import Code, ColumnId, Name, Words


class Asked(Entry):
    """What a question on its own and one with boxes have in common: of whom it is asked, and the words beside it."""

    asked_if: dict[ColumnId, list[int]] = Field(
        default_factory=dict, description="routing: asked only where each of these items has one of these codes"
    )
    asked_if_any: dict[ColumnId, list[int]] = Field(
        default_factory=dict, description="routing: asked only where at least one of these items has one of these codes"
    )
    off_route: Literal["set_aside", "keep"] = Field(
        "set_aside",
        description="an answer given though routing passed the question over: set aside as not asked, or keep; counted",
    )
    other_text: Name | None = Field(
        None, description="the column of the words beside 'other, please specify'; they stay in data/"
    )

    def faults(self) -> Iterable[str]:
        for key, gates in {"asked_if": self.asked_if, "asked_if_any": self.asked_if_any}.items():
            yield from (f"{key}.{item}: holds no code, so nobody would be asked" for item in gates if not gates[item])
        for item in self.asked_if_any:
            if item in self.asked_if:
                yield f"asked_if_any: '{item}' stands under asked_if too; keep one"
        if self.off_route == "keep" and not self.gates():
            yield "off_route: belongs to a question with asked_if or asked_if_any; this one is asked of all"

    def gates(self) -> list[str]:
        """The items that decide whether it is asked."""
        return [*self.asked_if, *self.asked_if_any]

    def is_asked(self, answers: Mapping[str, object]) -> bool:
        """Whether somebody with these answers is asked."""
        every = all(answers.get(item) in codes for item, codes in self.asked_if.items())
        some = any(answers.get(item) in codes for item, codes in self.asked_if_any.items())
        return every and (some or not self.asked_if_any)


class Question(Asked):
    """A column of an export and the item it asks."""

    item: ColumnId = Field(description="the item this column asks")
    codes: dict[Code, int] = Field(
        default_factory=dict, description="the export's code or text, and the item's code it stands for"
    )
    others: Literal["quarantine", "not_asked"] = Field(
        "quarantine", description="what to do with a value outside 'codes': quarantine, or not_asked"
    )
    wording: Words | None = Field(None, description="the question as asked here, where it departs from items.csv")
    answers: ColumnId | None = Field(
        None,
        description="the answers as printed here, where they depart from the item's: another set of answers.yaml; "
        "'codes' says which code of the item each stands for",
    )


class Ticks(Asked):
    """A 'tick all that apply' question spread over columns: blank means not ticked where any box was ticked.

    A ticked box is code 1 of its item, one left open code 0.
    """

    items: dict[Name, ColumnId] = Field(
        min_length=2, description="the column of each box and its item, whose codes are 1 (ticked) and 0 (not)"
    )
    none: Name | None = Field(None, description="the column of the box 'none of these', if there is one")


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
        texts = [q.other_text for q in [*self.questions.values(), *self.ticks.values()] if q.other_text]
        for column, times in Counter([*self.questions, *boxes, *texts, *dict.fromkeys(self.ignore)]).items():
            if times > 1:
                where = "questions, ticks, other_text, ignore" if column in texts else "questions, ticks, ignore"
                yield f"questions.{column}: the column stands twice in this file ({where}); keep one"
        asked: dict[str, str] = {}
        for column, item in self.columns().items():
            if item in asked:
                yield f"questions.{column}: '{item}' is asked by {asked[item]} already; an item has one column"
            asked.setdefault(item, column)
        if circle := self._circle():
            path = " -> ".join(f"'{item}'" for item in circle)
            yield f"asked_if: questions wait for each other in a circle: {path}; leave one out"

    def routes(self) -> dict[str, Asked]:
        """Every item, and of whom it is asked."""
        routes: dict[str, Asked] = {q.item: q for q in self.questions.values()}
        for ticks in self.ticks.values():
            routes |= dict.fromkeys(ticks.items.values(), ticks)
        return routes

    def _circle(self) -> list[str]:
        """Items that wait for each other, the first one again at the end; empty where none do."""
        routes = self.routes()
        sound: set[str] = set()

        def visit(item: str, path: list[str]) -> list[str]:
            if item in path:
                return [*path[path.index(item) :], item]
            if item in sound or item not in routes:
                return []
            for gate in routes[item].gates():
                if found := visit(gate, [*path, item]):
                    return found
            sound.add(item)
            return []

        return next((found for item in routes if (found := visit(item, []))), [])

    def columns(self) -> dict[str, str]:
        """Every column this questionnaire asks, and its item."""
        boxes = {c: i for ticks in self.ticks.values() for c, i in ticks.items.items()}
        return {**{c: q.item for c, q in self.questions.items()}, **boxes}

    def other_texts(self) -> dict[str, str]:
        """The columns of words beside 'other, please specify', and the item or question they belong to."""
        beside = {q.other_text: q.item for q in self.questions.values() if q.other_text}
        return beside | {ticks.other_text: name for name, ticks in self.ticks.items() if ticks.other_text}
