"""Progress a person can follow: one line per finished job, and a failure in the words of its log.

Found by Snakemake through the package's name; chosen with `--logger stemcareers`.
"""

from __future__ import annotations

import logging
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from snakemake_interface_logger_plugins.base import LogHandlerBase
from stemcareers.job import FAULT, OUTSIDE

TARGETS = ("all", "report")  # the rules that only name what is wanted; nobody waits for them
PROBLEM = re.compile(r"(?:\S.*: \d+ problems?(?:\n  .*)+\n?)+")  # how errors.Problem reads, one or several
EXPECTED = ("At least one job did not complete", "Exiting because a job execution failed")
STOPPING = ("Terminating processes on user request", "Will exit after finishing")
RED, DIM, PLAIN = "\033[31m", "\033[2m", "\033[0m"


@dataclass
class Tally:
    """What a run came to, for whoever started it in the same process."""

    total: int = 0
    done: int = 0
    failed: list[str] = field(default_factory=list)  # "score pisa 2006 (data/logs/...)", in the order they failed
    stopped: bool = False


tally = Tally()


@dataclass
class _Job:
    stage: str
    what: str
    started: float


class LogHandler(LogHandlerBase):
    """Turns Snakemake's events into lines on stderr; what it has no line for is dropped."""

    writes_to_stream = True
    writes_to_file = False
    has_filter = True
    has_formatter = True
    needs_rulegraph = False

    def __post_init__(self) -> None:
        self.jobs: dict[int, _Job] = {}
        self.held = ""  # what Snakemake said of a failed script, in case its log says nothing
        vars(tally).update(vars(Tally()))
        wanted = sys.stderr.isatty() and os.name != "nt" and not self.common_settings.nocolor
        self.colour = wanted and os.environ.get("TERM") != "dumb" and "NO_COLOR" not in os.environ

    def emit(self, record: logging.LogRecord) -> None:
        try:
            event = getattr(record, "event", None)
            handle = getattr(self, f"_{event}", None) if event else self._message
            if handle:
                handle(record)
        except Exception:
            self.handleError(record)

    def _run_info(self, record: logging.LogRecord) -> None:
        tally.total = record.stats["total"] - sum(record.stats.get(target, 0) for target in TARGETS)
        if tally.total:
            self._say("1 job to do" if tally.total == 1 else f"{tally.total} jobs to do")

    def _job_info(self, record: logging.LogRecord) -> None:
        what = " ".join(str(value) for value in record.wildcards.values())
        job = self.jobs[record.jobid] = _Job(record.rule_name, what, record.created)
        if self.common_settings.dryrun and job.stage not in TARGETS:
            self._say(f"{job.stage:<10} {job.what:<44} {record.reason}".rstrip())

    def _job_finished(self, record: logging.LogRecord) -> None:
        job = self.jobs.pop(record.job_id, None)
        if job and job.stage not in TARGETS:
            tally.done += 1
            width = len(str(tally.total))
            self._line(f"{tally.done:>{width}}/{tally.total}", job, record.created)

    def _job_error(self, record: logging.LogRecord) -> None:
        job = self.jobs.pop(record.jobid, None) or _Job(record.rule_name, "", record.created)
        if tally.stopped:
            return  # Ctrl-C ended it
        where = f" ({record.log[0]})" if record.log else ""
        tally.failed.append(f"{job.stage} {job.what}".rstrip() + where)
        self._line("failed", job, record.created, RED)
        self._say(_explain(record.log, self.held))
        self.held = ""

    def _error(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if record.exception == "RuleException":
            self.held = text
        elif not any(known in text for known in EXPECTED):
            self._say(text)

    def _message(self, record: logging.LogRecord) -> None:
        text = record.getMessage() if record.msg else ""
        if text.startswith("Nothing to be done"):
            self._say("nothing to do: everything is up to date")
        elif text.startswith(STOPPING):
            if not tally.stopped:
                self._say("Stopping, as soon as the jobs at work have ended.")
            tally.stopped = True
        elif record.levelno >= logging.WARNING and not text.startswith(EXPECTED):
            self._say(text)

    def _line(self, count: str, job: _Job, now: float, colour: str = "") -> None:
        took = self._paint(DIM, f"{now - job.started:6.1f} s")
        self._say(f"{self._paint(colour, f'[{count}]')} {job.stage:<10} {job.what:<44} {took}")

    def _paint(self, colour: str, text: str) -> str:
        return f"{colour}{text}{PLAIN}" if self.colour and colour else text

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


def _explain(logs: list[str], said: str) -> str:
    """What may be said of a failed job on a terminal: a Problem as it is, of a traceback only the place.

    logs  the job's log files; the first is read, but what it says beside those two stays there: it may quote an answer.
    said  what Snakemake said of the failure.
    """
    path = Path(logs[0]) if logs else Path()
    text = path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""
    if PROBLEM.fullmatch(text):
        return text
    last = text.rpartition("\n")[2]
    if last.startswith(FAULT):
        return f"  {last.removeprefix(FAULT)}; the traceback is in {path.as_posix()}"
    if "CalledProcessError" not in said:
        return said
    words = [log.as_posix() for log in (path, OUTSIDE) if log.is_file() and log.stat().st_size]
    where = f"; its last words are in {' or '.join(words)}" if words else ""
    return f"  It could not start, was ended from outside, or ran out of memory{where}"
