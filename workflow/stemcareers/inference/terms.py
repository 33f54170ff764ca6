"""From named columns to a model matrix: numbers as they are, categories as indicators against a reference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean
from stemcareers.inference.design import Survey
from stemcareers.inference.frames import categories, is_numeric, numbers, text
from stemcareers.inference.results import Name

INTERCEPT: Name = ("intercept", "")


@dataclass(frozen=True)
class Term:
    """One column on the right-hand side of a model.

    column     its name, which becomes the name of the term.
    reference  the level the others are compared with; None: the first one.
    levels     its levels in order; None: its categories where it is categorical, else the values in use, sorted.
    kind       "numeric" or "categorical"; None: numeric for numbers and true-false, categorical for the rest.
    """

    column: str
    reference: object = None
    levels: Sequence[object] | None = None
    kind: str | None = None

    def is_categorical(self, column: pd.Series) -> bool:
        """Whether the term becomes indicators."""
        if self.kind is None:
            return self.levels is not None or self.reference is not None or not is_numeric(column)
        if self.kind not in ("numeric", "categorical"):
            raise Problem(f"term {self.column!r}", f"kind is numeric or categorical, not {self.kind!r}")
        return self.kind == "categorical"


@dataclass(frozen=True)
class ModelMatrix:
    """The right-hand side of a model.

    names   (term, level) of each column; the intercept is ("intercept", "").
    values  (n, p), Fortran order.
    wrong   what makes the matrix unfit for a model, one sentence each.
    """

    names: tuple[Name, ...]
    values: np.ndarray
    wrong: tuple[str, ...]

    def places(self, term: str) -> list[int]:
        """The columns of a term."""
        return [place for place, (column, _) in enumerate(self.names) if column == term]


def as_terms(terms: Sequence[Term | str]) -> tuple[Term, ...]:
    """Terms, where a bare name stands for a term with nothing special."""
    return tuple(term if isinstance(term, Term) else Term(term) for term in terms)


def model_matrix(survey: Survey, terms: Sequence[Term | str], intercept: bool = True) -> ModelMatrix:
    """The model matrix of the rows in use, which must be complete in the terms' columns."""
    names: list[Name] = [INTERCEPT] if intercept else []
    columns = [np.ones(survey.n)] if intercept else []
    wrong: list[str] = []
    for term in as_terms(terms):
        column = survey.column(term.column)
        if term.is_categorical(column):
            levels, indicators = _indicators(term, column, wrong)
            names += [(term.column, level) for level in levels]
            columns += indicators
        else:
            values = numbers(column)
            if survey.n and (values == values[0]).all() and intercept:
                wrong.append(_constant(term.column, f"{values[0]:g}"))
            names.append((term.column, ""))
            columns.append(values)
    matrix = np.array(columns).T if columns else np.empty((survey.n, 0))
    return ModelMatrix(tuple(names), matrix, tuple(wrong))


def _indicators(term: Term, column: pd.Series, wrong: list[str]) -> tuple[list[str], list[np.ndarray]]:
    """The levels other than the reference, and zeros and ones for each; what is wrong is added to `wrong`."""
    coded, own = categories(column)
    levels = [text(level) for level in term.levels] if term.levels is not None else own
    reference = levels[0] if term.reference is None and levels else text(term.reference)
    if reference not in levels:
        raise Problem(
            f"term {term.column!r}",
            f"the reference {reference!r} is not one of its levels{did_you_mean(reference, levels)} "
            f"({', '.join(levels)})",
        )
    here = [level for code, level in enumerate(own) if (coded == code).any()]
    if unknown := [level for level in here if level not in levels]:
        raise Problem(f"term {term.column!r}", f"has levels that are not declared: {', '.join(unknown)}")
    if empty := [level for level in levels if level not in here]:
        wrong.append(
            f"{term.column}: no row in use has the level{'s' * (len(empty) > 1)} {', '.join(empty)}. "
            "Merge levels, or study a sample that has them"
        )
    if len(here) == 1 and not empty:
        wrong.append(_constant(term.column, here[0]))
    compared = [level for level in levels if level != reference]
    code_of = {level: code for code, level in enumerate(own)}
    return compared, [(coded == code_of.get(level, -2)).astype(float) for level in compared]


def _constant(column: str, value: str) -> str:
    return f"{column} is {value} in every row in use, so it explains nothing: leave it out"
