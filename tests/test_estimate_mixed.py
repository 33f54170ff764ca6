"""Mixed models of a specification: coefficients, what varies between groups, tables, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from stemcareers import contracts, estimate, withhold
from stemcareers.config import AnswerSet, Item, Scale, Specification, Vocabulary, grouping
from stemcareers.errors import Problem
from stemcareers.inference import Design, Term, mixed

REGIONS = {code: f"Region {code}" for code in range(1, 21)}
HALVES = {1: "North", 2: "South"}


def vocabulary() -> Vocabulary:
    def item(name: str) -> Item:
        return Item(item=name, label=name, wording=name, answers=name, status="official")

    number = AnswerSet(kind="number", low=-100, high=200, unit="hours")
    answers = {
        "region": AnswerSet(kind="nominal", codes=REGIONS),
        "half": AnswerSet(kind="nominal", codes=HALVES),
        "phase": AnswerSet(kind="nominal", codes={1: "Primary", 2: "Secondary", 3: "Special"}),
        "hours": number,
        "score": number,
    }
    quality = Scale(
        title="Quality",
        measures="quality",
        role="provision_outcome",
        method="as_given",
        items=["score"],
        unit="points, 0 to 100",
    )
    return Vocabulary({name: item(name) for name in answers}, answers, {"quality": quality})


def pooled(n: int = 600, seed: int = 3) -> pd.DataFrame:
    """Schools in twenty regions that differ in their level, and in what an hour goes with."""
    rng = np.random.default_rng(seed)
    region = rng.integers(1, 21, n)
    level, slope = rng.normal(0, 6, 21), rng.normal(0.5, 0.4, 21)
    hours, phase = rng.uniform(0, 20, n), rng.integers(1, 4, n)
    quality = 40 + level[region] + slope[region] * hours + 3 * (phase == 2) + rng.normal(0, 5, n)
    hours[rng.random(n) < 0.05] = np.nan
    return contracts.POOLED.conform(
        pd.DataFrame(
            {
                "wave": "2024",
                "response": [f"r{i:04d}" for i in range(n)],
                "school": pd.Series([f"s{i % 60:02d}" for i in range(n)], dtype="string"),
                "answered": True,
                "synthetic": False,
                "weight": rng.uniform(0.5, 3, n),
                "stratum": np.resize(["a", "b"], n),
                "cluster": [f"c{i:04d}" for i in range(n)],
                "population": np.nan,
                "lonely": "fail",
                "region": pd.array(region, dtype="Int64"),
                "half": pd.array((region > 10) + 1, dtype="Int64"),
                "phase": pd.array(phase, dtype="Int64"),
                "hours": hours,
                "score": quality,
                "quality": quality,
            }
        )
    )


def run(frame: pd.DataFrame, *, limit: int = 0, **more: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    entry = {"family": "mixed", "outcome": ["quality"], "factors": ["hours"], "context": ["phase"], "weighted": False}
    specification = Specification(title="t", short="s", **{**entry, "group": "region", **more})
    rows, fits = estimate.specification(
        frame,
        specification,
        vocabulary(),
        study="demo",
        name="main",
        confidence_level=0.95,
        limit=limit,
        seed=1,
    )
    shown = contracts.ESTIMATES.conform(withhold.small_groups(rows, limit))
    return shown, contracts.FITS.conform(withhold.fits(fits, limit, shown))


def fitted(frame: pd.DataFrame, **more: object) -> object:
    return mixed(
        Design().on(frame.assign(phase=pd.Categorical(frame["phase"]))),
        "quality",
        ["hours", Term("phase", reference=1, levels=[1, 2, 3])],
        "region",
        **more,
    )


def one(rows: pd.DataFrame, **where: str) -> pd.Series:
    for column, value in where.items():
        rows = rows[rows[column].eq(value)]
    assert len(rows) == 1, rows
    return rows.iloc[0]


@pytest.mark.parametrize(
    "more", [{}, {"slopes": ["hours"]}, {"slopes": ["hours"], "correlated": False, "method": "ML"}]
)
def test_rows_are_those_of_the_model(more):
    frame = pooled()
    rows, fits = run(frame, **more)
    expected = fitted(frame, **more)
    coefficients = rows[rows["quantity"].eq("coefficient")].set_index(["term", "level"])
    for place, name in enumerate(expected.names):
        row = coefficients.loc[name]
        assert row["estimate"] == expected.values[place]
        assert row["std_error"] == expected.std_error[place]
        assert (row["df"], row["n"], row["n_schools"]) == (expected.df[place], expected.n_used, 20)
    quantities = {"variance": "group_variance", "covariance": "group_covariance", "residual": "residual_variance"}
    for part in expected.components:
        term, level = (part.other, part.term) if part.other else (part.term or "residual", "")
        row = one(rows, quantity=quantities[part.kind], term=term, level=level)
        assert row["estimate"] == part.value
        assert row[["std_error", "ci_low", "ci_high", "p_value"]].isna().all()
    assert one(rows, quantity="icc", term="region")["estimate"] == expected.icc
    assert len(rows) == len(expected.names) + len(expected.components) + 2  # the ICC, and F of the phases
    fit = one(fits)
    assert (fit["family"], fit["variance"]) == ("mixed linear", f"model, {more.get('method', 'REML')}")
    assert fit["left_out"] == f"missing hours: {int(frame['hours'].isna().sum())}"
    assert not fit["weighted"]


def test_a_term_is_tested_with_its_own_degrees_of_freedom():
    frame = pooled()
    rows, _ = run(frame)
    assert one(rows, quantity="wald_f")["df"] == fitted(frame).df[-1] > 500
    assert one(rows, quantity="coefficient", term="intercept")["df"] == 19


def test_units_are_those_of_the_outcome_and_its_square():
    rows, _ = run(pooled(), slopes=["hours"])
    units = dict(zip(zip(rows["quantity"], rows["term"], strict=True), rows["unit"], strict=True))
    assert units["group_variance", "intercept"] == "points, 0 to 100, squared"
    assert units["group_variance", "hours"] == "points, 0 to 100 per unit (hours), squared"
    assert units["group_covariance", "hours"] == "points, 0 to 100, times points, 0 to 100 per unit (hours)"
    assert units["icc", "region"] == "share of the variance"


def test_standardised_variances_are_those_of_standardised_columns():
    frame = pooled()
    used = frame["hours"].notna()
    scaled = frame.assign(
        hours=frame["hours"] / frame["hours"].std(), quality=frame["quality"] / frame.loc[used, "quality"].std()
    )
    ours, _ = run(frame, slopes=["hours"], standardise=["outcome", "factors"])
    expected, _ = run(scaled, slopes=["hours"])
    key = ["quantity", "term", "level"]
    both = ours.set_index(key)["estimate"].to_frame("ours").join(expected.set_index(key)["estimate"])
    both = both.drop(index=("coefficient", "intercept", ""))  # the centre of the outcome is not moved
    assert both["ours"].to_numpy() == pytest.approx(both["estimate"].to_numpy(), rel=1e-5)
    assert one(ours, quantity="group_variance", term="intercept")["unit"] == "SD of outcome, squared"


def test_schools_may_be_the_groups():
    rows, fits = run(pooled(), group="school", factors=["hours"], context=[])
    assert one(fits)["n_schools"] == 60
    assert one(rows, quantity="icc")["term"] == "school"


def test_p_values_of_the_factors_are_adjusted_and_of_variances_there_are_none():
    rows, _ = run(pooled(), tests="family")
    adjusted = rows[rows["p_adjusted"].notna()]
    assert list(adjusted["quantity"]) == ["coefficient"]
    assert list(adjusted["term"]) == ["hours"]


def test_small_groups_are_withheld_with_what_varies_between_regions():
    frame = pooled()
    frame.loc[frame["phase"].eq(3), "phase"] = 1
    frame.loc[frame.index[:7], "phase"] = 3
    rows, fits = run(frame, limit=10)
    assert set(rows["withheld"]) == {"fewer than 10"}
    assert rows["estimate"].isna().all()
    assert one(fits)["withheld"] == "would show a group of fewer than 10"


def test_groups_that_do_not_vary_are_remarked():
    frame = pooled()
    frame["quality"] -= frame.groupby("region")["quality"].transform("mean")
    _, fits = run(frame, context=[])
    assert one(fits)["remarks"] == (
        "intercept: varies no more between groups (region) than chance would have it; its variance is 0"
    )


def test_few_groups_are_refused():
    frame = pooled()
    with pytest.raises(Problem) as caught:
        run(frame[frame["region"] <= 8].reset_index(drop=True))
    assert str(caught.value) == (
        "config/studies/demo/specifications/main.yaml: 1 problem\n"
        "  sample all, mixed model of quality: 7 residual degrees of freedom are left among 8 groups; at least 10 are "
        "needed. Use fewer terms that are constant within groups, or compare the groups by indicators"
    )


def test_what_the_model_refuses_is_told_in_its_words():
    frame = pooled()
    with pytest.raises(Problem) as caught:
        run(frame, group="half")
    assert str(caught.value) == (
        "config/studies/demo/specifications/main.yaml: 1 problem\n"
        "  sample all, mixed model of quality: half has 2 groups of "
        f"{frame.loc[frame['hours'].notna(), 'half'].value_counts().max()} rows at most: what varies between groups "
        "cannot be told from what varies within. It takes three groups, and rows that share one"
    )


def test_weights_are_refused_in_the_words_of_the_library():
    frame = pooled()
    with pytest.raises(ValueError) as by_config:
        Specification(
            title="t", short="s", family="mixed", outcome=["quality"], factors=["hours"], group="region", weighted=True
        )
    with pytest.raises(Problem) as by_library:
        mixed(Design(weight="weight").on(frame), "quality", ["hours"], "region")
    reason = grouping.WEIGHTS.partition("; a ")[2]
    assert "a mixed model has no place" in str(by_library.value)
    assert reason.removeprefix("mixed model ") in str(by_library.value)
    assert grouping.WEIGHTS in str(by_config.value)
