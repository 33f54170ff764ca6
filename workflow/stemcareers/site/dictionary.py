"""The data dictionary of a study: every item with its wording, answers and columns, every scale with its items."""

from __future__ import annotations

from typing import Any

from stemcareers.config import AnswerSet, Scale, StudyConfig
from stemcareers.site import layout
from stemcareers.site.shown import Shown

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
MISSING = {
    "not_asked": "not asked",
    "skipped": "no answer",
    "dont_know": "don't know",
    "prefer_not": "prefer not to say",
}


def page(shown: Shown) -> str:
    """`<study>/dictionary.html`"""
    config = shown.config
    frame = layout.Frame(
        project=shown.project,
        path=f"{config.id}/dictionary.html",
        title="Questions and scales",
        description=f"Every question and scale of {config.study.title}",
        synthetic=config.synthetic,
        crumbs=(("All studies", "index.html"), (config.study.title, f"{config.id}/index.html")),
    )
    waves = [(name, wave.title) for name, wave in config.waves.items()]
    return layout.page(
        "dictionary.html",
        frame,
        scales=[_scale(config, name) for name in config.scales],
        items=[_item(config, name, waves) for name in config.items],
    )


def _scale(config: StudyConfig, name: str) -> dict[str, Any]:
    scale = config.scales[name]
    counting = [label for code, label in config.answer_set(scale.items[0]).codes.items() if code in scale.codes]
    return {
        "id": name,
        "title": scale.title,
        "measures": scale.measures,
        "method": METHODS.get(scale.method, scale.method),
        "counting": counting,
        "parameters": _parameters(scale),
        "items": [(i, config.items[i].label, i in scale.reversed) for i in scale.items],
        "unit": scale.unit,
        "answered_at_least": scale.answered_at_least,
    }


def _parameters(scale: Scale) -> str:
    """Where the parameters of a score of item response come from; empty for other scores."""
    if scale.parameters is None:
        return ""
    if scale.parameters.estimate:
        return f"estimated from the answers of {scale.parameters.wave or 'the wave'}"
    return str(scale.parameters.source)


def _item(config: StudyConfig, name: str, waves: list[tuple[str, str]]) -> dict[str, Any]:
    item, answers = config.items[name], config.answer_set(name)
    return {
        "id": name,
        "label": item.label,
        "wording": item.wording,
        "status": STATUSES[item.status],
        "answers": _answers(answers),
        "missing": [(code, MISSING.get(reason, reason)) for code, reason in answers.missing.items()],
        "waves": [(title, column) for wave, title in waves if (column := _column(config, name, wave))],
        "scales": [(s, scale.title) for s, scale in config.scales.items() if name in scale.items],
    }


def _answers(answers: AnswerSet) -> list[tuple[str, str]]:
    if answers.is_categorical:
        return [(str(code), label) for code, label in answers.codes.items()]
    if answers.kind == "number":
        return [("", f"a number from {answers.low:,g} to {answers.high:,g}, {answers.unit}")]
    return [("", "free text")]


def _column(config: StudyConfig, item: str, wave: str) -> str:
    """The column of an export that asked an item in a wave, with a word where the wave departed; empty for none."""
    entry = config.waves[wave]
    columns = config.instruments[entry.instrument].columns()
    differing = {column: d for column, d in entry.differs.items() if (d.item or columns.get(column)) == item}
    if differing:
        column, difference = next(iter(differing.items()))
        return f"{column} ({difference.because})"
    return next((c for c, i in columns.items() if i == item and c not in entry.differs), "")
