"""Pages: every number comes from the estimates, is said in words, and only what a report file names can be shown."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from helpers import small_project
from stemcareers import contracts
from stemcareers.config import Finding, Labels
from stemcareers.config.calibration import Calibration
from stemcareers.config.item_response import ItemParameters, Reproduces
from stemcareers.config.trimming import Trim
from stemcareers.errors import Problem
from stemcareers.report import Report, in_words, lineage, measures, picture, waves
from stemcareers.report import exclusions as report_exclusions
from stemcareers.report.fragment import Fragment
from stemcareers.report.results import Results
from stemcareers.report.rows import readable

NAN = float("nan")
WHERE = "config/studies/harbour/reports/provision.yaml"
TO_A_ROW = re.compile(r'<a href="(?:waves|lineage)/[^"]*#row-[0-9a-f]{10}">(.*?)</a>')


def unlinked(html: str) -> str:
    """The html with its numbers as bare text; that they are links is tested where links are followed."""
    return TO_A_ROW.sub(r"\1", html)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A project that no test changes."""
    return small_project.build(tmp_path_factory.mktemp("project"))


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project for a test to change, in the working folder."""
    small_project.build(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def page(built) -> Report:
    with contextlib.chdir(built):
        return Report.open("harbour", "provision")


@pytest.fixture
def inside(built, monkeypatch) -> None:
    monkeypatch.chdir(built)


@pytest.mark.parametrize(
    ("numbers", "of", "said"),
    [
        ((0.4, 0.36, 0.44), "", "about 4 in 10 (36% to 44%)"),
        ((0.4, 0.36, 0.44), "schools", "about 4 in 10 schools (36% to 44%)"),
        ((0.26, 0.2, 0.31), "schools", "about a quarter of schools (20% to 31%)"),
        ((0.5, 0.45, 0.55), "", "about half (45% to 55%)"),
        ((0.37, 0.33, 0.41), "schools", "37% of schools (33% to 41%)"),
        ((0.385, 0.382, 0.389), "", "39% (38% to 39%)"),  # 4 in 10 is outside its interval
        ((0.002, 0.0001, 0.03), "", "under 1% (under 1% to 3%)"),
        ((0.998, 0.97, 1.0), "", "over 99% (97% to 100%)"),
        ((1.0, NAN, NAN), "schools", "100% of schools"),
        ((0.92, 0.86, 0.96), "schools that had it", "about 9 in 10 schools that had it (86% to 96%)"),
    ],
)
def test_a_share_in_words(numbers, of, said):
    assert str(in_words.share(*numbers, of=of)) == said


@pytest.mark.parametrize(
    ("numbers", "points", "said"),
    [
        ((0.38, 0.02, 0.74), False, "0.38 higher (0.02 to 0.74 higher)"),
        ((-0.38, -0.74, -0.02), False, "0.38 lower (0.02 to 0.74 lower)"),
        ((0.3, -0.03, 0.6), False, "no clear difference (between 0.03 lower and 0.60 higher)"),
        ((0.3, 0.0, 0.6), False, "no clear difference (between 0.00 lower and 0.60 higher)"),
        ((0.38, 0.001, 0.7), False, "0.38 higher (under 0.01 to 0.70 higher)"),
        ((0.14, 0.03, 0.25), True, "14 percentage points higher (3 to 25 points higher)"),
        ((-0.01, -0.02, -0.001), True, "1 percentage point lower (under 1 to 2 points lower)"),
        ((0.02, -0.03, 0.06), True, "no clear difference (between 3 percentage points lower and 6 higher)"),
        ((0.38, NAN, NAN), False, "0.38 higher"),
        ((1234.5, 1000.25, 1400.0), False, "1,234.50 higher (1,000.25 to 1,400.00 higher)"),
    ],
)
def test_a_difference_in_words(numbers, points, said):
    assert str(in_words.difference(*numbers, points=points)) == said


def test_means_and_odds_ratios_in_words():
    assert str(in_words.mean(-0.214, -0.305, -0.12)) == "−0.21 (−0.31 to −0.12)"
    assert str(in_words.odds_ratio(2.1, 1.31, 3.36)) == "2.10 times the odds (1.31 to 3.36 times)"
    assert str(in_words.odds_ratio(0.48, 0.3, 0.7)) == "0.48 times the odds (0.30 to 0.70 times)"
    assert str(in_words.odds_ratio(1.1, 0.8, 1.6)) == "no clear difference in the odds (0.80 to 1.60 times)"


def test_the_header_says_study_waves_who_how_many_and_that_answers_are_synthetic(page):
    said = repr(page.header())
    assert said == (
        "Does leadership go with provision?\nCareers leaders in harbour towns. Waves: 2021, 2024. "
        "Answered by careers leaders. 2,376 schools. Synthetic answers"
    )
    assert "Synthetic answers: shows the method, not a finding" in page.header().html


def test_real_answers_have_no_ribbon(tmp_path, monkeypatch):
    monkeypatch.chdir(small_project.build(tmp_path, synthetic=False))
    header = Report.open("harbour", "provision").header()
    assert "Real answers" in header.html
    assert "ynthetic" not in header.html


def test_a_page_about_a_sample_counts_that_sample(project):
    table = contracts.ESTIMATES.read("results/harbour/estimates/guidance.csv")
    part = table[table["level"].eq("1")].assign(sample="phase=2", n=700)
    contracts.ESTIMATES.write(_stacked(table, part), "results/harbour/estimates/guidance.csv")
    said = repr(Report.open("harbour", "provision", sample="phase=2").header())
    assert "About: Secondary. Answered by careers leaders. up to 700 schools" in said


def test_sentences_are_filled_from_the_estimates(page):
    assert repr(page.summary()).splitlines() == [
        "About 4 in 10 schools (36% to 44%) give guidance.",
        "Where backing is one point more, provision is 2.38 higher (1.40 to 3.37 higher).",
    ]


def test_a_changed_result_changes_the_text(project):
    path = "results/harbour/estimates/guidance.csv"
    table = contracts.ESTIMATES.read(path)
    shown = table["level"].eq("1")
    table.loc[shown, ["estimate", "ci_low", "ci_high"]] = [0.62, 0.55, 0.69]
    contracts.ESTIMATES.write(table, path)
    assert repr(Report.open("harbour", "provision").summary()).startswith("About 6 in 10 schools (55% to 69%)")


def test_every_number_links_to_its_row(page):
    html = page.summary().html
    row = {"specification": "guidance", "sample": "all", "outcome": "guides", "quantity": "share", "term": "guides"}
    place = f"lineage/guidance.html#{lineage.row_id({**row, 'level': '1'})}"
    assert f'<a class="number" href="{place}" title="Guidance, n = 1,188">' in html
    assert html.count('<a class="number"') == 2


def test_a_withheld_number_is_said_to_be_withheld(page):
    said = page.finding("{share:schools} do not.", "guidance", level="2")
    assert repr(said) == "Withheld (fewer than 10) do not."


def test_n_alone_is_that_of_the_row(page):
    assert repr(page.finding("{n} schools told.", "guidance")) == "1,188 schools told."


def test_say_fills_in_what_the_page_knows(page):
    assert repr(page.say("{n} {units}, {waves}: {respondents} of {study}.")) == (
        "2,376 schools, 2021 and 2024: careers leaders of Careers leaders in harbour towns."
    )


def test_a_section_asks_answers_shows_and_tells_how(page):
    html = page.section("goes_with").html
    assert '<h2 id="goes_with-asked">Does provision go with its backing?</h2>' in html
    assert "No clear difference" in html
    assert "What a school could make of it" in html
    assert 'href="estimates/unadjusted.csv"' in html
    assert 'href="provision.code.html#goes_with"' in html


def test_sections_come_in_the_order_of_the_report_file(page):
    html = page.sections().html
    assert html.index("Does provision go with its backing?") < html.index("Who gives guidance?")


def test_what_an_earlier_section_shows_is_not_shown_again_but_named(project):
    path = project / "config/studies/harbour/reports/provision.yaml"
    text, again = path.read_text(encoding="utf-8"), "figures: [factor-effects, guidance]\n    tables: [models]"
    path.write_text(text.replace("figures: [guidance]", again), encoding="utf-8")
    html = Report.open("harbour", "provision").sections().html
    assert html.count('id="figure-factor-effects"') == html.count('id="table-models"') == 1
    assert 'Figure above: <a href="#figure-factor-effects">' in html.partition("Who gives guidance?")[2]
    assert 'Table above: <a href="#table-models">Provision explained</a>' in html


def test_pictures_say_their_size(page):
    sizes = re.findall(r'width="(\d+)" height="(\d+)"', page.figure("guidance").html)
    assert [int(width) for width, _ in sizes] == [346, 624]  # 3.6 and 6.5 inches, at 96 pixels each
    with pytest.raises(ValueError, match="does not say its width and height in points"):
        picture.embedded(b"<svg/>")


def test_a_figure_has_two_widths_alt_caption_and_its_numbers(page):
    html = page.figure("guidance").html
    assert html.count("data:image/svg+xml;base64,") == 2
    assert '<source media="(max-width: 600px)"' in html
    assert 'alt="Schools with and without guidance.' in html
    assert "n = 1,188 schools" in html
    assert '<a href="dictionary.html#guides">Guidance in school</a>' in html
    assert '<td class="number">39%</td>' in unlinked(html)
    assert "Where these numbers come from:" in html and '<a href="lineage/guidance.html">Guidance</a>' in html
    assert 'href="figures/guidance.csv"' in html


def test_a_table_stands_with_its_note_and_file(page):
    html = page.table("models").html
    assert "Provision explained" in html
    assert 'href="tables/models.csv"' in html
    row = {"specification": "adjusted", "sample": "all", "outcome": "provision", "quantity": "coefficient"}
    place = f"lineage/adjusted.html#{lineage.row_id({**row, 'term': 'backing', 'level': ''})}"
    assert f'<td class="number"><a href="{place}">2.38</a>' in html


def test_withheld_rows_have_no_numbers(page):
    rows = page.results.estimates[page.results.estimates["specification"].eq("guidance")]
    table = readable(rows, page.labels, 0.95)
    cells = {row[1].text: [cell.text for cell in row[2:]] for row in table.rows}
    assert cells == {"Yes": ["39%", "36% to 44%", "1,188"], "No": ["w", "", ""]}
    assert table.marks == ("w: withheld (fewer than 10)",)


def test_the_flow_adds_reasons_and_hides_small_ones(page):
    flow = repr(page.flow()).splitlines()[0]
    assert flow == (
        "2021: 1,310 responses received; left out: broke off: 100; preview: 22; "
        "no consent: withheld (fewer than 10); 1,188 kept"
    )


def test_refused_answers_are_told_by_reason(page):
    assert "2024: guides is outside its answers: 14" in repr(page.refused())


def test_weighting_tells_the_design_and_what_unequal_weights_cost(page):
    first, second = repr(page.weighting()).split("\n\n")
    assert first.startswith("2021: Every response counts once")
    assert "together they stand for 3,408 schools" in second
    assert "make 1,188 responses as precise as 792 with equal weights (Kish's design effect 1.50)" in second


def weighting_of(page, effect, **design):
    """What is said of the weights of 2024, with this design effect and design."""
    config = page.labels.config
    wave = config.waves["2024"]
    other = wave.model_copy(update={"design": wave.design.model_copy(update=design)})
    facts = page.results.facts.copy()
    facts.loc[facts["sample"].eq("wave=2024") & facts["quantity"].eq("design_effect"), "estimate"] = effect
    labels = Labels(replace(config, waves={**config.waves, "2024": other}))
    return repr(waves.weighting(Results(page.results.estimates, page.results.fits, facts), "2024", labels))


def test_equal_weights_are_told(page):
    said = weighting_of(page, 1.0)
    assert said.endswith("All weights are the same: they change totals, and no mean, share or coefficient.")
    assert "Kish" not in said
    assert "All weights are the same" not in weighting_of(page, 1.0, weight="none")


def test_a_stated_total_is_told(page):
    said = weighting_of(page, 1.5, sums_to=3_408.4, sums_within=0.001)
    assert "stand for 3,408 schools. That is what was stated beforehand (within 0.1%)." in said


def told_of_exclusions(page, rows):
    redone = {"adjusted": page.labels.config.specifications["adjusted"]}
    shown = replace(page.results, exclusions=rows)
    return report_exclusions.table(shown, "2024", page.labels, redone)


def test_a_wave_tells_what_its_exclusions_do_to_the_results(page):
    shown = told_of_exclusions(page, small_project.exclusions(estimate=1.9, ci_low=1.0, ci_high=2.8, n=1250))
    assert repr(shown).splitlines() == [
        "2024: broke off: 100; preview: 22 (never undone: previews and tests are no answers); "
        "no consent: withheld (fewer than 10)",
        "Adjusted, without 'broke off', Provision of STEM careers education, Backing for STEM careers: "
        "2.38 (1.40 to 3.37) with it, 1.90 (1.00 to 2.80) without it, difference −0.48",
    ]
    cells = re.findall(r'<td[^>]*class="number"[^>]*>(.*?)</td>', shown.html)
    text = [re.sub("<[^>]*>", "", cell) for cell in cells[-5:]]
    assert text == ["n 1,188", "n 1,250", "2.38 (1.40 to 3.37)", "1.90 (1.00 to 2.80)", "−0.48"]
    assert all('<a href="lineage/adjusted.html#row-' in cell for cell in cells[-3:])
    assert "as if nobody had been left out for “broke off” (100)" in shown.html


def test_an_exclusion_that_changes_nothing_and_one_that_is_withheld_say_so(page):
    same = told_of_exclusions(page, small_project.exclusions(estimate=2.384, ci_low=1.4, ci_high=3.368, n=1188))
    assert (
        "Nothing changes in Provision of STEM careers education (n 1,188): those left out gave no answer that the "
        "model could use." in same.html
    )
    few = small_project.exclusions(estimate=NAN, n=pd.NA, withheld="would show a group of fewer than 10")
    hidden = told_of_exclusions(page, few)
    assert "Provision of STEM careers education: withheld: would show a group of fewer than 10." in hidden.html
    assert "1,188" not in hidden.html


def test_a_wave_without_models_that_are_redone_still_tells_its_exclusions(page):
    shown = told_of_exclusions(page, contracts.ESTIMATES.empty())
    assert shown.html.count("no model was estimated without it") == 3
    facts = page.results.facts[page.results.facts["term"].ne("left_out")]
    nobody = report_exclusions.table(replace(page.results, facts=facts), "2024", page.labels, {})
    assert "No response was left out, so no result can depend on it." in nobody.html


def test_a_model_that_is_redone_points_to_the_pages_that_show_it(project):
    small_project.undone(project)
    html = Report.open("harbour", "provision").method().html
    assert (
        "Adjusted: worked out again without each exclusion of responses, on the pages of "
        '<a href="waves.html#exclusions-2024">2024</a>.' in html
    )
    assert "1.90 (1.00 to 2.80)" in Report.open("harbour", "waves", wave="2024").exclusions().html


def test_weighting_to_known_totals_shows_the_margins_before_and_after(page):
    calibrate = Calibration(method="rake", population="harbours", margins=["phase"])
    config = page.labels.config
    wave = config.waves["2024"]
    wave = wave.model_copy(update={"design": wave.design.model_copy(update={"weight": "none", "calibrate": calibrate})})
    labels = Labels(replace(config, waves={**config.waves, "2024": wave}))
    known = {"specification": "weighting", "sample": "wave=2024", "quantity": "share", "term": "phase", "withheld": ""}
    facts = pd.DataFrame(
        [
            {**known, "outcome": name, "level": level, "estimate": share}
            for name, shares in {"population": (0.8, 0.2), "before": (0.5, 0.5), "after": (0.8, 0.2)}.items()
            for level, share in zip("12", shares, strict=True)
        ]
        + [{**known, "outcome": "responses", "quantity": "count", "term": "weights", "level": "", "estimate": 2_000.0}]
    )
    facts.loc[facts["level"].eq("2") & facts["outcome"].ne("population"), "withheld"] = "fewer than 10"
    results = Results(page.results.estimates, page.results.fits, facts)
    shown = waves.weighting(results, "2024", labels)
    assert repr(shown).startswith(
        "2024: Responses are weighted to known totals (Phase; raking), starting from equal weights; together they "
        "stand for 2,000 schools. "
    )
    cells = re.findall(r"<td[^>]*>(.*?)</td>", unlinked(shown.html))
    assert cells == ["Phase", "Primary", "80%", "50%", "80%", "Phase", "Secondary", "20%", "w", "w"]


def test_trimming_and_sums_are_told(page):
    calibrate = Calibration(method="linear", population="harbours", margins=["phase"], bounds=[0.3, 3])
    trim = Trim(lower=0.2, upper=5, of="mean", redistribute="in_proportion")
    config = page.labels.config
    wave = config.waves["2024"]
    design = wave.design.model_copy(update={"weight": "W", "calibrate": calibrate, "trim": trim})
    labels = Labels(replace(config, waves={**config.waves, "2024": wave.model_copy(update={"design": design})}))
    known = {"specification": "weighting", "sample": "wave=2024", "level": "", "withheld": ""}
    rows = [
        ("population", "total", "phase", 51_000.4),
        ("before", "total", "phase", 49_000),
        ("after", "total", "phase", 51_000.4),
    ]
    rows += [("responses", "count", "trimmed", 14)]
    for outcome, largest, effect in (("untrimmed", 9.1, 1.9), ("trimmed", 5.2, 1.5)):
        rows += [(outcome, "ratio", "largest_weight", largest), (outcome, "design_effect", "weights", effect)]
    facts = pd.DataFrame(
        [{**known, **dict(zip(("outcome", "quantity", "term", "estimate"), row, strict=True))} for row in rows]
    )
    shown = waves.weighting(Results(page.results.estimates, page.results.fits, facts), "2024", labels)
    assert "(Phase; linear calibration, by factors from 0.3 to 3), starting from W." in repr(shown)
    assert (
        "Weights were made at least 0.2 times and at most 5 times their mean; what was cut off was shared out among "
        "the others in proportion to them. Weights that were cut: 14. The largest weight was 9.10 times the median "
        "before trimming, 5.20 after. Kish's design effect of unequal weights was 1.90 before trimming, 1.50 after."
    ) in repr(shown)
    assert re.findall(r"<td[^>]*>(.*?)</td>", unlinked(shown.html)) == ["Phase", "sum", "51,000", "49,000", "51,000"]


def test_wording_shows_every_item_counts_shares_and_gaps(page):
    html = unlinked(page.wording().html)
    assert "Is guidance given in your school?" in html
    row = re.search(r'<th scope="row">Yes</th>\s*<td class="number">468</td><td class="number">40%</td>', html)
    assert row
    gap = re.search(r'<tr class="missing"><th scope="row">don&#39;t know</th>\s*<td class="number">20</td>', html)
    assert gap


def test_no_share_is_shown_where_a_count_is_withheld(page):
    html = unlinked(page.wording().html)
    item = html[html.index('id="item-phase"') :]
    item = item[: item.index("</table>")]
    assert re.search(r'<th scope="row">Primary</th>\s*<td class="number">w</td><td class="number"></td>', item)
    assert re.search(r'<th scope="row">Secondary</th>\s*<td class="number">1,180</td><td class="number"></td>', item)
    assert "%</td>" not in item


def test_reliability_tells_alpha_and_each_item(page):
    html = unlinked(page.reliability().html)
    assert "Cronbach&#39;s alpha 0.81 (0.78 to 0.84), n = 1,180" in html or (
        "Cronbach's alpha 0.81 (0.78 to 0.84), n = 1,180" in html
    )
    assert "(mirrored)" in html


def test_reliability_of_ordered_answers_is_told_or_why_there_is_none(page):
    found = page.reliability()
    html = unlinked(found.html)
    assert (
        "n = 1,180. Ordinal alpha 0.86 (0.84 to 0.88). No omega: a factor needs three items or more.</p>"
        in " ".join(html.split())
    )
    assert re.search(r'<th scope="row">2 [^<]+</th><td class="number">0.75</td></tr>', html)
    assert "Loading</th>" not in html
    assert "doi:10.22237/jmasm/1177992180" in html
    assert "alpha 0.81, ordinal alpha 0.86, omega none" in found.text


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("no reliability: the answers to plan do not vary", "No reliability: the answers to plan do not vary."),
        ("fewer than 10", "Cronbach's alpha w."),
    ],
)
def test_a_scale_without_reliability_says_why(page, reason, told):
    whole = page.results.about(page.waves[0], "reliability")
    gone = whole[whole["quantity"].eq("reliability")].assign(estimate=float("nan"), n=pd.NA, withheld=reason)

    class Results:
        def about(self, wave, specification):
            return gone

    html = unlinked(measures.reliability(Results(), page.waves[:1], page.labels, 0.95).html)
    assert f"</strong>: {told}</p>" in html.replace("&#39;", "'")


def test_the_method_tells_design_gaps_withheld_and_what_would_change_it(page):
    html = page.method().html
    assert "missing Backing for STEM careers: 12" in html
    assert "No number is shown that rests on fewer than 10 respondents" in html
    assert "Where models disagree, what is held constant decides." in html


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda page: page.figure("guidanc"),
            f"{WHERE}: 2 problems\n"
            "  figure 'guidanc' is not named under sections; did you mean 'guidance'?\n"
            "  a page shows only what its report file names: that is how a change makes it run again",
        ),
        (
            lambda page: page.table("other"),
            f"{WHERE}: 2 problems\n"
            "  table 'other' is not named under sections; it names 'models'\n"
            "  a page shows only what its report file names: that is how a change makes it run again",
        ),
        (
            lambda page: page.finding("{mean}", "hidden"),
            f"{WHERE}: 2 problems\n"
            "  specification 'hidden' is not named under sections and summary; it names 'adjusted', 'guidance', "
            "'unadjusted'\n"
            "  a page shows only what its report file names: that is how a change makes it run again",
        ),
        (
            lambda page: page.finding("{shar} of all", "guidance"),
            f"{WHERE}: 1 problem\n  '{{shar}} of all': {{shar}} cannot be filled in; did you mean 'share'?",
        ),
        (
            lambda page: page.finding("{share!r} of all", "guidance"),
            f"{WHERE}: 1 problem\n  '{{share!r}} of all': {{share}} cannot be filled in; did you mean 'share'?",
        ),
        (
            lambda page: page.finding("{share} and {mean}", "guidance"),
            f"{WHERE}: 1 problem\n"
            "  '{share} and {mean}': {share} and {mean} are numbers of their own; write a sentence for each",
        ),
        (
            lambda page: page.finding("{share", "guidance"),
            f"{WHERE}: 1 problem\n"
            "  '{share': expected '}' before end of string; write a bracket that is meant as text twice",
        ),
        (
            lambda page: page.finding("{share}", "guidance"),
            f"{WHERE}: 1 problem\n  '{{share}}': several estimates fit; say which one: level is one of '1', '2'",
        ),
        (
            lambda page: page.finding("{mean}", "guidance"),
            f"{WHERE}: 1 problem\n  '{{mean}}': 'guidance' has no mean in sample 'all'",
        ),
        (
            lambda page: page.finding("{difference}", "adjusted", term="bakcing"),
            f"{WHERE}: 1 problem\n  '{{difference}}': there is no difference of term 'bakcing' in 'adjusted', "
            "sample 'all'; there is 'backing', 'intercept', 'phase'",
        ),
        (
            lambda page: page.finding("{difference}", "adjusted", term="backing", sample="wave=2020"),
            f"{WHERE}: 1 problem\n  '{{difference}}': 'adjusted' has no sample 'wave=2020'; it has 'all'",
        ),
        (
            lambda page: page.expect("backing", "adjusted"),
            f"{WHERE}: 1 problem\n  expect('backing'): say above= or below=",
        ),
        (
            lambda page: page.expect("backing", "adjusted", above=2),
            f"{WHERE}: 1 problem\n"
            "  expect('backing') expects the whole interval above 2.00, but it is 1.400 to 3.368 (adjusted, sample "
            "all, coefficient of backing); the answers no longer bear the sentence out, write what they do",
        ),
        (
            lambda page: page.expect("backing", "adjusted", above=1, quantity="size"),
            f"{WHERE}: 1 problem\n  expect('backing'): 'size' is not known; use share, mean, total, ratio, quantile, "
            "difference, odds_ratio, rate_ratio, effect, association, effective_n, icc",
        ),
        (
            lambda page: page.finding("{share}", "guidance", level="2", below=0.5),
            f"{WHERE}: 1 problem\n  '{{share}}' expects an interval below 0.50, but the number is withheld (guidance, "
            "sample all, share of guides 2)",
        ),
        (
            lambda page: Report.open("harbor", "provision"),
            "config/studies: 1 problem\n  'harbor' is not a known study; did you mean 'harbour'?",
        ),
        (
            lambda page: Report.open("harbour", "provisions"),
            "config/studies/harbour/reports: 1 problem\n"
            "  'provisions' is not a known report; did you mean 'provision'?",
        ),
        (
            lambda page: Report.open("harbour", "waves", wave="1999"),
            "config/studies/harbour/waves: 1 problem\n  '1999' is not a known wave; there is '2021', '2024'",
        ),
    ],
)
def test_what_cannot_be_shown_is_told(inside, page, call, text):
    with pytest.raises(Problem) as told:
        call(page)
    assert str(told.value) == text


def test_expectations_that_hold_pass(page):
    page.expect("backing", "adjusted", above=0)
    page.expect("backing", "adjusted", below=4)
    page.expect("guides", "guidance", level="1", quantity="share", above=0.3, below=0.5)


@pytest.mark.parametrize(
    ("says", "more", "fault"),
    [
        ("{shar:schools} do", {}, "says: '{shar:schools} do': {shar} cannot be filled in; did you mean 'share'?"),
        (
            "{x}",
            {},
            "says: '{x}': {x} cannot be filled in; known are {share}, {mean}, {total}, {ratio}, {quantile}, "
            "{difference}, {odds_ratio}, {rate_ratio}, {effect}, {association}, {effective_n}, {icc}, {agreement}, {n}",
        ),
        (
            "{share} {mean}",
            {},
            "says: '{share} {mean}': {share} and {mean} are numbers of their own; write a sentence for each",
        ),
        (
            "{n} told",
            {"above": 0},
            "says: has no number that 'above' or 'below' could guard; add one, for example {difference}",
        ),
        ("{share} of {n}", {"above": 0}, None),
        ("a {{bracket}}", {}, None),
    ],
)
def test_a_sentence_is_checked_before_the_first_job(says, more, fault):
    faults = list(Finding.model_construct(says=says, **{"above": None, "below": None, **more}).faults())
    assert faults == ([fault] if fault else [])


def test_log_odds_are_not_told_as_a_difference(project):
    path = "results/harbour/estimates/adjusted.csv"
    contracts.ESTIMATES.write(contracts.ESTIMATES.read(path).assign(unit="log odds"), path)
    with pytest.raises(Problem, match=r"'adjusted' is a logit model; say \{odds_ratio\} instead"):
        Report.open("harbour", "provision").finding("{difference}", "adjusted", term="backing")


def test_missing_results_say_what_to_do(project):
    (project / "results/harbour/fits/adjusted.csv").unlink()
    (project / "results/harbour/waves/2021.csv").unlink()
    with pytest.raises(Problem) as told:
        Report.open("harbour", "provision")
    assert str(told.value) == (
        "results/harbour: 3 problems\n"
        "  results/harbour/fits/adjusted.csv is missing\n"
        "  results/harbour/waves/2021.csv is missing\n"
        "  run `make report` first: it makes what a page shows"
    )


def test_a_page_opens_from_the_notebooks_folder(project, monkeypatch):
    (project / "notebooks").mkdir()
    monkeypatch.chdir(project / "notebooks")
    assert "2,376 schools" in repr(Report.open("harbour", "provision").header())


def test_outside_a_project_it_says_where_to_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem) as told:
        Report.open("harbour", "provision")
    assert str(told.value) == (
        "config/project.yaml: 1 problem\n"
        "  the file is neither in the working folder nor in one above it; "
        "start in the project's folder or in notebooks/"
    )


class _Live(HTMLParser):
    """Elements and attributes through which a page could act."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attributes):
        if tag in {"script", "iframe", "object", "embed", "form", "style", "link", "meta", "base", "svg"}:
            self.found.append(tag)
        for name, value in attributes:
            if name.startswith("on") or re.match(r"\s*(javascript|vbscript|data:text)", value or "", re.IGNORECASE):
                self.found.append(f"{tag} {name}={value}")


