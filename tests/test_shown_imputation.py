"""Imputed and mixed models in figures, tables and sentences."""

from __future__ import annotations

from dataclasses import replace

import helpers_config as tiny
import pandas as pd
import pytest
from matplotlib.text import Text
from stemcareers import config, draw, tabulate, wording
from stemcareers.config import Labels
from stemcareers.errors import Problem
from stemcareers.report import findings

SPECIFICATIONS = {
    "imputed": {"short": "Imputed", "family": "linear", "impute": {"m": 20}, "context": ["sector"]},
    "grouped": {"short": "Grouped", "family": "mixed", "group": "nation", "weighted": False},
    "sloped": {
        "short": "Sloped",
        "family": "mixed",
        "group": "nation",
        "slopes": ["priority"],
        "weighted": False,
    },
}
BETWEEN = "provision"


def labels() -> Labels:
    known = tiny.labels().config
    made = {
        name: config.Specification(
            title=its["short"], **{"outcome": "provision", "factors": ["priority", "autonomy"], **its}
        )
        for name, its in SPECIFICATIONS.items()
    }
    return Labels(replace(known, specifications={**known.specifications, **made}))


def imputed(more: bool = True) -> list[dict]:
    rows = []
    for term, size in (("priority", 0.4), ("autonomy", 0.05)):
        rows.append(tiny.row("imputed", BETWEEN, "coefficient", size, term=term, n=200))
        rows.append(tiny.row("imputed", BETWEEN, "coefficient_complete_cases", size / 2, 0.15, term=term, n=150))
        rows.append(
            {**tiny.row("imputed", BETWEEN, "fraction_missing", 0.2, term=term), "ci_low": None, "ci_high": None}
        )
    for term, place in (("priority", 3.0), ("autonomy", 2.0)):
        for who, shift in (("observed", 0.0), ("imputed", 0.25)):
            n = 150 if who == "observed" else 50
            rows.append(bare("imputed", f"{who}_mean", place + shift, term, n=n))
            rows.append(bare("imputed", f"{who}_sd", 1 + shift, term, n=n))
        for chain in range(1, 4):
            for turn in range(1, 6):
                value = place + 0.1 * ((chain + turn) % 3)
                rows.append(bare("imputed", "trace_mean", value, term, level=f"{chain}:{turn}", n=50))
                rows.append(bare("imputed", "trace_sd", 1 + 0.01 * turn, term, level=f"{chain}:{turn}", n=50))
    for level, share in (("1", 0.75), ("2", 0.25)):
        rows.append(bare("imputed", "observed_share", share, "sector", level=level, n=190, unit="probability"))
        rows.append(bare("imputed", "imputed_share", 0.5, "sector", level=level, n=10, unit="probability"))
    return rows


def bare(specification: str, quantity: str, value: float, term: str, **more: object) -> dict:
    nothing = dict.fromkeys(("std_error", "ci_low", "ci_high", "df", "p_value"))
    return {**tiny.row(specification, BETWEEN, quantity, value, term=term), **nothing, **more}


def mixed() -> list[dict]:
    rows = []
    for name in ("grouped", "sloped"):
        rows.append(tiny.row(name, BETWEEN, "coefficient", 0.4, term="priority"))
        rows.append(bare(name, "group_variance", 4.0, "intercept", unit="points, squared"))
        rows.append(bare(name, "residual_variance", 12.0, "residual", unit="points, squared"))
        rows.append(bare(name, "icc", 0.25, "nation", unit="share of the variance"))
    rows.append(bare("sloped", "group_variance", 1.0, "priority", unit="points per unit (points), squared"))
    rows.append(bare("sloped", "group_covariance", -1.0, "priority", level="intercept", unit="points, times points"))
    return rows


def fits(rows: pd.DataFrame, **more: object) -> pd.DataFrame:
    pooled = tiny.fits(rows, n=200, variance="linearised, 20 imputations", **more)
    complete = tiny.fits(rows, n=150, **{**more, "term": "complete cases"})
    return pd.concat([pooled, complete], ignore_index=True)


def drawn(rows: list[dict], narrow: bool = False, **figure: object) -> draw.Drawn:
    known = {"title": "T", "kind": "forest", "specifications": ["imputed"], "x_title": "Difference"}
    table = tiny.estimates(rows)
    return draw.figure(config.Figure(**{**known, **figure}), table, fits(table), labels(), 0.95, narrow=narrow)


