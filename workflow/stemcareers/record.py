"""What a job read and made, by checksum: a file it leaves under `data/provenance/jobs/`.

Private, because it knows checksums of answers. Nothing in it depends on the clock, the machine or the folder: the same
job leaves the same bytes. What is done with the records is in `origins`, which no job reads.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stemcareers import files

JOBS = Path("data/provenance/jobs")
LOGS = Path("data/logs")
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
        "sha256": {path: files.sha256(found(path)) for path in sorted(set(paths))},
    }


def write(job: Job, log: str | Path) -> Path:
    """Where the record of a job now lies: below `data/provenance/jobs/` as its log lies below `data/logs/`."""
    path = _place(log)
    files.write_text(path, json.dumps(job, indent=1, ensure_ascii=False, sort_keys=True) + "\n")
    return path


def forget(log: str | Path) -> None:
    """Remove the record of an earlier attempt of a job."""
    _place(log).unlink(missing_ok=True)


def _place(log: str | Path) -> Path:
    path = Path(log)
    below = path.relative_to(LOGS) if path.is_relative_to(LOGS) else Path(path.name)
    return (JOBS / below).with_suffix(".json")


def _named(given: Any) -> dict[str, list[str]]:
    """Snakemake's files by the names that the rule gives them; those without a name under an empty one."""
    named = {name: _listed(value) for name, value in given.items()}
    known = {path for paths in named.values() for path in paths}
    rest = [path for path in map(_name, given) if path not in known]
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


def found(name: str, root: Path = Path()) -> Path:
    """Where a file of a record lies: in the project, or in the one that holds the library."""
    return root / name if (root / name).exists() else HOME / name


def _plain(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, str | Path):
        return _name(value) if isinstance(value, Path) or str(value).startswith(("/", "..")) else value
    return [_plain(one) for one in value]
