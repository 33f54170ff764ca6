"""Sentences whose numbers are read from the estimates, and the guards that stop a page they no longer fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from stemcareers import contracts, wording
from stemcareers.config import Finding, Labels, gaps
from stemcareers.config.gaps import Gap
from stemcareers.errors import Problem, did_you_mean
from stemcareers.report import agreement, in_words, lineage
from stemcareers.report.fragment import Fragment

# What a sentence may say, and the quantities of the estimates it is read from.
QUANTITIES = {
    "share": ("share", "transition", "prediction"),
    "mean": ("mean", "average", "prediction"),
    "total": ("total",),
    "ratio": ("ratio",),
    "quantile": ("quantile",),
    "difference": ("difference", "contrast", "change", "coefficient"),
    "odds_ratio": ("odds_ratio",),
    "rate_ratio": ("rate_ratio",),
    "effect": ("marginal_effect",),
    "association": ("association_f",),
    "effective_n": ("effective_n",),
    "icc": ("icc",),
}
READ_FROM = {**QUANTITIES, "agreement": ("variants",)}
AS_WRITTEN = ("total", "ratio", "quantile", "effective_n")
CHOICES = ("outcome", "term", "level")
LOG_SCALES = {"log odds": ("a logit model", "odds_ratio"), "log rate": ("a model of counts", "rate_ratio")}


def parts(template: str, known: Iterable[str], where: str) -> list[str | Gap]:
    """A template cut into texts and gaps. Raises Problem where one of its gaps cannot be filled in."""
    try:
        return gaps.parts(template, known)
    except ValueError as error:
        raise Problem(where, str(error)) from None


def told(says: str, where: str) -> tuple[list[str | Gap], str | None]:
    """The parts of a finding's sentence, and the number it tells. Raises Problem for what cannot be filled in."""
    try:
        return gaps.of_a_finding(says)
    except ValueError as error:
        raise Problem(where, str(error)) from None


def sentence(
    finding: Finding, estimates: pd.DataFrame, labels: Labels, sample: str, where: str, pages: str = ""
) -> Fragment:
    """The sentence with its numbers, each a link to the row of the estimates it comes from.

    estimates  rows of the finding's specification at least.
    sample     the sample it is about where the finding names none.
    pages      the folder of the study's pages, as seen from the page the sentence stands on.

    Raises Problem where the number is not in the estimates, is not the only one meant, or breaks the guard.
    """
    pieces, quantity = told(finding.says, where)
    agree = None
    if quantity == "agreement":
        row = chosen(finding.model_copy(update={"level": "same_side"}), estimates, sample, quantity, where)
        agree = agreement.of_rows(row, finding, estimates, labels)
    else:
        row = chosen(finding, estimates, sample, quantity, where)
    guard(row if agree is None else agree.main, finding.above, finding.below, f"'{finding.says}'", where)
    html, text = Markup(), ""
    for piece in pieces:
        if isinstance(piece, str):
            said = in_words.Said(piece)
        else:
            said = agree.said(piece.words) if agree is not None else said_of(row, piece)
        html += escape(piece) if isinstance(piece, str) else _linked(said, row, labels, pages)
        text += str(said)
    return Fragment(str(_capital(html)), str(_capital(text)))


def said_of(row: Mapping[str, Any], gap: Gap) -> in_words.Said:
    """One number of an estimates row in words; `withheld (fewer than 10)` where it is not shown."""
    if row["withheld"]:
        return in_words.Said("withheld", str(row["withheld"]))
    if gap.name == gaps.N:
        return in_words.Said(wording.count(row["n"]))
    if gap.name == "association":
        return in_words.Said(wording.p_value(float(row["p_value"])))
    numbers = (float(row["estimate"]), float(row["ci_low"]), float(row["ci_high"]))
    if gap.name in AS_WRITTEN:
        return in_words.written(str(row["quantity"]), *numbers, of=gap.words)
    if gap.name in {"share", "icc"}:
        return in_words.share(*numbers, of=gap.words)
    if gap.name == "difference":
        return in_words.difference(*numbers, points=row["unit"] == wording.PROBABILITY)
    if gap.name == "effect":
        return in_words.effect(*numbers, points=str(row["unit"]).startswith(wording.POINTS), of=gap.words)
    return {"mean": in_words.mean, "rate_ratio": in_words.rate_ratio, "odds_ratio": in_words.odds_ratio}[gap.name](
        *numbers
    )


