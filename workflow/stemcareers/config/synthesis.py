"""`synthesis.yaml`: which estimates of which studies bear on which feature of leadership and organisation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import Field

from stemcareers.config import gaps, yaml_file
from stemcareers.config.entry import Entry, read
from stemcareers.config.plain import ColumnId, FileId, Level, Name, Words
from stemcareers.config.samples import WAVE, Sample, code_of, column_of

FILE = Path("config") / "synthesis.yaml"
OVERVIEW = "overview"  # the figure of everything; no feature can have this id
# What a conclusion may tell of its evidence.
TOLD = ("estimate", "agree", "clear", "further", "rank", "k", "n", "schools")
OF_AVERAGES = ("agree", "clear", "further", "k")


class Evidence(Entry):
    """Rows of a study's estimates that bear on a feature."""

    label: Name = Field(description="what it is called in figures and tables: study, year, outcome")
    study: FileId = Field(description="the study")
    specification: FileId | None = Field(None, description="the model in which other things are held constant")
    alone: FileId | None = Field(None, description="the model or difference of the feature by itself, shown beside")
    outcome: ColumnId = Field(description="the outcome")
    term: ColumnId = Field(description="the feature as the study measures it: a factor of the model")
    level: Level | None = Field(None, description="the category, where the factor has categories")
    sample: Sample = Field("all", description="all, column=code, or by column: each of them, and their average")
    samples_are: Words | None = Field(None, description="what the samples of `by column` are, in the plural")
    focus: list[Sample] = Field(default_factory=list, description="by column: the samples told by name")
    each: bool = Field(False, description="by column: draw a figure of every sample")
    note: Words | None = Field(None, description="what a reader must know of this evidence")

    @property
    def averaged(self) -> bool:
        """True where it is the average of several samples."""
        return self.sample is not None and column_of(self.sample) is not None and code_of(self.sample) is None

    def models(self) -> dict[str, str]:
        """Its specifications by what they hold: constant, alone; the first is the one to go by."""
        both = {"constant": self.specification, "alone": self.alone}
        return {held: name for held, name in both.items() if name is not None}

    def faults(self) -> Iterable[str]:
        if self.alone is None and self.specification is None:
            yield "specification: is missing; name a model that holds other things constant, or one under alone"
        if self.averaged and column_of(self.sample) == WAVE:
            yield "sample: waves are not averaged, as the same schools may stand in several; name one, or all"
        if self.averaged and self.samples_are is None:
            yield "samples_are: is missing; say what is averaged, in the plural, for example countries"
        for key in ("samples_are", "focus", "each"):
            if getattr(self, key) and not self.averaged:
                yield f"{key}: belongs to a sample 'by column', not to '{self.sample}'"
        for one in self.focus if self.averaged else []:
            if code_of(one) is None or column_of(one) != column_of(self.sample):
                yield f"focus: '{one}' is not among the samples of '{self.sample}'"


class Feature(Entry):
    """A feature of a school's leadership or organisation, and the evidence on it."""

    title: Words = Field(description="the feature in a few words")
    asks: Words = Field(description="the question its section answers")
    means: Words = Field(description="in plain words, what the studies asked about it")
    evidence: dict[FileId, Evidence] = Field(min_length=1, description="the evidence on it, in order")
    meaning: Words | None = Field(None, description="what a school could make of it")


class Conclusion(Entry):
    """One sentence of what was found, with numbers of one piece of evidence."""

    says: Words = Field(
        description="the sentence; {estimate}, {agree}, {clear}, {further}, {rank}, {k}, {n} and {schools} are "
        "filled in"
    )
    feature: FileId = Field(description="the feature it is about")
    evidence: FileId = Field(description="the evidence its numbers come from")
    sample: Sample | None = Field(None, description="one of the evidence's samples in focus, instead of the average")
    above: float | None = Field(None, description="the page stops unless the whole interval is above this")
    below: float | None = Field(None, description="the page stops unless the whole interval is below this")

    def faults(self) -> Iterable[str]:
        try:
            gaps.parts(self.says, TOLD)
        except ValueError as error:
            yield f"says: {error}"


class Synthesis(Entry):
    """The page across all studies."""

    title: Words = Field(description="the title of the page")
    subtitle: Words = Field(description="one line under the title")
    asks: Words = Field(description="the question the page answers")
    summary: list[Conclusion] = Field(
        default_factory=list, max_length=5, description="what was found, in at most five sentences on real answers"
    )
    features: dict[FileId, Feature] = Field(min_length=1, description="the features, in order")
    left_out: dict[FileId, Words] = Field(
        default_factory=dict, description="studies that have nothing on these features, and why"
    )
    limits: list[Words] = Field(default_factory=list, description="what the evidence cannot tell, a sentence each")

    def faults(self) -> Iterable[str]:
        for name in self.features:
            if name == OVERVIEW:
                yield f"features.{name}: the figure of all features is called so; choose another id"

    def studies(self) -> list[str]:
        """The studies the evidence comes from, sorted."""
        return sorted({one.study for _, _, one in self.pieces() if one.study is not None})

    def specifications(self, study: str) -> list[str]:
        """The specifications of a study that the evidence comes from, sorted."""
        its = [one for _, _, one in self.pieces() if one.study == study]
        return sorted({name for one in its for name in one.models().values()})

    def pieces(self) -> list[tuple[str, str, Evidence]]:
        """Every piece of evidence with the ids of its feature and its own, in order."""
        return [(f, e, one) for f, feature in self.features.items() for e, one in feature.evidence.items()]

    def figures(self, studies: Iterable[str]) -> list[str]:
        """The ids of the figures it has where these studies are there, in order."""
        here = set(studies)
        found = [OVERVIEW] if here & set(self.studies()) else []
        for name, feature in self.features.items():
            its = {e: one for e, one in feature.evidence.items() if one.study in here}
            found += [name] if its else []
            found += [f"{name}-{e}" for e, one in its.items() if one.each]
        return found


def draft_synthesis(root: Path = Path()) -> tuple[Synthesis | None, list[str]]:
    """What can be read of `config/synthesis.yaml`, with every fault within it; None where there is no such file.

    Raises Problem where it is no yaml at all.
    """
    path = root / FILE
    return read(Synthesis, yaml_file.load(path)) if path.exists() else (None, [])


def synthesis(path: str | Path = FILE) -> Synthesis:
    """A synthesis.yaml."""
    from stemcareers.config.entry import parse

    return parse(Synthesis, yaml_file.load(Path(path)), Path(path).as_posix())
