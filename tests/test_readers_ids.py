"""Ids as programs and people spoil them: what nobody can mean, and what a wave may say is meant so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import small_wave
from reading import refused
from stemcareers.errors import Problem
from stemcareers.readers.ids import MEANT, refuse_spoilt
from stemcareers.readers.table import Table

CAPITALS = (
    "'urn': rows 1 and 2 have ids that differ only in capitals, blanks, dashes or the form of apostrophes, so one "
    "would count as several; give them one spelling, and export again"
)


def table(*ids: str) -> Table:
    return Table("x.csv", {"urn": np.array(ids, dtype=object)}, 1, "utf-8")


def said(*ids: str, meant: tuple[str, ...] = (), named: bool = True) -> list[str]:
    try:
        refuse_spoilt(table(*ids), ["urn"], {"urn"} if named else set(), meant=meant)
    except Problem as problem:
        return list(problem.wrong)
    return []


@pytest.mark.parametrize(
    "ids",
    [
        ("0100", "0101"),
        ("123/4567", "123/4568"),
        ("1-3", "1-4", "3/45"),
        ("St Mary's", "St. Mary's RC", "St Mary's Academy", "St Marys"),
        ("10E5", "11E5", "1E10"),
        ("A1", "A10", "B1"),
        ("NAM", "NA1", "ZA"),
        ("2025-03-04 10:00", "2025-03-05 10:00"),  # all are days
        ("2019.10", "2019.11"),
        ("100", "100", ""),
    ],
)
def test_ids_as_schools_have_them_pass(ids: tuple[str, ...]) -> None:
    assert said(*ids) == []


@pytest.mark.parametrize(
    "ids", [("NA", "ZA"), ("abC", "abc"), ("-", "1"), ("12.0", "13.0"), ("1-Mar", "2-14"), ("St. X", "ST. X")]
)
def test_a_wave_can_say_that_such_ids_are_meant(ids: tuple[str, ...]) -> None:
    *_, way = said(*ids)
    assert way == MEANT == "where ids are meant as they stand, name their column under as_written in the wave file"
    assert said(*ids, meant=("urn",)) == []


@pytest.mark.parametrize(
    "ids", [("1.2E+11", "7"), ("#N/A", "7"), ('="0101"', "7"), ("7", "7.0"), ("7\u200b", "7"), ("\ufffd", "7")]
)
def test_nobody_means_what_a_program_spoilt(ids: tuple[str, ...]) -> None:
    assert said(*ids) == said(*ids, meant=("urn",)) != []
    assert MEANT not in said(*ids)


def test_one_spelling_is_told_once_and_capitals_only_of_schools() -> None:
    assert said("Oak", "OAK") == [CAPITALS, MEANT]
    assert said("Oak", "OAK", named=False) == []
    assert len(said("NA", "na")) == 2  # no word for two spellings of nothing


def test_as_written_goes_all_the_way_and_names_ids_alone(tmp_path: Path) -> None:
    rows = small_wave.rows({"urn": "NA"}, {"urn": "na"})
    assert refused(lambda: small_wave.ingested(tmp_path, rows)).endswith(MEANT)
    read = small_wave.ingested(tmp_path, rows, as_written="urn")
    assert read.responses["school"].tolist() == ["NA", "na"]
    assert refused(lambda: small_wave.wave(as_written=["Urn"])) == (
        "as_written: 'Urn' names no response, school, person or stratum of this wave; did you mean 'urn'?"
    )
