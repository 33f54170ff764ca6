"""What a page of measures tells of the scales of one wave: how reliable they are, how alike a school's answers."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from stemcareers import contracts
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.config.wave import WaveDesign
from stemcareers.score.consistency import reliability
from stemcareers.score.latent import Waves
from stemcareers.score.schools import agreement


def measures(
    wide: pd.DataFrame,
    scored: pd.DataFrame,
    weights: pd.DataFrame,
    scales: Mapping[str, Scale],
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    *,
    study: str,
    wave: str,
    synthetic: bool,
    confidence_level: float,
    design: WaveDesign,
    others: Waves,
) -> pd.DataFrame:
    """ESTIMATES rows of `reliability` and of `agreement`, from the wave's answers, scores and weights (WIDE, SCORED,
    WEIGHTED); others: the answers of other waves that parameters are estimated from."""
    said = {"study": study, "wave": wave, "synthetic": synthetic, "confidence_level": confidence_level}
    vocabulary = (scales, items, answers)
    parts = [
        reliability(wide, *vocabulary, **said, scored=scored, weights=weights, design=design, others=others),
        agreement(wide, scored, *vocabulary, **said),
    ]
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else contracts.ESTIMATES.empty()
