"""What is told of a config with faults: all of it, at once, in exactly these words.

`broken/valid` is a small project without a fault. Every other folder in `broken` is laid over a copy of it and holds
only the files that differ, the names of those that are absent, and the whole text that is told.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stemcareers import config
from stemcareers.config import load, yaml_file
from stemcareers.config.checks import vocabulary
from stemcareers.config.entry import Entry
from stemcareers.contracts import CLEANED, EXPORTED, INGESTED, LONG, POOLED, REPLICATE, WEIGHTED, WIDE
from stemcareers.errors import Problem, Problems

ROOT = Path(__file__).resolve().parents[1]
BROKEN = ROOT / "tests" / "broken"
VALID = BROKEN / "valid"
CASES = sorted(path.name for path in BROKEN.iterdir() if path.is_dir() and path.name != "valid")
TOWN = "config/studies/town"


def laid_over(case: str, folder: Path) -> str:
    """A copy of the valid project with one case laid over it; returns the text that is expected."""
    shutil.copytree(VALID, folder, dirs_exist_ok=True)
    absent = BROKEN / case / "absent.txt"
    for name in absent.read_text().split() if absent.exists() else []:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(BROKEN / case, folder, dirs_exist_ok=True)
    expected = (BROKEN / case / "expected.txt").read_text(encoding="utf-8")
    for model in (config.Specification, config.Table):
        # A list of all keys grows with the model; every other word stands in the file.
        expected = expected.replace(f"<keys of {model.__name__}>", ", ".join(model.model_fields))
    return expected


def told(folder: Path) -> str:
    """Everything that is told of a project, or nothing."""
    try:
        config.project_or_problems()
    except Problems as problems:
        return f"{problems}\n"
    return ""


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the valid project, as working folder."""
    shutil.copytree(VALID, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def change(folder: Path, name: str, old: str, new: str) -> None:
    """Replace a text that stands once in a file of the study."""
    path = folder / TOWN / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_valid_project_is_read_whole(town: Path) -> None:
    project, studies = config.project_or_problems()
    study = studies["town"]
    assert project.smallest_group == 10
    assert list(study.items)[:2] == ["lead_vision", "lead_time"]
    assert study.waves["2025"].differs["Q2"].codes == {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}
    assert study.waves["2024"].design.strata == ["region"]
    assert study.specifications["gap"].between == ["phase"]
    assert study.figures["guides"].levels == ["1", "2"]
    assert not study.synthetic
    assert all(entry.whole for entry in study.specifications.values())


@pytest.mark.parametrize("case", CASES)
def test_told_in_these_words(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    expected = laid_over(case, tmp_path)
    assert told(tmp_path) == expected
    assert not (tmp_path / "broken-into").exists()


def test_every_case_differs_from_the_valid_project() -> None:
    for case in CASES:
        files = [p.relative_to(BROKEN / case) for p in (BROKEN / case).rglob("*") if p.is_file()]
        same = [
            f for f in files if (VALID / f).is_file() and (VALID / f).read_bytes() == (BROKEN / case / f).read_bytes()
        ]
        assert not same, f"{case} repeats {same}"
        assert (BROKEN / case / "expected.txt").read_text().strip(), case


def test_a_word_stays_a_word(town: Path) -> None:
    change(
        town,
        "answers.yaml",
        "yes_no: {kind: nominal, codes: {1: Yes, 2: No}}",
        'yes_no: {kind: nominal, codes: {1: Yes, 2: "No", 3: Off, 4: 0123, 5: 1e3, 6: 2024-03-01, 7: "null"}}',
    )
    study = config.project_or_problems()[1]["town"]
    assert list(study.answers["yes_no"].codes.values()) == ["Yes", "No", "Off", "0123", "1e3", "2024-03-01", "null"]
    assert study.waves["2024"].keep_if[0].equals == "Yes"
    assert study.instruments["careers-leader"].questions["Q3"].codes == {"Yes": 1, "No": 2}


def test_files_that_editors_leave_are_no_studies(town: Path) -> None:
    (town / "config/studies/.ipynb_checkpoints").mkdir()
    (town / TOWN / "waves/.2024.yaml.swp").write_bytes(b"\x00\xff")
    (town / TOWN / "figures/.#effects.yaml").write_text("not: [yaml")
    (town / "config/README.md").write_text("# config")
    assert told(town) == ""


def test_readers_of_one_file_tell_its_faults_alone(town: Path) -> None:
    change(town, "scales.yaml", "reversed: [lead_time]", "reversed: [lead_tme]")
    with pytest.raises(Problem) as raised:
        config.scales(town / TOWN / "scales.yaml")
    assert raised.value.wrong == (
        "leadership.reversed: 'lead_tme' is not among the items of the scale; did you mean 'lead_time'?",
    )
    with pytest.raises(Problems, match="1 problem\n  leadership.reversed"):
        config.everything("town")


def test_ids_our_own_tables_take() -> None:
    tables = (INGESTED, CLEANED, LONG, WIDE, WEIGHTED, POOLED)
    columns = {c.name for table in tables for c in (*table.columns, *table.may_have)}
    assert columns - {f"{REPLICATE}*"} <= vocabulary.TAKEN
    assert vocabulary.TAKEN_PREFIXES == (EXPORTED, REPLICATE)


def test_exports_that_are_wanted(town: Path) -> None:
    wanted = config.wanted_exports()
    assert [(w.study, w.wave, w.file, w.how) for w in wanted] == [
        ("town", "2024", "2024.csv", "ask the town's education office"),
        ("town", "2025", "2025.csv", "ask the town's education office"),
    ]


# --- anything at all ------------------------------------------------------------------------------------------


FILES = sorted(p.relative_to(VALID).as_posix() for p in VALID.rglob("*.yaml"))
LINE = re.compile(r"  (?:line \d+(?:, column \d+)?[:,] |[^\s:].*?: |is |must |holds |the |').+")
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**14),
    st.floats(-1e6, 1e6),
    st.sampled_from(["", " ", "visits", "../x", "a\nb", "all", "phase=1", "by wave", "2024-13-01", "Ü", "x" * 90]),
    st.lists(st.sampled_from([1, "visits", None, [], {}]), max_size=3),
    st.dictionaries(
        st.sampled_from(["a", "Q1", "item", "codes", "1"]), st.sampled_from([1, "x", None, [1]]), max_size=2
    ),
)
NOT_OURS = ("pydantic", "Input should", "Value error", "validation error", "errors.", "Traceback", "Field required")


