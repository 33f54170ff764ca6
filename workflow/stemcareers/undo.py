"""Redo a study's models without each exclusion of its waves in turn: what would they say had it not been made?

Above the stages: one wave is cleaned, coded, weighted, scored and pooled again by their own functions, in this process.
What is never undone (consent, previews, who is not eligible) is told as such, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from stemcareers import clean, contracts, estimate, harmonise, pool, score, weight, withhold
from stemcareers.config import Links, Specification, StudyConfig, Vocabulary, exclusions, waves_of
from stemcareers.config.exclusions import NEVER, Exclusion
from stemcareers.contracts import UNDOING, WITH_EXCLUSION, WITHOUT_EXCLUSION
from stemcareers.errors import Problem
from stemcareers.estimate import accounted

QUANTITY = "coefficient"
OF_ROW = ["sample", "outcome", "term", "level"]
ALWAYS = {
    clean.NO_ID: "a response without an id cannot be told from another",
    clean.TWICE_EXPORTED: "it is the same response again",
    clean.TWICE_ANSWERED: "a person counts once",
}
LONGEST = 60  # letters of a key, such as `design.weight` or `sample all, provision`
Responses = set[tuple[str, str]]


@dataclass(frozen=True)
class Prepared:
    """One wave as it came through the stages (INGESTED, QUARANTINE, WIDE, SCORED, WEIGHTED), and its corrections."""

    ingested: pd.DataFrame
    quarantine: pd.DataFrame
    wide: pd.DataFrame
    scores: pd.DataFrame
    weights: pd.DataFrame
    corrections: clean.Corrections | None = None


@dataclass(frozen=True)
class Undone:
    """The study's responses with one exclusion undone, and who came or went: ids are wave and response."""

    before: pd.DataFrame
    after: pd.DataFrame

    @cached_property
    def changed(self) -> tuple[int, int]:
        """How many responses came, and how many went; one that comes back may put another aside."""
        return _came_and_went(_answering(self.before), _answering(self.after))

    def concerned(self, entry: Specification, sample: str, outcome: str, term: str) -> int:
        """The smallest group that the two results together would tell of; 0 where the same responses are in both.

        Who came into a sample of the model or went from it, who did so outside of it, and all who came or went. A
        model of one term alone is a table of its categories: there, also those who came or went in each.
        """
        before, after, all_before, all_after = (
            _used(pooled, entry, name, outcome, term)
            for name in (sample, "all")
            for pooled in (self.before, self.after)
        )
        inside = _came_and_went(before, after)
        everywhere = _came_and_went(all_before, all_after)
        outside = [whole - part for whole, part in zip(everywhere, inside, strict=True)]
        terms = [term] if term else [*entry.factors, *entry.context]
        moves = ((self.after, after - before), (self.before, before - after)) if len(terms) == 1 else ()
        cells = [n for pooled, ids in moves for n in _by_category(pooled, ids, terms[0])]
        return min((n for n in (*inside, *outside, *self.changed, *cells) if n > 0), default=0)


def each_exclusion(
    config: StudyConfig,
    prepared: Mapping[str, Prepared],
    pooled: pd.DataFrame,
    facts: pd.DataFrame,
    estimates: pd.DataFrame,
    *,
    confidence_level: float,
    limit: int,
    seed: int,
) -> pd.DataFrame:
    """ESTIMATES rows of the specifications that say `without_each_exclusion`, small groups withheld.

    pooled     POOLED, with every exclusion made.
    facts      what is published of the waves (ESTIMATES): how many each exclusion left out.
    estimates  what is published of these specifications.
    limit      the smallest group that may be shown.

    For each exclusion that left anybody out, and each coefficient of a factor: with the exclusion (`with_exclusion`,
    as published), without it (`without_exclusion`), and the difference. The level names wave and reason. Of one that
    is never undone, or cannot be, a row says why. Nothing is told of an exclusion whose count is withheld.
    """
    rows: list[dict[str, object]] = []
    for wave in config.waves:
        named = [name for name in declared(config) if wave in (waves_of(name, config) or config.waves)]
        for exclusion, hidden in _made(config, facts, wave) if named else ():
            undone = None
            for name in named:
                main = _main(estimates, name)
                if exclusion.never:
                    rows.append(_never(config, name, exclusion))
                    continue
                if hidden:
                    rows += _rows(main, None, exclusion, hidden)
                    continue
                try:
                    undone = undone or Undone(pooled, without(config, prepared, exclusion))
                    found = _estimated(config, name, undone, confidence_level, limit, seed)
                except Problem as problem:
                    rows += _rows(main, None, exclusion, f"not estimated: refused without the exclusion{_by(problem)}")
                    continue
                rows += _rows(main, found, exclusion)
    table = pd.DataFrame(rows, columns=[column.name for column in contracts.ESTIMATES.columns])
    if table.empty:
        return contracts.ESTIMATES.empty()
    return contracts.ESTIMATES.conform(table.astype({"n": "Int64", "n_schools": "Int64"}))


