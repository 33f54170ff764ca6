"""A new cycle of a study whose questionnaire numbers its questions anew: known by what earlier exports called them."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from stemcareers import config, draft, ingest
from stemcareers.__main__ import main
from stemcareers.config import yaml_file
from stemcareers.draft import first_pages
from stemcareers.draft.codes import meant
from stemcareers.draft.guess import candidates
from stemcareers.draft.likeness import Likeness, plain, tokens
from stemcareers.errors import Problem

ROOT = Path(__file__).resolve().parents[1]
RAW = Path("data/raw/heads")
STUDY = Path("config/studies/heads")
COUNTRIES = {"AUT": 40, "BEL": 56, "CZE": 203}
NONE = {7.0: "N/A", 8.0: "Invalid", 9.0: "Missing"}
HOW_FAR = {1.0: "Not at all", 2.0: "A little", 3.0: "A lot"}
ITEMS = """item,label,wording,answers,status
short_staff,Short of staff,Does a lack of science staff hinder teaching? (wording in our own words),how_far,derived
short_rooms,Short of rooms,Does a lack of laboratories hinder teaching? (label 'Lack lab rooms Q2'),how_far,derived
clubs,Clubs,Is there a science club? (wording in our own words),yes_no,derived
place,Place,Where is the school?,place,derived
resources,Resources index,"Index of resources (0 is the average)",index,official
pupils,Pupils,How many pupils are there?,pupils,official
country,Country,Country,country,administrative
"""
ANSWERS = """yes_no: {kind: nominal, codes: {1: Yes, 2: No}, missing: {7: not_asked, 8: skipped, 9: skipped}}
how_far:
  kind: ordered
  codes: {1: Not at all, 2: A little, 3: A lot}
  missing: {7: not_asked, 8: skipped, 9: skipped}
place: {kind: ordered, codes: {1: Village, 2: Small town, 3: Town}, missing: {9: skipped}}
index: {kind: number, low: -10, high: 10, unit: points, missing: {997: not_asked, 999: skipped}}
pupils: {kind: number, low: 1, high: 9000, unit: pupils, missing: {99997: not_asked, 99999: skipped}}
country: {kind: nominal, codes: {40: Austria, 56: Belgium, 203: Czech Republic}}
"""
ABOUT = """title: Heads
summary: What heads say of their schools.
asks: {h1: What hinders teaching?}
unit: school
units: schools
respondents: heads
source: {citation: "Heads, 2009 and 2012"}
licence: For this test.
"""
FORM = """title: Form of 2009
mode: paper
questions:
  SC01Q01: short_staff
  SC01Q02: short_rooms
  SC02Q01: clubs
  SC03Q01: place
  RESOURCE: resources
  SCHSIZE: pupils
  CNT: {item: country, codes: {AUT: 40, BEL: 56, CZE: 203}}
other_columns: ignore
"""
WAVE = """instrument: form-2009
title: "2009"
fielded: [2009-01-01, 2009-12-31]
export: {{file: 2009.sav, reader: spss, sha256: "{sha}"}}
source: {{how: Ask for it.}}
response: [CNT, SCHOOLID]
school: [CNT, SCHOOLID]
keep_if:
  - {{answered_any: [short_staff, clubs, place], still_sampled: true, kind: choice, otherwise: answered no question}}
design: {{weight: W_FSCHWT, strata: [CNT, STRATUM], lonely: adjust}}
"""
# The next cycle, in the way of a control file that publishes such data: names with capitals here and small letters
# there, codes before their reasons, a comment, a '/' after a label, no full stop at the end.
CONTROL = """* Encoding: WINDOWS-1252.
* This program reads the text file; don't move it.

SET decimal dot.
DATA LIST file="c:\\...\\heads.txt"
 / cnt \t1\t-\t3        (a)
    schoolid\t4\t-\t7   (a)
    SC01Q01\t9\t-\t9
    SC02Q01 10 - 10 (F,0)
    SC02Q02 11-11
    SC04Q01 12 - 12 (F,0)
    SC05Q01 13 - 13 (F,0)
    RESOURCE 14 - 22 (F,4)
    SCHLSIZE 23 - 30 (F,0)
    scweight 31 - 38
    SENWGT 39 - 46 (F,4)
    STRATUM 47      -      51 (a)
   .
