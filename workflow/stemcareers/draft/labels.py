"""Labels of answers that every survey has: those that are no answer, and those that have an order."""

from __future__ import annotations

import re
from collections.abc import Iterable

NO_ANSWER = {
    "not_asked": re.compile(
        r"n/?a|not applicable|not administered|not asked|(valid|logical|legitimate) skip|"
        r"not in (this )?(country|version)",
        re.IGNORECASE,
    ),
    "skipped": re.compile(
        r"(system )?missing|invalid|no (response|answer)|not (answered|reached|stated|given)|skipped|unanswered|"
        r"seen but unanswered|refused to answer|omitted",
        re.IGNORECASE,
    ),
    "dont_know": re.compile(r"(i )?(do not|don.?t) know|not sure|unsure", re.IGNORECASE),
    "prefer_not": re.compile(r"(i )?(would )?prefer not (to (say|answer)?)?|refused", re.IGNORECASE),
}
# Answers from low to high as questionnaires word them; labels that are all of one line have its order.
_ORDERS = (
    r"(completely|totally) disagree|strongly disagree|disagree strongly|disagree|(slightly|somewhat|tend to) disagree|"
    r"disagree (slightly|somewhat)|neither( agree)?( n?or disagree)?|neutral|undecided|"
    r"(slightly|somewhat|tend to) agree|agree (slightly|somewhat)|agree|"
    r"strongly agree|agree strongly|(completely|totally) agree",
    r"never|hardly ever|almost never|rarely|seldom|occasionally|sometimes|quite often|often|frequently|very often|"
    r"(almost|nearly) always|always",
    r"never|less (often )?than once a year|once a year|yearly|annually|(once or )?twice a year|once a term|termly|"
    r"once (a|every) half[- ]?term|once a month|monthly|once a month or more|once a week|weekly|once a week or more|"
    r"every day|daily|(almost )?every (day|lesson)",
    r"never|not at all|once|once or twice|twice|(two|2|three|3)( or |-)(three|3|four|4) times|"
    r"(three|3|four|4|five|5)( times)? or more( times)?|(three|3|four|4|five|5) times or more|more often",
    r"never|(in )?some lessons|(in )?(about )?half the lessons|(in )?most lessons|(in )?(every|all) lessons?",
    r"not at all|very little|(a )?little|slightly|to a small extent|somewhat|to some extent|moderately|"
    r"to a moderate extent|quite a lot|a lot|very much|to a (large|great) extent|a great deal|extremely|completely",
    r"very poor|poor|fair|adequate|satisfactory|good|very good|excellent|outstanding",
    r"very (dissatisfied|unsatisfied)|(dissatisfied|unsatisfied)|neither( satisfied n?or dissatisfied)?|neutral|"
    r"satisfied|very satisfied",
    r"very unlikely|unlikely|neither( likely n?or unlikely)?|likely|very likely",
    r"not (at all )?confident|not very confident|slightly confident|(somewhat|fairly) confident|confident|"
    r"very confident",
    r"not (at all )?important|not very important|slightly important|(somewhat|fairly) important|important|"
    r"very important",
    r"none( of them)?|a few( of them)?|some( of them)?|about half|most( of them)?|(almost )?all( of them)?",
)
_STEPS = tuple(tuple(re.compile(step, re.IGNORECASE) for step in re.split(r"\|(?![^(]*\))", line)) for line in _ORDERS)
_YES_NO = re.compile(r"yes|no|(do not|don.?t) know|not sure|unsure", re.IGNORECASE)


def no_answer(label: str) -> str:
    """The reason why a labelled code is no answer; blank where it is one."""
    return next((reason for reason, words in NO_ANSWER.items() if words.fullmatch(label.strip())), "")


def from_low_to_high(labels: Iterable[str]) -> list[str] | None:
    """The labels in their order, where they are three or more steps of one that is known; None where they are not."""
    given = list(labels)
    for steps in _STEPS:
        places = {
            label: next((at for at, step in enumerate(steps) if step.fullmatch(label.strip())), None) for label in given
        }
        if len(given) > 2 and None not in places.values() and len(set(places.values())) == len(given):
            return sorted(given, key=lambda label: places[label])  # type: ignore[arg-type, return-value]
    return None


def in_order(labels: Iterable[str]) -> list[str]:
    """The labels from low to high where that is known, yes before no, any others by the alphabet."""
    given = sorted(labels)
    if all(_YES_NO.fullmatch(label.strip()) for label in given):
        return sorted(given, key=lambda label: ("ynd".find(label.strip()[0].lower()) % 9, label))
    return from_low_to_high(given) or given
