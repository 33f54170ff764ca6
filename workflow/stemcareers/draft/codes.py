"""What the codes and words of an export stand for in an answer set that is known."""

from __future__ import annotations

from collections.abc import Mapping

from stemcareers.config.vocabulary import AnswerSet
from stemcareers.draft.columns import Column
from stemcareers.draft.labels import no_answer


def parted(column: Column) -> tuple[dict[str, str], dict[str, str]]:
    """The codes of a column's answers with their labels, and those that are no answer with the reason.

    A code below 0 without a label is one that survey tools write for a question that was seen and left open.
    """
    reasons = {code: no_answer(label) for code, label in column.answers.items() if label}
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
    valid, _ = parted(column)
    found = {code: ours[label.strip().casefold()] for code, label in valid.items() if label.strip().casefold() in ours}
    return {} if all(code == str(ours_) for code, ours_ in found.items()) else found


def unknown(missing: Mapping[str, str], answers: AnswerSet) -> dict[str, str]:
    """The codes that are no answer in an export and that the answer set does not know."""
    known = {*map(str, answers.missing), *map(str, answers.codes)}
    return {code: reason for code, reason in missing.items() if code.lstrip("-").isdigit() and code not in known}
