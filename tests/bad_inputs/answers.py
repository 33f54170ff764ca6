"""What stands in an answer, an id or a weight that is none: set aside and counted, or the wave stops."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bad_inputs.cases import Case, exported
from bad_inputs.fieldings import CODED, COLUMNS, PEOPLE, Fielding, csv_export, text_of

ALL = {"quarantine_at_most": 1}
ONE_TO_FIVE: tuple[tuple[str, str, str], ...] = (
    ("I2", "'None'", "None"),
    ("I2", "'NA'", "NA"),
    ("I2", "'null'", "null"),
    ("I2", "'n/a'", "n/a"),
    ("I2", "'nan'", "nan"),
    ("I2", "'#N/A'", "#N/A"),
    ("I16", "-99", "-99"),
    ("I16", "99", "99"),
    ("I16", "8, a missing code of another answer set", "8"),
    ("I16", "0, below the scale", "0"),
    ("I19", "7, of a scale of seven", "7"),
    ("I18", "the label of another answer set", "Yes"),
    ("I18", "a label in another language", "Stimme zu"),
    ("I18", "two labels in one cell", "Agree, Neither"),
    ("I30", "1-5", "1-5"),
    ("I30", "MAR1", "MAR1"),
    ("I30", "3/4", "3/4"),
    ("I30", "2025-03-04 00:00:00", "2025-03-04 00:00:00"),
    ("I36", "4,5", "4,5"),
    ("I36", "4.5", "4.5"),
    ("I36", "a full-width digit", "\uff14"),
    ("I36", "an exponent", "4e0"),
    ("I36", "a plus", "+4"),
    ("I36", "a leading zero", "04"),
    ("I38", "TRUE", "TRUE"),
    ("I39", "a spelling mistake", "Agre"),
    ("I39", "a label in capitals", "AGREE"),
    ("I39", "a Cyrillic letter", "\u0410gree"),
    ("I39", "a character that does not show", "4\u200b"),
    ("I39", "a label without its blank", "Stronglyagree"),
    ("I36", "a code with its label", "4 - Agree"),
    ("I36", "a code after an apostrophe", "'4"),
    ("I36", "a code with a point", "4."),
    ("I2", "'-'", "-"),
    ("S7", "a formula", "=4"),
    ("S1", "markup", "<script>alert(1)</script>"),
    ("S1", "escape codes of a terminal", "\x1b[2J4"),
    ("S1", "an emoji", "\U0001f600"),
    ("I3", "2^64", "18446744073709551616"),
)
HOURS: tuple[tuple[str, str, str], ...] = (
    ("I36", "a decimal comma", "3,5"),
    ("I36", "thousands", "1,000"),
    ("I36", "a per cent sign", "50%"),
    ("I36", "a minus that is none", "\u22123"),
    ("I36", "a no-break space between digits", "1\u00a00"),
    ("I36", "full-width digits", "\uff11\uff12"),
    ("I36", "an exponent", "1e1"),
    ("I36", "a unit", "12 hours"),
    ("I36", "a range", "10-12"),
    ("I36", "infinity", "inf"),
    ("I36", "hexadecimal", "0x10"),
    ("I36", "digits of another script", "\u0661\u0662"),
    ("I16", "below the bounds", "-1"),
    ("I16", "above the bounds", "61"),
    ("I16", "-99", "-99"),
    ("I2", "'None'", "None"),
    ("I30", "a time of day", "12:30"),
    ("I39", "a word", "twelve"),
)
WEIGHTS: tuple[tuple[str, str, str], ...] = (
    ("I41", "negative", "-1"),
    ("I41", "zero", "0"),
    ("I41", "missing", ""),
    ("I41", "a word", "n/a"),
    ("I41", "infinite", "inf"),
    ("I41", "not a number", "nan"),
    ("I41", "with a decimal comma", "1,5"),
)
# What stands in the column of schools, from the first row on.
SCHOOLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("I45", "one school in capitals and small letters", ("St Mary", "ST MARY")),
    ("I45", "one school with two blanks in its name", ("St  Mary", "St Mary")),
    ("I45", "one school with a line break in its name", ("St\nMary", "St Mary")),
    ("I45", "one school with a curly and a straight apostrophe", ("St Mary\u2019s", "St Mary's")),
    ("I45", "one school with a dash and a hyphen", ("Ash\u2013Elm", "Ash-Elm")),
    ("I24", "NA, as R writes a missing school", ("NA", "NA")),
    ("I24", "NULL, as a database writes a missing school", ("NULL", "NULL")),
    ("I24", "nan, as pandas writes a missing school", ("nan", "nan")),
    ("I24", "a full stop, as SPSS writes a missing school", (".", ".")),
    ("I24", "'unknown', as a person writes a missing school", ("Unknown", "unknown")),
    ("I31", "#N/A of a spreadsheet in place of a school", ("#N/A", "#N/A")),
    ("I31", "##### of a spreadsheet in place of a school", ("#######", "#######")),
    ("I30", "a date where others have ids", ("01-Mar", "100")),
    ("I30", "a day where others have ids", ("2025-03-01 00:00:00", "100")),
    ("I3", "an id shortened as R does", ("1e+05", "100")),
    ("I3", "an id shortened with a decimal comma", ("1,00123E+11", "100")),
    ("I3", "ids of which one lost its zero", ("0101", "101")),
    ("I44", "one number with and without a decimal", ("100.0", "100")),
    ("S7", "ids wrapped as formulas", ('="0101"', '="0102"')),
    ("I9", "a letter that was lost in an earlier conversion", ("Caf\ufffd", "100")),
)
LIKE_R5: tuple[tuple[str, str], ...] = (
    ("a full-width digit", "R\uff15"),
    ("a character that does not show", "R\u200b5"),
    ("a soft hyphen", "R\u00ad5"),
    ("the mark of right-to-left text", "\u200fR5"),
)


def cases() -> Iterator[Case]:
    """Every case of a bad answer, id or weight in a csv export that is whole."""
    for item, answers in (("vision", ONE_TO_FIVE), ("hours", HOURS)):
        for row, done, answer in answers:
            yield exported(row, f"{item}: {done}", lambda i=item, a=answer: with_cells(0, **{i: a}), "csv")
    for row, done, weight in WEIGHTS:
        yield exported(row, f"weight: {done}", lambda w=weight: weighted([w, *"11111"]), "csv")
    for done, given in LIKE_R5:
        yield exported("I24", f"two ids that look the same: {done}", lambda g=given: with_cells(5, id=g), "csv")
    for row, done, schools in SCHOOLS:
        yield exported(row, f"schools: {done}", lambda s=schools: _of_schools(s), "csv")
    for row, done, given in _responses():
        yield exported(row, done, given, "csv")


def with_cells(place: int, **cells: str) -> Fielding:
    """The csv export with these cells in the row at a place; every refusal is accepted."""
    people = [list(person) for person in PEOPLE]
    for name, text in cells.items():
        people[place][COLUMNS.index(name)] = text
    return csv_export(people).but(wave=ALL)


def _of_schools(first: Sequence[str]) -> Fielding:
    names = [*first, *"abcd"]
    return csv_export([(p[0], name, *p[2:]) for p, name in zip(PEOPLE, names, strict=True)]).but(wave=ALL)


def weighted(weights: list[str], column: str = "w", **design: Any) -> Fielding:
    """The csv export with a column of weights."""
    rows = [[*person, weight] for person, weight in zip(PEOPLE, weights, strict=True)]
    good = csv_export()
    wave = {"design": {"weight": column, **design}}
    return good.but(text_of([[*COLUMNS, "w"], *rows]), wave=wave)


def _responses() -> Iterator[tuple[str, str, Callable[[], Fielding]]]:
    yield "I24", "a blank id", lambda: with_cells(0, id="")
    yield "I3", "an id that a spreadsheet shortened", lambda: with_cells(0, id="9.0072E+15")
    yield (
        "I3",
        "schools that a spreadsheet shortened",
        lambda: csv_export([(p[0], "1.00123E+11", *p[2:]) for p in PEOPLE]),
    )
    yield (
        "I44",
        "school numbers with decimals",
        lambda: csv_export([(p[0], f"{i}.0", *p[2:]) for i, p in enumerate(PEOPLE)]),
    )
    yield "I24", "an id of blanks and no-break spaces", lambda: with_cells(0, id=" \u00a0 ")
    yield (
        "I24",
        "two blank ids are not one response",
        lambda: csv_export([("", *p[1:]) if i < 2 else p for i, p in enumerate(PEOPLE)]).but(wave=ALL),
    )
    yield "I22", "a response exported twice", lambda: csv_export([*PEOPLE, PEOPLE[0]])
    yield "I22", "an id that stands for two responses", lambda: csv_export([*PEOPLE, (PEOPLE[0][0], *PEOPLE[1][1:])])
    yield (
        "I22",
        "a person who answered twice",
        lambda: csv_export([*PEOPLE, ("R7", *PEOPLE[0][1:])]).but(wave={"person": "urn"}),
    )
    yield (
        "I45",
        "two schools whose names look the same",
        lambda: csv_export(
            [(p[0], n, *p[2:]) for p, n in zip(PEOPLE, ("Caf\u00e9", "Cafe\u0301", "a", "b", "c", "d"), strict=True)]
        ),
    )
    yield (
        "I46",
        "a footer with totals",
        lambda: csv_export([*PEOPLE, ("Total", "", "", "17", "18", "17", "9", "82.5", "")]).but(wave=ALL),
    )
    yield (
        "I46",
        "conditions that keep nobody",
        lambda: csv_export().but(wave={"keep_if": [{"column": "consent", "equals": "Ja", "otherwise": "no consent"}]}),
    )
    yield (
        "I46",
        "a condition on a column that is not there",
        lambda: csv_export().but(wave={"keep_if": [{"column": "consnt", "equals": "Yes", "otherwise": "no consent"}]}),
    )
    yield (
        "I39",
        "a consent in small letters",
        lambda: csv_export([(*p[:2], p[2].lower(), *p[3:]) if i == 0 else p for i, p in enumerate(PEOPLE)]),
    )
    yield (
        "I39",
        "a condition in other capitals than the answers",
        lambda: csv_export().but(wave={"keep_if": [{"column": "consent", "equals": "YES", "otherwise": "no consent"}]}),
    )
    yield (
        "I46",
        "a condition that compares words with a number",
        lambda: csv_export().but(wave={"keep_if": [{"column": "consent", "at_least": 1, "otherwise": "no consent"}]}),
    )
    yield "I41", "the weight of another wave", lambda: weighted(["1"] * 6, column="w2009")
    yield "I41", "scaled to an average of one", lambda: weighted(["1"] * 6, sums_to=1_200)
    yield "I41", "those of another wave under the same name", lambda: weighted([*"123456"], sums_to=24, sums_within=0)
    yield (
        "I39",
        "one stratum in capitals and small letters",
        lambda: weighted(["North", "NORTH", *"1111"], column="none", strata=["w"]),
    )
    yield "I41", "strata that are blank", lambda: weighted(["", *"11111"], column="none", strata=["w"])
    yield (
        "I18",
        "every answer recoded to words that nobody knows",
        lambda: csv_export([(*p[:3], *("ABCDE"[int(t) - 1] for t in p[3:6]), *p[6:]) for p in PEOPLE]),
    )
    yield (
        "I39",
        "every answer in small letters",
        lambda: csv_export([(*p[:3], *(CODED["vision"][t].lower() for t in p[3:6]), *p[6:]) for p in PEOPLE]),
    )
    yield (
        "I24",
        "a school without a name where schools are clusters",
        lambda: csv_export([(p[0], "", *p[2:]) if i == 0 else p for i, p in enumerate(PEOPLE)]).but(
            wave={"design": {"weight": "none", "cluster": "school"}}
        ),
    )
    yield (
        "I3",
        "two columns joined to an id that stands for two",
        lambda: csv_export([("a-b", "c", *PEOPLE[0][2:]), ("a", "b-c", *PEOPLE[1][2:])]).but(
            wave={"response": ["id", "urn"]}
        ),
    )
    yield (
        "I30",
        "half of the answers turned into dates",
        lambda: csv_export([(*p[:3], "MAR1", *p[4:]) if i < 3 else p for i, p in enumerate(PEOPLE)]),
    )
