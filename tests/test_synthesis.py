"""Across studies: evidence is what the estimates say, real answers alone are averaged, findings are guarded."""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from helpers import small_site, two_studies
from helpers.two_studies import ERROR, KINDS, MADE_UP, REAL
from matplotlib.text import Text
from stemcareers import config, contracts, draw, execute
from stemcareers.draw import synthesis as drawing
from stemcareers.errors import Problem, Problems
from stemcareers.inference.meta_analysis import random_effects
from stemcareers.report import across, lineage
from stemcareers.report.synthesis import Synthesis
from stemcareers.site import layout, search, shown_at
from stemcareers.site.shown import Shown

ROOT = Path(__file__).resolve().parents[1]
INLAND, HARBOUR = (f"features.backing.evidence.{name}" for name in ("inland", "harbour"))
MODELS = """        specification: adjusted
        alone: unadjusted
        outcome: provision
        term: backing
        note"""


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    return two_studies.build(tmp_path_factory.mktemp("two"))


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    shutil.copytree(built, folder)
    return folder


def evidence(folder: Path) -> pd.DataFrame:
    return contracts.EVIDENCE.read(folder / "results" / "synthesis" / "evidence.csv")


def main_of(folder: Path) -> dict:
    """The average with other things held constant."""
    rows = evidence(folder)
    return rows[rows["kind"].eq("average") & rows["held"].eq("constant")].iloc[0].to_dict()


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "config" / "synthesis.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(folder: Path) -> str:
    """What is told of a project with faults."""
    with contextlib.chdir(folder), pytest.raises(Problems) as caught:
        config.project_or_problems(notebooks=ROOT / "notebooks")
    return str(caught.value)


# --- evidence -------------------------------------------------------------------------------------------------


def test_evidence_is_rows_of_the_estimates(built: Path) -> None:
    rows = evidence(built)
    for row in rows[rows["kind"].eq("estimate")].to_dict("records"):
        own = contracts.ESTIMATES.read(built / f"results/{row['study']}/estimates/{row['specification']}.csv")
        own = own[own["sample"].eq(row["sample"]) & own["term"].eq("backing")].iloc[0]
        for key in ("estimate", "ci_low", "ci_high", "unit", "n", "synthetic", "withheld"):
            assert (own[key] == row[key]) or (pd.isna(own[key]) and pd.isna(row[key])), key


def test_the_average_is_that_of_the_real_samples_with_an_estimate(built: Path) -> None:
    rows = evidence(built)
    averages = rows[rows["kind"].eq("average")]
    assert set(averages["study"]) == {REAL}
    for held, times in (("constant", 1.0), ("alone", 1.5)):
        row = averages[averages["held"].eq(held)].iloc[0]
        same = random_effects([times * estimate for estimate in KINDS.values()], [ERROR] * len(KINDS))
        assert row["estimate"] == pytest.approx(same.estimate, rel=1e-8)
        assert (row["ci_low"], row["ci_high"]) == pytest.approx((same.ci_low, same.ci_high), rel=1e-8)
        assert row["further_high"] == pytest.approx(same.prediction_high, rel=1e-8)
        assert (row["samples"], row["n"]) == (6, 600)
        assert (row["same_side"], row["clear_against"]) == (5, 0)
    assert averages["clear"].tolist() == [5, 5]


@pytest.mark.parametrize("without", ["1234", "123456"])
def test_too_few_samples_have_no_average(project: Path, without: str) -> None:
    for name in ("adjusted", "unadjusted"):
        path = project / f"results/{REAL}/estimates/{name}.csv"
        table = contracts.ESTIMATES.read(path)
        lost = table["sample"].isin([f"phase={code}" for code in without if code != "2"])
        nobody = table["sample"].eq("phase=2")
        table.loc[nobody, ["estimate", "std_error", "ci_low", "ci_high"]] = float("nan")
        table.loc[nobody, "withheld"] = "no responses"
        contracts.ESTIMATES.write(table[~lost], path)
    rows = evidence(two_studies.make(project))
    average = rows[rows["kind"].eq("average")]
    assert set(average["withheld"]) == {"an average needs 3 samples with an estimate"}
    assert average["estimate"].isna().all()
    said = Synthesis.open(project).section("backing").text
    assert "Inland 2024, provision: not estimated: an average needs 3 samples with an estimate" in said


