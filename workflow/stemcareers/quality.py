"""Judge responses by the rules a wave declares; what is done with those that break one is said in the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from stemcareers.config.meaning import number, squeezed
from stemcareers.config.quality import QualityRule
from stemcareers.contracts import EXPORTED
from stemcareers.errors import Problem


def broken(rule: QualityRule, responses: pd.DataFrame, items: Iterable[str], key: str, where: str) -> pd.Series:
    """Which of the responses break a rule: true or false, by the frame's index.

    responses   those that are judged, in the order of the export: items as codes or numbers, columns of the export as
                text (`export_<column>`).
    items       all items of the wave that are no free text.
    key, where  the rule and its file, as a Problem names them.

    Raises a Problem where a column that must hold numbers does not.
    """
    judged: dict[str, Callable[[], np.ndarray]] = {
        "duplicate": lambda: _duplicate(rule, responses, rule.items or list(items)),
        "speeder": lambda: _fast(rule, responses, key, where),
        "straight_line": lambda: _straight(rule, responses),
        "contradiction": lambda: _contradicts(rule, responses),
        "attention": lambda: _inattentive(rule, responses),
    }
    return pd.Series(judged[rule.rule](), index=responses.index, dtype=bool)


def _duplicate(rule: QualityRule, responses: pd.DataFrame, items: list[str]) -> np.ndarray:
    """The same answers, blanks included, as an earlier response that is judged."""
    there = [item for item in items if item in responses.columns]
    if not there:
        return np.zeros(len(responses), dtype=bool)
    # ASSUME: two responses that left most of the questions out are alike by chance; only those that answered the
    # declared share of the items are compared.
    enough = responses[there].notna().mean(axis=1) >= rule.answered_at_least
    compared = responses[enough]
    if rule.within == "school":
        compared = compared[compared["school"].notna()]
        there = ["school", *there]
    again = compared.duplicated(there, keep="first")
    return again.reindex(responses.index, fill_value=False).to_numpy(dtype=bool)


def _fast(rule: QualityRule, responses: pd.DataFrame, key: str, where: str) -> np.ndarray:
    """Less than the limit; a response without a time is not called fast."""
    codes, texts = pd.factorize(responses[EXPORTED + str(rule.column)])
    found = [number(squeezed(text)) for text in texts]
    odd = int(np.isin(codes, [i for i, x in enumerate(found) if x is None]).sum())
    if odd:
        raise Problem(
            where, f"{key}: '{rule.column}' is not a number in {odd:,} of the {len(responses):,} responses judged"
        )
    times = np.array([*found, np.nan], dtype=float)[codes]
    known = times[~np.isnan(times)]
    if not known.size:
        return np.zeros(len(responses), dtype=bool)
    limit = rule.at_least if rule.at_least is not None else float(rule.share_of_median) * float(np.median(known))
    with np.errstate(invalid="ignore"):
        return times < limit


def _straight(rule: QualityRule, responses: pd.DataFrame) -> np.ndarray:
    """Every item of the grid is answered, and all with the same code, which is one that counts."""
    there = [item for item in rule.items if item in responses.columns]
    if not {*there} & {*rule.reversed} or not {*there} - {*rule.reversed}:
        return np.zeros(len(responses), dtype=bool)
    grid = responses[there].to_numpy(dtype=float, na_value=np.nan)
    same = (grid == grid[:, :1]).all(axis=1)
    return same & np.isin(grid[:, 0], rule.codes) if rule.codes else same


def _contradicts(rule: QualityRule, responses: pd.DataFrame) -> np.ndarray:
    """Every item has one of the codes that cannot hold together; an item the wave did not ask contradicts nothing."""
    found = np.ones(len(responses), dtype=bool)
    for item, codes in rule.answers.items():
        if item not in responses.columns:
            return np.zeros(len(responses), dtype=bool)
        found &= np.isin(responses[item].to_numpy(dtype=float, na_value=np.nan), codes)
    return found


def _inattentive(rule: QualityRule, responses: pd.DataFrame) -> np.ndarray:
    """Another value than one that passes."""
    # ASSUME: who left the attention check blank did not see it, or broke off before; only a wrong answer fails.
    words = {squeezed(value) for value in rule.one_of if isinstance(value, str)}
    numbers = {float(value) for value in rule.one_of if not isinstance(value, str)}
    codes, texts = pd.factorize(responses[EXPORTED + str(rule.column)])
    failed = [squeezed(t) not in words and number(squeezed(t)) not in numbers for t in texts]
    return np.array([*failed, False], dtype=bool)[codes]