execute.

Variable labels
   cnt   "Nation code"
   SC01Q01   "Head’s age group Q1"
   SC02Q01   "Lack – science staff Q2a"
   SC02Q02   'Lack laboratory rooms Q2b'/
   SC04Q01   "Science club Q4"
   SC05Q01   "School location Q5"
   RESOURCE  'Resources (WLE)'
   SCHLSIZE  "School size"
   scweight "school Weight"
   SENWGT "Senate weight - sum of weight within the country is 1000"
   .

value labels
    SC01Q01     1  "Under 40"   2 "40 or more"  9  "Mis"/
    SC02Q01 SC02Q02
                1  "A lot"
                2  "A little"
                3  "Not at all"
                8  "M/R"
                9  "Mis"
                7  "N/A"/
    SC04Q01  1 "Yes" 2 "No" 7 "N/A" 9 "Mis" /
    SC05Q01  1 "A village (under 3 000)" 2 "A small town (to 15 000)" 3 "A town (more)" 9 "Mis"
 .
value labels schlsize 99997 "N/A" 99999 "Mis" / resource 9997 "N/A" .
value labels cnt 'AUT' 'Austria ' 'BEL' 'Belgium' 'POL' 'Poland '.

missing values SC01Q01 TO SC05Q01 (7,8,9)
/ RESOURCE (9997,9999) / SCHLSIZE (99997, 99998, 99999)
"""


@pytest.fixture
def heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A study with one cycle and its export, and the text file and control file of the next; the working folder."""
    monkeypatch.chdir(tmp_path)
    for folder in (RAW, STUDY / "instruments", STUDY / "waves"):
        folder.mkdir(parents=True)
    rows = [
        [c, f"{n:04}", f"{c}1", 1.0 + n % 3, 3.0 - n % 3, 1.0 + n % 2, 1.0, 0.5, 900.0, 2.5]
        for c in COUNTRIES
        for n in range(12)
    ]
    columns = [
        "CNT",
        "SCHOOLID",
        "STRATUM",
        "SC01Q01",
        "SC01Q02",
        "SC02Q01",
        "SC03Q01",
        "RESOURCE",
        "SCHSIZE",
        "W_FSCHWT",
    ]
    labels = [
        "Country",
        "School",
        "Stratum",
        "Lack of sci staff",
        "Lack of lab rooms",
        "<Science> clubs",
        "School community",
        "Resources",
        "School size",
        "Final school weight",
    ]
    place = {1.0: "Village", 2.0: "Small town", 3.0: "Town", 9.0: "Missing"}
    valued = {
        "SC01Q01": HOW_FAR | NONE,
        "SC01Q02": HOW_FAR | NONE,
        "SC02Q01": {1.0: "Yes", 2.0: "No"} | NONE,
        "SC03Q01": place,
    }
    path = RAW / "2009.sav"
    pyreadstat.write_sav(
        pd.DataFrame(rows, columns=columns), str(path), column_labels=labels, variable_value_labels=valued
    )
    (STUDY / "study.yaml").write_text(ABOUT, encoding="utf-8")
    (STUDY / "items.csv").write_text(ITEMS, encoding="utf-8")
    (STUDY / "answers.yaml").write_text(ANSWERS, encoding="utf-8")
    (STUDY / "scales.yaml").write_text("{}\n", encoding="utf-8")
    (STUDY / "instruments/form-2009.yaml").write_text(FORM, encoding="utf-8")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    (STUDY / "waves/2009.yaml").write_text(WAVE.format(sha=sha256), encoding="utf-8")
    cases = [
        f"{c}{n:04} {1 + n % 2}{1 + n % 3}{(1, 2, 8)[n % 3]}{1 + n % 2}{1 + n % 3}{(0.25, 9999)[n % 2]:9.4f}{900 + n:8}"
        f"{2.5 + n:8.3f}{83.3333:8.4f}{c}01"
        for c in ("AUT", "BEL", "POL")
        for n in range(12)
    ]
    (RAW / "heads.txt").write_text("\r\n".join(cases) + "\r\n", encoding="ascii")
    (RAW / "control.txt").write_bytes(CONTROL.encode("cp1252"))
    return tmp_path


