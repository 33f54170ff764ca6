"""`group:` and what goes with it: specifications of mixed models, whose intercept (and slopes) vary between groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stemcareers.config.specification import Specification

SCHOOL = "school"  # a column of every response, which may name the groups without being an item
KEYS = ("group", "slopes", "correlated", "method")
WEIGHTS = (
    "weighted: must be false; a mixed model has no place for one weight a row: it would need the group's and the row's "
    "within it, apart and rescaled (Rabe-Hesketh & Skrondal, 2006)"
)


def faults(its: Specification) -> Iterable[str]:
    """What does not go together in the specification of a mixed model, or of another that has its keys."""
    if its.family != "mixed":
        for key in KEYS:
            if key in its.model_fields_set:
                yield f"{key}: belongs to family 'mixed', not to '{its.family}'"
        return
    if its.weighted:
        yield WEIGHTS
    if its.group is None:
        yield "group: is missing; a mixed model needs what names its groups, for example country"
    for key in ("outcome", "factors", "context"):
        if its.group in getattr(its, key):
            yield f"group: '{its.group}' names the groups and is under '{key}' as well; keep one"
    for slope in its.slopes:
        if slope not in [*its.factors, *its.context]:
            yield f"slopes: the slope of '{slope}' varies around a fixed one; add it to the factors or the context"
    if "correlated" in its.model_fields_set and not its.slopes:
        yield "correlated: is about intercepts and slopes; name 'slopes', or take the key out"
    if its.each_alone:
        yield "each_alone: a mixed model has all its factors at once; take the key out"
