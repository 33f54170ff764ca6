"""Made-up exports: published percentages come back, what is planted is found, the same config gives the same bytes."""

from __future__ import annotations

import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from stemcareers import config, synthetic
from stemcareers.config import Draw, Recipe
from stemcareers.errors import Problem, Problems
from stemcareers.files import sha256
from stemcareers.synthetic.panel import Panel
from stemcareers.synthetic.people import Drawing, Person, counts

ROOT = Path(__file__).resolve().parents[1]
STUDY = "stem-provision-england"
EXPORT = ROOT / "data" / "raw" / STUDY / "2024.csv"
SEED = config.project(ROOT / "config/project.yaml").seed


@pytest.fixture(scope="module")
def study() -> config.StudyConfig:
    return config.everything(STUDY, ROOT)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the study's config, to be changed."""
    shutil.copytree(ROOT / "config" / "studies" / STUDY, tmp_path / "config" / "studies" / STUDY)
    shutil.copy(ROOT / "config/project.yaml", tmp_path / "config/project.yaml")
    return tmp_path


def edited(project: Path, name: str, *changes: tuple[str, str], becomes: str | None = None) -> None:
    folder = project / "config" / "studies" / STUDY
    text = (folder / name).read_text(encoding="utf-8")
    for was, now in changes:
        assert was in text
        text = text.replace(was, now)
    (folder / (becomes or name)).write_text(text, encoding="utf-8")


def rows_of(export: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(export.decode("utf-8").splitlines()))[2:]


