"""`parameters` and `reproduces` in `scales.yaml` against answers, waves and other scales."""

from __future__ import annotations

from collections.abc import Iterable

from stemcareers.config.checks.ids import answers_of, code_faults, unknown
from stemcareers.config.item_response import METHODS
from stemcareers.config.load import StudyConfig
from stemcareers.config.vocabulary import Scale


def parameters(config: StudyConfig, name: str, scale: Scale) -> Iterable[str]:
    """Items have answers with codes, one more than there are steps; what is estimated is of one wave."""
    if scale.method not in METHODS:
        return
    given = scale.parameters.steps if scale.parameters is not None else {}
    for item in dict.fromkeys(scale.items):
        answers = answers_of(config, item)
        if answers is None or answers.kind == "text":
            continue
        codes = len(answers.codes)
        if not answers.is_categorical:
            yield f"{name}.items: '{item}' is a number; method '{scale.method}' needs answers with codes"
        elif scale.method == "rasch" and codes > 2:
            yield f"{name}.items: '{item}' has {codes} answers, a Rasch item has two; use partial_credit"
        elif item in given and len(given[item]) != codes - 1:
            yield (
                f"{name}.parameters.steps.{item}: holds {len(given[item])}, but its {codes} answers have "
                f"{codes - 1} between them (see answers.yaml)"
            )
    if scale.parameters is not None and scale.parameters.estimate:
        yield from _estimated(config, name, scale, scale.parameters.wave)


def _estimated(config: StudyConfig, name: str, scale: Scale, wave: str | None) -> Iterable[str]:
    """One wave, which asks every item, is the one that parameters are estimated from."""
    asking = [one for one in config.waves if _asks(config, one, scale)]
    if wave is None and len(asking) > 1:
        yield (
            f"{name}.parameters: say from which wave they are estimated, or scores of {', '.join(asking)} could not be "
            f"compared: for example 'parameters: {{estimate: true, wave: \"{asking[0]}\"}}'"
        )
    if wave is not None:
        yield from unknown(f"{name}.parameters.wave", wave, "wave", config.waves, "waves/")
        if wave in config.waves and wave not in asking and all(item in config.items for item in scale.items):
            yield f"{name}.parameters.wave: '{wave}' does not ask every item of the scale"


def _asks(config: StudyConfig, wave: str, scale: Scale) -> bool:
    """Whether a wave asked every item of a scale."""
    its = config.waves[wave]
    questionnaire = config.instruments.get(its.instrument)
    columns = questionnaire.columns() if questionnaire is not None else {}
    return set(scale.items) <= {*columns.values(), *(difference.item for difference in its.differs.values())}


def reproduced(config: StudyConfig, name: str, scale: Scale) -> Iterable[str]:
    """Another scale is reproduced, where known items have known codes."""
    its = scale.reproduces
    if its is None:
        return
    key = f"{name}.reproduces"
    if its.scale == name:
        yield f"{key}.scale: is the scale itself; name the one that holds the score as it came with the data"
    else:
        yield from unknown(f"{key}.scale", its.scale, "scale", config.scales, "scales.yaml")
    for item, codes in its.only.items():
        yield from unknown(f"{key}.only", item, "item", config.items, "items.csv")
        answers = answers_of(config, item)
        if answers is not None and not answers.is_categorical:
            yield f"{key}.only: '{item}' has no codes; only categories choose responses"
        yield from code_faults(config, f"{key}.only.{item}", item, codes)
