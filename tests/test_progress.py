"""What the progress plugin prints for each of Snakemake's events."""

from __future__ import annotations

import logging
from types import SimpleNamespace

import pytest
import snakemake_logger_plugin_stemcareers as progress
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry


@pytest.fixture
def handler():
    return progress.LogHandler(SimpleNamespace(nocolor=False, dryrun=False), None)


def event(kind: LogEvent | None, message: str = "", level: int = logging.INFO, at: float = 0.0, **more: object):
    record = logging.LogRecord("snakemake", level, "", 0, message, None, None)
    record.created = at
    vars(record).update(more, **({"event": kind} if kind else {}))
    return record


def started(job: int, rule: str, at: float = 0.0, **wildcards: str):
    return event(LogEvent.JOB_INFO, at=at, jobid=job, rule_name=rule, wildcards=wildcards, reason="it is missing")


def finished(job: int, at: float):
    return event(LogEvent.JOB_FINISHED, at=at, job_id=job)


def test_snakemake_finds_the_plugin():
    assert "stemcareers" in LoggerPluginRegistry().get_registered_plugins()


def test_a_run_is_counted_without_the_rule_that_only_names_targets(handler, capsys):
    handler.emit(event(LogEvent.RUN_INFO, stats={"score": 53, "publish": 1, "all": 1, "report": 1, "total": 56}))
    handler.emit(started(7, "score", at=10.0, study="pisa", wave="2006"))
    handler.emit(started(8, "publish", at=10.0))
    handler.emit(finished(7, at=10.81))
    handler.emit(finished(8, at=112.0))
    handler.emit(started(9, "all", at=112.0))
    handler.emit(finished(9, at=112.0))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "54 jobs to do\n"
        "[ 1/54] score      pisa 2006                                       0.8 s\n"
        "[ 2/54] publish                                                  102.0 s\n"
    )
    assert (progress.tally.total, progress.tally.done, progress.tally.failed) == (54, 2, [])


def test_nothing_to_do_is_said(handler, capsys):
    handler.emit(event(None, "Nothing to be done (all requested files are present and up to date)."))
    assert capsys.readouterr().err == "nothing to do: everything is up to date\n"


def test_snakemakes_own_chatter_is_dropped(handler, capsys):
    handler.emit(event(None, "Building DAG of jobs..."))
    handler.emit(event(LogEvent.SHELLCMD, "Shell command: None", shellcmd=None))
    handler.emit(event(LogEvent.PROGRESS, "None", done=1, total=2))
    handler.emit(event(LogEvent.ERROR, "WorkflowError:\nAt least one job did not complete", exception="WorkflowError"))
    handler.emit(event(None, "Exiting because a job execution failed. Look above", level=logging.ERROR))
    assert capsys.readouterr() == ("", "")


def test_other_warnings_and_errors_come_through(handler, capsys):
    handler.emit(event(None, "The disk is full.", level=logging.WARNING))
    handler.emit(event(LogEvent.ERROR, "MissingInputException in rule score", exception="MissingInputException"))
    assert capsys.readouterr().err == "The disk is full.\nMissingInputException in rule score\n"


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("config/x.yaml: 2 problems\n  is wrong\n  mend it\n", "config/x.yaml: 2 problems\n  is wrong\n  mend it"),
        ("a: 1 problem\n  one\nb: 1 problem\n  two\n", "a: 1 problem\n  one\nb: 1 problem\n  two"),
        (
            "Traceback (most recent call last):\nValueError: my answer\nfault: ValueError at workflow/x.py:3\n",
            "  ValueError at workflow/x.py:3; the traceback is in {log}",
        ),
        (
            "my answer\n",
            "  It could not start, was ended from outside, or ran out of memory; its last words are in {log}",
        ),
        (
            "my answer\na: 1 problem\n  one\n",
            "  It could not start, was ended from outside, or ran out of memory; its last words are in {log}",
        ),
        ("", "  It could not start, was ended from outside, or ran out of memory"),
        (None, "  It could not start, was ended from outside, or ran out of memory"),
    ],
)
def test_a_failure_is_told_from_its_log_but_never_an_answer(handler, capsys, tmp_path, log, told):
    path = tmp_path / "score.log"
    if log is not None:
        path.write_text(log)
    handler.emit(started(7, "score", at=10.0, study="pisa", wave="2006"))
    handler.emit(event(LogEvent.ERROR, "CalledProcessError in file x.smk", exception="RuleException"))
    handler.emit(event(LogEvent.JOB_ERROR, at=10.2, jobid=7, rule_name="score", log=[str(path)]))
    assert capsys.readouterr().err == (
        "[failed] score      pisa 2006                                       0.2 s\n"
        + told.format(log=path.as_posix())
        + "\n"
    )
    assert progress.tally.failed == [f"score pisa 2006 ({path})"]


def test_a_failure_before_the_script_began_is_told_in_snakemakes_words(handler, capsys):
    words = "WorkflowError in file x.smk, line 3:\nFailed to open source file scripts/score.py"
    handler.emit(started(7, "score"))
    handler.emit(event(LogEvent.ERROR, words, exception="RuleException"))
    handler.emit(event(LogEvent.JOB_ERROR, jobid=7, rule_name="score", log=["no.log"]))
    assert capsys.readouterr().err.endswith(f"\n{words}\n")


def test_ctrl_c_is_noticed_once_and_the_jobs_it_ended_did_not_fail(handler, capsys):
    handler.emit(started(7, "score"))
    handler.emit(event(None, "Terminating processes on user request, this might take some time."))
    handler.emit(event(None, "Will exit after finishing currently running jobs (scheduler)."))
    handler.emit(event(LogEvent.JOB_ERROR, jobid=7, rule_name="score", log=[]))
    assert capsys.readouterr().err == "Stopping, as soon as the jobs at work have ended.\n"
    assert (progress.tally.stopped, progress.tally.failed) == (True, [])


def test_a_dry_run_names_the_jobs_and_why(capsys):
    handler = progress.LogHandler(SimpleNamespace(nocolor=False, dryrun=True), None)
    handler.emit(started(7, "score", study="pisa", wave="2006"))
    assert capsys.readouterr().err == "score      pisa 2006                                    it is missing\n"


def test_colours_are_for_terminals_only(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    handler = progress.LogHandler(SimpleNamespace(nocolor=False, dryrun=False), None)
    handler.emit(started(7, "score"))
    handler.emit(event(LogEvent.JOB_ERROR, jobid=7, rule_name="score", log=[]))
    assert "\033[31m[failed]\033[0m" in capsys.readouterr().err
