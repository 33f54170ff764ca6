"""Mixed models against the vocabulary: what can name groups, and what can have a slope in each."""

from __future__ import annotations

from collections.abc import Iterable

from stemcareers.config.checks.ids import answers_of, unknown
from stemcareers.config.grouping import SCHOOL
from stemcareers.config.load import StudyConfig
from stemcareers.config.samples import WAVE
from stemcareers.config.specification import Specification


def group_faults(config: StudyConfig, its: Specification) -> Iterable[str]:
    """Whether `group` is an item with categories, `school` or `wave`."""
    group = its.group
    if its.family != "mixed" or group is None or (group in (SCHOOL, WAVE) and group not in config.items):
        return
    if group in config.scales:
        yield f"group: '{group}' is a scale; only the categories of an item, or schools, are groups"
        return
    yield from unknown("group", group, "item", config.items, "items.csv")
    answers = answers_of(config, group)
    if answers is not None and not answers.is_categorical:
        yield f"group: '{group}' has answers of kind '{answers.kind}'; only categories, or schools, are groups"


def slope_faults(config: StudyConfig, its: Specification) -> Iterable[str]:
    """Whether every slope is of a number."""
    for slope in its.slopes if its.family == "mixed" else ():
        answers = answers_of(config, slope)
        if slope == WAVE or (answers is not None and answers.is_categorical):
            yield f"slopes: '{slope}' has categories; only a number or a scale has a slope"
