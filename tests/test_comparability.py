"""The comparability gate: what makes an item or scale not comparable between waves, and what a study may say of it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from stemcareers import config
from stemcareers.config import Gate, Labels
from stemcareers.errors import Problems
from stemcareers.report import comparability

ROOT = Path(__file__).resolve().parents[1]
VALID = ROOT / "tests" / "broken" / "valid"
TOWN = "config/studies/town"
BOTH = ("2024", "2025")


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the valid project, as working folder; returns the study's folder."""
    shutil.copytree(VALID, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path / TOWN


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def differs(study: Path, line: str) -> None:
    """One more difference of the wave 2025."""
    path = study / "waves/2025.yaml"
    path.write_text(path.read_text(encoding="utf-8") + f"  {line}\n", encoding="utf-8")


def said(study: Path, *statements: str) -> None:
    lines = "".join(f"  - {{{statement}}}\n" for statement in statements)
    (study / "comparability.yaml").write_text(f"statements:\n{lines}", encoding="utf-8")


def gate() -> Gate:
    found = Gate(config.everything("town"))
    assert found.whole
    return found


def told(item: str) -> list[str]:
    """What changed of an item or scale between the two waves."""
    return [change.told for change in gate().verdict(item, *BOTH).changes]


def faults() -> str:
    with pytest.raises(Problems) as found:
        config.project_or_problems()
    return str(found.value)


def test_a_wave_that_asked_the_same_is_comparable_in_all_it_asked(town: Path) -> None:
    found = gate()
    assert found.variables() == [*config.everything("town").items, "leadership", "has_plan"]
    assert all(v.comparable and not v.changes for name in found.variables() for v in found.verdicts(name))


def test_codes_printed_in_reverse_order_are_the_same_answers(town: Path) -> None:
    assert "codes: {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}" in (town / "waves/2025.yaml").read_text(encoding="utf-8")
    assert told("lead_time") == []


def test_blanks_and_line_breaks_are_no_other_wording(town: Path) -> None:
    differs(town, 'Q5: {wording: "Who  guides\\n pupils?", because: it was set on two lines}')
    assert told("guide") == []


def test_another_wording_of_a_wave(town: Path) -> None:
    differs(town, 'Q5: {wording: "Who guides the pupils?", because: one word more}')
    assert told("guide") == ["wording: 'Who guides pupils?' in 2024, 'Who guides the pupils?' in 2025"]
    assert faults() == (
        "config/studies/town/specifications/guides.yaml: 1 problem\n"
        "  outcome: 'guide' is not comparable between waves 2024 and 2025 (its wording changed); name one wave, or "
        "waves that can be compared, under 'waves', or say in comparability.yaml why it can be compared all the same"
    )


def test_answers_that_were_put_together_or_left_out(town: Path) -> None:
    differs(town, "Q1: {codes: {1: 1, 2: 1, 3: 3, 4: 5}, because: four answers were printed}")
    assert told("lead_vision") == [
        "answers: 2 (Disagree), 4 (Agree) only in 2024; 1 (Disagree strongly) made of several answers in 2025"
    ]


def test_several_codes_of_one_gap_are_no_answer_made_of_several(town: Path) -> None:
    differs(town, "Q1: {codes: {7: 9, 8: 9, 99: 9}, because: it tells more reasons for a gap}")
    assert told("lead_vision") == []


def test_other_labels_and_a_dont_know_that_was_offered(town: Path) -> None:
    with (town / "answers.yaml").open("a", encoding="utf-8") as answers:
        answers.write("guides: {kind: nominal, codes: {1: Teacher, 2: Adviser, 4: Parent}, missing: {8: dont_know}}\n")
    differs(town, "Q5: {answers: guides, codes: {4: 3}, because: the list was another one}")
    assert told("guide") == [
        "answers: 2 is 'Counsellor' in 2024, 'Adviser' in 2025; 3 (Nobody) only in 2024; 4 (Parent) only in 2025; "
        "'don't know' offered only in 2025"
    ]


def test_other_bounds_of_a_number(town: Path) -> None:
    with (town / "answers.yaml").open("a", encoding="utf-8") as answers:
        answers.write("visits_a_term: {kind: number, low: 0, high: 50, unit: visits a term}\n")
    differs(town, "Q4: {answers: visits_a_term, because: it asked of the term}")
    assert told("visits") == ["answers: 0 to 200 visits in 2024, 0 to 50 visits a term in 2025"]


def second_questionnaire(study: Path, old: str, new: str) -> None:
    """The wave 2025 fields a questionnaire of its own, which departs from the first in one place."""
    text = (study / "instruments/careers-leader.yaml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (study / "instruments/second.yaml").write_text(text.replace(old, new), encoding="utf-8")
    replace(study / "waves/2025.yaml", "instrument: careers-leader", "instrument: second")


def test_a_question_put_to_some_is_not_one_put_to_all(town: Path) -> None:
    second_questionnaire(town, ", asked_if: {plan: [1]}", "")
    assert told("visits") == ["routing: asked where plan is 1 in 2024, of all in 2025"]


def test_other_respondents_change_all_but_facts_of_the_sample(town: Path) -> None:
    replace(town / "waves/2025.yaml", 'title: "2025"\n', 'title: "2025"\nrespondents: teachers\n')
    assert told("guide") == ["respondents: careers leaders in 2024, teachers in 2025"]
    assert told("phase") == []
    assert told("has_plan") == ["items: plan (respondents)"]


def test_a_scale_that_lost_an_item(town: Path) -> None:
    path = town / "waves/2025.yaml"
    path.write_text(path.read_text(encoding="utf-8").partition("differs:")[0], encoding="utf-8")
    second_questionnaire(town, "  Q2: lead_time\n", "")
    assert told("leadership") == ["length: lead_time only in 2024"]
    assert gate().waves_of("lead_time") == ["2024"]
    assert "lead_time" not in gate().variables()


def test_a_reason_makes_it_comparable_and_the_page_prints_it(town: Path) -> None:
    differs(town, 'Q5: {wording: "Who guides the pupils?", because: one word more}')
    said(town, 'about: guide, waves: ["2024", "2025"], comparable: true, changed: wording, because: an article more')
    config.project_or_problems()
    verdict = gate().verdict("guide", *BOTH)
    assert verdict.comparable
    assert verdict.because == ("an article more",)


def test_a_reason_covers_what_it_names_and_no_more(town: Path) -> None:
    differs(town, 'Q5: {wording: "Who guides the pupils?", because: one word more}')
    replace(town / "waves/2025.yaml", 'title: "2025"\n', 'title: "2025"\nrespondents: teachers\n')
    said(town, 'about: guide, waves: ["2024", "2025"], comparable: true, changed: wording, because: an article more')
    verdict = gate().verdict("guide", *BOTH)
    assert not verdict.comparable
    assert [change.kind for change in verdict.open] == ["respondents"]


def test_one_statement_about_everything(town: Path) -> None:
    replace(town / "waves/2025.yaml", 'title: "2025"\n', 'title: "2025"\nrespondents: leaders of careers\n')
    said(
        town, 'about: everything, waves: ["2024", "2025"], comparable: true, changed: respondents, because: same people'
    )
    config.project_or_problems()
    assert gate().verdict("leadership", *BOTH).comparable


def test_a_scale_may_be_comparable_although_its_items_are_not(town: Path) -> None:
    differs(town, 'Q1: {wording: "We have a vision", because: it was shortened}')
    assert told("leadership") == ["items: lead_vision (wording)"]
    said(town, 'about: leadership, waves: ["2024", "2025"], comparable: true, changed: items, because: both were tried')
    assert gate().verdict("leadership", *BOTH).comparable
    assert not gate().verdict("lead_vision", *BOTH).comparable


def test_a_statement_holds_for_the_waves_it_names(town: Path) -> None:
    replace(town / "waves/2025.yaml", 'title: "2025"\n', 'title: "2025"\nrespondents: teachers\n')
    text = (town / "waves/2025.yaml").read_text(encoding="utf-8")
    (town / "waves/2026.yaml").write_text(text.replace("2025", "2026"), encoding="utf-8")
    said(town, 'about: guide, waves: ["2024", "2025"], comparable: true, changed: respondents, because: they knew')
    found = {verdict.waves: verdict.comparable for verdict in gate().verdicts("guide")}
    assert found == {("2024", "2025"): True, ("2024", "2026"): False, ("2025", "2026"): True}


@pytest.fixture
def reworded(town: Path) -> Path:
    """The wave 2025 asks who guides, and the phase, in other words."""
    differs(town, 'Q5: {wording: "Who guides the pupils?", because: one word more}')
    differs(town, 'PHASE: {wording: "Phase of the school", because: another office filled it in}')
    for name in ("adjusted", "gap", "guides"):
        (town / f"specifications/{name}.yaml").unlink()
    for folder in ("figures", "tables", "reports"):
        shutil.rmtree(town / folder)
    return town


COMPARED = {
    "pooled": ("family: share\noutcome: guide", "outcome: 'guide'"),
    "side by side": ("family: share\noutcome: guide\nsamples: by wave", "outcome: 'guide'"),
    "two by name": ('family: share\noutcome: guide\nsamples: ["wave=2024", "wave=2025"]', "outcome: 'guide'"),
    "between waves": ("family: difference\noutcome: plan\nbetween: wave\nsamples: [phase=1]", "samples: 'phase'"),
    "change": ('family: change\noutcome: guide\nwaves: ["2024", "2025"]', "outcome: 'guide'"),
    "context": ("family: linear\noutcome: visits\nfactors: [leadership]\ncontext: [phase, wave]", "context: 'phase'"),
    "factor": ("family: linear\noutcome: visits\nfactors: [guide, leadership]\neach_alone: true", "factors: 'guide'"),
    "by category": ("family: mean\noutcome: visits\nsamples: by phase", "samples: 'phase'"),
    "between": ("family: difference\noutcome: visits\nbetween: phase", "between: 'phase'"),
}
APART = {
    "one wave": 'family: share\noutcome: guide\nwaves: "2024"',
    "one sample": "family: share\noutcome: guide\nsamples: wave=2024",
    "context aside": "family: linear\noutcome: visits\nfactors: [leadership]\ncontext: [phase]\nsamples: by wave",
    "what is comparable": "family: share\noutcome: plan\nsamples: [all, by wave]",
}


@pytest.mark.parametrize("name", COMPARED)
def test_what_is_not_comparable_is_neither_pooled_nor_set_side_by_side(reworded: Path, name: str) -> None:
    text, place = COMPARED[name]
    (reworded / "specifications/s.yaml").write_text(f"title: S\nshort: S\n{text}\n", encoding="utf-8")
    assert f"  {place} is not comparable between waves 2024 and 2025 (its wording changed); name one wave" in faults()


@pytest.mark.parametrize("name", APART)
def test_what_is_of_one_wave_or_comparable_passes(reworded: Path, name: str) -> None:
    (reworded / "specifications/s.yaml").write_text(f"title: S\nshort: S\n{APART[name]}\n", encoding="utf-8")
    config.project_or_problems()


def test_variables_of_different_waves_are_only_held_where_they_meet(reworded: Path) -> None:
    second_questionnaire(reworded, "  Q4: {item: visits, asked_if: {plan: [1]}}\n", "")
    text = "title: S\nshort: S\nfamily: linear\noutcome: visits\nfactors: [leadership]\ncontext: [phase]\n"
    (reworded / "specifications/s.yaml").write_text(text, encoding="utf-8")
    config.project_or_problems()


def test_the_page_tells_what_can_be_compared_what_cannot_first(town: Path) -> None:
    differs(town, 'Q5: {wording: "Who guides <pupils>?", because: one word more}')
    differs(town, "Q3: {wording: A plan?, because: shorter}")
    said(town, 'about: [plan], waves: ["2024", "2025"], comparable: true, changed: wording, because: as short & clear')
    shown = comparability.table(Labels(config.everything("town")))
    lines = shown.text.splitlines()
    assert lines[0] == (
        "Guide, 2024 and 2025: no (wording: 'Who guides pupils?' in 2024, 'Who guides <pupils>?' in 2025)"
    )
    assert lines[1].startswith("Plan, 2024 and 2025: yes (wording: ")
    assert lines[2] == "Vision, 2024 and 2025: yes (nothing changed)"
    assert len(lines) == 10
    assert "<pupils>" not in shown.html
    assert "as short &amp; clear" in shown.html
    assert "10 comparisons of a question or scale between two waves; 1 of them is not to be made" in shown.html


def test_a_study_of_one_wave_says_so() -> None:
    study = config.everything("stem-provision-england", ROOT)
    if len(study.waves) == 1:
        assert comparability.table(Labels(study)).text == "the study has one wave"


def test_pisa_compares_what_both_questionnaires_asked_alike() -> None:
    found = Gate(config.everything("pisa", ROOT))
    apart = {name for name in found.variables() if not all(v.comparable for v in found.verdicts(name))}
    indices = {"scmatedu", "tcshort", "respres", "respcurr"}
    of_indices = {"resources", "teacher_shortage", "resource_autonomy", "curriculum_autonomy"}
    assert apart == indices | of_indices | {"short_support_staff", "oecd", "nation"}
    assert found.verdict("accountability", "2006", "2009").comparable


def test_a_section_shows_the_table_under_a_heading_and_what_one_wave_alone_asked(town: Path) -> None:
    differs(town, 'Q5: {wording: "Who guides pupils?", because: one word more}')
    labels = Labels(config.everything("town"))
    shown = comparability.headed(labels)
    assert shown.text == f"What can be compared between waves\n{comparability.table(labels).text}"
    assert shown.html.startswith('<div class="compared">\n<h3>What can be compared between waves</h3>\n<p>')


def test_questions_of_one_wave_alone_are_counted() -> None:
    study = config.everything("stem-provision-england", ROOT)
    asked = [Gate(study).waves_of(item) for item in study.items]
    first, second = (sum(waves == [wave] for waves in asked) for wave in study.waves)
    told = f"Questions asked in one wave only, which cannot be compared: {first} in 2021, {second} in 2024."
    shown = comparability.table(Labels(study))
    assert shown.text.splitlines()[-1] == told
    assert "all of which may be made. What is" in shown.html
