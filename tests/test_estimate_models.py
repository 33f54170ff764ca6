"""Every family a specification can name: its rows are those of the inference, with its weights and its design."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from stemcareers import contracts, estimate, inference, withhold, wording
from stemcareers.config import AnswerSet, Item, Scale, Specification, Vocabulary
from stemcareers.inference import Design, Result, Term

OFTEN = {1: "Never", 2: "Once", 3: "More often"}
PHASE = {1: "Primary", 2: "Secondary", 3: "Special"}
ANSWERS = {
    "often": AnswerSet(kind="ordered", codes=OFTEN),
    "guide": AnswerSet(kind="nominal", codes={1: "Teacher", 2: "Counsellor", 3: "Nobody"}),
    "phase": AnswerSet(kind="nominal", codes=PHASE),
    "visits": AnswerSet(kind="number", low=0, high=200, unit="visits"),
    "per_cent": AnswerSet(kind="number", low=0, high=100, unit="per cent of lessons"),
    "hours": AnswerSet(kind="number", low=0, high=40, unit="hours a week"),
    "yes_no": AnswerSet(kind="nominal", codes={1: "Yes", 2: "No"}),
}
OUTCOMES = {
    "logit": "offers",
    "ordered_logit": "often",
    "multinomial": "guide",
    "poisson": "visits",
    "negative_binomial": "visits",
    "fractional_logit": "per_cent",
    "linear": "hours",
}


def vocabulary() -> Vocabulary:
    answers = {**ANSWERS, "offers": ANSWERS["yes_no"]}
    items = {
        name: Item(item=name, label=name, wording=name, answers=name, status="official")
        for name in answers
        if name != "yes_no"
    }
    led = Scale(
        title="Led", measures="led", role="leadership_factor", method="as_given", items=["hours"], unit="points"
    )
    return Vocabulary(items=items, answers=answers, scales={"led": led})


def pooled(n: int = 400, seed: int = 11) -> pd.DataFrame:
    """Responses in four strata and unequal weights, each outcome higher with `led` and in phase 2."""
    rng = np.random.default_rng(seed)
    led, phase = rng.normal(0, 1, n), rng.integers(1, 4, n)
    push = 0.5 * led + 0.4 * (phase == 2)
    latent = push + rng.logistic(0, 1, n)
    rate = np.exp(1 + 0.4 * push)
    chance = 1 / (1 + np.exp(-push))
    return contracts.POOLED.conform(
        pd.DataFrame(
            {
                "wave": "2024",
                "response": [f"r{i:04d}" for i in range(n)],
                "school": pd.Series([None] * n, dtype="string"),
                "answered": True,
                "synthetic": False,
                "weight": rng.uniform(0.5, 3, n),
                "stratum": np.resize(["a", "b", "c", "d"], n),
                "cluster": [f"c{i:04d}" for i in range(n)],
                "population": np.nan,
                "lonely": "fail",
                "led": led,
                "phase": pd.array(phase, dtype="Int64"),
                "offers": pd.array(np.where(latent > 0, 1, 2), dtype="Int64"),
                "often": pd.array(1 + (latent > -0.5) + (latent > 1), dtype="Int64"),
                "guide": pd.array(1 + rng.integers(0, 2, n) + (latent > 0), dtype="Int64"),
                "visits": rng.negative_binomial(2, 2 / (2 + rate)).astype(float),
                "per_cent": np.round(100 * rng.beta(5 * chance, 5 * (1 - chance))),
                "hours": 20 + 2 * push + rng.normal(0, 3, n),
            }
        )
    )


def run(frame: pd.DataFrame, family: str, limit: int = 0, **entry: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    settings = {"factors": ["led"], "context": ["phase"], **entry}
    specification = Specification(title="t", short="s", family=family, outcome=[OUTCOMES[family]], **settings)
    rows, fits = estimate.specification(
        frame, specification, vocabulary(), study="demo", name="main", confidence_level=0.95, limit=limit
    )
    shown = withhold.small_groups(rows, limit)
    return contracts.ESTIMATES.conform(shown), contracts.FITS.conform(withhold.fits(fits, limit, shown))


def direct(frame: pd.DataFrame, family: str, **more: object) -> Result:
    """The same model, fitted without the pipeline."""
    outcome = OUTCOMES[family]
    ready = frame.assign(
        phase=pd.Categorical(frame["phase"], categories=[1, 2, 3]),
        offers=frame["offers"].eq(1).astype(float),
        per_cent=frame["per_cent"] / 100,
    )
    for name in ("often", "guide"):
        ready[name] = pd.Categorical(frame[name], categories=[1, 2, 3])
    survey = Design(weight="weight", strata="stratum").on(ready)
    return getattr(inference, family)(survey, outcome, ["led", Term("phase")], **more)


def of(rows: pd.DataFrame, quantity: str) -> pd.DataFrame:
    return rows[rows["quantity"].eq(quantity)].set_index(["term", "level"])


def key(outcome: str, term: str, level: str, group: tuple[tuple[str, str], ...]) -> tuple[str, str]:
    """The term and level of the row for an estimate of a result."""
    if term == "threshold":
        return term, f"{outcome}={level}"
    return term, ", ".join([*filter(None, [level]), *(f"{column}={code}" for column, code in group)])


def assert_the_same(rows: pd.DataFrame, result: Result, outcome: str, scale: float = 1.0) -> None:
    low, high = result.interval(0.95)
    numbers = {"estimate": result.values, "std_error": result.std_error, "ci_low": low, "ci_high": high}
    for place, ((term, level), group) in enumerate(zip(result.names, result.groups, strict=True)):
        row = rows.loc[key(outcome, term, level, group)]
        for column, values in numbers.items():
            assert row[column] == pytest.approx(values[place] * scale, rel=1e-12), (term, level, column)
        assert row["df"] == result.df[place]


@pytest.mark.parametrize("family", OUTCOMES)
def test_the_rows_are_those_of_the_model(family: str) -> None:
    frame = pooled()
    rows, fits = run(frame, family)
    result = direct(frame, family)
    found = of(rows, "coefficient")
    assert len(found) == len(result)
    assert_the_same(found, result, OUTCOMES[family])
    assert fits.iloc[0][["family", "variance", "weighted", "n"]].tolist() == [family, "linearised", True, 400]


@pytest.mark.parametrize("family", OUTCOMES)
def test_other_weights_move_every_family(family: str) -> None:
    """An estimator that swallowed the weights would not notice."""
    frame = pooled()
    rng = np.random.default_rng(1)
    moved = frame.assign(weight=frame["weight"] * rng.uniform(0.5, 1.5, len(frame)))
    before, after = (of(run(f, family)[0], "coefficient")["estimate"] for f in (frame, moved))
    plain = of(run(frame, family, weighted=False)[0], "coefficient")["estimate"]
    for other in (after, plain):
        assert (np.abs(other - before) > 1e-6).all()


@pytest.mark.parametrize("family", ["ordered_logit", "fractional_logit", "poisson", "negative_binomial", "multinomial"])
def test_ratios_are_the_exponentials_of_the_terms(family: str) -> None:
    rows, _ = run(pooled(), family)
    logs = of(rows, "coefficient")
    ratio = "rate_ratio" if family in {"poisson", "negative_binomial"} else "odds_ratio"
    ratios = of(rows, ratio)
    assert set(logs.index) - set(ratios.index) == {
        name for name in logs.index if name[0] in {"threshold", "dispersion"}
    }
    for column in ("estimate", "ci_low", "ci_high"):
        np.testing.assert_allclose(ratios[column], np.exp(logs.loc[ratios.index, column]), rtol=1e-10)
    np.testing.assert_allclose(ratios["p_value"], logs.loc[ratios.index, "p_value"], rtol=1e-8)
    assert set(ratios["unit"].str.partition(" per ")[0]) == {ratio.replace("_", " ")}


def test_thresholds_and_dispersions_are_no_terms_and_are_not_tested() -> None:
    thresholds = of(run(pooled(), "ordered_logit")[0], "coefficient").loc["threshold"]
    assert list(thresholds.index) == ["often=1|2", "often=2|3"]
    assert set(thresholds["role"]) == {"intercept"} and thresholds["p_value"].isna().all()
    dispersion = of(run(pooled(), "negative_binomial")[0], "coefficient").loc[("dispersion", "")]
    assert (dispersion["role"], dispersion["unit"]) == ("measure", "logarithm of the dispersion")
    assert np.isnan(dispersion["p_value"])


def test_the_level_of_a_multinomial_number_carries_the_answer() -> None:
    frame = pooled()
    rows = of(run(frame, "multinomial", reference={"guide": 2})[0], "coefficient")
    assert_the_same(rows, direct(frame, "multinomial", baseline="2"), "guide")
    assert set(rows.loc["led"].index) == {"guide=1", "guide=3"}
    assert set(rows.loc["phase"].index) == {"2, guide=1", "2, guide=3", "3, guide=1", "3, guide=3"}


@pytest.mark.parametrize("family", ["logit", "ordered_logit", "multinomial", "poisson", "fractional_logit"])
def test_marginal_effects_are_in_points_or_in_the_outcome_s_unit(family: str) -> None:
    frame = pooled()
    rows = of(run(frame, family, marginal_effects=True)[0], "marginal_effect")
    effects = inference.average_effects(direct(frame, family))
    assert len(rows) == len(effects)
    assert_the_same(rows, effects, OUTCOMES[family], 1.0 if family == "poisson" else 100.0)
    unit = {"poisson": "visits", "fractional_logit": "per cent of lessons"}.get(family, "percentage points")
    assert set(rows.loc["phase"]["unit"]) == {unit}
    assert set(rows.loc["led"]["unit"]) == {f"{unit} per unit (points)"}


def test_a_model_on_an_answer_of_few_is_withheld() -> None:
    frame = pooled()
    frame["often"] = pd.array([3] * 4 + [1] * 196 + [2] * 200, dtype="Int64")
    rows, fits = run(frame, "ordered_logit", limit=10, marginal_effects=True)
    assert set(rows["withheld"]) == {"fewer than 10"}
    assert rows[["estimate", "std_error", "ci_low", "n"]].isna().all(axis=None)
    assert fits.iloc[0]["withheld"] != ""


@pytest.mark.parametrize(
    ("stratum", "errors"),
    [
        ("STRATUM", [0.3860005050, 0.8237769812, 0.1856496219, 2.6208329204, 2.6227898232]),
        ("CNT", [0.385466666416697, 0.822429818056284, 0.185293475982595, 2.6173037262999, 2.61885761497861]),
    ],
)
def test_the_uk_s_lectures_agree_with_r(pisa_school_file: Path, stratum: str, errors: list[float]) -> None:
    """R's survey 4.1, `svyolr(lecture ~ lsize + private + RESPCURR)`, lonely strata adjusted: stratified, and not."""
    import pyreadstat

    wanted = ["CNT", "SCHOOLID", "STRATUM", "W_FSCHWT", "SCHSIZE", "SC02Q01", "SC23Q02", "RESPCURR"]
    raw, _ = pyreadstat.read_sav(pisa_school_file, usecols=wanted)
    raw = raw[raw["CNT"].eq("GBR")].reset_index(drop=True)
    frame = contracts.POOLED.conform(
        pd.DataFrame(
            {
                "wave": "2006",
                "response": raw["SCHOOLID"].astype(str),
                "school": raw["SCHOOLID"].astype(str),
                "answered": True,
                "synthetic": False,
                "weight": raw["W_FSCHWT"].astype(float),
                "stratum": raw[stratum].astype(str),
                "cluster": raw["SCHOOLID"].astype(str),
                "population": np.nan,
                "lonely": "adjust",
                "often": raw["SC23Q02"].where(raw["SC23Q02"].le(3)).astype("Int64"),
                "led": raw["RESPCURR"].where(raw["RESPCURR"].lt(900)),
                "hours": np.log(raw["SCHSIZE"].where(raw["SCHSIZE"].between(1, 99996))),
                "per_cent": raw["SC02Q01"].map({1: 0.0, 2: 1.0}),
            }
        )
    )
    rows, fits = run(frame, "ordered_logit", context=["hours", "per_cent"])
    found = of(rows, "coefficient")
    names = [("hours", ""), ("per_cent", ""), ("led", ""), ("threshold", "often=1|2"), ("threshold", "often=2|3")]
    coefficients = [0.547650554247099, -0.815708310138518, -0.120873503123127, 1.9791272849461, 3.5070066646551]
    # 2e-5: svyolr's optimiser stops early, at a gradient that is not yet zero.
    np.testing.assert_allclose(found.loc[names, "estimate"], coefficients, rtol=2e-5)
    np.testing.assert_allclose(found.loc[names, "std_error"], errors, rtol=2e-5)
    assert (fits.iloc[0]["variance"], fits.iloc[0]["n"]) == ("linearised", 445)


