"""Weights made to meet known population totals, and what that does to variances.

    survey = post_stratify(survey, "phase", {"primary": 16_764, "secondary": 3_456})

A calibrated weight knows part of the truth, so only what the known totals do not explain is left to chance: the
variance is that of residuals. Sources: Holt & Smith (1979), Post stratification, Journal of the Royal Statistical
Society A 142, doi:10.2307/2344652; Sarndal, Swensson & Wretman (1992), sections 6.5 and 7.6.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference.design import Survey
from stemcareers.inference.frames import as_names
from stemcareers.inference.linearisation import group_totals
from stemcareers.inference.population_margins import margin, name_of, require_whole


@dataclass(frozen=True)
class PostStrata:
    """What linearisation needs to know of post-stratification: cells, and weights before and after; (rows,) each."""

    cell: np.ndarray
    before: np.ndarray
    after: np.ndarray

    def residuals(self, influence: np.ndarray) -> np.ndarray:
        """The influence of every row of the frame, less its cell's mean."""
        cells = int(self.cell.max()) + 1
        sums = group_totals(influence * (self.before / self.after)[:, None], self.cell, cells)
        means = sums / np.bincount(self.cell, weights=self.before)[:, None]
        return influence - means[self.cell] * self.after[:, None]


def post_stratify(survey: Survey, columns: str | Sequence[str], totals: Mapping[object, float]) -> Survey:
    """The survey whose weights add up to known totals in every cell.

    columns  one column, or several that are crossed.
    totals   population of each cell; a key is a value, or a tuple of values where there are several columns.

    Replicate weights are post-stratified one by one. Raises Problem where rows lie in no known cell, a cell has
    no rows, a total is not positive, or a domain has been chosen already.
    """
    columns = as_names(columns)
    where = f"post-stratification by {name_of(columns)}"
    require_whole(where, survey.rows, survey.frame)
    cells, wrong = margin(survey.frame, columns, totals)
    if cells is None:
        raise Problem(where, *wrong)
    cell, known = cells.cell, cells.totals
    before = survey.all_weights
    after = before * (known / np.bincount(cell, weights=before))[cell]

    replicates = survey.replicates
    if replicates is not None:
        each = replicates.weights(before)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = known[:, None] / group_totals(each, cell, len(known))
        # A cell that a replicate leaves out entirely cannot be brought to its total: its rows keep weight 0.
        each *= np.where(np.isfinite(ratio), ratio, 0.0)[cell]
        replicates = replicates.met(each, after)
    known_cells = PostStrata(cell, before, after)
    return replace(survey, all_weights=after, replicates=replicates, calibrations=(*survey.calibrations, known_cells))
