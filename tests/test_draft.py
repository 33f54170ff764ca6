"""Drafting a wave from an export: what can be known is written, what cannot is left for `check`, nobody is quoted."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
import test_readers_fixed_width as fixed_width
import test_readers_jisc as jisc
import test_readers_limesurvey as limesurvey
import test_readers_redcap as redcap
import test_readers_surveymonkey as surveymonkey
import test_readers_xlsform as xlsform
import written_lss
from stemcareers import config, draft
from stemcareers.__main__ import main
from stemcareers.config import yaml_file
from stemcareers.config.entry import parse
from stemcareers.config.instrument import Instrument
from stemcareers.config.vocabulary import AnswerSet
from stemcareers.draft import guess, match
from stemcareers.draft.columns import Column
from stemcareers.draft.questions import Questions
from stemcareers.draft.words import code as draft_code
from stemcareers.draft.words import is_whole
from stemcareers.errors import Problem
from stemcareers.readers.table import Table
from written_xlsx import xlsx

ROOT = Path(__file__).resolve().parents[1]
VALID = ROOT / "tests" / "broken" / "valid"
RAW = Path("data/raw/village")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The valid project as working folder, with room for the exports of a new study."""
    shutil.copytree(VALID, tmp_path, dirs_exist_ok=True)
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    RAW.mkdir(parents=True)
    return tmp_path


HEADER = "Unique id,School URN,E-mail,Do you consent to take part?,Who leads?,Why?,Pupils,Started"
WHO = ("Head", "Deputy")
PEOPLE = [
    f"{n},10{n % 7},a{n}@school.example,{'Yes' if n else 'No'},{WHO[n % 2]},canary {n},{100 + 7 * n},2025-03-{n + 10}"
    for n in range(14)
]


def plain() -> Path:
    path = RAW / "x.csv"
    path.write_text("\n".join([HEADER, *PEOPLE]) + "\n", encoding="utf-8")
    return path


def of_surveymonkey() -> Path:
    (RAW / "x.csv").write_text(surveymonkey.text(), encoding="utf-8")
    return RAW / "x.csv"


def of_jisc() -> Path:
    (RAW / "x.csv").write_text(jisc.text(), encoding="utf-8")
    return RAW / "x.csv"


def of_qualtrics() -> Path:
    return Path(shutil.copy(ROOT / "data/raw/stem-provision-england/2024.csv", RAW / "x.csv"))


def of_limesurvey() -> tuple[Path, Path]:
    return limesurvey.put(RAW, written_lss.short()), RAW / "form.lss"


def of_redcap() -> tuple[Path, Path]:
    (RAW / "x.csv").write_text(redcap.table_of([redcap.RAW, *redcap.ROWS]), encoding="utf-8")
    (RAW / "form.csv").write_text(redcap.dictionary(), encoding="utf-8")
    return RAW / "x.csv", RAW / "form.csv"


def of_xlsform() -> tuple[Path, Path]:
    return xlsform.put(RAW, xlsform.kobo()), RAW / "form.xlsx"


def of_fixed_width() -> tuple[Path, Path]:
    (RAW / "x.txt").write_text(fixed_width.DATA, encoding="utf-8")
    (RAW / "form.sps").write_text(fixed_width.CONTROL, encoding="utf-8")
    return RAW / "x.txt", RAW / "form.sps"


def of_excel() -> Path:
    return xlsx(RAW / "x.xlsx", {"Answers": [["id", "lead"], *([str(n), "Head"] for n in range(9))]})


def _labelled() -> dict[str, object]:
    return {"column_labels": ["Response", "Who leads?"], "variable_value_labels": {"lead": {1: "Head", 2: "Deputy"}}}


def of_spss() -> Path:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "lead": [1.0, 2.0, 1.0]})
    pyreadstat.write_sav(frame, str(RAW / "x.sav"), **_labelled())
    return RAW / "x.sav"


def of_stata() -> Path:
    frame = pd.DataFrame({"id": ["a", "b", "c"], "lead": [1, 2, 1]})
    pyreadstat.write_dta(frame, str(RAW / "x.dta"), **_labelled())
    return RAW / "x.dta"


SAMPLES = {
    "csv": plain,
    "excel": of_excel,
    "fixed_width": of_fixed_width,
    "jisc": of_jisc,
    "limesurvey": of_limesurvey,
    "qualtrics": of_qualtrics,
    "redcap": of_redcap,
    "spss": of_spss,
    "stata": of_stata,
    "surveymonkey": of_surveymonkey,
    "xlsform": of_xlsform,
}
# What `check` may still ask of the person after a draft: keys that are empty, and a wording that no file holds.
ASKED = ("is empty; give a value", "is missing", "need two codes with labels", "give each question of the study a row")


