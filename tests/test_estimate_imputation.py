"""Multiple imputation around any family of a specification: pooled numbers, what stands beside, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stemcareers import contracts, estimate, inference, withhold
from stemcareers.config import Specification
from stemcareers.config.imputation import IMPUTED, Imputation
from stemcareers.config.imputation import faults as impute_faults
from stemcareers.errors import Problem
from stemcareers.estimate import imputation, samples
from stemcareers.inference import descriptives, impute, linear, pool
from test_estimate_models import OUTCOMES, vocabulary
from test_estimate_models import pooled as whole_answers

SEED = 7
COMPLETE = "_complete_cases"


def pooled(n: int = 400, gaps: float = 0.15, waves: tuple[str, ...] = ("2024",)) -> pd.DataFrame:
    """The answers of test_estimate_models with gaps in factor, context and outcomes; twelve did not answer."""
    rng = np.random.default_rng(2)
    parts = []
    for wave in waves:
        frame = whole_answers(n).assign(wave=wave)
        for name in ("led", "phase", "hours", "often", "visits"):
            frame.loc[rng.random(n) < gaps, name] = pd.NA if str(frame[name].dtype) == "Int64" else np.nan
        frame.loc[frame.index[:12], "answered"] = False
        parts.append(frame)
    return contracts.POOLED.conform(pd.concat(parts, ignore_index=True))


def entry(**more: object) -> Specification:
    its = {"family": "linear", "outcome": ["hours"], "factors": ["led"], "context": ["phase"], "impute": {"m": 5}}
    its |= more
    return Specification(title="t", short="s", **{k: v for k, v in its.items() if v is not None})


def run(frame: pd.DataFrame, limit: int = 0, **more: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    rows, fits = estimate.specification(
        frame,
        entry(**more),
        vocabulary(),
        study="demo",
        name="main",
        confidence_level=0.95,
        limit=limit,
        seed=SEED,
    )
    shown = contracts.ESTIMATES.conform(withhold.small_groups(rows, limit))
    return shown, contracts.FITS.conform(withhold.fits(fits, limit, shown))


def of(rows: pd.DataFrame, quantity: str) -> pd.DataFrame:
    return rows[rows["quantity"].eq(quantity)].set_index(["term", "level"])


def completed(frame: pd.DataFrame, outcome: str, **more: object) -> inference.Imputed:
    its = entry(outcome=[outcome], **more)
    return imputation.completed(samples.survey(frame, its, vocabulary(), SEED), outcome, its, vocabulary(), SEED)


def test_pooled_rows_are_those_of_the_plain_functions():
    """`impute` and `pool`, with the outcome's responses left out where it was imputed."""
    frame = pooled()
    rows, fits = run(frame, tests="family")
    survey = samples.survey(frame, entry(), vocabulary(), SEED).domain("answered")
    kinds = {"hours": "numeric", "led": "numeric", "phase": "nominal"}
    made = impute(survey, kinds, using=["weight"], m=5, iterations=10, seed=SEED)
    known = survey.frame["hours"].notna().to_numpy()
    terms = ["led", inference.Term("phase", reference=1, levels=[1, 2, 3])]
    expected = pool([copy.domain(known) for copy in made.surveys], lambda one: linear(one, "hours", terms))
    low, high = expected.result.interval(0.95)
    ours, fractions = of(rows, "coefficient"), of(rows, "fraction_missing")
    for place, name in enumerate(expected.result.names):
        row = ours.loc[name]
        numbers = row[["estimate", "std_error", "df", "p_value", "ci_low", "ci_high"]].tolist()
        result = expected.result
        wanted = [result.values, result.std_error, result.df, result.p_values, low, high]
        assert numbers == [column[place] for column in wanted]
        assert fractions.loc[name, "estimate"] == expected.fraction_missing[place]
    assert of(rows, "wald_f").loc[("phase", ""), "estimate"] == expected.wald("phase").statistic
    assert of(rows, "wald_f").loc[("phase", ""), "df"] == expected.wald("phase").ddf
    assert ours.loc[("led", ""), "p_adjusted"] == ours.loc[("led", ""), "p_value"]
    assert rows["p_adjusted"].notna().sum() == 1
    fit = fits[fits["term"].eq("")].iloc[0]
    lost = int(frame.loc[frame["answered"], "hours"].isna().sum())
    assert fit["variance"] == "linearised, 5 imputations"
    assert fit["left_out"] == f"did not answer: 12; missing hours: {lost}"
    assert fit["n"] == len(frame) - 12 - lost
    assert fit["design_df"] == expected.complete_df


