"""Published against rebuilt: the verdict at its edges, the estimate that is found, and what the site tells of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from helpers import small_project, small_site
from stemcareers import compare, config, contracts
from stemcareers.compare import verdict
from stemcareers.config.entry import parse
from stemcareers.config.published import Published
from stemcareers.report import lineage
from stemcareers.site import agreement
from stemcareers.site.shown_at import row_of_published

ROOT = Path(__file__).resolve().parents[1]
STUDIES = config.study_ids(ROOT)
SAME = ("reproduced", "equal at the printed rounding")
INSIDE = ("within sampling error", "the published number lies inside the interval of the rebuilt one")
OF_BASE = ("within sampling error", "the rebuilt number lies inside the interval that the published base gives")
OTHER = ("differs", "more than rounding and sampling error explain")


@pytest.mark.parametrize(
    ("printed", "rebuilt", "said"),
    [
        ("91", 90.5, SAME),  # halves are rounded away from zero, as in the report
        ("91", 90.4999999, OTHER),
        ("91", 91.4999999, SAME),
        ("91", 91.5, OTHER),
        ("91.0", 91.04, SAME),
        ("91.0", 91.05, OTHER),  # a decimal that was printed counts, also where it is nought
        ("66.7", 100 * 2 / 3, SAME),
        ("0.15", 0.145, SAME),
        ("14.5", 100 * 0.145, SAME),  # 14.499999999999998 as a float
        ("-0.5", -0.45, SAME),
        ("-0.5", -0.55, OTHER),
        ("0", -0.4, SAME),
        ("0.00", 1e-12, SAME),
        ("188", 188.0, SAME),
        ("188", 189.0, OTHER),
    ],
)
def test_reproduced_is_equal_at_the_printed_rounding(printed, rebuilt, said):
    assert verdict.verdict(printed, rebuilt, None, None) == said


@pytest.mark.parametrize(
    ("printed", "interval", "base", "said"),
    [
        ("40", (40.0, 60.0), None, INSIDE),  # the ends belong to the interval
        ("60", (40.0, 60.0), None, INSIDE),
        ("39.9", (40.0, 60.0), None, OTHER),
        ("60.1", (40.0, 60.0), None, OTHER),
        ("39.9", (40.0, 60.0), (30.0, 50.0), OF_BASE),
        ("39.9", (40.0, 60.0), (30.0, 49.9), OTHER),
        ("50", (50.0, 50.0), None, SAME),
    ],
)
def test_sampling_error_is_of_the_rebuilt_or_the_published_number(printed, interval, base, said):
    assert verdict.verdict(printed, 50.0, interval, base) == said


def test_the_interval_of_a_published_share_is_wilson_s():
    # R: prop.test(81, 263, correct = FALSE)$conf.int
    low, high = verdict.of_share(81 / 263, 263, 0.95)
    assert (low, high) == (pytest.approx(0.2552885, abs=1e-7), pytest.approx(0.3662096, abs=1e-7))
    assert verdict.of_share(0.0, 10, 0.95) == (pytest.approx(0, abs=1e-12), pytest.approx(0.2775328, abs=1e-7))


@pytest.fixture(scope="module")
def harbour(tmp_path_factory) -> config.StudyConfig:
    return config.everything(small_project.STUDY, small_project.build(tmp_path_factory.mktemp("harbour")))


def number(**given: object) -> Published:
    usual = {"id": "one", "question": "Asked?", "value": "39", "unit": "%", "where": "Page 1"}
    return parse(Published, {**usual, **given}, "published.csv")


def shares(*given: dict[str, object]) -> pd.DataFrame:
    usual = {"outcome": "guides", "term": "guides", "quantity": "share", "unit": "probability", "level": "1", "n": 100}
    usual |= {"estimate": 0.394, "ci_low": 0.36, "ci_high": 0.44}
    tables = [small_project.rows(str(row.get("specification", "guidance")), {**usual, **row}) for row in given]
    return pd.concat(tables, ignore_index=True)


def compared(study: config.StudyConfig, of: Published, estimates: pd.DataFrame) -> dict[str, object]:
    return compare.published(replace(study, published={"one": of}), estimates, 0.95).iloc[0].to_dict()


GUIDES = {"item": "guides", "level": "1"}


def test_a_share_is_told_in_per_cent_with_its_interval_and_where_it_is_from(harbour):
    row = compared(harbour, number(**GUIDES, sample="all", base_n="188"), shares({}))
    assert row["rebuilt"] == pytest.approx(39.4)
    assert (row["ci_low"], row["ci_high"]) == (pytest.approx(36), pytest.approx(44))
    assert row["difference"] == pytest.approx(0.4)
    assert (row["specification"], row["sample"], row["quantity"]) == ("guidance", "all", "share")
    assert (row["n"], row["base_n"], row["published"]) == (100, 188, "39")
    assert (row["verdict"], row["because"]) == SAME
    assert row["synthetic"]


def test_the_published_base_counts_where_the_rebuilt_interval_does_not_reach(harbour):
    of = {**GUIDES, "sample": "all", "value": "45"}
    assert compared(harbour, number(**of), shares({}))["verdict"] == "differs"
    assert compared(harbour, number(**of, base_n="188"), shares({}))["because"] == OF_BASE[1]
    assert compared(harbour, number(**of, base_n="5000"), shares({}))["verdict"] == "differs"
    assert compared(harbour, number(**of, base_n="0"), shares({}))["verdict"] == "differs"


WITHHELD = {"withheld": "fewer than 10", "estimate": float("nan"), "n": pd.NA}
CANNOT = [
    (number(because="It is of pupils."), [{}], "It is of pupils."),
    (number(), [{}], "no question or score of this study is the one it is about"),
    (number(unit="n", answer="Yes"), [{}], "no question or score of this study is the one it is about"),
    (number(**GUIDES), [{}], "it may be of several waves, and published.csv does not say of which"),
    (number(unit="n"), [{}], "it may be of several waves, and published.csv does not say of which"),
    (number(**GUIDES, sample="all"), [WITHHELD], "withheld: fewer than 10"),
    (number(**GUIDES, sample="phase=1"), [{}], "no specification estimates it"),
    (number(**GUIDES, sample="all", specification="hidden"), [{}], "no specification estimates it"),
    (
        number(**GUIDES, unit="place", sample="all"),
        [{}],
        "an answer is counted here in % or n, and the unit is 'place'",
    ),
    (
        number(**GUIDES, sample="all"),
        [{}, {"specification": "hidden", "estimate": 0.5}],
        "specifications differ over it (guidance, hidden), and published.csv does not name one",
    ),
]


@pytest.mark.parametrize(("of", "estimates", "because"), CANNOT, ids=[case[2] for case in CANNOT])
def test_what_cannot_be_computed_says_why_and_has_no_number(harbour, of, estimates, because):
    row = compared(harbour, of, shares(*estimates))
    assert (row["verdict"], row["because"]) == ("cannot be computed", because)
    assert all(pd.isna(row[name]) for name in ("rebuilt", "ci_low", "ci_high", "n", "difference"))


def test_a_withheld_estimate_does_not_hide_one_that_is_shown(harbour):
    row = compared(harbour, number(**GUIDES, sample="all"), shares({**WITHHELD, "specification": "adjusted"}, {}))
    assert (row["verdict"], row["specification"]) == ("reproduced", "guidance")


def test_a_named_specification_settles_which_is_meant(harbour):
    both = shares({}, {"specification": "hidden", "estimate": 0.5, "ci_low": 0.46, "ci_high": 0.54})
    row = compared(harbour, number(**GUIDES, sample="all", specification="hidden"), both)
    assert (row["rebuilt"], row["verdict"]) == (50.0, "differs")


def test_counts_of_answers_stand_in_only_where_nothing_is_described(harbour):
    counted = {"specification": "answers", "sample": "wave=2024", "estimate": 0.4, "ci_low": None, "ci_high": None}
    of = number(**GUIDES, wave="2024")
    row = compared(harbour, of, shares(counted))
    assert (row["specification"], row["rebuilt"], row["verdict"]) == ("answers", 40.0, "differs")
    row = compared(harbour, of, shares(counted, {"sample": "wave=2024"}))
    assert (row["specification"], row["verdict"]) == ("guidance", "reproduced")


def test_what_one_wave_asked_is_that_wave_s_without_saying(harbour):
    alone = replace(harbour, waves={"2024": harbour.waves["2024"]})
    assert compared(alone, number(**GUIDES), shares({}))["verdict"] == "reproduced"
    assert compared(alone, number(**GUIDES), shares({"sample": "wave=2024"}))["verdict"] == "reproduced"


def test_all_responses_of_a_specification_about_one_wave_are_of_that_wave(harbour):
    about = harbour.specifications["guidance"].model_copy(update={"waves": ["2024"]})
    of_2024 = replace(harbour, specifications={**harbour.specifications, "guidance": about})
    assert compared(of_2024, number(**GUIDES, wave="2024"), shares({}))["verdict"] == "reproduced"
    assert compared(of_2024, number(**GUIDES, wave="2021"), shares({}))["because"] == "no specification estimates it"
    assert compared(harbour, number(**GUIDES, wave="2024"), shares({}))["because"] == "no specification estimates it"


def test_a_mean_keeps_its_unit(harbour):
    mean = {"outcome": "backing", "term": "backing", "quantity": "mean", "unit": "points, 1 to 4", "level": ""}
    of = number(item="backing", value="2.39", unit="points", sample="all")
    row = compared(harbour, of, shares({**mean, "estimate": 2.394, "ci_low": 2.3, "ci_high": 2.5}))
    assert (row["rebuilt"], row["quantity"], row["verdict"]) == (2.394, "mean", "reproduced")


@pytest.mark.parametrize(
    ("unit", "told"),
    [
        ("points, 0 to 100", ("reproduced", "equal at the printed rounding")),
        ("benchmarks", ("cannot be computed", "the mean here is in 'benchmarks', and the number in %")),
    ],
)
def test_per_cent_are_held_against_no_mean_of_something_else(harbour, unit, told):
    mean = {"outcome": "backing", "term": "backing", "quantity": "mean", "unit": unit, "level": "", "estimate": 39.2}
    row = compared(harbour, number(item="backing", sample="all"), shares(mean))
    assert (row["verdict"], row["because"]) == told


def test_the_bin_of_a_distribution_is_a_level(harbour):
    share = {"outcome": "backing", "term": "backing", "level": "[0, 1)"}
    row = compared(harbour, number(item="backing", level="[0, 1)", sample="all"), shares(share))
    assert (row["quantity"], row["verdict"]) == ("share", "reproduced")


FAULTS = [
    (
        {**GUIDES, "because": "x"},
        "because: says that nothing here can be set beside the number, and item says what can; take one out",
    ),
    ({"level": "1"}, "level: is an answer to an item; name it under item"),
    ({"specification": "guidance"}, "specification: has numbers on items; name one under item"),
    ({"sample": "all", "wave": "2024"}, "wave: the sample says already of whom the number is; take one out"),
    ({"sample": "by wave"}, "sample: 'by wave' is several samples; a number is of one: all, or column=code"),
    ({"value": "91 %"}, "value: '91 %' is not a number; write digits with a decimal point, no unit"),
    ({"value": "1e2"}, "value: '1e2' is not a number; write digits with a decimal point, no unit"),
]


@pytest.mark.parametrize(("given", "told"), FAULTS, ids=[told for _, told in FAULTS])
def test_faults_of_a_row_are_told(given, told):
    with pytest.raises(config.load.Problem) as problem:
        number(**given)
    assert list(problem.value.wrong) == [told]


@pytest.mark.parametrize("study", STUDIES)
def test_every_published_number_of_the_shipped_studies_says_what_it_is_held_against(study):
    """An item, the number of responses, or why not; the verdicts themselves are the page's."""
    for name, row in config.everything(study, ROOT).published.items():
        about_responses = row.unit == "n" and row.answer is None
        assert row.item is not None or row.because is not None or about_responses, name


