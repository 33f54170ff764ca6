"""`crosswalk.csv`: schools that have another id in a later wave, and which schools of several waves are the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from stemcareers.config import csv_file
from stemcareers.config.entry import Entry
from stemcareers.config.plain import Day, FileId, Name, Words
from stemcareers.errors import Problem

FILE = "crosswalk.csv"
MERGED = "merged"


class Crossing(Entry):
    """A school of one wave, and what the waves after it call it."""

    wave: FileId = Field(description="the last wave in which the school has this id")
    school: Name = Field(description="its id there; several columns joined by '-'")
    becomes: Name = Field(description="its id in the waves after it")
    since: Day = Field(description="from when it has that id")
    kind: Literal["same", "renamed", "merged", "new_number"] = Field(
        description="same: the id is the same, and the school is too; renamed; merged with another; a new number"
    )
    because: Words = Field(description="how that is known")

    def faults(self) -> Iterable[str]:
        if (self.school == self.becomes) != (self.kind == "same"):
            what = "is the id it had; say 'same' under kind" if self.school == self.becomes else "is another id"
            yield f"becomes: {what}{'' if self.school == self.becomes else ', and kind is same; keep one'}"


def read_crosswalk(path: Path) -> tuple[list[Crossing], list[str]]:
    """The rows that can be read, and every fault of the file. No school is named in what is told."""
    rows, wrong = csv_file.rows(Crossing, path)
    found: list[Crossing] = []
    known: dict[tuple[str, str], int] = {}
    for row in rows:
        entry = row.entry
        if entry is None or not entry.whole:
            continue
        first = known.setdefault((entry.wave, entry.school), row.line)
        if first != row.line:
            wrong.append(f"line {row.line}, school: stands in line {first} too; a school of a wave has one row")
        else:
            found.append(entry)
    return found, wrong


def crosswalk(path: str | Path) -> list[Crossing]:
    """The rows of a crosswalk.csv. Raises Problem with every fault of the file."""
    found, wrong = read_crosswalk(Path(path))
    if wrong:
        raise Problem(Path(path).as_posix(), *wrong)
    return found


@dataclass(frozen=True)
class Links:
    """Which schools of several waves are the same.

    panel      whether equal ids are the same school.
    crossings  schools that are called otherwise later.
    """

    panel: bool = False
    crossings: Sequence[Crossing] = ()

    def any(self) -> bool:
        """Whether any school may be found again; else every wave has schools of its own."""
        return self.panel or bool(self.crossings)

    def names(self, schools: Mapping[str, Iterable[str]]) -> dict[str, dict[str, str]]:
        """For each wave, a name for each of its schools, the same for the same school: the last id it has.

        schools  the ids in each wave, the waves in the order in which they were fielded.

        A school that is not linked is called `wave:id`. Raises a Problem where an id that a school was given
        belonged to another school before, and the crosswalk does not say that the two merged.
        """
        order = {wave: place for place, wave in enumerate(schools)}
        ids = {wave: set(of_wave) for wave, of_wave in schools.items()}
        self._refuse_two_in_one(ids, order)
        return {wave: {one: self._name(one, place, order) for one in ids[wave]} for wave, place in order.items()}

    def _name(self, school: str, place: int, order: Mapping[str, int]) -> str:
        before = any(c.becomes == school and order.get(c.wave, place) < place for c in self.crossings)
        linked, current, at = self.panel or before, school, place
        while True:
            later = [
                c
                for c in self.crossings
                if c.school == current and (order.get(c.wave, -1) >= at if linked else order.get(c.wave, -1) == at)
            ]
            if not later:
                break
            crossing = min(later, key=lambda c: order[c.wave])
            linked, current, at = True, crossing.becomes, order[crossing.wave] + 1
        wave = next(name for name, its in order.items() if its == place)
        return current if linked else f"{wave}:{school}"

    def _refuse_two_in_one(self, ids: Mapping[str, set[str]], order: Mapping[str, int]) -> None:
        wrong = []
        for crossing in self.crossings:
            place = order.get(crossing.wave, -1)
            taken = crossing.becomes in ids.get(crossing.wave, ()) and (crossing.wave, crossing.becomes) not in {
                (c.wave, c.school) for c in self.crossings
            }
            if place >= 0 and taken and crossing.kind not in (MERGED, "same"):
                wrong.append(
                    f"a school of wave {crossing.wave} is said to have another id later ({crossing.kind}) that another "
                    "school of the same wave has already; say 'merged' under kind, or give the other school a row too"
                )
        if wrong:
            raise Problem(FILE, *dict.fromkeys(wrong))
