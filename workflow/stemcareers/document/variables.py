"""The variables of a study as tables: one row a variable, one row a code."""

from __future__ import annotations

import pandas as pd

from stemcareers.config import StudyConfig
from stemcareers.contracts import Column, Contract
from stemcareers.document import words

VARIABLES = Contract(
    "variables",
    (
        Column("variable", "text", meaning="its name in every file"),
        Column("kind", "text", one_of=("item", "scale"), meaning="a question, or a score made of questions"),
        Column("label", "text", meaning="a few words for figures and tables"),
        Column("wording", "text", meaning="the question as asked; of a scale, what it measures"),
        Column("status", "text", meaning="how the wording is known; empty for scales"),
        Column("answers", "text", one_of=("nominal", "ordered", "number", "date", "text", "score")),
        Column("unit", "text", meaning="of numbers and scores"),
        Column("low", "float", optional=True, meaning="the smallest value accepted, in the unit"),
        Column("high", "float", optional=True, meaning="the largest value accepted, in the unit"),
        Column("made_of", "text", meaning="scales: how the score is made; empty for questions"),
        Column("asked_in", "text", meaning="waves and their columns: '2024: Q12; 2025: Q14'"),
        Column("asked_of", "text", meaning="routing in words, by wave; empty where everybody was asked"),
        Column("published", "flag", meaning="false for days and free text, of which nothing is published"),
    ),
    key=("variable",),
)
CODES = Contract(
    "codes",
    (
        Column("variable", "text", meaning="the item"),
        Column("code", "integer", meaning="the code in every file"),
        Column("label", "text", meaning="the answer in words"),
        Column("missing", "text", meaning="why it is no answer; empty where it is one"),
    ),
    key=("variable", "code"),
)


def variables(config: StudyConfig) -> pd.DataFrame:
    """Every item and scale of a study (VARIABLES); nothing of it comes from an answer."""
    rows = [_item(config, name) for name in config.items] + [_scale(config, name) for name in config.scales]
    return VARIABLES.conform(pd.DataFrame(rows, columns=[c.name for c in VARIABLES.columns]))


def codes(config: StudyConfig) -> pd.DataFrame:
    """Every code of every item (CODES), those that are no answer with the reason."""
    rows = []
    for name in config.items:
        answers = config.answer_set(name)
        rows += [(name, code, label, "") for code, label in answers.codes.items()]
        rows += [(name, code, words.MISSING[reason], reason) for code, reason in answers.missing.items()]
    return CODES.conform(pd.DataFrame(rows, columns=[c.name for c in CODES.columns]))


def _item(config: StudyConfig, name: str) -> dict[str, object]:
    item, answers = config.items[name], config.answer_set(name)
    columns = {wave: words.column(config, name, wave) for wave in config.waves}
    routes = {wave: words.asked_of(config, name, wave) for wave in config.waves}
    return {
        "variable": name,
        "kind": "item",
        "label": item.label,
        "wording": item.wording,
        "status": words.STATUSES[item.status],
        "answers": answers.kind,
        "unit": answers.unit or "",
        "low": answers.low,
        "high": answers.high,
        "made_of": "",
        "asked_in": "; ".join(f"{wave}: {column}" for wave, column in columns.items() if column),
        "asked_of": "; ".join(f"{wave}: {route}" for wave, route in routes.items() if route),
        "published": answers.is_measured,
    }


def _scale(config: StudyConfig, name: str) -> dict[str, object]:
    scale = config.scales[name]
    blank = dict.fromkeys(("status", "asked_in", "asked_of"), "")
    named = {"variable": name, "kind": "scale", "label": scale.title, "wording": scale.measures, "answers": "score"}
    made_of = words.scored(config, name)
    return {**named, **blank, "unit": scale.unit, "low": None, "high": None, "made_of": made_of, "published": True}
