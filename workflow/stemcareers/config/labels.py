"""Words for ids: what figures, tables and pages print where the estimates carry an id.

Every answer is text, a number, true or false, or a list of these, so that a figure can keep the answers it was given
beside its rows and be drawn again without the study's config.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from stemcareers.config.compared import STANDARDISED, Gate
from stemcareers.config.load import StudyConfig
from stemcareers.config.robustness import LEAVE_OUT, MEASURES, NONE, main_level, options_of
from stemcareers.config.samples import WAVE, code_of, column_of
from stemcareers.config.shown import THEN

MINUS = "\N{MINUS SIGN}"
_BIN = re.compile(r"\[(-?[0-9.]+(?:e[+-][0-9]+)?), (-?[0-9.]+(?:e[+-][0-9]+)?)[\])]")
_QUANTILE = re.compile(r"0\.[0-9]+")
YES_NO = {"1": "Yes", "0": "No"}
QUANTILES = {"0.25": "Lower quartile", "0.5": "Median", "0.75": "Upper quartile"}
_ANSWER = re.compile(r"(?:(?P<category>[^=]+), )?(?P<outcome>[a-z][a-z0-9_]*)=(?P<codes>-?[0-9]+(?:\|-?[0-9]+)?)")
FAMILIES = {
    "linear": "Linear",
    "logit": "Logistic",
    "ordered_logit": "Ordered logistic",
    "poisson": "Poisson",
    "negative_binomial": "Negative binomial",
    "fractional_logit": "Fractional logistic",
}

CHANGED = {
    "wording": "its wording changed",
    "answers": "its answers changed",
    "routing": "it was asked of others",
    "respondents": "others answered it",
    "length": "it is made of more or fewer questions",
    "items": "one of its questions changed",
    STANDARDISED: "it is standardised anew in every wave",
}


@dataclass(frozen=True)
class Labels:
    """The labels of one study."""

    config: StudyConfig

    @property
    def synthetic(self) -> bool:
        """True where any answer of the study is made up."""
        return self.config.synthetic

    @property
    def source(self) -> str:
        """The citation under every figure."""
        return self.config.study.source.citation

    @property
    def units(self) -> str:
        """What n counts, in the plural: schools, teachers."""
        return self.config.study.units

    def term(self, term: str) -> str:
        """An item, a scale or a column in words."""
        if term in self.config.scales:
            return self.config.scales[term].title
        if term in self.config.items:
            return self.config.items[term].label
        return {"intercept": "Constant", "threshold": "Between", WAVE: "Wave"}.get(
            term, term.replace("_", " ").capitalize()
        )

    outcome = term

    def level(self, term: str, level: str) -> str:
        """An answer or category in words; the level itself where it has no label.

        `guide=2`, an answer of the outcome, is the label of that answer, `often=1|2` those of both, `3, guide=2` a
        category of the term and an answer; `1 -> 2` both answers or waves, `0.5` the median. A bin `[20, 40)` is `20 to
        40`; of a count, of which it holds whole numbers alone, `[6.5, 8.5]` is `7 or 8`.
        """
        if edges := bin_edges(level):
            return self._bin(term, *edges)
        if THEN in level:
            before, after = level.split(THEN, 1)
            joint = " to " if term == WAVE else ", then "
            if term in self.config.scales:  # an indicator, whose answers have no words of their own
                before, after = (YES_NO.get(answer, answer) for answer in (before, after))
            return f"{self.level(term, before)}{joint}{self.level(term, after)}"
        if _QUANTILE.fullmatch(level):
            return QUANTILES.get(level, f"{100 * float(level):g}% lie below")
        if (answer := _ANSWER.fullmatch(level)) and answer["outcome"] in self.config.items:
            category = [self.level(term, answer["category"])] if answer["category"] else []
            codes = answer["codes"].split("|")
            return ", ".join([*category, " | ".join(self.level(answer["outcome"], code) for code in codes)])
        if term == WAVE and level in self.config.waves:
            return self.config.waves[level].title
        if term in self.config.items:
            codes = self.config.answer_set(term).codes
            if level.lstrip("-").isdigit() and int(level) in codes:
                return codes[int(level)]
        return level

    def _bin(self, term: str, low: float, high: float) -> str:
        scale = self.config.scales.get(term)
        ends = (low % 1, high % 1)
        if scale is None or scale.method != "count" or ends != (0.5, 0.5):
            return f"{low:.12g} to {high:.12g}".replace("-", MINUS)
        first, last = int(low + 0.5), int(high - 0.5)
        return f"{first}" if first == last else f"{first} {'or' if last == first + 1 else 'to'} {last}"

    def levels(self, term: str) -> list[str]:
        """The levels of a categorical item, in the order of its answer set; empty for a number or a scale."""
        if term == WAVE:
            return list(self.config.waves)
        if term not in self.config.items:
            return []
        return [str(code) for code in self.config.answer_set(term).codes]

    def sample(self, sample: str) -> str:
        """A sample in words: `country=826` is United Kingdom."""
        column, code = column_of(sample), code_of(sample)
        if column is None or code is None:
            return f"All {self.units}"
        return self.level(column, code)

    def specification(self, specification: str) -> str:
        """A specification's short name, for a legend."""
        found = self.config.specifications.get(specification)
        return found.short if found else specification.replace("-", " ").capitalize()

    def title(self, specification: str) -> str:
        """A specification's title, where its short name does not tell it from others."""
        found = self.config.specifications.get(specification)
        return found.title if found else self.specification(specification)

    def decision(self, specification: str, decision: str) -> str:
        """What a decision of a grid is about: `Held constant`."""
        if decision.startswith(MEASURES):
            return f"Measure of {small(self.term(decision.removeprefix(MEASURES)))}"
        names = {"weighted": "Weights", "outcome": "Measure of the outcome", "context": "Held constant"}
        names |= {"imputed": "Missing answers"}
        names |= {"family": "Model", LEAVE_OUT: f"Left out: {small(self.term(self._left_out(specification)))}"}
        return names.get(decision, decision.replace("_", " ").capitalize())

    def option(self, specification: str, decision: str, option: str) -> str:
        """An option of a decision in words: `Every school counts once`."""
        if decision == "weighted":
            return "Weighted" if option == "yes" else f"Every {self.config.study.unit} counts once"
        if decision == "imputed":
            return "Left out" if option == NONE else f"Drawn {option} times"
        if decision == "outcome" or decision.startswith(MEASURES):
            return self.term(option)
        if decision == "family":
            return FAMILIES.get(option, option)
        if decision == LEAVE_OUT:
            return "None" if option == NONE else self.level(self._left_out(specification), option)
        return capital(option)

    def variant(self, specification: str, level: str) -> str:
        """A variant of a grid in words: `Weights: Weighted; Held constant: Nothing`."""
        return "; ".join(
            f"{self.decision(specification, decision)}: {self.option(specification, decision, option)}"
            for decision, option in options_of(level).items()
        )

    def is_grid(self, specification: str) -> bool:
        """True for a specification whose levels are the variants of a grid."""
        found = self.config.specifications.get(specification)
        return found is not None and found.family == "robustness"

    @property
    def study(self) -> str:
        """The study's id."""
        return self.config.id

    @property
    def context(self) -> list[str]:
        """The columns a study sets apart by, in order."""
        return list(self.config.study.context)

    def kind(self, term: str) -> str:
        """What an item's answers are: nominal, ordered, number; empty for a scale and for what is no item."""
        return self.config.answer_set(term).kind if term in self.config.items else ""

    def place(self, folder: str, entry: dict[str, object]) -> str:
        """The file a figure or table was read from, for messages; empty where it was made by hand."""
        for name, known in getattr(self.config, folder).items():
            if known.model_dump(mode="json") == entry:
                return f"config/studies/{self.config.id}/{folder}/{name}.yaml"
        return ""

    def named(self, specification: str, part: str) -> list[str]:
        """The outcomes (`outcome`) of a specification, or its terms (`term`), in the order its file gives."""
        found = self.config.specifications.get(specification)
        if found is None:
            return []
        if part == "outcome":
            return list(found.outcome)
        return [*found.factors, *found.focal, *found.between, *found.context, *found.outcome]

    def reference(self, specification: str, term: str) -> str:
        """What a specification compares the other categories of a term with; empty where its file does not say."""
        found = self.config.specifications.get(specification)
        return str(found.reference[term]) if found and term in found.reference else ""

    def waves_of(self, specification: str) -> list[str]:
        """The waves a specification is about, as its file names them; none where it is about all."""
        found = self.config.specifications.get(specification)
        return sorted(found.waves) if found else []

    def each_alone(self, specification: str) -> bool | None:
        """Whether the factors of a specification stand alone, one by one; None where it is not known."""
        found = self.config.specifications.get(specification)
        return found.each_alone if found else None

    def main_variant(self, specification: str) -> str:
        """The level of the variant of a grid that is the main analysis."""
        return main_level(self.config.specifications[specification])

    def options(self, specification: str, decision: str) -> list[str]:
        """The options of a decision of a grid, in the order of its file."""
        vary = self.config.specifications[specification].vary
        return vary.options().get(decision, []) if vary is not None else []

    def indicated(self, scale: str) -> list[str]:
        """The item and then the answers that an indicator is yes for, as codes; none for what is no indicator."""
        found = self.config.scales.get(scale)
        if found is None or found.method != "indicator" or len(found.items) != 1:
            return []
        return [found.items[0], *(str(code) for code in found.codes)]

    def fielded(self, wave: str) -> float:
        """When a wave began, in days since the year 1."""
        return float(self.config.waves[wave].fielded[0].toordinal())

    def changed(self, variable: str, first: str, then: str) -> list[str]:
        """What stands against comparing an item or scale between two waves; none where it can be compared."""
        if not all(wave in self._gate.waves_of(variable) for wave in (first, then)):
            return []
        verdict = self._gate.verdict(variable, first, then)
        if verdict.comparable:
            return []
        return list(dict.fromkeys(CHANGED[change.kind] for change in verdict.open)) or list(verdict.because)

    @cached_property
    def _gate(self) -> Gate:
        return Gate(self.config)

    def _left_out(self, specification: str) -> str:
        found = self.config.specifications.get(specification)
        return found.vary.leave_out or "" if found is not None and found.vary is not None else ""

    def unit(self, outcome: str) -> str:
        """The unit of a scale or number, in words; empty for categories."""
        if outcome in self.config.scales:
            return self.config.scales[outcome].unit
        if outcome in self.config.items:
            return self.config.answer_set(outcome).unit or ""
        return ""


def small(words: str) -> str:
    """The words with a small first letter, but for an abbreviation: `country of the United Kingdom`."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def capital(words: str) -> str:
    """The words with a capital first letter."""
    return words[:1].upper() + words[1:]


def bin_edges(level: str) -> tuple[float, float] | None:
    """The edges of a bin `[0, 10)`; None for a level that is no bin."""
    found = _BIN.fullmatch(level)
    return (float(found[1]), float(found[2])) if found else None