def made(rows: list[dict], *names: str, **table: object) -> tabulate.Tabulated:
    found = tiny.estimates(rows)
    entry = config.Table(title="T", specifications=list(names), **table)
    family = {"family": "mixed linear", "variance": "model, REML"} if names[0] != "imputed" else {}
    facts = tiny.fits(found, **family) if family else fits(found)
    return tabulate.table(entry, found, facts, labels(), 0.95)


def cells(table: tabulate.Tabulated) -> dict[tuple[str, str], str]:
    return {(row.row, row.column): row.shown for row in table.rows.itertuples()}


def words(picture: draw.Drawn) -> list[str]:
    return [a.get_text() for a in picture.figure.get_children() if isinstance(a, Text)]


# --- forest and regression table ------------------------------------------------------------------------------------


def test_a_forest_of_an_imputed_model_shows_the_pooled_numbers_alone():
    found = drawn(imputed())
    assert list(found.rows["quantity"]) == ["coefficient", "coefficient"]
    assert "n = 200 schools" in found.caption
    assert "(linearised, 20 imputations)" in found.caption


def test_complete_cases_stand_beside_where_asked():
    found = drawn(imputed(), complete_cases=True)
    assert (
        list(zip(found.rows["quantity"], found.rows["series"], strict=True))
        == [
            ("coefficient", wording.IMPUTED),
            ("coefficient_complete_cases", wording.ONLY_COMPLETE),
        ]
        * 2
    )
    assert {wording.IMPUTED, wording.ONLY_COMPLETE} <= set(words(found))
    assert "n = 150 to 200 schools" in found.caption
    assert "2 of 4 intervals are clear" in found.alt


def test_a_table_has_a_column_for_the_complete_cases():
    rows = imputed()
    alone, both = cells(made(rows, "imputed")), cells(made(rows, "imputed", complete_cases=True))
    priority = "Priority of careers among the school's aims"
    assert alone[priority, "Imputed: Estimate, points"] == "0.40 (0.30 to 0.50)"
    assert {column for _, column in alone} == {"Imputed: Estimate, points"}
    assert both[priority, "Missing answers imputed: Estimate, points"] == "0.40 (0.30 to 0.50)"
    assert both[priority, "Complete cases only: Estimate, points"] == "0.20 (0.05 to 0.35)"
    assert both["Schools (n)", "Missing answers imputed: Estimate, points"] == "200"
    assert both["Schools (n)", "Complete cases only: Estimate, points"] == "150"
    assert "Imputed: missing answers imputed 20 times." in made(rows, "imputed").note


# --- what varies between groups -------------------------------------------------------------------------------------


def test_a_table_tells_what_varies_between_groups():
    table = made(mixed(), "grouped", "sloped")
    found = {row: shown for (row, column), shown in cells(table).items() if column.startswith("Sloped")}
    heading = "Variation between groups (Nation)"
    assert {row.removeprefix(f"{heading}: "): shown for row, shown in found.items() if row.startswith(heading)} == {
        "Variance of the level": "4.00 (standard deviation 2.00)",
        "Variance of the effect of Priority of careers among the school's aims": "1.00 (standard deviation 1.00)",
        "Covariance of the level and the effect of Priority of careers among the school's aims": (
            "−1.00 (correlation −0.50)"
        ),
        "Variance within groups": "12.00 (standard deviation 3.46)",
        "Share of the variance between groups": "25%",
    }
    assert found["Clusters, or groups of a mixed model"] == "150"
    assert "Design degrees of freedom" not in found
    order = [row for row, column in cells(table) if row.startswith(heading) and column.startswith("Sloped")]
    assert order[0].endswith("Variance of the level")
    assert "points, squared" in table.html


def test_a_table_of_named_terms_leaves_it_out():
    table = made(mixed(), "grouped", terms=["priority"])
    assert not [row for row, _ in cells(table) if row.startswith("Variation")]


def test_withheld_variances_are_not_shown():
    rows = [tiny.withheld(row) for row in mixed()]
    table = made(rows, "sloped")
    shown = {row: text for (row, _), text in cells(table).items() if row.startswith("Variation")}
    assert set(shown.values()) == {"w"}
    assert len(shown) == 5


