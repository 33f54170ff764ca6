"""Waves side by side: nobody lost, nobody twice, the same types, strata and clusters that cannot mix."""

from __future__ import annotations

import pandas as pd
import pytest
import small_wave
from stemcareers import contracts, pool


def part(
    ids: list[str], schools: list[str], cluster: str | None = None, stratum: str = "all", synthetic: bool = False
) -> pool.Part:
    response = pd.array(ids, dtype="string")
    wide = pd.DataFrame({"response": response, "school": pd.array(schools, dtype="string")})
    wide["lead"] = pd.array(range(len(ids)), dtype="Int64")
    weights = pd.DataFrame(
        {
            "response": response,
            "weight": [float(i + 1) for i in range(len(ids))],
            "stratum": pd.array([stratum] * len(ids), dtype="string"),
            "cluster": pd.array(schools if cluster == "school" else ids, dtype="string"),
            "population": float("nan"),
            "answered": True,
        }
    )
    design = {"weight": "none", "lonely": "adjust", **({"cluster": cluster} if cluster else {})}
    wave = small_wave.wave(design=design, synthetic=synthetic)
    scores = pd.DataFrame({"response": response, "quality": [float(i) for i in range(len(ids))]})
    return pool.Part(wide=wide, scores=scores, weights=weights, wave=wave)


def test_one_wave() -> None:
    found = pool.waves({"2024": part(["b", "a"], ["S1", "S2"], synthetic=True)})
    assert found.columns.tolist() == [*(c.name for c in contracts.POOLED.columns), "lead", "quality"]
    assert found[["wave", "response", "school", "weight", "lead", "quality"]].to_numpy().tolist() == [
        ["2024", "a", "S2", 2.0, 1, 1.0],
        ["2024", "b", "S1", 1.0, 0, 0.0],
    ]
    assert found["synthetic"].all()
    assert set(found["lonely"]) == {"adjust"}


def test_who_did_not_answer_has_a_design_and_nothing_else() -> None:
    whole = part(["a", "b", "c"], ["1", "2", "3"])
    silent = pool.Part(
        wide=whole.wide.assign(lead=pd.array([0, 1, None], dtype="Int64")),
        scores=whole.scores.assign(quality=[0.0, 1.0, None]),
        weights=whole.weights.assign(answered=[True, True, False]),
        wave=whole.wave,
    )
    found = pool.waves({"w": silent})
    assert found["answered"].tolist() == [True, True, False]
    assert found["weight"].tolist() == [1.0, 2.0, 3.0]
    assert found.loc[2, ["lead", "quality"]].isna().all()


def test_rows_of_different_order_are_put_together_by_id() -> None:
    whole = part(["a", "b", "c"], ["1", "2", "3"])
    mixed = pool.Part(whole.wide, whole.scores.iloc[[2, 0, 1]], whole.weights.iloc[[1, 2, 0]], whole.wave)
    pd.testing.assert_frame_equal(pool.waves({"w": whole}), pool.waves({"w": mixed}))


def test_the_same_id_in_two_waves_is_two_responses() -> None:
    found = pool.waves({"2024": part(["a"], ["S1"]), "2025": part(["a"], ["S1"])})
    assert found[["wave", "response", "stratum", "cluster"]].to_numpy().tolist() == [
        ["2024", "a", "2024:all", "2024:a"],
        ["2025", "a", "2025:all", "2025:a"],
    ]


def test_schools_of_two_waves_stay_one_cluster() -> None:
    found = pool.waves(
        {"2024": part(["a", "b"], ["S1", "S2"], "school"), "2025": part(["c", "d"], ["S2", "S3"], "school")}
    )
    assert found["cluster"].tolist() == ["S1", "S2", "S2", "S3"]
    assert set(found["stratum"]) == {"all"}


def test_strata_that_changed_belong_to_their_wave() -> None:
    first, second = part(["a"], ["S1"], "school", "north"), part(["b"], ["S1"], "school", "south")
    found = pool.waves({"2024": first, "2025": second})
    assert found["cluster"].tolist() == ["S1", "S1"]
    assert found["stratum"].tolist() == ["2024:north", "2025:south"]


def test_waves_without_a_school_in_common_were_drawn_apart() -> None:
    found = pool.waves({"2024": part(["a"], ["S1"], "school"), "2025": part(["b"], ["S2"], "school")})
    assert found["stratum"].tolist() == ["2024:all", "2025:all"]


def test_schools_in_one_wave_only_are_clusters_of_their_wave() -> None:
    found = pool.waves({"2024": part(["a"], ["S1"], "school"), "2025": part(["b"], ["S1"])})
    assert found["cluster"].tolist() == ["2024:S1", "2025:b"]


def test_lost_and_doubled_responses_are_bugs() -> None:
    whole = part(["a", "b"], ["1", "2"])
    lost = pool.Part(whole.wide, whole.scores.iloc[:1], whole.weights, whole.wave)
    with pytest.raises(contracts.ContractBroken, match="pooled: the tables of wave w hold different responses"):
        pool.waves({"w": lost})
    doubled = pool.Part(whole.wide, pd.concat([whole.scores] * 2), whole.weights, whole.wave)
    with pytest.raises(pd.errors.MergeError):
        pool.waves({"w": doubled})


def test_types_must_not_change_between_waves() -> None:
    first, second = part(["a"], ["1"]), part(["b"], ["2"])
    second.wide["lead"] = [1.0]
    with pytest.raises(
        contracts.ContractBroken, match="pooled: column 'lead' is Int64 in wave 2024 and float64 in wave 2025"
    ):
        pool.waves({"2024": first, "2025": second})
