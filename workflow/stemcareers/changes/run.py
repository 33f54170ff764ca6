"""A run to compare: a folder with `results/`, or such a folder itself, with what is known of how it was made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from stemcareers import files, origins, provenance, record
from stemcareers.contracts import ESTIMATES
from stemcareers.errors import Problem

PARTS = ("estimates", "waves")  # folders of a study whose files are rows of estimates; figures show nothing else
PANEL, EXCLUSIONS = "panel.csv", "exclusions.csv"
PRODUCTS = {"figure": ("figures", ".svg"), "table": ("tables", ".html"), "page": ("reports", ".ipynb")}
SOURCES = ("config", "workflow", "notebooks", "data/raw")


@dataclass(frozen=True)
class Run:
    """One side of a comparison.

    name     as it was typed.
    results  its results.
    root     the project around them; None where results stand alone.
    studies  only these; all where empty.
    """

    name: str
    results: Path
    root: Path | None
    studies: tuple[str, ...] = ()

    @classmethod
    def of(cls, folder: Path, name: str, studies: tuple[str, ...] = ()) -> Run:
        """The run in a folder. Raises Problem where the folder holds no results."""
        inside = folder / "results"
        results = inside if inside.is_dir() else folder
        if not any(results.glob("*/estimates.csv")) and not any(results.glob("*/estimates/*.csv")):
            raise Problem(name, "holds no results: neither results/<study>/estimates.csv nor <study>/estimates.csv")
        around = results.resolve().parent
        return cls(name, results, around if (around / "config").is_dir() else None, studies)

    @cached_property
    def built(self) -> list[str]:
        """The studies with results, sorted."""
        there = sorted(p.parent.name for p in self.results.glob("*/estimates") if p.is_dir())
        return [study for study in there if not self.studies or study in self.studies]

    @cached_property
    def made_from(self) -> Mapping[str, Any] | None:
        """What each result was made from; None where the run left no record.

        The jobs' own records where they are there, because they know the tables between exports and results too.
        """
        told = origins.read(self.published) if self.published.is_file() else None
        # But for that which puts the site together: it shows what others made, and is not in what it publishes of them.
        site = origins.PUBLISHED.as_posix()
        jobs = origins.jobs(self.root) if self.root is not None else []
        jobs = [job for job in jobs if site not in origins.flat(job["outputs"])]
        if not jobs:
            return told
        made = {path for job in jobs for path in origins.flat(job["outputs"])}
        there = [path for path in sorted(made) if path.startswith("results/") and (self.root / path).is_file()]
        studies = {origins.study_of(path) for path in made}
        versions, commit = (told["versions"], told["commit"]) if told else (provenance.versions(), "")
        return origins.published(there, jobs, studies, versions, commit, self.root)

    @property
    def published(self) -> Path:
        """Where the record of the whole run lies."""
        return self.results / origins.PUBLISHED.name

    @cached_property
    def sources(self) -> dict[str, str]:
        """The sha256 of every file of config, code, notebooks and exports as it is now; empty without a project."""
        found = {}
        for folder in SOURCES if self.root is not None else ():
            for path in sorted((self.root / folder).rglob("*")):
                name = path.relative_to(self.root).as_posix()
                if path.is_file() and "__pycache__" not in path.parts and ".egg-info/" not in name:
                    found[name] = files.sha256(path)
        return found

    def rows(self) -> pd.DataFrame:
        """Every estimate as text, with the file it stands in under `file`."""
        tables = [table for study in self.built for path in self._tables(study) if len(table := self._table(path))]
        return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=[*ESTIMATES.key, "file"])

    def products(self) -> dict[str, str]:
        """The sha256 of every figure, table and page, by its path."""
        return {
            self._path(path): files.sha256(path)
            for study in self.built
            for folder, ending in PRODUCTS.values()
            for path in sorted((self.results / study / folder).glob(f"*{ending}"))
            if not path.name.endswith(f".narrow{ending}")
        }

    def text(self, path: str, sha256: str) -> str | None:
        """The text of a file as the run read it; None where it is not here, or is another by now."""
        if self.root is None:
            return None
        found = record.found(path, self.root)
        if not found.is_file() or (sha256 and files.sha256(found) != sha256):
            return None
        try:
            return found.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return None

    def _tables(self, study: str) -> list[Path]:
        folder = self.results / study
        found = [path for part in PARTS for path in sorted((folder / part).glob("*.csv"))]
        return [*found, *(path for name in (PANEL, EXCLUSIONS) if (path := folder / name).is_file())]

    def _table(self, path: Path) -> pd.DataFrame:
        # As text: another commit may have other columns, and what is compared is what was printed.
        table = pd.read_csv(path, dtype="str", keep_default_na=False)
        return table.assign(**{name: "" for name in ESTIMATES.key if name not in table}, file=self._path(path))

    def _path(self, path: Path) -> str:
        return f"results/{path.relative_to(self.results).as_posix()}"
