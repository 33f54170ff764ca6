"""`parameters` and `reproduces` of a scale: scores of item response, and the score that one works out again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import Field

from stemcareers.config.entry import Entry
from stemcareers.config.plain import ColumnId, FileId, Words

METHODS = ("partial_credit", "rasch")


class ItemParameters(Entry):
    """The steps of every item, with their source; or the word that they are estimated, and from which wave."""

    estimate: bool = Field(False, description="true where the steps are estimated from the answers of a wave")
    wave: FileId | None = Field(None, description="estimate: the wave whose answers they are estimated from")
    source: Words | None = Field(None, description="where given steps come from, and how they were found")
    steps: dict[ColumnId, list[float]] = Field(
        default_factory=dict,
        description="per item, in logits: where each answer becomes as likely as the one below it",
    )
    centre: float | None = Field(None, description="given steps: what scores count from, in logits; 0 unless said")
    spread: float | None = Field(None, gt=0, description="given steps: logits to one unit of the score; 1 unless said")

    def faults(self) -> Iterable[str]:
        given = {"source": self.source, "steps": self.steps, "centre": self.centre, "spread": self.spread}
        if self.estimate:
            named = [key for key, value in given.items() if value is not None and value != {}]
            yield from (f"{key}: stands beside 'estimate'; it is said of given steps only" for key in named)
            return
        if self.wave is not None:
            yield "wave: belongs to 'estimate: true'; given steps name their source"
        if not self.steps:
            yield "steps: is missing; give the steps of each item in logits, or say 'parameters: estimate'"
        elif self.source is None:
            yield "source: is missing; say where the steps come from and how they were found"
        yield from (f"steps.{item}: holds no step" for item, steps in self.steps.items() if not steps)


class Reproduces(Entry):
    """A score that came with the data and that this scale works out again."""

    scale: ColumnId = Field(description="the scale that holds the score as it came")
    within: float | None = Field(
        None, gt=0, description="the largest difference there may be, in units of the score; above it the wave stops"
    )
    only: dict[ColumnId, list[int]] = Field(
        default_factory=dict, description="items and their codes: only responses with one of these are compared"
    )


def opened(content: dict[Any, Any]) -> dict[Any, Any]:
    """A scale's mapping with the short forms `parameters: estimate` and `reproduces: <scale>` written out."""
    full = dict(content)
    if full.get("parameters") == "estimate":
        full["parameters"] = {"estimate": True}
    if isinstance(full.get("reproduces"), str):
        full["reproduces"] = {"scale": full["reproduces"]}
    return full


def faults(method: str, items: list[str], parameters: ItemParameters | None) -> Iterable[str]:
    """What does not go together between a scale's method, its items and their parameters."""
    if method not in METHODS:
        if parameters is not None:
            yield f"parameters: belongs to methods {' and '.join(METHODS)}, not to '{method}'"
        return
    if len(set(items)) < 2:
        yield f"items: method '{method}' takes two items or more, found {len(set(items))}"
    if parameters is None:
        yield f"parameters: is missing; method '{method}' needs the steps of its items, or 'parameters: estimate'"
    elif not parameters.estimate and parameters.steps:
        if absent := [item for item in items if item not in parameters.steps]:
            yield f"parameters.steps: has none for {', '.join(absent)}"
        for item, steps in parameters.steps.items():
            if item not in items:
                yield f"parameters.steps: '{item}' is not among the items of the scale"
            elif method == "rasch" and len(steps) > 1:
                yield f"parameters.steps.{item}: holds {len(steps)}, a Rasch item has one; use partial_credit"
