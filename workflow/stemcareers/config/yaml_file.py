"""Read a yaml file the way a person means it: `Yes` is a word, `0123` is text, a key stands once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from stemcareers.config.plain import shown
from stemcareers.errors import Problem

LONGEST_NUMBER = 15  # digits; a longer one is an id that belongs in quotes, and a float would not hold it
DEEPEST = 20
LARGEST = 5_000_000  # bytes; the largest files of a study, its items and totals, have a hundredth of it
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # twenty times as fast where libyaml is there
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+(?:e-?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}


class _Refused(yaml.YAMLError):
    """A place in the file, and a sentence for the reader."""

    def __init__(self, mark: yaml.Mark, sentence: str) -> None:
        super().__init__(sentence)
        self.problem_mark = mark
        self.sentence = sentence


def _document(text: str) -> Any:
    """What a file of one document holds, without aliases, tags and keys that stand twice."""
    found = None
    documents = 0
    events = yaml.parse(text, Loader=_PARSER)
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Refused(event.start_mark, "a second '---'; a file holds one document")
            found = _value(next(events), events, 0)
    for event in yaml.parse(text, Loader=_PARSER) if "&" in text else ():
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise _Refused(event.start_mark, f"an anchor (&{event.anchor}) is not allowed; write the value out")
    return found


def _value(event: yaml.Event, events: Iterator[yaml.Event], depth: int) -> Any:
    if isinstance(event, yaml.AliasEvent):
        raise _Refused(event.start_mark, f"an alias (*{event.anchor}) is not allowed; write the value out")
    if event.tag is not None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        raise _Refused(event.start_mark, f"a tag ({shown(tag)}) is not allowed; write the value without it")
    if depth > DEEPEST:
        raise _Refused(event.start_mark, f"is nested more than {DEEPEST} levels deep")
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event) if event.implicit[0] else event.value
    if isinstance(event, yaml.SequenceStartEvent):
        return list(_elements(events, depth))
    return _mapping(events, depth)


def _elements(events: Iterator[yaml.Event], depth: int) -> Iterator[Any]:
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        yield _value(event, events, depth + 1)


def _mapping(events: Iterator[yaml.Event], depth: int) -> dict[Any, Any]:
    found: dict[Any, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _value(event, events, depth + 1)
        if isinstance(key, list | dict):
            raise _Refused(event.start_mark, "a key must be a word, not a list or a mapping")
        if key in found:
            raise _Refused(event.start_mark, f"the key {shown(key)} stands twice; keep one")
        found[key] = _value(next(events), events, depth + 1)
    return found


def _scalar(event: yaml.ScalarEvent) -> Any:
    """What plain text means: only true, false, null and plain decimal numbers are anything but text."""
    text = event.value
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text.lstrip("-")) > LONGEST_NUMBER:
            sentence = f"a number of more than {LONGEST_NUMBER} digits; put it in quotes if it is meant as a name"
            raise _Refused(event.start_mark, sentence)
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def load(path: Path) -> dict[Any, Any]:
    """The mapping a yaml file holds.

    Raises Problem where the file is missing, is not UTF-8, is empty, is not yaml or not a mapping.
    """
    text = text_of(path)
    try:
        content = _document(text)
    except yaml.YAMLError as error:
        raise Problem(path.as_posix(), _not_yaml(error, text)) from None
    if content is None:
        raise Problem(path.as_posix(), "is empty; config/README.md says what it holds")
    if not isinstance(content, dict):
        raise Problem(path.as_posix(), "must hold 'key: value' lines, not a list or a single value")
    return content


def text_of(path: Path) -> str:
    """The text of a config file. Raises Problem where it is missing, cannot be read or is not UTF-8."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise Problem(path.as_posix(), "is no plain file; put the text itself here")
        if (size := path.stat().st_size) > LARGEST and path.is_file():
            raise Problem(
                path.as_posix(),
                f"has {size:,} bytes, and a config file {LARGEST:,} at most; answers belong in data/raw/<study>/",
            )
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Problem(path.as_posix(), "the file is missing; config/README.md says what it holds") from None
    except UnicodeDecodeError as error:
        raise Problem(path.as_posix(), f"is not UTF-8 (byte {error.start + 1}); save it as UTF-8") from None
    except OSError as error:
        raise Problem(path.as_posix(), f"cannot be read: {error.strerror}") from None


def _not_yaml(error: yaml.YAMLError, text: str) -> str:
    """Where a file stops being yaml, and what most often is behind it."""
    if not isinstance(error, _Refused):
        error = _in_python(text) or error
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


def _in_python(text: str) -> yaml.YAMLError | None:
    """The fault as yaml's own parser in Python words it, which is the same on every machine."""
    try:
        for _ in yaml.parse(text, Loader=yaml.SafeLoader):
            pass
    except yaml.YAMLError as error:
        return error
    return None


_PLAINLY = [
    ("'\\t'", "a tab; indent with spaces"),
    ("mapping values are not allowed", "a second ': ' on the line, or the wrong indentation; put text in quotes"),
    ("could not find expected ':'", "a key without ':', or text that needs quotes"),
    ("expected <block end>", "the indentation does not match the lines above, or text after a closing quote"),
    ("unexpected end of stream", "a quote that is not closed"),
    ("expected ',' or", "a bracket that is not closed, or a comma that is missing"),
]
