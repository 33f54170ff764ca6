"""One response per person, eligible and corrected; every other one is accounted for by its id."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_wave
from hypothesis import given, settings
from hypothesis import strategies as st
from small_wave import ANSWERS, ITEMS, cleaned, ingested, rows
from stemcareers import clean, contracts
from stemcareers.errors import Problem

PERSON = {"person": "urn"}


def flow(found: clean.Cleaned) -> list[tuple[str, str, int]]:
    assert found.flow["step"].tolist() == list(range(len(found.flow)))
    return [tuple(row) for row in found.flow[["stage", "reason", "n"]].to_numpy()]


def reasons(found: clean.Cleaned) -> list[tuple[int, str]]:
    return [tuple(row) for row in contracts.ACCOUNT.conform(found.account)[["row", "reason"]].to_numpy()]


def corrections(*lines: tuple[str, str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(lines, columns=list(clean.CORRECTION), dtype="string")


def refusal(call) -> str:
    with pytest.raises(Problem) as caught:
        call()
    return str(caught.value)


# --- flow -------------------------------------------------------------------------------------------------


def test_every_loser_is_counted_once_and_in_order(tmp_path: Path) -> None:
    conditions = [
        {"column": "consent", "equals": "Yes", "otherwise": "no consent"},
        {"column": "Q2", "at_least": 3, "otherwise": "broke off"},
    ]
    table = rows(
        {"urn": "a"},
        {"urn": "b", "id": ""},
        {"urn": "c", "consent": "No", "Q2": "1"},
        {"urn": "d", "Q2": "2"},
        {"urn": "e"},
        {"urn": "a", "Q1": "5"},
        {"urn": "f", "Q1": "77"},
        {"urn": "f", "Q1": "6", "consent": ""},
        {"urn": "h", "Q2": ""},
    )
    table.append(dict(table[4]))
    found = cleaned(ingested(tmp_path, table, keep_if=conditions, **PERSON), keep_if=conditions, **PERSON)
    assert flow(found) == [
        ("received", "", 10),
        ("left_out", "no response id", 1),
        ("left_out", "no consent", 2),
        ("left_out", "broke off", 2),
        ("left_out", "exported twice", 1),
        ("left_out", "answered twice; the later answer counts", 1),
        ("kept", "", 3),
        ("refused_answers", "is outside its answers", 1),
    ]
    assert reasons(found) == [
        (1, "answered twice; the later answer counts"),
        (2, "no response id"),
        (3, "no consent"),
        (4, "broke off"),
        (5, ""),
        (6, ""),
        (7, ""),
        (8, "no consent"),
        (9, "broke off"),
        (10, "exported twice"),
    ]
    assert found.responses["response"].tolist() == ["R5", "R6", "R7"]
    contracts.FLOW.conform(found.flow)
    contracts.CLEANED.conform(found.responses)


def test_reasons_that_cost_nothing_are_told(tmp_path: Path) -> None:
    assert flow(cleaned(ingested(tmp_path, rows({}, {})))) == [
        ("received", "", 2),
        ("left_out", "no response id", 0),
        ("left_out", "no consent", 0),
        ("left_out", "exported twice", 0),
        ("kept", "", 2),
    ]


def test_conditions_with_the_same_reason_are_counted_together(tmp_path: Path) -> None:
    conditions = [
        {"column": "consent", "equals": "Yes", "otherwise": "not eligible"},
        {"column": "Q3", "not_one_of": [2], "otherwise": "not eligible"},
    ]
    table = rows({"consent": "No"}, {"Q3": "2"}, {"Q3": ""}, {})
    found = cleaned(ingested(tmp_path, table, keep_if=conditions), keep_if=conditions)
    assert [n for stage, reason, n in flow(found) if reason == "not eligible"] == [2]


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ({"equals": "Yes"}, ["Yes", "Yes "]),
        ({"equals": 1}, ["1", "1.0", "01"]),
        ({"equals": "1"}, ["1"]),
        ({"one_of": ["Yes", 2]}, ["Yes", "Yes ", "2"]),
        ({"not_one_of": ["Yes", 1]}, ["No", "2", ""]),
        ({"not_blank": True}, ["Yes", "Yes ", "No", "1", "1.0", "01", "2"]),
    ],
)
def test_conditions(tmp_path: Path, condition: dict, kept: list[str]) -> None:
    cells = ["Yes", "Yes ", "No", "1", "1.0", "01", "2", ""]
    keep_if = [{"column": "consent", "otherwise": "out", **condition}]
    found = cleaned(ingested(tmp_path, rows(*({"consent": c} for c in cells)), keep_if=keep_if), keep_if=keep_if)
    assert [cells[int(response[1:]) - 1] for response in found.responses["response"]] == kept


@pytest.mark.parametrize("test", ["equals", "one_of", "not_one_of"])
def test_a_value_in_another_spelling_is_neither_kept_nor_left_out(tmp_path: Path, test: str) -> None:
    keep_if = [{"column": "consent", "otherwise": "out", test: "Yes" if test == "equals" else ["Yes"]}]
    read = ingested(tmp_path, rows({}, {"consent": "YES"}, {"consent": "No"}), keep_if=keep_if)
    assert refusal(lambda: cleaned(read, keep_if=keep_if)) == (
        "waves/2025.yaml: 1 problem\n"
        "  keep_if.0: 'consent' has one of the values in another spelling in 1 of 3 responses (capitals, apostrophes, "
        "dashes); name that spelling here too"
    )


def test_at_least_compares_numbers_and_refuses_words(tmp_path: Path) -> None:
    keep_if = [
        {"column": "consent", "equals": "Yes", "otherwise": "no consent"},
        {"column": "Q2", "at_least": 2.5, "otherwise": "broke off"},
    ]
    read = ingested(tmp_path, rows({"Q2": "2"}, {"Q2": "3"}, {"Q2": ""}, {"Q2": "5"}), keep_if=keep_if)
    assert cleaned(read, keep_if=keep_if).responses["response"].tolist() == ["R2", "R4"]
    read = ingested(tmp_path, rows({"Q2": "Agree"}, {"Q2": "3"}), keep_if=keep_if)
    assert refusal(lambda: cleaned(read, keep_if=keep_if)) == (
        "waves/2025.yaml: 1 problem\n  keep_if.1: 'Q2' is not a number in 1 of 2 responses"
    )


def test_a_wave_that_keeps_nothing_is_refused(tmp_path: Path) -> None:
    read = ingested(tmp_path, rows({"consent": "No"}, {"consent": "Ja"}, {"id": ""}))
    assert refusal(lambda: cleaned(read)) == (
        "waves/2025.yaml: 1 problem\n  keep_if: none of the 3 responses is kept: 1 x no response id, 2 x no consent"
    )


def test_the_same_id_with_other_answers_is_refused(tmp_path: Path) -> None:
    table = rows({}, {"Q1": "2"}, {"id": "R1", "Q1": "5", "Q6": "Other"}, {"id": "R2", "consent": "No"})
    assert refusal(lambda: cleaned(ingested(tmp_path, table))) == (
        "waves/2025.yaml: 2 problems\n"
        "  response: rows 1 and 3 have the same id, but differ in lead_time, comment\n"
        "  an id must stand for one response: name a further column under response that tells them apart, or leave one "
        "of them out under keep_if"
    )


def test_responses_that_name_no_person_are_not_one_person(tmp_path: Path) -> None:
    found = cleaned(ingested(tmp_path, rows({"urn": ""}, {"urn": ""}, {"urn": "a"}), **PERSON), **PERSON)
    assert len(found.responses) == 3


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "1", "2", "3", "4"]),  # id
            st.sampled_from(["", "a", "b"]),  # person
            st.sampled_from(["Yes", "No", ""]),  # consent
            st.sampled_from(["1", "5", "7", ""]),  # answer, 7 is refused
        ),
        min_size=1,
        max_size=25,
    )
)
def test_every_response_is_kept_or_left_out_for_one_reason(drawn: list[tuple[str, str, str, str]]) -> None:
    frame = pd.DataFrame(drawn, columns=["response", "person", "consent", "answer"])
    # One id stands for one content here; another would stop the wave.
    first = frame.groupby("response")[["person", "consent", "answer"]].transform("first")
    frame = frame.assign(**first).replace({"person": {"": None}, "consent": {"": None}})
    read = pd.DataFrame(
        {
            "response": frame["response"].astype("string"),
            "school": pd.array([None] * len(frame), dtype="string"),
            "person": frame["person"].astype("string"),
            "row": pd.array(range(1, len(frame) + 1), dtype="Int64"),
            "lead_time": pd.array([None if a in {"7", ""} else int(a) for a in frame["answer"]], dtype="Int64"),
            "export_consent": frame["consent"].astype("string"),
        }
    )
    refused = frame["answer"] == "7"
    quarantine = pd.DataFrame(
        {"response": frame["response"], "row": read["row"], "column": "Q1", "item": "lead_time", "answer": "7"}
    ).assign(reason="is outside its answers")[refused]
    try:
        found = clean.responses(read, quarantine, small_wave.wave(**PERSON), ITEMS, ANSWERS, "waves/2025.yaml")
    except Problem as problem:
        assert "none of the" in str(problem)
        assert not ((frame["consent"] == "Yes") & (frame["response"] != "")).any()
        return
    ledger = found.account
    kept, lost = ledger[ledger["reason"] == ""], ledger[ledger["reason"] != ""]
    assert set(kept["row"]) | set(lost["row"]) == set(read["row"])
    assert not set(kept["row"]) & set(lost["row"])
    assert set(found.responses["row"]) == set(kept["row"])
    assert found.responses["response"].is_unique
    assert found.responses["person"].dropna().is_unique
    steps = found.flow.set_index(["stage", "reason"])["n"]
    assert steps["received", ""] == len(read)
    assert steps["kept", ""] == len(kept)
    assert steps["left_out"].to_dict() == {r: int((lost["reason"] == r).sum()) for r in steps["left_out"].index}
    assert steps.get(("refused_answers", "is outside its answers"), 0) == refused[kept["row"].astype(int) - 1].sum()
    # Whoever is left out for answering twice has a later answer that is kept.
    again = read[read["row"].isin(lost.loc[lost["reason"] == clean.TWICE_ANSWERED, "row"])]
    for _, row in again.iterrows():
        assert (found.responses["row"][found.responses["person"] == row["person"]] > row["row"]).all()


# --- corrections ------------------------------------------------------------------------------------------


def test_corrections_are_applied(tmp_path: Path) -> None:
    table = rows({"Q1": "44", "Q4": ""}, {"Q1": "2", "Q6": "Fine"}, {"Q4": "99"}, {"Q1": "about 3"})
    listed = corrections(
        ("R1", "lead_time", "44", "4", "a key pressed twice"),
        ("R1", "hours", "", "7.5", "told by telephone"),
        ("R2", "lead_time", "Disagree", "Strongly agree", "told by telephone"),
        ("R2", "comment", "Fine", "", "named a person"),
        ("R3", "hours", "99", "12", "told by telephone"),
    )
    found = cleaned(ingested(tmp_path, table), listed)
    kept = found.responses.set_index("response")
    assert kept["lead_time"].tolist() == [4, 5, 4, pd.NA]
    assert kept["hours"].tolist() == [7.5, 12.0, 12.0, 12.0]
    assert kept["comment"].isna().tolist() == [False, True, False, False]
    assert flow(found)[-1] == ("refused_answers", "is outside its answers", 1)
    contracts.CLEANED.conform(found.responses)


def test_corrections_that_do_not_fit_are_all_told_and_none_is_quoted(tmp_path: Path) -> None:
    table = rows({"Q1": "secret", "Q4": "12"}, {"Q1": "2"})
    listed = corrections(
        ("R1", "lead_time", "other", "4", "why"),
        ("R2", "lead_time", "3", "4", "why"),
        ("R2", "lead_tme", "2", "4", "why"),
        ("R9", "lead_time", "2", "4", "why"),
        ("R2", "lead_vision", "5", "7", "why"),
        ("R2", "hours", "12", "61", "why"),
        ("R2", "club", "1", "2", " "),
        ("R2", "lead_time", "2", "4", "why"),
        ("", "lead_time", "2", "4", "why"),
        ("R1", "hours", "", "4", "why"),
    )
    assert refusal(lambda: cleaned(ingested(tmp_path, table), listed)) == (
        "corrections/2025.csv: 10 problems\n"
        "  line 2: 'was' is not what the response holds (lead_time); look it up again\n"
        "  line 3: 'was' is not what the response holds (lead_time); look it up again\n"
        "  line 4: 'lead_tme' is not an item of this wave; did you mean 'lead_time'?\n"
        "  line 5: the export holds no such response\n"
        "  line 6: 'becomes' is outside its answers (lead_vision)\n"
        "  line 7: 'becomes' is outside its bounds (hours)\n"
        "  line 8: 'because' is empty; say why the answer is corrected\n"
        "  line 9: 'lead_time' of this response is corrected twice; keep one line\n"
        "  line 10: the export holds no such response\n"
        "  line 11: 'was' is not what the response holds (hours); look it up again"
    )


def test_the_file_of_corrections(tmp_path: Path) -> None:
    assert clean.corrections([]) is None
    path = tmp_path / "2025.csv"
    path.write_text("response,item,was,becomes,because\n007,hours,NA,,why\n", encoding="utf-8")
    listed = clean.corrections([path])
    assert listed is not None
    assert listed.where == path.as_posix()
    assert listed.rows.iloc[0].tolist() == ["007", "hours", "NA", "", "why"]
    path.write_bytes(b"response,item,was,becomes,because\nR1,comment,\xe9,,why\n")
    assert refusal(lambda: clean.corrections(path)).endswith(
        "is not a UTF-8 csv file with the columns response, item, was, becomes, because in every row"
    )


def test_the_columns_of_corrections(tmp_path: Path) -> None:
    listed = corrections(("R1", "hours", "12", "13", "why")).drop(columns="because")
    assert refusal(lambda: cleaned(ingested(tmp_path, rows({})), listed)) == (
        "corrections/2025.csv: 1 problem\n"
        "  the columns must be response, item, was, becomes, because; found response, item, was, becomes"
    )


# --- the limit --------------------------------------------------------------------------------------------


def tables(answers: int, *refused: tuple[str, str, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A quarantine with so many refusals by item and reason, and responses with so many answers in all."""
    kinds = [(item, reason) for item, reason, n in refused for _ in range(n)]
    quarantine = pd.DataFrame(kinds, columns=["item", "reason"]).assign(
        response="R", row=range(1, len(kinds) + 1), column="Q", answer="secret"
    )
    left = answers - len(kinds)
    frame = pd.DataFrame({"row": range(left), "response": "R", "school": None, "person": None, "lead_time": 1})
    return quarantine, frame.assign(export_Q="x")


