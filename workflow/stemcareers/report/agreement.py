"""In how many ways to do the analysis a finding stands: what a sentence reads from the rows of a grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stemcareers.config import Finding, Labels
from stemcareers.config.robustness import main_level
from stemcareers.report import in_words


@dataclass(frozen=True)
class Agreement:
    """The counts behind a sentence.

    row   the row a link is about: how many lie on the main analysis's side.
    main  the main analysis's own row, which bounds the sentence.
    """

    row: dict[str, Any]
    main: dict[str, Any]
    counts: Mapping[str, float]

    def said(self, of: str) -> in_words.Said:
        """`46 of 48 ways to do the analysis (clearly so in 40)`."""
        if self.row["withheld"]:
            return in_words.Said("withheld", str(self.row["withheld"]))
        same, clear, ways = (int(self.counts[level]) for level in ("same_side", "same_side_and_clear", "estimated"))
        return in_words.agreement(same, clear, ways, of)


def of_rows(row: dict[str, Any], finding: Finding, estimates: pd.DataFrame, labels: Labels) -> Agreement:
    """The agreement of which `row`, the count on the main analysis's side, is a part."""
    alike = estimates
    for name in ("specification", "sample", "outcome", "term"):
        alike = alike[alike[name].eq(row[name])]
    ways = alike[alike["quantity"].eq("variants")]
    main = main_level(labels.config.specifications[finding.specification])
    mains = alike[alike["quantity"].eq("coefficient") & alike["level"].eq(main)]
    return Agreement(row, mains.iloc[0].to_dict(), dict(zip(ways["level"], ways["estimate"], strict=True)))
