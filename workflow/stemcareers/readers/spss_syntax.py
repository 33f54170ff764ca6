"""An SPSS control file: which columns of a text file hold which variable, and what their codes mean.

Source: IBM SPSS Statistics, Command Syntax Reference: DATA LIST (column-style and FORTRAN-like formats, implied
decimals), VARIABLE LABELS, VALUE LABELS, ADD VALUE LABELS, MISSING VALUES.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from stemcareers.errors import Problem, did_you_mean
from stemcareers.readers.spss_tokens import CHANGING, COMMANDS, Command, Token, commands

CHANGES = "changes the data, and is not carried out here; take it out, and say in the wave file what it means"
_FORMAT = re.compile(r"(?P<type>[A-Z]+)(?P<width>\d+)?(?:\.(?P<decimals>\d+))?")
_NUMBERS, _TEXTS = {"F", "N"}, {"A"}
_PLAIN = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")

Range = tuple[float | str, float | str]


@dataclass(frozen=True)
class Variable:
    """Where a variable stands: columns first..last (from 1) of a record; `decimals` where no point is written."""

    name: str
    record: int
    first: int
    last: int
    is_text: bool
    decimals: int = 0


@dataclass
class Control:
    """What a control file says of a text file."""

    variables: list[Variable] = field(default_factory=list)
    records: int = 1
    decimal: str = "."
    wordings: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: dict[str, tuple[Range, ...]] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def read(text: str, where: str) -> Control:
    """What the control file says. Raises a Problem naming every part that cannot be followed, by line."""
    found, wrong = commands(text)
    if not any(command.name == "DATA LIST" for command in found):
        raise Problem(where, "has no DATA LIST command, so no variable has columns; is it a control file of SPSS?")
    control = Control()
    for command in found:
        try:
            _follow(control, command)
        except _Fault as fault:
            wrong.append(str(fault))
    wrong += faults(control.variables)
    if wrong:
        raise Problem(where, *sorted(dict.fromkeys(wrong), key=_line_of))
    return control


def faults(variables: list[Variable]) -> Iterable[str]:
    """What cannot be in a layout: names that stand twice, columns that run backwards or over one another."""
    by_name: dict[str, str] = {}
    for one in variables:
        if one.name.casefold() in by_name:
            yield f"'{one.name}' is given columns twice; a variable has one place"
        by_name.setdefault(one.name.casefold(), one.name)
        if one.first < 1 or one.last < one.first:
            yield f"'{one.name}': columns {one.first}-{one.last} run backwards"
    ordered = sorted(variables, key=lambda v: (v.record, v.first, v.last))
    for before, one in zip(ordered, ordered[1:], strict=False):
        if before.record == one.record and one.first <= before.last and before.name != one.name:
            yield (
                f"'{one.name}' (columns {one.first}-{one.last}) begins inside '{before.name}' "
                f"(columns {before.first}-{before.last}); one of them is wrong"
            )


def number(text: str, decimal: str = ".", decimals: int = 0) -> str:
    """A numeric cell in its shortest form ('95.00' is '95', '.58' is '0.58'); what is no number stays as it is.

    decimals   implied ones: they count where the cell has no decimal sign.
    """
    plain = text.replace(decimal, ".") if decimal != "." and "." not in text else text
    if not _PLAIN.fullmatch(plain):
        return text
    value = Decimal(plain)
    if decimals and "." not in plain:
        value = value.scaleb(-decimals)
    return format(value.normalize() if value else Decimal(0), "f")


# --- one command ------------------------------------------------------------------------------------------


class _Fault(Exception):
    """What is wrong with a command, with its line."""

    def __init__(self, line: int, wrong: str) -> None:
        super().__init__(f"line {line}: {wrong}")


def _line_of(wrong: str) -> tuple[int, str]:
    match = re.match(r"line (\d+):", wrong)
    return (int(match[1]) if match else 10**9, wrong)


def _follow(control: Control, command: Command) -> None:
    known: dict[str, Callable[[Control, Command], None]] = {
        "DATA LIST": _data_list,
        "VARIABLE LABELS": _variable_labels,
        "VALUE LABELS": _value_labels,
        "ADD VALUE LABELS": _value_labels,
        "MISSING VALUES": _missing_values,
        "SET": _set,
    }
    if command.name in known:
        known[command.name](control, command)
    elif command.name in CHANGING:
        raise _Fault(command.line, f"{command.name} {CHANGES}")
    elif command.name not in COMMANDS["harmless"]:
        words = " ".join([command.name, *(t.value.upper() for t in command.tokens[:1])])
        near = did_you_mean(words, [name for names in COMMANDS.values() for name in names])
        raise _Fault(command.line, f"{command.name} is not a command known here{near or '; take it out'}")


def _set(control: Control, command: Command) -> None:
    words = [t.value.upper() for t in command.tokens if t.kind in {"word", "text"}]
    for word, value in zip(words, words[1:], strict=False):
        if word.startswith("DEC"):
            control.decimal = "," if value in {"COMMA", ","} else "."


def _data_list(control: Control, command: Command) -> None:
    if control.variables:
        raise _Fault(command.line, "a second DATA LIST; a control file describes one text file")
    tokens, record = _Reading(command), 0
    while not tokens.at("/"):
        token = tokens.next("a '/' before the first variable")
        if token.is_word("FREE", "LIST"):
            raise _Fault(token.line, f"{token.value.upper()}: the columns are not fixed; use the reader 'csv'")
        if token.is_word("RECORDS"):
            tokens.skip("=")
            control.records = tokens.whole("the number of records")
    column = 1
    while tokens.more():
        if tokens.at("/"):
            tokens.next("")
            record = tokens.whole("") if tokens.kind() == "number" else record + 1
            column = 1
            continue
        names = _new_names(tokens)
        placed = (
            _by_columns(names, tokens, record)
            if tokens.kind() == "number"
            else _by_formats(names, tokens, record, column)
        )
        column = placed[-1].last + 1
        control.variables += placed
    control.records = max([control.records, *(v.record for v in control.variables)])


def _by_columns(names: list[Token], tokens: _Reading, record: int) -> list[Variable]:
    """`a b c 1-6`, `a 1-5 (A)`, `b 6-9 (2)`, `c 10-17 (F,2)`: the columns are shared out evenly."""
    first = tokens.whole("a column")
    last = first
    if tokens.at("-"):
        tokens.next("")
        last = tokens.whole("the last column")
    is_text, decimals = False, 0
    if tokens.at("("):
        is_text, decimals = _type(tokens, names[0])
    width, rest = divmod(last - first + 1, len(names))
    if rest:
        raise _Fault(
            names[0].line,
            f"{len(names)} variables from '{names[0].value}' on cannot share columns {first}-{last} evenly",
        )
    return [
        Variable(name.value, record, first + n * width, first + (n + 1) * width - 1, is_text, decimals)
        for n, name in enumerate(names)
    ]


def _type(tokens: _Reading, name: Token) -> tuple[bool, int]:
    """What stands in brackets behind columns: (A), (2), (F,2), (F8.2)."""
    tokens.next("")
    kind, decimals = "F", 0
    if tokens.kind() == "number":
        decimals = tokens.whole("decimals")
    else:
        word = tokens.next("a format")
        match = _FORMAT.fullmatch(word.value.upper())
        if match is None or match["type"] not in _NUMBERS | _TEXTS:
            raise _Fault(word.line, f"'{name.value}' has the format {word.value}, which is not known here; use A or F")
        kind, decimals = match["type"], int(match["decimals"] or 0)
        if tokens.at(","):
            tokens.next("")
            decimals = tokens.whole("decimals")
    tokens.close()
    return kind in _TEXTS, decimals


def _by_formats(names: list[Token], tokens: _Reading, record: int, column: int) -> list[Variable]:
    """`a b c (3F2.0)`, `d (1X, A5)`, `e (T40, F8.2)`: one after another from a column on, as in FORTRAN."""
    if not tokens.at("("):
        raise _Fault(names[-1].line, f"'{names[-1].value}' has no columns")
    tokens.next("")
    placed: list[Variable] = []
    while not tokens.at(")"):
        times = tokens.whole("") if tokens.kind() == "number" else 1
        word = tokens.next("a format")
        match = _FORMAT.fullmatch(word.value.upper())
        kind, width = (match["type"], int(match["width"] or 0)) if match else ("", 0)
        if kind == "X":
            column += times
        elif kind == "T" and width:
            column = width
        elif match is not None and kind in _NUMBERS | _TEXTS and width:
            for _ in range(times):
                if len(placed) == len(names):
                    raise _Fault(word.line, f"more formats than variables after '{names[-1].value}'")
                name = names[len(placed)].value
                last = column + width - 1
                placed.append(Variable(name, record, column, last, kind in _TEXTS, int(match["decimals"] or 0)))
                column = last + 1
        else:
            raise _Fault(word.line, f"the format {word.value} is not known here; use A or F with a width")
        if tokens.at(","):
            tokens.next("")
    tokens.close()
    if len(placed) < len(names):
        raise _Fault(names[0].line, f"'{names[len(placed)].value}' has no format")
    return placed


def _new_names(tokens: _Reading) -> list[Token]:
    """The names before columns or formats; `v1 TO v5` names v1, v2, v3, v4 and v5."""
    names: list[Token] = []
    while tokens.kind() == "word" or tokens.at(","):
        token = tokens.next("a variable")
        if token.is_sign(","):
            continue
        if token.is_word("TO") and names and tokens.kind() == "word":
            names += _numbered(names[-1], tokens.next("a variable"))
        else:
            names.append(token)
    if not names:
        token = tokens.next("a variable")
        raise _Fault(token.line, f"a variable is due where '{token.value}' stands")
    return names


def _numbered(first: Token, last: Token) -> list[Token]:
    one, other = (re.fullmatch(r"(.*?)(\d+)", t.value) for t in (first, last))
    if one is None or other is None or one[1].casefold() != other[1].casefold() or int(one[2]) >= int(other[2]):
        raise _Fault(first.line, f"'{first.value} TO {last.value}' names no row of variables")
    width = len(one[2])
    return [first._replace(value=f"{one[1]}{n:0{width}d}") for n in range(int(one[2]) + 1, int(other[2]) + 1)]


def _variable_labels(control: Control, command: Command) -> None:
    for names, tokens in _groups(control, command):
        label = tokens.text("a label")
        control.wordings.update({v.name: label for v in names})


def _value_labels(control: Control, command: Command) -> None:
    for names, tokens in _groups(control, command):
        given: list[tuple[Token, str]] = []
        while tokens.more() and not tokens.at("/"):
            code = tokens.code()
            tokens.skip("=")
            given.append((code, tokens.text(f"the label of {code.value}")))
        for v in names:
            labels = {_code(v, code): label for code, label in given}
            before = control.labels.get(v.name, {}) if command.name == "ADD VALUE LABELS" else {}
            control.labels[v.name] = {**before, **labels}


def _missing_values(control: Control, command: Command) -> None:
    for names, tokens in _groups(control, command):
        if not tokens.at("("):
            raise _Fault(tokens.line, "MISSING VALUES: the codes stand in brackets")
        tokens.next("")
        ranges: list[tuple[Token, Token]] = []
        while not tokens.at(")"):
            if tokens.at(","):
                tokens.next("")
                continue
            low = tokens.code("LO", "LOWEST")
            if tokens.more() and tokens.is_word("THRU"):
                tokens.next("")
                ranges.append((low, tokens.code("HI", "HIGHEST")))
            else:
                ranges.append((low, low))
        tokens.close()
        for v in names:
            control.missing[v.name] = tuple((_end(v, low), _end(v, high)) for low, high in ranges)


def _groups(control: Control, command: Command) -> Iterable[tuple[list[Variable], _Reading]]:
    """The variables of each part of a command; what they are given is read before the next part."""
    tokens = _Reading(command)
    by_name = {v.name.casefold(): n for n, v in enumerate(control.variables)}
    while tokens.more():
        if tokens.at("/"):
            tokens.next("")
            continue
        yield list(_named(control, command, tokens, by_name)), tokens


def _named(control: Control, command: Command, tokens: _Reading, by_name: dict[str, int]) -> Iterable[Variable]:
    previous: int | None = None
    if tokens.kind() != "word":
        token = tokens.next("a variable")
        raise _Fault(token.line, f"{command.name}: a variable is due where '{token.value}' stands")
    while tokens.kind() == "word" or tokens.at(","):
        token = tokens.next("a variable")
        if token.is_sign(","):
            continue
        if token.is_word("ALL") and "all" not in by_name:
            yield from control.variables
            continue
        until = previous is not None and token.is_word("TO") and tokens.kind() == "word"
        token = tokens.next("a variable") if until else token
        position = by_name.get(token.value.casefold())
        if position is None:
            control.remarks.append(
                f"the control file, line {token.line}: {command.name} names '{token.value}', which DATA LIST does not"
                f"{did_you_mean(token.value, [v.name for v in control.variables])}"
            )
            previous = None if not until else previous
            continue
        if until and previous is not None:
            if position <= previous:
                raise _Fault(token.line, f"'{token.value}' does not come after '{control.variables[previous].name}'")
            yield from control.variables[previous + 1 : position + 1]
        else:
            yield control.variables[position]
        previous = position


def _code(variable: Variable, token: Token) -> str:
    return token.value.strip() if variable.is_text else number(token.value.strip())


def _end(variable: Variable, token: Token) -> float | str:
    if token.is_word("LO", "LOWEST"):
        return -math.inf
    if token.is_word("HI", "HIGHEST"):
        return math.inf
    code = _code(variable, token)
    if variable.is_text:
        return code
    if not _PLAIN.fullmatch(code):
        raise _Fault(token.line, f"MISSING VALUES: '{token.value}' is no number, and '{variable.name}' holds numbers")
    return float(code)


class _Reading:
    """The tokens of a command, taken one after another."""

    def __init__(self, command: Command) -> None:
        self.command = command
        self.position = 0

    @property
    def line(self) -> int:
        tokens = self.command.tokens
        return tokens[min(self.position, len(tokens) - 1)].line if tokens else self.command.line

    def more(self) -> bool:
        return self.position < len(self.command.tokens)

    def kind(self) -> str:
        return self.command.tokens[self.position].kind if self.more() else ""

    def at(self, sign: str) -> bool:
        return self.more() and self.command.tokens[self.position].is_sign(sign)

    def is_word(self, *words: str) -> bool:
        return self.more() and self.command.tokens[self.position].is_word(*words)

    def next(self, due: str) -> Token:
        if not self.more():
            raise _Fault(self.line, f"{self.command.name} ends where {due or 'more'} is due")
        self.position += 1
        return self.command.tokens[self.position - 1]

    def skip(self, sign: str) -> None:
        if self.at(sign):
            self.position += 1

    def close(self) -> None:
        token = self.next("a ')'")
        if not token.is_sign(")"):
            raise _Fault(token.line, f"{self.command.name}: a ')' is due where '{token.value}' stands")

    def whole(self, due: str) -> int:
        token = self.next(due)
        if token.kind != "number" or not token.value.isdigit():
            raise _Fault(token.line, f"{self.command.name}: {due} is due where '{token.value}' stands")
        return int(token.value)

    def code(self, *words: str) -> Token:
        """A code: a text, a number with or without minus, or one of these words."""
        token = self.next("a code")
        if token.is_sign("-"):
            digits = self.next("a code")
            token = digits._replace(value=f"-{digits.value}")
        if token.kind in {"number", "text"} or token.is_word(*words):
            return token
        raise _Fault(token.line, f"{self.command.name}: a code is due where '{token.value}' stands")

    def text(self, due: str) -> str:
        """A text; texts joined by '+' are one."""
        parts = [self._part(due)]
        while self.at("+"):
            self.position += 1
            parts.append(self._part(due))
        return " ".join("".join(parts).split())

    def _part(self, due: str) -> str:
        token = self.next(due)
        if token.kind != "text":
            raise _Fault(token.line, f"{self.command.name}: {due} is due where '{token.value}' stands")
        return token.value
