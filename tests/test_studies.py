"""The studies the project ships: they load, nothing in them is idle, and their answers bear out what pages say."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest
from stemcareers import (
    clean,
    compare,
    config,
    contracts,
    estimate,
    harmonise,
    ingest,
    pool,
    score,
    synthesise,
    weight,
    withhold,
)
from stemcareers.report import findings

ROOT = Path(__file__).resolve().parents[1]
ENGLAND, PISA = "stem-provision-england", "pisa"
SCHOOLS, BENCHMARKS, SCOTLAND = "school-organisation", "benchmarks-england", "clpl-scotland"  # with tests of their own
STUDIES = config.study_ids(ROOT)


class Results(NamedTuple):
    """What a study's stages make of its one wave."""

    flow: pd.DataFrame
    quarantine: pd.DataFrame
    estimates: pd.DataFrame
    fits: pd.DataFrame
    reliability: pd.DataFrame


Exports = tuple[tuple[str, Path], ...]


@cache
def study(name: str) -> config.StudyConfig:
    return config.everything(name, ROOT)


def exports(name: str) -> Exports:
    """The exports of a study that come with the project, by wave."""
    return tuple((wave, ROOT / "data/raw" / name / its.export.file) for wave, its in study(name).waves.items())


@cache
def stages(name: str, exports: Exports) -> dict[str, tuple[pool.Part, dict[str, pd.DataFrame]]]:
    """The stages of each wave of a study by plain calls, as rules make them: its part of the pool, and facts."""
    whole = study(name)
    return {wave: _of_wave(whole, wave, export) for wave, export in exports}


def _of_wave(whole: config.StudyConfig, wave_id: str, export: Path) -> tuple[pool.Part, dict[str, pd.DataFrame]]:
    wave, items, answers = whole.waves[wave_id], whole.items, whole.answers
    instrument = whole.instruments[wave.instrument]
    read = ingest.responses(export, wave, instrument, items, answers, wave_id)
    responses, quarantine = contracts.INGESTED.conform(read.responses), contracts.QUARANTINE.conform(read.quarantine)
    kept = clean.responses(responses, quarantine, wave, items, answers, "the wave")
    cleaned, flow = contracts.CLEANED.conform(kept.responses), contracts.FLOW.conform(kept.flow)
    done = harmonise.answers(cleaned, quarantine, flow, wave, instrument, items, answers, whole.study.context)
    wide = contracts.WIDE.conform(done.wide)
    level = config.project(ROOT / "config/project.yaml").confidence_level
    about = {"study": whole.id, "wave": wave_id, "synthetic": wave.synthetic, "confidence_level": level}
    reliability = contracts.ESTIMATES.conform(score.reliability(wide, whole.scales, items, answers, **about))
    scores = contracts.SCORED.conform(score.scales(wide, whole.scales, items, answers))
    weights = contracts.WEIGHTED.conform(weight.responses(cleaned, wave, "the wave"))
    facts = {"flow": contracts.FLOW.conform(done.flow), "quarantine": quarantine, "reliability": reliability}
    return pool.Part(wide=wide, scores=scores, weights=weights, wave=wave), facts


@cache
def results(name: str, exports: Exports) -> Results:
    """A study's waves by plain calls; its specifications, and the facts of the first wave."""
    whole, project = study(name), config.project(ROOT / "config/project.yaml")
    done = stages(name, exports)
    links = config.Links(whole.study.panel, whole.crosswalk)
    pooled = contracts.POOLED.conform(pool.waves({wave_id: part for wave_id, (part, _) in done.items()}, links))
    limit = withhold.limit(whole.study, project)
    tables = {
        specification: estimate.specification(
            pooled,
            entry,
            config.Vocabulary(whole.items, whole.answers, whole.scales),
            study=name,
            name=specification,
            confidence_level=project.confidence_level,
            limit=limit,
            seed=project.seed,
            of=whole.specifications.get(entry.of or ""),
        )
        for specification, entry in whole.specifications.items()
    }
    shown = [
        estimate.with_agreement(withhold.small_groups(table, limit), whole.specifications[specification])
        for specification, (table, _) in tables.items()
    ]
    estimates = contracts.ESTIMATES.conform(pd.concat(shown, ignore_index=True))
    fits = [withhold.fits(table, limit) for _, table in tables.values()]
    fits = contracts.FITS.conform(pd.concat(fits, ignore_index=True))
    _, facts = next(iter(done.values()))
    return Results(facts["flow"], facts["quarantine"], estimates, fits, facts["reliability"])


