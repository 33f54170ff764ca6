"""Turn the items of one wave into scale scores, and say how reliable each scale is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from stemcareers import contracts
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.errors import Problem

SEVERAL_ITEMS = {"mean", "sum", "percent", "count"}
UNRELATED = "no reliability: what is counted does not go together, so the number of things is all it tells"
NOT_POSITIVE = "missing:not_positive"
ROUNDING = 1e-9  # 2 of 3 items are two thirds, however the share is written as a float


def scales(
    wide: pd.DataFrame, scales: Mapping[str, Scale], items: Mapping[str, Item], answers: Mapping[str, AnswerSet]
) -> pd.DataFrame:
    """One float per response and scale (contract SCORED), in the scale's unit; more always means more.

    wide   one column an item: codes or numbers, <NA> where unanswered (contract WIDE).

    A score is missing where a smaller share of the items than `answered_at_least` was answered, and where the
    logarithm is asked of a number that is not positive.
    """
    scored = {name: _score(wide, scale, items, answers) for name, scale in scales.items()}
    return pd.DataFrame({"response": wide["response"], **scored})


def _score(wide: pd.DataFrame, scale: Scale, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]) -> np.ndarray:
    values = _keyed(wide, scale, items, answers)
    answered = ~np.isnan(values)
    n = answered.sum(axis=1)
    enough = (n > 0) & (n + ROUNDING >= scale.answered_at_least * len(scale.items))
    if scale.method in SEVERAL_ITEMS:
        # ASSUME: in a sum or a count, items left open within `answered_at_least` count as the mean of the
        # person's answered items; counting them as 0 would make gaps look like low scores.
        mean = np.where(answered, values, 0.0).sum(axis=1) / np.maximum(n, 1)
        score = mean * len(scale.items) if scale.method in {"sum", "count"} else mean
    elif scale.method == "log":
        positive = answered[:, 0] & (values[:, 0] > 0)
        score, enough = np.log(np.where(positive, values[:, 0], 1.0)), positive
    else:
        score = values[:, 0]
    return np.where(enough, score, np.nan)


def _keyed(wide: pd.DataFrame, scale: Scale, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]) -> np.ndarray:
    """The items of a scale as floats (responses x items), each in the scale's direction and unit.

    Reverse-keyed items are mirrored on the range of their answers; for percent, the range becomes 0 to 100; for
    count and indicator, 1 where the answer is one of the scale's codes and else 0.
    """
    columns = []
    for item in scale.items:
        values = wide[item].to_numpy(dtype=float, na_value=np.nan)
        low, high = _range(answers[items[item].answers])
        if item in scale.reversed:
            values = low + high - values
        if scale.method == "percent":
            values = (values - low) / (high - low) * 100
        elif scale.method in {"count", "indicator"}:
            values = np.where(np.isnan(values), np.nan, np.isin(values, scale.codes))
        columns.append(values)
    return np.column_stack(columns)


def _range(answers: AnswerSet) -> tuple[float, float]:
    """The lowest and the highest code, or the bounds of a number."""
    if answers.is_categorical:
        return float(min(answers.codes)), float(max(answers.codes))
    return float(answers.low), float(answers.high)  # type: ignore[arg-type]


# --- reliability ------------------------------------------------------------------------------------------


def reliability(
    wide: pd.DataFrame,
    scales: Mapping[str, Scale],
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    *,
    study: str,
    wave: str,
    synthetic: bool,
    confidence_level: float,
) -> pd.DataFrame:
    """ESTIMATES rows on every scale of several items: alpha with its interval, item-rest, alpha if deleted.

    Unweighted, from the responses that answered every item of the scale. A scale that the wave did not ask has no
    rows; one whose answers do not vary has a row that says so under `withheld`. A scale that is a logarithm
    has the number of answers that have none, where there are any.

    Raises a Problem naming every item that goes against the rest of its scale. A count may add up things that need
    not go together, such as barriers: there the reliability is left out, with the reason.
    """
    rows: list[dict[str, object]] = []
    wrong: list[str] = []
    for name, scale in scales.items():
        keyed = pd.DataFrame(_keyed(wide, scale, items, answers), columns=scale.items)
        if scale.method == "log":
            rows += _without_logarithm(name, scale, keyed.iloc[:, 0])
        elif scale.method in SEVERAL_ITEMS and len(scale.items) > 1 and keyed.notna().any(axis=None):
            complete = keyed.notna().all(axis=1)
            constant = keyed.columns[keyed[complete].nunique() < 2].tolist()
            if complete.sum() < 3 or constant:
                rows.append({**_row(name, scale, "reliability", name), "withheld": _why_not(constant)})
                continue
            if faults := list(_against_the_rest(name, scale, keyed)):
                if scale.method == "count":
                    rows.append({**_row(name, scale, "reliability", name), "withheld": UNRELATED})
                else:
                    wrong += faults
                continue
            schools = wide.loc[complete.to_numpy(), "school"].nunique() or int(complete.sum())
            rows += _reliability(name, scale, keyed, schools, confidence_level)
    if wrong:
        raise Problem(f"config/studies/{study}/scales.yaml", *(f"wave {wave}: {fault}" for fault in wrong))
    table = pd.DataFrame(rows, columns=[c.name for c in contracts.ESTIMATES.columns])
    table = table.assign(study=study, specification="reliability", sample=f"wave={wave}", synthetic=synthetic)
    return contracts.ESTIMATES.conform(table)


def _reliability(
    name: str, scale: Scale, keyed: pd.DataFrame, schools: int, level: float
) -> Iterator[dict[str, object]]:
    from stemcareers.inference import psychometrics

    found = psychometrics.alpha(keyed, scale.items, level=level, where=name)
    yield {
        **_row(name, scale, "reliability", name),
        "estimate": found.alpha,
        "std_error": found.std_error,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "df": found.df,
        "n": found.n,
        "n_schools": schools,
    }
    for item, row in found.items.iterrows():
        counted = {"n": found.n, "n_schools": schools}
        yield {**_row(name, scale, "item_rest", str(item)), "estimate": row["item_rest"], **counted}
        if len(scale.items) > 2:
            yield {**_row(name, scale, "alpha_if_deleted", str(item)), "estimate": row["alpha_if_deleted"], **counted}


def _row(name: str, scale: Scale, quantity: str, term: str) -> dict[str, object]:
    unit = "correlation, -1 to 1" if quantity == "item_rest" else "Cronbach's alpha, at most 1"
    known = {"outcome": name, "quantity": quantity, "term": term, "role": scale.role, "unit": unit}
    return {**known, "level": "", "withheld": ""}


def _why_not(constant: list[str]) -> str:
    if constant:
        return f"no reliability: the answers to {', '.join(constant)} do not vary"
    return "no reliability: fewer than 3 responses answered every item"


def _against_the_rest(name: str, scale: Scale, keyed: pd.DataFrame) -> Iterator[str]:
    """Sentences on items whose correlation with the sum of the others is negative, the most negative first.

    An item that is turned round pulls the others down, so each is mirrored before the next is looked for.
    """
    from stemcareers.inference import psychometrics

    mirrored, told = keyed.copy(), set()
    while len(told) < len(scale.items):
        against = psychometrics.reversed_items(mirrored, scale.items, where=name)
        if len(scale.items) == 2 and len(against) == 2:
            yield (
                f"{name}: '{scale.items[0]}' and '{scale.items[1]}' go against each other (correlation "
                f"{against.iloc[0]:.2f}); is one of them wrongly named, or missing, under {name}.reversed?"
            )
            return
        item = next((item for item in against.index if item not in told), None)
        if item is None:
            return
        if item in scale.reversed:
            remedy = f"it is mirrored already: take it out of {name}.reversed"
        else:
            remedy = f"if its high codes mean less, name it under {name}.reversed; else take it out of {name}.items"
        yield f"{name}: '{item}' goes against the other items (item-rest correlation {against[item]:.2f}); {remedy}"
        told.add(item)
        mirrored[item] = -mirrored[item]


def _without_logarithm(name: str, scale: Scale, values: pd.Series) -> Iterator[dict[str, object]]:
    n = int((values <= 0).sum())
    if n:
        counted = {"level": NOT_POSITIVE, "estimate": float(n), "n": n, "unit": "responses"}
        yield {**_row(name, scale, "count", name), **counted}
