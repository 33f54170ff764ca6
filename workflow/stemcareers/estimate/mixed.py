"""Mixed models: the fit, and the rows about what varies between groups and within."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from stemcareers import inference
from stemcareers.config import Specification
from stemcareers.estimate.quantities import Naming
from stemcareers.estimate.rows import Case, Named, Row, point
from stemcareers.inference import MixedResult, Survey, Term
from stemcareers.inference.mixed_regression import Component

QUANTITY = {"variance": "group_variance", "covariance": "group_covariance", "residual": "residual_variance"}


def fitted(survey: Survey, outcome: str, terms: Sequence[Term], specification: Specification) -> MixedResult:
    """The mixed model of a specification; that the design is set aside it says itself (`weighted: false`)."""
    assert specification.group is not None
    return inference.mixed(
        survey,
        outcome,
        terms,
        specification.group,
        slopes=specification.slopes,
        correlated=specification.correlated,
        method=specification.method,
        no_design=True,
    )


def components(case: Case, fits: Sequence[MixedResult], scales: Sequence[np.ndarray], naming: Naming) -> list[Row]:
    """Rows for the variances and covariances between groups, the residual variance, and the ICC.

    fits    the model, or that of each completed copy, whose components are averaged.
    scales  of each, what its coefficients were multiplied by when they were standardised; variances go with the square.

    Nothing but a point: the distribution of a variance among few groups is no interval around it.
    """
    scaled = [list(_scaled(one, scale)) for one, scale in zip(fits, scales, strict=True)]
    first = fits[0]
    rows = []
    for place, part in enumerate(first.components):
        value = float(np.mean([its[place].value for its in scaled]))
        # A covariance is of the slope (term) and the intercept or another slope (level).
        term, level = (part.other, part.term) if part.other else (part.term or "residual", "")
        rows.append((_named(naming, QUANTITY[part.kind], term, level, _unit(part, naming)), value))
    share = float(np.mean([one.icc for one in fits]))
    rows.append((_named(naming, "icc", first.group, "", "share of the variance"), share))
    return [point(case, named, value, first.n_used, first.n_clusters_used) for named, value in rows]


def remarks(fits: Sequence[MixedResult]) -> str:
    """What a reader of the fits should know, each remark once."""
    return "; ".join(dict.fromkeys(remark for one in fits for remark in one.remarks))


def _scaled(fit: MixedResult, scale: np.ndarray) -> Iterator[Component]:
    """The components in the units of the standardised coefficients."""
    of = {name[0]: float(size) for name, size in zip(fit.names, scale, strict=True)}
    for part in fit.components:
        one = of.get(part.term, of["intercept"])
        yield replace(part, value=part.value * one * of.get(part.other, one))


def _unit(part: Component, naming: Naming) -> str:
    """`index points, squared`; of a covariance the product of both units."""
    one = naming.unit("coefficient", part.term or "intercept")
    if part.kind == "covariance":
        return f"{one}, times {naming.unit('coefficient', part.other)}"
    return f"{one}, squared"


def _named(naming: Naming, quantity: str, term: str, level: str, unit: str) -> Named:
    return Named(quantity, term, level, "measure", unit, naming.cell_n)
