"""Read an export as it stands. An export format is a module here; its name is the word used in config."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from stemcareers import files
from stemcareers.config.wave import Export
from stemcareers.errors import Problem
from stemcareers.readers import (
    csv,
    excel,
    fixed_width,
    jisc,
    limesurvey,
    qualtrics,
    redcap,
    spss,
    stata,
    surveymonkey,
    xlsform,
)
from stemcareers.readers.joined import spread
from stemcareers.readers.letters import LOST, lost_letters
from stemcareers.readers.table import Table, canonical

__all__ = ["ROW_LIMITS", "Table", "canonical", "questionnaire", "read", "verify", "verify_all"]

MISSING = "the {} is missing; put it there, or run 'make fetch'"
READ = {
    "csv": csv.read,
    "excel": excel.read,
    "fixed_width": fixed_width.read,
    "jisc": jisc.read,
    "limesurvey": limesurvey.read,
    "qualtrics": qualtrics.read,
    "redcap": redcap.read,
    "spss": spss.read,
    "stata": stata.read,
    "surveymonkey": surveymonkey.read,
    "xlsform": xlsform.read,
}

NO_TEXT = ("excel", "spss", "stata")  # files whose letters cannot be looked for byte by byte

# Where programs stop without a word. Public Health England lost 15,841 cases at the first in 2020.
ROW_LIMITS = {
    65_536: "an old Excel sheet (.xls)",
    1_048_576: "an Excel sheet (.xlsx)",
    16_384: "a sheet of Excel 95",
    256: "a table whose rows are counted in one byte",
}


def questionnaire(export: Export, path: str | Path) -> Path | None:
    """Where the survey tool's own file of questions lies: beside the export; None where the wave names none."""
    return None if export.questionnaire is None else Path(path).parent / export.questionnaire.file


def verify_all(export: Export, path: str | Path) -> None:
    """Raise a Problem unless the export, and the questionnaire file beside it, are the ones the wave file names."""
    verify(path, export.sha256)
    beside = questionnaire(export, path)
    if beside is not None and export.questionnaire is not None:
        verify(beside, export.questionnaire.sha256, "questionnaire file", "export.questionnaire.sha256")


def verify(path: str | Path, sha256: str, what: str = "export", key: str = "export.sha256") -> None:
    """Raise a Problem unless the file is there and its bytes have this checksum.

    what, key   what the file is and where the wave file says its checksum, for the message.
    """
    where = Path(path).as_posix()
    if _leads_away(Path(path)):
        raise Problem(where, f"is a link that leads out of its folder; put the {what} itself there")
    if Path(path).exists() and not Path(path).is_file():
        raise Problem(where, f"is no plain file; put the {what} itself there")
    try:
        found = files.sha256(path)
    except FileNotFoundError:
        raise Problem(where, MISSING.format(what)) from None
    except OSError as error:
        raise Problem(where, f"cannot be read: {error.strerror}") from None
    if found != sha256:
        raise Problem(
            where,
            "is not the file that the wave file describes, so nothing was read:\n"
            f"  expected sha256 {sha256}\n"
            f"  found    sha256 {found}\n"
            "bring the right file back ('make fetch' does where it can); if this one is right, put its checksum "
            f"under {key}",
        )


def _leads_away(path: Path) -> bool:
    """Whether a file is a link to another folder; the folder itself may be one, to a disk that holds the data."""
    return path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(path.parent))


def read(export: Export, path: str | Path) -> Table:
    """The export as a table of text.

    Raises a Problem where the file is missing or broken, holds fewer rows than export.at_least, or ends exactly
    where a program would have cut it.
    """
    path = Path(path)
    try:
        table = READ[export.reader](export, path)
    except FileNotFoundError as error:
        beside = questionnaire(export, path)
        lost = beside is not None and error.filename is not None and Path(error.filename) == beside
        where, what = (beside, "questionnaire file") if lost else (path, "export")
        raise Problem(where.as_posix(), MISSING.format(what)) from None
    _refuse_row_counts(table, export.at_least)
    if export.reader in NO_TEXT or (sign := LOST.encode(export.encoding, "ignore")) and sign in path.read_bytes():
        table = replace(table, remarks=(*table.remarks, *lost_letters(table)))
    return spread(table, export.joined) if export.joined else table


def _refuse_row_counts(table: Table, at_least: int) -> None:
    n, sheet = table.n, table.n + table.header_rows
    if n == 0:
        raise Problem(table.path, "holds a header but no responses; export it again")
    if n < at_least:
        raise Problem(
            table.path,
            f"holds {n:,} rows, fewer than export.at_least ({at_least:,}) in the wave file; is the export complete?",
        )
    # Both counts: a sheet is full with its header, a query stops at so many responses.
    full = n if n in ROW_LIMITS else sheet if sheet in ROW_LIMITS else None
    if full is not None and at_least != n:
        headers = "" if full == n else " (headers counted)"
        raise Problem(
            table.path,
            f"holds exactly {full:,} rows{headers}, the most that {ROW_LIMITS[full]} can hold: rows after them may "
            f"be lost; if none are, say so in the wave file with export.at_least: {n}",
        )
