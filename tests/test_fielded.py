"""The questionnaire of a wave is its instrument with what the wave says under `differs`."""

from __future__ import annotations

import pytest
import small_wave
from stemcareers.config.fielded import fielded
from stemcareers.errors import Problem

USUAL = {"Q1": "lead_time", "Q2": "lead_vision", "Q3": "club", "Q4": "hours", "Q6": "comment"}
BOXES = {"Q5_1": "barrier_time", "Q5_2": "barrier_money"}


def under(**differs: dict) -> object:
    given = {column: {"because": "printed so", **difference} for column, difference in differs.items()}
    return fielded(small_wave.instrument(), small_wave.wave(differs=given))


def test_nothing_differs() -> None:
    assert fielded(small_wave.instrument(), small_wave.wave()) == small_wave.instrument()


def test_codes_replace_those_of_the_question() -> None:
    turned = under(Q1={"codes": {1: 5, 5: 1}})
    assert turned.questions["Q1"].codes == {1: 5, 5: 1}
    assert turned.columns() == {**USUAL, **BOXES}


def test_a_moved_question_keeps_its_routing_and_leaves_its_column() -> None:
    moved = under(Q7={"item": "hours", "codes": {"none": 0}})
    assert moved.columns() == {
        "Q1": "lead_time",
        "Q2": "lead_vision",
        "Q3": "club",
        "Q6": "comment",
        "Q7": "hours",
        **BOXES,
    }
    assert moved.questions["Q7"].asked_if == {"club": [1]}
    assert moved.questions["Q7"].codes == {"none": 0}


def test_questions_that_changed_places() -> None:
    assert under(Q1={"item": "lead_vision"}, Q2={"item": "lead_time"}).columns() == {
        **USUAL,
        **BOXES,
        "Q1": "lead_vision",
        "Q2": "lead_time",
    }


def test_a_column_that_asks_something_else_leaves_its_item_unasked() -> None:
    assert "lead_time" not in under(Q1={"item": "new_item"}).columns().values()


def test_a_box_that_moved_stays_in_its_block() -> None:
    moved = under(Q5_9={"item": "barrier_money"})
    assert moved.ticks["barriers"].items == {"Q5_1": "barrier_time", "Q5_9": "barrier_money"}
    assert "Q5_9" not in moved.questions


def test_an_item_in_two_columns_is_refused() -> None:
    with pytest.raises(Problem, match="'hours' is asked by 2 columns; an item has one"):
        under(Q7={"item": "hours"}, Q8={"item": "hours"})
