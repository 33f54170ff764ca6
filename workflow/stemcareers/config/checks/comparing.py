"""The comparability gate: what is not comparable between waves enters no trend and no pooled model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stemcareers.config.checks.ids import unknown, variables
from stemcareers.config.comparability import EVERYTHING, FILE
from stemcareers.config.compared import STANDARDISED, Gate
from stemcareers.config.families import MODELS
from stemcareers.config.load import StudyConfig
from stemcareers.config.samples import WAVE, code_of, column_of
from stemcareers.config.specification import Specification

BY_WAVE = f"by {WAVE}"


def forms(config: StudyConfig, name: str) -> Iterable[str]:
    """The answers that a questionnaire prints are a known set of the same kind as its item's."""
    for column, question in config.instruments[name].questions.items():
        yield from _printed(config, f"questions.{column}.answers", question.item, question.answers)


def wave(config: StudyConfig, name: str) -> Iterable[str]:
    """The same of what a wave printed differently."""
    its = config.waves[name]
    questionnaire = config.instruments.get(its.instrument)
    columns = questionnaire.columns() if questionnaire is not None else {}
    for column, difference in its.differs.items():
        item = difference.item or columns.get(column)
        yield from _printed(config, f"differs.{column}.answers", item, difference.answers)


def _printed(config: StudyConfig, key: str, item: str | None, answers: str | None) -> Iterable[str]:
    yield from unknown(key, answers, "answer set", config.answers, "answers.yaml")
    own = config.answers.get(config.items[item].answers) if item in config.items else None
    printed = config.answers.get(answers) if answers is not None else None
    if own is None or printed is None or own.kind is None or printed.kind is None:
        return
    if own.is_categorical != printed.is_categorical or (own.kind == "text") != (printed.kind == "text"):
        yield f"{key}: '{answers}' has {printed.kind} answers and '{item}' {own.kind} ones; that is another item"


def statements(config: StudyConfig) -> Iterable[str]:
    """Every statement is about known items and waves that asked them, and accepts only what did change."""
    gate = Gate(config)
    for position, statement in enumerate(config.comparability.statements):
        key = f"statements.{position}"
        for name in (one for one in statement.about if one != EVERYTHING):
            yield from unknown(f"{key}.about", name, "item or scale", variables(config), "items.csv, scales.yaml")
        for name in statement.waves:
            yield from unknown(f"{key}.waves", name, "wave", config.waves, "waves/")
        known = all(name in config.waves for name in statement.waves)
        if not (statement.whole and known and gate.whole):
            continue
        everything = statement.about == [EVERYTHING]
        named = gate.variables() if everything else [n for n in statement.about if n in variables(config)]
        changed: dict[str, set[str]] = {}
        for name in named:
            asking = [wave for wave in gate.waves_of(name) if wave in statement.waves]
            if len(asking) > 1:
                changed[name] = {c.kind for verdict in gate.verdicts(name, asking) for c in verdict.changes}
            elif not everything:
                yield f"{key}.about: '{name}' was asked in fewer than two of these waves; there is nothing to compare"
        yield from _needless(key, statement.changed, changed, everything)
        if statement.comparable:
            for name in (n for n, kinds in changed.items() if STANDARDISED in kinds and not everything):
                yield (
                    f"{key}.about: '{name}' was standardised anew in every wave (standardised_within in answers.yaml), "
                    "so it cannot be comparable; take out one or the other"
                )


def _needless(key: str, accepted: list[str], changed: dict[str, set[str]], everything: bool) -> Iterable[str]:
    """A statement accepts what is there to be accepted; what changes later is not accepted beforehand."""
    for kind in accepted:
        if everything and changed and not any(kind in kinds for kinds in changed.values()):
            yield f"{key}.changed: '{kind}' did not change between these waves; take it out"
        for name in () if everything else (n for n, kinds in changed.items() if kind not in kinds):
            yield f"{key}.changed: '{kind}' of '{name}' did not change between these waves; take it out"


def specification(config: StudyConfig, gate: Gate, name: str) -> Iterable[str]:
    """A sentence for each variable that a specification compares, or pools, over waves that cannot be compared."""
    its = config.specifications[name]
    if len(config.waves) < 2 or not its.whole or not gate.whole:
        return
    about = [wave for wave in config.waves if not its.waves or wave in its.waves]
    told: set[str] = set()
    for key, variable, waves in _uses(config, gate, its, about):
        if variable in told:
            continue
        found = next((v for v in gate.verdicts(variable, waves) if not v.comparable), None)
        if found is not None:
            told.add(variable)
            yield _sentence(key, variable, found.waves, [c.brief for c in found.open], found.because)


def _sentence(key: str, variable: str, waves: tuple[str, str], changes: list[str], because: tuple[str, ...]) -> str:
    standardised = any(told.startswith("standardised") for told in changes)
    why = "; ".join(changes) or f"{FILE} says so: {'; '.join(because)}"
    remedy = "name one wave, or waves that can be compared, under 'waves'"
    if changes and not standardised:
        remedy += f", or say in {FILE} why it can be compared all the same"
    return f"{key}: '{variable}' is not comparable between waves {waves[0]} and {waves[1]} ({why}); {remedy}"


def _uses(
    config: StudyConfig, gate: Gate, its: Specification, about: list[str]
) -> Iterator[tuple[str, str, list[str]]]:
    """Key, variable and the waves that are set side by side or put together by it.

    An answer that was given in one wave alone leaves that wave alone: what is estimated together is what all the
    variables of an estimate were asked in.
    """
    known = variables(config)
    for sample_column, waves in _pools(its, about):
        for group in _groups(its, sample_column):
            asked = [(key, name) for key, name in group if name in known and gate.waves_of(name)]
            shared = [wave for wave in waves if all(wave in gate.waves_of(name) for _, name in asked)]
            if len(shared) > 1:
                for key, name in asked:
                    yield key, name, shared


def _pools(its: Specification, about: list[str]) -> Iterator[tuple[str | None, list[str]]]:
    """The waves that come together in a sample, with the sample's column; the waves that stand side by side (WAVE)."""
    aside = [code for sample in its.samples if column_of(sample) == WAVE and (code := code_of(sample))]
    if BY_WAVE in its.samples:
        aside = about
    if aside:
        yield WAVE, [wave for wave in about if wave in aside]
    for sample in its.samples:
        if (column := column_of(sample)) != WAVE:
            yield column, about


def _groups(its: Specification, sample_column: str | None) -> Iterator[list[tuple[str, str]]]:
    """The variables of each estimate, each with the key it stands under."""
    beside = [("between", name) for name in its.between if name != WAVE]
    beside += [("denominator", its.denominator)] if its.denominator else []
    if sample_column not in (None, WAVE):
        beside.append(("samples", sample_column))
    factors = [("factors", name) for name in its.factors]
    # Side by side each wave has its own model: what it is adjusted for is not compared.
    context = [("context", name) for name in its.context if name != WAVE] if sample_column != WAVE else []
    for outcome in its.outcome:
        start = [("outcome", outcome)]
        if its.family in MODELS and its.each_alone:
            yield from ([*start, factor, *beside] for factor in factors)
        else:
            yield [*start, *factors, *context, *beside]
