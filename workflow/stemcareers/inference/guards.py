"""What no model may be fitted to, and why: a Problem that names term and level instead of a number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stemcareers.errors import Problem, listed
from stemcareers.inference.decomposition import Decomposed
from stemcareers.inference.results import Name

# Above this the last six of a double's sixteen digits are all that is left of a coefficient.
LARGEST_CONDITION = 1e10
FEWEST_DF = 10
_EXTREME = 1e75  # to the fourth power within the range of doubles: variances are of squares


def ill_conditioned(decomposed: Decomposed, names: Sequence[Name]) -> list[str]:
    """Nothing where the columns can be told apart, else one sentence naming those that cannot."""
    if decomposed.condition <= LARGEST_CONDITION:
        return []
    combination = np.abs(np.linalg.svd(decomposed.r)[2][-1])
    culprits = [named(name) for name, part in zip(names, combination, strict=True) if part > 1e-3 * combination.max()]
    return [
        f"{listed(culprits)} cannot be told apart in the rows in use: together they are collinear "
        f"(condition number {decomposed.condition:.1e}, at most {LARGEST_CONDITION:.0e}). Leave one out"
    ]


def too_few_df(df: float, names: Sequence[Name], fewest: float) -> list[str]:
    """One sentence where less than `fewest` residual degrees of freedom are left, else nothing.

    names  (term, level) of the coefficients; a term that takes most of them is named.
    """
    residual = df + 1 - len(names)
    if residual >= fewest:
        return []
    terms = [term for term, _ in names]
    greedy = max(terms, key=terms.count, default="")
    most = f", {terms.count(greedy)} of them levels of {greedy}" if terms.count(greedy) > len(names) / 2 > 2 else ""
    return [
        f"{residual:g} residual degrees of freedom are left: {df:g} in the design (clusters minus strata), "
        f"{len(names)} coefficients{most}; at least {fewest:g} are needed. Use fewer terms, or a larger sample"
    ]


def constant_outcome(outcome: str, y: np.ndarray) -> list[str]:
    """One sentence where every outcome is the same, else nothing."""
    if not len(y) or (y != y[0]).any():
        return []
    return [f"the outcome {outcome} is {y[0]:g} in every row in use, so there is nothing to explain"]


def extreme(column: str, values: np.ndarray) -> list[str]:
    """One sentence where the largest value is so far from one that its square is no number any more, else nothing."""
    largest = float(max(values.max(initial=0.0), -values.min(initial=0.0)))
    if largest == 0 or 1 / _EXTREME < largest < _EXTREME:
        return []
    return [f"{column} runs to {largest:.0e}, whose square no computer holds: give it in another unit"]


def constant_answer(outcome: str, answers: Sequence[str]) -> list[str]:
    """One sentence where every row gave the same of the answers, else nothing."""
    if len(answers) != 1:
        return []
    return [f"the outcome {outcome} is {answers[0]} in every row in use, so there is nothing to explain"]


def separation(matrix: np.ndarray, y: np.ndarray, names: Sequence[Name]) -> list[str]:
    """One sentence where some combination of terms parts the zeros from the ones, else nothing.

    Then the likelihood has no maximum: coefficients grow without end. Found by linear programming, which is
    exact where watching the coefficients grow is not. Source: Konis (2007), Linear programming algorithms for
    detecting separated data in binary logistic regression models, DPhil thesis, University of Oxford.
    """
    from scipy.optimize import linprog

    scaled = matrix / np.maximum(np.abs(matrix).max(axis=0), 1e-300)
    signed = scaled * np.where(y > 0.5, 1.0, -1.0)[:, None]
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(y)), bounds=(-1, 1), method="highs")
    if not found.success or -found.fun < 1e-6:
        return []
    direction = np.abs(found.x)
    culprits = [name for name, size in zip(names, direction, strict=True) if size > 1e-6 and name[0] != "intercept"]
    parts = [f"{named(name)}{_one_sided(matrix[:, names.index(name)], y)}" for name in culprits]
    return [
        f"{listed(parts) or 'the intercept'} separate{'s' * (len(parts) < 2)} the outcome: "
        "some rows have a certain answer, and the coefficient has no finite value. Merge levels, or leave the term out"
    ]


def _one_sided(column: np.ndarray, y: np.ndarray) -> str:
    """For an indicator: which answer all of its rows gave."""
    inside = y[column == 1]
    if set(np.unique(column)) == {0.0, 1.0} and (inside == inside[0]).all():
        return f" (all {len(inside)} rows answered {'yes' if inside[0] else 'no'})"
    return ""


def refuse(where: str, wrong: Sequence[str]) -> None:
    """Raise a Problem with everything that is wrong, if anything is."""
    if wrong:
        raise Problem(where, *wrong)


def named(name: Name) -> str:
    """What messages call a (term, level)."""
    return " ".join(part for part in name if part)
