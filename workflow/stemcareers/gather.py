"""Put tables of one contract together."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def tables(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """The rows of all parts, one after the other. All parts have the columns of the first."""
    filled = [part for part in parts if len(part)] or list(parts[:1])
    return pd.concat(filled, ignore_index=True)