def test_the_page_shows_every_number_with_its_verdict(tmp_path):
    site = small_site.build(small_project.build(tmp_path))
    text = " ".join((site / "harbour" / "published.html").read_text(encoding="utf-8").split())
    assert "<strong>Here agreement is by construction.</strong>" in text
    assert "Of 4 published numbers:" in text
    for line in (
        "<strong>1</strong> reproduced: the same at the rounding of the published number",
        "<strong>0</strong> within sampling error: no further apart than the chance of who answered explains",
        "<strong>1</strong> differs: further apart than rounding and chance explain",
        "<strong>2</strong> cannot be computed: nothing here to set beside the published number; the table says why",
    ):
        assert line in text
    assert 'from <a class="from" href="lineage/guidance.html#row-' in text
    assert re.search(r'from <a class="from" href="waves/2024\.html#row-\w+">Facts of the wave</a>', text)
    assert 'Cannot be computed<span class="what">withheld: fewer than 10</span>' in text
    assert "\N{MINUS SIGN}2.5 pupils" in text
    order = [text.index(f'id="number-{name}"') for name in ("guides-yes", "guides-no", "answered", "pupils")]
    assert order == sorted(order), "as published.csv has them"
    rows = contracts.COMPARED.read(tmp_path / "results" / "harbour" / "published.csv").set_index("id")
    assert rows.loc["answered", "difference"] == -12


