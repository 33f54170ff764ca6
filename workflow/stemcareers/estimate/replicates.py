"""Replicate weights of the pooled waves: those that came with the data, or made of the pooled clusters and strata."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from stemcareers.config.replicates import KINDS
from stemcareers.errors import Problem
from stemcareers.inference import Replicates, Survey

SAID = "replicates"


def are_given(pooled: pd.DataFrame) -> bool:
    """Whether replicate weights came with the data."""
    return any(said["make"] is None for said in _said(pooled))


def given(pooled: pd.DataFrame) -> Replicates:
    """The replicate weights of all waves; what the squares of a wave's replicates count, it says itself.

    The frame they are read from holds them as factors of the weight.
    """
    squares: dict[str, float] = {}
    several = _said(pooled)
    for said in several:
        one = Replicates(
            said["columns"],
            KINDS[said["kind"]],
            rho=said["rho"],
            scale=said["scale"],
            rscales=said["rscales"] or None,
            centre=said["centre"],
        )
        squares |= dict(zip(one.columns, one.multipliers, strict=True))
    first = several[0]
    return Replicates(
        tuple(squares),
        KINDS[first["kind"]],
        rho=first["rho"],
        scale=1.0,
        rscales=tuple(squares.values()),
        centre=first["centre"],
        combined=False,
    )


def made(survey: Survey, pooled: pd.DataFrame, seed: int | None) -> Survey:
    """The survey with the replicate weights its waves ask to have made; itself where they ask for none."""
    several = _said(pooled)
    if not several:
        return survey
    said = several[0]
    return survey.replicated(
        KINDS[said["make"]], rho=said["rho"], centre=said["centre"], replicates=said["times"] or 0, seed=seed
    )


def _said(pooled: pd.DataFrame) -> list[dict[str, Any]]:
    """What the waves say of their replicate weights, each different saying once, by first column.

    Raises a Problem where they say different things of what must be the same.
    """
    if SAID not in pooled:
        return []
    several = sorted((json.loads(text) for text in pooled[SAID].unique()), key=lambda said: said["columns"][:1])
    same = ("make", "kind", "rho", "centre", "times")
    if len({tuple(said[key] for key in same) for said in several}) > 1:
        raise Problem(
            "design.replicates",
            f"the waves of the study differ in {' or '.join(same)}; waves that are pooled need the same",
        )
    return several
