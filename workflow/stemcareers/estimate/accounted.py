"""Which responses a fit must have used, and why it left out the others, found anew from the pooled table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from stemcareers import account, contracts
from stemcareers.config import Specification
from stemcareers.config.described import OF_PANELS
from stemcareers.config.imputation import DESCRIBES
from stemcareers.config.robustness import LEAVE_OUT, NONE, options_of, variant
from stemcareers.config.samples import WAVE, code_of, column_of
from stemcareers.estimate.imputation import SILENT
from stemcareers.estimate.panels import SCHOOL
from stemcareers.estimate.rows import ROWS, Row
from stemcareers.estimate.samples import OUTSIDE

USED = "used"
Categories = Mapping[str, Sequence[str]]


def verify(
    pooled: pd.DataFrame,
    entry: Specification,
    categories: Categories,
    facts: Iterable[Row],
    of: Specification | None = None,
) -> None:
    """Raise ContractBroken where the responses that a fit says it used and left out, by reason, are not those it
    should have: with every response of the study they must add up, reason by reason.

    categories  of the items under `between`, in order; the first is what others are compared with unless config says.
    facts  FITS rows before anything is withheld, those of models with the places of the responses they used (`ROWS`);
           one that was not fitted has no n.
    of     of a grid of variants, the specification that is the main analysis.
    """
    done: dict[tuple[str, str, str], np.ndarray] = {}
    for fact in facts:
        if fact["n"] is None or pd.isna(fact["n"]) or _is_drawn(pooled, entry, str(fact["term"])):
            continue
        key = (str(fact["sample"]), str(fact["outcome"]), str(fact["term"]))
        if key not in done:
            done[key] = reasons(pooled, entry, categories, *key) if of is None else _of_variant(pooled, entry, of, *key)
        name = f"estimate, {fact['specification']}, {fact['outcome']} in {fact['sample']}"
        counts = {USED: int(str(fact["n"])), **told(str(fact["left_out"]))}
        account.reconcile_counts(name, counts, _counts(done[key]))
        if fact.get(ROWS) is not None:
            _verify_rows(name, done[key], np.asarray(fact[ROWS]))


def _is_drawn(pooled: pd.DataFrame, entry: Specification, term: str) -> bool:
    """Whether who is compared was itself drawn, and differs from copy to copy, so that no count is the one due."""
    if entry.impute is None or of_complete_cases(term)[1]:
        return False
    return bool(pooled.loc[pooled["answered"], entry.between].isna().to_numpy().any())


def of_complete_cases(term: str) -> tuple[str, bool]:
    """What a fit is about, and whether it is that of the complete cases beside an imputed one."""
    own, _, last = term.rpartition(", ")
    return (own, True) if last == contracts.COMPLETE_FIT else (term, False)


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


def _of_variant(
    pooled: pd.DataFrame, its: Specification, of: Specification, sample: str, outcome: str, term: str
) -> np.ndarray:
    """`reasons` of one variant of a grid: those of the specification it is, with the category it leaves out."""
    chosen = options_of(term)
    made = variant(of, its, outcome, chosen)
    without = None if its.vary is None else its.vary.leave_out
    code = chosen.get(LEAVE_OUT, NONE)
    category = None if without is None or code == NONE else (without, code)
    return reasons(pooled, made, {}, sample, made.outcome[0], term, category)


def reasons(
    pooled: pd.DataFrame,
    entry: Specification,
    categories: Categories,
    sample: str,
    outcome: str,
    term: str,
    without: tuple[str, str] | None = None,
) -> np.ndarray:
    """Why each response of the pooled table is not in a fit; '' where it is. The first reason that applies.

    without  a column and the category of it that a variant leaves out.
    """
    lost = _Lost(pooled)
    column, code = column_of(sample), code_of(sample)
    if column is not None:
        lost.add(pooled[column].astype("string").fillna("").to_numpy(dtype=object) != code, OUTSIDE)
    if without is not None:
        left_out = pooled[without[0]].astype("string").fillna("").to_numpy(dtype=object) == without[1]
        lost.add(left_out, f"{without[0]} left out")
    if entry.weight_times is not None:
        lost.add_missing([entry.weight_times], outcome)
    if entry.impute is not None:
        term, complete = of_complete_cases(term)
        lost.add(~pooled["answered"].to_numpy(dtype=bool), SILENT)
        lost.add_missing([entry.group] if entry.group else [], outcome)
        if not complete:
            lost.add_missing([] if entry.family in DESCRIBES or entry.impute.keep_outcome else [outcome], outcome)
            _leave_out_others(lost, entry, categories, outcome, term)
            return lost.reason
    if entry.family in OF_PANELS:
        _leave_out_of_panel(lost, entry, outcome)
    elif entry.family == "contrast":
        (between,) = entry.between
        lost.add_missing([outcome, between], outcome)
        _leave_out_others(lost, entry, categories, outcome, term)
    elif entry.between:
        _leave_out_others(lost, entry, categories, outcome, term)
        lost.add_missing([outcome, term.partition("=")[0]], outcome)
    else:
        further = [entry.denominator] if entry.denominator else _terms(pooled, entry, term, lost.kept)
        lost.add_missing([outcome, *further, *([entry.group] if entry.group else [])], outcome)
    return lost.reason


class _Lost:
    """Why each response is left out: the first reason that applied."""

    def __init__(self, pooled: pd.DataFrame) -> None:
        self.pooled = pooled
        self.reason = np.full(len(pooled), "", dtype=object)

    @property
    def kept(self) -> np.ndarray:
        return self.reason == ""

    def add(self, where: np.ndarray, reason: str) -> None:
        self.reason[where & self.kept] = reason

    def add_missing(self, names: Iterable[str], outcome: str) -> None:
        """Leave out who has no value of these; of the outcome nobody has one who did not answer."""
        silent = ~self.pooled["answered"].to_numpy(dtype=bool)
        for name in names:
            missing = self.pooled[name].isna().to_numpy(dtype=bool)
            self.add(missing | silent if name == outcome else missing, f"missing {name}")

    def add_others(self, between: str, levels: Collection[str]) -> None:
        """Leave out who is in a category that is not compared; who is in none is missing, not other."""
        group = self.pooled[between].astype("string")
        self.add((group.notna() & ~group.isin(levels)).to_numpy(dtype=bool), f"other {between}")


def _leave_out_others(lost: _Lost, entry: Specification, categories: Categories, outcome: str, term: str) -> None:
    """Who is in a category that a contrast does not weigh, or a difference does not compare."""
    if entry.family == "contrast":
        (between,) = entry.between
        lost.add_others(between, [str(code) for code, weight in entry.coefficients.items() if weight])
    elif entry.family == "difference":
        between, _, level = term.partition("=")
        silent = not_asked_in(lost.pooled, outcome) if between == WAVE else ()
        first = next(code for code in categories[between] if code not in silent)
        lost.add_others(between, [level, str(entry.reference.get(between, first))])


def not_asked_in(pooled: pd.DataFrame, outcome: str) -> tuple[str, ...]:
    """The waves of the table of which no response has the outcome."""
    known = pooled[outcome].notna().groupby(pooled[WAVE].astype("string")).any()
    return tuple(str(wave) for wave in known.index[~known])


def _leave_out_of_panel(lost: _Lost, entry: Specification, outcome: str) -> None:
    """Whose school answered in one wave only, and the later answers, which count with the earlier ones."""
    lost.add_missing([SCHOOL, WAVE, outcome], outcome)
    lost.add_others(WAVE, entry.waves)
    waves = lost.pooled[WAVE].astype("string")
    there = pd.DataFrame({SCHOOL: lost.pooled[SCHOOL], WAVE: waves})[lost.kept]
    both = there.groupby(SCHOOL)[WAVE].nunique()
    paired = lost.pooled[SCHOOL].isin(both.index[both > 1]).to_numpy(dtype=bool)
    lost.add(~paired, f"{SCHOOL} in one wave only")
    lost.add(waves.ne(entry.waves[0]).to_numpy(dtype=bool), "later wave, counted with the earlier")


def _terms(pooled: pd.DataFrame, entry: Specification, term: str, inside: np.ndarray) -> list[str]:
    if entry.each_alone:
        return [term]
    one_wave = pooled.loc[inside, WAVE].nunique() < 2
    return [name for name in [*entry.factors, *entry.context] if not (name == WAVE and one_wave)]


def _counts(found: np.ndarray) -> dict[str, int]:
    names, counts = np.unique(found.astype(str), return_counts=True)
    return {name or USED: int(n) for name, n in zip(names.tolist(), counts.tolist(), strict=True)}
