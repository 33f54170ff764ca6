"""Fixed-width text is read by its control file to the letter, in every way SPSS lets it be written."""

from __future__ import annotations

import csv
import gzip
import json
import math
from pathlib import Path

import pandas as pd
import pytest
from stemcareers import readers
from stemcareers.config.entry import parse
from stemcareers.config.export import Export
from stemcareers.errors import Problem
from stemcareers.readers import spss_syntax

SHA = "0" * 64
DATA = "0000185 2  95.00 1\n00002   9 996.00 .\n"
CONTROL = """* This syntax reads the school file; don't move it.
* Write the location below.

SET decimal=dot.

DATA LIST FILE='C:\\****\\INT_Sch.txt' /
   SCHOOLID            1 -    5 (A)
   boys                6 -    8 (F,0)
   SC02Q01             9 -    9 (F,0)
   FUND               10 -   16 (F,2)
   SEX                18 -   18 .

EXECUTE.
FORMATS FUND (F8.2).
VARIABLE LEVEL boys FUND (SCALE).

variable labels
   SCHOOLID    "School ID 5-digit"
   SC02Q01     'Don''t know''s public or private' /* Q2
   FUND        "Funding" + " by government"
 .

VALUE LABELS
   /SC02Q01
     1     "Public"
     "2"   = "Private"
     9     "Missing"
   /BOYS FUND  997 "N/A"  999 "Missing".
ADD VALUE LABELS Sc02q01 8 'Invalid'.

MISSING VALUES SC02Q01 (9) / FUND (996 THRU 999, 9999) .
SAVE OUTFILE='C:\\****\\x.sav'.
"""


def export(form: str = "form.sps", **more: object) -> Export:
    content = {"file": "x.txt", "reader": "fixed_width", "sha256": SHA, **more}
    return parse(Export, {**content, "questionnaire": {"file": form, "sha256": SHA}}, "export")


def read(folder: Path, control: str | bytes = CONTROL, data: str | bytes = DATA, **more: object) -> readers.Table:
    form = str(more.get("form", "form.sps"))
    for name, content in (("x.txt", data), (form, control)):
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return readers.read(export(**more), folder / "x.txt")


def refusal(folder: Path, control: str = CONTROL, data: str | bytes = DATA, **more: object) -> str:
    """The text of the Problem, which names the file at fault."""
    with pytest.raises(Problem) as caught:
        read(folder, control, data, **more)
    return "\n".join([Path(caught.value.where).name + ":", *caught.value.wrong])


def cells(table: readers.Table, column: str) -> list[str | None]:
    return [None if pd.isna(v) else v for v in table.text(column)]


# --- good files -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_cells_labels_and_missing_codes_of_a_control_file(tmp_path: Path, end: str) -> None:
    table = read(tmp_path, CONTROL.replace("\n", end), DATA.replace("\n", end))
    assert table.columns == ("SCHOOLID", "boys", "SC02Q01", "FUND", "SEX")
    assert [cells(table, c) for c in table.columns] == [
        ["00001", "00002"],
        ["85", None],
        ["2", "9"],
        ["95", "996"],
        ["1", None],
    ]
    assert table.wordings == {
        "SCHOOLID": "School ID 5-digit",
        "SC02Q01": "Don't know's public or private",
        "FUND": "Funding by government",
    }
    assert table.labels["SC02Q01"] == {"1": "Public", "2": "Private", "9": "Missing", "8": "Invalid"}
    assert table.labels["boys"] == table.labels["FUND"] == {"997": "N/A", "999": "Missing"}
    assert table.missing == {"SC02Q01": ((9.0, 9.0),), "FUND": ((996.0, 999.0), (9999.0, 9999.0))}
    assert [table.is_declared_missing("FUND", t) for t in ("996", "998.5", "95", "9999")] == [True, True, False, True]
    assert table.kinds == {"SCHOOLID": "text", "SEX": "number"}
    assert (table.remarks, table.header_rows) == ((), 0)


