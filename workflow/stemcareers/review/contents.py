"""Which files a bundle holds, and where in it they lie: as in the project, so that its code runs there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stemcareers import origins
from stemcareers.review.project import CITATION, Reviewed

BESIDE = ("Makefile", "Snakefile", "pyproject.toml", origins.LOCK, "environment.yml", "LICENSE", CITATION)
PROJECT_README = "PROJECT.md"  # the project's own; README.md is the replicator's
MANIFEST = "results/site/manifest.csv"
FOLDERS = ("estimates", "fits", "waves", "figures", "tables", "reports")


def files(reviewed: Reviewed) -> dict[str, Path]:
    """Every file that is copied: its place in the bundle and where it lies now.

    Not among them: the site, which holds most of `results/` once more (its manifest of checksums is), exports that are
    not made up, what lies between exports and results, and tables without rows.
    """
    found = {name: reviewed.source(name) for name in BESIDE}
    found[PROJECT_README] = reviewed.source("README.md")
    found |= {path.relative_to(reviewed.home).as_posix(): path for path in reviewed.code()}
    own = reviewed.root if (reviewed.root / "notebooks").is_dir() else reviewed.home
    for folder, where, pattern in (
        ("notebooks", own, "*.ipynb"),
        ("docs", reviewed.home, "*"),
        ("binder", reviewed.home, "*"),
        ("config", reviewed.root, "**/*"),
    ):
        found |= {p.relative_to(where).as_posix(): p for p in _visible(where / folder, pattern)}
    given = [reviewed.root / file.path for file in reviewed.raw if file.provided]
    found |= {path.relative_to(reviewed.root).as_posix(): path for path in given if path.is_file()}
    for path in _results(reviewed):
        found[path.relative_to(reviewed.root).as_posix()] = path
    return dict(sorted(found.items()))


def _results(reviewed: Reviewed) -> Iterator[Path]:
    yield reviewed.root / origins.PUBLISHED
    yield reviewed.root / MANIFEST
    for study in reviewed.built:
        folder = reviewed.root / "results" / study.id
        known = [path for part in FOLDERS for path in _visible(folder / part, "*")]
        yield from (path for path in [*_visible(folder, "*"), *known] if not _without_rows(path))


def _visible(folder: Path, pattern: str) -> list[Path]:
    found = (path for path in folder.glob(pattern) if path.is_file())
    return sorted(path for path in found if not any(p.startswith(".") for p in path.relative_to(folder).parts))


def _without_rows(path: Path) -> bool:
    return path.suffix == ".csv" and path.read_bytes().count(b"\n") <= 1
