"""Find and read config files: a study is a folder, everything in it a file whose name is its id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from stemcareers.config import vocabulary, yaml_file
from stemcareers.config.comparability import FILE as COMPARABILITY
from stemcareers.config.comparability import Comparability, read_comparability
from stemcareers.config.crosswalk import FILE as CROSSWALK
from stemcareers.config.crosswalk import Crossing, read_crosswalk
from stemcareers.config.entry import Entry, parse, read, salvaged
from stemcareers.config.instrument import Instrument
from stemcareers.config.plain import is_file_id
from stemcareers.config.population import Population, read_population
from stemcareers.config.project import Project
from stemcareers.config.published import Published, read_published
from stemcareers.config.recipe import Recipe
from stemcareers.config.shelf import Shelf
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
PUBLISHED = "published.csv"
POPULATIONS = "populations"
FILES = ("study.yaml", "items.csv", "answers.yaml", "scales.yaml")


def project(path: str | Path) -> Project:
    """config/project.yaml."""
    found: Project = _entry(Project, path)
    found._across = Path(path).with_name("synthesis.yaml").exists()
    return found


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
    found = sorted(p.name for p in visible(folder) if p.is_dir())
    if not found:
        raise Problem(folder.as_posix(), "holds no study; a study is a folder here (config/README.md)")
    return found


def visible(folder: Path) -> list[Path]:
    """What lies in a folder, sorted, without what editors and systems hide (`.DS_Store`, `.ipynb_checkpoints`)."""
    return sorted(p for p in folder.iterdir() if not p.name.startswith(".")) if folder.is_dir() else []


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
        return [p.stem for p in visible(self.path / folder) if p.suffix == ".yaml" and is_file_id(p.stem)]

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
    items: Shelf[Item]
    answers: Shelf[AnswerSet]
    scales: Shelf[Scale]
    instruments: Shelf[Instrument]
    waves: Shelf[Wave]
    specifications: Shelf[Specification]
    figures: Shelf[Figure]
    tables: Shelf[Table]
    reports: Shelf[Report]
    recipes: Shelf[Recipe] = field(default_factory=Shelf)
    published: dict[str, Published] = field(default_factory=dict)
    populations: Shelf[Population] = field(default_factory=Shelf)
    comparability: Comparability = field(default_factory=Comparability)
    crosswalk: list[Crossing] = field(default_factory=list)

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
    config, wrong = draft(study_id, root)
    if wrong:
        folder = StudyFolder(study_id, root).path
        raise Problems(Problem((folder / name).as_posix(), *lines) for name, lines in wrong.items())
    return config


def draft(study_id: str, root: Path = Path()) -> tuple[StudyConfig, dict[str, list[str]]]:
    """What can be read of a study's config, and the faults of each file by its name in the study's folder."""
    folder = StudyFolder(study_id, root)
    wrong: dict[str, list[str]] = {}

    def reading(name: str, reader: Callable[[Path], tuple[Any, list[str]]], instead: Any) -> Any:
        try:
            found, faults = reader(folder.path / name)
        except Problem as problem:
            found, faults = instead, list(problem.wrong)
        if faults:
            wrong[name] = faults
        return found

    single = {
        "study": reading("study.yaml", lambda path: read(Study, yaml_file.load(path)), None),
        "items": reading("items.csv", vocabulary.read_items, Shelf(closed=False)),
        "answers": reading("answers.yaml", vocabulary.read_answers, Shelf(closed=False)),
        "scales": reading("scales.yaml", vocabulary.read_scales, Shelf(closed=False)),
    }
    totals = {
        path.stem: reading(f"{POPULATIONS}/{path.name}", read_population, None)
        for path in visible(folder.path / POPULATIONS)
        if path.suffix == ".csv" and path.is_file() and is_file_id(path.stem)
    }
    readable = {name: one for name, one in totals.items() if one is not None}
    single["populations"] = Shelf(readable, unreadable=totals.keys() - readable.keys())
    if (folder.path / PUBLISHED).exists():
        single["published"] = reading(PUBLISHED, read_published, {})
    if (folder.path / COMPARABILITY).exists():
        single["comparability"] = reading(COMPARABILITY, read_comparability, salvaged(Comparability, {}))
    if (folder.path / CROSSWALK).exists():
        single["crosswalk"] = reading(CROSSWALK, read_crosswalk, [])
    many = {}
    for name, kind in FOLDERS.items():
        entries = {
            one: reading(f"{name}/{one}.yaml", lambda path, k=kind: read(k, yaml_file.load(path)), None)
            for one in folder.ids(name)
        }
        good = {one: entry for one, entry in entries.items() if entry is not None}
        many[name] = Shelf(good, unreadable=entries.keys() - good.keys())
    if not many["waves"]:  # no wave is a fault of its own, and no reason to call every wave unknown
        many["waves"] = Shelf(unreadable=many["waves"].unreadable, closed=False)
    return StudyConfig(id=study_id, recipes=many.pop("synthetic"), **single, **many), wrong


@dataclass(frozen=True)
class Wanted:
    """A raw file of a wave: what it is called, how it is known, where it can be had."""

    study: str
    wave: str
    file: str
    sha256: str
    address: str | None
    page: str | None
    how: str | None


def wanted_exports(root: Path = Path()) -> list[Wanted]:
    """The exports of all waves of all studies, each followed by its questionnaire file where it has one."""
    found = []
    for study_id in study_ids(root):
        folder = StudyFolder(study_id, root)
        for wave_id in folder.ids("waves"):
            found += wanted_by(study_id, wave_id, folder.entry("waves", wave_id))
    return found


def missing_exports(root: Path = Path()) -> list[Wanted]:
    """Those of `wanted_exports` that are not in data/raw/."""
    return [one for one in wanted_exports(root) if not (root / "data" / "raw" / one.study / one.file).is_file()]


def wanted_by(study_id: str, wave_id: str, its: Wave) -> list[Wanted]:
    """The export of a wave, followed by its questionnaire file where it has one."""
    export, source = its.export, its.source
    found = [Wanted(study_id, wave_id, export.file, export.sha256, source.address, source.page, source.how)]
    if (form := export.questionnaire) is not None:
        found.append(Wanted(study_id, wave_id, form.file, form.sha256, form.address, source.page, source.how))
    return found
