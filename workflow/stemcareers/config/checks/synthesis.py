"""`synthesis.yaml` against the studies: is the evidence there, can it stand side by side, are findings on real ones?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stemcareers.config import gaps
from stemcareers.config.checks.ids import answers_of, code_faults, not_known, sample_faults, unknown
from stemcareers.config.families import MODELS
from stemcareers.config.load import StudyConfig
from stemcareers.config.samples import is_made_by
from stemcareers.config.specification import Specification
from stemcareers.config.synthesis import OF_AVERAGES, TOLD, Conclusion, Evidence, Synthesis
from stemcareers.errors import listed

FAMILIES = ("linear", "mixed", "difference")  # whose estimates are differences in the outcome's own unit, or in its SD


def faults(its: Synthesis, studies: Mapping[str, StudyConfig], known: Iterable[str]) -> Iterable[str]:
    """A sentence for everything in the file that does not go with the studies.

    studies  those whose config has no fault; of others nothing is said.
    known    the ids of all studies.
    """
    known = list(known)
    for feature, name, one in its.pieces():
        yield from (f"features.{feature}.evidence.{name}.{line}" for line in _evidence(one, studies, known))
    for place, conclusion in enumerate(its.summary):
        yield from (f"summary.{place}.{line}" for line in _conclusion(conclusion, its, studies))
    for name in its.left_out:
        if name not in known:
            yield f"left_out: {not_known(name, 'study', known, 'config/studies')}"
        elif name in its.studies():
            yield f"left_out: '{name}' has evidence under features; take out one or the other"


def _evidence(one: Evidence, studies: Mapping[str, StudyConfig], known: list[str]) -> Iterable[str]:
    if one.study is not None and one.study not in known:
        yield f"study: {not_known(one.study, 'study', known, 'config/studies')}"
    config = studies.get(one.study)
    if config is None:
        return
    place = f"config/studies/{one.study}/specifications"
    keys = {key: name for key in ("specification", "alone") if (name := getattr(one, key)) is not None}
    for key, name in keys.items():
        yield from unknown(key, name, "specification", config.specifications, place)
    its = {key: config.specifications[name] for key, name in keys.items() if name in config.specifications}
    wrong = list(sample_faults(config, "sample", one.sample))
    for sample in one.focus:
        wrong += sample_faults(config, "focus", sample)
    yield from wrong
    if one.averaged and any(is_synthetic(config, entry) for entry in its.values()):
        yield (
            f"sample: '{one.sample}' is averaged, and only real answers are; those of '{one.study}' are made up, "
            "so name one sample"
        )
    if not one.whole:
        return
    found = [line for key, entry in its.items() for line in _estimated(key, one, entry, sampled=not wrong)]
    yield from dict.fromkeys(found)
    if its:
        yield from _level(one, config)
    if "alone" in its:
        yield from _beside(one, its["alone"], its.get("specification"))


def _estimated(key: str, one: Evidence, its: Specification, sampled: bool) -> Iterable[str]:
    """Whether a specification estimates what the evidence names."""
    name = getattr(one, key)
    where = f"config/studies/{one.study}/specifications/{name}.yaml"
    if its.family not in FAMILIES:
        yield (
            f"{key}: '{name}' is of family '{its.family}', whose numbers cannot stand beside differences; "
            f"name one of family {listed(FAMILIES, 'or')}"
        )
        return
    if key == "specification" and its.family == "difference":
        yield f"{key}: '{name}' holds nothing constant; name it under alone"
    if one.outcome not in its.outcome:
        yield f"outcome: {not_known(one.outcome, f'outcome of {name!r}', its.outcome, where)}"
    terms = [*its.factors, *its.between]
    if one.term not in terms:
        yield f"term: {not_known(one.term, f'factor of {name!r}', terms, where)}"
    if sampled and not is_made_by(one.sample, its.samples):
        yield f"sample: '{one.sample}' is not estimated by '{name}'; add it to samples in {where}"


def _level(one: Evidence, config: StudyConfig) -> Iterable[str]:
    answers = answers_of(config, one.term)
    if answers is None or not answers.is_categorical:
        if one.level is not None:
            yield f"level: '{one.term}' has no categories; take the key out"
    elif one.level is None:
        yield f"level: is missing; '{one.term}' has categories ({', '.join(map(str, answers.codes))})"
    elif one.level.lstrip("-").isdigit():
        yield from code_faults(config, "level", one.term, [int(one.level)])


def _beside(one: Evidence, alone: Specification, main: Specification | None) -> Iterable[str]:
    """Whether one model holds nothing constant, and differs from the other in this alone."""
    if alone.family in MODELS and not alone.each_alone and (alone.context or len(alone.factors) > 1):
        yield f"alone: '{one.alone}' holds other things constant too; name one with each_alone: true"
    if main is not None and sorted(alone.standardise) != sorted(main.standardise):
        yield f"alone: '{one.alone}' and '{one.specification}' have different units (see standardise in both)"
    if main is not None and sorted(alone.waves) != sorted(main.waves):
        yield f"alone: '{one.alone}' and '{one.specification}' are about different waves (see waves in both)"


def _conclusion(one: Conclusion, its: Synthesis, studies: Mapping[str, StudyConfig]) -> Iterable[str]:
    if one.feature is None or one.evidence is None:
        return
    if one.feature not in its.features:
        yield f"feature: {not_known(one.feature, 'feature', its.features, 'features')}"
        return
    found = its.features[one.feature].evidence
    if one.evidence not in found:
        yield f"evidence: {not_known(one.evidence, 'evidence', found, f'features.{one.feature}')}"
        return
    evidence = found[one.evidence]
    if not evidence.whole:
        return
    if one.sample is not None and one.sample not in evidence.focus:
        yield f"sample: '{one.sample}' is not in the focus of '{one.evidence}'; add it there"
    if not evidence.averaged or one.sample is not None:
        for name in (n for n in _tells(one) if n in OF_AVERAGES):
            yield f"says: {{{name}}} is of an average over samples, and this number is of one sample"
    config = studies.get(evidence.study)
    its = [config.specifications.get(name) for name in evidence.models().values()] if config is not None else []
    if any(entry is not None and is_synthetic(config, entry) for entry in its):
        yield f"evidence: the answers of '{evidence.study}' are made up; what was found rests on real ones, name others"


def _tells(one: Conclusion) -> list[str]:
    try:
        return [part.name for part in gaps.parts(one.says, TOLD) if not isinstance(part, str)]
    except (TypeError, ValueError):
        return []  # the entry's own fault, told with it


def is_synthetic(config: StudyConfig, its: Specification) -> bool:
    """True where any wave that a specification is about is made up."""
    return any(wave.synthetic for name, wave in config.waves.items() if not its.waves or name in its.waves)
