"""Every answer of an export is understood, or set aside with the reason."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import small_wave
from small_wave import COLUMNS, ONE, TICKS, ingested, rows
from stemcareers import contracts, files, ingest
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.errors import Problem


def values(read: ingest.Ingested, item: str) -> list:
    return [None if pd.isna(v) else v for v in read.responses[item]]


def refusals(read: ingest.Ingested) -> list[tuple]:
    return [tuple(row) for row in read.quarantine[["response", "row", "column", "item", "answer", "reason"]].to_numpy()]


def problem(folder: Path, table: list[dict[str, str]], **more: object) -> str:
    with pytest.raises(Problem) as caught:
        ingested(folder, table, **more)
    assert caught.value.where == (folder / "export.csv").as_posix()
    return "\n".join(caught.value.wrong)


def test_one_response(tmp_path: Path) -> None:
    read = ingested(tmp_path, [ONE])
    expected = pd.DataFrame(
        {
            "response": pd.array(["R1"], dtype="string"),
            "school": pd.array(["0100"], dtype="string"),
            "person": pd.array([None], dtype="string"),
            "row": pd.array([1], dtype="Int64"),
            "lead_time": pd.array([4], dtype="Int64"),
            "lead_vision": pd.array([5], dtype="Int64"),
            "club": pd.array([1], dtype="Int64"),
            "hours": [12.0],
            "comment": pd.array(["Fine"], dtype="string"),
            "barrier_time": pd.array([1], dtype="Int64"),
            "barrier_money": pd.array([0], dtype="Int64"),
            "export_id": pd.array(["R1"], dtype="string"),
            "export_urn": pd.array(["0100"], dtype="string"),
            "export_consent": pd.array(["Yes"], dtype="string"),
        }
    )
    pd.testing.assert_frame_equal(read.responses, expected)
    contracts.INGESTED.conform(read.responses)
    pd.testing.assert_frame_equal(contracts.QUARANTINE.conform(read.quarantine), contracts.QUARANTINE.empty())


def test_a_wrong_checksum_stops_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text("this,is\nnot,even\na,csv", encoding="utf-8")
    with pytest.raises(Problem, match="is not the file that the wave file describes, so nothing was read"):
        ingest.responses(path, small_wave.wave(), small_wave.instrument(), small_wave.ITEMS, small_wave.ANSWERS, "2025")


def test_codes_and_labels_give_the_same_answers(tmp_path: Path) -> None:
    # Survey tools export either; LimeSurvey calls them short and long answers.
    codes = rows({"Q1": "1", "Q3": "2"}, {"Q1": "5", "Q3": "1"}, {"Q1": "3", "Q3": ""}, {"Q1": "8"})
    labels = [
        {**r, "Q1": t, "Q3": c, "Q2": "Strongly agree", "Q5_1": "Named"}
        for r, t, c in zip(
            codes,
            ["Strongly disagree", "Strongly agree", "Neither", "8"],
            ["No", "Yes", "", "Yes"],
            strict=True,
        )
    ]
    short, long = ingested(tmp_path, codes), ingested(tmp_path, labels)
    pd.testing.assert_frame_equal(short.responses, long.responses)
    assert not len(short.quarantine) and not len(long.quarantine)


def test_refused_answers_are_blank_and_in_quarantine(tmp_path: Path) -> None:
    table = rows({"Q1": "7"}, {"Q1": "head", "Q4": "50%"}, {"Q4": "61", "Q3": "3/4"}, {"Q1": "-99"}, {})
    read = ingested(tmp_path, table)
    assert values(read, "lead_time") == [None, None, 4, None, 4]
    assert values(read, "hours") == [12.0, None, None, 12.0, 12.0]
    assert values(read, "club") == [1, 1, None, 1, 1]
    assert refusals(read) == [
        ("R1", 1, "Q1", "lead_time", "7", "is outside its answers"),
        ("R2", 2, "Q1", "lead_time", "head", "is outside its answers"),
        ("R2", 2, "Q4", "hours", "50%", "is not a number"),
        ("R3", 3, "Q3", "club", "3/4", "looks like a date"),
        ("R3", 3, "Q4", "hours", "61", "is outside its bounds"),
        ("R4", 4, "Q1", "lead_time", "-99", "is outside its answers"),
    ]
    contracts.QUARANTINE.conform(read.quarantine)


def test_missing_codes_are_kept_as_codes(tmp_path: Path) -> None:
    read = ingested(tmp_path, rows({"Q1": "8", "Q4": "99"}, {"Q1": "9"}))
    assert (values(read, "lead_time"), values(read, "hours")) == ([8, 9], [99.0, 12.0])


def test_a_none_in_free_text_survives(tmp_path: Path) -> None:
    assert values(ingested(tmp_path, rows({"Q6": "None"}, {"Q6": "NA"}, {"Q6": ""})), "comment") == ["None", "NA", None]


def test_ids_are_text(tmp_path: Path) -> None:
    ids = ["0012", "12", "1E10", "9007199254740993", "9007199254740992"]
    read = ingested(tmp_path, rows(*({"id": i, "urn": i} for i in ids)))
    assert list(read.responses["response"]) == ids
    assert list(read.responses["school"]) == ids


def test_ids_of_several_columns(tmp_path: Path) -> None:
    table = rows({"id": "1", "urn": "A"}, {"id": "2", "urn": "A"}, {"id": "", "urn": "A"}, {"id": "4", "urn": ""})
    read = ingested(tmp_path, table, response=["urn", "id"], school=["urn"])
    assert list(read.responses["response"]) == ["A-1", "A-2", "", ""]
    assert read.responses["school"].isna().tolist() == [False, False, False, True]
    assert refusals(read) == [
        ("", 3, "urn", "", "", "is blank, but names the response"),
        ("", 4, "urn", "", "", "is blank, but names the response"),
    ]


def test_ids_that_join_to_the_same_text_are_refused(tmp_path: Path) -> None:
    table = rows({"id": "2-3", "urn": "1"}, {"id": "3", "urn": "1-2"})
    assert problem(tmp_path, table, response=["urn", "id"]) == (
        "urn and id do not name anything together: joined by '-', different ones become the same"
    )


# --- columns ----------------------------------------------------------------------------------------------


def test_all_missing_and_unknown_columns_are_told_at_once(tmp_path: Path) -> None:
    columns = ["id", "URN", "consent", "q1", "Q2", "Q3", "Q4", "Q5_1", "Q5_2", "Q6", "Extra"]
    table = [{**ONE, "URN": "1", "q1": "4", "Extra": "x"}]
    assert problem(tmp_path, table, columns=columns) == (
        "'Q1' (asks 'lead_time') is not a column of the export; did you mean 'q1'?\n"
        "'Q5_3' (a box 'none of these') is not a column of the export\n"
        "'urn' (named in waves/2025.yaml) is not a column of the export; did you mean 'URN'?\n"
        "a question that moved to another column is named in waves/2025.yaml: "
        "differs: {<column>: {item: <item>, because: <why>}}\n"
        "'URN' is a column of the export, but stands nowhere in instruments/leaders.yaml; name it under questions, or "
        "under ignore\n"
        "'q1' is a column of the export, but stands nowhere in instruments/leaders.yaml; name it under questions, or "
        "under ignore\n"
        "'Extra' is a column of the export, but stands nowhere in instruments/leaders.yaml; name it under questions, "
        "or under ignore"
    )


def test_of_many_unknown_columns_ten_are_named(tmp_path: Path) -> None:
    more = [f"X{i}" for i in range(25)]
    wrong = problem(tmp_path, [{**ONE, **dict.fromkeys(more, "1")}], columns=[*COLUMNS, *more])
    assert wrong.count("stands nowhere") == 10
    assert wrong.endswith("\n15 more columns stand nowhere: other_columns: ignore leaves all out")


@pytest.mark.parametrize("form", [{"ignore": ["Extra"]}, {"other_columns": "ignore"}])
def test_columns_may_be_ignored(tmp_path: Path, form: dict) -> None:
    read = ingested(tmp_path, [{**ONE, "Extra": "x"}], columns=[*COLUMNS, "Extra"], form=small_wave.instrument(**form))
    assert "Extra" not in " ".join(read.responses.columns)


def test_a_renamed_column_is_mapped_by_the_wave(tmp_path: Path) -> None:
    columns = [{"Q1": "Q01"}.get(c, c) for c in COLUMNS]
    table = [{**ONE, "Q01": "2"}]
    assert "'Q1' (asks 'lead_time') is not a column of the export; did you mean 'Q01'?" in problem(
        tmp_path, table, columns=columns
    )
    differs = {"Q01": {"item": "lead_time", "because": "renumbered"}}
    assert values(ingested(tmp_path, table, columns=columns, differs=differs), "lead_time") == [2]


def test_codes_turned_round_in_one_wave(tmp_path: Path) -> None:
    differs = {"Q1": {"codes": {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}, "because": "printed in reverse order"}}
    read = ingested(tmp_path, rows({"Q1": "1"}, {"Q1": "4"}, {"Q1": "6"}, {"Q1": "8"}), differs=differs)
    assert values(read, "lead_time") == [5, 2, None, 8]
    assert [r[2] for r in refusals(read)] == ["Q1"]


def test_seven_point_anchors_do_not_slip_into_a_five_point_scale(tmp_path: Path) -> None:
    read = ingested(tmp_path, rows(*({"Q1": str(code)} for code in (1, 2, 3, 4, 5, 6, 7))))
    assert values(read, "lead_time") == [1, 2, 3, 4, 5, None, None]


# --- boxes to tick ----------------------------------------------------------------------------------------


def boxes(read: ingest.Ingested) -> list[tuple]:
    return list(zip(values(read, "barrier_time"), values(read, "barrier_money"), strict=True))


def test_a_blank_box_is_not_ticked_only_where_a_box_was(tmp_path: Path) -> None:
    read = ingested(
        tmp_path,
        rows(
            {"Q5_1": "1", "Q5_2": "", "Q5_3": ""},
            {"Q5_1": "", "Q5_2": "", "Q5_3": "1"},
            {"Q5_1": "", "Q5_2": "", "Q5_3": ""},
            {"Q5_1": "0", "Q5_2": "", "Q5_3": "0"},
            {"Q5_1": "0", "Q5_2": "1", "Q5_3": ""},
            {"Q5_1": "yes!", "Q5_2": "", "Q5_3": ""},
            {"Q5_1": "yes!", "Q5_2": "1", "Q5_3": ""},
        ),
    )
    assert boxes(read) == [(1, 0), (0, 0), (None, None), (0, None), (0, 1), (None, None), (None, 1)]
    assert [r[1:] for r in refusals(read)] == [
        (6, "Q5_1", "barrier_time", "yes!", "is outside its answers"),
        (7, "Q5_1", "barrier_time", "yes!", "is outside its answers"),
    ]


@pytest.mark.parametrize("text", ["1", "Named", "Time", "Which barriers? - Not enough time", "Q5_1"])
def test_what_a_ticked_box_may_hold(tmp_path: Path, text: str) -> None:
    assert boxes(ingested(tmp_path, rows({"Q5_1": text})))[0] == (1, 0)


def test_a_box_of_qualtrics_holds_its_choice(tmp_path: Path) -> None:
    table = rows({"Q5_1": "Too little time - every day", "Q5_3": ""}, {"Q5_1": "", "Q5_3": "None of these"})
    wordings = {
        "Q5_1": "Which barriers? - Selected Choice - Too little time - every day",
        "Q5_3": "Which barriers? - Selected Choice - None of these",
    }
    path = tmp_path / "export.csv"
    checksum = small_wave.write(path, small_wave.qualtrics_text(table, wordings, COLUMNS))
    wave = small_wave.wave(checksum, reader="qualtrics")
    read = ingest.responses(path, wave, small_wave.instrument(), small_wave.ITEMS, small_wave.ANSWERS, "2025")
    assert boxes(read) == [(1, 0), (0, 0)]
    assert read.same_words == {"barrier_time": False}  # the words are "Not enough time" in items.csv


def test_a_wave_may_say_what_its_boxes_hold(tmp_path: Path) -> None:
    differs = {"Q5_1": {"codes": {"X": 1}, "because": "an older export"}}
    assert boxes(ingested(tmp_path, rows({"Q5_1": "X"}), differs=differs)) == [(1, 0)]


def test_the_box_none_may_hold_its_own_label_but_not_two(tmp_path: Path) -> None:
    blank = {"Q5_1": "", "Q5_2": ""}
    own_label = ingested(tmp_path, rows({**blank, "Q5_3": "No barriers"}, {**blank, "Q5_3": ""}))
    assert boxes(own_label) == [(0, 0), (None, None)]
    two = ingested(tmp_path, rows({**blank, "Q5_3": "No barriers"}, {**blank, "Q5_3": "maybe"}))
    assert boxes(two) == [(None, None), (None, None)]
    assert [r[1:4] for r in refusals(two)] == [(1, "Q5_3", "barriers: none"), (2, "Q5_3", "barriers: none")]


def test_words_beside_other_are_an_answer_to_boxes(tmp_path: Path) -> None:
    form = small_wave.instrument(ticks={"barriers": {**TICKS["barriers"], "other_text": "Q5_TEXT"}})
    blank = {"Q5_1": "", "Q5_2": ""}
    table = rows({**blank, "Q5_TEXT": "supply cover"}, {**blank, "Q5_TEXT": ""})
    assert boxes(ingested(tmp_path, table, [*COLUMNS, "Q5_TEXT"], form=form)) == [(0, 0), (None, None)]


def test_boxes_need_codes_for_ticked_and_not(tmp_path: Path) -> None:
    form = small_wave.instrument(questions={"Q2": "lead_vision"}, ticks={"b": {"items": {"Q3": "club", "Q1": "hours"}}})
    with pytest.raises(Problem) as caught:
        ingested(tmp_path, [ONE], form=form.model_copy(update={"other_columns": "ignore"}))
    assert str(caught.value) == (
        "ticks.b: 2 problems\n"
        "  'club' needs answers with the codes 1 (ticked) and 0 (not)\n"
        "  'hours' needs answers with the codes 1 (ticked) and 0 (not)"
    )


# --- SPSS -------------------------------------------------------------------------------------------------


def from_spss(folder: Path, frame: pd.DataFrame, form: dict, **more: object) -> ingest.Ingested:
    import pyreadstat

    path = folder / "export.sav"
    pyreadstat.write_sav(frame, path, **more)
    wave = small_wave.wave(files.sha256(path), reader="spss", school=[], keep_if=[])
    return ingest.responses(
        path, wave, small_wave.instrument(ticks={}, **form), small_wave.ITEMS, small_wave.ANSWERS, "2025"
    )


def test_declared_and_undeclared_missing_codes_of_spss(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [1.0, 2, 3, 4, 5], "Q1": [1.0, 8, 7, -99, None], "Q4": [0.5, 99, 60, 998, 50]})
    read = from_spss(
        tmp_path,
        frame,
        {"questions": {"Q1": "lead_time", "Q4": "hours"}},
        missing_ranges={"Q1": [7, 8], "Q4": [50, 99]},
    )
    assert list(read.responses["response"]) == ["1", "2", "3", "4", "5"]
    assert values(read, "lead_time") == [1, 8, None, None, None]
    assert values(read, "hours") == [0.5, 99.0, 60.0, None, None]
    declared = "is declared missing in the file, but not in answers.yaml"
    assert [r[1:] for r in refusals(read)] == [
        (3, "Q1", "lead_time", "7", declared),
        (4, "Q1", "lead_time", "-99", "is outside its answers"),
        (4, "Q4", "hours", "998", "is outside its bounds"),
        (5, "Q4", "hours", "50", declared),
    ]


def test_other_words_for_codes_are_told_until_codes_say_that_they_mean_the_same(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [1.0, 2.0], "Q3": [1.0, 2.0]})
    labels = {"Q3": {1: "Oes", 2: "Nac oes"}}

    def remarks(question: object) -> tuple[str, ...]:
        return from_spss(tmp_path, frame, {"questions": {"Q3": question}}, variable_value_labels=labels).remarks

    assert remarks("club") == (
        "'Q3': the file's words for the codes are none of the labels of the answers 'yes_no' (answers.yaml); do they "
        "mean the same? Then say so under codes ({1: 1, 2: 2}); else the question needs answers of its own",
    )
    assert remarks({"item": "club", "codes": {1: 1, 2: 2}}) == ()


def test_a_codebook_turned_round_is_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"id": [1.0, 2.0], "Q3": [1.0, 2.0]})
    labels = {"Q3": {1: "no", 2: "YES", 9: "?"}}
    with pytest.raises(Problem) as caught:
        from_spss(tmp_path, frame, {"questions": {"Q3": "club"}}, variable_value_labels=labels)
    tail = "in the answers of 'club' (answers.yaml); say under differs which codes it means"
    assert caught.value.wrong == (
        f"'Q3': the file calls 1 'no', but 'No' is 2 {tail}",
        f"'Q3': the file calls 2 'YES', but 'Yes' is 1 {tail}",
    )
    with pytest.raises(Problem) as caught:
        both = {column: {1: "Agree", 2: "?"} for column in ("Q1", "Q2")}
        two = {"questions": {"Q1": "lead_time", "Q2": "lead_vision"}}
        from_spss(tmp_path, frame.drop(columns="Q3").assign(Q1=1.0, Q2=2.0), two, variable_value_labels=both)
    assert caught.value.wrong == (
        "'Q1', 'Q2': the file calls 1 'Agree', but 'Agree' is 4 in the answers 'agree5' (answers.yaml); say under "
        "differs which codes they mean",
    )
    said = {"Q3": {"item": "club", "codes": {1: 2, 2: 1}}}
    assert values(from_spss(tmp_path, frame, {"questions": said}, variable_value_labels=labels), "club") == [2, 1]


def test_a_value_known_not_to_be_asked(tmp_path: Path) -> None:
    form = small_wave.instrument(
        questions={**small_wave.QUESTIONS, "Q3": {"item": "club", "codes": {"GB": 1}, "others": "not_asked"}}
    )
    read = ingested(tmp_path, rows({"Q3": "GB"}, {"Q3": "FR"}, {"Q3": ""}, {"Q3": "8"}), form=form)
    assert values(read, "club") == [1, contracts.NOT_ASKED_CODE, None, 8]


def test_no_answer_stands_in_a_message(tmp_path: Path) -> None:
    canary = "canary-answer-4711"
    table = [{**ONE, "Q1": canary, "Q4": canary, "Q6": canary, "consent": canary}]
    for columns in (COLUMNS[:-1], [*COLUMNS, "Extra"]):
        assert canary not in problem(tmp_path, table, columns=columns)


# --- words beside "other", and days -------------------------------------------------------------------------


def test_the_words_beside_other_stay_with_their_response_and_leave_at_harmonise(tmp_path: Path) -> None:
    questions = {**small_wave.QUESTIONS, "Q3": {"item": "club", "other_text": "Q3_TEXT"}}
    ticks = {"barriers": {**small_wave.TICKS["barriers"], "other_text": "Q5_TEXT"}}
    form = small_wave.instrument(questions=questions, ticks=ticks)
    table = rows({"Q3_TEXT": "canary", "Q5_TEXT": ""}, {"Q3_TEXT": "", "Q5_TEXT": "=canary()"})
    read = ingested(tmp_path, table, [*COLUMNS, "Q3_TEXT", "Q5_TEXT"], form=form)
    assert read.responses["export_Q3_TEXT"].tolist() == ["canary", pd.NA]
    assert read.responses["export_Q5_TEXT"].tolist() == [pd.NA, "=canary()"]
    done = small_wave.harmonised(read, form=form)
    for leaves in (done.long, done.wide, done.flow, read.quarantine):
        assert "canary" not in leaves.to_csv()
    assert problem(tmp_path, rows({}), form=form) == (
        "'Q3_TEXT' (the words beside 'club') is not a column of the export\n"
        "'Q5_TEXT' (the words beside 'barriers') is not a column of the export"
    )


def test_a_wave_writes_days_and_units_in_its_own_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds = {"kind": "date", "earliest": "2024-09-01", "latest": "2025-07-31"}
    monkeypatch.setitem(small_wave.ANSWERS, "day", AnswerSet(format="%d/%m/%Y", **bounds))
    monkeypatch.setitem(small_wave.ANSWERS, "day_us", AnswerSet(format="%m/%d/%Y", **bounds))
    hours = small_wave.ANSWERS["hours"]
    monkeypatch.setitem(small_wave.ANSWERS, "hours_h", hours.model_copy(update={"units": {"h": 1.0}, "high": 5.0}))
    opened = Item(item="opened", label="Opened", wording="When did it open?", answers="day", status="official")
    monkeypatch.setitem(small_wave.ITEMS, "opened", opened)
    form = small_wave.instrument(questions={**small_wave.QUESTIONS, "Q7": "opened"})
    differs = {
        "Q7": {"answers": "day_us", "because": "written as in America"},
        "Q4": {"answers": "hours_h", "because": "people wrote units"},
    }
    table = rows({"Q7": "04/30/2025", "Q4": "12 h"})
    read = ingested(tmp_path, table, [*COLUMNS, "Q7"], form=form, differs=differs)
    assert values(read, "opened") == ["2025-04-30"]
    assert values(read, "hours") == [12.0]  # within the item's bounds, not those of what was printed
    assert len(read.quarantine) == 0


def test_days_are_kept_as_year_month_day_and_are_not_analysed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = AnswerSet(kind="date", format="%d/%m/%Y", earliest="2024-09-01", latest="2025-07-31")
    monkeypatch.setitem(small_wave.ANSWERS, "day", day)
    opened = Item(item="opened", label="Opened", wording="When did it open?", answers="day", status="official")
    monkeypatch.setitem(small_wave.ITEMS, "opened", opened)
    form = small_wave.instrument(questions={**small_wave.QUESTIONS, "Q7": "opened"})
    table = rows({"Q7": "03/04/2025"}, {"Q7": ""}, {"Q7": "2025-04-03"}, {"Q7": "03/04/2035"})
    read = ingested(tmp_path, table, [*COLUMNS, "Q7"], form=form)
    contracts.INGESTED.conform(read.responses)
    assert values(read, "opened") == ["2025-04-03", None, None, None]
    assert refusals(read) == [
        ("R3", 3, "Q7", "opened", "2025-04-03", "is not a date as its answers declare it"),
        ("R4", 4, "Q7", "opened", "03/04/2035", "is outside its bounds"),
    ]
    done = small_wave.harmonised(read, form=form)
    assert "opened" not in done.wide
    assert "opened" not in set(done.long["item"])


def test_an_answer_that_is_neither_understood_nor_refused_is_our_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "understood", lambda *_: lambda text: (None, ""))
    with pytest.raises(contracts.ContractBroken) as caught:
        ingested(tmp_path, [ONE])
    assert str(caught.value) == "ingested: an answer to 'lead_time' is neither understood nor refused"
