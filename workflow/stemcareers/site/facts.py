"""A page for each wave: its own numbers (flow, answers, reliability, weighting), each a row, and their origin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stemcareers.report import lineage
from stemcareers.site import layout, numbers
from stemcareers.site.chain import Chain
from stemcareers.site.shown import fielded
from stemcareers.site.shown_at import Place

PARTS = {
    "flow": "From received to kept",
    "answers": "What was answered",
    "reliability": "How reliable scales are",
    "agreement": "How alike the responses of a school are",
    "weighting": "How responses were weighted",
    "panel": "Schools in several waves",
}


def page(chain: Chain, wave: str, shown_at: Mapping[str, list[Place]], commit: str) -> str:
    """`<study>/waves/<wave>.html`"""
    config, entry = chain.config, chain.config.waves[wave]
    frame = layout.within(
        chain.shown.project,
        config,
        lineage.page_of_wave(wave),
        f"Wave {entry.title}",
        f"Where the numbers of wave {entry.title} come from ({config.study.title})",
        synthetic=entry.synthetic,
        face=layout.REVIEW,
        scripts=(layout.SORT,),
    )
    instrument = config.instruments[entry.instrument]
    file = f"waves/{wave}.yaml"
    calibrate = entry.design.calibrate
    totals = [f"populations/{calibrate.population}.csv"] if calibrate else []
    return layout.page(
        "wave.html",
        frame,
        study=config.study,
        wave=wave,
        entry=entry,
        fielded=fielded(entry),
        respondents=entry.respondents or config.study.respondents,
        instrument=instrument,
        inputs=chain.inputs([wave]),
        commit=commit,
        recoded=chain.recoded(wave, chain.columns[wave]),
        design=chain.design(wave),
        parts=_parts(chain, wave, shown_at),
        by={
            "export": [chain.by("ingest", [*chain.instruments([wave]), file], [f"readers/{entry.export.reader}"])],
            "flow": [chain.by("clean", [file], ["quality"]), chain.by("describe", [file], ["withhold"])],
            "answers": [chain.by("harmonise", ["items.csv", "answers.yaml"]), chain.by("describe", [], ["withhold"])],
            "reliability": [chain.by("score", ["scales.yaml"], ["inference"])],
            "agreement": [chain.by("score", ["scales.yaml"], ["inference"])],
            "weighting": [chain.by("weight", [file, *totals]), chain.by("describe", [file], ["withhold"])],
            "panel": [chain.by("pool", ["study.yaml"])],
        },
    )


def _parts(chain: Chain, wave: str, shown_at: Mapping[str, list[Place]]) -> list[dict[str, Any]]:
    found = []
    for part, title in PARTS.items():
        rows = chain.shown.numbers.about(wave, part).to_dict("records")
        if rows:
            groups = _by_item(chain, wave, rows, shown_at) if part == "answers" else [_group(chain, rows, shown_at)]
            found.append({"id": part, "title": title, "groups": groups})
    return found


def _group(chain: Chain, rows: Sequence[numbers.Row], shown_at: Mapping[str, list[Place]]) -> dict[str, Any]:
    told = numbers.told(rows, chain.shown.labels, shown_at)
    return {"question": None, "columns": numbers.columns(rows), "rows": told}


def _by_item(
    chain: Chain, wave: str, rows: Sequence[numbers.Row], shown_at: Mapping[str, list[Place]]
) -> list[dict[str, Any]]:
    asked: dict[str, list[numbers.Row]] = {}
    for row in rows:
        asked.setdefault(row["outcome"], []).append(row)
    return [
        {
            **_group(chain, asked[item], shown_at),
            "columns": [("level", "Answer")],
            "question": chain.question(item, [wave]),
        }
        for item in chain.config.items
        if item in asked
    ]
