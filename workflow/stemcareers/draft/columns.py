"""What each column of an export seems to hold: an answer, words, a number, something about the person or the survey."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
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
    "replicate",
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
        r"submitdate|submitted([ _](at|on|date|time))?|date(stamp|created|modified| created| modified)?|startdate|"
        r"(date|time)[ _](completed|submitted)|"
        r"(date[ _]of[ _])?(int(erview)?|survey|completion)[ _]?(date|day)?|lastpage|startlanguage|userlanguage|"
        r"distributionchannel|collector id|token|refurl|ipaddr|_submission_time|_validation_status|_index|_status|"
        r"__version__|_submitted_by|_tags|_notes|seed|completed?|redcap_.*|.*_complete|started|interviewtime|"
        r"grouptime\d+|.*_timestamp|timestamp|today|response status|rootuuid|instanceid|version|.*_do(_\d+)?|"
        r"q_.*score|sc0"
    ),
    "stratum": r"strat(um|a)\w*",
}
REPLICATE = re.compile(r"(\w*rep(w|wt|weight)?|rwt?|w\w*_f?str|w?brr\w*?|jk[1n]?w?t?|bsr?wt?)_?\d+", re.IGNORECASE)
REPLICATES_FROM = 4  # columns of one name with a number behind it; fewer are no replicate weights
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
    r"(what is )?((the|your) )?((school'?s? )?(urn|dfe number|establishment number|seed code)|"
    r"school(['\u2019]s)? (number|id|code|reference( number)?))"
    r"( (of|for) (the|your) school)?\W*",
    re.IGNORECASE,
)
ASKS_WORDS = re.compile(
    r"(is there |do you have )?any(thing|( other| further)? comments?)\b.*|(other |further )?comments?\W*|"
    r"(please )?(say|describe|explain|specify|tell us)\b.*",
    re.IGNORECASE,
)
SELECTED = " - Selected Choice"  # Qualtrics, behind a question with a box for other words
OF_DAYS = " - Date / Time"  # SurveyMonkey, behind a question for a day
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
_QUANTITY = re.compile(r"-?\d+(?:[.,]\d+)? ?(?P<unit>%|h|hrs|[^\W\d_]{3,12})?")
MOST_UNITS, QUANTITIES_FROM = 6, 0.95  # a column of numbers, some with words for a unit: how many words, what share
DAY_FORMATS = tuple(
    day + time
    for day in ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y")
    for time in ("", " %H:%M", " %H:%M:%S", "T%H:%M:%S")
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}.*|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}.*")


@dataclass(frozen=True)
class Column:
    """A column and what it seems to hold.

    answers  code: label, as the file says, or as the texts that several gave; labels are "" where nothing is known.
             Of a number, only the codes that are no answer.
    rare     whether there were answers that too few gave to be written down here.
    stem     the words it shares with its neighbours: "How far do you agree? - ".
    none     the codes that the file itself declares to be no answer.
    units    words that stand behind its numbers, such as hours.
    written  how its days are written, as `format` in answers.yaml says it; "" where that is not sure.
    """

    name: str
    wording: str
    holds: Holds
    answers: dict[str, str]
    rare: bool = False
    stem: str = ""
    none: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    written: str = ""

    @property
    def own_words(self) -> str:
        """What it asks by itself: 'How far do you agree? - I have time' is 'I have time'."""
        own = self.wording[len(self.stem) :]
        return own[1:-1] if re.fullmatch(r"\[[^\[\]]+\]", own) else own


def columns(table: Table) -> list[Column]:
    """What each column holds, in the file's order. Nothing that fewer than three people gave is in the result."""
    boxes = {column for choices in table.choices.values() for column in choices}
    found = _without_replicates([_column(table, name, name in boxes) for name in table.columns])
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


