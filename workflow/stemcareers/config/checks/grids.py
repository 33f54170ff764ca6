"""`specifications/` of family robustness against the model they vary: is the first option the main analysis?"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from stemcareers.config.checks.explained import outcome_faults
from stemcareers.config.checks.ids import LISTED, answers_of, not_known, unknown, variables
from stemcareers.config.load import StudyConfig
from stemcareers.config.robustness import MEASURES, NONE, VARIED, Vary, alternatives, variant
from stemcareers.config.samples import WAVE, is_made_by
from stemcareers.config.specification import Specification

Uses = Callable[[StudyConfig, Specification], Iterable[str]]


def grid(config: StudyConfig, its: Specification, uses: Uses) -> Iterable[str]:
    """Every fault of a grid that its own file does not show.

    uses  the faults of a model's outcome and terms in their places, for the models that the variants are.
    """
    yield from unknown("of", its.of, "specification", config.specifications, "specifications/")
    base = config.specifications.get(its.of or "")
    if base is None or not base.whole or not its.whole or its.vary is None:
        return
    if base.family not in VARIED:
        yield f"of: '{its.of}' is of family '{base.family}'; a grid varies a model: {', '.join(VARIED)}"
        return
    if base.each_alone:
        yield f"of: '{its.of}' is one model a factor (each_alone); a grid varies one model"
        return
    yield from _of_the_base(config, its, base)
    first = list(_first_options(its, base, its.vary))
    yield from first
    yield from _measures(its, base, its.vary)
    yield from _left_out(config, its, its.vary)
    if not first and set(its.outcome) <= set(base.outcome):
        yield from _variants(config, its, base, uses)


def _of_the_base(config: StudyConfig, its: Specification, base: Specification) -> Iterable[str]:
    """What the grid takes from its main analysis must be there."""
    where = f"specifications/{its.of}.yaml"
    for outcome in its.outcome:
        if outcome not in base.outcome:
            yield f"outcome: {not_known(outcome, f'outcome of {its.of!r}', base.outcome, where)}"
    for factor in its.focal:
        if factor not in base.factors:
            yield f"focal: {not_known(factor, f'factor of {its.of!r}', base.factors, where)}"
        elif its.vary is not None:
            for one in dict.fromkeys([factor, *its.vary.measures.get(factor, [])]):
                yield from _one_coefficient(config, "focal" if one == factor else f"vary.{MEASURES}{factor}", one)
    for sample in its.samples:
        if not is_made_by(sample, base.samples):
            yield f"samples: '{sample}' is not estimated by '{its.of}'; add it to samples in {where}"


def _one_coefficient(config: StudyConfig, key: str, variable: str) -> Iterable[str]:
    answers = answers_of(config, variable)
    if answers is not None and answers.is_categorical:
        yield (
            f"{key}: '{variable}' has categories and so no single number to follow; "
            "make a scale of it, for example of method 'indicator'"
        )


def _first_options(its: Specification, base: Specification, vary: Vary) -> Iterable[str]:
    """The first option of each decision is the main analysis; other files and readers take it for that."""
    firsts: dict[str, tuple[object, object]] = {
        "weighted": (vary.weighted[:1], [base.weighted]),
        "imputed": (vary.imputed[:1], [NONE if base.impute is None else base.impute.m]),
        "family": (vary.family[:1], [base.family]),
        "context": (sorted(next(iter(vary.context.values()), [])), sorted(base.context)),
        **{
            f"{MEASURES}{factor}": (scales[:1], [factor])
            for factor, scales in vary.measures.items()
            if factor in base.factors
        },
    }
    given = vary.options()
    for key, (found, due) in firsts.items():
        if key in given and found != due:
            yield (
                f"vary.{key}: the first option is the main analysis, and '{its.of}' has {_told(due)} there; "
                "put that first"
            )


def _measures(its: Specification, base: Specification, vary: Vary) -> Iterable[str]:
    for factor in vary.measures:
        if factor not in base.factors:
            where = f"specifications/{its.of}.yaml"
            yield f"vary.{MEASURES}{factor}: {not_known(factor, f'factor of {its.of!r}', base.factors, where)}"


def _left_out(config: StudyConfig, its: Specification, vary: Vary) -> Iterable[str]:
    column = vary.leave_out
    if column is None or column == WAVE:
        return
    yield from unknown("vary.leave_out", column, "item or scale", variables(config), "items.csv, scales.yaml")
    answers = answers_of(config, column)
    if column in its.focal or column in its.outcome:
        yield f"vary.leave_out: '{column}' is what the grid is about; name another column"
    elif column in config.scales or (answers is not None and not answers.is_categorical):
        yield f"vary.leave_out: '{column}' has no categories to leave out; name an item with categories, or wave"


def _variants(config: StudyConfig, its: Specification, base: Specification, uses: Uses) -> Iterable[str]:
    """Every option must make a model that could stand in a file of its own."""
    assert its.vary is not None, "a grid has decisions"
    options = its.vary.options()
    for chosen in alternatives(its):
        made = variant(base, its, its.outcome[0], chosen)
        decision, option = next((d, o) for d, o in chosen.items() if o != options[d][0])
        key = f"vary.{decision}.{option}"
        own = list(made.faults())
        yield from (f"{key}: {line}" for line in own or dict.fromkeys(uses(config, made)))
        if its.standardise and made.family != "linear":
            yield f"{key}: standardise belongs to linear models; take one of the two out"

    if its.combine == "all":  # decisions that bear on each other are looked at together
        for family in its.vary.family[1:]:
            for outcome in its.vary.outcome[1:]:
                yield from (f"vary.family.{family}: {line}" for line in outcome_faults(config, family, outcome))


def _told(due: object) -> str:
    if due == [True] or due == [False]:
        return str(due[0]).lower()  # type: ignore[index]
    words = [str(one) for one in due]  # type: ignore[attr-defined]
    more = f" and {len(words) - LISTED} more" if len(words) > LISTED else ""
    return (", ".join(words[:LISTED]) + more) or "nothing"
