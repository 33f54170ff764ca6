"""Write files so that a killed job leaves nothing that looks finished, and tell files by their bytes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL = ".partial"


@contextmanager
def finished_or_absent(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path`; renamed to `path` when the block ends well, removed when it fails.

    The bytes are on the disk before the name appears (fsync of the file, then of its folder), so a power cut
    leaves either the whole file or none. Leftovers of a killed predecessor are removed first.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    for leftover in target.parent.glob(f".{target.name}.*{PARTIAL}"):
        leftover.unlink(missing_ok=True)
    temporary = target.parent / f".{target.name}.{os.getpid()}{PARTIAL}"
    try:
        yield temporary
        _sync(temporary)
        temporary.replace(target)
        _sync(target.parent)
    finally:
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


def _sync(path: Path) -> None:
    # Windows has no way to fsync a folder; there the rename alone must do.
    flags = os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR
    try:
        handle = os.open(path, flags)
    except PermissionError:
        if path.is_dir():
            return
        raise
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
