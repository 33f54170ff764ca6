"""`study.yaml`: what a study asks, of whom, and whether its answers are public."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from stemcareers.config.entry import Entry, twice
from stemcareers.config.plain import ColumnId, WebAddress, Words


class Source(Entry):
    """Where a study comes from."""

    citation: Words = Field(description="how to cite the study")
    address: WebAddress | None = Field(None, description="a web address where it can be read")


class PublicAnswers(Entry):
    """The statement that the answers themselves are public, which lifts the rule of the smallest group."""

    licence: Words = Field(description="the licence under which the answers are public")
    because: Words = Field(description="why no group of this study is withheld; its pages print it")


class Study(Entry):
    """A set of research questions with its own reports."""

    title: Words = Field(description="the study's name")
    summary: Words = Field(description="two or three sentences for the front page")
    asks: dict[ColumnId, Words] = Field(
        min_length=1, description="the research questions: an id and the question in words"
    )
    unit: Words = Field(description="what one response stands for, in the singular: school, teacher")
    units: Words = Field(description="the same in the plural: schools, teachers")
    respondents: Words = Field(description="who answered, in the plural: principals, careers leaders")
    context: list[ColumnId] = Field(
        default_factory=list, description="items that describe the school: may define samples, may be adjusted for"
    )
    panel: bool = Field(
        False,
        description="true where an id of a school is the same school in every wave; otherwise only crosswalk.csv links",
    )
    source: Source = Field(description="the publication the study rests on")
    licence: Words = Field(description="under which terms the data may be used")
    public_answers: PublicAnswers | None = Field(
        None, description="only where the answers themselves are public; otherwise no group under the limit is shown"
    )

    def faults(self) -> Iterable[str]:
        return twice(self, "context")
