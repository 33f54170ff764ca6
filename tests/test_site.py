"""The site: every link leads somewhere, nothing comes from the network, nothing in it acts, two builds are equal."""

from __future__ import annotations

import csv
import getpass
import hashlib
import io
import json
import re
import socket
import zipfile
import zlib
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from helpers import small_project, small_site
from stemcareers import config, files
from stemcareers.config import Wanted
from stemcareers.report import lineage
from stemcareers.site import assumptions, graph, leftovers, made, pages, published, source
from stemcareers.site.shown import fielded

ROOT = Path(__file__).resolve().parents[1]
VOID = {"br", "hr", "img", "input", "source", "meta", "link", "wbr", "col", "path", "rect"}
# The one page that needs a script, with its field and list, and the tables that a script of ours sorts.
LIVE = {"search.html": ["script", "script", "input", "select"]}


class Page(HTMLParser):
    """What of a page matters here."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.live: list[str] = []
        self.metas: dict[str, str] = {}
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.headings: list[str] = []
        self.pictures_without_words = 0
        self.pictures_without_size = 0
        self.said = ""
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)
        self.unbalanced += self.open

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.ids += [given["id"]] if "id" in given else []
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag == "img" and not given.get("alt"):
            self.pictures_without_words += 1
        if tag == "img" and not (given.get("width", "").isdecimal() and given.get("height", "").isdecimal()):
            self.pictures_without_size += 1
        self.loaded += [given[name] for name in ("src", "srcset", "data", "poster") if given.get(name)]
        if tag == "link":
            self.loaded.append(given["href"])
        if tag == "meta":
            self.metas[given.get("http-equiv") or given.get("name") or "charset"] = given.get("content", "")
        if tag in {
            "script",
            "iframe",
            "object",
            "embed",
            "form",
            "style",
            "base",
            "math",
            "textarea",
            "button",
            "input",
            "select",
        }:
            self.live.append(tag)
        self.live += [f"{tag} {name}" for name in given if name.startswith("on")]
        leads = [given[name] for name in ("href", "src", "srcset", "action", "formaction") if given.get(name)]
        self.live += [value for value in leads if re.match(r"\s*(java|vb)script:|data:text", value, re.IGNORECASE)]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data):
        self.said += data


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    return small_site.build(small_project.undone(small_project.build(tmp_path_factory.mktemp("project"))))


def test_the_checksum_of_a_shown_file_is_that_of_its_bytes(tmp_path):
    path = tmp_path / "config" / "defaults.yaml"
    path.parent.mkdir()
    path.write_bytes(b"a: 1\r\n")
    (shown,) = source.Sources.read(tmp_path, tmp_path / "no-code").files.values()
    assert shown.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def html(site) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path) for path in sorted(site.rglob("*.html"))}


def test_the_site_holds_what_it_should(site):
    names = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert names >= {
        *("index.html", "assumptions.html", "made.html", "style.css", "manifest.csv"),
        *("harbour/index.html", "harbour/dictionary.html", "harbour/estimates/adjusted.csv", "harbour/waves/2021.csv"),
        *(f"harbour/{r}{v}.html" for r in ("provision", "waves", "measures") for v in ("", ".code")),
        *(f"harbour/figures/guidance{end}" for end in (".svg", ".narrow.svg", ".png", ".csv")),
        *("harbour/tables/models.csv", "harbour/fits/adjusted.csv", "harbour/published.html", "harbour/published.csv"),
        *("tour.html", "search.html", "source/index.html", "source/workflow/stemcareers/clean.py.html"),
        *(f"harbour/lineage/{name}.html" for name in small_project.SPECIFICATIONS),
        *("harbour/waves/2021.html", "harbour/waves/2024.html", "source/config/studies/harbour/items.csv.html"),
    }
    kinds = {Path(name).suffix for name in names}
    assert kinds == {
        *(".html", ".css", ".js", ".csv", ".svg", ".png", ".xml", ".json", ".md", ".tex", ".docx", ".pdf"),
    }
    assert {f"harbour/tables/models.{kind}" for kind in ("csv", "md", "tex", "docx")} <= names
    assert {name for name in names if name.endswith(".js")} == {"search-index.js", "search.js", "sort.js"}
    drawn = {name for name in names if "/figures/" in name and name.endswith(".json")}
    assert {name.removesuffix(".json") for name in drawn} == {
        name.removesuffix(".csv") for name in names if "/figures/" in name and name.endswith(".csv")
    }
    documents = {name for name in names if name.endswith((".xml", ".json"))} - drawn
    assert documents == {"harbour/codebook.xml", "harbour/datapackage.json"}


def test_every_link_leads_somewhere(site, html):
    broken = []
    for name, page in html.items():
        for link in page.links:
            if re.match(r"https?://", link):
                continue
            file, _, place = link.partition("#")
            target = (site / name).parent / unquote(file) if file else site / name
            key = target.resolve().relative_to(site.resolve()).as_posix()
            if not target.is_file() or (place and place not in html[key].ids):
                broken.append(f"{name}: {link}")
    assert broken == []


def test_ids_stand_once_and_tags_close(html):
    for name, page in html.items():
        assert len(page.ids) == len(set(page.ids)), name
        assert page.unbalanced == [], name


def test_every_picture_has_words_and_size_and_headings_begin_with_one(html):
    for name, page in html.items():
        assert page.pictures_without_words == page.pictures_without_size == 0, name
        assert page.headings.count("h1") == 1, name


def test_nothing_is_loaded_from_elsewhere(site, html):
    for name, page in html.items():
        for loaded in page.loaded:
            if not loaded.startswith("data:"):
                assert ((site / name).parent / loaded).resolve().is_file(), f"{name}: {loaded}"
    assert "url(" not in (site / "style.css").read_text(encoding="utf-8")
    assert "@import" not in (site / "style.css").read_text(encoding="utf-8")


def scripts(name: str) -> list[str]:
    """The live elements a page may have: those of the search, and a script where tables can be sorted."""
    sorts = re.fullmatch("harbour/(index|published|lineage/.*|waves/[^/]*)[.]html", name)
    return LIVE.get(name, ["script"] if sorts and name != "harbour/waves.html" else [])


def test_every_page_forbids_what_it_does_not_need(html):
    rest = "style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'"
    for name, page in html.items():
        runs = "script-src 'self'; " if scripts(name) else ""
        assert page.metas["Content-Security-Policy"] == f"default-src 'none'; {runs}{rest}", name
        assert page.live == scripts(name), name
    assert sum(bool(scripts(name)) for name in html) == 9


def test_scripts_are_files_of_the_site_and_ask_for_nothing(site):
    for name in ("search.js", "sort.js"):
        text = (site / name).read_text(encoding="utf-8")
        asks = ("fetch(", "XMLHttpRequest", "import(", "eval(", "innerHTML", "document.write", "http:", "https:")
        assert [word for word in asks if word in text] == [], name


def test_every_page_of_a_synthetic_study_says_so(html):
    for name, page in html.items():
        if name.startswith("harbour/") or name == "index.html":
            assert "Synthetic answers: shows the method, not a finding" in page.said, name


@pytest.mark.slow
def test_no_page_of_a_real_study_says_synthetic(tmp_path):
    site = small_site.build(small_project.build(tmp_path, synthetic=False))
    for path in site.rglob("*.html"):
        if "source" not in path.relative_to(site).parts:
            assert "Synthetic answers" not in path.read_text(encoding="utf-8"), path.name
    tour = " ".join(Page(site / "tour.html").said.split())
    assert "All answers are real: what is found is evidence." in tour and "Synthetic" not in tour


def test_a_number_leads_to_its_wording_in_one_click(html):
    assert [link for link in html["harbour/provision.html"].links if link.startswith("lineage/adjusted.html#row-")]
    chain = html["harbour/lineage/adjusted.html"]
    assert {"../estimates/adjusted.csv", "../dictionary.html#backing"} <= set(chain.links)
    assert {"question-plan", "item-plan", "question-time", "item-time", "scale-backing"} <= set(chain.ids)
    assert "How far does the plan name STEM?" in chain.said


def test_the_dictionary_tells_column_status_answers_and_departures(html):
    said = " ".join(html["harbour/dictionary.html"].said.split())
    assert "2021: Q3 (printed in reverse order)" in said
    assert "reconstructed: the exact words could not be read" in said
    assert "a number from 1 to 5,000, pupils" in said
    assert "Time for it (mirrored)" in said


def test_the_front_page_tells_what_was_found(html):
    said = " ".join(html["index.html"].said.split())
    assert "About 4 in 10 schools (36% to 44%) give guidance." in said
    row = {"specification": "guidance", "sample": "all", "outcome": "guides", "quantity": "share", "term": "guides"}
    place = f"harbour/{lineage.of_estimate({**row, 'level': '1'})}"
    assert place in html["index.html"].links and place in html["tour.html"].links


def test_the_tour_is_computed_and_leads_to_what_it_tells_of(html):
    tour = html["tour.html"]
    said = " ".join(tour.said.split())
    for words in (
        "with 13 minutes",
        "All answers are made up. The steps can be checked, and nothing is found.",
        "About 4 in 10 schools (36% to 44%) give guidance. Its row",
        "\u201cIs guidance given in your school?\u201d, column Q1 of 2021 The question behind it",
        "2024: 1,310 received, 1,188 kept. Who was left out and why",
        "2024: weights as they came with the answers. Kish's design effect 1.50.",
        "Backing for STEM careers, 2021: alpha 0.81. How it was measured",
        f"{len(assumptions.in_code())} in the code",
        "Code at commit 0123456789ab",
    ):
        assert words in said, words
    assert tour.headings.count("h2") == 7  # every stop but that of a curve, which this study does not have
    assert {"harbour/lineage/guidance.html#question-guides", "harbour/waves/2024.html#flow"} <= set(tour.links)


def test_the_header_says_for_whom_a_page_is_and_where_one_stands(html):
    current = re.compile(r'<a href="[^"]*"( aria-current="[a-z]+")?>(Read|Review|Replicate|Search)</a>')
    for name, face in (
        ("index.html", ' aria-current="page"'),
        ("harbour/provision.html", ' aria-current="true"'),
    ):
        told = {words: mark for mark, words in current.findall(html[name].text)}
        assert told == {"Read": face, "Review": "", "Replicate": "", "Search": ""}
    told = {words: mark for mark, words in current.findall(html["harbour/lineage/adjusted.html"].text)}
    assert told["Review"] == ' aria-current="true"' and told["Read"] == ""
    for name, mark in (("replicate.html", ' aria-current="page"'), ("made.html", ' aria-current="true"')):
        assert dict(map(reversed, current.findall(html[name].text)))["Replicate"] == mark


def test_a_study_without_answers_is_named_with_how_to_get_them(tmp_path):
    project = small_project.build(tmp_path)
    wanted = Wanted("harbour", "2021", "2021.csv", "0" * 64, None, "https://example.org/get", "ask the harbour office")
    site = small_site.build(project, [wanted])
    said = " ".join(Page(site / "index.html").said.split())
    assert "data/raw/harbour/2021.csv (wave 2021). ask the harbour office https://example.org/get" in said
    assert "harbour" not in {p.name for p in site.iterdir()}
    assert not [link for link in Page(site / "tour.html").links if "harbour" in link]


def test_nothing_names_this_machine(site):
    private = {str(Path.home()), str(ROOT), str(site), "/tmp/", *_long(getpass.getuser()), *_long(socket.gethostname())}
    for path in site.rglob("*"):
        # What stands under source/ is the repository's own text.
        if path.is_file() and path.suffix != ".png" and "source" not in path.relative_to(site).parts:
            text = unpacked(path)
            # Two letters stand by chance in the bytes of a letter's outline.
            known = {word for word in private if len(word) > 4 or path.suffix != ".pdf"}
            assert [word for word in known if word in text] == [], path.name


def unpacked(path: Path) -> str:
    """The text of a file; of an archive that of every file in it, of a PDF that of every stream that unpacks."""
    content = path.read_bytes()
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist())
    if path.suffix == ".pdf":
        streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, flags=re.DOTALL)
        unpacked = [zlib.decompressobj().decompress(s) for s in streams if s.startswith(b"x")]
        assert len(unpacked) > 10
        content = b"\n".join([content, *unpacked])
    return content.decode("utf-8", "replace" if path.suffix in {".docx", ".pdf"} else "strict")


def _long(user: str) -> set[str]:
    # `root`, `vm` and other short names stand in ordinary words.
    return {user} if len(user) > 5 else set()


@pytest.mark.slow
def test_two_builds_in_two_folders_are_equal(site, tmp_path):
    again = small_site.build(small_project.undone(small_project.build(tmp_path / "elsewhere")))
    assert (again / "manifest.csv").read_bytes() == (site / "manifest.csv").read_bytes()


def test_the_manifest_holds_every_file(site):
    rows = list(csv.DictReader((site / "manifest.csv").open(encoding="utf-8")))
    assert {row["file"] for row in rows} == {
        p.relative_to(site).as_posix() for p in site.rglob("*") if p.is_file() and p.name != "manifest.csv"
    }
    for row in rows[:5]:
        assert hashlib.sha256((site / row["file"]).read_bytes()).hexdigest() == row["sha256"]


def test_what_is_no_longer_made_is_removed(tmp_path):
    (tmp_path / "old" / "deep").mkdir(parents=True)
    (tmp_path / "old" / "deep" / "page.html").write_text("x", encoding="utf-8")
    (tmp_path / "kept.html").write_text("x", encoding="utf-8")
    pages.write({"index.html": b"new", "a/b.csv": b"x"}, tmp_path, kept=["kept.html"])
    names = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*"))
    assert names == ["a", "a/b.csv", "index.html", "kept.html"]


def test_results_of_entries_that_config_no_longer_has_are_leftovers(tmp_path):
    study = config.everything("harbour", small_project.build(tmp_path))
    results = tmp_path / "results"
    kept = {"estimates/adjusted.csv", "figures/guidance.narrow.svg", "flows/2024.svg", "tables/models.docx"}
    gone = {"estimates/gone.csv", "figures/gone.narrow.svg", "flows/1999.svg", "tables/gone.docx"}
    for name in kept | gone:
        files.write_text(results / "harbour" / name, "")
    found = {path.relative_to(results / "harbour").as_posix() for path in leftovers.of_studies(results, [study])}
    assert found >= gone and not found & kept
    for name in ("evidence.csv", "figures/overview.svg", "figures/gone.csv"):
        files.write_text(results / "synthesis" / name, "")
    assert [path.name for path in leftovers.of_synthesis(results, ["overview"])] == ["gone.csv"]
    assert len(leftovers.of_synthesis(results, [])) == 3


def test_hostile_words_do_not_act_on_any_page(tmp_path):
    hostile = dict.fromkeys(small_project.WORDS, " ".join(small_project.PAYLOADS))
    site = small_site.build(small_project.build(tmp_path, **hostile))
    for path in site.rglob("*.html"):
        page = Page(path)
        assert page.live == scripts(path.relative_to(site).as_posix()), path.name
        assert page.unbalanced == [], path.name
        assert [s for s in page.loaded if re.match("https?:|//", s)] == [], path.name


PLAIN_WORDS = (
    "how far STEM careers are planned and given time",
    "points, 1 to 4",
    "Careers leader questionnaire",
    "STEM in the plan",
    "How far does the plan name STEM?",
    "Time for it",
    "Not at all",
    "Fully",
    "Secondary",
    "ask the harbour office",
    "Who gives guidance?",
    "answers are private",
    "Provision and its backing, adjusted",
)


@pytest.mark.slow
def test_hostile_words_in_any_other_place_do_not_act_either(tmp_path):
    project, hostile = small_project.build(tmp_path), " ".join(small_project.PAYLOADS)
    places = dict.fromkeys(PLAIN_WORDS, 0)
    for path in (project / "config").rglob("*"):
        if path.suffix in {".yaml", ".csv"}:
            text = path.read_text(encoding="utf-8")
            for words in PLAIN_WORDS:
                given = f"{hostile} {words[::-1]}"
                quoted = json.dumps(given) if path.suffix == ".yaml" else '"' + given.replace('"', '""') + '"'
                places[words] += text.count(words)
                text = text.replace(words, quoted)
            path.write_text(text, encoding="utf-8")
    assert all(places.values()), places
    assert len(small_project.PAYLOADS) == 26
    site = small_site.build(project)
    said = 0
    for path in site.rglob("*.html"):
        page = Page(path)
        said += page.said.count("alert(1)")
        assert page.live == scripts(path.relative_to(site).as_posix()), path.name
        assert page.unbalanced == [], path.name
    assert said > 100


@pytest.mark.parametrize("cell", ["=1+1", "+x", "-x", "@x", "\tx", "\rx", '=HYPERLINK("https://example.org")'])
def test_no_cell_of_a_csv_is_a_formula(tmp_path, cell):
    (tmp_path / "harbour" / "tables").mkdir(parents=True)
    with (tmp_path / "harbour/tables/t.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["label", "number"], [cell, "-0.5"], ["plain", "1e-05"]])
    text = published.files(tmp_path, "harbour")["harbour/tables/t.csv"].decode()
    assert list(csv.reader(io.StringIO(text, newline="\n"))) == [
        ["label", "number"],
        ["'" + cell.replace("\r", "\n"), "-0.5"],
        ["plain", "1e-05"],
    ]


def test_publishing_a_safe_csv_changes_nothing(tmp_path):
    (tmp_path / "harbour").mkdir()
    content = b'label,number\n\'=x,-0.5\n"a, b",\n'
    (tmp_path / "harbour/fits.csv").write_bytes(content)
    assert published.files(tmp_path, "harbour") == {"harbour/fits.csv": content}


def test_assumptions_are_collected_with_file_and_part(tmp_path):
    (tmp_path / "workflow" / "rules").mkdir(parents=True)
    (tmp_path / "workflow" / "a.py").write_text(
        "class A:\n    def f(self):\n        # ASSUME: the sky\n        # is blue.\n        return 1  # not this\n\n\n"
        "x = '# ASSUME: not a comment'\n# ASSUME: at the top\n",
        encoding="utf-8",
    )
    (tmp_path / "workflow" / "rules" / "b.smk").write_text(
        "rule x:\n    # ASSUME: rules may too\n    input: 'a'\n", encoding="utf-8"
    )
    found = assumptions.in_code(tmp_path / "workflow")
    assert [(a.file, a.part, a.says) for a in found] == [
        ("workflow/a.py", "f", "The sky is blue."),
        ("workflow/a.py", "", "At the top"),
        ("workflow/rules/b.smk", "", "Rules may too"),
    ]


def test_the_library_makes_assumptions_and_the_page_shows_them(html):
    found = assumptions.in_code()
    assert found
    said = " ".join(html["assumptions.html"].said.split())
    for assumption in found:
        assert " ".join(assumption.says.replace("`", "").split()) in said.replace("`", "")
    assert "2021: every response counts once" in said
    assert "2024, Q3: printed in reverse order." in said


def test_rules_are_read_with_their_docstrings(tmp_path):
    (tmp_path / "a.smk").write_text(
        'rule one:\n    """Do it,\n    well."""\n    input: "x"\n\nrule two:\n    input: "y"\n'
    )
    assert made.rules([tmp_path / "a.smk"]) == {"one": "Do it, well."}


def test_every_rule_of_ours_has_a_docstring_the_page_can_print():
    files = sorted((ROOT / "workflow" / "rules").glob("*.smk"))
    names = [name for path in files for name in re.findall(r"^rule (\w+):", path.read_text(encoding="utf-8"), re.M)]
    assert sorted(made.rules(files)) == sorted(names)


def test_the_page_on_how_it_was_made(html):
    said = " ".join(html["made.html"].said.split())
    for words in ("0123456789ab", "pandas", "Run a notebook.", "Feeds execute, publish.", "0" * 64):
        assert words in said
    assert said.index("Fit one specification.") < said.index("Run a notebook.") < said.index("Put the site together.")


def test_the_page_for_replicators_says_what_to_do_and_which_program_makes_what(html):
    said = " ".join(html["replicate.html"].said.split())
    for words in (
        "make report",
        "make diff A=<an unpacked bundle> B=.",
        "data/raw/harbour/2024.csv",
        "0" * 64,
        "Yes, made up",
        "answers are private",
        "Python from 3.11 to before 3.14",
        "starts from the seed 1 of",
        "3 figures, 1 table, 3 pages",
        "config/studies/harbour/tables/models.yaml",
        "results/harbour/reports/waves.ipynb",
        "The code is under the MIT licence.",
    ):
        assert words in said, words
    assert "replicate.html" in html["made.html"].links and "replicate.html" in html["index.html"].links


def test_the_graph_leaves_the_target_out_and_stands_in_layers():
    steps, edges = graph.read(small_site.DOT, small_site.RULES)
    assert steps == ["estimate", "execute", "publish"]
    assert edges == [("estimate", "execute"), ("estimate", "publish"), ("execute", "publish")]
    assert graph.levels(steps, edges) == {"estimate": 0, "execute": 1, "publish": 2}


def test_a_line_that_other_lines_imply_is_not_drawn():
    chain = [("a", "b"), ("b", "c"), ("c", "d")]
    assert graph.reduced([*chain, ("a", "c"), ("a", "d"), ("b", "d")]) == chain
    assert graph.reduced([("a", "b"), ("a", "c")]) == [("a", "b"), ("a", "c")]
    assert len(graph.drawn(list("abcd"), [*chain, ("a", "d")]).lines) == 3


def test_no_two_boxes_of_a_graph_overlap_and_lines_run_down():
    steps = [f"s{i}" for i in range(12)]
    edges = [(f"s{i}", f"s{j}") for i in range(12) for j in range(i + 1, 12) if (i * j) % 5 == 1 or j == i + 4]
    drawing = graph.drawn(steps, edges)
    boxes = {box.name: box for box in drawing.boxes}
    assert set(boxes) == set(steps)
    for a, b in edges:
        assert boxes[a].y < boxes[b].y
    for a in drawing.boxes:
        assert drawing.box[0] / 2 <= a.x <= drawing.width - drawing.box[0] / 2
        assert 0 <= a.y <= drawing.height - drawing.box[1]
        for b in drawing.boxes:
            assert a is b or abs(a.x - b.x) >= drawing.box[0] or abs(a.y - b.y) >= drawing.box[1]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (("2025-03-03", "2025-04-11"), "3 March to 11 April 2025"),
        (("2025-03-03", "2025-03-11"), "3 to 11 March 2025"),
        (("2024-12-03", "2025-01-11"), "3 December 2024 to 11 January 2025"),
        (("2025-03-03", "2025-03-03"), "3 March 2025"),
    ],
)
def test_when_a_wave_was_fielded(site, days, said):
    import datetime

    wave = config.wave(site.parents[1] / "config/studies/harbour/waves/2021.yaml")
    assert fielded(wave.model_copy(update={"fielded": [datetime.date.fromisoformat(day) for day in days]})) == said


def test_text_and_links_stand_out_enough():
    """WCAG 2.2, 1.4.3: contrast of 4.5 to 1 for every pair of text and ground the style sheet uses."""
    style = (ROOT / "workflow/stemcareers/site/style.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", style))
    white, shade, ribbon = colours["paper"], colours["shade"], colours["orange-shade"]
    pairs = [
        (colours[ink], ground) for ink in ("ink", "soft", "blue", "blue-dark") for ground in (white, shade, ribbon)
    ]
    pairs += [(white, colours["blue"]), (colours["ink"], colours["focus"]), ("#7d2f08", ribbon)]
    assert min(_contrast(a, b) for a, b in pairs) >= 4.5


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
