"""Yaml the way a person means it: words stay words, a key stands once, nothing is executed or copied."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from stemcareers.config import yaml_file
from stemcareers.errors import Problem


def load(folder: Path, text: str | bytes) -> Any:
    path = folder / "x.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return yaml_file.load(path)


def told(folder: Path, text: str | bytes) -> str:
    with pytest.raises(Problem) as raised:
        load(folder, text)
    assert raised.value.where == (folder / "x.yaml").as_posix()
    assert len(raised.value.wrong) == 1
    return raised.value.wrong[0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Yes", "Yes"),
        ("no", "no"),
        ("on", "on"),
        ("TRUE", "TRUE"),
        ("true", True),
        ("false", False),
        ("0123", "0123"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("2024-03-01", "2024-03-01"),
        ("+5", "+5"),
        ("1e3", "1e3"),
        (".5", ".5"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("-7", -7),
        ("0", 0),
        ("12", 12),
        ("0.05", 0.05),
        ("1.5e-3", 0.0015),
        ('"12"', "12"),
        ("'true'", "true"),
        ("null", None),
        ("~", None),
        ("", None),
        ("Null", "Null"),
        ("=", "="),
        ("<<", "<<"),
        ("a b", "a b"),
        ("[1, Yes, {x: 0.5}]", [1, "Yes", {"x": 0.5}]),
        ("|\n  two\n  lines\n", "two\nlines\n"),
    ],
)
def test_plain_values_are_what_they_look_like(tmp_path: Path, written: str, meant: object) -> None:
    found = load(tmp_path, f"key: {written}")["key"]
    assert found == meant
    assert type(found) is type(meant)


def test_keys_are_words_or_numbers(tmp_path: Path) -> None:
    assert load(tmp_path, "{1: a, '1': b, Yes: c, 0123: d}") == {1: "a", "1": "b", "Yes": "c", "0123": "d"}
    assert list(load(tmp_path, "b: 1\na: 2\n")) == ["b", "a"], "in the file's order"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty; config/README.md says what it holds"),
        ("# nothing yet\n", "is empty; config/README.md says what it holds"),
        ("null\n", "is empty; config/README.md says what it holds"),
        ("- a\n- b\n", "must hold 'key: value' lines, not a list or a single value"),
        ("word\n", "must hold 'key: value' lines, not a list or a single value"),
        ("a: 1\nb: 2\na: 3\n", "line 3, column 1: the key 'a' stands twice; keep one"),
        ("x: {a: 1, a: 1}\n", "line 1, column 11: the key 'a' stands twice; keep one"),
        ("a: &x 1\nb: *x\n", "line 2, column 4: an alias (*x) is not allowed; write the value out"),
        ("a: &x 1\nb: 2\n", "line 1, column 4: an anchor (&x) is not allowed; write the value out"),
        ("a: &x [*x]\n", "line 1, column 8: an alias (*x) is not allowed; write the value out"),
        ("? [a]\n: 1\n", "line 1, column 3: a key must be a word, not a list or a mapping"),
        ("a: !!set {x}\n", "line 1, column 4: a tag ('!!set') is not allowed; write the value without it"),
        ("a: !mine x\n", "line 1, column 4: a tag ('!mine') is not allowed; write the value without it"),
        ("!!map {a: 1}\n", "line 1, column 1: a tag ('!!map') is not allowed; write the value without it"),
        ("a: 1\n---\nb: 2\n", "line 2, column 1: a second '---'; a file holds one document"),
        ("a:\n\t b: 1\n", "line 2, column 1: is not yaml: a tab; indent with spaces"),
        (
            "a: b: c\n",
            "line 1, column 5: is not yaml: a second ': ' on the line, or the wrong indentation; put text in quotes",
        ),
        (
            "a: 1\n b: 2\n",
            "line 2, column 3: is not yaml: a second ': ' on the line, or the wrong indentation; put text in quotes",
        ),
        ("a: 1\nb\n", "line 3, column 1: is not yaml: a key without ':', or text that needs quotes"),
        ("a: 'it\n", "line 2, column 1: is not yaml: a quote that is not closed"),
        ("a: [1, 2\n", "line 2, column 1: is not yaml: a bracket that is not closed, or a comma that is missing"),
        (
            "a:\n  - 1\n - 2\n",
            "line 3, column 2: is not yaml: the indentation does not match the lines above, or text after a "
            "closing quote",
        ),
        (
            "a: @x\n",
            "line 1, column 4: is not yaml: found character '@' that cannot start any token; look at the "
            "indentation, quotes and brackets here and just above",
        ),
        (b"a: caf\xe9\n", "is not UTF-8 (byte 7); save it as UTF-8"),
        ("a: \x00\n", "character 4 (0x0) is not allowed in yaml; take it out"),
        (
            "a: " + "9" * 16,
            "line 1, column 4: a number of more than 15 digits; put it in quotes if it is meant as a name",
        ),
        ("a: " + "[" * 30 + "]" * 30, "line 1, column 24: is nested more than 20 levels deep"),
    ],
)
def test_what_is_not_yaml_is_told_with_its_place(tmp_path: Path, text: str | bytes, sentence: str) -> None:
    assert told(tmp_path, text) == sentence


def test_fifteen_digits_are_a_number(tmp_path: Path) -> None:
    assert load(tmp_path, "a: -999999999999999")["a"] == -999_999_999_999_999


def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_it(tmp_path: Path) -> None:
    assert load(tmp_path, b"\xef\xbb\xbfa: 1\n") == {"a": 1}


def test_windows_line_ends(tmp_path: Path) -> None:
    assert load(tmp_path, b"a: 1\r\nb: word\r\n") == {"a": 1, "b": "word"}


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="the file is missing; config/README.md says what it holds"):
        yaml_file.load(tmp_path / "x.yaml")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").mkdir()
    with pytest.raises(Problem) as raised:
        yaml_file.load(tmp_path / "x.yaml")
    assert raised.value.wrong == ("cannot be read: Is a directory",)


@pytest.mark.parametrize(
    "text",
    [
        "a: !!python/object/apply:os.system ['touch {0}']",
        "a: !!python/object/new:os.system ['touch {0}']",
        "a: !!python/name:os.system",
        "!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path ['{0}']]",
    ],
)
def test_nothing_is_executed(tmp_path: Path, text: str) -> None:
    assert "a tag ('!!python/" in told(tmp_path, text.format(tmp_path / "touched"))
    assert not (tmp_path / "touched").exists()


def test_a_bomb_does_not_go_off(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    started = time.monotonic()
    assert told(tmp_path, "\n".join(lines)) == "line 2, column 10: an alias (*a0) is not allowed; write the value out"
    assert told(tmp_path, "a: " + "[" * 200_000).endswith("is nested more than 20 levels deep")
    assert told(tmp_path, "a: " + "9" * 200_000).endswith("put it in quotes if it is meant as a name")
    assert time.monotonic() - started < 5


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_or_told(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        assert isinstance(yaml_file.load(path), dict)
    except Problem as problem:
        assert len(problem.wrong) == 1
        assert "\n" not in problem.wrong[0]


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**14), 10**14)
    | st.text("abc Yes0123:-'\"#{}[],&*!|>%@ü\n", max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abcü 01", min_size=1, max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc_", min_size=1, max_size=5), PLAIN, min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_what_another_writer_quotes_is_read_as_it_was(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    path = tmp_path_factory.getbasetemp() / "dumped.yaml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True, default_style='"'), encoding="utf-8")
    try:
        found = yaml_file.load(path)
    except Problem as problem:
        assert "a tag ('!!" in problem.wrong[0], "quoted numbers carry a tag, which is refused"
        return
    assert found == content


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="yaml is here without libyaml")
def test_the_slow_parser_reads_and_tells_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [
        "a: [1, Yes, {b: 0.5}]\nc: |\n  text\n",
        "a: 1\na: 2\n",
        "a: *x\n",
        "a: [1\n",
        "a: !!set {x}\n",
        "\ta: 1\n",
    ]

    def outcome(text: str) -> object:
        try:
            return load(tmp_path, text)
        except Problem as problem:
            return problem.wrong

    fast = [outcome(text) for text in texts]
    monkeypatch.setattr(yaml_file, "_PARSER", yaml.SafeLoader)
    assert [outcome(text) for text in texts] == fast
