"""How often 95 % intervals hold the truth: surveys are drawn again and again from a population that is known.

    make coverage

Clusters of five strata, unequal chances of being drawn that go with the answers, and four things to estimate whose
true values are known: a mean, a share, a linear and a logit coefficient. Every estimate and interval comes from
`stemcareers.inference`, as a study would call it. Prints the share of intervals that hold the truth with its Monte
Carlo error, and writes it to `docs/coverage.csv`. No date and no chance: the same seed, the same table.

The population
    answer      y = a_h + 0.5 x + v, with a shift a_h for each stratum h
    predictor   x standard normal, half of its variance between clusters
    error       v standard normal, a share `icc` of its variance between clusters: v = sqrt(icc) u + sqrt(1 - icc) e
    above       y > 0.5
    case        a yes or no with P(yes | x) = 1 / (1 + exp(1 - 0.7 x)), yes where v is below that share's quantile:
                marginally an exact logit, and clustered like v
The sample
    clusters    as many from each stratum, though the strata hold from 10 to 30 % of the population; 4 to 8
                respondents from each
    people      those with e > 0 are twice as likely to be drawn; their weights say so
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, ndtr, ndtri
from stemcareers.errors import Problem
from stemcareers.inference import Design, Result, Survey, bias_reduced, linear, logit, mean, share

SHARES = np.array([0.10, 0.15, 0.20, 0.25, 0.30])  # of the population, by stratum
SHIFTS = np.array([-0.6, -0.3, 0.0, 0.3, 0.6])
SLOPE, CUT = 0.5, 0.5
LOGIT_INTERCEPT, LOGIT_SLOPE = -1.0, 0.7
DRAWN_ABOVE = 2 / 3  # of the sample, those with e > 0, who are half of the population
FEWEST, MOST = 4, 8  # respondents of a cluster
BOOTSTRAP = 100  # replicates
FEW = 40  # clusters below which CR2 is measured
LEVEL = 0.95

TRUTH = {
    "mean": float(SHARES @ SHIFTS),
    "share": float(SHARES @ ndtr((SHIFTS - CUT) / np.sqrt(SLOPE**2 + 1))),
    "linear": SLOPE,
    "logit": LOGIT_SLOPE,
}
CLUSTERS = (30, 100)
ICCS = (0.0, 0.1, 0.3)
REPLICATIONS = 2000
SEED = 2006
TABLE = Path(__file__).resolve().parents[1] / "docs" / "coverage.csv"


def drawn(clusters: int, icc: float, rng: np.random.Generator) -> pd.DataFrame:
    """One sample: y, above, case, x (floats) and weight, stratum, cluster."""
    stratum = np.repeat(np.arange(len(SHARES)), clusters // len(SHARES))
    people = rng.integers(FEWEST, MOST + 1, clusters)
    cluster = np.repeat(np.arange(clusters), people)
    n = len(cluster)
    above = rng.random(n) < DRAWN_ABOVE
    e = np.abs(rng.standard_normal(n)) * np.where(above, 1, -1)
    v = np.sqrt(icc) * rng.standard_normal(clusters)[cluster] + np.sqrt(1 - icc) * e
    x = np.sqrt(0.5) * (rng.standard_normal(clusters)[cluster] + rng.standard_normal(n))
    y = SHIFTS[stratum[cluster]] + SLOPE * x + v
    weight = (SHARES / SHARES.mean())[stratum[cluster]] * np.where(above, 0.5 / DRAWN_ABOVE, 0.5 / (1 - DRAWN_ABOVE))
    columns = {
        "y": y,
        "above": (y > CUT).astype(float),
        "case": (v < ndtri(expit(LOGIT_INTERCEPT + LOGIT_SLOPE * x))).astype(float),
        "x": x,
        "weight": weight,
        "stratum": stratum[cluster],
        "cluster": cluster,
    }
    return pd.DataFrame(columns)


# --- methods --------------------------------------------------------------------------------------------------

Estimates = dict[str, Callable[[], Result]]


def estimates(survey: Survey) -> Estimates:
    """How each of the four is estimated, with the errors of the survey."""
    return {
        "mean": lambda: mean(survey, "y"),
        "share": lambda: share(survey, "above").pick([("above", "1")]),
        "linear": lambda: linear(survey, "y", ["x"]).pick(["x"]),
        "logit": lambda: logit(survey, "case", ["x"]).pick(["x"]),
    }


def few_clusters(survey: Survey) -> Estimates:
    """The same with CR2 errors and Satterthwaite's df; mean and share as models of nothing but an intercept."""
    return {
        "mean": lambda: bias_reduced(linear(survey, "y", [])).pick(["intercept"]),
        "share": lambda: bias_reduced(linear(survey, "above", [])).pick(["intercept"]),
        "linear": lambda: bias_reduced(linear(survey, "y", ["x"])).pick(["x"]),
        "logit": lambda: bias_reduced(logit(survey, "case", ["x"])).pick(["x"]),
    }


