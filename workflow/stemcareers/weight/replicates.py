"""Replicate weights that came with the data, under the same names in every wave."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stemcareers import contracts
from stemcareers.config.replicates import ReplicateWeights
from stemcareers.inference.replicates import far_from_weights
from stemcareers.weight.columns import exported, numbers, remedy


def given(cleaned: pd.DataFrame, replicates: ReplicateWeights, weights: np.ndarray, wrong: list[str]) -> pd.DataFrame:
    """Columns `replicate_001` and on: the replicate weights; factors are multiplied by `weights` (n,).

    What is wrong with the columns is added to `wrong`.
    """
    columns = replicates.among(exported(cleaned))
    values = {column: numbers(cleaned, column) for column in columns}
    faults = [fault for column, found in values.items() if (fault := _fault(found, column))]
    wrong += faults or _other_scale(np.column_stack(list(values.values())), replicates, weights)
    named = {f"{contracts.REPLICATE}{place:03d}": found for place, found in enumerate(values.values(), start=1)}
    table = pd.DataFrame(named, index=cleaned.index)
    return table if replicates.combined else table.mul(weights, axis=0)


def _other_scale(found: np.ndarray, replicates: ReplicateWeights, weights: np.ndarray) -> list[str]:
    """Whether the columns are no replicates of the weight that they stand beside."""
    part = far_from_weights(found, weights, replicates.combined)
    if part is None or not np.isfinite(part):  # weights that are none are told apart
        return []
    return [
        f"design.replicates.columns: come to {part:.3g} times the weight on average, and replicate weights come to "
        "about once; one or the other was scaled, or is that of another wave. Where they are factors of the weight, "
        "say combined: false"
    ]


def _fault(values: np.ndarray, column: str) -> str:
    n, absent, negative = len(values), int((~np.isfinite(values)).sum()), int((values < 0).sum())
    if absent:
        return (
            f"design.replicates.columns: '{column}' is blank or no number in {absent:,} of {n:,} responses; "
            f"{remedy(absent, n)}"
        )
    return f"design.replicates.columns: '{column}' is negative in {negative:,} of {n:,} responses" if negative else ""
