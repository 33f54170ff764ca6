"""`figures/`, `tables/` and `reports/` against the specifications, the questions and the notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from stemcareers.config import gaps
from stemcareers.config.checks.ids import answers_of, not_known, sample_faults, unknown
from stemcareers.config.load import StudyConfig
from stemcareers.config.samples import WAVE, is_made_by
from stemcareers.config.shown import Figure, Finding, Report, Table
from stemcareers.config.specification import Specification
from stemcareers.errors import did_you_mean

Made = Mapping[str, Specification]  # the specifications without a fault, by id
TAKEN_PAGES = ("dictionary", "index")  # pages every study has
PUBLISHED_PAGE = "published"


def figure(config: StudyConfig, name: str, made: Made) -> Iterable[str]:
    """A figure shows estimates that are made."""
    its = config.figures[name]
    yield from _shown(config, its, made)
    for one, grid in _grids(its, made).items():
        if grid and its.kind != "curve" and its.kind is not None:
            yield f"specifications: '{one}' is of family 'robustness'; a figure of kind 'curve' shows it"
        elif not grid and its.kind == "curve":
            yield f"specifications: '{one}' is not of family 'robustness', and a figure of kind 'curve' shows only that"
    shown = _specifications(its, made)
    if its.kind == "trend" and shown and not any(WAVE in (*one.between, *_terms(one)) for one in shown.values()):
        yield (
            "specifications: a trend shows changes beside its lines, and none of these is a change between waves; name "
            "one of family 'difference' with between: wave"
        )
    terms = _of(_specifications(its, made), _drawn if its.kind == "trace" else _terms)
    for heading, under in its.headings.items():
        yield from _none_of(f"headings.{heading}", under, terms, "term")
    outcomes = _of(_specifications(its, made), lambda s: s.outcome)
    for key, named in {"agreeing": its.agreeing, **{f"grid.{row}": found for row, found in its.grid.items()}}.items():
        yield from _none_of(key, named, outcomes, "outcome")
    for key, levels in {"levels": its.levels, "middle": its.middle}.items():
        known = _answers(config, its, made)
        for level in levels if known is not None else []:
            if level not in known:
                yield f"{key}: {not_known(level, 'answer to what it shows', known, 'answers.yaml')}"
    wished = {"focus": its.focus, "average": [its.average] if its.average else []}
    for key, samples in wished.items():
        yield from _samples(config, key, samples, _specifications(its, made))


def table(config: StudyConfig, name: str, made: Made) -> Iterable[str]:
    """A table shows estimates that are made."""
    its = config.tables[name]
    yield from _shown(config, its, made)
    for one, grid in _grids(its, made).items():
        if grid:
            yield f"specifications: '{one}' is of family 'robustness'; a figure of kind 'curve' shows it, not a table"


def report(config: StudyConfig, name: str, made: Made, notebooks: Mapping[str, list[str] | None]) -> Iterable[str]:
    """A page runs a known notebook, answers questions of the study, and shows what exists.

    notebooks  the names of each notebook's parameters; None where they cannot be read.
    """
    its = config.reports[name]
    if name in TAKEN_PAGES:
        yield f"the file's name: every study has a page '{name}'; choose another"
    if name == PUBLISHED_PAGE and config.published:
        yield f"the file's name: a study with published.csv has a page '{name}'; choose another"
    if its.notebook is not None and its.notebook not in notebooks:
        yield f"notebook: {not_known(its.notebook, 'notebook', notebooks, 'notebooks/')}"
    yield from _parameters(config, its, notebooks.get(its.notebook))
    if its.whole and its.sections and not its.summary:
        yield "summary: is missing; two to five sentences that say what was found"
    for number, section in enumerate(its.sections):
        place = f"sections.{number}"
        asks = config.study.asks if config.study is not None and config.study.whole else None
        if asks is not None and section.asks is not None and section.asks not in asks:
            yield f"{place}.asks: {not_known(section.asks, 'research question', asks, 'asks in study.yaml')}"
        for one in section.figures:
            yield from unknown(f"{place}.figures", one, "figure", config.figures, "figures/")
        for one in section.tables:
            yield from unknown(f"{place}.tables", one, "table", config.tables, "tables/")
        for index, finding in enumerate(section.findings):
            yield from _finding(config, made, f"{place}.findings.{index}", finding)
    for index, finding in enumerate(its.summary):
        yield from _finding(config, made, f"summary.{index}", finding)


def _parameters(config: StudyConfig, its: Report, known: list[str] | None) -> Iterable[str]:
    for name, value in its.parameters.items():
        if known is not None and name not in known:
            hint = did_you_mean(name, known) or f"; known: {', '.join(known)}"
            yield f"parameters.{name}: is not a parameter of the notebook '{its.notebook}'{hint}"
        elif name == "sample" and isinstance(value, str):
            yield from sample_faults(config, "parameters.sample", value)
        elif name == "wave":
            yield from unknown("parameters.wave", str(value), "wave", config.waves, "waves/")


def _shown(config: StudyConfig, entry: Figure | Table, made: Made) -> Iterable[str]:
    for name in entry.specifications:
        yield from unknown("specifications", name, "specification", config.specifications, "specifications/")
    its = _specifications(entry, made)
    yield from _samples(config, "samples", entry.samples, its)
    for name, one in (its or {}).items():
        if entry.quantity is not None and entry.quantity not in one.quantities():
            yield (
                f"quantity: '{entry.quantity}' is not estimated by '{name}', which has {', '.join(one.quantities())} "
                f"(see family and marginal_effects in specifications/{name}.yaml)"
            )
        if one.impute is None and (key := _about_imputation(entry)):
            yield f"{key}, and '{name}' imputes nothing (see impute in specifications/{name}.yaml)"
    yield from _none_of("outcomes", entry.outcomes, _of(its, lambda s: s.outcome), "outcome")
    drawn = isinstance(entry, Figure) and entry.kind == "trace" or isinstance(entry, Table) and entry.imputation
    yield from _none_of("terms", entry.terms, _of(its, _drawn if drawn else _terms), "term")


def _about_imputation(entry: Figure | Table) -> str:
    """What of an entry only an imputed specification has; empty where there is nothing such."""
    if isinstance(entry, Figure) and entry.kind == "trace":
        return "kind: a trace is of answers that were imputed"
    if isinstance(entry, Table) and entry.imputation:
        return "imputation: is about answers that were imputed"
    return "complete_cases: stand beside what was imputed" if entry.complete_cases else ""


def _drawn(its: Specification) -> list[str]:
    """What may have been imputed."""
    return [*its.outcome, *its.factors, *its.context, *its.between, *(its.impute.using if its.impute else [])]


def _grids(entry: Figure | Table, made: Made) -> dict[str, bool]:
    """Which of the specifications of an entry are grids of variants."""
    return {name: made[name].family == "robustness" for name in entry.specifications if name in made}


def _specifications(entry: Figure | Table, made: Made) -> dict[str, Specification] | None:
    """The specifications an entry shows; None where any of them is unknown or faulty."""
    found = {name: made[name] for name in entry.specifications if name in made}
    return found if entry.whole and len(found) == len(set(entry.specifications)) else None


def _of(its: dict[str, Specification] | None, ids: Callable[[Specification], list[str]]) -> list[str] | None:
    return None if its is None else list(dict.fromkeys(i for one in its.values() for i in ids(one)))


def _terms(its: Specification) -> list[str]:
    if its.family == "robustness":
        return its.focal
    intercept = ["intercept"] if its.factors else []
    if its.each_alone:
        return its.factors
    if its.family == "change":
        return [WAVE]
    if its.denominator is not None:
        return [its.denominator]
    return [*its.factors, *its.context, *its.between, *intercept] or its.outcome


def _answers(config: StudyConfig, its: Figure, made: Made) -> list[str] | None:
    """The codes that shares are of; None where levels may be something else, such as quantiles, terms or waves."""
    found = _specifications(its, made)
    if not found:
        return None
    outcomes = its.outcomes or _of(found, lambda s: s.outcome) or []
    sets = [answers_of(config, outcome) for outcome in outcomes]
    if any(one.family != "share" for one in found.values()) or not all(one and one.is_categorical for one in sets):
        return None
    return list(dict.fromkeys(str(code) for one in sets if one is not None for code in one.codes)) or None


def _none_of(key: str, words: list[str], known: list[str] | None, noun: str) -> Iterable[str]:
    if known is None:
        return
    for word in words:
        if word not in known:
            yield f"{key}: {not_known(word, f'{noun} of the specifications it shows', known, 'specifications/')}"


def _samples(config: StudyConfig, key: str, samples: list[str], its: dict[str, Specification] | None) -> Iterable[str]:
    for sample in samples:
        faults = list(sample_faults(config, key, sample))
        yield from faults
        if not faults and its is not None and not any(is_made_by(sample, one.samples) for one in its.values()):
            names = " or ".join(f"specifications/{name}.yaml" for name in its)
            yield f"{key}: '{sample}' is estimated by none of its specifications; add it to samples in {names}"


def _finding(config: StudyConfig, made: Made, place: str, finding: Finding) -> Iterable[str]:
    name = finding.specification
    yield from unknown(f"{place}.specification", name, "specification", config.specifications, "specifications/")
    if finding.sample is not None:
        yield from sample_faults(config, f"{place}.sample", finding.sample)
    its = made.get(name)
    if its is None or not finding.whole:
        return
    where = f"specifications/{name}.yaml"
    if finding.says is not None:
        yield from _says(place, finding, its)
    if finding.outcome is not None and finding.outcome not in its.outcome:
        yield f"{place}.outcome: {not_known(finding.outcome, f'outcome of {name!r}', its.outcome, where)}"
    if finding.outcome is None and len(its.outcome) > 1:
        yield f"{place}.outcome: is missing; '{name}' has {len(its.outcome)} outcomes: {', '.join(its.outcome)}"
    terms = [*_terms(its), *its.outcome]
    if finding.term is not None and finding.term not in terms:
        yield f"{place}.term: {not_known(finding.term, f'term of {name!r}', terms, where)}"
    if (
        finding.sample is not None
        and not list(sample_faults(config, "", finding.sample))
        and not is_made_by(finding.sample, its.samples)
    ):
        yield f"{place}.sample: '{finding.sample}' is not estimated by '{name}'; add it to samples in {where}"


def _says(place: str, finding: Finding, its: Specification) -> Iterable[str]:
    """Whether the specification has an effect or a rate ratio that the sentence tells."""
    try:
        _, number = gaps.of_a_finding(finding.says)
    except ValueError:
        return  # the entry's own fault, told with it
    grid = its.family == "robustness"
    if grid != (number == "agreement") and number is not None:
        yield (
            f"{place}.says: {{{number}}} is not estimated by '{finding.specification}', a grid of variants; "
            "say {agreement}"
            if grid
            else f"{place}.says: {{agreement}} is of a specification of family 'robustness', and "
            f"'{finding.specification}' is of family '{its.family}'"
        )
        return
    needed = {"effect": "marginal_effect", "rate_ratio": "rate_ratio"}.get(number or "")
    if number == "icc" and its.family != "mixed":
        yield f"{place}.says: {{icc}} is not estimated by '{finding.specification}', which is no mixed model"
    if needed and needed not in its.quantities():
        more = "; say marginal_effects: true there" if needed == "marginal_effect" and its.has_effects() else ""
        yield f"{place}.says: {{{number}}} is not estimated by '{finding.specification}'{more}"