def places(control: str) -> list[tuple]:
    variables = spss_syntax.read(control, "form.sps").variables
    return [(v.name, v.record, v.first, v.last, v.is_text, v.decimals) for v in variables]


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ("/ a 1-2 (A)", [("a", 1, 1, 2, True, 0)]),
        ("/ a 1", [("a", 1, 1, 1, False, 0)]),
        ("/a b c 1-6 (2)", [("a", 1, 1, 2, False, 2), ("b", 1, 3, 4, False, 2), ("c", 1, 5, 6, False, 2)]),
        ("/v01 TO v03 1-3", [("v01", 1, 1, 1, False, 0), ("v02", 1, 2, 2, False, 0), ("v03", 1, 3, 3, False, 0)]),
        ("/a 1-8 (F8.2)", [("a", 1, 1, 8, False, 2)]),
        ("/a 1-8 (f,2)", [("a", 1, 1, 8, False, 2)]),
        ("RECORDS=2 /1 a 1 /2 b 3-4 (a)", [("a", 1, 1, 1, False, 0), ("b", 2, 3, 4, True, 0)]),
        ("records 3 notable / a 1 / / b 2", [("a", 1, 1, 1, False, 0), ("b", 3, 2, 2, False, 0)]),
        ("/a (A2) b c (2F3.1)", [("a", 1, 1, 2, True, 0), ("b", 1, 3, 5, False, 1), ("c", 1, 6, 8, False, 1)]),
        ("/a (T5,F2.0) b (1X, A3)", [("a", 1, 5, 6, False, 0), ("b", 1, 8, 10, True, 0)]),
        ("/\t SC24Qa1\t1\t-\t3\t(A)", [("SC24Qa1", 1, 1, 3, True, 0)]),
    ],
)
def test_every_way_to_say_where_a_variable_stands(listed: str, found: list[tuple]) -> None:
    assert places(f"data list file='x.txt' {listed}.") == found
    assert places(f"DATA LIST FILE = x fixed\n\n  {listed}\n\nEXECUTE") == found


def test_several_lines_a_case(tmp_path: Path) -> None:
    table = read(tmp_path, "DATA LIST RECORDS=2 /1 id 1-2 (A) /2 q 1-3.\n", "A1\n 12\nA2\n  7\n")
    assert (table.n, cells(table, "id"), cells(table, "q")) == (2, ["A1", "A2"], ["12", "7"])


def test_a_decimal_sign_is_implied_or_written_or_a_comma(tmp_path: Path) -> None:
    data = " 1234 -12.5  1,75    .5  abc\n"
    listed = "DATA LIST / a 1-5 (2) b 6-11 (3) c 12-17 d 18-23 (2) e 24-28.\n"
    table = read(tmp_path, listed, data)
    assert [cells(table, c) for c in "abcde"] == [["12.34"], ["-12.5"], ["1,75"], ["0.5"], ["abc"]]
    assert cells(read(tmp_path, "SET DECIMAL COMMA.\n" + listed, data), "c") == ["1.75"]


def test_implied_decimals() -> None:
    texts = ["5", "12345", "-5", "00", "1.5", "-120"]
    found = [spss_syntax.number(text, decimals=2) for text in texts]
    assert found == ["0.05", "123.45", "-0.05", "0", "1.5", "-1.2"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("000", "0"), ("-0.00", "0"), ("+5", "5"), ("-.50", "-0.5"), ("007.", "7"), ("9" * 40, "9" * 40), ("1E3", "1E3")],
)
def test_numbers_are_shortened_and_nothing_else(text: str, number: str) -> None:
    assert spss_syntax.number(text) == number


@pytest.mark.parametrize(
    ("said", "ranges"),
    [
        ("q (7, 8 9)", {"q": ((7, 7), (8, 8), (9, 9))}),
        ("q r (LO THRU -1, 99)", {"q": ((-math.inf, -1), (99, 99)), "r": ((-math.inf, -1), (99, 99))}),
        ("q (97 thru HIGHEST) / s ('97', '99')", {"q": ((97, math.inf),), "s": (("97", "97"), ("99", "99"))}),
        ("q TO s ('7')", {"q": ((7, 7),), "r": ((7, 7),), "s": (("7", "7"),)}),
        ("ALL (9)", {"q": ((9, 9),), "r": ((9, 9),), "s": (("9", "9"),)}),
        ("q (9) / q ()", {"q": ()}),
    ],
)
def test_every_way_to_say_what_is_missing(said: str, ranges: dict) -> None:
    listed = "DATA LIST / q r 1-4 s 5-6 (A).\n"
    assert spss_syntax.read(f"{listed}Missing Values {said}.", "x").missing == ranges


