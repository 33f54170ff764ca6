"""Variance from replicate weights: given with the data, or made from the design.

Every replicate is the whole estimation with other weights; how far the replicate estimates scatter is the
variance. Given weights say nothing of strata and clusters, which is why statistical offices publish them.
Sources: Wolter (2007), Introduction to Variance Estimation, chapters 3-5; Rao, Wu & Yue (1992), Survey
Methodology 18, 209-217 (bootstrap); Judkins (1990), Journal of Official Statistics 6, 223-239 (Fay).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean
from stemcareers.inference.frames import as_names, numbers
from stemcareers.inference.stages import Stage

KINDS = ("BRR", "Fay", "JK1", "JKn", "bootstrap")
CENTRES = ("mean", "estimate")
# Weights of this many row-replicates are held at a time.
_AT_ONCE = 20_000_000
# Replicate weights that come to this many times the weights, or to less than one part in as many, are something else.
_FAR = 2.5
# A jackknife holds clusters x clusters numbers; this many take 800 MB.
_LARGEST = 100_000_000

Point = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Replicates:
    """Replicate weights that came with the data.

    columns   one column of weights for each replicate.
    kind      BRR, Fay, JK1, JKn or bootstrap: what the squared distances are multiplied by.
    rho       Fay's: the share of its weight that the deselected half keeps.
    scale     what the sum over all replicates is multiplied by; None: what the kind implies.
    rscales   what each replicate's square is multiplied by, needed for JKn; None: 1.
    centre    distances are from the "mean" of the replicate estimates, or from the "estimate" itself.
    combined  the columns hold weights; false: factors by which the weight is multiplied.

    Other kinds of R's `svrepdesign`: "JK2" is JKn with rscales of 1; "ACS" and "successive-difference" are bootstrap
    with scale 4 / replicates; "other" is bootstrap with the scale and rscales of its documentation. R's `mse = TRUE`
    is the centre "estimate".
    """

    columns: Sequence[str]
    kind: str
    rho: float = 0.0
    scale: float | None = None
    rscales: Sequence[float] | None = None
    centre: str = "mean"
    combined: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", as_names(self.columns))
        if self.rscales is not None:
            object.__setattr__(self, "rscales", tuple(self.rscales))
        wrong = []
        if self.kind not in KINDS:
            wrong.append(f"kind: {self.kind!r} is not known{did_you_mean(self.kind, KINDS)} ({', '.join(KINDS)})")
        if self.centre not in CENTRES:
            wrong.append(f"centre: {self.centre!r} is not known ({', '.join(CENTRES)})")
        if len(self.columns) < 2:
            wrong.append(f"columns: {len(self.columns)} named; give two or more")
        elif twice := sorted({str(name) for name in self.columns if self.columns.count(name) > 1}):
            wrong.append(f"columns: {', '.join(twice)} named twice")
        if self.scale is not None and not 0 < self.scale < np.inf:
            wrong.append(f"scale: is {self.scale:g}, where a positive number is due")
        if self.rscales is not None and not _are_rscales(self.rscales):
            wrong.append("rscales: are numbers from 0 up, and not all 0")
        if (self.kind == "Fay") != (self.rho != 0) or not 0 <= self.rho < 1:
            wrong.append(f"rho: is {self.rho:g} for {self.kind}; it lies between 0 and 1 for Fay, and is for Fay only")
        if self.kind == "JKn" and self.rscales is None:
            wrong.append("rscales: JKn needs one for each replicate, (clusters - 1) / clusters of its stratum")
        if self.rscales is not None and len(self.rscales) != len(self.columns):
            wrong.append(f"rscales: {len(self.rscales)} given for {len(self.columns)} replicates")
        if wrong:
            raise Problem("replicates", *wrong)

    @property
    def multipliers(self) -> tuple[float, ...]:
        """What the squared distance of each replicate is multiplied by: scale times rscale."""
        scale = self._scale
        return tuple(scale * rscale for rscale in self.rscales or (1.0,) * len(self.columns))

    @property
    def _scale(self) -> float:
        return _scale(self.kind, len(self.columns), self.rho) if self.scale is None else self.scale

    def on(self, frame: pd.DataFrame, weights: np.ndarray) -> ReplicateWeights:
        """The weights in a frame, whose sampling weights are `weights`."""
        given = np.column_stack([numbers(frame[column], infinite=True) for column in self.columns])
        wrong = []
        for what, bad in {"missing": np.isnan(given), "infinite": np.isinf(given), "negative": given < 0}.items():
            if bad.any():
                first = self.columns[int(np.flatnonzero(bad.any(axis=0))[0])]
                wrong.append(f"{what} weights in {int(bad.any(axis=1).sum())} of {len(frame)} rows (first: {first!r})")
        if not wrong:
            wrong = list(self._faults(given, weights))
        if wrong:
            raise Problem("replicates", *wrong)
        factors = given / weights[:, None] if self.combined else given
        rscales = np.ones(len(self.columns)) if self.rscales is None else np.array(self.rscales, dtype=float)
        return ReplicateWeights(self.kind, factors, np.arange(len(frame)), self._scale, rscales, self.centre)

    def _faults(self, given: np.ndarray, weights: np.ndarray) -> Iterator[str]:
        """What shows that numbers, though all in order, are not the replicate weights they are said to be."""
        if empty := [name for name, column in zip(self.columns, given.T, strict=True) if not column.any()]:
            yield f"{', '.join(empty)}: no row has any weight"
        if (given == given[:, :1]).all():
            yield "all columns hold the same, so no variance can be seen in them"
        if part := far_from_weights(given, weights, self.combined):
            yield (
                f"they come to {part:.3g} times the weight on average, and replicate weights come to about once. They "
                f"are read as {'weights' if self.combined else 'factors of the weight'}: see `combined`"
            )


def far_from_weights(given: np.ndarray, weights: np.ndarray, combined: bool) -> float | None:
    """How many times the weights (n,) replicate weights (n, r) come to on average; None where it is about once."""
    sums = given.sum() if combined else weights @ given.sum(axis=1)
    part = float(sums / weights.sum() / given.shape[1])
    return None if 1 / _FAR < part < _FAR else part


@dataclass(frozen=True)
class ReplicateWeights:
    """Replicate weights as arrays.

    factors  (k, r) what the weight is multiplied by, for each different row or cluster and each replicate.
    place    (rows of the frame,) which of the k a row has.
    scale, rscales, centre  as in Replicates; rscales (r,).
    """

    kind: str
    factors: np.ndarray
    place: np.ndarray
    scale: float
    rscales: np.ndarray
    centre: str

    def covariance(self, rows: np.ndarray, weights: np.ndarray, point: Point) -> np.ndarray:
        """The (p, p) covariance of estimates; missing for one that some replicate weights give no value to.

        rows, weights  (n,) positions in the frame of the rows in use, and their weights.
        point          weights (n, r) -> estimates (p, r).
        """
        places, count = self.place[rows], self.factors.shape[1]
        step = max(1, _AT_ONCE // max(len(rows), 1))
        with np.errstate(divide="ignore", invalid="ignore"):
            estimates = np.hstack(
                [
                    point(weights[:, None] * self.factors[places, start : start + step])
                    for start in range(0, count, step)
                ]
            )
            middle = point(weights[:, None])[:, 0]
        if self.centre == "mean":
            middle = estimates[:, self.rscales > 0].mean(axis=1)
        distances = (estimates - middle[:, None]) * np.sqrt(self.rscales)
        return self.scale * distances @ distances.T

    def weights(self, before: np.ndarray) -> np.ndarray:
        """(rows of the frame, r) the weights of every replicate, of the weights (rows of the frame,)."""
        return before[:, None] * self.factors[self.place]

    def met(self, each: np.ndarray, after: np.ndarray) -> ReplicateWeights:
        """The same replicates with weights (rows of the frame, r) of their own, beside the weights after."""
        return replace(self, factors=each / after[:, None], place=np.arange(len(each)))

    def df(self, rows: np.ndarray) -> int:
        """Degrees of freedom: the rank of the weights of the rows in use, minus one, as R's survey counts."""
        seen = np.zeros(len(self.factors), dtype=bool)
        seen[self.place[rows]] = True
        factors = self.factors[seen]
        tall = factors.shape[0] >= factors.shape[1]
        spectrum = np.linalg.eigvalsh(factors.T @ factors if tall else factors @ factors.T)
        return max(int((spectrum > 1e-10 * spectrum.max(initial=0.0)).sum()) - 1, 0)


