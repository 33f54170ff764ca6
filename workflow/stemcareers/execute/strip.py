"""What stays of an executed notebook: cells, outputs, their order. Run times, random ids, versions and warnings go."""

from __future__ import annotations

import sys

from nbformat import NotebookNode
from nbformat.v4 import new_notebook

INJECTED = "injected-parameters"


def stripped(executed: NotebookNode) -> NotebookNode:
    """The notebook without what differs from run to run. What cells wrote to stderr goes to this process's stderr.

    Raises ValueError unless every code cell ran, once and in order.
    """
    metadata = {"kernelspec": executed.metadata.get("kernelspec", {}), "language_info": {"name": "python"}}
    cells = [_cell(cell) for cell in executed.cells]
    counts = [cell.execution_count for cell in cells if cell.cell_type == "code" and cell.source.strip()]
    if counts != list(range(1, len(counts) + 1)):
        raise ValueError(f"cells ran in the order {counts}")
    return new_notebook(cells=cells, metadata=metadata, nbformat_minor=executed.nbformat_minor)


def _cell(cell: NotebookNode) -> NotebookNode:
    tags = cell.metadata.get("tags", [])
    kept = NotebookNode({**cell, "metadata": {"tags": tags} if tags else {}})
    if INJECTED in tags:
        kept.id = INJECTED
    if cell.cell_type == "code":
        kept.outputs = [_output(output) for output in cell.outputs if not _is_warning(output)]
    return kept


def _is_warning(output: NotebookNode) -> bool:
    """True for what went to stderr, which may name paths: it is passed on to the log instead."""
    if output.get("name") != "stderr":
        return False
    print(output.text, file=sys.stderr, end="")
    return True


def _output(output: NotebookNode) -> NotebookNode:
    return NotebookNode({**output, "metadata": {}}) if "metadata" in output else output