def test_comments_shortened_names_and_empty_lines_inside_a_command() -> None:
    control = spss_syntax.read(
        "***** PISA *****.\nCOMMENT nothing 'to see.\n* two lines,\n  don't read\n\n"
        "DAT LIS / a 1 /* the first */ b 2\n\n   c 3\n\nVAR LAB a 'A' / b \"B's\"\n\nVAL LAB a b 1 'x'\n\n"
        "  -2 'y' / c 1 'say \"z\"'.\nexe.\n",
        "x",
    )
    assert [v.name for v in control.variables] == ["a", "b", "c"]
    assert control.wordings == {"a": "A", "b": "B's"}
    assert control.labels == {"a": {"1": "x", "-2": "y"}, "b": {"1": "x", "-2": "y"}, "c": {"1": 'say "z"'}}


PUBLISHED = """* Encoding: EUC-KR.
* This program reads the text; it names a variable as a command is named, and has its last word without a stop.

SET decimal=dot.

DATA LIST file="e:/x/sch.txt"
/ land \t2-4(a)
schoolid\t5\t-\t9        (a)
q01 \t11\t-\t11\t
q02 \t12-15 \nq03 16 - 24 (F,4)
 SELECT   25 - 25 (F,0)
o1 \t\t26-30(a)
o2 31 - 35 (A)
wt\t36-43
cnt \t\t45-47 (a).
exe.

formats land (a3).
format q01 q02 to q03
 SELECT o1 (f1.0).
VARIABLE LEVEL q01 (ORDINAL).

Variable labels
   LAND \t\t"Land code"
   q01   "Head’s “view” – Q1"    \t
   q02   ' Pupils  (N) '/
   q03   'Index'
   select "Admission"
   wt\t"School weight "
   .

value labels
    Q01     1  "Village (less 3 000)"
            2  "<10%"
            8  "M/R"
            7  "N/A"/
   SELECT 0 'Not considered' 1 'Considered'   9 'Missing' /
/Q02
\t\t9997  "N/A"\t\t\t
/ O1 to O2     "99997"    "N/A"
             "99999"    "Mis"/
CNT
           "ALB" "ALBANIA"
           "N/A" "Not applicable".

value labels    q03 997 'N/A'   999 'Missing' .
value labels land
  '036'  'Australia '
  '826'  'England, Wales & NI: "other"'.

MISSING VALUES
q01 select (8,9,7)
/q03  (997, 998,999)
/o1 to o2 ("99997","99999")

    SAVE TRANSLATE OUTFILE= 'E:\\x\\p00.dta'
          /TYPE=STATA
          /REPLACE.
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_control_files_as_they_are_published(tmp_path: Path, end: str) -> None:
    assert places(PUBLISHED) == [
        *(("land", 1, 2, 4, True, 0), ("schoolid", 1, 5, 9, True, 0), ("q01", 1, 11, 11, False, 0)),
        *(("q02", 1, 12, 15, False, 0), ("q03", 1, 16, 24, False, 4), ("SELECT", 1, 25, 25, False, 0)),
        *(("o1", 1, 26, 30, True, 0), ("o2", 1, 31, 35, True, 0), ("wt", 1, 36, 43, False, 0)),
        ("cnt", 1, 45, 47, True, 0),
    ]
    case = f" 82600001 89997{'997.0000':>9}0{'10001'}{'99999'}{'2.50000':>8} GBR\n"
    table = read(tmp_path, PUBLISHED.replace("\n", end).encode("cp1252"), case, encoding="cp1252")
    found = [cells(table, column)[0] for column in table.columns]
    assert found == ["826", "00001", "8", "9997", "997", "0", "10001", "99999", "2.5", "GBR"]
    assert table.wordings == {
        "land": "Land code",
        "q01": "Head’s “view” – Q1",
        "q02": "Pupils (N)",
        "q03": "Index",
        "SELECT": "Admission",
        "wt": "School weight",
    }
    assert table.labels["q01"] == {"1": "Village (less 3 000)", "2": "<10%", "8": "M/R", "7": "N/A"}
    assert table.labels["SELECT"] == {"0": "Not considered", "1": "Considered", "9": "Missing"}
    assert table.labels["o1"] == table.labels["o2"] == {"99997": "N/A", "99999": "Mis"}
    assert table.labels["land"] == {"036": "Australia", "826": 'England, Wales & NI: "other"'}
    assert table.missing["SELECT"] == ((8.0, 8.0), (9.0, 9.0), (7.0, 7.0))
    assert table.missing["o2"] == (("99997", "99997"), ("99999", "99999"))
    assert table.is_declared_missing("q03", "997")
    assert table.remarks == ()


def test_names_that_the_layout_lacks_are_told(tmp_path: Path) -> None:
    control = CONTROL.replace('   FUND        "Funding"', '   FUNDS  "?"\n   FUND "Funding"')
    assert read(tmp_path, control).remarks == (
        "the control file, line 20: VARIABLE LABELS names 'FUNDS', which DATA LIST does not; did you mean 'FUND'?",
    )


def test_columns_that_belong_to_no_variable_are_told_where_they_are_not_blank(tmp_path: Path) -> None:
    control = CONTROL.replace("   boys                6 -    8 (F,0)\n", "").replace("/BOYS FUND", "/FUND")
    assert read(tmp_path, control).remarks == ("columns 6-8 are not blank, and no variable has them",)


def test_blanks_behind_the_layout_and_an_old_end_of_file_pass(tmp_path: Path) -> None:
    assert read(tmp_path, data=DATA.replace("\n", "   \n") + "\x1a").n == 2


def test_letters_of_a_declared_encoding(tmp_path: Path) -> None:
    control = CONTROL.replace("Public", "Açores").encode("cp1252")
    table = read(tmp_path, control, DATA, encoding="cp1252")
    assert table.labels["SC02Q01"]["1"] == "Açores"


# --- bad files --------------------------------------------------------------------------------------------


def test_a_file_without_the_blanks_at_the_ends_of_its_lines(tmp_path: Path) -> None:
    control = "DATA LIST /id 1-2 (A) q 3 words 4-12 (A)."
    table = read(tmp_path, control, "A11\nA22why\nA33\nA44because\n")
    assert table.text("words").tolist() == [pd.NA, "why", pd.NA, "because"]
    assert refusal(tmp_path, control, "A11\nA2\nA33\nA44because\n")[7:].startswith("1 row (line 2) is shorter")
    assert "3 rows (line 1, 3, 4) are shorter" in refusal(tmp_path, control, "A11\nA22why      \nA33\nA44because\n")


def test_lines_that_do_not_fit_the_layout_are_named(tmp_path: Path) -> None:
    lines = DATA.splitlines()
    data = "\n".join([lines[0], lines[1][:-1], lines[0] + " x", lines[1] + "\t"]) + "\n"
    assert refusal(tmp_path, data=data) == (
        "x.txt:\n"
        "1 row (line 2) is shorter than the layout (18 columns); the file is damaged, or the control file is that of "
        "another\n"
        "2 rows (line 3, 4) are longer than the layout (18 columns); the file is damaged, or the control file is that "
        "of another"
    )


def test_a_case_that_lacks_a_line(tmp_path: Path) -> None:
    assert refusal(tmp_path, "DATA LIST RECORDS=2 /1 id 1-2 (A) /2 q 1-2.\n", "A1\n12\nA2\n") == (
        "x.txt:\nholds 3 lines, and a case has 2; the file is cut off, or the control file is that of another"
    )


def test_a_file_cut_anywhere_is_refused_or_a_whole_number_of_cases(tmp_path: Path) -> None:
    whole = DATA.encode() * 3
    read(tmp_path)
    for size in range(len(whole)):
        (tmp_path / "x.txt").write_bytes(whole[:size])
        try:
            table = readers.read(export(), tmp_path / "x.txt")
        except Problem:
            continue
        assert whole[size - 1 : size] == b"\n"
        assert table.n == whole[:size].count(b"\n")
        with pytest.raises(Problem, match=f"holds {table.n} rows, fewer than export.at_least"):
            readers.read(export(at_least=6), tmp_path / "x.txt")


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("18 -   18", "16-18", "'SEX' (columns 16-18) begins inside 'FUND' (columns 10-16); one of them is wrong"),
        ("   SEX  ", "   fund ", "'fund' is given columns twice; a variable has one place"),
        ("9 -    9", "9 - 8", "'SC02Q01': columns 9-8 run backwards"),
        ("LIST FILE", "LIST FREE FILE", "line 6: FREE: the columns are not fixed; use the reader 'csv'"),
        ("(F,0)", "(DATE)", "line 8: 'boys' has the format DATE, which is not known here; use A or F"),
        ("18 -   18", "", "line 11: 'SEX' has no columns"),
        ("   boys  ", "   boys girls ", "line 8: 2 variables from 'boys' on cannot share columns 6-8 evenly"),
        ("'Don''t", "'Don't", "line 19: a quotation mark has no partner on its line"),
        ("EXECUTE.", "RECODE boys (999=0).", f"line 13: RECODE {spss_syntax.CHANGES}"),
        ("ADD VALUE LABELS", "ADD FILES", f"line 29: ADD {spss_syntax.CHANGES}"),
        ("MISSING V", "MISING V", "line 31: MISING is not a command known here; did you mean 'MISSING VALUES'?"),
        ("EXECUTE.", "FLIP.", "line 13: FLIP is not a command known here; take it out"),
        ("(9) /", "9 /", "line 31: MISSING VALUES: the codes stand in brackets"),
        ("(9) /", "('x') /", "line 31: MISSING VALUES: 'x' is no number, and 'SC02Q01' holds numbers"),
        ('9     "Missing"', "9", "line 28: VALUE LABELS: the label of 9 is due where '/' stands"),
        ('"2"   =', "two =", "line 26: VALUE LABELS: a code is due where 'two' stands"),
    ],
)
def test_what_a_control_file_cannot_mean_is_told_with_its_line(tmp_path: Path, old: str, new: str, wrong: str) -> None:
    found = refusal(tmp_path, CONTROL.replace(old, new, 1))
    assert found.split("\n")[:2] == ["form.sps:", wrong]


def test_all_faults_of_a_control_file_are_told_at_once(tmp_path: Path) -> None:
    control = CONTROL.replace("EXECUTE.", "COMPUTE x = 1.").replace("(9) /", "(9 /")
    assert refusal(tmp_path, control) == (
        "form.sps:\n"
        "line 13: COMPUTE changes the data, and is not carried out here; take it out, and say in the wave file what it "
        "means\n"
        "line 31: MISSING VALUES: a code is due where '/' stands"
    )


@pytest.mark.parametrize(
    ("control", "wrong"),
    [
        ("id,q\n1,2\n", "has no DATA LIST command, so no variable has columns; is it a control file of SPSS?"),
        ("DATA LIST / a 1.\nDATA LIST / b 2.\n", "line 2: a second DATA LIST; a control file describes one text file"),
        ("DATA LIST / v1 TO w5 1-5.\n", "line 1: 'v1 TO w5' names no row of variables"),
        ("DATA LIST / v1 TO v999999999 1-5.\n", "line 1: 'v1 TO v999999999' names over 100,000 variables"),
        ("DATA LIST / a b (F2.0).\n", "line 1: 'b' has no format"),
        ("DATA LIST / a (2F2.0).\n", "line 1: more formats than variables after 'a'"),
        ("DATA LIST / 5 a.\n", "line 1: 'a' has no columns"),
        ("DATA LIST / (F2.0) a.\n", "line 1: a variable is due where '(' stands"),
        ("DATA LIST / a 1 §.\n", "line 1: the sign '§' stands where none may"),
    ],
)
def test_files_that_are_no_control_file_of_one_text(tmp_path: Path, control: str, wrong: str) -> None:
    assert refusal(tmp_path, control).split("\n")[:2] == ["form.sps:", wrong]


def test_a_control_file_is_needed_and_missed() -> None:
    with pytest.raises(Problem) as caught:
        parse(Export, {"file": "x.txt", "reader": "fixed_width", "sha256": SHA}, "export")
    assert caught.value.wrong == (
        "questionnaire: is missing; reader 'fixed_width' needs the SPSS control file that names its columns (or a "
        "layout in csv)",
    )


def test_a_control_file_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(DATA)
    with pytest.raises(Problem) as caught:
        readers.read(export(), tmp_path / "x.txt")
    assert str(caught.value) == (
        f"{(tmp_path / 'form.sps').as_posix()}: 1 problem\n"
        "  the questionnaire file is missing; put it there, or run 'make fetch'"
    )


# --- a layout instead of a control file -------------------------------------------------------------------

LAYOUT = (
    "variable,first_column,last_column,type,decimals,label,value_labels\n"
    "id,1,5,text,,School,\n"
    'boys,6,8,number,1,Boys,"{""999"": ""Missing""}"\n'
)


def test_a_layout_in_csv_says_the_same(tmp_path: Path) -> None:
    table = read(tmp_path, LAYOUT, "00001 85\n00002999\n", form="layout.csv")
    assert (cells(table, "id"), cells(table, "boys")) == (["00001", "00002"], ["8.5", "99.9"])
    assert (table.wordings, table.labels) == ({"id": "School", "boys": "Boys"}, {"boys": {"999": "Missing"}})


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("last_column", "until", "is no layout: has no column 'last_column'"),
        ("id,1,5,text", "id,1,x,text", "line 2: 'id': first_column, last_column and decimals must be whole numbers"),
        ("id,1,5,text", "id,1,5,word", "line 2: 'id': the type must be number or text"),
        ("id,1,5", ",1,5", "line 2: the variable has no name"),
        ("id,1,5", "id,1,6", "'boys' (columns 6-8) begins inside 'id' (columns 1-6); one of them is wrong"),
        ('"{""999"": ""Missing""}"', "999", "line 3: 'boys': value_labels must be a json object of codes and labels"),
    ],
)
def test_a_layout_that_cannot_be_followed(tmp_path: Path, old: str, new: str, wrong: str) -> None:
    assert refusal(tmp_path, LAYOUT.replace(old, new, 1), form="layout.csv") == f"layout.csv:\n{wrong}"


# --- real answers of principals ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def uruguay(pisa_school_file: Path) -> Path:
    folder = pisa_school_file.parent
    names = ("pisa2006_ury_school.txt", "pisa2006_school_layout.csv", "pisa2006_ury_school_raw.csv.gz")
    if absent := [name for name in names if not (folder / name).is_file()]:
        pytest.skip(f"{', '.join(absent)} is not beside {pisa_school_file.name}")
    return folder


def control_of(layout: list[dict[str, str]]) -> str:
    """A control file in the style of the OECD's for a layout."""
    form = {"text": lambda row: "(A)", "number": lambda row: f"(F,{row['decimals'] or 0})"}
    lines = ["* Read-in syntax.", "", "SET decimal dot.", "", "DATA LIST FILE   'C:\\XXX\\INT_Sch06.txt'/ "]
    lines += [
        f"   {row['variable']:12} {row['first_column']} -{row['last_column']:>5} {form[row['type']](row)}       "
        for row in layout
    ]
    lines[-1] = lines[-1].rstrip() + " .             "
    lines += ["", "EXECUTE.", "", "VARIABLE LABELS"]
    lines += [f'   {row["variable"].lower()}     "{row["label"]}"' for row in layout] + [" .", "", "VALUE LABELS"]
    for row in layout:
        labels = json.loads(row["value_labels"] or "{}")
        if labels:
            lines += [f"  /{row['variable']}", *(f'     {code}     "{label}"' for code, label in labels.items())]
    lines[-1] += "."
    lines += ["missing values SC02Q01 (7, 8, 9) / SC05Q01 to SC05Q02 (996 thru 996).", "exe."]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("style", ["layout", "control"])
