"""The commands of SPSS syntax, each as its words, numbers, texts and signs with the line they stand on.

See IBM SPSS Statistics, Command Syntax Reference, "Universals: Commands": a command ends with a full stop at the
end of a line, or at an empty line; a quotation mark inside a text is doubled; `*` begins a comment that is a command
of its own, `/*` one to the end of the line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Token(NamedTuple):
    """A word, number, text or sign; a text without its quotation marks."""

    kind: Literal["word", "number", "text", "sign"]
    value: str
    line: int

    def is_sign(self, sign: str) -> bool:
        return self.kind == "sign" and self.value == sign

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these words, given in capitals."""
        return self.kind == "word" and self.value.upper() in words


@dataclass(frozen=True)
class Command:
    """One command: its name in capitals as `COMMANDS` spells it, and what follows."""

    name: str
    line: int
    tokens: tuple[Token, ...]


# A command may be shortened to the first three letters of each of its words.
COMMANDS = {
    "read": ("DATA LIST", "VARIABLE LABELS", "VALUE LABELS", "ADD VALUE LABELS", "MISSING VALUES", "SET"),
    # They show, save or arrange, and leave every cell as it is.
    "harmless": (
        *("EXECUTE", "SAVE", "SAVE TRANSLATE", "XSAVE", "EXPORT", "FORMATS", "PRINT FORMATS", "WRITE FORMATS"),
        *("VARIABLE LEVEL", "VARIABLE WIDTH", "VARIABLE ALIGNMENT", "VARIABLE ATTRIBUTE", "VARIABLE ROLE", "TITLE"),
        *("SUBTITLE", "DOCUMENT", "FILE LABEL", "FILE HANDLE", "DISPLAY", "FREQUENCIES", "DESCRIPTIVES", "LIST"),
        *("DATASET NAME", "DATASET ACTIVATE", "SHOW", "PRESERVE", "RESTORE", "CD", "FINISH", "MRSETS", "ECHO"),
        *("OUTPUT CLOSE", "NEW FILE", "DATASET CLOSE", "CODEBOOK", "SORT CASES"),
    ),
}
CHANGING = (
    *("ADD", "AGGREGATE", "AUTORECODE", "CASESTOVARS", "COMPUTE", "COUNT", "DO", "FILTER", "GET", "IF", "INPUT"),
    *("LOOP", "MATCH", "NUMERIC", "RECODE", "RENAME", "REPEATING", "SAMPLE", "SELECT", "SPLIT", "STRING", "TEMPORARY"),
    *("UPDATE", "VARSTOCASES", "VECTOR", "WEIGHT"),
)
_NAMES = [name for names in COMMANDS.values() for name in names]
_TOKEN = re.compile(
    r"""(?P<space>\s+)|(?P<comment>/\*.*?(?:\*/|$))|(?P<text>'(?:[^']|'')*'|"(?:[^"]|"")*")"""
    r"""|(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)|(?P<word>[^\W\d][\w.$\#@]*|[@\#$][\w.$\#@]*)"""
    r"""|(?P<sign>[-()/,=+*.<>])""",
    re.VERBOSE,
)


def commands(text: str) -> tuple[list[Command], list[str]]:
    """The commands of a syntax file, without comments, and every fault that keeps a part from being read."""
    found: list[Command] = []
    wrong: list[str] = []
    pending: list[Token] = []
    is_comment = gap = False

    def finish() -> None:
        if pending:
            found.append(_command(pending))
            pending.clear()

    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        if not is_comment and not bare:
            gap = True  # whether it ends the command is seen from the line after it
            continue
        if pending and gap and _begins_command(bare):
            finish()
        gap = False
        if not pending and re.match(r"\*|comment\b", bare, re.IGNORECASE):
            is_comment = True
        if is_comment:
            is_comment = bool(bare) and not bare.endswith(".")
            continue
        tokens, fault = _tokens(line, number)
        wrong += [f"line {number}: {fault}"] if fault else []
        ends = bool(tokens) and tokens[-1].is_sign(".")
        pending += tokens[:-1] if ends else tokens
        if ends:
            finish()
    finish()
    return found, wrong


def _begins_command(bare: str) -> bool:
    """Whether a line that stands after an empty one begins a command: some files have empty lines inside one."""
    return bare.startswith("*") or _known(re.findall(r"[A-Za-z]+", bare)[:3]) is not None


def _tokens(line: str, number: int) -> tuple[list[Token], str]:
    """The tokens of a line, and what is wrong with it; a full stop at its end is the sign '.'."""
    found: list[Token] = []
    position = 0
    line = line.rstrip()
    while position < len(line):
        match = _TOKEN.match(line, position)
        if match is None:
            mark = line[position]
            if mark in "'\"":
                return found, "a quotation mark has no partner on its line"
            return found, f"the sign {mark!r} stands where none may"
        position, kind, value = match.end(), match.lastgroup, match[0]
        if kind == "text":
            value = value[1:-1].replace(value[0] * 2, value[0])
        if kind == "word" and value.endswith(".") and position == len(line):
            found += [Token("word", value.rstrip("."), number), Token("sign", ".", number)]
        elif kind not in {"space", "comment"}:
            found.append(Token(kind, value, number))  # type: ignore[arg-type]
    return found, ""


def _command(tokens: list[Token]) -> Command:
    words = [t.value for t in tokens[:3] if t.kind == "word"]
    name, used = _known(words) or (tokens[0].value.upper(), 1)
    return Command(name, tokens[0].line, tuple(tokens[used:]))


def _known(words: list[str]) -> tuple[str, int] | None:
    """The command that words begin, with how many of them name it; the longest name wins."""
    fitting = []
    for name in _NAMES:
        parts = name.split()
        given = [word.upper() for word in words[: len(parts)]]
        if len(given) == len(parts) and all(
            part.startswith(word) and len(word) >= min(3, len(part)) for part, word in zip(parts, given, strict=True)
        ):
            fitting.append((name, len(parts)))
    return max(fitting, key=lambda one: one[1]) if fitting else None


# --- one command, token by token ---------------------------------------------------------------------------


class Fault(Exception):
    """What is wrong with a command, with its line."""

    def __init__(self, line: int, wrong: str) -> None:
        super().__init__(f"line {line}: {wrong}")


class Reading:
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
            raise Fault(self.line, f"{self.command.name} ends where {due or 'more'} is due")
        self.position += 1
        return self.command.tokens[self.position - 1]

    def skip(self, sign: str) -> None:
        if self.at(sign):
            self.position += 1

    def close(self) -> None:
        token = self.next("a ')'")
        if not token.is_sign(")"):
            raise Fault(token.line, f"{self.command.name}: a ')' is due where '{token.value}' stands")

    def whole(self, due: str) -> int:
        token = self.next(due)
        if token.kind != "number" or not token.value.isdigit():
            raise Fault(token.line, f"{self.command.name}: {due} is due where '{token.value}' stands")
        return int(token.value)

    def code(self, *words: str) -> Token:
        """A code: a text, a number with or without minus, or one of these words."""
        token = self.next("a code")
        if token.is_sign("-"):
            digits = self.next("a code")
            token = digits._replace(value=f"-{digits.value}")
        if token.kind in {"number", "text"} or token.is_word(*words):
            return token
        raise Fault(token.line, f"{self.command.name}: a code is due where '{token.value}' stands")

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
            raise Fault(token.line, f"{self.command.name}: {due} is due where '{token.value}' stands")
        return token.value
