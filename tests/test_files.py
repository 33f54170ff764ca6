"""A file is there whole or not at all, whatever happens to its writer."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stemcareers import files
from stemcareers.errors import Problem

WRITER = """
import sys, time
from pathlib import Path
from stemcareers import files
with files.finished_or_absent(sys.argv[1]) as temporary:
    temporary.write_bytes(b"half")
    print("writing", flush=True)
    time.sleep(60)
"""


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_text_is_utf_8_with_plain_line_ends(tmp_path: Path) -> None:
    files.write_text(tmp_path / "a" / "b.txt", "één\nzwei\r\n")
    assert (tmp_path / "a" / "b.txt").read_bytes() == "één\nzwei\r\n".encode()
    assert names(tmp_path / "a") == ["b.txt"]


def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    files.write_text(target, "old")

    def fail() -> None:
        with files.finished_or_absent(target) as temporary:
            temporary.write_text("new")
            raise KeyError("a bug")

    with pytest.raises(KeyError):
        fail()
    assert target.read_text() == "old"
    assert names(tmp_path) == ["table.csv"]


def test_a_block_that_writes_nothing_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), files.finished_or_absent(tmp_path / "table.csv"):
        pass
    assert names(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_writer_that_is_killed_leaves_nothing_that_looks_finished(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE)
    assert writer.stdout.readline() == b"writing\n"
    during = names(tmp_path)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert during == names(tmp_path)
    assert len(during) == 1
    assert during[0].startswith(f".table.csv.{writer.pid}-")
    assert during[0].endswith(files.PARTIAL)

    files.write_text(target, "whole")
    assert names(tmp_path) == ["table.csv"], "the next writer removes what was left"


@pytest.mark.skipif(os.name == "nt", reason="asks for a process id")
def test_a_writer_that_is_alive_keeps_its_own(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(target)], stdout=subprocess.PIPE)
    try:
        assert writer.stdout.readline() == b"writing\n"
        files.write_text(target, "mine")
        assert len(names(tmp_path)) == 2
        assert target.read_text() == "mine"
    finally:
        writer.kill()
        writer.wait()


def test_leftovers_of_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".table.csv.partial.txt").write_text("a file of somebody's")
    (tmp_path / ".table.csv2.999999999-ab.partial").write_text("of table.csv2")
    (tmp_path / ".table.csv.no-process.partial").write_text("of table.csv, by nobody")
    files.write_text(tmp_path / "table.csv", "whole")
    assert names(tmp_path) == [".table.csv.partial.txt", ".table.csv2.999999999-ab.partial", "table.csv"]


def test_writers_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    code = (
        "import sys; from stemcareers import files\n"
        "for _ in range(15): files.write_text(sys.argv[1], sys.argv[2] * 5000)"
    )
    target = tmp_path / "table.csv"
    writers = [subprocess.Popen([sys.executable, "-c", code, str(target), letter]) for letter in "abc"]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        if target.exists():
            seen.add(target.read_text())
        time.sleep(0.002)
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert seen | {target.read_text()} <= {letter * 5000 for letter in "abc"}
    assert names(tmp_path) == ["table.csv"]


def test_two_writers_of_one_process_do_not_meet(tmp_path: Path) -> None:
    target = tmp_path / "table.csv"
    with files.finished_or_absent(target) as outer:
        outer.write_text("outer")
        with files.finished_or_absent(target) as inner:
            inner.write_text("inner")
        assert target.read_text() == "inner"
    assert target.read_text() == "outer"
    assert names(tmp_path) == ["table.csv"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "no permission; make its folder writable, or run as whoever owns it"),
        (errno.EROFS, "the disk is read-only; use a folder that can be written to"),
        (errno.ENOSPC, "the disk is full; make room, then run again"),
    ],
)
def test_a_disk_that_takes_nothing_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(path: Path, content: bytes) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "write_bytes", refuse)
    with pytest.raises(Problem) as raised:
        files.write_text(tmp_path / "table.csv", "text")
    assert str(raised.value) == f"{(tmp_path / 'table.csv').as_posix()}: 1 problem\n  cannot be written: {words}"
    assert names(tmp_path) == []


def test_a_file_where_the_folder_should_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    with pytest.raises(Problem, match="a file stands where its folder should be; move that file away"):
        files.write_text(tmp_path / "results" / "table.csv", "text")


def test_a_fault_of_the_block_is_not_taken_for_one_of_the_disk(tmp_path: Path) -> None:
    def read_elsewhere() -> None:
        with files.finished_or_absent(tmp_path / "table.csv"):
            raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "elsewhere" / "input.csv"))

    with pytest.raises(PermissionError):
        read_elsewhere()


def test_a_folder_that_cannot_be_synced_is_no_reason_to_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync = os.fsync

    def only_files(handle: int) -> None:
        if os.path.isdir(f"/proc/self/fd/{handle}"):  # noqa: PTH112 - a link of the system's
            raise OSError(errno.EINVAL, "Invalid argument")
        sync(handle)

    monkeypatch.setattr(os, "fsync", only_files)
    files.write_text(tmp_path / "table.csv", "text")
    assert (tmp_path / "table.csv").read_text() == "text"


def test_bytes_reach_the_disk_before_the_name_appears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    sync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (steps.append("sync"), sync(handle))[1])
    monkeypatch.setattr(Path, "replace", lambda self, to: (steps.append("rename"), replace(self, to))[1])
    files.write_text(tmp_path / "table.csv", "text")
    assert steps == ["sync", "rename", "sync"]


def test_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    assert files.sha256(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    big = bytes(range(256)) * 20_000
    (tmp_path / "b").write_bytes(big)
    assert files.sha256(tmp_path / "b") == hashlib.sha256(big).hexdigest()


def test_leftovers_in_whole_folders_are_removed_and_counted(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / ".x.csv.1-a.partial").write_text("")
    (tmp_path / ".y.csv.2-b.partial").write_text("")
    (tmp_path / "z.partial").write_text("somebody's own")
    assert files.remove_partial(tmp_path, tmp_path / "absent") == 2
    assert names(tmp_path) == ["deep", "z.partial"]
