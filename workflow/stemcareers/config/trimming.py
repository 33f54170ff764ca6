"""`design.trim` of a wave: the smallest and the largest weight there may be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from stemcareers.config.entry import Entry


class Trim(Entry):
    """Weights held within bounds, what is cut off given to the others."""

    lower: float | None = Field(None, ge=0, lt=1, description="the smallest weight, in multiples of 'of'")
    upper: float | None = Field(None, gt=1, description="the largest weight, in multiples of 'of'")
    of: Literal["median", "mean"] = Field("median", description="the weight that the bounds are multiples of")
    redistribute: Literal["equally", "in_proportion"] = Field(
        "equally", description="how what is cut off is shared out among the weights within the bounds"
    )

    def bounds(self, median: float, mean: float) -> tuple[float, float]:
        """The smallest and the largest weight there may be, for weights with this median and mean."""
        reference = median if self.of == "median" else mean
        return (self.lower or 0.0) * reference, float("inf") if self.upper is None else self.upper * reference

    def faults(self) -> Iterable[str]:
        if self.lower is None and self.upper is None:
            yield f"upper: is missing; say the largest weight in multiples of the {self.of}, for example 5, or 'lower'"
