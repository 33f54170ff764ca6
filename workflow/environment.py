"""Make `.venv` from the lock, once; or make the lock anew. Standard library only: it runs before anything is there.

python workflow/environment.py                  .venv, unless it is there and made from this lock
python workflow/environment.py lock [--upgrade] requirements.lock and environment.yml from pyproject.toml (needs uv)
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
PROJECT = ROOT / "pyproject.toml"
CONDA = ROOT / "environment.yml"
STAMP = VENV / "made-from"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
EXTRAS = ("build", "lab", "test")
ONLY_PIP = (  # conda-forge has none of them
    *("axe-playwright-python", "playwright", "snakemake", "snakemake-interface-logger-plugins", "typst"),
)


def make() -> None:
    """Leave a complete `.venv`, stamped with what it was made from; one that was interrupted has no stamp."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        sys.exit(f"Python 3.11, 3.12 or 3.13 is needed; {sys.executable} is {sys.version.split()[0]}.")
    lock, project = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (LOCK, PROJECT))
    made_from = STAMP.read_text().split() if STAMP.exists() and PYTHON.exists() else []
    if made_from == [lock, project]:
        return
    STAMP.unlink(missing_ok=True)
    if made_from[:1] != [lock] or not _installer():
        _install_lock()
    _install("--no-deps", "-e", str(ROOT))
    _compile(VENV, ROOT / "workflow")
    STAMP.write_text(f"{lock}\n{project}\n")
    print(f"The environment is ready: {VENV.name}", flush=True)


def _install_lock() -> None:
    uv = shutil.which("uv")
    print(f"Setting up {VENV.name} with {'uv' if uv else 'pip'}: once, a minute or two.", flush=True)
    if VENV.is_symlink():
        VENV.unlink()
    elif VENV.exists():
        shutil.rmtree(VENV)
    python = getattr(sys, "_base_executable", sys.executable)  # not the one of the .venv just removed
    _run([uv, "venv", "--quiet", "--python", python, str(VENV)] if uv else [python, "-m", "venv", str(VENV)])
    # One old package comes as source only: the tool that builds it is taken from the lock too, before the rest.
    build = VENV / "build.txt"
    build.write_text(next(entry for entry in _entries() if entry.startswith("setuptools==")), encoding="utf-8")
    # The lock is complete; and some versions of pip, left to look for themselves, come upon others than it pins.
    for file in (build, LOCK):
        _install("--no-deps", "--require-hashes", "-r", str(file))


def _install(*what: str) -> None:
    if shutil.which("uv"):
        _run([*_installer(), "--quiet", "--python", str(PYTHON), *what])
    else:
        _run_counting([*_installer(), "--disable-pip-version-check", "--no-input", *what])


def _installer() -> list[str]:
    """The beginning of an install command; empty where a .venv made by uv has no pip and uv is gone."""
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--no-build-isolation"]
    pip = [str(PYTHON), "-m", "pip"]
    there = subprocess.run([*pip, "--version"], capture_output=True).returncode == 0
    return [*pip, "install", "--no-build-isolation"] if there else []


def _compile(*folders: Path) -> None:
    # uv does not compile, and PYTHONDONTWRITEBYTECODE may be set; without bytecode a job starts three times slower.
    # Some packages hold files for other Pythons, which do not compile: that is no fault.
    command = [str(PYTHON), "-m", "compileall", "-q", "-j", "0", *map(str, folders)]
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _run(command: list) -> None:
    if subprocess.run(command).returncode:
        sys.exit(f"Setting up {VENV.name} failed; the reason stands above.")


def _run_counting(command: list) -> None:
    """Run pip and show how many packages it has come to, instead of its many lines; show those if it fails."""
    terminal, total, seen, told = sys.stdout.isatty(), len(_entries()), 0, []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout:
            told.append(line)
            new = line.startswith(("Collecting ", "Processing "))
            seen += new
            if new and (terminal or seen % 20 == 0):
                print(f"  package {seen} of about {total}", end="  \r" if terminal else "\n", flush=True)
    if process.returncode:
        sys.exit("".join(told[-30:]) + f"Setting up {VENV.name} failed; pip's last words stand above.")


def lock(*options: str) -> None:
    """Pin every package that pyproject.toml asks for, directly or not, with the hashes of its files."""
    uv = shutil.which("uv")
    if not uv:
        sys.exit("Making the lock needs uv (docs.astral.sh/uv); using it does not.")
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    command = [uv, "pip", "compile", PROJECT.name, *extras, "--universal", "--python-version", "3.11"]
    # The same version on every Python and system, where one exists: the same bytes everywhere.
    command += ["--fork-strategy", "fewest", "--generate-hashes", "--no-emit-index-url", "--no-header", "--quiet"]
    if subprocess.run([*command, "--output-file", LOCK.name, *options], cwd=ROOT).returncode:
        sys.exit("The lock was not made; the reason stands above.")
    CONDA.write_text(conda(), encoding="utf-8", newline="\n")
    print(f"{LOCK.name} and {CONDA.name} are new.")


def conda() -> str:
    """The text of environment.yml: every direct dependency in the lock's version, from conda-forge or by pip."""
    pins = {name: version for name, version in _pins().items() if name in direct()}
    lines = ["# The environment for conda users, in the versions of requirements.lock; `make lock` writes both."]
    lines += ["name: stemcareers", "channels:", "  - conda-forge", "  - nodefaults", "dependencies:"]
    lines += ["  - python >=3.11,<3.14", "  - pip"]
    lines += [f"  - {name}=={version}" for name, version in pins.items() if name not in ONLY_PIP]
    lines += ["  - pip:", *(f"      - {name}=={pins[name]}" for name in ONLY_PIP), "      - -e ."]
    return "\n".join(lines) + "\n"


def direct() -> set[str]:
    """The names of the packages that pyproject.toml asks for by itself."""
    import tomllib

    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    asked = [*project["dependencies"], *(word for extra in EXTRAS for word in project["optional-dependencies"][extra])]
    return {re.match(r"[A-Za-z0-9._-]+", word)[0].lower() for word in asked}


def _entries() -> list[str]:
    """The blocks of the lock, one per package: its pin, its hashes, what asks for it."""
    return re.findall(r"^[A-Za-z0-9].*\n(?:[ ].*\n)*", LOCK.read_text(encoding="utf-8"), re.MULTILINE)


def _pins() -> dict[str, str]:
    return dict(re.match(r"([^=]+)==([^ ;]+)", entry).groups() for entry in _entries())


if __name__ == "__main__":
    try:
        lock(*sys.argv[2:]) if sys.argv[1:2] == ["lock"] else make()
    except KeyboardInterrupt:
        sys.exit("\nStopped; the next command starts the set-up over.")
