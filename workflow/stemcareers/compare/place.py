"""The place of a share among those of the same specification, such as that of a barrier among all barriers."""

from __future__ import annotations

import pandas as pd


def place(found: pd.Series, estimates: pd.DataFrame) -> tuple[float, float, float]:
    """The place of an estimate, 1 for the largest, and the best and the worst place it may have.

    found      the estimate's row.
    estimates  all of the study; the place is among the outcomes of the same specification and sample, for the same
               answer. What is withheld has no place and takes none.

    Where intervals overlap the order of two is not settled: the best place comes after those whose whole interval is
    above, the worst one before those whose whole interval is below. This is cautious: intervals of two shares may
    overlap a little though the shares differ.
    """
    same = ["specification", "sample", "quantity", "level"]
    others = estimates[(estimates[same] == found[same]).all(axis=1) & estimates["withheld"].eq("")]
    others = others[others["outcome"].ne(found["outcome"])]
    above = int((others["estimate"] > found["estimate"]).sum())
    surely = int((others["ci_low"] > found["ci_high"]).sum())
    surely_below = int((others["ci_high"] < found["ci_low"]).sum())
    return 1.0 + above, 1.0 + surely, 1.0 + len(others) - surely_below
