"""`design.replicates` of a wave: replicate weights that came with the data, or are to be made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import Field

from stemcareers.config.entry import Entry
from stemcareers.config.plain import Name

Kind = Literal["brr", "fay", "jk1", "jkn", "bootstrap"]
# What inference calls them.
KINDS = {"brr": "BRR", "fay": "Fay", "jk1": "JK1", "jkn": "JKn", "bootstrap": "bootstrap"}


class ReplicateWeights(Entry):
    """Weights whose scatter is the variance: columns of the export, or made of the design's clusters and strata."""

    columns: list[Name] = Field(
        default_factory=list, description="columns of the export; * and ? stand for any characters, as in 'W_FSTR*'"
    )
    kind: Kind | None = Field(None, description="given columns: how they were made")
    make: Kind | None = Field(None, description="instead of columns: what to make of clusters and strata")
    rho: float = Field(0.0, ge=0, lt=1, description="fay: the share of its weight that the half left out keeps")
    scale: float | None = Field(None, gt=0, description="given columns: what the sum of squares is multiplied by")
    rscales: list[float] = Field(
        default_factory=list, description="given columns: what each square is multiplied by; jkn needs them"
    )
    centre: Literal["mean", "estimate"] = Field(
        "mean", description="distances are from the mean of the replicate estimates, or from the estimate itself"
    )
    combined: bool = Field(True, description="given columns: weights; false: factors of the weight")
    times: int | None = Field(None, ge=2, description="make bootstrap: how many to draw")

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        columns = content.get("columns")
        return {**content, "columns": [columns]} if isinstance(columns, str) else content

    def faults(self) -> Iterable[str]:
        kind = self.make or self.kind
        if self.make is None and not self.columns:
            yield "columns: is missing; name the columns of the export, or say 'make: jkn' to have them made"
        elif self.make is None and self.kind is None:
            yield "kind: is missing; say how the columns were made: brr, fay, jk1, jkn or bootstrap"
        if self.make is not None:
            given = {
                "columns": self.columns,
                "kind": self.kind,
                "scale": self.scale,
                "rscales": self.rscales,
                "combined": not self.combined,
            }
            yield from (f"{key}: stands beside 'make'; it is said of given columns only" for key in given if given[key])
        if kind is not None and (kind == "fay") != (self.rho > 0):
            yield f"rho: is {self.rho:g} for {kind}; it is more than 0 for fay, and for fay only"
        if self.kind == "jkn" and self.columns and not self.rscales:
            yield "rscales: is missing; jkn needs one for each column, (clusters - 1) / clusters of its stratum"
        yield from (f"rscales.{i}: {r:g} is less than 0" for i, r in enumerate(self.rscales) if r < 0)
        if (self.make == "bootstrap") != (self.times is not None):
            yield (
                "times: is missing; say how many to draw, for example 500"
                if self.times is None
                else "times: is for 'make: bootstrap' only; the others follow from the design"
            )

    def among(self, there: Iterable[str]) -> list[str]:
        """The columns named, patterns opened: those of a pattern in the order of the numbers in their names."""
        known = sorted(there, key=_natural)
        named = [
            column
            for name in self.columns
            for column in ([c for c in known if fnmatchcase(c, name)] if is_pattern(name) else [name])
        ]
        return list(dict.fromkeys(named))

    def column_faults(self, there: Iterable[str]) -> Iterable[str]:
        """What is wrong between the columns of an export and those named here, a sentence each."""
        if self.make is not None:
            return
        known = list(there)
        named = self.among(known)
        blank = [name for name in self.columns if is_pattern(name) and not any(fnmatchcase(c, name) for c in known)]
        yield from (f"design.replicates.columns: '{name}' is the name of no column of the export" for name in blank)
        if not blank and len(named) < 2:
            yield f"design.replicates.columns: names {len(named)} column of the export; replicates are two or more"
        if not blank and self.rscales and len(self.rscales) != len(named):
            yield f"design.replicates.rscales: holds {len(self.rscales)} for {len(named)} columns; give one for each"


def is_pattern(name: str) -> bool:
    """True where * or ? stand for any characters."""
    return "*" in name or "?" in name


def _natural(name: str) -> list[tuple[int, int, str]]:
    """A key that sorts W2 before W10."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"([0-9]+)", name)]
