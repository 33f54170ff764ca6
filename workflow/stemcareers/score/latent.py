"""Scores of item response: weighted likelihood estimates under the Rasch or the partial credit model, and their rows.

The codes of an item count in the scale's direction; the model sees their order only, not their size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from stemcareers.config.item_response import METHODS
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.errors import Problem
from stemcareers.score import codes, sampled

if TYPE_CHECKING:
    from stemcareers.inference import Survey
    from stemcareers.inference.item_response import PartialCredit

UNITS = {
    "separation_reliability": "person separation reliability, at most 1",
    "difficulty": "logits",
    "step": "logits",
}
Row = dict[str, object]
Waves = Mapping[str, pd.DataFrame]  # the answers (WIDE) of other waves that parameters are estimated from


def is_latent(scale: Scale) -> bool:
    """Whether a scale is scored by item response."""
    return scale.method in METHODS


def scored(
    wide: pd.DataFrame,
    scale: Scale,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    where: str,
    others: Waves,
) -> pd.DataFrame:
    """The score and its standard error, one row a response: (estimate - centre) / spread of the parameters.

    Whoever answered nothing has neither. `where` names the place in a Problem: answers that no parameters can be
    estimated from.
    """
    from stemcareers.inference import item_response

    found = _parameters(wide, scale, items, answers, where, others)
    return item_response.weighted_likelihood(wide, found, where=where)


def reliability(
    name: str,
    wide: pd.DataFrame,
    scale: Scale,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    drawn: Survey,
    level: float,
    others: Waves,
) -> Iterator[Row]:
    """Rows of one scale: how reliable its scores are, how difficult each item is, and the steps of its answers.

    drawn   how the responses were drawn, which the interval of the reliability takes into account.

    Only responses with a score count: those that answered as many items as the scale asks for. A step has its number
    under `level`, and a standard error where it was estimated.
    """
    from stemcareers.inference import item_response
    from stemcareers.inference.score_reliability import separation

    parameters = _parameters(wide, scale, items, answers, name, others)
    scores = item_response.weighted_likelihood(wide, parameters, where=name)
    scores.loc[~codes.enough(scores["n_answered"].to_numpy(), scale), ["score", "std_error"]] = float("nan")
    row = {"quantity": "separation_reliability", "term": name, "unit": UNITS["separation_reliability"]}
    try:
        found = separation(sampled.with_columns(drawn, scores), level=level, where=name)
    except Problem as problem:
        yield row | {"withheld": f"no separation reliability: {'; '.join(problem.wrong)}"}
    else:
        yield row | {
            "estimate": found.reliability,
            "std_error": found.std_error,
            "ci_low": found.ci_low,
            "ci_high": found.ci_high,
            "df": found.df,
            "n": found.n,
        }
    yield from _items(parameters, wide)


def _items(parameters: PartialCredit, wide: pd.DataFrame) -> Iterator[Row]:
    for item in parameters.items:
        steps = parameters.steps.loc[item].dropna()
        errors = parameters.std_error.loc[item]
        known = {"term": item, "n": int(wide[item].notna().sum())}
        difficulty = {"quantity": "difficulty", "unit": UNITS["difficulty"], "estimate": float(steps.mean())}
        # The error of a mean of several steps rests on how they go together, which is not kept.
        yield known | difficulty | ({"std_error": float(errors[steps.index[0]])} if len(steps) == 1 else {})
        if len(steps) > 1:
            for number, step in steps.items():
                found = {"level": str(number), "estimate": float(step), "std_error": float(errors[number])}
                yield known | {"quantity": "step", "unit": UNITS["step"]} | found


def _parameters(
    wide: pd.DataFrame,
    scale: Scale,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    where: str,
    others: Waves,
) -> PartialCredit:
    """The parameters a scale gives, or those that the answers of a wave tell.

    others   the answers of the waves that parameters are estimated from, but for the wave's own.
    """
    # ASSUME: estimated parameters treat people as a sample from a normal distribution with mean 0 (marginal maximum
    # likelihood), every response counting once; scores are then in logits.
    from stemcareers.inference import item_calibration, item_response

    its = scale.parameters
    assert its is not None, "a scale of item response has parameters"
    known = codes.in_order(scale, items, answers)
    if its.estimate:
        anchor = wide if its.wave is None else others.get(its.wave, wide)
        return item_calibration.partial_credit(anchor, scale.items, codes=known, where=where).parameters
    return item_response.given(
        {item: its.steps[item] for item in scale.items},
        known,
        origin=str(its.source),
        centre=its.centre or 0.0,
        spread=its.spread or 1.0,
        where=where,
    )
