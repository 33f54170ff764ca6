"""Whether a finding hangs on choices that could have been made otherwise: the same estimate under every combination.

    found = robustness(
        {"weights": {"weighted": survey, "unweighted": plain}, "controls": {"none": [], "phase": ["phase"]}},
        estimate=lambda weights, controls: linear(weights, "quality", ["leadership", *controls]),
        focal="leadership",
    )
    found.table                  # one row per variant: what a specification curve draws
    found.share_same_sign

Source: Simonsohn, Simmons & Nelson (2020), Specification curve analysis, Nature Human Behaviour 4,
doi:10.1038/s41562-020-0912-z; Steegen, Tuerlinckx, Gelman & Vanpaemel (2016), doi:10.1177/1745691616658637.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean
from stemcareers.inference.design import Survey
from stemcareers.inference.frames import text
from stemcareers.inference.pooling import Pooled
from stemcareers.inference.results import Name, Result

NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "n", "n_clusters"]


@dataclass(frozen=True)
class Robustness:
    """One estimate under many variants.

    table  one row per variant: variant (1, 2, ...), one column for each decision with the option taken, main (the
           variant whose options are all the first), estimate, std_error, ci_low, ci_high, df, p_value, n, n_clusters,
           problem (why there is no estimate, else ""). In the order of the grid.
    null   the value that means no effect: 0, or 1 for ratios.
    """

    table: pd.DataFrame = field(repr=False)
    null: float = 0.0

    @property
    def n_variants(self) -> int:
        """Variants tried."""
        return len(self.table)

    @property
    def n_estimated(self) -> int:
        """Variants that gave an estimate; shares are of these."""
        return len(self._estimated)

    @property
    def main(self) -> float:
        """The main variant's estimate; missing where it could not be estimated."""
        return float(self.table.loc[self.table["main"], "estimate"].iloc[0])

    @property
    def median(self) -> float:
        """The median estimate."""
        return float(self._estimated["estimate"].median())

    @property
    def share_same_sign(self) -> float:
        """Share of variants on the same side of no effect as the main one, or as most where there is no main one."""
        return float(self._same_sign.mean())

    @property
    def share_excluding_null(self) -> float:
        """Share of variants whose interval leaves out no effect."""
        return float(self._excluding_null.mean())

    @property
    def share_same_sign_excluding_null(self) -> float:
        """Share of variants that do both."""
        return float((self._same_sign & self._excluding_null).mean())

    @property
    def share_excluding_zero(self) -> float:
        """The same, under the name it has for coefficients."""
        return self.share_excluding_null

    def by_decision(self) -> pd.DataFrame:
        """What each option goes with: decision, option, n (variants estimated), median, share_excluding_null."""
        rows = []
        numbers = {"variant", "main", "problem", *NUMBERS}
        for decision in (column for column in self.table if column not in numbers):
            for option, part in self._estimated.groupby(decision, sort=False):
                alone = Robustness(part, self.null)
                rows.append((decision, option, len(part), alone.median, alone.share_excluding_null))
        return pd.DataFrame(rows, columns=["decision", "option", "n", "median", "share_excluding_null"])

    @property
    def _same_sign(self) -> pd.Series:
        side = np.sign(self._estimated["estimate"] - self.null)
        main = np.sign(self.main - self.null)
        if math.isnan(main):
            return max((side > 0, side < 0), key=lambda there: there.mean())
        return side == main

    @property
    def _excluding_null(self) -> pd.Series:
        low, high = self._estimated["ci_low"], self._estimated["ci_high"]
        return (low > self.null) | (high < self.null)

    @property
    def _estimated(self) -> pd.DataFrame:
        return self.table[self.table["estimate"].notna()]


