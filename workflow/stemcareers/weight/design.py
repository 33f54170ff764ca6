"""How each response was sampled: weight, strata, clusters and populations of one or two stages."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stemcareers import account
from stemcareers.config.population import Population
from stemcareers.config.wave import Wave, WaveDesign
from stemcareers.errors import Problem
from stemcareers.weight import calibration, replicates, trimming
from stemcareers.weight.columns import numbers, remedy, text

ONE_STRATUM = "all"


def responses(
    cleaned: pd.DataFrame,
    wave: Wave,
    where: str = "design",
    wide: pd.DataFrame | None = None,
    population: Population | None = None,
) -> pd.DataFrame:
    """The design of each response (contract WEIGHTED); weight 1 where the wave has none.

    where   the wave's file, as a Problem names it.
    wide, population  the items of the responses (WIDE) and the known totals, where the wave is calibrated.

    Raises a Problem with every fault: weights that are blank, no number or not positive, or that do not
    add up to what the wave states; blank strata, clusters or populations; a population that is not the same for a whole
    stratum, or smaller than its clusters; replicate weights that are blank, no number or negative. Replicate weights
    that are to be made are made of the pooled waves, where a school that answered twice is one cluster.
    """
    design = wave.design
    wrong: list[str] = []
    weights = np.ones(len(cleaned))
    if design.weight != "none":
        weights = numbers(cleaned, design.weight)
        wrong += _bad_weights(weights, design.weight) or _bad_sum(weights, design)
    strata = _stratum(cleaned, design.strata, wrong)
    clusters = _cluster(cleaned, design.cluster, wrong)
    if design.nest:
        clusters = _joined([strata, clusters], "cluster", [*design.strata, str(design.cluster)], wrong)
    table = pd.DataFrame({"response": cleaned["response"], "weight": weights, "stratum": strata, "cluster": clusters})
    table["population"] = np.nan
    table["answered"] = cleaned["answered"]
    if design.population is not None:
        table["population"] = numbers(cleaned, design.population)
        wrong += _bad_population(table, design.population)
    if design.cluster_within is not None:
        table = table.join(_within(cleaned, table, design, wrong))
    if design.replicates is not None and design.replicates.make is None:
        table = table.join(replicates.given(cleaned, design.replicates, weights, wrong))
    if wrong:
        raise Problem(where, *wrong)
    if design.trim is not None:
        table = trimming.trimmed(table, design.trim, where)
    if design.calibrate is not None:
        table = calibration.calibrated(table, wide, design.calibrate, population, where)
    account.reconcile("weight", cleaned["response"], table["response"])
    return table


def _bad_weights(weights: np.ndarray, column: str) -> list[str]:
    n = len(weights)
    absent, low = int((~np.isfinite(weights)).sum()), int((weights <= 0).sum())
    wrong = []
    if absent:
        told = f"is blank or no number in {absent:,} of {n:,} responses; {remedy(absent, n)}"
        wrong.append(f"design.weight: '{column}' {told}")
    if low:
        told = "leave these responses out under keep_if, with the reason"
        wrong.append(f"design.weight: '{column}' is 0 or negative in {low:,} of {n:,} responses; {told}")
    return wrong


def _bad_sum(weights: np.ndarray, design: WaveDesign) -> list[str]:
    """What is wrong with the sum of weights that are each in order."""
    total, stated = float(weights.sum()), design.sums_to
    if stated is None or abs(total - stated) <= design.sums_within * stated:
        return []
    return [
        f"design.sums_to: '{design.weight}' adds up to {total:,.10g} over {len(weights):,} responses, not to "
        f"{stated:,.10g}; it may miss it by {100 * design.sums_within:g}% of it (design.sums_within). The weights may "
        "be those of another wave, or scaled"
    ]


def _stratum(cleaned: pd.DataFrame, columns: list[str], wrong: list[str], key: str = "strata") -> pd.Series:
    """The stratum of each response: the columns joined by '-'."""
    if not columns:
        return pd.Series([ONE_STRATUM] * len(cleaned), index=cleaned.index, dtype="string")
    parts = [text(cleaned, column) for column in columns]
    wrong += [_blank(part, key, column) for part, column in zip(parts, columns, strict=True) if part.isna().any()]
    return _joined(parts, key, columns, wrong)


def _joined(parts: list[pd.Series], key: str, columns: list[str], wrong: list[str]) -> pd.Series:
    """Texts joined by '-', which must keep apart what they keep apart."""
    joined = parts[0].str.cat(parts[1:], sep="-") if len(parts) > 1 else parts[0]
    apart = pd.concat(parts, axis=1).dropna().drop_duplicates()
    if len(apart) != joined.nunique():
        what = "clusters" if key == "cluster" else "strata"
        wrong.append(f"design.{key}: joined by '-', different {what} of {' and '.join(columns)} become the same")
    return joined


def _within(cleaned: pd.DataFrame, table: pd.DataFrame, design: WaveDesign, wrong: list[str]) -> pd.DataFrame:
    """The second stage: its strata, clusters and populations."""
    clusters = text(cleaned, design.cluster_within)
    if clusters.isna().any():
        wrong.append(_blank(clusters, "cluster_within", design.cluster_within))
    strata = _stratum(cleaned, design.strata_within, wrong, "strata_within")
    within = pd.DataFrame({"stratum_within": strata, "cluster_within": clusters, "population_within": np.nan})
    if design.population_within is not None:
        within["population_within"] = numbers(cleaned, design.population_within)
        stage = within.rename(columns=lambda name: name.removesuffix("_within"))
        stage["stratum"] = table["cluster"].str.cat(strata, sep="\n")
        wrong += _bad_population(stage, design.population_within, "population_within")
    return within


def _cluster(cleaned: pd.DataFrame, column: str | None, wrong: list[str]) -> pd.Series:
    """The cluster of each response: its school, a column, or itself."""
    if column is None:
        return cleaned["response"]
    clusters = cleaned["school"] if column == "school" else text(cleaned, column)
    if clusters.isna().any():
        wrong.append(_blank(clusters, "cluster", column))
    return clusters


def _blank(values: pd.Series, key: str, column: str) -> str:
    return (
        f"design.{key}: '{column}' is blank in {int(values.isna().sum()):,} of {len(values):,} responses; leave them "
        f"out under keep_if (not_blank: true), with the reason, or change design.{key}"
    )


def _bad_population(table: pd.DataFrame, column: str, key: str = "population") -> list[str]:
    population = table["population"]
    absent = int((~(population >= 1)).sum())
    if absent:
        return [
            f"design.{key}: '{column}' is blank, no number or under 1 in {absent:,} of {len(table):,} responses; "
            "it must be the number of clusters in the stratum"
        ]
    by_stratum = table.groupby("stratum")
    uneven = int((by_stratum["population"].nunique() > 1).sum())
    small = int((by_stratum["cluster"].nunique() > by_stratum["population"].first()).sum())
    wrong = []
    if uneven:
        wrong.append(f"design.{key}: '{column}' differs within {uneven:,} strata; a stratum has one population")
    if small:
        wrong.append(f"design.{key}: '{column}' is smaller than the number of clusters in {small:,} strata")
    return wrong
