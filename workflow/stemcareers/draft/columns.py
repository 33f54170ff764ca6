"""What each column of an export seems to hold: an answer, words, a number, something about the person or the survey."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from stemcareers.draft.labels import in_order, no_answer
from stemcareers.readers.table import Table

Holds = Literal[
    "response",
    "school",
    "person",
    "survey",
    "worked_out",
    "weight",
    "stratum",
    "consent",
    "box",
    "categories",
    "number",
    "date",
    "text",
    "blank",
]

MOST_CATEGORIES, EACH_AT_LEAST, QUOTED_FROM = 12, 3, 3
_WORD = {
    "response": (
        r"(response|respondent|unique|case)[ _]?(id|number)|unique response number|record[ _]?id|_?uuid|instanceid|_id|"
        r"id"
    ),
    "school": (
        r"urn|school[ _]?(id|urn|number|code)|establishment.*|dfe.*|seed[ _]?code|centre number|schoolid|cnt_?sch_?id|"
        r"cnt"
    ),
    "person": (
        r".*e-?mail.*|.*ip[ _]?address.*|recipient.*|external(data)?reference|(first|last|full|sur)[ _]?name|name|"
        r".*phone.*|.*telephone.*|.*mobile( number)?|location(latitude|longitude)|latitude|longitude|.*postcode.*|"
        r"_.*_(latitude|longitude|altitude|precision)|"
        r"username|deviceid|subscriberid|phonenumber|custom data.*"
    ),
    "survey": (
        r"status|progress|finished|duration.*|start(ed)?[ _]?(date|time)?|end(ed)?[ _]?(date|time)?|recordeddate|"
        r"submitdate|date(stamp|created|modified| created| modified)?|startdate|lastpage|startlanguage|userlanguage|"
        r"distributionchannel|collector id|token|refurl|ipaddr|_submission_time|_validation_status|_index|_status|"
        r"__version__|_submitted_by|_tags|_notes|seed|completed?|redcap_.*|.*_complete|started|interviewtime|"
        r"grouptime\d+|.*_timestamp|timestamp|today|response status|rootuuid|instanceid|version|.*_do(_\d+)?|"
        r"q_.*score|sc0"
    ),
    "stratum": r"strat(um|a)\w*",
}
WEIGHT = re.compile(r"w|wt\w*|w_\w+|\w*_?wt|\w*w(ei)?ght\w*|\w*wgt\w*", re.IGNORECASE)
# What files call a weight whose column's name does not tell; a question about somebody's weight has none of these.
CALLED_WEIGHT = re.compile(
    r"(\w+[ -]){0,6}(school|final|sampling|survey|design|base|senate|population|student|replicate)[ -](\w+[ -])?"
    r"weights?\b[^?]*",
    re.IGNORECASE,
)
NAMES = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _WORD.items()}
# Words of a question that asks who somebody is; a column's name alone may be Q3.
ASKS_WHO = re.compile(
    r"(what is )?(your|the) (\w+ ){0,2}(e-?mail( address)?|name|(tele)?phone( number)?|postcode)\W*", re.IGNORECASE
)
ASKS_SCHOOL = re.compile(
    r"(what is )?((the|your) )?(school'?s? )?(urn|dfe number|establishment number|seed code)"
    r"( (of|for) (the|your) school)?\W*",
    re.IGNORECASE,
)
ASKS_WORDS = re.compile(
    r"(is there |do you have )?any(thing|( other| further)? comments?)\b.*|(other |further )?comments?\W*|"
    r"(please )?(say|describe|explain|specify|tell us)\b.*",
    re.IGNORECASE,
)
SELECTED = " - Selected Choice"  # Qualtrics, behind a question with a box for other words
_ENDS_STEM = re.compile(r"[?:] - | - |[?:] |\.\.\.? ")
LONGEST_NAME = 40  # a longer name is a question, as SurveyMonkey has them
CONSENT = re.compile(r"\bconsent|(agree|willing) (to take part|that (your|my) (answers|data|responses))", re.IGNORECASE)
_LIKE = (
    re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.IGNORECASE),  # e-mail
    re.compile(r"(?:\d{1,3}\.){3}\d{1,3}"),  # address of a computer
    re.compile(r"(?:\+|0)[\d ()-]{8,}\d"),  # telephone
    re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE),  # postcode
)
_NUMBER = re.compile(r"-?(?:\d+(?:[.,]\d+)?|[.,]\d+)")
_WHOLE = re.compile(r"-?\d+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}.*|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}.*")


@dataclass(frozen=True)
class Column:
    """A column and what it seems to hold.

    answers  code: label, as the file says, or as the texts that several gave; labels are "" where nothing is known.
             Of a number, only the codes that are no answer.
    rare     whether there were answers that too few gave to be written down here.
    stem     the words it shares with its neighbours: "How far do you agree? - ".
    none     the codes among its answers that the file declares missing, whatever it calls them.
    """

    name: str
    wording: str
    holds: Holds
    answers: dict[str, str]
    rare: bool = False
    stem: str = ""
    none: frozenset[str] = frozenset()

    @property
    def no_answers(self) -> dict[str, str]:
        """The labelled codes that are no answer, with the reason: the label's, else that nothing was answered."""
        reasons = {code: no_answer(label) for code, label in self.answers.items() if label}
        reasons |= {code: reasons.get(code) or "skipped" for code in self.none if code in self.answers}
        return {code: reason for code, reason in reasons.items() if reason}

    @property
    def own_words(self) -> str:
        """What it asks by itself: 'How far do you agree? - I have time' is 'I have time'."""
        return self.wording[len(self.stem) :]


