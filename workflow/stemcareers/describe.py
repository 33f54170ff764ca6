"""Say of one wave who answered what, what was left out and refused, and how it was weighted: as estimates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from stemcareers.config import AnswerSet, Item
from stemcareers.config.calibration import CROSSED, Calibration
from stemcareers.config.population import NUMBER, Population
from stemcareers.config.trimming import Trim

SEVERAL = "schools_with_several"  # the count of `agreement` that its other rows rest on
SAME = 1e-9  # weights that differ by less are one weight
OUTCOME_OF_FLOW = {"refused_answers": "answers", "kept_answers": "answers"}


def wave(
    long: pd.DataFrame,
    flow: pd.DataFrame,
    reliability: pd.DataFrame,
    weights: pd.DataFrame,
    items: Mapping[str, Item],
    answers: Mapping[str, AnswerSet],
    *,
    study: str,
    wave: str,
    synthetic: bool,
    calibration: Calibration | None = None,
    population: Population | None = None,
    trim: Trim | None = None,
) -> pd.DataFrame:
    """ESTIMATES rows of one wave, with the helper columns of `withhold`.

    long, flow, reliability, weights   the wave's tables of these contracts (reliability: ESTIMATES).

    Specifications, all of the sample `wave=<wave>`: `flow` (responses by stage and reason), `answers` (responses by
    item and answer, and by reason where there is none), `weighting`, and those of the table `reliability`.
    """
    known = {"study": study, "sample": f"wave={wave}", "synthetic": synthetic}
    measured = reliability.assign(cell_n=_behind(reliability), rest_n=pd.NA)
    answering = weights[weights["answered"]]
    parts = [_flow(flow), _answers(long, items, answers), _weighting(answering)]
    if trim is not None:
        parts.append(_trimming(weights, trim))
    if calibration is not None and population is not None:
        parts += [_margins(answering, long, calibration, population), _extremes(answering)]
    counted = pd.concat([_rows(part, known) for part in parts], ignore_index=True)
    return pd.concat([counted, measured], ignore_index=True) if len(measured) else counted


def _behind(measured: pd.DataFrame) -> pd.Series:
    """Who stands behind each row: responses; for what is told of schools, those schools that sent several."""
    counts = measured[measured["level"].eq(SEVERAL)].set_index("outcome")["n_schools"]
    schools = measured["outcome"].map(counts.to_dict()).astype("Int64")
    schools = schools.where(schools.le(measured["n_schools"]).fillna(True), measured["n_schools"])
    return schools.where(measured["specification"].eq("agreement"), measured["n"])


def _flow(flow: pd.DataFrame) -> pd.DataFrame:
    kept = int(flow.loc[flow["stage"].eq("kept"), "n"].sum())
    return pd.DataFrame(
        {
            "specification": "flow",
            "outcome": flow["stage"].map(OUTCOME_OF_FLOW).fillna("responses"),
            "quantity": "count",
            "term": flow["stage"],
            "level": flow["reason"],
            "role": "flow",
            "estimate": flow["n"].astype("float64"),
            "n": flow["n"],
            # Who is flagged and who is not make those kept, which every page tells.
            "rest_n": (kept - flow["n"]).where(flow["stage"].eq("flagged")).astype("Int64"),
            "unit": flow["stage"].map(OUTCOME_OF_FLOW).fillna("responses"),
        }
    )


def _answers(long: pd.DataFrame, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]) -> pd.DataFrame:
    """Responses by item and code (categories), or answered at all (numbers), and by reason where missing."""
    categorical = long["item"].isin([name for name, item in items.items() if answers[item.answers].is_categorical])
    answered = long["missing"].eq("")
    level = pd.Series("answered", index=long.index, dtype="object")
    codes = answered & categorical
    level[codes] = long.loc[codes, "value"].astype("Int64").astype("string")
    level[~answered] = "missing:" + long.loc[~answered, "missing"]
    counts = long.assign(level=level).groupby(["item", "level"], sort=True).size().rename("n").reset_index()
    complete = _with_empty_codes(counts, items, answers)
    return pd.DataFrame(
        {
            "specification": "answers",
            "outcome": complete["item"],
            "quantity": "count",
            "term": complete["item"],
            "level": complete["level"],
            "role": "measure",
            "estimate": complete["n"].astype("float64"),
            "n": complete["n"],
            "unit": "responses",
        }
    )


def _with_empty_codes(
    counts: pd.DataFrame, items: Mapping[str, Item], answers: Mapping[str, AnswerSet]
) -> pd.DataFrame:
    """The counts with a row of 0 for every code nobody chose."""
    codes = [(item, str(code)) for item in counts["item"].unique() for code in answers[items[item].answers].codes]
    every = pd.concat([counts[["item", "level"]], pd.DataFrame(codes, columns=["item", "level"])])
    filled = every.drop_duplicates().merge(counts, on=["item", "level"], how="left", validate="1:1")
    return filled.assign(n=filled["n"].fillna(0).astype("Int64"))


def _weighting(weights: pd.DataFrame) -> pd.DataFrame:
    """How unequal the weights are, and what they add up to.

    Kish's design effect of unequal weights: n times the sum of squares over the square of the sum.
    Source: Kish (1965), Survey Sampling, section 11.7.
    """
    w = weights["weight"]
    n = len(w)
    effect = n * float((w**2).sum()) / float(w.sum()) ** 2 if n else float("nan")
    facts = {
        ("design_effect", "weights"): effect,
        ("count", "weights"): float(w.sum()),
        ("count", "strata"): float(weights["stratum"].nunique()),
        ("count", "clusters"): float(weights["cluster"].nunique()),
    }
    return pd.DataFrame(
        {
            "specification": "weighting",
            "outcome": "responses",
            "quantity": [quantity for quantity, _ in facts],
            "term": [term for _, term in facts],
            "level": "",
            "role": "measure",
            "estimate": list(facts.values()),
            "n": n,
            "unit": ["ratio", "units of the population", "strata", "clusters"],
        }
    )


def _margins(
    weights: pd.DataFrame, long: pd.DataFrame, calibration: Calibration, population: Population
) -> pd.DataFrame:
    """What was known of each margin, beside what the weights before and after make of it: shares of its levels.

    Of a number its sum over the population; weights before count as if they added up to those after.
    """
    answers = long[long["item"].isin(calibration.items())].pivot(index="response", columns="item", values="value")
    answers = answers.reindex(weights["response"])
    found = weights[["weight_before", "weight"]].set_axis(["before", "after"], axis=1)
    parts = [
        _sums(margin, answers[margin], found, population[margin][NUMBER])
        if NUMBER in population[margin]
        else _shares(margin, answers, found, population[margin])
        for margin in calibration.margins
    ]
    table = pd.concat([part for several in parts for part in several], ignore_index=True)
    return table.assign(specification="weighting", role="measure", n=len(weights))


def _shares(
    margin: str, answers: pd.DataFrame, weights: pd.DataFrame, known: Mapping[str, float]
) -> Iterator[pd.DataFrame]:
    first, *others = margin.split(CROSSED)
    codes = answers.astype("Int64").astype("string")
    level = codes[first].str.cat([codes[item] for item in others], sep=CROSSED) if others else codes[first]
    cells = weights.groupby(level.to_numpy(dtype=object)).sum()
    cells.insert(0, "population", pd.Series(known))
    cell_n = level.value_counts().reindex(cells.index).to_numpy()
    for name, share in (cells / cells.sum()).items():
        part = {"outcome": name, "term": margin, "level": cells.index, "estimate": share.to_numpy(), "cell_n": cell_n}
        yield pd.DataFrame(part).assign(quantity="share", unit="probability")


def _sums(margin: str, values: pd.Series, weights: pd.DataFrame, known: float) -> Iterator[pd.DataFrame]:
    x = values.to_numpy(dtype=float)
    scaled = weights["before"] * (weights["after"].sum() / weights["before"].sum())
    sums = {
        "population": known,
        "before": float(x @ scaled.to_numpy()),
        "after": float(x @ weights["after"].to_numpy()),
    }
    part = {"outcome": list(sums), "term": margin, "level": "", "estimate": list(sums.values()), "cell_n": len(x)}
    yield pd.DataFrame(part).assign(quantity="total", unit="sum over the population")


def _trimming(weights: pd.DataFrame, trim: Trim) -> pd.DataFrame:
    """How many weights were cut, and how unequal weights were before and after, in multiples of the median before."""
    drawn, weights = weights, weights[weights["answered"]]
    before = weights["weight_untrimmed"]
    after = weights["weight_before"] if "weight_before" in weights else weights["weight"]
    low, high = trim.bounds(drawn["weight_untrimmed"].median(), drawn["weight_untrimmed"].mean())
    cut = int(((before < low * (1 - SAME)) | (before > high * (1 + SAME))).sum())
    known = {"outcome": "responses", "quantity": "count", "term": "trimmed", "unit": "responses"}
    parts = [known | {"estimate": float(cut), "cell_n": cut}]
    for outcome, w in (("untrimmed", before), ("trimmed", after)):
        effect = len(w) * float((w**2).sum()) / float(w.sum()) ** 2
        known = {"outcome": outcome, "quantity": "design_effect", "term": "weights", "unit": "ratio"}
        parts.append(known | {"estimate": effect, "cell_n": len(w)})
        for term, end in {"smallest_weight": w.min(), "largest_weight": w.max()}.items():
            behind = int(((w / end - 1).abs() < SAME).sum())
            known = {"outcome": outcome, "quantity": "ratio", "term": term, "unit": "median weights before trimming"}
            parts.append(known | {"estimate": end / before.median(), "cell_n": behind})
    return pd.DataFrame(parts).assign(specification="weighting", level="", role="measure", n=len(weights))


def _extremes(weights: pd.DataFrame) -> pd.DataFrame:
    """The smallest and the largest weight over the median; the cell is who has it."""
    w = weights["weight"]
    ends = {"smallest_weight": w.min(), "largest_weight": w.max()}
    return pd.DataFrame(
        {
            "specification": "weighting",
            "outcome": "responses",
            "quantity": "ratio",
            "term": list(ends),
            "level": "",
            "role": "measure",
            "estimate": [end / w.median() for end in ends.values()],
            "n": len(w),
            "cell_n": [int(((w / end - 1).abs() < SAME).sum()) for end in ends.values()],
            "unit": "median weights",
        }
    )


def _rows(part: pd.DataFrame, known: Mapping[str, object]) -> pd.DataFrame:
    blank = {name: float("nan") for name in ("std_error", "ci_low", "ci_high", "df", "p_value", "p_adjusted")}
    n = part["n"].astype("Int64")
    cell_n = part["cell_n"].astype("Int64") if "cell_n" in part else n
    rest_n = part.get("rest_n", pd.NA)
    return part.assign(**known, **blank, n=n, n_schools=pd.NA, withheld="", cell_n=cell_n, rest_n=rest_n)
