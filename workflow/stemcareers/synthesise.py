"""Set the estimates of all studies on the same features side by side, and average real ones over countries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from stemcareers import contracts
from stemcareers.config import Evidence, Synthesis
from stemcareers.config.samples import column_of
from stemcareers.config.synthesis import FILE
from stemcareers.errors import Problem
from stemcareers.inference.meta_analysis import FEWEST, random_effects

DIFFERENCES = ("coefficient", "difference")
FEW = f"an average needs {FEWEST} samples with an estimate"
Row = dict[str, Any]


def evidence(synthesis: Synthesis, estimates: Mapping[str, pd.DataFrame], confidence_level: float) -> pd.DataFrame:
    """EVIDENCE: every estimate the file names, and of evidence `by column` the average over its samples.

    estimates         of each study that is there, by its id; evidence of other studies is left out.
    confidence_level  of the averages' intervals, and of those of further samples.

    What is held constant and what is not are averaged over the same samples. Nothing made up is averaged.
    Raises Problem naming everything that is not among the estimates.
    """
    rows: list[Row] = []
    wrong: list[str] = []
    for feature, name, one in synthesis.pieces():
        if one.study not in estimates:
            continue
        found = {held: _of(one, name, estimates[one.study]) for held, name in one.models().items()}
        wrong += [
            f"features.{feature}.evidence.{name}: results/{one.study}/estimates/{one.models()[held]}.csv has no "
            f"difference in '{one.outcome}' by '{one.term}' for sample '{one.sample}'"
            for held, its in found.items()
            if its.empty
        ]
        first = next(iter(found.values()))
        wrong += [
            f"features.{feature}.evidence.{name}.focus: '{sample}' is not among the samples of '{one.sample}'"
            for sample in one.focus
            if len(first) and sample not in set(first["sample"])
        ]
        for held, its in found.items():
            rows += [{"feature": feature, "evidence": name, "held": held, **row} for row in _rows(its)]
            if one.averaged and len(its):
                like = its[its["sample"].isin(_shown(first)["sample"])]
                average = _average(like if len(like) else its, one, confidence_level)
                rows.append({"feature": feature, "evidence": name, "held": held, **average})
    if wrong:
        raise Problem(FILE.as_posix(), *wrong)
    return _table(rows)


def _of(one: Evidence, specification: str, estimates: pd.DataFrame) -> pd.DataFrame:
    """The rows of a specification that a piece of evidence names."""
    rows = estimates[
        estimates["specification"].eq(specification)
        & estimates["outcome"].eq(one.outcome)
        & estimates["term"].eq(one.term)
        & estimates["quantity"].isin(DIFFERENCES)
        # A sample without an estimate has a row without a level, which says why.
        & (estimates["level"].eq(one.level or "") | (estimates["level"].eq("") & estimates["withheld"].ne("")))
    ]
    if one.averaged:
        return rows[rows["sample"].str.startswith(f"{column_of(one.sample)}=")]
    return rows[rows["sample"].eq(one.sample)]


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["withheld"].eq("")]


def _rows(estimates: pd.DataFrame) -> list[Row]:
    columns = [c.name for c in contracts.EVIDENCE.columns if c.name in estimates.columns]
    return [{"kind": "estimate", **row} for row in estimates[columns].to_dict("records")]


def _average(rows: pd.DataFrame, one: Evidence, level: float) -> Row:
    """The average over samples, or a row that says why there is none."""
    if rows["synthetic"].any():
        raise AssertionError("config says that only real answers are averaged")
    shown = _shown(rows)
    first = rows.iloc[0].to_dict()
    keys = {key: first[key] for key in ("study", "specification", "outcome", "quantity", "term", "synthetic")}
    units = list(dict.fromkeys(shown["unit"]))
    row: Row = {**keys, "kind": "average", "sample": one.sample, "level": one.level or "", "samples": len(shown)}
    if len(shown) < FEWEST or len(units) > 1:
        return {**row, "unit": units[0] if units else "", "withheld": FEW if len(units) < 2 else "units differ"}
    found = random_effects(shown["estimate"].to_numpy(), shown["std_error"].to_numpy(), level)
    side = 1 if found.estimate >= 0 else -1
    above, below = shown["ci_low"] > 0, shown["ci_high"] < 0
    with_it, against = (above, below) if side > 0 else (below, above)
    return {
        **row,
        "estimate": found.estimate,
        "std_error": found.std_error,
        "ci_low": found.ci_low,
        "ci_high": found.ci_high,
        "df": float(found.df),
        "n": int(shown["n"].sum()),
        "n_schools": int(shown["n_schools"].sum()),
        "unit": units[0],
        "same_side": int((side * shown["estimate"] > 0).sum()),
        "clear": int(with_it.sum()),
        "clear_against": int(against.sum()),
        "further_low": found.prediction_low,
        "further_high": found.prediction_high,
        "tau2": found.tau2,
        "i2": found.i2,
        "withheld": "",
    }


def _table(rows: list[Row]) -> pd.DataFrame:
    if not rows:
        return contracts.EVIDENCE.empty()
    kinds = {column.name: column.kind for column in contracts.EVIDENCE.columns}
    blank = {name: float("nan") if kind == "float" else pd.NA for name, kind in kinds.items()}
    frame = pd.DataFrame([{**blank, **row} for row in rows])
    return contracts.EVIDENCE.conform(frame.astype({name: contracts.TYPES[kind] for name, kind in kinds.items()}))
