"""Read a yaml file the way a person means it: `Yes` is a word, `0123` is text, a key stands once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from stemcareers.errors import Problem


class _PlainLoader(yaml.SafeLoader):
    """Safe yaml whose only booleans are true and false, and whose dates and odd numbers stay text."""

    yaml_implicit_resolvers: dict[str, Any] = {}


for _tag, _pattern, _first in [
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+(?:e-?[0-9]+)?$", "-0123456789"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
]:
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _mapping(loader: _PlainLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, (list, dict)):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(
                None, None, f"the key '{key}' stands twice; keep one", key_node.start_mark
            )
        seen.add(key)
    return {loader.construct_object(k, deep=True): loader.construct_object(v, deep=True) for k, v in node.value}


_PlainLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


class _NoAlias(_PlainLoader):
    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(
                None, None, "an alias (*name) is not allowed here; write the value out", event.start_mark
            )
        return super().compose_node(parent, index)


def load(path: Path) -> dict[str, Any]:
    """The mapping a yaml file holds.

    Raises Problem where the file is missing, is not UTF-8, is empty, is not yaml or not a mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Problem(path.as_posix(), "the file is missing; config/README.md says what it holds") from None
    except UnicodeDecodeError as error:
        raise Problem(path.as_posix(), f"is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    try:
        content = yaml.load(text, _NoAlias)  # noqa: S506 - a safe loader, stricter than safe_load
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise Problem(path.as_posix(), f"{place}is not yaml: {getattr(error, 'problem', error)}") from None
    if content is None:
        raise Problem(path.as_posix(), "the file is empty; config/README.md says what it holds")
    if not isinstance(content, dict):
        raise Problem(path.as_posix(), "must hold 'key: value' lines, not a list or a single value")
    return content
