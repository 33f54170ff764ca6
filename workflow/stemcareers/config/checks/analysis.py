"""`specifications/` against the vocabulary: can the estimator use these variables?"""

from __future__ import annotations

from collections.abc import Iterable

from stemcareers.config.checks import described, grids
from stemcareers.config.checks.explained import outcome_faults
from stemcareers.config.checks.grouped import group_faults, slope_faults
from stemcareers.config.checks.ids import NOT_MEASURED, answers_of, code_faults, sample_faults, unknown, variables
from stemcareers.config.checks.imputed import imputation_faults
from stemcareers.config.load import StudyConfig
from stemcareers.config.samples import WAVE
from stemcareers.config.specification import LINEAR, Specification

USES = ("outcome", "factors", "context", "between", "denominator", "weight_times", "equal_weight")
# The specifications that every wave describes itself with.
TAKEN = ("agreement", "answers", "flow", "panel", "reliability", "weighting")


def specification(config: StudyConfig, name: str, asked: set[str] | None) -> Iterable[str]:
    """Every fault of a specification that its own file does not show.

    asked  the items that some wave asked; None where that is not known.
    """
    its = config.specifications[name]
    if name in TAKEN:
        yield f"the file's name: '{name}' is the name of facts every wave has; choose another"
    yield from _uses(config, its, asked)
    yield from _references(config, its)
    for term, values in its.predict.items():
        answers = answers_of(config, term)
        if term not in config.scales and answers is not None and answers.is_categorical:
            yield from code_faults(config, f"predict.{term}", term, [int(v) if v == int(v) else v for v in values])
        if term == WAVE:
            yield "predict.wave: a wave is no number; name items and scales"
    for wave in its.waves:
        yield from unknown("waves", wave, "wave", config.waves, "waves/")
    yield from _weights(config, its)
    for sample in its.samples:
        yield from sample_faults(config, "samples", sample)
    if its.family == "robustness":
        yield from grids.grid(config, its, lambda config, variant: _uses(config, variant, asked))


def _weights(config: StudyConfig, its: Specification) -> Iterable[str]:
    """Whether weights can be changed as told: by a number, to categories, and no totals that they must meet."""
    times, equal = its.weight_times, its.equal_weight
    answers = answers_of(config, times)
    if answers is not None and answers.kind != "number":
        yield f"weight_times: '{times}' is no number; weights are multiplied by an item with answers of kind 'number'"
    elif times in config.scales:
        yield f"weight_times: '{times}' is a scale; weights are multiplied by an item with answers of kind 'number'"
    answers = answers_of(config, equal)
    if equal in config.scales or (answers is not None and not answers.is_categorical):
        yield f"equal_weight: '{equal}' is a number or a scale; only categories can be made to count the same"
    met = [w for w, wave in config.waves.items() if wave.whole and wave.design.calibrate is not None]
    for key in ("weight_times", "equal_weight"):
        if met and getattr(its, key) is not None:
            yield (
                f"{key}: the weights of wave {', '.join(met)} meet known totals, and would not any more; "
                "leave out either this or calibrate"
            )


def _uses(config: StudyConfig, its: Specification, asked: set[str] | None) -> Iterable[str]:
    """What is wrong with the variables of a specification in their places."""
    known = variables(config)
    for key in USES:
        named = getattr(its, key) or []
        for variable in [named] if isinstance(named, str) else named:
            if variable == WAVE and key in {"context", "between"}:
                continue
            yield from unknown(key, variable, "item or scale", known, "items.csv, scales.yaml")
            yield from _usable(config, its, key, variable)
            if key == "outcome":
                yield from outcome_faults(config, its.family, variable)
                yield from described.outcome_faults(config, its.family, variable)
            if key == "denominator":
                yield from described.denominator_faults(config, variable)
            if asked is not None and _never_asked(config, variable, asked):
                yield f"{key}: '{variable}' was asked in no wave of the study, so there is nothing to analyse"
    yield from _twofold(config, its)
    yield from _of_itself(config, its)
    yield from group_faults(config, its)
    yield from slope_faults(config, its)
    yield from imputation_faults(config, its)
    yield from described.specification_faults(config, its)