@pytest.mark.parametrize("family", ["linear", "logit", "ordered_logit", "poisson", "multinomial"])
def test_terms_of_several_coefficients_have_a_wald_f(family: str) -> None:
    frame = pooled()
    rows = of(run(frame, family)[0], "wald_f")
    result = direct(frame, family)
    terms = ["phase", "led"] if family == "multinomial" else ["phase"]
    assert set(rows.index) == {(term, "") for term in terms}
    for term in terms:
        test, row = inference.wald(result, term), rows.loc[(term, "")]
        assert row["estimate"] == pytest.approx(test.statistic, rel=1e-12)
        assert (row["df"], row["p_value"], row["n"]) == (test.ddf, pytest.approx(test.p_value, rel=1e-12), 400)
        assert row["unit"] == f"F of {test.df} coefficients"
        assert row[["std_error", "ci_low", "ci_high"]].isna().all()


def test_a_wald_f_of_few_is_withheld_with_its_model() -> None:
    frame = pooled()
    frame["phase"] = pd.array([3] * 4 + [1] * 196 + [2] * 200, dtype="Int64")
    rows = of(run(frame, "linear", limit=10)[0], "wald_f")
    assert list(rows["withheld"]) == ["fewer than 10"]
    assert rows[["estimate", "df", "p_value", "n"]].isna().all(axis=None)