def test_a_forest_does_not_draw_variances():
    found = drawn(mixed(), specifications=["grouped"])
    assert list(found.rows["quantity"]) == ["coefficient"]


def test_remarks_stand_in_the_note():
    rows = tiny.estimates(mixed())
    facts = tiny.fits(rows, family="mixed linear", remarks="its variance is 0; few groups")
    entry = config.Table(title="T", specifications=["grouped"])
    assert "its variance is 0; few groups." in tabulate.table(entry, rows, facts, labels(), 0.95).note
    figure = config.Figure(title="T", kind="forest", specifications=["grouped"], x_title="x")
    assert "its variance is 0; few groups." in draw.figure(figure, rows, facts, labels(), 0.95).caption


def test_a_sentence_tells_the_share_between_groups():
    finding = config.Finding(says="{icc} lies between nations.", specification="grouped", sample="all")
    told = findings.sentence(finding, tiny.estimates(mixed()), labels(), "all", "here")
    assert told.text == "About a quarter lies between nations."


# --- trace, observed against imputed --------------------------------------------------------------------------------


@pytest.mark.parametrize("narrow", [False, True])
def test_a_trace_draws_every_chain_in_two_panels_per_variable(narrow):
    found = drawn(imputed(), narrow, kind="trace", x_title="Round")
    assert len(found.figure.axes) == 4
    assert [len(axes.lines) - sum(len(set(line.get_ydata())) == 1 for line in axes.lines) for axes in found.figure.axes]
    first = found.figure.axes[0]
    chains = [list(line.get_ydata()) for line in first.lines if len(line.get_xdata()) == 5]
    assert chains == [[pytest.approx(3 + 0.1 * ((c + t) % 3)) for t in range(1, 6)] for c in range(1, 4)]
    assert {"Mean", "Standard deviation", "Round"} <= set(words(found))
    assert set(found.rows["quantity"]) == {"trace_mean", "trace_sd"}
    assert found.rows["series"].iloc[0] == "copy 1, round 1"
    assert found.alt.startswith("T. Lines of 3 copies over 5 rounds, for each of 2 variables.")
    assert "n counts the schools for which an answer was imputed" in found.caption
    assert "eighted" not in found.caption
    edges = [
        (a.get_window_extent().x0, a.get_window_extent().x1) for a in found.figure.get_children() if isinstance(a, Text)
    ]
    assert min(low for low, _ in edges) >= -1
    assert max(high for _, high in edges) <= found.figure.get_figwidth() * 100 + 1


def test_a_trace_of_few_is_not_drawn():
    rows = [tiny.withheld(r) if r["term"] == "priority" and r["quantity"].startswith("trace") else r for r in imputed()]
    found = drawn(rows, kind="trace", x_title="Round")
    assert len(found.figure.axes) == 2
    assert "withheld: fewer than 10" in words(found)


def test_a_trace_is_of_one_outcome():
    rows = imputed()
    rows += [{**row, "outcome": "careers_fair"} for row in rows]
    with pytest.raises(Problem) as caught:
        drawn(rows, kind="trace", x_title="Round")
    assert "a trace is of one specification, sample and outcome, not of 2 outcomes; name one" in str(caught.value)


def test_a_table_sets_what_was_imputed_beside_what_was_answered():
    table = made(imputed(), "imputed", imputation=True)
    found = cells(table)
    kind = "Share, or mean (standard deviation)"
    priority = "Priority of careers among the school's aims"
    assert found[priority, f"Answered: {kind}"] == "3.00 (1.00)"
    assert found[priority, f"Imputed: {kind}"] == "3.25 (1.25)"
    assert found["Sector: Private", f"Answered: {kind}"] == "25%"
    assert found["Sector: Private", f"Imputed: {kind}"] == "50%"
    assert table.rows["n"].tolist()[:2] == [150, 50]
    assert table.note.startswith("n: schools that answered, and for which an answer was imputed. Unweighted.")


def test_what_few_were_imputed_for_stays_withheld_in_it():
    rows = [tiny.withheld(r) if r["term"] == "sector" else r for r in imputed()]
    table = made(rows, "imputed", imputation=True)
    assert {text for (row, _), text in cells(table).items() if row.startswith("Sector")} == {"w"}
    assert "w: withheld (fewer than 10)" in table.note
