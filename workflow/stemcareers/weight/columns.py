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


def exported(cleaned: pd.DataFrame) -> list[str]:
    """The columns of the export that are there."""
    return [c.removeprefix(contracts.EXPORTED) for c in cleaned.columns if c.startswith(contracts.EXPORTED)]
