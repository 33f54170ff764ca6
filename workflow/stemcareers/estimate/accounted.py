"""Which responses a fit must have used, and why it left out the others, found anew from the pooled table."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from stemcareers import account
from stemcareers.config import Specification, Vocabulary
from stemcareers.config.samples import WAVE, code_of, column_of
from stemcareers.estimate.rows import ROWS, Row
from stemcareers.estimate.samples import OUTSIDE

USED = "used"


def verify(pooled: pd.DataFrame, entry: Specification, vocabulary: Vocabulary, facts: Iterable[Row]) -> None:
    """Raise ContractBroken where the responses that a fit says it used and left out, by reason, are not those it
    should have: with every response of the study they must add up, reason by reason.

    facts  FITS rows before anything is withheld, those of models with the places of the responses they used (`ROWS`);
           one that was not fitted has no n.
    """
    done: dict[tuple[str, str, str], np.ndarray] = {}
    for fact in facts:
        if fact["n"] is None or pd.isna(fact["n"]):
            continue
        key = (str(fact["sample"]), str(fact["outcome"]), str(fact["term"]))
        if key not in done:
            done[key] = reasons(pooled, entry, vocabulary, *key)
        name = f"estimate, {fact['specification']}, {fact['outcome']} in {fact['sample']}"
        counts = {USED: int(str(fact["n"])), **told(str(fact["left_out"]))}
        account.reconcile_counts(name, counts, _counts(done[key]))
        if fact.get(ROWS) is not None:
            _verify_rows(name, done[key], np.asarray(fact[ROWS]))


def _verify_rows(name: str, found: np.ndarray, rows: np.ndarray) -> None:
    """The same by id: `rows` are the places in the pooled table that a model used."""
    if np.array_equal(np.flatnonzero(found == ""), rows):
        return
    places = np.arange(len(found))
    account.reconcile(name, places, rows, {r: places[found == r] for r in dict.fromkeys(found) if r})


def told(left_out: str) -> dict[str, int]:
    """`missing lead_time: 4; outside the sample: 90` as counts by reason."""
    parts = [part.rpartition(": ") for part in left_out.split("; ") if part]
    return {reason: int(count) for reason, _, count in parts}


def reasons(
    pooled: pd.DataFrame, entry: Specification, vocabulary: Vocabulary, sample: str, outcome: str, term: str
) -> np.ndarray:
    """Why each response of the pooled table is not in a fit; '' where it is. The first reason that applies."""
    found = np.full(len(pooled), "", dtype=object)

    def lose(where: np.ndarray, reason: str) -> None:
        found[where & (found == "")] = reason

    column, code = column_of(sample), code_of(sample)
    if column is not None:
        lose(pooled[column].astype("string").fillna("").to_numpy(dtype=object) != code, OUTSIDE)
    if entry.between:
        between, _, level = term.partition("=")
        compared = _compared(pooled, entry, vocabulary, between, level)
        group = pooled[between].astype("string")
        lose((group.notna() & ~group.isin(compared)).to_numpy(dtype=bool), f"other {between}")
    for name in [outcome, *_terms(pooled, entry, term, found == "")]:
        missing = pooled[name].isna().to_numpy(dtype=bool)
        lose(missing | ~pooled["answered"].to_numpy(dtype=bool) if name == outcome else missing, f"missing {name}")
    return found


def _compared(
    pooled: pd.DataFrame, entry: Specification, vocabulary: Vocabulary, between: str, level: str
) -> list[str]:
    """The level of a difference and the one it is compared with."""
    first = min(pooled[WAVE]) if between == WAVE else next(iter(vocabulary.answer_set(between).codes))
    return [level, str(entry.reference.get(between, first))]


def _terms(pooled: pd.DataFrame, entry: Specification, term: str, inside: np.ndarray) -> list[str]:
    if entry.between:
        return [term.partition("=")[0]]
    if entry.each_alone:
        return [term]
    one_wave = pooled.loc[inside, WAVE].nunique() < 2
    return [name for name in [*entry.factors, *entry.context] if not (name == WAVE and one_wave)]


def _counts(found: np.ndarray) -> dict[str, int]:
    names, counts = np.unique(found.astype(str), return_counts=True)
    return {name or USED: int(n) for name, n in zip(names.tolist(), counts.tolist(), strict=True)}