def kept(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """What counts in the end, worked out here without the project's stages."""
    counting = [r for r in rows if r["Status"] == "0" and r["Q1"] == "1" and int(r["Progress"]) >= 60]
    return list({r["ExternalReference"]: r for r in counting}.values())


def answers_of(rows: list[dict[str, str]], study: config.StudyConfig, item: str, wave: str = "2024") -> list[int]:
    """The codes given to an item by those who answered; boxes are 0 where another box of the question is ticked."""
    instrument = study.instruments[study.waves[wave].instrument]
    column = next(c for c, i in instrument.columns().items() if i == item)
    for ticks in instrument.ticks.values():
        if column in ticks.items:
            boxes = [*ticks.items, ticks.none]
            return [int(r[column] or 0) for r in rows if any(r[b] for b in boxes)]
    codes = study.answer_set(item).codes
    return [int(r[column]) for r in rows if r[column].isdigit() and int(r[column]) in codes]


def published(
    rows: list[dict[str, str]], study: config.StudyConfig, name: str, level: str, wave: str = "2024"
) -> float:
    """The share, in per cent, of an answer or of a yes-no scale."""
    scale = study.scales.get(name)
    given = answers_of(rows, study, scale.items[0] if scale else name, wave)
    return 100 * sum(a in (scale.codes if scale else [int(level)]) for a in given) / len(given)


def test_the_committed_export_is_what_the_recipe_draws(study):
    export = synthetic.export(study, "2024", SEED)
    assert export == EXPORT.read_bytes()
    assert sha256(EXPORT) == study.waves["2024"].export.sha256


def test_every_published_percentage_comes_back_at_its_printed_rounding(study):
    rows = kept(rows_of(EXPORT.read_bytes()))
    path = ROOT / "config/studies" / STUDY / "published.csv"
    figures = list(csv.DictReader(path.open(encoding="utf-8")))
    shares = [f for f in figures if f["unit"] == "%" and f["wave"] == "2024"]
    assert len(shares) == 12
    for figure in shares:
        assert round(published(rows, study, figure["item"], figure["level"])) == int(figure["value"]), figure["id"]
    assert len(rows) == int(next(f["value"] for f in figures if f["unit"] == "n")) == 188


def test_every_share_of_the_recipe_comes_back_to_the_nearest_person(study):
    people = Drawing(study, "2024", SEED).kept()
    for item, draw in study.recipes["2024"].items.items():
        if draw.shares and draw.of == "response":
            given = [p.answers[item] for p in people if p.answers[item] in draw.shares]
            for code, share in draw.shares.items():
                assert abs(given.count(code) - share * len(given) / 100) < 1, item


def test_flaws_are_as_many_as_asked_for(study):
    rows = rows_of(EXPORT.read_bytes())
    flaws = study.recipes["2024"].flaws
    previews = [r for r in rows if r["Status"] == "1"]
    refusals = [r for r in rows if r["Q1"] == "2"]
    broken = [r for r in rows if int(r["Progress"]) < 60]
    assert (len(previews), len(refusals), len(broken)) == (flaws.previews, flaws.refusals, flaws.break_offs)
    assert {r["DistributionChannel"] for r in previews} == {"preview"}
    assert all(r["Finished"] == "0" and r["Q19"] == "" for r in broken)
    assert all(r["Q2"] == "" and r["Q17_1"] == "" for r in refusals)
    references = [r["ExternalReference"] for r in rows if r["ExternalReference"]]
    twice = [r for r in rows if references.count(r["ExternalReference"]) == 2]
    assert len(twice) == 2 * flaws.earlier_answers == 2
    assert twice[0]["RecordedDate"] < twice[1]["RecordedDate"]
    assert [r["Q12_2"] for r in rows].count("6") == 1
    assert len(rows) == 188 + flaws.previews + flaws.refusals + flaws.break_offs + flaws.earlier_answers


def test_the_file_is_as_qualtrics_writes_it(study):
    content = EXPORT.read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf") and b"\r" not in content and content.endswith(b"\n")
    names, texts, ids = list(csv.reader(content.decode("utf-8").splitlines()))[:3]
    assert names[:3] == ["StartDate", "EndDate", "Status"] and names[-1] == "SchoolId"
    assert names[17:21] == ["Q1", "Q2", "Q3", "Q4"]
    assert texts[names.index("Q17_8")].endswith("Tick all that apply. - None of these")
    assert texts[names.index("Q8")] == study.items["careers_leader"].wording
    assert json.loads(ids[0]) == {"ImportId": "startDate", "timeZone": "Europe/London"}
    assert json.loads(ids[names.index("Q12_3")]) == {"ImportId": "QID12_3"}
    rows = rows_of(content)
    assert len({r["ResponseId"] for r in rows}) == len(rows)
    assert [r["RecordedDate"] for r in rows] == sorted(r["RecordedDate"] for r in rows)


def test_routes_boxes_and_schools_hold_together(study):
    rows = kept(rows_of(EXPORT.read_bytes()))
    for row in rows:
        assert (row["Q9"] == "") or row["Q8"] == "1"
        boxes = [row[f"Q18_{i}"] for i in range(1, 6)]
        assert any(boxes) == (row["Q17_2"] == "1")
        for question, none in (("Q16", 7), ("Q17", 8), ("Q20", 6)):
            ticked = any(row[f"{question}_{i}"] for i in range(1, none))
            assert row[f"{question}_{none}"] == ("" if ticked else "1")
    by_school: dict[str, set[tuple[str, ...]]] = {}
    for row in rows:
        by_school.setdefault(row["SchoolId"], set()).add((row["Q4"], row["Q5"]))
    assert len(by_school) == 171
    assert all(len(answers) == 1 for answers in by_school.values())
    # nine regions in the export stand for four areas in the study
    assert {r["Q3"] for r in rows} == set("123456789")


def correlation(people, one: Callable, other: Callable) -> float:
    pairs = [(one(p), other(p)) for p in people]
    complete = [(a, b) for a, b in pairs if a is not None and b is not None]
    return statistics.correlation(*zip(*complete, strict=True))


def test_what_is_planted_can_be_found(study):
    people = Drawing(study, "2024", SEED).kept()

    def mean_of(*items: str) -> Callable:
        def one(person) -> float | None:
            given = [person.answers[i] for i in items if person.answers[i] in (1, 2, 3, 4, 5)]
            return statistics.fmean(given) if len(given) == len(items) else None

        return one

    led = mean_of("lead_head", "lead_strategy", "lead_monitoring", "lead_authority")
    offered = mean_of("employers", "ambassadors", "workplace_visits", "careers_in_science", "competitions")
    assert 0.25 < correlation(people, led, offered) < 0.55
    assert correlation(people, led, mean_of("lead_by_chance")) < -0.35
    assert abs(correlation(people, mean_of("stem_club"), mean_of("role"))) < 0.2


def test_traits_go_with_each_other_as_strongly_as_the_recipe_says(study):
    drawing = Drawing(study, "2024", SEED)
    people = [Person(school) for school in range(188)]
    scores = {"leadership": drawing._tendency("leadership", {}, people)}
    strain = drawing._tendency("strain", scores, people)
    assert statistics.correlation(scores["leadership"], strain) == pytest.approx(-0.25, abs=1e-12)
    assert statistics.fmean(strain) == pytest.approx(0, abs=1e-12)
    assert statistics.pvariance(strain) == pytest.approx(1, abs=1e-12)


def test_another_share_of_one_item_changes_no_other(study, project):
    edited(project, "synthetic/2024.yaml", ("shares: {0: 81, 1: 19}", "shares: {0: 61, 1: 39}"))
    changed = rows_of(synthetic.export(config.everything(STUDY, project), "2024", SEED))
    before = rows_of(EXPORT.read_bytes())
    different = {c for was, now in zip(before, changed, strict=True) for c in was if was[c] != now[c]}
    assert different <= {"Q20_2", "Q20_6"} and "Q20_2" in different


def test_another_seed_draws_other_people_with_the_same_shares(study):
    other = synthetic.export(study, "2024", SEED + 1)
    assert other != EXPORT.read_bytes()
    rows = kept(rows_of(other))
    assert round(published(rows, study, "has_careers_leader", "1")) == 91
    assert round(published(rows, study, "employers_yearly", "1")) == 57


def test_a_second_wave_is_drawn_by_its_own_recipe(project):
    edited(
        project,
        "waves/2024.yaml",
        ("2024.csv", "2025.csv"),
        ("[2024-03-04, 2024-04-19]", "[2025-03-03, 2025-04-11]"),
        becomes="waves/2025.yaml",
    )
    edited(
        project,
        "synthetic/2024.yaml",
        ("responses: 188", "responses: 240"),
        ("schools: 171", "schools: 240"),
        ("shares: {2: 9, 1: 91}", "shares: {2: 4, 1: 96}"),
        becomes="synthetic/2025.yaml",
    )
    with pytest.raises(Problems) as told:
        synthetic.exports(project)
    path = project / "data/raw" / STUDY / "2025.csv"
    assert (project / "data/raw" / STUDY / "2024.csv").read_bytes() == EXPORT.read_bytes()
    named = config.wave(project / "config/studies" / STUDY / "waves/2025.yaml").export.sha256
    assert str(told.value) == (
        f"{(project / 'config/studies' / STUDY / 'waves/2025.yaml').as_posix()}: 2 problems\n"
        f"  export.sha256: is {named}, but the export drawn now has {sha256(path)}.\n"
        "  If the recipe or the questionnaire was meant to change, write the new checksum here."
    )
    rows = kept(rows_of(path.read_bytes()))
    study = config.everything(STUDY, project)
    assert len(rows) == len({r["SchoolId"] for r in rows}) == 240
    assert round(published(rows, study, "has_careers_leader", "1", "2025")) == 96
    assert all(r["StartDate"].startswith("2025-") for r in rows)


def test_a_wave_that_differs_is_drawn_in_its_own_codes(project):
    edited(
        project,
        "waves/2024.yaml",
        ("quarantine_at_most", "differs:\n  Q13: {codes: {10: 1, 20: 2}, because: other codes}\nquarantine_at_most"),
    )
    rows = kept(rows_of(synthetic.export(config.everything(STUDY, project), "2024", SEED)))
    assert {r["Q13"] for r in rows} == {"10", "20", "8"}
    assert [r["Q13"] for r in rows].count("10") == 120


def test_largest_remainder():
    assert counts({1: 50, 2: 30, 3: 20}, 10) == {1: 5, 2: 3, 3: 2}
    assert counts({1: 33.4, 2: 33.3, 3: 33.3}, 10) == {1: 4, 2: 3, 3: 3}
    assert counts({1: 50, 2: 50}, 3) == {1: 2, 2: 1}
    assert counts({1: 91, 2: 9}, 188) == {1: 171, 2: 17}


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        (
            "goes_with: {leadership: 0.4}\n    because: published, 91 % yes",
            "goes_with: {leadreship: 0.4}\n    because: published, 91 % yes",
            "items.careers_leader: goes with 'leadreship', which is no trait and no item here; "
            "did you mean 'leadership'?",
        ),
        (
            "shares: {2: 62, 1: 38}",
            "shares: {3: 62, 1: 38}",
            "items.stem_coordinator.shares: 3 is not a code of 'stem_coordinator'; its codes are 1, 2 "
            "(see answers.yaml)",
        ),
        (
            'outside: {lead_governors: "6"}',
            'outside: {lead_governor: "6"}',
            "flaws.outside.lead_governor: is not asked by 'provision-2024'; did you mean 'lead_governors'?",
        ),
    ],
)
def test_a_recipe_that_does_not_fit_says_why(project, was, now, said):
    edited(project, "synthetic/2024.yaml", (was, now))
    with pytest.raises(Problem) as told:
        synthetic.exports(project)
    where = (project / "config/studies" / STUDY / "synthetic/2024.yaml").as_posix()
    assert str(told.value) == f"{where}: 1 problem\n  {said}"
    assert not (project / "data").exists()


