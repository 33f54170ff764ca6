"""`published.csv` against the items, specifications and waves its numbers are held against."""

from __future__ import annotations

from collections.abc import Iterable

from stemcareers.config.checks.ids import answers_of, not_a_code, not_known, sample_faults, unknown, variables
from stemcareers.config.load import StudyConfig
from stemcareers.config.published import SINGLE_SCORE, Published
from stemcareers.config.samples import WAVE, is_made_by


def published(config: StudyConfig) -> Iterable[str]:
    """Every published number is held against a known item or scale, a code it has, and estimates that are made."""
    where = "items.csv, scales.yaml"
    for name, number in config.published.items():
        yield from unknown(f"{name}.item", number.item, "item or scale", variables(config), where)
        if number.term != WAVE:
            yield from unknown(f"{name}.term", number.term, "item or scale", variables(config), where)
        if number.quantity == SINGLE_SCORE:
            yield from _single_score(config, name, number)
        elif number.quantity is None:
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


def _single_score(config: StudyConfig, name: str, number: Published) -> Iterable[str]:
    """A score of one school is held against the answers an item accepts, so it needs an item with fixed ones."""
    answers = answers_of(config, number.item)
    if number.item in config.scales or (answers is not None and not answers.is_categorical):
        yield (
            f"{name}.item: '{number.item}' has no fixed answers to hold a single school's score against; "
            "name an item whose answer set lists the scores there are"
        )


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
