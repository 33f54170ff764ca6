"""Weights that meet known totals of the population."""

from __future__ import annotations

import pandas as pd

from stemcareers.config.calibration import Calibration
from stemcareers.config.population import Population
from stemcareers.errors import Problem
from stemcareers.inference import Design
from stemcareers.inference.weighting import meet, population_table


def calibrated(
    table: pd.DataFrame, wide: pd.DataFrame, calibration: Calibration, population: Population, where: str
) -> pd.DataFrame:
    """The table (WEIGHTED) with weights that meet the totals, and those before as `weight_before`.

    wide        the items of the same responses (WIDE).
    population  totals by margin and level; of a number, under the level NUMBER, its sum.
    where       the wave's file, as a Problem names it.

    Raises a Problem where an item of a margin was not asked or not answered, a level has no total or no responses, or
    the totals cannot be met.
    """
    if absent := [item for item in calibration.items() if item not in wide]:
        raise Problem(where, *(f"design.calibrate.margins: '{item}' was not asked in this wave" for item in absent))
    frame = table[["response", "weight"]].merge(
        wide[["response", *calibration.items()]], on="response", how="left", validate="1:1"
    )
    rows = [(margin, level, total) for margin in calibration.margins for level, total in population[margin].items()]
    try:
        known = population_table(pd.DataFrame(rows, columns=["margin", "level", "total"]))
        met = meet(Design(weight="weight").on(frame), calibration.method, known, calibration.limits())
    except Problem as problem:
        raise Problem(where, *(f"design.calibrate: {problem.where}: {wrong}" for wrong in problem.wrong)) from None
    return table.assign(weight=met.all_weights, weight_before=table["weight"])
