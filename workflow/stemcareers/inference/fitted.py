"""What is kept of a fitted model so that effects, predictions and leave-one-out estimates need no second fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from stemcareers.inference.design import Survey
from stemcareers.inference.results import Group, Name

Point = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Response:
    """How J expected outcomes follow from E linear predictors, with the derivatives the delta method needs.

    mean    (n, E) -> (n, J)        expected outcomes; a probability each where the outcome is a category.
    first   (n, E) -> (n, J, E)     their derivatives.
    second  (n, E) -> (n, J, E, E)  their second derivatives.
    """

    mean: Callable[[np.ndarray], np.ndarray]
    first: Callable[[np.ndarray], np.ndarray]
    second: Callable[[np.ndarray], np.ndarray]


def single(mean: Point, first: Point, second: Point) -> Response:
    """The response of a family with one linear predictor and one expected outcome."""
    return Response(mean, lambda eta: first(eta)[:, :, None], lambda eta: second(eta)[:, :, None, None])


IDENTITY_RESPONSE = single(lambda eta: eta, np.ones_like, np.zeros_like)
LOG_RESPONSE = single(np.exp, np.exp, np.exp)


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A fit, as arrays over the rows it used.

    survey      the rows in use.
    outcome     what is explained, and `categories`, the names of its J expected outcomes: ("",) where there is one.
    columns     (term, level) of each column of `x`.
    x           (n, p) the right-hand side, with the intercept where the model has one.
    y           (n,) the outcome as the model saw it: numbers, or places among the categories.
    weights     (n,) the survey's, up to a constant.
    values      (m,) the parameters, and their (m, m) covariance.
    loadings    (E, p, m) how each linear predictor's coefficients follow from the parameters.
    response    how expected outcomes follow from the linear predictors.
    scores      (n, m) how much each row moves the parameters, its weight included, in the fit's own coordinates.
    point       weights (n, r) -> parameters (m, r) in those coordinates, refitted.
    named       coordinates (m, r) -> how far they move the parameters.
    origin      (m,) the parameters where all coordinates are zero.
    offset      (n,) what is added to the linear predictor with no coefficient.
    names       (term, level) and group of each parameter, as its result has them.
    """

    family: str
    survey: Survey = field(repr=False)
    outcome: str
    categories: tuple[str, ...]
    columns: tuple[Name, ...]
    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    weights: np.ndarray = field(repr=False)
    values: np.ndarray = field(repr=False)
    covariance: np.ndarray = field(repr=False)
    loadings: np.ndarray = field(repr=False)
    response: Response = field(repr=False)
    scores: np.ndarray = field(repr=False)
    point: Point = field(repr=False)
    named: Point = field(repr=False)
    origin: np.ndarray = field(repr=False)
    offset: np.ndarray = field(repr=False)
    names: tuple[tuple[Name, Group], ...] = ()

    @property
    def influence(self) -> np.ndarray:
        """(n, m) how much each row moves each parameter, its weight included."""
        return self.named(self.scores.T).T

    def refitted(self, weights: np.ndarray) -> np.ndarray:
        """(m, r) the parameters with each column of weights (n, r); NaN where they are not determined."""
        return self.named(self.point(weights)) + self.origin[:, None]

    def coefficients(self, values: np.ndarray | None = None) -> np.ndarray:
        """(E, p) the coefficients of each linear predictor."""
        return self.loadings @ (self.values if values is None else values)


def one_predictor(columns: int, parameters: int | None = None) -> np.ndarray:
    """The loadings of a model whose first parameters are the coefficients of its only linear predictor."""
    return np.eye(columns, parameters or columns)[None]
