"""`diff` names the numbers that changed, and exactly what is behind each: an answer, a setting, a line of code."""

from __future__ import annotations

import contextlib
import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import toy_project
from helpers import tiny_run
from stemcareers import changes, files, origins
from stemcareers.__main__ import main
from stemcareers.changes.run import Run
from stemcareers.errors import Problem

MEAN, COUNT = "results/town/estimates/mean.csv", "results/town/estimates/count.csv"
SETTING = "config/studies/town/specifications/mean.yaml"


def compared(old: Path, new: Path, *studies: str):
    return changes.compared(Run.of(old, "old", studies), Run.of(new, "new", studies))


def causes(told, path: str) -> list[tuple[str, str]]:
    return [(cause.what, cause.how) for cause in told.because[path]]


@pytest.fixture
def old(tmp_path) -> Path:
    return tiny_run.build(tmp_path / "old")


def test_the_same_run_twice_differs_in_nothing(old, tmp_path):
    told = compared(old, tiny_run.build(tmp_path / "new"))
    assert not told.differs
    assert told.text() == "From old to new\nNumbers: 0 changed, 0 added, 0 removed, 2 the same.\n"


def test_a_changed_setting_moves_its_own_numbers_and_is_shown_line_by_line(old, tmp_path):
    told = compared(old, tiny_run.build(tmp_path / "new", times=3))
    assert list(told.changes) == [MEAN]
    assert causes(told, MEAN) == [(SETTING, "changed")]
    assert told.text() == (
        "From old to new\n"
        "Numbers: 1 changed, 0 added, 0 removed, 1 the same.\n\n"
        f"{MEAN}: 1 changed\n"
        f"  because {SETTING}: changed, read by 1 job\n"
        "      -times: 2\n"
        "      +times: 3\n"
        "  mean mean (answer): 5 -> 7.5 (+5 standard errors)\n\n"
        "Figures: 1 of 1 changed\n"
        "  results/town/figures/mean.svg\n"
    )


def test_a_changed_answer_is_named_by_its_file_and_never_shown(old, tmp_path):
    told = compared(old, tiny_run.build(tmp_path / "new", answers=(1, 2, 3, 98)))
    assert list(told.changes) == [MEAN]  # the count of answers is the same
    assert causes(told, MEAN) == [(tiny_run.RAW, "changed")]
    assert "98" not in told.text()
    assert "Exports differ. Where answers are private, keep this comparison private too" in told.text()


def test_a_changed_line_of_the_library_is_named_where_it_moved_a_number(old, tmp_path):
    told = compared(old, tiny_run.build(tmp_path / "new", plus=1))
    assert list(told.changes) == [MEAN]
    assert causes(told, MEAN) == [(tiny_run.LIBRARY, "changed")]
    assert told.because[MEAN][0].lines == ("-PLUS = 0", "+PLUS = 1")


def test_the_most_specific_cause_comes_first(old, tmp_path):
    told = compared(old, tiny_run.build(tmp_path / "new", times=3, plus=1))
    assert causes(told, MEAN) == [(SETTING, "changed"), (tiny_run.LIBRARY, "changed")]
    assert [cause.jobs for cause in told.because[MEAN]] == [1, 2]


def test_what_ends_in_the_same_table_on_the_way_is_no_cause(old, tmp_path):
    """Answers in another order are ingested to the same bytes: what came of the setting is the setting's alone."""
    told = compared(old, tiny_run.build(tmp_path / "new", answers=(4, 3, 2, 1), times=3))
    assert causes(told, MEAN) == [(SETTING, "changed")]
    assert [cause.what for cause in told.idle] == [tiny_run.RAW]
    assert told.text().endswith(f"\nDiffers, and changed nothing:\n  {tiny_run.RAW}: changed, read by 1 job\n")


def test_without_the_tables_on_the_way_whatever_differs_behind_them_is_named(old, tmp_path):
    """Of private answers no checksum between export and results is published: then both may be behind it."""
    new = tiny_run.build(tmp_path / "new", answers=(4, 3, 2, 1), times=3)
    for folder in (old, new):
        made = origins.published([MEAN], origins.jobs(folder), [], {"pandas": "3"}, "c", folder)
        assert tiny_run.INGESTED not in made["sha256"] and tiny_run.RAW in made["sha256"]
        (folder / origins.PUBLISHED).write_text(json.dumps(made), encoding="utf-8")
        shutil.rmtree(folder / "data")
    assert [what for what, _ in causes(compared(old, new), MEAN)] == [SETTING, tiny_run.RAW]


