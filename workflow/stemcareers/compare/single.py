"""Hold the score that one school published against the rule that makes such scores."""

from __future__ import annotations

from typing import Any

from stemcareers.config import StudyConfig
from stemcareers.config.published import Published


def score_of_one(config: StudyConfig, number: Published) -> dict[str, Any]:
    """The score the rule gives that is nearest to the published one, its verdict, and how it comes about.

    The rule is the answer set of the number's item: the scores there are, and what each stands for. How many of a
    benchmark's areas a school met is seldom published; that a whole number of them gives just the score it printed is
    what can be checked, and it fails where the rule counts other areas or rounds in another way.
    """
    codes = config.answer_set(str(number.item)).codes
    printed = float(number.value)
    nearest = min(codes, key=lambda code: (abs(code - printed), code))
    told = {"rebuilt": float(nearest), "difference": nearest - printed}
    if nearest == printed:
        return told | {"verdict": "reproduced", "because": f"the scoring rule gives it: {codes[nearest]}"}
    around = [*sorted(c for c in codes if c < printed)[-1:], *sorted(c for c in codes if c > printed)[:1]]
    named = " and ".join(f"{code} ({codes[code]})" for code in around)
    return told | {"verdict": "differs", "because": f"the scoring rule gives {named}, and nothing between"}
