"""`items.csv`, `answers.yaml`, `scales.yaml` and `study.yaml` against each other."""

from __future__ import annotations

from collections.abc import Iterable

from stemcareers.config.checks import scores
from stemcareers.config.checks.ids import NOT_MEASURED, answers_of, code_faults, unknown
from stemcareers.config.load import StudyConfig
from stemcareers.config.vocabulary import AnswerSet, Scale

# Columns that the tables between stages have beside those of items and scales (contracts.py).
TAKEN = frozenset(
    ("response", "school", "person", "row", "wave", "item", "value", "missing")
    + ("weight", "stratum", "cluster", "population", "lonely", "answered", "synthetic")
    + (
        "stratum_within",
        "cluster_within",
        "population_within",
        "replicates",
        "weight_before",
        "weight_untrimmed",
        "calibrated",
    )
    + ("intercept", "all", "cell_n", "rest_n")
)
TAKEN_PREFIXES = ("export_", "replicate_")
AVERAGED = {"mean", "sum"}  # percent brings every item to 0 to 100 by its own range, so its items may differ


def items(config: StudyConfig) -> Iterable[str]:
    """Every item has known answers and an id of its own."""
    for name, item in config.items.items():
        yield from taken(name)
        yield from unknown(f"{name}.answers", item.answers, "answer set", config.answers, "answers.yaml")
        if name in config.scales:
            yield f"{name}: is an item here and a scale in scales.yaml; an id means one thing"


def taken(name: str) -> Iterable[str]:
    """A sentence where an id would be mistaken for a column of the project's own tables."""
    if name in TAKEN or name.startswith(TAKEN_PREFIXES):
        yield f"{name}: the project's own tables have a column of this name; choose another id"


def study(config: StudyConfig) -> Iterable[str]:
    """The context is made of items that are not free text."""
    for item in config.study.context if config.study is not None else ():
        yield from unknown("context", item, "item", config.items, "items.csv")
        answers = answers_of(config, item)
        if answers is not None and not answers.is_measured:
            yield f"context: '{item}' is {NOT_MEASURED[answers.kind]}; context is a category or a number"


def scales(config: StudyConfig) -> Iterable[str]:
    """Every scale is made of known items whose answers its method can use."""
    for name, scale in config.scales.items():
        yield from taken(name)
        for item in scale.items:
            yield from unknown(f"{name}.items", item, "item", config.items, "items.csv")
            answers = answers_of(config, item)
            if answers is not None:
                yield from _usable(config, name, scale, item, answers)
        if scale.method in AVERAGED:
            yield from _same_codes(config, name, scale)
        yield from _anchored(config, name, scale)
        yield from scores.parameters(config, name, scale)
        yield from scores.reproduced(config, name, scale)
        for wave_id, wave in config.waves.items() if scale.of == "school" else ():
            if wave.whole and not wave.school:
                yield (
                    f"{name}.of: a school's score needs the school of every response, and waves/{wave_id}.yaml names "
                    "none; name its column there under school"
                )


def _usable(config: StudyConfig, name: str, scale: Scale, item: str, answers: AnswerSet) -> Iterable[str]:
    if not answers.is_measured:
        yield f"{name}.items: '{item}' is {NOT_MEASURED[answers.kind]} and cannot be scored"
    elif scale.codes and answers.kind == "number":
        yield f"{name}.codes: '{item}' is a number; codes belong to categories"
    elif scale.codes:
        yield from code_faults(config, f"{name}.codes", item, scale.codes)
        if scale.method == "indicator" and set(answers.codes) <= set(scale.codes):
            yield f"{name}.codes: are all the answers to '{item}', so everybody would count as yes; name fewer"
    elif scale.at_least is not None and answers.kind == "nominal":
        yield f"{name}.at_least: '{item}' is nominal, its codes have no order; name the codes that count as yes"
    elif scale.method == "log" and answers.kind != "number":
        yield f"{name}.items: '{item}' has categories; a logarithm needs a number"
    elif answers.kind == "nominal" and len(answers.codes) > 2:
        yield (
            f"{name}.items: '{item}' is nominal, its codes have no order; use method indicator or count, "
            "or say 'kind: ordered' in answers.yaml"
        )


def _anchored(config: StudyConfig, name: str, scale: Scale) -> Iterable[str]:
    """The anchor is an item whose codes have an order."""
    if scale.anchor is None:
        return
    item = scale.anchor.item
    yield from unknown(f"{name}.anchor.item", item, "item", config.items, "items.csv")
    answers = answers_of(config, item)
    if answers is not None and (answers.kind == "text" or (answers.kind == "nominal" and len(answers.codes) > 2)):
        yield f"{name}.anchor.item: '{item}' has no order, so nothing goes with more of it; name another"


def _same_codes(config: StudyConfig, name: str, scale: Scale) -> Iterable[str]:
    known = {item: answers for item in scale.items if (answers := answers_of(config, item)) is not None}
    kinds = {item: (tuple(answers.codes), answers.low, answers.high) for item, answers in known.items()}
    for item in kinds:
        first = next(iter(kinds))
        if kinds[item] != kinds[first]:
            yield (
                f"{name}.items: '{item}' has other answers than '{first}'; a {scale.method} needs items with the "
                "same codes or bounds"
            )
            return