@pytest.mark.parametrize(
    ("added", "said"),
    [
        (
            "informants: {item: role, schools: {1: 100, 2: 120}}",
            "informants.schools: the first code is in every school that takes part, so none is in more than 100",
        ),
        (
            "informants: {item: role, schools: {1: 180, 2: 7}}",
            "informants.schools: make 187, but 'responses' is 188\n"
            "  informants.schools: 180 is more than 'schools' (171)\n"
            "  items.role: is told under 'informants' already; keep one",
        ),
        ("shared: [leadreship]", "shared: 'leadreship' is no trait here; did you mean 'leadership'?"),
        (
            "shared: [offer]",
            "shared: 'offer' goes with 'leadership', which is not the school's\n"
            "  shared: 'offer' goes with 'stem_coordinator', which is not the school's\n"
            "  shared: 'offer' goes with 'strain', which is not the school's",
        ),
        ("lasting: {leadership: 1.2}", "lasting.leadership: 1.2 must lie between 0 and 1"),
    ],
)
def test_a_recipe_of_informants_that_does_not_add_up_says_why(project, added, said):
    edited(project, "synthetic/2024.yaml", ("consent:\n", f"{added}\nconsent:\n"))
    with pytest.raises(Problems) as told:
        synthetic.exports(project)
    assert "\n  " + said in str(told.value)


