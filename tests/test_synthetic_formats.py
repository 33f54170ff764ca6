"""Made-up exports as plain csv, SurveyMonkey csv and Stata files: what is read back is what was drawn."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from stemcareers import config, ingest, readers, synthetic
from stemcareers.config.recipe import Bands, Draw
from stemcareers.synthetic import surveymonkey
from stemcareers.synthetic.people import Drawing, _banded
from stemcareers.synthetic.responses import responses

ROOT = Path(__file__).resolve().parents[1]
SEED = config.project(ROOT / "config/project.yaml").seed
DRAWN = [
    ("benchmarks-england", "2017-18"),
    ("benchmarks-england", "2018-19"),
    ("benchmarks-england", "careers-leaders-2019"),
    ("stem-provision-england", "2021"),
]


def path_of(study: config.StudyConfig, wave_id: str) -> Path:
    return ROOT / "data/raw" / study.id / study.waves[wave_id].export.file


@pytest.mark.parametrize(("name", "wave_id"), DRAWN)
def test_what_is_read_back_is_what_was_drawn(name, wave_id):
    study = config.everything(name, ROOT)
    wave, drawing = study.waves[wave_id], Drawing(study, wave_id, SEED)
    assert synthetic.export(study, wave_id, SEED) == path_of(study, wave_id).read_bytes()
    read = ingest.responses(
        path_of(study, wave_id), wave, study.instruments[wave.instrument], study.items, study.answers, wave_id
    )
    rows = responses(wave, drawing)
    assert len(read.responses) == len(rows)
    assert read.quarantine.empty
    for item in drawing.instrument.columns().values():
        given = [row.person.answers.get(item) for row in rows]
        back = [None if pd.isna(answer) else int(answer) for answer in read.responses[item]]
        assert back == given, item


def test_a_csv_is_written_as_its_wave_says():
    study = config.everything("benchmarks-england", ROOT)
    header, first, *_ = path_of(study, "2018-19").read_bytes().decode("cp1252").split("\n")
    assert header.startswith("Response;School name;Benchmark 1 score;Benchmark 1 result;")
    assert first.split(";")[3] in {"Achieved", "Partially achieved", "Not achieved"}
    assert path_of(study, "2017-18").read_text(encoding="utf-8").startswith("Response,School name,Benchmark 1 score,")


def test_a_result_is_worked_out_from_the_score_beside_it():
    study = config.everything("benchmarks-england", ROOT)
    text = path_of(study, "2018-19").read_text(encoding="cp1252")
    for row in csv.DictReader(io.StringIO(text), delimiter=";"):
        for benchmark in range(1, 9):
            printed = int(row[f"Benchmark {benchmark} score"])
            result = "Achieved" if printed == 100 else "Not achieved" if printed == 0 else "Partially achieved"
            assert row[f"Benchmark {benchmark} result"] == result


def test_bands_begin_at_their_start():
    bands = Bands(of="score", starts={1: 0, 2: 50, 3: 100})
    assert [_banded(bands, answer) for answer in (0, 49, 50, 99, 100, None, "x")] == [1, 1, 2, 2, 3, None, None]


def test_bands_that_do_not_fit_say_why():
    with pytest.raises(ValueError, match="starts: must rise from code to code"):
        Bands(of="score", starts={1: 50, 2: 0})
    said = "bands: an answer worked out from another has no other key but 'because'"
    with pytest.raises(ValueError, match=said):
        Draw(bands=Bands(of="score", starts={1: 0, 2: 50}), blank=3, because="assumed")


def test_surveymonkey_has_two_header_rows_and_words():
    study = config.everything("stem-provision-england", ROOT)
    content = path_of(study, "2021").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfRespondent ID,Collector ID,Start Date,") and content.endswith(b"\r\n")
    first, second, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    assert second[:11] == [""] * 10 + ["Response"]
    place = first.index("What keeps girls from STEM careers provision? Tick all that apply.")
    assert first[place + 1 : place + 5] == [""] * 4
    assert second[place : place + 2] == ["Lack of role models", "Limited understanding of STEM careers"]
    assert {row[place] for row in rows} == {"", "Lack of role models"}
    assert len(rows) == 260 + 11 + 10
    columns = readers.read(study.waves["2021"].export, path_of(study, "2021")).columns
    assert list(columns) == surveymonkey.columns(study, "2021")


def test_a_stata_file_keeps_labels_and_reasons_and_tells_no_clock():
    study = config.everything("benchmarks-england", ROOT)
    path = path_of(study, "careers-leaders-2019")
    assert b"<timestamp>\x1112 Apr 2019 12:00</timestamp>" in path.read_bytes()
    table = readers.read(study.waves["careers-leaders-2019"].export, path)
    assert table.n == 750
    assert table.labels["q6"] == {"1": "Yes", "2": "No", ".a": "dont know"}
    assert table.missing["q6"] == ((".a", ".a"),)
    assert sum(cell == ".a" for cell in table.cells["q6"]) == 12
    assert table.wordings["q4"] == "How many hours a week do you spend on the role?"
