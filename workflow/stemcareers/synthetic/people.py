"""The people behind a made-up export and what they answer, before it is put into a survey tool's format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from random import Random
from statistics import NormalDist

from stemcareers.config import Draw, Recipe, StudyConfig
from stemcareers.config.fielded import fielded

Answer = int | float | str | None


@dataclass
class Person:
    """Who answers: a number of a school, and an answer to each item (None where there is none)."""

    school: int
    answers: dict[str, Answer] = field(default_factory=dict)


class Drawing:
    """Everything random about one wave. Each item has random numbers of its own: a new item changes no other."""

    def __init__(self, study: StudyConfig, wave_id: str, seed: int) -> None:
        self.recipe: Recipe = study.recipes[wave_id]
        wave = study.waves[wave_id]
        self.instrument = fielded(study.instruments[wave.instrument], wave)
        self._name = f"{seed} {study.id} {wave_id}"
        self._routes = self.instrument.routes()
        self._schools = self._draw_schools()

    def random(self, purpose: str) -> Random:
        """Random numbers for one purpose, the same on every machine and every version of Python from 3.2."""
        return Random(f"{self._name} {purpose}")

    def kept(self) -> list[Person]:
        """The people who count in the end. Their answers have the recipe's shares, exactly but for rounding."""
        people = [Person(school) for school in self._school_of_each()]
        scores: dict[str, list[float]] = {}
        for name in self._order():
            if name in self.recipe.traits:
                scores[name] = self._tendency(name, scores, len(people))
            else:
                self._answer(name, people, scores)
                scores[name] = _standardised([_place(self.recipe.items[name], p.answers[name]) for p in people])
        return people

    def passer_by(self, purpose: str) -> Person:
        """A person who does not count in the end: answers drawn one by one with the recipe's shares."""
        random = self.random(purpose)
        return self.same_again(Person(random.randrange(self.recipe.schools)), purpose)

    def same_again(self, person: Person, purpose: str) -> Person:
        """The same person answering anew: the school's answers stay, all others are drawn again."""
        random = self.random(f"{purpose} again")
        again = Person(person.school)
        for item in self._order():
            draw = self.recipe.items.get(item)
            if draw is None:
                continue
            value = self._schools[item][person.school] if draw.of == "school" else _by_chance(draw, random)
            again.answers[item] = value if self._asked(item, again) else None
        return again

    def _order(self) -> list[str]:
        after = {name: [*self.recipe.needs(name), *self._gates(name)] for name in self.recipe.traits}
        after |= {name: [*self.recipe.needs(name), *self._gates(name)] for name in self.recipe.items}
        return list(TopologicalSorter(after).static_order())

    def _gates(self, item: str) -> list[str]:
        return self._routes[item].gates() if item in self._routes else []

    def _asked(self, item: str, person: Person) -> bool:
        return item not in self._routes or self._routes[item].is_asked(person.answers)

    def _draw_schools(self) -> dict[str, list[Answer]]:
        found = {}
        for item, draw in self.recipe.items.items():
            if draw.of == "school":
                random = self.random(f"schools {item}")
                places = random.sample(range(self.recipe.schools), self.recipe.schools)
                found[item] = _spread_out(draw, places, [random.gauss(0, 1) for _ in places])
        return found

    def _school_of_each(self) -> list[int]:
        random = self.random("schools")
        schools = list(range(self.recipe.schools))
        twice = [random.randrange(self.recipe.schools) for _ in range(self.recipe.responses - self.recipe.schools)]
        return random.sample(schools + twice, self.recipe.responses)

    def _tendency(self, name: str, scores: dict[str, list[float]], n: int) -> list[float]:
        """How strongly each person tends to later codes: mean 0, variance 1, going with others as the recipe says."""
        needs = self.recipe.needs(name)
        known = [math.fsum(r * scores[other][i] for other, r in needs.items()) for i in range(n)]
        own = _without(_normal(self.random(name), n), known)
        left = 1 - math.fsum(k * k for k in known) / n
        # ASSUME: strengths that add up to more than the whole still leave every answer a twentieth of chance.
        share = math.sqrt(max(left, 0.05))
        return _standardised([k + share * o for k, o in zip(known, own, strict=True)])

    def _answer(self, item: str, people: Sequence[Person], scores: dict[str, list[float]]) -> None:
        draw, random = self.recipe.items[item], self.random(f"{item} answers")
        asked = [i for i, person in enumerate(people) if self._asked(item, person)]
        silent = random.sample(asked, len(asked))
        for person in people:
            person.answers[item] = None
        for answer, how_many in self._no_answers(item, draw):
            for _ in range(how_many):
                people[silent.pop()].answers[item] = answer
        answering = sorted(silent)
        if draw.of == "school":
            given = [self._schools[item][people[i].school] for i in answering]
        elif draw.texts:
            given = list(draw.texts[: len(answering)])
            answering = sorted(silent[: len(given)])
        else:
            tendency = self._tendency(item, scores, len(people))
            ranked = sorted(answering, key=lambda i: tendency[i])
            given, answering = _spread_out(draw, range(len(ranked)), [tendency[i] for i in ranked]), ranked
        for i, answer in zip(answering, given, strict=True):
            people[i].answers[item] = answer

    def _no_answers(self, item: str, draw: Draw) -> Iterable[tuple[Answer, int]]:
        yield None, draw.blank
        yield from draw.missing.items()
        if item in self.recipe.flaws.outside:
            yield self.recipe.flaws.outside[item], 1


