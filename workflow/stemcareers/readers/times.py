"""When responses began and ended, by the survey tool's own columns: held against the days of the wave, never judged."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Iterator

import numpy as np

from stemcareers.readers.table import Table

BEGINS = {"startdate", "started", "datestarted", "starteddate", "start", "datecreated"}
ENDS = {
    *("enddate", "recordeddate", "submitdate", "datesubmitted", "submitted", "submissiontime", "submissiondate"),
    *("completed", "completeddate", "completiondate", "datecompleted", "end"),
}
UNDATED = "1980-01-01"  # what LimeSurvey writes where a survey keeps no dates
# Year first and nothing else: 3/4/2025 is a day of March in one country and of April in another.
_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ](?P<minute>[0-9]{2}:[0-9]{2})(?::(?P<second>[0-9]{2}))?(?:\.[0-9]+)?"
    r" ?(?P<zone>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?.*)?"
)
ONE_DAY = datetime.timedelta(days=1)


def outside(table: Table, first: datetime.date, last: datetime.date, asked: Collection[str]) -> Iterator[str]:
    """A sentence where responses lie a day or more outside the days of the wave, or end before they begin.

    asked  the columns that are questions, whose days are answers.

    Rows that are previews of the survey are left out; days that do not begin with the year are not read. Of two times
    one of which names no time zone, the second must be a day earlier to be told.
    """
    own = [name for name in table.columns if table.kinds.get(name) == "date" and name not in asked]
    begin = next((name for name in own if _bare(name) in BEGINS), None)
    end = next((name for name in own if _bare(name) in ENDS or name.endswith("_timestamp")), None)
    counted = np.ones(table.n, dtype=bool)
    for column, marks in table.previews.items():
        codes, texts = table.distinct(column)
        counted &= ~np.isin(codes, [i for i, text in enumerate(texts) if text in marks])
    bounds = {"before the first": (begin or end, (first - ONE_DAY).isoformat()), "after the last": (end or begin, "")}
    for words, (column, day) in bounds.items():
        if column is None:
            continue
        codes, texts = table.distinct(column)
        days = [found["day"] if (found := _dated(text)) else "" for text in texts]
        latest = (last + ONE_DAY).isoformat()
        odd = [i for i, its in enumerate(days) if its and (its < day if day else its > latest)]
        if n := int((np.isin(codes, odd) & counted).sum()):
            yield (
                f"{_count(n, table.n)} from {words} day of the wave (fielded), by '{column}'; tests, answers "
                "entered late, or those of another wave? If they belong here, correct 'fielded'"
            )
    if begin is not None and end is not None:
        began, ended = (_moments(table, name) for name in (begin, end))
        both = [a is not None and b is not None and _is_before(b, a) for a, b in zip(began, ended, strict=True)]
        if n := int((np.array(both, dtype=bool) & counted).sum()):
            yield f"{_count(n, table.n)} over ('{end}') before the beginning ('{begin}'); do not trust the times"


def _bare(name: str) -> str:
    return re.sub(r"[\s_]", "", name).casefold()


def _dated(text: str) -> re.Match[str] | None:
    found = _MOMENT.fullmatch(text)
    return found if found and found["day"] != UNDATED else None


def _moments(table: Table, column: str) -> list[re.Match[str] | None]:
    codes, texts = table.distinct(column)
    found = [_dated(text) for text in texts]
    return [found[code] for code in codes]


def _is_before(one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether a moment is before another, told as exactly as both are written."""
    parts = [part for part in ("minute", "second") if one[part] and other[part]]
    zones = bool(one["zone"]), bool(other["zone"])
    first, second = (_time(moment, parts, all(zones) and bool(parts)) for moment in (one, other))
    if first is None or second is None:
        return False
    return first < second - (ONE_DAY if any(zones) and not (all(zones) and parts) else datetime.timedelta())


def _time(moment: re.Match[str], parts: list[str], in_zone: bool) -> datetime.datetime | None:
    clock = ":".join(moment[part] for part in parts) or "00:00"
    try:
        return datetime.datetime.fromisoformat(f"{moment['day']}T{clock}{moment['zone'] if in_zone else ''}")
    except ValueError:  # the 30th of February
        return None


def _count(n: int, all_rows: int) -> str:
    return f"{n:,} of {all_rows:,} responses {'is' if n == 1 else 'are'}"
