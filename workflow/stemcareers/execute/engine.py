"""A papermill engine that runs cells in this process: the same notebook, without the seconds a kernel takes to start.

Each notebook has a shell and a namespace of its own; imported modules are shared. What a kernel has and this has not:
a backend that shows matplotlib figures nobody asked to see, widgets, input from a keyboard.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode, v4
from papermill.engines import Engine, NotebookExecutionManager
from traitlets.config import Config

QUIET = Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "nocolor"}})


class InProcess(Engine):
    """Runs the code cells of a notebook one after the other, and stops at the first that fails."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        failures: list[BaseException] | None = None,
        **kwargs: Any,
    ) -> None:
        """Fill in the outputs of every cell; the exception of a cell that fails is added to `failures`."""
        with _shell() as shell:
            for index, cell in enumerate(nb_man.nb.cells):
                nb_man.cell_start(cell, index)
                failure = shell.run(cell) if cell.cell_type == "code" else None
                if failure is not None:
                    nb_man.cell_exception(cell, index)
                    if failures is not None:
                        failures.append(failure)
                nb_man.cell_complete(cell, index)
                if failure is not None:
                    break


class _Publisher(DisplayPublisher):
    """`display(...)`"""

    def publish(self, data: dict[str, Any], metadata: dict[str, Any] | None = None, **kwargs: Any) -> None:
        self.shell.add(v4.new_output("display_data", data=data, metadata=metadata or {}))


class _Hook(DisplayHook):
    """The value of a cell's last line."""

    def write_output_prompt(self) -> None: ...

    def finish_displayhook(self) -> None: ...

    def write_format_data(self, format_dict: dict[str, Any], md_dict: dict[str, Any] | None = None) -> None:
        # The cell's own count: the shell's is already that of the next one.
        count = self.shell.cell.execution_count
        output = v4.new_output("execute_result", data=format_dict, metadata=md_dict or {}, execution_count=count)
        self.shell.add(output)


class _Shell(InteractiveShell):
    """A shell whose outputs end in the cell that is running."""

    cell: NotebookNode

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(display_pub_class=_Publisher, displayhook_class=_Hook, config=QUIET, **kwargs)

    def run(self, cell: NotebookNode) -> BaseException | None:
        """The exception the cell ended with, if any. Its outputs and execution count are filled in."""
        self.cell = cell
        if not cell.source.strip():
            return None
        cell.execution_count = self.execution_count
        with redirect_stdout(_Stream(self, "stdout")), redirect_stderr(_Stream(self, "stderr")):
            result = self.run_cell(cell.source, store_history=True)
        return result.error_before_exec or result.error_in_exec

    def add(self, output: NotebookNode) -> None:
        """One more output of the running cell; text goes on where the last output was the same stream."""
        last = self.cell.outputs[-1] if self.cell.outputs else None
        if output.output_type == "stream" and last is not None and last.get("name") == output.name:
            last.text += output.text
        else:
            self.cell.outputs.append(output)

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.add(v4.new_output("error", ename=etype.__name__, evalue=str(evalue), traceback=stb))


class _Stream(io.TextIOBase):
    def __init__(self, shell: _Shell, name: str) -> None:
        self.shell, self.name = shell, name

    def write(self, text: str) -> int:
        if text:
            self.shell.add(v4.new_output("stream", name=self.name, text=text))
        return len(text)


@contextmanager
def _shell() -> Iterator[_Shell]:
    """A shell of its own, and afterwards everything as it was: the main module, import path, streams."""
    path, main = list(sys.path), sys.modules["__main__"]
    with tempfile.TemporaryDirectory() as home:
        shell = _Shell.instance(ipython_dir=home)
        try:
            yield shell
        finally:
            shell.restore_sys_module_state()
            shell.reset(new_session=False)
            _Shell.clear_instance()
            sys.path[:], sys.modules["__main__"] = path, main
