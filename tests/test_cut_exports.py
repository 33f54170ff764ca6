"""An export that was cut off is refused, or it is a whole number of records and their number is known."""

from __future__ import annotations

from pathlib import Path

import pytest
from bad_inputs.exports import TEXT
from bad_inputs.fieldings import PEOPLE, WRITERS, Fielding
from stemcareers import readers
from stemcareers.config.entry import parse
from stemcareers.config.export import Export
from stemcareers.errors import Problem

STEPS = {"limesurvey": 3, "xlsform": 7}  # whose questionnaire file takes longer to read than the export
BINARY = ("excel", "spss", "stata")


def put(fielding: Fielding, folder: Path) -> Path:
    for name, content in fielding.files.items():
        (folder / name).write_bytes(content)
    return folder / fielding.name


def named(fielding: Fielding, **more: object) -> Export:
    names, sha256 = list(fielding.files), "0" * 64
    content = {"file": names[0], "reader": fielding.reader, "sha256": sha256, **fielding.export, **more}
    beside = {"questionnaire": {"file": names[1], "sha256": sha256}} if len(names) > 1 else {}
    return parse(Export, {**content, **beside}, "export")


def rows(table: readers.Table) -> list[tuple[str, ...]]:
    """The cells of every row that the file itself holds."""
    texts = [table.text(column).fillna("").tolist() for column in table.columns]
    return list(zip(*texts, strict=True))


@pytest.mark.parametrize("reader", TEXT)
def test_every_beginning_is_refused_or_whole_records(reader: str, tmp_path: Path) -> None:
    fielding = WRITERS[reader]()
    path, whole = put(fielding, tmp_path), fielding.content
    every = readers.read(named(fielding), path)
    known = rows(every)
    ends = {i + 1 for i, byte in enumerate(whole) if byte == ord("\n")}
    assert every.n == len(PEOPLE)
    accepted = {}
    for size in sorted({*range(0, len(whole), STEPS.get(reader, 1)), *ends} - {len(whole)}):
        path.write_bytes(whole[:size])
        with pytest.raises(Problem):
            readers.read(named(fielding, at_least=len(PEOPLE)), path)
        try:
            table = readers.read(named(fielding), path)
        except Problem:
            continue
        accepted[size] = table.n
        assert table.columns == every.columns
        assert rows(table) == known[: table.n]
    assert set(accepted) <= ends
    assert list(accepted.values()) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("reader", BINARY)
def test_no_beginning_of_a_binary_file_is_read(reader: str, tmp_path: Path) -> None:
    fielding = WRITERS[reader]()
    path, whole = put(fielding, tmp_path), fielding.content
    for size in [*range(0, len(whole), len(whole) // 60), len(whole) - 1]:
        path.write_bytes(whole[:size])
        with pytest.raises(Problem):
            readers.read(named(fielding), path)


LIMITS = [256, 16_384, 65_536, pytest.param(1_048_576, marks=pytest.mark.slow)]


@pytest.mark.parametrize("limit", LIMITS)
@pytest.mark.parametrize("off", [-2, -1, 0, 1])
def test_the_rows_that_a_program_holds_at_most(limit: int, off: int, tmp_path: Path) -> None:
    n, path = limit + off, tmp_path / "x.csv"
    path.write_text("id,a\n" + "".join(f"{i},1\n" for i in range(n)), encoding="utf-8")
    export = parse(Export, {"file": "x.csv", "reader": "csv", "sha256": "0" * 64}, "export")
    if off in (-2, 1):
        assert readers.read(export, path).n == n
        return
    with pytest.raises(Problem) as caught:
        readers.read(export, path)
    counted = "" if off == 0 else " (headers counted)"
    assert caught.value.wrong == (
        f"holds exactly {limit:,} rows{counted}, the most that {readers.ROW_LIMITS[limit]} can hold: rows after them "
        f"may be lost; if none are, say so in the wave file with export.at_least: {n}",
    )
    said = parse(Export, {"file": "x.csv", "reader": "csv", "sha256": "0" * 64, "at_least": n}, "export")
    assert readers.read(said, path).n == n
