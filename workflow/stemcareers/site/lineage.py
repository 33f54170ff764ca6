"""The lineage of a study's numbers: a page for each specification, from the questions asked to where each is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stemcareers import wording
from stemcareers.report import lineage
from stemcareers.report.method import kind
from stemcareers.site import layout, numbers
from stemcareers.site.chain import Chain, items_behind, variables_behind, waves_behind
from stemcareers.site.shown_at import Place
from stemcareers.site.source import escaped
from stemcareers.site.study import specification

STEPS = (
    ("questions", "The questions"),
    ("items", "The items"),
    ("recode", "What was recoded and left out"),
    ("scales", "The scales"),
    ("design", "Sample and weights"),
    ("specification", "The specification"),
    ("rows", "The numbers"),
    ("shown", "Where they are shown"),
)
MODELLED = ("inference", "withhold")


def page(chain: Chain, name: str, shown_at: Mapping[str, list[Place]], commit: str) -> str:
    """`<study>/lineage/<specification>.html`"""
    config, entry = chain.config, chain.config.specifications[name]
    of_waves = waves_behind(name, config)
    variables = variables_behind(entry, config)
    items = items_behind(variables, config)
    rows = chain.shown.numbers.of([name])[0].to_dict("records")
    told = numbers.told(rows, chain.shown.labels, shown_at)
    every = chain.shown.numbers.exclusions
    excluded = every[every["specification"].eq(name)].to_dict("records")
    told_excluded = numbers.told(excluded, chain.shown.labels, shown_at)
    own = [f"specifications/{name}.yaml", *([f"specifications/{entry.of}.yaml"] if entry.of else [])]
    waves = [f"waves/{wave}.yaml" for wave in of_waves]
    totals = [f"populations/{c.population}.csv" for w in of_waves if (c := config.waves[w].design.calibrate)]
    shown_in = [f"{folder}/{n}.yaml" for folder, names in _showing(chain, name).items() for n in names]
    file = chain.sources.files.get(f"config/studies/{config.id}/specifications/{name}.yaml")
    readers = [f"readers/{reader}" for reader in dict.fromkeys(config.waves[w].export.reader for w in of_waves)]
    return layout.page(
        "lineage.html",
        _frame(chain, lineage.page_of(name), entry.title, synthetic=any(config.waves[w].synthetic for w in of_waves)),
        study=config.study,
        id=name,
        kind=kind(name, chain.shown.labels),
        commit=commit,
        steps=STEPS,
        questions=[chain.question(item, of_waves) for item in items],
        recoded=[chain.recoded(wave, items) for wave in of_waves],
        scales=[chain.scale(v, of_waves) for v in variables if v in config.scales],
        designs=[chain.design(wave) for wave in of_waves],
        inputs=chain.inputs(of_waves),
        specification=specification(chain.shown, name, entry),
        text=escaped(file.text) if file else "",
        columns=numbers.columns(rows),
        rows=told,
        marks=wording.marks((row["withheld"] for row in [*told, *told_excluded]), because=False),
        excluded_columns=numbers.columns(excluded),
        excluded=told_excluded,
        places=_by_place([*told, *told_excluded]),
        by={
            "questions": [chain.by("ingest", [*chain.instruments(of_waves), *waves], readers)],
            "items": [chain.by("ingest", ["items.csv", "answers.yaml"], readers)],
            "recode": [chain.by("clean", waves, ["quality"]), chain.by("harmonise", waves)],
            "scales": [chain.by("score", ["scales.yaml"])],
            "design": [chain.by("weight", [*waves, *totals]), chain.by("pool", waves)],
            "specification": [chain.by("estimate", own, MODELLED)],
            "rows": [chain.by("gather")],
            "excluded": [chain.by("undo", waves, ["config/exclusions"])],
            "shown": [chain.by("draw", shown_in), chain.by("tabulate"), chain.by("execute", (), ["report"])],
        },
    )


def _frame(chain: Chain, page: str, title: str, *, synthetic: bool) -> layout.Frame:
    config = chain.config
    about = f"Where the numbers of '{title}' come from ({config.study.title})"
    reviewed = {"face": layout.REVIEW, "scripts": (layout.SORT,)}
    return layout.within(chain.shown.project, config, page, title, about, synthetic=synthetic, **reviewed)


def _showing(chain: Chain, name: str) -> dict[str, list[str]]:
    """The figures, tables and pages whose config names a specification."""
    config = chain.config
    return {
        "figures": [n for n, f in config.figures.items() if name in f.specifications],
        "tables": [n for n, t in config.tables.items() if name in t.specifications],
        "reports": chain.shown.shown_in(name),
    }


def _by_place(rows: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """Every place with its link and how many of the rows it shows, in the order of the rows."""
    counts: dict[Place, int] = {}
    for row in rows:
        for place in row["places"]:
            counts[place] = counts.get(place, 0) + 1
    return [(place.words, place.link, number) for place, number in counts.items()]
