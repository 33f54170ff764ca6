"""Outcomes against the models that explain them: has a count, a share, an order the model asks for?"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from stemcareers.config.checks.ids import answers_of
from stemcareers.config.load import StudyConfig
from stemcareers.config.vocabulary import AnswerSet, Scale


def outcome_faults(config: StudyConfig, family: str | None, outcome: str) -> Iterable[str]:
    """What is wrong with an item or scale as the outcome of a model; nothing for one that is unknown or faulty."""
    check = {
        "logit": _two_answers,
        "ordered_logit": _ordered,
        "multinomial": _several_answers,
        "poisson": _count,
        "negative_binomial": _count,
        "fractional_logit": _fraction,
    }.get(family or "")
    if check is None:
        return
    scale = config.scales.get(outcome) if outcome not in config.items else None
    answers = answers_of(config, outcome)
    if answers is not None and answers.is_measured:
        found = check(f"a {_CALLED[family or '']}", answers, None, answers)
    elif scale is not None and scale.method is not None:
        single = answers_of(config, scale.items[0]) if scale.method == "as_given" and scale.items else None
        if scale.method == "as_given" and single is None:
            return
        found = check(f"a {_CALLED[family or '']}", None, scale, single)
    else:
        return
    if found:
        yield f"outcome: '{outcome}' {found}"


_CALLED = {
    "logit": "logit",
    "ordered_logit": "ordered logit",
    "multinomial": "multinomial model",
    "poisson": "model of counts",
    "negative_binomial": "model of counts",
    "fractional_logit": "fractional logit",
}
Check = Callable[[str, AnswerSet | None, Scale | None, AnswerSet | None], str]


def _two_answers(model: str, item: AnswerSet | None, scale: Scale | None, _: AnswerSet | None) -> str:
    if scale is not None and scale.method != "indicator":
        return f"{_is(scale)}; {model} needs an item with categories, or a scale of method 'indicator'"
    if item is not None and len(item.codes) != 2:
        return f"{_has(item)}, {model} needs two; make a scale of method 'indicator'"
    return ""


def _ordered(model: str, item: AnswerSet | None, scale: Scale | None, _: AnswerSet | None) -> str:
    if scale is not None:
        return f"{_is(scale)}; an ordered logit needs an item with ordered answers"
    assert item is not None, "an outcome is an item or a scale"
    if item.kind == "nominal":
        return "is nominal, its answers have no order; use multinomial, or logit where there are two"
    if item.kind == "number":
        return "is a number; an ordered logit needs an item with ordered answers, use linear"
    return "" if len(item.codes) > 2 else f"{_has(item)}, an ordered logit needs three or more; use logit"


def _several_answers(model: str, item: AnswerSet | None, scale: Scale | None, _: AnswerSet | None) -> str:
    if scale is not None:
        return f"{_is(scale)}; {model} needs an item with nominal answers"
    assert item is not None, "an outcome is an item or a scale"
    if item.kind == "ordered":
        return "has ordered answers; use ordered_logit, which keeps their order"
    if item.kind == "number":
        return f"is a number; {model} needs an item with nominal answers, use linear"
    return "" if len(item.codes) > 2 else f"{_has(item)}, {model} needs three or more; use logit"


def _count(model: str, item: AnswerSet | None, scale: Scale | None, number: AnswerSet | None) -> str:
    needs = f"{model} needs a number of things: a scale of method 'count', or a number that is not below 0"
    if scale is not None and scale.method == "count":
        return ""
    if scale is not None and scale.method != "as_given":
        return f"{_is(scale)}; {needs}"
    if number is None or number.kind != "number":
        return f"is no count; {needs}"
    return "" if number.low is None or number.low >= 0 else f"may be as low as {number.low:g}; {needs}"


def _fraction(model: str, item: AnswerSet | None, scale: Scale | None, number: AnswerSet | None) -> str:
    needs = f"{model} needs a scale of method 'percent', or a number from 0 to 1 or from 0 to 100"
    if scale is not None and scale.method == "percent":
        return ""
    if scale is not None and scale.method != "as_given":
        return f"{_is(scale)}; {needs}"
    if number is None or number.kind != "number":
        return f"is no share; {needs}"
    if number.low is None or number.high is None or (number.low, number.high) in {(0, 1), (0, 100)}:
        return ""
    return f"lies between {number.low:g} and {number.high:g}; {needs}"


def _is(scale: Scale) -> str:
    return f"is a scale of method '{scale.method}'"


def _has(item: AnswerSet) -> str:
    return "is a number" if item.kind == "number" else f"has {len(item.codes)} answers"
