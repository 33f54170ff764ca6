"""Made-up LimeSurvey exports: their structure file fits, and what was drawn comes back through the reader."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pandas as pd
import pytest
from stemcareers import config, readers, synthetic
from stemcareers.errors import Problem, Problems
from stemcareers.files import sha256
from stemcareers.readers.lss import structure
from stemcareers.synthetic.form import Form
from stemcareers.synthetic.people import Drawing
from stemcareers.synthetic.responses import responses

ROOT = Path(__file__).resolve().parents[1]
STUDY, WAVES = "clpl-scotland", ("2017", "2019")
RAW = ROOT / "data" / "raw" / STUDY
SEED = config.project(ROOT / "config/project.yaml").seed


@pytest.fixture(scope="module")
def study() -> config.StudyConfig:
    return config.everything(STUDY, ROOT)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return [row for row in csv.DictReader(content.decode("utf-8-sig").splitlines()) if row["id"]]


@pytest.mark.parametrize("wave", WAVES)
def test_the_committed_files_are_what_the_recipe_draws(study, wave):
    export = study.waves[wave].export
    assert synthetic.export(study, wave, SEED) == (RAW / export.file).read_bytes()
    assert synthetic.questionnaire(study, wave) == (RAW / export.questionnaire.file).read_bytes()
    assert sha256(RAW / export.file) == export.sha256
    assert sha256(RAW / export.questionnaire.file) == export.questionnaire.sha256


@pytest.mark.parametrize("wave", WAVES)
def test_what_was_drawn_comes_back_through_the_reader(study, wave):
    """Every answer of every row, break-offs too, in the study's own codes."""
    its, form, drawing = study.waves[wave], Form(study, wave), Drawing(study, wave, SEED)
    table = readers.read(its.export, RAW / its.export.file)
    drawn = sorted(responses(its, drawing), key=lambda response: (response.start, response.reference))
    assert table.n == len(drawn) == study.recipes[wave].responses + study.recipes[wave].flaws.break_offs
    last = table.text("lastpage").astype(int).tolist()
    for column in form.questions:
        codes = form.instrument.questions[column].codes if column in form.instrument.questions else {}
        words = {str(code): str(text) for text, code in codes.items()}
        page = int(column[1:3])
        for response, sent, cell in zip(drawn, last, table.text(column).fillna(""), strict=True):
            answer = form.answer(column, response) if page <= sent else None
            if column in form.boxes or column in form.none:
                answer = answer or None
            assert cell == ("" if answer is None else words.get(str(answer), str(answer))), column


def test_the_file_is_as_limesurvey_writes_it(study):
    content = (RAW / "2019.csv").read_bytes()
    assert content.startswith(
        b'\xef\xbb\xbf"id","submitdate","lastpage","startlanguage","seed","startdate","datestamp"'
    )
    assert content.endswith(b'"\r\n\r\n') and content.count(b"\n") == content.count(b"\r\n")
    rows = rows_of(content)
    assert [row["id"] for row in rows] == [str(number) for number in range(1, len(rows) + 1)]
    assert [row["startdate"] for row in rows] == sorted(row["startdate"] for row in rows)
    assert {row["startlanguage"] for row in rows} == {"en"}
    assert len({row["seed"] for row in rows}) == len(rows)
    assert {row["G01Q01"] for row in rows} == {"PR", "TE", ""}
    assert {row["G05Q12[SQ001]"] for row in rows} == {"Y", ""}


def test_who_broke_off_has_sent_whole_pages_only(study):
    rows = rows_of((RAW / "2017.csv").read_bytes())
    broken = [row for row in rows if not row["submitdate"]]
    assert len(broken) == study.recipes["2017"].flaws.break_offs == 64
    assert {row["lastpage"] for row in rows if row["submitdate"]} == {"7"}
    assert {int(row["lastpage"]) for row in broken} <= set(range(7))
    for row in broken:
        later = [column for column in row if column.startswith("G") and int(column[1:3]) > int(row["lastpage"])]
        assert not any(row[column] for column in later)


def test_technicians_are_not_asked_what_only_practitioners_are(study):
    for wave, columns in (("2017", ["G03Q07"]), ("2019", ["G02Q06", *(f"G03Q08[SQ00{i}]" for i in range(1, 5))])):
        rows = [row for row in rows_of((RAW / f"{wave}.csv").read_bytes()) if row["submitdate"]]
        technicians = [row for row in rows if row["G01Q01"] == "TE"]
        assert len(technicians) > 90
        assert not any(row[column] for row in technicians for column in ["G01Q02", *columns])


def test_the_structure_says_what_is_asked_of_whom_and_in_which_words(study):
    found = structure(RAW / "2019.lss")
    assert found.language == "en"
    assert [q.kind for q in found.questions.values()] == list("SLLLLNLLFLLLMT")
    role, sector = found.questions["G01Q01"], found.questions["G01Q02"]
    assert role.answers[0] == {"PR": {"en": "Practitioners"}, "TE": {"en": "Technicians"}}
    assert sector.relevance == 'G01Q01.NAOK == "PR"' and role.relevance == ""
    assert list(sector.answers[0]) == ["ELC", "PRI", "SEC", "ASN"]
    assert found.questions["G02Q06"].answers[0]["A8"] == {"en": "Don't know"}
    grid, boxes = found.questions["G03Q08"], found.questions["G05Q12"]
    assert grid.texts == {"en": "How confident are you in teaching each of these?"}
    assert [part.texts["en"] for part in grid.parts[0]] == ["Science", "Technologies", "Engineering", "Mathematics"]
    assert [part.texts["en"] for part in boxes.parts[0]][-2:] == ["Nothing on offer suits my work", "None of these"]


