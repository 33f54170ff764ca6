"""The project's research questions: each has its study, and in it a section that shows, says and means something."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from stemcareers import config
from stemcareers.config import Finding, Section

ROOT = Path(__file__).resolve().parents[1]
STUDIES = config.study_ids(ROOT)
# Hutchinson's questions, Education Scotland's, EngineeringUK's, those on the benchmarks, and careers leaders' own.
QUESTIONS = {
    *(f"h{number}" for number in range(11)),
    *(f"s{number}" for number in range(1, 8)),
    *(f"e{number}" for number in range(1, 8)),
    *(f"g{number}" for number in range(1, 7)),
    "l1",
}
COMPUTED = re.compile(r"\{[a-z_]+(?::[^}]*)?\}")
A_SENTENCE = re.compile(r"[.;:]$")


def sections(study: str) -> list[tuple[str, Section]]:
    """The sections of a study's pages, each with the page's id."""
    whole = config.everything(study, ROOT)
    return [(name, section) for name, report in whole.reports.items() for section in report.sections]


def test_every_question_stands_in_some_study():
    asked = {question for study in STUDIES for question in config.everything(study, ROOT).study.asks}
    assert asked >= QUESTIONS, sorted(QUESTIONS - asked)


@pytest.mark.parametrize("study", STUDIES)
def test_every_question_of_a_study_is_answered_by_something_shown_and_something_computed(study):
    answered = {section.asks for _, section in sections(study)}
    assert answered == set(config.everything(study, ROOT).study.asks)
    for page, section in sections(study):
        where = f"{page}, {section.asks}"
        assert section.figures or section.tables, where
        assert section.findings and all(COMPUTED.search(finding.says) for finding in section.findings), where
        assert section.meaning and len(section.meaning.split()) >= 12, where


@pytest.mark.parametrize("study", STUDIES)
def test_no_page_says_the_same_sentence_twice_in_its_sections(study):
    for page in {page for page, _ in sections(study)}:
        said = [
            (f.says, f.specification, f.sample, f.outcome, f.term, f.level)
            for p, section in sections(study)
            if p == page
            for f in section.findings
        ]
        assert len(said) == len(set(said)), page


@pytest.mark.parametrize("study", STUDIES)
def test_a_page_speaks_of_association_and_not_of_effect(study):
    effect = re.compile(r"\b(effects?|causes?|caused|leads? to more|impact of|thanks to|due to)\b", re.IGNORECASE)
    for page, section in sections(study):
        for words in (*(finding.says for finding in section.findings), section.meaning or ""):
            assert not effect.search(words.replace("{effect", "{")), f"{page}, {section.asks}: {words}"


DIRECTIONS = re.compile(r"\b(more often|less often|richer|poorer|better led|lower than|higher than)\b")


def guarded(finding: Finding) -> bool:
    return finding.above is not None or finding.below is not None


@pytest.mark.parametrize("study", STUDIES)
def test_a_sentence_that_states_a_direction_is_guarded(study):
    for page, section in sections(study):
        for finding in section.findings:
            if DIRECTIONS.search(finding.says) and "{difference" in finding.says:
                assert guarded(finding), f"{page}, {section.asks}: {finding.says}"


def test_published_means_that_a_page_quotes_are_those_of_published_csv():
    """The only numbers that are typed into pages: what others printed of years that have no wave here."""
    study = config.everything("benchmarks-england", ROOT)
    (quoted,) = [s.meaning for s in study.reports["benchmarks"].sections if s.asks == "g1"]
    said = {
        year: value
        for value, year in re.findall(r"([0-9.]+)(?: of eight)? in (?:March )?([0-9]{4}(?:/[0-9]{2})?)", quoted)
    }
    assert len(said) == 6
    path = ROOT / "config/studies/benchmarks-england/published.csv"
    means = {row["id"]: row["value"] for row in csv.DictReader(path.open(encoding="utf-8"))}
    for year, value in said.items():
        assert means[f"mean-{year.replace('/', '-')}"] == value, year
