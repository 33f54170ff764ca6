"""Which library files stand behind a script: every one it can run, and no other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from stemcareers import provenance

ROOT = Path(__file__).resolve().parents[1]
BY = {"chart": "draw", "picture": "draw", "relate": "execute"}  # further things that one module draws or runs
LIBRARY = {
    "__init__.py": "",
    "errors.py": "",
    "score.py": "from stemcareers.errors import P\n\ndef f():\n    from stemcareers.inference import psychometrics\n",
    "weight.py": "import stemcareers.errors as errors\nimport numpy\n",
    "inference/__init__.py": "",
    "inference/psychometrics.py": "from .design import Design\nfrom . import terms\nfrom .. import errors\n",
    "inference/design.py": "",
    "inference/terms.py": "if False:\n    from stemcareers.inference.never import x\n",
    "inference/never.py": "",
    "inference/unused.py": "",
    "lazy/__init__.py": "def __getattr__(name):\n    return 1\n",
    "lazy/one.py": "import stemcareers.weight\n",
    "lazy/two.py": "",
    "site/__init__.py": "from stemcareers.site.pages import page\n",
    "site/pages.py": "",
    "site/templates/front.html": "<p>",
    "site/style.css": "p {}",
    "site/.front.html.swp": "",
    "draw/__init__.py": "",
    "draw/bars.py": "",
    "loop_a.py": "import stemcareers.loop_b\n",
    "loop_b.py": "import stemcareers.loop_a\n",
    "names/__init__.py": "score = 1\n",
}


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A made-up library in `<tmp>/workflow/stemcareers`; the working folder is `<tmp>`."""
    folder = tmp_path / "workflow" / "stemcareers"
    for name, text in LIBRARY.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    monkeypatch.setattr(provenance, "LIBRARY", folder)
    monkeypatch.chdir(tmp_path)
    provenance._imported.cache_clear()
    yield folder
    provenance._imported.cache_clear()


def behind(library: Path, text: str, also: str | None = None) -> list[str]:
    """The files behind a script of this text, as seen from the library's folder."""
    script = library.parent / "script.py"
    script.write_text(text)
    provenance._imported.cache_clear()
    found = provenance.code(script, also)
    assert found == sorted(found)
    return [name.removeprefix("workflow/stemcareers/") for name in found]


def test_what_is_imported_inside_functions_and_by_relative_names_counts(library: Path) -> None:
    assert behind(library, "from stemcareers import score\n") == [
        "errors.py",
        "inference/__init__.py",
        "inference/design.py",
        "inference/never.py",
        "inference/psychometrics.py",
        "inference/terms.py",
        "score.py",
    ]


def test_nothing_else_counts(library: Path) -> None:
    assert behind(library, "from stemcareers import weight\nimport pandas, os.path\n") == ["errors.py", "weight.py"]
    assert behind(library, "import json\n") == []


def test_a_name_of_a_package_is_not_a_module_elsewhere(library: Path) -> None:
    assert behind(library, "from stemcareers.names import score\n") == ["names/__init__.py"]


def test_a_package_that_imports_on_demand_counts_whole(library: Path) -> None:
    assert behind(library, "from stemcareers import lazy\n") == [
        "errors.py",
        "lazy/__init__.py",
        "lazy/one.py",
        "lazy/two.py",
        "weight.py",
    ]


def test_templates_and_style_sheets_of_a_package_count(library: Path) -> None:
    assert behind(library, "import stemcareers.site\n") == [
        "site/__init__.py",
        "site/pages.py",
        "site/style.css",
        "site/templates/front.html",
    ]


def test_modules_that_import_each_other_are_found_once(library: Path) -> None:
    assert behind(library, "import stemcareers.loop_a\n") == ["loop_a.py", "loop_b.py"]


def test_what_a_script_runs_without_importing_it_can_be_named(library: Path) -> None:
    assert behind(library, "import json\n", also="stemcareers.draw.bars") == ["draw/__init__.py", "draw/bars.py"]


def test_an_edit_changes_the_file_and_not_the_list(library: Path) -> None:
    before = behind(library, "from stemcareers import score\n")
    (library / "score.py").write_text("# a comment\n" + LIBRARY["score.py"])
    assert behind(library, "from stemcareers import score\n") == before


def test_seen_from_elsewhere_paths_are_whole(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    script = library.parent / "script.py"
    script.write_text("from stemcareers import weight\n")
    provenance._imported.cache_clear()
    assert provenance.code(script) == [(library / name).as_posix() for name in ("errors.py", "weight.py")]


# --- the library that there is --------------------------------------------------------------------------------


def real(verb: str, also: str | None = None) -> set[str]:
    found = provenance.code(ROOT / "workflow" / "scripts" / f"{verb}.py", also)
    return {Path(name).resolve().relative_to(provenance.LIBRARY).as_posix() for name in found}


def test_scores_rest_on_psychometrics_and_not_on_figures() -> None:
    found = real("score")
    assert {"score/__init__.py", "inference/psychometrics.py", "contracts.py", "errors.py"} <= found
    assert not any(name.startswith(("draw/", "report/", "site/", "tabulate/")) for name in found)


def test_pages_rest_on_what_notebooks_import() -> None:
    found = real("execute", also="stemcareers.report")
    assert {"report/page.py", "draw/__init__.py", "tabulate/__init__.py", "execute/run.py"} <= found


def test_every_script_has_its_own_module_behind_it() -> None:
    for script in (ROOT / "workflow" / "scripts").glob("*.py"):
        verb = script.stem
        module = BY.get(verb, verb)
        known = real(verb) | {"publish.py", "gather.py", "collect.py"}
        assert {f"{module}.py", f"{module}/__init__.py"} & known, verb


@pytest.mark.slow
@pytest.mark.parametrize("verb", sorted(p.stem for p in (ROOT / "workflow" / "scripts").glob("*.py")))
def test_what_python_imports_is_in_the_list(verb: str) -> None:
    """The modules of the library that are loaded after the script's imports are files in its list."""
    imports = [
        line
        for line in (ROOT / "workflow" / "scripts" / f"{verb}.py").read_text().splitlines()
        if line.startswith(("import ", "from "))
    ]
    show = "import sys; print([m.__file__ for n, m in list(sys.modules.items()) if n.startswith('stemcareers.')])"
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*imports, show])], capture_output=True, text=True, check=True
    )
    loaded = {Path(p).relative_to(provenance.LIBRARY).as_posix() for p in eval(done.stdout)}  # noqa: S307 - our own
    assert loaded <= real(verb)


# --- versions and commit --------------------------------------------------------------------------------------


def test_versions_name_python_and_every_package_the_numbers_depend_on() -> None:
    found = provenance.versions()
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert set(found) == {"python", *provenance.SHOWN_PACKAGES}
    assert "not installed" not in found.values()


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def test_the_commit_and_whether_files_differ_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "LIBRARY", tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert provenance.commit() == "unknown"
    git(tmp_path, "init", "-q")
    assert provenance.commit() == "unknown", "no commit yet"
    (tmp_path / "a.py").write_text("1")
    git(tmp_path, "add", "a.py")
    git(tmp_path, "commit", "-q", "-m", "first")
    first = provenance.commit()
    assert len(first) == 12
    (tmp_path / "new.txt").write_text("not tracked")
    assert provenance.commit() == first
    (tmp_path / "a.py").write_text("2")
    assert provenance.commit() == f"{first}, with changes that are not committed"


def test_without_git_the_commit_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert provenance.commit() == "unknown"
