"""`populations/<id>.csv`: known totals of a population, each with its source."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from stemcareers.config import csv_file
from stemcareers.config.calibration import CROSSED
from stemcareers.config.entry import Entry
from stemcareers.config.plain import Name, Number, Words
from stemcareers.errors import Problem


class Total(Entry):
    """How many of the population are in one level of a margin."""

    margin: Name = Field(description="an item of the context, or several categories joined by ' x '")
    level: Name | None = Field(
        None, description="a code of the item, or several joined by ' x ' in the same order; empty for a number"
    )
    total: Number = Field(description="how many of the population; of a number, its sum over the population")
    source: Words = Field(description="where the number comes from")


NUMBER = ""  # the level of a number, which has one total
Population = dict[str, dict[str, float]]


def read_population(path: Path) -> tuple[Population, list[str]]:
    """The totals by margin and level (that of a number is NUMBER), and every fault of the file."""
    rows, wrong = csv_file.rows(Total, path)
    found: Population = {}
    for row in rows:
        entry = row.entry
        if entry is None or None in (entry.margin, entry.total):
            continue
        level = NUMBER if entry.level is None else entry.level
        levels = found.setdefault(entry.margin, {})
        if level in levels:
            named = f"{entry.margin} {level}".strip()
            wrong.append(f"line {row.line}: {named} stands twice; a level has one total")
        if entry.total <= 0:
            wrong.append(f"line {row.line}, total: {entry.total:g} must be more than 0; leave out levels nobody is in")
        if len(entry.margin.split(CROSSED)) != len(level.split(CROSSED)):
            wrong.append(f"line {row.line}, level: '{level}' must name a code for each item of '{entry.margin}'")
        levels[level] = entry.total
    return found, wrong


def population(path: str | Path) -> Population:
    """The totals of a populations/<id>.csv by margin and level. Raises Problem with every fault of the file."""
    found, wrong = read_population(Path(path))
    if wrong:
        raise Problem(Path(path).as_posix(), *wrong)
    return found
