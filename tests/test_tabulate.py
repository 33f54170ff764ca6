"""Tables: what stands in their cells, what escapes, what is said under them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import helpers_config as tiny
import pytest
from stemcareers import config, tabulate
from stemcareers.config import Labels
from stemcareers.errors import Problem

NATIONS = {i: f"Nation {i}" for i in range(1, 8)}


class Cells(HTMLParser):
    """The table as lists of cells, as a browser reads it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.caption = ""
        self._place = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")
        elif tag == "br":
            self.rows[-1][-1] += " "
        if tag in {"td", "th", "caption"}:
            self._place = tag

    def handle_data(self, data: str) -> None:
        if self._place == "caption":
            self.caption += data
        elif data.strip():
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th", "caption"}:
            self._place = ""


def tabulated(
    rows: list[dict], *specifications: str, labels: Labels | None = None, fit: dict | None = None, **more: object
) -> tabulate.Tabulated:
    estimates = tiny.estimates(rows)
    table = config.Table(title="A table", specifications=list(specifications), **more)
    return tabulate.table(
        table, estimates, tiny.fits(estimates, **(fit or {})), labels or tiny.labels(nations=NATIONS), 0.95
    )


def models() -> list[dict]:
    rows = []
    for name, factor in (("adjusted", 1.0), ("unadjusted", 2.0)):
        rows.append(tiny.row(name, "provision", "coefficient", 0.21 * factor, 0.09, term="priority", unit="SD per SD"))
        rows.append(tiny.row(name, "provision", "coefficient", -0.1, 0.02, term="sector", level="2", unit="SD"))
    rows.append(tiny.row("adjusted", "provision", "coefficient", 0.3, 0.1, term="location", level="2", unit="SD"))
    rows.append(tiny.row("adjusted", "provision", "coefficient", 0.4, 0.1, term="location", level="3", unit="SD"))
    rows.append(tiny.row("adjusted", "provision", "coefficient", 1234.5, 1, term="intercept", role="intercept"))
    return rows


def test_a_regression_table_sets_specifications_side_by_side() -> None:
    got = tabulated(models(), "adjusted", "unadjusted")
    table = Cells(got.html)
    assert table.caption == "A table" == got.heading
    assert table.rows == [
        ["", "Adjusted", "Unadjusted"],
        ["", "Estimate", "Estimate"],
        ["Priority of careers among the school's aims SD per SD", "0.21 (0.12 to 0.30)", "0.42 (0.33 to 0.51)"],
        ["Sector: Private (reference: Public) SD", "−0.10 (−0.12 to −0.08)", "−0.10 (−0.12 to −0.08)"],
        ["Location (reference: Village), SD"],
        ["Town", "0.30 (0.20 to 0.40)", ""],
        ["City", "0.40 (0.30 to 0.50)", ""],
        ["Constant points", "1,234.50 (1,233.50 to 1,235.50)", ""],
        ["Schools (n)", "188", "188"],
        ["Schools (clusters)", "150", "150"],
        ["Design degrees of freedom", "149", "149"],
        ["R²", "0.23", "0.23"],
    ]
    assert got.note == (
        "In brackets: 95% confidence intervals (linearised). Adjusted: also holds Autonomy over curriculum and "
        "assessment, Leaders trained in careers guidance. Unadjusted: each factor alone. Weighted. "
        "Source: Nobody (2020), Tiny study."
    )