@pytest.mark.parametrize("reader", SAMPLES)
def test_every_reader_s_export_is_known_and_its_draft_is_read(project: Path, reader: str) -> None:
    made = SAMPLES[reader]()
    export, form = made if isinstance(made, tuple) else (made, None)
    drafted = draft.texts(export, "village", "2025", form=form)
    draft.write(drafted, Path("config/studies/village"))
    wave = yaml_file.load(Path("config/studies/village/waves/2025.yaml"))
    assert wave["export"]["reader"] == reader
    _, wrong = config.load.draft("village")
    told = [line for lines in wrong.values() for line in lines]
    unexpected = [line for line in told if not any(words in line for words in ASKED)]
    assert unexpected == []


def test_a_new_study_is_drafted_as_far_as_it_can_be_known(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = plain()
    assert main(["draft", str(path), "--study", "village", "--wave", "2025"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:-1] == [
        f"drafted: config/studies/village/{name}"
        for name in (
            "waves/2025.yaml",
            "instruments/questionnaire-2025.yaml",
            "reports/wave-2025.yaml",
            "study.yaml",
            "items.csv",
            "answers.yaml",
            "scales.yaml",
            "reports/measures.yaml",
            "specifications/who-leads.yaml",
            "figures/who-leads.yaml",
            "specifications/pupils.yaml",
            "tables/pupils.yaml",
            "reports/answers-2025.yaml",
        )
    ]
    wave = yaml_file.load(Path("config/studies/village/waves/2025.yaml"))
    assert (wave["response"], wave["school"], wave["person"]) == ("Unique id", "School URN", "E-mail")
    assert wave["fielded"] == ["2025-03-10", "2025-03-23"]
    assert wave["keep_if"] == [
        {"column": "Do you consent to take part?", "equals": "Yes", "kind": "consent", "otherwise": "no consent"}
    ]
    assert wave["design"] == {"weight": "none", "cluster": "school"}
    form = yaml_file.load(Path("config/studies/village/instruments/questionnaire-2025.yaml"))
    assert form["questions"] == {"Who leads?": "who_leads", "Pupils": "pupils"}
    assert form["ignore"] == ["Unique id", "School URN", "E-mail", "Do you consent to take part?", "Why?", "Started"]
    answers = yaml_file.load(Path("config/studies/village/answers.yaml"))
    assert answers["answers_who_leads"] == {"kind": "nominal", "codes": {1: "Deputy", 2: "Head"}}


def test_check_tells_exactly_what_is_left_to_say(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["draft", str(plain()), "--study", "village", "--wave", "2025"])
    shutil.rmtree("config/studies/town")
    capsys.readouterr()
    assert main(["check"]) == 1
    assert capsys.readouterr().err == (
        "config/studies/village/study.yaml: 5 problems\n"
        "  title: is empty; give a value (the study's name)\n"
        "  summary: is empty; give a value (two or three sentences for the front page)\n"
        "  respondents: is empty; give a value (who answered, in the plural: principals, careers leaders)\n"
        "  source.citation: is empty; give a value (how to cite the study)\n"
        "  licence: is empty; give a value (under which terms the data may be used)\n"
        "config/studies/village/items.csv: 1 problem\n"
        "  line 3, wording: is missing (the question as asked)\n"
        "config/studies/village/answers.yaml: 3 problems\n"
        "  pupils.low: is missing; number answers need low, high and unit\n"
        "  pupils.high: is missing; number answers need low, high and unit\n"
        "  pupils.unit: is missing; number answers need low, high and unit\n"
        "config/studies/village/waves/2025.yaml: 1 problem\n"
        "  source.how: is empty; give a value (what to do to get it, in a sentence)\n"
    )


def test_a_new_study_has_its_first_report_once_what_is_marked_is_filled_in(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["draft", str(plain()), "--study", "village", "--wave", "2025"])
    shutil.rmtree("config/studies/town")
    folder = Path("config/studies/village")
    filled = {
        "study.yaml": {f"{key}:\n": f"{key}: Leaders\n" for key in ("title", "summary", "respondents", "licence")}
        | {"citation: }": "citation: Village (2025)}"},
        "items.csv": {"Who leads?,,": "Who leads?,Who leads?,", "Pupils,,": "Pupils,How many pupils?,"},
        "answers.yaml": {"low: , high: , unit: ": "low: 0, high: 2000, unit: pupils"},
        "waves/2025.yaml": {"{how: }": "{how: Ask the village.}"},
    }
    for name, changes in filled.items():
        text = (folder / name).read_text(encoding="utf-8")
        for empty, given in changes.items():
            text = text.replace(empty, given)
        (folder / name).write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert main(["check"]) == 0, capsys.readouterr().err
    assert yaml_file.load(folder / "reports/answers-2025.yaml") == {
        "title": "Draft: what was answered, 2025",
        "notebook": "provision",
        "summary": [
            {
                "says": "{share:responses} answered 'Deputy' to 'Who leads?'.",
                "specification": "who-leads",
                "outcome": "who_leads",
                "level": "1",
            }
        ],
        "sections": [{"asks": "answered", "figures": ["who-leads"], "tables": ["pupils"]}],
    }
    assert yaml_file.load(folder / "specifications/pupils.yaml") == {
        "title": "Numbers given",
        "short": "2025",
        "family": "quantile",
        "quantiles": [0.25, 0.5, 0.75],
        "outcome": ["pupils"],
        "waves": ["2025"],
    }


def test_questions_with_the_same_answers_share_a_figure_and_long_lists_are_none(project: Path) -> None:
    agree = dict(enumerate(("Never", "Rarely", "Often"), start=1))
    columns = {"a": agree, "b": agree, "yes": {1: "Yes", 2: "No"}, "land": {n: f"Land {n}" for n in range(1, 15)}}
    frame = pd.DataFrame({name: [float(1 + n % len(codes)) for n in range(28)] for name, codes in columns.items()})
    path = RAW / "x.sav"
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels=["Heads plan", "Heads visit", "A {policy}?", "Which land?"],
        variable_value_labels={name: {float(n): word for n, word in codes.items()} for name, codes in columns.items()},
    )
    drafted = draft.texts(path, "village", "2025")
    draft.write(drafted, Path("config/studies/village"))
    figures = {
        Path(name).stem: yaml_file.load(Path("config/studies/village", name))
        for name in drafted
        if name.startswith("figures/")
    }
    assert {name: (its["kind"], its["title"], its.get("levels")) for name, its in figures.items()} == {
        "heads-plan": ("stacked", "Questions answered from 'Never' to 'Often'", None),
        "a-policy": ("bars", "A {policy}?", ["1"]),
    }
    page = drafted["reports/answers-2025.yaml"]
    assert "# not shown, for its many answers: Which land?\n" in page
    assert "{share:responses} answered 'Often' to 'Heads plan'." in page
    assert "{share:responses} answered 'Yes' to 'A (policy)?'." in page


def test_nobody_s_words_are_in_a_draft(project: Path) -> None:
    whole = "".join(draft.texts(plain(), "village", "2025").values())
    assert "canary" not in whole and "school.example" not in whole and "103" not in whole


def test_nothing_is_overwritten(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["draft", str(plain()), "--study", "village", "--wave", "2025"])
    path = Path("config/studies/village/waves/2025.yaml")
    path.write_text("mine\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["draft", str(plain()), "--study", "village", "--wave", "2025"]) == 1
    told = capsys.readouterr().err
    assert told.startswith(
        "config/studies/village: 3 problems\n"
        "  waves/2025.yaml is there already, and nothing was written; this is its draft:\n"
        "  # Drafted from an export;"
    )
    assert told.endswith("  write the draft elsewhere with --to <folder>, or move the file away\n")
    assert path.read_text(encoding="utf-8") == "mine\n"
    assert main(["draft", str(plain()), "--study", "village", "--wave", "2025", "--to", "elsewhere"]) == 0
    assert Path("elsewhere/waves/2025.yaml").is_file()


def town_export(moved: str = "Q5") -> Path:
    """An export of the known questionnaire, in which a question stands under another name."""
    header = ["ResponseId", "URN", "Q1", "Q2", "Q3", "Q4", "Who guides pupils?", "Q6", "PHASE", "PUPILS", "Q99"]
    header[6] = "Who guides pupils?" if moved == "Q5" else "Q5"
    who = ("Teacher", "Counsellor", "Nobody")
    rows = [[f"R{n}", "1", "4", "2", "Yes", "3", who[n % 3], "more", "2", "900", "x"] for n in range(12)]
    path = Path("data/raw/town/2026.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(row) + "\n" for row in [header, *rows]), encoding="utf-8")
    return path


def test_a_wave_of_a_known_questionnaire_says_where_a_question_moved(project: Path) -> None:
    drafted = draft.texts(town_export(), "town", "2026")
    assert list(drafted) == ["waves/2026.yaml", "reports/wave-2026.yaml"]
    text = drafted["waves/2026.yaml"]
    draft.write(drafted, Path("config/studies/town"))
    wave = yaml_file.load(Path("config/studies/town/waves/2026.yaml"))
    assert wave["instrument"] == "careers-leader"
    assert wave["differs"] == {
        "Who guides pupils?": {"item": "guide", "because": "it stood in Q5, and is here by wording and answers"}
    }
    assert "# review: score 1.00\n" in text
    assert text.endswith("# review: 'Q99' stands nowhere in the questionnaire\n")


def test_answers_that_a_wave_spells_otherwise_are_drafted(project: Path) -> None:
    path = town_export()
    path.write_text(path.read_text(encoding="utf-8").replace(",Yes,", ",YES,"), encoding="utf-8")
    draft.write(draft.texts(path, "town", "2026"), Path("config/studies/town"))
    differs = yaml_file.load(Path("config/studies/town/waves/2026.yaml"))["differs"]
    assert differs["Q3"] == {"codes": {"YES": 1}, "because": "spelt otherwise"}


def test_an_id_that_stands_twice_is_drafted_with_a_doubt_and_times_are_no_question(project: Path) -> None:
    RAW.mkdir(parents=True, exist_ok=True)
    rows = [f"R{n // 2},2025-03-0{n + 1}T10:00:00,{n % 2}" for n in range(6)]
    (RAW / "x.csv").write_text("\n".join(["Response ID,Submitted,a", *rows, ""]), encoding="utf-8")
    drafted = draft.texts(RAW / "x.csv", "new", "2025")
    assert "\nresponse: Response ID  # review: it is not another in every row\n" in drafted["waves/2025.yaml"]
    assert "fielded: [2025-03-01, 2025-03-06]" in drafted["waves/2025.yaml"]
    assert "submitted" not in drafted["items.csv"].lower()


def test_consent_is_drafted_in_every_spelling(project: Path) -> None:
    RAW.mkdir(parents=True, exist_ok=True)
    rows = [f"R{n},{said}" for n, said in enumerate(["Yes", "Yes", "yes", "No"] * 3)]
    (RAW / "x.csv").write_text("\n".join(["Response ID,Consent", *rows, ""]), encoding="utf-8")
    wave = draft.texts(RAW / "x.csv", "new", "2025")["waves/2025.yaml"]
    assert "  - {column: Consent, one_of: [Yes, yes], kind: consent, otherwise: no consent}" in wave


@pytest.mark.parametrize(("cell", "said"), [("1", "1"), ("Yes", "Yes")])
def test_consent_is_kept_by_what_stands_in_the_cells(project: Path, cell: str, said: str) -> None:
    RAW.mkdir(parents=True, exist_ok=True)
    fields = [
        ["record_id", "form", "", "text", "Record ID", "", "", "", "", ""],
        ["consent", "form", "", "yesno", "Do you consent?", "", "", "", "", ""],
    ]
    (RAW / "form.csv").write_text(redcap.dictionary(fields), encoding="utf-8")
    rows = [["record_id", "consent", "form_complete"], *([str(n), cell, "2"] for n in range(6))]
    (RAW / "x.csv").write_text(redcap.table_of(rows), encoding="utf-8")
    drafted = draft.texts(RAW / "x.csv", "new", "2025", form=RAW / "form.csv", reader="redcap")
    assert f"{{column: consent, equals: {said}, kind: consent" in drafted["waves/2025.yaml"]


def test_a_code_that_a_file_declares_missing_without_a_label_is_no_answer(project: Path) -> None:
    RAW.mkdir(parents=True, exist_ok=True)
    frame = pd.DataFrame({"id": [f"R{n}" for n in range(12)], "club": [1.0, 2.0, 9.0] * 4})
    labels = {"club": {1.0: "Yes", 2.0: "No"}}
    pyreadstat.write_sav(frame, str(RAW / "x.sav"), variable_value_labels=labels, missing_ranges={"club": [9]})
    assert "missing: {9: skipped}" in draft.texts(RAW / "x.sav", "new", "2025")["answers.yaml"]


def test_a_wave_whose_words_are_others_is_told(project: Path) -> None:
    path = Path("data/raw/town/2026.sav")
    path.parent.mkdir(parents=True)
    names = ["ResponseId", "URN", "Q1", "Q2", "Q3", "Q4", "Q5", "Q6", "PHASE", "PUPILS"]
    labels = ["", "", "Vision", "There is too little time", "", "", "Who guides pupils?", "", "", ""]
    pyreadstat.write_sav(pd.DataFrame([["a"] * 10, ["b"] * 10], columns=names), str(path), column_labels=labels)
    text = draft.texts(path, "town", "2026")["waves/2026.yaml"]
    assert [line for line in text.splitlines() if "asks" in line] == [
        "# review: Q1 asks 'Vision' here, and 'My school has a vision for STEM careers' in items.csv; if it was asked "
        "otherwise before, say so under differs (wording)",
        "# review: Q2 asks 'There is too little time' here, and 'There is too little time, even for the basics' in "
        "items.csv; if it was asked otherwise before, say so under differs (wording)",
    ]


def test_codes_that_are_no_answer_and_ids_of_two_columns_are_seen(project: Path) -> None:
    path = RAW / "x.sav"
    frame = pd.DataFrame(
        [[c, s, 1.0, 2.0] for c in ("AUT", "BEL") for s in ("1", "2")], columns=["CNT", "SCHOOLID", "a", "b"]
    )
    labels = {1: "Public", 2: "Private", 7: "N/A", 8: "Invalid", 9: "Don't know"}
    pyreadstat.write_sav(
        frame, str(path), column_labels=["", "", "Kind", "Type"], variable_value_labels={"a": labels, "b": labels}
    )
    draft.write(draft.texts(path, "village", "2025"), Path("config/studies/village"))
    wave = yaml_file.load(Path("config/studies/village/waves/2025.yaml"))
    assert wave["response"] == wave["school"] == ["CNT", "SCHOOLID"]
    assert yaml_file.load(Path("config/studies/village/answers.yaml")) == {
        "answers_kind": {
            "kind": "nominal",
            "codes": {1: "Public", 2: "Private"},
            "missing": {7: "not_asked", 8: "skipped", 9: "dont_know"},
        }
    }


def cycle(folder: Path) -> Path:
    """A school file as the OECD writes them: labels for codes that are no answer, ids and weights."""
    frame = pd.DataFrame(
        {
            "CNT": ["AUT", "BEL"] * 20,
            "CNTSCHID": [4_000_001.0 + n for n in range(40)],
            "STRATUM": ["AUT01", "BEL01"] * 20,
            "SC1": [1.0, 2.0, 95.0, 99.0] * 10,
            "SC2": [120.0, 9999.0] * 20,
            "SC3": [1.0, 2.0, 3.0, 4.0] * 10,
            "SC4": [4.0, 3.0, 2.0, 1.0] * 10,
            "W_SCH": [1.5, 2.25] * 20,
        }
    )
    none = {95.0: "Valid Skip", 97.0: "Not Applicable", 98.0: "Invalid", 99.0: "No Response"}
    often = {1.0: "Never", 2.0: "Rarely", 3.0: "Often", 4.0: "Always", **none}
    pyreadstat.write_sav(
        frame,
        str(folder / "x.sav"),
        column_labels=[
            *("Country", "School", "Stratum", "Is there a plan?", "Pupils"),
            *("How often: Heads observe lessons", "How often: Heads praise teachers", "Weight"),
        ],
        variable_value_labels={
            "CNT": {"AUT": "Austria", "BEL": "Belgium"},
            "SC1": {1.0: "Yes", 2.0: "No", **none},
            "SC2": {9997.0: "Not Applicable", 9999.0: "No Response"},
            "SC3": often,
            "SC4": often,
        },
    )
    return folder / "x.sav"


def test_a_cycle_of_a_school_file_is_drafted_with_its_codes_ids_and_weights(project: Path) -> None:
    drafted = draft.texts(cycle(RAW), "village", "2025")
    wave = drafted["waves/2025.yaml"]
    assert "response: CNTSCHID  # review: it differs in every row\nschool: CNTSCHID\n" in wave
    assert "# review: weights may be in W_SCH ('Weight'); strata may be in STRATUM\n" in wave
    draft.write(drafted, Path("config/studies/village"))
    form = yaml_file.load(Path("config/studies/village/instruments/questionnaire-2025.yaml"))
    assert list(form["questions"]) == ["CNT", "SC1", "SC2", "SC3", "SC4"]
    assert form["questions"]["SC3"] == "heads_observe_lessons"
    assert form["ignore"] == ["CNTSCHID", "STRATUM", "W_SCH"]
    answers = yaml_file.load(Path("config/studies/village/answers.yaml"))
    none = {95: "not_asked", 97: "not_asked", 98: "skipped", 99: "skipped"}
    assert answers["yes_no"] == {"kind": "nominal", "codes": {1: "Yes", 2: "No"}, "missing": none}
    assert answers["pupils"]["kind"] == "number"
    assert answers["pupils"]["missing"] == {9997: "not_asked", 9999: "skipped"}
    assert answers["answers_heads_observe_lessons"] == {
        "kind": "ordered",
        "codes": {1: "Never", 2: "Rarely", 3: "Often", 4: "Always"},
        "missing": none,
    }


def test_a_new_questionnaire_of_a_known_study_is_held_against_its_waves(project: Path) -> None:
    wave, form = (
        Path("config/studies/town/waves/2025.yaml"),
        Path("config/studies/town/instruments/careers-leader.yaml"),
    )
    design = "design: {weight: W_SCH, strata: [CNT, STRATUM], lonely: adjust}"
    text = wave.read_text(encoding="utf-8")
    wave.write_text(text.replace("design: {weight: none, strata: region, cluster: school}", design), encoding="utf-8")
    asked = "CNT: {item: phase, codes: {AUT: 1, CZE: 2}}"
    form.write_text(form.read_text(encoding="utf-8").replace("PHASE: phase", asked), encoding="utf-8")
    drafted = draft.texts(cycle(RAW), "town", "2026")
    assert design in drafted["waves/2026.yaml"]
    doubt = "# review: other waves leave out 'no consent'; should this one, under keep_if?\n"
    assert doubt in drafted["waves/2026.yaml"]
    asks = drafted["instruments/questionnaire-2026.yaml"]
    doubt = "# review: as in instruments/careers-leader.yaml; it did not know BEL\n"
    assert f"  CNT: {{item: phase, codes: {{AUT: 1, BEL: 3}}}}  {doubt}" in asks
    assert "# phase: codes: {3: Belgium}\n" in asks
    assert "# review: these codes are no answers here, and answers.yaml does not know them; add them there:\n" in asks
    assert "# yes_no: missing: {95: not_asked, 97: not_asked, 98: skipped, 99: skipped}\n" in asks


def test_numbers_with_units_days_schools_and_replicate_weights_are_seen(project: Path) -> None:
    header = ["id", "What is your school's number?", "How long?", "Share?", "When was it?", "intdate"]
    header += [f"rw{n}" for n in range(1, 5)]
    rows = [
        [f"R{n}", f"66{n % 9}", f"{n} mins" if n % 2 else f"{n}.5", f"{n}%", f"{n + 1:02}/03/2024 10:30"]
        + [f"{n + 1}-Mar-2024", *[f"{n}.25"] * 4]
        for n in range(20)
    ]
    path = RAW / "x.csv"
    path.write_text("".join(",".join(row) + "\n" for row in [header, *rows]), encoding="utf-8")
    drafted = draft.texts(path, "village", "2024")
    form, wave = drafted["instruments/questionnaire-2024.yaml"], drafted["waves/2024.yaml"]
    assert drafted["answers.yaml"] == (
        "how_long: {kind: number, low: , high: , unit: }  # review: what can be answered; some end with mins: name "
        "them under units\n"
        "share: {kind: number, low: , high: , unit: }  # review: what can be answered; some end with %: say "
        "number_signs: [percent] under export\n"
        'when_was_it: {kind: date, format: "%d/%m/%Y %H:%M", earliest: , latest: }  # review: between which days\n'
    )
    assert "rw1   # a replicate weight" in form and "number?\"   # names the school" in form
    assert "fielded: [2024-03-01, 2024-03-20]" in wave
    assert 'school: "What is your school\'s number?"\n' in wave
    assert "replicate weights may be in rw1 to rw4: replicates" in wave


def test_codes_that_a_file_declares_missing_are_no_answers(project: Path) -> None:
    path = RAW / "x.sav"
    frame = pd.DataFrame({"id": [f"R{n}" for n in range(20)], "often": [1.0, 2, 3, 7] * 5, "n": [9999.0, *range(19)]})
    pyreadstat.write_sav(
        frame,
        str(path),
        variable_value_labels={
            "often": {1.0: "Never", 2.0: "Some lessons", 3.0: "Every lesson", 7.0: "Form lost"},
            "n": {9999.0: "Form lost"},
        },
        missing_ranges={"often": [7.0], "n": [9999.0]},
    )
    assert draft.texts(path, "village", "2025")["answers.yaml"] == (
        "answers_often:  # review: from low to high, and codes that are no answer\n"
        "  kind: ordered\n  codes:\n    1: Never\n    2: Some lessons\n    3: Every lesson\n  missing: {7: skipped}\n"
        "n: {kind: number, low: , high: , unit: , missing: {9999: skipped}}  # review: what can be answered\n"
    )


def test_a_wave_takes_the_whole_design_of_the_wave_it_is_like(project: Path) -> None:
    waves = Path("config/studies/town/waves")
    for file in waves.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(
            text[: text.index("design:")]
            + "design: {weight: w, strata: PHASE, cluster: school, population: N, lonely: adjust, sums_to: 3, "
            "calibrate: {method: linear, population: all, margins: [phase]}}\n",
            encoding="utf-8",
        )
    path = town_export()
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([f"{lines[0]},w,N", *(f"{line},1.5,40" for line in lines[1:])]) + "\n", encoding="utf-8")
    wave = draft.texts(path, "town", "2026")["waves/2026.yaml"]
    assert (
        "design: {weight: w, strata: [PHASE], cluster: school, population: N, lonely: adjust, calibrate: {method: "
        "linear, population: , margins: [phase]}}  # review: as in the study's other waves, as far as the export has "
        "their columns\n"
    ) in wave
    assert "'N' stands nowhere" not in wave


def test_a_question_keeps_its_routing_and_other_is_other(project: Path) -> None:
    study = config.everything("town", project)
    answers = {**study.answers, "who": AnswerSet(kind="nominal", codes={1: "Head", 2: "Other"})}
    items = {**study.items, "who": study.items["guide"].model_copy(update={"answers": "who"})}
    asked = {"title": "t", "mode": "m", "questions": {"A": {"item": "who", "asked_if": {"plan": [1]}}}}
    column = Column("Q9", items["who"].wording, "categories", {"1": "Head", "2": "Other (please specify)", "3": "Nun"})
    table = Table("x.csv", {"Q9": np.array(["Head"], dtype=object)}, header_rows=1, encoding="utf-8")
    found = Questions.of(table, [column], {"who": items["who"]}, answers, {"old": parse(Instrument, asked, "old.yaml")})
    assert found.lines == [
        '  Q9: {item: who, codes: {"Other (please specify)": 2}, asked_if: {plan: [1]}}   # by wording and answers, '
        "score 0.77; review: is it the same?\n"
        "    # review: asked_if as in instruments/old.yaml\n"
        "    # review: Nun is none of its answers; say under codes what it is\n"
    ]


def test_statements_of_one_grid_are_told_apart_by_their_own_words() -> None:
    study = config.everything("town", VALID)
    stem = "In your school, which of these things stand in the way of careers work? - "
    items = {
        name: study.items["guide"].model_copy(update={"item": name, "wording": stem + name.replace("_", " ")})
        for name in ("lack_of_time", "lack_of_money")
    }
    columns = [
        Column(f"Q{n}", stem + words, "box", {}, stem=stem) for n, words in enumerate(("Lack of money", "The weather"))
    ]
    assert match.matches(columns, items, study.answers) == {"Q0": ("lack_of_money", 1.0)}


def test_choices_joined_in_a_cell_become_boxes_and_words_beside_other_stay(project: Path) -> None:
    joined = ("Time,Money, or staff", "Money, or staff", "Time,Contacts", "Contacts,Time,Money, or staff")
    cells = ["Time", *(f'"{text}"' for text in joined)]
    rows = [f"R{n},{cells[n % 5]},{('Head', 'Other')[n % 2]},{('', 'the cook')[n % 2]},\n" for n in range(30)]
    header = "Response id,What stands in the way?,Who leads?,Who leads? - Other (please specify),\n"
    path = RAW / "x.csv"
    path.write_text("\ufeff" + header + "".join(rows), encoding="utf-8")
    draft.write(draft.texts(path, "village", "2025"), Path("config/studies/village"))
    wave = yaml_file.load(Path("config/studies/village/waves/2025.yaml"))
    assert wave["export"]["joined"] == {
        "What stands in the way?": {"choices": {1: "Contacts", 2: "Money, or staff", 3: "Time"}}
    }
    form = yaml_file.load(Path("config/studies/village/instruments/questionnaire-2025.yaml"))
    assert form["ticks"]["What stands in the way?"]["items"] == {
        "What stands in the way?_1": "contacts",
        "What stands in the way?_2": "money_or_staff",
        "What stands in the way?_3": "time",
    }
    assert form["questions"] == {
        "Who leads?": {"item": "who_leads", "other_text": "Who leads? - Other (please specify)"}
    }


def test_words_have_their_order_and_codes_below_0_are_no_answers(project: Path) -> None:
    words = ("Agree", "-99", "Strongly agree", "Disagree")
    path = RAW / "x.csv"
    path.write_text(
        "Response id,Do you agree?,Hours,Anything else?\n"
        + "".join(f'R{n},{words[n % 4]},"{n % 3},5",fine\n' for n in range(40)),
        encoding="utf-8",
    )
    drafted = draft.texts(path, "village", "2025")
    draft.write(drafted, Path("config/studies/village"))
    answers = yaml_file.load(Path("config/studies/village/answers.yaml"))
    assert answers["answers_do_you_agree"] == {
        "kind": "ordered",
        "codes": {1: "Disagree", 2: "Agree", 3: "Strongly agree"},
        "missing": {-99: "skipped"},
    }
    assert answers["hours"]["kind"] == "number"
    assert '  decimal: ","\n' in drafted["waves/2025.yaml"]
    assert yaml_file.load(Path("config/studies/village/instruments/questionnaire-2025.yaml"))["ignore"] == [
        "Response id",
        "Anything else?",
    ]


def test_titles_above_a_table_are_passed_over(project: Path) -> None:
    rows = [["Survey of 2025"], [], ["id", "Who leads?", "Pupils"], *([f"R{n}", "Head", 90 + n] for n in range(14))]
    xlsx(RAW / "x.xlsx", {"Answers": rows})
    assert "  header_row: 3\n" in draft.texts(RAW / "x.xlsx", "village", "2025")["waves/2025.yaml"]


def test_of_several_sheets_the_fullest_is_read(project: Path) -> None:
    rows = [["id", "lead"], *([f"R{n}", "Head"] for n in range(9))]
    drafted = draft.texts(xlsx(RAW / "x.xlsx", {"Notes": [["made by hand"]], "Answers": rows}), "village", "2025")
    assert "  sheet: Answers  # review: the one that holds most\n" in drafted["waves/2025.yaml"]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (("03/05/2025 10:00", "21/04/2025 11:00"), "[2025-04-21, 2025-05-03]"),
        (("03/05/2025 10:00", "04/21/2025 11:00"), "[2025-03-05, 2025-04-21]"),
        (("2025-04-21T10:00:00.000+01:00", "2025-05-03T10:00:00"), "[2025-04-21, 2025-05-03]"),
    ],
)
def test_days_are_known_by_one_beyond_12(project: Path, days: tuple[str, str], said: str) -> None:
    path = RAW / "x.csv"
    path.write_text("id,Timestamp\n" + "".join(f"R{n},{days[n % 2]}\n" for n in range(9)), encoding="utf-8")
    assert f"fielded: {said}  # review" in draft.texts(path, "village", "2025")["waves/2025.yaml"]


