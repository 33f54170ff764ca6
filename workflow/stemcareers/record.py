"""What each job read and made, by checksum; and for a whole run, what every result was made from.

A job leaves a record under `data/provenance/jobs/`, private because it knows checksums of answers. `published` puts the
records of a run together into `results/provenance.json`, without those. Nothing in either depends on the clock, the
machine or the folder: the same run leaves the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from stemcareers import files

JOBS = Path("data/provenance/jobs")
LOGS = Path("data/logs")
PUBLISHED = Path("results/provenance.json")
LOCK = "requirements.lock"
CODE = "code"  # the name that rules give to the library files behind them
HOME = Path(__file__).resolve().parents[2]  # the project this library is part of
Job = dict[str, Any]


def of(snakemake: Any) -> Job:
    """The record of a job that has ended well: its rule, what it was about, its parameters, its files by checksum."""
    inputs, outputs = _named(snakemake.input), _named(snakemake.output)
    paths = [path for group in (inputs, outputs) for one in group.values() for path in one]
    return {
        "rule": snakemake.rule,
        "of": {name: str(value) for name, value in snakemake.wildcards.items()},
        "parameters": {name: _plain(value) for name, value in snakemake.params.items()},
        "inputs": inputs,
        "outputs": outputs,
        "sha256": {path: files.sha256(_found(path)) for path in sorted(set(paths))},
    }


def write(job: Job, log: str | Path) -> Path:
    """Where the record of a job now lies: below `data/provenance/jobs/` as its log lies below `data/logs/`."""
    path = _place(log)
    files.write_text(path, json.dumps(job, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    return path


def forget(log: str | Path) -> None:
    """Remove the record of an earlier attempt of a job."""
    _place(log).unlink(missing_ok=True)


def jobs(root: Path = Path()) -> list[Job]:
    """The records of a project's jobs, in the order of their files."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted((root / JOBS).rglob("*.json"))]


def published(
    targets: Iterable[str],
    of_jobs: Iterable[Job],
    open_studies: Iterable[str],
    versions: Mapping[str, str],
    commit: str,
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
        if job is None or files.sha256(_found(path)) != job["sha256"][path]:
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


def _place(log: str | Path) -> Path:
    path = Path(log)
    below = path.relative_to(LOGS) if path.is_relative_to(LOGS) else Path(path.name)
    return (JOBS / below).with_suffix(".json")


def _named(given: Any) -> dict[str, list[str]]:
    """Snakemake's files by the names that the rule gives them; those without a name under an empty one."""
    named = {name: _listed(value) for name, value in given.items()}
    rest = [_name(path) for path in given if _name(path) not in {p for paths in named.values() for p in paths}]
    return named | ({"": rest} if rest else {})


def _listed(value: Any) -> list[str]:
    return [_name(value)] if isinstance(value, str | Path) else [_name(one) for one in value]


def _name(path: str | Path) -> str:
    """A path as it is told: below the project, or below the project that holds the library; never of this machine."""
    given = Path(path)
    if given.is_absolute() or ".." in given.parts:
        for home in (Path.cwd(), HOME):
            if given.resolve().is_relative_to(home):
                return given.resolve().relative_to(home).as_posix()
        return given.name
    return given.as_posix()


def _found(name: str) -> Path:
    return Path(name) if Path(name).exists() else HOME / name


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, str | Path):
        return _name(value) if isinstance(value, Path) or str(value).startswith(("/", "..")) else value
    return [_plain(one) for one in value]