def limit(answers: int, *refused: tuple[str, str, int], at_most: float = 0.02) -> None:
    quarantine, responses = tables(answers, *refused)
    clean.within_limit(
        quarantine,
        responses,
        small_wave.wave(quarantine_at_most=at_most),
        "data/ingested/england/2025-spring.parquet",
        "data/quarantine/england/2025-spring.parquet",
    )


@pytest.mark.parametrize(("reason", "remedy"), [
    ("is not a number", "If numbers are written otherwise in this wave, say so under export (decimal, thousands, "
     "number_signs), and name words for units in answers.yaml (units)"),
    ("is not a date as its answers declare it", "If days are written otherwise in this wave, put their format into "
     "answers.yaml as answers of their own, and name these under differs: {<column>: {answers: <set>, because: "
     "<why>}}"),
])  # fmt: skip
def test_what_is_to_be_done_about_refused_answers_depends_on_what_they_are(reason: str, remedy: str) -> None:
    assert refusal(lambda: limit(100, ("hours", reason, 40))).endswith(
        f"\n  {remedy}; the rows are in data/quarantine/england/2025-spring.parquet"
    )


def test_too_many_refused_answers_stop_the_wave() -> None:
    refused = [("lead_time", "is outside its answers", 398), ("hours", "is not a number", 14)]
    assert refusal(lambda: limit(9_800, *refused)) == (
        "data/ingested/england/2025-spring.parquet: 1 problem\n"
        "  412 of 9,800 answers (4.2%) were refused, more than quarantine_at_most (2%): 398 x lead_time is outside its "
        "answers.\n"
        '  If codes changed, or one means "don\'t know" in this wave, say so under differs; the rows are in '
        "data/quarantine/england/2025-spring.parquet"
    )