def test_a_questionnaire_the_study_does_not_have_is_matched_to_its_items(project: Path) -> None:
    header = "Response id,Who guides the pupils?,Does the school have a plan for careers?,What is new?"
    rows = [f"R{n},{('Teacher', 'Nobody')[n % 2]},{('Yes', 'No')[n % 2]},{('a', 'b')[n % 2]}" for n in range(20)]
    path = RAW / "x.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    drafted = draft.texts(path, "town", "2026")
    assert list(drafted) == ["waves/2026.yaml", "instruments/questionnaire-2026.yaml", "reports/wave-2026.yaml"]
    form = drafted["instruments/questionnaire-2026.yaml"]
    assert '"Who guides the pupils?": guide   # by wording and answers, score 0.8' in form
    assert '"What is new?": what_is_new\n' in form
    assert "# what_is_new,What is new?,What is new?,answers_what_is_new,official\n" in form
    assert '"Does the school have a plan for careers?": plan' in form


@pytest.mark.parametrize(
    ("wording", "labels", "least", "most"),
    [
        ("Who guides pupils?", ["Teacher", "Counsellor", "Nobody"], 1.0, 1.0),
        ("who guides  pupils", ["Teacher", "Counsellor", "Nobody"], 1.0, 1.0),
        ("Who guides pupils?", ["Yes", "No"], 0.7, 0.7),
        ("How many employers visit?", ["Yes", "No"], 0.0, 0.4),
    ],
)
def test_a_score_is_of_words_and_answers(wording: str, labels: list[str], least: float, most: float) -> None:
    study = config.everything("town", VALID)
    answers = {str(place): label for place, label in enumerate(labels, start=1)}
    found = match.score(Column("Q", wording, "categories", answers), study.items["guide"], study.answers["guide"])
    assert least <= round(found, 9) <= most


