"""Totals, quantiles, contrasts, tests and their precision where a reader meets them: tables, figures, sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import helpers_config as tiny
import pytest
from stemcareers import config, draw, tabulate
from stemcareers.config import Finding, Labels
from stemcareers.errors import Problem
from stemcareers.report import findings
from test_tabulate import Cells

NAN = float("nan")
QUARTILES = ("0.25", "0.5", "0.75")


def labels() -> Labels:
    """The tiny study with descriptions of every kind."""
    entries: dict[str, dict[str, Any]] = {
        "contrast": {"between": ["location"], "coefficients": {1: -0.5, 2: -0.5, 3: 1}},
        "quantile": {"quantiles": [0.25, 0.5, 0.75]},
        "ratio": {"denominator": "priority"},
        "association": {"between": ["sector"]},
        "total": {},
    }
    made = {
        family: config.Specification(title=family, short=family, family=family, outcome=["provision"], **more)
        for family, more in entries.items()
    }
    known = tiny.labels()
    return Labels(replace(known.config, specifications={**known.config.specifications, **made}))


def row(quantity: str, estimate: float, half: float = 0.0, **more: Any) -> dict:
    specification = {"association_f": "association"}.get(quantity, quantity)
    return tiny.row(specification, more.pop("outcome", "provision"), quantity, estimate, half, **more)


def table(rows: list[dict], *specifications: str, **more: Any) -> tabulate.Tabulated:
    estimates = tiny.estimates(rows)
    entry = config.Table(title="A table", specifications=list(specifications), **more)
    return tabulate.table(entry, estimates, tiny.fits(estimates), labels(), 0.95)


def quartiles(sample: str = "all", **more: Any) -> list[dict]:
    return [
        row("quantile", 10.0 * place, 1.5, level=level, sample=sample, unit="points", **more)
        for place, level in enumerate(QUARTILES, 1)
    ]


def test_quantiles_are_called_by_name() -> None:
    got = table(quartiles(), "quantile")
    assert Cells(got.html).rows == [
        ["", "All schools"],
        ["", "Quantile, points", "95% interval", "n"],
        ["Careers provision"],
        ["Lower quartile", "10", "8.50 to 11.50", "188"],
        ["Median", "20", "18.50 to 21.50", "188"],
        ["Upper quartile", "30", "28.50 to 31.50", "188"],
    ]


def test_design_effect_and_effective_n_stand_beside_the_number() -> None:
    shares = [
        row("share", 0.4, 0.05, outcome="careers_fair", term="careers_fair", level="1", unit="probability"),
        row("design_effect", 2.5, NAN, outcome="careers_fair", term="careers_fair", level="1", unit="ratio"),
        row("effective_n", 75.2, NAN, outcome="careers_fair", term="careers_fair", level="1", unit="responses"),
    ]
    for one in shares:
        one["specification"] = "shares"
    got = table(shares, "shares")
    cells = Cells(got.html).rows
    assert cells[-1] == ["Careers fair at least once a year: Yes", "40%", "35% to 45%", "188", "2.50", "75"]
    assert [head for head in cells[0] + cells[1] if head in {"Design effect", "Effective n"}] == [
        "Design effect",
        "Effective n",
    ]
    assert got.rows["quantity"].tolist() == ["share", "design_effect", "effective_n"]


def test_what_is_compared_stands_behind_the_outcome() -> None:
    contrast = table([row("contrast", 3.2, 1.0, term="location", unit="points")], "contrast")
    assert Cells(contrast.html).rows[-1] == ["Careers provision: by location", "3.20", "2.20 to 4.20", "188"]
    assert "Location: Village times −0.50, Town times −0.50, City times 1.00." in contrast.note
    ratio = table([row("ratio", 1.3, 0.1, term="priority", unit="points per unit (points)")], "ratio")
    assert Cells(ratio.html).rows[-1][0] == ("Careers provision: per priority of careers among the school's aims")
    test = table([{**row("association_f", 3.2, NAN, term="sector", unit="F"), "p_value": 0.0312}], "association")
    assert Cells(test.html).rows[-1] == ["Careers provision: by sector", "F 3.20 (p = 0.031)", "188"]
    assert "In brackets" not in test.note


def test_waves_and_answers_are_told_from_one_to_the_other() -> None:
    known = labels()
    assert known.level("provision", "[1e+06, 2.5e+06)") == "1000000 to 2500000", "a bin of large numbers too"
    assert known.level("vision", "1 -> 5") == "Strongly disagree, then Strongly agree"
    assert known.level("wave", "2025-spring -> 2026") == "Spring 2025 to 2026"
    assert known.level("provision", "0.1") == "10% lie below"


@pytest.mark.parametrize("kind", ["bars", "dots"])
def test_figures_of_quantiles_and_totals(kind: str) -> None:
    entry = config.Figure(title="F", kind=kind, specifications=["quantile"], x_title="Points")
    samples = [r for nation in "12" for r in quartiles(f"nation={nation}")]
    estimates = tiny.estimates(samples)
    drawn = draw.figure(entry, estimates, tiny.fits(estimates), labels(), 0.95)
    assert sorted(drawn.rows["estimate"]) == [10, 10, 20, 20, 30, 30]
    assert draw.svg(drawn).startswith(b"<?xml")
    totals = [
        row("total", value, 90, sample=f"nation={place}", unit="pupils") for place, value in ((1, 1204), (2, 900))
    ]
    estimates = tiny.estimates(totals)
    drawn = draw.figure(
        entry.model_copy(update={"specifications": ["total"]}), estimates, tiny.fits(estimates), labels(), 0.95
    )
    assert "1,204" in drawn.alt


def said(rows: list[dict], says: str, **more: Any) -> str:
    entry = Finding(says=says, specification=rows[0]["specification"], **more)
    return findings.sentence(entry, tiny.estimates(rows), labels(), "all", "reports/a.yaml").text


def test_sentences() -> None:
    assert said(quartiles(), "half score {quantile} or less", level="0.5") == "Half score 20 (18.50 to 21.50) or less"
    total = [row("total", 1204.4, 100, unit="units of the population")]
    assert said(total, "{total:schools} do.") == "1,204 schools (1,104 to 1,304) do."
    ratio = [row("ratio", 0.25, 0.05, term="priority", unit="points per unit (points)")]
    assert said(ratio, "{ratio}") == "0.25 (0.20 to 0.30)"
    contrast = [row("contrast", 0.3, 0.1, term="location", unit="probability")]
    assert said(contrast, "Cities: {difference}") == "Cities: 30 percentage points higher (20 to 40 points higher)"
    change = [row("change", -2.0, 0.5, term="wave", level="2024 -> 2025", unit="points")]
    assert said(change, "It is {difference}.", below=0) == "It is 2.00 lower (1.50 to 2.50 lower)."
    move = [row("transition", 0.25, 0.05, outcome="vision", term="vision", level="1 -> 2", unit="probability")]
    assert said(move, "{share:schools} moved.", level="1 -> 2") == "About a quarter of schools (20% to 30%) moved."


def test_a_test_is_told_and_guarded_by_its_p_value() -> None:
    rows = [{**row("association_f", 9.1, NAN, term="sector", unit="F"), "p_value": 0.004}]
    assert said(rows, "Provision goes with sector ({association}).", below=0.05) == (
        "Provision goes with sector (p = 0.004)."
    )
    with pytest.raises(Problem) as told:
        said(rows, "Provision goes with sector ({association}).", below=0.001)
    assert told.value.wrong == (
        "'Provision goes with sector ({association}).' expects a p value below 0.001, but it is 0.004 (association, "
        "sample all, association_f of sector); the answers no longer bear the sentence out, write what they do",
    )