def test_several_kinds_of_refusal_are_named_until_they_are_most() -> None:
    refused = [
        ("a", "is outside its answers", 50),
        ("b", "is not a number", 30),
        ("c", "looks like a date", 15),
        ("d", "x", 5),
    ]
    assert "(10%): 50 x a is outside its answers, 30 x b is not a number, 15 x c looks like a date." in refusal(
        lambda: limit(500, *refused, at_most=0.1)
    )


def test_a_refusal_says_what_to_do_about_what_is_wrong_with_most() -> None:
    assert refusal(lambda: limit(10, ("a", "is declared missing in the file, but not in answers.yaml", 2))).endswith(
        "\n  Name these codes under missing in answers.yaml, with what they stand for (skipped, dont_know, ...); the "
        "rows are in data/quarantine/england/2025-spring.parquet, and 'make check' names the codes that the file "
        "itself has labels for"
    )
    spelt = "is one of its answers in another spelling (capitals, apostrophes, dashes)"
    assert refusal(lambda: limit(10, ("a", spelt, 2))).endswith(
        "\n  Name this wave's spelling of an answer beside its code under differs: {<column>: {codes: {<spelling>: "
        "<code>}, because: <why>}}, or under codes in the questionnaire; the rows are in "
        "data/quarantine/england/2025-spring.parquet"
    )


