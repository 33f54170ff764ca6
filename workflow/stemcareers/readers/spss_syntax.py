"""An SPSS control file: what its variables and codes mean, and where they stand.

See IBM SPSS Statistics, Command Syntax Reference: VARIABLE LABELS, VALUE LABELS, ADD VALUE LABELS, MISSING VALUES.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from stemcareers.errors import Problem, did_you_mean
from stemcareers.readers.spss_layout import Variable, data_list, faults
from stemcareers.readers.spss_tokens import CHANGING, COMMANDS, Command, Fault, Reading, Token, commands

CHANGES = "changes the data, and is not carried out here; take it out, and say in the wave file what it means"
_PLAIN = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")

Range = tuple[float | str, float | str]


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
        except Fault as fault:
            wrong.append(str(fault))
    wrong += faults(control.variables)
    if found[-1].name not in COMMANDS["harmless"] and not text.rstrip().endswith("."):
        control.remarks.append(
            f"the last command of the control file ({found[-1].name}, line {found[-1].line}) has no full stop at its "
            "end; is the file whole?"
        )
    if wrong:
        raise Problem(where, *sorted(dict.fromkeys(wrong), key=_line_of))
    return control


def number(text: str, decimal: str = ".", decimals: int = 0) -> str:
    """A numeric cell in its shortest form ('95.00' is '95', '.58' is '0.58'); what is no number stays as it is.

    decimals   implied ones: they count where the cell has no decimal sign.
    """
    plain = text.replace(decimal, ".") if decimal != "." and "." not in text else text
    if not _PLAIN.fullmatch(plain):
        return text
    digits = plain.lstrip("+-")
    whole, point, part = digits.partition(".")
    if decimals and not point:
        padded = digits.rjust(decimals + 1, "0")
        whole, part = padded[:-decimals], padded[-decimals:]
    whole, part = whole.lstrip("0") or "0", part.rstrip("0")
    shortest = f"{whole}.{part}" if part else whole
    return f"-{shortest}" if plain.startswith("-") and shortest != "0" else shortest


# --- one command ------------------------------------------------------------------------------------------


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
        raise Fault(command.line, f"{command.name} {CHANGES}")
    elif command.name not in COMMANDS["harmless"]:
        words = " ".join([command.name, *(t.value.upper() for t in command.tokens[:1])])
        near = did_you_mean(words, [name for names in COMMANDS.values() for name in names])
        raise Fault(command.line, f"{command.name} is not a command known here{near or '; take it out'}")


def _data_list(control: Control, command: Command) -> None:
    if control.variables:
        raise Fault(command.line, "a second DATA LIST; a control file describes one text file")
    control.variables, control.records = data_list(command)


def _set(control: Control, command: Command) -> None:
    words = [t.value.upper() for t in command.tokens if t.kind in {"word", "text"}]
    for word, value in zip(words, words[1:], strict=False):
        if word.startswith("DEC"):
            control.decimal = "," if value in {"COMMA", ","} else "."


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
            raise Fault(tokens.line, "MISSING VALUES: the codes stand in brackets")
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


def _groups(control: Control, command: Command) -> Iterable[tuple[list[Variable], Reading]]:
    """The variables of each part of a command; what they are given is read before the next part."""
    tokens = Reading(command)
    by_name = {v.name.casefold(): n for n, v in enumerate(control.variables)}
    while tokens.more():
        if tokens.at("/"):
            tokens.next("")
            continue
        yield list(_named(control, command, tokens, by_name)), tokens


def _named(control: Control, command: Command, tokens: Reading, by_name: dict[str, int]) -> Iterable[Variable]:
    previous: int | None = None
    if tokens.kind() != "word":
        token = tokens.next("a variable")
        raise Fault(token.line, f"{command.name}: a variable is due where '{token.value}' stands")
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
                raise Fault(token.line, f"'{token.value}' does not come after '{control.variables[previous].name}'")
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
        raise Fault(token.line, f"MISSING VALUES: '{token.value}' is no number, and '{variable.name}' holds numbers")
    return float(code)
