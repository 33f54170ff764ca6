"""How precise a number is for its n: the design effect, and the size of an equally precise simple random sample."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stemcareers.estimate.rows import MISSING, Case, Named, Row, not_estimated
from stemcareers.inference import Result

NO_VARIANCE = "no variance is seen where all have the same answer"


def precision(case: Case, rows: Sequence[Row], result: Result) -> list[Row]:
    """Rows of quantity `design_effect` and `effective_n`, two beside each row of a result."""
    # ASSUME: weights that add up to more than the sample stand for a population, and precision is compared with that
    # of a simple random sample drawn from it without replacement, as in R's survey; for other weights, with it.
    replacement = ~(result.share_sampled < 1)
    effects = np.where(replacement, result.design_effect(replacement=True), result.design_effect())
    found: list[Row] = []
    for row, effect, n in zip(rows, effects, result.n, strict=True):
        if not (np.isfinite(effect) and effect > 0):
            names = [_named(row, "design_effect", "ratio"), _named(row, "effective_n", "responses")]
            found += not_estimated(case, names, NO_VARIANCE)
            continue
        known = {**row, **MISSING}
        found.append({**known, "quantity": "design_effect", "unit": "ratio", "estimate": float(effect)})
        found.append({**known, "quantity": "effective_n", "unit": "responses", "estimate": float(n / effect)})
    return found


def _named(row: Row, quantity: str, unit: str) -> Named:
    return Named(quantity, str(row["term"]), str(row["level"]), str(row["role"]), unit, 0)
