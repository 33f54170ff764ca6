"""The data dictionary of a study: every item with its wording, answers and columns, every scale with its items."""

from __future__ import annotations

from typing import Any

from stemcareers.config import Scale, StudyConfig
from stemcareers.document.words import METHODS, MISSING, OF_SCHOOL, STATUSES, answered_with, asked_of, column, counted
from stemcareers.report import lineage
from stemcareers.site import layout
from stemcareers.site.chain import items_behind, variables_behind
from stemcareers.site.shown import Shown


def page(shown: Shown) -> str:
    """`<study>/dictionary.html`"""
    config = shown.config
    title, about = "Questions and scales", f"Every question and scale of {config.study.title}"
    frame = layout.within(shown.project, config, "dictionary.html", title, about, face=layout.REVIEW)
    waves = [(name, wave.title) for name, wave in config.waves.items()]
    used = _used(config)
    counted = {wave: set(shown.numbers.about(wave, "answers")["outcome"]) for wave in config.waves}
    return layout.page(
        "dictionary.html",
        frame,
        scales=[{**_scale(config, name), "used": used.get(name, [])} for name in config.scales],
        items=[
            {
                **_item(config, name, waves),
                "used": used.get(name, []),
                "counted": [(wave, title) for wave, title in waves if name in counted[wave]],
            }
            for name in config.items
        ],
    )


def _used(config: StudyConfig) -> dict[str, list[tuple[str, str]]]:
    """By item and scale, the specifications whose numbers rest on it: short name and page."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, entry in config.specifications.items():
        variables = variables_behind(entry, config)
        for variable in dict.fromkeys([*variables, *items_behind(variables, config)]):
            found.setdefault(variable, []).append((entry.short, lineage.page_of(name)))
    return found


def _scale(config: StudyConfig, name: str) -> dict[str, Any]:
    scale = config.scales[name]
    return {
        "id": name,
        "title": scale.title,
        "measures": scale.measures,
        "method": METHODS.get(scale.method, scale.method) + (OF_SCHOOL if scale.of == "school" else ""),
        "counting": counted(config, name),
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
        "answers": answered_with(answers),
        "missing": [(code, MISSING.get(reason, reason)) for code, reason in answers.missing.items()],
        "waves": [(title, its) for wave, title in waves if (its := column(config, name, wave))],
        "routes": _routes(config, name, waves),
        "published": answers.is_measured,
        "scales": [(s, scale.title) for s, scale in config.scales.items() if name in scale.items],
    }


def _routes(config: StudyConfig, name: str, waves: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of whom each wave asked it; one entry without a wave where all asked the same people."""
    routes = [(title, asked_of(config, name, wave)) for wave, title in waves if column(config, name, wave)]
    same = {route for _, route in routes}
    told = [("", *same)] if len(same) == 1 else routes
    return [(title, route) for title, route in told if route]
