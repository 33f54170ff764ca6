"""Set every number that a study's reports printed beside the estimate made here."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from stemcareers.compare import verdict as judged
from stemcareers.compare.found import PERCENT, NotComputed, estimate
from stemcareers.compare.place import place
from stemcareers.compare.single import score_of_one
from stemcareers.config import StudyConfig
from stemcareers.config.published import DEVIATION, ESTIMATED_AS, PLACE, SINGLE_SCORE, Published
from stemcareers.contracts import COMPARED

SCALED = ("rebuilt", "ci_low", "ci_high", "difference")
CANNOT = "cannot be computed"
PER_CENT = {PERCENT, "percentage points"}  # units that probabilities, and differences between them, are turned into


def published(config: StudyConfig, estimates: pd.DataFrame, confidence_level: float) -> pd.DataFrame:
    """A row of COMPARED for every number of the study's published.csv.

    estimates         all of the study (ESTIMATES); nothing else is read, so nothing withheld is told.
    confidence_level  of the intervals, for the one that a published base gives.
    """
    rows = [_row(config, name, number, estimates, confidence_level) for name, number in config.published.items()]
    return COMPARED.conform(pd.DataFrame(rows, columns=[column.name for column in COMPARED.columns]))


def _row(
    config: StudyConfig, name: str, number: Published, estimates: pd.DataFrame, confidence_level: float
) -> dict[str, Any]:
    row = {
        "study": config.id,
        "id": name,
        "question": number.question,
        "answer": number.answer or "",
        "published": number.value,
        "unit": number.unit,
        "base_n": number.base_n,
        "source": number.where,
        "address": number.address or "",
        "note": number.note or "",
        "item": number.item or "",
        "level": number.level or "",
        "term": number.term or number.item or "",
    }
    if number.quantity == SINGLE_SCORE:
        # Of a real school, whatever the study's own answers are.
        of_one = score_of_one(config, number)
        return row | _nothing() | of_one | {"quantity": SINGLE_SCORE, "synthetic": False}
    try:
        found = estimate(config, number, estimates)
    except NotComputed as why:
        return {**row, "verdict": CANNOT, "because": str(why), "synthetic": config.synthetic} | _nothing()
    factor = _factor(number, found)
    rebuilt, low, high = (factor * float(found[column]) for column in ("estimate", "ci_low", "ci_high"))
    if number.quantity == DEVIATION:
        rebuilt, low, high = (math.sqrt(max(variance, 0.0)) for variance in (rebuilt, low, high))
    if number.quantity == PLACE:
        rebuilt, low, high = place(found, estimates, config)
    interval = None if pd.isna(low) or pd.isna(high) else (low, high)
    said, because = judged.verdict(number.value, rebuilt, interval, _base(number, found, confidence_level))
    if (within := _tolerance(config, number)) is not None:
        said, because = judged.of_scores(rebuilt, within)
    return row | {
        "specification": found["specification"],
        "sample": found["sample"],
        "quantity": number.quantity if number.quantity in ESTIMATED_AS else found["quantity"],
        "term": found["term"],
        "rebuilt": rebuilt,
        "ci_low": low,
        "ci_high": high,
        "n": found["n"],
        "difference": rebuilt - float(number.value),
        "verdict": said,
        "because": because,
        "synthetic": bool(found["synthetic"]),
    }


def _nothing() -> dict[str, Any]:
    return {"specification": "", "sample": "", "quantity": "", "n": None} | dict.fromkeys(SCALED, float("nan"))


def _factor(number: Published, found: pd.Series) -> float:
    """What an estimate is multiplied by to be in the unit of the number: probabilities become per cent."""
    return 100.0 if number.unit in PER_CENT and found["unit"] == "probability" else 1.0


def _tolerance(config: StudyConfig, number: Published) -> float | None:
    """How far scores that are worked out again may lie from those that came with the data, where the scale says so."""
    scale = config.scales.get(number.item or "")
    if number.quantity != "largest_difference" or scale is None or scale.reproduces is None:
        return None
    return scale.reproduces.within


def _base(number: Published, found: pd.Series, confidence_level: float) -> judged.Interval | None:
    """The interval that the published base gives a published share, in per cent."""
    share = float(number.value) / 100
    if found["quantity"] != "share" or not number.base_n or not 0 <= share <= 1:
        return None
    low, high = judged.of_share(share, number.base_n, confidence_level)
    return 100 * low, 100 * high