@pytest.fixture(scope="session")
def england() -> Results:
    return results(ENGLAND, tuple((wave, ROOT / "data/raw" / ENGLAND / f"{wave}.csv") for wave in ("2024", "2021")))


@pytest.fixture(scope="session")
def pisa(pisa_school_file) -> Results:
    later = pisa_school_file.with_name("pisa2009_school.sav")
    if not later.is_file():
        pytest.skip(f"{later.name} is not beside {pisa_school_file.name}")
    return results(PISA, (("2006", pisa_school_file), ("2009", later)))


def one(table: pd.DataFrame, **keys: str) -> pd.Series:
    """The one row of a table with these values."""
    for name, value in keys.items():
        table = table[table[name].eq(value)]
    assert len(table) == 1, f"{len(table)} rows: {keys}"
    return table.iloc[0]


# --- config ------------------------------------------------------------------------------------------------


def test_everything_shipped_loads_and_holds_together():
    project, studies = config.project_or_problems(ROOT, ROOT / "notebooks")
    assert project.smallest_group == 10
    assert sorted(studies) == [BENCHMARKS, SCOTLAND, PISA, SCHOOLS, ENGLAND]
    assert [name for name in studies if not studies[name].synthetic] == [PISA]
    assert studies[PISA].study.public_answers is not None
    assert studies[ENGLAND].study.public_answers is None


@pytest.mark.parametrize("name", STUDIES)
def test_nothing_is_idle(name):
    """Every item, scale, specification, figure and table is used somewhere."""
    whole = study(name)
    shown = set().union(*(config.specifications_of(report, whole) for report in whole.reports.values()))
    shown |= set(config.synthesis(ROOT / "config" / "synthesis.yaml").specifications(name))
    shown |= {number.specification for number in whole.published.values()}  # held against what others printed
    assert set(whole.specifications) - shown == set()
    assert set(whole.figures) == set().union(*(report.figures() for report in whole.reports.values()))
    assert set(whole.tables) == set().union(*(report.tables() for report in whole.reports.values()))
    asked = set().union(*(i.columns().values() for i in whole.instruments.values()))
    assert asked == set(whole.items)
    used = set()
    for entry in whole.specifications.values():
        used |= {*entry.outcome, *entry.factors, *entry.context, *entry.between}
    # scales of several items are shown with their reliability on the page of measures, with what they reproduce
    used |= {entry.reproduces.scale for entry in whole.scales.values() if entry.reproduces is not None}
    assert {scale for scale, entry in whole.scales.items() if len(entry.items) == 1} - used == set()


@pytest.mark.parametrize("name", STUDIES)
def test_every_question_is_answered_by_a_page_and_says_whom_it_rests_on(name):
    whole = study(name)
    asked = {section.asks for report in whole.reports.values() for section in report.sections}
    assert asked == set(whole.study.asks)
    for report in whole.reports.values():
        assert bool(report.sections) == (2 <= len(report.summary) <= 5)


@pytest.mark.parametrize("name", STUDIES)
def test_words_claim_no_effect(name):
    """An association is never called an effect, in anything a reader sees."""
    folder = ROOT / "config/studies" / name
    across = ROOT / "config" / "synthesis.yaml"
    for path in [*folder.glob("*/*.yaml"), folder / "study.yaml", folder / "scales.yaml", across]:
        text = path.read_text(encoding="utf-8").lower()
        for key in ("marginal_effect", "{effect"):  # statistics' own word, which config says and no reader sees
            text = text.replace(key, "")
        for word in ("effect", "impact", "leads to more", "causes", "significant"):
            assert word not in text, f"{path.name}: {word}"


# --- the made-up study -------------------------------------------------------------------------------------