def test_a_published_number_stands_with_its_unit_and_a_true_minus():
    said = [("-2.5", "pupils"), ("-4", "%"), ("3", "place"), ("40", "n")]
    assert [agreement.with_unit(*one) for one in said] == [
        "\N{MINUS SIGN}2.5 pupils",
        "\N{MINUS SIGN}4%",
        "place 3",
        "40",
    ]


def test_the_page_of_real_answers_calls_agreement_evidence(tmp_path):
    site = small_site.build(small_project.build(tmp_path, synthetic=False))
    text = (site / "harbour" / "published.html").read_text(encoding="utf-8")
    assert "agreement is evidence" in text
    assert "by construction" not in text


@pytest.mark.parametrize(
    ("of", "row"),
    [
        ({"quantity": "difference", "term": "phase"}, {"quantity": "change", "term": "phase"}),
        ({"quantity": "standard_deviation", "level": None, "unit": "points"}, {"quantity": "variance", "level": ""}),
        ({"quantity": "place", "specification": "guidance", "unit": "place"}, {}),
    ],
)
def test_a_number_leads_to_the_row_that_it_is_worked_out_of(harbour, of, row):
    estimates = shares(row)
    made = compared(harbour, number(**{**GUIDES, "sample": "all", "value": "1", **of}), estimates)
    assert lineage.row_id(row_of_published(made)) == lineage.row_id(estimates.iloc[0])


