"""The stages of a sample as arrays: which cluster a row lies in, which stratum a cluster was drawn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stemcareers.errors import Problem
from stemcareers.inference.frames import codes, first_rows, numbers, pairs, text

if TYPE_CHECKING:
    from stemcareers.inference.design import Design


@dataclass(frozen=True)
class Stage:
    """One stage of sampling: clusters drawn from strata.

    cluster     (rows,) the code 0..C-1 of the cluster a row lies in.
    stratum     (C,)    the code 0..H-1 of the stratum a cluster was drawn from.
    sampled     (H,)    clusters drawn from the stratum, whether or not any of their rows is in use.
    population  (H,)    clusters there were to draw from; infinite where no correction is wanted.
    above       (H,)    share of clusters drawn at all stages above, multiplied; 1 at the first stage.
    parent      (H,)    the cluster of the stage above in which the stratum lies; 0 at the first stage.
    labels      (H,)    what messages call the stratum.
    """

    cluster: np.ndarray
    stratum: np.ndarray
    sampled: np.ndarray
    population: np.ndarray
    above: np.ndarray
    parent: np.ndarray
    labels: np.ndarray

    @property
    def share_drawn(self) -> np.ndarray:
        """(H,) the share of a stratum's clusters that was drawn; 0 where its size is infinite."""
        return self.sampled / self.population


def first_stage(design: Design, frame: pd.DataFrame) -> Stage:
    """Clusters drawn from the design's strata; every row its own cluster where none are named."""
    strata = codes([frame[column] for column in design.strata], len(frame))
    if not design.clusters:
        cluster = np.arange(len(frame))
    else:
        cluster = pd.factorize(frame[design.clusters[0]])[0]
        if design.nest:
            cluster = pairs(strata, cluster)
        else:
            _require_one_stratum_each(design, cluster, strata)
    top = np.zeros(len(frame), dtype=np.intp)
    stage = _stage(design, frame, 0, cluster, strata, np.ones(len(frame)), top)
    if len(stage.stratum) == 1 and stage.share_drawn[0] < 1 and not design.replicates:
        raise Problem("design", "there is one cluster in all, so nothing shows how clusters vary")
    return stage


def second_stage(design: Design, frame: pd.DataFrame, above: Stage) -> Stage:
    """Clusters drawn inside the first stage's; each of those is a stratum, or several."""
    inside = above.cluster
    strata = inside
    if design.strata_within:
        strata = pairs(inside, codes([frame[column] for column in design.strata_within], len(frame)))
    cluster = pairs(inside, pd.factorize(frame[design.clusters[1]])[0])
    if design.strata_within:
        cluster = pairs(strata, cluster)
    return _stage(design, frame, 1, cluster, strata, above.share_drawn[above.stratum[inside]], inside)


def _stage(
    design: Design,
    frame: pd.DataFrame,
    number: int,
    cluster: np.ndarray,
    strata: np.ndarray,
    above: np.ndarray,
    inside: np.ndarray,
) -> Stage:
    """Gather what holds per cluster and per stratum from arrays with one entry per row."""
    stratum = strata[first_rows(cluster)]
    rows = first_rows(strata)
    sampled = np.bincount(stratum, minlength=len(rows))
    labels = _labels(design, frame, number, rows)
    population = np.full(len(rows), np.inf)
    if design.fpc:
        population = _population(design, frame, number, strata, sampled, labels)
    return Stage(cluster, stratum, sampled, population, above[rows], inside[rows], labels)


def _population(
    design: Design,
    frame: pd.DataFrame,
    number: int,
    strata: np.ndarray,
    sampled: np.ndarray,
    labels: np.ndarray,
) -> np.ndarray:
    """(H,) clusters in the population of each stratum; a Problem where the fpc cannot be that."""
    column = design.fpc[number]
    given = numbers(frame[column], infinite=True)
    size = given[first_rows(strata)]
    wrong = []
    varies = np.unique(strata[given != size[strata]])
    if len(varies):
        wrong.append(
            f"fpc {column!r}: differs between the rows of {len(varies)} of {len(size)} strata "
            f"(first: {labels[varies[0]]}). It is one number for each stratum"
        )
    with np.errstate(divide="ignore"):
        population = sampled / size if _are_shares(design, frame) else size
    small = np.flatnonzero(population < sampled * (1 - 1e-12))
    if len(small):
        one = small[0]
        wrong.append(
            f"fpc {column!r}: smaller than the sample in {len(small)} of {len(size)} strata "
            f"(first: {labels[one]}, {sampled[one]} drawn of {population[one]:g}). "
            "It counts what the stage drew from: schools at a stage of schools, not pupils"
        )
    if wrong:
        raise Problem("design", *wrong)
    return population


def _are_shares(design: Design, frame: pd.DataFrame) -> bool:
    """True where the fpc columns are shares drawn, false where they are population sizes, in all stages alike."""
    return not any((numbers(frame[column], infinite=True) > 1).any() for column in design.fpc)


def _require_one_stratum_each(design: Design, cluster: np.ndarray, strata: np.ndarray) -> None:
    places = pairs(cluster, strata)
    times = np.bincount(cluster[first_rows(places)])
    if (torn := int((times > 1).sum())) > 0:
        raise Problem(
            "design",
            f"clusters {design.clusters[0]!r}: {torn} of {len(times)} lie in two or more strata "
            f"({', '.join(design.strata)}). If ids start again in every stratum say nest=True; "
            "otherwise the strata or the clusters are wrong",
        )


def _labels(design: Design, frame: pd.DataFrame, number: int, rows: np.ndarray) -> np.ndarray:
    """What to call strata, given a row of each."""
    columns = design.strata if number == 0 else (design.clusters[0], *design.strata_within)
    if not columns:
        return np.array(["the whole sample"], dtype=object)
    parts = [frame[column].iloc[rows].map(text) for column in columns]
    return np.array([" x ".join(names) for names in zip(*parts, strict=True)], dtype=object)
