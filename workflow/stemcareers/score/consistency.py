"""How far the items of each scale of one wave go together, and what else a page of measures tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from stemcareers import contracts
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.config.wave import WaveDesign
from stemcareers.errors import Problem
from stemcareers.score import anchored, latent, ordinal, reproduced, sampled, scores

if TYPE_CHECKING:
    from stemcareers.inference import Survey

UNRELATED = "no reliability: what is counted does not go together, so the number of things is all it tells"
NOT_POSITIVE = "missing:not_positive"
Row = dict[str, object]


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
    scored: pd.DataFrame | None = None,
    weights: pd.DataFrame | None = None,
    design: WaveDesign | None = None,
    others: latent.Waves | None = None,
) -> pd.DataFrame:
    """ESTIMATES rows on every scale of several items: alpha with its interval, item-rest, alpha if deleted.

    scored            the wave's scores (SCORED); without them they are computed.
    weights, design   the wave's WEIGHTED table and what the wave says of it: where it has strata, clusters, finite
                      populations or replicate weights, these make the intervals, which else are those of a simple
                      random sample (for alpha Feldt's).

    others            the answers of other waves that parameters of item response are estimated from.

    Besides: of ordered answers `ordinal.reliability`, of item response `latent.reliability`, and of a scale that
    reproduces another `reproduced.differences`.

    Every response counts once; alpha is of those that answered every item of the scale. A scale that the wave did not
    ask has no rows; one whose answers do not vary has a row that says so under `withheld`. A scale that is a logarithm
    has the number of answers that have none, where there are any.

    Raises a Problem naming every item that goes against the rest of its scale, every scale that does not come as near
    to another as it says, and every scale that its anchor shows to be the wrong way round. A count may add up things
    that need not go together, such as barriers: there the reliability is left out, with the reason.
    """
    place = f"config/studies/{study}/scales.yaml"
    asked = _Wave(wide, items, answers, confidence_level, weights, design, others or {})
    if scored is None:
        scored = scores.scales(wide, scales, items, answers, place, others)
    scored = wide[["response"]].merge(scored, on="response", how="left", validate="1:1")
    rows: list[Row] = []
    wrong: list[str] = []
    for name, scale in scales.items():
        coded = pd.DataFrame(scores.keyed(wide, scale, items, answers), columns=scale.items)
        try:
            found = [
                *asked.consistency(name, scale, coded),
                *reproduced.differences(name, scale, scored, wide),
            ]
        except _Against as against:
            wrong += against.args
            continue
        rows += [_row(name, scale, "", "") | row for row in found]
        wrong += reproduced.beyond(name, scale, found)
        wrong += anchored.against(name, scale, scored, wide)
    if wrong:
        raise Problem(place, *(f"wave {wave}: {fault}" for fault in wrong))
    table = pd.DataFrame(rows, columns=[c.name for c in contracts.ESTIMATES.columns])
    table = table.assign(study=study, specification="reliability", sample=f"wave={wave}", synthetic=synthetic)
    return contracts.ESTIMATES.conform(table)


class _Against(Exception):
    """Items that go against the rest of their scale: a sentence each."""


@dataclass
class _Wave:
    """The answers of one wave, and how they were drawn."""

    wide: pd.DataFrame
    items: Mapping[str, Item]
    answers: Mapping[str, AnswerSet]
    level: float
    weights: pd.DataFrame | None
    design: WaveDesign | None
    others: latent.Waves

    @cached_property
    def drawn(self) -> Survey:
        return sampled.survey(self.wide, self.weights, self.design)

    def consistency(self, name: str, scale: Scale, coded: pd.DataFrame) -> Iterator[Row]:
        """Rows on the items of one scale; raises _Against."""
        if scale.method == "log":
            yield from _without_logarithm(name, scale, coded.iloc[:, 0])
        several = scale.method in scores.SEVERAL_ITEMS or latent.is_latent(scale)
        if not several or len(scale.items) < 2 or not coded.notna().any(axis=None):
            return
        complete = coded.notna().all(axis=1)
        constant = coded.columns[coded[complete].nunique() < 2].tolist()
        if complete.sum() < 3 or constant:
            yield {**_row(name, scale, "reliability", name), "withheld": _why_not(constant)}
        elif faults := list(_against_the_rest(name, scale, coded)):
            if scale.method != "count":
                raise _Against(*faults)
            yield {**_row(name, scale, "reliability", name), "withheld": UNRELATED}
        else:
            schools = self.wide.loc[complete.to_numpy(), "school"].nunique() or int(complete.sum())
            yield from _reliability(name, scale, coded, schools, self.level, self._if_designed(coded))
            if ordinal.is_ordinal(scale, self.items, self.answers):
                among = self._if_designed(coded)
                steps = ordinal.reliability(name, scale.items, coded[complete], self.level, among)
                yield from (_with_schools(row, schools) for row in steps)
        if latent.is_latent(scale):
            known = (self.items, self.answers, self.drawn, self.level, self.others)
            yield from latent.reliability(name, self.wide, scale, *known)

    def _if_designed(self, coded: pd.DataFrame) -> Survey | None:
        """The survey with the items of a scale in its frame; None where responses were drawn one by one."""
        if self.design is None or self.design.is_simple:
            return None
        return sampled.with_columns(self.drawn, coded)


def _reliability(
    name: str, scale: Scale, coded: pd.DataFrame, schools: int, level: float, drawn: Survey | None
) -> Iterator[Row]:
    from stemcareers.inference import psychometrics

    if drawn is None:
        found = psychometrics.alpha(coded, scale.items, level=level, where=name)
    else:
        found = psychometrics.alpha_under(drawn, scale.items, level=level, where=name)
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


def _with_schools(row: Row, schools: int) -> Row:
    return row if "withheld" in row else {**row, "n_schools": schools}


def _row(name: str, scale: Scale, quantity: str, term: str) -> Row:
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


def _without_logarithm(name: str, scale: Scale, values: pd.Series) -> Iterator[Row]:
    n = int((values <= 0).sum())
    if n:
        counted = {"level": NOT_POSITIVE, "estimate": float(n), "n": n, "unit": "responses"}
        yield {**_row(name, scale, "count", name), **counted}
