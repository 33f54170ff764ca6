"""How much a model owes to each single cluster: refitted without it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stemcareers.errors import Problem
from stemcareers.inference.fitted import FittedModel
from stemcareers.inference.frames import first_rows
from stemcareers.inference.linearisation import group_totals
from stemcareers.inference.results import Result

# Row-weights that are held at a time, where every cluster's absence is a column of weights.
_AT_ONCE = 5_000_000


def influence_of_clusters(result: Result) -> pd.DataFrame:
    """One row for each first-stage cluster and coefficient: the estimate without the cluster.

    result  of a model; where some coefficients were picked from it, only these come back.

    Columns: cluster (its label), n (its rows), one for each group of the result, term, level, estimate (without the
    cluster), change (from the estimate with all), change_in_errors (in its standard errors). The estimate is missing
    where the model cannot be fitted without the cluster: a level, or an answer, is in no other.

    A linear model is refitted for all clusters in one batch, from sums within clusters; others by Newton's method
    from the full fit.
    """
    model = result.model
    if model is None or result.quantity != "coefficient":
        raise Problem("influence of clusters", f"starts from the coefficients of a model, not from {result.quantity}s")
    stage = model.survey.stages[0]
    codes, place = np.unique(stage.cluster[model.survey.rows], return_inverse=True)
    if len(codes) < 3:
        raise Problem("influence of clusters", f"there are {len(codes)} clusters, and leaving one out needs three")
    without = _linear(model, place) if model.family == "linear" else _refitted(model, place, len(codes))

    chosen = _places(result, model)
    estimates = without[chosen]  # (coefficients, clusters)
    change = estimates - result.values[:, None]
    labels = _labels(model, codes)
    with np.errstate(divide="ignore", invalid="ignore"):
        in_errors = change / result.std_error[:, None]
    sizes = np.bincount(place)
    frame = {"cluster": np.repeat(labels, len(chosen)), "n": np.repeat(sizes, len(chosen))}
    for group in dict.fromkeys(column for pairs in result.groups for column, _ in pairs):
        frame[group] = [dict(pairs).get(group, "") for pairs in result.groups] * len(codes)
    frame |= {"term": [name[0] for name in result.names] * len(codes)}
    frame |= {"level": [name[1] for name in result.names] * len(codes)}
    frame |= {"estimate": estimates.T.ravel(), "change": change.T.ravel(), "change_in_errors": in_errors.T.ravel()}
    return pd.DataFrame(frame)


def _linear(model: FittedModel, place: np.ndarray) -> np.ndarray:
    """(m, clusters) least squares without each cluster: the sums of all rows less those of the cluster."""
    # Coordinates in which all rows together have the identity for their sum of squares.
    basis = model.named(np.eye(len(model.values)))
    z = model.x @ basis
    y = model.y - model.x @ model.values
    clusters, p = int(place.max()) + 1, z.shape[1]
    weighted = z * model.weights[:, None]
    gram = np.empty((clusters, p, p))
    for column in range(p):
        gram[:, :, column] = group_totals(weighted * z[:, [column]], place, clusters)
    right = group_totals(weighted * y[:, None], place, clusters)
    left = gram.sum(axis=0) - gram
    determined = np.linalg.eigvalsh(left)[:, 0] > 1e-12
    moves = np.full((clusters, p), np.nan)
    rest = right.sum(axis=0) - right
    moves[determined] = np.linalg.solve(left[determined], rest[determined][:, :, None])[:, :, 0]
    return model.values[:, None] + basis @ moves.T


def _refitted(model: FittedModel, place: np.ndarray, clusters: int) -> np.ndarray:
    """(m, clusters) the parameters without each cluster."""
    weights = model.survey.weights
    step = max(1, _AT_ONCE // len(weights))
    parts = []
    for start in range(0, clusters, step):
        left_out = np.arange(start, min(start + step, clusters))
        columns = weights[:, None] * (place[:, None] != left_out)
        parts.append(_all_or_each(model, columns))
    return np.hstack(parts)


def _all_or_each(model: FittedModel, columns: np.ndarray) -> np.ndarray:
    """The refits in one batch; where one of them fails, each for itself, so that only that one is missing."""
    with np.errstate(all="ignore"):
        try:
            return model.refitted(columns)
        except Problem:
            if columns.shape[1] == 1:
                return np.full((len(model.values), 1), np.nan)
            return np.hstack([_all_or_each(model, columns[:, [place]]) for place in range(columns.shape[1])])


def _places(result: Result, model: FittedModel) -> list[int]:
    """Which of the model's parameters the result's coefficients are."""
    return [model.names.index(key) for key in zip(result.names, result.groups, strict=True)]


def _labels(model: FittedModel, codes: np.ndarray) -> np.ndarray:
    """What the clusters are called in the frame: their value, or the index of their only row."""
    survey = model.survey
    rows = first_rows(survey.stages[0].cluster)[codes]
    if not survey.design.clusters:
        return survey.frame.index.to_numpy()[rows]
    return survey.frame[survey.design.clusters[0]].to_numpy()[rows]
