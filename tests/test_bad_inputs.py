"""No bad input passes in silence: it is refused with its cause, set aside and counted, left out and counted, or told.

`bad_inputs/table.csv` is the table of all of them and of what must come of each, in these very words; the folder's
modules say how each is made. Rows are those of the project's list of what must never pass (I: input, S: hostile).
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from bad_inputs import table
from bad_inputs.cases import NOTHING, Case
from hypothesis import given
from hypothesis import strategies as st
from stemcareers.config.plain import is_file_id

TESTS = Path(__file__).parent
CASES = list(table.every())
EXPECTED = table.expected()
# Rows that are no export and no config file, or too large for one, or promise more than one export can show: where
# they are tested.
ELSEWHERE = {
    "I14": [
        "test_readers_limesurvey::test_codes_and_full_answers_give_the_same_table",
        "test_readers_qualtrics::test_values_and_choice_texts_give_the_same_answers",
    ],
    "I15": ["test_readers_spss::test_codes_declared_missing_stay_apart_from_blanks"],
    "I19": ["test_comparability::test_what_is_not_comparable_is_neither_pooled_nor_set_side_by_side"],
    "I21": ["test_score_anchored::test_a_scale_turned_round_as_a_whole_is_found"],
    "I22": ["test_ledger::test_every_change_has_its_row", "test_quality::test_the_same_answers_again"],
    "I28": [
        "test_undo::test_an_exclusion_that_turns_a_result_round_is_seen",
        "test_undo::test_it_is_the_result_of_a_wave_that_does_not_make_the_exclusion",
        "test_undo::test_a_small_group_cannot_be_told_by_subtraction",
        "test_report::test_a_wave_tells_what_its_exclusions_do_to_the_results",
    ],
    "I41": [
        "test_weight::test_weights_that_do_not_add_up_to_what_was_stated",
        "test_report::test_equal_weights_are_told",
    ],
    "I45": [
        "test_pool::test_a_school_that_changed_twice_has_its_last_name_in_all_waves",
        "test_pool::test_schools_found_again_are_counted_each_way",
    ],
    "I46": [
        "test_account::test_a_sound_account_passes_and_one_wrong_id_is_seen",
        "test_clean::test_every_response_is_kept_or_left_out_for_one_reason",
    ],
    "S6": ["test_execute::test_nbconvert_is_past_its_known_holes_and_makes_no_pdf"],
    "I20": [
        "test_score::test_each_item_turned_round_is_found",
        "test_drifted_waves::test_each_drift_stops_with_its_cause",
    ],
    "I23": ["test_pool::test_lost_and_doubled_responses_are_bugs"],
    "I26": ["test_score::test_nothing_answered_is_no_score_whatever_is_asked"],
    "I27": ["test_estimate::test_rows_with_missing_values_are_left_out_and_counted"],
    "I29": ["test_readers::test_a_file_that_ends_at_a_row_limit_is_refused"],
    "I44": ["test_ingest::test_ids_are_text"],
    "I34": ["test_readers_excel::test_days_counted_from_1904_are_those_days_and_it_is_told"],
    "I42": ["test_weight::test_weights_stay_with_their_response"],
    "I43": ["test_inference_models::test_known_values_of_the_stratified_sample"],
    "S2": ["test_tabulate::test_no_label_becomes_html"],
    "S3": ["test_house::test_no_module_does_what_is_dangerous"],
    "S4": ["test_report::test_hostile_words_of_a_config_stay_words"],
    "S5": [
        "test_execute::test_hostile_outputs_and_narrative_do_not_act",
        "test_site::test_every_page_forbids_what_it_does_not_need",
    ],
    "S7": [
        "test_site::test_no_cell_of_a_csv_is_a_formula",
        "test_export::test_text_that_begins_like_a_formula_gets_an_apostrophe",
    ],
    "S17": ["test_execute::test_a_parameter_is_a_value_and_never_code"],
}
INPUT = [2, 3, 4, 6, 7, 8, 9, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24, 26, 27, 28, 29, 30, 31, 32, 34, 36, 38]
INPUT += [39, 40, 41, 42, 43, 44, 45, 46]
HOSTILE = [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 14, 15, 16, 17, 19]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_no_bad_input_is_silent(case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = case.outcome(tmp_path)
    assert told != NOTHING
    assert told == EXPECTED[case.id]
    assert not any("broken-into" in path.name for path in tmp_path.iterdir())


@given(st.one_of(st.text(max_size=70), st.from_regex(r"[a-z0-9-]{1,70}", fullmatch=True)))
def test_a_name_that_is_an_id_is_a_file_everywhere(name: str) -> None:
    # Ids are the only names files get: no answer, label or school ever becomes one.
    if not is_file_id(name):
        return
    assert name == name.lower() and name.isascii() and len(name) <= 60
    assert not set(name) & set('<>:"/\\|?* .~$&;(){}[]\n\t\0')
    assert name[0] != "-" and not re.fullmatch("con|prn|aux|nul|com[0-9]|lpt[0-9]", name)


def test_the_table_is_that_of_the_cases() -> None:
    assert [case.id for case in CASES] == list(EXPECTED)
    assert len(CASES) >= 400


def test_no_answer_stands_in_what_is_told() -> None:
    kept = re.compile(r"TRUE|null|\bn/a\b|Strongly|twelve|R5|1E10|9007199254740993")
    assert [name for name, told in EXPECTED.items() if kept.search(told)] == []


def test_every_row_has_a_case_or_a_test() -> None:
    counts = Counter(case.row for case in CASES)
    wanted = [*(f"I{n}" for n in INPUT), *(f"S{n}" for n in HOSTILE)]
    assert [row for row in wanted if not counts[row] and row not in ELSEWHERE] == []
    for places in ELSEWHERE.values():
        for place in places:
            module, _, name = place.partition("::")
            text = (TESTS / f"{module}.py").read_text(encoding="utf-8")
            assert f"def {name}(" in text, place
