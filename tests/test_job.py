"""A script's words go to its log, and nothing of them to the terminal."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest
from stemcareers.errors import Problem, Problems
from stemcareers.job import reporting


class Job:
    def __init__(self, path) -> None:
        self.log = [str(path)]


@pytest.fixture
def log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "data" / "logs" / "score.log"


def script(body: str, folder) -> tuple[int, str, str]:
    """Exit code, what reached the terminal, and the log, of a script with this body."""
    code = "import os, sys, warnings\nfrom stemcareers.errors import Problem\nfrom stemcareers.job import reporting\n"
    code += "class snakemake:\n    log = ['data/logs/score.log', 'another.log']\n"
    code += "with reporting(snakemake):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    ended = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
    return ended.returncode, ended.stdout + ended.stderr, (folder / "data/logs/score.log").read_text()


def test_a_problem_leaves_exactly_its_text(log, capfd):
    with pytest.raises(SystemExit) as end, reporting(Job(log)):
        print("read 3 answers")
        raise Problem("config/x.yaml", "is wrong", "mend it")
    assert end.value.code == 1
    assert log.read_text() == "config/x.yaml: 2 problems\n  is wrong\n  mend it\n"
    assert capfd.readouterr() == ("", "")


def test_several_problems_leave_exactly_their_texts(log):
    with pytest.raises(SystemExit), reporting(Job(log)):
        raise Problems([Problem("a", "one"), Problem("b", "two")])
    assert log.read_text() == "a: 1 problem\n  one\nb: 1 problem\n  two\n"


def test_another_exception_keeps_its_traceback_and_says_where_last(log, capfd):
    with pytest.raises(SystemExit) as end, reporting(Job(log)):
        Problem.__str__(None)
    assert end.value.code == 1
    lines = log.read_text().splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-2].startswith("AttributeError: ")
    assert lines[-1].startswith("fault: AttributeError at workflow/stemcareers/errors.py:")
    assert capfd.readouterr() == ("", "")


def test_everything_printed_in_any_way_goes_to_the_log_alone(tmp_path):
    code, terminal, log = script(
        """
        print("printed")
        print("to stderr", file=sys.stderr)
        warnings.warn("warned")
        os.write(1, b"written by C code\\n")
        os.system("echo said by a child; echo complained by a child >&2")
        """,
        tmp_path,
    )
    assert (code, terminal) == (0, "")
    for words in ("printed", "to stderr", "UserWarning: warned", "written by C code", "said by a child", "complained"):
        assert words in log


def test_a_bug_in_the_script_itself_ends_it_without_a_word(tmp_path):
    code, terminal, log = script("raise ValueError('the answer forty-two')", tmp_path)
    assert (code, terminal) == (1, "")
    assert log.splitlines()[-2:] == ["ValueError: the answer forty-two", "fault: ValueError at <string>:7"]


def test_a_copy_that_snakemake_made_of_a_script_has_the_scripts_name(tmp_path):
    copy = tmp_path / ".snakemake" / "scripts" / "tmpab12.score.py"
    copy.parent.mkdir(parents=True)
    copy.write_text(
        "from stemcareers.job import reporting\nclass snakemake:\n    log = ['score.log']\n"
        "with reporting(snakemake):\n    {}['x']\n"
    )
    subprocess.run([sys.executable, str(copy)], cwd=tmp_path)
    assert (tmp_path / "score.log").read_text().endswith("fault: KeyError at scripts/score.py\n")


def test_the_log_of_an_earlier_failure_is_gone(log):
    log.parent.mkdir(parents=True)
    log.write_text("old failure")
    with reporting(Job(log)):
        assert log.read_text() == ""
    assert log.read_text() == ""


def test_streams_are_given_back(log, capfd):
    with reporting(Job(log)):
        print("inside")
    print("outside")
    os.write(2, b"beneath\n")
    assert capfd.readouterr() == ("outside\n", "beneath\n")
    assert log.read_text() == "inside\n"


def test_ctrl_c_is_no_bug(log):
    with pytest.raises(SystemExit) as end, reporting(Job(log)):
        raise KeyboardInterrupt
    assert end.value.code == 130
    assert log.read_text() == "stopped by Ctrl-C\n"


def test_the_exit_code_of_a_script_that_ends_itself_is_kept(log):
    with pytest.raises(SystemExit) as end, reporting(Job(log)):
        raise SystemExit(3)
    assert end.value.code == 3
