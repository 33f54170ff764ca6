"""All cases, and the table of what must come of each."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from bad_inputs import answers, exports, settings
from bad_inputs.cases import Case

COLUMNS = ["row", "through", "done", "comes_of_it"]
FILE = Path(__file__).with_name("table.csv")


def every() -> Iterator[Case]:
    """All cases, in the table's order."""
    yield from exports.cases()
    yield from answers.cases()
    yield from settings.cases()


def expected() -> dict[str, str]:
    """The name of a case: what must come of it."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {Case(r["row"], r["through"], r["done"], str).id: r["comes_of_it"] for r in csv.DictReader(file)}
