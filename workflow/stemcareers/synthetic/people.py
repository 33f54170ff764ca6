"""The people behind a made-up export and what they answer, before it is put into a survey tool's format."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from random import Random

from stemcareers.config import Bands, Draw, Recipe, StudyConfig
from stemcareers.config.fielded import fielded
from stemcareers.errors import Problem
from stemcareers.synthetic.panel import Panel, normal

Answer = int | float | str | None
Case = tuple[str, int] | None  # an item and the answer to it, by which other shares hold


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
        self._panel = Panel(self.recipe, self._name, f"{seed} {study.id} lasting")
        self._routes = self.instrument.routes()
        self._schools = self._draw_schools()

    def random(self, purpose: str) -> Random:
        """Random numbers for one purpose, the same on every machine and every version of Python from 3.2."""
        return Random(f"{self._name} {purpose}")

    def kept(self) -> list[Person]:
        """The people who count in the end. Their answers have the recipe's shares, exactly but for rounding."""
        people = self._who_answers()
        scores: dict[str, list[float]] = {}
        for name in self._order():
            if name in self.recipe.traits:
                scores[name] = self._tendency(name, scores, people)
            elif name in self.recipe.items:
                self._answer(name, people, scores)
                scores[name] = _standardised([_place(self.recipe.items[name], p.answers[name]) for p in people])
            else:
                kinds = list(self.recipe.informants.schools) if self.recipe.informants else []
                scores[name] = _standardised([float(kinds.index(p.answers[name])) for p in people])
        return people

    def passer_by(self, purpose: str) -> Person:
        """A person who does not count in the end: answers drawn one by one with the recipe's shares."""
        random = self.random(purpose)
        person = Person(random.randrange(self.recipe.schools))
        if (informants := self.recipe.informants) is not None:
            roles = informants.schools
            person.answers[informants.item] = random.choices(list(roles), list(roles.values()))[0]
        return self.same_again(person, purpose)

    def same_again(self, person: Person, purpose: str) -> Person:
        """The same person answering anew: the school's answers stay, all others are drawn again."""
        random = self.random(f"{purpose} again")
        told = [self.recipe.informants.item] if self.recipe.informants is not None else []
        again = Person(person.school, {item: person.answers.get(item) for item in told})
        for item in self._order():
            draw = self.recipe.items.get(item)
            if draw is None:
                continue
            asked = self._asked(item, again)
            if draw.of == "school":
                value = self._schools[item][person.school]
            elif draw.bands is not None:
                value = _banded(draw.bands, again.answers.get(draw.bands.of))
            else:
                shares = self._shares_of(item, self._case(item, again)) if asked or not draw.shares_by else {}
                value = _by_chance(draw, shares, random)
            again.answers[item] = value if asked else None
        return again

    def _order(self) -> list[str]:
        named = [*self.recipe.traits, *self.recipe.items]
        after = {name: [*self.recipe.after(name), *self._gates(name)] for name in named}
        return list(TopologicalSorter(after).static_order())

    def _gates(self, item: str) -> list[str]:
        return self._routes[item].gates() if item in self._routes else []

    def _asked(self, item: str, person: Person) -> bool:
        return item not in self._routes or self._routes[item].is_asked(person.answers)

    def _draw_schools(self) -> dict[str, list[Answer]]:
        found, schools = {}, self.recipe.schools
        for item, draw in self.recipe.items.items():
            if draw.of == "school":
                if item in self.recipe.lasting:
                    own = self._panel.of_schools(item)
                    places = sorted(range(schools), key=lambda school, own=own: own[school])
                    found[item] = _spread_out(draw, draw.shares, places, sorted(own))
                    continue
                random = self.random(f"schools {item}")
                places = random.sample(range(schools), schools)
                found[item] = _spread_out(draw, draw.shares, places, [random.gauss(0, 1) for _ in places])
        return found

    def _who_answers(self) -> list[Person]:
        """The people before they answer, in no order; of informants, one of each kind in as many schools as said."""
        if self.recipe.informants is None:
            return [Person(school) for school in self._school_of_each()]
        item = self.recipe.informants.item
        people = [Person(school, {item: code}) for school, code in self._panel.informants()]
        return self.random("order").sample(people, len(people))

    def _own(self, name: str, people: Sequence[Person]) -> list[float]:
        """What is a trait's or an item's own, one number a person; a shared trait's is that of the school."""
        if name in self.recipe.shared:
            of_school = self._panel.of_schools(name)
            return [of_school[person.school] for person in people]
        if name not in self.recipe.lasting:
            return _normal(self.random(name), len(people))
        return self._panel.of_people(name, [(person.school, self._kind(person)) for person in people])

    def _kind(self, person: Person) -> Answer:
        return person.answers[self.recipe.informants.item] if self.recipe.informants else None

    def _school_of_each(self) -> list[int]:
        random = self.random("schools")
        schools = list(range(self.recipe.schools))
        twice = [random.randrange(self.recipe.schools) for _ in range(self.recipe.responses - self.recipe.schools)]
        return random.sample(schools + twice, self.recipe.responses)

    def _tendency(self, name: str, scores: dict[str, list[float]], people: Sequence[Person]) -> list[float]:
        """How strongly each person tends to later codes: mean 0, variance 1, going with others as the recipe says."""
        needs, n = self.recipe.needs(name), len(people)
        known = [math.fsum(r * scores[other][i] for other, r in needs.items()) for i in range(n)]
        own = _without(self._own(name, people), known)
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
        elif draw.bands is not None:
            given = [_banded(draw.bands, people[i].answers.get(draw.bands.of)) for i in answering]
        else:
            tendency = self._tendency(item, scores, people)
            given, ranked = [], []
            for shares, alike in self._alike(item, answering, people):
                alike.sort(key=lambda i: tendency[i])
                given += _spread_out(draw, shares, range(len(alike)), [tendency[i] for i in alike])
                ranked += alike
            answering = ranked
        for i, answer in zip(answering, given, strict=True):
            people[i].answers[item] = answer

    def _alike(
        self, item: str, answering: Sequence[int], people: Sequence[Person]
    ) -> list[tuple[dict[int, float], list[int]]]:
        """Those who answer an item, apart where other shares hold for them."""
        found: dict[Case, list[int]] = {}
        for i in answering:
            found.setdefault(self._case(item, people[i]), []).append(i)
        return [(self._shares_of(item, case), alike) for case, alike in found.items()]

    def _case(self, item: str, person: Person) -> Case:
        """By which answer the shares of an item hold for somebody: the first item that has some for theirs, or none."""
        for other, cases in self.recipe.items[item].shares_by.items():
            its = self.recipe.items.get(other)
            of_school = its is not None and its.of == "school"
            answer = self._schools[other][person.school] if of_school else person.answers.get(other)
            if answer in cases:
                return other, int(answer)
        return None

    def _shares_of(self, item: str, case: Case) -> dict[int, float]:
        draw = self.recipe.items[item]
        if case is None and draw.shares_by and not draw.shares:
            raise Problem(
                f"items.{item}",
                "shares: is missing; somebody who answers has none of the answers under 'shares_by'",
            )
        return draw.shares if case is None else draw.shares_by[case[0]][case[1]]

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