def test_every_cell_of_uruguays_schools(uruguay: Path, tmp_path: Path, style: str) -> None:
    layout_bytes = (uruguay / "pisa2006_school_layout.csv").read_bytes()
    layout = list(csv.DictReader(layout_bytes.decode().splitlines()))
    form = "layout.csv" if style == "layout" else "form.sps"
    content = layout_bytes if style == "layout" else control_of(layout)
    table = read(tmp_path, content, (uruguay / "pisa2006_ury_school.txt").read_bytes(), form=form, at_least=278)
    with gzip.open(uruguay / "pisa2006_ury_school_raw.csv.gz", "rt", encoding="utf-8") as file:
        due = list(csv.DictReader(file))
    assert (table.n, len(table.columns)) == (278, 187)
    assert table.columns == tuple(row["variable"] for row in layout)
    texts = {row["variable"] for row in layout if row["type"] == "text"}
    for column in table.columns:
        found = cells(table, column)
        wanted = [row[column] for row in due]
        if column in texts:
            # The comparison file was written by a program that took ids for numbers.
            assert [(cell or "").lstrip("0") for cell in found] == [cell.lstrip("0") for cell in wanted], column
        else:
            assert [None if c is None else float(c) for c in found] == [float(c) if c else None for c in wanted], column
    assert table.wordings["SC02Q01"] == "Public or private Q2"
    assert table.labels["SC06Q01"]["1"] == "15 students or fewer"
    if style == "control":
        assert table.is_declared_missing("SC05Q02", "996")
        assert not table.is_declared_missing("SC01Q01", "996")
