"""Raking: weights made to meet the totals of several margins at once.

    survey = rake(survey, {"phase": {"primary": 16_764, "secondary": 3_456}, "region": {...}})

Every row's weight is multiplied by one factor for each margin, so the sample keeps its associations between margins
and takes its totals from the population. Sources: Deming & Stephan (1940), Annals of Mathematical Statistics 11,
doi:10.1214/aoms/1177731829; Deville, Sarndal & Sautory (1993), Generalized raking procedures in survey sampling,
Journal of the American Statistical Association 88, doi:10.2307/2290793.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference.design import Survey
from stemcareers.inference.frames import first_rows, pairs
from stemcareers.inference.linearisation import group_totals
from stemcareers.inference.population_margins import Columns, Margin, Totals, margins, name_of, require_whole

# Largest relative distance of a margin from its total that still counts as met.
TOLERANCE = 1e-12
MOST_PASSES = 1000
RESIDUALS = ("unweighted", "weighted")
# R's survey takes ten passes for residuals, which leaves its errors some 1e-5 short of where they tend where margins
# are closely associated; the same here, so that all of its digits are met.
_PASSES_OF_R = 10


@dataclass(frozen=True)
class Raked:
    """What linearisation needs to know of raking.

    cells   (margins,) arrays with the cell of every row.
    size    (rows,) what each row counts when an influence is explained by the margins.
    after   (rows,) weights after raking.
    passes  times that the margins' means are taken out in turn, at most.
    """

    cells: tuple[np.ndarray, ...]
    size: np.ndarray
    after: np.ndarray
    passes: int

    def residuals(self, influence: np.ndarray) -> np.ndarray:
        """The influence of every row of the frame, less what its levels of all margins explain together."""
        y = influence / self.after[:, None]
        enough = 1e-14 * np.abs(y).max(initial=0.0)
        counts = [np.bincount(cell, weights=self.size)[:, None] for cell in self.cells]
        for _ in range(self.passes):
            before = y
            for cell, count in zip(self.cells, counts, strict=True):
                y = y - (group_totals(y * self.size[:, None], cell, len(count)) / count)[cell]
            if np.abs(y - before).max(initial=0.0) <= enough:
                break
        return y * self.after[:, None]


def rake(
    survey: Survey,
    totals: Mapping[Columns, Totals],
    population: float | None = None,
    tolerance: float = TOLERANCE,
    most_passes: int = MOST_PASSES,
    residuals: str = "unweighted",
) -> Survey:
    """The survey whose weights add up to known totals in every margin.

    totals       for each column (or tuple of columns that are crossed), the population of each of its levels.
    population   the size to which all margins are scaled, so that shares will do; None: they must agree.
    tolerance    largest relative distance of a margin from its total; all margins are held to it at the end.
    most_passes  passes through the margins after which raking is given up.
    residuals    variances are those of an influence less what the margins explain. "unweighted": every row counts
                 the same in that regression, as in R's survey, `rake`; "weighted": as much as its weight before,
                 which is Deville & Sarndal's, and R's `calibrate(calfun = "raking")`. With equal weights before
                 they are the same.

    Replicate weights are raked one by one. Raises Problem, with everything that is wrong: missing values in a
    margin, levels without rows or without a total, margins of different size, margins that cannot be met together.
    """
    where = "raking by " + " and ".join(name_of(columns) for columns in totals)
    if residuals not in RESIDUALS:
        raise Problem(where, f"residuals are {' or '.join(RESIDUALS)}, not {residuals!r}")
    require_whole(where, survey.rows, survey.frame)
    known = margins(survey.frame, where, totals, population)
    before = survey.all_weights
    after = raked(where, before[:, None], known, tolerance, most_passes)[:, 0]

    replicates = survey.replicates
    if replicates is not None:
        each = raked(f"{where}, replicate weights", replicates.weights(before), known, tolerance, most_passes)
        replicates = replicates.met(each, after)
    as_r = residuals == "unweighted"
    size = np.ones(len(before)) if as_r else before
    done = Raked(tuple(margin.cell for margin in known), size, after, _PASSES_OF_R if as_r else MOST_PASSES)
    return replace(survey, all_weights=after, replicates=replicates, calibrations=(*survey.calibrations, done))


def raked(
    where: str,
    weights: np.ndarray,
    known: tuple[Margin, ...],
    tolerance: float = TOLERANCE,
    most_passes: int = MOST_PASSES,
) -> np.ndarray:
    """(n, r) weights that meet the margins in every column, from (n, r) weights before.

    Rows that lie in the same cell of all margins change by the same factor, so only the crossed table is iterated.
    """
    crossed = known[0].cell
    for margin in known[1:]:
        crossed = pairs(crossed, margin.cell)
    rows = first_rows(crossed)
    places = [margin.cell[rows] for margin in known]
    before = group_totals(weights, crossed, len(rows))
    table = before.copy()
    _require_weight(where, table, known, places)
    for _ in range(most_passes):
        for margin, place in zip(known, places, strict=True):
            table *= (margin.totals[:, None] / group_totals(table, place, len(margin.totals)))[place]
        if _gap(table, known, places).max() < tolerance:
            factor = np.divide(table, before, out=np.zeros_like(table), where=before > 0)
            return weights * factor[crossed]
    raise _not_met(where, table, known, places, most_passes)


def _require_weight(where: str, table: np.ndarray, known: tuple[Margin, ...], places: list[np.ndarray]) -> None:
    """A Problem where a replicate leaves a level without any weight: no factor brings it to its total."""
    wrong = []
    for margin, place in zip(known, places, strict=True):
        empty = (group_totals(table, place, len(margin.totals)) <= 0).sum(axis=1)
        wrong += [
            f"{margin.called(level)} has no weight in {empty[level]} of {table.shape[1]} replicates: merge levels"
            for level in np.flatnonzero(empty)
        ]
    if wrong:
        raise Problem(where, *wrong)


def _gap(table: np.ndarray, known: tuple[Margin, ...], places: list[np.ndarray]) -> np.ndarray:
    """(levels of all margins,) the largest relative distance from its total."""
    return np.concatenate(
        [
            np.abs(group_totals(table, place, len(margin.totals)) / margin.totals[:, None] - 1).max(axis=1)
            for margin, place in zip(known, places, strict=True)
        ]
    )


def _not_met(
    where: str, table: np.ndarray, known: tuple[Margin, ...], places: list[np.ndarray], passes: int
) -> Problem:
    names = [margin.called(level) for margin in known for level in range(len(margin.totals))]
    gaps = _gap(table, known, places)
    worst = int(gaps.argmax())
    return Problem(
        where,
        f"after {passes:,} passes {names[worst]} still misses its total by {gaps[worst]:.2g} of it, so the margins "
        "cannot be met together with the rows there are, or only by weights without bounds. Merge levels that few "
        "rows share, or leave a margin out",
    )