# --- other kinds of numbers --------------------------------------------------------------------------------


def test_a_difference_is_found_by_what_it_is_of_and_told_in_percentage_points(harbour):
    row = {"quantity": "difference", "term": "phase", "level": "2", "estimate": 0.32, "ci_low": 0.2, "ci_high": 0.44}
    of = number(item="guides", level="2", value="32", unit="percentage points", quantity="difference", term="phase")
    made = compared(harbour, of.model_copy(update={"sample": "all"}), shares(row, {}))
    assert (made["rebuilt"], made["term"], made["quantity"]) == (pytest.approx(32), "phase", "difference")
    assert made["verdict"] == "reproduced"
    changed = compared(harbour, of.model_copy(update={"sample": "all"}), shares({**row, "quantity": "change"}))
    assert changed["verdict"] == "reproduced", "a change within schools is a difference too"


def test_a_standard_deviation_is_the_root_of_a_variance(harbour):
    row = {"outcome": "backing", "term": "backing", "quantity": "variance", "level": "", "unit": "points, 1 to 4"}
    row |= {"estimate": 1.0404, "ci_low": 0.81, "ci_high": 1.21}
    of = number(item="backing", value="1.00", unit="points", quantity="standard_deviation", sample="all")
    made = compared(harbour, of, shares(row))
    assert (made["rebuilt"], made["ci_low"], made["ci_high"]) == tuple(map(pytest.approx, (1.02, 0.9, 1.1)))
    assert (made["verdict"], made["because"]) == INSIDE
    assert compared(harbour, of.model_copy(update={"value": "1.02"}), shares(row))["verdict"] == "reproduced"


NOTHING = contracts.ESTIMATES.empty()
PLACES = [
    {"outcome": "guides", "term": "guides", "estimate": 0.5, "ci_low": 0.45, "ci_high": 0.55},
    {"outcome": "plan", "term": "plan", "estimate": 0.52, "ci_low": 0.47, "ci_high": 0.57},
    {"outcome": "clubs", "term": "clubs", "estimate": 0.8, "ci_low": 0.75, "ci_high": 0.85},
    {"outcome": "visits", "term": "visits", "estimate": 0.1, "ci_low": 0.05, "ci_high": 0.15},
]