def test_a_sample_in_focus_that_is_not_estimated_is_told(project: Path) -> None:
    for name in ("adjusted", "unadjusted"):
        path = project / f"results/{REAL}/estimates/{name}.csv"
        table = contracts.ESTIMATES.read(path)
        contracts.ESTIMATES.write(table[table["sample"].ne("phase=2")], path)
    with pytest.raises(Problem) as caught:
        two_studies.make(project)
    assert str(caught.value) == (
        "config/synthesis.yaml: 1 problem\n"
        "  features.backing.evidence.inland.focus: 'phase=2' is not among the samples of 'by phase'"
    )


def test_what_is_not_among_the_estimates_is_told(project: Path) -> None:
    path = project / f"results/{MADE_UP}/estimates/adjusted.csv"
    table = contracts.ESTIMATES.read(path)
    contracts.ESTIMATES.write(table[table["term"].ne("backing")], path)
    with pytest.raises(Problem) as caught:
        two_studies.make(project)
    assert str(caught.value) == (
        "config/synthesis.yaml: 1 problem\n"
        "  features.backing.evidence.harbour: results/harbour/estimates/adjusted.csv has no difference in 'provision' "
        "by 'backing' for sample 'all'"
    )


def test_a_withheld_row_of_another_level_is_no_evidence(project: Path) -> None:
    before = (project / "results" / "synthesis" / "evidence.csv").read_bytes()
    path = project / f"results/{REAL}/estimates/adjusted.csv"
    table = contracts.ESTIMATES.read(path)
    other = table[table["sample"].eq(f"phase={two_studies.NOT_ASKED}") & table["term"].eq("backing")].assign(level="2")
    assert len(other) == 1
    contracts.ESTIMATES.write(pd.concat([table, other], ignore_index=True), path)
    two_studies.make(project)
    assert (project / "results" / "synthesis" / "evidence.csv").read_bytes() == before


# --- the page -------------------------------------------------------------------------------------------------