def test_complete_cases_stand_beside_and_are_those_without_imputation():
    frame = pooled()
    rows, fits = run(frame)
    plain, plain_fits = run(frame, impute=None)
    ours, expected = of(rows, f"coefficient{COMPLETE}"), of(plain, "coefficient")
    numbers = ["estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "n"]
    pd.testing.assert_frame_equal(ours[numbers], expected[numbers])
    beside = fits[fits["term"].eq("complete cases")].iloc[0]
    assert (beside["n"], beside["design_df"]) == tuple(plain_fits.iloc[0][["n", "design_df"]])


@pytest.mark.parametrize("family", sorted(OUTCOMES))
def test_every_model_is_imputed(family):
    effects = {"marginal_effects": True} if family != "linear" else {}
    rows, fits = run(pooled(), family=family, outcome=[OUTCOMES[family]], **effects)
    quantities = set(rows["quantity"])
    for quantity in entry(family=family, **effects).quantities():
        assert {quantity, f"{quantity}{COMPLETE}"} <= quantities
        imputed, complete = of(rows, quantity), of(rows, f"{quantity}{COMPLETE}")
        assert list(imputed.index) == list(complete.index)
        assert (imputed["n"] > complete["n"]).all()
        assert imputed["estimate"].notna().all()
    assert list(fits["term"]) == ["", "complete cases"]


@pytest.mark.parametrize(
    ("family", "outcome", "more"),
    [
        ("mean", "visits", {}),
        ("share", "often", {}),
        ("distribution", "hours", {"edges": [0, 20, 40]}),
        ("difference", "visits", {"between": ["phase"]}),
        ("total", "visits", {}),
        ("total", "often", {}),
        ("ratio", "visits", {"denominator": "hours"}),
        ("quantile", "visits", {"quantiles": [0.25, 0.5]}),
        ("variance", "visits", {}),
        ("contrast", "visits", {"between": ["phase"], "coefficients": {1: -0.5, 2: 1, 3: -0.5}}),
        ("contrast", "visits", {"between": ["phase"], "coefficients": {1: 0.5, 2: 0.5}, "adds_up_to": 1}),
    ],
)
def test_every_description_is_imputed(family, outcome, more):
    frame = pooled()
    using = {"m": 5, "using": ["led", "guide"]}
    rows, fits = run(frame, family=family, outcome=[outcome], factors=None, context=None, impute=using, **more)
    quantity = entry(family=family, outcome=[outcome], factors=None, context=None, impute=using, **more).quantities()[0]
    gaps = int(frame.loc[frame["answered"], outcome].isna().sum())
    assert gaps > 20
    whole = family not in ("difference", "contrast")
    assert not whole or set(of(rows, quantity)["n"]) == {len(frame) - 12}
    assert of(rows, quantity)["std_error"].notna().all()
    assert of(rows, f"{quantity}{COMPLETE}")["estimate"].notna().all()
    if quantity == "share":
        assert of(rows, quantity)["estimate"].sum() == pytest.approx(1)
    assert "complete cases" in fits["term"].str.rpartition(", ")[2].tolist()


WEIGHED = {"1": -0.5, "2": 1.0, "3": -0.5}
PLAIN = {  # by family: the outcome, its keys, and the same by the inference alone
    "total": ({}, lambda one: descriptives.total(one, "visits")),
    "ratio": ({"denominator": "hours"}, lambda one: descriptives.ratio(one, "visits", "hours")),
    "quantile": ({"quantiles": [0.25, 0.5]}, lambda one: descriptives.quantile(one, "visits", [0.25, 0.5])),
    "variance": ({}, lambda one: descriptives.variance(one, "visits")),
    "contrast": (
        {"between": ["phase"], "coefficients": {1: -0.5, 2: 1, 3: -0.5}},
        lambda one: descriptives.mean(one, "visits", by="phase").contrast(
            {("visits", "", code): weight for code, weight in WEIGHED.items()}
        ),
    ),
}


@pytest.mark.parametrize("family", PLAIN)
def test_descriptions_are_pooled_as_the_plain_functions_are(family):
    """Each copy is described, and Rubin's rules put them together; beside, the same of the responses as observed."""
    more, plain = PLAIN[family]
    frame = pooled()
    asked = {"family": family, "factors": None, "context": None, **more}
    using = {"m": 5, "using": ["led"]}
    rows, fits = run(frame, **asked, outcome=["visits"], impute=using)
    expected = pool(completed(frame, "visits", **asked, impute=using), plain)
    low, high = expected.result.interval(0.95)
    ours = of(rows, family)
    for column, wanted in (
        ("estimate", expected.result.values),
        ("std_error", expected.result.std_error),
        ("df", expected.result.df),
        ("ci_low", low),
        ("ci_high", high),
        ("n", expected.result.n),
    ):
        np.testing.assert_allclose(ours[column].to_numpy(dtype=float), wanted, rtol=1e-12)
    fractions = of(rows, "fraction_missing")["estimate"].to_numpy()
    np.testing.assert_allclose(fractions, expected.fraction_missing, rtol=1e-12)
    complete, _ = run(frame, **asked, outcome=["visits"], impute=None)
    numbers = ["estimate", "std_error", "ci_low", "ci_high", "df", "n"]
    pd.testing.assert_frame_equal(of(rows, f"{family}{COMPLETE}")[numbers], of(complete, family)[numbers])
    assert list(fits["term"]) == ["", "complete cases"]
    assert fits["variance"].iat[0].endswith(", 5 imputations")


def test_a_contrast_keeps_imputed_outcomes_where_it_is_told_to():
    asked = {"family": "contrast", "outcome": ["visits"], "factors": None, "context": None, "between": ["phase"]}
    asked |= {"coefficients": {1: -1, 2: 1}}
    frame = pooled()
    left_out, _ = run(frame, **asked, impute={"m": 5})
    kept, _ = run(frame, **asked, impute={"m": 5, "keep_outcome": True})
    assert of(kept, "contrast")["n"].iat[0] > of(left_out, "contrast")["n"].iat[0]


def test_quantiles_that_few_lie_beyond_are_withheld_where_they_are_imputed_too():
    """An end of the pooled interval that lies beyond all answers counts as the last of them."""
    asked = {"family": "quantile", "outcome": ["visits"], "factors": None, "context": None}
    rows, _ = run(pooled(), 10, **asked, quantiles=[0.5, 0.99], impute={"m": 5, "using": ["led"]})
    shown = rows[rows["quantity"].isin(["quantile", f"quantile{COMPLETE}"])].set_index(["quantity", "level"])
    assert dict(shown["withheld"]) == {
        ("quantile", "0.5"): "",
        ("quantile", "0.99"): "fewer than 10",
        (f"quantile{COMPLETE}", "0.5"): "",
        (f"quantile{COMPLETE}", "0.99"): "fewer than 10",
    }


def test_answers_that_were_given_are_never_changed_and_the_silent_never_imputed():
    frame = pooled()
    made = completed(frame, "hours")
    for copy in made.surveys:
        for name in ("hours", "led", "phase"):
            given = frame[name].notna() & frame["answered"]
            assert (copy.frame.loc[given, name].astype(float) == frame.loc[given, name].astype(float)).all()
            silent = ~frame["answered"]
            assert (copy.frame.loc[silent, name].isna() == made.observed.frame.loc[silent, name].isna()).all()
        assert frame["answered"].iloc[copy.rows].all()
        assert copy.column("led").notna().all()
        assert copy.column("phase").notna().all()


def test_imputed_outcomes_stay_where_asked():
    frame = pooled()
    without, _ = run(frame)
    with_them, fits = run(frame, impute={"m": 5, "keep_outcome": True})
    gaps = int(frame.loc[frame["answered"], "hours"].isna().sum())
    assert of(with_them, "coefficient")["n"].iloc[0] == of(without, "coefficient")["n"].iloc[0] + gaps
    assert fits.iloc[0]["left_out"] == "did not answer: 12"


def test_kinds_are_those_of_the_answers_unless_said():
    frame = pooled()
    assert completed(frame, "often", family="ordered_logit", factors=["led", "offers", "guide"]).kinds == {
        "often": "ordered",
        "led": "numeric",
        "offers": "binary",
        "guide": "nominal",
        "phase": "nominal",
    }
    said = completed(frame, "often", family="ordered_logit", impute={"m": 2, "kinds": {"often": "nominal"}})
    assert said.kinds["often"] == "nominal"


def test_the_same_seed_gives_the_same_numbers_and_rows_may_be_in_any_order():
    frame = pooled()
    first, _ = run(frame)
    again, _ = run(frame)
    pd.testing.assert_frame_equal(first, again)
    shuffled, _ = run(frame.sample(frac=1, random_state=1).reset_index(drop=True))
    assert shuffled["estimate"].to_numpy() == pytest.approx(
        first["estimate"].to_numpy(), rel=1e-9, abs=1e-12, nan_ok=True
    )


def test_diagnostics_tell_what_was_observed_and_imputed_and_how_chains_ran():
    frame = pooled()
    rows, _ = run(frame, impute={"m": 7, "iterations": 4})
    made = completed(frame, "hours", impute={"m": 7, "iterations": 4})
    here = frame[frame["answered"]]
    seen = of(rows, "observed_mean").loc[("led", "")]
    assert (seen["estimate"], seen["n"]) == (pytest.approx(here["led"].mean()), here["led"].notna().sum())
    drawn = of(rows, "imputed_mean").loc[("led", "")]
    holes = made.observed.column("led").isna().to_numpy()
    values = [copy.frame["led"].iloc[made.observed.rows][holes] for copy in made.surveys]
    assert (drawn["estimate"], drawn["n"]) == (pytest.approx(pd.concat(values).mean()), holes.sum())
    shares = of(rows, "imputed_share").loc["phase"]
    assert list(shares.index) == ["1", "2", "3"]
    assert shares["estimate"].sum() == pytest.approx(1)
    trace = of(rows, "trace_mean").loc["led"]
    assert list(trace.index) == [f"{chain}:{turn}" for chain in range(1, 6) for turn in range(1, 5)]
    last = made.trace[made.trace["column"].eq("led") & made.trace["imputation"].eq(3) & made.trace["iteration"].eq(4)]
    assert trace.loc["3:4", "estimate"] == last["mean"].item()
    assert of(rows, "trace_sd").loc[("led", "3:4"), "estimate"] == last["sd"].item()


def test_what_few_were_imputed_for_is_withheld():
    """Complete cases beside pooled numbers, and what was imputed, would tell of the few that had gaps."""
    frame = whole_answers(400)
    frame.loc[frame.index[20:26], "led"] = np.nan
    rows, fits = run(contracts.POOLED.conform(frame), limit=10)
    withheld = {quantity: set(part["withheld"]) for quantity, part in rows.groupby("quantity")}
    assert withheld["coefficient"] == {""}
    hidden = [f"coefficient{COMPLETE}", "fraction_missing", "observed_mean", "imputed_mean", "trace_mean", "trace_sd"]
    for quantity in hidden:
        assert withheld[quantity] == {"fewer than 10"}
        assert of(rows, quantity)[["estimate", "n"]].isna().all(axis=None)
    assert fits.set_index("term").loc["complete cases", "withheld"] == "would show a group of fewer than 10"
    assert fits.set_index("term").loc["complete cases", ["n", "design_df"]].isna().all()


def test_categories_few_gave_are_withheld_whole_beside_what_was_imputed():
    frame = pooled()
    frame.loc[frame["phase"].eq(3), "phase"] = 1
    frame.loc[frame.index[20:27], "phase"] = 3
    rows, _ = run(contracts.POOLED.conform(frame), limit=10)
    for quantity in ("observed_share", "imputed_share"):
        assert set(of(rows, quantity).loc["phase", "withheld"]) == {"fewer than 10"}
    assert set(of(rows, "coefficient")["withheld"]) == {"fewer than 10"}


def test_complete_cases_that_cannot_be_estimated_say_why_and_stop_nothing():
    frame = pooled()
    third = frame["phase"].eq(3)
    frame.loc[third, "led"] = np.nan
    rows, fits = run(contracts.POOLED.conform(frame))
    assert of(rows, "coefficient")["estimate"].notna().all()
    beside = of(rows, f"coefficient{COMPLETE}")
    assert beside["estimate"].isna().all()
    assert set(beside["withheld"]) == {
        "phase: no row in use has the level 3. Merge levels, or study a sample that has them"
    }
    assert fits.set_index("term").loc["complete cases", "withheld"] == beside["withheld"].iloc[0]


def test_a_mixed_model_is_imputed_with_its_variances():
    from test_estimate_mixed import pooled as schools
    from test_estimate_mixed import vocabulary as words

    its = Specification(
        title="t",
        short="s",
        family="mixed",
        outcome=["quality"],
        factors=["hours"],
        context=["phase"],
        group="region",
        weighted=False,
        impute={"m": 5},
    )
    rows, fits = estimate.specification(
        schools(), its, words(), study="demo", name="main", confidence_level=0.95, limit=0, seed=SEED
    )
    survey = samples.survey(schools(), its, words(), SEED)
    made = imputation.completed(survey, "quality", its, words(), SEED)
    terms = ["hours", inference.Term("phase", reference=1, levels=[1, 2, 3])]
    each = [inference.mixed(one, "quality", terms, "region", no_design=True) for one in made.surveys]
    expected = inference.pool_results(each)
    assert list(of(rows, "coefficient")["estimate"]) == list(expected.result.values)
    assert of(rows, "icc")["estimate"].item() == pytest.approx(np.mean([one.icc for one in each]))
    variance = of(rows, "group_variance").loc[("intercept", ""), "estimate"]
    assert variance == pytest.approx(np.mean([one.components[0].value for one in each]))
    assert set(of(rows, "coefficient")["n"]) == {600}
    assert fits["variance"].tolist() == ["model, REML, 5 imputations", "model, REML"]


def test_each_factor_alone_is_imputed_with_all():
    rows, fits = run(pooled(), each_alone=True, factors=["led", "offers"])
    assert [term for term, _ in of(rows, "coefficient").index] == ["led", "offers"]
    assert sorted(fits["term"]) == ["led", "led, complete cases", "offers", "offers, complete cases"]


def test_a_variable_that_a_wave_did_not_ask_is_refused():
    frame = pooled(waves=("2024", "2025"))
    frame.loc[frame["wave"].eq("2025"), "led"] = np.nan
    with pytest.raises(Problem) as caught:
        run(contracts.POOLED.conform(frame))
    assert str(caught.value) == (
        "config/studies/demo/specifications/main.yaml: 1 problem\n"
        "  sample all, imputation: led: nobody answered it in wave 2025; name the waves in which it was asked "
        "under waves"
    )
    rows, _ = run(contracts.POOLED.conform(frame), waves=["2024"])
    assert of(rows, "coefficient")["estimate"].notna().all()


def test_in_one_sample_of_many_a_refusal_is_told_in_its_row():
    frame = pooled()
    frame.loc[frame["phase"].eq(2), "led"] = 1.0
    rows, fits = run(contracts.POOLED.conform(frame), context=[], samples=["by phase"])
    refused = rows[rows["sample"].eq("phase=2")]
    why = "led is 1 in every row in use, so it explains nothing: leave it out"
    assert list(refused["withheld"]) == list(fits[fits["sample"].eq("phase=2")]["withheld"]) == [why]
    assert rows[rows["sample"].eq("phase=1") & rows["quantity"].eq("coefficient")]["estimate"].notna().all()


def test_a_family_that_cannot_be_imputed_is_refused():
    """One that is added must learn it, and not be handed copies it takes for a survey."""
    known = Specification.model_fields["family"].annotation.__args__
    for family in known:
        its = Specification.model_construct(
            title="t", short="s", family=family, outcome=["hours"], impute=Imputation(m=5, using=["led"])
        )
        found = [fault for fault in impute_faults(its) if fault.startswith("impute: family")]
        assert found == ([] if family in IMPUTED else [REFUSED.format(family)])
    other = Specification.model_construct(family="median", outcome=["hours"], impute=Imputation(m=5, using=["led"]))
    assert list(impute_faults(other)) == [REFUSED.format("median")]


REFUSED = (
    "impute: family '{}' cannot be imputed; mean, share, total, ratio, quantile, variance, distribution, difference, "
    "contrast, linear, logit, ordered_logit, poisson, negative_binomial, fractional_logit, multinomial, mixed can"
)