def test_england_flow(england):
    flow = england.flow.set_index(["stage", "reason"])["n"]
    assert flow["received", ""] == 238
    assert flow["left_out", "preview or test"] == 12
    assert flow["left_out", "no consent"] == 14
    assert flow["left_out", "broke off"] == 23
    assert flow["left_out"].sum() == 50
    assert flow["kept", ""] == 188
    assert list(england.quarantine[["item", "answer"]].itertuples(index=False, name=None)) == [("lead_governors", "6")]


def test_england_published_numbers_come_out_of_the_whole_pipeline(england):
    level = config.project(ROOT / "config/project.yaml").confidence_level
    compared = compare.published(study(ENGLAND), england.estimates, level)
    # How many responded is a fact of the wave, and these estimates are those of specifications.
    compared = compared[compared["id"].ne("respondents")]
    assert compared["verdict"].value_counts().to_dict() == {"reproduced": 18, "cannot be computed": 16}
    others = compared.loc[compared["verdict"].eq("cannot be computed"), "id"]
    assert others.str.startswith(("school-report-", "sutton-", "tracker-")).all(), "other surveys, and young people"
    shares = compared[compared["unit"].eq("%") & compared["rebuilt"].notna()].set_index("id")
    assert len(shares) == 18
    assert shares.index[shares["verdict"].ne("reproduced")].empty


def test_england_models_find_what_was_planted(england):
    leadership = one(england.estimates, specification="adjusted", outcome="provision", term="leadership")
    assert leadership["ci_low"] > 0
    assert leadership["role"] == "leadership_factor" and leadership["synthetic"]
    travel = one(england.estimates, specification="barriers-by-meals", outcome="barrier_travel")
    assert travel["ci_low"] > 0


def test_england_finds_of_2021_what_was_published(england):
    meals = one(england.estimates, specification="access-by-meals", outcome="access_technology")
    assert meals["ci_low"] > 0 and round(meals["estimate"], 2) == 0.33  # 68 and 36 per cent, before they were rounded
    assert meals["n"] == 260


def test_england_puts_no_question_of_2021_beside_one_of_2024():
    """Nothing is known to be the same in both but who answered; all else is about one of the two."""
    whole = study(ENGLAND)
    both = [name for name in whole.specifications if len(config.waves_of(name, whole)) != 1]
    assert set(both) == {"asked-in-both", "respondents", "respondents-change"}
    told = {scale for name in both if name != "asked-in-both" for scale in whole.specifications[name].outcome}
    assert {item for scale in told for item in whole.scales[scale].items} == {"role"}
    asked = [set(instrument.columns().values()) for instrument in whole.instruments.values()]
    assert (
        set.intersection(*asked) == set(whole.specifications["asked-in-both"].outcome) == {"role", "phase", "fsm_half"}
    )


def test_england_scales_are_reliable_enough_to_show(england):
    alpha = england.reliability[england.reliability["quantity"].eq("reliability")].set_index("outcome")["estimate"]
    assert 0.75 < alpha["leadership"] < 0.85
    assert 0.75 < alpha["provision"] < 0.85


def test_england_shows_nobody_in_a_group_under_ten_and_hides_little_else(england):
    shown = england.estimates[england.estimates["withheld"].eq("")]
    assert shown["n"].min() >= 10
    assert england.estimates["withheld"].ne("").mean() < 0.1
    assert england.estimates["synthetic"].all()


def sentences(name: str, estimates: pd.DataFrame) -> list[str]:
    """Every sentence of every page; a guard that no longer holds raises."""
    whole = study(name)
    labels = config.Labels(whole)
    return [
        findings.sentence(finding, estimates, labels, str(report.parameters.get("sample", "all")), "the page").text
        for report in whole.reports.values()
        for finding in report.findings()
    ]


def test_england_answers_bear_out_every_sentence(england):
    said = sentences(ENGLAND, england.estimates)
    assert "Lack of funding is one for 46% of respondents (39% to 53%)." in said
    assert not [sentence for sentence in said if "withheld" in sentence]


# --- the real study ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_pisa_flow(pisa):
    flow = pisa.flow.set_index(["stage", "reason"])["n"]
    assert (flow["received", ""], flow["left_out", "sent no questionnaire"], flow["kept", ""]) == (14365, 377, 13988)
    assert pisa.quarantine.empty