def _are_rscales(rscales: Sequence[float]) -> bool:
    values = np.asarray(rscales, dtype=float)
    return bool((values >= 0).all() and (values < np.inf).all() and values.any())


def make(
    kind: str, stage: Stage, lonely: str, rho: float, centre: str, replicates: int, seed: int | None
) -> ReplicateWeights:
    """Replicate weights for the clusters of a first stage; see `Survey.replicated`."""
    if kind not in KINDS:
        raise Problem("replicates", f"{kind!r} is not a kind{did_you_mean(kind, KINDS)} ({', '.join(KINDS)})")
    if centre not in CENTRES:
        raise Problem("replicates", f"centre: {centre!r} is not known ({', '.join(CENTRES)})")
    corrected = bool((stage.share_drawn > 0).any())
    if corrected and kind in ("BRR", "Fay", "bootstrap"):
        raise Problem(
            "replicates", f"{kind} cannot honour a finite population; use JK1 or JKn, or a design without fpc"
        )
    if kind in ("JK1", "JKn"):
        factors, scale, rscales = _jackknife(kind, stage, lonely)
    elif kind == "bootstrap":
        if seed is None:
            raise Problem("replicates", "bootstrap draws at random: give a seed")
        if replicates < 2:
            raise Problem("replicates", f"bootstrap: {replicates} replicates are asked for; give two or more")
        _require_clusters(stage, 2, "bootstrap")
        factors = _bootstrap(stage, replicates, np.random.default_rng(seed))
        scale, rscales = _scale(kind, replicates, 0.0), np.ones(replicates)
    else:
        if (kind == "Fay") != (rho != 0) or not 0 <= rho < 1:
            raise Problem(
                "replicates", f"rho is {rho:g} for {kind}; it lies between 0 and 1 for Fay, and is for Fay only"
            )
        factors = _balanced(stage, rho)
        scale, rscales = _scale(kind, factors.shape[1], rho), np.ones(factors.shape[1])
    return ReplicateWeights(kind, factors, stage.cluster, scale, rscales, centre)