@pytest.mark.parametrize(("place", "told"), [("3", SAME), ("2", INSIDE), ("1", OTHER), ("4", OTHER)])
def test_a_place_is_one_among_the_shares_of_a_specification(harbour, place, told):
    of = number(**{**GUIDES, "value": place}, unit="place", quantity="place", specification="guidance", sample="all")
    made = compared(harbour, of, shares(*PLACES))
    assert (made["rebuilt"], made["ci_low"], made["ci_high"]) == (3, 2, 3)
    assert (made["verdict"], made["because"]) == told


def test_an_option_has_its_place_among_the_options_of_its_question_alone():
    scotland = config.everything("clpl-scotland", ROOT)
    of = scotland.published["barrier-time-2017"]
    about = {"specification": of.specification, "sample": of.sample}
    told = {"barrier_time": 0.5, "barrier_funding": 0.6, "has_mentor": 0.7, "took_part": 0.9, "barrier_offer": 0.1}
    rows = [
        {"outcome": name, "term": name, "estimate": share, "ci_low": share - 0.02, "ci_high": share + 0.02, **about}
        for name, share in told.items()
    ]
    made = compared(scotland, of, shares(*rows))
    assert (made["rebuilt"], made["ci_low"], made["ci_high"], made["verdict"]) == (2, 2, 2, "reproduced")


def test_scores_worked_out_again_may_lie_as_far_off_as_the_scale_says(pisa_config):
    of = pisa_config.published["sciprom-of-each-school"]
    row = {"outcome": "science_promotion_items", "term": "science_promotion", "quantity": "largest_difference"}
    row |= {"specification": "reliability", "sample": "wave=2006", "level": "", "unit": "index points"}
    for largest, verdict_, because in (
        (0.0078, "reproduced", "no score lies further from the published one than 0.01"),
        (0.0101, "differs", "a score lies further from the published one than 0.01"),
    ):
        made = compared(pisa_config, of, shares({**row, "estimate": largest, "ci_low": None, "ci_high": None}))
        assert (made["verdict"], made["because"]) == (verdict_, because)


@pytest.fixture(scope="module")
def pisa_config() -> config.StudyConfig:
    return config.everything("pisa", ROOT)


@pytest.fixture(scope="module")
def gatsby() -> config.StudyConfig:
    return config.everything("benchmarks-england", ROOT)


@pytest.mark.parametrize(
    ("benchmark", "printed", "rebuilt", "told"),
    [
        (1, "64", 64, ("reproduced", "the scoring rule gives it: 11 of 17")),
        (1, "65", 64, ("differs", "the scoring rule gives 64 (11 of 17) and 70 (12 of 17), and nothing between")),
        (4, "100", 100, ("reproduced", "the scoring rule gives it: All of 16")),
        (7, "90", 91, ("differs", "the scoring rule gives 87 (21 of 24) and 91 (22 of 24), and nothing between")),
    ],
)
def test_a_single_school_s_score_is_held_against_the_rule_alone(gatsby, benchmark, printed, rebuilt, told):
    of = number(item=f"benchmark_{benchmark}", value=printed, quantity="single_score")
    made = compared(gatsby, of, NOTHING)
    assert (made["rebuilt"], made["difference"]) == (rebuilt, rebuilt - int(printed))
    assert (made["verdict"], made["because"]) == told
    assert not made["synthetic"], "the school is real, whatever the study's answers are"
    assert (made["specification"], made["sample"], made["quantity"]) == ("", "", "single_score")


def test_the_rule_bears_out_ninety_of_the_scores_that_schools_published(gatsby):
    """What differs is benchmark 7 of one school, whose version counts other areas."""
    made = compare.published(gatsby, NOTHING, 0.95)
    single = made[made["quantity"].eq("single_score")]
    assert single["verdict"].value_counts().to_dict() == {"reproduced": 90, "differs": 7}
    differs = single[single["verdict"].eq("differs")]
    assert set(differs["item"]) == {"benchmark_7"}
    assert all(name.startswith("one-boughey-") for name in differs["id"])


