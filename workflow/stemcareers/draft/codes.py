"""What the codes and words of an export stand for in an answer set that is known."""

from __future__ import annotations

from collections.abc import Mapping

from stemcareers.config.vocabulary import AnswerSet
from stemcareers.draft.columns import Column
from stemcareers.draft.labels import no_answer
from stemcareers.draft.words import is_whole


def parted(column: Column) -> tuple[dict[str, str], dict[str, str]]:
    """The codes of a column's answers with their labels, and those that are no answer with the reason.

    A code below 0 without a label is one that survey tools write for a question that was seen and left open; so is one
    that the file declares missing, where its label says no more.
    """
    reasons = {code: no_answer(label) for code, label in column.answers.items() if label}
    reasons |= {code: reasons.get(code) or "skipped" for code in column.none if code in column.answers}
    reasons |= {code: "skipped" for code, label in column.answers.items() if not label and code.startswith("-")}
    missing = {code: reason for code, reason in reasons.items() if reason}
    return {code: label for code, label in column.answers.items() if code not in missing}, missing


def translated(column: Column, answers: AnswerSet, labelled: bool) -> dict[str, int]:
    """The export's codes and the codes of the answer set that have the same labels; empty where both are the same.

    labelled   whether the file itself says which label a code has; else its cells hold the labels.
    """
    if not labelled or not answers.is_categorical:
        return {}
    ours = {label.strip().casefold(): code for code, label in answers.codes.items()}
    valid, missing = parted(column)
    found = {code: ours[label.strip().casefold()] for code, label in valid.items() if label.strip().casefold() in ours}
    found = {} if all(code == str(same) for code, same in found.items()) else found
    # Codes that are no numbers, as Stata's .a is none, need one of ours.
    return found | {code: _code_of(reason, answers) for code, reason in missing.items() if not is_whole(code)}


def said_otherwise(column: Column, answers: AnswerSet) -> tuple[dict[str, int], list[str]]:
    """Words in the cells that are no label of the answers: what they stand for, and those of which that is not known.

    "Other, please specify" is the one answer whose label begins with "other".
    """
    ours = {label.strip().casefold() for label in answers.codes.values()}
    strange = [words for words in column.answers.values() if words and words.strip().casefold() not in ours]
    others = [code for code, label in answers.codes.items() if label.casefold().startswith("other")]
    meant = {words: others[0] for words in strange if len(others) == 1 and words.casefold().startswith("other")}
    return meant, [words for words in strange if words not in meant and not no_answer(words)]


def _code_of(reason: str, answers: AnswerSet) -> int:
    """The code of the answer set that means this, or one that is free."""
    known = next((code for code, its in answers.missing.items() if its == reason), None)
    free = {"not_asked": 97, "dont_know": 98, "skipped": 99, "prefer_not": 96}[reason]
    return known if known is not None else next(n for n in (free, -free) if n not in answers.codes)


def unknown(missing: Mapping[str, str], answers: AnswerSet) -> dict[str, str]:
    """The codes that are no answer in an export, or stand for one that is none, and that the answer set does not
    know."""
    known = {*map(str, answers.missing), *map(str, answers.codes)}
    ours = {code if is_whole(code) else str(_code_of(reason, answers)): reason for code, reason in missing.items()}
    return {code: reason for code, reason in ours.items() if code not in known}
