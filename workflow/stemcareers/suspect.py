"""What is no fault and hardly an accident: told by `check`, so that somebody looks at it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from stemcareers.config.spelling import spelling
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Condition, WaveDesign

LONELY = 0.5  # the share of strata with one cluster from which they are told
ALIKE, GROUPS = 0.005, 3  # the spread of the sums of weights that is told, and in how many groups or more
SHARED = 0.05  # the share of the smaller wave from which responses in common are told: a school may answer as before
MANY, SMALL_NUMBER = 12, r"[0-9]{1,6}"  # answers that two people hardly give all alike; ids that any export has
SHOWN = 5  # items that a sentence names
ANSWERS = 50  # fewer answers tell nothing about their spread
APART, TURNED = 0.2, 0.4  # how far an item's answers must have moved, and how near they come again when turned round


def design(weighted: pd.DataFrame, design: WaveDesign) -> Iterable[str]:
    """Sentences on a design (contract WEIGHTED) that can hardly be that of the sample."""
    strata = weighted.groupby("stratum")["cluster"].nunique()
    alone = int((strata == 1).sum())
    if design.strata and len(strata) > GROUPS and alone > LONELY * len(strata):
        named = " and ".join(design.strata)
        yield (
            f"design.strata: {alone:,} of {len(strata):,} strata ({named}) have one cluster, so that little tells "
            "how far clusters of a stratum differ; are these the strata in which the sample was drawn?"
        )
    if design.weight == "none" or not design.strata:
        return
    groups = weighted["stratum"].str.partition("-")[0]
    sums, sizes = weighted.groupby(groups)["weight"].sum(), groups.value_counts()
    spread = float(sums.max() / sums.min() - 1)
    if len(sums) >= GROUPS and spread < ALIKE and float(sizes.max() / sizes.min() - 1) > ALIKE:
        yield (
            f"design.weight: '{design.weight}' adds up to {sums.mean():,.6g} in every {design.strata[0]}, so that each "
            "counts alike; weights of the sample do not, and totals over several mean nothing"
        )


def left_out(
    answers: pd.DataFrame, conditions: Iterable[Condition], items: Mapping[str, Item], sets: Mapping[str, AnswerSet]
) -> Iterable[str]:
    """Sentences on conditions that leave out, as sampled and not answering, who did answer other questions.

    answers   one row per response, one column per item (contract INGESTED).
    """
    asked = [
        name
        for name in answers.columns.intersection(list(items))
        if sets[items[name].answers].is_categorical and items[name].status != "administrative"
    ]
    given = {name: answers[name].isin(list(sets[items[name].answers].codes)) for name in asked}
    for condition in conditions:
        named = [name for name in condition.answered_any if name in given]
        if not condition.still_sampled or not named or len(named) < len(condition.answered_any):
            continue
        none = ~pd.DataFrame({name: given[name] for name in named}).any(axis=1)
        others = {name: int((its & none).sum()) for name, its in given.items() if name not in named}
        others = {name: n for name, n in others.items() if n}
        if others:
            n = int((pd.DataFrame({name: given[name] for name in others}).any(axis=1) & none).sum())
            most = sorted(others, key=lambda name: (-others[name], name))
            listed = ", ".join(most[:SHOWN]) + (", ..." if len(most) > SHOWN else "")
            yield (
                f"keep_if: '{condition.otherwise}' leaves out {n:,} {'response' if n == 1 else 'responses'} that "
                f"answered other questions ({listed}); add these to answered_any if they count"
            )


def shares(answers: pd.DataFrame, items: Mapping[str, Item], sets: Mapping[str, AnswerSet]) -> dict[str, pd.Series]:
    """Of each ordered item of a wave (contract INGESTED) the shares of its codes, low to high."""
    found = {}
    for name in answers.columns.intersection(list(items)):
        its = sets[items[name].answers]
        if its.kind == "ordered" and len(its.codes) > 2:
            given = answers[name].where(answers[name].isin(list(its.codes))).dropna()
            if len(given) >= ANSWERS:
                found[name] = given.value_counts(normalize=True).reindex(list(its.codes), fill_value=0.0).astype(float)
    return found


def turned(of_waves: Mapping[str, Mapping[str, pd.Series]]) -> Iterable[str]:
    """Sentences on items whose answers, of two waves, are alike only if one of them is turned round.

    of_waves  what `shares` gives for each wave, in the study's order.

    The distance of two distributions is half the sum of the differences of their shares (total variation).
    """
    waves = list(of_waves)
    found: dict[tuple[str, str], dict[str, tuple[float, float]]] = {}
    for place, wave in enumerate(waves):
        for item, its in of_waves[wave].items():
            earlier = next((w for w in reversed(waves[:place]) if item in of_waves[w]), None)
            if earlier is None:
                continue
            before = of_waves[earlier][item]
            straight, round_ = _distance(its, before), _distance(its[::-1], before)
            if straight > APART and round_ < TURNED * straight:
                found.setdefault((wave, earlier), {})[item] = straight, round_
    for (wave, earlier), its in found.items():
        named = ", ".join(f"'{item}'" for item in list(its)[:SHOWN])
        more = f" and {len(its) - SHOWN:,} more" if len(its) > SHOWN else ""
        far, near = (float(np.mean([distances[way] for distances in its.values()])) for way in (0, 1))
        yield (
            f"{named}{more}: answers in {wave} are like those of {earlier} only if turned round (of 100 answers "
            f"{100 * far:.0f} differ, turned round {100 * near:.0f}); was the scale printed, or coded, the other way? "
            "Then say so under codes"
        )


def fingerprints(kept: pd.DataFrame, items: Iterable[str]) -> frozenset[int]:
    """A number for the id and all answers of each response, that others hardly have: small numbers as ids need many
    answers beside them."""
    answers = kept[sorted(item for item in items if item in kept.columns)]
    telling = (answers.notna().sum(axis=1) >= MANY) | ~kept["response"].str.fullmatch(SMALL_NUMBER).fillna(True)
    rows = kept.loc[telling, ["response", *answers.columns]].astype("string")
    return frozenset(pd.util.hash_pandas_object(rows, index=False).tolist())


def again(of_waves: Mapping[str, frozenset[int]]) -> Iterable[str]:
    """Sentences on waves that hold responses of an earlier one.

    of_waves  what `fingerprints` gives for each wave, in the study's order.
    """
    waves = list(of_waves)
    for place, wave in enumerate(waves):
        for earlier in waves[:place]:
            n = len(of_waves[wave] & of_waves[earlier])
            if n > SHARED * min(len(of_waves[wave]), len(of_waves[earlier])):
                yield (
                    f"{wave}: {n:,} {'response has' if n == 1 else 'responses have'} the id and all answers of "
                    f"{'one' if n == 1 else 'some'} of {earlier}; the export may hold that wave too: say under keep_if "
                    "which are its own"
                )


def other_spellings(of_waves: Mapping[str, frozenset[str]]) -> Iterable[str]:
    """Sentences on schools that an earlier wave has by an id with zeros before it, or in other capitals and signs.

    of_waves  the ids of the schools of each wave, in the study's order, as the crosswalk has them. No id is quoted.
    """
    waves = list(of_waves)
    for place, wave in enumerate(waves):
        for earlier in waves[:place]:
            before = {_bare(school) for school in of_waves[earlier] - of_waves[wave]}
            n = sum(_bare(school) in before for school in of_waves[wave] - of_waves[earlier])
            if n:
                yield (
                    f"{wave}: {n:,} {'school has an id' if n == 1 else 'schools have ids'} that differ from those of "
                    f"{earlier} only in zeros before them, capitals or signs, so that they are not the same schools; "
                    "export the column as text, or say in crosswalk.csv which they are"
                )


def _bare(school: str) -> str:
    return spelling(school).lstrip("0")


def _distance(one: pd.Series, other: pd.Series) -> float:
    return float(np.abs(one.to_numpy() - other.to_numpy()).sum() / 2)
