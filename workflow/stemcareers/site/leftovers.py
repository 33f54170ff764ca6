"""What earlier runs left in `results/` of entries that config no longer has: numbers that nobody would make again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from stemcareers.config import StudyConfig

# The folders of a study's results, and whose ids their files are called by.
OF = {
    "estimates": "specifications",
    "fits": "specifications",
    "figures": "figures",
    "flows": "waves",
    "reports": "reports",
    "tables": "tables",
    "waves": "waves",
}


def of_studies(results: Path, studies: Iterable[StudyConfig]) -> list[Path]:
    """The files of these studies' results that no entry of their config makes, sorted."""
    return sorted(
        path
        for study in studies
        for folder, entries in OF.items()
        for path in (results / study.id / folder).glob("*")
        if path.name.partition(".")[0] not in getattr(study, entries)
    )


def of_synthesis(results: Path, figures: Iterable[str]) -> list[Path]:
    """The files of the page across all studies that its config does not make; all of them where it has no figure."""
    known, folder = set(figures), results / "synthesis"
    if not known:
        return sorted(path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in (folder / "figures").glob("*") if path.name.partition(".")[0] not in known)
