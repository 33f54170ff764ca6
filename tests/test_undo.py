"""Models without each exclusion: the numbers of a wave that never made it, from which nobody can be told."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from stemcareers import (
    clean,
    config,
    contracts,
    describe,
    estimate,
    files,
    harmonise,
    ingest,
    pool,
    score,
    undo,
    weight,
    withhold,
)
from stemcareers.config import exclusions
from stemcareers.config.entry import parse
from stemcareers.config.exclusions import Exclusion, exclusion_of
from stemcareers.config.wave import Condition
from stemcareers.contracts import UNDOING, WITH_EXCLUSION, WITHOUT_EXCLUSION
from stemcareers.errors import Problem

ROOT = Path(__file__).resolve().parents[1]
STUDY, LIMIT = "mill", 10
FILES = {
    "study.yaml": """
title: Careers work at the mill
summary: Who leads, and for how long.
asks: {h0: "Does leading go with hours?"}
unit: respondent
units: respondents
respondents: teachers
source: {citation: "A made-up survey"}
licence: made up
""",
    "items.csv": "item,label,wording,answers,status\nlead,Leads,Do you lead?,yes_no,official\n"
    "hours,Hours,How many hours?,hours,official\n",
    "answers.yaml": """
yes_no: {kind: nominal, codes: {1: "Yes", 2: "No"}}
hours: {kind: number, low: 0, high: 60, unit: hours}
""",
    "scales.yaml": """
worked:
  {title: Hours, measures: time, role: provision_outcome, method: as_given, items: [hours], unit: hours}
""",
    "instruments/form.yaml": "{title: Form, mode: online, other_columns: ignore, questions: {Q1: lead, Q2: hours}}",
    "specifications/main.yaml": """
title: Hours and leading
short: Main
family: linear
outcome: worked
factors: [lead]
without_each_exclusion: true
""",
}
WAVE = """
instrument: form
title: "2025"
fielded: [2025-03-03, 2025-04-11]
export: {{file: 2025.csv, reader: csv, sha256: {checksum}}}
source: {{how: ask}}
response: id
{rules}
design: {{weight: {weight}}}
"""
RULES = """
keep_if:
  - {column: progress, at_least: 60, kind: choice, otherwise: broke off}
  - {column: consent, equals: Yes, kind: consent, otherwise: no consent}
quality:
  - {rule: speeder, column: seconds, at_least: 30, then: exclude, reason: too fast}
