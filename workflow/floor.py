"""How long the same work takes in one plain process: every script of the workflow, one after the other.

    python -m stemcareers floor

Asks Snakemake for the jobs of a full run, then runs each job's script here, in this process, with the job's own
inputs, outputs and parameters, in a copy of the project in a temporary folder. What is timed is the scripts with their
imports: the library calls, without a process for each job and without Snakemake.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

HOME = Path(__file__).resolve().parents[1]


def jobs(snakefile: Path) -> Iterator[tuple[str, object]]:
    """The script and the job of every job of a full run in the working folder, each after those it needs."""
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import DAGSettings, OutputSettings, Quietness, ResourceSettings

    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(resource_settings=ResourceSettings(cores=1), snakefile=snakefile)
        workflow.dag(dag_settings=DAGSettings(forceall=True))
        # Snakemake has no public way to list jobs with their named files; a test watches over this one.
        inside = workflow._workflow
        inside._prepare_dag(forceall=True, ignore_incomplete=False, lock_warn_only=False, nolock=True)
        inside._build_dag()
        for layer in inside.dag.toposorted():
            for job in sorted(layer, key=lambda job: (job.rule.name, str(job.wildcards))):
                if job.rule.script:
                    yield str(HOME / "workflow" / "scripts" / Path(job.rule.script).name), job


def copy_of_project(target: Path) -> None:
    """What a run reads, without what it makes."""
    for name in ("config", "notebooks"):
        shutil.copytree(name, target / name)
    shutil.copytree("data/raw", target / "data" / "raw")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy_of_project(Path(folder))
        os.chdir(folder)
        planned = list(jobs(HOME / "Snakefile"))
        started = time.perf_counter()
        spent: dict[str, float] = {}
        for script, job in planned:
            began = time.perf_counter()
            exec(compile(Path(script).read_text(encoding="utf-8"), script, "exec"), {"snakemake": job})  # noqa: S102
            name = Path(script).stem
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - began
        total = time.perf_counter() - started
        for name, seconds in spent.items():
            print(f"  {name:<12} {seconds:6.2f} s")
        print(f"{len(planned)} scripts in one process: {total:.1f} s")
        os.chdir(HOME)


if __name__ == "__main__":
    main()
