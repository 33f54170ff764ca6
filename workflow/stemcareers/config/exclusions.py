"""The exclusions of a wave, by reason: which may be undone, to see what the result would be without them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stemcareers.config.wave import Wave

NEVER = "not undone"  # begins why an exclusion is never undone
WHY_NEVER = {
    "consent": "without consent no answer may be used",
    "test": "previews and tests are no answers of respondents",
    "not_eligible": "the study is not about those left out",
    None: "the wave does not say that it could have been otherwise",
}
LEVEL = re.compile(r"(?:category=(?P<category>.*?), )?wave=(?P<wave>[a-z0-9-]+), left_out=(?P<reason>.*)", re.DOTALL)


@dataclass(frozen=True)
class Exclusion:
    """One reason for which a wave leaves responses out.

    never  why it is never undone; empty where it may be.
    """

    wave: str
    reason: str
    never: str = ""

    def level(self, category: str = "") -> str:
        """The level of its rows in the estimates; `category` is that of the term, where it has any."""
        return f"{f'category={category}, ' if category else ''}wave={self.wave}, left_out={self.reason}"


def exclusion_of(level: str) -> tuple[Exclusion, str]:
    """The exclusion that the level of a row names, and the category of the row's term."""
    found = LEVEL.fullmatch(level)
    assert found is not None, "a level that `Exclusion.level` made"
    return Exclusion(found["wave"], found["reason"]), found["category"] or ""


def declared(name: str, wave: Wave) -> list[Exclusion]:
    """What a wave declares under `keep_if` and `quality`, each reason once, in order.

    A reason that several conditions share may be undone only if each of them may.
    """
    # ASSUME: rules of quality are judgements about answers, so all of them could have been otherwise.
    kinds: dict[str, list[str | None]] = {}
    for condition in wave.keep_if:
        kinds.setdefault(condition.otherwise, []).append(condition.kind)
    for rule in wave.quality:
        if rule.then == "exclude":
            kinds.setdefault(rule.reason, []).append("choice")
    return [
        Exclusion(name, reason, next((WHY_NEVER[kind] for kind in its if kind != "choice"), ""))
        for reason, its in kinds.items()
    ]


def without(wave: Wave, reason: str) -> Wave:
    """The wave as if it left nobody out for a reason. What its weights add up to is then not what was stated."""
    return wave.model_copy(
        update={
            "keep_if": [condition for condition in wave.keep_if if condition.otherwise != reason],
            "quality": [rule for rule in wave.quality if rule.then != "exclude" or rule.reason != reason],
            "design": wave.design.model_copy(update={"sums_to": None}),
        }
    )