"""
COLUMNS = ["id", "consent", "progress", "seconds", "w", "Q1", "Q2"]
USUAL = {"consent": "Yes", "progress": "100", "seconds": "300", "w": "1"}
BROKE_OFF, TOO_FAST = "wave=2025, left_out=broke off", "wave=2025, left_out=too fast"


def people(n: int, lead: int, hours: int, **more: str) -> list[dict[str, str]]:
    """Half an hour less and more in turn, so that the mean of an even number is exact."""
    return [{**USUAL, "Q1": str(lead), "Q2": str(hours + (i % 2 * 2 - 1)), **more} for i in range(n)]


# Who stays: leaders 10 hours, others 6. Who broke off: leaders 1, others 13. Who was too fast: leaders 30, others 5.
STAY = [*people(20, 1, 10), *people(20, 2, 6)]
BROKE = [*people(10, 1, 1, progress="20"), *people(10, 2, 13, progress="20")]
SILENT = [*people(12, 1, 50, progress="20", consent="No"), *people(12, 2, 50, consent="No")]
FAST = [*people(10, 1, 30, seconds="5"), *people(10, 2, 5, seconds="5")]


class Study:
    """A study in a folder, and its tables as the stages leave them."""

    def __init__(
        self, folder: Path, rows: Iterable[dict[str, str]], rules: str = RULES, weight: str = "none", limit: int = LIMIT
    ) -> None:
        self.limit = limit
        base = folder / "config" / "studies" / STUDY
        folder.mkdir(exist_ok=True)
        export = folder / "2025.csv"
        with export.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows({"id": f"R{n}", **row} for n, row in enumerate(rows, start=1))
        wave = WAVE.format(checksum=files.sha256(export), rules=rules, weight=weight)
        for name, text in {**FILES, "waves/2025.yaml": wave}.items():
            (base / name).parent.mkdir(parents=True, exist_ok=True)
            (base / name).write_text(text, encoding="utf-8")
        self.config = config.everything(STUDY, folder)
        self._through(export)

    def _through(self, export: Path) -> None:
        its, wave = self.config, self.config.waves["2025"]
        form, vocabulary = its.instruments["form"], (its.items, its.answers)
        read = ingest.responses(export, wave, form, *vocabulary, "2025")
        kept = clean.responses(read.responses, read.quarantine, wave, *vocabulary, "2025")
        cleaned = contracts.CLEANED.conform(kept.responses)
        done = harmonise.answers(cleaned, read.quarantine, kept.flow, wave, form, *vocabulary)
        wide = contracts.WIDE.conform(done.wide)
        scores = contracts.SCORED.conform(score.scales(wide, its.scales, *vocabulary))
        weights = contracts.WEIGHTED.conform(weight.responses(cleaned, wave))
        self.prepared = {
            "2025": undo.Prepared(
                contracts.INGESTED.conform(read.responses), read.quarantine, wide, scores, weights, None
            )
        }
        self.pooled = pool.waves({"2025": pool.Part(wide, scores, weights, wave)})
        facts = describe.wave(
            done.long, done.flow, contracts.ESTIMATES.empty(), weights, *vocabulary,
            study=STUDY, wave="2025", synthetic=False,
        )  # fmt: skip
        self.facts = withhold.small_groups(facts, self.limit)
        self.estimates = self.estimated(self.pooled)

    def estimated(self, pooled: pd.DataFrame) -> pd.DataFrame:
        its = self.config
        vocabulary = config.Vocabulary(its.items, its.answers, its.scales)
        rows, _ = estimate.specification(
            pooled, its.specifications["main"], vocabulary, study=STUDY, name="main", confidence_level=0.95, limit=0
        )
        return withhold.small_groups(rows, 0)

    def undone(self) -> pd.DataFrame:
        rows = undo.each_exclusion(
            self.config, self.prepared, self.pooled, self.facts, self.estimates,
            confidence_level=0.95, limit=self.limit, seed=1,
        )  # fmt: skip
        return contracts.ESTIMATES.conform(rows)


def told(rows: pd.DataFrame, left_out: str, quantity: str) -> dict[str, object]:
    chosen = rows[rows["quantity"].eq(quantity) & rows["level"].eq(f"category=2, {left_out}")]
    assert len(chosen) == 1
    return chosen.iloc[0].to_dict()


def test_an_exclusion_that_turns_a_result_round_is_seen(tmp_path: Path) -> None:
    rows = Study(tmp_path, [*STAY, *BROKE, *SILENT, *FAST]).undone()
    made, undone, change = (told(rows, BROKE_OFF, q) for q in (WITH_EXCLUSION, WITHOUT_EXCLUSION, UNDOING))
    # By hand: others less leaders, 6 - 10; with those who broke off (20 x 6 + 10 x 13) / 30 - (20 x 10 + 10 x 1) / 30.
    assert (made["estimate"], made["n"]) == (pytest.approx(-4), 40)
    assert (undone["estimate"], undone["n"]) == (pytest.approx(250 / 30 - 210 / 30), 60)
    assert change["estimate"] == pytest.approx(4 + 4 / 3)
    assert undone["ci_low"] < undone["estimate"] < undone["ci_high"]
    assert pd.isna(change["ci_low"])
    # Rules of quality are undone too: (120 + 50) / 30 - (200 + 300) / 30.
    assert told(rows, TOO_FAST, WITHOUT_EXCLUSION)["estimate"] == pytest.approx((170 - 500) / 30)


def test_it_is_the_result_of_a_wave_that_does_not_make_the_exclusion(tmp_path: Path) -> None:
    people = [*STAY, *BROKE, *SILENT, *FAST]
    rows = Study(tmp_path / "with", people).undone()
    lines = [line for line in RULES.splitlines() if "broke off" not in line]
    other = Study(tmp_path / "without", people, "\n".join(lines)).estimates
    own = other[other["quantity"].eq("coefficient") & other["term"].eq("lead")].iloc[0]
    found = told(rows, BROKE_OFF, WITHOUT_EXCLUSION)
    for number in ("estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "n", "n_schools"):
        assert found[number] == own[number], number


def test_consent_and_what_has_no_kind_are_never_undone(tmp_path: Path) -> None:
    unkind = RULES.replace("kind: choice, ", "")
    rows = Study(tmp_path, [*STAY, *BROKE, *SILENT, *FAST], unkind).undone()
    never = rows[rows["term"].eq("left_out")].set_index("level")["withheld"].to_dict()
    assert never == {
        "wave=2025, left_out=broke off": "not undone: the wave does not say that it could have been otherwise",
        "wave=2025, left_out=no consent": "not undone: without consent no answer may be used",
    }
    assert rows.loc[rows["term"].eq("left_out"), "estimate"].isna().all()
    assert set(rows.loc[rows["term"].ne("left_out"), "level"]) == {f"category=2, {TOO_FAST}"}


def test_what_is_never_undone_whatever_a_condition_says(tmp_path: Path) -> None:
    rules = RULES.replace("broke off", clean.TWICE_EXPORTED)
    rows = Study(tmp_path, [*STAY, *BROKE], rules).undone()
    assert rows["withheld"].tolist() == ["not undone: it is the same response again"]


def test_who_comes_back_still_needs_consent(tmp_path: Path) -> None:
    # Twelve broke off and gave no consent either: they are counted as broken off, and stay away when that is undone.
    study = Study(tmp_path, [*STAY, *BROKE, *SILENT])
    flow = study.facts[study.facts["term"].eq("left_out")].set_index("level")["estimate"]
    assert flow["broke off"] == 32
    assert told(study.undone(), BROKE_OFF, WITHOUT_EXCLUSION)["n"] == 60


@pytest.mark.parametrize(
    "broke_off",
    [
        # Eight left out: their number is withheld on the wave's page, and so is what they would change.
        people(8, 1, 1, progress="20"),
        # Twenty come back, but seven answer what the model needs: with the two results they could be told.
        [*people(7, 1, 1, progress="20"), *people(13, 2, 1, progress="20", Q2="")],
        # Twelve come back and all are used, three of them leaders: a model of one factor is a table of its categories.
        [*people(3, 1, 1, progress="20"), *people(9, 2, 1, progress="20")],
    ],
)
def test_a_small_group_cannot_be_told_by_subtraction(tmp_path: Path, broke_off: list[dict[str, str]]) -> None:
    rows = Study(tmp_path / "private", [*STAY, *broke_off]).undone()
    for quantity in (WITHOUT_EXCLUSION, UNDOING):
        row = told(rows, BROKE_OFF, quantity)
        assert pd.isna([row[name] for name in contracts.NUMBERS]).all()
        assert row["withheld"] == "would show a group of fewer than 10"
    assert told(rows, BROKE_OFF, WITH_EXCLUSION)["estimate"] == pytest.approx(-4)
    public = Study(tmp_path / "public", [*STAY, *broke_off], limit=0).undone()
    assert told(public, BROKE_OFF, WITHOUT_EXCLUSION)["withheld"] == ""


def test_where_nobody_who_comes_back_can_be_used_nothing_changes(tmp_path: Path) -> None:
    rows = Study(tmp_path, [*STAY, *people(12, 1, 1, progress="20", Q2="")]).undone()
    assert told(rows, BROKE_OFF, WITHOUT_EXCLUSION)["n"] == 40
    assert told(rows, BROKE_OFF, UNDOING)["estimate"] == 0


def test_who_is_put_aside_by_those_who_come_back_counts_too(tmp_path: Path) -> None:
    # Twelve come back, and twelve who gave the same answers later go: as many as before, and they are others.
    rules = RULES + "  - {rule: duplicate, items: [hours], then: exclude, reason: the same again}\n"
    first = [{**USUAL, "Q1": "1", "Q2": str(20 + i), "progress": "20"} for i in range(12)]
    second = [{**USUAL, "Q1": "2", "Q2": str(20 + i)} for i in range(12)]
    fewer = [{**USUAL, "Q1": "1", "Q2": str(40 + i)} for i in range(14)]
    other = [{**USUAL, "Q1": "2", "Q2": str(1 + i)} for i in range(14)]
    study = Study(tmp_path, [*first, *second, *fewer, *other], rules)
    undone = undo.Undone(study.pooled, undo.without(study.config, study.prepared, Exclusion("2025", "broke off")))
    assert undone.changed == (12, 12)
    assert undone.concerned(study.config.specifications["main"], "all", "worked", "") == 12
    short = Study(tmp_path, [*first[:7], *people(5, 1, 55, progress="20"), *second, *fewer, *other], rules)
    undone = undo.Undone(short.pooled, undo.without(short.config, short.prepared, Exclusion("2025", "broke off")))
    assert undone.concerned(short.config.specifications["main"], "all", "worked", "") == 7


def test_a_wave_that_is_refused_without_an_exclusion_says_so(tmp_path: Path) -> None:
    broke = people(12, 1, 1, progress="20", w="")
    rows = Study(tmp_path, [*STAY, *broke], weight="w").undone()
    row = told(rows, BROKE_OFF, WITHOUT_EXCLUSION)
    assert row["withheld"] == "not estimated: refused without the exclusion (design.weight)"
    assert pd.isna(row["estimate"])


def test_what_weights_add_up_to_is_not_held_against_a_wave_without_an_exclusion(tmp_path: Path) -> None:
    study = Study(tmp_path, [*STAY, *BROKE], weight="w, sums_to: 40")
    assert told(study.undone(), BROKE_OFF, WITHOUT_EXCLUSION)["n"] == 60


def test_a_study_that_leaves_nobody_out_has_an_empty_table(tmp_path: Path) -> None:
    rows = Study(tmp_path, STAY).undone()
    assert rows.empty
    assert list(rows.columns) == [column.name for column in contracts.ESTIMATES.columns]


@pytest.mark.parametrize("study", ["stem-provision-england"])
def test_to_undo_nothing_gives_the_pooled_table_of_the_pipeline(study: str) -> None:
    """The stages are put together here and in the rules; both must give the same."""
    its = config.everything(study, ROOT)
    prepared, parts = {}, {}
    for name, wave in its.waves.items():
        form = its.instruments[wave.instrument]
        export = ROOT / "data" / "raw" / study / wave.export.file
        read = ingest.responses(export, wave, form, its.items, its.answers, name)
        kept = clean.responses(read.responses, read.quarantine, wave, its.items, its.answers, name)
        cleaned = contracts.CLEANED.conform(kept.responses)
        context = its.study.context
        done = harmonise.answers(cleaned, read.quarantine, kept.flow, wave, form, its.items, its.answers, context)
        wide = contracts.WIDE.conform(done.wide)
        scores = contracts.SCORED.conform(score.scales(wide, its.scales, its.items, its.answers))
        weights = contracts.WEIGHTED.conform(weight.responses(cleaned, wave))
        ingested = contracts.INGESTED.conform(read.responses)
        prepared[name] = undo.Prepared(ingested, read.quarantine, wide, scores, weights)
        parts[name] = pool.Part(wide, scores, weights, wave)
    pooled = pool.waves(parts, config.Links(its.study.panel, its.crosswalk))
    for name in its.waves:
        again = undo.without(its, prepared, Exclusion(name, "no such reason"))
        pd.testing.assert_frame_equal(again, pooled)
    fewer = undo.without(its, prepared, Exclusion("2024", "broke off"))
    assert len(fewer) == len(pooled) + 23


# --- config ---------------------------------------------------------------------------------------------------


def test_an_exclusion_may_be_undone_only_if_all_conditions_of_its_reason_may(tmp_path: Path) -> None:
    rules = """
