"""From results of `inference` to rows of the estimates and fits contracts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stemcareers import contracts
from stemcareers.config import Vocabulary
from stemcareers.estimate.imputation import Repeated
from stemcareers.inference import Result

ESTIMATE_COLUMNS = [c.name for c in contracts.ESTIMATES.columns] + ["cell_n", "rest_n"]
FIT_COLUMNS = [c.name for c in contracts.FITS.columns]
ROWS = "rows"  # of a fit, beside its columns: the places in the pooled table of the responses a model used


@dataclass(frozen=True)
class Case:
    """One outcome of a specification in one sample: what all its rows have in common."""

    study: str
    specification: str
    sample: str
    outcome: str
    synthetic: bool
    weighted: bool
    # Respondents outside the sample who answered the outcome; none for `all`, unknown where nothing is withheld.
    rest_n: int | None
    # The waves that did not ask the outcome: no comparison is with them.
    not_asked_in: tuple[str, ...] = ()

    def key(self) -> dict[str, object]:
        return {
            "study": self.study,
            "specification": self.specification,
            "sample": self.sample,
            "outcome": self.outcome,
        }


@dataclass(frozen=True)
class Named:
    """What a number of a result is called: its quantity, term, level, role, unit, and the respondents in its cell."""

    quantity: str
    term: str
    level: str
    role: str
    unit: str
    cell_n: int


Row = dict[str, object]
Rows = tuple[list[Row], list[Row]]  # of the estimates, and of the fits
TESTED = {"coefficient", "odds_ratio", "rate_ratio", "marginal_effect", "difference", "paired_change"}
MISSING = dict.fromkeys(("estimate", "std_error", "ci_low", "ci_high", "df", "p_value", "p_adjusted"), np.nan)


# Of a number whose distribution is no interval around it: a test, a variance.
NO_INTERVAL = dict.fromkeys(("std_error", "ci_low", "ci_high", "df", "p_value", "p_adjusted"), np.nan)
# Of these the fraction of missing information is told; of what is made of them it is the same.
FRACTION_OF = tuple(quantity for quantity in contracts.BESIDE_POOLED if quantity not in contracts.MADE_OF_COEFFICIENTS)


def estimates(case: Case, result: Result | Repeated, named: Sequence[Named], confidence_level: float) -> list[Row]:
    """Rows for every estimate of a result, in its order; `named` has one entry for each.

    Of completed copies: the pooled numbers, the complete cases beside, and the fraction of missing information.
    """
    if isinstance(result, Repeated):
        return _repeated(case, result, named, confidence_level)
    # A share of exactly 0 or 1 has no visible variance: the point stands alone, its interval missing.
    low, high = result.interval(confidence_level)
    tested = result.quantity in TESTED
    numbers = {
        "estimate": result.values,
        "std_error": result.std_error,
        "ci_low": low,
        "ci_high": high,
        "df": result.df,
        "p_value": result.p_values if tested else np.full(len(named), np.nan),
        "n": result.n,
        "n_schools": result.n_clusters,
    }
    common = {**case.key(), "p_adjusted": np.nan, "synthetic": case.synthetic, "withheld": "", "rest_n": case.rest_n}
    return [
        {**common, **vars(name), **{column: values[place].item() for column, values in numbers.items()}}
        for place, name in enumerate(named)
    ]


def _repeated(case: Case, result: Repeated, named: Sequence[Named], confidence_level: float) -> list[Row]:
    rows = estimates(case, result.pooled.result, named, confidence_level)
    # Complete cases told beside the pooled numbers tell of those whose answers were imputed: these must be enough too.
    fewest = min(filter(None, (result.gaps, result.fewest)), default=None)
    beside = [replace(name, cell_n=name.cell_n if fewest is None else min(name.cell_n, fewest)) for name in named]
    complete = [replace(name, quantity=f"{name.quantity}{contracts.COMPLETE_CASES}") for name in beside]
    if result.pooled.complete_case is None:
        rows += not_estimated(case, complete, result.why)
    else:
        rows += estimates(case, result.pooled.complete_case, complete, confidence_level)
    if named[0].quantity in FRACTION_OF:
        fractions = zip(beside, result.pooled.fraction_missing, result.pooled.result.n, strict=True)
        rows += [
            point(case, replace(name, quantity="fraction_missing", unit="share of the information"), value, int(n))
            for name, value, n in fractions
        ]
    return rows


def point(case: Case, named: Named, value: float, n: int, n_schools: int | None = None) -> Row:
    """A row of one number without an interval."""
    return {
        **case.key(),
        **vars(named),
        **NO_INTERVAL,
        "estimate": float(value),
        "n": n,
        "n_schools": n_schools,
        "synthetic": case.synthetic,
        "withheld": "",
        "rest_n": case.rest_n,
    }


def not_estimated(case: Case, named: Sequence[Named], reason: str) -> list[Row]:
    """Rows without numbers for what could not be estimated in one of many samples, with the reason."""
    blank = {**MISSING, "n": None, "n_schools": None, "withheld": reason, "synthetic": case.synthetic}
    return [{**case.key(), **vars(name), **blank, "cell_n": None, "rest_n": None} for name in named]


def fits(case: Case, result: Result | Repeated, term: str = "", remarks: str = "") -> list[Row]:
    """The rows of a result in the fits table: one, and beside that of completed copies one of the complete cases.

    term  the factor, where each stands alone.
    """
    if isinstance(result, Result):
        return [fit(case, result, term, remarks)]
    beside = ", ".join(filter(None, (term, contracts.COMPLETE_FIT)))
    pooled, complete = result.pooled.result, result.pooled.complete_case
    other = no_fit(case, pooled.facts.family, result.why, beside) if complete is None else fit(case, complete, beside)
    # Those of a pooled number are its own, and how many its design has is a matter of the design.
    own = {**fit(case, pooled, term, remarks), "design_df": result.pooled.complete_df}
    return [own, other]


def fit(case: Case, result: Result, term: str = "", remarks: str = "") -> Row:
    """The row of a result in the fits table."""
    facts = result.facts
    return {
        **case.key(),
        "term": term,
        "family": facts.family,
        "variance": facts.variance_method,
        "weighted": case.weighted,
        "n": result.n_used,
        "n_schools": result.n_clusters_used,
        "left_out": left_out(result.left_out),
        "design_df": result.design_df,
        "r_squared": facts.r_squared,
        "log_likelihood": facts.log_likelihood,
        "converged": facts.converged is not False,
        "condition_number": facts.condition_number,
        "remarks": remarks,
        "withheld": "",
        ROWS: None if result.model is None else result.model.survey.rows,
    }


def no_fit(case: Case, family: str, reason: str, term: str = "") -> Row:
    """The row of a fit that was refused, with the reason."""
    return {
        **case.key(),
        "term": term,
        "family": family,
        "variance": "",
        "weighted": False,
        "n": None,
        "n_schools": None,
        "left_out": "",
        "design_df": None,
        "r_squared": None,
        "log_likelihood": None,
        "converged": False,
        "condition_number": None,
        "remarks": "",
        "withheld": reason,
    }


def left_out(counts: Mapping[str, int]) -> str:
    """`missing lead_time: 4; outside the sample: 90`."""
    return "; ".join(f"{reason}: {rows}" for reason, rows in counts.items())


def unit_of(variable: str, vocabulary: Vocabulary) -> str:
    """The unit of a variable in words: a scale's or a number's own, code points for ordered answers."""
    if variable in vocabulary.scales:
        return vocabulary.scales[variable].unit
    answers = vocabulary.answer_set(variable)
    return answers.unit or f"points, {min(answers.codes)} to {max(answers.codes)}"


def role_of(variable: str, vocabulary: Vocabulary) -> str:
    """The role of a described variable: a scale's own, `measure` for an item."""
    return vocabulary.scales[variable].role if variable in vocabulary.scales else "measure"
