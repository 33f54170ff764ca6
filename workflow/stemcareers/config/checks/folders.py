"""What lies in `config/`: a file that no one reads is a file somebody believes in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from stemcareers.config.comparability import FILE as COMPARABILITY
from stemcareers.config.crosswalk import FILE as CROSSWALK
from stemcareers.config.load import CONFIG, FILES, FOLDERS, PUBLISHED, StudyFolder, visible
from stemcareers.config.plain import DEVICE, is_device, is_file_id
from stemcareers.errors import did_you_mean

TABLES = ("corrections", "populations")  # folders of csv files
SYNTHESIS = "synthesis.yaml"
# Folders in results/, and one of the site's own.
TAKEN_STUDIES = {
    "site": "results/site/ holds the pages",
    "synthesis": "results/synthesis/ holds what is set side by side across studies",
    "review": "results/review/ holds the bundle for reviewers",
    "source": "results/site/source/ holds the text of code and config",
}
READ_ME = ".md"
LEADS_OUT = "is a link that leads out of config/; put what it leads to here in its place"


def project(root: Path) -> dict[str, list[str]]:
    """The faults of what lies in `config/` and `config/studies/`, by path."""
    found = {p: _stray(p, ["studies"], ["project.yaml", SYNTHESIS]) for p in visible(root / CONFIG)}
    for path in visible(root / CONFIG / "studies"):
        found[path] = _study(path) if path.is_dir() else _stray(path, [], [])
    found |= {path: [LEADS_OUT] for path in found if _leads_out(path, root)}
    return {path.as_posix(): wrong for path, wrong in found.items() if wrong}


def study(study_id: str, root: Path) -> dict[str, list[str]]:
    """The faults of what lies in a study's folder, by name in it."""
    folder = StudyFolder(study_id, root).path
    found: dict[Path, list[str]] = {}
    for path in visible(folder):
        found[path] = _stray(path, [*FOLDERS, *TABLES], [*FILES, COMPARABILITY, CROSSWALK, PUBLISHED])
        if path.is_dir() and path.name in {*FOLDERS, *TABLES}:
            ending = ".csv" if path.name in TABLES else ".yaml"
            found |= {one: _entry(one, ending) for one in visible(path)}
    found |= {path: [LEADS_OUT] for path in found if _leads_out(path, root)}
    return {path.relative_to(folder).as_posix(): wrong for path, wrong in found.items() if wrong}


def _leads_out(path: Path, root: Path) -> bool:
    """Whether a link leads to what is no config; a link within config/, to share a file between studies, may stay."""
    return path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root / CONFIG))


def _study(path: Path) -> list[str]:
    if is_device(path.name):
        return [f"'{path.name}' {DEVICE}"]
    if not is_file_id(path.name):
        return [
            "the folder's name is the study's id: small letters, digits and '-', for example 'careers-leaders'; "
            "rename it"
        ]
    if path.name in TAKEN_STUDIES:
        return [f"{TAKEN_STUDIES[path.name]}, so no study can have this name; choose another"]
    return []


def _entry(path: Path, ending: str) -> list[str]:
    if path.is_file() and path.suffix == ending and is_file_id(path.stem):
        return []
    if path.suffix == READ_ME:
        return []
    if is_device(path.name):
        return [f"'{path.stem}' {DEVICE}"]
    if path.is_dir():
        return [f"is a folder; a file is due here ({ending})"]
    return [
        f"the file's name is its id: small letters, digits and '-', ending in {ending}, for example '2025{ending}'; "
        "rename it"
    ]


def _stray(path: Path, folders: Iterable[str], files: Iterable[str]) -> list[str]:
    if path.name in (folders if path.is_dir() else files) or path.suffix == READ_ME:
        return []
    known = [*folders, *files]
    if path.name in known:
        return ["is a folder; a file is due here" if path.is_dir() else "is a file; a folder is due here"]
    noun = "folder" if path.is_dir() else "file"
    hint = did_you_mean(path.name, known) or (f"; known: {', '.join(known)}" if known else "")
    return [f"is not a {noun} that is read here{hint}"]
