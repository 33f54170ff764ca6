"""`instruments/` and `waves/` against the vocabulary and each other."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from stemcareers.config import csv_file
from stemcareers.config.checks.ids import NOT_MEASURED, answers_of, code_faults, not_known, unknown
from stemcareers.config.fielded import fielded
from stemcareers.config.instrument import Instrument
from stemcareers.config.load import StudyConfig
from stemcareers.config.published import Correction
from stemcareers.config.wave import Wave
from stemcareers.errors import Problem, did_you_mean

BOX = {1, 0}  # ticked, left open


def instrument(config: StudyConfig, name: str) -> Iterable[str]:
    """Every column asks a known item, and every code is one of its codes."""
    its = config.instruments[name]
    for column, question in its.questions.items():
        key = f"questions.{column}"
        yield from unknown(f"{key}.item", question.item, "item", config.items, "items.csv")
        yield from code_faults(config, f"{key}.codes", question.item, question.codes.values(), missing=True)
        yield from _idle(config, key, question.item, codes=bool(question.codes), others=question.others != "quarantine")
        yield from _route(config, its, f"{key}.asked_if", question.asked_if)
        yield from _route(config, its, f"{key}.asked_if_any", question.asked_if_any)
    for block, ticks in its.ticks.items():
        key = f"ticks.{block}"
        for column, item in ticks.items.items():
            yield from unknown(f"{key}.items.{column}", item, "item", config.items, "items.csv")
            answers = answers_of(config, item)
            if answers is not None and not answers.codes.keys() >= BOX:
                found = ", ".join(map(str, answers.codes)) or "none"
                yield f"{key}.items.{column}: '{item}' needs the codes 1 (ticked) and 0 (not); its codes are {found}"
        yield from _route(config, its, f"{key}.asked_if", ticks.asked_if)
        yield from _route(config, its, f"{key}.asked_if_any", ticks.asked_if_any)


def _route(config: StudyConfig, its: Instrument, key: str, asked_if: dict[str, list[int]]) -> Iterable[str]:
    asked = sorted(item for item in its.columns().values() if item is not None)
    for item, codes in asked_if.items():
        if its.whole and item not in asked:
            yield f"{key}: {not_known(item, 'item of this questionnaire', asked, 'questions')}"
        elif (answers := answers_of(config, item)) is not None and not answers.is_measured:
            yield f"{key}.{item}: is {NOT_MEASURED[answers.kind]}; only categories and numbers decide who is asked"
        else:
            yield from code_faults(config, f"{key}.{item}", item, codes)


def _idle(config: StudyConfig, key: str, item: str, **given: bool) -> Iterable[str]:
    """A sentence for each key that changes nothing for an item, because its answers are days or texts."""
    answers = answers_of(config, item)
    if answers is not None and not answers.is_measured:
        yield from (
            f"{key}.{name}: '{item}' is {NOT_MEASURED[answers.kind]}; this key is for categories and numbers"
            for name in given
            if given[name]
        )


def wave(config: StudyConfig, name: str) -> Iterable[str]:
    """The wave fields a known questionnaire, and what differs is one of its columns or says which item it asks."""
    its = config.waves[name]
    yield from unknown("instrument", its.instrument, "questionnaire", config.instruments, "instruments/")
    questionnaire = config.instruments.get(its.instrument)
    columns = questionnaire.columns() if questionnaire is not None else {}
    for column, difference in its.differs.items():
        key, item = f"differs.{column}", difference.item or columns.get(column)
        if item is not None:
            yield from unknown(f"{key}.item", item, "item", config.items, "items.csv")
            yield from code_faults(config, f"{key}.codes", item, difference.codes.values(), missing=True)
            yield from _idle(config, key, item, codes=bool(difference.codes))
        elif questionnaire is not None and questionnaire.whole and difference.whole:
            hint = did_you_mean(column, columns) or "; say which item it asks"
            yield f"{key}: is not a column of the questionnaire '{its.instrument}'{hint}"
    asked = sorted({item for item in columns.values() if item is not None})
    for position, condition in enumerate(its.keep_if):
        for item in condition.answered_any if questionnaire is not None and questionnaire.whole else ():
            if item not in asked and item not in {d.item for d in its.differs.values()}:
                key = f"keep_if.{position}.answered_any"
                yield f"{key}: {not_known(item, 'item of this questionnaire', asked, 'questions')}"
    if questionnaire is not None and questionnaire.whole and its.whole:
        try:
            fielded(questionnaire, its)
        except Problem as problem:
            yield from (f"{problem.where}: {wrong}" for wrong in problem.wrong)
    yield from _quality(config, its, questionnaire)
    yield from _one_policy(config, name)
    yield from _one_kind_of_replicates(config, name)
    yield from _one_export(config, name)
    yield from _one_title(config, name)


def _quality(config: StudyConfig, its: Wave, questionnaire: Instrument | None) -> Iterable[str]:
    """Rules of quality judge items that the wave asks, by codes these have; a grid has one set of answers."""
    asked = None
    if questionnaire is not None and questionnaire.whole and its.whole:
        asked = {*questionnaire.columns().values(), *(d.item for d in its.differs.values() if d.item is not None)}
    for position, rule in enumerate(its.quality):
        if not rule.whole:
            continue
        key = f"quality.{position}"
        for word in dict.fromkeys([*rule.items, *rule.answers]):
            place = f"{key}.{'items' if word in rule.items else 'answers'}"
            answers = answers_of(config, word)
            yield from unknown(place, word, "item", config.items, "items.csv")
            if asked is not None and word not in asked and word in config.items:
                yield f"{place}: {not_known(word, 'item of this questionnaire', sorted(asked), 'questions')}"
            elif answers is not None and not answers.is_measured:
                yield f"{place}: '{word}' is {NOT_MEASURED[answers.kind]}; rules judge categories and numbers"
            else:
                where = f"{key}.answers.{word}" if word in rule.answers else f"{key}.codes"
                yield from code_faults(config, where, word, rule.answers.get(word, rule.codes))
        if rule.rule == "straight_line":
            sets = {config.items[item].answers for item in rule.items if item in config.items}
            if len(sets) > 1:
                yield f"{key}.items: a grid has one set of answers; these have {', '.join(sorted(sets))}"


def _one_policy(config: StudyConfig, name: str) -> Iterable[str]:
    first, its = next(iter(config.waves)), config.waves[name]
    policies = [one.design.lonely for one in (config.waves[first], its) if one.design is not None and one.design.whole]
    if len(set(policies)) > 1:
        yield f"design.lonely: is '{policies[1]}' here and '{policies[0]}' in waves/{first}.yaml; pooled waves need one"


def _one_kind_of_replicates(config: StudyConfig, name: str) -> Iterable[str]:
    first, its = next(iter(config.waves)), config.waves[name]
    both = [one.design for one in (config.waves[first], its)]
    if name == first or not all(one is not None and one.whole for one in both):
        return
    other, mine = (one.replicates for one in both)
    if (other is None) != (mine is None):
        which = f"{'are' if mine else 'are not'} named here, but {'not ' if mine else ''}in waves/{first}.yaml"
        yield f"design.replicates: {which}; pooled waves need the same"
    elif mine is not None:
        for key in ("make", "kind", "rho", "centre", "times"):
            ours, theirs = getattr(mine, key), getattr(other, key)
            if ours != theirs:
                yield (
                    f"design.replicates.{key}: is {ours or 'not given'} here and {theirs or 'not given'} in "
                    f"waves/{first}.yaml; pooled waves need one"
                )
        if mine.make is None and mine.centre == other.centre == "mean":
            yield "design.replicates.centre: must be 'estimate' where waves are pooled; each wave has a mean of its own"


def _one_export(config: StudyConfig, name: str) -> Iterable[str]:
    """A file that several waves name has one checksum, and gives each wave other responses."""
    its = config.waves[name]
    for other, earlier in config.waves.items():
        if other == name:
            break
        if its.whole and earlier.whole and its.export == earlier.export and its.keep_if == earlier.keep_if:
            yield (
                f"export.file: is the export of waves/{other}.yaml too, with the same conditions under keep_if, so "
                "every response would count twice; name this wave's own file, or say under keep_if which responses "
                "are its own"
            )
    known: dict[str, tuple[str, str]] = {}
    for wave_id, its in config.waves.items():
        for key, named in (("export", its.export), ("export.questionnaire", its.export.questionnaire)):
            if named is None or not named.whole:
                continue
            other, sha256 = known.setdefault(named.file, (wave_id, named.sha256))
            if wave_id == name and other != name and sha256 != named.sha256:
                what = "the export" if key == "export" else "the questionnaire file"
                yield f"{key}.file: is {what} of waves/{other}.yaml too, with another sha256; one file, one checksum"
        if wave_id == name:
            return


def _one_title(config: StudyConfig, name: str) -> Iterable[str]:
    titles = [(other, its.title) for other, its in config.waves.items() if its.whole]
    for other, title in titles:
        if other == name:
            return
        if title == config.waves[name].title:
            yield f"title: is that of waves/{other}.yaml too; pages could not tell the two apart"


def asked(config: StudyConfig) -> set[str] | None:
    """Every item that some wave asked; None where that cannot be known."""
    found: set[str] = set()
    for its in config.waves.values():
        questionnaire = config.instruments.get(its.instrument)
        if not its.whole or questionnaire is None or not questionnaire.whole:
            return None
        found.update(questionnaire.columns().values())
        found.update(difference.item for difference in its.differs.values() if difference.item is not None)
    return found if config.waves and not config.waves.unreadable else None


def crosswalk(config: StudyConfig) -> Iterable[str]:
    """Every row is about a known wave that names its schools, and a change that a later wave can show."""
    last = max((wave.fielded[1] for wave in config.waves.values() if wave.whole), default=None)
    for crossing in config.crosswalk:
        yield from unknown("wave", crossing.wave, "wave", config.waves, "waves/")
        its = config.waves.get(crossing.wave)
        if its is not None and its.whole and not its.school:
            yield f"wave: '{crossing.wave}' names no school; name it under school in waves/{crossing.wave}.yaml"
        if its is not None and its.whole and crossing.since < its.fielded[0]:
            yield (
                f"since: {crossing.since} is before '{crossing.wave}' began ({its.fielded[0]}), where the school had "
                "its old id; name an earlier wave, or another day"
            )
        if last is not None and crossing.since > last:
            yield f"since: {crossing.since} is after the last day of every wave ({last}), so none has the new id"
        if (
            its is not None
            and its.whole
            and not any(wave.fielded[0] > its.fielded[0] for wave in config.waves.values() if wave.whole)
        ):
            yield f"wave: no wave was fielded after '{crossing.wave}', so none has the new id"


def corrections(config: StudyConfig, path: Path) -> Iterable[str]:
    """Hand corrections belong to a wave, mend known items and say why. No answer is quoted."""
    yield from unknown("the file's name", path.stem, "wave", config.waves, "waves/")
    try:
        rows, wrong = csv_file.rows(Correction, path)
    except Problem as problem:
        yield from problem.wrong
        return
    yield from wrong
    for row in rows:
        if row.entry is not None:
            yield from unknown(f"line {row.line}, item", row.entry.item, "item", config.items, "items.csv")
