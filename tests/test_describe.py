"""A wave in numbers: every response and every answer is counted once."""

from __future__ import annotations

import pandas as pd
import pytest
from stemcareers import contracts, describe, withhold
from stemcareers.config import AnswerSet, Item

ITEMS = {
    name: Item(item=name, label=name, wording=name, answers=answers, status="published")
    for name, answers in {"plan": "yes_no", "visits": "number", "wishes": "text"}.items()
}
ANSWERS = {
    "yes_no": AnswerSet(kind="nominal", codes={1: "Yes", 2: "No", 3: "In preparation"}, missing={9: "dont_know"}),
    "number": AnswerSet(kind="number", low=0, high=99, unit="visits"),
    "text": AnswerSet(kind="text"),
}
PLAN = [1.0] * 14 + [2.0] * 30 + [None] * 6
REASONS = [""] * 44 + ["dont_know"] * 4 + ["not_asked"] * 2
VISITS = [3.0] * 50


def long() -> pd.DataFrame:
    responses = [f"R{i:02}" for i in range(50)]
    plan = pd.DataFrame({"response": responses, "item": "plan", "value": PLAN, "missing": REASONS})
    visits = pd.DataFrame({"response": responses, "item": "visits", "value": VISITS, "missing": ""})
    return contracts.LONG.conform(pd.concat([plan, visits], ignore_index=True))


def flow(preview: int = 12) -> pd.DataFrame:
    stages = ["received", "left_out", "left_out", "kept", "refused_answers"]
    reasons = ["", "preview", "no consent", "", "is outside its answers"]
    counts = [62 + preview, preview, 12, 50, 3]
    return contracts.FLOW.conform(pd.DataFrame({"step": range(5), "stage": stages, "reason": reasons, "n": counts}))


def weights(values: list[float], answered: list[bool] | None = None) -> pd.DataFrame:
    table = pd.DataFrame(
        {
            "response": [f"R{i:02}" for i in range(len(values))],
            "answered": answered or True,
            "weight": [float(v) for v in values],
            "stratum": ["a", "b"] * (len(values) // 2),
            "cluster": [f"S{i // 5}" for i in range(len(values))],
            "population": None,
        }
    )
    return contracts.WEIGHTED.conform(table)


def facts(**changed: pd.DataFrame) -> pd.DataFrame:
    known = {
        "long": long(),
        "flow": flow(),
        "reliability": contracts.ESTIMATES.empty(),
        "weights": weights([1.0] * 25 + [3.0] * 25 if not changed else [1.0] * 50),
    }
    return describe.wave(
        **{**known, **changed}, items=ITEMS, answers=ANSWERS, study="town", wave="2024", synthetic=False
    )


def counted(table: pd.DataFrame, specification: str) -> dict[tuple[str, str, str], float]:
    rows = table[table["specification"].eq(specification)]
    return {
        (outcome, term, level): estimate
        for outcome, term, level, estimate in rows[["outcome", "term", "level", "estimate"]].itertuples(index=False)
    }


def test_answers_are_counted_by_code_and_gaps_by_reason() -> None:
    assert counted(facts(), "answers") == {
        ("plan", "plan", "1"): 14,
        ("plan", "plan", "2"): 30,
        ("plan", "plan", "3"): 0,
        ("plan", "plan", "missing:dont_know"): 4,
        ("plan", "plan", "missing:not_asked"): 2,
        ("visits", "visits", "answered"): 50,
    }


def test_every_item_makes_everybody() -> None:
    rows = facts()
    answers = rows[rows["specification"].eq("answers")]
    assert answers.groupby("outcome")["estimate"].sum().tolist() == [50, 50]


def test_the_flow_stands_as_it_is() -> None:
    assert counted(facts(), "flow") == {
        ("responses", "received", ""): 74,
        ("responses", "left_out", "preview"): 12,
        ("responses", "left_out", "no consent"): 12,
        ("responses", "kept", ""): 50,
        ("answers", "refused_answers", "is outside its answers"): 3,
    }


def test_weights_in_numbers() -> None:
    # Half 1, half 3: n * sum of squares / square of sum = 50 * (25 + 225) / 100^2.
    rows = facts()
    found = rows[rows["specification"].eq("weighting")].set_index(["quantity", "term"])["estimate"]
    assert found.to_dict() == {
        ("design_effect", "weights"): pytest.approx(1.25),
        ("count", "weights"): 100,
        ("count", "strata"): 2,
        ("count", "clusters"): 10,
    }


def test_who_did_not_answer_has_no_part_in_the_weights() -> None:
    rows = facts(weights=weights([1.0] * 40 + [9.0] * 10, answered=[True] * 40 + [False] * 10))
    found = rows[rows["specification"].eq("weighting")].set_index("term")
    assert found.loc["clusters", "estimate"] == 8
    assert found["n"].tolist() == [40] * 4


def test_reliability_is_passed_on_with_its_n() -> None:
    alpha = {
        **{c.name: None for c in contracts.ESTIMATES.columns},
        "study": "town",
        "specification": "reliability",
        "sample": "wave=2024",
        "outcome": "led",
        "level": "",
        "quantity": "reliability",
        "term": "led",
        "role": "leadership_factor",
        "estimate": 0.8,
        "n": 44,
        "n_schools": 44,
        "unit": "Cronbach's alpha, at most 1",
        "synthetic": False,
        "withheld": "",
    }
    rows = facts(reliability=contracts.ESTIMATES.conform(pd.DataFrame([alpha])))
    kept = rows[rows["specification"].eq("reliability")].iloc[0]
    assert kept["estimate"] == 0.8
    assert kept["cell_n"] == 44


@pytest.mark.parametrize("limit", [0, 10])
def test_what_leaves_keeps_the_contract(limit: int) -> None:
    contracts.ESTIMATES.conform(withhold.small_groups(facts(), limit))


def test_few_are_not_told() -> None:
    released = contracts.ESTIMATES.conform(withhold.small_groups(facts(flow=flow(preview=3)), 10))
    hidden = released[released["withheld"].ne("")]
    assert hidden[["outcome", "term", "level"]].apply(tuple, axis=1).tolist() == [
        ("plan", "plan", "1"),
        ("plan", "plan", "missing:dont_know"),
        ("plan", "plan", "missing:not_asked"),
        ("answers", "refused_answers", "is outside its answers"),
        ("responses", "left_out", "no consent"),
        ("responses", "left_out", "preview"),
    ]
    assert hidden["estimate"].isna().all()
    assert hidden["n"].isna().all()


def test_a_wave_of_nobody_is_described_too() -> None:
    nobody = flow().assign(n=0)
    rows = facts(long=contracts.LONG.empty(), weights=contracts.WEIGHTED.empty(), flow=nobody)
    contracts.ESTIMATES.conform(withhold.small_groups(rows, 10))
    assert counted(rows, "answers") == {}


def test_who_is_flagged_is_hidden_where_few_are_or_few_are_not() -> None:
    more = pd.DataFrame(
        {"step": [5, 6, 7], "stage": "flagged", "reason": ["fast", "straight", "inattentive"], "n": [20, 4, 45]}
    )
    found = facts(flow=contracts.FLOW.conform(pd.concat([flow(), more], ignore_index=True)))
    rows = found[found["term"].eq("flagged")].set_index("level")
    assert rows["rest_n"].tolist() == [30, 46, 5]
    assert set(rows["outcome"]) == {"responses"}
    shown = withhold.small_groups(found, 10)
    assert shown[shown["term"].eq("flagged")].set_index("level")["estimate"].dropna().to_dict() == {"fast": 20}
