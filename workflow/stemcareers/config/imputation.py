"""`impute:` of a specification: how missing answers are drawn several times, from all else that was answered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from stemcareers.config.entry import Entry
from stemcareers.config.families import MODELS
from stemcareers.config.grouping import SCHOOL
from stemcareers.config.plain import ColumnId

if TYPE_CHECKING:
    from stemcareers.config.specification import Specification
    from stemcareers.config.vocabulary import AnswerSet, Scale

# Whose outcome is all there is: imputed answers to it stay, and other variables must tell what they are.
DESCRIBES = ("mean", "share", "total", "ratio", "quantile", "variance", "distribution")
# Families whose numbers can be put together from completed copies, and are.
IMPUTED = (*DESCRIBES, "difference", "contrast", *MODELS)
Kind = Literal["binary", "ordered", "nominal", "numeric"]


class Imputation(Entry):
    """Multiple imputation by chained equations; its seed is the project's."""

    m: int = Field(ge=2, description="how many completed copies are made; 20 is a good start")
    iterations: int = Field(10, ge=1, description="rounds through the variables before a copy is kept")
    using: list[ColumnId] = Field(
        default_factory=list, description="items and scales that are no part of the model and tell what is missing"
    )
    kinds: dict[ColumnId, Kind] = Field(
        default_factory=dict,
        description="how a variable is drawn, where not as its answers say: two answers binary, ordered ones ordered, "
        "nominal ones nominal, numbers and scales numeric (predictive mean matching)",
    )
    keep_outcome: bool = Field(
        False,
        description="models, difference, contrast: responses whose outcome was imputed stay in; left out otherwise. "
        "Other descriptions always keep them",
    )

    def faults(self) -> Iterable[str]:
        for variable in dict.fromkeys(self.using):
            if self.using.count(variable) > 1:
                yield f"using: '{variable}' stands twice; keep one"


def faults(its: Specification) -> Iterable[str]:
    """What keeps a specification from being imputed, as far as its own file tells."""
    impute = its.impute
    if impute is None:
        return
    if its.family not in IMPUTED:
        yield f"impute: family '{its.family}' cannot be imputed; {', '.join(IMPUTED)} can"
    own = variables(its)
    for variable in impute.using:
        if variable in own:
            yield f"impute.using: '{variable}' is part of the specification, and predicts as such; take it out"
    for variable in impute.kinds:
        if variable not in [*own, *impute.using]:
            yield f"impute.kinds.{variable}: is neither part of the specification nor under 'using'"
    if its.precision:
        yield "impute: what was imputed tells no design effect; take out 'precision' or 'impute'"
    if its.family in DESCRIBES and its.family != "ratio" and not impute.using:
        yield (
            f"impute.using: is missing; a {its.family} has no other variable that tells what was not answered, so name "
            "some that do"
        )
    if impute.keep_outcome and its.family in DESCRIBES:
        yield f"impute.keep_outcome: a {its.family} always keeps imputed answers to its outcome; take the key out"
    if its.slopes:
        yield (
            "impute: equations with one slope for all would draw groups together whose slopes vary; take out 'slopes' "
            "or 'impute'"
        )
    if its.group == SCHOOL:
        yield "impute: the equations cannot tell schools apart; take an item as the group, or take out 'impute'"


def variables(its: Specification) -> list[str]:
    """What is part of a specification: its outcomes, what explains or divides them, what names groups."""
    one = [name for name in (its.denominator, its.group) if name is not None]
    return list(dict.fromkeys([*its.outcome, *its.factors, *its.context, *its.between, *one]))


def kinds(answers: AnswerSet | None, scale: Scale | None) -> tuple[Kind, ...]:
    """How an item, or else a scale, can be drawn; the first is how it is unless a specification says otherwise."""
    # ASSUME: a scale without a score is imputed as the number it is, by the score of a response much like it, and not
    # item by item: fewer equations, and only scores that occur. The answers it has are not used for that.
    if scale is not None:
        return ("binary",) if scale.method == "indicator" else ("numeric",)
    if answers is None or not answers.is_categorical:
        return ("numeric",)
    if len(answers.codes) == 2:
        return ("binary", "nominal")
    return ("ordered", "nominal") if answers.kind == "ordered" else ("nominal",)
