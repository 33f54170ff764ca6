"""A small project that runs from end to end in a folder of its own: the synthetic study with few specifications."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STUDY = "stem-provision-england"
KEPT = {
    "specifications": {"adjusted", "alone", "what-works", "barriers"},
    "figures": {"factors", "what-works", "barriers"},
    "tables": {"regression"},
    "reports": {"wave-2024"},
}
REPORT = """
title: A small report
notebook: provision
summary:
  - {says: "{share:respondents} have a careers leader.", specification: what-works, outcome: has_careers_leader}
sections:
  - asks: h0
    figures: [factors]
    tables: [regression]
  - asks: e1
    figures: [what-works]
"""
FINISHED = re.compile(r"^\[\s*\d+/\d+\] (\w+)(?:\s+(\S+)(?: (\S+))?)?\s+[\d.]+ s$")


def make(folder: Path) -> Path:
    """A copy of the code and of the small study in `folder`, which is its own project."""
    for name in ("workflow", "notebooks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / "Snakefile", folder / "Snakefile")
    study = folder / "config" / "studies" / STUDY
    shutil.copytree(ROOT / "config" / "studies" / STUDY, study)
    shutil.copy(ROOT / "config" / "project.yaml", folder / "config" / "project.yaml")
    for kind, kept in KEPT.items():
        for path in (study / kind).glob("*.yaml"):
            if path.stem not in kept:
                path.unlink()
    (study / "reports" / "provision.yaml").write_text(REPORT, encoding="utf-8")
    shutil.copytree(ROOT / "data" / "raw" / STUDY, folder / "data" / "raw" / STUDY)
    return folder


def command(*words: str) -> list[str]:
    """A command of ours for the project in the working folder."""
    return [sys.executable, "-m", "stemcareers", *words]


def surroundings(folder: Path) -> dict[str, str]:
    """The environment in which the project's own copy of the library is at work."""
    kept = {k: v for k, v in os.environ.items() if k != "STEMCAREERS_MIRROR"}
    return {**kept, "PYTHONPATH": str(folder / "workflow")}


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`python -m stemcareers report`, to its end."""
    return subprocess.run(
        command("report", *words), cwd=folder, env=surroundings(folder), capture_output=True, text=True, timeout=900
    )


def finished(done: subprocess.CompletedProcess[str]) -> set[str]:
    """What a run did: `estimate stem-provision-england adjusted`, one for each job."""
    matches = [FINISHED.match(line) for line in (done.stdout + done.stderr).splitlines()]
    return {" ".join(filter(None, m.group(1, 2, 3))) for m in matches if m}


def results(folder: Path) -> dict[str, bytes]:
    """Every file of the results with its bytes."""
    found = folder / "results"
    return {p.relative_to(found).as_posix(): p.read_bytes() for p in sorted(found.rglob("*")) if p.is_file()}
