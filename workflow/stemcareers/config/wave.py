"""`waves/<wave>.yaml`: one fielding of an instrument, and only what it did differently."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from stemcareers.config.calibration import Calibration
from stemcareers.config.entry import Entry, twice
from stemcareers.config.export import Export
from stemcareers.config.plain import Cell, Code, ColumnId, Day, FileId, Name, WebAddress, Words
from stemcareers.config.quality import QualityRule
from stemcareers.config.replicates import ReplicateWeights
from stemcareers.config.trimming import Trim
from stemcareers.errors import did_you_mean


class Source(Entry):
    """Where the export can be had."""

    address: WebAddress | None = Field(None, description="a web address of the very file")
    page: WebAddress | None = Field(None, description="a page where a person finds it")
    how: Words = Field(description="what to do to get it, in a sentence")


class Condition(Entry):
    """A response is kept only if this holds; otherwise it is counted under the reason."""

    column: Name | None = Field(None, description="a column of the export")
    answered_any: list[ColumnId] = Field(
        default_factory=list, description="in place of a column: keep where one of these items or more was answered"
    )
    equals: Code | None = Field(None, description="keep where the column has this value")
    one_of: list[Code] = Field(default_factory=list, description="keep where it has one of these values")
    not_one_of: list[Code] = Field(default_factory=list, description="keep where it has none of these values")
    at_least: float | None = Field(None, description="keep where its number is this or more")
    not_blank: bool = Field(False, description="true: keep where the column holds anything, such as a school's name")
    still_sampled: bool = Field(
        False,
        description=(
            "true where who fails the condition was drawn into the sample and only did not answer: not analysed, "
            "but counted in the design, so that errors are those of the sample that was drawn"
        ),
    )
    otherwise: Cell = Field(description="the reason for leaving a response out, as the flow diagram prints it")
    kind: Literal["consent", "test", "not_eligible", "choice"] | None = Field(
        None,
        description=(
            "what the condition is about: consent; test (previews and tests); not_eligible (whom the study is not "
            "about); choice (a decision that could have been otherwise: models can be told without it). Without a kind "
            "it is never undone"
        ),
    )

    def faults(self) -> Iterable[str]:
        tests = {
            "equals": self.equals is not None,
            "one_of": bool(self.one_of),
            "not_one_of": bool(self.not_one_of),
            "at_least": self.at_least is not None,
            "not_blank": self.not_blank,
        }
        used = [key for key, given in tests.items() if given]
        about = f"{self.otherwise} {self.column or ''}".lower()
        if self.kind == "choice" and (never := next((word for word in ("consent", "preview") if word in about), None)):
            yield f"kind: is choice, but the condition is about {never}, which is never undone; say consent or test"
        if self.answered_any:
            beside = ["column"] * (self.column is not None) + used
            yield from (f"{key}: stands beside 'answered_any', which needs no other condition" for key in beside)
            return
        if self.column is None:
            yield "column: is missing (a column of the export), or 'answered_any' in its place"
        if not used:
            yield f"equals: is missing; a condition needs one of {', '.join(tests)}"
        yield from (f"{key}: stands beside '{used[0]}'; a condition has one of {', '.join(tests)}" for key in used[1:])


class Difference(Entry):
    """Where this wave departs from its instrument."""

    item: ColumnId | None = Field(None, description="the item this column asks in this wave")
    codes: dict[Code, int] = Field(default_factory=dict, description="this wave's codes, and the item's")
    wording: Words | None = Field(None, description="the question as this wave asked it")
    answers: ColumnId | None = Field(None, description="the answers as this wave printed them, a set of answers.yaml")
    because: Words = Field(description="why; the wave page prints it")

    def faults(self) -> Iterable[str]:
        if self.item is None and not self.codes and self.wording is None and self.answers is None:
            yield "because: says why, but nothing differs; give item, codes, wording or answers"


class WaveDesign(Entry):
    """How responses were sampled and what they stand for."""

    weight: Name = Field(
        description="a column of the export, or 'none': every response counts once, and the pages say so"
    )
    sums_to: float | None = Field(
        None,
        gt=0,
        description="what the weights add up to, as those who made them say; of who is kept and who is still sampled",
    )
    sums_within: float = Field(
        0.001, ge=0, lt=1, description="sums_to: the share of it by which the sum may miss it, such as for rounding"
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
    nest: bool = Field(False, description="true where the names of clusters start again in every stratum")
    cluster_within: Name | None = Field(
        None, description="two stages: the column with the second-stage cluster, such as a class drawn in a school"
    )
    strata_within: list[Name] = Field(
        default_factory=list, description="the columns that together name the stratum of the second stage"
    )
    population_within: Name | None = Field(
        None, description="a column with the number of second-stage clusters there were to draw from"
    )
    calibrate: Calibration | None = Field(
        None, description="weights are made to meet known totals, starting from 'weight', or from equal ones"
    )
    trim: Trim | None = Field(None, description="bounds of the weights, before they are made to meet known totals")
    replicates: ReplicateWeights | None = Field(
        None, description="replicate weights, given with the data or made of clusters and strata"
    )

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        opened = dict(content)
        for key in ("strata", "strata_within"):
            if isinstance(opened.get(key), str):
                opened[key] = [opened[key]]
        return opened

    def faults(self) -> Iterable[str]:
        if self.weight != "none" and self.weight.casefold() == "none":
            yield f"weight: '{self.weight}' would be a column; write 'none' where every response counts once"
        yield from self._stage_faults()
        if self.trim is not None and self.weight == "none":
            yield (
                "trim: every weight is 1 ('weight: none'), so there is none to trim; to bound how far known totals "
                "move weights, say 'calibrate.bounds'"
            )
        if self.replicates is not None:
            yield from self._made_faults() if self.replicates.make else self._given_faults()
        if self.sums_to is not None and self.weight == "none":
            yield "sums_to: every weight is 1 ('weight: none'), so no total is stated; take it out, or name the weights"
        if self.sums_to is None and "sums_within" in self.model_fields_set:
            yield "sums_within: needs 'sums_to', the total it is a share of"

    @property
    def is_simple(self) -> bool:
        """Whether responses were drawn one by one from all: no strata, clusters, finite population or replicates."""
        return not (self.strata or self.cluster or self.population or self.replicates)

    def _stage_faults(self) -> Iterable[str]:
        within = {"strata_within": self.strata_within, "population_within": self.population_within}
        if self.cluster_within is None:
            yield from (f"{key}: needs 'cluster_within', the second stage" for key in within if within[key])
        else:
            if self.cluster is None:
                yield "cluster_within: needs 'cluster', the first stage"
            if (self.population is None) != (self.population_within is None):
                absent = "population" if self.population is None else "population_within"
                yield f"{absent}: is missing; with two stages a finite population is given for both or for none"
        if self.nest and not (self.strata and self.cluster):
            yield "nest: says that clusters are named anew in every stratum; it needs 'strata' and 'cluster'"

    def _given_faults(self) -> Iterable[str]:
        replaced = {
            "strata": self.strata,
            "population": self.population,
            "lonely": self.lonely != "fail",
            "nest": self.nest,
            "cluster_within": self.cluster_within,
        }
        yield from (
            f"replicates: given replicate weights hold strata and stages already; take out '{key}'"
            for key in replaced
            if replaced[key]
        )
        if self.weight == "none" and self.replicates.combined:
            yield "replicates: stand beside a weight; name it under 'weight', or say 'combined: false' for factors"

    def _made_faults(self) -> Iterable[str]:
        make = self.replicates.make
        if make == "jk1" and self.strata:
            yield "replicates.make: jk1 is for designs without strata; use jkn"
        if make in {"jk1", "jkn"} and self.lonely == "adjust":
            yield f"replicates.make: {make} cannot honour 'lonely: adjust'; say average, certainty or remove"
        if make not in {"jk1", "jkn"} and self.population:
            yield f"replicates.make: {make} cannot honour a finite population; use jkn, or take out 'population'"
        elif self.population_within:
            yield f"replicates.make: {make} cannot honour 'population_within'; take it out with 'population'"


class Wave(Entry):
    """One fielding of one instrument."""

    instrument: FileId = Field(description="the questionnaire it fielded")
    title: Words = Field(description="how pages name it, for example '2024' or 'spring 2025'")
    fielded: list[Day] = Field(min_length=2, max_length=2, description="first and last day, year-month-day")
    respondents: Words | None = Field(
        None, description="who answered this wave, in the plural, where it departs from study.yaml"
    )
    synthetic: bool = Field(False, description="true where the answers are made up; every page then says so")
    export: Export = Field(description="the file with the answers")
    source: Source = Field(description="where the export can be had")
    response: list[Name] = Field(min_length=1, description="the column, or columns, that name a response")
    school: list[Name] = Field(default_factory=list, description="the column, or columns, that name the school")
    person: list[Name] = Field(
        default_factory=list,
        description="the column, or columns, that name the person; of several responses the last counts",
    )
    as_written: list[Name] = Field(
        default_factory=list,
        description=(
            "columns of ids or strata whose texts are meant as they stand, though they look like none or like one "
            "another: a school called NA, ids in which capitals count"
        ),
    )
    keep_if: list[Condition] = Field(default_factory=list, description="conditions a response must meet, in order")
    quality: list[QualityRule] = Field(
        default_factory=list, description="rules for the quality of answers, in order; judged are those otherwise kept"
    )
    differs: dict[Name, Difference] = Field(default_factory=dict, description="columns that depart from the instrument")
    design: WaveDesign = Field(description="weight, strata, cluster, finite population")
    quarantine_at_most: float = Field(
        0.02, ge=0, le=1, description="the share of answers that may be refused; above it the wave stops"
    )
    quarantine_item_at_most: float = Field(
        0.05,
        ge=0,
        le=1,
        description=(
            "the share of the answers to one item that may be refused; above it, and above quarantine_at_most, the "
            "wave stops where there are three or more"
        ),
    )

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        opened = dict(content)
        for key in ("response", "school", "person", "as_written"):
            if isinstance(opened.get(key), str):
                opened[key] = [opened[key]]
        return opened

    def faults(self) -> Iterable[str]:
        first, last = self.fielded
        if first > last:
            yield f"fielded: the first day ({first}) is after the last ({last})"
        yield from twice(self, "response", "school", "person", "as_written")
        named = {*self.response, *self.school, *self.person, *self.design.strata, *self.design.strata_within}
        for column in self.as_written:
            if column not in named:
                yield (
                    f"as_written: '{column}' names no response, school, person or stratum of this wave"
                    f"{did_you_mean(column, named)}"
                )
        if self.design.calibrate is not None and any(c.still_sampled for c in self.keep_if):
            yield (
                "design.calibrate: meets totals of the population by those who answered; take out 'still_sampled', "
                "or name the weights under 'weight' and calibrate nothing"
            )
        if self.design.cluster == "school" and not self.school:
            yield "design.cluster: is 'school', but the wave names no school; add 'school: <column>'"

    def numeric_columns(self, there: Iterable[str] = ()) -> list[str]:
        """Those of the administrative columns that are read as numbers: weights, populations and least values."""
        design = self.design
        single = (design.weight, design.population, design.population_within)
        named = [c for c in single if c and c != "none"]
        named += [c.column for c in self.keep_if if c.at_least is not None]
        named += [rule.column for rule in self.quality if rule.rule == "speeder" and rule.column is not None]
        return named + (design.replicates.among(there) if design.replicates is not None else [])

    def administrative_columns(self, there: Iterable[str] = ()) -> list[str]:
        """The export's columns this file names, in a fixed order: ids, conditions and design.

        there   the columns of the export, among which patterns are looked up.
        """
        design = self.design
        conditions = [c.column for c in self.keep_if if c.column]
        named = [*self.response, *self.school, *self.person, *conditions, *design.strata]
        named += [rule.column for rule in self.quality if rule.column is not None]
        single = (design.weight, design.cluster, design.population, design.cluster_within, design.population_within)
        named += [c for c in single if c and c not in {"none", "school"}]
        named += design.strata_within
        if design.replicates is not None:
            named += design.replicates.among(there)
        return list(dict.fromkeys(named))
