"""A study as a DDI-Codebook 2.5 document, the form in which data archives exchange codebooks.

Source: DDI Alliance (2012), DDI-Codebook 2.5, XML schema (namespace ddi:codebook:2_5). The order of elements is the
schema's; counts are those of the published estimates and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree

import pandas as pd

from stemcareers import wording
from stemcareers.config import StudyConfig
from stemcareers.document import words

NAMESPACE = "ddi:codebook:2_5"
REPRESENTED = {"nominal": "code", "ordered": "code", "number": "numeric", "date": "datetime", "text": "text"}
NATURES = {"nominal": "nominal", "ordered": "ordinal", "number": "ratio"}
MISSING = "missing:"
Counts = Mapping[tuple[str, str, str], str]
Element = ElementTree.Element


def codebook(config: StudyConfig, facts: pd.DataFrame) -> bytes:
    """The codebook of a study: UTF-8 xml, the same bytes for the same study.

    facts  what is published of the study's waves (ESTIMATES); of it, the counts of answers. One that is withheld is
           told as withheld.
    """
    root = Element("codeBook", {"xmlns": NAMESPACE, "version": "2.5", "ID": f"S_{config.id}"})
    _study(root, config)
    data = _in(root, "dataDscr")
    for name in config.scales:
        items = " ".join(f"V_{item}" for item in config.scales[name].items)
        group = _in(data, "varGrp", type="analysis", name=name, var=items)
        _in(group, "labl", config.scales[name].title)
    counts = _counts(facts)
    for name in config.items:
        _item(data, config, name, counts)
    for name in config.scales:
        _scale(data, config, name)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _in(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    child = ElementTree.SubElement(parent, tag, attributes)
    child.text = text
    return child


def _study(root: Element, config: StudyConfig) -> None:
    """`stdyDscr`: what was asked, when, of whom, how, under which terms."""
    study = config.study
    described = _in(root, "stdyDscr")
    citation = _in(described, "citation")
    titles = _in(citation, "titlStmt")
    _in(titles, "titl", study.title)
    _in(titles, "IDNo", config.id)
    _in(citation, "biblCit", study.source.citation)
    if study.source.address:
        _in(citation, "holdings", study.source.citation, URI=study.source.address)
    info = _in(described, "stdyInfo")
    if config.synthetic:
        _in(info, "abstract", wording.SYNTHETIC + ".")
    _in(info, "abstract", study.summary)
    for question in study.asks.values():
        _in(info, "abstract", question, contentType="purpose")
    summary = _in(info, "sumDscr")
    for name, wave in config.waves.items():
        first, last = (day.isoformat() for day in wave.fielded)
        _in(summary, "collDate", first, ID=f"W_{name}", event="start", date=first, cycle=wave.title)
        _in(summary, "collDate", last, event="end", date=last, cycle=wave.title)
    _in(summary, "anlyUnit", study.unit)
    _in(summary, "universe", study.respondents)
    _in(summary, "dataKind", "made-up answers to a survey" if config.synthetic else "survey data")
    collected = _in(_in(described, "method"), "dataColl")
    for mode in dict.fromkeys(config.instruments[w.instrument].mode for w in config.waves.values()):
        _in(collected, "collMode", mode)
    for instrument in dict.fromkeys(w.instrument for w in config.waves.values()):
        _in(collected, "resInstru", config.instruments[instrument].title)
    for wave in config.waves.values():
        _in(collected, "weight", f"{wave.title}: {_weight(wave.design.weight, wave.design.calibrate is not None)}")
    for wave in config.waves.values():
        rules = [rule.reason for rule in wave.quality] + [c.otherwise for c in wave.keep_if]
        if rules:
            _in(collected, "cleanOps", f"{wave.title}: left out or flagged where {'; '.join(rules)}")
    _in(_in(_in(described, "dataAccs"), "useStmt"), "conditions", study.licence)


def _weight(column: str, calibrated: bool) -> str:
    start = "every response counts once" if column == "none" else f"weighted by {column}"
    return f"{start}, made to meet known totals of the population" if calibrated else start


def _item(data: Element, config: StudyConfig, name: str, counts: Counts) -> None:
    item, answers = config.items[name], config.answer_set(name)
    waves = [wave for wave in config.waves if words.column(config, name, wave)]
    about = {"ID": f"V_{name}", "name": name, "representationType": REPRESENTED[answers.kind]}
    about["intrvl"] = "contin" if answers.kind == "number" else "discrete"
    about |= {"nature": NATURES[answers.kind]} if answers.kind in NATURES else {}
    about |= {"measUnit": answers.unit} if answers.unit else {}
    about |= {"sdatrefs": " ".join(f"W_{wave}" for wave in waves)} if waves else {}
    var = _in(data, "var", **about)
    _in(var, "labl", item.label)
    _in(_in(var, "qstn"), "qstnLit", item.wording)
    if answers.low is not None and answers.high is not None:
        _in(_in(var, "valrng"), "range", UNITS="REAL", min=f"{answers.low:g}", max=f"{answers.high:g}")
    routes = [(config.waves[wave].title, route) for wave in waves if (route := words.asked_of(config, name, wave))]
    if routes:  # one, of all waves: DDI repeats it for languages only
        _in(var, "universe", "; ".join(f"{title}: asked where {route}" for title, route in routes))
    if answers.kind == "number":
        told = {wave: counts[wave, name, "answered"] for wave in waves if (wave, name, "answered") in counts}
        if len(told) == 1 and (count := next(iter(told.values()))).isdigit():
            _in(var, "sumStat", count, type="vald", wgtd="not-wgtd")
        for wave, count in told.items() if len(told) > 1 else []:  # a sumStat cannot say of which wave it is
            shown = count if count.isdigit() else f"withheld ({count})"
            _in(var, "txt", f"{config.waves[wave].title}: answered, {shown}")
    _in(var, "txt", f"Wording {words.STATUSES[item.status]}.")
    for code, label in answers.codes.items():
        _category(var, config, str(code), label, "", [(wave, counts.get((wave, name, str(code)))) for wave in waves])
    for reason, label in words.MISSING.items():
        told = [(wave, counts.get((wave, name, MISSING + reason))) for wave in waves]
        own = [str(code) for code, its in answers.missing.items() if its == reason]
        for code in own if len(own) != 1 else []:
            _category(var, config, code, label, reason, [])
        if len(own) == 1 or any(count is not None for _, count in told):
            _category(var, config, own[0] if len(own) == 1 else "", label, reason, told)
    kind = {"category": "date"} if answers.kind == "date" else {}
    _in(var, "varFormat", type="numeric" if answers.is_measured else "character", **kind)
    if not answers.is_measured:
        _in(var, "notes", "Of the answers to this question nothing is published.")


def _category(
    var: Element, config: StudyConfig, code: str, label: str, reason: str, counts: list[tuple[str, str | None]]
) -> None:
    """`catgry`: a code, its label, and how many gave it in each wave, as far as that is published."""
    category = _in(var, "catgry", **({"missing": "Y", "missType": reason} if reason else {}))
    if code:
        _in(category, "catValu", code)
    _in(category, "labl", label)
    known = {wave: count for wave, count in counts if count is not None}
    for wave, count in known.items():
        if not count.isdigit():
            _in(category, "txt", f"{config.waves[wave].title}: withheld ({count})")
    for wave, count in known.items():
        if count.isdigit():
            _in(category, "catStat", count, type="freq", wgtd="not-wgtd", sdatrefs=f"W_{wave}")


def _scale(data: Element, config: StudyConfig, name: str) -> None:
    scale = config.scales[name]
    about = {"representationType": "numeric", "intrvl": "contin", "measUnit": scale.unit}
    var = _in(data, "var", ID=f"V_{name}", name=name, **about)
    _in(var, "labl", scale.title)
    _in(var, "concept", scale.measures)
    _in(_in(var, "derivation", var=" ".join(f"V_{i}" for i in scale.items)), "drvdesc", words.scored(config, name))
    _in(var, "varFormat", type="numeric")


def _counts(facts: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    """Wave, item and level: the published count in digits, or why it is withheld."""
    rows = facts[facts["specification"].eq("answers") & facts["quantity"].eq("count")]
    told = {}
    for row in rows.itertuples(index=False):
        count = str(row.withheld) or str(round(float(row.estimate)))
        told[str(row.sample).removeprefix("wave="), str(row.outcome), str(row.level)] = count
    return told
