"""How alike the responses of one school are, and intervals of reliability by the design, as facts of a wave."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stemcareers import contracts, describe, score, withhold
from stemcareers.config.entry import parse
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.config.wave import WaveDesign
from stemcareers.inference import Design, agreement, psychometrics

LEVEL = 0.95
ANSWERS = {
    "agree5": AnswerSet(kind="ordered", codes={c: f"label {c}" for c in range(1, 6)}),
    "pupils": AnswerSet(kind="number", low=0, high=5000, unit="pupils"),
}
THREE = ["a", "b", "c"]
ITEMS = {
    name: Item(item=name, label=name, wording=name, answers=answers, status="official")
    for name, answers in {**dict.fromkeys(THREE, "agree5"), "size": "pupils"}.items()
}


def scale(method: str, items: list[str], **more: object) -> Scale:
    return Scale(title="t", measures="m", role="leadership_factor", method=method, items=items, unit="points", **more)


SCALES = {
    "led": scale("mean", THREE),
    "size_as_given": scale("as_given", ["size"]),
    "high": scale("count", THREE, codes=[4, 5]),
}


def staff(schools: int, each: int, icc: float, seed: int = 7) -> pd.DataFrame:
    """Three answers of 1 to 5 that share one tendency, of which `icc` is the school's; `size` is the tendency."""
    random = np.random.default_rng(seed)
    school = np.repeat(np.arange(schools), each)
    n = len(school)
    tendency = np.sqrt(icc) * random.normal(size=schools)[school] + np.sqrt(1 - icc) * random.normal(size=n)
    answers = np.clip(np.round(3 + tendency[:, None] + random.normal(scale=0.6, size=(n, 3))), 1, 5).astype(int)
    frame = pd.DataFrame({"response": [f"R{i:05}" for i in range(n)], "school": [f"S{s:03}" for s in school]})
    frame = frame.astype("string").assign(size=500 + 100 * tendency)
    return contracts.WIDE.conform(frame.assign(**dict(zip(THREE, answers.T.astype("int64"), strict=True))))


def told(frame: pd.DataFrame) -> pd.DataFrame:
    scored = score.scales(frame, SCALES, ITEMS, ANSWERS)
    rows = score.agreement(
        frame,
        scored,
        SCALES,
        ITEMS,
        ANSWERS,
        study="scotland",
        wave="2017",
        synthetic=True,
        confidence_level=LEVEL,
    )
    return contracts.ESTIMATES.conform(rows)


def test_a_planted_icc_is_found() -> None:
    rows = told(staff(300, 6, icc=0.3)).set_index(["outcome", "quantity"])
    one = rows.loc[("size_as_given", "icc1")]
    assert one["ci_low"] < 0.3 < one["ci_high"]
    assert one["estimate"] == pytest.approx(0.3, abs=0.05)
    # Spearman and Brown: the mean of six.
    two = rows.loc[("size_as_given", "icc2")]
    assert two["estimate"] == pytest.approx(6 * one["estimate"] / (1 + 5 * one["estimate"]), rel=1e-9)
    assert one[["n", "n_schools", "df"]].tolist() == [1800, 300, 299]


