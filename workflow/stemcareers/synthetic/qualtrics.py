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
from random import Random

from stemcareers.config import StudyConfig
from stemcareers.synthetic.form import Form
from stemcareers.synthetic.people import Answer, Drawing
from stemcareers.synthetic.responses import Response, responses, school_code

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


def columns(study: StudyConfig, wave_id: str) -> list[str]:
    """The names of all columns, as the wave file calls them."""
    return Sheet(study, wave_id).columns


def export_bytes(study: StudyConfig, wave_id: str, drawing: Drawing) -> bytes:
    """The bytes of the export: the recipe's people, and the flaws it asks for."""
    sheet = Sheet(study, wave_id)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(sheet.columns)
    writer.writerow([sheet.texts[column] for column in sheet.columns])
    writer.writerow([sheet.import_id(column) for column in sheet.columns])
    random = drawing.random("rows")
    for response in responses(study.waves[wave_id], drawing):
        row = sheet.row(response, random)
        writer.writerow([row.get(column, "") for column in sheet.columns])
    return text.getvalue().encode("utf-8")


class Sheet:
    """The columns of the export and what stands in them."""

    def __init__(self, study: StudyConfig, wave_id: str) -> None:
        self.wave = study.waves[wave_id]
        self.form = Form(study, wave_id)
        named = [c for c in [*self.wave.response, *self.wave.person, *self.wave.school] if c not in ABOUT_TEXTS]
        named += self.form.other_texts
        self.columns = [*ABOUT_TEXTS, *self.form.questions, *named]
        self.texts = ABOUT_TEXTS | self.form.wordings | {c: c for c in named}

    def import_id(self, column: str) -> str:
        """The third header row: Qualtrics' own name of a column, as JSON."""
        found = {"ImportId": IMPORT_IDS.get(column, re.sub(r"^Q(?=\d)", "QID", column))}
        if column.endswith("Date"):
            found["timeZone"] = "Europe/London"
        return json.dumps(found, separators=(",", ":"))

    def row(self, response: Response, random: Random) -> dict[str, object]:
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
        row |= dict.fromkeys(self.wave.school, school_code(response))
        row |= {c: self._cell(c, response, random) for c in self.form.seen(response)}
        return row

    def _cell(self, column: str, response: Response, random: Random) -> Answer:
        answer = self.form.answer(column, response)
        if column in self.form.boxes:
            return 1 if answer == 1 else None
        return self.form.exported(column, answer, random)
