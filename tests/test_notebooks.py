"""Notebooks tell and call: no logic, no outputs, nothing imported but the report; they open and run by hand."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import nbformat
import pytest
from stemcareers import config
from stemcareers.report import Report
from stemcareers.report.synthesis import Synthesis

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
NAMES = [path.stem for path in NOTEBOOKS]
ACROSS = "synthesis"  # the page across all studies: it opens something else, and has nothing to set
OF_STUDIES = [path for path in NOTEBOOKS if path.stem != ACROSS]
IMPORTS = dict.fromkeys(NAMES, "from stemcareers.report import Report")
IMPORTS[ACROSS] = "from stemcareers.report.synthesis import Synthesis"
# What a cell of ours may be made of: names, plain values, calls of methods, one import, assignments.
ALLOWED = (
    *(ast.Module, ast.Expr, ast.Assign, ast.ImportFrom, ast.alias, ast.Call, ast.Attribute, ast.keyword),
    *(ast.Name, ast.Load, ast.Store, ast.Constant, ast.UnaryOp, ast.USub),
)


@pytest.fixture(params=NOTEBOOKS, ids=NAMES)
def path(request) -> Path:
    return request.param


@pytest.fixture
def notebook(path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def test_the_notebooks_are_there():
    assert {"measures", "provision", "wave", ACROSS} <= set(NAMES)


def test_a_notebook_is_committed_without_outputs(notebook):
    nbformat.validate(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
        assert set(cell.metadata) <= {"tags"}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"


def test_a_notebook_is_written_as_it_is_read(path):
    text = path.read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def test_cells_have_names_for_ids(notebook):
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert all(name.replace("-", "").isalpha() and name.islower() for name in ids)


def test_the_first_code_cell_holds_the_parameters(notebook, path):
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert first.metadata.tags == ["parameters"]
    assigned = {t.targets[0].id: ast.literal_eval(t.value) for t in ast.parse(first.source).body}
    assert {"study", "report"} <= set(assigned) if path in OF_STUDIES else not assigned


@pytest.mark.parametrize("path", OF_STUDIES, ids=lambda path: path.stem)
def test_the_defaults_name_a_page_that_is_there(path):
    """So that the notebook opens and runs by hand."""
    first = nbformat.read(path, as_version=4).cells[0]
    given = {t.targets[0].id: ast.literal_eval(t.value) for t in ast.parse(first.source).body}
    study = config.everything(given["study"], ROOT)
    assert study.reports[given["report"]].notebook == path.stem
    assert study.synthetic, "a study whose answers come with the project"


def test_no_cell_holds_logic(notebook, path):
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        odd = [type(node).__name__ for node in ast.walk(ast.parse(cell.source)) if not isinstance(node, ALLOWED)]
        assert odd == [], f"{cell.id}: {odd}"
        imports = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.ImportFrom)]
        assert [ast.unparse(node) for node in imports] in ([], [IMPORTS[path.stem]])


def test_every_call_is_a_method_of_the_report(notebook, path):
    page = Report if path in OF_STUDIES else Synthesis
    for cell in notebook.cells:
        for call in (
            n for n in ast.walk(ast.parse(cell.source if cell.cell_type == "code" else "")) if isinstance(n, ast.Call)
        ):
            assert isinstance(call.func, ast.Attribute)
            assert hasattr(page, call.func.attr)


def test_narrative_holds_no_number_that_ought_to_be_computed(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not any(
                word.strip(".,;()%").replace(".", "").isdigit() and len(word) > 1 for word in cell.source.split()
            )


def test_a_test_of_logic_finds_logic(path):
    """The test above is seen to fail: each of these is refused."""
    for code in (
        "for x in y: z()",
        "if a: b()",
        "def f(): pass",
        "lambda: 1",
        "[x for x in y]",
        "a + b",
        "x[0]",
        "f'{x}'",
    ):
        assert any(not isinstance(node, ALLOWED) for node in ast.walk(ast.parse(code)))