def test_hostile_words_of_a_config_stay_words(tmp_path, monkeypatch):
    hostile = dict.fromkeys(small_project.WORDS, " ".join(small_project.PAYLOADS))
    monkeypatch.chdir(small_project.build(tmp_path, **hostile))
    pieces = {
        "provision": ("header", "summary", "sections", "method"),
        "measures": ("header", "reliability", "wording"),
        "waves": ("header", "flow", "exclusions", "refused", "weighting"),
    }
    for report, names in pieces.items():
        page = Report.open("harbour", report)
        for name in names:
            parser = _Live()
            parser.feed(getattr(page, name)().html)
            assert parser.found == [], name


def _stacked(*tables):
    import pandas as pd

    return pd.concat(tables, ignore_index=True)


@pytest.mark.parametrize(
    ("numbers", "points", "words"),
    [
        ((12.2, 3.1, 21.0), True, "12 more in every 100 schools (3 to 21 more)"),
        ((-12.2, -21.0, -3.1), True, "12 fewer in every 100 schools (3 to 21 fewer)"),
        ((2.0, -3.4, 7.6), True, "no clear difference (between 3 fewer and 8 more in every 100 schools)"),
        ((0.3, 0.2, 0.4), True, "under 1 more in every 100 schools (under 1 to under 1 more)"),
        ((1.5, 0.21, 2.8), False, "1.50 more (0.21 to 2.80 more)"),
        ((-0.5, -1.0, 0.25), False, "no clear difference (between 1.00 less and 0.25 more)"),
    ],
)
def test_an_effect_is_told_as_schools_in_a_hundred(numbers, points, words):
    assert str(in_words.effect(*numbers, points=points, of="schools" if points else "")) == words


