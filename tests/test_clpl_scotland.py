"""The study `clpl-scotland`: three waves in two formats, what was planted is found, and only what is alike compared."""

from __future__ import annotations

import csv
import statistics
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import test_studies as shipped
from stemcareers import compare, config, tabulate
from stemcareers.synthetic.people import Drawing

ROOT = Path(__file__).resolve().parents[1]
STUDY = "clpl-scotland"
SEED = config.project(ROOT / "config/project.yaml").seed
WAVES = ("2017", "2019", "2021")
DISCIPLINES = ("science", "technologies", "engineering", "mathematics")


@pytest.fixture(scope="module")
def study() -> config.StudyConfig:
    return shipped.study(STUDY)


@pytest.fixture(scope="module")
def results() -> shipped.Results:
    return shipped.results(STUDY, shipped.exports(STUDY))


@pytest.fixture(scope="module")
def stages() -> dict[str, tuple[pd.DataFrame, dict[str, pd.DataFrame]]]:
    found = shipped.stages(STUDY, shipped.exports(STUDY))
    return {wave: (part.wide, facts) for wave, (part, facts) in found.items()}


# --- the exports -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("wave", "kept", "broke_off"), [("2017", 1200, 64), ("2019", 900, 41), ("2021", 1100, 52)])
def test_flow(stages, wave: str, kept: int, broke_off: int) -> None:
    _, facts = stages[wave]
    flow = facts["flow"].set_index(["stage", "reason"])["n"]
    assert (flow["received", ""], flow["left_out", "broke off"]) == (kept + broke_off, broke_off)
    assert (flow["left_out"].sum(), flow["kept", ""]) == (broke_off, kept)
    assert facts["quarantine"]["item"].tolist() == ["years"]


@pytest.mark.parametrize("wave", WAVES)
def test_reading_back_gives_exactly_the_answers_drawn(study: config.StudyConfig, stages, wave: str) -> None:
    """Every answer of everybody who counts, as often as it was drawn, and together with the sector and the role."""
    people = Drawing(study, wave, SEED).kept()
    wide, _ = stages[wave]
    for item in study.recipes[wave].items:
        answers = study.answer_set(item)
        if answers.kind == "text":
            continue
        drawn = [p.answers[item] for p in people]
        known = [
            a if isinstance(a, int) and (not answers.is_categorical or a in answers.codes) else None for a in drawn
        ]
        beside = [(p.answers["role"], p.answers["sector"] or 0) for p in people]
        read = [None if pd.isna(a) else int(a) for a in wide[item]]
        there = zip(wide["role"].astype(int), wide["sector"].astype("Int64").fillna(0).astype(int), strict=True)
        assert sorted(map(str, zip(known, beside, strict=True))) == sorted(map(str, zip(read, there, strict=True))), (
            item
        )


def test_technicians_are_not_asked_what_only_practitioners_are(stages) -> None:
    for wave, (wide, _) in stages.items():
        technicians = wide[wide["role"].eq(2)]
        assert len(technicians) > 90
        asked = ["sector", "confidence_stem"] if wave == "2017" else ["sector", "access", "confidence_engineering"]
        assert technicians[asked].isna().all(axis=None)
        assert technicians["barrier_funding"].notna().all()


# --- published numbers -------------------------------------------------------------------------------------


def published(study: config.StudyConfig, unit: str) -> list[tuple[str, dict[str, str]]]:
    rows = csv.DictReader((ROOT / "config/studies" / STUDY / "published.csv").open(encoding="utf-8"))
    return [(row["id"].rpartition("-")[2], row) for row in rows if row["unit"] == unit]


def test_published_percentages_come_out_of_the_whole_pipeline(study, results: shipped.Results) -> None:
    figures = published(study, "%")
    assert len(figures) == 3
    for wave, figure in figures:
        row = shipped.one(
            results.estimates, specification=f"practitioners-{wave}", sample="all", outcome=figure["item"]
        )
        places = len(figure["value"].partition(".")[2])
        assert abs(100 * row["estimate"] - float(figure["value"])) <= 0.5 * 10**-places + 0.05, figure["id"]


