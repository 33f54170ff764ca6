"""Whether the responses of one school are alike enough to speak of the school: ICC(1), ICC(2) and rwg(j)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from stemcareers import contracts
from stemcareers.config.vocabulary import AnswerSet, Item, Scale
from stemcareers.score import codes

UNITS = {
    "icc1": "share of variance between schools",
    "icc2": "reliability of a school's mean, at most 1",
    "rwg": "agreement within a school, 0 to 1",
}
SCHOOL = "school of the response"
SEVERAL = "schools_with_several"
#: Methods whose score is made of answers that have an order; a count or an indicator does away with it.
OF_ANSWERS = {"mean", "sum", "percent", "as_given", "partial_credit", "rasch"}
Row = dict[str, object]


def agreement(
    wide: pd.DataFrame,
    scored: pd.DataFrame,
    scales: Mapping[str, Scale],
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    *,
    study: str,
    wave: str,
    synthetic: bool,
    confidence_level: float,
) -> pd.DataFrame:
    """ESTIMATES rows on every scale for which some school sent two or more scores: ICC(1), ICC(2) and rwg(j).

    wide, scored   the wave's answers and scores (WIDE, SCORED).

    A count (level `schools_with_several`) says on how many schools the others rest; n and n_schools are of all
    responses and schools for the intraclass correlations, and of schools with several for rwg, whose estimate is the
    median over schools. rwg is of scales all of whose items offer the same number of ordered answers.

    Source: Bliese (2000), Within-group agreement, non-independence, and reliability; rwg(j), against answers spread
    evenly: James, Demaree and Wolf (1984), doi 10.1037/0021-9010.69.1.85.
    """
    scores = wide[["response", "school"]].merge(scored, on="response", how="left", validate="1:1")
    rows = [
        {"outcome": name, "role": scale.role, "level": "", "withheld": ""} | row
        for name, scale in scales.items()
        for row in _agreement(name, scale, scores[name], wide, items, answers, confidence_level)
    ]
    table = pd.DataFrame(rows, columns=[c.name for c in contracts.ESTIMATES.columns])
    table = table.assign(study=study, specification="agreement", sample=f"wave={wave}", synthetic=synthetic)
    return contracts.ESTIMATES.conform(table)


def _agreement(
    name: str,
    scale: Scale,
    score: pd.Series,
    wide: pd.DataFrame,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    level: float,
) -> Iterator[Row]:
    from stemcareers.inference import agreement as inference

    frame = pd.DataFrame({"score": score.to_numpy(dtype=float), "school": wide["school"].astype("object").to_numpy()})
    sizes = frame.dropna().groupby("school").size()
    several = int((sizes > 1).sum())
    if not several:
        return
    counted = {"estimate": float(several), "n": int(sizes[sizes > 1].sum()), "n_schools": several, "unit": "schools"}
    yield {"quantity": "count", "term": name, "level": SEVERAL} | counted
    if why := _no_correlation(frame.dropna()):
        yield from (_row(quantity, name) | {"withheld": f"no {words}: {why}"} for quantity, words in ICC.items())
    else:
        found = inference.intraclass(frame, "score", "school", level=level, where=name)
        n = {"n": found.n, "n_schools": found.n_groups}
        limits = {"ci_low": found.ci_low, "ci_high": found.ci_high, "df": float(found.df1)}
        yield _row("icc1", name) | {"estimate": found.icc1} | limits | n
        yield _row("icc2", name) | {"estimate": found.icc2} | n
    yield from _within(name, scale, wide, items, answers)


def _no_correlation(known: pd.DataFrame) -> str:
    """Why scores have no intraclass correlation; empty where they have one."""
    if known["school"].nunique() < 2:
        return "all responses are of one school"
    if known["score"].nunique() < 2:
        return "all scores are the same"
    return "scores never differ within a school" if (known.groupby("school")["score"].nunique() < 2).all() else ""


ICC = {"icc1": "ICC(1)", "icc2": "ICC(2)"}


def _within(
    name: str, scale: Scale, wide: pd.DataFrame, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]
) -> Iterator[Row]:
    from stemcareers.inference import agreement as inference

    sets = [answers[items[item].answers] for item in scale.items]
    many = {len(one.codes) for one in sets}
    if scale.method not in OF_ANSWERS or len(many) != 1 or not all(_is_ordered(one) for one in sets):
        return
    # Mirroring changes no variance, so the items' own order will do.
    placed = {
        item: codes.steps(wide[item], tuple(sorted(one.codes))) for item, one in zip(scale.items, sets, strict=True)
    }
    frame = pd.DataFrame(placed | {SCHOOL: wide["school"].astype("object").to_numpy()})
    complete = frame.dropna()
    constant = [item for item in scale.items if complete[item].nunique() < 2]
    if len(complete) < 3 or constant or not complete[SCHOOL].duplicated().any():
        few = "too few answered every item" if not constant or len(complete) < 3 else ""
        why = few or f"the answers to {', '.join(constant)} do not vary"
        yield _row("rwg", name) | {"withheld": f"no rwg: {why}"}
        return
    found = inference.within_group(frame, scale.items, SCHOOL, categories=many.pop(), where=name)
    yield _row("rwg", name) | {"estimate": found.median, "n": found.n, "n_schools": len(found.groups)}


def _is_ordered(answers: AnswerSet) -> bool:
    return answers.is_categorical and (answers.kind == "ordered" or len(answers.codes) == 2)


def _row(quantity: str, name: str) -> Row:
    return {"quantity": quantity, "term": name, "unit": UNITS[quantity]}
