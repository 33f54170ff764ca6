"""A job leaves a record of what it read and made, and how long it took; a run puts the records together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from helpers import tiny_run
from helpers.tiny_run import Named, Snakemake
from stemcareers import files, job, measure, origins, record

MEAN = "results/town/estimates/mean.csv"


def published(folder: Path, *open_studies: str) -> dict:
    return origins.published([MEAN], origins.jobs(folder), open_studies, {"pandas": "3"}, "0123", folder)


def a_job(**params) -> Snakemake:
    Path("answers.csv").write_text("answer\n1\n", encoding="utf-8")
    return Snakemake("score", {"study": "town"}, Named(answers="answers.csv"), Named(scores="scores.txt"), **params)


def test_a_job_that_ends_well_leaves_its_record_and_what_it_took(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    snakemake = a_job(waves=["2024"], notebooks=Path(record.HOME / "notebooks").as_posix())
    with job.reporting(snakemake):
        Path("scores.txt").write_text("2\n", encoding="utf-8")
    left = json.loads(Path("data/provenance/jobs/score/town.json").read_text(encoding="utf-8"))
    assert left == {
        "rule": "score",
        "of": {"study": "town"},
        "parameters": {"waves": ["2024"], "notebooks": "notebooks"},  # a path as it is in any copy of the project
        "inputs": {"answers": ["answers.csv"]},
        "outputs": {"scores": ["scores.txt"]},
        "sha256": {"answers.csv": files.sha256("answers.csv"), "scores.txt": files.sha256("scores.txt")},
    }
    taken = measure.read("data/logs/score/town.log")
    assert 0 < taken.seconds < 600 and (taken.mebibytes is None or taken.mebibytes > 10)


def test_a_job_that_fails_leaves_neither_and_takes_away_those_of_an_earlier_attempt(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with job.reporting(a_job()):
        Path("scores.txt").write_text("2\n", encoding="utf-8")
    with pytest.raises(SystemExit), job.reporting(a_job()):
        raise ValueError("the answer forty-two")
    assert [p.name for p in tmp_path.rglob("*.json")] == []


def test_a_file_of_the_library_has_the_same_name_in_a_project_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = [(record.HOME / "workflow/stemcareers/score/scores.py").as_posix()]
    snakemake = Snakemake("score", {}, Named(code=code), Named(scores="scores.txt"))
    Path("scores.txt").write_text("2\n", encoding="utf-8")
    assert record.of(snakemake)["inputs"] == {"code": ["workflow/stemcareers/score/scores.py"]}


def test_the_same_run_leaves_the_same_bytes(tmp_path):
    one, other = (tiny_run.build(tmp_path / name) for name in ("one", "other"))
    told = [{p.relative_to(f).as_posix(): p.read_bytes() for p in f.rglob("*.json")} for f in (one, other)]
    assert told[0] == told[1] and len(told[0]) == 4


def test_origins_lead_from_a_result_to_export_settings_and_code(tmp_path):
    told = published(tiny_run.build(tmp_path), "town")
    assert [job["rule"] for job in told["jobs"]] == ["estimate", "ingest"]
    assert told["code"]["estimate"] == [tiny_run.SCRIPT, tiny_run.LIBRARY]
    assert {tiny_run.RAW, tiny_run.WAVE, tiny_run.INGESTED, MEAN} <= set(told["sha256"])
    assert told["unrecorded"] == []


def test_of_private_answers_only_the_checksum_of_the_export_is_told(tmp_path):
    told = published(tiny_run.build(tmp_path))
    assert [path for path in told["sha256"] if path.startswith("data/")] == [tiny_run.RAW]


def test_a_result_without_its_record_or_with_other_bytes_is_told_as_such(tmp_path):
    project = tiny_run.build(tmp_path)
    (project / MEAN).write_text("another\n", encoding="utf-8")
    assert published(project)["unrecorded"] == [MEAN]
    shutil.rmtree(project / "data" / "provenance")
    assert published(project)["unrecorded"] == [MEAN]


@pytest.mark.parametrize("changed", [tiny_run.RAW, tiny_run.LIBRARY, tiny_run.WAVE, MEAN])
def test_results_are_stale_where_what_they_were_made_from_is_another(tmp_path, changed):
    project = tiny_run.build(tmp_path)
    told = published(project, "town")
    assert origins.stale(told, project) == []
    (project / changed).write_text("another\n", encoding="utf-8")
    assert origins.stale(told, project) == [changed]
