"""The tour: what a reviewer with a quarter of an hour looks at, in which order; all of it computed, all of it links."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

import pandas as pd
from markupsafe import Markup

from stemcareers import wording
from stemcareers.config import Project
from stemcareers.contracts import VERDICTS
from stemcareers.report import findings, lineage
from stemcareers.report.waves import KEPT, RECEIVED
from stemcareers.site import assumptions, layout
from stemcareers.site.chain import Chain, items_behind, variables_behind, waves_behind
from stemcareers.site.made import Made

TO_ROW = re.compile(r'href="([^"]+#row-[0-9a-f]+)"')


@dataclass(frozen=True)
class Look:
    """One thing to look at: what is seen there, and where; the words before it say of which study."""

    study: str
    synthetic: bool
    says: Markup | str
    words: str
    link: str


@dataclass(frozen=True)
class Stop:
    """One stop of the tour: minutes, a heading, what to ask there, and where to look."""

    id: str
    minutes: int
    title: str
    asks: str
    looks: list[Look]

    def by_study(self) -> list[tuple[str, list[Look]]]:
        """The looks of each study together, in their order."""
        return [(study, list(looks)) for study, looks in groupby(self.looks, key=lambda look: look.study)]


def page(project: Project, chains: Sequence[Chain], made: Made) -> str:
    """`tour.html`: studies with real answers first at every stop."""
    ordered = sorted(chains, key=lambda chain: (chain.config.synthetic, chain.config.id))
    stops = [stop for stop in _stops(ordered, made) if stop.looks]
    frame = layout.Frame(
        project, "tour.html", "A tour for reviewers", "What to look at, in which order", face=layout.REVIEW
    )
    return layout.page(
        "tour.html",
        frame,
        stops=stops,
        minutes=sum(stop.minutes for stop in stops),
        real=[chain.config for chain in ordered if not chain.config.synthetic],
        made_up=[chain.config for chain in ordered if chain.config.synthetic],
        commit=made.commit,
    )


def _stops(chains: Sequence[Chain], made: Made) -> Iterable[Stop]:
    yield Stop(
        "trace",
        3,
        "Trace one number of each study",
        "Take the first number of a study's summary to its row, and on the page of the row back to the questions as "
        "asked, with their columns in the export. Any other printed number leads the same way.",
        [look for chain in chains for look in _traced(chain)],
    )
    yield Stop(
        "published",
        2,
        "Set it beside what others printed",
        "Numbers that the studies' own reports printed, beside those computed here. With real answers agreement is "
        "evidence; with made-up ones it is by construction, and only what differs tells something.",
        [look for chain in chains for look in _published(chain)],
    )
    yield Stop(
        "flow",
        2,
        "Count who is missing",
        "From the responses received to those kept, with the reason for each that was left out.",
        [look for chain in chains for look in _flow(chain)],
    )
    yield Stop(
        "weights",
        2,
        "Check the weights",
        "Known totals of the population beside the responses before and after weighting; what unequal weights cost.",
        [look for chain in chains for look in _weights(chain)],
    )
    yield Stop(
        "measures",
        2,
        "Judge the measures",
        "The scale of each study that holds together least: is it good enough for what it carries?",
        [look for chain in chains for look in _measures(chain)],
    )
    yield Stop(
        "curve",
        2,
        "Do the analysis otherwise",
        "The main findings under every defensible way of analysis: in how many do they stand?",
        [look for chain in chains for look in _curves(chain)],
    )
    yield Stop("assumed", 1, "Read what was assumed", "Where the answers alone do not decide.", [_assumed()])
    yield Stop(
        "made",
        1,
        "See how it was made",
        "The steps, the versions, the checksum of every input and of every file of this site.",
        [
            Look("", False, f"Code at commit {made.commit}", "Steps, versions and inputs", "made.html"),
            Look("", False, "Rules, scripts, library and config, line by line", "Code and config", "source/index.html"),
            Look("", False, "Every file of the site", "Checksums (csv)", "manifest.csv"),
        ],
    )


def _look(chain: Chain, says: Markup | str, words: str, link: str) -> Look:
    config = chain.config
    return Look(config.study.title, config.synthetic, says, words, f"{config.id}/{link}")


def _traced(chain: Chain) -> Iterable[Look]:
    """The first sentence of the leading page, and the question behind its outcome."""
    shown, config = chain.shown, chain.config
    if shown.lead is None:
        return
    report = config.reports[shown.lead]
    finding = report.summary[0]
    sample = str(report.parameters.get("sample", "all"))
    where = f"config/studies/{config.id}/reports/{shown.lead}.yaml"
    said = findings.sentence(finding, shown.numbers.estimates, shown.labels, sample, where, f"{config.id}/")
    link = TO_ROW.search(said.html)
    if link is None:
        return
    yield _look(chain, Markup(said.html), "its row", link[1].removeprefix(f"{config.id}/"))
    entry = config.specifications[finding.specification]
    of_waves = waves_behind(finding.specification, config)
    for item in items_behind([finding.outcome or variables_behind(entry, config)[0]], config)[:1]:
        asked = chain.question(item, of_waves)["asked"]
        if asked:
            words = f"\u201c{asked[0]['wording']}\u201d, column {asked[0]['column']} of {asked[0]['title']}"
            place = f"{lineage.page_of(finding.specification)}#question-{item}"
            yield _look(chain, words, "the question behind it", place)


def _published(chain: Chain) -> Iterable[Look]:
    if chain.config.published:
        counts = Counter(chain.shown.compared["verdict"])
        told = "; ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
        yield _look(chain, f"{told}.", "published against rebuilt", "published.html")


def _flow(chain: Chain) -> Iterable[Look]:
    for wave, entry in chain.config.waves.items():
        rows = chain.shown.numbers.about(wave, "flow")
        counted = {row["term"]: _count(row) for row in rows.to_dict("records") if row["level"] == ""}
        if RECEIVED in counted and KEPT in counted:
            said = f"{entry.title}: {counted[RECEIVED]} received, {counted[KEPT]} kept."
            yield _look(chain, said, "who was left out and why", f"{lineage.page_of_wave(wave)}#flow")


def _count(row: dict[str, object]) -> str:
    hidden = row["withheld"] or pd.isna(row["estimate"])
    return wording.mark(str(row["withheld"])) if hidden else wording.count(float(row["estimate"]))


def _weights(chain: Chain) -> Iterable[Look]:
    for wave, entry in chain.config.waves.items():
        if entry.design.weight == "none" and entry.design.calibrate is None:
            continue
        rows = chain.shown.numbers.about(wave, "weighting")
        effect = rows[rows["quantity"].eq("design_effect") & rows["term"].eq("weights") & rows["withheld"].eq("")]
        cost = f" Kish's design effect {wording.decimal(float(effect['estimate'].iloc[0]))}." if len(effect) else ""
        margins = int(rows["outcome"].eq("population").sum())
        met = f"{margins} known totals met." if margins else "weights as they came with the answers."
        yield _look(chain, f"{entry.title}: {met}{cost}", "the weighting", f"{lineage.page_of_wave(wave)}#weighting")


def _measures(chain: Chain) -> Iterable[Look]:
    rows = chain.shown.numbers.facts
    alphas = rows[rows["quantity"].eq("reliability") & rows["withheld"].eq("") & rows["estimate"].notna()]
    if alphas.empty:
        return
    least = alphas.loc[alphas["estimate"].idxmin()]
    labels = chain.shown.labels
    alpha = wording.decimal(float(least["estimate"]))
    said = f"{labels.term(least['outcome'])}, {labels.sample(least['sample'])}: alpha {alpha}."
    page = next((name for name, report in chain.config.reports.items() if report.notebook == "measures"), None)
    link = f"{page}.html#scale-{least['outcome']}" if page else lineage.of_fact(least)
    yield _look(chain, said, "how it was measured", link)


def _curves(chain: Chain) -> Iterable[Look]:
    for name, figure in chain.config.figures.items():
        page = next((p for p, report in chain.config.reports.items() if name in report.figures()), None)
        if figure.kind == "curve" and page is not None:
            yield _look(chain, f"{figure.title}.", "the specification curve", f"{page}.html#figure-{name}")


def _assumed() -> Look:
    number = len(assumptions.in_code())
    said = f"{number} in the code, and those of each study's config."
    return Look("", False, said, "every assumption", "assumptions.html")
