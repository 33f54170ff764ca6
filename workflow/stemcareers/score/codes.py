"""What the codes of a scale's items mean, in order from the least to the most of its construct."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from stemcareers.config.vocabulary import AnswerSet, Item, Scale

ROUNDING = 1e-9  # 2 of 3 items are two thirds, however the share is written as a float


def enough(answered: np.ndarray, scale: Scale) -> np.ndarray:
    """Whether so many answered items (n,) are as many as the scale asks for, and one at least."""
    return (answered > 0) & (answered + ROUNDING >= scale.answered_at_least * len(scale.items))


def in_order(scale: Scale, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]) -> dict[str, tuple[int, ...]]:
    """Per item its codes from the least to the most: by size, backwards for a reversed item."""
    return {
        item: tuple(sorted(answers[items[item].answers].codes, reverse=item in scale.reversed)) for item in scale.items
    }


def steps(values: pd.Series, codes: tuple[int, ...]) -> np.ndarray:
    """The place of each answer among its codes (0, 1, ...) as floats, NaN where unanswered."""
    place = {code: float(number) for number, code in enumerate(codes)}
    return np.array([place.get(value, np.nan) for value in values.to_numpy(dtype=float, na_value=np.nan)])
