"""What a reader is told of a variable in words: how it was worded, scored, asked and left unanswered."""

from __future__ import annotations

from collections.abc import Mapping

from stemcareers.config import AnswerSet, StudyConfig
from stemcareers.config.fielded import fielded

STATUSES = {
    "published": "as published in the questionnaire",
    "derived": "worked out from published results",
    "reconstructed": "reconstructed: the exact words could not be read",
    "official": "as in the official questionnaire",
    "administrative": "not asked: comes with the sample",
}
METHODS = {
    "mean": "the mean of its items",
    "sum": "the sum of its items",
    "percent": "the mean of its items on a range from 0 to 100",
    "count": "how many of its items are answered with one of the answers that count",
    "as_given": "its item as it stands",
    "log": "the natural logarithm of its item",
    "partial_credit": "a weighted likelihood score of its items under the partial credit model",
    "rasch": "a weighted likelihood score of its items under the Rasch model",
    "indicator": "1 where its item has one of the answers that count, else 0",
}
OF_SCHOOL = "; of a school, the mean of all who answered there"
MISSING = {
    "not_asked": "not asked",
    "skipped": "no answer",
    "dont_know": "don't know",
    "prefer_not": "prefer not to say",
    "refused_value": "an answer that was refused",
}


def answered_with(answers: AnswerSet) -> list[tuple[str, str]]:
    """The answers an item accepts: code and label, or no code and a sentence."""
    if answers.is_categorical:
        return [(str(code), label) for code, label in answers.codes.items()]
    if answers.kind == "number":
        return [("", f"a number from {answers.low:,g} to {answers.high:,g}, {answers.unit}")]
    if answers.kind == "date":
        return [("", f"a day from {answers.earliest} to {answers.latest}")]
    return [("", "free text")]


def column(config: StudyConfig, item: str, wave: str) -> str:
    """The column of an export that asked an item in a wave, with a word where the wave departed; empty for none."""
    entry = config.waves[wave]
    columns = config.instruments[entry.instrument].columns()
    differing = {name: d for name, d in entry.differs.items() if (d.item or columns.get(name)) == item}
    if differing:
        name, difference = next(iter(differing.items()))
        return f"{name} ({difference.because})"
    return next((name for name, i in columns.items() if i == item and name not in entry.differs), "")


def asked_of(config: StudyConfig, item: str, wave: str) -> str:
    """Of whom a wave asked an item, in words; empty where of all, or where it did not ask it."""
    entry = config.waves[wave]
    questionnaire = fielded(config.instruments[entry.instrument], entry)
    asked = questionnaire.routes()
    if item not in asked or not asked[item].gates():
        return ""
    every = _conditions(config, asked[item].asked_if)
    some = " or ".join(_conditions(config, asked[item].asked_if_any))
    several = len(asked[item].asked_if_any) > 1 and bool(every)
    return " and ".join([*every, *([f"({some})" if several else some] if some else [])])


def _conditions(config: StudyConfig, gates: Mapping[str, list[int]]) -> list[str]:
    return [f"{config.items[gate].label} is {_either(config, gate, codes)}" for gate, codes in gates.items()]


def _either(config: StudyConfig, item: str, codes: list[int]) -> str:
    labels = config.answer_set(item).codes
    return " or ".join(labels.get(code, str(code)) for code in codes)


def counted(config: StudyConfig, name: str) -> list[str]:
    """Which answers a scale of method count or indicator counts: their labels, or from where on; none otherwise."""
    scale = config.scales[name]
    if scale.at_least is not None:
        return [f"{scale.at_least:g} or more"]
    return [label for code, label in config.answer_set(scale.items[0]).codes.items() if code in scale.codes]


def scored(config: StudyConfig, name: str) -> str:
    """How a scale's score comes about, in a sentence without a full stop."""
    scale = config.scales[name]
    counting = counted(config, name)
    items = ", ".join(f"{i} (mirrored)" if i in scale.reversed else i for i in scale.items)
    which = f" ({', '.join(counting)})" if counting else ""
    of_school = OF_SCHOOL if scale.of == "school" else ""
    return f"{METHODS[scale.method]}{which}: {items}{of_school}"