def declared(config: StudyConfig) -> list[str]:
    """The specifications that are to be redone without each exclusion."""
    return [name for name, entry in config.specifications.items() if entry.without_each_exclusion]


def without(config: StudyConfig, prepared: Mapping[str, Prepared], exclusion: Exclusion) -> pd.DataFrame:
    """The pooled responses of a study (POOLED) as if one exclusion had not been made.

    Only its wave is done again, and the scores of other waves whose parameters are estimated from it.
    """
    name, own = exclusion.wave, prepared[exclusion.wave]
    items, answers, scales = config.items, config.answers, config.scales
    wave = exclusions.without(config.waves[name], exclusion.reason)
    where = f"config/studies/{config.id}/waves/{name}.yaml"
    kept = clean.responses(own.ingested, own.quarantine, wave, items, answers, where, own.corrections)
    cleaned = contracts.CLEANED.conform(kept.responses)
    form = config.instruments[wave.instrument]
    done = harmonise.answers(cleaned, own.quarantine, kept.flow, wave, form, items, answers, config.study.context)
    wide = {other: its.wide for other, its in prepared.items()} | {name: contracts.WIDE.conform(done.wide)}
    calibrate = wave.design.calibrate
    population = config.populations[calibrate.population] if calibrate is not None else None
    weights = contracts.WEIGHTED.conform(weight.responses(cleaned, wave, where, wide[name], population))
    sources = {scale.parameters.wave for scale in scales.values() if scale.parameters} - {None}
    parts = {}
    for other, its in prepared.items():
        scores = its.scores
        if other == name or name in sources:
            estimated_in = {source: wide[source] for source in sources - {other}}
            scored = score.scales(wide[other], scales, items, answers, others=estimated_in)
            scores = contracts.SCORED.conform(scored)
        weighted = weights if other == name else its.weights
        parts[other] = pool.Part(wide[other], scores, weighted, wave if other == name else config.waves[other])
    return pool.waves(parts, Links(config.study.panel, config.crosswalk))


def _made(config: StudyConfig, facts: pd.DataFrame, wave: str) -> Iterator[tuple[Exclusion, str]]:
    """The exclusions that left out anybody, and why their number is withheld; '' where it is told."""
    known = {exclusion.reason: exclusion for exclusion in exclusions.declared(wave, config.waves[wave])}
    flow = facts[facts["specification"].eq("flow") & facts["term"].eq("left_out") & facts["sample"].eq(f"wave={wave}")]
    for row in flow.to_dict("records"):
        if row["withheld"] or row["estimate"] > 0:
            reason = str(row["level"])
            never = Exclusion(wave, reason, ALWAYS.get(reason, exclusions.WHY_NEVER[None]))
            # A condition that gives such a reason is counted with it, and undone as little.
            yield never if reason in ALWAYS else known.get(reason, never), str(row["withheld"])


def _main(estimates: pd.DataFrame, name: str) -> pd.DataFrame:
    """The coefficients of a specification's factors."""
    its = estimates["specification"].eq(name) & estimates["quantity"].eq(QUANTITY)
    return estimates[its & estimates["role"].eq("leadership_factor")]


