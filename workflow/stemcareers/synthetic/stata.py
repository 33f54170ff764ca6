"""A made-up export as a Stata file (.dta, release 118): codes with labels, wordings as labels of variables.

What is no answer stands as Stata's extended missing values, in the order of the codes of the answer set: .a, .b, ...
Boxes are 1 and 0. The moment of writing, which every Stata file carries, is set to the last day of the fieldwork: the
same config gives the same bytes.
See StataCorp, "help dta" (release 118), section 5.1: the header.
"""

from __future__ import annotations

import datetime
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from stemcareers.config import StudyConfig
from stemcareers.synthetic.form import Form
from stemcareers.synthetic.people import Answer, Drawing
from stemcareers.synthetic.responses import MONTHS, Response, responses, school_code

if TYPE_CHECKING:
    import pandas as pd

VERSION = 15  # of Stata; its files are of release 118
LETTERS = "abcdefghijklmnopqrstuvwxyz"
WORDING = 80  # characters that the label of a variable holds
MOMENT = re.compile(rb"<timestamp>\x11.{17}</timestamp>")


def columns(study: StudyConfig, wave_id: str) -> list[str]:
    """The names of all columns, as the wave file calls them."""
    wave, form = study.waves[wave_id], Form(study, wave_id)
    return [*dict.fromkeys([*wave.response, *wave.school, *wave.person, "interviewed"]), *form.in_order()]


def export_bytes(study: StudyConfig, wave_id: str, drawing: Drawing) -> bytes:
    """The bytes of the export: the recipe's people, and the flaws it asks for."""
    import pandas as pd
    import pyreadstat

    wave, form, names = study.waves[wave_id], Form(study, wave_id), columns(study, wave_id)
    rows = [_row(study, wave_id, form, n, r) for n, r in enumerate(responses(wave, drawing), start=1)]
    frame = pd.DataFrame({name: _column([row[name] for row in rows]) for name in names})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / wave.export.file
        pyreadstat.write_dta(
            frame,
            path,
            version=VERSION,
            column_labels={c: w[:WORDING] for c, w in form.wordings.items()},
            variable_value_labels={c: labels for c in form.in_order() if (labels := _labels(form, c))},
            missing_user_values={c: list(letters.values()) for c in form.in_order() if (letters := _letters(form, c))},
        )
        return _written_on(wave.fielded[1], path.read_bytes())


def _row(study: StudyConfig, wave_id: str, form: Form, number: int, response: Response) -> dict[str, Answer]:
    wave = study.waves[wave_id]
    row: dict[str, Answer] = dict.fromkeys(columns(study, wave_id))
    row |= {"interviewed": response.start.date().isoformat()}
    row |= dict.fromkeys(wave.school, school_code(response)) | dict.fromkeys(wave.person, response.reference)
    row |= dict.fromkeys(wave.response, f"S{number:04d}")
    for column in form.seen(response):
        answer = form.answer(column, response)
        row[column] = _letters(form, column).get(answer, answer) if isinstance(answer, int) else answer
    return row


def _letters(form: Form, column: str) -> dict[int, str]:
    """The letter of the extended missing value for each code that is no answer."""
    item = form.items.get(column)
    return dict(zip(form.study.answer_set(item).missing, LETTERS, strict=False)) if item else {}


def _labels(form: Form, column: str) -> dict[int | str, str]:
    item = form.items.get(column)
    if item is None:
        return {}
    answers = form.study.answer_set(item)
    reasons = {letter: answers.missing[code].replace("_", " ") for code, letter in _letters(form, column).items()}
    return {**answers.codes, **reasons} if answers.codes else {}


def _column(cells: list[Answer]) -> pd.Series:
    """Text as text; numbers as floats, which hold blanks; numbers and letters together as they are."""
    import pandas as pd

    if all(isinstance(cell, int | float | None) for cell in cells):
        return pd.Series([float("nan") if cell is None else float(cell) for cell in cells])
    return pd.Series([float("nan") if cell is None else cell for cell in cells], dtype=object)


def _written_on(day: datetime.date, content: bytes) -> bytes:
    """The file with the moment of writing set to noon of a day."""
    moment = f"{day.day:02d} {MONTHS[day.month - 1]} {day.year} 12:00".encode()
    whole, times = MOMENT.subn(b"<timestamp>\x11" + moment + b"</timestamp>", content, count=1)
    assert times == 1, "the header of a Stata file has a timestamp"
    return whole