def test_rows_are_those_of_inference() -> None:
    frame = staff(60, 4, icc=0.4)
    rows = told(frame).set_index(["outcome", "quantity"])
    assert set(rows["specification"]) == {"agreement"}
    assert set(rows["sample"]) == {"wave=2017"}
    means = frame.assign(led=frame[THREE].mean(axis=1).astype(float))
    known = agreement.intraclass(means, "led", "school", level=LEVEL)
    found = rows.loc[("led", "icc1")]
    assert found[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx([known.icc1, known.ci_low, known.ci_high])
    assert rows.loc[("led", "icc2"), "estimate"] == pytest.approx(known.icc2)
    within = agreement.within_group(frame, THREE, "school", categories=5)
    assert rows.loc[("led", "rwg"), "estimate"] == pytest.approx(within.median)
    assert rows.loc[("led", "count"), ["level", "estimate", "n"]].tolist() == ["schools_with_several", 60, 240]
    assert "rwg" not in rows.loc["size_as_given"].index, "a number has no answers to agree on"
    assert "rwg" not in rows.loc["high"].index, "a count does away with how far people agree"


def test_percent_agrees_as_a_mean_does() -> None:
    frame = staff(40, 3, icc=0.4)
    scales = {name: scale(name, THREE, reversed=["b"] if name == "sum" else []) for name in ("mean", "percent", "sum")}
    turned = frame.assign(b=6 - frame["b"])
    known = {"study": "s", "wave": "w", "synthetic": False, "confidence_level": LEVEL}
    rwg = []
    for name, one in scales.items():
        its = turned if name == "sum" else frame
        rows = score.agreement(
            its, score.scales(its, {name: one}, ITEMS, ANSWERS), {name: one}, ITEMS, ANSWERS, **known
        )
        rwg.append(rows.set_index("quantity").at["rwg", "estimate"])
    assert rwg == pytest.approx([rwg[0]] * 3)


def test_one_response_a_school_tells_nothing() -> None:
    assert told(staff(50, 1, icc=0.5)).empty
    nameless = staff(50, 2, icc=0.5).assign(school=pd.array([None] * 100, dtype="string"))
    assert told(nameless).empty


def test_why_there_is_none() -> None:
    frame = staff(20, 2, icc=0.2)
    rows = told(frame.assign(a=3, b=3, c=3)).set_index(["outcome", "quantity"])
    assert rows.loc[("led", "icc1"), "withheld"] == "no ICC(1): all scores are the same"
    assert rows.loc[("led", "rwg"), "withheld"] == "no rwg: the answers to a, b, c do not vary"
    same = frame.groupby("school")["size"].transform("mean")
    rows = told(frame.assign(size=same)).set_index(["outcome", "quantity"])
    assert rows.loc[("size_as_given", "icc2"), "withheld"] == "no ICC(2): scores never differ within a school"
    rows = told(frame.assign(school=pd.array(["S1"] * 40, dtype="string"))).set_index(["outcome", "quantity"])
    assert rows.loc[("led", "icc1"), "withheld"] == "no ICC(1): all responses are of one school"


@pytest.mark.parametrize(("several", "hidden"), [(9, True), (10, False)])
def test_few_schools_are_withheld(several: int, hidden: bool) -> None:
    """Ninety responses of ninety schools tell nothing of agreement: those schools count that sent several."""
    frame = staff(90 + several, 2, icc=0.3)
    alone = frame["school"].rank(method="dense") > several
    frame = frame[~(alone & frame["school"].duplicated())].reset_index(drop=True)
    rows = told(frame)
    assert rows.set_index(["outcome", "quantity"]).loc[("led", "icc1"), "n_schools"] == 90 + several
    facts = described(frame, rows, limit=10)
    agreed = facts[facts["specification"] == "agreement"]
    assert len(agreed) == len(rows)
    assert set(agreed["withheld"]) == ({"fewer than 10", "would show a group of fewer than 10"} if hidden else {""})
    assert agreed["estimate"].isna().all() == hidden


def described(frame: pd.DataFrame, rows: pd.DataFrame, limit: int) -> pd.DataFrame:
    weights = weighted(frame)
    facts = describe.wave(
        contracts.LONG.empty(),
        pd.DataFrame({"step": [0], "stage": ["received"], "reason": [""], "n": [len(frame)]}),
        rows,
        weights,
        ITEMS,
        ANSWERS,
        study="scotland",
        wave="2017",
        synthetic=True,
    )
    return contracts.ESTIMATES.conform(withhold.small_groups(facts, limit))


# --- intervals by the design -----------------------------------------------------------------------------------------


def weighted(frame: pd.DataFrame, **more: object) -> pd.DataFrame:
    table = pd.DataFrame({"response": frame["response"], "weight": 1.0, "stratum": "all", "cluster": frame["school"]})
    return contracts.WEIGHTED.conform(table.assign(population=np.nan, answered=True).assign(**more))


def alpha(frame: pd.DataFrame, weights: pd.DataFrame | None, **design: object) -> pd.DataFrame:
    rows = score.reliability(
        frame,
        {"led": SCALES["led"]},
        ITEMS,
        ANSWERS,
        study="scotland",
        wave="2017",
        synthetic=True,
        confidence_level=LEVEL,
        weights=weights,
        design=parse(WaveDesign, {"weight": "w", **design}, "w.yaml"),
    )
    return rows.set_index(["quantity", "term", "level"])


def test_without_clusters_the_interval_of_alpha_is_that_of_feldt() -> None:
    frame = staff(80, 5, icc=0.4)
    row = alpha(frame, weighted(frame)).loc[("reliability", "led", "")]
    known = psychometrics.alpha(frame, THREE, level=LEVEL, interval="feldt")
    assert row[["estimate", "ci_low", "ci_high"]].tolist() == pytest.approx([known.alpha, known.ci_low, known.ci_high])


def test_clusters_and_strata_make_the_interval_of_alpha() -> None:
    frame = staff(80, 5, icc=0.4)
    strata = (frame["school"] > "S039").map({True: "north", False: "south"}).astype("string")
    # Unequal weights are there and left aside: alpha is of the answers as they came.
    weights = weighted(frame, stratum=strata, weight=1.0 + frame["a"].astype(float))
    rows = alpha(frame, weights, strata="region", cluster="school")
    row = rows.loc[("reliability", "led", "")]
    known = psychometrics.alpha(frame.assign(stratum=strata), THREE, stratum="stratum", cluster="school", level=LEVEL)
    assert row[["estimate", "std_error", "ci_low", "ci_high", "df"]].tolist() == pytest.approx(
        [known.alpha, known.std_error, known.ci_low, known.ci_high, 78]
    )
    simple = alpha(frame, weighted(frame))
    assert row["estimate"] == pytest.approx(simple.loc[("reliability", "led", ""), "estimate"])
    for quantity in ("ordinal_alpha", "omega"):
        ours, theirs = rows.loc[(quantity, "led", "")], simple.loc[(quantity, "led", "")]
        assert ours["estimate"] == theirs["estimate"]
        assert ours["std_error"] != pytest.approx(theirs["std_error"], rel=1e-3)
        assert ours["df"] == 78


def test_ordinal_errors_are_those_of_polychoric_clusters() -> None:
    from stemcareers.inference import polychoric

    frame = staff(60, 4, icc=0.5)
    rows = alpha(frame, weighted(frame), cluster="school")
    found = polychoric.correlations(frame, THREE, cluster="school")
    known = polychoric.ordinal_alpha(found, level=LEVEL)
    row = rows.loc[("ordinal_alpha", "led", "")]
    assert row[["estimate", "std_error", "ci_low", "ci_high"]].tolist() == pytest.approx(
        [known.alpha, known.std_error, known.ci_low, known.ci_high]
    )
    assert rows.loc[("polychoric", "a", "c"), "std_error"] == pytest.approx(found.std_error.loc["a", "c"])


def test_who_did_not_answer_stays_in_the_design() -> None:
    frame = staff(60, 4, icc=0.5)
    silent = frame["school"] > "S049"
    frame[THREE] = frame[THREE].mask(silent)
    row = alpha(frame, weighted(frame, answered=~silent), cluster="school").loc[("reliability", "led", "")]
    survey = Design(clusters="school").on(frame)
    known = psychometrics.alpha_under(survey, THREE, level=LEVEL)
    assert row["std_error"] == pytest.approx(known.std_error)
    assert row["df"] == 49


def test_given_replicate_weights_make_the_interval_of_alpha() -> None:
    frame = staff(30, 4, icc=0.5)
    schools = pd.factorize(frame["school"])[0]
    base = 2.0 + schools % 3
    made = {f"replicate_{r + 1:03}": np.where(schools == r, 0.0, 30 / 29) * base for r in range(30)}
    weights = weighted(frame, weight=base).assign(**made)
    row = alpha(frame, weights, replicates={"columns": "W*", "kind": "jk1"}).loc[("reliability", "led", "")]
    survey = Design(clusters="school").on(frame).replicated("JK1")
    known = psychometrics.alpha_under(survey, THREE, level=LEVEL)
    assert row[["estimate", "std_error"]].tolist() == pytest.approx([known.alpha, known.std_error])
