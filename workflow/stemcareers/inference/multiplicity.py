"""p-values adjusted for the number of tests in a declared family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def holm(p_values: Sequence[float]) -> np.ndarray:
    """(m,) p-values that keep the chance of any false positive in the family at the level they are held against.

    Missing values are no tests: they stay missing and do not count.
    Source: Holm (1979), A simple sequentially rejective multiple test procedure, Scand. J. Statist. 6, 65-70.
    """
    return _stepwise(p_values, lambda p, m: np.maximum.accumulate(p * (m - np.arange(m))))


def benjamini_hochberg(p_values: Sequence[float]) -> np.ndarray:
    """(m,) p-values that keep the expected share of false positives among positives at the level.

    Missing values are no tests. Source: Benjamini & Hochberg (1995), J. R. Statist. Soc. B 57, 289-300.
    """
    return _stepwise(p_values, lambda p, m: np.minimum.accumulate((p * m / np.arange(1, m + 1))[::-1])[::-1])


def _stepwise(p_values: Sequence[float], rule) -> np.ndarray:
    p = np.asarray(p_values, dtype=float)
    adjusted = np.full(p.shape, np.nan)
    tests = np.flatnonzero(~np.isnan(p))
    order = tests[np.argsort(p[tests], kind="stable")]
    if len(order):
        adjusted[order] = np.minimum(rule(p[order], len(order)), 1.0)
    return adjusted
