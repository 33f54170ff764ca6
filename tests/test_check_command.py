"""`stemcareers check`: everything that is wrong with config and raw files, in one list, before any job."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from stemcareers import commands, config, rehearse, suspect
from stemcareers.__main__ import main

ROOT = Path(__file__).resolve().parents[1]
VALID = ROOT / "tests" / "broken" / "valid"
HEADER = ["ResponseId", "URN", "consent", "Progress", "region", *[f"Q{i}" for i in range(1, 7)], "PHASE", "PUPILS"]
ROW = ["R1", "100", "Yes", "100", "north", "4", "2", "Yes", "3", "1", "more time", "2", "900"]
CORRECTED = ["R_7", *ROW[1:8], "2000", *ROW[9:]]  # as corrections/2024.csv says it was
DUMMY = "5f0c3a1b" * 8


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The valid project with both its exports, as working folder; returns the study's config folder."""
    shutil.copytree(VALID, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    export("2024", [HEADER, *([f"R{n}", *ROW[1:]] for n in range(20)), CORRECTED])
    export("2025", [HEADER, ROW])
    return tmp_path / "config/studies/town"


def export(year: str, rows: list[list[str]], right: bool = True) -> None:
    """Write the export of a wave, and its checksum into the wave file."""
    path = Path("data/raw/town", f"{year}.csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(",".join(row) + "\n" for row in rows), encoding="utf-8")
    wave = Path(f"config/studies/town/waves/{year}.yaml")
    lines = [line for line in wave.read_text(encoding="utf-8").splitlines() if "sha256:" not in line]
    place = next(i for i, line in enumerate(lines) if "reader: csv" in line)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest() if right else DUMMY
    lines.insert(place + 1, f"  sha256: {sha256}")
    wave.write_text("\n".join(lines) + "\n", encoding="utf-8")


def told(capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main(["check"])
    said = capsys.readouterr()
    return code, said.out, said.err


REFUSED = (
    "data/raw/town/2024.csv, set aside: 1 x visits is outside its bounds; if one means something, say so under codes "
    "(their rows come into data/quarantine/town/2024.parquet)\n"
)


def test_nothing_is_wrong(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys) == (
        0,
        "config: nothing is wrong (studies: 1, waves: 2, and every export fits)\n",
        REFUSED,
    )


def test_what_a_reader_remarks_is_told_and_no_fault(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wishes = HEADER.index("Q6")
    export("2025", [HEADER, [*ROW[:wishes], "caf\ufffd", *ROW[wishes + 1 :]]])
    assert told(capsys) == (
        0,
        "config: nothing is wrong (studies: 1, waves: 2, and every export fits)\n",
        f"{REFUSED}data/raw/town/2025.csv, 'Q6' has letters in 1 cell that were lost before the export (the sign "
        "U+FFFD stands for them); where they matter, export again as UTF-8\n",
    )


def test_an_export_that_is_not_there_is_told_and_no_fault(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("data/raw/town/2025.csv").unlink()
    assert told(capsys) == (
        0,
        "config: nothing is wrong (studies: 1, waves: 2, exports: 1 of 2)\n",
        "Left out, for want of an export:\n"
        "  town 2025: data/raw/town/2025.csv is missing. Get 2025.csv from its owner and put it into data/raw/town/. "
        f"Ask the town's education office.\n{REFUSED}",
    )


def test_config_and_raw_files_are_told_in_one_list(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    renamed = [name.replace("Q3", "Q03") for name in HEADER if name != "region"]
    export("2024", [[*renamed, "Q7"], [*ROW[:4], *ROW[5:], "x"]])
    export("2025", [HEADER, ROW], right=False)
    gap = town / "specifications/gap.yaml"
    gap.write_text(gap.read_text(encoding="utf-8").replace("outcome: visits", "outcome: visit"), encoding="utf-8")
    found = hashlib.sha256(Path("data/raw/town/2025.csv").read_bytes()).hexdigest()
    assert told(capsys) == (
        1,
        "",
        "config/studies/town/specifications/gap.yaml: 1 problem\n"
        "  outcome: 'visit' is not a known item or scale; did you mean 'visits'? (see items.csv, scales.yaml)\n"
        "data/raw/town/2024.csv: 5 problems\n"
        "  'Q3' (asks 'plan') is not a column of the export; did you mean 'Q03'?\n"
        "  'region' (named in waves/2024.yaml) is not a column of the export\n"
        "  a question that moved to another column is named in waves/2024.yaml: "
        "differs: {<column>: {item: <item>, because: <why>}}\n"
        "  'Q03' is a column of the export, but stands nowhere in instruments/careers-leader.yaml; "
        "name it under questions, or under ignore\n"
        "  'Q7' is a column of the export, but stands nowhere in instruments/careers-leader.yaml; "
        "name it under questions, or under ignore\n"
        "data/raw/town/2025.csv: 1 problem\n"
        "  is not the file that the wave file describes, so nothing was read:\n"
        f"    expected sha256 {DUMMY}\n"
        f"    found    sha256 {found}\n"
        "  bring the right file back ('make fetch' does where it can); if this one is right, put its checksum under "
        "export.sha256\n",
    )


def test_a_broken_file_is_told_without_its_answers(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export("2024", [HEADER, [*ROW, "one cell more"]])
    code, out, err = told(capsys)
    assert (code, out) == (1, "")
    assert err.startswith("data/raw/town/2024.csv: 1 problem\n")
    assert "more time" not in err


def test_a_wave_whose_config_is_faulty_is_not_held_against_its_export(town: Path) -> None:
    export("2024", [["nothing", "fits"], ["a", "b"]])
    wave = town / "waves/2024.yaml"
    wave.write_text(wave.read_text(encoding="utf-8").replace("school: URN", "schol: URN"), encoding="utf-8")
    assert commands._raw_files() == ([], [], 0, [])


def test_what_would_stop_the_build_after_its_columns_is_told(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export("2024", [HEADER, ROW])  # without the response that is corrected
    export("2025", [HEADER, ROW, ["R2", *ROW[1:5], "Agreed", *ROW[6:]], ["R3", *ROW[1:4], "", *ROW[5:]]])
    code, out, err = told(capsys)
    assert (code, out) == (1, "")
    assert err == (
        "config/studies/town/corrections/2024.csv: 1 problem\n"
        "  line 2: the export holds no such response\n"
        "data/raw/town/2025.csv: 1 problem\n"
        "  1 of 24 answers (4.2%) was refused, more than quarantine_at_most (2%): 1 x lead_vision is outside its "
        "answers.\n"
        "  If codes changed, or one means \"don't know\" in this wave, say so under differs; 'make report' puts "
        "the rows into data/quarantine/town/2025.parquet\n"
    )
    export("2025", [HEADER, ROW, ["R3", *ROW[1:4], "", *ROW[5:]]])
    assert "waves/2025.yaml: 1 problem\n  design.strata: 'region' is blank in 1 of 2 responses" in told(capsys)[2]


def test_the_file_s_own_words_for_a_code_that_is_refused_are_told(
    town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = pd.DataFrame([[f"R{n}", *ROW[1:]] for n in range(80)] + [CORRECTED], columns=HEADER)
    numbers = [name for name in HEADER if name[0] == "Q" and name not in {"Q3", "Q6"}] + ["PHASE", "PUPILS", "Progress"]
    frame[numbers] = frame[numbers].astype(float)
    frame.loc[0, "Q1"] = 95.0
    sav(frame, {"Q1": {4.0: "Agree", 95.0: "Valid Skip"}})
    code, out, err = told(capsys)
    said = (
        "'Q1': the file has labels for codes that the answers 'agree5' (answers.yaml) do not know: 95 'Valid Skip'; "
        "put them there, under 'missing' where they are no answer, or say in the questionnaire (codes) what they stand "
        "for\n"
    )
    refused = REFUSED.replace(".csv", ".sav").replace(
        "1 x visits", "1 x lead_vision is declared missing in the file, but not in answers.yaml, 1 x visits"
    )
    assert (code, err) == (0, f"{refused}data/raw/town/2024.sav, set aside: {said}")
    frame.loc[:9, "Q1"] = 95.0
    sav(frame, {"Q1": {4.0: "Agree", 95.0: "Valid Skip"}})
    code, out, err = told(capsys)
    assert code == 1 and err.endswith(f"  {said}")


def sav(frame: pd.DataFrame, labels: dict[str, dict[float, str]]) -> None:
    """The export of 2024 as an SPSS file."""
    path, wave = Path("data/raw/town/2024.sav"), Path("config/studies/town/waves/2024.yaml")
    declared = {name: [95.0] for name in labels}
    pyreadstat.write_sav(frame, str(path), variable_value_labels=labels, missing_ranges=declared)
    lines = [line for line in wave.read_text(encoding="utf-8").splitlines() if "sha256:" not in line]
    text = "\n".join(lines).replace("file: 2024.csv", "file: 2024.sav").replace("reader: csv", "reader: spss")
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    wave.write_text(text.replace("reader: spss", f"reader: spss\n  sha256: {sha256}") + "\n", encoding="utf-8")


def test_what_is_ignored_or_crossed_and_is_in_no_export_is_told(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form = town / "instruments/careers-leader.yaml"
    form.write_text(form.read_text(encoding="utf-8") + "ignore: [Q7, Q8]\n", encoding="utf-8")
    (town / "crosswalk.csv").write_text(
        "wave,school,becomes,since,kind,because\n"
        + "".join(
            f"2024,{old},200,2024-09-01,{kind},the register\n" for old, kind in (("100", "merged"), ("0100", "merged"))
        ),
        encoding="utf-8",
    )
    export("2025", [[*HEADER, "Q8"], [*ROW, "x"]])
    code, out, err = told(capsys)
    assert (code, err) == (
        0,
        f"{REFUSED}data/raw/town/2024.csv, crosswalk.csv: 1 school of this wave is not in the export; write ids as the "
        "export does, or take the rows out\n"
        "town, crosswalk.csv: 1 school has an id after 2024 that no later export has; they did not answer, or write "
        "ids as the exports do\n"
        "config/studies/town/instruments/careers-leader.yaml: ignore: 'Q7' is a column of none of its exports; take it "
        "out\n",
    )
    assert out == "config: nothing is wrong (studies: 1, waves: 2, and every export fits)\n"


def test_a_response_that_may_have_been_sent_twice_is_told() -> None:
    items = [f"q{n}" for n in range(suspect.MANY)]
    kept = pd.DataFrame([[n] * len(items) for n in range(3)], columns=items, dtype="Int64")
    schools = pd.Series(["100", "200", "300"], dtype="string")
    again = pd.concat([kept, kept.tail(1)], ignore_index=True)
    told = rehearse.alike(again.assign(school=pd.Series([*schools, "300"], dtype="string")), items)
    assert told == [
        "1 response has the answers of another of the same school, to 12 questions or more, and no rule under quality "
        "says what becomes of it; {rule: duplicate, within: school, then: exclude, reason: <why>} leaves it out"
    ]
    assert rehearse.alike(again.assign(school=pd.Series([*schools, "400"], dtype="string")), items) == []
    unknown = rehearse.alike(again.assign(school=pd.Series([None] * 4, dtype="string")), items)
    assert unknown == [told[0].replace(" of the same school", "").replace(", within: school", "")]
    assert rehearse.alike(again.assign(school="300"), items[1:]) == []


def test_many_who_answer_nearly_alike_are_not_one_sent_twice() -> None:
    items = [f"q{n}" for n in range(20)]
    chance = np.random.default_rng(7)
    agreeing = pd.DataFrame(chance.choice([1, 2], p=[0.95, 0.05], size=(300, 20)), columns=items, dtype="Int64")
    one_each = pd.Series([str(n) for n in range(300)], dtype="string")
    unknown = pd.Series([None] * 300, dtype="string")
    assert int(agreeing.duplicated().sum()) > 100
    assert rehearse.alike(agreeing.assign(school=unknown), items) == []
    straight = pd.DataFrame({item: [3] * 300 for item in items}, dtype="Int64")
    assert rehearse.alike(straight.assign(school=one_each.str[:-1]), items) == []
    varied = pd.DataFrame(chance.integers(1, 6, size=(300, 20)), columns=items, dtype="Int64")
    twice = pd.concat([varied, varied.head(2)], ignore_index=True)
    [told] = rehearse.alike(twice.assign(school=pd.Series([None] * 302, dtype="string")), items)
    assert told.startswith("2 responses have the answers of another, to 12 questions or more")


def test_numbers_in_another_unit_than_the_wave_before_are_told(town: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pupils = HEADER.index("PUPILS")

    def many(pupils_there: str) -> list[list[str]]:
        return [[f"R{n}", *ROW[1:pupils], pupils_there, *ROW[pupils + 1 :]] for n in range(20)]

    export("2024", [HEADER, *many("900"), CORRECTED])
    export("2025", [HEADER, *many("90")])
    assert told(capsys)[2] == (
        f"{REFUSED}town, 2025: the middle answer to 'pupils' is about 10 times smaller than in 2024; if it is in "
        "another unit, put the export right, or make it an item of its own\n"
    )
    export("2025", [HEADER, *many("450")])
    assert told(capsys)[2] == REFUSED


def test_a_question_in_other_words_than_in_another_wave_is_told() -> None:
    study = config.everything("town", VALID)

    def told_of(**words: bool) -> list[str]:
        one = rehearse.Rehearsed([], [], frozenset(), same_words={"plan": True, "guide": False})
        return rehearse.between_waves(study, {"2024": one, "2025": one._replace(same_words=words)})

    assert told_of(plan=True, guide=False) == []  # the words of guide stand nowhere as in items.csv
    assert told_of(plan=False) == [
        "2025: the file has other words for plan than items.csv and another wave; if it was asked otherwise, say so "
        "under differs (wording), and no trend takes it for the same"
    ]