def text_of(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def test_what_was_found_has_the_numbers_of_the_evidence(built: Path) -> None:
    page = Synthesis.open(built)
    main = main_of(built)
    assert page.summary().text.splitlines() == [
        f"Where backing is stronger, provision is {main['estimate']:.2f} standard deviations more "
        f"({main['ci_low']:.2f} to {main['ci_high']:.2f} more); so in 5 of 6 kinds of school (clearly so in 5). "
        f"A further one lies between {-main['further_low']:.2f} less and {main['further_high']:.2f} more.",
        "In secondary schools it is 0.20 standard deviations more (0.10 to 0.30 more) (100 answers), past 58 of every "
        "100 schools.",
    ]
    assert 'href="#evidence-backing-inland"' in page.summary().html
    assert 'id="evidence-backing-inland"' in page.table().html


def test_a_finding_that_is_no_longer_project_stops_the_page(project: Path) -> None:
    edit(project, "    above: 0\n", "    above: 0.1\n")
    row = main_of(project)
    with pytest.raises(Problem) as caught:
        Synthesis.open(project).summary()
    assert str(caught.value) == (
        "config/synthesis.yaml: 1 problem\n"
        "  'Where backing is stronger, provision is {estimate}; so in {agree}. A further one lies {further}.' expects "
        f"the whole interval above 0.10, but it is {row['ci_low']:.3f} to {row['ci_high']:.3f} (adjusted, sample by "
        "phase, coefficient of backing); the answers no longer bear the sentence out, write what they do"
    )


def test_a_section_sets_made_up_answers_apart(built: Path) -> None:
    html = Synthesis.open(built).section("backing").html
    real, _, made_up = html.partition("the numbers in words")
    assert "Yes, on the one outcome with real answers." in text_of(real)
    assert "5 of 6 kinds of school (clearly so in 5), clearly on the other side in none" in text_of(real)
    assert "Harbour 2021 and 2024, provision:" not in text_of(real)
    assert "Harbour 2021 and 2024, provision: 2.38 points more (1.40 to 3.37 more)." in text_of(made_up)
    assert "Mind: all made up." in text_of(made_up)
    assert "Put it in the plan." in html


def test_a_study_that_is_not_there_drops_out_and_the_page_says_so(project: Path) -> None:
    two_studies.make(project, without=REAL)
    page = Synthesis.open(project)
    assert "Not here: inland" in page.header().text
    assert page.summary().text == (
        "No real answers are here, so nothing was found. What follows shows how it would be found."
    )
    assert "No real answers bear on this yet. What follows shows the method." in page.section("backing").text
    assert page.figures() == ["overview", "backing"], "no picture of what is not there is published"
    assert "The answers of inland are missing, so its evidence is left out" in text_of(page.method().html)


def test_nothing_there_is_still_a_page(project: Path) -> None:
    rows = contracts.EVIDENCE.empty()
    contracts.EVIDENCE.write(rows, project / "results" / "synthesis" / "evidence.csv")
    page = Synthesis.open(project)
    for piece in (page.header(), page.summary(), page.overview(), page.sections(), page.table(), page.method()):
        assert piece.html


def test_without_evidence_the_page_says_what_to_run(project: Path) -> None:
    (project / "results" / "synthesis" / "evidence.csv").unlink()
    with pytest.raises(Problem) as caught:
        Synthesis.open(project)
    assert str(caught.value) == (
        "results/synthesis/evidence.csv: 1 problem\n"
        "  the file is missing; run `make report` first: it makes what a page shows"
    )


def test_the_method_tells_who_has_no_estimate_and_who_is_not_yet_in(project: Path) -> None:
    edit(project, "left_out: {}", "left_out: {harbour-two: it asks nothing of the kind}")
    entry = config.synthesis(project / "config" / "synthesis.yaml")
    page = Synthesis.open(project)
    page.others = [*page.others, "harbour-two", "new-study"]
    said = text_of(page.method().html)
    assert entry.left_out and "harbour-two has no part in this: it asks nothing of the kind." in said
    assert "new-study has no evidence here yet" in said
    assert "Sixth form (no responses)" in said
    assert "Harbour 2021 and 2024, provision: all made up." in said


def test_words_of_the_config_do_not_act(project: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    for old in ("title: Backing", "label: Inland 2024, provision", "title: What goes with good provision"):
        edit(project, old, f"{old.split(':')[0]}: '{hostile}'")
    for old in ('says: "Where backing', "note: all made", "meaning: Put", "asks: Does", "means: How"):
        edit(project, old, f"{old[: -len(old.split()[-1])]}{hostile} {old.split()[-1]}")
    edit(project, "limits: [", f"limits: ['{hostile}', ")
    page = Synthesis.open(project)
    pieces = [page.header(), page.summary(), page.overview(), page.sections(), page.table(), page.method()]
    html = "".join(piece.html for piece in pieces)
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") > 10


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ([], "No real answers bear on this yet. What follows shows the method."),
        ([(0.1, 0.2)], "Yes, on the one outcome with real answers."),
        ([(0.1, 0.2), (0.1, 0.3)], "Yes, on both outcomes with real answers."),
        ([(-0.3, -0.1)] * 3, "No, the other way, on all 3 outcomes with real answers."),
        (
            [(0.1, 0.2), (-0.1, 0.2)],
            "In part: on 1 of 2 outcomes with real answers, with no clear difference on the other.",
        ),
        (
            [(-0.2, -0.1), (-0.1, 0.2), (-0.1, 0.1)],
            "In part, the other way: on 1 of 3 outcomes with real answers, with no clear difference on the others.",
        ),
        (
            [(0.1, 0.2), (-0.2, -0.1), (-0.1, 0.1)],
            "It depends on the outcome: of 3 outcomes with real answers, clearly more on 1 and clearly less on 1.",
        ),
        ([(-0.1, 0.2)], "Not clearly: no clear difference on the one outcome with real answers."),
        ([(-0.1, 0.2)] * 3, "Not clearly: no clear difference on any of 3 outcomes with real answers."),
    ],
)
def test_a_verdict_counts_real_outcomes_alone(ends: list[tuple[float, float]], said: str) -> None:
    rows = [{"synthetic": False, "withheld": "", "ci_low": low, "ci_high": high} for low, high in ends]
    made_up = {"synthetic": True, "withheld": "", "ci_low": 1.0, "ci_high": 2.0}
    assert across.verdict([*rows, made_up]) == said


