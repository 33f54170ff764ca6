"""Weights held within bounds."""

from __future__ import annotations

import pandas as pd

from stemcareers import contracts
from stemcareers.config.trimming import Trim
from stemcareers.errors import Problem
from stemcareers.inference import Design
from stemcareers.inference.trimming import trim

REDISTRIBUTE = {"equally": "equally", "in_proportion": "in proportion"}


def trimmed(table: pd.DataFrame, its: Trim, where: str) -> pd.DataFrame:
    """The table (WEIGHTED) with weights within bounds that add up to what they did, and the others as
    `weight_untrimmed`. Replicate weights keep their ratio to the weight.

    where   the wave's file, as a Problem names it.

    Bounds are multiples of the median, or mean, of the weights of everybody who was drawn. Raises a Problem where no
    weights within the bounds add up to the same.
    """
    before = table["weight"]
    lower, upper = its.bounds(float(before.median()), float(before.mean()))
    try:
        survey = trim(Design(weight="weight").on(table), lower, upper, redistribute=REDISTRIBUTE[its.redistribute])
    except Problem as problem:
        raise Problem(where, *(f"design.trim: {problem.where}: {wrong}" for wrong in problem.wrong)) from None
    replicates = [name for name in table if name.startswith(contracts.REPLICATE)]
    scaled = table[replicates].mul(survey.all_weights / before, axis=0)
    return table.assign(
        weight=survey.all_weights, weight_untrimmed=before, **{name: scaled[name] for name in replicates}
    )
