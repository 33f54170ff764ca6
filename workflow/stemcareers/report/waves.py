"""What a page says of a wave: its flow from received to kept, what was refused, how it was weighted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from stemcareers import wording
from stemcareers.config import Labels, Wave, WaveDesign
from stemcareers.config.calibration import CROSSED
from stemcareers.config.replicates import ReplicateWeights
from stemcareers.config.trimming import Trim
from stemcareers.report.fragment import Fragment, filled
from stemcareers.report.results import Results
from stemcareers.report.rows import Cell, of_fact

RECEIVED, LEFT_OUT, KEPT, REFUSED = "received", "left_out", "kept", "refused_answers"
SAME = 1e-9  # a design effect that is less above 1 is that of equal weights
FLAGGED, KEPT_ANSWERS = "flagged", "kept_answers"


def kept(results: Results, wave: str) -> float | None:
    """How many responses of a wave were kept; None where that is withheld or unknown."""
    rows = results.about(wave, "flow")
    rows = rows[rows["term"].eq(KEPT) & rows["withheld"].eq("")]
    return float(rows["estimate"].iloc[0]) if len(rows) else None


def flow(results: Results, wave: str, labels: Labels, picture: Fragment) -> Fragment:
    """The flow of a wave, drawn and in words: how many responses came in, were left out and why, and were kept."""
    rows = results.about(wave, "flow").to_dict("records")
    stages = {stage: [row for row in rows if row["term"] == stage] for stage in (RECEIVED, LEFT_OUT, KEPT, FLAGGED)}
    stage_counts = {stage: _cell(found[0]) if found else Cell("") for stage, found in stages.items()}
    reasons, flagged = _counted(stages[LEFT_OUT]), _counted(stages[FLAGGED])
    title = labels.config.waves[wave].title
    found = schools(results, wave, labels)
    html = filled(
        "flow.html",
        picture=picture,
        schools=found,
        wave=wave,
        title=title,
        received=stage_counts[RECEIVED],
        reasons=reasons,
        kept=stage_counts[KEPT],
        flagged=flagged,
        units=labels.units,
    )
    told = "; ".join(f"{reason}: {count}" for reason, count in reasons) or "none"
    text = f"{title}: {stage_counts[RECEIVED]} responses received; left out: {told}; {stage_counts[KEPT]} kept"
    if flagged:
        text += "; flagged and kept: " + "; ".join(f"{reason}: {count}" for reason, count in flagged)
    return Fragment(html, "\n".join([text, *found]))


def left_out(results: Results, wave: str) -> list[tuple[str, Cell]]:
    """Reason and count of everybody a wave left out, the largest first."""
    rows = results.about(wave, "flow").to_dict("records")
    return _counted(row for row in rows if row["term"] == LEFT_OUT)


def schools(results: Results, wave: str, labels: Labels) -> list[str]:
    """How many schools of a wave answered in each other wave, in a sentence each; none where none are linked."""
    rows = results.about(wave, "panel").to_dict("records")
    counts = {(row["term"], str(row["level"])): _told(row) for row in rows}
    return [
        f"Schools that are in {labels.config.waves[other].title} too: {counts['matched', other]}; "
        f"that are not: {counts['unmatched', other]}."
        for other in dict.fromkeys(str(row["level"]) for row in rows)
        if other in labels.config.waves
    ]


def refused(results: Results, wave: str, labels: Labels) -> Fragment:
    """The answers of a wave that were refused, by reason."""
    every = results.about(wave, "flow")
    found = every[every["term"].eq(REFUSED)]
    rows = _counted(found.to_dict("records"))
    off_route = _counted(every[every["term"].eq(KEPT_ANSWERS)].to_dict("records"))
    kept_answers = off_route[0][1] if off_route else Cell("")
    entry = labels.config.waves[wave]
    html = filled(
        "refused.html", wave=wave, entry=entry, rows=rows, kept_answers=kept_answers, limit=entry.quarantine_at_most
    )
    told = "; ".join(f"{reason}: {count}" for reason, count in rows) or "no answer was refused"
    told += f"; answers kept though routing passed the question over: {kept_answers}" if kept_answers else ""
    return Fragment(html, f"{entry.title}: {told}")


def weighting(results: Results, wave: str, labels: Labels) -> Fragment:
    """How the responses of a wave were weighted, and what unequal weights cost."""
    facts = results.about(wave, "weighting")
    shown = facts[facts["withheld"].eq("") & facts["outcome"].eq("responses")]
    values = {(row["quantity"], row["term"]): float(row["estimate"]) for row in shown.to_dict("records")}
    n, effect = kept(results, wave), values.get(("design_effect", "weights"))
    entry = labels.config.waves[wave]
    sentences = design_sentences(entry, labels, values)
    sentences += _trimming(facts, entry.design.trim)
    weighted = entry.design.weight != "none" or entry.design.calibrate is not None
    if effect is not None and weighted and effect < 1 + SAME:
        sentences.append("All weights are the same: they change totals, and no mean, share or coefficient.")
    elif effect is not None and n is not None and weighted:
        sentences.append(
            f"Unequal weights make {wording.count(n)} responses as precise as {wording.count(n / effect)} "
            f"with equal weights (Kish's design effect {wording.decimal(effect)})."
        )
    largest = values.get(("ratio", "largest_weight"))
    if largest is not None:
        sentences.append(f"The largest weight is {wording.decimal(largest)} times the median.")
    margins = _margins(facts[facts["outcome"].isin(["population", "before", "after"])], labels)
    html = filled("weighting.html", wave=wave, title=entry.title, sentences=sentences, margins=margins)
    return Fragment(html, f"{entry.title}: " + " ".join(sentences))


def _margins(rows: pd.DataFrame, labels: Labels) -> list[tuple[str, str, Cell, Cell, Cell]]:
    """One row for each level of each margin: margin, level, and its share in the population, before and after."""
    told = {
        (row["term"], row["level"], row["outcome"]): of_fact(
            row,
            wording.mark(str(row["withheld"]))
            if row["withheld"]
            else wording.amount(row["quantity"], "", float(row["estimate"])),
        )
        for row in rows.to_dict("records")
    }
    return [
        (
            " and ".join(map(labels.term, margin.split(CROSSED))),
            ", ".join(map(labels.level, margin.split(CROSSED), level.split(CROSSED))) if level else "sum",
            told[margin, level, "population"],
            told[margin, level, "before"],
            told[margin, level, "after"],
        )
        for margin, level in dict.fromkeys((margin, level) for margin, level, _ in told)
    ]


def _trimming(facts: pd.DataFrame, trim: Trim | None) -> list[str]:
    """How weights were held within bounds, and what that did; nothing where they were not."""
    if trim is None:
        return []
    shown = facts[facts["withheld"].eq("")].set_index(["outcome", "quantity", "term"])["estimate"].to_dict()
    ends = {"at least": trim.lower, "at most": trim.upper}
    bounds = " and ".join(f"{word} {end:g} times" for word, end in ends.items() if end is not None)
    shared = "in proportion to them" if trim.redistribute == "in_proportion" else "equally"
    said = [f"Weights were made {bounds} their {trim.of}; what was cut off was shared out among the others {shared}."]
    cut = shown.get(("responses", "count", "trimmed"))
    if cut is not None:
        said.append(f"Weights that were cut: {wording.count(cut)}.")
    for term, word in {"largest_weight": "largest", "smallest_weight": "smallest"}.items():
        before, after = (shown.get((when, "ratio", term)) for when in ("untrimmed", "trimmed"))
        if before is not None and after is not None:
            told = f"{wording.decimal(before)} times the median before trimming, {wording.decimal(after)} after"
            said.append(f"The {word} weight was {told}.")
    before, after = (shown.get((when, "design_effect", "weights")) for when in ("untrimmed", "trimmed"))
    if before is not None and after is not None:
        told = f"{wording.decimal(before)} before trimming, {wording.decimal(after)} after"
        said.append(f"Kish's design effect of unequal weights was {told}.")
    return said


def design_sentences(wave: Wave, labels: Labels, counted: Mapping[tuple[str, str], float]) -> list[str]:
    """The design of a wave in plain words; `counted` holds the weighting facts by quantity and term."""
    design = wave.design

    def many(term: str, noun: str) -> str:
        number = counted.get(("count", term))
        return noun if number is None else f"{wording.count(number)} {noun}"

    if design.calibrate is not None:
        said = [_calibration_sentence(design, labels, counted.get(("count", "weights")))]
    elif design.weight == "none":
        said = ["Every response counts once: this wave has no weights, so it speaks for those who answered."]
    else:
        total = counted.get(("count", "weights"))
        stands = f"; together they stand for {wording.count(total)} {labels.units}" if total is not None else ""
        said = [f"Responses are weighted by {design.weight}{stands}."]
        if design.sums_to is not None:
            said.append(
                f"With those who were drawn and did not answer the weights add up to {wording.count(design.sums_to)}, "
                f"as was stated beforehand (within {100 * design.sums_within:g}%)."
                if any(condition.still_sampled for condition in wave.keep_if)
                else f"That is what was stated beforehand (within {100 * design.sums_within:g}%)."
            )
    if design.strata:
        said.append(f"Sampled in {many('strata', 'strata')} (by {', '.join(design.strata)}).")
    if design.cluster:
        said.append(
            f"Responses of one {'school' if design.cluster == 'school' else design.cluster} are taken together."
        )
    if design.cluster_within:
        said.append(f"Within these a second stage was drawn ({design.cluster_within}).")
    if design.population:
        said.append(f"The number of {labels.units} in each stratum ({design.population}) is taken into account.")
    if design.strata and design.lonely != "fail":
        said.append(LONELY[design.lonely])
    if design.replicates is not None:
        said.append(_replicates_sentence(design.replicates))
    return said


def _calibration_sentence(design: WaveDesign, labels: Labels, total: float | None) -> str:
    items = [" by ".join(map(labels.term, margin.split(CROSSED))) for margin in design.calibrate.margins]
    start = "equal weights" if design.weight == "none" else design.weight
    stands = f"; together they stand for {wording.count(total)} {labels.units}" if total is not None else ""
    how = METHODS[design.calibrate.method]
    if (limits := design.calibrate.limits()) is not None:
        how += f", by factors from {limits[0]:g} to {limits[1]:g}"
    return f"Responses are weighted to known totals ({', '.join(items)}; {how}), starting from {start}{stands}."


def _replicates_sentence(replicates: ReplicateWeights) -> str:
    if replicates.make is not None:
        return f"Errors come from replicate weights that we made ({KINDS[replicates.make]})."
    return f"Errors come from the replicate weights that came with the data ({KINDS[str(replicates.kind)]})."


METHODS = {"post_stratify": "post-stratification", "rake": "raking", "linear": "linear calibration"}
KINDS = {
    "brr": "balanced half samples",
    "fay": "balanced half samples after Fay",
    "jk1": "jackknife",
    "jkn": "stratified jackknife",
    "bootstrap": "bootstrap",
}


LONELY = {
    "adjust": "A stratum with a single response is set against the mean of all.",
    "average": "A stratum with a single response is given the average variance of the others.",
    "certainty": "A stratum with a single response adds nothing to the variance.",
    "remove": "A stratum with a single response is left out of the variance.",
}


def _counted(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, Cell]]:
    """Reason and count of the rows that cost anything, the largest first, what is withheld last."""
    return [
        (str(row["level"]), _cell(row)) for row in sorted(rows, key=_by_size) if row["withheld"] or row["estimate"] > 0
    ]


def _cell(row: Mapping[str, Any]) -> Cell:
    return of_fact(row, _told(row))


def _told(row: Mapping[str, Any]) -> str:
    if row["withheld"]:
        return f"withheld ({row['withheld']})"
    return "" if pd.isna(row["estimate"]) else wording.count(float(row["estimate"]))


def _by_size(row: Mapping[str, Any]) -> tuple[bool, float, str]:
    hidden = bool(row["withheld"])
    return (hidden, 0.0 if hidden else -float(row["estimate"]), str(row["level"]))
