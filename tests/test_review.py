"""The bundle for a reviewer: complete, checkable, filled from what was computed, and nothing private in it."""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
import socket
import subprocess
import zipfile
from pathlib import Path

import pytest
import yaml
from helpers import recorded, small_project
from stemcareers import review
from stemcareers.errors import Problem
from stemcareers.review import codecheck, crate, readme, scan
from stemcareers.review.project import Reviewed

ROOT = Path(__file__).resolve().parents[1]
STUDY = small_project.STUDY
HEADINGS = (
    "## Overview",
    "## Data Availability and Provenance Statements",
    "### Statement about Rights",
    "### License for Data",
    "### Summary of Availability",
    "### Details on each Data Source",
    "## Dataset list",
    "## Computational requirements",
    "### Software Requirements",
    "### Controlled Randomness",
    "### Memory, Runtime, Storage Requirements",
    "## Description of programs/code",
    "### License for Code",
    "## Instructions to Replicators",
    "### Details",
    "## List of tables and programs",
    "## References",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    return recorded.build(tmp_path_factory.mktemp("project"))


@pytest.fixture
def copy(project, tmp_path) -> Path:
    """A copy of the project, for a test to change."""
    return shutil.copytree(project, tmp_path / "copy", ignore=shutil.ignore_patterns("review*"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def bundle(project) -> Path:
    folder, archive, count = review.build(project, ROOT)
    assert count == sum(p.is_file() for p in folder.rglob("*"))
    assert zipfile.ZipFile(archive).testzip() is None
    return folder


@pytest.fixture(scope="module")
def said(bundle) -> str:
    return (bundle / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def graph(bundle) -> dict[str, dict]:
    told = json.loads((bundle / crate.FILE).read_text(encoding="utf-8"))
    assert told["@context"] == list(crate.CONTEXT)
    entities = {entity["@id"]: entity for entity in told["@graph"]}
    assert len(entities) == len(told["@graph"])
    return entities


def test_it_holds_what_a_replicator_needs(bundle):
    there = {p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file()}
    assert {
        *("README.md", "codecheck.yml", "CITATION.cff", "LICENSE", "SHA256SUMS", "ro-crate-metadata.json"),
        *("Snakefile", "Makefile", "requirements.lock", "workflow/rules/estimate.smk", "workflow/scripts/draw.py"),
        *("notebooks/wave.ipynb", "config/project.yaml", f"config/studies/{STUDY}/items.csv"),
        *(f"results/{STUDY}/{name}" for name in ("estimates.csv", "codebook.xml", "datapackage.json", "codes.csv")),
        *(f"results/{STUDY}/figures/guidance.{ending}" for ending in ("svg", "png", "csv")),
        *(f"results/{STUDY}/tables/models.{ending}" for ending in ("html", "csv", "md", "tex", "docx")),
        *(f"results/{STUDY}/flows/2024.{ending}" for ending in ("svg", "png", "csv", "txt")),
        *(f"results/{STUDY}/reports/waves.ipynb", f"results/{STUDY}/report.pdf", "results/report.pdf"),
        *("results/provenance.json", "results/site/manifest.csv", f"data/raw/{STUDY}/2021.csv"),
    } <= there
    assert not [path for path in there if path.startswith("data/") and not path.startswith("data/raw/")]
    assert not [path for path in there if path.startswith("results/") and path.endswith(".narrow.svg")]
    assert not list((bundle / "results" / STUDY / "figures").glob("*.json"))
    assert not [path for path in there if "__pycache__" in path or path.endswith(".parquet")]


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="sha256sum is not here")
def test_its_checksums_are_accepted(bundle):
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=bundle, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    listed = {line.split("  ")[1] for line in (bundle / "SHA256SUMS").read_text().splitlines()}
    there = {p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file()}
    assert listed == there - {"SHA256SUMS"}


def test_the_same_run_gives_the_same_zip(project, bundle):
    first = (project / review.ZIP).read_bytes()
    review.build(project, ROOT)
    assert (project / review.ZIP).read_bytes() == first
    names = zipfile.ZipFile(project / review.ZIP).namelist()
    assert names == sorted(names)


def test_the_readme_has_the_template_s_headings_in_its_order(said):
    places = [said.index(f"\n{heading}\n") for heading in HEADINGS]
    assert places == sorted(places)


def test_the_readme_is_filled_from_config_lock_results_and_measurements(said, project):
    jobs = 22  # as many as `recorded` leaves, at two and a half seconds each
    assert f"its {jobs} jobs to run for about 55 s one after the other" in said
    assert "- [x] <10 minutes\n- [ ] 10-60 minutes\n" in said
    assert f"| **all** | {jobs} | 55.0 | | 100 |" in said
    assert "`seed: 1`" in said
    assert "builds 3 figures, 2 flows of waves, 1 table and 3 pages on 1 study" in said
    assert re.search(r"`requirements.lock` pins all \d{3} packages", said)
    assert "- [x] All data **are** publicly available.\n" in said
    assert "No job held more than 100 MiB." in said
    assert f"| `data/raw/{STUDY}/2024.csv` | Harbour (2024), A survey of careers leaders | comma-separated text" in said
    row = "| Table: Provision explained | `workflow/scripts/tabulate.py` (rule `tabulate`) |"
    assert f"{row} `config/studies/{STUDY}/tables/models.yaml` | `results/{STUDY}/tables/models.html` |  |\n" in said


def test_every_figure_table_and_page_has_its_program_and_every_path_of_that_list_is_there(said, bundle):
    rows = re.findall(r"^\| (?:Figure|Flow|Table|Page): .*$", said, re.MULTILINE)
    assert len(rows) == 9
    for row in rows:
        paths = re.findall(r"`([^`]+/[^`]+)`", row)
        assert len(paths) == 3 and all((bundle / path).is_file() for path in paths)


def test_a_change_of_config_changes_the_readme(copy):
    edit(copy / "config" / "project.yaml", "seed: 1", "seed: 7")
    edit(copy / "config" / "studies" / STUDY / "study.yaml", "Careers leaders in harbour towns", "Another harbour")
    told = readme.text(Reviewed.open(copy, ROOT), 10)
    assert "`seed: 7`" in told and "- Another harbour (`harbour`): 2 waves" in told


def test_without_measurements_it_says_so(copy):
    for path in (copy / "data" / "logs").rglob("*.measured.json"):
        path.unlink()
    told = readme.text(Reviewed.open(copy, ROOT), 10)
    assert "How long it runs was not measured for 22 of 22 jobs." in told
    assert "`make clean report review` measures all of it." in told
    assert "| `estimate` | 4 | not measured |  |  |" in told
    assert "- [x] <10 minutes" not in told


def test_codecheck_holds_to_the_rules_for_authors(bundle):
    """Those of the specification, version 1.0, that need no checker."""
    text = (bundle / "codecheck.yml").read_text(encoding="utf-8")
    assert text.startswith("%YAML 1.1\n---\n")
    told = yaml.safe_load(text)
    assert told["version"] == codecheck.VERSION
    named = [entry["file"] for entry in told["manifest"]]
    assert len(named) == len(set(named)) == 11
    assert all(not Path(name).is_absolute() and ".." not in name and (bundle / name).is_file() for name in named)
    assert all(entry["comment"].strip() for entry in told["manifest"])
    assert told["paper"]["title"] == "STEM careers in harbour towns"
    assert [person["name"] for person in told["paper"]["authors"]] == ["The stemcareers maintainers"]
    assert told["paper"]["reference"].strip()
    assert not {"codechecker", "report", "summary", "certificate", "check_time"} & set(told), "the checker's"
    assert not re.search(r"0000-000\d|10\.\d{4,}/|TODO|FIXME|example\.com|YYYY", text), "made up, or a placeholder"


def test_an_orcid_of_the_citation_is_taken_over(project):
    reviewed = Reviewed.open(project, ROOT)
    orcid = "https://orcid.org/0000-0002-1825-0097"
    person = {"given-names": "Josiah", "family-names": "Carberry", "orcid": orcid}
    reviewed.__dict__["citation"] = {"authors": [person]}
    assert codecheck.authors(reviewed) == [{"name": "Josiah Carberry", "ORCID": "0000-0002-1825-0097"}]


def references(value) -> list[str]:
    if isinstance(value, dict):
        return [value["@id"]] if set(value) == {"@id"} else []
    return [found for one in value for found in references(one)] if isinstance(value, list) else []


def test_whatever_the_crate_refers_to_is_described_or_on_the_web(graph):
    for entity in graph.values():
        for key, value in entity.items():
            for name in references(value) if key != "@id" else ():
                assert name in graph or name.startswith("https://"), f"{entity['@id']} {key}: {name}"


def test_the_crate_says_which_profiles_it_keeps(graph):
    assert graph["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    assert {one["@id"] for one in graph["./"]["conformsTo"]} == set(crate.PROFILES)
    assert all(graph[uri]["@type"] == "CreativeWork" for uri in crate.PROFILES)
    for needed in ("name", "description", "license", "datePublished", "hasPart", "mainEntity"):
        assert graph["./"][needed]


def test_every_file_is_in_the_crate_with_its_checksum_and_size(graph, bundle):
    files = {name: e for name, e in graph.items() if "File" in e["@type"]}
    there = {p.relative_to(bundle).as_posix() for p in bundle.rglob("*") if p.is_file()}
    assert set(files) == there - {"SHA256SUMS", crate.FILE}
    for name, entity in files.items():
        content = (bundle / name).read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["contentSize"] == str(len(content))
    assert {one["@id"] for one in graph["./"]["hasPart"]} >= set(files)


def test_every_job_is_an_action_with_its_step_inputs_and_outputs(graph, project):
    jobs = sorted((project / "data" / "provenance" / "jobs").rglob("*.json"))
    actions = [e for name, e in graph.items() if name.startswith("#job/")]
    assert len(actions) == len(jobs) == 22
    workflow = graph["Snakefile"]
    assert set(workflow["@type"]) == {"File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"}
    steps = {one["@id"] for one in workflow["step"]}
    assert {graph[step]["workExample"]["@id"] for step in steps} == {one["@id"] for one in workflow["hasPart"]}
    controls = [e for e in graph.values() if e["@type"] == "ControlAction"]
    assert {e["object"]["@id"] for e in controls} == {e["@id"] for e in actions}
    assert {e["instrument"]["@id"] for e in controls} <= steps
    one = graph[f"#job/estimate/{STUDY}/adjusted"]
    assert one["instrument"] == {"@id": "workflow/scripts/estimate.py"}
    assert f"config/studies/{STUDY}/specifications/adjusted.yaml" in references(one["object"])
    assert f"results/{STUDY}/estimates/adjusted.csv" in references(one["result"])
    assert graph["#organised"]["result"] == {"@id": "#run"} and graph["#run"]["instrument"] == {"@id": "Snakefile"}


def test_the_crate_holds_no_time(bundle):
    text = (bundle / crate.FILE).read_text(encoding="utf-8")
    assert not re.search(r'"(?:start|end)Time"|dateCreated|dateModified', text)


def test_private_answers_are_named_with_their_checksum_and_left_out(copy):
    """Answers that are neither made up nor public."""
    for wave in (copy / "config" / "studies" / STUDY / "waves").glob("*.yaml"):
        edit(wave, "synthetic: true", "synthetic: false")
    folder, _, _ = review.build(recorded.again(copy), ROOT)
    assert not (folder / "data").exists()
    told = json.loads((folder / crate.FILE).read_text(encoding="utf-8"))["@graph"]
    entities = {entity["name"]: entity for entity in told if "name" in entity}
    export = entities[f"data/raw/{STUDY}/2024.csv"]
    assert export["@type"] == "CreativeWork" and export["sha256"] == "0" * 64
    assert export["conditionsOfAccess"] == "Not in this bundle; the answers are private. ask the harbour office"
    assert "sha256" not in entities[recorded.POOLED]
    said = (folder / "README.md").read_text(encoding="utf-8")
    assert "- [x] **No data can be made** publicly available." in said
    assert f"1. Put `data/raw/{STUDY}/2024.csv` where this path says (ask the harbour office)\n" in said
    assert "| Needs answers that are not provided |" in said


def test_public_answers_without_an_address_are_not_said_to_be_had_by_all(copy):
    config = copy / "config" / "studies" / STUDY
    public = "licence: all may read them\npublic_answers: {licence: OGL, because: The harbour office prints them}\n"
    edit(config / "study.yaml", "licence: answers are private\n", public)
    for wave in (config / "waves").glob("*.yaml"):
        edit(wave, "synthetic: true", "synthetic: false")
    folder, _, _ = review.build(recorded.again(copy), ROOT)
    said = (folder / "README.md").read_text(encoding="utf-8")
    assert "[x] All data" not in said and "[x] Some data" not in said and "[x] **No data" not in said
    assert "are public, but no public address holds these very files: the details below" in said


def test_results_of_other_settings_are_refused(copy):
    path = f"config/studies/{STUDY}/specifications/adjusted.yaml"
    edit(copy / path, "Provision and its backing, adjusted", "Another title")
    with pytest.raises(Problem) as told:
        review.build(copy, ROOT)
    assert str(told.value) == (
        "results: 2 problems\n"
        f"  {path} is not what the results were made from, or has no record\n"
        "  type make report first: a bundle holds results of what lies beside them"
    )
    shutil.rmtree(copy / "results")
    with pytest.raises(Problem) as told:
        review.build(copy, ROOT)
    assert str(told.value) == (
        "results/provenance.json: 1 problem\n"
        "  is missing; type make report first: a bundle holds what it makes"
    )


@pytest.mark.parametrize(
    ("path", "content", "told"),
    [
        ("results/a.csv", b"", "results/a.csv is empty"),
        ("data/pooled/a.csv", b"x", "data/pooled/a.csv is private: only made-up exports may be passed on"),
        ("results/a.parquet", b"x", "results/a.parquet is in a format for answers, not for results"),
        ("results/a.txt", b"in /home/ada/study", "results/a.txt holds a path that is good on one machine only"),
        ("config/a.csv", b"by,ada@school.sch.uk", "config/a.csv holds what looks like an e-mail address"),
        ("config/a.yaml", b"how: write to ada@school.sch.uk", None),  # an address to write to
        ("results/a.html", b"<p>SW1A 1AA</p>", "results/a.html holds what looks like a postcode"),
        ("results/a.html", b"<p>020 7946 0018</p>", "results/a.html holds what looks like a telephone number"),
        ("results/a.csv", b"0.1234,1.0203,2021 1234 1234", None),
        ("workflow/a.py", b"ada@school.sch.uk", None),  # code is not about people
    ],
)
def test_what_must_not_leave_is_seen(path, content, told):
    assert scan.faults({path: content}, [], {path: "0"}) == ([told] if told else [])


def test_this_machine_s_name_is_seen(monkeypatch):
    monkeypatch.setattr(socket, "gethostname", lambda: "adas-laptop")
    contents = {"a.txt": b"made on adas-laptop", "b.png": b"\xff\xfeadas-laptop"}
    found = scan.faults(contents, [], {"a.txt": "0", "b.png": "1"})
    assert found == ["a.txt names this machine", "b.png names this machine"]


def test_a_file_that_is_there_twice_is_seen():
    assert scan.faults({"a": b"x", "b": b"x"}, [], {"a": "0", "b": "0"}) == ["a and b are the same file"]
    results = dict.fromkeys(("results/published.csv", "results/harbour/published.csv"), "0")
    assert scan.faults({}, [], results) == [], "of a single study, what is put together over studies is its own"


def test_nothing_is_written_where_something_must_not_leave(copy):
    path = f"config/studies/{STUDY}/corrections/2024.csv"
    (copy / path).parent.mkdir()
    (copy / path).write_text("response,item,was,becomes,because\n1,guides,1,2,told by ada@school.sch.uk\n")
    with pytest.raises(Problem) as told:
        review.build(copy, ROOT)
    assert str(told.value) == (
        "results/review: 2 problems\n"
        f"  {path} holds what looks like an e-mail address\n"
        "  nothing was written; mend these, then type make review again"
    )
    assert not (copy / "results" / "review").exists()


def test_the_citation_file_keeps_to_its_format():
    """What version 1.2 of the Citation File Format asks for."""
    told = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert told["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "type", "version", "date-released", "license"} <= set(told)
    assert told["type"] in {"software", "dataset"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", told["date-released"])
    assert told["authors"] and all("name" in person or "family-names" in person for person in told["authors"])
    version = re.search(r'^version = "(.*)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert told["version"] == version


def test_the_data_package_describes_files_that_are_there(bundle):
    folder = bundle / "results" / STUDY
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        if (folder / resource["path"]).exists():
            header = next(csv.reader((folder / resource["path"]).open(encoding="utf-8")))
            assert header == [field["name"] for field in resource["schema"]["fields"]]
