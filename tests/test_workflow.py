"""Whole runs: what is built, what runs again and what does not, and that a killed run ends with the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.helpers import whole_project
from tests.helpers.whole_project import STUDY, finished, results, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project after a first run."""
    folder = whole_project.make(tmp_path_factory.mktemp("built"))
    done = run(folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    """A copy of the built project, times kept, for a test to change."""
    folder = tmp_path / "project"
    shutil.copytree(built, folder, symlinks=True)
    return folder


def of(study_config: Path, *parts: str) -> Path:
    return study_config.joinpath("config", "studies", STUDY, *parts)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{path} no longer holds {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_run_leaves_word_of_what_every_result_was_made_from(built: Path):
    told = json.loads((built / "results" / "provenance.json").read_text(encoding="utf-8"))
    assert told["unrecorded"] == []
    made = {f"results/{path}" for path in results(built) if path.startswith(STUDY)}
    assert made == {path for path in told["sha256"] if path.startswith(f"results/{STUDY}")}
    by_hand = (f"data/raw/{STUDY}/2024.csv", f"config/studies/{STUDY}/scales.yaml", "workflow/stemcareers/errors.py")
    for path in by_hand:
        assert told["sha256"][path] == hashlib.sha256((built / path).read_bytes()).hexdigest()
    assert {job["rule"] for job in told["jobs"]} == set(told["code"]) >= {"ingest", "estimate", "draw", "execute"}


def test_a_first_run_builds_the_site_and_says_where_it_is(built: Path):
    site = built / "results" / "site"
    for page in (
        "index.html",
        "made.html",
        "assumptions.html",
        f"{STUDY}/provision.html",
        f"{STUDY}/provision.code.html",
    ):
        assert (site / page).is_file(), page
    done = run(built)
    assert done.returncode == 0
    assert finished(done) == set()
    assert "results/site/index.html" in done.stderr + done.stdout


def test_nothing_runs_when_everything_is_touched(project: Path):
    now = time.time() + 5
    for path in [*project.rglob("*")]:
        if path.is_file() and ".snakemake" not in path.parts:
            os.utime(path, (now, now))
    done = run(project)
    assert done.returncode == 0, done.stderr
    assert finished(done) == set()


def test_an_edited_specification_runs_again_with_what_gathers_and_shows_it(project: Path):
    edit(of(project, "specifications", "barriers.yaml"), "short: ", "short: Now ")
    done = run(project)
    assert done.returncode == 0, done.stderr
    assert finished(done) == {
        f"estimate {STUDY} barriers",
        f"gather {STUDY}",
        f"compare {STUDY}",
        "collect",
        f"draw {STUDY} barriers",
        "typeset",
        "publish",
    }


def test_an_edited_library_function_runs_what_uses_it(project: Path):
    module = project / "workflow" / "stemcareers" / "tabulate" / "__init__.py"
    module.write_text(module.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    done = run(project)
    assert done.returncode == 0, done.stderr
    verbs = {line.split()[0] for line in finished(done)}
    assert "tabulate" in verbs
    assert verbs <= {"tabulate", "execute", "typeset", "publish"}


def test_an_edited_notebook_runs_its_pages(project: Path):
    notebook = project / "notebooks" / "wave.ipynb"
    edit(notebook, "Who answered", "Who gave answers")
    done = run(project)
    assert done.returncode == 0, done.stderr
    assert finished(done) == {f"execute {STUDY} wave-2024", "publish"}


def test_a_new_wave_brings_its_jobs_and_what_pools_them(project: Path):
    wave, recipe = of(project, "waves", "2025.yaml"), of(project, "synthetic", "2025.yaml")
    shutil.copy(of(project, "synthetic", "2024.yaml"), recipe)
    text = of(project, "waves", "2024.yaml").read_text(encoding="utf-8")
    text = text.replace('title: "2024"', 'title: "2025"').replace("2024.csv", "2025.csv")
    text = text.replace("2024-03-04, 2024-04-19", "2025-03-03, 2025-04-11")
    wave.write_text(text, encoding="utf-8")
    draw = subprocess.run(
        whole_project.command("synthetic"), cwd=project, env=whole_project.surroundings(project), capture_output=True
    )
    export = project / "data" / "raw" / STUDY / "2025.csv"
    assert export.is_file(), draw.stderr
    old = text.split("sha256: ")[1][:64]
    wave.write_text(text.replace(old, hashlib.sha256(export.read_bytes()).hexdigest()), encoding="utf-8")

    done = run(project)
    assert done.returncode == 0, done.stderr
    ran = finished(done)
    for verb in ("ingest", "clean", "harmonise", "score", "weight", "describe"):
        assert f"{verb} {STUDY} 2025" in ran
        assert f"{verb} {STUDY} 2024" not in ran
    assert {f"pool {STUDY}", f"gather {STUDY}", "publish"} <= ran


def test_two_runs_with_one_and_two_cores_give_the_same_bytes(built: Path, tmp_path: Path):
    other = whole_project.make(tmp_path / "elsewhere")
    done = run(other, "--cores", "1")
    assert done.returncode == 0, done.stderr
    first, second = results(built), results(other)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


@pytest.mark.parametrize("seconds", [3.0, 7.0, 12.0])
def test_a_killed_run_goes_on_to_the_same_bytes(built: Path, tmp_path: Path, seconds: float):
    folder = whole_project.make(tmp_path / "killed")
    process = subprocess.Popen(
        whole_project.command("report"),
        cwd=folder,
        env=whole_project.surroundings(folder),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(seconds)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = run(folder)
    assert done.returncode == 0, done.stderr
    first, second = results(built), results(folder)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name] != second[name]] == []


# --- what a user can do wrong -----------------------------------------------------------------------------


def failed(project: Path) -> str:
    done = run(project)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "Traceback" not in said
    return said


def test_a_wrong_checksum_says_what_was_expected_and_found(project: Path):
    export = project / "data" / "raw" / STUDY / "2024.csv"
    export.write_bytes(export.read_bytes() + b"\n")
    said = failed(project)
    assert f"data/raw/{STUDY}/2024.csv: 1 problem" in said
    assert hashlib.sha256(export.read_bytes()).hexdigest() in said


def with_export(project: Path, content: bytes) -> None:
    """Put other bytes in the export's place, with their checksum in the wave file."""
    export = project / "data" / "raw" / STUDY / "2024.csv"
    old = hashlib.sha256(export.read_bytes()).hexdigest()
    export.write_bytes(content)
    edit(of(project, "waves", "2024.yaml"), old, hashlib.sha256(content).hexdigest())


def test_a_missing_column_is_named_with_its_neighbour(project: Path):
    content = (project / "data" / "raw" / STUDY / "2024.csv").read_bytes()
    header, rest = content.split(b"\n", 1)
    with_export(project, header.replace(b"SchoolId", b"SchoolID", 1) + b"\n" + rest)
    said = failed(project)
    assert "SchoolId" in said
    assert "did you mean 'SchoolID'?" in said


def test_an_empty_export_is_refused(project: Path):
    with_export(project, b"")
    assert "is empty" in failed(project)


def test_too_many_answers_outside_their_set_stop_the_wave_and_stay_in_quarantine(project: Path):
    edit(of(project, "waves", "2024.yaml"), "quarantine_at_most: 0.01", "quarantine_at_most: 0.0")
    said = failed(project)
    assert "more than quarantine_at_most (0%)" in said
    assert (project / "data" / "quarantine" / STUDY / "2024.parquet").is_file()
    assert not list((project / "data").rglob("*.partial"))


def test_a_misspelt_key_stops_before_the_first_job_and_writes_nothing(project: Path):
    before = results(project)
    edit(of(project, "specifications", "adjusted.yaml"), "family:", "famly:")
    said = failed(project)
    assert "famly: is not a key here; did you mean 'family'?" in said
    assert results(project) == before


def test_a_missing_export_is_told_with_what_to_do(project: Path):
    (project / "data" / "raw" / STUDY / "2024.csv").unlink()
    done = run(project)
    said = done.stdout + done.stderr
    assert f"data/raw/{STUDY}" in said
    assert "Traceback" not in said


def test_no_page_names_the_machine_or_the_network(built: Path):
    import getpass
    import re
    import socket

    told = [str(built), socket.gethostname(), f"/home/{getpass.getuser()}"]
    for name, content in results(built).items():
        text = content.decode("utf-8", "replace")
        for secret in told:
            if len(secret) > 3:
                assert secret not in text, f"{name} holds {secret}"
        if name.endswith(".html"):
            assert not re.search(r"""(?:src|srcset)=["']?(?:https?:)?//""", text), name
            assert not re.search(r"""<link[^>]+href=["']?(?:https?:)?//""", text), name
            if "/source/" not in name:  # the text of code and config, without a number
                assert "ynthetic" in text, f"{name} does not say that the answers are made up"


SYNTHESIS = """
title: Across studies
subtitle: Of one study
asks: What goes with good provision?
features:
  leadership:
    title: Leadership
    asks: Does leadership go with provision?
    means: Backing, strategy, monitoring.
    evidence:
      england:
        label: England 2024
        study: stem-provision-england
        specification: adjusted
        alone: alone
        outcome: provision
        term: leadership
"""
ACROSS = {"synthesise", "picture", "relate"}


def test_what_stands_across_studies_runs_again_with_what_it_rests_on_and_nothing_else(project: Path):
    path = project / "config" / "synthesis.yaml"
    path.write_text(SYNTHESIS, encoding="utf-8")
    done = run(project)
    assert done.returncode == 0, done.stderr
    # Every page has one link more.
    assert {line.split()[0] for line in finished(done)} == {*ACROSS, "execute", "typeset", "publish"}
    page = (project / "results" / "site" / "synthesis.html").read_text(encoding="utf-8")
    assert "No real answers bear on this yet." in page
    assert 'href="../synthesis.html"' in (project / "results/site" / STUDY / "provision.html").read_text("utf-8")

    edit(path, "title: Across studies", "title: Over all studies")
    done = run(project)
    assert finished(done) == {*ACROSS, "typeset", "publish"}, done.stderr

    edit(of(project, "specifications", "barriers.yaml"), "short: ", "short: Now ")
    assert not ACROSS & finished(run(project))

    edit(of(project, "specifications", "alone.yaml"), "short: ", "short: Now ")
    assert finished(run(project)) >= {f"estimate {STUDY} alone", "picture", "relate"}

    path.unlink()
    done = run(project)
    assert done.returncode == 0, done.stderr
    assert not (project / "results" / "site" / "synthesis.html").exists()
    assert not [path for path in (project / "results" / "synthesis").rglob("*") if path.is_file()]
    assert "synthesis.html" not in (project / "results" / "site" / "index.html").read_text(encoding="utf-8")