def drafted(*words: str) -> dict[str, str]:
    return draft.texts(RAW / "heads.txt", "heads", "2012", form=RAW / "control.txt", new="new" in words)


def test_a_control_file_is_known_by_what_it_holds_and_its_encoding_counts(heads: Path) -> None:
    wave = drafted()["waves/2012.yaml"]
    assert "  reader: fixed_width\n" in wave
    assert "  encoding: cp1252\n" in wave


def test_the_control_file_beside_a_text_in_fixed_columns_is_found_by_its_name(heads: Path) -> None:
    for name in ("other.txt", "notes.txt"):
        (RAW / name).write_text("DATA LIST FILE='sch.txt' / a 1.\n" if name == "other.txt" else "Read me.\n")
    found = draft.texts(RAW / "heads.txt", "heads", "2012")
    assert found == drafted()


def test_a_text_in_fixed_columns_without_its_control_file_is_no_csv(heads: Path) -> None:
    told = (
        "data/raw/heads/heads.txt: 1 problem\n  all its lines have 51 characters and no sign between cells: it is text "
        "in fixed columns; name the control file for SPSS that says which columns hold what (its DATA LIST) with "
        "--questionnaire"
    )
    (RAW / "control.txt").write_bytes(CONTROL.replace("heads.txt", "2012.txt").encode("cp1252"))
    for beside in ("; beside it lie control.txt", ""):
        with pytest.raises(Problem) as caught:
            draft.texts(RAW / "heads.txt", "heads", "2012")
        assert str(caught.value) == told + beside
        (RAW / "control.txt").unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("program", "language"),
    [
        ('filename SCH "x.txt";\nPROC Format;\nvalue $CNTF "A" = "B";\n', "SAS"),
        ("infix str CNT 1-3 byte SC01Q01 4 using x.txt\n", "Stata"),
    ],
)
def test_a_program_in_another_language_is_named(heads: Path, program: str, language: str) -> None:
    (RAW / "control.txt").write_text(program, encoding="utf-8")
    with pytest.raises(Problem) as caught:
        candidates(RAW / "heads.txt", RAW / "control.txt")
    assert str(caught.value) == (
        f"data/raw/heads/control.txt: 1 problem\n  is a program of {language}, which is not read here; name the "
        "control file for SPSS that was published with it (its DATA LIST says which columns hold what)"
    )


def test_questions_with_new_numbers_are_known_by_the_words_of_the_last_export(heads: Path) -> None:
    made = drafted()
    assert list(made) == ["waves/2012.yaml", "instruments/questionnaire-2012.yaml", "reports/wave-2012.yaml"]
    form = made["instruments/questionnaire-2012.yaml"]
    draft.write({name: text for name, text in made.items() if "review" in text}, STUDY)
    asked = yaml_file.load(STUDY / "instruments/questionnaire-2012.yaml")
    assert asked["mode"] == "paper"
    assert asked["other_columns"] == "ignore"
    turned = {1: 3, 2: 2, 3: 1}  # the file says which code is 'A lot'; what it declares missing is no answer
    assert asked["questions"] == {
        "cnt": {"item": "country", "codes": {"AUT": 40, "BEL": 56, "POL": 204}},
        "SC02Q01": {"item": "short_staff", "codes": turned},
        "SC02Q02": {"item": "short_rooms", "codes": turned},
        "SC04Q01": "clubs",
        "RESOURCE": {"item": "resources", "codes": {9997: 997, 9999: 999}},
        "SCHLSIZE": "pupils",
    }
    assert "# review: as in instruments/form-2009.yaml; it did not know POL\n" in form
    assert "  # SC05Q01: place   # by wording and answers, score 0.80; review: is it the same? 'School" in form
    assert "# Left out, because they ask no item of the study (draft --new has them as new items):\n# SC01Q01\n" in form
    assert form.endswith(
        "# review: answers that answers.yaml does not have; add them there, with other numbers if you like:\n"
        "# country: codes: {204: Poland}\n"
    )


