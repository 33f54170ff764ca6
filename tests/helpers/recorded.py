"""The small project with its site, and the records and measurements that the pipeline's jobs would have left."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from stemcareers import config, contracts, files, measure, origins, replication

from tests.helpers import small_project, small_site
from tests.helpers.tiny_run import Named, done

STUDY = small_project.STUDY
SETTINGS, RESULTS = f"config/studies/{STUDY}", f"results/{STUDY}"
POOLED = f"data/pooled/{STUDY}.parquet"
ENDINGS = {"draw": ("figures", ("svg", "narrow.svg", "png", "csv", "txt")), "tabulate": ("tables", ("html", "csv"))}


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
        targets = [p.as_posix() for p in Path(RESULTS).rglob("*") if p.is_file()]
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
    _done("pool", {"study": STUDY}, {"exports": list(waves.values())}, {"responses": POOLED})
    for wave, export in waves.items():
        settings = {"export": export, "wave": f"{SETTINGS}/waves/{wave}.yaml"}
        _done("describe", {"study": STUDY, "wave": wave}, settings, {"facts": f"{RESULTS}/waves/{wave}.csv"})
    for name in study.specifications:
        made = {kind: f"{RESULTS}/{kind}/{name}.csv" for kind in ("estimates", "fits")}
        read = {"responses": POOLED, "specification": f"{SETTINGS}/specifications/{name}.yaml"}
        _done("estimate", {"study": STUDY, "specification": name}, read, made)
    parts = [f"{RESULTS}/estimates/{name}.csv" for name in study.specifications]
    contracts.ESTIMATES.write(contracts.joined(contracts.ESTIMATES, parts), f"{RESULTS}/estimates.csv")
    _done("gather", {"study": STUDY}, {"estimates": parts}, {"estimates": f"{RESULTS}/estimates.csv"})
    _done("compare", {"study": STUDY}, {"estimates": parts}, {"compared": f"{RESULTS}/published.csv"})
    described = [f"{RESULTS}/{name}" for name in ("variables.csv", "codes.csv", "codebook.xml", "datapackage.json")]
    _done("document", {"study": STUDY}, {"config": f"{SETTINGS}/items.csv"}, {"described": described})
    for rule, (kind, endings) in ENDINGS.items():
        for name in getattr(study, kind):
            made = [f"{RESULTS}/{kind}/{name}.{ending}" for ending in endings]
            for path in made:
                if not Path(path).exists():
                    files.write_text(path, f"<p>{path}</p>\n")
            _done(rule, {"study": STUDY, kind[:-1]: name}, {"shown": parts}, {"made": made})
    for name in study.reports:
        files.write_text(f"{RESULTS}/reports/{name}.ipynb", json.dumps({"cells": [], "metadata": {"title": name}}))
        made = {"notebook": f"{RESULTS}/reports/{name}.ipynb", "page": f"results/site/{STUDY}/{name}.html"}
        _done("execute", {"study": STUDY, "report": name}, {"shown": parts}, made)


def _done(rule: str, of: dict[str, str], read: dict, made: dict) -> None:
    code = [f"workflow/scripts/{rule}.py", "workflow/stemcareers/files.py"]
    done(rule, of, Named(**read, code=code), Named(**made))
