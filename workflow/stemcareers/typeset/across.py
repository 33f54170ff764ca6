"""The page across all studies in print: the first chapter, before the studies."""

from __future__ import annotations

from stemcareers import wording
from stemcareers.config.synthesis import OVERVIEW
from stemcareers.report.across import Told
from stemcareers.report.synthesis import PAGE, Synthesis
from stemcareers.typeset.parts import Chapter, Picture, Section


def chapter(page: Synthesis) -> Chapter:
    """What real answers say on each feature; made-up ones stand apart, under words that say so."""
    features = page.entry.features
    overview = [_picture(page, OVERVIEW)] if OVERVIEW in page.entry.figures(page.studies) else []
    glance = [f"{feature.title}: {page.verdict(name)}" for name, feature in features.items()]
    return Chapter(
        title=page.entry.title,
        synthetic=False,
        facts=page.facts(),
        found=page.summary().text.splitlines(),
        sections=[
            Section("How to read the numbers", sentences=[page.reading().text]),
            Section("At a glance", listed=glance, pieces=overview),
            *(_section(page, name) for name in features),
        ],
        closing=list(page.entry.limits),
        page=PAGE,
    )


def _section(page: Synthesis, name: str) -> Section:
    entry, told = page.entry.features[name], page.told(name)
    real, made_up = ([_words(one) for one in told if one.synthetic == kind] for kind in (False, True))
    return Section(
        heading=entry.asks,
        sentences=[page.verdict(name)],
        listed=real,
        set_apart=[wording.sentences([wording.SYNTHETIC]), *made_up] if made_up else [],
        pieces=[_picture(page, figure) for figure in page.figures_of(name)],
        meaning=entry.meaning or "",
        method=[sure] if (sure := page.sure(name)) else [],
    )


def _words(one: Told) -> str:
    """The evidence, and what a reader must know of it."""
    return wording.sentences([one.text, f"Mind: {one.note}" if one.note else ""])


def _picture(page: Synthesis, name: str) -> Picture:
    drawn, file = page.drawn(name), f"results/synthesis/figures/{name}.svg"
    return Picture(file, drawn.heading, file, drawn.alt, drawn.caption)