def test_terms_stand_under_the_headings_of_their_roles() -> None:
    roles = {"priority": "leadership_factor", "sector": "context", "location": "context", "intercept": "intercept"}
    rows = [{**r, "unit": "SD", "role": roles[r["term"]]} for r in models()]
    got = tabulated(rows, "adjusted", "unadjusted")
    assert [row[0] for row in Cells(got.html).rows[2:]] == [
        "Leadership and organisation",
        "Priority of careers among the school's aims",
        "Context",
        "Sector: Private (reference: Public)",
        "Location (reference: Village)",
        "Town",
        "City",
        "Constant",
        *("Schools (n)", "Schools (clusters)", "Design degrees of freedom", "R²"),
    ]
    assert got.html.count('<tr class="part"><th scope="rowgroup" colspan="3">') == 2
    alone = [r for r in rows if r["term"] != "priority"]
    assert "Context" not in [row[0] for row in Cells(tabulated(alone, "adjusted").html).rows]
    mixed = tabulated(rows, "adjusted", terms=["sector", "priority", "location"])
    assert "Context" not in [row[0] for row in Cells(mixed.html).rows]


def test_what_tells_fits_apart_stands_below_the_columns() -> None:
    estimates = tiny.estimates(models())
    fits = tiny.fits(estimates)
    alone = fits["specification"].eq("unadjusted")
    fits = fits.assign(weighted=~alone, variance=fits["variance"].mask(alone, "CR2 (STEM)"))
    table = config.Table(title="A table", specifications=["adjusted", "unadjusted"])
    got = tabulate.table(table, estimates, fits, tiny.labels(), 0.95)
    assert Cells(got.html).rows[-2:] == [["Weighted", "yes", "no"], ["Errors", "linearised", "CR2 (STEM)"]]
    assert "Some estimates are weighted, some are not." in got.note


def test_no_number_has_a_star() -> None:
    assert "*" not in tabulated(models(), "adjusted", "unadjusted").html


def test_one_unit_for_all_stands_in_the_header() -> None:
    rows = [{**r, "unit": "SD"} for r in models()]
    table = Cells(tabulated(rows, "adjusted").html)
    assert table.rows[:3] == [
        ["", "Adjusted"],
        ["", "Estimate, SD"],
        ["Priority of careers among the school's aims", "0.21 (0.12 to 0.30)"],
    ]


def test_a_logit_model_shows_odds_ratios() -> None:
    rows = [
        tiny.row("odds", "careers_fair", "coefficient", 0.7, term="priority", unit="log odds"),
        tiny.row("odds", "careers_fair", "odds_ratio", 2.1, term="priority", unit="odds ratio"),
    ]
    table = Cells(tabulated(rows, "odds", fit={"r_squared": None, "log_likelihood": -123.456}).html)
    assert table.rows == [
        ["", "Odds"],
        ["", "Odds ratio"],
        ["Priority of careers among the school's aims", "2.10 (2.00 to 2.20)"],
        ["Schools (n)", "188"],
        ["Schools (clusters)", "150"],
        ["Design degrees of freedom", "149"],
        ["Log-likelihood", "−123.46"],
    ]


def test_models_with_one_factor_each_give_their_range() -> None:
    rows = [r for r in models() if r["specification"] == "unadjusted"]
    estimates = tiny.estimates(rows)
    one = tiny.fits(estimates)
    both = one.loc[[0, 0]].assign(term=["priority", "sector"], n=[150, 188], r_squared=[0.1, 0.204])
    table = config.Table(title="A table", specifications=["unadjusted"])
    got = tabulate.table(table, estimates, both, tiny.labels(), 0.95)
    foot = {row[0]: row[1] for row in Cells(got.html).rows[-4:]}
    assert foot["Schools (n)"] == "150 to 188" and foot["R²"] == "0.10 to 0.20"


def test_samples_are_columns_where_they_differ() -> None:
    rows = [{**r, "sample": s} for r in models()[:1] for s in ("nation=2", "nation=1")]
    table = Cells(tabulated(rows, "adjusted", samples=["by nation"]).html)
    assert table.rows[0] == ["", "Nation 1", "Nation 2"]


