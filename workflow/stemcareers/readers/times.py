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
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?).*)?")
ONE_DAY = datetime.timedelta(days=1)


def outside(table: Table, first: datetime.date, last: datetime.date, asked: Collection[str]) -> Iterator[str]:
    """A sentence where responses lie a day or more outside the days of the wave, or end before they begin.

    asked  the columns that are questions, whose days are answers.

    Rows that are previews of the survey are left out; days that do not begin with the year are not read.
    """
    own = [name for name, kind in table.kinds.items() if kind == "date" and name not in asked]
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
        days = [found[1] if (found := _MOMENT.fullmatch(text)) and found[1] != UNDATED else "" for text in texts]
        latest = (last + ONE_DAY).isoformat()
        odd = [i for i, its in enumerate(days) if its and (its < day if day else its > latest)]
        if n := int((np.isin(codes, odd) & counted).sum()):
            yield (
                f"{_count(n, table.n)} from {words} day of the wave (fielded), by '{column}'; tests, or answers of "
                "another wave? If they belong here, correct 'fielded'"
            )
    if begin is not None and end is not None:
        began, ended = (_moments(table, name) for name in (begin, end))
        both = [bool(a and b and len(a) == len(b) and b < a) for a, b in zip(began, ended, strict=True)]
        if n := int((np.array(both, dtype=bool) & counted).sum()):
            yield f"{_count(n, table.n)} over ('{end}') before the beginning ('{begin}'); do not trust the times"


def _bare(name: str) -> str:
    return re.sub(r"[\s_]", "", name).casefold()


def _moments(table: Table, column: str) -> list[str]:
    codes, texts = table.distinct(column)
    found = [_MOMENT.fullmatch(text) for text in texts]
    moments = [f"{m[1]} {m[2] or ''}" if m and m[1] != UNDATED else "" for m in found]
    return [moments[code] for code in codes]


def _count(n: int, all_rows: int) -> str:
    return f"{n:,} of {all_rows:,} responses {'is' if n == 1 else 'are'}"
