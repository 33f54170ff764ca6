"""Grids: every variant is the specification it says, refusals count, and small groups that are left out stay hidden."""

from __future__ import annotations

import helpers_config as tiny
import numpy as np
import pandas as pd
import pytest
from stemcareers import config, contracts, estimate, withhold
from stemcareers.config import Scale, Specification, Vocabulary
from stemcareers.config.robustness import level_of, number_of_variants, options_of
from stemcareers.errors import Problem
from test_estimate_models import pooled, vocabulary

NUMBERS = ["estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "n", "n_schools", "unit"]


def words() -> Vocabulary:
    """The vocabulary with a second measure of leadership."""
    known = vocabulary()
    share = known.scales["led"].model_copy(update={"title": "Share", "items": ["per_cent"]})
    return Vocabulary(known.items, known.answers, {**known.scales, "share": share})


def people(**more: object) -> pd.DataFrame:
    frame = pooled().assign(share=lambda f: f["per_cent"], **more)
    return contracts.POOLED.conform(frame)


BASE = {
    "title": "Model",
    "short": "Model",
    "family": "linear",
    "outcome": "often",
    "factors": ["led", "visits"],
    "context": ["phase"],
    "reference": {"phase": 2},
    "tests": "leadership",
}


def base(**more: object) -> Specification:
    return Specification(**{**BASE, **more})


def grid(vary: dict, **more: object) -> Specification:
    known = {"title": "Grid", "short": "Grid", "family": "robustness", "of": "model", "outcome": "often"}
    return Specification(**{**known, "focal": "led", "vary": vary, **more})


def fitted(
    entry: Specification, of: Specification | None = None, answers: pd.DataFrame | None = None, limit: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    return estimate.specification(
        people() if answers is None else answers,
        entry,
        words(),
        study="town",
        name="grid" if of is not None else "model",
        confidence_level=0.95,
        limit=limit,
        seed=1,
        of=of,
    )


def alone(term: str = "led", answers: pd.DataFrame | None = None, **more: object) -> pd.Series:
    rows, _ = fitted(base(**more), answers=answers)
    (place,) = np.flatnonzero(rows["term"].eq(term) & rows["quantity"].eq("coefficient"))
    return rows.iloc[place]


def one(rows: pd.DataFrame, **chosen: str) -> pd.Series:
    """The row of the variant with these options, and the first one of every other decision."""
    (place,) = np.flatnonzero(rows["level"].map(lambda level: chosen.items() <= options_of(level).items()))
    return rows.iloc[place]


def same(row: pd.Series, other: pd.Series) -> None:
    for name in NUMBERS:
        assert row[name] == (other[name] if name == "unit" else pytest.approx(other[name], rel=1e-9)), name


ALL = {
    "weighted": [True, False],
    "outcome": ["often", "hours"],
    "measures": {"led": ["led", "share"]},
    "context": {"phase": ["phase"], "nothing": []},
    "leave_out": "phase",
}


def test_every_variant_is_the_specification_it_says() -> None:
    rows, facts = fitted(grid(ALL), base())
    assert len(rows) == len(facts) == 2**4 + 3
    assert rows["level"].is_unique
    assert set(rows["term"]) == {"led"} and set(rows["outcome"]) == {"often"}
    main = {"weighted": "yes", "outcome": "often", "measures.led": "led", "context": "phase", "leave_out": "none"}
    same(one(rows, **main), alone())
    same(one(rows, **{**main, "weighted": "no"}), alone(weighted=False))
    same(one(rows, **{**main, "outcome": "hours"}), alone(outcome="hours"))
    same(one(rows, **{**main, "measures.led": "share"}), alone("share", factors=["share", "visits"]))
    same(one(rows, **{**main, "context": "nothing"}), alone(context=[], reference={}))
    every = {**main, "weighted": "no", "outcome": "hours", "measures.led": "share", "context": "nothing"}
    other = {"weighted": False, "outcome": "hours", "factors": ["share", "visits"], "context": [], "reference": {}}
    same(one(rows, **every), alone("share", **other))
    weighted = dict(zip(facts["term"], facts["weighted"], strict=True))
    assert weighted[level_of(main)] and not weighted[level_of({**main, "weighted": "no"})]
    assert rows["p_adjusted"].isna().all()


def test_the_family_is_a_decision_too() -> None:
    rows, facts = fitted(grid({"family": ["linear", "ordered_logit"]}), base())
    same(one(rows, family="ordered_logit"), alone(family="ordered_logit"))
    assert dict(zip(facts["term"], facts["family"], strict=True)) == {
        "family=linear": "linear",
        "family=ordered_logit": "ordered_logit",
    }
    assert set(rows["unit"]) == {"points, 1 to 3 per unit (points)", "log odds"}
    # Standard deviations are of linear models; the other family is as it stands.
    rows, _ = fitted(grid({"weighted": [True, False]}, standardise=["outcome"]), base())
    same(one(rows, weighted="no"), alone(weighted=False, standardise=["outcome"]))


def with_gaps(people_without: int = 60) -> pd.DataFrame:
    """The people, some of whom did not answer what explains."""
    gone = np.random.default_rng(3).permutation(len(people()))[:people_without]
    return people().assign(visits=lambda f: f["visits"].mask(f.index.isin(gone)))


def test_missing_answers_are_drawn_as_in_a_specification_of_its_own() -> None:
    answers = with_gaps()
    rows, facts = fitted(grid({"imputed": ["none", 3], "weighted": [True, False]}), base(), answers)
    same(one(rows, imputed="none", weighted="yes"), alone(answers=answers))
    same(one(rows, imputed="3", weighted="yes"), alone(answers=answers, impute={"m": 3}))
    same(one(rows, imputed="3", weighted="no"), alone(answers=answers, impute={"m": 3}, weighted=False))
    assert one(rows, imputed="none", weighted="yes")["n"] == 340
    assert one(rows, imputed="3", weighted="yes")["n"] == 400
    assert "3 imputations" in dict(zip(facts["term"], facts["variance"], strict=True))["weighted=yes, imputed=3"]


def test_a_main_analysis_that_imputes_is_varied_as_it_imputes() -> None:
    answers = with_gaps()
    of = base(impute={"m": 3, "iterations": 2, "using": ["per_cent"]})
    rows, _ = fitted(grid({"imputed": [3, "none", 4]}), of, answers)
    same(one(rows, imputed="3"), alone(answers=answers, impute={"m": 3, "iterations": 2, "using": ["per_cent"]}))
    same(one(rows, imputed="4"), alone(answers=answers, impute={"m": 4, "iterations": 2, "using": ["per_cent"]}))
    same(one(rows, imputed="none"), alone(answers=answers))


def test_a_few_whose_answers_were_drawn_are_not_told_by_the_complete_cases() -> None:
    rows, _ = fitted(grid({"imputed": ["none", 2]}), base(context=[], reference={}), with_gaps(7), limit=10)
    shown = withhold.small_groups(rows, 10)
    assert dict(zip(shown["level"], shown["withheld"], strict=True)) == {
        "imputed=none": "",
        "imputed=2": "fewer than 10",
    }


def test_a_category_is_left_out_of_the_rows_and_not_of_the_design() -> None:
    answers = people()
    rows, facts = fitted(grid({"leave_out": "phase"}), base(), answers)
    assert list(rows["level"]) == ["leave_out=none", "leave_out=1", "leave_out=2", "leave_out=3"]
    # Phase 2 is the reference: without it another category is.
    silent = answers["often"].mask(answers["phase"].eq(2))
    without = alone(answers=answers.assign(often=silent), context=["phase"], present_only=["phase"], reference={})
    same(one(rows, leave_out="2"), without)
    found = dict(zip(facts["term"], facts["left_out"], strict=True))
    assert found["leave_out=2"].startswith(f"phase left out: {int(answers['phase'].eq(2).sum())}")


def test_a_wave_is_left_out_like_any_category() -> None:
    answers = people()
    answers = answers.assign(wave=np.where(np.arange(len(answers)) % 3 == 0, "2023", "2024"))
    of = base(context=["phase", "wave"])
    rows, _ = fitted(grid({"leave_out": "wave"}), of, answers)
    assert list(rows["level"]) == ["leave_out=none", "leave_out=2023", "leave_out=2024"]
    of_one, _ = fitted(base(context=["phase", "wave"], samples=["wave=2024"]), answers=answers)
    (place,) = np.flatnonzero(of_one["term"].eq("led") & of_one["quantity"].eq("coefficient"))
    same(one(rows, leave_out="2023"), of_one.iloc[place])


def test_a_grid_is_about_the_waves_of_its_main_analysis() -> None:
    answers = people()
    answers = answers.assign(wave=np.where(np.arange(len(answers)) % 3 == 0, "2023", "2024"))
    rows, _ = fitted(grid({"weighted": [True, False]}), base(waves=["2024"]), answers)
    same(one(rows, weighted="no"), alone(answers=answers, waves=["2024"], weighted=False))
    known = tiny.labels().config
    adjusted = known.specifications["adjusted"].model_copy(update={"waves": ["2025-spring"]})
    known.specifications["adjusted"] = adjusted
    assert config.waves_of("grid", known) == config.waves_of("adjusted", known) == ["2025-spring"]
    assert config.waves_of("means", known) == []


def test_one_decision_at_a_time() -> None:
    entry = grid({k: v for k, v in ALL.items() if k != "leave_out"}, combine="one_at_a_time")
    assert number_of_variants(entry.vary, entry.combine) == 5
    rows, _ = fitted(entry, base())
    assert len(rows) == 5
    main = {"weighted": "yes", "outcome": "often", "measures.led": "led", "context": "phase"}
    assert set(rows["level"]) == {
        level_of({**main, **changed})
        for changed in ({}, {"weighted": "no"}, {"outcome": "hours"}, {"measures.led": "share"}, {"context": "nothing"})
    }


def test_several_factors_outcomes_and_samples_have_a_curve_each() -> None:
    entry = grid({"weighted": [True, False]}, focal=["led", "visits"], outcome=["often", "hours"], samples="by phase")
    rows, _ = fitted(entry, base(outcome=["often", "hours"], context=[], reference={}, samples="by phase"))
    assert len(rows) == 2 * 2 * 2 * 3
    assert not rows.duplicated(["sample", "outcome", "term", "level"]).any()
    shown = estimate.with_agreement(withhold.small_groups(rows, 0), entry)
    assert shown["quantity"].eq("variant_median").sum() == 2 * 2 * 3
    contracts.ESTIMATES.conform(shown)


def told(shown: pd.DataFrame, quantity: str, level: str = "") -> float:
    (place,) = np.flatnonzero(shown["quantity"].eq(quantity) & shown["level"].eq(level))
    return shown["estimate"].iloc[place]


def test_agreement_counts_the_variants() -> None:
    entry = grid(ALL)
    rows, _ = fitted(entry, base())
    shown = estimate.with_agreement(withhold.small_groups(rows, 0), entry)
    same_side = rows["estimate"] > 0
    clear = (rows["ci_low"] > 0) | (rows["ci_high"] < 0)
    assert told(shown, "variants", "tried") == told(shown, "variants", "estimated") == 19
    assert told(shown, "variants", "same_side") == same_side.sum()
    assert told(shown, "variants", "clear") == clear.sum()
    assert told(shown, "variants", "same_side_and_clear") == (same_side & clear).sum()
    assert told(shown, "variant_share", "same_side") == same_side.mean()
    assert told(shown, "variant_share", "clear") == clear.mean()
    # The variants are in hours and in points, per point of one scale or of another: no median.
    (place,) = np.flatnonzero(shown["quantity"].eq("variant_median"))
    assert shown["withheld"].iloc[place] == "not estimated: the variants have different units"
    entry = grid({"weighted": [True, False], "leave_out": "phase"})
    rows, _ = fitted(entry, base())
    shown = estimate.with_agreement(withhold.small_groups(rows, 0), entry)
    assert told(shown, "variant_median") == rows["estimate"].median()


def test_other_tables_have_no_agreement() -> None:
    rows, _ = fitted(base())
    shown = withhold.small_groups(rows, 0)
    assert estimate.with_agreement(shown, base()) is shown


def test_a_variant_that_is_refused_keeps_its_row_and_counts() -> None:
    # Beside its own copy a factor has nothing left to say.
    answers = people().assign(copy=lambda f: f["led"])
    known = words()
    scale = known.scales["led"].model_copy(update={"title": "Copy"})
    vocabulary = Vocabulary(known.items, known.answers, {**known.scales, "copy": scale})
    entry = grid({"weighted": [True, False], "context": {"phase": ["phase"], "twice": ["copy"]}})
    arguments = {"study": "town", "name": "grid", "confidence_level": 0.95, "limit": 0}
    rows, facts = estimate.specification(answers, entry, vocabulary, of=base(), **arguments)
    refused = one(rows, weighted="no", context="twice")
    assert refused["withheld"].startswith("led and copy cannot be told apart in the rows in use: together they are ")
    assert np.isnan(refused["estimate"])
    assert dict(zip(facts["term"], facts["withheld"], strict=True))[refused["level"]] == refused["withheld"]
    shown = estimate.with_agreement(withhold.small_groups(rows, 0), entry)
    assert told(shown, "variants", "tried") == 4
    assert told(shown, "variants", "estimated") == 2
    assert told(shown, "variant_share", "same_side") == 1.0


def test_a_grid_without_any_estimate_stops_and_says_why() -> None:
    answers = people().assign(led=1.0)
    with pytest.raises(Problem) as caught:
        fitted(grid({"weighted": [True, False]}), base(), answers)
    assert "sample all, robustness of led: no variant gives an estimate: " in str(caught.value)
    assert "config/studies/town/specifications/grid.yaml" in str(caught.value)


def test_a_column_with_one_category_has_none_to_leave_out() -> None:
    answers = people().assign(phase=lambda f: f["phase"].mask(f["phase"].notna(), 2))
    with pytest.raises(Problem) as caught:
        fitted(grid({"leave_out": "phase"}), base(context=[], reference={}), answers)
    assert str(caught.value).endswith(
        "sample all, vary.leave_out: the responses of the main analysis have fewer than two categories of 'phase', so "
        "none can be left out"
    )


def test_what_was_asked_in_no_wave_is_told() -> None:
    entry = grid({"context": {"phase": ["phase"], "guide": ["guide"]}})
    with pytest.raises(Problem) as caught:
        fitted(entry, base(), people().drop(columns=["guide"]))
    assert "'guide' was asked in no wave of the study" in str(caught.value)


# --- withheld -------------------------------------------------------------------------------------------------------


def with_phases(*counts: int) -> pd.DataFrame:
    phases = np.repeat(np.arange(1, len(counts) + 1), counts)
    return people().iloc[: len(phases)].assign(phase=pd.array(phases, dtype="Int64"))


def hidden(answers: pd.DataFrame) -> dict[str, str]:
    entry = grid({"leave_out": "phase"})
    rows, facts = fitted(entry, base(context=[], reference={}), answers, limit=10)
    shown = withhold.small_groups(rows, 10)
    kept = withhold.fits(facts, 10, shown)
    found = dict(zip(shown["level"], shown["withheld"], strict=True))
    # A fit none of whose estimates is shown is not shown either.
    assert {term for term, why in zip(kept["term"], kept["withheld"], strict=True) if why} == {
        level for level, why in found.items() if why
    }
    blank = shown.loc[shown["withheld"].ne(""), ["estimate", "n", "ci_low", "p_value"]]
    assert blank.isna().all().all()
    return found


def test_a_small_category_is_not_told_by_leaving_it_out() -> None:
    assert set(hidden(with_phases(150, 120, 100)).values()) == {""}
    # All of 7 are hidden; with them hidden alone, the others would tell of them: the next smallest goes too.
    assert hidden(with_phases(150, 120, 7)) == {
        "leave_out=none": "",
        "leave_out=1": "",
        "leave_out=2": "would show a group of fewer than 10",
        "leave_out=3": "would show a group of fewer than 10",
    }


def test_agreement_is_of_what_is_shown() -> None:
    entry = grid({"leave_out": "phase"})
    rows, _ = fitted(entry, base(context=[], reference={}), with_phases(150, 120, 7), limit=10)
    shown = estimate.with_agreement(withhold.small_groups(rows, 10), entry)
    assert (told(shown, "variants", "tried"), told(shown, "variants", "estimated")) == (4, 2)


def test_where_nothing_is_shown_nothing_agrees() -> None:
    entry = grid({"weighted": [True, False]}, samples=["by phase"])
    rows, _ = fitted(entry, base(context=[], reference={}, samples=["by phase"]), with_phases(150, 120, 7), limit=10)
    shown = estimate.with_agreement(withhold.small_groups(rows, 10), entry)
    small = shown[shown["sample"].eq("phase=3")]
    assert small["withheld"].ne("").sum() == len(small) - 2
    assert set(small.loc[small["quantity"].eq("variants"), "withheld"]) == {
        "",
        "not estimated: no variant has an estimate",
    }


def test_the_scale_of_a_measure_is_known_by_its_own_name() -> None:
    rows, _ = fitted(grid({"measures": {"led": ["led", "share"]}}), base())
    assert isinstance(words().scales["share"], Scale)
    assert one(rows, **{"measures.led": "share"})["unit"] == "points, 1 to 3 per unit (points)"