def _twofold(config: StudyConfig, its: Specification) -> Iterable[str]:
    """Terms of one model that say the same: an item, and a scale made of it alone."""
    terms = [] if its.each_alone else [*its.factors, *its.context]
    for name in terms:
        scale = config.scales.get(name)
        only = scale.items if scale is not None and scale.whole and scale.of == "response" else []
        answers = answers_of(config, only[0]) if len(only) == 1 else None
        two = answers is not None and (len(answers.codes) == 2 or scale is not None and scale.method == "as_given")
        if len(only) == 1 and only[0] in terms and two and name != only[0]:
            key = "factors" if name in its.factors else "context"
            yield f"{key}: '{name}' is made of '{only[0]}' alone, which is in the model too; keep one"


def _of_itself(config: StudyConfig, its: Specification) -> Iterable[str]:
    """Terms that share an item with the outcome: what goes with it then is in part the outcome itself."""
    for key in ("factors", "context"):
        for term in getattr(its, key):
            for outcome in its.outcome:
                shared = sorted(_items(config, term) & _items(config, outcome)) if term != outcome else []
                if shared:
                    yield (
                        f"{key}: '{term}' is made of answers that the outcome '{outcome}' is made of too "
                        f"({', '.join(shared)}), so the model would explain them by themselves; take one of the two out"
                    )


def _items(config: StudyConfig, variable: str) -> set[str]:
    """The items whose answers a response has in a variable: itself, or those of its scale."""
    scale = config.scales.get(variable) if variable not in config.items else None
    if scale is None:
        return {variable}
    return set(scale.items) if scale.whole and scale.of == "response" else set()


def _usable(config: StudyConfig, its: Specification, key: str, variable: str) -> Iterable[str]:
    """Whether a variable's answers suit the place it has in the family."""
    answers = answers_of(config, variable)
    if answers is None:
        yield from _usable_scale(config, its, key, variable)
    elif not answers.is_measured:
        yield f"{key}: '{variable}' is {NOT_MEASURED[answers.kind]} and cannot be analysed"
    elif key == "between" and answers.kind == "number":
        yield f"between: '{variable}' is a number; only categories can be compared"
    elif key == "outcome" and its.family == "share" and answers.kind == "number":
        yield f"outcome: '{variable}' is a number; a share needs categories, use mean or distribution"
    elif key == "outcome" and its.family == "distribution" and answers.kind != "number":
        yield f"outcome: '{variable}' has categories; use share, a distribution is of numbers and scales"
    elif key == "outcome" and answers.kind == "nominal" and its.family in _takes_means(len(answers.codes)):
        yield f"outcome: '{variable}' is nominal, its codes have no order and no mean; use share"


def _takes_means(codes: int) -> set[str]:
    # Where there are two answers, some families take the share of the first.
    plain = {"mean", *LINEAR, "quantile", "variance"}
    return plain if codes == 2 else {*plain, *described.TWO_ANSWERS}


def _usable_scale(config: StudyConfig, its: Specification, key: str, variable: str) -> Iterable[str]:
    scale = config.scales.get(variable)
    if scale is None or variable in config.items or scale.method is None:
        return
    indicator = scale.method == "indicator"
    if key == "between":
        yield f"between: '{variable}' is a scale; only the categories of an item can be compared"
    elif key == "outcome" and its.family == "share" and not indicator:
        yield (
            f"outcome: '{variable}' is a scale of method '{scale.method}'; a share needs an item with "
            "categories, or a scale of method 'indicator'"
        )


def _never_asked(config: StudyConfig, variable: str, asked: set[str]) -> bool:
    if variable in config.items:
        return variable not in asked
    scale = config.scales.get(variable)
    return scale is not None and scale.whole and not asked.intersection(scale.items)


def _references(config: StudyConfig, its: Specification) -> Iterable[str]:
    compared = [*its.factors, *its.context, *its.between]
    if its.family == "multinomial":
        compared += its.outcome
    for variable, code in its.reference.items():
        key = f"reference.{variable}"
        answers = answers_of(config, variable)
        if variable == WAVE:
            yield f"{key}: cannot be chosen; waves are compared with the first one"
        elif variable not in compared:
            if its.whole:
                yield f"{key}: is not among the factors, the context or 'between' of this specification"
        elif variable in config.scales or (answers is not None and not answers.is_categorical):
            yield f"{key}: is a number or a scale; only categories have a reference"
        else:
            yield from code_faults(config, key, variable, [code])
