"""The lock, the conda environment and the Makefile agree; the set-up is done once, and done over if it broke off."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINS = dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", LOCK, re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ASKED = [
    Requirement(words)
    for group in (PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values())
    for words in group
    if not words.startswith("snakemake-executor-plugin-slurm")
]


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """workflow/environment.py, with a project folder of its own and every command it runs noted, not run."""
    spec = importlib.util.spec_from_file_location("environment", ROOT / "workflow" / "environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in ("VENV", "LOCK", "PROJECT", "CONDA", "STAMP", "PYTHON"):
        monkeypatch.setattr(module, name, tmp_path / getattr(module, name).relative_to(ROOT))
    module.LOCK.write_text(LOCK)
    module.PROJECT.write_text("[project]\n")
    module.ran = []

    def note(command, **_):
        module.ran.append([Path(word).name for word in command])
        if "venv" in command:
            module.PYTHON.parent.mkdir(parents=True)
            module.PYTHON.touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(module.subprocess, "run", note)
    monkeypatch.setattr(module, "_run_counting", note)
    monkeypatch.setattr(module.shutil, "which", lambda _: None)
    return module


def installed(environment) -> list[str]:
    """What the noted install commands ended with, forgetting them."""
    ended = [command[-1] for command in environment.ran if "install" in command]
    environment.ran.clear()
    return ended


def test_every_package_of_the_lock_has_hashes():
    entries = re.findall(r"^[a-z0-9].*\n(?: .*\n)*", LOCK, re.MULTILINE)
    assert len(entries) == len(PINS) > 100
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert re.sub(r"^( |[a-z0-9][a-z0-9._-]*==).*\n", "", LOCK, flags=re.MULTILINE) == ""  # and there is nothing else


def test_the_lock_names_no_registry_and_no_path():
    # A pin, a marker, a hash, or a comment saying which package asks: no address has room in it.
    assert (
        re.search(r"://|^-|@|index-url|find-links|\.\./|file:|#\s*from|(?<!via )(?<!\w)/\w", LOCK, re.MULTILINE) is None
    )


def test_the_lock_holds_what_the_project_asks_for():
    wrong = [str(asked) for asked in ASKED if PINS.get(asked.name.lower()) not in asked.specifier]
    assert wrong == []


def test_the_lock_is_for_every_system():
    for package, system in (("pywinpty", "nt"), ("appnope", "darwin"), ("pexpect", "win32")):
        assert re.search(rf"^{package}==\S+ ; .*'{system}'", LOCK, re.MULTILINE), package


def test_environment_yml_has_the_versions_of_the_lock():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    by_pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    pinned = dict(entry.split("==") for entry in [*listed, *by_pip] if isinstance(entry, str) and "==" in entry)
    assert pinned == {asked.name.lower(): PINS[asked.name.lower()] for asked in ASKED}
    assert [entry for entry in listed if isinstance(entry, str) and "==" not in entry] == ["python >=3.11,<3.14", "pip"]
    assert by_pip[-1] == "-e ."


def test_make_lock_would_write_this_environment_yml(environment):
    environment.PROJECT.write_bytes((ROOT / "pyproject.toml").read_bytes())
    assert environment.conda() == (ROOT / "environment.yml").read_text(encoding="utf-8")


def test_the_environment_is_made_once(environment):
    environment.make()
    assert environment.ran[0] == [Path(getattr(sys, "_base_executable", sys.executable)).name, "-m", "venv", ".venv"]
    assert installed(environment) == ["build.txt", "requirements.lock", ROOT.name]
    assert (environment.VENV / "build.txt").read_text().startswith(f"setuptools=={PINS['setuptools']} \\\n    --hash=")
    environment.make()
    assert environment.ran == []


def test_touched_files_are_no_reason_but_changed_ones_are(environment):
    environment.make()
    installed(environment)
    environment.LOCK.touch()
    environment.make()
    assert environment.ran == []
    environment.PROJECT.write_text("[project]\nname = 'x'\n")
    environment.make()
    assert installed(environment) == [ROOT.name]
    environment.LOCK.write_text(LOCK + "# changed\n")
    environment.make()
    assert installed(environment) == ["build.txt", "requirements.lock", ROOT.name]


def test_a_set_up_that_broke_off_starts_over(environment, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(environment, "_compile", interrupted)
        environment.make()
    (environment.VENV / "half").touch()
    installed(environment)
    environment.make()
    assert installed(environment) == ["build.txt", "requirements.lock", ROOT.name]
    assert not (environment.VENV / "half").exists()


def test_uv_is_used_where_it_is(environment, monkeypatch):
    monkeypatch.setattr(environment.shutil, "which", lambda _: "/bin/uv")
    environment.make()
    assert {command[0] for command in environment.ran[:-1]} == {"uv"}
    assert "--require-hashes" in environment.ran[1]


@pytest.mark.parametrize("version", [(3, 10, 12), (3, 14, 0)])
def test_other_pythons_are_refused(environment, monkeypatch, version):
    monkeypatch.setattr(environment.sys, "version_info", version)
    with pytest.raises(SystemExit) as end:
        environment.make()
    assert end.value.code == (f"Python 3.11, 3.12 or 3.13 is needed; {sys.executable} is {sys.version.split()[0]}.")
    assert environment.ran == []


def make(*words: str) -> subprocess.CompletedProcess:
    return subprocess.run(["make", "--no-print-directory", *words], cwd=ROOT, capture_output=True, text=True)


def test_make_alone_lists_every_command_a_person_types():
    listed = re.findall(r"^make (\S+) +(\S.*)$", make().stdout, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert sorted(name for name, _ in listed) == sorted(set(phony) - {"environment", "style", "layers", "behaviour"})


def test_make_says_which_python_it_needs():
    refused = make("environment", "PYTHON=")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[0] == (
        "Python 3.11, 3.12 or 3.13 with its venv module is needed, and was not found. "
        "On Debian or Ubuntu: apt install python3 python3-venv"
    )


@pytest.mark.parametrize("profile", ["local", "slurm"])
def test_profiles_hold_options_snakemake_knows(profile):
    from snakemake.cli import get_argument_parser

    options = yaml.safe_load((ROOT / "workflow" / "profiles" / profile / "config.yaml").read_text(encoding="utf-8"))
    assert set(options) <= {action.dest.replace("_", "-") for action in get_argument_parser()._actions}
