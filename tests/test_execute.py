"""Notebooks run strictly, with the same bytes in both engines and every time; pages of them hold nothing that acts."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from helpers import small_project
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from stemcareers import config, execute
from stemcareers.errors import Problem, Problems
from stemcareers.execute.sanitise import sanitised
from stemcareers.site import layout

ROOT = Path(__file__).resolve().parents[1]
ENGINES = [execute.IN_PROCESS, pytest.param(execute.KERNEL, marks=pytest.mark.slow)]


def saved(path: Path, *cells: str, parameters: str = 'study = "a"\nn = 1') -> Path:
    """A notebook with a parameters cell and these code cells."""
    first = new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]})
    rest = [new_code_cell(source, id=f"cell-{i}") for i, source in enumerate(cells)]
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    nbformat.write(new_notebook(cells=[first, *rest], metadata={"kernelspec": kernel}), path)
    return path


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """A project that no test changes."""
    return small_project.build(tmp_path_factory.mktemp("project"))


@pytest.fixture
def project(built, monkeypatch) -> Path:
    monkeypatch.chdir(built)
    return built


@pytest.fixture
def frame(project) -> layout.Frame:
    return layout.report(config.project("config/project.yaml"), config.everything("harbour"), "waves")


CELLS = (
    "print('one'); import sys; print('two', file=sys.stdout)\nn + 1",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))\nprint('after')\ndisplay('plain')",
    "",
    "x = n\nx;",
    "print('quiet', file=sys.stderr)\n{'a': 1}",
)


@pytest.mark.slow
def test_both_engines_give_the_same_bytes(tmp_path):
    source = saved(tmp_path / "n.ipynb", *CELLS)
    texts = {
        engine: execute.text(execute.notebook(source, {"n": 2}, engine=engine)) for engine in ("in-process", "kernel")
    }
    assert texts["in-process"] == texts["kernel"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("notebook", "report"), [("measures", "measures"), ("wave", "waves"), ("provision", "provision")]
)
def test_our_notebooks_are_the_same_in_both_engines(project, notebook, report):
    source, parameters = ROOT / "notebooks" / f"{notebook}.ipynb", {"study": "harbour", "report": report}
    made = [execute.text(execute.notebook(source, parameters, engine=e)) for e in ("in-process", "kernel")]
    assert made[0] == made[1]


def test_outputs_stand_in_order_and_warnings_go_to_the_log(tmp_path, capsys):
    executed = execute.notebook(saved(tmp_path / "n.ipynb", *CELLS), {"n": 2})
    outputs = {
        cell.id: [(o.output_type, o.get("text") or o.data.get("text/plain")) for o in cell.outputs]
        for cell in executed.cells
        if cell.outputs
    }
    assert outputs == {
        "cell-0": [("stream", "one\ntwo\n"), ("execute_result", "3")],
        "cell-1": [
            ("display_data", "<IPython.core.display.HTML object>"),
            ("stream", "after\n"),
            ("display_data", "'plain'"),
        ],
        "cell-4": [("execute_result", "{'a': 1}")],
    }
    assert "quiet" in capsys.readouterr().err
    assert '"quiet' not in execute.text(executed)


def test_two_runs_give_the_same_bytes(project):
    source, parameters = ROOT / "notebooks/measures.ipynb", {"study": "harbour", "report": "measures"}
    first, second = (execute.text(execute.notebook(source, parameters)) for _ in range(2))
    assert first == second
    nbformat.validate(nbformat.reads(first, as_version=4))


def test_nothing_of_time_path_or_machine_stays(project, tmp_path):
    copy = tmp_path / "failed" / "x.ipynb"
    parameters = {"study": "harbour", "report": "waves", "wave": "2024"}
    text = execute.text(execute.notebook(ROOT / "notebooks/wave.ipynb", parameters, failed_copy=copy))
    assert not copy.exists()
    assert not re.search(r"papermill|start_time|duration|iopub|execution\"", text)
    for private in (str(ROOT), str(tmp_path), str(Path.home()), sys.version.split()[0] + '"'):
        assert private not in text
    ids = [cell.id for cell in nbformat.reads(text, as_version=4).cells]
    assert ids[:3] == ["parameters", "injected-parameters", "open"]


def test_each_notebook_has_a_namespace_of_its_own_and_leaves_none(tmp_path, monkeypatch):
    before = (sys.displayhook, sys.excepthook, sys.modules["__main__"], list(sys.path))
    execute.notebook(saved(tmp_path / "a.ipynb", "left_over = 1"), {})
    executed = execute.notebook(saved(tmp_path / "b.ipynb", "'left_over' in globals()"), {})
    assert executed.cells[-1].outputs[0].data["text/plain"] == "False"
    assert (sys.displayhook, sys.excepthook, sys.modules["__main__"], list(sys.path)) == before


def test_a_notebook_runs_in_the_folder_it_is_given(tmp_path):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "mark").write_text("x", encoding="utf-8")
    source = saved(tmp_path / "n.ipynb", "import os; sorted(os.listdir())")
    executed = execute.notebook(source, {}, cwd=tmp_path / "here")
    assert executed.cells[-1].outputs[0].data["text/plain"] == "['mark']"


@pytest.mark.parametrize(
    ("parameters", "text"),
    [
        ({"stuyd": "x"}, "'stuyd' is not a parameter of this notebook; did you mean 'study'?"),
        ({"where": "x"}, "'where' is not a parameter of this notebook; it has 'study', 'n'"),
        ({"n": [1]}, "parameter 'n' must be a text, a number, true or false"),
        *(
            (
                {"study": place},
                "parameter 'study' is a path; a page prints its parameters, so they name no place on a disk",
            )
            for place in ("/home/x", "C:\\Users\\x", "../x", "~/x")
        ),
    ],
)
def test_parameters_are_strict(tmp_path, monkeypatch, parameters, text):
    monkeypatch.chdir(tmp_path)
    saved(Path("n.ipynb"), "study")
    with pytest.raises(Problem) as told:
        execute.notebook("n.ipynb", parameters)
    assert str(told.value) == f"n.ipynb: 1 problem\n  {text}"


def test_a_notebook_needs_one_parameters_cell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nbformat.write(new_notebook(cells=[new_code_cell("1")]), "n.ipynb")
    with pytest.raises(Problem, match="needs one cell tagged 'parameters', has 0"):
        execute.notebook("n.ipynb", {})


@pytest.mark.parametrize("text", ["quo'te\"s", "new\nline", "'; import os; os.abort() #", "\\", "{brackets}"])
def test_a_parameter_is_a_value_and_never_code(tmp_path, text):
    executed = execute.notebook(saved(tmp_path / "n.ipynb", "print(study, end='')"), {"study": text})
    assert executed.cells[-1].outputs[0].text == text


@pytest.mark.parametrize("engine", ENGINES)
def test_the_problem_of_a_cell_is_passed_on(tmp_path, engine):
    code = "from stemcareers.errors import Problem\nraise Problem('config/x.yaml', 'a is wrong', 'b is wrong')"
    copy = tmp_path / "logs" / "n.failed.ipynb"
    with pytest.raises(Problem) as told:
        execute.notebook(saved(tmp_path / "n.ipynb", code, "print('never')"), {}, failed_copy=copy, engine=engine)
    assert str(told.value) == "config/x.yaml: 2 problems\n  a is wrong\n  b is wrong"
    assert "Problem" in copy.read_text(encoding="utf-8")
    assert "never\\n" not in copy.read_text(encoding="utf-8")


def test_several_problems_of_a_cell_are_passed_on(tmp_path):
    code = "from stemcareers.errors import *\nraise Problems([Problem('a', 'x'), Problem('b', 'y')])"
    with pytest.raises(Problems) as told:
        execute.notebook(saved(tmp_path / "n.ipynb", code), {})
    assert str(told.value) == "a: 1 problem\n  x\nb: 1 problem\n  y"


@pytest.mark.parametrize("engine", ENGINES)
def test_any_other_failure_quotes_nothing(tmp_path, monkeypatch, engine):
    monkeypatch.chdir(tmp_path)
    saved(Path("n.ipynb"), "1", "raise KeyError('what a person answered')")
    with pytest.raises(execute.NotebookFailed) as told:
        execute.notebook("n.ipynb", {}, failed_copy="data/logs/n.ipynb", engine=engine)
    assert str(told.value) == "n.ipynb, cell 3: KeyError; the copy with its traceback is data/logs/n.ipynb"
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__


def test_a_cell_that_is_not_python_fails_the_notebook(tmp_path):
    with pytest.raises(execute.NotebookFailed, match="cell 2: SyntaxError"):
        execute.notebook(saved(tmp_path / "n.ipynb", "def ("), {})


def test_no_page_is_made_of_an_unfinished_notebook(frame):
    unfinished = new_notebook(cells=[new_code_cell("1", id="a", execution_count=1), new_code_cell("2", id="b")])
    with pytest.raises(ValueError, match="cell b did not run to its end"):
        execute.html(unfinished, frame)
    error = new_output("error", ename="X", evalue="", traceback=[])
    failed = new_notebook(cells=[new_code_cell("1", id="c", execution_count=1, outputs=[error])])
    with pytest.raises(ValueError, match="cell c did not run to its end"):
        execute.html(failed, frame)


def test_readers_see_no_code_and_reviewers_all_of_it(project, frame):
    parameters = {"study": "harbour", "report": "waves"}
    executed = execute.notebook(ROOT / "notebooks/wave.ipynb", parameters)
    reader, reviewer = (execute.html(executed, frame, code=code) for code in (False, True))
    assert "page.flow()" not in _text(reader)
    for source in (cell.source for cell in executed.cells if cell.cell_type == "code"):
        assert source.strip() in _text(reviewer)
    assert 'href="../harbour/waves.code.html"' in reader
    assert "Synthetic answers: shows the method, not a finding" in reader


def test_a_page_has_contents_from_its_headings(frame):
    cells = [new_markdown_cell("## Who & why?", id="a"), new_markdown_cell("## Made", id="b")]
    html = execute.html(new_notebook(cells=cells), frame)
    assert '<h2 id="who-why">Who &amp; why?</h2>' in html
    assert '<li><a href="#who-why">Who &amp; why?</a></li>' in html


class _Live(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attributes):
        if tag in {"script", "iframe", "object", "embed", "form", "style", "base", "svg", "math", "textarea", "button"}:
            self.found.append(tag)
        for name, value in attributes:
            reaches_out = name in {"src", "srcset"} and not (value or "").startswith("data:image/")
            if name.startswith("on") or reaches_out or re.match(r"\s*(java|vb)script:|data:text", value or "", re.I):
                self.found.append(f"{tag} {name}={value}")


@pytest.mark.parametrize("payload", small_project.PAYLOADS)
def test_sanitised_html_holds_nothing_that_acts(payload):
    parser = _Live()
    parser.feed(sanitised(f"<p>{payload}</p>"))
    assert parser.found == []


def test_hostile_outputs_and_narrative_do_not_act(frame):
    live = " ".join(small_project.PAYLOADS)
    outputs = [
        new_output("display_data", data={"text/html": live, "text/plain": "x"}),
        new_output("display_data", data={"text/plain": live}),
        new_output("display_data", data={"application/javascript": "alert(1)", "text/plain": live}),
        new_output("display_data", data={"image/svg+xml": "<svg onload=alert(1)></svg>", "text/plain": live}),
        new_output("display_data", data={"image/png": '"><script>alert(1)</script>', "text/plain": live}),
        new_output("display_data", data={"text/latex": live, "text/markdown": live, "text/vnd.mermaid": live}),
        new_output("stream", name="stdout", text=live),
    ]
    cells = [new_markdown_cell(live, id="a"), new_code_cell(live, id="b", execution_count=1, outputs=outputs)]
    parser = _Live()
    parser.feed(execute.html(new_notebook(cells=cells), frame, code=True).split("<body>")[1])
    assert parser.found == []


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("<p>a<b>b</p>c", "<p>a<b>b</b></p>c"),
        ("</div><p>a", "<p>a</p>"),
        ("<script>x</script>y", "y"),
        ("a &lt; b & c", "a &lt; b &amp; c"),
        ('<a href="index.html#x">a</a>', '<a href="index.html#x">a</a>'),
        ('<a href="https://example.org/a?b=c">a</a>', '<a href="https://example.org/a?b=c">a</a>'),
        ('<a href="java\nscript:alert(1)">a</a>', "<a>a</a>"),
        ('<a href="//example.org">a</a>', "<a>a</a>"),
        ('<img src="https://example.org/x.png" alt="x">', '<img alt="x">'),
        ('<img src="figures/x.svg" alt="x">', '<img alt="x">'),
        ('<img src="data:image/png;base64,AA==" alt="">', '<img src="data:image/png;base64,AA==" alt="">'),
        ('<span class="bar" style="width: 43.5%"></span>', '<span class="bar" style="width: 43.5%"></span>'),
        ('<span style="position: fixed">x</span>', "<span>x</span>"),
        ("<!-- x --><!doctype html>y", "y"),
    ],
)
def test_what_sanitising_keeps(given, left):
    assert sanitised(given) == left


def _text(html: str) -> str:
    class Words(HTMLParser):
        said = ""

        def handle_data(self, data):
            self.said += data

    parser = Words()
    parser.feed(html)
    return parser.said


def test_nbconvert_is_past_its_known_holes_and_makes_no_pdf():
    # CVE-2025-53000 is of 7.16.6 and before (making a PDF), CVE-2026-39377 and CVE-2026-39378 of those before 7.17.1.
    installed = tuple(int(part) for part in metadata.version("nbconvert").split(".")[:3])
    assert installed >= (7, 17, 1)
    assert '"nbconvert>=7.17.1"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    used = set()
    for path in [*(ROOT / "workflow").rglob("*.py"), *(ROOT / "notebooks").glob("*.ipynb")]:
        used |= set(re.findall(r"nbconvert[\w.]*", path.read_text(encoding="utf-8")))
    assert used == {
        "nbconvert",
        "nbconvert.exporters.templateexporter",
        "nbconvert.filters.highlight",
        "nbconvert.filters.markdown_mistune",
    }
