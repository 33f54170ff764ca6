"""The two sides of a comparison, from what was typed: folders as they are, commits built in a worktree of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stemcareers import files, measure, origins, record
from stemcareers.changes.run import Run
from stemcareers.errors import Problem

Say = Callable[[str], None]


@contextmanager
def opened(
    given: Sequence[str], studies: Sequence[str], cores: str, builds: Path | None, say: Say
) -> Iterator[list[Run]]:
    """The runs that were named, each a folder or a commit; worktrees are removed at the end unless `builds` keeps them.

    builds  a folder outside the project where commits are built, so that the next comparison finds them.
    Raises Problem for what is neither, and for a commit that cannot be built.
    """
    with tempfile.TemporaryDirectory(prefix="stemcareers-", ignore_cleanup_errors=True) as temporary:
        made: list[Path] = []
        try:
            runs = []
            for name in given:
                folder = Path(name)
                if not folder.is_dir():
                    folder = _of_commit(name, studies, cores, builds or Path(temporary), say, made)
                runs.append(Run.of(folder, name, tuple(studies)))
            yield runs
        finally:
            for folder in made if builds is None else ():
                _git("worktree", "remove", "--force", str(folder), check=False)


def _of_commit(name: str, studies: Sequence[str], cores: str, builds: Path, say: Say, made: list[Path]) -> Path:
    commit = _commit(name)
    if _stands_here(commit):
        say(f"{name}: the results here are of this commit, and are taken as they are.")
        return Path()
    folder = (builds / commit[:12]).resolve()
    if folder.is_relative_to(Path.cwd()):
        raise Problem(builds, "lies in the project; commits are built outside it, so that nothing of it is touched")
    if not folder.exists():
        _git("worktree", "add", "--quiet", "--detach", str(folder), commit)
    made.append(folder)
    _bring_raw(folder)
    if not _same_lock(folder):
        say(
            f"{name}: its requirements.lock differs from the one here. It is built with the packages that are at work "
            "now: a number that changed because of a package does not show."
        )
    say(f"{name}: building{' ' + ', '.join(studies) if studies else ''} in {folder}{_how_long(studies)}")
    done = subprocess.run(
        [sys.executable, "-m", "stemcareers", "report", *studies, "--cores", cores],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "workflow")},
        check=False,
    )
    if done.returncode:
        raise Problem(
            name, "could not be built: what it said stands above", "a folder with its results can be given instead"
        )
    return folder


def _commit(name: str) -> str:
    done = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", check=False)
    if done.returncode:
        raise Problem(name, "is neither a folder with results nor a commit of this project")
    return done.stdout.strip()


def _stands_here(commit: str) -> bool:
    """Whether the results of the working folder are those of a commit, with nothing changed since."""
    here = _git("rev-parse", "HEAD").stdout.strip() == commit
    clean = not _git("status", "--porcelain", "--untracked-files=no").stdout.strip()
    return here and clean and origins.PUBLISHED.is_file() and not origins.stale(origins.read(origins.PUBLISHED))


def _bring_raw(folder: Path) -> None:
    """Link the exports that are no part of the commit."""
    for path in Path("data/raw").glob("*/*"):
        target = folder / path
        if path.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                target.symlink_to(path.resolve())
            except OSError:  # Windows, without the right to
                shutil.copyfile(path, target)


def _same_lock(folder: Path) -> bool:
    locks = [place / origins.LOCK for place in (folder, record.HOME)]
    return len({files.sha256(lock) if lock.is_file() else "" for lock in locks}) == 1


def _how_long(studies: Sequence[str]) -> str:
    """What the last run here took, as a hint; empty where nobody measured it."""
    jobs = [job for job in origins.jobs() if not studies or job["of"].get("study") in studies]
    known = [one for job in jobs if (one := measure.read(record.LOGS / f"{origins.name(job)}.log"))]
    seconds = sum(one.seconds for one in known)
    if not known:
        return ""
    about = f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"
    return f" (the last run here had {len(known)} jobs of {about} together)"


def _git(*words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(["git", *words], capture_output=True, text=True, check=check)
    except FileNotFoundError as error:
        raise Problem("git", "is not installed; give two folders with results instead of commits") from error
    except subprocess.CalledProcessError as error:
        raise Problem("git", *error.stderr.strip().splitlines()) from error
