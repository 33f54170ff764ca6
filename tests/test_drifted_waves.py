"""A wave that drifted from its questionnaire stops with the cause named; its good twin passes."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from bad_inputs.cases import came_of
from bad_inputs.fieldings import (
    COLUMNS,
    LEADERSHIP,
    WORDINGS,
    Fielding,
    csv_export,
    excel,
    limesurvey,
    qualtrics,
    redcap,
    spss,
    spss_row,
    spss_variables,
    stata,
    surveymonkey,
    through,
    xlsform,
)
from written_sav import Variable, sav

SCALE = {**LEADERSHIP, "anchor": {"item": "hours", "sign": "+"}}
AGREED = ("vision", "time", "staff")
STOPS = "data/ingested/2025.parquet"
REMEDY = (
    'codes changed, or one means "don\'t know" in this wave, say so under differs; '
    "the rows are in data/quarantine/2025.parquet"
)


def wave(n: int = 60) -> list[list[str]]:
    """Responses whose agreement goes together, and with the hours given to it."""
    chance = random.Random(2025)
    people = []
    for i in range(n):
        bent = chance.gauss(0, 1)
        agreed = [str(min(5, max(1, round(3 + bent + chance.gauss(0, 0.6))))) for _ in AGREED]
        hours = min(60, max(0, round(20 + 8 * bent + chance.gauss(0, 4))))
        people.append([f"{i:04}", f"{i % 20:03}", "Yes", *agreed, str(chance.choice([1, 2])), str(hours), ""])
    return people


def changed(*columns: str, by: Callable[[str], str]) -> list[list[str]]:
    places = [COLUMNS.index(column) for column in columns]
    return [[by(text) if i in places and text else text for i, text in enumerate(row)] for row in wave()]


def turned(text: str) -> str:
    return str(6 - int(text))


def moved(step: int) -> Callable[[str], str]:
    return lambda text: str(int(text) + step)


def _swapped() -> Fielding:
    variables = [Variable("CLUB", labels={1.0: "No", 2.0: "Yes"}) if v.name == "CLUB" else v for v in spss_variables()]
    return spss(wave()).but(sav(variables, [spss_row(row) for row in wave()]))


def _renamed(old: str, new: str) -> Fielding:
    return csv_export(wave()).with_words(f",{old},", f",{new},", 1)


DRIFTS: dict[str, tuple[Callable[[], Fielding], str]] = {
    "a column renamed": (
        lambda: _renamed("vision", "vision_1"),
        "x.csv: 'vision' (asks 'vision') is not a column of the export; did you mean 'vision_1'? | a question that "
        "moved to another column is named in waves/2025.yaml: differs: {<column>: {item: <item>, because: <why>}} | "
        "'vision_1' is a column of the export, but stands nowhere in instruments/leaders.yaml; name it under "
        "questions, or under ignore",
    ),
    "a column in capitals": (
        lambda: _renamed("vision", "Vision"),
        "x.csv: 'vision' (asks 'vision') is not a column of the export; did you mean 'Vision'? | a question that "
        "moved to another column is named in waves/2025.yaml: differs: {<column>: {item: <item>, because: <why>}} | "
        "'Vision' is a column of the export, but stands nowhere in instruments/leaders.yaml; name it under "
        "questions, or under ignore",
    ),
    "an item lost": (
        lambda: csv_export([[*r[:5], *r[6:]] for r in wave()], [*COLUMNS[:5], *COLUMNS[6:]]).but(
            columns={name: name for name in COLUMNS}
        ),
        "x.csv: 'staff' (asks 'staff') is not a column of the export | a question that moved to another column is "
        "named in waves/2025.yaml: differs: {<column>: {item: <item>, because: <why>}}",
    ),
    "two columns exchanged": (
        lambda: csv_export(wave(), [*COLUMNS[:3], "club", *COLUMNS[4:6], "vision", *COLUMNS[7:]]),
        f"{STOPS}: 41 of 300 answers (13.7%) were refused, more than quarantine_at_most (2%): 41 x club is "
        f"outside its answers. If {REMEDY}",
    ),
    "answers recoded to letters": (
        lambda: csv_export(changed("vision", by=lambda text: "ABCDE"[int(text) - 1])),
        f"{STOPS}: 60 of 300 answers (20.0%) were refused, more than quarantine_at_most (2%): 60 x vision is outside "
        f"its answers. If {REMEDY}",
    ),
    "one item turned round": (
        lambda: csv_export(changed("time", by=turned)),
        "config/studies/town/scales.yaml: wave 2025: leadership: 'time' goes against the other items (item-rest "
        "correlation -0.72); if its high codes mean less, name it under leadership.reversed; else take it out of "
        "leadership.items",
    ),
    "the whole scale turned round": (
        lambda: csv_export(changed(*AGREED, by=turned)),
        "config/studies/town/scales.yaml: wave 2025: leadership.anchor: goes with 'hours' the other way than declared "
        "(correlation -0.77 in 60 responses, sign '+'); are the codes of all its items, or of 'hours', turned round in "
        "this wave? Then say so under differs",
    ),
    "the range shifted down": (
        lambda: csv_export(changed("vision", by=moved(-1))),
        f"{STOPS}: 8 of 300 answers (2.7%) were refused, more than quarantine_at_most (2%): 8 x vision is outside its "
        f"answers. If {REMEDY}",
    ),
    "the range shifted up, where few gave the highest answer": (
        lambda: csv_export(changed("vision", by=moved(1))),
        f"{STOPS}: 5 of 60 answers to 'vision' (8.3%) were refused, more than quarantine_item_at_most (5%): 5 x is "
        f"outside its answers | if {REMEDY}",
    ),
    "five points became seven": (
        lambda: csv_export(changed("vision", by=lambda text: str(round(1 + (int(text) - 1) * 1.5)))),
        f"{STOPS}: 16 of 300 answers (5.3%) were refused, more than quarantine_at_most (2%): 16 x vision is outside "
        f"its answers. If {REMEDY}",
    ),
    "a new category": (
        lambda: csv_export([[*r[:6], "3" if i % 4 == 0 else r[6], *r[7:]] for i, r in enumerate(wave())]),
        f"{STOPS}: 15 of 300 answers (5.0%) were refused, more than quarantine_at_most (2%): 15 x club is outside its "
        f"answers. If {REMEDY}",
    ),
    "labels swapped": (
        _swapped,
        "x.sav: 'CLUB': the file calls 1 'No', but 'No' is 2 in the answers of 'club' (answers.yaml); say under "
        "differs which codes it means | 'CLUB': the file calls 2 'Yes', but 'Yes' is 1 in the answers of 'club' "
        "(answers.yaml); say under differs which codes it means",
    ),
    "the questions of two columns exchanged": (
        lambda: qualtrics(wave()).with_words(
            f"{WORDINGS['vision']},{WORDINGS['time']}", f"{WORDINGS['time']},{WORDINGS['vision']}"
        ),
        "x.csv: 'vision' is read as 'vision', but the file has the words of 'time' there; if the questions changed "
        "places, say so under differs: {vision: {item: time, because: <why>}}; else put the words right in the survey "
        "tool and export again, or name them under differs (wording) | 'time' is read as 'time', but the file has the "
        "words of 'vision' there; if the questions changed places, say so under differs: {time: {item: vision, "
        "because: <why>}}; else put the words right in the survey tool and export again, or name them "
        "under differs (wording)",
    ),
    "another encoding": (
        lambda: csv_export([[*r[:8], "caf\u00e9"] for r in wave()]).but(
            csv_export([[*r[:8], "caf\u00e9"] for r in wave()]).content.decode().encode("cp1252")
        ),
        "x.csv: is not utf-8: byte 80 cannot be read; find out how the file was saved and put it under "
        "export.encoding in the wave file (Excel: often cp1252)",
    ),
    "another separator": (
        lambda: csv_export(wave()).with_words(",", ";"),
        "x.csv: the columns are separated by ';', not by ','; put 'semicolon' under export.separator in the wave file",
    ),
    "a decimal comma": (
        lambda: csv_export(changed("hours", by=lambda text: f"{text},5")),
        f"{STOPS}: 60 of 300 answers (20.0%) were refused, more than quarantine_at_most (2%): 60 x hours is not a "
        "number. If numbers are written otherwise in this wave, say so under export (decimal, thousands, "
        "number_signs), and name words for units in answers.yaml (units); the rows are in data/quarantine/2025.parquet",
    ),
    "dates in place of answers": (
        lambda: csv_export(changed("vision", by=lambda text: f"{text}-Mar")),
        f"{STOPS}: 60 of 300 answers (20.0%) were refused, more than quarantine_at_most (2%): 60 x vision looks like a "
        f"date. If {REMEDY}",
    ),
}


def told(fielding: Fielding, folder: Path) -> str:
    return came_of(lambda: through(fielding, folder, {"leadership": SCALE}), folder)


@pytest.mark.parametrize("drift", DRIFTS)
def test_each_drift_stops_with_its_cause(drift: str, tmp_path: Path) -> None:
    made, expected = DRIFTS[drift]
    found = told(made(), tmp_path)
    assert found == f"refused: {expected}"


WRITTEN = (csv_export, excel, limesurvey, qualtrics, redcap, spss, stata, surveymonkey, xlsform)


@pytest.mark.parametrize("made", WRITTEN, ids=lambda made: made.__name__)
def test_the_good_twin_passes(made: Callable[..., Fielding], tmp_path: Path) -> None:
    outcome = through(made(wave()), tmp_path, {"leadership": SCALE})
    assert outcome.refused == {}
    assert outcome.flow["kept"] == 60
    assert outcome.scores["leadership"].notna().all()


def test_a_drift_that_the_wave_declares_passes(tmp_path: Path) -> None:
    back = {str(code): 6 - code for code in range(1, 6)}
    declared = {item: {"codes": back, "because": "the scale was printed the other way round"} for item in AGREED}
    drifted = through(
        csv_export(changed(*AGREED, by=turned)).but(wave={"differs": declared}), tmp_path, {"leadership": SCALE}
    )
    good = through(csv_export(wave()), tmp_path, {"leadership": SCALE})
    assert drifted.scores.equals(good.scores)
