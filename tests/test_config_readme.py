"""`config/README.md` names every key and no other; its defaults, values and examples are those of the models."""

from __future__ import annotations

import re
import shutil
import types
import typing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import annotated_types
import pytest
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from stemcareers import config
from stemcareers.config import load, vocabulary, yaml_file
from stemcareers.config.comparability import Comparability
from stemcareers.config.entry import Entry, _good
from stemcareers.config.population import Total
from stemcareers.config.project import Project
from stemcareers.config.published import Correction, Published
from stemcareers.config.study import Study

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "config" / "README.md").read_text(encoding="utf-8")
MODELS: dict[str, type[Entry]] = {
    "project.yaml": Project,
    "synthesis.yaml": config.Synthesis,
    "study.yaml": Study,
    "items.csv": vocabulary.Item,
    "answers.yaml": vocabulary.AnswerSet,
    "scales.yaml": vocabulary.Scale,
    "published.csv": Published,
    "comparability.yaml": Comparability,
    "crosswalk.csv": config.Crossing,
    "corrections/<wave>.csv": Correction,
    "populations/<id>.csv": Total,
    **{f"{name}/{'<wave>' if name in {'waves', 'synthetic'} else '<id>'}.yaml": m for name, m in load.FOLDERS.items()},
}
OF_ENTRIES = {"answers.yaml": "<set>.", "scales.yaml": "<scale>."}
LOOKS = ("ge", "gt", "le", "lt")


@dataclass(frozen=True)
class Row:
    """One row of a table of keys."""

    key: str
    values: str
    default: str
    example: str