def test_barriers_of_2017_stand_in_the_published_order(study, results: shipped.Results) -> None:
    shares = results.estimates[results.estimates["specification"].eq("everybody-2017")]
    shares = shares[
        shares["sample"].eq("role=1") & shares["outcome"].str.startswith("barrier_") & shares["level"].eq("1")
    ]
    order = shares.sort_values("estimate", ascending=False)["outcome"].tolist()
    places = {figure["item"]: int(figure["value"]) for _, figure in published(study, "place")}
    assert len(order) == 7 and places == {item: place for place, item in enumerate(order[:4], start=1)}


def test_every_published_number_is_reproduced(study, results: shipped.Results) -> None:
    compared = compare.published(study, results.estimates, 0.95)
    assert compared["verdict"].value_counts().to_dict() == {"reproduced": 7}


# --- what was planted --------------------------------------------------------------------------------------


def standardised(values: list[float | None]) -> np.ndarray:
    """Mean 0 and variance 1, what is missing at the mean: how answers enter the tendency to others."""
    known = np.array([np.nan if v is None else v for v in values], dtype=float)
    return np.nan_to_num((known - np.nanmean(known)) / np.nanstd(known))


def expected(study: config.StudyConfig, wave: str) -> pd.DataFrame:
    """Each practitioner, and the confidence that the recipe expects of them, worked out here.

    The tendency to more confidence is normal with variance 1; what it goes with moves its mean. The answers of a
    sector are cut where its shares say.
    """
    items, people = study.recipes[wave].items, Drawing(study, wave, SEED).kept()
    scores = {
        "mentor": standardised([{2: 0, 1: 1}.get(p.answers["mentor"]) for p in people]),
        "peers": standardised([{1: 0, 2: 1, 3: 2}.get(p.answers["peers"]) for p in people]),
        "years": standardised([a if isinstance(a := p.answers["years"], int) else None for p in people]),
    }
    normal, rows = statistics.NormalDist(), []
    for i, person in enumerate(people):
        answers = person.answers
        years = answers["years"] if isinstance(answers["years"], int) else None
        if answers["role"] != 1 or years is None or {answers["mentor"], answers["peers"], answers["partner"]} & {8}:
            continue
        means = []
        for discipline in DISCIPLINES:
            draw = items[f"confidence_{discipline}"]
            known = {name: draw.goes_with[name] for name in scores}
            mean = sum(r * scores[name][i] for name, r in known.items())
            spread = (1 - sum(r * r for r in known.values())) ** 0.5
            total, below = 1.0, 0.0
            for share in list(draw.shares_by["sector"][answers["sector"]].values())[:-1]:
                below += share / 100
                total += 1 - normal.cdf((normal.inv_cdf(below) - mean) / spread)
            means.append(total)
        about = {"has_mentor": answers["mentor"] == 1, "peers_share": answers["peers"] == 3}
        about |= {"has_partner": answers["partner"] == 1, "years": years, "later": wave == "2021"}
        about |= {f"sector {code}": answers["sector"] == code for code in (2, 3, 4)}
        about |= {f"rurality {code}": answers["rurality"] == code for code in (2, 3)}
        rows.append({"expected": statistics.fmean(means), **about})
    return pd.DataFrame(rows).astype(float)