def test_a_description_has_the_weighted_share_beside_the_unweighted_n() -> None:
    rows = [
        tiny.row("shares", o, "share", s, 0.05, level="1", sample=f"nation={i}", n=n)
        for o, s, n in (("careers_fair", 0.4, 1300), ("site_visit", 0.2, 150))
        for i in (1, 2)
    ]
    got = tabulated(rows, "shares", samples=["by nation"])
    assert Cells(got.html).rows == [
        ["", "Nation 1", "Nation 2"],
        ["", "Share", "95% interval", "n", "Share", "95% interval", "n"],
        ["Careers fair at least once a year: Yes", "40%", "35% to 45%", "1,300", "40%", "35% to 45%", "1,300"],
        ["Visits to science-based firms: Yes", "20%", "15% to 25%", "150", "20%", "15% to 25%", "150"],
    ]
    assert (
        got.note == "95% confidence intervals (linearised). n: schools behind the number, each counted once. "
        "Weighted. Source: Nobody (2020), Tiny study."
    )
    first = got.rows.iloc[0]
    assert (first["row"], first["column"]) == (
        "Careers fair at least once a year: Yes",
        "Nation 1: Share (95% interval)",
    )
    assert (first["shown"], first["estimate"], first["n"]) == ("40% (35% to 45%)", 0.4, 1300)
    assert len(got.rows) == 4


def test_answers_to_a_question_are_a_group() -> None:
    rows = [tiny.row("agreement", "vision", "share", s, level=str(i)) for i, s in ((2, 0.3), (1, 0.7))]
    table = Cells(tabulated(rows, "agreement").html)
    assert table.rows[2:] == [
        ["Leaders share a vision of STEM careers"],
        ["Strongly disagree", "70%", "60% to 80%", "188"],
        ["Disagree", "30%", "20% to 40%", "188"],
    ]


def test_many_samples_go_down() -> None:
    rows = [
        tiny.row("means", "provision", "mean", 50.0 + i, sample=f"nation={i}", unit="points, 0 to 100")
        for i in range(1, 7)
    ]
    table = Cells(tabulated(rows, "means", samples=["by nation"]).html)
    assert table.rows[:3] == [
        ["", "Careers provision"],
        ["", "Mean, points, 0 to 100", "95% interval", "n"],
        ["Nation 1", "51.00", "50.90 to 51.10", "188"],
    ]
    assert len(table.rows) == 8


def test_many_samples_of_many_questions_go_below_one_another() -> None:
    rows = [
        tiny.row("agreement", "vision", "share", 0.2, level=str(a), sample=f"nation={i}")
        for a in range(1, 6)
        for i in range(1, 7)
    ]
    table = Cells(tabulated(rows, "agreement").html)
    assert table.rows[:3] == [
        ["", "Share", "95% interval", "n"],
        ["Leaders share a vision of STEM careers: Strongly disagree"],
        ["Nation 1", "20%", "10% to 30%", "188"],
    ]
    assert len(table.rows) == 1 + 5 * 7


def test_differences_name_both_sides() -> None:
    rows = [tiny.row("gap", "provision", "difference", -2.0, 1.0, term="sector", level="2", unit="points, 0 to 100")]
    table = Cells(tabulated(rows, "gap").html)
    assert table.rows[1:] == [
        ["", "Difference, points, 0 to 100", "95% interval", "n"],
        ["Careers provision: Sector: Private (vs Public)", "−2.00", "−3.00 to −1.00", "188"],
    ]


def test_outcomes_compared_in_one_way_stand_under_the_comparison() -> None:
    rows = [
        tiny.row("gap", o, "difference", -0.1, 0.05, term="sector", level="2", unit="probability")
        for o in ("careers_fair", "site_visit")
    ]
    assert Cells(tabulated(rows, "gap").html).rows[2:] == [
        ["Sector: Private (vs Public)"],
        ["Careers fair at least once a year", "−10 points", "−15 to −5", "188"],
        ["Visits to science-based firms", "−10 points", "−15 to −5", "188"],
    ]


def test_a_category_that_names_its_term_does_not_name_it_twice() -> None:
    labels = tiny.labels(words={"sector": "Pri"})
    rows = [r for r in models() if r["term"] == "sector" and r["specification"] == "adjusted"]
    assert Cells(tabulated(rows, "adjusted", labels=labels).html).rows[2][0] == "Private (reference: Public)"


