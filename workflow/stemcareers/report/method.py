"""How a page was made: design, weights, missing answers, what was withheld, what would change the result."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib import metadata
from typing import Any

import pandas as pd

from stemcareers import selection, wording
from stemcareers.config import Labels, Project
from stemcareers.config.families import MODELS
from stemcareers.config.labels import small
from stemcareers.config.robustness import main_level
from stemcareers.report import waves
from stemcareers.report.fragment import Fragment, filled
from stemcareers.report.results import Results

FAMILIES = {
    "linear": "linear regression",
    "logit": "logistic regression",
    "ordered_logit": "ordered logistic regression (proportional odds)",
    "poisson": "Poisson regression of a count",
    "negative_binomial": "negative binomial regression of a count",
    "fractional_logit": "fractional logistic regression of a share",
    "multinomial": "multinomial logistic regression",
    "mixed": "mixed linear regression",
    "mean": "means",
    "share": "shares",
    "total": "totals of the population",
    "ratio": "ratios of totals",
    "quantile": "quantiles",
    "variance": "variances",
    "difference": "differences between groups",
    "contrast": "weighed comparison of groups",
    "association": "tests of association",
    "change": "change within the same schools",
    "transitions": "transitions from answer to answer within the same schools",
    "distribution": "distribution",
    "robustness": "one estimate under many ways of analysis",
}
PACKAGES = ("stemcareers", "pandas", "numpy", "matplotlib")


def how(
    results: Results,
    of_waves: list[str],
    labels: Labels,
    project: Project,
    without: Iterable[tuple[str, list[tuple[str, str]]]] = (),
) -> Fragment:
    """The closing section of a page.

    without  models that are redone without each exclusion: name, and the waves and addresses where that is shown.
    """
    told = facts(results, of_waves, labels, project)
    lines = [f"{title}: {' '.join(sentences)}" for title, sentences in told["designs"]]
    html = filled("method.html", study=labels.config.study, without=list(without), versions=_versions(), **told)
    return Fragment(html, "\n".join([*lines, told["withheld"]]))


def facts(results: Results, of_waves: list[str], labels: Labels, project: Project) -> dict[str, Any]:
    """What the closing section tells, by what it is about."""
    return {
        "designs": [(labels.config.waves[w].title, _design(results, w, labels)) for w in of_waves],
        "specifications": [_specification(name, results, labels) for name in sorted(labels.config.specifications)],
        "withheld": _withheld(results, labels, project),
        "variances": sorted({v for v in results.fits["variance"] if v}),
        "few_clusters": wording.few_clusters(results.fits),
        "level": wording.percent(project.confidence_level),
        "others": _compared(labels),
    }


def one_line(names: Iterable[str], labels: Labels, results: Results) -> list[dict[str, str]]:
    """For each specification: its id, title, what it is in words, and on how many responses it rests."""
    return [
        {
            "id": name,
            "title": labels.config.specifications[name].title,
            "kind": kind(name, labels),
            "n": _range(_of(name, results.fits)["n"]),
        }
        for name in names
    ]


def kind(name: str, labels: Labels) -> str:
    """What a specification is: `linear regression, adjusted for school size, location`."""
    entry = labels.config.specifications[name]
    words = FAMILIES[entry.family]
    if entry.of is not None and entry.of in labels.config.specifications:
        return f"{words}, of which '{labels.specification(entry.of)}' is the main one"
    if entry.each_alone:
        words += ", one factor at a time"
    elif entry.context:
        words += ", adjusted for " + ", ".join(small(labels.term(term)) for term in entry.context)
    elif entry.family in MODELS:
        words += ", not adjusted for context"
    if entry.group is not None:
        words += f", with a level of its own for each {small(labels.term(entry.group))}"
    if entry.slopes:
        words += " and effects that differ: " + ", ".join(small(labels.term(term)) for term in entry.slopes)
    if entry.impute is not None:
        words += f", missing answers imputed {entry.impute.m} times"
    if entry.weight_times is not None:
        words += f", weights times {small(labels.term(entry.weight_times))}"
    if entry.equal_weight is not None:
        words += f", each {small(labels.term(entry.equal_weight))} counting the same"
    return words if entry.weighted else words + ", unweighted"


def _design(results: Results, wave: str, labels: Labels) -> list[str]:
    facts = results.about(wave, "weighting")
    shown = facts[facts["withheld"].eq("")]
    counted = {(row["quantity"], row["term"]): float(row["estimate"]) for row in shown.to_dict("records")}
    return waves.design_sentences(labels.config.waves[wave], labels, counted)


def _specification(name: str, results: Results, labels: Labels) -> dict[str, object]:
    fits = _of(name, results.fits)
    whole = fits[fits["sample"].eq("all")] if fits["sample"].eq("all").any() else fits
    entry = labels.config.specifications[name]
    if entry.of is not None:  # its variants leave out this and that; what counts is the main analysis
        whole = whole[whole["term"].eq(main_level(entry))]
    return {
        "id": name,
        "title": labels.config.specifications[name].title,
        "kind": kind(name, labels),
        "n": _range(fits["n"]),
        "left_out": _gaps(whole["left_out"], labels),
    }


def _of(name: str, fits: pd.DataFrame) -> pd.DataFrame:
    """The fits of a specification; of an imputed one without those of the complete cases."""
    return fits[fits["specification"].eq(name) & ~selection.of_complete_cases(fits)]


def _gaps(left_out: Iterable[str], labels: Labels) -> list[str]:
    """Why responses were left out, each reason once with its counts: `missing Backing: 4 to 12`, over all samples."""
    counts: dict[str, list[str]] = {}
    for part in (part for text in left_out for part in text.split("; ") if part):
        reason, _, count = part.rpartition(": ")
        counts.setdefault(reason, []).append(count)
    return [f"{_reason(reason, labels)}: {_several(found)}" for reason, found in counts.items()]


def _reason(reason: str, labels: Labels) -> str:
    """`missing lead_time` with the label for the id."""
    first, _, variable = reason.rpartition(" ")
    known = variable in labels.config.items or variable in labels.config.scales
    return f"{first} {labels.term(variable)}" if known else reason


def _several(counts: Iterable[str]) -> str:
    """`4`, `4 to 12`, `4 to 12 or withheld`: counts as a range, and after it the words where there is no count."""
    found = list(dict.fromkeys(counts))
    numbers = sorted(int(count) for count in found if count.isdigit())
    told = [_range(pd.Series(numbers))] if numbers else []
    return " or ".join([*told, *(count for count in found if not count.isdigit())])


def _range(counts: pd.Series) -> str:
    """`188`, `92 to 188` over outcomes and samples, or `withheld`."""
    known = counts.dropna()
    if known.empty:
        return "withheld" if len(counts) else ""
    low, high = int(known.min()), int(known.max())
    return wording.count(low) if low == high else f"{wording.count(low)} to {wording.count(high)}"


def _withheld(results: Results, labels: Labels, project: Project) -> str:
    public = labels.config.study.public_answers
    if public is not None:
        return f"Nothing is withheld: {public.because} ({public.licence})"
    every = pd.concat([results.estimates["withheld"], results.facts["withheld"]])
    hidden, total = int(every.ne("").sum()), len(every)
    rule = f"No number is shown that rests on fewer than {project.smallest_group} respondents"
    if hidden == 0:
        return f"{rule}; none of the {wording.count(total)} numbers behind this page had to be withheld."
    return f"{rule}; {wording.count(hidden)} of the {wording.count(total)} numbers behind this page are withheld."


def _compared(labels: Labels) -> str:
    """Which outcomes more than one model of the page explains, as a sentence; empty where none is."""
    models = [s for s in labels.config.specifications.values() if s.family in MODELS]
    outcomes = dict.fromkeys(outcome for model in models for outcome in model.outcome)
    several = [labels.outcome(o) for o in outcomes if sum(o in model.outcome for model in models) > 1]
    if not several:
        return ""
    return f"Of more than one model: {', '.join(several)}. Where models disagree, what is held constant decides."


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found)
