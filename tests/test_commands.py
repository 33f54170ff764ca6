"""The commands a person types, run for real on a toy project."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time

import pytest
import toy_project
from snakemake import cli
from stemcareers import commands, drive, lock
from stemcareers.errors import Problem

MISSING = """\
Left out, for want of an export:
  england 2006: data/raw/england/england.csv is missing. Get england.csv from https://example.org/england \
and put it into data/raw/england/. Choose the school file.
"""


@pytest.fixture
def toy(tmp_path):
    return toy_project.Toy(tmp_path)


def test_help_is_instant_and_names_every_command():
    started = time.monotonic()
    said = subprocess.run([sys.executable, "-m", "stemcareers", "--help"], capture_output=True, text=True).stdout
    assert time.monotonic() - started < 1
    every_day = ("report", "fetch", "check", "draft", "notebooks", "clean")
    for command in (*every_day, "synthetic", "floor", "coverage", "review", "diff"):
        assert re.search(rf"^    {command}\s", said, re.MULTILINE)


def test_single_results_may_be_named_right_after_the_dashes(monkeypatch):
    """As in `report -- results/a.csv`: Snakemake would take them for more of an option that takes several words."""
    chosen = []
    monkeypatch.setattr(cli, "args_to_api", lambda args, parser: chosen.append(args) or True)
    assert drive.snakemake([], "1", ["results/a.csv"])
    assert list(chosen[0].targets) == ["results/a.csv"]


def test_a_report_says_what_is_missing_first_and_last_how_far_it_is_and_where_it_lies(toy):
    code, said = toy.run("report")
    assert code == 0
    lines = said.splitlines()
    assert said.startswith(MISSING + "3 jobs to do\n")
    assert [line[:33].rstrip() for line in lines[3:6]] in (
        ["[1/3] score      pisa 2006", "[2/3] score      pisa 2009", "[3/3] publish"],
        ["[1/3] score      pisa 2009", "[2/3] score      pisa 2006", "[3/3] publish"],
    )
    assert all(line.endswith(" s") for line in lines[3:6])
    assert "\n".join(lines[6:8]) + "\n" == MISSING
    assert lines[8].startswith("The report is ready: results/site/index.html (3 jobs, ")
    assert len(lines) == 9
    assert "forty-two" not in said

    code, again = toy.run("report")
    assert (code, again.splitlines()[2]) == (0, "nothing to do: everything is up to date")
    assert again.splitlines()[-1].startswith("The report is ready: results/site/index.html (0 jobs, ")


@pytest.mark.slow
def test_failures_are_told_in_the_words_of_the_problem_and_without_an_answer(toy):
    toy.write("2006.how", "problem")
    toy.write("2009.how", "bug")
    code, said = toy.run("report")
    assert code == 1
    assert "\nconfig/studies/pisa/scales.yaml: 2 problems\n  one thing is wrong\n  and another\n" in said
    assert "\n  ValueError at scripts/score.py; the traceback is in data/logs/score/pisa/2009.log\n" in said
    assert "2 of 3 jobs failed; what needs them was not built:\n" in said
    assert "\n  score pisa 2006 (data/logs/score/pisa/2006.log)\n" in said
    assert said.splitlines()[-1].endswith("What is finished stays; the same command goes on from here.")
    assert "forty-two" not in said and "Traceback" not in said
    assert [path for path in toy.files() if not path.startswith("data/raw")] == []


@pytest.mark.slow
def test_a_job_killed_from_outside_is_told_as_such(toy):
    toy.write("2006.how", "killed")
    code, said = toy.run("report")
    assert code == 1
    told = "  It could not start, was ended from outside, or ran out of memory; its last words are in data/logs"
    assert f"{told}/score/pisa/2006.log\n" in said
    assert "[1/3] score      pisa 2009" in said  # the other wave is built all the same
    assert "forty-two" not in said


@pytest.mark.slow
def test_what_a_script_says_before_its_log_is_open_stays_off_the_terminal(toy):
    toy.write("scripts/score.py", "print('the answer forty-two')\nimport not_there\n")
    code, said = toy.run("report")
    assert code == 1
    told = "  It could not start, was ended from outside, or ran out of memory; its last words are in data/logs"
    assert f"{told}/outside.log\n" in said
    assert "forty-two" not in said and "Traceback" not in said
    log = (toy.folder / "data" / "logs" / "outside.log").read_text()
    assert "the answer forty-two\n" in log and "ModuleNotFoundError: No module named 'not_there'" in log


@pytest.mark.slow
@pytest.mark.parametrize("whole_group", [True, False])
def test_after_kill_9_the_same_command_gives_the_same_files(toy, tmp_path_factory, whole_group):
    undisturbed = toy_project.Toy(tmp_path_factory.mktemp("undisturbed"))
    assert undisturbed.run("report")[0] == 0

    toy.write("2006.how", "slow")
    first = toy.start("report")
    toy.wait_for("slow.started")
    (os.killpg if whole_group else os.kill)(first.pid, signal.SIGKILL)
    first.wait()
    toy.write("2006.how", "")
    code, said = toy.run("report")
    assert code == 0
    assert "The last run was killed; going on from what it had finished.\n" in said
    assert toy.files() == undisturbed.files()


@pytest.mark.slow
def test_ctrl_c_stops_with_a_sentence_and_a_second_run_is_refused_meanwhile(toy):
    toy.write("2006.how", "slow")
    first = toy.start("report")
    toy.wait_for("slow.started")
    code, refused = toy.run("report")
    assert code == 1
    assert refused == (
        ".snakemake/run.lock: 2 problems\n"
        f"  another run is at work in this folder (process {first.pid}).\n"
        "  Wait until it ends, or stop it with Ctrl-C where it was started; then type this again.\n"
    )
    os.killpg(first.pid, signal.SIGINT)
    said, _ = first.communicate(timeout=20)
    assert first.returncode == 1
    assert "Traceback" not in said
    assert said.splitlines()[-1].endswith("What is finished stays; the same command goes on from here.")
    toy.write("2006.how", "")
    code, said = toy.run("report")
    assert (code, "killed" in said) == (0, False)


def test_what_would_undo_the_guards_is_refused_however_it_is_spelt(toy):
    toy.write("profile/config.yaml", "ignore-incomplete: true\n")
    code, said = toy.run("report", "--", "--noloc", "--keep-incomplete", "--profile", "profile")
    assert code == 1
    assert said.endswith(
        "what was typed after --, or a profile: 3 problems\n"
        "  --nolock is not taken here: two runs would write into each other's files.\n"
        "  --keep-incomplete is not taken here: half-written files would look finished.\n"
        "  --ignore-incomplete is not taken here: half-written files would pass for finished ones.\n"
    )


@pytest.mark.slow
def test_other_words_go_to_snakemake(toy):
    code, said = toy.run("report", "--", "--dry-run")
    assert code == 0
    assert "3 jobs to do\n" in said
    assert said.splitlines()[-1].startswith("Done (0 jobs, ")
    assert list(toy.files()) == ["data/raw/pisa/pisa.csv"]


def test_what_the_snakefile_says_when_it_exits_comes_through_as_it_is(toy):
    toy.write("Snakefile", "import sys\nsys.exit('config/x.yaml: 1 problem\\n  is wrong')\n")
    code, said = toy.run("report")
    assert (code, said) == (1, MISSING + "config/x.yaml: 1 problem\n  is wrong\n" + MISSING)


def test_snakemake_at_work_by_hand_is_not_run_over(toy):
    toy.write(".snakemake/locks/0.output.lock", "results/site/index.html\n")
    code, said = toy.run("report")
    assert code == 1
    assert said == (
        ".snakemake/locks: 2 problems\n"
        "  Snakemake is at work in this folder, or was killed here.\n"
        "  If it is not running any more, type `snakemake --unlock`, then this again.\n"
    )


def test_an_unknown_study_and_a_wrong_folder_are_told(toy, monkeypatch):
    monkeypatch.chdir(toy.folder)
    with pytest.raises(Problem) as caught:
        commands.report(["piza"])
    assert str(caught.value) == (
        "config/studies: 2 problems\n  'piza' is not a study; did you mean 'pisa'?\n  the studies are england, pisa"
    )
    monkeypatch.chdir(toy.folder / "data")
    with pytest.raises(Problem) as caught:
        commands.report([])
    assert str(caught.value) == (
        "config/studies: 1 problem\n  is not here, or holds no study. Type this in the project's own folder."
    )


def test_a_study_asked_for_by_name_whose_export_is_missing_is_no_success(toy):
    assert toy.run("report", "england") == (1, MISSING)


def test_the_mirror_is_asked_before_anything_is_left_out_and_never_believed_blindly(toy):
    mirror = {"STEMCAREERS_MIRROR": str(toy.folder / "mirror")}
    toy.write("mirror/england.csv", "id,answer\n")
    code, said = toy.run("report", "england", **mirror)
    found = hashlib.sha256(b"id,answer\n").hexdigest()
    assert code == 1
    assert f"what {toy.folder}/mirror/england.csv gave is not the export" in said
    assert found in said
    assert said.endswith(MISSING)
    assert list(toy.files()) == ["data/raw/pisa/pisa.csv"]

    wave = "config/studies/england/waves/2006.yaml"
    toy.write(wave, toy_project.WAVE.format(study="england", sha256=found))
    assert toy.run("fetch", "england", **mirror) == (0, "england 2006: data/raw/england/england.csv fetched\n")
    assert toy.files()["data/raw/england/england.csv"] == "id,answer\n"
    assert toy.run("fetch", "england") == (0, "england 2006: data/raw/england/england.csv is there\n")


def test_clean_removes_what_was_derived_and_nothing_else(toy, monkeypatch, capsys):
    monkeypatch.chdir(toy.folder)
    for path in ("data/scored/pisa/2006.txt", "data/logs/a.log", "results/site/index.html", ".snakemake/log/x"):
        toy.write(path, "derived")
    toy.write("data/notes.txt", "mine")
    assert commands.clean() == 0
    assert sorted(toy.files()) == ["data/notes.txt", "data/raw/pisa/pisa.csv"]
    assert not (toy.folder / "results").exists()
    assert sorted(path.name for path in (toy.folder / ".snakemake").iterdir()) == ["jobs.lock", "run.lock"]
    assert capsys.readouterr().out == "Removed results/ and everything in data/ but data/raw/.\n"
    with lock.run(), pytest.raises(Problem, match="another run is at work"):
        commands.clean()
