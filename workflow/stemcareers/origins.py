"""What every result of a run was made from: the records of its jobs put together, fit to be published or not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stemcareers import files
from stemcareers.record import HOME, JOBS, Job, found

PUBLISHED = Path("results/provenance.json")
LOCK = "requirements.lock"
CODE = "code"  # the name that rules give to the library files behind them


def jobs(root: Path = Path()) -> list[Job]:
    """The records of a project's jobs, in the order of their files."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((root / JOBS).rglob("*.json"))]


def read(path: Path) -> dict[str, Any]:
    """What `published` put together, from its file."""
    return json.loads(path.read_text(encoding="utf-8"))


def changed(path: str, sha256: str, root: Path = Path()) -> bool:
    """Whether a file of a record is gone, or holds other bytes now."""
    there = found(path, root)
    return not there.is_file() or files.sha256(there) != sha256


def published(
    targets: Iterable[str],
    of_jobs: Iterable[Job],
    open_studies: Iterable[str],
    versions: Mapping[str, str],
    commit: str,
    root: Path = Path(),
) -> dict[str, Any]:
    """What the results were made from, fit to be published: jobs, files by checksum, versions.

    targets       the results; what they were made from is followed back to exports, config and code.
    of_jobs       the records; those that no result needs are left out.
    open_studies  studies whose answers are public or made up. Of the others no checksum of a table between export
                  and results is given: in a small table it would let a guess be confirmed.
    `unrecorded` names made files without a record, or with other bytes than it says: their origin is not known.
    """
    maker = {path: job for job in of_jobs for path in flat(job["outputs"])}
    needed, waiting, unrecorded = {}, sorted(set(targets)), set()
    sums: dict[str, str] = {}
    while waiting:
        path = waiting.pop()
        job = maker.get(path)
        if job is None or changed(path, job["sha256"][path], root):
            unrecorded.add(path)
            continue
        key = (job["rule"], *job["of"].values())
        if key not in needed:
            needed[key] = job
            sums.update(job["sha256"])
            waiting += [path for path in flat(job["inputs"]) if is_made(path)]
    opened = set(open_studies)
    return {
        "commit": commit,
        "versions": dict(versions),
        "lock": files.sha256(HOME / LOCK) if (HOME / LOCK).is_file() else "",
        "code": {rule: code for (rule, *_), job in sorted(needed.items()) if (code := job["inputs"].get(CODE))},
        "jobs": [
            {**{k: job[k] for k in ("rule", "of", "parameters", "outputs")}, "inputs": _without_code(job["inputs"])}
            for _, job in sorted(needed.items())
        ],
        "sha256": {path: one for path, one in sorted(sums.items()) if _may_be_told(path, opened)},
        "unrecorded": sorted(unrecorded),
    }


def stale(made_from: Mapping[str, Any], root: Path = Path()) -> list[str]:
    """The files that are not, or not any more, what the results of a project were made from, sorted.

    Of what lies between exports and results only the results count: they alone are shown.
    """
    sums = made_from["sha256"]
    looked_at = [path for path in sums if not path.startswith("data/") or is_raw(path)]
    return sorted({*made_from["unrecorded"], *(path for path in looked_at if changed(path, sums[path], root))})


def name(job: Job) -> str:
    """A job in words with slashes between them, as its log lies under `data/logs/`: `estimate/pisa/adjusted`."""
    about = sorted(job["of"].items(), key=lambda one: (one[0] != "study", one[0]))
    return "/".join([job["rule"], *(value for _, value in about)])


def flat(named: Mapping[str, list[str]]) -> list[str]:
    """The paths of a job's inputs or outputs, in order."""
    return [path for paths in named.values() for path in paths]


def is_made(path: str) -> bool:
    """Whether a file is made by a job: not written by a person, nor by a survey tool."""
    return path.startswith(("data/", "results/")) and not is_raw(path)


def is_raw(path: str) -> bool:
    """Whether a file came from a survey tool."""
    return path.startswith("data/raw/")


def study_of(path: str) -> str:
    """The study whose table between export and results a path names; empty for other files."""
    parts = path.split("/")
    return Path(parts[2]).stem if len(parts) > 2 and parts[0] == "data" else ""


def _may_be_told(path: str, opened: set[str]) -> bool:
    return not (is_made(path) and path.startswith("data/")) or study_of(path) in opened


def _without_code(inputs: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {name: paths for name, paths in inputs.items() if name != CODE}
