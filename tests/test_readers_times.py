"""When responses began and ended, held against the days of the wave."""

from __future__ import annotations

import datetime

import numpy as np
import pytest
from stemcareers.readers.table import Table
from stemcareers.readers.times import outside

FIRST, LAST = datetime.date(2025, 3, 3), datetime.date(2025, 4, 11)


def told(asked: tuple[str, ...] = (), **columns: list[str]) -> list[str]:
    cells = {name: np.array(texts, dtype=object) for name, texts in columns.items()}
    table = Table("x.csv", cells, 1, "utf-8", kinds=dict.fromkeys(cells, "date"), previews={"Status": {"1"}})
    cells["Status"] = np.array(["0", "0", "1"], dtype=object)
    return list(outside(table, FIRST, LAST, asked))


@pytest.mark.parametrize(
    "days",
    [
        ["2025-03-03", "2025-04-11 23:59:59", ""],
        ["2025-03-02T23:00:00.000+01:00", "2025-04-12", "2025-03-09"],  # a day more, for another time zone
        ["03/02/2024", "4.3.2024", "Monday"],  # which day comes first is not guessed
        ["1980-01-01 00:00:00", "2025-03-04", "2019-01-01"],  # no date at all; a preview, which is no response
    ],
)
def test_days_within_the_wave_and_those_that_cannot_be_read_are_not_told(days: list[str]) -> None:
    assert told(StartDate=days) == []


def test_days_outside_are_counted() -> None:
    assert told(StartDate=["2024-03-04", "2025-03-04", ""], EndDate=["2025-03-04", "2026-03-04", ""]) == [
        "1 of 3 responses is from before the first day of the wave (fielded), by 'StartDate'; tests, answers "
        "entered late, or those of another wave? If they belong here, correct 'fielded'",
        "1 of 3 responses is from after the last day of the wave (fielded), by 'EndDate'; tests, answers "
        "entered late, or those of another wave? If they belong here, correct 'fielded'",
    ]


def test_a_response_that_ends_before_it_begins() -> None:
    begun, over = ["2025-03-04 10:00:00", "2025-03-04 10:00:00", ""], ["2025-03-04 09:00:00", "2025-03-04 10:00:00", ""]
    assert told(startdate=begun, submitdate=over) == [
        "1 of 3 responses is over ('submitdate') before the beginning ('startdate'); do not trust the times"
    ]


@pytest.mark.parametrize(
    ("begun", "over", "told_of"),
    [
        ("2025-03-04T10:00:00.123+01:00", "2025-03-04T09:05:00Z", 0),  # the clocks of two zones
        ("2025-03-04T10:00:00.123+01:00", "2025-03-04T08:55:00Z", 1),
        ("2025-03-04T10:00:00.123+13:00", "2025-03-03T21:05:00", 0),  # Kobo's server tells no zone
        ("2025-03-04T10:00:00.123+01:00", "2025-03-02T09:05:00", 1),
        ("2025-03-04 10:00:30", "2025-03-04 10:00", 0),  # told to the minute
        ("2025-03-04 10:00:30", "2025-03-04", 0),
        ("2025-04-31 10:00:30", "2025-04-05 09:00:00", 0),  # no day
    ],
)
def test_times_are_compared_as_far_as_they_are_told(begun: str, over: str, told_of: int) -> None:
    assert len(told(start=[begun, "", ""], end=[over, "", ""])) == told_of


def test_a_day_that_was_asked_is_an_answer() -> None:
    assert told(("start",), start=["1999-01-01", "1999-01-01", ""]) == []
