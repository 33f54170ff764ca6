"""The whole site but its report pages, which are notebooks: as files and their bytes, and written to a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from stemcareers import files
from stemcareers.config import Project, StudyConfig, Wanted
from stemcareers.site import assumptions, compared, dictionary, front, layout, made, published, study
from stemcareers.site.shown import Shown

MANIFEST = "manifest.csv"


def everything(
    root: Path,
    project: Project,
    studies: Mapping[str, StudyConfig],
    missing: Sequence[Wanted],
    how: made.Made,
) -> dict[str, bytes]:
    """Every file of the site that is no report page, by its place below the site's folder.

    root     the project's folder, with `results/`.
    studies  all of them; those of which an export is missing are named with how to get it.
    missing  the exports that are not there.
    how      what the page on how it was made tells.
    """
    absent = {wanted.study for wanted in missing}
    built = [Shown(config, project, root) for name, config in studies.items() if name not in absent]
    without = [(config, [w for w in missing if w.study == name]) for name, config in studies.items() if name in absent]
    shown = [s.config for s in built]
    printed = published.printed(root / "results") if built else {}
    pages = {
        "index.html": front.page(project, built, without, bool(printed)),
        "assumptions.html": assumptions.page(project, assumptions.in_code(), shown),
        "made.html": made.page(project, how, list(studies.values()), absent),
        "style.css": layout.STYLE.read_text(encoding="utf-8"),
    }
    for one in built:
        pages[f"{one.config.id}/index.html"] = study.page(one)
        pages[f"{one.config.id}/dictionary.html"] = dictionary.page(one)
        if one.config.published:
            pages[f"{one.config.id}/published.html"] = compared.page(one)
    found = {path: text.encode("utf-8") for path, text in pages.items()}
    found.update(printed)
    for one in built:
        found.update(published.files(root / "results", one.config.id))
    return dict(sorted(found.items()))


def report_pages(studies: Iterable[StudyConfig]) -> list[str]:
    """The pages made of notebooks, for readers and for reviewers, below the site's folder."""
    return [f"{s.id}/{name}{view}.html" for s in studies for name in s.reports for view in ("", ".code")]


def write(pages: Mapping[str, bytes], folder: Path, kept: Iterable[str]) -> None:
    """Write the pages and remove from the folder what is neither among them nor `kept`; the front page comes last."""
    wanted = {*pages, *kept, MANIFEST}
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
    for name, content in sorted(pages.items(), key=lambda page: page[0] == "index.html"):
        files.write_bytes(folder / name, content)


def manifest(folder: Path) -> str:
    """Every file of the site with its sha256, as csv."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    rows = [f"{name},{files.sha256(folder / name)}" for name in names if name != MANIFEST]
    return "\n".join(["file,sha256", *rows]) + "\n"
