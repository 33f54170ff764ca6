"""`quality:` of a wave: rules by which answers are judged, each with what is done where it is broken."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from stemcareers.config.entry import Entry
from stemcareers.config.plain import Code, ColumnId, Name, Words
from stemcareers.errors import did_you_mean

NEEDED = {
    "duplicate": (),
    "speeder": ("column",),
    "straight_line": ("items", "reversed"),
    "contradiction": ("answers",),
    "attention": ("column", "one_of"),
}
ALLOWED = {
    "duplicate": ("items", "within", "answered_at_least"),
    "speeder": ("column", "at_least", "share_of_median"),
    "straight_line": ("items", "reversed", "codes"),
    "contradiction": ("answers",),
    "attention": ("column", "one_of"),
}
FEWEST = 3  # items of a grid in which the same answer throughout says something


class QualityRule(Entry):
    """A way in which a response may be no good, and what is then done with it."""

    rule: Literal["duplicate", "speeder", "straight_line", "contradiction", "attention"] = Field(
        description=(
            "duplicate: the same answers as an earlier response; speeder: answered too fast; straight_line: the same "
            "code through a grid that runs both ways; contradiction: answers that cannot hold together; attention: a "
            "question with a prescribed answer"
        )
    )
    then: Literal["exclude", "flag"] = Field(
        description="exclude: left out, counted under the reason; flag: kept, and counted beside"
    )
    reason: Words = Field(description="what is wrong with the response, as the flow diagram prints it")
    items: list[ColumnId] = Field(
        default_factory=list, description="straight_line: the grid; duplicate: the items compared, all if left out"
    )
    reversed: list[ColumnId] = Field(
        default_factory=list, description="straight_line: the items of the grid that run the other way"
    )
    codes: list[int] = Field(
        default_factory=list,
        description="straight_line: the codes that count; leave out the middle one, which fits both ways. All if none",
    )
    within: Literal["school", "wave"] = Field("wave", description="duplicate: compared within a school, or the wave")
    answered_at_least: float = Field(
        0.5, gt=0, le=1, description="duplicate: the share of the items that must be answered to be compared"
    )
    column: Name | None = Field(None, description="speeder, attention: a column of the export")
    at_least: float | None = Field(None, description="speeder: the least it must hold, in the column's own unit")
    share_of_median: float | None = Field(
        None, gt=0, lt=1, description="speeder: the least, as a share of the median of the responses judged"
    )
    one_of: list[Code] = Field(default_factory=list, description="attention: the values that pass; a blank passes too")
    answers: dict[ColumnId, list[int]] = Field(
        default_factory=dict, description="contradiction: items and their codes, which cannot all hold together"
    )

    def faults(self) -> Iterable[str]:
        given = [name for name in dict.fromkeys(n for names in ALLOWED.values() for n in names) if self._given(name)]
        for name in given:
            if name not in ALLOWED[self.rule]:
                owners = [rule for rule, names in ALLOWED.items() if name in names]
                yield f"{name}: belongs to {' and '.join(owners)}, not to '{self.rule}'"
        yield from (f"{n}: is missing; '{self.rule}' needs it" for n in NEEDED[self.rule] if n not in given)
        if self.rule == "speeder" and ("at_least" in given) == ("share_of_median" in given):
            yield "at_least: a speeder needs one of at_least, share_of_median"
        if self.rule == "contradiction" and len(self.answers) == 1:
            yield "answers: a contradiction needs two items, or more"
        if self.rule == "straight_line":
            yield from self._grid_faults()

    def _grid_faults(self) -> Iterable[str]:
        if self.items and len(self.items) < FEWEST:
            yield f"items: a grid needs {FEWEST} items, or more; found {len(self.items)}"
        for item in self.reversed:
            if item not in self.items:
                yield f"reversed: '{item}' is not among the items of the grid{did_you_mean(item, self.items)}"
        if self.items and set(self.reversed) >= set(self.items):
            yield "reversed: holds the whole grid; where all items run one way, the same answer throughout is no fault"

    def _given(self, name: str) -> bool:
        return getattr(self, name) != type(self).model_fields[name].get_default(call_default_factory=True)
