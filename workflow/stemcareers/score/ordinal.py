"""How far ordered answers go together, as if they had not been cut into steps: rows beside alpha."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.errors import Problem

if TYPE_CHECKING:
    from stemcareers.inference import Survey
    from stemcareers.inference.polychoric import Polychoric

#: Scales whose score adds up steps; a count or an indicator does away with them.
OF_STEPS = {"mean", "sum", "percent"}
UNITS = {
    "polychoric": "polychoric correlation, -1 to 1",
    "ordinal_alpha": "ordinal alpha, at most 1",
    "omega": "McDonald's omega, 0 to 1",
    "loading": "standardised loading, -1 to 1",
}
WORDS = {"ordinal_alpha": "ordinal alpha", "omega": "omega"}

Row = dict[str, object]


def is_ordinal(scale: Scale, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]) -> bool:
    """Whether a scale adds up ordered answers, all of whose items have them."""
    return scale.method in OF_STEPS and all(answers[items[item].answers].kind == "ordered" for item in scale.items)


def reliability(
    name: str, items: Sequence[str], complete: pd.DataFrame, level: float, drawn: Survey | None = None
) -> Iterator[Row]:
    """Rows of one scale: polychoric correlations, ordinal alpha, omega and loadings of one factor.

    complete  the answers of those who answered every item, each in the scale's direction; none constant.
    drawn     the survey they are part of, `complete` by the places of its rows: then its strata, clusters, stages and
              finite populations make the errors. None: a simple random sample.

    A polychoric row has the two items under `term` and `level`. What cannot be had is one row that says why: where an
    empty cell lets a correlation run to its bound, that pair and all that rests on it; all that rests on correlations
    that contradict each other; a factor of fewer than three items, or one that leaves nothing of an item unexplained
    (a Heywood case).

    Source: correlations, Olsson (1979), doi 10.1007/BF02296207; ordinal alpha, Zumbo, Gadermann & Zeisser (2007),
    doi 10.22237/jmasm/1177992180; omega, McDonald (1999), Test Theory, chapter 6, doi 10.4324/9781410601087.
    """
    from stemcareers.inference import polychoric

    try:
        found = polychoric.correlations(complete, list(items), where=name)
    except Problem as problem:
        yield from (_missing(quantity, name, "; ".join(problem.wrong)) for quantity in WORDS)
        return
    by = _Errors(found, drawn, complete.index.to_numpy())
    yield from _correlations(found, items, by)
    if why := _undetermined(found):
        yield from (_missing(quantity, name, why) for quantity in WORDS)
        return
    yield _ordinal_alpha(found, name, level, by)
    yield from _factor(found, name, items, level, by)


@dataclass(frozen=True)
class _Errors:
    """Standard errors of functions of the correlations, by the design of the survey if there is one."""

    found: Polychoric
    drawn: Survey | None
    rows: np.ndarray

    @cached_property
    def _survey(self) -> Survey | None:
        # ASSUME: replicate weights make no errors here, as correlations would have to be fitted anew for each: errors
        # are then linearised by what clusters there are.
        return None if self.drawn is None else replace(self.drawn, replicates=None).at(self.rows)

    @property
    def df(self) -> float:
        return self.found.df if self._survey is None else float(self._survey.df)

    def of(self, gradient: np.ndarray) -> float:
        """The standard error, by the derivatives (k x k, each half above and half below the diagonal)."""
        if self._survey is None:
            return self.found.std_error_of(gradient)
        influence = self.found.influence_of(gradient)
        variance = self._survey.covariance(influence[:, None], lambda weights: weights)
        return float(np.sqrt(variance[0, 0]))


def _correlations(found: Polychoric, items: Sequence[str], by: _Errors) -> Iterator[Row]:
    for place, first in enumerate(items):
        for step, second in enumerate(items[place + 1 :], start=1):
            row = _row("polychoric", first) | {"level": second}
            if (first, second) in found.at_bound:
                yield row | {"withheld": f"no correlation: {_empty_cell(first, second)}"}
            else:
                gradient = np.zeros((len(items), len(items)))
                gradient[place, place + step] = gradient[place + step, place] = 0.5
                numbers = {"estimate": found.estimated.loc[first, second], "df": by.df, "n": found.n}
                yield row | numbers | {"std_error": by.of(gradient)}


def _undetermined(found: Polychoric) -> str:
    """Why nothing can rest on the correlations; empty where something can."""
    if found.at_bound:
        return "; ".join(_empty_cell(first, second) for first, second in found.at_bound)
    if found.smoothed:
        return "the polychoric correlations contradict each other (not positive definite)"
    return ""


def _empty_cell(first: str, second: str) -> str:
    return f"answers to {first} and {second} leave cells of their table empty, and their correlation has no bound"


def _ordinal_alpha(found: Polychoric, name: str, level: float, by: _Errors) -> Row:
    from stemcareers.inference import polychoric
    from stemcareers.inference.psychometrics import log_interval

    try:
        alpha = polychoric.ordinal_alpha(found, level=level, where=name)
    except Problem as problem:
        return _missing("ordinal_alpha", name, "; ".join(problem.wrong))
    k, total = len(found.correlations), float(found.correlations.to_numpy().sum())
    error = by.of(np.full((k, k), k**2 / (k - 1) / total**2))
    low, high = log_interval(alpha.alpha, error, by.df, level)
    numbers = {"estimate": alpha.alpha, "std_error": error, "ci_low": low, "ci_high": high}
    return _row("ordinal_alpha", name) | numbers | {"df": by.df, "n": found.n}


def _factor(found: Polychoric, name: str, items: Sequence[str], level: float, by: _Errors) -> Iterator[Row]:
    """Omega with its interval, and the loading of each item; or why there are none."""
    from stemcareers.inference.one_factor import one_factor
    from stemcareers.inference.psychometrics import log_interval

    if len(items) < 3:
        yield _missing("omega", name, "a factor needs three items or more")
        return
    try:
        factor = one_factor(found.correlations, where=name)
    except Problem as problem:
        yield _missing("omega", name, "; ".join(problem.wrong))
        return
    if factor.heywood:
        stuck = ", ".join(factor.heywood)
        yield _missing("omega", name, f"the factor would leave nothing of {stuck} unexplained (a Heywood case)")
        return
    error = by.of(factor.omega_gradient)
    low, high = log_interval(factor.omega, error, by.df, level)
    numbers = {"estimate": factor.omega, "std_error": error, "ci_low": low, "ci_high": high, "df": by.df}
    yield _row("omega", name) | numbers | {"n": found.n}
    for item, loading in factor.items["loading"].items():
        yield _row("loading", str(item)) | {"estimate": loading, "n": found.n}


def _row(quantity: str, term: str) -> Row:
    return {"quantity": quantity, "term": term, "unit": UNITS[quantity]}


def _missing(quantity: str, name: str, why: str) -> Row:
    return _row(quantity, name) | {"withheld": f"no {WORDS[quantity]}: {why}"}
