"""A report page: what a notebook calls. Only what its report file names can be shown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from stemcareers import config, wording
from stemcareers.config import Finding, Labels, Project, Section, StudyConfig
from stemcareers.errors import Problem, did_you_mean
from stemcareers.report import comparability, exclusions, figures, findings, measures, method, results, waves
from stemcareers.report.fragment import Fragment, filled, joined

if TYPE_CHECKING:
    from stemcareers.draw import Drawn
    from stemcareers.tabulate import Tabulated

EVERY_WAVE = "all"
WHOLE = "all"
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What a page says to one research question.

    method  for each specification behind it: its id, title, what it is in words, and on how many responses it rests.
    """

    asks: str
    question: str
    sentences: list[Fragment]
    section: Section
    method: list[dict[str, str]]


class Report:
    """One page of a study, opened in a notebook with `Report.open(study, report)`.

    Every method gives a piece of the page, with its numbers read from the estimates. What the report file does not
    name is refused: so a page is made again exactly when something it shows has changed.
    """

    def __init__(
        self,
        study: StudyConfig,
        project: Project,
        name: str,
        shown: results.Results,
        sample: str = WHOLE,
        of_waves: Iterable[str] | None = None,
        pages: str = "",
        root: Path = Path(),
    ) -> None:
        self.name = name
        self.where = f"config/studies/{study.id}/reports/{name}.yaml"
        self.entry = study.reports[name]
        self.study = _narrowed(study, name)
        self.project = project
        self.results = shown
        self.labels = Labels(self.study)
        self.sample = sample
        self.waves = list(of_waves or study.waves)
        self.pages = pages
        self.redone = {n: s for n, s in study.specifications.items() if s.without_each_exclusion}
        self.without = exclusions.pages(study, self.study.specifications)
        self._whole, self._root = study, root

    @classmethod
    def open(cls, study: str, report: str, sample: str = WHOLE, wave: str = EVERY_WAVE) -> Report:
        """The page of a study, from the project that holds the working folder.

        sample  what sentences are about that name no sample of their own.
        wave    one wave of the study, or `all`: every wave that the page's specifications are about.

        Raises Problem where the study, report or wave is not known, or results are not there yet.
        """
        root = results.project_root()
        project = config.project(root / config.load.CONFIG / "project.yaml")
        _known(study, config.study_ids(root), "study", "config/studies")
        settings = config.everything(study, root)
        _known(report, settings.reports, "report", f"config/studies/{study}/reports")
        return cls.of(settings, project, report, root, sample, wave)

    @classmethod
    def of(
        cls,
        study: StudyConfig,
        project: Project,
        report: str,
        root: Path,
        sample: str = WHOLE,
        wave: str = EVERY_WAVE,
        pages: str = "",
    ) -> Report:
        """The page of a study whose config has been read; `pages` is the way to the study's pages."""
        if str(wave) != EVERY_WAVE:
            _known(str(wave), study.waves, "wave", f"config/studies/{study.id}/waves")
        specifications = config.specifications_of(study.reports[report], study)
        of_waves = _waves_of(specifications, study) if str(wave) == EVERY_WAVE else [str(wave)]
        shown = results.read(root, study.id, specifications, of_waves)
        return cls(study, project, report, shown, sample, of_waves, pages, root)

    def header(self) -> Fragment:
        """The title, and in one line: study, waves, who answered, how many, real or synthetic."""
        study, facts = self.study.study, self.facts()
        html = filled(
            "header.html",
            title=self.entry.title,
            study=study.title,
            facts=facts,
            ribbon=wording.SYNTHETIC if self.synthetic else "",
        )
        return Fragment(html, f"{self.entry.title}\n{study.title}. {'. '.join(facts)}")

    @property
    def synthetic(self) -> bool:
        """True where any answer behind the page is made up."""
        return any(self.study.waves[wave].synthetic for wave in self.waves)

    def facts(self) -> list[str]:
        """What stands under the title: waves, of whom, who answered, how many, real or synthetic."""
        titles = [self.study.waves[wave].title for wave in self.waves]
        return [
            f"{'Wave' if len(titles) == 1 else 'Waves'}: {', '.join(titles)}",
            *([f"About: {self.labels.sample(self.sample)}"] if self.sample != WHOLE else []),
            f"Answered by {self.study.study.respondents}",
            self._answered(),
            "Synthetic answers" if self.synthetic else "Real answers",
        ]

    def found(self) -> list[Fragment]:
        """What we found, sentence by sentence."""
        if not self.entry.summary:
            raise Problem(self.where, "summary: is missing; two to five sentences that say what was found")
        return self._said(self.entry.summary)

    def summary(self) -> Fragment:
        """What we found, in two to five sentences."""
        said = self.found()
        return Fragment(filled("summary.html", sentences=said), "\n".join(s.text for s in said))

    def sections(self) -> Fragment:
        """Every research question of the page, in order."""
        if not self.entry.sections:
            raise Problem(self.where, "sections: is missing; one for each question the page answers")
        return joined(self.section(section.asks) for section in self.entry.sections)

    def section(self, asks: str) -> Fragment:
        """One research question: its answer, what shows it, what a school could make of it, a line of method."""
        answer = self.answer(asks)
        section, question, said = answer.section, answer.question, answer.sentences
        shown = [
            self._above("figure", name) if name in self._before(asks, "figures") else self.figure(name)
            for name in section.figures
        ] + [
            self._above("table", name) if name in self._before(asks, "tables") else self.table(name)
            for name in section.tables
        ]
        if section.comparability:
            shown.append(comparability.headed(self.labels))
        html = filled(
            "section.html",
            asks=asks,
            question=question,
            sentences=said,
            shown=shown,
            meaning=section.meaning,
            method=answer.method,
            level=wording.percent(self.project.confidence_level),
            page=self.name,
        )
        return Fragment(html, "\n".join([question, *(s.text for s in said), *(s.text for s in shown)]))

    def answer(self, asks: str) -> Answer:
        """What the page says to a research question, apart from figures and tables."""
        by_id = {section.asks: section for section in self.entry.sections}
        section = self._declared(asks, by_id, "question", "sections")
        used = {finding.specification for finding in section.findings}
        used.update(s for name in section.figures for s in self.study.figures[name].specifications)
        used.update(s for name in section.tables for s in self.study.tables[name].specifications)
        return Answer(
            asks=asks,
            question=self.study.study.asks[asks],
            sentences=self._said(section.findings),
            section=section,
            method=method.one_line(sorted(used), self.labels, self.results),
        )

    def figure(self, name: str) -> Fragment:
        """A figure the page declares, drawn from the estimates by the function that made the picture in `results/`."""
        entry = self._declared(name, self.study.figures, "figure", "sections")
        return figures.figure(name, entry, self.results, self.labels, self.project.confidence_level)

    def table(self, name: str) -> Fragment:
        """A table the page declares."""
        entry = self._declared(name, self.study.tables, "table", "sections")
        return figures.table(name, entry, self.results, self.labels, self.project.confidence_level)

    def drawn(self, name: str) -> Drawn:
        """A figure the page declares, as what is drawn and the words around it."""
        entry = self._declared(name, self.study.figures, "figure", "sections")
        return figures.drawn(entry, self.results, self.labels, self.project.confidence_level)

    def tabulated(self, name: str) -> Tabulated:
        """A table the page declares, as its cells and the words around it."""
        entry = self._declared(name, self.study.tables, "table", "sections")
        return figures.tabulated(entry, self.results, self.labels, self.project.confidence_level)

    def say(self, template: str) -> Fragment:
        """A sentence about the page: {n}, {waves}, {units}, {respondents} and {study} are filled in."""
        known: dict[str, Callable[[], str]] = {
            "n": lambda: wording.count(self._n()) if self._n() is not None else "withheld",
            "waves": lambda: " and ".join(self.study.waves[wave].title for wave in self.waves),
            "units": lambda: self.study.study.units,
            "respondents": lambda: self.study.study.respondents,
            "study": lambda: self.study.study.title,
        }
        pieces = findings.parts(template, known, self.where)
        text = "".join(piece if isinstance(piece, str) else known[piece.name]() for piece in pieces)
        return Fragment(filled("said.html", text=text), text)

    def finding(
        self,
        says: str,
        specification: str,
        *,
        sample: str | None = None,
        outcome: str | None = None,
        term: str | None = None,
        level: str | None = None,
        above: float | None = None,
        below: float | None = None,
    ) -> Fragment:
        """A sentence with a number of a specification: {share}, {mean}, {difference}, {effect}, and {n}."""
        self._declared(specification, self.study.specifications, "specification", "sections and summary")
        findings.told(says, self.where)
        entry = Finding(
            says=says,
            specification=specification,
            sample=sample,
            outcome=outcome,
            term=term,
            level=level,
            above=above,
            below=below,
        )
        said = self._said([entry])[0]
        return Fragment(filled("said.html", text=said), said.text)

    def expect(
        self,
        term: str,
        specification: str,
        *,
        above: float | None = None,
        below: float | None = None,
        quantity: str = "difference",
        sample: str | None = None,
        outcome: str | None = None,
        level: str | None = None,
    ) -> None:
        """Nothing where the whole interval lies above or below; else a Problem that stops the page.

        quantity  what a finding may tell: share, mean, total, ratio, quantile, difference (also a model's coefficient),
                  odds_ratio, rate_ratio, effect, association (whose p value is guarded) or effective_n.
        """
        if above is None and below is None:
            raise Problem(self.where, f"expect('{term}'): say above= or below=")
        self._declared(specification, self.study.specifications, "specification", "sections and summary")
        if quantity not in findings.QUANTITIES:
            raise Problem(
                self.where, f"expect('{term}'): '{quantity}' is not known; use {', '.join(findings.QUANTITIES)}"
            )
        entry = Finding(
            says=f"expect {term}",
            specification=specification,
            sample=sample,
            outcome=outcome,
            term=term,
            level=level,
        )
        row = findings.chosen(entry, self.results.estimates, self.sample, quantity, self.where)
        findings.guard(row, above, below, f"expect('{term}')", self.where)

    def flow(self) -> Fragment:
        """For each wave, how many responses came in, were left out and why, were kept, and used in models."""
        return joined(waves.flow(self.results, wave, self.labels, self._drawn_flow(wave)) for wave in self.waves)

    def _drawn_flow(self, wave: str) -> Fragment:
        fits = results.fits(self._root, self._whole.id, config.models_of(wave, self._whole))
        return figures.flow(wave, self.results.about(wave, "flow"), fits, Labels(self._whole))

    def exclusions(self) -> Fragment:
        """For each wave, why responses were left out, and what the main results would be without each exclusion."""
        return joined(exclusions.table(self.results, wave, self.labels, self.redone) for wave in self.waves)

    def refused(self) -> Fragment:
        """For each wave, the answers that were refused, by reason."""
        return joined(waves.refused(self.results, wave, self.labels) for wave in self.waves)

    def weighting(self) -> Fragment:
        """For each wave, how its responses were weighted."""
        return joined(waves.weighting(self.results, wave, self.labels) for wave in self.waves)

    def wording(self) -> Fragment:
        """Every item as it was asked, its answer counts, and what is missing."""
        return measures.asked(self.results, self.waves, self.labels)

    def reliability(self) -> Fragment:
        """How reliable each scale is, and what each of its items adds."""
        return measures.reliability(self.results, self.waves, self.labels, self.project.confidence_level)

    def comparability(self) -> Fragment:
        """What several waves asked: whether it can be compared between them, what changed, and why it can or cannot."""
        return comparability.table(self.labels)

    def method(self) -> Fragment:
        """How this was made: design, weights, missing answers, what was withheld, what would change the result."""
        return method.how(self.results, self.waves, self.labels, self.project, self.without)

    def _before(self, asks: str, folder: str) -> set[str]:
        """The figures or tables of the sections before one."""
        before = takewhile(lambda section: section.asks != asks, self.entry.sections)
        return {name for section in before for name in getattr(section, folder)}

    def _above(self, kind: str, name: str) -> Fragment:
        """The way to a figure or table that an earlier section shows: a page shows each once."""
        title = (self.study.figures if kind == "figure" else self.study.tables)[name].title
        html = filled("above.html", kind=kind, name=name, title=title)
        return Fragment(html, f"{kind.capitalize()} above: {title}")

    def _said(self, entries: Iterable[Finding]) -> list[Fragment]:
        return [
            findings.sentence(entry, self.results.estimates, self.labels, self.sample, self.where, self.pages)
            for entry in entries
        ]

    def _declared(self, name: str, known: dict[str, T], noun: str, place: str) -> T:
        if name not in known:
            hint = did_you_mean(name, known) or (
                "; it names " + ", ".join(f"'{k}'" for k in known) if known else "; it names none"
            )
            raise Problem(
                self.where,
                f"{noun} '{name}' is not named under {place}{hint}",
                "a page shows only what its report file names: that is how a change makes it run again",
            )
        return known[name]

    def _n(self) -> float | None:
        """How many responses the page is about; None where that is withheld."""
        if self.sample != WHOLE:
            known = self.results.estimates.loc[self.results.estimates["sample"].eq(self.sample), "n"].dropna()
            return float(known.max()) if len(known) else None
        counts = [waves.kept(self.results, wave) for wave in self.waves]
        return None if any(count is None for count in counts) else float(sum(counts))

    def _answered(self) -> str:
        n, units = self._n(), self.study.study.units
        if n is None:
            return "n: withheld"
        # In a part of the study each number has an n of its own: those who answered its questions.
        return f"{'up to ' if self.sample != WHOLE else ''}{wording.count(n)} {units}"


def _narrowed(study: StudyConfig, report: str) -> StudyConfig:
    """The study's config without the specifications, figures, tables and pages that this page does not name."""
    entry = study.reports[report]
    specifications = config.specifications_of(entry, study)
    return replace(
        study,
        specifications={name: study.specifications[name] for name in specifications},
        figures={name: study.figures[name] for name in entry.figures()},
        tables={name: study.tables[name] for name in entry.tables()},
        reports={report: entry},
    )


def _waves_of(specifications: Iterable[str], study: StudyConfig) -> list[str]:
    """The waves that the specifications are about, in the study's order; all for a page without any."""
    named = [config.waves_of(name, study) for name in specifications]
    if not named or not all(named):
        return list(study.waves)
    return [wave for wave in study.waves if any(wave in waves for waves in named)]


def _known(name: str, known: Iterable[str], noun: str, where: str) -> None:
    known = list(known)
    if name not in known:
        hint = did_you_mean(name, known) or "; there is " + ", ".join(f"'{k}'" for k in known)
        raise Problem(where, f"'{name}' is not a known {noun}{hint}")
