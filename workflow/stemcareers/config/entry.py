"""What every config entry has in common: unknown keys are refused, and faults are told in plain words."""

from __future__ import annotations

import types
import typing
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from stemcareers.errors import Problem, did_you_mean

FILE_ID = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
COLUMN_ID = r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$"

FileId = Annotated[str, StringConstraints(pattern=FILE_ID)]
ColumnId = Annotated[str, StringConstraints(pattern=COLUMN_ID)]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


T = TypeVar("T", bound="Entry")


class Entry(BaseModel):
    """A mapping in a config file. Frozen; unknown keys are an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def parse(kind: type[T], content: dict[Any, Any], where: str, **known: Any) -> T:
    """The entry, or a Problem naming every fault of the mapping at once."""
    try:
        return kind.model_validate({**content, **known})
    except ValidationError as error:
        raise Problem(where, *dict.fromkeys(sentence(kind, e) for e in error.errors())) from None


def sentence(kind: type[Entry], error: Any) -> str:
    """One fault in plain words: the path of the key, what is wrong, and what was meant if that can be guessed."""
    place, fault, given = error["loc"], error["type"], error.get("input")
    path = ".".join(str(part) for part in place if not _is_type_name(part)) or "the file"
    if fault == "extra_forbidden":
        keys = _keys_at(kind, place[:-1])
        hint = did_you_mean(str(place[-1]), keys)
        return f"{path}: is not a key here{hint or '; known keys: ' + ', '.join(sorted(keys))}"
    if fault == "missing":
        return f"{path}: is missing{_meaning(kind, place)}"
    if fault == "string_pattern_mismatch":
        separator = "_" if "_" in error["ctx"]["pattern"] else "-"
        return (
            f"{path}: '{given}' is not an id; use small letters and digits, joined by '{separator}', "
            f"for example 'careers{separator}leader'"
        )
    if fault in {"string_type", "string_sub_type"}:
        return f"{path}: {given!r} is not text; put it in quotes if it is meant as a name"
    if fault in {"literal_error", "enum"}:
        return f"{path}: '{given}' is not known here; use {error['ctx']['expected']}"
    if fault in {"value_error", "assertion_error"}:
        return f"{path}: {error['ctx']['error']}"
    message = error["msg"].removeprefix("Input ")
    return f"{path}: {message[0].lower() + message[1:]}" + (
        f" (found {given!r})" if isinstance(given, str | int | float) else ""
    )


def _is_type_name(part: Any) -> bool:
    # pydantic puts the name of the alternative it tried into the path of a union; nobody wrote that key.
    return isinstance(part, str) and (part[:1].isupper() and part.isalnum() or "[" in part or part in {"str", "int"})


def _keys_at(kind: Any, place: tuple[Any, ...]) -> list[str]:
    models = _models_at(kind, place)
    return sorted({name for model in models for name in model.model_fields})


def _meaning(kind: type[Entry], place: tuple[Any, ...]) -> str:
    for model in _models_at(kind, place[:-1]):
        field = model.model_fields.get(str(place[-1]))
        if field is not None and field.description:
            return f" ({field.description})"
    return ""


def _models_at(kind: Any, place: tuple[Any, ...]) -> list[type[BaseModel]]:
    """The models that may stand at a path inside `kind`: unions give several."""
    found = _models_in(kind)
    for part in place:
        if _is_type_name(part):
            narrowed = [m for m in found if m.__name__ == part]
            found = narrowed or found
            continue
        deeper: list[type[BaseModel]] = []
        for model in found:
            field = model.model_fields.get(str(part))
            if field is not None:
                deeper += _models_in(field.annotation)
        # A number or a free key is an element of a list or dict, whose models were already opened up.
        found = deeper or found
    return found


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    if typing.get_origin(annotation) in {typing.Union, types.UnionType, list, dict, tuple, Annotated}:
        return [m for part in typing.get_args(annotation) for m in _models_in(part)]
    return []


def relative(path: Path, root: Path) -> str:
    """A path as messages show it: from the project's folder, with forward slashes."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()