@pytest.mark.slow
def test_pisa_bears_out_the_oecd_s_indices(pisa):
    """Scores from answers, and the OECD's scale: mean 0 and standard deviation 1, each country counting the same."""
    known = pd.concat([pisa.estimates, pisa.reliability], ignore_index=True)
    compared = compare.published(study(PISA), known, 0.95).set_index("id")
    assert not compared["synthetic"].any()
    assert compared["verdict"].value_counts().to_dict() == {"reproduced": 18, "within sampling error": 9}
    of_2009 = compared[compared.index.str.endswith("-2009")]
    assert len(of_2009) == 12 and of_2009["verdict"].eq("reproduced").all()
    schools = one(pisa.estimates, specification="oecd-scale", outcome="science_promotion")
    assert schools["ci_high"] < 0, "over schools it is no mean of 0: what counts pupils is what comes out"


def test_pisa_reference_models_equal_r(pisa):
    """R 4.2.2, survey 4.1: svyglm on the United Kingdom's schools, strata STRATUM, weights W_FSCHWT.

    R's design holds all 502 schools, and so does ours: those that sent no questionnaire are still sampled.
    """
    linear = {
        "intercept": (-1.7611607115694, 1.01869551016332),
        "log_size": (0.301292979060708, 0.149386076452861),
        "private": (0.382873052159948, 0.276723844530262),
        "curriculum_autonomy": (0.0245823245522441, 0.103378722325549),
        "resource_autonomy": (0.0622922055160441, 0.0880455635454033),
        "teacher_shortage": (-0.0251957325049345, 0.0768231565554647),
        "resources": (0.0541968324136139, 0.0778049888092801),
    }
    logit = {
        "intercept": (-1.80797362861795, 3.93221177925126),
        "log_size": (0.775827682118461, 0.627047438473518),
        "private": (3.56175408199743, 1.11820569034406),
        "curriculum_autonomy": (-0.960388659816782, 0.517534250075711),
        "teacher_shortage": (0.451008464174919, 0.310530782922789),
    }
    for specification, known, n, close in (
        ("autonomy-uk", linear, 448, 1e-8),
        ("guidance-scheduled-uk", logit, 443, 1e-6),
    ):
        for term, (value, error) in known.items():
            row = one(pisa.estimates, specification=specification, term=term, quantity="coefficient")
            assert row["estimate"] == pytest.approx(value, rel=close), term
            assert row["std_error"] == pytest.approx(error, rel=close), term
            assert row["n"] == n
    assert one(pisa.fits, specification="autonomy-uk")["design_df"] == 433
    assert one(pisa.fits, specification="guidance-scheduled-uk")["design_df"] == 430


@pytest.mark.slow
def test_pisa_schools_in_countries_are_those_of_lme4(pisa):
    """R 4.2, lme4 1.1: `lmer(careers_activities ~ counsellor + ... + (1 | country))` on the same schools."""
    known = {
        "counsellor": (0.866800140, 0.689772620),
        "business_voice": (9.778346597, 0.454345104),
        "accountability": (1.609274874, 0.231911578),
    }
    name = {"specification": "mixed-oecd", "outcome": "careers_activities"}
    for term, numbers in known.items():
        row = one(pisa.estimates, **name, term=term, quantity="coefficient")
        assert (row["estimate"], row["std_error"]) == pytest.approx(numbers, rel=2e-6), term
    for quantity, value in (("group_variance", 204.982271), ("residual_variance", 441.206633)):
        assert one(pisa.estimates, **name, quantity=quantity)["estimate"] == pytest.approx(value, rel=2e-6)
    fit = one(pisa.fits, **name)
    assert (fit["n"], fit["n_schools"]) == (6044, 27)
    assert fit["log_likelihood"] == pytest.approx(-27025.2393, rel=1e-8)
    # lme4 stops 1e-4 from the maximum of the model with slopes; ours is a little higher.
    slopes = {"specification": "mixed-slopes-oecd", "quantity": "group_variance"}
    assert one(pisa.estimates, **slopes, term="business_voice")["estimate"] == pytest.approx(12.1541224, rel=1e-4)