def test_the_questionnaire_of_2017_has_no_sector_for_additional_support_needs(study):
    assert list(structure(RAW / "2017.lss").questions["G01Q02"].answers[0]) == ["EY", "PRI", "SEC"]


def test_schools_have_other_codes_in_every_wave():
    codes = [{row["centre"] for row in rows_of((RAW / f"{wave}.csv").read_bytes())} for wave in WAVES]
    assert [len(known) for known in codes] == [520, 430]
    assert not codes[0] & codes[1]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "config" / "studies" / STUDY, tmp_path / "config" / "studies" / STUDY)
    shutil.copy(ROOT / "config/project.yaml", tmp_path / "config/project.yaml")
    return tmp_path


def changed(project: Path, *changes: tuple[str, str, str]) -> config.StudyConfig:
    """The study with other words in its files: file, what stood there, what stands now."""
    for name, was, now in changes:
        path = project / "config" / "studies" / STUDY / name
        text = path.read_text(encoding="utf-8")
        assert was in text
        path.write_text(text.replace(was, now, 1), encoding="utf-8")
    return config.everything(STUDY, project)


def drawn_into(folder: Path, study: config.StudyConfig, wave: str) -> readers.Table:
    """The table of a wave drawn anew, read with its structure file."""
    export = study.waves[wave].export
    (folder / export.file).write_bytes(synthetic.export(study, wave, SEED))
    (folder / export.questionnaire.file).write_bytes(synthetic.questionnaire(study, wave))
    return readers.read(export, folder / export.file)


def test_consent_other_words_and_any_of_several_conditions(tmp_path, project):
    consent = "consent: {column: G00Q00, wording: Do you agree?, given: 1, refused: 2}\nflaws:\n  refusals: 9"
    study = changed(
        project,
        ("synthetic/2017.yaml", "flaws:", consent),
        ("instruments/clpl-2017.yaml", "codes: {A1: 1, A2: 2, A3: 3}}\n", "codes: {A1: 1, A2: 2, A3: 3}, "
         'other_text: "G01Q04[other]"}\n'),
        ("instruments/clpl-2017.yaml", "    none: G06Q13[SQ007]\n", "    none: G06Q13[SQ007]\n"
         "    asked_if: {role: [1]}\n    asked_if_any: {rurality: [1, 3], barrier_funding: [1]}\n"),
    )  # fmt: skip
    found = structure_of(tmp_path, study)
    assert found["G06Q13"].relevance == (
        'G01Q01.NAOK == "PR" and ((G01Q04.NAOK == "A1" or G01Q04.NAOK == "A3") or G05Q11_SQ001.NAOK == "Y")'
    )
    assert found["G00Q00"].answers[0] == {"1": {"en": "Yes"}, "2": {"en": "No"}}
    assert found["G01Q04"].has_other and not found["G01Q03"].has_other
    table = drawn_into(tmp_path, study, "2017")
    assert table.text("G00Q00").value_counts().to_dict() == {"1": 1264, "2": 9}
    assert table.text("G01Q04[other]").isna().all()
    asked = table.text("G01Q01").eq("PR") & (
        table.text("G01Q04").isin(["A1", "A3"]) | table.text("G05Q11[SQ001]").eq("1")
    )
    boxes = pd.concat([table.text(f"G06Q13[SQ00{i}]").notna() for i in range(1, 8)], axis=1).any(axis=1)
    complete = table.text("submitdate").notna() & table.text("G01Q01").notna()
    assert boxes[complete].equals(asked[complete].fillna(False).astype(bool))


def structure_of(folder: Path, study: config.StudyConfig) -> dict:
    (folder / "form.lss").write_bytes(synthetic.questionnaire(study, "2017"))
    return dict(structure(folder / "form.lss").questions)


def test_who_breaks_off_stops_before_the_condition_of_the_wave(project):
    study = changed(project, ("waves/2019.yaml", "at_least: 6, kind", "at_least: 3, kind"))
    broken = [row for row in rows_of(synthetic.export(study, "2019", SEED)) if not row["submitdate"]]
    assert len(broken) == 41 and {int(row["lastpage"]) for row in broken} <= {0, 1, 2}


def test_another_separator(tmp_path, project):
    study = changed(project, ("waves/2019.yaml", "answers: codes", "answers: codes\n  separator: semicolon"))
    table = drawn_into(tmp_path, study, "2019")
    assert (tmp_path / "2019.csv").read_bytes().startswith(b'\xef\xbb\xbf"id";"submitdate";')
    usual = readers.read(config.everything(STUDY, ROOT).waves["2019"].export, RAW / "2019.csv")
    assert all(table.text(column).equals(usual.text(column)) for column in usual.columns)


