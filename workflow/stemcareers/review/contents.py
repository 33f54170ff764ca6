"""Which files a bundle holds, and where in it they lie: as in the project, so that its code runs there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stemcareers import origins
from stemcareers.review.project import CITATION, Reviewed

BESIDE = ("Makefile", "Snakefile", "pyproject.toml", origins.LOCK, "environment.yml", "LICENSE", CITATION)
PROJECT_README = "PROJECT.md"  # the project's own; README.md is the replicator's
MANIFEST = "results/site/manifest.csv"
SITE = "results/site/"
# Left out of a run's results, and why: the README says it.
REPEATED = {
    "`results/site/`": "pages, and most of the other results once more; the manifest of their checksums is here",
    "`*.narrow.svg` beside a figure or flow": "the same, laid out for narrow screens",
    "`*.json` beside a figure or flow": "how it was laid out, by which the site draws it again",
    "tables without rows": "a study without panel, for example, has a `panel.csv` of a header alone",
}


def files(reviewed: Reviewed) -> dict[str, Path]:
    """Every file that is copied: its place in the bundle and where it lies now.

    Of the results, those that a job of the run left a record of; not among them what `REPEATED` names. Nor are exports
    that are not made up, and what lies between exports and results.
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
    for job in reviewed.made_from["jobs"]:
        for name in origins.flat(job["outputs"]):
            path = reviewed.root / name
            if name.startswith("results/") and not _repeated(name) and not _without_rows(path):
                yield path


def _visible(folder: Path, pattern: str) -> list[Path]:
    found = (path for path in folder.glob(pattern) if path.is_file())
    return sorted(path for path in found if not any(p.startswith(".") for p in path.relative_to(folder).parts))


def _repeated(name: str) -> bool:
    drawn = Path(name).parent.name in ("figures", "flows")
    return name.startswith(SITE) or (drawn and name.endswith((".narrow.svg", ".json")))


def _without_rows(path: Path) -> bool:
    return path.suffix == ".csv" and path.read_bytes().count(b"\n") <= 1
