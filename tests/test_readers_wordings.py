"""The wordings in a file, held against those of items.csv: what is no change, what is told, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from small_wave import ITEMS
from stemcareers.config.entry import parse
from stemcareers.config.instrument import Instrument
from stemcareers.errors import Problem
from stemcareers.readers.table import Table
from stemcareers.readers.wordings import as_known, changed, refuse_moved

VISION, TIME, CLUB = "The school has a vision", "I have time to lead", "Is there a STEM club?"
STEM = "How far do you agree with each of these statements on how your school is led? "


def moved(wordings: Mapping[str, str], own: Mapping[str, str] | None = None) -> list[str]:
    """What is refused, then what is told, of columns Q1 (lead_time), Q2 (lead_vision) and Q3 (club)."""
    table = Table("x.csv", {c: np.array([""], dtype=object) for c in wordings}, 1, "utf-8", wordings=wordings)
    questions = {
        column: {"item": item, **({"wording": (own or {})[column]} if column in (own or {}) else {})}
        for column, item in {"Q1": "lead_time", "Q2": "lead_vision", "Q3": "club"}.items()
    }
    form = parse(Instrument, {"title": "x", "mode": "online", "questions": questions}, "x.yaml")
    try:
        refuse_moved(table, form, ITEMS)
    except Problem as problem:
        return list(problem.wrong)
    return list(changed(table, form, ITEMS))


def test_what_tools_add_to_words_is_no_change() -> None:
    assert moved({"Q1": "I have TIME  to lead.", "Q2": f"{VISION} - Selected Choice", "Q3": CLUB}) == []
    assert moved({"Q1": "I ${e://Field/name} have time to lead", "Q2": "{TOKEN:NAME} the school has a vision"}) == []


def test_words_of_another_question_are_refused_unless_the_wave_says_that_they_stand_there() -> None:
    assert moved({"Q1": TIME, "Q2": CLUB, "Q3": "Is there one?"}) == [
        "'Q2' is read as 'lead_vision', but the file has the words of 'club' there; if the questions changed places, "
        "say so under differs: {Q2: {item: club, because: <why>}}; else put the words right in the survey tool and "
        "export again, or name them under differs (wording)"
    ]
    assert moved({"Q1": TIME, "Q2": CLUB, "Q3": "Is there one?"}, {"Q2": CLUB, "Q3": "Is there one?"}) == []


def test_words_that_several_columns_share_tell_nothing() -> None:
    """A program cut the words of a grid after its stem; or a heading was copied down."""
    told = moved({"Q1": TIME, "Q2": CLUB, "Q3": CLUB})
    assert told == [
        "'Q2': the file's wording is not that of items.csv, as it is elsewhere; if the question changed, say so under "
        "differs (wording)"
    ]


def test_a_cut_stem_is_nobody_s_words() -> None:
    items = {
        name: item.model_copy(update={"wording": STEM + item.wording})
        for name, item in ITEMS.items()
        if name != "lead_time"
    } | {"lead_time": ITEMS["lead_time"]}
    cells = {c: np.array([""], dtype=object) for c in ("Q1", "Q2", "Q3")}
    table = Table("x.dta", cells, 0, "utf-8", wordings={"Q1": STEM[:70], "Q2": STEM[:70], "Q3": STEM[:71]})
    content = {"title": "x", "mode": "online", "questions": {"Q1": "lead_time", "Q2": "lead_vision", "Q3": "club"}}
    form = parse(Instrument, content, "x.yaml")
    refuse_moved(table, form, items)
    assert as_known(table, form, items) == {"lead_time": False, "lead_vision": True, "club": True}