def test_support_and_confidence_go_together_as_strongly_as_was_planted(study, results: shipped.Results) -> None:
    """The model's intervals hold the coefficients of what the recipe expects, and tell the planted from nothing."""
    frame = pd.concat([expected(study, "2019"), expected(study, "2021")])
    terms = frame.drop(columns="expected").assign(intercept=1.0)
    truth = dict(
        zip(terms, np.linalg.lstsq(terms.to_numpy(), frame["expected"].to_numpy(), rcond=None)[0], strict=True)
    )
    found = {}
    for term in ("has_mentor", "peers_share", "has_partner"):
        found[term] = shipped.one(
            results.estimates, specification="support-adjusted", outcome="confidence", term=term, quantity="coefficient"
        )
        assert found[term]["ci_low"] < truth[term] < found[term]["ci_high"], term
    assert truth["has_mentor"] > 0.25 and found["has_mentor"]["ci_low"] > 0
    assert truth["peers_share"] > 0.1 and found["peers_share"]["ci_low"] > 0
    assert abs(truth["has_partner"]) < 0.05


def test_other_planted_differences_are_found(results: shipped.Results) -> None:
    of_role = results.estimates[results.estimates["specification"].eq("role")]
    assert shipped.one(of_role, outcome="barrier_offer")["ci_low"] > 0
    assert shipped.one(of_role, outcome="barrier_awareness")["ci_low"] > 0
    assert shipped.one(of_role, outcome="barrier_workload")["ci_high"] < 0
    distance = shipped.one(results.estimates, specification="countryside", outcome="barrier_distance", level="3")
    assert distance["ci_low"] > 0.1
    for discipline in DISCIPLINES:
        change = shipped.one(results.estimates, specification="change", sample="all", outcome=f"confident_{discipline}")
        assert change["ci_low"] > 0


# --- comparisons -------------------------------------------------------------------------------------------


def test_only_what_was_asked_alike_is_compared_between_waves(study: config.StudyConfig) -> None:
    asked = {w: set(study.instruments[its.instrument].columns().values()) for w, its in study.waves.items()}
    compared = 0
    for entry in study.specifications.values():
        if "wave" not in [*entry.between, *entry.context]:
            continue
        waves = entry.waves or list(study.waves)
        for variable in entry.variables():
            items = study.scales[variable].items if variable in study.scales else [variable]
            for item in [i for i in items if i != "wave"]:
                assert all(item in asked[w] for w in waves), (variable, item)
                compared += 1
        if "2017" in waves:
            # whom 2017 asked: no sample of all, which later holds a sector more
            assert set(entry.samples) <= {"sector=1", "sector=2", "sector=3", "role=2"}
    assert compared > 20
    assert "confidence_stem" not in asked["2019"] | asked["2021"]


def test_schools_are_other_ones_in_each_wave(stages) -> None:
    schools = [set(wide["school"]) for wide, _ in stages.values()]
    assert [len(s) for s in schools] == [520, 430, 500]
    assert not schools[0] & schools[1] and not schools[1] & schools[2] and not schools[0] & schools[2]


# --- what is shown -----------------------------------------------------------------------------------------


def test_nobody_is_shown_in_a_group_under_ten_and_little_else_is_hidden(results: shipped.Results) -> None:
    shown = results.estimates[results.estimates["withheld"].eq("")]
    assert shown["n"].min() >= 10
    assert results.estimates["withheld"].ne("").mean() < 0.05
    assert results.estimates["synthetic"].all()


def test_the_answers_bear_out_every_sentence(results: shipped.Results) -> None:
    said = shipped.sentences(STUDY, results.estimates)
    assert (
        "About 4 in 10 practitioners (39% to 45%) found STEM professional learning easy or very easy to get in 2020/21."
    ) in said
    assert not [sentence for sentence in said if "withheld" in sentence]


def test_a_wave_is_compared_with_the_first_that_the_specification_is_about(study, results: shipped.Results) -> None:
    """2017 asked neither question, and is no reference of either."""
    labels = config.Labels(study)
    for name, said in (("change", "Wave: 2020/21 (vs 2018/19)"), ("support", "Wave: 2020/21 (reference: 2018/19)")):
        entry = study.tables[name]
        tables = [t[t["specification"].isin(entry.specifications)] for t in (results.estimates, results.fits)]
        text = tabulate.fragment(tabulate.table(entry, *tables, labels, 0.95))
        assert said in text and "2017)" not in text.replace("2017 to 2021)", "")
