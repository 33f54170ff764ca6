"""Notebooks by hand: in a kernel of their own, from the folder they lie in, with their defaults; and on Binder."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from helpers import small_project
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from stemcareers import commands, lock

ROOT = Path(__file__).resolve().parents[1]
PAGES = {"provision": "provision", "wave": "waves", "measures": "measures"}  # notebook and the page it makes there
BINDER = ROOT / "binder"
POST_BUILD = (BINDER / "postBuild").read_text(encoding="utf-8")


def by_hand(project: Path, name: str, study: str, report: str) -> list[nbformat.NotebookNode]:
    """The cells of a notebook after a person ran it in JupyterLab, opened in `notebooks/`."""
    folder = project / "notebooks"
    folder.mkdir(exist_ok=True)
    shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", folder)
    notebook = nbformat.read(folder / f"{name}.ipynb", as_version=4)
    parameters = notebook.cells[0]
    parameters.source = re.sub(r'study = ".*"', f'study = "{study}"', parameters.source)
    parameters.source = re.sub(r'report = ".*"', f'report = "{report}"', parameters.source)
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    return notebook.cells


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_a_notebook_runs_by_hand_in_a_fresh_kernel(tmp_path, name):
    cells = by_hand(small_project.build(tmp_path), name, small_project.STUDY, PAGES[name])
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    shown = [output for cell in code for output in cell.outputs]
    assert shown and all("text/html" in output["data"] for output in shown)


@pytest.mark.slow
def test_without_results_it_says_what_is_missing_and_what_to_do(tmp_path):
    project = small_project.build(tmp_path)
    shutil.rmtree(project / "results")
    with pytest.raises(CellExecutionError) as told:
        by_hand(project, "wave", small_project.STUDY, "waves")
    said = str(told.value)
    assert "results/harbour/waves/2024.csv is missing" in said
    assert "run `make report` first: it makes what a page shows" in said


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_the_defaults_run_as_they_stand_where_the_report_was_built(name):
    """Needs `make report`: skipped where its results are not there, or are those of other settings."""
    path = ROOT / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    study = re.search(r'study = "(.*)"', notebook.cells[0].source)[1]
    if not (ROOT / "results" / study / "estimates.csv").is_file():
        pytest.skip("results are not here: run `make report`")
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}}).execute()
    assert any(cell.outputs for cell in notebook.cells if cell.cell_type == "code")


def test_the_command_opens_them_in_this_python_and_says_where_results_are_not_there(tmp_path, monkeypatch, capsys):
    called = []
    done = subprocess.CompletedProcess([], 0)
    monkeypatch.setattr(subprocess, "run", lambda words, **_: called.append(words) or done)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notebooks").mkdir()
    assert commands.notebooks() == 0
    assert called[0][1:] == ["-m", "jupyter", "lab", "notebooks"]
    assert capsys.readouterr().err == "There are no results yet: the notebooks open, and run after make report.\n"
    assert not lock.RUN.exists()


def test_binder_installs_from_the_lock_and_builds_what_the_notebooks_show():
    assert re.fullmatch(r"python-3\.1[123]\n", (BINDER / "runtime.txt").read_text(encoding="utf-8"))
    assert (BINDER / "postBuild").stat().st_mode & stat.S_IXUSR
    assert subprocess.run(["bash", "-n", str(BINDER / "postBuild")], check=False).returncode == 0
    commands_there = [line for line in POST_BUILD.splitlines() if line and not line.startswith(("#", "set "))]
    assert [line.split()[0] for line in commands_there] == ["python", ".venv/bin/python", ".venv/bin/python"]
    assert (ROOT / commands_there[0].split()[1]).is_file()
    assert "-m stemcareers report" in commands_there[2]
    assert {p.name for p in BINDER.iterdir()} == {"postBuild", "runtime.txt"}


def test_binder_registers_the_kernel_that_notebooks_ask_for(tmp_path):
    """The line as it stands, with this Python for the one of the lock."""
    line = next(line for line in POST_BUILD.splitlines() if "ipykernel install" in line)
    words = line.replace(".venv/bin/python", sys.executable)
    environment = {**os.environ, "NB_PYTHON_PREFIX": str(tmp_path)}
    subprocess.run(["bash", "-euc", words], check=True, env=environment, capture_output=True)
    assert (tmp_path / "share" / "jupyter" / "kernels" / "python3" / "kernel.json").is_file()
