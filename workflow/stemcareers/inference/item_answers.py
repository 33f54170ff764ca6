"""The answers to a set of items, read once for every psychometric function; what is left out is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean

MISSING_RULES = ("complete", "pairwise")


@dataclass(frozen=True)
class ItemAnswers:
    """The answers that an analysis may use: one row per row of the frame, in its order.

    items     column names, k of them.
    values    n x k floats, NaN where unanswered.
    answered  n x k booleans: the answers that count. Under `complete`, only those of rows that answered every
              item; under `pairwise`, every answer. Rows with weight 0 never count.
    weights   n floats, 0 or more; all 1 where no weight was named.
    weighted  whether a weight was named.
    missing   "complete" or "pairwise".
    left_out  rows that do not count, by reason.
    """

    items: tuple[str, ...]
    values: np.ndarray
    answered: np.ndarray
    weights: np.ndarray
    weighted: bool
    missing: str
    left_out: dict[str, int]

    @property
    def used(self) -> np.ndarray:
        """n booleans: the rows with at least one answer that counts."""
        return self.answered.any(axis=1)

    @property
    def n(self) -> int:
        """How many rows count."""
        return int(self.used.sum())

    @property
    def complete_values(self) -> np.ndarray:
        """The rows that count, as a matrix without gaps (`complete` only)."""
        return self.values[self.used]


def read(
    frame: pd.DataFrame,
    items: Sequence[str],
    *,
    weight: str | None = None,
    missing: str = "complete",
    at_least: int = 2,
    where: str = "items",
) -> ItemAnswers:
    """The answers to `items` in `frame`, checked: numbers, enough items, no constant item, usable weights.

    frame     one row per response; <NA> or NaN where unanswered.
    weight    a column of the frame: 0 or more, never missing (0 leaves the row out).
    missing   "complete" leaves out rows with any item unanswered; "pairwise" keeps every answer.
    at_least  the fewest items the analysis can do with.
    where     how a Problem names the place, e.g. the id of the scale.

    Raises a Problem that tells everything that is wrong with the items at once.
    """
    items = tuple(items)
    if missing not in MISSING_RULES:
        raise Problem(where, f"missing is '{missing}', but must be one of: {', '.join(MISSING_RULES)}")
    _refuse_bad_columns(frame, items, weight, at_least, where)
    values = as_floats(frame, items)
    weights = np.ones(len(frame)) if weight is None else read_weights(frame, weight, where)
    answered, left_out = _counted(values, weights, missing)
    answers = ItemAnswers(items, values, answered, weights, weight is not None, missing, left_out)
    _refuse_constant(answers, where)
    return answers


def as_floats(frame: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Columns of numbers as an n x k float matrix, NaN where missing (nullable types included)."""
    return np.column_stack([frame[column].to_numpy(dtype=float, na_value=np.nan) for column in columns])


def read_weights(frame: pd.DataFrame, weight: str, where: str = "items") -> np.ndarray:
    """One float per row, 0 or more; a Problem where one is missing, negative or infinite, or all are 0."""
    if weight not in frame.columns:
        raise Problem(where, f"weight '{weight}' is not a column{did_you_mean(weight, frame.columns)}")
    weights = frame[weight].to_numpy(dtype=float, na_value=np.nan)
    wrong = []
    if (bad := int((~np.isfinite(weights)).sum())) > 0:
        wrong.append(f"weight '{weight}' is missing or infinite in {bad:,} of {len(weights):,} rows")
    if (bad := int((weights < 0).sum())) > 0:
        wrong.append(f"weight '{weight}' is negative in {bad:,} of {len(weights):,} rows")
    if not wrong and not weights.any():
        wrong.append(f"weight '{weight}' is 0 in every row")
    if wrong:
        raise Problem(where, *wrong)
    return weights


def check_level(level: float, where: str) -> None:
    """A Problem where a confidence level is not a share."""
    if not 0 < level < 1:
        raise Problem(where, f"level is {level:g}, but a confidence level lies between 0 and 1, such as 0.95")


def _refuse_bad_columns(
    frame: pd.DataFrame, items: tuple[str, ...], weight: str | None, at_least: int, where: str
) -> None:
    """A Problem where the columns are not what an analysis of items needs."""
    wrong = []
    if len(items) < at_least:
        wrong.append(f"{len(items)} item(s) given ({', '.join(items)}), but at least {at_least} are needed")
    for item in dict.fromkeys(items):
        if items.count(item) > 1:
            wrong.append(f"item '{item}' is given {items.count(item)} times")
        if item not in frame.columns:
            wrong.append(f"item '{item}' is not a column{did_you_mean(item, frame.columns)}")
        elif (columns := list(frame.columns).count(item)) > 1:
            wrong.append(f"item '{item}' is the name of {columns} columns")
        elif not pd.api.types.is_numeric_dtype(frame[item]):
            wrong.append(f"item '{item}' holds {frame[item].dtype}, not numbers")
        elif np.isinf(frame[item].to_numpy(dtype=float, na_value=np.nan)).any():
            wrong.append(f"item '{item}' holds infinite values")
    if weight is not None and weight in items:
        wrong.append(f"'{weight}' is given as an item and as the weight")
    if wrong:
        raise Problem(where, *wrong)


def _counted(values: np.ndarray, weights: np.ndarray, missing: str) -> tuple[np.ndarray, dict[str, int]]:
    """Which answers count (n x k), and how many rows do not, by reason (each row has one reason)."""
    observed = ~np.isnan(values)
    none, some = ~observed.any(axis=1), ~observed.all(axis=1)
    no_weight = weights == 0
    left_out = {"weight 0": int(no_weight.sum()), "no item answered": int((none & ~no_weight).sum())}
    if missing == "complete":
        left_out["some items unanswered"] = int((some & ~none & ~no_weight).sum())
        observed = observed & ~some[:, None]
    return observed & ~no_weight[:, None], left_out


def _refuse_constant(answers: ItemAnswers, where: str) -> None:
    """A Problem naming every item that has no answer, or only one, among the answers that count."""
    wrong = []
    if answers.n < 3:
        reasons = ", ".join(f"{count:,} left out: {why}" for why, count in answers.left_out.items() if count)
        wrong.append(
            f"only {answers.n} of {len(answers.values):,} rows can be used"
            + (f" ({reasons})" if reasons else "")
            + "; at least 3 are needed"
        )
    else:
        for j, item in enumerate(answers.items):
            column = answers.values[answers.answered[:, j], j]
            if column.size == 0:
                wrong.append(f"item '{item}' was answered by nobody")
            elif column.min() == column.max():
                wrong.append(
                    f"item '{item}' is constant: all {column.size:,} answers used are {column[0]:g}, "
                    "so it cannot vary with the others; leave it out"
                )
    if wrong:
        raise Problem(where, *wrong)
