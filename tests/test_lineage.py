"""Lineage: a printed number leads to its row, the row to the questions as asked, and both ways back."""

from __future__ import annotations

import json
import random
import re
from decimal import ROUND_HALF_UP, Decimal
from html import unescape
from pathlib import Path

import pytest
from helpers import small_project, small_site
from stemcareers import config, contracts
from stemcareers.config import StudyConfig
from stemcareers.config.fielded import fielded
from stemcareers.report import lineage
from stemcareers.site.chain import Chain, items_behind, variables_behind, waves_behind
from stemcareers.site.shown import Shown
from stemcareers.site.source import Sources, numbered

ROOT = Path(__file__).resolve().parents[1]
BUILT = ROOT / "results" / "site"
LINK = re.compile(r'<a (?:class="(?:number|self)" )?href="([^"#]*)#(row-[0-9a-f]{10})"[^>]*>(.*?)</a>', re.DOTALL)
ROW = re.compile(r'<tr id="(row-[0-9a-f]{10})">(.*?)</tr>', re.DOTALL)
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
WORDS = {"a quarter": 0.25, "a third": 1 / 3, "half": 0.5, "two thirds": 2 / 3, "three quarters": 0.75}


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def rows(path: Path) -> dict[str, str]:
    """The rows of a lineage page by id."""
    return dict(ROW.findall(path.read_text(encoding="utf-8")))


def agrees(said: str, row: str) -> bool:
    """Whether a number as printed is that of a row: the same text, or the same value at the printed rounding."""
    estimate = re.search(r'<data value="([^"]+)">(.*?)</data>', row)
    if estimate is None:
        return said.lower() in {"w", "x", "none", ""} or said.lower().startswith("withheld") or "withheld" in row
    value, text = float(estimate[1]), unescape(estimate[2])
    if said == text:
        return True
    if said.startswith("place "):  # one among several rows: which one, is held in the tests of published numbers
        return "<td>Share</td>" in row
    if "<td>Variance</td>" in row:
        value = value**0.5  # what is published beside it is the standard deviation
    if said.lower().startswith("no clear difference"):
        interval = re.search(r'<td class="number">(\S+) to (\S+)</td>', row)
        low, high = (float(end.replace("\N{MINUS SIGN}", "-").replace(",", "")) for end in interval.groups())
        return low <= 0 <= high or low <= 1 <= high
    if match := re.search(r"(\d+) in (\d+)", said):
        return abs(int(match[1]) / int(match[2]) - value) <= 0.025
    if near := [fraction for words, fraction in WORDS.items() if words in said]:
        return any(abs(fraction - value) <= 0.025 for fraction in near)
    counts = re.findall(r'<td class="number">([\d,]+)</td>', row)
    return any(
        number in counts or any(_rounded(abs(v), number) == number.replace(",", "") for v in (value, 100 * value))
        for number in NUMBER.findall(said)
    )


