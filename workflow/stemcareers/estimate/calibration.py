"""Weights that were made to meet known totals: the survey is calibrated again, so that its variances know it."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from stemcareers.config.calibration import CROSSED
from stemcareers.config.samples import WAVE
from stemcareers.inference import Survey
from stemcareers.inference.weighting import meet

SAID, CELL = "calibrated", "calibrated_"


def weights_before(pooled: pd.DataFrame) -> pd.Series:
    """The weights that calibration started from; the weights themselves where there was none."""
    return pooled["weight_before"] if "weight_before" in pooled else pooled["weight"]


def cells(pooled: pd.DataFrame) -> dict[str, pd.Series]:
    """For each margin the cell of every response, in its wave: each wave met the totals of its own population."""
    found = {}
    for place, margin in enumerate(_said(pooled).get("margins", [])):
        parts = [pooled[item].astype("string") for item in margin.split(CROSSED)]
        found[f"{CELL}{place}"] = pooled[WAVE].astype("string").str.cat(parts, sep=CROSSED)
    return found


def calibrated(survey: Survey, pooled: pd.DataFrame, weighted: bool) -> Survey:
    """The survey with its weights calibrated as in the pooled waves; itself where nothing was, or weights are aside.

    The totals are those of the weights, which met the population's. Replicate weights are calibrated one by one.
    """
    said = _said(pooled)
    if not said or not weighted:
        return survey
    totals = {name: pooled.groupby(cell)["weight"].sum().to_dict() for name, cell in cells(pooled).items()}
    return meet(survey, said["method"], totals)


def _said(pooled: pd.DataFrame) -> dict[str, Any]:
    return json.loads(pooled[SAID].iloc[0]) if SAID in pooled else {}
