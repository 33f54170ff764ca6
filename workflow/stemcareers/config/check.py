"""Hold a study's files against each other: every id must exist where it is used. All faults, before the first job."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from stemcareers.config.load import CONFIG, StudyConfig, everything, project, study_ids
from stemcareers.config.project import Project
from stemcareers.config.recipe import recipe_faults
from stemcareers.config.samples import WAVE, code_of, column_of
from stemcareers.config.shown import Finding
from stemcareers.errors import Problem, Problems, did_you_mean

NOTEBOOKS = Path("notebooks")


def project_or_problems(root: Path = Path(), notebooks: Path = NOTEBOOKS) -> tuple[Project, dict[str, StudyConfig]]:
    """The project and all its studies.

    Raises Problems with every fault of every config file at once.
    """
    problems: list[Problem] = []
    found: Project | None = None
    studies: dict[str, StudyConfig] = {}
    try:
        found = project(root / CONFIG / "project.yaml")
    except Problem as problem:
        problems.append(problem)
    try:
        for study_id in study_ids(root):
            try:
                studies[study_id] = study_or_problems(study_id, root, notebooks)
            except Problems as several:
                problems += several.problems
    except Problem as problem:
        problems.append(problem)
    if problems or found is None:
        raise Problems(problems)
    return found, studies


def study_or_problems(study_id: str, root: Path = Path(), notebooks: Path = NOTEBOOKS) -> StudyConfig:
    """A study whose files agree with each other. Raises Problems with every fault."""
    config = everything(study_id, root)
    folder = (root / CONFIG / "studies" / study_id).as_posix()
    notebook_ids = [p.stem for p in notebooks.glob("*.ipynb")]
    faults = {
        "items.csv": _items(config),
        "scales.yaml": _scales(config),
        "study.yaml": _context(config),
        **{f"instruments/{i}.yaml": _instrument(config, i) for i in config.instruments},
        **{f"waves/{i}.yaml": _wave(config, i) for i in config.waves},
        **{f"specifications/{i}.yaml": _specification(config, i) for i in config.specifications},
        **{f"figures/{i}.yaml": _figure(config, i) for i in config.figures},
        **{f"tables/{i}.yaml": _table(config, i) for i in config.tables},
        **{f"reports/{i}.yaml": _report(config, i, notebook_ids) for i in config.reports},
        **{f"synthetic/{i}.yaml": recipe_faults(config, i) for i in config.recipes},
    }
    problems = [Problem(f"{folder}/{name}", *wrong) for name, found in faults.items() if (wrong := list(found))]
    if problems:
        raise Problems(problems)
    return config


def _unknown(key: str, word: str, noun: str, known: Iterable[str], place: str) -> str:
    known = list(known)
    return f"{key}: '{word}' is not a known {noun}{did_you_mean(word, known) or '.'} (see {place})"


def _items(config: StudyConfig) -> Iterable[str]:
    for item in config.items.values():
        if item.answers not in config.answers:
            yield _unknown(f"{item.item}.answers", item.answers, "answer set", config.answers, "answers.yaml")
    for both in sorted(set(config.items) & set(config.scales)):
        yield f"{both}: is an item here and a scale in scales.yaml; an id means one thing"


def _scales(config: StudyConfig) -> Iterable[str]:
    for name, scale in config.scales.items():
        kinds = {}
        for item in scale.items:
            if item not in config.items:
                yield _unknown(f"{name}.items", item, "item", config.items, "items.csv")
            elif config.items[item].answers in config.answers:
                answers = config.answer_set(item)
                kinds[item] = answers
                if answers.kind == "text":
                    yield f"{name}.items: '{item}' is free text and cannot be scored"
                for code in scale.codes:
                    if answers.is_categorical and code not in answers.codes:
                        yield f"{name}.codes: {code} is not a code of '{item}' (see answers.yaml)"
        if scale.method in {"mean", "sum", "percent"} and len({tuple(a.codes) for a in kinds.values()}) > 1:
            first, *rest = kinds
            odd = next(i for i in rest if tuple(kinds[i].codes) != tuple(kinds[first].codes))
            yield (
                f"{name}.items: '{first}' and '{odd}' have different codes; a {scale.method} needs items "
                "with the same answer codes"
            )


def _context(config: StudyConfig) -> Iterable[str]:
    for item in config.study.context:
        if item not in config.items:
            yield _unknown("context", item, "item", config.items, "items.csv")


def _instrument(config: StudyConfig, name: str) -> Iterable[str]:
    instrument = config.instruments[name]
    for column, item in instrument.columns().items():
        if item not in config.items:
            yield _unknown(f"questions.{column}.item", item, "item", config.items, "items.csv")
    routes = {
        **{f"questions.{c}": q.asked_if for c, q in instrument.questions.items()},
        **{f"ticks.{c}": t.asked_if for c, t in instrument.ticks.items()},
    }
    asked = set(instrument.columns().values())
    for place, route in routes.items():
        for item, codes in route.items():
            if item not in asked:
                yield _unknown(f"{place}.asked_if", item, "item of this questionnaire", sorted(asked), "questions")
                continue
            yield from _codes(config, f"{place}.asked_if.{item}", item, codes)
    for column, question in instrument.questions.items():
        yield from _codes(config, f"questions.{column}.codes", question.item, question.codes.values())
    for question_id, ticks in instrument.ticks.items():
        for column, item in ticks.items.items():
            yield from _codes(config, f"ticks.{question_id}.items.{column}", item, [1, 0])


def _codes(config: StudyConfig, key: str, item: str, codes: Iterable[int]) -> Iterable[str]:
    if item not in config.items or config.items[item].answers not in config.answers:
        return
    answers = config.answer_set(item)
    for code in codes:
        if answers.is_categorical and code not in answers.codes and code not in answers.missing:
            known = ", ".join(map(str, answers.codes))
            yield f"{key}: {code} is not a code of '{item}'; its codes are {known} (see answers.yaml)"


def _wave(config: StudyConfig, name: str) -> Iterable[str]:
    wave = config.waves[name]
    if wave.instrument not in config.instruments:
        yield _unknown("instrument", wave.instrument, "questionnaire", config.instruments, "instruments/")
        return
    columns = config.instruments[wave.instrument].columns()
    for column, difference in wave.differs.items():
        item = difference.item or columns.get(column)
        if item is None:
            yield (
                f"differs.{column}: is not a column of the questionnaire '{wave.instrument}'"
                f"{did_you_mean(column, columns) or '; say which item it asks'}"
            )
        elif item not in config.items:
            yield _unknown(f"differs.{column}.item", item, "item", config.items, "items.csv")
        else:
            yield from _codes(config, f"differs.{column}.codes", item, difference.codes.values())
    if wave.design.cluster == "school" and not wave.school:
        yield "design.cluster: is 'school', but the wave names no 'school' column; add 'school:'"


def _variables(config: StudyConfig) -> list[str]:
    return [*config.items, *config.scales]


def _sample_faults(config: StudyConfig, key: str, sample: str) -> Iterable[str]:
    try:
        column = column_of(sample)
    except ValueError as error:
        yield f"{key}: {error}"
        return
    if column is None:
        return
    code = code_of(sample)
    if column == WAVE:
        if code is not None and code not in config.waves:
            yield _unknown(key, code, "wave", config.waves, "waves/")
    elif column not in config.study.context:
        known = [*config.study.context, WAVE]
        hint = did_you_mean(column, known) or "."
        yield f"{key}: '{column}' does not define samples{hint} (see context in study.yaml)"
    elif column in config.items and config.items[column].answers in config.answers:
        answers = config.answer_set(column)
        if not answers.is_categorical:
            yield f"{key}: '{column}' is a {answers.kind}; only categories define samples"
        elif code is not None and (not code.lstrip("-").isdigit() or int(code) not in answers.codes):
            known_codes = ", ".join(f"{c} ({label})" for c, label in list(answers.codes.items())[:8])
            yield f"{key}: {code} is not a code of '{column}'; its codes are {known_codes} (see answers.yaml)"


def _specification(config: StudyConfig, name: str) -> Iterable[str]:
    specification = config.specifications[name]
    known = _variables(config)
    for key in ("outcome", "factors", "context", "between"):
        for variable in getattr(specification, key):
            if variable not in known and not (variable == WAVE and key in {"context", "between"}):
                yield _unknown(key, variable, "item or scale", known, "items.csv, scales.yaml")
            elif variable in config.items and config.items[variable].answers in config.answers:
                kind = config.answer_set(variable).kind
                if kind == "text":
                    yield f"{key}: '{variable}' is free text and cannot be analysed"
                elif key == "outcome" and specification.family == "share" and kind == "number":
                    yield f"{key}: '{variable}' is a number; a share needs categories, use mean or distribution"
                elif (
                    key == "outcome" and specification.family == "logit" and len(config.answer_set(variable).codes) != 2
                ):
                    yield f"{key}: '{variable}' does not have two answers; make a scale of method 'indicator' for a logit"
                elif key == "between" and kind == "number":
                    yield f"{key}: '{variable}' is a number; only categories can be compared"
            elif key == "outcome" and variable in config.scales:
                indicator = config.scales[variable].method == "indicator"
                if specification.family in {"share", "logit"} and not indicator:
                    yield (
                        f"{key}: '{variable}' is a scale; a {specification.family} needs categories "
                        "or a scale of method 'indicator'"
                    )
    for variable, code in specification.reference.items():
        if variable not in [*specification.factors, *specification.context, *specification.between]:
            yield f"reference.{variable}: is not among the factors, the context or 'between' of this specification"
        else:
            yield from _codes(config, f"reference.{variable}", variable, [code])
    for sample in specification.samples:
        yield from _sample_faults(config, "samples", sample)


def _shown(config: StudyConfig, entry: object) -> Iterable[str]:
    known_terms = [*_variables(config), WAVE, "intercept"]
    for name in entry.specifications:  # type: ignore[attr-defined]
        if name not in config.specifications:
            yield _unknown("specifications", name, "specification", config.specifications, "specifications/")
    for sample in entry.samples:  # type: ignore[attr-defined]
        yield from _sample_faults(config, "samples", sample)
    for key in ("outcomes", "terms"):
        for variable in getattr(entry, key):
            if variable not in known_terms:
                yield _unknown(key, variable, "item or scale", known_terms, "items.csv, scales.yaml")


def _figure(config: StudyConfig, name: str) -> Iterable[str]:
    figure = config.figures[name]
    yield from _shown(config, figure)
    for heading, terms in figure.headings.items():
        for term in terms:
            if term not in _variables(config):
                yield _unknown(
                    f"headings.{heading}", term, "item or scale", _variables(config), "items.csv, scales.yaml"
                )
    for sample in [*figure.focus, *([figure.average] if figure.average else [])]:
        yield from _sample_faults(config, "focus" if sample in figure.focus else "average", sample)


def _table(config: StudyConfig, name: str) -> Iterable[str]:
    yield from _shown(config, config.tables[name])


def _report(config: StudyConfig, name: str, notebooks: list[str]) -> Iterable[str]:
    report = config.reports[name]
    if report.notebook not in notebooks:
        yield _unknown("notebook", report.notebook, "notebook", notebooks, "notebooks/")
    sample = report.parameters.get("sample")
    if isinstance(sample, str):
        yield from _sample_faults(config, "parameters.sample", sample)
    wave = report.parameters.get("wave")
    if wave is not None and str(wave) not in config.waves:
        yield _unknown("parameters.wave", str(wave), "wave", config.waves, "waves/")
    for number, section in enumerate(report.sections):
        place = f"sections.{number}"
        if section.asks not in config.study.asks:
            yield _unknown(f"{place}.asks", section.asks, "research question", config.study.asks, "asks in study.yaml")
        for figure in section.figures:
            if figure not in config.figures:
                yield _unknown(f"{place}.figures", figure, "figure", config.figures, "figures/")
        for table in section.tables:
            if table not in config.tables:
                yield _unknown(f"{place}.tables", table, "table", config.tables, "tables/")
        for index, finding in enumerate(section.findings):
            yield from _finding(config, f"{place}.findings.{index}", finding)
    for index, finding in enumerate(report.summary):
        yield from _finding(config, f"summary.{index}", finding)


def _finding(config: StudyConfig, place: str, finding: Finding) -> Iterable[str]:
    if finding.specification not in config.specifications:
        yield _unknown(
            f"{place}.specification", finding.specification, "specification", config.specifications, "specifications/"
        )
        return
    if finding.sample is not None:
        yield from _sample_faults(config, f"{place}.sample", finding.sample)
    specification = config.specifications[finding.specification]
    if finding.outcome is not None and finding.outcome not in specification.outcome:
        yield _unknown(
            f"{place}.outcome",
            finding.outcome,
            f"outcome of '{finding.specification}'",
            specification.outcome,
            f"specifications/{finding.specification}.yaml",
        )
    if finding.outcome is None and len(specification.outcome) > 1:
        yield f"{place}.outcome: is missing; '{finding.specification}' has {len(specification.outcome)} outcomes"
    terms = [*specification.factors, *specification.context, *specification.between, *specification.outcome]
    if finding.term is not None and finding.term not in terms:
        yield _unknown(
            f"{place}.term",
            finding.term,
            f"term of '{finding.specification}'",
            terms,
            f"specifications/{finding.specification}.yaml",
        )
