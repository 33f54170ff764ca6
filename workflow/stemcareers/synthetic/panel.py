"""What of a school, and of who answers there, is the same in every wave of a made-up study."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from random import Random
from statistics import NormalDist

from stemcareers.config import Recipe


class Panel:
    """The schools of a recipe, numbered from 0 the same way in every wave, and random numbers that stay with them.

    wave     names the wave's own random numbers.
    lasting  names those that all waves of the study share.
    """

    def __init__(self, recipe: Recipe, wave: str, lasting: str) -> None:
        self._recipe, self._wave, self._lasting = recipe, wave, lasting

    def informants(self) -> list[tuple[int, int]]:
        """School and kind of everybody who answers: the first kind in every school that takes part."""
        informants = self._recipe.informants
        assert informants is not None
        found: list[tuple[int, int]] = []
        inside: Sequence[int] = range(self._recipe.schools)
        for code, many in informants.schools.items():
            own = self.of_people(informants.item, [(school, code) for school in inside], str(code))
            chosen = sorted(zip(own, inside, strict=True))[:many]
            schools = sorted(school for _, school in chosen)
            inside = inside if found else schools
            found += [(school, code) for school in schools]
        return found

    def of_schools(self, name: str) -> list[float]:
        """A number for each school."""
        return self.of_people(name, [(school, None) for school in range(self._recipe.schools)])

    def of_people(self, name: str, people: Iterable[tuple[int, object]], purpose: str = "") -> list[float]:
        """A standard normal number for each person, given by school and kind; in part the same in every wave."""
        random = Random(f"{self._wave} {name} {purpose}".rstrip())
        lasting = self._recipe.lasting.get(name, 0.0)
        found = []
        for school, kind in people:
            stays = normal(Random(f"{self._lasting} {name} {school} {'' if kind is None else kind}"))
            found.append(math.sqrt(lasting) * stays + math.sqrt(1 - lasting) * normal(random))
        return found


def normal(random: Random) -> float:
    """The next standard normal number, the same on every machine."""
    return NormalDist().inv_cdf(random.random() or 0.5)