def places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in nested lists and mappings."""
    found = [path] if path else []
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        found += places(value, (*path, key))
    return found


def replaced(content: Any, path: tuple[Any, ...], value: Any, rename: bool) -> Any:
    """A copy with the value at a path replaced, or its key renamed."""
    changed = copy.deepcopy(content)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    if rename and isinstance(inner, dict):
        inner[value if isinstance(value, str | int) else "renamed"] = inner.pop(path[-1])
    else:
        inner[path[-1]] = value
    return changed


def holds_for_any_change(folder: Path, name: str, data: st.DataObject) -> None:
    """Whatever stands in a file, it is read or told in our words, on lines of their own, without a traceback."""
    original = (VALID / name).read_text(encoding="utf-8")
    content = yaml_file.load(VALID / name)
    path = data.draw(st.sampled_from(places(content)))
    changed = replaced(content, path, data.draw(ODD), data.draw(st.booleans()))
    (folder / name).write_text(json.dumps(changed), encoding="utf-8")
    try:
        text = told(folder)
    finally:
        (folder / name).write_text(original, encoding="utf-8")
    assert not any(words in text for words in NOT_OURS), text
    for line in text.splitlines():
        assert LINE.fullmatch(line) or re.fullmatch(r"config/\S+: \d+ problems?", line), text


@given(data=st.data())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_is_read_or_told(town: Path, data: st.DataObject) -> None:
    holds_for_any_change(town, data.draw(st.sampled_from(FILES)), data)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_change_of_this_file_is_read_or_told(town: Path, name: str, data: st.DataObject) -> None:
    holds_for_any_change(town, name, data)


@given(text=st.text(max_size=200))
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_is_read_or_told(town: Path, text: str) -> None:
    for name in (f"{TOWN}/items.csv", f"{TOWN}/figures/effects.yaml"):
        (town / name).write_bytes(text.encode("utf-8", "surrogatepass"))
        answer = told(town)
        assert name in answer
        assert not any(words in answer for words in NOT_OURS), answer
        shutil.copyfile(VALID / name, town / name)


def test_every_model_is_closed() -> None:
    def below(kind: type[Entry]) -> list[type[Entry]]:
        return [one for sub in kind.__subclasses__() for one in (sub, *below(sub))]

    models = [kind for kind in below(Entry) if kind.__module__.startswith("stemcareers")]
    assert {*load.FOLDERS.values()} <= set(models)
    for model in models:
        assert model.model_config["extra"] == "forbid", model
        assert model.model_config["strict"], model
        assert all(field.description for field in model.model_fields.values()), model


# --- the whole start ------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("case", ["two-files-at-once", "no-study", "python-object"])
def test_snakemake_tells_the_same_and_writes_nothing(case: str, tmp_path: Path) -> None:
    expected = laid_over(case, tmp_path)
    before = sorted(p for p in tmp_path.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-s", str(ROOT / "Snakefile"), "--cores", "1"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "TERM": "dumb"},
        check=False,
    )
    assert done.returncode == 1
    assert done.stdout + done.stderr == expected
    its_own = tmp_path / ".snakemake"  # Snakemake keeps its memory there, whatever happens
    assert sorted(p for p in tmp_path.rglob("*") if p != its_own and its_own not in p.parents) == before
