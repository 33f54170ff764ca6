"""`waves/<wave>.yaml`: one fielding of an instrument, and only what it did differently."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from stemcareers.config.entry import ColumnId, Entry, FileId, Words

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
READERS = ("csv", "qualtrics", "spss")


class Export(Entry):
    """The file a survey tool gave."""

    file: FileName = Field(description="its name in data/raw/<study>/")
    reader: Literal["csv", "qualtrics", "spss"] = Field(description="its format: csv, qualtrics, spss")
    sha256: Sha256 = Field(description="its checksum; `sha256sum <file>` prints it")
    encoding: Words = Field("utf-8", description="csv, qualtrics: the encoding of the text")
    at_least: int = Field(1, ge=1, description="how many rows it must hold; fewer, and the wave stops")


class Source(Entry):
    """Where the export can be had."""

    address: Words | None = Field(None, description="a web address of the very file")
    page: Words | None = Field(None, description="a page where a person finds it")
    how: Words = Field(description="what to do to get it, in a sentence")


class Condition(Entry):
    """A response is kept only if this holds; otherwise it is counted under the reason."""

    column: Words = Field(description="a column of the export")
    equals: str | int | None = Field(None, description="keep where the column has this value")
    one_of: list[str | int] = Field(default_factory=list, description="keep where it has one of these values")
    not_one_of: list[str | int] = Field(default_factory=list, description="keep where it has none of these values")
    at_least: float | None = Field(None, description="keep where its number is this or more")
    otherwise: Words = Field(description="the reason for leaving a response out, as the flow diagram prints it")

    @model_validator(mode="after")
    def _one_test(self) -> Condition:
        tests = [self.equals is not None, bool(self.one_of), bool(self.not_one_of), self.at_least is not None]
        if sum(tests) != 1:
            raise ValueError("needs exactly one of 'equals', 'one_of', 'not_one_of', 'at_least'")
        return self


class Difference(Entry):
    """Where this wave departs from its instrument."""

    item: ColumnId | None = Field(None, description="the item this column asks in this wave")
    codes: dict[str | int, int] = Field(default_factory=dict, description="this wave's codes, and the item's")
    because: Words = Field(description="why; the wave page prints it")


class WaveDesign(Entry):
    """How responses were sampled and what they stand for."""

    weight: Words = Field(
        description="a column of the export, or 'none': every response counts once, and the pages say so"
    )
    strata: list[Words] = Field(default_factory=list, description="the columns that together name the stratum")
    cluster: Words | None = Field(
        None, description="a column of the export, or 'school'; leave out where responses were sampled one by one"
    )
    population: Words | None = Field(
        None, description="a column with the number of units in the stratum (finite population correction)"
    )
    lonely: Literal["fail", "adjust", "average", "certainty", "remove"] = Field(
        "fail", description="what to do with a stratum that has one cluster"
    )


class Wave(Entry):
    """One fielding of one instrument."""

    instrument: FileId = Field(description="the questionnaire it fielded")
    title: Words = Field(description="how pages name it, for example '2024' or 'spring 2025'")
    fielded: list[datetime.date] = Field(min_length=2, max_length=2, description="first and last day, year-month-day")
    synthetic: bool = Field(False, description="true where the answers are made up; every page then says so")
    export: Export = Field(description="the file with the answers")
    source: Source = Field(description="where the export can be had")
    response: list[Words] = Field(min_length=1, description="the column, or columns, that name a response")
    school: list[Words] = Field(default_factory=list, description="the column, or columns, that name the school")
    person: list[Words] = Field(
        default_factory=list,
        description="the column, or columns, that name the person; of several responses the last counts",
    )
    keep_if: list[Condition] = Field(default_factory=list, description="conditions a response must meet, in order")
    differs: dict[Words, Difference] = Field(
        default_factory=dict, description="columns that depart from the instrument"
    )
    design: WaveDesign = Field(description="weight, strata, cluster, finite population")
    quarantine_at_most: float = Field(
        0.02, ge=0, le=1, description="the share of answers that may be refused; above it the wave stops"
    )

    @model_validator(mode="before")
    @classmethod
    def _open_short_forms(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        opened = dict(content)
        for key in ("response", "school", "person"):
            if isinstance(opened.get(key), str):
                opened[key] = [opened[key]]
        design = opened.get("design")
        if isinstance(design, dict) and isinstance(design.get("strata"), str):
            opened["design"] = {**design, "strata": [design["strata"]]}
        return opened

    @field_validator("fielded")
    @classmethod
    def _in_order(cls, days: list[datetime.date]) -> list[datetime.date]:
        if days[0] > days[1]:
            raise ValueError(f"the first day ({days[0]}) is after the last ({days[1]})")
        return days

    def administrative_columns(self) -> list[str]:
        """The export's columns this file names, in a fixed order: ids, conditions and design."""
        design = self.design
        named = [*self.response, *self.school, *self.person, *(c.column for c in self.keep_if), *design.strata]
        named += [c for c in (design.weight, design.cluster, design.population) if c and c not in {"none", "school"}]
        return list(dict.fromkeys(named))
