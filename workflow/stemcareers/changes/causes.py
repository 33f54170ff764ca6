"""Why a result changed: which exports, settings, code or packages differ on the way to it, the most specific first.

Followed back from the result through the jobs' records. A table on the way that has the same bytes in both runs ends
the search there: what lies behind it changed nothing.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from stemcareers import origins
from stemcareers.changes.numbers import ADDED, CHANGED, REMOVED
from stemcareers.changes.run import Run

MOST_LINES = 12
PRIVATE = ("data/", "/corrections/")  # lines of these hold answers, and are never shown
PARAMETERS, NO_RESULT = "parameters of ", "no result of "


@dataclass(frozen=True)
class Cause:
    """Something that differs between the runs.

    what   a file, `package pandas`, `parameters of` a job, or `no result of` a job.
    how    changed, added or removed; for a package the two versions.
    jobs   how many jobs read it: the fewer, the more specific.
    lines  of a text that may be shown, what was taken out (`-`) and put in (`+`).
    """

    what: str
    how: str
    jobs: int
    lines: tuple[str, ...] = ()


class Causes:
    """What differs between two runs, asked for a result at a time."""

    def __init__(self, old: Run, new: Run) -> None:
        self.old, self.new = old, new
        self.known = all(run.made_from is not None for run in (old, new))
        self.sides = [_Side(run, self.known) for run in (old, new)]
        readers = [Counter(side.readers()) for side in self.sides]
        self.jobs = readers[0] | readers[1]
        self.found: dict[str, Cause] = {}

    def of(self, path: str) -> list[Cause]:
        """The causes of a result's change, the most specific first; empty where nothing is known to differ."""
        names = self._roots(path, set()) if self.known else self._sources(path)
        found = [self._cause(name) for name in names]
        return [*sorted(found, key=lambda cause: (cause.jobs, cause.what)), *self._packages()]

    def all(self) -> list[Cause]:
        """Everything the results rest on that differs, whatever came of it."""
        if not self.known:
            return []
        names = {path for side in self.sides for path in side.sums if not origins.is_made(path)}
        return [self._cause(name) for name in sorted(names) if self._differ(name)] + self._packages()

    def _roots(self, path: str, seen: set[str]) -> set[str]:
        if path in seen:
            return set()
        seen.add(path)
        jobs = [side.maker.get(path) for side in self.sides]
        if None in jobs:
            return self._one_sided(path, jobs, seen)
        read = [side.inputs(job) for side, job in zip(self.sides, jobs, strict=True)]
        found = set()
        if jobs[0]["parameters"] != jobs[1]["parameters"]:
            found.add(f"{PARAMETERS}{origins.name(jobs[1])}")
        for name in read[0] | read[1]:
            if origins.is_made(name):
                if name in read[0] ^ read[1] or self._differ(name):
                    found |= self._roots(name, seen)
            elif name in read[0] ^ read[1] or self._differ(name):
                found.add(name)
        return found

    def _one_sided(self, path: str, jobs: list[Mapping[str, Any] | None], seen: set[str]) -> set[str]:
        """Of a result that one run does not have: what its job read in the other and is not here, or is another."""
        side, job = next(((s, j) for s, j in zip(self.sides, jobs, strict=True) if j), (None, None))
        if side is None:
            return set()
        other = self.sides[1 - self.sides.index(side)]
        found = set()
        for name in side.inputs(job):
            if origins.is_made(name):
                found |= self._roots(name, seen) if name not in other.maker or self._differ(name) else set()
            elif side.sums.get(name) != other.now(name):
                found.add(name)
        return found or {f"{NO_RESULT}{origins.name(job)}"}

    def _differ(self, path: str) -> bool:
        old, new = (side.sums.get(path) for side in self.sides)
        # Where nobody may tell the checksum of a table, it may have changed: the search goes on behind it.
        return old != new or old is None

    def _sources(self, path: str) -> set[str]:
        """Without records: every file that differs and may have to do with a study's results."""
        study = path.split("/")[1]
        old, new = (side.sums for side in self.sides)
        if not (old and new):  # results alone, of whose making nothing is known
            return set()
        differ = {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}
        others = {s for s in {*self.old.built, *self.new.built} if s != study}
        return {name for name in differ if not any(f"/{other}/" in name for other in others)}

    def _cause(self, name: str) -> Cause:
        if name not in self.found:
            old, new = (side.sums.get(name) for side in self.sides)
            how = CHANGED if (old and new) or not (old or new) else ADDED if new else REMOVED
            if name.startswith(PARAMETERS):
                self.found[name] = Cause(name, CHANGED, 1)
            elif name.startswith(NO_RESULT):
                self.found[name] = Cause(name, "it did not run to its end, or was not asked to", 1)
            else:
                self.found[name] = Cause(name, how, self.jobs[name], self._lines(name, old or "", new or ""))
        return self.found[name]

    def _lines(self, name: str, old: str, new: str) -> tuple[str, ...]:
        if any(part in name for part in PRIVATE) or name.startswith(PRIVATE[0]):
            return ()
        texts = [run.text(name, one) if one else "" for run, one in ((self.old, old), (self.new, new))]
        if None in texts or not any(texts):
            return ()
        compared = difflib.unified_diff(*(text.splitlines() for text in texts), n=0, lineterm="")
        lines = [line for line in compared if not line.startswith(("---", "+++", "@@"))]
        more = len(lines) - MOST_LINES
        return (*lines[:MOST_LINES], *([f"... and {more} more lines"] if more > 0 else []))

    def _packages(self) -> list[Cause]:
        if not self.known:
            return []
        old, new = (run.made_from["versions"] for run in (self.old, self.new))
        differ = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
        many = sum(len(side.run.made_from["jobs"]) for side in self.sides) // 2
        return [
            Cause(f"package {name}", f"{old.get(name, 'absent')} -> {new.get(name, 'absent')}", many) for name in differ
        ]


class _Side:
    """The jobs and checksums of one run."""

    def __init__(self, run: Run, recorded: bool) -> None:
        unrecorded = {"jobs": [], "code": {}, "sha256": {} if recorded else run.sources}
        made_from: Mapping[str, Any] = run.made_from if recorded and run.made_from else unrecorded
        self.run, self.sums, self.code = run, made_from["sha256"], made_from["code"]
        self.maker = {path: job for job in made_from["jobs"] for path in origins.flat(job["outputs"])}

    def inputs(self, job: Mapping[str, Any] | None) -> set[str]:
        return {*origins.flat(job["inputs"]), *self.code.get(job["rule"], ())} if job else set()

    def now(self, name: str) -> str | None:
        """The checksum of a file as the run read it; as it is now, where no job that ended read it."""
        return self.sums.get(name) or self.run.sources.get(name)

    def readers(self) -> Iterable[str]:
        jobs = {origins.name(job): job for job in self.maker.values()}
        return (path for job in jobs.values() for path in self.inputs(job))
