"""The files a reader can take away: csv that no spreadsheet runs as a formula, pictures as they are."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from stemcareers import export

WHOLE = ("estimates", "fits", "variables", "codes", "panel", "exclusions", "published")
PRINTED = "report.pdf"
AS_THEY_ARE = ("codebook.xml", "datapackage.json", PRINTED)
PICTURES = (".svg", ".png", ".json")  # a figure's json holds the words it is drawn again with
WRITTEN = (".md", ".tex", ".docx")  # tables in other formats; as html they stand on a page


def printed(results: Path) -> dict[str, bytes]:
    """The whole report as one PDF, by its place below the site's folder; nothing where it was not set."""
    path = results / PRINTED
    return {PRINTED: path.read_bytes()} if path.is_file() else {}


def files(results: Path, study: str) -> dict[str, bytes]:
    """What of a study's results is published, by its place below the site's folder.

    Estimates, fits, facts of waves, results without each exclusion, published numbers beside rebuilt ones, variables
    and codes, the codebook, the data package and the printed report, the pictures and rows of figures, and tables in
    every format but html.
    """
    folder = results / study
    tables = [
        *(folder / f"{name}.csv" for name in WHOLE),
        *(
            path
            for part in ("estimates", "fits", "waves", "figures", "flows", "tables")
            for path in (folder / part).glob("*.csv")
        ),
    ]
    drawn = [path for part in ("figures", "flows") for path in (folder / part).glob("*")]
    pictures = [path for path in drawn if path.suffix in PICTURES]
    pictures += [path for path in (folder / "tables").glob("*") if path.suffix in WRITTEN]
    found = {path: _without_formulas(path.read_bytes().decode("utf-8")) for path in tables if path.is_file()}
    described = [folder / name for name in AS_THEY_ARE if (folder / name).is_file()]
    found.update({path: path.read_bytes() for path in [*pictures, *described]})
    return {path.relative_to(results).as_posix(): content for path, content in sorted(found.items())}


def across(results: Path, figures: Iterable[str]) -> dict[str, bytes]:
    """What is published of the page across all studies: its evidence, and the pictures and rows of these figures."""
    folder = results / "synthesis"
    found = {folder / "evidence.csv": (folder / "evidence.csv").read_bytes()}
    for name in figures:
        for ending in (".svg", ".narrow.svg", ".png", ".csv", ".json"):
            path = folder / "figures" / f"{name}{ending}"
            found[path] = path.read_bytes()
    return {
        path.relative_to(results).as_posix(): _without_formulas(content.decode("utf-8"))
        if path.suffix == ".csv"
        else content
        for path, content in found.items()
    }


def of_all(results: Path) -> dict[str, bytes]:
    """What is published of all studies together: published numbers beside rebuilt ones."""
    path = results / "published.csv"
    return {path.name: _without_formulas(path.read_bytes().decode("utf-8"))} if path.is_file() else {}


def _without_formulas(text: str) -> bytes:
    rows = csv.reader(io.StringIO(text, newline="\n"))
    target = io.StringIO(newline="\n")
    csv.writer(target, lineterminator="\n").writerows([[harmless(cell) for cell in row] for row in rows])
    return target.getvalue().encode("utf-8")


def harmless(cell: str) -> str:
    """The text of a cell as `export` makes it harmless; numbers, which may begin with a minus, as they are."""
    return cell if _is_number(cell) else export.harmless(cell)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return cell.isascii() and not cell[-1].isspace() and "_" not in cell
