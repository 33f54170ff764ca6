"""Read a yaml file the way a person means it: `Yes` is a word, `0123` is text, a key stands once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from stemcareers.config.plain import shown
from stemcareers.errors import Problem

LONGEST_NUMBER = 15  # digits; a longer one is an id that belongs in quotes, and a float would not hold it
DEEPEST = 20


class _Refused(yaml.YAMLError):
    """A place in the file, and a sentence for the reader."""

    def __init__(self, mark: yaml.Mark, sentence: str) -> None:
        super().__init__(sentence)
        self.problem_mark = mark
        self.sentence = sentence


class _PlainLoader(yaml.SafeLoader):
    """Safe yaml without aliases and tags, whose only booleans are true and false; dates and odd numbers stay text."""

    yaml_implicit_resolvers: dict[str, Any] = {}
    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.events.AliasEvent):
            raise _Refused(event.start_mark, f"an alias (*{event.anchor}) is not allowed; write the value out")
        if getattr(event, "tag", None) not in {None, "!"}:
            raise _Refused(event.start_mark, f"a tag ({shown(event.tag)}) is not allowed; write the value without it")
        self.depth += 1
        if self.depth > DEEPEST:
            raise _Refused(event.start_mark, f"is nested more than {DEEPEST} levels deep")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


for _tag, _pattern, _first in [
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?(?:0|[1-9][0-9]*)\.[0-9]+(?:e-?[0-9]+)?$", "-0123456789"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
]:
    _PlainLoader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


def _mapping(loader: _PlainLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _Refused(key_node.start_mark, "a key must be a word, not a list or a mapping")
        key = loader.construct_object(key_node, deep=True)
        if key in found:
            raise _Refused(key_node.start_mark, f"the key {shown(key)} stands twice; keep one")
        found[key] = loader.construct_object(value_node, deep=True)
    return found


def _whole_number(loader: _PlainLoader, node: yaml.ScalarNode) -> int:
    if len(node.value.lstrip("-")) > LONGEST_NUMBER:
        raise _Refused(
            node.start_mark,
            f"a number of more than {LONGEST_NUMBER} digits; put it in quotes if it is meant as a name",
        )
    return int(node.value)


_PlainLoader.add_constructor("tag:yaml.org,2002:map", _mapping)
_PlainLoader.add_constructor("tag:yaml.org,2002:int", _whole_number)


def load(path: Path) -> dict[Any, Any]:
    """The mapping a yaml file holds.

    Raises Problem where the file is missing, is not UTF-8, is empty, is not yaml or not a mapping.
    """
    text = text_of(path)
    try:
        content = yaml.load(text, _PlainLoader)  # noqa: S506 - a safe loader, stricter than safe_load
    except yaml.YAMLError as error:
        raise Problem(path.as_posix(), _not_yaml(error)) from None
    if content is None:
        raise Problem(path.as_posix(), "is empty; config/README.md says what it holds")
    if not isinstance(content, dict):
        raise Problem(path.as_posix(), "must hold 'key: value' lines, not a list or a single value")
    return content


def text_of(path: Path) -> str:
    """The text of a config file. Raises Problem where it is missing, cannot be read or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Problem(path.as_posix(), "the file is missing; config/README.md says what it holds") from None
    except UnicodeDecodeError as error:
        raise Problem(path.as_posix(), f"is not UTF-8 (byte {error.start + 1}); save it as UTF-8") from None
    except OSError as error:
        raise Problem(path.as_posix(), f"cannot be read: {error.strerror}") from None


def _not_yaml(error: yaml.YAMLError) -> str:
    """Where a file stops being yaml, and what most often is behind it."""
    if isinstance(error, yaml.reader.ReaderError):
        return f"character {error.position + 1} ({error.character:#x}) is not allowed in yaml; take it out"
    mark = getattr(error, "problem_mark", None)
    place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    if isinstance(error, _Refused):
        return place + error.sentence
    problem = str(getattr(error, "problem", error))
    for pattern, words in _PLAINLY:
        if pattern in problem:
            return f"{place}is not yaml: {words}"
    return f"{place}is not yaml: {problem}; look at the indentation, quotes and brackets here and just above"


_PLAINLY = [
    ("'\\t'", "a tab; indent with spaces"),
    ("mapping values are not allowed", "a second ': ' on the line, or the wrong indentation; put text in quotes"),
    ("could not find expected ':'", "a key without ':', or text that needs quotes"),
    ("expected <block end>", "the indentation does not match the lines above, or text after a closing quote"),
    ("expected a single document", "a second '---'; a file holds one document"),
]
