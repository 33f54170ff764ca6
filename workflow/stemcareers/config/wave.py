"""`waves/<wave>.yaml`: one fielding of an instrument, and only what it did differently."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from stemcareers.config.entry import Entry
from stemcareers.config.plain import Code, ColumnId, Day, Encoding, FileId, FileName, Name, Sha256, WebAddress, Words

READERS = ("csv", "qualtrics", "spss")


class Export(Entry):
    """The file a survey tool gave."""

    file: FileName = Field(description="its name in data/raw/<study>/")
    reader: Literal["csv", "qualtrics", "spss"] = Field(description="its format: csv, qualtrics, spss")
    sha256: Sha256 = Field(description="its checksum; `sha256sum <file>` prints it")
    encoding: Encoding = Field("utf-8", description="csv, qualtrics: the encoding of the text")
    at_least: int = Field(1, ge=1, description="how many rows it must hold; fewer, and the wave stops")


class Source(Entry):
    """Where the export can be had."""

    address: WebAddress | None = Field(None, description="a web address of the very file")
    page: WebAddress | None = Field(None, description="a page where a person finds it")
    how: Words = Field(description="what to do to get it, in a sentence")


class Condition(Entry):
    """A response is kept only if this holds; otherwise it is counted under the reason."""

    column: Name = Field(description="a column of the export")
    equals: Code | None = Field(None, description="keep where the column has this value")
    one_of: list[Code] = Field(default_factory=list, description="keep where it has one of these values")
    not_one_of: list[Code] = Field(default_factory=list, description="keep where it has none of these values")
    at_least: float | None = Field(None, description="keep where its number is this or more")
    still_sampled: bool = Field(
        False,
        description=(
            "true where who fails the condition was drawn into the sample and only did not answer: not analysed, "
            "but counted in the design, so that errors are those of the sample that was drawn"
        ),
    )
    otherwise: Words = Field(description="the reason for leaving a response out, as the flow diagram prints it")

    def faults(self) -> Iterable[str]:
        tests = {
            "equals": self.equals is not None,
            "one_of": bool(self.one_of),
            "not_one_of": bool(self.not_one_of),
            "at_least": self.at_least is not None,
        }
        used = [key for key, given in tests.items() if given]
        if not used:
            yield f"equals: is missing; a condition needs one of {', '.join(tests)}"
        yield from (f"{key}: stands beside '{used[0]}'; a condition has one of {', '.join(tests)}" for key in used[1:])


class Difference(Entry):
    """Where this wave departs from its instrument."""

    item: ColumnId | None = Field(None, description="the item this column asks in this wave")
    codes: dict[Code, int] = Field(default_factory=dict, description="this wave's codes, and the item's")
    because: Words = Field(description="why; the wave page prints it")


class WaveDesign(Entry):
    """How responses were sampled and what they stand for."""

    weight: Name = Field(
        description="a column of the export, or 'none': every response counts once, and the pages say so"
    )
    strata: list[Name] = Field(default_factory=list, description="the columns that together name the stratum")
    cluster: Name | None = Field(
        None, description="a column of the export, or 'school'; leave out where responses were sampled one by one"
    )
    population: Name | None = Field(
        None, description="a column with the number of units in the stratum (finite population correction)"
    )
    lonely: Literal["fail", "adjust", "average", "certainty", "remove"] = Field(
        "fail", description="what to do with a stratum that has one cluster"
    )

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        strata = content.get("strata")
        return {**content, "strata": [strata]} if isinstance(strata, str) else content


class Wave(Entry):
    """One fielding of one instrument."""

    instrument: FileId = Field(description="the questionnaire it fielded")
    title: Words = Field(description="how pages name it, for example '2024' or 'spring 2025'")
    fielded: list[Day] = Field(min_length=2, max_length=2, description="first and last day, year-month-day")
    synthetic: bool = Field(False, description="true where the answers are made up; every page then says so")
    export: Export = Field(description="the file with the answers")
    source: Source = Field(description="where the export can be had")
    response: list[Name] = Field(min_length=1, description="the column, or columns, that name a response")
    school: list[Name] = Field(default_factory=list, description="the column, or columns, that name the school")
    person: list[Name] = Field(
        default_factory=list,
        description="the column, or columns, that name the person; of several responses the last counts",
    )
    keep_if: list[Condition] = Field(default_factory=list, description="conditions a response must meet, in order")
    differs: dict[Name, Difference] = Field(default_factory=dict, description="columns that depart from the instrument")
    design: WaveDesign = Field(description="weight, strata, cluster, finite population")
    quarantine_at_most: float = Field(
        0.02, ge=0, le=1, description="the share of answers that may be refused; above it the wave stops"
    )

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        opened = dict(content)
        for key in ("response", "school", "person"):
            if isinstance(opened.get(key), str):
                opened[key] = [opened[key]]
        return opened

    def faults(self) -> Iterable[str]:
        first, last = self.fielded
        if first > last:
            yield f"fielded: the first day ({first}) is after the last ({last})"
        if self.design.cluster == "school" and not self.school:
            yield "design.cluster: is 'school', but the wave names no school; add 'school: <column>'"

    def administrative_columns(self) -> list[str]:
        """The export's columns this file names, in a fixed order: ids, conditions and design."""
        design = self.design
        named = [*self.response, *self.school, *self.person, *(c.column for c in self.keep_if), *design.strata]
        named += [c for c in (design.weight, design.cluster, design.population) if c and c not in {"none", "school"}]
        return list(dict.fromkeys(named))
