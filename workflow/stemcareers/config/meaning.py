"""What a text in an export means as an answer to an item: a code, a number, free text, or nothing that is known.

Nothing is guessed. A text is known or it is refused with a reason, so that a refused answer can be counted.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping

from stemcareers.config.numbers import PLAIN, Written
from stemcareers.config.spelling import spelling
from stemcareers.config.vocabulary import AnswerSet

OUTSIDE = "is outside its answers"
SPELT = "is one of its answers in another spelling (capitals, apostrophes, dashes)"
AMBIGUOUS = "is the code of one of its answers and the label of another"
DATE = "looks like a date"
NOT_A_NUMBER = "is not a number"
OUT_OF_BOUNDS = "is outside its bounds"
NOT_A_DATE = "is not a date as its answers declare it"
DECLARED_MISSING = "is declared missing in the file, but not in answers.yaml"

Value = int | float | str | None
Understand = Callable[[str], tuple[Value, str]]

_INTEGER = re.compile(r"(-?(?:0|[1-9][0-9]*))(?:\.0+)?")
_DIGITS = "[0-9][0-9.,]*"
_WITH_UNIT = re.compile(rf"(?P<low>{_DIGITS})(?: ?(?:-|\u2013|to) ?(?P<high>{_DIGITS}))? ?(?P<unit>[^\W\d_][^\d]*)?")
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DATE = re.compile(
    r"[0-9]{1,4}[-/][0-9]{1,2}(?:[-/][0-9]{1,4})?(?:[ T][0-9:.]+)?"  # 3/4, 1-5, 2025-03-04 10:00
    r"|[0-9]{1,4}\.[0-9]{1,2}\.[0-9]{2,4}"  # 4.3.2025
    rf"|[0-9]{{1,2}}[- ]?{_MONTH}(?:[- ]?[0-9]{{2,4}})?"  # 1-Mar, 1 March 2025
    rf"|{_MONTH}[- ]?[0-9]{{1,4}}",  # MAR1, Mar-25
    re.IGNORECASE,
)


def understand(
    answers: AnswerSet,
    codes: Mapping[str | int, int] | None = None,
    not_asked: int | None = None,
    is_declared_missing: Callable[[str], bool] = lambda text: False,
    written: Written = PLAIN,
) -> Understand:
    """A function from a text to its value and "", or to None and the reason why it is refused.

    answers    the answers the item accepts. The value of a category is its code, of a number the number in the
               unit of the answers, of a date its day as year-month-day; a code under `missing` is returned as that
               code.
    codes      the export's code or text, and the item's code it stands for; looked up first. A code of the
               answers that is the meaning of something else here is no longer accepted as it stands; where that is
               only another spelling of its label, the label still is.
    not_asked  the code for "not asked" that any unknown text stands for; only `codes` and `missing` are known
               then, if there are `codes`.
    is_declared_missing   whether the file itself declares the text missing; such a text is refused unless
               `codes` or `missing` say what it stands for, even if it looks like an answer.
    written    how the export writes its numbers.

    A blank text is None and not refused. Texts are compared without surrounding and repeated blanks, labels with
    their capitals.
    """
    given = {squeezed(str(text)): code for text, code in (codes or {}).items()}
    if answers.kind == "text":
        return lambda text: (text.strip() or None, "")
    if answers.kind == "date":
        return _date(answers, is_declared_missing)
    if answers.kind == "number":
        return _number(answers, given, not_asked, is_declared_missing, written)
    return _category(answers, given, not_asked, is_declared_missing, written)


def squeezed(text: str) -> str:
    """The text with single spaces and none around it; a no-break space is a space."""
    return " ".join(text.split())


def number(text: str) -> float | None:
    """The number that a text is, in plain digits with a decimal point, or None: no thousands, no percent, no guess."""
    return PLAIN.number(text)


def looks_like_date(text: str) -> bool:
    """Whether a text looks like a date: spreadsheets turn '1-5' and 'MAR1' into one."""
    return _DATE.fullmatch(text) is not None


def _category(
    answers: AnswerSet,
    given: Mapping[str, int],
    not_asked: int | None,
    declared: Callable[[str], bool],
    written: Written,
) -> Understand:
    missing = {str(code): code for code in answers.missing}
    strict = bool(given) and not_asked is not None
    free = {} if strict else {c: label for c, label in answers.codes.items() if c not in set(given.values())}
    respelt = {c: label for c, label in answers.codes.items() if not strict and c not in free}
    respelt = {
        c: label
        for c, label in respelt.items()
        if all(spelling(text) == spelling(label) for text, code in given.items() if code == c)
    }
    by_code = {**{str(code): code for code in free}, **missing}
    by_label = {squeezed(label): code for code, label in {**free, **respelt}.items()}
    known = {**by_label, **by_code}
    spelt = {spelling(text) for text in (*known, *(text for text in given if text not in by_code))}
    ambiguous = {text for text in by_label.keys() & by_code.keys() if by_label[text] != by_code[text]}

    def one(text: str) -> tuple[Value, str]:
        text = squeezed(text)
        if not text:
            return None, ""
        whole = _INTEGER.fullmatch(written.plain(text) or text)
        key = str(int(whole[1])) if whole else text
        if text in given or key in given:
            return given.get(text, given.get(key)), ""
        if declared(text) and key not in missing:
            return None, DECLARED_MISSING
        if key in ambiguous:
            return None, AMBIGUOUS
        if key in known:
            return known[key], ""
        if not_asked is not None:
            return not_asked, ""
        if looks_like_date(text):
            return None, DATE
        return None, SPELT if spelling(text) in spelt else OUTSIDE

    return one


def _date(answers: AnswerSet, declared: Callable[[str], bool]) -> Understand:
    pattern, earliest, latest = answers.format, answers.earliest, answers.latest
    assert pattern is not None and earliest is not None and latest is not None, "date answers have a format and bounds"

    def one(text: str) -> tuple[Value, str]:
        text = squeezed(text)
        if not text:
            return None, ""
        if declared(text):
            return None, DECLARED_MISSING
        try:
            day = datetime.datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day, not a moment
        except ValueError:
            return None, NOT_A_DATE
        return (day.isoformat(), "") if earliest <= day <= latest else (None, OUT_OF_BOUNDS)

    return one


def _quantity(text: str, answers: AnswerSet, read: Callable[[str], float | None]) -> float | None:
    """The number a text stands for: a number, with a declared unit after it or, where declared, as a range.

    read  the number that a text without unit is, or None.
    """
    if (plain := read(text)) is not None:
        return plain
    parts = _WITH_UNIT.fullmatch(text)
    if parts is None:
        return None
    factors = {squeezed(word).casefold(): factor for word, factor in answers.units.items()}
    unit = squeezed(parts["unit"] or "").casefold()
    if unit and unit not in factors:
        return None
    low, high = read(parts["low"]), read(parts["high"] or parts["low"])
    if low is None or high is None or (parts["high"] and (answers.ranges == "refuse" or low >= high)):
        return None
    # ASSUME: a range stands for its middle, where answers.yaml says so; without that it is refused.
    return (low + high) / 2 * factors.get(unit, 1.0)


def _number(
    answers: AnswerSet,
    given: Mapping[str, int],
    not_asked: int | None,
    declared: Callable[[str], bool],
    written: Written,
) -> Understand:
    low, high = answers.low, answers.high
    assert low is not None and high is not None, "number answers have bounds"

    def read(text: str) -> float | None:
        return written.number(text, answers.unit)

    strict = bool(given) and not_asked is not None

    def one(text: str) -> tuple[Value, str]:
        text = squeezed(text)
        if not text:
            return None, ""
        mapped = given.get(text)
        value = float(mapped) if mapped is not None else _quantity(text, answers, read)
        if value is not None and value in answers.missing:
            return value, ""
        if mapped is None and declared(text):
            return None, DECLARED_MISSING
        if value is not None and low <= value <= high and (mapped is not None or not strict):
            return value, ""
        if not_asked is not None:
            return float(not_asked), ""
        return None, NOT_A_NUMBER if value is None else OUT_OF_BOUNDS

    return one
