"""What is shown: `figures/<id>.yaml`, `tables/<id>.yaml`, `reports/<id>.yaml`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from stemcareers.config import gaps
from stemcareers.config.entry import Entry, twice
from stemcareers.config.plain import ColumnId, FileId, Level, Name, Parameter, Words
from stemcareers.config.samples import Sample

Quantity = Literal["coefficient", "odds_ratio", "rate_ratio", "marginal_effect", "prediction"]
THEN = " -> "  # in a level: from the earlier wave or answer to the later one
BELONGS = {"neutral": "stacked", "agreeing": "stacked", "grid": "heat", "columns": "heat", "normal": "distribution"}


class Figure(Entry):
    """Which estimates, how drawn."""

    title: Words = Field(description="what is shown and of whom")
    kind: Literal["forest", "bars", "stacked", "distribution", "dots", "trend", "heat", "trace", "curve"] = Field(
        description="forest, bars, stacked, distribution, dots, trend, heat, trace, curve"
    )
    specifications: list[FileId] = Field(min_length=1, description="whose estimates it shows, side by side")
    samples: list[Sample] = Field(
        default_factory=list, description="which samples: all, column=code, by column; every sample if left out"
    )
    quantity: Quantity | None = Field(
        None, description="of models, which of their quantities; ratios where there are any, else coefficients"
    )
    outcomes: list[ColumnId] = Field(default_factory=list, description="which outcomes; every one if left out")
    terms: list[ColumnId] = Field(default_factory=list, description="which terms, in this order; every one if left out")
    levels: list[Level] = Field(default_factory=list, description="which answers or categories; every one if left out")
    headings: dict[Name, list[ColumnId]] = Field(
        default_factory=dict, description="forest: headings and the terms under each"
    )
    order: Literal["value", "given"] = Field("value", description="rows by value, or as given")
    complete_cases: bool = Field(
        False, description="forest, of one imputed specification: the complete cases beside it"
    )
    focus: list[Sample] = Field(default_factory=list, description="dots, bars: samples set in bold and dark")
    average: Sample | None = Field(None, description="dots: the sample drawn as a line")
    middle: list[Level] = Field(default_factory=list, description="stacked: the answers around which it diverges")
    neutral: Literal["split", "side"] = Field(
        "split", description="stacked: the middle answers half on each side of it, or apart on the right"
    )
    agreeing: list[ColumnId] = Field(
        default_factory=list,
        description="stacked: indicators of the answers above the middle, whose shares get an interval",
    )
    grid: dict[Name, list[ColumnId]] = Field(
        default_factory=dict, description="heat: rows, and the outcomes that stand in each"
    )
    columns: list[Name] = Field(default_factory=list, description="heat: what the outcomes of each row are about")
    normal: bool = Field(False, description="distribution: beside it the normal curve of the same mean and spread")
    x_title: Words = Field(description="the axis, with its unit, in words")
    note: Words | None = Field(None, description="a sentence added to the note under the figure")

    def faults(self) -> Iterable[str]:
        yield from twice(
            self, "specifications", "samples", "outcomes", "terms", "levels", "focus", "middle", "agreeing"
        )
        for key, kind in BELONGS.items():
            if key in self.model_fields_set and self.kind != kind:
                yield f"{key}: belongs to kind '{kind}', not to '{self.kind}'"
        if self.neutral == "side" and not self.middle:
            yield "neutral: needs 'middle', the answers that stand apart"
        uneven = {row: len(outcomes) for row, outcomes in self.grid.items() if len(outcomes) != len(self.columns)}
        for row, count in uneven.items():
            yield f"grid.{row}: has {count} outcomes for {len(self.columns)} columns; name one for each"
        if self.columns and not self.grid:
            yield "columns: needs 'grid', the outcomes that stand in each row"
        if self.grid and self.outcomes:
            yield "outcomes: are those of 'grid'; take the key out"
        if self.complete_cases and self.kind != "forest":
            yield f"complete_cases: belongs to kind 'forest', not to '{self.kind}'"
        if self.kind == "trace" and self.quantity is not None:
            yield "quantity: a trace shows what was drawn, and no estimates; take the key out"


class Table(Entry):
    """One estimate table: specifications side by side, or one block of descriptions."""

    title: Words = Field(description="what is shown and of whom")
    specifications: list[FileId] = Field(min_length=1, description="whose estimates it shows, side by side")
    samples: list[Sample] = Field(
        default_factory=list, description="which samples: all, column=code, by column; every sample if left out"
    )
    quantity: Quantity | None = Field(
        None, description="of models, which of their quantities; ratios where there are any, else coefficients"
    )
    outcomes: list[ColumnId] = Field(default_factory=list, description="which outcomes; every one if left out")
    terms: list[ColumnId] = Field(default_factory=list, description="which terms, in this order; every one if left out")
    complete_cases: bool = Field(False, description="of imputed specifications: the complete cases beside each")
    imputation: bool = Field(
        False,
        description="instead of estimates: what was answered beside what was imputed",
    )
    note: Words | None = Field(None, description="a sentence added to the note under the table")

    def faults(self) -> Iterable[str]:
        yield from twice(self, "specifications", "samples", "outcomes", "terms")
        if self.imputation and self.complete_cases:
            yield "complete_cases: a table of what was imputed shows no estimates; take one of both keys out"
        if self.imputation and self.quantity is not None:
            yield "quantity: a table of what was imputed shows no estimates; take one of both keys out"


class Finding(Entry):
    """One sentence whose numbers are read from the estimates."""

    says: Words = Field(
        description="the sentence; {share}, {mean}, {total}, {ratio}, {quantile}, {difference}, {odds_ratio}, "
        "{rate_ratio}, {effect}, {association}, {effective_n}, {icc}, {agreement} and {n} are filled in"
    )
    specification: FileId = Field(description="the specification the number comes from")
    sample: Sample | None = Field(None, description="the sample it is about; the page's own if left out")
    outcome: ColumnId | None = Field(None, description="the outcome; may be left out where there is one")
    term: ColumnId | None = Field(None, description="the term of a model or difference")
    level: Level | None = Field(None, description="the answer or category")
    above: float | None = Field(None, description="the page stops unless the whole interval is above this")
    below: float | None = Field(
        None, description="the page stops unless the whole interval (of an association its p value) is below this"
    )

    def faults(self) -> Iterable[str]:
        try:
            _, number = gaps.of_a_finding(self.says)
        except ValueError as error:
            yield f"says: {error}"
            return
        if number is None and (self.above is not None or self.below is not None):
            yield "says: has no number that 'above' or 'below' could guard; add one, for example {difference}"


class Section(Entry):
    """One research question of a page: the question, the sentences that answer it, what is shown."""

    asks: ColumnId = Field(description="the id of the question in study.yaml")
    findings: list[Finding] = Field(default_factory=list, description="the sentences that answer it")
    figures: list[FileId] = Field(default_factory=list, description="its figures, in order")
    tables: list[FileId] = Field(default_factory=list, description="its tables, in order")
    comparability: bool = Field(
        False, description="after these, the table of what several waves asked: comparable or not, and why"
    )
    meaning: Words | None = Field(None, description="what a school could make of it")

    def faults(self) -> Iterable[str]:
        return twice(self, "figures", "tables")


class Report(Entry):
    """One page: a notebook and its parameters."""

    title: Words = Field(description="what the page is about")
    notebook: FileId = Field(description="the notebook in notebooks/, without .ipynb")
    parameters: dict[ColumnId, Parameter] = Field(
        default_factory=dict, description="values for the notebook's parameters cell"
    )
    sections: list[Section] = Field(
        default_factory=list, description="the research questions the page answers, in order"
    )
    summary: list[Finding] = Field(default_factory=list, description="two to five sentences: what we found")

    def faults(self) -> Iterable[str]:
        for name in ("study", "report"):
            if name in self.parameters:
                yield f"parameters.{name}: is set by the pipeline; take it out"

    def findings(self) -> list[Finding]:
        """Every sentence of the page."""
        return [*self.summary, *(f for s in self.sections for f in s.findings)]

    def figures(self) -> list[str]:
        """Every figure of the page, once."""
        return list(dict.fromkeys(f for s in self.sections for f in s.figures))

    def tables(self) -> list[str]:
        """Every table of the page, once."""
        return list(dict.fromkeys(t for s in self.sections for t in s.tables))

    def shows(self) -> dict[str, list[str]]:
        """The ids of the figures and tables of the page, by the folder their files lie in."""
        return {"figures": self.figures(), "tables": self.tables()}
