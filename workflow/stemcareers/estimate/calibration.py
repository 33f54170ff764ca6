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
    """What the weights met totals of, in each wave by itself: each met those of its own population.

    For a margin of categories the cell of every response, as text; for a number one column a wave, 0 in the others.
    """
    found = {}
    for place, margin in enumerate(_said(pooled).get("margins", [])):
        if _is_number(pooled, margin):
            for wave in sorted(pooled[WAVE].unique()):
                found[f"{CELL}{place}_{wave}"] = pooled[margin].where(pooled[WAVE].eq(wave), 0.0)
            continue
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
    totals = {
        name: float(pooled["weight"] @ cell)
        if pd.api.types.is_float_dtype(cell.dtype)
        else pooled.groupby(cell)["weight"].sum().to_dict()
        for name, cell in cells(pooled).items()
    }
    return meet(survey, said["method"], totals, tuple(said["bounds"]) or None)


def _is_number(pooled: pd.DataFrame, margin: str) -> bool:
    """Whether a margin is a number: between stages codes are integers and numbers floats."""
    return margin in pooled and pd.api.types.is_float_dtype(pooled[margin].dtype)


def _said(pooled: pd.DataFrame) -> dict[str, Any]:
    return json.loads(pooled[SAID].iloc[0]) if SAID in pooled else {}
