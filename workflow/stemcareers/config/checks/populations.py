"""`populations/` against the vocabulary, and the waves' weighting against `populations/`."""

from __future__ import annotations

from collections.abc import Iterable

from stemcareers.config.calibration import CROSSED, Calibration
from stemcareers.config.checks.ids import answers_of, not_a_code, not_known, unknown
from stemcareers.config.load import StudyConfig
from stemcareers.config.population import NUMBER


def population(config: StudyConfig, name: str) -> Iterable[str]:
    """Some wave is weighted to it; every margin is made of items of the context, and every level of their codes."""
    whole = not config.waves.unreadable and all(its.whole for its in config.waves.values())
    read = {its.design.calibrate.population for its in config.waves.values() if whole and its.design.calibrate}
    if whole and name not in read:
        yield "is read by no wave; name it under design.calibrate.population, or take it away"
    for margin, totals in config.populations[name].items():
        items = margin.split(CROSSED)
        sets = {item: answers_of(config, item) for item in items}
        if config.study is not None and config.study.whole:
            for item in items:
                if item not in config.study.context:
                    yield f"{margin}: {not_known(item, 'item of the context', config.study.context, 'study.yaml')}"
        for item, answers in sets.items():
            if answers is not None and not answers.is_categorical and (len(items) > 1 or set(totals) != {NUMBER}):
                yield f"{margin}: '{item}' has no categories; give its sum over the population, with an empty level"
            elif answers is not None and answers.is_categorical and NUMBER in totals:
                yield f"{margin}: '{item}' has categories; give each a row with its code under 'level' and its total"
        for level in totals:
            for item, code in zip(items, level.split(CROSSED), strict=False):
                answers = sets[item]
                if answers is not None and answers.is_categorical and code not in {NUMBER, *map(str, answers.codes)}:
                    yield f"{margin} {level}: {not_a_code(code, item, answers)}"


def wave(config: StudyConfig, name: str) -> Iterable[str]:
    """The population is there, has the margins and a total for each level, and its margins agree on its size."""
    its = config.waves[name]
    if its.design is None or not its.design.whole:
        return
    mine = its.design.calibrate
    if mine is not None:
        key = "design.calibrate"
        yield from unknown(f"{key}.population", mine.population, "population", config.populations, "populations/")
        if mine.population in config.populations:
            yield from _margins(config, mine, key)
    first = next(iter(config.waves))
    design = config.waves[first].design
    if name != first and design is not None and design.whole:
        other = design.calibrate
        said = [(c.method, c.margins) if c is not None else None for c in (mine, other)]
        if said[0] != said[1]:
            yield (
                f"design.calibrate: has another method or other margins than in waves/{first}.yaml; pooled waves are "
                "calibrated the same way, each to its own population"
            )
        elif mine is not None and other is not None and mine.bounds != other.bounds:
            yield f"design.calibrate.bounds: are others than in waves/{first}.yaml; pooled waves have the same bounds"


def _margins(config: StudyConfig, mine: Calibration, key: str) -> Iterable[str]:
    known = config.populations[mine.population]
    place = f"populations/{mine.population}.csv"
    sizes: dict[str, float] = {}
    for margin in mine.margins:
        if margin not in known:
            yield f"{key}.margins: {not_known(margin, 'margin', known, place)}"
            continue
        answers = answers_of(config, margin)
        if NUMBER in known[margin]:
            if mine.method == "post_stratify":
                yield f"{key}.margins: '{margin}' is a number; post_stratify takes categories, use linear"
            continue
        sizes[margin] = sum(known[margin].values())
        absent = [str(c) for c in answers.codes if str(c) not in known[margin]] if answers is not None else []
        if absent:
            yield f"{key}.margins: '{margin}' has no total for {', '.join(absent)} (see {place})"
    if sizes and max(sizes.values()) - min(sizes.values()) > 1e-9 * max(sizes.values()):
        listed = ", ".join(f"{margin} to {size:,.10g}" for margin, size in sizes.items())
        yield f"{key}.margins: must add up to one population: {listed} (see {place})"