def test_an_answer_that_a_sample_lacks_stands_in_its_place() -> None:
    rows = [
        tiny.row("agreement", outcome, "share", share, level=level, sample=f"nation={nation}")
        for outcome, level, share, nation in (
            ("vision", "3", 0.3, 1),
            ("time", "2", 0.2, 1),
            ("time", "4", 0.4, 1),
            ("vision", "1", 0.1, 2),
            ("time", "3", 0.35, 2),
        )
    ]
    assert [
        (
            row[0],
            *(
                f"{number} ({interval})" if number else ""
                for number, interval in zip(row[1::3], row[2::3], strict=True)
            ),
        )
        for row in Cells(tabulated(rows, "agreement").html).rows[2:]
    ] == [
        ("Leaders share a vision of STEM careers",),
        ("Strongly disagree", "", "10% (0% to 20%)"),
        ("Neither", "30% (20% to 40%)", ""),
        ("The careers leader has enough time",),
        ("Disagree", "20% (10% to 30%)", ""),
        ("Neither", "", "35% (25% to 45%)"),
        ("Agree", "40% (30% to 50%)", ""),
    ]


def test_counts_have_no_interval_and_say_none() -> None:
    none = {"ci_low": None, "ci_high": None, "std_error": None}
    rows = [tiny.row("answers", "vision", "count", 1204.0, level="1", unit="responses", n=1204, **none)]
    got = tabulated(rows, "answers")
    assert Cells(got.html).rows[1:] == [
        ["", "Number", "n"],
        ["Leaders share a vision of STEM careers: Strongly disagree", "1,204", "1,204"],
    ]
    assert "intervals" not in got.note


def test_withheld_cells_are_a_letter_with_its_reason() -> None:
    rows = models()
    rows[0] = {**rows[0], "withheld": "fewer than 10"}  # with its numbers, which no gate would let through
    shares = [tiny.withheld(tiny.row("shares", "careers_fair", "share", 0.4321, level="1", n=7))]
    for got in (tabulated(rows, "adjusted"), tabulated(shares, "shares")):
        table = Cells(got.html)
        marked = [a for tag, a in table.tags if tag == "td" and "withheld" in (a.get("class") or "")]
        assert marked and all(a["title"] == "withheld: fewer than 10" for a in marked)
        assert "w" in [cell for row in table.rows for cell in row]
        hidden = got.rows[got.rows["withheld"].ne("")]
        assert list(hidden["shown"]) == ["w"]
        assert hidden[["estimate", "ci_low", "ci_high", "n"]].isna().all(axis=None)
        assert "w: withheld (fewer than 10)." in got.note
        assert "0.21" not in got.html and "0.43" not in got.html and "43%" not in got.html


def test_a_table_of_made_up_answers_says_so() -> None:
    got = tabulated(models(), "adjusted", labels=tiny.labels(synthetic=True))
    assert got.note.endswith("Synthetic answers: shows the method, not a finding.")
    one = [{**r, "synthetic": i == 0} for i, r in enumerate(models())]
    assert "Synthetic answers" in tabulated(one, "adjusted").note


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        '"><svg onload=alert(1)>',
        "' onmouseover='alert(1)",
        "</table></caption><a href=javascript:alert(1)>",
        "&lt;script&gt;",
        "<!-- -->",
    ],
)
def test_no_label_becomes_html(hostile: str) -> None:
    words = dict.fromkeys([*tiny.ITEMS, *tiny.SCALES, "adjusted"], hostile)
    labels = tiny.labels(words=words, nations={1: hostile, 2: f"{hostile} 2"})
    rows = [{**r, "unit": hostile, "sample": "nation=1"} for r in models()]
    rows[1] = tiny.withheld(rows[1], hostile)
    share = [tiny.row("shares", "careers_fair", "share", 0.4, level="1", sample="nation=1", unit=hostile)]
    for got in (
        tabulated(rows, "adjusted", labels=labels, note=hostile),
        tabulated(share, "shares", labels=labels),
    ):
        table = Cells(got.html)
        known = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "br", "span"}
        assert {tag for tag, _ in table.tags} <= known
        assert {name for _, attributes in table.tags for name in attributes} <= {"class", "scope", "colspan", "title"}
        assert hostile in " ".join(cell for row in table.rows for cell in row)


