"""What the codes and words of an export stand for in an answer set that is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from stemcareers.config.vocabulary import AnswerSet
from stemcareers.draft.columns import Column
from stemcareers.draft.likeness import plain

BRACKETS = re.compile(r"\([^()]*\)")


def parted(column: Column) -> tuple[dict[str, str], dict[str, str]]:
    """The codes of a column's answers with their labels, and those that are no answer with the reason.

    A code below 0 without a label is one that survey tools write for a question that was seen and left open.
    """
    missing = dict(column.no_answers)
    missing |= {code: "skipped" for code, label in column.answers.items() if not label and code.startswith("-")}
    return {code: label for code, label in column.answers.items() if code not in missing}, missing


def translated(
    column: Column, answers: AnswerSet, labelled: bool, before: Mapping[str, int] | None = None
) -> dict[str, int]:
    """The export's codes and the codes of the answer set that have the same labels; empty where both are the same.

    labelled   whether the file itself says which label a code has; else its cells hold the labels.
    before     the plain words that earlier exports had for an answer, and its code.
    """
    if not labelled or not answers.is_categorical:
        return {}
    ours = {**(before or {}), **{plain(label): code for code, label in answers.codes.items()}}
    valid, missing = parted(column)
    words = called(valid)
    meant = {code: ours.get(words[code], ours.get(plain(label))) for code, label in valid.items()}
    found = {code: ours_code for code, ours_code in meant.items() if ours_code is not None}
    found = {} if all(code == str(same) for code, same in found.items()) else found
    # Codes that are no numbers, as Stata's .a is none, need one of ours.
    return found | {code: _code_of(reason, answers) for code, reason in missing.items() if not _is_whole(code)}


def none_here(missing: Mapping[str, str], answers: AnswerSet) -> dict[str, int]:
    """The export's codes that are no answer and that the answer set does not know, as those of its own that mean the
    same; 9999 is 999 where 999 is the code of who skipped a question."""
    reasons = {reason: code for code, reason in reversed(answers.missing.items())}
    return {code: reasons[reason] for code, reason in unknown(missing, answers).items() if reason in reasons}


def otherwise_called(
    column: Column, answers: AnswerSet, codes: Mapping[str, int], before: Mapping[str, int] | None = None
) -> dict[str, str]:
    """The codes of a column whose label stands for nothing that is known, with the label."""
    known = {*(before or {}), *map(plain, answers.codes.values())}
    valid, _ = parted(column)
    words = called(valid)
    strange = {code for code, label in valid.items() if known.isdisjoint({plain(label), words[code]})}
    return {code: label for code, label in valid.items() if label and code in strange and code not in codes}


def called(labels: Mapping[str, str]) -> dict[str, str]:
    """The plain words of each label without what stands in brackets: 'Village (under 3,000 people)' is a village.

    With the brackets where two labels would be called the same.
    """
    short = {code: plain(BRACKETS.sub(" ", label)) for code, label in labels.items()}
    times = Counter(short.values())
    return {code: short[code] if times[short[code]] == 1 else plain(label) for code, label in labels.items()}


def _code_of(reason: str, answers: AnswerSet) -> int:
    """The code of the answer set that means this, or one that is free."""
    known = next((code for code, its in answers.missing.items() if its == reason), None)
    free = {"not_asked": 97, "dont_know": 98, "skipped": 99, "prefer_not": 96}[reason]
    return known if known is not None else next(n for n in (free, -free) if n not in answers.codes)


def unknown(missing: Mapping[str, str], answers: AnswerSet) -> dict[str, str]:
    """The codes that are no answer in an export, or stand for one that is none, and that the answer set does not
    know."""
    known = {*map(str, answers.missing), *map(str, answers.codes)}
    ours = {code if _is_whole(code) else str(_code_of(reason, answers)): reason for code, reason in missing.items()}
    return {code: reason for code, reason in ours.items() if code not in known}


def _is_whole(code: str) -> bool:
    return code.lstrip("-").isdigit()
