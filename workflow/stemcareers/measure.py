"""How long a job took and how much memory it held at most: measured, so never among what is compared byte by byte."""

from __future__ import annotations

import json
import re
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from stemcareers import files

PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Measured:
    """One job: seconds from the start of its process to its end, and mebibytes at most (None where unknown)."""

    seconds: float
    mebibytes: float | None


class Clock:
    """Begins when it is made; the processor time that the process had used by then counts too: it is the imports."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.before = time.process_time()

    def read(self) -> Measured:
        """What the process came to so far."""
        seconds = time.perf_counter() - self.begun + self.before
        return Measured(round(seconds, 2), peak())


def peak() -> float | None:
    """The most memory this process held, or a child of it that has ended, in mebibytes; None where nobody counts it."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    unit = 1 if sys.platform == "darwin" else 1024
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    own, children = (resource.getrusage(who).ru_maxrss * unit for who in whose)
    status = Path("/proc/self/status")
    if status.is_file() and (told := PEAK.search(status.read_text(encoding="utf-8", errors="replace"))):
        own = int(told[1]) * 1024  # what getrusage tells begins with the memory of the process that started this one
    return round(max(own, children) / 2**20, 1)


def beside(log: str | Path) -> Path:
    """Where the measurement of a job lies: beside its log."""
    return Path(log).with_suffix(".measured.json")


def write(measured: Measured, log: str | Path) -> None:
    """Leave a job's measurement beside its log."""
    files.write_text(beside(log), json.dumps(asdict(measured)) + "\n")


def read(log: str | Path) -> Measured | None:
    """The measurement of a job by its log; None where there is none."""
    path = beside(log)
    return Measured(**json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
