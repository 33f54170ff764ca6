"""The numbers a page may show: read from `results/`, only those its report file names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from stemcareers import contracts
from stemcareers.config import load
from stemcareers.errors import Problem

EXCLUSIONS = "exclusions.csv"  # of studies that ask for results without each exclusion
PANEL = "panel.csv"  # of several waves, and empty where no school is linked
PROJECT_FILE = load.CONFIG / "project.yaml"


@dataclass(frozen=True)
class Results:
    """The estimates and fits of the specifications of a page, the facts of its waves, and the study's results without
    each exclusion."""

    estimates: pd.DataFrame
    fits: pd.DataFrame
    facts: pd.DataFrame
    exclusions: pd.DataFrame = field(default_factory=contracts.ESTIMATES.empty)

    def of(self, specifications: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Estimates and fits of these specifications."""
        wanted = set(specifications)
        return (
            self.estimates[self.estimates["specification"].isin(wanted)].reset_index(drop=True),
            self.fits[self.fits["specification"].isin(wanted)].reset_index(drop=True),
        )

    def about(self, wave: str, specification: str) -> pd.DataFrame:
        """The facts of one wave: its flow, answers, reliability or weighting."""
        chosen = self.facts["sample"].eq(f"wave={wave}") & self.facts["specification"].eq(specification)
        return self.facts[chosen].reset_index(drop=True)


def project_root() -> Path:
    """The project's folder: the nearest one upwards from the working folder with `config/project.yaml`.

    Relative where that is the working folder or one above it, so that no message names a place on this machine.
    """
    folder, way = Path.cwd(), Path()
    for _ in [folder, *folder.parents]:
        if (folder / PROJECT_FILE).is_file():
            return way
        folder, way = folder.parent, way / ".."
    raise Problem(
        PROJECT_FILE.as_posix(),
        "the file is neither in the working folder nor in one above it; start in the project's folder or in notebooks/",
    )


def read(root: Path, study: str, specifications: Iterable[str], waves: Iterable[str]) -> Results:
    """The results of a page.

    Raises Problem naming every file that is missing.
    """
    folder = Path("results") / study
    estimates = [folder / "estimates" / f"{name}.csv" for name in specifications]
    fits = [folder / "fits" / f"{name}.csv" for name in specifications]
    facts = [folder / "waves" / f"{name}.csv" for name in waves]
    _all_there(root, folder, (*estimates, *fits, *facts))
    facts += [folder / PANEL] if (root / folder / PANEL).is_file() else []
    return Results(
        estimates=_table(contracts.ESTIMATES, [root / path for path in estimates]),
        fits=_table(contracts.FITS, [root / path for path in fits]),
        facts=_table(contracts.ESTIMATES, [root / path for path in facts]),
        exclusions=_table(contracts.ESTIMATES, [p for p in [root / folder / EXCLUSIONS] if p.is_file()]),
    )


def fits(root: Path, study: str, specifications: Iterable[str]) -> pd.DataFrame:
    """The fits of these specifications.

    Raises Problem naming every file that is missing.
    """
    folder = Path("results") / study
    paths = [folder / "fits" / f"{name}.csv" for name in specifications]
    _all_there(root, folder, paths)
    return _table(contracts.FITS, [root / path for path in paths])


def _all_there(root: Path, folder: Path, paths: Iterable[Path]) -> None:
    absent = [path.as_posix() for path in paths if not (root / path).is_file()]
    if absent:
        raise Problem(
            folder.as_posix(),
            *(f"{path} is missing" for path in absent),
            "run `make report` first: it makes what a page shows",
        )


def _table(contract: contracts.Contract, paths: list[Path]) -> pd.DataFrame:
    parts = [table for table in map(contract.read, paths) if len(table)]
    return pd.concat(parts, ignore_index=True) if parts else contract.empty()