def test_a_difference_says_its_unit_and_its_way() -> None:
    row = {"withheld": "", "unit": "points, 0 to 100", "estimate": -3.0, "ci_low": -5.0, "ci_high": -1.0}
    assert str(across.difference(row)) == "3.00 points less (1.00 to 5.00 less)"
    assert str(across.difference({**row, "unit": "SD of outcome", "ci_high": 0.5})) == (
        "no clear difference (between 5.00 less and 0.50 more)"
    )
    assert str(across.difference({**row, "withheld": "fewer than 10"})) == "withheld: fewer than 10"


# --- figures --------------------------------------------------------------------------------------------------


def drawn(folder: Path, name: str) -> draw.Drawn:
    entry = config.synthesis(folder / "config" / "synthesis.yaml")
    labels = {study: config.Labels(config.everything(study, folder)) for study in entry.studies()}
    return drawing.figure(name, entry, evidence(folder), labels, 0.95)


def test_every_figure_is_drawn_again_from_its_csv_and_json_alone(built: Path, tmp_path: Path) -> None:
    folder = built / "results" / "synthesis" / "figures"
    names = sorted(path.stem for path in folder.glob("*.csv"))
    assert "overview" in names and len(names) > 2
    for name in names:
        for ending in (".csv", ".json"):
            (tmp_path / f"{name}{ending}").write_bytes((folder / f"{name}{ending}").read_bytes())
        again = draw.again(tmp_path / f"{name}.csv")
        assert draw.svg(again) == (folder / f"{name}.svg").read_bytes(), name
        assert draw.png(again) == (folder / f"{name}.png").read_bytes(), name
        narrow = draw.again(tmp_path / f"{name}.csv", narrow=True)
        assert draw.svg(narrow) == (folder / f"{name}.narrow.svg").read_bytes(), name
        assert draw.kept(again) == (folder / f"{name}.json").read_text(encoding="utf-8")


def test_the_overview_is_of_real_answers(built: Path) -> None:
    rows = drawn(built, "overview").rows
    assert rows["row"].tolist() == ["Backing: Inland 2024, provision"]
    assert not rows["synthetic"].any()


def test_a_feature_shows_real_answers_first_and_each_unit_by_itself(built: Path) -> None:
    figure = drawn(built, "backing")
    assert figure.rows[["row", "series"]].apply(tuple, axis=1).tolist() == [
        ("Inland 2024, provision: average of 6 kinds of school", "Others held constant"),
        ("Inland 2024, provision: average of 6 kinds of school", "By itself"),
        ("Inland 2024, provision: Secondary", "Others held constant"),
        ("Inland 2024, provision: Secondary", "By itself"),
        ("Harbour 2021 and 2024, provision", "Others held constant"),
        ("Harbour 2021 and 2024, provision", "By itself"),
    ]
    words = [artist.get_text() for artist in figure.figure.get_children() if isinstance(artist, Text)]
    assert words.index("Real answers") < words.index("Synthetic answers: shows the method, not a finding")
    assert "Difference in points, 0 to 100" in words
    panels = [axes for axes in figure.figure.axes if axes.get_xlim() != (0.0, 1.0)]
    assert {axes.get_xlim()[1] > 1 for axes in panels} == {True, False}, "no unit shares an axis with another"
    assert figure.alt.endswith("Grey marks: synthetic answers: shows the method, not a finding.")


def test_every_sample_has_a_row_from_high_to_low(built: Path) -> None:
    rows = drawn(built, "backing-inland").rows
    assert rows["row"].tolist() == ["Average", "Infant", "Special", "Junior", "Secondary", "Middle", "All-through"]
    assert "1 of 7 kinds of school have no estimate" in drawn(built, "backing-inland").caption


