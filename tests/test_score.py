"""Scores by hand, missing items, and items that run against their scale."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stemcareers import contracts, score
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.errors import Problem

ANSWERS = {
    "agree5": AnswerSet(kind="ordered", codes={c: f"label {c}" for c in range(1, 6)}, missing={8: "dont_know"}),
    "zero4": AnswerSet(kind="ordered", codes={0: "none", 1: "few", 2: "some", 3: "most", 4: "all"}),
    "pupils": AnswerSet(kind="number", low=0, high=5000, unit="pupils"),
}
SIX = [f"q{i}" for i in range(1, 7)]
ITEMS = {
    name: Item(item=name, label=name, wording=name, answers=answers, status="official")
    for name, answers in {
        **dict.fromkeys(["a", "b", "c", *SIX], "agree5"),
        "z": "zero4",
        "y": "zero4",
        "size": "pupils",
    }.items()
}


def scale(method: str, items: list[str], **more: object) -> Scale:
    return Scale(title="t", measures="m", role="leadership_factor", method=method, items=items, unit="points", **more)


def wide(**columns: list) -> pd.DataFrame:
    n = len(next(iter(columns.values())))
    frame = pd.DataFrame(
        {"response": [f"R{i:03}" for i in range(n)], "school": [f"S{i // 2}" for i in range(n)]}, dtype="string"
    )
    for name, values in columns.items():
        frame[name] = values if name == "size" else pd.array(values, dtype="Int64")
    return frame


def scored(method: str, items: list[str], frame: pd.DataFrame, **more: object) -> list:
    found = score.scales(frame, {"s": scale(method, items, **more)}, ITEMS, ANSWERS)
    contracts.SCORED.conform(found)
    assert found["s"].dtype == np.float64
    return [None if np.isnan(v) else pytest.approx(v, abs=1e-12) for v in found["s"]]


THREE = wide(a=[1, 5, 2, None, None], b=[2, 5, None, None, 3], c=[3, 4, 3, None, None])


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("mean", [2, 14 / 3, 2.5, None, None]),
        ("sum", [6, 14, 7.5, None, None]),
        ("percent", [25, (100 + 100 + 75) / 3, 37.5, None, None]),
    ],
)
def test_mean_sum_percent_of_two_thirds_answered(method: str, expected: list) -> None:
    assert scored(method, ["a", "b", "c"], THREE, answered_at_least=2 / 3) == expected
    assert scored(method, ["a", "b", "c"], THREE)[2] is None


def test_a_share_written_with_few_digits_asks_for_that_many_items() -> None:
    assert scored("mean", ["a", "b", "c"], THREE, answered_at_least=0.66)[2] is not None
    assert scored("mean", ["a", "b", "c"], THREE, answered_at_least=0.67)[2] is None


def test_nothing_answered_is_no_score_whatever_is_asked() -> None:
    for method in ("mean", "sum", "percent"):
        assert scored(method, ["a", "b", "c"], THREE, answered_at_least=0.01)[3:] == [
            None,
            {"mean": 3, "sum": 9, "percent": 50}[method],
        ]


def test_percent_runs_from_the_lowest_to_the_highest_code() -> None:
    assert scored("percent", ["z", "y"], wide(z=[0, 4, 1], y=[0, 4, 2])) == [0, 100, 37.5]


def test_reversed_items_are_mirrored() -> None:
    frame = wide(a=[1, 5, 2], b=[5, 1, 4])
    assert scored("mean", ["a", "b"], frame, reversed=["b"]) == [1, 5, 2]
    assert scored("mean", ["z", "y"], wide(z=[0, 4], y=[4, 0]), reversed=["y"]) == [0, 4]


def test_count() -> None:
    frame = wide(a=[4, 5, 1, None], b=[5, 1, 2, 4], c=[1, 4, 3, 5])
    assert scored("count", ["a", "b", "c"], frame, codes=[4, 5]) == [2, 2, 0, None]
    assert scored("count", ["a", "b", "c"], frame, codes=[4, 5], answered_at_least=0.6)[3] == 3


def test_indicator_and_as_given() -> None:
    frame = wide(a=[1, 3, 5, None])
    assert scored("indicator", ["a"], frame, codes=[3, 5]) == [0, 1, 1, None]
    assert scored("as_given", ["a"], frame) == [1, 3, 5, None]


def test_the_logarithm_of_nothing_is_missing_and_counted() -> None:
    frame = wide(size=[1.0, np.e, 0.0, np.nan], a=[1, 2, 3, 4])
    assert scored("log", ["size"], frame) == [0, 1, None, None]
    found = reliability(frame, {"log_size": scale("log", ["size"])})
    assert found[["quantity", "term", "level", "estimate", "n"]].to_numpy().tolist() == [
        ["count", "log_size", "missing:not_positive", 1.0, 1]
    ]


# --- reliability ------------------------------------------------------------------------------------------


def test_a_score_of_the_school_is_the_mean_of_who_answered_there_and_everybodys() -> None:
    """S0 has two answers, S1 one (the other person was not asked), S2 none."""
    frame = wide(a=[1, 4, 2, None, None, None])
    assert scored("as_given", ["a"], frame, of="school") == [2.5, 2.5, 2, 2, None, None]
    assert scored("percent", ["a"], frame, of="school") == [37.5, 37.5, 25, 25, None, None]
    assert scored("as_given", ["a"], frame) == [1, 4, 2, None, None, None]


def test_without_a_school_there_is_no_score_of_it() -> None:
    frame = wide(a=[1, 4, 2])
    frame.loc[1, "school"] = pd.NA
    assert scored("mean", ["a"], frame, of="school") == [1, None, 2]


def reliability(frame: pd.DataFrame, scales: dict[str, Scale]) -> pd.DataFrame:
    return score.reliability(
        frame, scales, ITEMS, ANSWERS, study="england", wave="2025", synthetic=True, confidence_level=0.9
    )


def six_items(n: int = 400, seed: int = 11) -> pd.DataFrame:
    """Six items of 1 to 5 that share one tendency; alpha is about 0.8."""
    random = np.random.default_rng(seed)
    tendency = random.normal(size=(n, 1))
    answers = np.clip(np.round(3 + 0.9 * tendency + random.normal(scale=1.1, size=(n, 6))), 1, 5).astype(int)
    return wide(**{name: list(answers[:, i]) for i, name in enumerate(SIX)})


def test_rows_of_reliability() -> None:
    frame = wide(a=[1, 2, 3, None], b=[1, 2, 3, 3], c=[2, 1, 3, 3])
    found = reliability(frame, {"s": scale("mean", ["a", "b", "c"])})
    contracts.ESTIMATES.conform(found)
    assert set(found["specification"]) == {"reliability"}
    assert set(found["sample"]) == {"wave=2025"}
    assert set(found["outcome"]) == {"s"}
    assert found["synthetic"].all()
    # The answers to a and b order responses the same way: nothing can rest on their polychoric correlation.
    why = "answers to a and b leave cells of their table empty, and their correlation has no bound"
    told = found[found["withheld"].ne("")]
    assert told[["quantity", "term", "level", "withheld"]].to_numpy().tolist() == [
        ["omega", "s", "", f"no omega: {why}"],
        ["ordinal_alpha", "s", "", f"no ordinal alpha: {why}"],
        ["polychoric", "a", "b", f"no correlation: {why}"],
    ]
    assert told[["estimate", "n", "n_schools"]].isna().all(axis=None)
    found = found[found["withheld"].eq("") & found["quantity"].ne("polychoric")]
    assert set(zip(found["n"], found["n_schools"], strict=True)) == {(3, 2)}
    by = found.set_index(["quantity", "term"])["estimate"]
    # Item variances 1, 1, 1 and total variance 7: 3/2 (1 - 3/7).
    assert by["reliability", "s"] == pytest.approx(6 / 7)
    assert sorted(by.index) == [
        ("alpha_if_deleted", "a"),
        ("alpha_if_deleted", "b"),
        ("alpha_if_deleted", "c"),
        ("item_rest", "a"),
        ("item_rest", "b"),
        ("item_rest", "c"),
        ("reliability", "s"),
    ]
    alpha = found[found["quantity"] == "reliability"].iloc[0]
    assert alpha["ci_low"] < alpha["estimate"] < alpha["ci_high"]
    assert found["ci_low"].notna().sum() == 1


def test_two_items_have_no_alpha_without_one() -> None:
    found = reliability(six_items(), {"s": scale("percent", ["q1", "q2"])})
    assert set(found["quantity"]) == {"reliability", "item_rest", "polychoric", "ordinal_alpha", "omega"}
    assert found[found["withheld"].ne("")][["quantity", "withheld"]].to_numpy().tolist() == [
        ["omega", "no omega: a factor needs three items or more"]
    ]
    r, alpha = (found.set_index("quantity").at[quantity, "estimate"] for quantity in ("polychoric", "ordinal_alpha"))
    assert alpha == pytest.approx(2 * r / (1 + r))  # Spearman and Brown


def test_rows_of_ordered_answers() -> None:
    found = reliability(six_items(), {"s": scale("mean", SIX)})
    contracts.ESTIMATES.conform(found)
    by = dict(list(found.groupby("quantity")))
    pairs = list(zip(by["polychoric"]["term"], by["polychoric"]["level"], strict=True))
    assert pairs == [(first, second) for place, first in enumerate(SIX) for second in SIX[place + 1 :]]
    assert by["polychoric"][["std_error", "df", "n", "n_schools"]].notna().all(axis=None)
    assert by["loading"]["term"].tolist() == SIX
    loading = by["loading"]["estimate"].to_numpy()
    omega = by["omega"].iloc[0]
    assert omega["estimate"] == pytest.approx(loading.sum() ** 2 / (loading.sum() ** 2 + (1 - loading**2).sum()))
    assert omega["ci_low"] < omega["estimate"] < omega["ci_high"]
    alpha = by["ordinal_alpha"].iloc[0]
    rho = by["polychoric"]["estimate"].mean()
    assert alpha["estimate"] == pytest.approx(6 * rho / (1 + 5 * rho))
    # Steps take away from reliability: before they were cut, answers go together more closely.
    assert by["reliability"]["estimate"].iloc[0] < alpha["estimate"]
    assert set(found["n"]) == {400}


def test_a_mirrored_item_changes_no_ordinal_reliability() -> None:
    frame = six_items()
    expected = reliability(frame, {"s": scale("mean", SIX)})["estimate"]
    frame["q5"] = 6 - frame["q5"]
    found = reliability(frame, {"s": scale("mean", SIX, reversed=["q5"])})
    np.testing.assert_allclose(found["estimate"], expected, atol=1e-8)


def test_only_scales_that_add_up_ordered_answers_have_ordinal_reliabilities() -> None:
    answers = {**ANSWERS, "agree5": AnswerSet(kind="nominal", codes=ANSWERS["agree5"].codes)}
    whole = {"s": scale("mean", SIX), "t": scale("count", SIX, codes=[4, 5])}
    for name, known in (("s", answers), ("t", ANSWERS)):
        found = score.reliability(
            six_items(),
            {name: whole[name]},
            ITEMS,
            known,
            study="england",
            wave="2025",
            synthetic=True,
            confidence_level=0.9,
        )
        assert set(found["quantity"]) == {"reliability", "item_rest", "alpha_if_deleted"}


def latent(loadings: list[float], n: int = 4000) -> pd.DataFrame:
    """Answers of 1 to 5 cut from one factor with these loadings."""
    random = np.random.default_rng(3)
    load = np.array(loadings)
    values = random.normal(size=(n, 1)) * load + random.normal(size=(n, len(load))) * np.sqrt(1 - load**2)
    coded = np.digitize(values, [-1.2, -0.4, 0.4, 1.2]) + 1
    return wide(**{name: list(coded[:, place]) for place, name in enumerate("abc")})


def test_a_heywood_case_is_said_so() -> None:
    # One item that holds all that the other two share, and more than they share with it.
    found = reliability(latent([0.999, 0.75, 0.4]), {"s": scale("mean", ["a", "b", "c"])})
    assert "loading" not in set(found["quantity"])
    assert found.set_index("quantity").at["omega", "withheld"] == (
        "no omega: the factor would leave nothing of a unexplained (a Heywood case)"
    )
    assert found.set_index("quantity").at["ordinal_alpha", "withheld"] == ""


def test_scales_of_one_item_and_scales_not_asked_have_no_rows() -> None:
    frame = wide(a=[1, 2, 3], b=[None] * 3, c=[None] * 3)
    assert not len(reliability(frame, {"s": scale("as_given", ["a"]), "t": scale("mean", ["b", "c"])}))


def test_answers_that_do_not_vary_are_said_so() -> None:
    frame = wide(a=[1, 1, 1, 2], b=[1, 2, 3, None], c=[3, 1, 2, 1])
    found = reliability(frame, {"s": scale("mean", ["a", "b", "c"])})
    assert found["withheld"].tolist() == ["no reliability: the answers to a do not vary"]
    assert found["estimate"].isna().all()
    found = reliability(wide(a=[1, 2], b=[2, 1]), {"s": scale("mean", ["a", "b"])})
    assert found["withheld"].tolist() == ["no reliability: fewer than 3 responses answered every item"]


def test_each_item_turned_round_is_found() -> None:
    frame = six_items()
    assert reliability(frame, {"s": scale("mean", SIX)})["estimate"].iloc[-1] > 0.7
    for item in SIX:
        turned = frame.assign(**{item: 6 - frame[item]})
        with pytest.raises(Problem) as caught:
            reliability(turned, {"s": scale("mean", SIX)})
        assert caught.value.where == "config/studies/england/scales.yaml"
        assert [line.split("'")[1] for line in caught.value.wrong] == [item]
        assert len(reliability(turned, {"s": scale("mean", SIX, reversed=[item])}))


def test_what_a_reader_is_told_of_a_turned_item() -> None:
    frame = six_items()
    turned = frame.assign(q2=6 - frame["q2"])
    with pytest.raises(Problem) as caught:
        reliability(turned, {"s": scale("mean", SIX), "t": scale("percent", ["q1", "q3", "q4"], reversed=["q4"])})
    values = turned[SIX].to_numpy(dtype=float)
    rest = [
        f"{np.corrcoef(values[:, 1], values[:, [0, 2, 3, 4, 5]].sum(axis=1))[0, 1]:.2f}",
        f"{np.corrcoef(6 - values[:, 3], values[:, [0, 2]].sum(axis=1))[0, 1]:.2f}",
    ]
    assert caught.value.wrong == (
        f"wave 2025: s: 'q2' goes against the other items (item-rest correlation {rest[0]}); if its high codes mean "
        "less, name it under s.reversed; else take it out of s.items",
        f"wave 2025: t: 'q4' goes against the other items (item-rest correlation {rest[1]}); it is mirrored already: "
        "take it out of t.reversed",
    )


def test_two_items_turned_round_are_both_named() -> None:
    frame = six_items()
    turned = frame.assign(q2=6 - frame["q2"], q6=6 - frame["q6"])
    with pytest.raises(Problem) as caught:
        reliability(turned, {"s": scale("mean", SIX)})
    assert {line.split("'")[1] for line in caught.value.wrong} == {"q2", "q6"}


def test_of_two_items_nobody_can_tell_which_is_turned_round() -> None:
    frame = six_items()
    turned = frame.assign(q2=6 - frame["q2"])
    correlation = np.corrcoef(turned["q1"].to_numpy(dtype=float), turned["q2"].to_numpy(dtype=float))[0, 1]
    with pytest.raises(Problem) as caught:
        reliability(turned, {"s": scale("mean", ["q1", "q2"])})
    assert caught.value.wrong == (
        f"wave 2025: s: 'q1' and 'q2' go against each other (correlation {correlation:.2f}); is one of them wrongly "
        "named, or missing, under s.reversed?",
    )


def test_an_item_turned_round_twice_is_found() -> None:
    frame = six_items()
    with pytest.raises(Problem, match="it is mirrored already: take it out of s.reversed"):
        reliability(frame, {"s": scale("mean", SIX, reversed=["q5"])})


def test_a_count_of_what_does_not_go_together_has_no_reliability() -> None:
    frame = wide(a=[5, 5, 1, 1, 5, 1], b=[5, 5, 1, 1, 5, 1], c=[1, 1, 5, 5, 1, 1])
    found = reliability(frame, {"s": scale("count", ["a", "b", "c"], codes=[5])})
    assert found[["quantity", "withheld"]].to_numpy().tolist() == [
        [
            "reliability",
            "no reliability: what is counted does not go together, so the number of things is all it tells",
        ]
    ]


def test_alpha_of_the_united_kingdom_equals_that_of_psych(pisa_school_file: Path) -> None:
    import pyreadstat

    # R psych::alpha on the seven items of SC14 on materials, United Kingdom, complete cases.
    raw, dropped = 0.889757007206035, [0.889084944563163, 0.874716692293624, 0.86805200100478, 0.882280230300729]
    names = [f"SC14Q{i:02}" for i in range(7, 14)]
    frame, _ = pyreadstat.read_sav(pisa_school_file, usecols=["CNT", *names])
    frame = frame[frame["CNT"] == "GBR"]
    items = dict(zip([*SIX, "a"], names, strict=True))
    table = wide(**{item: frame[column].tolist() for item, column in items.items()})
    rows = reliability(table, {"s": scale("mean", list(items))})
    found = dict(zip(zip(rows["quantity"], rows["term"], strict=True), rows["estimate"], strict=True))
    assert found["reliability", "s"] == pytest.approx(raw, rel=1e-8)
    assert [found["alpha_if_deleted", i] for i in list(items)[:4]] == pytest.approx(dropped, rel=1e-8)


def test_ordinal_reliabilities_of_the_united_kingdom_equal_those_of_psych(pisa_school_file: Path) -> None:
    import pyreadstat

    # R psych 2.2.9: polychoric(d)$rho above the diagonal, row by row; alpha(rho)$total$std.alpha; and of
    # factanal(covmat = rho, factors = 1), the loadings l with sum(l)^2 / (sum(l)^2 + sum(1 - l^2)).
    rho = [
        [0.740291559896, 0.499029594667, 0.375104372067, 0.475173086881, 0.555384202429, 0.561471653379],
        [0.602176640715, 0.446382804687, 0.594013559802, 0.670228148362, 0.675440401055],
        [0.762501534180, 0.778447587350, 0.629929696850, 0.686676841626],
        [0.720996187827, 0.559532925195, 0.595550630730],
        [0.707439094389, 0.734990899630],
        [0.804928182977],
    ]
    loadings = [0.639396865, 0.753801950, 0.835236426, 0.742352439, 0.863593584, 0.838664098, 0.870337190]
    names = [f"SC14Q{i:02}" for i in range(7, 14)]
    frame, _ = pyreadstat.read_sav(pisa_school_file, usecols=["CNT", *names])
    frame = frame[frame["CNT"] == "GBR"].mask(lambda answers: answers.isin([7, 8, 9]))
    items = dict(zip([*SIX, "a"], names, strict=True))
    table = wide(**{item: frame[column].tolist() for item, column in items.items()})
    found = reliability(table, {"s": scale("mean", list(items))})
    by = found.set_index(["quantity", "term", "level"])["estimate"]
    for place, first in enumerate(items):
        pairs = [by["polychoric", first, second] for second in list(items)[place + 1 :]]
        np.testing.assert_allclose(pairs, rho[place] if place < 6 else [], atol=5e-5)
        assert by["loading", first, ""] == pytest.approx(loadings[place], abs=5e-5)
    assert by["ordinal_alpha", "s", ""] == pytest.approx(0.921799232088, abs=5e-5)
    assert by["omega", "s", ""] == pytest.approx(0.922886978881, abs=5e-5)


def test_at_least_counts_ordered_codes_and_numbers_from_a_value_on():
    frame = wide(a=[1, 4, 5, None], z=[0, 3, 4, 4], y=[4, 2, 3, 3], size=[100, 900, 1000, None])
    assert scored("count", ["a", "z"], frame, at_least=4) == [0, 1, 2, None]
    assert scored("indicator", ["y"], frame, at_least=3) == [1, 0, 1, 1]
    assert scored("indicator", ["size"], frame, at_least=900) == [0, 1, 1, None]


@pytest.mark.parametrize(
    ("method", "more", "said"),
    [
        ("mean", {"at_least": 3}, "at_least: belongs to methods indicator and count, not to 'mean'"),
        ("count", {"at_least": 3, "codes": [4]}, "at_least: stands beside 'codes'; keep one"),
        ("count", {}, "codes: is missing; method 'count' needs the codes that count as yes"),
    ],
)
def test_at_least_that_does_not_fit_says_why(method, more, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        scale(method, ["a"], **more)
