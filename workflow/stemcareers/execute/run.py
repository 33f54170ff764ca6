"""Run a notebook with parameters: strictly, in this process or in a kernel, with the same bytes every time."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

import nbformat
from nbformat import NotebookNode

from stemcareers.errors import Problem, Problems, did_you_mean

IN_PROCESS, KERNEL = "in-process", "kernel"
PARAMETERS = "parameters"
Value = str | int | float | bool


class NotebookFailed(Exception):
    """A cell raised what is no Problem: a bug of ours. The failed copy holds the traceback."""


def notebook(
    source: str | Path,
    parameters: Mapping[str, Value],
    cwd: str | Path = ".",
    failed_copy: str | Path | None = None,
    engine: str = IN_PROCESS,
) -> NotebookNode:
    """The notebook, run from top to bottom with these parameters, without anything that differs from run to run.

    cwd          the folder it runs in: the project's.
    failed_copy  where to leave the notebook, with its traceback, if a cell fails; removed if it runs well.
    engine       `in-process`, or `kernel` for a kernel of its own.

    Raises Problem for a parameter the notebook does not have, and the Problem a cell raised; NotebookFailed for any
    other exception of a cell.
    """
    where = Path(source).as_posix()
    check_parameters(nbformat.read(source, as_version=4), parameters, where)
    copy = None if failed_copy is None else Path(failed_copy)
    if copy is not None:
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.unlink(missing_ok=True)
    executed = _executed(Path(source), parameters, Path(cwd), copy, engine)
    if copy is not None:
        copy.unlink(missing_ok=True)
    from stemcareers.execute.strip import stripped

    return stripped(executed)


def text(executed: NotebookNode) -> str:
    """The notebook as its file holds it."""
    return nbformat.writes(executed) + "\n"


def check_parameters(source: NotebookNode, parameters: Mapping[str, Value], where: str) -> None:
    """Nothing where each parameter stands in the notebook's `parameters` cell and holds no path; else a Problem."""
    cells = [cell for cell in source.cells if PARAMETERS in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise Problem(where, f"needs one cell tagged '{PARAMETERS}', has {len(cells)}")
    known = _assigned(cells[0].source)
    wrong = []
    for name, value in parameters.items():
        if name not in known:
            hint = did_you_mean(name, known) or "; it has " + ", ".join(f"'{k}'" for k in known)
            wrong.append(f"'{name}' is not a parameter of this notebook{hint}")
        elif not isinstance(value, str | int | float | bool):
            wrong.append(f"parameter '{name}' must be a text, a number, true or false")
        elif isinstance(value, str) and _is_path(value):
            wrong.append(f"parameter '{name}' is a path; a page prints its parameters, so they name no place on a disk")
    if wrong:
        raise Problem(where, *wrong)


def _executed(source: Path, parameters: Mapping[str, Value], cwd: Path, copy: Path | None, engine: str) -> NotebookNode:
    # papermill takes a third of a second to import: only where a notebook runs.
    import papermill
    from papermill.engines import papermill_engines
    from papermill.exceptions import PapermillExecutionError

    from stemcareers.execute.engine import InProcess

    papermill_engines.register(IN_PROCESS, InProcess)
    failures: list[BaseException] = []
    options = {"engine_name": IN_PROCESS, "failures": failures} if engine == IN_PROCESS else {}
    try:
        return papermill.execute_notebook(
            _literally(source),
            None if copy is None else _literally(copy),
            dict(parameters),
            cwd=str(cwd),
            progress_bar=False,
            **options,
        )
    except PapermillExecutionError as error:
        failure = failures[0] if failures else _problem(error.ename, error.evalue)
        if isinstance(failure, Problem | Problems):
            raise failure from None
        left = f"; the copy with its traceback is {copy.as_posix()}" if copy is not None else ""
        raise NotebookFailed(f"{source.as_posix()}, cell {error.exec_count}: {error.ename}{left}") from None


def _literally(path: Path) -> str:
    # papermill fills parameters into paths: a folder whose name has brackets is meant as it stands.
    return str(path.resolve()).replace("{", "{{").replace("}", "}}")


def _problem(name: str, said: str) -> Problem | None:
    """The Problem a kernel told in words: `where: 2 problems`, then a line for each."""
    first, *lines = said.splitlines() or [""]
    where, _, count = first.rpartition(": ")
    if name != Problem.__name__ or not count.endswith(("problem", "problems")):
        return None
    wrong = [line.removeprefix("  ") for line in lines]
    return Problem(where, "\n".join(wrong)) if count == "1 problem" else Problem(where, *wrong)


def _assigned(code: str) -> list[str]:
    """The names a cell assigns."""
    targets = []
    for statement in ast.parse(code).body:
        if isinstance(statement, ast.Assign):
            targets += statement.targets
        elif isinstance(statement, ast.AnnAssign):
            targets.append(statement.target)
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _is_path(value: str) -> bool:
    return PurePosixPath(value).is_absolute() or bool(PureWindowsPath(value).drive) or ".." in value or "~" in value
