"""What every script of a rule stands in: its words go to its log, and its end is one a reader understands."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Protocol, TextIO

from stemcareers import lock, measure, record
from stemcareers.errors import Problem, Problems

FAULT = "fault: "  # begins the last line of a log that holds a traceback
OUTSIDE = Path("data/logs/outside.log")  # what the jobs of a run said while no log of theirs was open


class Job(Protocol):
    """The part of Snakemake's `snakemake` object that is used here."""

    log: list[str]


@contextmanager
def reporting(snakemake: Job) -> Iterator[None]:
    """Send everything the block prints or warns, its child processes included, to the job's first log file.

    The log of an earlier attempt is replaced. A Problem leaves exactly its text there, any other exception its
    traceback and a last line `fault: KeyError at workflow/stemcareers/score.py:41`; both end the script with
    exit status 1 and nothing on the terminal, because a message may quote an answer. A job that ends well leaves
    beside its log how long it took, and a record of what it read and made.
    """
    clock = measure.Clock()
    path = Path(snakemake.log[0])
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in (path, measure.beside(path)):
        left.unlink(missing_ok=True)
    record.forget(path)
    with path.open("a", 1, encoding="utf-8", newline="\n") as log, _everything_into(log), lock.job():
        try:
            yield
            _note(snakemake, path, clock)
        except (Problem, Problems) as problem:
            log.truncate(0)
            log.write(f"{problem}\n")
            raise SystemExit(1) from None
        except KeyboardInterrupt:
            log.write("stopped by Ctrl-C\n")
            raise SystemExit(130) from None
        except Exception as fault:
            traceback.print_exc(file=log)
            log.write(f"{FAULT}{type(fault).__name__} at {_place(fault)}\n")
            raise SystemExit(1) from None


def _note(snakemake: Job, log: Path, clock: measure.Clock) -> None:
    if hasattr(snakemake, "output"):
        record.write(record.of(snakemake), log)
        measure.write(clock.read(), log)


@contextmanager
def _everything_into(log: TextIO) -> Iterator[None]:
    """Redirect Python's own streams and the file descriptors beneath them, which C code and children use."""
    streams = {1: sys.stdout, 2: sys.stderr}
    for stream in streams.values():
        stream.flush()
    kept = {number: os.dup(number) for number in streams}
    for number in streams:
        os.dup2(log.fileno(), number)
    try:
        with redirect_stdout(log), redirect_stderr(log):
            yield
    finally:
        log.flush()
        for number, original in kept.items():
            os.dup2(original, number)
            os.close(original)


def _place(fault: BaseException) -> str:
    """`file:line` of the innermost call in the library; where there is none, of the innermost call, or the script."""
    package = Path(__file__).resolve().parent
    frames = [(Path(frame.filename), frame.lineno) for frame in traceback.extract_tb(fault.__traceback__)]
    frames = [(path, line) for path, line in frames if path.resolve() != Path(__file__).resolve()]
    ours = [(path, line) for path, line in frames if package in path.resolve().parents]
    path, line = (ours or frames or [(Path("unknown"), 0)])[-1]
    if ours:
        path = Path("workflow", "stemcareers", path.resolve().relative_to(package))
    elif path.parent.name == "scripts" and path.name.startswith("tmp"):
        # Snakemake runs a copy of the script, with lines of its own before it.
        return f"scripts/{path.name.partition('.')[2]}"
    return f"{path.as_posix()}:{line}"