def test_ids_conditions_and_weights_are_those_of_the_last_wave_as_far_as_they_can_be(heads: Path) -> None:
    lines = drafted()["waves/2012.yaml"].splitlines()
    assert "response: [cnt, schoolid]  # review: together they differ in every row" in lines
    assert (
        "  - {answered_any: [short_staff, clubs], still_sampled: true, otherwise: answered no question, kind: choice}  "
        "# review: as in the study's other waves; add what you take in besides"
    ) in lines
    assert lines[-1] == (
        "design: {weight: scweight, strata: [cnt, STRATUM], lonely: adjust}  # review: as in the study's other waves, "
        "as far as the export has their columns; other weights may be in SENWGT ('Senate weight - sum of weight within "
        "the country is 1000')"
    )


def test_new_questions_are_drafted_where_they_are_wanted(heads: Path) -> None:
    form = drafted("new")["instruments/questionnaire-2012.yaml"]
    assert "  SC01Q01: head_s_age_group_q1\n" in form
    assert "other_columns" not in form
    path = ["draft", str(RAW / "heads.txt"), "--study", "heads", "--wave", "2012", "--to", "there", "--new"]
    assert main([*path, "--questionnaire", str(RAW / "control.txt")]) == 0
    assert Path("there/instruments/questionnaire-2012.yaml").read_text(encoding="utf-8") == form


def test_columns_of_the_same_names_make_no_known_questionnaire_where_they_ask_others(heads: Path) -> None:
    form = Path(STUDY / "instruments/form-2009.yaml")
    form.write_text(FORM.replace("  RESOURCE: resources\n  SCHSIZE: pupils\n", "  SC05Q01: pupils\n"), encoding="utf-8")
    asks = yaml_file.load(form)["questions"]
    there = {
        "SC01Q01",
        "SC02Q01",
        "SC05Q01",
        "CNT",
    }  # of the six, four are in the next export too, and ask other things
    assert there <= set(asks)
    assert "instrument: questionnaire-2012\n" in drafted()["waves/2012.yaml"]


def test_a_known_questionnaire_with_one_question_changed_is_told(heads: Path) -> None:
    frame, known = pyreadstat.read_sav(RAW / "2009.sav")
    labels = known.column_names_to_labels | {"SC02Q01": "Additional maths lessons"}
    pyreadstat.write_sav(frame, str(RAW / "2010.sav"), column_labels=labels)
    wave = draft.texts(RAW / "2010.sav", "heads", "2010")["waves/2010.yaml"]
    assert "instrument: form-2009\n" in wave
    assert (
        "# review: SC02Q01 is 'Additional maths lessons' here, and asks 'clubs' in the questionnaire, which was called "
        "'<Science> clubs' before; is it another question? Then give the wave a questionnaire of its own\n"
    ) in wave


def test_a_code_is_called_as_the_column_beside_it_calls_it(heads: Path) -> None:
    frame, known = pyreadstat.read_sav(RAW / "2009.sav")
    frame["CNT"] = frame["CNT"].replace("CZE", "POL")
    frame.insert(1, "LAND", frame["CNT"].map({"AUT": "Austria", "BEL": "Belgium", "POL": "Poland"}))
    labels = known.column_names_to_labels | {"SC01Q01": "Other", "SC01Q02": "Another", "SC02Q01": "A third"}
    pyreadstat.write_sav(frame, str(RAW / "2010.sav"), column_labels=labels)
    form = draft.texts(RAW / "2010.sav", "heads", "2010")["instruments/questionnaire-2010.yaml"]
    assert form.endswith("# country: codes: {204: Poland}\n")


def test_an_earlier_export_that_is_not_there_leaves_what_items_csv_quotes(heads: Path) -> None:
    (RAW / "2009.sav").unlink()
    form = drafted()["instruments/questionnaire-2012.yaml"]
    assert "  SC02Q02: {item: short_rooms" in form
    assert "short_staff" not in form


