"""What estimators ask of a frame's columns: that they are there, and that they hold numbers or categories."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean


def require_columns(frame: pd.DataFrame, columns: Iterable[str]) -> None:
    """Raise a Problem that names every column that is not there once, under a name that is text."""
    known = [column for column in frame.columns if isinstance(column, str)]
    columns = list(columns)
    wrong = [f"{column!r} is no name of a column: names are text" for column in columns if not isinstance(column, str)]
    for column in dict.fromkeys(column for column in columns if isinstance(column, str)):
        if column not in known:
            wrong.append(f"{column!r} is not a column{did_you_mean(column, known)}")
        elif known.count(column) > 1:
            wrong.append(f"{column!r} is the name of {known.count(column)} columns: rename them, or keep one")
    if wrong:
        raise Problem("frame", *wrong)


def as_names(columns: str | Iterable[str]) -> tuple[str, ...]:
    """One name, or several, as a tuple."""
    if isinstance(columns, str) or not isinstance(columns, Iterable):
        return (columns,)
    return tuple(columns)


def is_numeric(column: pd.Series) -> bool:
    """True for numbers and true-false; false for text and for categories, whatever these hold."""
    return pd.api.types.is_numeric_dtype(column.dtype)


def numbers(column: pd.Series, infinite: bool = False) -> np.ndarray:
    """The floats of a column, NaN where missing; a Problem where it holds something other than numbers.

    infinite  whether infinite values will do.
    """
    if not is_numeric(column) or pd.api.types.is_complex_dtype(column.dtype):
        raise Problem(f"column {column.name!r}", f"holds {column.dtype} values, where numbers are due")
    values = column.to_numpy(dtype=float, na_value=np.nan)
    if not infinite and (bad := int(np.isinf(values).sum())):
        raise Problem(
            f"column {column.name!r}",
            f"is infinite in {bad} of {len(values)} rows. Give the number that is meant, or a missing value",
        )
    return values


def text(value: object) -> str:
    """What a category is called: '1' for 1 and for 1.0."""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def codes(columns: list[pd.Series], rows: int) -> np.ndarray:
    """(rows,) codes 0.. of the combinations of several columns without missing values; all 0 without columns."""
    crossed = np.zeros(rows, dtype=np.int64)
    for column in columns:
        crossed = pairs(crossed, pd.factorize(column)[0])
    return crossed


def pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Codes 0.. of the pairs of two arrays of codes, in order of appearance."""
    return pd.factorize(first.astype(np.int64) * (int(second.max(initial=0)) + 1) + second)[0]


def first_rows(codes: np.ndarray) -> np.ndarray:
    """The first row in which each code stands."""
    rows = np.empty(codes.max(initial=-1) + 1, dtype=np.intp)
    rows[codes[::-1]] = np.arange(len(codes))[::-1]
    return rows


def categories(column: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Codes (-1 where missing) and names of a column's levels.

    Levels come in the column's own order where it is categorical, else sorted.
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), [text(level) for level in column.cat.categories]
    coded, levels = pd.factorize(column, sort=True)
    return coded, [text(level) for level in levels]