def robustness(
    decisions: Mapping[str, Mapping[str, object]],
    estimate: Callable[..., Result | Pooled],
    focal: str | Name,
    level: float = 0.95,
    unless: Callable[..., bool] | None = None,
) -> Robustness:
    """The focal estimate under every combination of options.

    decisions  for each decision its options by name, the main one first; what stands behind a name is handed to
               `estimate` under the decision's name: a survey, an outcome's column, a list of controls, an estimator.
    estimate   options -> Result, or Pooled where answers were imputed.
    focal      the term, or (term, level), whose estimate is followed.
    level      of the intervals.
    unless     options' names -> true for a combination that makes no sense and is left out (imputed answers of a
               score that has none).

    A variant that raises a Problem stays in the table with its reason. Under different links or scales estimates are
    not comparable in size; their side of no effect, and whether the interval leaves it out, are.
    """
    _require(decisions, estimate)
    rows, nulls = [], set()
    main = [next(iter(options)) for options in decisions.values()]
    for chosen in product(*decisions.values()):
        names = dict(zip(decisions, chosen, strict=True))
        if unless is not None and unless(**names):
            continue
        row: dict[str, object] = {"variant": len(rows) + 1, **names, "main": list(chosen) == main}
        options = {decision: decisions[decision][name] for decision, name in names.items()}
        row |= _numbers(lambda options=options: estimate(**options), focal, level, nulls)
        rows.append(row)
    return _gathered(rows, nulls, focal)


def leave_one_cluster_out(
    survey: Survey, estimate: Callable[[Survey], Result], focal: str | Name, level: float = 0.95
) -> Robustness:
    """The focal estimate without each first-stage cluster in turn; the first row, the main one, is with all.

    The cluster leaves the rows in use, not the design. Its column in the table is `left_out`.
    """
    cluster = survey.stages[0].cluster[survey.rows]
    if not survey.design.clusters:
        raise Problem("leave one cluster out", "the design names no clusters")
    labels = survey.column(survey.design.clusters[0])
    nulls: set[float] = set()
    rows: list[dict[str, object]] = [{"variant": 1, "left_out": "", "main": True}]
    rows[0] |= _numbers(lambda: estimate(survey), focal, level, nulls)
    for one in np.unique(cluster):
        without = np.ones(len(survey.frame), dtype=bool)
        without[survey.rows[cluster == one]] = False
        row = {"variant": len(rows) + 1, "left_out": text(labels.iloc[int((cluster == one).argmax())]), "main": False}
        rest = survey.domain(without, reason="cluster left out")
        rows.append(row | _numbers(lambda rest=rest: estimate(rest), focal, level, nulls))
    return _gathered(rows, nulls, focal)


def _numbers(
    run: Callable[[], Result | Pooled], focal: str | Name, level: float, nulls: set[float]
) -> dict[str, object]:
    """The focal estimate's numbers, or why there are none."""
    try:
        found = run()
    except Problem as problem:
        return dict.fromkeys(NUMBERS, np.nan) | {"problem": "; ".join(problem.wrong)}
    result = found.result if isinstance(found, Pooled) else found
    # Not within the `try`: a focal term that is not in the model is a mistake in the grid, not a variant that fails.
    one = result.pick([focal])
    nulls.add(1.0 if one.scale.name == "log" else 0.0)
    return one.to_frame(level)[NUMBERS].iloc[0].to_dict() | {"problem": ""}


def _gathered(rows: list[dict[str, object]], nulls: set[float], focal: str | Name) -> Robustness:
    where = f"robustness of {focal if isinstance(focal, str) else ' '.join(focal)}"
    if not rows:
        raise Problem(where, "no combination is left")
    if not nulls:
        raise Problem(where, *dict.fromkeys(f"no variant gives an estimate: {row['problem']}" for row in rows))
    if len(nulls) > 1:
        raise Problem(
            where, "some variants give ratios and others do not, so they mean different things; give one kind"
        )
    table = pd.DataFrame(rows)
    table[NUMBERS] = table[NUMBERS].astype(float)
    return Robustness(table, nulls.pop())


def _require(decisions: Mapping[str, Mapping[str, object]], estimate: Callable[..., object]) -> None:
    wrong = [f"the decision {name} has no options" for name, options in decisions.items() if not options]
    taken = {"variant", "main", "problem", *NUMBERS}
    wrong += [f"{name!r} is a column of the table; call the decision otherwise" for name in decisions if name in taken]
    parameters = inspect.signature(estimate).parameters
    if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        wrong += [
            f"the decision {name!r} is not a parameter of the estimate{did_you_mean(name, parameters)}"
            for name in decisions
            if name not in parameters
        ]
    if wrong:
        raise Problem("robustness", *wrong)