def test_a_rate_ratio_is_told_as_times_as_many():
    assert str(in_words.rate_ratio(1.3, 1.1, 1.54)) == "1.30 times as many (1.10 to 1.54 times)"
    assert str(in_words.rate_ratio(1.1, 0.8, 1.6)) == "no clear difference in number (0.80 to 1.60 times)"


def test_what_a_score_of_item_response_is_told_with(page):
    name = next(n for n, s in page.labels.config.scales.items() if len(s.items) > 1)
    scale = page.labels.config.scales[name]
    more = {
        "method": "partial_credit",
        "parameters": ItemParameters(source="a manual.", steps={item: [0.5] for item in scale.items}),
        "reproduces": Reproduces(scale=name, within=0.01),
    }
    known = {"sample": "wave=2024", "outcome": name, "level": "", "withheld": "", "n": 120}
    known |= {"ci_low": 0.5, "ci_high": 0.7}
    rows = [
        {"specification": "reliability", "quantity": "separation_reliability", "term": name, "estimate": 0.61},
        {"specification": "reliability", "quantity": "largest_difference", "term": name, "estimate": 0.00776},
        {"specification": "reliability", "quantity": "mean_difference", "term": name, "estimate": 0.00012},
        {"specification": "agreement", "quantity": "count", "term": name, "estimate": 23.0},
        {"specification": "agreement", "quantity": "icc1", "term": name, "estimate": 0.6},
        {"specification": "agreement", "quantity": "rwg", "term": name, "estimate": 0.8, "ci_low": float("nan")},
    ]
    first = scale.items[0]
    rows += [
        {"specification": "reliability", "quantity": "difficulty", "term": first, "estimate": -0.4},
        {"specification": "reliability", "quantity": "step", "term": first, "level": "1", "estimate": -1.0},
        {"specification": "reliability", "quantity": "step", "term": first, "level": "2", "estimate": 0.2},
    ]
    table = pd.DataFrame([{**known, **row} for row in rows])

    class Results:
        def about(self, wave, specification):
            return table[table["specification"].eq(specification)]

    before = dict(page.labels.config.scales)
    page.labels.config.scales[name] = scale.model_copy(update=more)
    try:
        found = measures.reliability(Results(), page.waves[:1], page.labels, 0.95)
    finally:
        page.labels.config.scales.update(before)
    html = " ".join(unlinked(found.html).split())
    assert "Reliability of the scores 0.61 (0.50 to 0.70)." in html
    assert "Scored by weighted likelihood under the partial credit model, with given parameters. A manual." in html
    assert f"as it came with the data by at most 0.0078 {scale.unit}, on average by 0.0001, in 120 responses." in html
    assert "Schools with two or more responses: 23. ICC(1) 0.60 (0.50 to 0.70); median rwg 0.80." in html
    cells = re.search(rf'#{first}">.*?</tr>', html)[0]
    assert re.findall(r'<td class="number">(.*?)</td>', cells) == ["", "", "−0.40", "−1.00, 0.20"]