# --- what a recipe may not say ------------------------------------------------------------------------------


def refused(project: Path, name: str, was: str, now: str) -> str:
    path = project / "config" / "studies" / STUDY / name
    text = path.read_text(encoding="utf-8")
    assert was in text
    path.write_text(text.replace(was, now, 1), encoding="utf-8")
    with pytest.raises((Problem, Problems)) as told:
        synthetic.exports(project)
    assert not (project / "data").exists()
    return str(told.value)


def of_recipe(project: Path, wave: str, said: str) -> str:
    where = (project / "config/studies" / STUDY / "synthetic" / f"{wave}.yaml").as_posix()
    return f"{where}: 1 problem\n  {said}"


def test_full_answers_cannot_be_drawn(project):
    told = refused(project, "waves/2017.yaml", "answers: codes", "answers: labels")
    said = "answers: a recipe draws exports of codes; say 'answers: codes' under export in the wave"
    assert told == of_recipe(project, "2017", said)


def test_limesurvey_marks_no_previews(project):
    told = refused(project, "synthetic/2017.yaml", "break_offs: 64", "break_offs: 64\n  previews: 2")
    said = "flaws.previews: an export of format limesurvey has none; take the key out"
    assert told == of_recipe(project, "2017", said)


def test_a_questionnaire_file_that_is_another_stops_with_its_checksum(project):
    path = project / "config/studies" / STUDY / "waves/2017.yaml"
    text = path.read_text(encoding="utf-8")
    right = config.wave(path).export.questionnaire.sha256
    for other in ("2019", "2021"):
        (path.parents[1] / "synthetic" / f"{other}.yaml").unlink()
    path.write_text(text.replace(right, "0" * 64), encoding="utf-8")
    with pytest.raises((Problem, Problems)) as told:
        synthetic.exports(project)
    assert str(told.value) == (
        f"{path.as_posix()}: 2 problems\n"
        f"  export.questionnaire.sha256: is {'0' * 64}, but the questionnaire file drawn now has {right}.\n"
        "  If the recipe or the questionnaire was meant to change, write the new checksum here."
    )
    assert (project / "data/raw" / STUDY / "2017.lss").read_bytes() == (RAW / "2017.lss").read_bytes()


# --- shares that differ by another answer -------------------------------------------------------------------


def test_shares_by_another_answer_come_back_in_each_group_to_the_nearest_person(study):
    people = Drawing(study, "2019", SEED).kept()
    cases = study.recipes["2019"].items["barrier_offer"].shares_by
    groups = {("role", 2): [p for p in people if p.answers["role"] == 2]}
    groups |= {("sector", code): [p for p in people if p.answers["sector"] == code] for code in (1, 2, 3, 4)}
    assert sum(map(len, groups.values())) == len(people) == 900
    for (item, code), group in groups.items():
        named = sum(p.answers["barrier_offer"] for p in group)
        assert abs(named - cases[item][code][1] * len(group) / 100) < 1, (item, code)


def test_technicians_work_in_secondary_schools_alone(study):
    drawing = Drawing(study, "2021", SEED)
    people = drawing.kept()
    of_school = {p.school: p.answers["sector"] for p in people if p.answers["sector"] is not None}
    technicians = [p for p in people if p.answers["role"] == 2]
    known = [of_school[p.school] for p in technicians if p.school in of_school]
    assert len(technicians) > 100 and len(known) > 40 and set(known) == {3}


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (
            "sector: {3: {1: 67, 2: 33}}",
            "sectors: {3: {1: 67, 2: 33}}",
            "items.role.shares_by.sectors: is no item here; did you mean 'sector'?",
        ),
        (
            "sector: {3: {1: 67, 2: 33}}",
            "sector: {7: {1: 67, 2: 33}}",
            "items.role.shares_by.sector: 7 is not a code of 'sector'; its codes are 1, 2, 3, 4 (see answers.yaml)",
        ),
        (
            "sector: {3: {1: 67, 2: 33}}",
            "sector: {3: {1: 67, 2: 32}}",
            "items.role.shares_by.sector.3: make 99, not 100",
        ),
        (
            "sector: {3: {1: 67, 2: 33}}",
            "sector: {3: {2: 33, 1: 67}}",
            "items.role.shares_by.sector.3: needs the codes 1, 2 in this order, as the first shares have; 0 where "
            "nobody gives one",
        ),
    ],
)
def test_shares_that_do_not_fit_say_why(project, was, now, said):
    assert refused(project, "synthetic/2017.yaml", was, now) == of_recipe(project, "2017", said)


def test_who_has_no_shares_stops_the_drawing(project):
    path = project / "config/studies" / STUDY / "synthetic/2017.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("    shares: {1: 100, 2: 0}\n", "", 1), encoding="utf-8")
    with pytest.raises(Problem) as told:
        synthetic.export(config.everything(STUDY, project), "2017", SEED)
    assert str(told.value) == (
        "items.role: 1 problem\n  shares: is missing; somebody who answers has none of the answers under 'shares_by'"
    )
