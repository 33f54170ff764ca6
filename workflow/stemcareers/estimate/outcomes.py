"""An outcome as its family needs it: categories, numbers, counts, zeros and ones, shares from 0 to 1."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stemcareers.config import Specification, Vocabulary
from stemcareers.errors import Problem

FIRST_OF_TWO = {"logit", "difference", "contrast", "ratio", "change"}
OF_CATEGORIES = {"share", "transitions", "ordered_logit", "multinomial"}


def prepared(column: pd.Series, name: str, specification: Specification, vocabulary: Vocabulary) -> pd.Series:
    """The outcome's column, one value a response, missing where unanswered.

    share, transitions  categories: the item's codes, or 0 and 1 of an indicator.
    total, association  categories as for share; scales and numbers as they stand, and so are the ones of a total.
    ordered_logit, multinomial  categories: the item's codes.
    distribution      categories: the bins of `edges`, named as in `bin_names`.
    logit             1 and 0: an indicator as it stands; of an item with two codes, 1 for the first.
    difference, contrast, ratio, change  1 and 0 in the same way; otherwise a number.
    fractional_logit  a number from 0 to 1: per cent over 100.
    any other         a number: codes as they stand.
    """
    family = specification.family
    if _in_categories(name, family, vocabulary):
        codes = [0, 1] if is_indicator(name, vocabulary) else list(vocabulary.answer_set(name).codes)
        return pd.Series(pd.Categorical(column.astype("Int64"), categories=codes), index=column.index)
    values = column.astype("float64")
    if family == "distribution":
        return _binned(values, name, specification.edges)
    if family == "fractional_logit":
        return values / whole_of(name, vocabulary)
    if is_yes_no(name, vocabulary) and family in FIRST_OF_TWO and not is_indicator(name, vocabulary):
        first = next(iter(vocabulary.answer_set(name).codes))
        return values.eq(first).astype("float64").mask(values.isna())
    return values


def _in_categories(name: str, family: str, vocabulary: Vocabulary) -> bool:
    if family == "association":
        return vocabulary.is_categorical(name) or is_indicator(name, vocabulary)
    return family in OF_CATEGORIES or (family == "total" and vocabulary.is_categorical(name))


def is_indicator(name: str, vocabulary: Vocabulary) -> bool:
    """True for a scale of zeros and ones."""
    return name in vocabulary.scales and vocabulary.scales[name].method == "indicator"


def is_yes_no(name: str, vocabulary: Vocabulary) -> bool:
    """True for an indicator and for an item with two answers."""
    return is_indicator(name, vocabulary) or (
        vocabulary.is_categorical(name) and len(vocabulary.answer_set(name).codes) == 2
    )


def whole_of(name: str, vocabulary: Vocabulary) -> float:
    """What the whole of a share is: 100 for per cent (a scale of method percent, a number from 0 to 100), else 1."""
    scale = vocabulary.scales.get(name)
    if scale is not None and scale.method != "as_given":
        return 100.0 if scale.method == "percent" else 1.0
    return 100.0 if vocabulary.answer_set(name if scale is None else scale.items[0]).high == 100 else 1.0


def bin_names(edges: list[float]) -> list[str]:
    """`[0, 10)`, ..., `[90, 100]`: each bin holds its lower edge, the last one both."""
    last = len(edges) - 2
    return [f"[{a:g}, {b:g}{']' if i == last else ')'}" for i, (a, b) in enumerate(zip(edges, edges[1:], strict=False))]


def _binned(values: pd.Series, name: str, edges: list[float]) -> pd.Series:
    bins = bin_names(edges)
    beyond = (values < edges[0]) | (values > edges[-1])
    if beyond.any():
        raise Problem(
            f"distribution of {name}",
            f"{int(beyond.sum())} values lie outside the edges {edges[0]:g} to {edges[-1]:g}; widen 'edges'",
        )
    place = np.clip(np.searchsorted(edges, values.to_numpy(), side="right") - 1, 0, len(bins) - 1)
    codes = np.where(values.isna(), -1, place)
    return pd.Series(pd.Categorical.from_codes(codes, categories=bins), index=values.index)
