"""An SPSS file (.sav): numbers and text with labels and declared missing codes.

A code that the file declares missing comes out as that code, never as a blank: which reason it stands for is
said in answers.yaml.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from stemcareers.config.wave import Export
from stemcareers.errors import Problem
from stemcareers.readers.records import MOJIBAKE
from stemcareers.readers.table import Table, canonical

WRONG_ENCODING = "cannot be read as {}; put the file's encoding under export.encoding in the wave file"


def read(export: Export, path: Path) -> Table:
    """The table of an SPSS file. Raises a Problem where it is broken or its text was spoilt."""
    frame, known = _file(export, path)
    table = Table(
        path.as_posix(),
        {name: frame[name].to_numpy() for name in frame.columns},
        header_rows=0,
        encoding=known.file_encoding or export.encoding,
        wordings={k: v for k, v in known.column_names_to_labels.items() if v},
        labels={
            column: {canonical(code): " ".join(str(label).split()) for code, label in labels.items()}
            for column, labels in known.variable_value_labels.items()
        },
        missing={column: tuple((r["lo"], r["hi"]) for r in ranges) for column, ranges in known.missing_ranges.items()},
    )
    _refuse_spoilt_text(table)
    return table


def _file(export: Export, path: Path) -> tuple[Any, Any]:
    import pyreadstat

    where = path.as_posix()
    if path.stat().st_size == 0:
        raise Problem(where, "the file is empty (0 bytes); export it again")
    # The file itself names its encoding; the wave file only overrules it.
    encoding = None if export.encoding == "utf-8" else export.encoding
    try:
        return pyreadstat.read_sav(path, user_missing=True, encoding=encoding)
    except UnicodeDecodeError:
        raise Problem(where, WRONG_ENCODING.format(export.encoding)) from None
    except pyreadstat.ReadstatError as error:
        fault = str(error).strip().rstrip(".")
        if "convert" in fault.lower() or "encoding" in fault.lower():
            raise Problem(where, WRONG_ENCODING.format(export.encoding)) from None
        raise Problem(
            where, f"is not a whole SPSS file ({fault[:1].lower()}{fault[1:]}); fetch or export it again"
        ) from None


def _refuse_spoilt_text(table: Table) -> None:
    known = {*table.wordings.values(), *(label for labels in table.labels.values() for label in labels.values())}
    wrong = ["the labels hold"] if any(MOJIBAKE.search(text) for text in known if not text.isascii()) else []
    for column, cells in table.cells.items():
        if cells.dtype == np.dtype(object) and any(
            MOJIBAKE.search(text) for text in set(cells.tolist()) if isinstance(text, str) and not text.isascii()
        ):
            wrong.append(f"'{column}' holds")
    if wrong:
        raise Problem(
            table.path,
            *(
                f"{holder} letters that were spoilt when UTF-8 was read as another encoding; "
                "the fault is in the file, so export it again as UTF-8"
                for holder in wrong
            ),
        )