@pytest.mark.parametrize(
    ("added", "reader", "said"),
    [
        (
            "informants: {item: role, schools: {1: 100, 5: 88}}",
            "qualtrics",
            "informants.schools: 5 is not a code of 'role'; its codes are 1, 2, 3, 4 (see answers.yaml)",
        ),
        (
            "informants: {item: rol, schools: {1: 100, 2: 88}}",
            "qualtrics",
            "informants.item: 'rol' is not asked by 'provision-2024'; did you mean 'role'?",
        ),
        (
            "informants: {item: role, schools: {1: 100, 2: 88}}\nlasting: {offers: 0.5}",
            "qualtrics",
            "lasting.offers: is no trait and no item here; did you mean 'offer'?",
        ),
        ("shared: []", "jisc", "flaws.previews: an export of format jisc has none; take the key out"),
    ],
)
def test_a_recipe_of_informants_must_fit_the_questionnaire(project, added, reader, said):
    edited(project, "synthetic/2024.yaml", ("consent:\n", f"{added}\nconsent:\n"))
    form = f"\n  questionnaire: {{file: form.sps, sha256: {'0' * 64}}}" if reader == "fixed_width" else ""
    edited(project, "waves/2024.yaml", ("reader: qualtrics", f"reader: {reader}{form}"))
    role = "  role:\n    shares: {1: 52, 2: 24, 3: 11, 4: 13}\n    because: assumed; "
    edited(project, "synthetic/2024.yaml", (role, "  # "))
    with pytest.raises(Problem) as told:
        synthetic.exports(project)
    assert f"\n  {said}" in str(told.value)


def test_what_lasts_is_the_same_in_every_wave_and_the_rest_is_not():
    draw = Draw(shares={0: 50, 1: 50}, because="made up")

    def panel(wave: str, lasting: float) -> list[float]:
        recipe = Recipe(responses=400, schools=400, items={"club": draw}, lasting={"club": lasting})
        return Panel(recipe, f"7 study {wave}", "7 study lasting").of_schools("club")

    assert panel("2024", 1) == panel("2025", 1)
    assert statistics.correlation(panel("2024", 0.6), panel("2025", 0.6)) == pytest.approx(0.6, abs=0.08)
    assert abs(statistics.correlation(panel("2024", 0), panel("2025", 0))) < 0.12


def test_a_column_the_wave_names_must_be_drawn(project):
    edited(project, "waves/2024.yaml", ("column: Status", "column: State"))
    with pytest.raises(Problem, match="the wave names the column 'State', which is not drawn; did you mean 'Status'"):
        synthetic.exports(project)


def test_shares_that_do_not_make_a_hundred_are_refused(project):
    edited(project, "synthetic/2024.yaml", ("shares: {2: 62, 1: 38}", "shares: {2: 62, 1: 37}"))
    with pytest.raises(Problems, match="items.stem_coordinator.shares: make 99, not 100"):
        synthetic.exports(project)


def test_traits_in_a_circle_are_refused(project):
    edited(project, "synthetic/2024.yaml", ("leadership: {}", "leadership: {offer: 0.2}"))
    with pytest.raises(Problems, match="go with each other in a circle: .*offer"):
        synthetic.exports(project)


def test_the_command_draws_the_same_bytes_whatever_the_hash_seed(project):
    drawn = "".join(f"drawn: data/raw/{STUDY}/{wave}.csv\n" for wave in ("2021", "2024"))
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-m", "stemcareers", "synthetic"],
            cwd=project,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, drawn, "")
        assert (project / "data/raw" / STUDY / "2024.csv").read_bytes() == EXPORT.read_bytes()
