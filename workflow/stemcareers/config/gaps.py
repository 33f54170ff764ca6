"""Sentences with gaps for numbers: `{share:schools} have a plan`."""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass

from stemcareers.errors import did_you_mean

# The numbers a finding may tell. A sentence tells one of them, and n beside it.
NUMBERS = (
    "share",
    "mean",
    "total",
    "ratio",
    "quantile",
    "difference",
    "odds_ratio",
    "rate_ratio",
    "effect",
    "association",
    "effective_n",
    "icc",
    "agreement",
)
N = "n"


@dataclass(frozen=True)
class Gap:
    """A gap of a sentence: `{share:schools}` has the name `share` and the words `schools`."""

    name: str
    words: str


def parts(sentence: str, known: Iterable[str]) -> list[str | Gap]:
    """A sentence cut into texts and gaps.

    Raises ValueError, in words for a reader, where a gap is not among `known` or the brackets do not match.
    """
    known = list(known)
    found: list[str | Gap] = []
    try:
        pieces = list(string.Formatter().parse(sentence))
    except ValueError as error:
        raise ValueError(f"'{sentence}': {error}; write a bracket that is meant as text twice") from None
    for text, name, words, conversion in pieces:
        if text:
            found.append(text)
        if name is None:
            continue
        if name not in known or conversion:
            meant = did_you_mean(name, known) or "; known are " + ", ".join("{" + k + "}" for k in known)
            raise ValueError(f"'{sentence}': {{{name}}} cannot be filled in{meant}")
        found.append(Gap(name, words or ""))
    return found


def of_a_finding(sentence: str) -> tuple[list[str | Gap], str | None]:
    """The parts of a finding's sentence, and the number it tells; None where it tells n alone.

    Raises ValueError, in words for a reader, for what `parts` refuses and where it tells more than one number.
    """
    pieces = parts(sentence, [*NUMBERS, N])
    told = list(dict.fromkeys(p.name for p in pieces if isinstance(p, Gap) and p.name != N))
    if len(told) > 1:
        names = " and ".join("{" + name + "}" for name in told)
        raise ValueError(f"'{sentence}': {names} are numbers of their own; write a sentence for each")
    return pieces, told[0] if told else None
