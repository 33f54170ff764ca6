"""`published.csv` against the items, specifications and waves its numbers are held against."""

from __future__ import annotations

from collections.abc import Iterable

from stemcareers.config.checks.ids import answers_of, not_a_code, not_known, sample_faults, unknown, variables
from stemcareers.config.load import StudyConfig
from stemcareers.config.published import Published
from stemcareers.config.samples import is_made_by


def published(config: StudyConfig) -> Iterable[str]:
    """Every published number is held against a known item or scale, a code it has, and estimates that are made."""
    for name, number in config.published.items():
        yield from unknown(f"{name}.item", number.item, "item or scale", variables(config), "items.csv, scales.yaml")
        yield from _level(config, name, number)
        yield from unknown(f"{name}.wave", number.wave, "wave", config.waves, "waves/")
        if number.sample is not None:
            yield from sample_faults(config, f"{name}.sample", number.sample)
        yield from _specification(config, name, number)


def _level(config: StudyConfig, name: str, number: Published) -> Iterable[str]:
    answers, level = answers_of(config, number.item), number.level
    if answers is None or not answers.is_categorical:
        return
    if level is None and number.unit == "%":
        yield f"{name}.level: is missing; '{number.item}' has categories, and a share is of one of them"
    if level is not None and level not in map(str, answers.codes):
        yield f"{name}.level: {not_a_code(level, number.item, answers)}"


def _specification(config: StudyConfig, name: str, number: Published) -> Iterable[str]:
    key = f"{name}.specification"
    yield from unknown(key, number.specification, "specification", config.specifications, "specifications/")
    its = config.specifications.get(number.specification or "")
    if its is None or not its.whole or number.item is None:
        return
    place = f"specifications/{number.specification}.yaml"
    if number.item not in its.outcome:
        yield f"{key}: {not_known(number.item, 'outcome there', its.outcome, place)}"
    if number.sample is not None and not is_made_by(number.sample, its.samples):
        yield f"{key}: '{number.specification}' has no sample '{number.sample}'; it has {', '.join(its.samples)}"
