"""What `check` tells though nothing is wrong: designs no sample has, answers turned round, silence that is none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from stemcareers import suspect
from stemcareers.config.entry import parse
from stemcareers.config.vocabulary import AnswerSet, Item
from stemcareers.config.wave import Condition, WaveDesign

DESIGN = parse(WaveDesign, {"weight": "W", "strata": ["CNT", "STRATUM"]}, "design")
OFTEN = parse(AnswerSet, {"kind": "ordered", "codes": {1: "Never", 2: "Rarely", 3: "Often", 4: "Always"}}, "often")
YES = parse(AnswerSet, {"kind": "nominal", "codes": {1: "Yes", 2: "No"}}, "yes_no")
SETS = {"often": OFTEN, "yes_no": YES}
ITEMS = {
    name: parse(Item, {"item": name, "label": name, "wording": name, "answers": answers, "status": status}, name)
    for name, answers, status in (
        *(("lessons", "often", "published"), ("clubs", "yes_no", "published"), ("fairs", "yes_no", "published")),
        ("oecd", "yes_no", "administrative"),
    )
}


def weighted(countries: Sequence[int], schools_a_stratum: int = 2, total: float | None = None) -> pd.DataFrame:
    """Schools of countries with so many schools each; their weights add up to `total` in each, or are 1 to 5."""
    rows = []
    for country, n in enumerate(countries):
        weights = 1 + np.arange(n) % 5
        weights = weights / weights.sum() * total if total else weights
        rows += [(f"C{country}-{k // schools_a_stratum}", f"C{country}-{k}", weights[k]) for k in range(n)]
    return pd.DataFrame(rows, columns=["stratum", "cluster", "weight"])


def test_a_sample_s_own_design_is_not_told() -> None:
    assert list(suspect.design(weighted([10, 20, 30]), DESIGN)) == []
    # One weight for all, in groups of one size, is a sample that was drawn so.
    alike = weighted([10, 10, 10]).assign(weight=2.0)
    assert list(suspect.design(alike, DESIGN)) == []


def test_strata_of_one_school_each_are_told() -> None:
    assert list(suspect.design(weighted([10, 20, 30], schools_a_stratum=1), DESIGN)) == [
        "design.strata: 60 of 60 strata (CNT and STRATUM) have one cluster, so that little tells how far clusters of a "
        "stratum differ; are these the strata in which the sample was drawn?"
    ]


def test_weights_that_count_every_group_alike_are_told() -> None:
    assert list(suspect.design(weighted([10, 20, 30], total=1000), DESIGN)) == [
        "design.weight: 'W' adds up to 1,000 in every CNT, so that each counts alike; weights of the sample do not, "
        "and totals over several mean nothing"
    ]


def of_wave(counts: dict[int, int]) -> dict[str, pd.Series]:
    codes = [code for code, n in counts.items() for _ in range(n)]
    return suspect.shares(pd.DataFrame({"lessons": pd.array(codes, dtype="Int64")}), ITEMS, SETS)


def test_answers_that_are_as_before_only_when_turned_round_are_told() -> None:
    before = of_wave({1: 50, 2: 30, 3: 15, 4: 5, 9: 40})
    assert before["lessons"].round(2).tolist() == [0.5, 0.3, 0.15, 0.05]
    turned = of_wave({1: 5, 2: 15, 3: 32, 4: 48})
    assert list(suspect.turned({"2006": before, "2009": turned})) == [
        "'lessons': answers in 2009 are like those of 2006 only if turned round (of 100 answers 60 differ, turned "
        "round 2); was the scale printed, or coded, the other way? Then say so under codes"
    ]
    assert list(suspect.turned({"2006": before, "2009": of_wave({1: 30, 2: 30, 3: 20, 4: 20})})) == []
    # The middle grew: turned round it is no nearer.
    assert list(suspect.turned({"2006": before, "2009": of_wave({1: 5, 2: 45, 3: 45, 4: 5})})) == []
    assert list(suspect.turned({"2006": before, "2009": of_wave({4: 20})})) == []  # too few to tell


def test_who_answered_other_questions_is_no_silent_school() -> None:
    answers = pd.DataFrame(
        {
            "clubs": pd.array([1, None, None, 9], dtype="Int64"),
            "fairs": pd.array([None, 2, None, 1], dtype="Int64"),
            "oecd": pd.array([1, 1, 1, 1], dtype="Int64"),
        }
    )
    silent = {"answered_any": ["clubs"], "otherwise": "answered no question"}
    sampled = parse(Condition, {**silent, "still_sampled": True}, "keep_if")
    assert list(suspect.left_out(answers, [sampled], ITEMS, SETS)) == [
        "keep_if: 'answered no question' leaves out 2 responses that answered other questions (fairs); add these to "
        "answered_any if they count"
    ]
    # Who broke off may have answered, and is left out all the same.
    assert list(suspect.left_out(answers, [parse(Condition, silent, "keep_if")], ITEMS, SETS)) == []


def test_items_turned_round_together_are_told_together() -> None:
    before, after = of_wave({1: 50, 2: 30, 3: 15, 4: 5}), of_wave({1: 5, 2: 15, 3: 30, 4: 50})
    many = [f"item{n}" for n in range(7)]
    [told] = suspect.turned({w: dict.fromkeys(many, its["lessons"]) for w, its in (("a", before), ("b", after))})
    assert told.startswith("'item0', 'item1', 'item2', 'item3', 'item4' and 2 more: answers in b are like those of a")


def test_a_wave_that_holds_responses_of_an_earlier_one_is_told() -> None:
    rows = {"response": ["R_abc", "R_def", "7"], "clubs": [1, 2, 1], "fairs": [2, 2, 1]}
    first = pd.DataFrame(rows).astype({"response": "string", "clubs": "Int64", "fairs": "Int64"})
    second = first.assign(fairs=pd.array([2, 1, 1], dtype="Int64"))
    prints = {w: suspect.fingerprints(its, ["clubs", "fairs"]) for w, its in (("a", first), ("b", second))}
    # R_def answered otherwise, and 7 is the seventh response of any export.
    assert list(suspect.again(prints)) == [
        "b: 1 response has the id and all answers of one of a; the export may hold that wave too: say under keep_if "
        "which are its own"
    ]
    small = [its.assign(response=pd.array(["1", "2", "3"], dtype="string")) for its in (first, second)]
    assert [suspect.fingerprints(its, ["clubs", "fairs"]) for its in small] == [frozenset(), frozenset()]
    assert list(suspect.again({"a": prints["a"], "b": suspect.fingerprints(second.iloc[1:], ["clubs", "fairs"])})) == []


def test_schools_of_a_panel_that_lost_their_zeros_are_told() -> None:
    before = frozenset({"0012", "0100", "Oak"})
    assert list(suspect.other_spellings({"a": before, "b": frozenset({"12", "0100", "OAK", "13"})})) == [
        "b: 2 schools have ids that differ from those of a only in zeros before them, capitals or signs, so that they "
        "are not the same schools; export the column as text, or say in crosswalk.csv which they are"
    ]
    assert list(suspect.other_spellings({"a": before, "b": frozenset({"0012", "0100", "12"})})) == []