def _estimated(
    config: StudyConfig, name: str, undone: Undone, confidence_level: float, limit: int, seed: int
) -> pd.DataFrame:
    """The coefficients of a specification's factors without an exclusion, small groups withheld."""
    entry = config.specifications[name]
    every, _ = estimate.specification(
        undone.after,
        entry,
        Vocabulary(config.items, config.answers, config.scales),
        study=config.id,
        name=name,
        confidence_level=confidence_level,
        limit=limit,
        seed=seed,
    )
    found = _main(every, name).reset_index(drop=True)
    if limit:
        fits = found["term"] if entry.each_alone else pd.Series("", index=found.index)
        cases = list(zip(found["sample"], found["outcome"], fits, strict=True))
        told = {case: undone.concerned(entry, *case) for case in dict.fromkeys(cases)}
        among = pd.DataFrame({"rest": found["rest_n"], "concerned": pd.array([told[case] for case in cases], "Int64")})
        found["rest_n"] = among.where(among > 0).min(axis=1).fillna(0).astype("Int64")
    return withhold.small_groups(found, limit)


def _by(problem: Problem) -> str:
    """What refuses, in brackets: the key before the colon. What follows it may count a few people, or quote."""
    key, colon, _ = problem.wrong[0].partition(": ")
    return f" ({key})" if colon and len(key) < LONGEST else ""


def _never(config: StudyConfig, name: str, exclusion: Exclusion) -> dict[str, object]:
    """The row of an exclusion that is never undone."""
    return {
        "study": config.id,
        "specification": name,
        "sample": f"wave={exclusion.wave}",
        "outcome": "responses",
        "quantity": WITHOUT_EXCLUSION,
        "term": "left_out",
        "level": exclusion.level(),
        "role": "flow",
        **dict.fromkeys(contracts.NUMBERS, np.nan),
        "n": pd.NA,
        "n_schools": pd.NA,
        "unit": "responses",
        "synthetic": config.waves[exclusion.wave].synthetic,
        "withheld": f"{NEVER}: {exclusion.never}",
    }


def _rows(
    main: pd.DataFrame, found: pd.DataFrame | None, exclusion: Exclusion, reason: str = ""
) -> Iterator[dict[str, object]]:
    """With the exclusion, without it and the difference, for each coefficient of the main analysis.

    found   the coefficients without the exclusion; None where there are none, for the reason that is given.
    """
    numbers = {} if found is None else {tuple(row[key] for key in OF_ROW): row for row in found.to_dict("records")}
    blank = {**dict.fromkeys(contracts.NUMBERS, np.nan), "n": pd.NA, "n_schools": pd.NA}
    for row in main.to_dict("records"):
        own = numbers.get(tuple(row[key] for key in OF_ROW))
        absent = reason or "not estimated: the model without the exclusion does not have it"
        hidden = row["withheld"] or (absent if own is None else own["withheld"])
        level = exclusion.level(str(row["level"]))
        yield {**row, "quantity": WITH_EXCLUSION, "level": level}
        after = {key: own[key] for key in contracts.NUMBERS} if own is not None and not hidden else blank
        yield {**row, **after, "quantity": WITHOUT_EXCLUSION, "level": level, "withheld": hidden}
        # Both with the digits of a published table: what does not change differs by nothing.
        change = {"estimate": np.nan if hidden else _published(own["estimate"]) - _published(row["estimate"])}
        yield {**row, **blank, **change, "quantity": UNDOING, "level": level, "withheld": hidden}


def _published(value: float) -> float:
    return float(f"{value:.{contracts.SIGNIFICANT_DIGITS}g}")


def _answering(pooled: pd.DataFrame) -> Responses:
    there = pooled[pooled["answered"]]
    return set(zip(there["wave"], there["response"], strict=True))


def _used(pooled: pd.DataFrame, entry: Specification, sample: str, outcome: str, term: str) -> Responses:
    """The responses that a fit of a specification uses."""
    inside = pooled[pooled["wave"].isin(entry.waves)].reset_index(drop=True) if entry.waves else pooled
    used = inside[accounted.reasons(inside, entry, {}, sample, outcome, term) == ""]
    return set(zip(used["wave"], used["response"], strict=True))


def _by_category(pooled: pd.DataFrame, ids: Responses, name: str) -> list[int]:
    """How many of the responses are in each category of an item or yes-no scale; none for a number."""
    inside = [one in ids for one in zip(pooled["wave"], pooled["response"], strict=True)]
    values = pooled.loc[inside, name].dropna()
    is_category = pd.api.types.is_integer_dtype(values.dtype) or set(values.unique()) <= {0.0, 1.0}
    return [int(n) for n in values.value_counts()] if is_category else []


def _came_and_went(before: Responses, after: Responses) -> tuple[int, int]:
    return len(after - before), len(before - after)