def test_a_code_is_a_number_in_plain_digits_alone() -> None:
    assert [is_whole(code) for code in ("0", "-9", "12", "\N{SUPERSCRIPT TWO}", "007", "--1", "")] == [True] * 3 + [
        False
    ] * 4
    assert draft_code("\N{SUPERSCRIPT TWO}") == '"\N{SUPERSCRIPT TWO}"'


def test_what_no_reader_reads_is_told_by_each(project: Path) -> None:
    path = RAW / "x.csv"
    path.write_bytes(b"a,b\n1,2,3\n")
    with pytest.raises(Problem) as told:
        draft.texts(path, "village", "2025")
    assert told.value.wrong[0].startswith("csv: ")
    assert told.value.wrong[-1] == "if none of these is its format, name it with --reader"


def test_text_in_fixed_columns_asks_for_its_control_file(project: Path) -> None:
    path = RAW / "x.txt"
    path.write_text("0001 1 2\n0002 2 1\n0003 1 1\n", encoding="utf-8")
    with pytest.raises(Problem) as told:
        draft.texts(path, "village", "2025")
    assert list(told.value.wrong) == [
        "csv: finds one column alone",
        "fixed_width: needs the SPSS control file that names its columns (or a layout in csv); name it with "
        "--questionnaire",
        "if none of these is its format, name it with --reader",
    ]


