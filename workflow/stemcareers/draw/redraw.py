"""Draw a figure again from the rows beside it, without estimates, config or this project's data.

Beside `<id>.csv` lies `<id>.json`: how the figure is drawn, its heading, caption and text for those who do not see
it, and every answer that the study's labels gave while it was drawn. Both together make the same bytes.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, cast

import pandas as pd

from stemcareers import contracts, export
from stemcareers.config import Labels
from stemcareers.errors import Problem

WORDS = ("row", "series")
KEPT = ("drawn", "confidence_level", "heading", "caption", "alt", "synthetic", "labels")


class Noted:
    """The labels of a study, with every answer they gave noted down."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self.answers: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._labels, name)
        if not callable(found):
            self.answers[_asked(name, ())] = found
            return found

        def answer(*about: Any) -> Any:
            told = found(*about)
            self.answers[_asked(name, about)] = told
            return told

        return answer


class Remembered:
    """What labels answered when a figure was drawn.

    where  the file the answers lie in, for messages.
    """

    def __init__(self, answers: dict[str, Any], where: str) -> None:
        self._answers, self._where = answers, where

    def __getattr__(self, name: str) -> Any:
        if (alone := _asked(name, ())) in self._answers:
            return self._answers[alone]

        def answer(*about: Any) -> Any:
            asked = _asked(name, about)
            if asked not in self._answers:
                raise Problem(
                    self._where,
                    f"has no answer to '{name}': the rows are not those that were drawn; take csv and json of one run",
                )
            return self._answers[asked]

        return answer


def noted(labels: Labels) -> tuple[Labels, dict[str, Any]]:
    """The labels, and where what they answer is noted."""
    noting = Noted(labels)
    return cast("Labels", noting), noting.answers


def text(kept: dict[str, Any]) -> str:
    """What is kept of a figure, as the text of its json file."""
    return json.dumps(kept, ensure_ascii=False, indent=1) + "\n"


def remembered(answers: dict[str, Any], where: str) -> Labels:
    """Labels that answer as they did when a figure was drawn."""
    return cast("Labels", Remembered(answers, where))


def beside(path: Path) -> dict[str, Any]:
    """What lies in json beside a figure's csv.

    Raises Problem where one of the files is missing or is not what was written.
    """
    json_file = path.with_suffix(".json")
    absent = [f"{one.name} is missing; a figure is drawn from both" for one in (path, json_file) if not one.is_file()]
    if absent:
        raise Problem(path.as_posix(), *absent)
    try:
        kept = json.loads(json_file.read_text(encoding="utf-8"))
    except ValueError:
        kept = None
    without = [key for key in KEPT if key not in kept] if isinstance(kept, dict) else KEPT
    if without:
        raise Problem(json_file.as_posix(), f"is not what is kept of a figure: it has no {', '.join(without)}")
    return dict(kept)


def rows(content: bytes, where: str, contract: contracts.Contract = contracts.ESTIMATES) -> pd.DataFrame:
    """The estimates in a figure's csv, sorted by their key as in results/: without the words in front of them."""
    given = pd.read_csv(io.BytesIO(content), dtype="string", keep_default_na=False, na_filter=False)
    columns = {c.name: c for c in contract.columns}
    without = [name for name in (*WORDS, *columns) if name not in given.columns]
    if without:
        raise Problem(where, f"is not the csv of a figure: it has no column {', '.join(without)}")
    try:
        return contract.conform(pd.DataFrame({n: _typed(given[n], c.kind) for n, c in columns.items()}))
    except (ValueError, contracts.ContractBroken) as error:
        raise Problem(where, f"holds what a figure does not: {error}") from error


def _typed(column: pd.Series, kind: str) -> pd.Series:
    if kind == "text":
        return column.map(export.plain).astype(contracts.TYPES[kind])
    if kind == "flag":
        return column.map({"true": True, "false": False}).astype(contracts.TYPES[kind])
    return column.replace("", pd.NA).astype("Float64").astype(contracts.TYPES[kind])


def _asked(name: str, about: tuple[Any, ...]) -> str:
    """A question to the labels as text: `level("who_leads", "2")`, `units`."""
    return (
        f"{name}({', '.join(json.dumps(one, ensure_ascii=False, sort_keys=True) for one in about)})" if about else name
    )