def _rounded(value: float, like: str) -> str:
    places = len(like.partition(".")[2])
    return str(Decimal(repr(value)).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def followed(site: Path, name: str, links: list[tuple[str, str, str]]) -> int:
    """How many links of a page were followed: each to a row that says the same number, and names the page again."""
    known: dict[Path, dict[str, str]] = {}
    for file, row, text in links:
        target = (site / name).parent / file
        found = known.setdefault(target, rows(target))
        assert row in found, f"{name}: {file}#{row} is not there"
        assert agrees(plain(text), found[row]), f"{name}: '{plain(text)}' is not {plain(found[row])}"
        if re.fullmatch(r"[a-z0-9-]+/[a-z0-9-]+[.]html|index[.]html|synthesis[.]html", name):
            back = f"../{name.rpartition('/')[2]}" if "/" in name else f"../../{name}"
            assert f'href="{back}' in found[row], f"{file}#{row} does not lead back to {name}"
    return len(links)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    return small_project.build(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="module")
def site(project) -> Path:
    return small_site.build(project)


@pytest.fixture(scope="module")
def study(project) -> StudyConfig:
    return config.everything("harbour", project)


def test_every_printed_number_leads_to_a_row_that_says_it_and_leads_back(site):
    checked = 0
    for path in sorted(site.rglob("*.html")):
        name = path.relative_to(site).as_posix()
        if not name.startswith("source/") and "/lineage/" not in name and "/waves/" not in name:
            checked += followed(site, name, LINK.findall(path.read_text(encoding="utf-8")))
    assert checked > 100


def test_every_estimate_and_fact_has_its_row_once(site):
    for spec in small_project.SPECIFICATIONS:
        table = contracts.ESTIMATES.read(site.parents[1] / f"results/harbour/estimates/{spec}.csv")
        ids = re.findall(r'<tr id="(row-\w+)"', (site / f"harbour/lineage/{spec}.html").read_text(encoding="utf-8"))
        assert ids == [lineage.row_id(row) for row in table.to_dict("records")]
    facts = contracts.ESTIMATES.read(site.parents[1] / "results/harbour/waves/2024.csv")
    ids = re.findall(r'<tr id="(row-\w+)"', (site / "harbour/waves/2024.html").read_text(encoding="utf-8"))
    assert sorted(ids) == sorted(lineage.row_id(row) for row in facts.to_dict("records"))


def test_a_row_id_is_of_its_key_alone():
    row = {"specification": "a", "sample": "all", "outcome": "o", "quantity": "mean", "term": "o", "level": ""}
    assert lineage.row_id(row) == lineage.row_id({**row, "estimate": 2.0}) == "row-7cf517d39c"
    others = [{**row, key: f"{row[key]}x"} for key in row]
    assert len({lineage.row_id(one) for one in [row, *others]}) == 7
    assert lineage.row_id({**row, "term": "o1", "level": ""}) != lineage.row_id({**row, "term": "o", "level": "1"})


def test_the_page_of_a_specification_tells_every_step(site):
    said = plain((site / "harbour/lineage/adjusted.html").read_text(encoding="utf-8"))
    for words in (
        "Commit of the code: 0123456789ab",
        "2024 (synthetic) 2024.csv " + "0" * 64,
        "Time for it 2021 Q3 How far is there time? Wording: worked out from published results all",
        "1 Not at all 2 A little 3 Mostly 4 Fully",
        "Q3 (Time for it). Departs from the questionnaire: printed in reverse order",
        "Corrected by hand none",
        "Score the mean of its items",
        "Made of STEM in the plan , Time for it (mirrored)",
        "Alpha 2021: 0.81 , 2024: 0.81",
        "Responses are weighted by w",
        "factors: [backing]",
        "Fit one specification.",
        "2.38 1.40 to 3.37",
    ):
        assert words in said, words


def test_a_page_explains_the_letters_that_stand_on_it_and_no_others(site):
    told = {"w": "w: withheld, the group is too small.", "x": "x: not estimated."}
    seen = set()
    for path in sorted((site / "harbour/lineage").glob("*.html")):
        html = path.read_text(encoding="utf-8")
        letters = {letter for letter in told if f'<td class="number">{letter}</td>' in html}
        assert letters == {letter for letter, words in told.items() if words in plain(html)}, path.name
        seen |= letters or {""}
    assert {"w", ""} <= seen


def test_each_step_names_rule_script_module_and_config_with_its_text(site):
    html = (site / "harbour/lineage/adjusted.html").read_text(encoding="utf-8")
    for place in (
        "../../source/workflow/rules/estimate.smk.html#L",
        "../../source/workflow/scripts/estimate.py.html",
        "../../source/workflow/stemcareers/harmonise.py.html",
        "../../source/workflow/stemcareers/readers/csv.py.html",
        "../../source/config/studies/harbour/specifications/adjusted.yaml.html",
        "../../source/config/studies/harbour/instruments/leader-1.yaml.html",
    ):
        assert f'href="{place}' in html, place
    line = int(re.search(r"estimate[.]smk[.]html#L(\d+)", html)[1])
    text = (ROOT / "workflow/rules/estimate.smk").read_text(encoding="utf-8").splitlines()
    assert text[line - 1] == "rule estimate:"


def test_from_the_dictionary_the_way_leads_on_to_the_numbers(site):
    html = (site / "harbour/dictionary.html").read_text(encoding="utf-8")
    entry = html[html.index('id="time"') :]
    entry = entry[: entry.index("</section>")]
    assert 'href="lineage/adjusted.html"' in entry and 'href="waves/2024.html#answers-time"' in entry
    assert "guidance.html" not in entry


def test_few_corrections_of_private_answers_are_not_counted(project, study):
    folder = project / "config/studies/harbour/corrections"
    folder.mkdir()
    settings = config.project(project / "config/project.yaml")
    try:
        (folder / "2024.csv").write_text("response,item,was,becomes,because\n" + "r1,plan,1,2,misread\n" * 3)
        assert _chain(study, settings, project).recoded("2024", ["plan"])["corrections"] == "3"
        private = study.waves["2024"].model_copy(update={"synthetic": False})
        study.waves["2024"], before = private, study.waves["2024"]
        assert _chain(study, settings, project).recoded("2024", ["plan"])["corrections"] == "fewer than 10"
        study.waves["2024"] = before
    finally:
        (folder / "2024.csv").unlink()
        folder.rmdir()


def _chain(study: StudyConfig, settings: config.Project, root: Path) -> Chain:
    return Chain(Shown(study, settings, root), Sources({}), {})


def test_no_file_with_answers_or_schools_is_shown(tmp_path):
    study = tmp_path / "config/studies/a"
    for name in ("corrections/2024.csv", "crosswalk.csv", "notes.csv", "populations/p.csv", "items.csv", ".x.yaml"):
        (study / name).parent.mkdir(parents=True, exist_ok=True)
        (study / name).write_text("x\n")
    (tmp_path / "workflow").mkdir()
    shown = Sources.read(tmp_path, tmp_path / "workflow").files
    assert sorted(shown) == ["config/studies/a/items.csv", "config/studies/a/populations/p.csv"]


def test_lines_are_numbered_and_their_text_is_no_html():
    assert str(numbered("a < b\n\n<script>\n")) == (
        '<span class="line" id="L1">a &lt; b</span>\n<span class="line" id="L2"></span>\n'
        '<span class="line" id="L3">&lt;script&gt;</span>'
    )


def test_behind_a_number_stand_the_items_of_its_scales_and_samples(study):
    entry = study.specifications["adjusted"].model_copy(update={"samples": ["all", "by phase"]})
    assert variables_behind(entry, study) == ["provision", "backing", "phase"]
    assert items_behind(["provision", "backing", "phase"], study) == ["pupils", "plan", "time", "phase"]
    assert waves_behind("adjusted", study) == ["2021", "2024"]


def searched(site: Path) -> dict:
    text = (site / "search-index.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("window.searchIndex = ").removesuffix(";\n"))


def test_everything_the_search_holds_is_there(site):
    assert held(site) > 30
    index = searched(site)
    titles = {title for _, _, title, _, _ in index["entries"]}
    assert {"Time for it", "Backing for STEM careers", "Provision explained", "2024"} <= titles
    assert any("Q3" in detail for _, _, title, detail, _ in index["entries"] if title == "Time for it")
    assert "<" not in (site / "search-index.js").read_text(encoding="utf-8")


def held(site: Path) -> int:
    """How many results the search can show; each leads to a page and a place on it."""
    index, texts = searched(site), {}

    def place(link: str) -> None:
        file, _, anchor = link.partition("#")
        text = texts.setdefault(file, (site / file).read_text(encoding="utf-8"))
        assert not anchor or f'id="{anchor}"' in text, link

    rows_held = [(page, row) for _, _, page, groups in index["estimates"] for *_, own in groups for _, row in own]
    for page, row in rows_held:
        place(f"{page}#row-{row}")
    for *_, link in index["entries"]:
        place(link)
    return len(rows_held) + len(index["entries"])


# --- what was built here, where it was ------------------------------------------------------------------------

needs_results = pytest.mark.skipif(
    not (BUILT / "search-index.js").is_file(), reason="no report was built here: make report"
)


@pytest.mark.slow
@needs_results
def test_random_numbers_of_the_report_lead_to_their_rows_and_questions():
    """Of every study built here: numbers drawn from its pages, followed to the row, the question and its column."""
    drawn = random.Random(20260101)
    for folder in sorted(p.parent for p in BUILT.glob("*/dictionary.html")):
        settings = config.everything(folder.name, ROOT)
        pages = [f"{folder.name}/{name}.html" for name in settings.reports]
        for name in [*pages, f"{folder.name}/published.html", "index.html", "synthesis.html", "tour.html"]:
            if (BUILT / name).is_file():
                links = LINK.findall((BUILT / name).read_text(encoding="utf-8"))
                followed(BUILT, name, drawn.sample(links, min(25, len(links))))
                assert links or name.endswith("published.html")
        for name in drawn.sample(sorted(settings.specifications), min(4, len(settings.specifications))):
            _asked(settings, name)


def _asked(settings: StudyConfig, name: str) -> None:
    """Every question on the page of a specification stands with the column and wording of its waves."""
    html = (BUILT / settings.id / lineage.page_of(name)).read_text(encoding="utf-8")
    said = plain(html)
    items = items_behind(variables_behind(settings.specifications[name], settings), settings)
    for wave in waves_behind(name, settings):
        entry = settings.waves[wave]
        questionnaire = fielded(settings.instruments[entry.instrument], entry)
        for column, item in questionnaire.columns().items():
            if item in items:
                question = questionnaire.questions.get(column)
                wording = (question.wording if question else None) or settings.items[item].wording
                assert f"<code>{column}</code>" in html.replace("&amp;", "&").replace("&#39;", "'"), column
                assert " ".join(wording.split()) in said, wording
        assert entry.export.sha256 in html


@pytest.mark.slow
@needs_results
def test_everything_the_search_of_the_report_holds_is_there():
    assert held(BUILT) > 1000