def columns(table: Table) -> list[Column]:
    """What each column holds, in the file's order. Nothing that fewer than three people gave is in the result."""
    boxes = {column for choices in table.choices.values() for column in choices}
    found = [_column(table, name, name in boxes) for name in table.columns]
    found = [replace(c, none=frozenset(g for g in c.answers if table.is_declared_missing(c.name, g))) for c in found]
    found = _with_stems(_without_country_as_school(table, found))
    if "interviewtime" in table.columns:  # LimeSurvey closes a row with the time spent on each group and question
        after = table.columns.index("interviewtime")
        found = [replace(c, holds="survey", answers={}) if at > after else c for at, c in enumerate(found)]
    grids: dict[str, set[str]] = {}
    for column in found:
        if _is_of_grid(column):
            grids.setdefault(column.stem, set()).update(column.answers)
    return [
        replace(column, answers=dict.fromkeys(sorted(grids[column.stem], key=int), ""))
        if _is_of_grid(column) and len(grids[column.stem]) > 1
        else column
        for column in found
    ]


def stems(wordings: Sequence[str]) -> list[str]:
    """The words that each question shares with others, up to a sign that ends a question, such as ' - '."""
    ends = [[m.end() for m in _ENDS_STEM.finditer(words) if m.end() < len(words)] for words in wordings]
    shared = Counter(words[:end] for words, its in zip(wordings, ends, strict=True) for end in its)
    found = []
    for words, its in zip(wordings, ends, strict=True):
        dash = len(words) - len(words.rpartition(" - ")[2])
        found.append(words[: max((end for end in its if shared[words[:end]] > 1), default=dash)])
    return found


def _with_stems(found: list[Column]) -> list[Column]:
    shared = stems([column.wording for column in found])
    return [replace(column, stem=stem) for column, stem in zip(found, shared, strict=True)]


def _without_country_as_school(table: Table, found: list[Column]) -> list[Column]:
    """A country names schools only together with a number that starts again in each."""
    rows = {c.name: table.distinct(c.name) for c in found if c.holds == "school"}
    alone = any(len(texts) == table.n and "" not in texts for _, texts in rows.values())
    return [_column(table, c.name, False, country=True) if alone and c.name.lower() == "cnt" else c for c in found]


def _is_of_grid(column: Column) -> bool:
    """Whether a column is one of several with the same answers, whose labels are not known."""
    return (
        column.holds == "categories" and bool(column.stem) and bool(column.answers) and not any(column.answers.values())
    )


