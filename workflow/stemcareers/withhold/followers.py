"""Rows that say how precise another number is: they are shown with it, and hidden with it for the same reason."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stemcareers.config.described import PRECISE

PRECISION = ("design_effect", "effective_n")
KEY = ["study", "specification", "sample", "outcome", "term", "level"]


def leaders(table: pd.DataFrame) -> np.ndarray:
    """For every row the place of the row whose precision it tells; its own place where it tells none."""
    places = np.arange(len(table))
    follows = table["quantity"].isin(PRECISION).to_numpy()
    leads = table.loc[table["quantity"].isin(PRECISE).to_numpy(), KEY].drop_duplicates()
    first = pd.Series(leads.index, index=pd.MultiIndex.from_frame(leads))
    found = first.reindex(pd.MultiIndex.from_frame(table.loc[follows, KEY])).to_numpy(dtype=float)
    places[follows] = np.where(np.isnan(found), places[follows], found).astype(int)
    return places
