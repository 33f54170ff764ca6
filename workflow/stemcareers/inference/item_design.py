"""The clusters and strata behind answers to items: what the variance of a weighted total needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from stemcareers.errors import Problem, did_you_mean


@dataclass(frozen=True)
class Units:
    """The clusters of a design as positions: what the variance of a total needs.

    cluster  n integers 0..C-1, the cluster of each row; a row is its own cluster where none was named.
    stratum_of_cluster  C integers 0..H-1.       m  H integers, clusters per stratum.
    n_used, df  clusters with a row that counts, and these minus their strata.
    """

    cluster: np.ndarray
    stratum_of_cluster: np.ndarray
    m: np.ndarray
    n_used: int
    df: float

    @classmethod
    def of(
        cls, frame: pd.DataFrame, used: np.ndarray, stratum: str | None, cluster: str | None, where: str
    ) -> Units:
        """The design of the whole frame: rows not `used` (n booleans) stay in it, as a domain keeps its design.

        Raises a Problem for a stratum with one cluster, and where a stratum or cluster is missing.
        """
        strata, stratum_names = _codes(frame, stratum, where)
        clusters = np.arange(len(frame)) if cluster is None else _codes(frame, cluster, where)[0]
        # The same cluster name in two strata is two clusters.
        _, first, cluster_of = np.unique(
            strata * (clusters.max() + 1) + clusters, return_index=True, return_inverse=True
        )
        stratum_of_cluster = strata[first]
        m = np.bincount(stratum_of_cluster, minlength=len(stratum_names))
        if (lonely := [str(stratum_names[h]) for h in np.flatnonzero(m == 1)]) != []:
            raise Problem(
                where,
                f"{len(lonely)} of {len(m)} strata have one cluster only, so no variance can be computed: "
                f"{', '.join(lonely[:10])}{', ...' if len(lonely) > 10 else ''}; join them with others first",
            )
        counting = np.unique(cluster_of[used])
        df = float(counting.size - np.unique(stratum_of_cluster[counting]).size)
        return cls(cluster_of, stratum_of_cluster, m, int(counting.size), df)

    def totals(self, values: np.ndarray) -> np.ndarray:
        """Sums by cluster: C x p from n x p."""
        sums = np.zeros((self.stratum_of_cluster.size, values.shape[1]))
        np.add.at(sums, self.cluster, values)
        return sums

    def std_error(self, values: np.ndarray) -> float:
        """The standard error of the total of n values: clusters drawn with replacement within strata."""
        totals = self.totals(values[:, None])[:, 0]
        means = np.bincount(self.stratum_of_cluster, totals) / self.m
        squares = np.bincount(self.stratum_of_cluster, (totals - means[self.stratum_of_cluster]) ** 2)
        return float(np.sqrt((squares * self.m / (self.m - 1)).sum()))


def _codes(frame: pd.DataFrame, column: str | None, where: str) -> tuple[np.ndarray, pd.Index]:
    """A column as integers 0.. and the names they stand for; all 0 without a column."""
    if column is None:
        return np.zeros(len(frame), dtype=int), pd.Index(["all"])
    if column not in frame.columns:
        raise Problem(where, f"'{column}' is not a column{did_you_mean(column, frame.columns)}")
    codes, names = pd.factorize(frame[column])
    if (gone := int((codes < 0).sum())) > 0:
        raise Problem(where, f"'{column}' is missing in {gone:,} of {len(frame):,} rows; every row needs one")
    return codes, names
