"""A made-up export as a plain csv file: one header row, a row a response, as the wave file says it is written.

Separator, decimal sign and encoding are those under `export`; lines end with a line feed, quotes only where needed.
Cells hold the codes that the export has for the answers, which may be words.
"""

from __future__ import annotations

import csv
import io
from random import Random

from stemcareers.config import StudyConfig
from stemcareers.config.export import SEPARATORS
from stemcareers.synthetic.form import Form
from stemcareers.synthetic.people import Answer, Drawing
from stemcareers.synthetic.responses import Response, responses, school_code, school_name

NAME = "School name"


def columns(study: StudyConfig, wave_id: str) -> list[str]:
    """The names of all columns, as the wave file calls them."""
    wave, form = study.waves[wave_id], Form(study, wave_id)
    about = [*wave.response, *wave.school, *wave.person, NAME]
    return [*dict.fromkeys(about), *form.in_order()]


def export_bytes(study: StudyConfig, wave_id: str, drawing: Drawing) -> bytes:
    """The bytes of the export: the recipe's people, and the flaws it asks for."""
    wave, form, header = study.waves[wave_id], Form(study, wave_id), columns(study, wave_id)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=SEPARATORS[wave.export.separator], lineterminator="\n")
    writer.writerow(header)
    random = drawing.random("rows")
    for number, response in enumerate(responses(wave, drawing), start=1):
        row: dict[str, object] = {NAME: school_name(response)}
        row |= dict.fromkeys(wave.school, school_code(response)) | dict.fromkeys(wave.person, response.reference)
        row |= dict.fromkeys(wave.response, f"R{number:05d}")
        row |= {c: _cell(form, c, response, random, wave.export.decimal) for c in form.seen(response)}
        writer.writerow([row.get(column, "") for column in header])
    return text.getvalue().encode(wave.export.encoding)


def _cell(form: Form, column: str, response: Response, random: Random, decimal: str) -> Answer:
    answer = form.answer(column, response)
    if column in form.boxes:
        return 1 if answer == 1 else None
    meant = form.exported(column, answer, random)
    return f"{meant:g}".replace(".", decimal) if isinstance(meant, float) else meant
