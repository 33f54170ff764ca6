"""Give every response its weight, stratum and cluster, under the same names in every wave."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stemcareers import contracts
from stemcareers.config.meaning import number, squeezed
from stemcareers.config.wave import Wave
from stemcareers.errors import Problem

ONE_STRATUM = "all"


def responses(cleaned: pd.DataFrame, wave: Wave, where: str = "design") -> pd.DataFrame:
    """The design of each response (contract WEIGHTED); weight 1 where the wave has none.

    where   the wave's file, as a Problem names it.

    Raises a Problem with every fault: weights that are blank, no number or not positive; blank strata, clusters
    or populations; a population that is not the same for a whole stratum, or smaller than its clusters.
    """
    design = wave.design
    wrong: list[str] = []
    weights = np.ones(len(cleaned))
    if design.weight != "none":
        weights = _numbers(cleaned, design.weight)
        wrong += _bad_weights(weights, design.weight)
    strata = _stratum(cleaned, design.strata, wrong)
    clusters = _cluster(cleaned, design.cluster, wrong)
    table = pd.DataFrame({"response": cleaned["response"], "weight": weights, "stratum": strata, "cluster": clusters})
    table["population"] = np.nan
    table["answered"] = cleaned["answered"]
    if design.population is not None:
        table["population"] = _numbers(cleaned, design.population)
        wrong += _bad_population(table, design.population)
    if wrong:
        raise Problem(where, *wrong)
    return table


def _text(cleaned: pd.DataFrame, column: str) -> pd.Series:
    return cleaned[contracts.EXPORTED + column]


def _numbers(cleaned: pd.DataFrame, column: str) -> np.ndarray:
    """A column as floats, NaN where it is blank or no number; each different text is read once."""
    codes, texts = pd.factorize(_text(cleaned, column))
    values = [number(squeezed(text)) for text in texts]
    return np.array([*(np.nan if v is None else v for v in values), np.nan])[codes]


def _bad_weights(weights: np.ndarray, column: str) -> list[str]:
    n = len(weights)
    absent, low = int((~np.isfinite(weights)).sum()), int((weights <= 0).sum())
    remedy = "leave these responses out under keep_if, with the reason"
    wrong = []
    if absent:
        wrong.append(f"design.weight: '{column}' is blank or no number in {absent:,} of {n:,} responses; {remedy}")
    if low:
        wrong.append(f"design.weight: '{column}' is 0 or negative in {low:,} of {n:,} responses; {remedy}")
    return wrong


def _stratum(cleaned: pd.DataFrame, columns: list[str], wrong: list[str]) -> pd.Series:
    """The stratum of each response: the columns joined by '-'."""
    if not columns:
        return pd.Series([ONE_STRATUM] * len(cleaned), index=cleaned.index, dtype="string")
    parts = [_text(cleaned, column) for column in columns]
    wrong += [_blank(part, "strata", column) for part, column in zip(parts, columns, strict=True) if part.isna().any()]
    joined = parts[0].str.cat(parts[1:], sep="-") if len(parts) > 1 else parts[0]
    apart = pd.concat(parts, axis=1).dropna().drop_duplicates()
    if len(apart) != joined.nunique():
        wrong.append(f"design.strata: joined by '-', different strata of {' and '.join(columns)} become the same")
    return joined


def _cluster(cleaned: pd.DataFrame, column: str | None, wrong: list[str]) -> pd.Series:
    """The cluster of each response: its school, a column, or itself."""
    if column is None:
        return cleaned["response"]
    clusters = cleaned["school"] if column == "school" else _text(cleaned, column)
    if clusters.isna().any():
        wrong.append(_blank(clusters, "cluster", column))
    return clusters


def _blank(values: pd.Series, key: str, column: str) -> str:
    return (
        f"design.{key}: '{column}' is blank in {int(values.isna().sum()):,} of {len(values):,} responses; leave them "
        f"out under keep_if, with the reason, or change design.{key}"
    )


def _bad_population(table: pd.DataFrame, column: str) -> list[str]:
    population = table["population"]
    absent = int((~(population >= 1)).sum())
    if absent:
        return [
            f"design.population: '{column}' is blank, no number or under 1 in {absent:,} of {len(table):,} responses; "
            "it must be the number of clusters in the stratum"
        ]
    by_stratum = table.groupby("stratum")
    uneven = int((by_stratum["population"].nunique() > 1).sum())
    small = int((by_stratum["cluster"].nunique() > by_stratum["population"].first()).sum())
    wrong = []
    if uneven:
        wrong.append(f"design.population: '{column}' differs within {uneven:,} strata; a stratum has one population")
    if small:
        wrong.append(f"design.population: '{column}' is smaller than the number of clusters in {small:,} strata")
    return wrong