def _without_replicates(found: list[Column]) -> list[Column]:
    """The columns, with those told apart that are numbers and have names as replicate weights have them."""
    named = {c.name: way[1] for c in found if c.holds in {"number", "weight"} and (way := REPLICATE.fullmatch(c.name))}
    times = Counter(named.values())
    return [
        replace(c, holds="replicate", answers={}) if times[named.get(c.name, "")] >= REPLICATES_FROM else c
        for c in found
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
    wording = wording.removesuffix(SELECTED).removesuffix(OF_DAYS)
    codes, texts = table.distinct(name)
    counts = dict.fromkeys(texts, 0)
    for code in codes.tolist():
        counts[texts[code]] += 1
    counts.pop("", None)
    labels = dict(table.labels.get(name, {}))
    labels |= {t: "" for t in counts if t not in labels and _WHOLE.fullmatch(t) and table.is_declared_missing(name, t)}
    declared = table.kinds.get(name)
    holds = "categories" if country else _known(name, wording, declared, counts, table.n)
    if holds in {None, "worked_out"} and CONSENT.search(f"{name} {wording}"):
        holds = "consent"
    if holds is None and (box or declared == "multiple"):
        return Column(name, wording, "box", {})
    none = tuple(code for code in labels if table.is_declared_missing(name, code))
    if holds is None and labels and _only_no_answers(labels, none, counts):
        return Column(name, wording, "number", labels, none=none)
    if holds == "consent" or (
        holds in {None, "categories"} and declared != "text" and (labels or declared == "single" or country)
    ):
        return Column(
            name,
            wording,
            holds or "categories",
            labels or _frequent(counts),
            not labels and _has_rare(counts),
            none=none,
        )
    if holds is None:
        holds = _by_content(declared, counts, wording or name)
    answers = _frequent(counts) if holds == "categories" else {}
    units = _units(counts) or () if holds == "number" else ()
    written = _written(counts) if holds == "date" else ""
    return Column(
        name, wording, holds, answers, holds == "categories" and _has_rare(counts), units=units, written=written
    )


def _only_no_answers(labels: dict[str, str], none: Collection[str], counts: dict[str, int]) -> bool:
    """Whether a column holds numbers, and labels only for those that are no answer."""
    others = [text for text in counts if text not in labels]
    return (
        bool(others)
        and all(code in none or no_answer(label) for code, label in labels.items())
        and all(_NUMBER.fullmatch(text) for text in others)
    )


def _units(counts: dict[str, int]) -> tuple[str, ...] | None:
    """The words that several wrote behind their numbers; None where a column does not hold numbers, with a few such."""
    ways = {text: _QUANTITY.fullmatch(text.strip()) for text in counts}
    fit = sum(counts[text] for text, way in ways.items() if way)
    words: Counter[str] = Counter()
    for text, way in ways.items():
        words.update({way["unit"].lower(): counts[text]} if way and way["unit"] else {})
    if fit < QUANTITIES_FROM * sum(counts.values()) or not words or len(words) > MOST_UNITS:
        return None
    return tuple(sorted(word for word, times in words.items() if times >= QUOTED_FROM)) or None


def _written(counts: dict[str, int]) -> str:
    """The one format in which all days of a column are written; empty where none, or several, would do."""
    fitting = [form for form in DAY_FORMATS if all(map(partial(_is_day, form), counts))]
    return fitting[0] if len(fitting) == 1 else ""


def _is_day(form: str, text: str) -> bool:
    try:
        datetime.datetime.strptime(" ".join(text.split()), form)  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        return False
    return True


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


def is_id(name: str) -> bool:
    """Whether a column has a name that survey tools give to what names a response."""
    return _named(name, "response")


def _by_content(declared: str | None, counts: dict[str, int], wording: str) -> Holds:
    if not counts:
        return "blank"
    if declared == "text" and (all(_NUMBER.fullmatch(text) for text in counts) or _units(counts) is not None):
        return "number"  # a box to write in, where everybody wrote a number
    if declared in {"number", "date", "text"}:
        return declared
    if declared is None and not ASKS_WORDS.fullmatch(wording) and _units(counts) is not None:
        return "number"
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
