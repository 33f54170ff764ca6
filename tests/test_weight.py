"""The design of a wave under fixed names, and weights that cannot be used."""

from __future__ import annotations

import pandas as pd
import pytest
import small_wave
from stemcareers import contracts, weight
from stemcareers.errors import Problem


def cleaned(**columns: list) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame({"response": [f"R{i}" for i in range(n)]}, dtype="string")
    frame["school"] = pd.array(columns.pop("school", [f"S{i // 2}" for i in range(n)]), dtype="string")
    frame["answered"] = True
    for name, values in columns.items():
        frame[f"export_{name}"] = pd.array(values, dtype="string")
    return frame


def design(**keys: object) -> object:
    return small_wave.wave(design={"weight": "none", **keys})


def refusal(frame: pd.DataFrame, **keys: object) -> str:
    with pytest.raises(Problem) as caught:
        weight.responses(frame, design(**keys), "waves/2025.yaml")
    assert caught.value.where == "waves/2025.yaml"
    return "\n".join(caught.value.wrong)


def test_no_weight_counts_every_response_once() -> None:
    found = weight.responses(cleaned(w=["a", "b"]), design())
    expected = pd.DataFrame(
        {
            "response": pd.array(["R0", "R1"], dtype="string"),
            "weight": [1.0, 1.0],
            "stratum": pd.array(["all", "all"], dtype="string"),
            "cluster": pd.array(["R0", "R1"], dtype="string"),
            "population": [float("nan")] * 2,
            "answered": [True, True],
        }
    )
    pd.testing.assert_frame_equal(contracts.WEIGHTED.conform(found), expected)


def test_who_was_sampled_and_did_not_answer_keeps_the_design() -> None:
    frame = cleaned(w=["2", "3"]).assign(answered=[True, False])
    found = weight.responses(frame, design(weight="w"))
    assert found[["weight", "answered"]].to_numpy().tolist() == [[2.0, True], [3.0, False]]


def test_weight_strata_cluster_population() -> None:
    frame = cleaned(
        w=["1.5", "2", ".25"], cnt=["A", "A", "B"], st=["1", "1", "1"], n=["10", "10", "7"], c=["x", "y", "x"]
    )
    found = weight.responses(frame, design(weight="w", strata=["cnt", "st"], cluster="c", population="n"))
    assert found["weight"].tolist() == [1.5, 2.0, 0.25]
    assert found["stratum"].tolist() == ["A-1", "A-1", "B-1"]
    assert found["cluster"].tolist() == ["x", "y", "x"]
    assert found["population"].tolist() == [10.0, 10.0, 7.0]


def test_the_school_as_cluster() -> None:
    assert weight.responses(cleaned(w=["1"] * 3), small_wave.wave(design={"weight": "w", "cluster": "school"}))[
        "cluster"
    ].tolist() == ["S0", "S0", "S1"]


def test_weights_that_add_up_to_what_was_stated_pass() -> None:
    frame = cleaned(w=["1.5", "2", "0.25"])
    for stated in ({"sums_to": 3.75}, {"sums_to": 3.753}, {"sums_to": 4, "sums_within": 0.07}):
        assert weight.responses(frame, design(weight="w", **stated))["weight"].sum() == 3.75
    silent = frame.assign(answered=[True, False, True])  # who was drawn and did not answer counts too
    assert len(weight.responses(silent, design(weight="w", sums_to=3.75))) == 3


