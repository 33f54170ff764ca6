"""`comparability.yaml`: what a study says of items and scales that changed between waves."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import Field

from stemcareers.config import yaml_file
from stemcareers.config.entry import Entry, read
from stemcareers.config.plain import ColumnId, FileId, Words

FILE = "comparability.yaml"
EVERYTHING = "everything"
Acceptable = Literal["wording", "answers", "routing", "respondents", "length", "items"]
CHANGES: tuple[str, ...] = get_args(Acceptable)


class Statement(Entry):
    """Whether items and scales can be compared between waves although something changed, or although nothing did."""

    about: list[ColumnId] = Field(
        min_length=1, description="items and scales; or `everything`: all that the waves asked"
    )
    waves: list[FileId] = Field(min_length=2, description="the waves it is about; each is compared with each")
    comparable: bool = Field(description="true: what changed does not matter; false: they cannot be compared")
    changed: list[Acceptable] = Field(
        default_factory=list,
        description="what changed and does not matter: wording, answers, routing, respondents; of scales length, items",
    )
    because: Words = Field(description="how that is known; the page on measures prints it")

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        single = {key: [content[key]] for key in ("about", "changed") if isinstance(content.get(key), str)}
        return {**content, **single}

    def faults(self) -> Iterable[str]:
        if self.comparable and not self.changed:
            yield f"changed: is missing; say what changed and does not matter: {', '.join(CHANGES)}"
        if not self.comparable and self.changed:
            yield "changed: belongs to 'comparable: true'; say under because what stands against a comparison"
        if EVERYTHING in self.about and len(self.about) > 1:
            yield f"about: names more beside '{EVERYTHING}'; keep one"
        for key in ("about", "waves", "changed"):
            given = getattr(self, key)
            for word in dict.fromkeys(given):
                if given.count(word) > 1:
                    yield f"{key}: '{word}' stands twice; keep one"


class Comparability(Entry):
    """What a study says of comparisons between its waves."""

    statements: list[Statement] = Field(
        default_factory=list,
        description="one for each reason; what changed and is not named cannot be compared",
    )


def read_comparability(path: Path) -> tuple[Comparability, list[str]]:
    """The statements of a file that can be read, and every fault of it."""
    return read(Comparability, yaml_file.load(path))
