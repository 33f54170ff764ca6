"""How imputation went: what was observed beside what was imputed, and whether the chains have settled."""

from __future__ import annotations

from collections.abc import Iterator

from stemcareers.config import Specification, Vocabulary
from stemcareers.contracts import PROBABILITY
from stemcareers.estimate.outcomes import is_indicator
from stemcareers.estimate.rows import Case, Named, Row, point, unit_of
from stemcareers.inference import Imputed

CHAINS_TOLD = 5  # of all copies: as many lines as an eye can follow, and they are alike but for chance


def rows(case: Case, imputed: Imputed, entry: Specification, vocabulary: Vocabulary) -> list[Row]:
    """Rows for every variable that had gaps.

    observed_share, imputed_share  of each answer, unweighted; `observed_mean`, `imputed_mean`, and `_sd` of numbers.
    trace_mean, trace_sd           of what a chain drew in a round, `level` being `chain:round`, for the first five
                                   chains; codes 0, 1, ... in place of categories.

    n counts who answered, or for whom it was imputed. A row rests on the fewer of both, and on the smallest answer.
    """
    return [*_compared(case, imputed, entry, vocabulary), *_trace(case, imputed, entry, vocabulary)]


def _compared(case: Case, imputed: Imputed, entry: Specification, vocabulary: Vocabulary) -> Iterator[Row]:
    smallest = _smallest(imputed)
    for row in imputed.comparison().to_dict("records"):
        name, what = str(row["column"]), str(row["quantity"])
        if what not in {"share", "mean", "sd"}:
            continue  # the smallest and the largest answer are those of one respondent
        unit = PROBABILITY if what == "share" else _unit(name, entry, vocabulary)
        for who, n in (("observed", row["n_observed"]), ("imputed", row["n_missing"])):
            named = Named(f"{who}_{what}", name, str(row["level"]), "measure", unit, smallest[name])
            yield point(case, named, row[who], int(n))


def _trace(case: Case, imputed: Imputed, entry: Specification, vocabulary: Vocabulary) -> Iterator[Row]:
    smallest = _smallest(imputed)
    trace = imputed.trace
    for row in trace[trace["imputation"].le(CHAINS_TOLD)].to_dict("records"):
        name, level = str(row["column"]), f"{row['imputation']}:{row['iteration']}"
        numeric = imputed.kinds[name] == "numeric"
        unit = _unit(name, entry, vocabulary) if numeric else "place among the answers, from 0"
        for what in ("mean", "sd"):
            named = Named(f"trace_{what}", name, level, "measure", unit, smallest[name])
            yield point(case, named, row[what], imputed.missing[name])


def _smallest(imputed: Imputed) -> dict[str, int]:
    """Of each variable the fewest respondents a row about it tells of: with it, without it, with one of its answers."""
    found = {}
    for name, missing in imputed.missing.items():
        answered = imputed.observed.column(name).dropna()
        counts = [missing, len(answered)]
        if imputed.kinds[name] != "numeric":
            each = answered.value_counts()
            counts += [int(each[each > 0].min())] if len(each) else []
        found[name] = min(counts)
    return found


def _unit(name: str, entry: Specification, vocabulary: Vocabulary) -> str:
    if is_indicator(name, vocabulary):
        return PROBABILITY
    if name in entry.outcome and entry.family == "fractional_logit":
        return "share, 0 to 1"
    return unit_of(name, vocabulary)
