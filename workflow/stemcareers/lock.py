"""One run at a time in a folder, and no job that outlives its run unseen.

Two files under `.snakemake/`, locked by the operating system, so a killed process lets go by dying: `run.lock`
belongs to the run and holds its token until the run ends by itself; `jobs.lock` is shared by the jobs. A run that
is killed may leave jobs behind: they see within a second that their run is gone and stop, and the next run waits
for them before it touches a file.
"""

from __future__ import annotations

import os
import platform
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from stemcareers.errors import Problem

RUN = Path(".snakemake/run.lock")
JOBS = Path(".snakemake/jobs.lock")
TOKEN = "STEMCAREERS_RUN"  # the environment variable that tells a job which run it belongs to
LOOK_EVERY = 0.5  # seconds between two looks of a job at its run


@contextmanager
def run(folder: Path = Path(), say: Callable[[str], None] = print) -> Iterator[bool]:
    """True where the run before this one was killed; the folder is ours alone while the block lasts.

    say  called with a sentence if jobs of a killed run are still ending.
    Raises Problem if another run is at work in `folder`.
    """
    (folder / RUN).parent.mkdir(parents=True, exist_ok=True)
    with _opened(folder / RUN) as file:
        if not _own(file, patience=0.3):  # a job's look at the lock lasts microseconds
            raise Problem(
                folder / RUN,
                f"another run is at work in this folder (process {_process(folder)}).",
                "Wait until it ends, or stop it with Ctrl-C where it was started; then type this again.",
            )
        killed = bool(_text(folder))
        token = f"{os.getpid()} {uuid.uuid4().hex} {platform.node()}"
        _overwrite(file, token)
        os.environ[TOKEN] = token
        try:
            _wait_for_jobs(folder, say)
            yield killed
        finally:
            os.environ.pop(TOKEN, None)
            _overwrite(file, "")


@contextmanager
def job(folder: Path = Path()) -> Iterator[None]:
    """Hold the jobs' lock while the block lasts, and end this process if the run that started it is gone.

    Without a run of ours (Snakemake typed by hand) the job holds the lock and watches nobody.
    """
    token = os.environ.get(TOKEN, "")
    # Another machine of a cluster may not see the lock, and Windows cannot look at one without taking it.
    watched = os.name != "nt" and token.endswith(f" {platform.node()}")
    done = threading.Event()
    (folder / JOBS).parent.mkdir(parents=True, exist_ok=True)
    with _opened(folder / JOBS) as file:
        _share(file)
        if watched:
            _end_if_gone(folder, token)
            threading.Thread(target=_watch, args=(folder.resolve(), token, done), daemon=True).start()
        try:
            yield
        finally:
            done.set()


def _wait_for_jobs(folder: Path, say: Callable[[str], None]) -> None:
    with _opened(folder / JOBS) as file:
        if not _own(file, patience=0.5):
            say("Jobs of a run that was killed are still ending; waiting for them.")
            _own(file, patience=float("inf"))


def _watch(folder: Path, token: str, done: threading.Event) -> None:
    while not done.wait(LOOK_EVERY):
        _end_if_gone(folder, token)


def _end_if_gone(folder: Path, token: str) -> None:
    """End this process at once where its run's token was replaced, or nobody holds the run's lock any more."""
    gone = _text(folder) != token
    if not gone:
        with _opened(folder / RUN) as file:
            gone = _share(file)
    if gone:
        os._exit(1)  # as if killed with its run: what it was writing still has its temporary name


def _text(folder: Path) -> str:
    try:
        return (folder / RUN).read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def _process(folder: Path) -> str:
    return (_text(folder).split() or ["unknown"])[0]


def _overwrite(file: int, text: str) -> None:
    # Written before it is cut, so that no kill in between leaves the file empty by chance.
    os.lseek(file, 0, os.SEEK_SET)
    os.write(file, text.encode())
    os.ftruncate(file, len(text.encode()))


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        yield file
    finally:
        os.close(file)


def _own(file: int, patience: float) -> bool:
    """Whether the lock could be had, whole, within `patience` seconds."""
    end = time.monotonic() + patience
    while not _try_whole(file):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


if os.name == "nt":
    import msvcrt

    # Windows locks bytes, for one process each, and then forbids reading them: so far behind the text, one byte
    # stands for each job, and all together for the whole.
    _FAR, _MANY = 1 << 20, 1 << 24

    def _try(file: int, first: int, count: int) -> bool:
        os.lseek(file, first, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, count)
        except OSError:
            return False
        return True

    def _try_whole(file: int) -> bool:
        return _try(file, _FAR, _MANY)

    def _share(file: int) -> bool:
        return _try(file, _FAR + os.getpid() % _MANY, 1)

else:
    import fcntl

    def _try(file: int, how: int) -> bool:
        try:
            fcntl.flock(file, how | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _try_whole(file: int) -> bool:
        return _try(file, fcntl.LOCK_EX)

    def _share(file: int) -> bool:
        return _try(file, fcntl.LOCK_SH)
