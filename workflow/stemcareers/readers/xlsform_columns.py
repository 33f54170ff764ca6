"""Which column of an export of KoboToolbox or ODK is which question of the form, or the box of which choice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from stemcareers.errors import Problem
from stemcareers.readers.records import SHOWN, short
from stemcareers.readers.table import Table
from stemcareers.readers.xlsform_form import Asked, Choice, Form

SEPARATORS = ("/", "-", ".", ":")  # between groups: Kobo's "/" unless chosen otherwise, ODK's "-"


@dataclass(frozen=True)
class Place:
    """What a column of an export is: a question, and of a question with boxes perhaps the box of a choice."""

    question: Asked
    name: str
    choice: Choice | None = None


def placed(table: Table, asked: Form) -> tuple[Table, dict[str, Place]]:
    """The table with names as headings, and what each column is. A Problem where labels fit two columns."""
    by_name = _by_name(asked)
    named = {name: by_name[name] for name in table.columns if name in by_name}
    ways = [_by_label(asked, language) for language in asked.languages]
    best = max(ways, key=lambda way: sum(key_of(name) in way for name in table.columns))
    labelled = {name: best[key_of(name)] for name in table.columns if key_of(name) in best and name not in by_name}
    if not named and not labelled:
        raise Problem(table.path, "none of its columns is a question of the form; is that the form of this export?")
    if len(labelled) <= len(named):
        return table, named
    several = [name for name, places in labelled.items() if len(places) > 1]
    names = {name: places[0].name for name, places in labelled.items()}
    twice = [name for name, times in Counter([*names.values(), *named]).items() if times > 1]
    if several or twice:
        raise Problem(
            table.path,
            *(
                f"'{short(name)}' is the label of {len(labelled[name])} questions; export again with XML values and "
                "headers"
                for name in several[:SHOWN]
            ),
            *(f"'{name}' has several columns; export again with XML values and headers" for name in twice[:SHOWN]),
        )
    cells = {names.get(name, name): column for name, column in table.cells.items()}
    return replace(table, cells=cells), {**named, **{places[0].name: places[0] for places in labelled.values()}}


def _by_name(asked: Form) -> dict[str, Place]:
    """Every heading by names that a column may have; the plain name only where no other question has it."""
    found: dict[str, Place] = {}
    times = Counter(question.name for question in asked.questions)
    for question in asked.questions:
        names = [sign.join((*question.groups, question.name)) for sign in SEPARATORS]
        for name in names + [question.name] * (times[question.name] == 1):
            found.setdefault(name, Place(question, name))
            for choice in question.choices if question.type == "select_multiple" else ():
                for sign in SEPARATORS:
                    found.setdefault(f"{name}{sign}{choice.name}", Place(question, f"{name}/{choice.name}", choice))
    return found


def _by_label(asked: Form, language: str) -> dict[str, list[Place]]:
    """Every heading by labels in a language: the columns it may stand for, with and without groups."""
    found: dict[str, list[Place]] = {}
    for question in asked.questions:
        label = question.labels.get(language) or question.name
        titles = [title.get(language) or group for title, group in zip(question.titles, question.groups, strict=True)]
        whole = "/".join((*question.groups, question.name))
        for name, heading in dict.fromkeys([(whole, "/".join((*titles, label))), (question.name, label)]):
            found.setdefault(key_of(heading), []).append(Place(question, name))
            for choice in question.choices if question.type == "select_multiple" else ():
                words = choice.labels.get(language) or choice.name
                place = Place(question, f"{name}/{choice.name}", choice)
                found.setdefault(key_of(f"{heading}/{words}"), []).append(place)
    # A question outside groups has the same heading either way.
    return {heading: list({place.name: place for place in places}.values()) for heading, places in found.items()}


def key_of(text: str) -> str:
    """A heading or label without blanks and capitals, by which it is recognised."""
    return "".join(text.split()).casefold()
