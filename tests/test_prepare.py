"""From the export to the analysis table: every number of the pooled table is that of the export."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from stemcareers import clean, config, contracts, harmonise, ingest, pool, score, weight

ROOT = Path(__file__).parents[1]


class Prepared(NamedTuple):
    """Every table of one wave."""

    study: config.StudyConfig
    ingested: ingest.Ingested
    cleaned: clean.Cleaned
    harmonised: harmonise.Harmonised
    scores: pd.DataFrame
    reliability: pd.DataFrame
    pooled: pd.DataFrame


def prepared(study_id: str, wave_id: str, export: Path) -> Prepared:
    study = config.everything(study_id, ROOT)
    wave = study.waves[wave_id]
    form = study.instruments[wave.instrument]
    read = ingest.responses(export, wave, form, study.items, study.answers, wave_id)
    contracts.INGESTED.conform(read.responses)
    contracts.QUARANTINE.conform(read.quarantine)
    clean.within_limit(read.quarantine, read.responses, wave, "ingested", "quarantine")
    kept = clean.responses(read.responses, read.quarantine, wave, study.items, study.answers, "wave")
    responses = contracts.CLEANED.conform(kept.responses)
    context = study.study.context
    done = harmonise.answers(responses, read.quarantine, kept.flow, wave, form, study.items, study.answers, context)
    wide = contracts.WIDE.conform(done.wide)
    contracts.LONG.conform(done.long)
    scores = contracts.SCORED.conform(score.scales(wide, study.scales, study.items, study.answers))
    reliability = score.reliability(
        wide,
        study.scales,
        study.items,
        study.answers,
        study=study_id,
        wave=wave_id,
        synthetic=wave.synthetic,
        confidence_level=0.95,
    )
    weights = contracts.WEIGHTED.conform(weight.responses(responses, wave))
    pooled = pool.waves({wave_id: pool.Part(wide, scores, weights, wave)})
    return Prepared(study, read, kept, done, scores, reliability, pooled)


@pytest.fixture(scope="module")
def pisa(pisa_school_file: Path) -> Prepared:
    return prepared("pisa", "2006", pisa_school_file)


@pytest.fixture(scope="module")
def in_the_file(pisa_school_file: Path) -> pd.DataFrame:
    """All schools that were drawn, as pyreadstat gives them with declared missing codes blank; by school."""
    import pyreadstat

    frame, _ = pyreadstat.read_sav(pisa_school_file)
    frame.index = frame["CNT"] + "-" + frame["SCHOOLID"].astype(int).astype(str)
    return frame.sort_index()


def test_the_schools_of_pisa_are_all_accounted_for(pisa: Prepared, in_the_file: pd.DataFrame) -> None:
    steps = pisa.cleaned.flow.set_index(["stage", "reason"])["n"]
    assert steps["received", ""] == 14_365
    assert steps["left_out", "sent no questionnaire"] == 377
    assert steps["kept", ""] == 13_988
    assert pisa.pooled["response"].tolist() == in_the_file.index.tolist()
    assert pisa.pooled["answered"].tolist() == in_the_file["NONRESP"].eq(0).tolist()
    assert not len(pisa.ingested.quarantine)


def test_every_answer_of_pisa_is_that_of_the_file(pisa: Prepared, in_the_file: pd.DataFrame) -> None:
    questions = pisa.study.instruments["school-2006"].questions
    compared = 0
    for column, question in questions.items():
        if question.codes:
            continue
        file = in_the_file[column].to_numpy(dtype=float)
        if question.item not in pisa.study.study.context:
            file = np.where(in_the_file["NONRESP"] == 0, file, np.nan)
        ours = pisa.pooled[question.item].to_numpy(dtype=float, na_value=np.nan)
        # Sizes have a lowest value of their own; every other number and code is as in the file.
        np.testing.assert_array_equal(ours, file, err_msg=column)
        compared += 1
    assert compared > 40


def test_codes_become_reasons(pisa: Prepared, pisa_school_file: Path) -> None:
    import pyreadstat

    raw, _ = pyreadstat.read_sav(pisa_school_file, user_missing=True, usecols=["NONRESP", "SC02Q01"])
    raw = raw.loc[raw["NONRESP"] == 0, "SC02Q01"]
    long = pisa.harmonised.long
    found = long[long["item"] == "sector"]["missing"].value_counts()
    assert found.get("not_asked", 0) == (raw == 7).sum()
    assert found.get("skipped", 0) == raw.isin([8, 9]).sum() + raw.isna().sum()


def test_weights_and_strata_of_pisa(pisa: Prepared, in_the_file: pd.DataFrame) -> None:
    assert pisa.pooled["weight"].tolist() == in_the_file["W_FSCHWT"].tolist()
    strata = "2006:" + in_the_file["CNT"] + "-" + in_the_file["STRATUM"]
    assert pisa.pooled["stratum"].tolist() == strata.tolist()
    assert pisa.pooled["cluster"].is_unique
    assert set(pisa.pooled["lonely"]) == {"adjust"}


def test_scores_of_pisa(pisa: Prepared, in_the_file: pd.DataFrame) -> None:
    share = in_the_file[["SC23Q01", "SC23Q02", "SC23Q03", "SC24Q01"]].sub(1).mul(50)
    by_hand = share.mean(axis=1).where(share.notna().sum(axis=1) >= 3)
    np.testing.assert_allclose(pisa.pooled["careers_activities"], by_hand, rtol=1e-12)
    np.testing.assert_array_equal(pisa.pooled["science_promotion"], in_the_file["SCIPROM"])
    size = in_the_file["SCHSIZE"].to_numpy(dtype=float)
    np.testing.assert_allclose(pisa.pooled["log_size"], np.log(size), rtol=1e-12)


def test_nations_of_the_united_kingdom(pisa: Prepared, in_the_file: pd.DataFrame) -> None:
    nation = pisa.pooled.groupby("nation").size().to_dict()
    answered = in_the_file[in_the_file["CNT"] == "GBR"]["STRATUM"].str[3:]
    assert nation[1] == (answered == "11").sum()
    assert sum(nation.values()) == len(answered)


def test_the_made_up_wave_of_england(tmp_path: Path) -> None:
    export = ROOT / "data" / "raw" / "stem-provision-england" / "2024.csv"
    found = prepared("stem-provision-england", "2024", export)
    steps = found.harmonised.flow.set_index(["stage", "reason"])["n"]
    assert steps["received", ""] == steps["kept", ""] + steps["left_out"].sum()
    assert (steps["left_out"][["preview or test", "no consent", "broke off"]] > 0).all()
    assert steps["left_out", "answered twice; the later answer counts"] == 1
    assert steps["kept", ""] == 188
    assert steps["refused_answers", "is outside its answers"] == 1
    refused = found.harmonised.long["missing"].eq("refused_value").sum()
    assert refused == 1
    assert found.pooled["synthetic"].all()
    assert "comment" not in found.pooled
    leadership = found.reliability[(found.reliability["outcome"] == "leadership")]
    assert (leadership.loc[leadership["quantity"] == "item_rest", "estimate"] > 0).all()
