"""`family: robustness`: the same estimates under every defensible way of analysis, as a grid of variants of one model.

A variant is named by its options, `weighted=yes, context=all, leave_out=none`: the level of its rows in the estimates.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, PlainValidator

from stemcareers.config.entry import Entry
from stemcareers.config.imputation import Imputation
from stemcareers.config.plain import ColumnId, Name, shown

if TYPE_CHECKING:
    from stemcareers.config.specification import Specification

# Models with one coefficient a term, whose zero means no difference.
VARIED = ("linear", "logit", "ordered_logit", "poisson", "negative_binomial", "fractional_logit")
MOST = 500  # variants of one grid: more are no longer read, and cost more than they tell
MEASURES = "measures."
LEAVE_OUT, NONE = "leave_out", "none"
OWN = ("title", "short", "family", "outcome", "samples", "standardise", "of", "focal", "vary", "combine")


def _times(given: Any) -> str | int:
    if given == NONE or (isinstance(given, int) and not isinstance(given, bool) and given >= 2):
        return given
    raise ValueError(f"{shown(given)} is no option; write none, or how many times missing answers are drawn, 2 or more")


Times = Annotated[str | int, PlainValidator(_times)]


class Vary(Entry):
    """The decisions of a grid, each with its options, the main analysis first."""

    weighted: list[bool] = Field(default_factory=list, description="with the waves' weights, or every response once")
    imputed: list[Times] = Field(
        default_factory=list,
        description="responses without a gap alone, or missing answers drawn so many times",
    )
    outcome: list[ColumnId] = Field(default_factory=list, description="other items or scales that measure the outcome")
    measures: dict[ColumnId, list[ColumnId]] = Field(
        default_factory=dict, description="by factor, items or scales that measure it"
    )
    context: dict[Name, list[ColumnId]] = Field(
        default_factory=dict, description="by name, what is adjusted for; an empty list for nothing"
    )
    family: list[Literal["linear", "logit", "ordered_logit", "poisson", "negative_binomial", "fractional_logit"]] = (
        Field(default_factory=list, description="the model; sizes then differ, signs and clearness can be compared")
    )
    leave_out: ColumnId | None = Field(
        None,
        description="the main analysis again without each category of this column in turn, such as country or wave",
    )

    def options(self) -> dict[str, list[str]]:
        """For each decision the names of its options; without `leave_out`, whose options are in the answers."""
        decisions = {
            "weighted": ["yes" if option else "no" for option in self.weighted],
            "imputed": [str(option) for option in self.imputed],
            "outcome": list(self.outcome),
            **{MEASURES + factor: list(scales) for factor, scales in self.measures.items()},
            "context": list(self.context),
            "family": list(self.family),
        }
        return {decision: names for decision, names in decisions.items() if names}

    def faults(self) -> Iterable[str]:
        for decision, names in self.options().items():
            if len(names) < 2:
                yield f"{decision}: has one option, which is the main analysis; add another"
            for name in dict.fromkeys(names):
                if names.count(name) > 1:
                    yield f"{decision}: '{name}' stands twice; keep one"
                if set(name) & {",", "="}:
                    yield f"{decision}.{name}: a name here has no ',' and no '='"
        for factor, scales in self.measures.items():
            if not scales:
                yield f"{MEASURES}{factor}: is empty; name scales that measure it, the factor itself first"


def own_faults(its: Specification) -> Iterable[str]:
    """What is wrong with the keys of a specification that is a grid; or of one that is none and has keys of grids."""
    if its.family != "robustness":
        for key in ("of", "focal", "vary", "combine"):
            if key in its.model_fields_set:
                yield f"{key}: belongs to family 'robustness', not to '{its.family}'"
        return
    for key in sorted(its.model_fields_set - set(OWN)):
        yield f"{key}: is taken from the specification that 'of' names; take the key out"
    if its.of is None:
        yield "of: is missing; family 'robustness' needs the specification that is the main analysis"
    if not its.focal:
        yield "focal: is missing; family 'robustness' needs one or more of the factors of the main analysis"
    for word in dict.fromkeys(its.focal):
        if its.focal.count(word) > 1:
            yield f"focal: '{word}' stands twice; keep one"
    if its.vary is None:
        yield "vary: is missing; family 'robustness' needs the decisions that are made otherwise"
        return
    if not its.vary.options() and its.vary.leave_out is None:
        yield f"vary: is empty; name one or more of {', '.join(Vary.model_fields)}"
    if its.vary.outcome and its.vary.outcome[:1] != its.outcome:
        yield "vary.outcome: needs one outcome, which is the first option; write other outcomes in other specifications"
    count = number_of_variants(its.vary, its.combine)
    if count > MOST:
        yield f"vary: makes {count:,} variants, more than {MOST}; take out options, or say combine: one_at_a_time"


def number_of_variants(vary: Vary, combine: str) -> int:
    """How many variants the options make, before those that leave out a category."""
    sizes = [len(names) for names in vary.options().values()]
    return math.prod(sizes) if combine == "all" else 1 + sum(size - 1 for size in sizes)


def decisions(vary: Vary, categories: Iterable[str] = ()) -> dict[str, list[str]]:
    """For each decision the names of its options, the main analysis first.

    categories  those present in the column that `leave_out` names.
    """
    left_out = {} if vary.leave_out is None else {LEAVE_OUT: [NONE, *categories]}
    return {**vary.options(), **left_out}


def is_made(chosen: Mapping[str, str], options: Mapping[str, list[str]], combine: str) -> bool:
    """Whether a combination is one of the grid's variants: a category is only ever left out of the main analysis."""
    # ASSUME: to leave out a category asks whether one part of the responses carries the finding, and the main analysis
    # answers that; crossed with every other decision it would outnumber them all in the count of ways that agree.
    changed = [decision for decision, name in chosen.items() if name != options[decision][0]]
    return len(changed) < 2 or (combine == "all" and LEAVE_OUT not in changed)


