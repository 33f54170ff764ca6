"""What a result was made from: the library files behind a script, versions, the commit."""

from __future__ import annotations

import platform
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib import metadata
from pathlib import Path

PACKAGE = "stemcareers"
LIBRARY = Path(__file__).resolve().parent
PLAIN = re.compile(r"^[ \t]*import[ \t]+(.+)", re.MULTILINE)
FROM = re.compile(r"^[ \t]*from[ \t]+(\.*)([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|.+)", re.MULTILINE)
NAME = re.compile(r"\b[A-Za-z_]\w*")
COMMENT = re.compile(r"#.*")
ON_DEMAND = re.compile(r"^def __getattr__\(", re.MULTILINE)
SHOWN_PACKAGES = (
    "snakemake",
    "pandas",
    "numpy",
    "scipy",
    "pyarrow",
    "pyreadstat",
    "pydantic",
    "matplotlib",
    "typst",
    "papermill",
    "nbconvert",
)


def code(script: str | Path, also: str | None = None) -> list[str]:
    """The library files a script imports, directly or not, sorted; paths as seen from the working folder.

    also  a module that the script runs without importing it: what notebooks import.

    As inputs of the script's rule they make Snakemake run it again when one of them changes, and only then.
    Found by reading the import statements, also those inside functions; nothing is imported. Statements are found by
    their form, twenty times faster than by parsing; one quoted in a docstring counts too, which costs a rerun at most.
    A package whose `__init__` imports on demand counts whole, and so do the templates and style sheets of a package.
    """
    found: set[Path] = set()
    waiting = [*_imported(Path(script)), *(_files_of(also) if also else ())]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imported(path)
    return sorted(_from_here(path) for path in found)


@cache
def _imported(path: Path) -> tuple[Path, ...]:
    """The files of our package that one file imports; for a package's `__init__`, also its data files."""
    if path.suffix != ".py":
        return ()
    text = path.read_text(encoding="utf-8")
    files = [file for name in _names(text, path) for file in _files_of(name)]
    if path.name == "__init__.py" and path.parent != LIBRARY:
        files += [p for p in path.parent.rglob("*") if p.is_file() and _is_data(p)]
        if ON_DEMAND.search(text):
            files += path.parent.rglob("*.py")
    return tuple(dict.fromkeys(files))


def _names(text: str, path: Path) -> Iterator[str]:
    """Dotted names of our modules that a file's import statements may mean."""
    for match in PLAIN.finditer(text):
        names = (name.split(" as ")[0].strip() for name in match[1].split(","))
        yield from (name for name in names if name.split(".")[0] == PACKAGE)
    for match in FROM.finditer(text):
        base = match[2]
        if match[1]:
            parents = path.resolve().relative_to(LIBRARY.parent).parts[: -len(match[1])]
            base = ".".join([*parents, *([base] if base else [])])
        if base.split(".")[0] == PACKAGE:
            yield base
            yield from (f"{base}.{name}" for name in NAME.findall(COMMENT.sub("", match[3])))


def _files_of(name: str) -> Iterator[Path]:
    """The file of a module, or of a package and of the packages it lies in; nothing where a name is no module."""
    parts = name.split(".")[1:]
    folder = LIBRARY
    for depth, part in enumerate(parts):
        if (folder / part / "__init__.py").is_file():
            folder = folder / part
            yield folder / "__init__.py"
        elif depth == len(parts) - 1 and (folder / f"{part}.py").is_file():
            yield folder / f"{part}.py"


def _is_data(path: Path) -> bool:
    return path.suffix not in {".py", ".pyc"} and not path.name.startswith(".")


def _from_here(path: Path) -> str:
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


def versions() -> dict[str, str]:
    """Python and the packages the numbers depend on, with the versions at work."""
    found = {"python": platform.python_version()}
    for package in SHOWN_PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def package() -> dict[str, str]:
    """The package's own name, version, licence and the versions of Python it takes, as it is installed."""
    about = metadata.metadata(PACKAGE)
    keys = {"name": "Name", "version": "Version", "licence": "License-Expression", "python": "Requires-Python"}
    told = {name: about.get(key) or "" for name, key in keys.items()}
    bounds = sorted(told["python"].split(","), reverse=True)
    return {**told, "python": " ".join(one.replace(">=", "from ").replace("<", "to before ") for one in bounds)}


def commit() -> str:
    """The commit of the code at work, with a word where files differ from it; `unknown` outside a repository."""

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(LIBRARY), *words], capture_output=True, text=True, check=True, timeout=20
        ).stdout.strip()

    try:
        head = git("rev-parse", "--short=12", "HEAD")
        changed = git("status", "--porcelain", "--untracked-files=no")
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return f"{head}, with changes that are not committed" if changed else head
