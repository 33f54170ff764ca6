"""The page across all studies: what a notebook calls. Its numbers are rows of `results/synthesis/evidence.csv`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from stemcareers import config, contracts, wording
from stemcareers.config import Conclusion, Evidence, Labels, Project, StudyConfig
from stemcareers.config.synthesis import FILE, OVERVIEW
from stemcareers.errors import Problem
from stemcareers.report import across, findings
from stemcareers.report.across import Row
from stemcareers.report.figures import pictured
from stemcareers.report.fragment import Fragment, filled, joined
from stemcareers.report.results import project_root
from stemcareers.selection import records_of

if TYPE_CHECKING:
    from stemcareers.draw import Drawn

ROWS = Path("results") / "synthesis" / "evidence.csv"
PAGE = "synthesis.html"


class Synthesis:
    """The page across all studies, opened in a notebook with `Synthesis.open()`.

    Every method gives a piece of the page. Evidence of a study that is not there drops out, and the page says so.
    """

    def __init__(
        self,
        entry: config.Synthesis,
        evidence: pd.DataFrame,
        studies: dict[str, StudyConfig],
        project: Project,
        others: Iterable[str] = (),
        page: str = "",
    ) -> None:
        self.entry = entry
        self.evidence = evidence
        self.studies = studies
        self.project = project
        self.others = list(others)
        self.page = page
        self.labels = {name: Labels(study) for name, study in studies.items()}

    @classmethod
    def open(cls, root: Path | None = None, page: str = "") -> Synthesis:
        """The page of the project that holds the working folder, or lies in `root`.

        page  the way to the page, for a summary that stands elsewhere.

        Raises Problem where the evidence is not there yet.
        """
        root = project_root() if root is None else root
        entry, path = config.synthesis(root / FILE), root / ROWS
        if not path.is_file():
            raise Problem(ROWS.as_posix(), "the file is missing; run `make report` first: it makes what a page shows")
        evidence = contracts.EVIDENCE.read(path)
        studies = {name: config.everything(name, root) for name in sorted(set(evidence["study"]))}
        project = config.project(root / config.load.CONFIG / "project.yaml")
        return cls(entry, evidence, studies, project, config.study_ids(root), page)

    def header(self) -> Fragment:
        """The title, and in one line how many studies with real and with made-up answers it rests on."""
        facts = self.facts()
        html = filled("header.html", title=self.entry.title, study=self.entry.subtitle, facts=facts, ribbon="")
        return Fragment(html, f"{self.entry.title}\n{self.entry.subtitle}. {'. '.join(facts)}")

    def facts(self) -> list[str]:
        """What stands under the title: studies with real answers, with made-up ones, and those that are not here."""
        real = [study for study in self.studies.values() if not study.synthetic]
        made_up = [study for study in self.studies.values() if study.synthetic]
        facts = [
            f"Real answers: {'; '.join(study.study.title for study in real) or 'none here'}",
            f"Synthetic answers, set apart: {'; '.join(study.study.title for study in made_up) or 'none'}",
        ]
        absent = self._absent()
        return [*facts, *([f"Not here: {', '.join(absent)}"] if absent else [])]

    def summary(self) -> Fragment:
        """What was found, in sentences on real answers; where there are none, that there are none."""
        said = [self._concluded(one) for one in self.entry.summary if self._of(one.feature, one.evidence) is not None]
        if not said:
            text = "No real answers are here, so nothing was found. What follows shows how it would be found."
            said = [Fragment(text, text)]
        return Fragment(filled("summary.html", sentences=said), "\n".join(s.text for s in said))

    def overview(self) -> Fragment:
        """Each feature in a line, and a figure of the real evidence on all of them."""
        lines = [across.glance(name, feature, self._mains(name)) for name, feature in self.entry.features.items()]
        table = Fragment(filled("glance.html", lines=lines), "\n".join(f"{x['title']}: {x['verdict']}" for x in lines))
        return joined([table, *([self.figure(OVERVIEW)] if OVERVIEW in self.figures() else [])])

    def reading(self) -> Fragment:
        """How to read the numbers: what a standard deviation is, what intervals and averages say."""
        level = wording.percent(self.project.confidence_level)
        rank = wording.count(across.rank(0.2))
        text = (
            f"A standard deviation is how far schools typically lie from the average of theirs. A difference of "
            f"{wording.decimal(0.2, 1)} takes an average school past {rank} of every 100 schools instead of 50, where "
            f"schools are spread as in a normal distribution. Brackets hold {level} intervals. An average over "
            "countries says how it is in a typical one; where a further one would lie says how much they differ."
        )
        return Fragment(filled("said.html", text=text), text)

    def sections(self) -> Fragment:
        """Every feature, in order."""
        return joined(self.section(name) for name in self.entry.features)

    def section(self, feature: str) -> Fragment:
        """One feature: its question, the answer, what shows it, how sure it is, what a school could make of it."""
        entry = self.entry.features[feature]
        told, names = self.told(feature), self.figures_of(feature)
        each = [self.figure(name) for name in names if name != feature]
        html = filled(
            "feature.html",
            name=feature,
            asks=entry.asks,
            means=entry.means,
            verdict=self.verdict(feature),
            real=[t for t in told if not t.synthetic],
            made_up=[t for t in told if t.synthetic],
            synthetic_words=wording.SYNTHETIC,
            figure=self.figure(feature) if feature in names else Fragment("", ""),
            each=each,
            sure=self.sure(feature),
            each_of=self._each_of(feature),
            meaning=entry.meaning,
            level=wording.percent(self.project.confidence_level),
        )
        return Fragment(html, "\n".join([entry.asks, self.verdict(feature), *(t.text for t in told)]))

    def told(self, feature: str) -> list[across.Told]:
        """Every piece of evidence on a feature in words, real answers and made-up ones."""
        pieces = self.entry.features[feature].evidence
        mains = self._mains(feature)
        return [across.told(pieces[row["evidence"]], row, self._beside(row), self.labels) for row in mains]

    def verdict(self, feature: str) -> str:
        """What real answers say on a feature, in a sentence."""
        return across.verdict(self._mains(feature))

    def sure(self, feature: str) -> str:
        """How sure one can be of a feature; empty where nothing is averaged."""
        return across.sure(self._mains(feature), self.entry)

    def figures_of(self, feature: str) -> list[str]:
        """The figures on a feature: all its evidence, then each piece that is drawn sample by sample."""
        pieces = self.entry.features[feature].evidence
        each = [f"{feature}-{name}" for name, one in pieces.items() if self._drawn_each(one)]
        return [*([feature] if self._mains(feature) else []), *each]

    def figure(self, name: str) -> Fragment:
        """A figure of the page, drawn by the function that made the picture in `results/`."""
        return pictured("across_figure.html", name, self.drawn(name), self.drawn(name, narrow=True))

    def figures(self) -> list[str]:
        """The ids of all figures of the page, in order: those of studies that are there."""
        return self.entry.figures(self.studies)

    def drawn(self, name: str, *, narrow: bool = False) -> Drawn:
        """A figure of the page, as what is drawn and the words around it."""
        from stemcareers.draw import synthesis as drawing

        what = (name, self.entry, self.evidence, self.labels, self.project.confidence_level)
        return drawing.figure(*what, narrow=narrow)

    def table(self) -> Fragment:
        """All evidence: each number with its unit, n and schools, and where it comes from."""
        groups: list[tuple[str, list[tuple[str, list[dict[str, Any]]]]]] = []
        for synthetic, title in ((False, "Real answers"), (True, wording.SYNTHETIC)):
            found = []
            for name, feature in self.entry.features.items():
                lines = [across.listed(self.entry, rows, self.labels) for rows in self._told(name)]
                lines = [line for line in lines if line["synthetic"] == synthetic]
                found += [(feature.title, lines)] if lines else []
            groups += [(title, found)] if found else []
        html = filled("across_table.html", groups=groups, level=wording.percent(self.project.confidence_level))
        said = [f"{title}: {line['label']}" for _, found in groups for title, lines in found for line in lines]
        return Fragment(html, "\n".join(said))

    def method(self) -> Fragment:
        """How this was made: which rows, how they were averaged, what cannot be compared, what is missing, limits."""
        mains = [row for name in self.entry.features for row in self._mains(name)]
        html = filled(
            "across_method.html",
            level=wording.percent(self.project.confidence_level),
            averages=[
                across.spread(self.entry, row) for row in mains if row["kind"] == "average" and not row["withheld"]
            ],
            lost=across.lost(self.entry, self.evidence, self.labels),
            units=across.units(self.evidence),
            absent=self._absent(),
            left_out=[(name, self._title(name), why) for name, why in self.entry.left_out.items()],
            not_yet=[n for n in self.others if n not in {*self.entry.studies(), *self.entry.left_out}],
            notes=across.notes(self.entry, self.studies),
            limits=self.entry.limits,
            synthetic=any(study.synthetic for study in self.studies.values()),
        )
        return Fragment(html, "\n".join(self.entry.limits))

    def _concluded(self, one: Conclusion) -> Fragment:
        row = self._of(one.feature, one.evidence, one.sample)
        evidence = self.entry.features[one.feature].evidence[one.evidence]
        findings.guard(row, one.above, one.below, f"'{one.says}'", FILE.as_posix())
        return across.sentence(one.says, row, evidence, self.page)

    def _of(self, feature: str, evidence: str, sample: str | None = None) -> Row | None:
        """The row to go by of a piece of evidence; None where its study is not there."""
        its = self.evidence[self.evidence["feature"].eq(feature) & self.evidence["evidence"].eq(evidence)]
        wanted = sample or self.entry.features[feature].evidence[evidence].sample
        rows = records_of(its[its["sample"].eq(wanted)])
        return min(rows, key=lambda r: contracts.HELD.index(r["held"]), default=None)

    def _mains(self, feature: str) -> list[Row]:
        """The row to go by of every piece of evidence on a feature that is there, in order."""
        found = (self._of(feature, name) for name in self.entry.features[feature].evidence)
        return [row for row in found if row is not None]

    def _beside(self, main: Row) -> list[Row]:
        """What stands beside a row: the same by itself, then its samples in focus."""
        same = [row for rows in self._told(main["feature"]) for row in rows if row["evidence"] == main["evidence"]]
        return [row for row in same if (row["sample"], row["held"]) != (main["sample"], main["held"])]

    def _told(self, feature: str) -> list[list[Row]]:
        """What is told by name of a feature: averages, single samples, samples in focus; each with its rows."""
        found = []
        for name, one in self.entry.features[feature].evidence.items():
            its = self.evidence[self.evidence["feature"].eq(feature) & self.evidence["evidence"].eq(name)]
            for sample in (one.sample, *one.focus):
                rows = records_of(its[its["sample"].eq(sample)])
                found += [sorted(rows, key=lambda r: contracts.HELD.index(r["held"]))] if rows else []
        return found

    def _each_of(self, feature: str) -> str:
        """What is drawn one by one: `Countries`."""
        pieces = self.entry.features[feature].evidence.values()
        return " and ".join(dict.fromkeys(str(one.samples_are) for one in pieces if one.each)).capitalize()

    def _drawn_each(self, one: Evidence) -> bool:
        return one.each and one.study in self.studies

    def _absent(self) -> list[str]:
        return [name for name in self.entry.studies() if name not in self.studies]

    def _title(self, study: str) -> str:
        return self.studies[study].study.title if study in self.studies else study
