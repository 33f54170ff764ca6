"""Columns of an export that say how responses were sampled: text, and the numbers in it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stemcareers import contracts
from stemcareers.config.meaning import number, squeezed


def text(cleaned: pd.DataFrame, column: str) -> pd.Series:
    """A column of the export as it stands."""
    return cleaned[contracts.EXPORTED + column]


def numbers(cleaned: pd.DataFrame, column: str) -> np.ndarray:
    """A column as floats, NaN where it is blank or no number; each different text is read once."""
    codes, texts = pd.factorize(text(cleaned, column))
    values = [number(squeezed(one)) for one in texts]
    return np.array([*(np.nan if v is None else v for v in values), np.nan])[codes]


def remedy(absent: int, n: int) -> str:
    """What to do about responses in which a column of numbers is blank or no number."""
    if absent == n:
        return "say under export how its numbers are written (decimal, thousands), or name another column"
    return "leave these responses out under keep_if, with the reason"


def exported(cleaned: pd.DataFrame) -> list[str]:
    """The columns of the export that are there."""
    return [c.removeprefix(contracts.EXPORTED) for c in cleaned.columns if c.startswith(contracts.EXPORTED)]