def chosen(finding: Finding, estimates: pd.DataFrame, sample: str, quantity: str | None, where: str) -> dict[str, Any]:
    """The one row of the estimates a finding means. Raises Problem where there is none, or more than one."""
    sample = finding.sample or sample
    rows = estimates[estimates["specification"].eq(finding.specification) & estimates["sample"].eq(sample)]
    about = f"'{finding.says}'"
    if rows.empty:
        known = list(estimates.loc[estimates["specification"].eq(finding.specification), "sample"].unique())
        raise Problem(
            where,
            f"{about}: '{finding.specification}' has no sample '{sample}'{did_you_mean(sample, known)}; "
            f"it has {_few(known)}",
        )
    if quantity is not None:
        rows = rows[rows["quantity"].isin(READ_FROM[quantity])]
        unit = str(rows["unit"].iloc[0]).partition(" per ")[0] if len(rows) else ""
        if quantity == "difference" and unit in LOG_SCALES:
            model, ratio = LOG_SCALES[unit]
            raise Problem(where, f"{about}: '{finding.specification}' is {model}; say {{{ratio}}} instead")
    for choice in CHOICES:
        wanted = getattr(finding, choice)
        if wanted is None:
            continue
        known = list(rows[choice].unique())
        rows = rows[rows[choice].eq(str(wanted))]
        if rows.empty:
            raise Problem(
                where,
                f"{about}: there is no {quantity or 'estimate'} of {choice} '{wanted}' in '{finding.specification}', "
                f"sample '{sample}'; there is {_few(known)}",
            )
    if rows.empty:
        raise Problem(where, f"{about}: '{finding.specification}' has no {quantity} in sample '{sample}'")
    if quantity is None:
        rows = rows[~rows["quantity"].isin(contracts.DIAGNOSTICS)]
        rows = rows[rows["n"].eq(rows["n"].max())].head(1) if rows["n"].notna().any() else rows.head(1)
    if len(rows) > 1:
        raise Problem(where, f"{about}: several estimates fit; say which one: {_several(rows)}")
    return rows.iloc[0].to_dict()


def guard(row: Mapping[str, Any], above: float | None, below: float | None, about: str, where: str) -> None:
    """Nothing where the whole interval lies above `above` and below `below`; else a Problem that stops the page."""
    if above is None and below is None:
        return
    places = 3 if row["quantity"] in wording.TESTS else 2
    bounds = " and ".join(
        f"{word} {wording.decimal(bound, places)}"
        for word, bound in (("above", above), ("below", below))
        if bound is not None
    )
    what = f"{row['specification']}, sample {row['sample']}, {row['quantity']} of {row['term']} {row['level']}".rstrip()
    if row["withheld"]:
        raise Problem(where, f"{about} expects an interval {bounds}, but the number is withheld ({what})")
    if row["quantity"] in wording.TESTS:
        p = float(row["p_value"])
        if (above is None or p > above) and (below is None or p < below):
            return
        raise Problem(
            where,
            f"{about} expects a p value {bounds}, but it is {wording.decimal(p, 3)} ({what}); the answers no longer "
            "bear the sentence out, write what they do",
        )
    low, high = float(row["ci_low"]), float(row["ci_high"])
    if (above is None or low > above) and (below is None or high < below):
        return
    raise Problem(
        where,
        f"{about} expects the whole interval {bounds}, but it is {wording.decimal(low, 3)} to "
        f"{wording.decimal(high, 3)} ({what}); the answers no longer bear the sentence out, write what they do",
    )


def _linked(said: in_words.Said, row: Mapping[str, Any], labels: Labels, pages: str) -> Markup:
    basis = labels.specification(row["specification"])
    if not row["withheld"]:
        basis += f", n = {wording.count(row['n'])}" if pd.notna(row["n"]) else ""
    link = Markup('<a class="number" href="{}{}" title="{}">{}</a>').format(
        pages, lineage.of_estimate(row), basis, said.number
    )
    return link + (Markup(' <span class="interval">({})</span>').format(said.interval) if said.interval else "")


def _capital(words: Any) -> Any:
    """The sentence with its first letter in capitals, also where it begins with a link."""
    start = words.find(">") + 1 if words.startswith("<a ") else 0
    return words[:start] + words[start : start + 1].upper() + words[start + 1 :]


def _several(rows: pd.DataFrame) -> str:
    def options() -> Iterator[str]:
        for choice in CHOICES:
            known = list(rows[choice].unique())
            if len(known) > 1:
                yield f"{choice} is one of {_few(known)}"

    return "; ".join(options())


def _few(words: list[str]) -> str:
    shown = ", ".join(f"'{word}'" for word in words[:8])
    return (shown or "none") + (", ..." if len(words) > 8 else "")
