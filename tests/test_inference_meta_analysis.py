"""Random-effects averages, against metafor: trials of the BCG vaccine, and sets with and without differences."""

from __future__ import annotations

import numpy as np
import pytest
from reference.r_survey import numbers
from stemcareers.errors import Problem
from stemcareers.inference.meta_analysis import random_effects

SAME = {"low": "ci_low", "high": "ci_high"}
GIVEN = ("estimates", "std_errors", "level")


@pytest.mark.parametrize("name", ["bcg", "bcg_90", "alike", "three", "many"])
def test_as_metafor(name: str) -> None:
    r = numbers("random_effects")[name]
    ours = random_effects(r["estimates"], r["std_errors"], r["level"])
    for key, value in r.items():
        if key not in GIVEN:
            assert getattr(ours, SAME.get(key, key)) == pytest.approx(value, rel=1e-5, abs=1e-9), key
    assert ours.k == len(r["estimates"])


def test_the_order_of_countries_says_nothing_and_the_unit_only_scales() -> None:
    r = numbers("random_effects")["many"]
    one = random_effects(r["estimates"], r["std_errors"])
    turned = random_effects(r["estimates"][::-1], r["std_errors"][::-1])
    tenfold = random_effects(10 * np.array(r["estimates"]), 10 * np.array(r["std_errors"]))
    assert turned.estimate == pytest.approx(one.estimate, rel=1e-10)
    assert tenfold.ci_high == pytest.approx(10 * one.ci_high, rel=1e-7)
    assert tenfold.tau2 == pytest.approx(100 * one.tau2, rel=1e-6)
    assert tenfold.i2 == pytest.approx(one.i2, rel=1e-6)


def test_intervals_cover_the_average_at_their_level() -> None:
    rng = np.random.default_rng(3)
    covered, further, runs = 0, 0, 400
    for _ in range(runs):
        errors = rng.uniform(0.05, 0.25, 20)
        own = rng.normal(0.1, 0.3, 21)
        found = random_effects(own[:20] + errors * rng.normal(size=20), errors)
        covered += found.ci_low < 0.1 < found.ci_high
        further += found.prediction_low < own[20] < found.prediction_high
    # Three Monte Carlo errors are 3.3 points. Where values hardly differ, the prediction interval is known to be short.
    assert 0.915 < covered / runs < 0.985
    assert 0.90 < further / runs < 0.985


def test_what_cannot_be_averaged_is_refused() -> None:
    with pytest.raises(Problem) as told:
        random_effects([0.1, 0.2], [0.1, 0.0])
    assert str(told.value) == (
        "estimates to average: 2 problems\n"
        "  there are 2; an average over values that differ needs 3 or more\n"
        "  an estimate or its error is missing, or an error is not above zero"
    )
