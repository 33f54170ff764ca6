"""Find the estimate that a published number is held against."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from stemcareers.config import StudyConfig, waves_of
from stemcareers.config.fielded import fielded
from stemcareers.config.published import ESTIMATED_AS, Published

ANSWERS = "answers"  # the counts of a wave's answers, every response once
ALL = "all"
PERCENT, NUMBER = "%", "n"
OF_HUNDRED = re.compile(r"probability|%|per cent|0 to 100")  # units of means that per cent can be held against


class NotComputed(Exception):
    """There is no estimate to hold a number against; says why."""


@dataclass(frozen=True)
class Wanted:
    """What of the estimates a number is about: the samples it may be of, the first one found counts."""

    outcome: str
    quantities: tuple[str, ...]
    term: str
    level: str
    samples: tuple[str, ...]


def estimate(config: StudyConfig, number: Published, estimates: pd.DataFrame) -> pd.Series:
    """The row of the study's estimates that the number is held against.

    Raises NotComputed where there is none, where it is withheld, and where specifications differ over it.
    """
    if number.because is not None:
        raise NotComputed(number.because)
    wanted = _wanted(config, number)
    rows = estimates[
        estimates["outcome"].eq(wanted.outcome)
        & estimates["quantity"].isin(wanted.quantities)
        & estimates["term"].eq(wanted.term)
        & estimates["level"].eq(wanted.level)
        & (estimates["sample"].isin(wanted.samples) | _all_of_wave(config, wanted, estimates))
    ]
    if number.specification is not None:
        rows = rows[rows["specification"].eq(number.specification)]
    described = rows[rows["specification"].ne(ANSWERS)]
    found = _the_one(described if len(described) else rows, wanted)
    if number.unit == PERCENT and wanted.quantities == ("mean",) and not OF_HUNDRED.search(found["unit"]):
        raise NotComputed(f"the mean here is in '{found['unit']}', and the number in {PERCENT}")
    return found


def _all_of_wave(config: StudyConfig, wanted: Wanted, estimates: pd.DataFrame) -> pd.Series:
    """Which rows are of all responses of a specification that is about the wave only."""
    about = [
        name for name in config.specifications if [f"wave={w}" for w in waves_of(name, config)] == [wanted.samples[0]]
    ]
    return estimates["sample"].eq(ALL) & estimates["specification"].isin(about)


# What stands in the estimates for a quantity that published.csv names, where it is not called the same.
KNOWN_AS = {**{name: (own,) for name, own in ESTIMATED_AS.items()}, "difference": ("difference", "change")}


def _wanted(config: StudyConfig, number: Published) -> Wanted:
    level = number.level or ""
    if number.item is None:
        if number.unit != NUMBER or number.answer is not None:
            raise NotComputed("no question or score of this study is the one it is about")
        return Wanted("responses", ("count",), "kept", "", (f"wave={_wave(number, list(config.waves))}",))
    samples = _samples(number, asked_in(config, number.item))
    if number.quantity is not None:
        term = number.term or _reproduced(config, number) or number.item
        return Wanted(number.item, KNOWN_AS.get(number.quantity, (number.quantity,)), term, level, samples)
    return Wanted(number.item, (_quantity(number, level),), number.item, level, samples)


def _quantity(number: Published, level: str) -> str:
    """What unit and level say: of per cent a share or a mean, of a number a count, of any other unit a mean."""
    if number.unit == PERCENT:
        return "share" if level else "mean"
    if number.unit == NUMBER:
        return "count"
    if not level:
        return "mean"
    raise NotComputed(f"an answer is counted here in {PERCENT} or {NUMBER}, and the unit is '{number.unit}'")


def _reproduced(config: StudyConfig, number: Published) -> str | None:
    """The score that came with the data, where a scale works it out again and the number is of how near it comes."""
    scale = config.scales.get(number.item or "")
    if number.quantity != "largest_difference" or scale is None or scale.reproduces is None:
        return None
    return scale.reproduces.scale


def _wave(number: Published, waves: list[str]) -> str:
    """The one wave that a number is about."""
    if number.wave is not None:
        if number.wave not in waves:
            raise NotComputed(f"it was not asked in wave {number.wave}")
        return number.wave
    if len(waves) != 1:
        raise NotComputed("it may be of several waves, and published.csv does not say of which")
    return waves[0]


def _samples(number: Published, waves: list[str]) -> tuple[str, ...]:
    """The samples a number may be of; all responses together are those of a wave where no other wave asked."""
    if not waves:
        raise NotComputed("no wave asked it")
    if number.sample is not None:
        return (number.sample,)
    wave = _wave(number, waves)
    return (f"wave={wave}", ALL) if len(waves) == 1 else (f"wave={wave}",)


def asked_in(config: StudyConfig, name: str) -> list[str]:
    """The waves that asked an item, or every item of a scale."""
    items = set(config.scales[name].items if name in config.scales else [name])
    asked = {wave: fielded(config.instruments[its.instrument], its).columns() for wave, its in config.waves.items()}
    return [wave for wave, columns in asked.items() if items <= set(columns.values())]


def _the_one(rows: pd.DataFrame, wanted: Wanted) -> pd.Series:
    if rows.empty:
        raise NotComputed("no specification estimates it")
    known = rows[rows["withheld"].eq("") & rows["estimate"].notna()]
    if known.empty:
        raise NotComputed(f"withheld: {next(iter(rows['withheld'].drop_duplicates()))}")
    sample = next(one for one in (*wanted.samples, ALL) if one in set(known["sample"]))
    known = known[known["sample"].eq(sample)].sort_values("specification", kind="stable")
    if known["estimate"].nunique() > 1:
        named = ", ".join(known["specification"].unique())
        raise NotComputed(f"specifications differ over it ({named}), and published.csv does not name one")
    with_interval = known[known["ci_low"].notna()]
    return (with_interval if len(with_interval) else known).iloc[0]