def test_a_share_just_over_the_limit_shows_that_it_is_over() -> None:
    assert "201 of 10,000 answers (2.01%) were refused, more than quarantine_at_most (2%)" in refusal(
        lambda: limit(10_000, ("a", "x", 201))
    )
    assert "1 of 40 answers (2.5%) was refused" in refusal(lambda: limit(40, ("a", "x", 1)))


def test_a_share_at_the_limit_passes() -> None:
    limit(10_000, ("a", "x", 200))
    limit(10_000)
    limit(0)
    limit(10, ("", "is blank, but names the response", 9))


def test_too_many_refused_answers_to_one_item_stop_the_wave() -> None:
    # 60 answers to this item, and so many to others that 5 are few of all.
    others = {f"item_{i}": 1 for i in range(9)}
    quarantine, responses = tables(60, ("lead_time", "is outside its answers", 5))
    folders = "data/ingested/2025.parquet", "data/quarantine/2025.parquet"
    responses = responses.assign(**others)
    wave = small_wave.wave()
    assert refusal(lambda: clean.within_limit(quarantine, responses, wave, *folders)) == (
        "data/ingested/2025.parquet: 2 problems\n"
        "  5 of 60 answers to 'lead_time' (8.3%) were refused, more than quarantine_item_at_most (5%): 5 x is outside "
        "its answers\n"
        '  if codes changed, or one means "don\'t know" in this wave, say so under differs; the rows are in '
        "data/quarantine/2025.parquet"
    )
    clean.within_limit(quarantine, responses, small_wave.wave(quarantine_item_at_most=0.1), *folders)
    clean.within_limit(quarantine, responses, small_wave.wave(quarantine_at_most=0.1), *folders)
    clean.within_limit(quarantine[:2], responses, small_wave.wave(quarantine_item_at_most=0.01), *folders)


