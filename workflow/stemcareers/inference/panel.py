"""The same schools asked twice: how much each of them changed, and between which answers.

    change = paired_change(survey, "leadership", "school", "wave", ("2024-spring", "2025-spring"))

`descriptives.difference` between waves compares all schools of one wave with all of the other, with the covariance
that schools in both bring. Here only schools in both count, and each is compared with itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from stemcareers.errors import Problem
from stemcareers.inference.descriptives import mean, share
from stemcareers.inference.design import Survey
from stemcareers.inference.frames import categories, numbers, text
from stemcareers.inference.linearisation import group_totals
from stemcareers.inference.results import Result


def paired_change(
    survey: Survey,
    outcome: str,
    unit: str,
    wave: str,
    waves: Sequence[object] | None = None,
    by: str | Sequence[str] = (),
) -> Result:
    """The mean change of a numeric outcome within units, from the first of two waves to the second.

    unit   the column that tells schools apart; each must lie within one cluster of the design.
    waves  the two waves, earlier first; None: the column's two values, in their order.
    by     groups, by their value in the earlier wave.

    A unit with several responses in a wave counts by their weighted mean. Units count by their weight in the earlier
    wave, the sum over its responses. Units with no answer in one of the waves are left out and counted. Degrees of
    freedom are those of the clusters with rows in both waves.
    """
    where = f"paired change of {outcome}"
    pairs = _pair(survey, where, outcome, unit, wave, waves)
    y = numbers(pairs.survey.column(outcome))
    w = pairs.survey.weights
    means = []
    for inside in (pairs.early, ~pairs.early):
        totals = group_totals(np.column_stack([w * y, w]) * inside[:, None], pairs.unit, pairs.units)
        means.append(totals[:, 0] / totals[:, 1])
    change = pairs.spread(means[1] - means[0])
    result = mean(_with_columns(pairs, {outcome: change}), outcome, by)
    return replace(result, quantity="paired_change", facts=replace(result.facts, family="paired_change"))


def transitions(
    survey: Survey, item: str, unit: str, wave: str, waves: Sequence[object] | None = None, of: str = "row"
) -> Result:
    """The shares of units that went from each answer to each other one, from the first of two waves to the second.

    of  "row": among the units with the same earlier answer, which is a group of the result, named `item` + " before":
        `result.where(**{"offers before": "1"})`, and each name is (item, later answer).
        "all": among all units in both waves; each name is (item, "earlier -> later").

    Each unit answers once a wave. Weights, left out rows and degrees of freedom as in `paired_change`.
    """
    where = f"transitions of {item}"
    if of not in ("row", "all"):
        raise Problem(where, f"shares are of each 'row' or of 'all', not of {of!r}")
    pairs = _pair(survey, where, item, unit, wave, waves)
    times = np.bincount(pairs.unit * 2 + pairs.early)
    if (many := int((times > 1).sum())) > 0:
        raise Problem(where, f"{many} of {pairs.units} values of {unit!r} answered twice or more in a wave; choose one")
    code, levels = categories(pairs.survey.column(item))
    answers = np.empty((pairs.units, 2), dtype=int)
    answers[pairs.unit[pairs.early], 0] = code[pairs.early]
    answers[pairs.unit[~pairs.early], 1] = code[~pairs.early]
    if of == "row":
        before = f"{item} before"
        columns = {item: _categorical(answers[:, 1], levels), before: _categorical(answers[:, 0], levels)}
        return share(_with_columns(pairs, {name: pairs.spread(c) for name, c in columns.items()}), item, by=before)
    both = [f"{one} -> {two}" for one in levels for two in levels]
    moves = pairs.spread(_categorical(answers[:, 0] * len(levels) + answers[:, 1], both))
    return share(_with_columns(pairs, {item: moves}), item)


@dataclass(frozen=True)
class _Pairs:
    """The rows of units with an answer in both waves: the survey of them, which unit, and whether the earlier wave."""

    survey: Survey
    unit: np.ndarray
    units: int
    early: np.ndarray

    def spread(self, values: np.ndarray | pd.Categorical) -> pd.Series:
        """A value for each unit as a column of the frame: on the unit's rows in use, missing elsewhere."""
        unit = np.full(len(self.survey.frame), -1)
        unit[self.survey.rows] = self.unit
        return pd.Series(values).reindex(unit).set_axis(self.survey.frame.index)


def _pair(survey: Survey, where: str, outcome: str, unit: str, wave: str, waves: Sequence[object] | None) -> _Pairs:
    """The rows of units that answered in both waves; a Problem where the design cannot tell what units share."""
    used = survey.complete([unit, wave, outcome])
    code, known = categories(used.column(wave))
    known = [level for place, level in enumerate(known) if (code == place).any()]
    chosen = known if waves is None else [text(level) for level in waves]
    if len(chosen) != 2 or not set(chosen) <= set(known) or chosen[0] == chosen[1]:
        raise Problem(where, f"compares two waves, not {', '.join(chosen) or 'none'} (there are: {', '.join(known)})")
    in_waves = survey.frame[wave].map(text, na_action="ignore").isin(chosen).to_numpy()
    used = used.domain(in_waves, f"other {wave}")
    early = (used.column(wave).map(text) == chosen[0]).to_numpy()
    codes = pd.factorize(used.column(unit))[0]
    seen = np.zeros((codes.max(initial=-1) + 1, 2), dtype=bool)
    seen[codes, early.astype(int)] = True
    both = seen.all(axis=1)[codes]
    if not both.any():
        raise Problem(where, f"no value of {unit!r} has an answer in both waves")
    _require_one_cluster_each(survey, where, unit)
    whole = np.zeros(len(survey.frame), dtype=bool)
    whole[used.rows[both]] = True
    paired = pd.factorize(codes[both])[0]
    return _Pairs(used.domain(whole, f"{unit} in one wave only"), paired, int(paired.max()) + 1, early[both])


def _require_one_cluster_each(survey: Survey, where: str, unit: str) -> None:
    """Both answers of a unit must lie in one cluster, or they would count as if drawn apart."""
    if survey.design.replicates is not None:
        return
    stage = survey.stages[0]
    units = pd.factorize(survey.column(unit))[0]
    pairs = pd.DataFrame({"unit": units, "cluster": stage.cluster[survey.rows]})[units >= 0].drop_duplicates()
    if (torn := int(pairs["unit"].duplicated().sum())) > 0:
        raise Problem(
            where,
            f"{torn} values of {unit!r} lie in two or more clusters of the design, so that their answers would count "
            f"as if drawn apart. Name {unit!r}, or what it lies in, as the design's clusters",
        )


def _with_columns(pairs: _Pairs, columns: dict[str, pd.Series]) -> Survey:
    """The survey of the earlier wave's rows, with columns that hold what became of their units."""
    survey = replace(pairs.survey, frame=pairs.survey.frame.assign(**columns))
    early = np.zeros(len(survey.frame), dtype=bool)
    early[survey.rows[pairs.early]] = True
    return survey.domain(early, "later wave, counted with the earlier")


def _categorical(codes: np.ndarray, levels: list[str]) -> pd.Categorical:
    return pd.Categorical.from_codes(codes, categories=levels)
