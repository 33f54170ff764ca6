"""Made-up SPSS files: what was drawn comes back through the reader, and the same answers are the same bytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pyreadstat
import pytest
from stemcareers import config, readers, synthetic
from stemcareers.files import sha256
from stemcareers.synthetic.form import Form
from stemcareers.synthetic.people import Drawing
from stemcareers.synthetic.responses import responses

ROOT = Path(__file__).resolve().parents[1]
STUDY, WAVE = "clpl-scotland", "2021"
FILE = ROOT / "data" / "raw" / STUDY / "2021.sav"
SEED = config.project(ROOT / "config/project.yaml").seed


@pytest.fixture(scope="module")
def study() -> config.StudyConfig:
    return config.everything(STUDY, ROOT)


@pytest.fixture(scope="module")
def table(study) -> readers.Table:
    return readers.read(study.waves[WAVE].export, FILE)


def test_the_committed_file_is_what_the_recipe_draws(study):
    assert synthetic.export(study, WAVE, SEED) == FILE.read_bytes()
    assert sha256(FILE) == study.waves[WAVE].export.sha256


def test_the_header_says_the_last_day_of_fielding_and_not_today(study):
    content = FILE.read_bytes()
    assert content[92:109] == b"25 Jun 2112:00:00"
    _, known = pyreadstat.read_sav(FILE, metadataonly=True)
    assert known.creation_time.isoformat() == "2021-06-25T12:00:00"
    assert known.file_label == "STEM professional learning in Scotland"
    assert known.number_rows == 1152


def test_what_was_drawn_comes_back_through_the_reader(study, table):
    """Every answer of every row, break-offs too."""
    form, drawing = Form(study, WAVE), Drawing(study, WAVE, SEED)
    drawn = responses(study.waves[WAVE], drawing)
    assert table.n == len(drawn) == 1152
    seen = [set(form.seen(response)) for response in drawn]
    for column in form.questions:
        for response, columns, cell in zip(drawn, seen, table.text(column).fillna(""), strict=True):
            answer = form.answer(column, response) if column in columns else None
            if column in form.none and answer is None and column in columns:
                answer = 0
            assert cell == ("" if answer is None else str(answer)), column


def test_the_file_says_what_its_codes_mean_and_which_are_no_answer(study, table):
    assert table.wordings["Q9_3"] == "How confident are you in teaching each of these? - Engineering"
    assert table.wordings["STARTED"] == "Begin of the response"
    assert table.labels["Q2"]["4"] == "Additional support needs"
    assert table.labels["Q6"]["8"] == "Don't know" and table.is_declared_missing("Q6", "8")
    assert table.labels["Q13_1"] == {"0": "Not named", "1": "Named"}
    assert "Q9_1" not in table.missing
    assert table.kinds["STARTED"] == "date" and table.kinds["Q5"] == "number" and table.kinds["Q17"] == "text"


def test_technicians_are_system_missing_where_only_practitioners_are_asked(table):
    role = table.text("Q1")
    for column in ("Q2", "Q6", "Q8", "Q9_1", "Q9_2", "Q9_3", "Q9_4"):
        assert table.text(column)[role.eq("2").fillna(False)].isna().all(), column
    assert table.text("Q6").eq("8").sum() > 0


def test_consent_and_other_words_have_columns_too(tmp_path):
    folder = tmp_path / "config" / "studies" / STUDY
    shutil.copytree(ROOT / "config" / "studies" / STUDY, folder)
    shutil.copy(ROOT / "config/project.yaml", tmp_path / "config/project.yaml")
    consent = "consent: {column: Q0, wording: Do you agree?, given: 1, refused: 2}\nflaws:\n  refusals: 7"
    for name, was, now in (
        ("synthetic/2021.yaml", "flaws:", consent),
        ("instruments/stem-learning-2021.yaml", "Q4: rurality", "Q4: {item: rurality, other_text: Q4_TEXT}"),
    ):
        text = (folder / name).read_text(encoding="utf-8")
        assert was in text
        (folder / name).write_text(text.replace(was, now, 1), encoding="utf-8")
    other = config.everything(STUDY, tmp_path)
    (tmp_path / "2021.sav").write_bytes(synthetic.export(other, WAVE, SEED))
    table = readers.read(other.waves[WAVE].export, tmp_path / "2021.sav")
    assert table.labels["Q0"] == {"1": "Yes", "2": "No"} and table.wordings["Q0"] == "Do you agree?"
    assert table.text("Q0").value_counts().to_dict() == {"1": 1152, "2": 7}
    assert table.text("Q4_TEXT").isna().all()
    assert table.text("Q1")[table.text("Q0").eq("2")].isna().all()
