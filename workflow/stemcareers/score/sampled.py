"""How the responses of a wave were drawn, for intervals of what they tell of a scale.

Reliability is told of the answers as they came, so every response counts once; strata and clusters count as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stemcareers import contracts
from stemcareers.config.replicates import KINDS
from stemcareers.config.wave import WaveDesign

if TYPE_CHECKING:
    from stemcareers.inference import Survey

ONCE = "counted once"


def survey(wide: pd.DataFrame, weights: pd.DataFrame | None, design: WaveDesign | None) -> Survey:
    """The responses of `wide`, in its order, each counted once, as a survey: with strata, clusters and stages, finite
    populations or replicate weights, where the wave has them.

    weights  the wave's WEIGHTED table. Without it, or without a design, every response was drawn by itself.

    Replicate weights that are to be made are left to estimates of the pooled waves: here their clusters and strata do.
    """
    from stemcareers.inference import Design, Replicates

    if weights is None or design is None:
        return Design(weight=ONCE).on(pd.DataFrame({ONCE: np.ones(len(wide))}))
    drawn = wide[["response"]].merge(weights, on="response", how="left", validate="1:1").assign(**{ONCE: 1.0})
    said = design.replicates
    if said is not None and said.make is None:
        columns = [name for name in drawn if name.startswith(contracts.REPLICATE)]
        drawn[columns] = drawn[columns].div(drawn["weight"], axis=0)
        given = Replicates(
            columns,
            KINDS[str(said.kind)],
            rho=said.rho,
            scale=said.scale,
            rscales=said.rscales or None,
            centre=said.centre,
            combined=False,
        )
        return Design(weight=ONCE, clusters="cluster", replicates=given).on(drawn)
    two_stages, corrected = "cluster_within" in drawn, drawn["population"].notna().any()
    return Design(
        weight=ONCE,
        strata="stratum",
        clusters=("cluster", "cluster_within") if two_stages else "cluster",
        fpc=() if not corrected else ("population", "population_within") if two_stages else "population",
        strata_within="stratum_within" if two_stages else (),
        lonely=design.lonely,
    ).on(drawn)


def with_columns(survey: Survey, columns: pd.DataFrame) -> Survey:
    """The survey with further columns in its frame, in its order of rows."""
    more = columns.set_axis(survey.frame.index)
    return replace(survey, frame=pd.concat([survey.frame.drop(columns=more.columns, errors="ignore"), more], axis=1))