keep_if:
  - {column: progress, at_least: 60, kind: choice, otherwise: no use}
  - {column: w, equals: 1, kind: not_eligible, otherwise: no use}
  - {column: seconds, at_least: 1, kind: test, otherwise: a test}
quality:
  - {rule: speeder, column: seconds, at_least: 30, then: exclude, reason: too fast}
  - {rule: speeder, column: seconds, at_least: 60, then: flag, reason: fast}
"""
    wave = Study(tmp_path, STAY, rules).config.waves["2025"]
    assert exclusions.declared("2025", wave) == [
        Exclusion("2025", "no use", "the study is not about those left out"),
        Exclusion("2025", "a test", "previews and tests are no answers of respondents"),
        Exclusion("2025", "too fast"),
    ]
    fewer = exclusions.without(wave, "too fast")
    assert (len(fewer.keep_if), [rule.reason for rule in fewer.quality]) == (3, ["fast"])
    assert [c.otherwise for c in exclusions.without(wave, "no use").keep_if] == ["a test"]


@pytest.mark.parametrize("reason", ["broke off", "left_out=x, wave=2", "who?\nnobody", "wave=2020, left_out=a"])
@pytest.mark.parametrize("category", ["", "2", "3, guide=2"])
def test_a_level_names_wave_reason_and_category(reason: str, category: str) -> None:
    exclusion = Exclusion("2025-spring", reason)
    assert exclusion_of(exclusion.level(category)) == (exclusion, category)


@pytest.mark.parametrize(("column", "reason"), [("consent", "said no"), ("Q1", "No consent given"), ("x", "preview")])
def test_consent_and_previews_cannot_be_called_a_choice(column: str, reason: str) -> None:
    content = {"column": column, "equals": "Yes", "otherwise": reason, "kind": "choice"}
    with pytest.raises(Problem) as caught:
        parse(Condition, content, "waves/2025.yaml")
    word = "preview" if reason == "preview" else "consent"
    assert caught.value.wrong == (
        f"kind: is choice, but the condition is about {word}, which is never undone; say consent or test",
    )


def test_only_models_are_told_without_each_exclusion(tmp_path: Path) -> None:
    study = Study(tmp_path, STAY).config
    with pytest.raises(Problem) as caught:
        content = {"title": "x", "short": "x", "family": "mean", "outcome": "worked", "without_each_exclusion": True}
        parse(config.Specification, content, "specifications/x.yaml")
    assert caught.value.wrong == (
        "without_each_exclusion: belongs to models (linear, logit, ordered_logit, poisson, negative_binomial, "
        "fractional_logit, multinomial, mixed), not to family 'mean'",
    )
    assert undo.declared(study) == ["main"]
    assert undo.declared(replace(study, specifications={})) == []
