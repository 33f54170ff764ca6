"""Rules for the quality of answers: each catches whom it should, counts them, and drops nobody in silence."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import small_wave
from small_wave import ITEMS, cleaned, ingested, instrument, rows
from stemcareers import clean, config, contracts, ledger
from stemcareers.config.entry import read
from stemcareers.config.quality import QualityRule
from stemcareers.config.vocabulary import Item
from stemcareers.errors import Problem

COLUMNS = [*small_wave.COLUMNS, "seconds", "check"]
GRID = ["lead_time", "lead_vision", "lead_chance"]
PLAIN = instrument(other_columns="ignore")
FORM = instrument(questions={**small_wave.QUESTIONS, "Q7": "lead_chance"}, other_columns="ignore")


def judged(folder: Path, table: list[dict[str, str]], *rules: dict[str, Any], **more: Any) -> clean.Cleaned:
    its = {"quality": [{"then": "exclude", "reason": f"rule {n}", **rule} for n, rule in enumerate(rules)], **more}
    return cleaned(ingested(folder, table, COLUMNS, form=PLAIN, **its), **its)


def out(found: clean.Cleaned) -> dict[int, str]:
    """The rows left out and the reason."""
    return {row.row: row.reason for row in found.account.itertuples() if row.reason}


def test_who_answered_too_fast(tmp_path: Path) -> None:
    times = ["100", "59.5", "60", "", "300"]
    table = rows(*({"seconds": time, "urn": time} for time in times))
    rule = {"rule": "speeder", "column": "seconds"}
    assert out(judged(tmp_path, table, {**rule, "at_least": 60})) == {2: "rule 0"}
    # The median of those with a time is 80: half of it is 40, nine tenths are 72.
    assert out(judged(tmp_path, table, {**rule, "share_of_median": 0.5})) == {}
    assert out(judged(tmp_path, table, {**rule, "share_of_median": 0.9})) == {2: "rule 0", 3: "rule 0"}
    with pytest.raises(Problem) as caught:
        judged(tmp_path, rows({"seconds": "fast"}), {**rule, "at_least": 60})
    assert str(caught.value) == (
        "waves/2025.yaml: 1 problem\n  quality.0: 'seconds' is not a number in 1 of the 1 responses judged"
    )


def test_only_those_otherwise_kept_are_judged(tmp_path: Path) -> None:
    table = rows({"consent": "No", "seconds": "fast"}, {"seconds": "10"}, {"seconds": "1000"}, {"seconds": "1001"})
    found = judged(tmp_path, table, {"rule": "speeder", "column": "seconds", "share_of_median": 0.5})
    assert out(found) == {1: "no consent", 2: "rule 0"}


def test_the_same_answers_again(tmp_path: Path) -> None:
    table = rows({"urn": "a"}, {"urn": "b"}, {"urn": "a"}, {"urn": "a", "Q1": "1"}, {"urn": ""}, {"urn": ""})
    assert out(judged(tmp_path, table, {"rule": "duplicate"})) == dict.fromkeys([2, 3, 5, 6], "rule 0")
    assert out(judged(tmp_path, table, {"rule": "duplicate", "within": "school"})) == {3: "rule 0"}
    few = {"rule": "duplicate", "items": ["lead_time"]}
    assert out(judged(tmp_path, table, few)) == dict.fromkeys([2, 3, 5, 6], "rule 0")
    blank = dict.fromkeys(["Q1", "Q2", "Q3", "Q4", "Q5_1"], "")
    assert out(judged(tmp_path, rows(blank, blank), {"rule": "duplicate"})) == {}


def test_free_text_alone_makes_nobody_different(tmp_path: Path) -> None:
    found = judged(tmp_path, rows({"Q6": "one"}, {"Q6": "another"}), {"rule": "duplicate"})
    assert out(found) == {2: "rule 0"}


def test_the_same_code_through_a_grid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Item(item="lead_chance", label="Chance", wording="By chance", answers="agree5", status="official")
    monkeypatch.setitem(ITEMS, "lead_chance", chance)
    columns = [*COLUMNS, "Q7"]
    answers = ["555", "333", "551", "55", "888"]
    table = [
        {**row, **dict(zip(["Q1", "Q2", "Q7"], codes, strict=False))}
        for row, codes in zip(rows(*({"Q2": ""} for _ in answers)), answers, strict=True)
    ]
    rule = {
        "rule": "straight_line",
        "items": GRID,
        "reversed": ["lead_chance"],
        "then": "exclude",
        "reason": "straight",
    }
    for codes, caught in (([], [1, 2, 5]), ([1, 2, 4, 5], [1])):
        its = {"quality": [{**rule, "codes": codes}]}
        found = cleaned(ingested(tmp_path, table, columns, form=FORM, **its), **its)
        assert out(found) == dict.fromkeys(caught, "straight")
    # Where the wave asked only one direction, the same answer throughout says nothing.
    its = {"quality": [rule]}
    assert out(cleaned(ingested(tmp_path, table, COLUMNS, form=PLAIN, **its), **its)) == {}


def test_answers_that_cannot_hold_together(tmp_path: Path) -> None:
    rule = {"rule": "contradiction", "answers": {"club": [2], "hours": [12]}}
    table = rows({}, {"Q3": "2"}, {"Q3": "2", "Q4": ""}, {"Q3": "", "Q4": "12"})
    assert out(judged(tmp_path, table, rule)) == {2: "rule 0"}


def test_a_question_with_a_prescribed_answer(tmp_path: Path) -> None:
    table = rows({"check": "3"}, {"check": "3.0"}, {"check": "Agree"}, {"check": ""}, {"check": "4"}, {"check": "x"})
    rule = {"rule": "attention", "column": "check", "one_of": [3, "Agree"]}
    assert out(judged(tmp_path, table, rule)) == {5: "rule 0", 6: "rule 0"}


def test_flags_keep_and_count_and_stand_in_the_ledger(tmp_path: Path) -> None:
    table = rows({"seconds": "10", "check": "4"}, {"seconds": "10"}, {"seconds": "900", "Q1": "44"})
    fast = {"rule": "speeder", "column": "seconds", "at_least": 60, "then": "flag", "reason": "fast"}
    inattentive = {"rule": "attention", "column": "check", "one_of": [3], "reason": "inattentive"}
    found = judged(tmp_path, table, fast, inattentive)
    told = [tuple(row) for row in found.flow[["stage", "reason", "n"]].to_numpy()]
    assert told == [
        ("received", "", 3),
        ("left_out", "no response id", 0),
        ("left_out", "no consent", 0),
        ("left_out", "exported twice", 0),
        ("left_out", "inattentive", 1),
        ("kept", "", 2),
        ("flagged", "fast", 1),  # of those kept: the first is left out by the second rule
        ("refused_answers", "is outside its answers", 1),
    ]
    changes = [tuple(row) for row in found.ledger[["row", "change", "rule", "reason"]].to_numpy()]
    assert changes == [(1, "left_out", "quality.1", "inattentive"), (2, "flagged", "quality.0", "fast")]
    assert found.responses["row"].tolist() == [2, 3]
    contracts.LEDGER.conform(found.ledger)
    assert ledger.FLAGGED == "flagged"


GOOD = {
    "duplicate": {},
    "speeder": {"column": "seconds", "at_least": 60},
    "straight_line": {"items": ["a", "b", "c"], "reversed": ["c"]},
    "contradiction": {"answers": {"a": [1], "b": [2]}},
    "attention": {"column": "check", "one_of": [3]},
}


@pytest.mark.parametrize("rule", GOOD)
def test_good_rules_are_read(rule: str) -> None:
    assert read(QualityRule, {"rule": rule, "then": "flag", "reason": "r", **GOOD[rule]})[1] == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"rule": "speeder", "column": "s"}, "at_least: a speeder needs one of at_least, share_of_median"),
        (
            {"rule": "speeder", "column": "s", "at_least": 1, "share_of_median": 0.5},
            "at_least: a speeder needs one of at_least, share_of_median",
        ),
        ({"rule": "speeder", "at_least": 1}, "column: is missing; 'speeder' needs it"),
        ({"rule": "attention", "column": "s"}, "one_of: is missing; 'attention' needs it"),
        ({"rule": "duplicate", "column": "s"}, "column: belongs to speeder and attention, not to 'duplicate'"),
        ({"rule": "contradiction", "answers": {"a": [1]}}, "answers: a contradiction needs two items, or more"),
        (
            {"rule": "straight_line", "items": ["a", "b"], "reversed": ["b"]},
            "items: a grid needs 3 items, or more; found 2",
        ),
        (
            {"rule": "straight_line", "items": ["lead", "b", "c"], "reversed": ["leed"]},
            "reversed: 'leed' is not among the items of the grid; did you mean 'lead'?",
        ),
        (
            {"rule": "straight_line", "items": ["a", "b", "c"], "reversed": ["a", "b", "c"]},
            "reversed: holds the whole grid; where all items run one way, the same answer throughout is no fault",
        ),
    ],
)
def test_faulty_rules_are_told(content: dict[str, Any], told: str) -> None:
    assert read(QualityRule, {"then": "flag", "reason": "r", **content})[1] == [told]


def test_the_rules_of_the_readme_are_sound(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[1]
    shutil.copytree(root / "config", tmp_path / "config")
    readme = (root / "config" / "README.md").read_text(encoding="utf-8")
    block = readme.split("### Rules for the quality of answers")[1].split("```")[1]
    wave = tmp_path / "config" / "studies" / "stem-provision-england" / "waves" / "2024.yaml"
    wave.write_text(wave.read_text(encoding="utf-8") + block, encoding="utf-8")
    study = config.study_or_problems("stem-provision-england", tmp_path, root / "notebooks")
    assert [rule.rule for rule in study.waves["2024"].quality] == [
        "speeder",
        "duplicate",
        "straight_line",
        "contradiction",
    ]
