"""A study's own page: its questions and where they are answered, its waves, figures, tables, specifications."""

from __future__ import annotations

from typing import Any

from stemcareers.config import Specification
from stemcareers.config.labels import small
from stemcareers.report import lineage
from stemcareers.report.method import kind
from stemcareers.report.rows import dictionary
from stemcareers.site import layout
from stemcareers.site.published import PRINTED
from stemcareers.site.shown import Shown, fielded


def page(shown: Shown) -> str:
    """`<study>/index.html`"""
    config = shown.config
    frame = layout.Frame(
        project=shown.project,
        path=f"{config.id}/index.html",
        title=config.study.title,
        description=config.study.summary,
        synthetic=config.synthetic,
        crumbs=(("All studies", "index.html"),),
        scripts=(layout.SORT,),
    )
    return layout.page(
        "study.html",
        frame,
        study=config.study,
        published=len(config.published),
        printed=(shown.results / PRINTED).is_file(),
        questions=[(asks, words, _reports(shown, shown.reports_on(asks))) for asks, words in config.study.asks.items()],
        reports=shown.reports,
        waves=[_wave(shown, wave) for wave in config.waves],
        figures=[
            {
                "id": n,
                "title": f.title,
                "alt": shown.alt(n),
                "narrow": shown.picture(n, narrow=True),
                "pages": _pages_with(shown, n, "figures"),
                "from": _from(shown, f.specifications),
            }
            for n, f in config.figures.items()
        ],
        tables=[
            {
                "id": n,
                "title": t.title,
                "pages": _pages_with(shown, n, "tables"),
                "from": _from(shown, t.specifications),
            }
            for n, t in config.tables.items()
        ],
        specifications=[specification(shown, n, s) for n, s in config.specifications.items()],
    )


def _reports(shown: Shown, names: list[str]) -> list[tuple[str, str]]:
    return [(name, shown.config.reports[name].title) for name in names]


def _from(shown: Shown, specifications: list[str]) -> list[tuple[str, str]]:
    """Where the numbers of some specifications come from: short name and page."""
    return [(shown.labels.specification(name), lineage.page_of(name)) for name in specifications]


def _pages_with(shown: Shown, name: str, folder: str) -> list[tuple[str, str]]:
    """The pages that show a figure or table; one of each may have the same id."""
    return _reports(shown, [n for n, r in shown.config.reports.items() if name in r.shows()[folder]])


def _wave(shown: Shown, name: str) -> dict[str, Any]:
    wave = shown.config.waves[name]
    instrument = shown.config.instruments[wave.instrument]
    weight = "every response counts once" if wave.design.weight == "none" else f"by {wave.design.weight}"
    if wave.design.calibrate is not None:
        weight = "to known totals of the population"
    return {
        "id": name,
        "title": wave.title,
        "fielded": fielded(wave),
        "instrument": instrument.title,
        "mode": instrument.mode,
        "n": shown.responses[name],
        "weight": weight,
        "synthetic": wave.synthetic,
    }


def specification(shown: Shown, name: str, entry: Specification) -> dict[str, Any]:
    """A specification in words, with where its items and scales are explained, as seen from the study's folder."""
    labels = shown.labels

    def linked(ids: list[str]) -> list[tuple[str, str]]:
        return [(labels.term(i), dictionary(i, labels)) for i in ids]

    return {
        "id": name,
        "title": entry.title,
        "short": entry.short,
        "kind": kind(name, labels),
        "outcome": linked(entry.outcome),
        "factors": linked([*entry.factors, *entry.focal]),
        "context": linked(entry.context),
        "between": linked(entry.between),
        "denominator": linked([entry.denominator] if entry.denominator else []),
        "coefficients": [
            (labels.level(entry.between[0], str(code)), weight) for code, weight in entry.coefficients.items()
        ],
        "waves": [labels.level("wave", wave) for wave in entry.waves],
        "samples": [_sample(sample, shown) for sample in entry.samples],
        "reference": [(labels.term(t), labels.level(t, str(code))) for t, code in entry.reference.items()],
        "standardised": list(entry.standardise),
        "reports": _reports(shown, shown.shown_in(name)),
    }


def _sample(sample: str, shown: Shown) -> str:
    if sample.startswith("by "):
        return f"by {small(shown.labels.term(sample.removeprefix('by ')))}"
    return shown.labels.sample(sample)
