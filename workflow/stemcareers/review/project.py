"""The project a bundle is made of: its config, its results, the records and measurements of its jobs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from stemcareers import config, measure, origins, provenance, record, replication
from stemcareers.config import Project, StudyConfig
from stemcareers.errors import Problem
from stemcareers.site import made

CITATION = "CITATION.cff"
SYNTHESIS = "config/synthesis.yaml"
INCLUDE = re.compile(r'^include: "(rules/\w+\.smk)"', re.MULTILINE)


@dataclass(frozen=True)
class Reviewed:
    """Everything the parts of a bundle are filled from.

    root       the project's folder: `config/`, `data/` and `results/`.
    home       the folder of the code: the same, unless the project is config and data alone.
    made_from  what the results were made from, as `results/provenance.json` says.
    """

    root: Path
    home: Path
    project: Project
    studies: dict[str, StudyConfig]
    made_from: dict[str, Any]

    @classmethod
    def open(cls, root: Path, home: Path) -> Reviewed:
        """The project in a folder.

        Raises Problem where results are not there, or are not those of the config, code and exports that are.
        """
        path = root / origins.PUBLISHED
        if not path.is_file():
            raise Problem(origins.PUBLISHED, "is missing; type make report first: a bundle holds what it makes")
        own = root / "notebooks"
        project, studies = config.project_or_problems(root, own if own.is_dir() else home / "notebooks")
        reviewed = cls(root, home, project, studies, origins.read(path))
        if stale := origins.stale(reviewed.made_from, root):
            wrong = [f"{path} is not what the results were made from, or has no record" for path in stale]
            raise Problem("results", *wrong, "type make report first: a bundle holds results of what lies beside them")
        return reviewed

    @cached_property
    def built(self) -> list[StudyConfig]:
        """The studies that have results, in the order of their ids."""
        there = {job["of"].get("study") for job in self.made_from["jobs"]}
        return [study for name, study in sorted(self.studies.items()) if name in there]

    @cached_property
    def raw(self) -> list[replication.File]:
        """The raw files of all studies."""
        return [file for _, study in sorted(self.studies.items()) for file in replication.raw_files(study)]

    @cached_property
    def products(self) -> list[replication.Product]:
        """What is shown of the studies that have results, and across them, of what the run made."""
        many = [product for study in self.built for product in replication.products(study)]
        if self.project.across and self.built:
            many += replication.across(config.synthesis(self.root / SYNTHESIS), {one.id: one for one in self.built})
        return many

    @cached_property
    def rules(self) -> dict[str, str]:
        """Each rule of the workflow with the sentence that says what it does."""
        workflow = self.home / "workflow"
        included = INCLUDE.findall((workflow / "Snakefile").read_text(encoding="utf-8"))
        return made.rules(workflow / name for name in included)

    @cached_property
    def jobs(self) -> list[record.Job]:
        """The records of the run's jobs: those behind the results, then those that put the site together."""
        many = self.made_from["jobs"]
        known = {job["rule"] for job in many}
        return [*many, *(job for job in origins.jobs(self.root) if job["rule"] not in known)]

    @cached_property
    def measured(self) -> dict[str, list[measure.Measured | None]]:
        """By rule, what each of its jobs took; None for a job that nobody measured."""
        found: dict[str, list[measure.Measured | None]] = {}
        for job in self.jobs:
            found.setdefault(job["rule"], []).append(measure.read(self.root / record.LOGS / f"{origins.name(job)}.log"))
        return dict(sorted(found.items()))

    @cached_property
    def citation(self) -> dict[str, Any]:
        """CITATION.cff: who wrote this, and how to cite it."""
        return yaml.safe_load(self.source(CITATION).read_text(encoding="utf-8"))

    @cached_property
    def package(self) -> dict[str, str]:
        """Name, version, licence and Python of the code."""
        return provenance.package()

    @property
    def seeded(self) -> list[str]:
        """The rules that draw at random, from the project's seed."""
        scripts = self.home / "workflow" / "scripts"
        return [rule for rule in self.rules if "project.seed" in (scripts / f"{rule}.py").read_text(encoding="utf-8")]

    def source(self, name: str) -> Path:
        """A file of the project, or of the code's home. Raises Problem where neither has it."""
        for folder in (self.root, self.home):
            if (folder / name).is_file():
                return folder / name
        raise Problem(name, "is missing; a bundle cannot go without it")

    def pinned(self) -> int:
        """How many packages the lock pins."""
        lock = self.source(origins.LOCK).read_text(encoding="utf-8")
        return len(re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==", lock, re.MULTILINE))

    def code(self) -> Iterator[Path]:
        """The files of the workflow, without what a machine leaves among them."""
        for path in sorted((self.home / "workflow").rglob("*")):
            parts = path.relative_to(self.home).parts
            if path.is_file() and not any(p == "__pycache__" or p.endswith(".egg-info") or p[0] == "." for p in parts):
                yield path
