"""The report as one PDF: everything a page says is in it, and nothing a label holds becomes an instruction."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import typst
from helpers import small_project, small_site, two_studies
from stemcareers import config, draw, files, wording
from stemcareers.errors import Problem
from stemcareers.report.synthesis import Synthesis
from stemcareers.typeset import content, pdf
from stemcareers.typeset.parts import Chapter, Section, Whole

VERSIONS = {"python": "3.12", "typst": "0.15"}


def whole(project: Path, opening: list[Chapter] | None = None) -> Whole:
    settings, studies = config.project_or_problems(project, small_site.NOTEBOOKS)
    return content.whole(project, settings, studies.values(), "0123456789ab", VERSIONS, opening or [])


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with its figures, and the PDF that the site's build made."""
    folder = small_project.build(tmp_path_factory.mktemp("printed"))
    small_site.build(folder)
    return folder


def words(path: Path) -> str:
    """The words of a PDF on one line, as a reader finds them."""
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(text.replace("’", "'").split())


def asked(report: Whole, root: Path, selector: str) -> list[dict]:
    """What of a kind stands in the report as it was set."""
    return json.loads(
        typst.query(
            pdf.TEMPLATE.read_bytes(),
            selector,
            root=str(root),
            font_paths=pdf.fonts(),
            ignore_system_fonts=True,
            sys_inputs=pdf.inputs(report),
        )
    )


def test_every_question_figure_and_table_of_a_report_is_in_it(project: Path) -> None:
    settings, studies = config.project_or_problems(project, small_site.NOTEBOOKS)
    study = studies[small_project.STUDY]
    report = whole(project)
    headings = json.dumps(asked(report, project, "heading"))
    pictures = {figure["alt"] for figure in asked(report, project, "image")}
    captions = json.dumps([figure["caption"] for figure in asked(report, project, "figure")])
    for page in (page for page in study.reports.values() if page.sections):
        assert page.title in headings
        for section in page.sections:
            assert study.study.asks[section.asks] in headings
        for name in page.figures():
            alt = (project / "results" / study.id / "figures" / f"{name}.txt").read_text(encoding="utf-8").strip()
            assert alt in pictures
            assert study.figures[name].title in captions
        for name in page.tables():
            assert study.tables[name].title in captions
    for wave in study.waves.values():
        assert f"Wave {wave.title}" in headings
    assert settings.title and "Measures" in headings


def test_sentences_and_cells_are_those_of_the_page(project: Path) -> None:
    chapter = whole(project).studies[0].chapters[0]
    assert chapter.found[0] == "About 4 in 10 schools (36% to 44%) give guidance."
    assert chapter.found[1] == "Where backing is one point more, provision is 2.38 higher (1.40 to 3.37 higher)."
    first = chapter.sections[0]
    assert first.meaning == small_project.WORDS["meaning"]
    assert [piece.kind for piece in first.pieces] == ["figure", "table"]
    table = first.pieces[1]
    cells = [cell for row in table.rows for cell in row["cells"]]
    assert ["2.38", "(1.40 to 3.37)"] in cells
    assert table.rows[0]["style"] == "part" and table.rows[0]["label"] == "Leadership and organisation"
    assert chapter.page == "harbour/provision.html"
    assert any("Nothing" in line or "No number is shown" in line for line in chapter.closing)


def test_an_edit_of_an_estimate_shows(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path / "edited")
    estimates = tmp_path / "edited/results/harbour/estimates/adjusted.csv"
    text = estimates.read_text(encoding="utf-8")
    assert "2.384" in text
    estimates.write_text(text.replace("2.384", "2.584"), encoding="utf-8")
    chapter = whole(tmp_path / "edited").studies[0].chapters[0]
    assert "2.58 higher" in chapter.found[1]
    assert ["2.58", "(1.40 to 3.37)"] in [cell for row in chapter.sections[0].pieces[1].rows for cell in row["cells"]]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext of poppler")
def test_a_reader_finds_the_numbers(project: Path) -> None:
    text = words(project / "results/report.pdf")
    for told in (
        "About 4 in 10 schools (36% to 44%) give guidance.",
        *("2.38", "(1.40 to 3.37)"),
        small_project.WORDS["question"],
        small_project.WORDS["meaning"],
        "1,310 responses received",
        wording.SYNTHETIC,
        "Harbour (2024), A survey of careers leaders",
        "Commit 0123456789ab",
        "On the site, with code, data and every assumption: harbour/provision.html",
    ):
        assert told in text


def test_the_same_bytes_and_a_structure_to_listen_to(project: Path) -> None:
    made = (project / "results/report.pdf").read_bytes()
    with_site = pdf.content(
        content.whole(
            project,
            *(lambda both: (both[0], both[1].values()))(config.project_or_problems(project, small_site.NOTEBOOKS)),
            small_site.HOW.commit,
            small_site.HOW.versions,
        ),
        project,
    )
    assert made == with_site == (project / "results/site/report.pdf").read_bytes()
    assert b"/MarkInfo<</Marked true" in made and b"/Lang(en-GB)" in made
    assert re.search(rb"pdfuaid:part(?:>|=\")1", made)
    assert not re.search(rb"CreationDate|ModDate|CreateDate", made)
    for name in (b"/tmp/", b"/home/", str(project).encode()):
        assert name not in made