def test_what_is_marked_is_soon_filled_in_and_every_answer_is_understood(
    heads: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "notebooks", "notebooks")
    shutil.copy(ROOT / "tests/broken/valid/config/project.yaml", "config")
    draft.write(drafted(), STUDY)
    assert main(["check"]) == 1
    assert capsys.readouterr().err == (
        "config/studies/heads/instruments/questionnaire-2012.yaml: 1 problem\n"
        "  questions.cnt.codes: 204 is not a code of 'country'; its codes are 40 (Austria), 56 (Belgium), 203 (Czech "
        "Republic) (see answers.yaml)\n"
        "config/studies/heads/waves/2012.yaml: 2 problems\n"
        "  fielded: is empty; give a value (first and last day, year-month-day)\n"
        "  source.how: is empty; give a value (what to do to get it, in a sentence)\n"
    )
    wave, answers = STUDY / "waves/2012.yaml", STUDY / "answers.yaml"
    filled = wave.read_text(encoding="utf-8").replace("fielded:\n", "fielded: [2012-01-01, 2012-12-31]\n")
    wave.write_text(filled.replace("{how: }", "{how: Ask for it.}"), encoding="utf-8")
    answers.write_text(ANSWERS.replace("203: Czech Republic", "203: Czech Republic, 204: Poland"), encoding="utf-8")
    assert main(["check"]) == 0
    said = capsys.readouterr()
    assert said.out == "config: nothing is wrong (studies: 1, waves: 2, and every export fits)\n"
    study = config.everything("heads")
    read = ingest.responses(
        RAW / "heads.txt",
        study.waves["2012"],
        study.instruments["questionnaire-2012"],
        study.items,
        study.answers,
        "2012",
    )
    assert len(read.quarantine) == 0
    first = read.responses.iloc[:3]
    assert first["short_staff"].tolist() == [3, 2, 1]
    assert first["short_rooms"].isin([3, 2, 8]).tolist() == [True, True, True]
    assert first["resources"].tolist() == [0.25, 999.0, 0.25]
    assert read.responses["country"].value_counts().to_dict() == {40: 12, 56: 12, 204: 12}


def test_the_page_of_a_wave_is_called_by_the_first_part_of_the_study_s_title() -> None:
    page = first_pages.of_wave("2012", "PISA: what principals say")["reports/wave-2012.yaml"]
    assert page.startswith('title: "PISA 2012: who answered, and how answers were counted"\n')


# --- words ------------------------------------------------------------------------------------------------


def test_likeness_is_of_letters_and_of_rarer_words() -> None:
    likeness = Likeness(["Shortage maths teachers", "Shortage science teachers", "Shortage science rooms", "Shortage"])
    assert likeness.of("Shortage of sci. teachers Q14a", "shortage - Science teachers") > 0.85
    assert likeness.of("Shortage science rooms", "Shortage science rooms") == 1
    # A word that all have weighs nothing, so that these two share none.
    assert likeness.of("Shortage maths teachers", "Shortage science rooms") == 0
    assert likeness.of("", "Shortage") == 0
    assert tokens("Lab techs Q14e, Q9a1") == ("lab", "techs")
    assert [plain("Не согласен!"), plain("<10%"), plain("+")] == ["не согласен", "10", "+"]


@pytest.mark.parametrize(
    ("labels", "known", "found"),
    [
        ({"1": "Yes", "2": "No"}, {"yes": 1, "no": 2}, {"1": 1, "2": 2}),
        (
            {"1": "A village (under 3 000)", "2": "A small town", "3": "A town"},
            {"village": 1, "small town": 2, "town": 3},
            {"1": 1, "2": 2, "3": 3},
        ),
        ({"1": "Strongly agree", "2": "Agree"}, {"agree": 1, "disagree": 2}, {"2": 1}),
        ({"1": "Some", "2": "Many"}, {"few": 1}, {}),
    ],
)
def test_labels_are_answers_by_their_words(
    labels: dict[str, str], known: dict[str, int], found: dict[str, int]
) -> None:
    assert meant(labels, known) == found
