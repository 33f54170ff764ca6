"""`specifications/<id>.yaml`: one model or description, written down before it is run."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from stemcareers.config.entry import ColumnId, Entry, Words

MODELS = ("linear", "logit")
DESCRIPTIONS = ("mean", "share", "difference", "distribution")


class Specification(Entry):
    """Lists of ids, no formula."""

    title: Words = Field(description="what it is, for pages and tables")
    short: Words = Field(description="two or three words, for the legend of a figure")
    family: Literal["linear", "logit", "mean", "share", "difference", "distribution"] = Field(
        description="the estimator: mean, share, difference, distribution, linear, logit"
    )
    outcome: list[ColumnId] = Field(min_length=1, description="an item or scale, or several")
    factors: list[ColumnId] = Field(default_factory=list, description="models: the leadership factors")
    context: list[ColumnId] = Field(default_factory=list, description="models: what is adjusted for")
    each_alone: bool = Field(False, description="models: one model a factor, without the others and the context")
    between: list[ColumnId] = Field(
        default_factory=list, description="difference: the items whose categories are compared"
    )
    edges: list[float] = Field(default_factory=list, description="distribution: the edges of the bins, low to high")
    reference: dict[ColumnId, int] = Field(
        default_factory=dict, description="the category others are compared with; the first one unless said here"
    )
    samples: list[Words] = Field(
        default=["all"], min_length=1, description="all, column=code, or by column (one sample for each code)"
    )
    standardise: list[Literal["outcome", "factors"]] = Field(
        default_factory=list, description="linear: numbers in standard deviations of the sample"
    )
    tests: ColumnId | None = Field(None, description="the declared family within which p-values are adjusted")
    weighted: bool = Field(True, description="false: every response counts once, whatever the wave's weights")

    @model_validator(mode="before")
    @classmethod
    def _open_short_forms(cls, content: Any) -> Any:
        if not isinstance(content, dict):
            return content
        single = {k: [content[k]] for k in ("outcome", "samples", "between") if isinstance(content.get(k), str)}
        return {**content, **single}

    @model_validator(mode="after")
    def _fits_its_family(self) -> Specification:
        model = self.family in MODELS
        if model and not self.factors:
            raise ValueError(f"a {self.family} model needs 'factors'")
        if not model and (self.factors or self.context or self.each_alone):
            raise ValueError(f"'factors', 'context' and 'each_alone' belong to models, not to {self.family}")
        if (self.family == "difference") != bool(self.between):
            raise ValueError("'between' is needed for family 'difference', and only there")
        if (self.family == "distribution") != bool(self.edges):
            raise ValueError("'edges' is needed for family 'distribution', and only there")
        if self.edges and (len(self.edges) < 3 or sorted(set(self.edges)) != self.edges):
            raise ValueError("'edges' must rise and make two bins or more")
        if self.standardise and self.family != "linear":
            raise ValueError("'standardise' belongs to linear models")
        if len(set(self.factors + self.context)) < len(self.factors + self.context):
            raise ValueError("an id stands twice under 'factors' and 'context'; keep one")
        both = [o for o in self.outcome if o in self.factors + self.context]
        if both:
            raise ValueError(f"'{both[0]}' is the outcome and also among the factors or the context; keep one")
        return self
