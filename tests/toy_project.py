"""A small project to run for real: two studies of one wave each, two rules, scripts that fail as they are told."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

WAVE = """\
instrument: form-1
title: "2006"
fielded: [2006-03-01, 2006-08-31]
export: {{file: {study}.csv, reader: csv, sha256: {sha256}}}
source: {{page: https://example.org/{study}, how: Choose the school file.}}
response: id
design: {{weight: none}}
"""
SNAKEFILE = """\
from pathlib import Path

rule all:
    input:
        "results/site/index.html",

rule score:
    input:
        "data/raw/{study}/{study}.csv",
    output:
        "data/scored/{study}/{wave}.txt",
    log:
        "data/logs/score/{study}/{wave}.log",
    script:
        "scripts/score.py"

rule publish:
    input:
        [f"data/scored/{path.stem}/{w}.txt" for path in Path("data/raw").glob("*/*.csv") for w in (2006, 2009)],
    output:
        "results/site/index.html",
    log:
        "data/logs/publish.log",
    script:
        "scripts/publish.py"
"""
SCORE = """\
import os, time
from pathlib import Path
from stemcareers import files
from stemcareers.errors import Problem
from stemcareers.job import reporting

with reporting(snakemake):
    print("the answer forty-two")
    how = Path(f"{snakemake.wildcards.wave}.how")
    how = how.read_text() if how.exists() else ""
    if how == "problem":
        raise Problem("config/studies/pisa/scales.yaml", "one thing is wrong", "and another")
    if how == "bug":
        raise ValueError("the answer forty-two is not a number")
    if how == "killed":
        os.kill(os.getpid(), 9)
    with files.finished_or_absent(snakemake.output[0]) as path:
        path.write_text("half")
        if how == "slow":
            Path("slow.started").touch()
            time.sleep(30)
        path.write_text("whole")
"""
PUBLISH = """\
from pathlib import Path
from stemcareers import files
from stemcareers.job import reporting

with reporting(snakemake):
    files.write_text(snakemake.output[0], "".join(Path(path).read_text() for path in snakemake.input))
"""
PISA = b"id,answer\n1,2\n"
PISA_SHA256 = "0000000000000000000000000000000000000000000000000000000000000000"


class Toy:
    """The project in a folder, and its command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for study in ("pisa", "england"):
            self.write(f"config/studies/{study}/waves/2006.yaml", WAVE.format(study=study, sha256=PISA_SHA256))
        self.write("data/raw/pisa/pisa.csv", PISA.decode())
        self.write("Snakefile", SNAKEFILE)
        self.write("scripts/score.py", SCORE)
        self.write("scripts/publish.py", PUBLISH)

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text, encoding="utf-8")

    def start(self, *words: str, **environment: str) -> subprocess.Popen:
        """`python -m stemcareers <words>`, in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "stemcareers", *words],
            cwd=self.folder,
            # A mirror set for the whole test run would bring what these tests leave out.
            env={**{k: v for k, v in os.environ.items() if k != "STEMCAREERS_MIRROR"}, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            # A test run in the background ignores Ctrl-C, and its children would too; a person's terminal does not.
            preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )

    def run(self, *words: str, **environment: str) -> tuple[int, str]:
        """Exit code and what was said on either stream."""
        process = self.start(*words, **environment)
        out, _ = process.communicate(timeout=120)
        return process.returncode, out

    def wait_for(self, path: str, seconds: float = 20) -> None:
        end = time.monotonic() + seconds
        while not (self.folder / path).exists():
            assert time.monotonic() < end, f"{path} did not come"
            time.sleep(0.05)

    def files(self) -> dict[str, str]:
        """Everything under data/ and results/ but the logs: path and text."""
        found = [p for top in ("data", "results") for p in (self.folder / top).rglob("*") if p.is_file()]
        found = [p for p in found if "logs" not in p.parts]
        return {p.relative_to(self.folder).as_posix(): p.read_text() for p in sorted(found)}
