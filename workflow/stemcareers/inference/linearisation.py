"""The variance of an estimated total under any sampling design: the one formula everything else uses.

An estimator is told apart by its *influence*: how much each response moved it. Its variance is the design
variance of the total of those influences, so means, ratios, regression coefficients and quantiles all end
here. Sources: Binder (1983), On the variances of asymptotically normal estimators from complex surveys,
International Statistical Review 51, doi:10.2307/1402588; Sarndal, Swensson & Wretman (1992), Model Assisted
Survey Sampling, section 4.3 (several stages).
"""

from __future__ import annotations

import numpy as np

from stemcareers.errors import Problem
from stemcareers.inference.stages import Stage

# What a stratum with a single cluster contributes, since one cluster shows no variance within its stratum.
LONELY = {
    "fail": "is refused",
    "adjust": "its distance from the mean over all strata",
    "average": "the average of the strata with two or more clusters",
    "certainty": "nothing: the cluster was certain to be drawn",
    "remove": "nothing: the stratum is left out of the variance",
}

# A stratum of which at least this share was drawn is a census: it brings no sampling variance.
_CENSUS = 1 - 1e-7

# Clusters whose distances are held at a time.
_BLOCK = 4096


def covariance(influence: np.ndarray, rows: np.ndarray, stages: tuple[Stage, ...], lonely: str) -> np.ndarray:
    """The (p, p) design covariance of the column totals of an influence array.

    influence  (n, p), one row per response in use; responses outside the domain count as zeros.
    rows       (n,) the position of those responses among all rows of the design.
    stages     first stage first; every further stage adds the variance within the clusters above it.
    lonely     a key of LONELY.

    One pass over the responses a stage; no loop over clusters or strata.
    """
    return sum((_stage_covariance(influence, rows, stage, lonely) for stage in stages), start=0.0)


def _stage_covariance(influence: np.ndarray, rows: np.ndarray, stage: Stage, lonely: str) -> np.ndarray:
    cluster = stage.cluster[rows]
    totals = group_totals(influence, cluster, len(stage.stratum))
    in_use = np.bincount(stage.stratum[cluster], minlength=len(stage.sampled)) > 0
    scale, centred = _stratum_scale(stage, in_use, lonely)

    means = group_totals(totals, stage.stratum, len(stage.sampled)) / stage.sampled[:, None]
    means[~centred] = 0.0
    return _sum_of_products(totals, stage.stratum, means, np.sqrt(scale))


def _sum_of_products(totals: np.ndarray, stratum: np.ndarray, means: np.ndarray, root: np.ndarray) -> np.ndarray:
    """(p, p) sums over clusters of the products of their distances from the stratum's mean, times its scale.

    Taken in blocks of clusters that stay in a processor's cache: the distances are never held all at once.
    """
    products = np.zeros((totals.shape[1],) * 2)
    for start in range(0, len(totals), _BLOCK):
        block = slice(start, start + _BLOCK)
        # All in one stratum: broadcasting is faster than looking each up.
        of = slice(None) if len(means) == 1 else stratum[block]
        distances = (totals[block] - means[of]) * root[of, None]
        products += distances.T @ distances
    return products


def _stratum_scale(stage: Stage, in_use: np.ndarray, lonely: str) -> tuple[np.ndarray, np.ndarray]:
    """What the squared deviations in each stratum count, and whether deviations are from the stratum's mean."""
    drawn = stage.share_drawn
    census = drawn > _CENSUS
    alone = (stage.sampled == 1) & ~census
    scale = (1 - drawn) * stage.sampled / np.where(stage.sampled > 1, stage.sampled - 1, 1) * stage.above
    scale[census] = 0.0

    centred = np.ones(len(scale), dtype=bool)
    if not (alone & in_use).any():
        return scale, centred
    if lonely == "fail":
        raise _lonely_problem(stage, alone & in_use)
    if lonely == "adjust":
        centred = ~alone
    elif lonely == "average":
        scale = np.where(alone, 0.0, scale) * _share_up(stage, in_use, alone)
    return scale, centred


def _share_up(stage: Stage, in_use: np.ndarray, alone: np.ndarray) -> np.ndarray:
    """Per stratum, how many strata in use there are for each one whose variance is known, as R's survey counts."""
    parents = stage.parent.max() + 1
    strata = np.bincount(stage.parent, weights=in_use, minlength=parents)
    known = np.bincount(stage.parent, weights=in_use & ~alone, minlength=parents)
    if ((strata > 0) & (known == 0)).any():
        raise Problem(
            "design",
            "every stratum has one cluster, so there is no variance to average over (lonely='average'). "
            "Merge strata, or choose another policy: " + ", ".join(LONELY) + ".",
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(known > 0, strata / known, 0.0)[stage.parent]


def _lonely_problem(stage: Stage, alone: np.ndarray) -> Problem:
    names = [str(label) for label in stage.labels[alone]]
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    one = len(names) == 1
    return Problem(
        "design",
        f"{len(names)} {'stratum has' if one else 'strata have'} only one cluster: {shown}. "
        "One cluster shows no variance within its stratum. Merge strata, or say what such a stratum brings: "
        "lonely = " + ", ".join(policy for policy in LONELY if policy != "fail") + ".",
    )


def group_totals(values: np.ndarray, codes: np.ndarray, groups: int) -> np.ndarray:
    """The (groups, p) sums of the rows of `values` that share a code, in row order."""
    if groups == 1:
        return values.sum(axis=0, keepdims=True)
    if len(codes) == groups and _each_its_own(codes):
        return values
    sums = np.empty((groups, values.shape[1]))
    for column in range(values.shape[1]):
        sums[:, column] = np.bincount(codes, weights=values[:, column], minlength=groups)
    return sums


def _each_its_own(codes: np.ndarray) -> bool:
    return bool((codes == np.arange(len(codes))).all())
