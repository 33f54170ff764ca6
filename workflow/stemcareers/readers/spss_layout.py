"""DATA LIST in an SPSS control file: which columns of a text file hold which variable.

See IBM SPSS Statistics, Command Syntax Reference, "DATA LIST": column-style and FORTRAN-like formats, implied
decimals, several records a case.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stemcareers.readers.spss_tokens import Command, Fault, Reading, Token

_FORMAT = re.compile(r"(?P<type>[A-Z]+)(?P<width>\d+)?(?:\.(?P<decimals>\d+))?")
MOST = 100_000  # variables that one 'TO' may name
_NUMBERS, _TEXTS = {"F", "N"}, {"A"}


@dataclass(frozen=True)
class Variable:
    """Where a variable stands: columns first..last (from 1) of a record; `decimals` where no point is written."""

    name: str
    record: int
    first: int
    last: int
    is_text: bool
    decimals: int = 0


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


def data_list(command: Command) -> tuple[list[Variable], int]:
    """The variables of a DATA LIST command, in order, and how many records (lines) a case has."""
    tokens, record, records = Reading(command), 0, 1
    while not tokens.at("/"):
        token = tokens.next("a '/' before the first variable")
        if token.is_word("FREE", "LIST"):
            raise Fault(token.line, f"{token.value.upper()}: the columns are not fixed; use the reader 'csv'")
        if token.is_word("RECORDS"):
            tokens.skip("=")
            records = tokens.whole("the number of records")
    column, found = 1, list[Variable]()
    while tokens.more():
        if tokens.at("/"):
            tokens.next("")
            record = tokens.whole("") if tokens.kind() == "number" else record + 1
            column = 1
            continue
        names = _new_names(tokens)
        by_columns = tokens.kind() == "number"
        placed = _by_columns(names, tokens, record) if by_columns else _by_formats(names, tokens, record, column)
        column = placed[-1].last + 1
        found += placed
    return found, max([records, *(v.record for v in found)])


def _by_columns(names: list[Token], tokens: Reading, record: int) -> list[Variable]:
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
        raise Fault(
            names[0].line,
            f"{len(names)} variables from '{names[0].value}' on cannot share columns {first}-{last} evenly",
        )
    return [
        Variable(name.value, record, first + n * width, first + (n + 1) * width - 1, is_text, decimals)
        for n, name in enumerate(names)
    ]


def _type(tokens: Reading, name: Token) -> tuple[bool, int]:
    """What stands in brackets behind columns: (A), (2), (F,2), (F8.2)."""
    tokens.next("")
    kind, decimals = "F", 0
    if tokens.kind() == "number":
        decimals = tokens.whole("decimals")
    else:
        word = tokens.next("a format")
        match = _FORMAT.fullmatch(word.value.upper())
        if match is None or match["type"] not in _NUMBERS | _TEXTS:
            raise Fault(word.line, f"'{name.value}' has the format {word.value}, which is not known here; use A or F")
        kind, decimals = match["type"], int(match["decimals"] or 0)
        if tokens.at(","):
            tokens.next("")
            decimals = tokens.whole("decimals")
    tokens.close()
    return kind in _TEXTS, decimals


def _by_formats(names: list[Token], tokens: Reading, record: int, column: int) -> list[Variable]:
    """`a b c (3F2.0)`, `d (1X, A5)`, `e (T40, F8.2)`: one after another from a column on, as in FORTRAN."""
    if not tokens.at("("):
        raise Fault(names[-1].line, f"'{names[-1].value}' has no columns")
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
                    raise Fault(word.line, f"more formats than variables after '{names[-1].value}'")
                name = names[len(placed)].value
                last = column + width - 1
                placed.append(Variable(name, record, column, last, kind in _TEXTS, int(match["decimals"] or 0)))
                column = last + 1
        else:
            raise Fault(word.line, f"the format {word.value} is not known here; use A or F with a width")
        if tokens.at(","):
            tokens.next("")
    tokens.close()
    if len(placed) < len(names):
        raise Fault(names[0].line, f"'{names[len(placed)].value}' has no format")
    return placed


def _new_names(tokens: Reading) -> list[Token]:
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
        raise Fault(token.line, f"a variable is due where '{token.value}' stands")
    return names


def _numbered(first: Token, last: Token) -> list[Token]:
    one, other = (re.fullmatch(r"(.*?)(\d+)", t.value) for t in (first, last))
    if one is None or other is None or one[1].casefold() != other[1].casefold() or int(one[2]) >= int(other[2]):
        raise Fault(first.line, f"'{first.value} TO {last.value}' names no row of variables")
    if int(other[2]) - int(one[2]) >= MOST:
        raise Fault(first.line, f"'{first.value} TO {last.value}' names over {MOST:,} variables")
    width = len(one[2])
    return [first._replace(value=f"{one[1]}{n:0{width}d}") for n in range(int(one[2]) + 1, int(other[2]) + 1)]
