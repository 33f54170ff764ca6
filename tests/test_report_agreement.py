"""In how many ways to do the analysis a finding stands: the words, the number's link, and the guard."""

from __future__ import annotations

import helpers_config as tiny
import pandas as pd
import pytest
from stemcareers.config import Finding
from stemcareers.config.robustness import main_level
from stemcareers.errors import Problem
from stemcareers.report import findings, in_words

SAYS = "In {agreement:ways to do the analysis} priority goes with more provision."


@pytest.mark.parametrize(
    ("counts", "of", "said"),
    [
        ((46, 40, 48), "ways to do the analysis", "46 of 48 ways to do the analysis (clearly so in 40)"),
        ((48, 48, 48), "ways", "all 48 ways (clearly so in all)"),
        ((48, 0, 48), "", "all 48 (clearly so in none)"),
        ((1046, 3, 2000), "ways", "1,046 of 2,000 ways (clearly so in 3)"),
    ],
)
def test_agreement_in_words(counts, of, said):
    assert str(in_words.agreement(*counts, of)) == said


def rows(main: dict | None = None, **counts: float) -> pd.DataFrame:
    counts = {"tried": 50.0, "estimated": 48.0, "same_side": 46.0, "same_side_and_clear": 40.0, **counts}
    labels = tiny.labels()
    level = main_level(labels.config.specifications["grid"])
    found = tiny.row("grid", "provision", "coefficient", 0.3, 0.1, term="priority", level=level)
    return tiny.estimates(
        [
            {**found, **(main or {})},
            *(
                tiny.row("grid", "provision", "variants", n, term="priority", level=what, n=None)
                for what, n in counts.items()
            ),
            tiny.row("grid", "provision", "variants", 7, term="autonomy", level="same_side", n=None),
        ]
    )


def finding(**more: object) -> Finding:
    return Finding(says=SAYS, specification="grid", term="priority", **more)


def sentence(table: pd.DataFrame, **more: object) -> findings.Fragment:
    return findings.sentence(finding(**more), table, tiny.labels(), "all", "page.yaml")


def test_a_sentence_says_in_how_many_ways_it_stands():
    said = sentence(rows(), above=0)
    assert said.text == "In 46 of 48 ways to do the analysis (clearly so in 40) priority goes with more provision."
    place = "lineage/grid.html#row-01c2c7a488"
    assert f'href="{place}" title="Other ways">46 of 48 ways to do the analysis</a>' in said.html


def test_its_guard_is_about_the_main_analysis():
    with pytest.raises(Problem) as told:
        sentence(rows({"ci_low": -0.1}), above=0)
    assert str(told.value) == (
        f"page.yaml: 1 problem\n  '{SAYS}' expects the whole interval above 0.00, but it is -0.100 to 0.400 (grid, "
        f"sample all, coefficient of priority {main_level(tiny.labels().config.specifications['grid'])}); the answers "
        "no longer bear the sentence out, write what they do"
    ).replace("-0.100", "−0.100")


def test_where_no_variant_has_a_number_it_says_so():
    table = rows()
    hidden = table["quantity"].eq("variants") & table["level"].eq("same_side")
    table.loc[hidden, "estimate"] = None
    table.loc[hidden, "withheld"] = "not estimated: no variant has an estimate"
    assert sentence(table).text.startswith("In withheld (not estimated: no variant has an estimate) priority")


def test_several_factors_need_a_name():
    with pytest.raises(Problem, match="several estimates fit; say which one: term is one of 'autonomy', 'priority'"):
        findings.sentence(Finding(says=SAYS, specification="grid"), rows(), tiny.labels(), "all", "page.yaml")
