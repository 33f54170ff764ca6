"""What tests of readers share: an export as a wave file names it, a refusal in its exact words, cells as text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from stemcareers import readers
from stemcareers.config.entry import parse
from stemcareers.config.export import Export
from stemcareers.errors import Problem

SHA = "0" * 64


def export(reader: str, file: str = "x.csv", **more: object) -> Export:
    return parse(Export, {"file": file, "reader": reader, "sha256": SHA, **more}, "export")


def refused(call: Callable[[], object]) -> str:
    """What a Problem says, without the place, a sentence a line."""
    with pytest.raises(Problem) as caught:
        call()
    return "\n".join(caught.value.wrong)


def refusal(path: Path, one: Export) -> str:
    """What reading the file is refused with."""
    return refused(lambda: readers.read(one, path))


def cells(table: readers.Table, column: str) -> list[str | None]:
    return [None if pd.isna(value) else value for value in table.text(column)]