def test_figures_and_rows_are_the_same_bytes(built: Path, project: Path) -> None:
    two_studies.make(project)
    for path in sorted((built / "results" / "synthesis").rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (project / path.relative_to(built)).read_bytes(), path.name


# --- the site -------------------------------------------------------------------------------------------------


def links_that_lead_nowhere(site: Path, html: str) -> list[str]:
    """The links of a page at the top of the site that lead to no file, or no place in it."""
    lost = set()
    for link in re.findall(r'href="(?!https?:|data:)([^"]+)"', html):
        name, _, place = link.partition("#")
        path = site / name if name else None
        found = html if path is None else path.read_text("utf-8") if path.suffix == ".html" and path.is_file() else ""
        if (path is not None and not path.is_file()) or (place and f'id="{place}"' not in found):
            lost.add(name)
    return sorted(lost)


def test_the_notebook_makes_the_page_and_the_front_page_leads_with_it(project: Path) -> None:
    with contextlib.chdir(project):
        runs = [execute.notebook(ROOT / "notebooks" / "synthesis.ipynb", {}) for _ in range(2)]
        settings, entry = config.project("config/project.yaml"), config.synthesis()
        pages = [execute.html(run, layout.synthesis(settings, entry)) for run in runs]
    assert pages[0] == pages[1]
    assert execute.text(runs[0]) == execute.text(runs[1])
    estimate = main_of(project)["estimate"]
    assert f"{estimate:.2f} standard deviations more" in pages[0]
    site = small_site.build(project)
    front = (site / "index.html").read_text(encoding="utf-8")
    assert front.index('id="across"') < front.index('id="inland"') < front.index('id="harbour"')
    assert 'href="synthesis.html#evidence-backing-inland"' in front
    assert (site / "synthesis" / "evidence.csv").is_file()
    assert (site / "synthesis" / "figures" / "overview.svg").is_file()
    (site / "synthesis.html").write_text(pages[0], encoding="utf-8")
    assert links_that_lead_nowhere(site, pages[0]) == ["synthesis.code.html"]
    assert '<a href="synthesis.html">' in front.partition("<main")[0], "the navigation of readers"


def test_rows_lead_back_to_the_synthesis_and_search_finds_its_features(built: Path) -> None:
    settings, studies = config.project(built / "config/project.yaml"), [config.everything(REAL, built)]
    across_all = Synthesis.open(built)
    contracts.ESTIMATES.write(
        contracts.joined(contracts.ESTIMATES, sorted((built / "results" / REAL / "estimates").glob("*.csv"))),
        built / "results" / REAL / "estimates.csv",
    )
    shown = [Shown(study, settings, built) for study in studies]
    places = shown_at.places(shown[0], across=across_all)
    of_study = across_all.evidence[across_all.evidence["study"].eq(REAL)]
    rows = of_study[of_study["kind"].eq("estimate")].to_dict("records")
    assert len(rows) >= 2 * len(KINDS)
    link = shown_at.Place("Synthesis", "What goes with good provision: Backing", "../synthesis.html#backing")
    assert all(places[lineage.row_id(row)] == [link] for row in rows)
    index = search.index([], across_all)
    assert '[0,0,"What goes with good provision","Which features go with good provision?","synthesis.html"]' in index
    assert ',"Backing","Does backing go with better provision?; Inland 2024, provision; ' in index
    assert '"synthesis.html#backing"' in index and '"synthesis.html#figure-overview"' in index


# --- config ---------------------------------------------------------------------------------------------------


def test_a_project_without_a_synthesis_has_no_page(project: Path) -> None:
    assert config.project(project / "config" / "project.yaml").across
    (project / "config" / "synthesis.yaml").unlink()
    assert not config.project(project / "config" / "project.yaml").across


def test_everything_wrong_is_told_at_once(project: Path) -> None:
    edit(project, "study: inland", "study: inlnd")
    edit(
        project,
        "specification: adjusted\n        alone: unadjusted\n        outcome: provision\n        term: backing\n"
        "        note",
        "specification: adjustd\n        alone: adjusted\n        outcome: provison\n"
        "        term: backng\n        sample: by phase\n        samples_are: kinds\n        note",
    )
    edit(
        project, "feature: backing\n    evidence: inland\n    above", "feature: backng\n    evidence: inland\n    above"
    )
    edit(project, "left_out: {}", "left_out: {harbour: nothing, harbor: nothing}")
    assert told(project) == (
        "config/synthesis.yaml: 10 problems\n"
        "  features.backing.evidence.inland.study: 'inlnd' is not a known study; did you mean 'inland'? "
        "(see config/studies)\n"
        "  features.backing.evidence.harbour.specification: 'adjustd' is not a known specification; did you mean "
        "'adjusted'? (see config/studies/harbour/specifications)\n"
        "  features.backing.evidence.harbour.sample: 'by phase' is averaged, and only real answers are; those of "
        "'harbour' are made up, so name one sample\n"
        "  features.backing.evidence.harbour.outcome: 'provison' is not a known outcome of 'adjusted'; did you mean "
        "'provision'? (see config/studies/harbour/specifications/adjusted.yaml)\n"
        "  features.backing.evidence.harbour.term: 'backng' is not a known factor of 'adjusted'; did you mean "
        "'backing'? (see config/studies/harbour/specifications/adjusted.yaml)\n"
        "  features.backing.evidence.harbour.sample: 'by phase' is not estimated by 'adjusted'; add it to samples in "
        "config/studies/harbour/specifications/adjusted.yaml\n"
        "  features.backing.evidence.harbour.alone: 'adjusted' holds other things constant too; name one with "
        "each_alone: true\n"
        "  summary.0.feature: 'backng' is not a known feature; did you mean 'backing'? (see features)\n"
        "  left_out: 'harbour' has evidence under features; take out one or the other\n"
        "  left_out: 'harbor' is not a known study; did you mean 'harbour'? (see config/studies)"
    )


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "        sample: by phase\n        samples_are: kinds of school\n",
            "        sample: by wave\n        samples_are: waves\n",
            f"{INLAND}.sample: waves are not averaged, as the same schools may stand in several; name one, or all",
        ),
        (
            "        samples_are: kinds of school\n",
            "",
            f"{INLAND}.samples_are: is missing; say what is averaged, in the plural, for example countries",
        ),
        (
            "focus: [phase=2]",
            "focus: [wave=2024]",
            f"{INLAND}.focus: 'wave=2024' is not among the samples of 'by phase'",
        ),
        (
            "        note: all made up",
            "        each: true",
            f"{HARBOUR}.each: belongs to a sample 'by column', not to 'all'",
        ),
        (
            "        term: backing\n        note",
            '        term: backing\n        level: "2"\n        note',
            f"{HARBOUR}.level: 'backing' has no categories; take the key out",
        ),
        (
            MODELS,
            "        outcome: provision\n        term: backing\n        note",
            f"{HARBOUR}.specification: is missing; name a model that holds other things constant, or one under alone",
        ),
        (
            MODELS,
            "        specification: guidance\n        outcome: provision\n        term: backing\n        note",
            f"{HARBOUR}.specification: 'guidance' is of family 'share', whose numbers cannot "
            "stand beside differences; name one of family linear, mixed or difference",
        ),
        (
            "    evidence: inland\n    above: 0",
            "    evidence: harbour\n    above: 0",
            "summary.0.says: {agree} is of an average over samples, and this number is of one sample",
        ),
        (
            "    evidence: inland\n    sample: phase=2",
            "    evidence: harbour",
            "summary.1.evidence: the answers of 'harbour' are made up; what was found rests on real ones, name others",
        ),
        (
            "    sample: phase=2",
            "    sample: phase=3",
            "summary.1.sample: 'phase=3' is not in the focus of 'inland'; add it there",
        ),
        (
            "past {rank} schools",
            "past {rnk} schools",
            "summary.1.says: 'In secondary schools it is {estimate} ({n} answers), past {rnk} schools.': {rnk} cannot "
            "be filled in; did you mean 'rank'?",
        ),
        (
            "  backing:\n    title",
            "  overview:\n    title",
            "features.overview: the figure of all features is called so; choose another id",
        ),
        ("subtitle: In", "subtitel: In", "subtitel: is not a key here; did you mean 'subtitle'?"),
    ],
)
def test_a_fault_is_told_in_these_words(project: Path, old: str, new: str, line: str) -> None:
    edit(project, old, new)
    assert f"  {line}" in told(project).splitlines()


def test_units_and_waves_of_both_models_must_agree(project: Path) -> None:
    path = project / f"config/studies/{REAL}/specifications/unadjusted.yaml"
    text = path.read_text(encoding="utf-8").replace("standardise: [outcome, factors]", 'waves: "2024"')
    path.write_text(text, encoding="utf-8")
    assert told(project) == (
        "config/synthesis.yaml: 2 problems\n"
        f"  {INLAND}.alone: 'unadjusted' and 'adjusted' have different units (see standardise in both)\n"
        f"  {INLAND}.alone: 'unadjusted' and 'adjusted' are about different waves (see waves in both)"
    )


def test_no_study_can_be_called_synthesis(project: Path) -> None:
    (project / "config" / "studies" / "synthesis").mkdir()
    assert (
        "config/studies/synthesis: 1 problem\n"
        "  results/synthesis/ holds what is set side by side across studies, so no study can have this name; choose "
        "another"
    ) in told(project)
