"""Waves side by side: nobody lost, nobody twice, the same types, strata and clusters that cannot mix."""

from __future__ import annotations

import datetime

import pandas as pd
import pytest
import small_wave
from stemcareers import contracts, pool, withhold
from stemcareers.config import Crossing, Links
from stemcareers.config.entry import read
from stemcareers.errors import Problem


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
        ["2024", "a", "2024:S2", 2.0, 1, 1.0],
        ["2024", "b", "2024:S1", 1.0, 0, 0.0],
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
        {"2024": part(["a", "b"], ["S1", "S2"], "school"), "2025": part(["c", "d"], ["S2", "S3"], "school")},
        Links(panel=True),
    )
    assert found["cluster"].tolist() == ["S1", "S2", "S2", "S3"]
    assert set(found["stratum"]) == {"all"}


def test_strata_that_changed_belong_to_their_wave() -> None:
    first, second = part(["a"], ["S1"], "school", "north"), part(["b"], ["S1"], "school", "south")
    found = pool.waves({"2024": first, "2025": second}, Links(panel=True))
    assert found["cluster"].tolist() == ["S1", "S1"]
    assert found["stratum"].tolist() == ["2024:north", "2025:south"]


def test_waves_without_a_school_in_common_were_drawn_apart() -> None:
    parts = {"2024": part(["a"], ["S1"], "school"), "2025": part(["b"], ["S2"], "school")}
    found = pool.waves(parts, Links(panel=True))
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


def crossing(wave: str, school: str, becomes: str, kind: str = "renamed") -> Crossing:
    since, because = "2024-09-01", "the register of schools"
    entry, wrong = read(
        Crossing,
        {"wave": wave, "school": school, "becomes": becomes, "since": since, "kind": kind, "because": because},
    )
    assert wrong == []
    return entry


def of_schools(years: dict[str, list[str]], cluster: str | None = "school") -> dict[str, pool.Part]:
    """A wave for each year, one response of each school; schools stand in the order of the response ids."""
    parts = {year: part([f"{year}{i}" for i in range(len(ids))], ids, cluster) for year, ids in years.items()}
    return {
        year: pool.Part(one.wide, one.scores, one.weights, one.wave.model_copy(update={"fielded": days(year)}))
        for year, one in parts.items()
    }


def days(year: str) -> list[datetime.date]:
    return [datetime.date(int(year), 3, 1), datetime.date(int(year), 4, 1)]


def linked(years: dict[str, list[str]], links: Links) -> dict[str, list[str]]:
    pooled = pool.waves(of_schools(years), links)
    assert pooled["cluster"].tolist() == pooled["school"].tolist()
    return {wave: schools.tolist() for wave, schools in pooled.groupby("wave")["school"]}


def test_equal_ids_are_not_one_school_unless_the_study_says_so() -> None:
    years = {"2024": ["S1", "S2"], "2025": ["S1", "S3"]}
    assert linked(years, Links()) == {"2024": ["2024:S1", "2024:S2"], "2025": ["2025:S1", "2025:S3"]}
    assert linked(years, Links(panel=True)) == {"2024": ["S1", "S2"], "2025": ["S1", "S3"]}


def test_only_the_schools_of_the_crosswalk_are_linked_without_a_panel() -> None:
    rows = [crossing("2024", "S1", "S9"), crossing("2024", "S2", "S2", "same")]
    found = linked({"2024": ["S1", "S2", "S3"], "2025": ["S9", "S2", "S3"]}, Links(False, rows))
    assert found == {"2024": ["S9", "S2", "2024:S3"], "2025": ["S9", "S2", "2025:S3"]}


