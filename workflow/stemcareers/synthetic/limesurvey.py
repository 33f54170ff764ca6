"""A made-up export in the format of LimeSurvey: csv, question codes as headings, answer codes as answers.

UTF-8 with a byte order mark, every cell in quotes, lines ended by carriage return and line feed, a blank line at the
end. A ticked box is Y, one left open blank. Who broke off has no submitdate, and nothing of the page they left, which
LimeSurvey never sent. Source: LimeSurvey manual, "Exporting results".
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from random import Random

from stemcareers.config import StudyConfig, Wave
from stemcareers.config.export import SEPARATORS
from stemcareers.synthetic.form import Form
from stemcareers.synthetic.people import Drawing
from stemcareers.synthetic.responses import Response, codes_of_the_wave, responses

LAST_PAGE = "lastpage"
ABOUT = ("id", "submitdate", LAST_PAGE, "startlanguage", "seed", "startdate", "datestamp")
LANGUAGE = "en"
_GROUP = re.compile(r"G(\d+)Q")


def columns(study: StudyConfig, wave_id: str) -> list[str]:
    """The names of all columns, as the wave file calls them."""
    wave = study.waves[wave_id]
    named = [*wave.response, *wave.person, *wave.school]
    form = Form(study, wave_id)
    return [*dict.fromkeys([*ABOUT, *named]), *form.questions, *form.other_texts]


def export_bytes(study: StudyConfig, wave_id: str, drawing: Drawing) -> bytes:
    """The bytes of the export: the recipe's people, and the flaws it asks for."""
    wave, form, header = study.waves[wave_id], Form(study, wave_id), columns(study, wave_id)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=SEPARATORS[wave.export.separator], lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerow(header)
    random, schools = drawing.random("rows"), codes_of_the_wave(drawing)
    # Responses are numbered as they begin; the file has them in that order.
    begun = sorted(responses(wave, drawing), key=lambda response: (response.start, response.reference))
    for number, response in enumerate(begun, start=1):
        last = _last_page(form, wave, response)
        row = _kept_of(response, last, random)
        row |= dict.fromkeys(wave.response, str(number)) | dict.fromkeys(wave.person, response.reference)
        row |= dict.fromkeys(wave.school, schools[response.person.school])
        row |= {c: _cell(form, c, response, random) for c in form.questions if page(c) <= last}
        writer.writerow([row.get(column, "") for column in header])
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8") + b"\r\n"


def page(column: str) -> int:
    """The page of a column: its question group, as the code of the question says it (G02Q06); else the first."""
    found = _GROUP.match(column)
    return int(found[1]) if found else 1


def _last_page(form: Form, wave: Wave, response: Response) -> int:
    """The last page that was sent: all where nobody broke off, else the one before that with the next column.

    Who breaks off stops before the wave's condition on lastpage, if it has one.
    """
    pages, seen = [page(column) for column in form.questions], len(form.seen(response))
    if seen == len(pages):
        return max(pages)
    least = [c.at_least for c in wave.keep_if if c.column == LAST_PAGE and c.at_least is not None]
    sent = [number for number in pages[:seen] if number < min([pages[seen], *least])]
    return max(sent, default=0)


def _kept_of(response: Response, last: int, random: Random) -> dict[str, str]:
    """What LimeSurvey itself keeps of a response."""
    end = response.start + datetime.timedelta(seconds=response.seconds)
    return {
        "submitdate": str(end) if response.progress == 100 else "",
        LAST_PAGE: str(last),
        "startlanguage": LANGUAGE,
        "seed": str(random.randrange(10**8, 2 * 10**9)),
        "startdate": str(response.start),
        "datestamp": str(end),
    }


def _cell(form: Form, column: str, response: Response, random: Random) -> str:
    answer = form.answer(column, response)
    if column in form.boxes or column in form.none:
        return "Y" if answer == 1 else ""
    return "" if answer is None else str(form.exported(column, answer, random))
