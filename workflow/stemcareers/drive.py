"""Run Snakemake in this process, in a folder locked for it: same surroundings, nothing refused let through."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from stemcareers import files
from stemcareers.errors import Problem
from stemcareers.job import OUTSIDE
from stemcareers.record import HOME

SNAKEMAKE = Path(".snakemake")

# What a result may depend on beside its inputs is fixed here: threads, clock, hash seed, time zone, locale.
SURROUNDINGS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "SOURCE_DATE_EPOCH": "315532800",  # 1980-01-01: the earliest day a zip file can hold
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "TZ": "UTC",
    "MPLBACKEND": "agg",
}
LOCALE = {"linux": "C.UTF-8", "darwin": "en_US.UTF-8"}  # macOS has no C.UTF-8; Windows has no LC_ALL

REFUSED = {
    "nolock": "two runs would write into each other's files",
    "keep_incomplete": "half-written files would look finished",
    "ignore_incomplete": "half-written files would pass for finished ones",
}


def set_surroundings() -> None:
    """Fix what this process and its children inherit; before numpy is imported."""
    os.environ.update(SURROUNDINGS)
    if sys.platform in LOCALE:
        os.environ["LC_ALL"] = LOCALE[sys.platform]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # compiling the library anew in every job costs more than it
    sys.dont_write_bytecode = False
    if hasattr(time, "tzset"):
        time.tzset()


def prepare(killed: bool, say: Callable[[str], None]) -> None:
    """Fix the surroundings and put away what a killed run left.

    Raises Problem where Snakemake, typed by hand, is at work or was killed.
    """
    set_surroundings()
    locks = SNAKEMAKE / "locks"
    if killed:
        shutil.rmtree(locks, ignore_errors=True)
        say("The last run was killed; going on from what it had finished.")
    elif locks.is_dir() and any(locks.iterdir()):
        raise Problem(
            locks,
            "Snakemake is at work in this folder, or was killed here.",
            "If it is not running any more, type `snakemake --unlock`, then this again.",
        )
    files.remove_partial("data", "results")


def snakemake(targets: list[str], cores: str, extra: list[str]) -> bool:
    """Whether everything that was to be made was made.

    targets  files; everything where empty.
    extra    further words for Snakemake. Raises Problem for those that would undo the guards.
    """
    from snakemake import cli

    snakefile = "Snakefile" if Path("Snakefile").exists() else str(HOME / "Snakefile")
    words = ["--snakefile", snakefile, "--cores", cores, "--logger", "stemcareers", "--scheduler", "greedy"]
    # Scripts are inputs, told apart by their bytes; Snakemake's own trigger for code would take a touch for an edit.
    # Its list must not come last: it would take a file to be made, the first of the further words, for a trigger.
    words += ["--rerun-triggers", "input", "mtime", "params", "software-env"]
    words += ["--rerun-incomplete", "--keep-going", "--max-checksum-file-size", "1TB"]
    with _children_silent():
        try:
            parser, chosen = cli.parse_args([*words, *extra, *(["--", *targets] if targets else [])])
            _refuse(chosen)
            return cli.args_to_api(chosen, parser)
        except SystemExit as end:  # how the Snakefile tells what is wrong in config/
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
            return not end.code
        finally:
            _end()


def _refuse(chosen: object) -> None:
    # Looked up after parsing: a short form or a profile says the same.
    wrong = [
        f"--{word.replace('_', '-')} is not taken here: {because}."
        for word, because in REFUSED.items()
        if getattr(chosen, word)
    ]
    if wrong:
        raise Problem("what was typed after --, or a profile", *wrong)


def _end() -> None:
    shutil.rmtree(SNAKEMAKE / "locks", ignore_errors=True)  # ours: none were there when we began
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):  # its alarm for the next look at the jobs would hold us for a second
            thread.cancel()


@contextmanager
def _children_silent() -> Iterator[None]:
    """What this process prints reaches the terminal; what its children print goes to a log.

    A job has a log of its own; but what it says before that is open, or while it is being killed, may quote an
    answer as well. Children inherit the file descriptors 1 and 2, Python's own streams are moved off them.
    """
    OUTSIDE.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        log = stack.enter_context(OUTSIDE.open("w"))
        for number, redirect in ((1, redirect_stdout), (2, redirect_stderr)):
            terminal = os.dup(number)
            stack.callback(os.close, terminal)
            stack.callback(os.dup2, terminal, number)
            stream = stack.enter_context(os.fdopen(os.dup(terminal), "w", buffering=1, encoding="utf-8"))
            stack.enter_context(redirect(stream))
            os.dup2(log.fileno(), number)
        yield
