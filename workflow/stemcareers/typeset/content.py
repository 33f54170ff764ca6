"""What the printed report says: of each study its pages, waves and measures; every assumption; how it was made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from stemcareers import draw, wording
from stemcareers.config import Project, StudyConfig, models_of
from stemcareers.config.labels import capital
from stemcareers.report import Report, comparability, method, waves
from stemcareers.report.fragment import Fragment
from stemcareers.report.page import Answer
from stemcareers.report.results import Results, fits, read
from stemcareers.report.synthesis import Synthesis
from stemcareers.site import assumptions
from stemcareers.site.shown import Shown, fielded
from stemcareers.typeset import across, measures
from stemcareers.typeset.parts import Again, Chapter, Picture, Piece, Section, Study, Table, Whole
from stemcareers.typeset.tables import table


def whole(
    root: Path,
    project: Project,
    studies: Iterable[StudyConfig],
    commit: str,
    versions: Mapping[str, str],
    opening: Sequence[Chapter] = (),
) -> Whole:
    """The report on some studies, those with real answers first.

    root      the project's folder, with `results/`.
    commit    of the code, or words where there is none.
    versions  of Python and the packages at work.
    opening   chapters that stand before the studies.
    """
    ordered = sorted(studies, key=lambda study: (study.synthetic, study.id))
    shown = [Shown(study, project, root) for study in ordered]
    return Whole(
        title=project.title,
        subtitle=project.subtitle,
        opening=list(opening),
        studies=[study(one) for one in shown],
        assumptions=_assumptions(ordered),
        inputs=[each for one in ordered for each in _inputs(one)],
        commit=commit,
        versions=dict(versions),
        synthetic_words=wording.SYNTHETIC,
    )


def opening(root: Path, project: Project) -> list[Chapter]:
    """The chapter across all studies, where the project has such a page."""
    return [across.chapter(Synthesis.open(root))] if project.across else []


def alone(report: Whole, study: str) -> Whole:
    """The part of a report that is about one of its studies, as a report of its own."""
    one = next(part for part in report.studies if part.id == study)
    others = {part.title for part in report.studies} - {one.title}
    return replace(
        report,
        opening=[],
        studies=[one],
        assumptions=[(where, assumed) for where, assumed in report.assumptions if where not in others],
        inputs=[row for row in report.inputs if row[0] == one.title],
    )


def study(shown: Shown) -> Study:
    """One study: the pages that answer questions as chapters, waves and measures as appendices."""
    config = shown.config
    source, facts = config.study.source, read(shown.root, config.id, [], config.waves)
    return Study(
        id=config.id,
        title=config.study.title,
        synthetic=config.synthetic,
        summary=config.study.summary,
        source=f"{source.citation} ({source.address})" if source.address else source.citation,
        licence=config.study.licence,
        chapters=_once(chapter(_page(shown, name)) for name, _ in shown.reports if config.reports[name].sections),
        appendices=[*(_wave(shown, name, facts) for name in config.waves), *measures.sections(shown, facts)],
    )


def chapter(page: Report) -> Chapter:
    """A page of a study: what was found, each question with what answers it, how sure we are."""
    return Chapter(
        title=page.entry.title,
        synthetic=page.synthetic,
        facts=page.facts(),
        found=[said.text for said in page.found()] if page.entry.summary else [],
        sections=[_section(page, page.answer(section.asks)) for section in page.entry.sections],
        closing=_closing(page),
        page=f"{page.study.id}/{page.name}.html",
    )


def _page(shown: Shown, name: str) -> Report:
    parameters = shown.config.reports[name].parameters
    sample, wave = (str(parameters.get(key, "all")) for key in ("sample", "wave"))
    return Report.of(shown.config, shown.project, name, shown.root, sample, wave)


def _section(page: Report, answer: Answer) -> Section:
    return Section(
        heading=answer.question,
        sentences=[said.text for said in answer.sentences],
        listed=comparability.headed(page.labels).text.splitlines() if answer.section.comparability else [],
        pieces=[
            *(_picture(page, name) for name in answer.section.figures),
            *(_table(page, name) for name in answer.section.tables),
        ],
        meaning=answer.section.meaning or "",
        method=[f"{one['title']}: {one['kind']}{', n = ' + one['n'] if one['n'] else ''}" for one in answer.method],
    )


def _picture(page: Report, name: str) -> Picture:
    drawn, file = page.drawn(name), f"results/{page.study.id}/figures/{name}.svg"
    return Picture(file, drawn.heading, file, drawn.alt, drawn.caption)


def _table(page: Report, name: str) -> Table:
    made = page.tabulated(name)
    return table(f"results/{page.study.id}/tables/{name}", made.grid, made.heading, made.note)


def _once(chapters: Iterable[Chapter]) -> list[Chapter]:
    """The chapters with each figure and table once; where one comes again, a line says where it stands."""
    seen: set[str] = set()

    def first(piece: Piece) -> Piece:
        if piece.id in seen:
            return Again(piece.id, piece.heading)
        seen.add(piece.id)
        return piece

    return [
        replace(one, sections=[replace(part, pieces=[first(p) for p in part.pieces]) for part in one.sections])
        for one in chapters
    ]


def _closing(page: Report) -> list[str]:
    told = method.facts(page.results, page.waves, page.labels, page.project)
    errors = f"; errors: {'; '.join(told['variances'])}" if told["variances"] else ""
    return [
        wording.sentences([f"Intervals cover {told['level']}{errors}", told["few_clusters"]]),
        wording.sentences([told["withheld"]]),
        *([told["others"]] if told["others"] else []),
        "These are associations: schools that differ in one thing differ in others too, and what goes together need "
        "not follow from each other.",
    ]


def _wave(shown: Shown, name: str, facts: Results) -> Section:
    """Who answered in a wave, what was refused, how answers were weighted: what a wave's page tells at length."""
    wave = shown.config.waves[name]
    instrument = shown.config.instruments[wave.instrument]
    parts = [
        waves.flow(facts, name, shown.labels, Fragment("", "")),
        waves.refused(facts, name, shown.labels),
        waves.weighting(facts, name, shown.labels),
    ]
    return Section(
        heading=f"Wave {wave.title}",
        listed=[
            f"{instrument.title} ({instrument.mode}), fielded {fielded(wave)}.",
            *(_sentence(line.removeprefix(f"{wave.title}: ")) for part in parts for line in _lines(part.text)),
        ],
        pieces=[_flow(shown, name, facts)],
    )


def _flow(shown: Shown, name: str, facts: Results) -> Picture:
    study, file = shown.config, f"results/{shown.config.id}/flows/{name}.svg"
    drawn = draw.flow(name, facts.about(name, "flow"), fits(shown.root, study.id, models_of(name, study)), shown.labels)
    return Picture(file, drawn.heading, file, drawn.alt, drawn.caption)


def _assumptions(studies: Sequence[StudyConfig]) -> list[tuple[str, list[str]]]:
    """What studies assume, then what the code does, by file."""
    found = [(one.study.title, [_sentence(says) for _, says in assumptions.of_study(one)]) for one in studies]
    in_code: dict[str, list[str]] = {}
    for one in assumptions.in_code():
        in_code.setdefault(one.file, []).append(_sentence(one.says))
    return [*found, *in_code.items()]


def _inputs(study: StudyConfig) -> list[tuple[str, str, str, str]]:
    """The raw files of a study: the exports and, where there are any, their questionnaire files."""
    return [
        (study.study.title, wave.title, file.file, file.sha256)
        for wave in study.waves.values()
        for file in wave.export.raw_files()
    ]


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line]


def _sentence(words: str) -> str:
    return wording.sentences([capital(words)])
