"""The item that tells which way round a scale is."""

from __future__ import annotations

import pandas as pd
import pytest
from stemcareers.config.vocabulary import Anchor
from stemcareers.errors import Problem
from test_score import SIX, reliability, scale, six_items


def anchored(frame: pd.DataFrame, sign: str, turned: bool = False) -> pd.DataFrame:
    """Reliability of a scale of six items, all of them turned round or none, with the pupils as anchor."""
    frame = frame.assign(**{item: 6 - frame[item] for item in SIX}) if turned else frame
    one = scale("mean", SIX, anchor=Anchor(item="size", sign=sign))
    return reliability(frame, {"s": one})


@pytest.fixture
def frame() -> pd.DataFrame:
    found = six_items()
    return found.assign(size=found[SIX].astype(float).mean(axis=1) * 100)


def test_a_scale_turned_round_as_a_whole_is_found(frame: pd.DataFrame) -> None:
    n = int(frame["size"].notna().sum())
    assert len(anchored(frame, "+")) == len(anchored(frame, "-", turned=True)) > 0
    for sign, turned, found in (("+", True, "-1.00"), ("-", False, "1.00")):
        with pytest.raises(Problem) as caught:
            anchored(frame, sign, turned)
        assert caught.value.wrong == (
            f"wave 2025: s.anchor: goes with 'size' the other way than declared (correlation {found} in {n} responses, "
            f"sign '{sign}'); are the codes of all its items, or of 'size', turned round in this wave? Then say so "
            "under differs",
        )


def test_alpha_cannot_tell(frame: pd.DataFrame) -> None:
    turned = frame.assign(**{item: 6 - frame[item] for item in SIX})
    one = {"s": scale("mean", SIX)}
    pd.testing.assert_frame_equal(reliability(frame, one), reliability(turned, one))


@pytest.mark.parametrize("values", [None, 7.0])
def test_a_wave_without_answers_to_the_anchor_passes(frame: pd.DataFrame, values: float | None) -> None:
    assert len(anchored(frame.assign(size=float("nan") if values is None else values), "-"))
