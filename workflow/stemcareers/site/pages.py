"""The whole site but its report pages, which are notebooks: as files and their bytes, and written to a folder."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from stemcareers import files
from stemcareers.config import Project, StudyConfig, Wanted
from stemcareers.report import lineage as place
from stemcareers.report.synthesis import Synthesis
from stemcareers.site import (
    agreement,
    assumptions,
    compared,
    dictionary,
    facts,
    front,
    layout,
    lineage,
    made,
    published,
    replicate,
    search,
    shown_at,
    study,
    tour,
)
from stemcareers.site.chain import Chain
from stemcareers.site.shown import Shown
from stemcareers.site.source import Sources

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
    across = Synthesis.open(root, page=layout.SYNTHESIS) if project.across else None
    numbers = agreement.collected(root)
    sources = Sources.read(root)
    chains = [Chain(one, sources, how.rules) for one in built]
    printed = published.printed(root / "results") if built else {}
    pages = {
        "index.html": front.page(project, built, without, across, numbers, bool(printed)),
        "assumptions.html": assumptions.page(project, assumptions.in_code(), shown),
        "made.html": made.page(project, how, list(studies.values()), absent),
        "replicate.html": replicate.page(project, how, list(studies.values()), shown),
        "tour.html": tour.page(project, chains, how),
        "search.html": search.page(project, chains),
        layout.INDEX: search.index(chains, across),
        "style.css": layout.STYLE.read_text(encoding="utf-8"),
        **{name: (layout.SCRIPTS / name).read_text(encoding="utf-8") for name in (layout.SORT, layout.SEARCH)},
        **sources.pages(project),
    }
    for chain in chains:
        pages.update(_lineage(chain, shown_at.places(chain.shown, pages["index.html"], across), how.commit))
    for one in built:
        pages[f"{one.config.id}/index.html"] = study.page(one)
        pages[f"{one.config.id}/dictionary.html"] = dictionary.page(one)
        if one.config.published:
            pages[f"{one.config.id}/published.html"] = compared.page(one)
    if numbers is not None:
        pages["published.html"] = agreement.page(project, built, numbers)
    found = {path: text.encode("utf-8") for path, text in pages.items()}
    found.update(printed)
    found.update(published.of_all(root / "results"))
    for one in built:
        found.update(published.files(root / "results", one.config.id))
    if across is not None:
        found.update(published.across(root / "results", across.figures()))
    return dict(sorted(found.items()))


def _lineage(chain: Chain, at: Mapping[str, list[shown_at.Place]], commit: str) -> dict[str, str]:
    """The pages of a study's specifications and waves, by their place below the site's folder."""
    here = chain.config.id
    found = {
        f"{here}/{place.page_of(name)}": lineage.page(chain, name, at, commit) for name in chain.config.specifications
    }
    for wave in chain.config.waves:
        found[f"{here}/{place.page_of_wave(wave)}"] = facts.page(chain, wave, at, commit)
    return found


def report_pages(studies: Iterable[StudyConfig], project: Project) -> list[str]:
    """The pages made of notebooks, for readers and for reviewers, below the site's folder."""
    across = ["synthesis"] if project.across else []
    names = [*across, *(f"{s.id}/{name}" for s in studies for name in s.reports)]
    return [f"{name}{view}.html" for name in names for view in ("", ".code")]


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
        path = folder / name
        # Writing takes time: what stands there already is left alone, but for the page that says the site is done.
        if name == "index.html" or not (path.is_file() and path.read_bytes() == content):
            files.write_bytes(path, content)


def manifest(folder: Path) -> str:
    """Every file of the site with its sha256, as csv."""
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    rows = [f"{name},{files.sha256(folder / name)}" for name in names if name != MANIFEST]
    return "\n".join(["file,sha256", *rows]) + "\n"
