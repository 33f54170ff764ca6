"""Put the waves of a study into one table for analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from stemcareers import contracts
from stemcareers.config.wave import Wave


@dataclass(frozen=True)
class Part:
    """One wave: its answers (WIDE), scores (SCORED) and weights (WEIGHTED), and what the wave says of itself."""

    wide: pd.DataFrame
    scores: pd.DataFrame
    weights: pd.DataFrame
    wave: Wave


def waves(parts: Mapping[str, Part]) -> pd.DataFrame:
    """One row per response of any wave (contract POOLED): items, scales and design.

    parts   wave id: the wave.

    A stratum or cluster belongs to its wave: `2024:north`. Schools keep their name where they are the clusters of
    all waves, so that a school that answered twice is one cluster; their strata do too, if every school is in the
    same stratum each time.
    """
    frames = {name: _wave(name, part) for name, part in parts.items()}
    panel = all(part.wave.design.cluster == "school" for part in parts.values())
    same_strata = panel and _is_panel_in_fixed_strata(list(frames.values()))
    for name, frame in frames.items():
        if not panel:
            frame["cluster"] = name + ":" + frame["cluster"]
        if not same_strata:
            frame["stratum"] = name + ":" + frame["stratum"]
    _refuse_other_types(frames)
    pooled = pd.concat(frames.values(), ignore_index=True)
    return contracts.POOLED.conform(pooled)


def _wave(name: str, part: Part) -> pd.DataFrame:
    """One wave in one table; each response stands once in each of its three."""
    joined = part.wide.merge(part.scores, on="response", validate="1:1").merge(
        part.weights, on="response", validate="1:1"
    )
    if not len(joined) == len(part.wide) == len(part.scores) == len(part.weights):
        raise contracts.ContractBroken(f"pooled: the tables of wave {name} hold different responses")
    return joined.assign(wave=name, synthetic=part.wave.synthetic, lonely=part.wave.design.lonely)


def _is_panel_in_fixed_strata(frames: list[pd.DataFrame]) -> bool:
    """Whether some schools answered in several waves, and all schools and strata are the same in each.

    # ASSUME: only then do two waves share their strata; otherwise each wave drew its own sample.
    """
    together = pd.concat([f[["wave", "cluster", "stratum", "population"]] for f in frames]).drop_duplicates()
    again = (together.groupby("cluster")["wave"].nunique() > 1).any()
    one_stratum = (together.groupby("cluster")["stratum"].nunique() == 1).all()
    one_population = (together.groupby("stratum")["population"].nunique(dropna=False) == 1).all()
    return bool(again and one_stratum and one_population)


def _refuse_other_types(frames: Mapping[str, pd.DataFrame]) -> None:
    types: dict[str, tuple[str, str]] = {}
    for name, frame in frames.items():
        for column, dtype in frame.dtypes.items():
            first, usual = types.setdefault(str(column), (name, str(dtype)))
            if str(dtype) != usual:
                raise contracts.ContractBroken(
                    f"pooled: column '{column}' is {usual} in wave {first} and {dtype} in wave {name}"
                )
