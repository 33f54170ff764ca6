"""Comparisons of one outcome between groups: differences, contrasts, and whether they go together at all."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from stemcareers import inference
from stemcareers.config import Specification, Vocabulary
from stemcareers.config.samples import WAVE
from stemcareers.contracts import PROBABILITY
from stemcareers.errors import Problem
from stemcareers.estimate import cells
from stemcareers.estimate.imputation import Answers, observed, repeated
from stemcareers.estimate.outcomes import is_yes_no
from stemcareers.estimate.rows import MISSING, Case, Named, Row, Rows, estimates, fit, fits, role_of, unit_of
from stemcareers.inference import Result, Survey, Term, descriptives
from stemcareers.inference.frames import text

SHARE_UNIT = "share, 0 to 1"  # an average of shares, which is no difference


def difference(
    answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float
) -> Rows:
    """The outcome in each category of the `between` items minus that in the reference category.

    A wave that did not ask the outcome is in no comparison.
    """
    outcome, survey = case.outcome, observed(answers)
    shares = is_yes_no(outcome, vocabulary)
    role = role_of(outcome, vocabulary)
    unit = PROBABILITY if shares else unit_of(outcome, vocabulary)
    rows: list[Row] = []
    facts: list[Row] = []
    for between in specification.between:
        codes = [str(code) for code in survey.frame[between].cat.categories]  # none that only other waves have
        codes = [code for code in codes if between != WAVE or code not in case.not_asked_in]
        if len(codes) < 2:
            raise Problem(f"difference of {outcome} between {between}", "was asked in one wave only; compare two")
        reference = str(specification.reference.get(between, codes[0]))
        for code in codes:
            if code == reference:
                continue
            result = repeated(
                answers, [outcome, between], partial(_minus, outcome=outcome, between=between, levels=[code, reference])
            )
            cell = cells.smallest_of_groups(survey, outcome, between, [code, reference], shares)
            rows += estimates(case, result, [Named("difference", between, code, role, unit, cell)], level)
            facts += fits(case, result, f"{between}={code}")
    return rows, facts


def contrast(answers: Answers, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """The sum of the outcome's means, or shares, in the categories of an item, each times its coefficient.

    The covariances between the groups are the design's; categories that are not named stay aside.
    """
    outcome, (between,), survey = case.outcome, specification.between, observed(answers)
    weights = {str(code): weight for code, weight in specification.coefficients.items() if weight}
    shares, comparison = is_yes_no(outcome, vocabulary), not specification.adds_up_to
    result = repeated(answers, [outcome, between], lambda one: _weighed(one, outcome, between, weights))
    cell = cells.smallest_of_groups(survey, outcome, between, list(weights), shares)
    unit = (PROBABILITY if comparison else SHARE_UNIT) if shares else unit_of(outcome, vocabulary)
    named = Named("contrast" if comparison else "average", between, "", role_of(outcome, vocabulary), unit, cell)
    rows = estimates(case, result, [named], level)
    # Of an average, zero is no hypothesis.
    rows = rows if comparison else [{**row, "p_value": np.nan} for row in rows]
    return rows, fits(case, result)


def association(survey: Survey, case: Case, specification: Specification, vocabulary: Vocabulary, level: float) -> Rows:
    """Tests that the outcome is the same in all categories of each `between` item: F, with its p value.

    Of answers, Rao and Scott's test of the table; of numbers and scales, the Wald test that all means are equal, which
    is the t test where there are two. `df` is the denominator's; those of the numerator are in the unit.
    """
    outcome = case.outcome
    rows: list[Row] = []
    facts: list[Row] = []
    for between in specification.between:
        used = survey.complete([outcome, between])
        answers = isinstance(used.column(outcome).dtype, pd.CategoricalDtype)
        test, cell, fitted = (_of_answers if answers else _of_numbers)(used, outcome, between)
        named = Named("association_f", between, "", role_of(outcome, vocabulary), test["unit"], cell)
        known = {**case.key(), **vars(named), **MISSING, **test, "synthetic": case.synthetic, "withheld": ""}
        rows.append({**known, "n": used.n, "n_schools": used.n_clusters, "rest_n": case.rest_n})
        facts.append({**fit(case, fitted, between), "family": "association"})
    return rows, facts


def _minus(survey: Survey, outcome: str, between: str, levels: list[str]) -> Result:
    there = set(survey.complete([outcome, between]).column(between).map(text))
    if there and (absent := [code for code in levels if code not in there]):
        words = f"nobody in use has {between} {' or '.join(absent)}"
        raise Problem(f"difference of {outcome} between {between}", words)
    return descriptives.difference(survey, outcome, between, levels)


def _of_answers(used: Survey, outcome: str, between: str) -> tuple[Row, int, Result]:
    test = inference.rao_scott(used, outcome, between)
    numbers = {"estimate": test.statistic, "df": test.ddf, "p_value": test.p_value}
    # What the fit rests on is that of the shares of the table.
    fitted = descriptives.share(used, outcome, by=between)
    words = f"Rao-Scott F, {_degrees(test.df)}"
    return {**numbers, "unit": words}, cells.smallest(used, [outcome, between]), fitted


def _of_numbers(used: Survey, outcome: str, between: str) -> tuple[Row, int, Result]:
    counts = used.column(between).value_counts()
    present = [level for level in used.frame[between].cat.categories if counts.get(level, 0)]
    if len(present) < 2:
        raise Problem(f"association of {outcome} with {between}", f"'{between}' has one category in use; compare two")
    fitted = inference.linear(used, outcome, [Term(between, levels=present)], fewest_df=1)
    test = inference.wald(fitted, between)
    numbers = {"estimate": test.statistic, "df": test.ddf, "p_value": test.p_value}
    words = f"Wald F, {_degrees(test.df)}"
    return {**numbers, "unit": words}, cells.smallest(used, [between]), fitted


def _degrees(df: float) -> str:
    words = f"{df:.4g}"
    return f"{words} degree{'s' * (words != '1')} of freedom"


def _weighed(survey: Survey, outcome: str, between: str, weights: dict[str, float]) -> Result:
    used = survey.complete([outcome, between])
    group = used.frame[between].map(text, na_action="ignore")
    inside = used.domain(group.isin(weights.keys()).to_numpy(dtype=bool), reason=f"other {between}")
    there = set(inside.column(between).map(text))
    if absent := [code for code in weights if code not in there]:
        raise Problem(f"contrast of {outcome} between {between}", f"nobody in use has {between} {' or '.join(absent)}")
    means = descriptives.mean(inside, outcome, by=between)
    return means.contrast({(outcome, "", code): weight for code, weight in weights.items()})