def test_answers_are_counted_by_cell(tmp_path: Path) -> None:
    # Six items answered, and a box left open that counts as an answer: 7 of R1, 7 of R2 with one refused.
    read = ingested(tmp_path, rows({}, {"Q1": "7"}))
    with pytest.raises(Problem, match=r"1 of 14 answers \(7\.1%\) was refused"):
        clean.within_limit(read.quarantine, read.responses, small_wave.wave(), "a", "b")
    unasked = read.responses.assign(lead_time=contracts.NOT_ASKED_CODE)
    with pytest.raises(Problem, match=r"1 of 13 answers"):
        clean.within_limit(read.quarantine, unasked, small_wave.wave(), "a", "b")


def test_losses_do_not_depend_on_the_index() -> None:
    _, frame = tables(5)
    shuffled = frame.assign(response=[f"R{i}" for i in range(5)], row=range(1, 6), export_consent="Yes").sample(
        frac=1, random_state=3
    )
    quarantine = contracts.QUARANTINE.empty()
    found = clean.responses(shuffled, quarantine, small_wave.wave(), ITEMS, ANSWERS, "w")
    assert np.array_equal(found.responses["row"].to_numpy(), shuffled["row"].to_numpy())


# --- sampled, but silent ----------------------------------------------------------------------------------


def test_who_answered_none_of_the_items_is_left_out(tmp_path: Path) -> None:
    conditions = [
        {"column": "consent", "equals": "Yes", "otherwise": "no consent"},
        {"answered_any": ["lead_time", "hours"], "otherwise": "answered nothing"},
    ]
    none = {"Q1": "", "Q4": ""}
    table = rows({"id": "A"}, {"id": "B", **none}, {"id": "C", **none, "Q4": "4"}, {"id": "D", **none, "Q1": "9"})
    found = cleaned(ingested(tmp_path, table, keep_if=conditions), keep_if=conditions)
    assert found.responses["response"].tolist() == ["A", "C"]
    assert ("left_out", "answered nothing", 2) in flow(found)


def test_who_was_sampled_and_did_not_answer_is_counted_out_and_stays_in_the_design(tmp_path: Path) -> None:
    conditions = [
        {"column": "consent", "equals": "Yes", "otherwise": "sent nothing", "still_sampled": True},
        {"column": "Q2", "at_least": 3, "otherwise": "broke off"},
    ]
    table = rows({"urn": "a"}, {"urn": "b", "consent": "No"}, {"urn": "c", "Q2": "1"})
    found = cleaned(ingested(tmp_path, table, keep_if=conditions), keep_if=conditions)
    assert [(stage, n) for stage, reason, n in flow(found) if reason in ("", "sent nothing", "broke off")] == [
        ("received", 3),
        ("left_out", 1),
        ("left_out", 1),
        ("kept", 1),
    ]
    stays = contracts.CLEANED.conform(found.responses)
    assert stays["answered"].tolist() == [True, False]