def test_a_study_stands_alone_too(project: Path) -> None:
    report = whole(project)
    one, other = report.studies[0], replace(report.studies[0], id="other", title="Another study")
    both = replace(report, studies=[other, one], inputs=[*report.inputs, ("Another study", "2020", "a.csv", "0" * 64)])
    alone = content.alone(both, small_project.STUDY)
    assert (alone.studies, alone.inputs) == ([one], report.inputs)
    assert [where for where, _ in alone.assumptions] == [where for where, _ in report.assumptions]
    assert (project / "results/site/harbour/report.pdf").read_bytes().startswith(b"%PDF-")
    assert 'href="report.pdf"' in (project / "results/site/harbour/index.html").read_text(encoding="utf-8")


def test_the_front_page_offers_it(project: Path) -> None:
    front = (project / "results/site/index.html").read_text(encoding="utf-8")
    assert 'href="report.pdf"' in front
    assert "report.pdf" in (project / "results/site/manifest.csv").read_text(encoding="utf-8")


def test_real_answers_have_no_ribbon(tmp_path: Path) -> None:
    report = whole(small_project.build(tmp_path, synthetic=False))
    assert not any(study.synthetic or chapter.synthetic for study in report.studies for chapter in study.chapters)
    assert all(
        wording.SYNTHETIC not in piece.note for s in report.studies[0].chapters[0].sections for piece in s.pieces
    )


def test_a_chapter_across_studies_comes_first(project: Path) -> None:
    opening = Chapter(
        "Across the studies", False, found=["It holds."], sections=[Section("What goes with it?", ["This."])]
    )
    report = whole(project, [opening])
    assert pdf.content(report, project).startswith(b"%PDF-")
    headings = asked(report, project, "heading.where(level: 1)")
    titles = [json.dumps(heading["body"]) for heading in headings]
    assert "Contents" in titles[0] and "Across the studies" in titles[1]
    assert small_project.WORDS["study_title"] in titles[2]


def test_the_page_across_studies_is_the_first_chapter(tmp_path: Path) -> None:
    project = two_studies.build(tmp_path)
    settings, _ = config.project_or_problems(project, small_site.NOTEBOOKS)
    (chapter,) = content.opening(project, settings)
    page = Synthesis.open(project)
    assert chapter.title == page.entry.title and chapter.page == "synthesis.html"
    assert chapter.found == page.summary().text.splitlines()
    named = {section.heading: section for section in chapter.sections}
    for name, feature in page.entry.features.items():
        section = named[feature.asks]
        assert section.sentences == [page.verdict(name)]
        real, made_up = ([one for one in page.told(name) if one.synthetic == kind] for kind in (False, True))
        assert section.listed == [one.text for one in real if not one.note]
        assert section.set_apart[1:] == [f"{one.text} Mind: {one.note}." for one in made_up]
        assert not made_up or section.set_apart[0] == f"{wording.SYNTHETIC}."
        assert [piece.file for piece in section.pieces] == [
            f"results/synthesis/figures/{figure}.svg" for figure in page.figures_of(name)
        ]
        for figure in page.figures_of(name):
            files.write_bytes(project / f"results/synthesis/figures/{figure}.svg", draw.svg(page.drawn(figure)))
    assert any(section.set_apart for section in chapter.sections)
    overview = [piece for section in chapter.sections for piece in section.pieces if "overview" in piece.file]
    for piece in overview:
        files.write_bytes(project / piece.file, draw.svg(page.drawn("overview")))
    report = Whole("T", "S", [chapter], [], [], [], "none", {}, wording.SYNTHETIC)
    assert pdf.content(report, project).startswith(b"%PDF-")


HOSTILE = (
    '<script>alert(1)</script> #panic("read as markup")',
    """"); #read("report.pdf") // $x$ *bold* _it_ `raw` <label> @ref = heading \\ #[x]""",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_label_becomes_an_instruction(tmp_path: Path, hostile: str) -> None:
    keys = ("study_title", "question", "label", "scale", "short", "figure", "report", "meaning")
    project = small_project.build(tmp_path, **dict.fromkeys(keys, hostile))
    for name in ("figures/factor-effects", "figures/guidance", "flows/2021", "flows/2024"):
        path = project / "results" / small_project.STUDY / f"{name}.svg"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            '<svg xmlns="http://www.w3.org/2000/svg" width="468pt" height="100pt" viewBox="0 0 468 100"></svg>'
        )
    report = whole(project)
    assert pdf.content(report, project).startswith(b"%PDF-")
    assert hostile in json.dumps(
        [heading["body"] for heading in asked(report, project, "heading.where(level: 3)")], ensure_ascii=False
    ).replace('\\"', '"').replace("\\\\", "\\")


def test_a_picture_that_is_missing_is_told(tmp_path: Path) -> None:
    project = small_project.build(tmp_path)
    with pytest.raises(Problem) as problem:
        pdf.content(whole(project), project)
    told = str(problem.value)
    assert told.startswith("results/report.pdf: ")
    assert "file not found" in told and "factor-effects.svg" in told
    assert str(tmp_path) not in told