def counts(shares: dict[int, float], n: int) -> dict[int, int]:
    """How many of n give each code: the shares in whole people, by largest remainder (earlier codes first in a tie)."""
    exact = {code: share * n / 100 for code, share in shares.items()}
    whole = {code: math.floor(x + 1e-9) for code, x in exact.items()}
    left = n - sum(whole.values())
    for code in sorted(exact, key=lambda c: whole[c] - exact[c])[:left]:
        whole[code] += 1
    return whole


def _spread_out(draw: Draw, places: Sequence[int], tendency: Sequence[float]) -> list[Answer]:
    """Answers for places 0, 1, ..., handed out in the order of `places`, by code or as skewed numbers."""
    answers: list[Answer] = [None] * len(places)
    if draw.number is not None:
        values: list[Answer] = [_skewed(draw, t) for t in tendency]
    else:
        values = [code for code, n in counts(draw.shares, len(places)).items() for _ in range(n)]
    for place, value in zip(places, values, strict=True):
        answers[place] = value
    return answers


def _place(draw: Draw, answer: Answer) -> float | None:
    """How far along an answer is: its place among the recipe's codes, or the number itself."""
    if draw.shares:
        return float(list(draw.shares).index(answer)) if answer in draw.shares else None
    return None if answer is None or isinstance(answer, str) else float(answer)


def _by_chance(draw: Draw, random: Random) -> Answer:
    if draw.number is not None:
        return _skewed(draw, random.gauss(0, 1))
    if draw.shares:
        return random.choices(list(draw.shares), list(draw.shares.values()))[0]
    return None


def _skewed(draw: Draw, tendency: float) -> int:
    number = draw.number
    assert number is not None
    # Log-normal, cut at two and a half standard deviations so that no school is absurd.
    return number.step * round(number.median * number.within ** max(-2.5, min(2.5, tendency)) / number.step)


def _normal(random: Random, n: int) -> list[float]:
    return [NormalDist().inv_cdf(random.random() or 0.5) for _ in range(n)]


def _without(values: list[float], other: list[float]) -> list[float]:
    """What is left of values when their straight-line part in `other` is taken away; mean 0, variance 1."""
    centred, by = _standardised(values), _standardised(other)
    slope = math.fsum(v * b for v, b in zip(centred, by, strict=True)) / len(values)
    return _standardised([v - slope * b for v, b in zip(centred, by, strict=True)])


def _standardised(values: Sequence[float | None]) -> list[float]:
    """Mean 0 and variance 1; a missing value stands at the mean. All 0 where the values do not differ."""
    there = [v for v in values if v is not None]
    mean = math.fsum(there) / len(there) if there else 0.0
    spread = math.sqrt(math.fsum((v - mean) ** 2 for v in there) / len(there)) if there else 0.0
    return [0.0 if v is None or spread == 0 else (v - mean) / spread for v in values]