def clustered(clusters: int) -> pd.DataFrame:
    frame = pooled()
    return frame.assign(stratum="all", cluster=[f"c{i % clusters:02d}" for i in range(len(frame))])


@pytest.mark.parametrize("family", ["linear", "logit"])
def test_few_clusters_have_errors_of_their_own(family: str) -> None:
    frame = clustered(30)
    rows, fits = run(frame, family, few_clusters_under=40)
    ready = frame.assign(
        phase=pd.Categorical(frame["phase"], categories=[1, 2, 3]), offers=frame["offers"].eq(1).astype(float)
    )
    survey = Design(weight="weight", clusters="cluster").on(ready)
    plain = getattr(inference, family)(survey, OUTCOMES[family], ["led", Term("phase")])
    reduced = inference.bias_reduced(plain)
    found = of(rows, "coefficient")
    assert_the_same(found, reduced, OUTCOMES[family])
    assert found.loc[("led", ""), "df"] < plain.df[0]
    test = inference.wald_bias_reduced(plain, "phase")
    row = of(rows, "wald_f").loc[("phase", "")]
    assert (row["estimate"], row["df"]) == (pytest.approx(test.statistic, rel=1e-12), test.ddf)
    assert fits.iloc[0][["variance", "n_schools"]].tolist() == ["CR2", 30]
    assert wording.few_clusters(fits) == ""


def test_many_clusters_keep_the_design_s_errors() -> None:
    assert run(clustered(40), "linear", few_clusters_under=40)[1].iloc[0]["variance"] == "linearised"


def test_what_cr2_cannot_honour_is_said() -> None:
    frame = clustered(20).assign(stratum=np.resize(["a", "b"], 400))
    rows, fits = run(frame, "linear", few_clusters_under=40)
    assert fits.iloc[0]["variance"] == "linearised, as CR2 cannot honour strata"
    assert list(of(rows, "coefficient")["df"].unique()) == [15]
    assert wording.few_clusters(fits) == (
        "Models on fewer than 40 clusters are among these: their intervals are as a rule too narrow"
    )