def test_results_alone_are_compared_and_their_settings_are_not_shown(old, tmp_path):
    new = tiny_run.build(tmp_path / "new", times=3)
    for folder in (old, new):
        made = origins.published([MEAN], origins.jobs(folder), ["town"], {"pandas": "3"}, "c", folder)
        (folder / origins.PUBLISHED).write_text(json.dumps(made), encoding="utf-8")
        (folder / "results").rename(tmp_path / f"only-{folder.name}")
    told = compared(tmp_path / "only-old", tmp_path / "only-new")
    assert causes(told, MEAN) == [(SETTING, "changed")] and told.because[MEAN][0].lines == ()


def test_what_puts_the_site_together_is_no_difference_from_results_alone(old, tmp_path):
    made = origins.published(
        [MEAN, COUNT, "results/town/figures/mean.svg"], origins.jobs(old), ["town"], {"pandas": "3"}, "c", old
    )
    (old / origins.PUBLISHED).write_text(json.dumps(made), encoding="utf-8")
    shutil.copytree(old / "results", tmp_path / "alone")
    with contextlib.chdir(old):
        read = tiny_run.Named(code=[tiny_run.SCRIPT, tiny_run.READER])
        files.write_text("results/site/index.html", "<p>A town</p>")
        tiny_run.done(
            "publish", {}, read, tiny_run.Named(made=["results/site/index.html", origins.PUBLISHED.as_posix()])
        )
    assert compared(tmp_path / "alone", old).idle == []


def test_another_version_of_a_package_is_named(old, tmp_path):
    new = tiny_run.build(tmp_path / "new", times=3)
    for folder, version in ((old, "2.3"), (new, "3.1")):
        made = origins.published([MEAN], origins.jobs(folder), ["town"], {"pandas": version}, "c", folder)
        (folder / origins.PUBLISHED).write_text(json.dumps(made), encoding="utf-8")
    assert causes(compared(old, new), MEAN)[-1] == ("package pandas", "2.3 -> 3.1")


def test_a_number_of_a_new_setting_is_added_and_one_without_is_removed(old, tmp_path):
    new = tiny_run.build(tmp_path / "new")
    (new / COUNT).unlink()
    (new / "config/studies/town/specifications/count.yaml").unlink()
    (new / "data/provenance/jobs/estimate/town/count.json").unlink()
    there = compared(old, new)
    assert [(c.kind, c.key["term"]) for c in there.changes[COUNT]] == [("removed", "count")]
    assert causes(there, COUNT) == [("config/studies/town/specifications/count.yaml", "removed")]
    back = compared(new, old)
    assert [(c.kind, c.key["term"]) for c in back.changes[COUNT]] == [("added", "count")]
    assert causes(back, COUNT) == [("config/studies/town/specifications/count.yaml", "added")]


def test_a_result_that_nothing_explains_is_said_to_be_missing(old, tmp_path):
    new = tiny_run.build(tmp_path / "new")
    (new / COUNT).unlink()
    (new / "data/provenance/jobs/estimate/town/count.json").unlink()
    told = compared(old, new)
    assert "because no result of estimate/town/count: it did not run to its end, or was not asked to" in told.text()


def test_without_a_record_every_file_that_differs_is_named(old, tmp_path):
    new = tiny_run.build(tmp_path / "new", times=3)
    shutil.rmtree(new / "data" / "provenance")
    told = compared(old, new)
    said = "A run left no record of what it was made from: every file that differs is named, if it is here.\n"
    assert said in told.text()
    assert causes(told, MEAN) == [(SETTING, "changed")]
    (new / "results").rename(tmp_path / "alone")
    assert causes(compared(old, tmp_path / "alone"), MEAN) == []


def test_hand_corrections_quote_answers_and_are_not_shown(old, tmp_path):
    path = "config/studies/town/corrections/2024.csv"
    new = tiny_run.build(tmp_path / "new", times=3)
    for folder, becomes in ((old, "secret"), (new, "other")):
        (folder / path).parent.mkdir()
        (folder / path).write_text(f"response,item,was,becomes,because\n1,guides,a,{becomes},typo\n", encoding="utf-8")
        shutil.rmtree(folder / "data" / "provenance")
    told = compared(old, new)
    assert (path, "changed") in causes(told, MEAN)
    assert "secret" not in told.text() and "other" not in told.text()


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("0.123456789", "0.123456789", True),
        ("0.123456789", "0.12345679", True),  # one step of the ninth digit
        ("0.123456789", "0.1234568", False),
        ("1e-17", "-3e-17", True),  # nothing, beside a standard error of a half
        ("", "0.1", False),
    ],
)
def test_a_step_of_the_last_digit_is_no_change(old, new, same, tmp_path):
    frames = []
    for value in (old, new):
        folder = tiny_run.build(tmp_path / f"run{len(frames)}")
        path = folder / MEAN
        path.write_text(path.read_text(encoding="utf-8").replace(",5,0.5,", f",{value},0.5,"), encoding="utf-8")
        frames.append(Run.of(folder, "x").rows())
    found, _ = changes.told.changes(*frames)
    assert (found == []) is same


