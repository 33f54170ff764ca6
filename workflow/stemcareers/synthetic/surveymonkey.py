"""A made-up export in the format of SurveyMonkey's "all responses data", original layout, answers in words.

Two header rows: questions above the first of their columns, and below them 'Response', 'Open-Ended Response' or the
options. A ticked box holds the words of its option. UTF-8 with a byte order mark, lines ended by carriage return and
line feed. A column is called as the reader calls it: by its question, and its option where there are several.
See SurveyMonkey Help Center, "Exporting Survey Data".
"""

from __future__ import annotations

import csv
import datetime
import io

from stemcareers.config import StudyConfig
from stemcareers.synthetic.form import Form
from stemcareers.synthetic.people import Drawing
from stemcareers.synthetic.responses import Response, responses, school_code

ID, COLLECTOR, START, END, MAIL = "Respondent ID", "Collector ID", "Start Date", "End Date", "Email Address"
CUSTOM = ("Custom Data 1", "Custom Data 2")  # the person's and the school's own ids, from the list of invitations
ABOUT = (ID, COLLECTOR, START, END, "IP Address", MAIL, "First Name", "Last Name", *CUSTOM)
ONE, FREE = "Response", "Open-Ended Response"


def columns(study: StudyConfig, wave_id: str) -> list[str]:
    """The names of all columns, as the wave file calls them."""
    return [*ABOUT, *Form(study, wave_id).in_order()]


def export_bytes(study: StudyConfig, wave_id: str, drawing: Drawing) -> bytes:
    """The bytes of the export: the recipe's people, and the flaws it asks for."""
    form, wave = Form(study, wave_id), study.waves[wave_id]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows(_headers(form))
    random, number = drawing.random("rows"), 12_600_000_000
    for response in responses(wave, drawing):
        number += random.randrange(1_000, 90_000)
        row = _about(response, number)
        seen = form.in_order()[: round(len(form.questions) * response.progress / 100)]
        row |= {column: form.in_words(column, form.answer(column, response), random) for column in seen}
        writer.writerow([row.get(column, "") for column in [*ABOUT, *form.in_order()]])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def _headers(form: Form) -> tuple[list[str], list[str]]:
    """The two header rows; a question stands above the first of its options only."""
    first, second, before = list(ABOUT), [""] * len(ABOUT), ""
    for column in form.in_order():
        boxed = column in form.boxes or column in form.none
        question, _, option = column.rpartition(" - ") if boxed else (column, "", "")
        first.append("" if boxed and question == before else question)
        item = form.items.get(column)
        second.append(option or (FREE if item and form.study.answer_set(item).kind == "text" else ONE))
        before = question
    return first, second


def _about(response: Response, number: int) -> dict[str, str]:
    end = response.start + datetime.timedelta(seconds=response.seconds)
    row = {ID: str(number), COLLECTOR: "400120012", START: _moment(response.start), END: _moment(end)}
    return row | dict(zip(CUSTOM, (response.reference, school_code(response)), strict=True))


def _moment(moment: datetime.datetime) -> str:
    """As SurveyMonkey writes it: month first, twelve hours."""
    return moment.strftime("%m/%d/%Y %I:%M:%S %p")
