"""Tables in other formats than html: the same cells in each, nothing read as markup, the same bytes on every run."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import docx as word
import helpers_config as tiny
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from stemcareers import tabulate
from stemcareers.tabulate import docx, latex, markdown
from stemcareers.tabulate.plain import line
from test_tabulate import Cells, models, tabulated

HOSTILE = (
    r"50% of R&D_costs | <b>x</b> $1 #1 {x} ~ ^ \\ \\input{x} `x` *x* [x](y)",
    '=HYPERLINK("https://example.org","x")',
    "+1 @x http://example.org www.example.org a@example.org",
    "-- don't ,, ''quote'' --- ``x''",
    "1. first",
    "# heading",
    "<script>alert(1)</script> &lt;b&gt; <!-- -->",
)
LATEX_LETTERS = {written: letter for letter, written in latex.LETTERS.items() if len(written) > 1 and letter != "\0"}


def descriptions(nations: int = 2) -> list[dict]:
    return [
        tiny.row("shares", o, "share", s, 0.05, level="1", sample=f"nation={i}", n=n)
        for o, s, n in (("careers_fair", 0.4, 1300), ("site_visit", 0.2, 150))
        for i in range(1, nations + 1)
    ]


def with_withheld() -> list[dict]:
    rows = descriptions()
    return [tiny.withheld(rows[0]), *rows[1:]]


TABLES = {
    "models": lambda **more: tabulated(models(), "adjusted", "unadjusted", **more),
    "shares": lambda **more: tabulated(descriptions(), "shares", samples=["by nation"], **more),
    "four": lambda **more: tabulated(descriptions(4), "shares", samples=["by nation"], **more),
    "withheld": lambda **more: tabulated(with_withheld(), "shares", samples=["by nation"], **more),
}


def words_of(table: tabulate.Tabulated) -> tuple:
    return (table.grid, table.heading, table.note)


def numbers(rows: list[list[str]]) -> list[str]:
    """Every number, letter and label of a table in reading order, as words: how a format breaks lines is its own."""
    return " ".join(cell for row in rows for cell in row).split()


def html_rows(table: tabulate.Tabulated) -> list[list[str]]:
    """Cells as html has them, without the header."""
    return Cells(table.html).rows[len(list(table.grid.heads())) :]


# --- markdown -------------------------------------------------------------------------------------------------


def read_markdown(text: str) -> tuple[str, list[list[str]], str]:
    """Heading, rows and note of a pipe table as a reader sees them."""

    def plain(words: str) -> str:
        shown = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", words)
        return shown.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").strip()

    heading, _, *lines, _, note, _ = text.split("\n")
    rows = [[plain(cell) for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    bold = [[cell.removeprefix("**").removesuffix("**") for cell in row] for row in rows]
    return plain(heading.removeprefix("**").removesuffix("**")), bold, plain(note)


@pytest.mark.parametrize("name", TABLES)
def test_markdown_has_the_cells_of_html(name: str) -> None:
    table = TABLES[name]()
    heading, rows, note = read_markdown(markdown.text(*words_of(table)))
    assert (heading, note) == (table.heading, table.note)
    assert len({len(row) for row in rows}) == 1
    assert rows[0][1:] == [column.name for column in table.grid.columns]
    assert rows[1] == [":---", *["---:"] * len(table.grid.columns)]
    without_brackets = [re.sub("[()]", "", word) for word in numbers(rows[2:])]
    assert without_brackets == [re.sub("[()]", "", word) for word in numbers(html_rows(table))]


# --- LaTeX ----------------------------------------------------------------------------------------------------


def read_latex(text: str) -> list[list[str]]:
    """The rows of a longtable's body, as they are printed."""

    def plain(words: str) -> str:
        words = re.sub(r"\\multicolumn\{\d+\}\{(?:@\{\}p\{\\linewidth\}@\{\}|c)\}", "", words)
        words = re.sub(r"\\(?:bfseries|itshape|footnotesize|scriptsize) ", "", words)
        for written, letter in sorted(LATEX_LETTERS.items(), key=lambda pair: -len(pair[0])):
            words = words.replace(written, f"\0{letter}")
        return re.sub("\0(.)|[{}]", r"\1", words).strip()

    body = text.split("\\endhead\n")[1].split("\\bottomrule")[0]
    rows = [line for line in body.split("\n") if line.endswith(("\\\\", "\\\\*"))]
    return [[plain(cell) for cell in re.split(r"(?<!\\)&", row.rstrip("*").removesuffix("\\\\"))] for row in rows]


@pytest.mark.parametrize("name", TABLES)
def test_latex_has_the_cells_of_html(name: str) -> None:
    table = TABLES[name]()
    rows = read_latex(latex.text(*words_of(table)))
    # An interval stands in the row below its number.
    assert sorted(numbers(rows)) == sorted(numbers(html_rows(table)))
    wide = len(table.grid.laid_out().columns) + 1
    assert {len(row) for row in rows} <= {1, wide}


