"""A made-up export as an SPSS file (.sav), as an agency hands it over: codes with labels, in the order asked.

Codes that are no answer are declared missing and stay in the file; what somebody was not asked, or left blank, is
system-missing. A ticked box is 1, one left open 0. Moments are SPSS dates. The day in the header is the last day of
fielding, not today, so that the same answers are the same bytes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from stemcareers.config import StudyConfig
from stemcareers.synthetic.form import Form
from stemcareers.synthetic.people import Answer, Drawing
from stemcareers.synthetic.responses import MONTHS, Response, codes_of_the_wave, responses

if TYPE_CHECKING:
    import pandas as pd

STARTED, MINUTES, PROGRESS = "STARTED", "MINUTES", "PROGRESS"
ABOUT = {STARTED: "Begin of the response", MINUTES: "Minutes taken", PROGRESS: "Per cent of the questions seen"}
OPEN, TICKED = "Not named", "Named"
MISSING = {
    "dont_know": "Don't know",
    "prefer_not": "I prefer not to say",
    "skipped": "No answer",
    "not_asked": "Not asked",
}
MEASURES = {"nominal": "nominal", "ordered": "ordinal", "number": "scale", "date": "nominal", "text": "nominal"}
# Where the header of an SPSS file has its day (dd mmm yy) and time (hh:mm:ss); PSPP developers' guide, "System File
# Format".
DAY, TIME = slice(92, 101), slice(101, 109)


def columns(study: StudyConfig, wave_id: str) -> list[str]:
    """The names of all columns, as the wave file calls them."""
    wave = study.waves[wave_id]
    form = Form(study, wave_id)
    about = dict.fromkeys([*wave.response, *wave.person, *wave.school, *ABOUT])
    return [*about, *form.questions, *form.other_texts]


def export_bytes(study: StudyConfig, wave_id: str, drawing: Drawing) -> bytes:
    """The bytes of the file: the recipe's people, and the flaws it asks for."""
    import pyreadstat

    wave, form, header = study.waves[wave_id], Form(study, wave_id), columns(study, wave_id)
    random, schools = drawing.random("rows"), codes_of_the_wave(drawing)
    rows = []
    for number, response in enumerate(responses(wave, drawing), start=1):
        row: dict[str, object] = {
            STARTED: response.start,
            MINUTES: float(round(response.seconds / 60)),
            PROGRESS: float(response.progress),
        }
        row |= dict.fromkeys(wave.response, float(number)) | dict.fromkeys(wave.person, response.reference)
        row |= dict.fromkeys(wave.school, schools[response.person.school])
        seen = set(form.seen(response))
        row |= {c: _cell(form, c, response, random) for c in form.questions if c in seen}
        rows.append(row)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made-up.sav"
        pyreadstat.write_sav(
            _frame(form, header, rows), path, file_label=study.study.title[:64], row_compress=True, **_dictionary(form)
        )
        content = bytearray(path.read_bytes())
    last = wave.fielded[1]
    content[DAY] = f"{last.day:02} {MONTHS[last.month - 1]} {last.year % 100:02}".encode("ascii")
    content[TIME] = b"12:00:00"
    return bytes(content)


def _cell(form: Form, column: str, response: Response, random: Random) -> Answer:
    """A number, or text where the question is one of free text; a box that nobody was asked about is blank."""
    answer = form.answer(column, response)
    if column in form.none and answer is None:
        boxes = [response.person.answers.get(item) for item in form.none[column].items.values()]
        return 0 if any(box is not None for box in boxes) else None
    return form.exported(column, answer, random)


def _frame(form: Form, header: list[str], rows: list[dict[str, object]]) -> pd.DataFrame:
    import pandas as pd

    texts = {c for c, item in form.items.items() if form.study.answer_set(item).kind in {"text", "date"}}
    frame = pd.DataFrame(rows, columns=header)
    for column in [*form.questions, *form.other_texts]:
        if column in texts or column in form.other_texts:
            frame[column] = ["" if pd.isna(cell) else str(cell) for cell in frame[column]]
        else:
            frame[column] = pd.to_numeric(frame[column])
    return frame


def _dictionary(form: Form) -> dict[str, Any]:
    """What the file says of its columns: words, labels of codes, codes declared missing, level of measurement."""
    labels: dict[str, dict[float, str]] = {}
    missing: dict[str, list[float]] = {}
    measures = {MINUTES: "scale", PROGRESS: "scale"}
    for column in form.questions:
        item = form.items.get(column)
        if column in form.boxes or column in form.none:
            labels[column], measures[column] = {0.0: OPEN, 1.0: TICKED}, "nominal"
        elif item is None:  # the question of consent
            consent = form.recipe.consent
            labels[column] = {float(consent.given): "Yes", float(consent.refused): "No"} if consent else {}
        else:
            answers = form.study.answer_set(item)
            words = {**answers.codes, **{code: MISSING[reason] for code, reason in answers.missing.items()}}
            own = form.instrument.questions[column].codes or {code: code for code in words}
            if words:
                labels[column] = {float(exported): words[code] for exported, code in own.items()}
            declared = [float(exported) for exported, code in own.items() if code in answers.missing]
            missing |= {column: declared} if declared else {}
            measures[column] = MEASURES[answers.kind]
    return {
        "column_labels": {**ABOUT, **form.wordings},
        "variable_value_labels": labels,
        "missing_ranges": missing,
        "variable_measure": measures,
    }
