"""How a sample was drawn, and the survey that a design and a frame make together.

    survey = Design(weight="pw", strata="stype", fpc="fpc").on(schools)
    secondary = survey.domain(schools["stype"] != "E")

A design names columns and nothing else: weights travel with the rows they belong to. A domain keeps the whole
design, because which rows are studied does not change how they were drawn; rows dropped before `on` do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean
from stemcareers.inference import linearisation
from stemcareers.inference import replicates as replicate_weights
from stemcareers.inference.frames import as_names, numbers, require_columns
from stemcareers.inference.replicates import Replicates, ReplicateWeights
from stemcareers.inference.stages import Stage, first_stage, second_stage

Columns = str | Sequence[str]


@dataclass(frozen=True)
class Design:
    """How the rows of a frame were drawn, as names of its columns.

    weight         how many of the population a row stands for. None: the weights the fpc implies, else all 1.
    strata         one column, or several that are crossed.
    clusters       the first-stage clusters (schools), then the second-stage ones; none: every row is its own.
    fpc            for each stage, how many clusters there are in a stratum's population, or which share of
                   them was drawn (all at most 1); inf, or a share of 0, where no correction is wanted. Empty: as if
                   drawn with replacement, where the variance between first-stage clusters holds that of all later
                   stages.
    strata_within  strata of the second stage, inside the first-stage clusters.
    nest           cluster ids start again in every stratum.
    lonely         what a stratum with one cluster brings: fail, adjust, average, certainty or remove.
    replicates     replicate weights that came with the data; they take the place of strata and fpc, and clusters
                   beside them are only counted.

    The words and their meaning are those of R's `svydesign`, except that `clusters` are its `ids`, `lonely`
    its option `survey.lonely.psu`, and that several `strata` are crossed. A stratum is lonely by how it was drawn: one
    in which a domain leaves one cluster of several is not (R's option `survey.adjust.domain.lonely` at FALSE), as its
    other clusters count with nothing in them. "average" goes by the strata in use for all groups asked for together,
    as R's `svyby(covmat = TRUE)` does.
    """

    weight: str | None = None
    strata: Columns = ()
    clusters: Columns = ()
    fpc: Columns = ()
    strata_within: Columns = ()
    nest: bool = False
    lonely: str = "fail"
    replicates: Replicates | None = None

    def __post_init__(self) -> None:
        for name in ("strata", "clusters", "fpc", "strata_within"):
            object.__setattr__(self, name, as_names(getattr(self, name)))
        if wrong := list(self._contradictions()):
            raise Problem("design", *wrong)

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column the design reads."""
        weight = (self.weight,) if self.weight else ()
        replicates = self.replicates.columns if self.replicates else ()
        return (*weight, *self.strata, *self.clusters, *self.fpc, *self.strata_within, *replicates)

    def on(self, frame: pd.DataFrame) -> Survey:
        """The survey of the rows of `frame`, every one of which was drawn by this design.

        Raises Problem, with everything that is wrong: columns that are not there; weights or fpc that are
        missing, not positive or not finite; missing strata or clusters; a cluster in two strata; an fpc
        smaller than the sample or different within a stratum.
        """
        require_columns(frame, self.columns)
        wrong = [*self._bad_weights(frame), *self._bad_labels(frame), *self._bad_fpc(frame)]
        if not len(frame):
            wrong.append("the frame has no rows")
        if wrong:
            raise Problem("design", *wrong)
        stages = (first_stage(self, frame),)
        if len(self.clusters) == 2:
            stages = (*stages, second_stage(self, frame, stages[0]))
        weights = self._weights(frame, stages)
        # Without an fpc the variance between first-stage clusters already holds that of the second stage.
        stages = stages if self.fpc else stages[:1]
        replicates = self.replicates.on(frame, weights) if self.replicates else None
        return Survey(self, frame, np.arange(len(frame)), weights, stages, replicates)

    def _contradictions(self) -> Iterator[str]:
        policies = linearisation.LONELY
        if self.weight is not None and not isinstance(self.weight, str):
            yield f"weight: is the name of one column, not {self.weight!r}"
        if self.lonely not in policies:
            yield (f"lonely: {self.lonely!r} is not known{did_you_mean(self.lonely, policies)} ({', '.join(policies)})")
        if len(self.clusters) > 2:
            yield f"clusters: {len(self.clusters)} stages are named; give one or two"
        stages = max(len(self.clusters), 1)
        if self.fpc and len(self.fpc) != stages:
            yield (
                f"fpc: {len(self.fpc)} named for {stages} stage{'s' * (stages > 1)} of clusters. "
                "Give one column for each stage, or name fewer stages"
            )
        if self.strata_within and len(self.clusters) < 2:
            yield "strata_within: needs a second stage of clusters"
        if self.nest and not (self.strata and self.clusters):
            yield "nest: says that cluster ids repeat across strata, so it needs strata and clusters"
        if self.replicates and (self.strata or self.fpc or len(self.clusters) > 1):
            yield "replicates: already hold strata, stages and fpc; name them or the replicates, not both"

    def _bad_weights(self, frame: pd.DataFrame) -> Iterator[str]:
        if self.weight is None:
            return
        weights = numbers(frame[self.weight], infinite=True)
        rows = f"of {len(frame)} rows"
        if bad := int(np.isnan(weights).sum()):
            yield f"weight {self.weight!r}: missing in {bad} {rows}. Leave out rows that were never in the sample"
        if bad := int(np.isinf(weights).sum()):
            yield f"weight {self.weight!r}: not finite in {bad} {rows}"
        if bad := int((weights < 0).sum()):
            yield f"weight {self.weight!r}: negative in {bad} {rows}. Calibrate with a lower bound"
        if bad := int((weights == 0).sum()):
            yield (
                f"weight {self.weight!r}: zero in {bad} {rows}. Leave out rows that stand for nobody; "
                "put rows that are in the sample but not studied outside the domain"
            )

    def _bad_labels(self, frame: pd.DataFrame) -> Iterator[str]:
        kinds = {"strata": self.strata, "clusters": self.clusters, "strata_within": self.strata_within}
        for kind, columns in kinds.items():
            for column in columns:
                if bad := int(frame[column].isna().sum()):
                    yield (
                        f"{kind} {column!r}: missing in {bad} of {len(frame)} rows. "
                        "Every row was drawn from somewhere: fill it in, or leave out rows never in the sample"
                    )

    def _bad_fpc(self, frame: pd.DataFrame) -> Iterator[str]:
        low = high = 0
        for column in self.fpc:
            sizes = numbers(frame[column], infinite=True)
            if bad := int(np.isnan(sizes).sum()):
                yield f"fpc {column!r}: missing in {bad} of {len(frame)} rows. Give inf where no correction is wanted"
            if bad := int((sizes < 0).sum()):
                yield f"fpc {column!r}: negative in {bad} of {len(frame)} rows"
            low += int(((sizes >= 0) & (sizes < 1)).sum())
            high += int((sizes > 1).sum())
        if low and high:
            yield (
                f"fpc {', '.join(map(repr, self.fpc))}: {low} values below 1 and {high} above. "
                "Give population sizes at every stage, or shares drawn at every stage"
            )

    def _weights(self, frame: pd.DataFrame, stages: tuple[Stage, ...]) -> np.ndarray:
        if self.weight is not None:
            return numbers(frame[self.weight])
        weights = np.ones(len(frame))
        if self.fpc:
            for stage in stages:
                weights = weights * (stage.population / stage.sampled)[stage.stratum[stage.cluster]]
        if not np.isfinite(weights).all():
            raise Problem("design", "weight: none is named, and an infinite fpc implies none. Name the weight column")
        return weights


class Calibration(Protocol):
    """A calibration of weights, as far as variances need to know it."""

    def residuals(self, influence: np.ndarray) -> np.ndarray:
        """(rows of the frame, p) what the known totals leave unexplained of an influence."""


@dataclass(frozen=True)
class Survey:
    """A frame with its design, of which some rows are in use.

    rows         (n,) positions in the frame of the rows in use, ascending.
    all_weights  one weight for every row of the frame.
    stages       the stages of sampling that bring variance.
    replicates   the replicate weights that bring it instead, if any.
    calibrations what weights were made to meet, in turn: each takes from an influence what its totals explain.
    left_out     why the other rows are not in use: reason -> number of rows.
    """

    design: Design
    frame: pd.DataFrame = field(repr=False)
    rows: np.ndarray = field(repr=False)
    all_weights: np.ndarray = field(repr=False)
    stages: tuple[Stage, ...] = field(repr=False)
    replicates: ReplicateWeights | None = field(default=None, repr=False)
    calibrations: tuple[Calibration, ...] = field(default=(), repr=False)
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Rows in use."""
        return len(self.rows)

    @property
    def weights(self) -> np.ndarray:
        """(n,) weights of the rows in use."""
        return self.all_weights[self.rows]

    @property
    def n_clusters(self) -> int:
        """First-stage clusters with rows in use."""
        return _distinct(self.stages[0].cluster[self.rows], len(self.stages[0].stratum))

    @property
    def n_strata(self) -> int:
        """First-stage strata with rows in use."""
        stage = self.stages[0]
        return _distinct(stage.stratum[stage.cluster[self.rows]], len(stage.sampled))

    @property
    def df(self) -> int:
        """Degrees of freedom of the design: clusters minus strata with rows in use, or what the replicates give."""
        if self.replicates is not None:
            return self.replicates.df(self.rows)
        return self.n_clusters - self.n_strata

    @property
    def variance_method(self) -> str:
        """How variances are found: linearised, or the kind of replicate weights."""
        return "linearised" if self.replicates is None else self.replicates.kind

    def column(self, name: str) -> pd.Series:
        """A column of the frame, in the rows in use."""
        require_columns(self.frame, (name,))
        return self.frame[name].iloc[self.rows]

    def domain(self, mask: object, reason: str = "outside the domain") -> Survey:
        """The same survey with fewer rows in use: those where `mask` is true.

        mask    the name of a true-false column; or one true or false for every row of the frame (a Series with
                the frame's own index, or an array); or a function of the frame that gives one.
        reason  what the rows lost here are counted under in `left_out`.
        """
        keep = self._truth(mask)[self.rows]
        return self._keep(keep, {reason: int((~keep).sum())})

    def complete(self, columns: Iterable[str]) -> Survey:
        """The domain of the rows that have a value in every one of these columns.

        A row is counted once, under the first column that it misses.
        """
        columns = tuple(dict.fromkeys(columns))
        require_columns(self.frame, columns)
        keep, lost = np.ones(self.n, dtype=bool), {}
        for column in columns:
            missing = self.column(column).isna().to_numpy()
            lost[f"missing {column}"] = int((missing & keep).sum())
            keep &= ~missing
        return self._keep(keep, lost)

    def at(self, places: np.ndarray) -> Survey:
        """The domain of some of the rows in use, given by their places among these; nothing is counted."""
        return replace(self, rows=self.rows[places])

    def replicated(
        self, kind: str, rho: float = 0.0, centre: str = "mean", replicates: int = 200, seed: int | None = None
    ) -> Survey:
        """The same survey with variances from replicate weights made of its clusters and strata.

        kind        JK1 (no strata) or JKn: leave out one cluster at a time; BRR, or Fay with its rho: balanced
                    half samples of two clusters a stratum; bootstrap: Rao, Wu & Yue's.
        centre      distances are from the "mean" of the replicate estimates, or from the "estimate" itself.
        replicates  how many, for the bootstrap, which also needs a `seed`.

        Make them before choosing a domain or after: the clusters are always those of the whole design.
        A second stage is honoured as far as it shows between clusters; a second-stage fpc is refused, as is any
        fpc by half samples and bootstrap.
        """
        if len(self.stages) > 1:
            raise Problem("replicates", "cannot honour an fpc of the second stage; name one stage of clusters")
        stage = self.stages[0]
        made = replicate_weights.make(kind, stage, self.design.lonely, rho, centre, replicates, seed)
        return replace(self, replicates=made)

    def covariance(self, influence: np.ndarray, point: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """The (p, p) covariance of estimates.

        influence  (n, p) how much each row in use moves each estimate, its weight included.
        point      weights (n, r) -> estimates (p, r); what replicate weights need, and linearisation does not.
        """
        if self.replicates is not None:
            return self.replicates.covariance(self.rows, self.weights, point)
        rows = self.rows
        if self.calibrations:
            # A calibrated row stands for its cell or margin, so rows outside the domain have residuals too.
            rows, inside = np.arange(len(self.frame)), influence
            influence = np.zeros((len(rows), inside.shape[1]))
            influence[self.rows] = inside
            for calibration in self.calibrations:
                influence = calibration.residuals(influence)
        return linearisation.covariance(influence, rows, self.stages, self.design.lonely)

    def _keep(self, keep: np.ndarray, lost: Mapping[str, int]) -> Survey:
        if keep.all():
            return self
        left_out = dict(self.left_out)
        for reason, rows in lost.items():
            if rows:
                left_out[reason] = left_out.get(reason, 0) + rows
        return replace(self, rows=self.rows[keep], left_out=left_out)

    def _truth(self, mask: object) -> np.ndarray:
        """(rows of the frame,) the mask as booleans; a Problem where that would take a guess."""
        if callable(mask):
            mask = mask(self.frame)
        if isinstance(mask, str):
            require_columns(self.frame, (mask,))
            mask = self.frame[mask]
        if isinstance(mask, pd.Series):
            if not mask.index.equals(self.frame.index):
                raise Problem("domain", "the mask's index is not the frame's, so rows would be picked by position")
            if missing := int(mask.isna().sum()):
                raise Problem("domain", f"the mask is missing in {missing} of {len(mask)} rows")
        mask = np.asarray(mask)
        if mask.shape != (len(self.frame),):
            raise Problem("domain", f"the mask has shape {mask.shape}, the frame {len(self.frame)} rows")
        if mask.dtype != bool and not np.isin(mask, (0, 1)).all():
            raise Problem("domain", "the mask holds something other than true and false")
        return mask.astype(bool)


def _distinct(codes: np.ndarray, size: int) -> int:
    seen = np.zeros(size, dtype=bool)
    seen[codes] = True
    return int(seen.sum())
