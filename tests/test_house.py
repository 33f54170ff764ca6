"""The house holds to its own rules: who imports whom, what a rule, a script and a file may be."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from stemcareers import config

ROOT = Path(__file__).resolve().parents[1]
WORKFLOW = ROOT / "workflow"
LIBRARY = WORKFLOW / "stemcareers"
MODULES = sorted(LIBRARY.rglob("*.py"))
SCRIPTS = sorted((WORKFLOW / "scripts").glob("*.py"))
RULE_FILES = sorted((WORKFLOW / "rules").glob("*.smk"))
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def of_the_repository() -> list[Path]:
    """The files of the repository: those git knows or would add; without git, those of its folders."""
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        text=True,
        check=False,
    )
    names = done.stdout.splitlines() if done.returncode == 0 else []
    found = [ROOT / name for name in names] or [
        p for folder in ("config", "workflow", "tests", "notebooks") for p in (ROOT / folder).rglob("*")
    ]
    return [path for path in found if path.is_file()]


FILES = of_the_repository()


def text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


# --- layers ---------------------------------------------------------------------------------------------------


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


def test_nobody_imports_what_is_above_or_beside_them() -> None:
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert ", 0 broken" in done.stdout


def test_every_module_has_its_layer() -> None:
    layers = SETTINGS["tool"]["importlinter"]["contracts"][0]["layers"]
    named = {module.strip("() ") for layer in layers for module in re.split(r"[|:]", layer)}
    here = {
        p.stem if p.suffix else p.name for p in LIBRARY.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()
    }
    assert named - {"snakemake_logger_plugin_stemcareers"} == {f"stemcareers.{m}" for m in here - {"__init__"}}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "line", "told"),
    [
        ("pool.py", "from stemcareers import weight", "stemcareers.pool is not allowed to import stemcareers.weight"),
        ("draw/bars.py", "from stemcareers import pool", "stemcareers.draw is not allowed to import stemcareers.pool"),
        ("inference/design.py", "import stemcareers.config", "stemcareers.inference is not allowed to import"),
        ("config/wave.py", "import pandas", "stemcareers.config is not allowed to import pandas"),
        ("job.py", "import snakemake", "is not allowed to import snakemake"),
    ],
)
def test_a_line_in_the_wrong_room_is_seen(tmp_path: Path, module: str, line: str, told: str) -> None:
    for name in ("stemcareers", "snakemake_logger_plugin_stemcareers"):
        shutil.copytree(WORKFLOW / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copyfile(ROOT / "pyproject.toml", tmp_path / "pyproject.toml")
    path = tmp_path / "stemcareers" / module
    first, rest = path.read_text(encoding="utf-8").split("from __future__ import annotations\n", 1)
    path.write_text(f"{first}from __future__ import annotations\n{line}\n{rest}", encoding="utf-8")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert told in " ".join(done.stdout.split())


# --- rules and scripts ----------------------------------------------------------------------------------------


def rules() -> dict[str, str]:
    """The text of every rule by its name."""
    found = {}
    for path in [*RULE_FILES, WORKFLOW / "Snakefile"]:
        for name, body in re.findall(
            r"^rule (\w+):\n((?:    .*\n|\n)+)", path.read_text(encoding="utf-8"), re.MULTILINE
        ):
            found[name] = body
    return found


RULES = rules()


def part(body: str, name: str) -> str:
    """The lines under `input:`, `output:`, `log:` and so on."""
    match = re.search(rf"^    {name}:\n((?:        .*\n)+)", body, re.MULTILINE)
    return match[1] if match else ""


def test_every_rule_is_found() -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in RULE_FILES)
    assert len(RULES) == len(re.findall(r"^(?:rule|checkpoint) ", written, re.MULTILINE)) + 1
    assert {"ingest", "estimate", "publish"} <= set(RULES)


@pytest.mark.parametrize("name", sorted(set(RULES) - {"all"}))
def test_a_rule_says_what_it_does_and_names_its_files(name: str) -> None:
    body = RULES[name]
    docstring = re.match(r'    """([A-Z].*[.])"""\n', body)
    assert docstring, "a docstring of one sentence, which the site prints"
    assert part(body, "log").strip().startswith(f'"data/logs/{name}'), "a log under data/, as it may quote an answer"
    for kind in ("input", "output"):
        lines = part(body, kind)
        assert lines, kind
        entries = [line for line in lines.splitlines() if re.match(r" {8}[^ \])}]", line)]
        unnamed = [line for line in entries if not re.match(r" {8}(?:\w+=|\*\*)", line)]
        assert not unnamed, f"{kind} without a name: {unnamed}"
    assert f'code=code("{name}"' in part(body, "input"), "an edited library file must be noticed"
    assert part(body, "script").strip() == f'"../scripts/{name}.py"'
    assert not re.search(r"^    (?:shell|run|notebook|shadow):", body, re.MULTILINE)


def test_a_rule_for_every_script_and_a_script_for_every_rule() -> None:
    assert {path.stem for path in SCRIPTS} == set(RULES) - {"all"}


OPEN_TO_ALL = {"config", "contracts", "files", "job"}
MORE = {  # what leaves is withheld or made safe for spreadsheets, and pages are put together
    "describe": {"withhold"},
    "document": {"export"},
    "chart": {"draw", "export"},
    "draw": {"export"},
    "picture": {"draw", "export"},
    "tabulate": {"export"},
    "estimate": {"withhold"},
    "pool": {"withhold"},
    "undo": {"clean", "withhold"},
    "execute": {"site"},
    "relate": {"execute", "site"},
    "publish": {"site", "provenance", "origins", "replication"},
    "typeset": {"provenance"},
}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.stem)
def test_a_script_reads_calls_and_writes(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    banned = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Try, ast.While)
    assert not [type(node).__name__ for node in ast.walk(tree) if isinstance(node, banned)]
    body = [node for node in tree.body[1:] if not isinstance(node, ast.Import | ast.ImportFrom)]
    assert [type(node) for node in body] == [ast.With], "after the imports only `with reporting(snakemake):`"
    assert ast.unparse(body[0].items[0]) == "reporting(snakemake)"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 45
    ours = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "stemcareers":
            ours |= {node.module.split(".")[1]} if "." in node.module else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            assert set(names) <= {"pathlib", "json"}, "a script calls the library, and no other"
    assert ours <= OPEN_TO_ALL | {path.stem} | MORE.get(path.stem, set())


# --- config ---------------------------------------------------------------------------------------------------


def test_every_shipped_config_loads() -> None:
    project, studies = config.project_or_problems(ROOT, ROOT / "notebooks")
    assert project.smallest_group >= 10
    assert set(studies) == {p.name for p in (ROOT / "config" / "studies").iterdir() if p.is_dir()}


# --- files ----------------------------------------------------------------------------------------------------

CODE = [p for p in FILES if p.suffix in {".py", ".smk", ".ipynb", ".yaml", ".yml", ".toml", ".html", ".css", ".j2"}]
OURS = [p for p in CODE if "tests" not in p.relative_to(ROOT).parts]
# In parts, so that this file does not hold what it looks for.
REGISTRIES = re.compile(
    "|".join(
        re.escape("".join(parts))
        for parts in (
            ("pypi", ".org"),
            ("python", "hosted.org"),
            ("anaconda", ".org"),
            ("anaconda", ".com"),
            ("--index", "-url"),
            ("--extra-", "index"),
            ("npm", "js."),
            ("cran", ".r-project"),
            ("proxy.", "golang"),
        )
    )
)
ABSOLUTE = re.compile(r"""(?<![\w.:/<])(?:/(?:home|Users|root|tmp|var|mnt|srv|opt|work|data)/\w|[A-Z]:\\\\?\w)""")


def test_there_are_files_to_look_at() -> None:
    assert len(OURS) > 100
    assert len(CODE) > len(OURS)


def test_no_absolute_path() -> None:
    found = [f"{p.relative_to(ROOT)}: {m[0]}" for p in OURS for m in ABSOLUTE.finditer(text_of(p))]
    assert not found
    assert ABSOLUTE.search('open("/home/ada/answers.csv")')
    assert ABSOLUTE.search("C:\\answers")
    assert not ABSOLUTE.search("https://example.org/data/x and ../data/raw/x and results/data/x")


def test_no_address_of_a_package_registry() -> None:
    found = [p.relative_to(ROOT).as_posix() for p in FILES if REGISTRIES.search(text_of(p))]
    assert not found


def test_the_lock_holds_hashes_and_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    pins = re.findall(r"^[\w.-]+(?:\[[\w,]+\])?==", lock, re.MULTILINE)
    assert len(pins) > 50
    assert lock.count("--hash=sha256:") >= len(pins)


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def hazards(text: str) -> list[str]:
    """What no module may do: change the import path, run text as code, unpickle, open a shell, skip escaping."""
    tree = ast.parse(text)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += ["sys.path" for target in targets if ast.unparse(target) == "sys.path"]
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
            found += [name for name in names if name.split(".")[0] in {"pickle", "shelve", "marshal", "dill", "joblib"}]
    for call in calls(tree):
        name = ast.unparse(call.func)
        if name.startswith("sys.path."):
            found.append(name)
        if name in {"eval", "exec", "compile", "os.system", "os.popen", "pd.read_pickle"}:
            found.append(name)
        if name.endswith((".eval", ".query", ".to_pickle")):
            found.append(name)
        for keyword in call.keywords:
            setting = f"{keyword.arg}={ast.unparse(keyword.value)}"
            if setting in {"shell=True", "escape=False", "allow_pickle=True", "autoescape=False"}:
                found.append(setting)
    return found


@pytest.mark.parametrize("path", [*MODULES, *SCRIPTS], ids=lambda p: p.relative_to(WORKFLOW).as_posix())
def test_no_module_does_what_is_dangerous(path: Path) -> None:
    assert not hazards(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "line",
    [
        "import sys; sys.path.insert(0, 'x')",
        "import pickle",
        "eval(text)",
        "frame.query(text)",
        "subprocess.run(text, shell=True)",
        "frame.to_html(escape=False)",
    ],
)
def test_a_danger_is_seen(line: str) -> None:
    assert hazards(line)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(LIBRARY).as_posix())
def test_a_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    public = [
        node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
    ]
    assert not [node.name for node in public if not ast.get_docstring(node)]
    untyped = [
        node.name
        for node in public
        if isinstance(node, ast.FunctionDef)
        and (node.returns is None or any(a.annotation is None for a in [*node.args.args, *node.args.kwonlyargs]))
    ]
    assert not untyped