def test_every_single_score_fails_where_the_rule_counts_one_area_more(gatsby):
    """A check that cannot fail is none: with 18 areas in place of 17 most scores of benchmark 1 cannot be had."""
    codes = {100 * met // 18: f"{met} of 18" for met in range(19)}
    answers = {**gatsby.answers, "areas_17": gatsby.answers["areas_17"].model_copy(update={"codes": codes})}
    made = compare.published(replace(gatsby, answers=answers), NOTHING, 0.95)
    first = made[made["quantity"].eq("single_score") & made["item"].eq("benchmark_1")]
    below = first[first["published"].ne("100")]
    assert len(below) == 4 and below["verdict"].eq("differs").all()


MORE_FAULTS = [
    ({"quantity": "mean"}, "quantity: is about an item; name one under item"),
    ({**GUIDES, "quantity": "difference"}, "term: is missing; a difference is of an item or scale"),
    (
        {**GUIDES, "quantity": "place"},
        "specification: is missing; a place is one among the outcomes of a specification",
    ),
    (
        {**GUIDES, "quantity": "single_score"},
        "level: belongs to numbers of many; a score of one school is held against the scoring rule",
    ),
]


@pytest.mark.parametrize(("given", "told"), MORE_FAULTS, ids=[told for _, told in MORE_FAULTS])
def test_faults_of_other_kinds_of_numbers_are_told(given, told):
    with pytest.raises(config.load.Problem) as problem:
        number(**given)
    assert list(problem.value.wrong) == [told]


# --- what was published of the shipped studies -------------------------------------------------------------


@pytest.mark.parametrize("study", STUDIES)
def test_every_published_number_says_where_it_was_printed_and_why_it_is_not_computed(study):
    whole = config.everything(study, ROOT)
    assert whole.published
    for name, row in whole.published.items():
        assert len(row.where.split()) > 2, name
        assert row.address is not None or row.quantity == "place", name
        assert row.because is None or row.because.endswith(tuple("abcdefghijklmnopqrstuvwxyz0123456789.")), name


@pytest.mark.parametrize("study", STUDIES)
def test_a_changed_estimate_changes_the_verdict(study):
    """Each number that is held against a row of the estimates is moved out of all intervals when that row is."""
    whole = config.everything(study, ROOT)
    path = ROOT / "results" / study / "estimates.csv"
    if not path.is_file():
        pytest.skip(f"{study} was not built here")
    estimates = contracts.ESTIMATES.read(path)
    before = compare.published(whole, estimates, 0.95).set_index("id")
    moved = estimates.assign(
        **{name: estimates[name] + 3 + 7 * estimates[name].abs() for name in ("estimate", "ci_low", "ci_high")}
    )
    after = compare.published(whole, moved, 0.95).set_index("id")
    of_rows = before["verdict"].isin(["reproduced", "within sampling error"])
    of_rows &= ~before["quantity"].isin(["single_score", "place"])
    assert (after.loc[of_rows, "verdict"] == "differs").all()


def test_the_page_over_all_studies_sets_real_answers_apart(tmp_path):
    project = small_project.build(tmp_path)
    site = small_site.build(project)
    text = " ".join((site / "published.html").read_text(encoding="utf-8").split())
    assert "Synthetic answers: agreement is by construction" in text
    assert "Real answers: agreement is evidence" not in text
    labels = ("Reproduced", "Within sampling error", "Differs", "Cannot be computed", "Numbers")
    named = zip(labels, (1, 0, 1, 2, 4), strict=True)
    cells = "".join(f'<td class="number" data-label="{label}">{n}</td>' for label, n in named)
    assert f'<a href="harbour/published.html">Careers leaders in harbour towns</a></th>{cells}' in text
    assert '<a href="harbour/published.html#number-answered">' in text, "what differs is named"
    front = " ".join((site / "index.html").read_text(encoding="utf-8").split())
    assert "1 reproduced, 0 within sampling error, 1 differs, 2 cannot be computed" in front
    rows = contracts.COMPARED.read(site / "published.csv")
    assert rows["verdict"].value_counts().to_dict() == {"cannot be computed": 2, "reproduced": 1, "differs": 1}
