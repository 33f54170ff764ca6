"""Scale scores from the items of one wave."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.errors import Problem
from stemcareers.score import codes, latent

SEVERAL_ITEMS = {"mean", "sum", "percent", "count"}
WHERE = "scales.yaml"


def scales(
    wide: pd.DataFrame,
    scales: Mapping[str, Scale],
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    where: str = WHERE,
    others: latent.Waves | None = None,
) -> pd.DataFrame:
    """One float per response and scale (contract SCORED), in the scale's unit; more always means more.

    wide   one column an item: codes or numbers, <NA> where unanswered (contract WIDE).
    where  the file of the scales, as a Problem names it.
    others the answers of other waves that parameters of item response are estimated from.

    A score is missing where a smaller share of the items than `answered_at_least` was answered, and where the
    logarithm is asked of a number that is not positive. A score of the school is missing where no school is named.
    Raises a Problem naming every scale whose parameters cannot be estimated from the answers.
    """
    scored, wrong = {}, []
    for name, scale in scales.items():
        try:
            own = _score(name, wide, scale, items, answers, others or {})
            scored[name] = _of_schools(own, wide["school"]) if scale.of == "school" else own
        except Problem as problem:
            wrong += [f"{name}.parameters: {fault}" for fault in problem.wrong]
    if wrong:
        raise Problem(where, *wrong)
    return pd.DataFrame({"response": wide["response"], **scored})


def _score(
    name: str,
    wide: pd.DataFrame,
    scale: Scale,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    others: latent.Waves,
) -> np.ndarray:
    values = keyed(wide, scale, items, answers)
    answered = ~np.isnan(values)
    n = answered.sum(axis=1)
    enough = codes.enough(n, scale)
    if scale.method in SEVERAL_ITEMS:
        # ASSUME: in a sum or a count, items left open within `answered_at_least` count as the mean of the
        # person's answered items; counting them as 0 would make gaps look like low scores.
        mean = np.where(answered, values, 0.0).sum(axis=1) / np.maximum(n, 1)
        score = mean * len(scale.items) if scale.method in {"sum", "count"} else mean
    elif scale.method == "log":
        positive = answered[:, 0] & (values[:, 0] > 0)
        score, enough = np.log(np.where(positive, values[:, 0], 1.0)), positive
    elif latent.is_latent(scale):
        # A wave that did not ask an item has no answers to estimate from; then nobody has answered enough either.
        score = np.full(len(n), np.nan)
        if enough.any():
            score = latent.scored(wide, scale, items, answers, name, others)["score"].to_numpy()
    else:
        score = values[:, 0]
    return np.where(enough, score, np.nan)


def _of_schools(scores: np.ndarray, schools: pd.Series) -> np.ndarray:
    """For each response the mean score of its school.

    Where head, careers leader and teachers answer different questions, what one reports can so be held against what
    another does, and no one person's mood stands on both sides.
    """
    # ASSUME: everybody who answered a scale speaks for the school with the same weight, whatever the design's weights.
    return pd.Series(scores).groupby(schools.to_numpy()).transform("mean").to_numpy(dtype=float)


def keyed(wide: pd.DataFrame, scale: Scale, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]) -> np.ndarray:
    """The items of a scale as floats (responses x items), each in the scale's direction and unit.

    Reverse-keyed items are mirrored on the range of their answers; for percent, the range becomes 0 to 100; for
    count and indicator, 1 where the answer is one of the scale's codes, or `at_least` and above, and else 0; for item
    response, the place of the answer among its codes.
    """
    order = codes.in_order(scale, items, answers) if latent.is_latent(scale) else {}
    columns = []
    for item in scale.items:
        values = wide[item].to_numpy(dtype=float, na_value=np.nan)
        low, high = _range(answers[items[item].answers])
        if item in scale.reversed:
            values = low + high - values
        if scale.method == "percent":
            values = (values - low) / (high - low) * 100
        elif scale.method in {"count", "indicator"}:
            yes = values >= scale.at_least if scale.at_least is not None else np.isin(values, scale.codes)
            values = np.where(np.isnan(values), np.nan, yes)
        elif item in order:
            values = codes.steps(wide[item], order[item])
        columns.append(values)
    return np.column_stack(columns)


def _range(answers: AnswerSet) -> tuple[float, float]:
    """The lowest and the highest code, or the bounds of a number."""
    if answers.is_categorical:
        return float(min(answers.codes)), float(max(answers.codes))
    return float(answers.low), float(answers.high)  # type: ignore[arg-type]