def test_headers_have_scope_and_columns_add_up() -> None:
    for got in (tabulated(models(), "adjusted", "unadjusted"),):
        table = Cells(got.html)
        assert all(a.get("scope") for tag, a in table.tags if tag == "th")
        widths = []
        for row in re.findall(r"<tr.*?</tr>", got.html, flags=re.DOTALL):
            cells = re.findall(r"<t[hd]([^>]*)>", row)
            spans = [re.search(r'colspan="(\d+)"', cell) for cell in cells]
            widths.append(sum(int(s.group(1)) if s else 1 for s in spans))
        assert set(widths) == {3}


def test_models_and_descriptions_do_not_mix() -> None:
    rows = [*models(), tiny.row("means", "provision", "mean", 50.0)]
    with pytest.raises(Problem) as problem:
        tabulated(rows, "adjusted", "means")
    assert str(problem.value) == (
        "table 'A table': 1 problem\n  models (adjusted) and descriptions (means) do not fit into one table; make two"
    )


def test_an_unknown_id_names_the_table() -> None:
    wrong = config.Table(title="A table", specifications=["adjusted"], terms=["prioriti"])
    labels = tiny.labels(tables={"effects": wrong})
    estimates = tiny.estimates(models())
    with pytest.raises(Problem) as problem:
        tabulate.table(wrong, estimates, tiny.fits(estimates), labels, 0.95)
    assert str(problem.value) == (
        "config/studies/tiny/tables/effects.yaml: 1 problem\n"
        "  no estimate with term 'prioriti'; did you mean 'priority'?"
    )


def test_a_term_of_several_categories_has_its_test_under_them() -> None:
    rows = [
        *models(),
        {
            **tiny.row("adjusted", "provision", "wald_f", 3.214, 0.1, term="location", unit="F of 2 coefficients"),
            "p_value": 0.0004,
        },
    ]
    table = Cells(tabulated(rows, "adjusted").html)
    assert ["All of these together", "F 3.21 (p < 0.001)"] in table.rows
    assert table.rows[table.rows.index(["All of these together", "F 3.21 (p < 0.001)"]) - 1][1] == "0.40 (0.30 to 0.50)"


def test_what_a_model_explains_without_a_factor_keeps_the_capitals_of_its_name() -> None:
    rows = [
        *models(),
        tiny.row("adjusted", "provision", "r_squared_without", 0.2, term="priority", unit="share"),
        tiny.row("adjusted", "provision", "r_squared_without", 0.1, term="autonomy", unit="share"),
    ]
    known = tiny.labels(words={"priority": "Priority of STEM", "autonomy": "STEM autonomy"})
    labels = [row[0] for row in Cells(tabulated(rows, "adjusted", labels=known).html).rows if row]
    assert [label.partition(" without ")[2] for label in labels[-2:]] == ["priority of STEM", "STEM autonomy"]


def test_marginal_effects_are_written_in_points_where_they_are_wished_for() -> None:
    unit = "percentage points per unit (points)"
    rows = [
        tiny.row("odds", "careers_fair", "odds_ratio", 2.1, term="priority", unit="odds ratio"),
        tiny.row("odds", "careers_fair", "marginal_effect", 12.34, term="priority", unit=unit),
    ]
    table = Cells(tabulated(rows, "odds", quantity="marginal_effect").html)
    assert ["Priority of careers among the school's aims", "12.3 points (12.2 to 12.4)"] in table.rows
