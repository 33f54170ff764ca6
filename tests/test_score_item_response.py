"""Scores of item response through the stage that makes them: given and estimated steps, and scores worked out again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stemcareers import config, contracts, score
from stemcareers.config.entry import parse
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.errors import Problem
from stemcareers.inference import item_response

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "tests" / "reference"
PISA = ROOT / "config" / "studies" / "pisa"
INDICES = {
    "SCIPROM": "science_promotion_items",
    "ENVLEARN": "environment_learning_items",
    "SCMATEDU": "resources_items",
}
ANSWERS = {
    "yes_no": AnswerSet(kind="nominal", codes={1: "Yes", 2: "No"}),
    "how_far": AnswerSet(kind="ordered", codes={1: "not", 2: "some", 3: "far"}),
    "index": AnswerSet(kind="number", low=-10, high=10, unit="points"),
}
YES = ["a", "b", "c", "d", "e"]
FAR = ["p", "q", "r", "s"]
ITEMS = {
    name: Item(item=name, label=name, wording=name, answers=answers, status="official")
    for name, answers in {**dict.fromkeys(YES, "yes_no"), **dict.fromkeys(FAR, "how_far"), "came": "index"}.items()
}
DIFFICULTY = dict(zip(YES, [-1.5, -0.5, 0.0, 0.6, 1.4], strict=True))
STEPS = {"p": [-1.0, 0.5], "q": [-0.3, 1.2], "r": [-1.4, 0.1], "s": [0.2, 0.9]}


def scale(method: str, items: list[str], parameters: object, **more: object) -> Scale:
    known = {"title": "t", "measures": "m", "role": "context", "unit": "logits", "method": method, "items": items}
    return parse(Scale, {**known, "parameters": parameters, **more}, "scales.yaml")


def given(steps: dict[str, list[float]], **more: object) -> dict[str, object]:
    return {"source": "set by hand", "steps": steps, **more}


def wide(answers: pd.DataFrame, school: list[str] | None = None) -> pd.DataFrame:
    n = len(answers)
    ids = pd.DataFrame({"response": [f"R{i:05}" for i in range(n)], "school": school or [f"S{i}" for i in range(n)]})
    return contracts.WIDE.conform(pd.concat([ids.astype("string"), answers.reset_index(drop=True)], axis=1))


def simulated(steps: dict[str, list[float]], n: int = 3000, spread: float = 1.2, seed: int = 5) -> pd.DataFrame:
    """Places of answers (0, 1, ...) of people from a normal distribution, by the partial credit model."""
    random = np.random.default_rng(seed)
    theta = random.normal(scale=spread, size=n)
    columns = {}
    for item, values in steps.items():
        terms = np.arange(len(values) + 1) * theta[:, None] - np.concatenate([[0.0], np.cumsum(values)])
        p = np.exp(terms - terms.max(axis=1, keepdims=True))
        p = (p / p.sum(axis=1, keepdims=True)).cumsum(axis=1)
        columns[item] = (random.uniform(size=(n, 1)) > p).sum(axis=1)
    return pd.DataFrame(columns).astype("Int64")


def measured(frame: pd.DataFrame, scales: dict[str, Scale]) -> pd.DataFrame:
    return score.reliability(
        frame, scales, ITEMS, ANSWERS, study="town", wave="2025", synthetic=True, confidence_level=0.95
    )


def patterns(index: str, items: list[str], codes: list[int]) -> tuple[pd.DataFrame, np.ndarray]:
    """Answers with the answered items and raw score of every row of the OECD's values, and these values.

    codes  from the least to the most.
    """
    table = pd.read_csv(REFERENCE / "psych_pisa2006_lookup.csv", dtype={"answered": str})
    table = table[table["index"] == index]
    rows = []
    for answered, raw in zip(table["answered"], table["raw_score"], strict=True):
        left, row = int(raw), {}
        for mark, item in zip(answered, items, strict=True):
            step = min(left, len(codes) - 1) if mark == "1" else 0
            row[item] = codes[step] if mark == "1" else pd.NA
            left -= step
        assert left == 0
        rows.append(row)
    return pd.DataFrame(rows).astype("Int64"), table["value"].to_numpy()


@pytest.mark.parametrize("index", INDICES)
def test_scales_of_pisa_come_to_the_values_of_the_oecd(index: str) -> None:
    name = INDICES[index]
    scales, items = config.scales(PISA / "scales.yaml"), config.items(PISA / "items.csv")
    answers = config.answers(PISA / "answers.yaml")
    its = scales[name]
    codes = sorted(answers[items[its.items[0]].answers].codes, reverse=True)
    frame, values = patterns(index, its.items, codes)
    found = score.scales(wide(frame), {name: its}, items, answers)[name].to_numpy()
    largest = np.abs(found - values).max()
    assert largest < 0.01
    fitted = json.loads((REFERENCE / "psych_pisa2006_parameters.json").read_text())[index]
    assert largest == pytest.approx(fitted["largest_distance"], abs=1e-4)
    given = list(its.parameters.steps.values())
    assert given == list(fitted["steps"].values()), "the config holds the parameters of the reference"
    assert (its.parameters.centre, its.parameters.spread) == (fitted["centre"], fitted["spread"])


def test_given_steps_score_as_inference_does_whatever_the_direction_of_codes() -> None:
    places = simulated(STEPS, n=300)
    frame = places + 1
    frame["q"] = 4 - frame["q"]
    its = scale("partial_credit", FAR, given(STEPS, centre=0.3, spread=1.5), reversed=["q"])
    found = score.scales(wide(frame), {"far": its}, ITEMS, ANSWERS)
    contracts.SCORED.conform(found)
    parameters = item_response.given(STEPS, [0, 1, 2], origin="by hand", centre=0.3, spread=1.5)
    expected = item_response.weighted_likelihood(places, parameters)["score"]
    np.testing.assert_allclose(found["far"], expected, atol=1e-12)
    assert np.corrcoef(found["far"], places.sum(axis=1))[0, 1] > 0.95


def test_gaps_have_a_score_on_the_same_scale_if_enough_was_answered() -> None:
    frame = pd.DataFrame(
        {"a": [1, 1, 1, None], "b": [1, 1, None, None], "c": [2, None, None, None], "d": [2, None, None, None]}
    ).astype("Int64")
    frame["e"] = pd.array([2, None, None, None], dtype="Int64")
    frame = 3 - frame  # 2 is yes: without `reversed` the high code means more
    known = given({item: [d] for item, d in DIFFICULTY.items()})
    found = [
        score.scales(wide(frame), {"s": scale("rasch", YES, known, answered_at_least=least)}, ITEMS, ANSWERS)["s"]
        for least in (0.2, 0.4, 1.0)
    ]
    assert [column.notna().tolist() for column in found] == [
        [True, True, True, False],
        [True, True, False, False],
        [True, False, False, False],
    ]
    # Two easy items answered yes tell of more than two of five, and less surely than a mean of 1 would have it.
    assert found[0][0] < found[0][2] < found[0][1]


def test_estimated_steps_recover_those_that_were_planted() -> None:
    frame = simulated(STEPS) + 1
    its = {"far": scale("partial_credit", FAR, "estimate")}
    rows = measured(wide(frame), its)
    contracts.ESTIMATES.conform(rows)
    steps = rows[rows["quantity"] == "step"].set_index(["term", "level"])
    for item, values in STEPS.items():
        for number, planted in enumerate(values, start=1):
            one = steps.loc[item, str(number)]
            assert abs(one["estimate"] - planted) < 3.5 * one["std_error"]
            assert 0.02 < one["std_error"] < 0.12
    difficulty = rows[rows["quantity"] == "difficulty"].set_index("term")
    for item in FAR:
        assert difficulty.at[item, "estimate"] == pytest.approx(steps.loc[item]["estimate"].mean())
    assert set(rows["quantity"]) == {
        *("reliability", "item_rest", "alpha_if_deleted", "separation_reliability", "difficulty", "step"),
    }
    found = score.scales(wide(frame), its, ITEMS, ANSWERS)["far"]
    assert abs(found.mean()) < 0.1


def test_another_wave_is_scored_with_the_steps_of_the_one_they_are_estimated_from() -> None:
    first, second = wide(simulated(STEPS) + 1), wide(simulated(STEPS, n=40, seed=9) + 1)
    its = {"far": scale("partial_credit", FAR, {"estimate": True, "wave": "2024"})}
    found = score.scales(second, its, ITEMS, ANSWERS, others={"2024": first})["far"]
    both = wide(pd.concat([first[FAR], second[FAR]]))
    rows = measured(first, its)
    steps = rows[rows["quantity"] == "step"].groupby("term")["estimate"].apply(list).to_dict()
    expected = score.scales(both, {"far": scale("partial_credit", FAR, given(steps))}, ITEMS, ANSWERS)["far"]
    np.testing.assert_allclose(found, expected.to_numpy()[3000:], atol=1e-9)
    other = score.reliability(
        second,
        its,
        ITEMS,
        ANSWERS,
        study="town",
        wave="2025",
        synthetic=True,
        confidence_level=0.95,
        others={"2024": first},
    )
    assert other.loc[other["quantity"] == "step", "estimate"].tolist() == pytest.approx(
        rows.loc[rows["quantity"] == "step", "estimate"].tolist()
    )


def test_rasch_items_have_a_difficulty_and_no_steps() -> None:
    places = simulated({item: [d] for item, d in DIFFICULTY.items()})
    rows = measured(wide(2 - places), {"s": scale("rasch", YES, "estimate", reversed=YES)})
    difficulty = rows[rows["quantity"] == "difficulty"].set_index("term")
    assert "step" not in set(rows["quantity"])
    for item, planted in DIFFICULTY.items():
        assert abs(difficulty.at[item, "estimate"] - planted) < 3.5 * difficulty.at[item, "std_error"]
    assert set(difficulty["n"]) == {3000}
    assert set(difficulty["unit"]) == {"logits"}


def test_the_reliability_of_scores_is_the_share_that_is_not_error() -> None:
    places = simulated(STEPS, n=800)
    its = scale("partial_credit", FAR, given(STEPS))
    row = measured(wide(places + 1), {"far": its}).set_index("quantity").loc["separation_reliability"]
    scores = item_response.weighted_likelihood(places, item_response.given(STEPS, [0, 1, 2], origin="by hand"))
    assert row["estimate"] == pytest.approx(item_response.reliability(scores), rel=1e-12)
    assert row["ci_low"] < row["estimate"] < row["ci_high"] < 1
    left_out = np.array([item_response.reliability(scores.drop(index=i)) for i in range(800)])
    jackknife = np.sqrt(799 / 800 * ((left_out - left_out.mean()) ** 2).sum())
    assert row["std_error"] == pytest.approx(jackknife, rel=0.01)


def test_an_item_turned_round_stops_the_wave_here_too() -> None:
    frame = simulated(STEPS, n=500) + 1
    with pytest.raises(Problem) as caught:
        measured(wide(frame), {"far": scale("partial_credit", FAR, given(STEPS), reversed=["q"])})
    assert len(caught.value.wrong) == 1
    assert caught.value.wrong[0].startswith("wave 2025: far: 'q' goes against the other items (item-rest correlation ")
    assert caught.value.wrong[0].endswith("it is mirrored already: take it out of far.reversed")


def test_steps_of_answers_that_nobody_chose_cannot_be_estimated() -> None:
    frame = (simulated(STEPS, n=200) + 1).assign(q=lambda f: f["q"].replace(3, 2))
    with pytest.raises(Problem) as caught:
        score.scales(wide(frame), {"far": scale("partial_credit", FAR, "estimate")}, ITEMS, ANSWERS, "config/s.yaml")
    assert str(caught.value) == (
        "config/s.yaml: 1 problem\n"
        "  far.parameters: item 'q': nobody chose 3, so its steps cannot be estimated; merge it with its neighbour"
    )


def test_a_wave_that_did_not_ask_has_neither_scores_nor_rows() -> None:
    frame = wide(pd.DataFrame({item: pd.array([None] * 5, dtype="Int64") for item in FAR}))
    its = {"far": scale("partial_credit", FAR, "estimate")}
    assert score.scales(frame, its, ITEMS, ANSWERS)["far"].isna().all()
    assert measured(frame, its).empty


# --- worked out again ----------------------------------------------------------------------------------------------


def twice(shift: float, **more: object) -> tuple[pd.DataFrame, dict[str, Scale]]:
    """Answers with a score that came with them, `shift` off in the first response; the scale that works it out."""
    places = simulated(STEPS, n=50)
    theirs = item_response.weighted_likelihood(places, item_response.given(STEPS, [0, 1, 2], origin="theirs"))["score"]
    came = theirs.astype("float64")
    came.iloc[0] += shift
    frame = wide((places + 1).assign(came=came, a=pd.array([1] + [2] * 49, dtype="Int64")))
    scales = {
        "theirs": Scale(title="t", measures="m", role="context", unit="points", method="as_given", items=["came"]),
        "ours": scale("partial_credit", FAR, given(STEPS), reproduces={"scale": "theirs", **more}),
    }
    return frame, scales


def test_how_near_a_score_comes_is_told() -> None:
    frame, scales = twice(0.05)
    rows = measured(frame, scales)
    contracts.ESTIMATES.conform(rows)
    rows = rows[rows["quantity"].str.endswith("_difference")].set_index("quantity")
    assert set(rows["outcome"]) == {"ours"}
    assert set(rows["term"]) == {"theirs"}
    assert rows["estimate"].to_dict() == {
        "largest_difference": pytest.approx(0.05, abs=1e-9),
        "mean_difference": pytest.approx(0.001, abs=1e-9),
    }
    assert rows["n"].tolist() == [50, 50]


def test_only_some_responses_are_compared_and_scores_alone_are_counted() -> None:
    frame, scales = twice(0.05, only={"a": [2]})
    frame.loc[[3, 4], "came"] = np.nan
    found = measured(frame, scales)
    rows = dict(zip(zip(found["quantity"], found["level"], strict=True), found.to_dict("records"), strict=True))
    assert rows["largest_difference", ""]["estimate"] == pytest.approx(0, abs=1e-9)
    assert rows["largest_difference", ""]["n"] == 47
    assert rows["count", "alone:ours"]["estimate"] == 2


def test_too_far_off_stops_the_wave() -> None:
    frame, scales = twice(0.05, within=0.01)
    with pytest.raises(Problem) as caught:
        measured(frame, scales)
    assert str(caught.value) == (
        "config/studies/town/scales.yaml: 1 problem\n"
        "  wave 2025: ours.reproduces: differs from 'theirs' by up to 0.05 logits in 50 responses, more than 0.01; "
        "look at method, items, reversed and parameters"
    )
    frame, scales = twice(0.009, within=0.01)
    assert len(measured(frame, scales))


def test_schools_of_pisa_come_to_the_values_of_the_oecd(pisa_school_file: Path) -> None:
    import pyreadstat

    scales, items = config.scales(PISA / "scales.yaml"), config.items(PISA / "items.csv")
    answers = config.answers(PISA / "answers.yaml")
    instrument = config.instrument(PISA / "instruments" / "school-2006.yaml")
    chosen = {name: scales[name] for name in ("science_promotion", "environment_learning", "resources")}
    chosen |= {name: scales[name] for name in INDICES.values()}
    wanted = {
        item for its in chosen.values() for item in [*its.items, *(its.reproduces.only if its.reproduces else ())]
    }
    columns = {column: item for column, item in instrument.columns().items() if item in wanted}
    raw, _ = pyreadstat.read_sav(pisa_school_file, usecols=list(columns))
    frame = raw.rename(columns=columns)
    for item in wanted:
        known = answers[items[item].answers]
        frame[item] = frame[item].where(frame[item].isin(known.codes) if known.codes else frame[item] < 100)
        frame[item] = frame[item].astype("Int64" if known.codes else "float64")
    rows = score.reliability(
        wide(frame), chosen, items, answers, study="pisa", wave="2006", synthetic=False, confidence_level=0.95
    )
    largest = rows[rows["quantity"] == "largest_difference"].set_index("outcome")
    assert (largest["estimate"] < 0.01).all()
    assert largest["n"].to_dict() == {
        "science_promotion_items": 13212,
        "environment_learning_items": 13327,
        "resources_items": 13492,
    }
    mean = rows[rows["quantity"] == "mean_difference"].set_index("outcome")["estimate"]
    assert (mean < 0.003).all()