def balanced(text: str) -> bool:
    """Whether every brace that is not escaped is closed, and every environment ended."""
    bare = re.sub(r"\\[\\{}$]|^%.*$", "", text, flags=re.MULTILINE)
    depth = 0
    for letter in bare:
        depth += (letter == "{") - (letter == "}")
        if depth < 0:
            return False
    begun, ended = (re.findall(rf"\\{word}\{{(\w+)\}}", text) for word in ("begin", "end"))
    return depth == 0 and sorted(begun) == sorted(ended) and bare.count("$") % 2 == 0


@pytest.mark.parametrize("hostile", HOSTILE)
def test_latex_prints_what_is_written(hostile: str) -> None:
    table = hostile_tables(hostile)[0]
    text = latex.text(*words_of(table))
    assert balanced(text)
    assert not re.search(r"(?<!\\)[%#_~^]", re.sub(r"^%.*$", "", text, flags=re.MULTILINE))
    assert "\\input" not in text and "\\textbackslash{}" in latex.escaped("\\input")
    # No interval of letters stays that TeX would turn into one.
    assert not re.search("--|''|,,|``", latex.escaped(hostile))


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex with booktabs and longtable")
def test_latex_compiles(tmp_path: Path) -> None:
    tables = [table() for table in TABLES.values()]
    tables += [one for hostile in HOSTILE for one in hostile_tables(hostile)]
    loaded = "".join(rf"\usepackage{{{name}}}" for name in latex.PACKAGES)
    taken_in = "".join(rf"\input{{{place}}}" for place in range(len(tables)))
    for place, table in enumerate(tables):
        (tmp_path / f"{place}.tex").write_text(latex.text(*words_of(table)), encoding="utf-8")
    main = rf"\documentclass{{article}}{loaded}\begin{{document}}{taken_in}\end{{document}}"
    (tmp_path / "main.tex").write_text(main, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode("utf-8", "replace")[-2000:]


# --- Word -----------------------------------------------------------------------------------------------------


def read_word(content: bytes) -> tuple[word.document.Document, list[list[str]]]:
    document = word.Document(io.BytesIO(content))
    rows = [[cell.text.replace("\n", " ") for cell in dict.fromkeys(row.cells)] for row in document.tables[0].rows]
    return document, rows


@pytest.mark.parametrize("name", TABLES)
def test_word_has_the_cells_of_html(name: str) -> None:
    table = TABLES[name]()
    document, rows = read_word(docx.content(*words_of(table)))
    first, last = document.paragraphs[0], document.paragraphs[-1]
    assert (first.style.name, first.text, last.text) == ("Caption", table.heading, table.note)
    assert rows == Cells(table.html).rows
    depth = len(list(table.grid.heads()))
    repeated = [
        row._tr.trPr is not None and row._tr.trPr.find(qn("w:tblHeader")) is not None for row in document.tables[0].rows
    ]
    assert repeated == [True] * depth + [False] * (len(rows) - depth)
    assert document.core_properties.title == table.heading and document.core_properties.language == "en-GB"


def test_a_wide_table_lies_on_its_page() -> None:
    for name, orientation in (("models", WD_ORIENT.PORTRAIT), ("four", WD_ORIENT.LANDSCAPE)):
        document, _ = read_word(docx.content(*words_of(TABLES[name]())))
        assert document.sections[0].orientation == orientation


def test_a_word_file_tells_no_time_and_nobody() -> None:
    content = docx.content(*words_of(TABLES["models"]()))
    assert content == docx.content(*words_of(TABLES["models"]()))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.create_system for entry in archive.infolist()} == {3}, "on Windows too"
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r"\d{4}-\d{2}-\d{2}T[\d:]+Z", core)) == {"1980-01-01T00:00:00Z"}
    assert "python-docx" not in core


# --- all ------------------------------------------------------------------------------------------------------


def hostile_tables(hostile: str) -> list[tabulate.Tabulated]:
    labels = tiny.labels(
        words=dict.fromkeys([*tiny.ITEMS, *tiny.SCALES, "adjusted"], hostile), nations={1: hostile, 2: f"{hostile} 2"}
    )
    rows = [{**row, "unit": hostile, "sample": "nation=1"} for row in models()]
    return [
        tabulated(rows, "adjusted", labels=labels, note=hostile),
        tabulated(descriptions(), "shares", labels=labels, samples=["by nation"], note=hostile),
    ]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_label_is_shown_and_nothing_more(hostile: str) -> None:
    told = line(hostile)
    for table in hostile_tables(hostile):
        text = markdown.text(*words_of(table))
        _, rows, note = read_markdown(text)
        assert told in note
        assert len({len(row) for row in rows}) == 1
        assert told in " ".join(cell for row in rows for cell in row)
        assert not re.search(r"<(?!br)|(?<!\\)[`$]|https?:/|www\.e|\w@", text)
        _, cells = read_word(docx.content(*words_of(table)))
        assert told in " ".join(cell for row in cells for cell in row)


def test_words_are_put_on_one_line() -> None:
    assert line("  two\r\nlines\tand\0 a  bell\x07 ") == "two lines and a bell"
