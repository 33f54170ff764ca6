"""What each column of an export seems to hold: an answer, words, a number, something about the person or the survey."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from stemcareers.readers.table import Table

Holds = Literal[
    "response", "school", "person", "survey", "consent", "box", "categories", "number", "date", "text", "blank"
]

MOST_CATEGORIES, EACH_AT_LEAST, QUOTED_FROM = 12, 3, 3
_WORD = {
    "response": (
        r"(response|respondent|unique|case)[ _]?(id|number)|unique response number|record[ _]?id|_?uuid|instanceid|_id|"
        r"id"
    ),
    "school": r"urn|school[ _]?(id|urn|number|code)|establishment.*|dfe.*|seed[ _]?code|centre number|schoolid|cnt",
    "person": (
        r".*e-?mail.*|.*ip[ _]?address.*|recipient.*|external(data)?reference|(first|last|full|sur)[ _]?name|name|"
        r".*phone.*|.*telephone.*|.*mobile( number)?|location(latitude|longitude)|latitude|longitude|.*postcode.*|"
        r"username|deviceid|subscriberid|phonenumber|custom data.*"
    ),
    "survey": (
        r"status|progress|finished|duration.*|start(ed)?[ _]?(date|time)?|end(ed)?[ _]?(date|time)?|recordeddate|"
        r"submitdate|date(stamp|created|modified| created| modified)?|startdate|lastpage|startlanguage|userlanguage|"
        r"distributionchannel|collector id|token|refurl|ipaddr|_submission_time|_validation_status|_index|_status|"
        r"__version__|_submitted_by|_tags|_notes|seed|completed?|redcap_.*|.*_complete|started|interviewtime"
    ),
}
NAMES = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _WORD.items()}
# Words of a question that asks who somebody is; a column's name alone may be Q3.
ASKS_WHO = re.compile(
    r"(what is )?(your|the) (\w+ ){0,2}(e-?mail( address)?|name|(tele)?phone( number)?|postcode)\W*", re.IGNORECASE
)
LONGEST_NAME = 40  # a longer name is a question, as SurveyMonkey has them
CONSENT = re.compile(r"\bconsent|(agree|willing) (to take part|that (your|my) (answers|data|responses))", re.IGNORECASE)
_LIKE = (
    re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE),  # e-mail
    re.compile(r"(?:\d{1,3}\.){3}\d{1,3}"),  # address of a computer
    re.compile(r"(?:\+|0)[\d ()-]{8,}\d"),  # telephone
    re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE),  # postcode
)
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}.*|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}.*")


@dataclass(frozen=True)
class Column:
    """A column and what it seems to hold.

    answers  code: label, as the file says, or as the texts that several gave; labels are "" where nothing is known.
    rare     whether there were answers that too few gave to be written down here.
    """

    name: str
    wording: str
    holds: Holds
    answers: dict[str, str]
    rare: bool = False


def columns(table: Table) -> list[Column]:
    """What each column holds, in the file's order. Nothing that fewer than three people gave is in the result."""
    boxes = {column for choices in table.choices.values() for column in choices}
    found = [_column(table, name, name in boxes) for name in table.columns]
    grids: dict[str, set[str]] = {}
    for column in found:
        if _is_of_grid(column):
            grids.setdefault(_grid(column), set()).update(column.answers)
    return [
        replace(column, answers=dict.fromkeys(sorted(grids[_grid(column)], key=int), ""))
        if _is_of_grid(column) and len(grids[_grid(column)]) > 1
        else column
        for column in found
    ]


def _grid(column: Column) -> str:
    return column.wording.rpartition(" - ")[0]


def _is_of_grid(column: Column) -> bool:
    """Whether a column is one of several with the same answers, whose labels are not known."""
    return (
        column.holds == "categories"
        and bool(_grid(column))
        and bool(column.answers)
        and not any(column.answers.values())
    )


def _column(table: Table, name: str, box: bool) -> Column:
    # A plain file has the question itself above its column, or only a name.
    wording = " ".join((table.wordings.get(name) or (name if "?" in name or name.count(" ") > 1 else "")).split())
    codes, texts = table.distinct(name)
    counts = dict.fromkeys(texts, 0)
    for code in codes.tolist():
        counts[texts[code]] += 1
    counts.pop("", None)
    labels = dict(table.labels.get(name, {}))
    declared = table.kinds.get(name)
    holds = "person" if ASKS_WHO.fullmatch(wording) else _known(name, declared, counts, table.n)
    if holds is None and CONSENT.search(f"{name} {wording}"):
        holds = "consent"
    if holds is None and (box or declared == "multiple"):
        return Column(name, wording, "box", {})
    if holds == "consent" or (holds is None and declared != "text" and (labels or declared == "single")):
        return Column(
            name, wording, holds or "categories", labels or _frequent(counts), not labels and _has_rare(counts)
        )
    if holds is None:
        holds = _by_content(declared, counts)
    answers = _frequent(counts) if holds == "categories" else {}
    return Column(name, wording, holds, answers, holds == "categories" and _has_rare(counts))


def _known(name: str, declared: str | None, counts: dict[str, int], n: int) -> Holds | None:
    """What a column holds by its name or the look of all its cells; None where it seems to be a question."""
    if counts and all(any(like.fullmatch(text) for like in _LIKE) for text in counts):
        return "person"
    for kind in ("person", "school", "response", "survey"):
        if len(name) <= LONGEST_NAME and "?" not in name and NAMES[kind].fullmatch(name.strip()):
            unique = len(counts) == n == sum(counts.values())
            if kind == "response" and not unique:
                return "survey"
            return kind
    return "survey" if declared in {"id", "calculated"} else None


def _by_content(declared: str | None, counts: dict[str, int]) -> Holds:
    if not counts:
        return "blank"
    if declared in {"number", "date", "text"}:
        return declared
    many = len(counts) > MOST_CATEGORIES or sum(counts.values()) < EACH_AT_LEAST * len(counts)
    if all(_NUMBER.fullmatch(text) for text in counts):
        return "number" if many else "categories"
    if all(_DAY.fullmatch(text) for text in counts):
        return "date"
    return "text" if many or max(map(len, counts)) > 120 else "categories"


def _frequent(counts: dict[str, int]) -> dict[str, str]:
    """The texts that several gave: a number as a code without a label, words as the label of a code of their own."""
    told = [text for text, times in counts.items() if times >= QUOTED_FROM]
    if told and all(re.fullmatch(r"-?\d+", text) for text in told):
        return dict.fromkeys(sorted(told, key=int), "")
    return {str(place): text for place, text in enumerate(sorted(told), start=1)}


def _has_rare(counts: dict[str, int]) -> bool:
    return any(times < QUOTED_FROM for times in counts.values())
