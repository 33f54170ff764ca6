"""`config/project.yaml`: what holds for every study."""

from __future__ import annotations

from pydantic import Field, PrivateAttr

from stemcareers.config.entry import Entry
from stemcareers.config.plain import Words

SMALLEST_GROUP_FLOOR = 10


class Project(Entry):
    """Title, confidence level, smallest group shown, seed."""

    title: Words = Field(description="the name of the project, on every page")
    subtitle: Words = Field(description="one line under the title")
    confidence_level: float = Field(0.95, gt=0.5, lt=1, description="the level of every interval, 0.95 for 95 %")
    smallest_group: int = Field(
        SMALLEST_GROUP_FLOOR,
        ge=SMALLEST_GROUP_FLOOR,
        description="no group of fewer respondents is shown; 10 at least, more if you wish",
    )
    seed: int = Field(ge=0, description="the seed of everything random; any whole number")
    _across: bool = PrivateAttr(default=False)

    @property
    def across(self) -> bool:
        """True where `synthesis.yaml` stands beside the file: the report has a page across all studies."""
        return self._across