def test_flagged_responses_and_answers_kept_off_the_route_are_told() -> None:
    from types import SimpleNamespace

    rows = [
        ("received", "", 60),
        ("left_out", "no consent", 10),
        ("kept", "", 50),
        ("flagged", "answered too fast", 12),
        ("flagged", "straight lines", 0),
        ("refused_answers", "is outside its answers", 11),
        ("kept_answers", "was given", 14),
    ]
    table = pd.DataFrame(rows, columns=["term", "level", "estimate"]).assign(withheld="")
    table = table.assign(specification="flow", sample="wave=2024", outcome="responses", quantity="count")
    wave = SimpleNamespace(title="2024", quarantine_at_most=0.02, differs={})
    labels = SimpleNamespace(config=SimpleNamespace(waves={"2024": wave}), units="schools")
    results = SimpleNamespace(about=lambda *_: table)
    flow = waves.flow(results, "2024", labels, Fragment("<p>picture</p>", "picture"))
    assert repr(flow).splitlines()[0] == (
        "2024: 60 responses received; left out: no consent: 10; 50 kept; flagged and kept: answered too fast: 12"
    )
    assert "Of these, flagged and kept" in flow._repr_html_()
    refused = waves.refused(results, "2024", labels)
    assert repr(refused).splitlines()[0] == (
        "2024: is outside its answers: 11; answers kept though routing passed the question over: 14"
    )
