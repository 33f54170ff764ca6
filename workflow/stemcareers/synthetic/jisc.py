"""A made-up export in the format of Jisc Online Surveys (once BOS): "all responses, as text", one column a question.

One header row: Jisc's own columns, those of the list of invitations, then every question by its number and words.
Answers in words. UTF-8 with a byte order mark, lines ended by carriage return and line feed, quotes only where needed.
"""

from __future__ import annotations

import csv
import datetime
import io

from stemcareers.config import StudyConfig
from stemcareers.synthetic.form import Form
from stemcareers.synthetic.people import Drawing
from stemcareers.synthetic.responses import Response, responses, school_code, school_name

STARTED, COMPLETED, MAIL, NAME = "Started", "Completed", "Email address", "School name"
OTHER = "If you selected Other, please specify:"


def columns(study: StudyConfig, wave_id: str) -> list[str]:
    """The names of all columns, as the wave file calls them."""
    form = Form(study, wave_id)
    return [*_about(study, wave_id), *form.questions, *form.other_texts]


def export_bytes(study: StudyConfig, wave_id: str, drawing: Drawing) -> bytes:
    """The bytes of the export: the recipe's people, and the flaws it asks for."""
    form, about = Form(study, wave_id), _about(study, wave_id)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    asked = {c: form.wordings.get(c, OTHER) for c in [*form.questions, *form.other_texts]}
    writer.writerow([*about, *(f"{column}. {words}" for column, words in asked.items())])
    random, number = drawing.random("rows"), 1_000_000
    for response in responses(study.waves[wave_id], drawing):
        number += random.randrange(1, 400)
        row = _invited(study, wave_id, response, str(number))
        row |= {column: form.in_words(column, form.answer(column, response), random) for column in form.seen(response)}
        writer.writerow([row.get(column, "") for column in [*about, *asked]])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def _about(study: StudyConfig, wave_id: str) -> list[str]:
    wave = study.waves[wave_id]
    return list(dict.fromkeys([*wave.response, STARTED, COMPLETED, MAIL, *wave.person, *wave.school, NAME]))


def _invited(study: StudyConfig, wave_id: str, response: Response, number: str) -> dict[str, str]:
    """What Jisc and the list of invitations say of a response; who broke off has not completed."""
    wave = study.waves[wave_id]
    end = response.start + datetime.timedelta(seconds=response.seconds)
    row = {STARTED: str(response.start), COMPLETED: str(end) if response.progress == 100 else ""}
    row |= dict.fromkeys(wave.response, number) | dict.fromkeys(wave.person, response.reference)
    return row | dict.fromkeys(wave.school, school_code(response)) | {NAME: school_name(response)}