def level_of(chosen: Mapping[str, str]) -> str:
    """The options of a variant as the level of its rows: `weighted=no, context=all`."""
    return ", ".join(f"{decision}={name}" for decision, name in chosen.items())


def options_of(level: str) -> dict[str, str]:
    """The options of a variant, read from the level of its rows."""
    pairs = (part.partition("=") for part in level.split(", "))
    return {decision: name for decision, _, name in pairs}


def main_level(its: Specification) -> str:
    """The level of the variant that is the main analysis."""
    assert its.vary is not None, "a grid has decisions"
    return level_of({decision: names[0] for decision, names in decisions(its.vary).items()})


def variant(base: Specification, its: Specification, outcome: str, chosen: Mapping[str, str]) -> Specification:
    """The specification that a variant of the main analysis `base` is."""
    assert its.vary is not None, "a grid has decisions"
    family = chosen.get("family", base.family)
    context = its.vary.context[chosen["context"]] if "context" in chosen else base.context
    factors = [chosen.get(MEASURES + factor, factor) for factor in base.factors]
    column, code = its.vary.leave_out, chosen.get(LEAVE_OUT, NONE)
    # Without a category of one variable others may have an empty one, too: nations without their country.
    present_only = [*factors, *context] if code != NONE else [v for v in base.present_only if v in context]
    reference = {
        variable: its_code
        for variable, its_code in base.reference.items()
        if variable in {*factors, *context} and not (variable == column and str(its_code) == code)
    }
    return base.model_copy(
        update={
            "family": family,
            "outcome": [chosen.get("outcome", outcome)],
            "factors": factors,
            "context": list(context),
            "present_only": present_only,
            "reference": reference,
            "samples": its.samples,
            "weighted": chosen["weighted"] == "yes" if "weighted" in chosen else base.weighted,
            "standardise": (its.standardise or base.standardise) if family == "linear" else [],
            "few_clusters_under": base.few_clusters_under if family in {"linear", "logit"} else None,
            "impute": imputation(base, chosen["imputed"]) if "imputed" in chosen else base.impute,
            "marginal_effects": False,
            "tests": None,
        }
    )


def imputation(base: Specification, option: str) -> Imputation | None:
    """How a variant imputes: as often as its option says, in all else as the main analysis does if it imputes."""
    if option == NONE:
        return None
    return base.impute.model_copy(update={"m": int(option)}) if base.impute is not None else Imputation(m=int(option))


def focal_in(chosen: Mapping[str, str], focal: str) -> str:
    """What measures a focal factor in a variant."""
    return chosen.get(MEASURES + focal, focal)


def alternatives(its: Specification) -> Iterator[dict[str, str]]:
    """The variants that differ from the main analysis in one decision, without those that leave out a category."""
    assert its.vary is not None, "a grid has decisions"
    options = its.vary.options()
    main = {decision: names[0] for decision, names in options.items()}
    for decision, names in options.items():
        for name in names[1:]:
            yield {**main, decision: name}
