"""Which rule feeds which, as Snakemake sees it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from stemcareers.errors import Problem


def dot(snakefile: str | Path) -> str:
    """The rule graph of a workflow in graphviz's language, for the project in the working folder."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), "--rulegraph", "--forceall", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    start = done.stdout.find("digraph")
    if done.returncode or start < 0:
        raise Problem("the rule graph", "Snakemake did not give one: " + (done.stderr.strip() or "no output"))
    return done.stdout[start:]
