"""What every config entry has in common: unknown keys are refused, and all faults are told at once in plain words."""

from __future__ import annotations

import types
import typing
from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, PrivateAttr, TypeAdapter, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from stemcareers.config.plain import shown
from stemcareers.errors import Problem, did_you_mean, listed

T = TypeVar("T", bound="Entry")
KEY = "[key]"  # pydantic's last step in the path of a mapping's key


class Entry(BaseModel):
    """A mapping in a config file. Frozen; unknown keys are an error; a word is never taken for a number."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
    # False where some keys were faulty and are blank here: then nothing may be concluded from what is absent.
    _whole: bool = PrivateAttr(default=True)

    @property
    def whole(self) -> bool:
        """False for what could be read of a faulty mapping."""
        return self._whole

    @classmethod
    def opened(cls, content: dict[Any, Any]) -> dict[Any, Any]:
        """The mapping with its short forms written out."""
        return content

    def faults(self) -> Iterable[str]:
        """What does not go together within this entry, each as 'key: sentence'."""
        return ()

    @model_validator(mode="before")
    @classmethod
    def _open(cls, content: Any) -> Any:
        return cls.opened(content) if isinstance(content, dict) else content

    @model_validator(mode="after")
    def _holds_together(self: T) -> T:
        if wrong := list(self.faults()):
            raise Faults(*wrong)
        return self


class Faults(ValueError):
    """What does not go together within an entry: one 'key: sentence' each."""


def twice(entry: Entry, *keys: str) -> Iterable[str]:
    """A sentence for each word that stands more than once in one of the entry's lists."""
    for key in keys:
        for word, times in Counter(getattr(entry, key)).items():
            if times > 1:
                yield f"{key}: '{word}' stands twice; keep one"


def parse(kind: type[T], content: dict[Any, Any], where: str) -> T:
    """The entry, or a Problem naming every fault of the mapping at once."""
    entry, wrong = read(kind, content)
    if wrong:
        raise Problem(where, *wrong)
    return entry


def read(kind: type[T], content: dict[Any, Any]) -> tuple[T, list[str]]:
    """The entry and every fault of the mapping; where there are faults, the entry holds what could be read."""
    try:
        return kind.model_validate(content), []
    except ValidationError as error:
        wrong = [line for one in error.errors() for line in sentences(kind, one)]
        return salvaged(kind, content), list(dict.fromkeys(wrong))


def sentences(kind: type[Entry], error: Any) -> list[str]:
    """One fault in plain words: the path of the key, what is wrong, and what was meant if that can be guessed."""
    place, fault, given = list(error["loc"]), error["type"], error.get("input")
    if place and place[-1] == KEY:
        place.pop()
    path = ".".join(_step(part) for part in place)
    if fault == "value_error" and isinstance(error["ctx"]["error"], Faults):
        return [f"{path}.{line}" if path else line for line in error["ctx"]["error"].args]
    if fault in {"extra_forbidden", "invalid_key"}:
        keys = list(dict.fromkeys(name for model in _models_at(kind, place[:-1]) for name in model.model_fields))
        return [f"{path}: is not a key here{did_you_mean(str(place[-1]), keys) or '; known keys: ' + ', '.join(keys)}"]
    field = _field(kind, place)
    meaning = f" ({field.description})" if field is not None and field.description else ""
    if fault == "missing":
        return [f"{path}: is missing{meaning}"]
    if given is None:
        optional = field is not None and not field.is_required()
        return [f"{path}: is empty; give a value{meaning}{', or take the key out' if optional else ''}"]
    if fault == "value_error":
        return [f"{path}: {error['ctx']['error']}"]
    return [f"{path}: {_mismatch(fault, given, error.get('ctx', {}), meaning)}"]


