"""Plain csv files in every form a wave may declare: each reads, and no part of one passes for the whole."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from stemcareers import readers
from stemcareers.config.entry import parse
from stemcareers.config.export import SEPARATORS, Export
from stemcareers.errors import Problem

ROWS = [
    ["id", "Schule", "Antwort", "Grund"],
    ["0001", "Bäckerei; Nord", "ja, gern", 'sagt "nein"'],
    ["0002", "", "7,5", "zwei\nZeilen"],
    ["0003", "a|b\tc", "None", "'"],
]


def text(separator: str, end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=SEPARATORS[separator], lineterminator=end, quoting=quoting).writerows(ROWS)
    return out.getvalue()


def read(path: Path, content: bytes, **more: Any) -> readers.Table:
    path.write_bytes(content)
    return readers.read(parse(Export, {"file": "x.csv", "reader": "csv", "sha256": "0" * 64, **more}, "e"), path)


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_every_form_reads_the_same(tmp_path: Path, separator: str, end: str, encoding: str) -> None:
    content = text(separator, end, csv.QUOTE_ALL).encode(encoding)
    table = read(tmp_path / "x.csv", content, separator=separator, encoding=encoding.removesuffix("-sig"))
    assert table.columns == tuple(ROWS[0])
    found = [["" if pd.isna(cell) else cell for cell in table.text(column)] for column in table.columns]
    assert found == [list(column) for column in zip(*ROWS[1:], strict=True)]


@pytest.mark.parametrize(
    ("separator", "encoding"),
    [*((separator, "utf-8-sig") for separator in SEPARATORS), ("tab", "utf-16")],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_cut_at_any_byte_is_refused_or_whole_records(
    tmp_path: Path, separator: str, end: str, encoding: str
) -> None:
    whole = text(separator, end, csv.QUOTE_ALL).encode(encoding)
    said = {"separator": separator, "encoding": encoding.removesuffix("-sig")}
    accepted = {}
    for size in range(len(whole)):
        try:
            accepted[size] = read(tmp_path / "x.csv", whole[:size], **said).n
        except Problem:
            continue
    assert list(accepted.values()) == [1, 2]
    for size, n in accepted.items():
        with pytest.raises(Problem, match=f"holds {n} rows, fewer than export.at_least"):
            read(tmp_path / "x.csv", whole[:size], at_least=3, **said)


@pytest.mark.parametrize(
    ("content", "more", "wrong"),
    [
        (b"a;b\n1;2\n", {"separator": "pipe"}, "the columns are separated by ';', not by '|'; put 'semicolon' under"),
        (b'a;b\n1;"2;x"\n', {}, "the columns are separated by ';', not by ','; put 'semicolon' under export.separator"),
        ("a,b\n1,2\n".encode("utf-16"), {}, "is UTF-16 and not utf-8; put 'utf-16' under export.encoding"),
        ("a,b\n1,é\n".encode("utf-16"), {"encoding": "utf-16", "header_row": 3}, "has 2 lines, so none is line 3"),
        (b"a,b\n1,2\n", {"header_row": 2}, "holds a header but no responses; export it again"),
        (b"a,b\n1,2,\n", {}, "1 row (line 2) is longer than the header (2 cells); the file is damaged"),
        (b"a,b,\n1,2,x\n", {}, "column 3 has no name"),
        (b"a,,b\n1,,2\n", {}, "column 2 has no name"),
        (b'a,b\n1,"2\n', {}, "line 2: a quoted cell has no end, so the file may be cut off"),
        (b"a,b\n1,\xff\n", {}, "is not utf-8: byte 7 cannot be read; find out how the file was saved"),
    ],
)
def test_what_is_broken_is_named(tmp_path: Path, content: bytes, more: dict, wrong: str) -> None:
    with pytest.raises(Problem) as caught:
        read(tmp_path / "x.csv", content, **more)
    assert len(caught.value.wrong) == 1
    assert caught.value.wrong[0].startswith(wrong)
