"""Write files so that a killed job leaves nothing that looks finished, and tell files by their bytes."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stemcareers.errors import Problem

PARTIAL = ".partial"
_REMEDIES = {
    errno.EACCES: "no permission; make its folder writable, or run as whoever owns it",
    errno.EPERM: "no permission; make its folder writable, or run as whoever owns it",
    errno.EROFS: "the disk is read-only; use a folder that can be written to",
    errno.ENOSPC: "the disk is full; make room, then run again",
    errno.EDQUOT: "your quota of the disk is used up; make room, then run again",
    errno.ENOTDIR: "a file stands where its folder should be; move that file away",
    errno.EEXIST: "a file stands where its folder should be; move that file away",
}


@contextmanager
def finished_or_absent(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`; renamed to `path` when the block ends well, removed when it fails.

    The bytes are on the disk before the name appears (fsync of the file, then of its folder), so a power cut
    leaves either the whole file or none. Leftovers of a killed predecessor are removed first; of several writers
    at once the last one to finish wins. Raises Problem where the folder cannot be written to or the disk is full.
    """
    target = Path(path)
    temporary = target.parent / f".{target.name}.{os.getpid()}-{secrets.token_hex(4)}{PARTIAL}"
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(target)
        yield temporary
        _sync(temporary)
        temporary.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        ours = error.filename is None or Path(error.filename) in {temporary, target, *target.parents}
        if error.errno not in _REMEDIES or not ours:
            raise
        raise Problem(target.as_posix(), f"cannot be written: {_REMEDIES[error.errno]}") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8 with plain line ends, whole or not at all."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: str | os.PathLike[str], content: bytes) -> None:
    """Write bytes, whole or not at all."""
    with finished_or_absent(path) as temporary:
        temporary.write_bytes(content)


def sha256(path: str | os.PathLike[str]) -> str:
    """The sha256 of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove_partial(*folders: str | os.PathLike[str]) -> int:
    """How many leftovers of killed jobs were removed from these folders and all below them."""
    leftovers = [p for folder in folders for p in Path(folder).rglob(f".*{PARTIAL}")]
    for leftover in leftovers:
        leftover.unlink(missing_ok=True)
    return len(leftovers)


def _remove_leftovers(target: Path) -> None:
    """Remove what killed writers of a file left; a writer that is alive keeps its own."""
    before = f".{target.name}."
    for path in target.parent.iterdir():
        if path.name.startswith(before) and path.name.endswith(PARTIAL):
            writer = path.name[len(before) : -len(PARTIAL)].partition("-")[0]
            if not (writer.isdigit() and _is_alive(int(writer))):
                path.unlink(missing_ok=True)


def _is_alive(process: int) -> bool:
    if os.name == "nt":
        return True  # no harmless way to ask; the next run clears up
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(path: Path) -> None:
    # Windows, and some network file systems, have no way to fsync a folder; there the rename alone must do.
    with suppress(OSError):
        _sync(path)
