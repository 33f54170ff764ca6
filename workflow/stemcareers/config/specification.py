"""`specifications/<id>.yaml`: one model or description, written down before it is run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import Field

from stemcareers.config import described, grouping, imputation
from stemcareers.config.entry import Entry, twice
from stemcareers.config.families import DESCRIPTIONS, MODELS, Family
from stemcareers.config.imputation import Imputation
from stemcareers.config.plain import Code, ColumnId, FileId, Words
from stemcareers.config.robustness import Vary, own_faults
from stemcareers.config.samples import Sample

LINEAR = ("linear", "mixed")  # whose coefficients are marginal effects
NO_EXCLUSION = "without_each_exclusion"
CLUSTERED = ("linear", "logit")  # the models that have errors for few clusters


class Specification(Entry):
    """Lists of ids, no formula."""

    title: Words = Field(description="what it is, for pages and tables")
    short: Words = Field(description="two or three words, for the legend of a figure")
    family: Family = Field(description=f"the estimator: {', '.join(DESCRIPTIONS)}, {', '.join(MODELS)}, robustness")
    outcome: list[ColumnId] = Field(min_length=1, description="an item or scale, or several")
    factors: list[ColumnId] = Field(default_factory=list, description="models: the leadership factors")
    context: list[ColumnId] = Field(default_factory=list, description="models: what is adjusted for")
    each_alone: bool = Field(False, description="models: one model a factor, without the others and the context")
    between: list[ColumnId] = Field(
        default_factory=list,
        description="difference, contrast, association: the items whose categories are compared",
    )
    edges: list[float] = Field(default_factory=list, description="distribution: the edges of the bins, low to high")
    denominator: ColumnId | None = Field(
        None, description="ratio: the number whose total the outcome's total is divided by"
    )
    quantiles: list[float] = Field(
        default_factory=list, description="quantile: the shares of the population below, low to high; 0.5 is the median"
    )
    coefficients: dict[Code, float] = Field(
        default_factory=dict, description="contrast: what the mean or share of each category is multiplied by"
    )
    adds_up_to: float = Field(
        0.0, description="contrast: what the coefficients add up to; 0 for a comparison, 1 for an average"
    )
    precision: bool = Field(
        False, description="mean, share, total, ratio: the design effect and the effective n of each number as well"
    )
    reference: dict[ColumnId, int] = Field(
        default_factory=dict,
        description="the category others are compared with; the first one unless said here; for a multinomial "
        "model also the outcome's answer",
    )
    present_only: list[ColumnId] = Field(
        default_factory=list,
        description="models: context whose categories without a response in use are left out, such as countries "
        "outside the sample; any other empty category stops the model",
    )
    waves: list[FileId] = Field(
        default_factory=list,
        description="the waves it is about, such as those that asked its questions; all of the study unless said here; "
        "change, transitions: the two waves, the earlier one first",
    )
    samples: list[Sample] = Field(
        default=["all"], min_length=1, description="all, column=code, or by column (one sample for each code)"
    )
    marginal_effects: bool = Field(
        False,
        description="models that are not linear: the average marginal effect of each term as well, in percentage "
        "points or the outcome's unit",
    )
    predict: dict[ColumnId, list[float]] = Field(
        default_factory=dict,
        description="models but mixed ones: what the model expects on average if everybody had this value or category "
        "of a term, all else as it is",
    )
    few_clusters_under: int | None = Field(
        None,
        ge=2,
        description="linear, logit: in a sample with fewer clusters than this, errors made for few clusters (CR2) with "
        "Satterthwaite's degrees of freedom, where the design is of clusters alone",
    )
    leave_out_each: bool = Field(
        False,
        description="linear: R squared of the model without each factor in turn, on the same responses, as well",
    )
    standardise: list[Literal["outcome", "factors"]] = Field(
        default_factory=list, description="linear: numbers in standard deviations of the sample"
    )
    tests: ColumnId | None = Field(None, description="the declared family within which p-values are adjusted")
    adjust_by: Literal["holm", "benjamini_hochberg"] = Field(
        "holm",
        description="how: holm keeps the chance of any false positive, benjamini_hochberg their share of the positives",
    )
    without_each_exclusion: bool = Field(
        False,
        description="models: fitted anew without each exclusion of its waves in turn, where that may be undone "
        "(keep_if: kind: choice, and the rules of quality)",
    )
    weighted: bool = Field(True, description="false: every response counts once, whatever the wave's weights")
    weight_times: ColumnId | None = Field(
        None,
        description="a number that weights are multiplied by, such as pupils: a school then counts as often as it has "
        "pupils; who did not give it is left out",
    )
    equal_weight: ColumnId | None = Field(
        None,
        description="an item whose categories count the same: the weights of each, in each wave, are made to have the "
        "same sum",
    )
    group: ColumnId | None = Field(None, description="mixed: what names the groups, an item with categories or school")
    slopes: list[ColumnId] = Field(
        default_factory=list,
        description="mixed: numbers whose coefficient varies between groups, beside the intercept",
    )
    correlated: bool = Field(True, description="mixed: false lets intercepts and slopes vary independently")
    method: Literal["REML", "ML"] = Field(
        "REML", description="mixed: how it is fitted; ML, to compare models with different terms by their likelihood"
    )
    impute: Imputation | None = Field(
        None, description="missing answers are drawn several times; the complete cases stand beside"
    )
    of: FileId | None = Field(None, description="robustness: the specification of a model that is the main analysis")
    focal: list[ColumnId] = Field(
        default_factory=list, description="robustness: the factors of the model whose estimates are followed"
    )
    vary: Vary | None = Field(None, description="robustness: the decisions that are made otherwise, with their options")
    combine: Literal["all", "one_at_a_time"] = Field(
        "all", description="robustness: all combinations of the options, or one decision at a time"
    )

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        single = {
            k: [content[k]]
            for k in ("outcome", "samples", "between", "waves", "focal")
            if isinstance(content.get(k), str)
        }
        return {**content, **single}

    def has_effects(self) -> bool:
        """True for a model whose coefficients are not its marginal effects."""
        return self.family in MODELS and self.family not in LINEAR

    def variables(self) -> list[str]:
        """Every item and scale it names, the outcomes first; with what names its groups, and what tells of gaps."""
        return list(dict.fromkeys([*imputation.variables(self), *(self.impute.using if self.impute else [])]))

    def quantities(self) -> list[str]:
        """What is estimated of each term, or of the outcome."""
        if self.family == "robustness":
            return ["coefficient"]
        if self.family not in MODELS:
            return [described.quantity_of(str(self.family), self.adds_up_to)]
        ratio = {"linear": [], "mixed": [], "poisson": ["rate_ratio"], "negative_binomial": ["rate_ratio"]}
        effects = ["marginal_effect"] if self.marginal_effects else []
        expected = ["prediction"] if self.predict else []
        return ["coefficient", *ratio.get(self.family, ["odds_ratio"]), *effects, *expected]

    def _predictions(self) -> Iterable[str]:
        if not self.predict or self.family not in MODELS:
            return
        if self.family == "mixed":
            yield "predict: belongs to models without groups, not to family 'mixed'"
        if self.each_alone:
            yield "predict: needs one model with all its terms; take out each_alone, or predict"
        if self.few_clusters_under is not None:
            yield "predict: has no errors for few clusters; leave out either this or few_clusters_under"
        for term, values in self.predict.items():
            if term not in {*self.factors, *self.context}:
                yield f"predict.{term}: is not among the factors or the context"
            if not values or len(set(values)) < len(values):
                yield f"predict.{term}: give one value or more, each once, for example [0, 5]"

    def faults(self) -> Iterable[str]:
        yield from own_faults(self)
        if self.family != "robustness":
            yield from self._keys_of_other_families()
        yield from grouping.faults(self)
        yield from imputation.faults(self)
        rise = len(self.edges) > 2 and sorted(set(self.edges)) == self.edges
        if self.family == "distribution" and self.edges and not rise:
            yield "edges: must rise and make two bins or more, for example [0, 50, 100]"
        yield from twice(self, "outcome", "factors", "context", "between", "samples", "standardise", "waves", "slopes")
        for variable in self.context:
            if variable in self.factors:
                yield f"context: '{variable}' is among the factors too; keep one"
        for variable in self.present_only:
            if variable not in self.context:
                yield f"present_only: '{variable}' is not under 'context'"
        for key in ("factors", "context", "between"):
            for variable in getattr(self, key):
                if variable in self.outcome:
                    yield f"{key}: '{variable}' is the outcome too; keep one"
        if self.denominator in self.outcome:
            yield f"denominator: '{self.denominator}' is the outcome too; keep one"

    def _keys_of_other_families(self) -> Iterable[str]:
        model = self.family in MODELS
        if model and not self.factors:
            yield f"factors: is missing; a {self.family} model needs one or more"
        if not model:
            for key in ("factors", "context", "each_alone", "tests", "marginal_effects", "predict", NO_EXCLUSION):
                if getattr(self, key):
                    yield f"{key}: belongs to models ({', '.join(MODELS)}), not to family '{self.family}'"
        keys = (*described.NEEDED, *described.ALLOWED)
        yield from described.key_faults(self.family, {key: its for key in keys if (its := getattr(self, key))})
        if self.family == "quantile":
            yield from described.quantile_faults(self.quantiles)
        if self.family == "contrast":
            yield from described.contrast_faults(self.between, self.coefficients, self.adds_up_to)
        if self.family in described.OF_PANELS:
            yield from described.panel_faults(self.family, self.waves, self.samples)
        if self.reference and self.family in ("contrast", "association"):
            yield f"reference: family '{self.family}' compares with no one category; take the key out"
        if "adjust_by" in self.model_fields_set and self.tests is None:
            yield "adjust_by: needs 'tests', the declared family within which p-values are adjusted"
        if self.standardise and self.family not in LINEAR:
            yield f"standardise: belongs to linear models, not to family '{self.family}'"
        if self.leave_out_each and self.family != "linear":
            yield f"leave_out_each: belongs to linear models, not to family '{self.family}'"
        elif self.leave_out_each and (self.each_alone or self.impute is not None or len(self.factors) < 2):
            yield (
                "leave_out_each: needs one model with two factors or more and without imputation; "
                "take out this, or each_alone, or impute"
            )
        if self.few_clusters_under is not None and self.family not in CLUSTERED:
            yield f"few_clusters_under: belongs to models ({', '.join(CLUSTERED)}), not to family '{self.family}'"
        elif self.few_clusters_under is not None and self.marginal_effects:
            yield "marginal_effects: have no errors for few clusters; leave out either these or few_clusters_under"
        yield from self._predictions()
        if self.marginal_effects and self.family in LINEAR:
            yield f"marginal_effects: a {self.family} model's coefficients are its marginal effects; take the key out"
