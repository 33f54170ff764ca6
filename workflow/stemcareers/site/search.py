"""Search without a network: a page, and an index as a script of data, because pages from a disk may fetch nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from stemcareers import contracts
from stemcareers.config import Project
from stemcareers.report import lineage
from stemcareers.report.synthesis import Synthesis
from stemcareers.site import layout
from stemcareers.site.chain import Chain

KINDS = ("Page", "Feature", "Question", "Scale", "Specification", "Figure", "Table", "Wave", "Published number")
Entry = tuple[int, int, str, str, str]


def page(project: Project, chains: Sequence[Chain]) -> str:
    """`search.html`"""
    frame = layout.Frame(
        project,
        "search.html",
        "Search",
        "Find questions, scales, specifications, figures, tables, pages and estimates",
        face=layout.REVIEW,
        scripts=(layout.INDEX, layout.SEARCH),
    )
    return layout.page("search.html", frame, studies=[chain.config for chain in chains])


def index(chains: Sequence[Chain], across: Synthesis | None = None) -> str:
    """`search-index.js`: what can be found, with links as seen from the site's folder.

    Estimates are held once for each specification, outcome, term and sample, at the first of their rows (levels and
    quantities stand beside it), and without what tells how answers were imputed: the index stays small. Studies with
    real answers come first, after the page across all studies, its features and its figures.
    """
    words: dict[str, int] = {}
    chains = sorted(chains, key=lambda chain: (chain.config.synthetic, chain.config.id))
    titles = [c.config.study.title + (" (synthetic answers)" if c.config.synthetic else "") for c in chains]
    entries = [entry for place, chain in enumerate(chains) for entry in _entries(place, chain)]
    content = {
        "kinds": KINDS,
        "studies": [*titles, *([across.entry.subtitle] if across else [])],
        "entries": [*(_across(len(chains), across) if across else []), *entries],
        "estimates": [one for place, chain in enumerate(chains) for one in _estimates(place, chain, words)],
        "words": list(words),
    }
    return f"window.searchIndex = {_script(content)};\n"


def _script(content: Any) -> str:
    """Json that is javascript too, on one line for each part, with nothing that could end a script."""
    parts = [f"{json.dumps(name)}:{_json(value)}" for name, value in content.items()]
    return "{\n" + ",\n".join(parts) + "\n}"


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # The two line ends that json allows in a text, and older javascript does not.
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _entries(place: int, chain: Chain) -> Iterable[Entry]:
    config, here = chain.config, chain.config.id

    def entry(kind: str, title: str, detail: str, link: str) -> Entry:
        return (KINDS.index(kind), place, title, detail, f"{here}/{link}")

    yield entry("Page", config.study.title, config.study.summary, "index.html")
    for name, report in config.reports.items():
        asks = "; ".join(config.study.asks.get(s.asks, "") for s in report.sections)
        yield entry("Page", report.title, asks, f"{name}.html")
    yield entry("Page", "Questions and scales", "every question: wording, answers, columns", "dictionary.html")
    for name, item in config.items.items():
        columns = {column for own in chain.columns.values() if (column := own.get(name))}
        said = " ".join([item.wording, name, *sorted(columns)])
        yield entry("Question", item.label, said, f"dictionary.html#{name}")
    for name, scale in config.scales.items():
        yield entry("Scale", scale.title, f"{scale.measures} {name}", f"dictionary.html#{name}")
    for name, specification in config.specifications.items():
        yield entry("Specification", specification.title, f"{specification.short} {name}", lineage.page_of(name))
    for noun, folder in (("Figure", "figures"), ("Table", "tables")):
        for name, shown in getattr(config, folder).items():
            at = next((p for p, report in config.reports.items() if name in report.shows()[folder]), None)
            away = f"index.html#{folder}"
            yield entry(noun, shown.title, name, f"{at}.html#{noun.lower()}-{name}" if at else away)
    for name, wave in config.waves.items():
        instrument = config.instruments[wave.instrument].title
        yield entry("Wave", wave.title, f"{instrument} {name}", lineage.page_of_wave(name))
    for name, number in config.published.items():
        said = f"{number.answer or ''} {number.value} {number.unit}".strip()
        yield entry("Published number", number.question, said, f"published.html#number-{name}")


def _across(place: int, across: Synthesis) -> Iterable[Entry]:
    """The page across all studies, its features by the words their evidence is told in, and its figures."""
    entry = across.entry
    yield (KINDS.index("Page"), place, entry.title, entry.asks, layout.SYNTHESIS)
    for name, feature in entry.features.items():
        said = "; ".join([feature.asks, *dict.fromkeys(one.label for one in feature.evidence.values())])
        yield (KINDS.index("Feature"), place, feature.title, said, f"{layout.SYNTHESIS}#{name}")
    for name in across.figures():
        heading = across.drawn(name).heading
        yield (KINDS.index("Figure"), place, heading, name, f"{layout.SYNTHESIS}#figure-{name}")


def _estimates(place: int, chain: Chain, words: dict[str, int]) -> Iterable[list[Any]]:
    labels, rows = chain.shown.labels, chain.shown.numbers.estimates
    rows = rows[~rows["quantity"].isin(contracts.DIAGNOSTICS)]

    def word(text: str) -> int:
        return words.setdefault(text, len(words))

    for name, own in rows.groupby("specification", sort=True):
        groups: dict[tuple[int, int], dict[int, str]] = {}
        for row in own.to_dict("records"):
            pair = (word(labels.term(row["outcome"])), word(labels.term(row["term"])))
            row_id = lineage.row_id(row).removeprefix("row-")
            groups.setdefault(pair, {}).setdefault(word(labels.sample(row["sample"])), row_id)
        listed = [[*pair, [list(one) for one in found.items()]] for pair, found in groups.items()]
        yield [place, labels.specification(str(name)), f"{chain.config.id}/{lineage.page_of(str(name))}", listed]
