"""`design.calibrate` of a wave: weights that are made to meet known totals of the population."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from stemcareers.config.entry import Entry
from stemcareers.config.plain import FileId, Name

CROSSED = " x "


class Calibration(Entry):
    """How weights are made to meet known totals."""

    method: Literal["post_stratify", "rake", "linear"] = Field(
        description="one margin; several in turn; several by the smallest changes of weights"
    )
    population: FileId = Field(description="a file in populations/")
    margins: list[Name] = Field(
        min_length=1, description="items of the context, as the population's file names them; crossed: 'phase x region'"
    )
    bounds: list[float] = Field(
        default_factory=list, description="rake, linear: the lowest and highest factor by which a weight may change"
    )

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        margins = content.get("margins")
        return {**content, "margins": [margins]} if isinstance(margins, str) else content

    def faults(self) -> Iterable[str]:
        if self.method == "post_stratify" and len(self.margins) > 1:
            yield f"margins: post_stratify takes one; cross them as '{CROSSED.join(self.margins)}', or rake"
        if self.bounds and self.method == "post_stratify":
            yield "bounds: belongs to methods rake and linear; post_stratify has one factor for each level"
        if self.bounds and not (len(self.bounds) == 2 and 0 <= self.bounds[0] < 1 < self.bounds[1]):
            found = ", ".join(f"{bound:g}" for bound in self.bounds)
            yield f"bounds: are two factors, one below and one above 1, such as [0.3, 3]; found [{found}]"
        twice = sorted({m for m in self.margins if self.margins.count(m) > 1})
        yield from (f"margins: '{margin}' stands twice" for margin in twice)

    def limits(self) -> tuple[float, float] | None:
        """The lowest and the highest factor; None where weights may change by any."""
        return (self.bounds[0], self.bounds[1]) if self.bounds else None

    def items(self) -> list[str]:
        """The items that the margins are made of."""
        return list(dict.fromkeys(item for margin in self.margins for item in margin.split(CROSSED)))
