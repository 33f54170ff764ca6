"""A made-up export in the format of Qualtrics' "Download as CSV, use numeric values, one column a box".

Three header rows (column names, question texts, import ids as JSON), then a row a response in the order in which they
were recorded. UTF-8 without byte order mark, lines ended by a line feed, quotes only where needed.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from stemcareers.config import StudyConfig, Wave
from stemcareers.config.fielded import fielded
from stemcareers.synthetic.people import Answer, Drawing, Person

# What Qualtrics puts before the questions: column, text, import id.
ABOUT = (
    ("StartDate", "Start Date", "startDate"),
    ("EndDate", "End Date", "endDate"),
    ("Status", "Response Type", "status"),
    ("IPAddress", "IP Address", "ipAddress"),
    ("Progress", "Progress", "progress"),
    ("Duration (in seconds)", "Duration (in seconds)", "duration"),
    ("Finished", "Finished", "finished"),
    ("RecordedDate", "Recorded Date", "recordedDate"),
    ("ResponseId", "Response ID", "_recordId"),
    ("RecipientLastName", "Recipient Last Name", "recipientLastName"),
    ("RecipientFirstName", "Recipient First Name", "recipientFirstName"),
    ("RecipientEmail", "Recipient Email", "recipientEmail"),
    ("ExternalReference", "External Data Reference", "externalDataReference"),
    ("LocationLatitude", "Location Latitude", "locationLatitude"),
    ("LocationLongitude", "Location Longitude", "locationLongitude"),
    ("DistributionChannel", "Distribution Channel", "distributionChannel"),
    ("UserLanguage", "User Language", "userLanguage"),
)
ABOUT_TEXTS = {column: text for column, text, _import_id in ABOUT}
IMPORT_IDS = {column: import_id for column, _text, import_id in ABOUT}
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
NONE_OF_THESE = "None of these"


@dataclass
class _Response:
    """One row: the person, when, how far they came, and through which door."""

    person: Person
    reference: str
    start: datetime.datetime
    seconds: int
    progress: int = 100
    status: int = 0
    consent: int | None = None


def export_bytes(study: StudyConfig, wave_id: str, drawing: Drawing) -> bytes:
    """The bytes of the export: the recipe's people, and the flaws it asks for."""
    sheet = Sheet(study, wave_id)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(sheet.columns)
    writer.writerow([sheet.texts[column] for column in sheet.columns])
    writer.writerow([sheet.import_id(column) for column in sheet.columns])
    random = drawing.random("rows")
    for response in _responses(study.waves[wave_id], drawing):
        row = sheet.row(response, random)
        writer.writerow([row.get(column, "") for column in sheet.columns])
    return text.getvalue().encode("utf-8")


def _responses(wave: Wave, drawing: Drawing) -> list[_Response]:
    """All rows in the order in which they were recorded."""
    flaws, consent, random = drawing.recipe.flaws, drawing.recipe.consent, drawing.random("times")
    given = consent.given if consent else None
    rows: list[_Response] = []

    def add(person: Person, reference: str, **how: int | None) -> _Response:
        rows.append(_Response(person, reference, _moment(wave, random), _duration(random), **{"consent": given} | how))
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


class Sheet:
    """The columns of the export and what stands in them."""

    def __init__(self, study: StudyConfig, wave_id: str) -> None:
        self.wave = study.waves[wave_id]
        self.instrument = fielded(study.instruments[self.wave.instrument], self.wave)
        self.recipe = study.recipes[wave_id]
        consent = self.recipe.consent
        self.items = self.instrument.columns()
        self.none = {t.none: t for t in self.instrument.ticks.values() if t.none}
        self.boxes = {c: t for t in self.instrument.ticks.values() for c in t.items}
        questions = [*self.items, *self.none, *([consent.column] if consent else [])]
        named = [c for c in [*self.wave.response, *self.wave.person, *self.wave.school] if c not in ABOUT_TEXTS]
        named += self.instrument.other_texts()
        self.questions = sorted(questions, key=_natural)
        self.columns = [*ABOUT_TEXTS, *self.questions, *named]
        self.texts = ABOUT_TEXTS | {c: study.items[i].wording for c, i in self.items.items()}
        self.texts |= {c: f"{_stem(study, list(t.items.values())[0])}{NONE_OF_THESE}" for c, t in self.none.items()}
        self.texts |= {consent.column: consent.wording} if consent else {}
        self.texts |= {c: c for c in named}

    def import_id(self, column: str) -> str:
        """The third header row: Qualtrics' own name of a column, as JSON."""
        found = {"ImportId": IMPORT_IDS.get(column, re.sub(r"^Q(?=\d)", "QID", column))}
        if column.endswith("Date"):
            found["timeZone"] = "Europe/London"
        return json.dumps(found, separators=(",", ":"))

    def row(self, response: _Response, random: Random) -> dict[str, object]:
        """What stands in each column; nothing where a column is not named."""
        end = response.start + datetime.timedelta(seconds=response.seconds)
        row: dict[str, object] = {
            "StartDate": response.start,
            "EndDate": end,
            "Status": response.status,
            "Progress": response.progress,
            "Duration (in seconds)": response.seconds,
            "Finished": int(response.progress == 100),
            "RecordedDate": end + datetime.timedelta(seconds=1),
            "DistributionChannel": "preview" if response.status == 1 else "email",
            "UserLanguage": "EN-GB",
        }
        row |= dict.fromkeys(self.wave.response, "R_" + "".join(random.choices(LETTERS, k=15)))
        row |= dict.fromkeys(self.wave.person, response.reference)
        row |= dict.fromkeys(self.wave.school, f"S{response.person.school + 1:03d}" if response.reference else "")
        seen = self.questions[: round(len(self.questions) * response.progress / 100)]
        row |= {c: self._cell(c, response, random) for c in seen}
        return row

    def _cell(self, column: str, response: _Response, random: Random) -> Answer:
        answers, consent = response.person.answers, self.recipe.consent
        if consent and column == consent.column:
            return response.consent
        if column in self.none:
            ticks = self.none[column]
            asked = ticks.is_asked(answers)
            answered = [answers.get(i) for i in ticks.items.values()]
            return 1 if asked and all(a == 0 for a in answered) else None
        answer = answers.get(self.items[column])
        if column in self.boxes:
            return 1 if answer == 1 else None
        return self._export_code(column, answer, random)

    def _export_code(self, column: str, answer: Answer, random: Random) -> Answer:
        meant = [exported for exported, code in self.instrument.questions[column].codes.items() if code == answer]
        return random.choice(meant) if meant else answer


def _stem(study: StudyConfig, item: str) -> str:
    stem, dash, _box = study.items[item].wording.rpartition(" - ")
    return stem + dash


def _natural(column: str) -> list[tuple[int, int, str]]:
    """Q2 before Q10: numbers by value, words by letter."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", column)]
