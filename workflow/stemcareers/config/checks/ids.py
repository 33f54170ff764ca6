"""Ids, codes and samples: does what a file names exist?"""

from __future__ import annotations

from collections.abc import Iterable

from stemcareers.config.load import StudyConfig
from stemcareers.config.plain import shown
from stemcareers.config.samples import WAVE, code_of, column_of
from stemcareers.config.shelf import Shelf
from stemcareers.config.vocabulary import AnswerSet
from stemcareers.errors import did_you_mean

NOT_MEASURED = {"text": "free text", "date": "a date"}  # kinds of answers that stay in data/
LISTED = 8  # how many known ids or codes a sentence lists


def not_known(word: str, noun: str, known: Iterable[str], place: str) -> str:
    """`'lead_tme' is not a known item; did you mean 'lead_time'? (see items.csv)`."""
    known = [one for one in known if one.isprintable()]  # an id with a line break is told where it stands
    hint = did_you_mean(word, known)
    if not hint and 0 < len(known) <= LISTED:
        hint = f"; known: {', '.join(known)}"
    return f"{shown(word)} is not a known {noun}{hint} (see {place})"


def unknown(key: str, word: str | None, noun: str, known: Shelf, place: str) -> Iterable[str]:
    """A sentence where the word surely is not on the shelf; nothing for a word that could not be read."""
    meant_faulty = word is not None and did_you_mean(word, known.unreadable)
    if word is not None and not known.may_hold(word) and not meant_faulty:
        yield f"{key}: {not_known(word, noun, known.known(), place)}"


def variables(config: StudyConfig) -> Shelf:
    """Items and scales: what can be analysed."""
    both = (config.items, config.scales)
    return Shelf(
        {**config.items, **config.scales},
        unreadable=config.items.unreadable | config.scales.unreadable,
        closed=all(shelf.closed for shelf in both),
    )


def answers_of(config: StudyConfig, item: str | None) -> AnswerSet | None:
    """The answers of an item; None where the item, or its answers, are unknown or faulty."""
    found = config.answers.get(config.items[item].answers) if item in config.items else None
    return found if found is not None and found.whole else None


def code_faults(
    config: StudyConfig, key: str, item: str, codes: Iterable[int], *, missing: bool = False
) -> Iterable[str]:
    """A sentence for each code the categories of an item do not have.

    missing  whether codes that are no answer (not asked, do not know) will do too.
    """
    answers = answers_of(config, item)
    if answers is None or not answers.is_categorical:
        return
    allowed = {*answers.codes, *(answers.missing if missing else ())}
    for code in dict.fromkeys(codes):
        if code not in allowed:
            yield f"{key}: {not_a_code(code, item, answers)}"


def not_a_code(code: int | str, item: str, answers: AnswerSet) -> str:
    """`7 is not a code of 'phase'; its codes are 1 (Primary), 2 (Secondary) (see answers.yaml)`."""
    listed = [f"{known} ({label})" for known, label in answers.codes.items()]
    more = f" and {len(listed) - LISTED} more" if len(listed) > LISTED else ""
    return f"{code} is not a code of '{item}'; its codes are {', '.join(listed[:LISTED])}{more} (see answers.yaml)"


def sample_faults(config: StudyConfig, key: str, sample: str) -> Iterable[str]:
    """What is wrong with `all`, `column=code` or `by column`."""
    try:
        column = column_of(sample)
    except ValueError as error:
        yield f"{key}: {error}"
        return
    if column is None:
        return
    code = code_of(sample)
    if column == WAVE:
        yield from unknown(key, code, "wave", config.waves, "waves/")
        return
    if config.study is not None and config.study.whole and column not in config.study.context:
        hint = did_you_mean(column, [*config.study.context, WAVE])
        if hint or column not in config.items:
            yield f"{key}: '{column}' does not define samples{hint} (see context in study.yaml)"
        else:
            yield f"{key}: '{column}' does not define samples; add it to context in study.yaml"
        return
    answers = answers_of(config, column)
    if answers is None:
        return
    if not answers.is_categorical:
        yield f"{key}: '{column}' is a {answers.kind}; only categories define samples"
    elif code is not None and code not in map(str, answers.codes):
        yield f"{key}: {not_a_code(code, column, answers)}"