def _scale(kind: str, replicates: int, rho: float) -> float:
    """What the sum of squared distances is multiplied by."""
    if kind in ("BRR", "Fay"):
        return 1 / (replicates * (1 - rho) ** 2)
    if kind == "JK1":
        return (replicates - 1) / replicates
    return 1 / (replicates - 1) if kind == "bootstrap" else 1.0


def _jackknife(kind: str, stage: Stage, lonely: str) -> tuple[np.ndarray, float, np.ndarray]:
    """Leave out one cluster at a time, the others of its stratum standing in for it."""
    strata, clusters = len(stage.sampled), len(stage.stratum)
    if kind == "JK1" and strata > 1:
        raise Problem("replicates", f"JK1 is for designs without strata, and there are {strata}; use JKn")
    census = stage.share_drawn > 1 - 1e-7
    alone = (stage.sampled == 1) & ~census
    if alone.any() and lonely in ("fail", "adjust"):
        raise Problem(
            "replicates",
            f"{int(alone.sum())} strata have only one cluster, which a jackknife cannot leave out (lonely={lonely!r}). "
            "Merge strata, or say lonely = average, certainty or remove",
        )
    left_out = np.flatnonzero(~(alone | census)[stage.stratum])
    if clusters * len(left_out) > _LARGEST:
        raise Problem("replicates", f"a jackknife of {len(left_out):,} clusters needs too much memory; use bootstrap")
    factors = np.ones((clusters, len(left_out)))
    for replicate, cluster in enumerate(left_out):
        mates = stage.stratum == stage.stratum[cluster]
        size = stage.sampled[stage.stratum[cluster]]
        factors[mates, replicate] = size / (size - 1)
        factors[cluster, replicate] = 0.0
    of = stage.stratum[left_out]
    rscales = (1 - stage.share_drawn[of]) * (stage.sampled[of] - 1) / stage.sampled[of]
    scale = clusters / len(left_out) if lonely == "average" and alone.any() else 1.0
    return factors, scale, rscales


def _balanced(stage: Stage, rho: float) -> np.ndarray:
    """Half samples of pairs of clusters, balanced by a Hadamard matrix; larger even strata are split into pairs."""
    odd = int((stage.sampled % 2 == 1).sum())
    if odd:
        raise Problem("replicates", f"half samples need pairs of clusters, and {odd} strata have an odd number")
    order = np.argsort(stage.stratum, kind="stable")
    pair = np.empty(len(order), dtype=int)
    pair[order] = np.arange(len(order)) // 2
    first = np.empty(len(order), dtype=bool)
    first[order] = np.arange(len(order)) % 2 == 0
    signs = _hadamard(int(pair.max()) + 2)[1:][pair]  # the first row is constant, and would leave a pair unbalanced
    chosen = np.where(first[:, None], signs, -signs) > 0
    return np.where(chosen, 2 - rho, rho)


def _hadamard(least: int) -> np.ndarray:
    """Sylvester's matrix of the smallest power of two that is at least `least`."""
    matrix = np.ones((1, 1))
    while len(matrix) < least:
        matrix = np.block([[matrix, matrix], [matrix, -matrix]])
    return matrix


def _bootstrap(stage: Stage, replicates: int, rng: np.random.Generator) -> np.ndarray:
    """Draw one cluster less than there are, with replacement, in every stratum."""
    factors = np.empty((len(stage.stratum), replicates))
    for stratum, size in enumerate(stage.sampled):
        times = rng.multinomial(size - 1, np.full(size, 1 / size), size=replicates).T
        factors[stage.stratum == stratum] = times * size / (size - 1)
    return factors


def _require_clusters(stage: Stage, least: int, kind: str) -> None:
    if few := int((stage.sampled < least).sum()):
        raise Problem("replicates", f"{kind} needs {least} clusters or more in every stratum, and {few} have fewer")
