"""Student's t and F from the incomplete beta function, accurate far into the tails.

Nothing here imports `scipy.stats`, whose import takes longer than most of the models it would serve.
"""

from __future__ import annotations

import numpy as np


def t_quantile(probability: float, df: np.ndarray | float) -> np.ndarray:
    """The quantile of t; NaN where df is not positive, the normal's where it is infinite."""
    from scipy.special import ndtri, stdtrit

    df = np.asarray(df, dtype=float)
    with np.errstate(invalid="ignore"):
        quantile = np.where(df > 0, stdtrit(np.where(df > 0, df, 1.0), probability), np.nan)
    return np.where(np.isinf(df), ndtri(probability), quantile)


def t_two_sided(t: np.ndarray, df: np.ndarray | float) -> np.ndarray:
    """The probability of a t at least this far from zero; NaN where df is not positive."""
    from scipy.special import betainc, erfc

    t, df = np.broadcast_arrays(np.asarray(t, dtype=float), np.asarray(df, dtype=float))
    finite = np.where((df > 0) & np.isfinite(df), df, 1.0)
    p = np.where(df > 0, betainc(finite / 2, 0.5, finite / (finite + t * t)), np.nan)
    return np.where(np.isinf(df), erfc(np.abs(t) / np.sqrt(2)), p)


def f_upper(statistic: float, df: float, ddf: float) -> float:
    """The probability of an F at least this large; NaN where a df is not positive.

    The chi-square's, over its df, where `ddf` is infinite.
    """
    from scipy.special import betainc, chdtrc

    if not (df > 0 and ddf > 0):
        return float("nan")
    if statistic <= 0:
        return 1.0
    if np.isinf(ddf):
        return float(chdtrc(df, statistic * df))
    return float(betainc(ddf / 2, df / 2, ddf / (ddf + df * statistic)))
