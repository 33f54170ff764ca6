"""The study `school-organisation`: its exports hold what was drawn, of a panel, and what was planted is found."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import test_studies as shipped
from stemcareers import config, score, synthetic
from stemcareers.files import sha256
from stemcareers.synthetic.people import Drawing, Person

ROOT = Path(__file__).resolve().parents[1]
STUDY = "school-organisation"
SEED = config.project(ROOT / "config/project.yaml").seed
EXPORTS = {"2012-survey": "2012-survey.csv", "2013-followup": "2013-followup.xlsx"}
WAVES = list(EXPORTS)
RAW = ROOT / "data/raw" / STUDY


@pytest.fixture(scope="module")
def study() -> config.StudyConfig:
    return shipped.study(STUDY)


@pytest.fixture(scope="module")
def results() -> shipped.Results:
    return shipped.results(STUDY, shipped.exports(STUDY))


@pytest.fixture(scope="module")
def wide() -> dict[str, pd.DataFrame]:
    """The answers of each wave as they come out of the stages."""
    return {wave: part.wide for wave, (part, _) in shipped.stages(STUDY, shipped.exports(STUDY)).items()}


def by_person(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.set_index(["school", "role"]).sort_index()


# --- the exports -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wave", WAVES)
def test_the_committed_export_is_what_the_recipe_draws(study: config.StudyConfig, wave: str) -> None:
    path = RAW / EXPORTS[wave]
    assert synthetic.export(study, wave, SEED) == path.read_bytes()
    assert sha256(path) == study.waves[wave].export.sha256


@pytest.mark.parametrize("wave", WAVES)
def test_reading_back_gives_exactly_the_answers_drawn(
    study: config.StudyConfig, wide: dict[str, pd.DataFrame], wave: str
) -> None:
    """Every answer of everybody who counts, through reader and stages: codes as drawn, no answer as missing."""
    people = Drawing(study, wave, SEED).kept()
    rows = [{"school": f"S{p.school + 1:03d}", **p.answers} for p in people]
    drawn = by_person(pd.DataFrame(rows, dtype=object))
    read = by_person(wide[wave])
    assert list(read.index) == list(drawn.index) and len(read) == study.recipes[wave].responses
    compared = 0
    for item in set(study.items) - {"role", "comment"}:
        answers = study.answer_set(item)
        known = drawn[item].map(lambda a, s=answers: isinstance(a, int) and (a in s.codes or not s.is_categorical))
        inside = drawn[item].where(known).astype("float64")
        np.testing.assert_array_equal(read[item].to_numpy(float, na_value=np.nan), inside.to_numpy(), err_msg=item)
        compared += int(inside.notna().sum())
    assert compared > 7000


def test_the_survey_is_as_jisc_writes_it(study: config.StudyConfig) -> None:
    content = (RAW / EXPORTS["2012-survey"]).read_bytes()
    assert content.startswith(
        b"\xef\xbb\xbfUnique response number,Started,Completed,Email address,Username,School code"
    )
    assert content.endswith(b"\r\n") and content.count(b"\n") == content.count(b"\r\n") == 584
    header, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert "8.a. How far do you agree? - The senior team shares a vision of STEM careers learning" in header
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    assert {c["1. Do you agree that your answers may be used for research?"] for c in cells} == {"Yes", "No"}
    box = next(h for h in header if h.startswith("20.b."))
    assert {c[box] for c in cells} == {"", "STEMNET and its STEM Ambassadors"}
    assert {c[next(h for h in header if h.startswith("13."))] for c in cells} == {"", "Yes", "No"}
    assert [c["Completed"] == "" for c in cells].count(True) == 24
    assert {c["Email address"] for c in cells} == {""}
    numbers = [int(c["Unique response number"]) for c in cells]
    assert numbers == sorted(set(numbers))


def test_the_follow_up_is_a_workbook_that_excel_reads(study: config.StudyConfig) -> None:
    book = openpyxl.load_workbook(RAW / EXPORTS["2013-followup"])
    assert book.sheetnames == ["Interviews", "Codes"]
    sheet = book["Interviews"]
    assert sheet["A1"].value == "STEM careers learning one year on (follow-up of 2013, rebuilt): 2013"
    header = [cell.value for cell in sheet[3]]
    assert header[:7] == ["Interview", "Interviewed", "Interviewer", "School", "School name", "F2", "F3"]
    days = [row[1].value for row in sheet.iter_rows(min_row=4)]
    first, last = study.waves["2013-followup"].fielded
    assert len(days) == 517 and all(first <= day.date() <= last for day in days)
    activities = [cell.value for cell in sheet[openpyxl.utils.get_column_letter(header.index("F19") + 1)][3:]]
    assert [str(a) for a in activities if a is not None and not isinstance(a, int)] == ["2013-05-03 00:00:00"]
    assert ["F13", None, 0, "No"] in [[cell.value for cell in row] for row in book["Codes"].iter_rows()]


# --- the panel ---------------------------------------------------------------------------------------------


def test_schools_have_one_informant_of_a_kind_and_most_take_part_again(wide: dict[str, pd.DataFrame]) -> None:
    of_wave = {wave: frame.groupby("role")["school"].agg(["size", "nunique"]) for wave, frame in wide.items()}
    assert of_wave["2012-survey"].to_numpy().tolist() == [[160] * 2, [124] * 2, [138] * 2, [118] * 2]
    assert of_wave["2013-followup"].to_numpy().tolist() == [[148] * 2, [116] * 2, [130] * 2, [112] * 2]
    schools = [set(frame["school"]) for frame in wide.values()]
    assert schools[1] < schools[0] and len(schools[1]) == 148


def test_schools_stay_themselves(wide: dict[str, pd.DataFrame]) -> None:
    before, after = (by_person(frame) for frame in wide.values())
    both = before.index.intersection(after.index)
    for item in ("school_type", "ages"):
        assert (before.loc[both, item] == after.loc[both, item]).all()
    for item, least in (("lead_vision", 0.3), ("careers_in_science", 0.25), ("attainment", 0.8), ("itt_careers", 0.5)):
        pairs = pd.concat([before.loc[both, item], after.loc[both, item]], axis=1).astype("float64").dropna()
        assert pairs.corr().iloc[0, 1] > least, item


def test_the_flow_of_both_waves(study: config.StudyConfig, results: shipped.Results) -> None:
    flow = results.flow.set_index(["stage", "reason"])["n"]
    assert (flow["received", ""], flow["left_out", "no consent"], flow["left_out", "broke off"]) == (583, 17, 24)
    assert flow["left_out", "answered twice; the later answer counts"] == 2 and flow["kept", ""] == 540
    assert list(results.quarantine[["item", "answer"]].itertuples(index=False, name=None)) == [("attainment", "140")]
    facts = shipped.stages(STUDY, shipped.exports(STUDY))["2013-followup"][1]
    later = facts["flow"].set_index(["stage", "reason"])["n"]
    assert (later["received", ""], later["left_out", "broke off"], later["kept", ""]) == (517, 11, 506)
    refused = facts["quarantine"][["item", "answer"]].itertuples(index=False, name=None)
    assert list(refused) == [("activities", "2013-05-03")]  # 3-5, which Excel took for a day


# --- what is shown -----------------------------------------------------------------------------------------


def test_nobody_is_shown_in_a_group_under_ten_and_little_else_is_hidden(results: shipped.Results) -> None:
    shown = results.estimates[results.estimates["withheld"].eq("")]
    assert shown["n"].min() >= 10
    assert results.estimates["withheld"].ne("").mean() < 0.1
    assert results.estimates["synthetic"].all()


def test_the_answers_bear_out_every_sentence(results: shipped.Results) -> None:
    said = shipped.sentences(STUDY, results.estimates)
    assert "A year later, about 4 in 10 schools (29% to 49%) that had not commissioned guidance in 2012 did." in said
    assert not [sentence for sentence in said if "withheld" in sentence]


def test_moves_between_yes_and_no_are_named(study: config.StudyConfig) -> None:
    labels = config.Labels(study)
    assert labels.level("commissions", "0 -> 1") == "No, then Yes"
    assert labels.level("careers_award", "1 -> 0") == "Yes, then No"
    assert labels.level("wave", "2012-survey -> 2013-followup") == "2012 to 2013"


def test_what_changed_within_schools_is_found(results: shipped.Results) -> None:
    change = results.estimates[results.estimates["quantity"].eq("change")].set_index("outcome")
    assert change.loc["integration", "ci_low"] > 0 and change.loc["commissions", "ci_low"] > 0
    nothing_planted = change.loc[["enrichment", "with_employers"]]
    assert (nothing_planted["ci_low"] < 0).all() and (nothing_planted["ci_high"] > 0).all()
    assert change.loc["integration", "n"] == change.loc["integration", "n_schools"] == 123
    assert change.loc["priority", "n"] == change.loc["priority", "n_schools"] == 148


# --- what was planted --------------------------------------------------------------------------------------

FACTORS = ["leadership", "prior_experience", "careers_provision", "networks", "local_economy", "results"]
PLANTED = {"leadership", "prior_experience", "careers_provision", "networks"}


def population(study: config.StudyConfig, times: int) -> pd.DataFrame:
    """What the recipes give in so many times as many schools: the scores of both waves, as the study scores them."""
    found = []
    for wave in WAVES:
        recipe = study.recipes[wave]
        more = {code: n * times for code, n in recipe.informants.schools.items()}
        large = recipe.model_copy(
            update={
                "responses": recipe.responses * times,
                "schools": recipe.schools * times,
                "informants": recipe.informants.model_copy(update={"schools": more}),
                "flaws": recipe.flaws.model_copy(update={"outside": {}}),
            }
        )
        drawing = Drawing(dataclasses.replace(study, recipes={wave: large}), wave, SEED + 1)
        found.append(_scored(study, drawing.kept()).assign(wave=float(wave == WAVES[1])))
    return pd.concat(found, ignore_index=True)


def _scored(study: config.StudyConfig, people: list[Person]) -> pd.DataFrame:
    rows = [{"response": f"R{i}", "school": f"S{p.school}", **p.answers} for i, p in enumerate(people)]
    frame = pd.DataFrame(rows).drop(columns="comment")
    for item in set(study.items) - {"comment"}:
        answers = study.answer_set(item)
        values = frame[item].where(frame[item].isin(answers.codes) | (not answers.is_categorical))
        frame[item] = values.astype("Float64")
    scores = score.scales(frame, study.scales, study.items, study.answers)
    return frame.merge(scores, on="response")


def standardised_slopes(frame: pd.DataFrame) -> dict[str, float]:
    """Least squares of provision on the factors, structure and wave, in standard deviations, by plain algebra."""
    context = pd.DataFrame({"type": frame["school_type"].eq(2), "ages": frame["ages"].eq(2), "wave": frame["wave"]})
    whole = pd.concat([frame[["provision", *FACTORS]].astype("float64"), context.astype("float64")], axis=1).dropna()
    z = (whole - whole.mean()) / whole.std()
    slopes, *_ = np.linalg.lstsq(z.drop(columns="provision").to_numpy(), z["provision"].to_numpy(), rcond=None)
    return dict(zip(FACTORS, slopes, strict=False))


@pytest.mark.slow
def test_intervals_cover_what_was_planted(study: config.StudyConfig, results: shipped.Results) -> None:
    """What twelve times as many schools give lies in every factor's interval; what was planted has its sign."""
    truth = standardised_slopes(population(study, 12))
    rows = results.estimates.query("specification == 'adjusted' and outcome == 'provision'").set_index("term")
    for factor in FACTORS:
        assert rows.loc[factor, "ci_low"] < truth[factor] < rows.loc[factor, "ci_high"], factor
        if factor in PLANTED:
            assert truth[factor] > 0.05 and rows.loc[factor, "estimate"] > 0, factor
        else:
            assert abs(truth[factor]) < 0.05, factor
    assert max(truth, key=truth.__getitem__) == "leadership"
    assert rows.loc["leadership", "ci_low"] > 0.2


def test_leadership_is_told_by_one_person_and_provision_by_another(wide: dict[str, pd.DataFrame]) -> None:
    for frame in wide.values():
        told = frame[["lead_vision", "careers_in_science"]].notna()
        assert told.any().all() and not told.all(axis=1).any()


def test_estimates_use_one_row_a_school_and_wave(results: shipped.Results) -> None:
    models = results.fits[results.fits["specification"].isin(["adjusted", "in-points"])]
    assert len(models) == 6 and models["n"].max() <= 138 + 130
    assert (models["n"] < 2 * models["n_schools"]).all()