def test_everything_goes_into_a_file(old, tmp_path):
    told = compared(old, tiny_run.build(tmp_path / "new", times=3))
    changes.written(told, tmp_path / "diff.csv")
    row = next(csv.DictReader((tmp_path / "diff.csv").open(encoding="utf-8")))
    shown = ("estimate_old", "estimate_new", "difference", "in_std_errors")
    assert [row[name] for name in shown] == ["5", "7.5", "2.5", "5"]
    assert row["because"] == f"{SETTING}: changed, read by 1 job"
    changes.written(told, tmp_path / "diff.html")
    page = (tmp_path / "diff.html").read_text(encoding="utf-8")
    assert "mean mean (answer): 5 -&gt; 7.5 (+5 standard errors)" in page and "+times: 3" in page
    with pytest.raises(Problem) as told_so:
        changes.written(told, Path("diff.pdf"))
    assert str(told_so.value) == "diff.pdf: 1 problem\n  ends neither in .csv nor in .html"


def test_the_command_ends_as_diff_does(old, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tiny_run.build(tmp_path / "same")
    tiny_run.build(tmp_path / "other", times=3)
    assert main(["diff", "old", "same"]) == 0
    assert main(["diff", "old", "other", "--to", "x.csv"]) == 1
    assert main(["diff", "old", "other", "--study", "city"]) == 2
    assert capsys.readouterr().err.endswith("--study: 1 problem\n  city has results in neither\n")
    (tmp_path / "empty").mkdir()
    assert main(["diff", "old", "empty"]) == 2
    assert capsys.readouterr().err == (
        "empty: 1 problem\n  holds no results: neither results/<study>/estimates.csv nor <study>/estimates.csv\n"
    )


SNAKEFILE = """\
rule all:
    input:
        "results/pisa/estimates/mean.csv",

rule estimate:
    input:
        export="data/raw/{study}/{study}.csv",
        specification="config/studies/{study}/specifications/{specification}.yaml",
        code="scripts/estimate.py",
    output:
        estimates="results/{study}/estimates/{specification}.csv",
    log:
        "data/logs/estimate/{study}/{specification}.log",
    script:
        "scripts/estimate.py"
"""
ESTIMATE = """\
from pathlib import Path
from stemcareers import files
from stemcareers.job import reporting

with reporting(snakemake):
    total = sum(int(line.split(",")[1]) for line in Path(snakemake.input.export).read_text().splitlines()[1:])
    times = int(Path(snakemake.input.specification).read_text().split()[-1])
    row = ["pisa", "mean", "all", "answer", "mean", "mean", "", str(total * times)]
    header = "study,specification,sample,outcome,quantity,term,level,estimate"
    files.write_text(snakemake.output.estimates, header + "\\n" + ",".join(row) + "\\n")
"""


def git(folder: Path, *words: str) -> str:
    named = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    done = subprocess.run(["git", *named, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.slow
def test_two_commits_are_built_outside_the_project_and_compared(tmp_path, monkeypatch):
    toy = toy_project.Toy(tmp_path / "project")
    toy.write("Snakefile", SNAKEFILE)
    toy.write("scripts/estimate.py", ESTIMATE)
    toy.write("config/studies/pisa/specifications/mean.yaml", "times: 2\n")
    toy.write(".gitignore", "data/\nresults/\n.snakemake/\n")
    git(toy.folder, "init", "--quiet")
    for times in (2, 3):
        toy.write("config/studies/pisa/specifications/mean.yaml", f"times: {times}\n")
        git(toy.folder, "add", "-A")
        git(toy.folder, "commit", "--quiet", "-m", f"times {times}")
    before = {p.relative_to(toy.folder).as_posix() for p in toy.folder.rglob("*") if ".git" not in p.parts}
    done = subprocess.run(
        [sys.executable, "-m", "stemcareers", "diff", "HEAD~1", "HEAD", "--cores", "1"],
        cwd=toy.folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    assert done.stdout == (
        "From HEAD~1 to HEAD\n"
        "Numbers: 1 changed, 0 added, 0 removed, 0 the same.\n\n"
        "results/pisa/estimates/mean.csv: 1 changed\n"
        "  because config/studies/pisa/specifications/mean.yaml: changed, read by 1 job\n"
        "      -times: 2\n"
        "      +times: 3\n"
        "  mean mean (answer): 4 -> 6\n"
    )
    after = {p.relative_to(toy.folder).as_posix() for p in toy.folder.rglob("*") if ".git" not in p.parts}
    assert after == before
    assert git(toy.folder, "worktree", "list").count("\n") == 0
    missing = subprocess.run(
        [sys.executable, "-m", "stemcareers", "diff", "HEAD", "nowhere"], cwd=toy.folder, capture_output=True, text=True
    )
    assert missing.returncode == 2
    assert "nowhere: 1 problem\n  is neither a folder with results nor a commit of this project\n" in missing.stderr
