"""A study as the site shows it: its config, and what `results/` holds of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from stemcareers import wording
from stemcareers.config import Labels, Project, StudyConfig, Wave, specifications_of
from stemcareers.contracts import COMPARED, ESTIMATES, FITS, OF_EXCLUSIONS
from stemcareers.report import Report
from stemcareers.report.fragment import Fragment
from stemcareers.report.picture import Picture, beside
from stemcareers.report.results import Results
from stemcareers.report.waves import kept

# Written out: the names a machine gives depend on its locale.
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True)
class Shown:
    """One study of the site."""

    config: StudyConfig
    project: Project
    root: Path

    @cached_property
    def labels(self) -> Labels:
        return Labels(self.config)

    @property
    def results(self) -> Path:
        return self.root / "results" / self.config.id

    @cached_property
    def numbers(self) -> Results:
        """Every estimate and fit of the study, and the facts of its waves: from the tables that gather them."""
        rows = ESTIMATES.read(self.results / "estimates.csv")
        undone = rows["quantity"].isin(OF_EXCLUSIONS)
        rows, exclusions = rows[~undone], rows[undone].reset_index(drop=True)
        specified = rows["specification"].isin(self.config.specifications)
        return Results(
            estimates=rows[specified].reset_index(drop=True),
            fits=FITS.read(self.results / "fits.csv"),
            facts=rows[~specified].reset_index(drop=True),
            exclusions=exclusions,
        )

    @cached_property
    def compared(self) -> pd.DataFrame:
        """The published numbers beside those rebuilt."""
        return COMPARED.read(self.results / "published.csv")

    @cached_property
    def responses(self) -> dict[str, str]:
        """How many responses of each wave were kept, in words."""
        counts = {wave: kept(self.numbers, wave) for wave in self.config.waves}
        return {wave: "withheld" if n is None else wording.count(n) for wave, n in counts.items()}

    @cached_property
    def lead(self) -> str | None:
        """The page that says what was found: the first with a summary."""
        return next((name for name, report in sorted(self.config.reports.items()) if report.summary), None)

    @cached_property
    def found(self) -> Fragment | None:
        """The summary of the leading page, with its links as seen from the front page."""
        if self.lead is None:
            return None
        parameters = self.config.reports[self.lead].parameters
        sample, wave = (str(parameters.get(name, "all")) for name in ("sample", "wave"))
        waves = None if wave == "all" else [wave]
        page = Report(self.config, self.project, self.lead, self.numbers, sample, waves, pages=f"{self.config.id}/")
        return page.summary()

    @cached_property
    def key_figure(self) -> str | None:
        """The first figure of the leading page."""
        return next(iter(self.config.reports[self.lead].figures()), None) if self.lead else None

    @property
    def reports(self) -> list[tuple[str, str]]:
        """The pages and their titles: first those that say what was found, then those that say how."""
        ordered = sorted(self.config.reports.items(), key=lambda page: (not page[1].summary, page[0]))
        return [(name, report.title) for name, report in ordered]

    def alt(self, figure: str) -> str:
        """The text for those who do not see a figure."""
        return (self.results / "figures" / f"{figure}.txt").read_text(encoding="utf-8").strip()

    def picture(self, figure: str, up: str = "", *, narrow: bool = False) -> Picture:
        """A figure's picture; `up` is the way from the page to the study's folder."""
        file = f"figures/{figure}{'.narrow' if narrow else ''}.svg"
        return beside(self.results / file, up + file)

    def reports_on(self, question: str) -> list[str]:
        """The pages with a section on a research question."""
        return [n for n, r in self.config.reports.items() if any(s.asks == question for s in r.sections)]

    def shown_in(self, specification: str) -> list[str]:
        """The pages that show a specification."""
        return [n for n, r in self.config.reports.items() if specification in specifications_of(r, self.config)]


def fielded(wave: Wave) -> str:
    """`3 March to 11 April 2025`; one day where there is but one."""
    first, last = wave.fielded
    end = f"{last.day} {MONTHS[last.month - 1]} {last.year}"
    if first == last:
        return end
    start = (
        str(first.day)
        if (first.year, first.month) == (last.year, last.month)
        else f"{first.day} {MONTHS[first.month - 1]}"
    )
    return f"{start}{'' if first.year == last.year else f' {first.year}'} to {end}"
