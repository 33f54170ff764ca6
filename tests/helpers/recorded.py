"""The small project with its site, and the records and measurements that the pipeline's jobs would have left."""

from __future__ import annotations

import contextlib
import json
import re
from functools import cache
from pathlib import Path

from stemcareers import config, contracts, files, measure, origins, replication

from tests.helpers import small_project, small_site
from tests.helpers.tiny_run import Named, done

STUDY = small_project.STUDY
SETTINGS, RESULTS = f"config/studies/{STUDY}", f"results/{STUDY}"
BESIDE = (origins.PUBLISHED, Path("results/review.zip"))
POOLED = f"data/pooled/{STUDY}.parquet"
RULES = Path(__file__).resolve().parents[2] / "workflow" / "rules"
OUTPUT = re.compile(r"^rule (\w+):.*?^    output:\n(.*?)^    \w+:\n", re.MULTILINE | re.DOTALL)


def build(folder: Path) -> Path:
    """The project's folder, with `results/provenance.json`."""
    small_project.build(folder)
    small_site.build(folder)
    return again(folder)


def again(folder: Path) -> Path:
    """The same, its records those of the config that is there now."""
    with contextlib.chdir(folder):
        study = config.everything(STUDY)
        for wave in study.waves:
            files.write_text(f"data/raw/{STUDY}/{wave}.csv", f"id,Q1\n1,{wave}\n")
        files.write_text(POOLED, "answers\n")
        _jobs(study)
        shown = [p for p in Path("results").rglob("*") if p.is_file() and p.parts[1] not in ("site", "review")]
        targets = [p.as_posix() for p in shown if p not in BESIDE]
        targets += [f"results/site/{STUDY}/{name}.html" for name in study.reports]
        opened = replication.open_studies([study])
        told = origins.published(targets, origins.jobs(), opened, small_site.HOW.versions | {"snakemake": "9"}, "0123")
        files.write_text(origins.PUBLISHED, json.dumps(told))
        _done("publish", {}, {"estimates": f"{RESULTS}/estimates.csv"}, {"index": "results/site/index.html"})
        for job in origins.jobs():
            measure.write(measure.Measured(2.5, 100.0), f"data/logs/{origins.name(job)}.log")
    return folder


def _jobs(study: config.StudyConfig) -> None:
    waves = {wave: f"data/raw/{STUDY}/{wave}.csv" for wave in study.waves}
    of, models, specifications = {"study": STUDY}, [], []
    _done("pool", of, {"exports": list(waves.values())}, {"responses": POOLED})
    for wave, export in waves.items():
        _made("describe", of | {"wave": wave}, {"export": export, "wave": f"{SETTINGS}/waves/{wave}.yaml"})
    for name in study.specifications:
        specifications.append(f"{SETTINGS}/specifications/{name}.yaml")
        _made("estimate", of | {"specification": name}, {"responses": POOLED, "specification": specifications[-1]})
        models.append(f"{RESULTS}/estimates/{name}.csv")
    contracts.ESTIMATES.write(contracts.joined(contracts.ESTIMATES, models), f"{RESULTS}/estimates.csv")
    _made("gather", of, {"estimates": models})
    _made("compare", of, {"estimates": f"{RESULTS}/estimates.csv"})
    _made("collect", {}, {"compared": f"{RESULTS}/published.csv"})
    _made("document", of, {"config": f"{SETTINGS}/items.csv"})
    for rule, kind in {"draw": "figure", "tabulate": "table", "execute": "report"}.items():
        for name in getattr(study, f"{kind}s"):
            _made(rule, of | {kind: name}, {"shown": models, kind: f"{SETTINGS}/{kind}s/{name}.yaml"})
    for wave in waves:
        _made("chart", of | {"wave": wave}, {"facts": f"{RESULTS}/waves/{wave}.csv"})
    made = {"pdf": "results/report.pdf", "alone": [f"{RESULTS}/report.pdf"]}
    _done("typeset", {}, {"estimates": models, "specifications": specifications}, made)


def _made(rule: str, of: dict[str, str], read: dict) -> None:
    """The record of a job whose outputs are those its rule names; what the small site lacks is made up."""
    paths = [path.format(**of) for path in outputs()[rule]]
    for path in paths:
        if not Path(path).exists():
            empty = json.dumps({"cells": [], "metadata": {"title": of.get("report")}})
            files.write_text(path, f"{empty if path.endswith('.ipynb') else f'<p>{path}</p>'}\n")
    _done(rule, of, read, {"": paths})


@cache
def outputs() -> dict[str, list[str]]:
    """By rule, the paths of its outputs, as the workflow's files have them."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(RULES.glob("*.smk")))
    return {rule: re.findall(r'"([^"]+)"', block) for rule, block in OUTPUT.findall(text)}


def _done(rule: str, of: dict[str, str], read: dict, made: dict) -> None:
    code = [f"workflow/scripts/{rule}.py", "workflow/stemcareers/files.py"]
    done(rule, of, Named(**read, code=code), Named(**made))
