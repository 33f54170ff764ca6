"""What a fitted model says, quantity by quantity, and what each number is called: level, role, unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from stemcareers.config import Specification, Vocabulary
from stemcareers.config.samples import WAVE
from stemcareers.contracts import BESIDE, POINTS, PROBABILITY
from stemcareers.estimate.outcomes import is_indicator, whole_of
from stemcareers.estimate.rows import Named, unit_of
from stemcareers.inference import Result, Survey, average_effects, average_predictions

# How the coefficients of each family are counted, and what their exponential is.
STEPS = {
    "logit": ("log odds", "odds_ratio", "odds ratio"),
    "ordered_logit": ("log odds", "odds_ratio", "odds ratio"),
    "multinomial": ("log odds", "odds_ratio", "odds ratio"),
    "fractional_logit": ("log odds", "odds_ratio", "odds ratio"),
    "poisson": ("log rate", "rate_ratio", "rate ratio"),
    "negative_binomial": ("log rate", "rate_ratio", "rate ratio"),
}
# Expected outcomes are probabilities: effects are changes of shares.
PROBABILITIES = ("logit", "ordered_logit", "multinomial")
# What a model estimates beside the coefficients of terms: no test of zero, no ratio.


@dataclass(frozen=True)
class Naming:
    """What the numbers of one model are called.

    cell_n  the fewest respondents in a level the model rests on.
    """

    outcome: str
    specification: Specification
    vocabulary: Vocabulary
    cell_n: int

    def of(self, result: Result, quantity: str) -> list[Named]:
        """A name for each number of a result."""
        return [
            Named(
                quantity, term, self.level(term, level, group), self.role(term), self.unit(quantity, term), self.cell_n
            )
            for (term, level), group in zip(result.names, result.groups, strict=True)
        ]

    def level(self, term: str, level: str, group: tuple[tuple[str, str], ...] = ()) -> str:
        """The category of a term; where a number is about one answer of the outcome, with it as `outcome=answer`.

        `3` is a category of the term, `guide=2` the answer 2 to `guide`, `3, guide=2` both; a threshold lies between
        two answers, `often=1|2`.
        """
        if term == "threshold":
            return f"{self.outcome}={level}"
        answer = [f"{column}={code}" for column, code in group]
        return ", ".join([*([level] if level else []), *answer])

    def role(self, term: str) -> str:
        if term in {"intercept", "threshold"}:
            return "intercept"
        if term == "dispersion":
            return "measure"
        if term == WAVE:
            return "wave"
        return "leadership_factor" if term in self.specification.factors else "context"

    def unit(self, quantity: str, term: str) -> str:
        """What one step of a number is, in words."""
        family = self.specification.family
        if term == "dispersion":
            return "logarithm of the dispersion"
        if quantity == "prediction":
            return PROBABILITY if family in PROBABILITIES else unit_of(self.outcome, self.vocabulary)
        if quantity == "marginal_effect":
            top = POINTS if family in PROBABILITIES else unit_of(self.outcome, self.vocabulary)
        elif family in STEPS:
            log, ratio, ratio_unit = STEPS[family]
            return ratio_unit if quantity == ratio else log
        else:
            top = (
                "SD of outcome"
                if "outcome" in self.specification.standardise
                else unit_of(self.outcome, self.vocabulary)
            )
        whole = (
            term in {"intercept", WAVE} or self.vocabulary.is_categorical(term) or is_indicator(term, self.vocabulary)
        )
        if whole:
            return top
        standard = "factors" in self.specification.standardise and term in self.specification.factors
        return f"{top} per {'SD' if standard else 'unit (' + unit_of(term, self.vocabulary) + ')'}"


def each(fitted: Result, used: Survey, naming: Naming) -> Iterator[tuple[str, Result]]:
    """The quantities of a fitted model, each with its numbers: coefficients, ratios, marginal effects.

    used  the rows of the model, whose spread standardises.
    """
    specification = naming.specification
    if specification.family not in STEPS:
        yield "coefficient", _standardised(fitted, used, naming)
    else:
        yield "coefficient", fitted
        ratio = STEPS[specification.family][1]
        yield ratio, _terms(fitted).exponentiated(ratio)
    if specification.marginal_effects:
        yield "marginal_effect", _effects(fitted, naming)
    if specification.predict:
        yield "prediction", _expected(fitted, naming)


def _terms(fitted: Result) -> Result:
    """The coefficients of terms and the intercept, without what is estimated beside them."""
    names = [name for name in fitted.names if name[0] not in BESIDE]
    return fitted if len(names) == len(fitted) else fitted.pick(names)


def _effects(fitted: Result, naming: Naming) -> Result:
    """Average marginal effects in percentage points, or in the outcome's unit."""
    effects = average_effects(fitted)
    family = naming.specification.family
    scale = 100.0 if family in PROBABILITIES else 1.0
    if family == "fractional_logit":
        scale = whole_of(naming.outcome, naming.vocabulary)
    return replace(effects, values=effects.values * scale, covariance=effects.covariance * scale**2)


def _expected(fitted: Result, naming: Naming) -> Result:
    """What the model expects on average with a term at each of its values: shares, or in the outcome's unit."""
    predict, vocabulary = naming.specification.predict, naming.vocabulary
    at = [
        {term: [str(int(value)) if vocabulary.is_categorical(term) else value for value in values]}
        for term, values in predict.items()
    ]
    expected = average_predictions(fitted, at)
    # `at 0.5`, because a bare 0.5 is the level of a median.
    names = tuple((t, level if vocabulary.is_categorical(t) else f"at {level}") for t, level in expected.names)
    scale = whole_of(naming.outcome, vocabulary) if naming.specification.family == "fractional_logit" else 1.0
    values, covariance = expected.values * scale, expected.covariance * scale**2
    return replace(expected, names=names, values=values, covariance=covariance)


def _standardised(fitted: Result, used: Survey, naming: Naming) -> Result:
    """Coefficients per standard deviation of numeric factors and of the outcome, as the specification asks.

    Standard deviations are the weighted ones of the rows in the model, and are taken as known.
    """
    scale = standards(fitted, used, naming)
    return replace(fitted, values=fitted.values * scale, covariance=fitted.covariance * np.outer(scale, scale))


def standards(fitted: Result, used: Survey, naming: Naming) -> np.ndarray:
    """(p,) what each coefficient is multiplied by to be one of standard deviations, where the specification asks."""
    asked, vocabulary = naming.specification.standardise, naming.vocabulary
    scale = np.ones(len(fitted.values))
    if "factors" in asked:
        for place, (term, _) in enumerate(fitted.names):
            if term in naming.specification.factors and not vocabulary.is_categorical(term):
                # The step from no to yes says more than one standard deviation of a yes-no variable.
                scale[place] *= 1.0 if is_indicator(term, vocabulary) else _deviation(used, term)
    if "outcome" in asked:
        scale /= _deviation(used, naming.outcome)
    return scale


def _deviation(used: Survey, column: str) -> float:
    weights, values = used.weights, used.column(column).to_numpy(dtype=float)
    centred = values - weights @ values / weights.sum()
    return float(np.sqrt(weights @ centred**2 / weights.sum() * used.n / (used.n - 1)))
