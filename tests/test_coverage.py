"""The simulation behind docs/coverage.md: truths are true, intervals hold them, the table is what was measured."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "workflow"))

import coverage  # noqa: E402

DESIGN_BASED = ["linearised", "JKn", "BRR", "bootstrap", "CR2"]


def test_the_truths_are_those_of_the_population() -> None:
    from stemcareers.inference import Design

    frame = coverage.drawn(50_000, 0.3, np.random.default_rng(1))
    survey = Design(weight="weight", strata="stratum", clusters="cluster").on(frame)
    for name, run in coverage.estimates(survey).items():
        found = run()
        assert abs(found.values[0] - coverage.TRUTH[name]) < 4 * found.std_error[0]
        assert found.std_error[0] < 0.01
    # Without weights and clusters a sample of this size shows how far off the mean is.
    naive = coverage.estimates(Design().on(frame))["mean"]()
    assert naive.values[0] - coverage.TRUTH["mean"] > 0.05


def test_a_sample_is_as_clustered_as_it_says() -> None:
    frame = coverage.drawn(20_000, 0.3, np.random.default_rng(2))
    # Among those of e > 0 in one stratum, what is left after x varies between clusters by icc.
    part = frame[(frame["stratum"] == 2) & (frame["weight"] == frame.loc[frame["stratum"] == 2, "weight"].min())]
    v = part["y"] - coverage.SLOPE * part["x"]
    within = v.groupby(part["cluster"]).var().mean()
    # The variance of a half-normal is 1 - 2 / pi.
    assert within == pytest.approx(0.7 * (1 - 2 / np.pi), rel=0.05)
    assert v.var() - within == pytest.approx(0.3, rel=0.1)


def test_the_same_seed_gives_the_same_table() -> None:
    first, again = (pd.DataFrame(coverage.measured(30, 0.1, 3)) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    other = pd.DataFrame(coverage.measured(30, 0.1, 3, seed=1))
    assert not np.allclose(first["bias"], other["bias"])


@pytest.mark.slow
def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    table = pd.DataFrame(coverage.measured(30, 0.1, 150))
    by = table.set_index(["estimate", "method"])
    assert (by["refused"] == 0).all()
    for estimate in coverage.TRUTH:
        assert by.loc[estimate].loc[DESIGN_BASED, "coverage"].between(0.87, 1.0).all()
    assert by.at[("mean", "naive"), "coverage"] < 0.85
    assert by.at[("mean", "linearised"), "error_ratio"] == pytest.approx(1, abs=0.2)


def test_the_table_of_the_documentation_is_the_one_measured() -> None:
    table = pd.read_csv(coverage.TABLE)
    assert (table["replications"] >= 2000).all()
    expected = np.sqrt(table["coverage"] * (1 - table["coverage"]) / table["replications"])
    np.testing.assert_allclose(table["mc_error"], expected, atol=1e-6)
    assert coverage.rendered(table) in coverage.TABLE.with_suffix(".md").read_text(encoding="utf-8")