def _column(table: Table, name: str, box: bool, country: bool = False) -> Column:
    # A plain file has the question itself above its column, or only a name.
    wording = " ".join((table.wordings.get(name) or (name if "?" in name or name.count(" ") > 1 else "")).split())
    wording = wording.removesuffix(SELECTED)
    codes, texts = table.distinct(name)
    counts = dict.fromkeys(texts, 0)
    for code in codes.tolist():
        counts[texts[code]] += 1
    counts.pop("", None)
    labels = dict(table.labels.get(name, {}))
    declared = table.kinds.get(name)
    holds = "categories" if country else _known(name, wording, declared, counts, table.n)
    if holds in {None, "worked_out"} and CONSENT.search(f"{name} {wording}"):
        holds = "consent"
    if holds is None and (box or declared == "multiple"):
        return Column(name, wording, "box", {})
    declared_missing = {given for given in labels if table.is_declared_missing(name, given)}
    if holds is None and labels and _only_no_answers(labels, counts, declared_missing):
        return Column(name, wording, "number", labels)
    if holds == "consent" or (
        holds in {None, "categories"} and declared != "text" and (labels or declared == "single" or country)
    ):
        return Column(
            name, wording, holds or "categories", labels or _frequent(counts), not labels and _has_rare(counts)
        )
    if holds is None:
        holds = _by_content(declared, counts, wording)
    answers = _frequent(counts) if holds == "categories" else {}
    return Column(name, wording, holds, answers, holds == "categories" and _has_rare(counts))


def _only_no_answers(labels: dict[str, str], counts: dict[str, int], declared: set[str]) -> bool:
    """Whether a column holds numbers, and labels only for those that are no answer."""
    others = [text for text in counts if text not in labels]
    none = all(given in declared or no_answer(label) for given, label in labels.items())
    return bool(others) and none and all(_NUMBER.fullmatch(text) for text in others)


def _known(name: str, wording: str, declared: str | None, counts: dict[str, int], n: int) -> Holds | None:
    """What a column holds by its name, its words or the look of all its cells; None where it seems to be a question."""
    if counts and all(any(like.fullmatch(text) for like in _LIKE) for text in counts):
        return "person"
    if ASKS_WHO.fullmatch(wording):
        return "person"
    for kind in ("person", "school", "response", "survey", "stratum"):
        if _named(name, kind):
            unique = len(counts) == n == sum(counts.values())
            if kind == "response" and not unique:
                return "survey"
            return kind  # type: ignore[return-value]
    if ASKS_SCHOOL.fullmatch(wording):
        return "school"
    if declared in {"id", "calculated"}:
        return "person" if declared == "id" else "worked_out"
    numeric = bool(counts) and all(_NUMBER.fullmatch(text) for text in counts)
    called = WEIGHT.fullmatch(name) or CALLED_WEIGHT.fullmatch(wording.strip())
    return "weight" if numeric and called and declared in {None, "number"} else None


def _named(name: str, kind: str) -> bool:
    """Whether a column has a name that survey tools give to this kind, in whatever group it stands."""
    own = name.rpartition(" - ")[2].strip()
    own = own if " " in own else own.rpartition("/")[2]
    return len(own) <= LONGEST_NAME and "?" not in own and NAMES[kind].fullmatch(own) is not None


def _by_content(declared: str | None, counts: dict[str, int], wording: str) -> Holds:
    if not counts:
        return "blank"
    if declared == "text" and all(_NUMBER.fullmatch(text) for text in counts):
        return "number"  # a box to write in, where everybody wrote a number
    if declared in {"number", "date", "text"}:
        return declared
    many = len(counts) > MOST_CATEGORIES or sum(counts.values()) < EACH_AT_LEAST * len(counts)
    if all(_NUMBER.fullmatch(text) for text in counts):
        return "number" if many or not all(_WHOLE.fullmatch(text) for text in counts) else "categories"
    if all(_DAY.fullmatch(text) for text in counts):
        return "date"
    return "text" if many or max(map(len, counts)) > 120 or ASKS_WORDS.fullmatch(wording) else "categories"


def _frequent(counts: dict[str, int]) -> dict[str, str]:
    """The texts that several gave: a number as a code without a label, words as the label of a code of their own.

    A number below 0 among words is a code that the survey tool writes for no answer; it stays what it is.
    """
    told = [text for text, times in counts.items() if times >= QUOTED_FROM]
    if told and all(_WHOLE.fullmatch(text) for text in told):
        return dict.fromkeys(sorted(told, key=int), "")
    below = sorted((text for text in told if re.fullmatch(r"-\d+", text)), key=int)
    words = in_order(text for text in told if text not in below)
    return {**{str(place): text for place, text in enumerate(words, start=1)}, **dict.fromkeys(below, "")}


def _has_rare(counts: dict[str, int]) -> bool:
    return any(times < QUOTED_FROM for times in counts.values())
