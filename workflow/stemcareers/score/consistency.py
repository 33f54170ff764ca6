"""How far the items of each scale of one wave go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from stemcareers import contracts
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.errors import Problem
from stemcareers.score import ordinal
from stemcareers.score.scores import SEVERAL_ITEMS, keyed

UNRELATED = "no reliability: what is counted does not go together, so the number of things is all it tells"
NOT_POSITIVE = "missing:not_positive"


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

    Scales of ordered answers have besides what `ordinal.reliability` gives.

    Unweighted, from the responses that answered every item of the scale. A scale that the wave did not ask has no
    rows; one whose answers do not vary has a row that says so under `withheld`. A scale that is a logarithm
    has the number of answers that have none, where there are any.

    Raises a Problem naming every item that goes against the rest of its scale. A count may add up things that need
    not go together, such as barriers: there the reliability is left out, with the reason.
    """
    rows: list[dict[str, object]] = []
    wrong: list[str] = []
    for name, scale in scales.items():
        coded = pd.DataFrame(keyed(wide, scale, items, answers), columns=scale.items)
        if scale.method == "log":
            rows += _without_logarithm(name, scale, coded.iloc[:, 0])
        elif scale.method in SEVERAL_ITEMS and len(scale.items) > 1 and coded.notna().any(axis=None):
            complete = coded.notna().all(axis=1)
            constant = coded.columns[coded[complete].nunique() < 2].tolist()
            if complete.sum() < 3 or constant:
                rows.append({**_row(name, scale, "reliability", name), "withheld": _why_not(constant)})
                continue
            if faults := list(_against_the_rest(name, scale, coded)):
                if scale.method == "count":
                    rows.append({**_row(name, scale, "reliability", name), "withheld": UNRELATED})
                else:
                    wrong += faults
                continue
            schools = wide.loc[complete.to_numpy(), "school"].nunique() or int(complete.sum())
            rows += _reliability(name, scale, coded, schools, confidence_level)
            if ordinal.is_ordinal(scale, items, answers):
                steps = ordinal.reliability(name, scale.items, coded[complete], confidence_level)
                rows += [_row(name, scale, "", "") | _with_schools(row, schools) for row in steps]
    if wrong:
        raise Problem(f"config/studies/{study}/scales.yaml", *(f"wave {wave}: {fault}" for fault in wrong))
    table = pd.DataFrame(rows, columns=[c.name for c in contracts.ESTIMATES.columns])
    table = table.assign(study=study, specification="reliability", sample=f"wave={wave}", synthetic=synthetic)
    return contracts.ESTIMATES.conform(table)


def _reliability(
    name: str, scale: Scale, coded: pd.DataFrame, schools: int, level: float
) -> Iterator[dict[str, object]]:
    from stemcareers.inference import psychometrics

    found = psychometrics.alpha(coded, scale.items, level=level, where=name)
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


def _with_schools(row: dict[str, object], schools: int) -> dict[str, object]:
    return row if "withheld" in row else {**row, "n_schools": schools}


def _row(name: str, scale: Scale, quantity: str, term: str) -> dict[str, object]:
    unit = "correlation, -1 to 1" if quantity == "item_rest" else "Cronbach's alpha, at most 1"
    known = {"outcome": name, "quantity": quantity, "term": term, "role": scale.role, "unit": unit}
    return {**known, "level": "", "withheld": ""}


def _why_not(constant: list[str]) -> str:
    if constant:
        return f"no reliability: the answers to {', '.join(constant)} do not vary"
    return "no reliability: fewer than 3 responses answered every item"


def _against_the_rest(name: str, scale: Scale, coded: pd.DataFrame) -> Iterator[str]:
    """Sentences on items whose correlation with the sum of the others is negative, the most negative first.

    An item that is turned round pulls the others down, so each is mirrored before the next is looked for.
    """
    from stemcareers.inference import psychometrics

    mirrored, told = coded.copy(), set()
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