def tables() -> dict[str, list[Row]]:
    """The rows of the table under every heading that names a file."""
    found: dict[str, list[Row]] = {}
    name = ""
    for line in README.splitlines():
        if heading := re.fullmatch(r"### `(.+)`", line):
            name = heading[1]
            found[name] = []
        elif name and line.startswith("| `"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            assert len(cells) == 5, line
            found[name].append(Row(cells[0].strip("`"), *cells[2:]))
    return found


TABLES = tables()


def inside(annotation: Any) -> type[Entry] | None:
    """The entry that stands inside an annotation, if any."""
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return annotation
    return next((found for part in typing.get_args(annotation) if (found := inside(part))), None)


def step(field: FieldInfo) -> str:
    """How a key goes on inside a field: `[]` for a list, `.<x>` for a mapping of entries."""
    kinds = [typing.get_origin(part) for part in (field.annotation, *typing.get_args(field.annotation))]
    return "[]" if list in kinds else ".<x>" if dict in kinds else ""


def keys(model: type[Entry], before: str = "", told: frozenset[type] = frozenset()) -> dict[str, FieldInfo]:
    """Every key of a model by its path; a model that stands twice in a file is told once."""
    found: dict[str, FieldInfo] = {}
    seen = set(told)
    for name in sorted(model.model_fields, key=lambda n: n == "summary" and model is load.Report):
        field = model.model_fields[name]
        found[before + name] = field
        entry = inside(field.annotation)
        if entry is not None and entry not in seen:
            seen.add(entry)
            deeper = keys(entry, f"{before}{name}{step(field)}.", frozenset(seen))
            seen |= {inside(f.annotation) for f in deeper.values()}
            found |= deeper
    return found


def plain(key: str) -> str:
    return re.sub(r"<[a-z]+>", "<x>", key)


@pytest.mark.parametrize("name", MODELS)
def test_every_key_has_a_row_and_every_row_a_key(name: str) -> None:
    prefix = plain(OF_ENTRIES.get(name, ""))
    assert {plain(row.key) for row in TABLES[name]} == {prefix + key for key in keys(MODELS[name])}
    assert len({row.key for row in TABLES[name]}) == len(TABLES[name]), "a key stands twice"


def test_every_file_has_a_table() -> None:
    assert set(TABLES) == set(MODELS)


def rows_with_fields() -> list[Any]:
    found = []
    for name, rows in TABLES.items():
        fields = keys(MODELS[name])
        prefix = plain(OF_ENTRIES.get(name, ""))
        for row in rows:
            field = fields.get(plain(row.key).removeprefix(prefix))
            if field is not None:
                found.append(pytest.param(name, row, field, id=f"{name} {row.key}"))
    return found


@pytest.mark.parametrize(("name", "row", "field"), rows_with_fields())
def test_its_default_is_the_model_s(name: str, row: Row, field: FieldInfo) -> None:
    if field.is_required():
        assert row.default == ""
        return
    default = field.get_default(call_default_factory=True)
    if default is None or default == "" or default in ([], {}) or isinstance(default, Entry):
        assert row.default == "none"
        return
    shown = "[all]" if default == ["all"] else str(default).lower() if isinstance(default, bool) else str(default)
    assert row.default == f"`{shown}`"


def literals(annotation: Any) -> list[str]:
    if typing.get_origin(annotation) is Literal:
        return list(typing.get_args(annotation))
    return [word for part in typing.get_args(annotation) for word in literals(part)]


@pytest.mark.parametrize(("name", "row", "field"), rows_with_fields())
def test_its_values_are_the_model_s(name: str, row: Row, field: FieldInfo) -> None:
    words = re.findall(r"`([^`]+)`", row.values)
    if allowed := literals(field.annotation):
        assert sorted(words) == sorted(allowed)
    kind = field.annotation
    if typing.get_origin(kind) in {typing.Union, types.UnionType}:
        kind = next(part for part in typing.get_args(kind) if part is not type(None))
    if kind is bool:
        assert words == ["true", "false"]
    if kind is int:
        assert "whole number" in row.values
    if kind is float:
        assert "number" in row.values
        assert "whole" not in row.values
    if typing.get_origin(kind) is list:
        assert "list" in row.values
    if typing.get_origin(kind) is dict or inside(kind) is kind is not None:
        assert "mapping" in row.values
    bounds = {look: getattr(limit, look) for limit in field.metadata for look in LOOKS if hasattr(limit, look)}
    ends = {"ge": "{:g} or more", "gt": "more than {:g}", "le": "{:g} or less", "lt": "less than {:g}"}
    for look, limit in bounds.items():
        assert ends[look].format(limit) in row.values
    for limit in field.metadata:
        if isinstance(limit, annotated_types.MinLen):
            assert f"{limit.min_length} or more" in row.values or f"of {limit.min_length} days" in row.values


@pytest.mark.parametrize(("name", "row", "field"), rows_with_fields())
def test_its_example_is_read(name: str, row: Row, field: FieldInfo, tmp_path: Path) -> None:
    example = row.example.strip("`")
    if name.endswith(".csv"):
        value: Any = example
    else:
        path = tmp_path / "example.yaml"
        path.write_text(f"value: {example}\n", encoding="utf-8")
        value = yaml_file.load(path)["value"]
    key = row.key.rpartition(".")[2]
    owner = next((model for model in _owners(MODELS[name]) if model.model_fields.get(key) is field), None)
    assert owner is not None
    value = owner.opened({key: value})[key]
    read = _good(field.annotation, field.metadata, value)
    assert read is not PydanticUndefined
    assert _wholly_read(read)
    if typing.get_origin(field.annotation) in {list, dict}:
        assert len(read) == len(value), "an entry of the example is not read"


def _owners(model: type[Entry]) -> list[type[Entry]]:
    found = [model]
    for field in model.model_fields.values():
        entry = inside(field.annotation)
        if entry is not None and entry is not model:
            found += _owners(entry)
    return found


def _wholly_read(value: Any) -> bool:
    if isinstance(value, Entry):
        return value.whole
    if isinstance(value, dict):
        return all(map(_wholly_read, value.values()))
    return all(map(_wholly_read, value)) if isinstance(value, list) else True


def blocks() -> list[tuple[str, str]]:
    """The worked examples: the line that says where each belongs, and its content."""
    found = []
    for kind, text in re.findall(r"```(yaml|csv)\n(.*?)```", README, flags=re.DOTALL):
        first, _, rest = text.partition("\n")
        assert first.startswith("# "), f"a {kind} example does not say where it belongs"
        found.append((first.removeprefix("# "), rest))
    return found


def test_the_worked_examples_load(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    study = tmp_path / "config/studies/stem-provision-england"
    added = []
    for place, content in blocks():
        path = study / place.removeprefix("added to ")
        path.parent.mkdir(exist_ok=True)
        if place.startswith("added to "):
            content = path.read_text(encoding="utf-8") + "\n" + content
        else:
            assert not path.exists(), f"{place} is there already"
        path.write_text(content, encoding="utf-8")
        added.append(place)
    _, studies = config.project_or_problems(tmp_path, ROOT / "notebooks")
    england = studies["stem-provision-england"]
    assert {"2025", "2026"} <= set(england.waves)
    assert "oversight" in england.scales
    assert england.reports["oversight"].figures() == ["oversight"]
    assert "oversight" in config.synthesis(tmp_path / "config/synthesis.yaml").features
    assert len(added) == 12


def test_links_lead_somewhere() -> None:
    headings = re.findall(r"^#+ (.+)$", README, flags=re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(#([^)]+)\)", README)
    assert links
    assert set(links) <= anchors