def test_words_that_are_none_are_refused(project: Path) -> None:
    with pytest.raises(Problem) as told:
        draft.texts(plain(), "Village", "2025")
    assert str(told.value) == "draft: 1 problem\n  'Village' is not an id: small letters and digits joined by '-'"
    with pytest.raises(Problem) as told:
        draft.texts(plain(), "village", "2025", reader="csvs")
    assert told.value.wrong[0].startswith("'csvs' is not a reader; did you mean 'csv'?; use csv, ")
    with pytest.raises(Problem) as told:
        draft.texts(RAW / "y.csv", "village", "2025")
    assert (
        str(told.value) == "data/raw/village/y.csv: 1 problem\n  is not there; name the file that the survey tool gave"
    )
    spaced = plain().rename(RAW / "Our survey (final).csv")
    with pytest.raises(Problem) as told:
        draft.texts(spaced, "village", "2025")
    assert str(told.value) == (
        "data/raw/village/Our survey (final).csv: 1 problem\n  rename the file: a wave names it by letters, digits, "
        "'.', '_' and '-' alone; for example 'Our-survey-final.csv'"
    )
    with pytest.raises(Problem) as told:
        draft.texts(of_redcap()[0], "village", "2025", reader="redcap")
    assert told.value.wrong[0] == (
        "redcap: needs the data dictionary of its project (csv); name it with --questionnaire"
    )


@pytest.mark.parametrize(("encoding", "sign", "said"), [
    ("cp1252", ";", {"encoding": "cp1252", "separator": "semicolon"}),
    ("utf-16", "\t", {"encoding": "utf-16", "separator": "tab"}),
    ("utf-8-sig", ",", {}),
])  # fmt: skip
def test_encoding_and_separator_are_seen(project: Path, encoding: str, sign: str, said: dict[str, str]) -> None:
    path = RAW / "x.csv"
    path.write_bytes(f"id{sign}école\nR1{sign}1\nR2{sign}2\n".encode(encoding))
    entry, table = guess.reading(path, None, None)
    assert table.columns == ("id", "école")
    assert {key: value for key, value in entry.items() if key not in {"file", "reader", "sha256"}} == said
