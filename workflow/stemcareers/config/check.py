"""Read all of `config/` and hold it together: every id must exist where it is used. All faults at once."""

from __future__ import annotations

import ast
import json
from pathlib import Path

from stemcareers.config.checks import (
    analysis,
    comparing,
    fielding,
    folders,
    populations,
    published,
    showing,
    synthesis,
    vocabulary,
)
from stemcareers.config.comparability import FILE as COMPARABILITY
from stemcareers.config.compared import Gate
from stemcareers.config.crosswalk import FILE as CROSSWALK
from stemcareers.config.load import (
    CONFIG,
    FOLDERS,
    PUBLISHED,
    StudyConfig,
    StudyFolder,
    draft,
    project,
    study_ids,
    visible,
)
from stemcareers.config.project import Project
from stemcareers.config.recipe import recipe_faults
from stemcareers.config.synthesis import FILE as SYNTHESIS
from stemcareers.config.synthesis import draft_synthesis
from stemcareers.errors import Problem, Problems

NOTEBOOKS = Path("notebooks")


def project_or_problems(root: Path = Path(), notebooks: Path = NOTEBOOKS) -> tuple[Project, dict[str, StudyConfig]]:
    """The project and all its studies.

    Raises Problems with every fault of every config file at once.
    """
    problems: list[Problem] = []
    found: Project | None = None
    studies: dict[str, StudyConfig] = {}
    try:
        found = project(root / CONFIG / "project.yaml")
    except Problem as problem:
        problems.append(problem)
    strays = folders.project(root)
    problems += [Problem(path, *wrong) for path, wrong in strays.items()]
    try:
        ids = study_ids(root)
    except Problem as problem:
        ids = []
        problems.append(problem)
    for study_id in (one for one in ids if (root / CONFIG / "studies" / one).as_posix() not in strays):
        try:
            studies[study_id] = study_or_problems(study_id, root, notebooks)
        except Problems as several:
            problems += several.problems
    if across := _across(root, studies, ids):
        problems.append(Problem((root / SYNTHESIS).as_posix(), *across))
    if problems or found is None:
        raise Problems(problems)
    return found, studies


def _across(root: Path, studies: dict[str, StudyConfig], ids: list[str]) -> list[str]:
    """The faults of what is set side by side across the studies."""
    try:
        its, wrong = draft_synthesis(root)
    except Problem as problem:
        return list(problem.wrong)
    return [*wrong, *(synthesis.faults(its, studies, ids) if its is not None else ())]


def study_or_problems(study_id: str, root: Path = Path(), notebooks: Path = NOTEBOOKS) -> StudyConfig:
    """A study whose files agree with each other. Raises Problems with every fault of every file."""
    config, wrong = draft(study_id, root)
    parameters = {path.stem: _parameters(path) for path in visible(notebooks) if path.suffix == ".ipynb"}
    asked = fielding.asked(config)
    gate = Gate(config)
    specifications = {
        name: [*analysis.specification(config, name, asked), *comparing.specification(config, gate, name)]
        for name in config.specifications
    }
    made = {name: its for name, its in config.specifications.items() if its.whole and not specifications[name]}
    between_files = {
        "study.yaml": vocabulary.study(config),
        "items.csv": vocabulary.items(config),
        "scales.yaml": vocabulary.scales(config),
        COMPARABILITY: comparing.statements(config),
        CROSSWALK: dict.fromkeys(fielding.crosswalk(config)),
        PUBLISHED: published.published(config),
        **{
            f"instruments/{i}.yaml": [*fielding.instrument(config, i), *comparing.forms(config, i)]
            for i in config.instruments
        },
        **{f"populations/{i}.csv": populations.population(config, i) for i in config.populations},
        **{
            f"waves/{i}.yaml": [*fielding.wave(config, i), *comparing.wave(config, i), *populations.wave(config, i)]
            for i in config.waves
        },
        **{f"specifications/{i}.yaml": found for i, found in specifications.items()},
        **{f"figures/{i}.yaml": showing.figure(config, i, made) for i in config.figures},
        **{f"tables/{i}.yaml": showing.table(config, i, made) for i in config.tables},
        **{f"reports/{i}.yaml": showing.report(config, i, made, parameters) for i in config.reports},
        **{f"synthetic/{i}.yaml": recipe_faults(config, i) for i in config.recipes},
    }
    folder = StudyFolder(study_id, root)
    for path in visible(folder.path / "corrections"):
        if path.suffix == ".csv" and path.is_file():
            between_files[f"corrections/{path.name}"] = fielding.corrections(config, path)
    for name, found in between_files.items():
        wrong[name] = [*wrong.get(name, ()), *found]
    for name, found in folders.study(study_id, root).items():
        wrong[name] = found  # a file of the wrong name has no other faults, as it is not read
    if not config.waves and not config.waves.unreadable:
        wrong["waves"] = ["holds no wave; add waves/<wave>.yaml (config/README.md says what it holds)"]
    problems = [Problem((folder.path / name).as_posix(), *wrong[name]) for name in _in_order(wrong) if wrong[name]]
    if problems:
        raise Problems(problems)
    return config


def _in_order(names: dict[str, list[str]]) -> list[str]:
    """The study's own files first, then folder by folder in the order in which one rests on the other."""
    places = ["study.yaml", "items.csv", "answers.yaml", "scales.yaml", COMPARABILITY, CROSSWALK, *FOLDERS]

    def place(name: str) -> tuple[int, str]:
        first = name.split("/")[0]
        return (places.index(first) if first in places else len(places), name)

    return sorted(names, key=place)


def _parameters(path: Path) -> list[str] | None:
    """The names a notebook's cell tagged `parameters` sets; None where it cannot be read."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        tagged = [cell for cell in cells if "parameters" in cell["metadata"].get("tags", [])]
        lines = ast.parse("".join(tagged[0]["source"])).body
        return [target.id for line in lines if isinstance(line, ast.Assign) for target in line.targets]
    except (OSError, ValueError, KeyError, IndexError, SyntaxError, AttributeError, TypeError):
        return None
