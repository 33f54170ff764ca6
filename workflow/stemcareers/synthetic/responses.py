"""The rows of a made-up export before it has a format: who answers when, how far they come, and what is wrong."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from stemcareers.config import Wave
from stemcareers.synthetic.people import Drawing, Person

# As files of SPSS and Stata write them, whatever the machine speaks.
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass
class Response:
    """One row: the person, when, how far they came, and through which door."""

    person: Person
    reference: str
    start: datetime.datetime
    seconds: int
    progress: int = 100
    status: int = 0
    consent: int | None = None


def responses(wave: Wave, drawing: Drawing) -> list[Response]:
    """All rows in the order in which they were recorded."""
    flaws, consent, random = drawing.recipe.flaws, drawing.recipe.consent, drawing.random("times")
    given = consent.given if consent else None
    rows: list[Response] = []

    def add(person: Person, reference: str, **how: int | None) -> Response:
        rows.append(Response(person, reference, _moment(wave, random), _duration(random), **{"consent": given} | how))
        return rows[-1]

    references = _references(drawing)
    people = drawing.kept()
    for person in people:
        add(person, next(references))
    for again in random.sample(rows, flaws.earlier_answers):
        earlier = add(drawing.same_again(again.person, again.reference), again.reference)
        earlier.start, again.start = sorted((earlier.start, again.start))
    for number in range(flaws.previews):
        add(drawing.passer_by(f"preview {number}"), "", status=1)
    for number in range(flaws.break_offs):
        add(drawing.passer_by(f"break-off {number}"), next(references), progress=_progress(wave, random))
    for number in range(flaws.refusals):
        add(Person(drawing.random(f"refusal {number}").randrange(drawing.recipe.schools)), next(references))
        rows[-1].consent = consent.refused if consent else None
    return sorted(rows, key=lambda r: (r.start + datetime.timedelta(seconds=r.seconds), r.reference))


def _references(drawing: Drawing) -> Iterator[str]:
    enough = max(10_000, 20 * drawing.recipe.responses)
    numbers = range(1000, enough)
    return (f"P{number}" for number in drawing.random("references").sample(numbers, len(numbers)))


def _moment(wave: Wave, random: Random) -> datetime.datetime:
    first, last = wave.fielded
    days = [first + datetime.timedelta(days=d) for d in range((last - first).days + 1)]
    weekdays = [day for day in days if day.weekday() < 5] or days
    midnight = datetime.datetime.combine(random.choice(weekdays), datetime.time())
    return midnight + datetime.timedelta(seconds=random.randrange(8 * 3600, 18 * 3600))


def _duration(random: Random) -> int:
    return random.randrange(240, 1500)


def _progress(wave: Wave, random: Random) -> int:
    """How far somebody came who breaks off: short of the wave's condition on Progress."""
    least = [c.at_least for c in wave.keep_if if c.column == "Progress" and c.at_least is not None]
    return random.randrange(5, max(6, int(least[0]) if least else 60))


def school_code(response: Response) -> str:
    """The school as the study calls it, the same in every wave; nothing for a preview."""
    return f"S{response.person.school + 1:03d}" if response.reference else ""


def school_name(response: Response) -> str:
    """A name that no real school has."""
    return f"Made-up School {response.person.school + 1}" if response.reference else ""


def codes_of_the_wave(drawing: Drawing) -> list[str]:
    """A code for each school that it has in this wave alone, for surveys that draw their schools anew each time."""
    numbers = drawing.random("codes of schools").sample(range(10_000_000, 100_000_000), drawing.recipe.schools)
    return [f"C{number}" for number in numbers]