@pytest.mark.parametrize(
    ("weights", "more", "told"),
    [
        (
            ["0.5", "1", "1.5"],
            {"sums_to": 2400.5},
            "design.sums_to: 'w' adds up to 3 over 3 responses, not to 2,400.5; it may miss it by 0.1% of it "
            "(design.sums_within). The weights may be those of another wave, or scaled",
        ),
        (
            ["800", "800.25", "801"],
            {"sums_to": 2401, "sums_within": 0},
            "design.sums_to: 'w' adds up to 2,401.25 over 3 responses, not to 2,401; it may miss it by 0% of it "
            "(design.sums_within). The weights may be those of another wave, or scaled",
        ),
        # What is wrong with a single weight comes first: it is the cause.
        (
            ["800", "-800", "801"],
            {"sums_to": 2401},
            "design.weight: 'w' is 0 or negative in 1 of 3 responses; leave these responses out under keep_if, with "
            "the reason",
        ),
    ],
)
def test_weights_that_do_not_add_up_to_what_was_stated(weights: list[str], more: dict, told: str) -> None:
    assert refusal(cleaned(w=weights), weight="w", **more) == told


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        (
            {"weight": "none", "sums_to": 12},
            "design.sums_to: every weight is 1 ('weight: none'), so no total is stated; take it out, or name the "
            "weights",
        ),
        ({"weight": "w", "sums_within": 0.1}, "design.sums_within: needs 'sums_to', the total it is a share of"),
        (
            {"weight": "w", "sums_to": 0},
            "design.sums_to: 0 is too little; it must be more than 0 (what the weights add up to, as those who made "
            "them say; of who is kept and who is still sampled)",
        ),
    ],
)
def test_a_stated_total_that_cannot_be_is_told(keys: dict, told: str) -> None:
    with pytest.raises(Problem) as caught:
        design(**keys)
    assert caught.value.wrong == (told,)


def test_weights_that_cannot_be_used_are_counted() -> None:
    frame = cleaned(w=["1", "0", "-2", None, "1,5", "nan", "inf"])
    assert refusal(frame, weight="w") == (
        "design.weight: 'w' is blank or no number in 4 of 7 responses; leave these responses out under keep_if, with "
        "the reason\n"
        "design.weight: 'w' is 0 or negative in 2 of 7 responses; leave these responses out under keep_if, with the "
        "reason"
    )


def test_weights_that_are_all_no_numbers_are_written_otherwise() -> None:
    assert refusal(cleaned(w=["1,5", "2,25"]), weight="w") == (
        "design.weight: 'w' is blank or no number in 2 of 2 responses; say under export how its numbers are written "
        "(decimal, thousands), or name another column"
    )


def test_blank_strata_and_clusters_are_counted() -> None:
    frame = cleaned(school=["S", None, None], st=["1", None, "2"])
    tail = (
        "in 1 of 3 responses; leave them out under keep_if (not_blank: true), with the reason, or change design.strata"
    )
    assert refusal(frame, strata=["st"], cluster="school") == (
        f"design.strata: 'st' is blank {tail}\n"
        "design.cluster: 'school' is blank in 2 of 3 responses; leave them out under keep_if (not_blank: true), "
        "with the reason, or change design.cluster"
    )


def test_strata_that_join_to_the_same_text_are_refused() -> None:
    assert refusal(cleaned(a=["1-2", "1"], b=["3", "2-3"]), strata=["a", "b"]) == (
        "design.strata: joined by '-', different strata of a and b become the same"
    )


def test_populations_that_cannot_be_true() -> None:
    assert refusal(cleaned(n=["0", "5", None]), population="n") == (
        "design.population: 'n' is blank, no number or under 1 in 2 of 3 responses; it must be the number of clusters "
        "in the stratum"
    )
    assert refusal(cleaned(n=["1", "1", "9"], st=["a", "a", "a"]), strata=["st"], population="n") == (
        "design.population: 'n' differs within 1 strata; a stratum has one population\n"
        "design.population: 'n' is smaller than the number of clusters in 1 strata"
    )


def test_weights_stay_with_their_response() -> None:
    frame = cleaned(w=[str(i + 1) for i in range(20)])
    mixed = frame.sample(frac=1, random_state=2)
    one = contracts.WEIGHTED.conform(weight.responses(frame, design(weight="w")))
    other = contracts.WEIGHTED.conform(weight.responses(mixed, design(weight="w")))
    pd.testing.assert_frame_equal(one, other)
