"""The one exception meant for readers: where it is, what is wrong, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class Problem(Exception):
    """Something a user can mend, told in full: one place, and everything that is wrong there.

    where  the file (relative to the project) or the thing at fault.
    wrong  one sentence each: what is wrong, what is known, what to do.

    Printed as `where: 2 problems` followed by one indented line a problem, never with a traceback.
    """

    def __init__(self, where: object, *wrong: str) -> None:
        super().__init__(where, *wrong)
        self.where = _visible(str(where))
        self.wrong = tuple(_visible(sentence) for sentence in wrong)

    def __str__(self) -> str:
        count = "1 problem" if len(self.wrong) == 1 else f"{len(self.wrong)} problems"
        lines = [f"{self.where}: {count}"]
        lines += ["  " + line for sentence in self.wrong for line in sentence.splitlines()]
        return "\n".join(lines)


def _visible(text: str) -> str:
    """The text with letters that do not show, or that would act on a terminal, as escapes: a name may hold any."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


class Problems(Exception):
    """Several Problems found in one go (all config faults before the first job)."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def listed(words: Iterable[object], joint: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *before, last = [*map(str, words)] or [""]
    return f"{', '.join(before)} {joint} {last}" if before else last


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence: `; did you mean 'lead_time'?`, or empty where nothing known is near."""
    close = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    return f"; did you mean '{close[0]}'?" if close else ""
