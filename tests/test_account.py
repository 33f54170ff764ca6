"""Everyone who came in is kept or left out for one reason, by id: a stage that loses somebody is caught."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import small_wave
from hypothesis import given, settings
from hypothesis import strategies as st
from small_wave import ingested, rows
from stemcareers import account, clean, harmonise
from stemcareers.contracts import ContractBroken


def broken(call) -> str:
    with pytest.raises(ContractBroken) as caught:
        call()
    return str(caught.value)


@given(
    fates=st.dictionaries(st.integers(0, 30), st.sampled_from(["", "no consent", "broke off"]), min_size=1),
    data=st.data(),
)
def test_a_sound_account_passes_and_one_wrong_id_is_seen(fates: dict[int, str], data: st.DataObject) -> None:
    kept = [i for i, fate in fates.items() if not fate]
    gone = {r: [i for i, fate in fates.items() if fate == r] for r in ("no consent", "broke off")}
    account.reconcile("clean", fates, kept, gone)
    one = data.draw(st.sampled_from(sorted(fates)))
    with pytest.raises(ContractBroken):  # lost
        account.reconcile("clean", fates, [i for i in kept if i != one], {r: set(g) - {one} for r, g in gone.items()})
    with pytest.raises(ContractBroken):  # swapped: the counts are right, the ids are not
        account.reconcile("clean", [*(i for i in fates if i != one), 99], kept, gone)
    with pytest.raises(ContractBroken):  # twice
        account.reconcile("clean", fates, kept, {**gone, "late": [one]})


def test_the_words_of_an_account_that_does_not_add_up() -> None:
    assert broken(lambda: account.reconcile("clean", [1, 2, 3], [1], {"late": [2]})) == (
        "clean: 1 of 3 were lost without a reason"
    )
    assert broken(lambda: account.reconcile("pool", [1, 2], [1, 2, 2, 3])) == (
        "pool: 1 stand twice among those kept; 1 came from nowhere"
    )
    assert broken(lambda: account.reconcile("clean", [1, 2], [1, 2], {"late": [2]})) == (
        "clean: 1 are left out (late) and accounted for elsewhere too"
    )
    assert broken(lambda: account.reconcile("clean", [1], [1], {"late": [1, 1]})).startswith(
        "clean: 1 stand twice among those left out (late); 1 are left out (late)"
    )
    assert broken(lambda: account.reconcile_counts("estimate", {"used": 3}, {"used": 2, "missing a": 1})) == (
        "estimate: 'used' is told as 3 and is 2; 'missing a' is told as 0 and is 1"
    )
    account.reconcile_counts("estimate", {"used": 3, "missing b": 0}, {"used": 3})


@settings(max_examples=10, deadline=None)
@given(lost=st.sets(st.integers(0, 5), min_size=1, max_size=5))
def test_responses_that_a_step_of_clean_drops_are_missed(
    tmp_path_factory: pytest.TempPathFactory, lost: set[int]
) -> None:
    read = ingested(tmp_path_factory.mktemp("wave"), rows(*({"urn": str(n)} for n in range(6))))
    lines = pd.DataFrame([], columns=list(clean.CORRECTION), dtype="string")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clean, "_corrected", lambda frame, *_: (frame.drop(index=list(lost)).reset_index(), set(), []))
        said = broken(lambda: small_wave.cleaned(read, lines))
    assert said == f"clean: {len(lost)} of 6 were lost without a reason"


def test_a_response_that_harmonise_drops_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = ingested(tmp_path, rows({}, {}))
    honest = harmonise._long
    monkeypatch.setattr(
        harmonise, "_long", lambda responses, given: honest(responses, given).loc[lambda t: t["response"] != "R2"]
    )
    assert broken(lambda: small_wave.harmonised(read)) == "harmonise, long: 1 of 2 were lost without a reason"


def test_told_counts_are_read_back() -> None:
    from stemcareers.estimate import accounted

    assert accounted.told("missing lead_time: 4; outside the sample: 90") == {
        "missing lead_time": 4,
        "outside the sample": 90,
    }
    assert accounted.told("") == {}


def test_the_reasons_of_a_difference_are_told_in_the_order_of_the_estimator() -> None:
    from stemcareers import config
    from stemcareers.estimate import accounted

    pooled = pd.DataFrame(
        {
            "wave": ["1", "1", "1", "1", "1", "2"],
            "answered": [True, True, True, True, False, True],
            "g": pd.array([1, 2, 3, None, 2, 2], dtype="Int64"),
            "y": [1.0, np.nan, np.nan, 1.0, 1.0, 1.0],
        }
    )
    entry = config.Specification(title="t", short="t", family="difference", outcome=["y"], between=["g"])
    found = accounted.reasons(pooled, entry, {"g": ["1", "2", "3"]}, "wave=1", "y", "g=2")
    assert found.tolist() == ["", "missing y", "other g", "missing g", "missing y", "outside the sample"]
    weighed = config.Specification(
        title="t", short="t", family="contrast", outcome=["y"], between=["g"], coefficients={1: -1, 2: 1}
    )
    found = accounted.reasons(pooled, weighed, {"g": ["1", "2", "3"]}, "all", "y", "")
    assert found.tolist() == ["", "missing y", "missing y", "missing g", "missing y", ""]


def test_of_a_panel_schools_that_answered_once_and_later_answers_are_left_out() -> None:
    from stemcareers import config
    from stemcareers.estimate import accounted

    pooled = pd.DataFrame(
        {
            "wave": ["1", "2", "1", "2", "1", "2", "1", "2"],
            "school": ["a", "a", "b", "b", "c", "c", "d", None],
            "answered": [True] * 7 + [True],
            "y": [1.0, 2.0, np.nan, 1.0, 1.0, 1.0, 1.0, 1.0],
        }
    )
    entry = config.Specification(title="t", short="t", family="change", outcome=["y"], waves=["1", "2"])
    found = accounted.reasons(pooled, entry, {}, "all", "y", "wave")
    once, later = "school in one wave only", "later wave, counted with the earlier"
    assert found.tolist() == ["", later, "missing y", once, "", later, once, "missing school"]


def test_a_response_that_a_model_drops_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    from stemcareers import config, estimate
    from stemcareers.config.vocabulary import Scale
    from stemcareers.inference.design import Survey

    generator = np.random.default_rng(1)
    n = 40
    pooled = pd.DataFrame(
        {
            "wave": "a",
            "response": [f"R{i:02}" for i in range(n)],
            "answered": [i != 0 for i in range(n)],
            "synthetic": True,
            "weight": 1.0,
            "stratum": "all",
            "cluster": [f"{i:02}" for i in range(n)],
            "population": np.nan,
            "lonely": "fail",
            "x": generator.normal(size=n),
            "y": np.where(np.arange(n) % 7 == 3, np.nan, generator.normal(size=n)),
        }
    )
    common = {"title": "t", "measures": "m", "method": "as_given", "items": ["i"], "unit": "points"}
    scales = {
        "x": Scale(role="leadership_factor", **common),
        "y": Scale(role="provision_outcome", **common),
    }
    entry = config.Specification(title="t", short="t", family="linear", outcome=["y"], factors=["x"])
    words = config.Vocabulary({}, {}, scales)
    known = {"study": "s", "name": "m", "confidence_level": 0.95, "limit": 0}
    _, fits = estimate.specification(pooled, entry, words, **known)
    assert fits["left_out"].tolist() == ["missing y: 7"]

    honest = Survey.complete

    def one_less(self, columns):
        used = honest(self, columns)
        return used.at(np.arange(1, used.n))

    def another(self, columns):  # as many as are due, but one of them is not due
        used = honest(self, columns)
        return used.at(np.array([0, *range(used.n - 1)])) if used.n == 33 else used

    monkeypatch.setattr(Survey, "complete", one_less)
    said = broken(lambda: estimate.specification(pooled, entry, words, **known))
    assert said.startswith("estimate, m, y in all: 'used' is told as ")
    monkeypatch.setattr(Survey, "complete", another)
    assert broken(lambda: estimate.specification(pooled, entry, words, **known)) == (
        "estimate, m, y in all: 1 stand twice among those kept; 1 of 40 were lost without a reason"
    )


def test_a_response_that_weighting_drops_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from stemcareers.weight import design

    design_of = {"weight": "none", "calibrate": {"method": "rake", "population": "p", "margins": ["club"]}}
    cleaned = small_wave.cleaned(ingested(tmp_path, rows({}, {}, {}), design=design_of), design=design_of).responses
    monkeypatch.setattr(design.calibration, "calibrated", lambda table, *_: table.iloc[:-1])
    said = broken(lambda: design.responses(cleaned, small_wave.wave(design=design_of)))
    assert said == "weight: 1 of 3 were lost without a reason"


@pytest.mark.parametrize("lost", [[0], [1, 2]])
def test_responses_that_pooling_drops_are_missed(monkeypatch: pytest.MonkeyPatch, lost: list[int]) -> None:
    from stemcareers import pool
    from test_pool import part

    honest = pool._wave
    monkeypatch.setattr(pool, "_wave", lambda name, its: honest(name, its).drop(index=lost if name == "a" else []))
    parts = {"a": part(["1", "2", "3"], ["x", "y", "z"]), "b": part(["1", "2", "3"], ["x", "y", "z"])}
    said = broken(lambda: pool.waves(parts))
    assert said == f"pool: {len(lost)} of 6 were lost without a reason"


def test_a_fit_of_completed_copies_accounts_for_the_silent_and_for_who_gave_no_outcome() -> None:
    """What was imputed is in; beside, the complete cases lose every response with a gap."""
    from stemcareers.config import Specification
    from stemcareers.estimate import accounted

    pooled = pd.DataFrame(
        {
            "wave": "1",
            "answered": [False, True, True, True, True],
            "y": [1.0, None, 2.0, 3.0, 4.0],
            "x": [1.0, 2.0, None, 4.0, 5.0],
            "g": pd.array([1, 1, 1, None, 2], dtype="Int64"),
        }
    )
    model = {"title": "t", "short": "s", "family": "linear", "outcome": ["y"], "factors": ["x"], "impute": {"m": 2}}
    found = partial(accounted.reasons, pooled, Specification(**model), {}, "all", "y")
    assert list(found("")) == ["did not answer", "missing y", "", "", ""]
    assert list(found("complete cases")) == ["did not answer", "missing y", "missing x", "", ""]
    kept = Specification(**model | {"impute": {"m": 2, "keep_outcome": True}})
    assert list(accounted.reasons(pooled, kept, {}, "all", "y", "")) == ["did not answer", "", "", "", ""]
    grouped = Specification(**model | {"family": "mixed", "weighted": False, "group": "g"})
    assert list(accounted.reasons(pooled, grouped, {}, "all", "y", "")) == [
        "did not answer",
        "missing y",
        "",
        "missing g",
        "",
    ]
    compared = Specification(**model | {"family": "difference", "factors": [], "between": ["g"]})
    found = partial(accounted.reasons, pooled, compared, {"g": ["1", "2", "3"]}, "all", "y")
    assert list(found("g=2, complete cases")) == ["did not answer", "missing y", "", "missing g", ""]
    assert list(found("g=3, complete cases")) == ["did not answer", "missing y", "", "missing g", "other g"]


def test_a_mixed_model_loses_who_tells_no_group() -> None:
    from stemcareers.config import Specification
    from stemcareers.estimate import accounted

    pooled = pd.DataFrame(
        {
            "wave": "1",
            "answered": True,
            "y": [1.0, 2.0, None],
            "x": [1.0, 2.0, 3.0],
            "g": pd.array([None, 1, None], dtype="Int64"),
        }
    )
    entry = Specification(title="t", short="s", family="mixed", outcome=["y"], factors=["x"], group="g", weighted=False)
    assert list(accounted.reasons(pooled, entry, {}, "all", "y", "")) == ["missing g", "", "missing y"]