def _spread_out(draw: Draw, shares: dict[int, float], places: Sequence[int], tendency: Sequence[float]) -> list[Answer]:
    """Answers for places 0, 1, ..., handed out in the order of `places`, by code or as skewed numbers."""
    answers: list[Answer] = [None] * len(places)
    if draw.number is not None:
        values: list[Answer] = [_skewed(draw, t) for t in tendency]
    else:
        values = [code for code, n in counts(shares, len(places)).items() for _ in range(n)]
    for place, value in zip(places, values, strict=True):
        answers[place] = value
    return answers


def _place(draw: Draw, answer: Answer) -> float | None:
    """How far along an answer is: its place among the recipe's codes, or the number itself."""
    if codes := draw.codes() or list(draw.bands.starts if draw.bands else ()):
        return float(codes.index(answer)) if answer in codes else None
    return None if answer is None or isinstance(answer, str) else float(answer)


def _banded(bands: Bands, answer: Answer) -> int | None:
    """The last code that starts at the answer to the other item or below; none where there is no such number."""
    if not isinstance(answer, int | float):
        return None
    return max((code for code, start in bands.starts.items() if start <= answer), key=bands.starts.get, default=None)


def _by_chance(draw: Draw, shares: dict[int, float], random: Random) -> Answer:
    if draw.number is not None:
        return _skewed(draw, random.gauss(0, 1))
    if shares:
        return random.choices(list(shares), list(shares.values()))[0]
    return None


def _skewed(draw: Draw, tendency: float) -> int:
    number = draw.number
    assert number is not None
    # Log-normal, cut at two and a half standard deviations so that no school is absurd.
    return number.step * round(number.median * number.within ** max(-2.5, min(2.5, tendency)) / number.step)


def _normal(random: Random, n: int) -> list[float]:
    return [normal(random) for _ in range(n)]


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