@pytest.mark.slow
def test_pisa_imputed_model_has_the_schools_that_the_complete_cases_lose(pisa):
    name = {"specification": "imputed-uk", "outcome": "careers_activities"}
    assert one(pisa.fits, **name, term="")["n"] == 462
    assert one(pisa.fits, **name, term="complete cases")["n"] == 390
    plain = pisa.estimates[pisa.estimates["specification"].eq("adjusted-uk")]
    plain = plain[plain["outcome"].eq("careers_activities") & plain["quantity"].eq("coefficient")]
    beside = pisa.estimates[pisa.estimates["quantity"].eq("coefficient_complete_cases")]
    beside = beside[beside["outcome"].eq("careers_activities")]
    assert beside["estimate"].tolist() == pytest.approx(plain["estimate"].tolist(), rel=1e-12)


@pytest.mark.slow
def test_pisa_nations_are_told_apart(pisa):
    means = pisa.estimates[pisa.estimates["specification"].eq("by-country")]
    n = {code: one(means, sample=f"nation={code}", outcome="science_promotion")["n"] for code in (1, 2)}
    assert n == {1: 158, 2: 85}
    france = one(means, sample="country=250", outcome="science_promotion")
    assert france["withheld"] and pd.isna(france["estimate"])


@pytest.mark.slow
def test_pisa_countries_without_a_response_in_use_are_left_out_of_the_model(pisa):
    """Nobody answered in France, public or private was not asked in Australia, business influence not in Poland."""
    rows = pisa.estimates[pisa.estimates["specification"].eq("adjusted-oecd") & pisa.estimates["term"].eq("country")]
    compared = set(rows[rows["quantity"].eq("coefficient")]["level"])
    members = {"250", "36", "616"}  # France, Australia, Poland
    assert compared & {*members, "76", "826"} == set()  # nor Brazil, a partner, nor the reference
    assert len(compared) == 26
    note = study(PISA).figures["factors-science-oecd"].note
    assert note is not None and "Australia, Poland and France are not in the model" in note


@pytest.mark.slow
def test_pisa_answers_bear_out_every_sentence(pisa):
    said = sentences(PISA, pisa.estimates)
    assert (
        "Career guidance was scheduled, rather than left to students to seek, in about 9 in 10 schools that had it "
        "(86% to 96%)."
    ) in said
    assert not pisa.estimates["synthetic"].any()


@pytest.mark.slow
def test_the_readme_says_what_pisa_says(pisa):
    """Every sentence of the findings in README.md is one the pipeline writes."""
    whole, labels = study(PISA), config.Labels(study(PISA))
    report = whole.reports["provision-oecd"]
    sample = str(report.parameters["sample"])
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    for finding in report.summary:
        assert findings.sentence(finding, pisa.estimates, labels, sample, "README.md").text in readme


@pytest.mark.slow
def test_the_readme_says_what_the_synthesis_says(pisa):
    """Every average of the paragraph on all studies is one that comes out of PISA's countries."""
    across = config.synthesis(ROOT / "config" / "synthesis.yaml")
    level = config.project(ROOT / "config/project.yaml").confidence_level
    rows = synthesise.evidence(across, {PISA: pisa.estimates}, level)
    averages = rows[rows["kind"].eq("average") & rows["held"].eq("constant")]
    told = {
        f"{float(row['estimate']):.2f}, {float(row['ci_low']):.2f} to {float(row['ci_high']):.2f}": row
        for row in averages.to_dict("records")
    }
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    paragraph = readme.partition("Across the studies (")[2].partition("These are associations")[0]
    said = re.findall(r"\((\d\.\d+)(?: standard deviations)?, (\d\.\d+) to (\d\.\d+)[;)]", paragraph)
    assert len(said) == 3
    named = [told[f"{estimate}, {low} to {high}"] for estimate, low, high in said]
    assert [row["feature"] for row in named] == ["business", "scheduled", "leadership"]
    assert f"the same way in {int(named[0]['same_side'])} of {int(named[0]['samples'])} countries" in paragraph
    assert {f"over {int(row['samples'])} countries" in paragraph.lower() for row in named} == {True}
