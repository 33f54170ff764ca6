"""The place of a share among those of the same specification, such as that of a barrier among all barriers."""

from __future__ import annotations

import pandas as pd

from stemcareers.config import StudyConfig

PARTS = " - "  # between a question and the option or statement that an item is about


def place(found: pd.Series, estimates: pd.DataFrame, config: StudyConfig) -> tuple[float, float, float]:
    """The place of an estimate, 1 for the largest, and the best and the worst place it may have.

    found      the estimate's row.
    estimates  all of the study; the place is among the outcomes of the same specification and sample, for the same
               answer. What is withheld has no place and takes none.
    config     of the study: an option of a question (`Which barriers? - Time`) has its place among the options of
               that question, whatever else the specification describes.

    Where intervals overlap the order of two is not settled: the best place comes after those whose whole interval is
    above, the worst one before those whose whole interval is below. This is cautious: intervals of two shares may
    overlap a little though the shares differ.
    """
    same = ["specification", "sample", "quantity", "level"]
    others = estimates[(estimates[same] == found[same]).all(axis=1) & estimates["withheld"].eq("")]
    others = others[others["outcome"].ne(found["outcome"])]
    if question := _question(config, str(found["outcome"])):
        others = others[[_question(config, str(outcome)) == question for outcome in others["outcome"]]]
    above = int((others["estimate"] > found["estimate"]).sum())
    surely = int((others["ci_low"] > found["ci_high"]).sum())
    surely_below = int((others["ci_high"] < found["ci_low"]).sum())
    return 1.0 + above, 1.0 + surely, 1.0 + len(others) - surely_below


def _question(config: StudyConfig, outcome: str) -> str:
    """The words of the question that an item is an option of; empty where it is none."""
    item = config.items.get(outcome)
    return item.wording.rpartition(PARTS)[0] if item else ""
