"""Find and read config files: a study is a folder, everything in it a file whose name is its id."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from stemcareers.config import vocabulary, yaml_file
from stemcareers.config.entry import FILE_ID, Entry, parse
from stemcareers.config.instrument import Instrument
from stemcareers.config.project import Project
from stemcareers.config.recipe import Recipe
from stemcareers.config.shown import Figure, Report, Table
from stemcareers.config.specification import Specification
from stemcareers.config.study import Study
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.config.wave import Wave
from stemcareers.errors import Problem, Problems

CONFIG = Path("config")
FOLDERS: dict[str, type[Entry]] = {
    "instruments": Instrument,
    "waves": Wave,
    "specifications": Specification,
    "figures": Figure,
    "tables": Table,
    "reports": Report,
    "synthetic": Recipe,
}
FILES = ("study.yaml", "items.csv", "answers.yaml", "scales.yaml")


def project(path: str | Path) -> Project:
    """config/project.yaml."""
    return _entry(Project, path)


def study(path: str | Path) -> Study:
    """A study.yaml."""
    return _entry(Study, path)


def instrument(path: str | Path) -> Instrument:
    """A questionnaire."""
    return _entry(Instrument, path)


def wave(path: str | Path) -> Wave:
    """A wave."""
    return _entry(Wave, path)


def specification(path: str | Path) -> Specification:
    """A specification."""
    return _entry(Specification, path)


def figure(path: str | Path) -> Figure:
    """A figure."""
    return _entry(Figure, path)


def table(path: str | Path) -> Table:
    """A table."""
    return _entry(Table, path)


def report(path: str | Path) -> Report:
    """A report page."""
    return _entry(Report, path)


def recipe(path: str | Path) -> Recipe:
    """How a made-up export is drawn."""
    return _entry(Recipe, path)


def items(path: str | Path) -> dict[str, Item]:
    """An items.csv: items by id."""
    return vocabulary.items(Path(path))


def answers(path: str | Path) -> dict[str, AnswerSet]:
    """An answers.yaml: answer sets by id."""
    return vocabulary.answers(Path(path))


def scales(path: str | Path) -> dict[str, Scale]:
    """A scales.yaml: scales by id."""
    return vocabulary.scales(Path(path))


def _entry(kind: type[Any], path: str | Path) -> Any:
    return parse(kind, yaml_file.load(Path(path)), Path(path).as_posix())


def study_ids(root: Path = Path()) -> list[str]:
    """The studies of a project: the folders in config/studies/, sorted."""
    folder = root / CONFIG / "studies"
    found = sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []
    if not found:
        raise Problem(folder.as_posix(), "holds no study; a study is a folder here (config/README.md)")
    return found


@dataclass(frozen=True)
class StudyFolder:
    """The paths of one study's config, found by listing its folder; nothing is read before it is asked for."""

    id: str
    root: Path = field(default_factory=lambda: Path())

    @property
    def path(self) -> Path:
        return self.root / CONFIG / "studies" / self.id

    def file(self, name: str) -> Path:
        """study.yaml, items.csv, answers.yaml or scales.yaml."""
        return self.path / name

    def ids(self, folder: str) -> list[str]:
        """The ids in one of the study's folders, sorted."""
        return sorted(p.stem for p in (self.path / folder).glob("*.yaml"))

    def entry(self, folder: str, name: str) -> Any:
        """One entry, read."""
        return _entry(FOLDERS[folder], self.path / folder / f"{name}.yaml")


@dataclass(frozen=True)
class Vocabulary:
    """What words mean in a study: its items, answer sets and scales."""

    items: dict[str, Item]
    answers: dict[str, AnswerSet]
    scales: dict[str, Scale]

    def answer_set(self, item: str) -> AnswerSet:
        """The answers an item accepts."""
        return self.answers[self.items[item].answers]

    def is_categorical(self, variable: str) -> bool:
        """True for an item with categories; false for a number or a scale."""
        return variable in self.items and self.answer_set(variable).is_categorical


@dataclass(frozen=True)
class StudyConfig:
    """Everything a study's folder says, read and checked one by one (check.py holds it together)."""

    id: str
    study: Study
    items: dict[str, Item]
    answers: dict[str, AnswerSet]
    scales: dict[str, Scale]
    instruments: dict[str, Instrument]
    waves: dict[str, Wave]
    specifications: dict[str, Specification]
    figures: dict[str, Figure]
    tables: dict[str, Table]
    reports: dict[str, Report]
    recipes: dict[str, Recipe] = field(default_factory=dict)

    @cached_property
    def synthetic(self) -> bool:
        """True where any wave is made up."""
        return any(w.synthetic for w in self.waves.values())

    def answer_set(self, item: str) -> AnswerSet:
        """The answers an item accepts."""
        return self.answers[self.items[item].answers]


def everything(study_id: str, root: Path = Path()) -> StudyConfig:
    """A study's whole config.

    Raises Problems: every fault of every file of the study, together.
    """
    folder = StudyFolder(study_id, root)
    problems: list[Problem] = []
    read = _collector(problems)
    single = {
        "study": read(study, folder.file("study.yaml")),
        "items": read(items, folder.file("items.csv")),
        "answers": read(answers, folder.file("answers.yaml")),
        "scales": read(scales, folder.file("scales.yaml")),
    }
    many: dict[str, dict[str, Any]] = {}
    for name, kind in FOLDERS.items():
        many[name] = {}
        for path in sorted((folder.path / name).glob("*.y*ml")):
            if path.suffix != ".yaml" or not re.match(FILE_ID, path.stem):
                problems.append(
                    Problem(
                        path.as_posix(),
                        "the file's name is its id: small letters, digits and '-', ending in .yaml, "
                        "for example '2025-spring.yaml'",
                    )
                )
                continue
            many[name][path.stem] = read(lambda p, k=kind: _entry(k, p), path)
    if not many["waves"]:
        problems.append(Problem((folder.path / "waves").as_posix(), "holds no wave; add waves/<wave>.yaml"))
    if problems:
        raise Problems(problems)
    return StudyConfig(id=study_id, recipes=many.pop("synthetic"), **single, **many)


def _collector(problems: list[Problem]) -> Callable[[Callable[[Path], Any], Path], Any]:
    def read(reader: Callable[[Path], Any], path: Path) -> Any:
        try:
            return reader(path)
        except Problem as problem:
            problems.append(problem)
            return None

    return read


@dataclass(frozen=True)
class Wanted:
    """A wave's export: what it is called, how it is known, where it can be had."""

    study: str
    wave: str
    file: str
    sha256: str
    address: str | None
    page: str | None
    how: str | None


def wanted_exports(root: Path = Path()) -> list[Wanted]:
    """The exports of all waves of all studies."""
    found = []
    for study_id in study_ids(root):
        folder = StudyFolder(study_id, root)
        for wave_id in folder.ids("waves"):
            w = folder.entry("waves", wave_id)
            found.append(
                Wanted(study_id, wave_id, w.export.file, w.export.sha256, w.source.address, w.source.page, w.source.how)
            )
    return found