def test_a_school_that_changed_twice_has_its_last_name_in_all_waves() -> None:
    rows = [crossing("2025", "B", "C", "new_number"), crossing("2024", "A", "B")]
    years = {"2024": ["A", "Z"], "2025": ["B", "Z"], "2026": ["C", "Z"]}
    assert linked(years, Links(False, rows)) == {
        "2024": ["C", "2024:Z"],
        "2025": ["C", "2025:Z"],
        "2026": ["C", "2026:Z"],
    }
    assert linked(years, Links(True, rows)) == {"2024": ["C", "Z"], "2025": ["C", "Z"], "2026": ["C", "Z"]}


def test_the_id_a_school_gave_up_is_another_school_later() -> None:
    found = linked({"2024": ["A"], "2025": ["A", "B"]}, Links(True, [crossing("2024", "A", "B", "new_number")]))
    assert found == {"2024": ["B"], "2025": ["A", "B"]}


def test_schools_that_swapped_their_ids_are_told_apart() -> None:
    rows = [crossing("2024", "A", "B", "new_number"), crossing("2024", "B", "A", "new_number")]
    assert linked({"2024": ["A", "B"], "2025": ["A", "B"]}, Links(True, rows)) == {
        "2024": ["B", "A"],
        "2025": ["A", "B"],
    }


def test_schools_that_merged_are_one_cluster_unless_drawn_from_two_strata() -> None:
    rows = [crossing("2024", "A", "C", "merged"), crossing("2024", "B", "C", "merged")]
    years = {"2024": ["A", "B"], "2025": ["C"]}
    assert linked(years, Links(True, rows)) == {"2024": ["C", "C"], "2025": ["C"]}
    parts = of_schools(years)
    parts["2024"].weights["stratum"] = pd.array(["north", "south"], dtype="string")
    pooled = pool.waves(parts, Links(True, rows))
    assert pooled["cluster"].tolist() == ["2024:A", "2024:B", "C"]
    assert pooled["school"].tolist() == ["C", "C", "C"]


def test_an_id_of_another_school_is_no_new_name() -> None:
    with pytest.raises(Problem) as told:
        linked({"2024": ["A", "B"], "2025": ["B"]}, Links(True, [crossing("2024", "A", "B")]))
    assert str(told.value) == (
        "crosswalk.csv: 1 problem\n"
        "  a school of wave 2024 is said to have another id later (renamed) that another school of the same wave has "
        "already; say 'merged' under kind, or give the other school a row too"
    )


def test_schools_found_again_are_counted_each_way() -> None:
    years = {"2024": [f"S{i}" for i in range(40)], "2025": [f"S{i}" for i in range(15, 45)]}
    links = Links(True, [crossing("2024", "S0", "S44")])
    pooled = pool.waves(of_schools(years), links)
    rows = pool.found_again(pooled, links, "town")
    told = [tuple(row) for row in rows[["sample", "term", "level", "estimate"]].itertuples(index=False)]
    assert told == [
        ("wave=2024", "matched", "2025", 26.0),
        ("wave=2024", "unmatched", "2025", 14.0),
        ("wave=2025", "matched", "2024", 26.0),
        ("wave=2025", "unmatched", "2024", 4.0),
    ]
    shown = contracts.ESTIMATES.conform(withhold.small_groups(rows, 10))
    assert shown["withheld"].ne("").tolist() == [False, False, True, True]
    assert contracts.ESTIMATES.conform(withhold.small_groups(rows, 0))["estimate"].tolist() == [26, 14, 26, 4]
    none = pool.found_again(pool.waves(of_schools(years)), Links(), "town")
    assert len(contracts.ESTIMATES.conform(withhold.small_groups(none, 10))) == 0


def test_a_school_that_sent_nothing_is_not_found_again() -> None:
    parts = of_schools({"2024": ["S1", "S2"], "2025": ["S1", "S2"]})
    parts["2025"].weights["answered"] = [True, False]
    rows = pool.found_again(pool.waves(parts, Links(panel=True)), Links(panel=True), "town")
    assert rows["estimate"].tolist() == [1.0, 1.0, 1.0, 0.0]
