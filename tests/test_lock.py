"""One run at a time, and no job that outlives its run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest
from stemcareers import lock
from stemcareers.errors import Problem


def process(code: str, folder, token: str = "") -> subprocess.Popen:
    """Python running `code` in `folder`, as part of the run with this token; returns once it has printed a line."""
    started = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=folder,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, lock.TOKEN: token},
    )
    started.first_line = started.stdout.readline()
    return started


RUN = """
    import subprocess, sys, time
    from stemcareers import lock
    job = "import time\\nfrom stemcareers import lock\\nwith lock.job():\\n print('job', flush=True)\\n time.sleep(60)"
    with lock.run():
        started = subprocess.Popen([sys.executable, "-c", job], stdout=subprocess.PIPE, text=True)
        started.stdout.readline()
        print(started.pid, flush=True)
        time.sleep(60)
"""


def test_a_second_run_is_refused_while_the_first_lives(tmp_path):
    with lock.run(tmp_path), pytest.raises(Problem) as caught, lock.run(tmp_path):
        pass
    assert str(caught.value) == (
        f"{tmp_path}/.snakemake/run.lock: 2 problems\n"
        f"  another run is at work in this folder (process {os.getpid()}).\n"
        "  Wait until it ends, or stop it with Ctrl-C where it was started; then type this again."
    )


def test_a_run_that_ended_by_itself_or_failed_is_not_called_killed(tmp_path):
    with lock.run(tmp_path) as killed:
        assert not killed
    with pytest.raises(KeyError), lock.run(tmp_path) as killed:
        assert not killed
        raise KeyError
    with lock.run(tmp_path) as killed:
        assert not killed
    assert lock.TOKEN not in os.environ


def test_after_a_kill_the_job_ends_and_the_next_run_waits_for_it_and_knows(tmp_path):
    first = process(RUN, tmp_path)
    job = int(first.first_line)
    with pytest.raises(Problem, match=f"process {first.pid}"), lock.run(tmp_path):
        pass
    first.send_signal(signal.SIGKILL)
    first.wait()
    said = []
    started = time.monotonic()
    with lock.run(tmp_path, said.append) as killed:
        assert killed
        assert time.monotonic() - started < 5
        # In a container nobody may have collected it yet.
        assert not psutil.pid_exists(job) or psutil.Process(job).status() == psutil.STATUS_ZOMBIE
    assert said in ([], ["Jobs of a run that was killed are still ending; waiting for them."])


JOB = "from stemcareers import lock\nwith lock.job(): print('began', flush=True)"


def test_a_job_whose_run_was_replaced_does_not_even_begin(tmp_path):
    with lock.run(tmp_path):
        stale = os.environ[lock.TOKEN]
        ours = process(JOB, tmp_path, stale)
        assert (ours.first_line, ours.wait()) == ("began\n", 0)
    with lock.run(tmp_path):
        orphan = process(JOB, tmp_path, stale)
        assert (orphan.first_line, orphan.wait()) == ("", 1)


def test_a_job_of_snakemake_typed_by_hand_holds_the_lock_and_watches_nobody(tmp_path, monkeypatch):
    monkeypatch.delenv(lock.TOKEN, raising=False)
    with lock.job(tmp_path):
        waiting = process(
            "from stemcareers import lock\nwith lock.run(say=lambda s: print(s, flush=True)): pass", tmp_path
        )
        assert waiting.first_line == "Jobs of a run that was killed are still ending; waiting for them.\n"
        assert waiting.poll() is None
    assert waiting.wait(5) == 0
