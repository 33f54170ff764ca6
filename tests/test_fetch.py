"""Exports come whole and checked, or not at all; every failure says what was tried and what to do."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from stemcareers import fetch
from stemcareers.errors import Problem

CONTENT = b"id,answer\n" + b"1,2\n" * 5000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
WRONG = hashlib.sha256(b"other bytes").hexdigest()


@dataclass(frozen=True)
class Wanted:
    study: str = "pisa"
    wave: str = "2006"
    file: str = "school.csv"
    sha256: str = SHA256
    address: str | None = None
    page: str | None = "https://example.org/pisa"
    how: str | None = "Choose the school file."


BY_HAND = "  Get school.csv from https://example.org/pisa and put it into data/raw/pisa/. Choose the school file."


GIVEN = ("/whole", "/wrong", "/short", "/drip", "/busy-twice", "/mirror/pisa/school.csv")
BUSY = {"/busy": 99, "/busy-twice": 2}  # how often each says so before it gives the file


class Server(BaseHTTPRequestHandler):
    """/short breaks off after 1,000 bytes, /drip keeps one waiting there; what is not in GIVEN is not found."""

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.server.asked.count(self.path) <= BUSY.get(self.path, 0):
            self.send_error(503)
        elif self.path not in GIVEN:
            self.send_error(404)
        else:
            self.give(b"other bytes" if self.path == "/wrong" else CONTENT)

    def give(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path not in ("/short", "/drip"):
            self.wfile.write(body)
            return
        self.wfile.write(body[:1000])
        self.wfile.flush()
        time.sleep(30 if self.path == "/drip" else 0)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def server():
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    running.daemon_threads = True
    running.block_on_close = False
    running.asked = []
    threading.Thread(target=running.serve_forever, daemon=True).start()
    running.address = f"http://127.0.0.1:{running.server_port}"
    yield running
    running.shutdown()


@pytest.fixture
def raw(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(fetch, "PAUSES", (0.0, 0.0))
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    return fetch.Path("data/raw")


@pytest.fixture(autouse=True)
def forget(server):
    server.asked.clear()


def problem(wanted, raw, mirror=None) -> str:
    with pytest.raises(Problem) as caught:
        fetch.export(wanted, raw, mirror)
    assert [path for path in raw.rglob("*") if path.is_file()] == []
    return str(caught.value)


def test_an_export_comes_from_its_address_and_only_once(raw, server):
    wanted = Wanted(address=f"{server.address}/whole")
    path = fetch.export(wanted, raw)
    assert path == raw / "pisa" / "school.csv"
    assert path.read_bytes() == CONTENT
    assert [p.name for p in path.parent.iterdir()] == ["school.csv"]
    assert fetch.export(wanted, raw) == path
    assert server.asked == ["/whole"]


def test_a_mirror_folder_is_asked_first_by_study_then_plainly(raw, server, tmp_path):
    wanted = Wanted(address=f"{server.address}/whole")
    mirror = tmp_path / "mirror"
    (mirror / "pisa").mkdir(parents=True)
    (mirror / "school.csv").write_bytes(b"other bytes")
    (mirror / "pisa" / "school.csv").write_bytes(CONTENT)
    assert fetch.export(wanted, raw, str(mirror)).read_bytes() == CONTENT
    (raw / "pisa" / "school.csv").unlink()
    (mirror / "pisa" / "school.csv").rename(mirror / "school.csv")
    assert fetch.export(wanted, raw, str(mirror)).read_bytes() == CONTENT
    assert server.asked == []


def test_a_mirror_may_be_an_address(raw, server):
    fetch.export(Wanted(), raw, f"{server.address}/mirror/")
    assert server.asked == ["/mirror/pisa/school.csv"]


def test_where_the_mirror_lacks_it_the_address_is_asked(raw, server, tmp_path):
    fetch.export(Wanted(address=f"{server.address}/whole"), raw, str(tmp_path))
    assert server.asked == ["/whole"]


def test_a_run_asks_the_mirror_alone(raw, server, tmp_path):
    with pytest.raises(Problem):
        fetch.from_mirror(Wanted(address=f"{server.address}/whole"), raw, str(tmp_path))
    assert server.asked == []


def test_wrong_bytes_are_not_kept(raw, server):
    assert problem(Wanted(address=f"{server.address}/wrong"), raw) == (
        "data/raw/pisa/school.csv: 2 problems\n"
        f"  what {server.address}/wrong gave is not the export that config/studies/pisa/waves/2006.yaml names: "
        f"sha256 {SHA256} is expected, {WRONG} was found. Nothing was kept.\n" + BY_HAND
    )


def test_a_body_that_breaks_off_is_tried_again_then_told(raw, server):
    assert problem(Wanted(address=f"{server.address}/short"), raw) == (
        "data/raw/pisa/school.csv: 2 problems\n"
        f"  {server.address}/short broke off after 1,000 of 20,010 bytes (3 tries).\n" + BY_HAND
    )
    assert server.asked == ["/short"] * 3


def test_a_busy_server_is_asked_again(raw, server):
    fetch.export(Wanted(address=f"{server.address}/busy-twice"), raw)
    assert server.asked == ["/busy-twice"] * 3
    assert problem(replace(Wanted(), file="b.csv", address=f"{server.address}/busy"), raw / "other") == (
        "data/raw/other/pisa/b.csv: 2 problems\n"
        f"  {server.address}/busy answers 503 Service Unavailable (3 tries).\n"
        "  Get b.csv from https://example.org/pisa and put it into data/raw/other/pisa/. Choose the school file."
    )


def test_a_page_that_is_not_there_is_told_at_once(raw, server):
    assert problem(Wanted(address=f"{server.address}/gone", page=None, how=None), raw) == (
        "data/raw/pisa/school.csv: 2 problems\n"
        f"  {server.address}/gone answers 404 Not Found.\n"
        "  Get school.csv from its owner and put it into data/raw/pisa/."
    )
    assert server.asked == ["/gone"]


def test_nobody_there_is_told(raw):
    refused = ConnectionRefusedError(errno.ECONNREFUSED, os.strerror(errno.ECONNREFUSED))
    assert problem(Wanted(address="http://127.0.0.1:9/x.csv"), raw) == (
        "data/raw/pisa/school.csv: 2 problems\n"
        f"  http://127.0.0.1:9/x.csv cannot be reached: {refused} (3 tries).\n" + BY_HAND
    )


def test_a_mirror_without_it_and_no_address_are_told_together(raw, tmp_path):
    assert problem(Wanted(), raw, str(tmp_path)) == (
        "data/raw/pisa/school.csv: 3 problems\n"
        f"  {tmp_path}/pisa/school.csv does not exist.\n"
        f"  {tmp_path}/school.csv does not exist.\n" + BY_HAND
    )


def test_without_mirror_or_address_only_the_way_by_hand_is_told(raw):
    assert problem(Wanted(), raw) == "data/raw/pisa/school.csv: 1 problem\n" + BY_HAND


def test_a_file_that_is_there_but_another_is_left_alone(raw, server):
    target = raw / "pisa" / "school.csv"
    target.parent.mkdir(parents=True)
    target.write_bytes(b"other bytes")
    with pytest.raises(Problem) as caught:
        fetch.export(Wanted(address=f"{server.address}/whole"), raw)
    assert str(caught.value) == (
        "data/raw/pisa/school.csv: 2 problems\n"
        "  this file is not the export that config/studies/pisa/waves/2006.yaml names: "
        f"sha256 {SHA256} is expected, {WRONG} was found.\n"
        "  Move it away, then fetch again; or correct sha256."
    )
    assert target.read_bytes() == b"other bytes"
    assert server.asked == []


def test_what_is_missing_is_told_with_the_way_to_it(raw):
    (raw / "pisa").mkdir(parents=True)
    (raw / "pisa" / "here.csv").touch()
    wanted = [Wanted(file="here.csv"), Wanted(), Wanted(wave="2009", file="b.csv", address="https://example.org/b.csv")]
    assert fetch.missing(wanted, raw) == [
        "pisa 2006: data/raw/pisa/school.csv is missing. " + BY_HAND.strip(),
        "pisa 2009: data/raw/pisa/b.csv is missing. `make fetch` brings it from https://example.org/b.csv.",
    ]


def test_a_kill_half_way_leaves_nothing_and_the_next_fetch_clears_up(raw, server, tmp_path):
    code = (
        "import sys; from pathlib import Path; from types import SimpleNamespace as Wanted\n"
        "from stemcareers import fetch\n"
        f"fetch.export(Wanted(study='pisa', wave='2006', file='school.csv', sha256='{SHA256}', page=None, how=None,"
        " address=sys.argv[1]), Path('data/raw'))"
    )
    half = subprocess.Popen([sys.executable, "-c", code, f"{server.address}/drip"], cwd=tmp_path)
    end = time.monotonic() + 20
    while not list(raw.rglob("*.partial")) and time.monotonic() < end:
        time.sleep(0.02)
    half.send_signal(signal.SIGKILL)
    half.wait()
    assert not (raw / "pisa" / "school.csv").exists()
    assert [path.name.startswith(".school.csv.") for path in (raw / "pisa").iterdir()] == [True]
    fetch.export(Wanted(address=f"{server.address}/whole"), raw)
    assert [path.name for path in (raw / "pisa").iterdir()] == ["school.csv"]
