"""How errors read: where it is, everything that is wrong there, what was meant."""

from __future__ import annotations

import pickle

import pytest
from stemcareers.errors import Problem, Problems, did_you_mean


def test_one_place_and_all_that_is_wrong_there() -> None:
    problem = Problem(
        "config/studies/england/waves/2025-spring.yaml",
        "differs.Q14_3.item: 'lead_tme' is not a known item; did you mean 'lead_time'? (see items.csv)",
        "keep_if.1.atleast: is not a key here; did you mean 'at_least'?",
    )
    assert str(problem) == (
        "config/studies/england/waves/2025-spring.yaml: 2 problems\n"
        "  differs.Q14_3.item: 'lead_tme' is not a known item; did you mean 'lead_time'? (see items.csv)\n"
        "  keep_if.1.atleast: is not a key here; did you mean 'at_least'?"
    )


def test_one_problem_is_one_and_its_further_lines_are_indented() -> None:
    assert str(Problem("data/x.parquet", "412 of 9,800 answers were refused.\nSay so under differs.")) == (
        "data/x.parquet: 1 problem\n  412 of 9,800 answers were refused.\n  Say so under differs."
    )


def test_several_places_follow_each_other() -> None:
    problems = Problems([Problem("a.yaml", "is empty"), Problem("b.yaml", "is empty")])
    assert str(problems) == "a.yaml: 1 problem\n  is empty\nb.yaml: 1 problem\n  is empty"
    assert [p.where for p in problems.problems] == ["a.yaml", "b.yaml"]


def test_a_problem_crosses_to_another_process() -> None:
    problem = pickle.loads(pickle.dumps(Problem("a.yaml", "is empty", "has no key")))
    assert str(problem) == "a.yaml: 2 problems\n  is empty\n  has no key"
    several = pickle.loads(pickle.dumps(Problems([problem])))
    assert str(several) == str(problem)


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("lead_tme", "; did you mean 'lead_time'?"),
        ("Lead_Time", "; did you mean 'lead_time'?"),
        ("governors", ""),
        ("", ""),
    ],
)
def test_what_was_meant(word: str, meant: str) -> None:
    assert did_you_mean(word, ["lead_time", "lead_vision"]) == meant


def test_nothing_known_is_nothing_meant() -> None:
    assert did_you_mean("lead_time", []) == ""


def test_letters_that_act_or_do_not_show_are_told_as_escapes() -> None:
    problem = Problem("x\u202e.csv", "'Q1\u200b' and '\x1b[2J' stand there:\n  one below the other")
    assert str(problem) == (
        "x\\u202e.csv: 1 problem\n  'Q1\\u200b' and '\\x1b[2J' stand there:\n    one below the other"
    )
    assert str(Problem("Größe.csv", "'中文' is not known")) == "Größe.csv: 1 problem\n  '中文' is not known"