def _mismatch(fault: str, given: Any, limits: dict[str, Any], meaning: str) -> str:
    """What is wrong with a value whose type or size is not what its key takes."""
    found = shown(given)
    if fault == "literal_error":
        known = [word.strip("'") for word in limits["expected"].replace(" or ", ", ").split(", ")]
        return f"{found} is not known here{did_you_mean(str(given), known) or '; use ' + listed(known, 'or')}"
    if fault == "too_short":
        least, actual = limits["min_length"], limits["actual_length"]
        return f"holds {actual}, at least {least} must be given{meaning}"
    if fault == "too_long":
        return f"holds {limits['actual_length']}, at most {limits['max_length']} may be given{meaning}"
    bounds = {
        "greater_than_equal": ("ge", "too little; it must be {} or more"),
        "greater_than": ("gt", "too little; it must be more than {}"),
        "less_than_equal": ("le", "too much; it must be {} or less"),
        "less_than": ("lt", "too much; it must be less than {}"),
    }
    if fault in bounds:
        name, words = bounds[fault]
        return f"{found} is {words.format(f'{limits[name]:g}')}{meaning}"
    due = {
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "finite_number": "a number",
        "bool_type": "true or false",
        "list_type": "a list, for example [a, b]",
        "dict_type": "a mapping of 'key: value' lines",
        "model_type": "a mapping of 'key: value' lines",
    }
    return f"must be {due[fault]}; found {found}"


def _step(part: Any) -> str:
    """One step of a path; what would break the line or the path is shown in quotes."""
    text = str(part)
    return text if text.isprintable() and text == text.strip() and text and len(text) <= 60 else shown(text)


def _field(kind: type[Entry], place: list[Any]) -> FieldInfo | None:
    """The field of the key a path ends in; None for an element of a list or mapping."""
    fields = [model.model_fields.get(str(place[-1])) for model in _models_at(kind, place[:-1])]
    return next((field for field in fields if field is not None), None)


def _models_at(kind: Any, place: Iterable[Any]) -> list[type[Entry]]:
    """The model of the mapping at a path inside `kind`."""
    found = _models_in(kind)
    for part in place:
        fields = [model.model_fields[str(part)] for model in found if str(part) in model.model_fields]
        # A number or a free key is an element of a list or mapping, whose models were opened up with it.
        found = [m for field in fields for m in _models_in(field.annotation)] or found
    return found


def _models_in(annotation: Any) -> list[type[Entry]]:
    if isinstance(annotation, type) and issubclass(annotation, Entry):
        return [annotation]
    return [m for part in typing.get_args(annotation) for m in _models_in(part)]


def salvaged(kind: type[T], content: Any) -> T:
    """What can be read of a faulty mapping: faulty and missing keys are blank, nothing is checked.

    So that other files can be held against the good part of it, and all faults are told in one go.
    """
    content = kind.opened(content) if isinstance(content, dict) else {}
    values = {
        name: _value(field, content[name]) if name in content else _blank(field)
        for name, field in kind.model_fields.items()
    }
    entry = kind.model_construct(**values)
    entry._whole = False
    return entry


def _blank(field: FieldInfo) -> Any:
    if not field.is_required():
        return field.get_default(call_default_factory=True)
    origin = typing.get_origin(field.annotation)
    if origin in {list, dict}:
        return origin()
    return salvaged(field.annotation, {}) if _is_entry(field.annotation) else None


def _value(field: FieldInfo, content: Any) -> Any:
    value = _good(field.annotation, field.metadata, content)
    return _blank(field) if value is PydanticUndefined else value


def _good(annotation: Any, metadata: list[Any], content: Any) -> Any:
    """The content as far as it fits the annotation; PydanticUndefined where it does not at all."""
    if typing.get_origin(annotation) in {typing.Union, types.UnionType}:
        options = [part for part in typing.get_args(annotation) if part is not type(None)]
        annotation = options[0] if len(options) == 1 else annotation
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return _good(parts[0], [*metadata, *parts[1:]], content)
    if _is_entry(annotation):
        return read(annotation, content)[0] if isinstance(content, dict) else PydanticUndefined
    if origin is list and isinstance(content, list):
        return [v for one in content if (v := _good(parts[0], [], one)) is not PydanticUndefined]
    if origin is dict and isinstance(content, dict):
        pairs = [(_good(parts[0], [], k), _good(parts[1], [], v)) for k, v in content.items()]
        return {k: v for k, v in pairs if k is not PydanticUndefined and v is not PydanticUndefined}
    try:
        leaf = Annotated[(annotation, *metadata)] if metadata else annotation
        return TypeAdapter(leaf, config=ConfigDict(strict=True, allow_inf_nan=False)).validate_python(content)
    except ValidationError:
        return PydanticUndefined


def _is_entry(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, Entry)
