"""The same codes in every wave, and one reason for every answer that is missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_wave
from small_wave import ANSWERS, ITEMS, harmonised, ingested, rows
from stemcareers import clean, contracts, harmonise
from stemcareers.config.vocabulary import Item
from stemcareers.errors import Problem


def reasons(found: harmonise.Harmonised, item: str) -> list[str]:
    return found.long[found.long["item"] == item]["missing"].tolist()


def values(found: harmonise.Harmonised, item: str) -> list:
    return [None if pd.isna(v) else v for v in found.wide[item]]


def off_route(found: harmonise.Harmonised) -> int:
    return int(found.flow.set_index("reason")["n"][harmonise.OFF_ROUTE])


def test_long_and_wide_of_one_response(tmp_path: Path) -> None:
    found = harmonised(ingested(tmp_path, rows({"Q1": "8"})))
    long = pd.DataFrame(
        {
            "response": pd.array(["R1"] * 6, dtype="string"),
            "item": pd.array(
                ["barrier_money", "barrier_time", "club", "hours", "lead_time", "lead_vision"], dtype="string"
            ),
            "value": [0.0, 1.0, 1.0, 12.0, np.nan, 5.0],
            "missing": pd.array(["", "", "", "", "dont_know", ""], dtype="string"),
        }
    )
    pd.testing.assert_frame_equal(found.long, long)
    pd.testing.assert_frame_equal(contracts.LONG.conform(found.long), long)
    wide = contracts.WIDE.conform(found.wide)
    assert wide.columns.tolist() == [
        "response",
        "school",
        "lead_time",
        "lead_vision",
        "club",
        "hours",
        "barrier_time",
        "barrier_money",
    ]
    assert wide.dtypes.astype(str).tolist()[2:] == ["Int64", "Int64", "Int64", "float64", "Int64", "Int64"]
    assert values(found, "lead_time") == [None]


def test_free_text_leaves_the_tables(tmp_path: Path) -> None:
    found = harmonised(ingested(tmp_path, rows({"Q6": "canary"})))
    for table in (found.long, found.wide, found.flow):
        assert "canary" not in table.to_csv()
        assert "comment" not in table.to_csv()


def test_every_reason(tmp_path: Path) -> None:
    table = rows({}, {"Q1": ""}, {"Q1": "8"}, {"Q1": "9"}, {"Q1": "7"})
    found = harmonised(ingested(tmp_path, table))
    assert reasons(found, "lead_time") == ["", "skipped", "dont_know", "prefer_not", "refused_value"]
    assert values(found, "lead_time") == [4, None, None, None, None]


def test_an_item_the_wave_did_not_ask(tmp_path: Path) -> None:
    form = small_wave.instrument(questions={"Q1": "lead_time"}, other_columns="ignore")
    found = harmonised(ingested(tmp_path, rows({}), form=form), form=form)
    assert reasons(found, "club") == ["not_asked"]
    assert "club" in found.wide
    assert str(found.wide["club"].dtype) == "Int64"
    assert str(found.wide["hours"].dtype) == "float64"


def test_a_value_known_not_to_be_asked(tmp_path: Path) -> None:
    form = small_wave.instrument(
        questions={**small_wave.QUESTIONS, "Q3": {"item": "club", "codes": {"GB": 1}, "others": "not_asked"}}
    )
    found = harmonised(ingested(tmp_path, rows({"Q3": "GB"}, {"Q3": "FR"}, {"Q3": ""}), form=form), form=form)
    assert reasons(found, "club") == ["", "not_asked", "skipped"]


def test_routing(tmp_path: Path) -> None:
    table = rows(
        {"Q3": "1", "Q4": "12"},
        {"Q3": "1", "Q4": ""},
        {"Q3": "1", "Q4": "x"},
        {"Q3": "2", "Q4": ""},
        {"Q3": "2", "Q4": "12"},
        {"Q3": "2", "Q4": "x"},
        {"Q3": "2", "Q4": "99"},
        {"Q3": "", "Q4": ""},
        {"Q3": "", "Q4": "12"},
        {"Q3": "7", "Q4": ""},
        {"Q3": "7", "Q4": "12"},
        {"Q3": "8", "Q4": "99"},
    )
    table = [{**row, "id": f"R{number:02}"} for number, row in enumerate(table)]
    found = harmonised(ingested(tmp_path, table))
    assert reasons(found, "hours") == [
        "",
        "skipped",
        "refused_value",
        "not_asked",
        "not_asked",
        "not_asked",
        "not_asked",
        "not_asked",
        "",
        "not_asked",
        "",
        "dont_know",
    ]
    assert values(found, "hours")[4] is None
    assert off_route(found) == 2  # the number and the refused text of the fifth and sixth, not the "don't know"


def test_the_flow_is_carried_on_where_there_is_routing(tmp_path: Path) -> None:
    read = ingested(tmp_path, rows({"Q3": "2", "Q4": "3", "Q1": "7"}))
    assert harmonised(read).flow[["step", "stage", "reason", "n"]].to_numpy().tolist()[-2:] == [
        [5, "refused_answers", "is outside its answers", 1],
        [6, "refused_answers", "was given, but the question was not asked", 1],
    ]
    plain = small_wave.instrument(questions={**small_wave.QUESTIONS, "Q4": "hours"})
    assert harmonise.OFF_ROUTE not in harmonised(read, form=plain).flow["reason"].tolist()


def test_routing_in_chains_whatever_the_order_of_items(tmp_path: Path) -> None:
    chain = {
        "Q1": {"item": "lead_time", "asked_if": {"lead_vision": [5]}},
        "Q2": {"item": "lead_vision", "asked_if": {"club": [1]}},
        "Q3": "club",
        "Q4": "hours",
        "Q6": "comment",
    }
    form = small_wave.instrument(questions=chain)
    found = harmonised(ingested(tmp_path, rows({"Q3": "2"}, {"Q3": "1", "Q2": "4"}, {}), form=form), form=form)
    assert reasons(found, "lead_vision") == ["not_asked", "", ""]
    assert reasons(found, "lead_time") == ["not_asked", "not_asked", ""]
    assert off_route(found) == 3


def test_all_conditions_of_a_route_must_hold(tmp_path: Path) -> None:
    both = {**small_wave.QUESTIONS, "Q4": {"item": "hours", "asked_if": {"club": [1], "lead_vision": [4, 5]}}}
    form = small_wave.instrument(questions=both)
    found = harmonised(ingested(tmp_path, rows({}, {"Q2": "1"}, {"Q3": "2"}), form=form), form=form)
    assert reasons(found, "hours") == ["", "not_asked", "not_asked"]


def test_boxes_have_routes_too(tmp_path: Path) -> None:
    form = small_wave.instrument(ticks={"b": {**small_wave.TICKS["barriers"], "asked_if": {"club": [2]}}})
    found = harmonised(ingested(tmp_path, rows({}, {"Q3": "2"}), form=form), form=form)
    assert reasons(found, "barrier_time") == ["not_asked", ""]
    assert reasons(found, "barrier_money") == ["not_asked", ""]


def test_a_question_that_the_wave_did_not_ask_decides_nothing(tmp_path: Path) -> None:
    differs = {"Q3": {"item": "lead_other", "because": "replaced"}}
    items = {
        **ITEMS,
        "lead_other": Item(item="lead_other", label="x", wording="x", answers="yes_no", status="official"),
    }
    read = ingested(tmp_path, rows({"Q4": "3"}))  # with the usual questionnaire
    cleaned = small_wave.cleaned(read).responses.drop(columns="club")
    wave = small_wave.wave(differs=differs)
    flow = small_wave.cleaned(read).flow
    found = harmonise.answers(cleaned, read.quarantine, flow, wave, small_wave.instrument(), items, ANSWERS)
    assert reasons(found, "club") == ["not_asked"]
    assert reasons(found, "hours") == [""]


def test_routes_in_a_circle_are_refused() -> None:
    circle = {
        **small_wave.QUESTIONS,
        "Q1": {"item": "lead_time", "asked_if": {"lead_vision": [5]}},
        "Q2": {"item": "lead_vision", "asked_if": {"lead_time": [5]}},
    }
    with pytest.raises(Problem) as caught:
        small_wave.instrument(questions=circle)
    assert str(caught.value) == (
        "instruments/leaders.yaml: 1 problem\n"
        "  asked_if: questions wait for each other in a circle: 'lead_time' -> 'lead_vision' -> 'lead_time'; leave one "
        "out"
    )


def test_refusals_belong_to_rows_and_not_to_ids(tmp_path: Path) -> None:
    # The refused answer stands in a preview that has the id of a real response.
    table = rows({"id": "R1", "consent": "No", "Q1": "7"}, {"id": "R1", "Q1": ""})
    assert reasons(harmonised(ingested(tmp_path, table)), "lead_time") == ["skipped"]


def test_a_corrected_answer_is_no_refused_answer(tmp_path: Path) -> None:
    read = ingested(tmp_path, rows({"Q1": "44"}))
    line = pd.DataFrame([["R1", "lead_time", "44", "4", "why"]], columns=list(clean.CORRECTION), dtype="string")
    kept = small_wave.cleaned(read, line)
    found = harmonise.answers(
        kept.responses, read.quarantine, kept.flow, small_wave.wave(), small_wave.instrument(), ITEMS, ANSWERS
    )
    assert (reasons(found, "lead_time"), values(found, "lead_time")) == ([""], [4])


def test_the_order_of_rows_does_not_matter(tmp_path: Path) -> None:
    table = rows(*({"Q1": str(code), "Q3": "2" if code % 2 else "1"} for code in (1, 7, 5, 2, 8)))
    read = ingested(tmp_path, table)
    kept = small_wave.cleaned(read)
    mixed = kept.responses.sample(frac=1, random_state=1)
    args = (read.quarantine, kept.flow, small_wave.wave(), small_wave.instrument(), ITEMS, ANSWERS)
    one, other = harmonise.answers(kept.responses, *args), harmonise.answers(mixed, *args)
    pd.testing.assert_frame_equal(one.long, other.long)
    pd.testing.assert_frame_equal(one.wide, other.wide)


def test_refused_answers_of_flow_and_table_agree(tmp_path: Path) -> None:
    read = ingested(tmp_path, rows({"Q1": "7", "Q2": "x"}, {"Q1": "6", "Q4": "?"}, {"Q1": "6", "consent": "No"}))
    found = harmonised(read)
    stages = found.flow[(found.flow["stage"] == "refused_answers") & (found.flow["reason"] != harmonise.OFF_ROUTE)]
    assert stages["n"].sum() == (found.long["missing"] == "refused_value").sum() == 4


def test_of_who_was_sampled_and_did_not_answer_only_the_context_is_kept(tmp_path: Path) -> None:
    condition = {"column": "consent", "equals": "Yes", "otherwise": "sent nothing", "still_sampled": True}
    read = ingested(tmp_path, rows({}, {"consent": "No"}), keep_if=[condition])
    kept = small_wave.cleaned(read, keep_if=[condition])
    args = (read.quarantine, kept.flow, small_wave.wave(keep_if=[condition]), small_wave.instrument(), ITEMS, ANSWERS)
    nothing, context = harmonise.answers(kept.responses, *args), harmonise.answers(kept.responses, *args, ["lead_time"])
    assert nothing.wide["lead_time"].isna().tolist() == [False, True]
    assert context.wide["lead_time"].isna().tolist() == [False, False]
    others = [c for c in context.wide.columns if c not in ("response", "school", "lead_time")]
    assert context.wide.loc[1, others].isna().all()
    assert context.long["response"].nunique() == 1


def test_any_of_several_conditions_opens_a_question(tmp_path: Path) -> None:
    some = {
        **small_wave.QUESTIONS,
        "Q4": {"item": "hours", "asked_if_any": {"club": [1], "lead_vision": [4, 5]}},
    }
    form = small_wave.instrument(questions=some)
    table = rows(
        {},
        {"Q2": "1"},
        {"Q3": "2"},
        {"Q3": "2", "Q2": "1"},
        {"Q3": "2", "Q2": ""},
        {"Q3": "2", "Q2": "", "Q4": ""},
        {"Q3": "1", "Q2": "", "Q4": ""},
    )
    found = harmonised(ingested(tmp_path, table, form=form), form=form)
    assert reasons(found, "hours") == ["", "", "", "not_asked", "", "not_asked", "skipped"]


def test_all_and_any_must_both_hold(tmp_path: Path) -> None:
    both = {
        **small_wave.QUESTIONS,
        "Q4": {"item": "hours", "asked_if": {"club": [1]}, "asked_if_any": {"lead_time": [4], "lead_vision": [4]}},
    }
    form = small_wave.instrument(questions=both)
    table = rows({}, {"Q1": "1", "Q2": "1"}, {"Q3": "2"}, {"Q1": "1", "Q2": "4"})
    found = harmonised(ingested(tmp_path, table, form=form), form=form)
    assert reasons(found, "hours") == ["", "not_asked", "not_asked", ""]


def test_answers_off_the_route_are_kept_where_the_questionnaire_says_so(tmp_path: Path) -> None:
    kept = {**small_wave.QUESTIONS, "Q4": {"item": "hours", "asked_if": {"club": [1]}, "off_route": "keep"}}
    form = small_wave.instrument(questions=kept)
    table = rows({"Q3": "2", "Q4": "12"}, {"Q3": "2", "Q4": ""}, {"Q3": "2", "Q4": "x"}, {"Q3": "2", "Q4": "99"})
    found = harmonised(ingested(tmp_path, table, form=form), form=form)
    assert reasons(found, "hours") == ["", "not_asked", "refused_value", "dont_know"]
    assert values(found, "hours")[0] == 12
    assert found.flow[["stage", "reason", "n"]].to_numpy().tolist()[-1] == ["kept_answers", harmonise.KEPT_OFF_ROUTE, 2]
    assert harmonise.OFF_ROUTE not in found.flow["reason"].tolist()
    assert found.ledger[["row", "column", "before", "after", "change"]].to_numpy().tolist() == [
        [1, "Q4", "12.0", "12.0", "kept_off_route"],
        [3, "Q4", "", "", "kept_off_route"],
    ]