def methods(frame: pd.DataFrame, seed: int) -> dict[str, Estimates]:
    """Every variance method of one sample.

    BRR pairs the clusters of each stratum in the order in which they were drawn. CR2 is for few clusters, and cannot
    honour strata: it sees clusters alone. `naive` takes the rows for a simple random sample.
    """
    survey = Design(weight="weight", strata="stratum", clusters="cluster").on(frame)
    found = {
        "linearised": estimates(survey),
        "JKn": estimates(survey.replicated("JKn")),
        "BRR": estimates(survey.replicated("BRR")),
        "bootstrap": estimates(survey.replicated("bootstrap", replicates=BOOTSTRAP, seed=seed)),
    }
    if survey.n_clusters < FEW:
        found["CR2"] = few_clusters(Design(weight="weight", clusters="cluster").on(frame))
    return found | {"naive": estimates(Design().on(frame))}


# --- the table ------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What the replications of one method and estimate came to."""

    held: int = 0
    failed: int = 0
    values: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def add(self, run: Callable[[], Result], truth: float) -> None:
        try:
            found = run()
        except Problem:
            self.failed += 1
            return
        low, high = found.interval(LEVEL)
        self.held += bool(low[0] <= truth <= high[0])
        self.values.append(float(found.values[0]))
        self.errors.append(float(found.std_error[0]))


def measured(clusters: int, icc: float, replications: int, seed: int = SEED) -> Iterator[dict[str, object]]:
    """One row for each estimate and method.

    coverage     the share of all replications whose interval holds the truth; one that was refused holds nothing.
    mc_error     its standard error, from the number of replications.
    bias         mean estimate less the truth, in standard deviations of the estimate.
    error_ratio  mean standard error over the standard deviation of the estimate.
    refused      replications with a Problem in place of an estimate.
    """
    tallies: dict[tuple[str, str], Tally] = {}
    # A stream for each setting and replication: any of them can be drawn again alone.
    for seeds in np.random.SeedSequence([seed, clusters, round(icc * 1000)]).spawn(replications):
        frame = drawn(clusters, icc, np.random.default_rng(seeds))
        for method, runs in methods(frame, int(seeds.generate_state(1)[0])).items():
            for estimate, run in runs.items():
                tallies.setdefault((estimate, method), Tally()).add(run, TRUTH[estimate])
    for estimate in TRUTH:
        for (of, method), tally in tallies.items():
            if of == estimate:
                coverage = tally.held / replications
                spread = np.std(tally.values, ddof=1)
                yield {
                    "clusters": clusters,
                    "icc": icc,
                    "estimate": estimate,
                    "method": method,
                    "replications": replications,
                    "coverage": coverage,
                    "mc_error": np.sqrt(coverage * (1 - coverage) / replications),
                    "bias": (np.mean(tally.values) - TRUTH[estimate]) / spread,
                    "error_ratio": np.mean(tally.errors) / spread,
                    "refused": tally.failed,
                }


def rendered(table: pd.DataFrame) -> str:
    """Coverage in per cent as a Markdown table: a row for each setting and estimate, a column for each method."""
    names = list(dict.fromkeys(table["method"]))
    lines = ["| clusters | icc | estimate | " + " | ".join(names) + " |", "|---:|---:|---|" + "---:|" * len(names)]
    for (clusters, icc, estimate), part in table.groupby(["clusters", "icc", "estimate"], sort=False):
        cell = {row.method: f"{100 * row.coverage:.1f} ({100 * row.mc_error:.1f})" for row in part.itertuples()}
        cells = [cell.get(name, "") for name in names]
        lines.append(f"| {clusters} | {icc:g} | {estimate} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main(path: Path = TABLE, replications: int = REPLICATIONS) -> None:
    started = time.perf_counter()
    rows: list[dict[str, object]] = []
    for clusters in CLUSTERS:
        for icc in ICCS:
            rows += measured(clusters, icc, replications)
            print(f"{clusters} clusters, icc {icc:g}: {time.perf_counter() - started:.0f} s", file=sys.stderr)
    table = pd.DataFrame(rows)
    path.parent.mkdir(exist_ok=True)
    table.to_csv(path, index=False, float_format="%.6g", lineterminator="\n")
    print(rendered(table))


if __name__ == "__main__":
    main()
