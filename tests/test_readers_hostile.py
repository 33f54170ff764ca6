"""Whatever bytes a text reader is given, it gives a table or a Problem: nothing else, and nothing half read."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import test_readers_fixed_width as fixed_width
import test_readers_jisc as jisc
import test_readers_qualtrics as qualtrics
import test_readers_redcap as redcap
import test_readers_surveymonkey as surveymonkey
from stemcareers import readers
from stemcareers.config.entry import parse
from stemcareers.config.export import Export
from stemcareers.errors import Problem

SHA = "0" * 64
GOOD: dict[str, tuple[bytes, bytes]] = {
    "csv": (b'a,b\n1,"x, y"\n2,"z\n"\n', b""),
    "fixed_width": (fixed_width.DATA.encode(), fixed_width.CONTROL.encode()),
    "jisc": (jisc.text().encode(), b""),
    "qualtrics": (qualtrics.text().encode(), b""),
    "redcap": (redcap.table_of([redcap.RAW, *redcap.ROWS]).encode(), redcap.dictionary().encode()),
    "surveymonkey": (surveymonkey.text().encode(), b""),
}
PIECES = [
    b"",
    b"\0",
    b"\xff",
    b'"',
    b"'",
    b",",
    b"\n",
    b"\r",
    b".",
    b"/",
    b"(",
    b")",
    b"-",
    b"|",
    b"\xc3\xa9",
    b"9" * 30,
]


def read(folder: Path, reader: str, content: bytes, form: bytes) -> readers.Table:
    (folder / "x.txt").write_bytes(content)
    (folder / "form.sps").write_bytes(form)
    more: dict[str, Any] = {"questionnaire": {"file": "form.sps", "sha256": SHA}} if form else {}
    export = parse(Export, {"file": "x.txt", "reader": reader, "sha256": SHA, **more}, "export")
    return readers.read(export, folder / "x.txt")


def spoilt(content: bytes, chance: random.Random) -> bytes:
    """The bytes with one to three pieces taken out, put in, doubled or exchanged."""
    for _ in range(chance.randint(1, 3)):
        start = chance.randrange(len(content) + 1)
        end = min(len(content), start + chance.choice([0, 1, 1, 2, 5, 40]))
        piece = chance.choice([*PIECES, content[start:end] * 2])
        content = content[:start] + piece + content[end:]
    return content


@pytest.mark.parametrize("reader", GOOD)
def test_spoilt_exports_give_a_table_or_a_problem(tmp_path: Path, reader: str) -> None:
    content, form = GOOD[reader]
    whole = read(tmp_path, reader, content, form)
    chance = random.Random(20251121)
    n_refused = 0
    for turn in range(150):
        spoil_form = bool(form) and turn % 2 == 0
        given = (content, spoilt(form, chance)) if spoil_form else (spoilt(content, chance), form)
        try:
            table = read(tmp_path, reader, *given)
        except Problem as problem:
            n_refused += 1
            assert all(line and line.isprintable() for wrong in problem.wrong for line in wrong.split("\n")), problem
            continue
        assert {len(cells) for cells in table.cells.values()} == {table.n}
        assert len(table.columns) >= 1
    assert whole.n >= 2
    assert n_refused > 25
