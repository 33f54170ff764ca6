"""What the codes and words of an export stand for in an answer set that is known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set

from stemcareers.config.vocabulary import AnswerSet
from stemcareers.draft.columns import Column
from stemcareers.draft.labels import no_answer
from stemcareers.draft.likeness import plain, words
from stemcareers.draft.words import is_whole

BRACKETS = re.compile(r"\([^()]*\)")


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
    found = meant(valid, ours)
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


def none_here(missing: Mapping[str, str], answers: AnswerSet) -> dict[str, int]:
    """The export's codes that are no answer and that the answer set does not know, as those of its own that mean the
    same; 9999 is 999 where 999 is the code of who skipped a question, and of several the one that ends alike."""
    found = {}
    for code, reason in unknown(missing, answers).items():
        same = [its for its, why in answers.missing.items() if why == reason]
        if same:
            found[code] = next((its for its in same if str(its)[-1] == code[-1]), same[0])
    return found


def otherwise_called(
    column: Column, answers: AnswerSet, codes: Mapping[str, int], before: Mapping[str, int] | None = None
) -> dict[str, str]:
    """The codes of a column whose label stands for nothing that is known, with the label."""
    known = {**(before or {}), **{plain(label): code for code, label in answers.codes.items()}}
    valid, _ = parted(column)
    found = meant(valid, known)
    return {code: label for code, label in valid.items() if label and code not in found and code not in codes}


def meant(labels: Mapping[str, str], known: Mapping[str, int]) -> dict[str, int]:
    """The codes of an export, and the known answers that their labels are.

    labels  code: its label; known  the plain words of an answer: its code.

    A label is a known answer where its words are the same, with what stands in brackets or without; else, where all
    labels find one each, the answer of most words that it holds: 'A small town (to 15,000)' is a small town.
    """
    found = {}
    for code, label in labels.items():
        same = next((w for w in (plain(label), plain(BRACKETS.sub(" ", label))) if w in known), None)
        if same is not None:
            found[code] = known[same]
    found = {
        code: its for code, its in found.items() if list(found.values()).count(its) == 1 or plain(labels[code]) in known
    }
    if len(found) == len(labels):
        return found
    held = {code: _longest_held(words(BRACKETS.sub(" ", label)), known) for code, label in labels.items()}
    numbers = [its for its in held.values() if its is not None]
    return dict(held) if len(numbers) == len(set(numbers)) == len(labels) else found  # type: ignore[arg-type]


def _longest_held(given: Set[str], known: Mapping[str, int]) -> int | None:
    """The known answer of most words that these words hold; None where there is none, or several."""
    held = {
        its: max(len(words(w)) for w in known if known[w] == its and words(w) and words(w) <= given)
        for its in {known[w] for w in known if words(w) and words(w) <= given}
    }
    best = [its for its, n in held.items() if n == max(held.values())]
    return best[0] if len(best) == 1 else None


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
