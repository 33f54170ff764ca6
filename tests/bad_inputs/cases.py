"""A case: a row of the table, what is done to a good input, and what came of it in words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stemcareers.errors import Problem, Problems

from bad_inputs.fieldings import Fielding, Outcome, through

NOTHING = "nothing"
LEFT_OUT = ("no response id", "exported twice", "answered twice; the later answer counts", "preview or test")


@dataclass(frozen=True)
class Case:
    """row: which promise it is about (I4, S13); through: the reader, or 'config'; done: what was done, in words."""

    row: str
    through: str
    done: str
    outcome: Callable[[Path], str]

    @property
    def id(self) -> str:
        return f"{self.row} {self.through}: {self.done}"


def exported(row: str, done: str, given: Callable[[], Fielding], reader: str) -> Case:
    """A case of a bad export, through all stages up to the scores."""
    return Case(row, reader, done, lambda folder: came_of(lambda: through(given(), folder), folder))


def came_of(call: Callable[[], Outcome | None], folder: Path) -> str:
    """What was refused, set aside, left out or told; 'nothing' where all passed in silence."""
    try:
        outcome = call()
    except (Problem, Problems) as problem:
        return f"refused: {_plain(problem, folder)}"
    return _counted(outcome) if outcome is not None else NOTHING


def _plain(problem: Problem | Problems, folder: Path) -> str:
    problems = problem.problems if isinstance(problem, Problems) else (problem,)
    said = " | ".join(f"{one.where}: {' | '.join(one.wrong)}" for one in problems)
    said = re.sub("[0-9a-f]{64}", "<sha256>", said.replace(f"{folder.as_posix()}/", "").replace("\n", " "))
    return re.sub(r"bytes from [0-9,]+,", "bytes from <some>,", said)  # how well zlib packs differs


def _counted(outcome: Outcome) -> str:
    said = [f"set aside: {n} x {item or 'response'} {reason}" for (item, reason), n in outcome.refused.items()]
    said += [f"left out: {n} x {reason}" for reason, n in outcome.flow.items() if reason in LEFT_OUT and n]
    said += [f"told: {remark}" for remark in outcome.ingested.remarks]
    return "; ".join(said) or NOTHING
