"""How near a score comes to the one that came with the data and that it works out again."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from stemcareers.config.vocabulary import Scale

Row = dict[str, object]


def differences(name: str, scale: Scale, scored: pd.DataFrame, wide: pd.DataFrame) -> Iterator[Row]:
    """Rows of one scale: the largest and the mean absolute difference to the scale it `reproduces`.

    scored, wide   the wave's scores and answers, in the same order.

    Only responses that have both scores are compared, and of these only those that `only` chooses. How many have one
    of the two alone is told as counts (level `alone:<scale>`), where there are any.
    """
    its = scale.reproduces
    if its is None:
        return
    chosen = pd.Series(True, index=wide.index)
    for item, known in its.only.items():
        chosen &= wide[item].isin(known).fillna(False).astype(bool)
    mine, given = (scored[one].to_numpy(dtype=float)[chosen.to_numpy()] for one in (name, its.scale))
    both = ~np.isnan(mine) & ~np.isnan(given)
    if both.any():
        apart = np.abs(mine - given)[both]
        known = {"term": its.scale, "unit": scale.unit, "n": int(both.sum())}
        yield known | {"quantity": "largest_difference", "estimate": float(apart.max())}
        yield known | {"quantity": "mean_difference", "estimate": float(apart.mean())}
    for one, n in ((name, int((~np.isnan(mine) & ~both).sum())), (its.scale, int((~np.isnan(given) & ~both).sum()))):
        if n:
            yield {"quantity": "count", "term": its.scale, "level": f"alone:{one}", "estimate": float(n), "n": n} | {
                "unit": "responses"
            }


def beyond(name: str, scale: Scale, rows: list[Row]) -> Iterator[str]:
    """A sentence where the largest difference is larger than the scale says it may be."""
    its = scale.reproduces
    if its is None or its.within is None:
        return
    for row in rows:
        if row["quantity"] == "largest_difference" and row["estimate"] > its.within:
            yield (
                f"{name}.reproduces: differs from '{its.scale}' by up to {row['estimate']:.4g} {scale.unit} in "
                f"{row['n']:,} responses, more than {its.within:g}; look at method, items, reversed and parameters"
            )
